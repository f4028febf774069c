"""Running sums and products along an axis, differences of neighbours, and the calculus of samples made of them.

A running product has no division in its rule, so that factors of zero do no harm. With p_j = x_0 … x_j,

    x̄_i = Σ_{j ≥ i} g_j Π_{k ≤ j, k ≠ i} x_k = (x_0 … x_{i-1}) h_i,    h_i = g_i + x_{i+1} h_{i+1},

and the linear recurrence for h is solved in log₂(n) steps on whole arrays: G. Blelloch, *Prefix sums and their
applications* (1990), section 1.4. Its own derivative is such a recurrence again, from the front.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.cotangents import cast
from autograd_lite.core.primitive import general, implements, linear
from autograd_lite.rules.axes import along, from_back, one_from_back
from autograd_lite.rules.reductions import prepared, without_nan
from autograd_lite.rules.shaping import as_array

# Running sums and products


def _flipped(x: Any, axis: int) -> Any:
    return x[along(axis, slice(None, None, -1))]


_cumsum_along = linear(
    lambda x, axis: np.cumsum(x, axis=axis), name="cumsum",
    x=lambda g, axis: _flipped(np.cumsum(_flipped(g, axis), axis=axis), axis),
)  # fmt: skip


def _solved(x: Any, factors: Any, axis: int) -> Any:
    """Return h with h_i = x_i + factors_i h_{i+1} and the last h that of x; there is one factor less."""
    length, step = x.shape[axis], 1
    while step < length:
        early, late = along(axis, slice(None, -step)), along(axis, slice(step, None))
        x = np.concatenate([x[early] + factors * x[late], x[along(axis, slice(-step, None))]], axis=axis)
        factors = factors[early] * factors[late]
        step *= 2
    return x


_recurrence = general(
    _solved, name="recurrence",
    x=lambda g, factors, axis: _from_the_front(g, factors, axis),
    factors=lambda g, factors, out, axis: (
        _from_the_front(g, factors, axis)[along(axis, slice(None, -1))] * out[along(axis, slice(1, None))]
    ),
)  # fmt: skip


def _from_the_front(g: Any, factors: Any, axis: int) -> Any:
    """Return y with y_0 = g_0 and y_i = g_i + factors_{i-1} y_{i-1}, the adjoint of the recurrence."""
    return _flipped(_recurrence(_flipped(g, axis), _flipped(factors, axis), axis=axis), axis)


def _to_factors(g: Any, x: Any, out: Any, axis: int) -> Any:
    if x.shape[axis] == 0:
        return g
    rest = along(axis, slice(1, None))
    before = np.concatenate([np.ones_like(x[along(axis, slice(0, 1))]), out[along(axis, slice(None, -1))]], axis=axis)
    return before * _recurrence(g, x[rest], axis=axis)


_cumprod_along = general(lambda x, axis: np.cumprod(x, axis=axis), name="cumprod", x=_to_factors)


def _axis(a: Any, axis: Any) -> tuple[Any, int]:
    """Return the array and the axis to run along: of the flattened array if there is none, or no axis to name."""
    if axis is None or a.ndim == 0:
        a, axis = np.reshape(a, -1), -1 if axis is None else axis
    return a, one_from_back(axis, a.ndim)


@implements(np.cumsum)
def cumsum(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Any:
    """Return the running sum along an axis, or of the flattened array."""
    a, axis = _axis(prepared(np.cumsum, a, dtype, out), axis)
    return _cumsum_along(a, axis=axis)


@implements(np.cumprod)
def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Any:
    """Return the running product along an axis, or of the flattened array; right with zeros among the factors."""
    a, axis = _axis(prepared(np.cumprod, a, dtype, out), axis)
    return _cumprod_along(a, axis=axis)


@implements(np.nancumsum)
def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Any:
    """Return the running sum of what is not NaN."""
    return cumsum(without_nan(a, 0), axis, dtype, out)


@implements(np.nancumprod)
def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Any:
    """Return the running product of what is not NaN."""
    return cumprod(without_nan(a, 1), axis, dtype, out)


def _cumulative(function: Any, x: Any, axis: Any, dtype: Any, out: None, include_initial: bool) -> Any:
    """Return a running sum or product, with the sum or product of nothing in front if wanted."""
    x = np.atleast_1d(prepared(function, x, dtype, out))
    if axis is None and x.ndim > 1:
        raise ValueError(f"np.{function.__name__} of an array of shape {x.shape} needs an axis: there are several")
    adds = function is np.cumulative_sum
    axis = one_from_back(-1 if axis is None else axis, x.ndim)
    run = (_cumsum_along if adds else _cumprod_along)(x, axis=axis)
    if not include_initial:
        return run
    shape = tuple(1 if i - x.ndim == axis else n for i, n in enumerate(x.shape))
    return np.concatenate([np.full(shape, 0 if adds else 1, run.dtype), run], axis=axis)


def cumulative_sum(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: None = None, include_initial: bool = False
) -> Any:
    """Return the running sum along an axis, which arrays with several must name."""
    return _cumulative(np.cumulative_sum, x, axis, dtype, out, include_initial)


def cumulative_prod(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: None = None, include_initial: bool = False
) -> Any:
    """Return the running product along an axis, which arrays with several must name."""
    return _cumulative(np.cumulative_prod, x, axis, dtype, out, include_initial)


if hasattr(np, "cumulative_sum"):  # NumPy 2.1
    implements(np.cumulative_sum)(cumulative_sum)
    implements(np.cumulative_prod)(cumulative_prod)


# Differences


def _to_neighbours(g: Any, x_shape: tuple[int, ...], n: int, axis: int) -> Any:
    """Return (-1)ⁿ times the n-th difference of the cotangent between zeros: differencing is minus its adjoint."""
    if x_shape[axis] <= n:  # there is nothing left to differ
        return np.sum(g, axis=axis, keepdims=True)
    edge = np.zeros_like(g[along(axis, slice(0, 1))])
    difference = np.diff(np.concatenate([edge] * n + [g] + [edge] * n, axis=axis), n=n, axis=axis)
    return -difference if n % 2 else difference


_difference = linear(lambda x, n, axis: np.diff(x, n=n, axis=axis), name="diff", x=_to_neighbours)


@implements(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Return the n-th difference of neighbours along an axis, with further ones before and behind if given."""
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"np.diff(n={n!r}): the order of a difference is not negative")
    a = as_array(a)
    if a.ndim == 0:
        raise ValueError("np.diff of an array of shape (): it needs an axis to have neighbours")
    axis = one_from_back(axis, a.ndim)
    parts = [_row(part, a, axis) for part in (prepend, a, append) if part is not None]
    return _difference(a if len(parts) == 1 else np.concatenate(parts, axis=axis), n=n, axis=axis)


