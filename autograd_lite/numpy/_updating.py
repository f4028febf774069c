"""Functions that NumPy has for writing into an array, in a form that gives a new one.

As in jax.numpy, ``inplace=False`` asks for that form, for arrays and Tensors alike. Without it these are NumPy's own
functions, and refuse a Tensor: a call whose result nobody takes would do nothing, without a word.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import IMPLEMENTATIONS, At
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import InPlaceError
from autograd_lite.numpy._creation import asarray
from autograd_lite.numpy._lists import stacked
from autograd_lite.rules.indexing import along_axis


def _updated(array: Any, index: Any, values: Any) -> Any:
    return IMPLEMENTATIONS[At.set](array, index, values)


def _refuse_tensors(name: str, *arguments: Any) -> None:
    if any(isinstance(argument, Tensor) for argument in arguments):
        raise InPlaceError(
            f"{name} writes into its first argument, and with a Tensor among the arguments it cannot: call "
            f"{name}(..., inplace=False), which gives a new Tensor."
        )


def fill_diagonal(a: Any, val: Any, wrap: bool = False, *, inplace: bool = True) -> Any:
    """Write on the main diagonal of an array, or give a new one that has ``val`` there.

    Parameters
    ----------
    a : array or Tensor of shape (m, n), or (n, n, ..., n)
    val : number, array or Tensor
        The values; their elements in C order, again from the first when they are used up.
    wrap : bool
        Whether the diagonal of a tall matrix goes on below, with an empty row between.
    inplace : bool
        True, NumPy's way, is not available with Tensors. False gives a new array or Tensor.

    Returns
    -------
    None, or ndarray or Tensor of the shape and dtype of ``a``

    Raises
    ------
    InPlaceError
        If a Tensor is among the arguments of a call in place.
    ValueError
        If ``a`` has less than two axes, or more than two of unequal lengths.

    Examples
    --------
    >>> import autograd_lite as ag, autograd_lite.numpy as np
    >>> ag.grad(lambda v: np.linalg.norm(np.fill_diagonal(np.zeros((2, 2)), v, inplace=False)))(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """
    a, val = stacked(a), stacked(val)
    if inplace:
        _refuse_tensors("fill_diagonal", a, val)
        return np.fill_diagonal(a, val, wrap)
    a, val = asarray(a), np.reshape(asarray(val), -1)
    if a.ndim < 2 or (a.ndim > 2 and len(set(a.shape)) > 1):
        raise ValueError(f"fill_diagonal takes a matrix, or an array of equal lengths, and got shape {a.shape}")
    step = 1 + sum(math.prod(a.shape[i:]) for i in range(1, a.ndim))
    stop = a.shape[1] ** 2 if a.ndim == 2 and not wrap else a.size
    places = slice(0, min(stop, a.size), step)
    count = len(range(*places.indices(a.size)))
    if not val.size or not count:
        return np.copy(a)
    values = val if val.size == count else np.take(val, np.arange(count) % val.size)
    return np.reshape(_updated(np.reshape(a, -1), places, values), a.shape)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None, *, inplace: bool = True) -> Any:
    """Write at positions along an axis, or give a new array that has ``values`` there.

    Parameters
    ----------
    arr : array or Tensor
    indices : array of int
        Positions along ``axis``, such as those of ``np.argsort``, broadcast against the other axes of ``arr``. Of
        positions named twice, the last value counts.
    values : number, array or Tensor
        Broadcast against ``indices``.
    axis : int or None
        None: ``arr`` is seen as one axis.
    inplace : bool
        True, NumPy's way, is not available with Tensors. False gives a new array or Tensor.

    Returns
    -------
    None, or ndarray or Tensor of the shape and dtype of ``arr``

    Raises
    ------
    InPlaceError
        If a Tensor is among the arguments of a call in place.

    Examples
    --------
    >>> import autograd_lite.numpy as np
    >>> np.put_along_axis(np.zeros((2, 3)), np.array([[1], [2]]), 5.0, axis=1, inplace=False)
    array([[0., 5., 0.],
           [0., 0., 5.]])
    """
    arr, indices, values = stacked(arr), stacked(indices), stacked(values)
    if inplace:
        _refuse_tensors("put_along_axis", arr, indices, values)
        return np.put_along_axis(arr, indices, values, axis)
    arr, indices = asarray(arr), asarray(indices)
    if axis is None:
        flat = np.reshape(arr, -1)
        return np.reshape(_updated(flat, along_axis(flat.shape, indices, 0), values), arr.shape)
    return _updated(arr, along_axis(arr.shape, indices, axis), values)


def make_diagonal(D: Any, offset: int = 0, axis1: int = -1, axis2: int = -2) -> Any:  # noqa: N803 - HIPS's name
    """Return zeros with ``D`` on diagonals: the inverse of ``diagonal``, as HIPS autograd has it.

    Parameters
    ----------
    D : array or Tensor of shape (..., n)
    offset : int
        Which diagonal.
    axis1, axis2 : int
        The axes of rows and columns.

    Returns
    -------
    ndarray or Tensor of shape (..., n + abs(offset), n + abs(offset))

    Examples
    --------
    >>> import autograd_lite.numpy as np
    >>> np.make_diagonal(np.array([1.0, 2.0]))
    array([[1., 0.],
           [0., 2.]])
    """
    values = asarray(D)
    n = values.shape[-1] + abs(offset)
    steps = np.arange(values.shape[-1])
    index = (Ellipsis, steps + max(0, -offset), steps + max(0, offset))
    whole = _updated(np.zeros((*values.shape[:-1], n, n), dtype=values.dtype), index, values)
    return np.moveaxis(whole, (-2, -1), (axis1, axis2))
