"""Colours and shapes of pictures, and text as Graphviz shows it.

Colours are those of M. Okabe & K. Ito, *Color Universal Design* (2008), which people with any of the common forms of
colour blindness tell apart; shape says the same again. The page behind the picture stays see-through. Boxes bring their
own light ground, and what stands on the page itself is a grey or an orange with a contrast of more than 4 : 1 on white
and on black, so that a picture reads the same in light and dark surroundings.
"""

from __future__ import annotations

_BLUE, _ORANGE, _VERMILLION, _PURPLE, _GREEN = "#0072B2", "#E69F00", "#D55E00", "#CC79A7", "#009E73"
INK, GREY, BACKWARD = "#1A1A1A", "#7A7A7A", "#CC5500"

# Every colour is given twice, as border and as a light tint of it for the ground, on which ink has 14 : 1 and more.
STYLES: dict[str, dict[str, str]] = {
    "operation": {"shape": "box", "style": "rounded,filled", "color": GREY, "fillcolor": "#FFFFFF"},
    "leaf": {"shape": "ellipse", "style": "filled", "color": _BLUE, "fillcolor": "#DCEDF8", "margin": "0.02,0.02"},
    "parameter": {
        "shape": "ellipse", "style": "filled", "color": _GREEN, "fillcolor": "#DDF3EC", "margin": "0.02,0.02"
    },
    "constant": {"shape": "box", "style": "filled", "color": "#9A9A9A", "fillcolor": "#E6E6E6"},
    "argument": {"shape": "hexagon", "style": "filled", "color": _PURPLE, "fillcolor": "#F8E9F1", "margin": "0,0.02"},
    "part": {"shape": "box", "style": "rounded,filled", "color": GREY, "fillcolor": "#F0F0F0", "margin": "0.08,0.03"},
    "fold": {"shape": "box", "style": "filled", "color": GREY, "fillcolor": "#FFFFFF", "peripheries": "2"},
    "note": {"shape": "note", "style": "filled,dashed", "color": _ORANGE, "fillcolor": "#FDF3DC"},
}  # fmt: skip
OUTPUT = {"color": _VERMILLION, "fillcolor": "#FBE6D9", "penwidth": "2.2"}
REFERENCE = {"style": "filled,dashed", "margin": "0.06,0.02", "fontsize": "9", "height": "0.2", "width": "0.2"}
CHANGES = {
    "added": {"color": _BLUE, "penwidth": "3"},
    "removed": {"color": _VERMILLION, "penwidth": "2", "style": "filled,dashed"},
    "changed": {"color": _ORANGE, "penwidth": "3"},
}

# What costs nothing is white, what costs all is this: ink has 9 : 1 on it, and grey text on boxes 5 : 1.
_HOTTEST = (246, 174, 45)


def heat(share: float) -> str:
    """Return the ground of a box in a profile: the darker, the larger its share of the whole.

    The scale is a square root, so that one hundredth can be told from nothing; it is one of brightness in one hue.

    Parameters
    ----------
    share : float
        From 0 to 1.

    Returns
    -------
    str
        ``#rrggbb``.
    """
    level = min(max(share, 0.0), 1.0) ** 0.5
    return "#" + "".join(f"{round(255 + level * (channel - 255)):02X}" for channel in _HOTTEST)


FONT = "Helvetica,Arial,sans-serif"


def text(lines: list[str]) -> str:
    """Return lines such that Graphviz shows them as they are, and takes none of them for markup."""
    import graphviz

    return graphviz.nohtml(r"\n".join(_escaped(line) for line in lines))


def _escaped(line: str) -> str:
    """Return a line such that Graphviz shows it as it is: it would read backslashes and HTML's entities."""
    return line.replace("\\", "\\\\").replace("&", "&amp;")
