"""Elements in other orders and more than once: flipping, rolling, repeating, tiling; functions applied to slices."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_lite.core.primitive import implements, linear
from autograd_lite.rules.axes import from_back, one_from_back
from autograd_lite.rules.shaping import as_array, as_shape, broadcast_to, expand_dims, ravel, reshape, swapaxes

# Orders

_flip = linear(lambda x, axis: np.flip(x, axis), name="flip", x=lambda g, axis: np.flip(g, axis))
_roll = linear(
    lambda x, shift, axis: np.roll(x, shift, axis), name="roll",
    x=lambda g, shift, axis: np.roll(g, tuple(-steps for steps in shift), axis),
)  # fmt: skip


@implements(np.flip)
def flip(m: Any, axis: Any = None) -> Any:
    """Return the elements in reverse order along axes."""
    return _flip(m, axis=from_back(axis, m.ndim))


@implements(np.flipud)
def flipud(m: Any) -> Any:
    """Return the rows in reverse order."""
    return flip(m, 0)


@implements(np.fliplr)
def fliplr(m: Any) -> Any:
    """Return the columns in reverse order."""
    return flip(m, 1)


@implements(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Return the elements moved along axes, those that leave at one end entering at the other."""
    if axis is None:
        return reshape(roll(ravel(a), shift, 0), a.shape)
    shifts, axes = np.broadcast_arrays(shift, axis)
    if shifts.ndim > 1:
        raise ValueError("np.roll takes 'shift' and 'axis' as integers or as sequences of them")
    steps = tuple(map(operator.index, shifts.ravel()))
    return _roll(a, shift=steps, axis=tuple(one_from_back(single, a.ndim) for single in axes.ravel()))


@implements(np.rot90)
def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """Return the array turned by ``k`` right angles in the plane of two axes."""
    first, second = from_back(tuple(axes), m.ndim)
    turns = k % 4
    if turns == 2:
        return flip(m, (first, second))
    if turns == 1:
        return swapaxes(flip(m, second), first, second)
    return flip(swapaxes(m, first, second), second) if turns == 3 else np.positive(m)


# Repetitions


@implements(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Return each element repeated, along an axis or of the flattened array."""
    a = ravel(a) if axis is None else a
    back = -1 if axis is None else one_from_back(axis, a.ndim)
    if np.size(repeats) != 1:
        return np.take(a, np.repeat(np.arange(a.shape[back]), repeats), axis=back)
    times, position = operator.index(np.reshape(repeats, ()).item()), back + a.ndim
    wide = expand_dims(a, position + 1)
    wide = broadcast_to(wide, (*wide.shape[: position + 1], times, *wide.shape[position + 2 :]))
    return reshape(wide, (*a.shape[:position], a.shape[position] * times, *a.shape[position + 1 :]))


@implements(np.tile)
def tile(A: Any, reps: Any) -> Any:  # noqa: N803 - NumPy's name
    """Return the array laid side by side, ``reps`` times along each axis."""
    times = as_shape(reps)
    ndim = max(A.ndim, len(times))
    times = (1,) * (ndim - len(times)) + times
    shape = (1,) * (ndim - A.ndim) + A.shape
    doubled = reshape(A, tuple(itertools.chain.from_iterable((1, n) for n in shape)))
    wide = broadcast_to(doubled, tuple(itertools.chain.from_iterable(zip(times, shape, strict=True))))
    return reshape(wide, tuple(r * n for r, n in zip(times, shape, strict=True)))


@implements(np.resize)
def resize(a: Any, new_shape: Any) -> Any:
    """Return an array of another shape, with the elements repeated as often as it takes to fill it."""
    shape, flat = as_shape(new_shape), reshape(a, -1)
    if min(shape, default=0) < 0:
        raise ValueError(f"np.resize: no length of the new shape {shape} may be negative")
    if not flat.shape[0]:
        return broadcast_to(np.sum(flat), shape)  # NumPy fills with zeros
    return np.take(flat, np.resize(np.arange(flat.shape[0]), shape))


@implements(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:  # noqa: N803 - NumPy's name
    """Return the matrix whose columns are powers of a vector."""
    if x.ndim != 1:
        raise ValueError(f"np.vander takes a vector, and got shape {x.shape}")
    exponents = np.arange(x.shape[0] if N is None else N)
    return reshape(x, (-1, 1)) ** (exponents if increasing else exponents[::-1])


@implements(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """Return the matrix with all elements of an array on its k-th diagonal."""
    return np.diag(ravel(v), k)


# Loops over slices


@implements(np.apply_along_axis)
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Return what a function of vectors gives for each of them along an axis."""
    position = normalize_axis_index(axis, arr.ndim)
    moved = np.moveaxis(arr, position, -1)
    outer = moved.shape[:-1]
    if not math.prod(outer):
        raise ValueError(
            f"np.apply_along_axis along axis {axis} of shape {arr.shape} has no vector to apply {func1d} to"
        )
    made = np.stack([as_array(func1d(moved[index], *args, **kwargs)) for index in np.ndindex(outer)])
    inner = made.shape[1:]
    placed = reshape(made, outer + inner)
    return np.moveaxis(placed, range(len(outer), placed.ndim), range(position, position + len(inner)))


@implements(np.apply_over_axes)
def apply_over_axes(func: Callable[[Any, int], Any], a: Any, axes: Any) -> Any:
    """Return the result of a reduction ``func(a, axis)`` applied along one axis after another, which stay."""
    for axis in as_shape(axes):
        position = normalize_axis_index(axis, a.ndim)
        made = as_array(func(a, position))
        made = made if made.ndim == a.ndim else expand_dims(made, position)
        if made.ndim != a.ndim:
            raise ValueError(
                f"np.apply_over_axes: {func} takes shape {a.shape} to shape {made.shape}, not to one axis less"
            )
        a = made
    return a
