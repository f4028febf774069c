"""`functional_call`: every transform on modules, nested calls, shared parameters, and nothing left behind."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from nn_models import Counting, Tied, X, network, values_of

import autograd_lite as ag
from autograd_lite import Tensor, nn


def loss_of(model: nn.Module, params: Any, x: Any = X) -> Any:
    return (nn.functional_call(model, params, x) ** 2).sum()


def test_gradients_of_a_functional_call_are_those_of_backward() -> None:
    model = network()
    params = values_of(model)
    (model(X) ** 2).sum().backward()
    slopes = ag.grad(lambda p: loss_of(model, p))(params)
    assert list(slopes) == list(params)
    for name, parameter in model.named_parameters():
        assert isinstance(slopes[name], np.ndarray)
        np.testing.assert_allclose(slopes[name], parameter.grad, rtol=1e-13)


def test_values_are_those_that_are_given() -> None:
    model, other = network(0), network(1)
    found = nn.functional_call(model, values_of(other), X)
    np.testing.assert_array_equal(found.data, other(X).data)
    assert not found.requires_grad
    np.testing.assert_array_equal(model(X).data, network(0)(X).data)


def test_every_transform_works_on_modules() -> None:
    model = network()
    params = values_of(model)
    rng = np.random.default_rng(5)
    along = {name: rng.normal(size=value.shape) for name, value in params.items()}
    back = {name: rng.normal(size=value.shape) for name, value in params.items()}

    def f(p: Any) -> Any:
        return loss_of(model, p)

    def dot(left: Any, right: Any) -> float:
        return sum(float(np.sum(left[name] * right[name])) for name in left)

    def at(t: float) -> Any:
        return f({name: value + t * along[name] for name, value in params.items()}).item()

    slope = (8 * (at(1e-3) - at(-1e-3)) - (at(2e-3) - at(-2e-3))) / 12e-3
    np.testing.assert_allclose(ag.jvp(f, (params,), (along,))[1], slope, rtol=1e-8)
    gradient = ag.grad(f)(params)
    np.testing.assert_allclose(dot(gradient, along), slope, rtol=1e-8)
    np.testing.assert_allclose(dot(ag.vjp(f, params)[1](1.0)[0], along), slope, rtol=1e-8)
    np.testing.assert_allclose(dot(ag.grad(ag.checkpoint(f))(params), along), slope, rtol=1e-8)
    product = ag.hvp(f, params, along)
    twice = ag.jvp(ag.grad(f), (params,), (along,))[1]
    np.testing.assert_allclose(dot(product, back), dot(twice, back), rtol=1e-11)
    hessian = ag.hessian(lambda w: f({**params, "0.weight": w}))(params["0.weight"])
    direction = {name: np.zeros_like(value) for name, value in params.items()} | {"0.weight": along["0.weight"]}
    wanted = ag.hvp(f, params, direction)["0.weight"]
    np.testing.assert_allclose(np.tensordot(hessian, along["0.weight"], 2), wanted, rtol=1e-11)
    jacobian = ag.jacobian(lambda b: nn.functional_call(model, {**params, "2.bias": b}, X))(params["2.bias"])
    np.testing.assert_array_equal(jacobian, np.ones((4, 1, 1)))
    ag.check_grads(lambda w, b: f({**params, "0.weight": w, "0.bias": b}), (params["0.weight"], params["0.bias"]))


def test_second_derivatives_in_parameters_and_input_together() -> None:
    """The gradient in the weights of a penalty on the slope in the input: what a physics-informed net trains on."""
    model = network()
    params = values_of(model)

    def penalty(p: Any) -> Any:
        slope = ag.grad(lambda x: nn.functional_call(model, p, x).sum())(X)
        return (slope**2).sum()

    found = ag.grad(penalty)(params)

    def numerically(w: Any) -> Any:
        slope = ag.grad(lambda x: nn.functional_call(model, {**params, "0.weight": w}, x).sum())(X)
        return float(np.sum(np.asarray(getattr(slope, "data", slope)) ** 2))

    np.testing.assert_allclose(found["0.weight"], ag.finite_difference(numerically, params["0.weight"]), rtol=1e-6)


def test_ensembles_of_networks_are_one_call_each() -> None:
    model = network()
    members = [values_of(network(seed)) for seed in range(3)]
    found = [nn.functional_call(model, member, X).data for member in members]
    for seed, out in enumerate(found):
        np.testing.assert_array_equal(out, network(seed)(X).data)


def test_the_module_is_as_before_whatever_happens() -> None:
    model = Counting()
    parameter, node, total, calls = model.scale, model.scale.node, model.total, model.calls
    out = nn.functional_call(model, {"scale": 3.0, "total": np.full(2, 10.0)}, np.ones(2))
    np.testing.assert_array_equal(out, [14.0, 14.0])
    with pytest.raises(RuntimeError, match="too often"):
        nn.functional_call(model, {"scale": 3.0, "calls": np.array(100)}, np.ones(2))
    assert (model.scale, model.scale.node, model.total, model.calls) == (parameter, node, total, calls)
    assert (model.scale.item(), model.total.tolist(), int(model.calls)) == (2.0, [0.0, 0.0], 0)
    assert model.parameters() == [parameter]


def test_given_buffers_are_not_written_to() -> None:
    given = np.full(2, 10.0)
    nn.functional_call(Counting(), {"total": given}, np.ones(2))
    np.testing.assert_array_equal(given, 10)


def test_buffers_may_be_differentiated() -> None:
    class Shifted(nn.Module):
        buffers = ("shift",)

        def __init__(self) -> None:
            self.shift = np.ones(2)

        def forward(self, x: Any) -> Any:
            return x * self.shift

    slope = ag.grad(lambda s: nn.functional_call(Shifted(), {"shift": s}, np.array([3.0, 4.0])).sum())(np.ones(2))
    np.testing.assert_array_equal(slope, [3.0, 4.0])


def test_calls_inside_of_calls() -> None:
    class Unrolled(nn.Module):
        """One step of gradient descent on its own inner module, then that module."""

        def __init__(self) -> None:
            self.inner = nn.Linear(2, 1, bias=False)
            self.rate = Tensor(0.1, requires_grad=True)

        def forward(self, x: Any) -> Any:
            weight = self.inner.weight
            slope = ag.grad(lambda w: loss_of(self.inner, {"weight": w}, x))(weight)
            assert [name for name, _ in self.named_parameters()] == ["inner.weight", "rate"]
            return nn.functional_call(self.inner, {"weight": weight - self.rate * slope}, x)

    model = Unrolled()
    params = values_of(model)

    def by_hand(p: Any) -> Any:
        w = p["inner.weight"]
        stepped = w - p["rate"] * 2 * (X @ w.T).T @ X
        return ((X @ stepped.T) ** 2).sum()

    found, wanted = ag.grad(lambda p: loss_of(model, p))(params), ag.grad(by_hand)(params)
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-12)
    assert model.inner.weight.is_leaf


def test_a_module_that_calls_itself_with_other_parameters() -> None:
    class Deep(nn.Module):
        def __init__(self) -> None:
            self.scale = Tensor(2.0, requires_grad=True)

        def forward(self, x: Any, depth: int) -> Any:
            y = x * self.scale
            deeper = nn.functional_call(self, {"scale": self.scale + 1.0}, x, depth - 1) if depth else 0.0
            return y * self.scale + deeper

    model = Deep()
    slope = ag.grad(lambda s: nn.functional_call(model, {"scale": s}, 1.0, depth=2))(3.0)
    assert float(slope) == 2 * (3.0 + 4.0 + 5.0)
    assert model.scale.item() == 2.0
    assert model.parameters() == [model.scale]


def test_parameters_are_found_during_a_call() -> None:
    class Decayed(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(2, 1)

        def forward(self, x: Any) -> Any:
            return self.layer(x).sum() + sum((p**2).sum() for p in self.parameters())

    model = Decayed()
    params = values_of(model)
    slopes = ag.grad(lambda p: nn.functional_call(model, p, X))(params)
    np.testing.assert_allclose(slopes["layer.weight"], X.sum(0)[None] + 2 * params["layer.weight"], rtol=1e-13)


def test_shared_parameters_get_one_value() -> None:
    model = Tied()
    params = values_of(model)
    assert list(params) == ["encoder.weight", "encoder.bias", "decoder.bias"]
    x = np.ones((2, 3))
    wanted = ag.grad(lambda p: loss_of(model, p, x))(params)["encoder.weight"]
    renamed = {name.replace("encoder.weight", "decoder.weight"): value for name, value in params.items()}
    found = ag.grad(lambda p: loss_of(model, p, x))(renamed)["decoder.weight"]
    np.testing.assert_array_equal(found, wanted)
    both = {**params, "decoder.weight": params["encoder.weight"]}
    np.testing.assert_array_equal(nn.functional_call(model, both, x).data, model(x).data)
    with pytest.raises(ag.StructureError, match=r"decoder.weight and encoder.weight are one shared parameter"):
        nn.functional_call(model, {**params, "decoder.weight": np.ones((3, 3))}, x)


def test_parameters_reached_through_closures_are_replaced_too() -> None:
    tied = nn.Linear(2, 3, bias=False)
    model = nn.Sequential(tied, np.tanh, lambda h: h @ tied.weight)
    params = values_of(model)
    found = ag.grad(lambda p: loss_of(model, p))(params)["0.weight"]
    wanted = ag.grad(lambda w: ((np.tanh(X @ w.T) @ w) ** 2).sum())(params["0.weight"])
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("order", [1, 2])
def test_checkpoints_inside_of_a_module(order: int) -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            self.layers = network()
            self.run = self.layers

        def forward(self, x: Any) -> Any:
            return self.run(x)

    model = Block()
    params = values_of(model)
    slope: Any = ag.grad(lambda p: loss_of(model, p))
    if order == 2:
        slope = ag.grad(lambda p, f=slope: sum((g**2).sum() for g in f(p).values()))
    wanted = slope(params)
    model.run = ag.checkpoint(model.layers)
    found = slope(params)
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-11, err_msg=name)


def test_a_parameter_that_is_returned_itself() -> None:
    class Given(nn.Module):
        def __init__(self) -> None:
            self.value = Tensor(2.0, requires_grad=True)

        def forward(self) -> Any:
            return {"value": self.value, "words": "as it is"}

    model = Given()
    assert nn.functional_call(model, {"value": 5.0})["value"].item() == 5.0
    assert float(ag.grad(lambda v: nn.functional_call(model, {"value": v})["value"] * v)(3.0)) == 6.0
    assert nn.functional_call(model, {"value": 5.0})["words"] == "as it is"
    assert model.value.item() == 2.0


def test_frozen_parameters_can_be_replaced() -> None:
    model = network().requires_grad_(False)
    params = model.state_dict()
    slopes = ag.grad(lambda p: loss_of(model, p))(params)
    assert all(np.any(slope) for slope in slopes.values())
    assert model.parameters() == []


def test_arguments_may_have_any_name() -> None:
    class Odd(nn.Module):
        def forward(self, *, module: Any, params: Any) -> Any:
            return module + params

    assert nn.functional_call(Odd(), {}, module=1, params=2) == 3


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"0.weight": np.ones((2, 3)), "3.bias": np.ones(1)}, r"2 mismatch\(es\):\n  3.bias is not in the model\n  "
         r"0.weight has shape \(2, 3\), and \(3, 2\) is needed"),
        ({"2.bias": "one"}, r"2.bias is 'one' of type str, where an array or Tensor is needed"),
        ([np.ones(2)], r"needs a mapping of names to values"),
    ],
)  # fmt: skip
def test_functional_call_with_what_does_not_fit(params: Any, message: str) -> None:
    with pytest.raises(ag.StructureError, match=message):
        nn.functional_call(network(), params, X)


def test_functional_call_of_a_function() -> None:
    with pytest.raises(
        TypeError, match=r"functional_call\(module, params, ...\): a Module is needed, and this is <ufunc"
    ):
        nn.functional_call(np.tanh, {}, X)  # type: ignore[arg-type]


def test_modules_in_several_threads_do_not_disturb_each_other() -> None:
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            model, params = network(seed), values_of(network(seed + 10))
            wanted = network(seed + 10)(X).data
            for _ in range(200):
                np.testing.assert_array_equal(nn.functional_call(model, params, X).data, wanted)
                assert len(model.parameters()) == 4
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
