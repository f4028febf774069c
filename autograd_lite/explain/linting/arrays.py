"""Matrices that need not be inverted, arrays that need not be made, and precisions that got mixed."""

from __future__ import annotations

import math

import numpy as np

from autograd_lite.core.graph import Node
from autograd_lite.core.outputs import SEVERAL
from autograd_lite.core.tables import bytes_in_words
from autograd_lite.explain.linting.view import ERROR, NOTE, WARNING, Advice, View


def inverse(view: View, node: Node) -> Advice | None:
    """Find inv(a) @ b: three times the work of solving, and less accurate (Higham, section 14.1)."""
    operands = view.arguments(node)
    if node.plan.primitive.name == "einsum" and len(operands) != 2:
        return None
    for position in range(min(len(operands), 2)):
        form = view.is_op(view.inner(node, position), "inv")
        if form is None:
            continue
        matrix = view.inner(form).value
        with np.errstate(all="ignore"):
            condition = math.nan if matrix is None else float(np.max(np.linalg.cond(np.asarray(matrix, float))))
        severity = WARNING if condition > 1e6 else NOTE
        known = "" if math.isnan(condition) else f", about {max(math.log10(max(condition, 1)), 0):.0f} digits here"
        harm = f"three times the work of a solve, and errors grow with the condition number{known}"
        if position == 0:
            return view.advice("inverse", severity, [node, form], "inv(a) @ b", harm, "np.linalg.solve(a, b)")
        fix = "np.linalg.solve(a.T, b.T).T"
        return view.advice("inverse", severity, [node, form], "b @ inv(a)", harm, fix)
    return None


def one_hot(view: View, node: Node) -> Advice | None:
    """Find products with a matrix of zeros and a one in each row: a look-up, at the price of a product."""
    operands = view.arguments(node)
    if len(operands) != 2 or operands[0].node is not None or operands[0].value is None:
        return None
    hot = np.asarray(operands[0].value)
    if hot.ndim != 2 or min(hot.shape) < 2 or hot.dtype.kind not in "fbiu":
        return None
    is_hot = bool(np.all((hot == 0) | (hot == 1)) and np.all(hot.sum(axis=1) == 1))
    if not is_hot or (hot.shape[0] == hot.shape[1] and np.array_equal(hot, np.eye(len(hot)))):
        return None
    harm = f"multiplies {hot.shape[0]:,} x {hot.shape[1]:,} zeros and ones, {bytes_in_words(hot.nbytes)}, to pick rows"
    return view.advice("one-hot", NOTE, [node], "one_hot @ w", harm, "w[labels]")


def broadcast(view: View, node: Node) -> Advice | None:
    """Find (N,) beside (N, 1), which gives (N, N): mostly a column that was meant to be flat."""
    shapes = [np.shape(operand.value) if operand.value is not None else _shape(operand.node)
              for operand in view.arguments(node)]  # fmt: skip
    if len(shapes) != 2:
        return None
    flat, column = sorted(shapes, key=len)
    if len(flat) != 1 or len(column) != 2 or column[1] != 1 or column[0] != flat[0] or flat[0] < 2:
        return None
    n = flat[0]
    harm = f"the result has shape ({n}, {n}) and not ({n},): every element meets every other"
    fix = "bring both to one shape: column[:, 0], or column.ravel(); if all pairs are meant, say flat[None, :]"
    form = f"{node.plan.primitive.name} of shapes ({n},) and ({n}, 1)"
    return view.advice("accidental-broadcast", WARNING, [node], form, harm, fix, claims=False)


def _shape(node: Node | None) -> tuple[int, ...]:
    return node.shape if node is not None else ()


