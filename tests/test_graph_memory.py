"""What a graph keeps alive: what its rules read, until its sweep, and no longer. No cycles; look-ups stay linear."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor
from autograd_lite.core.cotangents import LazyCotangent
from autograd_lite.core.graph import Node, collect
from autograd_lite.rules import indexing


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    """Switch the cyclic garbage collector off: what dies then died by reference counting."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def leaf(value: Any) -> Tensor:
    return Tensor(np.asarray(value, dtype=float), requires_grad=True)


def saved_arrays(node: Node) -> list[np.ndarray]:
    saved = node.saved if isinstance(node.saved, tuple) else (node.saved,)
    return [value for value in saved if isinstance(value, np.ndarray)]


def kept(outputs: list[Tensor]) -> list[np.ndarray]:
    """Return every array that the graph of some outputs keeps, each once."""
    nodes = collect([out.node for out in outputs if out.node is not None]).order
    return list({id(array): array for node in nodes for array in saved_arrays(node)}.values())


# What is saved

X, Y, M = np.array([0.1, 0.2, 0.3]), np.array([1.5, 2.5, 3.5]), np.eye(3) + 1.0

KEEPS: list[tuple[str, Callable[..., Tensor], list[str]]] = [
    ("x + y", lambda x, y: x + y, []),
    ("x - y", lambda x, y: x - y, []),
    ("x + constant", lambda x, y: x + X, []),
    ("-x", lambda x, y: -x, []),
    ("x * y", lambda x, y: x * y, ["x", "y"]),
    ("x * 2", lambda x, y: x * 2.0, []),
    ("x.sum()", lambda x, y: x.sum(), []),
    ("x.mean()", lambda x, y: x.mean(), []),
    ("x.reshape", lambda x, y: x.reshape(3, 1), []),
    ("x[1:]", lambda x, y: x[1:], []),
    ("concatenate", lambda x, y: np.concatenate([x, y]), []),
    ("stack", lambda x, y: np.stack([x, y]), []),
    ("exp", lambda x, y: np.exp(x), ["out"]),
    ("tanh", lambda x, y: np.tanh(x), ["out"]),
    ("sqrt", lambda x, y: np.sqrt(x), ["out"]),
    ("tan", lambda x, y: np.tan(x), ["out"]),
    ("sin", lambda x, y: np.sin(x), ["x"]),
    ("log", lambda x, y: np.log(x), ["x"]),
    ("x / y", lambda x, y: x / y, ["y", "out"]),
    ("x**3", lambda x, y: x**3, ["x"]),
    ("broadcast_to", lambda x, y: np.broadcast_to(x, (4, 3)), []),
]


@pytest.mark.parametrize(("function", "expected"), [case[1:] for case in KEEPS], ids=[case[0] for case in KEEPS])
def test_an_operation_keeps_what_its_rules_read(function: Callable[..., Tensor], expected: list[str]) -> None:
    x, y = leaf(X), leaf(Y)
    out = function(x, y)
    names = {id(x.data): "x", id(y.data): "y", id(out.data): "out"}
    assert sorted(names.get(id(array), "another") for array in saved_arrays(out.node)) == sorted(expected)


@pytest.mark.parametrize(
    ("function", "constant_kept"),
    [
        (lambda x, c: x @ c, True),
        (lambda x, c: c @ x, True),
        (lambda x, c: x * c[0], True),
        (lambda x, c: np.einsum("i,ij->j", x, c), True),
        (lambda x, c: x / c[0], True),
        (lambda x, c: x + c[0], False),
    ],
)
def test_beside_a_constant_the_tracked_argument_is_not_kept(
    function: Callable[[Tensor, np.ndarray], Tensor], constant_kept: bool
) -> None:
    inner = leaf(X) * 1.0
    out = function(inner, M)
    arrays = saved_arrays(out.node)
    assert not any(np.shares_memory(array, inner.data) for array in arrays)
    assert any(np.shares_memory(array, M) for array in arrays) == constant_kept


def test_matmul_with_a_constant_matrix_lets_the_activation_die() -> None:
    x = leaf(np.ones((3, 3)))
    activation = x + 1.0
    array = weakref.ref(activation.data)
    out = M @ activation
    del activation
    assert array() is None
    out.sum().backward()
    np.testing.assert_allclose(x.grad, M.T @ np.ones((3, 3)))


