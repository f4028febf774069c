"""Cross-entropy: how improbable the right classes are, as one operation on logits or on logarithms of probabilities.

Softmax and logarithm are done together, so that nothing overflows and the gradient is softmax minus one-hot (C. Bishop,
*Pattern Recognition and Machine Learning*, 2006, equation 4.109). Weights, smoothed and ignored labels, and labels that
are probabilities make a matrix T of targets, one row for each prediction, and the loss of a row is

    Σ_c T_c (log Σ_j exp(z_j) - z_c)          z ← g ((Σ T) softmax(z) - T)          T ← -g log softmax(z)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.primitive import general, linear
from autograd_lite.core.sums import ones_of, summed
from autograd_lite.nn.losses import labels as checks
from autograd_lite.nn.losses.pieces import Loss, array, checked_reduction, fixed
from autograd_lite.rules.softmax import logsumexp

# One label in each row, all alike: the mean


class _Shares:
    """Where the way there leaves the softmax of plain logits for the way back, which is most of that.

    Parameters
    ----------
    labels : ndarray of int of shape (n,)
    classes : int

    Attributes
    ----------
    chosen : ndarray of int of shape (n,)
        Where the labels are in the flat logits; to look up there takes a fifth of the time.
    """

    __slots__ = ("chosen", "of", "softmax")

    def __init__(self, labels: np.ndarray, classes: int) -> None:
        self.of: Any = None  # the logits, so that others never get their softmax
        self.softmax: Any = None
        self.chosen = np.arange(0, labels.size * classes, classes)
        self.chosen += labels


def _mean_cross_entropy(logits: Any, labels: np.ndarray, shares: _Shares) -> Any:
    n, classes = logits.shape
    if type(logits) is not np.ndarray:
        chosen = np.where(_one_hot(labels, classes, bool), logits, 0)
        return np.sum(logsumexp(logits, -1) - np.sum(chosen, axis=-1)) / n
    shifted = np.subtract(logits, _row_maxima(logits), order="C")
    chosen = shifted.take(shares.chosen)
    sums = _row_sums(np.exp(shifted, out=shifted))
    shifted /= sums[:, None]
    shares.of, shares.softmax = logits, shifted
    return np.add.reduce(np.log(sums) - chosen) / n


def _to_logits(g: Any, logits: Any, labels: np.ndarray, shares: _Shares) -> Any:
    """Return g (softmax - one-hot) / n."""
    n, classes = logits.shape
    if logits is not shares.of or not isinstance(g, np.ndarray | np.generic):
        slope = np.exp(logits - logsumexp(logits, -1, keepdims=True)) - _one_hot(labels, classes, logits.dtype)
        return (g[..., None, None] if g.ndim else g) * (1 / n) * slope
    scale: Any = g * logits.dtype.type(1 / n)
    if scale.ndim:
        slope = scale[..., None, None] * shares.softmax
        slope.reshape(*scale.shape, -1)[..., shares.chosen] -= scale[..., None]
        return slope
    slope = scale * shares.softmax
    slope.ravel()[shares.chosen] -= scale
    return slope


def _row_maxima(x: np.ndarray) -> np.ndarray:
    """Return the largest element of each row, the last axis kept; short rows are faster as columns of a copy."""
    if x.shape[-1] <= 32:
        return np.maximum.reduce(np.ascontiguousarray(x.T))[:, None]
    return np.maximum.reduce(x, -1, keepdims=True)


def _row_sums(x: np.ndarray) -> np.ndarray:
    """Return the sums along the last axis; as a product with ones, at half the cost where there are few classes."""
    return x @ ones_of(x.shape[-1], x.dtype)


def _one_hot(labels: np.ndarray, classes: int, dtype: Any) -> np.ndarray:
    encoded = np.zeros((labels.size, classes), dtype)
    encoded[np.arange(labels.size), labels] = 1
    return encoded


_cross_entropy = general(_mean_cross_entropy, name="cross_entropy", logits=_to_logits)

# Any targets: the losses of all rows


def _entropies(logits: Any, targets: Any) -> Any:
    missing = logsumexp(logits, -1, keepdims=True) - logits  # -log softmax
    return summed(targets * np.where(targets == 0, 0, missing), (-1,))


def _from_targets(g: Any, logits: Any, targets: Any) -> Any:
    shares = np.exp(logits - logsumexp(logits, -1, keepdims=True))
    return g[..., None] * (summed(targets, (-1,), True) * shares - targets)


_entropies_of_rows = general(
    _entropies, name="cross_entropy",
    logits=_from_targets,
    targets=lambda g, logits: g[..., None] * (logsumexp(logits, -1, keepdims=True) - logits),
)  # fmt: skip


def cross_entropy(
    logits: Any,
    labels: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Return the mean cross-entropy of labels under the softmax of logits, mean(log Σⱼ exp(zⱼ) - z_label).

    Parameters
    ----------
    logits : Tensor or array of shape (N, classes), or (classes,) for a single one, or (N, classes, …)
        Any real numbers; do not apply a softmax before.
    labels : integer array of shape (N,) or (N, …), or an integer; or floats of the shape of the logits
        The index of the right class of each row; or the probabilities of all classes.
    weight : array of shape (classes,), optional
        A factor for each class. The mean is then weighted too, except with probabilities.
    ignore_index : int
        Rows with this label count for nothing.
    reduction : {"mean", "sum", "none"}
    label_smoothing : float
        ε in [0, 1]: this share of each target is spread evenly over all classes (C. Szegedy et al., *Rethinking the
        Inception architecture*, CVPR 2016, section 7).

    Returns
    -------
    Tensor of shape (), or of the shape of the labels

    Raises
    ------
    ShapeError
        If the shapes do not belong together, or there are no rows.
    DtypeError
        If labels are not integers, and no probabilities either.
    IndexError
        If a label is no index of a class.
    ValueError
        If all labels are ignored and the mean is wanted, or an option is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import cross_entropy
    >>> float(cross_entropy(np.zeros((3, 2)), np.array([0, 1, 1])))
    0.6931471805599453
    """
    logits = array(logits)
    if weight is None and not label_smoothing and reduction == "mean" and ignore_index < 0:
        indices = checks.simple(logits, labels)
        if indices is not None:
            return _cross_entropy(logits, labels=indices, shares=_Shares(indices, logits.shape[1]))
    name = "cross_entropy"
    checked_reduction(reduction, name)
    checks.smoothing(label_smoothing, name)
    batch = checks.Batch(logits, labels, name, reduction, probabilities=True)
    weights = checks.class_weights(weight, batch, name)
    if batch.probabilities is not None:
        if ignore_index >= 0:
            raise ValueError(
                f"{name}(ignore_index={ignore_index}) names a class, and the labels are probabilities of all classes: "
                f"leave it out, and set the rows that shall count for nothing to zeros"
            )
        targets = batch.probabilities
        if label_smoothing:
            targets = targets * (1 - label_smoothing) + label_smoothing / batch.classes
        losses = _entropies_of_rows(batch.rows, targets if weights is None else targets * weights)
        return _reduced(losses, batch, reduction, batch.count)
    counted, safe = batch.counted(ignore_index)
    if weights is None and not label_smoothing and reduction == "mean" and counted.all():
        return _cross_entropy(batch.rows, labels=safe, shares=_Shares(safe, batch.classes))
    factors = counted if weights is None else counted * weights[safe]
    targets = _one_hot(safe, batch.classes, factors.dtype) * ((1 - label_smoothing) * factors[:, None])
    if label_smoothing:
        spread = np.full(batch.classes, label_smoothing / batch.classes, factors.dtype)
        targets += counted[:, None] * (spread if weights is None else spread * weights)
    losses = _entropies_of_rows(batch.rows, targets)
    return _reduced(losses, batch, reduction, batch.total(factors, reduction, ignore_index))


