"""What all solvers share: packing of containers, counted derivatives, the loop, named outcomes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.calculus import Evaluations, Reason, Record, find_root, lagrange, minimize, objective, solving
from autograd_lite.calculus.objective import Objective, Residuals
from autograd_lite.calculus.packing import Packing
from autograd_lite.errors import DtypeError, ShapeError, StructureError

TREE = {"a": np.arange(6.0).reshape(2, 3), "b": (np.float32(2.5), 4)}


def test_containers_are_packed_and_put_together_again() -> None:
    packing = Packing(TREE)
    assert packing.size == 8
    assert packing.vector.tolist() == [0, 1, 2, 3, 4, 5, 2.5, 4]
    again = packing.unravel(packing.vector + 1)
    np.testing.assert_array_equal(again["a"], TREE["a"] + 1)
    assert again["b"] == (3.5, 5.0)
    assert again["b"][0].dtype == np.float32
    assert again["b"][1].dtype == np.float64
    assert packing.epsilon == np.finfo(np.float32).eps
    vector = packing.vector
    packing.unravel(vector)["a"][0, 0] = 99
    assert vector[0] == 0


def test_a_vector_of_tensors_is_put_together_from_tensors() -> None:
    packing = Packing({"a": np.zeros((2, 2)), "b": 1.0})
    gradient = ag.grad(lambda v: np.sum(packing.unravel(v)["a"] ** 2) * packing.unravel(v)["b"])(np.arange(5.0))
    np.testing.assert_array_equal(gradient, [0, 8, 16, 24, 14])


def test_other_containers_are_matched() -> None:
    packing = Packing(TREE)
    assert packing.matched(2, "it").tolist() == [2.0] * 8
    assert packing.matched({"a": np.ones((2, 3)), "b": (1, 2)}, "it").tolist() == [1] * 7 + [2]
    with pytest.raises(ShapeError, match=r"it has shape \(3, 2\)"):
        packing.matched({"a": np.ones((3, 2)), "b": (1, 2)}, "it")
    with pytest.raises(StructureError, match="another structure"):
        packing.matched(np.ones(8), "it")


@pytest.mark.parametrize("tree", [[1j], np.array([True]), ["a"], np.array([None])])
def test_what_cannot_be_packed(tree: Any) -> None:
    with pytest.raises(DtypeError, match="asking"):
        Packing(tree, "asking")


def cubic(p: Any) -> Any:
    return np.sum(p["a"] ** 3) * p["b"] + np.prod(p["a"])


def flat(x: Any) -> Any:
    return np.sum(x[:3] ** 3) * x[3] + np.prod(x[:3])


@pytest.mark.parametrize("room", [16_000_000, 5])
def test_derivatives_are_those_of_the_transforms(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objective, "ROOM", room)  # with little room the rows of the Hessian travel one by one
    packing = Packing({"a": np.array([1.0, 2.0, 3.0]), "b": 4.0})
    function = Objective(cubic, packing)
    x = packing.vector
    at = function.at(x)
    assert at.value == flat(x)
    np.testing.assert_allclose(at.gradient, ag.grad(flat)(x))
    np.testing.assert_allclose(at.hessian, ag.hessian(flat)(x))
    np.testing.assert_allclose(at.hvp(np.array([1.0, 0, 2, 0])), ag.hvp(flat, x, np.array([1.0, 0, 2, 0])))
    assert at.gradient is at.gradient
    assert function.at(x) is at
    assert function.evaluations == Evaluations(value=1, gradient=1, hessian=1, hvp=1)


def test_residuals_have_a_jacobian_whichever_way_is_shorter() -> None:
    packing = Packing({"a": np.array([1.0, 2.0]), "b": 3.0})
    for count in (2, 7):
        function = Residuals(
            lambda p, n=count: (np.arange(float(n)) * p["b"] ** 2 + p["a"][0], p["a"][1:] ** 3), packing
        )
        at = function.at(packing.vector)
        expected = np.zeros((count + 1, 3))
        expected[:count, 0], expected[:count, 2], expected[count, 1] = 1, 6 * np.arange(count), 12
        np.testing.assert_allclose(at.jacobian, expected)
        assert function.evaluations == Evaluations(value=1, jacobian=1)


@dataclass(frozen=True)
class Halving:
    """A solver that halves a number, and meets a NaN on its way."""

    def init(self, problem: Any, point: np.ndarray) -> solving.State:
        return solving.State(point, float(point[0]), float(point[0]), math.nan)

    def step(self, problem: Any, state: solving.State) -> solving.State:
        point = state.point / 2
        value = math.nan if point[0] == 2 else float(point[0])
        return replace(state, point=point, value=value, measure=value, length=float(point[0]))

    def done(self, problem: Any, state: solving.State) -> Reason | None:
        return Reason.CONVERGED if state.point[0] < 1.5 else None


def test_the_loop_keeps_the_best_point_and_the_history() -> None:
    seen: list[Record] = []
    outcome = solving.run(Halving(), None, np.array([8.0]), max_iterations=9, callback=seen.append)
    assert outcome.reason is Reason.CONVERGED
    assert outcome.iterations == 3
    assert [record.value for record in outcome.history[:2]] == [8, 4]
    assert math.isnan(outcome.history[2].value)
    assert outcome.best.value == 1
    assert seen == list(outcome.history)
    short = solving.run(Halving(), None, np.array([8.0]), max_iterations=2)
    assert short.reason is Reason.MAX_ITERATIONS
    assert short.best.value == 4
    assert math.isnan(short.state.value)


def test_points_of_large_problems_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "KEPT_ELEMENTS", 2)
    outcome = solving.run(Halving(), None, np.array([8.0]), max_iterations=9)
    assert [record.solution is None for record in outcome.history] == [False, False, True, True]


def test_a_bar_is_drawn_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    solving.run(Halving(), None, np.array([8.0]), max_iterations=9, progress=True)
    shown = capsys.readouterr().err
    assert "iteration" in shown
    assert "value 1" in shown
    solving.run(Halving(), None, np.array([8.0]), max_iterations=9)
    assert capsys.readouterr().err == ""


def test_every_outcome_says_what_to_do() -> None:
    for reason in Reason:
        assert reason.words
        assert reason.converged == (reason.advice == "")
        assert str(reason).endswith(".")
        assert not str(reason).endswith("..")


def test_results_print_short() -> None:
    result = minimize(lambda x: np.sum((x - 1) ** 2), np.zeros(2))
    assert "history" not in repr(result)
    assert "solution=array([1., 1.])" in repr(result)


def test_a_single_further_argument_needs_no_tuple() -> None:
    assert minimize(lambda x, a: (x - a) ** 2, 1.0, args=2.0).solution == pytest.approx(2.0)
    assert find_root(lambda x, a: x - a, 1.0, args=2.0).solution == pytest.approx(2.0)
    found = lagrange(lambda x, a: np.sum((x - a) ** 2), lambda x, a: x[0] - x[1], [1.0, 0.0], args=np.array([2.0, 4.0]))
    np.testing.assert_allclose(found.solution, [3.0, 3.0])
