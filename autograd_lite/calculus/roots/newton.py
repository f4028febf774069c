"""Newton's and Halley's methods as the textbooks have them: no safeguards, and a name for each kind of failure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.roots.points import Point, ScalarProblem
from autograd_lite.calculus.solving import State

#: The longest cycle that is noticed.
_LONGEST_CYCLE = 8

#: An iterate that is so many times farther out than the start runs away.
_FAR = 1e12


@dataclass(frozen=True)
class NewtonState(State):
    """Where plain Newton is.

    Attributes
    ----------
    at : Point
    trail : tuple of float
        The last iterates, the newest first.
    start : float
    """

    at: Point
    trail: tuple[float, ...] = ()
    start: float = 0.0

    @property
    def merit(self) -> float:
        """|f|."""
        return self.at.size


@dataclass(frozen=True)
class Newton:
    """x ← x - f/f' (I. Newton 1669, J. Raphson 1690), or Halley's x ← x - 2ff'/(2f'² - ff'').

    Parameters
    ----------
    tolerance : float
        It ends when the step, relative to the root, is smaller.
    halley : bool
    """

    tolerance: float
    halley: bool = False

    def init(self, problem: ScalarProblem, point: np.ndarray) -> NewtonState:
        """Start."""
        at = problem.at(float(point[0]))
        return NewtonState(np.array([at.x]), at.f, at.size, math.nan, at, (at.x,), at.x)

    def step(self, problem: ScalarProblem, state: NewtonState) -> NewtonState:
        """Take a full step."""
        step = self._step(state.at)
        at = problem.at(state.at.x + step)
        trail = (at.x, *state.trail[: 2 * _LONGEST_CYCLE])
        return replace(state, point=np.array([at.x]), value=at.f, measure=at.size, length=abs(step), at=at, trail=trail)

    def done(self, problem: ScalarProblem, state: NewtonState) -> Reason | None:
        """End at a root, or where the method has failed."""
        del problem
        at = state.at
        if at.f == 0:
            return Reason.CONVERGED
        if not at.is_finite:
            return Reason.NOT_FINITE_AT_START if len(state.trail) == 1 else Reason.NOT_FINITE
        step = self._step(at)
        if not math.isfinite(step):
            return Reason.ZERO_DERIVATIVE
        if abs(step) <= self.tolerance * abs(at.x):
            return Reason.CONVERGED
        if abs(at.x) > _FAR * max(1.0, abs(state.start)):
            return Reason.DIVERGED
        return self._repetition(state)

    def _step(self, at: Point) -> float:
        return at.halley_step() if self.halley else at.newton_step()

    def _repetition(self, state: NewtonState) -> Reason | None:
        """Return what it means if the last iterates were twice the same, some steps apart; None if they were not.

        Iterates that nearly repeat themselves while they are close together get nearer to a multiple root, slowly.
        """
        trail = state.trail
        for period in range(1, _LONGEST_CYCLE + 1):
            once, twice = trail[:period], trail[period : 2 * period]
            if once == twice:
                return Reason.CYCLE if _spread(once) > 1e-14 else Reason.PRECISION
            if (
                len(twice) == period
                and _spread(once) > 1e-6
                and all(_spread(pair) <= 1e-13 for pair in zip(once, twice, strict=True))
            ):
                return Reason.CYCLE
        return None


def _spread(points: tuple[float, ...]) -> float:
    """Return how far apart points are, relative to the largest."""
    return (max(points) - min(points)) / (max(map(abs, points)) or 1.0)
