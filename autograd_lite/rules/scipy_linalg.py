"""Functions of `scipy.linalg` that NumPy has too, with SciPy's arguments; triangular systems. Imported when SciPy is.

Permissions to overwrite arguments are not used. Symmetric and Hermitian matrices are taken as (a + aᵀ) / 2 and
(a + aᴴ) / 2, so that the cotangent does not depend on the triangle that LAPACK reads.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from scipy import linalg

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements
from autograd_lite.errors import UnsupportedArgumentError
from autograd_lite.rules.adjoints import adjoint, hermitian, upper
from autograd_lite.rules.adjoints import lower as lower_triangle
from autograd_lite.rules.axes import swap
from autograd_lite.rules.solving import solve_triangle, with_columns
from autograd_lite.rules.spectra import eigh_to_a
from autograd_lite.rules.structured import all_finite

# Linear systems


@implements(linalg.solve_triangular)
def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """Return the solution for triangular matrices, for their transposes, or for their conjugate transposes."""
    all_finite(check_finite, a, b)
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ValueError(f"scipy.linalg.solve_triangular: trans is one of 0, 1, 2, 'N', 'T', 'C', and not {trans!r}")
    if trans not in (0, "N"):
        a, lower = (swap(a) if trans in (1, "T") else adjoint(a)), not lower
    return with_columns(
        functools.partial(solve_triangle, is_lower=bool(lower), unit_diagonal=bool(unit_diagonal)), a, b
    )


@implements(linalg.cho_solve)
def cho_solve(c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True) -> Any:
    """Return the solution for a matrix given by its Cholesky factor."""
    factor, is_lower = c_and_lower
    all_finite(check_finite, factor, b)
    first, last = (factor, adjoint(factor)) if is_lower else (adjoint(factor), factor)

    def solver(_: Any, b: Any) -> Any:
        inner = solve_triangle(first, b, is_lower=True, unit_diagonal=False)
        return solve_triangle(last, inner, is_lower=False, unit_diagonal=False)

    return with_columns(solver, factor, b)


_TAKEN_AS = {
    None: lambda a: a,
    "gen": lambda a: a,
    "general": lambda a: a,
    "sym": lambda a: (a + swap(a)) / 2,
    "symmetric": lambda a: (a + swap(a)) / 2,
    "her": hermitian,
    "hermitian": hermitian,
    "pos": hermitian,
    "positive definite": hermitian,
    "upper triangular": upper,
    "lower triangular": lower_triangle,
}


def _assumed(a: Any, assume_a: Any, name: str) -> Any:
    if assume_a not in _TAKEN_AS:
        raise UnsupportedArgumentError(
            f"scipy.linalg.{name} on a Tensor takes assume_a one of {list(_TAKEN_AS)}, and got {assume_a!r}. For "
            f"banded matrices there is solve_banded."
        )
    return _TAKEN_AS[assume_a](a)


@implements(linalg.solve)
def solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: Any = None,
    transposed: bool = False,
) -> Any:
    """Return the solution of a x = b, or of aᵀ x = b."""
    all_finite(check_finite, a, b)
    a = _assumed(a, assume_a, "solve")
    return np.linalg.solve(swap(a) if transposed else a, b)


@implements(linalg.inv)
def inv(
    a: Any, overwrite_a: bool = False, check_finite: bool = True, *, assume_a: Any = None, lower: bool = False
) -> Any:
    """Return inverses."""
    all_finite(check_finite, a)
    return np.linalg.inv(_assumed(a, assume_a, "inv"))


@implements(linalg.det)
def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Return determinants, in double precision."""
    all_finite(check_finite, a)
    return np.linalg.det(a.astype(np.result_type(a.dtype, np.float64)))


@implements(linalg.lstsq)
def lstsq(
    a: Any,
    b: Any,
    cond: Any = None,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    lapack_driver: Any = None,
) -> Any:
    """Return solution, residuals, rank and singular values of a least-squares problem of full rank."""
    all_finite(check_finite, a, b)
    x, squares, rank, values = np.linalg.lstsq(a, b, np.finfo(a.dtype).eps if cond is None else cond)
    return x, squares[0] if b.ndim == 1 and squares.shape[0] else squares, rank, values


@implements(linalg.pinv)
def pinv(a: Any, *, atol: Any = None, rtol: Any = None, return_rank: bool = False, check_finite: bool = True) -> Any:
    """Return the pseudo-inverse, and the rank."""
    all_finite(check_finite, a)
    values = np.linalg.svdvals(untracked(a))
    largest = np.max(values, initial=0)
    if rtol is None:
        rtol = max(a.shape) * np.finfo(values.dtype).eps if atol is None else 0.0
    cutoff = (0.0 if atol is None else atol) + rtol * largest
    inverse = np.linalg.pinv(a, rcond=cutoff / largest if largest else 0.0)
    return (inverse, int(np.sum(values > cutoff))) if return_rank else inverse