def _row(part: Any, beside: Any, axis: int) -> Any:
    """Return an array to be joined to another; a number as one row of them."""
    part = as_array(part)
    shape = tuple(1 if i - beside.ndim == axis else n for i, n in enumerate(beside.shape))
    return np.broadcast_to(part, shape) if part.ndim == 0 else part


@implements(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Return the differences of neighbours in the flattened array, with numbers before and behind if given."""
    ary = np.reshape(as_array(ary), -1)
    parts = [_within(to_begin, "to_begin", ary.dtype), np.diff(ary), _within(to_end, "to_end", ary.dtype)]
    return np.concatenate([part for part in parts if part is not None])


def _within(end: Any, name: str, dtype: np.dtype[Any]) -> Any:
    """Return numbers flattened and in a dtype, None for none."""
    if end is None:
        return None
    end = np.reshape(as_array(end), -1)
    if not np.can_cast(end.dtype, dtype, casting="same_kind"):
        raise TypeError(f"np.ediff1d({name}=...) got {end.dtype} numbers, which do not fit beside {dtype}")
    return cast(end, dtype)


# The calculus of samples


def _slopes(f: Any, step: Any, axis: int, edge_order: int) -> Any:
    """Return the derivative at the samples along an axis, with ``step`` between them: a number, or an array.

    Inside it is that of the parabola through three neighbours, a mean of the slopes to both sides in which the shorter
    step counts more; at the ends that of the line or parabola through the nearest two or three: A. Quarteroni,
    R. Sacco, F. Saleri, *Numerical Mathematics* (2007), section 10.10.
    """

    def part(x: Any, start: int | None, stop: int | None) -> Any:
        return x[along(axis, slice(start, stop))]

    slope = np.diff(f, axis=axis) / step
    if step.ndim:
        share = part(step, None, -1) / (part(step, None, -1) + part(step, 1, None))
        early, late = part(slope, None, -1), part(slope, 1, None)
        inside = early + share * (late - early)
        first, last = part(share, None, 1), 1 - part(share, -1, None)
    else:
        inside = (part(f, 2, None) - part(f, None, -2)) / (2 * step)
        first = last = 0.5
    start, stop = part(slope, None, 1), part(slope, -1, None)
    if edge_order == 2:
        start = start + first * (start - part(slope, 1, 2))
        stop = stop + last * (stop - part(slope, -2, -1))
    return np.concatenate([start, inside, stop], axis=axis)


def _step(spacing: Any, length: int, axis: int) -> Any:
    """Return the step between samples along an axis, from the step itself or from the coordinates."""
    spacing = as_array(spacing)
    if spacing.ndim == 0:
        return spacing
    if spacing.shape != (length,):
        raise ValueError(
            f"np.gradient got coordinates of shape {spacing.shape} for an axis of length {length}: a number, or one "
            f"coordinate for each sample, is needed"
        )
    steps = np.diff(spacing if spacing.dtype.kind in "fc" else cast(spacing, np.dtype(float)))
    return np.reshape(steps, (-1,) + (1,) * (-axis - 1))


@implements(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Return the derivative along each axis of samples, differentiable in them and in the coordinates given."""
    f = as_array(f)
    f = f if f.dtype.kind in "fc" else cast(f, np.dtype(float))
    axes = from_back(axis, f.ndim)
    spacings = varargs or (1.0,)
    if len(spacings) == 1 and as_array(spacings[0]).ndim == 0:
        spacings = spacings * len(axes)
    if len(spacings) != len(axes):
        raise TypeError(
            f"np.gradient got {len(varargs)} spacings for {len(axes)} axes: one, or one for each, is needed"
        )
    if edge_order not in (1, 2):
        raise ValueError(f"np.gradient(edge_order={edge_order!r}): 1 and 2 are supported")
    if any(f.shape[i] <= edge_order for i in axes):
        raise ValueError(
            f"np.gradient of an array of shape {f.shape} with edge_order={edge_order} needs at least {edge_order + 1} "
            f"samples along each axis"
        )
    found = [
        cast(_slopes(f, _step(spacing, f.shape[i], i), i, edge_order), f.dtype)
        for i, spacing in zip(axes, spacings, strict=True)
    ]
    return found[0] if len(found) == 1 else tuple(found)


@implements(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Return the integral of samples by the trapezoidal rule, differentiable in them and in the coordinates."""
    y = as_array(y)
    axis = one_from_back(axis, y.ndim)
    if x is not None:
        x = as_array(x)
        dx = np.reshape(np.diff(x), (-1,) + (1,) * (-axis - 1)) if x.ndim == 1 else np.diff(x, axis=axis)
    means = (y[along(axis, slice(1, None))] + y[along(axis, slice(None, -1))]) / 2
    return np.sum(dx * means, axis=axis)
