"""Clusters: which operations belong together because one module or function did them.

While a function is traced the calls are known. A graph that was recorded before tells only which parameters an
operation reads, and dotted names such as ``blocks.0.attention.weight`` say which module those belong to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from autograd_lite.core.graph import Node
from autograd_lite.draw.scene import Cluster, Scene
from autograd_lite.draw.tracing import Call


class Grouping(NamedTuple):
    """Clusters, the innermost one of each operation by its node, and lines to add to boxes of calls of one operation.

    Attributes
    ----------
    clusters : list of Cluster
        Each after the one that it stands in.
    of : dict from Node to str
    lines : dict from Node to str
    """

    clusters: list[Cluster]
    of: dict[Node, str]
    lines: dict[Node, str]


def grouped_by_calls(nodes: Sequence[Node], scopes: Mapping[Node, tuple[int, ...]], calls: Sequence[Call]) -> Grouping:
    """Return a cluster for each call that recorded at least two operations.

    A call within a call that did nothing else has no cluster of its own, nor has one that did everything.

    Parameters
    ----------
    nodes : sequence of Node
        The operations.
    scopes : mapping from Node to tuple of int
        The calls that each was recorded in, outermost first.
    calls : sequence of Call

    Returns
    -------
    Grouping
    """
    sizes = Counter(call for node in nodes for call in scopes.get(node, ()))
    clusters: dict[int, Cluster] = {}
    of: dict[Node, str] = {}
    lines: dict[Node, str] = {}
    for node in nodes:
        parent, size = None, len(nodes)
        for number in scopes.get(node, ()):
            call = calls[number]
            if sizes[number] == 1 and call.kind == "module":
                lines[node] = f"{call.name}: {call.title}" if call.name else call.title
            if sizes[number] < 2 or sizes[number] == size:
                continue
            if number not in clusters:
                kind = "module" if call.kind == "module" else "function"
                clusters[number] = Cluster(f"c{number}", kind, call.title, call.name, parent)
            parent, size = clusters[number].key, sizes[number]
        if parent is not None:
            of[node] = parent
    return Grouping(list(clusters.values()), of, lines)


def grouped_by_names(nodes: Sequence[Node], names: Mapping[Node, str], titles: Mapping[str, str]) -> Grouping:
    """Return a cluster for each dotted path whose parameters were read by operations that follow each other.

    From the first operation that reads a parameter below ``blocks.0`` to the last one, all belong to that module.
    Paths whose stretches overlap without one lying in the other, as those of shared modules do, are no clusters.

    Parameters
    ----------
    nodes : sequence of Node
        The operations, in the order of recording.
    names : mapping from Node to str
    titles : mapping from str to str
        The class of the module at a path, where it is known.

    Returns
    -------
    Grouping
    """
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for i, node in enumerate(nodes):
        for parent in node.inputs:
            for path in _paths_above(names.get(parent, "")):
                first.setdefault(path, i)
                last[path] = i
    spans = sorted(first, key=lambda path: (first[path], -last[path], len(path)))
    clusters: dict[str, Cluster] = {}
    of: dict[Node, str] = {}
    open_paths: list[str] = []
    for path in spans:
        while open_paths and last[open_paths[-1]] < first[path]:
            open_paths.pop()
        outer = open_paths[-1] if open_paths else None
        size = last[path] - first[path] + 1
        around = len(nodes) if outer is None else last[outer] - first[outer] + 1
        if size < 2 or size == around or (outer is not None and last[path] > last[outer]):
            continue
        parent = None if outer is None else clusters[outer].key
        clusters[path] = Cluster(f"c{len(clusters)}", "module", titles.get(path, ""), path, parent)
        open_paths.append(path)
        for node in nodes[first[path] : last[path] + 1]:
            of[node] = clusters[path].key
    lines = {}
    for path in spans:
        if first[path] == last[path] and path in titles:
            lines[nodes[first[path]]] = f"{path}: {titles[path]}"
    return Grouping(list(clusters.values()), of, lines)


def _paths_above(name: str) -> list[str]:
    """Return the modules that a parameter's dotted name says it is in, outermost first."""
    parts = name.split(".")[:-1]
    return [".".join(parts[: i + 1]) for i in range(min(len(parts), 12))] if all(parts) else []


def settled(scene: Scene) -> Scene:
    """Return a scene in which what no operation made stands in the innermost cluster that all its readers stand in.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    Scene
    """
    if not scene.clusters:
        return scene
    around: dict[str | None, tuple[str, ...]] = {None: ()}
    for cluster in scene.clusters:
        around[cluster.key] = (*around[cluster.parent], cluster.key)
    home = {vertex.key: around[vertex.cluster] for vertex in scene.vertices}
    made = {edge.head for edge in scene.edges}
    shared: dict[str, tuple[str, ...]] = {}
    for edge in scene.edges:
        if edge.tail not in made:
            path = home[edge.head]
            known = shared.get(edge.tail, path)
            same = [a for a, b in zip(known, path, strict=False) if a == b]
            shared[edge.tail] = tuple(same)
    vertices = [
        replace(vertex, cluster=shared[vertex.key][-1])
        if shared.get(vertex.key) and vertex.kind != "argument"
        else vertex
        for vertex in scene.vertices
    ]
    return replace(scene, vertices=vertices)
