"""Losses: how far a prediction is from its target, as one number to make small.

Each is the mean over the batch, and one node of the graph. Cross-entropy does softmax and logarithm together, so that
nothing overflows and the gradient is softmax minus one-hot (C. Bishop, *Pattern Recognition and Machine Learning*,
2006, equation 4.109).
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from autograd_lite.core.primitive import general
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError
from autograd_lite.rules.softmax import logsumexp

# Mean squared error


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


def mse_loss(prediction: Any, target: Any) -> Any:
    """Return the mean squared error, mean((prediction - target)²).

    Parameters
    ----------
    prediction : Tensor or array
    target : Tensor or array of the same shape

    Returns
    -------
    Tensor of shape ()

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
    prediction, target = _array(prediction), _array(target)
    if prediction.shape != target.shape:
        prediction, target = _broadcast(prediction, target, "mse_loss")
    if 0 in prediction.shape:
        raise ShapeError(f"mse_loss of arrays of shape {prediction.shape}: there is nothing to take the mean of")
    return _mse(prediction, target)


def _broadcast(prediction: Any, target: Any, name: str) -> tuple[Any, Any]:
    shapes = f"a prediction of shape {prediction.shape} and a target of shape {target.shape}"
    try:
        shape = np.broadcast_shapes(prediction.shape, target.shape)
    except ValueError:
        raise ShapeError(f"{name} got {shapes}, which do not match") from None
    warnings.warn(
        f"{name} got {shapes}, which match only by broadcasting to {shape}: that is rarely meant. Reshape one of "
        f"them, e.g. target.reshape(prediction.shape).",
        stacklevel=3,
    )
    return np.broadcast_to(prediction, shape), np.broadcast_to(target, shape)


# Cross-entropy: softmax, logarithm and choice of the label as one primitive.


def _mean_cross_entropy(logits: Any, labels: np.ndarray) -> Any:
    n, classes = logits.shape
    if type(logits) is not np.ndarray:
        chosen = np.where(_one_hot(labels, classes, bool), logits, 0)
        return np.sum(logsumexp(logits, -1) - np.sum(chosen, axis=-1)) / n
    shifted = logits - _row_maxima(logits)
    chosen = shifted[np.arange(n), labels]
    return np.add.reduce(np.log(_row_sums(np.exp(shifted, out=shifted))) - chosen) / n


def _to_logits(g: Any, logits: Any, labels: np.ndarray) -> Any:
    """Return g (softmax - one-hot) / n."""
    n, classes = logits.shape
    if type(logits) is not np.ndarray:
        slope = np.exp(logits - logsumexp(logits, -1, keepdims=True)) - _one_hot(labels, classes, logits.dtype)
    else:
        slope = logits - _row_maxima(logits)
        np.exp(slope, out=slope)
        slope /= _row_sums(slope)[:, None]
        slope[np.arange(n), labels] -= 1
    return (g[..., None, None] if g.ndim else g) * (1 / n) * slope


def _row_maxima(x: np.ndarray) -> np.ndarray:
    """Return the largest element of each row, the last axis kept; short rows are faster as columns of a copy."""
    if x.shape[-1] <= 32:
        return np.maximum.reduce(np.ascontiguousarray(x.T))[:, None]
    return np.maximum.reduce(x, -1, keepdims=True)


def _row_sums(x: np.ndarray) -> np.ndarray:
    """Return the sums along the last axis; as a product with ones, at half the cost where there are few classes."""
    return x @ np.ones(x.shape[-1], x.dtype)


def _one_hot(labels: np.ndarray, classes: int, dtype: Any) -> np.ndarray:
    encoded = np.zeros((labels.size, classes), dtype)
    encoded[np.arange(labels.size), labels] = 1
    return encoded


_cross_entropy = general(_mean_cross_entropy, name="cross_entropy", logits=_to_logits)


def cross_entropy(logits: Any, labels: Any) -> Any:
    """Return the mean cross-entropy of labels under the softmax of logits, mean(log Σⱼ exp(zⱼ) - z_label).

    Parameters
    ----------
    logits : Tensor or array of shape (N, classes), or (classes,) for a single one
        Any real numbers; do not apply a softmax before.
    labels : integer array of shape (N,), or an integer
        The index of the right class of each row.

    Returns
    -------
    Tensor of shape ()

    Raises
    ------
    ShapeError
        If the shapes do not belong together, or there are no rows.
    DtypeError
        If the labels are not integers.
    IndexError
        If a label is no index of a class.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import cross_entropy
    >>> float(cross_entropy(np.zeros((3, 2)), np.array([0, 1, 1])))
    0.6931471805599453
    """
    logits = _array(logits)
    if logits.ndim == 1:
        logits, labels = np.reshape(logits, (1, -1)), np.reshape(np.asarray(labels), -1)
    if logits.dtype.kind != "f":
        raise DtypeError(f"cross_entropy(logits, labels) got logits of dtype {logits.dtype}: floats are needed")
    return _cross_entropy(logits, labels=_checked(labels, logits.shape))


def _checked(labels: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return labels as an array of indices that fit logits of a shape."""
    if isinstance(labels, Tensor) or type(labels) is not np.ndarray:
        labels = np.asarray(labels)
    if len(shape) != 2 or labels.shape != shape[:1] or not labels.size:
        raise ShapeError(_misfit(shape, labels))
    if labels.dtype.kind not in "iu":
        raise DtypeError(
            f"cross_entropy(logits, labels) got labels of dtype {labels.dtype}: integers are needed, the index of the "
            f"right class. labels.astype(int) makes indices of floats that are whole numbers."
        )
    indices = labels.astype(np.intp, copy=False)
    if np.maximum.reduce(indices.view(np.uintp)) >= shape[1]:  # negative ones are large as unsigned ones
        row = int(np.flatnonzero((indices < 0) | (indices >= shape[1]))[0])
        raise IndexError(
            f"cross_entropy(logits, labels) got the label {labels[row]} in row {row}, but the logits of shape {shape} "
            f"have {shape[1]} classes: labels are 0 to {shape[1] - 1}"
        )
    return indices


def _misfit(shape: tuple[int, ...], labels: np.ndarray) -> str:
    text = f"cross_entropy(logits, labels) got logits of shape {shape} and labels of shape {labels.shape}: "
    if len(shape) == 2 and not labels.size and not shape[0]:
        return text + "there is nothing to take the mean of"
    if labels.shape == shape:
        return text + "labels are class indices of shape (N,); one-hot ones become that by labels.argmax(-1)"
    return (
        text + "(N, classes) and (N,) are needed. Further axes are flattened first: logits.reshape(-1, classes), "
        "labels.reshape(-1)."
    )


def _array(value: Any) -> Any:
    return value if hasattr(value, "shape") else np.asarray(value)
