"""Sums of squares by tensor-Newton: each residual is replaced by its quadratic Taylor polynomial, and not the sum.

The model of f(x + s) = Σ rᵢ(x + s)² is Σ (rᵢ + Jᵢ s + s·Rᵢ s / 2)², a quartic that follows curved valleys, where
Gauss-Newton takes the residuals and Newton the sum to be without curvature of higher order. Its minimum in a ball is
found by adding σ s·s, with Newton's method in a trust region of its own, and without evaluating f (N. I. M. Gould,
T. Rees & J. A. Scott, *Convergence and evaluation-complexity analysis of a regularized tensor-Newton method for solving
nonlinear least-squares problems*, Comput. Optim. Appl. 73(1), 2019; here the length of the step is limited, and σ
follows from that). An iteration takes a value, a Jacobian and the second derivatives of the residuals. On the problems
of Moré, Garbow and Hillstrom it takes a third of the evaluations of Newton's method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from autograd_lite.calculus.minimization.ending import ends_by_value, floor_of, shrunk
from autograd_lite.calculus.minimization.squares import Squares, squares_of
from autograd_lite.calculus.minimization.subproblem import Quadratic, Step
from autograd_lite.calculus.objective import Evaluated, Objective
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import State

#: The part of the predicted reduction that a step must reach.
ACCEPTED = 1e-4

#: By what the radius exceeds a step that the model foretold well.
GROWTH = 3.0

#: Iterations spent on one minimum of a model, and how many values of σ are tried; neither costs an evaluation.
INNER_ITERATIONS, DAMPINGS = 60, 40


class Quartic:
    """The model Σ (rᵢ + Jᵢ s + s·Rᵢ s / 2)² as a function of the step s.

    Parameters
    ----------
    squares : Squares
    """

    def __init__(self, squares: Squares):
        self.values, self.jacobian, self.hessians = squares.values, squares.jacobian, squares.hessians
        self.value = float(self.values @ self.values)

    @property
    def is_finite(self) -> bool:
        """Whether values and derivatives are."""
        return all(bool(np.all(np.isfinite(part))) for part in (self.values, self.jacobian, self.hessians))

    def at(self, s: np.ndarray) -> float:
        """Return the value at a step."""
        residuals = self.values + self.jacobian @ s + (self.hessians @ s) @ s / 2
        return float(residuals @ residuals)

    def expanded(self, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the gradient and the Hessian at a step."""
        bent = self.hessians @ s
        residuals = self.values + self.jacobian @ s + bent @ s / 2
        jacobian = self.jacobian + bent
        hessian = jacobian.T @ jacobian + np.tensordot(residuals, self.hessians, 1)
        return 2 * (jacobian.T @ residuals), hessian + hessian.T

    def within(self, radius: float, damping: float) -> tuple[Step, float]:
        """Return the step to a minimum of the model that is no longer than a radius, and its σ.

        Parameters
        ----------
        radius : float
        damping : float
            The σ of an earlier step, from which the search begins if the model's own minimum is too far.
        """
        s = self.minimum(0.0)
        size = float(np.linalg.norm(s))
        if size <= radius:
            return Step(s, size, self.value - self.at(s), True), damping
        damping = max(damping, 1e-3 * (self.value - self.at(s)) / size**2, np.finfo(float).tiny)
        low, high = 0.0, math.inf  # of σ: steps too long, and short enough
        for _ in range(DAMPINGS):
            s = self.minimum(damping)
            size = float(np.linalg.norm(s))
            if size > radius:
                low = damping
            else:
                high = damping
                if size >= radius / 2 or low > 0.5 * high:  # the path of minima may jump
                    break
            damping = low * 10 if math.isinf(high) else high / 10 if low == 0 else math.sqrt(low * high)
        return Step(s, size, self.value - self.at(s), False), damping

    def minimum(self, damping: float) -> np.ndarray:
        """Return the step that minimizes the model with σ s·s added, going down from s = 0."""
        s = np.zeros(self.jacobian.shape[1])
        value = self.value
        identity = 2 * damping * np.eye(s.size)
        model = self._damped(s, damping, identity)
        radius = 1e3 * model.reach or 1.0
        for _ in range(INNER_ITERATIONS):
            step = model.within(radius)
            if not step.reduction > 1e-15 * value:
                break
            trial = s + step.vector
            trial_value = self.at(trial) + damping * float(trial @ trial)
            ratio = (value - trial_value) / step.reduction if math.isfinite(trial_value) else -1.0
            if ratio < 0.25:
                radius = step.length / 4
            elif ratio > 0.75:
                radius = max(radius, 3 * step.length)
            if ratio > ACCEPTED:
                s, value = trial, trial_value
                model = self._damped(s, damping, identity)
        return s

    def _damped(self, s: np.ndarray, damping: float, identity: np.ndarray) -> Quadratic:
        gradient, hessian = self.expanded(s)
        return Quadratic(gradient + 2 * damping * s, hessian + identity)


