"""Regression with honest uncertainties, to the last digit. Names are loaded when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded when first used; type checkers see them at once
    from autograd_lite.regression.estimators import CurveFitRegressor as CurveFitRegressor
    from autograd_lite.regression.estimators import LinearRegression as LinearRegression
    from autograd_lite.regression.estimators import LogisticRegression as LogisticRegression
    from autograd_lite.regression.estimators import PoissonRegression as PoissonRegression
    from autograd_lite.regression.estimators import Ridge as Ridge
    from autograd_lite.regression.linear import fit_linear
    from autograd_lite.regression.linear_result import LinearFit
    from autograd_lite.regression.lines import LineFit, fit_line
    from autograd_lite.regression.nonlinear import curve_fit
    from autograd_lite.regression.parameters import Parameter
    from autograd_lite.regression.polynomials import fit_polynomial
    from autograd_lite.regression.result import FitResult

#: Where each public name is.
_PLACES = {
    "FitResult": "result",
    "LineFit": "lines",
    "LinearFit": "linear_result",
    "Parameter": "parameters",
    "curve_fit": "nonlinear",
    "fit_line": "lines",
    "fit_linear": "linear",
    "fit_polynomial": "polynomials",
}

#: Those that need scikit-learn: left out of ``__all__``, so that ``import *`` does not.
_ESTIMATORS = ("CurveFitRegressor", "LinearRegression", "LogisticRegression", "PoissonRegression", "Ridge")

__all__ = [
    "FitResult",
    "LineFit",
    "LinearFit",
    "Parameter",
    "curve_fit",
    "fit_line",
    "fit_linear",
    "fit_polynomial",
]


def __getattr__(name: str) -> Any:
    place = "estimators" if name in _ESTIMATORS else _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"autograd_lite.regression.{place}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, *_ESTIMATORS])
