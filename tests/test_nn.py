"""Modules, layers, activations and losses; their derivatives are in the table of operations (`operations.networks`)."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor, nn


def leaf(*shape: int) -> Tensor:
    return Tensor(np.ones(shape), requires_grad=True)


class Nested(nn.Module):
    def __init__(self) -> None:
        self.scale = Tensor(2.0, requires_grad=True)
        self.constant = Tensor([1.0, 2.0])
        self.blocks = [nn.Linear(3, 2), {"inner": (leaf(4), nn.Linear(2, 1, bias=False))}]
        self.result = self.scale * 3.0
        self.again = self.blocks[0]

    def forward(self, x: Any) -> Any:
        return self.scale * x


# Modules


def test_parameters_are_found_in_attributes_and_containers_once() -> None:
    module = Nested()
    named = dict(module.named_parameters())
    assert list(named) == ["scale", "blocks.0.weight", "blocks.0.bias", "blocks.1.inner.0", "blocks.1.inner.1.weight"]
    assert named["blocks.0.weight"] is module.again.weight
    assert [p is q for p, q in zip(module.parameters(), named.values(), strict=True)] == [True] * 5


def test_a_module_may_contain_itself() -> None:
    module = Nested()
    module.blocks.append(module)
    assert len(module.parameters()) == 5


def test_parameters_of_a_sequential_are_named_by_position() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    model.extra = leaf(2)
    assert [name for name, _ in model.named_parameters()] == ["0.weight", "0.bias", "2.weight", "2.bias", "extra"]


def test_zero_grad_forgets_gradients() -> None:
    model = nn.Linear(2, 1)
    model(np.ones((3, 2))).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_train_and_eval_reach_every_module() -> None:
    module = Nested()
    assert module.eval() is module
    assert [part.training for part in module.modules()] == [False] * 3
    assert [part.training for part in module.train().modules()] == [True] * 3


def test_calling_a_module_without_forward() -> None:
    with pytest.raises(TypeError, match=r"Module was called but has no method forward"):
        nn.Module()(1.0)


def test_repr_is_a_tree_with_parameter_counts() -> None:
    model = nn.Sequential(nn.Linear(64, 128), nn.Sequential(nn.ReLU(), nn.Linear(128, 10, bias=False)))
    assert repr(model).splitlines() == [
        "Sequential(                             9,600",
        "  (0): Linear(64 → 128)                 8,320",
        "  (1): Sequential(                      1,280",
        "    (0): ReLU()",
        "    (1): Linear(128 → 10, no bias)      1,280",
        "  )",
        ")",
    ]


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_have_parameters_of_their_own(twin: Any) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    other = twin(model)
    x = np.ones((4, 2))
    np.testing.assert_array_equal(other(x).data, model(x).data)
    other.parameters()[0].data[...] = 0
    assert np.all(model.parameters()[0].data != 0)


def test_transforms_differentiate_through_a_module_as_a_closure() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    x = np.array([0.3, -0.2])
    slope = ag.grad(lambda x: model(x).sum())(x)
    np.testing.assert_allclose(slope.data, ag.finite_difference(lambda x: model(x).data.sum(), x), rtol=1e-7)


# Linear, Sequential


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 4, 3), (0, 3)], ids=str)
def test_linear_is_x_times_weight_transposed_plus_bias(shape: tuple[int, ...], bias: bool) -> None:
    layer = nn.Linear(3, 2, bias=bias)
    x = np.random.default_rng(0).normal(size=shape)
    wanted = x @ layer.weight.data.T + (layer.bias.data if layer.bias is not None else 0)
    np.testing.assert_allclose(layer(x).data, wanted, rtol=1e-15)


def test_linear_starts_as_pytorch_does() -> None:
    layer = nn.Linear(100, 400, generator=np.random.default_rng(0))
    for parameter in layer.parameters():
        assert np.max(np.abs(parameter.data)) <= 0.1
        np.testing.assert_allclose(np.std(parameter.data), 0.1 / np.sqrt(3), rtol=0.05)


def test_linear_in_float32_stays_float32() -> None:
    model = nn.Sequential(nn.Linear(3, 4, dtype=np.float32), nn.ReLU(), nn.Linear(4, 2, dtype=np.float32))
    loss = nn.cross_entropy(model(np.ones((5, 3), np.float32)), np.array([0, 1, 0, 1, 0]))
    loss.backward()
    assert loss.dtype == np.float32
    assert {p.dtype for p in model.parameters()} == {p.grad.dtype for p in model.parameters()} == {np.dtype("f4")}


def test_affine_gives_the_wider_dtype() -> None:
    x, w, b = np.ones((4, 3), np.float32), np.ones((2, 3), np.float32), np.full(2, 0.1)
    assert nn.affine(x, w, b).dtype == np.float64


def test_same_seed_same_weights() -> None:
    def weights() -> np.ndarray:
        return nn.Linear(3, 2).weight.data

    nn.seed(3)
    first, second = weights(), weights()
    nn.seed(3)
    np.testing.assert_array_equal(weights(), first)
    assert np.all(first != second)


@pytest.mark.parametrize("x", [np.ones((4, 2)), np.ones(4), 1.0, np.float64(1), [1.0, 2.0, 3.0]], ids=repr)
def test_linear_refuses_other_feature_sizes(x: Any) -> None:
    with pytest.raises(ag.ShapeError, match=r"in_features=3.* last axis has length 3"):
        nn.Linear(3, 2)(x)


@pytest.mark.parametrize("sizes", [(0, 1), (1, -1), (1.5, 2), ("3", 2)])
def test_linear_refuses_sizes_that_are_none(sizes: Any) -> None:
    with pytest.raises(ag.ShapeError, match="must be a positive integer"):
        nn.Linear(*sizes)


def test_linear_refuses_integers_and_seeds() -> None:
    with pytest.raises(ag.DtypeError, match="floating dtype"):
        nn.Linear(2, 2, dtype=int)
    with pytest.raises(TypeError, match=r"default_rng\(seed\)"):
        nn.Linear(2, 2, generator=0)  # type: ignore[arg-type]


def test_sequential_is_a_sequence() -> None:
    model = nn.Sequential(nn.Linear(2, 3), np.tanh, nn.Linear(3, 1))
    assert len(model) == 3
    assert model[1] is np.tanh
    assert list(model) == model.layers
    x = np.ones((4, 2))
    np.testing.assert_array_equal(model[1:](model[:1](x)).data, model(x).data)


def test_sequential_refuses_a_list() -> None:
    with pytest.raises(TypeError, match=r"as layer 0.*Sequential\(\*layers\)"):
        nn.Sequential([nn.ReLU()])


# Activations


@pytest.mark.parametrize(
    ("module", "function"),
    [
        (nn.ReLU(), nn.relu),
        (nn.LeakyReLU(0.2), lambda x: nn.leaky_relu(x, 0.2)),
        (nn.Tanh(), np.tanh),
        (nn.Sigmoid(), nn.sigmoid),
        (nn.Softplus(), nn.softplus),
    ],
)
def test_module_forms_of_activations(module: nn.Module, function: Any) -> None:
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_array_equal(module(x), function(x))
    assert isinstance(module(Tensor(x)), Tensor)
    assert module.parameters() == []


def test_far_out_activations_neither_overflow_nor_lose_digits() -> None:
    x = np.array([-1000.0, -40.0, 0.0, 40.0, 1000.0])
    np.testing.assert_allclose(nn.sigmoid(x), [0.0, np.exp(-40.0), 0.5, 1.0, 1.0], rtol=1e-15)
    np.testing.assert_allclose(ag.elementwise_grad(nn.sigmoid)(x), [0.0, np.exp(-40.0), 0.25, 0.0, 0.0], atol=1e-17)
    np.testing.assert_allclose(nn.softplus(x), [0.0, np.exp(-40.0), np.log(2.0), 40.0, 1000.0], rtol=1e-15)


def test_slope_of_relu_at_zero_is_zero() -> None:
    np.testing.assert_array_equal(ag.elementwise_grad(nn.relu)(np.array([-1.0, -0.0, 0.0, 1.0])), [0, 0, 0, 1])


# Losses


def test_golden_cross_entropy() -> None:
    """The numbers are PyTorch 2.13's, in float64."""
    logits = Tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -2.0]], requires_grad=True)
    loss = nn.cross_entropy(logits, np.array([2, 1]))
    loss.backward()
    np.testing.assert_allclose(loss.item(), 0.8981482660171521, rtol=1e-14)
    wanted = [
        [0.39279851729463794, 0.019556286635343725, -0.41235480392998164],
        [0.023561708262332073, -0.02675043872355315, 0.0031887304612211484],
    ]
    np.testing.assert_allclose(logits.grad, wanted, rtol=1e-14)


