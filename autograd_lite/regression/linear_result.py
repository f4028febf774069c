"""From columns and data to the result of a linear fit."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from autograd_lite.calculus.fitting.polish import Basis, Optimum
from autograd_lite.calculus.fitting.solving import Solution
from autograd_lite.calculus.result import Evaluations, Reason
from autograd_lite.core.modes import user_stacklevel
from autograd_lite.regression import identifiability
from autograd_lite.regression.columns import Columns
from autograd_lite.regression.curvature import Curvature
from autograd_lite.regression.curve import Curve
from autograd_lite.regression.data import Data
from autograd_lite.regression.differentiable import follow, refused
from autograd_lite.regression.double_double import DoubleDouble, stacked
from autograd_lite.regression.layout import Argument, Layout
from autograd_lite.regression.refinement import Solved, solve_least_squares
from autograd_lite.regression.result import FitResult
from autograd_lite.regression.statistics import assembled

Kind = TypeVar("Kind", bound="LinearFit")


class LinearProblem(Curve):
    """A linear model with its data and solution.

    Parameters
    ----------
    columns : Columns
    data : Data
    whitened_columns : DoubleDouble of shape (n, m)
        In standard deviations, and in the basis of the columns; with rows of a penalty below, if there is one.
    solved : Solved
        In that basis.
    penalty : ndarray of shape (m,), optional
        What each squared parameter is multiplied with and added.
    """

    def __init__(
        self,
        columns: Columns,
        data: Data,
        whitened_columns: DoubleDouble,
        solved: Solved,
        penalty: np.ndarray | None = None,
    ):
        super().__init__(columns, layout_of_names(columns.names), data)
        self.columns, self.whitened_columns, self.solved, self.penalty = columns, whitened_columns, solved, penalty

    def predicted(self, optimum: Optimum, where: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the model's values at some x, and their derivatives times the root of the covariance."""
        columns = self.columns.at(where)
        values = (columns @ self.solved.solution[:, 0]).hi
        return np.reshape(values, self.columns.shape(where))[()], columns.hi @ self.solved.root

    @property
    def penalized(self) -> bool:
        """Whether there are rows of a penalty."""
        return self.whitened_columns.shape[0] > self.data.size


