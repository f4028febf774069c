"""Regression with honest uncertainties, to the last digit. Names are loaded when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded when first used; type checkers see them at once
    from autograd_lite.regression.nonlinear import curve_fit
    from autograd_lite.regression.parameters import Parameter
    from autograd_lite.regression.result import FitResult

#: Where each public name is.
_PLACES = {
    "FitResult": "result",
    "Parameter": "parameters",
    "curve_fit": "nonlinear",
}

__all__ = [
    "FitResult",
    "Parameter",
    "curve_fit",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"autograd_lite.regression.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
