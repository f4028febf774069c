"""Digits lost in differences, and what over- or underflows on its way.

N. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., sections 1.7 (cancellation), 1.9 (variance) and
27.8 (norms).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.graph import Node
from autograd_lite.explain.linting.view import ERROR, NOTE, WARNING, Advice, Operand, View, harm_of, precise, unit


def squares(view: View, node: Node) -> Advice | None:
    """Find a² - b² where the squares nearly cancel: (a - b)(a + b) rounds before it loses digits, not after."""
    left, right = view.is_square(view.inner(node, 0)), view.is_square(view.inner(node, 1))
    if left is None or right is None or left is right:
        return None
    reference = precise(lambda a, b: (a - b) * (a + b), view.value(left), view.value(right))
    harm = harm_of(view.value(node), reference, "")
    if harm.severity == NOTE or reference is None:
        return None
    return view.advice("difference-of-squares", harm.severity, [node], "a**2 - b**2", harm.words, "(a - b) * (a + b)")


def variance(view: View, node: Node) -> Advice | None:
    """Find mean(x²) - mean(x)²: where the mean is large against the spread, nothing is left, or something negative."""
    first = view.is_op(view.inner(node, 0), "mean")
    second = view.is_square(view.inner(node, 1))
    if first is None or second is None or view.is_op(second, "mean") is None:
        return None
    x, mean = view.is_square(view.inner(first)), view.is_op(second, "mean")
    if x is None or mean is None or view.inner(mean).node is not view.is_op(x, x.plan.primitive.name):
        return None
    axis, out = first.keywords.get("axis"), view.value(node)
    reference = precise(lambda v: np.var(v, axis=axis), view.value(x))
    reference = None if reference is None or out is None else np.reshape(reference, np.shape(out))
    harm = harm_of(out, reference, "it loses all digits, or comes out negative, once the mean is large")
    nodes = [node, first, mean]
    return view.advice("variance", harm.severity, nodes, "mean(x**2) - mean(x)**2", harm.words, "np.var(x)")


def itself(view: View, node: Node) -> Advice | None:
    """Find x / x and x - x: a constant, with NaN at zero or infinity, that costs a pass each way."""
    if len(node.inputs) != 2 or node.inputs[0] is not node.inputs[1]:
        return None
    sign, value = ("/", "1") if node.plan.primitive.name == "divide" else ("-", "0")
    x = view.value(node.inputs[0])
    is_nan = x is not None and bool(np.any(np.isnan(view.value(node)) & ~np.isnan(x)))
    harm = "NaN on these values" if is_nan else f"always {value}, and no derivative goes through"
    severity = ERROR if is_nan else NOTE
    return view.advice("constant", severity, [node], f"x {sign} x", harm, f"np.full_like(x, {value})")


def cancellation(view: View, node: Node) -> Advice | None:
    """Find differences of nearly equal numbers that were rounded before: the digits are in what they share."""
    operands = view.arguments(node)
    out = view.value(node)
    if len(operands) != 2 or out is None or any(operand.value is None for operand in operands):
        return None
    if np.asarray(out).dtype.kind != "f" or all(view.is_exact(operand) for operand in operands):
        return None
    x, y = (np.asarray(operand.value, float) for operand in operands)
    eps, out = unit(out.dtype), np.asarray(out, float)
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(x), np.abs(y))
        ratio = np.where((out != 0) & np.isfinite(size), size / np.abs(out), 0.0)
    worst = float(np.max(ratio, initial=0.0))
    if worst <= 1 / math.sqrt(eps):
        return None
    bad = ratio > 1 / math.sqrt(eps)
    effect = view.effect(node, np.where(bad, size * eps / 2, 0.0))
    if effect < math.sqrt(eps):  # the result hardly depends on those elements
        return None
    lost, digits = min(math.log10(worst), -math.log10(eps)), -math.log10(eps)
    harm = f"{int(bad.sum()):,} of {bad.size:,} elements lose up to {lost:.1f} of {digits:.1f} digits"
    if not math.isnan(effect):
        harm += f"; the result changes by up to {effect:.1g} of itself"
    severity = ERROR if worst * eps > 1e-2 else WARNING
    fix = "rewrite the difference so that what is equal cancels on paper (conjugate, series, np.expm1, np.log1p, …)"
    return view.advice("cancellation", severity, [node], _form(node), harm, fix, claims=False)


def _form(node: Node) -> str:
    return "x - y of nearly equal numbers" if node.plan.primitive.name == "subtract" else "x + y, nearly opposite"


def _sum_of_squares(view: View, operand: Operand) -> tuple[Node, list[Node]] | None:
    """Return the node of a sum of squares, and the nodes of what is squared."""
    total = view.is_op(operand, "sum", "add", "mean", "matmul", "einsum")
    if total is None:
        return None
    if total.plan.primitive.name in ("matmul", "einsum"):  # x @ x
        same = len(total.inputs) == 2 and total.inputs[0] is total.inputs[1] and not total.shape
        return (total, [total.inputs[0]]) if same and len(total.inputs[0].shape) == 1 else None
    if total.plan.primitive.name == "add":
        parts = [view.is_square(view.inner(total, i)) for i in range(len(view.arguments(total)))]
    else:
        parts = [view.is_square(view.inner(total))]
    known = [part for part in parts if part is not None]
    return (total, known) if known and len(known) == len(parts) else None


def norm(view: View, node: Node) -> Advice | None:
    """Find sqrt(sum(x²)) at 0, where its derivative is 0/0, or of numbers whose squares over- or underflow."""
    if node.plan.primitive.name == "power" and node.keywords.get("exponent") != 0.5:
        return None
    found = _sum_of_squares(view, view.inner(node))
    if found is None:
        return None
    total, parts = found
    value = view.value(total)
    if value is None or np.asarray(value).dtype.kind != "f":
        return None
    value = np.asarray(value)
    tiny, sizes = float(np.finfo(value.dtype).tiny) / unit(value.dtype), [view.value(part) for part in parts]
    zeros, infinite = int(np.sum(value == 0)), int(np.sum(np.isinf(value)))
    small = int(np.sum((value > 0) & (value < tiny)))
    hidden = zeros and any(size is not None and np.any((np.asarray(size) != 0) & (size * size == 0)) for size in sizes)
    if infinite and all(size is None or np.all(np.isfinite(size)) for size in sizes):
        severity, harm = ERROR, f"{infinite:,} of {value.size:,} sums of squares overflow although the numbers do not"
    elif hidden or small:
        severity, harm = (
            ERROR,
            f"{zeros + small:,} of {value.size:,} sums of squares underflow, the numbers do not",
        )
    elif zeros:
        severity = ERROR
        harm = f"{zeros:,} of {value.size:,} are 0, where the derivative is inf * 0: a warning, 0 or NaN"
    else:
        return None
    is_sum = total.plan.primitive.name != "add"
    form, fix = ("sqrt(sum(x**2))", "np.linalg.norm(x)") if is_sum else ("sqrt(x**2 + y**2)", "np.hypot(x, y)")
    if is_sum and (infinite or hidden or small):  # there NumPy's norm does so too
        fix = "m * np.linalg.norm(x / m) with m = np.max(np.abs(x))"
    return view.advice("norm", severity, [node, total], form, harm, fix)


_REMEDIES = {
    "exp": "work with logarithms, or subtract the maximum first",
    "log": "np.where(x > 0, np.log(np.where(x > 0, x, 1)), …), or scipy.special.xlogy(x, y) for y log(x) terms",
    "divide": "guard the denominator inside: np.where(y == 0, 1, y)",
    "reciprocal": "guard the argument inside: np.where(x == 0, 1, x)",
    "sqrt": "guard the argument inside: np.sqrt(np.where(x > 0, x, 1))",
    "power": "work with logarithms, or scale first",
    "multiply": "scale first, or work with logarithms",
    "prod": "sum logarithms",
}


_GROWING = ("exp", "exp2", "sinh", "cosh", "expm1", "power", "multiply", "prod", "square", "sum", "matmul")


def overflow(view: View, node: Node) -> Advice | None:
    """Find what gave an infinity or a NaN from finite operands, and exponentials close to it."""
    out = view.value(node)
    operands = view.arguments(node)
    if out is None or not isinstance(out, np.ndarray | np.generic) or out.dtype.kind != "f":
        return None
    name = node.plan.primitive.name
    bad = int(np.sum(~np.isfinite(out)))
    if bad:
        if any(operand.value is None or not _is_finite(operand.value) for operand in operands):
            return None
        kind = "NaN" if np.any(np.isnan(out)) else "inf"
        harm = f"{bad:,} of {out.size:,} elements came out {kind} from finite operands"
        fix = _REMEDIES.get(name, "keep the operands inside of what the function is defined and finite for")
        rule = "overflow" if name in _GROWING else "invalid"
        return view.advice(rule, ERROR, [node], f"{name}(…)", harm, fix)
    largest = float(np.max(np.abs(out), initial=0))
    if name in _GROWING[:5] and largest > math.sqrt(float(np.finfo(str(out.dtype)).max)):
        harm = f"up to {largest:.1e}: its square overflows in {out.dtype}"
        return view.advice("large-exp", WARNING, [node], f"{name}(x) of large x", harm, _REMEDIES["exp"], claims=False)
    return None


def _is_finite(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_is_finite(part) for part in value)
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.all(np.isfinite(array)))
