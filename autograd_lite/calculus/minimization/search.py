"""Runs of solvers, one after another until one has converged; saddles are left behind."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.calculus.fitting import least_squares
from autograd_lite.calculus.minimization.bounded import Box
from autograd_lite.calculus.minimization.choosing import DENSE, LEAST_SQUARES, Attempt
from autograd_lite.calculus.minimization.first_order import Place
from autograd_lite.calculus.minimization.squares import residuals_in
from autograd_lite.calculus.minimization.stationary import Curvature, Kind, curvature_along, curvature_of
from autograd_lite.calculus.objective import Objective
from autograd_lite.calculus.result import Reason, Record
from autograd_lite.calculus.solving import Outcome, State, run
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import StructureError
from autograd_lite.transforms.arguments import flatten

#: How often a saddle is left.
ESCAPES = 5

#: A point that is so many times farther out than the start (at least 1), and a value that has not been halved in so
#: many iterations: it follows a valley to infinity, or will take very long.
FAR, LONG = 1e2, 10

#: Outcomes after which another method is tried.
POOR = (Reason.MAX_ITERATIONS, Reason.NO_PROGRESS, Reason.SADDLE, Reason.DIVERGED)


class Found(NamedTuple):
    """What a run gave.

    Attributes
    ----------
    name : str
        Of the method.
    outcome : Outcome
    curvature : Curvature or None
        At the best point, if it was looked at.
    """

    name: str
    outcome: Outcome
    curvature: Curvature | None

    def joined(self, later: Found) -> Found:
        """Return both runs as one, with the better of the two points: a minimum rather than a way to infinity."""
        whole = _joined(self.outcome, later.outcome)
        mine, other = self.outcome, later.outcome
        is_lost = mine.reason is Reason.DIVERGED and other.reason.converged
        if is_lost or other.best.value < mine.best.value or not math.isfinite(mine.best.value):
            return later._replace(outcome=whole._replace(best=other.best))
        return self._replace(outcome=whole._replace(best=mine.best, reason=mine.reason))


class Runaway:
    """Says of each state whether it is far out without the value falling any more.

    Parameters
    ----------
    start : ndarray of shape (n,)
    """

    def __init__(self, start: np.ndarray):
        self._far = FAR * max(float(np.linalg.norm(start)), 1.0)
        self._values: list[float] = []

    def __call__(self, state: State) -> Reason | None:
        """Return why to end, or None."""
        self._values.append(state.value)
        if len(self._values) <= LONG or not np.linalg.norm(state.point) > self._far:
            return None
        return Reason.DIVERGED if state.value > self._values[-1 - LONG] / 2 else None


@dataclass(frozen=True)
class Search:
    """Runs of solvers, which leave saddles behind."""

    objective: Objective
    box: Box | None
    present: Callable[[np.ndarray], Any]
    callback: Callable[[Record], Any] | None
    progress: bool | None

    def best_of(self, attempts: Sequence[Attempt], max_iterations: int | None) -> Found:
        """Return which solver found the best point, what was found, and the curvature there."""
        best: Found | None = None
        start = self.objective.packing.vector
        for attempt in attempts:
            used = 0 if best is None else best.outcome.iterations + 1
            limit = _limit(attempt, attempt is attempts[-1], used, max_iterations)
            if best is not None and limit <= 0:
                break
            watch = Runaway(start) if len(attempts) > 1 else None
            found = self._from(attempt, start, limit, watch)
            best = found if best is None else best.joined(found)
            if found.outcome.reason not in POOR:
                break
        assert best is not None
        if best.outcome.reason is not Reason.DIVERGED:
            return best
        (attempt,) = (each for each in attempts if each.name == best.name)  # no other way is better: go on with this
        limit = _limit(attempt, True, best.outcome.iterations + 1, max_iterations)
        return best.joined(self._from(attempt, best.outcome.best.point, limit, None)) if limit > 0 else best

    def by_least_squares(self, f: Summed, method: str, max_iterations: int | None) -> Found:
        """Return what `least_squares` finds for the residuals."""
        objective, packing, box = self.objective, self.objective.packing, self.box
        result = least_squares(
            lambda x: f.residuals(x, objective.args), packing.unravel(packing.vector),
            method=LEAST_SQUARES[method], max_iterations=max_iterations, callback=self.callback,
            bounds=None if box is None else (packing.unravel(box.lower), packing.unravel(box.upper)),
            progress=self.progress,
        )  # fmt: skip
        for kind, count in asdict(result.evaluations).items():
            objective.counter.add(kind, count)
        at = objective.at(packing.matched(result.solution, "the solution"))
        place = Place(point=at.x, value=at.value, measure=math.nan, length=math.nan, at=at, first=math.nan)
        outcome = Outcome(place, place, result.reason, result.iterations, result.history)
        return Found(method, outcome, self._curvature(outcome))

    def _from(
        self, attempt: Attempt, start: np.ndarray, limit: int, watch: Callable[[State], Reason | None] | None
    ) -> Found:
        """Return what a solver finds from a point, and the curvature there."""
        if attempt.solver is None:
            return self.by_least_squares(Summed(self.objective.f), attempt.name, limit)
        outcome = self._run(attempt.solver, start, limit, watch)
        for _ in range(ESCAPES):
            curvature = self._curvature(outcome)
            if curvature is None or curvature.lowest >= 0 or curvature.kind in (Kind.MINIMUM, Kind.FLAT):
                return Found(attempt.name, outcome, curvature)
            beside = self._beside(outcome.best, curvature) if self.box is None else None
            left = limit - outcome.iterations
            if beside is None or left <= 0:
                return Found(attempt.name, outcome._replace(reason=Reason.SADDLE), curvature)
            outcome = _joined(outcome, self._run(attempt.solver, beside, left, watch))
        return Found(attempt.name, outcome._replace(reason=Reason.SADDLE), self._curvature(outcome))

    def _run(
        self, solver: Any, start: np.ndarray, limit: int, watch: Callable[[State], Reason | None] | None
    ) -> Outcome:
        return run(
            solver, self.objective, start, max_iterations=limit, present=self.present, callback=self.callback,
            progress=self.progress, watch=watch,
        )  # fmt: skip

    def _curvature(self, outcome: Outcome) -> Curvature | None:
        """Return the curvature at the best point, of the variables that no bound holds."""
        place = outcome.best
        if not outcome.reason.converged or not math.isfinite(place.value):
            return None
        size = place.point.size
        free = np.ones(size, bool) if self.box is None else self.box.inside(place.point)
        if not free.any():
            return None
        if size > DENSE:
            return curvature_along(lambda v: np.where(free, place.at.hvp(np.where(free, v, 0.0)), 0.0), size)
        hessian = place.at.hessian if place.hessian is None else place.hessian
        return curvature_of(hessian[np.ix_(free, free)])

    def _beside(self, place: Any, curvature: Curvature) -> np.ndarray | None:
        """Return a point where the value is smaller, along negative curvature; None if there is none."""
        direction = curvature.direction
        if float(place.at.gradient @ direction) > 0:
            direction = -direction
        length = 0.1 * max(float(np.linalg.norm(place.point)), 1.0)
        for _ in range(10):
            for way in (direction, -direction):
                at = self.objective.at(place.point + length * way)
                if at.value < place.value + curvature.lowest * length**2 / 8:
                    return at.x
            length /= 4
        return None


def _limit(attempt: Attempt, is_last: bool, used: int, max_iterations: int | None) -> int:
    """Return how many iterations an attempt is given; the last one all that are left."""
    if max_iterations is None:
        return attempt.limit
    return max_iterations - used if is_last else min(attempt.limit, max_iterations - used)


def _joined(first: Outcome, second: Outcome) -> Outcome:
    """Return two runs as one."""
    shift = first.iterations + 1
    later = tuple(record._replace(iteration=record.iteration + shift) for record in second.history)
    best = second.best if second.best.value <= first.best.value else first.best
    return second._replace(best=best, iterations=second.iterations + shift, history=(*first.history, *later))


@dataclass(frozen=True)
class Summed:
    """A function that may return residuals, as a sum of squares."""

    function: Callable[..., Any]

    def __call__(self, *args: Any) -> Any:
        """Return a number."""
        out = self.function(*args)
        return out if np.size(out) == 1 else np.sum(out**2)

    def residuals(self, x: Any, args: Sequence[Any]) -> Any:
        """Return the residuals, or those of a sum of squares.

        Raises
        ------
        StructureError
            If it is none.
        """
        out = self.function(x, *args)
        if not isinstance(out, Tensor) or out.size != 1:
            return out
        found = residuals_in(out, [leaf.node for leaf in flatten(x)[0]])
        if found is None:
            raise StructureError(
                "minimize: this method is for sums of squares, and the function returned a number that is not recorded "
                "as one. Return the residuals, or use another method."
            )
        return found
