"""SciPy's gamma, digamma, zeta and beta functions, and what is made of them: binomial coefficients, factorials.

Formulas are those of the *NIST Digital Library of Mathematical Functions* (DLMF): 5.2.2 and 5.15.1 (digamma and
polygamma), 5.5.3 (reflection), 5.12.1 (beta), 25.11.12 and 25.11.17 (Hurwitz's zeta), 35.3.4 (multivariate gamma).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special as sc

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import constant, elementwise, implements, refuse
from autograd_lite.rules.special_common import Probe

# SciPy's zeta is a function written in Python, which ends in one of these.
_HURWITZ: Any = sc.zeta(2.0, Probe())
_RIEMANN: Any = sc.zeta(Probe())

_IN_S = (
    "SciPy has no derivative of the zeta function in s. It can be differentiated in q (zeta(s, q), polygamma(n, q)); "
    "for constants s pass numbers, or t.detach()"
)

refuse(_RIEMANN, sc.zetac, because=f"{_IN_S}.")
constant(sc.gammasgn)

# Gamma, digamma, polygamma


def reciprocal_gamma_slope(x: Any) -> Any:
    """Return the slope of 1 / Γ(x): by reflection to the left, where 1 / Γ vanishes at the poles of digamma."""
    is_left = x < 0.5
    right, mirrored = np.where(is_left, 1, x), np.where(is_left, 1 - x, 1)
    nearest = np.rint(np.real(mirrored))
    angle, sign = np.pi * (mirrored - nearest), 1 - 2 * (nearest % 2)
    reflected = sc.gamma(mirrored) * sign * (sc.psi(mirrored) * np.sin(angle) / np.pi + np.cos(angle))
    return np.where(is_left, -reflected, -sc.psi(right) * sc.rgamma(right))


elementwise(sc.gamma, array_function=sc.gamma, z=lambda g, z, out: g * out * sc.psi(z))
elementwise(sc.gammaln, array_function=sc.gammaln, x=lambda g, x: g * sc.psi(x))
elementwise(sc.loggamma, array_function=sc.loggamma, z=lambda g, z: g * sc.psi(z))
elementwise(sc.rgamma, array_function=sc.rgamma, z=lambda g, z: g * reciprocal_gamma_slope(z))
elementwise(sc.psi, array_function=sc.psi, name="psi", z=lambda g, z: g * hurwitz(2, z))

hurwitz = elementwise(
    lambda s, q: _HURWITZ(s, q), name="zeta", array_function=_HURWITZ,
    s=f"{_IN_S}.", q=lambda g, s, q: g * (-s * hurwitz(s + 1, q)),
)  # fmt: skip


@implements(sc.zeta)
def _zeta(x: Any, q: Any = None) -> Any:
    """Return Riemann's or Hurwitz's zeta function."""
    return _RIEMANN(x) if q is None else hurwitz(x, q)


def _polygamma_value(n: Any, x: Any) -> Any:
    """Return the n-th derivative of digamma, on arrays of any library."""
    sign = 2.0 * (n % 2) - 1.0
    return np.where(n == 0, sc.psi(x), sign * sc.gamma(n + 1.0) * _HURWITZ(n + 1, x))


_polygamma = elementwise(
    _polygamma_value, name="polygamma", array_function=sc.polygamma,
    n="n is the order of a derivative, an integer. Pass it as a number, or as t.detach().numpy()",
    x=lambda g, n, x: g * _polygamma(n + 1, x),
)  # fmt: skip


def derivative_of_log_gamma(order: int, x: Any) -> Any:
    """Return the derivative of log Γ(x) of order 1, 2, ..., with an order known beforehand."""
    if order == 1:
        return sc.psi(x)
    return (-1) ** order * math.factorial(order - 1) * hurwitz(order, x)


_MULTIGAMMALN: Any = sc.multigammaln  # pyright: ignore[reportAttributeAccessIssue]


@implements(_MULTIGAMMALN)
def _multigammaln(a: Any, d: Any) -> Any:
    """Return the logarithm of the multivariate gamma function."""
    plain = untracked(a)
    _MULTIGAMMALN(plain if isinstance(plain, np.ndarray | np.generic) else d, d)  # for its errors
    d = int(d)
    return d * (d - 1) / 4 * math.log(math.pi) + sum(sc.gammaln(a - j / 2) for j in range(d))


# Beta


def _gap(x: Any, total: Any) -> Any:
    return sc.psi(x) - sc.psi(total)


elementwise(
    sc.beta, array_function=sc.beta,
    a=lambda g, a, b, out: g * out * _gap(a, a + b), b=lambda g, a, b, out: g * out * _gap(b, a + b),
)  # fmt: skip
elementwise(
    sc.betaln, array_function=sc.betaln, a=lambda g, a, b: g * _gap(a, a + b), b=lambda g, a, b: g * _gap(b, a + b)
)

# Counting, continued to real arguments

elementwise(
    sc.binom, array_function=sc.binom,
    n=lambda g, n, k, out: g * out * (sc.psi(n + 1) - sc.psi(n - k + 1)),
    k=lambda g, n, k, out: g * out * (sc.psi(n - k + 1) - sc.psi(k + 1)),
)  # fmt: skip
elementwise(
    sc.poch, array_function=sc.poch,
    z=lambda g, z, m, out: g * out * (sc.psi(z + m) - sc.psi(z)), m=lambda g, z, m, out: g * out * sc.psi(z + m),
)  # fmt: skip


def _where_countable(formula: Any, total: Any, chosen: Any) -> Any:
    """Return ``formula`` where 0 <= chosen <= total, and 0 elsewhere."""
    possible = (chosen <= total) & (total >= 0) & (chosen >= 0)
    return np.where(possible, formula(np.where(possible, total, 1), np.where(possible, chosen, 1)), 0)


@implements(sc.comb)
def _comb(N: Any, k: Any, *, repetition: bool = False) -> Any:  # noqa: N803 - SciPy's name
    """Return the number of combinations."""
    return _where_countable(sc.binom, N + k - 1 if repetition else N, k)


@implements(sc.perm)
def _perm(N: Any, k: Any) -> Any:  # noqa: N803 - SciPy's name
    """Return the number of partial permutations."""
    return _where_countable(lambda total, chosen: sc.poch(total - chosen + 1, chosen), N, k)


@implements(sc.factorial)
def _factorial(n: Any) -> Any:
    """Return Γ(n + 1), and 0 for negative n."""
    return np.where(n < 0, 0, sc.gamma(np.where(n < 0, 0, n) + 1))
