"""Functions of matrices in `scipy.linalg`, and the equations of Sylvester and Lyapunov; imported when SciPy is.

The derivative of a matrix function f at a in the direction e stands in the corner of f of a block matrix,

    f([[a, e], [0, a]]) = [[f(a), L(a, e)], [0, f(a)]]

(N. J. Higham, *Functions of Matrices*, SIAM 2008, theorem 3.6; A. H. Al-Mohy & N. J. Higham, *Computing the Fréchet
derivative of the matrix exponential*, SIAM J. Matrix Anal. Appl. 30, 2009), and the vjp is L(aᵀ, ḡ). It needs no
eigenvectors and is right at repeated eigenvalues and at defective matrices, to any order: each order doubles the size.
A square root x has a derivative that solves x dx + dx x = da (Higham 2008, section 6.1).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.rules.adjoints import adjoint, conj
from autograd_lite.rules.axes import swap


def in_stacks(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of matrices for stacks of them, whose leading axes broadcast; SciPy before 1.15 has none."""

    def of_stacks(*arrays: Any) -> Any:
        if all(x.ndim == 2 for x in arrays):
            return function(*arrays)
        lead = np.broadcast_shapes(*(x.shape[:-2] for x in arrays))
        wide = [np.broadcast_to(x, lead + x.shape[-2:]) for x in arrays]
        found = [function(*(x[index] for x in wide)) for index in np.ndindex(lead)]
        if not found:
            return np.zeros(lead + wide[-1].shape[-2:], np.result_type(*wide))
        return np.reshape(np.stack(found), lead + found[0].shape)

    return of_stacks


# Functions by way of the block matrix


def _frechet(function: Callable[[Any], Any], a: Any, e: Any) -> Any:
    """Return the derivative of a matrix function at ``a`` in the direction ``e``, whose leading axes may be more.

    The direction is scaled to the size of ``a``, so that it does not decide how the function scales the block matrix.
    """
    sizes = np.max(np.abs(untracked(e)), axis=(-2, -1), keepdims=True, initial=0)
    wanted = np.max(np.abs(untracked(a)), axis=(-2, -1), keepdims=True, initial=0)
    scale = np.where((sizes > 0) & (wanted > 0), sizes / np.where(wanted > 0, wanted, 1), 1).astype(sizes.dtype)
    n = a.shape[-1]
    a = np.broadcast_to(a, e.shape)
    upper = np.concatenate([a, e / scale], axis=-1)
    lower = np.concatenate([np.zeros_like(a), a], axis=-1)
    return function(np.concatenate([upper, lower], axis=-2))[..., :n, n:] * scale


