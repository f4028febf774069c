"""Round-off: the bound contains the true error, as longer arithmetic finds it, and is not idly large."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Tensor, explain, nn
from autograd_lite.core.observing import Values, observing

Function = Callable[[Any], Any]


def horner(x: Any) -> Any:
    total = 0 * x[0]
    for coefficient in (1.0, -7.0, 21.0, -35.0, 35.0, -21.0, 7.0, -1.0):
        total = total * x[0] + coefficient
    return total


def recurrence(x: Any) -> Any:
    value = x[0]
    for step in range(1, 15):
        value = 1 - step * value / 3 + x[1]
    return value


# One number from a vector of five: arithmetic alone, and with functions.
ARITHMETIC: dict[str, Function] = {
    "sum": np.sum,
    "mean of squares": lambda x: np.mean(x * x),
    "variance by moments": lambda x: np.mean(x**2) - np.mean(x) ** 2,
    "difference of squares": lambda x: x[0] ** 2 - x[1] ** 2,
    "quotient": lambda x: x[0] / (x[1] * x[1] + 1) - x[2] / (1 + x[3] * x[3]),
    "norm": lambda x: np.sqrt(np.sum(x * x)),
    "polynomial near its root": horner,
    "recurrence": recurrence,
    "inner product": lambda x: x @ x[::-1],
    "matrix product": lambda x: np.sum((x[:, None] @ x[None, :]) @ x),
    "einsum": lambda x: np.einsum("i,i->", x, x[::-1] * x),
    "prefix sums": lambda x: np.sum(np.cumsum(x) * x),
    "product": np.prod,
    "quadratic formula": lambda x: (-x[0] + np.sqrt(x[0] ** 2 + 1e-3)) / 2,
    "largest": lambda x: np.max(x * x) - np.min(x * 0.3),
    "rational": lambda x: (x[0] - x[1]) / (x[2] - x[3]),
}

ELEMENTARY: dict[str, Function] = {
    "1 - cos": lambda x: 1 - np.cos(x[0] * 1e-3),
    "exp - 1": lambda x: np.exp(x[0] * 1e-4) - 1,
    "log(1 + x)": lambda x: np.log(1 + 1e-4 * np.abs(x[0])),
    "log-sum-exp": lambda x: np.log(np.sum(np.exp(x))),
    "softplus": lambda x: np.sum(np.log(1 + np.exp(x))),
    "logistic": lambda x: np.sum(1 / (1 + np.exp(-x))),
    "tanh chain": lambda x: np.tanh(np.tanh(np.tanh(x[0] + x[1]))),
    "sines": lambda x: np.sum(np.sin(x) * np.cos(x[::-1])),
    "powers": lambda x: np.sum(np.abs(x) ** 1.7),
    "angles": lambda x: np.sum(np.arctan2(x, x[::-1])),
    "logaddexp": lambda x: np.logaddexp(x[0], x[1]) - x[2],
    "hyperbolic": lambda x: np.cosh(x[0]) ** 2 - np.sinh(x[0]) ** 2,
    "arcs": lambda x: np.sum(np.arcsin(np.tanh(x))),
    "logarithms": lambda x: np.log10(2 + x[0] ** 2) + np.log2(2 + x[1] ** 2),
    "expm1 and log1p": lambda x: np.expm1(x[0] * 1e-5) - np.log1p(x[1] ** 2 * 1e-5),
    "roots": lambda x: np.sum(np.cbrt(x)) + np.hypot(x[0], x[1]),
}

EVERY = {**ARITHMETIC, **ELEMENTARY}


def true_error(f: Function, x: np.ndarray) -> float:
    longer = np.float64 if x.dtype == np.float32 else np.longdouble
    with np.errstate(all="ignore"):
        return abs(float(longer(f(x)) - f(x.astype(longer))))


needs_long_double = pytest.mark.skipif(np.finfo(np.longdouble).eps > 2e-19, reason="long double is no longer here")


@needs_long_double
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("seed", range(4))
def test_the_bound_contains_the_error_in_double_precision(name: str, seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=5)
    found = explain.roundoff(EVERY[name], x)
    assert true_error(EVERY[name], x) <= found.bound
    assert found.probable <= found.bound * (1 + 1e-12)
    assert not any(entry.is_guess for entry in found)


@pytest.mark.parametrize("name", EVERY)
def test_the_bound_contains_the_error_in_single_precision(name: str) -> None:
    worst = 0.0
    for seed in range(20):
        x = np.random.default_rng(seed).normal(size=5).astype(np.float32)
        found = explain.roundoff(EVERY[name], x)
        error = true_error(EVERY[name], x)
        assert error <= found.bound * 1.01  # of second order
        worst = max(worst, error / found.bound if found.bound else 0.0)
    assert worst > 2e-3  # and it is not idly large: of 20 cases the worst comes within 500 of it


@given(st.integers(0, 2**32), st.sampled_from(sorted(EVERY)))
@settings(max_examples=60, deadline=None)
def test_the_bound_holds_anywhere(seed: int, name: str) -> None:
    x = np.random.default_rng(seed).normal(size=5).astype(np.float32)
    found = explain.roundoff(EVERY[name], x)
    if math.isfinite(found.bound) and found.relative < 1e-2:
        assert true_error(EVERY[name], x) <= found.bound * 1.01


def test_against_mpmath() -> None:
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(60):
        for at in (1e-3, 1e-8, 0.7, 12.5):
            cases = [
                (lambda x: (np.exp(x) - 1) / x, lambda x: (mpmath.exp(x) - 1) / x),
                (lambda x: (1 - np.cos(x)) / x**2, lambda x: (1 - mpmath.cos(x)) / x**2),
                (lambda x: np.sqrt(1 + x) - np.sqrt(x), lambda x: mpmath.sqrt(1 + x) - mpmath.sqrt(x)),
                (lambda x: np.log(1 + x) / np.tan(x), lambda x: mpmath.log(1 + x) / mpmath.tan(x)),
            ]
            for computed, exact in cases:
                found = explain.roundoff(computed, at)
                assert abs(found.value - exact(mpmath.mpf(at))) <= found.bound


def test_the_probable_error_is_about_the_spread_of_the_true_one() -> None:
    errors, estimates = [], []
    for seed in range(200):
        x = np.random.default_rng(seed).normal(size=50).astype(np.float32)
        found = explain.roundoff(lambda v: np.sum(v * v * v), x)
        errors.append(true_error(lambda v: np.sum(v * v * v), x))
        estimates.append(found.probable)
    ratio = math.sqrt(np.mean(np.square(errors)) / np.mean(np.square(estimates)))
    assert 0.03 < ratio < 1.5


def test_the_operation_that_loses_the_digits_comes_first() -> None:
    found = explain.roundoff(lambda x: 1 - np.cos(x), 1e-6)
    assert found[0].operation == "cos"  # the subtraction is exact: what it uncovers is the error of the cosine
    assert len(found) == 1
    assert found.relative > 1e-4
    assert found.digits < 4
    assert found.condition == pytest.approx(2.0, rel=1e-3)  # of the function itself: the form is at fault
    assert found[0].origin.partition(":")[0].endswith("test_explain_roundoff.py")


def test_exact_operations_contribute_nothing() -> None:
    found = explain.roundoff(lambda x: np.max(-x * 4) + np.where(x[0] > 0, x[0], 0.0) * 0, np.array([1.5, 2.25]))
    assert found.bound == 0
    assert len(found) == 0


def test_a_recorded_output() -> None:
    x = Tensor([0.3, 0.4, 2.0], requires_grad=True)
    y = np.sum(np.sin(x) * x)
    recovered = explain.roundoff(y)
    run = explain.roundoff(lambda v: np.sum(np.sin(v) * v), x.data)
    assert recovered.bound == pytest.approx(run.bound, rel=1e-12)
    assert [entry.operation for entry in recovered] == [entry.operation for entry in run]


def test_values_kept_while_recording_fill_the_gaps() -> None:
    x = Tensor([0.3, 0.4, 2.0], requires_grad=True)
    values = Values()
    with observing(values):
        y = np.sum((x + 0.1) * 2.0)
    with pytest.raises(ag.GraphError, match="not known any more"):
        explain.roundoff(y)
    bound = explain.roundoff(y, values=values).bound
    assert bound == pytest.approx(explain.roundoff(lambda v: np.sum((v + 0.1) * 2.0), x.data).bound)


def test_single_precision_has_a_unit_of_its_own() -> None:
    x = np.linspace(0.1, 1, 5)
    double = explain.roundoff(lambda v: np.sum(v * v), x).bound
    single = explain.roundoff(lambda v: np.sum(v * v), x.astype(np.float32)).bound
    assert single == pytest.approx(double * 2.0**29, rel=0.3)


def test_guesses_are_marked() -> None:
    a = np.array([[2.0, 0.3], [0.1, 1.0]])
    found = explain.roundoff(lambda m: np.sum(np.linalg.solve(m, np.ones(2))), a)
    assert any(entry.is_guess and entry.operation == "solve" for entry in found)
    assert "(guessed)" in str(found)


@needs_long_double
def test_operations_with_several_outputs_count() -> None:
    a = np.random.default_rng(0).normal(size=(4, 4))
    found = explain.roundoff(lambda m: np.sum(np.linalg.svd(m)[1] ** 2), a)
    assert any(entry.operation == "svd" and entry.is_guess for entry in found)
    truth = np.sum(a.astype(np.longdouble) ** 2)  # the squares of the singular values sum to those of the elements
    assert abs(float(truth - found.value)) <= found.bound


def test_layers() -> None:
    layer = nn.Linear(3, 4)
    found = explain.roundoff(lambda v: np.sum(layer(v)), np.ones((2, 3)))
    assert {(entry.operation, entry.is_guess) for entry in found} == {("sum", False), ("affine", False)}


def test_tables() -> None:
    x = Tensor([0.3, 0.4], requires_grad=True, name="x")
    y = np.sin(x)
    y.name = "<b>"
    found = explain.roundoff(np.sum(y * y))
    assert "<b> = sin" in str(found)
    assert "&lt;b&gt; = sin" in found._repr_html_()
    often = explain.roundoff(recurrence, np.array([0.1, 0.2]))
    assert len(often) > 30
    assert len(str(often).splitlines()) < 10  # a line of the program has one row for each operation in it
    assert "multiply ×1" in str(often)


def test_errors_in_words() -> None:
    x = Tensor([0.3, 0.4], requires_grad=True)
    with pytest.raises(ag.ShapeError, match="must be one number"):
        explain.roundoff(x * 2)
    with pytest.raises(ag.GraphError, match="constant"):
        explain.roundoff(Tensor(1.0))
    with pytest.raises(ag.GraphError, match="depends on no floating-point"):
        explain.roundoff(lambda v: 3.0, 1.0)
    with pytest.raises(ag.DtypeError, match="complex"):
        explain.roundoff(lambda v: np.exp(1j * v), 1.0)
    with pytest.raises(ag.StructureError, match="arguments are for a function"):
        explain.roundoff(x, 1.0)


@pytest.mark.parametrize("count", [1, 2, 8, 9, 16, 17, 129, 137, 256, 1001, 8193])
def test_sums_are_bounded_by_the_depth_of_the_pairwise_tree(count: int) -> None:
    random = np.random.default_rng(count)
    samples = (random.normal(size=count), random.uniform(size=count), np.full(count, 0.1))
    for x in (sample.astype(np.float32) for sample in samples):
        found = explain.roundoff(np.sum, x)
        error = abs(float(np.sum(x)) - float(np.sum(x, dtype=np.longdouble)))
        assert error <= found.bound <= 32 * 2.0**-24 * float(np.sum(np.abs(x), dtype=float))


def test_sums_across_the_lines_of_an_array_are_not_pairwise() -> None:
    x = np.random.default_rng(0).uniform(size=(1000, 2)).astype(np.float32)
    bounds = [explain.roundoff(lambda v, axis=axis: np.sum(np.sum(v, axis=axis)), x).bound for axis in (None, 0)]
    assert bounds[1] > 20 * bounds[0]
