"""Gradient descent in a sandpit: what the length of the steps, momentum and curvature do, and where each method ends.

    python examples/gradient_descent.py      # writes gradient_descent.png

Under a sandpit of 6 by 6 m, four pits, two heaps and a rim made of Gaussians and a bowl, the deepest point is to be
found by its slopes alone. What is learnt:

- Steps of a fixed rate t times the slope are slow where t is small (103 steps for t = 0.1), quick where it is right (14
  for 0.6), and go to and fro for ever where it is too large: no pit holds them whose curvature is more than 2 / t.
- They end in the pit that they start in. Momentum carries on over a low ridge, into the deepest pit.
- Newton's method goes where the slope vanishes, be it a pit, a heap or a pass between: here to a pass. A trust region
  knows by the Hessian which way is down, and ends in a pit, in 4 steps.
- None of these sees farther than its path. From 60 random starts (12 with ``--quick``) the trust region finds the
  deepest pit 30 to 47 % of the times, and Newton's method 0 to 5 % (seeds 0 to 4). Whoever starts often finds it: the
  lowest place is -0.878765 with every seed.
"""

from __future__ import annotations

from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from common import options
from matplotlib.colors import LightSource, LinearSegmentedColormap

import autograd_lite as ag
from autograd_lite.calculus import GradientDescent, Momentum, TrustRegion, minimize

PITS = np.array([
    # depth, x, y, width
    [1.00, 1.4, 1.1, 0.75],
    [0.75, -1.3, 1.2, 0.80],
    [0.60, -0.6, -1.4, 0.65],
    [0.45, 1.6, -1.0, 0.60],
    [-0.45, 0.15, 0.1, 0.50],
    [-0.30, -2.1, -0.4, 0.50],
])  # fmt: skip
START, TOLERANCE = np.array([1.1, -2.0]), 1e-4
SAND = LinearSegmentedColormap.from_list("sand", ("#8a7350", "#d9c291", "#fdf8ea"))
METHODS = {  # a name, a solver and a colour
    "rate 0.1": (GradientDescent(step_rule="fixed", rate=0.1, tolerance=TOLERANCE), "#56b4e9"),
    "rate 0.6": (GradientDescent(step_rule="fixed", rate=0.6, tolerance=TOLERANCE), "#0072b2"),
    "rate 2": (GradientDescent(step_rule="fixed", rate=2.0, tolerance=TOLERANCE), "#cc79a7"),
    "momentum": (Momentum(rate=0.1, momentum=0.9, nesterov=False, tolerance=TOLERANCE), "#d55e00"),
    "Newton": (None, "#000000"),
    "trust region": (TrustRegion(tolerance=TOLERANCE, patience=0), "#009e73"),
}


def sandpit(p: Any) -> Any:
    """Return the heights at points of shape (..., 2)."""
    depth, x, y, width = PITS.T
    squares = (p[..., 0, None] - x) ** 2 + (p[..., 1, None] - y) ** 2
    return 0.04 * np.sum(p**2, axis=-1) - np.sum(depth * np.exp(-squares / (2 * width**2)), axis=-1)


def newton(start: np.ndarray, steps: int = 50) -> np.ndarray:
    """Return the path of Newton's method without any safeguard, until it stands still or leaves the sandpit."""
    path = [start]
    for _ in range(steps):
        gradient = ag.grad(sandpit)(path[-1])
        path.append(path[-1] - np.linalg.solve(ag.hessian(sandpit)(path[-1]), gradient))
        if np.max(np.abs(gradient)) < TOLERANCE or np.max(np.abs(path[-1])) > 6:
            break
    return np.array(path)


def path_of(solver: Any, start: np.ndarray, max_iterations: int = 500) -> np.ndarray:
    """Return the points that a method goes through."""
    if solver is None:
        return newton(start)
    result = minimize(sandpit, start, method=solver, max_iterations=max_iterations)
    return np.array([record.solution for record in result.history])


def place_of(point: np.ndarray) -> str:
    """Name a point: a pit by its depth, a heap, a pass, or no stationary point at all."""
    if np.max(np.abs(point)) > 4 or np.max(np.abs(ag.grad(sandpit)(point))) > TOLERANCE:
        return "nowhere"
    curvatures = np.linalg.eigvalsh(ag.hessian(sandpit)(point))
    if curvatures[0] > 0:
        return f"pit {sandpit(point):.2f}"
    return "heap" if curvatures[1] < 0 else "pass"


