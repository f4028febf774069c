"""Elementary functions over intervals, rounded outward by more than their error.

NumPy promises no accuracy; its vectorised functions aim at less than 4 units in the last place (numpy/numpy#23399), and
glibc's, which serve long double, list at most 4 in their manual ("Known Maximum Errors in Math Functions"). Cephes,
which SciPy's error functions come from, lists 3.7e-16 for erf. Bounds go outward by `ULPS` units, and by more where the
argument's rounding is felt.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.calculus.series.intervals.interval import (
    ENCLOSURES,
    Interval,
    Undecided,
    encloses,
    made,
    undefined,
)

ULPS = 6


def outward(low: Any, high: Any, floor: float = -np.inf, ceiling: float = np.inf, ulps: Any = ULPS) -> Interval:
    """Return bounds moved outward by some units in the last place, but not out of a function's range."""
    low, high = low - ulps * _unit(low), high + ulps * _unit(high)
    low = np.maximum(np.where(np.isnan(low), -np.inf, low), floor)
    return made(low, np.minimum(np.where(np.isnan(high), np.inf, high), ceiling))


def _unit(x: Any) -> Any:
    """Return the distance to the next number out; `numpy.spacing` is NaN just below powers of two in long double."""
    size = abs(x)
    return np.nextafter(size, np.inf, dtype=size.dtype) - size


def _as_interval(x: Any) -> Interval:
    return x if isinstance(x, Interval) else Interval(x)


# Monotonic functions


def _monotonic(
    function: Any,
    floor: float = -np.inf,
    ceiling: float = np.inf,
    domain: tuple[float, float] = (-np.inf, np.inf),
    falls: bool = False,
) -> None:
    """Declare a function that rises (or falls) on an open domain."""
    inside = 0.5 * (max(domain[0], -2.0) + min(domain[1], 2.0))

    def enclosure(x: Interval) -> Interval:
        outside = (x.low <= domain[0]) | (x.high >= domain[1])
        low, high = x.low, x.high
        if outside.any():
            low, high = np.where(outside, inside, low), np.where(outside, inside, high)
        low, high = (high, low) if falls else (low, high)
        return undefined(outward(function(low), function(high), floor, ceiling), outside, function.__name__)

    encloses(function)(enclosure)


_monotonic(np.exp, floor=0)
_monotonic(np.exp2, floor=0)
_monotonic(np.expm1, floor=-1)
_monotonic(np.log, domain=(0, np.inf))
_monotonic(np.log2, domain=(0, np.inf))
_monotonic(np.log10, domain=(0, np.inf))
_monotonic(np.log1p, domain=(-1, np.inf))
_monotonic(np.cbrt)
_monotonic(np.arcsin, domain=(-1, 1))
_monotonic(np.arccos, floor=0, domain=(-1, 1), falls=True)
_monotonic(np.arctan)
_monotonic(np.sinh)
_monotonic(np.tanh, floor=-1, ceiling=1)
_monotonic(np.arcsinh)
_monotonic(np.arccosh, floor=0, domain=(1, np.inf))
_monotonic(np.arctanh, domain=(-1, 1))


@encloses(np.sqrt)
def sqrt(x: Interval) -> Interval:
    """Enclose the square root, which is defined at 0."""
    outside = x.low < 0
    low = np.where(outside, 0, x.low)
    return undefined(outward(np.sqrt(low), np.sqrt(np.maximum(x.high, 0)), 0), outside, "sqrt")


@encloses(np.cosh)
def cosh(x: Interval) -> Interval:
    """Enclose the hyperbolic cosine, which falls and rises."""
    size = absolute(x)
    return outward(np.cosh(size.low), np.cosh(size.high), 1)


# Periodic functions


def _reaches(x: Interval, place: Any, period: float) -> Any:
    """Say where an interval may hold place + k period; when in doubt it does."""
    first, last = (x.low - place) / period, (x.high - place) / period
    slack = 16 * np.finfo(np.float64).eps * (1 + np.maximum(abs(first), abs(last)))
    return ~(np.floor(last + slack) < np.ceil(first - slack))


