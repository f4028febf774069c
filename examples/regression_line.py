"""Straight lines and polynomials through measured data: uncertainties, errors of both variables, every digit.

    python examples/regression_line.py       # writes regression_line.png

What is learnt:

- A monitor of ozone is compared with a standard, 36 times (Norris, a data set of NIST). In a few lines there is a line
  with standard errors, whether it is the line y = x (it is not: the slope is off by 4.9 standard errors), and a band
  around it. Parameters and errors have 14 and 13.9 of the 15 digits that NIST certifies; the rest was lost when the
  data were rounded to double precision.
- Where both variables have errors, `sigma_x` gives the likeliest line: in K. Pearson's data of 1901 with D. York's
  weights its slope is -0.481 ± 0.058. To take either variable as exact is two standard errors off: -0.61 and -0.63.
- A polynomial of degree 10 (Filip, of NIST): powers of x depend on each other so closely that the normal equations
  have no correct digit, and QR has 8. `fit_polynomial` has 14.

Nothing is left to chance but the check of coverage: on data made around a line, 95 % of the intervals hold the slope.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from common import options

from autograd_lite.regression import LineFit, fit_line, fit_polynomial

DATA = Path(__file__).parent / "data"
BLUE, RED, GREEN = "#0072b2", "#d55e00", "#009e73"

NORRIS = [-0.262323073774029, 1.00211681802045]  # as NIST certifies them
FILIP = [-1467.48961422980, -2772.17959193342, -2316.37108160893, -1127.97394098372, -354.478233703349,
         -75.1242017393757, -10.8753180355343, -1.06221498588947, -0.670191154593408e-01, -0.246781078275479e-02,
         -0.402962525080404e-04]  # fmt: skip

# K. Pearson, *On lines and planes of closest fit*, 1901, with the weights of D. York, 1966.
PEARSON = np.array([[0.0, 5.9], [0.9, 5.4], [1.8, 4.4], [2.6, 4.6], [3.3, 3.5],
                    [4.4, 3.7], [5.2, 2.8], [6.1, 2.8], [6.5, 2.4], [7.4, 1.5]]).T  # fmt: skip
SIGMA_X = 1 / np.sqrt([1000, 1000, 500, 800, 200, 80, 60, 20, 1.8, 1])
SIGMA_Y = 1 / np.sqrt([1, 1.8, 4, 8, 20, 20, 70, 70, 100, 500])


def digits(found: Any, certified: Any) -> float:
    """Return how many digits of the worst number are right, of 15."""
    error = np.max(np.abs(np.subtract(found, certified) / certified))
    return float(-np.log10(max(error, 1e-15)))


def calibration() -> tuple[LineFit, float]:
    """Print what a line through Norris' data says, and return it with its digits."""
    x, y = np.loadtxt(DATA / "norris.csv", delimiter=",", unpack=True)
    fit = fit_line(x, y)
    print(fit.summary())
    low, high = fit.confidence_interval()["slope"]
    off = (fit.slope - 1) / fit.slope_error
    print(f"\nThe slope is between {low:.5f} and {high:.5f}: {off:.1f} standard errors from 1.")
    return fit, digits(fit.values, NORRIS)


def errors_of_both() -> dict[str, Any]:
    """Print slopes that assume errors of y, of x and of both; return the lines as intercept and slope."""
    x, y = PEARSON
    upright = fit_line(y, x, SIGMA_X)
    fit = fit_line(x, y, SIGMA_Y, SIGMA_X)
    lines = {
        "errors of y only": fit_line(x, y, SIGMA_Y).values,
        "errors of both": fit.values,
        "errors of x only": np.array([-upright.intercept, 1]) / upright.slope,
    }
    print("\nPearson's data with York's weights:")
    for name, (intercept, slope) in lines.items():
        print(f"  {name:17} intercept {intercept:8.5f}, slope {slope:8.5f}")
    print(f"  standard errors with those of both: {fit.parameters['intercept']}, {fit.parameters['slope']}")
    return lines


def polynomial() -> tuple[Any, np.ndarray, np.ndarray, dict[str, float]]:
    """Print how many digits of a polynomial several ways reach; return the fit, the data and those digits."""
    x, y = np.loadtxt(DATA / "filip.csv", delimiter=",", unpack=True)
    fit = fit_polynomial(x, y, 10)
    powers = np.vander(x, 11, increasing=True)
    scaled = powers / np.linalg.norm(powers, axis=0)
    orthogonal, triangle = np.linalg.qr(scaled)
    by_qr = np.linalg.solve(triangle, orthogonal.T @ y) / np.linalg.norm(powers, axis=0)
    reached = {
        "normal equations": digits(np.linalg.solve(powers.T @ powers, powers.T @ y), FILIP),
        "QR": digits(by_qr, FILIP),
        "fit_polynomial": digits(fit.values, FILIP),
    }
    print("\nA polynomial of degree 10, digits of the worst coefficient:")
    for name, number in reached.items():
        print(f"  {name:17} {number:4.1f}")
    return fit, x, y, reached


