"""Pushing power series through primitives: by recurrences where there are any, else by the primitive's kind and rules.

- Linear: the function is applied to every coefficient.
- Multilinear: Cauchy products.
- Elementwise: y' = f'(x) x', with the primitive's own rule run on series (rules are written in NumPy). Coefficient k of
  y needs those up to k - 1 of the right-hand side, so a rule that reads the output is run again for each.
- Anything else: the same with the Jacobian of `transforms.forward`, whose graph then holds series in place of arrays.

What derivatives of a function are made of is often the same function with another parameter (the derivative of the
Bessel function J_n holds J_(n-1) and J_(n+1)), which would be twice as many at each level; a series remembers what has
been computed of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd_lite.calculus.series.coefficients import joined, zeros
from autograd_lite.calculus.series.precise.number import is_precise
from autograd_lite.calculus.series.rounding import NOISE, noisy
from autograd_lite.calculus.series.table import coefficients_of, is_series, least_order, recurrence_of, value_of
from autograd_lite.core.cotangents import cast
from autograd_lite.core.graph import Keywords, Node, collect
from autograd_lite.core.outputs import SEVERAL
from autograd_lite.core.plan import ELEMENTWISE, LINEAR, MULTILINEAR, Primitive
from autograd_lite.core.recording import as_array
from autograd_lite.core.tensor import output_tensors, primal_of, record
from autograd_lite.errors import DtypeError
from autograd_lite.transforms.forward import push_forward

#: How deep inside of rules the computation is: what they compare is no kink of the user's function.
INSIDE: ContextVar[int] = ContextVar("autograd_lite.series_inside", default=0)

#: Called with the name of every operation and the coefficients it gave, while somebody looks for a singular point.
EXAMINER: ContextVar[Callable[[str, Any], None] | None] = ContextVar("autograd_lite.series_examiner", default=None)


#: Primitives whose rules compare nothing but what has a kink where it is equal.
_COMPARING = ("clip", "fmax", "fmin", "copysign", "heaviside")


def push(make: Callable[[Any], Any], primitive: Primitive, arrays: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """Return the series (or tuple of them) of a primitive's answer.

    Parameters
    ----------
    make : callable
        Makes a series of coefficients.
    primitive : Primitive
    arrays : sequence
        Its array arguments: series, arrays and numbers.
    keywords : dict
    """
    recurrence = recurrence_of(primitive)
    examiner = EXAMINER.get()
    if recurrence is not None and (found := recurrence(*arrays, **keywords)) is not None:
        out = make(found)
    else:
        _refuse_rounded_constants(primitive, arrays)
        token = INSIDE.set(INSIDE.get() + (primitive.name not in _COMPARING))
        try:
            out = _BY_KIND.get(primitive.kind, _by_jacobian)(make, primitive, arrays, keywords)
        finally:
            INSIDE.reset(token)
    if examiner is not None:
        for part in out if isinstance(out, tuple) else (out,):
            examiner(primitive.name, part.coefficients)
    return out


def _refuse_rounded_constants(primitive: Primitive, arrays: Sequence[Any]) -> None:
    if primitive.kind not in (LINEAR, MULTILINEAR) and any(is_precise(value_of(value)) for value in arrays):
        raise DtypeError(f"{primitive.name} has a rule, which may have rounded constants in it, and no recurrence")


# Linear and multilinear


def _linearly(make: Callable[[Any], Any], primitive: Primitive, arrays: Sequence[Any], keywords: dict[str, Any]) -> Any:
    if primitive.function is cast and is_precise(value_of(arrays[0])):
        return make(arrays[0].coefficients)  # they keep their digits
    order = least_order(arrays)
    parts = []
    for k in range(order + 1):
        at_k = [_coefficient(value, k) for value in arrays]
        parts.append(primitive.function(*at_k, **keywords))
    return make(joined(parts))


def _coefficient(value: Any, k: int) -> Any:
    if is_series(value):
        return value.coefficients[k]
    return value if k == 0 else np.zeros_like(value)


def _multilinearly(
    make: Callable[[Any], Any], primitive: Primitive, arrays: Sequence[Any], keywords: dict[str, Any]
) -> Any:
    order = least_order(arrays)
    places = [i for i, value in enumerate(arrays) if is_series(value)]
    parts = []
    for k in range(order + 1):
        total = None
        for split in itertools.product(range(k + 1), repeat=len(places) - 1):
            if sum(split) > k:
                continue
            operands = list(arrays)
            for place, power in zip(places, (*split, k - sum(split)), strict=True):
                operands[place] = arrays[place].coefficients[power]
            term = primitive.function(*operands, **keywords)
            total = term if total is None else total + term
        parts.append(total)
    return make(joined(parts))


# By the rules


def _by_rule(make: Callable[[Any], Any], primitive: Primitive, arrays: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """Solve y' = Σ ∂f/∂x_i x_i' with the primitive's elementwise rules."""
    if primitive.outputs is not None or primitive.each is not None:
        return _by_jacobian(make, primitive, arrays, keywords)
    memory, key = _remembered(primitive, arrays, keywords)
    if key in memory:
        return memory[key]
    plan = primitive.plan(tuple(is_series(value) for value in arrays))
    first = primitive.function(*_values(primitive, arrays, keywords), **keywords)
    _refuse_half_derivatives(primitive, arrays, first)
    arrays = [as_array(value) for value in arrays]
    slopes = [arrays[place].slope() for place in plan.positions] if least_order(arrays) else []

    def rates(order: int, out: Any) -> Any:
        operands = [value.truncated(order) if is_series(value) else value for value in arrays]
        saved = plan.save(*operands, out, **keywords) if plan.reads_keywords else plan.save(*operands, out)
        terms = [pull(x.truncated(order), saved) for pull, x in zip(plan.pulls, slopes, strict=True)]
        return _filled(sum(terms[1:], terms[0]), order, np.shape(first)) if terms else None

    out = _solved(make, first, least_order(arrays), rates, "out" in plan.reads)
    memory[key] = out
    return out


