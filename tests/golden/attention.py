"""Cases of attention and of a transformer's encoder layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import nn
from golden.case import Golden

LATER = np.triu(np.ones((4, 5), bool), 2)
BIAS = np.linspace(-1.0, 1.0, 20).reshape(4, 5)
PADDING = np.array([[False, False, False, True, True], [False, True, False, False, False]])
SQUARE = np.triu(np.ones((4, 4), bool), 1)
EACH_HEAD = np.stack([SQUARE, SQUARE.T, np.eye(4, k=1) > 0, np.zeros((4, 4), bool)])


def product(name: str, inputs: tuple[Any, ...], **options: Any) -> Golden:
    """Return a case of `scaled_dot_product_attention`, whose fourth input is the mask."""
    return Golden(
        f"scaled_dot_product_attention {name}",
        lambda: lambda *arrays: nn.scaled_dot_product_attention(*arrays, **options),
        lambda torch: lambda *arrays: torch.nn.functional.scaled_dot_product_attention(*arrays, **options),
        inputs,
    )


def heads(name: str, inputs: tuple[Any, ...], masks: Any = None, call: Any = None, **options: Any) -> Golden:
    """Return a case of `MultiheadAttention`: a single input is query, key and value; masks come after the inputs."""
    masks, call = masks or {}, call or {}

    def build(module: Any) -> Any:
        class Attention(module.MultiheadAttention):
            def forward(self, *arguments: Any) -> Any:
                arrays, given = arguments[: len(inputs)], arguments[len(inputs) :]
                three = arrays * 3 if len(arrays) == 1 else arrays
                return super().forward(*three, **dict(zip(masks, given, strict=True)), **call)

        return Attention(6, 2, **options)

    return Golden(
        f"MultiheadAttention {name}", lambda: build(nn), lambda torch: build(torch.nn), (*inputs, *masks.values())
    )


def encoder(name: str, masks: tuple[Any, ...] = (), shape: tuple[int, ...] = (4, 2, 6), **options: Any) -> Golden:
    """Return a case of `TransformerEncoderLayer` without dropout."""

    def build(module: Any) -> Any:
        return module.TransformerEncoderLayer(6, 2, dim_feedforward=7, dropout=0.0, **options)

    return Golden(f"TransformerEncoderLayer {name}", lambda: build(nn), lambda torch: build(torch.nn), (shape, *masks))


THREE = ((4, 2, 6), (5, 2, 6), (5, 2, 6))
FIRST = ((2, 4, 6), (2, 5, 6), (2, 5, 6))

CASES = [
    product("of matrices", ((4, 3), (5, 3), (5, 2))),
    product("of several axes", ((2, 3, 4, 3), (2, 3, 5, 3), (2, 3, 5, 2))),
    product("that is causal", ((2, 4, 3), (2, 5, 3), (2, 5, 3)), is_causal=True),
    product("with a boolean mask", ((2, 4, 3), (2, 5, 3), (2, 5, 3), ~LATER)),
    product("with a mask of numbers, a gradient for it too, and a scale",
            ((2, 4, 3), (2, 5, 3), (2, 5, 3), (4, 5)), scale=0.7),
    product("with a query that may attend to nothing",
            ((4, 3), (4, 3), (4, 3), np.eye(4, dtype=bool) & (np.arange(4) > 0))),
    heads("of one sequence to itself", ((4, 2, 6),)),
    heads("of one sequence to itself, batch first, without bias", ((2, 4, 6),), batch_first=True, bias=False),
    heads("of one to another", THREE),
    heads("of one to another, batch first, every head's weights", FIRST, call={"average_attn_weights": False},
          batch_first=True),
    heads("without weights", THREE, call={"need_weights": False}),
    heads("with masks", THREE, {"attn_mask": LATER, "key_padding_mask": PADDING}),
    heads("with masks, batch first, without weights", FIRST, {"attn_mask": LATER, "key_padding_mask": PADDING},
          {"need_weights": False}, batch_first=True),
    heads("with other sizes of keys and values", ((4, 2, 6), (5, 2, 3), (5, 2, 7)), kdim=3, vdim=7),
    heads("with other sizes, without bias", ((4, 2, 6), (5, 2, 3), (5, 2, 6)), kdim=3, bias=False),
    heads("without a batch axis", ((4, 6), (5, 6), (5, 6)), {"attn_mask": BIAS}),
    heads("with a mask of numbers and a gradient for it", ((4, 2, 6),), {"attn_mask": (4, 4)}),
    encoder("plain"),
    encoder("with gelu and norms first", activation="gelu", norm_first=True),
    encoder("batch first, with masks", (SQUARE, PADDING[:, :4]), (2, 4, 6), batch_first=True),
    encoder("with a mask for each head, without bias", (EACH_HEAD,), bias=False, layer_norm_eps=1e-3),
    encoder("without a batch axis, with norms first", (SQUARE,), (4, 6), norm_first=True),
]  # fmt: skip
