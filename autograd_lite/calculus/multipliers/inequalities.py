"""Inequalities: which of them are active is found with squared slacks, and the active ones are solved for as equations.

g(x) ≥ 0 is g(x) - t² = 0 with a free variable t (F. Valentine 1937). Where an inequality is active with a multiplier of
the wrong sign that is a stationary point, but a saddle: the curvature along t is 2λ. A method of second order that
follows negative curvature leaves it (E. Fukuda & M. Fukushima, *J. Optim. Theory Appl.* 172, 2017).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.calculus.multipliers.constrained import Constrained
from autograd_lite.calculus.multipliers.restoring import run_restored
from autograd_lite.calculus.multipliers.trust_region_sqp import SqpState, TrustRegionSqp
from autograd_lite.calculus.objective import Packing
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import Outcome, run
from autograd_lite.core.dispatch import untracked

#: How often the choice of active ones is corrected.
_CORRECTIONS = 10

#: What is below this is broken, and no rounding.
_BROKEN = 1e-6

#: The smallest slack at the start: of 0, derivatives with respect to t vanish.
_LEAST = 0.1


@dataclass(frozen=True)
class Active:
    """The active elements of one inequality.

    Attributes
    ----------
    function : callable
    shape : tuple of int
        Of what it returns.
    chosen : ndarray of bool
        Which elements are active, flat.
    """

    function: Callable[..., Any]
    shape: tuple[int, ...]
    chosen: np.ndarray

    def __call__(self, x: Any, *args: Any) -> Any:
        """Return the active elements."""
        return np.reshape(self.function(x, *args), -1)[np.flatnonzero(self.chosen)]

    def scattered(self, multipliers: Any) -> Any:
        """Return multipliers of the active elements in the shape of the function, 0 elsewhere."""
        places = np.eye(self.chosen.size)[np.flatnonzero(self.chosen)]
        return np.reshape(multipliers @ places, self.shape)[()]


def with_inequalities(
    problem: Constrained,
    unequal: Sequence[Callable[..., Any]],
    solver: TrustRegionSqp,
    start: np.ndarray,
    options: dict[str, Any],
) -> tuple[Outcome, Constrained, list[Active]]:
    """Solve a problem with inequalities.

    Parameters
    ----------
    problem : Constrained
        With the equalities only.
    unequal : sequence of callable
        What shall not be negative.
    solver : TrustRegionSqp
    start : ndarray of shape (n,)
    options : dict
        For `run`.

    Returns
    -------
    Outcome, Constrained, list of Active
        The run of the problem with the active ones as equalities, that problem, and which those are.
    """
    packing, args = problem.packing, problem.args
    with np.errstate(all="ignore"):
        values = [np.asarray(untracked(g(packing.unravel(start), *args)), float) for g in unequal]
    if not all(np.isfinite(value).all() for value in values):  # as equations they say so at the start
        active = _active(unequal, values, np.ones(sum(value.size for value in values), bool))
        exact = Constrained(problem.objective, [*problem.constraints, *active], packing, problem.given, problem.sign)
        return run(solver, exact, start, present=packing.unravel, **options), exact, active
    slacked, outcome = _with_slacks(problem, unequal, values, solver, start, options)
    size = start.size
    point, slacks = outcome.best.point[:size], outcome.best.point[size:]
    multipliers = outcome.best.multipliers[-slacks.size :]
    chosen = multipliers > slacks**2  # of a complementary pair, one is zero
    counter = slacked.counter
    for attempt in range(_CORRECTIONS + 1):
        active = _active(unequal, values, chosen)
        exact = Constrained(problem.objective, [*problem.constraints, *active], packing, problem.given, problem.sign)
        exact.counter = counter
        final = run(solver, exact, point, present=packing.unravel, **options)
        better = _corrected(final.state if final.reason.converged else final.best, exact, unequal, chosen)
        if np.array_equal(better, chosen) or attempt == _CORRECTIONS:
            iterations, history = outcome.iterations + final.iterations, (*outcome.history, *final.history)
            if final.reason.converged and not np.all(_inside(final.state, exact, unequal) >= -_BROKEN):
                final = final._replace(reason=Reason.INFEASIBLE)
            return final._replace(iterations=iterations, history=history), exact, active
        chosen = better
    raise AssertionError("the last correction returns")


def _corrected(
    state: SqpState, exact: Constrained, unequal: Sequence[Callable[..., Any]], chosen: np.ndarray
) -> np.ndarray:
    """Return which should be active: of those that were, the ones with positive multipliers; and what is violated."""
    inside = _inside(state, exact, unequal)
    pulled = np.zeros(chosen.size)
    pulled[chosen] = state.multipliers[state.multipliers.size - int(chosen.sum()) :]
    scale = max(1.0, float(np.max(np.abs(pulled), initial=0.0)))
    return (chosen & (pulled >= -1e-9 * scale)) | (~chosen & (inside < -1e-9))


def _inside(state: SqpState, exact: Constrained, unequal: Sequence[Callable[..., Any]]) -> np.ndarray:
    """Return the values of the inequalities, negative where they are broken."""
    found = exact.packing.unravel(state.point)
    return np.concatenate([np.reshape(np.asarray(untracked(g(found, *exact.args)), float), -1) for g in unequal])


def _with_slacks(
    problem: Constrained,
    unequal: Sequence[Callable[..., Any]],
    values: Sequence[np.ndarray],
    solver: TrustRegionSqp,
    start: np.ndarray,
    options: dict[str, Any],
) -> tuple[Constrained, Outcome]:
    packing, size = problem.packing, start.size

    def of_point(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda z, *args: function(packing.unravel(z[:size]), *args)

    def slack(z: Any, *args: Any) -> Any:
        point = packing.unravel(z[:size])
        return np.concatenate([np.reshape(g(point, *args), -1) for g in unequal]) - z[size:] ** 2

    flat = np.concatenate([np.reshape(value, -1) for value in values])
    first = np.concatenate([start, np.sqrt(np.maximum(flat, _LEAST**2))])
    slacked = Constrained(
        of_point(problem.objective), [*map(of_point, problem.constraints), slack], Packing(first, "lagrange"),
        problem.given, problem.sign,
    )  # fmt: skip
    return slacked, run_restored(solver, slacked, first, lambda z: packing.unravel(z[:size]), options)


def _active(unequal: Sequence[Callable[..., Any]], values: Sequence[np.ndarray], chosen: np.ndarray) -> list[Active]:
    ends = np.cumsum([0, *(value.size for value in values)]).tolist()
    return [
        Active(g, value.shape, chosen[start:end])
        for g, value, start, end in zip(unequal, values, ends[:-1], ends[1:], strict=True)
    ]
