"""Confidence intervals of parameters: from the covariance, from the profile of chi-squared, and by bootstrap.

The profile t of a parameter θ is τ(θ) = ± √(S(θ) - S_min) / s, with S(θ) the least sum of squares over the others; its
interval is where |τ| is below Student's quantile, and follows what the model is and not its linearisation (D. Bates,
D. Watts, *Nonlinear Regression Analysis and Its Applications*, Wiley 1988, section 6.1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.levenberg_marquardt import LevenbergMarquardt
from autograd_lite.calculus.fitting.polish import polish
from autograd_lite.calculus.solving import run
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NotDifferentiableError, StructureError
from autograd_lite.regression.differentiable import refused

INTERVALS = ("covariance", "profile", "bootstrap")

#: How closely τ has to meet the quantile; what is left is interpolated.
_CLOSE = 1e-4

#: Refits are not gone on from where τ is more than so many times what it would be for a linear model.
_RUNAWAY = 30.0

#: How many refits a profile may take on each side before its interval is called open.
_REFITS = 40


def check_level(level: float) -> None:
    """Raise unless a level lies between 0 and 1."""
    if not 0.0 < level < 1.0:
        raise StructureError(f"a confidence level lies between 0 and 1, and {level!r} was given: 0.95 is 95 %")


def quantile(result: Any, level: float) -> Any:
    """Return how many standard errors a two-sided interval extends: Student's t, or normal where sigma is known."""
    from scipy.special import ndtri, stdtrit

    check_level(level)
    if result.absolute_sigma:
        return float(ndtri(0.5 + 0.5 * level))
    if not result.dof > 0:
        return math.inf
    found = stdtrit(result.dof, 0.5 + 0.5 * level)
    return found if isinstance(found, Tensor) else float(found)


@np.errstate(all="ignore")
def intervals(
    result: Any, level: float, method: str, names: Sequence[str] | None, n_bootstrap: int, seed: int
) -> dict[str, tuple[float, float]]:
    """Return an interval for each parameter; see `FitResult.confidence_interval`."""
    if method not in INTERVALS:
        raise StructureError(f"confidence_interval(method={method!r}): the methods are {', '.join(INTERVALS)}")
    chosen = list(result.names if names is None else [names] if isinstance(names, str) else names)
    positions = positions_of(result, chosen, "confidence_interval")
    check_level(level)
    if method == "bootstrap":
        draws = result.plain.bootstrap(n_bootstrap, seed)[:, positions]
        low, high = np.quantile(draws, [0.5 - 0.5 * level, 0.5 + 0.5 * level], axis=0)
        loose = np.isinf(np.diag(result.plain.covariance)[positions])
        low, high = np.where(loose, -math.inf, low), np.where(loose, math.inf, high)
        found = {name: (float(a), float(b)) for name, a, b in zip(chosen, low, high, strict=True)}
    elif method == "profile":
        found = {name: profile_interval(result.plain, i, level) for name, i in zip(chosen, positions, strict=True)}
    else:
        reach = quantile(result, level)
        return {name: _by_covariance(result, i, reach) for name, i in zip(chosen, positions, strict=True)}
    what = f"an interval by {method}"
    return {name: (refused(result, low, what), refused(result, high, what)) for name, (low, high) in found.items()}


def positions_of(result: Any, names: Sequence[str], who: str) -> list[int]:
    """Return where parameters are among the fitted ones, or raise if one is not."""
    for name in names:
        if name not in result.names:
            raise StructureError(f"{who}: {name!r} is no fitted parameter; those are {', '.join(result.names)}")
    return [result.names.index(name) for name in names]


def _by_covariance(result: Any, i: int, reach: Any) -> tuple[Any, Any]:
    parameter = result.parameters[result.names[i]]
    value = parameter.value if isinstance(parameter.value, Tensor) else float(parameter.value)
    return value - reach * parameter.standard_error, value + reach * parameter.standard_error


