"""Why elements of a gradient are NaN or infinite: where the first NaN or infinity on their way was born."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.debugging import is_bad, notes_of
from autograd_lite.core.graph import Node, collect
from autograd_lite.core.outputs import SEVERAL
from autograd_lite.core.wording import operands_of, source
from autograd_lite.explain.reasons.cause import Cause, blame, values_of
from autograd_lite.explain.reasons.flow import Edge, Flow
from autograd_lite.explain.reasons.slopes import why_forward, why_infinite


def birth_causes(flow: Flow, mask: Any, nan: bool) -> list[Cause]:
    """Return where the NaNs (or infinities) in some elements of a gradient come from.

    Parameters
    ----------
    flow : Flow
    mask : array of bool
        The elements of the target's gradient that are NaN, or infinite.
    nan : bool
        Whether NaNs are looked for.
    """
    causes: list[Cause] = []
    if is_bad(flow.seed, True):
        causes.append(
            blame("nan input", "the cotangent that the sweep starts from is NaN or infinite", flow.output, mask)
        )
    edges, sums = _births(flow, nan)
    for edge in edges:
        causes += _of_edge(flow, edge, mask, nan)
    for node in sums:
        causes += _of_sum(flow, node, mask, nan)
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


def _births(flow: Flow, nan: bool) -> tuple[list[Edge], list[Node]]:
    """Return the edges on which the bad elements of the target were born, and the nodes in whose sums they were."""
    edges: list[Edge] = []
    sums: list[Node] = []
    stack, seen = [flow.target], {flow.target}
    while stack:
        node = stack.pop()
        fed = [edge for edge in flow.into.get(node, ()) if _bad(edge.c, nan)]
        if not fed:
            sums.append(node)
        for edge in fed:
            if not _bad(edge.g, nan):
                edges.append(edge)
            elif edge.node not in seen:
                seen.add(edge.node)
                stack.append(edge.node)
    return sorted(edges, key=lambda edge: -edge.node.number), sums


def _bad(value: Any, nan: bool) -> bool:
    if isinstance(value, tuple):
        return any(_bad(part, nan) for part in value if part is not None)
    return is_bad(value, not nan)


def _elements(flow: Flow, edge: Edge, mask: Any, nan: bool) -> Any:
    if edge.parent.dtype is SEVERAL:
        return mask
    c = np.asarray(edge.c)
    bad = np.isnan(c) if nan else ~np.isfinite(c)
    return mask & (bad if edge.parent is flow.target else flow.reach(edge.parent, bad))


def _of_edge(flow: Flow, edge: Edge, mask: Any, nan: bool) -> list[Cause]:
    node = edge.node
    elements = _elements(flow, edge, mask, nan)
    ancestors = _born_forward(node, nan)
    if ancestors:
        return [blame(*why_forward(ancestor), ancestor, elements) for ancestor in ancestors]
    came_in = [(name, parent) for name, value, parent in operands_of(node) if is_bad(value, not nan)]
    if came_in or is_bad(_known(node), not nan):
        name, parent = came_in[0] if came_in else ("", None)
        made = source(parent) if parent is not None else "a constant" if came_in else "a value that its rule reads"
        word = "NaN" if nan else "an infinity"
        text = f"{word} came in with {made}{f', the argument {name} of' if name else ' in'} {node.plan.primitive.name}"
        return [blame("nan input" if came_in or not nan else "nan forward", text, node, elements)]
    if not nan:
        return [blame(*why_infinite(node, edge.position), node, elements)]
    name = node.plan.primitive.name
    arrived = "infinite" if _bad(edge.g, False) else "finite"
    text = f"the rule of {name} gives NaN (0/0, 0 * inf or inf - inf) at these values, from a {arrived} cotangent"
    causes = [blame("nan backward", text, node, elements)]
    return causes + (_infinite_before(flow, mask) if arrived == "infinite" else [])


def _of_sum(flow: Flow, node: Node, mask: Any, nan: bool) -> list[Cause]:
    edges = flow.into.get(node, [])
    if node.extras is not None and node.extras.hooks and not _bad(flow.received.get(node, 0.0), nan):
        return [blame("hook", "a hook has returned NaN or infinity", node, mask)]
    if len(edges) < 2:
        return []
    names = " and ".join(dict.fromkeys(edge.node.plan.primitive.name for edge in edges[:4]))
    if nan:
        text = f"infinite contributions of opposite sign met (inf - inf), from {names}"
        return [blame("nan backward", text, edges[-1].node, mask), *_infinite_before(flow, mask)]
    return [blame("overflow", f"the sum of contributions from {names} overflows", edges[-1].node, mask)]


def _infinite_before(flow: Flow, mask: Any) -> list[Cause]:
    """Return where the infinities were born that made a NaN, the elements being those of the NaN."""
    found = []
    for edge in _births(flow, nan=False)[0]:
        earlier = _born_forward(edge.node, False)
        found += [blame(*why_forward(ancestor), ancestor, mask) for ancestor in earlier]
        if not earlier and edge.parent.dtype is not SEVERAL and np.isinf(np.asarray(edge.c)).any():
            found.append(blame(*why_infinite(edge.node, edge.position), edge.node, mask))
    return found


def value_causes(output: Node) -> list[Cause]:
    """Return where a NaN or infinity in an output's own value was born."""
    nodes = dict.fromkeys([*_born_forward(output, nan=True), *_born_forward(output, nan=False)])
    return [blame(*why_forward(node), node) for node in nodes]


def _known(node: Node) -> Any:
    values = values_of(node)
    return [value for value in values.values() if value is not None] or node.saved


def _born_forward(node: Node, nan: bool) -> list[Node]:
    """Return the operations before a node, or itself, that gave a NaN or infinity from inputs that had none.

    Under ``debug()`` all are found, without it those whose rules keep both.
    """
    if not is_bad(_known(node), not nan):
        return []
    found = []
    for ancestor in collect((node,), []).order:
        values = values_of(ancestor)
        out = values.get("out")
        given = [value for name, value in values.items() if name != "out"]
        if out is None and notes_of(ancestor) is None:
            out = _recomputed(ancestor, values)
        if out is not None and is_bad(out, not nan) and not is_bad(given, not nan):
            found.append(ancestor)
    return found


def _recomputed(node: Node, values: dict[str, Any]) -> Any:
    """Return the value of an operation whose arguments are all kept, None if they are not."""
    primitive = node.plan.primitive
    if primitive.each is not None or not primitive.arguments or not all(name in values for name in primitive.arguments):
        return None
    with np.errstate(all="ignore"):
        return primitive.function(*(values[name] for name in primitive.arguments), **node.keywords)
