"""Indexing: gathers, whose cotangent is a scatter.

The cotangent of ``x[index]`` is zero everywhere but there. It is not made at once: a `Scatter` remembers the index and
the cotangent, many of them add up in O(1) each, and one buffer is filled when the node of ``x`` has its turn. So n
look-ups into an array of n cost O(n), not O(n²).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_lite.core.cotangents import LazyCotangent
from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import implements, linear
from autograd_lite.rules.axes import along, batch_of, one_from_back

# Indices

#: Types of items that stand for themselves in an index; bool, which is an int to Python and a mask to NumPy, is not.
_BASIC = frozenset((int, slice, type(None), type(Ellipsis)))


def canonical(index: Any) -> tuple[Any, ...]:
    """Return an index as a tuple of integers, slices, None, Ellipsis and plain arrays."""
    if type(index) in _BASIC:
        return (index,)
    items = index if isinstance(index, tuple) else (index,)
    return tuple([item if type(item) in _BASIC else _canonical_item(untracked(item)) for item in items])


def _canonical_item(item: Any) -> Any:
    if isinstance(item, bool | np.bool_):
        return np.asarray(item)
    if isinstance(item, int | np.integer):
        return int(item)
    array = np.asarray(item)
    return array.astype(np.intp) if array.size == 0 and array.dtype.kind == "f" else array


def is_basic(index: tuple[Any, ...]) -> bool:
    """Say whether an index is made of integers and slices only, so that it names no element twice."""
    return np.ndarray not in map(type, index)


def _names_once(index: tuple[Any, ...]) -> bool:
    """Say whether an index can name no element twice: its only array, if it has one, is a mask."""
    arrays = [item for item in index if isinstance(item, np.ndarray)]
    return not arrays or (len(arrays) == 1 and arrays[0].dtype == bool)


def _keeps_axes_together(index: tuple[Any, ...]) -> bool:
    """Say whether a batch axis in front of the array stays in front: the array indices lie side by side."""
    fancy = [i for i, item in enumerate(index) if isinstance(item, np.ndarray | int)]
    return not fancy or fancy[-1] - fancy[0] + 1 == len(fancy)


def positions(index: tuple[Any, ...], shape: tuple[int, ...]) -> np.ndarray:
    """Return the flat positions that an index picks from an array of ``shape``."""
    return np.arange(math.prod(shape)).reshape(shape)[index]


def _in_one_axis(index: tuple[Any, ...], shape: tuple[int, ...]) -> tuple[np.ndarray, int]:
    """Return an index as positions in one axis, and how many elements lie behind each.

    An array of ``shape`` is seen as one of shape (before, n, behind), if the index has arrays of integers side by side
    and takes everything of the other axes; as one axis otherwise.
    """
    arrays: list[Any] = []
    axis, first = 0, 0
    for item in index:
        if isinstance(item, int) or (isinstance(item, np.ndarray) and item.dtype != bool):
            first = first if arrays else axis
            arrays.append(item)
        elif item is not Ellipsis and not (isinstance(item, slice) and item == slice(None)):
            return positions(index, shape), 1
        axis += len(shape) - len(index) + 1 if item is Ellipsis else 1
    if not _keeps_axes_together(index):
        return positions(index, shape), 1
    last = first + len(arrays)
    # The gather has tested the bounds: "wrap" only turns negative indices.
    picked = np.ravel_multi_index(np.broadcast_arrays(*arrays), shape[first:last], mode="wrap")
    return picked, math.prod(shape[last:])


def pick(g: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Return what an index of an array of ``shape`` picks from each batch row of ``g``."""
    batch = batch_of(g, len(shape))
    if not batch:
        return g[index]
    if is_basic(index) or _keeps_axes_together(index):
        return g[(slice(None),) * len(batch) + index]
    return np.reshape(g, (*batch, -1))[..., positions(index, shape)]


# Scatters


class Scatter(LazyCotangent):
    """The cotangent of an array of which some elements were read: zero but at ``index``.

    Parameters
    ----------
    value : array or Tensor
        The cotangent of what was read, with leading batch axes.
    index : tuple
    shape : tuple of int
        Of the array that was read, without batch axes.
    read_ndim : int
        Number of axes of what was read.
    """

    __slots__ = ("event", "index", "value")

    def __init__(self, value: Any, index: tuple[Any, ...], shape: tuple[int, ...], read_ndim: int):
        lead = value.ndim - read_ndim
        self.shape = value.shape[:lead] + shape if lead else shape
        self.dtype = value.dtype
        self.terms = None
        self.value, self.index, self.event = value, index, shape

    def materialize(self) -> Any:
        """Return one array with everything added in that was scattered into it."""
        parts = self.parts()
        scattered = [part for part in parts if isinstance(part, Scatter)]
        shape = scattered[0].event
        values = [part.value for part in scattered]
        indices = tuple([part.index for part in scattered])
        batch = self.shape[: len(self.shape) - len(shape)]
        if _are_plain(values):  # there is nothing to record
            total = _add_plain_at(values, indices, shape, batch)
        else:
            total = _scatter(*values, indices=indices, shape=shape, batch=batch)
        for part in parts:
            if not isinstance(part, Scatter):
                total = total + part
        return total


