"""Losses with a margin: nothing to pay where an answer is right by enough."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.errors import ShapeError
from autograd_lite.nn.activations.pieces import relu
from autograd_lite.nn.losses import labels as checks
from autograd_lite.nn.losses.pieces import (
    Loss,
    alike,
    array,
    checked_reduction,
    clamped,
    first_wrong,
    fixed,
    pointwise,
    reduced,
)


def signs(target: Any, like: Any, name: str) -> Any:
    """Return targets as an array of 1 and -1, in the dtype of the predictions.

    Raises
    ------
    ValueError
        If one is another number.
    """
    target = np.asarray(untracked(array(target)))
    worst = first_wrong(target, lambda t: np.abs(t) == 1)
    if worst is not None:
        raise ValueError(f"{name} got the target {worst}: targets are 1 and -1 (2 * t - 1 makes them of 0 and 1)")
    return target.astype(like.dtype) if like.dtype.kind == "f" else target


_hinge_embedding = pointwise(
    "hinge_embedding_loss",
    lambda x, sign, margin: np.where(sign > 0, x, np.maximum(margin - x, 0)),
    lambda x, sign, margin: np.where(sign > 0, np.ones_like(x), (x <= margin) * -np.ones_like(x)),
    lambda x, sign, margin: np.zeros_like(x),
)

_soft_margin = pointwise(
    "soft_margin_loss",
    lambda x, sign, setting: np.logaddexp(0, -sign * x),
    lambda x, sign, setting: -sign * np.exp(-np.logaddexp(0, sign * x)),
    lambda x, sign, setting: np.zeros_like(x),
)


def hinge_embedding_loss(prediction: Any, target: Any, margin: float = 1.0, reduction: str = "mean") -> Any:
    """Return a distance x where the target is 1, and max(0, margin - x) where it is -1.

    Parameters
    ----------
    prediction : Tensor or array
        Distances: those of pairs of different things are to be greater than the margin.
    target : array of the same shape
        1 for pairs of like things, -1 for the others.
    margin : float
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor of shape (), or of the shape of the prediction

    Raises
    ------
    ShapeError
        If the shapes do not match, or there is nothing to take the mean of.
    ValueError
        If a target is neither 1 nor -1.

    Examples
    --------
    >>> from autograd_lite.nn import hinge_embedding_loss
    >>> float(hinge_embedding_loss([0.5, 0.25], [1, -1], reduction="sum"))
    1.25
    """
    name, prediction = "hinge_embedding_loss", array(prediction)
    prediction, target = alike(prediction, signs(target, prediction, name), name)
    return _hinge_embedding(prediction, target, checked_reduction(reduction, name), float(margin))


class HingeEmbeddingLoss(Loss):
    """Distances of pairs, with a margin; see `hinge_embedding_loss`.

    Parameters
    ----------
    margin : float
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.HingeEmbeddingLoss(reduction="sum")([0.5, 0.25], [1, -1]))
    1.25
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean"):
        super().__init__(reduction)
        self.margin = margin

    def forward(self, prediction: Any, target: Any) -> Any:
        """Return the loss."""
        return hinge_embedding_loss(prediction, target, self.margin, self.reduction)


