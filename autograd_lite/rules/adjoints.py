"""Small things that rules about matrices share: conjugates, Hermitian parts, batch axes folded into columns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.rules.axes import batch_of, swap


def conj(x: Any) -> Any:
    """Return the complex conjugate; a real array itself."""
    return np.conj(x) if x.dtype.kind == "c" else x


def adjoint(x: Any) -> Any:
    """Return the conjugate transpose of the matrices in the last two axes."""
    return swap(conj(x))


def hermitian(x: Any) -> Any:
    """Return the Hermitian part (x + xᴴ) / 2 of the matrices in the last two axes."""
    return (x + adjoint(x)) / 2


def skew(x: Any) -> Any:
    """Return the skew-Hermitian part (x - xᴴ) / 2 of the matrices in the last two axes."""
    return (x - adjoint(x)) / 2


def on_diagonal(values: Any) -> Any:
    """Return the matrices that have vectors on their diagonals."""
    return np.where(np.eye(values.shape[-1], dtype=bool), values[..., None, :], 0)


def lower(x: Any, k: int = 0) -> Any:
    """Return the matrices with zeros above the k-th diagonal."""
    return np.where(np.tri(*x.shape[-2:], k=k, dtype=bool), x, 0)


def upper(x: Any, k: int = 0) -> Any:
    """Return the matrices with zeros below the k-th diagonal."""
    return np.where(np.tri(*x.shape[-2:], k=k - 1, dtype=bool), 0, x)


def halved_diagonal(x: Any) -> Any:
    """Return the matrices with half of their diagonals."""
    return np.where(np.eye(x.shape[-1], dtype=bool), x / 2, x)


def columns_of(g: Any, ndim: int) -> tuple[Any, tuple[int, ...]]:
    """Fold the leading axes of stacks of matrices into columns, so that a factorisation of one matrix serves all.

    Parameters
    ----------
    g : array or Tensor, of shape ``lead + stack + (n, k)``
    ndim : int
        Number of the last axes that stay, those of ``stack + (n, k)``.

    Returns
    -------
    folded : array or Tensor, of shape ``stack + (n, k * size of lead)``
    lead : tuple of int
    """
    lead = batch_of(g, ndim)
    if not lead:
        return g, lead
    moved = np.moveaxis(g, range(len(lead)), range(-len(lead) - 1, -1))
    return np.reshape(moved, (*moved.shape[: ndim - 1], math.prod(lead) * g.shape[-1])), lead


def from_columns(folded: Any, lead: tuple[int, ...], columns: int) -> Any:
    """Undo `columns_of`, with so many columns in each matrix."""
    if not lead:
        return folded
    spread = np.reshape(folded, (*folded.shape[:-1], *lead, columns))
    return np.moveaxis(spread, range(-len(lead) - 1, -1), range(len(lead)))
