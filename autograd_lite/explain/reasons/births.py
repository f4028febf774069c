"""Why elements of a gradient are NaN or infinite: where the first NaN or infinity on their way was born."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.debugging import notes_of
from autograd_lite.core.graph import Node, collect
from autograd_lite.core.outputs import SEVERAL
from autograd_lite.core.wording import operands_of, source
from autograd_lite.explain.reasons.cause import Cause, blame, values_of
from autograd_lite.explain.reasons.flow import Edge, Flow
from autograd_lite.explain.reasons.slopes import why_forward, why_infinite

NAN, INFINITY, EITHER = "NaN", "infinity", "NaN or infinity"


def birth_causes(flow: Flow, mask: Any, kind: str) -> list[Cause]:
    """Return where the NaNs (or infinities) in some elements of a gradient come from.

    Parameters
    ----------
    flow : Flow
    mask : array of bool
        The elements of the target's gradient that are NaN, or infinite.
    kind : {NAN, INFINITY}
        Which of the two.
    """
    causes: list[Cause] = []
    if _has(flow.seed, EITHER):
        text = "the cotangent that the sweep starts from is NaN or infinite"
        causes.append(blame("nan input", text, flow.output, mask))
    edges, sums = _births(flow, kind)
    for edge in edges:
        causes += _of_edge(flow, edge, mask, kind)
    for node in sums:
        causes += _of_sum(flow, node, mask, kind)
    return _distinct(causes)


def _distinct(causes: list[Cause]) -> list[Cause]:
    seen: set[tuple[str, int]] = set()
    kept = []
    for cause in causes:
        key = (cause.kind, cause.number)
        if key not in seen and cause.elements != 0:
            seen.add(key)
            kept.append(cause)
    return kept


def _births(flow: Flow, kind: str) -> tuple[list[Edge], list[Node]]:
    """Return the edges on which the bad elements of the target were born, and the nodes in whose sums they were."""
    edges: list[Edge] = []
    sums: list[Node] = []
    stack, seen = [flow.target], {flow.target}
    while stack:
        node = stack.pop()
        fed = [edge for edge in flow.into.get(node, ()) if _has(edge.c, kind)]
        if not fed:
            sums.append(node)
        for edge in fed:
            if not _has(edge.g, kind):
                edges.append(edge)
            elif edge.node not in seen:
                seen.add(edge.node)
                stack.append(edge.node)
    return sorted(edges, key=lambda edge: -edge.node.number), sums


def _has(value: Any, kind: str) -> bool:
    """Say whether numbers, or arrays in a tuple, hold a NaN or infinity."""
    if isinstance(value, tuple | list):
        return any(_has(part, kind) for part in value)
    return bool(np.any(_where(value, kind)))


def _where(value: Any, kind: str) -> Any:
    is_number = isinstance(value, float | complex | np.ndarray | np.generic)
    if not is_number or np.asarray(value).dtype.kind not in "fc":
        return np.False_
    return np.isnan(value) if kind == NAN else np.isinf(value) if kind == INFINITY else ~np.isfinite(value)


def _of_edge(flow: Flow, edge: Edge, mask: Any, kind: str) -> list[Cause]:
    node, parent = edge.node, edge.parent
    elements, here = mask, None
    if parent.dtype is not SEVERAL:
        bad = _where(np.asarray(edge.c), kind)
        elements = mask & (bad if parent is flow.target else flow.reach(parent, bad))
        if node.plan.primitive.kind == "elementwise" and node.shape == parent.shape:
            here = bad
    ancestors = born_forward(node, kind, here)
    if ancestors:
        return [blame(*why_forward(ancestor), ancestor, elements) for ancestor in ancestors]
    came_in = [(name, made) for name, value, made in operands_of(node) if _has(_at(value, here), kind)]
    if came_in or _has(_known(node, here), kind):
        name, maker = came_in[0] if came_in else ("", None)
        made = source(maker) if maker is not None else "a constant" if came_in else "a value that its rule reads"
        text = f"{kind} came in with {made}{f', the argument {name} of' if name else ' in'} {node.plan.primitive.name}"
        return [blame("nan input" if came_in or kind != NAN else "nan forward", text, node, elements)]
    if kind == INFINITY:
        return [blame(*why_infinite(node, edge.position), node, elements)]
    name = node.plan.primitive.name
    arrived = "infinite" if _has(edge.g, EITHER) else "finite"
    text = f"the rule of {name} gives NaN (0/0, 0 * inf or inf - inf) at these values, from a {arrived} cotangent"
    causes = [blame("nan backward", text, node, elements)]
    return causes + (_infinite_before(flow, mask) if arrived == "infinite" else [])


def _of_sum(flow: Flow, node: Node, mask: Any, kind: str) -> list[Cause]:
    edges = flow.into.get(node, [])
    if node.extras is not None and node.extras.hooks and not _has(flow.received.get(node, 0.0), kind):
        return [blame("hook", f"a hook (register_hook) has returned {kind}", node, mask)]
    if len(edges) < 2:
        return []
    names = " and ".join(dict.fromkeys(edge.node.plan.primitive.name for edge in edges[:4]))
    if kind == NAN:
        text = f"infinite contributions of opposite sign met (inf - inf), from {names}"
        return [blame("nan backward", text, edges[-1].node, mask), *_infinite_before(flow, mask)]
    return [blame("overflow", f"the sum of contributions from {names} overflows", edges[-1].node, mask)]


def _infinite_before(flow: Flow, mask: Any) -> list[Cause]:
    """Return where the infinities were born that made a NaN, the elements being those of the NaN."""
    found = []
    for edge in _births(flow, EITHER)[0]:
        earlier = born_forward(edge.node, INFINITY)
        found += [blame(*why_forward(ancestor), ancestor, mask) for ancestor in earlier]
        if not earlier and edge.parent.dtype is not SEVERAL and _has(edge.c, INFINITY):
            found.append(blame(*why_infinite(edge.node, edge.position), edge.node, mask))
    return found


def value_causes(output: Node) -> list[Cause]:
    """Return where a NaN or infinity in an output's own value was born."""
    nodes = dict.fromkeys([*born_forward(output, NAN), *born_forward(output, INFINITY)])
    return [blame(*why_forward(node), node) for node in nodes] or _came_in(output)


