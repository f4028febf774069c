"""Rows for attention: without heads, with them in one projection or in three, with masks, and with the weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.nn.attention_primitives import Heads, Options, attend
from operations.row import Op, S

KEPT = np.array([[2.0, 0.0, 2.0], [2.0, 2.0, 2.0]])
HIDDEN = np.array([[0.0, -np.inf, -np.inf], [-np.inf, -np.inf, -np.inf]])


def run(
    *arrays: Any, heads: int = 0, batch_first: bool = True, hidden: bool = False, drops: bool = False,
    weights: bool = False, scale: float = 0.7,
) -> Any:  # fmt: skip
    """Attend; an even number of arrays ends in a mask that is differentiated too."""
    *projections, mask = (
        arrays if len(arrays) % 2 == 0 else (*arrays, HIDDEN.astype(arrays[0].dtype) if hidden else None)
    )
    factors = KEPT.astype(arrays[0].dtype) if drops else None
    options = Options(scale, Heads(heads, batch_first), factors=factors, weights=weights)
    return list(attend(projections, mask, options))


def reference(
    *arrays: Any, heads: int = 0, batch_first: bool = True, hidden: bool = False, drops: bool = False,
    weights: bool = False, scale: float = 0.7,
) -> Any:  # fmt: skip
    *parts, mask = arrays if len(arrays) % 2 == 0 else (*arrays, HIDDEN if hidden else np.zeros(()))
    if len(parts) == 1:
        parts = np.split(parts[0], 3, axis=-1)
    if heads:
        parts = [x if batch_first else np.swapaxes(x, 0, 1) for x in parts]
        parts = [np.stack(np.split(x, heads, axis=-1), axis=1) for x in parts]
    q, k, v = parts
    if not k.shape[-2]:
        raise ValueError("there is nothing to attend to")
    raised = np.exp(np.einsum("...ik,...jk->...ij", q, k) * scale + mask)
    total = raised.sum(-1, keepdims=True)
    shares = raised / np.where(total == 0, 1, total) * (KEPT if drops else 1)
    out = shares @ v
    if heads:
        out = np.concatenate([out[:, k] for k in range(heads)], axis=-1)
        out = out if batch_first else np.swapaxes(out, 0, 1)
    dtype = arrays[0].dtype
    return [x.astype(dtype) for x in ([out, shares] if weights else [out])]


ROWS = [
    Op("attention", run, [
        S((2, 3), (4, 3), (4, 2)), S((2, 2, 3), (2, 4, 3), (2, 4, 1), weights=True), S((1, 3), (2, 5, 3), (1, 5, 2)),
        S((2, 3), (4, 3), (4, 2), (2, 4), weights=True), S((2, 2, 3), (4, 3), (4, 2), (2, 1, 4), scale=1.5),
        S((2, 1), (3, 1), (3, 2), hidden=True, weights=True), S((2, 1), (3, 1), (3, 2), drops=True, weights=True),
        S((2, 3), (4, 3), (5, 4, 2), weights=True),
    ], reference=reference),
    Op("attention of heads", run, [
        S((1, 3, 12), heads=2), S((3, 2, 6), heads=1, batch_first=False, weights=True),
        S((1, 2, 4), (1, 3, 4), (1, 3, 6), heads=2, weights=True),
        S((2, 2, 2), (3, 2, 2), (3, 2, 2), (2, 3), heads=2, batch_first=False),
    ], (-1.0, 1.0), reference=reference),
]  # fmt: skip
