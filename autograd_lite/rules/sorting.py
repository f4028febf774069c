"""Sorting and partitioning, which permute, and what is trimmed off the ends.

The cotangent goes back along the permutation. Equal elements keep their order, as in JAX and a stable sort: any
permutation that sorts them gives a subgradient, and this one is the same whatever algorithm the values came from.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_lite.core.cotangents import cast
from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements, linear
from autograd_lite.errors import UnsupportedArgumentError
from autograd_lite.rules.axes import one_from_back

_permuted = linear(
    lambda x, order, axis: np.take_along_axis(x, _beside(order, x.ndim), axis=axis), name="permute_along",
    x=lambda g, order, axis: _permuted(g, order=_inverse(order, axis), axis=axis),
)  # fmt: skip


def _beside(order: Any, ndim: int) -> Any:
    """Return a permutation with axes in front for those of a batch."""
    return np.reshape(order, (1,) * (ndim - order.ndim) + order.shape)


def _inverse(order: Any, axis: int) -> Any:
    """Return the inverse of permutations along an axis."""
    if type(order) is not np.ndarray:
        return np.argsort(order, axis=axis)
    inverse = np.empty_like(order)  # filled in a seventh of the time that sorting takes
    steps = np.reshape(np.arange(order.shape[axis]), (-1,) + (1,) * (-axis - 1))
    np.put_along_axis(inverse, order, steps, axis=axis)
    return inverse


def _to_places(g: Any, x: Any, out: Any, axis: int) -> Any:
    """Return the cotangent of a permuted array at the places where its elements came from.

    The k-th smallest element of ``out`` is the k-th smallest of ``x``, so that no permutation has to be remembered.
    """
    place_in, place_out = (np.argsort(untracked(v), axis=axis, kind="stable") for v in (x, out))
    order = np.take_along_axis(place_out, _inverse(place_in, axis), axis=axis)
    return _permuted(g, order=order, axis=axis)


_sort_along = general(
    lambda x, axis, kind, stable: np.sort(x, axis=axis, kind=kind, stable=stable), name="sort", selects=True,
    x=lambda g, x, axis: _permuted(
        g, order=_inverse(np.argsort(untracked(x), axis=axis, kind="stable"), axis), axis=axis
    ),
)  # fmt: skip
_partition_along = general(
    lambda x, kth, axis, kind: np.partition(x, kth, axis=axis, kind=kind), name="partition", selects=True, x=_to_places
)


def _axis(a: Any, axis: Any, order: Any, name: str) -> tuple[Any, int]:
    """Return the array, flattened if no axis is given, and the axis."""
    if order is not None:
        raise UnsupportedArgumentError(f"np.{name}(order={order!r}) names fields, and a Tensor has none: leave it out")
    return (np.reshape(a, -1), -1) if axis is None else (a, one_from_back(axis, a.ndim))


@implements(np.sort)
def sort(a: Any, axis: Any = -1, kind: Any = None, order: None = None, *, stable: bool | None = None) -> Any:
    """Return the elements along an axis in rising order, NaNs last."""
    a, axis = _axis(a, axis, order, "sort")
    return _sort_along(a, axis=axis, kind=kind, stable=stable)


@implements(np.sort_complex)
def sort_complex(a: Any) -> Any:
    """Return the elements in rising order, as complex numbers."""
    ordered = sort(a)
    return ordered if a.dtype.kind == "c" else cast(ordered, np.dtype(complex))


@implements(np.partition)
def partition(a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: None = None) -> Any:
    """Return the elements along an axis with the k-th smallest in place, smaller ones before and larger ones behind."""
    a, axis = _axis(a, axis, order, "partition")
    return _partition_along(a, kth=untracked(kth), axis=axis, kind=kind)


@implements(np.trim_zeros)
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """Return the array without the zeros at its ends, along all axes or some."""
    sides = trim.lower()
    if sides not in ("fb", "bf", "f", "b"):
        raise ValueError(f"np.trim_zeros(trim={trim!r}): 'f', 'b' or 'fb' is needed")
    found = np.argwhere(untracked(filt))
    bounds = zip(found.min(axis=0), found.max(axis=0) + 1, strict=True) if found.size else [(0, 0)] * filt.ndim
    axes = range(filt.ndim) if axis is None else normalize_axis_tuple(axis, filt.ndim)
    index = [
        slice(start if "f" in sides or not found.size else None, stop if "b" in sides or not found.size else None)
        if i in axes
        else slice(None)
        for i, (start, stop) in enumerate(bounds)
    ]
    return filt[tuple(index)]
