"""What methods that look at values and gradients share: where they are, when they end, and their line searches."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_lite.calculus.minimization.line_search import C1, C2, Trial, strong_wolfe
from autograd_lite.calculus.objective import Evaluated, Objective
from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.solving import State

#: Where no tolerance is given, the gradient must become smaller than at the start by this factor.
RELATIVE = 1e-8


@dataclass(frozen=True, kw_only=True)
class Place(State):
    """A point with its gradient; methods add what they remember.

    Attributes
    ----------
    at : Evaluated
    first : float
        The largest element of the gradient at the start.
    is_stuck : bool
        Whether no step lowered the value.
    promise : float
        What the first step that was tried should have lowered it by.
    """

    at: Evaluated
    first: float
    is_stuck: bool = False
    promise: float = math.inf

    @property
    def hessian(self) -> np.ndarray | None:
        """None: these methods do not compute it."""
        return None


def begun(problem: Objective, point: np.ndarray, kind: Callable[..., Any], **more: Any) -> Any:
    """Return the first place, of a kind."""
    problem.curved = False
    at = problem.at(point)
    measure = measured(at)
    return kind(point=point, value=at.value, measure=measure, length=math.nan, at=at, first=measure, **more)


def measured(at: Evaluated) -> float:
    """Return the largest element of the gradient; NaN, without asking for it, where the value is not finite."""
    return float(np.max(np.abs(at.gradient))) if math.isfinite(at.value) else math.nan


def moved(place: Any, at: Evaluated, length: float, **more: Any) -> Any:
    """Return the place at another point."""
    return replace(
        place, point=at.x, value=at.value, measure=measured(at), length=length, at=at, is_stuck=False,
        promise=math.inf, **more,
    )  # fmt: skip


def ends(place: Place, tolerance: float | None, epsilon: float) -> Reason | None:
    """Return why to end, or None to go on."""
    if not math.isfinite(place.first):
        return Reason.NOT_FINITE_AT_START
    if place.value == -math.inf or place.value < -1e30:
        return Reason.UNBOUNDED
    if not (math.isfinite(place.value) and math.isfinite(place.measure)):
        return Reason.DIVERGED
    if place.measure <= (RELATIVE * place.first if tolerance is None else tolerance):
        return Reason.CONVERGED
    if place.is_stuck:
        is_round_off = place.promise <= 1e3 * epsilon * abs(place.value) or place.measure <= 1e-6 * place.first
        return Reason.PRECISION if is_round_off else Reason.NO_PROGRESS
    return None


def wolfe(
    problem: Objective, place: Place, direction: np.ndarray, length: float, curvature: float = C2
) -> tuple[Evaluated, float] | None:
    """Return what a search for the strong Wolfe conditions finds along a direction, and the length; None if nothing."""
    slope = float(place.at.gradient @ direction)
    if not slope < 0:
        return None
    found: dict[float, Evaluated] = {}

    def evaluate(t: float) -> Trial:
        at = problem.at(place.point + t * direction)
        found[t] = at
        if not math.isfinite(at.value):
            return Trial(t, math.inf, math.nan, place.at.gradient)
        return Trial(t, at.value, float(at.gradient @ direction), at.gradient)

    origin = Trial(0.0, place.value, slope, place.at.gradient)
    width = problem.packing.epsilon * length
    trial = strong_wolfe(evaluate, origin, length, width, curvature=curvature)
    return (found[trial.length], trial.length) if trial.length > 0 and trial.loss < place.value else None


def backtracked(
    problem: Objective, place: Place, direction: np.ndarray, length: float
) -> tuple[Evaluated, float] | None:
    """Return the first point, by halves or better, that lowers the value as Armijo asks, and the length.

    L. Armijo, *Minimization of functions having Lipschitz continuous first partial derivatives*, Pacific J. Math.
    16(1), 1966: φ(t) ≤ φ(0) + c₁ t φ'(0). Gradients are computed at the point that is accepted and nowhere else.
    """
    slope = float(place.at.gradient @ direction)
    for _ in range(60):
        at = problem.at(place.point + length * direction)
        if at.value <= place.value + C1 * length * slope and at.value < place.value:
            return at, length
        bend = (at.value - place.value - length * slope) / length**2
        best = -slope / (2 * bend) if math.isfinite(bend) and bend > 0 else length / 2
        length = min(max(best, length / 10), length / 2)
    return None


def stuck(place: Any, promise: float) -> Any:
    """Return the same place, from which no step led down."""
    return replace(place, is_stuck=True, promise=abs(promise), length=0.0)
