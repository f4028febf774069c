"""Gradients through solvers: how a root and a minimum move with what they depend on, without deriving the iterations.

    python examples/implicit_function.py     # writes implicit_function.png

What is learnt:

- A root x(p) of f(x, p) = 0 moves by dx/dp = -(∂f/∂p) / (∂f/∂x): the implicit function theorem. `find_root` knows it,
  so that ``grad`` goes through it for the price of one division. Kepler's equation E - e sin E = M has no solution in
  closed form, and its derivatives in e and M have one in terms of E; both agree to 1e-15.
- A minimum w(p) moves by dw/dp = -H⁻¹ ∂²f/∂w∂p. A polynomial of degree 9 is fitted to 15 noisy points, with a penalty
  exp(p) |w|²; w(p) is found by `minimize`, and the error on 50 other points is a function of p whose gradient goes
  through it. This w(p) has a formula, too, and both gradients agree to 1e-11. Newton's method, which takes the second
  derivative through the inner minimum, finds the best penalty in 4 to 11 steps: a problem of two levels.

The seed chooses the points; the numbers above are of seeds 0 to 4.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from common import options

import autograd_lite as ag
from autograd_lite.calculus import Minimum, find_root, minimize

BLUE, RED, GREEN, ORANGE = "#0072b2", "#d55e00", "#009e73", "#e69f00"


def anomaly(eccentricity: Any, mean: Any) -> Any:
    """Return E with E - e sin E = M: where a planet is on its ellipse, for where it would be on a circle."""
    return find_root(lambda angle: angle - eccentricity * np.sin(angle) - mean, bracket=(-1.0, 8.0)).solution


def kepler() -> float:
    """Print derivatives of roots of Kepler's equation, and return the largest difference from the closed forms."""
    print("Kepler's equation E - e sin E = M\n")
    print(f"{'e':>5} {'M':>5} {'E':>10} {'dE/de':>10} {'dE/dM':>10} {'by hand':>10} {'d²E/dM²':>10} {'apart':>8}")
    apart = []
    for eccentricity, mean in ((0.0167, 1.0), (0.25, 0.5), (0.6, 1.0), (0.95, 0.2)):
        angle = float(anomaly(eccentricity, mean))
        by_e, by_mean = (float(each) for each in ag.grad(anomaly, argnums=(0, 1))(eccentricity, mean))
        twice = float(ag.grad(ag.grad(anomaly, argnums=1), argnums=1)(eccentricity, mean))
        slope = 1 - eccentricity * np.cos(angle)
        by_hand = np.array([np.sin(angle) / slope, 1 / slope, -eccentricity * np.sin(angle) / slope**3])
        apart.append(float(np.max(np.abs(by_hand - [by_e, by_mean, twice]) / np.abs(by_hand))))
        print(
            f"{eccentricity:5.2f} {mean:5.2f} {angle:10.6f} {by_e:10.6f} {by_mean:10.6f} {by_hand[1]:10.6f} "
            f"{twice:10.4f} {apart[-1]:8.0e}"
        )
    return max(apart)


class Fits:
    """Polynomials that are fitted with a penalty to some points, and judged by others."""

    def __init__(self, rng: np.random.Generator):
        def points(count: int) -> tuple[np.ndarray, np.ndarray]:
            x = rng.uniform(-1, 1, count)
            return x, np.sin(3 * x) + 0.25 * rng.normal(size=count)

        self.training, self.validation = points(15), points(50)

    @staticmethod
    def values(weights: Any, x: np.ndarray) -> Any:
        """Return a polynomial of degree 9 at some points."""
        return np.polynomial.legendre.legvander(x, 9) @ weights

    def fitted(self, penalty: Any) -> Minimum:
        """Return the inner minimum, for the logarithm of a penalty."""
        x, y = self.training

        def cost(weights: Any, penalty: Any) -> Any:
            return np.sum((self.values(weights, x) - y) ** 2) + np.exp(penalty) * np.sum(weights**2)

        return minimize(cost, np.zeros(10), args=(penalty,))

    def judged(self, penalty: Any) -> Any:
        """Return the mean square error on the other points: what the outer minimum is of."""
        x, y = self.validation
        return np.mean((self.values(self.fitted(penalty).solution, x) - y) ** 2)

    def judged_by_formula(self, penalty: Any) -> Any:
        """Return the same from w = (AᵀA + exp(p) 1)⁻¹ Aᵀy, which this inner minimum has, and others have not."""
        (x, y), (other_x, other_y) = self.training, self.validation
        powers = self.values(np.eye(10), x)
        weights = np.linalg.solve(powers.T @ powers + np.exp(penalty) * np.eye(10), powers.T @ y)
        return np.mean((self.values(weights, other_x) - other_y) ** 2)


