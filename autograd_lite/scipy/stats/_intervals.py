"""Continuous distributions on a half-line or an interval.

The formulas are those of N. L. Johnson, S. Kotz and N. Balakrishnan, *Continuous Univariate Distributions*, volumes 1
(1994) and 2 (1995), by chapter.
"""

from __future__ import annotations

import numpy as np
from scipy import special as sc

from autograd_lite.scipy.stats._continuous import Continuous
from autograd_lite.scipy.stats._lines import LOG_2, normal_logpdf

gamma = Continuous(
    "gamma",
    shapes=("a",),
    support=(0.0, np.inf),
    vanishes=lambda y, a: (y == 0) & (a > 1),
    logpdf=lambda y, a: sc.xlogy(a - 1, y) - y - sc.gammaln(a),
    cdf=lambda y, a: sc.gammainc(a, y),
    sf=lambda y, a: sc.gammaincc(a, y),
    ppf=lambda q, a: sc.gammaincinv(a, q),
    doc="""The gamma distribution: ``gamma.logpdf(x, a, loc=0, scale=1)``, and pdf, cdf, logcdf, sf, logsf, ppf.

    Parameters
    ----------
    x : array_like or Tensor
        Where to evaluate; for ppf probabilities, ``q``.
    a : array_like or Tensor
        Shape; every method is differentiable in it.
    loc, scale : array_like or Tensor

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Notes
    -----
    With y = (x - loc) / scale, the density is y**(a - 1) exp(-y) / (Γ(a) scale) (Johnson, Kotz and Balakrishnan,
    chapter 17). ``gamma.ppf(u, a)`` of uniform numbers u is a sample that is differentiable in ``a``.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import gamma
    >>> float(ag.grad(gamma.logpdf)(2.0, 3.0))
    0.0
    """,
)

chi2 = Continuous(
    "chi2",
    shapes=("df",),
    support=(0.0, np.inf),
    vanishes=lambda y, df: (y == 0) & (df > 2),
    logpdf=lambda y, df: sc.xlogy(df / 2 - 1, y) - y / 2 - sc.gammaln(df / 2) - df * (LOG_2 / 2),
    cdf=lambda y, df: sc.chdtr(df, y),
    sf=lambda y, df: sc.chdtrc(df, y),
    ppf=lambda q, df: 2 * sc.gammaincinv(df / 2, q),
    doc="""The chi-squared distribution: ``chi2.logpdf(x, df, loc=0, scale=1)``, and pdf, cdf, logcdf, sf, logsf, ppf.

    Parameters
    ----------
    x : array_like or Tensor
        Where to evaluate; for ppf probabilities, ``q``.
    df : array_like or Tensor
        Degrees of freedom; every method is differentiable in them.
    loc, scale : array_like or Tensor

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Notes
    -----
    With y = (x - loc) / scale, the density is y**(df / 2 - 1) exp(-y / 2) / (2**(df / 2) Γ(df / 2) scale) (Johnson,
    Kotz and Balakrishnan, chapter 18).

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import chi2
    >>> float(ag.grad(chi2.logpdf)(2.0, 4.0))
    0.0
    """,
)

beta = Continuous(
    "beta",
    shapes=("a", "b"),
    support=(0.0, 1.0),
    vanishes=lambda y, a, b: ((y == 0) & (a > 1)) | ((y == 1) & (b > 1)),
    logpdf=lambda y, a, b: sc.xlog1py(b - 1, -y) + sc.xlogy(a - 1, y) - sc.betaln(a, b),
    cdf=lambda y, a, b: sc.betainc(a, b, y),
    sf=lambda y, a, b: sc.betaincc(a, b, y),
    ppf=lambda q, a, b: sc.betaincinv(a, b, q),
    doc="""The beta distribution: ``beta.logpdf(x, a, b, loc=0, scale=1)``, and pdf, cdf, logcdf, sf, logsf, ppf.

    Parameters
    ----------
    x : array_like or Tensor
        Where to evaluate; for ppf probabilities, ``q``.
    a, b : array_like or Tensor
        Shapes; every method is differentiable in them.
    loc, scale : array_like or Tensor

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Notes
    -----
    With y = (x - loc) / scale, the density is y**(a - 1) (1 - y)**(b - 1) / (B(a, b) scale) (Johnson, Kotz and
    Balakrishnan, chapter 25).

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import beta
    >>> float(ag.grad(beta.logpdf)(0.5, 3.0, 3.0))
    0.0
    """,
)

