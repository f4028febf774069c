"""Where a function reads ``t.data`` of what depends on its argument: no operation, so that no observer sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.modes import enable_grad, user_frame
from autograd_lite.core.tensor import Tensor
from autograd_lite.core.wording import Place
from autograd_lite.explain.reasons.cause import Cause
from autograd_lite.explain.reasons.flow import is_reached

_TURN = threading.Lock()


def reads_of_data(f: Callable[[Any], Any], data: Any) -> list[Cause]:
    """Run a function once more, and return a cause for each of the user's lines that reads ``.data``.

    Parameters
    ----------
    f : callable
    data : array
        Its argument.
    """
    x = Tensor(data, requires_grad=True)
    places: dict[Place, None] = {}

    def met(tensor: Any, frame: FrameType) -> None:
        place = Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        if place not in places and tensor.node is not None and x.node is not None and is_reached(tensor.node, x.node):
            places[place] = None

    try:
        with _told_of_reads(met), enable_grad(), np.errstate(all="ignore"):
            f(x)
    except Exception:  # a function that draws random numbers may do anything: this is only to say more
        return []
    text = ".data is read here, and what is computed from it in plain NumPy is a constant"
    return [Cause("detached", text, "", str(place)) for place in places]


@contextmanager
def _told_of_reads(met: Callable[[Any, FrameType], None]) -> Iterator[None]:
    """Let reads of ``.data`` in the user's code be told of, in this thread; the attribute stays what it is."""
    slot, thread = vars(Tracked)["data"], threading.get_ident()

    def read(tensor: Any) -> Any:
        if threading.get_ident() == thread:
            frame, level = user_frame()
            if level == 1:
                met(tensor, frame)
        return slot.__get__(tensor)

    with _TURN:
        setattr(Tensor, "data", property(read, slot.__set__))  # noqa: B010
        try:
            yield
        finally:
            delattr(Tensor, "data")
