"""Losses of numbers: squares, absolute values, what lies between them, and likelihoods of counts and of Gaussians."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.primitive import general
from autograd_lite.errors import ShapeError
from autograd_lite.nn.losses.pieces import (
    Loss,
    alike,
    array,
    checked_reduction,
    first_wrong,
    pointwise,
    real,
    reduced,
    refuse_nothing,
)

# Squares: the mean as one operation, by a dot product


def _mean_square(prediction: Any, target: Any) -> Any:
    error = prediction - target
    if type(error) is np.ndarray:
        flat = error.reshape(-1)
        return flat.dot(flat) / flat.size
    return np.mean(error * error)


def _to_prediction(g: Any, prediction: Any, target: Any) -> Any:
    error = prediction - target
    scaled = g * (2 / math.prod(error.shape))
    return (scaled if g.ndim == 0 else np.expand_dims(scaled, tuple(range(-error.ndim, 0)))) * error


_mse = general(
    _mean_square, name="mse_loss",
    prediction=_to_prediction, target=lambda g, prediction, target: _to_prediction(g, target, prediction),
)  # fmt: skip


def mse_loss(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """Return the mean squared error, mean((prediction - target)²).

    Parameters
    ----------
    prediction : Tensor or array
    target : Tensor or array of the same shape
    reduction : {"mean", "sum", "none"}
        Whether to return the mean, the sum, or all squares.

    Returns
    -------
    Tensor of shape (), or of the shape of the prediction

    Warns
    -----
    UserWarning
        If the shapes differ and match only by broadcasting: (N, 1) against (N,) compares each with each.

    Raises
    ------
    ShapeError
        If the shapes do not match at all, or there is nothing to take the mean of.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import mse_loss
    >>> float(mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    prediction, target = array(prediction), array(target)
    if prediction.shape != target.shape or prediction.dtype != target.dtype:
        prediction, target = alike(prediction, target, "mse_loss")
    if reduction == "mean":
        refuse_nothing(prediction.shape, "mse_loss")
        return _mse(prediction, target)
    squares = np.square(prediction - target)
    return reduced(squares, checked_reduction(reduction, "mse_loss"), "mse_loss")


class MSELoss(Loss):
    """Mean squared error; see `mse_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.MSELoss()([1.0, 2.0], [1.0, 4.0]))
    2.0
    """

    def forward(self, prediction: Any, target: Any) -> Any:
        """Return the loss."""
        return mse_loss(prediction, target, self.reduction)


# Absolute values, and squares near zero that become straight lines


_l1 = pointwise(
    "l1_loss",
    lambda prediction, target, setting: np.abs(prediction - target),
    lambda prediction, target, setting: np.sign(prediction - target),
    lambda prediction, target, setting: np.sign(target - prediction),
)


def _huber_value(prediction: Any, target: Any, delta: float) -> Any:
    error = prediction - target
    near = np.clip(error, -delta, delta)
    return near * (error - 0.5 * near)  # e²/2 up to delta, and from there on delta (|e| - delta/2)


_huber = pointwise(
    "huber_loss",
    _huber_value,
    lambda prediction, target, delta: np.clip(prediction - target, -delta, delta),
    lambda prediction, target, delta: np.clip(target - prediction, -delta, delta),
)


def l1_loss(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """Return the mean absolute error, mean(|prediction - target|); its slope is 0 where they are equal.

    Parameters, warnings and errors are those of `mse_loss`.

    Examples
    --------
    >>> from autograd_lite.nn import l1_loss
    >>> float(l1_loss([1.0, 2.0], [1.0, 4.0]))
    1.0
    """
    prediction, target = alike(prediction, target, "l1_loss")
    return _l1(prediction, target, checked_reduction(reduction, "l1_loss"))


class L1Loss(Loss):
    """Mean absolute error; see `l1_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.L1Loss(reduction="sum")([1.0, 2.0], [1.0, 4.0]))
    2.0
    """

    def forward(self, prediction: Any, target: Any) -> Any:
        """Return the loss."""
        return l1_loss(prediction, target, self.reduction)


def huber_loss(prediction: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Return Huber's loss of the error e: e²/2 where |e| ≤ δ, and δ (|e| - δ/2) beyond.

    P. Huber, *Robust estimation of a location parameter*, Annals of Mathematical Statistics 35 (1964).

    Parameters
    ----------
    prediction : Tensor or array
    target : Tensor or array of the same shape
    reduction : {"mean", "sum", "none"}
    delta : float
        Where squares become straight lines; positive.

    Returns
    -------
    Tensor of shape (), or of the shape of the prediction

    Raises
    ------
    ValueError
        If delta is not positive; further warnings and errors are those of `mse_loss`.

    Examples
    --------
    >>> from autograd_lite.nn import huber_loss
    >>> float(huber_loss([0.0, 0.0], [1.0, 3.0], delta=2.0))
    2.25
    """
    if not delta > 0:
        raise ValueError(f"huber_loss(delta={delta!r}): a positive number is needed")
    prediction, target = alike(prediction, target, "huber_loss")
    return _huber(prediction, target, checked_reduction(reduction, "huber_loss"), float(delta))


class HuberLoss(Loss):
    """Huber's loss; see `huber_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
    delta : float

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.HuberLoss(delta=2.0)([0.0, 0.0], [1.0, 3.0]))
    2.25
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0):
        super().__init__(reduction)
        self.delta = delta

    def forward(self, prediction: Any, target: Any) -> Any:
        """Return the loss."""
        return huber_loss(prediction, target, self.reduction, self.delta)


def smooth_l1_loss(prediction: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """Return Huber's loss divided by where it becomes straight: e²/2β where |e| ≤ β, and |e| - β/2 beyond.

    R. Girshick, *Fast R-CNN*, ICCV 2015. Parameters, warnings and errors are those of `huber_loss`; β = 0 gives
    `l1_loss`.

    Examples
    --------
    >>> from autograd_lite.nn import smooth_l1_loss
    >>> float(smooth_l1_loss([0.0, 0.0], [1.0, 3.0], beta=2.0))
    1.125
    """
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss(beta={beta!r}): a number that is not negative is needed")
    prediction, target = alike(prediction, target, "smooth_l1_loss")
    checked_reduction(reduction, "smooth_l1_loss")
    if beta == 0:
        return _l1(prediction, target, reduction)
    return _huber(prediction, target, reduction, float(beta)) / beta


class SmoothL1Loss(Loss):
    """Smooth absolute error; see `smooth_l1_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
    beta : float

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.SmoothL1Loss(beta=2.0)([0.0, 0.0], [1.0, 3.0]))
    1.125
    """

    def __init__(self, reduction: str = "mean", beta: float = 1.0):
        super().__init__(reduction)
        self.beta = beta

    def forward(self, prediction: Any, target: Any) -> Any:
        """Return the loss."""
        return smooth_l1_loss(prediction, target, self.reduction, self.beta)


# Negative logarithms of likelihoods


def gaussian_nll_loss(
    prediction: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """Return the negative logarithm of a Gaussian's density, (log v + (prediction - target)² / v) / 2.

    D. Nix & A. Weigend, *Estimating the mean and variance of the target probability distribution*, ICNN 1994.

    Parameters
    ----------
    prediction : Tensor or array
        The means.
    target : Tensor or array of the same shape
    var : Tensor or array
        The variances: of the same shape, or without the last axis or with one of length 1; or a number.
    full : bool
        Whether to add the constant log(2π) / 2.
    eps : float
        v is the variance or eps, whichever is larger; below, the slope in the variance is 0 (PyTorch lets it through).
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor of shape (), or of the shape of the prediction

    Raises
    ------
    ShapeError
        If the shapes do not match.
    ValueError
        If a variance is negative, or eps is not positive.

    Examples
    --------
    >>> from autograd_lite.nn import gaussian_nll_loss
    >>> float(gaussian_nll_loss([1.0, 2.0], [1.0, 4.0], [1.0, 1.0]))
    1.0
    """
    name = "gaussian_nll_loss"
    prediction, target = alike(prediction, target, name)
    var = real(var, name, "var", like=prediction)
    if var.shape == prediction.shape[:-1] != prediction.shape:
        var = np.expand_dims(var, -1)
    if var.shape not in ((), prediction.shape, (*prediction.shape[:-1], 1)):
        raise ShapeError(f"{name} got a prediction of shape {prediction.shape} and variances of shape {var.shape}")
    if not eps > 0:
        raise ValueError(f"{name}(eps={eps!r}): a positive number is needed")
    worst = first_wrong(var, lambda v: ~(v < 0))  # NaN is for the loss to show
    if worst is not None:
        raise ValueError(f"{name} got the variance {worst}: a network's outputs become positive by exp or softplus")
    v = np.maximum(var, eps)
    losses = 0.5 * (np.log(v) + np.square(prediction - target) / v)
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduced(losses, checked_reduction(reduction, name), name)


class GaussianNLLLoss(Loss):
    """Negative logarithm of a Gaussian's density; see `gaussian_nll_loss`.

    Parameters
    ----------
    full : bool
    eps : float
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.GaussianNLLLoss()([1.0, 2.0], [1.0, 4.0], [1.0, 1.0]))
    1.0
    """

    def __init__(self, full: bool = False, eps: float = 1e-6, reduction: str = "mean"):
        super().__init__(reduction)
        self.full, self.eps = full, eps

    def forward(self, prediction: Any, target: Any, var: Any) -> Any:
        """Return the loss."""
        return gaussian_nll_loss(prediction, target, var, self.full, self.eps, self.reduction)
