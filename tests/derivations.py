"""Functions whose derivations are tested: of one number, of several, and of arrays."""

# ruff: noqa: N803 - matrices have capital letters

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.special as sc

import autograd_lite.scipy.special as asc


class Case(NamedTuple):
    """A function, an example, and how far other points may be from it."""

    f: Callable[..., Any]
    at: tuple[Any, ...]
    spread: float = 0.1

    def elsewhere(self, count: int = 3) -> list[tuple[Any, ...]]:
        """Return other points, the same in every run."""
        rng = np.random.default_rng(7)
        return [tuple(x + self.spread * rng.uniform(-1, 1, np.shape(x)) for x in self.at) for _ in range(count)]


def _reused(x: Any) -> Any:
    y = np.exp(x)
    return y * y + np.sin(y) / y


def _looped(x: Any) -> Any:
    total = 0.0
    for k in range(1, 6):
        total = total + x**k / k
    return total


def _gelu(x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


_ONE: dict[str, Callable[..., Any]] = {
    "polynomial": lambda x: x**3 - 2 * x**2 + x - 7,
    "rational": lambda x: (x**2 + 1) / (x - 3),
    "gaussian": lambda x: np.exp(-((x - 1) ** 2) / (2 * 0.3**2)) / np.sqrt(2 * np.pi),
    "logarithm": lambda x: np.log(1 + x * x),
    "logarithms": lambda x: np.log2(x + 3) * np.log10(x + 4) + np.log1p(x),
    "exponentials": lambda x: np.expm1(x) * np.exp2(x),
    "trigonometric": lambda x: np.sin(x) * np.cos(x) + np.tan(x),
    "hyperbolic": lambda x: np.sinh(x) / np.cosh(x) + np.tanh(x),
    "inverse": lambda x: np.arcsin(x / 3) + np.arccos(x / 3) * np.arctan(x),
    "inverse hyperbolic": lambda x: np.arcsinh(x) + np.arctanh(x / 5) + np.arccosh(x + 2),
    "roots": lambda x: np.sqrt(x + 2) * np.cbrt(x),
    "power of itself": lambda x: x**x,
    "powers": lambda x: 2**x + x**2.5 + np.square(x) + np.reciprocal(x + 4),
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "expit": lambda x: sc.expit(x) * x,
    "softplus": lambda x: np.logaddexp(0, x),
    "softplus by hand": lambda x: np.log1p(np.exp(x)),
    "erf": lambda x: sc.erf(x / 2) + sc.erfc(x),
    "gamma": lambda x: sc.gamma(x + 1) + sc.gammaln(x + 1),
    "bessel": lambda x: sc.j0(x) * sc.j1(x),
    "incomplete beta": lambda x: sc.betainc(2.0, 3.0, x / 9),
    "sinc": lambda x: np.sinc(x),
    "absolute": lambda x: np.abs(x - 2) + abs(x),
    "relu": lambda x: np.maximum(x, 0) ** 2,
    "clip": lambda x: np.clip(x, -1, 2) * x,
    "where": lambda x: np.where(x > 0.8, np.sqrt(np.abs(x)), x**2),
    "minimum": lambda x: np.minimum(x, x**2),
    "decision": lambda x: np.sin(x) if x > 0.8 else x * x,
    "remainder": lambda x: (x % 0.6) * x,
    "steps": lambda x: np.sign(x) * np.floor(x) * x**3 + np.heaviside(x, 0.5) * x,
    "reused": _reused,
    "loop": _looped,
    "gelu": _gelu,
    "constant": lambda x: x * 0 + 3,
    "identity": lambda x: -np.negative(x),
    "hypotenuse": lambda x: np.hypot(x, 3),
}

_TWO: dict[str, Case] = {
    "product": Case(lambda x, y: x * y + np.sin(x * y), (0.7, 1.3)),
    "quotient": Case(lambda x, y: x / y - y / x, (1.2, 1.0)),
    "power": Case(lambda x, y: x**y, (1.2, 2.3)),
    "arctan2": Case(lambda x, y: np.arctan2(y, x), (1.2, -2.3)),
    "hypot": Case(lambda x, y: np.hypot(x, y), (1.2, -2.3)),
    "maximum": Case(lambda x, y: np.maximum(x, y) * x, (1.2, 1.3)),
    "logaddexp": Case(lambda x, y: np.logaddexp(x, y), (1.0, 2.0)),
    "rosenbrock": Case(lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, (1.2, 1.0)),
    "network": Case(lambda a, b, c, d: np.tanh(c * np.tanh(a * 0.5 + b) + d) ** 2, (0.1, 0.2, 0.3, 0.4)),
    "shared": Case(lambda x, y: np.exp(x * y) / (1 + np.exp(x * y)) + (x - y) ** 2, (0.4, -0.7)),
}

_V = np.array([0.5, -1.2, 2.0])
_W = np.arange(6.0).reshape(2, 3) / 5 + 0.1
_TARGET = np.array([1.0, 0.0, 0.0])

_MANY: dict[str, Case] = {
    "sum": Case(lambda x: np.sum(x * x), (_V,)),
    "dot": Case(lambda x, y: np.dot(x, y), (_V, _V + 1)),
    "matmul": Case(lambda W, x: np.sum((W @ x) ** 2), (_W, _V)),
    "matrices": Case(lambda A, B: np.sum(np.sin(A @ B)), (_W, _W.T.copy())),
    "mean": Case(lambda x: np.mean(x**2), (_V,)),
    "mean of rows": Case(lambda W: np.sum(np.mean(W, axis=1) ** 2), (_W,)),
    "sum of columns": Case(lambda W: np.sum(np.sum(W, axis=0, keepdims=True) * W), (_W,)),
    "norm": Case(lambda x: np.linalg.norm(x), (_V,)),
    "softmax": Case(lambda x: np.sum(asc.softmax(x) * np.array([1.0, 2.0, 3.0])), (_V,)),
    "softmax of rows": Case(lambda W: np.sum(asc.softmax(W, axis=1) ** 2), (_W,)),
    "softmax by hand": Case(lambda x: np.sum((np.exp(x) / np.sum(np.exp(x))) ** 2), (_V,)),
    "logsumexp": Case(lambda x: asc.logsumexp(x), (_V,)),
    "cross entropy": Case(lambda x: -np.sum(_TARGET * asc.log_softmax(x)), (_V,)),
    "reshape": Case(lambda x: np.sum(np.reshape(x, (3, 2)) @ np.array([1.0, 2.0])), (_W,)),
    "transpose": Case(lambda W: np.sum((W.T @ W) ** 2), (_W,)),
    "indexing": Case(lambda x: x[0] * x[1] + x[2] ** 2, (_V,)),
    "slices": Case(lambda x: np.sum(x[1:] * x[:-1]), (_V,)),
    "repeated indices": Case(lambda x: np.sum(x[[0, 0, 2]] ** 2), (_V,)),
    "iteration": Case(lambda x: sum(a * a for a in x), (_V,)),
    "maximum": Case(lambda x: np.max(x) * x[0], (_V,)),
    "variance": Case(lambda x: np.var(x) + np.std(x), (_V,)),
    "product": Case(lambda x: np.prod(x), (_V,)),
    "cumulative": Case(lambda x: np.sum(np.cumsum(x) ** 2), (_V,)),
    "einsum": Case(lambda W, x: np.sum(np.einsum("ij,j->i", W, x) ** 2), (_W, _V)),
    "einsum transposed": Case(lambda A, B: np.sum(np.einsum("ij,kj->ki", A, B) ** 2), (_W, _W + 1)),
    "trace": Case(lambda W: np.trace(W @ W.T), (_W,)),
    "inverse": Case(lambda W: np.sum(np.linalg.inv(W @ W.T + np.eye(2))), (_W,)),
    "solve": Case(lambda W: np.sum(np.linalg.solve(W @ W.T + np.eye(2), np.ones(2))), (_W,)),
    "determinant": Case(lambda W: np.linalg.det(W @ W.T + np.eye(2)), (_W,)),
    "singular values": Case(lambda W: np.sum(np.linalg.svd(W, compute_uv=False) ** 3), (_W,)),
    "triangular factor": Case(lambda W: np.sum(np.linalg.qr(W.T)[1] ** 2 * np.array([[1.0, 2.0], [3.0, 4.0]])), (_W,)),
    "eigenvalues": Case(lambda W: np.sum(np.linalg.eigvalsh(W @ W.T) ** 2), (_W,)),
    "cholesky": Case(lambda W: np.sum(np.linalg.cholesky(W @ W.T + np.eye(2))), (_W,)),
    "sort": Case(lambda x: np.sum(np.sort(x) * np.arange(3.0)), (_V,)),
    "concatenate": Case(lambda x: np.sum(np.concatenate([x, x**2]) ** 2), (_V,)),
    "stack": Case(lambda x: np.sum(np.stack([x, x**2]) @ x), (_V,)),
    "outer": Case(lambda x, y: np.sum(np.outer(x, y) ** 2), (_V, _V + 2)),
    "layer": Case(lambda W, b, x: np.sum(np.tanh(W @ x + b)), (_W, np.array([0.1, 0.2]), _V)),
    "batch": Case(
        lambda W, b, x: np.mean(np.tanh(x @ W + b) ** 2),
        (_W.T.copy(), np.array([0.1, 0.2]), np.arange(12.0).reshape(4, 3) / 9),
    ),
    "stacks": Case(lambda A, B: np.sum((A @ B) ** 2), (np.arange(12.0).reshape(2, 2, 3) / 9, _W.T.copy())),
    "broadcast": Case(lambda x, b: np.sum((x - b) ** 2), (_W, 1.5)),
    "columns": Case(lambda x, y: np.sum(x[:, None] * y[None, :] + x[:, None]), (_V, _V + 2)),
    "where": Case(lambda x: np.sum(np.where(x > 0, x**2, np.sin(x))), (_V,)),
    "fourier": Case(lambda x: np.sum(np.abs(np.fft.rfft(x)) ** 2), (_V,)),
    "median": Case(lambda x: np.median(x) * x[0], (_V,)),
    "one element": Case(lambda x: np.sum(x**2, keepdims=True), (np.array([[1.5]]),)),
}

SCALARS = {f"one number: {name}": Case(f, (0.8,)) for name, f in _ONE.items()}
SEVERAL = {f"several: {name}": case for name, case in _TWO.items()}
ARRAYS = {f"arrays: {name}": case for name, case in _MANY.items()}
FUNCTIONS = {**SCALARS, **SEVERAL, **ARRAYS}
