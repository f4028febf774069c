"""Sums of squares by tensor-Newton: each residual is replaced by its quadratic Taylor polynomial, and not the sum.

The model of f(x + s) = Σ rᵢ(x + s)² is Σ (rᵢ + Jᵢ s + s·Rᵢ s / 2)², a quartic that follows curved valleys, where
Gauss-Newton takes the residuals and Newton the sum to be without curvature of higher order (N. I. M. Gould, T. Rees &
J. A. Scott, *Convergence and evaluation-complexity analysis of a regularized tensor-Newton method for solving nonlinear
least-squares problems*, Comput. Optim. Appl. 73(1), 2019; they regularize it). Here the way down to its minimum, by
Newton's method and without evaluating f, is gone as far as the trust region reaches, as Steihaug's method goes its way.
An iteration takes a value, a Jacobian and the second derivatives of the residuals; on the problems of Moré, Garbow and
Hillstrom there are so few of them that it takes a quarter of the evaluations of Newton's method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from autograd_lite.calculus.minimization.ending import ends_by_value, floor_of, shrunk
from autograd_lite.calculus.minimization.squares import Squares, squares_of
from autograd_lite.calculus.minimization.subproblem import Quadratic, Step, to_boundary
from autograd_lite.calculus.objective import Evaluated, Objective
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import State

#: The part of the predicted reduction that a step must reach.
ACCEPTED = 1e-4

#: By what the radius exceeds a step that the model foretold well.
GROWTH = 3.0

#: Iterations spent on one model, which cost no evaluation: of Newton's method, and of Gauss-Newton after it.
INNER_ITERATIONS, LAST_ITERATIONS = 60, 8

#: The first radius, in units of the start's size (at least 1): almost none. Models without curvature in some direction
#: have their minimum at infinity.
FARTHEST = 1e8

#: The first step on the way down a model is no longer than this part of the radius.
FIRST = 0.2

#: Where the way down a model ends above this part of its value, it is gone once more in scaled variables.
FAR = 0.999


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

    def expanded(self, s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the gradient and the Hessian at a step, and the roots of the sizes of the curvatures."""
        bent = self.hessians @ s
        residuals = self.values + self.jacobian @ s + bent @ s / 2
        jacobian = self.jacobian + bent
        bending = np.tensordot(residuals, self.hessians, 1)
        squares = np.sum(jacobian**2, axis=0) + np.abs(np.diag(bending))
        hessian = jacobian.T @ jacobian + bending
        return 2 * (jacobian.T @ residuals), hessian + hessian.T, np.sqrt(np.where(squares > 0, squares, 1.0))

    def within(self, radius: float) -> Step:
        """Return the way down to a minimum of the model, as far as it is within a radius."""
        s, is_inside = self._descended(radius, False)
        value = self.at(s)
        if value > FAR * self.value:
            other, is_other_inside = self._descended(radius, True)
            if self.at(other) < value:
                s, value, is_inside = other, self.at(other), is_other_inside
        if is_inside and value > 1e-12 * self.value:
            other = self._finished(s, radius)
            if self.at(other) < 0.1 * value:
                s = other
        return Step(s, float(np.linalg.norm(s)), self.value - self.at(s), is_inside)

    def _descended(self, radius: float, is_scaled: bool) -> tuple[np.ndarray, bool]:
        """Return where Newton's method in a trust region of its own leads from s = 0, and whether within the radius."""
        s, value = np.zeros(self.jacobian.shape[1]), self.value
        gradient, hessian, scale = self.expanded(s)
        model = Quadratic(gradient, hessian, scale if is_scaled else None)
        inner = 10 * model.reach or 1.0
        inner = inner if is_scaled else min(inner, FIRST * radius)
        for _ in range(INNER_ITERATIONS):
            step = model.within(inner)
            if not step.reduction > 1e-15 * value:
                break
            vector, promised = step.vector, step.reduction
            leaves = float(np.linalg.norm(s + vector)) > radius
            if leaves:
                vector = to_boundary(s, vector, radius) * vector
                promised = -float(gradient @ vector + vector @ hessian @ vector / 2)
            trial = self.at(s + vector)
            ratio = (value - trial) / promised if math.isfinite(trial) and promised > 0 else -1.0
            if ratio < 0.25:
                inner = step.length / 4
            elif ratio > 0.75:
                inner = max(inner, 3 * step.length)
            if ratio > ACCEPTED:
                s, value = s + vector, trial
                if leaves:
                    return s, False
                gradient, hessian, scale = self.expanded(s)
                model = Quadratic(gradient, hessian, scale if is_scaled else None)
        return s, True

    def _finished(self, s: np.ndarray, radius: float) -> np.ndarray:
        """Return where Gauss-Newton leads from s: it does not square condition numbers, so it gets to zero."""
        value = self.at(s)
        for _ in range(LAST_ITERATIONS):
            bent = self.hessians @ s
            residuals = self.values + self.jacobian @ s + bent @ s / 2
            change = np.linalg.lstsq(self.jacobian + bent, -residuals, rcond=None)[0]
            for _ in range(4):
                trial = self.at(s + change)
                if np.linalg.norm(s + change) <= radius and trial < value:
                    break
                change = change / 4
            else:
                break
            s, value, before = s + change, trial, value
            if value > 0.999 * before:
                break
        return s


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
    radius : float
        The most the next step may have.
    scale : float
        The size of the value at the start.
    is_polished : bool
        Whether a last step, that the value is too coarse to judge, was tried.
    """

    at: Evaluated
    model: Quartic | None
    ahead: Step | None
    quadratic: Quadratic | None
    radius: float
    scale: float
    is_polished: bool = False

    @property
    def hessian(self) -> np.ndarray | None:
        """The Hessian of the sum, which costs nothing more."""
        return None if self.model is None else self.model.expanded(np.zeros_like(self.point))[1]


@dataclass(frozen=True)
class TensorNewton:
    """Tensor-Newton for sums of squares: each step minimizes the squares of the residuals' second-order expansions.

    ``method="auto"`` takes it where the recorded function is a sum of squares; sources are in the module.

    Parameters
    ----------
    tolerance : float
        It ends where no element of the gradient is larger; 0: where the value cannot be made smaller.
    """

    tolerance: float = 0.0

    def init(self, problem: Objective, point: np.ndarray) -> Place:
        """Return the first state."""
        at = problem.at(point)
        radius = FARTHEST * max(float(np.linalg.norm(point)), 1.0)
        place = Place(point, at.value, math.nan, math.nan, at, None, None, None, radius, abs(at.value))
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
        place = Place(trial.x, trial.value, math.nan, length, trial, None, None, None, radius, state.scale)
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
        gradient, hessian, scale = model.expanded(np.zeros_like(place.point))
        quadratic = Quadratic(gradient, hessian, scale)
        return replace(place, model=model, measure=float(np.max(np.abs(gradient))), quadratic=quadratic)

    def _stepped(self, place: Place) -> Place:
        """Return the place with the step ahead."""
        model = place.model
        assert model is not None
        return replace(place, ahead=model.within(place.radius))

    def _polished(self, state: Place, trial: Evaluated, ahead: Step, epsilon: float) -> Place:
        """Return the place after a last step, if that makes the gradient smaller."""
        if trial.value <= state.value + 2 * epsilon * abs(state.value):
            made = self._moved(state, trial, ahead.length, state.radius)
            if made is not None and made.measure < state.measure:
                return replace(made, is_polished=True)
        return replace(state, is_polished=True, length=0.0)