class Profile:
    """The profile t of one parameter, refitted from the last fit when asked for.

    Parameters
    ----------
    result : FitResult
    position : int
        Of the parameter among the free ones.
    """

    def __init__(self, result: Any, position: int):
        if not result.problem.loss.is_linear:
            raise NotDifferentiableError("a profile likelihood needs loss='linear'; use method='bootstrap'")
        self.result, self.position = result, position
        self.best = float(result.optimum.x[position])
        self.least = float(result.optimum.cost)
        self.scale = math.sqrt(result.variance)
        self._error = float(np.sqrt(result.covariance[position, position]))
        self._known = [(self.best, np.delete(result.optimum.x, position))]

    def at(self, value: float) -> tuple[float, np.ndarray]:
        """Return τ at a value of the parameter, and the others refitted there.

        Refits start from the nearest one on the way to the optimum: one that was farther out may have run away.
        """
        problem = self.result.problem.holding(self.position, value, self.result.optimum.x)
        inner = [known for known in self._known if (known[0] - self.best) * (value - self.best) >= 0.0]
        others = min(
            (known for known in inner if abs(known[0] - self.best) <= abs(value - self.best)),
            key=lambda known: abs(known[0] - value),
        )[1]
        if not others.size:
            cost = problem_cost(problem)
        else:
            outcome = run(LevenbergMarquardt(tolerance=1e-4), problem, others, max_iterations=100)
            optimum = polish(problem, outcome.best.point, outcome.best.where, rounds=4)
            cost, others = optimum.cost, optimum.x
        rise = max(cost - self.least, 0.0) if math.isfinite(cost) else math.inf
        tau = math.sqrt(rise) / self.scale
        if tau * self._error <= _RUNAWAY * abs(value - self.best):
            self._known.append((value, others))
        return math.copysign(tau, value - self.best), others


def problem_cost(problem: Any) -> float:
    """Return the sum of squares of a problem without free parameters."""
    return problem.at(np.zeros(0)).cost


def profile_interval(result: Any, position: int, level: float) -> tuple[float, float]:
    """Return where the profile of a parameter meets the quantile on either side; infinite where it never does."""
    reach = quantile(result, level)
    error = float(np.sqrt(result.covariance[position, position]))
    if not math.isfinite(reach) or not math.isfinite(error) or error == 0.0:
        return _by_covariance(result, position, reach)
    profile = Profile(result, position)
    return _crossing(profile, -reach, error), _crossing(profile, reach, error)


def _crossing(profile: Profile, target: float, error: float) -> float:
    """Return where τ is the target: by the secant through what is known, inside of a bracket once there is one."""
    problem = profile.result.problem
    limit = (problem.upper if target > 0.0 else problem.lower)[profile.position]
    inner, tau_inner = profile.best, 0.0
    outer, tau_outer = math.inf * target, math.nan
    value = profile.best + target * error
    for _ in range(_REFITS):
        if not math.isfinite(outer) and (value - limit) * target >= 0.0:
            value = limit
        tau, _ = profile.at(value)
        if abs(tau - target) <= _CLOSE * abs(target):
            return value + (target - tau) * (value - inner) / (tau - tau_inner)
        if abs(tau) < abs(target):
            if value == limit:
                return float(limit)
            before, tau_before = inner, tau_inner
            inner, tau_inner = value, tau
            if not math.isfinite(outer):
                slope = max((tau - tau_before) / (value - before), abs(target) / (8.0 * abs(value - profile.best)))
                value = value + 1.05 * (target - tau) / slope
                continue
        else:
            outer, tau_outer = value, tau
        value = _between(inner, tau_inner, outer, tau_outer, target)
    return value if math.isfinite(outer) else math.copysign(math.inf, target)


def _between(inner: float, tau_inner: float, outer: float, tau_outer: float, target: float) -> float:
    """Return the linear interpolation, kept off the ends; the middle where τ is far off."""
    if not abs(tau_outer) < 4.0 * abs(target):
        return 0.5 * (inner + outer)
    part = (target - tau_inner) / (tau_outer - tau_inner)
    return inner + min(max(part, 0.05), 0.95) * (outer - inner)


@np.errstate(all="ignore")
def bootstrap(result: Any, count: int, seed: int) -> np.ndarray:
    """Return refitted parameters, of shape (count, m); see `FitResult.bootstrap`."""
    if not count >= 1:
        raise StructureError(f"bootstrap: {count} refits were asked for, and at least 1 is needed")
    problem, optimum = result.problem, result.optimum
    generator = np.random.default_rng(seed)
    data, size = problem.data, problem.data.size
    fitted = data.values - result.residuals
    whitened = -optimum.residuals
    spread = 1.0 if result.absolute_sigma else math.sqrt(size / max(result.dof, 1))
    draws = np.empty((count, problem.size))
    for row in draws:
        if result.absolute_sigma:
            noise = generator.standard_normal(size)
        else:
            noise = spread * (whitened - whitened.mean())[generator.integers(size, size=size)]
        shift = data.factor @ noise if data.factor is not None else noise * (1.0 if data.sigma is None else data.sigma)
        refitted = problem.with_data(fitted + shift)
        outcome = run(LevenbergMarquardt(tolerance=1e-5), refitted, optimum.x, max_iterations=100)
        row[:] = outcome.best.point
    return draws
