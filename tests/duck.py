"""The least that counts as an array: shape, ndim, dtype, operators, indexing and NumPy's two protocols.

Whatever a `DuckArray` can go through, an array of another library (Dask, CuPy, a tracer) can go through too. It has no
methods and no in-place operations, and refuses to become a plain array, to be iterated and to be a truth value.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

_BESIDE = (np.ndarray, np.generic, int, float, complex)


class DuckArray:
    """A wrapped ndarray that speaks NumPy's protocols and nothing else."""

    __slots__ = ("_wrapped",)
    __iter__ = None  # __getitem__ alone would make it iterable
    __hash__ = None

    def __init__(self, wrapped: Any):
        self._wrapped = np.asarray(wrapped)

    shape = property(lambda self: self._wrapped.shape)
    ndim = property(lambda self: self._wrapped.ndim)
    dtype = property(lambda self: self._wrapped.dtype)

    def __repr__(self) -> str:
        return f"DuckArray(shape={self.shape}, dtype={self.dtype})"

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise TypeError("a DuckArray refuses to become a plain array")

    def __bool__(self) -> bool:
        raise TypeError("a DuckArray refuses to be a truth value: a rule must not branch on values")

    def __getitem__(self, index: Any) -> DuckArray:
        return DuckArray(self._wrapped[unwrap(index)])

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or "out" in kwargs or not all(_is_known(x) for x in inputs):
            return NotImplemented
        return wrap(ufunc(*unwrap(inputs), **kwargs))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if not all(issubclass(kind, (DuckArray, np.ndarray)) for kind in types):
            return NotImplemented
        return wrap(function(*unwrap(args), **unwrap(kwargs)))


def _is_known(value: Any) -> bool:
    return isinstance(value, (DuckArray, *_BESIDE))


def _binary(function: Any) -> tuple[Any, Any]:
    def forward(self: DuckArray, other: Any) -> Any:
        return wrap(function(unwrap(self), unwrap(other))) if _is_known(other) else NotImplemented

    def reflected(self: DuckArray, other: Any) -> Any:
        return wrap(function(unwrap(other), unwrap(self))) if _is_known(other) else NotImplemented

    return forward, reflected


def _unary(function: Any) -> Any:
    return lambda self: wrap(function(unwrap(self)))


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"):
    _forward, _reflected = _binary(getattr(operator, f"__{_name}__"))
    setattr(DuckArray, f"__{_name}__", _forward)
    setattr(DuckArray, f"__r{_name}__", _reflected)
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(DuckArray, f"__{_name}__", _binary(getattr(operator, _name))[0])
for _name in ("neg", "pos", "abs", "invert"):
    setattr(DuckArray, f"__{_name}__", _unary(getattr(operator, _name)))


def unwrap(value: Any) -> Any:
    """Return the arrays inside of duck arrays, in containers too."""
    if isinstance(value, DuckArray):
        return value._wrapped
    if type(value) in (list, tuple):
        return type(value)(unwrap(item) for item in value)
    if type(value) is dict:
        return {key: unwrap(item) for key, item in value.items()}
    return value


def wrap(value: Any) -> Any:
    """Return arrays as duck arrays, in lists and (named) tuples too; what is no array unchanged."""
    if isinstance(value, np.ndarray | np.generic):
        return DuckArray(value)
    if type(value) in (list, tuple):
        return type(value)(wrap(item) for item in value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):  # NumPy's SVDResult and its like
        return type(value)(*map(wrap, value))
    return value
