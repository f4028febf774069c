"""Linearisation with its error, and propagation of uncertainty against exact moments and samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.calculus import Linearization, linearize, propagate
from autograd_lite.errors import DtypeError, NotDifferentiableError, ShapeError, StructureError

MATRIX = np.array([[1.0, 2.0, -1.0], [0.5, 3.0, 1.0]])

FUNCTIONS: list[tuple[Any, list[float], float]] = [
    (lambda x: x[0] * np.exp(x[1]), [2.0, 0.0], 0.1),
    (lambda x: np.sum(np.sin(x) ** 2) / (1 + x[0] ** 2), [1.0, 0.5, 0.2], 0.05),
    (lambda x: np.stack([x[0] * x[1], np.sqrt(x[0] ** 2 + x[1] ** 2)]), [3.0, 4.0], 0.5),
    (lambda x: np.tanh(MATRIX @ x), [0.3, -0.2, 0.5], 0.1),
    (lambda x: np.linalg.norm(x) + np.mean(x**3), [1.0, 2.0], 0.3),
    (lambda x: np.einsum("i,ij,j->", x, np.array([[1.0, 2.0], [3.0, 4.0]]), x), [1.0, 2.0], 0.3),
    (lambda x: np.where(x > 0, np.log(np.abs(x) + 1), x), [1.0, 2.0], 0.3),
]


@pytest.mark.parametrize(("function", "point", "radius"), FUNCTIONS)
def test_linearization_and_its_bound(function: Any, point: list[float], radius: float) -> None:
    x0 = np.array(point)
    line = linearize(function, x0)
    assert isinstance(line, Linearization)
    np.testing.assert_array_equal(line.value, function(x0))
    np.testing.assert_allclose(line.jacobian, ag.jacobian(function)(x0), rtol=1e-14)
    bound = line.error_bound(radius)
    rng = np.random.default_rng(1)
    corners = x0 + radius * (2.0 * np.indices((2,) * x0.size).reshape(x0.size, -1).T - 1)
    errors = [abs(function(x) - line(x)) for x in [*corners, *rng.uniform(x0 - radius, x0 + radius, (200, x0.size))]]
    largest = np.max(errors, axis=0)
    assert np.all(largest <= bound)
    assert np.all(bound <= 6 * largest + 1e-13)


@pytest.mark.parametrize(("function", "point", "radius"), FUNCTIONS)
def test_terms_of_second_order(function: Any, point: list[float], radius: float) -> None:
    x0 = np.array(point)
    line = linearize(function, x0)
    d = 1e-3 * np.arange(1, x0.size + 1)
    second = 0.5 * np.asarray(ag.jacobian(ag.jacobian(function))(x0)) @ d @ d
    np.testing.assert_allclose(line.second_order(x0 + d), second, rtol=1e-10, atol=1e-18)
    error = abs(function(x0 + d) - line(x0 + d))
    np.testing.assert_allclose(line.error_estimate(x0 + d), error, rtol=0.05, atol=1e-9)


def test_one_variable() -> None:
    line = linearize(np.exp, 1.0)
    assert line(1.5) == pytest.approx(1.5 * math.e)
    error = np.exp(1.5) - 1.5 * math.e
    assert error <= line.error_bound(0.5) < 1.001 * error
    assert "Linearization" in repr(line)


def test_a_constant_has_no_error_but_rounding() -> None:
    line = linearize(lambda x: 3.0 + 0 * x[0], np.ones(2))
    assert line.error_bound(1.0) < 1e-14


def test_bounds_that_cannot_be_given_name_the_function() -> None:
    line = linearize(lambda x: np.log(x[0]) + x[1], np.array([1.0, 2.0]))
    with pytest.raises(NotDifferentiableError, match="log"):
        line.error_bound(1.5)
    assert line.error_bound(np.array([0.1, 5.0])) < 0.01
    kink = linearize(lambda x: np.abs(x[0]) + x[1], np.array([1.0, 2.0]))
    with pytest.raises(NotDifferentiableError, match="sign"):
        kink.error_bound(1.5)


def test_bad_input_of_linearize() -> None:
    line = linearize(np.sin, np.ones(3))
    with pytest.raises(ShapeError, match="shape"):
        line(np.ones(2))
    for bad in (-1.0, np.ones(2), np.inf):
        with pytest.raises(ShapeError, match="error_bound"):
            line.error_bound(bad)
    with pytest.raises(DtypeError, match="linearize"):
        linearize(np.sin, "x")


# Propagation


def test_linear_functions_are_exact() -> None:
    rng = np.random.default_rng(2)
    root = rng.normal(size=(3, 3))
    sigma = root @ root.T
    for order in (1, 2):
        found = propagate(lambda x: MATRIX @ x + 1, np.array([1.0, 2.0, 3.0]), sigma, order)
        np.testing.assert_allclose(found.covariance, MATRIX @ sigma @ MATRIX.T, rtol=1e-13)
        np.testing.assert_allclose(found.mean, MATRIX @ [1.0, 2.0, 3.0] + 1)
        np.testing.assert_allclose(found.std**2, np.diag(found.covariance))
        np.testing.assert_allclose(np.sum(found.shares, axis=-1), 1, rtol=1e-13)


@given(st.floats(-3, 3), st.floats(0.01, 2))
def test_squares_have_the_moments_of_a_chi_squared_variable(mean: float, std: float) -> None:
    found = propagate(lambda x: x**2, mean, std, order=2)
    assert found.mean == pytest.approx(mean**2 + std**2)
    assert found.covariance == pytest.approx(4 * mean**2 * std**2 + 2 * std**4)


def test_quadratic_forms_have_exact_moments() -> None:
    a, b = np.array([[1.0, 0.5], [0.5, 2.0]]), np.array([[0.0, 1.0], [1.0, -1.0]])
    mean, sigma = np.array([0.5, -1.0]), np.array([[0.3, 0.1], [0.1, 0.2]])
    found = propagate(lambda x: np.stack([x @ a @ x, x @ b @ x]), mean, sigma, order=2)
    expected = [np.trace(m @ sigma) + mean @ m @ mean for m in (a, b)]
    joint = 2 * np.trace(a @ sigma @ b @ sigma) + 4 * mean @ a @ sigma @ b @ mean
    np.testing.assert_allclose(found.mean, expected)
    assert found.covariance[0, 1] == pytest.approx(joint)
    np.testing.assert_allclose(found.covariance, found.covariance.T)


def test_the_second_order_is_closer_to_samples() -> None:
    rng = np.random.default_rng(3)
    function = lambda x: np.exp(0.1 * x[0]) * np.cos(0.4 * x[1])  # noqa: E731
    mean, sigma = np.array([0.2, 0.1]), np.array([[0.5, 0.2], [0.2, 0.4]])  # where the cosine is almost flat
    samples = function(rng.multivariate_normal(mean, sigma, 400_000).T)
    first, second = (propagate(function, mean, sigma, order) for order in (1, 2))
    assert abs(second.mean - samples.mean()) < 0.2 * abs(first.mean - samples.mean())
    assert abs(second.std - samples.std()) < abs(first.std - samples.std())


def test_containers_and_contributions() -> None:
    def current(x: dict[str, Any]) -> Any:
        return x["U"] / x["R"] + np.sum(x["offsets"])

    mean = {"U": 12.0, "R": 47.0, "offsets": np.array([0.1, 0.2])}
    std = {"U": 0.2, "R": 1.0, "offsets": 0.01}
    found = propagate(current, mean, std)
    slopes = {"U": 1 / 47, "R": 12 / 47**2}
    for name, slope in slopes.items():
        assert found.contributions[name] == pytest.approx(slope * std[name])
    np.testing.assert_allclose(found.contributions["offsets"], [0.01, 0.01])
    total = sum(np.sum(np.square(part)) for part in found.contributions.values())
    assert found.std == pytest.approx(math.sqrt(total))
    assert sum(np.sum(part) for part in found.shares.values()) == pytest.approx(1)
    matrix = np.diag([0.2, 1.0, 0.01, 0.01]) ** 2
    again = propagate(lambda x: current(dict(zip(("U", "R", "offsets"), x, strict=True))), tuple(mean.values()), matrix)
    assert again.std == pytest.approx(found.std)


def test_forms_of_the_covariance() -> None:
    f = lambda x: x[0] * x[1]  # noqa: E731
    mean = np.array([2.0, 3.0])
    same = [0.1, np.array([0.1, 0.1]), 0.01 * np.eye(2), [0.1, 0.1]]
    for given_ in same:
        assert propagate(f, mean, np.array(given_) if isinstance(given_, list) else given_).std == pytest.approx(
            0.1 * math.sqrt(13)
        )
    assert propagate(np.sin, 0.0, 0.1).std == pytest.approx(0.1)
    assert propagate(lambda x: x[0, 0] + x[1, 1], np.ones((2, 2)), np.eye(4)).std == pytest.approx(math.sqrt(2))


def test_words_of_propagated() -> None:
    assert repr(propagate(lambda x: x**2, 3.0, 0.1)) == "<Propagated 9 ± 0.6, order 1>"
    assert "std=array" in repr(propagate(lambda x: x * 2, np.ones(2), 0.1))


@pytest.mark.parametrize(
    ("mean", "covariance", "error", "words"),
    [
        (np.ones(2), np.ones(3), ShapeError, "fits neither"),
        (np.ones(2), -0.1, ShapeError, "not negative"),
        (np.ones(2), np.array([[1.0, 0.5], [0.4, 1.0]]), ShapeError, "symmetric"),
        (np.ones(2), np.array([[1.0, 2.0], [2.0, 1.0]]), ShapeError, "negative eigenvalue"),
        (np.ones(2), np.nan, DtypeError, "finite"),
        (np.ones(2) * 1j, 1.0, DtypeError, "real"),
        ({"a": 1.0}, {"b": 1.0}, StructureError, "container"),
        ({"a": np.ones(2)}, {"a": np.ones(3)}, ShapeError, "shape"),
    ],
)
def test_bad_input_of_propagate(mean: Any, covariance: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        propagate(lambda x: np.sum(x["a"] if isinstance(x, dict) else x), mean, covariance)


def test_bad_orders_and_values() -> None:
    with pytest.raises(StructureError, match="order 1 or 2"):
        propagate(np.sin, 1.0, 0.1, order=3)
    with pytest.raises(StructureError, match="returned dict"):
        propagate(lambda x: {"a": x}, 1.0, 0.1)
    with pytest.raises(DtypeError, match="not finite"), np.errstate(all="ignore"):
        propagate(np.log, 0.0, 0.1)


@np.errstate(all="ignore")
def test_values_that_are_not_finite_and_what_is_no_function() -> None:
    for call in (linearize, lambda f, x: propagate(f, x, 0.1)):
        with pytest.raises(DtypeError, match="not finite"):
            call(np.log, [-1.0, 2.0])
        with pytest.raises(TypeError, match=r"a function is needed.*got 3"):
            call(3, [1.0])
    with pytest.raises(ShapeError, match="no number"):
        linearize(np.exp, [])


def test_lists_of_plain_numbers_are_arrays() -> None:
    product = lambda x: x[0] * x[1]  # noqa: E731
    assert propagate(product, [1.0, 2.0], [0.1, 0.2]).std == pytest.approx(np.hypot(0.2, 0.2))
    assert propagate(product, [1, 2], [[1, 0], [0, 1]]).std == pytest.approx(np.sqrt(5))
