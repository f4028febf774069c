"""Inverses, linear systems, least squares.

The formulas are those of M. Giles, *An extended collection of matrix derivative results for forward and reverse mode
automatic differentiation*, Oxford report 08/01 (2008), section 2.2 (inverse, linear systems), and of G. H. Golub &
V. Pereyra, *The differentiation of pseudo-inverses and nonlinear least squares problems whose variables separate*, SIAM
J. Numer. Anal. 10 (1973), equation (4.12) (pseudo-inverse, of constant rank).

Batch axes of a cotangent, and stacks of right-hand sides for one matrix, become columns: a matrix is factorised once.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import constant, general, implements
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.rules.adjoints import adjoint, columns_of, conj, from_columns, hermitian, lower, upper
from autograd_lite.rules.axes import swap
from autograd_lite.rules.spectra import needs_vectors, svdvals

general(np.linalg.inv, name="inv", array_function=np.linalg.inv, a=lambda g, out: -swap(out) @ g @ swap(out))


# Linear systems a x = b


def _without_ones(a: Any) -> Any:
    """Return matrices without leading stack axes of length one."""
    while a.ndim > 2 and a.shape[0] == 1:
        a = a[0]
    return a


def _to_right_side(g: Any, a: Any, solver: Callable[[Any, Any], Any]) -> Any:
    """Return a⁻ᵀ ḡ; ``solver`` gets aᵀ."""
    a = _without_ones(a)
    folded, lead = columns_of(g, a.ndim)
    return from_columns(solver(swap(a), folded), lead, g.shape[-1])


def _to_matrix(g: Any, a: Any, out: Any, solver: Callable[[Any, Any], Any]) -> Any:
    """Return -(a⁻ᵀ ḡ) xᵀ, summed over the right-hand sides that share a matrix as one product."""
    a = _without_ones(a)
    folded, lead = columns_of(g, a.ndim)
    solution, sides = columns_of(out, a.ndim)
    batch = lead[: len(lead) - len(sides)]
    return -from_columns(solver(swap(a), folded), batch, solution.shape[-1]) @ swap(solution)


_solve = general(
    lambda a, b: np.linalg.solve(a, b), name="solve",
    a=lambda g, a, out: _to_matrix(g, a, out, np.linalg.solve), b=lambda g, a: _to_right_side(g, a, np.linalg.solve),
)  # fmt: skip


# A large matrix keeps its factors, so that the sweep does not factorise again.

#: Rows from which on that pays: the look-up of the LAPACK functions and the further node take some 20 µs.
_LARGE = 64


def _solve_factorised(a: Any, b: Any) -> tuple[Any, Any, Any]:
    linalg = importlib.import_module("scipy.linalg")
    factorise, substitute = linalg.get_lapack_funcs(("getrf", "getrs"), (a, b))
    factors, pivots, info = factorise(a)
    if info > 0:
        raise np.linalg.LinAlgError("Singular matrix")
    return np.ascontiguousarray(substitute(factors, pivots, b)[0]), factors, pivots


def _by_factors(out: tuple[Any, Any, Any]) -> Callable[[Any, Any], Any]:
    """Return what solves with the transposed matrix: by its factors in a plain sweep, recorded in others."""
    _, factors, pivots = out

    def solver(transposed: Any, g: Any) -> Any:
        if type(factors) is not np.ndarray or type(g) is not np.ndarray:
            return np.linalg.solve(transposed, g)
        linalg = importlib.import_module("scipy.linalg")
        return linalg.get_lapack_funcs("getrs", (factors, g))(factors, pivots, g, trans=1)[0]

    return solver


_solve_large = general(
    _solve_factorised, name="solve", outputs=3,
    a=lambda g, a, out: _to_matrix(g[0], a, out[0], _by_factors(out)),
    b=lambda g, a, out: _to_right_side(g[0], a, _by_factors(out)),
)  # fmt: skip


def _solve_matrices(a: Any, b: Any) -> Any:
    raw_a, raw_b = untracked(a), untracked(b)
    is_plain = type(raw_a) is type(raw_b) is np.ndarray and not any(
        isinstance(x, Tracked) and x.through is not None for x in (a, b)
    )
    is_large = is_plain and raw_a.ndim == raw_b.ndim == 2 and len(raw_a) >= _LARGE
    if is_large and raw_a.shape == (len(raw_b), len(raw_b)) and {raw_a.dtype.char, raw_b.dtype.char} <= set("fdFD"):
        return _solve_large(a, b)[0]
    return _solve(a, b)


def with_columns(solver: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """Return the solution for a right-hand side that may be a single vector."""
    b = b if hasattr(b, "shape") else np.asarray(b)
    if b.ndim == 1:
        return solver(a, b[:, None])[..., 0]
    return solver(a, b)


@implements(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """Return the solution of a x = b; ``b`` is a vector only if it has one axis."""
    return with_columns(_solve_matrices, a, b)


def _substituted(a: Any, b: Any, is_lower: bool, unit_diagonal: bool) -> Any:
    if type(a) is np.ndarray and a.ndim == b.ndim == 2:
        linalg = importlib.import_module("scipy.linalg")
        return linalg.solve_triangular(a, b, lower=is_lower, unit_diagonal=unit_diagonal, check_finite=False)
    a = lower(a) if is_lower else upper(a)
    if unit_diagonal:
        a = np.where(np.eye(a.shape[-1], dtype=bool), 1, a)
    return np.linalg.solve(a, b)


def _triangle_of(g: Any, is_lower: bool, unit_diagonal: bool) -> Any:
    return lower(g, -int(unit_diagonal)) if is_lower else upper(g, int(unit_diagonal))


def _transposed_solver(is_lower: bool, unit_diagonal: bool) -> Callable[[Any, Any], Any]:
    return functools.partial(solve_triangle, is_lower=not is_lower, unit_diagonal=unit_diagonal)


solve_triangle = general(
    _substituted, name="solve_triangular",
    a=lambda g, a, out, is_lower, unit_diagonal: _triangle_of(
        _to_matrix(g, a, out, _transposed_solver(is_lower, unit_diagonal)), is_lower, unit_diagonal
    ),
    b=lambda g, a, is_lower, unit_diagonal: _to_right_side(g, a, _transposed_solver(is_lower, unit_diagonal)),
)  # fmt: skip


# NumPy's tensors are matrices whose axes are groups of axes.


@implements(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Return x with tensordot(a, x, x.ndim) = b."""
    b = b if hasattr(b, "shape") else np.asarray(b)
    if axes is not None:
        moved = [normalize_axis_index(k, a.ndim) for k in axes]
        a = np.moveaxis(a, moved, range(a.ndim - len(moved), a.ndim))
    shape = a.shape[b.ndim - a.ndim :] if a.ndim > b.ndim else ()
    size = math.prod(shape)
    if math.prod(a.shape) != size**2:
        raise np.linalg.LinAlgError(
            f"np.linalg.tensorsolve: a of shape {a.shape} is not square as a matrix from shape {shape} to {b.shape}"
        )
    return np.reshape(np.linalg.solve(np.reshape(a, (size, size)), np.reshape(b, (size,))), shape)


