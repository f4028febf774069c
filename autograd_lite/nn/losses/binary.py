"""Binary cross-entropy: of probabilities of yes, and of logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError
from autograd_lite.nn.losses.pieces import (
    Loss,
    alike,
    checked_reduction,
    first_wrong,
    fixed,
    pointwise,
    real,
    weighted,
)

# Binary cross-entropy of probabilities: logarithms are not taken to be less than -100, as PyTorch has it

_LEAST = -100.0
_SMALLEST = float(np.float32(1e-12))  # PyTorch has it in single precision


def _log(p: Any) -> Any:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(p), _LEAST)


def _log_of_complement(p: Any) -> Any:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log1p(-p), _LEAST)


def _is_share(p: Any) -> Any:
    """Return where numbers are from 0 to 1, or NaN: that is for the loss to show."""
    return ~((p < 0) | (p > 1))


_binary = pointwise(
    "binary_cross_entropy",
    lambda p, target, setting: -(target * _log(p) + (1 - target) * _log_of_complement(p)),
    lambda p, target, setting: (p - target) / np.maximum(p * (1 - p), _SMALLEST),
    lambda p, target, setting: _log_of_complement(p) - _log(p),
)


def binary_cross_entropy(prediction: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """Return the cross-entropy of probabilities of yes, -(t log p + (1 - t) log(1 - p)).

    Logarithms are not taken to be less than -100. Where the probabilities are a sigmoid's,
    `binary_cross_entropy_with_logits` loses no digits.

    Parameters
    ----------
    prediction : Tensor or array
        p, from 0 to 1.
    target : Tensor or array of the same shape
        t, from 0 to 1.
    weight : array, optional
        A factor of each loss, before the reduction; broadcast.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor of shape (), or of the shape of the prediction

    Raises
    ------
    ShapeError
        If the shapes do not match, or there is nothing to take the mean of.
    ValueError
        If a probability or a target is not from 0 to 1.

    Examples
    --------
    >>> from autograd_lite.nn import binary_cross_entropy
    >>> float(binary_cross_entropy([0.5, 0.5], [0.0, 1.0]))
    0.6931471805599453
    """
    name = "binary_cross_entropy"
    prediction, target = alike(prediction, target, name)
    worst = first_wrong(prediction, _is_share)
    if worst is not None:
        raise ValueError(
            f"{name} got the prediction {worst}, and probabilities are from 0 to 1: use "
            f"binary_cross_entropy_with_logits for a network's plain outputs"
        )
    worst = first_wrong(target, _is_share)
    if worst is not None:
        raise ValueError(
            f"{name} got the target {worst}, and targets are from 0 to 1: (1 + t) / 2 makes them of -1 and 1"
        )
    return weighted(_binary, prediction, target, weight, checked_reduction(reduction, name), name)


class BCELoss(Loss):
    """Binary cross-entropy of probabilities; see `binary_cross_entropy`.

    Parameters
    ----------
    weight : array, optional
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.BCELoss()([0.5, 0.5], [0.0, 1.0]))
    0.6931471805599453
    """

    buffers = ("weight",)

    def __init__(self, weight: Any = None, reduction: str = "mean"):
        super().__init__(reduction)
        self.weight = fixed(weight)

    def forward(self, prediction: Any, target: Any) -> Any:
        """Return the loss."""
        return binary_cross_entropy(prediction, target, self.weight, self.reduction)


# ... and of logits. With s = σ(x) and s' = σ(-x) = 1 - s, both without cancellation: d/dx = (1 - t) s - w t s'.


def _shares(x: Any) -> tuple[Any, Any]:
    """Return σ(x) and σ(-x); of plain arrays both from one exponential, and without the branches of ``np.where``."""
    if type(x) is not np.ndarray:  # recorded: by functions that are smooth at 0, unlike the absolute value
        return np.exp(-np.logaddexp(0, -x)), np.exp(-np.logaddexp(0, x))
    decay = np.exp(-np.abs(x))
    total = 1 + decay
    return np.maximum(decay, x >= 0) / total, np.maximum(decay, x < 0) / total


def _logistic_value(x: Any, target: Any, weight: Any) -> Any:
    rest = np.log1p(np.exp(-np.abs(x)))
    if weight is None:
        return np.maximum(x, 0) - x * target + rest
    return (1 - target) * x + (1 + (weight - 1) * target) * (np.maximum(-x, 0) + rest)


def _logistic_slope(x: Any, target: Any, weight: Any) -> Any:
    yes, no = _shares(x)
    return (1 - target) * yes - (target if weight is None else weight * target) * no


def _logistic_target_slope(x: Any, target: Any, weight: Any) -> Any:
    if weight is None:
        return -x
    return (weight - 1) * np.logaddexp(0, -x) - x


_logistic = pointwise("binary_cross_entropy_with_logits", _logistic_value, _logistic_slope, _logistic_target_slope)


def binary_cross_entropy_with_logits(
    prediction: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """Return the cross-entropy of yes and no under the sigmoid of logits, log(1 + exp(x)) - t x.

    Parameters
    ----------
    prediction : Tensor or array
        x, any real numbers; do not apply a sigmoid before.
    target : Tensor or array of the same shape
        t, from 0 to 1; other numbers are taken as they are, as PyTorch does.
    weight : array, optional
        A factor of each loss, before the reduction; broadcast.
    reduction : {"mean", "sum", "none"}
    pos_weight : array, optional
        A factor of what the losses owe to t, one for each position along the last axis: above 1 where yes is rare.

    Returns
    -------
    Tensor of shape (), or of the shape of the prediction

    Raises
    ------
    ShapeError
        If the shapes do not match, or there is nothing to take the mean of.

    Examples
    --------
    >>> from autograd_lite.nn import binary_cross_entropy_with_logits
    >>> float(binary_cross_entropy_with_logits([0.0, 1000.0], [0.0, 1.0]))
    0.34657359027997264
    """
    name = "binary_cross_entropy_with_logits"
    prediction, target = alike(prediction, target, name)
    if pos_weight is not None:
        pos_weight = real(pos_weight, name, "pos_weight", like=prediction)
        try:
            pos_weight = np.broadcast_to(pos_weight, prediction.shape)
        except ValueError:
            raise ShapeError(
                f"{name}: a pos_weight of shape {pos_weight.shape} does not broadcast to {prediction.shape}"
            ) from None
    return weighted(_logistic, prediction, target, weight, checked_reduction(reduction, name), name, pos_weight)


class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy of logits; see `binary_cross_entropy_with_logits`.

    Parameters
    ----------
    weight : array, optional
    reduction : {"mean", "sum", "none"}
    pos_weight : array, optional

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.BCEWithLogitsLoss()([0.0, 1000.0], [0.0, 1.0]))
    0.34657359027997264
    """

    buffers = ("weight", "pos_weight")

    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None):
        super().__init__(reduction)
        self.weight, self.pos_weight = fixed(weight), fixed(pos_weight)

    def forward(self, prediction: Any, target: Any) -> Any:
        """Return the loss."""
        return binary_cross_entropy_with_logits(prediction, target, self.weight, self.reduction, self.pos_weight)
