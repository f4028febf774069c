"""Starts far out, runaways and other hard cases of `minimize`, `find_root` and `lagrange`."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from autograd_lite.calculus import Reason, find_root, lagrange, minimize
from autograd_lite.errors import StructureError
from tests.problems.equality_constrained import PROBLEMS as CONSTRAINED
from tests.problems.more_garbow_hillstrom import PROBLEMS, Problem

KNOWN = {problem.number: problem for problem in reversed(PROBLEMS)}


# Running away


@pytest.mark.parametrize(("number", "factor", "most"), [(8, 10, 110), (8, 100, 180), (15, 10, 250), (18, 10, 450)])
def test_a_valley_to_infinity_is_left_for_another_method(number: int, factor: int, most: int) -> None:
    problem = KNOWN[number].from_afar(factor)
    result = minimize(problem, np.array(problem.start))
    assert result.converged
    assert result.value == pytest.approx(problem.minima[0], rel=1e-8, abs=1e-14)  # and not the infimum far out
    assert np.linalg.norm(result.solution) < 100
    assert result.evaluations.total < most


def test_where_newtons_methods_run_away_levenberg_marquardt_is_tried() -> None:
    problem = KNOWN[10].from_afar(100)
    result = minimize(problem, np.array(problem.start))
    assert problem.is_solved(result.value), (result.value, result.reason)
    assert result.converged
    assert result.method == "levenberg-marquardt"
    assert len(result.history) == result.iterations + 1


def test_an_infimum_at_infinity_is_still_approached() -> None:
    result = minimize(lambda x: (np.exp(-x[0]) + 1 / (1 + x[1] ** 2)) ** 2 + 1, [0.0, 1.0])
    assert result.value == pytest.approx(1, abs=1e-8)


def test_further_methods_are_tried_within_given_iterations_too() -> None:
    problem = KNOWN[18].from_afar(10)
    assert minimize(problem, np.array(problem.start), max_iterations=200).converged
    short = minimize(problem, np.array(problem.start), max_iterations=60)
    assert short.iterations == 60
    assert short.reason is Reason.MAX_ITERATIONS


def test_a_step_may_be_too_short_for_a_number() -> None:
    gulf: Problem = KNOWN[11].from_afar(30)  # all residuals underflow
    result = minimize(gulf, np.array(gulf.start))
    assert np.isfinite(result.value)


# Constraints


def test_a_start_from_which_the_constraints_cannot_be_met_step_by_step() -> None:
    problem = next(each for each in CONSTRAINED if each.name == "HS 56")
    result = lagrange(problem.f, problem.c, 0.5 * np.array(problem.start))
    assert result.converged, result.reason
    assert result.value == pytest.approx(-3.456, abs=1e-8)
    np.testing.assert_allclose(result.residual, 0, atol=1e-8)
    assert len(result.history) == result.iterations + 1


def test_constraints_may_return_lists() -> None:
    result = lagrange(lambda x: np.sum(x**2), lambda x: [x[0] + x[1] - 1, 2 * x[2] - x[0]], np.zeros(3))
    same = lagrange(lambda x: np.sum(x**2), lambda x: np.stack([x[0] + x[1] - 1, 2 * x[2] - x[0]]), np.zeros(3))
    np.testing.assert_allclose(result.multipliers, same.multipliers, atol=1e-12)
    assert result.multipliers.shape == (2,)
    inside = lagrange(lambda x: np.sum((x - 2) ** 2), (), np.zeros(2), inequalities=lambda x: [1 - x[0], 3.0 - x[1]])
    np.testing.assert_allclose(inside.solution, [1, 2], atol=1e-9)


# Roots


def test_roots_that_newtons_steps_lead_away_from() -> None:
    assert find_root(lambda x: x * np.exp(-x), 2.0).solution == pytest.approx(0, abs=1e-12)  # they run to infinity
    nearly_flat = find_root(np.sin, np.pi / 2)  # the first one is of 1.6e16
    assert nearly_flat.converged
    assert abs(nearly_flat.value) < 1e-12
    flat = find_root(lambda x: x * np.exp(-1 / x**2), 0.1)  # underflows to either side of the root
    assert flat.converged
    assert flat.value == 0
    linear = find_root(lambda x: 1e-9 * x - 1, 0.0)
    assert linear.solution == pytest.approx(1e9, rel=1e-14)
    assert linear.evaluations.total < 10


@pytest.mark.parametrize("start", [0.0, np.zeros(2)], ids=["number", "system"])
def test_every_call_of_the_function_is_counted(start: object) -> None:
    calls = 0

    def counted(x: object) -> object:
        nonlocal calls
        calls += 1
        return np.exp(x) - 2.0  # type: ignore[operator]

    result = find_root(counted, start)
    assert result.converged
    assert result.evaluations.value == calls


def test_systems_leave_points_where_the_jacobian_is_singular() -> None:
    result = find_root(lambda x: np.stack([x[0] ** 2 + x[1] ** 2 - 1, x[0] - x[1]]), [0.0, 0.0])
    assert result.converged
    np.testing.assert_allclose(np.abs(result.solution), np.sqrt(0.5))


def test_newton_that_creeps_gives_way_to_sums_of_squares() -> None:
    chebyquad = next(each for each in PROBLEMS if each.number == 35 and len(each.start) == 9)
    result = find_root(chebyquad.residuals, np.array(chebyquad.start))
    assert result.converged
    assert result.evaluations.total < 300  # creeping takes 2,200


# Results


def bowl(x: Any) -> Any:
    return np.sum(np.cosh(x))


def line(x: Any) -> Any:
    return x[0] - 1


@pytest.mark.parametrize(
    "result",
    [
        minimize(bowl, [1.0, 2.0]),
        minimize(lambda x: np.sum(np.cosh(x)), [1.0, 2.0]),
        find_root(np.cos, 1.0),
        lagrange(bowl, line, [1.0, 2.0], inequalities=lambda x: x[1] + 3),
    ],
    ids=["minimum", "of a lambda", "root", "multipliers"],
)
def test_results_are_pickled_and_copied(result: Any) -> None:
    there = pickle.loads(pickle.dumps(result))
    assert type(there) is type(result)
    assert there.reason is result.reason
    assert there.evaluations == result.evaluations
    assert len(there.history) == len(result.history)
    np.testing.assert_array_equal(there.solution, result.solution)
    assert copy.deepcopy(result).function is not None


def test_functions_are_pickled_with_a_result_where_they_can_be() -> None:
    there = pickle.loads(pickle.dumps(minimize(bowl, [1.0, 2.0])))
    assert there.function(there.solution) == pytest.approx(2)
    assert pickle.loads(pickle.dumps(minimize(lambda x: bowl(x), [1.0, 2.0]))).function is None
    multipliers = pickle.loads(pickle.dumps(lagrange(bowl, line, [1.0, 2.0])))
    with pytest.raises(StructureError, match="pickled"):
        multipliers.check_sensitivities()
