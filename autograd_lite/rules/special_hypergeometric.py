"""SciPy's hypergeometric functions, elliptic and exponential integrals, and orthogonal polynomials.

Formulas are those of the *NIST Digital Library of Mathematical Functions* (DLMF): 15.5.1, 13.3.15, 13.3.22 and
16.3.1 (hypergeometric functions), 19.5.1 and 19.5.2 (elliptic integrals as such), 22.13.1 (Jacobi's functions), 6.2
and 8.19.13 (exponential integrals), 4.13.4 (Lambert's W), 18.9.15 to 18.9.28 (orthogonal polynomials).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special as sc

from autograd_lite.core.cotangents import cast
from autograd_lite.core.primitive import elementwise, general, implements
from autograd_lite.rules.special_bessel import spherical_in, spherical_jn
from autograd_lite.rules.special_common import Probe, weighted

# Hypergeometric functions

_PARAMETER = (
    "SciPy has no derivatives of hypergeometric functions in their parameters. They can be differentiated in the last "
    "argument; pass parameters as numbers, or as t.detach().numpy() of a Tensor t"
)

elementwise(sc.hyp0f1, array_function=sc.hyp0f1, v=_PARAMETER, z=lambda g, v, z: g * (sc.hyp0f1(v + 1, z) / v))
elementwise(
    sc.hyp1f1, array_function=sc.hyp1f1, a=_PARAMETER, b=_PARAMETER,
    x=lambda g, a, b, x: g * (a / b * sc.hyp1f1(a + 1, b + 1, x)),
)  # fmt: skip
elementwise(
    sc.hyperu, array_function=sc.hyperu, a=_PARAMETER, b=_PARAMETER,
    x=lambda g, a, b, x: g * (-a * sc.hyperu(a + 1, b + 1, x)),
)  # fmt: skip
elementwise(
    sc.hyp2f1, array_function=sc.hyp2f1, a=_PARAMETER, b=_PARAMETER, c=_PARAMETER,
    z=lambda g, a, b, c, z: g * (a * b / c * sc.hyp2f1(a + 1, b + 1, c + 1, z)),
)  # fmt: skip


def _hyp2f1(a: float, b: float, c: float, z: Any) -> Any:
    """Return Gauss's function in the dtype of ``z``: SciPy's gives float64 for float32."""
    return cast(sc.hyp2f1(a, b, c, z), z.dtype)


# Elliptic integrals: the hypergeometric form has no difference that cancels near m = 0


def _ellipk_slope(m: Any) -> Any:
    return math.pi / 8 * _hyp2f1(1.5, 1.5, 2, m)


def _ellipe_slope(m: Any) -> Any:
    return -math.pi / 8 * _hyp2f1(0.5, 1.5, 2, m)


def _ellipkm1_slope(p: Any) -> Any:
    """Return the slope of K(1 - p): with m = 1 - p, (E - p K) / (2 m p) for small p, where 1 - p loses it."""
    is_small = p < 0.5
    small, large = np.where(is_small, p, 0.25), np.where(is_small, 0.5, p)
    difference = sc.ellipe(1 - small) - small * sc.ellipkm1(small)
    return np.where(is_small, -difference / (2 * small * (1 - small)), -_ellipk_slope(1 - large))


def _delta(phi: Any, m: Any) -> Any:
    return np.sqrt(1 - m * np.sin(phi) ** 2)


_MODULUS = (
    "only the complete integrals ellipk, ellipe and ellipkm1 can be differentiated in the parameter m. Pass m as a "
    "number, or as t.detach().numpy() of a Tensor t"
)

elementwise(sc.ellipk, array_function=sc.ellipk, m=lambda g, m: g * _ellipk_slope(m))
elementwise(sc.ellipe, array_function=sc.ellipe, m=lambda g, m: g * _ellipe_slope(m))
elementwise(sc.ellipkm1, array_function=sc.ellipkm1, p=lambda g, p: g * _ellipkm1_slope(p))
elementwise(sc.ellipkinc, array_function=sc.ellipkinc, phi=lambda g, phi, m: g / _delta(phi, m), m=_MODULUS)
elementwise(sc.ellipeinc, array_function=sc.ellipeinc, phi=lambda g, phi, m: g * _delta(phi, m), m=_MODULUS)


def _ellipj(g: tuple[Any, ...], u: Any, m: Any) -> Any:
    sn, cn, dn, _ = sc.ellipj(u, m)
    return weighted(g, cn * dn, -sn * dn, -m * sn * cn, dn)


elementwise(sc.ellipj, array_function=sc.ellipj, outputs=4, u=_ellipj, m=_MODULUS)

# Exponential, sine and cosine integrals, and the dilogarithm


def _expn_slope(n: Any, x: Any, out: Any) -> Any:
    """Return -E(n - 1, x), which for n = 0 is -exp(-x) (1 + x) / x²."""
    is_zero = n == 0
    return -np.where(is_zero, out * (1 + 1 / x), sc.expn(np.where(is_zero, 1, n) - 1, x))


elementwise(sc.expi, array_function=sc.expi, x=lambda g, x: g * np.exp(x) / x)
elementwise(sc.exp1, array_function=sc.exp1, z=lambda g, z: -g * np.exp(-z) / z)
elementwise(
    sc.expn, array_function=sc.expn,
    n="the order n is an integer. Pass it as a number, or as t.detach().numpy() of a Tensor t",
    x=lambda g, n, x, out: g * _expn_slope(n, x, out),
)  # fmt: skip
elementwise(  # sin(x) / x and sinh(x) / x are spherical Bessel functions, which are smooth at 0
    sc.sici, array_function=sc.sici, outputs=2, x=lambda g, x: weighted(g, spherical_jn(x, n=0), np.cos(x) / x)
)
elementwise(
    sc.shichi, array_function=sc.shichi, outputs=2, x=lambda g, x: weighted(g, spherical_in(x, n=0), np.cosh(x) / x)
)
elementwise(  # log(z) / (1 - z), whose derivatives at 1 are finite
    sc.spence, array_function=sc.spence, z=lambda g, z: g * -_hyp2f1(1, 1, 2, 1 - z)
)

_LAMBERT: Any = sc.lambertw(Probe())

_lambertw = general(  # elementwise ones give no complex numbers for real ones
    lambda z, k, tol: _LAMBERT(z, k, tol), name="lambertw", z=lambda g, out: g * (np.exp(-out) / (1 + out))
)


@implements(sc.lambertw, _LAMBERT)
def _lambert(z: Any, k: Any = 0, tol: float = 1e-8) -> Any:
    """Return the branch k of Lambert's W, which is complex."""
    return _lambertw(z, k=np.asarray(k, dtype=np.dtype("long"))[()], tol=tol)


