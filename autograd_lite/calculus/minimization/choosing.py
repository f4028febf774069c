"""Which methods `minimize` knows, and which it takes for a function."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from autograd_lite.calculus.minimization.bounded import Box, ProjectedGradient, ProjectedNewton
from autograd_lite.calculus.minimization.conjugate_gradient import ConjugateGradient
from autograd_lite.calculus.minimization.descent import GradientDescent, Momentum
from autograd_lite.calculus.minimization.newton_cg import NewtonCG
from autograd_lite.calculus.minimization.quasi_newton import BFGS, LBFGS
from autograd_lite.calculus.minimization.squares import squares_of
from autograd_lite.calculus.minimization.tensor_newton import TensorNewton
from autograd_lite.calculus.minimization.trust_region import TrustRegion
from autograd_lite.calculus.objective import Objective

#: Up to so many variables the whole Hessian is made.
DENSE = 200

#: The second derivatives of any array that was recorded on the way to the residuals may have so many elements (16 MB).
SECOND_DERIVATIVES = 2_000_000

#: What each method is, made for a tolerance (None: its own), and how many iterations it is given.
METHODS: dict[str, tuple[Callable[..., Any], int]] = {
    "tensor-newton": (TensorNewton, 300),
    "trust-region": (TrustRegion, 500),
    "newton-cg": (NewtonCG, 5000),
    "bfgs": (BFGS, 5000),
    "l-bfgs": (LBFGS, 20_000),
    "conjugate-gradient": (ConjugateGradient, 20_000),
    "gradient-descent": (GradientDescent, 20_000),
    "momentum": (lambda **options: Momentum(nesterov=False, **options), 20_000),
    "nesterov": (Momentum, 20_000),
}
BOUNDED: dict[str, tuple[Callable[..., Any], int]] = {
    "projected-newton": (ProjectedNewton, 500),
    "projected-gradient": (ProjectedGradient, 20_000),
}
LEAST_SQUARES = {"levenberg-marquardt": "lm", "gauss-newton": "gauss-newton"}

#: The names that textbooks and `scipy.optimize.minimize` have for some of them.
OTHER_NAMES = {
    "newton": "trust-region",
    "trust-exact": "trust-region",
    "trust-ncg": "newton-cg",
    "trust-krylov": "newton-cg",
    "cg": "conjugate-gradient",
    "lbfgs": "l-bfgs",
    "l-bfgs-b": "l-bfgs",
    "lm": "levenberg-marquardt",
}

#: The iterations that "auto" gives to each of the methods for a sum of squares, until one has converged.
SQUARES = {"tensor-newton": 150, "trust-region": 150, "levenberg-marquardt": 400}


class Attempt(NamedTuple):
    """A solver to be tried.

    Attributes
    ----------
    name : str
    solver : object or None
        None for `least_squares`.
    limit : int
        How many iterations it is given.
    """

    name: str
    solver: Any
    limit: int


def own_name(method: Any) -> Any:
    """Return our name of a method, whatever its case; a solver as it is."""
    return OTHER_NAMES.get(method.lower(), method.lower()) if isinstance(method, str) else method


def chosen(objective: Objective, method: Any, box: Box | None, tolerance: float | None) -> list[Attempt]:
    """Return what to try, one after another until one has converged."""
    options: dict[str, Any] = {} if tolerance is None else {"tolerance": tolerance}
    if not isinstance(method, str):
        return [Attempt(type(method).__name__, _completed(method, box, options), 20_000)]
    is_small = objective.packing.size <= DENSE
    if method == "auto":
        if box is not None:
            method = "projected-newton" if is_small else "projected-gradient"
        else:
            if is_small and _is_sum_of_squares(objective):
                solvers = {"tensor-newton": TensorNewton(**options), "trust-region": TrustRegion(**options)}
                return [Attempt(name, solvers.get(name), limit) for name, limit in SQUARES.items()]
            method = "trust-region" if is_small else "newton-cg"
    known: Mapping[str, tuple[Callable[..., Any], int]] = METHODS if box is None else BOUNDED
    if method not in known:
        if method in METHODS or method in BOUNDED:
            raise ValueError(
                f"minimize(method={method!r}) "
                + ("cannot keep bounds: leave method out" if box is not None else "is for bounds, and there are none")
            )
        raise ValueError(
            f"minimize(method={method!r}) is unknown; the methods are 'auto', "
            f"{', '.join(repr(name) for name in (*METHODS, *LEAST_SQUARES, *BOUNDED))}, or a solver"
        )
    if method == "tensor-newton" and squares_of(objective.at(objective.packing.vector)) is None:
        raise ValueError("minimize(method='tensor-newton'): the function is not recorded as a sum of squares")
    if box is not None:
        options["box"] = box
    make, limit = known[method]
    return [Attempt(method, make(**options), limit)]


def _completed(solver: Any, box: Box | None, options: dict[str, Any]) -> Any:
    """Return a solver with the box and the tolerance that `minimize` was given beside it."""
    name = solver.__name__ if isinstance(solver, type) else type(solver).__name__
    if isinstance(solver, type) or not all(callable(getattr(solver, each, None)) for each in ("init", "step", "done")):
        raise ValueError(f"minimize(method=...): {name} is no solver; a name or an object such as BFGS() is needed")
    known = getattr(solver, "__dataclass_fields__", {})
    if box is not None and "box" not in known:
        raise ValueError(f"minimize(bounds=...): {name} cannot keep bounds; leave method out")
    if options and "tolerance" not in known:
        raise ValueError(f"minimize(tolerance=...): {name} has none; leave it out, or set what {name} has")
    if box is not None:
        options = {**options, "box": box}
    return replace(solver, **options) if options else solver


def _is_sum_of_squares(objective: Objective) -> bool:
    """Say whether the function is one, and all second derivatives of its residuals have room."""
    at = objective.at(objective.packing.vector)
    if not math.isfinite(at.value) or at.largest * objective.packing.size**2 > SECOND_DERIVATIVES:
        return False
    return squares_of(at) is not None
