"""Axes seen from the back, where leading batch axes on a cotangent do not move them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple


def from_back(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return an axis argument (None: all axes) as a tuple of negative axes."""
    if axis is None:
        return tuple(range(-ndim, 0))
    return tuple(i - ndim for i in normalize_axis_tuple(axis, ndim))


def one_from_back(axis: Any, ndim: int) -> int:
    """Return one axis as a negative one."""
    index = operator.index(axis)
    if not -ndim <= index < ndim:
        raise np.exceptions.AxisError(index, ndim)
    return index - ndim if index >= 0 else index


def batch_of(g: Any, event_ndim: int) -> tuple[int, ...]:
    """Return the shape of the leading batch axes of a cotangent."""
    return g.shape[: g.ndim - event_ndim]


def along(axis: int, index: Any) -> tuple[Any, ...]:
    """Return the index that applies ``index`` to a negative axis and takes everything of the others."""
    return (Ellipsis, index) + (slice(None),) * (-axis - 1)


def swap(matrix: Any) -> Any:
    """Return the last two axes swapped, by the cheap attribute where the array is a plain matrix."""
    return matrix.T if type(matrix) is np.ndarray and matrix.ndim == 2 else np.swapaxes(matrix, -1, -2)
