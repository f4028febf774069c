"""The last digits of roots of higher multiplicity, where f is flat and drowns in its round-off.

Near a root r of multiplicity m, f is lost in round-off as soon as |x - r| < ε^(1/m), 1e-8 for a double root. But r is a
simple root of the derivative f^(m-1), which is found to full accuracy; whether f vanishes there, up to its round-off,
is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.calculus.roots.points import Bracket, Point, ScalarProblem, divided
from autograd_lite.core.tensor import Tensor
from autograd_lite.transforms.reverse import grad

_EPSILON = float(np.finfo(float).eps)

#: Beyond, derivatives of that order cost more than the digits are worth.
_HIGHEST = 6

#: Where f is looked at to see how flat it is, relative to the root: nearer, roots of fivefold multiplicity are noise.
_ASIDES = (1e-3, 1e-2, 3e-2)


def multiplicity_near(problem: ScalarProblem, x: float) -> int:
    """Return the multiplicity of a root at about ``x``, as f tells at two points beside it; 1 if they disagree."""
    for share in _ASIDES:
        aside = share * max(abs(x), 1e-3)
        estimates = [point.multiplicity() for point in (problem.at(x - aside), problem.at(x + aside))]
        nearest = {round(each) if 1.5 < each < _HIGHEST + 0.5 else 1 for each in estimates}
        # The estimates err to both sides by shares of the distance, so that their mean is nearer.
        if len(nearest) == 1 and nearest != {1} and abs(sum(estimates) / 2 - min(nearest)) <= 0.02 * min(nearest):
            return nearest.pop()
    return 1


def refined(problem: ScalarProblem, function: Callable[..., Any], at: Point, multiplicity: int) -> Point | None:
    """Return the point near ``at`` where f^(m-1) vanishes, if f vanishes there up to its round-off; else None.

    Parameters
    ----------
    problem : ScalarProblem
    function : callable
        Of one number, with Tensors.
    at : Point
    multiplicity : int
        2 or more.

    Returns
    -------
    Point or None
    """
    lower = function
    for _ in range(multiplicity - 1):
        lower = grad(lower)
    upper = grad(lower)
    x = at.x
    with np.errstate(all="ignore"):
        for _ in range(20):
            step = divided(-_number(lower(x)), _number(upper(x)))
            if not math.isfinite(step) or abs(x + step - at.x) > 0.1 * max(1.0, abs(at.x)):
                return None
            x += step
            if abs(step) <= _EPSILON * abs(x):
                break
        highest = abs(_number(upper(x)))
    point = problem.at(x)
    # What the round-off of terms of the size of the leading one, f^(m) x^m / m!, makes.
    noise = 1e3 * _EPSILON * highest * abs(x) ** multiplicity / math.factorial(multiplicity)
    return point if point.size <= noise else None


def _number(value: Any) -> float:
    """Return a derivative as a plain number: what the function closes over may be in the course of differentiation."""
    return float(value.data if isinstance(value, Tensor) else value)


def middle_of_plateau(problem: ScalarProblem, at: Point, bracket: Bracket | None) -> Point | None:
    """Return the middle of the interval around a point in which f is exactly zero, because it underflows.

    Parameters
    ----------
    problem : ScalarProblem
    at : Point
        Where f is zero.
    bracket : Bracket or None
        Ends where it is not.

    Returns
    -------
    Point or None
        None if the interval has no end.
    """
    ends = []
    for sign, end in ((-1.0, bracket and bracket.low.x), (1.0, bracket and bracket.high.x)):
        outside = end if end is not None else _outside(problem, at.x, sign)
        if outside is None:
            return None
        inside = at.x
        for _ in range(60):
            middle = inside + 0.5 * (outside - inside)
            if middle in (inside, outside):
                break
            if problem.at(middle).f == 0:
                inside = middle
            else:
                outside = middle
        ends.append(inside)
    return problem.at(ends[0] + 0.5 * (ends[1] - ends[0]))


def _outside(problem: ScalarProblem, x: float, sign: float) -> float | None:
    """Return a number on one side at which f is not zero, doubling the distance; None if there is none."""
    distance = 1e-3 * max(abs(x), 1e-3)
    for _ in range(60):
        if problem.at(x + sign * distance).f != 0:
            return x + sign * distance
        distance *= 2
    return None
