"""The optimum of a fit as a function of data, sigma and fixed values that are being differentiated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.polish import Optimum, exact_basis
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NotDifferentiableError, StructureError
from autograd_lite.regression.curve import Curve
from autograd_lite.regression.implicit import implicitly


def differentiable_values(problem: Curve, optimum: Optimum, x: Any, y: Any, sigma: Any, fixed: Any) -> Any:
    """Return all parameters as a Tensor that depends on the arguments, by the implicit function theorem.

    Raises
    ------
    NotDifferentiableError
        Where the derivative does not exist, or is not offered.
    """
    data, layout, basis = problem.data, problem.layout, exact_basis(problem, optimum)
    if not problem.loss.is_linear or data.factor is not None:
        raise NotDifferentiableError("curve_fit: fits with a robust loss or a covariance matrix have no gradient here")
    if basis is None or not basis.is_full or basis.free.size < problem.size:
        raise NotDifferentiableError(
            "curve_fit: the optimum has no derivative by its data: parameters are undetermined, or held by a bound"
        )
    if data.keep is not None or np.shape(_plain(y)) != data.y.shape:
        raise NotDifferentiableError("curve_fit: leave missing data out before differentiating through the fit")
    held = dict(fixed) if isinstance(fixed, Mapping) else {}
    arguments = {"x": x, "y": y, "sigma": sigma, "fixed": held}

    def cost(point: Any, given: Any) -> Any:
        whole: list[Any] = list(layout.start)
        for k, i in enumerate(layout.free):
            whole[i] = point[k]
        for name, value in given["fixed"].items():
            if value is not None:
                whole[layout.position(name, "fixed")] = value
        residuals = problem.model(given["x"], *layout.packed(_leaves(layout, whole))) - given["y"]
        weighed = residuals if given["sigma"] is None else residuals / given["sigma"]
        return 0.5 * np.sum(weighed * weighed)

    free = implicitly(cost, optimum.x, basis.solve_hessian, arguments)
    if layout.free.size == layout.start.size:
        return free
    whole: list[Any] = list(layout.start)
    for k, i in enumerate(layout.free):
        whole[i] = free[k]
    for name, value in held.items():
        if value is not None:
            whole[layout.position(name, "fixed")] = value
    return np.stack([each if isinstance(each, Tensor) else Tensor(np.float64(each)) for each in whole])


def _leaves(layout: Any, whole: list[Any]) -> list[Any]:
    leaves, start = [], 0
    for argument in layout.arguments:
        for shape in argument.shapes:
            size = int(np.prod(shape))
            part = whole[start : start + size]
            if shape and any(isinstance(each, Tensor) for each in part):
                part = [each if isinstance(each, Tensor) else Tensor(np.float64(each)) for each in part]
                leaves.append(np.reshape(np.stack(part), shape))
            elif shape:
                leaves.append(np.reshape(np.array(part), shape))
            else:
                leaves.append(part[0])
            start += size
    return leaves


def _plain(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.data
    if value is None:
        raise StructureError("curve_fit: y is None")
    return value
