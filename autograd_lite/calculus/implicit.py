"""Derivatives of a root or a minimizer with respect to what the function depends on beside its argument.

At a root x*(p) of F(x, p) the implicit function theorem gives ∂x*/∂p = -J⁻¹ ∂F/∂p, J being ∂F/∂x at x* (A. Griewank &
A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, section 15.1). A cotangent v of x* is pulled back with one
solution λ of Jᵀ λ = v, and one sweep with -λ from F to p; how the root was found does not matter. A minimizer is a root
of the gradient, J its Hessian. What p is need not be said: the nodes that were there before the function ran, and that
it read.
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

#: Up to so many variables J is made and factorized; beyond, conjugate gradients solve with products by a Hessian.
DENSE = 500


def attached(
    f: Callable[[Any], Any],
    x: np.ndarray,
    free: np.ndarray | None = None,
    *,
    solve: Callable[[np.ndarray], np.ndarray] | None = None,
    is_root: bool = False,
    who: str = "minimize",
) -> Any:
    """Return a minimizer, or a root, as a Tensor, recorded as a function of the tracked values that ``f`` reads.

    Parameters
    ----------
    f : callable
        The function of a flat vector that ``x`` minimizes, or of which it is a root.
    x : ndarray of shape (n,)
    free : ndarray of bool of shape (n,), optional
        Which variables no bound holds; the others have no derivative.
    solve : callable, optional
        Applies the inverse of Jᵀ in the free variables to a vector, where that is known better than by J; second
        derivatives are taken with J itself.
    is_root : bool
        Whether the equations that hold at ``x`` are f = 0, of as many outputs, or ∇f = 0.
    who : str
        The solver, for errors.

    Returns
    -------
    Tensor or ndarray
        The array itself if nothing that is being differentiated flows in.

    Raises
    ------
    NotDifferentiableError
        When a derivative is asked for, if J is singular: the solution is then no function of the parameters. For more
        than 500 variables also if a second derivative is.
    """
    if not is_recording():
        return x
    before = next_number()
    run = Run(f, (x,), {}, 0, who)
    outs = [out for out in outputs_of(run.out, who)[0] if out.node is not None]
    if not outs or not run.traverse(outs).foreign:
        return x
    frontier = _frontier([out.node for out in outs], before)
    chosen = np.arange(x.size) if free is None else np.flatnonzero(free)
    if not frontier or not chosen.size:
        return x
    found: list[Tensor] = []

    def pull_all(values: Sequence[Any], g: Any, batch: int) -> Iterable[Any]:
        is_recorded = isinstance(g, Tensor) or any(isinstance(value, Tensor) for value in values)
        if is_recorded and x.size > DENSE:
            raise NotDifferentiableError(
                f"{who}: second derivatives of a solution of {x.size} variables are not available beyond {DENSE}"
            )
        with enable_grad():
            expansion = _Expansion(f, found[0] if is_recorded else x, is_root, who)
            if solve is None or is_recorded:
                adjoint = expansion.solved(g, batch, chosen, is_recorded)
            else:
                adjoint = _placed(solve, g, chosen)
            return expansion.pulled(-adjoint, batch, frontier, is_recorded)

    stubs = [tensor_of(np.zeros(node.shape, node.dtype)[()], node) for node in frontier]
    found += record_jointly("root" if is_root else "minimizer", stubs, [x.copy()], pull_all)
    return found[0]


def _placed(solve: Callable[[np.ndarray], np.ndarray], g: Any, chosen: np.ndarray) -> np.ndarray:
    """Return the solutions for cotangents with leading axes, 0 in the variables that are not chosen."""
    adjoint = np.zeros(g.shape)
    for row, out in zip(g.reshape(-1, g.shape[-1]), adjoint.reshape(-1, g.shape[-1]), strict=True):
        out[chosen] = solve(row[chosen])
    return adjoint


def _frontier(tops: Sequence[Node], before: int) -> list[Node]:
    """Return the nodes older than the run that it read."""
    found: dict[Node, None] = {}
    stack, seen = list(tops), set(tops)
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
    """The equations at a solution, recorded: as a function of the solution and of what else the function read."""

    def __init__(self, f: Callable[[Any], Any], at: Any, is_root: bool, who: str):
        self.run = Run(f, (at,), {}, 0, who)
        self.held: list[Any] = [at.node] if isinstance(at, Tensor) and at.node is not None else []
        self.is_root, self.who = is_root, who
        outs = outputs_of(self.run.out, who)[0]
        self.equations: Any
        if is_root:
            self.equations = np.concatenate([np.reshape(out, -1) for out in outs]) if len(outs) > 1 else outs[0]
        else:
            (out,) = outs
            seed = {out.node: np.ones(out.shape, out.dtype)[()]}
            (self.equations,) = self.run.pull(self.run.traverse([out]), seed, record=True)
        self.traversal = self.run.traverse([self.equations])

    def solved(self, g: Any, batch: int, chosen: np.ndarray, is_recorded: bool) -> Any:
        """Return λ with Jᵀ λ = g in the chosen variables and 0 in the others, for cotangents with leading axes."""
        size = self.equations.size
        rows = np.reshape(g, (-1, size))
        if size > DENSE and not self.is_root:
            return np.reshape(np.stack([self._conjugate_gradient(row, chosen) for row in rows]), g.shape)
        identity = np.eye(size)
        units = identity.reshape(size, *self.equations.shape)
        (matrix,) = self.run.pull(self.traversal, {self.equations.node: units}, batch=1, record=is_recorded)
        picked = identity[chosen]
        matrix, rows = picked @ matrix @ picked.T, rows @ picked.T
        plain = matrix.data if isinstance(matrix, Tensor) else matrix
        if not np.linalg.cond(_equilibrated(plain)) < 1e-2 / np.finfo(float).eps:
            raise self._singular()
        adjoint = np.linalg.solve(np.swapaxes(matrix, -1, -2), rows.T).T @ picked
        return np.reshape(adjoint, (*g.shape[: g.ndim - 1], *self.equations.shape))

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
            (moved,) = self.run.pull(self.traversal, {self.equations.node: direction}, record=False)
            moved = mask * moved
            curvature = float(direction @ moved)
            if not curvature > 0:
                raise self._singular()
            solution = solution + (square / curvature) * direction
            residual = residual - (square / curvature) * moved
            square, last = float(residual @ residual), square
            direction = residual + (square / last) * direction
        return solution

    def pulled(self, g: Any, batch: int, frontier: list[Node], is_recorded: bool) -> list[Any]:
        """Return what a cotangent of the equations contributes to each of the older nodes, the solution held."""
        traversal = collect([self.equations.node], [*frontier, *self.held])
        delivered = sweep(traversal, {self.equations.node: g}, batch, lift if is_recorded else None)
        return [delivered.get(node) for node in frontier]

    def _singular(self) -> NotDifferentiableError:
        if self.is_root:
            return NotDifferentiableError(
                f"{self.who}: the derivative of the function is singular at the root (a multiple root, or "
                f"equations that depend on each other), so the root is no differentiable function of the parameters."
            )
        return NotDifferentiableError(
            f"{self.who}: the Hessian at the minimizer is singular or not positive, so the minimizer is no "
            f"differentiable function of the parameters. Add a small penalty (such as 1e-6 * np.sum(x**2)) to single "
            f"one out."
        )


def _equilibrated(matrix: np.ndarray) -> np.ndarray:
    """Return a matrix with rows and columns of about unit size: a badly scaled one is not a singular one."""
    for axis in (0, 1, 0, 1):
        size = np.sqrt(np.max(np.abs(matrix), axis=axis, keepdims=True))
        matrix = matrix / np.where(size > 0, size, 1.0)
    return matrix
