"""Words for training that went wrong: a loss that is no number, parameters that no gradient reaches."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite.core.debugging import debug
from autograd_lite.core.modes import no_grad
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, GraphError, NaNError, ShapeError
from autograd_lite.nn.training.checkpoints import not_finite
from autograd_lite.nn.training.data import DataLoader
from autograd_lite.nn.training.meter import plain
from autograd_lite.nn.training.randomness import Randomness

if TYPE_CHECKING:
    from autograd_lite.nn.training.trainer import Trainer

_PACKAGE = Path(__file__).parents[2]


def not_a_loss(loss: Any) -> Exception:
    """Return the error for a loss that is not one number with a history."""
    if not isinstance(loss, Tensor):
        return GraphError(
            f"the loss is a {type(loss).__name__}, not a Tensor, so nothing can be differentiated. Compute it with "
            f"this package's functions or NumPy's from what the model returns."
        )
    if loss.size != 1:
        return ShapeError(
            f"the loss has shape {loss.shape}: one number is needed, such as the mean over the rows of the batch"
        )
    if loss.dtype.kind == "c":
        return DtypeError(
            f"the loss has dtype {loss.dtype}: one real number is needed, such as the mean of abs(error) ** 2"
        )
    return GraphError(
        "the loss is a constant: it depends on no parameter, or was computed under no_grad() or from detached values"
    )


def bad_loss(trainer: Trainer, train: Any, batch: Any, value: float, kept: str) -> NaNError:
    """Return the error for a loss that is NaN or infinite: where, what is to be seen, what to do.

    Parameters
    ----------
    trainer : Trainer
    train : DataLoader or iterable
        What the batch is from.
    batch : array, tuple or dict
    value : float
    kept : str
        Words about the checkpoint, or none.
    """
    number = trainer.batch + 1
    rows = ""
    if isinstance(train, DataLoader):
        indices = train.indices(trainer.epoch, trainer.batch)
        rows = f", rows {', '.join(map(str, indices[:8]))}{', ...' if len(indices) > 8 else ''}"
    lines = [
        f"the loss became {value} at step {trainer.step + 1} (epoch {trainer.epoch + 1}, batch {number}{rows}), and "
        f"training stopped before that step."
    ]
    bad = not_finite(dict(trainer.model.named_parameters()))
    if bad:
        lines.append(f"NaN or infinity is already in the parameters {', '.join(bad)}: the step before put it there.")
    lines += [f"{name} of this batch holds {count} values that are not finite." for name, count in _bad_in(batch)]
    if len(lines) == 1:
        lines += ["Parameters and data are finite.", *_birth(trainer, batch)]
    lr = getattr(trainer.optimizer, "param_groups", [{}])[0].get("lr")
    lines.append(
        f"A smaller learning rate{f' (it is {lr:g})' if lr is not None else ''}, Trainer(clip_norm=1.0), or data of "
        f"order 1 may help."
    )
    return NaNError("\n  ".join([*lines, *([kept] if kept else [])]))


def _bad_in(batch: Any) -> list[tuple[str, int]]:
    """Return which arrays of a batch hold NaN or infinity, and how many."""
    if isinstance(batch, dict):
        named = {f"{name!r}": value for name, value in batch.items()}
    elif isinstance(batch, tuple | list):
        last = len(batch) - 1
        named = {("target" if index == last and last else f"input {index}"): value for index, value in enumerate(batch)}
    else:
        named = {"input": batch}
    counts = []
    for name, value in named.items():
        array = np.asarray(plain(value))
        if array.dtype.kind in "fc" and not np.isfinite(array).all():
            counts.append((name, int(array.size - np.count_nonzero(np.isfinite(array)))))
    return counts


def _birth(trainer: Trainer, batch: Any) -> list[str]:
    """Return in which operation the first NaN or infinity is born, if it is born again when the batch is run again."""
    try:
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            loss = trainer.objective(batch)[0]
        with np.errstate(all="ignore"), debug():
            loss.backward()
    except FloatingPointError as error:
        return [f"Run again, the batch gives: {error}{_users_line(error)}."]
    except NaNError as error:
        return [str(error)]
    except Exception as error:  # whatever the user's code raises: this is only to say more about another error
        return [f"(running the batch again to find out more failed: {error})"]
    return []


def _users_line(error: Exception) -> str:
    """Return where an error arose: the innermost line that is not of this package or of NumPy."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if "numpy" not in path.parts and not path.is_relative_to(_PACKAGE) and path.exists():
            return f", in {path.name}, line {frame.lineno}: {frame.line}"
    return ""


def check_gradients(trainer: Trainer, parameters: Sequence[Tensor], again: Callable[[], float]) -> None:
    """Raise if parameters of the optimiser have no gradient after ``backward``.

    Parameters
    ----------
    trainer : Trainer
    parameters : sequence of Tensor
        Those to look at.
    again : callable
        Computes the loss again, from the same batch.

    Raises
    ------
    GraphError
        It lists them with the reason: frozen, of another model, unused, or detached on the way.
    """
    names = {id(parameter): name for name, parameter in trainer.model.named_parameters()}
    missing = [parameter for parameter in parameters if parameter.grad is None]
    if not missing:
        return
    lines = []
    for parameter in missing:
        name = names.get(id(parameter), parameter.name or f"a parameter of shape {parameter.shape}")
        if parameter.node is None:
            reason = "frozen: it no longer has requires_grad=True, but the optimizer still holds it"
        elif id(parameter) not in names:
            reason = "not a parameter of this model: the optimizer was made for another one, or the layer was replaced"
        elif _matters(trainer, parameter, again):
            reason = (
                "detached: the loss changes with it, but its history is cut on the way, by detach(), .data, "
                "np.asarray, no_grad() or a function without derivative"
            )
        else:
            reason = "unused: the loss does not change with it; forward() does not use it, or not on this path"
        lines.append(f"{name}: {reason}")
    count = len(trainer.optimizer.parameters)
    raise GraphError(
        "\n  ".join([f"{len(missing)} of {count} parameters have no gradient after backward():", *lines])
        + "\nGive the optimizer only what is to be trained, or, if this is meant, Trainer(..., unused='ignore')."
    )


def _matters(trainer: Trainer, parameter: Tensor, again: Callable[[], float]) -> bool:
    """Return whether the loss of a batch changes with a parameter; everything is put back as it was."""
    randomness = Randomness(trainer=trainer)
    states, buffers = randomness.state_dict(), [
        (module, name, np.copy(getattr(module, name)))
        for module in trainer.model.modules() for name in module.buffers if getattr(module, name) is not None
    ]  # fmt: skip
    data, values = parameter.data, np.copy(parameter.data)
    seen = []
    try:
        with np.errstate(all="ignore"), no_grad():
            for shifted in (values, values * 1.5 + 0.5, values * 0.5 - 2.0):
                randomness.load_state_dict(states)
                _put(parameter, data, shifted.astype(values.dtype))
                seen.append(again())
    finally:
        _put(parameter, data, values)
        parameter.data = data
        randomness.load_state_dict(states)
        for module, name, array in buffers:
            setattr(module, name, array)
    return len(set(map(str, seen))) > 1


def _put(parameter: Tensor, data: Any, values: np.ndarray) -> None:
    """Write values where a parameter has its array, or the number that it has in place of one."""
    if isinstance(data, np.ndarray):
        data[...] = values
    else:
        parameter.data = values[()]
