"""Predictions with their uncertainty, from exact derivatives of the model by its parameters.

With g = ∂model(x)/∂p the standard error of a prediction is √(gᵀ C g), C the covariance of the parameters (G. Seber, C.
Wild, *Nonlinear Regression*, Wiley 1989, section 5.1).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import StructureError
from autograd_lite.regression.data import Data, numbers_in
from autograd_lite.regression.intervals import quantile


def predicted(result: Any, x: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the model at x and the standard error of it, in the shape that the model gives."""
    place = result.problem.data.x if x is None else numbers_in(x, "predict")
    values, moved = result.problem.predicted(result.optimum, place)
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.sqrt(result.variance * np.sum(moved * moved, axis=1))
    errors = errors.reshape(values.shape)
    if isinstance(result.values, Tensor):  # it is being differentiated
        layout = result.problem.layout
        values = result.problem.model(place, *layout.packed(layout.leaves(result.values)))
    return values, errors


def band(result: Any, x: Any, level: float, sigma: Any, prediction: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper limit of a band; see `FitResult.confidence_band` and `FitResult.prediction_band`."""
    values, errors = predicted(result, x)
    if prediction:
        errors = np.sqrt(errors**2 + _noise(result, x, sigma))
    reach = quantile(result, level) * errors
    return values - reach, values + reach


def _noise(result: Any, x: Any, sigma: Any) -> Any:
    """Return the variance of a new datum."""
    scale = 1.0 if result.absolute_sigma else result.variance
    data: Data = result.problem.data
    if sigma is not None:
        return scale * np.asarray(sigma, float) ** 2
    if data.sigma is None:
        return scale
    if np.all(data.sigma == data.sigma[0]):
        return scale * data.sigma[0] ** 2
    if x is None and data.keep is None:
        return scale * data.sigma.reshape(data.y.shape) ** 2
    raise StructureError("prediction_band: the data have different sigma; give that of the new ones, sigma=...")
