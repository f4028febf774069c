"""Eigenvalues and eigenvectors of matrices without symmetry.

With x = v⁻¹ da v, dw is the diagonal of x, and dv = v (x / (w[j] - w[i])), less what would change the lengths of the
columns, which are one: M. Giles, *An extended collection of matrix derivative results for forward and reverse mode
automatic differentiation*, Oxford report 08/01 (2008), section 3.1; for complex vectors and their lengths C. Boeddeker
et al., *On the computation of complex-valued gradients with application to statistically optimum beamforming*,
arXiv:1701.00392.

A real matrix with complex eigenvalues gives complex Tensors. The phases of complex vectors are arbitrary: a cotangent
that depends on them raises, and so does a defective matrix, whose vectors do not span the space. At repeated
eigenvalues the same holds as for Hermitian matrices (`rules.spectra`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.rules.adjoints import adjoint, columns_of, from_columns, on_diagonal
from autograd_lite.rules.axes import swap
from autograd_lite.rules.spectra import (
    VECTORS,
    close_pairs,
    is_tracked,
    needs_vectors,
    once,
    reciprocal_gaps,
    refuse_parts,
    refuse_splitting,
    shared,
)

EigResult: Any = type(np.linalg.eig(np.eye(1)))


def _eig_to_a(g: Any, out: Any) -> Any:
    """Return v⁻ᵀ (diag(w̄) + F ∘ (vᵀ v̄ - (vᴴ v)ᵀ Re diag(vᵀ v̄))) vᵀ, F = 1 / (w[j] - w[i])."""
    g_w, g_v = g
    w, v = out
    _refuse_defective(untracked(v))
    close = close_pairs(untracked(w))
    if g_v is not None or is_tracked(g_w):
        w, v = once(shared(close), w, v)
    middle: Any = on_diagonal(g_w) if g_w is not None else 0
    if g_v is not None:
        inside = swap(v) @ g_v
        lengths = np.real(np.diagonal(inside, axis1=-2, axis2=-1))
        turned = inside - swap(adjoint(v) @ v) * lengths[..., None, :]
        refuse_parts(turned, close, inside, VECTORS)
        if g_w is not None:
            refuse_splitting(g_w, close)
        middle = middle + reciprocal_gaps(w, close) * turned
    folded, lead = columns_of(middle, v.ndim)
    return from_columns(np.linalg.solve(swap(v), folded), lead, middle.shape[-1]) @ swap(v)


def _refuse_defective(v: Any) -> None:
    """Raise if eigenvectors are dependent up to rounding."""
    if type(v) is not np.ndarray or not v.size:
        return
    s = np.linalg.svdvals(v)
    if np.any(s[..., -1] <= s.shape[-1] * np.finfo(v.dtype).eps * s[..., 0]):
        raise NotDifferentiableError(
            "np.linalg.eig got a defective matrix, whose eigenvectors do not span the space: its eigenvalues move with "
            "the root of a change and have no derivative here. Functions of whole matrices have: np.linalg.inv, "
            "np.linalg.det, scipy.linalg.expm, sqrtm."
        )


_eig = general(lambda a: tuple(np.linalg.eig(a)), name="eig", outputs=2, a=_eig_to_a)


@implements(np.linalg.eig)
def eig(a: Any) -> Any:
    """Return eigenvalues and eigenvectors, complex where they are not all real."""
    return EigResult(*_eig(a))


@implements(np.linalg.eigvals)
def eigvals(a: Any) -> Any:
    """Return eigenvalues, complex where they are not all real; the derivative needs the vectors too."""
    return _eig(a)[0] if needs_vectors(a) else Tensor(np.linalg.eigvals(a.data), copy=False)
