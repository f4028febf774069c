"""How good a fit is, by its residuals: chi-squared and its probability, likelihood, information criteria.

Formulas as in G. Seber, C. Wild, *Nonlinear Regression*, Wiley 1989, section 2.1, and W. Press et al., *Numerical
Recipes*, 3rd ed., sections 15.1 and 15.6. Of Tensors everything is recorded.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.losses import Loss
from autograd_lite.regression.data import Data

#: What residuals say about a fit, each an attribute of `Goodness` and a field of `FitResult`.
STATISTICS = (
    "chi_squared",
    "dof",
    "variance",
    "p_value",
    "r_squared",
    "log_likelihood",
    "aic",
    "bic",
    "residuals",
)


class Goodness:
    """What residuals say about a fit; the attributes are those of `FitResult`.

    Parameters
    ----------
    data : Data
    loss : Loss
    whitened : array of shape (n,)
        model - y in standard deviations.
    used : number
        How many parameters the fit uses up.
    absolute : bool
        Whether sigma is in the units of y.
    squares : float, optional
        The sum of squares, if it is known better than by the residuals.
    """

    def __init__(self, data: Data, loss: Loss, whitened: Any, used: Any, absolute: bool, squares: float | None = None):
        self._data, self._loss, self._whitened, self._used, self._absolute = data, loss, whitened, used, absolute
        self.chi_squared: Any = np.sum(whitened * whitened) if squares is None else squares
        self.dof: Any = data.size - used

    @functools.cached_property
    def variance(self) -> Any:
        """What (Jᵀ J)⁻¹ is multiplied with; infinite where no data are left to tell it by."""
        if not self._loss.is_linear:
            return self._robust_variance()
        if self._absolute:
            return 1.0
        return self.chi_squared / self.dof if self.dof > 0 else math.inf

    @property
    def p_value(self) -> Any:
        """The probability that chi-squared is larger by chance; NaN unless sigma is in the units of y."""
        from scipy.special import chdtrc

        is_known = self._absolute and self._loss.is_linear and self.dof > 0
        return chdtrc(self.dof, self.chi_squared) if is_known else math.nan

    @property
    def residuals(self) -> Any:
        """Return y - model, in the units of y."""
        if self._data.factor is not None:
            return -(self._data.factor @ self._whitened)
        return -self._whitened if self._data.sigma is None else -self._whitened * self._data.sigma

    @property
    def r_squared(self) -> Any:
        """The part of the weighted sum of squares about the weighted mean that the model explains; NaN if that is 0."""
        data = self._data
        ones, values = data.whitened(np.ones(data.size)), data.whitened(data.values)
        centred = values - ones * ((ones @ values) / (ones @ ones))
        total = centred @ centred
        return 1.0 - np.sum(self._whitened * self._whitened) / total if total > 0.0 else math.nan

    @functools.cached_property
    def log_likelihood(self) -> Any:
        """The normal likelihood's logarithm at its maximum, over the variance too if it is unknown."""
        data, count = self._data, self._data.size
        spread: Any = 0.0
        if data.factor is not None:
            spread = np.sum(np.log(np.diag(data.factor)))
        elif data.sigma is not None:
            spread = np.sum(np.log(data.sigma))
        if self._absolute:
            return -0.5 * self.chi_squared - spread - 0.5 * count * math.log(2.0 * math.pi)
        if self.chi_squared == 0.0:
            return math.inf
        return -0.5 * count * (np.log(2.0 * math.pi * self.chi_squared / count) + 1.0) - spread

    @property
    def aic(self) -> Any:
        """Akaike's information criterion."""
        return 2.0 * self._estimated - 2.0 * self.log_likelihood

    @property
    def bic(self) -> Any:
        """The Bayesian information criterion."""
        return self._estimated * math.log(self._data.size) - 2.0 * self.log_likelihood

    @property
    def _estimated(self) -> Any:
        """How many numbers are estimated: the variance counts where it is."""
        return self._used + (0 if self._absolute else 1)

    def _robust_variance(self) -> Any:
        """Return the variance in Huber's covariance, Σψ²/(n - m) / (Σψ'/n)² (P. Huber, *Robust Statistics*, 1981)."""
        _, first, second = self._loss.at(self._whitened)
        z = (self._whitened / self._loss.scale) ** 2
        psi, slope = self._whitened * first, np.mean(first + 2.0 * z * second)
        if self.dof <= 0 or not slope > 0.0:
            return math.inf
        # The covariance is built on J scaled by the loss, whose squares have the mean slope already.
        return (psi @ psi) / self.dof / slope