@implements(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Return the inverse with respect to tensordot over ``ind`` axes."""
    if ind <= 0:
        raise ValueError(f"np.linalg.tensorinv: ind is {ind}, and must be positive")
    first, last = a.shape[:ind], a.shape[ind:]
    return np.reshape(np.linalg.inv(np.reshape(a, (math.prod(first), math.prod(last)))), last + first)


# Pseudo-inverse and least squares


def _pinv_to_a(g: Any, a: Any, out: Any, is_hermitian: bool) -> Any:
    """Return the cotangent along matrices of the same rank; out of wide matrices by way of their transposes."""
    if a.shape[-2] < a.shape[-1]:
        return swap(_pinv_to_a(swap(g), swap(a), swap(out), is_hermitian))
    gt = swap(g)
    outside = gt @ (out @ adjoint(out))
    outside = outside - a @ (out @ outside)
    inside = adjoint(out) @ (out @ gt)
    inside = inside - inside @ (out @ a)
    total = conj(outside + inside) - swap(out) @ g @ swap(out)
    return hermitian(total) if is_hermitian else total


_pinv = general(
    lambda a, is_hermitian, options: np.linalg.pinv(a, hermitian=is_hermitian, **options), name="pinv",
    a=_pinv_to_a,
)  # fmt: skip
_NOT_GIVEN = inspect.signature(np.linalg.pinv).parameters["rtol"].default


@implements(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = _NOT_GIVEN) -> Any:
    """Return pseudo-inverses; the derivative is the one along matrices of the same rank."""
    options = {} if rtol is _NOT_GIVEN else {"rtol": rtol}
    return _pinv(a, is_hermitian=bool(hermitian), options=options if rcond is None else {"rcond": rcond, **options})


def _lstsq_to_a(g: Any, a: Any, b: Any, out: Any) -> Any:
    """Return the cotangent of a in x = a⁺ b, by the rule of the pseudo-inverse."""
    inverse = np.linalg.pinv(a, rcond=0.0)
    to_b = swap(inverse) @ g
    residual = (b - a @ out) @ (swap(to_b) @ adjoint(inverse))
    inside = (adjoint(inverse) @ out) @ (swap(g) - swap(to_b) @ a)
    return conj(residual + inside) - to_b @ swap(out)


_least_squares = general(
    lambda a, b, rcond: np.linalg.lstsq(a, b, rcond)[0], name="lstsq",
    a=_lstsq_to_a, b=lambda g, a: swap(np.linalg.pinv(a, rcond=0.0)) @ g,
)  # fmt: skip


@implements(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Return solution, residuals, rank and singular values of a least-squares problem of full rank."""
    _, squares, rank, values = np.linalg.lstsq(untracked(a), untracked(b), rcond)
    if (needs_vectors(a) or needs_vectors(b)) and isinstance(rank, int | np.integer) and rank < min(a.shape):
        raise NotDifferentiableError(
            f"np.linalg.lstsq got a matrix of shape {a.shape} and rank {rank}: the solution jumps with the rank, so it "
            f"has no derivative here. Add a ridge, np.linalg.solve(a.T @ a + c * eye, a.T @ b), or take out columns."
        )
    x = with_columns(functools.partial(_least_squares, rcond=rcond), a, b)
    if squares.shape[0]:
        missed = b - a @ x
        squares = np.reshape(np.sum(np.real(missed * conj(missed)), axis=0), squares.shape)
    else:
        squares = Tensor(squares, copy=False)
    return x, squares, rank, svdvals(a) if needs_vectors(a) else Tensor(values, copy=False)


constant(np.linalg.matrix_rank)


@implements(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """Return condition numbers, the norm of a matrix times that of its inverse."""
    with np.errstate(all="ignore"):  # that of a singular matrix is infinite
        if p is None or p in (2, -2):
            values = np.linalg.svdvals(x)
            large, small = values[..., 0], values[..., -1]
            return small / large if p == -2 else large / small
        inverse = np.linalg.inv(x)
        return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(inverse, p, axis=(-2, -1))
