"""`LinearRegression` and `Ridge`."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from autograd_lite.regression.double_double import DoubleDouble, stacked
from autograd_lite.regression.estimators.rows import check_number, checked_weights
from autograd_lite.regression.refinement import Solved, solve_least_squares

S = TypeVar("S", bound="LeastSquares")


class LeastSquares(MultiOutputMixin, RegressorMixin, BaseEstimator):
    """What `LinearRegression` and `Ridge` share."""

    fit_intercept: bool
    coef_: np.ndarray
    intercept_: Any

    def _penalty(self) -> float:
        """Return what the sum of squared coefficients is multiplied with."""
        raise NotImplementedError

    def fit(self: S, X: Any, y: Any, sample_weight: Any = None) -> S:  # noqa: N803
        """Fit the coefficients.

        Parameters
        ----------
        X : array of shape (rows, features)
        y : array of shape (rows,) or (rows, targets)
        sample_weight : array of shape (rows,), optional
            How much each squared residual counts: 1/σ² up to a factor.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is not what it must be, or the data are not.
        """
        penalty = self._penalty()
        checked: Any = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        x, y = checked
        weight = checked_weights(self, sample_weight, len(x))
        there = weight > 0.0
        targets = np.asarray(y, np.float64).reshape(len(x), -1)[there]
        rows, values, root = DoubleDouble(x[there]), DoubleDouble(targets), DoubleDouble(weight[there]).sqrt()
        x_mean, y_mean = DoubleDouble(np.zeros(x.shape[1])), DoubleDouble(np.zeros(targets.shape[1]))
        total = DoubleDouble(weight[there]).sum()
        if self.fit_intercept:
            column = DoubleDouble(weight[there, None])
            x_mean, y_mean = (rows * column).sum() / total, (values * column).sum() / total
            rows, values = rows - x_mean, values - y_mean
        rows, values = rows * root[:, None], values * root[:, None]
        count, size = rows.shape
        if penalty > 0.0:
            below = DoubleDouble(penalty).sqrt()
            rows = stacked([rows, DoubleDouble(np.eye(size) * below.hi, np.eye(size) * below.lo)], (count + size, size))
            values = stacked(
                [values, DoubleDouble(np.zeros((size, targets.shape[1])))], (count + size, y_mean.shape[0])
            )
        solved = solve_least_squares(rows, values)
        intercept = y_mean - x_mean @ solved.solution
        self._keep(solved, intercept.hi, y.ndim == 1)
        self._keep_errors(solved, x_mean.hi, float(total), count, y.ndim == 1)
        return self

    def _keep(self, solved: Solved, intercept: np.ndarray, is_single: bool) -> None:
        coefficients = solved.solution.hi.T
        self.rank_ = solved.rank
        self.coef_ = coefficients[0] if is_single else coefficients
        if not self.fit_intercept:
            self.intercept_ = 0.0
        else:
            self.intercept_ = float(intercept[0]) if is_single else intercept

    def _keep_errors(self, solved: Solved, mean: np.ndarray, total: float, count: int, is_single: bool) -> None:
        """Learn standard errors, scaled by the residuals; infinite for what the rows do not determine."""
        left = solved.left[:count]
        self.dof_ = count - int(self.fit_intercept) - float(np.sum(left * left))
        squares = np.sum(solved.residuals.hi[:count] ** 2, axis=0)
        variance = squares / self.dof_ if self.dof_ > 1e-9 else np.full(squares.shape, np.inf)
        inverse = np.array(solved.inverse.hi)
        loose = np.any(np.abs(solved.null) > 1e-8 * np.max(np.abs(solved.null), axis=0, initial=0.0), axis=1)
        of_coefficients = np.where(loose, np.inf, np.diag(inverse))
        of_intercept = math.inf if np.any(loose & (mean != 0.0)) else 1.0 / total + mean @ inverse @ mean
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(variance[:, None] * of_coefficients)
            intercept_errors = np.sqrt(variance * of_intercept)
        self.variance_ = float(variance[0]) if is_single else variance
        self.coef_standard_errors_ = errors[0] if is_single else errors
        if not self.fit_intercept:
            self.intercept_standard_error_: Any = 0.0
        else:
            self.intercept_standard_error_ = float(intercept_errors[0]) if is_single else intercept_errors

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the predicted numbers.

        Parameters
        ----------
        X : array of shape (rows, features)

        Returns
        -------
        array of shape (rows,) or (rows, targets)
        """
        check_is_fitted(self)
        x: Any = validate_data(self, X, reset=False, dtype=np.float64)
        return x @ self.coef_.T + self.intercept_


class LinearRegression(LeastSquares):
    """Linear least squares to the last digit, as a scikit-learn estimator.

    Solved by pivoted QR and refined in double-double; see `fit_linear`. Where features depend on each other, the
    coefficients are those of least norm.

    Parameters
    ----------
    fit_intercept : bool

    Attributes
    ----------
    coef_, coef_standard_errors_ : array of shape (features,) or (targets, features)
        Standard errors follow from the scatter of the residuals; infinite where nothing determines a coefficient.
    intercept_, intercept_standard_error_ : float or array of shape (targets,)
    variance_ : float or array of shape (targets,)
        The sum of squared residuals over ``dof_``.
    dof_ : float
        Degrees of freedom.
    rank_, n_features_in_ : int

    Examples
    --------
    >>> from autograd_lite.regression import LinearRegression
    >>> model = LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> print(model.intercept_, model.coef_)
    1.0 [2.]
    """

    def __init__(self, *, fit_intercept: bool = True):
        self.fit_intercept = fit_intercept

    def _penalty(self) -> float:
        return 0.0


class Ridge(LeastSquares):
    """Least squares with the sum of squared coefficients, times alpha, added; as a scikit-learn estimator.

    Parameters
    ----------
    alpha : float
        The strength of the penalty; the intercept is left out of it.
    fit_intercept : bool

    Attributes
    ----------
    coef_, coef_standard_errors_ : array of shape (features,) or (targets, features)
        Standard errors are those of the posterior with prior variances variance_ / alpha, which include what the
        penalty's bias leaves uncertain.
    intercept_, intercept_standard_error_ : float or array of shape (targets,)
    variance_ : float or array of shape (targets,)
    dof_ : float
        The number of rows minus the effective number of parameters.
    rank_, n_features_in_ : int

    Examples
    --------
    >>> from autograd_lite.regression import Ridge
    >>> Ridge(alpha=2.0).fit([[-1.0], [0.0], [1.0]], [1.0, 3.0, 5.0]).coef_
    array([1.])
    """

    def __init__(self, alpha: float = 1.0, *, fit_intercept: bool = True):
        self.alpha, self.fit_intercept = alpha, fit_intercept

    def _penalty(self) -> float:
        alpha = check_number(self, "alpha", 0.0, "a number that is not negative")
        if not math.isfinite(alpha):
            raise ValueError(f"Ridge(alpha={alpha}): a finite number is needed")
        return alpha
