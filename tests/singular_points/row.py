"""What a row of the table of singular points is, and the namespace that its functions take."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

import autograd_lite.numpy
import autograd_lite.scipy.special

INF, NAN, PI = math.inf, math.nan, math.pi

MEAN = "any slope between those of both sides is right; ours is their mean"
SHARED = "any split that adds up to 1 is right; ours is even"
BRANCH = "the branch taken is constant: the other one's infinite slope does not count"
ZERO_WINS = "the factor that is zero makes the whole zero there, faster than the other grows"
LIMIT = "the limit from the side where the function is defined"


class Between(NamedTuple):
    """The right answers where there are several: element by element, and for the sum of all if ``total`` is given."""

    low: Any
    high: Any
    total: float | None = None


class Point(NamedTuple):
    """A function whose outputs are summed, where it is differentiated, and what comes out.

    Parameters
    ----------
    name : str
    fn : callable
        ``fn(np, x)`` of a namespace like NumPy's, with that of `scipy.special` as ``np.special``.
    x : list or float
    slope : list or float
        The gradient that we give.
    why : str
        The reason for the right answer, in words.
    second : list or float, optional
        The gradient that we give of the sum of slopes, where it is to be checked.
    truth, second_truth : list, float or Between, optional
        The right answers; those we give if left out.
    warns : str
        In which derivatives a `SingularPointWarning` is due: words among "first", "jacobian", "second", "hessian".
    forward : list or float, optional
        What forward mode gives, if not the same.
    dtype : type
    """

    name: str
    fn: Callable[[Any, Any], Any]
    x: Any
    slope: Any
    why: str
    second: Any = None
    truth: Any = None
    second_truth: Any = None
    warns: str = ""
    forward: Any = None
    dtype: type = numpy.float64


class Namespace:
    """NumPy's names for Tensors, and those of `scipy.special` as ``special``."""

    special = autograd_lite.scipy.special

    def __getattr__(self, name: str) -> Any:
        return getattr(autograd_lite.numpy, name)


OURS = Namespace()


def row(name: str, fn: Callable[[Any, Any], Any], x: Any, slope: Any, why: str, **answers: Any) -> Point:
    """Return a point; the reason stands before the answers beyond the first."""
    return Point(name, fn, x, slope, why, **answers)
