"""Polynomials as arrays of coefficients, the highest power first: ``polyval``, ``polyder``, ``polyint``, sums.

``polymul`` and ``polydiv`` are left out, as NumPy drops leading zeros there, which depends on values; the product is
``np.convolve``.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograd_lite.core.primitive import implements
from autograd_lite.errors import UnsupportedArgumentError
from autograd_lite.rules.shaping import as_array


@implements(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """Return the value of a polynomial by Horner's rule."""
    if isinstance(p, np.poly1d) or isinstance(x, np.poly1d):
        raise UnsupportedArgumentError(
            "numpy.polyval of a Tensor and a poly1d: a poly1d holds plain numbers only; pass its coefficients, p.coef"
        )
    x = as_array(x)
    value = np.zeros_like(x)
    p = as_array(p)
    if p.shape[0] == 0:
        return np.astype(0 * x + np.sum(p, axis=0), x.dtype)
    for i in range(p.shape[0]):
        value = value * x + p[i]
    return value


def _checked_order(m: Any, name: str) -> int:
    order = operator.index(m)
    if order < 0:
        raise ValueError(f"numpy.{name}(m={m}): the order of the derivative or integral is 0 or more")
    return order


@implements(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    """Return the coefficients of a derivative."""
    for _ in range(_checked_order(m, "polyder")):
        p = p[:-1] * np.arange(p.shape[0] - 1, 0, -1)
    return p


@implements(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """Return the coefficients of an integral, with ``k`` the constants of integration."""
    order = _checked_order(m, "polyint")
    constants = np.zeros(order) if k is None else np.atleast_1d(k)
    if constants.shape[0] == 1 and order > 1:
        constants = constants[:1] * np.ones(order)
    if constants.shape[0] < order:
        raise ValueError(f"numpy.polyint(m={m}, k=...): {order} constants of integration are needed, or one for all")
    p = as_array(p)
    for i in range(order):
        p = np.concatenate([p / np.arange(p.shape[0], 0, -1), constants[i : i + 1]])
    return p


def _aligned(a1: Any, a2: Any) -> tuple[Any, Any]:
    """Return coefficients of the same number."""
    a1, a2 = np.atleast_1d(as_array(a1)), np.atleast_1d(as_array(a2))
    lacking = a2.shape[0] - a1.shape[0]
    if lacking > 0:
        return np.pad(a1, (lacking, 0)), a2
    return a1, np.pad(a2, (-lacking, 0)) if lacking else a2


@implements(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """Return the coefficients of a sum."""
    a1, a2 = _aligned(a1, a2)
    return a1 + a2


@implements(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """Return the coefficients of a difference."""
    a1, a2 = _aligned(a1, a2)
    return a1 - a2
