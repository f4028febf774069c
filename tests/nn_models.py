"""Small modules that tests are about."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import Tensor, nn

X = np.random.default_rng(0).normal(size=(4, 2))


def network(seed: int = 0) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Linear(2, 3, generator=rng), nn.Tanh(), nn.Linear(3, 1, generator=rng))


def values_of(model: nn.Module) -> dict[str, Any]:
    return {name: parameter.data.copy() for name, parameter in model.named_parameters()}


class Tied(nn.Module):
    """An encoder and a decoder with one weight, as PyTorch's language models have it."""

    def __init__(self) -> None:
        self.encoder = nn.Linear(3, 3)
        self.decoder = nn.Linear(3, 3)
        self.decoder.weight = self.encoder.weight

    def forward(self, x: Any) -> Any:
        return self.decoder(np.tanh(self.encoder(x)))


class Counting(nn.Module):
    """A module with buffers, one of which it changes in place and one of which it replaces."""

    buffers = ("total", "calls", "absent")

    def __init__(self) -> None:
        self.scale = Tensor(2.0, requires_grad=True)
        self.total = np.zeros(2)
        self.calls = np.array(0)
        self.absent = None

    def forward(self, x: Any) -> Any:
        self.total += 1.0
        self.calls = self.calls + 1
        if self.calls > 100:
            raise RuntimeError("too often")
        return x * self.scale + self.total
