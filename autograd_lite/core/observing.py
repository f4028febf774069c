"""Watching a computation: observers of what is recorded, and of what a sweep sends along each edge.

An observer is any object with a method ``recorded(node, out)``, called for each operation right after it has been
recorded, with the array (or tuple of arrays) that it gave. `ag.debug()`, pictures and profiles are such observers; with
none the engine pays one look at a context variable an operation. An observer that also has the methods of a `Reader`
is told what each operation read, constants beside Tensors included, and of functions that are constant almost
everywhere (comparisons, ``round``), which are not recorded. One with the method of a `Bystander` is told of operations
that leave no node: because nothing tracked goes in, or under ``no_grad()``; and with ``left`` of values taken out of
their history by ``item()``, ``detach()`` and the like.

A sweep that must be seen edge by edge is `core.careful.watched_sweep`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from autograd_lite.core.graph import Node


class Observer(Protocol):
    """What is told of each operation that is recorded."""

    def recorded(self, node: Node, out: Any) -> None:
        """Take note of a node and of the array, or tuple of arrays, that its operation gave."""


class Reader(Observer, Protocol):
    """What is told of operands too, and of what is computed without being recorded."""

    def read(self, node: Node, operands: Sequence[Any]) -> None:
        """Take note of the arrays and numbers that a node just recorded was computed from, by position."""

    def stepped(self, function: Callable[..., Any], operands: Sequence[Any], out: Any) -> None:
        """Take note of a function that is constant almost everywhere, of its arguments (Tensors as such) and answer."""


class Bystander(Observer, Protocol):
    """What is told of operations on Tensors, too, that are not recorded."""

    def passed(self, name: str, nodes: Sequence[Node | None], operands: Sequence[Any], out: Any) -> None:
        """Take note of an operation by name, the nodes of its tracked operands, all operands, and what it gave."""


# A context variable, so that threads and async tasks do not watch each other.
OBSERVERS: ContextVar[tuple[Observer, ...]] = ContextVar("autograd_lite.observers", default=())

observers = OBSERVERS.get

# watch(node, g, position, parent, c): the cotangent g of a node gave the contribution c, as it is added to the
# cotangent of ``parent = node.inputs[position]``.
Watch = Callable[[Node, Any, int, Node, Any], None]


def report(node: Node, out: Any, operands: Sequence[Any]) -> None:
    """Tell every observer of a freshly recorded node."""
    for observer in OBSERVERS.get():
        observer.recorded(node, out)
        read = getattr(observer, "read", None)
        if read is not None:
            read(node, operands)


def report_step(function: Callable[..., Any], operands: Sequence[Any], out: Any) -> None:
    """Tell the observers that ask of a function that is constant almost everywhere."""
    for observer in OBSERVERS.get():
        stepped = getattr(observer, "stepped", None)
        if stepped is not None:
            stepped(function, operands, out)


def report_passed(name: str, nodes: Sequence[Node | None], operands: Sequence[Any], out: Any) -> None:
    """Tell the observers that ask of an operation on Tensors that has not been recorded."""
    for observer in OBSERVERS.get():
        passed = getattr(observer, "passed", None)
        if passed is not None:
            passed(name, nodes, operands, out)


def report_left(name: str, node: Node | None, value: Any, out: Any) -> None:
    """Tell the observers that ask of a Tensor's value that was taken out of its history: by what, and as what."""
    for observer in OBSERVERS.get():
        left = getattr(observer, "left", None)
        if left is not None and node is not None:
            left(name, node, value, out)


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
