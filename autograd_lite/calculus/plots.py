"""Pictures of how solvers got where they are; matplotlib is loaded when the first is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.plotting import BLUE, RED, styled
from autograd_lite.transforms.arguments import flatten


def plot_result(result: Any, axes: Any = None) -> Any:
    """Draw the convergence of a result and, for two variables, the path over contours.

    Parameters
    ----------
    result : Result
    axes : Axes or sequence of two Axes, optional
        With a single one only the convergence is drawn.

    Returns
    -------
    Axes or ndarray of Axes
    """
    flat = has_path(result)
    if axes is None:
        with styled() as plt:
            _, axes = plt.subplots(1, 2 if flat else 1, figsize=(9 if flat else 5, 3.8))
    several = np.ravel(np.asarray(axes, dtype=object))
    plot_convergence(result, several[0])
    if flat and len(several) > 1:
        plot_path(result, several[1])
    return axes


def has_path(result: Any) -> bool:
    """Say whether a result has two variables, a function and points to draw."""
    return result.function is not None and all(
        isinstance(record.solution, np.ndarray) and record.solution.shape == (2,) for record in result.history
    )


def plot_convergence(result: Any, axes: Any) -> Any:
    """Draw the distance of the value from its best, if that is made small, and the measure that vanishes."""
    steps = np.array([record.iteration for record in result.history])
    values = np.array([record.value for record in result.history])
    measures = np.array([record.measure for record in result.history])
    curves = [(result.measured, measures, RED)]
    if result.is_value_small and np.isfinite(values).any():
        curves.insert(0, ("value − best", values - np.nanmin(values), BLUE))
    for what, numbers, colour in curves:
        positive = np.isfinite(numbers) & (numbers > 0)
        if positive.any():
            axes.semilogy(steps[positive], numbers[positive], ".-", color=colour, label=what)
    axes.set(xlabel="iteration", title=f"{result.method}: {result.reason.words}")
    if axes.lines:
        axes.legend(frameon=False)
    return axes


def plot_path(result: Any, axes: Any) -> Any:
    """Draw the points of the history over contours of the function."""
    path = np.array([record.solution for record in result.history])
    low, high = path.min(axis=0), path.max(axis=0)
    margin = np.maximum(0.15 * (high - low), 0.1 * np.max(high - low) + 1e-12)
    xs, ys = (np.linspace(a, b, 120) for a, b in zip(low - margin, high + margin, strict=True))
    with np.errstate(all="ignore"):
        heights = np.array([[_height(result.function(np.array([x, y]))) for x in xs] for y in ys])
    # Levels evenly spaced in the logarithm show a narrow valley as well as the slopes.
    drawn = np.log1p(np.maximum(heights - np.nanmin(heights), 0))
    axes.contour(xs, ys, np.where(np.isfinite(drawn), drawn, np.nan), levels=20, linewidths=0.7, cmap="viridis")
    axes.plot(path[:, 0], path[:, 1], ".-", color=RED, linewidth=1.2)
    axes.plot(*np.ravel(untracked(result.solution)), "*", color=BLUE, markersize=12)
    axes.set(xlabel="x[0]", ylabel="x[1]", title="path over contours")
    return axes


def _height(out: Any) -> float:
    """Return a number, or the Euclidean norm of several."""
    flat = np.concatenate([np.ravel(np.asarray(leaf, float)) for leaf in flatten(untracked(out))[0]])
    return float(flat[0]) if flat.size == 1 else float(np.linalg.norm(flat))
