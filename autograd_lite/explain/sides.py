"""One-sided derivatives: exactly where an operation's edges say them, by one-sided differences elsewhere.

The chain rule holds for one-sided directional derivatives of functions that are Lipschitz, with each operation's own
(A. Shapiro, *On concepts of directional differentiability*, J. Optim. Theory Appl. 66, 1990): tangents are pushed
forward, and where an element lies on an edge the edge says what becomes of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.core.careful import watched_sweep
from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.graph import Node, Traversal, collect
from autograd_lite.core.modes import no_grad
from autograd_lite.core.outputs import OUTPUT, SEVERAL
from autograd_lite.core.sweep import inner_sweep
from autograd_lite.core.tensor import tensor_of
from autograd_lite.errors import ShapeError
from autograd_lite.explain.computation import Computation, floating
from autograd_lite.explain.edges import CHOICE, JUMP, STEEP, Edge
from autograd_lite.transforms.arguments import Run
from autograd_lite.transforms.forward import push_forward


class UndecidedError(Exception):
    """A one-sided derivative that the first derivatives of the operations do not decide."""


def active(edge: Edge) -> Any:
    """Say which elements lie on an edge."""
    return np.asarray(edge.gap) == 0


def pushed(computation: Computation, tangents: Mapping[Node, Any], edges: Mapping[Node, list[Edge]]) -> Any:
    """Push tangents of the inputs forward, each operation's one-sided derivative in the direction that they point.

    Parameters
    ----------
    computation : Computation
    tangents : mapping of Node to array
    edges : mapping of Node to list of Edge
        Of the nodes that have elements on one.

    Returns
    -------
    array
        The tangent of the output.

    Raises
    ------
    UndecidedError
        If it depends on more than first derivatives, or is none.
    """
    arrived: dict[Node, Any] = {node: t for node, t in tangents.items() if np.any(t)}
    for node in computation.nodes:
        if node in arrived or node.dtype is SEVERAL:
            continue
        nodes = [node.inputs[0], node] if node.plan.primitive is OUTPUT else [node]
        if not any(parent in arrived for parent in nodes[0].inputs):
            if any(edge.kind == STEEP for edge in edges.get(node, ())):  # an infinite slope times nothing: undecided
                raise UndecidedError
            continue
        known = {parent: arrived[parent] for parent in nodes[0].inputs if parent in arrived}
        out = tensor_of(computation.value(node), node)
        made = push_forward(Traversal(nodes[::-1], set(known), None, False), known, [out])[0]
        for edge in edges.get(node, ()):
            made = _beyond(computation, node, edge, known, made)
        if np.any(made):
            arrived[node] = made
    root = computation.roots[0]
    return arrived.get(root, np.zeros(root.shape))


def _beyond(computation: Computation, node: Node, edge: Edge, known: Mapping[Node, Any], made: Any) -> Any:
    """Return a tangent with the elements on an edge replaced by what the edge says."""
    if edge.kind in (CHOICE, JUMP):
        raise UndecidedError
    given = [
        np.zeros(np.shape(value)) if parent is None or parent not in known else known[parent]
        for parent, value in computation.arguments(node)
    ]
    with np.errstate(all="ignore"):
        side = np.broadcast_to(edge.pushed(given), node.shape)
    chosen = np.where(active(edge), side, made)
    if not np.all(np.isfinite(chosen[active(edge)] if np.ndim(chosen) else chosen)):
        raise UndecidedError
    return chosen


def difference(f: Callable[[float], float], scale: float) -> float:
    """Estimate the right-sided derivative of a function of one variable at 0 from differences, infinite ones too.

    Parameters
    ----------
    f : callable
    scale : float
        The size of the argument that the variable is added to.

    Notes
    -----
    Richardson's extrapolation over steps that shrink fourfold; the estimate that its neighbours agree with best.
    Quotients that keep growing tell of a jump or an infinite slope.
    """
    steps = [scale * 2.0**-8 / 4**i for i in range(10)]
    at = f(0.0)
    with np.errstate(all="ignore"):
        quotients = np.array([(f(h) - at) / h for h in steps])
    if not np.all(np.isfinite(quotients)):
        return math.nan
    growth = np.abs(quotients[1:]) / np.maximum(np.abs(quotients[:-1]), 1e-300)
    if np.all(growth[-4:] > 1.4) and abs(quotients[-1]) > 1e3 * (1 + abs(at)) * 2.0**-8:
        return math.copysign(math.inf, quotients[-1])
    better = (4 * quotients[1:] - quotients[:-1]) / 3
    best = int(np.argmin(np.abs(np.diff(better))))
    return float(better[best + 1])


@dataclass(frozen=True)
class Sides:
    """The derivatives of the function to both sides along one direction.

    Attributes
    ----------
    direction : str
        ``x[2]``, the argument and its element; or ``direction``.
    left, right : float
        The slope just before and just after the point, along the direction: equal where there is a derivative.
    gradient : float
        What the engine's gradient gives along it.
    is_exact : bool
        Whether the sides come from the operations' own; else they are estimated from differences.
    """

    direction: str
    left: float
    right: float
    gradient: float
    is_exact: bool

    @property
    def side(self) -> str:
        """Which of both the gradient is: left, right, both, mean, between, or neither."""
        return side_of(self.gradient, self.left, self.right, 1e-9 if self.is_exact else 1e-4)


def side_of(value: float, left: float, right: float, tolerance: float) -> str:
    """Say which of two slopes a third is: left, right, both, mean, between, neither; '' where that makes no sense."""
    if math.isnan(value) or (math.isnan(left) and math.isnan(right)):
        return ""
    bounds = {"left": left, "right": right, "mean": left / 2 + right / 2}
    near = [
        name
        for name, bound in bounds.items()
        if bound == value or abs(bound - value) <= tolerance * (1 + abs(bound) + abs(value)) < math.inf
    ]
    if "left" in near and "right" in near:
        return "both"
    return near[0] if near else "between" if min(left, right) < value < max(left, right) else "neither"


# Nodes that something on an edge was computed from, and which of their elements.
Sources = dict[Node, Any]


def add_source(sources: Sources, node: Node, mask: Any) -> None:
    """Add the elements of a node that a mask picks; all of them where it is of another shape, none if it is empty."""
    if np.any(mask):
        chosen = mask if np.shape(mask) == node.shape else np.ones(node.shape, bool)
        sources[node] = sources.get(node, False) | chosen


def index_text(element: tuple[int, ...]) -> str:
    """Return an index as text, '' of a number."""
    return f"[{', '.join(map(str, element))}]" if element else ""


def ignore(*_: Any) -> None:
    """See nothing of a watched sweep, of which only the result is wanted."""


class Look:
    """Looks at both sides of a point."""

    def __init__(
        self, f: Any, args: tuple[Any, ...], run: Run, computation: Computation, edges: Any, has_branches: bool
    ):
        self.f, self.args, self.run, self.computation = f, args, run, computation
        self.edges, self.has_branches = edges, has_branches
        root = computation.roots[0]
        seed = np.ones(root.shape, root.dtype)[()]
        self.gradient = watched_sweep({root: seed}, ignore, run.targets)

    def coordinates(self, sources: Sources, limit: int) -> list[Sides]:
        """Look along the coordinates that some nodes depend on."""
        made: list[Sides] = []
        names = self._names()
        for index, (primal, name) in enumerate(zip(self.run.primals, names, strict=True)):
            certain, possible = self._reached(index, sources)
            for element in [tuple(int(i) for i in place) for place in np.argwhere(possible)]:
                if len(made) == limit:
                    return made
                tangents = [np.zeros(p.shape) for p in self.run.primals]
                tangents[index][element] = 1.0
                both = self._both(f"{name}{index_text(element)}" if primal.shape else name, tangents)
                if certain[element] or both.side != "both":
                    made.append(both)
        return made

    def along(self, direction: Any) -> list[Sides]:
        """Look along one direction."""
        parts = list(direction) if isinstance(direction, tuple | list) else [direction]
        if len(parts) != len(self.run.primals) and len(self.run.primals) == 1:
            parts = [direction]
        tangents = [np.array(part, float) for part in parts]
        shapes = [tangent.shape for tangent in tangents]
        wanted = [primal.shape for primal in self.run.primals]
        if shapes != wanted:
            raise ShapeError(f"explain.kinks: the direction has the shapes {shapes}, and the point {wanted}")
        return [self._both("direction", tangents)]

    def _names(self) -> list[str]:
        count = len(self.run.primals)
        return ["x"] if count == 1 else [f"x{i}" for i in range(count)]

    def _reached(self, index: int, sources: Sources) -> tuple[Any, Any]:
        """Say which elements of an argument some nodes depend on: by first derivatives, and possibly.

        A sweep from all of them with random weights tells the first. One with NaNs, which no derivative of zero stops
        as it would in ``sqrt(x * x)`` at 0, tells the second, and more than that.
        """
        target = self.run.targets[index]
        rng = np.random.default_rng(0)
        itself = np.zeros(target.shape, bool) | sources.get(target, False)
        seeds: dict[Node, Any] = {}
        spoilt: dict[Node, Any] = {}
        for node, mask in sources.items():
            if node is not target:
                seeds[node] = np.asarray(rng.uniform(1, 2, node.shape) * mask, node.dtype)[()]
                spoilt[node] = np.asarray(np.where(mask, np.nan, 0), node.dtype)[()]
        if not seeds:
            return itself, itself
        found = watched_sweep(seeds, ignore, [target]).get(target)
        with np.errstate(all="ignore"):
            reached = inner_sweep(collect(spoilt, [target]), spoilt).get(target)
        certain = itself if found is None else itself | (np.asarray(found) != 0)
        return certain, certain if reached is None else certain | (np.asarray(reached) != 0)

    def _both(self, label: str, tangents: list[Any]) -> Sides:
        slope = math.fsum(
            float(np.sum(self.gradient[target] * t))
            for target, t in zip(self.run.targets, tangents, strict=True)
            if target in self.gradient
        )
        try:
            if self.has_branches:
                raise UndecidedError
            return Sides(label, -self._exact([-t for t in tangents]), self._exact(tangents), slope, True)
        except UndecidedError:
            return Sides(label, -self._estimated([-t for t in tangents]), self._estimated(tangents), slope, False)

    def _exact(self, tangents: list[Any]) -> float:
        given: dict[Node, Any] = {target: t[()] for target, t in zip(self.run.targets, tangents, strict=True)}
        return float(np.reshape(pushed(self.computation, given, self.edges), ()))

    def _estimated(self, tangents: list[Any]) -> float:
        data = [np.asarray(primal.data, float) for primal in self.run.primals]
        scale = max(1.0, *(float(np.max(np.abs(value), initial=0.0)) for value in data))
        longest = max(float(np.max(np.abs(t), initial=0.0)) for t in tangents) or 1.0

        def value(h: float) -> float:
            moved = [(at + h * t)[()] for at, t in zip(data, tangents, strict=True)]
            replaced = dict(zip(floating(self.args), self.run.packed(moved), strict=True))
            with no_grad(), np.errstate(all="ignore"):
                out = self.f(*(replaced.get(i, arg) for i, arg in enumerate(self.args)))
            return float(np.reshape(out.data if isinstance(out, Tracked) else out, ()))

        return difference(value, scale / longest)
