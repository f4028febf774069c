"""A scene as a DOT graph: boxes, frames and labels, through the package ``graphviz``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from autograd_lite.draw.colours import BACKWARD, CHANGES, FONT, GREY, INK, OUTPUT, REFERENCE, STYLES, heat, text
from autograd_lite.draw.labels import Look, arrow_lines, arrow_tooltip, lines_of, tooltip_of
from autograd_lite.draw.legend import add_legend
from autograd_lite.draw.scene import Cluster, Edge, Kind, Scene, Vertex
from autograd_lite.draw.words import visible

if TYPE_CHECKING:
    import graphviz

_BETWEEN_LAYERS = {"TB": "0.35", "LR": "0.22"}

# A layout of many vertices is worth only so much patience: fewer rounds of improvement, on the scale of their number.
_MANY = 200
_HASTE = {"nslimit": "2", "nslimit1": "2", "mclimit": "0.2"}


def digraph_of(scene: Scene, look: Look) -> graphviz.Digraph:
    """Return a scene as DOT.

    Parameters
    ----------
    scene : Scene
        With nothing left to fold: its clusters are drawn as frames.
    look : Look

    Returns
    -------
    graphviz.Digraph
    """
    import graphviz

    haste = _HASTE if len(scene.vertices) > _MANY else {}
    dot = graphviz.Digraph(
        "backprop",
        graph_attr={
            "rankdir": look.direction, "ranksep": _BETWEEN_LAYERS[look.direction], "nodesep": "0.3", "pad": "0.1",
            "bgcolor": "transparent", "class": "autograd-lite", "fontname": FONT, "fontcolor": GREY, **haste,
        },
        node_attr={
            "fontname": FONT, "fontsize": "12", "fontcolor": INK, "height": "0.3", "width": "0.5",
            "margin": "0.14,0.06",
        },
        edge_attr={
            "fontname": FONT, "fontsize": "10", "fontcolor": GREY, "color": GREY, "arrowsize": "0.7",
        },
    )  # fmt: skip
    frames: dict[str | None, Any] = {None: dot}
    for cluster in scene.clusters:
        frames[cluster.key] = graphviz.Digraph(f"cluster_{cluster.key}", graph_attr=_frame(cluster))
    for vertex in scene.vertices:
        # Marked as no HTML: Graphviz would take a name such as "<b>" for markup.
        label, tooltip = text(lines_of(vertex, look)), text(tooltip_of(vertex, look))
        frames[vertex.cluster].node(vertex.key, label, tooltip=tooltip, **_style(vertex))
    for cluster in reversed(scene.clusters):  # inner ones first: a frame is copied into the one around it
        frames[cluster.parent].subgraph(frames[cluster.key])
    kinds: dict[str, Kind] = {vertex.key: vertex.kind for vertex in scene.vertices}
    largest = max((e.flow.norm for e in scene.edges if e.flow is not None and math.isfinite(e.flow.norm)), default=0.0)
    for edge in scene.edges:
        dot.edge(edge.tail, edge.head, **_edge_style(edge, kinds[edge.tail], look, largest))
    if look.legend:
        add_legend(dot, scene, look)
    return dot


def _style(vertex: Vertex) -> dict[str, str]:
    style = dict(STYLES[vertex.stands_for or vertex.kind])
    if vertex.is_output:
        style |= OUTPUT
    if vertex.kind == "reference":
        style |= REFERENCE
    if vertex.cost is not None:
        style["fillcolor"] = heat(vertex.cost.share)
    if vertex.change:
        style |= CHANGES[vertex.change]
    return style | {"class": f"{vertex.kind} {vertex.change}".strip()}


def _frame(cluster: Cluster) -> dict[str, str]:
    title = f"{cluster.name}: {cluster.title}" if cluster.name and cluster.title else cluster.name or cluster.title
    times = f" ×{cluster.count:,}" if cluster.count > 1 else ""
    return {
        "label": text([visible(title, 60) + times]), "style": "rounded,dashed", "color": GREY, "fontcolor": GREY,
        "fontname": FONT, "fontsize": "11", "labelloc": "t", "labeljust": "l", "margin": "10", "class": "frame",
        "tooltip": text([visible(title)]),
    }  # fmt: skip


def _edge_style(edge: Edge, tail: Kind, look: Look, largest: float) -> dict[str, str]:
    # Weight straightens: the computation runs down the page, and leaves come in from the side.
    style = {"weight": "8"} if tail in ("operation", "part", "fold") else {}
    lines = arrow_lines(edge, look)
    if lines:
        style["label"] = text([f" {line} " for line in lines])
        if lines[-1][0] in "↑←=":
            style["fontcolor"] = BACKWARD
    if tail == "note":
        style["style"] = "dashed"
    if tail == "constant":
        style |= {"style": "dashed", "arrowhead": "empty"}
    if look.gradients and edge.flow is not None:
        if edge.flow.norm == 0:
            style["style"] = "dotted"
        elif largest > 0:
            style["penwidth"] = f"{_width(edge.flow.norm, largest):.2g}"
    tooltip = arrow_tooltip(edge, look)
    if tooltip:
        style |= {"tooltip": text(tooltip), "labeltooltip": text(tooltip)}
    if edge.change:
        style["color"] = CHANGES[edge.change]["color"]
        style["style"] = "dashed" if edge.change == "removed" else "bold"
    return style


def _width(norm: float, largest: float) -> float:
    """Return how wide an arrow is: 3 for the largest flow, less by 0.6 for each power of ten, 0.6 at least."""
    return 3.0 if not math.isfinite(norm) else max(0.6, 3.0 + 0.6 * math.log10(norm / largest))
