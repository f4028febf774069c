"""Functions of arrays over intervals: what moves elements, sums, and products of matrices."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_lite.calculus.series.intervals.interval import (
    Interval,
    bilinear,
    down,
    encloses,
    made,
    operand,
    up,
)
from autograd_lite.errors import NotDifferentiableError


def like(value: Any, pieces: int, dtype: Any) -> tuple[Any, Any]:
    """Return the bounds of an interval, number or array, with that many pieces."""
    interval = value if isinstance(value, Interval) else Interval(value)
    shape = (*interval.shape, pieces)
    return tuple(np.broadcast_to(b, shape).astype(dtype, copy=False) for b in (interval.low, interval.high))  # pyright: ignore[reportReturnType]


def together(values: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return the bounds of several intervals, numbers or arrays, with the same number of pieces."""
    intervals = [value if isinstance(value, Interval) else Interval(value) for value in values]
    pieces = max(interval.pieces for interval in intervals)
    dtype = np.result_type(*(interval.dtype for interval in intervals))
    return [like(interval, pieces, dtype) for interval in intervals]


def _on_both(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what applies a function that only moves elements to both bounds."""
    return lambda x, *args, **keywords: made(function(x.low, *args, **keywords), function(x.high, *args, **keywords))


@encloses(np.reshape)
def reshape(x: Interval, /, shape: Any, order: str = "C", copy: Any = None) -> Interval:
    """Return the same intervals in another shape."""
    del copy
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if order != "C":
        raise NotDifferentiableError("np.reshape has an enclosure in C order only")
    if -1 in shape:
        known = -int(np.prod(shape))
        shape = tuple(int(np.prod(x.shape)) // max(known, 1) if n == -1 else n for n in shape)
    return _on_both(np.reshape)(x, (*shape, x.pieces))


@encloses(np.transpose)
def transpose(x: Interval, axes: Any = None) -> Interval:
    """Return the axes permuted."""
    axes = tuple(range(x.ndim))[::-1] if axes is None else normalize_axis_tuple(axes, x.ndim)
    return _on_both(np.transpose)(x, (*axes, x.ndim))


@encloses(np.moveaxis)
def moveaxis(x: Interval, source: Any, destination: Any) -> Interval:
    """Return axes moved to other positions."""
    source, destination = (normalize_axis_tuple(axes, x.ndim) for axes in (source, destination))
    return _on_both(np.moveaxis)(x, source, destination)


@encloses(np.broadcast_to)
def broadcast_to(x: Interval, shape: Any) -> Interval:
    """Return the intervals broadcast to a shape."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return _on_both(np.broadcast_to)(x, (*shape, x.pieces))


@encloses(np.expand_dims)
def expand_dims(x: Interval, axis: Any) -> Interval:
    """Return the intervals with axes of length one put in."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    axes = normalize_axis_tuple(axes, x.ndim + len(axes))
    return _on_both(np.expand_dims)(x, axes)


@encloses(np.squeeze)
def squeeze(x: Interval, axis: Any = None) -> Interval:
    """Return the intervals without axes of length one."""
    axes = [i for i, n in enumerate(x.shape) if n == 1] if axis is None else normalize_axis_tuple(axis, x.ndim)
    return _on_both(np.squeeze)(x, tuple(axes))


@encloses(np.flip)
def flip(x: Interval, axis: Any = None) -> Interval:
    """Return the intervals in reverse order along axes."""
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)
    return _on_both(np.flip)(x, axes)


@encloses(np.roll)
def roll(x: Interval, shift: Any, axis: int) -> Interval:
    """Return the intervals shifted along an axis."""
    return _on_both(np.roll)(x, shift, normalize_axis_index(axis, x.ndim))


@encloses(np.zeros_like)
def zeros_like(x: Interval, **keywords: Any) -> Any:
    """Return plain zeros of the shape of intervals."""
    return np.zeros(keywords.get("shape") or x.shape, x.dtype)


@encloses(np.ones_like)
def ones_like(x: Interval, **keywords: Any) -> Any:
    """Return plain ones of the shape of intervals."""
    return np.ones(keywords.get("shape") or x.shape, x.dtype)


@encloses(np.where)
def where(condition: Any, x: Any, y: Any) -> Interval:
    """Return intervals of the first choice where a plain condition holds, of the second elsewhere."""
    (low, high), (other_low, other_high) = together((x, y))
    condition = np.asarray(condition)[..., None]
    return made(np.where(condition, low, other_low), np.where(condition, high, other_high))


@encloses(np.stack)
def stack(arrays: Sequence[Any], axis: int = 0) -> Interval:
    """Return intervals joined along a new axis."""
    bounds = together(list(arrays))
    axis = normalize_axis_index(axis, bounds[0][0].ndim)
    return made(np.stack([low for low, _ in bounds], axis), np.stack([high for _, high in bounds], axis))


@encloses(np.concatenate)
def concatenate(arrays: Sequence[Any], /, axis: int = 0) -> Interval:
    """Return intervals joined along an axis."""
    bounds = together(list(arrays))
    axis = normalize_axis_index(axis, bounds[0][0].ndim - 1)
    return made(np.concatenate([low for low, _ in bounds], axis), np.concatenate([high for _, high in bounds], axis))


# Sums


@encloses(np.sum)
def total(x: Interval, axis: Any = None, keepdims: bool = False, **_: Any) -> Interval:
    """Enclose sums along axes."""
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)
    count = int(np.prod([x.shape[i] for i in axes]))
    loss = (
        (count + 2) * np.finfo(x.dtype).eps * np.sum(np.maximum(abs(x.low), abs(x.high)), axis=axes, keepdims=keepdims)
    )
    low, high = np.sum(x.low, axis=axes, keepdims=keepdims), np.sum(x.high, axis=axes, keepdims=keepdims)
    return made(down(low - loss), up(high + loss))


@encloses(np.mean)
def mean(x: Interval, axis: Any = None, keepdims: bool = False, **_: Any) -> Interval:
    """Enclose means along axes."""
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)
    return total(x, axes, keepdims) / float(np.prod([x.shape[i] for i in axes]))


@encloses(np.cumsum)
def cumsum(x: Interval, axis: int) -> Interval:
    """Enclose running sums along an axis."""
    axis = normalize_axis_index(axis, x.ndim)
    sizes = np.cumsum(np.maximum(abs(x.low), abs(x.high)), axis)
    loss = (x.shape[axis] + 2) * np.finfo(x.dtype).eps * sizes
    return made(down(np.cumsum(x.low, axis) - loss), up(np.cumsum(x.high, axis) + loss))


# Products of matrices


@encloses(np.einsum)
def einsum(subscripts: Any, *operands: Any, **keywords: Any) -> Interval:
    """Enclose sums of products over letters, of two operands."""
    if keywords or len(operands) > 2 or not isinstance(subscripts, str) or "." in subscripts:
        raise NotDifferentiableError("np.einsum has an enclosure of two operands without an ellipsis only")
    subscripts = subscripts.replace(" ", "")
    terms, _, result = subscripts.partition("->")
    letters = terms.split(",")
    piece = next(letter for letter in string.ascii_letters if letter not in subscripts)
    if len(letters) == 1:
        letters, operands = [letters[0], ""], (*operands, 1.0)
    x, y = (value if isinstance(value, Interval) else operand(value, Interval(0.0)) for value in operands)
    lengths = {
        name: n for term, value in zip(letters, (x, y), strict=True) for name, n in zip(term, value.shape, strict=True)
    }
    count = int(np.prod([n for name, n in lengths.items() if name not in result]))
    text = f"{letters[0]}{piece},{letters[1]}{piece}->{result}{piece}"
    pieces = max(x.pieces, y.pieces)
    x, y = (made(*like(value, pieces, np.result_type(x.dtype, y.dtype))) for value in (x, y))
    return bilinear(lambda a, b: np.einsum(text, a, b), x, y, max(count, 1))


@encloses(np.matmul)
def matmul(x: Any, y: Any) -> Interval:
    """Enclose products of vectors and matrices."""
    texts = {(1, 1): "i,i->", (2, 1): "ij,j->i", (1, 2): "j,jk->k", (2, 2): "ij,jk->ik"}
    return einsum(texts[len(x.shape), len(y.shape)], x, y)
