"""SciPy's Bessel functions and their kin, in the argument; of derivatives in the order SciPy knows none.

Formulas are those of the *NIST Digital Library of Mathematical Functions* (DLMF): 10.6.1 (J, Y, Hankel), 10.29.1
(I, K), 10.40.1 and 10.40.2 (expansions of I and K), 10.51.1 and 10.51.4 (spherical functions), 9.2.1 (Airy), 11.4.27
and 11.4.29 (Struve), 10.46.1 (Wright).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special as sc

from autograd_lite.core.cotangents import cast
from autograd_lite.core.primitive import elementwise, implements
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.rules.special_common import Probe, weighted

_ORDER = (
    "SciPy has no derivatives of Bessel functions in their order. They can be differentiated in the other argument; "
    "pass the order as a number, or as t.detach().numpy() of a Tensor t"
)

# Cylinder functions: 2 C'(v) = C(v - 1) - C(v + 1) for J, Y and Hankel's, with plus for I and minus both for K

elementwise(sc.j0, array_function=sc.j0, x=lambda g, x: -g * sc.j1(x))
elementwise(sc.y0, array_function=sc.y0, x=lambda g, x: -g * sc.y1(x))
elementwise(sc.i0, array_function=sc.i0, x=lambda g, x: g * sc.i1(x))
elementwise(sc.k0, array_function=sc.k0, x=lambda g, x: -g * sc.k1(x))
elementwise(sc.j1, array_function=sc.j1, x=lambda g, x: g * (0.5 * (sc.j0(x) - sc.jv(2, x))))
elementwise(sc.y1, array_function=sc.y1, x=lambda g, x: g * (0.5 * (sc.y0(x) - sc.yv(2, x))))
elementwise(sc.i1, array_function=sc.i1, x=lambda g, x: g * (0.5 * (sc.i0(x) + sc.iv(2, x))))
elementwise(sc.k1, array_function=sc.k1, x=lambda g, x: g * (-0.5 * (sc.k0(x) + sc.kv(2, x))))


def _cylinder(function: Any, below: float, above: float) -> None:
    """Declare a function C(v, x) whose slope is ``below * C(v - 1, x) + above * C(v + 1, x)``."""
    elementwise(
        function, array_function=function, v=_ORDER,
        x=lambda g, v, x: g * (below * function(v - 1, x) + above * function(v + 1, x)),
    )  # fmt: skip


for _oscillating in (sc.jv, sc.yv, sc.yn, sc.hankel1, sc.hankel2):
    _cylinder(_oscillating, 0.5, -0.5)
_cylinder(sc.iv, 0.5, 0.5)
_cylinder(sc.kv, -0.5, -0.5)
_cylinder(sc.kn, -0.5, -0.5)

# Derivatives of higher order under their own names: these compose the functions above

for _composed in (sc.jvp, sc.yvp, sc.ivp, sc.kvp, sc.h1vp, sc.h2vp):
    implements(_composed)(_composed)

# Scaled functions. The n-th derivative of exp(-x) I(v, x) is the 2n-th central difference in v over 2**n, and up to a
# sign the same holds for exp(x) K(v, x). Of the size of x the differences cancel; far out the expansions in 1 / x are
# differentiated term by term.

_TERMS = 20  # 20! / 60²⁰ is 7e-18


def _scaled_derivative(function: Any, v: Any, x: Any, n: int, sign: Any, factor: float) -> Any:
    """Return the n-th derivative of a scaled function: by differences, or by the expansion where x is large.

    Parameters
    ----------
    function : ufunc
        ``ive`` or ``kve``.
    v, x : array
    n : int
        At least 1.
    sign : array
        Of x for ``ive``, 1 for ``kve``: what the differences alternate with.
    factor : float
        1/2 for ``ive``, -1/2 for ``kve``.
    """
    near = sum(
        math.comb(2 * n, k) * (-sign if k % 2 else 1.0) * function(v + (n - k), x) for k in range(2 * n + 1)
    ) * factor**n  # fmt: skip
    is_far = abs(x) > np.maximum(30, v * v)
    inverse = 1 / np.where(is_far, sign * x, 30.0)
    series = np.zeros_like(inverse)
    for k in reversed(range(_TERMS)):
        following = (2 * k + 1) ** 2 - 4 * v * v if factor > 0 else 4 * v * v - (2 * k + 1) ** 2
        series = series * inverse * following * ((k + 0.5 + n) / (8 * (k + 1) * (k + 0.5))) + 1
    rising = math.prod(-(k + 0.5) for k in range(n))
    scale = np.sqrt(inverse) * (math.sqrt(1 / (2 * math.pi)) if factor > 0 else math.sqrt(math.pi / 2))
    # Of a negative argument, I is (-1)**v times that of the positive one, if v is an integer; else it is not real.
    parity = np.where(sign < 0, (-1) ** n * np.cos(np.pi * v), 1.0)
    return cast(np.where(is_far, series * scale * inverse**n * rising * parity, near), x.dtype)


def _real_only(x: Any) -> Any:
    """Return ``x``, or refuse it if it is complex: exp(-abs(real part)) has no complex derivative."""
    if x.dtype.kind == "c":
        raise NotDifferentiableError("ive(v, x) cannot be differentiated at complex x. Use iv(v, x) * np.exp(-x).")
    return x


_ive_derivative = elementwise(
    lambda v, x, n: _scaled_derivative(sc.ive, v, x, n, np.sign(x), 0.5), name="derivative of ive",
    v=_ORDER, x=lambda g, v, x, n: g * _ive_derivative(v, x, n=n + 1),
)  # fmt: skip
_kve_derivative = elementwise(
    lambda v, x, n: _scaled_derivative(sc.kve, v, x, n, 1.0, -0.5), name="derivative of kve",
    v=_ORDER, x=lambda g, v, x, n: g * _kve_derivative(v, x, n=n + 1),
)  # fmt: skip
elementwise(sc.ive, array_function=sc.ive, v=_ORDER, x=lambda g, v, x: g * _ive_derivative(v, _real_only(x), n=1))
elementwise(sc.kve, array_function=sc.kve, v=_ORDER, x=lambda g, v, x: g * _kve_derivative(v, x, n=1))
elementwise(sc.i0e, array_function=sc.i0e, x=lambda g, x: g * _ive_derivative(0, x, n=1))
elementwise(sc.i1e, array_function=sc.i1e, x=lambda g, x: g * _ive_derivative(1, x, n=1))
elementwise(sc.k0e, array_function=sc.k0e, x=lambda g, x: g * _kve_derivative(0, x, n=1))
elementwise(sc.k1e, array_function=sc.k1e, x=lambda g, x: g * _kve_derivative(1, x, n=1))

# Spherical functions: (2 n + 1) f'(n) = s (n f(n - 1)) + t (n + 1) f(n + 1)


def _spherical(function: Any, below: int, above: int) -> Callable[..., Any]:
    """Declare a spherical Bessel function; return it with the argument in front of the order."""
    ufunc = getattr(function, "__wrapped__", function)(0, Probe())

    def value(z: Any, n: Any) -> Any:
        # SciPy's function makes plain arrays of its arguments, to mirror the negative ones.
        return function(n, z) if isinstance(z, np.ndarray | np.generic | float) else ufunc(n, z)

    def slope(z: Any, n: Any) -> Any:
        return (below * n * recorded(z, n=n - (n > 0)) + above * (n + 1) * recorded(z, n=n + 1)) / (2 * n + 1)

    recorded = elementwise(value, name=function.__name__, z=lambda g, z, n: g * slope(z, n))

    @implements(function)
    def spherical(n: Any, z: Any, derivative: bool = False) -> Any:
        """Return the function or its derivative."""
        if hasattr(n, "node"):
            raise NotDifferentiableError(f"{function.__name__} cannot take a Tensor as its order: {_ORDER}.")
        n = np.asarray(n)[()]
        return slope(z, n) if derivative else recorded(z, n=n)

    return recorded


spherical_jn = _spherical(sc.spherical_jn, 1, -1)
_spherical(sc.spherical_yn, 1, -1)
spherical_in = _spherical(sc.spherical_in, 1, 1)
_spherical(sc.spherical_kn, -1, -1)

# Airy functions solve w'' = z w


def _airy(g: tuple[Any, ...], z: Any) -> Any:
    ai, ai_slope, bi, bi_slope = sc.airy(z)
    return weighted(g, ai_slope, z * ai, bi_slope, z * bi)


elementwise(sc.airy, array_function=sc.airy, outputs=4, z=_airy)

# Struve's functions and Wright's


def _struve_term(v: Any, x: Any) -> Any:
    return 0.5 * (0.5 * x) ** v * (sc.rgamma(v + 1.5) / math.sqrt(math.pi))


elementwise(
    sc.struve, array_function=sc.struve, v=_ORDER,
    x=lambda g, v, x: g * (0.5 * (sc.struve(v - 1, x) - sc.struve(v + 1, x)) + _struve_term(v, x)),
)  # fmt: skip
elementwise(
    sc.modstruve, array_function=sc.modstruve, v=_ORDER,
    x=lambda g, v, x: g * (0.5 * (sc.modstruve(v - 1, x) + sc.modstruve(v + 1, x)) + _struve_term(v, x)),
)  # fmt: skip
elementwise(
    sc.wright_bessel, array_function=sc.wright_bessel, a=_ORDER, b=_ORDER,
    x=lambda g, a, b, x: g * sc.wright_bessel(a, a + b, x),
)  # fmt: skip
