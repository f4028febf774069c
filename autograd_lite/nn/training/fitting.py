"""One call of ``Trainer.fit``: epochs of steps, and all that happens between them."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd_lite.errors import StructureError
from autograd_lite.nn.training.callbacks import Callback
from autograd_lite.nn.training.checkpoints import Checkpoint
from autograd_lite.nn.training.companions import parameters_beside
from autograd_lite.nn.training.interrupts import Interrupts
from autograd_lite.nn.training.meter import Meter
from autograd_lite.nn.training.progress import PERIOD, Silence
from autograd_lite.nn.training.randomness import Randomness
from autograd_lite.nn.training.stepping import Step

if TYPE_CHECKING:
    from autograd_lite.nn.training.trainer import Trainer


class Fit:
    """A run of training, which can be saved between any two steps and resumed from there.

    Parameters
    ----------
    trainer : Trainer
    train, validation : DataLoader or iterable of batches
    epochs : int
    callbacks : list of Callback
    checkpoint : Checkpoint, optional
    progress : Silence
    """

    def __init__(
        self,
        trainer: Trainer,
        train: Any,
        validation: Any,
        epochs: int,
        callbacks: Sequence[Callback],
        checkpoint: Checkpoint | None,
        progress: Silence,
    ):
        self.trainer, self.train, self.validation = trainer, train, validation
        self.callbacks, self.checkpoint, self.progress = list(callbacks), checkpoint, progress
        self.first, self.epochs = trainer.epoch, epochs
        self.seekable = callable(getattr(train, "batches", None))  # gives the batches of any epoch from any place on
        self.meter = Meter(trainer.metrics)
        self.randomness = Randomness(trainer=trainer, train=train, validation=validation, callbacks=self.callbacks)
        self.each_step = [c for c in self.callbacks if type(c).on_step_end is not Callback.on_step_end]
        self.every = checkpoint.steps if checkpoint is not None and checkpoint.steps else 0
        self.origin: dict[str, Any] | None = None  # what the batches of this epoch came from, if not from a DataLoader
        self.wake = 0.0
        self.drawn = 0.0

    def run(self, resume: bool) -> None:
        """Train, from the checkpoint if there is one and ``resume`` is set."""
        trainer = self.trainer
        trainer.stopped, trainer.batch = None, 0
        self.interrupts = Interrupts(
            "Ctrl-C: stopping after this step; press it again to stop at once." if self.progress.speaks else ""
        )
        try:
            with self.interrupts:
                for callback in self.callbacks:
                    callback.on_fit_begin(trainer)
                self._begin(resume)
                kept = f"{self.checkpoint.path} keeps an earlier state." if self.checkpoint is not None else ""
                self.step = Step(trainer, self.train, self.meter, kept)
                while trainer.epoch < self.first + self.epochs and trainer.stopped is None:
                    self._epoch()
                if self.checkpoint is not None:
                    self._save()
                for callback in self.callbacks:
                    callback.on_fit_end(trainer)
        finally:
            self.progress.close()
            for callback in self.callbacks:
                callback.close()
        if trainer.stopped is not None:
            self.progress.say(f"stopped after epoch {trainer.epoch}: {trainer.stopped}")

    def _begin(self, resume: bool) -> None:
        """Go on from the checkpoint, or write the first one."""
        if self.checkpoint is None:
            return
        if resume and self.checkpoint.exists():
            self._load(self.checkpoint.load())
            trainer = self.trainer
            self.progress.say(
                f"resumed from {self.checkpoint.path}: {trainer.epoch - self.first} of {self.epochs} epochs done, "
                f"and {trainer.batch} batches of the next"
            )
            self.checkpoint.due = time.monotonic() + self.checkpoint.seconds
        else:
            self._save()

    # Epochs

    def _epoch(self) -> None:
        trainer = self.trainer
        if not trainer.batch:
            self.meter.reset()
            for callback in self.callbacks:
                callback.on_epoch_begin(trainer)
        batches = _length(self.train)
        self.progress.begin(trainer.epoch, self.first + self.epochs, trainer.batch, batches)
        self._steps()
        if not self.meter.rows:
            hint = ""
            if trainer.epoch > self.first:
                hint = " An iterator can be read only once: pass a list or a DataLoader."
            raise StructureError(f"the training data gave no batches in epoch {trainer.epoch + 1}.{hint}")
        logs = self.meter.values()
        if self.validation is not None:
            logs |= {f"val_{name}": value for name, value in self._validate().items()}
        rates = {group["lr"] for group in trainer.optimizer.param_groups}
        trainer.logs = {**logs, "lr": float(rates.pop()) if len(rates) == 1 else math.nan}
        trainer.history.append(trainer.logs)
        for callback in self.callbacks:
            callback.on_epoch_end(trainer)
        self.progress.end({name: value for name, value in trainer.logs.items() if name != "lr"})
        trainer.epoch += 1
        trainer.batch = 0
        self._look(time.monotonic())

    def _steps(self) -> None:
        """Make the updates of the rest of an epoch; saves, drawings and interruptions have their place between them."""
        trainer, step, every = self.trainer, self.step, self.every
        monotonic, each_step, interrupts = time.monotonic, self.each_step, self.interrupts
        for batches in self._groups(trainer.accumulate):
            step(batches)
            for callback in each_step:
                callback.on_step_end(trainer)
            now = monotonic()
            if now >= self.wake or interrupts.noted or (every and trainer.step % every == 0):
                self._look(now)

    def _look(self, now: float) -> None:
        """Do what is due between two steps."""
        trainer, checkpoint = self.trainer, self.checkpoint
        if self.interrupts.noted:
            self._interrupt()
        if checkpoint is not None and (now >= checkpoint.due or (self.every and trainer.step % self.every == 0)):
            self._save()
        if now >= self.drawn + PERIOD and trainer.batch:
            self.progress.to(trainer.batch, trainer.batch_loss)
            self.drawn = now
        self.wake = min(self.drawn + PERIOD, math.inf if checkpoint is None else checkpoint.due)

    def _interrupt(self) -> None:
        """Save, and pass on the Ctrl-C that was noted."""
        where = f"epoch {self.trainer.epoch + 1}, batch {self.trainer.batch}, step {self.trainer.step}"
        if self.checkpoint is None:
            raise KeyboardInterrupt(f"training was interrupted in {where}; Trainer.history has the epochs before")
        self._save()
        raise KeyboardInterrupt(
            f"training was interrupted in {where}, and saved to {self.checkpoint.path}: the same call of fit goes on "
            f"from there"
        )

    def _validate(self) -> dict[str, float]:
        """Return the loss and metrics of the validation data; an interruption leaves the state from before it."""
        before = self.randomness.state_dict() if self.checkpoint is not None else None

        def watched() -> Iterator[Any]:
            for batch in self.validation:
                if self.interrupts.noted:
                    if before is not None:
                        self.randomness.load_state_dict(before)
                    self._interrupt()
                yield batch

        return self.trainer.evaluate(watched())

    # Batches

    def _groups(self, size: int) -> Iterator[Sequence[Any]]:
        """Give the batches of the rest of this epoch, as many at a time as make one update."""
        batches = self._batches()
        if size == 1:
            for batch in batches:
                yield (batch,)
            return
        while group := list(itertools.islice(batches, size)):
            yield group

    def _batches(self) -> Iterator[Any]:
        """Give the batches of the rest of this epoch."""
        start = self.trainer.batch
        if self.seekable:
            return iter(self.train.batches(self.trainer.epoch, start))
        if start:
            return self._continued(start)
        if self.checkpoint is not None:
            self.origin = {"randomness": self.randomness.state_dict(), "train": self._place_in_data()}
        return iter(self.train)

    def _continued(self, start: int) -> Iterator[Any]:
        """Begin the epoch as it began, with the random generators of then, and pass over the batches that are done."""
        assert self.origin is not None
        now = self.randomness.state_dict()
        self.randomness.load_state_dict(self.origin["randomness"])
        if self.origin["train"] is not None:
            self.train.load_state_dict(self.origin["train"])
        batches = iter(self.train)
        passed = sum(1 for _ in itertools.islice(batches, start))
        if passed < start:
            raise StructureError(
                f"the checkpoint stands after batch {start} of an epoch, and the training data has only {passed}: it "
                f"must be the same as before the interruption"
            )
        self.randomness.load_state_dict(now)
        return batches

    def _place_in_data(self) -> Any:
        """Return what the data remember themselves, if they do."""
        return self.train.state_dict() if hasattr(self.train, "state_dict") else None

    # Saving

    def _save(self) -> None:
        assert self.checkpoint is not None
        trainer = self.trainer
        state = {
            **trainer.state_dict(),
            "first": self.first,
            "batch": trainer.batch,
            "stopped": trainer.stopped,
            "meter": self.meter.state_dict(),
            "callbacks": [[type(callback).__name__, callback.state_dict()] for callback in self.callbacks],
            "randomness": self.randomness.state_dict(),
            "seekable": self.seekable,
            "train": self._place_in_data(),
            "origin": self.origin if trainer.batch else None,
        }
        self.checkpoint.save(state, dict(trainer.model.named_parameters()) | parameters_beside(trainer))

    def _load(self, state: Mapping[str, Any]) -> None:
        trainer = self.trainer
        path = self.checkpoint.path if self.checkpoint is not None else ""
        if "first" not in state:
            raise StructureError(f"{path} was written by Trainer.save, not by fit: load it with Trainer.load")
        if not state["first"] <= trainer.epoch <= state["epoch"]:
            raise StructureError(
                f"{path} belongs to a fit that began at epoch {state['first']} and has come to {state['epoch']}, and "
                f"this one begins at epoch {trainer.epoch}. Each call of fit has a checkpoint of its own; pass "
                f"resume=False to overwrite this one."
            )
        if state["seekable"] != self.seekable:
            raise StructureError(f"{path} was made with training data of another kind than {type(self.train).__name__}")
        if state["train"] is not None:
            self.train.load_state_dict(state["train"])
        if state["batch"]:
            self.meter.load_state_dict(state["meter"])
        trainer.load_state_dict(state)
        self.first, trainer.batch, trainer.stopped = state["first"], state["batch"], state["stopped"]
        self.origin = state["origin"]
        stored = list(state["callbacks"])
        for callback in self.callbacks:  # in order, each takes the first state of its class; new ones start anew
            found = next((entry for entry in stored if entry[0] == type(callback).__name__), None)
            if found is not None:
                stored.remove(found)
                callback.load_state_dict(found[1])
        self.randomness.load_state_dict(state["randomness"])


def _length(batches: Any) -> int | None:
    """Return the number of batches, None if it is not known."""
    return len(batches) if hasattr(batches, "__len__") else None
