"""SciPy's incomplete gamma and beta functions and the distribution functions made of them, in all real arguments.

The slope in x is the density. The slopes in the parameters are no functions that SciPy has; with a density f and L the
derivative of log f in a parameter,

    ∂/∂a ∫ f(t; a) dt = ∫ f(t; a) L(t; a) dt,

where L is about log(t) - psi(a), and changes sign near the mode only. The integral is therefore taken over that tail
which does not hold the mode, where hardly anything cancels, by Gauss-Legendre quadrature in the logarithm of t (of
t / (1 - t) for the beta function), in units of the length over which the integrand decays. Derivatives of order n take
the complete Bell polynomial of the derivatives of log f in place of L.

Formulas are those of the *NIST Digital Library of Mathematical Functions* (DLMF): 8.2.4 and 8.8.5 (incomplete gamma
functions, raising a by one), 8.17.1, 8.17.20 and 8.17.21 (incomplete beta functions, raising a and b).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import special as sc

from autograd_lite.core.primitive import elementwise, implements
from autograd_lite.rules.special_gamma import derivative_of_log_gamma

Logs = Mapping[tuple[int, int], Any]


def _panels(*edges: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of the Gauss-Legendre rule with 24 nodes between neighbouring edges."""
    node, weight = np.polynomial.legendre.leggauss(24)
    pairs = [(low + (high - low) / 2 * (node + 1), (high - low) / 2 * weight) for low, high in zip(edges, edges[1:])]  # noqa: B905, RUF007
    return np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])


# On [0, 45], where both exp(-u) and exp(-u²/2) end, these integrate polynomials times either to 1e-15.
_NODES, _WEIGHTS = _panels(0, 4, 12, 45)


def _bell(logs: Logs, i: int, j: int = 0) -> Any:
    """Return the derivative of order i in a and j in b of f, divided by f, from those of log f."""
    if i > 0:
        return sum(
            math.comb(i - 1, p) * math.comb(j, q) * logs[p + 1, q] * _bell(logs, i - 1 - p, j - q)
            for p in range(i)
            for q in range(j + 1)
        )
    if j > 0:
        return sum(math.comb(j - 1, q) * logs[0, q + 1] * _bell(logs, 0, j - 1 - q) for q in range(j))
    return 1.0


def _integral(integrand: Callable[[Any], Any], scale: Any) -> Any:
    """Return the integral over [0, inf) of what decays like exp(-s / scale) or faster."""
    parts = max(1, math.prod(scale.shape) * _NODES.size >> 22)  # 32 MB at a time
    total = 0.0
    for node, weight in zip(np.array_split(_NODES, parts), np.array_split(_WEIGHTS, parts), strict=True):
        total = total + np.sum(weight * integrand(np.expand_dims(scale, -1) * node), axis=-1)
    return scale * total


# Incomplete gamma functions


def _gamma_logs(a: Any, x_log: Any, order: int) -> Logs:
    """Return the derivatives in a of log(x**a exp(-x) / Γ(a))."""
    higher = {(p, 0): -derivative_of_log_gamma(p, a) for p in range(2, order + 1)}
    return {(1, 0): x_log - derivative_of_log_gamma(1, a), **higher}


def _gamma_density(a: Any, x: Any, n: int) -> Any:
    """Return the n-th derivative in a of the gamma density."""
    density = np.exp(sc.xlogy(a - 1, x) - x - sc.gammaln(a))
    return density * _bell(_gamma_logs(a, np.log(np.where(x > 0, x, 1)), n), n) if n else density


def _gammainc_derivative_value(a: Any, x: Any, n: int) -> Any:
    """Return the n-th derivative in a of the regularized lower incomplete gamma function, n > 0."""
    # In the quadrature a is at least 1, so that 1 is the longest length over which anything decays.
    is_inside, is_small = (x > 0) & (x < np.inf), a < 1
    x, raised = np.where(is_inside, x, 1), np.where(is_small, a + 1, a)
    side, x_log = np.where(x > raised, 1.0, -1.0), np.log(x)
    logs = _gamma_logs(raised, x_log, n)
    at_node = {key: np.expand_dims(value, -1) for key, value in logs.items()}
    direction, shape, start = (np.expand_dims(value, -1) for value in (side, raised, x))

    def integrand(s: Any) -> Any:
        exponent = direction * shape * s - start * np.expm1(direction * s)
        return np.exp(exponent) * _bell({**at_node, (1, 0): at_node[1, 0] + direction * s}, n)

    total = -side * _integral(integrand, 1 / (abs(raised - x) + np.sqrt(x)))
    total = total * np.exp(raised * x_log - x - sc.gammaln(raised))
    return np.where(is_inside, total + np.where(is_small, _gamma_density(raised, x, n), 0), 0)


