"""What an operation is like where its slope is zero or large: the word for it, and a sentence with its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.graph import Node
from autograd_lite.explain.reasons.cause import values_of


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Flat so far out that the slope rounds to zero, or nearly.
SATURATING = _names(
    "tanh sigmoid expit log_sigmoid log_expit softplus softsign softmax log_softmax erf erfc ndtr log_ndtr arctan "
    "gelu gelu_tanh silu mish elu exp exp2 expm1 logaddexp logaddexp2 tanhshrink cross_entropy arcsinh logsumexp "
    "binary_cross_entropy_with_logits soft_margin_loss gammainc gammaincc exp10"
)
RECURRENT = frozenset(("rnn", "lstm", "gru"))  # whole sequences as one node
EXPONENTIALS = _names("exp exp2 exp10")
RELUS = frozenset(("relu", "prelu", "leaky_relu"))
BOUNDED = frozenset(("clip", "hardtanh", "hardsigmoid", "hardswish", "relu6", "threshold", "hardshrink", "softshrink"))
EXTREMA = frozenset(("maximum", "minimum", "fmax", "fmin"))
CHOOSING = _names(
    "getitem max min nanmax nanmin median nanmedian quantile nanquantile sort partition permute_along unfold diag "
    "concatenate stack at.set pad take"
) | {"max of windows"}
MASKING = frozenset(("where", "nan_to_num", "heaviside"))
PRODUCTS = _names("multiply matmul einsum linear affine divide convolution convolve cross prod xlogy xlog1py solve")
KINKED = frozenset(("absolute", "fabs", "norm", "hypot", "std", "nanstd", "cosine", "l1_loss", "sinc"))


def why_zero(node: Node, position: int, dead: Any) -> tuple[str, str]:
    """Return kind and sentence for an operation whose slope for an input is zero in some of its elements.

    Parameters
    ----------
    node : Node
    position : int
        Which tracked input.
    dead : array of bool
        The elements of that input.
    """
    name = node.plan.primitive.name
    values = values_of(node)
    own = _argument(node, position)
    x = values.get(own)
    here = _numbers(x, dead)
    if name in RELUS:
        return "dead relu", f"{name} passes nothing on: its input is not above zero{here}"
    if name in EXTREMA:
        return _extremum(node, name, own, values, dead, here)
    if name in BOUNDED:
        bounds = ", ".join(f"{key}={_short(values[key])}" for key in ("low", "high", "bound") if key in values)
        bounds = bounds or ", ".join(f"{key}={_short(value)}" for key, value in node.keywords.items())
        return "clipped", f"{name} is flat outside of its bounds{f' ({bounds})' if bounds else ''}{here}"
    if name in EXPONENTIALS:
        return "saturation", f"{name} is saturated: it and its slope underflow to zero{here}"
    if name == "power" and _underflows(x, values, dead):
        return "vanishing", f"the slope of power underflows to zero{here}"
    if name in SATURATING:
        return "saturation", f"{name} is saturated: its slope is zero to the last digit{here}"
    if name in RECURRENT:
        return "saturation", f"{name} is saturated: gates or units pass nothing on from the steps that count"
    if name in MASKING:
        text = "np.where takes the other branch there" if name == "where" else f"{name} puts a constant there"
        return "masked", text
    if name in CHOOSING:
        return "not selected", f"{_spoken(node)} does not take these elements"
    if name in KINKED:
        return "kink", f"{name} has a kink there, at which its slope is taken to be zero{here}"
    if name in PRODUCTS:
        return "multiplied by zero", f"{name} multiplies by zero{_zero_factor(node, own, values)}"
    if name in ("add", "subtract", "broadcast_to", "sum", "mean"):
        return "not selected", f"{name} does not pass these elements on"
    if name.startswith("checkpoint of ") or not any(callable(rule) for rule in node.plan.primitive.rules):
        return "zero slope", f"the rule of {name} gives zero there{here}"
    return "zero slope", f"the derivative of {name} is zero there{here}"


def _underflows(x: Any, values: dict[str, Any], dead: Any) -> bool:
    """Say whether no base, and no exponent, is zero where a power's slope is."""
    exponent = values.get("exponent", values.get("y"))
    if not isinstance(x, np.ndarray | np.generic) or np.shape(x) != np.shape(dead) or exponent is None:
        return False
    return bool(np.all(np.asarray(x)[np.asarray(dead)] != 0) and np.all(np.asarray(exponent) != 0))


def _extremum(node: Node, name: str, own: str, values: dict[str, Any], dead: Any, here: str) -> tuple[str, str]:
    names = node.plan.primitive.arguments
    other = values.get(names[1 - names.index(own)]) if own in names and len(names) == 2 else None
    tracked = len(node.inputs) == 2
    if tracked or other is None:
        return "not selected", f"np.{name} takes the other argument there{here}"
    if name in ("maximum", "fmax") and not np.any(other):
        return "dead relu", f"np.{name}(x, 0), a ReLU, passes nothing on: its input is below zero{here}"
    return "clipped", f"np.{name} takes its bound {_short(other)} there{here}"


def _argument(node: Node, position: int) -> str:
    names, positions = node.plan.primitive.arguments, node.plan.positions
    index = positions[position] if position < len(positions) else position
    return names[index] if index < len(names) else str(index)


