"""How far training is: a tqdm bar, in notebooks too, or a plain line for each epoch where tqdm is missing."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

#: Seconds between two redrawings; at toy sizes drawing each step would cost more than the step.
PERIOD = 0.1


class Silence:
    """Shows nothing; also the base of what shows something."""

    speaks = False

    def begin(self, epoch: int, epochs: int, batch: int, batches: int | None) -> None:
        """Start with an epoch (from 0), ``batch`` batches of which are done."""

    def to(self, batch: int, loss: float) -> None:
        """Be at a batch of this epoch."""

    def end(self, logs: Mapping[str, float]) -> None:
        """Finish an epoch."""

    def say(self, words: str) -> None:
        """Write a line."""

    def close(self) -> None:
        """Finish."""


class Lines(Silence):
    """A line for each epoch."""

    speaks = True

    def begin(self, epoch: int, epochs: int, batch: int, batches: int | None) -> None:
        """Note the number of the epoch."""
        self.place = f"epoch {epoch + 1}/{epochs}"

    def end(self, logs: Mapping[str, float]) -> None:
        """Write the epoch's numbers."""
        self.say(f"{self.place}: {in_words(logs)}")

    def say(self, words: str) -> None:
        """Write a line."""
        print(words, flush=True)


class Bar(Silence):
    """One bar for all epochs, with the numbers of the last one beside it."""

    speaks = True

    def __init__(self, tqdm: Any):
        self.tqdm = tqdm
        self.bar: Any = None
        self.numbers = ""

    def begin(self, epoch: int, epochs: int, batch: int, batches: int | None) -> None:
        """Name the epoch; make the bar if it is the first."""
        if self.bar is None:
            # Batches are not counted where their number is unknown, only epochs.
            self.unit = batches or 0
            total, done = (epochs * batches, epoch * batches + batch) if batches else (epochs, epoch)
            self.bar = self.tqdm(
                total=total, initial=done, unit="batch" if batches else "epoch", dynamic_ncols=True, mininterval=PERIOD
            )
        self.epoch = epoch
        self.bar.set_description(f"epoch {epoch + 1}/{epochs}", refresh=False)

    def to(self, batch: int, loss: float) -> None:
        """Draw the bar at a batch."""
        if self.unit:
            self._advance(self.epoch * self.unit + batch)
        self.bar.set_postfix_str(f"{self.numbers}{', ' * bool(self.numbers)}batch {loss:.4g}", refresh=True)

    def end(self, logs: Mapping[str, float]) -> None:
        """Draw the bar with the numbers of the epoch."""
        self.numbers = in_words(logs)
        self.bar.set_postfix_str(self.numbers, refresh=False)
        self._advance((self.epoch + 1) * (self.unit or 1))

    def _advance(self, place: int) -> None:
        self.bar.update(place - self.bar.n)

    def say(self, words: str) -> None:
        """Write a line above the bar."""
        self.tqdm.write(words)

    def close(self) -> None:
        """Leave the bar as it is."""
        if self.bar is not None:
            self.bar.refresh()
            self.bar.close()
            self.bar = None


def in_words(logs: Mapping[str, float]) -> str:
    """Return the numbers of an epoch as a line, with four digits."""
    return ", ".join(f"{name} {value:.4g}" for name, value in logs.items())


def progress_of(kind: bool | str) -> Silence:
    """Return what shows the progress.

    Parameters
    ----------
    kind : bool or {"bar", "lines"}
        True is a bar where tqdm is installed, and lines elsewhere.

    Raises
    ------
    ImportError
        If a bar is asked for and tqdm is not installed.
    ValueError
        If ``kind`` is none of these.
    """
    if kind is False or kind is None:
        return Silence()
    if kind == "lines":
        return Lines()
    if kind is not True and kind != "bar":
        raise ValueError(f"fit(progress={kind!r}): True, False, 'bar' or 'lines' is needed")
    try:
        tqdm = importlib.import_module("tqdm.auto").tqdm
    except ImportError as error:
        if kind == "bar":
            raise ImportError("progress='bar' needs tqdm: pip install 'autograd_lite[progress]'") from error
        return Lines()
    return Bar(tqdm)
