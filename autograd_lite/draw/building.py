"""From the graph to a scene: which nodes a picture shows, and what it says of each.

`scenes_of` walks the nodes from the outputs without recursion, folds what is too much, and asks for numbers only of
what is then shown. It reads what the nodes remember and what a `Request` brings along; it runs nothing but the sweep
that shows gradients.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.graph import Leaf, Node, Primal
from autograd_lite.core.outputs import OUTPUT, SEVERAL
from autograd_lite.core.tensor import Tensor
from autograd_lite.draw.clusters import Grouping, settled
from autograd_lite.draw.contents import Sent, Sweep, constants_of, has_hooks, known_values, swept
from autograd_lite.draw.cutting import cut, with_references
from autograd_lite.draw.folding import fold_to_depth, fold_to_fit, folded
from autograd_lite.draw.formulas import derived_rule, formula_of, is_ours, rule_of, with_numbers
from autograd_lite.draw.numbers import is_number, norm_of, numbers_of, plain
from autograd_lite.draw.scene import Cost, Edge, Kind, Scene, Vertex

# Swapping the arguments of these changes nothing, so a picture need not say which is which.
_COMMUTATIVE = frozenset(("add", "multiply", "maximum", "minimum", "fmax", "fmin", "logaddexp", "hypot"))

_TOLD = 5000  # nodes of which a picture knows all numbers, so that folded boxes can be opened in a page


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
    operands : dict from Node to sequence
        What operations were computed from, by position, where that was seen.
    group : callable, optional
        Gives the clusters of operations in the order of recording.
    gradients : bool or None
        Whether to run a sweep; None: if it can be run, and runs no hook of the user's.
    depth : int or None
        How many clusters may stay open around a box; None folds what a large graph asks for.
    max_nodes : int or None
        How many boxes to show at most, those nearest to the outputs first; None for all.
    costs : dict from Node to Cost
        What operations cost, in a profile.
    """

    outputs: list[Node]
    names: dict[Node, str] = field(default_factory=dict)
    values: dict[Node, Any] = field(default_factory=dict)
    operands: dict[Node, Sequence[Any]] = field(default_factory=dict)
    group: Callable[[list[Node]], Grouping] | None = None
    gradients: bool | None = None
    depth: int | None = None
    max_nodes: int | None = None
    costs: Mapping[Node, Cost] = field(default_factory=dict)


class Scenes(NamedTuple):
    """A whole graph with its clusters, and what a still picture shows of it.

    ``whole`` is that of the picture, too, where there are too many nodes to tell of each.
    """

    whole: Scene
    shown: Scene


def scenes_of(request: Request) -> Scenes:
    """Choose and describe what a picture shows.

    Parameters
    ----------
    request : Request

    Returns
    -------
    Scenes
    """
    found = nodes_below(request.outputs)
    nodes = sorted(found, key=lambda node: node.number)
    constants: dict[str, Any] = {}
    scene = _outline(request, nodes, constants)
    if request.depth is not None:
        scene = fold_to_depth(scene, request.depth)
    elif request.max_nodes is not None:
        scene = fold_to_fit(scene)
    whole = len(nodes) <= _TOLD
    base = scene if whole else cut(folded(scene), request.max_nodes)
    base = _filled(base, request, nodes, constants)
    shown = cut(folded(base), request.max_nodes) if whole else base
    return Scenes(base, with_references(shown))


def _outline(request: Request, nodes: list[Node], constants: dict[str, Any]) -> Scene:
    """Return all boxes, arrows and clusters, with no numbers yet; note the values of constants."""
    keys = {node: f"n{i}" for i, node in enumerate(nodes)}
    operations = [node for node in nodes if node.inputs]
    grouping = Grouping([], {}, {}) if request.group is None else request.group(operations)
    outputs = set(request.outputs)
    vertices = _counted_outputs(
        [_vertex(node, keys[node], request, grouping, node in outputs) for node in nodes], nodes, keys
    )
    edges = [_edge(node, i, keys) for node in operations for i in range(len(node.inputs))]
    vertices, edges = _with_constants(vertices, edges, operations, keys, request, constants)
    return settled(Scene(vertices, edges, clusters=grouping.clusters))


def _filled(scene: Scene, request: Request, nodes: list[Node], constants: dict[str, Any]) -> Scene:
    """Return a scene with numbers: values as far as they are known, and what a sweep sends."""
    by_key = {f"n{i}": node for i, node in enumerate(nodes)}
    told = {vertex.key: by_key.get(vertex.result or vertex.key) for vertex in scene.vertices}
    wanted = {node for node in told.values() if node is not None}
    wanted |= {by_key[edge.slot[0]] for edge in scene.edges if edge.slot is not None}
    values = known_values(wanted if len(wanted) < len(nodes) else nodes, request.values)
    sweep = _sweep(request, nodes, wanted)

    def with_numbers(vertex: Vertex) -> Vertex:
        node = told[vertex.key]
        if node is None:
            known = constants.get(vertex.key)
            return vertex if known is None else replace(vertex, value=numbers_of(known))
        return replace(
            vertex,
            value=numbers_of(values.get(node)),
            cotangent=sweep.cotangents.get(node),
            gradient=_norm(_stored_gradient(node)),
        )

    derived: dict[Any, str] = {}
    ran = bool(sweep.cotangents)  # and no rule of the user's where there was no sweep

    def with_flow(edge: Edge) -> Edge:
        if edge.slot is None:
            return edge
        node, i = by_key[edge.slot[0]], edge.slot[1]
        sent = sweep.flows.get((node, i), Sent())
        rule = edge.rule or (_derived(node, i, derived) if ran or is_ours(node.plan.primitive) else "")
        return replace(edge, rule=rule, flow=sent.flow, total=sent.total, slope=sent.slope)

    edges = [with_flow(edge) for edge in scene.edges]
    notes = (sweep.why,) if sweep.why else ()
    return replace(scene, vertices=[with_numbers(vertex) for vertex in scene.vertices], edges=edges, notes=notes)


