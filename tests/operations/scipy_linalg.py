"""Rows of `scipy.linalg`: triangular, banded and other systems, functions of matrices, and what NumPy has too."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import LATE
from autograd_lite.scipy import linalg
from operations.decompositions import adjoint, apart, away_from_zero, definite, parts, projector, symmetric
from operations.row import COMPLEXES, Op, S, Undispatched

# The rules come with the first use of a function; the table of primitives is to hold them before.
for _module in LATE.get("scipy.linalg", ()):
    importlib.import_module(_module)

MATRIX = (S((3, 3)),)
SMALL = (S((2, 2)),)
MATRICES = (S((3, 3)), S((2, 2, 2)))
DOUBLE = (np.float64,)


def through_factor(a: Any, b: Any, lower: bool = False) -> Any:
    factor = linalg.cho_factor(a @ adjoint(a) + 2 * np.eye(3, dtype=a.dtype), lower=lower)
    return linalg.cho_solve(factor, b)


def heavy_diagonal(row: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of diagonals, of which the one in this row is made large and, of complex ones, real."""

    def solved(ab: Any, b: Any, **keywords: Any) -> Any:
        here = (np.arange(ab.shape[0]) == row % ab.shape[0])[:, None]
        return function(np.where(here, 6 + np.real(ab) ** 2, ab), b, **keywords)

    return solved


def with_bands(below: int, above: int) -> Callable[..., Any]:
    return heavy_diagonal(above, lambda ab, b: linalg.solve_banded((below, above), ab, b))