_gammainc_derivative = elementwise(
    _gammainc_derivative_value, name="derivative of gammainc",
    a=lambda g, a, x, n: g * _gammainc_derivative(a, x, n=n + 1), x=lambda g, a, x, n: g * _gamma_density(a, x, n),
)  # fmt: skip
elementwise(
    sc.gammainc, array_function=sc.gammainc,
    a=lambda g, a, x: g * _gammainc_derivative(a, x, n=1), x=lambda g, a, x: g * _gamma_density(a, x, 0),
)  # fmt: skip
elementwise(
    sc.gammaincc, array_function=sc.gammaincc,
    a=lambda g, a, x: -g * _gammainc_derivative(a, x, n=1), x=lambda g, a, x: -g * _gamma_density(a, x, 0),
)  # fmt: skip
elementwise(
    sc.gammaincinv, array_function=sc.gammaincinv,
    a=lambda g, a, out: -g * _gammainc_derivative(a, out, n=1) / _gamma_density(a, out, 0),
    y=lambda g, a, out: g / _gamma_density(a, out, 0),
)  # fmt: skip
elementwise(
    sc.gammainccinv, array_function=sc.gammainccinv,
    a=lambda g, a, out: -g * _gammainc_derivative(a, out, n=1) / _gamma_density(a, out, 0),
    y=lambda g, a, out: -g / _gamma_density(a, out, 0),
)  # fmt: skip

# Incomplete beta functions. The parameters' slopes are taken as functions of v = logit(x): both x and 1 - x then keep
# their accuracy.


def _beta_logs(a: Any, b: Any, x_log: Any, rest_log: Any, order: int) -> dict[tuple[int, int], Any]:
    """Return the derivatives of log(x**a (1 - x)**b / B(a, b)) in a and b, up to an order altogether."""
    logs: dict[tuple[int, int], Any] = {}
    for total in range(1, order + 1):
        mixed = derivative_of_log_gamma(total, a + b)
        logs |= {(p, total - p): mixed for p in range(1, total)}
        logs[total, 0] = mixed - derivative_of_log_gamma(total, a)
        logs[0, total] = mixed - derivative_of_log_gamma(total, b)
    logs[1, 0], logs[0, 1] = logs[1, 0] + x_log, logs[0, 1] + rest_log
    return logs


def _beta_density(a: Any, b: Any, v: Any, i: int = 0, j: int = 0, raised: tuple[int, int] = (0, 0)) -> Any:
    """Return the derivative of order i in a and j in b of x**a (1 - x)**b Γ(a + b) / (Γ(a + r) Γ(b + s))."""
    x_log, rest_log = sc.log_expit(v), sc.log_expit(-v)
    logs = _beta_logs(a, b, x_log, rest_log, i + j) if i + j else {}
    log_density = a * x_log + b * rest_log - sc.betaln(a, b)
    for place, argument in ((0, a), (1, b)):
        if raised[place]:
            log_density = log_density - np.log(argument)
            for order in range(1, i + j + 1):  # Γ(a + 1) in place of Γ(a)
                key = (order, 0) if place == 0 else (0, order)
                logs[key] = logs[key] + (-1) ** order * math.factorial(order - 1) / argument**order
    return np.exp(log_density) * _bell(logs, i, j) if i + j else np.exp(log_density)


