"""Unstable forms of exponentials and logarithms, and their stable spellings.

N. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., sections 1.7 and 1.14; P. Blanchard, D. Higham &
N. Higham, *Accurately computing the log-sum-exp and softmax functions*, IMA J. Numer. Anal. 41, 2021; M. Mächler,
*Accurately computing log(1 - exp(-|a|))*, 2012.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.graph import Node
from autograd_lite.explain.linting.view import ERROR, NOTE, WARNING, Advice, Operand, View, harm_of, precise

_SIGMOIDS = ("sigmoid", "expit")


def softplus(view: View, node: Node) -> Advice | None:
    """Find log(1 + exp(x)), and log1p(exp(x)): infinite where exp overflows, log(1) where it is below rounding."""
    inner = view.inner(node) if node.plan.primitive.name == "log1p" else view.plus_one(view.inner(node))
    exp = view.is_op(inner, "exp") if inner is not None else None
    if exp is None or view.is_shifted(view.inner(exp)):
        return None
    z = view.inner(exp)
    reference = precise(lambda v: np.logaddexp(0, v), z.value)
    harm = harm_of(view.value(node), reference, "exp overflows from x = 709 on (88 in float32)")
    middle = [view.is_op(view.inner(node), "add")] if node.plan.primitive.name == "log" else []
    nodes = [node, *(m for m in middle if m is not None), exp]
    form = "log(1 + exp(x))" if middle else "log1p(exp(x))"
    return view.advice("log1p-exp", harm.severity, nodes, form, harm.words, "np.logaddexp(0, x), or nn.softplus(x)")


def _quotient_of_exponentials(view: View, operand: Operand | Node | None) -> tuple[Node, Node, Node] | None:
    """Return the nodes of exp(x) / sum(exp(x)): quotient, exponential, sum."""
    quotient = view.is_op(operand, "divide")
    if quotient is None or len(quotient.inputs) != 2:
        return None
    top = view.is_op(view.inner(quotient, 0), "exp")
    total = view.is_op(view.inner(quotient, 1), "sum")
    below = view.is_op(view.inner(total), "exp") if total is not None else None
    if top is None or total is None or below is None or view.inner(below).node is not view.inner(top).node:
        return None
    return quotient, top, total


def log_softmax(view: View, node: Node) -> Advice | None:
    """Find log(softmax(x)), and that of some of its elements: -inf where the softmax underflows."""
    inside, picks = view.inner(node), []
    while (pick := view.is_op(inside, "getitem")) is not None:
        picks.append(pick)
        inside = view.inner(pick)
    form = view.is_op(inside, "softmax")
    if form is not None:
        nodes, axis, z = [node, form], form.keywords.get("axis", -1), view.inner(form)
        words = "log(softmax(x))"
    else:
        found = _quotient_of_exponentials(view, inside)
        if found is None:
            return None
        nodes, axis, z = [node, *found], found[2].keywords.get("axis"), view.inner(found[1])
        words = "log(exp(x) / sum(exp(x)))"
    reference = precise(lambda v: _log_softmax(v, axis), z.value)
    for pick in reversed(picks if reference is not None else []):
        reference = pick.plan.primitive.function(reference, **pick.keywords)
    if reference is not None and np.shape(reference) != node.shape:
        reference = np.reshape(reference, node.shape) if np.size(reference) == np.prod(node.shape, dtype=int) else None
    nodes, words = [*nodes, *picks], words.replace("x))", "x)[i])") if picks and form is not None else words
    harm = harm_of(view.value(node), reference, "it is -inf once a probability underflows")
    severity = WARNING if harm.severity == NOTE else harm.severity
    return view.advice("log-softmax", severity, nodes, words, harm.words, "nn.log_softmax(x), or x - logsumexp(x)")


def _log_softmax(v: Any, axis: Any) -> Any:
    shifted = v - np.max(v, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def logsumexp(view: View, node: Node) -> Advice | None:
    """Find log(sum(exp(x))) without a shift: infinite where exp overflows, -inf where all of them underflow."""
    total = view.is_op(view.inner(node), "sum", "mean")
    exp = view.is_op(view.inner(total), "exp") if total is not None else None
    if total is None or exp is None or view.is_shifted(view.inner(exp)):
        return None
    axis, is_mean = total.keywords.get("axis"), total.plan.primitive.name == "mean"

    def stable(v: Any) -> Any:
        top = np.max(v, axis=axis, keepdims=True)
        reduce = np.mean if is_mean else np.sum
        return np.squeeze(top + np.log(reduce(np.exp(v - top), axis=axis, keepdims=True)), axis=axis)

    out, z = view.value(node), view.inner(exp).value
    reference = None if out is None or z is None else np.reshape(precise(stable, z), np.shape(out))
    harm = harm_of(out, reference, "exp overflows from x = 709 on (88 in float32)")
    words = f"log({'mean' if is_mean else 'sum'}(exp(x)))"
    fix = "scipy.special.logsumexp(x), or np.logaddexp.reduce" + (", less log(n)" if is_mean else "")
    return view.advice("log-sum-exp", harm.severity, [node, total, exp], words, harm.words, fix)


def softmax(view: View, node: Node) -> Advice | None:
    """Find exp(x) / sum(exp(x)) without a shift: NaN where exp overflows."""
    found = _quotient_of_exponentials(view, node)
    if found is None or found[0] is not node or view.is_shifted(view.inner(found[1])):
        return None
    axis, z = found[2].keywords.get("axis"), view.inner(found[1])
    reference = precise(lambda v: np.exp(_log_softmax(v, axis)), z.value)
    harm = harm_of(view.value(node), reference, "it is NaN once exp overflows, from x = 709 on")
    fix = "nn.softmax(x), or subtract x.max() first"
    return view.advice("softmax", harm.severity, list(found), "exp(x) / sum(exp(x))", harm.words, fix)


def _logistic(view: View, operand: Operand | Node | None) -> tuple[list[Node], Operand, bool] | None:
    """Return the nodes of 1 / (1 + exp(z)), its z, and whether the function is that of -z."""
    node = view.is_op(operand, "divide", "reciprocal")
    if node is None:
        return None
    below = view.inner(node, len(view.arguments(node)) - 1)
    inner = view.plus_one(below)
    exp = view.is_op(inner, "exp") if inner is not None else None
    addition = view.is_op(below, "add")
    if exp is None or addition is None:
        return None
    if node.plan.primitive.name == "divide" and view.is_op(view.inner(node, 0), "exp") is exp:
        return [node, addition, exp], view.inner(exp), False  # exp(z) / (1 + exp(z))
    return [node, addition, exp], view.inner(exp), True


def expit(view: View, node: Node) -> Advice | None:
    """Find 1 / (1 + exp(-x)): exp overflows for large -x, with a warning, and the derivative is NaN there."""
    found = _logistic(view, node)
    if found is None or found[0][0] is not node:
        return None
    nodes, z, is_negated = found
    overflows = z.value is not None and bool(np.any(np.isinf(_exp(z.value, nodes[2]))))
    harm = "exp overflows on these values: warnings, and products 0 * inf in the derivative"
    if not overflows:
        harm = "no harm on these values; exp overflows from x = -709 on (-88 in float32)"
    form = "1 / (1 + exp(-x))" if is_negated else "exp(x) / (1 + exp(x))"
    severity = ERROR if overflows else NOTE
    return view.advice("logistic", severity, nodes, form, harm, "scipy.special.expit(x), or nn.sigmoid(x)")


def _exp(z: Any, node: Node) -> Any:
    with np.errstate(all="ignore"):
        return np.exp(np.asarray(z, node.dtype))


def log_expit(view: View, node: Node) -> Advice | None:
    """Find log(sigmoid(x)), log(1 - sigmoid(x)): -inf where the sigmoid is 0 or 1."""
    inner, sign = view.inner(node), 1.0
    if (difference := view.is_op(inner, "subtract")) is not None and view.is_number(difference, 0, 1.0):
        inner, sign = view.inner(difference, 1), -1.0
    form = view.is_op(inner, *_SIGMOIDS)
    nodes: list[Node] = [node]
    if form is not None:
        nodes, z = [node, form], view.inner(form)
    else:
        found = _logistic(view, inner)
        if found is None:
            return None
        nodes, z = [node, *found[0]], found[1]
        sign = -sign if found[2] else sign
    reference = precise(lambda v: -np.logaddexp(0, -sign * v), z.value)
    harm = harm_of(view.value(node), reference, "it is -inf once the sigmoid is 0 or 1, from |x| = 37 on")
    severity = WARNING if harm.severity == NOTE else harm.severity
    words = "log(sigmoid(x))" if inner.node is view.inner(node).node else "log(1 - sigmoid(x))"
    fix = "scipy.special.log_expit(x), or -np.logaddexp(0, -x)" if words[4] == "s" else "-np.logaddexp(0, x)"
    return view.advice("log-sigmoid", severity, nodes, words, harm.words, fix)


def log_prod(view: View, node: Node) -> Advice | None:
    """Find log(prod(x)): the product over- or underflows."""
    product = view.is_op(view.inner(node), "prod")
    if product is None:
        return None
    axis, x = product.keywords.get("axis"), view.inner(product).value
    out = view.value(node)
    reference = precise(lambda v: np.sum(np.log(v), axis=axis), x)
    reference = None if reference is None or out is None else np.reshape(reference, np.shape(out))
    harm = harm_of(out, reference, "products of a few hundred factors over- or underflow")
    return view.advice("log-prod", harm.severity, [node, product], "log(prod(x))", harm.words, "np.sum(np.log(x))")


def log_det(view: View, node: Node) -> Advice | None:
    """Find log(det(a)): determinants over- and underflow where their logarithms are tame."""
    inner = view.inner(node)
    if (size := view.is_op(inner, "absolute")) is not None:
        inner = view.inner(size)
    determinant = view.is_op(inner, "det")
    if determinant is None:
        return None
    matrix = view.inner(determinant).value
    with np.errstate(all="ignore"):
        reference = None if matrix is None else np.linalg.slogdet(np.asarray(matrix, float))[1]
    harm = harm_of(view.value(node), reference, "determinants of some hundred rows over- or underflow")
    nodes = [node, determinant]
    return view.advice("log-det", harm.severity, nodes, "log(det(a))", harm.words, "np.linalg.slogdet(a)[1]")


def log1p(view: View, node: Node) -> Advice | None:
    """Find log(1 + x) of small x: 1 + x has rounded x away."""
    x = view.plus_one(view.inner(node))
    if x is None or x.value is None:
        return None
    harm = harm_of(view.value(node), precise(np.log1p, x.value), "")
    addition = view.is_op(view.inner(node), "add")
    if harm.severity == NOTE or addition is None:
        return None
    return view.advice("log1p", harm.severity, [node, addition], "log(1 + x)", harm.words, "np.log1p(x)")


def expm1(view: View, node: Node) -> Advice | None:
    """Find exp(x) - 1 of small x: exp(x) has rounded x away."""
    name = node.plan.primitive.name
    if name == "subtract" and view.is_number(node, 1, 1.0):
        exp = view.is_op(view.inner(node, 0), "exp")
    elif name == "subtract" and view.is_number(node, 0, 1.0):
        exp = view.is_op(view.inner(node, 1), "exp")
    else:
        exp = next(
            (e for i in (0, 1) if name == "add" and view.is_number(node, i, -1.0)
             and (e := view.is_op(view.inner(node, 1 - i), "exp")) is not None), None,
        )  # fmt: skip
    if exp is None or view.inner(exp).value is None:
        return None
    out, reference = view.value(node), precise(np.expm1, view.inner(exp).value)
    harm = harm_of(None if out is None else np.abs(out), None if reference is None else np.abs(reference), "")
    if harm.severity == NOTE or out is None:
        return None
    return view.advice("expm1", harm.severity, [node, exp], "exp(x) - 1", harm.words, "np.expm1(x)")


def one_minus_cos(view: View, node: Node) -> Advice | None:
    """Find 1 - cos(x) of small x: the cosine has rounded x² away."""
    if not view.is_number(node, 0, 1.0):
        return None
    cos = view.is_op(view.inner(node, 1), "cos")
    if cos is None:
        return None
    harm = harm_of(view.value(node), precise(lambda v: 2 * np.sin(v / 2) ** 2, view.inner(cos).value), "")
    if harm.severity == NOTE:
        return None
    return view.advice("one-minus-cos", harm.severity, [node, cos], "1 - cos(x)", harm.words, "2 * np.sin(x / 2) ** 2")


def sigmoid_loss(view: View, node: Node) -> Advice | None:
    """Find binary_cross_entropy(sigmoid(x), y): the logarithm of what has been rounded to 0 or 1."""
    form = view.is_op(view.inner(node), *_SIGMOIDS)
    logistic = None if form is not None else _logistic(view, view.inner(node))
    if form is None and logistic is None:
        return None
    nodes = [node, form] if form is not None else [node, *(logistic[0] if logistic is not None else [])]
    p = view.inner(node).value
    saturated = 0 if p is None else int(np.sum((np.asarray(p) == 0) | (np.asarray(p) == 1)))
    harm = f"{saturated:,} probabilities were rounded to 0 or 1: the loss is clamped and their gradient is lost"
    if not saturated:
        harm = "probabilities are rounded to 0 or 1 from |x| = 37 on (17 in float32)"
    words = "binary_cross_entropy(sigmoid(x), y)"
    fix = "nn.binary_cross_entropy_with_logits(x, y)"
    return view.advice("sigmoid-loss", ERROR if saturated else WARNING, nodes, words, harm, fix)


def softmax_loss(view: View, node: Node) -> Advice | None:
    """Find cross_entropy(softmax(x), y): it takes logits, so that the softmax is taken twice."""
    form = view.is_op(view.inner(node), "softmax")
    if form is None:
        return None
    harm = "cross_entropy takes logits: the softmax is taken twice, and the loss cannot come near 0"
    words = "cross_entropy(softmax(x), y)"
    return view.advice("softmax-twice", ERROR, [node, form], words, harm, "nn.cross_entropy(x, y)")
