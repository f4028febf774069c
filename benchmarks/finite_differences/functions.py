"""The functions whose derivatives are taken, and their derivatives by hand, in whatever precision they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Example(NamedTuple):
    """A function and what its derivative is.

    Attributes
    ----------
    formula : str
        For the page.
    f : callable
        In NumPy functions; takes arrays of real or complex numbers, and Tensors.
    derivative : callable
        Its gradient, Jacobian or Hessian by hand.
    """

    formula: str
    f: Callable[[Any], Any]
    derivative: Callable[[np.ndarray], np.ndarray]


# One variable: the example of W. Squire & G. Trapp, *Using complex variables to estimate derivatives of real functions*
# (SIAM Review 40, 1998), at their point.

POINT = 1.5


def squire_trapp(x: Any) -> Any:
    """Return exp(x) / (sin³ x + cos³ x)."""
    return np.exp(x) / (np.sin(x) ** 3 + np.cos(x) ** 3)


def squire_trapp_slope(x: Any) -> Any:
    """Return its derivative."""
    sine, cosine = np.sin(x), np.cos(x)
    below = sine**3 + cosine**3
    return np.exp(x) / below * (1 - 3 * sine * cosine * (sine - cosine) / below)


CURVE = Example("exp(x) / (sin³ x + cos³ x) at x = 1.5", squire_trapp, squire_trapp_slope)


# Any number of variables: each term holds two neighbours, the last one the first.


def coupled(x: Any) -> Any:
    """Return Σ exp(sin(x_i) x_{i+1} / 2)."""
    return np.sum(np.exp(0.5 * np.sin(x) * np.roll(x, -1)))


def coupled_gradient(x: np.ndarray) -> np.ndarray:
    """Return its gradient."""
    half = x.dtype.type(0.5)
    following, sine = np.roll(x, -1), np.sin(x)
    terms = half * np.exp(half * sine * following)
    return terms * np.cos(x) * following + np.roll(terms * sine, 1)


GRADIENT = Example("Σ exp(sin(x_i) x_{i+1} / 2), cyclic", coupled, coupled_gradient)


def point(n: int) -> np.ndarray:
    """Return where the derivatives in n variables are taken; float32 numbers, so that both precisions mean the same."""
    return np.random.default_rng(n).uniform(-1.0, 1.0, n).astype(np.float32).astype(np.float64)


# A square Jacobian


def network(n: int, dtype: Any = np.float64) -> Example:
    """Return tanh(B tanh(A x)) for n inputs and outputs, with matrices of this precision."""
    rng = np.random.default_rng(0)
    a, b = ((rng.normal(size=(n, n)) / n**0.5).astype(np.float32) for _ in "ab")

    def f(x: Any) -> Any:
        return np.tanh(b_ @ np.tanh(a_ @ x))

    def by_hand(x: np.ndarray) -> np.ndarray:
        inner = np.tanh(a.astype(x.dtype) @ x)
        outer = np.tanh(b.astype(x.dtype) @ inner)
        return (1 - outer**2)[:, None] * ((b.astype(x.dtype) * (1 - inner**2)) @ a.astype(x.dtype))

    a_, b_ = a.astype(dtype), b.astype(dtype)
    return Example("tanh(B tanh(A x))", f, by_hand)


# A Hessian


def rosenbrock(x: Any) -> Any:
    """Return Σ 100 (x_{i+1} - x_i²)² + (1 - x_i)²."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_hessian(x: np.ndarray) -> np.ndarray:
    """Return its Hessian."""
    n = len(x)
    made = np.zeros((n, n), x.dtype)
    rows = np.arange(n - 1)
    made[rows, rows] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    made[rows + 1, rows + 1] += 200
    made[rows, rows + 1] = made[rows + 1, rows] = -400 * x[:-1]
    return made


HESSIAN = Example("the Rosenbrock function", rosenbrock, rosenbrock_hessian)


def error(found: Any, example: Example, x: np.ndarray, columns: Any = slice(None)) -> float:
    """Return the largest error of a derivative, relative to the largest element of the right one."""
    truth = example.derivative(np.asarray(x, dtype=np.longdouble))
    wrong = np.max(np.abs(np.asarray(found, dtype=np.longdouble) - truth[..., columns]))
    return float(wrong / np.max(np.abs(truth)))
