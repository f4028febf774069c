"""Roots of one variable: published problems, and traps for Newton's method.

"APS n": G. Alefeld, F. Potra & Y. Shi, *Algorithm 748: enclosing zeros of continuous functions*, ACM TOMS 21(3), 1995,
table I, problem n. The traps are the textbooks': cycles, overshooting, flat starts, infinite slopes, multiple roots.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class RootProblem:
    """A function with a root to find.

    Attributes
    ----------
    name : str
    f : callable
    start : float
    roots : tuple of float
        All that count, to full accuracy; () where |f| has to tell.
    bracket : pair of float, or None
    tolerance : float
        Of the root.
    """

    name: str
    f: Callable[[Any], Any]
    start: float
    roots: tuple[float, ...] = ()
    bracket: tuple[float, float] | None = None
    tolerance: float = 1e-12

    def is_solved(self, x: float) -> bool:
        """Say whether a number is one of the roots."""
        if not self.roots:
            return abs(float(self.f(np.float64(x)))) <= self.tolerance
        return any(abs(x - root) <= self.tolerance * max(1.0, abs(root)) for root in self.roots)


def poles(x: Any) -> Any:
    i = np.arange(1, 21)
    return -2 * np.sum((2 * i - 5) ** 2 / (x - i**2) ** 3)


def steep(x: Any, n: int = 20) -> Any:
    c = n + 1
    return np.where(x > 2e-3 / c, math.e - 1.859, np.where(x < 0, -0.859, np.exp(c * x / 2e-3 * 1e3 * 1e-3) - 1.859))


def hidden(x: Any, n: int = 10) -> Any:
    return np.where(x > 0, n / 20 * (x / 1.5 + np.sin(x) - 1), -n / 20)


def flat(x: Any) -> Any:
    safe = np.where(x == 0, 1.0, x)
    return np.where(x == 0, 0.0, safe * np.exp(-1 / safe**2))


ROOT_2 = math.sqrt(2)

PROBLEMS = [
    RootProblem("APS 1", lambda x: np.sin(x) - x / 2, 2.0, (1.8954942670339809,), (math.pi / 2, math.pi)),
    RootProblem("APS 2, first", poles, 2.0, (), (1 + 1e-9, 4 - 1e-9), 1e-9),
    RootProblem("APS 2, last", poles, 90.0, (), (81 + 1e-9, 100 - 1e-9), 1e-9),
    RootProblem("APS 3, a=-40", lambda x: -40 * x * np.exp(-x), 3.0, (0.0,), (-9.0, 31.0)),
    RootProblem("APS 3, a=-200", lambda x: -200 * x * np.exp(-3 * x), 3.0, (0.0,), (-9.0, 31.0)),
    RootProblem("APS 4, n=12", lambda x: x**12 - 0.2, 3.0, (0.2 ** (1 / 12),), (0.0, 5.0)),
    RootProblem("APS 4, n=8, a=1", lambda x: x**8 - 1, 2.0, (1.0,), (-0.95, 4.05)),
    RootProblem("APS 5", lambda x: np.sin(x) - 0.5, 1.0, (math.pi / 6,), (0.0, 1.5)),
    RootProblem("APS 6, n=5", lambda x: 2 * x * np.exp(-5.0) - 2 * np.exp(-5 * x) + 1, 0.5, (), (0.0, 1.0)),
    RootProblem("APS 6, n=100", lambda x: 2 * x * np.exp(-100.0) - 2 * np.exp(-100 * x) + 1, 0.5, (), (0.0, 1.0)),
    RootProblem("APS 7, n=20", lambda x: (1 + 19.0**2) * x - (1 - 20 * x) ** 2, 0.5, (), (0.0, 1.0), 1e-9),
    RootProblem("APS 8, n=20", lambda x: x**2 - (1 - x) ** 20, 0.5, (), (0.0, 1.0)),
    RootProblem("APS 9, n=20", lambda x: (1 + 19.0**4) * x - (1 - 20 * x) ** 4, 0.5, (), (0.0, 1.0), 1e-9),
    RootProblem("APS 10, n=20", lambda x: np.exp(-20 * x) * (x - 1) + x**20, 0.5, (), (0.0, 1.0)),
    RootProblem("APS 11, n=20", lambda x: (20 * x - 1) / (19 * x), 0.5, (0.05,), (0.01, 1.0)),
    RootProblem("APS 12, n=33", lambda x: x ** (1 / 33) - 33 ** (1 / 33), 50.0, (33.0,), (1.0, 100.0)),
    RootProblem("APS 13", flat, 1.0, (0.0,), (-1.0, 4.0)),
    RootProblem("APS 14", hidden, 1.0, (0.6238065189616123,), (-1e4, math.pi / 2)),
    RootProblem("steep between two plateaus", steep, 1e-4, (), (-1e4, 1e-4)),
    RootProblem("cosine is x", lambda x: np.cos(x) - x, 1.0, (0.7390851332151607,)),
    RootProblem("Newton's cubic", lambda x: x**3 - 2 * x - 5, 2.0, (2.0945514815423265,)),
    RootProblem("Kepler, e = 0.99", lambda x: x - 0.99 * np.sin(x) - 0.01, 0.0, (0.3422703164917748,)),
    RootProblem("tiny root", lambda x: x * 1e20 - 1.0, 1.0, (1e-20,), None, 1e-30),
    RootProblem("large root", lambda x: np.log(x) - 40.0, 1.0, (math.exp(40.0),), None, 1e-11),
    # Traps
    RootProblem("cycle of two", lambda x: x**3 - 2 * x + 2, 0.0, (-1.7692923542386314,)),
    RootProblem("flat start of the cycle", lambda x: x**3 - 2 * x + 2, math.sqrt(2 / 3), (-1.7692923542386314,)),
    RootProblem("arctan overshoots", np.arctan, 1.5, (0.0,)),
    RootProblem("arctan far out", np.arctan, 50.0, (0.0,)),
    RootProblem("cube root", np.cbrt, 1.0, (0.0,)),
    RootProblem("signed square root", lambda x: np.sign(x) * np.sqrt(np.abs(x)), 1.0, (0.0,)),
    RootProblem("logarithm leaves its domain", np.log, 3.0, (1.0,)),
    RootProblem("flatter than any power", flat, 1.0, (0.0,)),
    RootProblem("double root", lambda x: (x - 1) ** 2 * np.exp(x), 3.0, (1.0,)),
    RootProblem("double root, expanded", lambda x: x**2 - 2 * ROOT_2 * x + ROOT_2**2, 3.0, (ROOT_2,), None, 2e-8),
    RootProblem("triple root, expanded", lambda x: x**3 - 3 * x**2 + 3 * x - 1, 3.0, (1.0,)),
    RootProblem("fourfold root", lambda x: (x - 2) ** 4, 5.0, (2.0,)),
    RootProblem("cosine and a parabola touch", lambda x: np.cos(x) - 1, 0.5, (0.0,)),
    RootProblem("zero slope at the start", lambda x: x**2 - 2, 0.0, (-ROOT_2, ROOT_2)),
    RootProblem("hyperbolic tangent, saturated", lambda x: np.tanh(x - 1), 20.0, (1.0,)),
    RootProblem("a pole nearby", lambda x: 1 / x - 1e-3, 1.0, (1000.0,)),
    RootProblem("bracket around pole and root", lambda x: np.tan(x) - x, 4.4, (4.493409457909064,), (3.5, 4.6)),
]
