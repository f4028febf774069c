"""`Checkpoint`: where and how often a training run is saved, so that it can be killed at any moment and resumed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from autograd_lite.errors import NaNError, StructureError
from autograd_lite.nn.training.files import load_state, save_state

#: What a checkpoint must have; a later form of it would have another number.
VERSION = 1

#: How many times longer than writing a state to train before the next one.
RARITY = 50


class Checkpoint:
    """A file in which ``Trainer.fit`` keeps all that it needs to go on, to the bit, after it was stopped or killed.

    It is written when ``fit`` begins and ends, at Ctrl-C, and in between every so many seconds or steps, always between
    two steps; the file is replaced as a whole, so a crash leaves the one before. When it is written changes no number.

    Parameters
    ----------
    path : path
        Its folder must exist. Each call of ``fit`` has a file of its own.
    seconds : float
        How long to train before the next writing: how much work a crash can cost. Where writing takes long, as for a
        large model, it is done more rarely, so that it takes at most 2 % of the time.
    steps : int, optional
        Write after every so many steps too.

    Raises
    ------
    ValueError
        If ``seconds`` or ``steps`` is not positive.

    Examples
    --------
    >>> from autograd_lite.nn.training import Checkpoint
    >>> checkpoint = Checkpoint("run.npz", seconds=60)
    """

    def __init__(self, path: str | os.PathLike[str], seconds: float = 1.0, steps: int | None = None):
        if not seconds > 0 or (steps is not None and not steps >= 1):
            raise ValueError(f"Checkpoint(seconds={seconds!r}, steps={steps!r}): positive numbers are needed")
        self.path = Path(path)
        self.seconds = seconds
        self.steps = steps
        self.due = 0.0

    def exists(self) -> bool:
        """Return whether there is something to go on from."""
        return self.path.exists()

    def save(self, state: dict[str, Any], parameters: dict[str, Any]) -> None:
        """Write a state, unless a parameter is not finite: then the last good one stays.

        Raises
        ------
        NaNError
            If a parameter holds a NaN or an infinity.
        """
        bad = not_finite(parameters)
        if bad:
            kept = f" {self.path} keeps an earlier state, from which fit goes on." if self.exists() else ""
            raise NaNError(
                f"step {state['step']}: NaN or infinity in {', '.join(bad)}; this state is not saved.{kept} A smaller "
                f"learning rate or Trainer(clip_norm=1.0) may help."
            )
        start = time.monotonic()
        save_state(self.path, {"version": VERSION, **state})
        end = time.monotonic()
        self.due = end + max(self.seconds, RARITY * (end - start))

    def load(self) -> dict[str, Any]:
        """Read the state.

        Raises
        ------
        StructureError
            If the file is no checkpoint, is damaged, or was written by another version of this package.
        """
        state = load_state(self.path)
        if not isinstance(state, dict) or "version" not in state:
            raise StructureError(f"{self.path} holds no training run; choose another file for the checkpoint")
        if state["version"] != VERSION:
            raise StructureError(f"{self.path} has version {state['version']}, and this package reads {VERSION}")
        return state


def not_finite(parameters: dict[str, Any]) -> list[str]:
    """Return the names of parameters that hold a NaN or an infinity."""
    return [name for name, parameter in parameters.items() if not np.isfinite(parameter.data).all()]
