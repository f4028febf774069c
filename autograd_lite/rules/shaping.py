"""Functions that move elements and compute nothing: reshaping, permuting, joining, splitting, repeating.

All of them are linear, and most are compositions of the seven primitives at the top.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_lite.core.cotangents import cast
from autograd_lite.core.primitive import implements, linear
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import UnsupportedArgumentError
from autograd_lite.rules.axes import along, batch_of, from_back, one_from_back
from autograd_lite.rules.elementwise import same

# Primitives

_reshape = linear(
    lambda x, shape: np.reshape(x, shape), name="reshape",
    x=lambda g, x_shape, out_shape: np.reshape(g, batch_of(g, len(out_shape)) + x_shape),
)  # fmt: skip


def _inverse(axes: tuple[int, ...], batch: int) -> tuple[int, ...]:
    """Return the inverse permutation, behind ``batch`` leading axes that stay."""
    inverse = sorted(range(len(axes)), key=axes.__getitem__)
    return (*range(batch), *(batch + i for i in inverse))


_permute = linear(
    lambda x, axes: np.transpose(x, axes), name="transpose",
    x=lambda g, axes: np.transpose(g, _inverse(axes, g.ndim - len(axes))),
)  # fmt: skip
_broadcast = linear(lambda x, shape: np.broadcast_to(x, shape), name="broadcast_to", x=same)
_flip = linear(lambda x, axis: np.flip(x, axis), name="flip", x=lambda g, axis: np.flip(g, axis))


def _piece(g: Any, i: int, shapes: list[tuple[int, ...]], axis: int) -> Any:
    start = sum(shape[axis] for shape in shapes[:i])
    return g[along(axis, slice(start, start + shapes[i][axis]))]


_concatenate = linear(lambda *arrays, axis: np.concatenate(arrays, axis=axis), name="concatenate", each=_piece)
_stack = linear(
    lambda *arrays, axis: np.stack(arrays, axis=axis), name="stack", each=lambda g, i, axis: g[along(axis, i)]
)
_astype = linear(cast, name="astype", x=same)


# Shapes


@implements(np.reshape)
def reshape(a: Any, /, shape: Any = None, order: str = "C") -> Any:
    """Return the same elements in another shape; ``order`` is "C" or "F"."""
    shape = tuple(shape) if isinstance(shape, Sequence | np.ndarray) else (operator.index(shape),)
    if order == "F":
        return np.transpose(_reshape(np.transpose(a), shape=shape[::-1]))
    if order not in ("C", "A"):
        raise UnsupportedArgumentError(f"np.reshape on a Tensor takes order 'C' or 'F', and got {order!r}")
    return _reshape(a, shape=shape)


@implements(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """Return the elements along one axis."""
    return reshape(a, -1, order)


@implements(np.expand_dims)
def expand_dims(a: Any, axis: Any) -> Any:
    """Return the array with axes of length one inserted."""
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    axes = normalize_axis_tuple(axes, a.ndim + len(axes))
    lengths = iter(a.shape)
    return _reshape(a, shape=tuple(1 if i in axes else next(lengths) for i in range(a.ndim + len(axes))))


@implements(np.squeeze)
def squeeze(a: Any, axis: Any = None) -> Any:
    """Return the array without its axes of length one, or without those named."""
    axes = [i for i, n in enumerate(a.shape) if n == 1] if axis is None else normalize_axis_tuple(axis, a.ndim)
    if any(a.shape[i] != 1 for i in axes):
        raise ValueError(f"np.squeeze: of the axes {tuple(axes)} of shape {a.shape} not all have length one")
    return _reshape(a, shape=tuple(n for i, n in enumerate(a.shape) if i not in axes))


@implements(np.atleast_1d)
def atleast_1d(*arrays: Any) -> Any:
    """Return each array with at least one axis."""
    made = tuple(a if a.ndim else reshape(a, (1,)) for a in map(_as_array, arrays))
    return made[0] if len(made) == 1 else made


@implements(np.atleast_2d)
def atleast_2d(*arrays: Any) -> Any:
    """Return each array with at least two axes, new ones in front."""
    made = tuple(a if a.ndim > 1 else reshape(a, (1, a.size)) for a in map(_as_array, arrays))
    return made[0] if len(made) == 1 else made


@implements(np.atleast_3d)
def atleast_3d(*arrays: Any) -> Any:
    """Return each array with at least three axes."""
    shapes = {0: lambda a: (1, 1, 1), 1: lambda a: (1, a.size, 1), 2: lambda a: (*a.shape, 1)}
    made = tuple(a if a.ndim > 2 else reshape(a, shapes[a.ndim](a)) for a in map(_as_array, arrays))
    return made[0] if len(made) == 1 else made


def _as_array(value: Any) -> Any:
    return value if hasattr(value, "shape") else np.asarray(value)


@implements(np.transpose)
def transpose(a: Any, axes: Any = None) -> Any:
    """Return the axes permuted; reversed if no order is given."""
    axes = tuple(range(a.ndim))[::-1] if axes is None else normalize_axis_tuple(axes, a.ndim)
    if len(axes) != a.ndim:
        raise ValueError(f"np.transpose: axes {axes} do not match an array with {a.ndim} axes")
    return _permute(a, axes=axes)


@implements(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Return axes moved to other positions."""
    sources, targets = normalize_axis_tuple(source, a.ndim), normalize_axis_tuple(destination, a.ndim)
    order = [i for i in range(a.ndim) if i not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(target, axis)
    return _permute(a, axes=tuple(order))


@implements(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Return two axes swapped."""
    order = list(range(a.ndim))
    first, second = normalize_axis_index(axis1, a.ndim), normalize_axis_index(axis2, a.ndim)
    order[first], order[second] = second, first
    return _permute(a, axes=tuple(order))


@implements(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x: Any, /) -> Any:
    """Return the last two axes swapped."""
    return swapaxes(x, -1, -2)


@implements(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Return an axis rolled back until it lies before ``start``."""
    axis, start = normalize_axis_index(axis, a.ndim), start + a.ndim if start < 0 else start
    return moveaxis(a, axis, start - 1 if start > axis else start)


@implements(np.broadcast_to)
def broadcast_to(array: Any, shape: Any) -> Any:
    """Return the array broadcast to a shape."""
    return _broadcast(array, shape=(shape,) if isinstance(shape, int) else tuple(shape))


@implements(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    """Return the arrays broadcast against each other."""
    arrays = [_as_array(a) for a in args]
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    return tuple(broadcast_to(a, shape) for a in arrays)


@implements(np.full_like)
def full_like(a: Any, fill_value: Any, *, shape: Any = None) -> Any:
    """Return an array of another's shape filled with one value; a Tensor where that is one."""
    target = a.shape if shape is None else shape
    return broadcast_to(fill_value, target) if isinstance(fill_value, Tensor) else np.full(target, fill_value, a.dtype)


@implements(np.ndarray.astype, np.astype)
def astype(x: Any, dtype: Any, /) -> Any:
    """Return a Tensor in another floating dtype, or the plain array in a dtype that carries no derivative."""
    dtype = np.dtype(dtype)
    return _astype(x, dtype=dtype) if dtype.kind in "fc" else x.data.astype(dtype)


@implements(np.copy)
def copy(a: Any) -> Any:
    """Return a Tensor with the same values and history."""
    return np.positive(a)


# Joining


@implements(np.concatenate)
def concatenate(arrays: Sequence[Any], /, axis: int | None = 0) -> Any:
    """Return the arrays joined along an axis they have; flattened first if ``axis`` is None."""
    if axis is None:
        return _concatenate(*(np.reshape(_as_array(a), -1) for a in arrays), axis=-1)
    return _concatenate(*arrays, axis=one_from_back(axis, _as_array(arrays[0]).ndim))


@implements(np.stack)
def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Return the arrays joined along a new axis."""
    return _stack(*arrays, axis=one_from_back(axis, _as_array(arrays[0]).ndim + 1))


@implements(np.vstack)
def vstack(tup: Sequence[Any]) -> Any:
    """Return the arrays stacked as rows."""
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
    arrays = [a if a.ndim > 1 else reshape(a, (a.size, 1)) for a in map(_as_array, tup)]
    return concatenate(arrays, 1)


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Return ``values`` joined to the end of ``arr``; both flattened if no axis is given."""
    return concatenate((_as_array(arr), _as_array(values)), axis)


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
        sizes = [n // indices_or_sections + (i < n % indices_or_sections) for i in range(indices_or_sections)]
        edges = [0, *itertools.accumulate(sizes)]
    return [ary[along(axis, slice(start, stop))] for start, stop in itertools.pairwise(edges)]


@implements(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Return the pieces along the first axis."""
    return split(ary, indices_or_sections, 0)


@implements(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Return the pieces along the second axis, or the first of a one-dimensional array."""
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


@implements(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Return the pieces along the third axis."""
    return split(ary, indices_or_sections, 2)


# Order and repetition


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
    for step, single in zip(shifts.ravel(), axes.ravel(), strict=True):
        back = one_from_back(single, a.ndim)
        cut = -int(step) % a.shape[back] if a.shape[back] else 0
        a = concatenate((a[along(back, slice(cut, None))], a[along(back, slice(None, cut))]), back)
    return a


@implements(np.rot90)
def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Return the array turned by ``k`` right angles in the plane of two axes."""
    turns = k % 4
    if turns == 2:
        return flip(flip(m, axes[0]), axes[1])
    if turns == 1:
        return swapaxes(flip(m, axes[1]), *axes)
    return flip(swapaxes(m, *axes), axes[1]) if turns == 3 else np.positive(m)


@implements(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Return each element repeated, along an axis or of the flattened array."""
    if axis is None:
        a, axis = ravel(a), 0
    back = one_from_back(axis, a.ndim)
    if np.size(repeats) > 1:
        return np.take(a, np.repeat(np.arange(a.shape[back]), repeats), axis=back)
    times, position = int(np.reshape(repeats, ())), back + a.ndim
    wide = expand_dims(a, position + 1)
    wide = broadcast_to(wide, (*wide.shape[: position + 1], times, *wide.shape[position + 2 :]))
    return reshape(wide, (*a.shape[:position], a.shape[position] * times, *a.shape[position + 1 :]))


@implements(np.tile)
def tile(A: Any, reps: Any) -> Any:  # noqa: N803 - NumPy's name
    """Return the array laid side by side, ``reps`` times along each axis."""
    times = (int(reps),) if not np.ndim(reps) else tuple(int(r) for r in reps)
    ndim = A.ndim if len(times) < A.ndim else len(times)
    times = (1,) * (ndim - len(times)) + times
    shape = (1,) * (ndim - A.ndim) + A.shape
    doubled = reshape(A, tuple(itertools.chain.from_iterable((1, n) for n in shape)))
    wide = broadcast_to(doubled, tuple(itertools.chain.from_iterable(zip(times, shape, strict=True))))
    return reshape(wide, tuple(r * n for r, n in zip(times, shape, strict=True)))


# Padding

_INDEX_MODES = ("edge", "reflect", "symmetric", "wrap")

_pad_zeros = linear(
    lambda x, widths: np.pad(x, widths), name="pad",
    x=lambda g, x_shape, widths: g[
        (Ellipsis, *(slice(low, low + n) for (low, _), n in zip(widths, x_shape, strict=True)))
    ],
)  # fmt: skip


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0) -> Any:
    """Return the array with margins: of constants, or (edge, reflect, symmetric, wrap) of its own elements."""
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(i, pad_width.get(i - array.ndim, (0, 0))) for i in range(array.ndim)]
        pad_width = [(w, w) if not np.ndim(w) else w for w in pad_width]
    widths = tuple((int(low), int(high)) for low, high in np.broadcast_to(pad_width, (array.ndim, 2)))
    if mode in _INDEX_MODES:
        positions = np.pad(np.arange(array.size).reshape(array.shape), widths, mode=mode)
        return np.take(ravel(array), positions)
    if mode != "constant":
        raise UnsupportedArgumentError(
            f"np.pad on a Tensor takes mode 'constant' or one of {_INDEX_MODES}, and got {mode!r}"
        )
    padded = _pad_zeros(array, widths=widths)
    if isinstance(constant_values, int | float) and constant_values == 0:
        return padded
    margin = np.pad(np.zeros(array.shape, dtype=array.dtype), widths, constant_values=constant_values)
    return padded + margin
