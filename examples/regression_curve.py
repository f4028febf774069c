"""A curve through nine measurements: what the parameters are, how uncertain, and which measurement says so.

    python examples/regression_curve.py      # writes regression_curve.png and regression_paths.png

What is learnt:

- The yield of a pasture over time (Rat42, a data set of NIST) is fitted by a logistic curve in a few lines: parameters
  named from the function, standard errors, bands, residuals. Parameters and standard errors have all the 11 digits that
  NIST certifies but a unit of the last.
- The curve's bend matters: the curvature measure of Bates and Watts is 0.63, twice what is harmless. Intervals by
  profile likelihood are not symmetric, and the one of the limit lies 0.5 higher than the one from the covariance.
- The last measurement says most about the limit: one more unit of yield there raises it by 1.02, by implicit
  differentiation, and by as much when it is fitted again.
- From the same start Levenberg–Marquardt needs 2 steps and Newton's method 5. Gradient descent is on the valley's floor
  after 2 and then stays there: in 2,000 steps it moves the limit by 0.003 of 17.5, for the slopes along limit and rate
  differ by a factor of a thousand.
- With (a + b) exp(-c t) no data can tell a from b. The fit says so, by name, and still gives c and the curve.

The seed chooses the bootstrap's draws and the noise of the last point.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from common import options

from autograd_lite.regression import FitResult, curve_fit

DATA = Path(__file__).parent / "data"
BLUE, RED, GREEN = "#0072b2", "#d55e00", "#009e73"

START = [100, 1, 0.1]  # the farther one of NIST's two
BESIDE = [90, 3, 0.08]  # where three methods are started to be compared
CERTIFIED = [7.2462237576e01, 2.6180768402e00, 6.7359200066e-02]
CERTIFIED_ERRORS = [1.7340283401e00, 8.8295217536e-02, 3.4465663377e-03]


def growth(time: Any, limit: Any, delay: Any, rate: Any) -> Any:
    return limit / (1 + np.exp(delay - rate * time))


def report(fit: FitResult, seed: int, draws: int) -> float:
    """Print what the fit says, and return in how many digits it agrees with NIST."""
    print(fit.summary())
    print(f"\nCurvature: {fit.curvature()}\n")
    print("Intervals of 95 %:")
    for method in ("covariance", "profile", "bootstrap"):
        held = fit.confidence_interval(0.95, method, n_bootstrap=draws, seed=seed)
        row = ", ".join(f"{name} {low:.4g} to {high:.4g}" for name, (low, high) in held.items())
        print(f"  {method:10} {row}")
    errors = [fit.values / CERTIFIED - 1, fit.standard_errors / CERTIFIED_ERRORS - 1]
    return float(-np.log10(np.max(np.abs(errors))))


def what_if(fit: FitResult, time: np.ndarray, crop: np.ndarray) -> None:
    """Print which datum moves the limit most, and check that by fitting again."""
    influence = fit.influence()
    of_limit = influence.sensitivity[0]
    most = int(np.argmax(np.abs(of_limit)))
    step = 1e-4 * np.eye(time.size)[most]
    up, down = (curve_fit(growth, time, crop + by, START).values[0] for by in (step, -step))
    print(f"\nThe datum at time {time[most]:.0f} moves the limit most: by {of_limit[most]:.4f} for each unit, "
          f"and by {(up - down) / 2e-4:.4f} when fitted again.")  # fmt: skip
    print(
        f"  Its leverage is {influence.leverage[most]:.2f}, its Cook's distance {influence.cooks_distance[most]:.2f}."
    )


def undetermined(seed: int) -> None:
    """Print what a fit says of parameters that no data determine."""
    t = np.linspace(0, 3, 20)
    y = 2 * np.exp(-t) + 0.02 * np.random.default_rng(seed).normal(size=20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it says what is printed below
        fit = curve_fit(lambda t, a, b, c: (a + b) * np.exp(-c * t), t, y, [1, 1, 0.5])
    print(f"\n(a + b) exp(-c t): {fit.identifiability()}; {fit.parameters['c']}")


def paths(time: np.ndarray, crop: np.ndarray, steps: int) -> dict[str, FitResult]:
    """Return fits by several methods from the same start."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # gradient descent does not converge, which is the point
        fits = {name: curve_fit(growth, time, crop, BESIDE, method=name, max_iterations=steps, progress=False)
                for name in ("lm", "newton", "gradient-descent")}  # fmt: skip
    print(f"\nFrom {BESIDE}:")
    for name, fit in fits.items():
        print(f"  {name:16} {len(fit.history) - 1:5d} steps to a sum of squares of {fit.chi_squared:8.4f}, "
              f"limit {fit.values[0]:.3f}")  # fmt: skip
    return fits


