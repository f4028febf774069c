"""Averages, variances, covariances and weighted counts.

Deviations are taken from the mean before they are squared, so that nothing cancels: T. Chan, G. Golub, R. LeVeque,
*Algorithms for computing the sample variance* (1983). Of complex numbers the variance is mean |z - m|², whose rule
conjugates: z̄ ← 2 g conj(z - m) / n.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import cast
from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements, linear
from autograd_lite.rules.adjoints import adjoint, conj
from autograd_lite.rules.axes import swap
from autograd_lite.rules.reductions import (
    Axes,
    all_of,
    canonical,
    count,
    numbers_of,
    prepared,
    real_dtype,
    spread,
    without_nan,
)
from autograd_lite.rules.shaping import as_array

# Spread


def _deviation(x: Any, axis: Axes) -> Any:
    return conj(x - np.mean(x, axis=axis, keepdims=True))


def _share(x: Any, axis: Axes, ddof: float) -> float:
    """Return one over the degrees of freedom, NaN where there are none."""
    freedom = count(x.shape, axis) - ddof
    return 1 / freedom if freedom > 0 else np.nan


def _unless_zero(x: Any) -> Any:
    return np.where(x == 0, 1, x)


def _over(g: Any, deviation: Any) -> Any:
    """Return g / deviation, 0 where that is 0: there the slope is taken as 0, and so is all that follows from it."""
    if type(deviation) is np.ndarray and type(g) is np.ndarray and deviation.all():
        return g / deviation
    return np.where(deviation == 0, 0, g / _unless_zero(deviation))


_var_along = general(
    lambda x, axis, keepdims, ddof: np.var(x, axis=axis, keepdims=keepdims, ddof=ddof), name="var",
    x=lambda g, x, axis, keepdims, ddof: (
        spread(g * (2 * _share(x, axis, ddof)), all_of(axis, x.ndim), keepdims) * _deviation(x, axis)
    ),
)  # fmt: skip
_std_along = general(
    lambda x, axis, keepdims, ddof: np.std(x, axis=axis, keepdims=keepdims, ddof=ddof), name="std",
    x=lambda g, x, out, axis, keepdims, ddof: (
        spread(_over(g * _share(x, axis, ddof), out), all_of(axis, x.ndim), keepdims) * _deviation(x, axis)
    ),
)  # fmt: skip


@implements(np.var)
def var(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, ddof: float = 0, keepdims: bool = False, *,
    where: Any = True, mean: Any = None, correction: float | None = None,
) -> Any:  # fmt: skip
    """Return the variance along axes, with ``n - ddof`` in the denominator."""
    a, ddof = prepared(np.var, a, dtype, out), _ddof(np.var, ddof, correction)
    if where is True and mean is None:
        return _var_along(a, axis=canonical(a, axis), keepdims=keepdims, ddof=ddof)
    return _partial_var(a, canonical(a, axis), ddof, keepdims, where, mean)


@implements(np.std)
def std(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, ddof: float = 0, keepdims: bool = False, *,
    where: Any = True, mean: Any = None, correction: float | None = None,
) -> Any:  # fmt: skip
    """Return the standard deviation along axes; of equal elements its slope is taken as 0."""
    a, ddof = prepared(np.std, a, dtype, out), _ddof(np.std, ddof, correction)
    if where is True and mean is None:
        return _std_along(a, axis=canonical(a, axis), keepdims=keepdims, ddof=ddof)
    variance = _partial_var(a, canonical(a, axis), ddof, keepdims, where, mean)
    return np.where(variance == 0, 0, np.sqrt(_unless_zero(variance)))


def _ddof(function: Any, ddof: float, correction: float | None) -> float:
    """Return the one of the two names of the same number that was used."""
    if correction is None:
        return ddof
    if ddof != 0:
        raise ValueError(f"np.{function.__name__} got ddof={ddof!r} and correction={correction!r}: give one of them")
    return correction


def _partial_var(a: Any, axis: Axes, ddof: float, keepdims: bool, where: Any, mean: Any) -> Any:
    """Return the variance of those elements that ``where`` lets in, from a mean that may be given."""
    where = np.broadcast_to(untracked(where), a.shape)
    number = np.sum(where, axis=axis, keepdims=True, dtype=real_dtype(a))
    if mean is None:
        mean = np.sum(np.where(where, a, 0), axis=axis, keepdims=True) / number
    deviation = np.where(where, a - mean, 0)
    freedom = np.maximum(number - ddof, 0)
    freedom = freedom if keepdims else np.squeeze(freedom, axis=all_of(axis, a.ndim))
    return np.sum(_squared(deviation), axis=axis, keepdims=keepdims) / freedom


def _squared(x: Any) -> Any:
    return x * x if x.dtype.kind != "c" else np.real(x * conj(x))


# The same without NaNs


def _number_deviation(x: Any, axis: Axes) -> Any:
    """Return the conjugate deviations from the mean of what is not NaN, 0 where it is."""
    mean = np.sum(without_nan(x, 0), axis=axis, keepdims=True) / numbers_of(x, axis)
    return np.where(x == x, conj(x - mean), 0)


def _number_share(x: Any, axis: Axes, ddof: float) -> Any:
    """Return one over the degrees of freedom of what is not NaN, axes kept; NaN where there are none."""
    freedom = numbers_of(x, axis) - ddof
    return 1 / np.where(freedom > 0, freedom, np.nan)


_nanvar_along = general(
    lambda x, axis, keepdims, ddof: np.nanvar(x, axis=axis, keepdims=keepdims, ddof=ddof), name="nanvar",
    x=lambda g, x, axis, keepdims, ddof: np.where(
        x == x,
        spread(2 * g, all_of(axis, x.ndim), keepdims) * _number_share(x, axis, ddof) * _number_deviation(x, axis),
        0,
    ),
)  # fmt: skip
_nanstd_along = general(
    lambda x, axis, keepdims, ddof: np.nanstd(x, axis=axis, keepdims=keepdims, ddof=ddof), name="nanstd",
    x=lambda g, x, out, axis, keepdims, ddof: np.where(
        x == x,
        spread(_over(g, out), all_of(axis, x.ndim), keepdims)
        * _number_share(x, axis, ddof) * _number_deviation(x, axis),
        0,
    ),
)  # fmt: skip


@implements(np.nanvar)
def nanvar(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, ddof: float = 0, keepdims: bool = False, *,
    where: Any = True, correction: float | None = None,
) -> Any:  # fmt: skip
    """Return the variance of what is not NaN."""
    a, ddof = prepared(np.nanvar, a, dtype, out, where, np.nan), _ddof(np.nanvar, ddof, correction)
    return _nanvar_along(a, axis=canonical(a, axis), keepdims=keepdims, ddof=ddof)


@implements(np.nanstd)
def nanstd(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, ddof: float = 0, keepdims: bool = False, *,
    where: Any = True, correction: float | None = None,
) -> Any:  # fmt: skip
    """Return the standard deviation of what is not NaN; of equal elements its slope is taken as 0."""
    a, ddof = prepared(np.nanstd, a, dtype, out, where, np.nan), _ddof(np.nanstd, ddof, correction)
    return _nanstd_along(a, axis=canonical(a, axis), keepdims=keepdims, ddof=ddof)


# Weighted averages


def _is_true(condition: Any) -> bool:
    """Say whether a condition on values holds; a duck array is not asked."""
    return isinstance(condition, np.bool | bool) and bool(condition)


@implements(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Return the weighted average along axes, differentiable in the weights too; with ``returned`` their sum."""
    a = as_array(a)
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        return (mean, np.full_like(untracked(mean), count(a.shape, canonical(a, axis)))) if returned else mean
    weights = _laid_along(as_array(weights), a, axis)
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    if _is_true(np.any(untracked(total) == 0)):
        raise ZeroDivisionError(f"np.average: weights of shape {weights.shape} sum to zero along axis={axis!r}")
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, np.broadcast_to(total, mean.shape)) if returned else mean


