"""`minimize` where it is not plain: saddles, bounds, kinks, functions that end, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_lite.calculus import GradientDescent, Inertia, Kind, Momentum, Reason, minimize
from autograd_lite.calculus.minimization.bounded import Box
from autograd_lite.calculus.minimization.stationary import curvature_along, curvature_of
from autograd_lite.calculus.minimization.subproblem import Quadratic, truncated_conjugate_gradient
from autograd_lite.errors import DtypeError, ShapeError, StructureError


def rosenbrock(x: Any) -> Any:
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


# The kind of point


@pytest.mark.parametrize(
    ("function", "start", "kind", "inertia"),
    [
        (lambda x: np.sum(np.cosh(x)), np.ones(3), Kind.MINIMUM, Inertia(0, 0, 3)),
        (lambda x: (x[0] + x[1] - 1) ** 2, np.zeros(2), Kind.FLAT, Inertia(0, 1, 1)),
        (lambda x: np.sum(x**4), np.zeros(2), Kind.FLAT, Inertia(0, 2, 0)),
        (lambda x: 1e12 * x[0] ** 2 + 1e-8 * (x[1] - 3) ** 2, np.ones(2), Kind.MINIMUM, Inertia(0, 0, 2)),
    ],
    ids=["minimum", "line of minima", "quartic", "badly scaled minimum"],
)
def test_the_kind_of_point(function: Any, start: Any, kind: Kind, inertia: Inertia) -> None:
    result = minimize(function, start)
    assert result.kind is kind
    assert result.inertia == inertia
    assert str(result.kind) == kind.value


@pytest.mark.parametrize(
    "method", ["trust-region", "bfgs", "l-bfgs", "conjugate-gradient", "gradient-descent", "newton-cg"]
)
@pytest.mark.parametrize("start", [[1.0, 0.0], [0.0, 0.0]], ids=["on the way to a saddle", "on a saddle"])
def test_saddles_are_left(method: str, start: list[float]) -> None:
    """Along x[1] = 0 the gradient never sees the way down."""
    result = minimize(lambda x: np.cosh(x[0]) - x[1] ** 2 + x[1] ** 4 / 2, start, method=method)
    assert result.kind is Kind.MINIMUM
    assert result.value == pytest.approx(0.5)
    np.testing.assert_allclose(np.abs(result.solution), [0, 1], atol=1e-5)


def test_maxima_are_left() -> None:
    assert minimize(lambda x: np.sum(np.cos(x)), np.zeros(3)).value == pytest.approx(-3)
    many = minimize(lambda x: np.sum(x[1:] ** 2) - x[0] ** 2 + x[0] ** 4 / 2, np.concatenate([[0.0], np.ones(299)]))
    assert many.value == pytest.approx(-0.5)
    assert many.kind is Kind.MINIMUM


def test_a_sum_of_squares_has_saddles_too() -> None:
    """Himmelblau's function, from its saddle."""
    result = minimize(
        lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2, [0.08667750456, 2.88425470117]
    )
    assert result.value == pytest.approx(0, abs=1e-20)
    assert result.method == "tensor-newton"


def test_a_saddle_without_an_end_has_a_name() -> None:
    result = minimize(lambda x: x[0] ** 2 - x[1] ** 2, [1.0, 0.0], method="bfgs")
    assert result.reason is Reason.UNBOUNDED
    assert "bounds" in result.message


def test_curvature_from_products_agrees_with_that_from_the_matrix() -> None:
    rng = np.random.default_rng(3)
    basis, _ = np.linalg.qr(rng.standard_normal((40, 40)))
    for lowest, kind in ((-0.5, Kind.SADDLE), (0.1, Kind.MINIMUM)):
        matrix = basis @ np.diag([lowest, *np.linspace(1, 20, 39)]) @ basis.T
        assert curvature_of(matrix).kind is kind
        found = curvature_along(lambda v, m=matrix: m @ v, 40)
        assert found.kind is kind
        if lowest < 0:
            assert found.direction @ matrix @ found.direction < -0.4
    assert curvature_of(-np.eye(2)).kind is Kind.MAXIMUM
    assert curvature_of(np.array([[0.0, 1.0], [1.0, 0.0]])).inertia == Inertia(1, 0, 1)


# Bounds


@pytest.mark.parametrize(
    "bounds", [(-2, 0.5), ([-2.0, -2.0], [0.5, 9.0]), [(None, 0.5), (0, None)], (None, np.array([0.5, 3.0]))]
)
def test_bounds_hold(bounds: Any) -> None:
    seen: list[Any] = []
    result = minimize(rosenbrock, [-1.2, 0.4], bounds=bounds, callback=lambda record: seen.append(record.solution))
    np.testing.assert_allclose(result.solution, [0.5, 0.25], atol=1e-9)
    assert result.solution[0] == 0.5
    assert result.converged
    assert result.kind is Kind.MINIMUM
    assert result.inertia == Inertia(0, 0, 1)
    assert max(point[0] for point in seen) <= 0.5


