"""Running a function on a power series: what it gives, kinks that it meets, and where it has no series."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.calculus.series import pushing
from autograd_lite.calculus.series.intervals import Interval
from autograd_lite.calculus.series.number import Series, variable
from autograd_lite.calculus.series.refining import refined
from autograd_lite.calculus.series.rounding import SOURCE, Noise, errors_from, lost
from autograd_lite.calculus.series.table import KINKS
from autograd_lite.core.modes import user_stacklevel
from autograd_lite.core.observing import observing
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NotDifferentiableError, PrecisionLossWarning, SingularPointWarning, StructureError

_COMPARISONS = (
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
)  # fmt: skip
_STEPS = {np.sign: 0.0, np.floor: 1.0, np.ceil: 1.0, np.trunc: 1.0}  # where the jumps are: at 0, at multiples

#: A larger relative error of a coefficient is warned of; a larger one than the other asks for more digits.
_TOLERANCE, _FINE = 1e-8, 2e-11

#: How many coefficients a function may lose by quotients of zeros, such as sin(x) / x.
_MOST_LOST = 32


class Kinks:
    """An observer of comparisons that are decided at the very point: beside it they may go the other way."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def recorded(self, node: Any, out: Any) -> None:
        """Take no note of what is recorded."""

    def stepped(self, function: Any, operands: Sequence[Any], out: Any) -> None:
        """Take note of a comparison of equals, and of a step function on its step."""
        if pushing.INSIDE.get() or not any(isinstance(value, Series) for value in operands):
            return
        values = [value.data if isinstance(value, Series) else value for value in operands[:2]]
        if any(isinstance(value, Interval) for value in values):
            return
        if function in _COMPARISONS:
            if operands[0] is not operands[1] and np.any(np.equal(*values)):
                self.names.append(function.__name__)
        elif function in _STEPS and np.any(values[0] == (np.round(values[0]) if _STEPS[function] else 0)):
            self.names.append(function.__name__)


def run(function: Callable[[Any], Any], x: Series) -> Any:
    """Return what a function gives of a series: a series, or an array if it depends on nothing.

    Raises
    ------
    StructureError
        If it is neither.
    """
    out = function(x)
    if isinstance(out, Tensor):
        out = out.data
    if isinstance(out, Series | Interval | np.ndarray | np.generic | int | float | complex):
        return out
    raise StructureError(
        f"taylor: the function returned {out!r} of type {type(out).__name__}, where an array or a number is needed. "
        f"Join several values with np.stack or np.concatenate."
    )


def coefficients_at(
    function: Callable[[Any], Any], x0: Any, order: int, direction: Any = 1.0, tail: int = 0, warn: bool = False
) -> tuple[Any, Any, Any]:
    """Return the Taylor coefficients of a function at a point, along a direction.

    Parameters
    ----------
    function : callable
    x0, direction : array or number
    order : int
    tail : int
        How many further coefficients are wanted, if there are any.
    warn : bool
        Of coefficients that may be wrong.

    Returns
    -------
    coefficients : ndarray of shape (order + 1, *shape)
    tail : ndarray of shape (tail, *shape)
        Of length zero if they are not all finite.
    errors : ndarray of shape (order + 1, *shape)
        Estimates of the rounding errors of the coefficients.

    Raises
    ------
    NotDifferentiableError
        If the function has no Taylor series there: names the operation.

    Warns
    -----
    SingularPointWarning
        If the point lies on a kink of a function.
    PrecisionLossWarning
        If coefficients may be wrong by more than 1e-8 of their size.
    """
    kinks, count = Kinks(), order + tail
    noise = Noise(np.result_type(x0, direction))
    with np.errstate(all="ignore"), observing(kinks):
        token, source = KINKS.set(kinks.names), SOURCE.set(noise)
        try:
            out, missing = _run_to(count, lambda order: run(function, _accompanied(x0, order, direction)))
        finally:
            SOURCE.reset(source)
            KINKS.reset(token)
        full = _filled(out, count)
        coefficients, rest = full[: order + 1], full[order + 1 :]
        if not np.all(np.isfinite(coefficients)):
            raise _no_series(function, x0, order, direction, missing)
    if kinks.names:
        warnings.warn(_on_kink(x0, kinks.names), SingularPointWarning, stacklevel=user_stacklevel())
    rest = rest if np.all(np.isfinite(rest)) else rest[:0]
    kept = len(coefficients) + len(rest)
    companion = _filled(out.twin, count)[:kept] if isinstance(out, Series) and out.twin is not None else full[:kept]
    full = full[:kept]
    errors = errors_from(full, companion)
    if not kinks.names and np.any((errors > _FINE * abs(full))[: order + 1]):
        better = _refined(function, x0, direction, full, errors)
        if better is None and warn:
            _warn_of_losses(full, errors, order, x0)
        elif better is not None:
            full, errors = better
    return full[: order + 1], full[order + 1 :], errors[: order + 1]


