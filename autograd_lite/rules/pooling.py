"""Pooling: the largest element or the mean of each window sliding over an array, in any number of dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general
from autograd_lite.errors import ShapeError
from autograd_lite.rules.geometry import check_fit, of_each, padding_pairs
from autograd_lite.rules.shaping import as_array
from autograd_lite.rules.windows import (
    Lengths,
    Pairs,
    fold,
    inside,
    laid_out,
    padded,
    places,
    positions,
    sum_windows,
    unfold,
)


def max_pool(x: Any, window: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1) -> Any:
    """Return the largest element of each window; of equal ones each gets its share of the cotangent.

    Parameters
    ----------
    x : Tensor or array of shape (batch, channels, *space)
    window : int or sequence of int
        The lengths of the window: one for all axes of space or one for each.
    stride : int or sequence of int, optional
        Distance between windows; if not given, they stand side by side.
    padding : int, sequence of int or of pairs of int, "valid" or "same"
        How far windows reach over the ends of each axis; nothing is there to be chosen. "same" is as for
        `convolution`.
    dilation : int or sequence of int
        Distance between the elements of a window.

    Returns
    -------
    Tensor, or array if ``x`` is none, of shape (batch, channels, *positions)

    Raises
    ------
    ShapeError
        If a number is out of range, or a window can lie outside of the array altogether.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.rules.pooling import max_pool
    >>> x = np.array([[[1.0, 3.0, 2.0, 2.0]]])
    >>> max_pool(x, 2)
    array([[[3., 2.]]])
    >>> ag.grad(lambda x: np.sum(max_pool(x, 2)))(x)
    array([[[0. , 1. , 0.5, 0.5]]])
    """
    x = as_array(x)
    if x.dtype.kind in "iub":
        x = x * 1.0  # padding is -inf
    numbers = _numbers("max_pool", x, window, stride, padding, dilation)
    for k, d, pair in zip(numbers["window"], numbers["dilation"], numbers["padding"], strict=True):
        if max(pair) > d * (k - 1):
            raise ShapeError(f"max_pool: padding={padding!r} lets a window of {window!r} lie outside of the array")
    return _max_windows(x, **numbers)


def average_pool(x: Any, window: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1) -> Any:
    """Return the mean of each window; padding counts as zeros, as in PyTorch by default.

    Parameters
    ----------
    x : Tensor or array of shape (batch, channels, *space)
    window, stride, padding, dilation
        As for `max_pool`.

    Returns
    -------
    Tensor, or array if ``x`` is none, of shape (batch, channels, *positions)

    Raises
    ------
    ShapeError
        If a number is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.rules.pooling import average_pool
    >>> average_pool(np.array([[[1.0, 3.0, 2.0, 2.0]]]), 2)
    array([[[2., 2.]]])
    """
    x = as_array(x)
    numbers = _numbers("average_pool", x, window, stride, padding, dilation)
    return sum_windows(x, **numbers) / math.prod(numbers["window"])


def _numbers(name: str, x: Any, window: Any, stride: Any, padding: Any, dilation: Any) -> dict[str, Any]:
    """Return the metadata of windows, one number for each axis of space."""
    if x.ndim < 3:
        raise ShapeError(f"{name}: x needs the shape (batch, channels, *space), got {x.shape}")
    space = x.shape[2:]
    window = of_each(name, "window", window, len(space))
    stride = window if stride is None else of_each(name, "stride", stride, len(space))
    dilation = of_each(name, "dilation", dilation, len(space))
    pairs = padding_pairs(name, padding, space, window, stride, dilation)
    check_fit(name, space, window, dilation, pairs)
    return {"window": window, "stride": stride, "dilation": dilation, "padding": pairs}


def _largest(x: Any, window: Lengths, stride: Lengths, dilation: Lengths, padding: Pairs) -> Any:
    n = len(window)
    if type(x) is not np.ndarray:
        return np.max(_windows_or(x, -np.inf, window, stride, dilation, padding), axis=tuple(range(-2 * n, -n)))
    count = positions(x.shape[x.ndim - n :], window, stride, dilation, padding)
    larger, best = padded(x, padding, -np.inf), None
    for _, slices in places(count, window, stride, dilation):
        part = larger[(Ellipsis, *slices)]
        best = part.copy("K") if best is None else np.maximum(best, part, out=best)
    return best


def _windows_or(x: Any, filling: float, window: Lengths, stride: Lengths, dilation: Lengths, padding: Pairs) -> Any:
    """Return all windows, with a filling where they reach over the ends."""
    numbers = {"window": window, "stride": stride, "dilation": dilation, "padding": padding}
    windows = unfold(x, **numbers)
    if not any(map(any, padding)):
        return windows
    space = np.ones(x.shape[x.ndim - len(window) :], x.dtype)
    return np.where(unfold(space, **numbers) > 0, windows, filling)


def _to_largest(g: Any, x: Any, out: Any, window: Lengths, stride: Lengths, dilation: Lengths, padding: Pairs) -> Any:
    """Return the cotangent where the largest elements came from, in equal shares."""
    n = len(window)
    numbers = {"window": window, "stride": stride, "dilation": dilation, "padding": padding}
    x, out = untracked(x), untracked(out)  # which is the largest has no derivative
    if type(g) is type(x) is type(out) is np.ndarray:
        return _shared_out(g, x, out, **numbers)
    apart = (*out.shape[: out.ndim - n], *(1,) * n, *out.shape[out.ndim - n :])
    chosen = _windows_or(x, -np.inf, **numbers) == np.reshape(out, apart)
    shares = chosen / np.sum(chosen, axis=tuple(range(-2 * n, -n)), keepdims=True, dtype=x.dtype)
    g = np.reshape(g, (*g.shape[: g.ndim - n], *(1,) * n, *g.shape[g.ndim - n :]))
    return fold(np.where(chosen, g * shares, 0), shape=x.shape[x.ndim - n :], **numbers)


def _shared_out(
    g: np.ndarray, x: np.ndarray, out: np.ndarray, window: Lengths, stride: Lengths, dilation: Lengths, padding: Pairs
) -> np.ndarray:
    """Return the same for plain arrays, one place in the window after another and without unfolding."""
    space, count = x.shape[x.ndim - len(window) :], out.shape[out.ndim - len(window) :]
    larger = padded(x, padding, -np.inf)
    every = places(count, window, stride, dilation)
    chosen = [larger[(Ellipsis, *slices)] == out for _, slices in every]
    share = _among(g, _ties(chosen), out)
    batch = g.ndim - out.ndim
    shape, strides = g.shape[:batch] + larger.shape, g.strides[:batch] + larger.strides
    pick = np.multiply if np.isfinite(share).all() else _where_chosen  # the product is four times as fast
    if any(d * (k - 1) >= s for k, s, d in zip(window, stride, dilation, strict=True)):
        total = laid_out(shape, strides, g.dtype, 0)
        for part, (_, slices) in zip(chosen, every, strict=True):
            total[(Ellipsis, *slices)] += pick(share, part)
    else:
        covered = larger.shape[larger.ndim - len(window) :] == tuple(
            n * k for n, k in zip(count, window, strict=True)
        )  # else there are gaps between the windows, or something is left behind them
        total = laid_out(shape, strides, g.dtype, None if covered and window == stride else 0)
        for part, (_, slices) in zip(chosen, every, strict=True):
            pick(share, part, out=total[(Ellipsis, *slices)])
    return total[(Ellipsis, *inside(space, padding))]


def _ties(chosen: list[np.ndarray]) -> np.ndarray:
    """Return how many elements of each window are the largest."""
    if len(chosen) >= 128:
        return np.add.reduce(chosen, axis=0, dtype=np.int64)
    counts = chosen[0].view(np.int8)
    for part in chosen[1:]:
        counts = counts + part.view(np.int8)
    return counts


def _among(g: np.ndarray, counts: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Return cotangents divided by how many share them, laid out in memory like the output if that has as many axes."""
    if g.ndim != out.ndim:
        return g / counts.astype(g.dtype)
    share = np.empty_like(out, dtype=g.dtype)
    return np.divide(g, counts, out=share, casting="same_kind")


def _where_chosen(share: np.ndarray, chosen: np.ndarray, out: Any = None) -> np.ndarray:
    """Return the product of the two where 0 times infinity is 0."""
    found = np.where(chosen, share, 0)
    if out is not None:
        out[...] = found
    return found


_max_windows = general(_largest, name="max of windows", selects=True, x=_to_largest)
