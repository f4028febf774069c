"""A convolutional network for digits beside NumPy by hand and PyTorch: the gradients of all weights.

Two convolutions of 3 × 3 (1 → 8 → 16 channels), each with ReLU and a pooling of 2 × 2, and a linear layer to 10
classes, for 64 images of 8 × 8 and of 28 × 28 pixels. There are two versions by hand, both of which keep the unfolded
windows for the way back: one unfolds each window into a row, as most people write it down, and one lays everything out
with channels first and the batch last, which takes a third to a half of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks import peers
from benchmarks.workload import Case, Workload

BATCH, CLASSES = 64, 10

#: The largest ratio to the version by hand that is wanted.
LIMIT = 1.1

Arrays = list[np.ndarray]


def arrays(side: int) -> tuple[Arrays, np.ndarray, np.ndarray]:
    """Return the weights and biases, the images and their labels."""
    rng = np.random.default_rng(0)
    shapes = [(8, 1, 3, 3), (8,), (16, 8, 3, 3), (16,), (CLASSES, 16 * (side // 4) ** 2), (CLASSES,)]
    weights = [rng.normal(size=shape) / np.prod(shape[1:]) ** 0.5 for shape in shapes]
    return weights, rng.uniform(size=(BATCH, 1, side, side)), rng.integers(CLASSES, size=BATCH)


def ours(side: int) -> Case:
    """Return the case of this package."""
    from autograd_lite import nn

    weights, x, labels = arrays(side)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * (side // 4) ** 2, CLASSES),
    )  # fmt: skip
    for parameter, value in zip(model.parameters(), weights, strict=True):
        parameter.data[...] = value

    def run() -> list[Any]:
        model.zero_grad()
        nn.cross_entropy(model(x), labels).backward()
        return [parameter.grad for parameter in model.parameters()]

    return Case(run, run)


def pytorch(side: int) -> Case:
    """Return the case of PyTorch."""
    import torch

    weights, x, labels = arrays(side)
    layers = torch.nn
    model = layers.Sequential(
        layers.Conv2d(1, 8, 3, padding=1), layers.ReLU(), layers.MaxPool2d(2),
        layers.Conv2d(8, 16, 3, padding=1), layers.ReLU(), layers.MaxPool2d(2),
        layers.Flatten(), layers.Linear(16 * (side // 4) ** 2, CLASSES),
    ).double()  # fmt: skip
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), weights, strict=True):
            parameter.copy_(torch.as_tensor(value))
    images, classes = torch.as_tensor(x), torch.as_tensor(labels)

    def run() -> list[Any]:
        model.zero_grad()
        layers.functional.cross_entropy(model(images), classes).backward()
        return [parameter.grad for parameter in model.parameters()]

    return Case(run, run)


# By hand, a window a row


def convolve(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, _, height, width = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = sliding_window_view(padded, (3, 3), (2, 3)).transpose(0, 2, 3, 1, 4, 5)
    columns = windows.reshape(n * height * width, -1)
    y = columns @ weight.reshape(len(weight), -1).T + bias
    return y.reshape(n, height, width, -1).transpose(0, 3, 1, 2), columns


def convolve_back(g: np.ndarray, columns: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = g.transpose(0, 2, 3, 1).reshape(-1, len(weight))
    return (rows.T @ columns).reshape(weight.shape), rows.sum(0), rows


def fold(rows: np.ndarray, weight: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    n, channels, height, width = shape
    windows = (rows @ weight.reshape(len(weight), -1)).reshape(n, height, width, channels, 3, 3)
    total = np.zeros((n, channels, height + 2, width + 2))
    for i in range(3):
        for j in range(3):
            total[:, :, i : i + height, j : j + width] += windows[..., i, j].transpose(0, 3, 1, 2)
    return total[:, :, 1:-1, 1:-1]


def pool(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, channels, height, width = x.shape
    blocks = x.reshape(n, channels, height // 2, 2, width // 2, 2)
    y = blocks.max((3, 5))
    return y, blocks == y[:, :, :, None, :, None]


def pool_back(g: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    n, channels, height, _, width, _ = chosen.shape
    return (chosen * g[:, :, :, None, :, None]).reshape(n, channels, 2 * height, 2 * width)


def rows_by_hand(side: int) -> Case:
    """Return the case by hand with a row for each window."""
    (w1, b1, w2, b2, w3, b3), x, labels = arrays(side)

    def run() -> Arrays:
        a1, columns1 = convolve(x, w1, b1)
        p1, chosen1 = pool(np.maximum(a1, 0))
        a2, columns2 = convolve(p1, w2, b2)
        p2, chosen2 = pool(np.maximum(a2, 0))
        flat = p2.reshape(BATCH, -1)
        g = logits_back(flat @ w3.T + b3, labels)
        g2 = pool_back((g @ w3).reshape(p2.shape), chosen2) * (a2 > 0)
        to_w2, to_b2, rows = convolve_back(g2, columns2, w2)
        g1 = pool_back(fold(rows, w2, p1.shape), chosen1) * (a1 > 0)
        return [*convolve_back(g1, columns1, w1)[:2], to_w2, to_b2, g.T @ flat, g.sum(0)]

    return Case(run, run)


def logits_back(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the cotangent of logits under the mean cross-entropy."""
    shares = np.exp(logits - logits.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    shares[np.arange(len(labels)), labels] -= 1
    return shares / len(labels)


# By hand, with channels first and the batch last


def convolve_last(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    channels, height, width, n = x.shape
    padded = np.zeros((channels, height + 2, width + 2, n))
    padded[:, 1:-1, 1:-1] = x
    windows = np.empty((channels, 3, 3, height, width, n))
    for i in range(3):
        for j in range(3):
            windows[:, i, j] = padded[:, i : i + height, j : j + width]
    columns = windows.reshape(9 * channels, -1)
    y = weight.reshape(len(weight), -1) @ columns
    y += bias[:, None]
    return y.reshape(-1, height, width, n), columns


def fold_last(g: np.ndarray, weight: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    channels, height, width, n = shape
    windows = (weight.reshape(len(weight), -1).T @ g).reshape(channels, 3, 3, height, width, n)
    total = np.zeros((channels, height + 2, width + 2, n))
    for i in range(3):
        for j in range(3):
            total[:, i : i + height, j : j + width] += windows[:, i, j]
    return total[:, 1:-1, 1:-1]


def pool_last(x: np.ndarray) -> np.ndarray:
    upper = np.maximum(x[:, ::2, ::2], x[:, ::2, 1::2])
    return np.maximum(upper, np.maximum(x[:, 1::2, ::2], x[:, 1::2, 1::2]))


def pool_last_back(g: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    made = np.empty_like(x)
    for i in range(2):
        for j in range(2):
            np.multiply(g, x[:, i::2, j::2] == y, out=made[:, i::2, j::2])
    return made


def batch_last_by_hand(side: int) -> Case:
    """Return the case by hand with the batch last."""
    (w1, b1, w2, b2, w3, b3), x, labels = arrays(side)
    x = np.ascontiguousarray(x.transpose(1, 2, 3, 0))

    def run() -> Arrays:
        a1, columns1 = convolve_last(x, w1, b1)
        r1 = np.maximum(a1, 0)
        p1 = pool_last(r1)
        a2, columns2 = convolve_last(p1, w2, b2)
        r2 = np.maximum(a2, 0)
        p2 = pool_last(r2)
        flat = p2.reshape(-1, BATCH)
        g = logits_back((w3 @ flat + b3[:, None]).T, labels).T
        g2 = (pool_last_back((w3.T @ g).reshape(p2.shape), r2, p2) * (a2 > 0)).reshape(16, -1)
        g1 = (pool_last_back(fold_last(g2, w2, p1.shape), r1, p1) * (a1 > 0)).reshape(8, -1)
        to_w1, to_w2 = (g1 @ columns1.T).reshape(w1.shape), (g2 @ columns2.T).reshape(w2.shape)
        return [to_w1, g1.sum(1), to_w2, g2.sum(1), g @ flat.T, g.sum(1)]

    return Case(run, run)


# The workloads


def workload(side: int, by_hand: Callable[[int], Case], layout: str) -> Workload:
    """Return the workload of one size of images, beside one of the versions by hand."""
    cases = {
        peers.OURS_NN: partial(ours, side),
        peers.HAND: partial(by_hand, side),
        peers.TORCH: partial(pytorch, side),
    }
    title = f"digits CNN, {BATCH} images of {side} × {side}; by hand {layout}"
    limits = {peers.HAND: LIMIT} if by_hand is rows_by_hand else {}
    return Workload(f"cnn-{side}-{NAMES[by_hand]}", title, cases, 1, limits, peers.OURS_NN)


NAMES = {rows_by_hand: "rows", batch_last_by_hand: "batch-last"}
LAYOUTS = {rows_by_hand: "with a window a row", batch_last_by_hand: "with the batch last"}
WORKLOADS = [workload(side, by_hand, layout) for by_hand, layout in LAYOUTS.items() for side in (8, 28)]
