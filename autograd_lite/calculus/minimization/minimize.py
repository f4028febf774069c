"""`minimize`: a function of arrays made small, by the method that suits its size and structure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting import least_squares
from autograd_lite.calculus.implicit import attached
from autograd_lite.calculus.minimization.bounded import Box
from autograd_lite.calculus.minimization.boxes import box_of
from autograd_lite.calculus.minimization.choosing import DENSE, LEAST_SQUARES, Attempt, chosen
from autograd_lite.calculus.minimization.first_order import Place
from autograd_lite.calculus.minimization.squares import residuals_in
from autograd_lite.calculus.minimization.stationary import Curvature, Inertia, Kind, curvature_along, curvature_of
from autograd_lite.calculus.objective import Evaluated, Objective, Packing
from autograd_lite.calculus.result import Reason, Record, Result
from autograd_lite.calculus.solving import Outcome, run
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import StructureError
from autograd_lite.transforms.arguments import flatten

#: How often a saddle is left.
ESCAPES = 5


@dataclass(frozen=True, kw_only=True)
class Minimum(Result):
    """What `minimize` found, beside what every `Result` has.

    Attributes
    ----------
    gradient : array, number or container of them
        At the solution; in a box, only the free variables' is near zero.
    kind : Kind
        What the Hessian says of the point: minimum, maximum, saddle or flat; unknown where it was not looked at.
    inertia : Inertia or None
        How many eigenvalues of the Hessian, of the variables that no bound holds, are negative, zero and positive; None
        for more than 200 variables, where only the extreme ones are found.
    """

    gradient: Any = field(repr=False, default=None)
    kind: Kind = Kind.UNKNOWN
    inertia: Inertia | None = None


def minimize(
    f: Callable[..., Any],
    x0: Any,
    *,
    args: Sequence[Any] = (),
    method: Any = "auto",
    bounds: Any = None,
    tolerance: float | None = None,
    max_iterations: int | None = None,
    callback: Callable[[Record], Any] | None = None,
    progress: bool | None = None,
) -> Minimum:
    """Find a local minimum of a function, with exact derivatives.

    Parameters
    ----------
    f : callable
        ``f(x, *args)`` gives a number, written with NumPy. It may be infinite or NaN away from the start.
    x0 : array, number, or container of them
        The start; a list of plain numbers is taken as an array, integers as floating-point numbers.
    args : sequence
        Handed to ``f``. The solution is differentiable in Tensors among them, and in those that ``f`` closes over.
    method : str or solver
        "auto" finds sums of squares in the recorded function and takes "tensor-newton" for them, "trust-region" for
        other functions of up to 200 variables, "newton-cg" for more; in a box "projected-newton" up to 200 variables
        and "projected-gradient" for more. The others are "bfgs", "l-bfgs", "conjugate-gradient", "gradient-descent",
        "momentum" and "nesterov"; "levenberg-marquardt" and "gauss-newton" for sums of squares, for which ``f`` may
        return the residuals. For options pass a solver, such as ``GradientDescent(step_rule="fixed", rate=0.1)``.
    bounds : pair (lower, upper), optional
        Each a number, or in the container and shapes of ``x0``; or a list with a pair for each element of an array.
        None is no bound. A start outside is moved into the box.
    tolerance : float, optional
        It ends where no element of the gradient is larger. If not given, methods of second order go on until the value
        cannot be made smaller, those of first order until the gradient is 1e-8 of that at the start.
    max_iterations : int, optional
        500 for most methods of second order, 20,000 for those of first order.
    callback : callable, optional
        Called with the `Record` of each iteration; ends the run by returning True.
    progress : bool, optional
        Whether to show a tqdm bar; if not given, on a terminal after some seconds.

    Returns
    -------
    Minimum
        ``solution``, ``value``, ``converged``, ``reason``, ``kind``, ``evaluations``, ``history``, ``plot()``, ... The
        best point that was found, whatever the reason.

    Raises
    ------
    ShapeError, StructureError, DtypeError
        If ``f`` returns no real number, the start holds complex numbers or no number, or the bounds do not fit.
    ValueError
        If the method is unknown, or cannot keep bounds.

    Notes
    -----
    J. Nocedal & S. Wright, *Numerical Optimization*, 2nd ed., Springer 2006: chapters 3 to 7 and 10; the modules of the
    methods name their sources. The derivative of the solution is ∂x*/∂p = -H⁻¹ ∂²f/∂x∂p, by the implicit function
    theorem, for the price of one linear solve.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import grad
    >>> from autograd_lite.calculus import minimize
    >>> def rosenbrock(x, a=1.0):
    ...     return (a - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    >>> result = minimize(rosenbrock, [-1.2, 1.0])
    >>> result.solution, str(result.kind), result.converged
    (array([1., 1.]), 'minimum', True)
    >>> float(grad(lambda a: minimize(rosenbrock, [-1.2, 1.0], args=(a,)).solution[1])(3.0))  # x*[1] = a²
    6.00000000...
    """
    packing = Packing(x0, "minimize")
    box = None if bounds is None else box_of(bounds, packing, x0)
    is_least_squares = isinstance(method, str) and method in LEAST_SQUARES
    f = _Summed(f) if is_least_squares else f
    objective = Objective(f, packing, args, who="minimize")
    search = _Search(objective, box, packing.unravel, callback, progress)
    if isinstance(f, _Summed):
        name, outcome, curvature = search.by_least_squares(f, method, max_iterations)
    else:
        name, outcome, curvature = search.best_of(chosen(objective, method, box, tolerance), max_iterations)
    place = outcome.best
    free = None if box is None else box.inside(place.point)
    if curvature is None:
        kind = Kind.MINIMUM if outcome.reason.converged and free is not None and not free.any() else Kind.UNKNOWN
    else:
        kind = curvature.kind
    solution: Any = place.point
    if _is_parametric(args, place.at):
        solution = attached(lambda x: f(packing.unravel(x), *args), place.point, free)
    solved = packing.unravel(solution)
    value = f(solved, *args) if isinstance(solution, Tensor) else place.value
    has_gradient = math.isfinite(place.value)
    return Minimum(
        solution=solved, value=value, reason=outcome.reason, iterations=outcome.iterations,
        evaluations=objective.evaluations, history=outcome.history, method=name,
        function=lambda x: f(x, *objective.args),
        gradient=packing.unravel(place.at.gradient) if has_gradient else None, kind=kind,
        inertia=None if curvature is None else curvature.inertia,
    )  # fmt: skip


def _is_parametric(args: Sequence[Any], at: Evaluated) -> bool:
    """Say whether the function depends on something tracked beside its argument."""
    leaves = flatten(list(args))[0]
    if any(isinstance(leaf, Tensor) and leaf.node is not None for leaf in leaves):
        return True
    return at.out.node is not None and at.run.traverse([at.out]).foreign


@dataclass(frozen=True)
class _Search:
    """Runs of solvers, which leave saddles behind."""

    objective: Objective
    box: Box | None
    present: Callable[[np.ndarray], Any]
    callback: Callable[[Record], Any] | None
    progress: bool | None

    def best_of(self, attempts: Sequence[Attempt], max_iterations: int | None) -> tuple[str, Outcome, Curvature | None]:
        """Return which solver found the best point, what was found, and the curvature there."""
        found: tuple[str, Outcome, Curvature | None] | None = None
        for name, solver, limit in attempts:
            left = limit if max_iterations is None else max_iterations - (0 if found is None else found[1].iterations)
            outcome, curvature = self._from_start(solver, left)
            if found is None:
                found = name, outcome, curvature
            else:
                before = found
                is_better = outcome.best.value < before[1].best.value
                joined = _joined(before[1], outcome)
                if is_better:
                    found = name, joined, curvature
                else:
                    found = before[0], joined._replace(reason=before[1].reason), before[2]
            if (
                outcome.reason not in (Reason.MAX_ITERATIONS, Reason.NO_PROGRESS, Reason.SADDLE)
                or max_iterations == left
            ):
                break
        assert found is not None
        return found

    def by_least_squares(
        self, f: _Summed, method: str, max_iterations: int | None
    ) -> tuple[str, Outcome, Curvature | None]:
        """Return what `least_squares` finds for the residuals."""
        objective, packing, box = self.objective, self.objective.packing, self.box
        result = least_squares(
            lambda x: f.residuals(x, objective.args), packing.unravel(packing.vector),
            method=LEAST_SQUARES[method], max_iterations=max_iterations, callback=self.callback,
            bounds=None if box is None else (packing.unravel(box.lower), packing.unravel(box.upper)),
            progress=self.progress,
        )  # fmt: skip
        for kind, count in asdict(result.evaluations).items():
            objective.counter.add(kind, count)
        at = objective.at(packing.matched(result.solution, "the solution"))
        place = Place(point=at.x, value=at.value, measure=math.nan, length=math.nan, at=at, first=math.nan)
        outcome = Outcome(place, place, result.reason, result.iterations, result.history)
        return method, outcome, self._curvature(outcome)

    def _from_start(self, solver: Any, limit: int) -> tuple[Outcome, Curvature | None]:
        """Return what a solver found, and the curvature there."""
        outcome = self._run(solver, self.objective.packing.vector, limit)
        for _ in range(ESCAPES):
            curvature = self._curvature(outcome)
            if curvature is None or curvature.lowest >= 0 or curvature.kind in (Kind.MINIMUM, Kind.FLAT):
                return outcome, curvature
            beside = self._beside(outcome.best, curvature) if self.box is None else None
            left = limit - outcome.iterations
            if beside is None or left <= 0:
                return outcome._replace(reason=Reason.SADDLE), curvature
            outcome = _joined(outcome, self._run(solver, beside, left))
        return outcome._replace(reason=Reason.SADDLE), self._curvature(outcome)

    def _run(self, solver: Any, start: np.ndarray, limit: int) -> Outcome:
        return run(
            solver, self.objective, start, max_iterations=limit, present=self.present, callback=self.callback,
            progress=self.progress,
        )  # fmt: skip

    def _curvature(self, outcome: Outcome) -> Curvature | None:
        """Return the curvature at the best point, of the variables that no bound holds."""
        place = outcome.best
        if not outcome.reason.converged or not math.isfinite(place.value):
            return None
        size = place.point.size
        free = np.ones(size, bool) if self.box is None else self.box.inside(place.point)
        if not free.any():
            return None
        if size > DENSE:
            return curvature_along(lambda v: np.where(free, place.at.hvp(np.where(free, v, 0.0)), 0.0), size)
        hessian = place.at.hessian if place.hessian is None else place.hessian
        return curvature_of(hessian[np.ix_(free, free)])

    def _beside(self, place: Any, curvature: Curvature) -> np.ndarray | None:
        """Return a point where the value is smaller, along negative curvature; None if there is none."""
        direction = curvature.direction
        if float(place.at.gradient @ direction) > 0:
            direction = -direction
        length = 0.1 * max(float(np.linalg.norm(place.point)), 1.0)
        for _ in range(10):
            for way in (direction, -direction):
                at = self.objective.at(place.point + length * way)
                if at.value < place.value + curvature.lowest * length**2 / 8:
                    return at.x
            length /= 4
        return None


def _joined(first: Outcome, second: Outcome) -> Outcome:
    """Return two runs as one."""
    shift = first.iterations + 1
    later = tuple(record._replace(iteration=record.iteration + shift) for record in second.history)
    best = second.best if second.best.value <= first.best.value else first.best
    return second._replace(best=best, iterations=second.iterations + shift, history=(*first.history, *later))


@dataclass(frozen=True)
class _Summed:
    """A function that may return residuals, as a sum of squares."""

    function: Callable[..., Any]

    def __call__(self, *args: Any) -> Any:
        out = self.function(*args)
        return out if np.size(out) == 1 else np.sum(out**2)

    def residuals(self, x: Any, args: Sequence[Any]) -> Any:
        """Return the residuals, or those of a sum of squares.

        Raises
        ------
        StructureError
            If it is none.
        """
        out = self.function(x, *args)
        if not isinstance(out, Tensor) or out.size != 1:
            return out
        found = residuals_in(out, [leaf.node for leaf in flatten(x)[0]])
        if found is None:
            raise StructureError(
                "minimize: this method is for sums of squares, and the function returned a number that is not recorded "
                "as one. Return the residuals, or use another method."
            )
        return found
