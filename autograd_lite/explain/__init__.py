"""Explanations of derivatives: how the chain rule made them, and why they are what they are.

Names are loaded when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded when first used; type checkers see them at once
    from autograd_lite.explain.advice import Lint, lint
    from autograd_lite.explain.corners import Kink, Kinks, kinks
    from autograd_lite.explain.derivation import Derivation, derivative
    from autograd_lite.explain.finding import Cause, Finding, why
    from autograd_lite.explain.linting.view import Advice
    from autograd_lite.explain.path_table import Path, Paths, paths
    from autograd_lite.explain.rounding import Contribution, Roundoff, roundoff
    from autograd_lite.explain.sides import Sides

#: Public name -> the module of this package that it is in.
_PLACES = {
    "Advice": "linting.view",
    "Cause": "finding",
    "Contribution": "rounding",
    "Derivation": "derivation",
    "Finding": "finding",
    "Kink": "corners",
    "Kinks": "corners",
    "Lint": "advice",
    "Path": "path_table",
    "Paths": "path_table",
    "Roundoff": "rounding",
    "Sides": "sides",
    "derivative": "derivation",
    "kinks": "corners",
    "lint": "advice",
    "paths": "path_table",
    "roundoff": "rounding",
    "why": "finding",
}

__all__ = [
    "Advice",
    "Cause",
    "Contribution",
    "Derivation",
    "Finding",
    "Kink",
    "Kinks",
    "Lint",
    "Path",
    "Paths",
    "Roundoff",
    "Sides",
    "derivative",
    "kinks",
    "lint",
    "paths",
    "roundoff",
    "why",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
    globals()[name] = value  # a function of its module's name would otherwise be hidden by the module
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
