"""Likelihoods of linear predictors, made as large as possible by the engine's derivatives.

What each row loses is differentiated with respect to its few linear predictors, and the Hessian of the coefficients
follows from that. Newton's method, with steps halved until the sum falls, for up to 2,000 parameters (P. McCullagh, J.
Nelder, *Generalized Linear Models*, 2nd ed., section 2.5 and appendix A, for standard errors and for the method; J.
Nocedal, S. Wright, *Numerical Optimization*, 2nd ed., section 3.3), and with conjugate gradients for more.
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
from autograd_lite.transforms.reverse import grad, vjp

#: Up to so many parameters the Hessian is made.
_DENSE = 2000

#: What the sum may still fall by, as a part of it, where Newton's method is in its final, quadratic phase; and where
#: rounding is all that is left.
_NEAR, _ROUNDING = 1e-8, 1e-14

#: So many slow steps in that phase mean that there is no minimum, and steps never end.
_SLOW = 6

_ENDLESS = "The likelihood rises for ever along some combination of coefficients."


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


@dataclass(frozen=True)
class _Objective:
    """(Σ weight · loss + Σ strength/2 · theta²) / scale, of theta with a row for each output.

    Attributes
    ----------
    columns : ndarray of shape (rows, size)
    weight : ndarray of shape (rows,)
        Divided by the scale.
    strength : ndarray of shape (size,)
        Divided by the scale.
    loss : callable
        Of each row, from its linear predictors; none is negative.
    """

    columns: np.ndarray
    weight: np.ndarray
    strength: np.ndarray
    loss: Callable[[Any], Any]

    def __call__(self, theta: Any) -> Any:
        """Return the sum."""
        return self.lost(self.columns @ np.swapaxes(theta, 0, 1)) + 0.5 * np.sum(self.strength * theta * theta)

    def lost(self, predictors: Any) -> Any:
        """Return the sum without its penalty, from linear predictors of shape (rows, outputs)."""
        return np.sum(self.weight * self.loss(predictors))

    def derivatives(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return gradient and Hessian with respect to theta's elements, row by row."""
        outputs, size = theta.shape
        predictors = self.columns @ theta.T
        slopes, pull = vjp(grad(self.lost), predictors)
        curvature = np.zeros((outputs, size, outputs, size))
        for k in range(outputs):
            along = np.zeros_like(predictors)
            along[:, k] = 1.0
            second = pull(along)[0]
            for j in range(k + 1):
                block = self.columns.T @ (second[:, j, None] * self.columns)
                curvature[k, :, j, :] = curvature[j, :, k, :] = block
        flat = curvature.reshape(theta.size, theta.size)
        flat[np.diag_indices(theta.size)] += np.tile(self.strength, outputs)
        return (slopes.T @ self.columns + self.strength * theta).ravel(), flat


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
        The negative logarithm of the likelihood of each row, above its smallest, from the linear predictor of shape
        (rows, outputs).
    start : ndarray of shape (outputs,)
        The intercepts to start from; coefficients start from 0.
    penalty : float

    Warns
    -----
    ConvergenceWarning
    """
    (count, features), outputs = x.shape, start.size
    size = features + int(estimator.fit_intercept)
    columns = np.hstack([x, np.ones((count, size - features))])
    scale = float(np.sum(weight))
    strength = np.where(np.arange(size) < features, penalty / scale, 0.0)
    objective = _Objective(columns, weight / scale, strength, loss)
    theta = np.zeros((outputs, size))
    theta[:, features:] = start[:, None]
    if theta.size <= _DENSE:
        theta, iterations, problem = _newton(objective, theta, estimator.tol, estimator.max_iter)
        errors = _errors(objective.derivatives(theta)[1] * scale).reshape(theta.shape)
    else:
        found = minimize(
            objective, theta, method="newton-cg", tolerance=estimator.tol, max_iterations=estimator.max_iter,
            progress=False,
        )  # fmt: skip
        theta, iterations, problem = found.solution, found.iterations, "" if found.converged else found.message
        errors = np.full(theta.shape, np.nan)
    if problem:
        warnings.warn(
            f"{type(estimator).__name__} did not converge: {problem} Scaled features, a stronger penalty or a larger "
            f"max_iter may help.",
            ConvergenceWarning,
            stacklevel=user_stacklevel(),
        )
    intercepts, intercept_errors = (each[:, -1] if size > features else np.zeros(outputs) for each in (theta, errors))
    return Likeliest(theta[:, :features], errors[:, :features], intercepts, intercept_errors, iterations)


@np.errstate(over="ignore", invalid="ignore")
def _newton(
    objective: _Objective, theta: np.ndarray, tolerance: float | None, rounds: int
) -> tuple[np.ndarray, int, str]:
    """Return where a convex function is smallest, how many steps that took, and what kept it from converging."""
    first = value = float(objective(theta))
    before, slow = np.inf, 0
    for iteration in range(rounds):
        gradient, curvature = objective.derivatives(theta)
        if tolerance is not None and np.max(np.abs(gradient)) <= tolerance:
            return theta, iteration, ""
        step = _downhill(curvature, gradient, len(theta))
        fall = float(-gradient @ step)
        is_near = fall <= _NEAR * abs(value)
        if is_near and fall > 0.1 * before:
            if fall <= 0.0 or (fall <= _ROUNDING * abs(value) and not slow):
                return theta, iteration, ""
            slow += 1
            if slow == _SLOW:
                return theta, iteration, _ENDLESS
        before = fall
        after = theta + step.reshape(theta.shape)
        lower = float(objective(after))
        while not is_near and not lower <= value - 1e-4 * fall:
            step, fall = 0.5 * step, 0.5 * fall
            after = theta + step.reshape(theta.shape)
            lower = float(objective(after))
            if np.max(np.abs(step)) <= 1e-16 * np.max(np.abs(theta)) or fall == 0.0:
                is_there = fall <= 1e-12 * abs(first)
                return theta, iteration, "" if is_there else "No step makes the likelihood larger."
        theta, value = after, lower
    is_endless = rounds >= 50 and before > 0.1 * abs(value) and not objective.strength.any()
    return theta, rounds, _ENDLESS if is_endless else f"{rounds} iterations were not enough."


def _downhill(curvature: np.ndarray, gradient: np.ndarray, outputs: int) -> np.ndarray:
    """Return Newton's step; along what does not matter, none."""
    from scipy.linalg import cho_factor, cho_solve

    units = _units(curvature)
    scaled = curvature / np.outer(units, units)
    if outputs > 1:  # what outputs have in common does not change a likelihood of classes, and its gradient is 0
        size = units.size // outputs
        common = np.tile(np.eye(size), (outputs, 1)) / units[:, None]
        common /= np.linalg.norm(common, axis=0)
        scaled += common @ common.T
    scaled[np.diag_indices(units.size)] += 4.0 * units.size * np.finfo(float).eps
    try:
        step = cho_solve(cho_factor(scaled), -gradient / units)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(scaled)
        matters = values > 1e-13 * values[-1]
        step = vectors[:, matters] @ ((vectors[:, matters].T @ (-gradient / units)) / values[matters])
    return step / units


def _errors(curvature: np.ndarray) -> np.ndarray:
    """Return standard errors, in the directions that the likelihood determines."""
    units = _units(curvature)
    values, vectors = np.linalg.eigh(curvature / np.outer(units, units))
    determined = values > 1e-12 * values[-1]
    spread = np.sum(vectors[:, determined] ** 2 / values[determined], axis=1)
    return np.sqrt(spread) / units


def _units(curvature: np.ndarray) -> np.ndarray:
    units = np.sqrt(np.diag(curvature))
    return np.where(units > 0.0, units, 1.0)
