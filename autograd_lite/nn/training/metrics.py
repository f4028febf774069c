"""Metrics: how good predictions are, in numbers that people read.

A metric is a function of a prediction and a target that returns the mean over their rows, or a `Metric` where the mean
over batches is not the value for all rows, such as a root. Both get plain arrays.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError


class Metric:
    """Base of metrics that gather something over all batches; define `reset`, `update` and `compute`.

    All that is gathered is kept in attributes, as numbers or arrays, so that a checkpoint can hold it.

    Examples
    --------
    >>> from autograd_lite.nn.training import Metric
    >>> class LargestError(Metric):
    ...     def reset(self):
    ...         self.largest = 0.0
    ...
    ...     def update(self, prediction, target):
    ...         self.largest = max(self.largest, float(abs(prediction - target).max()))
    ...
    ...     def compute(self):
    ...         return self.largest
    """

    def reset(self) -> None:
        """Start anew."""
        raise NotImplementedError(f"{type(self).__name__} is a Metric and has to define reset()")

    def update(self, prediction: Any, target: Any) -> None:
        """Take in a batch."""
        raise NotImplementedError(f"{type(self).__name__} is a Metric and has to define update(prediction, target)")

    def compute(self) -> float:
        """Return the value for all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} is a Metric and has to define compute()")

    def state_dict(self) -> dict[str, Any]:
        """Return what was gathered."""
        return copy.deepcopy(vars(self))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what was gathered."""
        vars(self).update(copy.deepcopy(dict(state)))


def accuracy(prediction: Any, target: Any) -> float:
    """Return the share of rows whose largest score is that of the right class.

    Parameters
    ----------
    prediction : array of shape (..., classes)
        Scores or probabilities.
    target : integer array of shape (...)
        The index of the right class.

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        If the shapes do not belong together.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn.training import accuracy
    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    0.5
    """
    prediction, target = np.asarray(prediction), np.asarray(target)
    if prediction.ndim < 2 or prediction.shape[-1] < 2 or prediction.shape[:-1] != target.shape:
        raise ShapeError(
            f"accuracy(prediction, target) got shapes {prediction.shape} and {target.shape}: scores of shape (..., "
            f"classes) and class indices of shape (...) are needed. For one score per row there is binary_accuracy."
        )
    return float(np.mean(prediction.argmax(-1) == target))


def top_k_accuracy(k: int) -> Callable[[Any, Any], float]:
    """Return the metric that is the share of rows whose right class is among the ``k`` with the largest scores.

    A class counts as among them if fewer than ``k`` others have a larger score.

    Parameters
    ----------
    k : int

    Returns
    -------
    callable

    Raises
    ------
    ValueError
        If ``k`` is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn.training import top_k_accuracy
    >>> top_k_accuracy(2)(np.array([[0.1, 0.7, 0.2]]), np.array([2]))
    1.0
    """
    if k < 1:
        raise ValueError(f"top_k_accuracy(k={k}): k must be at least 1")

    def metric(prediction: Any, target: Any) -> float:
        prediction, target = np.asarray(prediction), np.asarray(target)
        chosen = np.take_along_axis(prediction, target[..., None], -1)
        return float(np.mean(np.sum(prediction > chosen, -1) < k))

    metric.__name__ = f"top_{k}_accuracy"
    return metric


def binary_accuracy(prediction: Any, target: Any) -> float:
    """Return the share of right answers where a score above 0 says 1 and another says 0.

    Parameters
    ----------
    prediction : array
        Scores before a sigmoid; for probabilities write ``lambda p, t: binary_accuracy(p - 0.5, t)``.
    target : array of as many elements, 0 or 1

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        If the shapes differ in more than axes of length 1.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn.training import binary_accuracy
    >>> binary_accuracy(np.array([[2.0], [-1.0], [0.5]]), np.array([1, 0, 0]))
    0.6666666666666666
    """
    scores, target = _same_shape("binary_accuracy", prediction, target)
    return float(np.mean((scores > 0) == (target > 0.5)))


def mean_absolute_error(prediction: Any, target: Any) -> float:
    """Return the mean of |prediction - target|.

    Parameters
    ----------
    prediction, target : arrays of one shape, apart from axes of length 1 at the end

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        If the shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn.training import mean_absolute_error
    >>> mean_absolute_error(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    1.0
    """
    prediction, target = _same_shape("mean_absolute_error", prediction, target)
    return float(np.mean(np.abs(prediction - target)))


class RootMeanSquaredError(Metric):
    """The root of the mean of (prediction - target)², over all elements.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn.training import RootMeanSquaredError
    >>> metric = RootMeanSquaredError()
    >>> metric.reset()
    >>> metric.update(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    >>> metric.update(np.array([0.0, 0.0]), np.array([2.0, 2.0]))
    >>> metric.compute() == 3**0.5
    True
    """

    def reset(self) -> None:
        """Start anew."""
        self.squares, self.count = 0.0, 0

    def update(self, prediction: Any, target: Any) -> None:
        """Add the squared errors of a batch."""
        prediction, target = _same_shape("RootMeanSquaredError", prediction, target)
        self.squares += float(np.sum((prediction - target) ** 2))
        self.count += prediction.size

    def compute(self) -> float:
        """Return the root."""
        return math.sqrt(self.squares / self.count) if self.count else math.nan


class R2Score(Metric):
    """The coefficient of determination: 1 - Σ(target - prediction)² / Σ(target - mean(target))², over all elements.

    The spread of the targets is gathered by the formula for joining variances of Chan, Golub & LeVeque (*Updating
    formulae and a pairwise algorithm for computing sample variances*, 1979), without the cancellation of Σy² - (Σy)².

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn.training import R2Score
    >>> metric = R2Score()
    >>> metric.reset()
    >>> metric.update(np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    >>> metric.compute()
    0.5
    """

    def reset(self) -> None:
        """Start anew."""
        self.errors, self.spread, self.mean, self.count = 0.0, 0.0, 0.0, 0

    def update(self, prediction: Any, target: Any) -> None:
        """Join the errors and the spread of a batch with those before."""
        prediction, target = _same_shape("R2Score", prediction, target)
        mean, n = float(np.mean(target)), target.size
        total = self.count + n
        self.errors += float(np.sum((prediction - target) ** 2))
        self.spread += float(np.sum((target - mean) ** 2)) + (mean - self.mean) ** 2 * self.count * n / total
        self.mean += (mean - self.mean) * n / total
        self.count = total

    def compute(self) -> float:
        """Return the score; NaN if all targets are equal."""
        return 1 - self.errors / self.spread if self.spread else math.nan


class F1Score(Metric):
    """The mean over classes of 2 TP / (2 TP + FP + FN); classes that are neither there nor predicted are left out.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn.training import F1Score
    >>> metric = F1Score()
    >>> metric.reset()
    >>> metric.update(np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]), np.array([0, 1, 0]))
    >>> round(metric.compute(), 4)
    0.6667
    """

    def reset(self) -> None:
        """Start anew."""
        self.counts = np.zeros((0, 0), np.int64)

    def update(self, prediction: Any, target: Any) -> None:
        """Count the pairs of right and predicted class in a batch."""
        prediction = np.asarray(prediction)
        counts = confusion_matrix(prediction, target, prediction.shape[-1])
        self.counts = counts if not self.counts.size else self.counts + counts

    def compute(self) -> float:
        """Return the mean score."""
        hits = np.diagonal(self.counts)
        both = self.counts.sum(0) + self.counts.sum(1)
        present = both > 0
        return float(np.mean(2 * hits[present] / both[present])) if present.any() else math.nan


def confusion_matrix(prediction: Any, target: Any, classes: int | None = None) -> np.ndarray:
    """Return how often each class (row) was taken for each (column).

    Parameters
    ----------
    prediction : array of shape (N, classes) of scores, or integer array of shape (N,) of classes
    target : integer array of shape (N,)
    classes : int, optional
        The number of classes, if the largest does not appear.

    Returns
    -------
    integer array of shape (classes, classes)

    Raises
    ------
    ShapeError
        If the shapes do not belong together.
    IndexError
        If a class is not one of 0 to ``classes`` - 1.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn.training import confusion_matrix
    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]))
    array([[1, 1],
           [0, 1]])
    """
    prediction, target = np.asarray(prediction), np.asarray(target)
    if prediction.ndim == target.ndim + 1:
        classes = prediction.shape[-1] if classes is None else classes
        prediction = prediction.argmax(-1)
    if prediction.shape != target.shape or prediction.dtype.kind not in "iub" or target.dtype.kind not in "iub":
        raise ShapeError(
            f"confusion_matrix(prediction, target) got {prediction.dtype}{prediction.shape} and "
            f"{target.dtype}{target.shape}: classes as integers of one shape are needed, or scores with a last axis "
            f"for the classes"
        )
    prediction, target = prediction.astype(np.intp).ravel(), target.astype(np.intp).ravel()
    both = np.concatenate([prediction, target])
    if classes is None:
        classes = int(both.max(initial=0)) + 1
    if both.size and not 0 <= both.min() <= both.max() < classes:
        raise IndexError(f"confusion_matrix: classes from {both.min()} to {both.max()}, but 0 to {classes - 1} exist")
    return np.bincount(target * classes + prediction, minlength=classes**2).reshape(classes, classes)


def _same_shape(name: str, prediction: Any, target: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of one shape; axes of length 1 at the end may differ."""
    prediction, target = np.asarray(prediction), np.asarray(target)
    if prediction.shape != target.shape:
        shapes = [tuple(np.trim_zeros([n if n > 1 else 0 for n in a.shape], "b")) for a in (prediction, target)]
        if shapes[0] != shapes[1]:
            raise ShapeError(f"{name}(prediction, target) got the shapes {prediction.shape} and {target.shape}")
        target = target.reshape(prediction.shape)
    return prediction, target
