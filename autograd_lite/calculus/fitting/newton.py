"""Newton's method on the sum of squares, with the residuals' own curvature, made positive where it is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograd_lite.calculus.fitting.descent import Descent, Spot, norms


@dataclass(frozen=True)
class Newton(Descent):
    """δ = -(Jᵀ J + Σᵢ rᵢ ∇²rᵢ)⁻¹ Jᵀ r, with the eigenvalues of the scaled Hessian replaced by their moduli.

    The Hessian is exact. Where it is indefinite, the modified one still points downhill (J. Nocedal, S. Wright,
    *Numerical Optimization*, 2nd ed., section 3.4; P. Gill, W. Murray, M. Wright, *Practical Optimization*, 1981).
    """

    def direction(self, state: Spot) -> np.ndarray:
        """Return the step."""
        scale = norms(state.jacobian)
        jacobian = state.jacobian / scale
        curvature = state.where.weighted_hessian(state.weighted)[np.ix_(state.free, state.free)]
        values, vectors = np.linalg.eigh(jacobian.T @ jacobian + curvature / np.outer(scale, scale))
        size = np.abs(values)
        floor = 1e-10 * np.max(size, initial=0.0)
        gradient = jacobian.T @ state.residuals
        return -(vectors @ ((vectors.T @ gradient) / np.maximum(size, floor))) / scale
