"""Calls of NumPy's functions on expressions: arithmetic becomes sums and products, the rest is tidied up a little."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_lite.core.symbols import algebra
from autograd_lite.core.symbols.expressions import (
    Call,
    Constant,
    Expression,
    Number,
    Product,
    Shape,
    Sum,
    children,
    filled,
    mapped,
)

Builder = Callable[..., "Expression | None"]

#: Function -> what makes the expression of a call of it, given the shape and the arguments; None: an ordinary call.
BUILDERS: dict[Any, Builder] = {}

_COMMUTING = {np.hypot, np.maximum, np.minimum, np.logaddexp, np.logaddexp2, np.bitwise_and, np.bitwise_or, np.equal}


def call(function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], shape: Shape) -> Expression:
    """Return the expression of a call.

    Parameters
    ----------
    function : callable
    args : tuple
        Expressions, lists and tuples of them, and metadata.
    keywords : mapping of str to object
    shape : tuple of int
        Of what the function returned at the example.
    """
    builder = BUILDERS.get(function)
    if builder is not None:
        made = builder(shape, *args, **keywords)
        if made is not None:
            return algebra.broadcast(made, shape)
    if function in _COMMUTING and len(args) == 2 and not keywords:
        args = tuple(sorted(args, key=lambda arg: (isinstance(arg, Number), repr(arg))))
    if isinstance(function, np.ufunc) and not keywords and function.signature is None:
        args = tuple(algebra.unfilled(arg) if isinstance(arg, Expression) else arg for arg in args)
        inner = np.broadcast_shapes(*(arg.shape for arg in args if isinstance(arg, Expression)))
        return algebra.broadcast(Call(function, args, {}, inner), shape)
    return Call(function, args, keywords, shape)


def builds(*functions: Any) -> Callable[[Builder], Builder]:
    """Declare what makes the expressions of calls of some functions."""

    def declare(builder: Builder) -> Builder:
        for function in functions:
            BUILDERS[function] = builder
        return builder

    return declare


# Arithmetic

builds(np.add)(lambda shape, x, y: algebra.add(x, y))
builds(np.subtract)(lambda shape, x, y: algebra.subtract(x, y))
builds(np.true_divide)(lambda shape, x, y: algebra.divide(x, y))
builds(np.negative)(lambda shape, x: algebra.negate(x))
builds(np.square)(lambda shape, x: algebra.power(x, 2))
builds(np.reciprocal)(lambda shape, x: algebra.power(x, -1))
builds(np.ndarray.astype, np.copy)(lambda shape, x, *_, **__: x)


@builds(np.positive)
def _positive(shape: Shape, x: Expression, dtype: Any = None, casting: str = "") -> Expression | None:
    """Return the operand itself; a cast to real numbers of complex ones is not that, and happens nowhere here."""
    return x


@builds(np.power, np.float_power)
def _power(shape: Shape, x: Expression, y: Expression) -> Expression | None:
    inner = algebra.unfilled(y)
    return algebra.power(x, inner.value) if isinstance(inner, Number) else None


@builds(np.exp)
def _exp(shape: Shape, x: Expression) -> Expression | None:
    """Return exp(-log(1 + exp(u))) as 1 / (1 + exp(u)), which says the same, and neither overflows into a NaN."""
    inner = algebra.unfilled(x)
    if not isinstance(inner, Sum | Call) and len(_softplus_in(inner)) == 1:
        (u,) = _softplus_in(inner)
        grown = call(np.exp, (u,), {}, u.shape)
        return algebra.power(algebra.add(algebra.ONE, grown), -1)
    return None


def _softplus_in(expression: Expression) -> list[Expression]:
    """Return u where an expression is -logaddexp(0, u)."""
    factors = getattr(expression, "factors", ())
    if len(factors) != 1 or getattr(expression, "coefficient", None) != -1 or factors[0][1] != 1:
        return []
    inner = factors[0][0]
    if not isinstance(inner, Call) or inner.function is not np.logaddexp:
        return []
    first, second = inner.args
    return [second] if algebra.is_zero(first) else [first] if algebra.is_zero(second) else []


# Choices


@builds(np.where)
def _where(shape: Shape, condition: Expression, first: Expression, second: Expression) -> Expression:
    return algebra.choose(condition, first, second)


# Filling

builds(np.zeros_like)(lambda shape, x, *_, **__: algebra.broadcast(algebra.ZERO, shape))
builds(np.ones_like)(lambda shape, x, *_, **__: algebra.broadcast(algebra.ONE, shape))
builds(np.broadcast_to)(lambda shape, x, *_, **__: algebra.broadcast(x, shape))
builds(filled)(lambda shape, x, target: algebra.broadcast(x, shape))


@builds(np.full_like)
def _full_like(shape: Shape, x: Expression, value: Any, *_: Any, **__: Any) -> Expression | None:
    return algebra.broadcast(value if isinstance(value, Expression) else Number(value), shape)


@builds(np.reshape, np.squeeze)
def _reshaped(shape: Shape, x: Expression, *_: Any, **keywords: Any) -> Expression | None:
    """Return an expression with axes of length one put in front, or taken from there, as that: broadcasting does it."""
    inner = algebra.unfilled(x)
    if x.shape == shape:
        return x
    front = len(shape) - len(inner.shape)
    if front >= 0 and shape == (1,) * front + inner.shape:
        return algebra.broadcast(inner, shape)
    return algebra.broadcast(inner, shape) if inner.shape == () else None


@builds(np.expand_dims)
def _expanded(shape: Shape, x: Expression, axis: Any) -> Expression | None:
    """Return an expression with new axes as an index with None, behind the numbers in front of it."""
    made = _reshaped(shape, x)
    if made is not None:
        return made
    places = {i % len(shape) for i in (axis if isinstance(axis, tuple | list) else (axis,))}
    index = tuple(None if i in places else slice(None) for i in range(len(shape)))
    scale, rest = algebra.number_in(x)
    return algebra.multiply(scale, Call(operator.getitem, (rest, index), {}, shape))


@builds(operator.getitem)
def _getitem(shape: Shape, x: Expression, index: Any) -> Expression | None:
    inner = algebra.unfilled(x)
    if inner.shape == ():
        return algebra.broadcast(inner, shape)
    places = index if isinstance(index, tuple) else (index,)
    if places and places[0] is Ellipsis:
        places = places[1:]
        first = next((i for i, place in enumerate(places) if place is None), None)
        if first is not None and all(place is None or is_whole(place) for place in places):
            kept = places[first:]
            whole = sum(place is not None for place in kept)
            if whole == len(x.shape) and kept[: len(kept) - whole] == (None,) * (len(kept) - whole):
                return algebra.broadcast(inner, shape)
        if x.shape[:1] == (1,) and x.shape[1:] == inner.shape == shape and len(places) == 2:
            return inner
    scale, rest = algebra.number_in(x)
    return None if scale == algebra.ONE else algebra.multiply(scale, Call(operator.getitem, (rest, index), {}, shape))


def is_whole(place: Any) -> bool:
    """Say whether a place of an index takes everything along its axis."""
    return isinstance(place, slice) and place == slice(None)


def literal(value: Any) -> Any:
    """Return the expression of a number or an array that depends on nothing; other metadata as it is."""
    if isinstance(value, np.ndarray):
        return Constant(value) if value.ndim else Number(value[()])
    if isinstance(value, np.generic | float | int | complex) and not isinstance(value, np.character):
        return Number(value)
    return value


# What a gather sends back, and vectors of scalars


def scattered(value: Any, index: Any, shape: Shape) -> Any:
    """Return zeros of a shape with a value added in at an index, as often as the index names an element."""
    value = np.asarray(value)
    whole = np.zeros(shape, value.dtype)
    np.add.at(whole, index, value)
    return whole[()]


@builds(scattered)
def _scattered(shape: Shape, value: Expression, index: Any, whole: Shape) -> Expression | None:
    """Return a scatter behind the numbers in front of what is scattered; into a column, as the index that makes one."""
    scale, rest = algebra.number_in(value)
    places = index if isinstance(index, tuple) else (index,)
    if len(shape) == 2 and shape[1] == 1 and len(places) == 2 and places[0] is Ellipsis and rest.shape == shape[:1]:
        return algebra.multiply(scale, Call(operator.getitem, (rest, (slice(None), None)), {}, shape))
    return algebra.multiply(scale, Call(scattered, (rest, index, whole), {}, shape))


def vector(*elements: Any) -> np.ndarray:
    """Return the vector of some numbers."""
    return np.array(elements)


def as_vector(expression: Expression, longest: int = 8) -> Expression:
    """Return a sum of scalars that are each scattered into a short vector as that vector."""
    terms = expression.terms if isinstance(expression, Sum) else ((1, expression),)
    if len(expression.shape) != 1 or expression.shape[0] > longest or getattr(expression, "constant", 0) != 0:
        return expression
    elements: list[list[Expression]] = [[] for _ in range(expression.shape[0])]
    for coefficient, term in terms:
        scale, factors = algebra.factors_of(term)
        others = [algebra.power(base, exponent) for base, exponent in factors if scattered_at(base) is None]
        places = [place for place in (scattered_at(base) for base, _ in factors) if place is not None]
        if len(places) != 1 or any(other.shape != () for other in others):
            return expression
        value, index = places[0]
        elements[index].append(algebra.multiply(Number(coefficient), Number(scale), value, *others))
    made = tuple(algebra.add(*summands) if summands else algebra.ZERO for summands in elements)
    return Call(vector, made, {}, expression.shape)


def scattered_at(expression: Expression) -> tuple[Expression, int] | None:
    """Return the scalar that is put at one place of a vector, and the place; None if an expression is not that."""
    if not isinstance(expression, Call) or expression.function is not scattered:
        return None
    value, index, _ = expression.args
    single = isinstance(index, tuple) and len(index) == 1 and isinstance(index[0], int)
    return (value, index[0]) if single and value.shape == () else None


# Putting expressions in the place of variables


def substituted(expression: Expression, values: Mapping[Expression, Expression]) -> Expression:
    """Return an expression with others in the place of its variables, simplified anew."""
    if expression in values:
        return values[expression]
    return rebuilt(expression, lambda inner: substituted(inner, values))


def rebuilt(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return an expression put together again from its parts, each changed; itself if none was."""
    inner = children(expression)
    if not inner:
        return expression
    made = {part: change(part) for part in inner}
    if all(made[part] is part for part in inner):
        return expression
    if isinstance(expression, Sum):
        terms = [algebra.multiply(Number(c), made[term]) for c, term in expression.terms]
        return algebra.broadcast(algebra.add(Number(expression.constant), *terms), expression.shape)
    if isinstance(expression, Product):
        factors = [algebra.power(made[base], exponent) for base, exponent in expression.factors]
        return algebra.broadcast(algebra.multiply(Number(expression.coefficient), *factors), expression.shape)
    assert isinstance(expression, Call)
    args, keywords = mapped((expression.args, expression.keywords), made.__getitem__)
    return call(expression.function, args, keywords, expression.shape)
