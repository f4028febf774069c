"""Ways over functions of two variables, such as those of descent: drawn in the plane, or on the surface."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from autograd_lite.core.plotting import RED

_SMOOTH = 200  # of so many points, about, is a path on a surface at least


def between(points: np.ndarray) -> tuple[np.ndarray, int]:
    """Return a path with points between its own, and how many parts each step has: on a surface it is not straight."""
    count = len(points)
    parts = max(1, round(_SMOOTH / count))
    at = np.linspace(0, count - 1, parts * (count - 1) + 1)
    return np.stack([np.interp(at, np.arange(count), column) for column in points.T], axis=1), parts


def draw_path(axes: Any, way: np.ndarray, heights: np.ndarray | None = None, parts: int = 1) -> None:
    """Draw a path with its start as a dot and its end as a star, in the plane or over it; a step may have parts."""
    outlines = importlib.import_module("matplotlib.patheffects")
    edge = [outlines.withStroke(linewidth=3.2, foreground="white")]
    columns = [*way.T] if heights is None else [*way.T, heights]
    points = [column[::parts] for column in columns]
    ends = [[column[[0]] for column in columns], [column[[-1]] for column in columns]]
    axes.plot(*columns, "-", color=RED, linewidth=1.6, path_effects=edge, zorder=4)
    axes.plot(*points, ".", color=RED, markersize=5, zorder=4)
    axes.plot(*ends[0], "o", color=RED, markersize=8, markeredgecolor="white", zorder=5)
    axes.plot(*ends[1], "*", color=RED, markersize=15, markeredgecolor="white", zorder=5)