def _reduced(losses: Any, batch: checks.Batch, reduction: str, count: Any) -> Any:
    """Return the losses of all rows, their sum, or that divided by a count."""
    if reduction == "none":
        return losses[0] if batch.shape == () else np.reshape(losses, batch.shape)
    return np.sum(losses) if reduction == "sum" else np.sum(losses) / count


# Logarithms of probabilities: those of the labels, times factors


def _pick(x: Any, labels: np.ndarray, factors: np.ndarray, together: bool) -> Any:
    """Return what is chosen in each row times minus its factor, or the sum; what has the factor 0 may be infinite."""
    if type(x) is np.ndarray:
        chosen = x[np.arange(labels.size), labels]
    else:
        chosen = np.sum(np.where(_one_hot(labels, x.shape[-1], bool), x, 0), axis=-1)
    products = -factors * (chosen if factors.all() else np.where(factors == 0, 0, chosen))
    return np.sum(products) if together else products


def _to_picked(g: Any, x_shape: tuple[int, ...], labels: np.ndarray, factors: np.ndarray, together: bool) -> Any:
    slopes = -factors * (g[..., None] if together else g)
    if type(slopes) is not np.ndarray:
        return np.where(_one_hot(labels, x_shape[-1], bool), slopes[..., None], 0)
    spread = np.zeros(slopes.shape[:-1] + x_shape, slopes.dtype)
    spread[..., np.arange(labels.size), labels] = slopes
    return spread


