"""Dask arrays: a regression's value and gradient as one lazy graph, computed once, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")

ROWS, FEATURES, CHUNK = 60, 4, 20


class ComputedError(AssertionError):
    """Raised where something computes while only a graph was to be built."""


@pytest.fixture
def no_compute() -> Iterator[None]:
    """Have any computation inside of the test raise."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise ComputedError("a Dask graph was computed while it was being built")

    with dask.config.set(scheduler=refuse):
        yield


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.float64]:
    """Return a design matrix, a binary response, and parameters."""
    rng = np.random.default_rng(20)
    x = rng.normal(size=(ROWS, FEATURES))
    y = (x @ np.array([1.0, -2.0, 0.5, 0.0]) + rng.normal(size=ROWS) > 0).astype(float)
    return x, y, rng.normal(size=FEATURES), np.float64(0.3)


def chunked(*arrays: np.ndarray) -> list[Any]:
    """Return the arrays in chunks of rows."""
    return [da.from_array(a, chunks=(CHUNK, *a.shape[1:])) for a in arrays]


def squares(weights: Any, bias: Any, x: Any, y: Any) -> Any:
    """Return half the mean squared residual."""
    return np.mean((x @ weights + bias - y) ** 2) / 2


def logistic(weights: Any, bias: Any, x: Any, y: Any) -> Any:
    """Return the mean negative log-likelihood of a logistic regression, with a ridge penalty."""
    z = x @ weights + bias
    return np.mean(np.logaddexp(0, z) - y * z) + 0.01 * np.sum(weights * weights)


def absolute(weights: Any, bias: Any, x: Any, y: Any) -> Any:
    """Return a smoothed sum of absolute residuals, by functions that move and select."""
    r = np.reshape(x @ weights + bias - y, (3, -1))
    return np.sum(np.where(np.abs(r) < 1, r * r / 2, np.abs(r) - 0.5), axis=1)[0] + np.max(r.T)


LOSSES = pytest.mark.parametrize("loss", [squares, logistic, absolute], ids=lambda loss: loss.__name__)


def is_lazy(value: Any) -> bool:
    """Say whether a value is a Dask array that nothing has computed."""
    return isinstance(value, da.Array)


@LOSSES
def test_value_and_gradient_are_lazy_and_right(loss: Any) -> None:
    x, y, weights, bias = data()
    value, (by_weights, by_bias) = ag.value_and_grad(loss, (0, 1))(weights, bias, *chunked(x, y))
    assert is_lazy(value)
    assert is_lazy(by_weights)
    assert is_lazy(by_bias)
    assert by_weights.shape == weights.shape
    found = dask.compute(value, by_weights, by_bias)
    wanted, gradient = ag.value_and_grad(loss, (0, 1))(weights, bias, x, y)
    for a, b in zip(found, (wanted, *gradient), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@LOSSES
@pytest.mark.usefixtures("no_compute")
def test_nothing_is_computed_while_the_graph_is_built(loss: Any) -> None:
    x, y, weights, bias = data()
    value, gradient = ag.value_and_grad(loss, (0, 1))(weights, bias, *chunked(x, y))
    assert is_lazy(value)
    assert all(is_lazy(g) for g in gradient)


def test_the_fixture_catches_a_computation(no_compute: None) -> None:
    with pytest.raises(ComputedError):
        chunked(np.ones(ROWS))[0].sum().compute()


@LOSSES
def test_parameters_may_be_dask_arrays_too(loss: Any) -> None:
    x, y, weights, bias = data()
    gradient = ag.grad(loss)(da.from_array(weights), bias, *chunked(x, y))
    assert is_lazy(gradient)
    np.testing.assert_allclose(gradient.compute(), ag.grad(loss)(weights, bias, x, y), rtol=1e-12)


@pytest.mark.usefixtures("no_compute")
def test_backward_of_a_tensor_is_lazy() -> None:
    x, y, weights, bias = data()
    parameters = ag.Tensor(weights, requires_grad=True)
    squares(parameters, bias, *chunked(x, y)).backward()
    assert is_lazy(parameters.grad)


@pytest.mark.parametrize("loss", [squares, logistic], ids=lambda loss: loss.__name__)
def test_hessian_vector_product_is_lazy_and_right(loss: Any) -> None:
    x, y, weights, bias = data()
    direction = np.array([1.0, -1.0, 2.0, 0.5])

    def product(x: Any, y: Any) -> Any:
        return ag.grad(lambda w: np.sum(ag.grad(loss)(w, bias, x, y) * direction))(weights)

    found = product(*chunked(x, y))
    assert is_lazy(found)
    np.testing.assert_allclose(found.compute(), product(x, y), rtol=1e-11)


@pytest.mark.parametrize("loss", [squares, logistic], ids=lambda loss: loss.__name__)
def test_tangent_is_lazy_and_right(loss: Any) -> None:
    x, y, weights, bias = data()
    direction = np.array([1.0, -1.0, 2.0, 0.5])
    _, tangent = ag.jvp(lambda w: loss(w, bias, *chunked(x, y)), (weights,), (direction,))
    assert is_lazy(tangent)
    wanted = ag.grad(loss)(weights, bias, x, y) @ direction
    np.testing.assert_allclose(tangent.compute(), wanted, rtol=1e-12)


def test_gradient_descent_over_chunks_reaches_the_least_squares_solution() -> None:
    x, y, weights, bias = data()
    lazy = chunked(x, y)
    step = ag.grad(squares, (0, 1))
    for _ in range(60):
        by_weights, by_bias = dask.compute(*step(weights, bias, *lazy))
        weights, bias = weights - 0.5 * by_weights, bias - 0.5 * by_bias
    exact = np.linalg.lstsq(np.column_stack([x, np.ones(ROWS)]), y, rcond=None)[0]
    np.testing.assert_allclose([*weights, bias], exact, atol=1e-6)
