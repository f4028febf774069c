"""Least squares: residuals made small, by scaled Levenberg-Marquardt and others, to the last digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.losses import LOSSES, Loss
from autograd_lite.calculus.fitting.problem import ResidualsOf
from autograd_lite.calculus.fitting.solving import METHODS, solve
from autograd_lite.calculus.objective import Packing
from autograd_lite.calculus.result import Result
from autograd_lite.errors import StructureError

__all__ = ["least_squares"]


def least_squares(
    residuals: Any,
    x0: Any,
    *,
    method: str = "lm",
    bounds: tuple[Any, Any] | None = None,
    loss: str = "linear",
    loss_scale: float = 1.0,
    max_iterations: int | None = None,
    callback: Any = None,
    progress: bool | None = None,
) -> Result:
    """Find the minimum of a sum of squared residuals, Σ rᵢ(x)², or of robust losses of them.

    Parameters
    ----------
    residuals : callable
        ``residuals(x)`` gives an array of any shape, or a container of arrays.
    x0 : array, number, or container of them
        The start.
    method : {"lm", "gauss-newton", "newton", "gradient-descent"}
        "lm" is a scaled Levenberg-Marquardt method, with parameters that enter linearly solved for at each step.
    bounds : pair (lower, upper), optional
        Each a number, or in the container and shapes of ``x0``.
    loss : {"linear", "huber", "soft_l1", "cauchy"}
        What a squared residual counts: Σ c² ρ((rᵢ/c)²).
    loss_scale : float
        c.
    max_iterations : int, optional
        400; 20,000 for gradient descent.
    callback : callable, optional
        Called with the `Record` of each iteration; ends the run by returning True.
    progress : bool, optional
        Whether to show a tqdm bar; if not given, on long runs in a terminal.

    Returns
    -------
    Result
        Its value is the cost at the solution.

    Raises
    ------
    StructureError
        If an option is unknown, or bounds exclude the start.

    Notes
    -----
    J. Moré, *The Levenberg-Marquardt algorithm: implementation and theory*, 1978; G. Golub, V. Pereyra, SIAM J. Numer.
    Anal. 10, 1973, for the elimination of linear parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.calculus import least_squares
    >>> def rosenbrock(x):
    ...     return np.stack([10.0 * (x[1] - x[0] ** 2), 1.0 - x[0]])
    >>> result = least_squares(rosenbrock, np.array([-1.2, 1.0]))
    >>> np.round(result.solution, 12), result.converged
    (array([1., 1.]), True)
    """
    if method not in METHODS:
        raise StructureError(f"least_squares: method={method!r} is unknown; the methods are {', '.join(METHODS)}")
    if loss != "linear" and loss not in LOSSES:
        raise StructureError(f"least_squares: loss={loss!r} is unknown; the losses are linear, {', '.join(LOSSES)}")
    packing = Packing(x0, "least_squares")
    low, high = (-np.inf, np.inf) if bounds is None else bounds
    lower = packing.matched(low, "least_squares: the lower bound")
    upper = packing.matched(high, "least_squares: the upper bound")
    start = packing.vector
    outside = np.flatnonzero(~((lower <= start) & (start <= upper)))
    if outside.size:
        i = int(outside[0])
        raise StructureError(
            f"least_squares: element {i} of x0 is {start[i]}, outside of its bounds [{lower[i]}, {upper[i]}]"
        )
    problem = ResidualsOf(residuals, packing, lower=lower, upper=upper, loss=Loss(loss, loss_scale))
    found = solve(problem, start, method, max_iterations, packing.unravel, callback, progress)
    return Result(
        solution=packing.unravel(found.optimum.x),
        value=found.optimum.cost,
        reason=found.reason,
        iterations=found.iterations,
        evaluations=found.evaluations,
        history=found.history,
        method=method,
        function=residuals,
    )
