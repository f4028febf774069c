"""Callbacks: what else is to happen while a model is trained.

A callback is an object with some of the methods of `Callback`, which `Trainer.fit` calls at their time. What it must
remember over an interruption it gives to ``state_dict``; checkpoints hold that.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite.errors import StructureError
from autograd_lite.nn.weights import save_weights

if TYPE_CHECKING:
    from autograd_lite.nn.training.trainer import Trainer

_SMALL_IS_GOOD = ("loss", "error", "mae", "mse", "rmse", "perplexity")
_LARGE_IS_GOOD = ("accuracy", "score", "f1", "r2", "auc", "precision", "recall")


class Callback:
    """Base of callbacks: define what you need of these methods.

    Where training is stands in the trainer's ``epoch`` (from 0), ``batch`` (batches done in it), ``step`` (all updates
    made), ``batch_loss`` and, at the end of an epoch, ``logs``.

    Examples
    --------
    >>> from autograd_lite.nn.training import Callback
    >>> class StopWhenGoodEnough(Callback):
    ...     def on_epoch_end(self, trainer):
    ...         if trainer.logs["loss"] < 1e-3:
    ...             trainer.stop("good enough")
    """

    def on_fit_begin(self, trainer: Trainer) -> None:
        """Get ready; a checkpoint, if there is one, is loaded after this."""

    def on_epoch_begin(self, trainer: Trainer) -> None:
        """Run before the first batch of an epoch."""

    def on_step_end(self, trainer: Trainer) -> None:
        """Run after each update of the parameters, whose gradients are still there."""

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Run after an epoch and its validation; ``trainer.logs`` holds the epoch's numbers."""

    def on_fit_end(self, trainer: Trainer) -> None:
        """Run after the last epoch, not after an interruption or an error."""

    def close(self) -> None:
        """Let go of open files, however training ended."""

    def state_dict(self) -> dict[str, Any]:
        """Return what to remember: nested dicts, lists and tuples of arrays, numbers, strings and None."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what was remembered."""


class BestModel(Callback):
    """Keep the weights of the epoch with the best value of a metric, and put them back in the end.

    Parameters
    ----------
    monitor : str, optional
        A name in the history; ``"val_loss"`` if there is validation, else ``"loss"``, if not given.
    mode : {"auto", "min", "max"}
        Whether small or large is good; ``"auto"`` knows losses, errors, accuracies and scores by their names.
    min_delta : float
        By how much a value has to be better than the best before to count.
    restore : bool
        Whether to put the best weights back at the end of ``fit``.
    path : path, optional
        A safetensors file to write the best weights to each time, for `load_weights`; it needs the extra ``weights``.

    Attributes
    ----------
    best : float or None
        The best value so far.
    best_epoch : int or None
        The epoch that it is of, from 0: ``history[monitor][best_epoch]`` is the value.
    best_state : dict or None
        The model's ``state_dict`` then.

    Raises
    ------
    ValueError
        If ``mode`` is none of the three, or ``min_delta`` is negative.

    Examples
    --------
    >>> from autograd_lite.nn.training import BestModel
    >>> best = BestModel(monitor="val_accuracy")
    """

    def __init__(
        self,
        monitor: str | None = None,
        mode: str = "auto",
        min_delta: float = 0.0,
        restore: bool = True,
        path: str | os.PathLike[str] | None = None,
    ):
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"{type(self).__name__}(mode={mode!r}): 'auto', 'min' or 'max' is needed")
        if not min_delta >= 0:
            raise ValueError(f"{type(self).__name__}(min_delta={min_delta!r}): a number ≥ 0 is needed")
        self.monitor = monitor
        self.mode = mode
        self.min_delta = min_delta
        self.restore = restore
        self.path = path
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch: int | None = None
        self.best_state: dict[str, np.ndarray] | None = None

    def on_fit_begin(self, trainer: Trainer) -> None:
        """Forget the best of an earlier fit."""
        self._forget()

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Keep the weights if they are the best so far."""
        self.improved(trainer)

    def improved(self, trainer: Trainer) -> bool:
        """Return whether this epoch is the best so far, and keep its weights then."""
        name, value = monitored(self.monitor, trainer.logs, type(self).__name__)
        sign = direction(self.mode, name, type(self).__name__)
        if math.isnan(value) or (self.best is not None and sign * (value - self.best) <= self.min_delta):
            return False
        self.best, self.best_epoch = value, trainer.epoch
        self.best_state = trainer.model.state_dict() if self.restore else None
        if self.path is not None:
            save_weights(trainer.model, self.path)
        return True

    def on_fit_end(self, trainer: Trainer) -> None:
        """Put the best weights back."""
        if self.restore and self.best_state is not None:
            trainer.model.load_state_dict(self.best_state)

    def state_dict(self) -> dict[str, Any]:
        """Return the best value, epoch and weights."""
        return {"best": self.best, "best_epoch": self.best_epoch, "best_state": self.best_state}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from another best."""
        self.best, self.best_epoch, self.best_state = state["best"], state["best_epoch"], state["best_state"]