def soft_margin_loss(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """Return log(1 + exp(-t x)), the cross-entropy of targets 1 and -1.

    Parameters and errors are those of `hinge_embedding_loss`, without a margin.

    Examples
    --------
    >>> from autograd_lite.nn import soft_margin_loss
    >>> float(soft_margin_loss([0.0, 1000.0], [1, 1]))
    0.34657359027997264
    """
    name, prediction = "soft_margin_loss", array(prediction)
    prediction, target = alike(prediction, signs(target, prediction, name), name)
    return _soft_margin(prediction, target, checked_reduction(reduction, name))


class SoftMarginLoss(Loss):
    """Cross-entropy of targets 1 and -1; see `soft_margin_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.SoftMarginLoss()([0.0, 1000.0], [1, 1]))
    0.34657359027997264
    """

    def forward(self, prediction: Any, target: Any) -> Any:
        """Return the loss."""
        return soft_margin_loss(prediction, target, self.reduction)


def multi_margin_loss(
    prediction: Any, labels: Any, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean"
) -> Any:
    """Return the multi-class hinge loss, Σ_{i≠y} max(0, margin - x_y + x_i)ᵖ / classes.

    J. Weston & C. Watkins, *Support vector machines for multi-class pattern recognition*, ESANN 1999.

    Parameters
    ----------
    prediction : Tensor or array of shape (N, classes), or (classes,)
        Scores.
    labels : integer array of shape (N,), or an integer
        y, the index of the right class.
    p : {1, 2}
    margin : float
        By how much the right score is to be the greatest.
    weight : array of shape (classes,), optional
        A factor for the losses of each class y.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor of shape (), or of the shape of the labels

    Raises
    ------
    ShapeError, DtypeError, IndexError
        As `cross_entropy`.
    ValueError
        If p is neither 1 nor 2.

    Examples
    --------
    >>> from autograd_lite.nn import multi_margin_loss
    >>> float(multi_margin_loss([[0.0, 1.0, 0.5, 0.5]], [1]))
    0.25
    """
    name = "multi_margin_loss"
    checked_reduction(reduction, name)
    if p not in (1, 2):
        raise ValueError(f"{name}(p={p!r}) must be 1 or 2")
    prediction = array(prediction)
    if prediction.ndim > 2:
        raise ShapeError(f"{name} of scores of shape {prediction.shape}: (N, classes) or (classes,) is needed")
    batch = checks.Batch(prediction, labels, name, reduction)
    weights = checks.class_weights(weight, batch, name)
    right = batch.counted()[1]
    x, rows = batch.rows, np.arange(batch.count)
    others = np.ones((batch.count, batch.classes), x.dtype)
    others[rows, right] = 0
    short = relu(margin - np.expand_dims(x[rows, right], -1) + x) * others
    losses = np.sum(short if p == 1 else np.square(short), axis=-1) / batch.classes
    losses = losses if weights is None else losses * weights[right]
    return losses[0] if batch.shape == () else reduced(losses, reduction, name)


class MultiMarginLoss(Loss):
    """Multi-class hinge loss; see `multi_margin_loss`.

    Parameters
    ----------
    p : {1, 2}
    margin : float
    weight : array of shape (classes,), optional
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.MultiMarginLoss()([[0.0, 1.0, 0.5, 0.5]], [1]))
    0.25
    """

    buffers = ("weight",)

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean"):
        super().__init__(reduction)
        self.p, self.margin, self.weight = p, margin, fixed(weight)

    def forward(self, prediction: Any, labels: Any) -> Any:
        """Return the loss."""
        return multi_margin_loss(prediction, labels, self.p, self.margin, self.weight, self.reduction)


def margin_ranking_loss(left: Any, right: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> Any:
    """Return max(0, margin - t (left - right)): where t is 1 the left is to be greater, where -1 the right.

    Parameters
    ----------
    left, right : Tensor or array
        Scores.
    target : array of the same shape
        1 and -1.
    margin : float
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor of shape (), or of the shape of the scores

    Raises
    ------
    ShapeError, ValueError
        As `hinge_embedding_loss`.

    Examples
    --------
    >>> from autograd_lite.nn import margin_ranking_loss
    >>> float(margin_ranking_loss([1.0, 2.0], [3.0, 0.0], [1, 1]))
    1.0
    """
    name = "margin_ranking_loss"
    left, right = alike(left, right, name, ("left", "right"))
    left, target = alike(left, signs(target, left, name), name, ("left", "target"))
    return reduced(clamped(margin - target * (left - right)), checked_reduction(reduction, name), name)


class MarginRankingLoss(Loss):
    """Hinge loss of an order; see `margin_ranking_loss`.

    Parameters
    ----------
    margin : float
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.MarginRankingLoss()([1.0, 2.0], [3.0, 0.0], [1, 1]))
    1.0
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean"):
        super().__init__(reduction)
        self.margin = margin

    def forward(self, left: Any, right: Any, target: Any) -> Any:
        """Return the loss."""
        return margin_ranking_loss(left, right, target, self.margin, self.reduction)
