"""What a Tensor can do as an array: operators, indexing, and NumPy's methods, each one line.

Each is looked up in `dispatch.IMPLEMENTATIONS`, the table that the rules fill: ``x * y``, ``np.multiply(x, y)`` and
``x.__mul__(y)`` are one entry. There are no in-place operations: ``t += 1`` rebinds the name, and ``t[i] = v`` raises
and names ``t.at[i].set(v)``.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.dispatch import IMPLEMENTATIONS, At, NotAnOperandError, call
from autograd_lite.core.observing import observers, report_step
from autograd_lite.errors import InPlaceError


def _operator(function: Callable[..., Any], *, reflected: bool = False) -> Any:
    """Make the method for a binary operator (``reflected``: its right-hand form)."""

    def forward(self: Any, other: Any) -> Any:
        try:
            return IMPLEMENTATIONS[function](self, other)
        except NotAnOperandError:
            return NotImplemented

    def backward(self: Any, other: Any) -> Any:
        try:
            return IMPLEMENTATIONS[function](other, self)
        except NotAnOperandError:
            return NotImplemented

    return backward if reflected else forward


def _comparison(function: Callable[[Any, Any], Any]) -> Any:
    """Make the method for an operator that is constant almost everywhere: it gives a plain array."""

    def compare(self: Any, other: Any) -> Any:
        out = function(self.data, other.data if isinstance(other, Tracked) else other)
        if observers():
            report_step(function, (self, other), out)
        return out

    return compare


def _method(function: Callable[..., Any]) -> Any:
    """Make the method that calls NumPy's function of the same meaning on the Tensor."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not args and not kwargs and function in IMPLEMENTATIONS:
            return IMPLEMENTATIONS[function](self)
        return call(function, (self, *args), kwargs)

    method.__name__ = function.__name__
    method.__doc__ = (
        f"Return ``numpy.{function.__name__}`` of this Tensor; the arguments are those of NumPy's function."
    )
    return method


