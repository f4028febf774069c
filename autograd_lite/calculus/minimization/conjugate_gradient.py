"""Non-linear conjugate gradients, in the variant of Hager and Zhang."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from autograd_lite.calculus.minimization.descent import first_rate
from autograd_lite.calculus.minimization.first_order import Place, begun, ends, moved, stuck, wolfe
from autograd_lite.calculus.objective import Objective
from autograd_lite.calculus.result import Reason

#: Conjugacy asks for a line search nearer to the minimum along the line (Nocedal & Wright, section 5.2).
CURVATURE = 0.1


@dataclass(frozen=True, kw_only=True)
class ConjugatePlace(Place):
    """A point, with the direction that led here.

    Attributes
    ----------
    direction : ndarray of shape (n,)
    rate : float
        How many times it was gone.
    gradient : ndarray of shape (n,)
        Where that began.
    """

    direction: np.ndarray
    rate: float
    gradient: np.ndarray


@dataclass(frozen=True)
class ConjugateGradient:
    """Non-linear conjugate gradients: d ← -g + β d.

    β = (y - 2 d y·y / d·y)·g / d·y, bounded below, of W. W. Hager & H. Zhang, *A new conjugate gradient method with
    guaranteed descent and an efficient line search*, SIAM J. Optim. 16(1), 2005, equations 1.3 and 1.6. It needs little
    memory and no second derivatives.

    Parameters
    ----------
    tolerance : float, optional
        It ends where no element of the gradient is larger; by default 1e-8 of the largest at the start.
    """

    tolerance: float | None = None

    def init(self, problem: Objective, point: np.ndarray) -> ConjugatePlace:
        """Return the first state."""
        none = np.zeros_like(point)
        return begun(problem, point, ConjugatePlace, direction=none, rate=math.nan, gradient=none)

    def done(self, problem: Objective, state: ConjugatePlace) -> Reason | None:
        """Return why to end."""
        return ends(state, self.tolerance, problem.packing.epsilon)

    def step(self, problem: Objective, state: ConjugatePlace) -> ConjugatePlace:
        """Return the next state."""
        gradient = state.at.gradient
        rate = first_rate(state)
        for direction in (self._direction(state), -gradient):
            slope = float(gradient @ direction)
            if not math.isnan(state.rate):  # the first-order change as in the last step (Nocedal & Wright, 3.60)
                rate = state.rate * min(10.0, float(state.gradient @ state.direction) / slope) if slope < 0 else rate
            found = wolfe(problem, state, direction, rate, CURVATURE)
            if found is not None:
                at, rate = found
                length = rate * float(np.linalg.norm(direction))
                return moved(state, at, length, direction=direction, rate=rate, gradient=gradient)
        return stuck(state, rate * float(gradient @ gradient))

    def _direction(self, state: ConjugatePlace) -> np.ndarray:
        gradient, before = state.at.gradient, state.direction
        change = gradient - state.gradient
        along = float(before @ change)
        if not along > 0:
            return -gradient
        beta = float((change - 2 * before * (float(change @ change) / along)) @ gradient) / along
        size = float(np.linalg.norm(before)) * min(0.01, float(np.linalg.norm(state.gradient)))
        direction = -gradient + max(beta, -1 / size if size > 0 else beta) * before
        return direction if float(direction @ gradient) < 0 else -gradient
