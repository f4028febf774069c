"""Joining arrays and taking them apart: concatenating, stacking, blocks, appending, inserting, splitting."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import implements, linear
from autograd_lite.rules.axes import along, one_from_back
from autograd_lite.rules.shaping import as_array, atleast_1d, atleast_2d, atleast_3d, moveaxis, reshape

# Primitives


def _joined(*arrays: Any, axis: int, edges: tuple[int, ...]) -> Any:
    del edges  # for the rule: where each array starts, and the last one ends
    return np.concatenate(arrays, axis=axis)


_concatenate = linear(
    _joined, name="concatenate", each=lambda g, i, axis, edges: g[along(axis, slice(edges[i], edges[i + 1]))]
)
_stack = linear(
    lambda *arrays, axis: np.stack(arrays, axis=axis), name="stack", each=lambda g, i, axis: g[along(axis, i)]
)

# Joining


@implements(np.concatenate)
def concatenate(arrays: Sequence[Any], /, axis: int | None = 0) -> Any:
    """Return the arrays joined along an axis they have; flattened first if ``axis`` is None."""
    arrays = [as_array(a) for a in arrays]
    if axis is None:
        arrays, axis = [np.reshape(a, -1) for a in arrays], -1
    if not arrays or not arrays[0].ndim:
        raise ValueError("np.concatenate needs at least one array, and none without axes: np.stack joins scalars")
    axis = one_from_back(axis, arrays[0].ndim)
    lengths = [a.shape[axis] if a.ndim >= -axis else 0 for a in arrays]  # NumPy says what is wrong with those
    return _concatenate(*arrays, axis=axis, edges=(0, *itertools.accumulate(lengths)))


@implements(np.stack)
def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Return the arrays joined along a new axis."""
    arrays = tuple(arrays)
    if not arrays:
        raise ValueError("np.stack needs at least one array")
    return _stack(*arrays, axis=one_from_back(axis, as_array(arrays[0]).ndim + 1))


@implements(np.vstack)
def vstack(tup: Sequence[Any], *, casting: str = "same_kind") -> Any:
    """Return the arrays stacked as rows; ``casting``, which np.row_stack passes, matters beside a dtype only."""
    return concatenate([atleast_2d(a) for a in tup], 0)


@implements(np.hstack)
def hstack(tup: Sequence[Any]) -> Any:
    """Return the arrays joined along the second axis, or the first of one-dimensional ones."""
    arrays = [atleast_1d(a) for a in tup]
    return concatenate(arrays, 0 if arrays[0].ndim == 1 else 1)


@implements(np.dstack)
def dstack(tup: Sequence[Any]) -> Any:
    """Return the arrays joined along the third axis."""
    return concatenate([atleast_3d(a) for a in tup], 2)


