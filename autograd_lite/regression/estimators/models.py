"""`CurveFitRegressor`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from autograd_lite.regression.estimators.rows import checked_weights
from autograd_lite.regression.nonlinear import curve_fit


class CurveFitRegressor(RegressorMixin, BaseEstimator):
    """Any model fitted by `curve_fit`, as a scikit-learn estimator.

    Parameters
    ----------
    model : callable
        ``model(x, a, b, ...)``, as `curve_fit` takes it: a single feature comes as x of shape (rows,), several as the
        rows of x, of shape (features, rows), so that ``model(x, ...)`` can say ``first, second = x``.
    p0, bounds, fixed, loss, loss_scale, method, max_iterations
        As of `curve_fit`.

    Attributes
    ----------
    result_ : FitResult
        All that the fit has to say: ``result_.summary()``, ``result_.plot()``, ...
    parameters_ : Parameters
        By name, each with value and standard error.
    coef_, coef_standard_errors_ : array of shape (parameters,)
        The same as arrays.
    covariance_ : array of shape (fitted parameters, fitted parameters)
    n_iter_, n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.regression import CurveFitRegressor
    >>> def decay(t, amplitude, rate):
    ...     return amplitude * np.exp(-rate * t)
    >>> t = np.linspace(0.0, 4.0, 9)
    >>> model = CurveFitRegressor(decay, p0=[1.0, 1.0]).fit(t[:, None], 2.0 * np.exp(-0.5 * t))
    >>> model.coef_.round(6)
    array([2. , 0.5])
    """

    def __init__(
        self,
        model: Callable[..., Any],
        *,
        p0: Any = None,
        bounds: Any = None,
        fixed: Any = None,
        loss: str = "linear",
        loss_scale: float | None = None,
        method: str = "lm",
        max_iterations: int | None = None,
    ):
        self.model, self.p0, self.bounds, self.fixed = model, p0, bounds, fixed
        self.loss, self.loss_scale, self.method, self.max_iterations = loss, loss_scale, method, max_iterations

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> CurveFitRegressor:  # noqa: N803
        """Fit the parameters of the model.

        Parameters
        ----------
        X : array of shape (rows, features)
        y : array of shape (rows,)
        sample_weight : array of shape (rows,), optional
            How much each squared residual counts: 1/σ² up to a factor.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For bad input; see `curve_fit`.

        Warns
        -----
        UserWarning, RuntimeWarning
            As `curve_fit` does.
        """
        checked: Any = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        x, y = checked
        weight = checked_weights(self, sample_weight, len(x))
        there = weight > 0.0
        sigma = None if sample_weight is None else 1.0 / np.sqrt(weight[there])
        self.result_ = curve_fit(
            self.model, _variables(x[there]), np.asarray(y, np.float64)[there], self.p0, sigma, False, self.bounds,
            self.fixed, self.loss, self.loss_scale, self.method, max_iterations=self.max_iterations, progress=False,
        )  # fmt: skip
        self.parameters_ = self.result_.parameters
        self.coef_, self.coef_standard_errors_ = np.array(self.result_.values), self.result_.standard_errors
        self.covariance_ = self.result_.covariance
        self.n_iter_ = self.result_.iterations
        return self

    def predict(self, X: Any, return_std: bool = False) -> Any:  # noqa: N803
        """Return the model's values.

        Parameters
        ----------
        X : array of shape (rows, features)
        return_std : bool
            Whether their standard errors are wanted, too.

        Returns
        -------
        array of shape (rows,), or two of them
        """
        check_is_fitted(self)
        x: Any = validate_data(self, X, reset=False, dtype=np.float64)
        values, errors = self.result_.predict(_variables(x), return_std=True)
        values, errors = (np.broadcast_to(each, (len(x),)).copy() for each in (values, errors))
        return (values, errors) if return_std else values

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # on data that the model is not made for
        return tags


def _variables(x: np.ndarray) -> np.ndarray:
    """Return the features as a model takes them."""
    return x[:, 0] if x.shape[1] == 1 else np.ascontiguousarray(x.T)
