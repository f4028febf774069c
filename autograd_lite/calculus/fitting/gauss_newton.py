"""Gauss-Newton: the step that solves the linearised problem, shortened until the cost falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograd_lite.calculus.fitting.descent import Descent, Spot, norms
from autograd_lite.calculus.fitting.factors import Factors


@dataclass(frozen=True)
class GaussNewton(Descent):
    """δ = -J⁺ r (J. Nocedal, S. Wright, *Numerical Optimization*, 2nd ed., section 10.3).

    It is Levenberg-Marquardt without damping: quick near the solution, and easily stopped far from it, where the
    columns of J are nearly dependent and the step nearly orthogonal to the gradient.
    """

    def direction(self, state: Spot) -> np.ndarray:
        """Return the step."""
        return Factors(state.jacobian, state.residuals, norms(state.jacobian)).damped(np.inf)[0]
