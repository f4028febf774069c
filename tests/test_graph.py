"""What a graph gives: accumulation, errors, depth and width, reuse, dtypes, names."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor


def leaf(value: Any, **options: Any) -> Tensor:
    return Tensor(np.asarray(value, dtype=options.pop("dtype", float)), requires_grad=True, **options)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Switch the cyclic garbage collector off: what dies then died by reference counting."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


# Accumulation


def test_backward_adds_to_the_gradient_that_is_there() -> None:
    x = leaf([1.0, 2.0])
    (x * x).sum().backward()
    (3 * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [5.0, 7.0])
    x.zero_grad()
    assert x.grad is None
    (3 * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])


def test_accumulating_does_not_write_into_the_array_the_user_holds() -> None:
    x = leaf([1.0, 2.0])
    (x * x).sum().backward()
    first = x.grad
    (x * x).sum().backward()
    np.testing.assert_array_equal(first, [2.0, 4.0])
    np.testing.assert_array_equal(x.grad, [4.0, 8.0])


def test_only_leaves_get_a_gradient() -> None:
    x = leaf([1.0, 2.0])
    y = x * x
    constant = Tensor([5.0, 6.0])
    (y * constant).sum().backward()
    np.testing.assert_array_equal(x.grad, [10.0, 24.0])
    assert y.grad is None
    assert constant.grad is None


def test_a_leaf_that_was_not_used_gets_no_gradient() -> None:
    x, unused = leaf(1.0), leaf(2.0)
    (x * 2).backward()
    assert unused.grad is None


def test_backward_of_a_leaf_itself_gives_the_cotangent() -> None:
    x, seed = leaf([1.0, 2.0]), np.array([3.0, 4.0])
    x.backward(seed)
    np.testing.assert_array_equal(x.grad, seed)
    assert not np.shares_memory(x.grad, seed)
    x.backward(seed)
    np.testing.assert_array_equal(x.grad, 2 * seed)


def test_the_gradient_can_be_set_on_leaves_only() -> None:
    x = leaf([1.0, 2.0])
    x.grad = np.array([1.0, 1.0])
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0, 5.0])
    with pytest.raises(ag.AutogradLiteError, match="shape"):
        x.grad = np.ones(3)
    with pytest.raises(ag.AutogradLiteError, match="leaf"):
        (x * x).grad = np.ones(2)


# The cotangent


def test_a_tensor_of_size_one_needs_no_cotangent() -> None:
    x = leaf([[3.0]])
    (x * x).backward()
    np.testing.assert_array_equal(x.grad, [[6.0]])


def test_more_elements_need_a_cotangent() -> None:
    x = leaf([1.0, 2.0])
    with pytest.raises(ag.ShapeError, match=r"\(2,\).*cotangent"):
        (x * x).backward()
    assert x.grad is None
    (x * x).backward([1.0, 10.0])
    np.testing.assert_array_equal(x.grad, [2.0, 40.0])


@pytest.mark.parametrize("cotangent", [np.ones(3), np.ones((1, 2)), np.ones(()), 1.0, [[1.0, 2.0]]])
def test_a_cotangent_of_another_shape_is_refused(cotangent: Any) -> None:
    x = leaf([1.0, 2.0])
    with pytest.raises(ag.ShapeError, match=r"\(2,\)"):
        (x * x).backward(cotangent)
    assert x.grad is None


@pytest.mark.parametrize("cotangent", ["ones", {}, object()])
def test_a_cotangent_that_is_no_array_is_refused(cotangent: Any) -> None:
    x = leaf([1.0, 2.0])
    with pytest.raises(TypeError, match="backward"):
        (x * x).backward(cotangent)


def test_a_complex_cotangent_is_refused() -> None:
    with pytest.raises(ag.DtypeError, match="real part"):
        leaf([1.0]).backward(np.array([1j]))


def test_an_integer_cotangent_is_converted() -> None:
    x = leaf([1.0, 2.0], dtype=np.float32)
    (x * x).backward(np.array([1, 2]))
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad, [2.0, 8.0])


def test_a_constant_tensor_as_cotangent_gives_an_array() -> None:
    x = leaf([1.0, 2.0])
    (x * x).backward(Tensor([1.0, 2.0]))
    assert type(x.grad) is np.ndarray


# What has no graph


def test_backward_of_a_constant_says_so() -> None:
    x = leaf(2.0)
    with ag.no_grad():
        unrecorded = x * x
    for constant in (Tensor(1.0), unrecorded, (x * x).detach(), ag.stop_gradient(x * x)):
        with pytest.raises(ag.GraphError, match="constant"):
            constant.backward()


def test_a_second_backward_says_that_the_graph_was_released() -> None:
    x = leaf(2.0)
    y = x * x
    y.backward()
    with pytest.raises(ag.GraphFreedError, match="retain_graph=True"):
        y.backward()
    assert x.grad == 4.0


@pytest.mark.parametrize("use", [lambda s: s + 1, lambda s: s * s, lambda s: s[()], np.sin])
def test_a_shared_part_is_released_with_the_first_graph(use: Callable[[Tensor], Tensor]) -> None:
    x = leaf(2.0)
    shared = x + 1
    (shared * 3).backward()
    with pytest.raises(ag.GraphFreedError, match="add"):
        use(shared).backward()


def test_a_retained_graph_runs_again() -> None:
    x = leaf(2.0)
    y = x * x * x
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad == 36.0
    with pytest.raises(ag.GraphFreedError):
        y.backward()


def test_create_graph_gives_gradients_that_can_be_differentiated_again() -> None:
    x = leaf(2.0)
    y = x**4
    y.backward(create_graph=True)
    first = x.grad
    assert isinstance(first, Tensor)
    assert first.item() == 32.0
    x.zero_grad()
    first.backward(create_graph=True)
    second = x.grad
    assert second.item() == 48.0
    x.zero_grad()
    second.backward()
    assert x.grad == 48.0  # the third derivative, 24 x
    assert not isinstance(x.grad, Tensor)


def test_create_graph_works_under_no_grad() -> None:
    x = leaf(3.0)
    y = x * x
    with ag.no_grad():
        y.backward(create_graph=True)
    assert x.grad.requires_grad


def test_a_superseded_leaf_is_reported() -> None:
    x = leaf([1.0, 2.0], name="weight")
    y = (x * x).sum()
    x.node.superseded = True
    with pytest.raises(ag.SupersededError, match="weight"):
        y.backward()


def test_detaching_shares_values_and_stops_gradients() -> None:
    x = leaf([1.0, 2.0])
    cut = x.detach()
    assert not cut.requires_grad
    assert np.shares_memory(cut.data, x.data)
    (x * cut).sum().backward()
    np.testing.assert_array_equal(x.grad, [1.0, 2.0])


# Depth, width, reuse

DEPTH = 200_000


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("step", [lambda y: y + 1.0, lambda y: y * 1.0, np.sin, lambda y: y[...]])
def test_a_deep_chain_differentiates_and_is_freed(step: Callable[[Tensor], Tensor]) -> None:
    x = leaf(0.0)
    y = x
    for _ in range(DEPTH):
        y = step(y)
    y.backward()
    assert x.grad == 1.0
    del y


@pytest.mark.usefixtures("no_collector")
def test_a_deep_chain_that_was_never_differentiated_is_freed() -> None:
    y = leaf([1.0])
    for _ in range(DEPTH):
        y = y * 1.0
    del y


def test_ten_thousand_uses_of_one_leaf() -> None:
    x = leaf([1.0, 2.0])
    parts = [x * float(i) for i in range(10_000)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    total.sum().backward()
    np.testing.assert_array_equal(x.grad, [49_995_000.0] * 2)


def test_a_tower_of_diamonds_is_linear_in_nodes() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(60):
        y = y + y  # 2**60 paths
    y.backward()
    assert x.grad == 2.0**60


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (lambda x: x * x, 6.0),
        (lambda x: x + x, 2.0),
        (lambda x: x - x, 0.0),
        (lambda x: x / x, 0.0),
        (lambda x: x**x, 27 * (1 + np.log(3.0))),
        (lambda x: np.maximum(x, x), 1.0),
        (lambda x: np.where(True, x, x), 1.0),
        (lambda x: np.hypot(x, x), np.sqrt(2.0)),
        (lambda x: np.stack([x, x, x]).sum(), 3.0),
        (lambda x: (lambda a: (a * a + a) * a)(x + 1), 3 * 16 + 2 * 4),
    ],
)
def test_the_same_input_twice(function: Callable[[Tensor], Tensor], slope: float) -> None:
    x = leaf(3.0)
    function(x).backward()
    np.testing.assert_allclose(x.grad, slope, rtol=1e-14, atol=1e-14)


def test_the_same_array_in_matmul_twice() -> None:
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    x = leaf(a)
    (x @ x).backward(np.ones((2, 2)))
    np.testing.assert_allclose(x.grad, np.ones((2, 2)) @ a.T + a.T @ np.ones((2, 2)))


# Dtypes


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * np.arange(3.0),
        lambda x: np.arange(3.0) / (x + 1),
        lambda x: x * np.float64(2.0),
        lambda x: x @ np.arange(3.0),
        lambda x: np.concatenate([x, np.arange(3.0)]),
        lambda x: x * 2 + 1.5,
        lambda x: np.where(x.data > 1, x, np.arange(3.0)),
        lambda x: x[[0, 1]] * np.arange(2.0),
        lambda x: x.astype(np.float64) * 3.0,
        lambda x: np.maximum(x, np.arange(3.0)),
    ],
)
def test_a_float32_leaf_gets_a_float32_gradient(function: Callable[[Tensor], Tensor]) -> None:
    x = leaf([0.5, 1.5, 2.5], dtype=np.float32)
    function(x).sum().backward()
    assert x.grad.dtype == np.float32
    assert x.grad.shape == (3,)


def test_mixed_dtypes_give_each_leaf_its_own() -> None:
    narrow, wide = leaf([1.0, 2.0], dtype=np.float32), leaf([3.0, 4.0])
    (narrow * wide + narrow).sum().backward()
    assert (narrow.grad.dtype, wide.grad.dtype) == (np.float32, np.float64)
    np.testing.assert_array_equal(narrow.grad, [4.0, 5.0])


def test_names_are_shown() -> None:
    x = leaf([1.0], name="weight")
    assert x.name == "weight"
    assert "weight" in repr(x)
    assert x.node.name == "weight"
    x.name = "bias"
    assert "bias" in repr(x)
    assert "bias" in repr(x.node)
