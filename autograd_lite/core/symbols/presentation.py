"""What is left out of an expression for its readers: guards against 0/0, negations of comparisons, tests for NaN.

Factors above and below a fraction bar are cancelled here, where nothing is evaluated any more. Rules guard what is
undefined at single points, as ``x / where(r == 0, 1, r)`` does. A reader is better served by ``x / r`` and one line
that says what holds at those points; `Presented` collects those lines.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from autograd_lite.core.symbols import algebra
from autograd_lite.core.symbols.expressions import Call, Expression, Named, Number, Product, Sum
from autograd_lite.core.symbols.functions import rebuilt

_OPPOSITE = {
    np.greater: np.less_equal, np.less: np.greater_equal, np.greater_equal: np.less, np.less_equal: np.greater,
    np.equal: np.not_equal, np.not_equal: np.equal,
}  # fmt: skip
_TURNED = {np.less: np.greater, np.less_equal: np.greater_equal}
_NUMBER_LAST = {
    **_TURNED, np.greater: np.less, np.greater_equal: np.less_equal, np.equal: np.equal, np.not_equal: np.not_equal,
}  # fmt: skip
_AND = (np.bitwise_and, np.logical_and)
_OR = (np.bitwise_or, np.logical_or)


def _not_evaluated(*_: Any, **__: Any) -> Any:
    raise TypeError("what is made ready for readers is not evaluated")


_SOFTMAX = Named("softmax", _not_evaluated)


class Presented:
    """Makes expressions ready for readers, and keeps what has to be said beside them.

    Attributes
    ----------
    guards : dict
        Each guarded expression, with the condition of its guard and the number that is taken there instead.
    """

    def __init__(self) -> None:
        self.guards: dict[Expression, tuple[Expression, Expression]] = {}

    def __call__(self, expression: Expression) -> Expression:
        """Return an expression as it is shown."""
        made = rebuilt(expression, self)
        if isinstance(made, Product):
            made = _without_roots(made)
            return _with_softmax(_cancelled(made) if isinstance(made, Product) else made)
        if not isinstance(made, Call):
            return made
        if made.function is np.where:
            return self._choice(made)
        if made.function is np.exp:
            return _with_logsumexp(made)
        return condition(made)

    def _choice(self, choice: Call) -> Expression:
        test, first, second = choice.args
        test = condition(test)
        if is_exceptional(test) and isinstance(algebra.unfilled(first), Number) and not isinstance(second, Number):
            if not _is_about_infinity(test):
                self.guards[second] = (test, first)
            return algebra.broadcast(second, choice.shape)
        return algebra.choose(test, first, second)


def _without_roots(product: Product) -> Expression:
    """Return a product with even powers of ``hypot(x, y)`` as powers of x² + y²."""
    if not any(_is_even_hypot(base, exponent) for base, exponent in product.factors):
        return product
    made = []
    for base, exponent in product.factors:
        if _is_even_hypot(base, exponent):
            assert isinstance(base, Call)
            square = algebra.add(*(algebra.power(leg, 2) for leg in base.args))
            made.append(algebra.power(square, exponent / 2))
        else:
            made.append(algebra.power(base, exponent))
    return algebra.multiply(Number(product.coefficient), *made)


def _cancelled(product: Product) -> Expression:
    """Return a product in which no factor stands both above and below the fraction bar."""
    exponents: dict[Expression, Fraction] = {}
    for base, exponent in product.factors:
        exponents[base] = exponents.get(base, Fraction(0)) + exponent
    if len(exponents) == len(product.factors):
        return product
    left = (algebra.power(base, exponent) for base, exponent in exponents.items())
    return algebra.broadcast(algebra.multiply(Number(product.coefficient), *left), product.shape)


def _with_softmax(expression: Expression) -> Expression:
    """Return exp(u) / sum(exp(u)) as a softmax, of x where u is x - max(x): shifts cancel."""
    factors = expression.factors if isinstance(expression, Product) else ()
    powers = {base for base, exponent in factors if exponent == 1 and _is_call(base, np.exp)}
    for base, exponent in factors:
        total = algebra.unfilled(base)
        if exponent == -1 and isinstance(total, Call) and total.function is np.sum and total.args[0] in powers:
            raised = total.args[0]
            assert isinstance(raised, Call)
            axis = {name: value for name, value in total.keywords.items() if name == "axis"}
            share = Call(_SOFTMAX, (_unshifted(raised.args[0]),), axis, raised.shape)
            rest = [algebra.power(b, e) for b, e in factors if b not in (base, raised)]
            return algebra.multiply(Number(getattr(expression, "coefficient", 1)), *rest, share)
    return expression


def _with_logsumexp(exponential: Call) -> Expression:
    """Return exp(u - log(sum(exp(u)))) as a softmax."""
    exponent = exponential.args[0]
    if not isinstance(exponent, Sum) or exponent.constant != 0:
        return exponential
    for factor, term in exponent.terms:
        total = _summed_exponential(term) if factor == -1 else None
        if total is None:
            continue
        rest = {algebra.unfilled(t): c for c, t in exponent.terms if t is not term}
        raised = total.args[0].args[0]
        if isinstance(raised, Sum) and raised.constant != 0:
            continue
        if rest == ({algebra.unfilled(t): c for c, t in raised.terms} if isinstance(raised, Sum) else {raised: 1}):
            axis = {name: value for name, value in total.keywords.items() if name == "axis"}
            return Call(_SOFTMAX, (_unshifted(raised),), axis, exponential.shape)
    return exponential


def _summed_exponential(term: Expression) -> Any:
    """Return sum(exp(u)) where a term is its logarithm, over all of u or in its shape."""
    log = algebra.unfilled(term)
    total = algebra.unfilled(log.args[0]) if isinstance(log, Call) and log.function is np.log else None
    if not isinstance(total, Call) or total.function is not np.sum or not _is_call(total.args[0], np.exp):
        return None
    whole = total.keywords.get("axis") is None or len(total.args[0].shape) == 1
    return total if whole or total.keywords.get("keepdims") else None


def _unshifted(exponent: Expression) -> Expression:
    """Return x where an exponent is x - max(x)."""
    if isinstance(exponent, Sum) and exponent.constant == 0 and len(exponent.terms) == 2:
        (one, x), (other, top) = exponent.terms
        top = algebra.unfilled(top)
        if one == 1 and other == -1 and isinstance(top, Call) and top.function is np.max and top.args[0] == x:
            return x
    return exponent


def _is_call(expression: Expression, function: Any) -> bool:
    return isinstance(expression, Call) and expression.function is function


def _is_even_hypot(base: Expression, exponent: Fraction) -> bool:
    return isinstance(base, Call) and base.function is np.hypot and exponent % 2 == 0


def is_exceptional(test: Expression) -> bool:
    """Say whether a condition holds at single points only, or for what is no finite number."""
    test = algebra.unfilled(test)
    if not isinstance(test, Call):
        return False
    if test.function in _AND:
        return any(map(is_exceptional, test.args))
    if test.function in _OR:
        return all(map(is_exceptional, test.args))
    return test.function in (np.equal, np.isinf, np.isnan) or is_nan_test(test)


def _is_about_infinity(test: Expression) -> bool:
    """Say whether a condition holds for infinities and NaNs only: these go without saying."""
    test = algebra.unfilled(test)
    if not isinstance(test, Call):
        return False
    if test.function in _AND:
        return any(map(_is_about_infinity, test.args))
    return test.function in (np.isinf, np.isnan) or is_nan_test(test)


def is_nan_test(test: Expression) -> bool:
    """Say whether a condition is ``x != x`` or ``isnan(x)``."""
    if not isinstance(test, Call):
        return False
    return test.function is np.isnan or (test.function is np.not_equal and test.args[0] == test.args[1])


def condition(test: Expression) -> Expression:
    """Return a condition without negated comparisons, and without the case of NaNs among its alternatives."""
    inner = algebra.unfilled(test)
    if not isinstance(inner, Call) or len(inner.args) not in (1, 2):
        return test
    if inner.function in (np.invert, np.logical_not):
        (negated,) = inner.args
        if isinstance(negated, Call) and negated.function in _OPPOSITE:
            return condition(Call(_OPPOSITE[negated.function], negated.args, {}, negated.shape))
    if inner.function in _OR:
        left = [alternative for alternative in inner.args if not is_nan_test(alternative)]
        return left[0] if len(left) == 1 else inner
    if inner.function in _AND:
        return _both(inner)
    if inner.function in _NUMBER_LAST and isinstance(algebra.unfilled(inner.args[0]), Number):
        return Call(_NUMBER_LAST[inner.function], inner.args[::-1], {}, inner.shape)  # x > 0 reads better than 0 < x
    return test


def _both(test: Call) -> Expression:
    """Return a ≥ b and b ≥ a as a = b, and a ≥ b and not b ≥ a as a > b."""
    first, second = (_turned(side) for side in test.args)
    if first == second:
        return first
    if not (isinstance(first, Call) and isinstance(second, Call)):
        return test
    if len(first.args) == 2 and first.args == second.args[::-1]:
        names = first.function, second.function
        if names == (np.greater_equal, np.greater_equal):
            return Call(np.equal, first.args, {}, test.shape)
    if first.args == second.args and {first.function, second.function} == {np.greater_equal, np.greater}:
        return Call(np.greater, first.args, {}, test.shape)
    return test


def _turned(test: Expression) -> Expression:
    """Return a comparison with the larger side first."""
    if isinstance(test, Call) and test.function in _TURNED:
        return Call(_TURNED[test.function], test.args[::-1], {}, test.shape)
    return test


def cases(choice: Call) -> list[tuple[Expression | None, Expression]]:
    """Return the cases of a choice, each with its condition; None for what is left."""
    found: list[tuple[Expression | None, Expression]] = []
    test, first, second = choice.args
    while True:
        inner = algebra.unfilled(first)
        if isinstance(inner, Call) and inner.function is np.where and len(found) < 8:
            also, yes, no = inner.args
            found.append((_joined(test, also), yes))
            found.append((_joined(test, condition(Call(np.invert, (also,), {}, also.shape))), no))
        else:
            found.append((test, first))
        inner = algebra.unfilled(second)
        if not isinstance(inner, Call) or inner.function is not np.where or len(found) >= 8:
            return [*found, (None, second)]
        test, first, second = inner.args


def _joined(first: Expression, second: Expression) -> Expression:
    shape = np.broadcast_shapes(first.shape, second.shape)
    return condition(Call(np.bitwise_and, (first, second), {}, shape))
