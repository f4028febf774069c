"""Determinants. The derivative of det is the matrix of cofactors, which a singular matrix has too.

For regular matrices the cofactors are det(a) a⁻ᵀ (M. Giles, *An extended collection of matrix derivative results*,
Oxford report 08/01, 2008, section 2.2.4). For others the matrix is bordered by the singular vectors of its k smallest
singular values, as constants, to a regular one, m = [[a, p], [q, 0]]. Jacobi's theorem on complementary minors (F. R.
Gantmacher, *The Theory of Matrices* I, 1959, chapter I, section 4) then gives det(a) = det(m) det(c) with the lower
right block c of m⁻¹, of size k. That is a formula without division by what vanishes, so that its derivatives are right
to any order at any rank.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.rules.axes import swap
from autograd_lite.rules.spectra import is_tracked

SlogdetResult: Any = type(np.linalg.slogdet(np.eye(1)))


# A large matrix keeps its factors, so that the sweep does not factorise again.

#: Rows from which on that pays: the look-up of the LAPACK functions and the further nodes take some 30 µs.
_LARGE = 64


def _is_large(a: Any) -> bool:
    raw = untracked(a)
    is_plain = type(raw) is np.ndarray and raw.ndim == 2 and raw.dtype.char in "fdFD"
    return is_plain and raw.shape[0] == raw.shape[1] >= _LARGE and is_tracked(a)


def _factors(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Return the diagonal of the upper factor, both factors in one array, pivots, and the sign of the permutation."""
    factors, pivots, _ = importlib.import_module("scipy.linalg").get_lapack_funcs("getrf", (a,))(a)
    swaps = np.count_nonzero(pivots != np.arange(len(pivots)))
    return np.diagonal(factors), factors, pivots, -1 if swaps % 2 else 1


def _inverse(a: Any, factors: Any = None, pivots: Any = None) -> Any:
    """Return the inverse: from factors where there are some and they are plain, recorded otherwise."""
    if type(factors) is not np.ndarray:
        return np.linalg.inv(a)
    n = len(factors)
    invert = importlib.import_module("scipy.linalg").get_lapack_funcs("getri", (factors,))
    inverse, info = invert(factors, pivots, lwork=_LARGE * n)
    if info > 0:
        raise np.linalg.LinAlgError("Singular matrix")
    return inverse


def _cofactors(a: Any, out: Any, *factors: Any) -> Any:
    """Return the matrix of cofactors, the derivative of det."""
    try:
        inverse = _inverse(a, *factors)
    except np.linalg.LinAlgError:
        return _cofactors_bordered(a)
    raw = untracked(inverse)
    if type(raw) is np.ndarray:
        condition = _one_norm(untracked(a)) * _one_norm(raw)
        if np.any(condition > np.finfo(raw.dtype).eps ** -0.5):  # half of the digits of the inverse would be lost
            return _cofactors_bordered(a)
    return out[..., None, None] * swap(inverse)


def _one_norm(a: np.ndarray) -> np.ndarray:
    return np.max(np.sum(np.abs(a), axis=-2), axis=-1, initial=0)


def _cofactors_bordered(a: Any) -> Any:
    """Return det(m) (det(c) m⁻¹₁₁ - m⁻¹₁₂ adj(c) m⁻¹₂₁)ᵀ, the derivative of det(m) det(c)."""
    n = k = a.shape[-1]
    u, s, vh = np.linalg.svd(untracked(a))
    largest = np.where(s[..., :1] > 0, s[..., :1], 1)[..., None]
    if type(s) is np.ndarray:  # of duck arrays all are taken
        k = max(1, int(np.max(np.sum(s <= 1e-3 * s[..., :1], axis=-1))))
    right = np.concatenate([u[..., -k:] * largest, np.zeros_like(u[..., :k, :k])], axis=-2)
    bordered = np.concatenate([np.concatenate([a, vh[..., -k:, :] * largest], axis=-2), right], axis=-1)
    inverse = np.linalg.inv(bordered)
    determinant, adjugate = _small(inverse[..., n:, n:])
    minors = determinant * inverse[..., :n, :n] - inverse[..., :n, n:] @ adjugate @ inverse[..., n:, :n]
    return np.linalg.det(bordered)[..., None, None] * swap(minors)


def _small(c: Any) -> tuple[Any, Any]:
    """Return determinant and adjugate of small matrices, by the method of Faddeev and Le Verrier.

    D. K. Faddeev & V. N. Faddeeva, *Computational Methods of Linear Algebra* (1963), section 47: products and traces
    only.
    """
    k = c.shape[-1]
    one = np.eye(k, dtype=c.dtype)
    power = np.broadcast_to(one, c.shape)
    coefficient = -np.trace(c, axis1=-2, axis2=-1)[..., None, None]
    for j in range(2, k + 1):
        power = c @ power + coefficient * one
        coefficient = -np.trace(c @ power, axis1=-2, axis2=-1)[..., None, None] / j
    sign = (-1) ** k
    return sign * coefficient, -sign * power


def _det_factorised(a: np.ndarray) -> tuple[Any, ...]:
    diagonal, factors, pivots, sign = _factors(a)
    return sign * np.prod(diagonal), factors, pivots


_det = general(lambda a: np.linalg.det(a), name="det", a=lambda g, a, out: g[..., None, None] * _cofactors(a, out))
_det_large = general(
    _det_factorised, name="det", outputs=3, a=lambda g, a, out: g[0][..., None, None] * _cofactors(a, *out)
)


@implements(np.linalg.det)
def det(a: Any) -> Any:
    """Return determinants; the derivative is right at singular matrices too."""
    return _det_large(a)[0] if _is_large(a) else _det(a)


def _slogdet_to_a(g: Any, a: Any, out: Any) -> Any:
    """Return the cotangent from d log det(a) = tr(a⁻¹ da); its imaginary part turns the sign."""
    g_sign, g_log = g[:2]
    of_log = g_log
    if a.dtype.kind == "c" and g_sign is not None:
        turned = np.imag(g_sign * out[0]) * 1j
        of_log = turned if g_log is None else g_log + turned
    if of_log is None:
        return None
    try:
        inverse = _inverse(a, *out[2:])
    except np.linalg.LinAlgError:
        raise NotDifferentiableError(
            "np.linalg.slogdet got a singular matrix: its logarithm is -inf and has no derivative there. np.linalg.det "
            "has."
        ) from None
    return of_log[..., None, None] * swap(inverse)


def _slogdet_factorised(a: np.ndarray) -> tuple[Any, ...]:
    diagonal, factors, pivots, sign = _factors(a)
    size = np.abs(diagonal)
    with np.errstate(divide="ignore"):  # of a singular matrix it is -inf, and its sign 0
        signs = np.where(size == 0, 0, diagonal / np.where(size == 0, 1, size))
        return (sign * np.prod(signs)).astype(a.dtype), np.sum(np.log(size)), factors, pivots


_slogdet = general(lambda a: tuple(np.linalg.slogdet(a)), name="slogdet", outputs=2, a=_slogdet_to_a)
_slogdet_large = general(_slogdet_factorised, name="slogdet", outputs=4, a=_slogdet_to_a)


@implements(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    """Return sign and logarithm of the absolute value of determinants."""
    return SlogdetResult(*(_slogdet_large(a)[:2] if _is_large(a) else _slogdet(a)))
