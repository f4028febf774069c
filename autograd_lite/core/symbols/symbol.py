"""Symbols: arrays that note what they were computed by, so that derivative rules can be run on them and read after.

A `Symbol` has the value of an array at an example, which gives it a shape and a dtype and lets a function's own
branches take their course, and the expression of that value. It speaks NumPy's two protocols and Python's operators,
as every duck array does (docs/design.md, "The rule language is NumPy"), and refuses to become a plain array, which
would forget the expression.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.symbols import contractions as contractions  # declares what it says
from autograd_lite.core.symbols.expressions import Call, Expression, part
from autograd_lite.core.symbols.functions import call, literal

_PLAIN = (np.ndarray, np.generic, int, float, complex)

#: Arguments of these that stand at a place are metadata and no operands.
_METADATA = {np.expand_dims, np.swapaxes, np.transpose, np.moveaxis, np.reshape, np.broadcast_to, np.squeeze, np.sum}


class Symbol:
    """An array that knows the expression it is the value of.

    Parameters
    ----------
    expression : Expression
    value : array or NumPy scalar
    decided : callable, optional
        Told of a Symbol that was asked for its truth, as by ``if``.
    """

    __slots__ = ("__weakref__", "decided", "expression", "value")
    __iter__ = None  # __getitem__ alone would make it iterable
    __hash__ = None  # pyright: ignore[reportAssignmentType] - as arrays have none

    def __init__(self, expression: Expression, value: Any, decided: Callable[[Symbol], None] | None = None):
        self.expression = expression
        self.value = value if isinstance(value, np.ndarray) and value.ndim else np.asarray(value)[()]
        self.decided = decided

    shape = property(lambda self: self.value.shape, doc="Lengths of the axes.")
    ndim = property(lambda self: self.value.ndim, doc="Number of axes.")
    dtype = property(lambda self: self.value.dtype, doc="Data type of the elements.")
    size = property(lambda self: self.value.size, doc="Number of elements.")

    def __repr__(self) -> str:
        return f"Symbol({self.expression!r}, {self.value!r})"

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise TypeError("a Symbol refuses to become a plain array, which would forget what it stands for")

    def __bool__(self) -> bool:
        if self.decided is None:
            raise TypeError("a Symbol refuses to be a truth value: a rule must not branch on values")
        self.decided(self)
        return bool(self.value)

    def __getitem__(self, index: Any) -> Any:
        return run(operator.getitem, (self, index), {})

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method != "__call__" or "out" in keywords or any(isinstance(x, Tracked) for x in inputs):
            return NotImplemented
        return run(ufunc, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if any(issubclass(kind, Tracked) for kind in types):
            return NotImplemented
        return run(function, args, kwargs)


def run(function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call a function on the values of Symbols, and return Symbols for what it gives.

    Parameters
    ----------
    function : callable
    args, keywords
        Symbols, arrays and numbers, in lists and tuples too, and metadata.

    Returns
    -------
    Symbol, or a tuple or list of them
    """
    keywords = {name: item for name, item in keywords.items() if item is not np._NoValue}
    if function in (np.real, np.conjugate) and isinstance(args[0], Symbol) and args[0].dtype.kind != "c":
        return args[0]
    with np.errstate(all="ignore"):
        value = function(*_values(args), **_values(keywords))
    decided = _decided((args, keywords))
    metadata = isinstance(function, np.ufunc) is False and function in _METADATA | {operator.getitem}
    operands = tuple(
        _expression(arg) if i == 0 or not metadata else _values(arg) if not _holds_symbols(arg) else _expression(arg)
        for i, arg in enumerate(args)
    )
    named = {name: _expression(item) if _holds_symbols(item) else item for name, item in keywords.items()}
    if isinstance(value, tuple | list):
        whole = Call(function, operands, named, ())
        made: list[Any] = [
            Symbol(Call(part, (whole, i), {}, np.shape(item)), item, decided)
            if isinstance(item, np.ndarray | np.generic)
            else item
            for i, item in enumerate(value)
        ]
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    if not isinstance(value, np.ndarray | np.generic):
        return value
    return Symbol(call(function, operands, named, np.shape(value)), value, decided)


def _expression(value: Any) -> Any:
    """Return the expressions of Symbols and of arrays and numbers, in lists and tuples too."""
    if isinstance(value, Symbol):
        return value.expression
    if type(value) in (tuple, list):
        return type(value)(_expression(item) for item in value)
    return literal(value)


def _holds_symbols(value: Any) -> bool:
    if type(value) in (tuple, list):
        return any(_holds_symbols(item) for item in value)
    return isinstance(value, Symbol)


def _values(value: Any) -> Any:
    """Return the arrays of Symbols, in containers too."""
    if isinstance(value, Symbol):
        return value.value
    if type(value) in (list, tuple):
        return type(value)(_values(item) for item in value)
    if type(value) is dict:
        return {name: _values(item) for name, item in value.items()}
    return value


values_of = _values


def _decided(value: Any) -> Callable[[Symbol], None] | None:
    """Return what the Symbols among some arguments report their truth to."""
    stack = [value]
    while stack:
        met = stack.pop()
        if isinstance(met, Symbol):
            if met.decided is not None:
                return met.decided
        elif isinstance(met, tuple | list):
            stack += met
        elif isinstance(met, dict):
            stack += met.values()
    return None


def _binary(ufunc: np.ufunc, reflected: bool = False) -> Any:
    def apply(self: Symbol, other: Any) -> Any:
        if not isinstance(other, (Symbol, *_PLAIN)):
            return NotImplemented
        return run(ufunc, (other, self) if reflected else (self, other), {})

    return apply


_OPERATORS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide, "floordiv": np.floor_divide,
    "mod": np.remainder, "pow": np.power, "matmul": np.matmul, "and": np.bitwise_and, "or": np.bitwise_or,
    "xor": np.bitwise_xor,
}  # fmt: skip
for _name, _ufunc in _OPERATORS.items():
    setattr(Symbol, f"__{_name}__", _binary(_ufunc))
    setattr(Symbol, f"__r{_name}__", _binary(_ufunc, reflected=True))
for _name, _ufunc in {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
}.items():  # fmt: skip
    setattr(Symbol, f"__{_name}__", _binary(_ufunc))
for _name, _ufunc in {"neg": np.negative, "pos": np.positive, "abs": np.absolute, "invert": np.invert}.items():
    setattr(Symbol, f"__{_name}__", lambda self, ufunc=_ufunc: run(ufunc, (self,), {}))
