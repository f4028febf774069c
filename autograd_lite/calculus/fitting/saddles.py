"""Ways on from a stationary point that is no minimum: downhill along negative curvature.

A model with several terms of one form, started with equal parameters for them, keeps them equal: by symmetry nothing
tells them apart. The columns of the Jacobian are equal in pairs then, so that it looks as if the data did not determine
the parameters; but the residuals' curvature is negative where they part. What the data really do not determine is flat:
the Hessian vanishes along it (J. Nocedal, S. Wright, *Numerical Optimization*, 2nd ed., section 3.4).
"""

from __future__ import annotations

import numpy as np

from autograd_lite.calculus.fitting.polish import Optimum
from autograd_lite.calculus.fitting.problem import Problem

#: Curvatures above this part of the largest, negative, are round-off.
_CURVED = 1e-9

#: How often a step is halved.
_HALVINGS = 12


def beyond(problem: Problem, optimum: Optimum) -> np.ndarray | None:
    """Return a point that is better than a stationary one, along negative curvature; None if there is none.

    Parameters
    ----------
    problem : Problem
    optimum : Optimum
        A stationary point, or nearly.
    """
    basis = optimum.basis
    if basis is None or not basis.free.size:
        return None
    _, jacobian = problem.loss.scaled(optimum.where.residuals, optimum.where.jacobian)
    columns = jacobian[:, basis.free] / basis.scale
    hessian = columns.T @ columns + basis.second[np.ix_(basis.free, basis.free)] / np.outer(basis.scale, basis.scale)
    if not np.isfinite(hessian).all():
        return None
    values, vectors = np.linalg.eigh(hessian)
    if not values[0] < -_CURVED * np.max(np.abs(values)):
        return None
    direction = np.zeros(problem.size)
    direction[basis.free] = vectors[:, 0] / basis.scale
    return _downhill(problem, optimum, direction)


def _downhill(problem: Problem, optimum: Optimum, direction: np.ndarray) -> np.ndarray | None:
    """Return the better of the two points on either side, from half of the parameters' sizes on inwards."""
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.abs(direction / optimum.x)
    largest = np.max(parts[np.isfinite(parts)], initial=0.0)
    length = 0.5 / largest if largest > 0.0 else 1.0 / float(np.max(np.abs(direction)))
    for _ in range(_HALVINGS):
        sides = [problem.inside(optimum.x + sign * length * direction) for sign in (1.0, -1.0)]
        costs = [problem.at(side).cost for side in sides]
        lower = int(np.nanargmin(costs)) if np.isfinite(costs).any() else 0
        if costs[lower] < optimum.where.cost * (1.0 - 1e-9):
            return sides[lower]
        length *= 0.5
    return None