def _run_to(count: int, compute: Callable[[int], Any]) -> tuple[Any, int]:
    """Return what a function gives to an order, and how many more orders it takes because of quotients of zeros."""
    out, missing = compute(count), 0
    while isinstance(out, Series) and out.order < count and missing < _MOST_LOST:
        missing += count - out.order
        out = compute(count + missing)
    return out, missing


def _refined(function: Callable[[Any], Any], x0: Any, direction: Any, full: Any, errors: Any) -> Any:
    """Return the coefficients and their errors as decimal numbers give them; None if they do not."""
    if full.dtype.kind != "f" or np.asarray(x0).dtype.kind != "f":
        return None

    def compute(lift: Callable[[Any], Any]) -> Any:
        def at_order(order: int) -> Any:
            x = variable(np.asarray(lift(x0)), order, np.asarray(lift(direction)))
            return run(function, Series(lift(x.coefficients)))

        return lift(_filled(_run_to(len(full) - 1, at_order)[0], len(full) - 1))

    with np.errstate(all="ignore"):
        better = refined(compute, full, errors)
    if better is None or not np.all(np.isfinite(better)):
        return None
    better = better.astype(full.dtype)
    return better, 0.5 * np.finfo(full.dtype).eps * abs(better)


def _warn_of_losses(c: Any, errors: Any, order: int, x0: Any) -> None:
    wrong = lost(c, errors, _TOLERANCE, x0)[: order + 1].reshape(order + 1, -1).any(axis=1)
    if wrong.any():
        first = int(np.argmax(wrong))
        with np.errstate(all="ignore"):
            part = np.max(np.where(c[first] != 0, errors[first] / abs(c[first]), np.inf))
        warnings.warn(
            f"taylor: the coefficients at {x0} have lost digits by cancellation: from order {first} on they may be "
            f"wrong by more than {_TOLERANCE:.0e} of their size (number {first} by {min(part, 1):.0e}). See "
            f"coefficient_errors; expand to order {max(first - 1, 0)}, about another point, or write the function "
            f"without the cancellation (np.sinc, np.expm1, np.log1p).",
            PrecisionLossWarning,
            stacklevel=user_stacklevel(),
        )


def _accompanied(x0: Any, order: int, direction: Any) -> Series:
    """Return x0 + t * direction beside a companion, which is the same."""
    x = variable(x0, order, direction)
    x.twin = variable(x0, order, direction)
    return x


def _on_kink(x0: Any, names: Sequence[str]) -> str:
    return (
        f"taylor: the point {x0} lies on a kink or step ({', '.join(dict.fromkeys(names))}), beside which the function "
        f"is another one on each side. The coefficients are those of the branch that is taken at the point itself, or "
        f"of the mean of both."
    )


def _filled(out: Any, order: int) -> Any:
    """Return as many coefficients as wanted, zeros of a constant."""
    if isinstance(out, Series):
        found = out.coefficients[: order + 1]
        if len(found) == order + 1:
            return found
        return np.concatenate([found, np.full((order + 1 - len(found), *found.shape[1:]), np.nan)])
    out = np.asarray(out)
    rest = np.zeros((order, *out.shape), out.dtype)
    return np.concatenate([out[None], rest]) * 1.0


def _no_series(
    function: Callable[[Any], Any], x0: Any, order: int, direction: Any, lost: int
) -> NotDifferentiableError:
    """Return the error for a point without a Taylor series, with the operation that first gave no number."""
    found: list[tuple[str, int]] = []

    def examine(name: str, c: Any) -> None:
        bad = ~np.isfinite(c)
        if not found and bad.any():
            found.append((name, int(np.argmax(bad.reshape(len(c), -1).any(axis=1)))))

    token = pushing.EXAMINER.set(examine)
    try:
        out = _filled(run(function, variable(x0, order + lost, direction)), order)
    finally:
        pushing.EXAMINER.reset(token)
    name, k = found[0] if found else ("its value", int(np.argmax(~np.isfinite(out).reshape(len(out), -1).all(axis=1))))
    what = "has no finite value" if k == 0 else f"has no finite derivative of order {k}"
    return NotDifferentiableError(
        f"taylor: the function has no Taylor series of order {order} at {x0}: {name} {what} there. Expand about "
        f"another point, or to a lower order."
    )
