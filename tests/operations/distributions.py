"""Rows for the densities and distribution functions of ``autograd_lite.scipy.stats``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.scipy import stats
from operations.row import Op, S

DOUBLE = (np.float64,)
POSITIVE, UNIT, LINE = (0.4, 2.5), (0.15, 0.85), (-2.0, 2.0)

#: Distribution -> the domains of x and of its parameters, loc and scale last.
CONTINUOUS: dict[str, tuple[Any, ...]] = {
    "norm": (LINE, LINE, POSITIVE),
    "t": (LINE, POSITIVE, LINE, POSITIVE),
    "cauchy": (LINE, LINE, POSITIVE),
    "laplace": (LINE, (2.5, 3.0), POSITIVE),
    "logistic": (LINE, LINE, POSITIVE),
    "gamma": ((2.0, 5.0), POSITIVE, (-1.0, 0.5), POSITIVE),
    "chi2": ((2.0, 5.0), POSITIVE, (-1.0, 0.5), POSITIVE),
    "lognorm": ((2.0, 5.0), POSITIVE, (-1.0, 0.5), POSITIVE),
    "beta": (UNIT, POSITIVE, POSITIVE, (-0.1, 0.1), (1.1, 1.5)),
    "expon": ((2.0, 5.0), (-1.0, 0.5), POSITIVE),
    "uniform": (UNIT, (-0.1, 0.1), (1.1, 1.5)),
}


def _row(name: str, method: str, domains: Any, sample: Any) -> Op:
    function = getattr(getattr(stats, name), method)
    return Op(f"stats.{name}.{method}", function, [sample], domains, dtypes=DOUBLE, tol=1e-6)


def _continuous() -> list[Op]:
    rows = []
    for name, domains in CONTINUOUS.items():
        sample = S((2, 3), *[(3,), (), (2, 1), ()][: len(domains) - 1])
        methods = ["logpdf", "pdf", "cdf", "logcdf", "sf", "logsf"]
        rows += [_row(name, method, domains, sample) for method in methods]
        rows.append(_row(name, "ppf", ((0.3, 0.45), *domains[1:]), sample))
    return rows


K = np.array([0, 1, 2, 3])


def _discrete() -> list[Op]:
    rows = []
    for method in ("logpmf", "pmf", "cdf", "logcdf", "sf", "logsf"):
        outcomes = K % 2 if method.endswith("pmf") else 0 * K
        rows += [
            _of_parameter("poisson", method, (K,), POSITIVE),
            _of_parameter("binom", method, (K, 5), UNIT),
            _of_parameter("bernoulli", method, (outcomes,), UNIT),
        ]
    return rows


def _of_parameter(name: str, method: str, before: tuple[Any, ...], domain: Any) -> Op:
    function = getattr(getattr(stats, name), method)
    return Op(f"stats.{name}.{method}", lambda p: function(*before, p), [S((4,))], domain, dtypes=DOUBLE, tol=1e-6)


def _normal(method: str, to_cov: Any) -> Any:
    """Return a method of the multivariate normal distribution, of a vector, a mean and what makes a covariance."""
    return lambda x, mean, root: getattr(stats.multivariate_normal, method)(x, mean, to_cov(root))


def _matrix(root: Any) -> Any:
    return np.eye(3) + root @ np.swapaxes(root, -1, -2)


def _shares(x: Any) -> Any:
    return x / np.sum(x, axis=0)


def _shares_but_one(x: Any) -> Any:
    return x / (1 + np.sum(x, axis=0))


VECTORS = [
    Op("stats.multivariate_normal.logpdf", _normal("logpdf", _matrix),
       [S((3,), (3,), (3, 2)), S((2, 4, 3), (3,), (3, 1))], dtypes=DOUBLE, tol=1e-6),
    Op("stats.multivariate_normal.pdf", _normal("pdf", _matrix), [S((2, 3), (3,), (3, 1))], dtypes=DOUBLE, tol=1e-6),
    Op("stats.multivariate_normal.logpdf of variances", _normal("logpdf", lambda root: 1 + root * root),
       [S((2, 3), (3,), (3,)), S((2, 3), (3,), ()), S((4,), (), ())], dtypes=DOUBLE, tol=1e-6),
    Op("stats.multivariate_normal.entropy", lambda root: stats.multivariate_normal.entropy(np.zeros(3), _matrix(root)),
       [S((3, 2))], dtypes=DOUBLE, tol=1e-6),
    Op("stats.dirichlet.logpdf", lambda x, alpha: stats.dirichlet.logpdf(_shares(x), alpha),
       [S((3,), (3,)), S((3, 4), (3,))], POSITIVE, dtypes=DOUBLE, tol=1e-6),
    Op("stats.dirichlet.pdf, the last left out", lambda x, alpha: stats.dirichlet.pdf(_shares_but_one(x), alpha),
       [S((2,), (3,))], POSITIVE, dtypes=DOUBLE, tol=1e-6),
]  # fmt: skip

ROWS = [*_continuous(), *_discrete(), *VECTORS]
