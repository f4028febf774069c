"""`Embedding`: rows of a table that is learnt, looked up by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.errors import DtypeError, ShapeError
from autograd_lite.nn.arguments import floating, parameter, whole
from autograd_lite.nn.initializers import generator_or_default
from autograd_lite.nn.module import Module
from autograd_lite.rules.indexing import getitem


class Embedding(Module):
    """A table of vectors, of which the input names rows; they start as standard normal numbers.

    Parameters
    ----------
    num_embeddings : int
        How many rows there are.
    embedding_dim : int
        How long they are.
    padding_idx : int, optional
        A row that starts as zeros and gets no gradient, for places that stand for nothing. Negative: from the end.
    dtype : floating dtype
        Of the table.
    generator : numpy.random.Generator, optional
        Where the initial values come from; the one that ``nn.seed`` starts if not given.

    Attributes
    ----------
    weight : Tensor of shape (num_embeddings, embedding_dim)

    Raises
    ------
    ShapeError
        If a number is not a positive integer, or ``padding_idx`` is no row.
    DtypeError
        If ``dtype`` is not a floating one, or the input is not of integers.
    IndexError
        If the input names a row that does not exist.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> embedding = nn.Embedding(10, 4)
    >>> embedding(np.array([[1, 2, 9], [0, 0, 3]])).shape
    (2, 3, 4)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        self.num_embeddings = whole(num_embeddings, "Embedding", "num_embeddings")
        self.embedding_dim = whole(embedding_dim, "Embedding", "embedding_dim")
        table = generator_or_default(generator).normal(size=(num_embeddings, embedding_dim))
        self.padding_idx = None
        if padding_idx is not None:
            if not hasattr(padding_idx, "__index__") or not -num_embeddings <= padding_idx < num_embeddings:
                raise ShapeError(f"Embedding(padding_idx={padding_idx}): the rows are 0 to {num_embeddings - 1}")
            self.padding_idx = padding_idx % num_embeddings
            table[padding_idx] = 0
        self.weight = parameter(table.astype(floating(dtype, "Embedding")))

    def forward(self, indices: Any) -> Any:
        """Return the rows that integers name.

        Parameters
        ----------
        indices : integer array of any shape

        Returns
        -------
        Tensor of shape (*indices.shape, embedding_dim)
        """
        indices = self._checked(indices)
        rows = getitem(self.weight, indices if indices.ndim else int(indices))
        if self.padding_idx is None:
            return rows
        padding = untracked(self.weight)[self.padding_idx]  # its value without its gradient
        return np.where((indices != self.padding_idx)[..., None], rows, padding)

    def _checked(self, indices: Any) -> np.ndarray:
        indices = np.asarray(untracked(indices))
        if indices.dtype.kind not in "iu":
            raise DtypeError(
                f"Embedding({self.num_embeddings}, {self.embedding_dim}) got indices of dtype {indices.dtype}: "
                f"integers are needed, the number of a row for each"
            )
        indices = indices.astype(np.intp, copy=False)
        # Negative ones are large as unsigned ones.
        if indices.size and np.maximum.reduce(indices.view(np.uintp), axis=None) >= self.num_embeddings:
            wrong = indices[(indices < 0) | (indices >= self.num_embeddings)][0]
            raise IndexError(
                f"Embedding({self.num_embeddings}, {self.embedding_dim}) got the index {wrong}: the rows are 0 to "
                f"{self.num_embeddings - 1}"
            )
        return indices

    def extra_repr(self) -> str:
        """Return the sizes."""
        words = f"{self.num_embeddings}, {self.embedding_dim}"
        return words if self.padding_idx is None else f"{words}, padding_idx={self.padding_idx}"
