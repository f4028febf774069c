"""The square root of the parameters' covariance, by which uncertainty is carried on."""

from __future__ import annotations

import numpy as np

from autograd_lite.calculus.fitting.polish import Basis


def covariance_root(basis: Basis | None, size: int) -> np.ndarray:
    """Return G of shape (m, k) with (Jᵀ J)⁺ = G Gᵀ; rows of zeros for parameters that a bound holds."""
    if basis is None:
        return np.full((size, 1), np.nan)
    root = np.zeros((size, basis.singular.size))
    root[basis.free] = (basis.right.T / basis.singular) / basis.scale[:, None]
    return root
