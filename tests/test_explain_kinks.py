"""Kinks: every kind is found, with its slopes on both sides, and the function's own sides are right."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import explain, nn

inf, nan = math.inf, math.nan

# A function, a point, the operation that is at an edge there, and the slopes of the function to both sides.
ONE: dict[str, tuple[Callable[[Any], Any], float, str, float, float]] = {
    "abs": (lambda x: 3 * np.abs(x), 0.0, "absolute", -3, 3),
    "fabs": (np.fabs, 0.0, "fabs", -1, 1),
    "relu": (lambda x: nn.relu(x - 2), 2.0, "relu", 0, 1),
    "leaky relu": (lambda x: nn.leaky_relu(x, 0.25), 0.0, "leaky_relu", 0.25, 1),
    "elu": (lambda x: nn.elu(x, 0.5), 0.0, "elu", 0.5, 1),
    "maximum": (lambda x: np.maximum(2 * x, x * x), 2.0, "maximum", 2, 4),
    "minimum": (lambda x: np.minimum(2 * x, x * x), 2.0, "minimum", 4, 2),
    "clip from below": (lambda x: np.clip(x, 1, 3), 1.0, "clip", 0, 1),
    "clip from above": (lambda x: np.clip(x, 1, 3), 3.0, "clip", 1, 0),
    "clip to a variable": (lambda x: np.clip(5.0, x, x + 1), 4.0, "clip", 1, 0),
    "hardtanh": (nn.hardtanh, -1.0, "hardtanh", 0, 1),
    "hardsigmoid": (nn.hardsigmoid, 3.0, "hardsigmoid", 1 / 6, 0),
    "hardswish": (nn.hardswish, -3.0, "hardswish", 0, -0.5),
    "softshrink": (lambda x: nn.softshrink(x, 0.5), 0.5, "softshrink", 0, 1),
    "square root": (np.sqrt, 0.0, "sqrt", nan, inf),
    "cube root": (np.cbrt, 0.0, "cbrt", inf, inf),
    "power": (lambda x: x**0.25, 0.0, "power", nan, inf),
    "power of two variables": (lambda x: x ** (0.5 + 0 * x), 0.0, "power", nan, inf),
    "hypot": (lambda x: np.hypot(3 * x, 4 * x), 0.0, "hypot", -5, 5),
    "remainder": (lambda x: np.remainder(x, 2.0), 4.0, "remainder", -inf, 1),
    "where": (lambda x: np.where(x > 1, 2 * x, x + 1), 1.0, "gt", 1, 2),
    "where, a jump": (lambda x: np.where(x >= 1, 2 * x, x), 1.0, "ge", inf, 2),
    "an if": (lambda x: x * x if x < 3 else 9 + 0 * x, 3.0, "lt", 6, 0),
    "sign": (lambda x: np.sign(x) * x, 0.0, "sign", -1, 1),
    "round": (lambda x: np.round(x) + x, 0.5, "round", 1, inf),
    "floor": (lambda x: np.floor(x) - x, 2.0, "floor", inf, -1),
    "square root of a square": (lambda x: np.sqrt(x * x), 0.0, "sqrt", -1, 1),
    "norm": (lambda x: np.linalg.norm(np.stack([3 * x, 4 * x])), 0.0, "norm", -5, 5),
    "standard deviation": (lambda x: np.std(np.stack([x, -x])), 0.0, "std", -1, 1),
    "largest": (lambda x: np.max(np.stack([x, 2 * x, -x])), 0.0, "max", -1, 2),
    "smallest": (lambda x: np.min(np.stack([x, 2 * x, -x])), 0.0, "min", 2, -1),
    "sort": (lambda x: np.sort(np.stack([x, 2 * x, -x]))[2], 0.0, "sort", -1, 2),
    "median": (lambda x: np.median(np.stack([x, 2 * x, -x])), 0.0, "median", 1, 1),
    "l1": (lambda x: nn.l1_loss(np.stack([x, x]), np.zeros(2)), 0.0, "l1_loss", -1, 1),
}


@pytest.mark.parametrize("name", ONE)
def test_sides_of_functions_of_one_variable(name: str) -> None:
    f, at, operation, left, right = ONE[name]
    found = explain.kinks(f, at)
    assert operation in {kink.operation for kink in found.active}
    (sides,) = found.sides
    assert sides.left == pytest.approx(left, rel=1e-5, abs=1e-7, nan_ok=True)
    assert sides.right == pytest.approx(right, rel=1e-5, abs=1e-7, nan_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ag.SingularPointWarning)
        engine = float(ag.grad(f)(at))
    assert sides.gradient == pytest.approx(engine, nan_ok=True)
    assert str(found)


@pytest.mark.parametrize("name", ONE)
def test_away_from_the_edge_nothing_is_found(name: str) -> None:
    f, at, *_ = ONE[name]
    found = explain.kinks(f, at + 0.37)
    assert not len(found)
    assert not found.sides
    assert "smooth here" in str(found)


@pytest.mark.parametrize("name", list(ONE))
def test_near_the_edge_it_is_listed_as_near(name: str) -> None:
    f, at, operation, *_ = ONE[name]
    found = explain.kinks(f, at + 1e-8)
    assert operation in {kink.operation for kink in found.near}
    assert not any(kink.is_active for kink in found.near)


def test_which_slope_the_engine_took() -> None:
    taken = {name: explain.kinks(ONE[name][0], ONE[name][1])[0].side for name in ("abs", "relu", "clip from below")}
    assert taken == {"abs": "mean", "relu": "left", "clip from below": "right"}
    tie = explain.kinks(lambda x: np.maximum(x[0], x[1]), np.array([1.0, 1.0]))
    assert (tie[0].left, tie[0].right, tie[0].returned, tie[0].side) == (0, 1, 0.5, "mean")


def test_coordinates_are_those_that_a_kink_depends_on() -> None:
    x = np.array([0.0, 1.0, 0.0, -2.0])
    found = explain.kinks(lambda v: np.sum(nn.relu(v) * np.arange(4)), x)
    assert [kink.element for kink in found.active] == [(0,), (2,)]
    assert [(s.direction, s.left, s.right, s.is_exact) for s in found.sides] == [
        ("x[0]", 0, 0, True),
        ("x[2]", 0, 2, True),
    ]
    assert found[0].origin.partition(":")[0].endswith("test_explain_kinks.py")


def test_ties_beside_a_constant_and_in_windows() -> None:
    hinge = explain.kinks(lambda v: np.sum(np.maximum(0, 1 - v)), np.array([1.0, 2.0]))
    assert [(k.left, k.right, k.returned, k.side) for k in hinge] == [(0, 1, 0.5, "mean")]
    x = np.array([[[1.0, 1.0, 0.0, 3.0]]])
    pooled = explain.kinks(lambda v: np.sum(nn.MaxPool1d(2)(v)), x)
    assert [kink.element for kink in pooled.active] == [(0, 0, 0)]
    along = {s.direction: (round(s.left, 9), round(s.right, 9)) for s in pooled.sides}
    assert along["x[0, 0, 0]"] == along["x[0, 0, 1]"] == (0, 1)


def test_a_direction() -> None:
    def f(v: Any) -> Any:
        return np.max(np.abs(v))

    found = explain.kinks(f, np.zeros(3), direction=np.array([1.0, -3.0, 2.0]))
    assert [(s.left, s.right) for s in found.sides] == [(-3, 3)]
    with pytest.raises(ag.ShapeError, match="direction"):
        explain.kinks(f, np.zeros(3), direction=np.ones(2))


def test_what_first_derivatives_do_not_see_is_looked_at_too() -> None:
    found = explain.kinks(lambda v: abs(v[0]) + np.sqrt(v[1] ** 2 + v[2] ** 2) + v[3], np.zeros(4))
    along = {s.direction: (round(s.left, 6), round(s.right, 6), s.is_exact) for s in found.sides}
    assert along == {"x[0]": (-1, 1, False), "x[1]": (-1, 1, False), "x[2]": (-1, 1, False)}


def test_several_arguments_and_containers() -> None:
    found = explain.kinks(lambda a, n, p: abs(a) * n + np.maximum(p["w"], 0)[0], 0.0, 3, {"w": np.zeros(2)})
    assert [(s.direction, s.left, s.right) for s in found.sides][:2] == [("x0", -3, 3), ("x1[0]", 0, 1)]


@given(st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_sides_agree_with_differences_of_random_piecewise_linear_networks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(-2, 3, (6, 3)).astype(float), rng.integers(-2, 3, 6).astype(float)
    x = rng.integers(-1, 2, 3).astype(float)

    def f(v: Any) -> Any:
        h = nn.relu(first @ v)
        return np.sum(second * np.maximum(h, np.abs(first[::-1] @ v))) + np.max(v) - np.sort(v)[1]

    found = explain.kinks(f, x)
    step = 2.0**-10  # f is piecewise linear in dyadic numbers, so that differences are exact
    for sides in found.sides:
        direction = np.zeros(3)
        direction[int(sides.direction[2])] = step
        assert sides.is_exact
        assert sides.right == (f(x + direction) - f(x)) / step
        assert sides.left == (f(x) - f(x - direction)) / step


def test_operations_with_several_outputs_on_the_way() -> None:
    found = explain.kinks(lambda m: np.abs(np.linalg.eigh(m)[0][0] - 1), np.diag([1.0, 2.0]))
    along = {s.direction: (s.left, s.right) for s in found.sides}
    assert along["x[0, 0]"] == (-1, 1)


def test_many_are_counted() -> None:
    found = explain.kinks(lambda v: np.sum(nn.relu(v)), np.zeros(200), limit=10)
    assert len(found) == len(found.sides) == 10
    assert found.hidden == 190
    assert "190 more not listed" in str(found)


def test_tables_escape_names() -> None:
    def f(v: Any) -> Any:
        y = np.abs(v)
        y.name = "<script>"
        return y

    found = explain.kinks(f, 0.0)
    assert "<script> = absolute" in str(found)
    assert "<script>" not in found._repr_html_()


def test_errors_in_words() -> None:
    with pytest.raises(ag.ShapeError, match="one number"):
        explain.kinks(lambda v: v * 2, np.ones(2))
    with pytest.raises(ag.DtypeError, match="left and right"):
        explain.kinks(lambda v: np.abs(v), 1 + 1j)
    with pytest.raises(ag.StructureError, match="takes a function, and got int"):
        explain.kinks(3, 1.0)
    with pytest.raises(ValueError, match="0 or more"):
        explain.kinks(np.abs, 0.0, tolerance=-1.0)
