"""The second table: kinks, ties, bounds, and products of zero and infinity, with the right answers written down.

The zeros that ``where``, ``maximum``, ``clip``, ``max`` and indexing send back are structural: they win over an
infinite derivative without a word. A zero from a local derivative that vanishes wins by convention, and a
`SingularPointWarning` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.rules.softmax import logsumexp

INF = np.inf


class Point(NamedTuple):
    """A function whose outputs are summed, where it is differentiated, and what must come out.

    Parameters
    ----------
    name : str
    fn : callable
    x : list or float
    slope : list or float
    second : list or float, optional
        The derivative of the sum of slopes, where it is to be checked.
    conventional : bool
        Whether a `SingularPointWarning` is due in the first derivative.
    """

    name: str
    fn: Callable[[Any], Any]
    x: Any
    slope: Any
    second: Any = None
    conventional: bool = False


def _where_positive(function: Any) -> Any:
    return lambda x: np.where(x > 0, function(x), 0)


KINKS = [
    Point("|x|", np.absolute, [-2.0, 0.0, 3.0], [-1, 0, 1], [0, 0, 0]),
    Point("fabs", np.fabs, [0.0], [0], [0]),
    Point("max shares a tie", np.max, [1.0, 3.0, 3.0], [0, 0.5, 0.5], [0, 0, 0]),
    Point("max of equal elements", np.max, [2.0, 2.0, 2.0, 2.0], [0.25] * 4),
    Point("min shares a tie", np.min, [1.0, 3.0, 1.0], [0.5, 0, 0.5]),
    Point("max along an axis", lambda x: np.max(x, axis=1), [[1.0, 1.0], [0.0, 2.0]], [[0.5, 0.5], [0, 1]]),
    Point("maximum with 0", lambda x: np.maximum(x, 0), [-1.0, 0.0, 1.0], [0, 0.5, 1]),
    Point("minimum with 0", lambda x: np.minimum(0.0, x), [-1.0, 0.0, 1.0], [1, 0.5, 0]),
    Point("maximum of itself", lambda x: np.maximum(x, x), [1.0, -2.0], [1, 1]),
    Point("fmax with NaN", lambda x: np.fmax(x, np.array([np.nan, 0.0])), [1.0, 1.0], [1, 1]),
    Point("clip on its bounds", lambda x: np.clip(x, -1, 1), [-2.0, -1.0, 0.0, 1.0, 2.0], [0, 1, 1, 1, 0], [0] * 5),
    Point("hypot at 0", lambda x: np.hypot(x, 0.0), [0.0, 2.0], [0, 1]),
    Point("norm at 0", np.linalg.norm, [0.0, 0.0], [0, 0]),
    Point("norm of rows", lambda x: np.linalg.norm(x, axis=1), [[0.0, 0.0], [3.0, 4.0]], [[0, 0], [0.6, 0.8]]),
    Point("std of equal elements", np.std, [2.0, 2.0], [0, 0]),
    Point("var of equal elements", np.var, [2.0, 2.0], [0, 0], [0, 0]),
    Point("x**0 at 0", lambda x: x**0, [0.0, 2.0], [0, 0], [0, 0]),
    Point("x**1 at 0", lambda x: x**1, [0.0, 2.0], [1, 1], [0, 0]),
    Point("x**2 at 0", lambda x: x**2, [0.0, -1.0], [0, -2], [2, 2]),
    Point("x**3 at 0", lambda x: x**3, [0.0, -1.0], [0, 3], [0, -6]),
    Point("x**array at 0", lambda x: x ** np.array([0.0, 1.0, 2.0, 3.0]), [0.0] * 4, [0, 1, 0, 0], [0, 0, 2, 0]),
    Point("0**x", lambda x: 0.0**x, [1.0, 2.0], [0, 0], [0, 0]),
    Point("prod of two zeros", np.prod, [0.0, 0.0, 2.0], [0, 0, 0], [2, 2, 0]),
]

STRUCTURAL = [
    Point("where(x > 0, sqrt(x), 0)", _where_positive(np.sqrt), [-1.0, 0.0, 4.0], [0, 0, 0.25], [0, 0, -1 / 32]),
    Point("where(x > 0, log(x), 0)", _where_positive(np.log), [-1.0, 0.0, 4.0], [0, 0, 0.25], [0, 0, -1 / 16]),
    Point("where(x > 0, x**0.5, 0)", _where_positive(lambda x: x**0.5), [0.0, 4.0], [0, 0.25], [0, -1 / 32]),
    Point("where(x > 0, 1 / x, 0)", _where_positive(lambda x: 1 / x), [0.0, 2.0], [0, -0.25], [0, 0.25]),
    Point("where(x > 0, norm(x), 0)", _where_positive(np.linalg.norm), [0.0, 0.0], [0, 0]),
    Point("sinc by where", lambda x: np.where(x == 0, 1.0, np.sin(x) / x), [0.0, np.pi], [0, -1 / np.pi]),
    Point("sqrt(maximum(x, 0)) below 0", lambda x: np.sqrt(np.maximum(x, 0)), [-1.0, 4.0], [0, 0.25]),
    Point("sqrt(clip(x))", lambda x: np.sqrt(np.clip(x, 0, 9)), [-1.0, 4.0, 16.0], [0, 0.25, 0]),
    Point("sqrt(x)[1:]", lambda x: np.sqrt(x)[1:], [0.0, 4.0], [0, 0.25]),
    Point("max of roots", lambda x: np.max(np.sqrt(x)), [0.0, 4.0], [0, 0.25]),
    Point("maximum(sqrt(x), 1)", lambda x: np.maximum(np.sqrt(x), 1.0), [0.0, 4.0], [0, 0.25]),
    Point("clip(log(x))", lambda x: np.clip(np.log(x), -1, 9), [0.0, 1.0], [0, 1]),
    Point("take of roots", lambda x: np.take(np.sqrt(x), [1, 1]), [0.0, 4.0], [0, 0.5]),
    Point("at.set over a root", lambda x: np.sqrt(x).at[0].set(1.0), [0.0, 4.0], [0, 0.25]),
    Point("tril of roots", lambda x: np.tril(np.sqrt(x)), [[4.0, 0.0], [1.0, 1.0]], [[0.25, 0], [0.5, 0.5]]),
    Point("sin(x)**2 at 0", lambda x: np.sin(x) ** 2, [0.0], [0], [2]),
    Point("logsumexp with -inf", logsumexp, [-INF, 0.0, 0.0], [0, 0.5, 0.5], [0, 0, 0]),
    Point("logaddexp of -inf twice", lambda x: np.logaddexp(x, x), [-INF], [1]),
    Point("tanh far out", np.tanh, [-400.0, 400.0], [0, 0], [0, 0]),
    Point("sqrt at 0 is infinite", np.sqrt, [0.0, 4.0], [INF, 0.25]),
]

CONVENTIONAL = [
    Point("x * x**0.5", lambda x: x * x**0.5, [0.0, 4.0], [0, 3], conventional=True),
    Point("x * sqrt(x)", lambda x: x * np.sqrt(x), [0.0, 4.0], [0, 3], conventional=True),
    Point("x * log(x)", lambda x: x * np.log(x), [0.0, 1.0], [-INF, 1], conventional=True),
    Point("logistic", lambda x: 1 / (1 + np.exp(-x)), [-800.0, 0.0, 800.0], [0, 0.25, 0], [0, 0, 0], conventional=True),
    Point("sqrt(x) * sqrt(x)", lambda x: np.sqrt(x) * np.sqrt(x), [0.0, 4.0], [0, 1], conventional=True),
    Point("exp(log(x))", lambda x: np.exp(np.log(x)), [0.0, 1.0], [0, 1], conventional=True),
]

POINTS = [*KINKS, *STRUCTURAL, *CONVENTIONAL]
