"""Peak memory of one step of a deep tanh network, against a count by hand.

NumPy reports its buffers to `tracemalloc`, so the peak is exact and needs no quiet machine. The count: parameters, the
arrays that the rules read (the output of each tanh, and the error of the loss), the requested gradients, and five
arrays in flight. Inputs and targets exist before.
"""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np

from benchmarks.workload import Figure


def parameters(layers: int, width: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return weights and biases."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(layers):
        w = rng.normal(size=(width, width))
        w *= width**-0.5
        made.append((w, np.zeros(width)))
    return made


def step(layers: int, width: int, x: np.ndarray, target: np.ndarray) -> list[Any]:
    """Run the network forward and backward; returns the gradients."""
    from autograd_lite import Tensor

    tensors = [
        (Tensor(w, requires_grad=True, copy=False), Tensor(b, requires_grad=True, copy=False))
        for w, b in parameters(layers, width)
    ]
    loss = _loss(tensors, x, target)
    loss.backward()
    return [tensor.grad for pair in tensors for tensor in pair]


def _loss(tensors: list[Any], x: np.ndarray, target: np.ndarray) -> Any:
    h: Any = x
    for w, b in tensors:
        h = np.tanh(h @ w + b)
    return ((h - target) ** 2).mean()


def by_count(layers: int, width: int, batch: int) -> int:
    """Return the bytes that the step needs, counted by hand."""
    weights, activation = layers * (width * width + width), batch * width
    return 8 * (weights + (layers + 1) * activation + weights + 5 * activation)


def measure(quick: bool) -> dict[str, float]:
    """Return the peak and the count in MB, and their ratio."""
    layers, width, batch = (8, 128, 128) if quick else (20, 512, 512)
    rng = np.random.default_rng(1)
    x, target = rng.normal(size=(batch, width)), rng.normal(size=(batch, width))
    step(2, 8, x[:8, :8], target[:8, :8])  # whatever is loaded or compiled at first use does not count
    tracemalloc.start()
    step(layers, width, x, target)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    count = by_count(layers, width, batch)
    return {f"{layers} layers, {width} wide": peak / 1e6, "count by hand": count / 1e6, "ratio": peak / count}


FIGURE = Figure(
    "memory",
    "peak memory of a step of a deep tanh network, batch as large as its width",
    measure,
    "MB",
    {"ratio": 1.15},
)
