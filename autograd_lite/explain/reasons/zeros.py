"""Why elements of a gradient are zero: which operation has stopped what would have reached them.

An operation stops a cotangent where that is not zero, the contribution is, and the local derivative vanishes. What was
zero on arrival has been stopped nearer to the output. Which elements of the target a stop concerns is found by
following the graph's structure down, whatever the slopes below are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_lite.core.graph import Node
from autograd_lite.core.outputs import SEVERAL
from autograd_lite.explain.reasons.births import INFINITY, born_forward
from autograd_lite.explain.reasons.cause import Cause, blame, origin, restricted
from autograd_lite.explain.reasons.flow import Edge, Flow, spread
from autograd_lite.explain.reasons.slopes import RECURRENT, why_forward, why_zero

# So many stops are followed down to the target, those nearest to the output first.
_MOST = 64

# So many are looked behind, each with a sweep of its own.
_MOST_BEHIND = 16


def zero_causes(flow: Flow, zero: Any) -> list[Cause]:
    """Return the causes of the zeros of a gradient.

    Parameters
    ----------
    flow : Flow
    zero : array of bool
        Which elements of the target's gradient are zero.
    """
    found: list[Cause] = []
    values: list[Cause] = []
    seed_zero = np.asarray(flow.seed) == 0
    if seed_zero.any():
        stopped = zero & flow.reach(flow.output, seed_zero)
        if stopped.any():
            found.append(
                blame("zero cotangent", "the cotangent that the sweep starts from is zero", flow.output, stopped)
            )
    for number, (kind, text, node, start, mask) in enumerate(_stops(flow)):
        if number >= _MOST:
            break
        stopped = zero & (mask if start is flow.target else flow.reach(start, mask, only_zeros=True))
        if stopped.any():
            if len(values) < _MOST_BEHIND:
                values += _causes_of_value(flow, kind, node, start, stopped, mask)
            found.append(blame(kind, text, node, stopped))
    found = values + _without_detours(found)
    rest = zero & ~np.logical_or.reduce([cause.mask for cause in found]) if found else zero
    if rest.any():
        text = "no single operation is to blame: several derivatives on the way vanish, or cancel, together"
        last = flow.into[flow.target][-1].node if flow.target in flow.into else flow.output
        found.append(blame("zero slope", text, last, rest))
    return found


# Slopes that vanish because of a value, which may be what it is for a reason: the power of relu(x)**2 where x < 0.
_BY_VALUE = ("zero slope", "kink", "multiplied by zero", "zero times infinity")
_BEHIND = ("dead relu", "clipped", "multiplied by zero", "masked")


def _causes_of_value(flow: Flow, kind: str, node: Node, start: Node, stopped: Any, mask: Any) -> Iterator[Cause]:
    """Yield what has made the value at which a slope vanishes, and would have stopped the cotangent all the same."""
    if kind not in _BY_VALUE:
        return
    for ancestor in born_forward(node, INFINITY):
        why, text = why_forward(ancestor)
        if why == "overflow":
            yield blame(why, text, ancestor, stopped)
    constant_factor = kind == "multiplied by zero" and len(node.inputs) < 2
    if start is flow.target or start.dtype is SEVERAL or constant_factor or kind == "zero times infinity":
        return
    behind = Flow(start, flow.target, spread(mask, start))
    stopped = stopped & (np.asarray(behind.gradient) == 0) if behind.gradient is not None else np.False_
    for number, (why, text, maker, at, dead) in enumerate(_stops(behind)):
        if number >= _MOST or why not in _BEHIND or not stopped.any():
            break
        both = stopped & (dead if at is flow.target else behind.reach(at, dead, only_zeros=True))
        if both.any():
            yield blame(why, text, maker, both)


# That an operation does not take some elements explains a zero only where nothing else stopped them on another way.
_WEAK = ("not selected", "masked")


def _without_detours(causes: list[Cause]) -> list[Cause]:
    strong = [cause.mask for cause in causes if cause.kind not in (*_WEAK, "zero times infinity")]
    taken = np.logical_or.reduce(strong) if strong else np.False_
    kept = [restricted(cause, cause.mask & ~taken) if cause.kind in _WEAK else cause for cause in causes]
    return [cause for cause in kept if cause.elements]


def _stops(flow: Flow) -> Iterator[tuple[str, str, Node, Node, Any]]:
    """Yield kind, sentence, operation, and the node and its elements where something stopped."""
    looked: set[Node] = set()
    for edge in flow.edges:
        if edge.node not in looked:
            looked.add(edge.node)
            yield from _in_hooks(flow, edge.node)
            yield from _in_sums(flow, edge.node)
        yield from _on_edge(flow, edge)
    yield from _in_hooks(flow, flow.target)
    yield from _in_sums(flow, flow.target)


def _in_hooks(flow: Flow, node: Node) -> Iterator[tuple[str, str, Node, Node, Any]]:
    if node.extras is None or not node.extras.hooks or node not in flow.received or node not in flow.arrived:
        return
    before, after = np.asarray(flow.received[node]), np.asarray(flow.arrived[node])
    zeroed = (after == 0) & (before != 0)
    if zeroed.any():
        yield "hook", "a hook (register_hook) has set the cotangent to zero", node, node, zeroed


def _in_sums(flow: Flow, node: Node) -> Iterator[tuple[str, str, Node, Node, Any]]:
    edges = flow.into.get(node, [])
    if len(edges) < 2 or node.dtype is SEVERAL:
        return
    size = np.abs(np.asarray(edges[0].c))
    for edge in edges[1:]:
        size = size + np.abs(np.asarray(edge.c))
    cancelled = (np.asarray(flow.received[node]) == 0) & (size > 0)
    if cancelled.any():
        names = " and ".join(dict.fromkeys(edge.node.plan.primitive.name for edge in edges[:4]))
        text = f"the contributions of {len(edges)} uses of one tensor ({names}) cancel"
        yield "cancellation", text, edges[-1].node, node, cancelled


def _on_edge(flow: Flow, edge: Edge) -> Iterator[tuple[str, str, Node, Node, Any]]:
    node, g, position, parent, c = edge
    zero = np.asarray(c) == 0 if not isinstance(c, tuple) else np.zeros((), bool)
    parts = [part for part in g if part is not None] if isinstance(g, tuple) else [g]
    if parent.dtype is not SEVERAL and zero.any() and all(np.size(part) == 0 for part in parts):
        yield "not selected", f"{node.plan.primitive.name} takes no element: its result is empty", node, parent, zero
    if parent.dtype is SEVERAL or not zero.any():
        return
    resolved = zero & _is_nan(flow.pull(node, g, position, parent))
    if resolved.any():
        maker = _infinite(flow, node)
        met = "an infinite derivative" if maker is node else f"the infinite derivative of {maker.plan.primitive.name}"
        text = f"in {node.plan.primitive.name} a zero met {met}, and 0 * inf was taken as 0"
        yield "zero times infinity", text, maker, parent, resolved
    if not any(np.any(np.asarray(part) != 0) for part in parts):
        return
    slope = flow.pull(node, _everywhere(g), position, parent)
    met = flow.pull(node, _where_not_zero(g, node), position, parent)
    if slope is None or met is None:
        return
    flat = np.asarray(slope) == 0
    if node.plan.primitive.name in RECURRENT:  # through time everything depends on everything
        related, flat = np.ones(parent.shape, bool), np.asarray(met) == 0
    elif node.plan.primitive.kind == "elementwise":
        related = flow._carried(node, position, parent, np.asarray(g) != 0)
        related = np.zeros(parent.shape, bool) if related is None else np.broadcast_to(related, parent.shape)
    else:
        related = flat | (np.asarray(met) != 0)
    dead = zero & related & flat & ~resolved
    if dead.any():
        kind, text = why_zero(node, position, dead)
        yield kind, text, node, parent, dead
    rest = zero & related & ~flat & ~resolved
    if rest.any():
        if node.plan.primitive.kind == "elementwise" and node.shape == parent.shape:
            text = f"cotangent and slope of {node.plan.primitive.name} are so small that their product is zero"
            yield "vanishing", text, node, parent, rest
        else:
            text = f"what arrives at {node.plan.primitive.name} cancels: it adds up to zero times the slopes"
            yield "cancellation", text, node, parent, rest


def _infinite(flow: Flow, node: Node) -> Node:
    """Return the operation whose infinite derivative arrives at a node: itself, if what arrives is finite."""
    while True:
        edges = [edge for edge in flow.into.get(node, ()) if not isinstance(edge.c, tuple) and np.isinf(edge.c).any()]
        if not edges:
            return node
        node = edges[-1].node


def _is_nan(value: Any) -> Any:
    return np.zeros((), bool) if value is None else np.isnan(np.asarray(value))


def _everywhere(g: Any) -> Any:
    """Return positive random numbers in the shape of a cotangent."""
    if isinstance(g, tuple):
        return tuple(None if part is None else _everywhere(part) for part in g)
    random = np.random.default_rng(1).uniform(0.5, 1.5, np.shape(g))
    return random.astype(g.dtype)[()]


def _where_not_zero(g: Any, node: Node) -> Any:
    if isinstance(g, tuple):
        return tuple(None if part is None else _everywhere(part) * (part != 0) for part in g)
    return spread(np.asarray(g) != 0, node)


def tie_causes(flow: Flow) -> list[Cause]:
    """Return where equal elements share a gradient."""
    found = []
    for node, g, _, parent, c in flow.edges:
        name = node.plan.primitive.name
        if isinstance(g, tuple) or parent.dtype is SEVERAL:
            continue
        if name in ("maximum", "minimum", "fmax", "fmin") and np.shape(g) == np.shape(c):
            tied = (np.asarray(g) != 0) & (2 * np.asarray(c) == g)
        elif name in ("max", "min", "nanmax", "nanmin"):
            tied = _tied_in_reduction(node, np.asarray(g), np.asarray(c))
        elif name == "max of windows":
            tied = _tied_in_windows(np.asarray(g), np.asarray(c))
        else:
            continue
        if tied.any():
            mask = tied if parent is flow.target else flow.reach(parent, tied)
            text = f"equal elements of np.{name} share its gradient evenly"
            found.append(blame("tie", text, node, mask))
    return found


def _tied_in_reduction(node: Node, g: Any, c: Any) -> Any:
    if not c.ndim:
        return np.zeros((), bool)
    axis = node.keywords.get("axis")
    axes = tuple(range(c.ndim)) if axis is None else axis
    many = np.sum(c != 0, axis=axes, keepdims=True) > 1
    return (c != 0) & many


def _tied_in_windows(g: Any, c: Any) -> Any:
    """Say which elements have a share of a window's gradient; more have one than there are windows."""
    if np.count_nonzero(c) <= np.count_nonzero(g):
        return np.zeros(c.shape, bool)
    return (c != 0) & ~np.isin(c, g)


def hook_causes(flow: Flow) -> list[Cause]:
    """Return where hooks have changed a cotangent other than to zero."""
    found = []
    for node in (*flow.order, flow.target):
        if node.extras is None or not node.extras.hooks or node not in flow.received or node not in flow.arrived:
            continue
        before, after = np.asarray(flow.received[node]), np.asarray(flow.arrived[node])
        changed = (before != after) & (after != 0) & ~(np.isnan(before) & np.isnan(after))
        if changed.any():
            mask = changed if node is flow.target else flow.reach(node, changed)
            sizes = f"from at most {np.abs(before).max():.4g} to {np.abs(after).max():.4g}"
            text = f"a hook (register_hook) has changed the cotangent, {sizes}"
            cause = blame("hook", text, node, mask)
            cause.line = origin(node)
            found.append(cause)
    return found
