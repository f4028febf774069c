"""A scene as a DOT graph: boxes, shapes, colours and labels, through the package ``graphviz``.

Colours are those of M. Okabe & K. Ito, *Color Universal Design* (2008), which people with any of the common forms of
colour blindness tell apart; shape says the same again. The page behind the picture stays see-through. Boxes bring their
own light ground, and what stands on the page itself is a grey or an orange with a contrast of more than 4 : 1 on white
and on black, so that a picture reads the same in light and dark surroundings.
"""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

from autograd_lite.draw.labels import Look, arrow_lines, arrow_tooltip, lines_of, tooltip_of
from autograd_lite.draw.scene import Cluster, Edge, Kind, Scene, Vertex
from autograd_lite.draw.words import visible

if TYPE_CHECKING:
    import graphviz

_BLUE, _ORANGE, _VERMILLION, _PURPLE, _GREEN = "#0072B2", "#E69F00", "#D55E00", "#CC79A7", "#009E73"
_INK, _GREY, _BACKWARD = "#1A1A1A", "#7A7A7A", "#CC5500"

# Every colour is given twice, as border and as a light tint of it for the ground, on which ink has 14 : 1 and more.
STYLES: dict[str, dict[str, str]] = {
    "operation": {"shape": "box", "style": "rounded,filled", "color": _GREY, "fillcolor": "#FFFFFF"},
    "leaf": {"shape": "ellipse", "style": "filled", "color": _BLUE, "fillcolor": "#DCEDF8", "margin": "0.02,0.02"},
    "parameter": {
        "shape": "ellipse", "style": "filled", "color": _GREEN, "fillcolor": "#DDF3EC", "margin": "0.02,0.02"
    },
    "constant": {"shape": "box", "style": "filled", "color": "#9A9A9A", "fillcolor": "#E6E6E6"},
    "argument": {"shape": "hexagon", "style": "filled", "color": _PURPLE, "fillcolor": "#F8E9F1", "margin": "0,0.02"},
    "part": {"shape": "box", "style": "rounded,filled", "color": _GREY, "fillcolor": "#F0F0F0", "margin": "0.08,0.03"},
    "fold": {"shape": "box", "style": "filled", "color": _INK, "fillcolor": "#FFFFFF", "peripheries": "2"},
    "note": {"shape": "note", "style": "filled,dashed", "color": _ORANGE, "fillcolor": "#FDF3DC"},
}  # fmt: skip
OUTPUT = {"color": _VERMILLION, "fillcolor": "#FBE6D9", "penwidth": "2.2"}
_REFERENCE = {"style": "filled,dashed", "margin": "0.06,0.02", "fontsize": "9", "height": "0.2", "width": "0.2"}
_CHANGES = {
    "added": {"color": _BLUE, "penwidth": "3"},
    "removed": {"color": _VERMILLION, "penwidth": "2", "style": "filled,dashed"},
    "changed": {"color": _ORANGE, "penwidth": "3"},
}

_FONT = "Helvetica,Arial,sans-serif"
_LONGEST_NOTE = 90
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
            "bgcolor": "transparent", "class": "autograd-lite", "fontname": _FONT, "fontcolor": _GREY, **haste,
        },
        node_attr={
            "fontname": _FONT, "fontsize": "12", "fontcolor": _INK, "height": "0.3", "width": "0.5",
            "margin": "0.14,0.06",
        },
        edge_attr={
            "fontname": _FONT, "fontsize": "10", "fontcolor": _GREY, "color": _GREY, "arrowsize": "0.7",
        },
    )  # fmt: skip
    if look.legend:
        dot.attr(label=_legend(scene, look), labelloc="b", labeljust="c")
    frames: dict[str | None, Any] = {None: dot}
    for cluster in scene.clusters:
        frames[cluster.key] = graphviz.Digraph(f"cluster_{cluster.key}", graph_attr=_frame(cluster))
    for vertex in scene.vertices:
        # Marked as no HTML: Graphviz would take a name such as "<b>" for markup.
        label, tooltip = _text(lines_of(vertex, look)), _text(tooltip_of(vertex, look))
        frames[vertex.cluster].node(vertex.key, label, tooltip=tooltip, **_style(vertex))
    for cluster in reversed(scene.clusters):  # inner ones first: a frame is copied into the one around it
        frames[cluster.parent].subgraph(frames[cluster.key])
    kinds: dict[str, Kind] = {vertex.key: vertex.kind for vertex in scene.vertices}
    largest = max((e.flow.norm for e in scene.edges if e.flow is not None and math.isfinite(e.flow.norm)), default=0.0)
    for edge in scene.edges:
        dot.edge(edge.tail, edge.head, **_edge_style(edge, kinds[edge.tail], look, largest))
    return dot