def _betainc_derivative_value(a: Any, b: Any, v: Any, i: int, j: int) -> Any:
    """Return the derivative of order i in a and j in b of the regularized incomplete beta function at expit(v)."""
    is_inside = (v > -np.inf) & (v < np.inf)
    v = np.where(is_inside, v, 0)
    a_small, b_small = a < 1, b < 1
    first, second = np.where(a_small, a + 1, a), np.where(b_small, b + 1, b)
    x, rest = sc.expit(v), sc.expit(-v)
    pull = first * rest - second * x  # the slope of the logarithm of the integrand
    is_lower = pull >= 0
    logs = _beta_logs(first, second, sc.log_expit(v), sc.log_expit(-v), i + j)
    at_node = {key: np.expand_dims(value, -1) for key, value in logs.items()}
    lower, total = np.expand_dims(is_lower, -1), np.expand_dims(first + second, -1)
    near, exponent = (np.expand_dims(np.where(is_lower, *pair), -1) for pair in ((x, rest), (first, second)))

    def integrand(s: Any) -> Any:
        shrunk = -np.log1p(near * np.expm1(-s))  # log((1 - t) / (1 - x)), and that less s is log(t / x)
        moved = {
            (1, 0): at_node[1, 0] + np.where(lower, shrunk - s, shrunk),
            (0, 1): at_node[0, 1] + np.where(lower, shrunk, shrunk - s),
        }
        return np.exp(total * shrunk - exponent * s) * _bell({**at_node, **moved}, i, j)

    tail = _integral(integrand, 1 / (abs(pull) + np.sqrt((first + second) * x * rest)))
    tail = tail * np.exp(first * sc.log_expit(v) + second * sc.log_expit(-v) - sc.betaln(first, second))
    result = np.where(is_lower, tail, -tail) + np.where(a_small, _beta_density(a, b, v, i, j, (1, 0)), 0)
    return np.where(is_inside, result - np.where(b_small, _beta_density(first, b, v, i, j, (0, 1)), 0), 0)


_betainc_derivative = elementwise(
    _betainc_derivative_value, name="derivative of betainc",
    a=lambda g, a, b, v, i, j: g * _betainc_derivative(a, b, v, i=i + 1, j=j),
    b=lambda g, a, b, v, i, j: g * _betainc_derivative(a, b, v, i=i, j=j + 1),
    v=lambda g, a, b, v, i, j: g * _beta_density(a, b, v, i, j),
)  # fmt: skip


def _in_a(a: Any, b: Any, x: Any) -> Any:
    return _betainc_derivative(a, b, sc.logit(x), i=1, j=0)


def _in_b(a: Any, b: Any, x: Any) -> Any:
    return _betainc_derivative(a, b, sc.logit(x), i=0, j=1)


def _in_x(a: Any, b: Any, x: Any) -> Any:
    """Return the beta density."""
    return np.exp(sc.xlogy(a - 1, x) + sc.xlog1py(b - 1, -x) - sc.betaln(a, b))


elementwise(
    sc.betainc, array_function=sc.betainc,
    a=lambda g, a, b, x: g * _in_a(a, b, x), b=lambda g, a, b, x: g * _in_b(a, b, x),
    x=lambda g, a, b, x: g * _in_x(a, b, x),
)  # fmt: skip
elementwise(
    sc.betaincc, array_function=sc.betaincc,
    a=lambda g, a, b, x: -g * _in_a(a, b, x), b=lambda g, a, b, x: -g * _in_b(a, b, x),
    x=lambda g, a, b, x: -g * _in_x(a, b, x),
)  # fmt: skip
elementwise(
    sc.betaincinv, array_function=sc.betaincinv,
    a=lambda g, a, b, out: -g * _in_a(a, b, out) / _in_x(a, b, out),
    b=lambda g, a, b, out: -g * _in_b(a, b, out) / _in_x(a, b, out),
    y=lambda g, a, b, out: g / _in_x(a, b, out),
)  # fmt: skip
elementwise(
    sc.betainccinv, array_function=sc.betainccinv,
    a=lambda g, a, b, out: -g * _in_a(a, b, out) / _in_x(a, b, out),
    b=lambda g, a, b, out: -g * _in_b(a, b, out) / _in_x(a, b, out),
    y=lambda g, a, b, out: -g / _in_x(a, b, out),
)  # fmt: skip

# Student's t: with u = t / sqrt(df), it is 1/2 + sign(u) I(u² / (1 + u²); 1/2, df / 2) / 2, smooth at 0