def _wave(function: Any, top: float) -> Callable[[Interval], Interval]:
    def enclosure(x: Interval) -> Interval:
        ends = function(x.low), function(x.high)
        found = outward(np.minimum(*ends), np.maximum(*ends), -1, 1)
        low = np.where(_reaches(x, top + np.pi, 2 * np.pi), -1, found.low)
        return made(low, np.where(_reaches(x, top, 2 * np.pi), 1, found.high))

    return enclosure


encloses(np.sin)(_wave(np.sin, np.pi / 2))
encloses(np.cos)(_wave(np.cos, 0.0))


@encloses(np.tan)
def tan(x: Interval) -> Interval:
    """Enclose the tangent between two of its poles."""
    return undefined(outward(np.tan(x.low), np.tan(x.high)), _reaches(x, np.pi / 2, np.pi), "tan")


# Arithmetic


@encloses(np.absolute, np.fabs)
def absolute(x: Interval) -> Interval:
    """Enclose the absolute value."""
    around = (x.low < 0) & (x.high > 0)
    low, high = np.minimum(abs(x.low), abs(x.high)), np.maximum(abs(x.low), abs(x.high))
    return made(np.where(around, 0, low), high)


@encloses(np.sign)
def sign(x: Interval) -> Interval:
    """Return the signs of intervals that have one."""
    if np.any((x.low <= 0) & (x.high >= 0) & ((x.low != 0) | (x.high != 0))):
        raise Undecided("sign")
    return made(np.sign(x.low), np.sign(x.low))


@encloses(np.square)
def square(x: Interval) -> Interval:
    """Enclose the square, which is not negative."""
    size = absolute(x)
    return outward(size.low * size.low, size.high * size.high, 0, ulps=1)


@encloses(np.reciprocal)
def reciprocal(x: Interval) -> Interval:
    """Enclose the reciprocal."""
    return 1.0 / x


@encloses(np.power, np.float_power)
def power(x: Any, y: Any) -> Interval:
    """Enclose powers: whole exponents of anything, others of what is not negative."""
    if isinstance(y, Interval) and np.all(y.low == y.high) and y.low.size == 1:
        y = float(y.low.item())
    if not isinstance(y, Interval) and np.ndim(y) == 0:
        return _whole_power(x, int(y)) if float(y).is_integer() else _power(x, float(y))
    x, y = _as_interval(x), _as_interval(y)
    return ENCLOSURES[np.exp](y * ENCLOSURES[np.log](x))


def _whole_power(x: Interval, n: int) -> Interval:
    if n < 0:
        return 1.0 / _whole_power(x, -n)
    if n == 0:
        return made(np.ones_like(x.low), np.ones_like(x.high))
    base = x if n % 2 else absolute(x)
    return outward(base.low**n, base.high**n, -np.inf if n % 2 else 0)


def _power(x: Interval, y: float) -> Interval:
    outside = (x.low < 0) if y > 0 else (x.low <= 0)
    low, high = np.where(outside, 1, x.low), np.where(outside, 1, x.high)
    low, high = (low, high) if y > 0 else (high, low)
    return undefined(outward(low**y, high**y, 0), outside, "power")


def _multiple(factor: float) -> Callable[[Interval], Interval]:
    """Return a multiplication by what a rounded number stands for."""
    return lambda x: x * Interval(np.nextafter(factor, 0), np.nextafter(factor, np.inf))


encloses(np.degrees, np.rad2deg)(_multiple(180 / np.pi))
encloses(np.radians, np.deg2rad)(_multiple(np.pi / 180))


@encloses(np.hypot)
def hypot(x: Any, y: Any) -> Interval:
    """Enclose the length of a hypotenuse."""
    sizes = absolute(_as_interval(x)), absolute(_as_interval(y))
    return outward(np.hypot(sizes[0].low, sizes[1].low), np.hypot(sizes[0].high, sizes[1].high), 0)


@encloses(np.arctan2)
def arctan2(y: Any, x: Any) -> Interval:
    """Enclose the angle: off the cut it has its extremes in the corners, being monotonic along every edge."""
    y, x = _as_interval(y), _as_interval(x)
    on_cut = (x.low <= 0) & (y.low <= 0) & (y.high >= 0)
    corners = [np.arctan2(a, b) for a in (y.low, y.high) for b in (x.low, x.high)]
    found = outward(np.minimum.reduce(np.broadcast_arrays(*corners)), np.maximum.reduce(np.broadcast_arrays(*corners)))
    return undefined(found, on_cut & np.ones(found.low.shape, dtype=bool), "arctan2")


