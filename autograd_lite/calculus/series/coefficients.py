"""Coefficients of power series: arrays with one more axis in front, of numbers or of intervals.

The recurrences are written with what is here, and do not know which of the two they run on. Their sums are Cauchy
products, c_k = Σ a_i b_(k-i).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from autograd_lite.calculus.series.intervals.interval import Interval, ball_of, bilinear, made
from autograd_lite.calculus.series.precise.number import CONSTANTS, Precise, is_precise, precise
from autograd_lite.calculus.series.rounding import noisy


def dot(a: Any, b: Any) -> Any:
    """Return Σ a_i b_i along the first axis."""
    if type(a) is np.ndarray and type(b) is np.ndarray:
        a = noisy(a)
        return np.dot(a, b) if a.ndim == b.ndim == 1 else np.einsum("i...,i...->...", a, b)
    return bilinear(_dot, _as_interval(a), _as_interval(b), len(a))


def _dot(a: Any, b: Any) -> Any:
    return np.einsum("i...,i...->...", a, b)


def _as_interval(a: Any) -> Interval:
    return a if isinstance(a, Interval) else Interval(a)


def cauchy(a: Any, b: Any) -> Any:
    """Return the coefficients of a product, as many as the shorter of two series has."""
    count = min(len(a), len(b))
    a, b = a[:count], b[:count]
    if isinstance(a, Interval) or isinstance(b, Interval):
        return _cauchy_of_intervals(_as_interval(a), _as_interval(b), count)
    a = noisy(a)
    if a.ndim == b.ndim == 1:
        return np.convolve(a, b)[:count]
    return np.stack([np.einsum("i...,i...->...", a[: k + 1], b[k::-1]) for k in range(count)])


def _cauchy_of_intervals(a: Interval, b: Interval, count: int) -> Interval:
    places, within = _triangle(count)
    (middle, radius), pieces = b.ball, max(a.pieces, b.pieces)
    mask = within.reshape(count, count, *(1,) * (middle.ndim - 1))
    with np.errstate(invalid="ignore"):
        spread = made(b.low[places], b.high[places])
        spread._ball = (np.where(mask, middle[places], 0), np.where(mask, radius[places], 0))
    product = bilinear(lambda x, y: np.einsum("i...,ki...->k...", x, y), a, spread, count)
    first = a[0] * b[0]  # without the loss of midpoints and radii: [0, 1]² has no negative numbers
    low, high = (np.array(np.broadcast_to(p, (*p.shape[:-1], pieces))) for p in (product.low, product.high))
    low[0], high[0] = first.low, first.high
    return made(low, high)


@functools.lru_cache(maxsize=64)
def _triangle(count: int) -> tuple[Any, Any]:
    """Return k - i for all k and i, and where that is no negative number."""
    difference = np.arange(count)[:, None] - np.arange(count)
    return np.maximum(difference, 0), difference >= 0


def ramp(count: int, like: Any) -> Any:
    """Return 0, 1, 2, ... along the first axis of some coefficients, in their precision."""
    dtype = like.dtype if like.dtype == object else np.finfo(like.dtype).dtype
    return np.arange(count, dtype=dtype).reshape(count, *(1,) * (len(like.shape) - 1))


def slopes(a: Any) -> Any:
    """Return i a_i, the coefficients of t a'(t)."""
    return a * ramp(len(a), a)


def number(value: float, like: Any) -> Any:
    """Return a rounded constant: beside intervals, and precise numbers, one that holds what it stands for."""
    if is_precise(like):
        return Precise(CONSTANTS[value]())
    if isinstance(like, Interval):
        return Interval(np.nextafter(value, -np.inf), np.nextafter(value, np.inf))
    return value


def exact(value: float, like: Any) -> Any:
    """Return a number that stands for itself: beside intervals so that what is computed from it is enclosed."""
    if is_precise(like):
        return precise(value)
    return Interval(value) if isinstance(like, Interval) else value


def joined(parts: Any) -> Any:
    """Return coefficients one after another."""
    parts = list(parts)
    return np.stack(parts) if any(isinstance(part, Interval) for part in parts) else np.array(parts)


def zeros(count: int, like: Any) -> Any:
    """Return coefficients that are zero, beside some others."""
    return np.zeros((count, *like.shape[1:]), like.dtype)


class Growing:
    """Coefficients that are found one after another.

    Parameters
    ----------
    first : array or Interval
    count : int
        How many there will be.
    """

    def __new__(cls, first: Any, count: int) -> Any:
        """Make the kind for numbers, or for intervals."""
        return object.__new__(_GrowingIntervals if isinstance(first, Interval) else _GrowingNumbers)


class _GrowingNumbers(Growing):
    def __init__(self, first: Any, count: int):
        self.all = np.empty((count, *np.shape(first)), np.asarray(first).dtype)
        self.all[0] = first
        self.found = 1

    def append(self, value: Any) -> None:
        self.all[self.found] = value
        self.found += 1

    def back(self, stop: int = 0) -> Any:
        """Return what has been found, the last first, down to number ``stop``."""
        return self.all[stop : self.found][::-1]


class _GrowingIntervals(Growing):
    def __init__(self, first: Any, count: int):
        shape = (count, *first.low.shape)
        self.parts = tuple(np.empty(shape, first.dtype) for _ in range(4))
        self.found = 0
        self.append(first)

    def append(self, value: Interval) -> None:
        bounds = value.low, value.high
        for part, new in zip(self.parts, (*bounds, *ball_of(*bounds)), strict=True):
            part[self.found] = new
        self.found += 1

    @property
    def all(self) -> Interval:
        low, high, middle, radius = self.parts
        interval = made(low, high)
        interval._ball = (middle, radius)
        return interval

    def back(self, stop: int = 0) -> Interval:
        low, high, middle, radius = (part[stop : self.found][::-1] for part in self.parts)
        interval = made(low, high)
        interval._ball = (middle, radius)
        return interval
