"""Cholesky and QR decompositions.

Cholesky: I. Murray, *Differentiation of the Cholesky decomposition*, arXiv:1602.07527: the closed formula of section 3,
and for real matrices the blocked algorithm of section 4, which takes a fifth of the formula's time. NumPy reads one
triangle; the cotangent is that of a function of (a + aᴴ) / 2, as in HIPS autograd, JAX and PyTorch.

QR: S. F. Walter, *Structured higher-order algorithmic differentiation in the forward and reverse mode* (thesis,
Humboldt-Universität zu Berlin, 2012); M. Seeger et al., *Auto-differentiating linear algebra*, arXiv:1710.08717,
section 4; for wide matrices D. A. O. Roberts & L. R. Roberts, *QR and LQ decomposition matrix backpropagation
algorithms for square, wide, and deep matrices*, arXiv:2009.10071. With cotangents that pair bilinearly, and for complex
matrices, whose r has a real diagonal.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements
from autograd_lite.errors import NotDifferentiableError, UnsupportedArgumentError
from autograd_lite.rules.adjoints import (
    adjoint,
    columns_of,
    conj,
    from_columns,
    halved_diagonal,
    hermitian,
    lower,
    upper,
)
from autograd_lite.rules.axes import swap
from autograd_lite.rules.solving import solve_triangle
from autograd_lite.rules.spectra import refuse_basis

QRResult: Any = type(np.linalg.qr(np.eye(1)))


def _from_left(factor: Any, x: Any, is_lower: bool) -> Any:
    """Return factor⁻¹ x for a triangular factor, with leading axes that only x has as further columns."""
    folded, lead = columns_of(x, factor.ndim)
    return from_columns(solve_triangle(factor, folded, is_lower=is_lower, unit_diagonal=False), lead, x.shape[-1])


# Cholesky: a = l lᴴ

#: Columns in a block: the time is the same within a tenth from 32 to 64, and half as long again at 128.
_BLOCK = 48


def _cholesky_to_a(g: Any, out: Any, is_upper: bool) -> Any:
    """Return l⁻ᵀ Φ(lᵀ ḡ) conj(l)⁻¹ made Hermitian, Φ the lower triangle with half of the diagonal."""
    if is_upper:
        g, out = adjoint(g), adjoint(out)
    if type(g) is type(out) is np.ndarray and out.dtype.char in "fd":
        return _cholesky_in_blocks(g, out)
    middle = halved_diagonal(lower(swap(out) @ lower(g)))
    left = _from_left(swap(out), middle, is_lower=False)
    return hermitian(swap(_from_left(adjoint(out), swap(left), is_lower=False)))


def _cholesky_in_blocks(g: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Return the same for real matrices, block column by block column from the last (Murray 2016, section 4).

    The inverse of each diagonal block takes the place of triangular solves, which are slow for small ones, and the
    result is written over the cotangent: at n = 500 each further array of that size would cost a tenth more.
    """
    g = g.copy()
    for start in reversed(range(0, out.shape[-1], _BLOCK)):
        stop = min(start + _BLOCK, out.shape[-1])
        here, below = slice(start, stop), slice(stop, None)
        diagonal, left = out[..., here, here], out[..., here, :start]
        inverse = _inverse_of_lower(diagonal)
        solved = g[..., below, here] @ inverse
        inside = np.tril(swap(diagonal) @ np.tril(g[..., here, here] - swap(solved) @ out[..., below, here]))
        inside = hermitian(swap(inverse) @ halved_diagonal(inside) @ inverse)
        g[..., here, :start] -= swap(solved) @ out[..., below, :start]
        g[..., here, :start] -= 2 * inside @ left
        g[..., below, :start] -= solved @ left
        g[..., here, here] = inside
        solved /= 2
        g[..., below, here] = solved
        g[..., here, below] = swap(solved)
    return g


def _inverse_of_lower(x: np.ndarray) -> np.ndarray:
    """Return the inverses of small lower triangular matrices: LAPACK's one by one, unless they are tiny and many."""
    if x.ndim > 2 and x.shape[-1] < 12:
        return np.linalg.inv(x)
    trtri = importlib.import_module("scipy.linalg").get_lapack_funcs("trtri", (x,))
    inverse = np.empty_like(x)
    for index in np.ndindex(x.shape[:-2]):
        inverse[index] = trtri(x[index].T, lower=False)[0].T
    return inverse


