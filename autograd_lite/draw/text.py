"""A scene as a tree of plain text: the output first, and below each line what it was computed from.

Only where several lines meet does the tree grow wider, so that a long chain stays at the margin.
"""

from __future__ import annotations

from autograd_lite.draw.labels import Look, heading, lines_of
from autograd_lite.draw.scene import Cluster, Scene, Vertex
from autograd_lite.draw.words import visible

_DEEPEST = 40  # branches within each other: further ones are not indented


def text_of(scene: Scene, look: Look) -> str:
    """Return a scene as lines of text.

    Parameters
    ----------
    scene : Scene
    look : Look

    Returns
    -------
    str
    """
    by_key = {vertex.key: vertex for vertex in scene.vertices}
    clusters = {cluster.key: cluster for cluster in scene.clusters}
    sources: dict[str, list[str]] = {}
    for edge in scene.edges:
        if edge.tail not in sources.setdefault(edge.head, []):
            sources[edge.head].append(edge.tail)
    lines: list[str] = []
    done: set[str] = set()
    roots = [vertex.key for vertex in scene.vertices if vertex.is_output]
    # What stands before a line, before the lines below it, and the line's vertex.
    stack = [("", "", key) for key in reversed(roots)]
    while stack:
        before, below, key = stack.pop()
        vertex = by_key[key]
        if key in done:
            lines.append(f"{before}{heading(vertex)} (above)")
            continue
        done.add(key)
        lines.append(before + _line(vertex, look, clusters))
        inputs = sources.get(key, [])
        if len(inputs) == 1 and vertex.kind != "reference" and inputs[0] not in done:
            stack.append((f"{below}↑ ", below, inputs[0]))
            continue
        indent = len(below) < 3 * _DEEPEST
        branches = []
        for i, tail in enumerate(inputs):
            last = i == len(inputs) - 1
            further = below + ("   " if last else "│  ") if indent else below
            branches.append((below + ("╰─ " if last else "├─ "), further, tail))
        stack += reversed(branches)
    return "\n".join([*lines, *(f"note: {visible(note)}" for note in scene.notes)])


def _line(vertex: Vertex, look: Look, clusters: dict[str, Cluster]) -> str:
    first, *others = lines_of(vertex, look)
    text = f"{first}  {' · '.join(others)}" if others else first
    cluster = clusters.get(vertex.cluster or "")
    if cluster is not None:
        text += f"  [{visible(cluster.name or cluster.title, 40)}]"
    return text + (f"  ({vertex.change})" if vertex.change else "")
