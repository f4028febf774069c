"""A second start for runs that end where the constraints are broken: one that meets them.

Coming nearer to the constraints step by step leads into a valley of ‖c‖ at times that is none of its zeros. From the
start itself, least squares often finds a point that meets the constraints: the restoration of filter methods (R.
Fletcher & S. Leyffer, *Nonlinear programming without a penalty function*, Math. Program. 91, 2002, section 3), made
once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting import least_squares
from autograd_lite.calculus.multipliers.constrained import Constrained
from autograd_lite.calculus.multipliers.trust_region_sqp import TrustRegionSqp
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import Outcome, run

#: Reasons to try from another start.
_BROKEN = (Reason.INFEASIBLE, Reason.RANK_DEFICIENT)

#: The part of ‖c‖ at the start that is left where the constraints hold well enough to begin.
_MET = 1e-6


def run_restored(
    solver: TrustRegionSqp,
    problem: Constrained,
    start: np.ndarray,
    present: Callable[[np.ndarray], Any],
    options: dict[str, Any],
) -> Outcome:
    """Run the solver from the start, and from a point that meets the constraints if that ends where they are broken.

    Parameters
    ----------
    solver : TrustRegionSqp
    problem : Constrained
    start : ndarray of shape (n,)
    present : callable
        Gives a flat point in the user's container.
    options : dict
        For `run`.

    Returns
    -------
    Outcome
    """
    first = run(solver, problem, start, present=present, **options)
    if first.reason not in _BROKEN:
        return first
    point = _restored(problem, start)
    left = options["max_iterations"] - first.iterations - 1
    if point is None or left <= 0:
        return first
    second = run(solver, problem, point, present=present, **{**options, "max_iterations": left})
    if not second.reason.converged:
        return first
    shift = first.iterations + 1
    later = tuple(record._replace(iteration=record.iteration + shift) for record in second.history)
    return second._replace(iterations=second.iterations + shift, history=(*first.history, *later))


def _restored(problem: Constrained, start: np.ndarray) -> np.ndarray | None:
    """Return a point that meets the constraints, or None if least squares finds none."""
    packing = problem.packing

    def values(x: Any) -> Any:
        return np.concatenate([np.reshape(c(x, *problem.args), -1) for c in problem.constraints])

    found = least_squares(values, packing.unravel(start))
    for kind, count in asdict(found.evaluations).items():
        problem.counter.add(kind, count)
    point = packing.matched(found.solution, "the solution")
    return point if problem.at(point).infeasibility <= _MET * problem.at(start).infeasibility else None