def test_a_layer_of_tanh_keeps_inputs_and_outputs_only() -> None:
    w, b = leaf(np.eye(3)), leaf(np.zeros(3))
    hidden = Tensor(np.ones((5, 3)))
    layers = []
    for _ in range(4):
        hidden = np.tanh(hidden @ w + b)
        layers.append(hidden)
    elements = sum(array.size for array in kept(layers))
    assert elements == w.size + 5 * 3 * (1 + 4)  # the weights, the first input, four outputs


# When arrays die


@pytest.mark.parametrize("step", [lambda x: x + 1.0, lambda x: -x, np.tanh, np.exp, lambda x: x.reshape(-1), np.sum])
def test_an_unread_input_dies_with_its_tensor(step: Callable[[Tensor], Tensor]) -> None:
    x = leaf(X) + 1.0
    array = weakref.ref(x.data)
    out = step(x)
    if step(Tensor(X)).data.base is None:  # a reshaped view keeps its base itself
        del x
        assert array() is None
    assert out.requires_grad


@pytest.mark.parametrize("step", [np.sin, np.log, np.square, lambda x: x * x])
def test_a_read_input_lives_until_the_sweep_and_no_longer(step: Callable[[Tensor], Tensor]) -> None:
    source = leaf(X)
    x = source + 1.0
    array = weakref.ref(x.data)
    out = step(x).sum()
    del x
    assert array() is not None
    out.backward()
    assert array() is None
    assert source.grad is not None


def test_the_output_of_exp_is_kept_for_its_rule() -> None:
    y = np.exp(leaf(X))
    array = weakref.ref(y.data)
    out = y.sum()
    del y
    assert array() is not None
    out.backward()
    assert array() is None


def test_retain_graph_keeps_saved_arrays_until_the_graph_dies() -> None:
    x = leaf(X) + 1.0
    array = weakref.ref(x.data)
    out = np.sin(x).sum()
    del x
    out.backward(retain_graph=True)
    assert array() is not None
    del out
    assert array() is None


def test_no_grad_keeps_nothing() -> None:
    with ag.no_grad():
        x = leaf(X) + 1.0
        array = weakref.ref(x.data)
        out = np.sin(x)
        del x
    assert array() is None
    assert out.node is None


# No cycles


def program(x: Tensor) -> Tensor:
    y = np.tanh(x @ M) * x + x[[0, 0, 2]]
    return np.concatenate([y, np.exp(-y)]).max() + np.where(y > 0, y, 2 * y).std() + y[1]


@pytest.mark.parametrize("swept", ["not", "backward", "retained"])
def test_a_graph_dies_with_its_output(swept: str) -> None:
    x = leaf(X)
    out = program(x)
    nodes = [weakref.ref(node) for node in collect([out.node]).order]
    arrays = [weakref.ref(array) for array in kept([out]) if array is not x.data and array is not M]
    if swept != "not":
        out.backward(retain_graph=swept == "retained")
    assert len(nodes) > 10
    assert arrays
    del out
    assert not any(node() for node in nodes)
    assert all(array() is None for array in arrays)


def test_a_leaf_dies_with_its_tensor() -> None:
    x = leaf(X)
    node, array = weakref.ref(x.node), weakref.ref(x.data)
    program(x).backward()
    gradient = weakref.ref(x.grad)
    del x
    assert (node(), array(), gradient()) == (None, None, None)


