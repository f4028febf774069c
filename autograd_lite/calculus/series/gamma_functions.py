"""Power series of SciPy's gamma functions over precise numbers; others have theirs by the rules of the functions.

All are made of the Taylor coefficients l of log |Γ| at the point: those of digamma are its derivative's, and those of
Hurwitz's zeta ζ(s, x) = (-1)ˢ (log Γ)⁽ˢ⁾ / (s - 1)! (DLMF 5.15.1, 25.11.12).
"""

from __future__ import annotations

from decimal import Decimal
from math import comb, factorial
from typing import Any

import numpy as np

from autograd_lite.calculus.series import recurrences
from autograd_lite.calculus.series.coefficients import cauchy
from autograd_lite.calculus.series.precise.gamma import log_gamma_coefficients
from autograd_lite.calculus.series.precise.number import Precise


def _log_gamma(a: Any, derivative: int = 0) -> Any:
    """Return the series of log |Γ(a)|, or of a derivative of it, by Horner's scheme."""
    outer = np.empty(a.shape, object)
    for place in np.ndindex(a.shape[1:]):
        found = log_gamma_coefficients(a[(0, *place)].value, len(a) + derivative)
        for k in range(len(a)):
            outer[(k, *place)] = Precise(found[k + derivative] * comb(k + derivative, derivative))
    inner = recurrences.with_first(0 * a[0], a)
    total = recurrences.with_first(outer[-1], 0 * a)
    for c in outer[-2::-1]:
        total = cauchy(total, inner)
        total = recurrences.with_first(total[0] + c, total)
    return total


def _sign(x: Precise) -> Precise:
    """Return the sign of Γ(x)."""
    return Precise(Decimal(-1 if x.value < 0 and int(x.value) % 2 == 0 else 1))


_signs: Any = np.frompyfunc(_sign, 1, 1)


def gammaln(a: Any) -> Any:
    """Return log |Γ(a)|."""
    return _log_gamma(a)


def gamma(a: Any) -> Any:
    """Return Γ(a)."""
    return recurrences.exp(_log_gamma(a)) * _signs(a[0])


def rgamma(a: Any) -> Any:
    """Return 1 / Γ(a)."""
    return recurrences.exp(-_log_gamma(a)) * _signs(a[0])


def psi(a: Any) -> Any:
    """Return ψ(a)."""
    return _log_gamma(a, 1)


def zeta(s: Any, a: Any) -> Any:
    """Return ζ(s, a) for a whole number s from 2 on, None for others."""
    if np.ndim(s) or s < 2 or s % 1:
        return None
    return _log_gamma(a, int(s)) * ((-1) ** int(s) * int(s))


def polygamma(n: Any, a: Any) -> Any:
    """Return the derivative of ψ of order n, a whole number; None for others."""
    if np.ndim(n) or n < 0 or n % 1:
        return None
    return _log_gamma(a, int(n) + 1) * factorial(int(n) + 1)


def beta(a: Any, b: Any) -> Any:
    """Return Γ(a) Γ(b) / Γ(a + b)."""
    return cauchy(cauchy(gamma(a), gamma(b)), rgamma(a + b))


def betaln(a: Any, b: Any) -> Any:
    """Return log |B(a, b)|."""
    return _log_gamma(a) + _log_gamma(b) - _log_gamma(a + b)


def binom(n: Any, k: Any) -> Any:
    """Return Γ(n + 1) / (Γ(k + 1) Γ(n - k + 1))."""
    n, k, others = (recurrences.shifted(c, 1) for c in (n, k, n - k))
    return cauchy(gamma(n), cauchy(rgamma(k), rgamma(others)))


def poch(z: Any, m: Any) -> Any:
    """Return Γ(z + m) / Γ(z)."""
    return cauchy(gamma(z + m), rgamma(z))
