"""Initial values: their statistics, shapes, seeds and refusals, and that parameters are filled in place."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor, nn
from autograd_lite.nn import initializers

DRAWN = ["uniform", "normal", "trunc_normal", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal",
         "orthogonal"]  # fmt: skip
PATTERNS = ["zeros", "ones", "eye"]

every_drawn = pytest.mark.parametrize("name", DRAWN)


def draw(name: str, *args: Any, **options: Any) -> np.ndarray:
    return getattr(initializers, name)(*args, **options)


# Statistics: of 40,000 numbers a deviation is known to 0.4 %, and a mean to 0.5 % of that

SHAPE = (200, 20, 10)  # fan_in 200, fan_out 2000
FAN_IN, FAN_OUT = 200, 2000

DEVIATIONS = [
    ("uniform", {"a": -2.0, "b": 4.0}, 1.0, 6 / math.sqrt(12)),
    ("normal", {"mean": 3.0, "std": 0.5}, 3.0, 0.5),
    ("xavier_uniform", {"gain": 2.0}, 0.0, 2 * math.sqrt(2 / (FAN_IN + FAN_OUT))),
    ("xavier_normal", {"gain": 2.0}, 0.0, 2 * math.sqrt(2 / (FAN_IN + FAN_OUT))),
    ("kaiming_uniform", {}, 0.0, math.sqrt(2 / FAN_IN)),
    ("kaiming_normal", {}, 0.0, math.sqrt(2 / FAN_IN)),
    ("kaiming_normal", {"a": 2.0}, 0.0, math.sqrt(2 / 5 / FAN_IN)),
    ("kaiming_normal", {"mode": "fan_out"}, 0.0, math.sqrt(2 / FAN_OUT)),
    ("kaiming_uniform", {"nonlinearity": "tanh"}, 0.0, 5 / 3 / math.sqrt(FAN_IN)),
    ("kaiming_uniform", {"nonlinearity": "relu", "mode": "fan_out"}, 0.0, math.sqrt(2 / FAN_OUT)),
    ("trunc_normal", {}, 0.0, 0.8796),  # √(1 - 4 φ(2) / (2 Φ(2) - 1)), N. Johnson et al., 1994, section 13.10.1
    ("trunc_normal", {"mean": 5.0, "std": 2.0, "a": 1.0, "b": 9.0}, 5.0, 2 * 0.8796),
]


@pytest.mark.parametrize(("name", "options", "mean", "deviation"), DEVIATIONS)
def test_mean_and_deviation(name: str, options: dict[str, Any], mean: float, deviation: float) -> None:
    values = draw(name, SHAPE, **options, generator=np.random.default_rng(0))
    assert values.shape == SHAPE
    np.testing.assert_allclose(np.std(values), deviation, rtol=0.02)
    np.testing.assert_allclose(np.mean(values), mean, atol=0.025 * deviation)


@pytest.mark.parametrize(
    ("name", "deviation"), [("xavier_uniform", math.sqrt(2 / (FAN_IN + FAN_OUT))), ("kaiming_uniform", 0.1)]
)
def test_even_distributions_are_bounded(name: str, deviation: float) -> None:
    values = draw(name, SHAPE, generator=np.random.default_rng(0))
    bound = math.sqrt(3) * deviation
    assert 0.999 * bound < np.max(np.abs(values)) <= bound


@pytest.mark.parametrize(
    ("a", "b"), [(-2.0, 2.0), (0.5, 1.0), (5.0, 6.0), (-9.0, -8.5), (12.0, 40.0), (-math.inf, 0.0)]
)
def test_truncated_normal_against_scipy(a: float, b: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    values = initializers.trunc_normal((20_000,), a=a, b=b, generator=np.random.default_rng(1))
    assert a <= values.min() <= values.max() <= b
    wanted = stats.truncnorm(a, b)
    np.testing.assert_allclose(values.mean(), wanted.mean(), atol=5 * wanted.std() / math.sqrt(20_000))
    assert stats.kstest(values, wanted.cdf).pvalue > 1e-3


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (4, 2, 3), (2, 3, 3)], ids=str)
def test_orthogonal(shape: tuple[int, ...]) -> None:
    w = initializers.orthogonal(shape, gain=2.0, generator=np.random.default_rng(0)).reshape(shape[0], -1)
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-14)


def test_orthogonal_matrices_are_drawn_evenly() -> None:
    """Of rotations and reflections of the plane each entry has the mean 0 and the mean square 1/2."""
    rng = np.random.default_rng(0)
    drawn = np.stack([initializers.orthogonal((2, 2), generator=rng) for _ in range(2000)])
    np.testing.assert_allclose(drawn.mean(0), 0, atol=0.06)
    np.testing.assert_allclose((drawn**2).mean(0), 0.5, atol=0.03)
    assert abs(np.linalg.det(drawn).mean()) < 0.08


# Seeds


@every_drawn
def test_same_seed_same_numbers(name: str) -> None:
    nn.seed(3)
    first, second = draw(name, (4, 5)), draw(name, (4, 5))
    nn.seed(3)
    np.testing.assert_array_equal(draw(name, (4, 5)), first)
    assert np.all(first != second)
    passed = [draw(name, (4, 5), generator=np.random.default_rng(7)) for _ in range(2)]
    np.testing.assert_array_equal(*passed)


@every_drawn
def test_precision_rounds_the_same_numbers(name: str) -> None:
    double, single = (draw(name, (4, 5), dtype=d, generator=np.random.default_rng(7)) for d in (float, np.float32))
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype(np.float32))


@pytest.mark.parametrize(("value", "error"), [("a", TypeError), (1.5, TypeError), (-1, ValueError)])
def test_seeds_that_are_none(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=re.escape(f"nn.seed({value!r})")):
        nn.seed(value)


def test_a_seed_reaches_layers_that_were_made_before() -> None:
    dropout = nn.Dropout(0.5)
    nn.seed(1)
    first = dropout(np.ones(50))
    nn.seed(1)
    np.testing.assert_array_equal(dropout(np.ones(50)), first)


def test_a_checkpoint_draws_from_the_default_generator_again() -> None:
    model = nn.Sequential(nn.Linear(3, 20), nn.Dropout(0.5), nn.Linear(20, 1))
    x = np.ones((2, 3))
    generator = initializers.generator_or_default(None)
    nn.seed(5)
    wanted, after = ag.grad(lambda x: model(x).sum())(x).data, generator.random()
    nn.seed(5)
    np.testing.assert_array_equal(ag.grad(lambda x: ag.checkpoint(model)(x).sum())(x).data, wanted)
    assert generator.random() == after


@every_drawn
def test_a_seed_is_no_generator(name: str) -> None:
    with pytest.raises(TypeError, match=r"numpy.random.default_rng\(seed\)"):
        draw(name, (2, 2), generator=0)


# In place


@pytest.mark.parametrize("name", DRAWN + PATTERNS)
def test_filling_is_drawing(name: str) -> None:
    layer = nn.Linear(4, 3, dtype=np.float32)
    data, node = layer.weight.data, layer.weight.node
    options = {"generator": np.random.default_rng(2)} if name in DRAWN else {}
    assert getattr(initializers, f"{name}_")(layer.weight, **options) is layer.weight
    assert layer.weight.data is data
    assert layer.weight.node is not node
    options = {"generator": np.random.default_rng(2)} if name in DRAWN else {}
    np.testing.assert_array_equal(data, draw(name, (3, 4), dtype=np.float32, **options))
    plain = np.full((3, 4), np.nan, np.float32)
    options = {"generator": np.random.default_rng(2)} if name in DRAWN else {}
    assert getattr(initializers, f"{name}_")(plain, **options) is plain
    np.testing.assert_array_equal(plain, data)


def test_options_are_passed_by_position_as_pytorch_has_them() -> None:
    rng = np.random.default_rng
    w = np.zeros((30, 40))
    for fill, options, name in [
        (initializers.uniform_, (-1.0, 2.0), "uniform"),
        (initializers.normal_, (1.0, 2.0), "normal"),
        (initializers.trunc_normal_, (1.0, 2.0, 0.5, 3.0), "trunc_normal"),
        (initializers.xavier_uniform_, (3.0,), "xavier_uniform"),
        (initializers.xavier_normal_, (3.0,), "xavier_normal"),
        (initializers.kaiming_uniform_, (0.3, "fan_out", "leaky_relu"), "kaiming_uniform"),
        (initializers.kaiming_normal_, (0.3, "fan_out", "relu"), "kaiming_normal"),
        (initializers.orthogonal_, (3.0,), "orthogonal"),
    ]:
        fill(w, *options, generator=rng(0))  # type: ignore[operator]
        np.testing.assert_array_equal(w, draw(name, (30, 40), *options, generator=rng(0)))
    np.testing.assert_array_equal(initializers.constant_(w, 0.25), 0.25)


def test_scalars_and_constants_are_filled() -> None:
    assert initializers.constant_(Tensor(1.0, requires_grad=True), 2.0).item() == 2.0
    assert initializers.ones_(Tensor([3.0])).data == [1.0]


def test_a_graph_recorded_before_a_filling_is_refused() -> None:
    layer = nn.Linear(2, 1)
    loss = layer(np.ones((1, 2))).sum()
    initializers.zeros_(layer.weight)
    with pytest.raises(ag.SupersededError):
        loss.backward()


# Refusals


@pytest.mark.parametrize("name", ["xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal"])
@pytest.mark.parametrize("shape", [(3,), (), (0, 3)], ids=str)
def test_weights_need_fans(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ag.ShapeError, match=rf"{name}\(shape=.*outputs, inputs"):
        draw(name, shape)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: initializers.uniform((2,), 1.0, 0.0), r"a=1.0, b=0.0"),
        (lambda: initializers.normal((2,), std=-1.0), r"std=-1.0"),
        (lambda: initializers.trunc_normal((2,), a=2.0, b=2.0), r"needs std > 0 and a < b"),
        (lambda: initializers.kaiming_normal((2, 2), mode="fan"), r"mode='fan'\) must be 'fan_in' or 'fan_out'"),
        (lambda: initializers.kaiming_normal((2, 2), nonlinearity="gelu"), r"calculate_gain\('gelu'\).*leaky_relu"),
        (lambda: initializers.eye((2, 2, 2)), r"a matrix has two axes"),
        (lambda: initializers.zeros((2,), dtype=int), r"dtype int64: parameters need a floating"),
        (lambda: initializers.zeros_(np.zeros(2, int)), r"dtype int64: parameters need a floating"),
        (lambda: initializers.zeros_([0.0, 1.0]), r"fills a Tensor or an array, and got a list"),
        (lambda: initializers.zeros_(Tensor([1.0], requires_grad=True) * 2), r"which an operation made"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_gains_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    for name in ("linear", "conv2d", "conv_transpose1d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        np.testing.assert_allclose(initializers.calculate_gain(name), torch.nn.init.calculate_gain(name), rtol=1e-15)
    wanted = torch.nn.init.calculate_gain("leaky_relu", 0.3)
    np.testing.assert_allclose(initializers.calculate_gain("leaky_relu", 0.3), wanted, rtol=1e-15)
