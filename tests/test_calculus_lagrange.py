"""Lagrange multipliers: published problems, kinds, sensitivities, inequalities, failures, derivatives, the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.calculus import Kind, Reason, lagrange
from autograd_lite.errors import DtypeError, ShapeError, StructureError
from tests.problems.equality_constrained import PROBLEMS, ConstrainedProblem

NAMES = [problem.name for problem in PROBLEMS]


def start_of(problem: ConstrainedProblem) -> np.ndarray:
    return np.array(problem.start, float)


@pytest.mark.parametrize("problem", PROBLEMS, ids=NAMES)
def test_published_problems(problem: ConstrainedProblem) -> None:
    result = lagrange(problem.f, problem.c, start_of(problem))
    assert result.converged
    assert abs(float(result.value) - problem.minimum) <= 1e-8 * max(1.0, abs(problem.minimum))
    assert np.max(np.abs(problem.c(result.solution))) <= 1e-8
    assert result.kind is Kind.MINIMUM or problem.name == "BT 8"  # whose constraints have parallel gradients there
    if problem.multipliers is not None:
        found = np.atleast_1d(result.multipliers)
        assert found == pytest.approx(problem.multipliers, rel=1e-6, abs=2e-8 if any(problem.multipliers) else 1e-6)


def test_all_of_them_together_are_cheap() -> None:
    total = sum(lagrange(p.f, p.c, start_of(p)).evaluations.value for p in PROBLEMS)
    assert total <= 446


@pytest.mark.parametrize("name", ["HS 7", "HS 40", "HS 61", "HS 77", "HS 78", "HS 79", "BT 2", "BT 4", "BT 5"])
def test_multipliers_are_the_sensitivities(name: str) -> None:
    problem = PROBLEMS[NAMES.index(name)]
    result = lagrange(problem.f, problem.c, start_of(problem))
    assert np.max(np.abs(result.check_sensitivities(1e-4))) < 1e-5


@pytest.mark.parametrize("factor", [0.0, 3.0, -3.0, 30.0])
def test_starts_far_from_the_constraints(factor: float) -> None:
    for name in ("HS 7", "HS 28", "HS 42", "HS 48", "HS 51", "HS 52", "Maratos", "BT 1", "BT 5"):
        problem = PROBLEMS[NAMES.index(name)]
        result = lagrange(problem.f, problem.c, factor * start_of(problem) + 0.1)
        assert result.converged, name
        assert np.max(np.abs(problem.c(result.solution))) <= 1e-8


def sphere(x: Any) -> Any:
    return np.sum(x**2) - 1


def test_kinds_on_the_constraint() -> None:
    largest = lagrange(np.sum, sphere, [1.0, 0.0, 0.0], kind="maximum")
    assert largest.kind is Kind.MAXIMUM
    assert largest.inertia == (2, 0, 0)
    assert float(largest.value) == pytest.approx(3**0.5, abs=1e-11)
    smallest = lagrange(np.sum, sphere, [1.0, 0.0, 0.0])
    assert smallest.kind is Kind.MINIMUM
    assert float(smallest.multipliers) == pytest.approx(-(3**0.5) / 2, abs=1e-9)


def test_a_start_at_a_maximum_is_left() -> None:
    result = lagrange(lambda x: x[0] ** 2 + 2 * x[1] ** 2, sphere, [0.0, 1.0])
    assert result.kind is Kind.MINIMUM
    assert float(result.value) == pytest.approx(1.0)


INEQUALITIES = [
    ("active", lambda x: np.sum((x - [2, 1]) ** 2), (), lambda x: 1 - np.sum(x**2), [0.0, 0.0], (5**0.5 - 1) ** 2),
    ("inactive", lambda x: np.sum((x - 0.2) ** 2), (), lambda x: 1 - np.sum(x**2), [2.0, 2.0], 0.0),
    (
        "HS 35",
        lambda x: (
            9 - 8 * x[0] - 6 * x[1] - 4 * x[2] + 2 * x[0] ** 2 + 2 * x[1] ** 2 + x[2] ** 2 + 2 * x[0] * (x[1] + x[2])
        ),
        (),
        [lambda x: 3 - x[0] - x[1] - 2 * x[2], lambda x: x],
        [0.5, 0.5, 0.5],
        1 / 9,
    ),
    (
        "HS 71",
        lambda x: x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2],
        lambda x: np.sum(x**2) - 40,
        [lambda x: np.prod(x) - 25, lambda x: x - 1, lambda x: 5 - x],
        [1.0, 5.0, 5.0, 1.0],
        17.0140172891563,
    ),
    (
        "HS 43",
        lambda x: x[0] ** 2 + x[1] ** 2 + 2 * x[2] ** 2 + x[3] ** 2 - 5 * x[0] - 5 * x[1] - 21 * x[2] + 7 * x[3],
        (),
        lambda x: np.stack(
            [
                8 - np.sum(x**2) - x[0] + x[1] - x[2] + x[3],
                10 - x[0] ** 2 - 2 * x[1] ** 2 - x[2] ** 2 - 2 * x[3] ** 2 + x[0] + x[3],
                5 - 2 * x[0] ** 2 - x[1] ** 2 - x[2] ** 2 - 2 * x[0] + x[1] + x[3],
            ]
        ),
        [0.0, 0.0, 0.0, 0.0],
        -44.0,
    ),
]


@pytest.mark.parametrize("row", INEQUALITIES, ids=[row[0] for row in INEQUALITIES])
def test_inequalities(row: Any) -> None:
    _, f, equalities, inequalities, start, minimum = row
    result = lagrange(f, equalities, start, inequalities=inequalities)
    assert result.converged
    assert float(result.value) == pytest.approx(minimum, abs=1e-9)
    listed = inequalities if isinstance(inequalities, list) else [inequalities]
    for g, multipliers in zip(listed, result.inequality_multipliers, strict=True):
        values = g(result.solution)
        assert np.all(np.asarray(values) >= -1e-9)
        assert np.all(np.asarray(multipliers) >= 0)
        assert np.max(np.abs(values * multipliers)) < 1e-8  # complementarity


FAILURES = [
    ("contradiction", np.sum, [lambda x: x[0] - 1, lambda x: x[0] - 2], [1.0, 0.0], Reason.INFEASIBLE),
    ("unbounded", np.sum, lambda x: x[0] - x[1], [1.0, 0.0], Reason.UNBOUNDED),
    ("NaN", lambda x: np.sum(np.log(x)), lambda x: x[0] - x[1], [-1.0, 0.0], Reason.NOT_FINITE_AT_START),
    ("no point at all", lambda x: np.sum(x**2), lambda x: x[0] ** 2 + 1, [1.0, 0.0], Reason.INFEASIBLE),
]


@pytest.mark.parametrize("row", FAILURES, ids=[row[0] for row in FAILURES])
def test_failures_have_names_and_advice(row: Any) -> None:
    _, f, c, start, reason = row
    result = lagrange(f, c, start)
    assert result.reason is reason
    assert result.reason.advice


def test_constraints_that_say_the_same_are_reported_and_do_no_harm() -> None:
    result = lagrange(
        lambda x: np.sum(x**2), [lambda x: x[0] + x[1] - 1, lambda x: 2 * x[0] + 2 * x[1] - 2], [1.0, 0.0]
    )
    assert result.converged
    assert result.rank == 1
    assert np.allclose(result.solution, 0.5)
    assert result.multipliers[0] + 2 * result.multipliers[1] == pytest.approx(1.0)


def test_grad_through_solution_value_and_multipliers() -> None:
    def solved(a: Any) -> Any:
        return lagrange(lambda x: np.sum((x - a) ** 2), sphere, [1.0, 0.0])

    a, h = np.array([2.0, 1.0]), 1e-6
    for part in (lambda a: solved(a).solution, lambda a: solved(a).value, lambda a: solved(a).multipliers):
        differences = np.stack([(part(a + h * e) - part(a - h * e)) / (2 * h) for e in np.eye(2)], axis=-1)
        assert ag.jacobian(part)(a) == pytest.approx(differences, abs=1e-7)


def test_the_derivative_of_the_minimum_by_the_constraint_is_the_multiplier() -> None:
    def largest(size: Any) -> Any:
        return lagrange(np.sum, lambda x: np.sum(x**2) - size, [1.0, 0.0], kind="maximum")

    assert float(ag.grad(lambda size: largest(size).value)(1.0)) == pytest.approx(float(largest(1.0).multipliers))


def test_containers() -> None:
    result = lagrange(
        lambda p: p["a"] ** 2 + np.sum(p["b"] ** 2), lambda p: p["a"] + np.sum(p["b"]) - 3, {"a": 1.0, "b": np.zeros(2)}
    )
    assert float(result.solution["a"]) == pytest.approx(1.0)
    assert result.solution["b"] == pytest.approx([1.0, 1.0])


def test_the_picture_shows_two_parallel_gradients(tmp_path: Any) -> None:
    plots = pytest.importorskip("matplotlib")
    plots.use("Agg")
    result = lagrange(lambda x: x[0] ** 2 * x[1], lambda x: np.sum(x**2) - 3, [1.0, 1.0], kind="maximum")
    axes = result.plot()
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {"path", "∇f", "∇c"}
    axes.figure.savefig(tmp_path / "lagrange.png")
    assert np.ravel(lagrange(np.sum, sphere, [1.0, 0.0, 0.0]).plot())[0].get_yscale() == "log"


def test_the_picture_shows_inequalities_that_are_not_active() -> None:
    plots = pytest.importorskip("matplotlib")
    plots.use("Agg")
    inequalities = [lambda x, size: size - np.sum(x**2), lambda x, size: 2 - np.sum(x)]
    result = lagrange(
        lambda x, size: x[0] ** 2 * x[1], (), [1.0, 1.0], kind="maximum", args=(3.0,), inequalities=inequalities
    )
    assert result.inequality_multipliers[0] == 0
    curves = [each for each in result.plot().collections if each.get_alpha() == 0.1]
    assert len(curves) == 2


@pytest.mark.parametrize(
    ("inequalities", "reasons"),
    [
        ([lambda x: x[0] - 2, lambda x: 1 - x[0]], {Reason.INFEASIBLE, Reason.RANK_DEFICIENT}),
        (lambda x: -1 - np.sum(x**2), {Reason.INFEASIBLE, Reason.RANK_DEFICIENT}),
        (lambda x: np.log(x[0]), {Reason.NOT_FINITE_AT_START}),
    ],
    ids=["contradiction", "never", "NaN at the start"],
)
def test_inequalities_that_cannot_hold_have_a_named_outcome(inequalities: Any, reasons: set[Reason]) -> None:
    result = lagrange(lambda x: np.sum(x**2), (), [-1.0, 2.0], inequalities=inequalities)
    assert result.reason in reasons
    assert result.message.startswith(result.reason.words)
    assert np.isfinite(result.solution).all()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: lagrange(np.sum, sphere, [1.0, 0.0], kind="saddle"), StructureError, "kind='saddle'"),
        (lambda: lagrange(np.sum, 3.0, [1.0, 0.0]), StructureError, r"constraints=.*3\.0"),
        (lambda: lagrange(lambda x: x, sphere, [1.0, 0.0]), ShapeError, r"single number.*shape \(2,\)"),
        (lambda: lagrange(np.sum, sphere, [1j, 0.0]), DtypeError, "complex"),
        (lambda: lagrange(np.sum, sphere, [1.0, 0.0], tolerance=-1.0), StructureError, r"tolerance=-1\.0"),
        (lambda: lagrange(np.sum, sphere, [1.0, 0.0], max_iterations=2.5), StructureError, r"max_iterations=2\.5"),
    ],
)
def test_bad_input_is_an_error_in_words(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_which_are_active_is_judged_where_the_last_run_ended() -> None:
    signs, points = np.array([1, 1, -1, -1]), np.array([[2.0, 2.0], [3.0, 1.0], [0.0, 0.0], [-1.0, 1.0]])
    margins = lambda w: signs * (points @ w[:2] + w[2]) - 1  # noqa: E731
    result = lagrange(lambda w: 0.5 * np.sum(w[:2] ** 2), (), np.zeros(3), inequalities=margins)
    assert result.converged
    np.testing.assert_allclose(result.solution, [0.5, 0.5, -1.0], atol=1e-9)
    np.testing.assert_allclose(result.inequality_multipliers[0], [0.25, 0.0, 0.25, 0.0], atol=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_multipliers_of_inequalities_show_that_a_convex_problem_is_solved(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n, m = int(generator.integers(2, 6)), int(generator.integers(1, 9))
    rows, root, linear = generator.normal(size=(m, n)), generator.normal(size=(n, n)), 3 * generator.normal(size=n)
    limits = rows @ generator.normal(size=n) - generator.uniform(0, 1, m)
    square = root @ root.T + 0.1 * np.eye(n)
    start = np.zeros(n) if seed % 3 == 0 else 10 * generator.normal(size=n)
    result = lagrange(lambda x: 0.5 * x @ square @ x + linear @ x, (), start, inequalities=lambda x: rows @ x - limits)
    assert result.converged
    multipliers, x = result.inequality_multipliers[0], result.solution
    size = np.max(np.abs(linear)) + np.max(np.abs(multipliers))
    assert np.min(multipliers) >= -1e-8 * size
    assert np.min(rows @ x - limits) >= -1e-8
    np.testing.assert_allclose(square @ x + linear, rows.T @ multipliers, atol=1e-7 * size)


@pytest.mark.parametrize(
    ("f", "c", "x0", "solution"),
    [
        (lambda v: v[0] + v[1], lambda v: (v[0] ** 2 + v[1] ** 2 - 1) ** 2, [0.5, 0.6], [-np.sqrt(0.5)] * 2),
        (lambda v: v[0], lambda v: v[1] ** 2 - v[0] ** 3, [1.0, 1.0], [0.0, 0.0]),
    ],
    ids=["squared", "cusp"],
)
def test_constraints_whose_gradient_vanishes_at_the_solution_are_told(f: Any, c: Any, x0: Any, solution: Any) -> None:
    result = lagrange(f, c, np.array(x0))
    np.testing.assert_allclose(result.solution, solution, atol=1e-7)
    assert result.reason is Reason.RANK_DEFICIENT
    assert not result.converged


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
@pytest.mark.parametrize(("centre", "radius"), [(0.0, 1.0), (1e6, 1.0), (0.0, 1e-6)])
def test_small_and_scaled_constraints_are_no_vanishing_ones(scale: float, centre: float, radius: float) -> None:
    def circle(v: Any) -> Any:
        return scale * ((v[0] - centre) ** 2 + v[1] ** 2 - radius**2) / radius

    result = lagrange(lambda v: v[0] + v[1], circle, [centre + 0.5 * radius, 0.6 * radius])
    assert result.converged
    np.testing.assert_allclose((result.solution - [centre, 0]) / radius, [-np.sqrt(0.5)] * 2, rtol=1e-5)
