"""Calculus on top of the transforms: minima, roots, multipliers, Taylor series. Names are loaded when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded when first used; type checkers see them at once
    from autograd_lite.calculus.fitting import least_squares
    from autograd_lite.calculus.minimization.bounded import ProjectedGradient, ProjectedNewton
    from autograd_lite.calculus.minimization.conjugate_gradient import ConjugateGradient
    from autograd_lite.calculus.minimization.descent import GradientDescent, Momentum
    from autograd_lite.calculus.minimization.minimize import Minimum, minimize
    from autograd_lite.calculus.minimization.newton_cg import NewtonCG
    from autograd_lite.calculus.minimization.quasi_newton import BFGS, LBFGS
    from autograd_lite.calculus.minimization.stationary import Inertia, Kind
    from autograd_lite.calculus.minimization.tensor_newton import TensorNewton
    from autograd_lite.calculus.minimization.trust_region import TrustRegion
    from autograd_lite.calculus.multipliers.lagrange import Multipliers, lagrange
    from autograd_lite.calculus.result import Evaluations, Reason, Record, Result
    from autograd_lite.calculus.roots.find_root import Root, find_root
    from autograd_lite.calculus.scipy_adapter import ScipyFunctions, as_scipy
    from autograd_lite.calculus.series.intervals.interval import Interval
    from autograd_lite.calculus.series.linearization import Linearization, linearize
    from autograd_lite.calculus.series.multivariate import MultivariateTaylorPolynomial
    from autograd_lite.calculus.series.polynomial import TaylorPolynomial
    from autograd_lite.calculus.series.propagation import Propagated, propagate
    from autograd_lite.calculus.series.taylor import taylor

#: Where each public name is.
_PLACES = {
    "BFGS": "minimization.quasi_newton",
    "ConjugateGradient": "minimization.conjugate_gradient",
    "Evaluations": "result",
    "GradientDescent": "minimization.descent",
    "Inertia": "minimization.stationary",
    "Interval": "series.intervals.interval",
    "Kind": "minimization.stationary",
    "LBFGS": "minimization.quasi_newton",
    "Linearization": "series.linearization",
    "Minimum": "minimization.minimize",
    "Momentum": "minimization.descent",
    "Multipliers": "multipliers.lagrange",
    "MultivariateTaylorPolynomial": "series.multivariate",
    "NewtonCG": "minimization.newton_cg",
    "ProjectedGradient": "minimization.bounded",
    "ProjectedNewton": "minimization.bounded",
    "Propagated": "series.propagation",
    "Reason": "result",
    "Record": "result",
    "Result": "result",
    "Root": "roots.find_root",
    "ScipyFunctions": "scipy_adapter",
    "TaylorPolynomial": "series.polynomial",
    "TensorNewton": "minimization.tensor_newton",
    "TrustRegion": "minimization.trust_region",
    "as_scipy": "scipy_adapter",
    "find_root": "roots.find_root",
    "lagrange": "multipliers.lagrange",
    "least_squares": "fitting",
    "linearize": "series.linearization",
    "minimize": "minimization.minimize",
    "propagate": "series.propagation",
    "taylor": "series.taylor",
}

__all__ = [
    "BFGS",
    "LBFGS",
    "ConjugateGradient",
    "Evaluations",
    "GradientDescent",
    "Inertia",
    "Interval",
    "Kind",
    "Linearization",
    "Minimum",
    "Momentum",
    "Multipliers",
    "MultivariateTaylorPolynomial",
    "NewtonCG",
    "ProjectedGradient",
    "ProjectedNewton",
    "Propagated",
    "Reason",
    "Record",
    "Result",
    "Root",
    "ScipyFunctions",
    "TaylorPolynomial",
    "TensorNewton",
    "TrustRegion",
    "as_scipy",
    "find_root",
    "lagrange",
    "least_squares",
    "linearize",
    "minimize",
    "propagate",
    "taylor",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"autograd_lite.calculus.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
