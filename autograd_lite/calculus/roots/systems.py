"""Newton's method for systems F(x) = 0, damped, and helped by least squares where it stalls.

Newton's step solves J s = -F, in the least-squares sense where J is singular, and is shortened until ‖F‖ falls (P.
Deuflhard, *Newton Methods for Nonlinear Problems*, Springer 2004, section 3.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from autograd_lite.calculus.objective import EvaluatedResiduals, Residuals
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import State

#: ‖F‖ must fall by this share of what the linear model promises.
_SHARE = 1e-4

_HALVINGS = 40

#: So many steps one after another that lower ‖F‖ by less than a hundredth, and it creeps along a singular J.
_CREEPING = 8

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True)
class SystemState(State):
    """Where Newton's method for a system is.

    Attributes
    ----------
    at : EvaluatedResiduals
    verdict : Reason or None
    slow : int
        How many steps one after another lowered ‖F‖ by less than a hundredth.
    """

    at: EvaluatedResiduals
    verdict: Reason | None = None
    slow: int = 0

    @property
    def merit(self) -> float:
        """‖F‖."""
        return self.value


def size_of(at: EvaluatedResiduals) -> float:
    """Return ‖F‖, infinite where an element is not finite."""
    norm = float(np.linalg.norm(at.values))
    return norm if math.isfinite(norm) else math.inf


@dataclass(frozen=True)
class DampedNewton:
    """Newton's method with steps that are shortened until ‖F‖ falls.

    Parameters
    ----------
    tolerance : float
        It ends when the step, relative to the solution, is smaller.
    full : bool
        Whether always to take the whole step.
    epsilon : float
        The unit round-off of the numbers that F is given.
    """

    tolerance: float
    full: bool = False
    epsilon: float = _EPSILON

    def init(self, problem: Residuals, point: np.ndarray) -> SystemState:
        """Start."""
        at = problem.at(point)
        return self._state(point, at, math.nan)

    def _state(self, point: np.ndarray, at: EvaluatedResiduals, length: float) -> SystemState:
        measure = float(np.max(np.abs(at.values), initial=0.0))
        return SystemState(point, size_of(at), measure, length, at)

    def step(self, problem: Residuals, state: SystemState) -> SystemState:
        """Take a step, or say that there is none."""
        jacobian = state.at.jacobian
        if not np.isfinite(jacobian).all():
            return replace(state, verdict=Reason.NOT_FINITE)
        # Columns of unit length, so that variables of different scales do not make J look singular.
        scale = np.linalg.norm(jacobian, axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        step = np.linalg.lstsq(jacobian / scale, -state.at.values, rcond=_EPSILON * max(jacobian.shape))[0] / scale
        length = float(np.linalg.norm(step))
        if length <= self.tolerance * float(np.linalg.norm(state.point)):
            at = problem.at(state.point + step)
            better = size_of(at) < state.value
            last = self._state(state.point + step, at, length) if better else state
            return replace(last, verdict=self._ending(last))
        fraction = 1.0
        for _ in range(1 if self.full else _HALVINGS):
            point = state.point + fraction * step
            at = problem.at(point)
            if self.full or size_of(at) <= (1 - _SHARE * fraction) * state.value:
                following = self._state(point, at, fraction * length)
                slow = state.slow + 1 if following.value > 0.99 * state.value else 0
                is_stuck = slow >= _CREEPING and not self.full
                return replace(following, slow=slow, verdict=self._ending(following) if is_stuck else None)
            fraction *= 0.5 if size_of(at) < math.inf else 0.25
        return replace(state, verdict=self._ending(state))

    def _ending(self, state: SystemState) -> Reason:
        """Tell a root, up to the round-off that the size of J x lets expect, from a place where ‖F‖ is stuck."""
        noise = 1e3 * self.epsilon * float(np.linalg.norm(np.abs(state.at.jacobian) @ np.abs(state.point)))
        return Reason.CONVERGED if state.value <= noise else Reason.NO_ROOT

    def done(self, problem: Residuals, state: SystemState) -> Reason | None:
        """End at a root, or where a step found nothing to do."""
        del problem
        if state.value == 0:
            return Reason.CONVERGED
        if not math.isfinite(state.value):
            return Reason.NOT_FINITE_AT_START if math.isnan(state.length) else Reason.NOT_FINITE
        return state.verdict
