"""Robust losses: how much a residual counts, so that a few wild data do not carry the fit away.

With z = (r/c)² the sum Σ c² ρ(z) takes the place of Σ r². A Newton step for it is a least-squares step for scaled
residuals and a scaled Jacobian (B. Triggs, P. McLauchlan, R. Hartley, A. Fitzgibbon, *Bundle Adjustment: A Modern
Synthesis*, 2000, section 4.3), in which the gradient is exact and the curvature keeps what ρ'' takes away, as far as it
stays positive. Each loss has a tuning constant with which it is 95 % efficient on normal errors (P. Holland, R. Welsch,
*Robust regression using iteratively reweighted least-squares*, 1977; for soft_l1 found by quadrature).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


class Derivatives(NamedTuple):
    """ρ(z), ρ'(z) and ρ''(z)."""

    rho: np.ndarray
    first: np.ndarray
    second: np.ndarray


def _huber(z: np.ndarray) -> Derivatives:
    root = np.sqrt(np.maximum(z, 1.0))
    inside = z <= 1.0
    return Derivatives(
        np.where(inside, z, 2.0 * root - 1.0), 1.0 / root, np.where(inside, 0.0, -0.5 / (np.maximum(z, 1.0) * root))
    )


def _soft_l1(z: np.ndarray) -> Derivatives:
    root = np.sqrt(1.0 + z)
    return Derivatives(2.0 * z / (root + 1.0), 1.0 / root, -0.5 / root**3)


def _cauchy(z: np.ndarray) -> Derivatives:
    return Derivatives(np.log1p(z), 1.0 / (1.0 + z), -1.0 / (1.0 + z) ** 2)


#: The losses by name, each with the constant of 95 % efficiency, in standard deviations.
LOSSES: dict[str, tuple[Callable[[np.ndarray], Derivatives], float]] = {
    "huber": (_huber, 1.345),
    "soft_l1": (_soft_l1, 1.287),
    "cauchy": (_cauchy, 2.385),
}


@dataclass(frozen=True)
class Loss:
    """A loss with its scale.

    Parameters
    ----------
    name : {"linear", "huber", "soft_l1", "cauchy"}
    scale : float
        c: residuals that are much smaller count as squares.
    """

    name: str = "linear"
    scale: float = 1.0

    @property
    def is_linear(self) -> bool:
        """Whether it is the sum of squares itself."""
        return self.name == "linear"

    def at(self, residuals: np.ndarray) -> Derivatives:
        """Return ρ and its derivatives at z = (r/c)²."""
        return LOSSES[self.name][0]((residuals / self.scale) ** 2)

    def cost(self, residuals: Any) -> Any:
        """Return Σ c² ρ(z), which is the sum of squares where the loss is linear."""
        if self.is_linear:
            return float(residuals @ residuals)
        return self.scale**2 * np.sum(self.at(residuals).rho)

    def scaled(self, residuals: np.ndarray, jacobian: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the residuals and Jacobian whose Gauss-Newton step is that of the losses."""
        if self.is_linear:
            return residuals, jacobian
        _, first, second = self.at(residuals)
        z = (residuals / self.scale) ** 2
        # Where ρ' + 2 z ρ'' is not positive the loss is concave: a tenth of ρ' keeps the step bounded.
        root = np.sqrt(np.maximum(first + 2.0 * z * second, 0.1 * first))
        return residuals * first / root, jacobian * root[:, None]

    def weights(self, residuals: np.ndarray) -> np.ndarray:
        """Return ρ'(z), what iteratively reweighted least squares weighs each squared residual with."""
        return np.ones_like(residuals) if self.is_linear else self.at(residuals).first


def robust_scale(residuals: np.ndarray) -> float:
    """Return 1.4826 median |r|: the standard deviation of normal residuals, which outliers spare."""
    return float(1.4826 * np.median(np.abs(residuals)))
