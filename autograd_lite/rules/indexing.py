"""Indexing: gathers, whose cotangent is a scatter, and functional updates ``t.at[index].set(v)``.

The cotangent of ``x[index]`` is zero everywhere but there. It is not made at once: a `Scatter` remembers the index and
the cotangent, many of them add up in O(1) each, and one buffer is filled when the node of ``x`` has its turn. So n
look-ups into an array of n cost O(n), not O(n²).
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import LazyCotangent, Tracked, cast
from autograd_lite.core.dispatch import At, untracked
from autograd_lite.core.primitive import implements, linear
from autograd_lite.rules.axes import batch_of, one_from_back
from autograd_lite.rules.elementwise import same

# Indices


def canonical(index: Any) -> tuple[Any, ...]:
    """Return an index as a tuple of integers, slices, None, Ellipsis and plain arrays."""
    items = index if isinstance(index, tuple) else (index,)
    return tuple(_canonical_item(untracked(item)) for item in items)


def _canonical_item(item: Any) -> Any:
    if isinstance(item, slice) or item is None or item is Ellipsis:
        return item
    if isinstance(item, bool | np.bool_):
        return np.asarray(item)
    if isinstance(item, int | np.integer):
        return int(item)
    array = np.asarray(item)
    return array.astype(np.intp) if array.size == 0 and array.dtype.kind == "f" else array


def is_basic(index: tuple[Any, ...]) -> bool:
    """Say whether an index is made of integers and slices only, so that it names no element twice."""
    return not any(isinstance(item, np.ndarray) for item in index)


def _keeps_axes_together(index: tuple[Any, ...]) -> bool:
    """Say whether a batch axis in front of the array stays in front: the array indices lie side by side."""
    fancy = [i for i, item in enumerate(index) if isinstance(item, np.ndarray | int)]
    return fancy[-1] - fancy[0] + 1 == len(fancy)


def positions(index: tuple[Any, ...], shape: tuple[int, ...]) -> np.ndarray:
    """Return the flat positions that an index picks from an array of ``shape``."""
    return np.arange(int(np.prod(shape))).reshape(shape)[index]


def _take(g: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
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
        super().__init__(batch_of(value, read_ndim) + shape, value.dtype)
        self.value, self.index, self.event = value, index, shape

    def materialize(self) -> Any:
        """Return one array with everything added in that was scattered into it."""
        parts = self.parts()
        scattered = [part for part in parts if isinstance(part, Scatter)]
        shape = scattered[0].event
        total = _scatter(
            *(part.value for part in scattered),
            indices=tuple(part.index for part in scattered),
            shape=shape,
            batch=self.shape[: len(self.shape) - len(shape)],
        )
        for part in parts:
            if not isinstance(part, Scatter):
                total = total + part
        return total


def _add_at(*values: Any, indices: tuple[tuple[Any, ...], ...], shape: tuple[int, ...], batch: tuple[int, ...]) -> Any:
    """Return zeros of ``batch + shape`` with each value added at its index."""
    if any(not isinstance(value, np.ndarray | np.generic) for value in values):
        return _add_at_by_gathering(values, indices, shape, batch)
    buffer = np.zeros(batch + shape, dtype=np.result_type(*values))
    rows: tuple[Any, ...] = (slice(None),) * len(batch)
    add_at: Any = np.add.at  # its stub knows no slices
    flat = buffer.reshape(*batch, int(np.prod(shape))) if batch else buffer.reshape(-1)
    for value, index in zip(values, indices, strict=True):
        if is_basic(index):
            buffer[rows + index] += value
        elif _keeps_axes_together(index):
            add_at(buffer, rows + index, value)
        else:
            add_at(flat, (*rows, positions(index, shape)), value)
    return buffer if buffer.ndim else buffer[()]


def _add_at_by_gathering(
    values: tuple[Any, ...], indices: tuple[tuple[Any, ...], ...], shape: tuple[int, ...], batch: tuple[int, ...]
) -> Any:
    """Do the same for duck arrays, which need not support assignment: as sums of gathers, padded with zeros."""
    targets = np.concatenate([positions(index, shape).ravel() for index in indices])
    source = np.concatenate([np.reshape(value, (*batch, -1)) for value in values], axis=-1)
    source = np.concatenate([source, np.zeros_like(np.sum(source, axis=-1, keepdims=True))], axis=-1)
    size = int(np.prod(shape))
    order = np.argsort(targets, kind="stable")
    starts = np.searchsorted(targets[order], np.arange(size + 1))
    counts = np.diff(starts)
    table = np.full((size, max(1, int(counts.max(initial=0)))), len(targets))
    table[np.arange(table.shape[1]) < counts[:, None]] = order
    picked = np.reshape(np.take(source, table.ravel(), axis=-1), (*batch, *table.shape))
    return np.reshape(np.sum(picked, axis=-1), batch + shape)


_scatter = linear(
    _add_at, name="scatter",
    each=lambda g, i, indices, shape: _take(g, indices[i], shape),
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
def take(a: Any, indices: Any, axis: int | None = None) -> Any:
    """Return the elements at integer positions along an axis, or of the flattened array."""
    if axis is None:
        return getitem(np.reshape(a, -1), np.asarray(untracked(indices)))
    return getitem(a, (Ellipsis, np.asarray(untracked(indices))) + (slice(None),) * (-one_from_back(axis, a.ndim) - 1))


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Return elements at positions that differ along the other axes, such as those of ``np.argsort``."""
    indices = np.asarray(untracked(indices))
    if axis is None:
        return getitem(np.reshape(arr, -1), indices.ravel())
    position = one_from_back(axis, arr.ndim) + arr.ndim
    grid = [np.arange(n).reshape((-1,) + (1,) * (arr.ndim - i - 1)) for i, n in enumerate(arr.shape)]
    grid[position] = indices
    return getitem(arr, tuple(grid))


