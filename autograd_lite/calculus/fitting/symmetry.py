"""Of several equal solutions, the one that is most like the start.

Some models do not change when parameters change signs (the width of a peak) or places (the rates of two exponentials
with the same form). A long step may lead to another of the equal solutions than the start pointed to. Here the signs
and the order of the start are put back, wherever that leaves the cost as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from autograd_lite.calculus.fitting.factors import Factors
from autograd_lite.calculus.fitting.problem import Problem

#: How closely the cost has to stay the same.
_EQUAL = 1e-7


def like_the_start(
    problem: Problem, x: np.ndarray, start: np.ndarray, cost: float, linear: tuple[int, ...]
) -> np.ndarray:
    """Return the equal solution whose signs and order are those of the start, or ``x``.

    Parameters
    ----------
    problem : Problem
    x : ndarray of shape (m,)
        A minimum.
    start : ndarray of shape (m,)
    cost : float
        At ``x``.
    linear : tuple of int
        The parameters that are solved for after the others have changed.
    """
    for candidate in _candidates(x, start, linear):
        where = problem.at(candidate)
        if not np.isfinite(where.cost):
            continue
        if abs(where.cost - cost) <= _EQUAL * cost:
            return candidate
        if linear and np.all(np.isfinite(where.jacobian)):
            factors = Factors(where.jacobian, where.residuals, _positive(where.jacobian), linear)
            if not factors.eliminated:
                continue
            solved = candidate + factors.linear_step()
            residuals = where.residuals + where.jacobian @ (solved - candidate)
            if abs(float(residuals @ residuals) - cost) <= _EQUAL * cost:
                return solved
    return x


def _candidates(x: np.ndarray, start: np.ndarray, linear: tuple[int, ...]) -> Iterator[np.ndarray]:
    others = [i for i in range(x.size) if i not in linear]
    flipped = [i for i in others if x[i] * start[i] < 0.0]
    for count in range(len(flipped[:3]), 0, -1):
        for chosen in combinations(flipped[:3], count):
            candidate = x.copy()
            candidate[list(chosen)] *= -1.0
            yield candidate
            with_linear = [i for i in linear if x[i] * start[i] < 0.0]
            if with_linear:
                candidate = candidate.copy()
                candidate[with_linear] *= -1.0
                yield candidate
    swapped = [(i, j) for i, j in combinations(others, 2) if (x[i] - x[j]) * (start[i] - start[j]) < 0.0]
    for i, j in swapped[:6]:
        candidate = x.copy()
        candidate[[i, j]] = x[[j, i]]
        yield candidate


def _positive(jacobian: np.ndarray) -> np.ndarray:
    lengths = np.sqrt(np.einsum("ij,ij->j", jacobian, jacobian))
    return np.where(lengths > 0.0, lengths, 1.0)