def _laid_along(weights: Any, a: Any, axis: Any) -> Any:
    """Return weights in a shape that broadcasts against what they weigh."""
    if weights.shape == a.shape:
        return weights
    if axis is None:
        raise TypeError(
            f"np.average got weights of shape {weights.shape} for an array of shape {a.shape}: name the axis that they "
            f"belong to"
        )
    axes = [i + a.ndim for i in all_of(canonical(a, axis), a.ndim)]
    if weights.shape != tuple(a.shape[i] for i in axes):
        raise ValueError(
            f"np.average got weights of shape {weights.shape} for an array of shape {a.shape} with axis={axis!r}: "
            f"they must have the lengths of those axes"
        )
    weights = np.transpose(weights, tuple(int(i) for i in np.argsort(axes)))
    return np.reshape(weights, tuple(n if i in axes else 1 for i, n in enumerate(a.shape)))


# Covariances


@implements(np.cov)
def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, fweights: Any = None,
    aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    """Return the covariances of variables, which are the rows, or with ``rowvar=False`` the columns."""
    if ddof is not None and ddof != int(ddof):
        raise ValueError(f"np.cov(ddof={ddof!r}): an integer is needed")
    rows = _variables(m, y, rowvar, dtype)
    if rows[0].shape[0] == 0:  # then NumPy does not look at the others
        return np.real(np.matmul(rows[0], adjoint(rows[0])))
    variables = np.concatenate(rows, axis=0) if len(rows) > 1 else rows[0]
    ddof = (0 if bias else 1) if ddof is None else int(ddof)
    weights, freedom = _sample_weights(variables.shape[1], fweights, aweights, ddof)
    if _is_true(untracked(freedom) <= 0):
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=4)
        freedom = 0.0
    deviation = variables - average(variables, 1, weights, keepdims=True)
    weighted = deviation if weights is None else deviation * weights
    products = np.matmul(deviation, adjoint(weighted))
    return np.squeeze(cast(products * np.true_divide(1, freedom), products.dtype))