def _values(primitive: Primitive, arrays: Sequence[Any], keywords: dict[str, Any]) -> list[Any]:
    """Return the values at the point, for the first coefficient.

    Derivatives that have been written out lose digits in themselves: in companions they are taken at a point that has
    noise, too.
    """
    has_noise = NOISE.get() is not None and (primitive.name.startswith("derivative of") or bool(keywords.get("order")))
    return [noisy(value_of(value)) if has_noise and is_series(value) else value_of(value) for value in arrays]


def _remembered(primitive: Primitive, arrays: Sequence[Any], keywords: dict[str, Any]) -> tuple[dict[Any, Any], Any]:
    """Return where the answer is remembered, and under which key: of one series beside plain numbers only."""
    series = [value for value in arrays if is_series(value)]
    others = [None if is_series(value) else value for value in arrays]
    plain = all(value is None or isinstance(value, int | float | np.generic) for value in (*others, *keywords.values()))
    if len(series) > 1 or not plain:
        return {}, None
    return series[0].memory, (primitive, series[0].order, *others, *keywords.items())


def _solved(make: Callable[[Any], Any], first: Any, order: int, rates: Callable[..., Any], reads_out: bool) -> Any:
    """Return y with y(0) and y' given; if the right-hand side reads y, one order after another."""
    out = make(joined([first]))
    for m in range(order) if reads_out else [order - 1] * bool(order):
        slope = rates(m, out)
        if slope is None:
            return make(joined([first, *zeros(order, out.coefficients)]))
        c = slope.coefficients
        out = make(joined([first, *(c[k] / (k + 1) for k in range(m + 1))]))
    return out


def _filled(slope: Any, order: int, shape: tuple[int, ...]) -> Any:
    """Return what a rule gave as a series of a shape."""
    if not is_series(slope):
        slope = np.broadcast_to(slope, shape)
        return type("Constant", (), {"coefficients": coefficients_of(slope, order, len(shape))})
    return slope if slope.shape == shape else np.broadcast_to(slope, shape)


def _refuse_half_derivatives(primitive: Primitive, arrays: Sequence[Any], first: Any) -> None:
    is_complex = [value.dtype.kind == "c" for value in arrays if is_series(value)]
    if any(is_complex) and getattr(first, "dtype", np.dtype(float)).kind != "c":
        raise DtypeError(f"{primitive.name} of complex numbers is real, and has no power series in a complex variable")


def _by_jacobian(
    make: Callable[[Any], Any], primitive: Primitive, arrays: Sequence[Any], keywords: dict[str, Any]
) -> Any:
    """Solve y' = J(x) x' with the Jacobian from the primitive's rules, run on series."""
    memory, key = _remembered(primitive, arrays, keywords)
    if key in memory:
        return memory[key]
    plain = [as_array(value) for value in arrays]
    firsts = primitive.function(*map(value_of, plain), **keywords)
    several = primitive.outputs is not None
    order = least_order(arrays)
    reads_out = primitive.each is not None or "out" in primitive.plan(tuple(map(is_series, arrays))).reads
    outs = [make(joined([first])) for first in (firsts if several else (firsts,))]
    for m in range(order) if reads_out else [order - 1] * bool(order):
        found = _pushed(primitive, plain, keywords, outs, m)
        outs = [
            make(joined([out.coefficients[0], *(rate.coefficients[k] / (k + 1) for k in range(m + 1))]))
            for out, rate in zip(outs, found, strict=True)
        ]
    memory[key] = tuple(outs) if several else outs[0]
    return memory[key]


def _pushed(
    primitive: Primitive, arrays: Sequence[Any], keywords: dict[str, Any], outs: Sequence[Any], order: int
) -> list[Any]:
    """Return the slopes of the outputs up to an order, of which the outputs themselves are known."""
    plan = primitive.plan(tuple(is_series(value) for value in arrays))
    operands = [value.truncated(order) if is_series(value) else value for value in arrays]
    primals = [primal_of(operands[place]) for place in plan.positions]
    several = primitive.outputs is not None
    out: Any = tuple(outs) if several else outs[0]
    saved = plan.save(*operands, out, **keywords) if plan.reads_keywords else plan.save(*operands, out)
    nodes: tuple[Any, ...] = tuple(primal.node for primal in primals)
    if several:
        node = Node(plan, nodes, saved, Keywords(keywords) if keywords else None, (), SEVERAL)
        tensors: Sequence[Any] = output_tensors(node, out)
    else:
        tensors = [record(plan, nodes, saved, keywords or None, out, operands)]
    tangents = {node: arrays[place].slope().truncated(order) for node, place in zip(nodes, plan.positions, strict=True)}
    found = push_forward(
        collect([tensor.node for tensor in tensors if tensor.node is not None], nodes), tangents, tensors
    )
    return [_filled(slope, order, tensor.shape) for slope, tensor in zip(found, tensors, strict=True)]


_BY_KIND = {LINEAR: _linearly, MULTILINEAR: _multilinearly, ELEMENTWISE: _by_rule}
