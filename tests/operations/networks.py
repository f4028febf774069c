"""Rows for the primitives of neural networks: linear layers, activations and losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import nn
from operations.row import Op, S


def cross_entropy(logits: Any, labels: list[int]) -> Any:
    return nn.cross_entropy(logits, np.array(labels))


def logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


LAYERS = [
    Op("linear", nn.linear, [S((4, 3), (2, 3)), S((3,), (2, 3)), S((2, 4, 3), (5, 3)), S((4, 1), (1, 1))],
       reference=lambda x, w: np.einsum("...i,oi->...o", x, w)),
    Op("affine", nn.affine, [
        S((4, 3), (2, 3), (2,)), S((3,), (2, 3), (2,)), S((2, 4, 3), (5, 3), (5,)), S((2, 1, 2, 3), (1, 3), (1,)),
    ], reference=lambda x, w, b: np.einsum("...i,oi->...o", x, w) + b),
]  # fmt: skip

ACTIVATIONS = [
    Op("relu", nn.relu, [S((2, 3)), S(())], kinks=(0.0,), reference=lambda x: x * (x > 0)),
    Op("leaky_relu", nn.leaky_relu, [S((2, 3)), S((4,), negative_slope=0.3)], kinks=(0.0,)),
    Op("sigmoid", nn.sigmoid, [S((2, 3)), S(())], reference=logistic),
    Op("sigmoid, far out", nn.sigmoid, [S((2, 3))], (-20.0, -10.0), reference=logistic),
    Op("softplus", nn.softplus, [S((2, 3))], reference=lambda x: np.log1p(np.exp(x))),
]

LOSSES = [
    Op("mse_loss", nn.mse_loss, [S((4, 2), (4, 2)), S((3,), (3,)), S((), ())],
       reference=lambda x, y: np.mean((x - y) ** 2)),
    Op("cross_entropy", cross_entropy, [
        S((4, 3), labels=[0, 2, 2, 1]), S((1, 2), labels=[1]), S((3, 1), labels=[0, 0, 0]), S((3,), labels=1),
    ], reference=lambda z, labels: np.mean(np.log(np.sum(np.exp(z), -1)) - np.choose(labels, z.T))),
]  # fmt: skip

ROWS = [*LAYERS, *ACTIVATIONS, *LOSSES]