def _derived(node: Node, i: int, known: dict[Any, str]) -> str:
    """Return a rule found on symbols; operations that are called alike share theirs."""
    shapes = tuple(parent.shape for parent in node.inputs)
    call = (node.plan, i, shapes, node.shape, str(plain(tuple(node.keywords.items()))))
    if call not in known:
        known[call] = derived_rule(node, i)
    return known[call]


def _sweep(request: Request, nodes: list[Node], wanted: set[Node]) -> Sweep:
    if request.gradients is False:
        return Sweep({}, {})
    if request.gradients is None and has_hooks(nodes):
        return Sweep({}, {}, "no gradients: the sweep would run hooks; gradients=True runs them")
    return swept(request.outputs, wanted, bool(request.gradients))


def nodes_below(outputs: Sequence[Node]) -> list[Node]:
    """Return all nodes that the outputs were computed from, by the number of edges to the nearest output."""
    seen = dict.fromkeys(outputs)
    queue = deque(seen)
    while queue:
        for parent in queue.popleft().inputs:
            if parent not in seen:
                seen[parent] = None
                queue.append(parent)
    return list(seen)


def _vertex(node: Node, key: str, request: Request, grouping: Grouping, is_output: bool) -> Vertex:
    keywords = {word: plain(value) for word, value in node.keywords.items()} if node.metadata is not None else {}
    primitive = node.plan.primitive
    kind: Kind
    if primitive is OUTPUT:
        kind, title = "part", f"[{keywords['index']}]"
    elif isinstance(node, Leaf):
        kind, title = ("parameter" if node in request.names else "leaf"), "leaf"
    else:
        kind, title = "argument" if isinstance(node, Primal) else "operation", primitive.name
    several = node.dtype is SEVERAL
    line = grouping.lines.get(node)
    return Vertex(
        key=key,
        kind=kind,
        title=title,
        name=request.names.get(node, node.name),
        shape=None if several else node.shape,
        dtype="" if several else str(node.dtype),
        keywords=keywords,
        origin=node.extras.origin if node.extras is not None else "",
        is_output=is_output,
        formula=formula_of(primitive, node.keywords) if kind == "operation" else "",
        cluster=grouping.of.get(node),
        detail=() if line is None else (line,),
        family=primitive.kind if kind == "operation" else "",
        cost=request.costs.get(node),
    )


def _edge(node: Node, i: int, keys: Mapping[Node, str]) -> Edge:
    primitive = node.plan.primitive
    position = node.plan.positions[i]  # a `Primal` that is linked to an outer node has its plan's one
    names = primitive.arguments
    return Edge(
        keys[node.inputs[i]],
        keys[node],
        _argument(node, position),
        rule=rule_of(primitive, position, node.keywords),
        operand=names[position] if position < len(names) else f"x{position}",
        slot=(keys[node], i),
    )


def _with_constants(
    vertices: list[Vertex],
    edges: list[Edge],
    operations: list[Node],
    keys: Mapping[Node, str],
    request: Request,
    constants: dict[str, Any],
) -> tuple[list[Vertex], list[Edge]]:
    """Add a box for each array that an operation reads and nothing is differentiated with respect to.

    Numbers become keywords of the operation instead; what was not kept is left out.
    """
    before: dict[str, list[Vertex]] = {}
    numbers: dict[str, dict[str, Any]] = {}
    boxes: dict[int, Vertex] = {}
    edges = list(edges)
    for node in operations:
        for argument, value in constants_of(node, request.operands.get(node)):
            if is_number(value):
                numbers.setdefault(keys[node], {})[argument] = plain(value)
                continue
            if not isinstance(value, np.ndarray) or value.dtype.kind not in "biufc":
                continue
            box = boxes.get(id(value))
            if box is None:
                key = f"k{len(boxes)}"
                box = boxes[id(value)] = Vertex(
                    key, "constant", "constant", shape=value.shape, dtype=str(value.dtype), cluster=None
                )
                constants[key] = value
                before.setdefault(keys[node], []).append(box)
            position = node.plan.primitive.arguments.index(argument)
            edges.append(Edge(box.key, keys[node], _argument(node, position), operand=argument))
    placed: list[Vertex] = []
    for vertex in vertices:
        placed += before.get(vertex.key, [])
        more = numbers.get(vertex.key)
        if more:
            formula = with_numbers(vertex.formula, more)
            vertex = replace(vertex, keywords={**vertex.keywords, **more}, formula=formula)
        placed.append(vertex)
    if numbers:
        edges = [
            replace(edge, rule=with_numbers(edge.rule, numbers[edge.head])) if edge.head in numbers else edge
            for edge in edges
        ]
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
