"""Straight lines: `fit_line`, in closed form, and with errors in both variables."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_lite.calculus.result import Reason
from autograd_lite.core.modes import user_stacklevel
from autograd_lite.errors import NotDifferentiableError, ShapeError, StructureError
from autograd_lite.regression.columns import Columns
from autograd_lite.regression.data import Data, data_of, numbers_in
from autograd_lite.regression.differentiable import is_tracked
from autograd_lite.regression.double_double import DoubleDouble
from autograd_lite.regression.influence import Influence
from autograd_lite.regression.linear_result import LinearFit, fitted
from autograd_lite.regression.refinement import Solved, without_rounding

_WHO = "fit_line"

#: York's iteration contracts by a part that grows with the errors of x; it is given up after so many rounds.
_ROUNDS = 2000


@dataclass(frozen=True, kw_only=True, repr=False)
class LineFit(LinearFit):
    """The result of `fit_line`: a `FitResult` with its two parameters by name.

    With errors in both variables, ``residuals`` are those in y, and chi-squared weighs them with what the errors of x
    add to those of y.
    """

    @property
    def intercept(self) -> Any:
        """Where the line meets x = 0."""
        return self.values[0]

    @property
    def slope(self) -> Any:
        """How steep the line is."""
        return self.values[1]

    @property
    def intercept_error(self) -> Any:
        """The standard error of the intercept."""
        return self.parameters[0].standard_error

    @property
    def slope_error(self) -> Any:
        """The standard error of the slope."""
        return self.parameters[1].standard_error

    def influence(self) -> Influence:
        """Return how much each datum moves each parameter; see `FitResult.influence`."""
        if self.method == "york":
            raise StructureError("influence is not offered for fits with errors in both variables")
        return super().influence()

    def bootstrap(self, count: int = 1000, seed: int = 0) -> np.ndarray:
        """Return parameters refitted to resampled data, of shape (count, 2); see `FitResult.bootstrap`."""
        if self.method == "york":
            raise StructureError("the bootstrap is not offered for fits with errors in both variables")
        return super().bootstrap(count, seed)


class _Line(Columns):
    """A column of ones, and x."""

    def __init__(self) -> None:
        super().__init__(("intercept", "slope"), "line")

    def __call__(self, x: Any, *parameters: Any) -> Any:
        """Return the line's values."""
        intercept, slope = parameters
        return intercept + slope * x

    def at(self, x: Any) -> DoubleDouble:
        """Return ones and x."""
        flat = np.reshape(numbers_in(x, "predict"), -1)
        return DoubleDouble(np.stack([np.ones(flat.size), flat], axis=1))


def fit_line(
    x: Any,
    y: Any,
    sigma: Any = None,
    sigma_x: Any = None,
    *,
    correlation: Any = 0.0,
    absolute_sigma: bool | None = None,
    nan_policy: str = "raise",
) -> LineFit:
    """Fit a straight line, intercept + slope · x, by chi-squared.

    Parameters
    ----------
    x, y : array_like of shape (n,)
        Masked elements of y are left out.
    sigma : float, array_like of shape (n,), or covariance matrix of shape (n, n), optional
        Standard deviations of y.
    sigma_x : float or array_like of shape (n,), optional
        Standard deviations of x. The line is then the one that is most likely with errors in both variables.
    correlation : float or array_like of shape (n,)
        Of the errors of x and y at each point.
    absolute_sigma : bool, optional
        Whether ``sigma`` is in the units of y, as it is taken to be where it is given; see `curve_fit`.
    nan_policy : {"raise", "omit"}
        What to do about NaN in the data.

    Returns
    -------
    LineFit
        With ``intercept``, ``slope``, their errors, ``covariance``, ``chi_squared``, ``p_value`` and all that
        `FitResult` has. Where x, y or sigma is being differentiated, its numbers are Tensors.

    Raises
    ------
    ShapeError, StructureError, DtypeError
        For bad input, naming the argument and the position, and where all x are the same.
    NotDifferentiableError
        If a fit with errors of x is being differentiated.

    Warns
    -----
    RuntimeWarning
        If York's iteration does not converge.

    Notes
    -----
    With tᵢ = xᵢ - x̄, means weighted with 1/σᵢ², the slope is Σ tᵢ yᵢ/σᵢ² / Σ tᵢ²/σᵢ² (W. Press et al., *Numerical
    Recipes*, 3rd ed., section 15.2), here in double-double. With errors in both variables: D. York, N. Evensen, M.
    Martínez, J. De Basabe Delgado, *Unified equations for the slope, intercept, and standard errors of the best
    straight line*, Am. J. Phys. 72, 367, 2004, equations 13.

    Examples
    --------
    >>> from autograd_lite.regression import fit_line
    >>> fit = fit_line([0, 1, 2, 3], [1.1, 2.9, 5.2, 6.8], sigma=0.2)
    >>> print(fit.parameters)
    intercept = 1.09 ± 0.17
    slope = 1.940 ± 0.089
    >>> round(fit.p_value, 2)
    0.36
    """
    data = data_of(x, y, sigma, nan_policy, _WHO)
    _check(data)
    if sigma_x is not None and is_tracked(x, y, sigma, sigma_x, correlation):
        raise NotDifferentiableError(f"{_WHO}: a fit with errors of x has no gradient here")
    is_given = sigma is not None or sigma_x is not None
    absolute = is_given if absolute_sigma is None else bool(absolute_sigma)
    if sigma_x is None:
        given = {"x": x, "y": y, "sigma": sigma}
        return fitted(_Line(), data, _WHO, absolute, given, None, LineFit, _closed_form, "closed form")
    line = _york(data, _errors_of_x(sigma_x, x, y, sigma, nan_policy, data), _correlations(correlation, data))
    effective = replace(data, sigma=1.0 / np.sqrt(line.weights))
    fit = fitted(_Line(), effective, _WHO, absolute, None, None, LineFit, line.solved, "york")
    if not line.converged:
        fit = replace(fit, reason=Reason.MAX_ITERATIONS)
        warnings.warn(
            f"{_WHO}: York's iteration for the slope does not converge. If the line is steep, exchange x and y.",
            RuntimeWarning,
            stacklevel=user_stacklevel(),
        )
    return fit


