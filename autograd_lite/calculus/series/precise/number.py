"""Numbers of many digits that NumPy's arrays of objects can hold: its functions find theirs as methods."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from autograd_lite.calculus.series.precise import functions


def decimal_of(value: Any) -> Any:
    """Return a number as a decimal, exactly; NotImplemented for anything else."""
    if type(value) is np.ndarray and not value.ndim:  # as NumPy puts arrays of objects without axes into others
        value = value.item()
    if type(value) is Precise:
        return value.value
    if isinstance(value, np.generic) and value.dtype.kind in "fiub" and value.dtype.itemsize <= 8:
        value = value.item()
    return Decimal(value) if isinstance(value, int | float) else NotImplemented


def _binary(function: Callable[[Decimal, Decimal], Any], *, reflected: bool = False) -> Any:
    def method(self: Precise, other: Any) -> Any:
        other = decimal_of(other)
        if other is NotImplemented:
            return NotImplemented
        return Precise(function(other, self.value) if reflected else function(self.value, other))

    return method


def _comparison(function: Callable[[Decimal, Decimal], bool]) -> Any:
    def method(self: Precise, other: Any) -> Any:
        other = decimal_of(other)
        return NotImplemented if other is NotImplemented else function(self.value, other)

    return method


def _unary(function: Callable[[Decimal], Decimal]) -> Any:
    return lambda self: Precise(function(self.value))


class Precise:
    """A real number of as many digits as Python's decimal context says.

    There is no way to a floating-point number but `rounded`, so that nothing loses the digits without notice.

    Attributes
    ----------
    value : Decimal
    """

    __slots__ = ("value",)
    __hash__ = None  # pyright: ignore[reportAssignmentType]
    dtype, shape, ndim, size = np.dtype(object), (), 0, 1

    def __init__(self, value: Decimal):
        self.value = value

    __add__ = __radd__ = _binary(operator.add)
    __mul__ = __rmul__ = _binary(operator.mul)
    __sub__, __rsub__ = _binary(operator.sub), _binary(operator.sub, reflected=True)
    __truediv__, __rtruediv__ = _binary(operator.truediv), _binary(operator.truediv, reflected=True)
    __pow__, __rpow__ = _binary(operator.pow), _binary(operator.pow, reflected=True)
    __lt__, __le__, __gt__, __ge__ = (_comparison(f) for f in (operator.lt, operator.le, operator.gt, operator.ge))
    __eq__, __ne__ = _comparison(operator.eq), _comparison(operator.ne)
    __neg__, __pos__, __abs__ = _unary(operator.neg), _unary(operator.pos), _unary(abs)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __repr__(self) -> str:
        return f"Precise({self.value})"

    exp, sqrt, log = _unary(Decimal.exp), _unary(Decimal.sqrt), _unary(Decimal.ln)
    log10, log2 = _unary(Decimal.log10), _unary(lambda x: x.ln() / Decimal(2).ln())
    exp2 = _unary(lambda x: Decimal(2) ** x)
    sin, cos = (_unary(lambda x, i=i: functions.sine_and_cosine(x)[i]) for i in range(2))
    sinh, cosh = (_unary(lambda x, i=i: functions.sinh_and_cosh(x)[i]) for i in range(2))
    tan = _unary(lambda x: operator.truediv(*functions.sine_and_cosine(x)))
    tanh = _unary(lambda x: operator.truediv(*functions.sinh_and_cosh(x)))
    expm1, log1p, cbrt = _unary(functions.expm1), _unary(functions.log1p), _unary(functions.cbrt)
    arcsin, arccos, arctan = _unary(functions.arcsin), _unary(functions.arccos), _unary(functions.arctan)
    arcsinh, arccosh, arctanh = _unary(functions.arcsinh), _unary(functions.arccosh), _unary(functions.arctanh)
    arctan2 = _binary(functions.arctan2)
    hypot = _binary(lambda x, y: (x * x + y * y).sqrt())

    # What NumPy does not look for, or SciPy

    erf, erfc, erfcx, dawsn = (_unary(getattr(functions, name)) for name in ("erf", "erfc", "erfcx", "dawsn"))

    def logaddexp(self, other: Precise) -> Precise:
        """Return log(e^x + e^y)."""
        low, high = sorted((self.value, other.value))
        return Precise(high + functions.log1p((low - high).exp()))

    def log_ndtr(self) -> Precise:
        """Return the logarithm of the normal distribution function."""
        u = -self.value / Decimal(2).sqrt()
        return Precise((functions.erfc(u) / 2).ln())


#: What the rounded constants of the recurrences stand for.
CONSTANTS: dict[float, Callable[[], Decimal]] = {
    math.log(2): lambda: Decimal(2).ln(),
    math.log(10): lambda: Decimal(10).ln(),
    math.pi: functions.pi,
    math.sqrt(0.5): lambda: Decimal("0.5").sqrt(),
    2 / math.sqrt(math.pi): lambda: 2 / functions.pi().sqrt(),
    2 / math.sqrt(2 * math.pi): lambda: 2 / (2 * functions.pi()).sqrt(),
}


def is_precise(value: Any) -> bool:
    """Say whether an array, or number, is one of objects."""
    return getattr(getattr(value, "dtype", None), "kind", "") == "O"


def _precise(value: Any) -> Precise:
    found = decimal_of(value)
    if found is NotImplemented:
        raise TypeError(f"{value!r} is no real number of known precision")
    return Precise(found)


precise: Any = np.frompyfunc(_precise, 1, 1)  # of arrays


def method_at(function: Any, *values: Any) -> Any:
    """Return a function of values: of precise ones by the method of its name."""
    if not any(map(is_precise, values)):
        return function(*values)
    name = function.__name__
    at: Any = np.frompyfunc(lambda *x: getattr(x[0], name)(*x[1:]), len(values), 1)
    return at(*map(precise, values))
