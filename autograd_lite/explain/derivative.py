"""The chain rule as text: a function's derivation, step by step, from the engine's own rules run on symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Derivation:
    """The derivation of a function's derivatives."""


def derivative(f: Callable[..., Any], *args: Any) -> Derivation:
    """Derive the derivative of a function."""
    raise NotImplementedError