@dataclass(frozen=True)
class Place(State):
    """A point with its quartic model.

    Attributes
    ----------
    at : Evaluated
    model : Quartic or None
        None where the function is no sum of squares, or derivatives are not finite.
    ahead : Step or None
        The step of the model.
    quadratic : Quadratic or None
        The model of second order.
    damping : float
        σ of the last step whose length was limited.
    radius : float
        The most the next step may have; infinite until one fails.
    scale : float
        The size of the value at the start.
    is_polished : bool
        Whether a last step, that the value is too coarse to judge, was tried.
    """

    at: Evaluated
    model: Quartic | None
    ahead: Step | None
    quadratic: Quadratic | None
    damping: float
    radius: float
    scale: float
    is_polished: bool = False

    @property
    def hessian(self) -> np.ndarray | None:
        """The Hessian of the sum, which costs nothing more."""
        return None if self.model is None else self.model.expanded(np.zeros_like(self.point))[1]


@dataclass(frozen=True)
class TensorNewton:
    """Tensor-Newton for sums of squares.

    Parameters
    ----------
    tolerance : float
        It ends where no element of the gradient is larger; 0: where the value cannot be made smaller.
    """

    tolerance: float = 0.0

    def init(self, problem: Objective, point: np.ndarray) -> Place:
        """Return the first state."""
        at = problem.at(point)
        place = Place(point, at.value, math.nan, math.nan, at, None, None, None, 0.0, math.inf, abs(at.value))
        made = self._modelled(place) if math.isfinite(at.value) else None
        return place if made is None else self._stepped(made)

    def done(self, problem: Objective, state: Place) -> Reason | None:
        """Return why to end."""
        if state.quadratic is None or state.ahead is None:
            return Reason.NOT_FINITE_AT_START
        if state.measure <= self.tolerance and state.quadratic.is_convex:
            return Reason.CONVERGED
        decrement = state.quadratic.decrement
        return ends_by_value(4 * problem.packing.epsilon, state, state.ahead, decrement, state.scale, state.is_polished)

    def step(self, problem: Objective, state: Place) -> Place:
        """Return the next state."""
        ahead, epsilon = state.ahead, 4 * problem.packing.epsilon
        assert ahead is not None
        trial = problem.at(state.point + ahead.vector)
        if ahead.reduction <= floor_of(epsilon, state.value, state.scale):
            return self._polished(state, trial, ahead, epsilon)
        ratio = (state.value - trial.value) / ahead.reduction if math.isfinite(trial.value) else -math.inf
        if ratio > ACCEPTED:
            radius = ahead.length / 2 if ratio < 0.25 else state.radius
            made = self._moved(
                state, trial, ahead.length, max(radius, GROWTH * ahead.length) if ratio > 0.75 else radius
            )
            if made is not None:
                return made
        slope = -2 * ahead.reduction  # as if the model were a parabola
        return self._stepped(replace(state, radius=shrunk(state.value, trial.value, slope) * ahead.length, length=0.0))

    def _moved(self, state: Place, trial: Evaluated, length: float, radius: float) -> Place | None:
        place = Place(
            trial.x, trial.value, math.nan, length, trial, None, None, None, state.damping, radius, state.scale
        )
        made = self._modelled(place)
        return None if made is None else self._stepped(made)

    def _modelled(self, place: Place) -> Place | None:
        """Return the place with its model, or None if there is none."""
        squares = squares_of(place.at)
        if squares is None:
            return None
        model = Quartic(squares)
        if not model.is_finite:
            return None
        gradient, hessian = model.expanded(np.zeros_like(place.point))
        quadratic = Quadratic(gradient, hessian)
        return replace(place, model=model, measure=float(np.max(np.abs(gradient))), quadratic=quadratic)

    def _stepped(self, place: Place) -> Place:
        """Return the place with the step ahead."""
        model = place.model
        assert model is not None
        ahead, damping = model.within(place.radius, place.damping / 100)
        return replace(place, ahead=ahead, damping=damping)

    def _polished(self, state: Place, trial: Evaluated, ahead: Step, epsilon: float) -> Place:
        """Return the place after a last step, if that makes the gradient smaller."""
        if trial.value <= state.value + 2 * epsilon * abs(state.value):
            made = self._moved(state, trial, ahead.length, state.radius)
            if made is not None and made.measure < state.measure:
                return replace(made, is_polished=True)
        return replace(state, is_polished=True, length=0.0)
