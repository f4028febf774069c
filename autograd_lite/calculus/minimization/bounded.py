"""Minimization in a box: a trust-region Newton method that projects, and projected gradients for many variables.

A point is stationary in a box if the projected gradient x - P(x - g) vanishes, P being the projection onto the box:
the gradient is zero in the free variables and points outwards in the others.
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


@dataclass(frozen=True, eq=False)
class Box:
    """Bounds of a flat vector.

    Attributes
    ----------
    lower, upper : ndarray of shape (n,)
        Infinite where there is none.
    """

    lower: np.ndarray
    upper: np.ndarray

    def projected(self, x: np.ndarray) -> np.ndarray:
        """Return the nearest point in the box."""
        return np.minimum(np.maximum(x, self.lower), self.upper)

    def free(self, x: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Say of each variable whether it is not held at a bound by the gradient."""
        return ~(((x <= self.lower) & (gradient > 0)) | ((x >= self.upper) & (gradient < 0)))

    def inside(self, x: np.ndarray) -> np.ndarray:
        """Say of each variable whether it is at no bound."""
        return (x > self.lower) & (x < self.upper)

    def measure(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """Return the largest element of the projected gradient."""
        return float(np.max(np.abs(x - self.projected(x - gradient))))


@dataclass(frozen=True, kw_only=True)
class BoxPlace(State):
    """A point in the box, with the step ahead.

    Attributes
    ----------
    at : Evaluated
    ahead : Step or None
        None where derivatives are not finite.
    decrement : float
        By how much the model of the free variables could fall.
    is_convex : bool
        Whether that model is convex.
    radius, scale : float
        Of the trust region, and the size of the value at the start.
    is_polished : bool
        Whether a last step, that the value is too coarse to judge, was tried.
    """

    at: Evaluated
    ahead: Step | None = None
    decrement: float = math.nan
    is_convex: bool = True
    radius: float
    scale: float
    is_polished: bool = False

    @property
    def hessian(self) -> np.ndarray | None:
        """The Hessian, if it is finite."""
        return None if self.ahead is None else self.at.hessian


@dataclass(frozen=True)
class ProjectedNewton:
    """Newton's method in a trust region on the variables that no bound holds; steps out of the box are bent into it.

    D. P. Bertsekas, *Projected Newton methods for optimization problems with simple constraints*, SIAM J. Control
    Optim. 20(2), 1982. Variables whose step would leave the box are fixed at its bound one set after another, and the
    rest of the model is minimized again.

    Parameters
    ----------
    box : Box
        Replaced by that of ``minimize(bounds=...)``.
    tolerance : float
        It ends where no element of the projected gradient is larger; 0: where the value cannot be made smaller.
    """

    box: Box
    tolerance: float = 0.0

    def init(self, problem: Objective, point: np.ndarray) -> BoxPlace:
        """Return the first state, at the nearest point in the box."""
        problem.curved = True
        point = self.box.projected(point)
        at = problem.at(point)
        radius = max(float(np.linalg.norm(point)), 1.0)
        place = BoxPlace(
            point=point, value=at.value, measure=math.nan, length=math.nan, at=at, radius=radius, scale=abs(at.value)
        )
        return self._stepped(place) if is_finite(at) else place

    def done(self, problem: Objective, state: BoxPlace) -> Reason | None:
        """Return why to end."""
        if state.ahead is None:
            return Reason.NOT_FINITE_AT_START
        if state.measure <= self.tolerance and state.is_convex:
            return Reason.CONVERGED
        if state.value < -1e30 * max(1.0, state.scale):
            return Reason.UNBOUNDED
        return ends_by_value(
            problem.packing.epsilon, state, state.ahead, state.decrement, state.scale, state.is_polished
        )

    def step(self, problem: Objective, state: BoxPlace) -> BoxPlace:
        """Return the next state."""
        ahead = state.ahead
        assert ahead is not None
        trial = problem.at(self.box.projected(state.point + ahead.vector))
        if ahead.reduction <= floor_of(problem.packing.epsilon, state.value, state.scale):
            is_better = trial.value <= state.value * (1 + 8 * problem.packing.epsilon * np.sign(state.value))
            if is_better and is_finite(trial) and self.box.measure(trial.x, trial.gradient) < state.measure:
                return replace(self._moved(state, trial, ahead.length, state.radius), is_polished=True)
            return replace(state, is_polished=True, length=0.0)
        ratio = (state.value - trial.value) / ahead.reduction if math.isfinite(trial.value) else -math.inf
        radius = state.radius
        if ratio < 0.25:
            slope = float(state.at.gradient @ ahead.vector)
            radius = min(radius, shrunk(state.value, trial.value, slope) * ahead.length)
        elif ratio > 0.75:
            radius = max(radius, 2 * ahead.length)
        if ratio > ACCEPTED and is_finite(trial):
            return self._moved(state, trial, ahead.length, radius)
        return self._stepped(replace(state, radius=min(radius, ahead.length / 4), length=0.0))

    def _moved(self, state: BoxPlace, trial: Evaluated, length: float, radius: float) -> BoxPlace:
        return self._stepped(
            replace(state, point=trial.x, value=trial.value, length=length, at=trial, radius=radius, is_polished=False)
        )

    def _stepped(self, place: BoxPlace) -> BoxPlace:
        x, gradient, hessian = place.point, place.at.gradient, place.at.hessian
        measure = self.box.measure(x, gradient)
        free = self.box.free(x, gradient)
        if not free.any():
            return replace(place, measure=measure, decrement=0.0, ahead=Step(np.zeros_like(x), 0.0, 0.0, True))
        vector, fixed = np.zeros_like(x), ~free
        decrement, is_inside, is_convex = math.nan, True, True
        for _ in range(x.size):
            model = Quadratic(
                (gradient + hessian @ np.where(fixed, vector, 0))[~fixed], hessian[np.ix_(~fixed, ~fixed)]
            )
            step = model.within(place.radius)
            if math.isnan(decrement):
                decrement, is_convex = model.decrement, model.is_convex
            vector[~fixed], is_inside = step.vector, step.is_inside
            bent = self.box.projected(x + vector) - x
            leaving = ~fixed & (np.abs(bent - vector) > 0)
            vector = bent
            fixed = fixed | leaving
            if not leaving.any() or fixed.all():
                break
        reduction = -float(gradient @ vector + vector @ hessian @ vector / 2)
        slope = float(gradient @ vector)
        if not (reduction > 0 and slope <= 0):  # bent too much: along the projected gradient instead
            vector, reduction = self._cauchy(x, gradient, hessian, place.radius)
            is_inside = False
        ahead = Step(vector, float(np.linalg.norm(vector)), reduction, is_inside)
        return replace(place, measure=measure, decrement=decrement, is_convex=is_convex, ahead=ahead)

    def _cauchy(
        self, x: np.ndarray, gradient: np.ndarray, hessian: np.ndarray, radius: float
    ) -> tuple[np.ndarray, float]:
        """Return a step along the projected gradient that lowers the model, and by how much."""
        rate = radius / max(float(np.linalg.norm(gradient)), np.finfo(float).tiny)
        for _ in range(100):
            vector = self.box.projected(x - rate * gradient) - x
            reduction = -float(gradient @ vector + vector @ hessian @ vector / 2)
            if reduction >= -ACCEPTED * float(gradient @ vector):
                return vector, reduction
            rate /= 2
        return np.zeros_like(x), 0.0


@dataclass(frozen=True)
class ProjectedGradient:
    """Spectral projected gradients: for many variables in a box.

    E. G. Birgin, J. M. Martínez & M. Raydan, *Nonmonotone spectral projected gradient methods on convex sets*, SIAM J.
    Optim. 10(4), 2000, algorithm SPG2: steps of the Barzilai-Borwein length are projected, and the value must come
    below the largest of the last ten.

    Parameters
    ----------
    box : Box
        Replaced by that of ``minimize(bounds=...)``.
    tolerance : float, optional
        It ends where no element of the projected gradient is larger; by default 1e-8 of the largest at the start.
    """

    box: Box
    tolerance: float | None = None

    def init(self, problem: Objective, point: np.ndarray) -> SpectralPlace:
        """Return the first state, at the nearest point in the box."""
        problem.curved = False
        point = self.box.projected(point)
        at = problem.at(point)
        measure = self.box.measure(point, at.gradient) if math.isfinite(at.value) else math.nan
        rate = 0.01 * max(float(np.max(np.abs(point))), 1.0) / measure if measure > 0 else 1.0
        return SpectralPlace(
            point=point, value=at.value, measure=measure, length=math.nan, at=at, rate=rate, recent=(at.value,),
            first=measure,
        )  # fmt: skip

    def done(self, problem: Objective, state: SpectralPlace) -> Reason | None:
        """Return why to end."""
        if not math.isfinite(state.first):
            return Reason.NOT_FINITE_AT_START
        if state.value < -1e30:
            return Reason.UNBOUNDED
        if state.measure <= (1e-8 * state.first if self.tolerance is None else self.tolerance):
            return Reason.CONVERGED
        if state.is_stuck:
            return Reason.PRECISION if state.measure <= 1e-6 * state.first else Reason.NO_PROGRESS
        return None

    def step(self, problem: Objective, state: SpectralPlace) -> SpectralPlace:
        """Return the next state."""
        x, gradient = state.point, state.at.gradient
        direction = self.box.projected(x - state.rate * gradient) - x
        slope = float(gradient @ direction)
        ceiling, t = max(state.recent), 1.0
        for _ in range(60):
            at = problem.at(x + t * direction)
            if at.value <= ceiling + ACCEPTED * t * slope and np.all(np.isfinite(at.gradient)):
                break
            t *= shrunk(state.value, at.value, t * slope)
        else:
            return replace(state, is_stuck=True, length=0.0)
        s, y = at.x - x, at.gradient - gradient
        along = float(s @ y)
        rate = min(max(float(s @ s) / along, 1e-30), 1e30) if along > 0 else min(10 * state.rate, 1e30)
        return replace(
            state, point=at.x, value=at.value, measure=self.box.measure(at.x, at.gradient), at=at, rate=rate,
            length=float(np.linalg.norm(s)), recent=(*state.recent, at.value)[-10:], is_stuck=not np.any(s),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SpectralPlace(State):
    """A point in the box, with what the next projected gradient needs.

    Attributes
    ----------
    at : Evaluated
    rate : float
        How many gradients to go.
    recent : tuple of float
        The last values.
    first : float
        The largest element of the projected gradient at the start.
    is_stuck : bool
        Whether no step lowered the value.
    """

    at: Evaluated
    rate: float
    recent: tuple[float, ...]
    first: float
    is_stuck: bool = False

    @property
    def hessian(self) -> np.ndarray | None:
        """None: it is not computed."""
        return None