def _in_place(name: str, instead: str) -> Any:
    """Make the method that refuses what NumPy's writes into the array."""

    def method(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise InPlaceError(
            f"t.{name}() writes into an array, and a Tensor cannot be written into: what was recorded from the old "
            f"values would become wrong. Use {instead}."
        )

    method.__name__ = name
    method.__doc__ = f"Raise `InPlaceError`: use {instead}."
    return method


class ArrayLike(Tracked):
    """The part of a Tensor that is an array: it holds no calculus and knows no other layer."""

    __slots__ = ()

    shape = property(lambda self: self.data.shape, doc="Lengths of the axes.")
    ndim = property(lambda self: self.data.ndim, doc="Number of axes.")
    dtype = property(lambda self: self.data.dtype, doc="Data type of the elements.")
    size = property(lambda self: math.prod(self.data.shape), doc="Number of elements.")
    itemsize = property(lambda self: self.dtype.itemsize, doc="Bytes of one element.")
    nbytes = property(lambda self: self.size * self.dtype.itemsize, doc="Bytes of all elements.")
    flat = property(lambda self: self.ravel(), doc="The elements along one axis, in C order; itself a Tensor.")
    T = property(lambda self: call(np.transpose, (self,), {}), doc="The transpose.")
    mT = property(lambda self: call(np.swapaxes, (self, -1, -2), {}), doc="The transpose of the last two axes.")  # noqa: N815
    real = property(lambda self: call(np.real, (self,), {}), doc="The real part; a real Tensor itself.")
    imag = property(lambda self: call(np.imag, (self,), {}), doc="The imaginary part; zeros of a real Tensor.")
    at = property(lambda self: At(self), doc="Functional updates: ``t.at[index].set(v)``, ``add``, ``multiply``, …")

    # Operators

    __add__, __radd__ = _operator(np.add), _operator(np.add, reflected=True)
    __sub__, __rsub__ = _operator(np.subtract), _operator(np.subtract, reflected=True)
    __mul__, __rmul__ = _operator(np.multiply), _operator(np.multiply, reflected=True)
    __truediv__, __rtruediv__ = _operator(np.true_divide), _operator(np.true_divide, reflected=True)
    __pow__, __rpow__ = _operator(np.power), _operator(np.power, reflected=True)
    __matmul__, __rmatmul__ = _operator(np.matmul), _operator(np.matmul, reflected=True)
    __mod__, __rmod__ = _operator(np.remainder), _operator(np.remainder, reflected=True)
    __floordiv__, __rfloordiv__ = _comparison(operator.floordiv), _comparison(lambda x, y: y // x)

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __neg__(self) -> Any:
        return IMPLEMENTATIONS[np.negative](self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return IMPLEMENTATIONS[np.absolute](self)

    def __round__(self, digits: int = 0) -> Any:
        return call(np.round, (self, digits), {})

    __lt__, __le__ = _comparison(operator.lt), _comparison(operator.le)
    __gt__, __ge__ = _comparison(operator.gt), _comparison(operator.ge)
    __eq__, __ne__ = _comparison(operator.eq), _comparison(operator.ne)
    __hash__ = object.__hash__

    # Containers

    def __getitem__(self, index: Any) -> Any:
        return IMPLEMENTATIONS[operator.getitem](self, index)

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise InPlaceError(
            f"a Tensor cannot be assigned into, t[{index!r}] = …: what was recorded from the old values would become "
            f"wrong. Use t = t.at[{index!r}].set(value), which gives a new Tensor."
        )

    def __len__(self) -> int:
        if self.data.ndim == 0:
            raise TypeError("len() of a Tensor of shape ()")
        return self.data.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if self.data.ndim == 0:
            raise TypeError("iteration over a Tensor of shape ()")
        return (self[i] for i in range(self.data.shape[0]))

    def __contains__(self, value: Any) -> bool:
        return bool(np.any(self == value))

    # NumPy's methods

    sum, mean, max, min = _method(np.sum), _method(np.mean), _method(np.max), _method(np.min)
    prod, std, var = _method(np.prod), _method(np.std), _method(np.var)
    cumsum, cumprod, ptp = _method(np.cumsum), _method(np.cumprod), _method(np.ptp)
    dot, trace, diagonal = _method(np.dot), _method(np.trace), _method(np.diagonal)
    ravel, squeeze, swapaxes = _method(np.ravel), _method(np.squeeze), _method(np.swapaxes)
    repeat, take, clip = _method(np.repeat), _method(np.take), _method(np.clip)
    sort, partition, round = _method(np.sort), _method(np.partition), _method(np.round)  # the first two give copies
    choose, searchsorted = _method(np.choose), _method(np.searchsorted)
    conj, conjugate = _method(np.conjugate), _method(np.conjugate)
    argmax, argmin = _method(np.argmax), _method(np.argmin)
    argsort, argpartition = _method(np.argsort), _method(np.argpartition)
    all, any, nonzero = _method(np.all), _method(np.any), _method(np.nonzero)

    def reshape(self, *shape: Any, order: Any = "C") -> Any:
        """Return the same elements in another shape, given as one tuple or as several integers."""
        return call(np.reshape, (self, shape[0] if len(shape) == 1 else shape), {"order": order})

    def transpose(self, *axes: Any) -> Any:
        """Return the axes permuted, given as one tuple, as several integers, or not at all: reversed."""
        return call(np.transpose, (self, axes[0] if len(axes) == 1 else axes or None), {})

    def flatten(self, order: Any = "C") -> Any:
        """Return the elements along one axis."""
        return self.reshape(-1, order=order)

    def compress(self, condition: Any, axis: int | None = None) -> Any:
        """Return what lies along an axis where a condition holds; of the flattened array if no axis is given."""
        return call(np.compress, (condition, self, axis), {})

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """Return the values in another dtype: a Tensor in a floating one, a plain array in any other."""
        del copy  # a Tensor has no in-place operations, so nobody can tell
        return IMPLEMENTATIONS[np.ndarray.astype](self, dtype)

    def copy(self, order: Any = "C") -> Any:
        """Return a Tensor with the same values and history."""
        del order  # its layout in memory is its own affair
        return IMPLEMENTATIONS[np.positive](self)

    # What NumPy's arrays do to themselves

    fill = _in_place("fill", "np.full_like(t, value)")
    put = _in_place("put", "t.ravel().at[indices].set(values).reshape(t.shape)")
    itemset = _in_place("itemset", "t.at[index].set(value)")
    resize = _in_place("resize", "np.resize(t, shape), which repeats elements, or np.pad")