def test_golden_mse_loss() -> None:
    prediction = Tensor([[1.0], [2.5], [-1.0]], requires_grad=True)
    loss = nn.mse_loss(prediction, np.array([[0.0], [2.0], [1.0]]))
    loss.backward()
    assert loss.item() == 1.75
    np.testing.assert_allclose(prediction.grad, [[2 / 3], [1 / 3], [-4 / 3]], rtol=1e-15)


def test_network_against_pytorch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(7, 5)), rng.integers(0, 3, 7)
    ours = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 3))
    layers = torch.nn
    theirs = layers.Sequential(
        layers.Linear(5, 8), layers.ReLU(), layers.Linear(8, 6), layers.Tanh(), layers.Linear(6, 3)
    ).double()
    theirs.load_state_dict({name: torch.tensor(p.data) for name, p in ours.named_parameters()})
    our_loss = nn.cross_entropy(ours(x), labels)
    their_loss = layers.functional.cross_entropy(theirs(torch.tensor(x)), torch.tensor(labels))
    our_loss.backward()
    their_loss.backward()
    np.testing.assert_allclose(our_loss.item(), their_loss.item(), rtol=1e-13)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=1e-11, atol=1e-15)


def test_whole_network_to_second_order() -> None:
    rng = np.random.default_rng(1)
    x, labels = rng.normal(size=(4, 3)), np.array([0, 1, 1, 0])

    def loss(w: Any, b: Any, v: Any) -> Any:
        return nn.cross_entropy(nn.linear(nn.sigmoid(nn.affine(x, w, b)), v), labels)

    ag.check_grads(loss, (rng.normal(size=(5, 3)), rng.normal(size=5), rng.normal(size=(2, 5))), order=2)


