"""Roots: published problems and traps, named failures, multiple roots, systems, derivatives through the root."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special as sc
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Tensor
from autograd_lite.calculus import Reason, find_root
from autograd_lite.errors import DtypeError, NotDifferentiableError, ShapeError, StructureError
from tests.problems.scalar_roots import PROBLEMS, RootProblem

NO_PAIR: Any = 3.0


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_every_published_problem_and_trap_is_solved(problem: RootProblem) -> None:
    start = problem.start if problem.bracket is None else None
    result = find_root(problem.f, start, bracket=problem.bracket)
    assert result.converged
    assert problem.is_solved(float(result.solution))
    assert result.evaluations.total <= 180


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.bracket], ids=lambda problem: problem.name)
def test_a_start_inside_of_the_bracket_is_used(problem: RootProblem) -> None:
    assert problem.bracket is not None
    low, high = problem.bracket
    result = find_root(problem.f, low + 0.3 * (high - low), bracket=(high, low))
    assert result.converged
    assert problem.is_solved(float(result.solution))


EASY: list[tuple[str, Any, dict[str, Any], float, int]] = [
    ("Kepler, nearly parabolic", lambda x: x - 0.9999 * np.sin(x) - 1e-3, {"x0": np.pi}, 0.180715155433033, 60),
    ("tail of erf", lambda x: sc.erf(x) - 0.999999, {"x0": 0.0}, 3.45891073727950, 30),
    ("single precision", lambda x: x**2 - 2, {"x0": np.float32(1)}, 2**0.5, 20),
    ("single precision in a bracket", lambda x: x**2 - 2, {"x0": np.float32(1), "bracket": (0, 2)}, 2**0.5, 20),
]


@pytest.mark.parametrize(("f", "options", "root", "most"), [row[1:] for row in EASY], ids=[row[0] for row in EASY])
def test_simple_roots_cost_little(f: Any, options: dict[str, Any], root: float, most: int) -> None:
    result = find_root(f, **options)
    assert result.converged
    assert abs(float(result.solution) - root) <= (1e-7 if result.solution.dtype == np.float32 else 1e-10) * root
    assert result.evaluations.total <= most


@pytest.mark.parametrize("f", [lambda x: np.maximum(x - 2, 0), lambda x: 0 * x], ids=["half line", "all"])
def test_a_start_where_the_function_is_zero_is_a_root(f: Any) -> None:
    result = find_root(f, 1.0)
    assert (result.solution, result.value, result.reason) == (1.0, 0.0, Reason.CONVERGED)


def no_root(x: Any) -> Any:
    return x**2 + 1


FAILURES = [
    ("no root", no_root, {"x0": 3.0}, Reason.NO_ROOT),
    ("nearly a double root", lambda x: (x - 1) ** 2 + 1e-10, {"x0": 3.0}, Reason.NO_ROOT),
    ("no sign change", no_root, {"bracket": (-1.0, 3.0)}, Reason.NO_SIGN_CHANGE),
    ("jump", lambda x: np.where(x > 0.3, 1.0, -1.0), {"bracket": (-1.0, 3.0)}, Reason.DISCONTINUITY),
    ("pole", lambda x: 1 / (x - 0.3), {"bracket": (-1.0, 3.0)}, Reason.DISCONTINUITY),
    ("towards infinity", lambda x: np.exp(-x), {"x0": 0.0}, Reason.DIVERGED),
    ("outside of the domain", np.log, {"x0": -1.0}, Reason.NOT_FINITE_AT_START),
    ("cycle", lambda x: x**3 - 2 * x + 2, {"x0": 0.0, "method": "newton"}, Reason.CYCLE),
    ("cycle far out", lambda x: (x - 1e7) ** 3 - 2 * (x - 1e7) + 2, {"x0": 1e7, "method": "newton"}, Reason.CYCLE),
    ("divergence", np.arctan, {"x0": 1.5, "method": "newton"}, Reason.DIVERGED),
    ("flat start", no_root, {"x0": 0.0, "method": "newton"}, Reason.ZERO_DERIVATIVE),
    ("leaves the domain", np.log, {"x0": 3.0, "method": "newton"}, Reason.NOT_FINITE),
    ("few iterations", lambda x: x**3 - 2 * x - 5, {"x0": 1e9, "max_iterations": 2}, Reason.MAX_ITERATIONS),
    ("system without", lambda x: np.stack([x[0] ** 2 + 1, x[1]]), {"x0": [1.0, 1.0]}, Reason.NO_ROOT),
]


@pytest.mark.parametrize(("f", "options", "reason"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_failures_have_names_and_advice_and_return_the_best_point(f: Any, options: dict[str, Any], reason: Any) -> None:
    result = find_root(f, **options)
    assert result.reason is reason
    assert not result.converged
    assert result.reason.advice
    if reason is not Reason.NOT_FINITE_AT_START:
        assert np.linalg.norm(result.value) <= np.nanmin([abs(record.value) for record in result.history])


@pytest.mark.parametrize(
    ("f", "root"),
    [
        (lambda x: (x - 1) ** 2 * np.exp(x), 1.0),  # the last steps are short, and each is half of the one before
        (lambda x: np.exp(x) - 1.01219957103383 - x, 0.15223940777229),  # to and fro by a rounding
    ],
)
def test_short_steps_are_no_cycle(f: Any, root: float) -> None:
    result = find_root(f, 2.0, method="newton")
    assert result.converged
    assert abs(result.solution - root) < 2e-14


@pytest.mark.parametrize("multiplicity", [1, 2, 3, 4, 5])
def test_multiplicities_are_told_and_the_digits_are_there(multiplicity: int) -> None:
    coefficients = np.poly([1.7] * multiplicity)
    result = find_root(lambda x: sum(c * x**k for k, c in enumerate(coefficients[::-1])), 3.0)
    assert result.converged
    assert result.multiplicity == multiplicity
    assert float(result.solution) == pytest.approx(1.7, abs=1e-12)


def test_halley_takes_fewer_steps_than_newton() -> None:
    found = {m: find_root(lambda x: np.exp(x) - 5, 3.0, method=m) for m in ("newton", "halley")}
    assert all(result.converged for result in found.values())
    assert found["halley"].iterations < found["newton"].iterations


@given(st.floats(-100, 100), st.floats(0.1, 100), st.floats(0.1, 10))
def test_a_bracket_always_leads_to_the_root(root: float, left: float, right: float) -> None:
    result = find_root(lambda x: np.arctan(5 * (x - root)), bracket=(root - left, root + right))
    assert result.converged
    assert abs(float(result.solution) - root) <= 1e-14 * max(1.0, abs(root))


def circle_and_hyperbola(x: Any, p: Any) -> Any:
    return np.stack([x[0] ** 2 + x[1] ** 2 - p[0], x[0] * x[1] - p[1]])


SYSTEMS = [
    ("circle and hyperbola", lambda x: circle_and_hyperbola(x, [4.0, 1.0]), [2.0, 0.5]),
    ("Rosenbrock", lambda x: np.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]]), [-1.2, 1.0]),
    (
        "Powell, singular",
        lambda x: np.stack(
            [x[0] + 10 * x[1], 5**0.5 * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, 10**0.5 * (x[0] - x[3]) ** 2]
        ),
        [3.0, -1.0, 0.0, 1.0],
    ),
    ("Powell, badly scaled", lambda x: np.stack([1e4 * x[0] * x[1] - 1, np.exp(-x).sum() - 1.0001]), [0.0, 1.0]),
    (
        "Freudenstein and Roth",
        lambda x: x[0] + np.stack([-13 + ((5 - x[1]) * x[1] - 2) * x[1], -29 + ((x[1] + 1) * x[1] - 14) * x[1]]),
        [0.5, -2.0],
    ),
    ("Broyden, tridiagonal", lambda x: (3 - 2 * x) * x - np.roll(x, 1) * 0.5 - 2 * np.roll(x, -1) + 1, [-1.0] * 10),
]  # fmt: skip


@pytest.mark.parametrize(("f", "start"), [row[1:] for row in SYSTEMS], ids=[row[0] for row in SYSTEMS])
def test_systems(f: Any, start: list[float]) -> None:
    result = find_root(f, start)
    assert result.converged
    assert np.max(np.abs(f(result.solution))) < 1e-12


def test_a_system_in_single_precision() -> None:
    result = find_root(lambda x: circle_and_hyperbola(x, [4.0, 1.0]), np.array([10, -3], np.float32))
    assert result.converged
    assert result.solution.dtype == np.float32
    assert np.max(np.abs(circle_and_hyperbola(result.solution.astype(float), [4.0, 1.0]))) < 1e-6
    assert result.evaluations.total <= 60


def test_a_container_keeps_its_shape() -> None:
    result = find_root(lambda p: {"a": p["a"] ** 2 - 4, "b": p["b"] * p["a"] - np.ones(2)}, {"a": 1.0, "b": np.ones(2)})
    assert result.converged
    assert float(result.solution["a"]) == 2.0
    assert result.solution["b"].tolist() == [0.5, 0.5]


def test_grad_through_a_root_of_args_and_closures_to_second_order() -> None:
    def root(a: Any) -> Any:
        return find_root(lambda x: x**3 - a * x - 5, 2.0).solution

    def by_argument(a: Any) -> Any:
        return find_root(lambda x, a: x**3 - a * x - 5, 2.0, args=(a,)).solution

    x = float(root(2.0))
    slope = x / (3 * x**2 - 2)  # of x³ - a x - 5 = 0, by hand
    assert float(ag.grad(root)(2.0)) == pytest.approx(slope, rel=1e-13)
    assert float(ag.grad(by_argument)(2.0)) == pytest.approx(slope, rel=1e-13)
    h = 1e-5
    second = (ag.grad(root)(2.0 + h) - ag.grad(root)(2.0 - h)) / (2 * h)
    assert float(ag.grad(ag.grad(root))(2.0)) == pytest.approx(float(second), rel=1e-8)


def test_jacobian_through_a_system_matches_differences() -> None:
    def root(p: Any) -> Any:
        return find_root(circle_and_hyperbola, [2.0, 0.5], args=(p,)).solution

    p, h = np.array([4.0, 1.0]), 1e-6
    differences = np.stack([(root(p + h * e) - root(p - h * e)) / (2 * h) for e in np.eye(2)], axis=1)
    assert ag.jacobian(root)(p) == pytest.approx(differences, abs=1e-9)


def test_backward_through_a_root() -> None:
    a = Tensor(2.0, requires_grad=True)
    find_root(lambda x: x * x - a, 1.0).solution.backward()
    assert float(a.grad) == pytest.approx(0.5 / 2**0.5)


def test_the_bracket_may_depend_on_the_parameters() -> None:
    gradient = ag.grad(lambda a: find_root(lambda x: x**2 - a, bracket=(0.0, a + 1)).solution)
    assert gradient(4.0) == pytest.approx(0.25, abs=1e-14)


def test_a_double_root_has_no_derivative_and_says_so() -> None:
    with pytest.raises(NotDifferentiableError, match="multiple root"):
        ag.grad(lambda a: find_root(lambda x: (x - a) ** 2, 3.0).solution)(1.0)


def test_watching() -> None:
    seen = []
    result = find_root(lambda x: x**3 - 2 * x - 5, 2.0, callback=seen.append)
    assert [record.iteration for record in seen] == list(range(result.iterations + 1))
    stopped = find_root(lambda x: x**3 - 2 * x - 5, 1e6, callback=lambda record: record.iteration == 3)
    assert stopped.reason is Reason.STOPPED


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: find_root(np.cos), StructureError, "a start, x0=..., or a bracket"),
        (lambda: find_root(np.cos, 1.0, method="secant"), StructureError, "method='secant'.*auto"),
        (lambda: find_root(np.cos, bracket=(1.0, 1.0)), StructureError, r"bracket=\(1.0, 1.0\).*different"),
        (lambda: find_root(np.cos, bracket=NO_PAIR), StructureError, "bracket=3.0.*two numbers"),
        (lambda: find_root(np.cos, [1.0, 2.0], bracket=(0, 2)), StructureError, "one variable, and x0 has 2"),
        (lambda: find_root(lambda x: x[:1], [1.0, 2.0]), ShapeError, "1 numbers for 2"),
        (lambda: find_root(np.cos, 1j), DtypeError, "complex"),
        (lambda: find_root(lambda x: np.stack([x, x]), 1.0), ShapeError, r"shape \(2,\)"),
    ],
)
def test_bad_input_is_an_error_in_words(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_whole_numbers_are_taken_as_a_start() -> None:
    assert float(find_root(lambda x: x**2 - 2, 1).solution) == pytest.approx(2**0.5)


def test_pictures_show_how_the_size_of_the_function_falls() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    result = find_root(lambda x: x**3 - 2 * x - 5, 2.0)
    axes = result.plot()
    assert [line.get_label() for line in axes.lines] == ["largest |f|"]
    np.testing.assert_allclose(axes.lines[0].get_ydata()[0], abs(result.history[0].value))
    system = find_root(lambda x: np.stack([x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7]), np.ones(2))
    assert len(system.plot()) == 2
    assert not find_root(lambda x: x, 0.0).plot().lines
