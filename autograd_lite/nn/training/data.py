"""`DataLoader`: arrays in batches, in an order that depends on nothing but a seed and the number of the epoch.

Most loaders shuffle with a generator that remembers how often it was used, so the order of an epoch depends on all that
came before. Here the permutation of epoch e is drawn by a generator of its own, started from (seed, e). Any batch of
any epoch can be had at once, and a training run that was killed goes on with exactly the batches that were left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError, StructureError
from autograd_lite.nn.arguments import whole
from autograd_lite.nn.initializers import generator_or_default


class DataLoader:
    """Give arrays in batches of rows, shuffled anew in each epoch or in their own order.

    Parameters
    ----------
    *arrays : array_like of shape (rows, ...)
        One or several of the same length, or a single tuple or dict of such arrays. A batch has the same form: an
        array for one array, a tuple for several or for a tuple, a dict for a dict. `Trainer` takes the last for the
        target. Without shuffling the batches are views of the arrays.
    batch_size : int
        How many rows a batch has.
    shuffle : bool
        Whether each epoch has an order of its own.
    drop_last : bool
        Whether to leave out the last batch of an epoch if it is smaller than the others.
    seed : int, optional
        What the orders come from: the same seed gives the same orders.
    generator : numpy.random.Generator, optional
        Where to draw a seed from if none is given; the one that ``nn.seed`` starts if not given either.

    Attributes
    ----------
    rows : int
        The length of the arrays.
    epoch : int
        The number of the epoch that the next ``for`` loop over the loader will run through.

    Raises
    ------
    StructureError
        If there are no arrays, or they are nested deeper than one tuple or dict.
    ShapeError
        If the arrays differ in length, have no axis, or there is not a single batch.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> loader = nn.DataLoader(np.arange(5), np.arange(5) ** 2, batch_size=2, shuffle=True, seed=1)
    >>> for x, y in loader:
    ...     print(x, y)
    [4 1] [16  1]
    [2 3] [4 9]
    [0] [0]
    >>> loader.batch(epoch=0, index=1)
    (array([2, 3]), array([4, 9]))
    """

    def __init__(
        self,
        *arrays: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        drop_last: bool = False,
        seed: int | None = None,
        generator: np.random.Generator | None = None,
    ):
        self._kind, named = _columns_of(arrays)
        self._names = list(named)
        self._columns = list(named.values())
        self.rows = _common_length(named)
        self.batch_size = whole(batch_size, "DataLoader", "batch_size")
        self.shuffle = bool(shuffle)
        self.drop_last = bool(drop_last)
        if not len(self):
            raise ShapeError(
                f"DataLoader(batch_size={batch_size}, drop_last=True) of {self.rows} rows has no batches: the only one "
                f"is smaller than batch_size and dropped. Take a smaller batch_size or drop_last=False."
            )
        self.seeded = seed is not None
        if seed is not None:
            self.seed = whole(seed, "DataLoader", "seed", least=0)
        else:
            self.seed = int(generator_or_default(generator).integers(2**63)) if shuffle else 0
        self.epoch = 0
        self._order: tuple[tuple[int, int], np.ndarray] | None = None

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        return self.rows // self.batch_size if self.drop_last else -(-self.rows // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        """Give the batches of the next epoch."""
        epoch = self.epoch
        self.epoch += 1
        return self.batches(epoch)

    def order(self, epoch: int) -> np.ndarray:
        """Return the numbers of all rows in the order of an epoch, an array of shape (rows,)."""
        if not self.shuffle:
            return np.arange(self.rows)
        if self._order is None or self._order[0] != (self.seed, epoch):
            source = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(epoch,)))
            self._order = (self.seed, epoch), source.permutation(self.rows)
        return self._order[1].copy()

    def indices(self, epoch: int, index: int) -> np.ndarray:
        """Return the numbers of the rows in a batch of an epoch.

        Raises
        ------
        IndexError
            If the epoch has no such batch.
        """
        return self.order(epoch)[self._span(index)]

    def batch(self, epoch: int, index: int) -> Any:
        """Return a batch of an epoch.

        Parameters
        ----------
        epoch : int
        index : int
            The number of the batch; negative ones count from the end.

        Raises
        ------
        IndexError
            If the epoch has no such batch.
        """
        return self._form(self._rows(self.indices(epoch, index)) if self.shuffle else self._slices(self._span(index)))

    def batches(self, epoch: int, start: int = 0) -> Iterator[Any]:
        """Give the batches of an epoch, from number ``start`` on."""
        size = self.batch_size
        stop = self.rows - self.rows % size if self.drop_last else self.rows
        if not self.shuffle:
            for low in range(start * size, stop, size):
                yield self._form(self._slices(slice(low, low + size)))
            return
        order = self.order(epoch)
        for low in range(start * size, stop, size):
            yield self._form(self._rows(order[low : low + size]))

    def _span(self, index: int) -> slice:
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"an epoch of this DataLoader has {count} batches, and there is no number {index}")
        low = index % count * self.batch_size
        return slice(low, low + self.batch_size)

    def _rows(self, where: np.ndarray) -> list[np.ndarray]:
        # take(mode="wrap") checks no bounds: a third of the time of x[where] for matrices
        return [column.take(where, 0, mode="wrap") for column in self._columns]

    def _slices(self, where: slice) -> list[np.ndarray]:
        return [column[where] for column in self._columns]

    def _form(self, columns: list[np.ndarray]) -> Any:
        if self._kind is tuple:
            return tuple(columns)
        return dict(zip(self._names, columns, strict=True)) if self._kind is dict else columns[0]

    def state_dict(self) -> dict[str, Any]:
        """Return what says which batches are next: the seed, the epoch, and how the rows are cut into batches."""
        names = ("rows", "batch_size", "shuffle", "drop_last", "seed", "epoch")
        return {name: getattr(self, name) for name in names}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on with the batches that another loader over the same arrays would give next.

        Raises
        ------
        StructureError
            If that one has other rows or cuts them otherwise, or this one was made with another seed.
        """
        names = ["rows", "batch_size", "shuffle", "drop_last", *(["seed"] if self.seeded and self.shuffle else [])]
        wrong = [f"{n}={state[n]} there and {getattr(self, n)} here" for n in names if state[n] != getattr(self, n)]
        if wrong:
            raise StructureError(f"the state of a DataLoader does not fit this one: {', '.join(wrong)}")
        self.seed = int(state["seed"])
        self.epoch = int(state["epoch"])

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name}: {column.shape}" for name, column in zip(self._names, self._columns, strict=True))
        options = f"batch_size={self.batch_size}{', shuffle=True' if self.shuffle else ''}"
        return f"DataLoader({shapes}, {options}{', drop_last=True' if self.drop_last else ''})"


