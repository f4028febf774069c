"""`Trainer`: trains a model, measures it, and predicts with it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.errors import StructureError
from autograd_lite.nn.arguments import whole
from autograd_lite.nn.module import Module
from autograd_lite.nn.training.callbacks import Callback
from autograd_lite.nn.training.checkpoints import Checkpoint
from autograd_lite.nn.training.companions import load_beside, state_beside
from autograd_lite.nn.training.data import DataLoader
from autograd_lite.nn.training.files import load_state, save_state
from autograd_lite.nn.training.fitting import Fit
from autograd_lite.nn.training.logs import History
from autograd_lite.nn.training.meter import Meter, named_metrics, plain
from autograd_lite.nn.training.modes import evaluating
from autograd_lite.nn.training.progress import progress_of
from autograd_lite.nn.training.stepping import losses_of
from autograd_lite.optim.optimizer import Optimizer

#: Rows that `Trainer.evaluate` and `Trainer.predict` put through the model at once.
ROWS = 1024


class Trainer:
    """Trains a model with an optimiser on a loss, and watches metrics.

    A batch is a tuple whose last array is the target and whose others are the model's arguments, or a dict likewise
    (``model(**others)``), or one array that is both (as for an auto-encoder). Another objective, such as one of a
    physics-informed network, is a subclass with its own `objective`.

    Parameters
    ----------
    model : Module
    optimizer : Optimizer
        Of parameters of this model.
    loss : callable
        ``loss(prediction, target)``, the mean over the rows of a batch.
    metrics : function, Metric, a sequence of these, or a dict of str to these
        Of arrays: ``metric(prediction, target)``; see `autograd_lite.nn.training.metrics`.
    clip_norm : float, optional
        The norm that the gradient of all parameters together is cut to.
    clip_value : float, optional
        The size that each element of the gradient is cut to.
    accumulate : int
        How many batches make one update: as one batch of all their rows, in less memory.
    unused : {"raise", "ignore"}
        What to do if parameters of the optimiser get no gradient from the first update of a fit.

    Attributes
    ----------
    history : History
        The numbers of every epoch.
    epoch, batch, step : int
        Where training is: the number of this epoch from 0, the batches done in it, and all updates made.
    batch_loss : float
        The loss of the last batch.
    logs : dict of str to float
        The numbers of the last epoch.
    stopped : str or None
        Why training was stopped before its last epoch, if it was.

    Raises
    ------
    TypeError
        If an argument is not of its kind.
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn, optim
    >>> nn.seed(0)
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> model = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
    >>> trainer = nn.Trainer(model, optim.Adam(model.parameters(), lr=0.05), nn.mse_loss)
    >>> history = trainer.fit(nn.DataLoader(x, x**2, batch_size=16, shuffle=True), epochs=100, progress=False)
    >>> history.epochs, history["loss"][-1] < 1e-3
    (100, True)
    >>> trainer.predict(np.array([[0.5]])).round(1)
    array([[0.2]])
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        loss: Any,
        metrics: Any = (),
        *,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        accumulate: int = 1,
        unused: str = "raise",
    ):
        if not isinstance(model, Module):
            raise TypeError(f"Trainer(model): a Module is needed, and this is a {type(model).__name__}")
        made = not isinstance(optimizer, type)
        if not made or not hasattr(optimizer, "step") or not hasattr(optimizer, "state_dict"):
            raise TypeError(
                f"Trainer(model, optimizer): an optimiser of autograd_lite.optim is needed, such as "
                f"optim.Adam(model.parameters()), and this is {optimizer!r}"
            )
        if not callable(loss) or isinstance(loss, type):
            hint = f": write {loss.__name__}()" if isinstance(loss, type) else ""
            raise TypeError(f"Trainer(model, optimizer, loss): a function of (prediction, target), not {loss!r}{hint}")
        for name, value in (("clip_norm", clip_norm), ("clip_value", clip_value)):
            if value is not None and not value > 0:
                raise ValueError(f"Trainer({name}={value!r}): a positive number is needed")
        if unused not in ("raise", "ignore"):
            raise ValueError(f"Trainer(unused={unused!r}): 'raise' or 'ignore' is needed")
        self.model, self.optimizer, self.loss = model, optimizer, loss
        self.metrics = named_metrics(metrics)
        self.clip_norm, self.clip_value, self.unused = clip_norm, clip_value, unused
        self.accumulate = whole(accumulate, "Trainer", "accumulate")
        self.history = History()
        self.epoch = self.batch = self.step = 0
        self.batch_loss = float("nan")
        self.logs: dict[str, float] = {}
        self.stopped: str | None = None

    # What a batch means

    def split(self, batch: Any) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
        """Return the arguments of the model, its keyword arguments, and the target that a batch holds."""
        if isinstance(batch, tuple | list):
            *inputs, target = batch
            return tuple(inputs) or (target,), {}, target
        if isinstance(batch, dict):
            *names, last = batch
            return (), {name: batch[name] for name in names or [last]}, batch[last]
        return (batch,), {}, batch

    def objective(self, batch: Any) -> tuple[Any, Any, Any]:
        """Return the loss of a batch, the prediction and the target; subclasses may define it otherwise.

        Parameters
        ----------
        batch : array, tuple or dict

        Returns
        -------
        tuple of Tensor, prediction, target
            The last two go to the metrics.
        """
        arguments, keywords, target = self.split(batch)
        prediction = self.model(*arguments, **keywords)
        return self.loss(prediction, target), prediction, target

    # Training

    def fit(
        self,
        train: Any,
        validation: Any = None,
        epochs: int = 1,
        callbacks: Callback | Sequence[Callback] = (),
        *,
        checkpoint: Checkpoint | str | os.PathLike[str] | None = None,
        resume: bool = True,
        progress: bool | str = True,
    ) -> History:
        """Train for some epochs.

        With a checkpoint the run can be killed at any moment: the same call, in a new process too, goes on from the
        last saved state and comes to the same numbers to the bit, and returns at once if all epochs are done. Saved
        and put back are weights and buffers (also those of a loss, and whatever else the optimiser updates), optimiser,
        history, callbacks, the place in the epoch, and every random generator that the model, the loss, the data or the
        callbacks hold, with the package's, NumPy's and Python's own. The script must make the same objects; the
        learning rate and the like are those of the checkpoint.

        Ctrl-C is obeyed after the step that is running: the state is saved, if there is a checkpoint, and
        KeyboardInterrupt raised; model and history stay as they are then. A second Ctrl-C stops at once.

        Parameters
        ----------
        train : DataLoader, or iterable of batches that can be read in each epoch
        validation : DataLoader, iterable of batches, or tuple of arrays, optional
            What `evaluate` measures after each epoch.
        epochs : int
            How many epochs to train now; with a checkpoint, the epochs of this run with those before its resumption.
        callbacks : Callback or sequence of Callback
            See `autograd_lite.nn.training.callbacks`.
        checkpoint : Checkpoint or path, optional
            Where to save the run.
        resume : bool
            False starts anew and overwrites the checkpoint.
        progress : bool or {"bar", "lines"}
            Whether to show how far training is: as a bar where tqdm is installed, else as a line for each epoch.

        Returns
        -------
        History
            ``self.history``, with the epochs of earlier fits too.

        Raises
        ------
        NaNError
            If a loss is NaN or infinite, or parameters are where they are to be saved; the checkpoint stays as it was.
        GraphError
            If parameters have no gradient after the first update's ``backward``; it lists them with the reasons.
        StructureError
            If there are no batches, or the checkpoint does not belong to this call.
        KeyboardInterrupt
            After Ctrl-C.
        """
        if isinstance(callbacks, Callback) or not isinstance(callbacks, Sequence):
            callbacks = (callbacks,)
        for callback in callbacks:
            if not isinstance(callback, Callback):
                hint = " Pass it as fit(checkpoint=...)." if isinstance(callback, Checkpoint) else ""
                hint = " Call the class: callbacks=[EarlyStopping()]." if isinstance(callback, type) else hint
                raise TypeError(f"fit(callbacks): {callback!r} is not a Callback.{hint}")
        if checkpoint is not None and not isinstance(checkpoint, Checkpoint):
            checkpoint = Checkpoint(checkpoint)
        epochs = whole(epochs, "fit", "epochs", least=0)
        _check_readable_often(train, epochs, checkpoint)
        if not self.model.training:
            self.model.train()
        loader = _as_loader(validation) if validation is not None else None
        Fit(self, train, loader, epochs, callbacks, checkpoint, progress_of(progress)).run(resume)
        return self.history

    def stop(self, reason: str) -> None:
        """Have `fit` end after the epoch that is running; callbacks call this.

        Parameters
        ----------
        reason : str
            Shown, and kept in ``stopped``.
        """
        self.stopped = reason

    # Using

    def evaluate(self, data: Any) -> dict[str, float]:
        """Return the loss and the metrics of data, with the model in evaluation mode.

        Parameters
        ----------
        data : DataLoader, iterable of batches, or tuple of arrays

        Returns
        -------
        dict of str to float
            ``"loss"`` and each metric; batches are weighted by their rows.

        Raises
        ------
        StructureError
            If there are no batches.
        TypeError
            If ``data`` is a bare array.
        """
        meter = Meter(self.metrics)
        with evaluating(self.model):
            losses_of(self, _as_loader(data), meter)
        if not meter.rows:
            raise StructureError("evaluate(data): the data gave no batches")
        return meter.values()

    def predict(self, *inputs: Any, batch_size: int = ROWS) -> Any:
        """Return what the model gives for inputs, as arrays, with the model in evaluation mode.

        Parameters
        ----------
        *inputs : arrays of shape (rows, ...), or a single DataLoader
            The model's arguments. The last array of a loader that has several is a target and left out.
        batch_size : int
            How many rows to put through the model at once.

        Returns
        -------
        array of shape (rows, ...), or a tuple or dict of such where the model returns one
        """
        if len(inputs) == 1 and isinstance(inputs[0], DataLoader):
            calls: Iterable[Any] = (self.split(batch)[:2] for batch in inputs[0])
        else:
            calls = ((batch, {}) for batch in DataLoader(tuple(inputs), batch_size=batch_size))
        with evaluating(self.model):
            parts = [plain(self.model(*arguments, **keywords)) for arguments, keywords in calls]
        if isinstance(parts[0], tuple | list):
            return tuple(np.concatenate(part) for part in zip(*parts, strict=True))
        if isinstance(parts[0], dict):
            return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return np.concatenate(parts)

    # Saving

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the model and the optimiser, the history, and the counts of epochs and updates.

        With it are the values of a loss that is a module, and of parameters that the optimiser has beside the model's.
        """
        return {
            "epoch": self.epoch,
            "step": self.step,
            "batch_loss": self.batch_loss,
            "model": self.model.state_dict(),
            "beside": state_beside(self),
            "optimizer": self.optimizer.state_dict(),
            "history": dict(self.history),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state.

        Raises
        ------
        StructureError
            If it is of another architecture, another optimiser or another loss.
        """
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        load_beside(self, state.get("beside", {}))
        self.epoch, self.step, self.batch_loss = state["epoch"], state["step"], state["batch_loss"]
        self.history.clear()
        self.history.update({name: list(values) for name, values in state["history"].items()})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to a file, atomically; see `load`."""
        save_state(path, self.state_dict())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Read a state that `save` wrote, or the checkpoint of a fit.

        Raises
        ------
        StructureError
            If the file holds none, or one of another architecture or optimiser.
        """
        state = load_state(path)
        if not isinstance(state, dict) or "optimizer" not in state:
            raise StructureError(f"{os.fspath(path)} holds no state of a Trainer")
        self.load_state_dict(state)


