"""The optimum of a fit as a function of what is being differentiated: data, sigma, fixed values, what the model reads.

At the optimum the gradient of the cost vanishes; the implicit function theorem does the rest (`calculus.implicit`). The
Hessian is solved with in the singular basis of the Jacobian, which loses half as many digits as its square would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.polish import Optimum, exact_basis
from autograd_lite.calculus.implicit import attached
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.regression.curve import Curve
from autograd_lite.regression.implicit import is_tracked
from autograd_lite.transforms.arguments import flatten, unflatten


def differentiable_values(
    problem: Curve, optimum: Optimum, x: Any, y: Any, sigma: Any, fixed: Any, loss_scale: float | None
) -> Any:
    """Return all parameters as a Tensor that depends on what is being differentiated; None if nothing is.

    Raises
    ------
    NotDifferentiableError
        Where the derivative does not exist.
    """
    held = {name: value for name, value in fixed.items() if value is not None} if isinstance(fixed, Mapping) else {}
    linked = optimum.where.recorded.traversal.foreign
    if not linked and not is_tracked(x, y, sigma, held):
        return None
    basis = exact_basis(problem, optimum)
    if basis is None or not basis.is_full:
        raise NotDifferentiableError("curve_fit: the optimum has no derivative: parameters are not determined")
    if not problem.loss.is_linear and loss_scale is None:
        raise NotDifferentiableError(
            "curve_fit: the scale of the loss is estimated from the data, and how it depends on them is not followed; "
            "give it as loss_scale to differentiate through the fit"
        )
    residuals = _Residuals(problem, x, y, sigma, held)

    def cost(free: Any) -> Any:
        found = residuals(free)
        return 0.5 * (np.sum(found * found) if problem.loss.is_linear else problem.loss.cost(found))

    chosen = np.isin(np.arange(problem.size), basis.free)
    solve = basis.solve_hessian if problem.loss.is_linear else None
    free = attached(cost, optimum.x, chosen, solve=solve, who="curve_fit")
    return np.stack([_tensor(each) for each in residuals.whole(free)])


class _Residuals:
    """The residuals as a function of the free parameters, with what is being differentiated left in place."""

    def __init__(self, problem: Curve, x: Any, y: Any, sigma: Any, held: dict[str, Any]):
        self._problem, self._data, self._held = problem, problem.data, held
        positions, size = self._data.positions, int(np.prod(np.shape(_plain(y))))
        leaves, structure = flatten(self._data.x)
        given = flatten(x)[0] if is_tracked(x) else leaves
        self._x = unflatten(structure, [_chosen(*pair, positions, size) for pair in zip(given, leaves, strict=True)])
        self._y = self._data.values
        if is_tracked(y):
            self._y = np.reshape(y, -1) if positions is None else np.reshape(y, -1)[positions]
        self._factor, self._sigma = self._data.factor, self._data.sigma
        if is_tracked(sigma) and self._factor is not None:
            self._factor = np.linalg.cholesky(sigma if positions is None else sigma[np.ix_(positions, positions)])
        elif is_tracked(sigma):
            flat = np.reshape(sigma, -1) if sigma.ndim else sigma
            self._sigma = flat[positions] if positions is not None and sigma.ndim else flat

    def whole(self, free: Any) -> list[Any]:
        """Return all parameters from the free ones."""
        layout = self._problem.layout
        whole: list[Any] = list(layout.start)
        for k, i in enumerate(layout.free):
            whole[i] = free[k]
        for name, value in self._held.items():
            whole[layout.position(name, "fixed")] = value
        return whole

    def __call__(self, free: Any) -> Any:
        layout = self._problem.layout
        values = self._problem.model(self._x, *layout.packed(_leaves(layout, self.whole(free))))
        residuals = self._data.kept(np.reshape(values + np.zeros(self._data.y.shape), -1)) - self._y
        if self._factor is not None:
            return np.linalg.solve(self._factor, residuals)
        return residuals if self._sigma is None else residuals / self._sigma


def _chosen(given: Any, plain: np.ndarray, positions: np.ndarray | None, size: int) -> Any:
    """Return an array of x as the model gets it: itself if it is tracked, without the data that are left out."""
    if not is_tracked(given):
        return plain
    axis = given.ndim - 1 if given.ndim and given.shape[-1] == size else 0
    return given if positions is None or given.shape == plain.shape else np.take(given, positions, axis)


def _leaves(layout: Any, whole: list[Any]) -> list[Any]:
    leaves, start = [], 0
    for argument in layout.arguments:
        for shape in argument.shapes:
            size = int(np.prod(shape))
            part = whole[start : start + size]
            leaves.append(np.reshape(np.stack([_tensor(each) for each in part]), shape) if shape else part[0])
            start += size
    return leaves


def _tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else Tensor(np.float64(value))


def _plain(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else value
