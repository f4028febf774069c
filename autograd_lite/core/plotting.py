"""What all plots share: one style, one set of colours, and one place where matplotlib is loaded, for the first picture.

Every function that plots draws into the axes that it is given, or into a new figure, and returns the axes: titles,
sizes and files are then matplotlib's (``axes.figure.savefig("curves.png")``).
"""

from __future__ import annotations

import importlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

INK, GRID = "#1f2937", "#e5e7eb"

#: Six colours of M. Okabe & K. Ito, *Color Universal Design* (2008), which colour-blind people can tell apart,
#: and further ones of other brightness for where there are more classes than those.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8c6d31", "#6b7280", "#b8a800")

BLUE, RED, GREEN, PURPLE, ORANGE = COLOURS[:5]

#: What all pictures have in common.
STYLE: dict[str, Any] = {
    "figure.dpi": 110, "savefig.dpi": 160, "savefig.bbox": "tight", "figure.constrained_layout.use": True,
    "font.size": 10, "axes.titlesize": 11, "axes.labelsize": 10, "legend.fontsize": 9, "legend.frameon": False,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.linewidth": 0.8, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "axes.grid": False, "grid.color": GRID, "grid.linewidth": 0.8, "lines.linewidth": 1.8, "image.cmap": "viridis",
}  # fmt: skip

# What is written where the reader's own style has a dark ground.
_BY_NIGHT = {
    "axes.edgecolor": GRID, "axes.labelcolor": GRID, "text.color": GRID, "xtick.color": GRID, "ytick.color": GRID,
    "grid.color": "#4b5563",
}  # fmt: skip


def pyplot() -> Any:
    """Return matplotlib's pyplot.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        return importlib.import_module("matplotlib.pyplot")
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'autograd_lite[plot]'") from error


@contextmanager
def styled() -> Generator[Any]:
    """Give pyplot inside of a ``with`` block, in which what is drawn has the common style.

    Yields
    ------
    module

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    plt = pyplot()
    with plt.rc_context(STYLE | (_BY_NIGHT if is_dark(plt.rcParams["figure.facecolor"]) else {})):
        yield plt


def is_dark(colour: Any) -> bool:
    """Say whether a ground is so dark that what is written on it has to be light."""
    red, green, blue = importlib.import_module("matplotlib.colors").to_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.4
