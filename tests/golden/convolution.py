"""Cases of convolutions and pooling, with each option."""

from __future__ import annotations

from typing import Any

from golden.case import Golden
from golden.normalization import case

LINE, IMAGE = (2, 4, 9), (2, 4, 6, 5)


def of_both(name: str, *arguments: Any, **keywords: Any) -> list[Golden]:
    """Return the cases of a layer for sequences and of that for images, with the same options for all axes."""
    return [
        case(f"{name}1d", *arguments, shape=LINE, **keywords),
        case(f"{name}2d", *arguments, shape=IMAGE, **keywords),
    ]


CONVOLUTIONS = [
    *of_both("Conv", 4, 6, 3),
    *of_both("Conv", 4, 6, 3, bias=False, stride=2),
    *of_both("Conv", 4, 6, 3, padding=2, dilation=2),
    *of_both("Conv", 4, 6, 2, groups=2, padding="same", dilation=2),
    *of_both("Conv", 4, 8, 3, groups=4, padding="valid"),
    *of_both("Conv", 4, 3, 3, padding=2, padding_mode="reflect"),
    *of_both("Conv", 4, 3, 3, padding=2, padding_mode="replicate", stride=2),
    *of_both("Conv", 4, 3, 3, padding=2, padding_mode="circular"),
    *of_both("Conv", 4, 3, 4, padding="same", padding_mode="circular"),
    case("Conv2d", 4, 3, (3, 2), shape=IMAGE, stride=(2, 1), padding=(0, 1), dilation=(1, 2)),
    case("Conv2d", 4, 3, (1, 5), shape=IMAGE, padding="same", padding_mode="reflect"),
    case("Conv1d", 4, 3, 3, shape=(4, 9)),
    case("Conv2d", 4, 3, 3, shape=(4, 6, 5)),
    *of_both("ConvTranspose", 4, 6, 3),
    *of_both("ConvTranspose", 4, 6, 3, bias=False, stride=2, padding=1, output_padding=1),
    *of_both("ConvTranspose", 4, 6, 2, groups=2, dilation=3, output_padding=2),
    case("ConvTranspose2d", 4, 3, (3, 2), shape=IMAGE, stride=(2, 3), padding=(1, 0), output_padding=(1, 2)),
    case("ConvTranspose2d", 4, 3, 3, shape=(4, 6, 5)),
]

POOLINGS = [
    *of_both("MaxPool", 2),
    *of_both("MaxPool", 3, stride=2, padding=1),
    *of_both("MaxPool", 2, stride=1, dilation=2),
    *of_both("MaxPool", 2, ceil_mode=True),
    *of_both("MaxPool", 3, stride=3, padding=1, ceil_mode=True),
    *of_both("MaxPool", 2, stride=3, ceil_mode=True),
    case("MaxPool2d", (3, 2), shape=IMAGE, stride=(1, 2), padding=(1, 0)),
    case("MaxPool2d", 2, shape=(4, 6, 5)),
    *of_both("AvgPool", 2),
    *of_both("AvgPool", 3, stride=2, padding=1),
    *of_both("AvgPool", 3, stride=2, padding=1, count_include_pad=False),
    *of_both("AvgPool", 2, ceil_mode=True),
    *of_both("AvgPool", 3, stride=2, padding=1, ceil_mode=True),
    *of_both("AvgPool", 3, stride=3, padding=1, ceil_mode=True, count_include_pad=False),
    *of_both("AvgPool", 2, stride=3, ceil_mode=True),
    case("AvgPool2d", (3, 2), shape=IMAGE, stride=(1, 2), divisor_override=5),
    case("AvgPool2d", 2, shape=(4, 6, 5)),
    *(adaptive for kind in ("Avg", "Max") for size in (1, 3, 4) for adaptive in of_both(f"Adaptive{kind}Pool", size)),
    case("AdaptiveAvgPool2d", (None, 2), shape=IMAGE),
    case("AdaptiveMaxPool2d", (2, None), shape=IMAGE),
    case("AdaptiveMaxPool2d", (4, 5), shape=(4, 6, 5)),
    case("AdaptiveAvgPool2d", 8, shape=IMAGE),
]

CASES = [*CONVOLUTIONS, *POOLINGS]