class EarlyStopping(BestModel):
    """Stop when a metric has not become better for some epochs, and put the best weights back.

    Parameters
    ----------
    patience : int
        How many epochs without a better value are borne with; training stops after the one in which it runs out.
    monitor, mode, min_delta
        As for `BestModel`.
    restore_best : bool
        Whether the model has the weights of the best epoch in the end, or those of the last.
    path : path, optional
        As for `BestModel`.

    Raises
    ------
    ValueError
        If ``patience`` is not positive, or another argument is out of its range.

    Examples
    --------
    >>> from autograd_lite.nn.training import EarlyStopping
    >>> stopping = EarlyStopping(patience=10, monitor="val_accuracy")
    """

    def __init__(
        self,
        patience: int = 5,
        monitor: str | None = None,
        mode: str = "auto",
        min_delta: float = 0.0,
        restore_best: bool = True,
        path: str | os.PathLike[str] | None = None,
    ):
        super().__init__(monitor, mode, min_delta, restore_best, path)
        if not patience >= 1:
            raise ValueError(f"EarlyStopping(patience={patience!r}): at least one epoch is needed")
        self.patience = patience

    def _forget(self) -> None:
        super()._forget()
        self.waited = 0

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Count the epochs since the best."""
        self.waited = 0 if self.improved(trainer) else self.waited + 1
        if self.waited >= self.patience:
            name, _ = monitored(self.monitor, trainer.logs, "EarlyStopping")
            if self.best is None or self.best_epoch is None:
                trainer.stop(f"{name} was no number for {self.waited} epochs")
            else:
                trainer.stop(f"{name} was best, {self.best:.6g}, after epoch {self.best_epoch + 1}")

    def state_dict(self) -> dict[str, Any]:
        """Return the best, and how long ago it was."""
        return {**super().state_dict(), "waited": self.waited}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on waiting."""
        super().load_state_dict(state)
        self.waited = state["waited"]


def monitored(monitor: str | None, logs: Mapping[str, float], owner: str) -> tuple[str, float]:
    """Return the name of what is to be watched, and its value in this epoch.

    Raises
    ------
    StructureError
        If the epoch has no such value.
    """
    name = monitor or ("val_loss" if "val_loss" in logs else "loss")
    if name not in logs:
        missing = " Values of val_... need fit(train, validation)." if name.startswith("val_") else ""
        raise StructureError(f"{owner}(monitor={name!r}): an epoch has only the values {list(logs)}.{missing}")
    return name, logs[name]


def direction(mode: str, name: str, owner: str) -> int:
    """Return 1 if large values of a metric are good, and -1 if small ones are.

    Raises
    ------
    ValueError
        If that cannot be told from its name, and was not said.
    """
    words = name.lower().split("_")
    if mode == "max" or (mode == "auto" and any(word in _LARGE_IS_GOOD for word in words)):
        return 1
    if mode == "min" or any(word in _SMALL_IS_GOOD for word in words):
        return -1
    raise ValueError(f"{owner}(monitor={name!r}): say mode='min' or mode='max'; the name does not tell what is good")
