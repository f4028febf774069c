"""Evenly spaced numbers between two ends, differentiable in the ends: ``linspace``, ``logspace``, ``geomspace``.

Each point is a mean of both ends with fixed weights, arithmetic or geometric, so that the ends come out exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import implements
from autograd_lite.rules.elementwise import double


def _array(value: Any) -> Any:
    """Return an array; a Python number as it is, because beside float32 it does not promote."""
    return value if hasattr(value, "shape") or isinstance(value, float | int | complex) else np.asarray(value)


def _weights(like: Any, num: int, endpoint: bool) -> Any:
    """Return the weights of the second end, along a first axis in front of those of ``like``."""
    weights = np.linspace(0, 1, num, endpoint, dtype=np.finfo(np.result_type(like.dtype, 0.0)).dtype)
    return np.reshape(weights, (-1, *(1,) * like.ndim))


def _laid(points: Any, axis: int, dtype: Any) -> Any:
    """Return points with their first axis moved, and in a dtype."""
    points = np.moveaxis(points, 0, axis) if axis else points
    return points if dtype is None else points.astype(dtype)


@implements(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """Return evenly spaced numbers over an interval, and with ``retstep`` the step."""
    del device  # NumPy knows "cpu" only
    start, stop = _array(start), _array(stop)
    width = stop - start
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        points = np.linspace(untracked(start), untracked(stop), num, endpoint, dtype=dtype, axis=axis)
    else:
        weights = _weights(width, num, endpoint)
        points = _laid(start * (1 - weights) + stop * weights, axis, dtype)
    steps = num - 1 if endpoint else num
    return (points, width / steps if steps else width * math.nan) if retstep else points


@implements(np.logspace)
def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    """Return powers of ``base`` with evenly spaced exponents."""
    base = _array(base)
    if getattr(base, "ndim", 0):  # the axis of the points is put into its shape too
        ends = [_array(end) for end in (start, stop)]
        ndim = max(base.ndim, *(getattr(end, "ndim", 0) for end in ends))
        start, stop, base = (np.reshape(x, (1,) * (ndim - np.ndim(x)) + np.shape(x)) for x in (*ends, base))
        base = np.expand_dims(base, axis)
    points = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return points if dtype is None else points.astype(dtype)


@implements(np.geomspace)
def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """Return numbers with constant ratios between two ends of the same sign."""
    start, stop = (double(value if hasattr(value, "shape") else np.asarray(value)) for value in (start, stop))
    if any(isinstance(end, np.ndarray | np.generic) and not end.all() for end in untracked([start, stop])):
        raise ValueError("Geometric sequence cannot include zero")
    sign = np.sign(start) if start.dtype.kind != "c" else start / np.abs(start)
    first, last = start / sign, stop / sign
    weights = _weights(np.multiply(first, last), num, endpoint)
    return _laid(first ** (1 - weights) * last**weights * sign, axis, dtype)
