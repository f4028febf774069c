"""Levenberg-Marquardt as a trust region: scaled, projected onto bounds, with the linear parameters eliminated.

The radius bounds ‖D δ‖, where D holds the largest norm that each column of the Jacobian has had, so that the method
does not depend on the parameters' units (J. Moré, *The Levenberg-Marquardt algorithm: implementation and theory*,
1978). Parameters in which the residuals are affine are solved for at each trial point (`factors`). A step may be bent
by its second-order correction, the geodesic acceleration (M. Transtrum, J. Sethna, *Improvements to the
Levenberg-Marquardt algorithm for nonlinear least-squares minimization*, 2012), with exact second derivatives along
the step, swept from the recorded run and not from a further one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.factors import Factors
from autograd_lite.calculus.fitting.problem import Point, Problem
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import State


@dataclass(frozen=True)
class Place(State):
    """A point with its linearised residuals, and the radius within which they are trusted.

    Attributes
    ----------
    where : Point
        The run that the derivatives come from; the linear parameters may have been solved for since.
    residuals, jacobian : ndarray
        Scaled by the loss.
    free : ndarray of int
        The parameters that may move: not those held by a bound.
    factors : Factors
        Of the free columns.
    scale : ndarray of shape (m,)
    radius : float
    ratio : float
        Of the last trial: how much the cost fell, by how much it should have.
    stuck : bool
        Whether the last trial could not change the cost any more.
    """

    where: Point
    residuals: np.ndarray
    jacobian: np.ndarray
    free: np.ndarray
    factors: Factors
    scale: np.ndarray
    radius: float
    ratio: float = 1.0
    stuck: bool = False


@dataclass(frozen=True)
class LevenbergMarquardt:
    """The method and its constants.

    Parameters
    ----------
    tolerance : float
        The relative offset, the part of the residuals that a linear model could still take away (D. Bates, D. Watts,
        Technometrics 23, 1981), at which to stop: a polish takes over there.
    factor : float
        The first radius, as a multiple of ‖D p‖.
    bend : float
        The largest ratio of a second-order correction to a step with which it is applied; 0 for none.
    bend_below : float
        Steps are bent only where the last trial gave less than this part of what it promised: elsewhere the correction
        saves a tenth of the trials, and costs more than they do.
    eliminate : bool
        Whether to solve for the parameters that enter linearly.
    """

    tolerance: float = 3e-2
    factor: float = 0.3
    bend: float = 0.75
    bend_below: float = 0.25
    eliminate: bool = True

    def init(self, problem: Problem, point: np.ndarray) -> Place:
        """Return the start, with the linear parameters solved for."""
        where = problem.at(point)
        place = self._placed(problem, where, np.zeros(problem.size), 0.0, np.nan)
        if np.isfinite(place.value) and place.factors.eliminated:
            place = self._settled(problem, place, None)
        length = _damped_length(place)
        return replace(place, radius=self.factor * (length if length > 0.0 else 1.0))

    def done(self, problem: Problem, state: Place) -> Reason | None:
        """Return why to stop here, if there is a reason."""
        if not np.isfinite(state.value) or not np.all(np.isfinite(state.jacobian)):
            return Reason.NOT_FINITE_AT_START
        if state.measure <= self.tolerance or state.value <= round_off(state.jacobian, state.point):
            return Reason.CONVERGED
        if state.stuck:
            return Reason.PRECISION
        if state.radius <= 1e-16 * _damped_length(state):
            return Reason.NO_PROGRESS
        return None

    def step(self, problem: Problem, state: Place) -> Place:
        """Try one step; return where it led, or the same place with a smaller radius."""
        factors = state.factors
        free_step, length, damping = factors.damped(state.radius)
        step = np.zeros(problem.size)
        step[state.free] = free_step
        if state.ratio < self.bend_below and self.bend > 0.0 and problem.loss.is_linear:
            step = step + self._acceleration(state, step, length, damping)
        if problem.is_bounded:
            step = _along_bounds(problem, state, step)
        trial = problem.inside(state.point + step)
        moved = trial - state.point
        expected = factors.change(moved[state.free] if problem.is_bounded else free_step)
        where = problem.at(trial)
        place, cost = None, where.cost
        # Where no linear parameters are left to be solved for, a trial that is worse needs no derivatives.
        if np.isfinite(cost) and (cost <= state.value or self._eliminates(problem, where)):
            place = self._placed(problem, where, state.scale, state.radius, float(np.linalg.norm(moved)))
            if np.isfinite(place.value) and place.factors.eliminated:
                place = self._settled(problem, place, state)
            cost = place.value
        ratio = (state.value - cost) / expected if np.isfinite(cost) and expected > 0.0 else -1.0
        radius = _next_radius(state, ratio, cost, length, damping, expected)
        negligible = 0.0 <= expected <= 1e-14 * state.value
        if place is None or not (ratio > 1e-4 or (negligible and cost <= state.value)):
            return replace(state, radius=radius, ratio=ratio, stuck=negligible, length=float(np.linalg.norm(moved)))
        return replace(place, radius=radius, ratio=ratio, stuck=negligible)

    def _eliminates(self, problem: Problem, where: Point) -> bool:
        """Whether parameters that enter linearly may be solved for at a point."""
        return self.eliminate and bool(where.linear)

    def _placed(self, problem: Problem, where: Point, scale: np.ndarray, radius: float, length: float) -> Place:
        """Return a place: residuals linearised and factored there."""
        residuals, jacobian = problem.loss.scaled(where.residuals, where.jacobian)
        norms = np.sqrt(np.einsum("ij,ij->j", jacobian, jacobian))
        norms = np.where(np.isfinite(norms), norms, 0.0)
        scale = np.maximum(scale, norms)
        if not np.isfinite(where.cost) or not np.all(np.isfinite(jacobian)):
            hollow: Any = None
            return Place(
                where.x, np.nan, np.nan, length, where, residuals, jacobian, np.arange(0), hollow, scale, radius
            )
        free = free_parameters(problem, where.x, jacobian, residuals)
        linear = where.linear if self.eliminate and free.size == problem.size else ()
        steps = np.where(scale > 0.0, scale, 1.0)
        factors = Factors(jacobian[:, free] if problem.is_bounded else jacobian, residuals, steps[free], linear)
        measure = relative_offset(factors, residuals)
        return Place(where.x, where.cost, measure, length, where, residuals, jacobian, free, factors, scale, radius)

    def _settled(self, problem: Problem, place: Place, before: Place | None) -> Place:
        """Return a place with its linear parameters solved for; run anew where that changes the other columns much."""
        factors = place.factors
        linear = list(place.where.linear)
        step = factors.linear_step()
        point = place.point + step
        residuals = place.residuals + place.jacobian @ step
        value = float(residuals @ residuals)
        if before is not None and not value < before.value:
            return replace(place, value=value)  # it will be refused
        moved = np.abs(step * factors.scale).max() > 1e-2 * np.abs(point * factors.scale)[linear].max()
        if moved or factors.gain > 1e-2 * value:
            where = problem.at(point)
            if not np.isfinite(where.cost):
                return place
            scale = np.zeros_like(place.scale) if before is None else before.scale
            return self._placed(problem, where, scale, place.radius, place.length)
        measure = float(np.sqrt((factors.attainable - factors.gain) / max(value, np.finfo(float).tiny)))
        factors.settle()
        return replace(place, point=point, residuals=residuals, value=value, measure=measure)

    def _acceleration(self, state: Place, step: np.ndarray, length: float, damping: float) -> np.ndarray:
        """Return half the second-order correction of a step, or zeros where it is no small one."""
        second = state.where.second_along(step)
        bent = np.zeros_like(step)
        if not np.all(np.isfinite(second)):
            return bent
        correction = -0.5 * (state.jacobian[:, state.free].T @ second)
        bent[state.free] = state.factors.acceleration(correction, damping)
        ratio = 2.0 * float(np.linalg.norm(state.scale * bent)) / max(length, np.finfo(float).tiny)
        return bent if ratio <= self.bend else np.zeros_like(step)


def _along_bounds(problem: Problem, state: Place, step: np.ndarray) -> np.ndarray:
    """Return a step that ends on the bounds that it would cross, with the other parameters' steps solved for again."""
    held = np.ones(problem.size, bool)
    held[state.free] = False
    for _ in range(problem.size):
        trial = state.point + step
        crossed = ((trial < problem.lower) | (trial > problem.upper)) & ~held
        if not crossed.any():
            break
        held |= crossed
        step = problem.inside(trial) - state.point
        rest = np.flatnonzero(~held)
        if not rest.size:
            break
        moved = state.residuals + state.jacobian[:, held] @ step[held]
        scale = state.scale[rest]
        factors = Factors(state.jacobian[:, rest], moved, np.where(scale > 0.0, scale, 1.0))
        step[rest] = factors.damped(state.radius)[0]
    return step


