"""Losses of probabilities and rates: the Kullback-Leibler divergence, counts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.errors import ShapeError
from autograd_lite.nn.losses.pieces import (
    REDUCTIONS,
    Loss,
    alike,
    checked_reduction,
    pointwise,
    reduced,
)

# The Kullback-Leibler divergence. Where the target is 0 it is 0, whatever the prediction, which may be -inf.


def _divergence(log_p: Any, target: Any, setting: Any) -> Any:
    none = target == 0
    return target * (np.log(np.where(none, 1, target)) - np.where(none, 0, log_p))


_kl = pointwise(
    "kl_div",
    _divergence,
    lambda log_p, target, setting: -target,
    lambda log_p, target, setting: np.log(target) + 1 - log_p,
)

_kl_of_logs = pointwise(
    "kl_div",
    lambda log_p, target, setting: np.exp(target) * (target - log_p),
    lambda log_p, target, setting: -np.exp(target),
    lambda log_p, target, setting: np.exp(target) * (target - log_p + 1),
)


def kl_div(prediction: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    """Return the Kullback-Leibler divergence of predicted from target probabilities, Σ t (log t - log p).

    S. Kullback & R. Leibler, *On information and sufficiency*, Annals of Mathematical Statistics 22 (1951).

    Parameters
    ----------
    prediction : Tensor or array
        log p, as `log_softmax` gives it.
    target : Tensor or array of the same shape
        t; or log t.
    reduction : {"mean", "batchmean", "sum", "none"}
        "mean" is over all elements, as PyTorch has it; "batchmean", the sum divided by the length of the first axis, is
        the mean of the divergences of the rows.
    log_target : bool
        Whether the target is log t.

    Returns
    -------
    Tensor of shape (), or of the shape of the prediction

    Raises
    ------
    ShapeError
        If the shapes do not match, or there is nothing to take the mean of.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import kl_div
    >>> float(kl_div(np.log([[0.5, 0.5]]), [[1.0, 0.0]], reduction="batchmean"))
    0.6931471805599453
    """
    prediction, target = alike(prediction, target, "kl_div")
    checked_reduction(reduction, "kl_div", (*REDUCTIONS, "batchmean"))
    loss = _kl_of_logs if log_target else _kl
    if reduction != "batchmean":
        return loss(prediction, target, reduction)
    if prediction.ndim == 0 or 0 in prediction.shape:
        raise ShapeError(f"kl_div(reduction='batchmean') of arrays of shape {prediction.shape}: there are no rows")
    return loss(prediction, target, "sum") / prediction.shape[0]


class KLDivLoss(Loss):
    """Kullback-Leibler divergence; see `kl_div`.

    Parameters
    ----------
    reduction : {"mean", "batchmean", "sum", "none"}
    log_target : bool

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> float(nn.KLDivLoss("batchmean")(np.log([[0.5, 0.5]]), [[1.0, 0.0]]))
    0.6931471805599453
    """

    reductions = (*REDUCTIONS, "batchmean")

    def __init__(self, reduction: str = "mean", log_target: bool = False):
        super().__init__(reduction)
        self.log_target = log_target

    def forward(self, prediction: Any, target: Any) -> Any:
        """Return the loss."""
        return kl_div(prediction, target, self.reduction, self.log_target)


# Counts


def poisson_nll_loss(
    prediction: Any, target: Any, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean"
) -> Any:
    """Return the negative logarithm of a Poisson probability of counts, λ - t log λ, without its constant log t!.

    Parameters
    ----------
    prediction : Tensor or array
        log λ; or λ.
    target : Tensor or array of the same shape
        The counts t.
    log_input : bool
        Whether the prediction is log λ.
    full : bool
        Whether to add Stirling's approximation of the constant, t log t - t + log(2π t) / 2, where t > 1.
    eps : float
        Added to λ in its logarithm, where the prediction is λ.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor of shape (), or of the shape of the prediction

    Raises
    ------
    ShapeError
        If the shapes do not match, or there is nothing to take the mean of.

    Examples
    --------
    >>> from autograd_lite.nn import poisson_nll_loss
    >>> float(poisson_nll_loss([0.0, 0.0], [1.0, 3.0]))
    1.0
    """
    name = "poisson_nll_loss"
    prediction, target = alike(prediction, target, name)
    losses = np.exp(prediction) - target * prediction if log_input else prediction - target * np.log(prediction + eps)
    if full:
        many = untracked(target) > 1
        t = np.where(many, target, 1)
        losses = losses + np.where(many, t * np.log(t) - t + 0.5 * np.log(2 * math.pi * t), 0)
    return reduced(losses, checked_reduction(reduction, name), name)


class PoissonNLLLoss(Loss):
    """Negative logarithm of a Poisson probability; see `poisson_nll_loss`.

    Parameters
    ----------
    log_input, full : bool
    eps : float
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.PoissonNLLLoss()([0.0, 0.0], [1.0, 3.0]))
    1.0
    """

    def __init__(self, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean"):
        super().__init__(reduction)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, prediction: Any, target: Any) -> Any:
        """Return the loss."""
        return poisson_nll_loss(prediction, target, self.log_input, self.full, self.eps, self.reduction)
