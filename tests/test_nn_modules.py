"""Modules: hooks, freezing, conversion, containers and states."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from nn_models import Counting, Tied, X, network

import autograd_lite as ag
from autograd_lite import Tensor, nn, optim

# Walking


def test_named_children_are_those_directly_inside() -> None:
    model = network()
    assert [(name, child) for name, child in model.named_children()] == [(str(k), model[k]) for k in range(3)]
    assert model.children() == [model[k] for k in range(3)]

    class Nest(nn.Module):
        def __init__(self) -> None:
            self.first = model
            self.others = [nn.ReLU(), {"deep": nn.Tanh()}]
            self.again = model

    assert [name for name, _ in Nest().named_children()] == ["first", "others.0", "others.1.deep"]


def test_apply_goes_from_the_inside_out_and_once() -> None:
    model = nn.Sequential(nn.Sequential(nn.Linear(1, 1), nn.ReLU()), nn.Tanh())
    model.again = model[0]
    seen: list[str] = []
    assert model.apply(lambda module: seen.append(type(module).__name__)) is model
    assert seen == ["Linear", "ReLU", "Sequential", "Tanh", "Sequential"]


def test_repr_of_a_module_that_contains_itself() -> None:
    model = nn.Sequential(nn.Linear(1, 1))
    model.layers.append(model)
    assert "(1): Sequential(… itself)" in repr(model)


# Hooks


def test_hooks_see_and_change_what_goes_in_and_out() -> None:
    layer, seen = nn.Tanh(), []
    note = layer.register_forward_hook(lambda module, args, out: seen.append((module, args, out)))
    half = layer.register_forward_pre_hook(lambda module, args: (args[0] / 2,))
    bare = layer.register_forward_pre_hook(lambda module, args: args[0] + 1.0)
    double = layer.register_forward_hook(lambda module, args, out: out * 2)
    assert layer(3.0) == 2 * np.tanh(2.5)
    assert seen == [(layer, (2.5,), np.tanh(2.5))]
    for remove in (half, bare, double, note, note):
        remove()
    assert layer(3.0) == np.tanh(3.0)
    assert len(seen) == 1


def test_a_handle_removes_its_hook_as_in_pytorch() -> None:
    model, seen = nn.Sequential(nn.Tanh()), []
    handle = model.register_forward_hook(lambda module, args, out: seen.append(out))
    model(0.5)
    handle.remove()
    handle.remove()
    model(0.5)
    assert len(seen) == 1


def test_a_hook_may_remove_itself_and_be_registered_twice() -> None:
    layer, calls = nn.Tanh(), []

    def hook(module: Any, args: Any, out: Any) -> None:
        calls.append(out)
        remove()

    remove = layer.register_forward_hook(hook)
    layer.register_forward_hook(hook)
    layer(0.0)
    layer(0.0)
    assert len(calls) == 3
    with pytest.raises(TypeError, match="a hook must be callable"):
        layer.register_forward_hook(None)  # type: ignore[arg-type]


def test_hooks_are_no_parameters_and_are_copied() -> None:
    model, extra = network(), nn.Linear(1, 1)
    model.register_forward_hook(extra)
    assert len(model.parameters()) == 4
    assert len(copy.deepcopy(model)._aside.after) == 1


def note_calls(module: Any, args: Any, out: Any) -> None:
    """Do nothing: a hook that can be pickled."""


def test_hooks_are_pickled() -> None:
    model = network()
    model.register_forward_hook(note_calls)
    assert pickle.loads(pickle.dumps(model))._aside.after[0].func is note_calls


# Freezing


def test_frozen_parameters_are_constants_that_stay_in_the_state() -> None:
    model = network()
    names = list(model.state_dict())
    assert model[0].requires_grad_(False) is model[0]
    assert [name for name, _ in model.named_parameters()] == ["2.weight", "2.bias"]
    assert list(model.state_dict()) == names
    assert "(0): Linear(2 → 3)          9" in repr(model)
    model(X).sum().backward()
    assert model[0].weight.grad is None
    optim.SGD(model.parameters(), lr=0.1).step()
    model.load_state_dict({name: value + 1.0 for name, value in model.state_dict().items()})
    model.requires_grad_()
    assert [name for name, _ in model.named_parameters()] == names
    model(X).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_freezing_twice_and_thawing_a_part() -> None:
    model = network()
    model.requires_grad_(False).requires_grad_(False)
    assert model.parameters() == []
    model[2].requires_grad_(True)
    assert [name for name, _ in model.named_parameters()] == ["2.weight", "2.bias"]
    assert len(model.state_dict()) == 4


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_of_frozen_and_of_shared_parameters(twin: Any) -> None:
    model = Tied()
    model.encoder.requires_grad_(False)
    other = twin(model)
    assert other.decoder.weight is other.encoder.weight
    assert [name for name, _ in other.named_parameters()] == ["decoder.bias"]
    assert list(other.state_dict()) == list(model.state_dict())
    other.requires_grad_()
    assert len(other.parameters()) == 3
    assert len(model.parameters()) == 1


def test_shared_parameters_are_frozen_wherever_they_are_looked_for() -> None:
    model = Tied()
    model.decoder.requires_grad_(False)
    assert [name for name, _ in model.named_parameters()] == ["encoder.bias"]
    assert list(model.state_dict()) == ["encoder.weight", "encoder.bias", "decoder.bias"]


# Conversion


def test_conversion_of_parameters_gradients_and_buffers() -> None:
    model = nn.Sequential(nn.Linear(2, 3), Counting())
    model[0](X).sum().backward()
    weight, gradient = model[0].weight, model[0].weight.grad
    assert model.float() is model
    assert weight is model[0].weight
    assert {value.dtype for value in model.state_dict().values()} == {np.dtype("f4"), np.dtype(int)}
    assert weight.grad.dtype == np.float32
    np.testing.assert_allclose(weight.grad, gradient, rtol=1e-7)
    assert isinstance(model[1].scale.data, np.float32)
    model.zero_grad()
    loss = model[0](X.astype(np.float32)).sum()
    loss.backward()
    assert loss.dtype == weight.grad.dtype == np.float32
    assert {p.dtype for p in model.double().parameters()} == {np.dtype(float)}


def test_conversion_of_complex_and_frozen_parameters() -> None:
    model = nn.Linear(2, 3)
    model.phase = Tensor([1j, 2.0], requires_grad=True)
    model.requires_grad_(False).to(np.float32)
    assert model.state_dict()["phase"].dtype == np.complex64
    assert model.weight.dtype == np.float32
    assert model.requires_grad_().weight.node.dtype == np.float32


def test_conversion_to_what_has_no_derivatives() -> None:
    with pytest.raises(ag.DtypeError, match=r"Sequential.to\(int64\): parameters need a floating"):
        network().to(int)
    with pytest.raises(ag.DtypeError, match=r"Sequential.to\('cpu'\): parameters need a floating"):
        network().to("cpu")


def test_graphs_recorded_before_a_conversion_are_refused() -> None:
    model = network()
    loss = model(X).sum()
    model.float()
    with pytest.raises(ag.SupersededError):
        loss.backward()


# Containers


def test_sequential_with_names() -> None:
    model = nn.Sequential({"first": nn.Linear(2, 3), "squash": nn.Tanh()}).append(nn.Linear(3, 1))
    assert list(model.state_dict()) == ["first.weight", "first.bias", "2.weight", "2.bias"]
    assert model(X).shape == (4, 1)
    assert "(squash): Tanh()" in repr(model)
    with pytest.raises(TypeError, match="as layer 3, which cannot be called"):
        model.append(3)


def test_module_list_is_a_list() -> None:
    a, b, c = nn.Linear(1, 1), nn.Linear(1, 2), nn.Linear(1, 3)
    items = nn.ModuleList([a])
    items += [b]
    items.insert(0, c)
    assert list(items) == [c, a, b]
    assert items[-1] is b
    assert isinstance(items[1:], nn.ModuleList)
    assert list(items[1:]) == [a, b]
    items[0], items[1:] = b, [a, c]
    del items[1]
    assert (list(items), len(items)) == ([b, c], 2)
    assert c in items
    assert [name for name, _ in items.named_parameters()] == ["0.weight", "0.bias", "1.weight", "1.bias"]
    with pytest.raises(TypeError, match="ModuleList was called but has no method forward"):
        items(X)


def test_module_dict_is_a_dict() -> None:
    a, b = nn.Linear(1, 1), nn.Linear(1, 2)
    items = nn.ModuleDict({"a": a})
    items["b"] = b
    items.update({"c": a})
    assert list(items) == ["a", "b", "c"]
    assert items.pop("c") is a
    assert dict(items.items()) == {"a": a, "b": b}
    assert list(items.state_dict()) == ["a.weight", "a.bias", "b.weight", "b.bias"]
    assert items != nn.ModuleDict({"a": a, "b": b})
    assert len({items, items}) == 1
    with pytest.raises(KeyError, match="'d' is not among the modules a, b"):
        items["d"]


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_containers_are_copied(twin: Any) -> None:
    model = nn.Sequential(nn.ModuleList([nn.Linear(2, 3)]), nn.ModuleDict({"a": nn.Linear(2, 3)}))
    other = twin(model)
    assert list(other.state_dict()) == ["0.0.weight", "0.0.bias", "1.a.weight", "1.a.bias"]
    assert not {id(p) for p in other.parameters()} & {id(p) for p in model.parameters()}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.ModuleList([np.tanh]), "ModuleList holds Modules, and got <ufunc 'tanh'>"),
        (lambda: nn.ModuleDict({"a": 3}), "ModuleDict holds Modules, and got 3 of type int"),
        (lambda: nn.ModuleDict({1: nn.ReLU()}), "ModuleDict names are strings, and 1 is a int"),
        (lambda: nn.Sequential(nn.Linear(1, 1), nn.ReLU), r"the class ReLU as layer 1: write ReLU\(\)"),
    ],
)
def test_containers_refuse_what_is_no_module(call: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize("name", ["a.b", ""])
def test_names_in_which_states_would_collide(name: str) -> None:
    with pytest.raises(ValueError, match="a point parts the names of states"):
        nn.ModuleDict({name: nn.ReLU()})


# States


def test_a_state_of_another_architecture_lists_every_mismatch() -> None:
    model = network()
    before = model.state_dict()
    other = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1), nn.Linear(1, 1))
    with pytest.raises(ag.StructureError) as caught:
        model.load_state_dict(other.state_dict())
    assert str(caught.value).splitlines() == [
        "Sequential.load_state_dict: 5 mismatch(es), so nothing was loaded:",
        "  3.weight is not in the model",
        "  3.bias is not in the model",
        "  0.weight has shape (5, 2), and (3, 2) is needed",
        "  0.bias has shape (5,), and (3,) is needed",
        "  2.weight has shape (1, 5), and (1, 3) is needed",
    ]
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_a_part_of_a_state_is_loaded_if_not_strict() -> None:
    model = network()
    with pytest.raises(ag.StructureError, match=r"0.weight is missing[\s\S]*2.bias is missing"):
        model.load_state_dict({"0.bias": np.ones(3)})
    model.load_state_dict({"0.bias": np.ones(3), "other": np.ones(2)}, strict=False)
    np.testing.assert_array_equal(model[0].bias.data, 1)
    with pytest.raises(ag.StructureError, match="has shape"):
        model.load_state_dict({"0.bias": np.ones(4)}, strict=False)


def test_what_is_no_state() -> None:
    model = nn.Linear(1, 1)
    with pytest.raises(ag.StructureError, match="weight has dtype object"):
        model.load_state_dict({"weight": {}, "bias": np.ones(1)})
    with pytest.raises(ag.StructureError, match="weight has dtype complex128, and float64 is needed"):
        model.load_state_dict({"weight": [[1j]], "bias": np.ones(1)})
    with pytest.raises(ag.StructureError, match="needs a mapping"):
        model.load_state_dict([np.ones(1)])  # type: ignore[arg-type]


def test_names_that_are_no_strings_are_not_in_the_model() -> None:
    with pytest.raises(ag.StructureError, match="0 is not in the model"):
        nn.Linear(1, 1).load_state_dict({0: np.ones(1)})  # type: ignore[dict-item]


def test_fractions_are_not_cut_off_to_fit_into_a_buffer_of_integers() -> None:
    norm = nn.BatchNorm1d(2)
    state = norm.state_dict()
    norm.load_state_dict({**state, "num_batches_tracked": np.array(3.0)})
    assert norm.num_batches_tracked == 3
    with pytest.raises(ag.StructureError, match="num_batches_tracked has dtype float64, and numbers in it that int64"):
        norm.load_state_dict({**state, "num_batches_tracked": np.array(2.5)})


@pytest.mark.parametrize("keys", [("a.b", "a"), (1, "1")])
def test_two_parameters_of_one_name_are_no_state(keys: Any) -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            one, two = (Tensor(value, requires_grad=True) for value in (1.0, 2.0))
            self.held = {keys[0]: one, keys[1]: {"b": two} if keys[1] == "a" else two}

    model = Twice()
    for use in (model.state_dict, lambda: model.load_state_dict({})):
        with pytest.raises(ag.StructureError, match=r"of Twice have the name 'held\.(a\.b|1)'.* take other keys"):
            use()


class Averaging(nn.Module):
    """Forgets that what it remembers is part of a graph."""

    buffers = ("mean",)

    def __init__(self) -> None:
        self.mean = np.zeros(2)
        self.scale = Tensor(np.ones(2), requires_grad=True)

    def forward(self, x: Any) -> Any:
        self.mean = 0.9 * self.mean + 0.1 * np.mean(x * self.scale, axis=0)
        return x - self.mean


def test_a_buffer_that_became_part_of_a_graph_is_named() -> None:
    model = nn.Sequential(Averaging())
    model(np.ones((3, 2)))
    with pytest.raises(ag.DetachError, match=r"the buffer 0\.mean of Sequential is a tracked Tensor.*detach"):
        model.state_dict()


@pytest.mark.parametrize("names", [("mean", "variance"), "mean"])
def test_buffers_that_are_no_attributes_are_named(names: Any) -> None:
    model = Averaging()
    model.buffers = names
    with pytest.raises(AttributeError, match=r"Averaging.buffers = .* names '(variance|m)', and there is no such"):
        model.state_dict()


def test_states_name_shared_parameters_once_and_are_read_with_every_name() -> None:
    model = Tied()
    state = model.state_dict()
    assert list(state) == ["encoder.weight", "encoder.bias", "decoder.bias"]
    weight = np.arange(9.0).reshape(3, 3)
    model.load_state_dict({**state, "encoder.weight": weight, "decoder.weight": weight})
    np.testing.assert_array_equal(model.decoder.weight.data, weight)
    renamed = {"decoder.weight" if name == "encoder.weight" else name: value for name, value in state.items()}
    model.load_state_dict(renamed)
    np.testing.assert_array_equal(model.encoder.weight.data, state["encoder.weight"])
    with pytest.raises(ag.StructureError, match=r"decoder.weight and encoder.weight are one shared parameter"):
        model.load_state_dict({**state, "decoder.weight": weight})


def test_shared_modules_and_their_buffers_are_read_with_every_name() -> None:
    model = nn.Sequential(Counting(), nn.Tanh())
    model.append(model[0])
    assert list(model.state_dict()) == ["0.scale", "0.total", "0.calls"]
    doubled = {f"{place}.{name}": value for place in (0, 2)
               for name, value in (("scale", 5.0), ("total", [1.0, 2.0]), ("calls", 7))}  # fmt: skip
    model.load_state_dict(doubled)
    assert (model[0].scale.item(), model[2].total.tolist(), int(model[0].calls)) == (5.0, [1.0, 2.0], 7)
    with pytest.raises(ag.StructureError, match=r"2.total and 0.total are one"):
        model.load_state_dict({**doubled, "2.total": np.zeros(2)})


def test_pytorchs_state_of_shared_parameters() -> None:
    torch = pytest.importorskip("torch")

    class Theirs(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
            self.decoder.weight = self.encoder.weight

        def forward(self, x: Any) -> Any:
            return self.decoder(torch.tanh(self.encoder(x)))

    theirs, ours = Theirs().double(), Tied()
    assert "decoder.weight" in theirs.state_dict()
    ours.load_state_dict(theirs.state_dict())
    x = np.ones((2, 3))
    np.testing.assert_allclose(ours(x).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-13, atol=1e-15)
