"""BFGS and L-BFGS: Newton's method with curvature measured along the way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from autograd_lite.calculus.minimization.descent import first_rate
from autograd_lite.calculus.minimization.first_order import Place, begun, ends, moved, stuck, wolfe
from autograd_lite.calculus.minimization.limited_memory import inverse_hessian_times
from autograd_lite.calculus.objective import Objective
from autograd_lite.calculus.result import Reason


@dataclass(frozen=True, kw_only=True)
class InversePlace(Place):
    """A point, with an approximation of the inverse Hessian; None before the first step."""

    inverse: np.ndarray | None = None


@dataclass(frozen=True)
class BFGS:
    """The method of Broyden, Fletcher, Goldfarb and Shanno.

    H ← (I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ with ρ = 1 / s·y (J. Nocedal & S. Wright, *Numerical Optimization*, 2nd
    ed., Springer 2006, algorithm 6.1, the first H by equation 6.20), with a search for the strong Wolfe conditions.

    Parameters
    ----------
    tolerance : float, optional
        It ends where no element of the gradient is larger; by default 1e-8 of the largest at the start.
    """

    tolerance: float | None = None

    def init(self, problem: Objective, point: np.ndarray) -> InversePlace:
        """Return the first state."""
        return begun(problem, point, InversePlace)

    def done(self, problem: Objective, state: InversePlace) -> Reason | None:
        """Return why to end."""
        return ends(state, self.tolerance, problem.packing.epsilon)

    def step(self, problem: Objective, state: InversePlace) -> InversePlace:
        """Return the next state."""
        gradient = state.at.gradient
        if state.inverse is None:
            direction, rate = -gradient, first_rate(state)
        else:
            direction, rate = -(state.inverse @ gradient), 1.0
        found = wolfe(problem, state, direction, rate)
        if found is None:
            if state.inverse is not None:
                return replace(state, inverse=None, length=0.0)  # once more along the gradient
            return stuck(state, rate * float(gradient @ direction))
        at, rate = found
        s, y = at.x - state.point, at.gradient - gradient
        return moved(state, at, float(np.linalg.norm(s)), inverse=self._updated(state.inverse, s, y))

    def _updated(self, inverse: np.ndarray | None, s: np.ndarray, y: np.ndarray) -> np.ndarray | None:
        along = float(s @ y)
        if not along > 1e-14 * float(np.linalg.norm(s)) * float(np.linalg.norm(y)):
            return inverse
        if inverse is None:
            inverse = np.eye(s.size) * (along / float(y @ y))
        moved_y = inverse @ y
        cross = np.outer(s, moved_y)
        return inverse + ((along + float(y @ moved_y)) / along**2) * np.outer(s, s) - (cross + cross.T) / along


@dataclass(frozen=True, kw_only=True)
class PairsPlace(Place):
    """A point, with the last pairs of steps and of what they changed in the gradient."""

    steps: np.ndarray
    changes: np.ndarray


@dataclass(frozen=True)
class LBFGS:
    """BFGS with a memory of a few steps: for many variables.

    J. Nocedal & S. Wright, *Numerical Optimization*, 2nd ed., Springer 2006, algorithm 7.5.

    Parameters
    ----------
    memory : int
        How many steps are remembered.
    tolerance : float, optional
        It ends where no element of the gradient is larger; by default 1e-8 of the largest at the start.
    """

    memory: int = 10
    tolerance: float | None = None

    def init(self, problem: Objective, point: np.ndarray) -> PairsPlace:
        """Return the first state."""
        none = np.zeros((0, point.size))
        return begun(problem, point, PairsPlace, steps=none, changes=none)

    def done(self, problem: Objective, state: PairsPlace) -> Reason | None:
        """Return why to end."""
        return ends(state, self.tolerance, problem.packing.epsilon)

    def step(self, problem: Objective, state: PairsPlace) -> PairsPlace:
        """Return the next state."""
        gradient = state.at.gradient
        direction = -inverse_hessian_times(gradient, state.steps, state.changes)
        rate = 1.0 if len(state.steps) else first_rate(state)
        found = wolfe(problem, state, direction, rate)
        if found is None:
            if len(state.steps):
                return replace(state, steps=state.steps[:0], changes=state.changes[:0], length=0.0)
            return stuck(state, rate * float(gradient @ direction))
        at, _ = found
        s, y = at.x - state.point, at.gradient - gradient
        steps, changes = state.steps, state.changes
        if float(s @ y) > 1e-14 * float(np.linalg.norm(s)) * float(np.linalg.norm(y)):
            steps, changes = (np.vstack([old, new])[-self.memory :] for old, new in ((steps, s), (changes, y)))
        return moved(state, at, float(np.linalg.norm(s)), steps=steps, changes=changes)
