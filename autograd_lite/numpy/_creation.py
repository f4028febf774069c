"""Functions that make arrays, and so have nothing that NumPy could dispatch on, and some that it does not reach.

Each is NumPy's own function for arguments without a Tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import IMPLEMENTATIONS, untracked
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import UnsupportedArgumentError
from autograd_lite.numpy._lists import common_dtype, stacked

# Conversions


def array(object: Any, dtype: Any = None, *, copy: Any = True, ndmin: int = 0, **keywords: Any) -> Any:
    """Return an array, or a Tensor if one is in the argument or in lists in it.

    Parameters
    ----------
    object : array_like, Tensor, or nested lists of both
    dtype : dtype, optional
        If it is no floating one the result is a plain array.
    copy : bool or None
        Whether to copy a Tensor, as a recorded operation; lists are always copied.
    ndmin : int
        The least number of axes; missing ones are put in front.
    **keywords
        Those of ``np.array``. Of Tensors ``order`` and ``subok`` mean nothing, and others are refused.

    Returns
    -------
    ndarray or Tensor

    Examples
    --------
    >>> import autograd_lite as ag, autograd_lite.numpy as np
    >>> def turned(angle):
    ...     c, s = np.cos(angle), np.sin(angle)
    ...     return np.array([[c, -s], [s, c]]) @ np.array([1.0, 2.0])
    >>> ag.jacobian(turned)(0.0)
    array([-2.,  1.])
    """
    value = stacked(object)
    if not isinstance(value, Tensor):
        return np.array(value, dtype, copy=copy, ndmin=ndmin, **keywords)
    refused = [name for name in keywords if name not in ("order", "subok")]
    if refused:
        raise UnsupportedArgumentError(f"array of a Tensor does not support {', '.join(refused)}=: leave it out")
    if value is object and copy:
        value = np.copy(value)
    value = value if dtype is None else value.astype(dtype)
    return np.reshape(value, (1,) * (ndmin - value.ndim) + value.shape) if value.ndim < ndmin else value


def asarray(a: Any, dtype: Any = None, **keywords: Any) -> Any:
    """Return a Tensor as it is, lists that hold Tensors as one, and anything else as ``np.asarray`` does."""
    value = stacked(a)
    if not isinstance(value, Tensor):
        return np.asarray(value, dtype, **keywords)
    if keywords.get("copy"):
        value = np.copy(value)
    return value if dtype is None or value.dtype == dtype else value.astype(dtype)


def asanyarray(a: Any, dtype: Any = None, **keywords: Any) -> Any:
    """Return a Tensor as it is, lists that hold Tensors as one, and anything else as ``np.asanyarray`` does."""
    value = stacked(a)
    return asarray(value, dtype, **keywords) if isinstance(value, Tensor) else np.asanyarray(value, dtype, **keywords)


def ascontiguousarray(a: Any, dtype: Any = None, **keywords: Any) -> Any:
    """Return what `asarray` does, with at least one axis; a Tensor's layout in memory is its own affair."""
    value = stacked(a)
    if not isinstance(value, Tensor):
        return np.ascontiguousarray(value, dtype, **keywords)
    return np.atleast_1d(asarray(value, dtype))


def asfortranarray(a: Any, dtype: Any = None, **keywords: Any) -> Any:
    """Return what `asarray` does; a Tensor's layout in memory is its own affair."""
    value = stacked(a)
    return asarray(value, dtype) if isinstance(value, Tensor) else np.asfortranarray(value, dtype, **keywords)


def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    """Return what `asarray` does, and raise ``ValueError`` if an element is infinite or NaN."""
    value = stacked(a)
    np.asarray_chkfinite(untracked(value), dtype, order)
    return asarray(value, dtype, order=order)


def require(a: Any, dtype: Any = None, requirements: Any = None, **keywords: Any) -> Any:
    """Return what `asarray` does; what is required of its memory, a Tensor's own affair, holds for other arrays."""
    value = stacked(a)
    if not isinstance(value, Tensor):
        return np.require(value, dtype, requirements, **keywords)
    return asarray(value, dtype)


def isscalar(element: Any) -> bool:
    """Say whether this is a number; a Tensor is if it holds one, as the arguments of a transform do."""
    return np.isscalar(untracked(element))


