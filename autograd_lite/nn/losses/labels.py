"""Labels: checked against what they are labels of, in words that name the wrong one and where it stands."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError


def simple(logits: Any, labels: Any) -> np.ndarray | None:
    """Return labels as indices if they are an array of class indices for a matrix of logits; None otherwise."""
    if type(labels) is not np.ndarray or logits.ndim != 2 or labels.shape != logits.shape[:1]:
        return None
    if not labels.size or labels.dtype.kind not in "iu" or logits.dtype.kind != "f":
        return None
    indices = labels.astype(np.intp, copy=False)
    if np.maximum.reduce(indices.view(np.uintp)) >= logits.shape[1]:  # negative ones are large as unsigned ones
        return None
    return indices


def smoothing(value: Any, name: str) -> None:
    """Raise if a share of smoothing is not from 0 to 1."""
    if not isinstance(value, int | float | np.floating) or not 0 <= value <= 1:
        raise ValueError(f"{name}(label_smoothing={value!r}): a number from 0 to 1 is needed")


class Batch:
    """Predictions of classes as a matrix, and their labels.

    Parameters
    ----------
    predictions : Tensor or array of shape (N, classes), (classes,) or (N, classes, …)
    labels : array
    name, reduction : str
        Of the loss.
    probabilities : bool
        Whether the labels may be the probabilities of all classes.

    Attributes
    ----------
    rows : Tensor or array of shape (count, classes)
    labels : ndarray of shape (count,)
    probabilities : Tensor or array of shape (count, classes), or None
    shape : tuple of int
        Of the labels, which the losses have too.
    """

    def __init__(self, predictions: Any, labels: Any, name: str, reduction: str, probabilities: bool = False):
        self.name, self.predicted = name, predictions.shape
        if predictions.dtype.kind != "f":
            raise DtypeError(f"{name}(logits, labels) got logits of dtype {predictions.dtype}: floats are needed")
        if not hasattr(labels, "shape"):
            labels = np.asarray(labels)
        single = predictions.ndim == 1
        self.shape = () if single else (predictions.shape[0], *predictions.shape[2:]) if predictions.ndim else ()
        self.classes = predictions.shape[0 if single else 1] if predictions.ndim else 0
        self.count = math.prod(self.shape)
        self.probabilities = None
        given = labels.shape
        if probabilities and given == predictions.shape and labels.dtype.kind == "f" and predictions.ndim:
            self.probabilities = self._matrix(labels)
        elif not predictions.ndim or given not in ((self.shape, (1,)) if single else (self.shape,)):
            raise ShapeError(self._misfit(given))
        if not self.classes or (reduction == "mean" and not self.count):
            raise ShapeError(self._misfit(given))
        self.rows = self._matrix(predictions)
        if self.probabilities is None:
            self.labels = self._indices(labels)

    def _matrix(self, values: Any) -> Any:
        if values.ndim > 2:
            values = np.moveaxis(values, 1, -1)
        return values if values.ndim == 2 else np.reshape(values, (-1, self.classes))

    def _indices(self, labels: Any) -> np.ndarray:
        labels = np.asarray(labels.data if isinstance(labels, Tensor) else labels)
        if labels.dtype.kind not in "iu":
            raise DtypeError(
                f"{self.name}(logits, labels) got labels of dtype {labels.dtype}: integers are needed, the index of "
                f"the right class. labels.astype(int) makes indices of floats that are whole numbers."
            )
        return labels.reshape(-1).astype(np.intp, copy=False)

    def _misfit(self, given: tuple[int, ...]) -> str:
        text = f"{self.name}(logits, labels) got logits of shape {self.predicted} and labels of shape {given}: "
        if 0 in self.predicted:
            return text + "there is nothing to take the mean of"
        if given == self.predicted:
            return text + (
                "labels are class indices of shape (N,); one-hot ones become that by labels.argmax(-1), or "
                "probabilities by labels.astype(float)"
            )
        return text + (
            "(N, classes) and (N,) are needed, or (N, classes, …) and (N, …). Where the classes are the last of "
            "several axes: logits.reshape(-1, classes), labels.reshape(-1)."
        )

    def counted(self, ignore_index: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return 1 for each row that counts and 0 for the others, and the labels, 0 in those.

        Raises
        ------
        IndexError
            If a label that counts is no index of a class.
        """
        kept = np.ones(self.count, bool) if ignore_index is None else self.labels != ignore_index
        safe = np.where(kept, self.labels, 0)
        wrong = (safe < 0) | (safe >= self.classes)
        if wrong.any():
            k = int(np.flatnonzero(wrong)[0])
            place = np.unravel_index(k, self.shape) if self.shape else (0,)
            where = f"row {place[0]}" if len(place) == 1 else f"position {tuple(int(i) for i in place)}"
            raise IndexError(
                f"{self.name}(logits, labels) got the label {self.labels[k]} in {where}, but the logits of shape "
                f"{self.predicted} have {self.classes} classes: labels are 0 to {self.classes - 1}"
            )
        return kept.astype(self.rows.dtype), safe

    def total(self, factors: np.ndarray, reduction: str, ignore_index: int) -> Any:
        """Return what the mean is divided by.

        Raises
        ------
        ValueError
            If that is 0.
        """
        total = np.add.reduce(factors)
        if total == 0 and reduction == "mean":
            raise ValueError(
                f"{self.name}: all {self.count} labels are ignore_index={ignore_index}, or of classes of weight 0, so "
                f"that there is nothing to take the mean of; reduction='sum' gives 0 then"
            )
        return total


def class_weights(weight: Any, batch: Batch, name: str) -> np.ndarray | None:
    """Return weights of classes as an array in the dtype of the predictions; None if there are none."""
    if weight is None:
        return None
    weight = np.asarray(untracked(weight))
    if weight.shape != (batch.classes,) or weight.dtype.kind not in "fiu":
        raise ShapeError(
            f"{name}(weight=...) of shape {weight.shape} and dtype {weight.dtype}: one number for each of the "
            f"{batch.classes} classes is needed"
        )
    return weight.astype(batch.rows.dtype)
