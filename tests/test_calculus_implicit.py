"""Derivatives through `minimize` and `lagrange`, by the implicit function theorem, against central differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.calculus import lagrange, minimize
from autograd_lite.errors import NotDifferentiableError

POINT = np.array([0.7, 0.9, 1.3])


def differences(f: Any, x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    return np.moveaxis(np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(x.size)]), 0, -1)


def closed_over(p: Any) -> Any:
    """Return a minimizer of a function that closes over something computed from p."""
    q = np.sin(p)
    return minimize(
        lambda x: np.sum(np.exp(x) * q[:2]) - np.sum(x * p[1:] ** 2) + 0.1 * np.sum(x) ** 2, np.zeros(2)
    ).solution


def handed_over(p: Any) -> Any:
    return minimize(
        lambda x, a, b: np.sum((x**3 + x - a) ** 2) + b * x[0] * x[1], np.ones(2), args=(p[:2], p[2])
    ).solution


@pytest.mark.parametrize("solution", [closed_over, handed_over])
def test_jacobian_gradient_and_hessian_through_the_minimizer(solution: Any) -> None:
    np.testing.assert_allclose(ag.jacobian(solution)(POINT), differences(solution, POINT), rtol=1e-6, atol=1e-8)

    def loss(p: Any) -> Any:
        x = solution(p)
        return np.sum(x**2) + x[0] * p[2]

    gradient, hessian = ag.grad(loss), ag.hessian(loss)
    np.testing.assert_allclose(gradient(POINT), differences(loss, POINT), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(hessian(POINT), differences(gradient, POINT), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(ag.jacobian(hessian)(POINT), differences(hessian, POINT), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("method", ["trust-region", "bfgs", "levenberg-marquardt", "newton-cg"])
def test_the_method_does_not_matter(method: str) -> None:
    def solution(a: Any) -> Any:
        return minimize(lambda x, a: (x[0] - a) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2, [-1.2, 1.0], args=(a,),
                        method=method, tolerance=None).solution  # fmt: skip

    np.testing.assert_allclose(ag.jacobian(solution)(1.5), [1, 3], rtol=1e-5)


def test_the_value_has_the_partial_derivative() -> None:
    """The envelope theorem: d f(x*(p), p) / dp = ∂f/∂p at x*."""

    def value(p: Any) -> Any:
        return minimize(lambda x: np.cosh(x) - p * x + p**3, 0.0).value

    solution = np.arcsinh(0.7)
    assert ag.grad(value)(0.7) == pytest.approx(-solution + 3 * 0.7**2)
    assert ag.grad(ag.grad(value))(0.7) == pytest.approx(-1 / np.sqrt(1 + 0.7**2) + 6 * 0.7)


def test_tensors_with_backward() -> None:
    p = ag.Tensor(2.0, requires_grad=True)
    result = minimize(lambda x: np.sum((x - p * np.array([1.0, 2.0])) ** 2), np.zeros(2))
    assert isinstance(result.solution, ag.Tensor)
    np.sum(result.solution**2).backward()
    assert p.grad == pytest.approx(20)
    assert not isinstance(result.gradient, ag.Tensor)


def test_containers() -> None:
    def loss(p: Any) -> Any:
        found = minimize(
            lambda t: np.sum((t["a"] - p) ** 2) + (t["b"] - t["a"][0]) ** 2 + 1.0, {"a": np.zeros(2), "b": 0.0}
        ).solution
        return found["b"] * found["a"][1]

    np.testing.assert_allclose(ag.grad(loss)(np.array([2.0, 5.0])), [5, 2], rtol=1e-10)


def test_variables_at_a_bound_do_not_move() -> None:
    def solution(p: Any) -> Any:
        return minimize(lambda x: np.sum(np.cosh(x - p)) + x[0] * x[1] / 2, np.zeros(3), bounds=(-9, 1)).solution

    p = np.array([2.0, 0.5, -0.5])
    exact = ag.jacobian(solution)(p)
    assert solution(p)[0] == 1
    np.testing.assert_allclose(exact, differences(solution, p), rtol=1e-6, atol=1e-8)
    assert not exact[0].any()


def test_many_variables_by_products() -> None:
    weights = np.arange(1, 601.0)

    def loss(c: Any) -> Any:
        found = minimize(
            lambda x: np.sum(weights * x**2) / 2 + c * np.sum(x[1:] * x[:-1]) / 3 + np.sum((x - c) ** 4), np.ones(600)
        )
        return np.sum(found.solution**2)

    assert ag.grad(loss)(0.3) == pytest.approx((loss(0.3 + 1e-5) - loss(0.3 - 1e-5)) / 2e-5, rel=1e-6)
    with pytest.raises(NotDifferentiableError, match="second derivatives of a solution of 600"):
        ag.grad(ag.grad(loss))(0.3)


def test_a_minimizer_that_is_not_unique_has_no_derivative() -> None:
    def loss(p: Any) -> Any:
        return minimize(lambda x: (x[0] + x[1] - p) ** 2, np.zeros(2)).solution[0]

    with pytest.raises(NotDifferentiableError, match="small penalty"):
        ag.grad(loss)(1.0)


def test_nothing_is_recorded_where_nothing_flows_in() -> None:
    result = minimize(lambda x: np.sum((x - 1) ** 2), np.zeros(2))
    assert type(result.solution) is np.ndarray
    with ag.no_grad():
        p = ag.Tensor(1.0, requires_grad=True)
        assert type(minimize(lambda x: np.sum((x - p) ** 2), np.zeros(2)).solution) is np.ndarray


def test_one_solve_and_two_runs_are_what_a_gradient_costs() -> None:
    runs = 0

    def counted(x: Any, p: Any) -> Any:
        nonlocal runs
        runs += 1
        return np.sum(np.cosh(x - p))

    result, pull = ag.vjp(lambda p: minimize(counted, np.zeros(2), args=(p,)).solution, np.array([1.0, 2.0]))
    before = runs
    np.testing.assert_allclose(pull(np.array([1.0, 10.0]))[0], [1, 10], rtol=1e-9)
    assert runs - before == 1
    np.testing.assert_allclose(result, [1, 2])


def test_active_inequalities_that_close_over_a_parameter() -> None:
    def total(p: Any) -> Any:
        return np.sum(
            lagrange(
                lambda x: (x[0] - p[0]) ** 2 + (x[1] - p[1]) ** 2, lambda x: x[0] + 2 * x[1] - p[2], np.zeros(2),
                inequalities=lambda x: 1 - p[2] * x**2,
            ).solution
        )  # fmt: skip

    p = np.array([2.0, 1.0, 0.8])
    # x[0] = p[2] ** -0.5 is held, and x[1] = (p[2] - x[0]) / 2
    expected = np.array([0.0, 0.0, 0.5 - 0.25 * p[2] ** -1.5])
    np.testing.assert_allclose(ag.grad(total)(p), expected, atol=1e-10)
    np.testing.assert_allclose(ag.hessian(total)(p)[2, 2], 0.375 * p[2] ** -2.5, rtol=1e-9)


def test_the_last_digits_of_a_solution_in_a_box_are_right() -> None:
    def solution(p: float) -> Any:
        return minimize(
            lambda x: (x[0] - 2) ** 2 + (x[1] - p * x[0]) ** 2 + (x[2] + 2 * x[1]) ** 2 + 0.1 * x[0] ** 4,
            np.ones(3), bounds=(0.0, 1.2),
        ).solution  # fmt: skip

    step = 1e-4
    slope = ag.jacobian(solution)(0.7)
    np.testing.assert_allclose(slope, (solution(0.7 + step) - solution(0.7 - step)) / (2 * step), atol=1e-7)