def outer(view: View, node: Node) -> Advice | None:
    """Find large arrays made by broadcasting and then summed: a contraction needs no such array."""
    operands = view.arguments(node)
    if node.dtype is SEVERAL or _bytes(node) < view.large or len(operands) != 2:
        return None
    sizes = [np.size(operand.value) if operand.value is not None else math.prod(_shape(operand.node))
             for operand in operands]  # fmt: skip
    if math.prod(node.shape) < 4 * max(sizes):
        return None
    readers = view.readers.get(node, [])
    size = bytes_in_words(_bytes(node))
    harm = f"an array of shape {node.shape}, {size}, from operands of {sizes[0]:,} and {sizes[1]:,} elements"
    name = node.plan.primitive.name
    if name == "multiply" and readers and all(reader.plan.primitive.name in ("sum", "mean") for reader in readers):
        fix = "np.einsum, or a product of matrices: no array of all the products"
        return view.advice("outer-product", WARNING, [node, *readers[:1]], "sum(x[:, None] * y)", harm, fix)
    if name == "subtract":
        fix = "scipy.spatial.distance.cdist for values; ag.checkpoint over blocks of rows where derivatives are needed"
        return view.advice("all-pairs", WARNING, [node], "x[:, None] - y[None, :]", harm, fix)
    fix = "work in blocks, or reduce before broadcasting; ag.checkpoint makes it again in the backward sweep"
    return view.advice("large-broadcast", NOTE, [node], f"{name} of broadcast operands", harm, fix)


def saved(view: View, node: Node) -> Advice | None:
    """Find large arrays that are kept until the backward sweep, inputs of the computation not counted."""
    if not node.inputs or node.saved is None:
        return None
    leaves = [view.value(parent) for parent in view.computation.inputs]
    arrays = [value for value in (node.saved if isinstance(node.saved, tuple) else (node.saved,))
              if isinstance(value, np.ndarray)]  # fmt: skip
    own = [array for array in arrays if not any(array is leaf or array.base is leaf for leaf in leaves)]
    own = [array for array in own if view.is_new(array)]
    total = sum(array.nbytes for array in own)
    if total < view.large:
        return None
    shapes = ", ".join(str(array.shape) for array in own)
    harm = f"keeps {bytes_in_words(total)} until the backward sweep: arrays of shape {shapes}"
    fix = "ag.checkpoint around the function that makes it, float32, or smaller batches"
    name = f"{node.plan.primitive.name}(…)"
    return view.advice("large-saved", NOTE, [node], name, harm, fix, claims=False)


def _bytes(node: Node) -> int:
    return math.prod(node.shape) * node.dtype.itemsize


def mixing(view: View, node: Node) -> Advice | None:
    """Find single precision that became double beside a double-precision array or scalar."""
    name = node.plan.primitive.name
    if (
        node.dtype is SEVERAL
        or node.dtype.kind not in "fc"
        or name in ("astype", "argument", "leaf")
        or not node.inputs
    ):
        return None
    operands = view.arguments(node)
    dtypes = [getattr(operand.value, "dtype", operand.node.dtype if operand.node is not None else None)
              for operand in operands]  # fmt: skip
    floats = [dtype for dtype in dtypes if dtype is not None and dtype is not SEVERAL and dtype.kind == "f"]
    low = min(floats, key=lambda dtype: dtype.itemsize, default=None)
    if low is None or low.itemsize >= np.finfo(node.dtype).dtype.itemsize:
        return None
    others = [
        f"{'a constant' if operand.node is None else _called(operand.node)} of dtype {dtype}"
        for operand, dtype in zip(operands, dtypes, strict=True)
        if dtype is not None and dtype != low
    ]
    culprit = " beside " + " and ".join(others) if others else ""
    harm = f"{low} became {node.dtype}{culprit}: twice the memory and time from here on"
    fix = "x.astype(np.float32) for arrays; Python numbers and not NumPy scalars: float(c) * x"
    return view.advice("mixed-precision", WARNING, [node], f"{name}(…)", harm, fix, claims=False)


def _called(node: Node) -> str:
    return repr(node.name) if node.name else f"what {node.plan.primitive.name} gave"


_SUMS = ("sum", "mean", "matmul", "einsum", "cumsum", "norm", "prod")


def half(view: View, node: Node) -> Advice | None:
    """Find sums in half precision: eleven bits, and nothing beyond 65504."""
    if node.dtype != np.float16 or node.plan.primitive.name not in _SUMS:
        return None
    out = view.value(node)
    is_bad = out is not None and not bool(np.all(np.isfinite(out)))
    harm = "it overflowed" if is_bad else "3 digits, and infinity beyond 65504"
    fix = "x.astype(np.float32) before, and back after"
    form = f"{node.plan.primitive.name}(…) in float16"
    return view.advice("half-precision", ERROR if is_bad else WARNING, [node], form, harm, fix, claims=False)
