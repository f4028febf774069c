"""Derivatives of a minimizer with respect to what the function depends on beside its argument.

At a minimum x*(p) the gradient ∇f(x, p) vanishes, so by the implicit function theorem ∂x*/∂p = -H⁻¹ ∂²f/∂x∂p, H being
the Hessian at x* (A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, section 15.1). A cotangent v
of x* is pulled back with one solution λ of H λ = v, and one sweep with -λ from the gradient to p; how the minimum was
found does not matter. What p is need not be said: the nodes that were there before the function ran, and that it read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.graph import Node, collect, next_number
from autograd_lite.core.modes import enable_grad, is_recording
from autograd_lite.core.recording import record_jointly
from autograd_lite.core.sweep import sweep
from autograd_lite.core.tensor import Tensor, lift, tensor_of
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.transforms.arguments import Run, outputs_of

#: Up to so many variables the Hessian is made and factorized; beyond, conjugate gradients solve with products.
DENSE = 500


def attached(f: Callable[[Any], Any], x: np.ndarray, free: np.ndarray | None = None) -> Any:
    """Return a minimizer as a Tensor, recorded as a function of the tracked values that ``f`` reads.

    Parameters
    ----------
    f : callable
        The function of a flat vector that ``x`` minimizes.
    x : ndarray of shape (n,)
    free : ndarray of bool of shape (n,), optional
        Which variables no bound holds; the others have no derivative.

    Returns
    -------
    Tensor or ndarray
        The array itself if nothing that is being differentiated flows in.

    Raises
    ------
    NotDifferentiableError
        When a derivative is asked for, if the Hessian is singular: the minimizer is then no function of the parameters.
        For more than 500 variables also if a second derivative is.
    """
    if not is_recording():
        return x
    before = next_number()
    with np.errstate(all="ignore"):
        run = Run(f, (x,), {}, 0, "minimize")
    (out,) = outputs_of(run.out, "minimize")[0]
    if out.node is None or not run.traverse([out]).foreign:
        return x
    frontier = _frontier(out.node, before)
    chosen = np.arange(x.size) if free is None else np.flatnonzero(free)
    if not frontier or not chosen.size:
        return x
    found: list[Tensor] = []

    def pull_all(values: Sequence[Any], g: Any, batch: int) -> Iterable[Any]:
        is_recorded = isinstance(g, Tensor) or any(isinstance(value, Tensor) for value in values)
        if is_recorded and x.size > DENSE:
            raise NotDifferentiableError(
                f"minimize: second derivatives of a minimizer of {x.size} variables are not available beyond {DENSE}"
            )
        with enable_grad():
            expansion = _Expansion(f, found[0] if is_recorded else x)
            adjoint = expansion.solved(g, batch, chosen, is_recorded)
            return expansion.pulled(-adjoint, batch, frontier, is_recorded)

    stubs = [tensor_of(np.zeros(node.shape, node.dtype)[()], node) for node in frontier]
    found += record_jointly("minimizer", stubs, [x.copy()], pull_all)
    return found[0]


def _frontier(top: Node, before: int) -> list[Node]:
    """Return the nodes older than the run that it read."""
    found: dict[Node, None] = {}
    stack, seen = [top], {top}
    while stack:
        for parent in stack.pop().inputs:
            if parent in seen:
                continue
            seen.add(parent)
            if parent.number < before:
                found[parent] = None
            else:
                stack.append(parent)
    return list(found)


class _Expansion:
    """The gradient at a minimizer, recorded: as a function of the minimizer and of what else the function read."""

    def __init__(self, f: Callable[[Any], Any], at: Any):
        self.run = Run(f, (at,), {}, 0, "minimize")
        self.held = [at.node] if isinstance(at, Tensor) and at.node is not None else []
        (out,) = outputs_of(self.run.out, "minimize")[0]
        seed = {out.node: np.ones(out.shape, out.dtype)[()]}
        (self.gradient,) = self.run.pull(self.run.traverse([out]), seed, record=True)
        self.traversal = self.run.traverse([self.gradient])

    def solved(self, g: Any, batch: int, chosen: np.ndarray, is_recorded: bool) -> Any:
        """Return λ with H λ = g in the chosen variables and 0 in the others, for cotangents with leading axes."""
        size = self.gradient.size
        rows = np.reshape(g, (-1, size))
        if size > DENSE:
            return np.reshape(np.stack([self._conjugate_gradient(row, chosen) for row in rows]), g.shape)
        identity = np.eye(size)
        (matrix,) = self.run.pull(self.traversal, {self.gradient.node: identity}, batch=1, record=is_recorded)
        picked = identity[chosen]
        matrix, rows = picked @ matrix @ picked.T, rows @ picked.T
        plain = matrix.data if isinstance(matrix, Tensor) else matrix
        scale = np.sqrt(np.abs(np.diag(plain)))
        scale = np.where(scale > 0, scale, 1.0)  # a badly scaled Hessian is not a singular one
        if not np.linalg.cond(plain / np.outer(scale, scale)) < 1e-2 / np.finfo(float).eps:
            raise _singular()
        return np.reshape(np.linalg.solve(matrix, rows.T).T @ picked, g.shape)

    def _conjugate_gradient(self, g: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Return the solution of H λ = g by conjugate gradients (Nocedal & Wright, algorithm 5.2)."""
        mask = np.zeros(g.shape)
        mask[chosen] = 1.0
        solution, residual = np.zeros_like(g), mask * g
        direction, square = residual, float(residual @ residual)
        enough = 1e-24 * square
        for _ in range(20 * g.size):
            if square <= enough:
                return solution
            (moved,) = self.run.pull(self.traversal, {self.gradient.node: direction}, record=False)
            moved = mask * moved
            curvature = float(direction @ moved)
            if not curvature > 0:
                raise _singular()
            solution = solution + (square / curvature) * direction
            residual = residual - (square / curvature) * moved
            square, last = float(residual @ residual), square
            direction = residual + (square / last) * direction
        return solution

    def pulled(self, g: Any, batch: int, frontier: list[Node], is_recorded: bool) -> list[Any]:
        """Return what a cotangent of the gradient contributes to each of the older nodes, the minimizer held."""
        traversal = collect([self.gradient.node], [*frontier, *self.held])
        delivered = sweep(traversal, {self.gradient.node: g}, batch, lift if is_recorded else None)
        return [delivered.get(node) for node in frontier]


def _singular() -> NotDifferentiableError:
    return NotDifferentiableError(
        "minimize: the Hessian at the minimizer is singular or not positive, so the minimizer is no differentiable "
        "function of the parameters. Add a small penalty (such as 1e-6 * np.sum(x**2)) to single one out."
    )
