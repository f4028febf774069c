"""What a non-linear fit gives: a plain result, whose methods ask the modules that know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from autograd_lite.calculus.fitting.polish import Optimum
from autograd_lite.calculus.result import Evaluations, Reason, Record
from autograd_lite.regression import bands, curvature, identifiability, influence, intervals, plots, report
from autograd_lite.regression.curve import Curve
from autograd_lite.regression.differentiable import refused
from autograd_lite.regression.goodness import STATISTICS
from autograd_lite.regression.layout import Layout
from autograd_lite.regression.parameters import Parameters
from autograd_lite.regression.pending import lazy_fields


@lazy_fields("covariance", *STATISTICS)
@dataclass(frozen=True, kw_only=True, repr=False)
class FitResult:
    """The result of `curve_fit`.

    Where the fit is being differentiated, its numbers are Tensors, computed when they are read; ``plain`` is the same
    without derivatives.

    Attributes
    ----------
    parameters : Parameters
        By name, each with value and standard error, fixed ones too.
    values : ndarray of shape (M,)
        Of all parameters.
    covariance : ndarray of shape (m, m)
        Of the fitted parameters; NaN for those at a bound, infinite variances for what the data do not determine.
    names : tuple of str
        Of the fitted parameters.
    chi_squared : float
        Σ ((y - model)/σ)², with σ = 1 where none was given.
    dof : int or float
        n - m; for a fit with a penalty n minus the effective number of parameters.
    n_data : int
        n: the data that count.
    p_value : float
        The probability of a larger chi-squared by chance; NaN unless sigma is in the units of y.
    r_squared : float
        The part of the (weighted) variance that the model explains.
    log_likelihood, aic, bic : float
        For normal errors, maximized over the variance too if it is unknown, which then counts as a parameter.
    residuals : ndarray of shape (n,)
        y - model, in the units of y.
    reason : Reason
        Why it ended.
    iterations : int
    evaluations : Evaluations
        Runs of the model, Jacobians and Hessians.
    history : tuple of Record
    method : str
    absolute_sigma : bool
        Whether standard errors follow from sigma, and not from the scatter of the residuals.
    has_sigma : bool
    variance : float
        What (Jᵀ J)⁻¹ is multiplied with: 1, or the reduced chi-squared.
    followed : Followed or None
        What gives the Tensors, where the fit is being differentiated.
    """

    parameters: Parameters
    values: Any
    covariance: Any
    names: tuple[str, ...]
    chi_squared: Any
    dof: Any
    n_data: int
    p_value: Any
    r_squared: Any
    log_likelihood: Any
    aic: Any
    bic: Any
    residuals: Any
    reason: Reason
    iterations: int
    evaluations: Evaluations
    history: tuple[Record, ...] = field(repr=False)
    method: str
    absolute_sigma: bool
    has_sigma: bool
    variance: Any
    problem: Curve = field(repr=False)
    optimum: Optimum = field(repr=False)
    followed: Any = field(default=None, repr=False)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.values, self.covariance))

    def __repr__(self) -> str:
        return report.summary(self.plain)

    @property
    def plain(self) -> Self:
        """The same with plain numbers, without derivatives."""
        return self if self.followed is None else self.followed.plain

    @property
    def converged(self) -> bool:
        """Whether the reason is a success."""
        return self.reason.converged

    @property
    def message(self) -> str:
        """Why it ended and what to do about it."""
        return str(self.reason)

    @property
    def standard_errors(self) -> Any:
        """Of all parameters, fixed ones 0."""
        if self.followed is not None:
            return self.followed.standard_errors
        return np.array([parameter.standard_error for parameter in self.parameters.values()])

    @property
    def reduced_chi_squared(self) -> Any:
        """Chi-squared by degrees of freedom; NaN without any."""
        if self.followed is not None:
            return self.followed.reduced_chi_squared
        return self.chi_squared / self.dof if self.dof > 0 else float("nan")

    @property
    def correlation(self) -> Any:
        """The covariance in units of the standard errors."""
        if self.followed is not None:
            return self.followed.correlation
        with np.errstate(invalid="ignore", divide="ignore"):
            errors = np.sqrt(np.diag(self.covariance))
            return self.covariance / np.outer(errors, errors)

    @property
    def solution(self) -> Any:
        """The model's arguments behind x, in the containers of the start; the argument itself if there is one."""
        layout: Layout = self.problem.layout
        packed = layout.packed(layout.leaves(self.values))
        return packed[0] if len(packed) == 1 else tuple(packed)

    def confidence_interval(
        self,
        level: float = 0.95,
        method: str = "covariance",
        names: Sequence[str] | None = None,
        n_bootstrap: int = 1000,
        seed: int = 0,
    ) -> dict[str, tuple[float, float]]:
        """Return a confidence interval for each fitted parameter.

        Parameters
        ----------
        level : float
        method : {"covariance", "profile", "bootstrap"}
            From standard errors with Student's t (normal quantiles where sigma is absolute); where the profile of
            chi-squared meets that quantile; quantiles of refits to resampled data.
        names : str or sequence of str, optional
            All fitted parameters if not given.
        n_bootstrap, seed : int
            Of the bootstrap.

        Returns
        -------
        dict of str to (lower, upper)
            Infinite where the data set no limit. Where the fit is being differentiated, those by covariance have
            derivatives; the others raise when they are asked for one.
        """
        return intervals.intervals(self, level, method, names, n_bootstrap, seed)

    def bootstrap(self, count: int = 1000, seed: int = 0) -> np.ndarray:
        """Return parameters refitted to resampled data, of shape (count, m).

        Residuals are resampled, each in its own standard deviations and scaled by √(n/dof); where sigma is absolute,
        normal errors are drawn (B. Efron, R. Tibshirani, *An Introduction to the Bootstrap*, 1993, section 9.4).
        """
        return refused(self, intervals.bootstrap(self.plain, count, seed), "a bootstrap")

    def predict(self, x: Any = None, return_std: bool = False) -> Any:
        """Return the fitted model at x (the data's if not given), with its standard error if asked for."""
        values, errors = bands.predicted(self, x, return_std)
        return (values, errors) if return_std else values

    def confidence_band(self, x: Any = None, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and upper limit of where the model's true values lie, at each x by itself."""
        return bands.band(self, x, level, None, prediction=False)

    def prediction_band(self, x: Any = None, level: float = 0.95, sigma: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and upper limit of where a new datum lies; ``sigma`` is its own, if the data's differ."""
        return bands.band(self, x, level, sigma, prediction=True)

    def curvature(self) -> curvature.Curvature:
        """Return how far the fit is from linear within its uncertainty, by Bates and Watts."""
        return curvature.curvature(self.plain)

    def identifiability(self) -> identifiability.Identifiability:
        """Return which combinations of parameters the data do not determine, or badly."""
        return identifiability.identifiability(self.plain)

    def influence(self) -> influence.Influence:
        """Return how much each datum moves each parameter, with leverage and Cook's distance."""
        return influence.influence(self.plain)

    def profile(self, name: str, points: int = 21, reach: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
        """Return values of a parameter within some standard errors, and the profile t at each.

        Parameters
        ----------
        name : str
        points : int
        reach : float
            In standard errors.
        """
        values, taus = plots.profile_of(self.plain, name, points, reach)
        return refused(self, values, "a profile"), refused(self, taus, "a profile")

    def summary(self) -> str:
        """Return the parameters, how good the fit is, and what to know about it, as text."""
        return report.summary(self.plain)

    def _repr_html_(self) -> str:
        return report.to_html(self.plain)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain Python objects."""
        return report.to_dict(self.plain)

    def to_json(self, **options: Any) -> str:
        """Return the numbers as JSON; what is not finite becomes null. Options are those of `json.dumps`."""
        return report.to_json(self.plain, **options)

    def plot(self, axes: Any = None, level: float = 0.95) -> Any:
        """Draw data, fit and band, with the residuals below.

        Parameters
        ----------
        axes : Axes, or pair of Axes, optional
            Where to draw: one for the fit alone. A new figure if not given.
        level : float
            Of the bands.

        Returns
        -------
        ndarray of Axes
        """
        return plots.plot_fit(self.plain, axes, level)

    def plot_profile(self, names: Sequence[str] | None = None, axes: Any = None) -> Any:
        """Draw the profile t of parameters, a straight line where the model is linear.

        Returns
        -------
        ndarray of Axes
        """
        return plots.plot_profile(self.plain, names, axes)

    def plot_corner(self, n_bootstrap: int = 500, seed: int = 0) -> Any:
        """Draw each pair of parameters: bootstrap refits, and the ellipses of the covariance.

        Returns
        -------
        ndarray of Axes
        """
        return plots.plot_corner(self.plain, n_bootstrap, seed)

    def plot_history(self, axes: Any = None) -> Any:
        """Draw how the sum of squares fell.

        Returns
        -------
        Axes
        """
        return plots.plot_history(self.plain, axes)