def _as_loader(data: Any) -> Any:
    """Return data as something that gives batches.

    Raises
    ------
    TypeError
        If it is a bare array, whose rows would pass for batches.
    """
    if isinstance(data, np.ndarray):
        raise TypeError(
            "validation or evaluation got an ndarray: pass a tuple of arrays, (x, y) or for an auto-encoder (x,), or a "
            "DataLoader"
        )
    return DataLoader(*data, batch_size=ROWS) if isinstance(data, tuple) else data


def _check_readable_often(train: Any, epochs: int, checkpoint: Any) -> None:
    """Raise if data cannot be gone through in each epoch."""
    if isinstance(train, tuple | np.ndarray):
        raise TypeError(
            f"fit(train) got a {type(train).__name__}: pass DataLoader(x, y, batch_size=32, shuffle=True), or a list "
            f"of batches"
        )
    if not hasattr(train, "__iter__") and not hasattr(train, "batches"):
        raise TypeError(f"fit(train) got {train!r}, which gives no batches: pass a DataLoader or a list of batches")
    if hasattr(train, "__next__") and (epochs > 1 or checkpoint is not None):
        raise TypeError("fit(train) got an iterator, which can be read only once: pass a DataLoader or a list")
    if hasattr(train, "__len__") and not len(train):
        raise StructureError("fit(train): there are no batches")
