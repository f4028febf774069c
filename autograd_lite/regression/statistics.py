"""From an optimum to a result: covariance, goodness of fit, information criteria.

Formulas as in G. Seber, C. Wild, *Nonlinear Regression*, Wiley 1989, sections 2.1 and 5.1, and W. Press et al.,
*Numerical Recipes*, 3rd ed., sections 15.1 and 15.6.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np

from autograd_lite.calculus.fitting.polish import Basis
from autograd_lite.calculus.fitting.solving import Solution
from autograd_lite.regression.curve import Curve
from autograd_lite.regression.parameters import Parameter, Parameters
from autograd_lite.regression.result import FitResult
from autograd_lite.regression.roots import covariance_root

Fit = TypeVar("Fit", bound=FitResult)


def assembled(
    problem: Curve,
    solution: Solution,
    absolute: bool,
    method: str,
    values: Any = None,
    kind: type[Fit] = FitResult,
    inverse: np.ndarray | None = None,
    used: float | None = None,
) -> Fit:
    """Return the result of a fit.

    Parameters
    ----------
    problem : Curve
    solution : Solution
    absolute : bool
        Whether sigma is in the units of y.
    method : str
    values : Tensor, optional
        All parameters, where they are being differentiated.
    kind : type
        Of the result.
    inverse : ndarray of shape (m, m), optional
        (Jᵀ J)⁻¹, if it is known better than by the basis.
    used : float, optional
        How many parameters the fit uses up, if these are fewer than it has.
    """
    optimum, layout = solution.optimum, problem.layout
    count = problem.data.size
    used = problem.size if used is None else used
    dof = count - used
    chi_squared = float(optimum.sum_of_squares)
    variance = 1.0 if absolute else (chi_squared / dof if dof > 0 else math.inf)
    if not problem.loss.is_linear:
        variance = _robust_variance(problem, optimum.residuals, absolute)
    if inverse is None:
        root = covariance_root(optimum.basis, problem.size)
        covariance = _covariance(optimum.basis, root, variance)
    else:
        with np.errstate(invalid="ignore"):
            covariance = variance * inverse
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diag(covariance))
    whole = np.array(problem.whole(optimum.x), float)
    shown = whole if values is None else values
    parameters = _parameters(problem, shown, errors)
    residuals = _in_units_of_y(problem, optimum.residuals)
    total = _total(problem)
    likelihood = _log_likelihood(problem, optimum.residuals, chi_squared, absolute)
    fitted = used + (0 if absolute else 1)
    return kind(
        parameters=parameters,
        values=shown,
        covariance=covariance,
        names=layout.free_names,
        chi_squared=chi_squared,
        dof=dof,
        n_data=count,
        p_value=_survival(chi_squared, dof) if absolute and problem.loss.is_linear else math.nan,
        r_squared=1.0 - float(problem.data.whitened(residuals) @ problem.data.whitened(residuals)) / total
        if total > 0.0
        else math.nan,
        log_likelihood=likelihood,
        aic=2.0 * fitted - 2.0 * likelihood,
        bic=fitted * math.log(count) - 2.0 * likelihood,
        residuals=residuals,
        reason=solution.reason,
        iterations=solution.iterations,
        evaluations=solution.evaluations,
        history=solution.history,
        method=method,
        absolute_sigma=absolute,
        has_sigma=problem.data.sigma is not None,
        variance=variance,
        problem=problem,
        optimum=optimum,
    )


def _covariance(basis: Basis | None, root: np.ndarray, variance: float) -> np.ndarray:
    """Return the covariance: NaN for parameters at a bound, infinite variances for what is not determined."""
    with np.errstate(invalid="ignore"):
        covariance = variance * (root @ root.T)
    if basis is None:
        return covariance
    held = np.setdiff1d(np.arange(root.shape[0]), basis.free)
    covariance[held, :] = covariance[:, held] = np.nan
    if not basis.is_full:
        # What of each parameter's axis lies outside of the row space is not determined.
        outside = 1.0 - np.sum(basis.right**2, axis=0)
        loose = basis.free[outside > 1e-8]
        covariance[loose, :] = covariance[:, loose] = np.nan
        covariance[loose, loose] = np.inf
    return covariance


def _parameters(problem: Curve, values: Any, errors: np.ndarray) -> Parameters:
    layout = problem.layout
    spread = np.zeros(len(layout.names))
    spread[layout.free] = errors
    is_free = np.isin(np.arange(len(layout.names)), layout.free)
    return Parameters(
        Parameter(name, values[i], float(spread[i]), not is_free[i], float(layout.lower[i]), float(layout.upper[i]))
        for i, name in enumerate(layout.names)
    )


def _in_units_of_y(problem: Curve, residuals: np.ndarray) -> np.ndarray:
    """Return y - model from residuals in standard deviations."""
    data = problem.data
    if data.factor is not None:
        return -(data.factor @ residuals)
    return -residuals if data.sigma is None else -residuals * data.sigma


def _total(problem: Curve) -> float:
    """Return the weighted sum of squares about the weighted mean."""
    data = problem.data
    ones, values = data.whitened(np.ones(data.size)), data.whitened(data.values)
    centred = values - ones * (float(ones @ values) / float(ones @ ones))
    return float(centred @ centred)


def _log_likelihood(problem: Curve, residuals: np.ndarray, chi_squared: float, absolute: bool) -> float:
    """Return the logarithm of the normal likelihood at its maximum, over the variance too if it is unknown."""
    data, count = problem.data, residuals.size
    if data.factor is not None:
        spread = float(np.sum(np.log(np.diag(data.factor))))
    else:
        spread = 0.0 if data.sigma is None else float(np.sum(np.log(data.sigma)))
    if absolute:
        return -0.5 * chi_squared - spread - 0.5 * count * math.log(2.0 * math.pi)
    if chi_squared == 0.0:
        return math.inf
    return -0.5 * count * (math.log(2.0 * math.pi * chi_squared / count) + 1.0) - spread


def _robust_variance(problem: Curve, residuals: np.ndarray, absolute: bool) -> float:
    """Return the variance in Huber's covariance, Σψ²/(n - m) / (Σψ'/n)² (P. Huber, *Robust Statistics*, 1981)."""
    _, first, second = problem.loss.at(residuals)
    z = (residuals / problem.loss.scale) ** 2
    psi, slope = residuals * first, float(np.mean(first + 2.0 * z * second))
    dof = residuals.size - problem.size
    if dof <= 0 or not slope > 0.0:
        return math.inf
    # The covariance is built on J scaled by the loss, whose squares have the mean slope already.
    return float(psi @ psi) / dof / slope


def _survival(chi_squared: float, dof: float) -> float:
    """Return the probability that chi-squared is larger by chance."""
    from scipy.special import chdtrc

    return float(chdtrc(dof, chi_squared)) if dof > 0 else math.nan
