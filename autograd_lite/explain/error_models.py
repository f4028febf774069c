"""What one operation's rounding can do to its own result: the constants of `explain.roundoff`.

Each operation has a *magnitude* m, of its output's shape, and a number of roundings k, so that its result is off by at
most k u m for operands as they are; u is the unit round-off, half the spacing of numbers at 1. With the standard model
(Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., SIAM 2002):

- + - * / sqrt and their like round once (section 2.2): k = 1, m = |result|; sums, differences and products of numbers
  that come out exact (Sterbenz, theorem 2.5; powers of two) are noticed and have k = 0;
- sums of n numbers, in any order: k = n - 1, m = Σ|x| (section 4.2), and where NumPy sums pairwise the depth of its
  tree; means one more for the division;
- inner products of length n, and so matrix products: k = n, m = Σ|x||y| (section 3.5);
- elementary functions of NumPy's: 4 units in the last place, k = 8, which is what its vectorised loops are tested for;
  of SciPy's: 32 units, k = 64, a guess;
- everything else: k = 4 n + 8 for n elements to an element of the result, m the largest of the result: a guess, marked
  as one.

Complex arithmetic: k = 1, 3, 6 for + * / (lemma 3.5).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.cotangents import fit
from autograd_lite.core.graph import Node
from autograd_lite.core.outputs import OUTPUT
from autograd_lite.core.plan import ELEMENTWISE, LINEAR, MULTILINEAR

ELEMENTARY, SPECIAL = 8, 64


class Error(NamedTuple):
    """A bound on an operation's rounding error: ``roundings`` units round-off of ``magnitude``.

    Attributes
    ----------
    magnitude : array of the output's shape, or broadcastable to it
    roundings : float
    is_guess : bool
    """

    magnitude: Any
    roundings: float
    is_guess: bool = False


_ONCE = {"divide", "sqrt", "reciprocal", "square", "remainder", "fmod", "hypot"}

_EXACT = {
    "negative", "positive", "absolute", "fabs", "maximum", "minimum", "fmax", "fmin", "where", "clip", "relu",
    "heaviside", "copysign", "ldexp", "modf", "nan_to_num", "real", "imag", "conjugate", "getitem", "reshape",
    "transpose", "broadcast_to", "concatenate", "stack", "diag", "at.set", "pad", "flip", "roll", "permute_along",
    "unfold", "max", "min", "nanmax", "nanmin", "max of windows", "sort", "partition", "argument", "leaf",
    "hardtanh", "threshold", "hardshrink",
}  # fmt: skip

# Elementwise functions that NumPy has, or that a handful of its operations make up.
_ELEMENTARY = {
    "cbrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "logaddexp2", "sin", "cos", "tan",
    "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "arctan2", "power", "sinc",
    "1 - x²", "cosine", "leaky_relu", "prelu", "hardsigmoid", "hardswish", "softshrink", "i0",
}  # fmt: skip

# These lose digits that their argument had: the magnitude of what they add up on the way.
_SUMMED = {"sum", "mean", "nanmean", "cumsum", "diff", "scatter", "at.add", "fold", "sum of windows", "trace"}


def error_of(node: Node, operands: Sequence[Any], out: Any) -> Error | None:
    """Return the model of one operation's rounding error; None if it is exact.

    Parameters
    ----------
    node : Node
    operands : sequence of array or None
        What it read, by position; None where unknown. For one output of several, what they were all made from.
    out : array
    """
    name, primitive = node.plan.primitive.name, node.plan.primitive
    known = [np.asarray(operand) for operand in operands if operand is not None]
    if primitive is OUTPUT:
        return _guess(node.inputs[0], known, out)
    if name in _EXACT:
        return None
    if name == "astype":
        kept = known and np.finfo(out.dtype).eps <= np.finfo(known[0].dtype).eps
        return None if kept else Error(np.abs(out), 1)
    if name in ("add", "subtract", "multiply") and len(known) == 2:
        return _arithmetic(name, known, out)
    factor = 6 if np.asarray(out).dtype.kind == "c" else 1
    if name in _ONCE | {"add", "subtract", "multiply"}:
        return Error(np.abs(out), factor * (2 if name == "hypot" else 1))
    if name == "power":
        return Error(np.abs(out), factor * (1 if _exponent(node) in (0, 1, 2, 0.5, -1) else ELEMENTARY))
    if name in _SUMMED and known:
        return _summed(node, known, out)
    if name == "affine" and len(known) == 3:
        x, w, b = (np.abs(operand) for operand in known)
        return Error(primitive.function(x, w, b), x.shape[-1] + 1)
    if primitive.kind == MULTILINEAR and len(known) == 2:
        return _products(node, known, out)
    if primitive.kind == ELEMENTWISE:
        is_elementary = name in _ELEMENTARY
        return Error(np.abs(out), ELEMENTARY if is_elementary else SPECIAL, not is_elementary)
    if name == "prod" and known:
        return Error(np.abs(out), max(known[0].size // max(np.size(out), 1) - 1, 0))
    return _guess(node, known, out)


def _exponent(node: Node) -> Any:
    return node.keywords.get("exponent")


def _arithmetic(name: str, known: Sequence[Any], out: Any) -> Error | None:
    """Return the error of a sum, difference or product: nothing where the result is exact."""
    x, y = known
    if np.asarray(out).dtype.kind == "c":
        return Error(np.abs(out), 3 if name == "multiply" else 1)
    dtype = np.asarray(out).dtype
    x, y = np.asarray(x, dtype), np.asarray(y, dtype)
    with np.errstate(all="ignore"):
        if name == "multiply":
            is_exact = _is_power_of_two(x) | _is_power_of_two(y) | (x == 0) | (y == 0)
        else:
            y = -y if name == "subtract" else y
            virtual = out - x  # the error of a sum is a number: Knuth's TwoSum (Higham, section 4.3)
            is_exact = (x - (out - virtual)) + (y - virtual) == 0
    magnitude = np.where(is_exact, 0, np.abs(out))
    return Error(magnitude, 1) if np.any(magnitude) else None


def _is_power_of_two(x: Any) -> Any:
    return np.abs(np.frexp(x)[0]) == 0.5


def _summed(node: Node, known: Sequence[Any], out: Any) -> Error:
    """Return the error of a sum over some axes, by the same function of magnitudes."""
    function, x = node.plan.primitive.function, known[0]
    count = max(x.size // max(np.size(out), 1), 1)
    name = node.plan.primitive.name
    if name == "cumsum":
        count = x.shape[node.keywords["axis"]] if x.ndim else 1
    if name in ("sum", "mean", "nanmean", "cumsum"):
        magnitude = function(np.abs(x), **node.keywords)
        pairwise = name in ("sum", "mean") and _is_pairwise(x, node.keywords.get("axis"))
        roundings = pairwise_depth(count) if pairwise else count - 1
        return Error(magnitude, roundings + (name in ("mean", "nanmean")))
    return _guess(node, known, out)


def _is_pairwise(x: np.ndarray, axis: Any) -> bool:
    """Say whether NumPy sums pairwise: all of an array without gaps, or along its last axis."""
    axes = tuple(range(x.ndim)) if axis is None else tuple(a % x.ndim for a in (axis if np.ndim(axis) else (axis,)))
    if len(axes) == x.ndim:
        return x.flags.c_contiguous or x.flags.f_contiguous
    return axes == (x.ndim - 1,) and x.flags.c_contiguous


def pairwise_depth(count: int) -> int:
    """Return through how many additions a term of NumPy's pairwise sum goes at most.

    Halves down to 128 terms or fewer, which eight accumulators share; the first term of all is added last.
    """
    depth, left = min(count - 1, 1), count - 1
    while left > 128:
        half = left // 2
        depth, left = depth + 1, left - (half - half % 8)
    return depth + (left // 8 + 2 + left % 8 if left >= 8 else max(left - 1, 0))


def _products(node: Node, known: Sequence[Any], out: Any) -> Error:
    """Return the error of a multilinear operation: as many roundings as products add up to one element."""
    x, y = known
    magnitude = np.abs(node.plan.primitive.function(np.abs(x), np.abs(y), **node.keywords))
    ones = node.plan.primitive.function(np.ones(x.shape), np.ones(y.shape), **node.keywords)
    length = float(np.max(np.abs(ones), initial=1.0))
    return Error(magnitude, length * (3 if np.asarray(out).dtype.kind == "c" else 1))


def _guess(node: Node, known: Sequence[Any], out: Any) -> Error:
    """Return an error as of a stable algorithm: relative to the largest of the result, growing with the length."""
    size = max((operand.size for operand in known), default=np.size(out))
    length = size / max(np.size(out), 1)
    linear = node.plan.primitive.kind == LINEAR
    magnitude = np.broadcast_to(np.max(np.abs(out), initial=0.0), np.shape(out))
    condition = _condition(node, known)
    return Error(magnitude, (4 * max(length, math.sqrt(size)) + 8) * condition, not linear or condition != 1)


def _condition(node: Node, known: Sequence[Any]) -> float:
    """Return the condition number of a matrix that is inverted or solved with (Higham, theorem 9.4)."""
    if node.plan.primitive.name not in ("inv", "solve", "det", "slogdet", "pinv", "lstsq") or not known:
        return 1.0
    matrix = known[0]
    if matrix.ndim < 2 or not matrix.size:
        return 1.0
    with np.errstate(all="ignore"):
        return float(np.max(np.linalg.cond(matrix)))


def weighed(adjoint: Any, error: Error, node: Node) -> Any:
    """Return |adjoint| m for each element of an operation's output."""
    magnitude = fit(np.asarray(error.magnitude, float), node.shape)
    product = np.abs(adjoint) * magnitude
    return np.where((adjoint == 0) | (magnitude == 0), 0.0, product)
