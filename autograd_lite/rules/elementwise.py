"""Functions that work element by element: arithmetic, powers, exponentials, trigonometry, selection.

Each line reads like a table of derivatives: ``sin: x ← g * cos(x)``. The formulas are those of Abramowitz & Stegun,
*Handbook of Mathematical Functions*, 3.3 (rules), 4.1.30 (log), 4.2 (exp), 4.3.105 (trigonometric), 4.4.52 (inverse
trigonometric), 4.5.71 (hyperbolic), 4.6.37 (inverse hyperbolic).

Arithmetic runs through Python's operators: NumPy scalars answer those eight times faster than they do ufuncs. A Python
number beside a small array costs as much again as the operation (0.46 µs for ``1 - v``, 0.20 for ``v * v``), so the
hottest rules do without.
"""

from __future__ import annotations

import functools
import importlib
import math
import operator
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import contains_nan
from autograd_lite.core.primitive import elementwise, implements
from autograd_lite.core.tensor import Tensor


def same(g: Any) -> Any:
    """Return the cotangent itself: the rule of addition, copies and reshapings of nothing."""
    return g


# Arithmetic

elementwise(operator.add, name="add", array_function=np.add, x=same, y=same)
elementwise(operator.sub, name="subtract", array_function=np.subtract, x=same, y=lambda g: -g)
elementwise(operator.mul, name="multiply", array_function=np.multiply, x=lambda g, y: g * y, y=lambda g, x: g * x)
elementwise(
    operator.truediv, name="divide", array_function=np.true_divide,
    x=lambda g, y: g / y, y=lambda g, y, out: -g * out / y,
)  # fmt: skip
elementwise(operator.neg, name="negative", array_function=np.negative, x=lambda g: -g)
elementwise(np.positive, array_function=np.positive, x=same)
elementwise(np.reciprocal, array_function=np.reciprocal, x=lambda g, out: -g * out * out)
elementwise(np.square, array_function=np.square, x=lambda g, x: g * (x + x))
elementwise(operator.mod, name="remainder", array_function=np.remainder, x=same, y=lambda g, x, y: -g * (x // y))
elementwise(np.fmod, array_function=np.fmod, x=same, y=lambda g, x, y, out: -g * np.rint((x - out) / y))

# Powers. A constant scalar exponent is metadata: the rule may then look at it, and x**2 costs no logarithm.


def _power_slope(x: Any, exponent: float) -> Any:
    """Return n * x**(n - 1), with 0 for n = 0 also where x is 0."""
    if exponent == 2:
        return x + x
    return exponent * x ** (exponent - 1) if exponent != 0 else np.zeros_like(x)


def _log_or_zero(x: Any, y: Any, out: Any) -> Any:
    """Return log(x) in the power's dtype, with 0 at x = 0 where y > 0: the slope of 0**y in y is 0 there."""
    return np.log(np.where((x == 0) & (np.real(y) > 0), out.dtype.type(1), x))


power_scalar = elementwise(
    lambda x, exponent: x**exponent, name="power", x=lambda g, x, exponent: g * _power_slope(x, exponent)
)
_power = elementwise(
    operator.pow, name="power",
    x=lambda g, x, y: g * y * x ** np.where((x == 0) & (y == 0), 1, y - 1),
    y=lambda g, x, y, out: g * out * _log_or_zero(x, y, out),
)  # fmt: skip
_exponential = elementwise(lambda y, base: base**y, name="power", y=lambda g, out, base: g * (out * math.log(base)))


@implements(np.power)
def power(x: Any, y: Any) -> Any:
    """Return x**y; a scalar exponent or base that is no Tensor takes the short way."""
    if type(y) in (int, float):
        return power_scalar(x, exponent=y)
    if type(x) in (int, float) and x > 0:
        return _exponential(y, base=x)
    return _power(x, y)


def double(x: Any) -> Any:
    """Return real numbers in double precision; complex ones and Python's as they are."""
    if isinstance(x, float | int | complex) or x.dtype == np.float64 or x.dtype.kind == "c":
        return x
    return x.astype(float) if hasattr(x, "astype") else np.positive(x, dtype=float)


@implements(np.float_power)
def float_power(x: Any, y: Any) -> Any:
    """Return x**y in double precision."""
    return power(double(x), double(y))


elementwise(np.sqrt, array_function=np.sqrt, x=lambda g, out: g / (2 * out))
elementwise(np.cbrt, array_function=np.cbrt, x=lambda g, out: g / (3 * out * out))

# Exponentials and logarithms

LOG_2, LOG_10 = float(np.log(2)), float(np.log(10))

elementwise(np.exp, array_function=np.exp, x=lambda g, out: g * out)
elementwise(np.exp2, array_function=np.exp2, x=lambda g, out: g * (out * LOG_2))
elementwise(np.expm1, array_function=np.expm1, x=lambda g, x: g * np.exp(x))  # out + 1 would be 0 for x < -37
elementwise(np.log, array_function=np.log, x=lambda g, x: g / x)
elementwise(np.log2, array_function=np.log2, x=lambda g, x: g / (x * LOG_2))
elementwise(np.log10, array_function=np.log10, x=lambda g, x: g / (x * LOG_10))
elementwise(np.log1p, array_function=np.log1p, x=lambda g, x: g / (1 + x))


def _gap(part: Any, other: Any) -> Any:
    """Return ``other - part``, taken as 0 where both are the same infinity: they then share the slope evenly."""
    return np.where((part == other) & np.isinf(part), 0, other - part)


def _share(part: Any, other: Any) -> Any:
    """Return exp(part) / (exp(part) + exp(other)) without a NaN: plain arrays let the exponential overflow, to 1 / inf.

    That takes a fourteenth of the time (NumPy's logaddexp is not vectorised) and is exact to two units of round-off.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        gap = other - part
        if type(gap) is np.ndarray:
            share = np.exp(gap, out=gap)
            share += 1
            np.divide(1, share, out=share)
            if not contains_nan(share):
                return share
    return np.exp(-np.logaddexp(0, _gap(part, other)))


# From this many elements on, five vectorised passes are faster than one that is not.
_MANY = 1000


def _logaddexp(x: Any, y: Any) -> Any:
    """Return log(exp(x) + exp(y)), of long arrays in vectorised steps: a sixth of the time.

    The formula, max(x, y) + log1p(exp(-|x - y|)), is NumPy's own (npy_math, ``npy_logaddexp``); equal infinities are
    left to it.
    """
    long = x if type(x) is np.ndarray and (type(y) is not np.ndarray or x.size > y.size) else y
    if type(long) is not np.ndarray or long.size < _MANY or not (_is_like(x, long) and _is_like(y, long)):
        return np.logaddexp(x, y)
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.abs(x - y)
        out = np.log1p(np.exp(np.negative(gap, out=gap), out=gap), out=gap)
        out += np.maximum(x, y)
        if not contains_nan(out):
            return out
    return np.logaddexp(x, y)


def _is_like(x: Any, other: np.ndarray) -> bool:
    """Say whether a Python number, or an array or scalar of NumPy's, leaves the other's single or double precision."""
    known = type(x) in (int, float, np.ndarray) or isinstance(x, np.floating)
    return known and other.dtype.char in "fd" and getattr(x, "dtype", other.dtype) == other.dtype


def _binary_share(part: Any, other: Any) -> Any:
    """Return 2**part / (2**part + 2**other) without overflow."""
    return np.exp2(-np.logaddexp2(0, _gap(part, other)))


elementwise(
    _logaddexp, name="logaddexp", array_function=np.logaddexp,
    x=lambda g, x, y: g * _share(x, y), y=lambda g, x, y: g * _share(y, x),
)  # fmt: skip
elementwise(
    np.logaddexp2, array_function=np.logaddexp2,
    x=lambda g, x, y: g * _binary_share(x, y), y=lambda g, x, y: g * _binary_share(y, x),
)  # fmt: skip

# Trigonometric and hyperbolic functions and their inverses

elementwise(np.sin, array_function=np.sin, x=lambda g, x: g * np.cos(x))
elementwise(np.cos, array_function=np.cos, x=lambda g, x: -g * np.sin(x))
elementwise(np.tan, array_function=np.tan, x=lambda g, out: g + g * out * out)

# 1 - x * x, exact near 1; the product's own slope, (1 - x) - (1 + x), would cancel near 0
_one_minus_square = elementwise(lambda x: (1 - x) * (1 + x), name="1 - x²", x=lambda g, x: -g * (x + x))

elementwise(np.arcsin, array_function=np.arcsin, x=lambda g, x: g / np.sqrt(_one_minus_square(x)))
elementwise(np.arccos, array_function=np.arccos, x=lambda g, x: -g / np.sqrt(_one_minus_square(x)))
elementwise(np.arctan, array_function=np.arctan, x=lambda g, x: g / (1 + x * x))
elementwise(np.sinh, array_function=np.sinh, x=lambda g, x: g * np.cosh(x))
elementwise(np.cosh, array_function=np.cosh, x=lambda g, x: g * np.sinh(x))

# From the output, as everybody has it: 1 / cosh(x)**2 would keep its digits where 1 - tanh(x)**2 has cancelled (beyond
# |x| = 8 in float32, 18 in float64), at five times the cost on a thousand elements.
elementwise(np.tanh, array_function=np.tanh, x=lambda g, out: g - g * out * out)

elementwise(
    np.arcsinh, array_function=np.arcsinh,
    x=lambda g, x: g / (np.hypot(1, x) if x.dtype.kind != "c" else np.sqrt(1 + x * x)),
)  # fmt: skip
elementwise(np.arccosh, array_function=np.arccosh, x=lambda g, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)))
elementwise(np.arctanh, array_function=np.arctanh, x=lambda g, x: g / _one_minus_square(x))


def _unless_zero(r: Any) -> Any:
    return np.where(r == 0, 1, r)


# x / hypot(x, y), taken as 0 at the origin. Its slopes are products of its like, so that nothing cancels, overflows or
# underflows on the way: x * x + y * y would be 0 for 1e-200, and infinite for 1e200.
_cosine = elementwise(
    lambda x, y: x / _unless_zero(np.hypot(x, y)), name="cosine",
    x=lambda g, x, y: g * np.square(_cosine(y, x)) / _unless_zero(np.hypot(x, y)),
    y=lambda g, x, y, out: -g * out * _cosine(y, x) / _unless_zero(np.hypot(x, y)),
)  # fmt: skip


def _to_leg(g: Any, x: Any, y: Any, out: Any) -> Any:
    if type(out) is np.ndarray:  # the root is there already
        return g * (x / _unless_zero(out))
    return g * _cosine(x, y)


elementwise(
    np.hypot, array_function=np.hypot,
    x=_to_leg, y=lambda g, x, y, out: _to_leg(g, y, x, out),
)  # fmt: skip
elementwise(  # NumPy calls its arguments x1, the ordinate, and x2
    np.arctan2, array_function=np.arctan2,
    x=lambda g, x, y: g * _cosine(y, x) / np.hypot(x, y), y=lambda g, x, y: -g * _cosine(x, y) / np.hypot(x, y),
)  # fmt: skip

# The cardinal sine. Its k-th derivative is a function of its own, s(x, k), so that each is accurate near 0, where the
# quotient cancels. With u = pi x, d^k/du^k of sin(u) / u is the integral of t^k cos(u t + k pi / 2) over t in [0, 1].


@functools.cache
def _sinc_coefficients(order: int) -> list[float]:
    """Return the coefficients of the series in u**2 (after u, for odd orders), as many as reach rounding error."""
    coefficients: list[float] = []
    n, size = order % 2, 1.0
    while size > 1e-18:
        coefficients.append((-1) ** ((n + order) // 2) / (math.factorial(n) * (n + order + 1)))
        n += 2
        size = _sinc_radius(order) ** n / math.factorial(n)
    return coefficients


def _sinc_radius(order: int) -> float:
    """Return where the series has lost as many digits as the recurrence: factors e**u and k! / u**k."""
    return 1 + 0.3 * order


def _sinc_near(u: Any, order: int) -> Any:
    total, square = np.zeros_like(u), u * u
    for coefficient in reversed(_sinc_coefficients(order)):
        total = total * square + coefficient
    return total * u if order % 2 else total


def _sinc_far(u: Any, order: int) -> Any:
    """Differentiate u s = sin(u): u s_k + k s_(k-1) = sin(u + k pi / 2)."""
    sine, cosine = np.sin(u), np.cos(u)
    s = sine / u
    for k in range(1, order + 1):
        s = ((sine, cosine, -sine, -cosine)[k % 4] - k * s) / u
    return s


def _sinc_derivative(x: Any, order: int) -> Any:
    if order == 0:
        return np.sinc(x)
    u = x * np.pi
    near = np.absolute(u) < _sinc_radius(order)
    s = np.where(near, _sinc_near(np.where(near, u, 0), order), _sinc_far(np.where(near, 1, u), order))
    return s * np.pi**order


_sinc = elementwise(_sinc_derivative, name="sinc", x=lambda g, x, order: g * _sinc(x, order=order + 1))


@implements(np.sinc)
def sinc(x: Any) -> Any:
    """Return sin(pi x) / (pi x)."""
    return _sinc(x, order=0)


# The modified Bessel function: its slope is that of order one, which SciPy has, and a rule for it (DLMF 10.29.3).
elementwise(
    lambda x: np.i0(x)[()], name="i0", array_function=np.i0,
    x=lambda g, x: g * importlib.import_module("scipy.special").i1(x),
)  # fmt: skip


# Absolute value and selection: at a tie the cotangent is shared evenly, at a kink the slope is the mean of both sides.

real_absolute = elementwise(np.absolute, x=lambda g, x: g * np.sign(x))  # of complex numbers: rules/complex.py
elementwise(np.fabs, array_function=np.fabs, x=lambda g, x: g * np.sign(x))


def _won(g: Any, mine: Any, other: Any) -> Any:
    """Return the cotangent where ``mine`` was chosen, half of it at ties and nothing elsewhere."""
    return np.where(mine, np.where(other, g / 2, g), 0)


def _won_by(g: Any, ahead: Any, behind: Any) -> Any:
    """Return the cotangent where one was ahead, half of it where neither was; at half the cost where none are equal."""
    if type(g) is type(ahead) is np.ndarray and np.count_nonzero(ahead) + np.count_nonzero(behind) == ahead.size:
        return np.where(ahead, g, 0)
    return _won(g, ~behind, ~ahead)


elementwise(
    np.maximum, array_function=np.maximum, selects=True,
    x=lambda g, x, y: _won_by(g, x > y, y > x), y=lambda g, x, y: _won_by(g, y > x, x > y),
)  # fmt: skip
elementwise(
    np.minimum, array_function=np.minimum, selects=True,
    x=lambda g, x, y: _won_by(g, y > x, x > y), y=lambda g, x, y: _won_by(g, x > y, y > x),
)  # fmt: skip
elementwise(  # a NaN loses against any number
    np.fmax, array_function=np.fmax, selects=True,
    x=lambda g, x, y: _won(g, (x >= y) | (y != y), (y >= x) | (x != x)),
    y=lambda g, x, y: _won(g, (y >= x) | (x != x), (x >= y) | (y != y)),
)  # fmt: skip
elementwise(
    np.fmin, array_function=np.fmin, selects=True,
    x=lambda g, x, y: _won(g, (x <= y) | (y != y), (y <= x) | (x != x)),
    y=lambda g, x, y: _won(g, (y <= x) | (x != x), (x <= y) | (y != y)),
)  # fmt: skip

_where = elementwise(
    np.where, selects=True, condition=None,
    x=lambda g, condition: np.where(condition, g, 0), y=lambda g, condition: np.where(condition, 0, g),
)  # fmt: skip


@implements(np.where)
def where(condition: Any, *choices: Any) -> Any:
    """Return elements of the first choice where the condition holds, of the second elsewhere."""
    if isinstance(condition, Tensor):
        condition = condition.data
    return _where(condition, *choices) if choices else np.where(condition)


_clip = elementwise(
    np.clip, selects=True,
    x=lambda g, x, low, high: np.where((x >= low) & (x <= high), g, 0),
    low=lambda g, x, low, high: np.where((x < low) & (low <= high), g, 0),
    high=lambda g, x, low, high: np.where((x > high) | (low > high), g, 0),
)  # fmt: skip


@implements(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Return ``a`` limited to an interval; the slope is 1 on the bounds, as PyTorch has it."""
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    return _clip(a, -np.inf if low is None else low, np.inf if high is None else high)


# Names that NumPy gives twice are the same object there, so that they need no second entry here (np.abs, np.divide,
# np.mod). These are objects of their own.

elementwise(np.degrees, array_function=np.degrees, x=lambda g: np.degrees(g))
elementwise(np.rad2deg, array_function=np.rad2deg, x=lambda g: np.degrees(g))
elementwise(np.radians, array_function=np.radians, x=lambda g: np.radians(g))
elementwise(np.deg2rad, array_function=np.deg2rad, x=lambda g: np.radians(g))
