"""One update of the parameters: forward, backward, clipping, and the optimiser's step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.nn.training.diagnosis import bad_loss, check_gradients, not_a_loss
from autograd_lite.optim.gradients import clip_grad_norm_, clip_grad_value_
from autograd_lite.optim.lbfgs import LBFGS

if TYPE_CHECKING:
    from autograd_lite.nn.training.meter import Meter
    from autograd_lite.nn.training.trainer import Trainer


class Step:
    """Makes updates, each from one batch, or from several whose gradients are added up.

    Parameters
    ----------
    trainer : Trainer
    train : DataLoader or iterable
        Where the batches are from, for messages.
    meter : Meter
        Takes in each batch's loss and metrics.
    kept : str
        Words about the checkpoint, for messages.
    """

    def __init__(self, trainer: Trainer, train: Any, meter: Meter, kept: str = ""):
        self.trainer = trainer
        self.train = train
        self.meter = meter
        self.kept = kept
        self.check = trainer.unused == "raise"
        self.repeats = isinstance(trainer.optimizer, LBFGS)  # whose step evaluates the loss several times
        self.meters = True  # of which only the first counts
        self.clips = trainer.clip_norm is not None or trainer.clip_value is not None
        parameters = trainer.optimizer.parameters
        names = {id(parameter): name for name, parameter in trainer.model.named_parameters()}
        self.named = [(names.get(id(parameter), ""), parameter) for parameter in parameters]
        optimized = set(map(id, parameters))
        self.others = [p for p in trainer.model.parameters() if id(p) not in optimized]
        frozen = [parameter for parameter in parameters if parameter.node is None]
        if frozen:  # zero_grad and step take leaves only
            check_gradients(trainer, frozen, lambda: 0.0)

    def __call__(self, batches: Sequence[Any]) -> None:
        """Update the parameters once, from the mean gradient of all rows in these batches."""
        trainer = self.trainer
        if self.repeats:
            self.meters = True
            trainer.optimizer.step(lambda: self._gradients(batches))
        else:
            self._gradients(batches)
            trainer.optimizer.step()
        trainer.batch += len(batches)
        trainer.step += 1

    def _gradients(self, batches: Sequence[Any]) -> float:
        """Have the gradient of these batches in all parameters; return the loss."""
        trainer = self.trainer
        trainer.optimizer.zero_grad()
        for parameter in self.others:
            parameter.grad = None
        if len(batches) == 1:
            value = self._accumulate(batches[0], None)
        else:
            rows = [rows_of(batch) for batch in batches]
            total = sum(rows) or 1
            value = 0.0
            for batch, n in zip(batches, rows, strict=True):
                value += self._accumulate(batch, n / total) * n / total
        if self.check:
            self.check = False
            parameters = trainer.optimizer.parameters
            check_gradients(
                trainer, parameters, lambda: sum(float(trainer.objective(batch)[0].data) for batch in batches)
            )
        if self.clips:
            self._clip()
        if self.repeats:
            self.meters = False
        return value

    def _accumulate(self, batch: Any, weight: float | None) -> float:
        """Add the gradient of a batch to those before; return its loss."""
        trainer = self.trainer
        loss, prediction, target = trainer.objective(batch)
        if type(loss) is not Tensor or loss.node is None or loss.data.size != 1:
            raise not_a_loss(loss)
        value = loss.data.item()
        if type(value) is complex:
            raise not_a_loss(loss)
        if not math.isfinite(value):
            raise bad_loss(trainer, self.train, batch, value, self.kept)
        loss.backward(None if weight is None else np.full(loss.shape, weight, loss.dtype))
        if self.meters:
            trainer.batch_loss = value
            self.meter.add(value, rows_of(batch), prediction, target)
        return value

    def _clip(self) -> None:
        trainer = self.trainer
        if trainer.clip_value is not None:
            clip_grad_value_(trainer.optimizer.parameters, trainer.clip_value)
        if trainer.clip_norm is not None:
            clip_grad_norm_(self.named, trainer.clip_norm, error_if_nonfinite=True)


def rows_of(batch: Any) -> int:
    """Return the number of rows of a batch: the length of its last array, the target."""
    kind = type(batch)
    if kind is tuple or kind is list:
        batch = batch[-1]
    elif kind is dict:
        batch = next(reversed(batch.values()))
    shape = getattr(batch, "shape", None)
    if shape is not None:
        return shape[0] if shape else 1
    return len(batch) if hasattr(batch, "__len__") else 1


def losses_of(trainer: Trainer, batches: Any, meter: Meter) -> None:
    """Take the loss and the metrics of batches into a meter, without an update."""
    for batch in batches:
        loss, prediction, target = trainer.objective(batch)
        if getattr(loss, "size", 1) != 1:
            raise not_a_loss(loss)
        meter.add(float(loss.item() if hasattr(loss, "item") else loss), rows_of(batch), prediction, target)