def from_one_start() -> dict[str, np.ndarray]:
    """Print how the methods do from one start, and return their paths."""
    print(f"From {START}, {sandpit(START):.2f} high:\n")
    print(f"{'method':>12} {'steps':>6} {'x':>7} {'y':>7} {'height':>8} {'slope':>8}   where")
    paths = {}
    for name, (solver, _) in METHODS.items():
        paths[name] = path = path_of(solver, START)
        end, slope = path[-1], np.max(np.abs(ag.grad(sandpit)(path[-1])))
        print(
            f"{name:>12} {len(path) - 1:6} {end[0]:7.3f} {end[1]:7.3f} {sandpit(end):8.4f} {slope:8.0e}   "
            f"{place_of(end)}"
        )
    return paths


def from_many_starts(starts: np.ndarray) -> float:
    """Print where random starts lead, and return the height of the lowest place that a trust region finds."""
    chosen = ("rate 0.6", "momentum", "Newton", "trust region")
    ends = {name: [path_of(METHODS[name][0], start)[-1] for start in starts] for name in chosen}
    places = {name: Counter(place_of(end) for end in found) for name, found in ends.items()}
    columns = sorted(set().union(*places.values()))
    print(f"\nFrom {len(starts)} random starts, share of the ends in %:\n")
    print(" " * 12 + "".join(f"{column:>11}" for column in columns))
    for name in chosen:
        print(f"{name:>12}" + "".join(f"{100 * places[name][column] / len(starts):11.0f}" for column in columns))
    return min(float(sandpit(end)) for end in ends["trust region"])


def draw(paths: dict[str, np.ndarray], file: Path) -> None:
    """Draw the paths on a map and in space, and how the height falls with the steps."""
    figure = plt.figure(figsize=(10, 5.8))
    grid = figure.add_gridspec(2, 2, width_ratios=(1.15, 1), height_ratios=(1.5, 1))
    on_map, in_space = figure.add_subplot(grid[:, 0]), figure.add_subplot(grid[0, 1], projection="3d")
    falling = figure.add_subplot(grid[1, 1])
    side = np.linspace(-3, 3, 181)
    points = np.stack(np.meshgrid(side, side), axis=-1)
    heights = sandpit(points)
    on_map.contourf(*np.moveaxis(points, -1, 0), heights, levels=26, cmap=SAND)
    on_map.contour(*np.moveaxis(points, -1, 0), heights, levels=26, colors="#6b5836", linewidths=0.35)
    for (_, x, y, _), beside in zip(PITS, ((-30, -12), (0, -22), (0, 12), (34, -12)), strict=False):
        bottom = minimize(sandpit, [x, y]).solution
        on_map.annotate(f"−{-sandpit(bottom):.2f}", bottom, xytext=beside, textcoords="offset points", ha="center",
                        weight="bold", zorder=12)  # fmt: skip
    light = LightSource(azdeg=150, altdeg=40).shade(heights, SAND, vert_exag=25, blend_mode="soft")
    in_space.computed_zorder = False
    in_space.plot_surface(*np.moveaxis(points, -1, 0), heights, facecolors=light, rcount=181, ccount=181, shade=False)
    for (name, path), order in zip(paths.items(), count(1)):
        colour = METHODS[name][1]
        style = {
            "color": colour,
            "linewidth": 1.5,
            "markersize": 3.5 if len(path) < 60 else 2,
            "zorder": 10 - order % 5,
        }
        on_map.plot(*path.T, "o-", **style)
        on_map.plot(*path[-1], "s", color=colour, markersize=8, markeredgecolor="white", zorder=11)
        inside = path[np.max(np.abs(path), axis=1) <= 3]
        in_space.plot(*inside.T, sandpit(inside) + 0.02, color=colour, linewidth=1.5, zorder=10)
        falling.plot(sandpit(path)[:120], color=colour, label=name, linewidth=1.5, zorder=10 - order % 5)
    on_map.plot(*START, "o", color="white", markeredgecolor="black", markersize=9, zorder=12)
    on_map.set(aspect="equal", xlim=(-3, 3), ylim=(-3, 3), xlabel="x", ylabel="y", title="from one start, to squares")
    in_space.view_init(elev=52, azim=-60)
    in_space.set_box_aspect((1, 1, 0.38), zoom=1.6)
    in_space.set_axis_off()
    falling.set(xlabel="step", title="height", xscale="symlog", ylim=(-1, 0.2))
    falling.set_xticks([0, 1, 3, 10, 30, 100], ["0", "1", "3", "10", "30", "100"])
    figure.legend(*falling.get_legend_handles_labels(), loc="outside lower center", ncols=6)
    figure.savefig(file)


def main() -> None:
    chosen = options(__doc__)
    paths = from_one_start()
    starts = np.random.default_rng(chosen.seed).uniform(-2.8, 2.8, size=(12 if chosen.quick else 60, 2))
    print(f"Lowest place found: {from_many_starts(starts):.6f}")
    file = chosen.output / "gradient_descent.png"
    draw(paths, file)
    print(f"Picture: {file}")


if __name__ == "__main__":
    main()
