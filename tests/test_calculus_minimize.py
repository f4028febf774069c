"""`minimize`: the problems of Moré, Garbow and Hillstrom, every method, large problems, and what a result says."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.calculus import (
    BFGS,
    LBFGS,
    ConjugateGradient,
    Evaluations,
    GradientDescent,
    Kind,
    Momentum,
    NewtonCG,
    ProjectedNewton,
    Reason,
    TrustRegion,
    as_scipy,
    minimize,
)
from autograd_lite.calculus.minimization.bounded import Box
from tests.problems.more_garbow_hillstrom import PROBLEMS, VARIANTS, Problem


def rosenbrock(x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def booth(x: Any) -> Any:
    return (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2


def cosh(x: Any) -> Any:
    return np.sum(np.cosh(x - np.arange(x.shape[0])))


def quadratic(x: Any) -> Any:
    return np.sum(np.arange(1, x.shape[0] + 1) * x**2) / 2 - np.sum(x)


@functools.cache
def solved(problem: Problem, method: str = "auto") -> Any:
    return minimize(problem, np.array(problem.start, float), method=method)


# The problem set


@pytest.mark.parametrize("problem", PROBLEMS + VARIANTS, ids=str)
def test_the_problems_of_more_garbow_and_hillstrom_are_solved(problem: Problem) -> None:
    result = solved(problem)
    assert problem.is_solved(result.value), (result.value, result.reason)
    assert result.converged
    assert result.value == pytest.approx(float(problem(result.solution)), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_they_are_solved_where_the_squares_are_not_seen(problem: Problem) -> None:
    assert problem.is_solved(solved(problem, "trust-region").value)


def test_the_set_is_whole_and_cheap() -> None:
    assert {problem.number for problem in PROBLEMS} == set(range(1, 36))
    first = {problem.number: problem for problem in reversed(PROBLEMS)}.values()
    assert sum(solved(problem).evaluations.total for problem in first) < 800
    assert sum(solved(problem, "trust-region").evaluations.total for problem in first) < 2500


def test_the_published_minima_are_minima() -> None:
    """A slip in a formula would move the minimum: each published value is reached to its digits, and not undercut."""
    for problem in PROBLEMS:
        best = min(solved(problem).value, solved(problem, "trust-region").value)
        lowest = min(problem.minima)
        assert best >= lowest * (1 - 1e-8) - 1e-300, problem


# Methods

SECOND_ORDER = ["tensor-newton", "trust-region", "newton-cg", "levenberg-marquardt", "gauss-newton"]
FIRST_ORDER = ["bfgs", "l-bfgs", "conjugate-gradient", "gradient-descent", "momentum", "nesterov"]


@pytest.mark.parametrize("method", SECOND_ORDER + FIRST_ORDER)
def test_every_method_finds_the_minimum(method: str) -> None:
    result = minimize(booth, [0.0, 0.0], method=method)
    assert result.converged
    assert result.method == method
    assert result.kind is Kind.MINIMUM
    np.testing.assert_allclose(result.solution, [1, 3], atol=1e-6)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("Newton", "trust-region"), ("trust-exact", "trust-region"), ("trust-krylov", "newton-cg"), ("BFGS", "bfgs"),
     ("L-BFGS-B", "l-bfgs"), ("CG", "conjugate-gradient"), ("lm", "levenberg-marquardt")],
)  # fmt: skip
def test_scipys_names_are_understood(theirs: str, ours: str) -> None:
    result = minimize(booth, [0.0, 0.0], method=theirs)
    assert result.method == ours
    np.testing.assert_allclose(result.solution, [1, 3], atol=1e-6)


@pytest.mark.parametrize("method", ["trust-region", "newton-cg", "bfgs", "l-bfgs", "conjugate-gradient", "nesterov"])
@pytest.mark.parametrize(
    ("function", "start", "minimum"),
    [
        (rosenbrock, np.array([-1.2, 1.0]), np.ones(2)),
        (rosenbrock, np.full(20, 0.3), np.ones(20)),
        (cosh, np.full(5, 6.0), np.arange(5)),
    ],
    ids=["rosenbrock", "rosenbrock of 20", "cosh"],
)
def test_general_methods_on_curved_functions(method: str, function: Any, start: Any, minimum: Any) -> None:
    result = minimize(function, start, method=method)
    assert result.converged
    np.testing.assert_allclose(result.solution, minimum, atol=2e-5)


def test_the_exact_step_is_exact_for_quadratics() -> None:
    result = minimize(quadratic, np.full(10, 3.0), method=GradientDescent(step_rule="exact"), max_iterations=1)
    x, g = np.full(10, 3.0), np.arange(1, 11) * 3.0 - 1
    t = (g @ g) / (g @ (np.arange(1, 11) * g))
    np.testing.assert_allclose(result.solution, x - t * g, rtol=1e-14)
    assert result.evaluations.hvp == 1


def test_a_fixed_step_is_plain_gradient_descent() -> None:
    x = np.full(4, 3.0)
    points: list[Any] = []
    minimize(
        quadratic, x, method=GradientDescent("fixed", 0.1), max_iterations=3,
        callback=lambda record: points.append(record.solution),
    )  # fmt: skip
    for point in points:
        np.testing.assert_allclose(point, x, rtol=1e-14)
        x = x - 0.1 * (np.arange(1, 5) * x - 1)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_with_given_numbers_is_the_textbook_recurrence(nesterov: bool) -> None:
    x, v = np.full(3, 2.0), np.zeros(3)
    points: list[Any] = []
    minimize(
        quadratic, x, method=Momentum(rate=0.1, momentum=0.8, nesterov=nesterov), max_iterations=5,
        callback=lambda record: points.append(record.solution),
    )  # fmt: skip
    for point in points:
        np.testing.assert_allclose(point, x, rtol=1e-13)
        ahead = x + 0.8 * v if nesterov else x
        v = 0.8 * v - 0.1 * (np.arange(1, 4) * ahead - 1)
        x = x + v


def test_conjugate_gradients_and_bfgs_end_on_quadratics_in_about_n_steps() -> None:
    for method in (ConjugateGradient(), BFGS(), LBFGS(memory=10)):
        result = minimize(quadratic, np.full(6, 3.0), method=method)
        assert result.iterations <= 20, method
        np.testing.assert_allclose(result.solution, 1 / np.arange(1, 7), atol=1e-6)


def test_steps_uphill_save_evaluations_and_none_of_them_is_the_answer() -> None:
    start = np.array([-1.2, 1.0])
    bold = minimize(rosenbrock, start, method=TrustRegion())
    meek = minimize(rosenbrock, start, method=TrustRegion(patience=0))
    assert bold.evaluations.total < meek.evaluations.total
    values = [record.value for record in bold.history]
    assert any(later > earlier for earlier, later in itertools.pairwise(values))
    assert bold.value == min(values)
    falling = [record.value for record in meek.history]
    assert all(later <= earlier for earlier, later in itertools.pairwise(falling))


# Size and structure


def test_the_method_follows_size_and_structure() -> None:
    assert minimize(booth, [0.0, 0.0]).method == "tensor-newton"
    assert minimize(cosh, np.zeros(3)).method == "trust-region"
    assert minimize(lambda x: np.sum((x - 1) ** 2), np.zeros(300)).method == "newton-cg"
    assert minimize(booth, [0.0, 0.0], bounds=(0, 1)).method == "projected-newton"
    assert minimize(lambda x: np.sum((x - 1) ** 2), np.zeros(300), bounds=(0, 0.5)).method == "projected-gradient"


def test_a_hundred_thousand_variables() -> None:
    n = 100_000

    def extended(x: Any) -> Any:
        return np.sum(100 * (x[1::2] - x[::2] ** 2) ** 2 + (1 - x[::2]) ** 2)

    result = minimize(extended, np.tile([-1.2, 1.0], n // 2))
    assert result.converged
    assert result.method == "newton-cg"
    np.testing.assert_allclose(result.solution, 1, atol=1e-8)
    assert result.evaluations.total < 300
    assert result.history[-1].solution is None  # would be a hundred megabytes
    chained = minimize(rosenbrock, np.full(n, 2.0))
    np.testing.assert_allclose(chained.solution, 1, atol=1e-8)


def test_many_residuals_of_few_variables() -> None:
    t = np.linspace(0, 1, 5000)
    y = 2 * np.exp(-3 * t)
    result = minimize(lambda x: np.sum((x[0] * np.exp(-x[1] * t) - y) ** 2), [1.0, 1.0])
    assert result.method == "tensor-newton"
    np.testing.assert_allclose(result.solution, [2, 3], rtol=1e-9)


def test_containers_go_in_and_come_out() -> None:
    result = minimize(
        lambda p: np.sum((p["w"] - np.eye(2)) ** 2) + (p["b"] * p["w"][0, 0] - 3) ** 2,
        {"w": np.zeros((2, 2)), "b": 1.0},
    )
    np.testing.assert_allclose(result.solution["w"], np.eye(2), atol=1e-12)
    assert result.solution["b"] == pytest.approx(3)
    assert set(result.gradient) == {"w", "b"}
    assert result.gradient["w"].shape == (2, 2)
    assert set(result.history[0].solution) == {"w", "b"}


def test_numbers_lists_and_single_precision() -> None:
    assert minimize(np.cos, 1.0).solution == pytest.approx(np.pi)
    np.testing.assert_allclose(minimize(booth, [0, 0]).solution, [1, 3])
    single = minimize(rosenbrock, np.array([-1.2, 1.0], np.float32))
    assert single.solution.dtype == np.float32
    np.testing.assert_allclose(single.solution, 1, atol=1e-3)
    assert single.converged


def test_the_start_is_not_changed_and_arguments_are_handed_on() -> None:
    start = np.array([-1.2, 1.0])
    result = minimize(lambda x, a, b: (x[0] - a) ** 2 + (x[1] - b) ** 2, start, args=(3.0, 4.0))
    np.testing.assert_allclose(result.solution, [3, 4])
    assert start.tolist() == [-1.2, 1.0]


# What a result says


def test_evaluations_are_counted_as_they_are_made() -> None:
    calls = 0

    def counted(x: Any) -> Any:
        nonlocal calls
        calls += 1
        return cosh(x)

    result = minimize(counted, np.full(3, 4.0))
    assert result.evaluations.value == calls
    assert result.evaluations.hessian == result.evaluations.gradient <= calls
    assert result.evaluations.total == calls + 2 * result.evaluations.gradient
    assert (Evaluations(1, 2) + Evaluations(hvp=3)).total == 6


def test_the_history_leads_from_the_start_to_the_solution() -> None:
    result = minimize(rosenbrock, [-1.2, 1.0], method="bfgs")
    assert [record.iteration for record in result.history] == list(range(result.iterations + 1))
    assert result.history[0].solution.tolist() == [-1.2, 1.0]
    assert np.isnan(result.history[0].length)
    assert result.history[-1].value == result.value == min(record.value for record in result.history)
    assert result.history[-1].measure == np.max(np.abs(result.gradient))


def test_a_callback_watches_and_stops() -> None:
    seen: list[Any] = []

    def watch(record: Any) -> bool:
        seen.append(record)
        return record.value < 1

    result = minimize(rosenbrock, [-1.2, 1.0], method="bfgs", callback=watch)
    assert result.reason is Reason.STOPPED
    assert result.value < 1 <= seen[-2].value
    assert len(seen) == result.iterations + 1
    assert "go on" in result.message


def test_iterations_run_out() -> None:
    result = minimize(rosenbrock, [-1.2, 1.0], method="gradient-descent", max_iterations=7)
    assert result.reason is Reason.MAX_ITERATIONS
    assert not result.converged
    assert result.iterations == 7
    assert "max_iterations" in result.message
    assert minimize(rosenbrock, [-1.2, 1.0], max_iterations=0).solution.tolist() == [-1.2, 1.0]


def test_a_tolerance_ends_earlier() -> None:
    for method in ("trust-region", "bfgs"):
        loose = minimize(rosenbrock, [-1.2, 1.0], method=method, tolerance=1e-2)
        assert loose.converged
        assert 1e-8 < np.max(np.abs(loose.gradient)) <= 1e-2


def test_a_second_method_is_tried() -> None:
    """Tensor-Newton follows a valley of this function to infinity; Newton's method finds the minimum."""
    (problem,) = (problem for problem in VARIANTS if problem.number == 18)
    result = solved(problem)
    assert result.method == "trust-region"
    assert len(result.history) == result.iterations + 1
    assert not minimize(problem, np.array(problem.start), method="tensor-newton", max_iterations=150).converged


