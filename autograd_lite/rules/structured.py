"""Matrices with structure in `scipy.linalg`: banded systems, Toeplitz, Hankel, circulant and block-diagonal matrices.

A banded matrix a is stored by diagonals, ab[u + i - j, j] = a[i, j] for u diagonals above the main one (G. H. Golub &
C. F. Van Loan, *Matrix Computations*, 4th ed., 2013, section 1.2.5); that of its transpose has the rows in reversed
order, each shifted. Imported when SciPy is.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from scipy import linalg

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements, refuse
from autograd_lite.rules.adjoints import columns_of, conj, from_columns
from autograd_lite.rules.solving import with_columns

# Banded systems


def _places(count: int, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for diagonals at offsets i - j, the row i of each column j, and whether there is one."""
    rows = np.arange(count) + offsets[:, None]
    inside = (rows >= 0) & (rows < count)
    return np.where(inside, rows, 0), inside


def _transposed_bands(ab: Any, below: int, above: int) -> Any:
    """Return the diagonals of the transposed matrix."""
    places, inside = _places(ab.shape[-1], np.arange(-below, above + 1))
    return np.where(inside, np.take_along_axis(ab[::-1], places, axis=-1), 0)


def _to_bands(g: Any, ab: Any, out: Any, below: int, above: int) -> Any:
    """Return the diagonals of -(a⁻ᵀ ḡ) xᵀ."""
    solved = _to_right_side(g, ab, below, above)
    places, inside = _places(ab.shape[-1], np.arange(-above, below + 1))
    return np.where(inside, -np.sum(solved[..., places, :] * out, axis=-1), 0)


def _to_right_side(g: Any, ab: Any, below: int, above: int) -> Any:
    folded, lead = columns_of(g, 2)
    solved = _solve_bands(_transposed_bands(ab, below, above), folded, below=above, above=below)
    return from_columns(solved, lead, g.shape[-1])


_solve_bands = general(
    lambda ab, b, below, above: linalg.solve_banded((below, above), ab, b, check_finite=False), name="solve_banded",
    ab=_to_bands, b=lambda g, ab, below, above: _to_right_side(g, ab, below, above),
)  # fmt: skip


def all_finite(check_finite: bool, *arrays: Any) -> None:
    """Raise ValueError for infinities and NaNs, where SciPy is asked to."""
    if check_finite:
        for x in arrays:
            np.asarray_chkfinite(untracked(x))


@implements(linalg.solve_banded)
def solve_banded(
    l_and_u: Any, ab: Any, b: Any, overwrite_ab: bool = False, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """Return the solution for a banded matrix with l diagonals below and u above the main one."""
    all_finite(check_finite, ab, b)
    below, above = l_and_u
    return with_columns(functools.partial(_solve_bands, below=int(below), above=int(above)), ab, b)


@implements(linalg.solveh_banded)
def solveh_banded(
    ab: Any,
    b: Any,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    lower: bool = False,
    check_finite: bool = True,
) -> Any:
    """Return the solution for a positive definite banded matrix, of which one half is given."""
    all_finite(check_finite, ab, b)
    linalg.cholesky_banded(untracked(ab), lower=lower, check_finite=False)  # raises where it is not positive definite
    ab = ab if hasattr(ab, "shape") else np.asarray(ab)
    width = ab.shape[0] - 1
    # The other half is that of the transposed: the same bands, conjugated, in the order of the transposed matrix.
    other = conj(_transposed_bands(ab, width, 0) if lower else _transposed_bands(ab, 0, width))
    full = np.concatenate([other[:-1], ab] if lower else [ab, other[1:]], axis=0)
    return with_columns(functools.partial(_solve_bands, below=width, above=width), full, b)


# Matrices that are look-ups of vectors


def _vector(x: Any, name: str) -> Any:
    x = x if hasattr(x, "shape") else np.asarray(x)
    if x.ndim != 1:
        raise ValueError(f"scipy.linalg.{name} on Tensors takes vectors, and got an array of shape {x.shape}")
    return x


@implements(linalg.toeplitz)
def toeplitz(c: Any, r: Any = None) -> Any:
    """Return the matrix with constant diagonals, its first column ``c`` and its first row ``r``."""
    c = _vector(c, "toeplitz")
    r = conj(c) if r is None else _vector(r, "toeplitz")
    places = np.arange(r.shape[0]) - np.arange(c.shape[0])[:, None]
    return np.concatenate([np.flip(c), r[1:]])[places + c.shape[0] - 1]


@implements(linalg.hankel)
def hankel(c: Any, r: Any = None) -> Any:
    """Return the matrix with constant antidiagonals, its first column ``c`` and its last row ``r``."""
    c = _vector(c, "hankel")
    r = np.zeros_like(c) if r is None else _vector(r, "hankel")
    places = np.arange(r.shape[0]) + np.arange(c.shape[0])[:, None]
    return np.concatenate([c, r[1:]])[places]


@implements(linalg.circulant)
def circulant(c: Any) -> Any:
    """Return the matrices whose columns are ``c``, rotated further by one each."""
    n = c.shape[-1]
    return c[..., (np.arange(n)[:, None] - np.arange(n)) % n]


@implements(linalg.block_diag)
def block_diag(*arrs: Any) -> Any:
    """Return the matrix that has matrices on its diagonal."""
    blocks = [np.atleast_2d(x if hasattr(x, "shape") else np.asarray(x)) for x in arrs]
    width = sum(x.shape[1] for x in blocks)
    rows, left = [], 0
    for x in blocks:
        rows.append(np.pad(x, ((0, 0), (left, width - left - x.shape[1]))))
        left += x.shape[1]
    return np.concatenate(rows, axis=0)


_OF_FACTORS = "the factors depend on a choice of pivots, and SciPy stores them in a layout of LAPACK's. Use "
refuse(linalg.lu, linalg.lu_factor, linalg.lu_solve, because=_OF_FACTORS + "solve, inv, det or qr.")
refuse(linalg.ldl, because=_OF_FACTORS + "cholesky, eigh or solve.")
refuse(
    linalg.schur, linalg.hessenberg, linalg.qz, linalg.ordqz, because=_OF_FACTORS + "eigh, eig or a matrix function."
)
refuse(
    linalg.null_space, linalg.orth,
    because="the basis of a space is arbitrary. Use svd and a function of the space, such as V @ V.T.",
)  # fmt: skip
refuse(linalg.funm, because="it is given a function of numbers. Use expm, logm, sqrtm, cosm, sinm, or eigh.")