expon = Continuous(
    "expon",
    support=(0.0, np.inf),
    logpdf=lambda y: -y,
    cdf=lambda y: -np.expm1(-y),
    sf=lambda y: np.exp(-y),
    logsf=lambda y: -y,
    ppf=lambda q: -np.log1p(-q),
    doc="""The exponential distribution: ``expon.logpdf(x, loc=0, scale=1)``, and pdf, cdf, logcdf, sf, logsf, ppf.

    Parameters
    ----------
    x : array_like or Tensor
        Where to evaluate; for ppf probabilities, ``q``.
    loc, scale : array_like or Tensor
        Lower end, and mean above it.

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Notes
    -----
    With y = (x - loc) / scale, the density is exp(-y) / scale (Johnson, Kotz and Balakrishnan, chapter 19).

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import expon
    >>> float(ag.grad(expon.logpdf)(3.0, 0.0, 2.0))
    -0.5
    """,
)

uniform = Continuous(
    "uniform",
    support=(0.0, 1.0),
    logpdf=lambda y: 0.0 * y,
    cdf=lambda y: np.positive(y),
    sf=lambda y: 1 - y,
    ppf=lambda q: q,
    doc="""The uniform distribution: ``uniform.logpdf(x, loc=0, scale=1)``, and pdf, cdf, logcdf, sf, logsf, ppf.

    Parameters
    ----------
    x : array_like or Tensor
        Where to evaluate; for ppf probabilities, ``q``.
    loc, scale : array_like or Tensor
        Lower end and length of the interval.

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Notes
    -----
    The density is 1 / scale from loc to loc + scale (Johnson, Kotz and Balakrishnan, chapter 26). Derivatives are
    those inside of the interval; the jumps at its ends have none.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import uniform
    >>> float(ag.grad(uniform.logpdf, argnums=2)(1.0, 0.0, 2.0))
    -0.5
    """,
)

lognorm = Continuous(
    "lognorm",
    shapes=("s",),
    support=(0.0, np.inf),
    holds_low_end=False,
    logpdf=lambda y, s: normal_logpdf(np.log(y) / s) - np.log(s * y),
    cdf=lambda y, s: sc.ndtr(np.log(y) / s),
    sf=lambda y, s: sc.ndtr(-np.log(y) / s),
    logcdf=lambda y, s: sc.log_ndtr(np.log(y) / s),
    logsf=lambda y, s: sc.log_ndtr(-np.log(y) / s),
    ppf=lambda q, s: np.exp(s * sc.ndtri(q)),
    doc="""The lognormal distribution: ``lognorm.logpdf(x, s, loc=0, scale=1)``, and pdf, cdf, logcdf, sf, logsf, ppf.

    Parameters
    ----------
    x : array_like or Tensor
        Where to evaluate; for ppf probabilities, ``q``.
    s : array_like or Tensor
        Standard deviation of log((x - loc) / scale).
    loc, scale : array_like or Tensor

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Notes
    -----
    With y = (x - loc) / scale, logpdf is -log(y)² / (2 s²) - log(s y sqrt(2 π)) - log(scale) (Johnson, Kotz and
    Balakrishnan, chapter 14).

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import lognorm
    >>> float(ag.grad(lognorm.logpdf)(1.0, 2.0))
    -1.0
    """,
)
