"""Order statistics: medians, quantiles, percentiles, and the same without NaNs.

A quantile is a weighted mean of two neighbours in the sorted sample, whose weights depend on the level and the method
only: R. Hyndman, Y. Fan, *Sample quantiles in statistical packages* (1996). Elements equal to one of the two share its
part of the cotangent evenly, so that ``quantile(x, 1)`` differentiates as ``max(x)`` does; PyTorch's ``median()`` has
the same convention, while JAX and PyTorch's ``quantile`` give everything to one of them, by the order of sorting. A
NaN makes the result NaN, and takes the cotangent as it does in ``max``; without NaNs, theirs is zero.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked, cast
from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements
from autograd_lite.errors import NotDifferentiableError, UnsupportedArgumentError
from autograd_lite.rules.axes import batch_of
from autograd_lite.rules.reductions import Axes, all_of, canonical, prepared


def _positions(function: Any, steps: Any, q: Any, method: Any) -> tuple[Any, Any]:
    """Return where quantiles lie between sorted elements: the indices of the two neighbours, and how far between.

    NumPy itself says so: it is the quantile of the positions, whatever the method is. 2.25 is a quarter of the way from
    s[2] to s[3].
    """
    found = np.reshape(function(steps, q, axis=-1, method=method), (np.size(q), *steps.shape[:-1]))
    position = np.moveaxis(found, 0, -1)
    below = np.floor(position)
    return cast(np.concatenate([below, np.ceil(position)], axis=-1), np.dtype(np.intp)), position - below


def _neighbours(rows: Any, q: Any, method: Any, skips_nan: bool) -> tuple[Any, Any]:
    """Return the two elements that each quantile of each row lies between, and how far from the first it lies."""
    length = rows.shape[-1]
    # In the dtype of the elements, so that positions are rounded as those of the elements were.
    exact = rows.dtype.kind == "f" and length * np.finfo(rows.dtype).eps < 1
    steps = np.arange(length, dtype=rows.dtype if exact else float)
    if skips_nan:
        ordered = np.sort(rows, axis=-1)
        steps = np.where((ordered == ordered) | (steps == 0), steps, np.nan)
        index, upper = _positions(np.nanquantile, steps, q, method)
        return np.take_along_axis(ordered, index, axis=-1), upper
    index, upper = _positions(np.quantile, steps, q, method)
    ordered = np.partition(rows, (*set(index.tolist()), length - 1), axis=-1)
    last = ordered[..., -1:]  # NaNs come last
    return np.where(last == last, ordered[..., index], np.nan), upper


def _to_neighbours(
    g: Any, x: Any, q: Any, axis: Axes, out_shape: tuple[int, ...], method: Any = "linear", skips_nan: bool = False
) -> Any:
    """Return the cotangent shared among the elements equal to the two that each quantile lies between."""
    axes, batch = all_of(axis, x.ndim), batch_of(g, len(out_shape))
    moved = np.moveaxis(untracked(x), axes, range(-len(axes), 0))
    kept = moved.shape[: x.ndim - len(axes)]
    rows = np.reshape(moved, (*kept, math.prod(moved.shape[len(kept) :])))
    nearest, upper = _neighbours(rows, q, method, skips_nan)
    each, nearest = rows[..., None, :], nearest[..., None]
    equal = (each == nearest) if skips_nan else (each == nearest) | ((each != each) & (nearest != nearest))
    chosen = np.where(equal, g.dtype.type(1), g.dtype.type(0))
    number = np.maximum(np.sum(chosen, axis=-1), 1)
    g = np.moveaxis(np.reshape(g, (*batch, np.size(q), *kept)), len(batch), -1)
    upper = cast(upper, g.dtype)
    parts = np.concatenate([g * (1 - upper), g * upper], axis=-1) / number
    shared = np.matmul(parts[..., None, :], chosen)[..., 0, :]
    return np.moveaxis(np.reshape(shared, (*batch, *moved.shape)), range(-len(axes), 0), axes)


_median_along = general(
    lambda x, axis, keepdims: np.median(x, axis=axis, keepdims=keepdims), name="median", selects=True,
    x=lambda g, x, axis, out_shape: _to_neighbours(g, x, 0.5, axis, out_shape),
)  # fmt: skip
_nanmedian_along = general(
    lambda x, axis, keepdims: np.nanmedian(x, axis=axis, keepdims=keepdims), name="nanmedian", selects=True,
    x=lambda g, x, axis, out_shape: _to_neighbours(g, x, 0.5, axis, out_shape, skips_nan=True),
)  # fmt: skip
_quantile_along = general(
    lambda x, q, axis, keepdims, method: np.quantile(x, q, axis=axis, keepdims=keepdims, method=method),
    name="quantile", selects=True,
    x=lambda g, x, q, axis, method, out_shape: _to_neighbours(g, x, q, axis, out_shape, method),
)  # fmt: skip
_nanquantile_along = general(
    lambda x, q, axis, keepdims, method: np.nanquantile(x, q, axis=axis, keepdims=keepdims, method=method),
    name="nanquantile", selects=True,
    x=lambda g, x, q, axis, method, out_shape: _to_neighbours(g, x, q, axis, out_shape, method, skips_nan=True),
)  # fmt: skip


@implements(np.median)
def median(a: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """Return the median along axes; elements equal to a middle one share its cotangent."""
    del overwrite_input  # it allows to, and need not be made use of
    a = prepared(np.median, a, None, out)
    return _median_along(a, axis=canonical(a, axis), keepdims=keepdims)


@implements(np.nanmedian)
def nanmedian(a: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """Return the median of what is not NaN."""
    del overwrite_input
    a = prepared(np.nanmedian, a, None, out)
    return _nanmedian_along(a, axis=canonical(a, axis), keepdims=keepdims)


def _levels(q: Any, name: str) -> Any:
    """Return levels as numbers.

    Raises
    ------
    NotDifferentiableError
        If they are being differentiated.
    """
    if isinstance(q, Tracked) and q.node is not None:
        raise NotDifferentiableError(
            f"np.{name}(a, q) cannot be differentiated with respect to q, which got {q!r}: pass q.detach(), or write "
            f"np.interp(q, levels, np.sort(a))."
        )
    return q if isinstance(q, float | int) else np.asarray(untracked(q))


def _unweighted(a: Any, weights: Any) -> Any:
    """Return ``a`` unless there are weights."""
    if weights is not None:
        raise UnsupportedArgumentError(
            f"quantiles of a Tensor take no weights, and got {weights!r}. Whole ones count as elements that are "
            f"repeated: np.quantile(np.repeat(t, weights), q)."
        )
    return a


@implements(np.quantile)
def quantile(
    a: Any, q: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, method: str = "linear",
    keepdims: bool = False, *, weights: None = None,
) -> Any:  # fmt: skip
    """Return quantiles along axes, by any of NumPy's methods; those of several levels along a first axis."""
    del overwrite_input
    a = _unweighted(prepared(np.quantile, a, None, out), weights)
    return _quantile_along(a, q=_levels(q, "quantile"), axis=canonical(a, axis), keepdims=keepdims, method=method)


@implements(np.percentile)
def percentile(
    a: Any, q: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, method: str = "linear",
    keepdims: bool = False, *, weights: None = None,
) -> Any:  # fmt: skip
    """Return the quantiles of levels given in percent."""
    return quantile(a, _levels(q, "percentile") / 100, axis, out, overwrite_input, method, keepdims, weights=weights)


@implements(np.nanquantile)
def nanquantile(
    a: Any, q: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, method: str = "linear",
    keepdims: bool = False, *, weights: None = None,
) -> Any:  # fmt: skip
    """Return quantiles of what is not NaN."""
    del overwrite_input
    a = _unweighted(prepared(np.nanquantile, a, None, out), weights)
    return _nanquantile_along(a, q=_levels(q, "nanquantile"), axis=canonical(a, axis), keepdims=keepdims, method=method)


@implements(np.nanpercentile)
def nanpercentile(
    a: Any, q: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, method: str = "linear",
    keepdims: bool = False, *, weights: None = None,
) -> Any:  # fmt: skip
    """Return the quantiles of what is not NaN, of levels given in percent."""
    return nanquantile(
        a, _levels(q, "nanpercentile") / 100, axis, out, overwrite_input, method, keepdims, weights=weights
    )
