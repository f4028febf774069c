"""Sparse Jacobians and Hessians: as many rows travel in one sweep as there are colours."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.transforms.arguments import Run
from autograd_lite.transforms.forward import push_forward
from autograd_lite.transforms.sparsity.coloring import color_columns, color_symmetric
from autograd_lite.transforms.sparsity.local import sparse
from autograd_lite.transforms.sparsity.tracing import traced_pattern


class Sparsity:
    """Where a Jacobian can be nonzero, and the colours of its rows and columns, found once and used many times.

    Parameters
    ----------
    pattern : scipy.sparse array or matrix, or array of booleans, of shape (outputs, inputs)
        What is nonzero or explicitly stored there may be nonzero in the Jacobian.
    symmetric : bool
        Whether it is that of a Hessian.

    Attributes
    ----------
    pattern : scipy.sparse.csr_array of bool
    """

    def __init__(self, pattern: Any, symmetric: bool = False):
        stored = sparse().csr_array(pattern)
        stored = sparse().csr_array((np.ones(stored.nnz, bool), stored.indices, stored.indptr), shape=stored.shape)
        if symmetric:
            stored = sparse().csr_array(stored + stored.T)
        stored.sum_duplicates()
        self.pattern = stored
        self.symmetric = symmetric

    @functools.cached_property
    def columns(self) -> np.ndarray:
        """A colour for each column."""
        return color_columns(self.pattern)

    @functools.cached_property
    def rows(self) -> np.ndarray:
        """A colour for each row."""
        return self.columns if self.symmetric else color_columns(self.pattern.T)

    @functools.cached_property
    def stars(self) -> np.ndarray | None:
        """A star colouring of a symmetric pattern, where it might do with far fewer colours."""
        mean = self.pattern.nnz / max(1, self.pattern.shape[0])
        if not self.symmetric or _count(self.rows) <= 2 * mean + 2:
            return None
        # A dense row makes every pair of columns meet, but by it and its column a star colouring reads all elements.
        colors = color_symmetric(self.pattern)
        return colors if _count(colors) < _count(self.rows) else None

    @functools.cached_property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """The row and the column of each stored element."""
        rows = np.repeat(np.arange(self.pattern.shape[0]), np.diff(self.pattern.indptr))
        return rows, self.pattern.indices

    def filled(self, values: np.ndarray) -> Any:
        """Return the sparse array with these values of the stored elements."""
        return sparse().csr_array((values, self.pattern.indices, self.pattern.indptr), shape=self.pattern.shape)


def _count(colors: np.ndarray) -> int:
    return int(colors.max(initial=-1)) + 1


def sparse_jacobian(
    run: Run, outputs: list[Tensor], sparsity: Any, mode: str, chunk_size: int | None, symmetric: bool = False
) -> Any:
    """Return the Jacobian of one output with respect to one argument as a sparse array of shape (outputs, inputs).

    Parameters
    ----------
    run : Run
    outputs : list of Tensor
    sparsity : "auto", Sparsity or pattern
    mode : {"auto", "reverse", "forward"}
    chunk_size : int, optional
    symmetric : bool
        Whether it is a Hessian.

    Returns
    -------
    scipy.sparse.csr_array

    Raises
    ------
    StructureError
        If there are several outputs or arguments, or an outer derivative would flow through.
    ShapeError
        If a pattern has another shape than the Jacobian.
    """
    if len(outputs) != 1 or len(run.primals) != 1:
        raise StructureError(
            f"{run.transform}(f, sparsity=...): one array comes in and one goes out, and here {len(run.primals)} come "
            f"in and {len(outputs)} go out. Put them into one (np.concatenate), or differentiate one at a time."
        )
    (out,), (primal,) = outputs, run.primals
    shape = (out.size, primal.size)
    traversal = run.traverse(outputs)
    if traversal.foreign and run.recording:
        raise StructureError(
            f"{run.transform}(f, sparsity=...) gives a scipy.sparse array, through which no outer derivative can flow; "
            f"leave sparsity out inside of other transforms"
        )
    if isinstance(sparsity, str):
        if sparsity != "auto":
            raise ValueError(f"{run.transform}(f, sparsity={sparsity!r}): 'auto', a pattern, or a Sparsity is needed")
        sparsity = Sparsity(traced_pattern(traversal, run.targets[0], out.node, shape), symmetric)
    elif not isinstance(sparsity, Sparsity):
        sparsity = Sparsity(sparsity, symmetric)
    if sparsity.pattern.shape != shape:
        raise ShapeError(
            f"{run.transform}(f, sparsity=pattern): the pattern has shape {sparsity.pattern.shape}, and the Jacobian "
            f"of {out.size} outputs with respect to {primal.size} inputs {shape}"
        )
    if out.node is None or not sparsity.pattern.nnz:
        return sparsity.filled(np.zeros(sparsity.pattern.nnz, out.dtype))
    return (
        _by_stars(run, out, sparsity, chunk_size)
        if sparsity.stars is not None
        else _by_colors(run, out, primal, sparsity, mode, chunk_size)
    )


def _by_colors(run: Run, out: Tensor, primal: Tensor, sparsity: Sparsity, mode: str, chunk_size: int | None) -> Any:
    rows, columns = sparsity.places
    forward = mode == "forward" or (mode == "auto" and _count(sparsity.columns) < _count(sparsity.rows))
    if forward:
        pushed = _pushed(run, out, primal, sparsity.columns, chunk_size)
        return sparsity.filled(pushed[sparsity.columns[columns], rows])
    pulled = _pulled(run, out, sparsity.rows, chunk_size)
    return sparsity.filled(pulled[sparsity.rows[rows], columns])


def _by_stars(run: Run, out: Tensor, sparsity: Sparsity, chunk_size: int | None) -> Any:
    """Read each element of a symmetric matrix in its row, or in its column where the row is not alone there."""
    colors = sparsity.stars
    assert colors is not None
    pulled = _pulled(run, out, colors, chunk_size)
    rows, columns = sparsity.places
    # How many rows of each colour meet each column.
    met = np.zeros((_count(colors), out.size), np.intp)
    np.add.at(met, (colors[rows], columns), 1)
    alone = met[colors[rows], columns] == 1
    return sparsity.filled(np.where(alone, pulled[colors[rows], columns], pulled[colors[columns], rows]))


def _pulled(run: Run, out: Any, colors: np.ndarray, chunk_size: int | None) -> np.ndarray:
    """Return, for each colour, the sum of the Jacobian's rows of that colour."""
    traversal = run.traverse([out])
    parts = [
        np.reshape(run.pull(traversal, {out.node: seeds}, batch=1, record=False)[0], (len(seeds), -1))
        for seeds in _seeds(out, colors, chunk_size)
    ]
    return np.concatenate(parts)


def _pushed(run: Run, out: Tensor, primal: Tensor, colors: np.ndarray, chunk_size: int | None) -> np.ndarray:
    """Return, for each colour, the sum of the Jacobian's columns of that colour."""
    traversal = run.traverse([out])
    parts = [
        np.reshape(push_forward(traversal, {run.targets[0]: seeds}, [out], batch=1)[0], (len(seeds), -1))
        for seeds in _seeds(primal, colors, chunk_size)
    ]
    return np.concatenate(parts)


def _seeds(like: Tensor, colors: np.ndarray, chunk_size: int | None) -> list[np.ndarray]:
    """Return for each colour the indicator of its elements, shaped like a Tensor, in chunks."""
    count = _count(colors)
    seeds = np.zeros((count, like.size), like.dtype)
    seeds[colors, np.arange(like.size)] = 1
    shaped = seeds.reshape(count, *like.shape)
    step = count if chunk_size is None else chunk_size
    return [shaped[start : start + step] for start in range(0, count, step)]
