"""Sums, products and powers in a normal form: numbers folded, like terms and repeated factors collected.

What is done here is right wherever both sides are defined, and never makes a function's domain larger by cancelling:
``x / x`` stays, and so does ``sqrt(x)²``. A zero that `numpy.where` put there is taken for a zero whatever it is
multiplied by, as the engine's careful sweep has it.

Expressions carry shapes, and simplifying keeps them: a sum in which everything that had the full shape cancelled is
filled up to it again (`broadcast`), and filling is left out where something beside it has the shape anyway.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from autograd_lite.core.symbols.expressions import (
    Call,
    Expression,
    Number,
    Product,
    Shape,
    Sum,
    Variable,
    atoms,
    children,
    exact,
    filled,
)

ZERO, ONE = Number(0), Number(1)


def broadcast(expression: Expression, shape: Shape) -> Expression:
    """Return an expression filled up to a shape that it broadcasts to."""
    inner = unfilled(expression)
    if inner.shape == shape:
        return inner
    return Call(filled, (inner, shape), {}, shape)


def unfilled(expression: Expression) -> Expression:
    """Return what is broadcast, where an expression only is that: among elementwise operations shapes take care."""
    if isinstance(expression, Call) and expression.function is filled:
        return expression.args[0]
    return expression


def is_zero(expression: Expression) -> bool:
    """Say whether an expression is the number zero, or filled with it."""
    inner = unfilled(expression)
    return isinstance(inner, Number) and inner.value == 0


def joint_shape(expressions: Iterable[Expression]) -> Shape:
    """Return the shape that some expressions broadcast to."""
    return np.broadcast_shapes(*(expression.shape for expression in expressions))


# Sums


def add(*summands: Expression) -> Expression:
    """Return a sum, with like terms collected."""
    shape = joint_shape(summands)
    constant: Any = Fraction(0)
    collected: dict[Expression, Any] = {}
    for summand in summands:
        offset, terms = _terms_of(unfilled(summand))
        constant = exact(constant + offset)
        for coefficient, term in terms:
            collected[term] = exact(collected[term] + coefficient) if term in collected else coefficient
    terms = _with_choices_joined([(c, term) for term, c in collected.items() if c != 0])
    if not terms:
        return broadcast(Number(constant), shape)
    if constant == 0 and len(terms) == 1:
        return broadcast(_scaled(*terms[0]), shape)
    return broadcast(Sum(constant, terms), shape)


def _with_choices_joined(terms: list[tuple[Any, Expression]]) -> tuple[tuple[Any, Expression], ...]:
    """Return terms in which those that are chosen by the same condition are one."""
    by_condition: dict[Expression, list[int]] = {}
    for i, (_, term) in enumerate(terms):
        if isinstance(term, Call) and term.function is np.where:
            by_condition.setdefault(term.args[0], []).append(i)
    for condition, places in by_condition.items():
        if len(places) > 1:
            scaled = [(Number(terms[i][0]), children(terms[i][1])) for i in places]
            sides = [add(*(multiply(scale, inner[side]) for scale, inner in scaled)) for side in (1, 2)]
            terms[places[0]] = Fraction(1), choose(condition, *sides)
            for i in places[1:]:
                terms[i] = Fraction(0), ONE
    return tuple((c, term) for c, term in terms if c != 0)


def _terms_of(expression: Expression) -> tuple[Any, tuple[tuple[Any, Expression], ...]]:
    """Return the number and the terms that a sum consists of; anything else is a sum of one."""
    if isinstance(expression, Sum):
        return expression.constant, expression.terms
    if isinstance(expression, Number):
        return expression.value * 1, ()
    if isinstance(expression, Product):
        return Fraction(0), ((expression.coefficient, _product(Fraction(1), expression.factors)),)
    return Fraction(0), ((Fraction(1), expression),)


def _scaled(coefficient: Any, term: Expression) -> Expression:
    if coefficient == 1:
        return term
    factors = term.factors if isinstance(term, Product) else ((term, Fraction(1)),)
    return _product(coefficient, factors)


# Products


def multiply(*operands: Expression) -> Expression:
    """Return a product, with repeated factors as powers."""
    shape = joint_shape(operands)
    coefficient: Any = Fraction(1)
    positive: dict[Expression, Any] = {}
    negative: dict[Expression, Any] = {}
    for operand in operands:
        scale, factors = factors_of(unfilled(operand))
        coefficient = exact(coefficient * scale)
        for base, exponent in factors:
            side = positive if exponent > 0 else negative  # never cancelled against each other
            side[base] = exact(side[base] + exponent) if base in side else exponent
    if coefficient == 0:
        return broadcast(ZERO, shape)
    factors = (*positive.items(), *negative.items())
    return broadcast(_into_choice(coefficient, factors) or _product(coefficient, factors), shape)


def factors_of(expression: Expression) -> tuple[Any, tuple[tuple[Expression, Any], ...]]:
    """Return the coefficient and the factors of a product; anything else is a product of one."""
    if isinstance(expression, Number):
        return expression.value * 1, ()
    if isinstance(expression, Product):
        return expression.coefficient, expression.factors
    if isinstance(expression, Sum) and expression.constant == 0 and len({abs(c) for c, _ in expression.terms}) == 1:
        scale = expression.terms[0][0]  # 2 a - 2 b is 2 (a - b)
        if scale != 1 and not isinstance(scale, complex):
            return scale, ((Sum(Fraction(0), tuple((exact(c / scale), t) for c, t in expression.terms)), Fraction(1)),)
    return Fraction(1), ((expression, Fraction(1)),)


def _product(coefficient: Any, factors: Iterable[tuple[Expression, Any]]) -> Expression:
    factors = tuple(factors)
    if not factors:
        return Number(coefficient)
    if coefficient == 1 and len(factors) == 1 and factors[0][1] == 1:
        return factors[0][0]
    if len(factors) == 1 and factors[0][1] == 1 and isinstance(factors[0][0], Sum) and coefficient == -1:
        inner = factors[0][0]
        return Sum(-inner.constant, tuple((-c, term) for c, term in inner.terms))
    return Product(coefficient, factors)


def _into_choice(coefficient: Any, factors: tuple[tuple[Expression, Any], ...]) -> Expression | None:
    """Move factors into a choice one side of which is zero: there the product is zero, whatever the factors are."""
    for i, (base, exponent) in enumerate(factors):
        if exponent != 1 or not isinstance(base, Call) or base.function is not np.where:
            continue
        condition, first, second = base.args
        others = factors[:i] + factors[i + 1 :]
        if (not others and coefficient == 1) or is_zero(first) == is_zero(second):
            continue
        rest = _into_choice(coefficient, others) or _product(coefficient, others)
        return choose(condition, _times(first, rest), _times(second, rest))
    return None


def _times(side: Expression, factor: Expression) -> Expression:
    """Return one side of a choice times a factor, which goes into the choices that it may be made of in turn."""
    inner = unfilled(side)
    if is_zero(inner):
        return ZERO
    if isinstance(inner, Call) and inner.function is np.where:
        condition, first, second = inner.args
        return choose(condition, _times(first, factor), _times(second, factor))
    return multiply(factor, inner)


def choose(condition: Expression, first: Expression, second: Expression) -> Expression:
    """Return ``where(condition, first, second)``; both sides equal are that."""
    shape = joint_shape((condition, first, second))
    first, second = unfilled(first), unfilled(second)
    if first == second:
        return broadcast(first, shape)
    if isinstance(first, Call) and first.function is np.where and first.args[0] == condition:
        first = first.args[1]
    if isinstance(second, Call) and second.function is np.where and second.args[0] == condition:
        second = second.args[2]
    return Call(np.where, (condition, first, second), {}, shape)


def negate(operand: Expression) -> Expression:
    """Return minus an expression."""
    return multiply(Number(-1), operand)


def subtract(left: Expression, right: Expression) -> Expression:
    """Return a difference."""
    return add(left, negate(right))


def divide(left: Expression, right: Expression) -> Expression:
    """Return a quotient; by the number zero it stays one."""
    if is_zero(right):
        return Call(np.true_divide, (left, right), {}, joint_shape((left, right)))
    return multiply(left, power(right, Fraction(-1)))


def power(base: Expression, exponent: Any) -> Expression:
    """Return a power with a number as its exponent."""
    exponent, shape = exact(exponent), base.shape
    inner = unfilled(base)
    if exponent == 0:
        return broadcast(ONE, shape)
    if exponent == 1:
        return base
    whole = isinstance(exponent, Fraction) and exponent.denominator == 1
    if isinstance(inner, Number):
        value = _number_power(inner.value, exponent) if whole else None
        return _as_power(inner, exponent, shape) if value is None else broadcast(Number(value), shape)
    if whole and isinstance(inner, Product) and all(_is_whole(e) for _, e in inner.factors):
        scale = _number_power(inner.coefficient, exponent)
        if scale is not None:
            return broadcast(_product(scale, tuple((b, exact(e * exponent)) for b, e in inner.factors)), shape)
    if whole:
        scale, factors = factors_of(inner)
        value = _number_power(scale, exponent)
        if value is not None and value != 1 and len(factors) == 1 and factors[0][1] == 1:
            return broadcast(_product(value, ((factors[0][0], exponent),)), shape)
    return _as_power(inner, exponent, shape)


def _as_power(base: Expression, exponent: Any, shape: Shape) -> Expression:
    return broadcast(Product(Fraction(1), ((base, exponent),)), shape)


def _is_whole(exponent: Any) -> bool:
    return isinstance(exponent, Fraction) and exponent.denominator == 1


def _number_power(value: Any, exponent: Fraction) -> Any:
    """Return a whole power of a number, None where that is no number worth writing."""
    if value == 0 or abs(exponent) > 64:
        return None
    try:
        found = exact(value ** int(exponent))
    except OverflowError:
        return None
    if isinstance(found, Fraction) and max(found.numerator.bit_length(), found.denominator.bit_length()) > 80:
        return None
    return found if isinstance(found, Fraction | complex) or math.isfinite(found) else None


# Taking a factor out


def without_factor(expression: Expression, factor: Variable) -> Expression | None:
    """Return what an expression is ``factor`` times of, element by element; None where it is not seen to be that."""
    inner = unfilled(expression)
    if inner == factor:
        return ONE
    if isinstance(inner, Product):
        return _without_in_product(inner, factor)
    if isinstance(inner, Sum) and inner.constant == 0:
        parts = [without_factor(_scaled(*term), factor) for term in inner.terms]
        return None if any(found is None for found in parts) else add(*(p for p in parts if p is not None))
    if isinstance(inner, Call) and inner.function is np.where:
        condition, *sides = inner.args
        if _mentions(condition, factor):
            return None
        parts = [ZERO if is_zero(side) else without_factor(side, factor) for side in sides]
        return None if parts[0] is None or parts[1] is None else choose(condition, parts[0], parts[1])
    return ZERO if is_zero(inner) else None


def _without_in_product(product: Product, factor: Variable) -> Expression | None:
    """Return a product without one of its factors, or with that taken out of one of the sums that it is made of."""
    for i, (base, exponent) in enumerate(product.factors):
        if exponent != 1:
            continue
        found = without_factor(base, factor)
        if found is not None:
            others = product.factors[:i] + product.factors[i + 1 :]
            return multiply(_product(product.coefficient, others), found)
    return None


def _mentions(expression: Expression, variable: Variable) -> bool:
    return any(atom == variable for atom in atoms(expression))


def number_in(expression: Expression) -> tuple[Expression, Expression]:
    """Split a product into its scalar factors and the rest, which has the shape of the whole."""
    scale, factors = factors_of(expression)
    scalars = [power(base, exponent) for base, exponent in factors if base.shape == ()]
    rest = [power(base, exponent) for base, exponent in factors if base.shape != ()]
    if not rest or joint_shape(rest) != expression.shape:
        return ONE, expression
    return multiply(Number(scale), *scalars), multiply(*rest)
