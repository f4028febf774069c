"""A scene as a DOT graph: boxes, shapes, colours and labels, through the package ``graphviz``.

Colours are those of M. Okabe & K. Ito, *Color Universal Design* (2008), which people with any of the common forms of
colour blindness tell apart; shape says the same again. The page behind the picture stays see-through. Boxes bring their
own light ground, and what stands on the page itself is a grey with a contrast of more than 4 : 1 on white and on black,
so that a picture reads the same in light and dark surroundings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite.draw.scene import Edge, Kind, Scene, Vertex

if TYPE_CHECKING:
    import graphviz

_BLUE, _ORANGE, _VERMILLION, _PURPLE = "#0072B2", "#E69F00", "#D55E00", "#CC79A7"
_INK, _GREY = "#1A1A1A", "#7A7A7A"

# Every colour is given twice, as border and as a light tint of it for the ground, on which ink has 14 : 1 and more.
_STYLES: dict[str, dict[str, str]] = {
    "operation": {"shape": "box", "style": "rounded,filled", "color": _GREY, "fillcolor": "#FFFFFF"},
    "leaf": {"shape": "ellipse", "style": "filled", "color": _BLUE, "fillcolor": "#DCEDF8", "margin": "0.02,0.02"},
    "parameter": {"shape": "ellipse", "style": "filled", "color": _BLUE, "fillcolor": "#DCEDF8", "margin": "0.02,0.02"},
    "constant": {"shape": "box", "style": "filled", "color": _GREY, "fillcolor": "#ECECEC"},
    "fold": {"shape": "box3d", "style": "filled", "color": _GREY, "fillcolor": "#FFFFFF"},
    "argument": {"shape": "hexagon", "style": "filled", "color": _PURPLE, "fillcolor": "#F8E9F1", "margin": "0,0.02"},
    "part": {"shape": "box", "style": "rounded,filled", "color": _GREY, "fillcolor": "#F0F0F0", "margin": "0.08,0.03"},
    "note": {"shape": "note", "style": "filled,dashed", "color": _ORANGE, "fillcolor": "#FDF3DC"},
}
_OUTPUT = {"color": _VERMILLION, "fillcolor": "#FBE6D9", "penwidth": "2.2"}
_REFERENCE = {"style": "filled,dashed", "margin": "0.06,0.02", "fontsize": "9", "height": "0.2", "width": "0.2"}

_FONT = "Helvetica,Arial,sans-serif"
_BETWEEN_LAYERS = {"TB": "0.35", "LR": "0.22"}
_LONGEST_NAME, _LONGEST_BRIEF, _LONGEST_VALUE = 40, 24, 60
_SEEN_IN_SHAPE = frozenset(("shape", "shapes", "dtype", "axes", "edges", "keepdims"))

# A layout of many vertices is worth only so much patience: fewer rounds of improvement, on the scale of their number.
_MANY = 200
_HASTE = {"nslimit": "2", "nslimit1": "2", "mclimit": "0.2"}


def digraph_of(scene: Scene, *, shapes: bool, gradients: bool, direction: str) -> graphviz.Digraph:
    """Return a scene as DOT.

    Parameters
    ----------
    scene : Scene
    shapes : bool
        Whether to write shapes and dtypes into the boxes.
    gradients : bool
        Whether to write the norms of stored gradients into them.
    direction : {"TB", "LR"}
        Where the computation flows: from top to bottom, or from left to right.

    Returns
    -------
    graphviz.Digraph
    """
    import graphviz

    haste = _HASTE if len(scene.vertices) > _MANY else {}
    dot = graphviz.Digraph(
        "backprop",
        graph_attr={
            "rankdir": direction, "ranksep": _BETWEEN_LAYERS[direction], "nodesep": "0.3", "pad": "0.1",
            "bgcolor": "transparent", "class": "autograd-lite", "fontname": _FONT, **haste,
        },
        node_attr={
            "fontname": _FONT, "fontsize": "12", "fontcolor": _INK, "height": "0.3", "width": "0.5",
            "margin": "0.14,0.06",
        },
        edge_attr={
            "fontname": _FONT, "fontsize": "10", "fontcolor": _GREY, "color": _GREY, "arrowsize": "0.7",
        },
    )  # fmt: skip
    kinds: dict[str, Kind] = {vertex.key: vertex.kind for vertex in scene.vertices}
    for vertex in scene.vertices:
        # Marked as no HTML: Graphviz would take a name such as "<b>" for markup.
        label = graphviz.nohtml(r"\n".join(_escaped(line) for line in _lines(vertex, shapes, gradients)))
        tooltip = graphviz.nohtml(r"\n".join(_escaped(line) for line in _tooltip(vertex, gradients)))
        dot.node(vertex.key, label, tooltip=tooltip, **_style(vertex))
    for edge in scene.edges:
        dot.edge(edge.tail, edge.head, **_edge_style(edge, kinds[edge.tail]))
    return dot


def _style(vertex: Vertex) -> dict[str, str]:
    style = dict(_STYLES[vertex.stands_for or vertex.kind])
    if vertex.is_output:
        style |= _OUTPUT
    if vertex.kind == "reference":
        style |= _REFERENCE
    return style | {"class": vertex.kind}


def _edge_style(edge: Edge, tail: Kind) -> dict[str, str]:
    # Weight straightens: the computation runs down the page, and leaves come in from the side.
    style = {"weight": "8"} if tail in ("operation", "part") else {}
    if edge.argument:
        style["label"] = f" {edge.argument} "
    if tail == "note":
        style["style"] = "dashed"
    return style


# Words


def _lines(vertex: Vertex, shapes: bool, gradients: bool) -> list[str]:
    """Return the lines of a label: what it is, how it was called, its shape and dtype, its gradient."""
    if vertex.kind == "reference":
        return [visible(vertex.name or vertex.title, _LONGEST_NAME)]
    lines = [_heading(vertex), *_brief(vertex.keywords)]
    if shapes and vertex.shape is not None:
        lines.append(f"{vertex.shape} {vertex.dtype}")
    if gradients and vertex.gradient is not None:
        lines.append(f"‖grad‖ = {vertex.gradient:.3g}")
    return lines


def _heading(vertex: Vertex) -> str:
    name = visible(vertex.name, _LONGEST_NAME)
    if vertex.kind in ("leaf", "parameter", "constant", "argument"):
        return name or vertex.title
    title = visible(vertex.title, _LONGEST_NAME)
    return f"{name} = {title}" if name else title


def _tooltip(vertex: Vertex, gradients: bool) -> list[str]:
    """Return what a browser shows when the pointer rests on a box: the same in full, and what there is no room for."""
    name = visible(vertex.name)
    lines = [f"{name} = {visible(vertex.title)}" if name else visible(vertex.title)]
    lines += [f"{word}={_value(value)}" for word, value in vertex.keywords.items() if value is not None]
    if vertex.shape is not None:
        lines.append(f"shape {vertex.shape}, dtype {vertex.dtype}")
    if gradients and vertex.gradient is not None:
        lines.append(f"norm of the gradient {vertex.gradient:.6g}")
    if vertex.origin:
        lines.append(visible(vertex.origin))
    return lines


def _brief(keywords: Mapping[str, Any]) -> list[str]:
    """Return a line of metadata, if there is any that the shape does not tell, and that is short."""
    if "outputs" in keywords:
        text = f"{keywords['outputs']} outputs"
    elif "index" in keywords:
        text = "" if "count" in keywords else f"[{_value(keywords['index'])}]"
    else:
        said = [(word, value) for word, value in keywords.items() if word not in _SEEN_IN_SHAPE]
        text = ", ".join(f"{word}={_value(value)}" for word, value in said if value is not None and value is not False)
    return [text] if 0 < len(text) <= _LONGEST_BRIEF else []


def _value(value: Any) -> str:
    """Return a keyword's value as one would write it; an array as its shape."""
    if isinstance(value, tuple | list):
        return ", ".join(_value(part) for part in value)
    if isinstance(value, slice):
        ends = [value.start, value.stop] + ([value.step] if value.step is not None else [])
        return ":".join("" if end is None else str(end) for end in ends)
    if value is Ellipsis:
        return "..."
    if isinstance(value, np.ndarray | np.generic) and value.ndim:
        return f"array of shape {value.shape}"
    return visible(str(value), _LONGEST_VALUE)


def visible(text: str, longest: int | None = None) -> str:
    """Return text on one line that any XML may hold: what can't be printed as its escape, and cut where it is long.

    Parameters
    ----------
    text : str
    longest : int, optional
        How many characters to return at most.

    Returns
    -------
    str
    """
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))
    return text if longest is None or len(text) <= longest else text[: longest - 1] + "…"


def _escaped(line: str) -> str:
    """Return a line such that Graphviz shows it as it is: it would read backslashes and HTML's entities."""
    return line.replace("\\", "\\\\").replace("&", "&amp;")
