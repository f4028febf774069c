"""Rows for losses: each primitive with each reduction and option."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import nn
from operations.row import Op, S

REDUCTIONS = ("mean", "sum", "none")
REDUCE: dict[str, Any] = {"mean": np.mean, "sum": np.sum, "none": lambda x: x}


def every(*shapes: tuple[int, ...], **options: Any) -> list[Any]:
    """Return a sample for each reduction."""
    return [S(*shapes, reduction=reduction, **options) for reduction in REDUCTIONS]


def huber(x: Any, t: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    error = np.abs(x - t)
    return REDUCE[reduction](np.where(error <= delta, error**2 / 2, delta * (error - delta / 2)))


def binary(p: Any, t: Any, reduction: str = "mean") -> Any:
    return REDUCE[reduction](-t * np.log(p) - (1 - t) * np.log(1 - p))


def logistic(x: Any, t: Any, reduction: str = "mean", pos_weight: Any = 1.0) -> Any:
    p = 1 / (1 + np.exp(-x))
    return REDUCE[reduction](-t * np.log(p) * pos_weight - (1 - t) * np.log(1 - p))


def divergence(log_p: Any, t: Any, reduction: str = "mean") -> Any:
    return REDUCE[reduction](t * (np.log(t) - log_p))


def divergence_of_logs(log_p: Any, log_t: Any, reduction: str = "mean") -> Any:
    return REDUCE[reduction](np.exp(log_t) * (log_t - log_p))


def signed(loss: Any) -> Any:
    """Return a loss with the targets 1 and -1 in turns."""
    return lambda x, **options: loss(x, np.resize([1.0, -1.0], x.shape).astype(x.dtype), **options)


def labelled(loss: Any) -> Any:
    """Return a loss with its labels as a keyword."""
    return lambda x, labels, **options: loss(x, np.array(labels), **options)


def negative_log_likelihood(x: Any, labels: Any, reduction: str = "mean", **options: Any) -> Any:
    """Return the loss row by row, of predictions of shape (N, classes) or (N, classes, d)."""
    x, labels = np.asarray(x), np.array(labels)
    weight = options.get("weight", np.ones(x.shape[1]))
    kept = labels != options.get("ignore_index", -100)
    safe = np.where(kept, labels, 0)
    factors = np.asarray(weight)[safe] * kept
    picked = np.take_along_axis(x, np.expand_dims(safe, 1), 1)[:, 0]
    losses = (-picked * factors).astype(x.dtype)
    return x.dtype.type(np.sum(losses) / np.sum(factors)) if reduction == "mean" else REDUCE[reduction](losses)


def soft_entropy(z: Any, t: Any, reduction: str = "mean") -> Any:
    log_p = z - np.log(np.sum(np.exp(z), 1, keepdims=True))
    return REDUCE[reduction](-np.sum(t * log_p, 1))


def smoothed_entropy(z: Any, labels: Any, reduction: str = "mean", **options: Any) -> Any:
    z, labels = np.asarray(z), np.array(labels)
    share = options["label_smoothing"]
    weight = np.asarray(options.get("weight", np.ones(z.shape[1])))
    log_p = z - np.log(np.sum(np.exp(z), 1, keepdims=True))
    chosen = -weight[labels] * log_p[np.arange(len(labels)), labels]
    losses = (1 - share) * chosen - share / z.shape[1] * np.sum(weight * log_p, 1)
    mean = z.dtype.type(np.sum(losses) / np.sum(weight[labels]))
    return mean if reduction == "mean" else REDUCE[reduction](losses.astype(z.dtype))


LABELS = [0, 2, 2, 1]
WEIGHT = np.array([0.5, 2.0, 1.25])

REGRESSION = [
    Op("mse_loss, other reductions", nn.mse_loss, [S((3, 2), (3, 2), reduction=r) for r in ("sum", "none")],
       reference=lambda x, t, reduction: REDUCE[reduction]((x - t) ** 2)),
    Op("l1_loss", nn.l1_loss, [*every((3, 2), (3, 2)), S((), ())],
       domain=((0.5, 2.0), (-2.0, 0.2)), reference=lambda x, t, reduction="mean": REDUCE[reduction](np.abs(x - t))),
    Op("huber_loss, near", nn.huber_loss, [*every((3, 2), (3, 2), delta=5.0), S((), (), delta=5.0)], reference=huber),
    Op("huber_loss, far", nn.huber_loss, every((3, 2), (3, 2), delta=0.2),
       domain=((0.5, 2.0), (-2.0, 0.2)), reference=huber),
]  # fmt: skip

PROBABILITIES = [
    Op("binary_cross_entropy", nn.binary_cross_entropy, [*every((3, 2), (3, 2)), S((), ())], domain=(0.1, 0.9),
       reference=binary),
    Op("binary_cross_entropy_with_logits", nn.binary_cross_entropy_with_logits,
       [*every((3, 2), (3, 2)), S((3, 2), (3, 2), pos_weight=np.array([0.5, 3.0], np.float32))],
       domain=((-3.0, 3.0), (0.0, 1.0)), kinks=(0.0,), reference=logistic),
    Op("kl_div", nn.kl_div, [*every((3, 2), (3, 2)), S((), ())],
       domain=((-2.0, -0.1), (0.1, 0.9)), reference=divergence),
    Op("kl_div, log_target", lambda x, t, reduction: nn.kl_div(x, t, reduction, log_target=True),
       every((3, 2), (3, 2)), domain=(-2.0, -0.1), reference=divergence_of_logs),
]  # fmt: skip

CLASSES = [
    Op("nll_loss", labelled(nn.nll_loss), [
        *every((4, 3), labels=LABELS), S((4, 3), labels=LABELS, weight=WEIGHT),
        S((4, 3), labels=[0, -100, 2, 1]), S((2, 3, 2), labels=[[0, 2], [1, 0]], reduction="none"),
    ], reference=negative_log_likelihood),
    Op("cross_entropy, probabilities", nn.cross_entropy, every((3, 4), (3, 4)), domain=((-2.0, 2.0), (0.1, 0.9)),
       reference=soft_entropy),
    Op("cross_entropy, smoothed", labelled(nn.cross_entropy), [
        *every((4, 3), labels=LABELS, label_smoothing=0.2),
        S((4, 3), labels=LABELS, label_smoothing=0.2, weight=WEIGHT),
    ], reference=smoothed_entropy),
]  # fmt: skip

MARGINS = [
    Op("hinge_embedding_loss, below", signed(nn.hinge_embedding_loss), every((3, 2), margin=3.0),
       reference=signed(lambda x, t, reduction, margin: REDUCE[reduction](np.where(t > 0, x, margin - x)))),
    Op("hinge_embedding_loss, beyond", signed(nn.hinge_embedding_loss), [S((3, 2), margin=-3.0)],
       reference=signed(lambda x, t, margin: np.mean(np.where(t > 0, x, 0)))),
    Op("soft_margin_loss", signed(nn.soft_margin_loss), every((3, 2)),
       reference=signed(lambda x, t, reduction: REDUCE[reduction](np.log1p(np.exp(-t * x))))),
]  # fmt: skip

ROWS = [*REGRESSION, *PROBABILITIES, *CLASSES, *MARGINS]