def test_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    result = minimize(rosenbrock, [-1.2, 1.0], method="bfgs")
    axes = result.plot()
    assert len(axes) == 2
    assert axes[0].get_yscale() == "log"
    path = axes[1].lines[0]
    np.testing.assert_array_equal(np.array([path.get_xdata()[0], path.get_ydata()[0]]), [-1.2, 1.0])
    assert axes[1].collections
    assert minimize(cosh, np.zeros(3)).plot().get_yscale() == "log"
    _, single = plt.subplots()
    assert result.plot(single) is single
    plt.close("all")


# SciPy's form


@pytest.mark.parametrize("method", ["BFGS", "trust-exact", "trust-ncg", "Newton-CG", "L-BFGS-B"])
def test_as_scipy_serves_scipys_solvers(method: str) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    p = as_scipy(lambda x, a: (a - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2)
    second = {"trust-exact": {"hess": p.hess}, "trust-ncg": {"hessp": p.hessp}, "Newton-CG": {"hessp": p.hessp}}
    result = optimize.minimize(p.fun, [-1.2, 1.0], args=(2.0,), jac=p.jac, method=method, **second.get(method, {}))
    np.testing.assert_allclose(result.x, [2, 4], atol=1e-3)


def test_as_scipy_runs_the_function_once_at_a_point() -> None:
    calls = 0

    def counted(tree: Any) -> Any:
        nonlocal calls
        calls += 1
        return np.sum(tree["a"] ** 3) * tree["b"]

    p = as_scipy(counted, like={"a": np.zeros(2), "b": 0.0})
    x, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 0.0])
    assert p.fun(x) == 27
    np.testing.assert_allclose(p.jac(x), [9, 36, 9])
    np.testing.assert_allclose(p.hess(x) @ v, p.hessp(x, v))
    np.testing.assert_allclose(p.hess(x), [[18, 0, 3], [0, 36, 12], [3, 12, 0]])
    assert calls == 1


