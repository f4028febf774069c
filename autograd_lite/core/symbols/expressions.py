"""Expressions: numbers, names, sums, products and calls of functions, immutable and comparable.

An expression knows the shape that it has at the example it was made from, and can be evaluated at other values of its
variables. `algebra` builds sums and products in a normal form, `functions` the calls; nothing here simplifies.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

Shape = tuple[int, ...]

#: Beyond this many levels an expression is refused: what computes so much without being recorded is not written down.
DEEPEST = 60

#: Longest mantissa that counts as a decimal number somebody has written: 0.1 is 1/10, and 1/3 as a float is itself.
_DIGITS = 9

#: Largest denominator that is looked for in a float: 0.6666666666666666 is the float of 2/3.
_DENOMINATOR = 1000


_serial = itertools.count()


class TooLargeError(Exception):
    """An expression has more levels than anybody could read."""


class Expression:
    """What stands for an array: see the kinds below.

    Attributes
    ----------
    shape : tuple of int
        At the example that it was made from.
    key : tuple
        What it consists of; equal keys are equal expressions.
    depth, size : int
        Number of levels, and of parts as a reader counts them.
    """

    __slots__ = ("_hash", "depth", "key", "shape", "size")

    def __init__(self, key: tuple[Any, ...], shape: Shape, parts: tuple[Expression, ...] = ()):
        self.key = key
        self.shape = shape
        self.depth = 1 + max((part.depth for part in parts), default=0)
        self.size = 1 + sum(part.size for part in parts)
        if self.depth > DEEPEST:
            raise TooLargeError
        self._hash = hash(key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Expression) and self._hash == other._hash and self.key == other.key

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.key[1:]}"


def exact(value: Any) -> Any:
    """Return a number as a fraction where it is one that somebody would write down, else as a float or complex one."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return Fraction(int(value))
    if isinstance(value, (complex, np.complexfloating)) and value.imag != 0:
        return complex(value)
    real = float(value.real)
    if not math.isfinite(real) or (real == 0 and math.copysign(1, real) < 0):
        return real
    text = str(value) if isinstance(value, np.generic) and value.dtype.itemsize < 8 else repr(real)
    mantissa = text.partition("e")[0].replace(".", "").strip("-0")
    if real == 0 or (len(mantissa) <= _DIGITS and 1e-12 < abs(real) < 1e15):
        return Fraction(text)
    near = Fraction(real).limit_denominator(_DENOMINATOR)
    return near if float(near) == real and abs(real) < 1e6 else real


def plain(value: Any) -> Any:
    """Return what `exact` gave as a number of Python's."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value


class Number(Expression):
    """A number."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = exact(value)
        super().__init__(("number", type(self.value) is Fraction, self.value), ())


class Constant(Expression):
    """An array that depends on nothing, with the name that it is shown by (given later, if it has none)."""

    __slots__ = ("array", "name")

    def __init__(self, array: Any, name: str = ""):
        self.array = array
        self.name = name
        super().__init__(("constant", id(array)), np.shape(array))


class Variable(Expression):
    """A name: of an argument, of an intermediate value, or of the cotangent of one of these.

    Two variables are never the same, whatever they are called; a name may be given later.

    Attributes
    ----------
    name : str
    of : Variable or None
        What this is the cotangent of.
    """

    __slots__ = ("name", "of")

    def __init__(self, name: str, shape: Shape, of: Variable | None = None):
        self.name = name
        self.of = of
        super().__init__(("variable", next(_serial)), shape)


class Sum(Expression):
    """A number plus terms, each a coefficient and an expression."""

    __slots__ = ("constant", "terms")

    def __init__(self, constant: Any, terms: tuple[tuple[Any, Expression], ...]):
        self.constant = constant
        self.terms = terms
        parts = tuple(term for _, term in terms)
        super().__init__(
            ("sum", constant, frozenset(terms)), np.broadcast_shapes(*(part.shape for part in parts)), parts
        )


class Product(Expression):
    """A coefficient times powers, each a base and a number that is its exponent."""

    __slots__ = ("coefficient", "factors")

    def __init__(self, coefficient: Any, factors: tuple[tuple[Expression, Any], ...]):
        self.coefficient = coefficient
        self.factors = factors
        parts = tuple(base for base, _ in factors)
        key = ("product", coefficient, frozenset(factors))
        super().__init__(key, np.broadcast_shapes(*(part.shape for part in parts)), parts)


