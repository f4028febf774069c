"""Calls of NumPy's functions on expressions: arithmetic becomes sums and products, the rest is tidied up a little."""

from __future__ import annotations

import math
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
    if function in _COMMUTING and len(args) == 2 and repr(args[1]) < repr(args[0]) and not keywords:
        args = (args[1], args[0])
    if isinstance(function, np.ufunc) and not keywords and function.signature is None:
        args = tuple(algebra.unfilled(arg) if isinstance(arg, Expression) else arg for arg in args)
        inner = np.broadcast_shapes(*(arg.shape for arg in args if isinstance(arg, Expression)))
        return algebra.broadcast(Call(function, args, {}, inner), shape)
    return Call(function, args, keywords, shape)


def _builds(*functions: Any) -> Callable[[Builder], Builder]:
    def declare(builder: Builder) -> Builder:
        for function in functions:
            BUILDERS[function] = builder
        return builder

    return declare


# Arithmetic

_builds(np.add)(lambda shape, x, y: algebra.add(x, y))
_builds(np.subtract)(lambda shape, x, y: algebra.subtract(x, y))
_builds(np.multiply)(lambda shape, x, y: outer_product(x, y) or algebra.multiply(x, y))
_builds(np.true_divide)(lambda shape, x, y: algebra.divide(x, y))
_builds(np.negative)(lambda shape, x: algebra.negate(x))
_builds(np.square)(lambda shape, x: algebra.power(x, 2))
_builds(np.reciprocal)(lambda shape, x: algebra.power(x, -1))
_builds(np.ndarray.astype, np.copy)(lambda shape, x, *_, **__: x)


@_builds(np.positive)
def _positive(shape: Shape, x: Expression, dtype: Any = None, casting: str = "") -> Expression | None:
    """Return the operand itself; a cast to real numbers of complex ones is not that, and happens nowhere here."""
    return x


@_builds(np.power, np.float_power)
def _power(shape: Shape, x: Expression, y: Expression) -> Expression | None:
    inner = algebra.unfilled(y)
    return algebra.power(x, inner.value) if isinstance(inner, Number) else None


@_builds(np.exp)
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


@_builds(np.where)
def _where(shape: Shape, condition: Expression, first: Expression, second: Expression) -> Expression:
    return algebra.choose(condition, first, second)


# Filling

_builds(np.zeros_like)(lambda shape, x, *_, **__: algebra.broadcast(algebra.ZERO, shape))
_builds(np.ones_like)(lambda shape, x, *_, **__: algebra.broadcast(algebra.ONE, shape))
_builds(np.broadcast_to)(lambda shape, x, *_, **__: algebra.broadcast(x, shape))
_builds(filled)(lambda shape, x, target: algebra.broadcast(x, shape))


@_builds(np.full_like)
def _full_like(shape: Shape, x: Expression, value: Any, *_: Any, **__: Any) -> Expression | None:
    return algebra.broadcast(value if isinstance(value, Expression) else Number(value), shape)


@_builds(np.reshape, np.squeeze)
def _reshaped(shape: Shape, x: Expression, *_: Any, **keywords: Any) -> Expression | None:
    """Return an expression with axes of length one put in front, or taken from there, as that: broadcasting does it."""
    inner = algebra.unfilled(x)
    if x.shape == shape:
        return x
    front = len(shape) - len(inner.shape)
    if front >= 0 and shape == (1,) * front + inner.shape:
        return algebra.broadcast(inner, shape)
    return algebra.broadcast(inner, shape) if inner.shape == () else None


@_builds(np.expand_dims)
def _expanded(shape: Shape, x: Expression, axis: Any) -> Expression | None:
    """Return an expression with new axes as an index with None, behind the numbers in front of it."""
    made = _reshaped(shape, x)
    if made is not None:
        return made
    places = {i % len(shape) for i in (axis if isinstance(axis, tuple | list) else (axis,))}
    index = tuple(None if i in places else slice(None) for i in range(len(shape)))
    scale, rest = _number_in(x)
    return algebra.multiply(scale, Call(operator.getitem, (rest, index), {}, shape))


@_builds(operator.getitem)
def _getitem(shape: Shape, x: Expression, index: Any) -> Expression | None:
    inner = algebra.unfilled(x)
    if inner.shape == ():
        return algebra.broadcast(inner, shape)
    places = index if isinstance(index, tuple) else (index,)
    if places and places[0] is Ellipsis:
        places = places[1:]
        if all(place == slice(None) for place in places if place is not None) and None in places:
            kept = places[places.index(None) :]
            whole = sum(place is not None for place in kept)
            if whole == len(x.shape) and kept[: len(kept) - whole] == (None,) * (len(kept) - whole):
                return algebra.broadcast(inner, shape)
        if x.shape[:1] == (1,) and x.shape[1:] == inner.shape == shape and places == (0, slice(None)):
            return inner
    return None


# Matrices


def transpose(x: Expression) -> Expression:
    """Return the transpose of a matrix."""
    if isinstance(x, Call) and x.function is np.matrix_transpose:
        return x.args[0]
    return Call(np.matrix_transpose, (x,), {}, x.shape[::-1])


@_builds(np.swapaxes)
def _swapaxes(shape: Shape, x: Expression, first: int, second: int) -> Expression | None:
    return transpose(x) if len(x.shape) == 2 and first % 2 != second % 2 else None


@_builds(np.transpose)
def _transpose(shape: Shape, x: Expression, axes: Any = None) -> Expression | None:
    if len(x.shape) < 2:
        return x
    swapped = axes is None or tuple(i % 2 for i in axes) == (1, 0)
    return transpose(x) if len(x.shape) == 2 and swapped else None