def _student_density(half: Any, u: Any, n: int = 0) -> Any:
    """Return the n-th derivative of (1 + u²)**(-half - 1/2) / B(1/2, half) in ``half``."""
    fall = np.log1p(u * u)
    density = np.exp(-(half + 0.5) * fall - sc.betaln(0.5, half))
    if n == 0:
        return density
    logs = {
        (order, 0): derivative_of_log_gamma(order, half + 0.5) - derivative_of_log_gamma(order, half)
        for order in range(1, n + 1)
    }
    logs[1, 0] = logs[1, 0] - fall
    return density * _bell(logs, n)


def _student_derivative_value(half: Any, u: Any, n: int) -> Any:
    away = abs(u)
    v = 2 * np.log(np.where(away > 0, away, 1))
    return 0.5 * np.sign(u) * _betainc_derivative_value(0.5 + 0 * half, half, v, 0, n)


_student_derivative = elementwise(
    _student_derivative_value, name="derivative of stdtr",
    half=lambda g, half, u, n: g * _student_derivative(half, u, n=n + 1),
    u=lambda g, half, u, n: g * _student_density(half, u, n),
)  # fmt: skip


def student_slope(df: Any, t: Any) -> Any:
    """Return the density of Student's t distribution."""
    return _student_density(df / 2, t / np.sqrt(df)) / np.sqrt(df)


def student_slope_in_df(df: Any, t: Any) -> Any:
    """Return the slope of Student's t distribution function in the degrees of freedom."""
    return _student_derivative(df / 2, t / np.sqrt(df), n=1) / 2 - student_slope(df, t) * t / (2 * df)


elementwise(
    sc.stdtr, array_function=sc.stdtr,
    df=lambda g, df, t: g * student_slope_in_df(df, t), t=lambda g, df, t: g * student_slope(df, t),
)  # fmt: skip
elementwise(
    sc.stdtrit, array_function=sc.stdtrit,
    df=lambda g, df, out: -g * student_slope_in_df(df, out) / student_slope(df, out),
    p=lambda g, df, out: g / student_slope(df, out),
)  # fmt: skip

# Other distribution functions. Counts are stepped through: their slope is zero wherever it exists.

implements(sc.chdtr)(lambda v, x: sc.gammainc(v / 2, x / 2))
implements(sc.chdtrc)(lambda v, x: sc.gammaincc(v / 2, x / 2))
implements(sc.chdtri)(lambda v, p: 2 * sc.gammainccinv(v / 2, p))
implements(sc.gdtr)(lambda a, b, x: sc.gammainc(b, a * x))
implements(sc.gdtrc)(lambda a, b, x: sc.gammaincc(b, a * x))
implements(sc.fdtr)(lambda dfn, dfd, x: sc.betainc(dfn / 2, dfd / 2, dfn * x / (dfd + dfn * x)))
implements(sc.fdtrc)(lambda dfn, dfd, x: sc.betainc(dfd / 2, dfn / 2, dfd / (dfd + dfn * x)))

_TRIALS = "it is a number of trials or successes, an integer. Pass a number, or t.detach().numpy() of the Tensor t"

elementwise(sc.pdtr, array_function=sc.pdtr, k=None, m=lambda g, k, m: -g * _gamma_density(np.floor(k) + 1, m, 0))
elementwise(sc.pdtrc, array_function=sc.pdtrc, k=None, m=lambda g, k, m: g * _gamma_density(np.floor(k) + 1, m, 0))


def _binomial_slope(k: Any, n: Any, p: Any) -> Any:
    """Return minus the slope of the binomial distribution function in p, 0 for k = n."""
    return _in_x(np.floor(k) + 1, n - np.floor(k), p)


elementwise(sc.bdtr, array_function=sc.bdtr, k=None, n=_TRIALS, p=lambda g, k, n, p: -g * _binomial_slope(k, n, p))
elementwise(sc.bdtrc, array_function=sc.bdtrc, k=None, n=_TRIALS, p=lambda g, k, n, p: g * _binomial_slope(k, n, p))
elementwise(sc.nbdtr, array_function=sc.nbdtr, k=None, n=_TRIALS, p=lambda g, k, n, p: g * _in_x(n, np.floor(k) + 1, p))
elementwise(
    sc.nbdtrc, array_function=sc.nbdtrc, k=None, n=_TRIALS, p=lambda g, k, n, p: -g * _in_x(n, np.floor(k) + 1, p)
)
