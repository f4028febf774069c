"""SciPy's error, normal, logistic, entropy, power and robust-loss functions.

Formulas are those of the *NIST Digital Library of Mathematical Functions* (DLMF): 7.2.1 and 7.10 (error functions),
7.2.7 (Fresnel), 7.2.5 and 7.10.5 (Dawson), 7.12.1 (asymptotic expansions), 13.3.15 and 15.5.1 (confluent and Gauss's
hypergeometric functions, which give quotients such as (exp(x) - 1) / x their derivatives without cancellation).

Imported when SciPy's special functions have been loaded, and then every ufunc of theirs finds its rule by dispatch.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special as sc

from autograd_lite.core.dispatch import IMPLEMENTATIONS
from autograd_lite.core.primitive import constant, elementwise, general, implements
from autograd_lite.rules.elementwise import LOG_10
from autograd_lite.rules.special_common import weighted

ROOT_PI, ROOT_2, ROOT_2_PI = math.sqrt(math.pi), math.sqrt(2), math.sqrt(2 * math.pi)
DEGREE = math.pi / 180

constant(sc.round)

# Functions that NumPy has too, under ufuncs of SciPy's own

for _numpy, _scipy in ((np.cbrt, sc.cbrt), (np.exp2, sc.exp2), (np.expm1, sc.expm1), (np.log1p, sc.log1p)):
    implements(_scipy)(IMPLEMENTATIONS[_numpy])
if hasattr(sc, "softplus"):  # since SciPy 1.15
    implements(sc.softplus)(lambda x: np.logaddexp(0, x))

elementwise(sc.exp10, array_function=sc.exp10, x=lambda g, out: g * (out * LOG_10))
elementwise(sc.cosm1, array_function=sc.cosm1, x=lambda g, x: -g * np.sin(x))
elementwise(sc.sindg, array_function=sc.sindg, x=lambda g, x: g * (DEGREE * sc.cosdg(x)))
elementwise(sc.cosdg, array_function=sc.cosdg, x=lambda g, x: g * (-DEGREE * sc.sindg(x)))
elementwise(sc.tandg, array_function=sc.tandg, x=lambda g, out: g * (DEGREE * (1 + out * out)))
elementwise(sc.cotdg, array_function=sc.cotdg, x=lambda g, out: g * (-DEGREE * (1 + out * out)))
elementwise(
    sc.radian, array_function=sc.radian,
    degrees=lambda g: g * DEGREE, minutes=lambda g: g * (DEGREE / 60), seconds=lambda g: g * (DEGREE / 3600),
)  # fmt: skip


# Error functions


def _bell(x: Any) -> Any:
    """Return exp(-x²) * 2 / sqrt(π), the slope of erf."""
    return np.exp(-x * x) * (2 / ROOT_PI)


elementwise(sc.erf, array_function=sc.erf, x=lambda g, x: g * _bell(x))
elementwise(sc.erfc, array_function=sc.erfc, x=lambda g, x: -g * _bell(x))
elementwise(sc.erfi, array_function=sc.erfi, x=lambda g, x: g * (np.exp(x * x) * (2 / ROOT_PI)))
elementwise(sc.erfinv, array_function=sc.erfinv, y=lambda g, out: g * (np.exp(out * out) * (ROOT_PI / 2)))
elementwise(sc.erfcinv, array_function=sc.erfcinv, y=lambda g, out: g * (np.exp(out * out) * (-ROOT_PI / 2)))
elementwise(
    sc.fresnel, array_function=sc.fresnel, outputs=2,
    x=lambda g, x: weighted(g, np.sin(np.pi / 2 * x * x), np.cos(np.pi / 2 * x * x)),
)  # fmt: skip


# exp(x²) erfc(x) and Dawson's integral solve y' = 2 s x y - c, with s = 1 and -1. Far out that is the difference of
# two numbers that agree to 2 x² times their size, and the n-th derivative of the asymptotic series (DLMF 7.12.1) is
# taken instead, term by term.

_FAR = 7.0
_TERMS = 24  # (2 * 24 - 1)!! / (2 * 7²)²⁴ is 3e-18


def _derivative_of_solution(x: Any, n: int, s: int, c: float, value: Any, is_far: Any) -> Any:
    """Return the n-th derivative of the solution ``value`` of y' = 2 s x y - c, where ``x`` is far out by series."""
    previous, last = value, 2 * s * x * value - c
    for k in range(1, n):  # the k-th derivative of the equation
        previous, last = last, 2 * s * (x * last + k * previous)
    square = np.where(is_far, x, _FAR) ** -2
    series = np.zeros_like(square)
    for k in reversed(range(_TERMS)):
        series = series * square * (-s * (2 * k + 1 + n) * (2 * k + 2 + n) / (4 * k + 4)) + 1
    scale = (-1) ** n * math.factorial(n) * c / (2 * s)
    return np.where(is_far, series * scale / np.where(is_far, x, _FAR) ** (n + 1), last)