_builds(np.matrix_transpose)(lambda shape, x: transpose(x) if len(x.shape) == 2 else None)


@_builds(np.matmul)
def _matmul(shape: Shape, x: Expression, y: Expression) -> Expression | None:
    """Return a matrix product with the numbers in front of its factors in front of it."""
    if algebra.is_zero(x) or algebra.is_zero(y):
        return algebra.broadcast(algebra.ZERO, shape)
    inner = algebra.unfilled(x)
    if len(x.shape) == 2 and x.shape[0] == 1 and len(y.shape) == 2:
        if inner.shape == () and x.shape[1] == 1:
            return algebra.multiply(inner, y)
        if len(inner.shape) == 1:
            return algebra.broadcast(call(np.matmul, (inner, y), {}, y.shape[1:]), shape)
    scale, factors = [], []
    for operand in (x, y):
        coefficient, rest = _number_in(operand)
        scale.append(coefficient)
        factors.append(rest)
    return algebra.multiply(*scale, Call(np.matmul, tuple(factors), {}, shape))


def _number_in(expression: Expression) -> tuple[Expression, Expression]:
    """Split a product into its scalar factors and the rest, which has the shape of the whole."""
    scale, factors = algebra.factors_of(expression)
    scalars = [algebra.power(base, exponent) for base, exponent in factors if base.shape == ()]
    rest = [algebra.power(base, exponent) for base, exponent in factors if base.shape != ()]
    if not rest or algebra.joint_shape(rest) != expression.shape:
        return algebra.ONE, expression
    return algebra.multiply(Number(scale), *scalars), algebra.multiply(*rest)


def outer_product(x: Expression, y: Expression) -> Expression | None:
    """Return the outer product that a column times a row is; None if the operands are not that."""
    for column, row in ((x, y), (y, x)):
        vector, inner = _column(column), algebra.unfilled(row)
        if vector is not None and len(inner.shape) == 1 and len(row.shape) <= 2:
            return outer_of(vector, inner)
    return None


def outer_of(x: Expression, y: Expression) -> Expression:
    """Return the outer product of two vectors, with the numbers in front of them in front of it."""
    (first, x), (second, y) = _number_in(x), _number_in(y)
    return algebra.multiply(first, second, Call(np.outer, (x, y), {}, (*x.shape, *y.shape)))


def _column(x: Expression) -> Expression | None:
    """Return the vector that is made a column; None if that is not what an expression is."""
    if not isinstance(x, Call) or x.function is not operator.getitem or len(x.args[0].shape) != 1:
        return None
    index = x.args[1]
    return x.args[0] if index in ((Ellipsis, None), (slice(None), None)) else None


# Sums


@_builds(np.sum)
def _sum(
    shape: Shape, x: Expression, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
) -> Expression | None:
    """Return the sum of a number that is repeated as its multiple, and numbers in front of the sum."""
    inner = algebra.unfilled(x)
    if inner.shape == ():
        count = math.prod(x.shape) // max(1, math.prod(shape))
        return algebra.broadcast(algebra.multiply(Number(count), inner), shape)
    scale, rest = _number_in(x)
    return algebra.multiply(scale, _reduction(np.sum, shape, rest, axis, keepdims))


def _reduction(function: Any, shape: Shape, x: Expression, axis: Any, keepdims: Any) -> Expression:
    """Return a reduction along axes; one along all of them is a number, which needs no axes to be kept."""
    if math.prod(shape) == 1:
        return algebra.broadcast(Call(function, (x,), {}, ()), shape)
    axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
    keywords = {"axis": axis} | ({"keepdims": True} if keepdims else {})
    return Call(function, (x,), keywords, shape)


def _builds_reduction(function: Any) -> None:
    def build(shape: Shape, x: Expression, axis: Any = None, keepdims: Any = False, **others: Any) -> Expression | None:
        initial = others.pop("initial", None)
        harmless = initial is None or (isinstance(initial, float) and abs(initial) == math.inf and math.prod(x.shape))
        return _reduction(function, shape, x, axis, keepdims) if harmless and not others else None

    BUILDERS[function] = build


for _function in (np.mean, np.max, np.min):
    _builds_reduction(_function)


@_builds(np.einsum)
def _einsum(shape: Shape, subscripts: Any, *operands: Any, **_: Any) -> Expression | None:
    """Return a contraction of two matrices or vectors as a matrix product, where it is one."""
    if not isinstance(subscripts, str) or len(operands) != 2 or "." in subscripts or "->" not in subscripts:
        return None
    into, _arrow, out = subscripts.replace(" ", "").partition("->")
    (x, y), (left, right) = operands, into.split(",")
    if max(len(left), len(right), len(out)) > 2 or any(
        len({*letters}) < len(letters) for letters in (left, right, out)
    ):
        return None
    if len(left) == len(right) == 1 and len(out) == 2:
        return outer_of(x, y) if out == left + right else outer_of(y, x)
    shared = {*left} & {*right}
    if len(shared) != 1 or shared & {*out} or {*out} != {*left} ^ {*right}:
        return None
    (letter,) = shared
    if (len(out) == 2 and out[0] in right) or (len(right) == 2 and len(left) == 1):
        x, y, left, right = y, x, right, left
    x = transpose(x) if len(left) == 2 and left[0] == letter else x
    y = transpose(y) if len(right) == 2 and right[1] == letter else y
    return call(np.matmul, (x, y), {}, shape)


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