_cholesky = general(lambda a, is_upper: np.linalg.cholesky(a, upper=is_upper), name="cholesky", a=_cholesky_to_a)


@implements(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """Return the triangular factors l of Hermitian positive definite matrices l lᴴ, or lᴴ."""
    return _cholesky(a, is_upper=bool(upper))


# QR: a = q r. With y = da r⁻¹ and z the change of r in dr = z r, upper triangular with a real diagonal, dq = y - q z.


def _qr_to_a(g: Any, a: Any, out: Any) -> Any:
    """Return the cotangent of a; of a wide matrix the first columns give q, and r's others are qᴴ a."""
    g_q, g_r = g
    q, r = out
    m, n = a.shape[-2:]
    if m >= n:
        return _deep_to_a(*_without_complement(g_q, q, g_r, r))
    if g_r is None:
        square, rest = _deep_to_a(g_q, q, None, r[..., :m]), np.zeros_like(a[..., m:])
        return np.concatenate([square, np.broadcast_to(rest, (*square.shape[:-1], n - m))], axis=-1)
    turned = a[..., m:] @ swap(g_r[..., m:])
    g_q = conj(turned) if g_q is None else g_q + conj(turned)
    square = _deep_to_a(g_q, q, g_r[..., :m], r[..., :m])
    return np.concatenate([square, conj(q) @ g_r[..., m:]], axis=-1)


def _without_complement(g_q: Any, q: Any, g_r: Any, r: Any) -> tuple[Any, Any, Any, Any]:
    """Return cotangents and factors without what mode="complete" adds.

    With q1 the vectors and q2 the added ones, q2ᴴ dq1 = -(q1ᴴ dq2)ᴴ: what q2 is sensitive to is turned over to q1.
    """
    n = r.shape[-1]
    if q.shape[-1] == n:
        return g_q, q, g_r, r
    q1, q2 = q[..., :n], q[..., n:]
    if g_q is not None:
        g1, g2 = g_q[..., :n], g_q[..., n:]
        refuse_basis(swap(q2) @ g2)
        g_q = g1 - conj(q2) @ (adjoint(g2) @ conj(q1))
    return g_q, q1, None if g_r is None else g_r[..., :n, :], r[..., :n, :]


def _deep_to_a(g_q: Any, q: Any, g_r: Any, r: Any) -> Any:
    """Return (q̄ + conj(q) h) r⁻ᵀ, h the Hermitian matrix with the upper triangle of r̄ rᵀ - qᵀ q̄."""
    _refuse_rank(r)
    middle = -swap(q) @ g_q if g_q is not None else 0
    middle = middle + g_r @ swap(r) if g_r is not None else middle
    above = upper(middle, 1)
    diagonal = np.where(np.eye(r.shape[-1], dtype=bool), np.real(middle), 0)
    changed = conj(q) @ (above + adjoint(above) + diagonal)
    changed = changed + g_q if g_q is not None else changed
    return swap(_from_left(r, swap(changed), is_lower=False))


def _refuse_rank(r: Any) -> None:
    """Raise for dependent columns: r then has a zero on its diagonal, up to rounding."""
    size = np.abs(np.diagonal(untracked(r), axis1=-2, axis2=-1))
    if type(size) is not np.ndarray or not size.shape[-1]:
        return
    rounding = size.shape[-1] * np.finfo(size.dtype).eps * np.max(size, axis=-1)
    if np.any(np.min(size, axis=-1) <= rounding):
        raise NotDifferentiableError(
            "np.linalg.qr got a matrix whose (first) columns are linearly dependent: the vectors that belong to a zero "
            "on the diagonal of r are arbitrary, and have no derivative."
        )


_qr = general(lambda a, mode: tuple(np.linalg.qr(a, mode)), name="qr", outputs=2, a=_qr_to_a)


@implements(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Return the factors q, with orthonormal columns, and r, upper triangular; r alone with mode="r"."""
    if mode == "r":
        return _qr(a, mode="reduced")[1]
    if mode not in ("reduced", "complete"):
        raise UnsupportedArgumentError(
            f"np.linalg.qr on a Tensor takes mode 'reduced', 'complete' or 'r', and got {mode!r}: the reflectors that "
            f"LAPACK stores have no derivative rule."
        )
    return QRResult(*_qr(a, mode=mode))
