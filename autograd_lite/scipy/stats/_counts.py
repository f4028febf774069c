"""Distributions of counts: differentiable in their rates and probabilities, not in the counts.

The formulas are those of N. L. Johnson, A. W. Kemp and S. Kotz, *Univariate Discrete Distributions* (2005), by chapter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special as sc

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.scipy.stats._distribution import Distribution, as_operand, log_or_minus_infinity, may_hold

Formula = Callable[..., Any]


class Discrete(Distribution):
    """A distribution of counts, by formulas of whole numbers k - loc in the support and the shapes.

    Elsewhere the probability is 0, its logarithm -inf, and every derivative 0. Parameters that are not allowed give
    NaN.

    Parameters
    ----------
    name, shapes
        As of `Distribution`.
    doc : str
        The distribution's own documentation.
    logpmf, cdf, sf : callable
        Of the whole number and the shapes, inside of the support.
    allowed : callable
        Says which shapes are.
    last : callable
        Gives the last number of the support.
    counts : tuple of str
        The shapes that are counts.
    """

    def __init__(
        self, name: str, *, doc: str, shapes: tuple[str, ...], logpmf: Formula, cdf: Formula, sf: Formula,
        allowed: Formula, last: Formula, counts: tuple[str, ...] = (),
    ):  # fmt: skip
        super().__init__(name, shapes, {"loc": 0}, ("pmf", "logpmf", "cdf", "logcdf", "sf", "logsf"))
        self.__doc__ = doc
        self._logpmf, self._cdf, self._sf = logpmf, cdf, sf
        self._allowed, self._last, self._counts = allowed, last, counts

    def logpmf(self, k: Any, *args: Any, **keywords: Any) -> Any:
        """Return the logarithm of the probability of ``k``."""
        return self._evaluated("logpmf", k, args, keywords, self._logpmf, (-np.inf, -np.inf), only_whole=True)

    def pmf(self, k: Any, *args: Any, **keywords: Any) -> Any:
        """Return the probability of ``k``."""

        def formula(k: Any, *shapes: Any) -> Any:
            return np.exp(self._logpmf(k, *shapes))

        return self._evaluated("pmf", k, args, keywords, formula, (0.0, 0.0), only_whole=True)

    def cdf(self, k: Any, *args: Any, **keywords: Any) -> Any:
        """Return the probability of a number up to ``k``."""
        return self._evaluated("cdf", k, args, keywords, self._cdf, (0.0, 1.0))

    def logcdf(self, k: Any, *args: Any, **keywords: Any) -> Any:
        """Return the logarithm of the probability of a number up to ``k``."""

        def formula(k: Any, *shapes: Any) -> Any:
            return log_or_minus_infinity(self._cdf(k, *shapes))

        return self._evaluated("logcdf", k, args, keywords, formula, (-np.inf, 0.0))

    def sf(self, k: Any, *args: Any, **keywords: Any) -> Any:
        """Return the probability of a number above ``k``."""
        return self._evaluated("sf", k, args, keywords, self._sf, (1.0, 0.0))

    def logsf(self, k: Any, *args: Any, **keywords: Any) -> Any:
        """Return the logarithm of the probability of a number above ``k``."""

        def formula(k: Any, *shapes: Any) -> Any:
            return log_or_minus_infinity(self._sf(k, *shapes))

        return self._evaluated("logsf", k, args, keywords, formula, (0.0, -np.inf))

    def _evaluated(
        self, method: str, k: Any, args: Any, keywords: Any, formula: Formula, ends: tuple[float, float],
        only_whole: bool = False,
    ) -> Any:  # fmt: skip
        """Return ``formula(k - loc, *shapes)`` inside of the support, and ``ends`` below and above it."""
        values, k = self._values(method, args, keywords), as_operand(k)
        if not self._holds_tensor([k, *values]):
            return self._plainly(method, k, args, keywords)
        *shapes, loc = values
        named = dict(zip(self.shapes, shapes, strict=True))
        self._refuse_counts(method, {"k": k, "loc": loc, **{name: named[name] for name in self._counts}})
        count = np.asarray(untracked(k)) - untracked(loc)
        plain = [untracked(value) for value in shapes]
        shapes = [untracked(value) if name in self._counts else value for name, value in named.items()]
        invalid = np.logical_not(self._allowed(*plain))
        whole = np.floor(count)
        below = (whole < 0) | (only_whole & (whole != count))
        # The distribution function is 1 from the last number on, whatever the parameters are.
        last = self._last(*plain)
        above = whole > last if only_whole else whole >= last
        if not may_hold(below | above | invalid):
            return formula(whole, *shapes)
        result = formula(np.where(below | above | invalid, 0, whole), *[np.where(invalid, 1, s) for s in shapes])
        return np.where(invalid, np.nan, np.where(below, ends[0], np.where(above, ends[1], result)))

    def _refuse_counts(self, method: str, counts: dict[str, Any]) -> None:
        for name, value in counts.items():
            if isinstance(value, Tensor) and value.node is not None:
                raise NotDifferentiableError(
                    f"{self.name}.{method} cannot be differentiated with respect to {name}, which counts. Pass {name} "
                    f"as an array, or as t.detach() of the Tensor t."
                )


poisson = Discrete(
    "poisson",
    shapes=("mu",),
    logpmf=lambda k, mu: sc.xlogy(k, mu) - sc.gammaln(k + 1) - mu,
    cdf=lambda k, mu: sc.pdtr(k, mu),
    sf=lambda k, mu: sc.pdtrc(k, mu),
    allowed=lambda mu: mu >= 0,
    last=lambda mu: np.inf,
    doc="""The Poisson distribution: ``poisson.logpmf(k, mu, loc=0)``, and pmf, cdf, logcdf, sf, logsf.

    Parameters
    ----------
    k : array_like
        Counts.
    mu : array_like or Tensor
        Mean, not negative; it broadcasts against ``k``.
    loc : array_like
        What to subtract from the counts.

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Raises
    ------
    NotDifferentiableError
        If ``k`` or ``loc`` is a tracked Tensor.

    Notes
    -----
    logpmf is k log(mu) - mu - log(k!) (Johnson, Kemp and Kotz, chapter 4).

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import poisson
    >>> float(ag.grad(lambda mu: poisson.logpmf(3, mu))(2.0))
    0.5
    """,
)


def _binomial_logpmf(k: Any, n: Any, p: Any) -> Any:
    ways = sc.gammaln(n + 1) - (sc.gammaln(k + 1) + sc.gammaln(n - k + 1))
    return ways + sc.xlogy(k, p) + sc.xlog1py(n - k, -p)


def _binomial_cdf(k: Any, n: Any, p: Any) -> Any:
    return sc.betaincc(k + 1, np.maximum(n - k, 1), p)


def _binomial_sf(k: Any, n: Any, p: Any) -> Any:
    return sc.betainc(k + 1, np.maximum(n - k, 1), p)


def _is_probability(p: Any) -> Any:
    return (p >= 0) & (p <= 1)


binom = Discrete(
    "binom",
    shapes=("n", "p"),
    counts=("n",),
    logpmf=_binomial_logpmf,
    cdf=_binomial_cdf,
    sf=_binomial_sf,
    allowed=lambda n, p: (n >= 0) & (n == np.floor(n)) & _is_probability(p),
    last=lambda n, p: n,
    doc="""The binomial distribution: ``binom.logpmf(k, n, p, loc=0)``, and pmf, cdf, logcdf, sf, logsf.

    Parameters
    ----------
    k : array_like
        Numbers of successes.
    n : array_like
        Numbers of trials.
    p : array_like or Tensor
        Probability of success.
    loc : array_like
        What to subtract from ``k``.

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Raises
    ------
    NotDifferentiableError
        If ``k``, ``n`` or ``loc`` is a tracked Tensor.

    Notes
    -----
    logpmf is log(n! / (k! (n - k)!)) + k log(p) + (n - k) log(1 - p) (Johnson, Kemp and Kotz, chapter 3).

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import binom
    >>> float(ag.grad(lambda p: binom.logpmf(1, 4, p))(0.5))
    -4.0
    """,
)

bernoulli = Discrete(
    "bernoulli",
    shapes=("p",),
    logpmf=lambda k, p: sc.xlogy(k, p) + sc.xlog1py(1 - k, -p),
    cdf=lambda k, p: _binomial_cdf(k, 1, p),
    sf=lambda k, p: _binomial_sf(k, 1, p),
    allowed=_is_probability,
    last=lambda p: 1,
    doc="""The Bernoulli distribution: ``bernoulli.logpmf(k, p, loc=0)``, and pmf, cdf, logcdf, sf, logsf.

    Parameters
    ----------
    k : array_like
        Outcomes, 0 or 1.
    p : array_like or Tensor
        Probability of 1.
    loc : array_like
        What to subtract from ``k``.

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Raises
    ------
    NotDifferentiableError
        If ``k`` or ``loc`` is a tracked Tensor.

    Notes
    -----
    logpmf is k log(p) + (1 - k) log(1 - p): the binomial distribution of one trial.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import bernoulli
    >>> float(ag.grad(lambda p: bernoulli.logpmf(1, p))(0.5))
    2.0
    """,
)