def coverage(seed: int, count: int) -> float:
    """Return how many intervals of 95 %, in %, hold the slope from which data are made."""
    random, x = np.random.default_rng(seed), np.linspace(0, 1, 12)
    held = 0
    for _ in range(count):
        low, high = fit_line(x, 1 + 2 * x + 0.3 * random.normal(size=12)).confidence_interval()["slope"]
        held += low <= 2 <= high
    return 100 * held / count


def draw_calibration(axes: Any, fit: LineFit) -> None:
    """Draw how far the monitor is from the standard, which a line through the origin would hide."""
    data = fit.problem.data
    x, y = data.x, data.y
    grid = np.linspace(0, 1000, 200)
    for band, alpha, label in (
        (fit.prediction_band, 0.13, "95 % of data"),
        (fit.confidence_band, 0.35, "95 % of lines"),
    ):
        low, high = band(grid)
        axes.fill_between(grid, low - grid, high - grid, color=BLUE, alpha=alpha, linewidth=0, label=label)
    axes.plot(grid, fit.predict(grid) - grid, color=BLUE, label="fit")
    axes.plot(x, y - x, ".", color="black", label="36 comparisons")
    axes.axhline(0, color=RED, linewidth=1.2)
    axes.annotate("y = x", (810, 0), xytext=(0, -13), textcoords="offset points", color=RED)
    axes.set(xlabel="ozone by the standard x", ylabel="monitor − standard, y − x", title="a calibration (Norris)",
             ylim=(-3, 6.2))  # fmt: skip
    axes.legend(loc="upper left", ncols=2)


def draw_both(axes: Any, lines: dict[str, Any]) -> None:
    """Draw three lines through data with error bars of both variables."""
    axes.errorbar(*PEARSON, SIGMA_Y, SIGMA_X, fmt=".", color="black", linewidth=0.9, zorder=3)
    ends = np.array([-0.6, 8.6])
    for (name, (intercept, slope)), colour in zip(lines.items(), (GREEN, BLUE, RED), strict=True):
        axes.plot(ends, intercept + slope * ends, color=colour, linewidth=1.6, label=name)
    axes.set(xlabel="x", ylabel="y", title="errors of both variables (Pearson, York)", ylim=(0.5, 7.2))
    axes.legend(loc="upper right")


def draw_polynomial(axes: Any, fit: Any, x: np.ndarray, y: np.ndarray, reached: dict[str, float]) -> None:
    """Draw the polynomial with its band, and the digits of each way."""
    grid = np.linspace(x.min(), x.max(), 400)
    low, high = fit.prediction_band(grid)
    axes.fill_between(grid, low, high, color=BLUE, alpha=0.25, linewidth=0, label="95 % of data")
    axes.plot(grid, fit.predict(grid), color=BLUE, label="degree 10")
    axes.plot(x, y, ".", color="black", markersize=4)
    axes.set(xlabel="x", ylabel="y", title="eleven coefficients (Filip)", ylim=(0.745, 0.965))
    text = "\n".join(f"{name}: {max(number, 0):.0f}" for name, number in reached.items())
    axes.text(0.97, 0.05, "correct digits\n" + text, transform=axes.transAxes, ha="right", va="bottom")
    axes.legend(loc="upper left")


def main() -> None:
    chosen = options(__doc__)
    line, of_line = calibration()
    lines = errors_of_both()
    fit, x, y, reached = polynomial()
    count = 200 if chosen.quick else 2000
    print(f"\nIntervals of 95 % that hold the true slope: {coverage(chosen.seed, count):.1f} % of {count}")
    print(f"Fewest digits of a certified value: {min(of_line, reached['fit_polynomial']):.1f}")

    figure, row = plt.subplots(1, 3, figsize=(11.5, 3.8))
    draw_calibration(row[0], line)
    draw_both(row[1], lines)
    draw_polynomial(row[2], fit, x, y, reached)
    file: Path = chosen.output / "regression_line.png"
    figure.savefig(file)
    print(f"Picture: {file}")


if __name__ == "__main__":
    main()