@dataclass(frozen=True, kw_only=True, repr=False)
class LinearFit(FitResult):
    """The result of a linear fit: a `FitResult` with what linearity makes exact.

    With a penalty λ, covariance and bands are those of the posterior with prior variances s²/λ: they hold what the
    penalty's bias leaves uncertain. ``dof`` is then the number of data minus the trace of the hat matrix.

    Attributes
    ----------
    problem : LinearProblem
    """

    problem: LinearProblem  # pyright: ignore[reportIncompatibleVariableOverride]

    @property
    def remainder(self) -> np.ndarray:
        """What rounding left out of ``values``: the fit's parameters are ``values + remainder``, to about 20 digits."""
        return _parameters(self.problem).lo

    @property
    def rank(self) -> int:
        """How many columns are independent."""
        return self.problem.solved.rank

    @property
    def condition(self) -> float:
        """An estimate of the condition number of the columns, scaled, in the basis in which they are solved for."""
        return self.problem.solved.condition

    def confidence_interval(
        self,
        level: float = 0.95,
        method: str = "covariance",
        names: Sequence[str] | None = None,
        n_bootstrap: int = 1000,
        seed: int = 0,
    ) -> dict[str, tuple[float, float]]:
        """Return a confidence interval for each parameter; see `FitResult.confidence_interval`.

        The profile of a linear model is straight, so "profile" is the same as "covariance".
        """
        same = "covariance" if method == "profile" else method
        return super().confidence_interval(level, same, names, n_bootstrap, seed)

    def bootstrap(self, count: int = 1000, seed: int = 0) -> np.ndarray:
        """Return parameters refitted to resampled data, of shape (count, m); see `FitResult.bootstrap`."""
        generator = np.random.default_rng(seed)
        size, basis = self.n_data, self.optimum.basis
        assert basis is not None
        if self.absolute_sigma:
            noise = generator.standard_normal((size, count))
        else:
            whitened = -self.optimum.residuals
            picked = generator.integers(size, size=(size, count))
            noise = math.sqrt(size / max(self.plain.dof, 1)) * (whitened - whitened.mean())[picked]
        # The residuals lie outside of the columns' span, so only the noise moves the parameters.
        return refused(self, self.optimum.x + basis.step(-noise).T, "a bootstrap")

    def profile(self, name: str, points: int = 21, reach: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
        """Return values of a parameter within some standard errors, and the profile t, which is linear in them."""
        taus = np.linspace(-reach, reach, points)
        parameter = self.parameters[name]
        return parameter.value + taus * parameter.standard_error, taus

    def curvature(self) -> Curvature:
        """Return that there is none."""
        return Curvature(0.0, 0.0, dict.fromkeys(self.names, 0.0))

    def identifiability(self) -> identifiability.Identifiability:
        """Return which combinations of parameters the data do not determine, or badly."""
        problem = self.problem
        if problem.columns.transform is not None and problem.solved.rank == problem.size:
            return identifiability.Identifiability((), (), self.condition, self.rank)
        columns, scale = problem.whitened_columns.hi, problem.solved.scale
        if problem.columns.transform is not None:
            columns = columns @ np.linalg.inv(problem.columns.transform.hi)
            scale = np.linalg.norm(columns, axis=0)
        return identifiability.of_columns(columns, scale, list(self.names), self.optimum.x, self.rank)


Solver = Callable[[DoubleDouble, DoubleDouble], Solved]


def fitted(
    columns: Columns,
    data: Data,
    who: str,
    absolute: bool,
    given: dict[str, Any] | None = None,
    penalty: np.ndarray | None = None,
    kind: type[Kind] = LinearFit,
    solver: Solver = solve_least_squares,
    method: str = "qr",
) -> Kind:
    """Return the fit of a linear model.

    Parameters
    ----------
    columns : Columns
    data : Data
        Of which y has one axis.
    who : str
        The function that is asking, for messages.
    absolute : bool
        Whether sigma is in the units of y.
    given : dict, optional
        x, y, sigma and ridge, in which there may be something that is being differentiated.
    penalty : ndarray of shape (m,), optional
        What each squared parameter is multiplied with and added.
    kind : type
        Of the result.
    solver : callable
        Gives the solution for columns and values in standard deviations.
    method : str
    """
    design, values = _whitened(columns.at(data.x), data), _whitened(DoubleDouble(data.values[:, None]), data)
    if penalty is not None:
        roots = DoubleDouble(penalty).sqrt()
        rows = DoubleDouble(np.diag(roots.hi), np.diag(roots.lo))
        n, m = design.shape
        design = stacked([design, rows], (n + m, m))
        values = stacked([values, DoubleDouble(np.zeros((m, 1)))], (n + m, 1))
    solved = solver(design, values)
    problem = LinearProblem(columns, data, design, solved, penalty)
    solution = _solution(problem)
    left = solution.optimum.basis.left if solution.optimum.basis else solved.left
    used = float(np.sum(left**2)) if penalty is not None else solved.rank
    result = assembled(problem, solution, absolute, method, kind, _inverse(problem), used)
    shown = result if given is None else follow(result, **given, who=who)
    if solved.rank < problem.size:
        named = ", ".join(each.combination for each in result.identifiability().undetermined)
        warnings.warn(
            f"{who}: the data do not determine {named}; of the parameters that fit equally well those of least norm "
            f"are given. Leave columns out, or give ridge a small value.",
            RuntimeWarning,
            stacklevel=user_stacklevel(),
        )
    return shown


def layout_of_names(names: Sequence[str]) -> Layout:
    """Return the layout of numbers with names, all free."""
    size = len(names)
    arguments = tuple(Argument(name, None, ((),), (name,)) for name in names)
    return Layout(
        arguments, tuple(names), np.zeros(size), np.arange(size), np.full(size, -np.inf), np.full(size, np.inf)
    )


def _whitened(columns: DoubleDouble, data: Data) -> DoubleDouble:
    """Return rows in standard deviations."""
    if data.factor is not None:
        return DoubleDouble(data.whitened(columns.hi)) + DoubleDouble(data.whitened(columns.lo))
    return columns if data.sigma is None else columns / DoubleDouble(data.sigma[:, None])


def _parameters(problem: LinearProblem) -> DoubleDouble:
    solution = problem.solved.solution[:, 0]
    transform = problem.columns.transform
    return solution if transform is None else transform @ solution


def _solution(problem: LinearProblem) -> Solution:
    """Return the solution as solvers give it."""
    solved, transform, n = problem.solved, problem.columns.transform, problem.data.size
    values = _parameters(problem).hi
    root = solved.root if transform is None else (transform @ DoubleDouble(solved.root)).hi
    free = np.arange(problem.size)
    zeros = np.zeros((solved.rank, solved.rank))
    # A basis in which the singular values are 1: columns = left · (root)⁺, orthogonal in `left` only.
    basis = Basis(
        free, np.ones(problem.size), solved.left[:n], np.ones(solved.rank), root.T, np.zeros((free.size,) * 2), zeros
    )
    residuals = -solved.residuals[:n, 0].hi
    squares = math.fsum(residuals * residuals)
    where = problem.at(values)
    optimum = Optimum(values, where, residuals, squares, squares, basis, True)
    reason = Reason.CONVERGED if solved.rank == problem.size else Reason.RANK_DEFICIENT
    return Solution(optimum, reason, solved.rounds, (), Evaluations())


def _inverse(problem: LinearProblem) -> np.ndarray:
    """Return the inverse Gram matrix of the parameters, infinite for those that are not determined."""
    solved, transform = problem.solved, problem.columns.transform
    inverse, null = solved.inverse, solved.null
    if transform is not None:
        inverse = transform @ inverse @ transform.T
        null = transform.hi @ null
    found = np.array(inverse.hi)
    if null.shape[1]:
        scale = solved.scale if transform is None else 1.0 / np.maximum(np.max(np.abs(null), axis=1), 1e-300)
        weighed = np.abs(null * scale[:, None])
        loose = np.flatnonzero(np.any(weighed > 1e-8 * np.max(weighed, axis=0), axis=1))
        found[loose, :] = found[:, loose] = np.nan
        found[loose, loose] = np.inf
    return found
