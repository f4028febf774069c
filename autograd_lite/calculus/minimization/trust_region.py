"""Newton's method in a trust region, with the whole Hessian: for some hundred variables at most.

The step is the exact minimum of the quadratic model in a ball (`subproblem.Quadratic`), which also leaves saddles along
negative curvature. Steps may lead uphill for a while: in a curved valley the full Newton step leaves the floor, the
value rises a little, and the next step falls back to the floor further on. Such an excursion is given a few steps to
come out below where it began; if it does not, it is taken back and the radius reduced, so that the method converges as
the monotone one does (the watchdog of R. M. Chamberlain, M. J. D. Powell, C. Lemarechal & H. C. Pedersen, Math.
Programming Study 16, 1982; its use in trust regions: A. R. Conn, N. I. M. Gould & P. L. Toint, *Trust-Region Methods*,
SIAM 2000, section 10.1). On the 35 problems of Moré, Garbow and Hillstrom that saves a third of the evaluations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from autograd_lite.calculus.minimization.ending import ends_by_value, floor_of, is_finite, shrunk
from autograd_lite.calculus.minimization.subproblem import Quadratic, Step
from autograd_lite.calculus.objective import Evaluated, Objective
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import State

#: The part of the predicted reduction that a step must reach.
ACCEPTED = 1e-4


@dataclass(frozen=True)
class Place(State):
    """A point with its quadratic model.

    Attributes
    ----------
    at : Evaluated
    model : Quadratic or None
        None where derivatives are not finite.
    ahead : Step or None
        The minimum of the model within the radius.
    radius : float
    recent : tuple of float
        Values of the last points that were accepted.
    scale : float
        The size of the value at the start.
    is_polished : bool
        Whether a last step, that the value is too coarse to judge, was tried.
    base : Place or None
        Where the excursion began, if this is one, with the radius to go back with.
    wanted : float
        Below what the excursion must come.
    strayed : int
        How many steps of it were made.
    """

    at: Evaluated
    model: Quadratic | None
    ahead: Step | None
    radius: float
    recent: tuple[float, ...]
    scale: float
    is_polished: bool = False
    base: Place | None = None
    wanted: float = -math.inf
    strayed: int = 0

    @property
    def hessian(self) -> np.ndarray | None:
        """The Hessian, if it is finite."""
        return None if self.model is None else self.at.hessian


@dataclass(frozen=True)
class TrustRegion:
    """Newton's method in a trust region.

    The value may rise for up to ``patience`` steps, an excursion that is taken back if it comes to nothing. Its points
    are in the history, so that values there need not fall from one iteration to the next; the result is the best point.

    Parameters
    ----------
    tolerance : float
        It ends where no element of the gradient is larger; 0: where the value cannot be made smaller.
    memory : int
        An excursion may not rise above the largest of so many of the last values.
    patience : int
        How many steps it may take; 0 makes the method monotone.
    """

    tolerance: float = 0.0
    memory: int = 10
    patience: int = 2

    def init(self, problem: Objective, point: np.ndarray) -> Place:
        """Return the first state."""
        problem.curved = True
        at = problem.at(point)
        place = Place(
            point, at.value, math.nan, math.nan, at, None, None, max(float(np.linalg.norm(point)), 1.0), (at.value,),
            abs(at.value),
        )  # fmt: skip
        return self._modelled(place) or place

    def done(self, problem: Objective, state: Place) -> Reason | None:
        """Return why to end."""
        if state.model is None or state.ahead is None:
            return Reason.NOT_FINITE_AT_START
        if state.base is not None:
            return None
        if state.measure <= self.tolerance and state.model.is_convex:
            return Reason.CONVERGED
        if state.value < -1e30 * max(1.0, state.scale):
            return Reason.UNBOUNDED
        return ends_by_value(
            problem.packing.epsilon, state, state.ahead, state.model.decrement, state.scale, state.is_polished
        )

    def step(self, problem: Objective, state: Place) -> Place:
        """Return the next state."""
        ahead = state.ahead
        assert ahead is not None
        epsilon = problem.packing.epsilon
        if ahead.reduction <= floor_of(epsilon, state.value, state.scale):
            return state.base if state.base is not None else self._polished(problem, state, ahead)
        trial = problem.at(state.point + ahead.vector)
        ratio = (state.value - trial.value) / ahead.reduction if math.isfinite(trial.value) else -math.inf
        slope = float(state.at.gradient @ ahead.vector)
        radius = state.radius
        if ratio < 0.25:
            radius = shrunk(state.value, trial.value, slope) * ahead.length
        elif ratio > 0.75:
            radius = max(radius, 2 * ahead.length)
        if state.base is None:
            return self._from_base(state, trial, ratio, radius, ahead)
        if trial.value <= state.wanted:
            made = self._moved(state, trial, state.radius if ratio <= 0.75 else radius, ahead.length)
            if made is not None:
                return made
        elif state.strayed < self.patience and trial.value < max(state.recent) and ratio > ACCEPTED:
            made = self._moved(state, trial, radius, ahead.length, state.base, state.wanted, state.strayed + 1)
            if made is not None:
                return made
        return state.base

    def _from_base(self, state: Place, trial: Evaluated, ratio: float, radius: float, ahead: Step) -> Place:
        smaller = self._modelled(replace(state, radius=radius, length=0.0))
        assert smaller is not None
        if ratio > ACCEPTED:
            made = self._moved(state, trial, radius, ahead.length)
        elif self.patience and trial.value < max(state.recent):
            wanted = state.value - ACCEPTED * ahead.reduction
            made = self._moved(state, trial, state.radius, ahead.length, smaller, wanted, 1)
        else:
            made = None
        if made is None and ratio > ACCEPTED:  # its derivatives are not finite
            made = self._modelled(replace(state, radius=ahead.length / 4, length=0.0))
        return smaller if made is None else made

    def _moved(
        self, state: Place, trial: Evaluated, radius: float, length: float,
        base: Place | None = None, wanted: float = -math.inf, strayed: int = 0,
    ) -> Place | None:  # fmt: skip
        recent = state.recent if base is not None else (*state.recent, trial.value)[-self.memory :]
        return self._modelled(
            Place(trial.x, trial.value, math.nan, length, trial, None, None, radius, recent, state.scale, False, base,
                  wanted, strayed)
        )  # fmt: skip

    def _modelled(self, place: Place) -> Place | None:
        """Return the place with its model and the step ahead, or None if a derivative is not finite."""
        model = place.model
        if model is None:
            if not is_finite(place.at):
                return None
            model = Quadratic(place.at.gradient, place.at.hessian)
        measure = float(np.max(np.abs(place.at.gradient)))
        return replace(place, model=model, measure=measure, ahead=model.within(place.radius))

    def _polished(self, problem: Objective, state: Place, ahead: Step) -> Place:
        """Return the place after a last step, if that makes the gradient smaller."""
        trial = problem.at(state.point + ahead.vector)
        slack = 8 * problem.packing.epsilon * abs(state.value)
        if trial.value <= state.value + slack and np.max(np.abs(trial.gradient)) < state.measure:
            made = self._moved(state, trial, state.radius, ahead.length)
            if made is not None:
                return replace(made, is_polished=True)
        return replace(state, is_polished=True, length=0.0)
