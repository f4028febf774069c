"""`PoissonRegression`."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import xlogy
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import d2_tweedie_score
from sklearn.utils.validation import check_is_fitted, validate_data

from autograd_lite.regression.estimators.likelihood import most_likely
from autograd_lite.regression.estimators.rows import check_number, checked_weights


class PoissonRegression(RegressorMixin, BaseEstimator):
    """Counts whose logarithm is linear in the features, as a scikit-learn estimator.

    It minimises half the mean Poisson deviance + alpha/2 · Σ coefficient², the intercept left out, by Newton's method;
    that is what scikit-learn's PoissonRegressor does.

    Parameters
    ----------
    alpha : float
        The strength of the penalty; 0 gives maximum likelihood.
    fit_intercept : bool
    tol : float, optional
        It ends where no element of the gradient is larger; where nothing improves it, by default.
    max_iter : int

    Attributes
    ----------
    coef_, coef_standard_errors_ : array of shape (features,)
        Standard errors are from the curvature of what is minimized, counts being Poisson distributed.
    intercept_, intercept_standard_error_ : float
    n_iter_, n_features_in_ : int

    Examples
    --------
    >>> from autograd_lite.regression import PoissonRegression
    >>> model = PoissonRegression(alpha=0.0).fit([[0.0], [0.0], [1.0], [1.0]], [1, 3, 7, 9])
    >>> model.predict([[0.0], [1.0]]).round(6)
    array([2., 8.])
    """

    def __init__(
        self, alpha: float = 1.0, *, fit_intercept: bool = True, tol: float | None = None, max_iter: int = 200
    ):
        self.alpha, self.fit_intercept, self.tol, self.max_iter = alpha, fit_intercept, tol, max_iter

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> PoissonRegression:  # noqa: N803
        """Fit the coefficients.

        Parameters
        ----------
        X : array of shape (rows, features)
        y : array of shape (rows,)
            Counts, or rates; none negative.
        sample_weight : array of shape (rows,), optional
            How much each row counts; for rates, the exposure.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is not what it must be, or the data are not.

        Warns
        -----
        ConvergenceWarning
            If ``max_iter`` iterations were not enough, or there is no maximum.
        """
        alpha = check_number(self, "alpha", 0.0, "a number that is not negative")
        checked: Any = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        x, y = checked
        counts = np.asarray(y, np.float64)
        weight = checked_weights(self, sample_weight, len(x))
        there = weight > 0.0
        x, counts, weight = x[there], counts[there], weight[there]
        wrong = np.flatnonzero(counts < 0.0)
        if wrong.size:
            raise ValueError(f"PoissonRegression: y[{wrong[0]}] is {counts[wrong[0]]}, and counts are not negative")
        mean = float(weight @ counts) / float(np.sum(weight))
        if mean == 0.0:
            raise ValueError("PoissonRegression: all of y is 0, and the likeliest rate has no logarithm")
        start = np.array([np.log(mean) if self.fit_intercept else 0.0])

        least = counts - xlogy(counts, counts)

        def loss(z: Any) -> Any:
            return np.exp(z[:, 0]) - counts * z[:, 0] - least

        found = most_likely(self, x, weight, loss, start, alpha * float(np.sum(weight)))
        self.coef_, self.coef_standard_errors_ = found.coefficients[0], found.errors[0]
        self.intercept_ = float(found.intercepts[0])
        self.intercept_standard_error_ = float(found.intercept_errors[0])
        self.n_iter_ = found.iterations
        return self

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the expected counts.

        Parameters
        ----------
        X : array of shape (rows, features)

        Returns
        -------
        array of shape (rows,)
        """
        check_is_fitted(self)
        x: Any = validate_data(self, X, reset=False, dtype=np.float64)
        return np.exp(x @ self.coef_ + self.intercept_)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:  # noqa: N803
        """Return D², the part of the deviance that the model explains.

        Parameters
        ----------
        X : array of shape (rows, features)
        y : array of shape (rows,)
        sample_weight : array of shape (rows,), optional

        Returns
        -------
        float
        """
        return float(d2_tweedie_score(y, self.predict(X), sample_weight=sample_weight, power=1))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        return tags
