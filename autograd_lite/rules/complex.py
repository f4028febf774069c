"""Complex numbers: real and imaginary parts, conjugates, angles.

The cotangent g of a complex value z pairs with its change as Re(g dz), without conjugation, as in JAX and HIPS
autograd. Rules of holomorphic functions then read as those of real ones, z ← g * f'(z), and only the functions here
need rules of their own. A real function f of z = x + iy has the gradient ∂f/∂x - i ∂f/∂y; PyTorch's is its conjugate,
∂f/∂x + i ∂f/∂y, which is the direction of steepest ascent. Formulas: K. Kreutz-Delgado, *The complex gradient operator
and the CR-calculus* (2009), section 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import implements, linear
from autograd_lite.rules.elementwise import real_absolute, same

_real = linear(lambda x: np.real(x), name="real", x=same)
_imag = linear(lambda x: np.imag(x), name="imag", x=lambda g: g * -1j)
_conjugate = linear(np.conjugate, name="conjugate", x=lambda g: np.conjugate(g))


@implements(np.real)
def real(val: Any) -> Any:
    """Return the real part; of a real Tensor itself."""
    return _real(val) if val.dtype.kind == "c" else val


@implements(np.imag)
def imag(val: Any) -> Any:
    """Return the imaginary part; of a real Tensor plain zeros."""
    return _imag(val) if val.dtype.kind == "c" else np.zeros_like(val)


@implements(np.conjugate)
def conjugate(x: Any) -> Any:
    """Return the complex conjugate; of a real Tensor itself."""
    return _conjugate(x) if x.dtype.kind == "c" else x


@implements(np.absolute)
def absolute(x: Any) -> Any:
    """Return the absolute value; its slope at 0 is taken as 0."""
    return real_absolute(x) if x.dtype.kind != "c" else np.hypot(_real(x), _imag(x))


@implements(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """Return the angle of a complex number in the plane, in radians or degrees; of a real Tensor plain 0 or pi."""
    if z.dtype.kind != "c":
        return np.angle(z.data, deg)
    radians = np.arctan2(_imag(z), _real(z))
    return np.degrees(radians) if deg else radians


@implements(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """Return the real part if the imaginary one is rounding, else the complex Tensor."""
    array = np.real_if_close(untracked(a), tol)
    return real(a) if array.dtype.kind != "c" else a
