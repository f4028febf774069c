"""`Schedule`: a schedule of the learning rate, moved on while training."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autograd_lite.nn.training.callbacks import Callback, monitored

if TYPE_CHECKING:
    from autograd_lite.nn.training.trainer import Trainer


class Schedule(Callback):
    """Move a schedule of `autograd_lite.optim` on after each epoch, or after each step.

    Parameters
    ----------
    scheduler : Scheduler
        Of the trainer's optimiser.
    every : {"epoch", "step"}
        When to move it on; warm-up and one-cycle schedules usually count steps.
    monitor : str, optional
        For a schedule that waits for a plateau, the name of the value that it watches; ``"val_loss"`` if there is
        validation, else ``"loss"``, if not given.

    Raises
    ------
    TypeError
        If ``scheduler`` is none.
    ValueError
        If ``every`` is neither, or a schedule that watches a value is to be moved on after steps.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn, optim
    >>> from autograd_lite.nn.training import DataLoader, Schedule, Trainer
    >>> model = nn.Linear(1, 1)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
    >>> halving = Schedule(optim.StepLR(optimizer, step_size=1, gamma=0.5))
    >>> trainer = Trainer(model, optimizer, nn.mse_loss)
    >>> data = DataLoader(np.zeros((4, 1)), np.zeros((4, 1)))
    >>> history = trainer.fit(data, epochs=3, callbacks=halving, progress=False)
    >>> [round(lr, 6) for lr in history["lr"]]
    [0.1, 0.05, 0.025]
    """

    def __init__(self, scheduler: Any, every: str = "epoch", monitor: str | None = None):
        if not callable(getattr(scheduler, "step", None)) or not hasattr(scheduler, "state_dict"):
            raise TypeError(f"Schedule({scheduler!r}): a schedule such as optim.StepLR(optimizer, 10) is needed")
        if every not in ("epoch", "step"):
            raise ValueError(f"Schedule(every={every!r}): 'epoch' or 'step' is needed")
        self.scheduler = scheduler
        self.every = every
        self.monitor = monitor
        self.watches = bool(inspect.signature(scheduler.step).parameters)
        if self.watches and every == "step":
            raise ValueError(f"{type(scheduler).__name__} watches a value of epochs: Schedule(..., every='epoch')")

    def on_fit_begin(self, trainer: Trainer) -> None:
        """See that it schedules what is trained with."""
        optimizer = getattr(self.scheduler, "optimizer", trainer.optimizer)
        if optimizer is not trainer.optimizer:
            raise ValueError(
                f"Schedule({type(self.scheduler).__name__}) belongs to another optimiser than the trainer's, and would "
                f"change nothing here"
            )

    def on_step_end(self, trainer: Trainer) -> None:
        """Move on, if each step counts."""
        if self.every == "step":
            self.scheduler.step()

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Move on, if each epoch counts."""
        if self.every == "epoch" and self.watches:
            self.scheduler.step(monitored(self.monitor, trainer.logs, "Schedule")[1])
        elif self.every == "epoch":
            self.scheduler.step()

    def state_dict(self) -> dict[str, Any]:
        """Return the schedule's state."""
        return self.scheduler.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put the schedule where it was."""
        self.scheduler.load_state_dict(state)
