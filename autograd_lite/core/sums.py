"""Sums and extrema along axes, where NumPy's are slow: the sweep takes sums of cotangents that were broadcast.

NumPy reduces rows of a few elements, and columns of a narrow matrix, at 15 to 35 ns a row: 490 µs for the sums of
31843 rows of 3. As a product with a vector of ones those take 45 µs, and are no less accurate, because BLAS keeps
several partial sums. Extrema are taken of a transposed copy, which is long where the array was short.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

# Where a product with ones wins: from so many elements on, up to so wide a row, or so few of them; beyond so many
# elements BLAS loses again, as soon as the matrix is wide.
_FEW, _NARROW, _SHORT, _MANY = 64, 64, 4096, 1 << 21

# A transposed copy pays for extrema of rows, or columns, up to so many.
_THIN = 16


def summed(x: Any, axis: tuple[int, ...] | None, keepdims: bool = False) -> Any:
    """Return the sum of an array, a Tensor or a duck array along axes (None: all).

    Parameters
    ----------
    x : array or Tensor
    axis : tuple of int, optional
    keepdims : bool
        Whether they stay, with length one.

    Returns
    -------
    array or Tensor
    """
    if type(x) is not np.ndarray:
        return np.sum(x, axis=axis, keepdims=keepdims)
    if axis and x.size >= _FEW and x.ndim > len(axis) and x.dtype.char in "fd":
        total = None
        if len(axis) == 1 or axis == tuple(range(axis[0], axis[0] + len(axis))):
            if axis[-1] in (-1, x.ndim - 1):
                total = _rows(x, len(axis), keepdims)
            elif axis[0] in (0, -x.ndim):
                total = _columns(x, len(axis), keepdims)
            else:
                total = _between(x, axis, keepdims)
        if total is not None:
            return total
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


def _rows(x: np.ndarray, count: int, keepdims: bool) -> np.ndarray | None:
    """Return the sums along the last axes as a product with ones, None where NumPy is as fast."""
    kept = x.ndim - count
    width = math.prod(x.shape[kept:])
    if not 1 < width <= _NARROW or x.size < _FEW * width or x.size > _MANY:
        return None
    if (x.ndim != 2 or x.strides[1] != x.itemsize) and not x.flags.c_contiguous:
        return None
    ones = ones_of(width, x.dtype)
    total = (x if x.ndim == 2 else x.reshape(-1, width)) @ (ones.reshape(-1, 1) if keepdims else ones)
    return total if x.ndim == 2 else total.reshape(x.shape[:kept] + (1,) * (count if keepdims else 0))


def _columns(x: np.ndarray, count: int, keepdims: bool) -> np.ndarray | None:
    """Return the sums along the first axes as a product with ones, None where NumPy is as fast."""
    length = x.shape[0] if count == 1 else math.prod(x.shape[:count])
    width = x.size // length
    if (width > _NARROW and length > _SHORT) or x.size > _MANY:
        return None
    if (x.ndim != 2 or x.strides[1] != x.itemsize) and not x.flags.c_contiguous:
        return None
    ones = ones_of(length, x.dtype)
    if x.ndim == 2 and not keepdims:
        return ones @ x
    total = (ones.reshape(1, -1) if keepdims else ones) @ (x if x.ndim == 2 else x.reshape(length, width))
    return total if x.ndim == 2 else total.reshape((1,) * (count if keepdims else 0) + x.shape[count:])


def _between(x: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> np.ndarray | None:
    """Return the sums along axes with others on both sides: a product with ones for each matrix, four times as fast."""
    first, last = axis[0] % x.ndim, axis[-1] % x.ndim
    length = math.prod(x.shape[first : last + 1])
    narrow = math.prod(x.shape[last + 1 :]) <= _NARROW
    if length < 2 or (x.size > _MANY and not narrow) or not x.flags.c_contiguous:
        return None
    total = ones_of(length, x.dtype) @ x.reshape(math.prod(x.shape[:first]), length, -1)
    return total.reshape(x.shape[:first] + (1,) * (len(axis) if keepdims else 0) + x.shape[last + 1 :])


def ones_of(n: int, dtype: np.dtype[Any]) -> np.ndarray:
    """Return a vector of ones to sum by; short ones are kept and read-only."""
    return _kept_ones(n, dtype) if n <= _SHORT else np.ones(n, dtype)


@functools.lru_cache(maxsize=16)
def _kept_ones(n: int, dtype: np.dtype[Any]) -> np.ndarray:
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones


def extremum(ufunc: np.ufunc, x: Any, axis: tuple[int, ...] | None, keepdims: bool = False) -> Any:
    """Return ``ufunc.reduce`` of an array along axes (None: all), for ``np.maximum`` and ``np.minimum``."""
    if axis and len(axis) == 1 and x.ndim > 1 and x.size >= _FEW and x.dtype.char in "fd":
        k = axis[0] % x.ndim
        width = x.shape[-1] if k == x.ndim - 1 else x.size // x.shape[0] if k == 0 else x.size
        if 1 < width <= _THIN and 32 * width <= x.size <= _MANY:
            columns = np.ascontiguousarray(np.reshape(x, (-1, width)).T)
            found = ufunc.reduce(columns, axis=1 if k == 0 else 0)
            found = np.reshape(found, x.shape[:k] + x.shape[k + 1 :])
            return np.expand_dims(found, axis) if keepdims else found
    return ufunc.reduce(x, axis=axis, keepdims=keepdims)
