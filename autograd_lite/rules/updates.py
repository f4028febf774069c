"""Functional updates: ``t.at[index].set(v)``, ``add``, ``multiply``, ``min``, ``max``, each giving a new Tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked, cast
from autograd_lite.core.dispatch import At
from autograd_lite.core.primitive import implements, linear
from autograd_lite.rules.elementwise import same
from autograd_lite.rules.indexing import add_at, canonical, is_basic, pick, positions


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
    read = pick(g, index, shape)
    if is_basic(index):
        return read
    picked = positions(index, shape)
    turns = np.arange(picked.size).reshape(picked.shape)
    writer = np.empty(int(np.prod(shape)), np.intp)
    writer[picked.ravel()] = turns.ravel()
    last = writer[picked] == turns
    return read if last.all() else np.where(last, read, 0)


def _added(x: Any, value: Any, index: tuple[Any, ...]) -> Any:
    value = np.broadcast_to(value, positions(index, x.shape).shape)
    return add_at(value, indices=(index,), shape=x.shape, batch=())


_set = linear(
    _assign, name="at.set",
    x=lambda g, index, x_shape: _untouched(g, index, x_shape),
    value=lambda g, index, x_shape: _last_written(g, index, x_shape),
)  # fmt: skip
_add = linear(
    lambda x, value, index: x + cast(_added(x, value, index), x.dtype), name="at.add",
    x=same,
    value=lambda g, index, x_shape: pick(g, index, x_shape),
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
