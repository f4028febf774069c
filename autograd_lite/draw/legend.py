"""What the shapes and colours of a picture mean: a row below the output, and below it what the picture lacks."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from autograd_lite.draw.colours import BACKWARD, CHANGES, GREY, INK, OUTPUT, STYLES, heat, text
from autograd_lite.draw.labels import Look
from autograd_lite.draw.scene import Scene
from autograd_lite.draw.words import visible

if TYPE_CHECKING:
    import graphviz

_LONGEST_NOTE, _LONGEST_LINE = 180, 64
_MEANINGS = {
    "leaf": "leaf", "parameter": "parameter", "constant": "constant", "argument": "argument",
    "operation": "operation", "fold": "folded", "note": "not shown",
}  # fmt: skip
_PERCENTS = (1, 10, 50)  # of a profile: what their colours look like
_SMALL = {"fontsize": "9", "height": "0.2", "width": "0.2", "margin": "0.08,0.03", "class": "legend", "tooltip": " "}
_PLAIN = _SMALL | {"shape": "plaintext", "style": "solid"}


def add_legend(dot: graphviz.Digraph, scene: Scene, look: Look) -> None:
    """Add the row to a graph, as vertices of its own that stand on one level.

    A label of HTML would be simpler, and is more than Graphviz's build for WebAssembly can.

    Parameters
    ----------
    dot : graphviz.Digraph
    scene : Scene
    look : Look
    """
    import graphviz

    row = graphviz.Digraph("legend_row", graph_attr={"rank": "same"})
    entries = _entries(scene, look)
    for i, (label, style) in enumerate(entries):
        row.node(f"legend{i}", text([label]), **style)
        if i:
            row.edge(f"legend{i - 1}", f"legend{i}", style="invis", minlen="0")
    legend = graphviz.Digraph("legend")
    legend.subgraph(row)
    middle = f"legend{len(entries) // 2}"
    for vertex in scene.vertices:
        if vertex.is_output:
            legend.edge(vertex.key, middle, style="invis")
    for i, note in enumerate(scene.notes):
        lines = textwrap.wrap(visible(note, _LONGEST_NOTE), _LONGEST_LINE)
        legend.node(f"remark{i}", text(lines), fontcolor=GREY, **(_PLAIN | {"margin": "0.3,0.03"}))
        legend.edge(f"remark{i - 1}" if i else middle, f"remark{i}", style="invis")
    dot.subgraph(legend)


def _entries(scene: Scene, look: Look) -> list[tuple[str, dict[str, str]]]:
    kinds = {vertex.kind for vertex in scene.vertices}
    entries = [(word, STYLES[kind] | _SMALL) for kind, word in _MEANINGS.items() if kind in kinds]
    entries.append(("output", STYLES["operation"] | OUTPUT | _SMALL))
    changes = {vertex.change for vertex in scene.vertices}
    entries += [(word, STYLES["operation"] | style | _SMALL) for word, style in CHANGES.items() if word in changes]
    if any(vertex.cost is not None for vertex in scene.vertices):
        hot = STYLES["operation"] | _SMALL
        entries += [(f"{percent} %", hot | {"fillcolor": heat(percent / 100)}) for percent in _PERCENTS]
    if look.gradients and any(edge.flow is not None for edge in scene.edges):
        arrow = "↑" if look.direction == "TB" else "←"
        entries.append((f"{arrow} what flows back", _PLAIN | {"fontcolor": BACKWARD}))
    return [(word, {"fontcolor": INK} | style) for word, style in entries]
