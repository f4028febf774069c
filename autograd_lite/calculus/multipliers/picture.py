"""The picture of Lagrange's condition: where a contour touches the constraint, the two gradients are parallel."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.plotting import BLUE, GREEN, RED, styled
from autograd_lite.transforms.reverse import grad


def plot_constrained(result: Any, axes: Any = None) -> Any:
    """Draw contours of f, the curves of the constraints, the path, and the gradients at the solution.

    Inequalities are dashed where they are not active, and shaded where they are violated.

    Parameters
    ----------
    result : Multipliers
    axes : Axes, optional

    Returns
    -------
    Axes or None
        None unless the solution is an array of two variables.
    """
    solution = np.asarray(untracked(result.solution))
    if solution.shape != (2,) or result.function is None:
        return None
    if axes is None:
        with styled() as plt:
            _, axes = plt.subplots(figsize=(5.2, 4.6))
    path = np.array([record.solution for record in result.history if np.shape(record.solution) == (2,)])
    seen = np.vstack([path, solution])
    half = 0.75 * max(float(np.ptp(seen[:, 0])), float(np.ptp(seen[:, 1])), 0.5 * float(np.linalg.norm(solution)), 1e-3)
    xs, ys = (np.linspace(c - half, c + half, 160) for c in (seen.max(axis=0) + seen.min(axis=0)) / 2)
    heights = _on_grid(result.function, xs, ys)
    best = float(np.asarray(untracked(result.function(solution))))
    axes.contour(xs, ys, heights, levels=14, colors="0.7", linewidths=0.7)
    axes.contour(xs, ys, heights, levels=[best], colors=BLUE, linewidths=1.4)
    for inequality in result.inequalities:
        for values in _elements(inequality, xs, ys):
            axes.contourf(xs, ys, values, levels=[min(np.nanmin(values), 0.0) - 1.0, 0.0], colors=[RED], alpha=0.1)
            axes.contour(xs, ys, values, levels=[0.0], colors=RED, linewidths=1.0, linestyles="dashed")
    for constraint in result.constraints:
        for values in _elements(constraint, xs, ys):
            axes.contour(xs, ys, values, levels=[0.0], colors=RED, linewidths=1.6)
    axes.plot(path[:, 0], path[:, 1], ".-", color="0.35", linewidth=0.8, markersize=4, label="path")
    _arrows(axes, result, solution, half)
    axes.plot(*solution, "o", color="black", markersize=5)
    axes.set(aspect="equal", xlabel="x₁", ylabel="x₂", title="∇f = Σ λ ∇c where a contour touches the constraint")
    axes.legend(frameon=False, loc="best")
    return axes


def _on_grid(function: Any, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.array([[np.asarray(untracked(function(np.array([x, y]))), float) for x in xs] for y in ys])


def _elements(function: Any, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    """Return the values of each element of a function on a grid."""
    return np.moveaxis(_on_grid(function, xs, ys), (0, 1), (-2, -1)).reshape(-1, ys.size, xs.size)


def _arrows(axes: Any, result: Any, solution: np.ndarray, half: float) -> None:
    """Draw ∇f and the gradients of the constraints, each of the same length: only directions are compared."""
    arrows = [("∇f", grad(result.function)(solution), BLUE, 0.5)]
    for constraint in result.constraints:
        count = np.size(constraint(solution))
        for i in range(count):
            slope = grad(lambda x, c=constraint, k=i: np.reshape(c(x), -1)[k])(solution)
            arrows.append(("∇c", slope, GREEN, 0.35))
    for label, vector, colour, share in arrows:
        length = float(np.linalg.norm(vector))
        if length:
            tip = solution + share * half * vector / length
            axes.annotate("", tip, solution, arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.8})
            axes.plot([], [], color=colour, label=label)
