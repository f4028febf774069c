"""From the graph to a scene: which nodes a picture shows, and what it says of each.

`scene_of` walks the nodes from the outputs without recursion, and keeps those nearest to the outputs. It reads what the
nodes remember and what a `Request` brings along; it runs nothing but the sweep that shows gradients.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograd_lite.core.graph import Leaf, Node, Primal
from autograd_lite.core.outputs import OUTPUT, SEVERAL
from autograd_lite.core.tensor import Tensor
from autograd_lite.draw.contents import Sent, Sweep, constants_of, has_hooks, known_values, swept
from autograd_lite.draw.formulas import formula_of, rule_of
from autograd_lite.draw.numbers import norm_of, numbers_of
from autograd_lite.draw.scene import Edge, Kind, Scene, Vertex

# Swapping the arguments of these changes nothing, so a picture need not say which is which.
_COMMUTATIVE = frozenset(("add", "multiply", "maximum", "minimum", "fmax", "fmin", "logaddexp", "hypot"))


@dataclass
class Request:
    """What is to be drawn, and what is known beside the graph.

    Attributes
    ----------
    outputs : list of Node
    names : dict from Node to str
        To show in place of the nodes' own.
    values : dict from Node to array
        What is known otherwise.
    gradients : bool or None
        Whether to run a sweep; None: if it can be run, and runs no hook of the user's.
    max_nodes : int or None
        How many nodes to show at most, those nearest to the outputs first; None for all.
    """

    outputs: list[Node]
    names: dict[Node, str] = field(default_factory=dict)
    values: dict[Node, Any] = field(default_factory=dict)
    gradients: bool | None = None
    max_nodes: int | None = None


def scene_of(request: Request) -> Scene:
    """Choose and describe what a picture shows.

    Parameters
    ----------
    request : Request

    Returns
    -------
    Scene
    """
    found = _by_distance(request.outputs)
    kept = sorted(found[: request.max_nodes], key=lambda node: node.number)
    keys = {node: f"n{i}" for i, node in enumerate(kept)}
    values = known_values(kept, request.values)
    sweep = _sweep(request, found, keys)
    vertices = _counted_outputs([_vertex(node, keys[node], request, values, sweep) for node in kept], kept, keys)
    edges: list[Edge] = []
    beyond: dict[str, None] = {}
    for node in kept:
        for i, parent in enumerate(node.inputs):
            if parent in keys:
                edges.append(_edge(node, i, keys, sweep))
            else:
                beyond[keys[node]] = None
    vertices, edges = _with_constants(vertices, edges, kept, keys)
    hidden = found[len(kept) :]
    if hidden:
        vertices.append(Vertex("rest", "note", _not_shown(hidden)))
        edges += [Edge("rest", head) for head in beyond]
    return Scene(vertices, edges, len(hidden), notes=(sweep.why,) if sweep.why else ())


def _sweep(request: Request, found: list[Node], keys: Mapping[Node, str]) -> Sweep:
    if request.gradients is False:
        return Sweep({}, {})
    if request.gradients is None and has_hooks(found):
        return Sweep({}, {}, "no gradients: the sweep would run hooks; gradients=True runs them")
    return swept(request.outputs, frozenset(keys), bool(request.gradients))


def _by_distance(outputs: Sequence[Node]) -> list[Node]:
    """Return all nodes that the outputs were computed from, by the number of edges to the nearest output."""
    seen = dict.fromkeys(outputs)
    queue = deque(seen)
    while queue:
        for parent in queue.popleft().inputs:
            if parent not in seen:
                seen[parent] = None
                queue.append(parent)
    return list(seen)


def _vertex(node: Node, key: str, request: Request, values: Mapping[Node, Any], sweep: Sweep) -> Vertex:
    keywords = dict(node.keywords)
    primitive = node.plan.primitive
    kind: Kind
    if primitive is OUTPUT:
        kind, title = "part", f"[{keywords['index']}]"
    elif isinstance(node, Leaf):
        kind, title = ("parameter" if node in request.names else "leaf"), "leaf"
    else:
        kind, title = "argument" if isinstance(node, Primal) else "operation", primitive.name
    several = node.dtype is SEVERAL
    return Vertex(
        key=key,
        kind=kind,
        title=title,
        name=request.names.get(node, node.name),
        shape=None if several else node.shape,
        dtype="" if several else str(node.dtype),
        keywords=keywords,
        gradient=_norm(_stored_gradient(node)),
        origin=node.extras.origin if node.extras is not None else "",
        is_output=node in request.outputs,
        formula=formula_of(primitive, keywords),
        value=numbers_of(values.get(node)),
        cotangent=sweep.cotangents.get(node),
    )


def _edge(node: Node, i: int, keys: Mapping[Node, str], sweep: Sweep) -> Edge:
    primitive = node.plan.primitive
    position = node.plan.positions[i]  # a `Primal` that is linked to an outer node has its plan's one
    names = primitive.arguments
    sent = sweep.flows.get((node, i), Sent())
    return Edge(
        keys[node.inputs[i]],
        keys[node],
        _argument(node, position),
        rule=rule_of(primitive, position, node.keywords),
        flow=sent.flow,
        total=sent.total,
        slope=sent.slope,
        operand=names[position] if position < len(names) else f"x{position}",
    )


def _with_constants(
    vertices: list[Vertex], edges: list[Edge], kept: list[Node], keys: Mapping[Node, str]
) -> tuple[list[Vertex], list[Edge]]:
    """Add a box for each array that an operation reads and nothing is differentiated with respect to.

    Numbers become keywords of the operation instead; what was not kept is left out.
    """
    before: dict[str, list[Vertex]] = {}
    numbers: dict[str, dict[str, Any]] = {}
    boxes: dict[int, Vertex] = {}
    edges = list(edges)
    for node in kept:
        for argument, value in constants_of(node):
            told = numbers_of(value)
            if told is None:
                continue
            if told.elements is not None and len(told.elements) == 1:
                numbers.setdefault(keys[node], {})[argument] = told.elements[0]
                continue
            box = boxes.get(id(value))
            if box is None:
                key = f"k{len(boxes)}"
                box = Vertex(key, "constant", "constant", shape=told.shape, dtype=told.dtype, value=told)
                boxes[id(value)] = box
                before.setdefault(keys[node], []).append(box)
            position = node.plan.primitive.arguments.index(argument)
            edges.append(Edge(box.key, keys[node], _argument(node, position), operand=argument))
    placed: list[Vertex] = []
    for vertex in vertices:
        placed += before.get(vertex.key, [])
        more = numbers.get(vertex.key)
        placed.append(replace(vertex, keywords={**vertex.keywords, **more}) if more else vertex)
    return placed, edges


def _counted_outputs(vertices: list[Vertex], kept: list[Node], keys: Mapping[Node, str]) -> list[Vertex]:
    """Say of operations with several outputs how many those are: only the nodes of the outputs know."""
    counts = {
        keys[node.inputs[0]]: node.keywords["count"]
        for node in kept
        if node.plan.primitive is OUTPUT and node.inputs[0] in keys
    }
    return [
        replace(vertex, keywords={**vertex.keywords, "outputs": counts[vertex.key]}) if vertex.key in counts else vertex
        for vertex in vertices
    ]


def _stored_gradient(node: Node) -> Any:
    if isinstance(node, Leaf):
        return node.gradient
    return node.extras.gradient if node.extras is not None else None


def _norm(gradient: Any) -> float | None:
    """Return the norm of a gradient; None unless it is there in memory."""
    if isinstance(gradient, Tensor):
        gradient = gradient.data
    numbers = numbers_of(gradient)
    return None if numbers is None else norm_of(gradient)


def _argument(node: Node, position: int) -> str:
    primitive = node.plan.primitive
    if primitive.name in _COMMUTATIVE:
        return ""
    if len(primitive.arguments) > 1:
        return primitive.arguments[position]
    return str(position) if primitive.each is not None and len(node.inputs) > 1 else ""


def _not_shown(hidden: Sequence[Node]) -> str:
    leaves = sum(isinstance(node, Leaf) for node in hidden)
    parts = [plural(len(hidden) - leaves, "operation"), plural(leaves, "leaf", "leaves")]
    return f"{' and '.join(part for part in parts if part)} not shown"


def plural(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun, '' for none."""
    return f"{number:,} {one if number == 1 else many or one + 's'}" if number else ""
