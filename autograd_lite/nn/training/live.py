"""`LivePlot`: a picture that follows training, in a notebook or in a file."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd_lite.core.plotting import pyplot
from autograd_lite.nn.files import write_atomically
from autograd_lite.nn.training.callbacks import Callback
from autograd_lite.nn.training.plots import plot_history

if TYPE_CHECKING:
    from autograd_lite.nn.training.trainer import Trainer


class LivePlot(Callback):
    """Draw the history after every so many epochs, and after the last.

    Parameters
    ----------
    path : path, optional
        A picture file to keep up to date, such as ``"curves.png"``; its ending says the format. In a notebook the
        picture is shown below the cell too; elsewhere a path is needed.
    every : int
        Draw after every so many epochs.
    draw : callable, optional
        ``draw(trainer)`` draws something else and returns its axes (or an array of them): for instance
        ``lambda trainer: plot_decision_boundary(trainer.model, x, y)``.

    Raises
    ------
    ValueError
        If ``every`` is not positive, or training begins outside of a notebook without a path.
    ImportError
        If matplotlib is not installed, when training begins.

    Examples
    --------
    >>> from autograd_lite.nn.training import LivePlot
    >>> live = LivePlot("curves.png", every=10)
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        every: int = 1,
        draw: Callable[[Trainer], Any] | None = None,
    ):
        if every < 1:
            raise ValueError(f"LivePlot(every={every!r}): at least 1 is needed")
        self.path = None if path is None else Path(path)
        self.every = every
        self.draw = draw
        self._shown: Any = None
        self._drawn = -1

    def on_fit_begin(self, trainer: Trainer) -> None:
        """See that there is something to draw with and somewhere to draw."""
        pyplot()
        self._shown = None
        if self.path is None and not _in_notebook():
            raise ValueError("LivePlot() outside of a notebook needs a file: LivePlot('curves.png')")

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Draw, if it is time."""
        if (trainer.epoch + 1) % self.every == 0:
            self._update(trainer)

    def on_fit_end(self, trainer: Trainer) -> None:
        """Draw the last state."""
        if self._drawn != trainer.history.epochs and trainer.history.epochs:
            self._update(trainer)

    def _update(self, trainer: Trainer) -> None:
        axes = plot_history(trainer.history) if self.draw is None else self.draw(trainer)
        figure = (axes.flat[0] if hasattr(axes, "flat") else axes).figure
        self._drawn = trainer.history.epochs
        try:
            if self.path is not None:
                content = io.BytesIO()
                figure.savefig(content, format=self.path.suffix.lstrip(".") or "png")
                write_atomically(self.path, lambda file: file.write(content.getvalue()))
            if _in_notebook():
                self._show(figure)
        finally:
            pyplot().close(figure)

    def _show(self, figure: Any) -> None:
        display = importlib.import_module("IPython.display").display
        if self._shown is None:
            self._shown = display(figure, display_id=True)
        else:
            self._shown.update(figure)


def _in_notebook() -> bool:
    """Return whether this runs in a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"
