"""The derivative of a fit with respect to its data, by the implicit function theorem.

At the optimum p*(θ) the gradient of the cost vanishes, ∇Φ(p*, θ) = 0, so that ∂p*/∂θ = -(∇²Φ)⁻¹ ∂∇Φ/∂θ (A. Griewank,
A. Walther, *Evaluating Derivatives*, 2nd ed., section 15.3). Pulling a cotangent back costs one linear solve with the
Hessian and one sweep through the gradient; the iterations are not differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.transforms.arguments import flatten
from autograd_lite.transforms.reverse import custom_vjp, grad, vjp
from autograd_lite.transforms.second_order import hessian


def is_tracked(*trees: Any) -> bool:
    """Say whether something that is being differentiated is among some containers."""
    for tree in trees:
        if tree is None:
            continue
        if any(isinstance(leaf, Tensor) and leaf.node is not None for leaf in flatten(tree)[0]):
            return True
    return False


def implicitly(
    cost: Callable[[Any, Any], Any], solved: np.ndarray, solve: Callable[[np.ndarray], np.ndarray], arguments: Any
) -> Any:
    """Return the optimum as a Tensor that depends on the arguments.

    Parameters
    ----------
    cost : callable
        Φ(p, arguments), recorded when it is given Tensors.
    solved : ndarray of shape (m,)
        The optimum for these arguments.
    solve : callable
        Applies the inverse of the Hessian of Φ at the optimum to a vector.
    arguments : container
        θ, with what is being differentiated in it.
    """

    def optimum(given: Any) -> Any:
        return solved

    def forward(given: Any) -> tuple[Any, Any]:
        # Where this is recorded again, for a derivative of the derivative, the optimum depends on the arguments there.
        return (implicit(given) if is_tracked(given) else solved), given

    def backward(given: Any, cotangent: Any) -> tuple[Any]:
        point = implicit(given) if is_tracked(given) else solved
        plain = not isinstance(point, Tensor) and not (isinstance(cotangent, Tensor) and cotangent.node is not None)
        if plain:
            adjoint: Any = solve(np.asarray(cotangent.data if isinstance(cotangent, Tensor) else cotangent))
        else:
            adjoint = np.linalg.solve(hessian(cost, 0)(point, given), cotangent)
        return (vjp(lambda theta: grad(cost, 0)(point, theta), given)[1](-adjoint)[0],)

    implicit = custom_vjp(optimum)
    implicit.defvjp(forward, backward)
    return implicit(arguments)
