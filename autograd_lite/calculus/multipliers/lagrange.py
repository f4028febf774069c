"""`lagrange`: where a function is smallest or largest on its constraints, and what the constraints cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograd_lite.calculus.implicit import attached
from autograd_lite.calculus.minimization.stationary import Inertia, Kind, curvature_of
from autograd_lite.calculus.multipliers.constrained import Constrained
from autograd_lite.calculus.multipliers.inequalities import Active, with_inequalities
from autograd_lite.calculus.multipliers.picture import plot_constrained
from autograd_lite.calculus.multipliers.restoring import run_restored
from autograd_lite.calculus.multipliers.trust_region_sqp import SqpState, TrustRegionSqp, is_qualified
from autograd_lite.calculus.objective import Packing, further_arguments
from autograd_lite.calculus.result import Applied, Reason, Record, Result
from autograd_lite.calculus.solving import Outcome
from autograd_lite.errors import StructureError
from autograd_lite.transforms.reverse import grad

#: The sign of f of which a minimum is looked for.
_KINDS = {"minimum": 1, "maximum": -1}


@dataclass(frozen=True, kw_only=True)
class Multipliers(Result):
    """What `lagrange` found.

    Attributes
    ----------
    multipliers : array or list of arrays
        λ with ∇f = Σ λᵢ ∇cᵢ, in the shape that the constraints return; a list if they were given as one. As
        sensitivities: df*/dεᵢ if the constraint becomes cᵢ(x) = εᵢ.
    inequality_multipliers : array or list of arrays
        Likewise of the inequalities, 0 where one is not active; None without any.
    residual : array of shape (m,)
        The constraints at the solution.
    kind : Kind
        Minimum, maximum, saddle or flat on the constraints, from the inertia.
    inertia : Inertia or None
        How many eigenvalues of the Lagrangian's Hessian, along the constraints, are negative, zero and positive.
    rank : int
        Of the constraints' Jacobian; less than there are constraints where some say the same as others.
    constraints, inequalities : sequence of callable
        What `plot` draws, as functions of the point: the constraints with the active inequalities, all inequalities.
    solve : callable
        Solves again from a start, with the constraints moved; for `check_sensitivities`.
    """

    multipliers: Any = None
    inequality_multipliers: Any = None
    residual: Any = field(repr=False, default=None)
    kind: Kind = Kind.UNKNOWN
    inertia: Inertia | None = None
    rank: int = 0
    solve: Callable[..., Any] | None = field(repr=False, compare=False, default=None)
    constraints: Sequence[Callable[..., Any]] = field(repr=False, compare=False, default=())
    inequalities: Sequence[Callable[..., Any]] = field(repr=False, compare=False, default=())

    def check_sensitivities(self, step: float = 1e-4) -> np.ndarray:
        """Solve again with each equality moved to both sides, and return (df*/dε by central differences) - λ.

        Parameters
        ----------
        step : float
            How far the constraints are moved.

        Returns
        -------
        ndarray of shape (m,)
            Near zero where the multipliers are right and the solution is a smooth function of the constraints.
        """
        if self.solve is None:
            raise StructureError("check_sensitivities: this result was pickled, which its functions were lost in")
        found = self.multipliers if isinstance(self.multipliers, list) else [self.multipliers]
        flat = np.concatenate([np.reshape(each, -1) for each in found])
        moved = np.eye(flat.size) * step
        ends = [[float(self.solve(self.solution, sign * row).value) for sign in (1, -1)] for row in moved]
        return np.array([(up - down) / (2 * step) for up, down in ends]) - flat

    def plot(self, axes: Any = None) -> Any:
        """Draw, for two variables, contours, the curve of the constraint, the path and the two parallel gradients.

        Parameters
        ----------
        axes : Axes, optional
            Where to draw; a new figure if not given.

        Returns
        -------
        Axes or ndarray of Axes
            For more variables the convergence in log scale, as of every result.
        """
        drawn = plot_constrained(self, axes)
        return super().plot(axes) if drawn is None else drawn


def lagrange(
    f: Callable[..., Any],
    constraints: Any,
    x0: Any,
    *,
    inequalities: Any = None,
    kind: str = "minimum",
    args: Any = (),
    tolerance: float = 1e-9,
    max_iterations: int = 500,
    callback: Callable[[Record], Any] | None = None,
    progress: bool | None = None,
) -> Multipliers:
    """Find a minimum or maximum of a function on constraints, with the multipliers of Lagrange.

    Parameters
    ----------
    f : callable
        ``f(x, *args)`` gives a number, written with NumPy.
    constraints : callable or list of callables
        ``c(x, *args)`` gives a number, an array or a list of them, each of which shall be zero; () for inequalities
        only.
    x0 : array, number or container of them
        The start; it need not meet the constraints.
    inequalities : callable or list of callables, optional
        ``g(x, *args) ≥ 0`` likewise.
    kind : {"minimum", "maximum"}
        What to look for.
    args : tuple, list, or a single argument
        Handed to all of them. The solution is differentiable in Tensors among them, and in those closed over.
    tolerance : float
        It ends where no element of ∇f - Σ λᵢ ∇cᵢ is larger, relative to those of ∇f where they are large, and the
        constraints hold to a hundredth of it.
    max_iterations : int
    callback : callable, optional
        Called with the `Record` of each iteration; ends the run by returning True.
    progress : bool, optional
        Whether to show a tqdm bar; if not given, on long runs in a terminal.

    Returns
    -------
    Multipliers
        The best point that was found, whatever the reason.

    Raises
    ------
    ShapeError, StructureError, DtypeError
        If the functions do not return numbers, or the start holds complex ones.

    Notes
    -----
    J.-L. Lagrange, *Mécanique analytique*, 1788; J. Nocedal & S. Wright, *Numerical Optimization*, 2nd ed., 2006,
    chapters 12 and 18. Newton's method on ∇f = Jᵀλ, c = 0 in a trust region, with exact second derivatives.
    Inequalities get squared slacks, g = t² (F. Valentine 1937), of which second derivatives tell minima from the
    saddles that they bring; then the active ones are solved for as equations.

    Examples
    --------
    The largest x + y on the unit circle; moving the circle to x² + y² = 1 + ε raises it by 0.707 ε.

    >>> import numpy as np
    >>> from autograd_lite.calculus import lagrange
    >>> result = lagrange(np.sum, lambda x: np.sum(x**2) - 1, [1.0, 0.0], kind="maximum")
    >>> np.round(result.solution, 8), round(float(result.multipliers), 8), str(result.kind)
    (array([0.70710678, 0.70710678]), 0.70710678, 'maximum')
    >>> bool(abs(result.check_sensitivities()).max() < 1e-6)
    True
    """
    if kind not in _KINDS:
        raise StructureError(f"lagrange(kind={kind!r}): what to look for is 'minimum' or 'maximum'")
    sign, packing, args = _KINDS[kind], Packing(x0, "lagrange"), further_arguments(args)
    equal, unequal = _listed(constraints, "constraints"), _listed(inequalities, "inequalities")
    solver = TrustRegionSqp(tolerance)
    options = {"max_iterations": max_iterations, "callback": callback, "progress": progress}
    as_list = isinstance(constraints, list | tuple)

    def solved(start: Any, moved: Any = 0.0) -> Multipliers:
        functions = _moved(equal, np.asarray(moved))
        problem = Constrained(f, functions, packing, args, sign)
        vector = packing.matched(start, "lagrange: the start")
        if not unequal:
            outcome = run_restored(solver, problem, vector, packing.unravel, options)
            return _result(problem, outcome, kind, len(functions), [], as_list)
        outcome, problem, active = with_inequalities(problem, unequal, solver, vector, options)
        result = _result(problem, outcome, kind, len(functions), active, as_list)
        return replace(result, inequalities=_given(unequal, problem.args))

    return replace(solved(x0), solve=solved)


def _listed(functions: Any, what: str) -> list[Callable[..., Any]]:
    if functions is None:
        return []
    found = list(functions) if isinstance(functions, list | tuple) else [functions]
    for function in found:
        if not callable(function):
            raise StructureError(f"lagrange({what}=...): functions are needed, and got {function!r}")
    return [_Joined(function) for function in found]


@dataclass(frozen=True)
class _Joined:
    """A function that may return a list of numbers or arrays, as one that returns an array."""

    function: Callable[..., Any]

    def __call__(self, *args: Any) -> Any:
        """Return an array or a number."""
        out = self.function(*args)
        return np.concatenate([np.reshape(each, -1) for each in out]) if type(out) in (list, tuple) and out else out


def _given(functions: Sequence[Callable[..., Any]], args: Sequence[Any]) -> list[Callable[..., Any]]:
    """Return functions of the point alone, for pictures."""
    return [lambda x, f=f: f(x, *args) for f in functions]


def _moved(equal: Sequence[Callable[..., Any]], by: np.ndarray) -> list[Callable[..., Any]]:
    """Return the constraints, or all of them as one whose values are moved by constants, c(x) - ε."""
    if np.all(by == 0):
        return list(equal)
    return [lambda x, *args: np.concatenate([np.reshape(c(x, *args), -1) for c in equal]) - by]


def _result(
    problem: Constrained, outcome: Outcome, kind: str, equal: int, active: Sequence[Active], as_list: bool
) -> Multipliers:
    # The last state has the best merit by its own penalty; those of earlier ones cannot be compared with it.
    state: SqpState = outcome.state if outcome.reason.converged else outcome.best
    packing, sign, at = problem.packing, problem.sign, state.at
    flat: Any = sign * state.multipliers if at.is_finite else np.full(at.residual.shape, np.nan)
    inertia = _inertia(state, sign) if at.is_finite else None
    found_kind = Kind.UNKNOWN
    if inertia is not None and outcome.reason.converged:
        found_kind = inertia.kind if sum(inertia) else Kind(kind)
        if state.linear.rank < flat.size and found_kind is not Kind(kind):
            found_kind = Kind.UNKNOWN  # there are other multipliers, with other Lagrangians
    solution: Any = at.x
    value: Any = sign * at.value
    if outcome.reason.converged and at.depends_on_others:
        both = attached(_conditions(problem), np.concatenate([at.x, flat]), is_root=True, who="lagrange")
        solution, flat = both[: at.x.size], both[at.x.size :]
        value = problem.objective(packing.unravel(solution), *problem.given)
    reason = outcome.reason
    if reason.converged and not is_qualified(state):
        reason = Reason.RANK_DEFICIENT
    parts = _split(flat, at.shapes)
    shaped = parts[:equal]
    return Multipliers(
        solution=packing.unravel(solution), value=value, reason=reason, iterations=outcome.iterations,
        evaluations=problem.evaluations, history=outcome.history, method="trust-region SQP",
        function=Applied(problem.objective, problem.args),
        multipliers=shaped if as_list else shaped[0] if shaped else None,
        inequality_multipliers=[each.scattered(part) for each, part in zip(active, parts[equal:], strict=True)] or None,
        residual=at.residual, kind=found_kind, inertia=inertia, rank=state.linear.rank if at.is_finite else 0,
        constraints=_given(problem.constraints, problem.args),
    )  # fmt: skip


def _inertia(state: SqpState, sign: int) -> Inertia:
    basis = state.linear.along
    if not basis.shape[1]:
        return Inertia(0, 0, 0)
    inertia = curvature_of(sign * basis.T @ state.at.hessian(state.multipliers) @ basis).inertia
    assert inertia is not None
    return inertia


def _split(flat: Any, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    ends = np.cumsum([0, *(math.prod(shape) for shape in shapes)]).tolist()
    return [
        np.reshape(flat[start:end], shape)[()] for start, end, shape in zip(ends[:-1], ends[1:], shapes, strict=True)
    ]


def _conditions(problem: Constrained) -> Callable[[Any], Any]:
    """Return the conditions of Lagrange as a function of the point and the multipliers: ∇f - Σ λᵢ ∇cᵢ, c."""
    packing, size = problem.packing, problem.packing.size

    def values(x: Any) -> Any:
        point = packing.unravel(x)
        return np.concatenate([np.reshape(c(point, *problem.given), -1) for c in problem.constraints])

    def conditions(both: Any) -> Any:
        x, multipliers = both[:size], both[size:]

        def lagrangian(x: Any) -> Any:
            value = np.reshape(problem.objective(packing.unravel(x), *problem.given), ())
            return value - np.sum(multipliers * values(x))

        return np.concatenate([grad(lagrangian)(x), values(x)])

    return conditions