def _numbers(x: Any, mask: Any) -> str:
    """Say which values an input has in some of its elements."""
    if not isinstance(x, np.ndarray | np.generic) or np.shape(x) != np.shape(mask) or x.dtype.kind not in "fiu":
        return ""
    chosen = np.asarray(x)[np.asarray(mask)]
    if not chosen.size:
        return ""
    low, high = chosen.min(), chosen.max()
    return f" (values from {low:.4g} to {high:.4g})" if low != high else f" (value {low:.4g})"


def _zero_factor(node: Node, own: str, values: dict[str, Any]) -> str:
    for name in node.plan.primitive.arguments:
        value = values.get(name)
        if name != own and isinstance(value, np.ndarray | np.generic | float | int):
            zeros = int(np.count_nonzero(np.asarray(value) == 0))
            if zeros:
                return f": {zeros} of {np.size(value)} elements of its argument {name} are zero"
    return ""


def _spoken(node: Node) -> str:
    name = node.plan.primitive.name
    if name == "getitem":
        index = node.keywords.get("index")
        text = repr(index) if index is not None else ""
        return f"indexing{f' by {text}' if text and len(text) < 40 else ''}"
    return f"np.{name}" if name in ("max", "min", "sort", "partition", "median") else name


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > 4:
        return f"an array of shape {value.shape}"
    return str(value.tolist()) if isinstance(value, np.ndarray | np.generic) else str(value)


def why_infinite(node: Node, position: int) -> tuple[str, str]:
    """Return kind and sentence for a rule that gave an infinity from a finite cotangent."""
    name = node.plan.primitive.name
    x = values_of(node).get(_argument(node, position))
    if name in ("divide", "reciprocal", "power") and _has_zero(values_of(node), name):
        which = "its denominator" if name != "power" else "its base"
        return "infinite slope" if name == "power" else "division by zero", f"{name}: {which} is zero"
    if name in STEEP:
        return "infinite slope", f"the slope of {name} is infinite at {STEEP[name]}{_around(x)}"
    if name.startswith("checkpoint of ") or name not in PRODUCTS | {"power", "add", "subtract", "sum", "mean", "prod"}:
        text = (
            f"the rule of {name} gives an infinity from a finite cotangent: its slope there is infinite, or too large"
        )
        return "infinite slope" if name not in SATURATING else "overflow", f"{text} for {node.dtype}{_around(x)}"
    return "overflow", f"the cotangent times the slope of {name} is too large for {node.dtype}"


#: Where the slope of an operation is infinite.
STEEP = {
    "sqrt": "0", "cbrt": "0", "power": "0", "log": "0", "log2": "0", "log10": "0", "log1p": "-1", "arcsin": "-1 and 1",
    "arccos": "-1 and 1", "arccosh": "1", "arctanh": "-1 and 1", "logit": "0 and 1", "erfinv": "-1 and 1",
    "xlogy": "0", "entr": "0", "ndtri": "0 and 1",
}  # fmt: skip


def _has_zero(values: dict[str, Any], name: str) -> bool:
    value = values.get("x" if name in ("reciprocal", "power") else "y")
    return value is not None and bool(np.any(np.asarray(value) == 0))


def _around(x: Any) -> str:
    return f" (its input is {x:.4g})" if isinstance(x, np.generic | float) and not isinstance(x, complex) else ""


def why_forward(node: Node) -> tuple[str, str]:
    """Return kind and sentence for an operation that gave a NaN or infinity from finite inputs."""
    name = node.plan.primitive.name
    values = values_of(node)
    out = values.get("out")
    arguments = node.plan.primitive.arguments
    given = [values[name] for name in arguments if not isinstance(values.get(name, ()), tuple | list)]
    if out is None or np.isnan(np.asarray(out, dtype=complex) if not isinstance(out, tuple) else 0).any():
        return "nan forward", f"NaN from {name}{_nan_reason(name, given)}"
    if name in ("divide", "reciprocal", "power") and given and np.any(np.asarray(given[-1]) == 0):
        return "division by zero", f"{name} divided by zero in the forward pass"
    if name in STEEP and name not in ("power", "cbrt", "sqrt"):
        return "infinite slope", f"{name} is infinite at {STEEP[name]}, which is what its input was"
    return (
        "overflow",
        f"{name} overflowed in the forward pass: its value is too large for {node.dtype}{_largest(given)}",
    )


def _nan_reason(name: str, given: list[Any]) -> str:
    x = np.asarray(given[0]) if given else np.zeros(())
    negative = x.dtype.kind in "fi" and bool((x < 0).any())
    if name in ("log", "log2", "log10", "sqrt", "log1p") and negative:
        return f" of a negative number: {np.count_nonzero(x < 0)} of {x.size} elements, the least is {x.min():.4g}"
    if name == "power" and negative:
        return " of a negative base and an exponent that is no whole number"
    if name == "divide":
        return ": 0/0" if len(given) < 2 or np.any(np.asarray(given[1]) == 0) else ": inf/inf"
    if name in ("subtract", "add", "sum"):
        return ": inf - inf"
    if name in ("multiply", "matmul"):
        return ": 0 * inf"
    if name in ("arcsin", "arccos", "arctanh", "arccosh"):
        return " outside of its domain"
    return ", outside of its domain"


def _largest(given: list[Any]) -> str:
    arrays = [value for value in given if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fi"]
    sizes = [float(np.max(np.abs(value))) for value in arrays if value.size]
    return f" (its input is as large as {max(sizes):.4g})" if sizes else ""
