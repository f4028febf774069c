"""Likelihoods of linear predictors, made as large as possible by the engine's derivatives.

Newton's method in a trust region for up to 200 parameters, and with conjugate gradients for more (J. Nocedal, S.
Wright, *Numerical Optimization*, 2nd ed., chapters 4 and 7). Standard errors are from the Hessian at the maximum (P.
McCullagh, J. Nelder, *Generalized Linear Models*, 2nd ed., section 2.5 and appendix A).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from autograd_lite.calculus.minimization.minimize import minimize
from autograd_lite.core.modes import user_stacklevel
from autograd_lite.transforms.second_order import hessian

#: Up to so many parameters the whole Hessian is used for steps.
_DENSE = 200

#: Standard errors are made if the Hessian's second derivatives of outputs have no more elements than this (400 MB).
_ELEMENTS = 50_000_000


@dataclass(frozen=True)
class Likeliest:
    """Where a penalized likelihood is largest.

    Attributes
    ----------
    coefficients, errors : ndarray of shape (outputs, features)
    intercepts, intercept_errors : ndarray of shape (outputs,)
    iterations : int
    """

    coefficients: np.ndarray
    errors: np.ndarray
    intercepts: np.ndarray
    intercept_errors: np.ndarray
    iterations: int


def most_likely(
    estimator: Any,
    x: np.ndarray,
    weight: np.ndarray,
    loss: Callable[[Any], Any],
    start: np.ndarray,
    penalty: float,
) -> Likeliest:
    """Return the coefficients that minimize Σ weight · loss + penalty/2 · Σ coefficient².

    Parameters
    ----------
    estimator : estimator
        With ``fit_intercept``, ``tol`` and ``max_iter``.
    x : ndarray of shape (rows, features)
    weight : ndarray of shape (rows,)
    loss : callable
        The negative logarithm of the likelihood of each row, from the linear predictor of shape (rows, outputs).
    start : ndarray of shape (outputs,)
        The intercepts to start from; coefficients start from 0.
    penalty : float

    Warns
    -----
    ConvergenceWarning
    """
    count, features = x.shape
    outputs, size = start.size, features + int(estimator.fit_intercept)
    columns = np.hstack([x, np.ones((count, size - features))])
    strength = np.zeros(size)
    strength[:features] = penalty
    scale = float(np.sum(weight))

    def total(flat: Any) -> Any:
        theta = np.reshape(flat, (outputs, size))
        likelihood = np.sum(weight * loss(columns @ np.swapaxes(theta, 0, 1)))
        return (likelihood + 0.5 * np.sum(strength * theta * theta)) / scale

    first = np.zeros((outputs, size))
    first[:, features:] = start[:, None]
    method = "trust-region" if first.size <= _DENSE else "newton-cg"
    found = minimize(
        total, first.ravel(), method=method, tolerance=estimator.tol, max_iterations=estimator.max_iter, progress=False
    )
    if not found.converged:
        warnings.warn(
            f"{type(estimator).__name__} did not converge: {found.message} Scaled features, a stronger penalty or a "
            f"larger max_iter may help.",
            ConvergenceWarning,
            stacklevel=user_stacklevel(),
        )
    errors = _errors(total, found.solution, scale, count * outputs).reshape(outputs, size)
    theta = np.reshape(found.solution, (outputs, size))
    none = np.zeros(outputs)
    has_intercept = size > features
    return Likeliest(
        theta[:, :features],
        errors[:, :features],
        theta[:, -1] if has_intercept else none,
        errors[:, -1] if has_intercept else none,
        found.iterations,
    )


def _errors(total: Callable[[Any], Any], solution: np.ndarray, scale: float, elements: int) -> np.ndarray:
    """Return standard errors, in the directions that the likelihood determines; NaN where they cost too much."""
    if solution.size * elements > _ELEMENTS:
        return np.full(solution.size, np.nan)
    curvature = np.asarray(hessian(total)(solution)) * scale
    units = np.sqrt(np.diag(curvature))
    units = np.where(units > 0.0, units, 1.0)
    values, vectors = np.linalg.eigh(curvature / np.outer(units, units))
    determined = values > 1e-12 * values[-1]
    spread = np.sum(vectors[:, determined] ** 2 / values[determined], axis=1)
    return np.sqrt(spread) / units
