"""Coefficients that have lost digits, once more with decimal numbers of as many digits as it takes.

The function runs again on power series over arrays of `Precise` numbers, with 80 digits, 120, 360 and 800, until two
runs agree. That goes for functions whose operations have recurrences or are linear: a rule may have rounded constants
in it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from typing import Any

import numpy as np

from autograd_lite.calculus.series.precise.number import decimal_of, precise

_DIGITS = (80, 120, 360, 800)

#: Two runs agree to this part of a coefficient.
_AGREED = Decimal("1e-20")

#: A coefficient is zero if it is smaller than this part of the errors that floating-point numbers made: rounding errors
#: fall with the number of digits, and so do not tell a small coefficient from none before.
_VANISHED = Decimal("1e-300")

#: Coefficients have to be what they were within so many times the errors that were estimated, from one random sample:
#: one of a thousand is a thousand times too small.
_TRUST = 1e6


def refined(compute: Callable[[Callable[[Any], Any]], Any], found: Any, errors: Any) -> Any:
    """Return coefficients without the errors of cancellation; None if that cannot be had.

    Parameters
    ----------
    compute : callable
        ``compute(lift)`` gives the coefficients, of an argument that went through ``lift``.
    found, errors : ndarray of shape (count, *shape)
        What floating-point numbers gave.
    """
    errors = np.where(np.isfinite(errors), errors, abs(found))
    before, agreed = None, np.full(found.shape, np.nan)
    for digits in _DIGITS:
        try:
            with localcontext(_context(digits)):
                after = np.frompyfunc(decimal_of, 1, 1)(compute(precise))[: len(found)]
                if after.shape != found.shape:
                    return None
                if before is not None:
                    _agree(agreed, before, after, errors)
        except Exception:  # the function ran on other numbers, and may refuse these in any way
            return None
        if not np.any(np.isnan(agreed)):
            return agreed if np.all(~(abs(agreed - found) > _TRUST * errors)) else None
        before = after
    return None


def _context(digits: int) -> Context:
    return Context(prec=digits, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[InvalidOperation, DivisionByZero, Overflow])


def _agree(agreed: Any, before: Any, after: Any, errors: Any) -> None:
    """Put in the coefficients that two runs agree on, rounded, and zero for those that are nothing but rounding."""
    for place in np.argwhere(np.isnan(agreed)):
        at = tuple(place)
        a, b = before[at], after[at]
        if abs(a - b) <= _AGREED * abs(b):
            agreed[at] = float(b)
        elif abs(b) <= _VANISHED * Decimal(float(errors[at])):
            agreed[at] = 0.0