def _damped_length(place: Place) -> float:
    """Return ‖D p‖ of the parameters that steps are damped in."""
    scaled = place.scale * place.point
    if place.factors is not None and place.factors.eliminated:
        scaled = scaled[place.factors.damped_positions]
    return float(np.linalg.norm(scaled))


def _next_radius(state: Place, ratio: float, cost: float, length: float, damping: float, expected: float) -> float:
    """Return the radius after a trial, by the rules of MINPACK's ``lmder`` with an interpolated reduction."""
    if ratio > 0.25:
        return max(state.radius, 2.0 * length) if ratio >= 0.75 or damping == 0.0 else state.radius
    if not np.isfinite(cost):
        return 0.1 * min(state.radius, length)
    risen = cost - state.value
    # The parabola through the cost at the start, its slope (at least the expected fall) and the cost at the trial.
    shrink = 0.5 if risen <= 0.0 else 0.5 * expected / (expected + 0.5 * risen)
    return float(np.clip(shrink, 0.25, 0.5)) * min(state.radius, 10.0 * length)


def relative_offset(factors: Factors, residuals: np.ndarray) -> float:
    """Return √(what the sum of squares could still fall by in the linear model / the sum of squares)."""
    total = float(residuals @ residuals)
    return float(np.sqrt(factors.attainable / total)) if total > 0.0 else 0.0


def round_off(jacobian: np.ndarray, x: np.ndarray) -> float:
    """Return the sum of squares that is no more than the rounding of a function of these parameters: Σ (2ε J xⱼ)²."""
    return float((2.0 * np.finfo(float).eps) ** 2 * np.einsum("ij,ij,j->", jacobian, jacobian, x * x))


def free_parameters(problem: Problem, x: np.ndarray, jacobian: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Return the parameters that are not held: at a bound, with the cost falling beyond it."""
    if not problem.is_bounded:
        return np.arange(problem.size)
    gradient = jacobian.T @ residuals
    held = ((x <= problem.lower) & (gradient >= 0.0)) | ((x >= problem.upper) & (gradient <= 0.0))
    return np.flatnonzero(~held)
