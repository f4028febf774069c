"""From an optimum to a result: covariance and standard errors.

G. Seber, C. Wild, *Nonlinear Regression*, Wiley 1989, section 5.1.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from autograd_lite.calculus.fitting.polish import Basis
from autograd_lite.calculus.fitting.solving import Solution
from autograd_lite.regression.curve import Curve
from autograd_lite.regression.goodness import Goodness
from autograd_lite.regression.parameters import Parameter, Parameters
from autograd_lite.regression.result import FitResult
from autograd_lite.regression.roots import covariance_root

Fit = TypeVar("Fit", bound=FitResult)


def assembled(
    problem: Curve,
    solution: Solution,
    absolute: bool,
    method: str,
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
    kind : type
        Of the result.
    inverse : ndarray of shape (m, m), optional
        (Jᵀ J)⁻¹, if it is known better than by the basis.
    used : float, optional
        How many parameters the fit uses up, if these are fewer than it has.
    """
    optimum, layout = solution.optimum, problem.layout
    used = problem.size if used is None else used
    goodness = Goodness(problem.data, problem.loss, optimum.residuals, used, absolute, float(optimum.sum_of_squares))
    variance = float(goodness.variance)
    if inverse is None:
        root = covariance_root(optimum.basis, problem.size)
        covariance = _covariance(optimum.basis, root, variance)
    else:
        with np.errstate(invalid="ignore"):
            covariance = variance * inverse
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diag(covariance))
    values = np.array(problem.whole(optimum.x), float)
    return kind(
        parameters=_parameters(problem, values, errors),
        values=values,
        covariance=covariance,
        names=layout.free_names,
        chi_squared=goodness.chi_squared,
        dof=goodness.dof,
        n_data=problem.data.size,
        p_value=float(goodness.p_value),
        r_squared=float(goodness.r_squared),
        log_likelihood=float(goodness.log_likelihood),
        aic=float(goodness.aic),
        bic=float(goodness.bic),
        residuals=goodness.residuals,
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