def test_hessian_of_cross_entropy_is_that_of_the_softmax() -> None:
    z = np.array([[0.3, -1.0, 2.0]])
    p = np.exp(z[0]) / np.exp(z[0]).sum()
    found = ag.hessian(lambda z: nn.cross_entropy(z, np.array([1])))(z)
    np.testing.assert_allclose(found.reshape(3, 3), np.diag(p) - np.outer(p, p), rtol=1e-13, atol=1e-16)


def test_cross_entropy_of_huge_and_of_excluded_logits() -> None:
    logits = Tensor([[1e4, -1e4, 0.0], [-np.inf, 0.0, 0.0]], requires_grad=True)
    loss = nn.cross_entropy(logits, np.array([1, 2]))
    loss.backward()
    np.testing.assert_allclose(loss.item(), (2e4 + np.log(2)) / 2, rtol=1e-15)
    np.testing.assert_allclose(logits.grad, [[0.5, -0.5, 0.0], [0.0, 0.25, -0.25]], rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
def test_labels_of_every_integer_dtype(dtype: Any) -> None:
    z = np.arange(6.0).reshape(2, 3)
    wanted = nn.cross_entropy(z, np.array([0, 2]))
    assert nn.cross_entropy(z, np.array([0, 2], dtype)) == wanted
    assert nn.cross_entropy(z, [0, 2]) == wanted
    assert nn.cross_entropy(z, Tensor(np.array([0, 2]))) == wanted


@pytest.mark.parametrize("labels", [np.array([0, 3]), np.array([0, -1]), np.array([1, 2**40])], ids=repr)
def test_labels_out_of_range(labels: np.ndarray) -> None:
    with pytest.raises(IndexError, match=rf"label {labels[1]} in row 1.*3 classes: labels are 0 to 2"):
        nn.cross_entropy(np.zeros((2, 3)), labels)


@pytest.mark.parametrize("labels", [np.array([0.0, 1.0]), np.array([True, False])], ids=repr)
def test_labels_of_another_dtype(labels: np.ndarray) -> None:
    with pytest.raises(ag.DtypeError, match=f"labels of dtype {labels.dtype}"):
        nn.cross_entropy(np.zeros((2, 3)), labels)


@pytest.mark.parametrize(
    ("logits", "labels", "advice"),
    [
        ((2, 3), (3,), "are needed"),
        ((2, 3), (2, 3), r"labels.argmax\(-1\)"),
        ((2, 4, 3), (2, 4), r"logits.reshape\(-1, classes\)"),
        ((0, 3), (0,), "nothing to take the mean of"),
        ((), (1,), "are needed"),
    ],
)
def test_cross_entropy_of_shapes_that_do_not_match(logits: Any, labels: Any, advice: str) -> None:
    with pytest.raises(ag.ShapeError, match=advice):
        nn.cross_entropy(np.zeros(logits), np.zeros(labels, int))


def test_cross_entropy_of_integers() -> None:
    with pytest.raises(ag.DtypeError, match="logits of dtype int"):
        nn.cross_entropy(np.zeros((2, 3), int), np.array([0, 1]))


def test_mse_loss_warns_of_broadcasting() -> None:
    prediction = Tensor(np.arange(3.0).reshape(3, 1), requires_grad=True)
    with pytest.warns(UserWarning, match=r"\(3, 1\).*\(3,\).*broadcasting to \(3, 3\)"):
        loss = nn.mse_loss(prediction, np.arange(3.0))
    loss.backward()
    np.testing.assert_allclose(loss.item(), 12 / 9)
    np.testing.assert_allclose(prediction.grad[:, 0], [-2 / 3, 0.0, 2 / 3], atol=1e-16)


@pytest.mark.parametrize(
    ("shapes", "message"), [(((3,), (4,)), "do not match"), (((0, 2), (0, 2)), "nothing to take the mean of")]
)
def test_mse_loss_of_shapes_that_do_not_match(shapes: Any, message: str) -> None:
    with pytest.raises(ag.ShapeError, match=message):
        nn.mse_loss(np.zeros(shapes[0]), np.zeros(shapes[1]))


def test_public_names() -> None:
    assert all(hasattr(nn, name) for name in nn.__all__)
    assert len(set(nn.__all__)) == len(nn.__all__)
