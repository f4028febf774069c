"""Pictures of functions and their Taylor polynomials; matplotlib is loaded when the first is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.plotting import pyplot
from autograd_lite.errors import StructureError

#: Colours of M. Okabe & K. Ito (2008), which colour-blind people can tell apart, from the lowest order to the highest.
COLOURS = ("#56b4e9", "#009e73", "#e69f00", "#cc79a7", "#d55e00")


def values_on(function: Any, xs: Any) -> Any:
    """Return a function's values at points, one after another: it need not take arrays."""
    with np.errstate(all="ignore"):
        return np.array([float(np.real(function(x))) for x in xs])


def plot_approximations(polynomial: Any, interval: Any, orders: Any = None, axes: Any = None) -> Any:
    """Draw a function with its Taylor polynomials of rising order.

    Parameters
    ----------
    polynomial : TaylorPolynomial
    interval : pair of float
    orders : sequence of int, optional
    axes : Axes, optional

    Returns
    -------
    Axes
    """
    if polynomial.coefficients.ndim > 1:
        raise StructureError("plot is for functions with scalar values: pick an element in the function")
    if axes is None:
        _, axes = pyplot().subplots(figsize=(6, 4), layout="constrained")
    low, high = (float(end) for end in interval)
    xs = np.linspace(low, high, 401)
    orders = _spread(polynomial) if orders is None else list(orders)
    heights = values_on(polynomial.function, xs) if polynomial.function is not None else values_on(polynomial, xs)
    for order, colour in zip(orders, _colours(len(orders)), strict=True):
        cut = type(polynomial)(polynomial.coefficients[: order + 1], polynomial.x0)
        axes.plot(xs, np.real(cut(xs)), color=colour, linewidth=1.4, label=f"order {order}")
    if polynomial.function is not None:
        axes.plot(xs, heights, color="black", linewidth=2.2, label="function", zorder=3)
    axes.plot(polynomial.x0, np.real(polynomial.coefficients[0]), "o", color="black", markersize=5, zorder=4)
    finite = heights[np.isfinite(heights)]
    if finite.size:
        bottom, top = finite.min(), finite.max()
        margin = 0.35 * (top - bottom) or 1.0
        axes.set_ylim(bottom - margin, top + margin)
    axes.set(xlabel=polynomial.name, xlim=(low, high), title=f"Taylor polynomials about {polynomial.x0:.6g}")
    axes.legend(frameon=False, fontsize="small")
    return axes


def _spread(polynomial: Any) -> list[int]:
    """Return up to five orders whose coefficients are not zero, the last one among them."""
    orders = [k for k in range(polynomial.order + 1) if k and polynomial.coefficients[k] != 0] or [polynomial.order]
    places = np.unique(np.round(np.linspace(0, len(orders) - 1, min(5, len(orders)))).astype(int))
    return [orders[place] for place in places]


def _colours(count: int) -> list[str]:
    places = np.linspace(0, len(COLOURS) - 1, max(count, 1)).round().astype(int)
    return [COLOURS[place] for place in places][:count]
