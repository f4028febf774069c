"""The difference of two graphs: what was added, what was removed, and what computes something else.

Vertices in the order of recording are two texts, which are aligned as `difflib` aligns lines: by what they are and how
they are called, whatever their shapes. What stands beside each other with another shape or other keywords has changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from autograd_lite.draw.cutting import cut, with_references
from autograd_lite.draw.drawing import graph
from autograd_lite.draw.folding import fold_to_fit, folded
from autograd_lite.draw.picture import GraphPicture
from autograd_lite.draw.scene import Edge, Scene, Vertex

_UNTOLD = {"value": None, "cotangent": None, "gradient": None}


def difference(before: Any, after: Any, *, max_nodes: int | None = 300, **options: Any) -> GraphPicture:
    """Draw two graphs as one, and what has become of the first in the second.

    What was added has a blue border, what was removed a dashed orange-red one, what has another shape, dtype or other
    keywords a yellow one, with a line that says what it was. Numbers are those of the second graph.

    Parameters
    ----------
    before, after : Tensor, list or tuple of Tensors, or GraphPicture
        Pictures are those of functions and modules, ``draw.graph(function, x)``.
    max_nodes : int or None
        As for `graph`.
    **options
        Others of `graph`, for Tensors.

    Returns
    -------
    GraphPicture

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import draw
    >>> x = np.array([1.0, 2.0])
    >>> before = draw.graph(lambda x: np.sum(np.tanh(x)), x)
    >>> after = draw.graph(lambda x: np.sum(np.tanh(x) * x), x)
    >>> print(draw.difference(before, after).text().splitlines()[-1])
    note: 1 added
    """
    old, new = (
        part if isinstance(part, GraphPicture) else graph(part, max_nodes=max_nodes, **options)
        for part in (before, after)
    )
    scene = merged(_unfolded(old.scene), _unfolded(new.scene))
    scene = scene if max_nodes is None else fold_to_fit(scene)
    return GraphPicture(scene, with_references(cut(folded(scene), max_nodes)), new.look)


def _unfolded(scene: Scene) -> Scene:
    """Return a scene without clusters of what repeats: the difference has its own."""
    modules = {cluster.key for cluster in scene.clusters if cluster.kind in ("module", "function")}
    parents = {cluster.key: cluster.parent for cluster in scene.clusters}
    home: dict[str | None, str | None] = {None: None}
    for cluster in scene.clusters:
        home[cluster.key] = cluster.key if cluster.key in modules else home[parents[cluster.key]]
    vertices = [replace(vertex, cluster=home[vertex.cluster]) for vertex in scene.vertices]
    clusters = [
        replace(cluster, parent=home[cluster.parent], folded=False)
        for cluster in scene.clusters
        if cluster.key in modules
    ]
    return replace(scene, vertices=vertices, clusters=clusters)


def merged(before: Scene, after: Scene) -> Scene:
    """Return both scenes in one, each vertex and edge with what became of it.

    Parameters
    ----------
    before, after : Scene
        With nothing folded.

    Returns
    -------
    Scene
        With the keys and clusters of ``after``; what is only in ``before`` has keys that begin with ``a``.
    """
    old, new = before.vertices, after.vertices
    matcher = SequenceMatcher(None, [_token(v) for v in old], [_token(v) for v in new], autojunk=False)
    keys: dict[str, str] = {}
    vertices: list[Vertex] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            keys |= {a.key: b.key for a, b in zip(old[i:j], new[k:m], strict=True)}
            vertices += [_compared(a, b) for a, b in zip(old[i:j], new[k:m], strict=True)]
            continue
        keys |= {vertex.key: f"a{vertex.key}" for vertex in old[i:j]}
        vertices += [
            replace(v, key=keys[v.key], change="removed", cluster=None, is_output=False, **_UNTOLD) for v in old[i:j]
        ]
        vertices += [replace(vertex, change="added") for vertex in new[k:m]]
    edges = _compared_edges(before.edges, after.edges, keys)
    counts = Counter(vertex.change for vertex in vertices if vertex.change)
    told = ", ".join(f"{counts[word]:,} {word}" for word in ("added", "removed", "changed") if counts[word])
    rewired = sum(edge.change != "" for edge in edges)
    note = told or (f"{rewired:,} arrows differ" if rewired else "no difference")
    return Scene(vertices, edges, after.hidden, after.clusters, (*after.notes, note))


def _token(vertex: Vertex) -> tuple[str, str, str]:
    return vertex.kind, vertex.title, vertex.name


def _compared(old: Vertex, new: Vertex) -> Vertex:
    was = []
    if (old.shape, old.dtype) != (new.shape, new.dtype):
        was.append(f"{old.shape} {old.dtype}")
    was += [f"{word}={old.keywords.get(word)}" for word in _different(old.keywords, new.keywords)]
    return replace(new, change="changed", detail=(*new.detail, f"was {', '.join(was)}")) if was else new


def _different(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    words = dict.fromkeys([*old, *new])
    return [word for word in words if str(old.get(word)) != str(new.get(word)) and word != "shape"]


def _compared_edges(old: list[Edge], new: list[Edge], keys: Mapping[str, str]) -> list[Edge]:
    """Return the edges of both, those in one alone marked so; the same argument may be read twice."""
    before = Counter((keys[edge.tail], keys[edge.head], edge.operand) for edge in old)
    edges = []
    for edge in new:
        way = (edge.tail, edge.head, edge.operand)
        before[way] -= 1
        edges.append(edge if before[way] >= 0 else replace(edge, change="added"))
    for edge in old:
        way = (keys[edge.tail], keys[edge.head], edge.operand)
        if before[way] > 0:
            before[way] -= 1
            gone = {"flow": None, "total": None, "slope": None, "slot": None}
            edges.append(replace(edge, tail=way[0], head=way[1], change="removed", rule="", **gone))
    return edges
