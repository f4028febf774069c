"""Groups of parameters, hyperparameters that change, parameters without gradients, and states that are stored."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor, nn, optim

OPTIMISERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01}),
    ("Adagrad", {"initial_accumulator_value": 0.1}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("Adadelta", {}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
    ("Adamax", {}),
    ("NAdam", {}),
    ("RAdam", {}),
    ("Lion", {"weight_decay": 0.1}),
]

every = pytest.mark.parametrize(("name", "options"), OPTIMISERS, ids=str)


def leaves(dtype: str = "f8") -> list[Tensor]:
    rng = np.random.default_rng(1)
    return [Tensor(rng.normal(size=shape).astype(dtype), requires_grad=True) for shape in ((3, 2), (), (4,))]


def values(parameters: list[Tensor]) -> np.ndarray:
    return np.concatenate([p.data for p in parameters], axis=None)


def train(optimizer: optim.Optimizer, steps: range, gaps: bool = True) -> np.ndarray:
    """Take steps on gradients that depend on the step and the parameters only; return the parameters."""
    for step in steps:
        optimizer.zero_grad()
        for index, p in enumerate(optimizer.parameters):
            if not (gaps and (step + index) % 3 == 0):
                p.grad = (0.1 * p.data + np.random.default_rng((step, index)).normal(size=p.shape)).astype(p.dtype)
        optimizer.step()
    return values(optimizer.parameters)


def through_json(state: Any) -> Any:
    """Store a state as text, arrays as lists, as a careless checkpoint might."""
    return json.loads(json.dumps(state, default=lambda value: np.asarray(value).tolist()))


# States


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("store", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s)), through_json])
@every
def test_a_loaded_state_goes_on_to_the_bit(
    name: str, options: dict[str, Any], store: Callable[[Any], Any], dtype: str
) -> None:
    optimizer = getattr(optim, name)(leaves(dtype), **options)
    train(optimizer, range(7))
    state = store(optimizer.state_dict())
    parameters = [Tensor(p.data, requires_grad=True) for p in optimizer.parameters]
    wanted = train(optimizer, range(7, 14))
    other = getattr(optim, name)(parameters, lr=123.0)
    other.load_state_dict(state)
    assert other.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    np.testing.assert_array_equal(train(other, range(7, 14)), wanted)
    assert np.all(wanted != values(leaves(dtype)))


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
@every
def test_copies_and_pickles_go_on_to_the_bit(name: str, options: dict[str, Any], clone: Callable[[Any], Any]) -> None:
    optimizer = getattr(optim, name)(leaves(), **options)
    train(optimizer, range(7))
    twin = clone(optimizer)
    wanted = train(optimizer, range(7, 14))
    np.testing.assert_array_equal(train(twin, range(7, 14)), wanted)
    assert not any(np.shares_memory(a.data, b.data) for a, b in zip(optimizer.parameters, twin.parameters, strict=True))


def test_a_state_has_pytorchs_form() -> None:
    torch = pytest.importorskip("torch")
    for name, options in OPTIMISERS:
        if name == "Lion" or options == {"lr": 0.1}:  # not in PyTorch; and PyTorch counts no steps of plain descent
            continue
        optimizer = getattr(optim, name)(leaves(), **options)
        theirs = [torch.tensor(p.data, requires_grad=True) for p in optimizer.parameters]
        other = getattr(torch.optim, name)(theirs, **options)
        train(optimizer, range(3), gaps=False)
        for p in theirs:
            p.grad = torch.ones_like(p)
        other.step()
        ours, its = optimizer.state_dict(), other.state_dict()
        assert set(ours["state"]) == set(its["state"])
        assert set(ours["state"][0]) - {"step"} == set(its["state"][0]) - {"step"}
        assert ours["param_groups"][0]["params"] == its["param_groups"][0]["params"]


@every
def test_pytorchs_state_is_taken_over(name: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    if name == "Lion":
        return
    parameters = leaves()
    theirs = [torch.tensor(p.data, requires_grad=True) for p in parameters]
    other = getattr(torch.optim, name)(theirs, **options)
    rng = np.random.default_rng(3)

    def step(*optimizers: Any) -> None:
        for mine, its in zip(parameters, theirs, strict=True):
            gradient = rng.normal(size=mine.shape)
            mine.grad, its.grad = gradient, torch.tensor(gradient)
        for optimizer in optimizers:
            optimizer.step()

    for _ in range(5):
        step(other)
    optimizer = getattr(optim, name)(parameters, lr=1.0)
    for mine, its in zip(parameters, theirs, strict=True):
        mine.data = its.detach().numpy().copy()[()]
    optimizer.load_state_dict(other.state_dict())
    for _ in range(5):
        step(optimizer, other)
    for mine, its in zip(parameters, theirs, strict=True):
        np.testing.assert_allclose(mine.data, its.detach().numpy(), rtol=1e-12)


def test_a_state_is_a_copy() -> None:
    optimizer = optim.Adam(leaves())
    train(optimizer, range(1), gaps=False)
    state = optimizer.state_dict()
    before = copy.deepcopy(state)
    train(optimizer, range(1, 2), gaps=False)
    np.testing.assert_array_equal(state["state"][0]["exp_avg"], before["state"][0]["exp_avg"])
    other = optim.Adam(leaves())
    other.load_state_dict(state)
    train(other, range(1), gaps=False)
    np.testing.assert_array_equal(state["state"][0]["exp_avg"], before["state"][0]["exp_avg"])


def test_a_state_of_something_else_is_refused_and_changes_nothing() -> None:
    optimizer = optim.Adam(leaves(), lr=0.5)
    train(optimizer, range(2), gaps=False)
    before = optimizer.state_dict()

    def refused(state: Any, message: str) -> None:
        with pytest.raises(ag.StructureError, match=message):
            optimizer.load_state_dict(state)
        after = optimizer.state_dict()
        assert after["param_groups"] == before["param_groups"]
        for position, memory in before["state"].items():
            for name, value in memory.items():
                np.testing.assert_array_equal(after["state"][position][name], value)

    refused({}, '"state" and "param_groups"')
    refused(optim.Adam(leaves()[:2]).state_dict(), r"\[3\] parameters, and those of the state \[2\]")
    momentum = optim.SGD(leaves(), lr=0.1, momentum=0.9)
    train(momentum, range(1), gaps=False)
    refused(momentum.state_dict(), r"mismatch.*\n.*group 0 has no 'betas'")
    other = optim.Adam([Tensor(np.zeros(4), requires_grad=True) for _ in range(3)])
    train(other, range(1), gaps=False)
    refused(other.state_dict(), r"4 mismatch(.|\n)*'exp_avg' of parameter 0 has shape \(4,\), and \(3, 2\) is needed")
    state = copy.deepcopy(before)
    del state["state"][1]["exp_avg_sq"]
    state["state"][2]["speed"] = 1.0
    refused(state, r"parameter 1 has no 'exp_avg_sq'(.|\n)*parameter 2 has 'speed', which these rules do not remember")


def test_a_composed_optimiser_stores_its_state() -> None:
    rules = [optim.Momentum(0.5), optim.Momentum(0.9), optim.ScaleByNAdam()]
    optimizer = optim.Optimizer(leaves(), lr=0.1, rules=rules)
    train(optimizer, range(3))
    state = through_json(optimizer.state_dict())
    assert {"momentum_buffer", "momentum_buffer.2", "mu_product"} < set(state["state"]["0"])
    other = optim.Optimizer([Tensor(p.data, requires_grad=True) for p in optimizer.parameters], 0.2, rules)
    other.load_state_dict(state)
    np.testing.assert_array_equal(train(other, range(3, 6)), train(optimizer, range(3, 6)))
    with pytest.raises(ag.StructureError, match="the rules of group 0 are"):
        optim.Optimizer(leaves(), 0.2, rules[:1]).load_state_dict(state)


# Groups


def test_groups_have_hyperparameters_of_their_own() -> None:
    x, y, z = leaves()
    optimizer = optim.SGD(
        [{"params": [x]}, {"params": y, "lr": 1.0}, {"params": iter([z]), "weight_decay": 0.5}], lr=0.1
    )
    before = [p.data.copy() for p in (x, y, z)]
    for p in (x, y, z):
        p.grad = np.ones(p.shape)[()]
    optimizer.step()
    np.testing.assert_allclose(x.data, before[0] - 0.1)
    np.testing.assert_allclose(y.data, before[1] - 1.0)
    np.testing.assert_allclose(z.data, before[2] - 0.1 * (1 + 0.5 * before[2]))
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 1.0, 0.1]
    assert optimizer.defaults["momentum"] == 0.0


def test_hyperparameters_may_change_between_steps() -> None:
    torch = pytest.importorskip("torch")
    x = Tensor(np.linspace(-1, 1, 5), requires_grad=True)
    y = torch.tensor(x.data, requires_grad=True)
    ours, theirs = optim.AdamW([x], lr=0.1), torch.optim.AdamW([y], lr=0.1)
    rng = np.random.default_rng(0)
    changes: dict[int, dict[str, Any]] = {
        3: {"lr": 0.5}, 5: {"betas": (0.5, 0.7)}, 8: {"weight_decay": 0.3, "eps": 1e-3}, 11: {"weight_decay": 0.0},
    }  # fmt: skip
    for step in range(15):
        for optimizer in (ours, theirs):
            optimizer.param_groups[0].update(changes.get(step, {}))
        gradient = rng.normal(size=5)
        x.grad, y.grad = gradient, torch.tensor(gradient)
        ours.step()
        theirs.step()
    np.testing.assert_allclose(x.data, y.detach().numpy(), rtol=1e-12)


def test_momentum_may_be_switched_on_and_off() -> None:
    x = Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=1.0)
    found = []
    for momentum in (0.0, 0.5, 0.5, 0.0):
        optimizer.param_groups[0]["momentum"] = momentum
        x.grad = np.ones(1)
        optimizer.step()
        found.append(float(x.data[0]))
    assert found == [0.0, -1.0, -2.5, -3.5]


def test_a_group_may_be_added_in_mid_training() -> None:
    x, y, _ = leaves()
    optimizer = optim.Adam([x], lr=0.1)
    train(optimizer, range(3), gaps=False)
    optimizer.add_param_group({"params": [y], "lr": 0.01})
    before = y.data
    train(optimizer, range(3, 4), gaps=False)
    assert abs(abs(y.data - before) - 0.01) < 1e-8  # Adam's first step is lr, its fourth of x is not
    state = optimizer.state_dict()
    assert [state["state"][i]["step"] for i in (0, 1)] == [4, 1]


def test_one_learning_rate_for_all_groups() -> None:
    x, y, _ = leaves()
    optimizer = optim.SGD([{"params": [x]}, {"params": [y], "lr": 0.01}], lr=0.1)
    with pytest.raises(AttributeError, match="different ones"):
        _ = optimizer.lr
    optimizer.lr = 0.5
    assert optimizer.lr == 0.5
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.5]


def test_named_parameters_keep_their_names() -> None:
    model = nn.Linear(2, 1)
    optimizer = optim.SGD(model.named_parameters(), lr=0.1)
    assert optimizer.param_groups[0]["param_names"] == ("weight", "bias")
    assert [p.shape for p in optimizer.parameters] == [(1, 2), (1,)]


@pytest.mark.parametrize(
    ("group", "error", "message"),
    [
        ({"parameters": []}, ag.StructureError, r'"params", not a dict with the keys \[.parameters.\]'),
        ("weights", ag.StructureError, '"params", not a str'),
        ({"params": 3.0}, ag.StructureError, "is a float: a list of Tensors"),
        ({"params": [Tensor(1.0, requires_grad=True)], "momentun": 0.9}, ag.StructureError, "did you mean 'momentum'"),
        ({"params": [Tensor(1.0)]}, ag.GraphError, "Only tracked leaves"),
        ({"params": [Tensor(1.0, requires_grad=True)], "lr": -1}, ValueError, "lr=-1"),
        ({"params": [Tensor(1.0, requires_grad=True)], "momentum": 2}, ValueError, "momentum=2"),
    ],
    ids=str,
)
def test_refused_groups(group: Any, error: Any, message: str) -> None:
    optimizer = optim.SGD(leaves(), lr=0.1)
    with pytest.raises(error, match=message):
        optimizer.add_param_group(group)
    with pytest.raises(error, match=message):
        optim.SGD([{"params": leaves()}, group], lr=0.1)
    assert len(optimizer.param_groups) == 1
    train(optimizer, range(1), gaps=False)


def test_a_parameter_in_two_groups_is_refused() -> None:
    x, y, _ = leaves()
    with pytest.raises(ag.StructureError, match="given twice"):
        optim.SGD([{"params": [x, y]}, {"params": [x]}], lr=0.1)


def test_a_bad_hyperparameter_is_noticed_at_the_next_step() -> None:
    optimizer = optim.SGD(leaves(), lr=0.1)
    before = values(optimizer.parameters)
    for changes, message in (({"lr": float("nan")}, "lr=nan"), ({"lr": 0.1, "momentum": 1.5}, "momentum=1.5")):
        optimizer.param_groups[0].update(changes)
        with pytest.raises(ValueError, match=message):
            train(optimizer, range(1), gaps=False)
    np.testing.assert_array_equal(values(optimizer.parameters), before)
    optimizer.param_groups[0]["params"] = leaves()
    with pytest.raises(ag.StructureError, match="use add_param_group"):
        optimizer.step()


def test_hyperparameters_of_the_bare_optimiser_are_refused() -> None:
    with pytest.raises(TypeError, match=r"\['momentum'\]"):
        optim.Optimizer(leaves(), 0.1, momentum=0.9)


# Parameters without gradients


def test_parameters_that_never_get_a_gradient_are_set_apart_once() -> None:
    parameters = [Tensor(np.full(2, float(i)), requires_grad=True) for i in range(6)]
    optimizer = optim.Adam(parameters, lr=0.1)
    for step in range(4):
        for p in parameters[::2]:
            p.grad = np.ones(2)
        optimizer.step()
        assert len(optimizer._blocks[0]) == 2, step
    assert all(np.all(p.data != i) == (i % 2 == 0) for i, p in enumerate(parameters))
    base = parameters[0].data.base
    assert all(p.data.base is base for p in parameters[::2])


def test_a_step_takes_a_closure() -> None:
    x = Tensor([2.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=0.25)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = np.sum(x * x)
        loss.backward()
        return loss

    with ag.no_grad():
        assert float(optimizer.step(closure)) == 4.0
    assert x.data[0] == 1.0


def test_gradients_that_are_not_finite_are_refused_if_asked() -> None:
    x, y = Tensor([1.0, 2.0], requires_grad=True, name="x"), Tensor(1.0, requires_grad=True, name="y")
    optimizer = optim.SGD([x, y], lr=0.1)
    x.grad, y.grad = np.array([1.0, np.nan]), np.float64(np.inf)
    with pytest.raises(ag.NaNError, match=r"x of shape \(2,\): 1 of 2 elements\n  y of shape \(\): 1 of 1"):
        optimizer.step(error_if_nonfinite=True)
    np.testing.assert_array_equal(x.data, [1.0, 2.0])
    optimizer.step()
    assert np.isnan(x.data[1])


def test_empty_parameters() -> None:
    x, y = Tensor(np.zeros((0, 3)), requires_grad=True), Tensor(np.zeros(0), requires_grad=True)
    for parameters in ([x], [x, y]):
        optimizer = optim.Adam(parameters)
        for p in parameters:
            p.grad = np.zeros(p.shape)
        optimizer.step()
        assert x.data.shape == (0, 3)


def test_repr_of_groups() -> None:
    x, y, _ = leaves()
    text = repr(optim.SGD([{"params": [x]}, {"params": [y], "lr": 0.01, "weight_decay": 0.5}], lr=0.1))
    assert text == "SGD(2 parameters of 7 elements, groups: (lr=0.1), (lr=0.01, WeightDecay(rate=0.5)))"


def test_a_rule_of_ones_own_that_lacks_apply() -> None:
    class Nothing(optim.Rule):
        pass

    optimizer = optim.Optimizer(leaves(), 0.1, [Nothing()])
    with pytest.raises(TypeError, match="Nothing is an update rule without a method apply"):
        train(optimizer, range(1), gaps=False)
