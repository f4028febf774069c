"""Calculus on top of the transforms: minima, roots, multipliers, Taylor series. Names are loaded when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded when first used; type checkers see them at once
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

#: Where each public name is.
_PLACES = {
    "BFGS": "minimization.quasi_newton",
    "LBFGS": "minimization.quasi_newton",
    "ConjugateGradient": "minimization.conjugate_gradient",
    "Evaluations": "result",
    "GradientDescent": "minimization.descent",
    "Inertia": "minimization.stationary",
    "Kind": "minimization.stationary",
    "Minimum": "minimization.minimize",
    "Momentum": "minimization.descent",
    "Multipliers": "multipliers.lagrange",
    "NewtonCG": "minimization.newton_cg",
    "ProjectedGradient": "minimization.bounded",
    "ProjectedNewton": "minimization.bounded",
    "Reason": "result",
    "Record": "result",
    "Result": "result",
    "Root": "roots.find_root",
    "ScipyFunctions": "scipy_adapter",
    "TensorNewton": "minimization.tensor_newton",
    "TrustRegion": "minimization.trust_region",
    "as_scipy": "scipy_adapter",
    "find_root": "roots.find_root",
    "lagrange": "multipliers.lagrange",
    "minimize": "minimization.minimize",
}

__all__ = [
    "BFGS",
    "LBFGS",
    "ConjugateGradient",
    "Evaluations",
    "GradientDescent",
    "Inertia",
    "Kind",
    "Minimum",
    "Momentum",
    "Multipliers",
    "NewtonCG",
    "ProjectedGradient",
    "ProjectedNewton",
    "Reason",
    "Record",
    "Result",
    "Root",
    "ScipyFunctions",
    "TensorNewton",
    "TrustRegion",
    "as_scipy",
    "find_root",
    "lagrange",
    "minimize",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"autograd_lite.calculus.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
