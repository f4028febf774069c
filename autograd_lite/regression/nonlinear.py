"""Non-linear regression: `curve_fit`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.losses import LOSSES, Loss, robust_scale
from autograd_lite.calculus.fitting.solving import METHODS, Solution, solve
from autograd_lite.calculus.result import Reason, Record
from autograd_lite.core.modes import user_stacklevel
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.regression.curve import Curve
from autograd_lite.regression.data import data_of
from autograd_lite.regression.differentiable import follow
from autograd_lite.regression.guess import starts_from_data
from autograd_lite.regression.identifiability import undetermined
from autograd_lite.regression.layout import Layout, layout_of
from autograd_lite.regression.result import FitResult
from autograd_lite.regression.statistics import assembled


def curve_fit(
    model: Callable[..., Any],
    x: Any,
    y: Any,
    p0: Any = None,
    sigma: Any = None,
    absolute_sigma: bool | None = None,
    bounds: Any = None,
    fixed: Any = None,
    loss: str = "linear",
    loss_scale: float | None = None,
    method: str = "lm",
    nan_policy: str = "raise",
    max_iterations: int | None = None,
    callback: Callable[[Record], Any] | None = None,
    progress: bool | None = None,
) -> FitResult:
    """Fit a model to data by least squares, with exact derivatives, to the last digits.

    Parameters
    ----------
    model : callable
        ``model(x, a, b, ...)`` gives values of y's shape, with NumPy functions. The parameters are named by its
        signature; numbers as defaults are starts.
    x : array_like of shape (n,) or (k, n), data frame, or tuple or dict of arrays
        Handed to the model as arrays of floating-point numbers.
    y : array_like of shape (n,), or of any shape that the model returns
        Masked elements are left out.
    p0 : number, sequence of shape (m,), dict of names, or container, optional
        The start. A model with a single argument behind x may take a container of arrays there. Without a start, one
        is looked for in the data and fits from several are compared, with a warning that says so.
    sigma : float, array_like of y's shape, or covariance matrix of shape (n, n), optional
        Standard deviations of y.
    absolute_sigma : bool, optional
        Whether ``sigma`` is in the units of y. If it is, standard errors follow from it; if it is not, it gives weights
        only, and standard errors are scaled so that the reduced chi-squared is 1. By default it is where it is given:
        who states errors means them. (SciPy's default is False throughout.) The summary says which.
    bounds : dict of name to (lower, upper), or pair (lower, upper), optional
        None or infinite where there is none.
    fixed : dict of name to value, or sequence of names, optional
        Parameters that are not fitted; names alone are held at their start.
    loss : {"linear", "huber", "soft_l1", "cauchy"}
        What a large residual counts; all but the first spare outliers.
    loss_scale : float, optional
        Where a residual begins to count less, in the units of y (of sigma, if that is given). By default the constant
        of 95 % efficiency times a scale that is estimated from the residuals and refined.
    method : {"lm", "gauss-newton", "newton", "gradient-descent"}
        Levenberg-Marquardt, unless you want to watch the others.
    nan_policy : {"raise", "omit"}
        What to do about NaN in the data.
    max_iterations : int, optional
        400; 20,000 for gradient descent.
    callback : callable, optional
        Called with the `Record` of each iteration; ends the fit by returning True.
    progress : bool, optional
        Whether to show a tqdm bar; if not given, on long runs in a terminal.

    Returns
    -------
    FitResult
        Unpacks as ``values, covariance = curve_fit(...)`` too. Inside a transform, where x, y, sigma, a fixed value or
        something that the model reads is being differentiated, its numbers are Tensors whose derivatives are exact: the
        parameters by the implicit function theorem, all that follows from them - covariance, standard errors,
        residuals, chi-squared, criteria, predictions, bands - recorded when it is read. What is NaN or infinite, and
        intervals by profile or bootstrap, raise when they are differentiated; reports, pictures, curvature,
        identifiability and influence are plain.

    Raises
    ------
    ShapeError, StructureError, DtypeError
        For bad input, naming the argument and the position.
    NotDifferentiableError
        If the fit is being differentiated, and its parameters are not determined, or a robust loss has no scale given.

    Warns
    -----
    UserWarning
        If there was no start.
    RuntimeWarning
        If it did not converge, or some combination of parameters is not determined.

    Notes
    -----
    Minimizes Σ ((model(xᵢ, p) - yᵢ)/σᵢ)² (G. Seber, C. Wild, *Nonlinear Regression*, Wiley 1989, chapters 2, 5 and 14):
    J. Moré's Levenberg-Marquardt with the parameters that enter linearly eliminated (G. Golub, V. Pereyra 1973), then
    Newton's method until the digits stop moving.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.regression import curve_fit
    >>> def decay(t, amplitude, rate):
    ...     return amplitude * np.exp(-rate * t)
    >>> t = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    >>> fit = curve_fit(decay, t, [2.0, 1.3, 0.7, 0.5, 0.2], p0=[1.0, 1.0])
    >>> print(fit.parameters["rate"])
    rate = 0.500 ± 0.033
    """
    _check_options(method, loss, loss_scale, absolute_sigma, max_iterations)
    data = data_of(x, y, sigma, nan_policy)
    layout = layout_of(model, p0, fixed, bounds)
    _check_counts(layout, data.size)
    absolute = sigma is not None if absolute_sigma is None else bool(absolute_sigma)
    problem = Curve(model, layout, data)
    options = {"method": method, "max_iterations": max_iterations, "callback": callback, "progress": progress}
    problem, solution = _solved(problem, loss, loss_scale, absolute, options)
    result = assembled(problem, solution, absolute, method)
    shown = follow(result, x, y, sigma, fixed=fixed, start=p0, scale_is_known=loss_scale is not None)
    _warn(result)
    return shown


def _check_options(
    method: str, loss: str, loss_scale: float | None, absolute_sigma: Any, max_iterations: int | None
) -> None:
    if method not in METHODS:
        raise StructureError(f"curve_fit: method={method!r} is unknown; the methods are {', '.join(METHODS)}")
    if loss != "linear" and loss not in LOSSES:
        raise StructureError(f"curve_fit: loss={loss!r} is unknown; the losses are linear, {', '.join(LOSSES)}")
    if loss_scale is not None and not loss_scale > 0.0:
        raise StructureError(f"curve_fit: loss_scale={loss_scale} must be positive")
    if loss_scale is not None and loss == "linear":
        raise StructureError(
            f"curve_fit: loss_scale={loss_scale} says nothing without a robust loss, such as loss='huber'"
        )
    if absolute_sigma is not None and not isinstance(absolute_sigma, bool | np.bool_):
        raise StructureError(f"curve_fit: absolute_sigma={absolute_sigma!r} must be True, False or None")
    if max_iterations is not None and not (isinstance(max_iterations, int | np.integer) and max_iterations >= 0):
        raise StructureError(f"curve_fit: max_iterations={max_iterations!r} must be a whole number, and not negative")


def _check_counts(layout: Layout, size: int) -> None:
    count = layout.free.size
    if not count:
        raise StructureError("curve_fit: all parameters are fixed, and there is nothing to fit")
    if size < count:
        raise ShapeError(
            f"curve_fit: y has {size} value(s) that count, and {count} parameters are to be fitted "
            f"({', '.join(layout.free_names)}): fix some, or bring more data"
        )


def _solved(
    problem: Curve, loss: str, loss_scale: float | None, absolute: bool, options: dict[str, Any]
) -> tuple[Curve, Solution]:
    """Return the problem with its loss, and the solution."""
    start = problem.layout.start[problem.layout.free]
    if np.isnan(start).any():
        solution = _from_data(problem, start, options)
    else:
        solution = _from(problem, start, options)
        _check_start(problem, solution, start)
    if loss == "linear":
        return problem, solution
    constant = LOSSES[loss][1]
    scale = loss_scale
    for _ in range(20):
        size = robust_scale(solution.optimum.residuals)
        if loss_scale is None:
            scale = constant * (max(size, 1e-300) if not absolute else max(size, 1.0))
        assert scale is not None
        previous = problem.loss
        problem = problem.with_loss(Loss(loss, float(scale)))
        again = _from(problem, solution.optimum.x, options)
        solution = _together(solution, again)
        if loss_scale is not None or abs(problem.loss.scale - previous.scale) <= 1e-6 * previous.scale:
            break
    return problem, solution


def _from(problem: Curve, start: np.ndarray, options: dict[str, Any]) -> Solution:
    return solve(problem, start, present=np.copy, **options)


def _together(first: Solution, second: Solution) -> Solution:
    """Return the second solution, with what the first has cost."""
    return replace(
        second,
        iterations=first.iterations + second.iterations,
        evaluations=first.evaluations + second.evaluations,
        history=first.history + second.history,
    )


def _from_data(problem: Curve, known: np.ndarray, options: dict[str, Any]) -> Solution:
    names = [name for name, value in zip(problem.layout.free_names, known, strict=True) if np.isnan(value)]
    starts = starts_from_data(problem, known)
    warnings.warn(
        f"curve_fit was given no start for {', '.join(names)}: one was looked for in the data, and {len(starts)} fits "
        f"were compared. Check the result, and give p0 if you know better.",
        UserWarning,
        stacklevel=user_stacklevel(),
    )
    best: Solution | None = None
    for start in starts:
        found = _from(problem, start, options)
        if best is None or _beats(found, best):
            best = found
    assert best is not None
    return replace(best, evaluations=problem.counter.evaluations)


def _beats(one: Solution, other: Solution) -> bool:
    """Say whether a solution is better; of two twins, such as widths ±w, the one with fewer negative numbers is."""
    cost, least = one.optimum.cost, other.optimum.cost
    if not np.isfinite(least):
        return True
    if one.reason.converged != other.reason.converged and abs(cost - least) <= 1e-6 * least:
        return one.reason.converged
    if abs(cost - least) <= 1e-9 * least:
        return int(np.sum(one.optimum.x < 0.0)) < int(np.sum(other.optimum.x < 0.0))
    return cost < least


def _check_start(problem: Curve, solution: Solution, start: np.ndarray) -> None:
    """Raise if the model is not finite at the start."""
    if solution.reason is not Reason.NOT_FINITE_AT_START:
        return
    names = ", ".join(f"{n}={v:g}" for n, v in zip(problem.layout.free_names, start, strict=True))
    where = solution.optimum.where
    bad = np.flatnonzero(~np.isfinite(problem.data.kept(where.recorded.values)))
    if bad.size:
        value = problem.data.kept(where.recorded.values)[bad[0]]
        what = f"returns {value} for element {int(bad[0])} of y ({bad.size} such)"
    else:
        row, column = np.argwhere(~np.isfinite(where.jacobian))[0]
        what = f"has no finite derivative by {problem.layout.free_names[column]!r} at element {int(row)} of y"
    raise StructureError(f"curve_fit: the model {what} at p0 ({names}). Choose another start, or bounds.")


def _warn(result: FitResult) -> None:
    if result.reason is Reason.RANK_DEFICIENT:
        combinations = ", ".join(undetermined(result))
        message = f"curve_fit: the data do not determine {combinations}; what they do determine is fitted."
    elif not result.converged:
        message = f"curve_fit did not converge: {result.reason} The best point that was met is returned."
    else:
        return
    warnings.warn(message, RuntimeWarning, stacklevel=user_stacklevel())