_erfcx_slope = elementwise(
    lambda x, n: _derivative_of_solution(x, n, 1, 2 / ROOT_PI, sc.erfcx(x), x > _FAR), name="derivative of erfcx",
    x=lambda g, x, n: g * _erfcx_slope(x, n=n + 1),
)  # fmt: skip
_dawsn_slope = elementwise(
    lambda x, n: _derivative_of_solution(x, n, -1, -1.0, sc.dawsn(x), abs(x) > _FAR), name="derivative of dawsn",
    x=lambda g, x, n: g * _dawsn_slope(x, n=n + 1),
)  # fmt: skip
elementwise(sc.erfcx, array_function=sc.erfcx, x=lambda g, x: g * _erfcx_slope(x, n=1))
elementwise(sc.dawsn, array_function=sc.dawsn, x=lambda g, x: g * _dawsn_slope(x, n=1))


def _wofz_slope(z: Any) -> Any:
    """Return 2 i / sqrt(π) - 2 z w(z) (DLMF 7.10.1, as w is exp(-z²) erfc(-i z))."""
    return 2j / ROOT_PI - 2 * z * sc.wofz(z)


# Elementwise functions of one argument keep its dtype. This one is complex also at real arguments.
general(sc.wofz, array_function=sc.wofz, z=lambda g, z: g * _wofz_slope(z))


def _voigt_slope(x: Any, sigma: Any, gamma: Any) -> Any:
    """Return w'(z) / (2 σ² sqrt(π)): its real part is the slope in x, minus its imaginary part that in γ."""
    z = (x + 1j * gamma) / (ROOT_2 * sigma)
    return _wofz_slope(z) / (2 * ROOT_PI * sigma * sigma)


def _voigt_slope_in_sigma(x: Any, sigma: Any, gamma: Any, out: Any) -> Any:
    """Return the slope in σ by Euler's theorem: the profile is homogeneous of degree -1 in its three arguments."""
    slope = _voigt_slope(x, sigma, gamma)
    return -(out + x * np.real(slope) - gamma * np.imag(slope)) / sigma


elementwise(
    sc.voigt_profile, array_function=sc.voigt_profile,
    x=lambda g, x, sigma, gamma: g * np.real(_voigt_slope(x, sigma, gamma)),
    sigma=lambda g, x, sigma, gamma, out: g * _voigt_slope_in_sigma(x, sigma, gamma, out),
    gamma=lambda g, x, sigma, gamma: -g * np.imag(_voigt_slope(x, sigma, gamma)),
)  # fmt: skip

# The normal distribution function (DLMF 7.1.2 at x / sqrt(2)), and Owen's T


def _density(x: Any) -> Any:
    """Return the density of the standard normal distribution."""
    return np.exp(-0.5 * x * x) * (1 / ROOT_2_PI)


def _density_over_ndtr(x: Any) -> Any:
    """Return the slope of log_ndtr: through erfcx to the left, where both density and ndtr underflow."""
    is_left = x < 0
    left, right = np.where(is_left, x, 0), np.where(is_left, 0, x)
    return np.where(is_left, (2 / ROOT_2_PI) / sc.erfcx(left * (-1 / ROOT_2)), _density(right) / sc.ndtr(right))


elementwise(sc.ndtr, array_function=sc.ndtr, x=lambda g, x: g * _density(x))
elementwise(sc.log_ndtr, array_function=sc.log_ndtr, x=lambda g, x: g * _density_over_ndtr(x))
elementwise(sc.ndtri, array_function=sc.ndtri, y=lambda g, out: g * (np.exp(0.5 * out * out) * ROOT_2_PI))
elementwise(sc.ndtri_exp, array_function=sc.ndtri_exp, y=lambda g, out: g / _density_over_ndtr(out))
elementwise(  # D. B. Owen, "Tables for computing bivariate normal probabilities", Ann. Math. Statist. 27 (1956)
    sc.owens_t, array_function=sc.owens_t,
    h=lambda g, h, a: g * (-0.5 * _density(h) * sc.erf(a * h * (1 / ROOT_2))),
    a=lambda g, h, a: g * (np.exp(-0.5 * h * h * (1 + a * a)) / (2 * np.pi * (1 + a * a))),
)  # fmt: skip

# Logistic functions: 1 - expit(x) is expit(-x), and 0 for x > 37 if subtracted

elementwise(sc.expit, array_function=sc.expit, x=lambda g, x, out: g * out * sc.expit(-x))
elementwise(sc.log_expit, array_function=sc.log_expit, x=lambda g, x: g * sc.expit(-x))
elementwise(sc.logit, array_function=sc.logit, x=lambda g, x: g / (x * (1 - x)))
elementwise(  # R. M. Corless and D. J. Jeffrey, "The Wright ω function" (2002), equation 4
    sc.wrightomega, array_function=sc.wrightomega, z=lambda g, out: g * (out / (1 + out))
)

# Products with logarithms. At x = 0 the product is 0 whatever the other factor is, and so is its slope in that.


def _quotient(x: Any, y: Any) -> Any:
    """Return x / y, with 0 / 0 taken as 0."""
    return x / np.where((x == 0) & (y == 0), np.inf, y)


