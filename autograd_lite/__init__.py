"""Reverse-mode automatic differentiation on NumPy, from scratch: public names, and nothing else."""

import importlib
from typing import TYPE_CHECKING, Any

from autograd_lite import rules as _rules
from autograd_lite.core.debugging import debug
from autograd_lite.core.modes import enable_grad, no_grad
from autograd_lite.core.primitive import constant, implements, primitive, refuse
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import (
    AutogradLiteError,
    DetachError,
    DrawingError,
    DtypeError,
    GradientCheckError,
    GraphError,
    GraphFreedError,
    InPlaceError,
    NaNError,
    NotDifferentiableError,
    PrecisionLossWarning,
    ShapeError,
    SingularPointWarning,
    StructureError,
    SupersededError,
    UnsupportedArgumentError,
)
from autograd_lite.transforms.checkpoint import checkpoint
from autograd_lite.transforms.forward import jvp, linearize
from autograd_lite.transforms.reverse import custom_vjp, grad, stop_gradient, value_and_grad, vjp
from autograd_lite.transforms.second_order import elementwise_grad, hessian, hvp, jacfwd, jacobian, jacrev
from autograd_lite.transforms.sparsity.compressed import Sparsity

if TYPE_CHECKING:  # loaded when first used; type checkers see them at once
    from autograd_lite import calculus, check, draw, explain, nn, numpy, optim, regression, scipy
    from autograd_lite.check import check_grads, finite_difference

__version__ = "0.1.0"

# What is loaded when it is first used: a submodule, or a name in one.
_LAZY = {
    "calculus": "autograd_lite.calculus",
    "check": "autograd_lite.check",
    "check_grads": "autograd_lite.check",
    "draw": "autograd_lite.draw",
    "explain": "autograd_lite.explain",
    "finite_difference": "autograd_lite.check",
    "nn": "autograd_lite.nn",
    "numpy": "autograd_lite.numpy",
    "optim": "autograd_lite.optim",
    "regression": "autograd_lite.regression",
    "scipy": "autograd_lite.scipy",
}

__all__ = [
    "AutogradLiteError",
    "DetachError",
    "DrawingError",
    "DtypeError",
    "GradientCheckError",
    "GraphError",
    "GraphFreedError",
    "InPlaceError",
    "NaNError",
    "NotDifferentiableError",
    "PrecisionLossWarning",
    "ShapeError",
    "SingularPointWarning",
    "Sparsity",
    "StructureError",
    "SupersededError",
    "Tensor",
    "UnsupportedArgumentError",
    "calculus",
    "check",
    "check_grads",
    "checkpoint",
    "constant",
    "custom_vjp",
    "debug",
    "draw",
    "elementwise_grad",
    "enable_grad",
    "explain",
    "finite_difference",
    "grad",
    "hessian",
    "hvp",
    "implements",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "nn",
    "no_grad",
    "numpy",
    "optim",
    "primitive",
    "refuse",
    "regression",
    "scipy",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]

del _rules  # imported so that it declares what stands for each NumPy function


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(_LAZY[name])
    return module if module.__name__.endswith(f".{name}") else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
