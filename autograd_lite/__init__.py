"""Reverse-mode automatic differentiation on NumPy, from scratch: public names, and nothing else."""

from autograd_lite import rules as _rules  # noqa: F401 - declares what stands for each NumPy function
from autograd_lite.core.modes import debug, enable_grad, no_grad
from autograd_lite.core.primitive import constant, implements, primitive, refuse
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import (
    AutogradLiteError,
    DetachError,
    DtypeError,
    GradientCheckError,
    GraphError,
    GraphFreedError,
    InPlaceError,
    NaNError,
    NotDifferentiableError,
    ShapeError,
    SingularPointWarning,
    StructureError,
    SupersededError,
    UnsupportedArgumentError,
)
from autograd_lite.transforms.reverse import custom_vjp, grad, stop_gradient, value_and_grad, vjp