def _declare(
    function: Callable[..., Any], on_arrays: Callable[..., Any], direct: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """Declare a function of matrices, with what gives its derivative for plain matrices in less time."""

    def to_argument(g: Any, A: Any) -> Any:  # noqa: N803 - SciPy's name
        if direct is not None and type(g) is type(A) is np.ndarray and g.ndim == A.ndim == 2 and A.size:
            return direct(A.T, g)
        return _frechet(recorded, swap(A), g)

    recorded = general(lambda A: on_arrays(A), name=function.__name__, A=to_argument)  # noqa: N803
    return implements(function)(recorded)


expm = _declare(linalg.expm, linalg.expm, functools.partial(linalg.expm_frechet, compute_expm=False))
logm = _declare(linalg.logm, in_stacks(linalg.logm))
for _function in (linalg.cosm, linalg.sinm, linalg.tanm, linalg.coshm, linalg.sinhm, linalg.tanhm):
    _declare(_function, in_stacks(_function))


_power = general(
    lambda A, t: in_stacks(lambda a: linalg.fractional_matrix_power(a, t))(A),  # noqa: N803
    name="fractional_matrix_power", A=lambda g, A, t: _frechet(lambda a: _power(a, t=t), swap(A), g),  # noqa: N803
)  # fmt: skip


@implements(linalg.fractional_matrix_power)
def fractional_matrix_power(A: Any, t: float) -> Any:  # noqa: N803 - SciPy's name
    """Return matrices to a power."""
    return _power(A, t=t)


# Equations that are linear in a matrix


def _sylvester_of_many(a: np.ndarray, b: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return x with a x + x b = q for a stack of q, by the algorithm of Bartels and Stewart: one pair of Schur forms.

    R. H. Bartels & G. W. Stewart, *Solution of the matrix equation AX + XB = C*, Comm. ACM 15 (1972).
    """
    if not q.size:
        return np.zeros(q.shape, np.result_type(a, b, q))
    dtype = np.result_type(a, b)
    schur: Any = linalg.schur
    r, u = schur(a.astype(dtype), output="real")
    s, v = schur(adjoint(b.astype(dtype)), output="real")
    rotated = adjoint(u) @ q @ v
    solve: Any = linalg.get_lapack_funcs("trsyl", (r, s, rotated))
    solved = np.empty_like(rotated)
    for index in np.ndindex(q.shape[:-2]):
        found, scale, info = solve(r, s, rotated[index], tranb="C")
        if info:
            raise np.linalg.LinAlgError(
                "scipy.linalg.solve_sylvester: a and -b have a common eigenvalue up to rounding: no solution is unique"
            )
        solved[index] = found * scale
    return u @ solved @ adjoint(v)


def _sylvester(a: Any, b: Any, q: Any) -> Any:
    a, b, q = (np.asarray(x) for x in (a, b, q))
    if a.ndim == b.ndim == 2:
        if a.shape != (q.shape[-2],) * 2 or b.shape != (q.shape[-1],) * 2:
            raise ValueError(
                f"scipy.linalg.solve_sylvester: a of shape {a.shape} and b of shape {b.shape} do not fit q of shape "
                f"{q.shape}"
            )
        return _sylvester_of_many(a, b, q)
    return in_stacks(_sylvester)(a, b, q)


solve_sylvester = general(
    _sylvester, name="solve_sylvester",
    a=lambda g, a, b, out: -solve_sylvester(swap(a), swap(b), g) @ swap(out),
    b=lambda g, a, b, out: -swap(out) @ solve_sylvester(swap(a), swap(b), g),
    q=lambda g, a, b: solve_sylvester(swap(a), swap(b), g),
)  # fmt: skip
implements(linalg.solve_sylvester)(solve_sylvester)


@implements(linalg.solve_continuous_lyapunov, linalg.solve_lyapunov)
def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """Return x with a x + x aᴴ = q."""
    return solve_sylvester(a, adjoint(a), q)


_discrete = general(
    lambda a, q: in_stacks(linalg.solve_discrete_lyapunov)(a, q), name="solve_discrete_lyapunov",
    a=lambda g, a, out: _discrete_to_a(_discrete(swap(a), g), a, out), q=lambda g, a: _discrete(swap(a), g),
)  # fmt: skip


def _discrete_to_a(adjoint_q: Any, a: Any, out: Any) -> Any:
    return adjoint_q @ conj(a) @ swap(out) + conj(swap(adjoint_q) @ a @ out)


@implements(linalg.solve_discrete_lyapunov)
def solve_discrete_lyapunov(a: Any, q: Any) -> Any:
    """Return x with a x aᴴ - x + q = 0."""
    return _discrete(a, q)


# Square roots


def _sqrtm_to_argument(g: Any, out: Any) -> Any:
    try:
        return solve_sylvester(swap(out), swap(out), g)
    except np.linalg.LinAlgError:
        raise NotDifferentiableError(
            "scipy.linalg.sqrtm got a singular matrix: like that of sqrt at 0, the derivative is infinite."
        ) from None


sqrtm = general(lambda A: in_stacks(linalg.sqrtm)(A), name="sqrtm", A=_sqrtm_to_argument)  # noqa: N803 - SciPy's name
implements(linalg.sqrtm)(sqrtm)