def _text(lines: list[str]) -> str:
    """Return lines such that Graphviz shows them as they are, and takes none of them for markup."""
    import graphviz

    return graphviz.nohtml(r"\n".join(_escaped(line) for line in lines))


def _style(vertex: Vertex) -> dict[str, str]:
    style = dict(STYLES[vertex.stands_for or vertex.kind])
    if vertex.is_output:
        style |= OUTPUT
    if vertex.kind == "reference":
        style |= _REFERENCE
    if vertex.change:
        style |= _CHANGES[vertex.change]
    return style | {"class": f"{vertex.kind} {vertex.change}".strip()}


def _frame(cluster: Cluster) -> dict[str, str]:
    title = f"{cluster.name}: {cluster.title}" if cluster.name and cluster.title else cluster.name or cluster.title
    times = f" ×{cluster.count:,}" if cluster.count > 1 else ""
    return {
        "label": _text([visible(title, 60) + times]), "style": "rounded,dashed", "color": _GREY, "fontcolor": _GREY,
        "fontname": _FONT, "fontsize": "11", "labelloc": "t", "labeljust": "l", "margin": "10", "class": "frame",
        "tooltip": _text([visible(title)]),
    }  # fmt: skip


def _edge_style(edge: Edge, tail: Kind, look: Look, largest: float) -> dict[str, str]:
    # Weight straightens: the computation runs down the page, and leaves come in from the side.
    style = {"weight": "8"} if tail in ("operation", "part", "fold") else {}
    lines = arrow_lines(edge, look)
    if lines:
        style["label"] = _text([f" {line} " for line in lines])
        if lines[-1][0] in "↑←=":
            style["fontcolor"] = _BACKWARD
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
        style |= {"tooltip": _text(tooltip), "labeltooltip": _text(tooltip)}
    if edge.change:
        style["color"] = _CHANGES[edge.change]["color"]
        style["style"] = "dashed" if edge.change == "removed" else "bold"
    return style


def _width(norm: float, largest: float) -> float:
    """Return how wide an arrow is: 3 for the largest flow, less by 0.6 for each power of ten, 0.6 at least."""
    return 3.0 if not math.isfinite(norm) else max(0.6, 3.0 + 0.6 * math.log10(norm / largest))


def _escaped(line: str) -> str:
    """Return a line such that Graphviz shows it as it is: it would read backslashes and HTML's entities."""
    return line.replace("\\", "\\\\").replace("&", "&amp;")


_MEANINGS = {
    "leaf": "leaf", "parameter": "parameter", "constant": "constant", "argument": "argument",
    "operation": "operation", "fold": "folded", "note": "not shown",
}  # fmt: skip


def _legend(scene: Scene, look: Look) -> str:
    """Return a row that says what the colours of this picture mean; all of its words are our own."""
    kinds = {vertex.kind for vertex in scene.vertices}
    cells = [
        _cell(meaning, STYLES[kind]["color"], STYLES[kind]["fillcolor"], 1)
        for kind, meaning in _MEANINGS.items()
        if kind in kinds
    ]
    cells.append(_cell("output", OUTPUT["color"], OUTPUT["fillcolor"], 2))
    changes = {vertex.change for vertex in scene.vertices}
    cells += [_cell(word, style["color"], "#FFFFFF", 3) for word, style in _CHANGES.items() if word in changes]
    if look.gradients and any(edge.flow is not None for edge in scene.edges):
        arrow = "↑" if look.direction == "TB" else "←"
        cells.append(f'<TD BORDER="0"><FONT COLOR="{_BACKWARD}" POINT-SIZE="10">{arrow} what flows back</FONT></TD>')
    row = "".join(cells)
    notes = "".join(f"<TR>{_note(note, len(cells))}</TR>" for note in scene.notes)
    return f'<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="6" CELLPADDING="3"><TR>{row}</TR>{notes}</TABLE>>'


def _note(note: str, columns: int) -> str:
    """Return a line below the legend; the words may be anybody's."""
    text = html.escape(visible(note, _LONGEST_NOTE))
    return f'<TD BORDER="0" COLSPAN="{columns}"><FONT COLOR="{_GREY}" POINT-SIZE="10">{text}</FONT></TD>'


def _cell(word: str, color: str, ground: str, border: int) -> str:
    return (
        f'<TD BORDER="{border}" COLOR="{color}" BGCOLOR="{ground}" STYLE="ROUNDED">'
        f'<FONT COLOR="{_INK}" POINT-SIZE="10">{word}</FONT></TD>'
    )
