"""Modules that hold others: `Sequential`, `ModuleList` and `ModuleDict`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd_lite.nn.module import Module


class Sequential(Module):
    """Modules (or any functions of one argument) one after another.

    Parameters
    ----------
    *layers : Module or callable

    Raises
    ------
    TypeError
        If one of them cannot be called.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    >>> model(np.zeros((4, 2))).shape
    (4, 1)
    >>> model
    Sequential(                   65
      (0): Linear(2 → 16)         48
      (1): Tanh()
      (2): Linear(16 → 1)         17
    )
    """

    def __init__(self, *layers: Any):
        for index, layer in enumerate(layers):
            if not callable(layer):
                hint = " Write Sequential(*layers) for a list." if isinstance(layer, list | tuple) else ""
                raise TypeError(f"Sequential got {layer!r} as layer {index}, which cannot be called.{hint}")
        self.layers = list(layers)

    def forward(self, x: Any) -> Any:
        """Return ``x`` passed through all layers."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: Any) -> Any:
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def children(self) -> list[tuple[str, Any]]:
        """Return the layers named by their positions, without the name of the list that they are in."""
        others = [(name, value) for name, value in super().children() if name != "layers"]
        return [(str(index), layer) for index, layer in enumerate(self.layers)] + others
