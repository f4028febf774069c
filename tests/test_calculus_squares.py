"""Sums of squares: where they are found in a recorded function, where not, and what their residuals are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
import autograd_lite.numpy as anp
from autograd_lite.calculus.minimization.squares import squares_of
from autograd_lite.calculus.minimization.tensor_newton import Quartic
from autograd_lite.calculus.objective import Objective, Packing

START = np.array([0.3, 0.5, 0.7])


def residuals(x: Any) -> Any:
    return np.exp(x) * np.array([1.0, 2.0, 3.0]) - 1


def with_itself(product: Any) -> Any:
    def function(x: Any) -> Any:
        r = residuals(x)
        return product(r, r)

    return function


SQUARES = {
    "sum of powers": lambda x: np.sum(residuals(x) ** 2),
    "float exponent": lambda x: np.sum(residuals(x) ** 2.0),
    "NumPy exponent": lambda x: np.sum(residuals(x) ** np.float64(2)),
    "square": lambda x: np.square(residuals(x)).sum(),
    "product": with_itself(lambda a, b: np.sum(a * b)),
    "matmul": with_itself(lambda a, b: a @ b),
    "transposed": with_itself(lambda a, b: a.T @ b),
    "dot": with_itself(np.dot),
    "vdot": with_itself(np.vdot),
    "inner": with_itself(np.inner),
    "einsum": with_itself(lambda a, b: np.einsum("i,i->", a, b)),
    "computed twice": lambda x: np.dot(residuals(x), residuals(x)),
    "norm": lambda x: np.linalg.norm(residuals(x)) ** 2,
    "modulus": lambda x: np.sum(np.abs(residuals(x)) ** 2),
    "mean and offset": lambda x: np.mean(residuals(x) ** 2) / 2 + 7,
    "loop": lambda x: sum((x[i] - i) ** 2 for i in range(3)),
    "fourth power": lambda x: (x[0] - 1) ** 2 + 5 * (x[1] ** 2 - x[2]) ** 4 / 3,
    "list": lambda x: anp.sum(anp.array([x[0] - 1, 10 * (x[1] - x[0] ** 2), x[2]]) ** 2),
    "by hand": lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2 + (x[2] * x[0]) ** 2,
    "weights": lambda x: np.array([1.0, 0.0, 3.0]) @ residuals(x) ** 2,
}

OTHERS = {
    "negative weight": lambda x: np.sum(residuals(x) ** 2) - x[0] ** 2,
    "another term": lambda x: np.sum(residuals(x) ** 2) + np.log(x[0]),
    "linear term": lambda x: np.sum(residuals(x) ** 2) + x[0],
    "norm": lambda x: np.linalg.norm(residuals(x)),
    "odd power": lambda x: np.sum(residuals(x) ** 3),
    "different factors": lambda x: np.sum((x - 1) * (x - 2)),
    "different elements": lambda x: x[0] * x[1] + x[2] ** 2,
    "function of squares": lambda x: np.exp(np.sum(residuals(x) ** 2)),
    "trace": lambda x: np.trace(np.outer(residuals(x), residuals(x)) @ np.eye(3)),
    "constant": lambda x: 3.0,
}


@pytest.mark.parametrize("name", SQUARES)
def test_squares_are_found_with_both_derivatives(name: str) -> None:
    at = Objective(SQUARES[name], Packing(START)).at(START)
    found = squares_of(at)
    assert found is not None
    assert found.values @ found.values + found.constant == pytest.approx(at.value, rel=1e-14)
    np.testing.assert_allclose(2 * found.jacobian.T @ found.values, at.gradient, rtol=1e-12, atol=1e-14)
    hessian = 2 * (found.jacobian.T @ found.jacobian + np.tensordot(found.values, found.hessians, 1))
    np.testing.assert_allclose(hessian, at.hessian, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_sum_of_squares_is_left_alone(name: str) -> None:
    x = np.ones(3)  # where factors that differ have the same value
    assert squares_of(Objective(OTHERS[name], Packing(x)).at(x)) is None


def test_tracked_values_beside_the_argument_are_constants() -> None:
    weight = ag.Tensor([1.0, 2.0, 3.0], requires_grad=True)
    at = Objective(lambda x: np.sum(weight * residuals(x) ** 2), Packing(START)).at(START)
    found = squares_of(at)
    assert found is not None
    np.testing.assert_allclose(found.values**2, weight.data * residuals(START) ** 2)


def test_containers_are_one_vector() -> None:
    tree = {"a": np.ones((2, 2)), "b": 2.0}
    packing = Packing(tree)
    at = Objective(lambda p: np.sum((p["a"] @ p["a"] * p["b"] - 1) ** 2), packing).at(packing.vector)
    found = squares_of(at)
    assert found is not None
    assert found.hessians.shape == (4, 5, 5)
    np.testing.assert_allclose(2 * found.jacobian.T @ found.values, at.gradient)


def test_the_quartic_model_is_the_function_where_residuals_are_quadratic() -> None:
    def rosenbrock(x: Any) -> Any:
        return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2

    start = np.array([-1.2, 1.0])
    found = squares_of(Objective(rosenbrock, Packing(start)).at(start))
    assert found is not None
    model = Quartic(found)
    s = np.array([0.7, -2.0])
    assert model.at(s) == pytest.approx(rosenbrock(start + s))
    gradient, hessian, _ = model.expanded(s)
    np.testing.assert_allclose(gradient, ag.grad(rosenbrock)(start + s))
    np.testing.assert_allclose(hessian, ag.hessian(rosenbrock)(start + s))
    whole = model.within(100.0)
    assert whole.is_inside
    np.testing.assert_allclose(start + whole.vector, [1, 1], atol=1e-8)
    part = model.within(1.0)
    assert not part.is_inside
    assert part.length == pytest.approx(1.0)
    assert 0 < part.reduction < whole.reduction
