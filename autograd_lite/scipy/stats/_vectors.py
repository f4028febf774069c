"""Distributions of vectors: the multivariate normal and the Dirichlet distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special as sc

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import ShapeError, UnsupportedArgumentError
from autograd_lite.scipy.stats._distribution import Distribution, as_operand, may_hold


class MultivariateNormal(Distribution):
    """The multivariate normal distribution: ``multivariate_normal.logpdf(x, mean=None, cov=1)``, pdf and entropy.

    Parameters
    ----------
    x : array_like or Tensor of shape (..., d)
        Where to evaluate; of one dimension, ``x`` is one vector, or for d = 1 a number of scalars.
    mean : array_like or Tensor of shape (d,), optional
        Zero if not given.
    cov : array_like or Tensor of shape (d, d), (d,) or ()
        Covariance matrix; its diagonal; or the variance of every component.
    allow_singular : bool
        Whether ``cov`` may be singular; it may then be no Tensor.

    Returns
    -------
    Tensor, or array if no argument is a Tensor
        Of the leading shape of ``x``, with axes of length one dropped, as in SciPy.

    Raises
    ------
    numpy.linalg.LinAlgError
        If ``cov`` is not positive definite.
    UnsupportedArgumentError
        For ``allow_singular`` with ``cov`` a Tensor.

    Notes
    -----
    With the Cholesky factor L of cov = L Lᵀ and L z = x - mean, logpdf is -z·z / 2 - Σ log(L[i, i]) - d log(2 π) / 2
    (S. Kotz, N. Balakrishnan and N. L. Johnson, *Continuous Multivariate Distributions*, 2000, chapter 45). The
    gradient in cov is the symmetric one: of both entries at (i, j) and (j, i), each gets half of what a change of the
    pair does.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.scipy.stats import multivariate_normal
    >>> ag.grad(multivariate_normal.logpdf)(np.array([1.0, 0.0]), np.zeros(2), np.diag([2.0, 1.0]))
    array([-0.5,  0. ])
    """

    def __init__(self) -> None:
        optional = {"mean": None, "cov": 1, "allow_singular": False}
        super().__init__("multivariate_normal", (), optional, ("pdf", "logpdf", "entropy"))

    def logpdf(self, x: Any, *args: Any, **keywords: Any) -> Any:
        """Return the logarithm of the density at ``x``."""
        values, x = self._values("logpdf", args, keywords), as_operand(x)
        if not self._holds_tensor([x, *values]):
            return self._plainly("logpdf", x, args, keywords)
        mean, cov = self._parameters("logpdf", *values[:2])
        d = mean.shape[0]
        x = x if hasattr(x, "shape") else np.asarray(x, dtype=float)
        if x.ndim == 0 or (x.ndim == 1 and d == 1):
            x = np.reshape(x, (*x.shape, 1))
        if x.shape[-1] not in (1, d):
            raise ShapeError(f"multivariate_normal.logpdf got x of shape {x.shape} for {d} dimensions.")
        away = np.reshape(x - mean, (-1, d))
        result = _log_density_on_support(away, cov) if values[2] else _log_density(away, cov)
        return np.reshape(result, tuple(n for n in x.shape[:-1] if n != 1))

    def pdf(self, x: Any, *args: Any, **keywords: Any) -> Any:
        """Return the density at ``x``."""
        values = self._values("pdf", args, keywords)
        if not self._holds_tensor([as_operand(x), *values]):
            return self._plainly("pdf", x, args, keywords)
        return np.exp(self.logpdf(x, *args, **keywords))

    def entropy(self, mean: Any = None, cov: Any = 1) -> Any:
        """Return the differential entropy, (d + d log(2 π)) / 2 + Σ log(L[i, i])."""
        mean, cov = as_operand(mean), as_operand(cov)
        if not self._holds_tensor([mean, cov]):
            return self._of_scipy().entropy(mean, cov)
        mean, cov = self._parameters("entropy", mean, cov)
        factor, d = np.linalg.cholesky(cov), mean.shape[0]
        return d * (1 + math.log(2 * math.pi)) / 2 + np.sum(np.log(np.diagonal(factor)))

    def _parameters(self, method: str, mean: Any, cov: Any) -> tuple[Any, Any]:
        """Return the mean as a vector and the covariance as a matrix."""
        cov = cov if hasattr(cov, "shape") else np.asarray(cov, dtype=float)
        mean = mean if mean is None or hasattr(mean, "shape") else np.asarray(mean, dtype=float)
        d = max(cov.shape[-1] if cov.ndim else 1, mean.shape[-1] if mean is not None and mean.ndim else 1)
        mean = np.zeros(d) if mean is None else np.reshape(mean, (-1,))
        if cov.ndim < 2:
            cov = np.eye(d) * cov
        if mean.shape != (d,) or cov.shape != (d, d):
            raise ShapeError(
                f"multivariate_normal.{method} got a mean of shape {mean.shape} and a covariance of shape {cov.shape}: "
                f"({d},) and ({d}, {d}) fit together."
            )
        return mean, cov


def _log_density(away: Any, cov: Any) -> Any:
    """Return the logarithm of the density at distances ``away`` of shape (n, d) from the mean."""
    factor = np.linalg.cholesky(cov)
    z = np.linalg.solve(factor, np.transpose(away))
    half_log_det = np.sum(np.log(np.diagonal(factor)))
    return -0.5 * np.sum(z * z, axis=0) - half_log_det - away.shape[-1] * math.log(2 * math.pi) / 2


def _log_density_on_support(away: Any, cov: Any) -> Any:
    """Return the same for a covariance that may be singular: on its range, and -inf elsewhere, to SciPy's tolerance."""
    if isinstance(cov, Tensor) and cov.node is not None:
        raise UnsupportedArgumentError(
            "multivariate_normal with allow_singular=True takes no Tensor as cov: the density of a singular covariance "
            "is not differentiable in it. Pass the array, or allow_singular=False."
        )
    variances, vectors = np.linalg.eigh(untracked(cov))
    tiny = 1e6 * np.finfo(variances.dtype).eps * np.max(np.abs(variances))
    if np.min(variances) < -tiny:
        raise ValueError("multivariate_normal: cov must be symmetric positive semidefinite.")
    kept = variances > tiny
    z = away @ (vectors[:, kept] / np.sqrt(variances[kept]))
    log_det = np.sum(np.log(variances[kept]))
    off = np.linalg.norm(untracked(away) @ vectors[:, ~kept], axis=-1) >= 1e3 * tiny if not kept.all() else False
    result = -0.5 * (np.sum(z * z, axis=-1) + log_det + np.sum(kept) * math.log(2 * math.pi))
    return np.where(off, -np.inf, result)