def both(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of two matrices whose eigenvalues are positive."""
    return lambda a, b, *others: function(away_from_zero(lambda x: x)(a), away_from_zero(lambda x: x)(b), *others)


def pencil(a: Any, b: Any) -> list[Any]:
    w, v = linalg.eigh((a + adjoint(a)) / 8 + np.diag([1, 2]).astype(a.dtype), definite(lambda x: x)(b / 4))
    return [w, np.abs(v) ** 2, linalg.eigvalsh(a + adjoint(a), definite(lambda x: x)(b / 4), lower=False)]


def eigenspaces(a: Any, **keywords: Any) -> list[Any]:
    w, v = linalg.eigh(a, **keywords)
    return [w, projector(v[:, :1]), linalg.eigh(a, eigvals_only=True)]


SYSTEMS = [
    Undispatched("solve_triangular", away_from_zero(linalg.solve_triangular), [
        S((3, 3), (3,)), S((3, 3), (3, 2), lower=True, trans=1), S((3, 3), (2, 3, 2), trans="T", unit_diagonal=True),
        S((2, 3, 3), (3,), lower=True), S((2, 1, 3, 3), (4, 3, 2), unit_diagonal=True),
    ]),
    Undispatched("solve_triangular, complex", away_from_zero(linalg.solve_triangular), [
        S((3, 3), (3,), trans=2, lower=True), S((3, 3), (3, 2), trans="C", unit_diagonal=True),
    ], order=2, dtypes=COMPLEXES),
    Undispatched("cho_solve", through_factor, [S((3, 3), (3,)), S((3, 2), (3, 2), lower=True)]),
    Undispatched("cho_solve, complex", through_factor, [S((3, 3), (3,))], order=2, dtypes=COMPLEXES),
    *(Undispatched(f"solve_banded, {below} below and {above} above", with_bands(below, above),
                   [S((below + above + 1, 4), (4,)), S((below + above + 1, 4), (4, 2))])
      for below, above in ((1, 1), (0, 2), (2, 1))),
    Undispatched("solveh_banded", heavy_diagonal(-1, linalg.solveh_banded), [S((3, 4), (4,)), S((1, 3), (3, 2))]),
    Undispatched("solveh_banded, lower", heavy_diagonal(0, linalg.solveh_banded), [S((2, 4), (4, 2), lower=True)]),
    Undispatched("solveh_banded, complex", heavy_diagonal(-1, linalg.solveh_banded), [S((2, 3), (3,))], order=2,
                 dtypes=COMPLEXES),
    Undispatched("solve_sylvester", both(linalg.solve_sylvester), [
        S((3, 3), (2, 2), (3, 2)), S((2, 2), (2, 2), (4, 2, 2)), S((2, 2, 2), (1, 1), (2, 1)),
    ]),
    Undispatched("solve_sylvester, complex", both(linalg.solve_sylvester), [S((2, 2), (2, 2), (2, 2))], order=2,
                 dtypes=COMPLEXES),
    Undispatched("solve_continuous_lyapunov", away_from_zero(linalg.solve_continuous_lyapunov), [S((3, 3), (3, 3))]),
    Undispatched("solve_lyapunov", away_from_zero(linalg.solve_lyapunov), [S((2, 2), (2, 2))], order=2,
                 dtypes=COMPLEXES),
    Undispatched("solve_discrete_lyapunov", lambda a, q: linalg.solve_discrete_lyapunov(a / 8, q),
                 [S((3, 3), (3, 3)), S((2, 2, 2), (2, 2))], dtypes=DOUBLE),
    Undispatched("solve_discrete_lyapunov, complex", lambda a, q: linalg.solve_discrete_lyapunov(a / 8, q),
                 [S((2, 2), (2, 2))], order=2, dtypes=COMPLEXES[:1]),
]  # fmt: skip

FUNCTIONS = [
    Undispatched("expm", linalg.expm, [S((2, 2, 2)), S((1, 1)), S([[2.0, 1.0], [0.0, 2.0]])], (-1.0, 1.0)),
    Undispatched("logm", definite(linalg.logm), SMALL, order=2, dtypes=DOUBLE),
    Undispatched("logm of stacks", definite(linalg.logm), [S((2, 2, 2)), S((3, 3))], order=1, dtypes=DOUBLE),
    Undispatched("sqrtm", definite(linalg.sqrtm), [*MATRICES, S([[1.0, 0.0], [0.0, 1.0]])]),
    Undispatched("sqrtm, complex", definite(linalg.sqrtm), MATRIX, order=2, dtypes=COMPLEXES),
    *(Undispatched(function.__name__, function, SMALL, (-0.5, 0.5), order=2, tol=1e-6) for function in
      (linalg.cosm, linalg.sinm, linalg.coshm, linalg.sinhm, linalg.tanhm)),
    Undispatched("tanm", linalg.tanm, SMALL, (-0.5, 0.5), order=2, dtypes=DOUBLE, tol=1e-6),
    Undispatched("cosm of stacks", linalg.cosm, [S((2, 2, 2)), S((3, 3))], (-0.5, 0.5), order=1, tol=1e-6),
    Undispatched("fractional_matrix_power", definite(linalg.fractional_matrix_power),
                 [S((2, 2), t=0.3)], order=2, dtypes=DOUBLE, tol=1e-6),
    Undispatched("expm, complex", linalg.expm, MATRIX, (-0.5, 0.5), order=2, dtypes=COMPLEXES),
]  # fmt: skip

OF_VECTORS = [
    Op("toeplitz", linalg.toeplitz, [S((3,)), S((3,), (4,))]),
    Op("toeplitz, complex", linalg.toeplitz, [S((3,))], order=2, dtypes=COMPLEXES),
    Op("hankel", linalg.hankel, [S((3,)), S((3,), (4,))]),
    Op("circulant", linalg.circulant, [S((4,))]),
    Op("block_diag", linalg.block_diag, [S((2, 3), (2,), (1, 1))]),
]

AS_IN_NUMPY = [
    Undispatched("linalg.solve of SciPy", away_from_zero(linalg.solve), [
        S((3, 3), (3,)), S((3, 3), (3, 2), transposed=True), S((3, 3), (3,), assume_a="upper triangular"),
    ], tol=1e-6),
    Undispatched("linalg.solve of SciPy, positive definite", lambda a, b: definite(
        lambda a: linalg.solve(a, b, assume_a="pos"))(a), [S((3, 3), (3,))]),
    Undispatched("linalg.inv of SciPy", away_from_zero(linalg.inv), MATRIX),
    Undispatched("linalg.det of SciPy", linalg.det, MATRIX, dtypes=DOUBLE),
    Undispatched("linalg.pinv of SciPy", linalg.pinv, [S((3, 2))], tol=1e-6),
    Undispatched("linalg.lstsq of SciPy", lambda a, b: [linalg.lstsq(a, b)[k] for k in (0, 1, 3)], [S((4, 2), (4,))],
                 dtypes=DOUBLE, tol=1e-6),
    Undispatched("linalg.norm of SciPy", linalg.norm, [S((3, 2)), S((3, 2), axis=0)]),
    Undispatched("linalg.cholesky of SciPy", definite(linalg.cholesky), [S((3, 3)), S((3, 3), lower=True)]),
    Undispatched("linalg.qr of SciPy", linalg.qr, [S((3, 2), mode="economic"), S((3, 3)), S((3, 2), mode="r")],
                 (0.2, 3.0), tol=1e-6),
    Undispatched("linalg.qr of SciPy, pivoting", lambda a: list(linalg.qr(a, mode="economic", pivoting=True)[:2]),
                 [S((3, 2))], tol=1e-6),
    Undispatched("linalg.svd of SciPy", linalg.svd, [S((2, 3), full_matrices=False), S((2, 3), compute_uv=False)],
                 tol=1e-5),
    Undispatched("linalg.svdvals of SciPy", linalg.svdvals, [S((3, 2))], tol=1e-6),
    Undispatched("polar", linalg.polar, [S((3, 3)), S((2, 3), side="left")], tol=1e-5),
    Undispatched("linalg.eigh of SciPy", symmetric(eigenspaces), [S((3, 3)), S((2, 2), lower=False)]),
    Undispatched("linalg.eigvalsh of SciPy", symmetric(linalg.eigvalsh), MATRIX),
    Undispatched("linalg.eigh of SciPy, two matrices", pencil, [S((2, 2), (2, 2))], order=1, tol=1e-6),
    Undispatched("linalg.eig of SciPy", lambda a: apart(linalg.eig)(a)[1], MATRIX),
    Undispatched("linalg.eigvals of SciPy", lambda a: parts(apart(linalg.eigvals)(a)), MATRIX),
]  # fmt: skip

ROWS = [*SYSTEMS, *FUNCTIONS, *OF_VECTORS, *AS_IN_NUMPY]
