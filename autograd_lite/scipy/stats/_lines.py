"""Continuous distributions on the whole line.

The formulas are those of N. L. Johnson, S. Kotz and N. Balakrishnan, *Continuous Univariate Distributions*, volumes 1
(1994) and 2 (1995), by chapter.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special as sc

from autograd_lite.core.dispatch import untracked
from autograd_lite.scipy.stats._continuous import Continuous, Formula
from autograd_lite.scipy.stats._distribution import may_hold

LOG_ROOT_2_PI = math.log(2 * math.pi) / 2
LOG_2, LOG_PI = math.log(2), math.log(math.pi)


def normal_logpdf(y: Any) -> Any:
    """Return the logarithm of the density of the standard normal distribution."""
    return -0.5 * y * y - LOG_ROOT_2_PI


norm = Continuous(
    "norm",
    logpdf=normal_logpdf,
    cdf=lambda y: sc.ndtr(y),
    sf=lambda y: sc.ndtr(-y),
    logcdf=lambda y: sc.log_ndtr(y),
    logsf=lambda y: sc.log_ndtr(-y),
    ppf=lambda q: sc.ndtri(q),
    doc="""The normal distribution: ``norm.logpdf(x, loc=0, scale=1)``, and pdf, cdf, logcdf, sf, logsf, ppf.

    Parameters
    ----------
    x : array_like or Tensor
        Where to evaluate; for ppf probabilities, ``q``.
    loc, scale : array_like or Tensor
        Mean and standard deviation; they broadcast against ``x``.

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Notes
    -----
    With y = (x - loc) / scale, logpdf is -y² / 2 - log(2 π) / 2 - log(scale) (Johnson, Kotz and Balakrishnan, chapter
    13). logcdf and logsf are right far out in the tails, and so are their derivatives.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import norm
    >>> float(ag.grad(norm.logpdf)(3.0, 1.0, 2.0))
    -0.5
    """,
)


def _or_normal(student: Formula, normal: Formula) -> Formula:
    """Return a formula of Student's distribution that is the normal one's where ``df`` is infinite."""

    def formula(y: Any, df: Any) -> Any:
        is_normal = untracked(df) == np.inf
        if not may_hold(is_normal):
            return student(y, df)
        return np.where(is_normal, normal(y), student(y, np.where(is_normal, 1.0, df)))

    return formula


def _student_logpdf(y: Any, df: Any) -> Any:
    return np.log(sc.poch(0.5 * df, 0.5)) - 0.5 * (np.log(df) + LOG_PI) - (df + 1) / 2 * np.log1p(y * y / df)


t = Continuous(
    "t",
    shapes=("df",),
    logpdf=_or_normal(_student_logpdf, normal_logpdf),
    cdf=_or_normal(lambda y, df: sc.stdtr(df, y), lambda y: sc.ndtr(y)),
    sf=_or_normal(lambda y, df: sc.stdtr(df, -y), lambda y: sc.ndtr(-y)),
    ppf=_or_normal(lambda q, df: sc.stdtrit(df, q), lambda q: sc.ndtri(q)),
    doc="""Student's t distribution: ``t.logpdf(x, df, loc=0, scale=1)``, and pdf, cdf, logcdf, sf, logsf, ppf.

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
    With y = (x - loc) / scale, the density is (1 + y² / df)**(-(df + 1) / 2) / (sqrt(df) B(1/2, df / 2) scale)
    (Johnson, Kotz and Balakrishnan, chapter 28). An infinite ``df`` is the normal distribution.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import t
    >>> float(ag.grad(t.logpdf)(1.0, 3.0))
    -1.0
    """,
)


def _cauchy_ppf(q: Any) -> Any:
    """Return tan(π (q - 1/2)), in the tails as -cot(π q) and by symmetry: they are no differences then."""
    level = untracked(q)
    is_left, is_middle = level < 0.5, (level > 0.25) & (level < 0.75)
    tail = np.where(is_middle, 0.25, np.where(is_left, q, 1 - q))
    middle = np.tan(np.pi * (np.where(is_middle, q, 0.5) - 0.5))
    return np.where(is_middle, middle, np.where(is_left, -1.0, 1.0) / np.tan(np.pi * tail))


cauchy = Continuous(
    "cauchy",
    logpdf=lambda y: -LOG_PI - 2 * np.log(np.hypot(1, y)),
    cdf=lambda y: np.arctan2(1.0, -y) / np.pi,
    sf=lambda y: np.arctan2(1.0, y) / np.pi,
    ppf=_cauchy_ppf,
    doc="""The Cauchy distribution: ``cauchy.logpdf(x, loc=0, scale=1)``, and pdf, cdf, logcdf, sf, logsf, ppf.

    Parameters
    ----------
    x : array_like or Tensor
        Where to evaluate; for ppf probabilities, ``q``.
    loc, scale : array_like or Tensor
        Median, and half the width at half the height.

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Notes
    -----
    With y = (x - loc) / scale, the density is 1 / (π (1 + y²) scale) (Johnson, Kotz and Balakrishnan, chapter 16).

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import cauchy
    >>> round(float(ag.grad(cauchy.logpdf)(1.0)), 12)
    -1.0
    """,
)


def _laplace_cdf(y: Any) -> Any:
    is_right = untracked(y) > 0
    tail = 0.5 * np.exp(np.where(is_right, -y, y))
    return np.where(is_right, 1 - tail, tail)


def _laplace_logcdf(y: Any) -> Any:
    is_right = untracked(y) > 0
    return np.where(is_right, np.log1p(-0.5 * np.exp(-np.where(is_right, y, 1.0))), y - LOG_2)


def _laplace_ppf(q: Any) -> Any:
    is_right = untracked(q) > 0.5
    tail = np.log(2 * np.where(is_right, 1 - q, q))
    return np.where(is_right, -tail, tail)


laplace = Continuous(
    "laplace",
    logpdf=lambda y: -LOG_2 - np.absolute(y),
    cdf=_laplace_cdf,
    sf=lambda y: _laplace_cdf(-y),
    logcdf=_laplace_logcdf,
    logsf=lambda y: _laplace_logcdf(-y),
    ppf=_laplace_ppf,
    doc="""Laplace's distribution: ``laplace.logpdf(x, loc=0, scale=1)``, and pdf, cdf, logcdf, sf, logsf, ppf.

    Parameters
    ----------
    x : array_like or Tensor
        Where to evaluate; for ppf probabilities, ``q``.
    loc, scale : array_like or Tensor

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Notes
    -----
    With y = (x - loc) / scale, the density is exp(-abs(y)) / (2 scale) (Johnson, Kotz and Balakrishnan, chapter 24).
    At its kink, x = loc, the slope is taken as 0.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import laplace
    >>> float(ag.grad(laplace.logpdf)(3.0, 0.0, 2.0))
    -0.5
    """,
)

logistic = Continuous(
    "logistic",
    logpdf=lambda y: sc.log_expit(y) + sc.log_expit(-y),
    cdf=lambda y: sc.expit(y),
    sf=lambda y: sc.expit(-y),
    logcdf=lambda y: sc.log_expit(y),
    logsf=lambda y: sc.log_expit(-y),
    ppf=lambda q: sc.logit(q),
    doc="""The logistic distribution: ``logistic.logpdf(x, loc=0, scale=1)``, and pdf, cdf, logcdf, sf, logsf, ppf.

    Parameters
    ----------
    x : array_like or Tensor
        Where to evaluate; for ppf probabilities, ``q``.
    loc, scale : array_like or Tensor

    Returns
    -------
    Tensor, or array if no argument is a Tensor

    Notes
    -----
    With y = (x - loc) / scale, the density is exp(-y) / ((1 + exp(-y))² scale) (Johnson, Kotz and Balakrishnan,
    chapter 23): the logistic functions of y and of -y multiplied.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import logistic
    >>> float(ag.grad(logistic.logpdf)(0.0))
    0.0
    """,
)
