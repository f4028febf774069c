"""Functions that intervals, and precise numbers, have as compositions; others go by rules, which keep more digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.calculus.series.coefficients import number
from autograd_lite.calculus.series.intervals import Interval


def _constant(value: float, like: Any) -> Any:
    """Return the constant that a rounded one stands for, beside a series."""
    found = number(value, like.data)
    return found if isinstance(found, Interval) else np.asarray(found)


def _sinc(x: Any, order: int) -> Any:
    assert order == 0  # derivatives of sinc are for its own rule
    angle = x * _constant(math.pi, x)
    return np.sin(angle) / angle


def _logaddexp2(x: Any, y: Any) -> Any:
    log_2 = _constant(math.log(2), x if hasattr(x, "data") else y)
    return np.logaddexp(x * log_2, y * log_2) / log_2


#: NumPy's function, or the name of a primitive of the package, and how they have it.
COMPOSITIONS: dict[Any, Callable[..., Any]] = {
    ("sinc", "order"): _sinc,
    np.logaddexp2: lambda x, y: _logaddexp2(x, y),
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
        special.exp10: lambda x: np.exp(x * _constant(math.log(10), x)),
        special.logit: lambda x: np.log(x) - np.log1p(-x),
        special.ndtr: lambda x: 0.5 * special.erfc(-x * _constant(math.sqrt(0.5), x)),
    }
