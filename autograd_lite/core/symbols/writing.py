"""Writing expressions down: what plain text and LaTeX have in common.

Every part is written together with how tightly it binds, so that brackets stand only where they are needed.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from autograd_lite.core.symbols import algebra
from autograd_lite.core.symbols.expressions import (
    Call,
    Constant,
    Expression,
    Number,
    Product,
    Sum,
    Variable,
    filled,
    part,
    plain,
)
from autograd_lite.core.symbols.functions import scattered, vector
from autograd_lite.core.symbols.notation import Notation, Written
from autograd_lite.core.symbols.presentation import cases

#: How tightly things bind; what binds less than its surroundings gets brackets.
CASES, OR, AND, NOT, COMPARISON, SUM, PRODUCT, MATRICES, POWER, ATOM = range(10)

_KNOWN = {
    np.pi: ("π", r"\pi"), 2 * np.pi: ("2π", r"2 \pi"), np.pi / 2: ("π/2", r"\frac{\pi}{2}"),
    1 / np.pi: ("1/π", r"\frac{1}{\pi}"), 2 / np.pi: ("2/π", r"\frac{2}{\pi}"), np.e: ("e", r"e"),
    math.sqrt(np.pi): ("√π", r"\sqrt{\pi}"), math.sqrt(2): ("√2", r"\sqrt{2}"), math.sqrt(3): ("√3", r"\sqrt{3}"),
    math.sqrt(2 * np.pi): ("√(2π)", r"\sqrt{2 \pi}"), 1 / math.sqrt(2 * np.pi): ("1/√(2π)", r"\frac{1}{\sqrt{2 \pi}}"),
    2 / math.sqrt(np.pi): ("2/√π", r"\frac{2}{\sqrt{\pi}}"), 1 / math.sqrt(np.pi): ("1/√π", r"\frac{1}{\sqrt{\pi}}"),
    4 / math.sqrt(np.pi): ("4/√π", r"\frac{4}{\sqrt{\pi}}"), math.sqrt(np.pi) / 2: ("√π/2", r"\frac{\sqrt{\pi}}{2}"),
    1 / math.sqrt(2): ("1/√2", r"\frac{1}{\sqrt{2}}"), math.sqrt(2 / np.pi): ("√(2/π)", r"\sqrt{\frac{2}{\pi}}"),
    math.log(2): ("ln 2", r"\ln 2"), math.log(10): ("ln 10", r"\ln 10"), np.pi / 180: ("π/180", r"\frac{\pi}{180}"),
}  # fmt: skip

#: Comparison -> number of its sign in `Notation.comparisons`.
_COMPARISONS = {
    np.equal: 0, np.not_equal: 1, np.greater: 2, np.greater_equal: 3, np.less: 4, np.less_equal: 5,
}  # fmt: skip


def known(value: Any) -> tuple[str, str] | None:
    """Return how a constant of mathematics is written, as text and as LaTeX; None for any other number."""
    if not isinstance(value, float):
        return None
    return next(
        (written for constant, written in _KNOWN.items() if abs(value - constant) <= 4 * math.ulp(constant)), None
    )


def decimal(value: Any) -> str | None:
    """Return a number as digits; None for a fraction that reads better as one, or has no end as a decimal."""
    if not isinstance(value, Fraction):
        return "∞" if value == math.inf else "-∞" if value == -math.inf else f"{value!r}"
    if value.denominator == 1:
        return str(value.numerator) if abs(value) < 10**7 else repr(plain(float(value))).replace("e+", "e")
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1 and value.denominator not in (2, 4, 8):
        return repr(float(value))
    return None if value.denominator < 10_000 else repr(float(value))


def is_negative(value: Any) -> bool:
    """Say whether a number is written with a minus sign."""
    return not isinstance(value, complex) and value < 0


def _place(factor: tuple[Expression, Any]) -> tuple[bool, bool]:
    """Return where a factor is put: scalars before arrays, and names before what is computed."""
    return factor[0].shape != (), not isinstance(factor[0], Variable | Constant)


def _is_polynomial(term: Expression) -> bool:
    factors = term.factors if isinstance(term, Product) else ((term, 1),)
    return all(isinstance(base, Variable) and exponent > 0 for base, exponent in factors)


class Writer(Notation):
    """Writes expressions; the notations fill in how each kind of part looks.

    Attributes
    ----------
    special : dict
        Function -> method that writes a call of it.
    """

    def __init__(self) -> None:
        self.special: dict[Any, Callable[[Call], Written]] = {
            np.where: self.choice, filled: self.filling, np.matrix_transpose: self.transposed, np.matmul: self.product,
            np.outer: self.outer, operator.getitem: self.element, scattered: self.scatter, vector: self.vector,
            np.absolute: self.modulus, np.fabs: self.modulus, np.linalg.norm: self.norm, np.sum: self.total,
            np.bitwise_and: self.conjunction, np.logical_and: self.conjunction, np.bitwise_or: self.disjunction,
            np.logical_or: self.disjunction, np.invert: self.negation, np.logical_not: self.negation,
            np.power: self.general_power, part: self.part, np.sqrt: self.root, np.exp: self.exponential,
            np.true_divide: self.quotient,
        }  # fmt: skip

    def __call__(self, expression: Expression) -> str:
        """Return an expression as it is written."""
        return self.write(expression)[0]

    def write(self, expression: Expression) -> Written:
        """Return an expression as it is written, and how tightly that binds."""
        if isinstance(expression, Number):
            return self.number(expression.value)
        if isinstance(expression, Constant):
            return self.constant(expression)
        if isinstance(expression, Variable):
            return self.name(expression), ATOM
        if isinstance(expression, Sum):
            return self.sum(expression)
        if isinstance(expression, Product):
            return self.factors(expression.coefficient, expression)
        assert isinstance(expression, Call)
        if expression.function in _COMPARISONS:
            sign = self.comparisons[_COMPARISONS[expression.function]]
            left, right = (self.within(arg, SUM) for arg in expression.args)
            return f"{left} {sign} {right}", COMPARISON
        special = self.special.get(expression.function)
        return special(expression) if special is not None else self.call(expression)

    def within(self, expression: Any, binding: int) -> str:
        """Return an expression as it is written where nothing may bind less tightly than ``binding``."""
        if not isinstance(expression, Expression):
            return self.metadata(expression)
        text, own = self.write(expression)
        return text if own >= binding else self.bracketed(text)

    def sum(self, expression: Sum) -> Written:
        """Return a sum, its number first if that saves a leading minus sign."""
        parts = [self._signed(coefficient, term) for coefficient, term in expression.terms]
        if expression.constant != 0:
            value = expression.constant
            negative = is_negative(value)
            written = (negative, self.number(-value if negative else value)[0])
            first = not negative and (parts[0][0] or not any(_is_polynomial(term) for _, term in expression.terms))
            parts = [written, *parts] if first else [*parts, written]
        elif parts[0][0]:
            parts.sort(key=lambda one: one[0])
        text = (self.minus if parts[0][0] else "") + parts[0][1]
        for negative, term in parts[1:]:
            text += f" {self.sign(negative)} {term}"
        return text, SUM

    def _signed(self, coefficient: Any, term: Expression) -> tuple[bool, str]:
        negative = is_negative(coefficient)
        text, binding = self.factors(-coefficient if negative else coefficient, term)
        return negative, text if binding > SUM else self.bracketed(text)

    def factors(self, coefficient: Any, expression: Expression) -> Written:
        """Return a coefficient times an expression, as a fraction where there are denominators."""
        factors = expression.factors if isinstance(expression, Product) else ((expression, Fraction(1)),)
        if coefficient == 1 and len(factors) == 1 and factors[0][1] == 1:
            return self.write(factors[0][0])
        above = [(base, exponent) for base, exponent in factors if exponent > 0]
        below = [(base, -exponent) for base, exponent in factors if exponent < 0]
        negative = is_negative(coefficient)
        size = -coefficient if negative else coefficient
        number, divisor = self._split(size)
        text, binding = self._fraction(number, above, divisor, below)
        return (self.minus + text, min(binding, SUM)) if negative else (text, binding)

    def _split(self, size: Any) -> tuple[Any, Any]:
        """Return what a coefficient has above the line and below it."""
        if isinstance(size, Fraction) and decimal(size) is None:
            return Fraction(size.numerator), Fraction(size.denominator)
        return size, Fraction(1)

    def _fraction(self, number: Any, above: list[Any], divisor: Any, below: list[Any]) -> Written:
        upper = self.series(number, sorted(above, key=_place))
        if divisor == 1 and not below:
            return upper
        return self.over(upper, self.series(divisor, below))

    def series(self, number: Any, factors: list[tuple[Expression, Any]]) -> Written:
        """Return a number times powers."""
        if not factors:
            return self.number(number)
        if number == 1 and len(factors) == 1:
            return self.power(*factors[0])
        text, shaped = ("", False) if number == 1 else (self.within(Number(number), MATRICES), False)
        for base, exponent in factors:
            piece, binding = self.power(base, exponent)
            piece = piece if binding >= MATRICES else self.bracketed(piece)
            text += (self.times(shaped and base.shape != (), text, piece) if text else "") + piece
            shaped = shaped or base.shape != ()
        return text, PRODUCT

    def power(self, base: Expression, exponent: Any) -> Written:
        """Return a power with a number as its exponent."""
        if exponent == 1:
            return self.write(base)
        return self.raised(self.within(base, ATOM), self.number(exponent)[0], exponent), POWER

    def choice(self, call: Call) -> Written:
        """Return a choice as cases."""
        return self.cases([(None if test is None else self(test), self(value)) for test, value in cases(call)]), CASES

    def conjunction(self, call: Call) -> Written:
        """Return that two conditions hold; an interval where they bound one thing from both sides."""
        first, second = call.args
        bounds = {np.greater_equal: 0, np.less_equal: 1}
        if all(isinstance(side, Call) and side.function in bounds for side in (first, second)):
            lower, upper = sorted((first, second), key=lambda side: bounds[side.function])
            if lower.function is not upper.function and lower.args[0] == upper.args[0]:
                low, middle, high = (self.within(x, SUM) for x in (lower.args[1], lower.args[0], upper.args[1]))
                return f"{low} {self.comparisons[5]} {middle} {self.comparisons[5]} {high}", COMPARISON
        return self.junction(True, [self.within(side, AND) for side in call.args]), AND

    def disjunction(self, call: Call) -> Written:
        """Return that one of two conditions holds."""
        return self.junction(False, [self.within(side, OR) for side in call.args]), OR

    def product(self, call: Call) -> Written:
        """Return a matrix product, with vectors as columns."""
        x, y = call.args
        if len(x.shape) == 1 and len(y.shape) == 2:
            left, right = self._transpose_of(y), self.within(x, MATRICES)
        elif len(x.shape) == 1 and len(y.shape) == 1:
            left, right = self._transpose_of(x), self.within(y, MATRICES)
        else:
            left, right = self.within(x, MATRICES), self.within(y, MATRICES)
        return self.side_by_side(left, right), MATRICES

    def outer(self, call: Call) -> Written:
        """Return an outer product."""
        x, y = call.args
        return self.side_by_side(self.within(x, MATRICES), self._transpose_of(y)), MATRICES

    def _transpose_of(self, x: Expression) -> str:
        if isinstance(x, Call) and x.function is np.matrix_transpose:
            return self.within(x.args[0], MATRICES)
        return self.transpose(self.within(x, ATOM))

    def transposed(self, call: Call) -> Written:
        """Return a transpose."""
        return self.transpose(self.within(call.args[0], ATOM)), POWER

    def filling(self, call: Call) -> Written:
        """Return a scalar times an array of ones; what is only repeated along further axes as it is."""
        inner, shape = call.args
        if inner.shape != ():
            return self.write(inner)
        ones, zeros = (self.repeated(name, shape) for name in ("ones", "zeros"))
        if algebra.is_zero(inner):
            return zeros, ATOM
        if inner == algebra.ONE:
            return ones, ATOM
        text = self.within(inner, PRODUCT)
        return text + self.times(False, text, ones) + ones, PRODUCT

    def quotient(self, call: Call) -> Written:
        """Return a quotient that cannot be written as a product."""
        return self.over(self.write(call.args[0]), self.write(call.args[1]))

    def negation(self, call: Call) -> Written:
        """Return that a condition does not hold."""
        return self.negated(self.within(call.args[0], ATOM)), NOT

    def part(self, call: Call) -> Written:
        """Return one of several results."""
        return f"{self.within(call.args[0], ATOM)}[{self.metadata(call.args[1])}]", ATOM

    def element(self, call: Call) -> Written:
        """Return what an index picks."""
        x, index = call.args
        return self.indexed(self.within(x, ATOM), self.index(index)), ATOM

    def index(self, index: Any) -> str:
        """Return an index as Python has it."""
        places = index if isinstance(index, tuple) else (index,)
        return ", ".join(self._place(place) for place in places)

    def _place(self, place: Any) -> str:
        if place is Ellipsis:
            return "..."
        if isinstance(place, slice):
            ends = ["" if end is None else str(end) for end in (place.start, place.stop, place.step)]
            return ":".join(ends[:2] if ends[2] == "" else ends)
        return self.within(place, CASES)

    def norm(self, call: Call) -> Written:
        """Return a norm: with two bars where it is the plain one."""
        if len(call.args) == 1 and not any(value for value in call.keywords.values()):
            return self.double_bars(self(call.args[0])), ATOM
        return self.call(call)

    def modulus(self, call: Call) -> Written:
        """Return an absolute value."""
        return self.bars(self(call.args[0])), ATOM

    def arguments(self, call: Call) -> list[str]:
        """Return the arguments of a call as they are written, without those that say nothing."""
        shown = call.args[: getattr(call.function, "shown", None)]
        given = [self.within(arg, CASES) for arg in shown if arg is not None]
        told = {name: value for name, value in call.keywords.items() if value is not None and value is not False}
        hidden = {name for name, value in told.items() if type(value).__name__.startswith("_")}  # what a rule keeps
        return given + [
            self.keyword(name, self.within(value, CASES)) for name, value in told.items() if name not in hidden
        ]

    def metadata(self, value: Any) -> str:
        """Return what is no expression, as briefly as it can be told."""
        if isinstance(value, tuple | list):
            inner = ", ".join(self.within(item, CASES) for item in value)
            return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
        if isinstance(value, np.ndarray):
            inner = ", ".join(map(str, value.ravel().tolist())) if value.size <= 6 else "..."
            return self.escaped(f"[{inner}]")
        if isinstance(value, str | int | float | complex | type(None) | np.generic | slice):
            return self.escaped(str(value))
        return self.escaped(getattr(value, "__name__", type(value).__name__))
