"""Newton's method on the conditions of Lagrange, in a trust region.

A step has two parts (R. Byrd 1987, E. Omojokun 1989; J. Nocedal & S. Wright, *Numerical Optimization*, 2nd ed., 2006,
algorithm 18.4): one towards the constraints, -J⁺c, and one along them, in the null space of J, that makes the quadratic
model of the Lagrangian small. Both come from the singular values of J, so that constraints that depend on each other do
no harm. The merit is f + ν‖c‖; a step that it refuses because constraints curve away (N. Maratos 1978) is corrected to
second order once (section 18.3 there). Near the solution full steps are Newton's, and converge quadratically.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace

import numpy as np

from autograd_lite.calculus.minimization.subproblem import Quadratic
from autograd_lite.calculus.multipliers.constrained import Constrained, Place
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import State

_EPSILON = float(np.finfo(float).eps)

#: The part of the radius that the step towards the constraints may take.
_NORMAL = 0.8

#: The share of the predicted fall of the merit that is wanted of a step, and that which lets the radius grow.
_ENOUGH, _GOOD = 1e-4, 0.7

#: The share of the promised fall of ‖c‖ that the merit's prediction must contain.
_FEASIBLE_SHARE = 0.3

#: The radius, relative to the start, beyond which it runs away.
_FAR = 1e9

#: So many steps without coming nearer to the constraints, and there is no way.
_STALLED = 25

#: A fall of the function that is not worth a step.
_NEGLIGIBLE = 1e-14

#: Gradients of constraints shorter than this, or as nearly dependent, are looked at more closely at the end.
_WEAK = 1e-4

#: What is left of the penalty after an iteration that does not need it, and the least one; less where the constraints
#: are so many times steeper than the function, as in other units.
_FORGETTING, _LEAST_PENALTY, _STEEP = 0.5, 1e-3, 1e4


class Linearization:
    """The singular values of the constraints' Jacobian, and what they give.

    Parameters
    ----------
    jacobian : ndarray of shape (m, n)

    Attributes
    ----------
    rank : int
    least : float
        The smallest singular value, of gradients of length one.
    along : ndarray of shape (n, n - rank)
        An orthonormal basis of the null space: the directions along the constraints.
    """

    def __init__(self, jacobian: np.ndarray):
        lengths = np.linalg.norm(jacobian, axis=1)
        self._lengths = np.where(lengths > 0, lengths, 1.0)
        self._left, self._values, right = np.linalg.svd(jacobian / self._lengths[:, None])
        largest = float(self._values[0]) if self._values.size else 0.0
        self.rank = int(np.sum(self._values > 1e-9 * max(jacobian.shape) * largest)) if largest else 0
        self.least = float(self._values[-1]) if self._values.size else 1.0
        self._right = right[: self.rank].T
        self.along = right[self.rank :].T

    def towards(self, residual: np.ndarray) -> np.ndarray:
        """Return the shortest step s with J s = -c, in the least-squares sense."""
        k = self.rank
        return -self._right @ ((self._left[:, :k].T @ (residual / self._lengths)) / self._values[:k])

    def multipliers(self, gradient: np.ndarray) -> np.ndarray:
        """Return the least-squares solution λ of Jᵀ λ = ∇f, the shortest where there are several."""
        k = self.rank
        return (self._left[:, :k] @ ((self._right.T @ gradient) / self._values[:k])) / self._lengths


@dataclass(frozen=True)
class SqpState(State):
    """Where the method is.

    Attributes
    ----------
    at : Place
    radius : float
    penalty : float
        ν
    scale : float
        The length of the start, at least 1.
    stalled : int
        How many steps, one after another, came no nearer to the constraints.
    verdict : Reason or None
    """

    at: Place
    radius: float
    penalty: float = 1.0
    scale: float = 1.0
    stalled: int = 0
    verdict: Reason | None = None

    @functools.cached_property
    def linear(self) -> Linearization:
        """The constraints to first order."""
        return Linearization(self.at.jacobian)

    @functools.cached_property
    def multipliers(self) -> np.ndarray:
        """λ, of shape (m,)."""
        return self.linear.multipliers(self.at.gradient)

    @functools.cached_property
    def slope(self) -> float:
        """The largest element of ∇f - Jᵀλ, relative to those of ∇f where they are large."""
        rest = self.at.gradient - self.at.jacobian.T @ self.multipliers
        scale = max(1.0, float(np.max(np.abs(self.at.gradient), initial=0.0)))
        return float(np.max(np.abs(rest), initial=0.0)) / scale

    @property
    def merit(self) -> float:
        """How far from the constraints and, where they hold, the function."""
        if not self.at.is_finite:
            return math.inf
        return self.at.value + max(self.penalty, 10.0 * float(np.max(np.abs(self.multipliers), initial=0.0))) * (
            self.at.infeasibility
        )


@dataclass(frozen=True)
class TrustRegionSqp:
    """Newton's method on the Lagrangian's conditions, in a trust region.

    Parameters
    ----------
    tolerance : float
        It ends where the gradient of the Lagrangian, relative to that of f, is smaller, and the constraints, relative
        to the terms that they are made of, are.
    """

    tolerance: float = 1e-9

    def init(self, problem: Constrained, point: np.ndarray) -> SqpState:
        """Start."""
        at = problem.at(point)
        scale = max(1.0, float(np.linalg.norm(point)))
        return self._state(at, math.nan, scale, 0.0, scale)

    def _state(self, at: Place, length: float, radius: float, penalty: float, scale: float) -> SqpState:
        state = SqpState(at.x, at.value, math.inf, length, at, radius, penalty, scale)
        if not at.is_finite or not np.isfinite(at.jacobian).all() or not np.isfinite(at.gradient).all():
            return replace(state, verdict=Reason.NOT_FINITE_AT_START)
        return replace(state, measure=max(state.slope, at.infeasibility))

    def done(self, problem: Constrained, state: SqpState) -> Reason | None:
        """End where the conditions of Lagrange hold, or where a step has found nothing to do."""
        del problem
        if state.verdict is not None:
            return state.verdict
        if not state.length > 0:
            return None  # the start, or where a step was refused, may be a maximum or a saddle: curvatures will tell
        holds = state.slope <= self.tolerance and self._is_feasible(state)
        return Reason.CONVERGED if holds and self._is_settled(state) else None

    def _is_feasible(self, state: SqpState) -> bool:
        terms = np.abs(state.at.jacobian) @ np.abs(state.at.x)
        return bool(np.all(np.abs(state.at.residual) <= 1e-2 * self.tolerance * np.maximum(1.0, terms)))

    def _is_settled(self, state: SqpState) -> bool:
        """Return whether meeting the constraints exactly would change the function by nothing, to first order λ·c.

        Where their gradients vanish or become dependent at the solution, multipliers grow without limit: for
        (x² + y² - 1)² = 0 they are 10⁵ where the constraint is 10⁻¹¹, and x still 10⁻⁶ away.
        """
        at = state.at
        rounding = 1e3 * _EPSILON * (np.abs(at.jacobian) @ np.abs(at.x))
        change = float(np.abs(state.multipliers) @ np.maximum(0.0, np.abs(at.residual) - rounding))
        return change <= self.tolerance * max(1.0, abs(at.value))

    def step(self, problem: Constrained, state: SqpState) -> SqpState:
        """Take a step, or make the region smaller."""
        at, linear = state.at, state.linear
        curvature = at.hessian(state.multipliers)
        if not np.isfinite(curvature).all():
            return replace(state, verdict=Reason.NOT_FINITE)
        towards = self._towards(at, linear, state.radius)
        step, fall = self._along(at, linear, curvature, towards, state.radius)
        promised = at.infeasibility - float(np.linalg.norm(at.residual + at.jacobian @ step))
        if state.stalled >= _STALLED:
            return self._stuck(problem, state)
        if promised < 1e-4 * at.infeasibility and not self._is_feasible(state):
            escaped = self._escaped(problem, state)
            if escaped is not None:
                return escaped
        penalty = _penalty(state, fall, promised)
        predicted = fall + penalty * promised
        length = float(np.linalg.norm(step))
        if length <= _EPSILON * float(np.linalg.norm(at.x)) or not predicted > 0:
            return self._stuck(problem, state)
        is_flat = predicted <= _NEGLIGIBLE * max(1.0, abs(at.value))  # as a power of four or six is
        if is_flat and state.slope <= 10 * self.tolerance and self._is_feasible(state):
            return replace(state, verdict=Reason.CONVERGED)
        trial = problem.at(at.x + step)
        share = _share(at, trial, penalty, predicted)
        if share < _ENOUGH and trial.is_finite:
            corrected = problem.at(trial.x + linear.towards(trial.residual))
            better = _share(at, corrected, penalty, predicted)
            if better >= _ENOUGH:
                trial, share = corrected, better
        radius = _radius(state.radius, length, share)
        if share >= _ENOUGH:
            following = self._state(trial, length, radius, penalty, state.scale)
            stalled = state.stalled + 1 if trial.infeasibility > 0.999 * at.infeasibility else 0
            following = replace(following, stalled=0 if self._is_feasible(following) else stalled)
            if radius > _FAR * state.scale:
                is_near = self._is_feasible(following)
                return replace(following, verdict=Reason.UNBOUNDED if is_near else Reason.INFEASIBLE)
            return following
        if radius <= _EPSILON * max(float(np.linalg.norm(at.x)), 1e-100):
            return self._stuck(problem, state)
        return replace(state, radius=radius, penalty=penalty, length=0.0)

    def _towards(self, at: Place, linear: Linearization, radius: float) -> np.ndarray:
        step = linear.towards(at.residual)
        if np.linalg.norm(step) <= _NORMAL * radius:
            return step
        model = Quadratic(at.jacobian.T @ at.residual, at.jacobian.T @ at.jacobian)
        return model.within(_NORMAL * radius).vector

    def _along(
        self, at: Place, linear: Linearization, curvature: np.ndarray, towards: np.ndarray, radius: float
    ) -> tuple[np.ndarray, float]:
        """Return the whole step, and how far the model of the Lagrangian falls with it."""
        basis, step = linear.along, towards
        if basis.shape[1]:
            left = math.sqrt(max(radius**2 - float(towards @ towards), (0.1 * radius) ** 2))
            slope = basis.T @ (at.gradient + curvature @ towards)
            step = towards + basis @ Quadratic(slope, basis.T @ curvature @ basis).within(left).vector
        return step, -float(at.gradient @ step + 0.5 * step @ curvature @ step)

    def _stuck(self, problem: Constrained, state: SqpState) -> SqpState:
        """Say why there is no step: at a solution up to round-off, or where ‖c‖ cannot be made smaller."""
        at = state.at
        if np.all(np.abs(at.residual) <= 1e3 * _EPSILON * np.maximum(1.0, np.abs(at.jacobian) @ np.abs(at.x))):
            if state.slope <= 1e3 * self.tolerance:
                return replace(state, verdict=Reason.PRECISION if self._is_settled(state) else Reason.RANK_DEFICIENT)
            is_whole = state.linear.rank == min(at.jacobian.shape)
            return replace(state, verdict=Reason.NO_PROGRESS if is_whole else Reason.RANK_DEFICIENT)
        escaped = self._escaped(problem, state)
        if escaped is not None:
            return escaped
        reason = Reason.RANK_DEFICIENT if state.linear.rank < min(at.jacobian.shape) else Reason.INFEASIBLE
        return replace(state, verdict=reason)

    def _escaped(self, problem: Constrained, state: SqpState) -> SqpState | None:
        """Leave a saddle of ‖c‖, which the Hessian of ‖c‖²/2 tells from a valley, along its negative curvature."""
        at = state.at
        bent = at.jacobian.T @ at.jacobian + at.hessian(-at.residual, of_function=False)
        values, vectors = np.linalg.eigh(bent)
        if not values[0] < -1e-6 * max(abs(values[0]), abs(values[-1])):
            return None
        size = max(1.0, float(np.linalg.norm(at.x)))
        for length in (1.0, -1.0, 0.1, -0.1, 1e-2, -1e-2):
            trial = problem.at(at.x + length * size * vectors[:, 0])
            if trial.is_finite and trial.infeasibility < (1 - 1e-6) * at.infeasibility:
                return self._state(trial, abs(length) * size, size, 0.0, state.scale)
        return None


def is_qualified(state: SqpState) -> bool:
    """Return whether the constraints' gradients are independent at a solution, and not only on the way to it.

    They are not where a combination u·c has so small a gradient that its curvature makes that vanish, or turn, within
    1e-7 of x. Dependence at the point itself is not meant: the rank tells it.
    """
    jacobian, linear = state.at.jacobian, state.linear
    lengths = np.linalg.norm(jacobian, axis=1)
    if not lengths.size or linear.rank < lengths.size or min(linear.least, float(lengths.min())) > _WEAK:
        return True
    near = 1e-7 * float(np.linalg.norm(state.at.x))
    for scales in (lengths, np.ones_like(lengths)):
        left, values, _ = np.linalg.svd(jacobian / scales[:, None])
        bent = state.at.hessian(left[:, lengths.size - 1] / scales, of_function=False)
        if float(np.linalg.norm(bent, 2)) * near > float(values[-1]):
            return False
    return True


def _penalty(state: SqpState, fall: float, promised: float) -> float:
    """Return ν: more than the multipliers, and enough that coming nearer to the constraints makes the merit fall.

    A penalty that was once large makes the method creep along curved constraints, so it is forgotten by and by.
    """
    steepness = float(np.linalg.norm(state.at.gradient)) / max(float(np.linalg.norm(state.at.jacobian)), 1e-300)
    least = _LEAST_PENALTY * min(1.0, _STEEP * steepness)
    penalty = max(_FORGETTING * state.penalty, 1.5 * float(np.linalg.norm(state.multipliers)), least)
    if promised <= 0 or fall + penalty * promised >= _FEASIBLE_SHARE * penalty * promised:
        return penalty
    return 1.2 * (-fall / ((1 - _FEASIBLE_SHARE) * promised))


def _share(at: Place, trial: Place, penalty: float, predicted: float) -> float:
    """Return the fall of the merit over the predicted one; where both are round-off, that of the infeasibility."""
    if not trial.is_finite:
        return -math.inf
    fall = at.value - trial.value + penalty * (at.infeasibility - trial.infeasibility)
    noise = 10 * _EPSILON * (abs(at.value) + penalty * at.infeasibility + 1e-300)
    return 1.0 if predicted <= noise and abs(fall) <= 10 * noise else fall / predicted


def _radius(radius: float, length: float, share: float) -> float:
    if share < _ENOUGH or share != share:
        return 0.25 * min(radius, length)
    if share < 0.1:
        return 0.5 * min(radius, 2 * length)
    return max(radius, 3 * length) if share >= _GOOD else radius
