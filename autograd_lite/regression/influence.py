"""How much each datum moves each parameter: implicit differentiation of the optimum, leverage and Cook's distance.

With H the Hessian of half the sum of squares, ∂p/∂y = H⁻¹ Jᵀ Σ⁻¹: exact, with the curvature of the residuals in H. The
leverage is the diagonal of the projection onto the tangent plane (W. Kennedy, J. Gentle; for Cook's distance R. D.
Cook, Technometrics 19, 1977; D. Bates, D. Watts, *Nonlinear Regression Analysis and Its Applications*, Wiley 1988).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.polish import exact_basis
from autograd_lite.errors import StructureError


@dataclass(frozen=True)
class Influence:
    """What each datum does to a fit.

    Attributes
    ----------
    sensitivity : ndarray of shape (m, n)
        ∂parameter/∂datum.
    names : tuple of str
        Of the parameters, the rows.
    leverage : ndarray of shape (n,)
        How much of its own fitted value a datum makes; they add up to m.
    studentized : ndarray of shape (n,)
        Residuals in their own standard deviations.
    cooks_distance : ndarray of shape (n,)
        How far the parameters move without the datum, in the metric of their covariance; above 1 is much.
    """

    sensitivity: np.ndarray
    names: tuple[str, ...]
    leverage: np.ndarray
    studentized: np.ndarray
    cooks_distance: np.ndarray


def influence(result: Any) -> Influence:
    """Return what each datum does to a fit; see `FitResult.influence`."""
    problem = result.problem
    basis = exact_basis(problem, result.optimum)
    if basis is None:
        raise StructureError("influence: the fit has no finite derivatives where it ended")
    count, m = problem.data.size, problem.size
    sensitivity = np.zeros((m, count))
    sensitivity[basis.free] = basis.step(problem.data.whitened(-np.eye(count)) * _root_weights(result)[:, None])
    leverage = np.sum(basis.left**2, axis=1)
    residuals = result.optimum.residuals
    variance = result.variance if np.isfinite(result.variance) else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.maximum(1.0 - leverage, 0.0)
        studentized = -residuals / np.sqrt(variance * room)
        cooks = residuals**2 * leverage / (max(basis.free.size, 1) * variance * room**2)
    return Influence(sensitivity, result.names, leverage, studentized, cooks)


def _root_weights(result: Any) -> np.ndarray:
    """Return what the loss scales the Jacobian's rows with, which also scales the change of a residual."""
    loss, residuals = result.problem.loss, result.optimum.where.residuals
    if loss.is_linear:
        return np.ones_like(residuals)
    return loss.scaled(residuals, np.ones((residuals.size, 1)))[1][:, 0]
