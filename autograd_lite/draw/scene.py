"""What a picture shows, as plain data: vertices and edges, chosen from the graph and named, with no Graphviz yet.

`scene_of` walks the nodes from the outputs without recursion, keeps those nearest to the outputs, and turns each into
a `Vertex`. It reads what the nodes remember and runs nothing: no rule, no sweep, no hook. A scene holds no node, so a
picture keeps no saved array alive.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Literal

import numpy as np

from autograd_lite.core.graph import Leaf, Node, Primal
from autograd_lite.core.outputs import OUTPUT, SEVERAL
from autograd_lite.core.tensor import Tensor

Kind = Literal["operation", "leaf", "argument", "part", "note", "reference"]

# Swapping the arguments of these changes nothing, so a picture need not say which is which.
_COMMUTATIVE = frozenset(("add", "multiply", "maximum", "minimum", "fmax", "fmin", "logaddexp", "hypot"))

# An edge past more layers of the picture than this ends in a small reference to where it comes from. Fifty steps of a
# recurrent network are otherwise a thicket of edges from one weight, and a layout that takes minutes.
_LONGEST_EDGE = 8


@dataclass(frozen=True)
class Vertex:
    """One box of a picture.

    Attributes
    ----------
    key : str
        Unique in the scene, and the same each time: ``n0``, ``n1``, … in the order of recording.
    kind : {"operation", "leaf", "argument", "part", "note", "reference"}
        An operation; a tracked Tensor that the user made; an argument of a transform; one output of an operation that
        has several; what is not shown; where a long edge comes from.
    title : str
        The operation's name, or for a note what it says.
    name : str
        The user's name, or ''.
    shape : tuple of int or None
        None for what has none: a note, a reference, an operation with several outputs.
    dtype : str
    keywords : dict
        The metadata that the operation was called with.
    gradient : float or None
        The Euclidean norm of the gradient that is stored, if one is.
    origin : str
        The user's file and line, if the operation was recorded under ``debug()``.
    is_output : bool
        Whether this is what the picture was asked for.
    stands_for : str or None
        The kind of vertex that a reference stands for.
    """

    key: str
    kind: Kind
    title: str
    name: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    keywords: Mapping[str, Any] = field(default_factory=dict)
    gradient: float | None = None
    origin: str = ""
    is_output: bool = False
    stands_for: Kind | None = None


@dataclass(frozen=True)
class Edge:
    """An arrow of a picture, in the direction of the forward computation.

    Attributes
    ----------
    tail, head : str
        Keys of the vertices.
    argument : str
        Which argument of ``head`` the ``tail`` is, where the picture has to say so; else ''.
    """

    tail: str
    head: str
    argument: str = ""


@dataclass(frozen=True)
class Scene:
    """All that a picture shows.

    Attributes
    ----------
    vertices : list of Vertex
        In the order of recording; references and the note last.
    edges : list of Edge
    hidden : int
        How many nodes of the graph are not among the vertices.
    """

    vertices: list[Vertex]
    edges: list[Edge]
    hidden: int


def scene_of(outputs: Sequence[Node], names: Mapping[Node, str], max_nodes: int | None) -> Scene:
    """Choose and describe what a picture of ``outputs`` shows.

    Parameters
    ----------
    outputs : sequence of Node
    names : mapping from Node to str
        Names to show in place of the nodes' own.
    max_nodes : int or None
        How many nodes to show at most, those nearest to the outputs first; None for all.

    Returns
    -------
    Scene
    """
    found = _by_distance(outputs)
    kept = sorted(found[:max_nodes], key=lambda node: node.number)
    keys = {node: f"n{i}" for i, node in enumerate(kept)}
    wanted = set(outputs)
    vertices = [_vertex(node, keys[node], names.get(node, node.name), node in wanted) for node in kept]
    vertices = _counted_outputs(vertices, kept, keys)
    edges: list[Edge] = []
    beyond: dict[str, None] = {}
    for node in kept:
        for position, parent in zip(_positions(node), node.inputs, strict=True):
            if parent in keys:
                edges.append(Edge(keys[parent], keys[node], _argument(node, position)))
            else:
                beyond[keys[node]] = None
    hidden = found[len(kept) :]
    if hidden:
        vertices.append(Vertex("rest", "note", _not_shown(hidden)))
        edges += [Edge("rest", head) for head in beyond]
    vertices, edges = _cut_long_edges(vertices, edges)
    return Scene(vertices, edges, len(hidden))


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


def _vertex(node: Node, key: str, name: str, is_output: bool) -> Vertex:
    keywords = dict(node.keywords)
    kind: Kind
    if node.plan.primitive is OUTPUT:
        kind, title = "part", f"[{keywords['index']}]"
    elif isinstance(node, Leaf):
        kind, title = "leaf", "leaf"
    else:
        kind, title = "argument" if isinstance(node, Primal) else "operation", node.plan.primitive.name
    return Vertex(
        key=key,
        kind=kind,
        title=title,
        name=name,
        shape=None if node.dtype is SEVERAL else node.shape,
        dtype="" if node.dtype is SEVERAL else str(node.dtype),
        keywords=keywords,
        gradient=_norm(_stored_gradient(node)),
        origin=node.extras.origin if node.extras is not None else "",
        is_output=is_output,
    )


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
    """Return the Euclidean norm of a gradient, scaled so that it can't overflow; None unless it is there in memory."""
    if isinstance(gradient, Tensor):
        gradient = gradient.data
    if not isinstance(gradient, np.ndarray | np.generic):
        return None
    magnitudes = np.abs(np.asarray(gradient, dtype=float))
    largest = float(np.max(magnitudes, initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return largest
    with np.errstate(all="ignore"):
        return largest * float(np.linalg.norm(magnitudes / largest))


def _positions(node: Node) -> Sequence[int]:
    """Return the argument number of each input; a `Primal` that is linked to an outer node has its plan's one."""
    return node.plan.positions[: len(node.inputs)]


def _argument(node: Node, position: int) -> str:
    primitive = node.plan.primitive
    if primitive.name in _COMMUTATIVE:
        return ""
    if len(primitive.arguments) > 1:
        return primitive.arguments[position]
    return str(position) if primitive.each is not None and len(node.inputs) > 1 else ""


def _not_shown(hidden: Sequence[Node]) -> str:
    leaves = sum(isinstance(node, Leaf) for node in hidden)
    parts = [_plural(len(hidden) - leaves, "operation"), _plural(leaves, "leaf", "leaves")]
    return f"{' and '.join(part for part in parts if part)} not shown"


def _plural(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}" if number else ""


def _cut_long_edges(vertices: list[Vertex], edges: list[Edge]) -> tuple[list[Vertex], list[Edge]]:
    """Let each edge past many layers start at a small reference that says where it comes from."""
    layer = _layers(vertices, edges)
    long = [edge for edge in edges if layer[edge.tail] - layer[edge.head] > _LONGEST_EDGE]
    if not long:
        return vertices, edges
    vertices = _told_apart(vertices, {edge.tail for edge in long})
    by_key = {vertex.key: vertex for vertex in vertices}
    references: dict[Edge, Vertex] = {}
    for edge in long:
        if edge not in references:
            source, key = by_key[edge.tail], f"r{len(references)}"
            title = "…" if source.kind == "note" else source.title
            references[edge] = Vertex(key, "reference", title, source.name, stands_for=source.kind)
    moved = [replace(edge, tail=references[edge].key) if edge in references else edge for edge in edges]
    return vertices + list(references.values()), moved


def _layers(vertices: list[Vertex], edges: list[Edge]) -> dict[str, int]:
    """Return the length of the longest path from each vertex to an output."""
    heads: dict[str, list[str]] = {vertex.key: [] for vertex in vertices}
    for edge in edges:
        heads[edge.tail].append(edge.head)
    layer: dict[str, int] = {}
    # Vertices stand in the order of recording, which is topological, but for the note, which has only heads.
    for vertex in reversed([v for v in vertices if v.kind == "note"] + [v for v in vertices if v.kind != "note"]):
        layer[vertex.key] = 1 + max((layer[head] for head in heads[vertex.key]), default=-1)
    return layer


def _told_apart(vertices: list[Vertex], referred: set[str]) -> list[Vertex]:
    """Give a number to vertices that are referred to and have no name of their own, or one that others have too."""
    shared = Counter(vertex.name for vertex in vertices)
    numbers = count(1)
    told: list[Vertex] = []
    for vertex in vertices:
        if vertex.key in referred and vertex.kind != "note" and (not vertex.name or shared[vertex.name] > 1):
            number = f" #{next(numbers)}"
            named = {"name": vertex.name + number} if vertex.name else {"title": vertex.title + number}
            vertex = replace(vertex, **named)
        told.append(vertex)
    return told
