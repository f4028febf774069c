"""What is kept of a training run: `History` in memory, a CSV file, TensorBoard's event files."""

from __future__ import annotations

import csv
import importlib
import io
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite.nn.files import write_atomically
from autograd_lite.nn.training.callbacks import Callback

if TYPE_CHECKING:
    from autograd_lite.nn.training.trainer import Trainer


class History(dict[str, list[float]]):
    """The numbers of every epoch: a dict that has a list with one value for each epoch under each name.

    ``"loss"`` and the metrics are means over the batches as they were trained on, with weights that changed from batch
    to batch; those that begin with ``"val_"`` are of the validation data after the epoch. ``"lr"`` is the learning rate
    at the end of the epoch. Where a name came or went between two fits, NaN fills up.

    Examples
    --------
    >>> from autograd_lite.nn.training import History
    >>> history = History()
    >>> history.append({"loss": 0.5})
    >>> history.append({"loss": 0.25, "accuracy": 0.9})
    >>> history
    History(2 epochs, last: loss=0.25, accuracy=0.9)
    >>> history["accuracy"]
    [nan, 0.9]
    >>> history.arrays()["loss"]
    array([0.5 , 0.25])
    """

    @property
    def epochs(self) -> int:
        """How many epochs there are."""
        return max(map(len, self.values()), default=0)

    def append(self, logs: Mapping[str, float]) -> None:
        """Add the values of an epoch."""
        epochs = self.epochs
        for name in logs:
            self.setdefault(name, [math.nan] * epochs)
        for name, values in self.items():
            values.append(logs.get(name, math.nan))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return a dict of arrays of shape (epochs,)."""
        return {name: np.array(values, float) for name, values in self.items()}

    def row(self, epoch: int) -> list[Any]:
        """Return an epoch, from 0 or from the end, as a row: its number from 1, then its values."""
        return [epoch % self.epochs + 1, *(values[epoch] for values in self.values())]

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={values[-1]:.4g}" for name, values in self.items())
        return f"History({self.epochs} epoch{'s' * (self.epochs != 1)}{', last: ' if last else ''}{last})"


class CSVLogger(Callback):
    """Keep the history in a CSV file: a line for each epoch, with all digits.

    The file is made anew from the history by the first epoch of each fit, so a run that was resumed has each epoch
    once; lines are then added in one piece each.

    Parameters
    ----------
    path : path
        Its folder must exist.

    Examples
    --------
    >>> from autograd_lite.nn.training import CSVLogger
    >>> logger = CSVLogger("run.csv")
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        self._names: list[str] | None = None

    def on_fit_begin(self, trainer: Trainer) -> None:
        """Have the file made anew."""
        self._names = None

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Write the epoch, or the whole history where that is new."""
        names = ["epoch", *trainer.history]
        if names == self._names:
            with self.path.open("ab") as file:
                file.write(_lines([trainer.history.row(-1)]))
        else:
            text = _lines([names, *map(trainer.history.row, range(trainer.history.epochs))])
            write_atomically(self.path, lambda file: file.write(text))
            self._names = names


def _lines(rows: list[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


class TensorBoardLogger(Callback):
    """Write the numbers of each epoch as events for TensorBoard, through the package tensorboardX.

    Epochs are counted from 1; the step of each event is the number of updates made. A resumed run tells TensorBoard to
    forget the events after the checkpoint.

    Parameters
    ----------
    folder : path
        Where the event files go.
    every_steps : int, optional
        Also write the loss of every so many batches, as ``batch_loss``.
    writer : object, optional
        With the methods ``add_scalar(name, value, step)``, ``flush()`` and ``close()``, in place of tensorboardX's.

    Raises
    ------
    ImportError
        If tensorboardX is not installed, when training begins.

    Examples
    --------
    >>> from autograd_lite.nn.training import TensorBoardLogger
    >>> logger = TensorBoardLogger("runs/first")
    """

    def __init__(self, folder: str | os.PathLike[str], every_steps: int | None = None, writer: Any = None):
        if every_steps is not None and every_steps < 1:
            raise ValueError(f"TensorBoardLogger(every_steps={every_steps!r}): at least 1 is needed")
        self.folder = Path(folder)
        self.every_steps = every_steps
        self.writer = writer
        self._own: Any = None

    def on_fit_begin(self, trainer: Trainer) -> None:
        """See that there is something to write with."""
        if self.writer is None:
            _tensorboardx()

    def _to(self, trainer: Trainer) -> Any:
        """Return the writer; its file is begun at the first event, when a checkpoint, if any, has been loaded."""
        if self.writer is not None:
            return self.writer
        if self._own is None:
            self._own = _tensorboardx().SummaryWriter(os.fspath(self.folder), purge_step=trainer.step)
        return self._own

    def on_step_end(self, trainer: Trainer) -> None:
        """Write the loss of a batch, if wanted."""
        if self.every_steps is not None and trainer.step % self.every_steps == 0:
            self._to(trainer).add_scalar("batch_loss", trainer.batch_loss, trainer.step)

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Write the numbers of the epoch."""
        writer = self._to(trainer)
        for name, value in trainer.logs.items():
            writer.add_scalar(name, value, trainer.step)
        writer.flush()

    def close(self) -> None:
        """Close the file."""
        if self._own is not None:
            self._own.close()
            self._own = None


def _tensorboardx() -> Any:
    try:
        return importlib.import_module("tensorboardX")
    except ImportError as error:
        raise ImportError(
            "TensorBoardLogger needs tensorboardX: pip install 'autograd_lite[tensorboard]' (or pip install "
            "tensorboardX)"
        ) from error