def _log_quotient(x: Any, y: Any) -> Any:
    """Return log(x / y) exactly also where x is close to y or x / y overflows, and 0 where both are 0."""
    difference, is_empty = x - y, (x == 0) & (y == 0)
    is_close = (abs(difference) < 0.5 * y) | is_empty
    near = np.log1p(np.where(is_close, difference, 0) / np.where(is_close & ~is_empty, y, 1))
    return np.where(is_close, near, np.log(np.where(is_close, 1, x)) - np.log(np.where(is_close, 1, y)))


elementwise(
    sc.xlogy, array_function=sc.xlogy,
    x=lambda g, x, y: g * np.log(np.where((x == 0) & (y < 0), 1, y)), y=lambda g, x, y: g * _quotient(x, y),
)  # fmt: skip
elementwise(
    sc.xlog1py, array_function=sc.xlog1py,
    x=lambda g, x, y: g * np.log1p(np.where((x == 0) & (y < -1), 0, y)), y=lambda g, x, y: g * _quotient(x, 1 + y),
)  # fmt: skip
elementwise(sc.entr, array_function=sc.entr, x=lambda g, x: g * (-1 - np.log(x)))
elementwise(
    sc.rel_entr, array_function=sc.rel_entr,
    x=lambda g, x, y: g * (1 + _log_quotient(x, y)), y=lambda g, x, y: -g * _quotient(x, y),
)  # fmt: skip
elementwise(
    sc.kl_div, array_function=sc.kl_div,
    x=lambda g, x, y: g * _log_quotient(x, y), y=lambda g, x, y: g * (1 - _quotient(x, y)),
)  # fmt: skip

# Powers. (exp(u) - 1) / u is 1F1(1; 2; u), and log(1 + u) / u is 2F1(1, 1; 2; -u): their slopes are of that kind too.


def _exprel_slope(u: Any) -> Any:
    return 0.5 * sc.hyp1f1(2, 3, u)


def _box_cox_slope(x_log: Any, lmbda: Any) -> Any:
    """Return the slope of (x**λ - 1) / λ = log(x) exprel(λ log(x)) in λ, which is 1 / λ² at x = 0."""
    is_empty = x_log == -np.inf
    x_log = np.where(is_empty, 1, x_log)
    return np.where(is_empty, np.where(is_empty, lmbda, 1) ** -2.0, x_log * x_log * _exprel_slope(lmbda * x_log))


def _inverse_box_cox_slope(y: Any, lmbda: Any) -> Any:
    """Return the slope of log(1 + λ y) / λ in λ, which is that of the logarithm of the inverse transform."""
    return -0.5 * y * y * sc.hyp2f1(2, 2, 3, -lmbda * y)


elementwise(sc.exprel, array_function=sc.exprel, x=lambda g, x: g * _exprel_slope(x))
elementwise(
    sc.powm1, array_function=sc.powm1, x=lambda g, x, y: g * (y * x ** (y - 1)), y=lambda g, x, y: g * sc.xlogy(x**y, x)
)
elementwise(
    sc.boxcox, array_function=sc.boxcox,
    x=lambda g, x, lmbda: g * x ** (lmbda - 1), lmbda=lambda g, x, lmbda: g * _box_cox_slope(np.log(x), lmbda),
)  # fmt: skip
elementwise(
    sc.boxcox1p, array_function=sc.boxcox1p,
    x=lambda g, x, lmbda: g * np.exp((lmbda - 1) * np.log1p(x)),
    lmbda=lambda g, x, lmbda: g * _box_cox_slope(np.log1p(x), lmbda),
)  # fmt: skip
elementwise(
    sc.inv_boxcox, array_function=sc.inv_boxcox,
    y=lambda g, y, lmbda, out: g * out / (1 + lmbda * y),
    lmbda=lambda g, y, lmbda, out: g * out * _inverse_box_cox_slope(y, lmbda),
)  # fmt: skip
elementwise(
    sc.inv_boxcox1p, array_function=sc.inv_boxcox1p,
    y=lambda g, y, lmbda, out: g * (1 + out) / (1 + lmbda * y),
    lmbda=lambda g, y, lmbda, out: g * (1 + out) * _inverse_box_cox_slope(y, lmbda),
)  # fmt: skip

# Robust losses (P. J. Huber, "Robust estimation of a location parameter", Ann. Math. Statist. 35, 1964)


def _excess(delta: Any, r: Any) -> Any:
    """Return hypot(delta, r) - delta without cancellation."""
    return r * r / _positive(np.hypot(delta, r) + delta)


def _positive(x: Any) -> Any:
    return np.where(x == 0, 1, x)


elementwise(
    sc.huber, array_function=sc.huber,
    delta=lambda g, delta, r: g * np.maximum(abs(r) - delta, 0), r=lambda g, delta, r: g * np.clip(r, -delta, delta),
)  # fmt: skip
elementwise(
    sc.pseudo_huber, array_function=sc.pseudo_huber,
    delta=lambda g, delta, r: g * _excess(delta, r) ** 2 / _positive(np.hypot(delta, r)),
    r=lambda g, delta, r: g * r * delta / _positive(np.hypot(delta, r)),
)  # fmt: skip
