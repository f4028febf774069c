"""Elementary and error functions of decimal numbers, to the digits of the context and a little less.

J.-M. Muller, *Elementary Functions* (3rd edition, 2016), chapter 11: arguments are reduced, and Taylor series summed
with more digits than wanted. Error functions by DLMF 7.6.2 and Dawson's integral by 7.6.1 and 7.5.1, sums of numbers of
one sign.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from decimal import Decimal, getcontext, localcontext
from typing import Any

ONE, TWO = Decimal(1), Decimal(2)

#: Where exp(-x²) is too far from 1 for sums of positive numbers to be quick.
_FAR = 40


def _with_more(digits: int) -> Callable[..., Any]:
    """Return a decorator: computed with more digits, and rounded to those of the context."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wide(*values: Decimal) -> Any:
            with localcontext() as context:
                context.prec += digits + 2 * max(abs(v.adjusted()) if v else 0 for v in values)
                found = function(*values)
            return tuple(+v for v in found) if isinstance(found, tuple) else +found

        return wide

    return decorate


def _summed(first: Decimal, factor: Callable[[int], Decimal]) -> Decimal:
    """Return a sum of terms, each of them the one before by a factor, until nothing changes."""
    total = term = first
    k = 0
    while True:
        k += 1
        term *= factor(k)
        if total + term == total:
            return total
        total += term


@functools.lru_cache(maxsize=32)
def _pi(digits: int) -> Decimal:
    """Return π by Machin's formula."""
    with localcontext() as context:
        context.prec = digits + 10
        fifth, other = (_arctangent_of_inverse(n) for n in (5, 239))
        return 4 * (4 * fifth - other)


def _arctangent_of_inverse(n: int) -> Decimal:
    total = term = ONE / n
    k, square = 1, n * n
    while True:
        term = -term / square
        k += 2
        if total + term / k == total:
            return total
        total += term / k


def pi() -> Decimal:
    """Return π."""
    return _pi(getcontext().prec)


@_with_more(10)
def sine_and_cosine(x: Decimal) -> tuple[Decimal, Decimal]:
    """Return both, of the rest by multiples of π / 2, cut into 16 parts and doubled four times."""
    quarters = (x * 2 / pi()).to_integral_value()
    rest = (x - quarters * pi() / 2) / 16
    square = -rest * rest
    s = _summed(rest, lambda k: square / (2 * k * (2 * k + 1)))
    below = _summed(-square / 2, lambda k: square / ((2 * k + 1) * (2 * k + 2)))  # 1 - cos
    for _ in range(4):
        s, below = 2 * s * (1 - below), 2 * s * s
    c = 1 - below
    return ((s, c), (c, -s), (-s, -c), (-c, s))[int(quarters) % 4]


@_with_more(10)
def arctan(x: Decimal) -> Decimal:
    """Return the arctangent, of the argument halved until it is small."""
    halvings = 0
    while abs(x) > Decimal("0.05"):
        x = x / (1 + (1 + x * x).sqrt())
        halvings += 1
    square, total, power, k = -x * x, x, x, 1
    while True:
        power *= square
        k += 2
        if total + power / k == total:
            return total * 2**halvings
        total += power / k


def arctan2(y: Decimal, x: Decimal) -> Decimal:
    """Return the angle of (x, y)."""
    if not x:
        return (pi() / 2).copy_sign(y)
    angle = arctan(y / x)
    return angle if x > 0 else angle + pi().copy_sign(y)


@_with_more(10)
def expm1(x: Decimal) -> Decimal:
    """Return e^x - 1."""
    return x.exp() - 1


@_with_more(10)
def log1p(x: Decimal) -> Decimal:
    """Return log(1 + x)."""
    return (1 + x).ln()


@_with_more(10)
def sinh_and_cosh(x: Decimal) -> tuple[Decimal, Decimal]:
    """Return the hyperbolic sine and cosine."""
    up = x.exp()
    return (up - 1 / up) / 2, (up + 1 / up) / 2


@_with_more(10)
def arcsinh(x: Decimal) -> Decimal:
    """Return the inverse hyperbolic sine."""
    return (abs(x) + (1 + x * x).sqrt()).ln().copy_sign(x)


@_with_more(10)
def arccosh(x: Decimal) -> Decimal:
    """Return the inverse hyperbolic cosine."""
    return (x + (x * x - 1).sqrt()).ln()


@_with_more(10)
def arctanh(x: Decimal) -> Decimal:
    """Return the inverse hyperbolic tangent."""
    return ((1 + x) / (1 - x)).ln() / 2


@_with_more(10)
def arcsin(x: Decimal) -> Decimal:
    """Return the arcsine."""
    return arctan2(x, ((1 - x) * (1 + x)).sqrt())


@_with_more(10)
def arccos(x: Decimal) -> Decimal:
    """Return the arccosine."""
    return arctan2(((1 - x) * (1 + x)).sqrt(), x)


@_with_more(10)
def cbrt(x: Decimal) -> Decimal:
    """Return the cube root."""
    return (abs(x) ** (ONE / 3)).copy_sign(x)


# Error functions


def _checked(x: Decimal) -> None:
    if abs(x) > _FAR:
        raise ArithmeticError(f"error functions of {x} would take too many digits")


def erf(x: Decimal) -> Decimal:
    """Return the error function."""
    return _error_functions(x)[0]


def erfc(x: Decimal) -> Decimal:
    """Return 1 - erf."""
    return _error_functions(x)[1]


def erfcx(x: Decimal) -> Decimal:
    """Return exp(x²) erfc(x)."""
    return _error_functions(x)[2]


def _error_functions(x: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Return erf, erfc and erfcx: of the first so many digits that the second has enough of them."""
    _checked(x)
    with localcontext() as context:
        context.prec += int(x * x) + 20 - 2 * min(x.adjusted() if x else 0, 0)
        square = x * x
        first = 2 * x / pi().sqrt() * (-square).exp()
        erf = _summed(first, lambda k: 2 * square / (2 * k + 1)) if x else first
        erfc = 1 - erf
        erfcx = square.exp() * erfc
    return +erf, +erfc, +erfcx


@_with_more(10)
def dawsn(x: Decimal) -> Decimal:
    """Return Dawson's integral exp(-x²) ∫ exp(t²)."""
    _checked(x)
    square = x * x
    total, power, k = x, x, 0
    while x:
        k += 1
        power *= square / k
        if total + power / (2 * k + 1) == total:
            break
        total += power / (2 * k + 1)
    return (-square).exp() * total