def _check(data: Data) -> None:
    places = data.x
    if not isinstance(places, np.ndarray) or places.ndim != 1 or data.y.ndim != 1 or places.size != data.y.size:
        raise ShapeError(
            f"{_WHO}: x has shape {np.shape(places)}, and y has shape {data.y.shape}: both have one axis of length n"
        )
    if data.size < 2:
        raise ShapeError(f"{_WHO}: y has {data.size} value that counts, and a line needs 2")
    if np.all(places == places[0]):
        raise StructureError(f"{_WHO}: x is {places[0]} throughout, and the slope is not determined")


def _closed_form(design: DoubleDouble, values: DoubleDouble) -> Solved:
    """Return the line through data in standard deviations: a = 1/σ and b = x/σ are the columns."""
    a, b, y = design[:, 0], design[:, 1], values[:, 0]
    weight = (a * a).sum()
    mean = (a * b).sum() / weight
    t = b - a * mean
    spread = (t * t).sum()
    slope = (t * y).sum() / spread
    intercept = (a * y).sum() / weight - slope * mean
    return _solved(design, values, (intercept, slope), (weight, mean, spread), np.stack([a.hi, t.hi], axis=1))


def _solved(
    design: DoubleDouble, values: DoubleDouble, line: tuple[DoubleDouble, ...], sums: tuple[DoubleDouble, ...], t: Any
) -> Solved:
    """Return a line with its covariance, from Σ 1/σ², the mean of x and Σ (x - mean)²/σ²."""
    weight, mean, spread = sums
    solution = _matrix([[line[0]], [line[1]]])
    residuals = without_rounding(values - design @ solution, design, solution, values)
    one, crossed = DoubleDouble(1.0), -(mean / spread)
    inverse = _matrix([[one / weight - mean * crossed, crossed], [crossed, one / spread]])
    lengths = np.sqrt([float(weight), float(spread)])
    root = np.array([[1.0 / lengths[0], -float(mean) / lengths[1]], [0.0, 1.0 / lengths[1]]])
    norms = np.sqrt(np.sum(design.hi**2, axis=0))
    condition = float(norms[1] / lengths[1])
    return Solved(solution, residuals, t / lengths, root, inverse, np.zeros((2, 0)), norms, condition, 0)


def _matrix(rows: list[list[DoubleDouble]]) -> DoubleDouble:
    return DoubleDouble([[each.hi for each in row] for row in rows], [[each.lo for each in row] for row in rows])


@dataclass(frozen=True)
class _York:
    """York's line: intercept and slope, weights, the adjusted x with their mean, and whether the slope settled."""

    intercept: float
    slope: float
    weights: np.ndarray
    adjusted: np.ndarray
    chi_squared: float
    converged: bool

    def solved(self, design: DoubleDouble, values: DoubleDouble) -> Solved:
        """Return it as the solution of a linear fit, with York's covariance."""
        total = float(np.sum(self.weights))
        mean = float(self.weights @ self.adjusted) / total
        u = self.adjusted - mean
        sums = (DoubleDouble(total), DoubleDouble(mean), DoubleDouble(float(self.weights @ (u * u))))
        scaled = np.sqrt(self.weights)[:, None] * np.stack([np.ones(u.size), u], axis=1)
        return _solved(design, values, (DoubleDouble(self.intercept), DoubleDouble(self.slope)), sums, scaled)


