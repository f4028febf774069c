"""`LogisticRegression`."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from autograd_lite.regression.estimators.likelihood import most_likely
from autograd_lite.regression.estimators.rows import check_number, checked_weights
from autograd_lite.transforms.reverse import stop_gradient


class LogisticRegression(ClassifierMixin, BaseEstimator):
    """Logistic regression for two classes, multinomial for more, as a scikit-learn estimator.

    It minimises C · Σ weight · (-log probability) + ½ Σ coefficient², intercepts left out, by Newton's method.

    Parameters
    ----------
    C : float
        The inverse of the penalty's strength; infinite for none.
    fit_intercept : bool
    class_weight : dict, "balanced" or None
        How much rows of each class count; "balanced" is inversely to how many there are.
    tol : float, optional
        It ends where no element of the gradient of the mean loss is larger; where nothing improves it, by default.
    max_iter : int

    Attributes
    ----------
    classes_ : array of shape (classes,)
    coef_, coef_standard_errors_ : array of shape (1, features), or (classes, features) for more than two
        Standard errors are from the curvature of what is minimized; infinite C gives those of maximum likelihood. With
        more than two classes, they are those of differences from the mean over classes.
    intercept_, intercept_standard_errors_ : array of shape (1,) or (classes,)
    n_iter_, n_features_in_ : int

    Examples
    --------
    >>> from autograd_lite.regression import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"])
    >>> model.predict_proba([[1.5]]).round(3)
    array([[0.5, 0.5]])
    """

    def __init__(
        self,
        C: float = 1.0,  # noqa: N803
        *,
        fit_intercept: bool = True,
        class_weight: Any = None,
        tol: float | None = None,
        max_iter: int = 200,
    ):
        self.C, self.fit_intercept, self.class_weight = C, fit_intercept, class_weight
        self.tol, self.max_iter = tol, max_iter

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogisticRegression:  # noqa: N803
        """Fit the coefficients.

        Parameters
        ----------
        X : array of shape (rows, features)
        y : array of shape (rows,)
            Labels of classes.
        sample_weight : array of shape (rows,), optional
            How much each row counts.

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
            If ``max_iter`` iterations were not enough, or there is no maximum, as without penalty for classes that a
            plane separates.
        """
        strength = check_number(self, "C", np.finfo(float).tiny, "a positive number")
        checked: Any = validate_data(self, X, y, dtype=np.float64)
        x, y = checked
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        weight = checked_weights(self, sample_weight, len(x))
        shares = np.bincount(labels, weight, len(self.classes_))
        if isinstance(self.class_weight, str) and self.class_weight == "balanced":
            weight = (
                weight * (np.sum(shares) / (np.sum(shares > 0.0) * np.maximum(shares, np.finfo(float).tiny)))[labels]
            )
        elif self.class_weight is not None:
            weight = weight * compute_sample_weight(self.class_weight, y)
        shares = np.bincount(labels, weight, len(self.classes_))
        if np.sum(shares > 0.0) < 2:
            raise ValueError(
                f"LogisticRegression: y has one class only, {self.classes_[shares > 0.0].tolist()}, among the rows "
                f"that count; at least 2 are needed"
            )
        there = weight > 0.0
        x, labels, weight = x[there], labels[there], weight[there]
        if len(self.classes_) == 2:
            sign = 2.0 * labels - 1.0

            def loss(z: Any) -> Any:
                return np.logaddexp(0.0, -sign * z[:, 0])

            start = np.array([np.log(shares[1] / shares[0])])
        else:
            rows = np.arange(len(x))

            def loss(z: Any) -> Any:
                top = stop_gradient(np.max(z, axis=1, keepdims=True))
                return np.log(np.sum(np.exp(z - top), axis=1)) + top[:, 0] - z[rows, labels]

            start = np.zeros(len(self.classes_))
        found = most_likely(self, x, weight, loss, start if self.fit_intercept else 0.0 * start, 1.0 / strength)
        # What all classes have in common does not change probabilities.
        common = len(self.classes_) > 2
        self.coef_ = found.coefficients - common * found.coefficients.mean(axis=0)
        self.intercept_ = found.intercepts - common * found.intercepts.mean()
        self.coef_standard_errors_, self.intercept_standard_errors_ = found.errors, found.intercept_errors
        self.n_iter_ = found.iterations
        return self

    def decision_function(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the linear predictor.

        Parameters
        ----------
        X : array of shape (rows, features)

        Returns
        -------
        array of shape (rows,), or (rows, classes) for more than two
        """
        check_is_fitted(self)
        x: Any = validate_data(self, X, reset=False, dtype=np.float64)
        scores = x @ self.coef_.T + self.intercept_
        return scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the likeliest class of each row.

        Parameters
        ----------
        X : array of shape (rows, features)

        Returns
        -------
        array of shape (rows,)
        """
        scores = self.decision_function(X)
        return self.classes_[(scores > 0.0).astype(int) if scores.ndim == 1 else np.argmax(scores, axis=1)]

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the probability of each class.

        Parameters
        ----------
        X : array of shape (rows, features)

        Returns
        -------
        array of shape (rows, classes)
        """
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return np.stack([expit(-scores), expit(scores)], axis=1)
        return np.exp(self._log_probabilities(scores))

    def predict_log_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the logarithms of the probabilities, accurate where those are small.

        Parameters
        ----------
        X : array of shape (rows, features)

        Returns
        -------
        array of shape (rows, classes)
        """
        return self._log_probabilities(self.decision_function(X))

    def _log_probabilities(self, scores: np.ndarray) -> np.ndarray:
        if scores.ndim == 1:
            return -np.logaddexp(0.0, np.stack([scores, -scores], axis=1))
        shifted = scores - np.max(scores, axis=1, keepdims=True)
        return shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