def _came_in(output: Node) -> list[Cause]:
    """Return where a NaN or infinity came in with a leaf, an argument or a constant."""
    for node in reversed(collect((output,), []).order):
        for name, value, maker in operands_of(node):
            if _has(value, EITHER) and (maker is None or not maker.inputs):
                made = "a constant" if maker is None else source(maker)
                kind = NAN if _has(value, NAN) else INFINITY
                text = f"{kind} came into the value with {made}, the argument {name} of {node.plan.primitive.name}"
                return [blame("nan input", text, node)]
    return []


def _known(node: Node, here: Any = None) -> Any:
    values = values_of(node)
    found = [value for value in values.values() if value is not None] or node.saved
    return [_at(value, here) for value in found] if isinstance(found, list | tuple) else _at(found, here)


def _at(value: Any, here: Any) -> Any:
    """Return the elements of an array that matter, if they are known to be those of a mask of its shape."""
    return value[here] if here is not None and isinstance(value, np.ndarray) and value.shape == here.shape else value


def born_forward(node: Node, kind: str, here: Any = None) -> list[Node]:
    """Return the operations before a node, or itself, that gave a NaN or infinity from inputs that had none.

    Under ``debug()`` all are found, without it those whose rules keep both.
    """
    if not _has(_known(node, here), kind):
        return []
    found = []
    for ancestor in collect((node,), []).order:
        values = values_of(ancestor)
        out = values.get("out")
        given = [value for name, value in values.items() if name != "out"]
        if out is None and notes_of(ancestor) is None:
            out = _recomputed(ancestor, values)
        if out is not None and _has(out, kind) and not _has(given, NAN if kind == NAN else EITHER):
            found.append(ancestor)
    return found


def _recomputed(node: Node, values: dict[str, Any]) -> Any:
    """Return the value of an operation whose arguments are all kept, None if they are not."""
    primitive = node.plan.primitive
    if primitive.each is not None or not primitive.arguments or not all(name in values for name in primitive.arguments):
        return None
    with np.errstate(all="ignore"):
        return primitive.function(*(values[name] for name in primitive.arguments), **node.keywords)