def _columns_of(arrays: tuple[Any, ...]) -> tuple[type | None, dict[str, np.ndarray]]:
    """Return the form of a batch (tuple, dict, or None for a bare array), and the arrays with names for messages."""
    only = arrays[0] if len(arrays) == 1 else None
    if isinstance(only, dict):
        kind, named = dict, only
    elif isinstance(only, tuple):
        kind, named = tuple, {f"array {index}": array for index, array in enumerate(only)}
    else:
        kind, named = (None if len(arrays) == 1 else tuple), {f"array {i}": array for i, array in enumerate(arrays)}
    if not named:
        raise StructureError("DataLoader() got no arrays: pass the inputs and the targets, DataLoader(x, y)")
    return kind, {name: _as_column(array, name) for name, array in named.items()}


def _as_column(array: Any, name: str) -> np.ndarray:
    """Return one of the arrays as an array with at least one axis."""
    if isinstance(array, tuple | dict):
        raise StructureError(f"DataLoader: {name} is a {type(array).__name__}; one tuple or dict of arrays is allowed")
    if isinstance(array, Tensor):
        if array.requires_grad:
            raise StructureError(
                f"DataLoader: {name} is a tracked Tensor, and batches of it would be cut off its graph. Pass its "
                f".data if that is meant."
            )
        array = array.data
    try:
        column = np.asarray(array)
    except ValueError as error:
        raise ShapeError(f"DataLoader: the rows of {name} are not of one shape ({error})") from None
    if column.dtype == object:
        raise DtypeError(f"DataLoader: {name} is an array of dtype object: rows of one shape and of numbers are needed")
    if not column.ndim:
        raise ShapeError(f"DataLoader: {name} is the single number {column}, which has no rows")
    return column


def _common_length(named: Mapping[str, np.ndarray]) -> int:
    lengths = {name: len(column) for name, column in named.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ShapeError(f"the arrays of a DataLoader have different numbers of rows: {listed}")
    rows = next(iter(lengths.values()))
    if not rows:
        shapes = ", ".join(str(column.shape) for column in named.values())
        raise ShapeError(f"the arrays of a DataLoader are empty (shapes {shapes}): there is nothing to train on")
    return rows
