"""Gradient descent: downhill along the gradient, which is slow where the valley is narrow, and there to show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograd_lite.calculus.fitting.descent import Descent, Spot


@dataclass(frozen=True)
class GradientDescent(Descent):
    """δ = -α Jᵀ r, with α found by backtracking from twice the last one.

    The number of steps grows with the square of the condition number of J, and α depends on the parameters' units
    (J. Nocedal, S. Wright, *Numerical Optimization*, 2nd ed., section 3.3).
    """

    def direction(self, state: Spot) -> np.ndarray:
        """Return the negative gradient of half the cost."""
        return -(state.jacobian.T @ state.residuals)

    def first_rate(self, state: Spot) -> float:
        """Return twice the last rate, or at the start the minimum of the linearised problem along the gradient."""
        if state.rate != 1.0:
            return 2.0 * state.rate
        gradient = state.jacobian.T @ state.residuals
        moved = state.jacobian @ gradient
        below = float(moved @ moved)
        return float(gradient @ gradient) / below if below > 0.0 else 1.0
