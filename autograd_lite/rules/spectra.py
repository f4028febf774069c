"""Eigenvalues of Hermitian matrices and singular values, with their vectors.

The formulas are those of M. Giles, *An extended collection of matrix derivative results for forward and reverse mode
automatic differentiation*, Oxford report 08/01 (2008), sections 3.1 and 3.2, and of M. Seeger et al.,
*Auto-differentiating linear algebra*, arXiv:1710.08717, section 4, for complex matrices and with cotangents that pair
bilinearly. `np.linalg.eigh` reads one triangle, and so the cotangent stands in that triangle, zero in the other: it is
the derivative of what NumPy computes, at a matrix that is not symmetric too, as in HIPS autograd. JAX and PyTorch
differentiate a function of (a + aᴴ) / 2; write eigh((a + a.T) / 2) for a symmetric gradient.

What holds at repeated values (equal up to rounding):

- Vectors of a repeated value can be any basis of their space, and so can the phases of complex vectors. A cotangent
  that is that of a function of the space, such as of V Vᴴ for all vectors of the value, has no part along such changes
  of basis; that is checked, and the first derivative is then right and finite. Any other raises.
- Functions that are symmetric in the values of a cluster (their sum, the log-determinant, the nuclear norm) have right
  first derivatives. A single one of repeated values has none: the answer then belongs to the basis that LAPACK chose.
- The second derivative of a symmetric function Σ f(w) takes f'' between the vectors of one cluster (Yu. L. Daleckii &
  S. G. Krein 1965), which a composition of w and f does not know: it raises. Where the cotangents of the values are
  constants, as in traces, Ky Fan norms and the nuclear norm, it is right, in reverse or forward mode over reverse mode.
  Functions of whole matrices (``scipy.linalg.expm``, ``sqrtm``, ``logm``, ``np.linalg.inv``, ``slogdet``) have all
  derivatives there.
- V f(W) Vᴴ takes f' between the vectors of one cluster too, where a composition has f(w[i]) - f(w[j]) over a gap that
  is zero. It shows in cotangents of the cluster's values that are unequal while vectors have cotangents as well: that
  raises. It does not show if they are equal by chance, as those of one element beside the diagonal at the identity are.
- A singular value of zero is a kink like that of |x| at 0: its subgradient is taken as 0.

A first derivative in forward mode cannot check what vectors are used for: their tangents are those with no part inside
of a cluster.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import elementwise, general, implements
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.rules.adjoints import adjoint, conj, halved_diagonal, lower, on_diagonal, skew, upper
from autograd_lite.rules.axes import swap

EighResult: Any = type(np.linalg.eigh(np.eye(1)))
SVDResult: Any = type(np.linalg.svd(np.eye(1)))

# Clusters: values that are equal up to rounding


def _rounding(values: Any, n: int) -> Any:
    """Return how far rounding alone moves eigenvalues or singular values, n ε max|value|."""
    return n * np.finfo(values.dtype).eps * np.max(np.abs(values), axis=-1, keepdims=True, initial=0)


def close_pairs(values: Any) -> Any:
    """Return, for each pair of values, whether they are equal up to rounding."""
    gap = np.abs(values[..., None, :] - values[..., :, None])
    return gap <= 10 * _rounding(values, values.shape[-1])[..., None]


def reciprocal_gaps(values: Any, close: Any) -> Any:
    """Return 1 / (values[j] - values[i]), with 0 where the two are close."""
    gap = values[..., None, :] - values[..., :, None]
    return np.where(close, 0, 1 / np.where(close, 1, gap))


def shared(close: Any) -> Any:
    """Return which values are close to another one; None for duck arrays, whose values are not looked at."""
    return np.sum(close, axis=-1) > 1 if type(close) is np.ndarray else None


def refuse_parts(parts: Any, where: Any, scale: Any, what: str) -> None:
    """Raise if a cotangent has parts that an infinite coefficient would multiply.

    Parameters
    ----------
    parts, scale : array or Tensor, of shape ``(..., n, k)``
        The cotangent, and what it is compared with: rounding leaves ε times that.
    where : array of bool
        Which of the parts these are.
    what : str
        The derivative that does not exist.
    """
    parts, scale = untracked(parts), untracked(scale)
    if type(parts) is not np.ndarray or not np.any(where):
        return
    largest = np.max(np.abs(scale), axis=(-2, -1), keepdims=True, initial=0)
    limit = np.finfo(parts.dtype).eps ** (2 / 3) * largest  # users' own rounding errors are larger than ε
    if np.any(where & (np.abs(parts) > limit)):
        raise NotDifferentiableError(
            f"{what}. Functions of whole matrices have derivatives here: np.linalg.inv, np.linalg.slogdet, "
            f"scipy.linalg.expm, sqrtm, logm; and so have functions of the space of the vectors, such as V @ V.T."
        )


def refuse_splitting(g_w: Any, close: Any) -> None:
    """Raise if the cotangents of values that are close are unequal; to be asked where vectors have cotangents too."""
    g_w = untracked(g_w)
    refuse_parts(g_w[..., None, :] - g_w[..., :, None], close, g_w[..., None, :], _SPLITTING)


def _refuse_second(g: Any, repeated: Any) -> Any:
    refuse_parts(g, repeated, g, _SECOND)
    return g


_SECOND = (
    "a second derivative through eigenvalues or singular values that are repeated, or through singular values that are "
    "zero, is not that of the recorded computation"
)
_SPLITTING = (
    "eigenvalues or singular values that are repeated, or singular values that are zero, were used together with "
    "vectors, and each of those values in another way: that has no derivative as a composition of the two"
)
_once = elementwise(lambda x, repeated: x, name="differentiable once", x=_refuse_second)


def once(repeated: Any, values: Any, *vectors: Any) -> tuple[Any, ...]:
    """Return values and vectors that refuse to be differentiated again where they are those of repeated values."""
    if repeated is None or not np.any(repeated) or not is_tracked(values):
        return (values, *vectors)
    row = repeated[..., None, :]
    guarded = [_once(values[..., None, :], repeated=row)[..., 0, :]]
    for columns in vectors:
        further = np.zeros((*row.shape[:-1], columns.shape[-1] - row.shape[-1]), bool)  # of full_matrices
        guarded.append(_once(columns, repeated=np.concatenate([row, further], axis=-1)))
    return tuple(guarded)


def is_tracked(value: Any) -> bool:
    """Say whether a derivative flows into a value."""
    return isinstance(value, Tensor) and value.node is not None


def needs_vectors(a: Any) -> bool:
    """Say whether a derivative of some kind flows into a matrix: those of its eigenvalues then need the vectors."""
    return is_tracked(a) or (isinstance(a, Tracked) and a.through is not None)


# Eigenvalues of Hermitian matrices: a = v diag(w) vᴴ


def eigh_to_a(g: Any, out: Any, triangle: str) -> Any:
    """Return v̄ (diag(w̄) + F ∘ vᵀ ḡ) vᵀ, F = 1 / (w[j] - w[i]), folded on one triangle (Giles 2008, section 3.1)."""
    g_w, g_v = g
    w, v = out
    close = close_pairs(untracked(w))
    if g_v is not None or is_tracked(g_w):
        w, v = once(shared(close), w, v)
    if g_v is None:
        return _folded((conj(v) * g_w[..., None, :]) @ swap(v), triangle)
    inside = swap(v) @ g_v
    refuse_parts(skew(untracked(inside)), close, inside, VECTORS)
    middle = reciprocal_gaps(w, close) * inside
    if g_w is not None:
        refuse_splitting(g_w, close)
        middle = middle + on_diagonal(g_w)
    return _folded(conj(v) @ middle @ swap(v), triangle)


def _folded(x: Any, triangle: str) -> Any:
    """Return the cotangent of the triangle that is read, of a cotangent of the whole Hermitian matrix."""
    both = x + adjoint(x)
    return halved_diagonal(lower(both) if triangle == "L" else upper(both))


VECTORS = (
    "eigenvectors or singular vectors were used in a way that depends on the basis chosen for a repeated value, or "
    "of a phase: that has no derivative"
)
_eigh = general(
    lambda a, triangle: tuple(np.linalg.eigh(a, triangle)), name="eigh", outputs=2, a=eigh_to_a,
)  # fmt: skip


@implements(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 - NumPy's name
    """Return eigenvalues and eigenvectors of Hermitian matrices."""
    return EighResult(*_eigh(a, triangle=UPLO.upper()))


@implements(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: Any = "L") -> Any:  # noqa: N803 - NumPy's name
    """Return eigenvalues of Hermitian matrices; the derivative needs the vectors too."""
    return (
        _eigh(a, triangle=UPLO.upper())[0] if needs_vectors(a) else Tensor(np.linalg.eigvalsh(a.data, UPLO), copy=False)
    )


# Singular values: a = u diag(s) vh. With E = uᴴ da v = H + K, Hermitian and skew, the changes of the vectors are
# uᴴ du = H / (s[j] - s[i]) + K / (s[i] + s[j]) and vᴴ dv = H / (s[j] - s[i]) - K / (s[i] + s[j]): no difference of
# squares is taken.


def _svd_to_a(g: Any, out: Any) -> Any:
    """Return the cotangent of a from those of u, s, vh (Giles 2008, section 3.2; Seeger et al. 2017, section 4.2)."""
    g_u, g_s, g_vh = g
    u, s, v = out[0], out[1], adjoint(out[2])
    raw = untracked(s)
    zero = raw <= _rounding(raw, max(u.shape[-2], v.shape[-2]))  # the tolerance of np.linalg.matrix_rank
    close = close_pairs(raw)
    if g_u is not None or g_vh is not None or is_tracked(g_s):
        repeated = shared(close)
        s, u, v = once(None if repeated is None else repeated | zero, s, u, v)
    g_u, u = _without_complement(g_u, u, s)
    g_v, v = _without_complement(None if g_vh is None else adjoint(g_vh), v, s)
    if g_u is None and g_v is None and g_s is not None:
        return (conj(u) * np.where(zero, 0, g_s)[..., None, :]) @ swap(v)
    middle = _inside(u, g_u, s, v, g_v, close, zero)
    if g_s is not None:
        refuse_splitting(g_s, close)
        refuse_parts(untracked(g_s)[..., None, :], zero[..., None, :], untracked(g_s)[..., None, :], _SPLITTING)
        middle = middle + on_diagonal(np.where(zero, 0, g_s))
    total = conj(u) @ middle @ swap(v)
    if g_u is not None and u.shape[-2] > u.shape[-1]:
        total = total + _outside(u, g_u, s, zero) @ swap(v)
    if g_v is not None and v.shape[-2] > v.shape[-1]:
        total = total + adjoint(_outside(v, g_v, s, zero) @ swap(u))
    return total


def _without_complement(g_u: Any, u: Any, s: Any) -> tuple[Any, Any]:
    """Return a cotangent and vectors without the columns that full_matrices adds.

    With u1 the vectors and u2 the added ones, u2ᴴ du1 = -(u1ᴴ du2)ᴴ: what u2 is sensitive to is turned over to u1.
    """
    k = s.shape[-1]
    if u.shape[-1] == k:
        return g_u, u
    u1, u2 = u[..., :k], u[..., k:]
    if g_u is None:
        return None, u1
    g1, g2 = g_u[..., :k], g_u[..., k:]
    refuse_basis(swap(u2) @ g2)
    return g1 - conj(u2) @ (adjoint(g2) @ conj(u1)), u1


def refuse_basis(among: Any) -> None:
    """Raise if a cotangent of vectors whose space alone is given changes when another basis is taken."""
    refuse_parts(skew(untracked(among)), np.True_, among, VECTORS)


def _inside(u: Any, g_u: Any, s: Any, v: Any, g_v: Any, close: Any, zero: Any) -> Any:
    """Return the cotangent of uᴴ da v from those of uᴴ du and vᴴ dv."""
    of_u = swap(u) @ g_u if g_u is not None else None
    of_v = swap(v) @ g_v if g_v is not None else None
    total = of_u if of_v is None else of_v if of_u is None else of_u + of_v
    difference = of_u if of_v is None else -of_v if of_u is None else of_u - of_v
    scale = np.abs(untracked(total)) + np.abs(untracked(difference))
    both_zero = zero[..., None, :] & zero[..., :, None]
    refuse_parts(skew(untracked(total)), close, scale, VECTORS)
    refuse_parts(skew(untracked(difference)), both_zero, scale, VECTORS)
    sums = s[..., None, :] + s[..., :, None]
    of_sums = np.where(both_zero, 0, 1 / np.where(both_zero, 1, sums))
    return reciprocal_gaps(s, close) * skew(total) + of_sums * skew(difference)


def _outside(u: Any, g_u: Any, s: Any, zero: Any) -> Any:
    """Return the part of a cotangent across the space of u, divided by s."""
    across = g_u - conj(u) @ (swap(u) @ g_u)
    refuse_parts(across, zero[..., None, :], g_u, VECTORS)
    return across * np.where(zero, 0, 1 / np.where(zero, 1, s))[..., None, :]


_svd = general(lambda a, full_matrices: tuple(np.linalg.svd(a, full_matrices)), name="svd", outputs=3, a=_svd_to_a)


@implements(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Return singular vectors and values, or the values alone."""
    if not compute_uv:
        return _hermitian_values(a) if hermitian else svdvals(a)
    if not hermitian:
        return SVDResult(*_svd(a, full_matrices=bool(full_matrices)))
    if type(untracked(a)) is not np.ndarray:  # an order of duck arrays is no index
        return SVDResult(*_svd((a + adjoint(a)) / 2, full_matrices=False))
    w, v = eigh(a)
    order = np.argsort(np.abs(untracked(w)), axis=-1)[..., ::-1]
    signs = np.take_along_axis(np.sign(untracked(w)), order, axis=-1)
    v = np.take_along_axis(v, order[..., None, :], axis=-1)
    return SVDResult(v, np.take_along_axis(np.abs(w), order, axis=-1), adjoint(v * signs[..., None, :]))


def _hermitian_values(a: Any) -> Any:
    return np.flip(np.sort(np.abs(eigvalsh(a)), axis=-1), -1)


@implements(np.linalg.svdvals)
def svdvals(x: Any, /) -> Any:
    """Return singular values in falling order; the derivative needs the vectors too."""
    return _svd(x, full_matrices=False)[1] if needs_vectors(x) else Tensor(np.linalg.svdvals(x.data), copy=False)
