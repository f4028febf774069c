"""Least squares: what is recorded once and differentiated, factors, methods, losses, bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from problems import nist

import autograd_lite as ag
from autograd_lite.calculus.fitting import least_squares
from autograd_lite.calculus.fitting.factors import Factors, find_damping, triangle_of
from autograd_lite.calculus.fitting.losses import LOSSES, Loss
from autograd_lite.calculus.fitting.recorded import Recorded
from autograd_lite.errors import StructureError

RANDOM = np.random.default_rng(20)
X = np.linspace(0.1, 2.0, 9)


@pytest.mark.parametrize("name", nist.MODELS)
def test_the_quick_jacobian_is_the_general_one(name: str) -> None:
    problem = nist.load(name)
    recorded = Recorded(lambda *p: problem.model(problem.x, *p), list(problem.certified))
    found = recorded._pointwise()
    assert found is not None
    np.testing.assert_allclose(found.T, recorded._by_columns(), rtol=1e-12)


CASES = {
    "numbers": (lambda a, b: a * np.exp(-b * X), [2.0, 0.5]),
    "vector": (lambda p: p[0] * np.exp(-p[1] * X), [np.array([2.0, 0.5])]),
    "mixed": (lambda a, p: a * X + p[0] * p[1] * np.sin(X), [1.5, np.array([2.0, 0.5])]),
    "matrix": (lambda m: (m @ m) @ np.stack([X, X**2]), [RANDOM.normal(size=(2, 2))]),
    "several": (lambda a, b: {"u": a * X**2, "v": np.stack([a * b, b**3])}, [2.0, 0.5]),
    "constant": (lambda a, b: (X * 2.0, a * a + 0.0 * X), [2.0, 0.5]),
    "reduced": (lambda a, b: np.stack([np.sum(a * X), np.sum(b**2 * X)]), [2.0, 0.5]),
    "clipped": (lambda a, b: np.where(X > 1.0, a * np.sqrt(np.maximum(X - 1.0, 0.0)) ** b, b), [2.0, 1.5]),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives_of_a_recorded_run(name: str) -> None:
    function, arguments = CASES[name]
    recorded = Recorded(function, arguments)
    sizes = [np.size(argument) for argument in arguments]
    flat = np.concatenate([np.reshape(argument, -1) for argument in arguments])

    def of_flat(vector: Any) -> Any:
        parts, start = [], 0
        for argument, size in zip(arguments, sizes, strict=True):
            parts.append(np.reshape(vector[start : start + size], np.shape(argument)))
            start += size
        out = function(*parts)
        leaves = out.values() if isinstance(out, dict) else out if isinstance(out, tuple) else [out]
        return np.concatenate([np.reshape(leaf, -1) for leaf in leaves])

    weights = RANDOM.normal(size=recorded.values.size)
    direction = RANDOM.normal(size=flat.size)
    hessian = ag.hessian(lambda p: np.sum(weights * of_flat(p)))(flat)
    np.testing.assert_allclose(recorded.jacobian(), ag.jacobian(of_flat)(flat), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(recorded.weighted_hessian(weights), hessian, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(weights @ recorded.second_along(direction), direction @ hessian @ direction, rtol=1e-9)


LINEAR = {
    "a line": (lambda a, b: a + b * X, (0, 1)),
    "an amplitude": (lambda a, b: a * np.exp(-b * X), (0,)),
    "a product": (lambda a, b: a * b * X, (0,)),
    "a quotient": (lambda a, b: (a + a * X) / (1 + b * X), (0,)),
    "a square": (lambda a, b: a * a * X + b, (1,)),
    "peaks": (lambda a, b, c, d: a * np.exp(-b * X) + c / (d - X), (0, 2)),
    "none": (lambda a, b: np.exp(-a * X) / (b + X), ()),
    "matrix product": (lambda a, b: np.stack([X, X**2], 1) @ np.stack([a, b]), (0, 1)),
}


@pytest.mark.parametrize("name", LINEAR)
def test_linear_arguments_are_found(name: str) -> None:
    function, expected = LINEAR[name]
    start = [1.3, 0.7, 2.1, 3.3][: function.__code__.co_argcount]
    assert Recorded(function, start).linear() == expected


def test_the_triangle() -> None:
    matrix = RANDOM.normal(size=(9, 4))
    triangle = triangle_of(matrix.copy())
    np.testing.assert_allclose(triangle.T @ triangle, matrix.T @ matrix, rtol=1e-12)
    assert np.all(np.tril(triangle, -1) == 0.0)


@pytest.mark.parametrize("linear", [(), (1,), (0, 3)])
def test_steps_are_those_of_the_normal_equations(linear: tuple[int, ...]) -> None:
    jacobian, residuals = RANDOM.normal(size=(9, 4)), RANDOM.normal(size=9)
    scale = np.array([1.0, 3.0, 0.5, 2.0])
    factors = Factors(jacobian, residuals, scale, linear)
    step, length, damping = factors.damped(0.05)
    penalty = np.array([0.0 if i in linear else scale[i] ** 2 for i in range(4)])
    expected = np.linalg.solve(jacobian.T @ jacobian + damping * np.diag(penalty), -jacobian.T @ residuals)
    np.testing.assert_allclose(step, expected, rtol=1e-10)
    assert damping > 0.0
    assert abs(length - 0.05) <= 0.0051
    moved = residuals + jacobian @ step
    assert np.isclose(factors.change(step), residuals @ residuals - moved @ moved)
    full = factors.damped(np.inf)[0]
    np.testing.assert_allclose(full, np.linalg.lstsq(jacobian, -residuals)[0], rtol=1e-10)
    np.testing.assert_allclose(
        factors.acceleration(jacobian.T @ residuals, damping),
        np.linalg.solve(jacobian.T @ jacobian + damping * np.diag(penalty), jacobian.T @ residuals),
        rtol=1e-9,
    )


@pytest.mark.parametrize("radius", [1e-8, 1e-3, 0.1, 10.0])
def test_damping_meets_the_radius(radius: float) -> None:
    singular, target = np.array([10.0, 1.0, 1e-3, 1e-9]), np.array([1.0, -2.0, 0.5, 0.3])
    damping = find_damping(singular, target, radius)
    length = np.linalg.norm(singular * target / (singular**2 + damping))
    assert damping > 0.0
    assert abs(length - radius) <= 0.11 * radius
    assert find_damping(singular[:1], target[:1], 1.0) == 0.0


@pytest.mark.parametrize("name", LOSSES)
def test_losses_have_the_derivatives_that_they_say(name: str) -> None:
    z = np.array([1e-6, 0.3, 0.99, 1.01, 7.0, 300.0])
    rho, first, second = LOSSES[name][0](z)
    step = 1e-6 * z
    after, before = LOSSES[name][0](z + step), LOSSES[name][0](z - step)
    np.testing.assert_allclose((after.rho - before.rho) / (2 * step), first, rtol=1e-5)
    np.testing.assert_allclose((after.first - before.first) / (2 * step), second, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(LOSSES[name][0](np.array([1e-12])).rho, 1e-12)
    assert np.all(rho <= z * (1 + 1e-12))


@pytest.mark.parametrize("name", LOSSES)
def test_scaled_residuals_keep_the_gradient(name: str) -> None:
    loss = Loss(name, 0.8)
    jacobian, residuals = RANDOM.normal(size=(9, 3)), 2.0 * RANDOM.normal(size=9)
    scaled, columns = loss.scaled(residuals, jacobian)
    np.testing.assert_allclose(columns.T @ scaled, jacobian.T @ (loss.weights(residuals) * residuals))


@pytest.mark.parametrize("name", LOSSES)
def test_their_constants_are_those_of_95_percent(name: str) -> None:
    function, constant = LOSSES[name]
    r = np.linspace(-12.0, 12.0, 200_001)
    density = np.exp(-0.5 * r * r) / np.sqrt(2.0 * np.pi) * (r[1] - r[0])
    z = (r / constant) ** 2
    _, first, second = function(z)
    efficiency = (density @ (first + 2 * z * second)) ** 2 / (density @ (r * first) ** 2)
    assert abs(efficiency - 0.95) < 2e-3


def rosenbrock(x: Any) -> Any:
    return np.stack([10.0 * (x[1] - x[0] ** 2), 1.0 - x[0]])


@pytest.mark.parametrize("method", ["lm", "gauss-newton", "newton"])
def test_methods(method: str) -> None:
    result = least_squares(rosenbrock, [-1.2, 1.0], method=method)
    assert result.converged
    np.testing.assert_allclose(result.solution, 1.0, rtol=1e-12)


def test_gradient_descent_shows_its_slow_path() -> None:
    result = least_squares(rosenbrock, [-1.2, 1.0], method="gradient-descent", max_iterations=300)
    values = [record.value for record in result.history]
    assert result.reason.name == "MAX_ITERATIONS"
    assert len(values) == 301
    assert values == sorted(values, reverse=True)
    assert 1e-6 < values[-1] < 0.2


def test_bounds() -> None:
    result = least_squares(rosenbrock, [-1.2, 0.3], bounds=([-2.0, -2.0], [2.0, 0.5]))
    assert result.converged
    # On x[1] = 0.5 the minimum is the root of 400 x³ - 198 x - 2, by hand.
    root = max(np.roots([400.0, 0.0, -198.0, -2.0]).real)
    np.testing.assert_allclose(result.solution, [root, 0.5], rtol=1e-9)


def test_containers_and_callbacks() -> None:
    seen: list[Any] = []
    result = least_squares(
        lambda p: {"u": p["a"] - np.arange(3.0), "v": p["b"] ** 2 - 2.0},
        {"a": np.zeros(3), "b": 1.0},
        callback=seen.append,
    )
    np.testing.assert_allclose(result.solution["a"], np.arange(3.0), atol=1e-14)
    assert abs(result.solution["b"] - np.sqrt(2.0)) < 1e-14
    assert len(seen) == len(result.history)
    assert least_squares(rosenbrock, [-1.2, 1.0], callback=lambda record: True).reason.name == "STOPPED"


def test_bad_input() -> None:
    with pytest.raises(StructureError, match="method='simplex'"):
        least_squares(rosenbrock, [-1.2, 1.0], method="simplex")
    with pytest.raises(StructureError, match=r"element 0 of x0 is -1\.2"):
        least_squares(rosenbrock, [-1.2, 1.0], bounds=(0.0, 2.0))
    result = least_squares(lambda x: np.log(x), np.array([-1.0]))
    assert result.reason.name == "NOT_FINITE_AT_START"
    assert result.solution == -1.0
