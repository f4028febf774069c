"""Functions of two variables: contours, surfaces, tangent planes, and the field of the gradient.

The gradients are the engine's. matplotlib is loaded when the first picture is drawn; each function draws into the axes
that it is given, or into new ones, and returns them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.core.plotting import BLUE, INK, RED, is_dark, styled
from autograd_lite.draw.heights import Heights, Hill, levels_of, points_of, ranges, ticks
from autograd_lite.draw.ways import between, draw_path
from autograd_lite.errors import ShapeError, StructureError

_FADED = 0.55  # how much colour is left of a ground that arrows and paths are drawn on


def contour(
    f: Callable[..., Any],
    x: Any = None,
    y: Any = None,
    *,
    path: Any = None,
    gradients: bool | int = False,
    levels: Any = 14,
    resolution: int = 100,
    axes: Any = None,
) -> Any:
    """Draw contours of a function of two variables, with gradient arrows and a path.

    Parameters
    ----------
    f : callable
        Of one array of shape (2,), or of two numbers; a number comes out.
    x, y : pair of float, optional
        The ranges to show; if not given, those of the path and a margin, or from -2 to 2.
    path : array of shape (points, 2), or a result of autograd_lite.calculus, optional
        A way over the hills, such as ``minimize(f, start)``: its start is a dot, its end a star.
    gradients : bool or int
        Whether to draw arrows along the gradient, uphill; an integer says how many in a row, 13 if True. Their lengths
        grow with the fourth root of the slope, so that flat and steep places can both be seen.
    levels : int, or sequence of float
        How many contours there are, or their values, rising. Where a few steep walls take up most of the height, they
        are closer at the bottom.
    resolution : int
        At how many points along each axis the function is evaluated.
    axes : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    StructureError
        If ``f`` is no function, a range no pair of numbers, or no value is finite.
    ShapeError
        If ``f`` gives no number, or the path has no two variables.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import calculus, draw
    >>> def valley(p):
    ...     return (1 - p[0]) ** 2 + 10 * (p[1] - p[0] ** 2) ** 2
    >>> result = calculus.minimize(valley, np.array([-1.0, 1.0]))
    >>> axes = draw.contour(valley, path=result, gradients=True)  # doctest: +SKIP
    """
    hill = Hill(f, "contour")
    points = None if path is None else points_of(path, "contour")
    x, y = ranges(x, y, points)
    heights = hill.heights(ticks(x, resolution, "contour", "x"), ticks(y, resolution, "contour", "y"))
    arrows = _arrow_count(gradients, "contour")
    with styled() as plt:
        if axes is None:
            _, axes = plt.subplots(figsize=(6, 4.6))
        draw_contours(axes, heights, levels)
        if arrows:
            _draw_arrows(axes, hill, heights, arrows)
        if points is not None:
            draw_path(axes, points)
        axes.set(xlim=heights.x[[0, -1]], ylim=heights.y[[0, -1]], xlabel="x", ylabel="y")
    return axes


def draw_contours(axes: Any, heights: Heights, levels: Any = 14) -> None:
    """Draw contours over a faded ground, and beside them what height each has."""
    values = levels_of(heights.z, levels) if isinstance(levels, int) else np.asarray(levels, float)
    if values.ndim != 1 or len(values) < 2 or not (np.diff(values) > 0).all():
        raise StructureError(f"contour(f, levels={levels!r}): at least two levels are needed, rising")
    colours = importlib.import_module("matplotlib.colors")
    norm = colours.BoundaryNorm(values, 256)
    ground = axes.contourf(heights.x, heights.y, heights.z, levels=values, norm=norm, cmap=_faded_map())
    axes.contour(
        heights.x, heights.y, heights.z, levels=values, colors=INK, linewidths=0.5, linestyles="solid", alpha=0.45
    )
    every = max(1, (len(values) - 1) // 6)
    bar = axes.figure.colorbar(ground, ax=axes, ticks=values[::every], pad=0.02, aspect=28)
    bar.ax.set_yticklabels([f"{value:.3g}" for value in values[::every]])
    bar.outline.set_visible(False)


def _faded_map() -> Any:
    """Return viridis, which is even in brightness for colour-blind eyes too, mixed with white."""
    colours = importlib.import_module("matplotlib.colors")
    base = importlib.import_module("matplotlib").colormaps["viridis"](np.linspace(0, 1, 256))
    return colours.ListedColormap(1 - _FADED * (1 - base))


def _arrow_count(gradients: bool | int, who: str) -> int:
    count = 13 if gradients is True else int(gradients)
    if count < 0:
        raise StructureError(f"{who}(f, gradients={gradients!r}): True, False or a positive number is needed")
    return count


def _between(values: np.ndarray, count: int) -> np.ndarray:
    """Return points inside of a range, half a step from its ends."""
    step = (values[-1] - values[0]) / count
    return values[0] + step * (np.arange(count) + 0.5)


def _draw_arrows(axes: Any, hill: Hill, heights: Heights, count: int) -> None:
    x, y = _between(heights.x, count), _between(heights.y, count)
    slopes = hill.slopes(x, y)
    norms = np.linalg.norm(slopes, axis=-1, keepdims=True)
    largest = np.nanmax(norms) if np.isfinite(norms).any() else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        arrows = np.where(norms > 0, slopes / norms, 0.0) * (norms / (largest or 1.0)) ** 0.25
    axes.quiver(
        x, y, arrows[..., 0], arrows[..., 1], color=INK, angles="xy", pivot="mid", scale=count * 1.15, width=0.0035,
        headwidth=4, zorder=3,
    )  # fmt: skip


def vector_field(
    f: Callable[..., Any],
    x: Any = (-2.0, 2.0),
    y: Any = (-2.0, 2.0),
    *,
    downhill: bool = False,
    density: int = 19,
    resolution: int = 80,
    axes: Any = None,
) -> Any:
    """Draw the field of the gradient of a function of two variables, over its contours.

    All arrows have the same length; their colours say how long the gradient is.

    Parameters
    ----------
    f : callable
        Of one array of shape (2,), or of two numbers; a number comes out.
    x, y : pair of float
        The ranges to show.
    downhill : bool
        Whether arrows point along minus the gradient.
    density : int
        How many arrows there are in a row.
    resolution : int
        At how many points along each axis the function is evaluated for the contours.
    axes : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    StructureError, ShapeError
        As for `contour`.

    Examples
    --------
    >>> from autograd_lite import draw
    >>> axes = draw.vector_field(lambda x, y: x**2 - y**2)  # doctest: +SKIP
    """
    hill = Hill(f, "vector_field")
    if density < 1:
        raise StructureError(f"vector_field(f, density={density!r}): a positive number is needed")
    heights = hill.heights(ticks(x, resolution, "vector_field", "x"), ticks(y, resolution, "vector_field", "y"))
    across, up = _between(heights.x, density), _between(heights.y, density)
    slopes = hill.slopes(across, up)
    norms = np.linalg.norm(slopes, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        arrows = np.where(norms[..., None] > 0, slopes / norms[..., None], np.nan) * (-1 if downhill else 1)
    colours = importlib.import_module("matplotlib.colors")
    with styled() as plt:
        if axes is None:
            _, axes = plt.subplots(figsize=(6, 4.6))
        levels = levels_of(heights.z, 14)
        axes.contour(
            heights.x, heights.y, heights.z, levels=levels, colors="#9ca3af", linewidths=0.7, linestyles="solid"
        )
        low, high = _norm_range(norms)
        field = axes.quiver(
            across, up, arrows[..., 0], arrows[..., 1], norms, angles="xy", pivot="mid", scale=density * 1.15,
            width=0.004, cmap=_arrow_map(axes.get_facecolor()[:3]), zorder=3,
            norm=colours.LogNorm(low, high) if high > 10 * low else None,
        )  # fmt: skip
        bar = axes.figure.colorbar(field, ax=axes, pad=0.02, aspect=28)
        bar.ax.set_title("‖∇f‖", fontsize="medium")
        if high > 10 * low:
            bar.ax.yaxis.set_major_locator(importlib.import_module("matplotlib.ticker").LogLocator(subs=(1, 2, 5)))
            bar.ax.yaxis.set_major_formatter("{x:g}")
            bar.ax.minorticks_off()
        bar.outline.set_visible(False)
        axes.set(xlim=heights.x[[0, -1]], ylim=heights.y[[0, -1]], xlabel="x", ylabel="y")
        axes.set_title("−∇f" if downhill else "∇f")
    return axes


def _norm_range(norms: np.ndarray) -> tuple[float, float]:
    found = norms[np.isfinite(norms) & (norms > 0)]
    return (float(found.min()), float(found.max())) if found.size else (1.0, 1.0)


def _arrow_map(ground: Any) -> Any:
    """Return viridis less the end that is too near to the ground of the axes; the longest stands out most."""
    name = "viridis" if is_dark(ground) else "viridis_r"
    base = importlib.import_module("matplotlib").colormaps[name](np.linspace(0.2, 1, 256))
    return importlib.import_module("matplotlib.colors").ListedColormap(base)


def surface(
    f: Callable[..., Any],
    x: Any = None,
    y: Any = None,
    *,
    path: Any = None,
    logarithmic: bool = False,
    resolution: int = 60,
    axes: Any = None,
) -> Any:
    """Draw a function of two variables as a surface in space, with a path on it.

    Parameters
    ----------
    f, x, y, path
        As for `contour`.
    logarithmic : bool
        Whether to draw log(1 + f - min f), so that steep walls leave the valley to be seen.
    resolution : int
        At how many points along each axis the function is evaluated.
    axes : Axes3D, optional
        Of a subplot with ``projection="3d"``.

    Returns
    -------
    Axes3D

    Raises
    ------
    StructureError, ShapeError
        As for `contour`; StructureError also if ``axes`` are flat.

    Examples
    --------
    >>> from autograd_lite import draw
    >>> axes = draw.surface(lambda x, y: x**2 - y**2)  # doctest: +SKIP
    """
    hill = Hill(f, "surface")
    points = None if path is None else points_of(path, "surface")
    x, y = ranges(x, y, points)
    heights = hill.heights(ticks(x, resolution, "surface", "x"), ticks(y, resolution, "surface", "y"))
    low = float(np.nanmin(heights.z))
    lift = (lambda z: np.log1p(np.maximum(z - low, 0.0))) if logarithmic else (lambda z: z)
    with styled() as plt, np.errstate(all="ignore"):
        axes = space(plt, axes, "surface")
        draw_surface(axes, heights._replace(z=lift(heights.z)))
        if points is not None:
            way, parts = between(points)
            draw_path(axes, way, lift(np.array([hill.value(*point) for point in way.tolist()])), parts)
        axes.set_zlabel("log(1 + f − min)" if logarithmic else "f")
    return axes


def draw_surface(axes: Any, heights: Heights, alpha: float = 0.92) -> None:
    """Draw a surface, and name the axes of the plane below it."""
    levels = levels_of(heights.z, 64)
    norm = importlib.import_module("matplotlib.colors").BoundaryNorm(levels, 256)
    across, up = np.meshgrid(heights.x, heights.y)
    axes.plot_surface(
        across, up, heights.z, cmap="viridis", norm=norm, rcount=60, ccount=60, linewidth=0.15,
        edgecolor=(0, 0, 0, 0.2), alpha=alpha, zorder=1,
    )  # fmt: skip
    axes.set(xlabel="x", ylabel="y")


def space(plt: Any, axes: Any, who: str) -> Any:
    """Return axes in space, made if there are none, in the common style."""
    if axes is None:
        axes = plt.figure(figsize=(6.4, 5.2)).add_subplot(projection="3d")
    if getattr(axes, "name", "") != "3d":
        raise StructureError(
            f"{who}(f, axes=…) needs axes in space: plt.subplots(subplot_kw={{'projection': '3d'}}); these are flat"
        )
    axes.computed_zorder = False  # a path lies on the surface, not in it
    ticker = importlib.import_module("matplotlib.ticker")
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_locator(ticker.MaxNLocator(5))
        axis.pane.set_facecolor(plt.rcParams["axes.facecolor"])
        axis.pane.set_edgecolor("#9ca3af")
        axis._axinfo["grid"].update(color=plt.rcParams["grid.color"], linewidth=0.6)
        axis.labelpad = 7
    return axes


def tangent_plane(
    f: Callable[..., Any],
    at: Any,
    x: Any = None,
    y: Any = None,
    *,
    resolution: int = 50,
    axes: Any = None,
) -> Any:
    """Draw a function of two variables with its tangent plane at a point: z = f(a) + ∇f(a) · (p - a).

    Parameters
    ----------
    f : callable
        Of one array of shape (2,), or of two numbers; a number comes out.
    at : pair of float
        The point a.
    x, y : pair of float, optional
        The ranges to show; if not given, one to each side of the point.
    resolution : int
        At how many points along each axis the function is evaluated.
    axes : Axes3D, optional

    Returns
    -------
    Axes3D

    Raises
    ------
    ShapeError
        If the point is no pair of numbers.
    StructureError, ShapeError
        As for `surface`; StructureError also if the function has no finite gradient at the point.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import draw
    >>> axes = draw.tangent_plane(lambda x, y: np.sin(x) * np.cos(y), (0.5, 0.5))  # doctest: +SKIP
    """
    hill = Hill(f, "tangent_plane")
    point = np.asarray(at, float)
    if point.shape != (2,):
        raise ShapeError(f"tangent_plane(f, at={at!r}): a pair of numbers is needed")
    a, b = point.tolist()
    with np.errstate(all="ignore"):
        height, slope = hill.value(a, b), hill.slope(a, b)
    if not (np.isfinite(height) and np.isfinite(slope).all()):
        raise StructureError(f"tangent_plane(f, at=({a:g}, {b:g})): there f is {height:g} and its gradient {slope}")
    xs = ticks((a - 1, a + 1) if x is None else x, resolution, "tangent_plane", "x")
    ys = ticks((b - 1, b + 1) if y is None else y, resolution, "tangent_plane", "y")
    heights = hill.heights(xs, ys)
    near = [np.clip(0.55 * (axis[[0, -1]] - at) + at, axis[0], axis[-1]) for axis, at in ((xs, a), (ys, b))]
    across, up = np.meshgrid(*near)
    plane = height + slope[0] * (across - a) + slope[1] * (up - b)
    with styled() as plt:
        axes = space(plt, axes, "tangent_plane")
        draw_surface(axes, heights, alpha=0.75)
        axes.plot_surface(across, up, plane, color=RED, alpha=0.45, edgecolor=RED, linewidth=1.0, zorder=2)
        axes.plot([a], [b], [height], "o", color=INK, markersize=6, zorder=4)
        reach = 0.5 * min(np.ptp(near[0]), np.ptp(near[1])) / (float(np.linalg.norm(slope)) or 1.0)
        ahead = reach * slope
        tip = np.array([a, b, height]), np.array([*ahead, float(slope @ ahead)])
        axes.quiver(*tip[0], *tip[1], color=BLUE, linewidth=2.0, arrow_length_ratio=0.15, zorder=5)
        axes.set_zlabel("f")
        if slope.any():  # seen from below the slope, else from the side the plane would be a line
            axes.view_init(elev=28, azim=float(np.degrees(np.arctan2(-slope[1], -slope[0]))) + 35)
        axes.set_title(f"z = {height:.3g} {_term(slope[0], 'x', a)} {_term(slope[1], 'y', b)}", y=0.98)
    return axes


def _term(slope: float, name: str, at: float) -> str:
    sign = "−" if slope < 0 else "+"
    offset = f"({name} {'+' if at < 0 else '−'} {abs(at):.3g})" if at else name
    return f"{sign} {abs(slope):.3g} {offset}"
