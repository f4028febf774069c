"""Recurrent layers beside PyTorch: the gradients of all weights, over 16 sequences of 50 steps, 32 numbers wide."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload

STEPS, BATCH, SIZE = 50, 16, 32

#: The largest ratio to PyTorch that is wanted, in float64.
LIMITS = {"RNN": 0.6, "LSTM": 0.75, "GRU": 0.75}


def arrays(kind: str, dtype: Any) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Return the weights, the input, and the cotangent of the output."""
    from autograd_lite import nn

    rng = np.random.default_rng(0)
    shapes = [parameter.shape for parameter in getattr(nn, kind)(SIZE, SIZE).parameters()]
    weights = [rng.uniform(-1, 1, shape) / SIZE**0.5 for shape in shapes]
    drawn = [*weights, rng.normal(size=(STEPS, BATCH, SIZE)), rng.normal(size=(STEPS, BATCH, SIZE))]
    *weights, x, cotangent = [array.astype(dtype) for array in drawn]
    return weights, x, cotangent


def ours(kind: str, dtype: Any) -> Case:
    """Return the case of this package."""
    from autograd_lite import nn

    weights, x, cotangent = arrays(kind, dtype)
    layer = getattr(nn, kind)(SIZE, SIZE, dtype=dtype)
    for parameter, value in zip(layer.parameters(), weights, strict=True):
        parameter.data[...] = value

    def run() -> list[np.ndarray]:
        layer.zero_grad()
        layer(x)[0].backward(cotangent)
        return [parameter.grad for parameter in layer.parameters()]

    return Case(run, run)


def pytorch(kind: str, dtype: Any) -> Case:
    """Return the case of PyTorch."""
    import torch

    weights, x, cotangent = arrays(kind, dtype)
    layer = getattr(torch.nn, kind)(SIZE, SIZE, dtype=torch.as_tensor(x).dtype)
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), weights, strict=True):
            parameter.copy_(torch.as_tensor(value))
    sequence, seed = torch.as_tensor(x), torch.as_tensor(cotangent)

    def run() -> list[Any]:
        layer.zero_grad()
        layer(sequence)[0].backward(seed)
        return [parameter.grad for parameter in layer.parameters()]

    return Case(run, run)


def workload(kind: str, dtype: Any) -> Workload:
    """Return the workload of one kind of layer."""
    name = np.dtype(dtype).name
    cases = {peers.OURS_NN: partial(ours, kind, dtype), peers.TORCH: partial(pytorch, kind, dtype)}
    limits = {peers.TORCH: LIMITS[kind]} if dtype is np.float64 else {}
    rtol = 1e-8 if dtype is np.float64 else 1e-4
    return Workload(f"{kind.lower()}-{name}", f"{kind}, {STEPS} steps, {name}", cases, 1, limits, peers.OURS_NN, rtol)


WORKLOADS = [workload(kind, dtype) for dtype in (np.float64, np.float32) for kind in LIMITS]