# Filling and counting


def full(shape: Any, fill_value: Any, dtype: Any = None, **keywords: Any) -> Any:
    """Return an array of a shape with every element equal to ``fill_value``, which may be a Tensor."""
    value = stacked(fill_value)
    if not isinstance(value, Tensor):
        return np.full(shape, value, dtype, **keywords)
    if dtype is not None and np.dtype(dtype).kind != "f":
        return np.full(shape, untracked(value), dtype, **keywords)
    return np.broadcast_to(asarray(value, dtype), shape)


def full_like(a: Any, fill_value: Any, dtype: Any = None, *args: Any, **keywords: Any) -> Any:
    """Return an array like ``a`` with every element equal to ``fill_value``, which may be a Tensor."""
    a, value = stacked(a), stacked(fill_value)
    if not isinstance(value, Tensor):
        return np.full_like(untracked(a), value, dtype, *args, **keywords)
    model = a if hasattr(a, "shape") else np.asarray(a)
    return IMPLEMENTATIONS[np.full_like](model, value, dtype, *args, **keywords)


def arange(start: Any = None, stop: Any = None, step: Any = None, dtype: Any = None, **keywords: Any) -> Any:
    """Return evenly spaced numbers, differentiable in ``start`` and ``step``; the end only counts them.

    Parameters
    ----------
    start, stop, step : number or Tensor
    dtype, **keywords
        As ``np.arange`` has them.

    Returns
    -------
    ndarray or Tensor

    Examples
    --------
    >>> import autograd_lite as ag, autograd_lite.numpy as np
    >>> ag.jacobian(lambda step: np.arange(1.0, 7.0, step))(2.5)
    array([0., 1., 2.])
    """
    plain: Any = np.arange
    if stop is None:
        start, stop = None, start
    bounds = {"start": start, "stop": stop, "step": step, "dtype": dtype}
    points = plain(**{name: untracked(x) for name, x in bounds.items() if x is not None}, **keywords)
    first, increment = 0 if start is None else start, 1 if step is None else step
    if not isinstance(first, Tensor) and not isinstance(increment, Tensor):
        return points
    steps = np.arange(points.size, dtype=common_dtype([first, increment]))
    points = first + increment * steps
    return points if dtype is None else points.astype(dtype)


# Choosing


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Return elements of the first choice whose condition holds, of ``default`` where none does.

    Parameters
    ----------
    condlist : sequence of bool arrays
    choicelist : sequence of arrays or Tensors, as many
    default : number, array or Tensor

    Returns
    -------
    ndarray or Tensor
        Of the shape that conditions, choices and default broadcast to.

    Examples
    --------
    >>> import autograd_lite as ag, autograd_lite.numpy as np
    >>> bend = lambda x: np.select([x < 0, x > 1], [x, x**2], 0.0)
    >>> ag.elementwise_grad(bend)(np.array([-1.0, 0.5, 3.0]))
    array([1., 0., 6.])
    """
    choices, default = [stacked(choice) for choice in choicelist], stacked(default)
    if not any(isinstance(choice, Tensor) for choice in (*choices, default)):
        return np.select(condlist, choices, default)
    return IMPLEMENTATIONS[np.select](condlist, choices, default)


def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Return what each function gives for the elements where its condition holds.

    Parameters
    ----------
    x : array, Tensor, or list with Tensors
    condlist : sequence of bool arrays of its shape
    funclist : sequence of callables, numbers or Tensors
        One for each condition, and one more for where none holds. Besides ``x`` they may depend on Tensors of their
        own, which NumPy's function does not see.
    *args, **kw
        Passed to every function.

    Returns
    -------
    ndarray or Tensor
        Of the shape and dtype of ``x``; zero where no condition holds.

    Examples
    --------
    >>> import autograd_lite as ag, autograd_lite.numpy as np
    >>> x = np.array([-2.0, 1.0, 3.0])
    >>> ag.jacobian(lambda slope: np.piecewise(x, [x < 0], [lambda x: slope * x, lambda x: x]))(0.1)
    array([-2.,  0.,  0.])
    """
    return IMPLEMENTATIONS[np.piecewise](stacked(x), condlist, funclist, *args, **kw)
