"""Convolution, pooling and signals: against PyTorch and SciPy, in every mode, and what is not kept."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest
from scipy import signal as reference

import autograd_lite as ag
from autograd_lite import ShapeError, Tensor
from autograd_lite.rules import convolution_products, signals
from autograd_lite.rules.convolution import convolution, convolution_transpose
from autograd_lite.rules.pooling import average_pool, max_pool
from autograd_lite.scipy import signal

RNG = np.random.default_rng(0)


def assert_agrees_with_torch(ours: Any, theirs: Any, arrays: list[np.ndarray]) -> None:
    """Assert that values and gradients are those of a function of PyTorch."""
    torch = pytest.importorskip("torch")
    leaves = [torch.tensor(x, requires_grad=True) for x in arrays]
    wanted = theirs(torch.nn.functional, *leaves)
    g = RNG.normal(size=tuple(wanted.shape))
    wanted.backward(torch.tensor(g))
    out, pull = ag.vjp(ours, *arrays)
    np.testing.assert_allclose(out, wanted.detach().numpy(), rtol=1e-11, atol=1e-12)
    for found, leaf in zip(pull(g), leaves, strict=True):
        np.testing.assert_allclose(found, leaf.grad.numpy(), rtol=1e-11, atol=1e-12)


# Networks


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "groups"), list(itertools.product((1, 2), (0, 1), (1, 2), (1, 2)))
)
def test_convolutions_are_those_of_torch(
    dimensions: int, stride: int, padding: int, dilation: int, groups: int
) -> None:
    space, kernel = (7, 6, 5)[:dimensions], (3, 2, 2)[:dimensions]
    x, numbers = RNG.normal(size=(2, 8, *space)), (stride, padding, dilation, groups)
    assert_agrees_with_torch(
        lambda x, w: convolution(x, w, *numbers),
        lambda f, x, w: getattr(f, f"conv{dimensions}d")(x, w, None, *numbers),
        [x, RNG.normal(size=(6, 8 // groups, *kernel))],
    )
    assert_agrees_with_torch(
        lambda x, w: convolution_transpose(x, w, *numbers, output_padding=stride - 1),
        lambda f, x, w: getattr(f, f"conv_transpose{dimensions}d")(
            x, w, None, stride, padding, stride - 1, groups, dilation
        ),
        [x, RNG.normal(size=(8, 6 // groups, *kernel))],
    )


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (1, 1, 2), (3, 0, 1)])
def test_pooling_is_that_of_torch(dimensions: int, stride: int, padding: int, dilation: int) -> None:
    x = RNG.normal(size=(2, 3, *(7, 6, 5)[:dimensions]))
    assert_agrees_with_torch(
        lambda x: max_pool(x, 2, stride, padding, dilation),
        lambda f, x: getattr(f, f"max_pool{dimensions}d")(x, 2, stride, padding, dilation),
        [x],
    )
    assert_agrees_with_torch(
        lambda x: average_pool(x, 2, stride, padding),
        lambda f, x: getattr(f, f"avg_pool{dimensions}d")(x, 2, stride, padding),
        [x],
    )


def test_a_transposed_convolution_is_the_adjoint() -> None:
    x, w = RNG.normal(size=(2, 3, 7)), RNG.normal(size=(4, 3, 3))
    y = RNG.normal(size=(2, 4, 3))
    left = np.sum(convolution(x, w, stride=2) * y)
    np.testing.assert_allclose(left, np.sum(x * convolution_transpose(y, w, stride=2)), rtol=1e-13)


@pytest.mark.parametrize("at_once", [0, 1 << 25])
def test_the_gradient_of_plain_arrays_is_the_recorded_one(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution_products, "AT_ONCE", at_once)
    x, w = RNG.normal(size=(2, 8, 6, 5)), RNG.normal(size=(4, 4, 3, 2))

    def f(x: Any, w: Any) -> Any:
        return np.sum(np.sin(convolution(x, w, stride=(2, 1), padding=1, dilation=(1, 2), groups=2)))

    plain = ag.grad(f, (0, 1))(x, w)
    recorded = ag.vjp(lambda x, w: ag.grad(f, (0, 1))(x, w), x, w)[0]
    for a, b in zip(plain, recorded, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_the_unfolded_input_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution_products, "AT_ONCE", 0)  # as if it were large
    x = Tensor(np.ones((4, 8, 32, 32)), requires_grad=True)
    w = Tensor(np.ones((2, 8, 5, 5)), requires_grad=True)
    convolution(x, w)
    tracemalloc.start()
    out = convolution(x, w)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    out.backward(np.ones(out.shape))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kept < 2 * out.data.nbytes
    assert peak < 8 * x.data.nbytes  # unfolded it would be 19 times the input


def test_ties_share_the_cotangent_in_long_windows_too() -> None:
    x = np.zeros((1, 1, 300))
    np.testing.assert_allclose(ag.grad(lambda x: np.sum(max_pool(x, 300)))(x), 1 / 300)


def test_whole_numbers_are_pooled() -> None:
    x = Tensor(np.arange(4).reshape(1, 1, 4))
    np.testing.assert_array_equal(max_pool(x, 2, padding=1).data, [[[0, 2, 3]]])


X, W = np.ones((2, 4, 5, 5)), np.ones((6, 4, 3, 3))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: convolution(X, W[:, :3]), r"weight of shape \(6, 3, 3, 3\) is for 3 channels .* has 4"),
        (lambda: convolution(X, W, groups=4), "groups=4"),
        (lambda: convolution(X, W[0]), "one axis of kernel for each of space"),
        (lambda: convolution(X[:, :, :2], W), "does not fit"),
        (lambda: convolution(X, W, stride=0), "stride=0 must be a whole number of at least 1"),
        (lambda: convolution(X, W, stride=(1, 1, 1)), "or 2 of them"),
        (lambda: convolution(X, W, padding=-1), "padding=-1 must be"),
        (lambda: convolution(X, W, padding="full"), "padding='full' must be"),
        (lambda: convolution(X, W, padding=[(1, 1)]), "2 numbers or pairs"),
        (lambda: convolution_transpose(X, W), "for 6 channels"),
        (lambda: convolution_transpose(X, W[:4], padding="same"), "no one meaning"),
        (lambda: convolution_transpose(X, W[:4], output_padding=1), "output_padding=1 must be less"),
        (lambda: convolution_transpose(X, W[:4], padding=9), "less padding"),
        (lambda: max_pool(X, 2, padding=2), "outside of the array"),
        (lambda: max_pool(X, 6), "does not fit"),
        (lambda: average_pool(X[0, 0], 2), r"\(batch, channels, \*space\)"),
    ],
)
def test_refusals_say_what_was_wrong(call: Any, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        call()


# Signals

PAIRS = list(itertools.product((1, 2, 3, 5), (1, 2, 4), ("full", "same", "valid")))


@pytest.mark.parametrize(("n", "m", "mode"), PAIRS)
def test_values_of_every_mode(n: int, m: int, mode: str) -> None:
    x, y = RNG.normal(size=n) + 1j * RNG.normal(size=n), RNG.normal(size=m) + 1j * RNG.normal(size=m)
    for a, b in ((x, y), (x.real, y.real)):
        for f in (np.convolve, np.correlate):
            np.testing.assert_allclose(f(Tensor(a), Tensor(b), mode).data, f(a, b, mode), atol=1e-12)
        for name, method in itertools.product(("convolve", "correlate"), ("direct", "fft", "auto")):
            found = getattr(signal, name)(Tensor(a), b, mode, method)
            np.testing.assert_allclose(found.data, getattr(reference, name)(a, b, mode, method), atol=1e-12)


@pytest.mark.parametrize("boundary", ["fill", "wrap", "symm"])
@pytest.mark.parametrize(
    ("x_shape", "y_shape"), [((3, 4), (2, 2)), ((2, 2), (5, 4)), ((4, 1), (3, 3)), ((5, 5), (4, 1))]
)
@pytest.mark.parametrize("name", ["convolve2d", "correlate2d"])
def test_matrices_continued_over_their_boundary(name: str, x_shape: Any, y_shape: Any, boundary: str) -> None:
    x, y = RNG.normal(size=x_shape), RNG.normal(size=y_shape)
    for mode, filling in (("full", 0), ("same", 0), ("same", 1.5)):
        found = getattr(signal, name)(Tensor(x), Tensor(y), mode, boundary, filling)
        np.testing.assert_allclose(found.data, getattr(reference, name)(x, y, mode, boundary, filling), atol=1e-12)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("lengths", [(400, 31), (31, 400), (257, 256)])
def test_methods_agree_on_long_signals(lengths: tuple[int, int], mode: str) -> None:
    x, y = (RNG.normal(size=n) for n in lengths)
    g = RNG.normal(size=np.shape(reference.convolve(x, y, mode)))
    found = []
    for f in (
        lambda x, y: signal.convolve(x, y, mode, "direct"),
        lambda x, y: signal.convolve(x, y, mode, "fft"),
        lambda x, y: signal.oaconvolve(x, y, mode),
    ):
        out, pull = ag.vjp(f, x, y)
        found.append((out, *pull(g)))
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-11)


@pytest.mark.parametrize("n", [*range(1, 40), 127, 1000, 1025, 99_991])
def test_lengths_of_transforms_are_products_of_2_3_and_5(n: int) -> None:
    found = signals._fast_length(n)
    assert found >= n
    smooth = sorted(2**i * 3**j * 5**k for i in range(18) for j in range(12) for k in range(9))
    assert found == next(length for length in smooth if length >= n)


def test_scipy_is_not_needed_for_numpys_functions() -> None:
    program = (
        "import sys, numpy as np, autograd_lite as ag\n"
        "import autograd_lite.rules.convolution\n"
        "print(ag.grad(lambda x: np.sum(np.convolve(x, [1.0, 2.0]) ** 2))(np.ones(2)), 'scipy' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[14. 14.] False"


def test_the_rest_of_scipy_signal_is_there() -> None:
    np.testing.assert_array_equal(signal.windows.hann(5), reference.windows.hann(5))
    with pytest.raises(ag.NotDifferentiableError, match="medfilt"):
        signal.medfilt(Tensor(np.ones(5), requires_grad=True))
