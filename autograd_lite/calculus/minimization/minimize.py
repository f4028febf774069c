"""`minimize`: a function of arrays made small, by the method that suits its size and structure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.calculus.implicit import attached
from autograd_lite.calculus.minimization.boxes import box_of
from autograd_lite.calculus.minimization.choosing import LEAST_SQUARES, chosen, own_name
from autograd_lite.calculus.minimization.search import Search, Summed
from autograd_lite.calculus.minimization.stationary import Inertia, Kind
from autograd_lite.calculus.objective import Objective, Packing, further_arguments, is_parametric
from autograd_lite.calculus.result import Applied, Record, Result
from autograd_lite.core.tensor import Tensor


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
    args: Any = (),
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
    args : tuple, list, or a single argument
        Handed to ``f``. The solution is differentiable in Tensors among them, and in those that ``f`` closes over.
    method : str or solver
        "auto" finds sums of squares in the recorded function and takes "tensor-newton" for them, "trust-region" for
        other functions of up to 200 variables, "newton-cg" for more; in a box "projected-newton" up to 200 variables
        and "projected-gradient" for more. The others are "bfgs", "l-bfgs", "conjugate-gradient", "gradient-descent",
        "momentum" and "nesterov"; "levenberg-marquardt" and "gauss-newton" for sums of squares, for which ``f`` may
        return the residuals. SciPy's names ("CG", "L-BFGS-B", "trust-exact") and "newton" are understood as well. For
        options pass a solver, such as ``GradientDescent(step_rule="fixed", rate=0.1)``.
    bounds : pair (lower, upper), optional
        Each a number, or in the container and shapes of ``x0``; or a list with a pair for each element of an array.
        None is no bound. A start outside is moved into the box.
    tolerance : float, optional
        It ends where no element of the gradient is larger. If not given, methods of second order go on until the value
        cannot be made smaller, those of first order until the gradient is 1e-8 of that at the start. It replaces that
        of a solver.
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
        If the method is unknown, cannot keep bounds, or has no tolerance to set.

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
    method = own_name(method)
    packing, args = Packing(x0, "minimize"), further_arguments(args)
    box = getattr(method, "box", None) if bounds is None else box_of(bounds, packing, x0)
    is_least_squares = isinstance(method, str) and method in LEAST_SQUARES
    if is_least_squares and tolerance is not None:
        raise ValueError(f"minimize(tolerance=...): {method!r} goes on to the last digits, and has none; leave it out")
    f = Summed(f) if is_least_squares else f
    objective = Objective(f, packing, args, who="minimize")
    search = Search(objective, box, packing.unravel, callback, progress)
    if isinstance(f, Summed):
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
    if is_parametric(args, place.at.run, [place.at.out]):
        with np.errstate(all="ignore"):
            solution = attached(lambda x: f(packing.unravel(x), *args), place.point, free)
    solved = packing.unravel(solution)
    value = f(solved, *args) if isinstance(solution, Tensor) else place.value
    has_gradient = math.isfinite(place.value)
    return Minimum(
        solution=solved, value=value, reason=outcome.reason, iterations=outcome.iterations,
        evaluations=objective.evaluations, history=outcome.history, method=name,
        function=Applied(f, objective.args),
        gradient=packing.unravel(place.at.gradient) if has_gradient else None, kind=kind,
        inertia=None if curvature is None else curvature.inertia,
    )  # fmt: skip
