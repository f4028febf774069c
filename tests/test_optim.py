"""Optimisers: PyTorch's numbers, flat buffers, and leaves that in-place updates supersede."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor, nn, optim
from autograd_lite.optim.blocks import CHUNK

START: dict[str, Any] = {"a": [0.5, -1.0, 2.0], "b": [[0.3, -0.7], [1.1, 0.2]], "c": 0.4}


def leaves() -> list[Tensor]:
    return [Tensor(value, requires_grad=True, name=name) for name, value in START.items()]


def elements(parameters: list[Tensor]) -> np.ndarray:
    return np.concatenate([p.data for p in parameters], axis=None)


def make(name: str, parameters: Any, options: dict[str, Any]) -> optim.Optimizer:
    return getattr(optim, name)(parameters, **options)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"lr": 0.1}),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}),
        ("Adam", {}),
        ("AdamW", {}),
        ("NAdam", {}),
        ("RAdam", {}),
        ("Adagrad", {}),
        ("Adadelta", {}),
        ("Adamax", {}),
        ("RMSprop", {"momentum": 0.9, "centered": True}),
    ],
    ids=str,
)
def test_large_parameters_against_pytorch(name: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    chunk = CHUNK // 8
    start = [rng.normal(size=size) for size in (5, 2 * chunk + 7, (2, chunk // 4), chunk // 2 + 1, chunk)]
    ours = [Tensor(value, requires_grad=True) for value in start]
    theirs = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in start]
    optimizer, other = make(name, ours, options), getattr(torch.optim, name)(theirs, **options)
    for _ in range(5):
        for mine, its in zip(ours, theirs, strict=True):
            gradient = rng.normal(size=mine.shape)
            mine.grad, its.grad = gradient, torch.tensor(gradient)
        optimizer.step()
        other.step()
    for mine, its in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine.data, its.detach().numpy(), rtol=1e-12, atol=1e-13)


# Flat buffers


def test_small_parameters_are_views_of_one_array_before_and_after_steps() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    before = elements(model.parameters())
    optimizer = optim.Adam(model.parameters())
    np.testing.assert_array_equal(elements(model.parameters()), before)
    for _ in range(3):
        base = model.parameters()[0].data.base
        assert all(p.data.base is base for p in model.parameters())
        nn.mse_loss(model(np.ones((5, 3))), np.zeros((5, 2))).backward()
        optimizer.step()
    assert np.all(elements(model.parameters()) != before)


def test_each_dtype_has_its_own_array() -> None:
    parameters = [Tensor(np.ones(3, dtype), requires_grad=True) for dtype in ("f4", "f8", "f4")]
    optimizer = optim.SGD(parameters, lr=1.0)
    for p in parameters:
        p.grad = np.full(3, 0.25, p.dtype)
    optimizer.step()
    assert [p.dtype for p in parameters] == [np.dtype(d) for d in ("f4", "f8", "f4")]
    assert all(np.all(p.data == 0.75) for p in parameters)


def test_the_gradient_is_not_changed_by_a_step() -> None:
    for size in (3, CHUNK):
        x = Tensor(np.ones(size), requires_grad=True)
        for optimizer in (
            optim.Adam([x]),
            optim.SGD([x], lr=0.1),
            optim.SGD([x], lr=0.1, momentum=0.5, nesterov=True, weight_decay=0.1),
            optim.Lion([x], weight_decay=0.1),
            optim.RAdam([x]),
            optim.Adadelta([x], maximize=True),
        ):
            x.grad = np.full(size, 0.5)
            optimizer.step()
            np.testing.assert_array_equal(x.grad, np.full(size, 0.5))


def test_values_written_by_the_user_are_taken_over() -> None:
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor(3.0, requires_grad=True)
    optimizer = optim.SGD([x, y], lr=0.5)
    x.data[...] = 10.0  # into the view
    y.data = np.float64(20.0)  # in its place
    x.grad, y.grad = np.ones(2), np.float64(1.0)
    optimizer.step()
    np.testing.assert_array_equal(x.data, [9.5, 9.5])
    assert y.data == 19.5
    x.data = np.array([0.0, 1.0])
    optimizer.step()
    np.testing.assert_array_equal(x.data, [-0.5, 0.5])


@pytest.mark.parametrize("data", [np.zeros(3), np.zeros(2, np.float32), [0.0, 0.0]], ids=repr)
def test_an_array_of_another_shape_or_dtype_is_refused(data: Any) -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, name="weights")
    optimizer = optim.SGD([x], lr=0.5)
    x.data, x.grad = data, np.ones(2) if np.shape(data) == (2,) and not isinstance(data, list) else None
    with pytest.raises(ag.ShapeError, match=r"'weights' of shape \(2,\) and dtype float64 was replaced by"):
        optimizer.step()


def test_two_optimisers_may_share_parameters() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    first, second = optim.SGD([x], lr=0.5), optim.SGD([x], lr=0.25)
    x.grad = np.ones(2)
    for optimizer in (first, second, first):
        optimizer.step()
    np.testing.assert_array_equal(x.data, [-0.25, 0.75])


def test_a_deep_copy_trains_on_its_own() -> None:
    model = nn.Linear(2, 1)
    optimizer = optim.Adam(model.parameters(), lr=0.1)

    def train(model: nn.Linear, optimizer: optim.Optimizer) -> np.ndarray:
        optimizer.zero_grad()
        nn.mse_loss(model(np.ones((3, 2))), np.zeros((3, 1))).backward()
        optimizer.step()
        return elements(model.parameters())

    train(model, optimizer)
    before = elements(model.parameters())
    other_model, other_optimizer = copy.deepcopy((model, optimizer))
    moved = [train(other_model, other_optimizer) for _ in range(3)][-1]
    np.testing.assert_array_equal(elements(model.parameters()), before)
    np.testing.assert_array_equal([train(model, optimizer) for _ in range(3)][-1], moved)


# Leaves


def test_a_graph_from_before_the_step_refuses_a_sweep() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    optimizer = optim.SGD([x], lr=0.1)
    loss = np.sum(x * x)
    loss.backward(retain_graph=True)
    optimizer.step()
    with pytest.raises(ag.SupersededError, match="'x'"):
        loss.backward()
    optimizer.zero_grad()
    np.sum(x * x).backward()
    np.testing.assert_allclose(x.grad, [1.6, 3.2])


def test_a_parameter_that_was_not_updated_is_not_superseded() -> None:
    x, y = Tensor([1.0], requires_grad=True), Tensor([2.0], requires_grad=True)
    optimizer = optim.SGD([x, y], lr=0.1)
    (x * x).backward()
    product = y * y
    optimizer.step()
    product.backward()
    np.testing.assert_array_equal(y.grad, [4.0])
    np.testing.assert_array_equal(y.data, [2.0])


def test_name_gradient_and_hooks_survive_a_step() -> None:
    x = Tensor([1.0], requires_grad=True, name="weights")
    seen = []
    x.register_hook(lambda g: seen.append(float(g[0])))
    optimizer = optim.SGD([x], lr=0.25)
    for _ in range(2):
        optimizer.zero_grad()
        (x * x).backward()
        optimizer.step()
    assert seen == [2.0, 1.0]
    assert x.name == x.node.name == "weights"  # type: ignore[union-attr]
    np.testing.assert_array_equal(x.grad, [1.0])
    assert x.is_leaf


def test_gradients_that_are_tensors() -> None:
    x = Tensor([3.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=0.5)
    (x * x).backward(create_graph=True)
    assert isinstance(x.grad, Tensor)
    optimizer.step()
    np.testing.assert_array_equal(x.data, [0.0])


def test_a_step_without_any_gradient_is_refused() -> None:
    parameters = leaves()
    optimizer = optim.Adam(parameters, weight_decay=0.1)
    before = elements(parameters)
    with pytest.raises(ag.GraphError, match=r"Adam.step\(\): none of the 3 parameters has a gradient"):
        optimizer.step()
    np.testing.assert_array_equal(elements(parameters), before)


def test_learning_rate_may_change_between_steps() -> None:
    x = Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=0.5)
    x.grad = np.ones(1)
    optimizer.step()
    optimizer.lr = 0.125
    optimizer.step()
    assert x.data[0] == 0.375


def test_decay_after_adam_is_decoupled() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    start = rng.normal(size=5)
    x, y = Tensor(start, requires_grad=True), torch.tensor(start, requires_grad=True)
    ours = optim.Optimizer([x], lr=0.01, rules=[optim.ScaleByAdam(), optim.WeightDecay(0.1)])
    theirs = torch.optim.AdamW([y], lr=0.01, weight_decay=0.1)
    for _ in range(100):
        gradient = rng.normal(size=5)
        x.grad, y.grad = gradient, torch.tensor(gradient)
        ours.step()
        theirs.step()
    np.testing.assert_allclose(x.data, y.detach().numpy(), rtol=1e-12)


# Bad input


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ([], ag.StructureError, "got no parameters"),
        (Tensor(1.0, requires_grad=True), ag.StructureError, "got a Tensor"),
        ({"w": Tensor(1.0, requires_grad=True)}, ag.StructureError, "got a dict"),
        (nn.Linear(1, 1), ag.StructureError, r"model.parameters\(\)"),
        ([np.ones(2)], ag.GraphError, "number 0 is a ndarray"),
        ([Tensor(1.0, requires_grad=True), Tensor(1.0)], ag.GraphError, "number 1 is Tensor"),
        ([Tensor(1.0, requires_grad=True) * 2.0], ag.GraphError, "Only tracked leaves"),
        ([Tensor(1.0, requires_grad=True)] * 2, ag.StructureError, "given twice"),
    ],
)
def test_refused_parameters(parameters: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        optim.SGD(parameters, lr=0.1)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("SGD", {"lr": -1.0}, r"SGD\(lr=-1.0\): a number in \[0, ∞\)"),
        ("SGD", {"lr": float("nan")}, "lr=nan"),
        ("SGD", {"lr": "fast"}, "lr='fast'"),
        ("SGD", {"lr": Tensor(0.1)}, r"lr=Tensor\(0.1"),
        ("SGD", {"lr": 0.1, "momentum": 1.0}, r"momentum=1.0\): a number in \[0, 1\)"),
        ("SGD", {"lr": 0.1, "nesterov": True}, "momentum > 0"),
        ("SGD", {"lr": 0.1, "weight_decay": -0.1}, "weight_decay=-0.1"),
        ("Adam", {"betas": (0.9, 1.0)}, r"betas\[1\]=1.0"),
        ("Adam", {"eps": -1e-8}, "eps=-1e-08"),
    ],
)
def test_refused_options(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(name, leaves(), options)


def test_a_loss_in_place_of_a_closure() -> None:
    x = Tensor(1.0, requires_grad=True)
    loss = x * x
    loss.backward()
    with pytest.raises(TypeError, match=r"step\(closure\): a function .* After loss.backward\(\), step\(\) needs no"):
        optim.SGD([x], lr=0.1).step(loss)  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", [optim.Momentum, np.sign, 0.9])
def test_what_is_no_update_rule(rule: Any) -> None:
    with pytest.raises(TypeError, match=r"Optimizer\(rules=...\) got .*update rules are needed"):
        optim.Optimizer(leaves(), lr=0.1, rules=[rule])
    assert "Momentum" in repr(optim.Optimizer(leaves(), lr=0.1, rules=optim.Momentum(0.9)))


def test_repr() -> None:
    text = repr(optim.SGD(leaves(), lr=0.1, momentum=0.9))
    assert text == "SGD(3 parameters of 8 elements, lr=0.1, Momentum(momentum=0.9, nesterov=False, dampening=0.0))"


def test_public_names() -> None:
    assert all(hasattr(optim, name) for name in optim.__all__)
