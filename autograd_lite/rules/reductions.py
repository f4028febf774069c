"""Functions that reduce along axes: sums, means, extrema, products, and the same over what is not NaN.

A reduction's rule only gives the cotangent its axes back, as axes of length one: the sweep broadcasts them. Ties of
``max`` and ``min`` share the cotangent evenly, and an ``initial`` that ties with them takes its share too. Elements
that ``where`` leaves out, and the NaNs that ``nansum`` and its kin leave out, get zeros.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import cast
from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements, linear
from autograd_lite.core.sums import extremum, summed
from autograd_lite.errors import UnsupportedArgumentError
from autograd_lite.rules.axes import from_back

Axes = tuple[int, ...] | None


def spread(g: Any, axis: Axes, keepdims: bool) -> Any:
    """Return the cotangent of a reduction with the reduced axes back, of length one; all of them are the sweep's."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def canonical(x: Any, axis: Any) -> Axes:
    """Return the axis argument of a reduction as negative axes, None for all."""
    return None if axis is None else from_back(axis, x.ndim)


def all_of(axis: Axes, ndim: int) -> tuple[int, ...]:
    """Return the axes of a reduction by number, where None stands for all."""
    return tuple(range(-ndim, 0)) if axis is None else axis


def count(shape: tuple[int, ...], axis: Axes) -> int:
    """Return how many elements are reduced into one."""
    return math.prod(shape) if axis is None else math.prod(shape[i] for i in axis)


def real_dtype(x: Any) -> np.dtype[Any]:
    """Return the dtype of the real parts of an array, as floats."""
    return np.finfo(x.dtype).dtype if x.dtype.kind in "fc" else np.dtype(float)


def prepared(function: Callable[..., Any], a: Any, dtype: Any, out: Any, where: Any = True, fill: Any = 0) -> Any:
    """Return an argument in another dtype, with ``fill`` in place of the elements that ``where`` leaves out.

    Raises
    ------
    UnsupportedArgumentError
        If there is an ``out``.
    """
    if out is not None:
        raise UnsupportedArgumentError(
            f"np.{function.__name__}(out=...) of a Tensor would write into an array behind the graph's back: leave it "
            f"out, and use the result."
        )
    a = a if dtype is None else cast(a, np.dtype(dtype))
    return a if where is True else np.where(np.broadcast_to(untracked(where), a.shape), a, fill)


# Sums and means


