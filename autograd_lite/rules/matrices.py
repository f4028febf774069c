"""What is read off a matrix or put into one: diagonals, traces, triangles."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.primitive import implements, linear
from autograd_lite.rules.axes import one_from_back


@implements(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int | None = None, axis2: int | None = None) -> Any:
    """Return the diagonals of the matrices in two axes, along a new last axis."""
    first = one_from_back(0 if axis1 is None else axis1, a.ndim)
    second = one_from_back(1 if axis2 is None else axis2, a.ndim)
    moved = np.moveaxis(a, (first, second), (-2, -1))
    rows, columns = moved.shape[-2:]
    length = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    steps = np.arange(length)
    return moved[..., steps + max(0, -offset), steps + max(0, offset)]


@implements(np.linalg.diagonal)
def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """Return the diagonals of the matrices in the last two axes."""
    return diagonal(x, offset, -2, -1)


@implements(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return the sums of the diagonals of the matrices in two axes."""
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1)


@implements(np.linalg.trace)
def linalg_trace(x: Any, /, *, offset: int = 0) -> Any:
    """Return the sums of the diagonals of the matrices in the last two axes."""
    return trace(x, offset, -2, -1)


@implements(np.tril)
def tril(m: Any, k: int = 0) -> Any:
    """Return the matrices with zeros above the k-th diagonal."""
    return np.where(np.tri(*m.shape[-2:], k=k, dtype=bool), m, 0)


@implements(np.triu)
def triu(m: Any, k: int = 0) -> Any:
    """Return the matrices with zeros below the k-th diagonal."""
    return np.where(np.tri(*m.shape[-2:], k=k - 1, dtype=bool), 0, m)


_with_diagonal = linear(lambda v, k: np.diag(v, k), name="diag", v=lambda g, k: np.diagonal(g, k, -2, -1))


@implements(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """Return the k-th diagonal of a matrix, or the matrix that has a vector on it."""
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError(
            f"np.diag takes a vector or a matrix, and got shape {v.shape}; np.diagonal takes stacks of them"
        )
    return _with_diagonal(v, k=k)
