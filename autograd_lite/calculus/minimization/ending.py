"""When a method of second order ends, and what all of them do with a step that failed."""

from __future__ import annotations

import math

import numpy as np

from autograd_lite.calculus.minimization.subproblem import Step
from autograd_lite.calculus.objective import Evaluated
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import State

#: Predicted reductions below this part of the value at the start (of 1, if that is larger) are nothing. It counts only
#: where the value tends to zero: elsewhere round-off of the value ends the iterations first.
NOTHING = 1e-22

#: A last step that moves no element by more than this part of the largest is not worth an evaluation.
STILL = 1e-11


def floor_of(epsilon: float, value: float, scale: float) -> float:
    """Return the predicted reduction below which a value cannot be made smaller."""
    return epsilon * abs(value) / 2 + NOTHING * min(1.0, scale)


def ends_by_value(
    epsilon: float, state: State, ahead: Step, decrement: float, scale: float, is_polished: bool
) -> Reason | None:
    """Return why to end where the step ahead promises nothing that the value could show, or None to go on.

    Parameters
    ----------
    epsilon : float
        The unit round-off of the point.
    state : State
    ahead : Step
    decrement : float
        By how much the model could fall without a limit on the step.
    scale : float
        The size of the value at the start.
    is_polished : bool
        Whether a last step was tried.
    """
    floor = floor_of(epsilon, state.value, scale)
    moves = np.max(np.abs(ahead.vector)) > epsilon * np.max(np.abs(state.point))
    if ahead.reduction > floor and moves:
        return None
    if decrement > max(1e-8 * abs(state.value), 1e8 * floor):
        return Reason.NO_PROGRESS
    if is_polished or not np.max(np.abs(ahead.vector)) > STILL * np.max(np.abs(state.point)):
        return Reason.CONVERGED if ahead.is_inside else Reason.PRECISION
    return None


def is_finite(at: Evaluated) -> bool:
    """Say whether value, gradient and Hessian are finite; derivatives are asked for only if the value is."""
    return bool(math.isfinite(at.value) and np.all(np.isfinite(at.gradient)) and np.all(np.isfinite(at.hessian)))


def shrunk(value: float, trial: float, slope: float) -> float:
    """Return by what to multiply the length of a step that failed: to a parabola's minimum, between 0.1 and 0.5."""
    bend = trial - value - slope
    if not math.isfinite(bend):
        return 0.1
    return min(max(-slope / (2 * bend), 0.1), 0.5) if bend > 0 else 0.25
