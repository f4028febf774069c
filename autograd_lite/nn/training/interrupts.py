"""Ctrl-C while training: heard at once, obeyed between two steps, where the state is whole."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any


class Interrupts:
    """While entered, the first Ctrl-C is only noted; a second one raises KeyboardInterrupt on the spot.

    It does nothing outside of the main thread, where Python delivers no signals, or where Ctrl-C has been given
    another meaning.

    Parameters
    ----------
    words : str
        Written to standard error at the first one.

    Attributes
    ----------
    noted : bool
        Whether there was one.
    """

    def __init__(self, words: str = ""):
        self.words = words
        self.noted = False
        self._installed = False

    def __enter__(self) -> Interrupts:
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._installed = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._installed = False

    def _note(self, number: int, frame: FrameType | None) -> Any:
        if self.noted:
            raise KeyboardInterrupt
        self.noted = True
        if self.words:
            os.write(2, f"\n{self.words}\n".encode())  # not print: a signal may come while something is being printed