TRANSFORMS: dict[str, Callable[[Callable[..., Any], np.ndarray], Any]] = {
    "grad": lambda f, x: ag.grad(f)(x),
    "value_and_grad": lambda f, x: ag.value_and_grad(f)(x),
    "vjp": lambda f, x: ag.vjp(f, x)[1](1.0),
    "jvp": lambda f, x: ag.jvp(f, (x,), (x,)),
    "linearize": lambda f, x: ag.linearize(f, x)[1](x),
    "hessian": lambda f, x: ag.hessian(f)(x),
    "hvp": lambda f, x: ag.hvp(f, x, x),
    "jacfwd": lambda f, x: ag.jacfwd(f)(x),
    "checkpoint": lambda f, x: ag.grad(ag.checkpoint(f))(x),
    "third": lambda f, x: ag.grad(lambda y: ag.hvp(f, y, x).sum())(x),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_leave_no_node_behind(name: str) -> None:
    nodes: list[weakref.ref[Node]] = []

    def watched(x: Any) -> Any:
        y = np.sin(x) * x
        nodes.append(weakref.ref(y.node))
        return np.tanh(y).sum() * y[0]

    TRANSFORMS[name](watched, X)
    assert nodes
    assert all(node() is None for node in nodes)


def test_a_failing_function_leaves_no_node_behind() -> None:
    nodes: list[weakref.ref[Node]] = []

    def failing(x: Any) -> Any:
        y = np.sin(x)
        nodes.append(weakref.ref(y.node))
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        ag.grad(failing)(X)
    gc.collect()  # the traceback holds the frame
    assert nodes[0]() is None


# Look-ups in O(n)


def test_look_ups_into_one_array_make_one_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    original = np.zeros

    def counting(shape: Any, *args: Any, **kwargs: Any) -> np.ndarray:
        array = original(shape, *args, **kwargs)
        made.append(array.size)
        return array

    n = 500
    x = leaf(np.arange(float(n)))
    total = x[0] * 0.0
    for i in range(n):
        total = total + x[i] * float(i)
    monkeypatch.setattr(indexing.np, "zeros", counting)
    total.backward()
    np.testing.assert_array_equal(x.grad, np.arange(n))
    assert sum(made) <= 2 * n


def test_a_sum_of_many_scatters_is_walked_without_recursion() -> None:
    x = leaf(np.zeros(3))
    total = x[0]
    for _ in range(20_000):
        total = total + x[1]
    total.backward()
    np.testing.assert_array_equal(x.grad, [1.0, 20_000.0, 0.0])


def test_scatters_and_arrays_add_up_in_either_order() -> None:
    x = leaf([1.0, 2.0, 3.0])
    ((x * x).sum() + x[0] + x[1:].sum() + (2 * x).sum() + x[[0, 0, 2]].sum()).backward()
    np.testing.assert_array_equal(x.grad, 2 * np.array([1.0, 2.0, 3.0]) + 2 + [1, 1, 1] + [2, 0, 1])


def test_a_lazy_sum_remembers_its_parts_in_order() -> None:
    first, second, third = (indexing.Scatter(np.float64(i), (i,), (3,), 0) for i in range(3))
    total = (first + second) + (third + np.ones(3))
    assert isinstance(total, LazyCotangent)
    assert total.parts()[:3] == [first, second, third]
    np.testing.assert_array_equal(total.materialize(), [1.0, 2.0, 3.0])


# Checkpoint: less is kept


def block(x: Any) -> Any:
    for _ in range(10):
        x = np.sin(x) * 1.5
    return x


def test_a_checkpointed_block_keeps_its_input_only() -> None:
    x = leaf(X)
    plain, thrifty = block(x), ag.checkpoint(block)(x)
    assert len(kept([plain])) == 10
    assert [id(array) for array in kept([thrifty])] == [id(x.data)]
    np.testing.assert_array_equal(plain.data, thrifty.data)


def test_the_intermediate_arrays_of_a_checkpointed_block_die_at_once() -> None:
    arrays: list[weakref.ref[np.ndarray]] = []

    def watched(x: Any) -> Any:
        for _ in range(5):
            x = np.sin(x)
            arrays.append(weakref.ref(x.data))
        return x * 2.0

    x = leaf(X)
    out = ag.checkpoint(watched)(x).sum()
    assert len(arrays) == 5
    assert all(array() is None for array in arrays)
    out.backward()
    assert len(arrays) == 10
    assert all(array() is None for array in arrays)
    reference = ag.grad(lambda x: watched(x).sum())(X)
    np.testing.assert_array_equal(x.grad, reference)


@pytest.mark.parametrize("kind", ["custom_vjp", "checkpoint"])
def test_saved_inputs_and_residuals_are_released_by_the_sweep(kind: str) -> None:
    if kind == "custom_vjp":
        function = ag.custom_vjp(lambda x: np.sin(x))
        function.defvjp(lambda x: (np.sin(x), np.cos(x)), lambda cosine, g: (g * cosine,))
    else:
        function = ag.checkpoint(np.sin)
    x = leaf(X) + 1.0
    array = weakref.ref(x.data)
    out = function(x).sum()
    del x
    out.backward()
    assert array() is None
