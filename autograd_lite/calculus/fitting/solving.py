"""Solving a least-squares problem from a start: the chosen method, other ways where it fails, and the last digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.descent import Descent
from autograd_lite.calculus.fitting.gauss_newton import GaussNewton
from autograd_lite.calculus.fitting.gradient_descent import GradientDescent
from autograd_lite.calculus.fitting.levenberg_marquardt import LevenbergMarquardt
from autograd_lite.calculus.fitting.newton import Newton
from autograd_lite.calculus.fitting.polish import Optimum, polish
from autograd_lite.calculus.fitting.problem import Problem
from autograd_lite.calculus.fitting.saddles import beyond
from autograd_lite.calculus.fitting.symmetry import like_the_start
from autograd_lite.calculus.result import Evaluations, Reason, Record
from autograd_lite.calculus.solving import Outcome, run

#: The methods by name; each is tried in this order until one converges.
METHODS: dict[str, tuple[LevenbergMarquardt | Descent, ...]] = {
    "lm": (
        LevenbergMarquardt(),
        LevenbergMarquardt(eliminate=False, factor=1.0, bend_below=np.inf),
        LevenbergMarquardt(factor=10.0, bend_below=np.inf),
    ),
    "gauss-newton": (GaussNewton(),),
    "newton": (Newton(),),
    "gradient-descent": (GradientDescent(tolerance=1e-6),),
}

#: Iterations that each method is given if the caller does not say.
MAX_ITERATIONS = {"lm": 400, "gauss-newton": 400, "newton": 400, "gradient-descent": 20_000}


@dataclass(frozen=True)
class Solution:
    """What was found.

    Attributes
    ----------
    optimum : Optimum
    reason : Reason
    iterations : int
    history : tuple of Record
        Of the run that led to the optimum.
    evaluations : Evaluations
        Of all runs.
    """

    optimum: Optimum
    reason: Reason
    iterations: int
    history: tuple[Record, ...]
    evaluations: Evaluations


@np.errstate(all="ignore")  # outside of the model's domain anything may come
def solve(
    problem: Problem,
    start: np.ndarray,
    method: str = "lm",
    max_iterations: int | None = None,
    present: Callable[[np.ndarray], Any] = np.copy,
    callback: Callable[[Record], Any] | None = None,
    progress: bool | None = None,
) -> Solution:
    """Make the residuals of a problem small.

    Parameters
    ----------
    problem : Problem
    start : ndarray of shape (m,)
    method : {"lm", "gauss-newton", "newton", "gradient-descent"}
        All but the last end with a polish to the last digits (`polish`).
    max_iterations : int, optional
        400 for each run; 20,000 for gradient descent.
    present, callback, progress
        Of `autograd_lite.calculus.solving.run`.

    Returns
    -------
    Solution
        The best point that was met, whatever the outcome.
    """
    most = MAX_ITERATIONS[method] if max_iterations is None else max_iterations
    best: Solution | None = None
    options: dict[str, Any] = {"max_iterations": most, "present": present, "progress": progress, "callback": callback}
    for solver in METHODS[method]:
        outcome = run(solver, problem, start, **options)
        found = _finished(problem, outcome, start, method)
        if outcome.reason is Reason.CONVERGED and not found.reason.converged and found.reason not in _FINAL:
            nearer = replace(solver, tolerance=_NEARER * solver.tolerance)  # too early for Newton's method
            outcome = _joined(outcome, run(nearer, problem, outcome.best.point, **options))
            found = _finished(problem, outcome, start, method)
        for _ in range(_ESCAPES):
            way_on = beyond(problem, found.optimum) if found.reason in _STATIONARY else None
            if way_on is None:
                break
            before = found.optimum.cost
            outcome = _joined(outcome, run(solver, problem, way_on, **options))
            found = _finished(problem, outcome, start, method)
            if found.optimum.cost > (1.0 - _WORTHWHILE) * before:
                break
        if best is None or _is_better(found, best):
            best = found
        if best.reason.converged or found.reason in _FINAL:
            break
    assert best is not None
    return Solution(best.optimum, best.reason, best.iterations, best.history, problem.counter.evaluations)


#: By how much the tolerance falls where the polish has failed.
_NEARER = 1e-3

#: Outcomes after which a way on is looked for, along negative curvature; and how often.
_STATIONARY = (Reason.SADDLE, Reason.RANK_DEFICIENT, Reason.NO_PROGRESS)
_ESCAPES = 5

#: What part of the cost such a way has to take away, for another to be looked for.
_WORTHWHILE = 1e-3

#: Outcomes that another method would not change.
_FINAL = (Reason.STOPPED, Reason.NOT_FINITE_AT_START, Reason.RANK_DEFICIENT)


def _joined(first: Outcome, second: Outcome) -> Outcome:
    """Return the outcome of a run that went on from another."""
    return second._replace(history=first.history + second.history, iterations=first.iterations + second.iterations)


def _is_better(one: Solution, other: Solution) -> bool:
    if one.reason.converged and not other.reason.converged:
        return not one.optimum.cost > other.optimum.cost * (1.0 + 1e-6)
    return one.optimum.cost < other.optimum.cost or not np.isfinite(other.optimum.cost)


def _finished(problem: Problem, outcome: Outcome, start: np.ndarray, method: str) -> Solution:
    """Return the solution after a run: polished, and like the start where several are equal."""
    state, reason = outcome.best, outcome.reason
    at_end = reason in (Reason.CONVERGED, Reason.PRECISION, Reason.NO_PROGRESS)
    wanted = method != "gradient-descent" and at_end
    optimum = polish(problem, state.point, state.where, rounds=15 if wanted else 0)
    if wanted and optimum.basis is not None:
        linear = problem.linear_in(optimum.where.recorded)
        if not optimum.basis.is_full and optimum.polished:
            reason = Reason.RANK_DEFICIENT
        elif optimum.polished:
            reason = Reason.CONVERGED
            optimum = _like_the_start(problem, optimum, start, linear)
        elif not optimum.basis.is_minimum:
            reason = Reason.SADDLE
        elif reason.converged:
            reason = Reason.NO_PROGRESS
    elif wanted and reason.converged:
        reason = Reason.NOT_FINITE
    return Solution(optimum, reason, outcome.iterations, outcome.history, problem.counter.evaluations)


def _like_the_start(problem: Problem, optimum: Optimum, start: np.ndarray, linear: tuple[int, ...]) -> Optimum:
    moved = like_the_start(problem, optimum.x, start, optimum.where.cost, linear)
    if moved is optimum.x:
        return optimum
    again = polish(problem, moved)
    return again if again.polished and again.cost <= optimum.cost * (1.0 + 1e-6) else optimum
