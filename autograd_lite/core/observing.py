"""Watching a computation: observers of what is recorded, and of what a sweep sends along each edge.

An observer is any object with a method ``recorded(node, out)``, called for each operation right after it has been
recorded, with the array (or tuple of arrays) that it gave. `ag.debug()`, pictures and profiles are such observers; with
none the engine pays one look at a context variable an operation.

A sweep that must be seen edge by edge is `core.careful.watched_sweep`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from autograd_lite.core.graph import Node


class Observer(Protocol):
    """What is told of each operation that is recorded."""

    def recorded(self, node: Node, out: Any) -> None:
        """Take note of a node and of the array, or tuple of arrays, that its operation gave."""


# A context variable, so that threads and async tasks do not watch each other.
OBSERVERS: ContextVar[tuple[Observer, ...]] = ContextVar("autograd_lite.observers", default=())

observers = OBSERVERS.get

# watch(node, g, position, parent, c): the cotangent g of a node gave the contribution c, as it is added to the
# cotangent of ``parent = node.inputs[position]``.
Watch = Callable[[Node, Any, int, Node, Any], None]


def report(node: Node, out: Any) -> None:
    """Tell every observer of a freshly recorded node."""
    for observer in OBSERVERS.get():
        observer.recorded(node, out)


@contextmanager
def observing(observer: Observer) -> Generator[None]:
    """Let an observer see what is recorded inside of a ``with`` block."""
    token = OBSERVERS.set((*OBSERVERS.get(), observer))
    try:
        yield
    finally:
        OBSERVERS.reset(token)


class Values:
    """An observer that keeps what every operation gave.

    Attributes
    ----------
    of : dict of Node to array, or tuple of arrays
    """

    def __init__(self) -> None:
        self.of: dict[Node, Any] = {}

    def recorded(self, node: Node, out: Any) -> None:
        """Keep what an operation gave."""
        self.of[node] = out
