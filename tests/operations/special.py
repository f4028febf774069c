"""Rows for SciPy's special functions."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from scipy import special as sc

from autograd_lite.core.dispatch import LATE
from autograd_lite.scipy import special
from operations.row import COMPLEXES, Op, S

# The rules come with the first use of a ufunc; the table of primitives is to hold them before.
for _module in LATE.get("scipy.special", ()):
    importlib.import_module(_module)

COUNTS = np.arange(4, dtype=np.float32)
ONE = (S((4,)),)
TWO = (S((2, 1), (3,)),)
THREE = (S((2, 1), (3,), ()),)
POSITIVE, UNIT, LARGE = (0.4, 2.5), (0.15, 0.85), (8.0, 20.0)
DOUBLE = (np.float64,)


def _at(function: Any, *first: Any) -> Any:
    """Return a function of the last argument alone, with orders or counts in front of it."""
    return lambda x: function(*first, x)


def _parts(function: Any, *first: Any) -> Any:
    """Return a function of the last argument alone that gives real and imaginary part."""
    return lambda x: [np.real(function(*first, x)), np.imag(function(*first, x))]


def _unary(names: str, domain: Any = (-2.0, 2.0), **options: Any) -> list[Op]:
    return [Op(f"special.{name}", getattr(sc, name), ONE, domain, tol=1e-6, **options) for name in names.split()]


def _binary(names: str, domain: Any, **options: Any) -> list[Op]:
    return [Op(f"special.{name}", getattr(sc, name), TWO, domain, tol=1e-6, **options) for name in names.split()]


ERRORS = [
    *_unary("erf erfc erfi erfcx dawsn ndtr log_ndtr expit log_expit exprel"),
    *_unary("cbrt exp2 exp10 expm1 log1p cosm1 entr logit", UNIT),
    *_unary("sindg cosdg cotdg tandg", (20.0, 70.0)),
    *_unary("erfinv erfcinv ndtri", (0.2, 0.8)),
    *_unary("wrightomega", (-2.0, 4.0)),
    Op("special.ndtri_exp", sc.ndtri_exp, ONE, (-9.0, -0.3), tol=1e-6, dtypes=DOUBLE),
    Op("special.erfcx far out", sc.erfcx, [S((5,))], (5.0, 12.0), tol=1e-6),
    Op("special.dawsn far out", sc.dawsn, [S((5,))], (-12.0, -5.0), tol=1e-6),
    Op("special.log_ndtr far out", sc.log_ndtr, [S((5,))], (-40.0, 5.0), tol=1e-6),
    Op("special.wofz", sc.wofz, ONE, dtypes=COMPLEXES),
    Op("special.wofz of real numbers", _parts(sc.wofz), ONE, dtypes=DOUBLE),
    Op("special.voigt_profile", sc.voigt_profile, THREE, ((-2, 2), POSITIVE, POSITIVE)),
    Op("special.radian", sc.radian, THREE),
    Op("special.fresnel", lambda x: list(sc.fresnel(x)), ONE, tol=1e-6),
    Op("special.softplus", special.softplus, ONE),
    Op("special.owens_t", sc.owens_t, TWO, tol=1e-6),
    *_binary("xlogy kl_div rel_entr powm1 boxcox", POSITIVE),
    *_binary("xlog1py boxcox1p", UNIT),
    *_binary("inv_boxcox inv_boxcox1p", ((-0.5, 1.5), (-0.5, 1.5))),
    Op("special.huber", sc.huber, [S((3,), (3,)), S((2, 1), (2, 3))], ((0.9, 1.1), (-0.8, 0.8)), tol=1e-6),
    Op("special.huber beyond", sc.huber, [S((3,), (3,))], ((0.4, 0.6), (-2.0, -0.8)), tol=1e-6),
    Op("special.pseudo_huber", sc.pseudo_huber, TWO, (POSITIVE, (-2, 2)), tol=1e-6),
    Op("special.boxcox near 0", sc.boxcox, [S((3,), [0.0, 1e-9, -1e-5])], POSITIVE, tol=1e-5, dtypes=DOUBLE, order=2),
]  # fmt: skip

GAMMAS = [
    *_unary("gamma gammaln loggamma rgamma psi", POSITIVE),
    Op("special.gamma of negative numbers", sc.gamma, ONE, (-1.8, -1.2), tol=1e-6),
    Op("special.gammaln of negative numbers", sc.gammaln, ONE, (-1.8, -1.2), tol=1e-6),
    Op("special.rgamma around a pole", sc.rgamma, [S((4,)), S([-2.0, -1.0, 0.0])], (-2.4, -1.6), tol=1e-6),
    Op("special.polygamma", lambda x, n: special.polygamma(n, x), [S((4,), n=1), S((2, 3), n=[0, 1, 2])], POSITIVE,
       dtypes=DOUBLE, tol=1e-6),
    Op("special.zeta", _at(special.zeta, 2.5), ONE, POSITIVE, tol=1e-6),
    Op("special.zeta of SciPy", _at(sc.zeta, 3.0), ONE, POSITIVE, tol=1e-6),
    Op("special.multigammaln", lambda a: special.multigammaln(a, 3), ONE, (1.3, 4.0), dtypes=DOUBLE, tol=1e-6),
    *_binary("beta betaln poch", POSITIVE),
    Op("special.binom", sc.binom, TWO, ((3.1, 5.0), (0.3, 2.5)), tol=1e-6),
    Op("special.comb", special.comb, TWO, ((3.1, 5.0), (0.3, 2.5)), tol=1e-6, dtypes=DOUBLE),
    Op("special.comb with repetition", lambda n, k: special.comb(n, k, repetition=True), [S((3,), ())],
       ((3.1, 5.0), (0.3, 2.5)), tol=1e-6, dtypes=DOUBLE),
    Op("special.perm", special.perm, TWO, ((3.1, 5.0), (0.3, 2.5)), tol=1e-6, dtypes=DOUBLE),
    Op("special.factorial", special.factorial, ONE, (0.2, 4.0), tol=1e-6, dtypes=DOUBLE),
]  # fmt: skip

INCOMPLETE = [
    *_binary("gammainc gammaincc", ((0.4, 3.0), (0.4, 4.0))),
    *_binary("gammaincinv gammainccinv", (POSITIVE, (0.2, 0.8))),
    *[Op(f"special.{name}", getattr(sc, name), THREE, (POSITIVE, POSITIVE, UNIT), tol=1e-6)
      for name in ("betainc", "betaincc", "betaincinv", "betainccinv")],
    *_binary("chdtr chdtrc", ((1.0, 5.0), POSITIVE)),
    *_binary("chdtri", ((1.0, 5.0), UNIT)),
    *_binary("stdtr", ((0.6, 5.0), (-3.0, 3.0))),
    *_binary("stdtrit", ((1.0, 5.0), UNIT), dtypes=DOUBLE),
    *[Op(f"special.{name}", getattr(sc, name), THREE, POSITIVE, tol=1e-6) for name in ("gdtr", "gdtrc")],
    *[Op(f"special.{name}", getattr(sc, name), THREE, ((1.0, 5.0), (1.0, 5.0), POSITIVE), tol=1e-6)
      for name in ("fdtr", "fdtrc")],
    *[Op(f"special.{name}", _at(getattr(sc, name), COUNTS), ONE, POSITIVE, tol=1e-6)
      for name in ("pdtr", "pdtrc")],
    *[Op(f"special.{name}", _at(getattr(sc, name), COUNTS.astype(float), 3), ONE, UNIT, tol=1e-6, dtypes=DOUBLE)
      for name in ("bdtr", "bdtrc", "nbdtr", "nbdtrc")],
]  # fmt: skip

BESSEL = [
    *_unary("j0 j1 i0 i1 i0e i1e", POSITIVE),
    *_unary("y0 y1 k0 k1 k0e k1e", (0.8, 3.0)),
    *[Op(f"special.{name}", _at(getattr(sc, name), order), ONE, (0.8, 3.0), tol=1e-6)
      for name, order in (("jv", 1.5), ("yv", 0.5), ("iv", 2), ("ive", 1.5), ("kv", 0.5), ("kve", 2))],
    *[Op(f"special.{name}", _at(getattr(sc, name), order), ONE, (0.8, 3.0), tol=1e-6, dtypes=DOUBLE)
      for name, order in (("yn", 1), ("kn", 1), ("struve", 1.5), ("modstruve", 0.5))],
    *[Op(f"special.{name} far out", _at(getattr(sc, name), order), [S((3,))], (25.0, 60.0), tol=1e-6)
      for name, order in (("ive", 1.5), ("kve", 2))],
    Op("special.ive of negative arguments", _at(sc.ive, 3), [S((4,))], (-60.0, -20.0), tol=1e-6),
    Op("special.jv of complex numbers", _at(sc.jv, 1.5), ONE, POSITIVE, dtypes=COMPLEXES, tol=1e-6),
    *[Op(f"special.{name}", _parts(getattr(sc, name), 1.5), ONE, (0.8, 3.0), tol=1e-6)
      for name in ("hankel1", "hankel2")],
    *[Op(f"special.{name}", lambda x, name=name, **options: getattr(special, name)(1.5, x, **options),
         [S((4,)), S((4,), n=0)], (0.8, 3.0), tol=1e-6, dtypes=DOUBLE)
      for name in ("jvp", "yvp", "ivp", "kvp")],
    *[Op(f"special.{name}", _parts(getattr(special, name), 1.5), ONE, (0.8, 3.0), tol=1e-6, dtypes=DOUBLE)
      for name in ("h1vp", "h2vp")],
    *[Op(f"special.{name}", lambda x, n, name=name, **options: getattr(special, name)(n, x, **options),
         [S((4,), n=2), S((2, 3), n=[0, 1, 2]), S((), n=1, derivative=True)], (0.8, 3.0), tol=1e-6, dtypes=DOUBLE)
      for name in ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn")],
    Op("special.spherical_jn at 0", _at(special.spherical_jn, np.array([0, 1, 2])), [S([0.0, 0.0, 0.0])],
       dtypes=DOUBLE, tol=1e-6),
    Op("special.airy", lambda x: list(sc.airy(x)), ONE, tol=1e-6),
    Op("special.airy, one output", lambda x: sc.airy(x)[1], ONE, tol=1e-6),
    Op("special.wright_bessel", _at(sc.wright_bessel, 0.5, 1.5), ONE, POSITIVE, dtypes=DOUBLE, tol=1e-6),
]  # fmt: skip

DEGREES = np.array([0, 1, 2, 4])

HYPERGEOMETRIC = [
    Op("special.hyp0f1", _at(sc.hyp0f1, 1.5), ONE, tol=1e-6),
    Op("special.hyp1f1", _at(sc.hyp1f1, 0.5, 1.5), ONE, tol=1e-6),
    Op("special.hyperu", _at(sc.hyperu, 0.5, 1.5), ONE, POSITIVE, tol=1e-6),
    Op("special.hyp2f1", _at(sc.hyp2f1, 0.5, 1.0, 2.5), ONE, (-2.0, 0.8), tol=1e-6, dtypes=DOUBLE),
    *_unary("ellipk ellipe", (-2.0, 0.8)),
    *_unary("ellipkm1 spence", (0.2, 0.9)),
    *[Op(f"special.{name}", lambda phi, m=0.7, name=name: getattr(sc, name)(phi, m), ONE, tol=1e-6, dtypes=DOUBLE)
      for name in ("ellipkinc", "ellipeinc")],
    Op("special.ellipj", lambda u: list(sc.ellipj(u, 0.6)), ONE, (-1.2, 1.2), tol=1e-6, dtypes=DOUBLE),
    *_unary("expi exp1", POSITIVE),
    Op("special.expn", _at(sc.expn, np.array([0, 1, 2, 5])), ONE, POSITIVE, tol=1e-6, dtypes=DOUBLE),
    Op("special.sici", lambda x: list(sc.sici(x)), ONE, POSITIVE, tol=1e-6),
    Op("special.shichi", lambda x: list(sc.shichi(x)), ONE, POSITIVE, tol=1e-6),
    Op("special.lambertw", _parts(special.lambertw), ONE, (-0.2, 2.0), tol=1e-6, dtypes=DOUBLE),
    Op("special.lambertw of SciPy", _parts(sc.lambertw), ONE, POSITIVE, tol=1e-6, dtypes=DOUBLE),
    Op("special.lambertw, another branch", lambda z: special.lambertw(z, -1), ONE, POSITIVE, dtypes=(np.complex128,),
       tol=1e-6),
]  # fmt: skip

POLYNOMIALS = [
    *[Op(f"special.eval_{name}", _at(getattr(sc, f"eval_{name}"), DEGREES), ONE, (-0.9, 0.9), tol=1e-6, dtypes=DOUBLE)
      for name in ("legendre", "chebyt", "chebyu", "chebyc", "chebys", "laguerre", "hermite", "hermitenorm",
                   "sh_legendre", "sh_chebyt", "sh_chebyu")],
    Op("special.eval_legendre on the bounds", _at(sc.eval_legendre, 3), [S([-1.0, 1.0])], tol=1e-6, dtypes=DOUBLE),
    Op("special.eval_genlaguerre", _at(sc.eval_genlaguerre, DEGREES, 1.5), ONE, tol=1e-6, dtypes=DOUBLE),
    Op("special.eval_gegenbauer", _at(sc.eval_gegenbauer, DEGREES, 0.7), ONE, tol=1e-6, dtypes=DOUBLE),
    Op("special.eval_jacobi", _at(sc.eval_jacobi, DEGREES, 0.5, 1.5), ONE, tol=1e-6, dtypes=DOUBLE),
]  # fmt: skip

ROWS = [*ERRORS, *GAMMAS, *INCOMPLETE, *BESSEL, *HYPERGEOMETRIC, *POLYNOMIALS]
