"""How far a fit is from linear: Bates' and Watts' measures of non-linearity, and Box's bias.

Second derivatives of the model along the singular directions of its Jacobian are split into a part in the tangent
plane, which other parameters would change (parameter-effects curvature), and the part that they would not (intrinsic
curvature). Each is averaged over all directions (D. Bates, D. Watts, *Relative curvature measures of nonlinearity*,
J. R. Statist. Soc. B 42, 1980, sections 2 and 4; M. Box, *Bias in nonlinear estimation*, ibid. 33, 1971).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.errors import StructureError

#: Beyond this, curvature times the radius of the 95 % region makes the linear approximation a poor one.
LIMIT = 0.3


@dataclass(frozen=True)
class Curvature:
    """What `FitResult.curvature` gives.

    Attributes
    ----------
    intrinsic, parameter_effects : float
        Root mean square curvatures, times the radius √F of the 95 % confidence region: 0 for a linear model; beyond 0.3
        the linear approximation is poor.
    bias : dict of str to float
        Box's estimate of the bias of each parameter.
    """

    intrinsic: float
    parameter_effects: float
    bias: dict[str, float]

    @property
    def is_nearly_linear(self) -> bool:
        """Whether covariance, and intervals by it, can be trusted."""
        return max(self.intrinsic, self.parameter_effects) <= LIMIT

    @property
    def advice(self) -> str:
        """What to do; empty if the model is nearly linear here."""
        if self.intrinsic > LIMIT:
            return (
                "The model is curved within the uncertainty of the data, whatever its parameters: use "
                "confidence_interval(method='profile') or 'bootstrap', or bring more data."
            )
        if self.parameter_effects > LIMIT:
            return (
                "The linear approximation of the parameters' uncertainty is poor: use "
                "confidence_interval(method='profile'), or other parameters (such as logarithms)."
            )
        return ""

    def __str__(self) -> str:
        text = f"intrinsic curvature {self.intrinsic:.3g}, parameter-effects curvature {self.parameter_effects:.3g}"
        return f"{text} (poor beyond {LIMIT}). {self.advice}".strip()


def curvature(result: Any) -> Curvature:
    """Return the curvature of a fit; see `FitResult.curvature`."""
    from scipy.special import fdtri

    problem, basis, where = result.problem, result.optimum.basis, result.optimum.where
    if basis is None:
        raise StructureError("curvature: the fit has no finite derivatives where it ended")
    k = basis.singular.size
    root = np.zeros((problem.size, k))
    root[basis.free] = (basis.right.T / basis.singular) / basis.scale[:, None]
    variance = result.variance if np.isfinite(result.variance) else 0.0
    second = _second_derivatives(where, root)  # (k, k, n)
    tangent = np.einsum("ni,jkn->jki", basis.left, second)
    normal_square = np.einsum("jkn,lmn->jklm", second, second) - np.einsum("jki,lmi->jklm", tangent, tangent)
    radius = np.sqrt(k * variance)
    quantile = fdtri(k, max(result.dof, 1), 0.95) if not result.absolute_sigma else _limit_of_f(k)
    factor = float(radius * np.sqrt(quantile))
    tangent_square = np.einsum("jki,lmi->jklm", tangent, tangent)
    bias = -0.5 * variance * (root @ np.einsum("jji->i", tangent))
    return Curvature(
        factor * _mean_square(normal_square, k),
        factor * _mean_square(tangent_square, k),
        {name: float(each) for name, each in zip(result.names, bias, strict=True)},
    )


def _second_derivatives(where: Any, root: np.ndarray) -> np.ndarray:
    """Return second derivatives along all pairs of the columns of ``root``, by polarisation of those along one."""
    k = root.shape[1]
    along = [where.second_along(root[:, j]) for j in range(k)]
    second = np.empty((k, k, where.residuals.size))
    for j in range(k):
        second[j, j] = along[j]
        for i in range(j):
            both = where.second_along(root[:, i] + root[:, j])
            second[i, j] = second[j, i] = 0.5 * (both - along[i] - along[j])
    return second


def _mean_square(products: np.ndarray, k: int) -> float:
    """Return the root mean square over directions of |Σ dⱼ dₖ vⱼₖ|, from the inner products of the vectors vⱼₖ."""
    total = 2.0 * np.einsum("jkjk->", products) + np.einsum("jjkk->", products)
    return float(np.sqrt(max(float(total), 0.0) / (k * (k + 2)))) if k else 0.0


def _limit_of_f(k: int) -> float:
    """Return the 95 % quantile of F for a variance that is known: chi-squared over its degrees of freedom."""
    from scipy.special import chdtri

    return float(chdtri(k, 0.05)) / k