def _york(data: Data, sigma_x: np.ndarray, correlation: np.ndarray) -> _York:
    """Return the most likely line, of those reached from the regressions of y on x and of x on y."""
    x, y = data.x, data.values
    if data.sigma is None and np.all(y == y[0]):
        raise StructureError(f"{_WHO}: y is {y[0]} throughout, and to a level line errors of x are nothing; give sigma")
    sigma_y = np.zeros(y.size) if data.sigma is None else data.sigma
    t, v = x - x.mean(), y - y.mean()
    together = float(t @ v)
    starts = [together / float(t @ t)]
    if abs(together) > 1e-14 * float(np.linalg.norm(t) * np.linalg.norm(v)):  # otherwise it is rounding
        starts.append(float(v @ v) / together)
    elif data.sigma is None:
        starts = [1.0]  # with errors of x only, a level line has no chi-squared
    lines = [_york_from(start, x, y, sigma_x, sigma_y, correlation) for start in starts]
    finite = [line for line in lines if np.isfinite(line.chi_squared)]
    if not finite:
        raise StructureError(f"{_WHO}: chi-squared is not finite for any line; check sigma, sigma_x and correlation")
    return min(finite, key=lambda line: (not line.converged, line.chi_squared))


@np.errstate(all="ignore")
def _york_from(
    slope: float, x: np.ndarray, y: np.ndarray, sigma_x: np.ndarray, sigma_y: np.ndarray, correlation: np.ndarray
) -> _York:
    """Return the line that York's iteration reaches from a slope, by equations 13 in terms of variances."""
    variances = (sigma_x**2, sigma_y**2, correlation * sigma_x * sigma_y)
    for _ in range(_ROUNDS):
        line, after = _improved(slope, x, y, *variances)
        if not np.isfinite(after):
            return line
        if abs(after - slope) <= 4.0 * np.finfo(float).eps * abs(after):
            return replace(line, converged=True)
        slope = after
    return _improved(slope, x, y, *variances)[0]


def _improved(
    slope: float, x: np.ndarray, y: np.ndarray, of_x: np.ndarray, of_y: np.ndarray, of_both: np.ndarray
) -> tuple[_York, float]:
    """Return the line of a slope, and York's next slope."""
    weights = 1.0 / (of_y + slope**2 * of_x - 2.0 * slope * of_both)
    total = np.sum(weights)
    x_mean, y_mean = float(weights @ x / total), float(weights @ y / total)
    u, v = x - x_mean, y - y_mean
    beta = weights * (u * of_y + slope * v * of_x - (slope * u + v) * of_both)
    chi_squared = float(weights @ (v - slope * u) ** 2)
    line = _York(y_mean - slope * x_mean, slope, weights, x_mean + beta, chi_squared, False)
    return line, float((weights * beta) @ v / ((weights * beta) @ u))


def _errors_of_x(sigma_x: Any, x: Any, y: Any, sigma: Any, nan_policy: str, data: Data) -> np.ndarray:
    """Return the standard deviations of the x that count."""
    if data.factor is not None:
        raise StructureError(f"{_WHO}: with sigma_x, sigma is a number or one for each y, and not a covariance matrix")
    spread = np.asarray(sigma_x, float)
    if spread.ndim == 0:
        spread = np.full(np.shape(y), float(spread))
    if spread.shape != np.shape(y):
        raise ShapeError(f"{_WHO}: sigma_x has shape {spread.shape}; it is a number, or one for each of {np.size(y)} x")
    wrong = np.flatnonzero(~(spread > 0.0) | np.isinf(spread))
    if wrong.size:
        raise StructureError(f"{_WHO}: sigma_x[{wrong[0]}] is {spread[wrong[0]]}, and a finite, positive one is needed")
    return np.asarray(data_of(np.stack([np.asarray(x, float), spread]), y, sigma, nan_policy, _WHO).x[1])


def _correlations(correlation: Any, data: Data) -> np.ndarray:
    array = np.asarray(correlation, float)
    if array.ndim and array.shape != data.y.shape:
        raise ShapeError(
            f"{_WHO}: correlation has shape {array.shape}; it is a number, or one for each of {data.size} x"
        )
    if not np.all(np.abs(array) < 1.0):
        raise StructureError(f"{_WHO}: correlations lie between -1 and 1, and {correlation!r} was given")
    return np.broadcast_to(array, data.y.shape)
