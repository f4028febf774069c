"""A function and its constraints at a point: evaluated together, derivatives swept from the one run."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.calculus.objective import Packing, Recorded
from autograd_lite.core.collector import full_passes_put_off
from autograd_lite.core.modes import enable_grad, is_recording
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import ShapeError
from autograd_lite.transforms.arguments import Run

_EPSILON = float(np.finfo(float).eps)


class Constrained(Recorded):
    """A scalar function f of one flat vector, and a vector c of what shall vanish with it.

    Parameters
    ----------
    f : callable
    constraints : sequence of callable
        Each gives a number or an array.
    packing : Packing
        Of the start.
    args : sequence
        Handed to all of them.
    sign : {1, -1}
        What f is multiplied with.

    Attributes
    ----------
    given : tuple
        The args as they were given, Tensors included.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        constraints: Sequence[Callable[..., Any]],
        packing: Packing,
        args: Sequence[Any] = (),
        sign: int = 1,
    ):
        def joint(x: Any, *more: Any) -> Any:
            return [f(x, *more), *(constraint(x, *more) for constraint in constraints)]

        super().__init__(joint, packing, args, who="lagrange")
        self.sign, self.given = sign, tuple(args)
        self.objective, self.constraints = f, constraints

    def at(self, x: np.ndarray) -> Place:
        """Run both at a point.

        Raises
        ------
        ShapeError
            If the function does not return a number.
        """
        run, leaves, _ = self.run(x)
        if leaves[0].size != 1 or len(leaves) != 1 + len(self.constraints):
            raise ShapeError(
                f"lagrange: the function must return a single number, and each constraint a number or an array; they "
                f"returned {', '.join(f'shape {leaf.shape}' for leaf in leaves)}"
            )
        return Place(self, x, run, leaves)


class Place:
    """A function and its constraints at a point.

    Attributes
    ----------
    x : ndarray of shape (n,)
    value : float
        Of f, times the sign.
    residual : ndarray of shape (m,)
        c
    """

    def __init__(self, problem: Constrained, x: np.ndarray, run: Run, leaves: list[Tensor]):
        self.x = x
        self._problem, self._run, self._leaves = problem, run, leaves
        self.value = problem.sign * float(np.reshape(leaves[0].data, ()))
        self.residual = np.concatenate([np.zeros(0), *(np.reshape(leaf.data, -1) for leaf in leaves[1:])])

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of what each constraint returned."""
        return [leaf.shape for leaf in self._leaves[1:]]

    @property
    def depends_on_others(self) -> bool:
        """Whether something that is being differentiated flows in beside x."""
        outs = [leaf for leaf in self._leaves if leaf.node is not None]
        return is_recording() and bool(outs) and self._run.traverse(outs).foreign

    @property
    def is_finite(self) -> bool:
        """Whether all values are."""
        return math.isfinite(self.value) and bool(np.isfinite(self.residual).all())

    @functools.cached_property
    def infeasibility(self) -> float:
        """‖c‖."""
        return float(np.linalg.norm(self.residual))

    @functools.cached_property
    def gradient(self) -> np.ndarray:
        """∇f, times the sign, of shape (n,)."""
        self._problem.counter.add("gradient")
        weights = [np.full(self._leaves[0].shape, float(self._problem.sign))[()], *[None] * (len(self._leaves) - 1)]
        return self._packed(self._pull(weights, 0, False))

    @functools.cached_property
    def jacobian(self) -> np.ndarray:
        """∂c/∂x, of shape (m, n)."""
        self._problem.counter.add("jacobian")
        blocks = []
        for i, leaf in enumerate(self._leaves[1:], 1):
            weights: list[Any] = [None] * len(self._leaves)
            weights[i] = np.eye(leaf.size).reshape(leaf.size, *leaf.shape)
            pulled = self._pull(weights, 1, False) if leaf.node is not None and leaf.size else None
            size = self._problem.packing.size
            blocks.append(np.zeros((leaf.size, size)) if pulled is None else self._packed(pulled, (leaf.size,)))
        return np.concatenate([np.zeros((0, self.x.size)), *blocks])

    def hessian(self, multipliers: np.ndarray, of_function: bool = True) -> np.ndarray:
        """Return ∇²(f - λ·c), of shape (n, n), or -∇²(λ·c)."""
        self._problem.counter.add("hessian")
        weights: list[Any] = [np.full(self._leaves[0].shape, float(self._problem.sign))[()] if of_function else None]
        start = 0
        for leaf in self._leaves[1:]:
            weights.append(-multipliers[start : start + leaf.size].reshape(leaf.shape)[()])
            start += leaf.size
        pulled = self._pull(weights, 0, True)
        size = self._problem.packing.size
        tracked = [leaf for leaf in pulled if isinstance(leaf, Tensor) and leaf.node is not None]
        if not tracked:
            return np.zeros((size, size))
        seeds, start = {}, 0
        identity = np.eye(size)
        for leaf, primal in zip(pulled, self._run.primals, strict=True):
            if isinstance(leaf, Tensor) and leaf.node is not None:
                rows = identity[:, start : start + primal.size].reshape(size, *primal.shape)
                seeds[leaf.node] = seeds[leaf.node] + rows if leaf.node in seeds else rows
            start += primal.size
        with full_passes_put_off, np.errstate(all="ignore"):
            second = self._run.pull(self._run.traverse(tracked), seeds, batch=1, record=False, warn=False)
        square = self._packed(second, (size,))
        return (square + square.T) / 2

    def _packed(self, parts: Sequence[Any], lead: tuple[int, ...] = ()) -> np.ndarray:
        plain = [part.data if isinstance(part, Tensor) else part for part in parts]
        return self._problem.packing.ravel(plain, lead)

    def _pull(self, weights: Sequence[Any], batch: int, record: bool) -> list[Any]:
        """Return the derivative, with respect to x, of the sum of all outputs times their weights."""
        seeds: dict[Any, Any] = {}
        for leaf, weight in zip(self._leaves, weights, strict=True):
            if leaf.node is not None and weight is not None:
                weight = np.asarray(weight, leaf.dtype)[()]
                seeds[leaf.node] = seeds[leaf.node] + weight if leaf.node in seeds else weight
        if not seeds:
            return [np.zeros(primal.shape) for primal in self._run.primals]
        outs = [leaf for leaf in self._leaves if leaf.node in seeds]
        with full_passes_put_off, np.errstate(all="ignore"), enable_grad():
            return self._run.pull(self._run.traverse(outs), seeds, batch=batch, record=record, warn=False)
