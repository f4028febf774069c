"""The cyclic garbage collector while a function is recorded: its full passes are put off.

A graph has no cycles, so no pass ever frees a node of it; but every full pass walks all of it, and comes again when it
has grown by a quarter. Of the 560 ms that the gradient of an LSTM over 1,000 characters takes (70,000 nodes), full
passes are 190. Passes over young objects go on, so that a function's own cyclic garbage is freed as before, unless it
lives long: then it waits for the end of the outermost transform, or for seven million more objects.
"""

from __future__ import annotations

import gc
import threading
from types import TracebackType

_RARELY = 1000  # passes over middle-aged objects between two full ones; Python's own default is 10

_lock = threading.Lock()
_inside = 0
_before = _during = gc.get_threshold()


class FullPassesPutOff:
    """Puts off full passes inside a ``with`` block; blocks may be nested, and run in several threads."""

    __slots__ = ()

    def __enter__(self) -> None:
        global _inside, _before, _during
        with _lock:
            if _inside == 0:
                _before = gc.get_threshold()
                _during = (*_before[:2], max(_before[2], _RARELY))
                gc.set_threshold(*_during)
            _inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global _inside
        with _lock:
            _inside -= 1
            if _inside == 0 and gc.get_threshold() == _during:  # else somebody has set others meanwhile
                gc.set_threshold(*_before)


full_passes_put_off = FullPassesPutOff()
