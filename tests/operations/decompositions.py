"""Rows of inverses, linear systems, determinants, decompositions, eigenvalues and singular values of `numpy.linalg`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from operations.row import COMPLEXES, Op, S


def adjoint(a: Any) -> Any:
    return np.conj(np.swapaxes(a, -1, -2))


def definite(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of a positive definite matrix made of the argument."""
    return lambda a, **keywords: function(a @ adjoint(a) + 2 * np.eye(a.shape[-2], dtype=a.dtype), **keywords)


def symmetric(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of a Hermitian matrix made of the argument, with eigenvalues that differ."""
    return lambda a, **keywords: function(
        (a + adjoint(a)) / 8 + np.diag(np.arange(1, a.shape[-1] + 1)).astype(a.dtype), **keywords
    )


def apart(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of a matrix made of the argument that has no symmetry and real eigenvalues that differ."""
    return lambda a: function(a / 8 + np.diag(np.arange(1, a.shape[-1] + 1)).astype(a.dtype))


def away_from_zero(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of a matrix made of the first argument whose condition is small."""
    return lambda a, *others, **keywords: function(a + 5 * np.eye(*a.shape[-2:], dtype=a.dtype), *others, **keywords)


def enlarged(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of a matrix of 70 rows that has the arguments in its corner."""

    def of_corner(a: Any, *others: Any, **keywords: Any) -> Any:
        width = 70 - a.shape[-1]
        large = np.pad(a, (0, width)) + 2 * np.eye(70, dtype=a.dtype) + np.eye(70, k=1, dtype=a.dtype) / 2
        return function(large, *(np.pad(b, ((0, width), *((0, 0),) * (b.ndim - 1))) for b in others), **keywords)

    return of_corner


def parts(z: Any) -> list[Any]:
    return [np.real(z), np.imag(z)]


def least_squares(a: Any, b: Any, **keywords: Any) -> list[Any]:
    x, squares, _, values = np.linalg.lstsq(a, b, **keywords)
    return [x, squares, values]


def complete_qr(a: Any) -> list[Any]:
    q, r = np.linalg.qr(a, "complete")
    n = r.shape[-1]
    return [q[..., :n], r, projector(q[..., n:])]


def full_svd(a: Any) -> list[Any]:
    u, s, vh = np.linalg.svd(a)
    k = s.shape[-1]
    first = u[..., :1] @ vh[..., :1, :]  # a pair of complex vectors has a phase of its own
    return [first, s, projector(u[..., k:]), projector(adjoint(vh[..., k:, :]))]


def projector(v: Any) -> Any:
    return v @ adjoint(v)


def orthogonal_and_volume(a: Any) -> list[Any]:
    u, s, vh = np.linalg.svd(a)
    return [u @ vh, np.sum(np.log(s))]


def hermitian_svd(a: Any, **keywords: Any) -> list[Any]:
    u, s, vh = np.linalg.svd(a, hermitian=True, **keywords)
    return [projector(u[..., :1]), s, u[..., 1:] @ vh[..., 1:, :]]


def spaces(a: Any, UPLO: str = "L") -> list[Any]:  # noqa: N803 - NumPy's name
    """Return eigenvalues, and the spaces of the first and of the further eigenvectors: all that has no phase."""
    w, v = np.linalg.eigh(a, UPLO)
    return [w, projector(v[..., :1]), projector(v[..., 1:])]


def general_spaces(a: Any) -> list[Any]:
    w, v = np.linalg.eig(a)
    return [np.real(w), np.imag(w) ** 2, np.abs(v) ** 2]


_SYSTEMS = (S((3, 3), (3,)), S((3, 3), (3, 2)), S((2, 3, 3), (3,)), S((3, 3), (4, 3, 2)), S((2, 1, 3, 3), (4, 3, 2)))
_NOT_SQUARE = (S((2, 3)), S((3,)))

SOLVING = [
    Op("inv", np.linalg.inv, [S((3, 3)), S((2, 3, 3)), S((1, 1))], errors=_NOT_SQUARE, tol=1e-6),
    Op("solve", away_from_zero(np.linalg.solve), _SYSTEMS, errors=(S((3, 3), (2,)),)),
    Op("solve, large", enlarged(np.linalg.solve), [S((2, 2), (2,)), S((2, 2), (2, 1))], order=2),
    Op("tensorsolve", np.linalg.tensorsolve, [S((2, 3, 6), (2, 3)), S((6, 2, 3), (2, 3), axes=(0,))],
       errors=(S((2, 3, 5), (2, 3)),), tol=1e-6),
    Op("tensorinv", np.linalg.tensorinv, [S((2, 3, 6)), S((4, 2, 2), ind=1)], tol=1e-6),
    Op("pinv", np.linalg.pinv, [S((4, 2)), S((2, 4)), S((2, 3, 3))], errors=(S((3,)),), tol=1e-6),
    Op("pinv of rank one", lambda a: np.linalg.pinv(a[:, :1] @ a[:1], rtol=1e-6), [S((3, 3)), S((2, 4))],
       (0.5, 2.0)),
    Op("pinv of a Hermitian matrix", symmetric(np.linalg.pinv), [S((3, 3), hermitian=True)]),
    Op("lstsq", least_squares, [S((4, 2), (4,)), S((4, 2), (4, 3), rcond=1e-9), S((2, 4), (2,)), S((3, 3), (3, 2))],
       errors=(S((4, 2), (3,)),), tol=1e-6),
    Op("cond", away_from_zero(np.linalg.cond), [
        S((3, 3)), S((2, 3, 2)), *(S((3, 3), p=p) for p in (-2, "fro", 1, -np.inf)),
    ]),
    Op("det", np.linalg.det, [S((3, 3)), S((2, 2, 2)), S((1, 1))], errors=_NOT_SQUARE),
    Op("det of a singular matrix", np.linalg.det, [
        S([[1.0, 2.0, 0.5], [2.0, 4.0, 1.0], [1.0, 0.0, 1.0]]), S([[1.0, 2.0, 0.5], [2.0, 4.0, 1.0], [0.0, 0.0, 0.0]]),
        S([[[0.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [3.0, 4.0]]]),
    ]),
    Op("det, large", enlarged(lambda a: np.linalg.det(a / 2)), [S((2, 2))], order=2),
    Op("slogdet", np.linalg.slogdet, [S((3, 3)), S((2, 2, 2))], errors=_NOT_SQUARE, tol=1e-6),
    Op("slogdet, large", enlarged(np.linalg.slogdet), [S((2, 2))], (0.2, 1.0), order=2),
]  # fmt: skip

FACTORS = [
    Op("cholesky", definite(np.linalg.cholesky), [S((3, 3)), S((2, 3, 3)), S((3, 2), upper=True)]),
    Op("cholesky, large", enlarged(lambda a: np.linalg.cholesky(a @ a.T)[:3]), [S((2, 2))], order=2),
    Op("qr", np.linalg.qr, [S((4, 3)), S((3, 3)), S((2, 4)), S((2, 3, 2))], (0.2, 3.0), tol=1e-6),
    Op("qr, r", np.linalg.qr, [S((4, 2), mode="r"), S((2, 3), mode="r")], (0.2, 3.0), tol=1e-6),
    Op("qr, q of wide matrices", lambda a: np.linalg.qr(a)[0], [S((2, 4)), S((3, 2))], (0.2, 3.0), tol=1e-6),
    Op("qr, complete", complete_qr, [S((4, 2)), S((2, 3))], (0.2, 3.0), tol=1e-6),
]  # fmt: skip

SPECTRA = [
    Op("eigh", symmetric(np.linalg.eigh), [S((3, 3)), S((2, 3, 3)), S((3, 3), UPLO="U")], errors=_NOT_SQUARE[:1]),
    Op("eigvalsh", symmetric(np.linalg.eigvalsh), [S((3, 3)), S((2, 3, 3), UPLO="U")]),
    Op("eig", apart(np.linalg.eig), [S((3, 3)), S((2, 2, 2))]),
    Op("eigvals", apart(np.linalg.eigvals), [S((3, 3))]),
    Op("eigvals in pairs", lambda a: parts(np.linalg.eigvals(a / 4 + np.array([[0, 3], [-3, 0]], a.dtype))),
       [S((2, 2)), S((2, 2, 2))]),
    Op("svd", np.linalg.svd, [S((3, 2), full_matrices=False), S((2, 3), full_matrices=False), S((2, 2, 2)),
                              S((3, 3), compute_uv=False)], tol=1e-5),
    Op("svd of a Hermitian matrix", symmetric(hermitian_svd), [S((3, 3)), S((2, 2, 2))]),
    Op("singular values of a Hermitian matrix", symmetric(np.linalg.svd),
       [S((2, 2), hermitian=True, compute_uv=False)]),
    Op("svd, full", full_svd, [S((4, 2)), S((2, 3))], tol=1e-5),
    Op("svdvals", np.linalg.svdvals, [S((3, 2)), S((2, 2, 3))], tol=1e-6),
    Op("eigvalsh of repeated values", lambda a: np.sum(np.exp(np.linalg.eigvalsh(a + a.T))),
       [S([[1.0, 0.5], [-0.5, 1.0]]), S(np.diag([1.0, 2.0, 1.0]))], order=1),
    Op("eigh of repeated values", lambda a: projector(np.linalg.eigh(a + a.T)[1][:, :2]),
       [S(np.diag([1.0, 2.0, 1.0])), S(np.diag([3.0, 2.0, 1.0, 1.0]))], order=1),
    Op("svd of repeated values", orthogonal_and_volume,
       [S([[0.6, 0.8], [-0.8, 0.6]]), S(np.diag([2.0, 3.0, 2.0]))], order=1),
]  # fmt: skip

_SOLVABLE = SOLVING[1].fn

OF_COMPLEX = [
    Op("inv, complex", np.linalg.inv, [S((2, 3, 3))], order=2, dtypes=COMPLEXES, tol=1e-6),
    Op("solve, complex", _SOLVABLE, [S((3, 3), (3,)), S((2, 3, 3), (3, 2))], order=2, dtypes=COMPLEXES),
    Op("pinv, complex", np.linalg.pinv, [S((3, 2)), S((2, 3))], order=2, dtypes=COMPLEXES, tol=1e-6),
    Op("lstsq, complex", least_squares, [S((3, 2), (3,))], order=2, dtypes=COMPLEXES, tol=1e-6),
    Op("det, complex", np.linalg.det, [S((3, 3)), S((2, 2, 2))], order=2, dtypes=COMPLEXES),
    Op("slogdet, complex", np.linalg.slogdet, [S((3, 3))], order=2, dtypes=COMPLEXES, tol=1e-6),
    Op("cholesky, complex", definite(np.linalg.cholesky), [S((3, 3)), S((2, 2, 2), upper=True)], order=2,
       dtypes=COMPLEXES),
    Op("qr, complex", np.linalg.qr, [S((3, 2)), S((2, 3))], order=2, dtypes=COMPLEXES, tol=1e-6),
    Op("qr, complete, complex", complete_qr, [S((4, 2))], order=2, dtypes=COMPLEXES, tol=1e-6),
    Op("eigh, complex", symmetric(spaces), [S((3, 3)), S((2, 2, 2), UPLO="U")], order=2, dtypes=COMPLEXES),
    Op("eig, complex", apart(general_spaces), [S((3, 3))], order=2, dtypes=COMPLEXES, tol=1e-6),
    Op("svd, complex", full_svd, [S((3, 2)), S((2, 2))], order=2, dtypes=COMPLEXES, tol=1e-5),
]  # fmt: skip

ROWS = [*SOLVING, *FACTORS, *SPECTRA, *OF_COMPLEX]