def _are_plain(values: Sequence[Any]) -> bool:
    """Say whether values are all arrays or scalars of NumPy's."""
    kinds = set(map(type, values))
    return kinds == _ARRAYS or all(issubclass(kind, np.ndarray | np.generic) for kind in kinds)


_ARRAYS = {np.ndarray}


def add_at(*values: Any, indices: tuple[tuple[Any, ...], ...], shape: tuple[int, ...], batch: tuple[int, ...]) -> Any:
    """Return zeros of ``batch + shape`` with each value added at its index."""
    if not _are_plain(values):
        return _add_at_by_gathering(values, indices, shape, batch)
    return _add_plain_at(values, indices, shape, batch)


def _add_plain_at(
    values: Sequence[Any], indices: tuple[tuple[Any, ...], ...], shape: tuple[int, ...], batch: tuple[int, ...]
) -> Any:
    dtype = values[0].dtype
    for value in values:
        if value.dtype is not dtype:
            dtype = np.result_type(*values)
            break
    buffer = np.zeros(batch + shape, dtype)
    rows: tuple[Any, ...] = (slice(None),) * len(batch)
    for i, (value, index) in enumerate(zip(values, indices, strict=True)):
        if is_basic(index):
            place = rows + index if batch else index
            part = buffer[place] if i else None
            if type(part) is np.ndarray:
                part += value  # it is a view: buffer[place] += value would copy it onto itself
            else:
                buffer[place] = value if part is None else part + value
        elif not _names_once(index) or not _keeps_axes_together(index):
            _add_rows_at(buffer, value, index, shape)
        elif i == 0:
            buffer[rows + index] = value
        else:
            buffer[rows + index] += value
    return buffer if buffer.ndim else buffer[()]


#: Up to this many numbers, flat positions cost more than they save.
_FEW = 64

#: Rows of this many numbers are added one by one.
_LONG = 512

#: How many flat positions are made at once: 128 KB of them stay in the cache, and cost half of what 512 KB do.
_AT_ONCE = 16384


