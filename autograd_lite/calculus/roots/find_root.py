"""`find_root`: where a function, or a system of functions, vanishes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from autograd_lite.calculus.implicit import attached
from autograd_lite.calculus.minimization.minimize import minimize
from autograd_lite.calculus.objective import Objective, Packing, Residuals, further_arguments, is_parametric
from autograd_lite.calculus.result import Applied, Evaluations, Reason, Record, Result
from autograd_lite.calculus.roots.newton import Newton
from autograd_lite.calculus.roots.points import Bracket, Point, ScalarProblem, bracket_of
from autograd_lite.calculus.roots.refining import middle_of_plateau, multiplicity_near, refined
from autograd_lite.calculus.roots.safeguarded import RootState, Safeguarded, state_at
from autograd_lite.calculus.roots.systems import DampedNewton, SystemState
from autograd_lite.calculus.solving import Outcome, run
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.transforms.arguments import flatten

#: Two roundings of the root.
TOLERANCE = 4e-16

#: A simple root is found in fewer steps; after more, it is looked whether the root is a multiple one.
_SUSPICIOUS = 12

#: Outcomes after which the neighbourhood of the start is searched, and the iterations, at least, before that.
_LOST = (
    Reason.DIVERGED, Reason.NO_ROOT, Reason.ZERO_DERIVATIVE, Reason.NOT_FINITE, Reason.DISCONTINUITY,
    Reason.MAX_ITERATIONS,
)  # fmt: skip
_FIRST = 100

#: Whole steps of Newton's method for a system where nothing else has found a root.
_WHOLE = 60

_METHODS = ("auto", "newton", "halley")


@dataclass(frozen=True, kw_only=True)
class Root(Result):
    """What `find_root` found; ``value`` is that of the function at the solution.

    Attributes
    ----------
    multiplicity : int or None
        Of a root of one variable, as far as f, f' and f'' tell: 1 where it crosses zero with a slope. None for systems
        and where no root was found.
    bracket : pair of float, or None
        Around a root of one variable: the function has opposite signs at the ends.
    """

    multiplicity: int | None = None
    bracket: tuple[float, float] | None = None

    measured: ClassVar[str] = "largest |f|"
    is_value_small: ClassVar[bool] = False


def find_root(
    f: Callable[..., Any],
    x0: Any = None,
    *,
    bracket: tuple[float, float] | None = None,
    args: Any = (),
    method: str = "auto",
    tolerance: float = TOLERANCE,
    max_iterations: int = 400,
    callback: Callable[[Record], Any] | None = None,
    progress: bool | None = None,
) -> Root:
    """Find where a function vanishes, by Newton–Raphson with exact derivatives and safeguards.

    Parameters
    ----------
    f : callable
        ``f(x, *args)``, written with NumPy: of a number, giving a number; or a system, of an array or container, giving
        as many numbers.
    x0 : number, array or container, optional
        The start. For one variable with a bracket it may be left out.
    bracket : pair of numbers, optional
        For one variable: where to look. If the signs at the ends differ, a root between them is found for certain.
    args : tuple, list, or a single argument
        Handed to ``f``. The solution is differentiable in Tensors among them, and in those that ``f`` closes over.
    method : {"auto", "newton", "halley"}
        "auto" is Newton's method kept in a bracket, or damped and looking for one. "newton" and "halley" (one variable)
        are those methods as the textbooks have them, with their failures named.
    tolerance : float
        Of the root, relative; two roundings by default.
    max_iterations : int
    callback : callable, optional
        Called with the `Record` of each iteration; ends the run by returning True.
    progress : bool, optional
        Whether to show a tqdm bar; if not given, on long runs in a terminal.

    Returns
    -------
    Root
        The best point that was found, with the smallest |f|, whatever the reason.

    Raises
    ------
    StructureError
        If neither start nor bracket is given, or the bracket is none, or an option is unknown.
    ShapeError
        If the function does not return as many numbers as it is given.
    DtypeError
        If the start is or holds complex numbers.

    Notes
    -----
    The derivative of a root x*(p) of f(x, p) is -(∂f/∂x)⁻¹ ∂f/∂p by the implicit function theorem: one linear solve,
    however the root was found. E. Schröder's ratio 1/(1 - f f''/f'²) tells multiple roots (*Math. Ann.* 2, 1870); their
    last digits come from the derivative f^(m-1), of which they are simple roots.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import grad
    >>> from autograd_lite.calculus import find_root
    >>> result = find_root(lambda x: x**3 - 2 * x - 5, 2.0)  # Newton's own example
    >>> float(result.solution), result.converged
    (2.0945514815423265, True)
    >>> bool(find_root(np.cos, bracket=(1.0, 2.0)).solution == np.pi / 2)
    True
    >>> float(grad(lambda a: find_root(lambda x: x**2 - a, 1.0).solution)(2.0))  # 1 / (2√a)
    0.35355339059327373
    """
    if method not in _METHODS:
        raise StructureError(f"find_root(method={method!r}) is unknown; the methods are {', '.join(_METHODS)}")
    interval = None if bracket is None else _interval(bracket)
    if x0 is None:
        if interval is None:
            raise StructureError("find_root(f): give a start, x0=..., or a bracket=(a, b)")
        x0 = interval[0] + 0.5 * (interval[1] - interval[0])
    packing, args = Packing(x0, "find_root"), further_arguments(args)
    options = {"present": packing.unravel, "callback": callback, "progress": progress}
    if packing.size == 1:
        return _scalar(f, packing, interval, args, method, tolerance, max_iterations, options)
    if interval is not None:
        raise StructureError(f"find_root(bracket={bracket!r}) is for one variable, and x0 has {packing.size} of them")
    return _system(f, packing, args, method, tolerance, max_iterations, options)


def _interval(bracket: Any) -> tuple[float, float]:
    try:
        low, high = (float(end.data if isinstance(end, Tensor) else end) for end in bracket)
    except (TypeError, ValueError) as error:
        raise StructureError(f"find_root(bracket={bracket!r}): two numbers are needed") from error
    if not (math.isfinite(low) and math.isfinite(high) and low != high):
        raise StructureError(f"find_root(bracket={bracket!r}): two different finite numbers are needed")
    return min(low, high), max(low, high)


# One variable


def _scalar(
    f: Callable[..., Any],
    packing: Packing,
    interval: tuple[float, float] | None,
    args: Sequence[Any],
    method: str,
    tolerance: float,
    max_iterations: int,
    options: dict[str, Any],
) -> Root:
    objective = Objective(f, packing, args, who="find_root")
    problem = ScalarProblem(objective)
    start, tolerance = packing.vector, max(tolerance, 2 * packing.epsilon)
    if method == "auto":
        solver, best = _safeguarded(problem, interval, float(start[0]), tolerance)
        start = np.array([best])
    else:
        solver = Newton(tolerance, halley=method == "halley")
    is_free = method == "auto" and interval is None
    first = min(max_iterations, max(_FIRST, max_iterations // 2)) if is_free else max_iterations
    outcome = _named(run(solver, problem, start, max_iterations=first, **options), interval, method)
    at, reason, multiplicity = outcome.best.at, outcome.reason, None
    if method == "auto":
        function = _of_number(objective, packing)
        at, reason, multiplicity = _refined(problem, function, outcome)
        left = max_iterations - outcome.iterations - 1
        if is_free and reason in _LOST and left > 0:
            again = _from_around(problem, start, outcome, tolerance, left, options)
            if again is not None:
                outcome = again
                at, reason, multiplicity = _refined(problem, function, outcome)
    final: Bracket | None = getattr(outcome.state, "bracket", None)
    is_attached = reason.converged and is_parametric(args, at.evaluated.run, [at.evaluated.out])
    solution = _solved(f, packing, args, np.array([at.x]), is_attached)
    return Root(
        solution=solution, value=at.f, reason=reason, iterations=outcome.iterations,
        evaluations=objective.evaluations, history=outcome.history, method=method,
        function=Applied(f, objective.args), multiplicity=multiplicity,
        bracket=None if final is None else (final.low.x, final.high.x),
    )  # fmt: skip


def _from_around(
    problem: ScalarProblem,
    start: np.ndarray,
    outcome: Outcome,
    tolerance: float,
    left: int,
    options: dict[str, Any],
) -> Outcome | None:
    """Look for a root at a change of sign around the start, where Newton's steps led astray; None if there is none.

    Steps that were merely many go on if there is no change of sign.
    """
    found = Safeguarded(tolerance).searched(problem, state_at(problem.at(float(start[0]))))
    if found.bracket is not None:
        inside = Safeguarded(tolerance, found.bracket, others=found.others)
        again = run(inside, problem, start, max_iterations=left, **options)
    elif outcome.reason is Reason.MAX_ITERATIONS:
        again = run(Safeguarded(tolerance), problem, outcome.best.point, max_iterations=left, **options)
    else:
        return None
    if not again.reason.converged and found.bracket is not None:
        return None
    shift = outcome.iterations + 1
    later = tuple(record._replace(iteration=record.iteration + shift) for record in again.history)
    return again._replace(iterations=again.iterations + shift, history=(*outcome.history, *later))


def _of_number(objective: Objective, packing: Packing) -> Callable[[Any], Any]:
    """Return the function of a plain number, for derivatives of higher order."""
    return lambda x: np.reshape(objective.f(packing.unravel(np.reshape(x, (1,))), *objective.args), ())


def _safeguarded(
    problem: ScalarProblem, interval: tuple[float, float] | None, start: float, tolerance: float
) -> tuple[Safeguarded, float]:
    """Return the solver for an interval, or for none, and where to start."""
    if interval is None:
        return Safeguarded(tolerance), start
    ends = [problem.at(end) for end in interval]
    for end in ends:
        if end.f == 0:
            return Safeguarded(tolerance, within=interval), end.x
    bracket = bracket_of(*ends)
    if bracket is not None:
        inside = problem.at(start) if bracket.contains(start) else None
        if inside is not None and inside.f == 0:
            return Safeguarded(tolerance, within=interval), start
        return Safeguarded(tolerance, bracket.cut(inside) if inside and inside.f == inside.f else bracket), start
    best = min((p for p in (*ends, problem.at(start)) if p.is_finite), key=lambda p: p.size, default=ends[0])
    return Safeguarded(tolerance, within=interval), best.x


def _named(outcome: Outcome, interval: tuple[float, float] | None, method: str) -> Outcome:
    """Say of a failure inside a bracket without a change of sign that this is what it is, and of steps without end."""
    no_change = interval is not None and method == "auto" and getattr(outcome.state, "bracket", None) is None
    if no_change and outcome.reason in (Reason.NO_ROOT, Reason.ZERO_DERIVATIVE, Reason.DIVERGED):
        return outcome._replace(reason=Reason.NO_SIGN_CHANGE)
    lengths = getattr(outcome.state, "lengths", ())
    if outcome.reason is Reason.MAX_ITERATIONS and len(lengths) == 4 and lengths[0] > 0.5 * lengths[-1]:
        return outcome._replace(reason=Reason.DIVERGED)
    return outcome


def _refined(
    problem: ScalarProblem, function: Callable[..., Any], outcome: Outcome
) -> tuple[Point, Reason, int | None]:
    """Return the root to its last digits, why the search ended, and the multiplicity."""
    at, reason = outcome.best.at, outcome.reason
    state: RootState = outcome.state
    if reason is Reason.CONVERGED:
        if outcome.iterations <= _SUSPICIOUS and at.slope and state.multiplicity == 1:
            return at, reason, 1
        multiplicity = multiplicity_near(problem, at.x)
        if multiplicity == 1 and at.f == 0 and at.slope == 0:
            middle = middle_of_plateau(problem, at, state.bracket)
            return (middle or at), Reason.DIVERGED if middle is None and outcome.iterations else reason, None
        better = refined(problem, function, at, multiplicity) if multiplicity > 1 else None
        return better or at, reason, multiplicity
    if state.bracket is None and reason in (Reason.NO_ROOT, Reason.ZERO_DERIVATIVE, Reason.MAX_ITERATIONS):
        for multiplicity in (2, 3, 4):
            better = refined(problem, function, at, multiplicity)
            if better is not None:
                return better, Reason.CONVERGED, multiplicity
    return at, reason, None


def _solved(f: Callable[..., Any], packing: Packing, args: Sequence[Any], x: np.ndarray, is_attached: bool) -> Any:
    """Return the root in its container, differentiable if something tracked flows in."""
    if not is_attached:
        return packing.unravel(x)
    with np.errstate(all="ignore"):
        return packing.unravel(attached(lambda z: f(packing.unravel(z), *args), x, is_root=True, who="find_root"))


# Systems


def _system(
    f: Callable[..., Any],
    packing: Packing,
    args: Sequence[Any],
    method: str,
    tolerance: float,
    max_iterations: int,
    options: dict[str, Any],
) -> Root:
    if method == "halley":
        raise StructureError("find_root(method='halley') is for one variable; leave method out")
    residuals = Residuals(f, packing, args, who="find_root")
    count = residuals.at(packing.vector).values.size
    if count != packing.size:
        raise ShapeError(
            f"find_root: the function returned {count} numbers for {packing.size}, and a system needs as many "
            f"equations as unknowns; least_squares takes any number"
        )
    solver = DampedNewton(max(tolerance, 2 * packing.epsilon), method == "newton", packing.epsilon)
    outcome = run(solver, residuals, packing.vector, max_iterations=max_iterations, **options)
    evaluations, method_used = residuals.evaluations, method
    if method == "auto" and outcome.reason in (Reason.NO_ROOT, Reason.MAX_ITERATIONS, Reason.NOT_FINITE):
        outcome, more = _by_squares(residuals, packing, outcome, solver, max_iterations, options)
        evaluations = residuals.evaluations + more
    best: SystemState = outcome.best
    is_attached = outcome.reason.converged and is_parametric(args, best.at.run, best.at.outputs)
    solution = _solved(f, packing, args, best.point, is_attached)
    return Root(
        solution=solution, value=best.at.values, reason=outcome.reason, iterations=outcome.iterations,
        evaluations=evaluations, history=outcome.history, method=method_used,
        function=Applied(f, residuals.args),
    )  # fmt: skip


def _by_squares(
    residuals: Residuals,
    packing: Packing,
    outcome: Outcome,
    solver: DampedNewton,
    max_iterations: int,
    options: dict[str, Any],
) -> tuple[Outcome, Evaluations]:
    """Make ‖F‖² small from the start, where Newton got stuck, and go on with Newton from there; else take whole steps.

    `minimize` knows the second derivatives of F, so that it leaves points where J is singular and ‖F‖ has a saddle.
    """

    def square(x: Any) -> Any:
        parts = flatten(residuals.f(x, *residuals.args))[0]
        return np.sum(np.concatenate([np.reshape(part, -1) for part in parts]) ** 2)

    fitted = minimize(square, packing.unravel(packing.vector))
    point = packing.matched(fitted.solution, "the solution")
    again = run(solver, residuals, point, max_iterations=max_iterations, **options)
    chosen = again if again.best.value < outcome.best.value else outcome
    history = (*outcome.history, *again.history)
    total = outcome.iterations + fitted.iterations + again.iterations
    if chosen.reason is Reason.NO_ROOT:  # whole steps leave a minimum of ‖F‖ that is no root, at times for a root
        whole = run(replace(solver, full=True), residuals, packing.vector, max_iterations=_WHOLE, **options)
        if whole.reason.converged:
            chosen, history, total = whole, (*history, *whole.history), total + whole.iterations
    return chosen._replace(iterations=total, history=history), fitted.evaluations
