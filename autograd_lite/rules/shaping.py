"""Functions that compute nothing and keep all elements: reshaping, permuting axes, broadcasting, copying, casting.

All of them are linear compositions of the primitives at the top.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_lite.core.cotangents import Tracked, cast
from autograd_lite.core.observing import observers, report_step
from autograd_lite.core.primitive import implements, linear
from autograd_lite.errors import UnsupportedArgumentError
from autograd_lite.rules.axes import batch_of
from autograd_lite.rules.elementwise import same

# Primitives


def _reshaped(x: Any, shape: tuple[int, ...]) -> Any:
    return x.reshape(shape) if type(x) is np.ndarray else np.reshape(x, shape)  # np.reshape costs 0.3 µs more


def _permuted(x: Any, axes: tuple[int, ...]) -> Any:
    return x.transpose(axes) if type(x) is np.ndarray else np.transpose(x, axes)


_reshape = linear(
    _reshaped, name="reshape",
    x=lambda g, x_shape, out_shape: _reshaped(g, batch_of(g, len(out_shape)) + x_shape),
)  # fmt: skip


def _inverse(axes: tuple[int, ...], batch: int) -> tuple[int, ...]:
    """Return the inverse permutation, behind ``batch`` leading axes that stay."""
    inverse = sorted(range(len(axes)), key=axes.__getitem__)
    return (*range(batch), *(batch + i for i in inverse))


_permute = linear(
    _permuted, name="transpose",
    x=lambda g, axes: _permuted(g, _inverse(axes, g.ndim - len(axes))),
)  # fmt: skip
_broadcast = linear(lambda x, shape: np.broadcast_to(x, shape), name="broadcast_to", x=same)
_astype = linear(cast, name="astype", x=same)


def as_array(value: Any) -> Any:
    """Return an array, a Tensor or a duck array as it is, and numbers and lists as an array."""
    return value if hasattr(value, "shape") else np.asarray(value)


def as_shape(shape: Any) -> tuple[int, ...]:
    """Return the shape that an integer or a sequence of them stands for."""
    if type(shape) is not tuple and (type(shape) is int or not np.iterable(shape)):
        return (operator.index(shape),)
    return tuple(map(operator.index, shape))


# Shapes


@implements(np.reshape)
def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """Return the same elements in another shape, read and placed in C or Fortran order."""
    del copy  # a Tensor has no in-place operations, so nobody can tell
    shape, order = as_shape(shape), "C" if order == "C" else _settled(a, order)
    return _reshape(a, shape=shape) if order == "C" else np.transpose(_reshape(np.transpose(a), shape=shape[::-1]))


def _settled(a: Any, order: str) -> str:
    """Return "C" or "F" for an order that may depend on how the elements lie in memory ("A", "K")."""
    data: Any = a.data if isinstance(a, Tracked) else a
    flags = data.flags if isinstance(data, np.ndarray | np.generic) else None
    if order == "F" or (order in ("A", "K") and flags is not None and flags.fnc):
        return "F"
    if order == "A" or (order == "K" and flags is not None and flags.c_contiguous):
        return "C"
    raise UnsupportedArgumentError(
        f"the order {order!r} of the elements of an array of shape {data.shape} is not covered: take 'C' or 'F'"
    )


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


def _each(arrays: tuple[Any, ...], make: Any) -> Any:
    """Return one array made from one argument, or a tuple of those made from several."""
    made = tuple(make(as_array(a)) for a in arrays)
    return made[0] if len(made) == 1 else made


@implements(np.atleast_1d)
def atleast_1d(*arrays: Any) -> Any:
    """Return each array with at least one axis."""
    return _each(arrays, lambda a: a if a.ndim else reshape(a, (1,)))


@implements(np.atleast_2d)
def atleast_2d(*arrays: Any) -> Any:
    """Return each array with at least two axes, new ones in front."""
    return _each(arrays, lambda a: a if a.ndim > 1 else reshape(a, (1, *(a.shape or (1,)))))


@implements(np.atleast_3d)
def atleast_3d(*arrays: Any) -> Any:
    """Return each array with at least three axes."""
    return _each(arrays, lambda a: a if a.ndim > 2 else reshape(np.atleast_2d(a), (*np.atleast_2d(a).shape, 1)))


# Axes


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
    if x.ndim < 2:
        raise ValueError(f"np.matrix_transpose takes an array with two axes or more, and got shape {x.shape}")
    return swapaxes(x, -1, -2)


@implements(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Return an axis rolled back until it lies before ``start``."""
    axis, start = normalize_axis_index(axis, a.ndim), start + a.ndim if start < 0 else start
    if not 0 <= start <= a.ndim:
        raise np.exceptions.AxisError(f"np.rollaxis: start={start} of an array with {a.ndim} axes")
    return moveaxis(a, axis, start - 1 if start > axis else start)


# Broadcasting


@implements(np.broadcast_to)
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """Return the array broadcast to a shape."""
    del subok  # a Tensor is no array
    return _broadcast(array, shape=as_shape(shape))


@implements(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    """Return the arrays broadcast against each other."""
    del subok
    arrays = [as_array(a) for a in args]
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    return tuple(broadcast_to(a, shape) for a in arrays)


@implements(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    """Return coordinate matrices of coordinate vectors."""
    del copy
    if indexing not in ("xy", "ij"):
        raise ValueError(f"np.meshgrid takes indexing 'xy' or 'ij', and got {indexing!r}")
    axes = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        axes[0], axes[1] = 1, 0
    grids = [
        reshape(as_array(x), (1,) * axis + (-1,) + (1,) * (len(xi) - axis - 1))
        for axis, x in zip(axes, xi, strict=True)
    ]
    return tuple(grids) if sparse else broadcast_arrays(*grids)


# Copies and casts


@implements(np.full_like)
def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None
) -> Any:
    """Return an array of another's shape and dtype filled with one value; a Tensor where that is one."""
    del order, subok
    target, dtype = a.shape if shape is None else as_shape(shape), a.dtype if dtype is None else np.dtype(dtype)
    if not isinstance(fill_value, Tracked):
        return np.full(target, fill_value, dtype)
    filled = broadcast_to(fill_value, target)
    return filled if filled.dtype == dtype else astype(filled, dtype)


@implements(np.ndarray.astype, np.astype)
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """Return a Tensor in another floating dtype, or the plain array in a dtype that carries no derivative."""
    del copy, device
    dtype = np.dtype(dtype)
    if dtype.kind in "fc":
        return _astype(x, dtype=dtype)
    out = x.data.astype(dtype)
    if observers():
        report_step(np.astype, (x,), out)
    return out


@implements(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """Return a Tensor with the same values and history."""
    del order, subok  # a Tensor's layout in memory is its own affair
    return np.positive(a)
