"""Cases of all normalisation layers, with each option, while training and in evaluation."""

from __future__ import annotations

from typing import Any

from autograd_lite import nn
from golden.case import Golden


def case(name: str, *arguments: Any, shape: tuple[int, ...], train: bool = True, **keywords: Any) -> Golden:
    """Return the case of one module, which has the same name and the same arguments in both libraries."""
    given = ", ".join([*map(str, arguments), *(f"{key}={value}" for key, value in keywords.items())])
    return Golden(
        f"{name}({given}) of {shape}{'' if train else ' in evaluation'}",
        lambda: getattr(nn, name)(*arguments, **keywords).train(train),
        lambda torch: getattr(torch.nn, name)(*arguments, **keywords).train(train),
        (shape,),
    )


BATCHES = [
    case(name, 3, shape=shape, train=train, **options)
    for name, shape in [
        ("BatchNorm1d", (5, 3)), ("BatchNorm1d", (4, 3, 2)), ("BatchNorm2d", (2, 3, 4, 2)),
        ("InstanceNorm1d", (4, 3, 5)), ("InstanceNorm2d", (2, 3, 4, 2)),
    ]
    for options in [{}, {"momentum": None}, {"affine": True, "track_running_stats": True, "eps": 0.01, "momentum": 0.3},
                    {"affine": False, "track_running_stats": False}]
    for train in (True, False)
]  # fmt: skip

CASES = [
    case("LayerNorm", 4, shape=(3, 4)),
    case("LayerNorm", 4, shape=(4,)),
    case("LayerNorm", (3, 4), shape=(2, 3, 4), eps=0.01),
    case("LayerNorm", 4, shape=(2, 3, 4), elementwise_affine=False),
    case("LayerNorm", 4, shape=(2, 3, 4), bias=False),
    case("RMSNorm", 4, shape=(3, 4)),
    case("RMSNorm", (3, 4), shape=(2, 3, 4), eps=0.01),
    case("RMSNorm", 4, shape=(3, 4), elementwise_affine=False),
    case("GroupNorm", 2, 6, shape=(3, 6)),
    case("GroupNorm", 3, 6, shape=(2, 6, 4), eps=0.01),
    case("GroupNorm", 1, 4, shape=(2, 4, 3, 2)),
    case("GroupNorm", 4, 4, shape=(2, 4, 3, 2), affine=False),
    *BATCHES,
]