_chosen = linear(_pick, name="nll_loss", selects=True, x=_to_picked)


def nll_loss(
    log_probabilities: Any, labels: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"
) -> Any:
    """Return the mean negative logarithm of the probabilities of labels, mean(-log p_label).

    Parameters
    ----------
    log_probabilities : Tensor or array of shape (N, classes), or (classes,), or (N, classes, …)
        As `log_softmax` along axis 1 gives them; with logits, use `cross_entropy`.
    labels : integer array of shape (N,) or (N, …), or an integer
        The index of the right class of each row.
    weight : array of shape (classes,), optional
        A factor for each class; the mean is then weighted too.
    ignore_index : int
        Rows with this label count for nothing.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor of shape (), or of the shape of the labels

    Raises
    ------
    ShapeError, DtypeError, IndexError, ValueError
        As `cross_entropy`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import nll_loss
    >>> float(nll_loss(np.log([[0.5, 0.5], [0.2, 0.8]]), np.array([0, 0]), reduction="sum"))
    2.3025850929940455
    """
    name = "nll_loss"
    checked_reduction(reduction, name)
    batch = checks.Batch(array(log_probabilities), labels, name, reduction)
    weights = checks.class_weights(weight, batch, name)
    counted, safe = batch.counted(ignore_index)
    factors = counted if weights is None else counted * weights[safe]
    if reduction == "mean":
        factors = factors / batch.total(factors, reduction, ignore_index)
    losses = _chosen(batch.rows, labels=safe, factors=factors, together=reduction != "none")
    return losses if reduction != "none" else _reduced(losses, batch, reduction, None)


class NLLLoss(Loss):
    """Negative logarithm of the probabilities of labels; see `nll_loss`.

    Parameters
    ----------
    weight : array of shape (classes,), optional
    ignore_index : int
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> float(nn.NLLLoss()(np.log([[0.5, 0.5]]), np.array([0])))
    0.6931471805599453
    """

    buffers = ("weight",)

    def __init__(self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"):
        super().__init__(reduction)
        self.weight, self.ignore_index = fixed(weight), ignore_index

    def forward(self, log_probabilities: Any, labels: Any) -> Any:
        """Return the loss."""
        return nll_loss(log_probabilities, labels, self.weight, self.ignore_index, self.reduction)


class CrossEntropyLoss(Loss):
    """Cross-entropy of labels under the softmax of logits; see `cross_entropy`.

    Parameters
    ----------
    weight : array of shape (classes,), optional
    ignore_index : int
    reduction : {"mean", "sum", "none"}
    label_smoothing : float

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> float(nn.CrossEntropyLoss()(np.zeros((3, 2)), np.array([0, 1, 1])))
    0.6931471805599453
    """

    buffers = ("weight",)

    def __init__(
        self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0
    ):
        super().__init__(reduction)
        self.weight, self.ignore_index, self.label_smoothing = fixed(weight), ignore_index, label_smoothing

    def forward(self, logits: Any, labels: Any) -> Any:
        """Return the loss."""
        return cross_entropy(logits, labels, self.weight, self.ignore_index, self.reduction, self.label_smoothing)
