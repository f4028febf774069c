"""Long edges: each past many layers starts at a small reference that says where it comes from."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import count

from autograd_lite.draw.scene import Edge, Vertex

# An edge past more layers of the picture than this ends in a small reference to where it comes from. Fifty steps of a
# recurrent network are otherwise a thicket of edges from one weight, and a layout that takes minutes.
_LONGEST_EDGE = 8


def cut_long_edges(vertices: list[Vertex], edges: list[Edge]) -> tuple[list[Vertex], list[Edge]]:
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
