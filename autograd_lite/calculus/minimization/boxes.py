"""Bounds as users write them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.calculus.minimization.bounded import Box
from autograd_lite.calculus.objective import Packing
from autograd_lite.errors import ShapeError, StructureError


def box_of(bounds: Any, packing: Packing, x0: Any) -> Box:
    """Return bounds as a box.

    Parameters
    ----------
    bounds : pair (lower, upper), list of pairs, or object with ``lb`` and ``ub``
        See `minimize`.
    packing : Packing
        Of the start.
    x0 : array or container
        The start.

    Raises
    ------
    StructureError, ShapeError
        If they do not fit the start, or a lower bound is above an upper one.
    """
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        bounds = (bounds.lb, bounds.ub)
    if type(bounds) is list:
        if len(bounds) != packing.size or not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in bounds):
            raise ShapeError(
                f"minimize(bounds=...): a list must hold a pair (lower, upper) for each of {packing.size} variables, "
                f"and got {bounds!r}; for bounds in the shape of the start pass a tuple (lower, upper)"
            )
        lower = np.array([-np.inf if low is None else low for low, _ in bounds], dtype=float)
        upper = np.array([np.inf if high is None else high for _, high in bounds], dtype=float)
    else:
        if not isinstance(bounds, tuple) or len(bounds) != 2:
            raise StructureError(f"minimize(bounds={bounds!r}): a pair (lower, upper) is needed, or a list of pairs")
        low, high = bounds
        lower = packing.matched(-np.inf if low is None else low, "minimize: the lower bound")
        upper = packing.matched(np.inf if high is None else high, "minimize: the upper bound")
    if not np.all(lower <= upper):
        wrong = int(np.argmin(lower <= upper))
        raise StructureError(
            f"minimize(bounds=...): the lower bound of element {wrong}, {lower[wrong]}, is not below the upper one, "
            f"{upper[wrong]}"
        )
    return Box(lower, upper)
