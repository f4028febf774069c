"""``scipy.stats`` for Tensors: the densities of common distributions, and all of SciPy's own.

`norm`, `t`, `cauchy`, `laplace`, `logistic`, `lognorm`, `gamma`, `chi2`, `beta`, `expon`, `uniform`, `poisson`,
`binom`, `bernoulli`, `multivariate_normal` and `dirichlet` are differentiable in every argument that is not a count.
What they do not cover, and every other name, is SciPy's: it gives plain values, and refuses Tensors.
"""

import importlib
from typing import Any

from autograd_lite.numpy._wrapping import stand_in
from autograd_lite.scipy.stats._counts import bernoulli as bernoulli
from autograd_lite.scipy.stats._counts import binom as binom
from autograd_lite.scipy.stats._counts import poisson as poisson
from autograd_lite.scipy.stats._intervals import beta as beta
from autograd_lite.scipy.stats._intervals import chi2 as chi2
from autograd_lite.scipy.stats._intervals import expon as expon
from autograd_lite.scipy.stats._intervals import gamma as gamma
from autograd_lite.scipy.stats._intervals import lognorm as lognorm
from autograd_lite.scipy.stats._intervals import uniform as uniform
from autograd_lite.scipy.stats._lines import cauchy as cauchy
from autograd_lite.scipy.stats._lines import laplace as laplace
from autograd_lite.scipy.stats._lines import logistic as logistic
from autograd_lite.scipy.stats._lines import norm as norm
from autograd_lite.scipy.stats._lines import t as t
from autograd_lite.scipy.stats._vectors import dirichlet as dirichlet
from autograd_lite.scipy.stats._vectors import multivariate_normal as multivariate_normal

_COVERED = (
    norm, t, cauchy, laplace, logistic, lognorm, gamma, chi2, beta, expon, uniform, poisson, binom, bernoulli,
    multivariate_normal, dirichlet,
)  # fmt: skip

#: The examples in the distributions' documentation, where doctest looks for what is neither function nor class.
__test__ = {distribution.name: distribution.__doc__ for distribution in _COVERED}


def __getattr__(name: str) -> Any:
    return stand_in(getattr(_scipy_stats(), name), __name__, undispatched=True)


def __dir__() -> list[str]:
    return dir(_scipy_stats())


def _scipy_stats() -> Any:
    return importlib.import_module("scipy.stats")
