"""Taylor coefficients of log |Γ| in decimal numbers, from which those of gamma, digamma and Hurwitz's zeta follow.

The argument is raised by Γ(x + 1) = x Γ(x) until Stirling's series has all digits (*NIST Digital Library of
Mathematical Functions*, DLMF: 5.5.1, 5.11.1, 5.11.2, and 25.11.43 for the derivatives, values of Hurwitz's zeta).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from decimal import Decimal, getcontext, localcontext
from fractions import Fraction
from math import comb

from autograd_lite.calculus.series.precise.functions import pi

#: Raising a number by so many steps, from far to the left, would take too long.
_MOST_STEPS = 20_000


def log_gamma_coefficients(x: Decimal, count: int) -> list[Decimal]:
    """Return the first Taylor coefficients of log |Γ(x + t)|, log |Γ|, ψ and (-1)ᵏ ζ(k, x) / k, and no fewer than two.

    Raises
    ------
    ArithmeticError
        If x is a pole (DivisionByZero) or very far to the left.
    """
    with localcontext() as context:
        context.prec += 10 + 2 * max(x.adjusted() if x else 0, 0)
        steps = max(0, int(2 * context.prec - x) + 1)
        if steps > _MOST_STEPS:
            raise ArithmeticError(f"the gamma function of {x} would take too long")
        powers, product = [Decimal(0)] * max(count, 2), Decimal(1)
        for n in range(steps):
            product *= x + n
            inverse = power = 1 / (x + n)
            for k in range(1, len(powers)):
                powers[k] += power
                power *= inverse
        z = x + steps
        found = [_stirling(z) - abs(product).ln(), _digamma(z) - powers[1]]
        found += [(-1) ** k * (_zeta(k, z) + powers[k]) / k for k in range(2, count)]
    return [+c for c in found]


def _stirling(z: Decimal) -> Decimal:
    """Return log Γ(z) for large z."""
    first = (z - Decimal("0.5")) * z.ln() - z + (2 * pi()).ln() / 2
    return _asymptotic(first, lambda j, b: b / (2 * j * (2 * j - 1)) / z ** (2 * j - 1))


def _digamma(z: Decimal) -> Decimal:
    """Return ψ(z) for large z."""
    return _asymptotic(z.ln() - 1 / (2 * z), lambda j, b: -b / (2 * j) / z ** (2 * j))


def _zeta(s: int, z: Decimal) -> Decimal:
    """Return ζ(s, z) for large z."""
    first = z ** (1 - s) / (s - 1) + z**-s / 2
    return _asymptotic(first, lambda j, b: b * comb(2 * j + s - 2, s - 1) / (2 * j) * z ** (1 - s - 2 * j))


def _asymptotic(total: Decimal, term: Callable[[int, Decimal], Decimal]) -> Decimal:
    """Add terms with Bernoulli numbers until they change nothing.

    At twice as many as the digits the least of them is far below: e^(-2πz), or 10^(-5 digits).
    """
    for j in range(1, getcontext().prec):
        b = _bernoulli(j)
        following = total + term(j, Decimal(b.numerator) / b.denominator)
        if following == total:
            return total
        total = following
    raise ArithmeticError("Stirling's series has not enough digits")


@functools.cache
def _bernoulli(j: int) -> Fraction:
    """Return the Bernoulli number B_2j: Σ comb(2j + 1, k) B_k = 0, k from 0 to 2j."""
    m = 2 * j + 1
    total = 1 - Fraction(m, 2) + sum(comb(m, 2 * i) * _bernoulli(i) for i in range(1, j))
    return -total / m