def draw_fit(above: Any, below: Any, fit: FitResult) -> None:
    """Draw data, curve, bands and residuals."""
    fit.plot((above, below))
    above.axhline(fit.values[0], color="0.5", linewidth=0.8, linestyle=":")
    above.annotate(f"limit {fit.parameters['limit']}".replace("limit limit =", "limit"), (8, fit.values[0]),
                   xytext=(0, 4), textcoords="offset points", color="0.35")  # fmt: skip
    above.set(xlabel="", ylabel="yield", title="nine measurements, their curve and its bands", ylim=(0, 84))
    above.legend(loc="lower right")
    below.set(xlabel="time", ylabel="residual")
    below.margins(y=0.25)


def draw_profile(axes: Any, fit: FitResult) -> None:
    """Draw the profile of the limit, and the intervals that follow from it and from the covariance."""
    fit.plot_profile("limit", axes=axes)
    for method, colour, height in (("covariance", "0.5", -3.1), ("profile", BLUE, -3.6)):
        low, high = fit.confidence_interval(0.95, method)["limit"]
        axes.plot([low, high], [height] * 2, "|-", color=colour, linewidth=1.6, markersize=9)
    axes.set(title="95 % for the limit: the profile bends", ylim=(-4.1, 3.6), xlabel="limit")


def draw_influence(axes: Any, fit: FitResult, time: np.ndarray) -> None:
    """Draw how far each datum moves each parameter, in standard errors."""
    moves = fit.influence().sensitivity * np.sqrt(fit.reduced_chi_squared) / fit.standard_errors[:, None]
    for move, name, colour, by in zip(moves, fit.names, (BLUE, RED, GREEN), (-1, 0, 1), strict=True):
        axes.bar(time + 1.3 * by, move, 1.3, color=colour, label=name)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(xlabel="time of the datum", ylabel="in standard errors",
             title="what one more σ in a datum does")  # fmt: skip
    axes.legend(loc="upper left", bbox_to_anchor=(0.05, 1))


def draw_paths(axes: Any, fits: dict[str, FitResult], best: float) -> None:
    """Draw how fast the sum of squares falls to its least."""
    for (name, fit), colour in zip(fits.items(), (BLUE, GREEN, RED), strict=True):
        above = np.array([record.value for record in fit.history]) - best
        above = above[above > 1e-12]
        axes.loglog(np.arange(1, above.size + 1), above, "o-", color=colour, markersize=3, linewidth=1.4, label=name)
    axes.set(xlabel="step, from 1", ylabel="sum of squares above its least", title="three ways down")
    axes.legend(loc="center right")


def draw_valley(axes: Any, fits: dict[str, FitResult], time: np.ndarray, crop: np.ndarray) -> None:
    """Draw the valley that gradient descent follows, with the best delay everywhere, and the ways there."""
    limits, rates = np.meshgrid(np.linspace(62, 95, 81), np.linspace(0.04, 0.095, 81))
    delays = np.linspace(1, 5, 161)[:, None, None, None]
    squares = np.sum((growth(time, limits[..., None], delays, rates[..., None]) - crop) ** 2, axis=-1).min(axis=0)
    axes.contourf(limits, rates, np.log10(squares), levels=20, cmap="Blues_r", alpha=0.75)
    for (name, fit), colour in zip(fits.items(), (BLUE, GREEN, RED), strict=True):
        way = np.array([BESIDE, *(record.solution for record in fit.history)])
        axes.plot(way[:, 0], way[:, 2], "o-", color=colour, markersize=4, linewidth=1.4, label=name)
    axes.plot(*fits["lm"].values[[0, 2]], "*", color="black", markersize=11, zorder=5)
    axes.set(xlabel="limit", ylabel="rate", title="the valley, with the best delay", xlim=(62, 95), ylim=(0.04, 0.095))
    axes.legend(loc="upper right", frameon=True, framealpha=0.85, edgecolor="none")


def main() -> None:
    chosen = options(__doc__)
    time, crop = np.loadtxt(DATA / "rat42.csv", delimiter=",", unpack=True)
    fit = curve_fit(growth, time, crop, START)
    agreed = report(fit, chosen.seed, 200 if chosen.quick else 1000)
    what_if(fit, time, crop)
    undetermined(chosen.seed)
    fits = paths(time, crop, 300 if chosen.quick else 2000)
    print(f"\nDigits of the worst certified value: {agreed:.1f}")

    figure = plt.figure(figsize=(11.5, 4.1))
    grid = figure.add_gridspec(2, 3, width_ratios=(1.25, 1, 1.1), height_ratios=(3, 1))
    above = figure.add_subplot(grid[0, 0])
    draw_fit(above, figure.add_subplot(grid[1, 0], sharex=above), fit)
    draw_profile(figure.add_subplot(grid[:, 1]), fit)
    draw_influence(figure.add_subplot(grid[:, 2]), fit, time)
    file: Path = chosen.output / "regression_curve.png"
    figure.savefig(file)
    print(f"Picture: {file}")

    figure, row = plt.subplots(1, 2, figsize=(9, 3.8))
    draw_paths(row[0], fits, float(fit.chi_squared))
    draw_valley(row[1], fits, time, crop)
    file = chosen.output / "regression_paths.png"
    figure.savefig(file)
    print(f"Picture: {file}")


if __name__ == "__main__":
    main()
