"""What the namespaces put in place of a function of NumPy or SciPy.

Each of these calls the function it stands for, with two differences: a list that holds Tensors is made a Tensor first,
and a call whose Tensors are in plain sight goes straight to what the rules declare, past NumPy's override machinery.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.dispatch import IMPLEMENTATIONS, call
from autograd_lite.core.tensor import Tensor
from autograd_lite.numpy._lists import stacked

#: Type of the functions that NumPy dispatches through ``__array_function__``.
_DISPATCHED = type(np.sum)

#: Functions of a sequence of arrays, where a list is not one array.
_OF_SEQUENCES = frozenset(
    (np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.linalg.multi_dot)
)

#: Functions with arguments that NumPy does not look at when it dispatches.
_HALF_BLIND = frozenset((np.interp,))

#: Functions of lists that are not one array, which NumPy looks for overrides in itself.
_UNCHANGED = frozenset((np.block, np.choose))

#: Operands that have no override of their own, so that beside a Tensor there is nobody else to ask.
_PLAIN = frozenset((Tensor, np.ndarray, np.float64, np.float32, float, int))

_LISTS = (list, tuple)

_UFUNC_ATTRIBUTES = (
    "accumulate", "at", "identity", "nargs", "nin", "nout", "ntypes", "outer", "reduce", "reduceat", "resolve_dtypes",
    "signature", "types",
)  # fmt: skip


@functools.cache
def wrapped(function: Callable[..., Any], module: str) -> Callable[..., Any]:
    """Return what stands in a namespace for a function; two names of one function share it.

    Parameters
    ----------
    function : callable
        A ufunc, a function that NumPy dispatches on, or a function written in Python.
    module : str
        The namespace, such as "autograd_lite.numpy", where pickle finds the result.

    Returns
    -------
    callable
        With the function's name, documentation, signature and, of a ufunc, attributes and methods.
    """
    if isinstance(function, np.ufunc):
        made = {1: _unary, 2: _binary}.get(function.nin, _array_function)(function)
        for name in _UFUNC_ATTRIBUTES:
            setattr(made, name, getattr(function, name))
    elif isinstance(function, types.FunctionType) or function in _HALF_BLIND:
        made = _undispatched(function)
    elif function in _OF_SEQUENCES:
        made = _sequence_function(function)
    else:
        made = _array_function(function)
    functools.update_wrapper(made, function)
    # Pickle finds it under this name; doctest does not, and so leaves NumPy's examples to NumPy.
    made.__module__, _, path = module.partition(".")
    made.__qualname__ = f"{path}.{function.__name__}"
    return made


def stand_in(value: Any, module: str, undispatched: bool = False) -> Any:
    """Return what a namespace shows for an attribute of NumPy's or SciPy's module.

    Parameters
    ----------
    value : object
        The attribute.
    module : str
        The namespace.
    undispatched : bool
        Whether functions written in Python are to be wrapped too: those that take arrays but do not dispatch on them.

    Returns
    -------
    object
        A function of arrays wrapped; types, constants, modules and all else as they are.
    """
    kinds = (np.ufunc, _DISPATCHED, types.FunctionType) if undispatched else (np.ufunc, _DISPATCHED)
    return wrapped(value, module) if isinstance(value, kinds) and value not in _UNCHANGED else value


def _unary(ufunc: np.ufunc) -> Callable[..., Any]:
    def elementwise(x: Any, /, *rest: Any, **keywords: Any) -> Any:
        if not rest and not keywords:
            kind = type(x)
            if kind is Tensor:
                implementation = IMPLEMENTATIONS.get(ufunc)
                return ufunc(x) if implementation is None else implementation(x)
            if kind is not list and kind is not tuple:
                return ufunc(x)
        return ufunc(stacked(x), *rest, **keywords)

    return elementwise


def _binary(ufunc: np.ufunc) -> Callable[..., Any]:
    def elementwise(x: Any, y: Any, /, *rest: Any, **keywords: Any) -> Any:
        if not rest and not keywords:
            kind, other = type(x), type(y)
            if kind in _PLAIN and other in _PLAIN:
                if kind is Tensor or other is Tensor:
                    implementation = IMPLEMENTATIONS.get(ufunc)
                    return ufunc(x, y) if implementation is None else implementation(x, y)
                return ufunc(x, y)
        return ufunc(stacked(x), stacked(y), *rest, **keywords)

    return elementwise


def _array_function(function: Callable[..., Any]) -> Callable[..., Any]:
    def general(*args: Any, **keywords: Any) -> Any:
        for arg in args:
            if isinstance(arg, _LISTS):
                args = tuple(map(stacked, args))
                break
        known = bool(args) and type(args[0]) is Tensor
        for name in keywords:
            if isinstance(keywords[name], _LISTS):
                keywords[name] = stacked(keywords[name])
            known = known or type(keywords[name]) is Tensor  # NumPy asks few keywords for an override
        if known:
            if not keywords and len(args) == 1 and function in IMPLEMENTATIONS:
                return IMPLEMENTATIONS[function](args[0])
            return call(function, args, keywords)
        return function(*args, **keywords)

    return general


def _sequence_function(function: Callable[..., Any]) -> Callable[..., Any]:
    def joining(arrays: Any, *args: Any, **keywords: Any) -> Any:
        if isinstance(arrays, _LISTS):
            arrays = [value if type(value) in _PLAIN else _array_of(value) for value in arrays]
        return function(arrays, *args, **keywords)

    return joining


def _array_of(value: Any) -> Any:
    value = stacked(value)
    return np.asarray(value) if isinstance(value, _LISTS) else value


def _undispatched(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that asks our table where SciPy's would make plain arrays of its arguments."""

    def general(*args: Any, **keywords: Any) -> Any:
        args = tuple(map(stacked, args))
        keywords = {name: stacked(value) for name, value in keywords.items()}
        if any(isinstance(value, Tracked) for value in (*args, *keywords.values())):
            return call(function, args, keywords)
        return function(*args, **keywords)

    return general