def _add_rows_at(buffer: np.ndarray, value: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    """Add ``value`` into the last axes of ``buffer``, as often as the index names an element.

    ``np.add.at`` has a fast loop for one axis only. 20,000 rows of 64 numbers added into 1000 rows take it 11 ms as
    rows and 2.6 ms as numbers at flat positions (NumPy 2.4, one thread); sorting and ``np.add.reduceat`` takes 6.9 ms,
    and a loop over the rows 12 ms, but that is the fastest for long rows.
    """
    add: Any = np.add.at  # its stub knows no slices
    if not value.size:
        return
    if value.size <= _FEW and _keeps_axes_together(index):
        add(buffer, (slice(None),) * (buffer.ndim - len(shape)) + index, value)
        return
    picked, behind = _in_one_axis(index, shape)
    rows, values = picked.reshape(-1), value.reshape(-1, behind)
    blocks = len(values) // len(rows)
    if blocks > 1:
        rows = (np.arange(blocks)[:, None] * (buffer.size // (blocks * behind)) + rows).reshape(-1)
    if behind >= _LONG:
        table = buffer.reshape(-1, behind)
        for row, added in zip(rows.tolist(), values, strict=True):
            table[row] += added
        return
    flat, starts, columns = buffer.reshape(-1), (rows * behind)[:, None], np.arange(behind)
    step = _AT_ONCE // behind
    for i in range(0, len(rows), step):
        add(flat, (starts[i : i + step] + columns).reshape(-1), values[i : i + step].reshape(-1))


def _add_at_by_gathering(
    values: tuple[Any, ...], indices: tuple[tuple[Any, ...], ...], shape: tuple[int, ...], batch: tuple[int, ...]
) -> Any:
    """Do the same for duck arrays, which need not support assignment: as sums of gathers, padded with zeros."""
    targets = np.concatenate([positions(index, shape).ravel() for index in indices])
    source = np.concatenate([np.reshape(value, (*batch, -1)) for value in values], axis=-1)
    source = np.concatenate([source, np.zeros_like(np.sum(source, axis=-1, keepdims=True))], axis=-1)
    size = math.prod(shape)
    order = np.argsort(targets, kind="stable")
    starts = np.searchsorted(targets[order], np.arange(size + 1))
    counts = np.diff(starts)
    table = np.full((size, max(1, int(counts.max(initial=0)))), len(targets))
    table[np.arange(table.shape[1]) < counts[:, None]] = order
    picked = np.reshape(np.take(source, table.ravel(), axis=-1), (*batch, *table.shape))
    return np.reshape(np.sum(picked, axis=-1), batch + shape)


_scatter = linear(
    add_at, name="scatter",
    each=lambda g, i, indices, shape: pick(g, indices[i], shape),
)  # fmt: skip


# Gathers

_getitem = linear(
    lambda x, index: x[index], name="getitem", lazy=True,
    x=lambda g, index, x_shape, out_shape: Scatter(g, index, x_shape, len(out_shape)),
)  # fmt: skip


@implements(operator.getitem)
def getitem(x: Any, index: Any) -> Any:
    """Return what an index picks."""
    return _getitem(x, index=canonical(index))


@implements(np.take)
def take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    """Return the elements at integer positions along an axis, or of the flattened array."""
    a = np.reshape(a, -1) if axis is None else a
    axis = -1 if axis is None else one_from_back(axis, a.ndim)
    places = _in_bounds(indices, a.shape[axis], mode)
    return getitem(a, along(axis, places if places.ndim else int(places)))


def _in_bounds(indices: Any, n: int, mode: str) -> np.ndarray:
    """Return positions in an axis of ``n`` elements, those outside wrapped around or clipped as ``mode`` says."""
    indices = np.asarray(untracked(indices))
    if indices.dtype == bool or not indices.size:
        indices = indices.astype(np.intp)  # numbers to np.take, not a mask
    if mode == "raise" or not n:
        return indices
    if mode not in ("wrap", "clip"):
        raise ValueError(f"mode must be 'raise', 'wrap' or 'clip', and is {mode!r}")
    return indices % n if mode == "wrap" else np.clip(indices, 0, n - 1)


def along_axis(shape: tuple[int, ...], indices: Any, axis: int) -> tuple[np.ndarray, ...]:
    """Return the index that names, in an array of ``shape``, positions along one axis that differ along the others.

    Raises
    ------
    IndexError
        If ``indices`` are no integers.
    ValueError
        If they have another number of axes than the array.
    """
    indices = np.asarray(untracked(indices))
    if indices.dtype.kind not in "iu":
        raise IndexError(f"indices along an axis must be integers, and are of dtype {indices.dtype}")
    if indices.ndim != len(shape):
        raise ValueError(
            f"indices along an axis must have as many axes as the array, {len(shape)}, and have {indices.ndim}"
        )
    grid = [np.arange(n).reshape((-1,) + (1,) * (len(shape) - i - 1)) for i, n in enumerate(shape)]
    grid[normalize_axis_index(axis, len(shape))] = indices
    return tuple(grid)


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Return elements at positions that differ along the other axes, such as those of ``np.argsort``."""
    if axis is None:
        arr, axis = np.reshape(arr, -1), 0
    return getitem(arr, along_axis(arr.shape, indices, axis))


@implements(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """Return what lies along an axis where a condition holds; of the flattened array if no axis is given."""
    condition = np.asarray(untracked(condition))
    if condition.ndim != 1:
        raise ValueError(f"np.compress: the condition must have one axis, and has {condition.ndim}")
    return take(a, np.flatnonzero(condition), axis)


@implements(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """Return the elements where a condition holds, along one axis."""
    return take(arr, np.flatnonzero(untracked(condition)))


@implements(np.choose)
def choose(a: Any, choices: Sequence[Any], *, mode: str = "raise") -> Any:
    """Return, element by element, the one of several arrays that ``a`` names by its number."""
    made = [choice if hasattr(choice, "shape") else np.asarray(choice) for choice in choices]
    chosen = _in_bounds(a, len(made), mode)
    if ((chosen < 0) | (chosen >= len(made))).any():
        raise ValueError(f"np.choose: a number in {chosen} names none of the {len(made)} choices")
    shape = np.broadcast_shapes(chosen.shape, *(choice.shape for choice in made))
    stacked = np.stack([np.broadcast_to(choice, shape) for choice in made])
    return getitem(stacked, along_axis(stacked.shape, np.broadcast_to(chosen, shape)[None], 0))[0]


@implements(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """Return the array without what lies at some positions along an axis, or of the flattened array."""
    arr = np.reshape(arr, -1) if axis is None else arr
    axis = -1 if axis is None else one_from_back(axis, arr.ndim)
    return take(arr, np.delete(np.arange(arr.shape[axis]), untracked(obj)), axis)
