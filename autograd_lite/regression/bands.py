"""Predictions with their uncertainty, from exact derivatives of the model by its parameters.

With g = ∂model(x)/∂p the standard error of a prediction is √(gᵀ C g), C the covariance of the parameters (G. Seber, C.
Wild, *Nonlinear Regression*, Wiley 1989, section 5.1).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.errors import StructureError
from autograd_lite.regression.data import Data, numbers_in
from autograd_lite.regression.differentiable import is_tracked, predicted_tensors
from autograd_lite.regression.intervals import quantile


def predicted(result: Any, x: Any, with_errors: bool = True) -> tuple[Any, Any]:
    """Return the model at x and the standard error of it, in the shape that the model gives."""
    place = numbers_in(x, "predict") if x is not None and not is_tracked(x) else x
    if result.followed is not None or is_tracked(x):
        return predicted_tensors(result, place, with_errors)
    values, moved = result.problem.predicted(result.optimum, result.problem.data.x if x is None else place)
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.sqrt(result.variance * np.sum(moved * moved, axis=1))
    return values, errors.reshape(values.shape)


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
    data: Data = result.problem.data if result.followed is None else result.followed.data
    if sigma is not None:
        return scale * (sigma if is_tracked(sigma) else np.asarray(sigma, float)) ** 2
    if data.sigma is None:
        return scale
    known = result.problem.data.sigma
    if x is None and data.keep is None:
        return scale * np.reshape(data.sigma, data.y.shape) ** 2
    if np.all(known == known[0]):
        return scale * data.sigma[0] ** 2
    raise StructureError("prediction_band: the data have different sigma; give that of the new ones, sigma=...")
