"""Functions that intervals have as compositions of others; numbers go by rules of their own, which keep more digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.calculus.series.intervals import Interval


def _around(value: float) -> Interval:
    """Return the interval that holds what a rounded constant stands for."""
    return Interval(np.nextafter(value, -np.inf), np.nextafter(value, np.inf))


_PI, _LOG_2, _LOG_10, _ROOT_HALF = map(_around, (math.pi, math.log(2), math.log(10), math.sqrt(0.5)))


def _sinc(x: Any, order: int) -> Any:
    assert order == 0  # derivatives of sinc are for its own rule
    angle = x * _PI
    return np.sin(angle) / angle


#: NumPy's function, or the name of a primitive of the package, and how intervals have it.
COMPOSITIONS: dict[Any, Callable[..., Any]] = {
    ("sinc", "order"): _sinc,
    np.logaddexp2: lambda x, y: np.logaddexp(x * _LOG_2, y * _LOG_2) / _LOG_2,
    np.fmax: lambda x, y: np.maximum(x, y),
    np.fmin: lambda x, y: np.minimum(x, y),
    np.clip: lambda x, low, high, **_: np.minimum(np.maximum(x, low), high),
}


def of_scipy(special: Any) -> dict[Any, Callable[..., Any]]:
    """Return the same of SciPy's special functions."""
    return {
        special.xlogy: lambda x, y: x * np.log(y),
        special.xlog1py: lambda x, y: x * np.log1p(y),
        special.entr: lambda x: -x * np.log(x),
        special.exp10: lambda x: np.exp(x * _LOG_10),
        special.logit: lambda x: np.log(x) - np.log1p(-x),
        special.ndtr: lambda x: 0.5 * special.erfc(-x * _ROOT_HALF),
    }
