"""Functions that reduce or accumulate along axes: sums, means, extrema, products, spread.

A reduction's rule only gives the cotangent its axes back, as axes of length one: the sweep broadcasts them. Ties of
``max`` and ``min`` share the cotangent evenly.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements, linear
from autograd_lite.rules.axes import along, from_back, one_from_back


def spread(g: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    """Return the cotangent of a reduction with the reduced axes back, of length one; all of them are the sweep's."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def canonical(x: Any, axis: Any) -> tuple[int, ...] | None:
    """Return the axis argument of a reduction as negative axes, None for all."""
    return None if axis is None else from_back(axis, x.ndim)


def count(shape: tuple[int, ...], axis: tuple[int, ...] | None) -> int:
    """Return how many elements are reduced into one."""
    return math.prod(shape) if axis is None else math.prod(shape[i] for i in axis)


# Sums and means


def _total(x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    if type(x) is np.ndarray:  # np.sum costs a microsecond more
        return np.add.reduce(x, axis=axis, keepdims=keepdims)
    return np.sum(x, axis=axis, keepdims=keepdims)


def _mean(x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    if type(x) is np.ndarray and x.dtype.itemsize >= 4 and x.size:  # np.mean sums float16 in float32
        return np.add.reduce(x, axis=axis, keepdims=keepdims) / count(x.shape, axis)
    return np.mean(x, axis=axis, keepdims=keepdims)


_sum_along = linear(_total, name="sum", x=spread)
_mean_along = linear(
    _mean, name="mean", x=lambda g, x_shape, axis, keepdims: spread(g / count(x_shape, axis), axis, keepdims)
)


@implements(np.sum)
def sum(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the sum along axes."""
    return _sum_along(a, axis=canonical(a, axis), keepdims=keepdims)


@implements(np.mean)
def mean(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the mean along axes."""
    return _mean_along(a, axis=canonical(a, axis), keepdims=keepdims)


# Extrema


def _to_extrema(g: Any, x: Any, out: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    """Return the cotangent shared evenly among the elements equal to the extremum (or among the NaNs)."""
    axes = from_back(None, x.ndim) if axis is None else axis
    if not keepdims:
        g, out = np.expand_dims(g, axes), np.expand_dims(out, axes)
    chosen = (x == out) | (x != x)
    return np.where(chosen, g / np.sum(chosen, axis=axes, keepdims=True, dtype=g.dtype), 0)


_max_along = general(
    lambda x, axis, keepdims: np.max(x, axis=axis, keepdims=keepdims), name="max", selects=True, x=_to_extrema
)
_min_along = general(
    lambda x, axis, keepdims: np.min(x, axis=axis, keepdims=keepdims), name="min", selects=True, x=_to_extrema
)


@implements(np.max, np.amax)
def max(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the largest element along axes; ties share the cotangent."""
    return _max_along(a, axis=canonical(a, axis), keepdims=keepdims)


@implements(np.min, np.amin)
def min(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the smallest element along axes; ties share the cotangent."""
    return _min_along(a, axis=canonical(a, axis), keepdims=keepdims)


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the range, largest minus smallest, along axes."""
    return max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)


# Products. The slope in one factor is the product of the others, which is not out / x where a factor is zero.


def _running_product(x: Any) -> Any:
    """Return the inclusive running product along the last axis in log2(n) multiplications of whole arrays."""
    step = 1
    while step < x.shape[-1]:
        x = np.concatenate([x[..., :step], x[..., step:] * x[..., :-step]], axis=-1)
        step *= 2
    return x


def _product_of_others(x: Any) -> Any:
    """Return, along the last axis, the product of all elements but one; right with any number of zeros."""
    if x.shape[-1] < 2:
        return np.ones_like(x)
    one = np.ones_like(x[..., :1])
    before = np.concatenate([one, _running_product(x[..., :-1])], axis=-1)
    after = np.flip(np.concatenate([one, _running_product(np.flip(x, -1)[..., :-1])], axis=-1), -1)
    return before * after


def _to_factors(g: Any, x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    axes = from_back(None, x.ndim) if axis is None else axis
    kept = tuple(i for i in range(-x.ndim, 0) if i not in axes)
    order = tuple(i + x.ndim for i in kept + axes)
    moved = np.transpose(x, order)
    shape = moved.shape[: len(kept)]
    others = np.reshape(_product_of_others(np.reshape(moved, (*shape, count(x.shape, axis)))), moved.shape)
    others = np.transpose(others, tuple(np.argsort(order)))
    return (g if keepdims else np.expand_dims(g, axes)) * others


_product_along = general(lambda x, axis, keepdims: np.prod(x, axis=axis, keepdims=keepdims), name="prod", x=_to_factors)


@implements(np.prod)
def prod(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the product along axes; its derivatives are right with zeros among the factors."""
    return _product_along(a, axis=canonical(a, axis), keepdims=keepdims)


# Spread


def _deviation(x: Any, axis: tuple[int, ...] | None) -> Any:
    return x - np.mean(x, axis=axis, keepdims=True)


_var_along = general(
    lambda x, axis, keepdims, ddof: np.var(x, axis=axis, keepdims=keepdims, ddof=ddof), name="var",
    x=lambda g, x, axis, keepdims, ddof: (
        spread(g * (2 / (count(x.shape, axis) - ddof)), axis or from_back(None, x.ndim), keepdims) * _deviation(x, axis)
    ),
)  # fmt: skip
_std_along = general(
    lambda x, axis, keepdims, ddof: np.std(x, axis=axis, keepdims=keepdims, ddof=ddof), name="std",
    x=lambda g, x, out, axis, keepdims, ddof: (
        spread(
            g / (np.where(out == 0, 1, out) * (count(x.shape, axis) - ddof)), axis or from_back(None, x.ndim), keepdims
        ) * _deviation(x, axis)
    ),
)  # fmt: skip


@implements(np.var)
def var(a: Any, axis: Any = None, *, ddof: float = 0, correction: float | None = None, keepdims: bool = False) -> Any:
    """Return the variance along axes, with ``n - ddof`` in the denominator."""
    ddof = ddof if correction is None else correction
    return _var_along(a, axis=canonical(a, axis), keepdims=keepdims, ddof=ddof)


@implements(np.std)
def std(a: Any, axis: Any = None, *, ddof: float = 0, correction: float | None = None, keepdims: bool = False) -> Any:
    """Return the standard deviation along axes; of equal elements its slope is taken as 0."""
    ddof = ddof if correction is None else correction
    return _std_along(a, axis=canonical(a, axis), keepdims=keepdims, ddof=ddof)


# Scans

_cumsum_along = linear(
    lambda x, axis: np.cumsum(x, axis=axis), name="cumsum",
    x=lambda g, axis: np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis),
)  # fmt: skip


@implements(np.cumsum)
def cumsum(a: Any, axis: Any = None) -> Any:
    """Return the running sum along an axis, or of the flattened array."""
    if axis is None:
        a, axis = np.reshape(a, -1), -1
    return _cumsum_along(a, axis=one_from_back(axis, a.ndim))


@implements(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Return the n-th difference of neighbours along an axis."""
    axis = one_from_back(axis, a.ndim)
    for _ in range(n):
        a = a[along(axis, slice(1, None))] - a[along(axis, slice(None, -1))]
    return a


# Stable exponentials


def _log_sum_exp(x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)  # of nothing: log(0)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):  # log(0) = -inf is the answer where every entry is -inf
        total = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)[()]


def _to_exponents(g: Any, x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    """Return the cotangent times softmax, from x itself: ``exp(x - out)`` would inherit the rounding of ``out``."""
    axes = from_back(None, x.ndim) if axis is None else axis
    top = np.max(untracked(x), axis=axes, keepdims=True, initial=-np.inf)  # cancels, so it may be a constant
    share = np.exp(np.where(np.isinf(top) & (x == top), 0, x - top))
    return (g if keepdims else np.expand_dims(g, axes)) * (share / np.sum(share, axis=axes, keepdims=True))


_log_sum_exp_along = general(_log_sum_exp, name="logsumexp", x=_to_exponents)


def logsumexp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return log(sum(exp(a))) along axes, without overflow.

    Parameters
    ----------
    a : Tensor or array
    axis : int or tuple of int, optional
        All axes if not given.
    keepdims : bool
        Whether reduced axes stay, with length one.

    Returns
    -------
    Tensor, or array if ``a`` is one

    Examples
    --------
    >>> from autograd_lite.scipy.special import logsumexp
    >>> float(logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    """
    a = np.asarray(a, dtype=float) if isinstance(a, list | tuple | float | int) else a
    return _log_sum_exp_along(a, axis=canonical(a, axis), keepdims=keepdims)