def two_levels(fits: Fits, steps: int) -> tuple[list[float], float]:
    """Print a descent of derivatives through the inner minimum; return its points, and how wrong the slopes are."""
    print(f"\n{'step':>4} {'log penalty':>12} {'error':>9} {'gradient':>10} {'by formula':>11} {'differences':>12}")
    points, slopes, apart, penalty = [], [], [], -7.0
    for step in range(steps):
        error, slope = (float(each) for each in ag.value_and_grad(fits.judged)(penalty))
        by_formula = float(ag.grad(fits.judged_by_formula)(penalty))
        differences = float(fits.judged(penalty + 1e-5) - fits.judged(penalty - 1e-5)) / 2e-5
        apart.append(abs(slope - by_formula))
        slopes.append(abs(slope))
        points.append(penalty)
        print(f"{step:4} {penalty:12.5f} {error:9.6f} {slope:10.2e} {by_formula:11.2e} {differences:12.2e}")
        bend = float(ag.grad(ag.grad(fits.judged))(penalty))
        penalty -= float(np.clip(slope / abs(bend), -1.5, 1.5))  # Newton's step, which derives the inner minimum twice
    return points, max(apart) / max(slopes)


def draw(fits: Fits, points: list[float], file: Path) -> None:
    """Draw Kepler's roots, the two levels, and three of the fits, each with its tangents."""
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10.5, 3.7))
    means = np.linspace(0, np.pi, 25)
    for eccentricity, colour in ((0.0167, ORANGE), (0.6, GREEN), (0.95, BLUE)):
        left.plot(means, [anomaly(eccentricity, mean) for mean in means], color=colour, label=f"e = {eccentricity:g}")
        for mean in (0.1, 0.7, 1.6):
            angle, slope = (float(each) for each in ag.value_and_grad(anomaly, argnums=1)(eccentricity, mean))
            ahead = np.array([-0.5, 0.5]) / np.hypot(1, slope)
            left.plot(mean + ahead, angle + slope * ahead, color=RED, linewidth=1.2, zorder=3)
            left.plot([mean], [angle], "o", color=RED, markersize=4)
    left.plot([], [], color=RED, linewidth=1.2, label="slope through find_root")
    left.set(xlabel="M", title="Kepler: E of E − e sin E = M", ylim=(0, 4.6))
    left.legend(loc="upper left")

    grid = np.linspace(-8, 5, 40)
    middle.plot(grid, [float(fits.judged(penalty)) for penalty in grid], color=BLUE, label="error of w(p)")
    for number, penalty in enumerate(points):
        error, slope = (float(each) for each in ag.value_and_grad(fits.judged)(penalty))
        ahead = np.array([-0.8, 0.8])
        middle.plot(penalty + ahead, error + slope * ahead, color=RED, linewidth=1.2,
                    label=None if number else "slope through minimize")  # fmt: skip
        middle.plot([penalty], [error], "o", color=RED, markersize=4)
    middle.set(xlabel="p = log penalty", title="outer level: error on other points")
    middle.legend(loc="upper right")

    side = np.linspace(-1, 1, 200)
    right.plot(*fits.training, "o", color="0.5", markersize=4, label="points")
    for penalty, colour, label in ((-7.0, ORANGE, "small penalty"), (points[-1], BLUE, "best"), (5.0, GREEN, "large")):
        right.plot(side, fits.values(fits.fitted(penalty).solution, side), color=colour, label=label)
    right.set(xlabel="x", title="inner level: fits", ylim=(-2.2, 2.2))
    right.legend(loc="lower right")
    figure.savefig(file)


def main() -> None:
    chosen = options(__doc__)
    of_roots = kepler()
    fits = Fits(np.random.default_rng(chosen.seed))
    points, of_minima = two_levels(fits, 6 if chosen.quick else 12)
    print(f"\nLargest difference through find_root: {of_roots:.1e}")
    print(f"Largest difference through minimize: {of_minima:.1e}")
    file = chosen.output / "implicit_function.png"
    draw(fits, points, file)
    print(f"Picture: {file}")


if __name__ == "__main__":
    main()