class Call(Expression):
    """A function of NumPy's or another, called with expressions and with what else it takes.

    Attributes
    ----------
    function : callable
    args : tuple
        Expressions, lists and tuples of them, and metadata.
    keywords : dict
    """

    __slots__ = ("args", "function", "keywords")

    def __init__(self, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], shape: Shape):
        self.function = function
        self.args = args
        self.keywords = dict(keywords)
        key = ("call", function, _frozen(args), _frozen(self.keywords))
        super().__init__(key, shape, tuple(parts_of((args, tuple(self.keywords.values())))))


class Named:
    """A function with the name that it is shown by.

    Parameters
    ----------
    name : str
    function : callable
    shown : int, optional
        How many of its arguments are shown.
    """

    __slots__ = ("__name__", "function", "shown")

    def __init__(self, name: str, function: Callable[..., Any], shown: int | None = None):
        self.__name__ = name
        self.function = function
        self.shown = shown

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Return what the function does."""
        return self.function(*args, **keywords)


def filled(value: Any, shape: Shape) -> Any:
    """Return an array broadcast to a shape: the function behind `algebra.broadcast`."""
    return np.broadcast_to(value, shape)


def part(values: Any, index: int) -> Any:
    """Return one of several results."""
    return values[index]


def _frozen(value: Any) -> Any:
    """Return metadata in a form that can be hashed."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, tuple | list):
        return (type(value).__name__, *map(_frozen, value))
    if isinstance(value, dict):
        return tuple((name, _frozen(item)) for name, item in value.items())
    if isinstance(value, slice):
        return ("slice", value.start, value.stop, value.step)
    try:
        hash(value)
    except TypeError:
        return ("object", id(value))
    return (type(value).__name__, value)


def parts_of(value: Any) -> Iterator[Expression]:
    """Yield the expressions in arguments."""
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from parts_of(item)
    elif isinstance(value, dict):
        yield from parts_of(tuple(value.values()))


def mapped(value: Any, change: Callable[[Expression], Any]) -> Any:
    """Return arguments with every expression in them changed."""
    if isinstance(value, Expression):
        return change(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(mapped(item, change) for item in value))
    if isinstance(value, tuple | list):
        return type(value)(mapped(item, change) for item in value)
    if isinstance(value, dict):
        return {name: mapped(item, change) for name, item in value.items()}
    return value


def children(expression: Expression) -> list[Expression]:
    """Return the expressions that one is made of, in the order in which they are written."""
    if isinstance(expression, Sum):
        return [term for _, term in expression.terms]
    if isinstance(expression, Product):
        return [base for base, _ in expression.factors]
    if isinstance(expression, Call):
        return list(parts_of((expression.args, expression.keywords)))
    return []


def atoms(expression: Expression) -> Iterator[Expression]:
    """Yield the numbers, constants and variables in an expression."""
    stack = [expression]
    while stack:
        met = stack.pop()
        inner = children(met)
        if inner:
            stack += reversed(inner)
        else:
            yield met


def evaluate(expression: Expression, values: Mapping[Expression, Any]) -> Any:
    """Return the value of an expression, given those of its variables."""
    if isinstance(expression, Number):
        return plain(expression.value)
    if isinstance(expression, Constant):
        return expression.array
    if isinstance(expression, Variable):
        return values[expression]
    if isinstance(expression, Sum):
        total = None if expression.constant == 0 else plain(expression.constant)
        for coefficient, term in expression.terms:
            total = _added(total, coefficient, evaluate(term, values))
        return total
    if isinstance(expression, Product):
        return _product(expression, values)
    assert isinstance(expression, Call)
    args, keywords = mapped((expression.args, expression.keywords), lambda part: evaluate(part, values))
    return expression.function(*args, **keywords)


def _added(total: Any, coefficient: Any, value: Any) -> Any:
    if coefficient == -1:
        return -value if total is None else total - value
    value = value if coefficient == 1 else plain(coefficient) * value
    return value if total is None else total + value


def _product(expression: Product, values: Mapping[Expression, Any]) -> Any:
    """Return a product, divided step by step: a denominator multiplied out first could overflow."""
    value = plain(expression.coefficient)
    for base, exponent in sorted(expression.factors, key=lambda factor: factor[1] < 0):
        x = evaluate(base, values)
        if exponent in (1, 2):
            value = value * x if exponent == 1 else value * x * x
        elif exponent in (-1, -2):
            value = value / x if exponent == -1 else value / x / x
        else:
            value = value * x ** plain(exponent) if exponent > 0 else value / x ** plain(-exponent)
    return value