@implements(linalg.norm)
def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True) -> Any:
    """Return a norm."""
    all_finite(check_finite, a)
    return np.linalg.norm(a, ord, axis, keepdims)


# Decompositions


@implements(linalg.cholesky)
def cholesky(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Return the triangular factor."""
    all_finite(check_finite, a)
    return np.linalg.cholesky(a, upper=not lower)


@implements(linalg.cho_factor)
def cho_factor(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Return the triangular factor, with zeros in the other triangle, and ``lower``."""
    return cholesky(a, lower, check_finite=check_finite), lower


@implements(linalg.qr)
def qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any:
    """Return the factors, r alone with mode="r", and the order of columns if pivoting; it is a constant."""
    all_finite(check_finite, a)
    modes: dict[str, Any] = {"full": "complete", "economic": "reduced", "r": "complete"}
    if mode not in modes:
        raise UnsupportedArgumentError(f"scipy.linalg.qr on a Tensor takes mode 'full', 'economic', 'r', not {mode!r}")
    order = ()
    if pivoting:
        order = (linalg.qr(untracked(a), mode="r", pivoting=True)[-1],)
        a = a[..., order[0]]
    q, r = np.linalg.qr(a, modes[mode])
    return (r, *order) if mode == "r" else (q, r, *order)


@implements(linalg.svd)
def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """Return singular vectors and values, or the values alone."""
    all_finite(check_finite, a)
    return tuple(np.linalg.svd(a, full_matrices)) if compute_uv else np.linalg.svdvals(a)


@implements(linalg.svdvals)
def svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Return singular values."""
    all_finite(check_finite, a)
    return np.linalg.svdvals(a)


@implements(linalg.polar)
def polar(a: Any, side: str = "right") -> Any:
    """Return the factors of a = u p, or a = p u: p positive semidefinite, u with orthonormal rows or columns."""
    if side not in ("left", "right"):
        raise ValueError(f"scipy.linalg.polar: side is 'left' or 'right', and not {side!r}")
    w, s, vh = np.linalg.svd(a, full_matrices=False)
    if side == "right":
        return w @ vh, (adjoint(vh) * s[..., None, :]) @ vh
    return w @ vh, (w * s[..., None, :]) @ adjoint(w)


# Eigenvalues. SciPy takes another algorithm of LAPACK's for Hermitian matrices than NumPy, with other signs of vectors.


_eigh = general(
    lambda a, triangle: tuple(linalg.eigh(a, lower=triangle == "L", check_finite=False)), name="eigh", outputs=2,
    a=eigh_to_a,
)  # fmt: skip


@implements(linalg.eigh)
def eigh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
) -> Any:
    """Return eigenvalues and vectors of a v = w b v.

    By the Cholesky factor of b (G. H. Golub & C. F. Van Loan, *Matrix Computations*, 4th ed., 2013, section 8.7.2).
    """
    all_finite(check_finite, a)
    if b is None:
        w, v = _eigh(a, triangle="L" if lower else "U")
        return w if eigvals_only else (w, v)
    if type != 1:
        raise UnsupportedArgumentError(f"scipy.linalg.eigh on Tensors solves a v = w b v (type=1), not type={type!r}")
    all_finite(check_finite, b)
    factor = np.linalg.cholesky(b)
    half = solve_triangular(factor, hermitian(a), lower=True)
    reduced = solve_triangular(factor, adjoint(half), lower=True)
    w, v = _eigh(reduced, triangle="L")
    return w if eigvals_only else (w, solve_triangular(factor, v, trans="C", lower=True))


@implements(linalg.eigvalsh)
def eigvalsh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
) -> Any:
    """Return eigenvalues of a v = w b v."""
    return eigh(a, b, lower=lower, eigvals_only=True, type=type, check_finite=check_finite)


@implements(linalg.eig)
def eig(a: Any, *, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Return eigenvalues, complex as SciPy has them, and vectors."""
    all_finite(check_finite, a)
    w, v = np.linalg.eig(a)
    return w if w.dtype.kind == "c" else w * np.ones((), np.result_type(w.dtype, np.complex64)), v


@implements(linalg.eigvals)
def eigvals(a: Any, *, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Return eigenvalues, complex as SciPy has them."""
    return eig(a, check_finite=check_finite)[0]