def _variables(m: Any, y: Any, rowvar: bool, dtype: Any) -> list[Any]:
    """Return matrices with one row for each variable, in double precision at least."""
    given = [as_array(m)] if y is None else [as_array(m), as_array(y)]
    for name, array in zip("my", given, strict=False):
        if array.ndim > 2:
            raise ValueError(f"np.cov got {name} of shape {array.shape}: one or two axes are supported")
    dtype = np.result_type(*(array.dtype for array in given), np.float64) if dtype is None else np.dtype(dtype)
    rows = []
    for position, array in enumerate(given):
        row = np.atleast_2d(cast(array, dtype))
        turned = array.ndim != 1 if position == 0 else row.shape[0] != 1
        rows.append(swap(row) if not rowvar and turned else row)
    return rows


def _sample_weights(samples: int, fweights: Any, aweights: Any, ddof: int) -> tuple[Any, Any]:
    """Return the weight of each sample (None: all one), and the degrees of freedom."""
    given = {"fweights": fweights, "aweights": aweights}
    given = {name: as_array(weights) for name, weights in given.items() if weights is not None}
    for name, weights in given.items():
        plain = untracked(weights)
        if weights.shape != (samples,):
            raise RuntimeError(f"np.cov got {name} of shape {weights.shape} for {samples} samples: one each is needed")
        if _is_true(np.any(plain < 0)):
            raise ValueError(f"np.cov got {name} that are negative: {plain}")
        if name == "fweights" and _is_true(np.any(plain != np.around(plain))):
            raise TypeError(f"np.cov got fweights that are no integers, {plain}: use aweights")
    if not given:
        return None, samples - ddof
    weights = np.prod(np.stack([cast(w, np.dtype(float)) for w in given.values()]), axis=0)
    total = np.sum(weights)
    if ddof == 0:
        return weights, total
    if aweights is None:
        return weights, total - ddof
    return weights, total - ddof * np.sum(weights * given["aweights"]) / total


@implements(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Return the correlation coefficients of variables, which are the rows or columns."""
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    spread_of = np.sqrt(np.real(np.diagonal(c)))
    c = c / spread_of[:, None] / spread_of[None, :]
    value = untracked(c)
    # Rounding may lead out of [-1, 1]; the way back is a constant, so that no derivative is lost on the bounds.
    bounded = np.clip(np.real(value), -1, 1)
    return c + ((bounded if value.dtype.kind != "c" else bounded + 1j * np.clip(np.imag(value), -1, 1)) - value)


# Weighted counts

_weighted_count = linear(
    lambda weights, x, minlength: np.bincount(x, weights, minlength), name="bincount",
    weights=lambda g, x: np.take(g, x, axis=-1),
)  # fmt: skip


@implements(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """Return how often each number occurs, a plain array; with weights their sums, differentiable in them."""
    x = untracked(x)
    return (
        np.bincount(x, minlength=minlength)
        if weights is None
        else _weighted_count(as_array(weights), x=x, minlength=minlength)
    )