@implements(np.column_stack)
def column_stack(tup: Sequence[Any]) -> Any:
    """Return one-dimensional arrays as the columns of a matrix; matrices are joined as they are."""
    arrays = [a if a.ndim > 1 else reshape(a, (-1, 1)) for a in map(as_array, tup)]
    return concatenate(arrays, 1)


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Return ``values`` joined to the end of ``arr``; both flattened if no axis is given."""
    return concatenate((as_array(arr), as_array(values)), axis)


@implements(np.block)
def block(arrays: Any) -> Any:
    """Return the array whose blocks stand in nested lists: the innermost are joined along the last axis."""
    depth = _depth(arrays)
    if not depth:
        return np.positive(arrays)
    ndim = max(depth, *(as_array(leaf).ndim for leaf in _leaves(arrays)))
    return _assembled(arrays, depth, ndim)


def _depth(arrays: Any) -> int:
    """Return how deep the lists of a block matrix are nested; all must be as deep, and none empty."""
    if isinstance(arrays, tuple):
        raise TypeError("np.block takes nested lists, and a tuple is among them: write lists")
    if not isinstance(arrays, list):
        return 0
    if not arrays:
        raise ValueError("np.block takes no empty lists")
    depths = {_depth(item) for item in arrays}
    if len(depths) > 1:
        raise ValueError(f"np.block: the lists are not nested equally deep, but {sorted(d + 1 for d in depths)}")
    return depths.pop() + 1


def _leaves(arrays: Any) -> list[Any]:
    return [leaf for item in arrays for leaf in _leaves(item)] if isinstance(arrays, list) else [arrays]


def _assembled(arrays: Any, depth: int, ndim: int) -> Any:
    if not isinstance(arrays, list):
        made = as_array(arrays)
        return reshape(made, (1,) * (ndim - made.ndim) + made.shape) if made.ndim < ndim else made
    return concatenate([_assembled(item, depth - 1, ndim) for item in arrays], -depth)


@implements(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Return the array with values put in before some positions along an axis, or of the flattened array."""
    arr, values, obj = as_array(arr), as_array(values), untracked(obj)
    arr = reshape(arr, -1) if axis is None else arr
    axis = -1 if axis is None else one_from_back(axis, arr.ndim)
    values = values if values.dtype == arr.dtype else np.astype(values, arr.dtype)
    values = reshape(values, (1,) * (arr.ndim - values.ndim) + values.shape)
    if not isinstance(obj, slice) and np.ndim(obj) == 0:
        values = moveaxis(values, 0, axis)  # as in a[:, 0] = values, where a list of one is a[:, [0]] = values
    n = arr.shape[axis]
    count = np.insert(np.zeros(n), obj, 0).size - n
    count = values.shape[axis] if count == 1 else count
    shape = tuple(count if i == axis else arr.shape[i] for i in range(-arr.ndim, 0))
    # Where each element of the result stands in `arr` followed by the values.
    places = np.insert(np.arange(n), obj, np.arange(n, n + count))
    return np.take(concatenate((arr, np.broadcast_to(values, shape)), axis), places, axis)


# Splitting


@implements(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Return the pieces between indices, or that many equal ones."""
    n = ary.shape[axis]
    if not np.ndim(indices_or_sections) and n % indices_or_sections:
        raise ValueError(f"np.split: an axis of {n} does not divide into {indices_or_sections} equal pieces")
    return array_split(ary, indices_or_sections, axis)


@implements(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Return the pieces between indices, or that many as equal as they can be."""
    axis, n = one_from_back(axis, ary.ndim), ary.shape[axis]
    if np.ndim(indices_or_sections):
        edges = [0, *indices_or_sections, n]
    else:
        sections = int(indices_or_sections)
        if sections <= 0:
            raise ValueError(f"np.array_split: the number of sections must be larger than 0, and is {sections}")
        edges = [0, *itertools.accumulate(n // sections + (i < n % sections) for i in range(sections))]
    return [ary[along(axis, slice(start, stop))] for start, stop in itertools.pairwise(edges)]


def _with_axes(ary: Any, least: int, name: str) -> Any:
    if ary.ndim < least:
        raise ValueError(f"np.{name} takes arrays with {least} axes or more, and got shape {ary.shape}")
    return ary


@implements(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Return the pieces along the first axis."""
    return split(_with_axes(ary, 2, "vsplit"), indices_or_sections, 0)


@implements(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Return the pieces along the second axis, or the first of a one-dimensional array."""
    return split(_with_axes(ary, 1, "hsplit"), indices_or_sections, 1 if ary.ndim > 1 else 0)


@implements(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Return the pieces along the third axis."""
    return split(_with_axes(ary, 3, "dsplit"), indices_or_sections, 2)


@implements(np.unstack)
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """Return the arrays that stand next to each other along an axis, without that axis."""
    axis = one_from_back(axis, _with_axes(x, 1, "unstack").ndim)
    return tuple(x[along(axis, i)] for i in range(x.shape[axis]))