@encloses(np.maximum)
def maximum(x: Any, y: Any) -> Interval:
    """Enclose the larger of two."""
    x, y = _as_interval(x), _as_interval(y)
    return made(np.maximum(x.low, y.low), np.maximum(x.high, y.high))


@encloses(np.minimum)
def minimum(x: Any, y: Any) -> Interval:
    """Enclose the smaller of two."""
    x, y = _as_interval(x), _as_interval(y)
    return made(np.minimum(x.low, y.low), np.minimum(x.high, y.high))


@encloses(np.logaddexp)
def logaddexp(x: Any, y: Any) -> Interval:
    """Enclose log(exp(x) + exp(y)), which rises in both."""
    x, y = _as_interval(x), _as_interval(y)
    return outward(np.logaddexp(x.low, y.low), np.logaddexp(x.high, y.high))


encloses(np.add)(lambda x, y: _as_interval(x) + y)
encloses(np.subtract)(lambda x, y: _as_interval(x) - y)
encloses(np.multiply)(lambda x, y: _as_interval(x) * y)
encloses(np.true_divide)(lambda x, y: _as_interval(x) / y)
encloses(np.negative)(lambda x: -x)
encloses(np.positive)(lambda x: x)
encloses(np.less)(lambda x, y: _as_interval(x) < y)
encloses(np.less_equal)(lambda x, y: _as_interval(x) <= y)
encloses(np.greater)(lambda x, y: _as_interval(x) > y)
encloses(np.greater_equal)(lambda x, y: _as_interval(x) >= y)
encloses(np.equal)(lambda x, y: _as_interval(x) == y)
encloses(np.not_equal)(lambda x, y: _as_interval(x) != y)
encloses(np.isnan)(lambda x: np.zeros(x.shape, dtype=bool))
encloses(np.isfinite)(lambda x: np.ones(x.shape, dtype=bool))
encloses(np.isinf)(lambda x: np.zeros(x.shape, dtype=bool))


# SciPy's functions


def _in_double(bounds: Any, side: float) -> Any:
    """Return bounds in double precision, rounded to one side: SciPy's error functions know no longer one."""
    near = bounds.astype(np.float64)
    return np.where((near - bounds) * side < 0, np.nextafter(near, side * np.inf), near)


def _error_function(function: Any, floor: float, growth: float, falls: bool) -> Callable[[Interval], Interval]:
    """Return the enclosure of erf or erfc; the latter takes exp(-x * x), and loses x² units by that."""

    def enclosure(x: Interval) -> Interval:
        low, high = _in_double(x.low, -1), _in_double(x.high, 1)
        low, high = (high, low) if falls else (low, high)
        ulps = ULPS + growth * np.maximum(low * low, high * high)
        found = outward(function(low), function(high), floor, floor + 2, ulps)
        return made(found.low.astype(x.dtype), found.high.astype(x.dtype))

    return enclosure


def expit(x: Interval) -> Interval:
    """Enclose 1 / (1 + exp(-x)): the exponential's error and two more units."""
    low, high = (1 / (1 + np.exp(-bound)) for bound in (x.low, x.high))
    return outward(low, high, 0, 1, ULPS + 4)


def log_expit(x: Interval) -> Interval:
    """Enclose -log(1 + exp(-x)): relative errors of the exponential arrive no larger."""
    low, high = (-np.log1p(np.exp(-bound)) for bound in (x.low, x.high))
    return outward(low, high, ceiling=0, ulps=2 * ULPS)


def declare_scipy() -> None:
    """Declare the enclosures of SciPy's functions, once these are loaded: nobody can have called one before."""
    if "scipy.special" not in sys.modules or expit in ENCLOSURES.values():
        return
    special = importlib.import_module("scipy.special")
    encloses(special.erf)(_error_function(special.erf, -1, 0.0, False))
    encloses(special.erfc)(_error_function(special.erfc, 0, 4.0, True))
    encloses(special.expit)(expit)
    encloses(special.log_expit)(log_expit)
