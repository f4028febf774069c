"""Calculus on top of the transforms: minima, roots, multipliers, Taylor series. Names are loaded when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded when first used; type checkers see them at once
    from autograd_lite.calculus.result import Evaluations, Reason, Record, Result

#: Where each public name is.
_PLACES = {
    "Evaluations": "result",
    "Reason": "result",
    "Record": "result",
    "Result": "result",
}

__all__ = [
    "Evaluations",
    "Reason",
    "Record",
    "Result",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"autograd_lite.calculus.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
