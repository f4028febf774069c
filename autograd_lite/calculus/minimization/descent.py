"""Gradient descent, with fixed, searched or exact steps, and with momentum."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from autograd_lite.calculus.minimization.first_order import Place, backtracked, begun, ends, measured, moved, stuck
from autograd_lite.calculus.objective import Evaluated, Objective
from autograd_lite.calculus.result import Reason


@dataclass(frozen=True, kw_only=True)
class DescentPlace(Place):
    """A point, with the length to try first and the velocity.

    Attributes
    ----------
    rate : float
        Of the last step, in units of the gradient.
    velocity : ndarray of shape (n,)
        The last change of the point.
    age : float
        Nesterov's sequence t since the last restart.
    """

    rate: float
    velocity: np.ndarray
    age: float = 1.0


@dataclass(frozen=True)
class GradientDescent:
    """Steepest descent: x ← x - t ∇f(x).

    J. Nocedal & S. Wright, *Numerical Optimization*, 2nd ed., Springer 2006, section 3.3.

    Parameters
    ----------
    step_rule : {"armijo", "fixed", "exact"}
        How t is chosen: by backtracking until the value falls enough; always ``rate``; or t = g·g / g·H g, which is the
        minimum along the line if the function is quadratic, for the price of one Hessian-vector product.
    rate : float, optional
        The fixed t, or the first one to try.
    tolerance : float, optional
        It ends where no element of the gradient is larger; by default 1e-8 of the largest at the start.

    Raises
    ------
    ValueError
        If the rule is unknown, or the step fixed without a rate.
    """

    step_rule: str = "armijo"
    rate: float | None = None
    tolerance: float | None = None

    def __post_init__(self) -> None:
        if self.step_rule not in ("armijo", "fixed", "exact"):
            raise ValueError(f"GradientDescent(step_rule={self.step_rule!r}): 'armijo', 'fixed' or 'exact' is needed")
        if self.step_rule == "fixed" and self.rate is None:
            raise ValueError("GradientDescent(step_rule='fixed') needs a rate, the length of the steps")

    def init(self, problem: Objective, point: np.ndarray) -> DescentPlace:
        """Return the first state."""
        return begun(
            problem, point, DescentPlace, rate=math.nan if self.rate is None else self.rate,
            velocity=np.zeros_like(point),
        )  # fmt: skip

    def done(self, problem: Objective, state: DescentPlace) -> Reason | None:
        """Return why to end."""
        return ends(state, self.tolerance, problem.packing.epsilon)

    def step(self, problem: Objective, state: DescentPlace) -> DescentPlace:
        """Return the next state."""
        gradient = state.at.gradient
        square = float(gradient @ gradient)
        if self.step_rule == "fixed":
            assert self.rate is not None
            return moved(state, problem.at(state.point - self.rate * gradient), self.rate * math.sqrt(square))
        if self.step_rule == "exact":
            curvature = float(gradient @ state.at.hvp(gradient))
            rate = square / curvature if curvature > 0 else first_rate(state)
        else:
            rate = first_rate(state) if math.isnan(state.rate) else 2 * state.rate
        found = backtracked(problem, state, -gradient, rate)
        if found is None:
            return stuck(state, rate * square)
        return moved(state, found[0], found[1] * math.sqrt(square), rate=found[1])


@dataclass(frozen=True)
class Momentum:
    """Gradient descent that keeps some of its last step.

    Heavy ball (B. T. Polyak 1964): x ← x - t ∇f(x) + β v. Nesterov (Y. Nesterov 1983): the gradient is that of x + β v.
    Without ``rate`` t is found by backtracking on f(y - t g) ≤ f(y) - t g·g / 2, as in A. Beck & M. Teboulle, *A fast
    iterative shrinkage-thresholding algorithm*, SIAM J. Imaging Sci. 2(1), 2009; without ``momentum`` β follows from
    their sequence. It starts afresh where the value rises (B. O'Donoghue & E. Candès, *Adaptive restart for accelerated
    gradient schemes*, Found. Comput. Math. 15, 2015), unless both are given.

    Parameters
    ----------
    rate, momentum : float, optional
        t and β.
    nesterov : bool
    tolerance : float, optional
        It ends where no element of the gradient is larger; by default 1e-8 of the largest at the start.
    """

    rate: float | None = None
    momentum: float | None = None
    nesterov: bool = True
    tolerance: float | None = None

    def init(self, problem: Objective, point: np.ndarray) -> DescentPlace:
        """Return the first state."""
        rate = math.nan if self.rate is None else self.rate
        return begun(problem, point, DescentPlace, rate=rate, velocity=np.zeros_like(point))

    def done(self, problem: Objective, state: DescentPlace) -> Reason | None:
        """Return why to end."""
        return ends(state, self.tolerance, problem.packing.epsilon)

    def step(self, problem: Objective, state: DescentPlace) -> DescentPlace:
        """Return the next state."""
        age = (1 + math.sqrt(1 + 4 * state.age**2)) / 2
        kept = ((state.age - 1) / age if self.momentum is None else self.momentum) * state.velocity
        ahead = problem.at(state.point + kept) if self.nesterov and np.any(kept) else state.at
        if not math.isfinite(ahead.value) and np.any(kept):
            return replace(state, velocity=np.zeros_like(kept), age=1.0, length=0.0)
        if self.rate is None:
            found = self._backtracked(problem, state, ahead)
            if found is None:
                return stuck(state, state.rate * float(ahead.gradient @ ahead.gradient))
            at, rate = found
            if not self.nesterov and np.any(kept):
                at = problem.at(at.x + kept)
        else:
            base = state.point + kept if not self.nesterov else ahead.x
            at, rate = problem.at(base - self.rate * ahead.gradient), self.rate
        is_free = self.rate is None or self.momentum is None
        if is_free and not at.value <= state.value and np.any(kept):
            return replace(state, velocity=np.zeros_like(kept), age=1.0, length=0.0)
        change = at.x - state.point
        return moved(state, at, float(np.linalg.norm(change)), rate=rate, velocity=change, age=age)

    def _backtracked(self, problem: Objective, state: DescentPlace, ahead: Evaluated) -> tuple[Evaluated, float] | None:
        gradient = ahead.gradient
        square = float(gradient @ gradient)
        rate = first_rate(state) if math.isnan(state.rate) else 1.2 * state.rate
        for _ in range(60):
            at = problem.at(ahead.x - rate * gradient)
            if at.value <= ahead.value - rate * square / 2 and at.value < ahead.value:
                return at, rate
            rate /= 2
        return None


def first_rate(state: Place) -> float:
    """Return the length of a first step that moves by a hundredth of the point's size, or of one."""
    size = max(float(np.max(np.abs(state.point))), 1.0)
    return 0.01 * size / measured(state.at) if state.measure > 0 else 1.0