def test_calculus_is_loaded_by_name() -> None:
    assert ag.calculus.minimize is minimize
    assert isinstance(NewtonCG().tolerance, float)
    with pytest.raises(AttributeError, match="no_such"):
        ag.calculus.no_such  # noqa: B018


def test_a_solver_takes_what_is_given_beside_it() -> None:
    loose, tight = (minimize(rosenbrock, [-1.2, 1.0], method=BFGS(), tolerance=size) for size in (1.0, 1e-9))
    assert np.max(np.abs(loose.gradient)) > 1e-3
    assert loose.iterations < tight.iterations
    assert np.max(np.abs(tight.gradient)) <= 1e-9
    assert minimize(rosenbrock, [-1.2, 1.0], method=TrustRegion(), max_iterations=3).iterations == 3
    box = minimize(rosenbrock, [-1.2, 1.0], bounds=(-2.0, 0.5)).solution
    solver = ProjectedNewton(Box(np.full(2, -9.0), np.full(2, 9.0)))
    np.testing.assert_allclose(minimize(rosenbrock, [-1.2, 1.0], bounds=(-2.0, 0.5), method=solver).solution, box)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": BFGS}, "BFGS is no solver"),
        ({"method": None}, "NoneType is no solver"),
        ({"method": BFGS(), "bounds": (0.0, 1.0)}, "BFGS cannot keep bounds"),
        ({"method": "levenberg-marquardt", "tolerance": 1e-3}, "to the last digits"),
    ],
)
def test_what_a_method_cannot_do_is_said(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        minimize(rosenbrock, [-1.2, 1.0], **options)
