"""Paths: their products sum to the gradient, the largest come first, and nothing is too large to be counted."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Tensor, explain

UNARY = [np.sin, np.cos, np.tanh, np.exp, lambda v: -v, lambda v: v * v, lambda v: 1 / (2 + v * v)]
BINARY = [np.add, np.subtract, np.multiply, lambda v, w: np.arctan2(v, 2 + w * w), np.logaddexp, np.hypot]


def random_graph(rng: np.random.Generator, operations: int) -> tuple[Tensor, Tensor]:
    x = Tensor(rng.normal(), requires_grad=True, name="x")
    values: list[Any] = [x, np.sin(x)]
    for _ in range(operations):
        if rng.random() < 0.4:
            values.append(UNARY[rng.integers(len(UNARY))](np.tanh(values[rng.integers(len(values))])))
        else:
            left, right = rng.integers(len(values), size=2)
            values.append(BINARY[rng.integers(len(BINARY))](values[left], values[right]))
    return values[-1] + values[-2], x


@pytest.mark.parametrize("seed", range(100))
def test_the_products_of_all_paths_sum_to_the_gradient(seed: int) -> None:
    output, x = random_graph(np.random.default_rng(seed), 12)
    found = explain.paths(output, x, k=10**6)
    output.backward()
    assert x.grad is not None
    products = [path.product for path in found]
    assert len(found) == found.nonzero <= found.count
    assert math.fsum(products) == pytest.approx(float(x.grad), rel=1e-12, abs=1e-12 * sum(map(abs, products)))
    assert found.total == float(x.grad)
    assert sorted(map(abs, products), reverse=True) == [abs(product) for product in products]
    for path in found:
        assert math.prod(step.local for step in path.steps if step.local is not None) == pytest.approx(path.product)
        assert all(step.local is not None for step in path.steps)


@given(st.integers(0, 10**6), st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_the_k_largest_are_the_first_of_all(seed: int, k: int) -> None:
    output, x = random_graph(np.random.default_rng(seed), 10)
    every = explain.paths(output, x, k=10**6)
    few = explain.paths(output, x, k=k)
    assert [path.product for path in few] == pytest.approx([path.product for path in every][:k], rel=1e-12)
    listed = math.fsum(path.product for path in few)
    assert few.remainder == pytest.approx(few.total - listed, abs=1e-12 * abs(few.total))


def by_enumeration(function: Any, at: np.ndarray) -> list[float]:
    return [path.product for path in explain.paths(function, at, k=10**6, effort=10**6)]


@pytest.mark.parametrize("steps", [2, 4, 6])
def test_paths_of_arrays_sum_to_the_gradient_and_bounds_find_the_largest(steps: int) -> None:
    weights = np.random.default_rng(steps).normal(size=(3, 3))

    def f(w: Any) -> Any:
        h = np.ones(3)
        for _ in range(steps):
            h = np.tanh(w @ h) + 0.5 * h
        return np.sum(h**2)

    every = by_enumeration(f, weights)
    assert math.fsum(every) == pytest.approx(float(np.sum(ag.grad(f)(weights))), rel=1e-12)
    few = explain.paths(f, weights, k=3, effort=max(4 * len(every) - 8, 8))  # too few to look at all of them
    assert few.count == len(every) == 2**steps - 1
    if few.exact:
        assert [abs(path.product) for path in few] == pytest.approx([abs(product) for product in every[:3]])


def test_arrays_of_1e9_paths_are_ranked_with_proof() -> None:
    weights = np.random.default_rng(0).normal(size=(8, 8)) / 4

    def f(w: Any) -> Any:
        h = np.ones(8)
        for _ in range(30):
            h = np.tanh(w @ h) + h
        return np.sum(h)

    found = explain.paths(f, weights, k=5)
    assert found.count == 2**30 - 1
    assert found.exact
    assert len(found) == 5


def test_elements_of_inputs_and_outputs() -> None:
    x = Tensor([0.3, -0.4, 2.0], requires_grad=True)
    y = np.cumsum(np.sin(x) * x)
    found = explain.paths(y, x, output_index=2, input_index=1)
    assert found.total == pytest.approx(math.sin(-0.4) - 0.4 * math.cos(-0.4))
    assert math.fsum(path.product for path in found) == pytest.approx(found.total, rel=1e-14)
    whole = explain.paths(y, x)
    assert whole.total == pytest.approx(float(ag.grad(lambda v: np.sum(np.cumsum(np.sin(v) * v)))(x.data).sum()))
    paired = explain.paths(y, x, cotangent=[0.0, 0.0, 1.0], direction=[0.0, 1.0, 0.0])
    assert paired.total == found.total


def test_operations_with_several_outputs() -> None:
    a = np.array([[2.0, 0.3], [0.3, 1.0]])

    def f(m: Any) -> Any:
        values, vectors = np.linalg.eigh(m)
        return np.sum(values**2) + vectors[0, 0] ** 2

    found = explain.paths(f, a)
    assert math.fsum(path.product for path in found) == pytest.approx(float(ag.grad(f)(a).sum()), rel=1e-12)


def diamonds(x: Any, count: int) -> Any:
    y = x
    for _ in range(count):
        y = np.sin(y) * 0.98 + y * 0.01
    return y


def test_2_to_the_1000_paths() -> None:
    x = Tensor(0.5, requires_grad=True)
    found = explain.paths(diamonds(x, 1000), x, k=20)
    assert found.count == 2**1000
    assert len({path.product for path in found}) > 1
    assert len(found) == 20
    assert "10^301" in str(found)


def test_paths_that_tie_are_told_apart() -> None:
    y = x = Tensor(1.0, requires_grad=True)
    for _ in range(300):
        y = y + y
    found = explain.paths(y, x, k=7)
    assert found.count == 2**300
    assert [path.product for path in found] == [1.0] * 7
    assert found.total == 2.0**300


def test_a_chain_of_100_000_operations_and_as_many_diamonds() -> None:
    y = x = Tensor(0.5, requires_grad=True)
    for _ in range(100_000):
        y = y * 1.00001
    found = explain.paths(y, x)
    assert len(found) == found.count == 1
    assert found[0].product == pytest.approx(1.00001**100_000)
    assert len(found[0].steps) == 100_000
    assert len(str(found)) < 2000
    many = explain.paths(diamonds(x, 10_000), x, k=3)
    assert many.count == 2**10_000
    assert len(many) == 3


def test_products_do_not_overflow_on_the_way() -> None:
    x = Tensor(1e-200, requires_grad=True)
    found = explain.paths(x * 1e200 * 1e200 * 1e-200 * 1e-200, x)
    assert found[0].product == pytest.approx(1.0)


def test_zero_factors_are_counted_and_not_listed() -> None:
    x = Tensor(0.0, requires_grad=True)
    found = explain.paths(x * x + 2 * x, x)
    assert (found.count, found.nonzero, len(found)) == (3, 1, 1)
    assert "2 of them zero" in str(found)


def test_no_path_and_the_input_itself() -> None:
    x, y = Tensor(1.0, requires_grad=True), Tensor(2.0, requires_grad=True)
    none = explain.paths(x * 2, y)
    assert (none.total, none.count, len(none)) == (0.0, 0, 0)
    assert "no path" in str(none)
    itself = explain.paths(x, x)
    assert (itself.total, itself.count, itself[0].product) == (1.0, 1, 1.0)


def test_what_is_said_and_drawn() -> None:
    x = Tensor(2.0, requires_grad=True, name="<script>x")
    found = explain.paths(np.sin(x) * np.exp(x) - x / 3, x, k=2)
    text = str(found)
    assert "sin (-0.41615) → multiply (7.3891)" in text
    assert "the other one" in text
    page = found._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;x" in page
    assert page.count("<tr>") == 4
    assert repr(found[0].steps[0]) == "exp (7.3891)"
    assert found[0].steps[1].argument == "y"


def test_the_bar_picture() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    x = Tensor(2.0, requires_grad=True, name="$x$")
    found = explain.paths(np.sin(x) * np.exp(x) - x / 3, x, k=2)
    axes = found.plot()
    assert [bar.get_width() for bar in axes.patches] == [*(path.product for path in found), found.remainder]
    assert found.plot(axes) is axes
    axes.figure.canvas.draw()


def test_source_lines_are_those_of_the_function() -> None:
    found = explain.paths(lambda v: np.sin(v) * 2, 1.0)
    assert found[0].steps[0].origin.partition(":")[0].endswith("test_explain_paths.py")


def test_errors_in_words() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ag.GraphError, match="output is a constant"):
        explain.paths(Tensor(1.0), x)
    with pytest.raises(ag.StructureError, match="input is float"):
        explain.paths(x * 2, 1.0)
    with pytest.raises(ag.ShapeError, match=r"cotangent has shape \(3,\)"):
        explain.paths(x * 2, x, cotangent=np.ones(3))
    with pytest.raises(ag.StructureError, match="not both"):
        explain.paths(x * 2, x, cotangent=np.ones(2), output_index=0)
    with pytest.raises(ValueError, match="at least 1"):
        explain.paths(x * 2, x, k=0)
    with pytest.raises(ValueError, match=r"at least 1, and not 2\.5"):
        explain.paths(x * 2, x, k=2.5)  # pyright: ignore[reportArgumentType]
    for index in (9, "a"):
        with pytest.raises(ag.StructureError, match=r"input_index=.* is no index into the input, of shape \(2,\)"):
            explain.paths(x * 2, x, input_index=index)
    y = np.sum(x * x)
    y.backward()
    with pytest.raises(ag.GraphFreedError):
        explain.paths(y, x)
    z = Tensor(1 + 1j, requires_grad=True)
    with pytest.raises(ag.DtypeError, match="complex"):
        explain.paths(np.real(z * z), z)


def test_random_draws_of_the_ranking_agree_with_brute_force() -> None:
    """Enumerate a layered graph by hand."""
    rng = np.random.default_rng(1)
    factors = rng.normal(size=(5, 3))
    y = x = Tensor(1.0, requires_grad=True)
    for layer in factors:
        y = layer[0] * y + layer[1] * y + layer[2] * y
    products = sorted((math.prod(choice) for choice in itertools.product(*factors)), key=abs, reverse=True)
    found = explain.paths(y, x, k=50)
    assert [path.product for path in found] == pytest.approx(products[:50], rel=1e-13)