def _mean(x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    if type(x) is np.ndarray and x.dtype.itemsize >= 4 and x.size:  # np.mean sums float16 in float32
        return summed(x, axis, keepdims) / count(x.shape, axis)
    return np.mean(x, axis=axis, keepdims=keepdims)


_sum_along = linear(summed, name="sum", x=spread)
_mean_along = linear(
    _mean, name="mean", x=lambda g, x_shape, axis, keepdims: spread(g / count(x_shape, axis), axis, keepdims)
)


@implements(np.sum)
def sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Return the sum along axes."""
    if dtype is not None or out is not None or where is not True:
        a = prepared(np.sum, a, dtype, out, where)
    total = _sum_along(a, axis=canonical(a, axis), keepdims=keepdims)
    return total if initial is None else total + initial


@implements(np.mean)
def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False, *, where: Any = True
) -> Any:
    """Return the mean along axes."""
    if dtype is not None or out is not None:
        a = prepared(np.mean, a, dtype, out)
    axis = canonical(a, axis)
    if where is True:
        return _mean_along(a, axis=axis, keepdims=keepdims)
    return sum(a, axis, keepdims=keepdims, where=where) / wanted(a, where, axis, keepdims)


def wanted(a: Any, where: Any, axis: Axes, keepdims: bool) -> Any:
    """Return how many elements ``where`` lets into each mean."""
    return np.sum(np.broadcast_to(untracked(where), a.shape), axis=axis, keepdims=keepdims, dtype=real_dtype(a))


# Extrema


def _to_extrema(g: Any, x: Any, out: Any, axis: Axes, keepdims: bool) -> Any:
    """Return the cotangent shared evenly among the elements equal to the extremum (or among the NaNs)."""
    axes = all_of(axis, x.ndim)
    if not keepdims:
        g, out = np.expand_dims(g, axes), np.expand_dims(out, axes)
    chosen = (x == out) | (x != x)
    return np.where(chosen, g / summed(chosen * g.dtype.type(1), axes, True), 0)


def _to_numbers(g: Any, x: Any, out: Any, axis: Axes, keepdims: bool) -> Any:
    """Return the same where NaNs do not count; of nothing but NaNs, none gets any."""
    axes = all_of(axis, x.ndim)
    if not keepdims:
        g, out = np.expand_dims(g, axes), np.expand_dims(out, axes)
    chosen = x == out
    return np.where(chosen, g / np.sum(chosen | (out != out), axis=axes, keepdims=True, dtype=g.dtype), 0)


def _contest(
    x: Any, initial: Any, out: Any, axis: Axes, keepdims: bool, where: Any, dtype: np.dtype[Any]
) -> tuple[Any, Any, Any]:
    """Return which elements equal the extremum, whether the first value does, and how many do; axes kept."""
    axes = all_of(axis, x.ndim)
    out = untracked(out if keepdims else np.expand_dims(out, axes))
    chosen = ((x == out) | (x != x)) & where
    first = (out == initial) | (initial != initial)
    return chosen, first, np.sum(chosen, axis=axes, keepdims=True, dtype=dtype) + first


def _to_elements(g: Any, x: Any, initial: Any, out: Any, axis: Axes, keepdims: bool, where: Any) -> Any:
    chosen, _, number = _contest(x, initial, out, axis, keepdims, where, g.dtype)
    return np.where(chosen, (g if keepdims else np.expand_dims(g, all_of(axis, x.ndim))) / number, 0)


def _to_initial(g: Any, x: Any, initial: Any, out: Any, axis: Axes, keepdims: bool, where: Any) -> Any:
    _, first, number = _contest(x, initial, out, axis, keepdims, where, g.dtype)
    return np.where(first, (g if keepdims else np.expand_dims(g, all_of(axis, x.ndim))) / number, 0)


def _max(x: Any, axis: Axes, keepdims: bool) -> Any:
    plain = type(x) is np.ndarray
    return extremum(np.maximum, x, axis, keepdims) if plain else np.max(x, axis=axis, keepdims=keepdims)


def _min(x: Any, axis: Axes, keepdims: bool) -> Any:
    plain = type(x) is np.ndarray
    return extremum(np.minimum, x, axis, keepdims) if plain else np.min(x, axis=axis, keepdims=keepdims)


_max_along = general(_max, name="max", selects=True, x=_to_extrema)
_min_along = general(_min, name="min", selects=True, x=_to_extrema)
_nanmax_along = general(
    lambda x, axis, keepdims: np.nanmax(x, axis=axis, keepdims=keepdims), name="nanmax", selects=True, x=_to_numbers
)
_nanmin_along = general(
    lambda x, axis, keepdims: np.nanmin(x, axis=axis, keepdims=keepdims), name="nanmin", selects=True, x=_to_numbers
)
_max_from = general(
    lambda x, initial, axis, keepdims, where: np.max(x, axis=axis, keepdims=keepdims, initial=initial, where=where),
    name="max", selects=True, x=_to_elements, initial=_to_initial,
)  # fmt: skip
_min_from = general(
    lambda x, initial, axis, keepdims, where: np.min(x, axis=axis, keepdims=keepdims, initial=initial, where=where),
    name="min", selects=True, x=_to_elements, initial=_to_initial,
)  # fmt: skip


def _extremum_from(
    function: Callable[..., Any], recorded: Callable[..., Any], a: Any, axis: Any, keepdims: bool, initial: Any,
    where: Any,
) -> Any:  # fmt: skip
    if initial is None:
        raise ValueError(
            f"np.{function.__name__}(where=...) needs initial=..., the result where no element takes part: of nothing "
            f"there is no extremum."
        )
    where = where if where is True else np.broadcast_to(untracked(where), a.shape)
    return recorded(a, initial, axis=canonical(a, axis), keepdims=keepdims, where=where)


@implements(np.max, np.amax)
def max(
    a: Any, axis: Any = None, out: None = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Return the largest element along axes; ties share the cotangent."""
    if out is None and initial is None and where is True:
        return _max_along(a, axis=canonical(a, axis), keepdims=keepdims)
    return _extremum_from(np.max, _max_from, prepared(np.max, a, None, out), axis, keepdims, initial, where)


@implements(np.min, np.amin)
def min(
    a: Any, axis: Any = None, out: None = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Return the smallest element along axes; ties share the cotangent."""
    if out is None and initial is None and where is True:
        return _min_along(a, axis=canonical(a, axis), keepdims=keepdims)
    return _extremum_from(np.min, _min_from, prepared(np.min, a, None, out), axis, keepdims, initial, where)


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
    """Return the range, largest minus smallest, along axes."""
    return max(a, axis, out, keepdims) - min(a, axis, out, keepdims)


# Products. The slope in one factor is the product of the others, which is not out / x where a factor is zero.


def _product_of_others(x: Any) -> Any:
    """Return, along the last axis, the product of all elements but one; right with any number of zeros."""
    if x.shape[-1] < 2:
        return np.ones_like(x)
    one = np.ones_like(x[..., :1])
    before = np.concatenate([one, np.cumprod(x[..., :-1], axis=-1)], axis=-1)
    after = np.flip(np.concatenate([one, np.cumprod(np.flip(x[..., 1:], -1), axis=-1)], axis=-1), -1)
    return before * after


def _to_factors(g: Any, x: Any, axis: Axes, keepdims: bool) -> Any:
    axes = all_of(axis, x.ndim)
    kept = tuple(i for i in range(-x.ndim, 0) if i not in axes)
    order = tuple(i + x.ndim for i in kept + axes)
    moved = np.transpose(x, order)
    shape = moved.shape[: len(kept)]
    others = np.reshape(_product_of_others(np.reshape(moved, (*shape, count(x.shape, axis)))), moved.shape)
    others = np.transpose(others, tuple(np.argsort(order)))
    return spread(g, axes, keepdims) * others


_product_along = general(lambda x, axis, keepdims: np.prod(x, axis=axis, keepdims=keepdims), name="prod", x=_to_factors)


@implements(np.prod)
def prod(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Any:  # fmt: skip
    """Return the product along axes; its derivatives are right with zeros among the factors."""
    a = prepared(np.prod, a, dtype, out, where, 1)
    product = _product_along(a, axis=canonical(a, axis), keepdims=keepdims)
    return product if initial is None else product * initial


# The same without NaNs. What may warn runs NumPy's own function, so that the words and values are its own.


def numbers_of(x: Any, axis: Axes) -> Any:
    """Return how many elements along axes are no NaN, axes kept, as floats; NaN where there are none."""
    number = np.sum(x == x, axis=all_of(axis, x.ndim), keepdims=True, dtype=real_dtype(x))
    return np.where(number == 0, np.nan, number)


_nanmean_along = general(
    lambda x, axis, keepdims: np.nanmean(x, axis=axis, keepdims=keepdims), name="nanmean",
    x=lambda g, x, axis, keepdims: np.where(x == x, spread(g, all_of(axis, x.ndim), keepdims) / numbers_of(x, axis), 0),
)  # fmt: skip


@implements(np.nansum)
def nansum(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Any:  # fmt: skip
    """Return the sum of what is not NaN."""
    return sum(without_nan(a, 0), axis, dtype, out, keepdims, initial, where)


@implements(np.nanprod)
def nanprod(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Any:  # fmt: skip
    """Return the product of what is not NaN."""
    return prod(without_nan(a, 1), axis, dtype, out, keepdims, initial, where)


@implements(np.nanmean)
def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False, *, where: Any = True
) -> Any:
    """Return the mean of what is not NaN."""
    a = prepared(np.nanmean, a, dtype, out, where, np.nan)
    return _nanmean_along(a, axis=canonical(a, axis), keepdims=keepdims)


def without_nan(a: Any, fill: float) -> Any:
    """Return the array with a number in place of NaNs."""
    return np.where(untracked(a) == untracked(a), a, fill)


@implements(np.nanmax)
def nanmax(
    a: Any, axis: Any = None, out: None = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Return the largest element that is not NaN; ties share the cotangent."""
    if out is None and initial is None and where is True:
        return _nanmax_along(a, axis=canonical(a, axis), keepdims=keepdims)
    return max(a, axis, out, keepdims, initial, np.broadcast_to(untracked(where), a.shape) & (a == a))


@implements(np.nanmin)
def nanmin(
    a: Any, axis: Any = None, out: None = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Return the smallest element that is not NaN; ties share the cotangent."""
    if out is None and initial is None and where is True:
        return _nanmin_along(a, axis=canonical(a, axis), keepdims=keepdims)
    return min(a, axis, out, keepdims, initial, np.broadcast_to(untracked(where), a.shape) & (a == a))
