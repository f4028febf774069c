"""Newton's method in a trust region for many variables: products with the Hessian, by conjugate gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from autograd_lite.calculus.minimization.ending import ends_by_value, floor_of, shrunk
from autograd_lite.calculus.minimization.subproblem import Step, truncated_conjugate_gradient
from autograd_lite.calculus.objective import Evaluated, Objective
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import State

#: The part of the predicted reduction that a step must reach.
ACCEPTED = 1e-4

#: Conjugate gradients end when the residual is this part of the gradient, or a smaller one as the gradient falls.
FORCING = 0.5


@dataclass(frozen=True)
class Place(State):
    """A point, with the step ahead.

    Attributes
    ----------
    at : Evaluated
    ahead : Step or None
        None where derivatives are not finite.
    radius : float
    scale : float
        The size of the value at the start.
    first : float
        The length of the gradient at the start.
    """

    at: Evaluated
    ahead: Step | None
    radius: float
    scale: float
    first: float

    @property
    def hessian(self) -> np.ndarray | None:
        """None: it is not computed."""
        return None


@dataclass(frozen=True)
class NewtonCG:
    """Newton's method in a trust region by truncated conjugate gradients (Steihaug).

    A step that fails is shortened along its line until the value falls, which costs values only (J. Nocedal & Y. Yuan,
    *Combining trust region and line search techniques*, in Advances in Nonlinear Programming, 1998).

    Parameters
    ----------
    tolerance : float
        It ends where no element of the gradient is larger; 0: where the value cannot be made smaller.
    """

    tolerance: float = 0.0

    def init(self, problem: Objective, point: np.ndarray) -> Place:
        """Return the first state."""
        problem.curved = True
        at = problem.at(point)
        if not (math.isfinite(at.value) and np.all(np.isfinite(at.gradient))):
            return Place(point, at.value, math.nan, math.nan, at, None, 1.0, 1.0, 1.0)
        first = float(np.linalg.norm(at.gradient))
        radius = max(float(np.linalg.norm(point)), 1.0)
        return self._stepped(Place(point, at.value, math.nan, math.nan, at, None, radius, abs(at.value), first))

    def done(self, problem: Objective, state: Place) -> Reason | None:
        """Return why to end."""
        if state.ahead is None:
            return Reason.NOT_FINITE_AT_START
        if state.measure <= self.tolerance:
            return Reason.CONVERGED
        if state.value < -1e30 * max(1.0, state.scale):
            return Reason.UNBOUNDED
        size = float(np.linalg.norm(state.at.gradient))
        decrement = state.ahead.reduction if state.ahead.is_inside else size * state.ahead.length
        return ends_by_value(problem.packing.epsilon, state, state.ahead, decrement, state.scale, True)

    def step(self, problem: Objective, state: Place) -> Place:
        """Return the next state."""
        ahead = state.ahead
        assert ahead is not None
        slope = float(state.at.gradient @ ahead.vector)
        part, floor = 1.0, floor_of(problem.packing.epsilon, state.value, state.scale)
        while True:
            trial = problem.at(state.point + part * ahead.vector)
            wanted = ahead.reduction if part == 1.0 else -part * slope
            ratio = (state.value - trial.value) / wanted if math.isfinite(trial.value) else -math.inf
            if ratio > ACCEPTED and np.all(np.isfinite(trial.gradient)):
                break
            part *= shrunk(state.value, trial.value, part * slope)
            if wanted <= floor:
                return self._stepped(replace(state, radius=part * ahead.length, length=0.0))
        radius = state.radius
        if part < 1:
            radius = part * ahead.length
        elif ratio < 0.25:
            radius = ahead.length / 2
        elif ratio > 0.75:
            radius = max(radius, 2 * ahead.length)
        return self._stepped(
            replace(state, point=trial.x, value=trial.value, length=part * ahead.length, at=trial, radius=radius)
        )

    def _stepped(self, place: Place) -> Place:
        gradient = place.at.gradient
        size = float(np.linalg.norm(gradient))
        measure = float(np.max(np.abs(gradient)))
        tolerance = min(FORCING, math.sqrt(size / place.first)) if place.first > 0 else FORCING
        ahead = truncated_conjugate_gradient(place.at.hvp, gradient, place.radius, tolerance, 2 * gradient.size + 10)
        return replace(place, ahead=ahead, measure=measure)