# Orthogonal polynomials: the derivative of one of degree n is one of degree n - 1

_DEGREE = (
    "the derivative in a polynomial's degree or parameters is none that SciPy has. It can be differentiated in x; pass "
    "the others as numbers, or as t.detach().numpy() of a Tensor t"
)


def _lower(function: Any, n: Any, *arguments: Any) -> Any:
    """Return the polynomial of degree n - 1, and 0 for n = 0."""
    is_constant = n == 0
    return np.where(is_constant, 0, function(np.where(is_constant, 1, n) - 1, *arguments))


elementwise(
    sc.eval_legendre, array_function=sc.eval_legendre, n=_DEGREE,
    x=lambda g, n, x: g * _lower(sc.eval_gegenbauer, n, 1.5, x),
)  # fmt: skip
elementwise(
    sc.eval_chebyt, array_function=sc.eval_chebyt, n=_DEGREE, x=lambda g, n, x: g * (n * _lower(sc.eval_chebyu, n, x))
)
elementwise(
    sc.eval_chebyu, array_function=sc.eval_chebyu, n=_DEGREE,
    x=lambda g, n, x: g * (2 * _lower(sc.eval_gegenbauer, n, 2.0, x)),
)  # fmt: skip
elementwise(
    sc.eval_gegenbauer, array_function=sc.eval_gegenbauer, n=_DEGREE, alpha=_DEGREE,
    x=lambda g, n, alpha, x: g * (2 * alpha * _lower(sc.eval_gegenbauer, n, alpha + 1, x)),
)  # fmt: skip
elementwise(
    sc.eval_jacobi, array_function=sc.eval_jacobi, n=_DEGREE, alpha=_DEGREE, beta=_DEGREE,
    x=lambda g, n, alpha, beta, x: g * (
        (n + alpha + beta + 1) / 2 * _lower(sc.eval_jacobi, n, alpha + 1, beta + 1, x)
    ),
)  # fmt: skip
elementwise(
    sc.eval_laguerre, array_function=sc.eval_laguerre, n=_DEGREE,
    x=lambda g, n, x: -g * _lower(sc.eval_genlaguerre, n, 1.0, x),
)  # fmt: skip
elementwise(
    sc.eval_genlaguerre, array_function=sc.eval_genlaguerre, n=_DEGREE, alpha=_DEGREE,
    x=lambda g, n, alpha, x: -g * _lower(sc.eval_genlaguerre, n, alpha + 1, x),
)  # fmt: skip
elementwise(
    sc.eval_hermite, array_function=sc.eval_hermite, n=_DEGREE,
    x=lambda g, n, x: g * (2 * n * _lower(sc.eval_hermite, n, x)),
)  # fmt: skip
elementwise(
    sc.eval_hermitenorm, array_function=sc.eval_hermitenorm, n=_DEGREE,
    x=lambda g, n, x: g * (n * _lower(sc.eval_hermitenorm, n, x)),
)  # fmt: skip
implements(sc.eval_sh_legendre)(lambda n, x: sc.eval_legendre(n, 2 * x - 1))
implements(sc.eval_sh_chebyt)(lambda n, x: sc.eval_chebyt(n, 2 * x - 1))
implements(sc.eval_sh_chebyu)(lambda n, x: sc.eval_chebyu(n, 2 * x - 1))
implements(sc.eval_chebyc)(lambda n, x: 2 * sc.eval_chebyt(n, x / 2))
implements(sc.eval_chebys)(lambda n, x: sc.eval_chebyu(n, x / 2))
