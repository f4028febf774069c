"""What a still picture leaves out: boxes beyond a number, and long edges.

Each edge past many layers starts at a small reference that says where it comes from.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from autograd_lite.draw.scene import Edge, Scene, Vertex
from autograd_lite.draw.words import plural

# An edge past more layers of the picture than this ends in a small reference to where it comes from. Fifty steps of a
# recurrent network are otherwise a thicket of edges from one weight, and a layout that takes minutes.
_LONGEST_EDGE = 8


def cut(scene: Scene, max_nodes: int | None) -> Scene:
    """Return a scene with the boxes nearest to the outputs, counted in edges, and a note on how many others there are.

    Parameters
    ----------
    scene : Scene
    max_nodes : int or None
        How many boxes to keep, constants not counted; None for all.

    Returns
    -------
    Scene
    """
    if max_nodes is None or len(scene.vertices) <= max_nodes:
        return scene
    constants = {vertex.key for vertex in scene.vertices if vertex.kind == "constant"}
    kept = set(_nearest(scene, constants)[:max_nodes])
    kept |= {edge.tail for edge in scene.edges if edge.tail in constants and edge.head in kept}
    hidden = [vertex for vertex in scene.vertices if vertex.key not in kept and vertex.kind != "constant"]
    if not hidden:
        return scene
    vertices = [vertex for vertex in scene.vertices if vertex.key in kept]
    edges = [edge for edge in scene.edges if edge.tail in kept and edge.head in kept]
    beyond = dict.fromkeys(edge.head for edge in scene.edges if edge.head in kept and edge.tail not in kept)
    vertices.append(Vertex("rest", "note", _not_shown(hidden)))
    edges += [Edge("rest", head) for head in beyond]
    used = {vertex.cluster for vertex in vertices}
    parents = {cluster.key: cluster.parent for cluster in scene.clusters}
    for cluster in reversed(scene.clusters):
        if cluster.key in used:
            used.add(parents[cluster.key])
    clusters = [cluster for cluster in scene.clusters if cluster.key in used]
    missing = scene.hidden + sum(vertex.count for vertex in hidden)
    return replace(scene, vertices=vertices, edges=edges, hidden=missing, clusters=clusters)


def _nearest(scene: Scene, constants: set[str]) -> list[str]:
    tails: dict[str, list[str]] = {}
    for edge in scene.edges:
        if edge.tail not in constants:
            tails.setdefault(edge.head, []).append(edge.tail)
    seen = dict.fromkeys(vertex.key for vertex in scene.vertices if vertex.is_output)
    queue = deque(seen)
    while queue:
        for tail in tails.get(queue.popleft(), ()):
            if tail not in seen:
                seen[tail] = None
                queue.append(tail)
    return list(seen)


def _not_shown(hidden: Sequence[Vertex]) -> str:
    leaves = sum(vertex.kind in ("leaf", "parameter") for vertex in hidden)
    operations = sum(vertex.count for vertex in hidden) - leaves
    parts = [plural(operations, "operation"), plural(leaves, "leaf", "leaves")]
    return f"{' and '.join(part for part in parts if part)} not shown"


def with_references(scene: Scene) -> Scene:
    """Return a scene in which long edges start at small references.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    Scene
    """
    vertices, edges = _cut_long_edges(scene.vertices, scene.edges)
    return replace(scene, vertices=vertices, edges=edges)


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
            home = by_key[edge.head].cluster
            references[edge] = Vertex(key, "reference", title, source.name, stands_for=source.kind, cluster=home)
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