def test_bounds_that_do_not_matter_change_nothing() -> None:
    result = minimize(rosenbrock, [-1.2, 1.0], bounds=(-5, 5))
    np.testing.assert_allclose(result.solution, 1, atol=1e-10)


def test_a_corner_a_start_outside_and_scipys_bounds() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    corner = minimize(lambda x: np.sum(x), np.full(3, 9.0), bounds=(0, 5))
    assert corner.solution.tolist() == [0, 0, 0]
    assert corner.kind is Kind.MINIMUM
    assert corner.history[0].solution.tolist() == [5, 5, 5]
    given = minimize(rosenbrock, [-1.2, 1.0], bounds=optimize.Bounds([-2, -2], [0.5, 2]))
    np.testing.assert_allclose(given.solution, [0.5, 0.25])


def test_a_saddle_inside_a_box_is_left() -> None:
    result = minimize(lambda x: x[0] ** 2 - x[1] ** 2, np.zeros(2), bounds=(-1, 1))
    assert result.value == -1
    assert result.converged


@pytest.mark.parametrize("seed", range(5))
def test_convex_quadratics_in_a_box_meet_the_conditions(seed: int) -> None:
    """Karush-Kuhn-Tucker: no gradient in free variables, and outwards in the others."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((12, 12))
    h, c = a @ a.T + 0.1 * np.eye(12), 5 * rng.standard_normal(12)
    box = Box(np.full(12, -1.0), np.full(12, 0.5))
    for method in ("projected-newton", "projected-gradient"):
        result = minimize(lambda x: x @ h @ x / 2 + c @ x, np.zeros(12), bounds=(-1, 0.5), method=method)
        assert box.measure(result.solution, h @ result.solution + c) < 1e-5 * np.max(np.abs(c)), method
        assert result.converged
        assert np.any(result.solution == 0.5) or np.any(result.solution == -1)


def test_many_variables_in_a_box() -> None:
    target = np.linspace(-1, 3, 500)
    result = minimize(lambda x: np.sum(np.arange(1, 501) * (x - target) ** 2), np.ones(500), bounds=(0, 2))
    np.testing.assert_allclose(result.solution, np.clip(target, 0, 2), atol=1e-6)


@pytest.mark.parametrize(
    ("bounds", "error", "words"),
    [
        ((1, 0), StructureError, "lower bound of element 0"),
        ([(0, 1)], ShapeError, "each of 2 variables"),
        ((np.zeros(3), 1), ShapeError, "the lower bound has shape"),
        (5, StructureError, "a pair"),
        ((np.nan, 1), StructureError, "not below"),
    ],
)
def test_bounds_that_do_not_fit(bounds: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        minimize(rosenbrock, [0.0, 0.0], bounds=bounds)


# Functions that are not smooth, or end somewhere


def test_steps_into_infinities_and_nans_are_taken_back() -> None:
    barrier = minimize(lambda x: x - np.log(x) + 1 / (5 - x) ** 2, 0.1)
    assert barrier.converged
    assert 0.9 < barrier.solution < 1
    edge = minimize(lambda x: np.sqrt(x) * (x - 4), 9.0)
    assert edge.solution == pytest.approx(4 / 3)
    assert minimize(lambda x: np.sum(np.exp(np.exp(x)) - 5 * x), np.array([3.0, -2.0])).converged


def test_kinks_are_met() -> None:
    result = minimize(lambda x: np.sum(np.abs(x - 1)), np.array([3.0, -2.0]))
    np.testing.assert_allclose(result.solution, 1, atol=1e-7)


@pytest.mark.parametrize("function", [lambda x: -np.sum(x**2), lambda x: np.sum(x), lambda x: -np.exp(x[0])])
def test_falling_without_end_has_a_name(function: Any) -> None:
    for method in ("auto", "bfgs"):
        result = minimize(function, np.ones(2), method=method)
        assert result.reason is Reason.UNBOUNDED, method
        assert not result.converged


def test_too_long_a_fixed_step_diverges_and_the_best_point_is_returned() -> None:
    for method in (GradientDescent("fixed", 0.1), Momentum(rate=0.1, momentum=0.9)):
        result = minimize(rosenbrock, [-1.2, 1.0], method=method)
        assert result.reason is Reason.DIVERGED
        assert result.value <= rosenbrock(np.array([-1.2, 1.0]))
        assert "smaller step" in result.message


def test_no_progress_has_a_name() -> None:
    """The sign of the gradient is wrong here, so that no step can help."""
    import autograd_lite as ag

    @ag.custom_vjp
    def lying(x: Any) -> Any:
        return np.sum(np.cosh(x))

    lying.defvjp(lambda x: (np.sum(np.cosh(x)), x), lambda x, g: (-g * np.sinh(x),))
    for method in ("bfgs", "gradient-descent", "conjugate-gradient"):
        result = minimize(lying, np.ones(2), method=method)
        assert result.reason is Reason.NO_PROGRESS, method
        assert "check_grads" in result.message
        assert result.solution.tolist() == [1, 1]


@pytest.mark.parametrize("method", ["auto", "bfgs", "newton-cg", "nesterov", "tensor-newton"])
def test_nan_at_the_start_has_a_name(method: str) -> None:
    if method == "tensor-newton":
        result = minimize(lambda x: np.sum(np.log(x) ** 2), -np.ones(2))
    else:
        result = minimize(lambda x: np.sum(np.log(x)), -np.ones(2), method=method)
    assert result.reason is Reason.NOT_FINITE_AT_START
    assert result.solution.tolist() == [-1, -1]
    assert "debug()" in result.message


# Bad input


@pytest.mark.parametrize(
    ("function", "start", "error", "words"),
    [
        (lambda x: x**2, np.ones(3), ShapeError, r"returned shape \(3,\)"),
        (lambda x: (x[0], x[1]), np.ones(3), StructureError, "container, tuple"),
        (lambda x: None, np.ones(3), StructureError, "forget to return"),
        (lambda x: np.sum(1j * x), np.ones(3), DtypeError, "complex"),
        (rosenbrock, np.array([1j, 0]), DtypeError, "real and imaginary parts"),
        (rosenbrock, np.array([True, False]), DtypeError, "bool"),
        (rosenbrock, [], StructureError, "holds no number"),
        (rosenbrock, ["a", "b"], DtypeError, "str"),
        (3.0, np.ones(2), TypeError, "a function is needed"),
    ],
)
def test_bad_input_is_refused_in_words(function: Any, start: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        minimize(function, start)


def test_methods_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="'trust-region'"):
        minimize(rosenbrock, [0.0, 0.0], method="nelder-mead")
    with pytest.raises(ValueError, match="cannot keep bounds"):
        minimize(rosenbrock, [0.0, 0.0], method="bfgs", bounds=(0, 1))
    with pytest.raises(ValueError, match="cannot keep bounds"):
        minimize(rosenbrock, [0.0, 0.0], method=GradientDescent(), bounds=(0, 1))
    with pytest.raises(ValueError, match="there are none"):
        minimize(rosenbrock, [0.0, 0.0], method="projected-newton")
    with pytest.raises(ValueError, match="sum of squares"):
        minimize(lambda x: np.sum(np.cosh(x)), np.ones(2), method="tensor-newton")
    with pytest.raises(StructureError, match="Return the residuals"):
        minimize(lambda x: np.sum(np.cosh(x)), np.ones(2), method="levenberg-marquardt")
    with pytest.raises(ValueError, match="rate"):
        GradientDescent("fixed")
    with pytest.raises(ValueError, match="armijo"):
        GradientDescent("wolfe")


# The subproblem


@pytest.mark.parametrize("seed", range(20))
def test_the_step_in_the_ball_is_the_minimum_there(seed: int) -> None:
    """(H + λI) s = -g with λ ≥ 0, H + λI semi-definite, and λ (radius - ‖s‖) = 0."""
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.standard_normal((6, 6)))
    eigenvalues = rng.standard_normal(6) * 10.0 ** rng.integers(-3, 4, 6)
    gradient = rng.standard_normal(6)
    if seed % 3 == 0:  # the hard case: no slope along the lowest eigenvector
        gradient -= basis[:, np.argmin(eigenvalues)] * (basis[:, np.argmin(eigenvalues)] @ gradient)
    hessian = basis @ np.diag(eigenvalues) @ basis.T
    radius = 10.0 ** rng.uniform(-2, 3)
    step = Quadratic(gradient, hessian).within(radius)
    assert np.linalg.norm(step.vector) <= radius * 1.002
    assert step.length == pytest.approx(np.linalg.norm(step.vector))
    assert step.reduction == pytest.approx(
        -(gradient @ step.vector + step.vector @ hessian @ step.vector / 2), rel=1e-6, abs=1e-9 * abs(eigenvalues).max()
    )
    candidates = rng.standard_normal((2000, 6))
    candidates *= radius * rng.uniform(0, 1, (2000, 1)) / np.linalg.norm(candidates, axis=1, keepdims=True)
    best = np.max(-(candidates @ gradient + np.einsum("ki,ij,kj->k", candidates, hessian, candidates) / 2))
    assert step.reduction >= best * 0.995


def test_conjugate_gradients_stop_at_the_boundary_and_at_negative_curvature() -> None:
    hessian, gradient = np.diag([1.0, 4.0, 9.0]), np.array([1.0, -2.0, 3.0])
    free = truncated_conjugate_gradient(lambda v: hessian @ v, gradient, 100.0, 1e-12, 50)
    assert free.is_inside
    np.testing.assert_allclose(free.vector, -gradient / np.diag(hessian), rtol=1e-10)
    short = truncated_conjugate_gradient(lambda v: hessian @ v, gradient, 0.1, 1e-12, 50)
    assert not short.is_inside
    assert np.linalg.norm(short.vector) == pytest.approx(0.1)
    for step, matrix in (
        (short, hessian),
        (truncated_conjugate_gradient(lambda v: -v, gradient, 2.0, 0.1, 9), -np.eye(3)),
    ):
        assert step.reduction == pytest.approx(-(gradient @ step.vector + step.vector @ matrix @ step.vector / 2))
        assert step.reduction > 0
