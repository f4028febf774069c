"""What Gauss-Newton, Newton and gradient descent share: a direction, and a step along it that the cost agrees with.

Steps are halved, or shortened to the minimum of an interpolating parabola, until the cost falls by a part of what the
slope promises (L. Armijo, 1966; J. Nocedal, S. Wright, *Numerical Optimization*, 2nd ed., algorithm 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from autograd_lite.calculus.fitting.factors import Factors
from autograd_lite.calculus.fitting.levenberg_marquardt import free_parameters, relative_offset, round_off
from autograd_lite.calculus.fitting.problem import Point, Problem
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import State

_ARMIJO = 1e-4
_SHORTEST = 1e-16


@dataclass(frozen=True)
class Spot(State):
    """A point with its linearised residuals.

    Attributes
    ----------
    where : Point
    residuals, jacobian : ndarray
        Scaled by the loss; the Jacobian of the free parameters only.
    free : ndarray of int
    weighted : ndarray
        The residuals, weighted by the loss: what the Hessians of the residuals are summed with.
    rate : float
        The step length, as a multiple of the direction, that was taken last.
    stuck : bool
        Whether no step along the last direction was better.
    """

    where: Point
    residuals: np.ndarray
    jacobian: np.ndarray
    free: np.ndarray
    weighted: np.ndarray
    rate: float = 1.0
    stuck: bool = False


@dataclass(frozen=True)
class Descent:
    """A method that goes along a direction of descent.

    Parameters
    ----------
    tolerance : float
        The relative offset (see `LevenbergMarquardt`) at which to stop.
    """

    tolerance: float = 3e-2

    def direction(self, state: Spot) -> np.ndarray:
        """Return the direction of the free parameters, of shape (k,)."""
        raise NotImplementedError

    def first_rate(self, state: Spot) -> float:
        """Return the multiple of the direction that is tried first."""
        return 1.0

    def init(self, problem: Problem, point: np.ndarray) -> Spot:
        """Return the start."""
        return spot(problem, problem.at(point), np.nan, 1.0)

    def done(self, problem: Problem, state: Spot) -> Reason | None:
        """Return why to stop here, if there is a reason."""
        if not np.isfinite(state.value) or not np.all(np.isfinite(state.jacobian)):
            return Reason.NOT_FINITE_AT_START
        rounding = round_off(state.jacobian, state.point[state.free])
        if state.measure <= self.tolerance or state.value <= rounding:
            return Reason.CONVERGED
        return Reason.NO_PROGRESS if state.stuck else None

    def step(self, problem: Problem, state: Spot) -> Spot:
        """Return the next point along the direction."""
        direction = np.zeros(problem.size)
        direction[state.free] = self.direction(state)
        slope = float((state.jacobian.T @ state.residuals) @ direction[state.free]) * 2.0
        if not np.all(np.isfinite(direction)) or not slope < 0.0:
            return _stuck(state)
        rate = self.first_rate(state)
        while rate > _SHORTEST:
            trial = problem.inside(state.point + rate * direction)
            if np.array_equal(trial, state.point):
                break
            where = problem.at(trial)
            cost = where.cost
            if cost <= state.value + _ARMIJO * rate * slope and np.all(np.isfinite(where.jacobian)):
                return spot(problem, where, float(np.linalg.norm(trial - state.point)), rate)
            risen = cost - state.value - rate * slope
            shorter = -slope * rate / (2.0 * risen) if np.isfinite(risen) and risen > 0.0 else 0.1
            rate *= float(np.clip(shorter, 0.1, 0.5))
        return _stuck(state)


def spot(problem: Problem, where: Point, length: float, rate: float) -> Spot:
    """Return the state at a point."""
    residuals, jacobian = problem.loss.scaled(where.residuals, where.jacobian)
    finite = np.isfinite(where.cost) and bool(np.all(np.isfinite(jacobian)))
    free = free_parameters(problem, where.x, jacobian, residuals) if finite else np.arange(problem.size)
    jacobian = jacobian[:, free]
    measure = relative_offset(Factors(jacobian, residuals, norms(jacobian)), residuals) if finite else np.nan
    weighted = problem.loss.weights(where.residuals) * where.residuals if finite else residuals
    return Spot(where.x, where.cost, measure, length, where, residuals, jacobian, free, weighted, rate)


def norms(jacobian: np.ndarray) -> np.ndarray:
    """Return the norms of the columns, 1 for those that vanish."""
    lengths = np.sqrt(np.einsum("ij,ij->j", jacobian, jacobian))
    return np.where(lengths > 0.0, lengths, 1.0)


def _stuck(state: Spot) -> Spot:
    return replace(state, length=0.0, stuck=True)