class Dirichlet(Distribution):
    """The Dirichlet distribution: ``dirichlet.logpdf(x, alpha)`` and pdf.

    Parameters
    ----------
    x : array_like or Tensor of shape (k,), (k, n) or (k - 1,), (k - 1, n)
        Shares that sum to one along the first axis; the last may be left out.
    alpha : array_like or Tensor of shape (k,)
        Concentrations.

    Returns
    -------
    Tensor, or array if no argument is a Tensor
        Of shape () or (n,).

    Raises
    ------
    ValueError
        If shares do not sum to one, or a parameter is not positive: SciPy's own errors.

    Notes
    -----
    logpdf is log Γ(Σ alpha) - Σ log Γ(alpha) + Σ (alpha - 1) log(x) (Kotz, Balakrishnan and Johnson, chapter 49). The
    gradient in ``x`` treats shares as independent: that they sum to one is not part of it.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.scipy.stats import dirichlet
    >>> ag.grad(dirichlet.logpdf)(np.array([0.25, 0.75]), np.array([2.0, 4.0]))
    array([4., 4.])
    """

    def __init__(self) -> None:
        super().__init__("dirichlet", ("alpha",), {}, ("pdf", "logpdf"))

    def logpdf(self, x: Any, *args: Any, **keywords: Any) -> Any:
        """Return the logarithm of the density at ``x``."""
        return self._evaluated("logpdf", x, args, keywords)

    def pdf(self, x: Any, *args: Any, **keywords: Any) -> Any:
        """Return the density at ``x``."""
        return self._evaluated("pdf", x, args, keywords)

    def _evaluated(self, method: str, x: Any, args: Any, keywords: Any) -> Any:
        (alpha,), x = self._values(method, args, keywords), as_operand(x)
        if not self._holds_tensor([x, alpha]):
            return self._plainly(method, x, args, keywords)
        x, alpha = (value if hasattr(value, "shape") else np.asarray(value, dtype=float) for value in (x, alpha))
        plain = untracked([x, alpha])
        if all(isinstance(value, np.ndarray) for value in plain):
            self._of_scipy().logpdf(*plain)  # for its errors
        if x.shape[0] + 1 == alpha.shape[0]:
            x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
        weights = np.reshape(alpha, alpha.shape + (1,) * (x.ndim - 1)) - 1
        vanishes = (untracked(x) == 0) & (untracked(weights) > 0)
        is_empty = np.any(vanishes, axis=0)
        if may_hold(is_empty):
            x = np.where(vanishes, 1, x)
        result = sc.gammaln(np.sum(alpha)) - np.sum(sc.gammaln(alpha)) + np.sum(sc.xlogy(weights, x), axis=0)
        result = result if method == "logpdf" else np.exp(result)
        if may_hold(is_empty):
            result = np.where(is_empty, -np.inf if method == "logpdf" else 0.0, result)
        return result


multivariate_normal = MultivariateNormal()
dirichlet = Dirichlet()
