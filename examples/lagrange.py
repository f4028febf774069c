"""Lagrange multipliers: the largest x² y on a circle, the two gradients that are parallel there, and what λ is worth.

    python examples/lagrange.py              # writes lagrange.png

What is learnt:

- Where f = x² y is largest or smallest on the circle c = x² + y² - 3 = 0, a contour touches the circle, so ∇f = λ ∇c.
  Newton's method on this condition, from random starts, finds all six points; by hand they are (±√2, ±1) and (0, ±√3)
  with λ = y and λ = 0, and all is right to 1e-11 (seeds 0 to 4). Which of them is a minimum and which a maximum is told
  by the Hessian of f - λ c along the circle, and not by that of f.
- λ is a price: let the circle be c = ε, and the largest f rises by λ ε. Solving again on both sides gives λ to 5e-11.
- An inequality that does not press has the multiplier 0, and one that does has the sign that pushes back. On the disk
  above, cut by x + y ≤ 2, the largest f is at (4/3, 2/3), on the cut alone: λ = (0, 16/9).

The seed chooses the starts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from common import options

import autograd_lite as ag
from autograd_lite.calculus import Multipliers, lagrange

BLUE, RED, GREEN = "#0072b2", "#d55e00", "#009e73"
BY_HAND = {  # the stationary points with their multipliers
    **{(x, y): y for x in (-np.sqrt(2), np.sqrt(2)) for y in (-1.0, 1.0)},
    **{(0.0, y): 0.0 for y in (-np.sqrt(3), np.sqrt(3))},
}


def f(p: Any) -> Any:
    return p[0] ** 2 * p[1]


def circle(p: Any) -> Any:
    return p[0] ** 2 + p[1] ** 2 - 3


def stationary_points(starts: np.ndarray) -> tuple[list[Multipliers], float]:
    """Print what is found from random starts, and return it with its largest error."""
    found: dict[tuple[float, float], Multipliers] = {}
    for start in starts:
        for kind in ("minimum", "maximum"):
            result = lagrange(f, circle, start, kind=kind)
            found[min(BY_HAND, key=lambda point, at=result.solution: np.hypot(*np.subtract(point, at)))] = result
    print(f"Largest and smallest x² y on x² + y² = 3, from {len(starts)} random starts:\n")
    print(f"{'x':>10} {'y':>10} {'f':>10} {'λ':>10}   {'kind':8} {'error':>8} {'df*/dε - λ':>12}")
    errors = []
    for point, result in sorted(found.items(), key=lambda item: (-round(float(item[1].value)), item[0])):
        multiplier = float(result.multipliers)
        errors.append(float(max(*np.abs(np.subtract(result.solution, point)), abs(multiplier - BY_HAND[point]))))
        apart = float(result.check_sensitivities()[0])
        numbers = np.round([*result.solution, float(result.value), multiplier], 6) + 0.0  # and no -0.0
        row = " ".join(f"{number:10.6f}" for number in numbers)
        print(f"{row}   {result.kind!s:8} {errors[-1]:8.0e} {apart:12.0e}")
    print(f"Stationary points found: {len(found)} of {len(BY_HAND)}")
    return list(found.values()), max(errors)


def with_inequalities() -> Multipliers:
    """Print the largest f on a disk that is cut, and return it."""
    inside = [lambda p: -circle(p), lambda p: 2 - p[0] - p[1]]
    result = lagrange(f, (), [1.0, 0.2], inequalities=inside, kind="maximum")
    prices = ", ".join(f"{-float(price) + 0:.6f}" for price in result.inequality_multipliers)
    print(f"\nOn the disk x² + y² ≤ 3 with x + y ≤ 2: f = {result.value:.6f} at {result.solution}, λ = ({prices})")
    return result


def draw_picture(axes: Any, found: list[Multipliers]) -> None:
    """Draw contours that touch the circle, and the gradients that are parallel where they do."""
    side = np.linspace(-2.6, 2.6, 301)
    x, y = np.meshgrid(side, side)
    axes.contourf(x, y, np.clip(f((x, y)), -6, 6), levels=np.linspace(-6, 6, 25), cmap="PuOr_r", alpha=0.45)
    axes.contour(x, y, f((x, y)), levels=[-2, 2], colors="0.25", linewidths=1.2, linestyles="-")
    angle = np.linspace(0, 2 * np.pi, 200)
    axes.plot(np.sqrt(3) * np.cos(angle), np.sqrt(3) * np.sin(angle), color="black", linewidth=2)
    for result in found:
        point, value = result.solution, float(result.value)
        if abs(value) > 1:
            for function, colour, scale, label in ((f, BLUE, 0.33, "∇f"), (circle, RED, 0.2, "∇c")):
                arrow = scale * ag.grad(function)(point)
                axes.quiver(*point, *arrow, color=colour, angles="xy", scale_units="xy", scale=1, width=0.011, zorder=4,
                            label=label if point.min() > 0 else None)  # fmt: skip
        axes.plot(*point, "^" if str(result.kind) == "maximum" else "v", color="white", markeredgecolor="black",
                  markersize=8, zorder=5)  # fmt: skip
        axes.annotate(f"{round(value) + 0}".replace("-", "−"), point, xytext=(0, -17 * np.sign(point[1])), ha="center",
                      va="center", textcoords="offset points", weight="bold")  # fmt: skip
    axes.set(aspect="equal", xlabel="x", ylabel="y", title="x² y on a circle: ▲ maxima, ▼ minima")
    axes.legend(loc="center")


def draw_price(axes: Any, best: Multipliers) -> None:
    """Draw how the largest value rises as the circle grows, and the multiplier as its slope."""
    moved = np.linspace(-2.5, 3, 23)
    values = [float(lagrange(f, lambda p, by=by: circle(p) - by, best.solution, kind="maximum").value)
              for by in moved]  # fmt: skip
    value, price = float(best.value), float(best.multipliers)
    axes.plot(moved, values, "o-", color=BLUE, markersize=4, label="largest f on c = ε")
    near = np.array([-1.8, 2.4])
    axes.plot(near, value + price * near, color=RED, linewidth=1.4, label=f"slope λ = {price:.3f}")
    axes.plot([0], [value], "o", color="black", zorder=4)
    axes.set(xlabel="ε", title="the multiplier is a price")
    axes.legend(loc="upper left")


def draw_inequalities(axes: Any, result: Multipliers) -> None:
    """Draw the disk that is cut, and the gradient that only one of its two sides pushes back."""
    side = np.linspace(-0.4, 2.6, 301)
    x, y = np.meshgrid(side, side - 0.2)
    axes.contourf(x, y, f((x, y)), levels=np.linspace(-3, 12, 31), cmap="PuOr_r", alpha=0.45, vmin=-6, vmax=6,
                  extend="both")  # fmt: skip
    axes.contour(x, y, f((x, y)), levels=[float(result.value)], colors="0.25", linewidths=1.2)
    outside = (circle((x, y)) > 0) | (x + y > 2)
    axes.contourf(x, y, outside, levels=[0.5, 1.5], colors="white", alpha=0.75)
    axes.contour(x, y, circle((x, y)), levels=[0], colors=GREEN, linewidths=2)
    axes.contour(x, y, 2 - x - y, levels=[0], colors=RED, linewidths=2)
    axes.plot([], [], color=GREEN, label="x² + y² ≤ 3: λ = 0")
    axes.plot([], [], color=RED, label=f"x + y ≤ 2: λ = {-float(result.inequality_multipliers[1]):.3f}")
    arrow = 0.33 * ag.grad(f)(result.solution)
    axes.quiver(*result.solution, *arrow, color=BLUE, angles="xy", scale_units="xy", scale=1, width=0.011, zorder=4,
                label="∇f")  # fmt: skip
    axes.plot(*result.solution, "^", color="white", markeredgecolor="black", markersize=8, zorder=5)
    axes.set(aspect="equal", xlabel="x", ylabel="y", title="only what presses has a price")
    axes.legend(loc="upper right", frameon=True, framealpha=0.85, edgecolor="none")


def main() -> None:
    chosen = options(__doc__)
    starts = np.random.default_rng(chosen.seed).normal(size=(20 if chosen.quick else 60, 2))
    found, error = stationary_points(starts)
    cut = with_inequalities()
    error = max(error, float(np.max(np.abs(cut.solution - [4 / 3, 2 / 3]))))
    print(f"Largest error: {error:.1e}")

    figure, row = plt.subplots(1, 3, figsize=(10.5, 3.9), width_ratios=(1.15, 1, 1.15))
    draw_picture(row[0], found)
    draw_price(row[1], max(found, key=lambda result: float(result.value)))
    draw_inequalities(row[2], cut)
    file: Path = chosen.output / "lagrange.png"
    figure.savefig(file)
    print(f"Picture: {file}")


if __name__ == "__main__":
    main()
