"""Pictures of a fit: data with band and residuals, profiles, pairs of parameters, and how it got there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.core.plotting import styled
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.regression.intervals import Profile, positions_of, quantile
from autograd_lite.transforms.arguments import flatten


def plot_fit(result: Any, axes: Any, level: float) -> Any:
    """Draw data, fit, band and residuals; see `FitResult.plot`."""
    if axes is None:
        with styled() as plt:
            _, axes = plt.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    drawn = np.atleast_1d(np.asarray(axes, dtype=object)).ravel()
    if drawn.size not in (1, 2):
        raise ShapeError(
            f"plot: axes are {drawn.size}, and 2 are drawn in, for the fit and its residuals, or 1 for the fit"
        )
    above, data = drawn[0], result.problem.data
    x, is_place = _places(result)
    bars = data.sigma if data.sigma is not None else None
    above.errorbar(x, data.values, bars, fmt=".", color="black", label="data", zorder=3)
    if is_place:
        grid = np.linspace(x.min(), x.max(), 400)
        low, high = result.confidence_band(grid, level)
        far_low, far_high = result.prediction_band(grid, level, sigma=None if bars is None else float(np.median(bars)))
        above.plot(grid, result.predict(grid), color="C0", label="fit")
        above.fill_between(grid, low, high, color="C0", alpha=0.35, lw=0, label=f"{100 * level:g} % of the fit")
        above.fill_between(grid, far_low, far_high, color="C0", alpha=0.12, lw=0, label=f"{100 * level:g} % of data")
    else:
        above.plot(x, data.values - result.residuals, "x", color="C0", label="fit")
    for below in drawn[1:]:
        below.errorbar(x, result.residuals, bars, fmt=".", color="black")
        below.axhline(0.0, color="C0")
        below.set(ylabel="residual")
    drawn[-1].set(xlabel="x" if is_place else "number of the datum")
    above.set(ylabel="y")
    above.legend()
    return drawn


def _places(result: Any) -> tuple[np.ndarray, bool]:
    """Return where the data are along one axis: x if there is one, else their numbers; and whether it is x."""
    leaves, structure = flatten(result.problem.data.x)
    y = result.problem.data
    if structure is None and leaves[0].ndim == 1 and leaves[0].size == y.size == y.y.size and y.y.ndim == 1:
        return leaves[0], True
    return np.arange(y.size), False


def profile_of(result: Any, name: str, points: int, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Return values of a parameter and the profile t there; see `FitResult.profile`."""
    (position,) = positions_of(result, [name], "profile")
    error = float(np.sqrt(result.covariance[position, position]))
    if not 0.0 < error < np.inf:
        raise StructureError(f"profile: {name!r} has no standard error to go by ({result.parameters[name]})")
    profile = Profile(result, position)
    values = profile.best + error * np.linspace(-reach, reach, points)
    values = np.clip(values, result.problem.lower[position], result.problem.upper[position])
    taus = np.empty(points)
    middle = points // 2
    for order in (range(middle, points), range(middle - 1, -1, -1)):
        for i in order:
            taus[i] = profile.at(float(values[i]))[0]
    return values, taus


def plot_profile(result: Any, names: Sequence[str] | None, axes: Any) -> Any:
    """Draw the profile t of parameters; see `FitResult.plot_profile`."""
    if names is None:  # those that have one
        names = [
            name
            for name, variance in zip(result.names, np.diag(result.covariance), strict=True)
            if 0.0 < variance < np.inf
        ]
    chosen = [names] if isinstance(names, str) else list(names)
    positions_of(result, chosen, "plot_profile")
    if axes is None:
        if not chosen:
            raise StructureError("plot_profile: no parameter of this fit has a standard error to go by")
        columns = min(len(chosen), 4)
        rows = -(-len(chosen) // columns)
        with styled() as plt:
            _, axes = plt.subplots(rows, columns, squeeze=False, figsize=(3.2 * columns, 2.8 * rows))
        for spare in axes.ravel()[len(chosen) :]:
            spare.set_axis_off()
        axes = axes.ravel()[: len(chosen)]
    flat = np.atleast_1d(np.asarray(axes, dtype=object)).ravel()
    reach = quantile(result, 0.95)
    for each, name in zip(flat, chosen, strict=True):
        position = result.names.index(name)
        values, taus = result.profile(name, 21, 1.3 * reach)
        error = float(np.sqrt(result.covariance[position, position]))
        each.plot(values, taus, color="C0", label="profile")
        each.plot(values, (values - result.optimum.x[position]) / error, "--", color="gray", label="linear")
        for level in (-reach, reach):
            each.axhline(level, color="C1", lw=0.8)
        each.set(xlabel=name, ylabel="profile t")
    flat[0].legend()
    return flat


def plot_corner(result: Any, n_bootstrap: int, seed: int) -> Any:
    """Draw each pair of parameters; see `FitResult.plot_corner`."""
    draws = result.bootstrap(n_bootstrap, seed)
    m = len(result.names)
    size = 2.0 * m + 0.5
    with styled() as plt:
        _, axes = plt.subplots(m, m, squeeze=False, sharex="col", figsize=(size, size))
    for i in range(m):
        for j in range(m):
            each = axes[i, j]
            if j > i:
                each.set_axis_off()
            elif i == j:
                each.hist(draws[:, i], bins=30, color="C0", alpha=0.6)
                each.set_yticks([])
            else:
                each.plot(draws[:, j], draws[:, i], ".", ms=2, alpha=0.4, color="C0")
                for line in _ellipses(result, j, i):
                    each.plot(*line, color="C1", lw=1)
            each.locator_params(axis="x", nbins=3)
            each.tick_params(axis="x", labelrotation=30)
            if 0 < j < i:
                each.sharey(axes[i, 0])
                each.tick_params(labelleft=False)
            if i == m - 1:
                each.set_xlabel(result.names[j])
            if j == 0 and i > 0:
                each.set_ylabel(result.names[i])
    return axes


def _ellipses(result: Any, j: int, i: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the ellipses that hold 68 % and 95 % of two normal parameters."""
    block = result.covariance[np.ix_([j, i], [j, i])]
    if not np.all(np.isfinite(block)):
        return []
    values, vectors = np.linalg.eigh(block)
    angle = np.linspace(0.0, 2.0 * np.pi, 100)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    centre = result.optimum.x[[j, i]]
    lines = []
    for level in (0.6827, 0.9545):
        points = centre[:, None] + np.sqrt(-2.0 * np.log1p(-level)) * (root @ circle)
        lines.append((points[0], points[1]))
    return lines


def plot_history(result: Any, axes: Any) -> Any:
    """Draw how the sum of squares fell; see `FitResult.plot_history`."""
    if axes is None:
        with styled() as plt:
            _, axes = plt.subplots()
    values = np.array([record.value for record in result.history])
    axes.semilogy(np.arange(values.size), values, ".-")
    axes.set(xlabel="iteration", ylabel="sum of squares")
    return axes
