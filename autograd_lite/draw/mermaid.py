"""A scene as Mermaid text, which Markdown viewers render as a flowchart (mermaid.js.org, syntax of flowcharts)."""

from __future__ import annotations

from autograd_lite.draw.colours import OUTPUT, STYLES
from autograd_lite.draw.labels import Look, arrow_lines, lines_of
from autograd_lite.draw.scene import Cluster, Scene, Vertex
from autograd_lite.draw.words import visible

_SHAPES = {
    "leaf": ("([", "])"), "parameter": ("([", "])"), "argument": ("{{", "}}"), "fold": ("[[", "]]"),
    "operation": ("(", ")"), "part": ("(", ")"),
}  # fmt: skip
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,=_")


def mermaid_of(scene: Scene, look: Look) -> str:
    """Return a scene as Mermaid text.

    Parameters
    ----------
    scene : Scene
    look : Look

    Returns
    -------
    str
    """
    lines = [f"flowchart {look.direction}"]
    inside: dict[str | None, list[Vertex]] = {}
    for vertex in scene.vertices:
        inside.setdefault(vertex.cluster, []).append(vertex)
    below: dict[str | None, list[Cluster]] = {}
    for cluster in scene.clusters:
        below.setdefault(cluster.parent, []).append(cluster)
    stack: list[tuple[str, str | None]] = [("open", None)]
    titles = {cluster.key: _title(cluster) for cluster in scene.clusters}
    while stack:
        step, key = stack.pop()
        if step == "close":
            lines.append("    end")
            continue
        if key is not None:
            lines.append(f'    subgraph {key}["{titles[key]}"]')
            stack.append(("close", key))
        lines += [_node(vertex, look) for vertex in inside.get(key, ())]
        stack += [("open", cluster.key) for cluster in reversed(below.get(key, []))]
    for edge in scene.edges:
        said = "<br/>".join(_escaped(line) for line in arrow_lines(edge, look))
        lines.append(f'    {edge.tail} -->|"{said}"| {edge.head}' if said else f"    {edge.tail} --> {edge.head}")
    used = {vertex.stands_for or vertex.kind for vertex in scene.vertices}
    for kind, style in STYLES.items():
        if kind in used:
            lines.append(f"    classDef {kind} {_colours(style)}")
    lines.append(f"    classDef result {_colours(OUTPUT)},stroke-width:2px")
    return "\n".join(lines) + "\n"


def _node(vertex: Vertex, look: Look) -> str:
    left, right = _SHAPES.get(vertex.stands_for or vertex.kind, ("[", "]"))
    label = "<br/>".join(_escaped(line) for line in lines_of(vertex, look))
    kind = "result" if vertex.is_output else vertex.stands_for or vertex.kind
    return f'    {vertex.key}{left}"{label}"{right}:::{kind}'


def _title(cluster: Cluster) -> str:
    title = f"{cluster.name}: {cluster.title}" if cluster.name and cluster.title else cluster.name or cluster.title
    return _escaped(visible(title, 60) + (f" ×{cluster.count:,}" if cluster.count > 1 else ""))


def _colours(style: dict[str, str]) -> str:
    return f"fill:{style['fillcolor']},stroke:{style['color']},color:#1A1A1A"


def _escaped(line: str) -> str:
    """Return text as Mermaid shows it as it is: its own signs, and HTML's, as numbers of characters."""
    return "".join(c if c in _LETTERS or ord(c) > 127 else f"#{ord(c)};" for c in line)
