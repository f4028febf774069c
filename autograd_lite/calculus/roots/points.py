"""A function of one number, at points: its value, and its first two derivatives when asked for."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from autograd_lite.calculus.objective import Evaluated, Objective


class Point:
    """A scalar function at a number.

    Attributes
    ----------
    x : float
    f : float
        It may be infinite or NaN.
    evaluated : Evaluated
        What was recorded there.
    """

    def __init__(self, x: float, evaluated: Evaluated):
        self.x = x
        self.f = evaluated.value
        self.evaluated = evaluated

    @functools.cached_property
    def slope(self) -> float:
        """The derivative; where 0 · ∞ is 0 by convention, nobody needs to be warned: only steps are made of it."""
        with np.errstate(all="ignore"):
            return float(self.evaluated.gradient[0])

    @functools.cached_property
    def curvature(self) -> float:
        """The second derivative."""
        with np.errstate(all="ignore"):
            return float(self.evaluated.hessian[0, 0])

    @property
    def is_finite(self) -> bool:
        """Whether the value is."""
        return math.isfinite(self.f)

    @property
    def size(self) -> float:
        """|f|, infinite where f is NaN: how far from a root."""
        return abs(self.f) if self.f == self.f else math.inf

    def newton_step(self) -> float:
        """Return -f / f', NaN or infinite where that is undefined."""
        return divided(-self.f, self.slope)

    def halley_step(self) -> float:
        """Return -2 f f' / (2 f'² - f f''), Halley's step (1694), with the division done first against overflow."""
        step = self.newton_step()
        bent = 1 + 0.5 * step * divided(self.curvature, self.slope)
        return divided(step, bent)

    def multiplicity(self) -> float:
        """Return 1 / (1 - f f'' / f'²), which tends to the multiplicity of a root (E. Schröder, 1870)."""
        return divided(1.0, 1 + self.newton_step() * divided(self.curvature, self.slope))


def divided(a: float, b: float) -> float:
    """Return a / b as IEEE 754 has it, where Python raises."""
    if b:
        return a / b
    return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


class ScalarProblem:
    """A scalar function of one number that is evaluated at points.

    Parameters
    ----------
    objective : Objective
        Of a start of size one.
    """

    def __init__(self, objective: Objective):
        self.objective = objective

    def at(self, x: float) -> Point:
        """Run the function at a number."""
        return Point(x, self.objective.at(np.array([x])))


@dataclass(frozen=True)
class Bracket:
    """Two points between which a function changes its sign.

    Attributes
    ----------
    low, high : Point
        ``low.x < high.x``, and the values have opposite signs.
    """

    low: Point
    high: Point

    @property
    def width(self) -> float:
        """The distance of the ends."""
        return self.high.x - self.low.x

    @property
    def better(self) -> Point:
        """The end with the smaller |f|."""
        return self.low if self.low.size <= self.high.size else self.high

    def contains(self, x: float) -> bool:
        """Say whether a number lies strictly inside."""
        return self.low.x < x < self.high.x

    def cut(self, point: Point) -> Bracket:
        """Return the part of it, up to a point inside, in which the sign changes."""
        return Bracket(point, self.high) if (point.f > 0) == (self.low.f > 0) else Bracket(self.low, point)

    def middle(self) -> float:
        """Return a number that halves it: 0 if that is inside, else the mean, geometric where the ends differ in scale.

        Zero splits magnitudes evenly, and the geometric mean halves the exponents, so that any of the 2⁶⁴ numbers is
        reached in about a hundred steps.
        """
        a, b = self.low.x, self.high.x
        if a < 0 < b:
            return 0.0
        small, large = sorted((abs(a), abs(b)))
        if small == 0:
            small = min(large, 1e-300) if large < 1e-150 else large * 1e-16
        if large > 1000 * small:
            return math.copysign(math.sqrt(small) * math.sqrt(large), a if a else b)
        return a + 0.5 * (b - a)


def bracket_of(p: Point, q: Point) -> Bracket | None:
    """Return the bracket that two points make, if their values are numbers of opposite signs."""
    if not (p.f < 0 < q.f or q.f < 0 < p.f):
        return None
    return Bracket(p, q) if p.x < q.x else Bracket(q, p)
