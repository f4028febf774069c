"""Recurrences for the coefficients of functions of a series, each of quadratic cost in the order.

A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd edition (2008), section 13.2, tables 13.1 and 13.2. With
a(t) = Σ a_k t^k, v = f(a) and d_i = i a_i, a function with v' = h a' has k v_k = Σ d_i h_(k-i), i from 1 to k, where h
is a series of its own: 1 / (1 + a²) for the arctangent. Exponentials, powers, quotients and tangents define
themselves, coefficient by coefficient.

Everything here takes and returns coefficients along a first axis: arrays, or intervals.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.calculus.series.coefficients import Growing, cauchy, dot, exact, joined, number, ramp, slopes, zeros
from autograd_lite.calculus.series.intervals import Interval
from autograd_lite.calculus.series.intervals.elementary import expit as expit_of_interval
from autograd_lite.calculus.series.intervals.elementary import log_expit as log_expit_of_interval
from autograd_lite.calculus.series.intervals.interval import nowhere
from autograd_lite.calculus.series.precise.number import method_at


def with_first(first: Any, a: Any) -> Any:
    """Return coefficients with another one in front in place of the first."""
    return joined([first, *(a[k] for k in range(1, len(a)))])


def shifted(a: Any, value: float) -> Any:
    """Return a + value."""
    return with_first(a[0] + value, a)


# By integration


def by_product(first: Any, a: Any, h: Any) -> Any:
    """Return v with v' = h a', the first coefficient given."""
    count = len(a)
    if count == 1:
        return joined([first])
    return _integrated(first, cauchy(slopes(a)[1:], h[: count - 1]))


def by_quotient(first: Any, a: Any, h: Any) -> Any:
    """Return v with h v' = a', the first coefficient given."""
    count = len(a)
    if count == 1:
        return joined([first])
    return _integrated(first, divide(slopes(a)[1:], h[: count - 1]))


def _integrated(first: Any, rates: Any) -> Any:
    """Return the coefficients of an integral; of a function with a cut, or undefined, the slope says nothing."""
    rates = rates / (ramp(len(rates), rates) + 1)
    if isinstance(first, Interval):
        rates = nowhere(rates, np.isinf(first.low) & np.isinf(first.high))
    return joined([first, *(rates[k] for k in range(len(rates)))])


# Quotients and powers


def divide(a: Any, b: Any) -> Any:
    """Return a / b; where both begin with zeros, of the series that follow them."""
    a, b = _without_common_zeros(a, b)
    count = min(len(a), len(b))
    leading = b[0]
    v = Growing(a[0] / leading, count)
    for k in range(1, count):
        v.append((a[k] - dot(b[1 : k + 1], v.back())) / leading)
    return v.all


def _without_common_zeros(a: Any, b: Any) -> tuple[Any, Any]:
    """Drop what t^m both have as a factor: sin(t) / t is a series too, with one coefficient less."""
    if isinstance(a, Interval) or isinstance(b, Interval) or np.any(b[0]):
        return a, b
    m = 0
    while m < min(len(a), len(b)) - 1 and not np.any(b[m]) and not np.any(a[m]):
        m += 1
    return a[m:], b[m:]


def sqrt(a: Any) -> Any:
    """Return the square root: 2 v_0 v_k = a_k - Σ v_i v_(k-i), i from 1 to k - 1."""
    return _root(np.sqrt(a[0]), a)


def _root(first: Any, a: Any) -> Any:
    v = Growing(first, len(a))
    twice = first + first
    for k in range(1, len(a)):
        v.append((a[k] - dot(v.all[1:k], v.back(1)) if k > 1 else a[k]) / twice)
    return v.all


def cbrt(a: Any) -> Any:
    """Return the cube root: 3 k a_0 v_k = Σ (4 i - 3 k) a_i v_(k-i)."""
    return _by_exponent(np.cbrt(a[0]), a, 1, 3)


def power(a: Any, exponent: Any) -> Any:
    """Return a to a constant exponent; a whole one by multiplication, so that a may begin with zero."""
    if isinstance(exponent, complex):
        return _by_exponent(a[0] ** exponent, a, exponent, 1)
    if float(exponent).is_integer():
        if exponent < 0:
            return divide(_unit(a), _whole_power(a, -int(exponent)))
        return _whole_power(a, int(exponent))
    if exponent == 0.5:
        return sqrt(a)
    v = _by_exponent(a[0] ** exponent, a, exponent, 1)
    return v if isinstance(a, Interval) or exponent < 0 else _power_of_zero(v, a, exponent)


def power_of_constants(a: Any, exponents: Any) -> Any:
    """Return a to the power of an array of constants: one after another of the different ones, if these are few."""
    different = np.unique(exponents)
    if len(different) > _DIFFERENT:
        return _by_exponent(a[0] ** exponents, a, exponents, 1)
    shape = np.broadcast_shapes(a.shape, np.shape(exponents))
    total = np.full(shape, np.nan, np.result_type(a.dtype, exponents))
    for exponent in different:
        total = np.where(exponents == exponent, power(a, float(exponent)), total)
    return total


#: Up to so many different exponents are raised to by themselves, so that whole ones are exact at 0.
_DIFFERENT = 64


def _power_of_zero(v: Any, a: Any, exponent: float) -> Any:
    """Put in the zeros that a power has of what begins with zero: t^2.5 has two derivatives at 0."""
    if np.all(a[0]):
        return v
    leading = np.where(np.any(a, axis=0), np.argmax(a != 0, axis=0), len(a))
    return np.where((a[0] == 0) & (ramp(len(a), a) < exponent * leading), 0, v)


def _by_exponent(first: Any, a: Any, numerator: Any, denominator: int) -> Any:
    """Return a^(p / q): q k a_0 v_k = Σ (p i - q (k - i)) a_i v_(k-i), i from 1 to k."""
    count = len(a)
    v = Growing(first, count)
    steps = ramp(count, a)
    rising = exact(numerator, a) * steps
    for k in range(1, count):
        weights = rising[1 : k + 1] - denominator * (k - steps[1 : k + 1])
        v.append(dot(weights * a[1 : k + 1], v.back()) / (denominator * k * a[0]))
    return v.all


def _whole_power(a: Any, n: int) -> Any:
    """Return a to a whole exponent by repeated squaring."""
    result = None
    while n:
        if n & 1:
            result = a if result is None else cauchy(result, a)
        n >>= 1
        a = square(a) if n else a
    return _unit(a) if result is None else result


def _unit(a: Any) -> Any:
    one = zeros(len(a), a)
    one[0] = 1
    return one


def square(a: Any) -> Any:
    """Return a²."""
    product = cauchy(a, a)
    return with_first(np.square(a[0]), product) if isinstance(a, Interval) else product


def reciprocal(a: Any) -> Any:
    """Return 1 / a."""
    return divide(_unit(a), a)


# Exponentials and logarithms


def _exponential(first: Any, d: Any) -> Any:
    """Return v with k v_k = Σ d_i v_(k-i)."""
    v = Growing(first, len(d))
    for k in range(1, len(d)):
        v.append(dot(d[1 : k + 1], v.back()) / k)
    return v.all


def exp(a: Any) -> Any:
    """Return e^a."""
    return _exponential(np.exp(a[0]), slopes(a))


def exp2(a: Any) -> Any:
    """Return 2^a."""
    return _exponential(np.exp2(a[0]), slopes(a) * number(math.log(2), a))


def expm1(a: Any) -> Any:
    """Return e^a - 1."""
    return with_first(np.expm1(a[0]), exp(a))


def log(a: Any) -> Any:
    """Return log a."""
    return by_quotient(np.log(a[0]), a, a)


def log1p(a: Any) -> Any:
    """Return log(1 + a)."""
    return by_quotient(np.log1p(a[0]), a, shifted(a, 1))


def log2(a: Any) -> Any:
    """Return the logarithm to base 2."""
    return by_quotient(np.log2(a[0]), a, a * number(math.log(2), a))


def log10(a: Any) -> Any:
    """Return the logarithm to base 10."""
    return by_quotient(np.log10(a[0]), a, a * number(math.log(10), a))


def power_of(x: Any, y: Any) -> Any:
    """Return x^y = exp(y log x)."""
    return _exponential(x[0] ** y[0], slopes(cauchy(y, log(x))))


def power_of_constant(y: Any, base: float) -> Any:
    """Return a positive number to the power of a series."""
    first = np.power(base, y[0]) if not isinstance(y, Interval) else Interval(base) ** y[0]
    logarithm = np.log(exact(base, y))
    return _exponential(first, slopes(y) * logarithm)


def expit(a: Any) -> Any:
    """Return 1 / (1 + e^-a): v' = w a' with w = v (1 - v)."""
    first, falling = logistic(a[0]), logistic(-a[0])
    v, w = Growing(first, len(a)), Growing(first * falling, len(a))
    d = slopes(a)
    for k in range(1, len(a)):
        v.append(dot(d[1 : k + 1], w.back()) / k)
        w.append(v.all[k] - dot(v.all[: k + 1], v.back()))
    return v.all


def logistic(x: Any) -> Any:
    """Return 1 / (1 + e^-x) of numbers without overflow, or of intervals."""
    if isinstance(x, Interval):
        return expit_of_interval(x)
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    small = np.exp(-abs(x))
    return np.where(x < 0, small, 1) / (1 + small)


def log_expit(a: Any) -> Any:
    """Return -log(1 + e^-a)."""
    first = log_expit_of_interval(a[0]) if isinstance(a, Interval) else -method_at(np.logaddexp, 0, -a[0])
    return by_product(first, a, expit(-a))


def logaddexp(x: Any, y: Any) -> Any:
    """Return log(e^x + e^y), whose slopes are the shares of the two."""
    difference = x - y
    return with_first(method_at(np.logaddexp, x[0], y[0]), y + by_product(difference[0], difference, expit(difference)))


# Trigonometric and hyperbolic functions


def sine_and_cosine(a: Any, sign: int = -1) -> tuple[Any, Any]:
    """Return sin a and cos a, or with sign 1 the hyperbolic ones."""
    functions = (np.sin, np.cos) if sign < 0 else (np.sinh, np.cosh)
    s, c = (Growing(function(a[0]), len(a)) for function in functions)
    d = slopes(a)
    for k in range(1, len(a)):
        rise = dot(d[1 : k + 1], c.back()) / k
        c.append(dot(d[1 : k + 1], s.back()) * sign / k)
        s.append(rise)
    return s.all, c.all


def _tangent(first: Any, slope: Any, a: Any, sign: int) -> Any:
    """Return v with v' = w a' and w = 1 + sign v², the slope at the point given."""
    v, w = Growing(first, len(a)), Growing(slope, len(a))
    d = slopes(a)
    for k in range(1, len(a)):
        v.append(dot(d[1 : k + 1], w.back()) / k)
        w.append(dot(v.all[: k + 1], v.back()) * sign)
    return v.all


def tan(a: Any) -> Any:
    """Return the tangent."""
    first = np.tan(a[0])
    return _tangent(first, 1 + np.square(first), a, 1)


def tanh(a: Any) -> Any:
    """Return the hyperbolic tangent; its slope 1 / cosh² keeps its digits far out."""
    size = abs(a[0])
    decay = np.exp(-size) if a.dtype.kind != "c" else None
    slope = np.cosh(a[0]) ** -2 if decay is None else np.square(decay * 2 / (1 + np.square(decay)))
    return _tangent(np.tanh(a[0]), slope, a, -1)


def _one_minus_square(a: Any) -> Any:
    return cauchy(shifted(-a, 1), shifted(a, 1))


def arcsin(a: Any) -> Any:
    """Return the arcsine: sqrt(1 - a²) v' = a'."""
    return by_quotient(np.arcsin(a[0]), a, sqrt(_one_minus_square(a)))


def arccos(a: Any) -> Any:
    """Return the arccosine."""
    return by_quotient(np.arccos(a[0]), -a, sqrt(_one_minus_square(a)))


def arctan(a: Any) -> Any:
    """Return the arctangent: (1 + a²) v' = a'."""
    return by_quotient(np.arctan(a[0]), a, shifted(square(a), 1))


def arcsinh(a: Any) -> Any:
    """Return the inverse hyperbolic sine: sqrt(1 + a²) v' = a'."""
    return by_quotient(np.arcsinh(a[0]), a, sqrt(shifted(square(a), 1)))


def arccosh(a: Any) -> Any:
    """Return the inverse hyperbolic cosine: sqrt(a - 1) sqrt(a + 1) v' = a'."""
    return by_quotient(np.arccosh(a[0]), a, cauchy(sqrt(shifted(a, -1)), sqrt(shifted(a, 1))))


def arctanh(a: Any) -> Any:
    """Return the inverse hyperbolic tangent: (1 - a²) v' = a'."""
    return by_quotient(np.arctanh(a[0]), a, _one_minus_square(a))


def hypot(x: Any, y: Any) -> Any:
    """Return sqrt(x² + y²)."""
    return _root(np.hypot(x[0], y[0]), square(x) + square(y))


def arctan2(y: Any, x: Any) -> Any:
    """Return the angle of (x, y): (x² + y²) v' = x y' - y x'."""
    count = len(x)
    first = np.arctan2(y[0], x[0])
    if count == 1:
        return joined([first])
    turn = cauchy(x[: count - 1], slopes(y)[1:]) - cauchy(y[: count - 1], slopes(x)[1:])
    return _integrated(first, divide(turn, (square(x) + square(y))[: count - 1]))


def absolute(a: Any) -> Any:
    """Return |a|: at the kink the mean of both sides, zero."""
    return with_first(abs(a[0]), a * np.sign(a[0]))
