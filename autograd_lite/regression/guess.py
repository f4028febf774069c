"""A first guess from the data, for when the user gives none.

Natural sizes for a parameter are read off the data: extents, extremes and their places, slopes, and the reciprocals of
all of these. Many combinations of them are tried; the parameters that enter linearly are solved for in each (variable
projection), so that only the others have to be guessed. The best few are then fitted, and the best fit wins.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.factors import Factors
from autograd_lite.calculus.fitting.problem import Point
from autograd_lite.regression.curve import Curve
from autograd_lite.transforms.arguments import flatten

#: Combinations that are tried, starts that are fitted, and the seed of what is drawn.
_TRIALS, _STARTS, _SEED = 400, 6, 20_240_229


@np.errstate(all="ignore")
def starts_from_data(problem: Curve, known: np.ndarray) -> list[np.ndarray]:
    """Return starts, the most promising first; of two that are equally good, the one with fewer negative numbers.

    Parameters
    ----------
    problem : Curve
    known : ndarray of shape (m,)
        Starts that the user gave; NaN where one is wanted.
    """
    unknown = np.flatnonzero(np.isnan(known))
    ones = np.where(np.isnan(known), 1.0, known)
    linear = _linear(problem, problem.inside(ones))
    guessed = [int(i) for i in unknown if i not in linear]
    ranked: list[tuple[float, int, np.ndarray]] = []
    for trial in _combinations(problem, guessed):
        start = ones.copy()
        start[guessed] = trial
        cost, start = _projected(problem, problem.inside(start), linear)
        if np.isfinite(cost):
            ranked.append((cost, len(ranked), start))
    ranked.sort(key=_rank)
    return _distinct([start for _, _, start in ranked])[:_STARTS] or [problem.inside(ones)]


def _rank(entry: tuple[float, int, np.ndarray]) -> tuple[float, int, int]:
    cost, number, start = entry
    return float(f"{cost:.9e}"), int(np.sum(start < 0.0)), number


def _linear(problem: Curve, start: np.ndarray) -> tuple[int, ...]:
    return problem.at(start).linear


def _combinations(problem: Curve, guessed: list[int]) -> list[np.ndarray]:
    """Return values for the guessed parameters: all combinations of natural sizes, or a sample of them."""
    if not guessed:
        return [np.zeros(0)]
    pools = [_within(problem, i, _sizes(problem)) for i in guessed]
    count = int(np.prod([float(len(pool)) for pool in pools]))
    if count <= _TRIALS:
        return [np.array(each) for each in itertools.product(*pools)]
    generator = np.random.default_rng(_SEED)
    sample = [np.array([generator.choice(pool) for pool in pools]) for _ in range(_TRIALS)]
    return [np.ones(len(guessed)), *sample]


def _within(problem: Curve, i: int, sizes: np.ndarray) -> np.ndarray:
    """Return the sizes that a parameter's bounds allow, and points between the bounds if both are finite."""
    low, high = problem.lower[i], problem.upper[i]
    inside = sizes[(sizes >= low) & (sizes <= high)]
    if np.isfinite(low) and np.isfinite(high):
        inside = np.concatenate([inside, low + (high - low) * np.linspace(0.1, 0.9, 5)])
    elif not inside.size:
        inside = np.array([low + 1.0 if np.isfinite(low) else high - 1.0])
    return np.unique(inside)


def _sizes(problem: Curve) -> np.ndarray:
    """Return natural sizes of parameters, of both signs, and 0."""
    y = problem.data.values
    found = [1.0, 0.1, 10.0, float(np.ptp(y)), float(np.max(np.abs(y)))]
    for leaf in flatten(problem.data.x)[0]:
        for row in np.reshape(leaf, (-1, leaf.shape[-1])) if leaf.ndim else []:
            found += _sizes_along(row, y)
    sizes = np.array([size for size in found if np.isfinite(size) and size != 0.0])
    sizes = np.unique(np.concatenate([np.abs(sizes), -np.abs(sizes), [0.0]]))
    apart = np.abs(np.diff(sizes)) > 0.05 * np.abs(sizes[:-1])
    return sizes[np.concatenate([[True], apart])]


def _sizes_along(row: np.ndarray, y: np.ndarray) -> list[float]:
    extent = float(np.ptp(row))
    found: list[Any] = [extent, np.mean(row), extent / 10.0]
    if extent > 0.0:
        found += [1.0 / extent, 3.0 / extent, 10.0 / extent, 2.0 * np.pi / extent, 20.0 * np.pi / extent]
    if row.size == y.size:
        base = np.median(y)
        peak = int(np.argmax(np.abs(y - base)))
        half = np.abs(y - base) > 0.5 * np.abs(y[peak] - base)
        width = float(np.ptp(row[half])) if half.any() else 0.0
        middle = row[int(np.argmin(np.abs(y - 0.5 * (y.max() + y.min()))))]
        found += [row[peak], width / 2.4, middle, *([1.0 / middle] if middle else [])]
        angular = _frequency(row, y)
        found += [angular, angular / (2.0 * np.pi), *([2.0 * np.pi / angular] if angular else [])]
    return [float(each) for each in found]


def _frequency(row: np.ndarray, y: np.ndarray) -> float:
    """Return the strongest angular frequency of data along x, resampled evenly; 0 if there is none."""
    if row.size < 8 or np.ptp(row) == 0.0:
        return 0.0
    order = np.argsort(row)
    even = np.linspace(row.min(), row.max(), 4 * row.size)
    resampled = np.interp(even, row[order], y[order])
    centred = resampled - resampled.mean()
    power = np.abs(np.fft.rfft(centred, 4 * centred.size)) ** 2
    return float(2.0 * np.pi * np.argmax(power) / (4.0 * (even[1] - even[0]) * centred.size))


def _projected(problem: Curve, start: np.ndarray, linear: tuple[int, ...]) -> tuple[float, np.ndarray]:
    """Return the cost at a start after the linear parameters have been solved for, and the start with them.

    They are solved for from zero: from elsewhere, large columns would leave round-off that hides the data.
    """
    given, start = start, start.copy()
    start[list(linear)] = 0.0
    start = problem.inside(start)
    where: Point = problem.at(start)
    if not np.isfinite(where.cost) or not linear:
        return where.cost, start
    columns = where.jacobian[:, list(linear)]
    if not np.all(np.isfinite(columns)):
        return np.nan, start
    lengths = np.sqrt(np.sum(columns**2, axis=0))
    factors = Factors(columns, where.residuals, np.where(lengths > 0.0, lengths, 1.0), tuple(range(len(linear))))
    if not factors.eliminated:
        return where.cost, given
    step = factors.linear_step()
    start[list(linear)] += step
    return float(np.sum((where.residuals + columns @ step) ** 2)), start


def _distinct(starts: list[np.ndarray]) -> list[np.ndarray]:
    kept: list[np.ndarray] = []
    for start in starts:
        if all(np.max(np.abs(start - other) / (np.abs(start) + np.abs(other) + 1e-300)) > 0.05 for other in kept):
            kept.append(start)
    return kept
