"""Numbers and lists in the tables of explanations."""

from __future__ import annotations

import itertools
from collections.abc import Sequence


def number(value: float) -> str:
    """Return a number with five digits, as short as they allow."""
    return "0" if value == 0 else f"{value:.5g}"


def shortened(parts: Sequence[str], longest: int = 12) -> list[str]:
    """Return a list with its middle left out where it is long."""
    if len(parts) <= longest:
        return list(parts)
    half = (longest - 1) // 2
    return [*parts[: longest - 1 - half], f"… {len(parts) - longest + 1:,} more …", *parts[-half:]]


def counted(parts: Sequence[str]) -> list[str]:
    """Return a list with repetitions in a row taken together: ``add (1) ×3``."""
    groups = [(part, sum(1 for _ in run)) for part, run in itertools.groupby(parts)]
    return [part if count == 1 else f"{part} ×{count:,}" for part, count in groups]