# Functional updates


def _assign(x: Any, value: Any, index: tuple[Any, ...]) -> Any:
    if type(x) is np.ndarray or isinstance(x, np.generic):
        out = np.array(x)
        out[index] = value
        return out
    picked = positions(index, x.shape)
    slots = np.zeros(int(np.prod(x.shape)), dtype=np.intp)
    kept = np.ones(slots.shape, dtype=bool)
    slots[picked.ravel()], kept[picked.ravel()] = np.arange(picked.size), False
    spread = np.reshape(np.take(np.reshape(np.broadcast_to(value, picked.shape), -1), slots), x.shape)
    return np.where(kept.reshape(x.shape), x, spread)


def _untouched(g: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    kept = np.ones(shape, dtype=bool)
    kept[index] = False
    return np.where(kept, g, 0)


def _last_written(g: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Return the cotangent of the values assigned: of those written to one element only the last counts."""
    read = _take(g, index, shape)
    if is_basic(index):
        return read
    picked = positions(index, shape)
    writer = np.full(int(np.prod(shape)), -1)
    writer[picked.ravel()] = np.arange(picked.size)
    return np.where(writer[picked] == np.arange(picked.size).reshape(picked.shape), read, 0)


def _added(x: Any, value: Any, index: tuple[Any, ...]) -> Any:
    value = np.broadcast_to(value, positions(index, x.shape).shape)
    return _add_at(value, indices=(index,), shape=x.shape, batch=())


_set = linear(
    _assign, name="at.set",
    x=lambda g, index, x_shape: _untouched(g, index, x_shape),
    value=lambda g, index, x_shape: _last_written(g, index, x_shape),
)  # fmt: skip
_add = linear(
    lambda x, value, index: x + cast(_added(x, value, index), x.dtype), name="at.add",
    x=same,
    value=lambda g, index, x_shape: _take(g, index, x_shape),
)  # fmt: skip


@implements(At.set)
def at_set(x: Any, index: Any, value: Any) -> Any:
    """Return ``x`` with ``value`` at ``index``."""
    return _set(x, value, index=canonical(index))


@implements(At.add)
def at_add(x: Any, index: Any, value: Any) -> Any:
    """Return ``x`` with ``value`` added at ``index``, as often as an element is named."""
    return _add(x, value, index=canonical(index))


def _combine_at(combine: Any, x: Any, index: Any, value: Any) -> Any:
    """Combine ``value`` into ``x`` at ``index``, one round for each time an element is named again."""
    index = canonical(index)
    picked = positions(index, x.shape)
    filled: Any = value if isinstance(value, Tracked) else np.asarray(value)
    values = np.reshape(np.broadcast_to(filled, picked.shape), -1)
    flat, picked = np.reshape(x, -1), picked.ravel()
    order = np.argsort(picked, kind="stable")
    first = np.searchsorted(picked[order], picked[order])
    turn = np.empty(picked.size, dtype=np.intp)
    turn[order] = np.arange(picked.size) - first
    for round_ in range(int(turn.max(initial=-1)) + 1):
        chosen = np.flatnonzero(turn == round_)
        place = (picked[chosen],)
        flat = _set(flat, combine(flat[place], values[chosen]), index=place)
    return np.reshape(flat, x.shape)


@implements(At.multiply)
def at_multiply(x: Any, index: Any, value: Any) -> Any:
    """Return ``x`` multiplied by ``value`` at ``index``."""
    return _combine_at(np.multiply, x, index, value)


@implements(At.min)
def at_min(x: Any, index: Any, value: Any) -> Any:
    """Return ``x`` with the smaller of its elements and ``value`` at ``index``."""
    return _combine_at(np.minimum, x, index, value)


@implements(At.max)
def at_max(x: Any, index: Any, value: Any) -> Any:
    """Return ``x`` with the larger of its elements and ``value`` at ``index``."""
    return _combine_at(np.maximum, x, index, value)
