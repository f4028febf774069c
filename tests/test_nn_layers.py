"""Layers: what they refuse and in which words, what is random in them, what they keep, how far their digits reach."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor, nn
from autograd_lite.core.dispatch import untracked
from benchmarks import peers
from benchmarks.measure import compare
from benchmarks.workloads import convolution

RNG = np.random.default_rng(0)


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape)


# Bad input


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nn.Linear(0, 2), r"Linear\(in_features=0\): in_features must be a positive integer"),
        (lambda: nn.Linear(2.0, 2), r"Linear\(in_features=2.0\)"),
        (lambda: nn.Linear(True, 2), "positive integer"),
        (lambda: nn.Bilinear(2, -1, 3), r"Bilinear\(in2_features=-1\)"),
        (lambda: nn.linear(zeros(4, 3), zeros(2, 4)), r"linear\(x, weight, bias\).*\(4, 3\).*\(2, 4\).*no bias"),
        (lambda: nn.linear(zeros(4, 3), zeros(2, 3), zeros(3)), r"linear\(x, weight, bias\).*shape \(3,\)"),
        (lambda: nn.Embedding(0, 3), r"Embedding\(num_embeddings=0\)"),
        (lambda: nn.Embedding(4, 3, padding_idx=4), r"padding_idx=4\): the rows are 0 to 3"),
        (lambda: nn.Embedding(4, 3, padding_idx=1.5), r"padding_idx=1.5\): the rows are 0 to 3"),
        (lambda: nn.LayerNorm(()), "at least one length"),
        (lambda: nn.LayerNorm((3, 0)), "positive integer"),
        (lambda: nn.GroupNorm(2, 3), r"num_groups=2, num_channels=3\): groups of equal size"),
        (lambda: nn.BatchNorm1d("3"), "positive integer"),
        (lambda: nn.Conv2d(2, 3, 3, groups=2), r"Conv2d\(2, 3, groups=2\): both numbers of channels"),
        (lambda: nn.Conv2d(2, 3, (3, 3, 3)), "kernel_size=.* or 2 of them"),
        (lambda: nn.Conv2d(2, 3, 0), "kernel_size=0"),
        (lambda: nn.Conv1d(2, 3, 3, padding="full"), r"padding='full'\) must be 'same', 'valid'"),
        (lambda: nn.ConvTranspose2d(2, 3, 3, output_padding=-1), "output_padding=-1"),
        (lambda: nn.ConvTranspose2d(2, 3, 3, padding="same"), "ConvTranspose2d: padding='same' must be a whole number"),
        (lambda: nn.Conv1d(2, 3, 2.5), "kernel_size=2.5 must be a whole number"),
        (lambda: nn.MaxPool2d(2, padding=2), "at most half of the window"),
        (lambda: nn.MaxPool2d(2, stride=0), "stride=0"),
        (lambda: nn.AvgPool2d(2, divisor_override=0), "divisor_override"),
        (lambda: nn.AdaptiveAvgPool2d((1, 2, 3)), "one length for all axes or 2"),
        (lambda: nn.AdaptiveMaxPool1d(0), "output_size must be a positive integer"),
        (lambda: nn.Unflatten(1, (-1, -1)), "only one length may be -1"),
        (lambda: nn.PReLU(0), "num_parameters"),
    ],
)
def test_layers_that_cannot_be(make: Any, words: str) -> None:
    with pytest.raises(ag.ShapeError, match=words):
        make()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nn.Linear(3, 2)(zeros(5, 4)), r"last axis has length 3, and got shape \(5, 4\)"),
        (lambda: nn.Bilinear(3, 4, 2)(zeros(5, 3), zeros(6, 4)), r"agree in front, and got shape \(5, 3\) and shape"),
        (lambda: nn.LayerNorm(3)(zeros(5, 4)), r"lengths \(3,\), and got shape \(5, 4\)"),
        (lambda: nn.LayerNorm(3)([1.0, 2.0, 3.0]), "a list, which has no shape"),
        (lambda: nn.RMSNorm((2, 3))(zeros(3)), r"RMSNorm\(\(2, 3\)\)"),
        (lambda: nn.GroupNorm(2, 4)(zeros(5, 3)), r"shape \(N, 4, ...\), and got shape \(5, 3\)"),
        (lambda: nn.BatchNorm1d(3)(zeros(5, 4)), r"\(N, 3\) or \(N, 3, length\), and got shape \(5, 4\)"),
        (lambda: nn.BatchNorm2d(3)(zeros(5, 3)), r"\(N, 3, height, width\)"),
        (lambda: nn.BatchNorm1d(3)(zeros(1, 3)), "more than one number for each channel while training"),
        (lambda: nn.BatchNorm1d(3)(zeros(0, 3)), r"mean and variance of 0 number"),
        (lambda: nn.InstanceNorm2d(3)(zeros(2, 3, 1, 1)), "more than one number"),
        (lambda: nn.Flatten(1, 3)(zeros(2, 3)), r"end_dim=3\) got shape \(2, 3\)"),
        (lambda: nn.Unflatten(1, (2, 2))(zeros(2, 3)), r"axis 1 cannot be parted"),
        (lambda: nn.Unflatten(2, (2, 2))(zeros(2, 3)), r"axis 2 cannot be parted"),
        (lambda: nn.Conv2d(1, 8, 3)(zeros(64, 28, 28)), r"\(N, 1, height, width\), and got .* x\[:, None\]"),
        (lambda: nn.Conv1d(2, 8, 3)(zeros(4, 3, 9)), r"Conv1d\(2 → 8\) expects .* \(N, 2, length\)"),
        (
            lambda: nn.Conv2d(1, 8, 3, dilation=4)(zeros(2, 1, 4, 5)),
            r"Conv2d\(kernel_size=\(3, 3\), .* of shape \(2, 1, 4, 5\): .* spans \(9, 9\) does not fit into \(4, 5\)",
        ),
        (
            lambda: nn.Conv1d(1, 1, 7, padding=1, padding_mode="replicate")(zeros(1, 1, 3)),
            r"Conv1d\(kernel_size=\(7,\)",
        ),
        (lambda: nn.MaxPool1d(5)(zeros(1, 4)), r"MaxPool1d\(kernel_size=\(5,\), .* shape \(1, 1, 4\)"),
        (lambda: nn.AdaptiveMaxPool2d(2)(zeros(1, 1, 0, 3)), r"lengths \(0, 3\): nothing to pool"),
        (lambda: nn.ConvTranspose2d(1, 1, 1, padding=3)(zeros(1, 1, 3, 3)), r"ConvTranspose2d\(1 → 1, 1×1, padding"),
        (lambda: nn.softmax(zeros(2, 3), dim=4), r"softmax\(..., dim=4\) .* \(2, 3\): its axes are 0, 1, or -2, -1"),
        (lambda: nn.Softmax(dim=(0, 2))(zeros(2, 3)), r"dim=\(0, 2\)"),
        (lambda: nn.log_softmax(zeros(2, 3), dim=None), "dim=None"),  # type: ignore[arg-type]
        (lambda: nn.softmax(zeros()), "it has no axes"),
        (lambda: nn.glu(zeros(2, 4), dim=2), r"glu\(..., dim=2\)"),
        (lambda: nn.cosine_similarity(zeros(3), zeros(3)), r"cosine_similarity\(..., dim=1\) .* shape \(3,\)"),
        (lambda: nn.Conv2d(1, 1, 3, padding=4, padding_mode="reflect")(zeros(1, 1, 4, 4)), "too short to be padded"),
        (lambda: nn.Conv2d(1, 1, 3, padding=5, padding_mode="circular")(zeros(1, 1, 4, 4)), "too short to be padded"),
        (lambda: nn.ConvTranspose1d(2, 1, 3, output_padding=1)(zeros(2, 2, 4)), "less than stride"),
        (lambda: nn.MaxPool2d(2)(zeros(4, 4)), r"\(N, channels, height, width\), and got shape \(4, 4\)"),
        (lambda: nn.AvgPool1d(5)(zeros(1, 1, 4)), "does not fit"),
        (lambda: nn.AdaptiveAvgPool1d(2)(zeros(4)), r"\(N, channels, length\)"),
        (lambda: nn.glu(zeros(2, 3)), r"x of shape \(2, 3\) has 3 there"),
        (lambda: nn.prelu(zeros(2, 3), zeros(2)), r"each of its 3 channel"),
    ],
)
def test_input_that_does_not_fit(call: Any, words: str) -> None:
    with pytest.raises(ag.ShapeError, match=words):
        call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nn.Dropout(1.5), r"Dropout\(p=1.5\): a number from 0 to 1 is needed"),
        (lambda: nn.Dropout("0.5"), r"p='0.5'"),
        (lambda: nn.MultiheadAttention(4, 2, dropout=-0.1), r"dropout=-0.1\): a number from 0 to 1"),
        (lambda: nn.BatchNorm1d(3, momentum=3.0), r"BatchNorm1d\(momentum=3.0\): a number from 0 to 1"),
        (lambda: nn.LayerNorm(3, eps=-1), r"LayerNorm\(eps=-1\): a number that is not negative"),
        (lambda: nn.GroupNorm(1, 3, eps=float("nan")), r"GroupNorm\(eps=nan\)"),
        (lambda: nn.Conv2d(1, 1, 3, padding_mode="mirror"), "zeros, reflect, replicate, circular"),
        (lambda: nn.hardtanh(zeros(2), 1.0, -1.0), "min_val must be less than max_val"),
        (lambda: nn.softshrink(zeros(2), -1.0), r"softshrink\(lambd=-1.0\)"),
        (lambda: nn.hardshrink(zeros(2), -1.0), r"hardshrink\(lambd=-1.0\)"),
        (lambda: nn.softplus(zeros(2), beta=0), "divides by beta"),
        (lambda: nn.celu(zeros(2), alpha=0), "divides by alpha"),
        (lambda: nn.gelu(zeros(2), approximate="erf"), "must be 'none' or 'tanh'"),
    ],
)
def test_values_out_of_range(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    "make",
    [
        lambda dtype: nn.LayerNorm(3, dtype=dtype), lambda dtype: nn.RMSNorm(3, dtype=dtype),
        lambda dtype: nn.BatchNorm1d(3, dtype=dtype), lambda dtype: nn.Conv2d(1, 1, 3, dtype=dtype),
        lambda dtype: nn.Embedding(3, 2, dtype=dtype), lambda dtype: nn.PReLU(dtype=dtype),
        lambda dtype: nn.Bilinear(1, 1, 1, dtype=dtype), lambda dtype: nn.ConvTranspose1d(1, 1, 3, dtype=dtype),
    ],
)  # fmt: skip
def test_parameters_of_integers(make: Any) -> None:
    with pytest.raises(ag.DtypeError, match="floating dtype"):
        make(int)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Linear(3, 2), (4, 3)), (nn.Conv1d(3, 2, 1), (4, 3, 5)), (nn.ConvTranspose2d(1, 1, 1), (1, 1, 2, 2)),
        (nn.MaxPool1d(1), (4, 3, 5)), (nn.BatchNorm1d(3), (4, 3)), (nn.LayerNorm(3), (4, 3)),
        (nn.GroupNorm(1, 3), (4, 3)), (nn.RNN(3, 2), (4, 3)), (nn.GELU(), (4, 3)), (nn.Softmax(), (4, 3)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", [object, str])
def test_arrays_of_something_else_than_numbers(layer: nn.Module, shape: Any, dtype: Any) -> None:
    owner = type(layer).__name__ if layer.parameters() else ""
    with pytest.raises(ag.DtypeError, match=rf"{owner}.* numbers are needed. x.astype\(float\)"):
        layer(np.ones(shape).astype(dtype))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.AdaptiveAvgPool1d(4), (2, 3, 6)), (nn.AdaptiveMaxPool2d((2, 3)), (1, 3, 5)), (nn.RMSNorm(3), (4, 3)),
        (nn.AvgPool2d(2, padding=1), (1, 4, 4)), (nn.GroupNorm(1, 3), (4, 3)), (nn.BatchNorm1d(3), (4, 3)),
    ],
)  # fmt: skip
def test_whole_numbers_count_as_floats(layer: nn.Module, shape: Any) -> None:
    numbers = np.random.default_rng(0).integers(10, size=shape)
    found = untracked(layer(numbers))
    np.testing.assert_allclose(found, untracked(layer(numbers.astype(float))), rtol=1e-13)
    assert found.dtype == float


@pytest.mark.parametrize(
    ("layer", "shape"), [(nn.InstanceNorm1d(2, affine=True), (2, 5)), (nn.InstanceNorm2d(3), (3, 4, 2))]
)
def test_a_single_sample_is_normalised_as_a_batch_of_one(layer: nn.Module, shape: Any) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_array_equal(untracked(layer(x)), untracked(layer(x[None]))[0])


def test_a_seed_is_no_generator() -> None:
    with pytest.raises(TypeError, match=r"default_rng\(seed\)"):
        nn.Dropout(0.5, generator=0)  # type: ignore[arg-type]


# Embedding


@pytest.mark.parametrize("indices", [[0, 3], [-1, 0], [[2**40]], 3])
def test_words_that_are_not_in_the_table(indices: Any) -> None:
    with pytest.raises(IndexError, match=rf"index {np.ravel(indices)[np.ravel(indices) != 0][0]}: the rows are 0 to 2"):
        nn.Embedding(3, 2)(np.array(indices))


@pytest.mark.parametrize("indices", [[0.0, 1.0], [True, False]])
def test_words_that_are_no_integers(indices: Any) -> None:
    with pytest.raises(ag.DtypeError, match="integers are needed"):
        nn.Embedding(3, 2)(np.array(indices))


def test_rows_that_are_looked_up_often_add_their_cotangents() -> None:
    embedding = nn.Embedding(3, 2)
    embedding([0, 2, 0, 0]).backward(np.array([[1.0, 0], [5, 6], [10, 0], [100, 1]]))
    np.testing.assert_array_equal(embedding.weight.grad, [[111, 1], [0, 0], [5, 6]])


def test_looking_nothing_up() -> None:
    assert nn.Embedding(3, 2)(np.zeros((0, 4), int)).shape == (0, 4, 2)


def test_the_row_for_padding_starts_as_zeros() -> None:
    np.testing.assert_array_equal(nn.Embedding(3, 2, padding_idx=-1).weight.data[2], 0)


# Dropout


def test_the_same_seed_drops_the_same() -> None:
    x = Tensor(np.ones((100, 20)), requires_grad=True)
    first, second = (nn.Dropout(0.3, generator=np.random.default_rng(5))(x) for _ in range(2))
    np.testing.assert_array_equal(first.data, second.data)
    nn.seed(3)
    third = nn.Dropout(0.3)(x).data
    nn.seed(3)
    np.testing.assert_array_equal(nn.Dropout(0.3)(x).data, third)
    assert (third != first.data).any()


def test_what_is_dropped_gets_no_cotangent_and_the_rest_keeps_the_mean() -> None:
    x = Tensor(np.ones((1000, 200)), requires_grad=True)
    y = nn.Dropout(0.25, generator=np.random.default_rng(0))(x)
    y.backward(np.ones(y.shape))
    np.testing.assert_array_equal(x.grad, y.data)
    np.testing.assert_array_equal(np.unique(y.data), [0, 1 / 0.75])
    assert abs(y.data.mean() - 1) < 0.01
    assert abs((y.data == 0).mean() - 0.25) < 0.005


def test_dropout_keeps_the_dtype() -> None:
    assert nn.Dropout(0.5)(np.ones(3, np.float32)).dtype == np.float32


def test_dropout_is_replayed_by_a_checkpoint() -> None:
    dropout, x = nn.Dropout(0.5), np.ones(50)
    value, gradient = ag.value_and_grad(lambda x: np.sum(ag.checkpoint(dropout)(x) ** 2))(x)
    np.testing.assert_allclose(np.sum(gradient) / 2, value)


# Normalisation


def test_numbers_far_from_zero_keep_their_variance() -> None:
    x = 1e8 + np.array([[1.0, 2.0, 3.0, 4.0]])
    wanted = (np.array([[1.0, 2.0, 3.0, 4.0]]) - 2.5) / np.sqrt(1.25 + 1e-5)
    np.testing.assert_allclose(nn.LayerNorm(4)(x).data, wanted, rtol=1e-12)
    np.testing.assert_allclose(nn.BatchNorm1d(1)(x.T).data, wanted.T, rtol=1e-12)


def test_equal_numbers_become_zeros_with_a_finite_gradient() -> None:
    x = Tensor(np.full((2, 3), 5.0), requires_grad=True)
    y = nn.LayerNorm(3)(x)
    y.backward(RNG.normal(size=(2, 3)))
    np.testing.assert_array_equal(y.data, 0)
    assert np.isfinite(x.grad).all()


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.LayerNorm(4), (3, 4)), (nn.RMSNorm(4), (3, 4)), (nn.GroupNorm(2, 4), (3, 4, 2)),
        (nn.BatchNorm1d(4), (5, 4)), (nn.BatchNorm2d(2), (2, 2, 2, 2)), (nn.InstanceNorm1d(2, affine=True), (2, 2, 3)),
        (nn.Conv2d(2, 3, 2, padding=1), (1, 2, 2, 2)), (nn.ConvTranspose1d(2, 1, 2, stride=2), (1, 2, 3)),
        (nn.MaxPool2d(2, 1), (1, 1, 3, 3)), (nn.AvgPool1d(2, padding=1), (1, 2, 4)),
        (nn.AdaptiveAvgPool1d(2), (1, 1, 3)), (nn.AdaptiveMaxPool1d(2), (1, 1, 3)), (nn.Bilinear(2, 2, 2), None),
        (nn.GELU(), (3,)), (nn.PReLU(), (2, 3)),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_whole_layers_to_second_order(layer: nn.Module, shape: Any) -> None:
    rng = np.random.default_rng(1)
    inputs = (rng.normal(size=shape),) if shape else (rng.normal(size=(2, 2)), rng.normal(size=(2, 2)))
    weights = rng.normal(size=layer(*inputs).shape)
    ag.check_grads(lambda *xs: np.sum(weights * np.sin(layer(*xs))), inputs, order=2)


def test_running_statistics_are_those_of_the_batches() -> None:
    x, norm = RNG.normal(3, 2, (6, 50, 2)), nn.BatchNorm1d(2, momentum=None)
    for batch in x:
        norm(batch)
    np.testing.assert_allclose(norm.running_mean, x.mean((0, 1)))
    np.testing.assert_allclose(norm.running_var, x.var(1, ddof=1).mean(0))
    assert norm.num_batches_tracked == 6
    assert type(norm.num_batches_tracked) is np.ndarray
    before = {name: value.copy() for name, value in norm.state_dict().items()}
    norm.eval()(x[0])
    for name, value in norm.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_evaluation_takes_a_single_sample_too() -> None:
    assert nn.BatchNorm1d(3).eval()(zeros(1, 3)).shape == (1, 3)


@pytest.mark.parametrize("train", [True, False])
def test_running_statistics_keep_their_dtype(train: bool) -> None:
    norm = nn.BatchNorm2d(2, dtype=np.float32).train(train)
    assert norm(np.ones((2, 2, 2, 2), np.float32)).dtype == np.float32
    assert norm.running_mean.dtype == norm.running_var.dtype == np.float32


def test_batch_normalisation_is_copied_pickled_and_saved_with_its_statistics() -> None:
    norm = nn.BatchNorm1d(2)
    norm(RNG.normal(size=(5, 2)))
    fresh = nn.BatchNorm1d(2)
    fresh.load_state_dict(norm.state_dict())
    x = RNG.normal(size=(4, 2))
    wanted = norm.eval()(x).data
    for twin in (copy.deepcopy(norm), pickle.loads(pickle.dumps(norm)), fresh.eval()):
        np.testing.assert_array_equal(twin(x).data, wanted)


# Activations


def test_digits_far_out_and_near_zero() -> None:
    x = np.array([-1000.0, -40.0, -30.0])
    np.testing.assert_allclose(nn.silu(x), x * np.exp(x) / (1 + np.exp(x)), rtol=1e-14)
    np.testing.assert_allclose(nn.mish(x), x * np.exp(x), rtol=1e-12)
    np.testing.assert_allclose(nn.log_sigmoid(x), x, rtol=1e-12)
    np.testing.assert_allclose(nn.gelu(np.array([-10.0])), [-10 * 7.61985302416052e-24], rtol=1e-12)
    small = np.array([1e-8, 1e-3, 0.5])
    wanted = [1e-24 / 3, 3.33333200000054e-10, 0.5 - np.tanh(0.5)]
    np.testing.assert_allclose(nn.tanhshrink(small), wanted, rtol=1e-13)


@pytest.mark.parametrize("name", ["elu", "selu", "silu", "mish", "gelu", "softplus", "log_sigmoid", "softsign"])
def test_nothing_overflows(name: str) -> None:
    x = np.array([-1e4, -800.0, 0.0, 800.0, 1e4])
    with np.errstate(over="raise", invalid="raise"):
        assert np.isfinite(getattr(nn, name)(x)).all()
    assert np.isfinite(ag.elementwise_grad(getattr(nn, name))(x)).all()


@pytest.mark.parametrize("name", ["relu", "elu", "gelu", "softplus", "hardtanh", "softsign", "threshold", "relu6"])
def test_whole_numbers_and_lists(name: str) -> None:
    further = (0.5, -1.5) if name == "threshold" else ()
    wanted = getattr(nn, name)(np.array([-1.0, 2.0]), *further)
    np.testing.assert_array_equal(getattr(nn, name)(np.array([-1, 2]), *further), wanted)
    np.testing.assert_array_equal(getattr(nn, name)([-1, 2], *further), wanted)


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu_of_half_precision_keeps_it(approximate: str) -> None:
    x = Tensor(np.array([-1.0, 0.5], np.float16), requires_grad=True)
    y = nn.gelu(x, approximate)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == np.float16
    np.testing.assert_allclose(y.data, nn.gelu(np.array([-1.0, 0.5]), approximate), rtol=2e-3)


def test_the_other_name_of_silu() -> None:
    assert nn.swish is nn.silu
    assert nn.Swish is nn.SiLU


# Convolution and pooling


def test_the_odd_zero_of_same_padding_stands_at_the_end() -> None:
    layer = nn.Conv1d(1, 1, 2, padding="same", bias=False)
    layer.weight.data[...] = 1
    np.testing.assert_array_equal(layer(np.array([[[1.0, 2.0, 4.0]]])).data, [[[3, 6, 4]]])


def test_transposed_convolution_is_the_transpose() -> None:
    options: dict[str, Any] = {"stride": 2, "padding": 1, "bias": False}
    forward, back = nn.Conv2d(2, 3, 3, **options), nn.ConvTranspose2d(3, 2, 3, output_padding=1, **options)
    back.weight.data[...] = forward.weight.data
    x, y = RNG.normal(size=(2, 2, 6, 6)), RNG.normal(size=(2, 3, 3, 3))
    np.testing.assert_allclose(np.sum(forward(x).data * y), np.sum(x * back(y).data), rtol=1e-12)


def test_a_network_of_convolutions_has_pytorchs_names() -> None:
    torch = pytest.importorskip("torch")
    kinds = (("Conv2d", 1, 4, 3), ("BatchNorm2d", 4), ("ReLU",), ("MaxPool2d", 2), ("Flatten",), ("Linear", 36, 2))
    ours = nn.Sequential(*(getattr(nn, name)(*arguments) for name, *arguments in kinds))
    theirs = torch.nn.Sequential(*(getattr(torch.nn, name)(*arguments) for name, *arguments in kinds)).double()
    assert set(ours.state_dict()) == set(theirs.state_dict())
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    x = RNG.normal(size=(3, 1, 8, 8))
    np.testing.assert_allclose(ours(x).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("workload", convolution.WORKLOADS[::2], ids=lambda workload: workload.name)
def test_the_benchmarked_network_by_hand(workload: Any) -> None:
    compare(workload, [peers.OURS_NN, peers.HAND], runs=1)


def test_pooling_of_infinite_cotangents() -> None:
    x = np.array([[[1.0, 3.0, 2.0, 0.0]]])
    gradient = ag.vjp(nn.MaxPool1d(2), x)[1](np.array([[[np.inf, 1.0]]]))
    np.testing.assert_array_equal(np.ravel(gradient), [0, np.inf, 1, 0])


def test_a_first_window_that_reaches_over_the_end() -> None:
    x = np.array([[3.0, 1.0, 5.0, 4.0, 2.0, 6.0]])
    np.testing.assert_array_equal(nn.MaxPool1d(4, dilation=2, ceil_mode=True)(x), [[5.0]])  # columns 0, 2 and 4
    np.testing.assert_array_equal(nn.AvgPool1d(8, ceil_mode=True)(x), [[3.5]])
    with pytest.raises(ag.ShapeError, match="does not fit"):
        nn.MaxPool1d(4, stride=1, dilation=2, ceil_mode=True)(x)


def test_layers_show_their_sizes() -> None:
    shown = {
        "Conv2d(1 → 8, 3×3, padding=(1, 1))": nn.Conv2d(1, 8, 3, padding=1),
        "Conv1d(2 → 4, 5, stride=(2,), padding=same, groups=2, no bias)":
            nn.Conv1d(2, 4, 5, stride=2, padding="same", groups=2, bias=False),
        "MaxPool2d(2×2)": nn.MaxPool2d(2),
        "AvgPool1d(3, stride=(1,), padding=(1,), ceil_mode=True)": nn.AvgPool1d(3, 1, 1, ceil_mode=True),
        "AdaptiveAvgPool2d((1, None))": nn.AdaptiveAvgPool2d((1, None)),
        "BatchNorm1d(3, eps=1e-05, momentum=0.1)": nn.BatchNorm1d(3),
        "LayerNorm((3,), eps=1e-05, no bias)": nn.LayerNorm(3, bias=False),
        "Embedding(5, 2, padding_idx=4)": nn.Embedding(5, 2, padding_idx=-1),
        "Dropout(p=0.1)": nn.Dropout(0.1),
        "GELU(approximate='tanh')": nn.GELU("tanh"),
        "Hardtanh(min_val=-2, max_val=2)": nn.Hardtanh(-2, 2),
        "Flatten(start_dim=1, end_dim=-1)": nn.Flatten(),
        "Bilinear(1, 2 → 3)": nn.Bilinear(1, 2, 3),
    }  # fmt: skip
    for text, layer in shown.items():
        assert repr(layer).startswith(text)
