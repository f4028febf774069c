"""The evidence: one watched sweep, edge by edge, and which elements can be reached from where."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.careful import raw, watched_sweep
from autograd_lite.core.cotangents import LazyCotangent, fit
from autograd_lite.core.debugging import notes_of
from autograd_lite.core.graph import Node, collect
from autograd_lite.core.outputs import SEVERAL


class Edge(NamedTuple):
    """What one operation sent to one of its inputs."""

    node: Node
    g: Any  # the cotangent of the node; a tuple for an operation with several outputs
    position: int
    parent: Node
    c: Any  # the contribution, in the shape of the parent


class Flow:
    """A sweep from an output to one target, kept edge by edge.

    Parameters
    ----------
    output, target : Node
    seed : array
        The cotangent of the output.

    Attributes
    ----------
    order : list of Node
        What lies between, by falling number, without the target.
    edges : list of Edge
        In the order of the sweep.
    into : dict
        For each node the edges that end in it.
    received : dict
        For each node the sum of its contributions, before hooks.
    arrived : dict
        The same after hooks.
    gradient : array or None
        Of the target; None if nothing reached it.
    """

    def __init__(self, output: Node, target: Node, seed: Any):
        traversal = collect((output,), [target])
        self.output, self.target, self.seed = output, target, seed
        self.order = [n for n in traversal.order if traversal.needed is None or n in traversal.needed]
        self.edges: list[Edge] = []
        self.into: dict[Node, list[Edge]] = {}
        self.received: dict[Node, Any] = {output: seed}
        self.arrived: dict[Node, Any] = {}
        self.gradient = watched_sweep({output: seed}, self._watch, [target]).get(target)
        if self.gradient is not None:
            self.arrived[target] = self.gradient

    def _watch(self, node: Node, g: Any, position: int, parent: Node, c: Any) -> None:
        edge = Edge(node, g, position, parent, c)
        self.edges.append(edge)
        self.into.setdefault(parent, []).append(edge)
        self.arrived[node] = g
        if parent.dtype is not SEVERAL:
            with np.errstate(all="ignore"):
                self.received[parent] = c if parent not in self.received else self.received[parent] + c

    def pull(self, node: Node, g: Any, position: int, parent: Node) -> Any:
        """Return what a node's rule makes of another cotangent, in the shape of the parent; None for nothing."""
        try:
            with np.errstate(all="ignore"):
                pulls = list(node.plan.pulls_for(node, g, node.saved, 0))
                c = pulls[position](g, node.saved)
        except Exception:  # rules may refuse a cotangent that nobody has sent (eigenvectors), users' may do anything
            return None
        c = c.materialize() if isinstance(c, LazyCotangent) else c
        return None if c is None or isinstance(c, tuple) else fit(raw(c), parent.shape)

    def reach(self, start: Node, mask: Any, only_zeros: bool = False) -> np.ndarray:
        """Return which elements of the target the given elements of a node depend on, as the operations are built.

        It takes no notice of local derivatives that happen to be zero. With ``only_zeros`` it follows elements no
        further than they have a cotangent of zero: where something arrived on another way, that was stopped elsewhere.
        """
        masks: dict[Node, Any] = {start: np.asarray(mask)}
        for node in self.order:
            if node.number > start.number or node not in masks or node is self.target:
                continue
            support = masks.pop(node)
            if only_zeros and node in self.arrived and node.dtype is not SEVERAL:
                support = support & (np.asarray(self.arrived[node]) == 0)
            for position, parent in enumerate(node.inputs):
                carried = self._carried(node, position, parent, support)
                if carried is not None:
                    masks[parent] = masks[parent] | carried if parent in masks else carried
        found = masks.get(self.target)
        return np.zeros(self.target.shape, bool) if found is None else np.broadcast_to(found, self.target.shape)

    def _carried(self, node: Node, position: int, parent: Node, support: Any) -> Any:
        kind = node.plan.primitive.kind
        if not np.any(support):
            return None
        if node.dtype is SEVERAL or parent.dtype is SEVERAL:
            return np.ones(parent.shape, bool)
        if kind == "elementwise":
            return fit(np.asarray(support, float), parent.shape) != 0
        if kind == "linear":
            return self._nonzero(self.pull(node, spread(support, node), position, parent), parent)
        axis = node.keywords.get("axis")
        if isinstance(axis, int) and node.shape != parent.shape and len(node.shape) == len(parent.shape) - 1:
            return np.broadcast_to(np.expand_dims(support, axis), parent.shape)
        if kind == "multilinear" and self._is_matmul(node):
            ones = [np.ones_like(v) if isinstance(v, np.ndarray) else v for v in _as_tuple(node.saved)]
            saved = ones[0] if not isinstance(node.saved, tuple) else tuple(ones)
            pulls = list(node.plan.pulls_for(node, support, saved, 0))
            c = pulls[position](spread(support, node), saved)
            return self._nonzero(fit(c, parent.shape), parent)
        return np.ones(parent.shape, bool)

    @staticmethod
    def _is_matmul(node: Node) -> bool:
        return node.plan.primitive.name in ("matmul", "einsum", "linear") and node.plan.resolve is None

    @staticmethod
    def _nonzero(value: Any, parent: Node) -> Any:
        return np.ones(parent.shape, bool) if value is None else np.asarray(value) != 0


def _as_tuple(saved: Any) -> tuple[Any, ...]:
    return saved if isinstance(saved, tuple) else (saved,)


def spread(support: Any, node: Node) -> Any:
    """Return positive random numbers, of a node's dtype, where a mask is true: what does not cancel by chance."""
    random = np.random.default_rng(0).uniform(0.5, 1.5, np.shape(support))
    dtype = node.dtype if node.dtype.kind in "fc" else np.dtype(float)
    return np.where(support, random, 0).astype(dtype)[()]


def is_reached(output: Node, target: Node) -> bool:
    """Say whether a node depends on another."""
    stack, seen = [output], {output}
    while stack:
        node = stack.pop()
        if node is target:
            return True
        for parent in node.inputs:
            if parent not in seen and parent.number >= target.number:
                seen.add(parent)
                stack.append(parent)
    return False


@contextmanager
def revived(output: Node) -> Iterator[bool]:
    """Give a released graph its arrays back, where ``debug()`` has noted them, and yield whether it is whole."""
    lost: list[Node] = []
    whole = True
    for node in collect((output,), []).order:
        if node.saved is None:
            notes = notes_of(node)
            if notes is None:
                whole = False
                break
            node.saved = notes.saved
            lost.append(node)
    try:
        yield whole
    finally:
        for node in lost:
            node.saved = None


def size_of(value: Any) -> float:
    """Return the largest absolute value of the finite elements of an array, or of several; 0 if there are none."""
    if isinstance(value, tuple):
        return max((size_of(part) for part in value if part is not None), default=0.0)
    found = np.abs(np.asarray(value))
    found = found[np.isfinite(found)]
    largest = float(found.max()) if found.size else 0.0
    return largest if math.isfinite(largest) else 0.0
