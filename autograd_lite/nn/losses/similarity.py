"""Angles between vectors: the cosine similarity, and its loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError
from autograd_lite.nn.arguments import check_axes
from autograd_lite.nn.losses.margins import signs
from autograd_lite.nn.losses.pieces import Loss, checked_reduction, clamped, real, reduced
from autograd_lite.nn.module import Module
from autograd_lite.rules.axes import one_from_back


def cosine_similarity(left: Any, right: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """Return the cosine of the angle between vectors, l · r / (max(‖l‖, ε) max(‖r‖, ε)).

    Parameters
    ----------
    left, right : Tensor or array
        They may broadcast.
    dim : int
        The axis along which vectors lie.
    eps : float
        Vectors that are shorter count as having this length; the slope is then that of the product alone.

    Returns
    -------
    Tensor, without that axis

    Raises
    ------
    ShapeError
        If the shapes do not match, or there is no such axis.

    Examples
    --------
    >>> from autograd_lite.nn import cosine_similarity
    >>> float(cosine_similarity([3.0, 4.0], [6.0, 8.0], dim=0))
    1.0
    """
    left, right = real(left, "cosine_similarity", "left"), real(right, "cosine_similarity", "right")
    try:
        shape = np.broadcast_shapes(left.shape, right.shape)
    except ValueError:
        raise ShapeError(f"cosine_similarity of shapes {left.shape} and {right.shape}, which do not match") from None
    check_axes(dim, shape, "cosine_similarity")
    axis = one_from_back(dim, len(shape))
    left, right = (x if x.shape == shape else np.broadcast_to(x, shape) for x in (left, right))
    lengths = [np.maximum(np.linalg.norm(x, axis=axis), eps) for x in (left, right)]
    return np.sum(left * right, axis=axis) / (lengths[0] * lengths[1])


class CosineSimilarity(Module):
    """Cosine of the angle between vectors; see `cosine_similarity`.

    Parameters
    ----------
    dim : int
    eps : float

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.CosineSimilarity(dim=0)([3.0, 4.0], [6.0, 8.0]))
    1.0
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8):
        self.dim, self.eps = dim, eps

    def forward(self, left: Any, right: Any) -> Any:
        """Return the similarities."""
        return cosine_similarity(left, right, self.dim, self.eps)


#: Added to squared lengths, as PyTorch does.
_TINY = 1e-12


def cosine_embedding_loss(left: Any, right: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> Any:
    """Return 1 - cos where the target is 1, and max(0, cos - margin) where it is -1.

    Parameters
    ----------
    left, right : Tensor or array of shape (N, features), or (features,)
    target : array of shape (N,), or a number
        1 for pairs that are to point the same way, -1 for the others.
    margin : float
        From -1 to 1.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor of shape (), or of the shape of the target

    Raises
    ------
    ShapeError
        If the shapes do not belong together.
    ValueError
        If a target is neither 1 nor -1.

    Examples
    --------
    >>> from autograd_lite.nn import cosine_embedding_loss
    >>> float(cosine_embedding_loss([[3.0, 4.0]], [[4.0, -3.0]], [1]))
    1.0
    """
    name = "cosine_embedding_loss"
    left, right = real(left, name, "left"), real(right, name, "right")
    sign = signs(target, left, name)
    if left.shape != right.shape or left.ndim not in (1, 2) or sign.shape != left.shape[:-1]:
        raise ShapeError(
            f"{name} got shapes {left.shape}, {right.shape} and targets of shape {sign.shape}: (N, features) twice and "
            f"(N,) are needed, or (features,) twice and one number"
        )
    squares = (np.sum(left * left, axis=-1) + _TINY) * (np.sum(right * right, axis=-1) + _TINY)
    cosines = np.sum(left * right, axis=-1) / np.sqrt(squares)
    losses = np.where(sign > 0, 1 - cosines, clamped(cosines - margin))
    return reduced(losses, checked_reduction(reduction, name), name)


class CosineEmbeddingLoss(Loss):
    """Angles between pairs of vectors; see `cosine_embedding_loss`.

    Parameters
    ----------
    margin : float
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> from autograd_lite import nn
    >>> float(nn.CosineEmbeddingLoss()([[3.0, 4.0]], [[4.0, -3.0]], [1]))
    1.0
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean"):
        super().__init__(reduction)
        self.margin = margin

    def forward(self, left: Any, right: Any, target: Any) -> Any:
        """Return the loss."""
        return cosine_embedding_loss(left, right, target, self.margin, self.reduction)
