"""Calls that sum: matrix products, outer products, contractions, reductions, and transposes, which belong to them."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd_lite.core.symbols import algebra
from autograd_lite.core.symbols.expressions import Call, Expression, Number, Shape, Sum
from autograd_lite.core.symbols.functions import BUILDERS, builds, call, is_whole


def transpose(x: Expression) -> Expression:
    """Return the transpose of a matrix: of a product that of its factors, in the other order."""
    scale, inner = algebra.number_in(x)
    if scale != algebra.ONE:
        return algebra.multiply(scale, transpose(inner))
    if isinstance(x, Sum) and all(term.shape == x.shape for _, term in x.terms):
        terms = [algebra.multiply(Number(c), transpose(term)) for c, term in x.terms]
        return algebra.add(Number(x.constant), *terms)
    if isinstance(x, Call) and x.function is np.matrix_transpose:
        return x.args[0]
    if isinstance(x, Call) and x.function is np.matmul and all(len(factor.shape) == 2 for factor in x.args):
        return Call(np.matmul, tuple(map(transpose, x.args[::-1])), {}, x.shape[::-1])
    if algebra.unfilled(x).shape == ():
        return algebra.broadcast(algebra.unfilled(x), x.shape[::-1])
    return Call(np.matrix_transpose, (x,), {}, x.shape[::-1])


@builds(np.swapaxes)
def _swapaxes(shape: Shape, x: Expression, first: int, second: int) -> Expression | None:
    return transpose(x) if len(x.shape) == 2 and first % 2 != second % 2 else None


@builds(np.transpose)
def _transpose(shape: Shape, x: Expression, axes: Any = None) -> Expression | None:
    if len(x.shape) < 2:
        return x
    swapped = axes is None or tuple(i % 2 for i in axes) == (1, 0)
    return transpose(x) if len(x.shape) == 2 and swapped else None


builds(np.matrix_transpose)(lambda shape, x: transpose(x) if len(x.shape) == 2 else None)


@builds(np.matmul)
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
        coefficient, rest = algebra.number_in(operand)
        scale.append(coefficient)
        factors.append(rest)
    return algebra.multiply(*scale, Call(np.matmul, tuple(factors), {}, shape))


builds(np.multiply)(lambda shape, x, y: outer_product(x, y) or algebra.multiply(x, y))


def outer_product(x: Expression, y: Expression) -> Expression | None:
    """Return the outer product that a column times a row is; None if the operands are not that."""
    for column, row in ((x, y), (y, x)):
        vector, inner = _column(column), algebra.unfilled(row)
        if vector is not None and len(inner.shape) == 1 and len(row.shape) <= 2:
            return outer_of(vector, inner)
    return None


@builds(np.outer)
def _outer(shape: Shape, x: Expression, y: Expression) -> Expression:
    return outer_of(x, y)


def outer_of(x: Expression, y: Expression) -> Expression:
    """Return the outer product of two vectors, with the numbers in front of them in front of it."""
    (first, x), (second, y) = algebra.number_in(x), algebra.number_in(y)
    return algebra.multiply(first, second, Call(np.outer, (x, y), {}, (*x.shape, *y.shape)))


def _column(x: Expression) -> Expression | None:
    """Return the vector that is made a column; None if that is not what an expression is."""
    if not isinstance(x, Call) or x.function is not operator.getitem or len(x.args[0].shape) != 1:
        return None
    index = x.args[1]
    column = isinstance(index, tuple) and len(index) == 2 and index[1] is None
    return x.args[0] if column and (index[0] is Ellipsis or is_whole(index[0])) else None


# Sums


@builds(np.sum)
def _sum(
    shape: Shape, x: Expression, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
) -> Expression | None:
    """Return the sum of a number that is repeated as its multiple, and numbers in front of the sum."""
    inner = algebra.unfilled(x)
    if inner.shape == ():
        count = math.prod(x.shape) // max(1, math.prod(shape))
        return algebra.broadcast(algebra.multiply(Number(count), inner), shape)
    scale, rest = algebra.number_in(x)
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


@builds(np.einsum)
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
