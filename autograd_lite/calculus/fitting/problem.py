"""What a least-squares solver is given: residuals at a point, with derivatives, bounds and a loss."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.losses import Loss
from autograd_lite.calculus.fitting.recorded import Recorded
from autograd_lite.calculus.objective import Counter, Packing
from autograd_lite.transforms.arguments import flatten, unflatten


class Problem:
    """Residuals of m parameters, to be made small.

    Parameters
    ----------
    size : int
        m
    lower, upper : ndarray of shape (m,), optional
        Bounds; infinite where there is none.
    loss : Loss

    Attributes
    ----------
    counter : Counter
        A value is one run of the function; derivatives are swept from the recorded run and counted apart.
    """

    def __init__(
        self,
        size: int,
        lower: np.ndarray | None = None,
        upper: np.ndarray | None = None,
        loss: Loss | None = None,
    ):
        self.size = size
        self.lower = np.full(size, -np.inf) if lower is None else lower
        self.upper = np.full(size, np.inf) if upper is None else upper
        self.is_bounded = bool(np.any(np.isfinite(self.lower)) or np.any(np.isfinite(self.upper)))
        self.loss = Loss() if loss is None else loss
        self.counter = Counter()
        self._linear: dict[int, tuple[int, ...]] = {}

    def at(self, x: np.ndarray) -> Point:
        """Run the function at a point of shape (m,)."""
        self.counter.add("value")
        return Point(self, x, self.record(x))

    def record(self, x: np.ndarray) -> Recorded:
        """Run the function at a point, recorded."""
        raise NotImplementedError

    def residuals_of(self, values: np.ndarray) -> np.ndarray:
        """Return the residuals for what the function returned; affine."""
        return values

    def whitened(self, columns: np.ndarray) -> np.ndarray:
        """Return the linear part of `residuals_of`, for an array of shape (n, ...)."""
        return columns

    def unwhitened(self, weights: np.ndarray) -> np.ndarray:
        """Return the transpose of `whitened`, applied to weights of the residuals."""
        return weights

    def extended(self, x: np.ndarray) -> np.ndarray | None:
        """Return the residuals at a point in extended precision, or None if they are not to be had."""
        return None

    def linear_in(self, recorded: Recorded) -> tuple[int, ...]:
        """Return the parameters that may be solved for: not bounded, and the sum is one of squares.

        What the operations say is kept by their number: the branches of a function nearly always differ in that.
        """
        if not self.loss.is_linear:
            return ()
        key = len(recorded.traversal.order)
        if key not in self._linear:
            bounded = np.isfinite(self.lower) | np.isfinite(self.upper)
            self._linear[key] = tuple(i for i in recorded.linear() if not bounded[i])
        return self._linear[key]

    def inside(self, x: np.ndarray) -> np.ndarray:
        """Return the nearest point within the bounds."""
        return np.clip(x, self.lower, self.upper) if self.is_bounded else x


class Point:
    """The residuals at a point: values at once, derivatives when asked for, each computed and counted once.

    Attributes
    ----------
    x : ndarray of shape (m,)
    residuals : ndarray of shape (n,)
    """

    def __init__(self, problem: Problem, x: np.ndarray, recorded: Recorded):
        self.x, self._problem, self.recorded = x, problem, recorded
        with np.errstate(all="ignore"):
            self.residuals = problem.residuals_of(recorded.values)

    def __getstate__(self) -> dict[str, Any]:
        # A recorded run does not outlive its process: it is made again when a derivative is asked for.
        return {name: value for name, value in vars(self).items() if name != "recorded"}

    @functools.cached_property
    def recorded(self) -> Recorded:
        """The run of the function at this point."""
        return self._problem.record(self.x)

    @functools.cached_property
    def cost(self) -> float:
        """What is made small: the sum of squares, or of losses; NaN or infinite outside the domain."""
        with np.errstate(all="ignore"):
            return self._problem.loss.cost(self.residuals)

    @functools.cached_property
    def jacobian(self) -> np.ndarray:
        """Of the residuals, of shape (n, m)."""
        self._problem.counter.add("jacobian")
        with np.errstate(all="ignore"):
            return self._problem.whitened(self.recorded.jacobian())

    def second_along(self, direction: np.ndarray) -> np.ndarray:
        """Return the second derivative of the residuals along a direction."""
        self._problem.counter.add("hvp")
        return self._problem.whitened(self.recorded.second_along(direction))

    def weighted_hessian(self, weights: np.ndarray) -> np.ndarray:
        """Return Σ wᵢ ∇²rᵢ, of shape (m, m)."""
        self._problem.counter.add("hessian")
        return self.recorded.weighted_hessian(self._problem.unwhitened(weights))

    @functools.cached_property
    def linear(self) -> tuple[int, ...]:
        """The parameters that may be solved for: the residuals are affine in them together, and nothing bounds them."""
        return self._problem.linear_in(self.recorded)


class ResidualsOf(Problem):
    """A function of arrays, or of a container of them, as residuals of a flat vector.

    Parameters
    ----------
    function : callable
        Gets the container of the start; returns an array of any shape, or a container of arrays.
    packing : Packing
    who : str
        The function that is asking, for error messages.
    **options
        Of `Problem`.
    """

    def __init__(self, function: Callable[..., Any], packing: Packing, who: str = "least_squares", **options: Any):
        super().__init__(packing.size, **options)
        self._function, self._packing, self._who = function, packing, who

    def record(self, x: np.ndarray) -> Recorded:
        """Run the function at a point, recorded."""
        leaves, structure = flatten(self._packing.unravel(x))

        def of_leaves(*tensors: Any) -> Any:
            return self._function(unflatten(structure, tensors))

        return Recorded(of_leaves, _arrays(leaves), self._who)


def _arrays(leaves: Sequence[Any]) -> list[np.ndarray]:
    return [np.asarray(leaf, np.float64) for leaf in leaves]
