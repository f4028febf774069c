"""Lifetimes of arrays: when each block of memory that a computation takes is born, what holds it, and when it dies.

Seen, not modelled: a weak reference to the array that owns a block says when it dies. Views are no blocks of their own.
Two kinds of sums that the sweep makes are never handed to a rule and are reckoned with: gradients of leaves that
several operations contribute to, and cotangents of which a part has arrived. Scalars, and what an operation takes and
gives back while it runs, are not counted.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.cotangents import LazyCotangent, Tracked
from autograd_lite.core.graph import Node
from autograd_lite.core.outputs import SEVERAL
from autograd_lite.draw.running import Probe


class Block:
    """Memory that one array owns.

    Attributes
    ----------
    bytes : int
    owner : int
        The number of the operation that took it, or whose rule did.
    kind : {"given", "value", "cotangent"}
        What was there before; the result of an operation, or what it keeps beside; what a sweep sends.
    born, died : int or None
        The number of the first moment at which it is there, and of the first at which it is not any more.
    kept_at, keeper : int or None
        The first moment at which an operation keeps it for its rules, and that operation.
    """

    __slots__ = ("born", "bytes", "died", "keeper", "kept_at", "kind", "owner")

    def __init__(self, size: int, owner: int, kind: str, born: int):
        self.bytes, self.owner, self.kind, self.born = size, owner, kind, born
        self.died: int | None = None
        self.kept_at: int | None = None
        self.keeper: int | None = None


class Moment(NamedTuple):
    """The end of an operation, or of one of its rules.

    Attributes
    ----------
    operation : int
    backward : bool
    """

    operation: int
    backward: bool


class _Place(NamedTuple):
    """What is to be known of a node without keeping it alive."""

    number: int
    shape: tuple[int, ...]
    bytes: int


class Lifetimes(Probe):
    """A probe that follows blocks of memory.

    Attributes
    ----------
    blocks : list of Block
    moments : list of Moment
    """

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self.moments: list[Moment] = []
        self._alive: dict[int, tuple[weakref.ref[np.ndarray], Block]] = {}
        self._places: dict[int, tuple[_Place, tuple[_Place, ...]]] = {}
        self._arrived: dict[int, Block | None] = {}  # at nodes whose turn has not come: their sum, where it is no array
        self._fresh: tuple[Node, Any] | None = None
        self._lead = 0

    def recorded(self, node: Node, out: Any) -> None:
        """Give an operation its number; what it read is told next."""
        number = self.note(node)
        self._places[number] = _place(node), tuple(_place(parent) for parent in node.inputs)
        self._fresh = node, out

    def read(self, node: Node, operands: Sequence[Any]) -> None:
        """Take note of what an operation read, gave and keeps."""
        assert self._fresh is not None
        node, out = self._fresh
        self._fresh = None
        number = self.numbers[node.number]
        self._operation(number, operands, out)
        for array in _arrays(node.saved):
            block = self._block(array, number, "value")
            if block.kept_at is None and block.kind != "given":
                block.kept_at, block.keeper = len(self.moments), number
        self.moments.append(Moment(number, False))

    def passed(self, name: str, nodes: Sequence[Node | None], operands: Sequence[Any], out: Any) -> None:
        """Take note of what an operation that was not recorded read and gave."""
        super().passed(name, nodes, operands, out)
        number = len(self.operations) - 1
        self._operation(number, operands, out)
        self.moments.append(Moment(number, False))

    def _operation(self, number: int, operands: Sequence[Any], out: Any) -> None:
        for array in _arrays(operands):
            self._block(array, number, "given")
        for array in _arrays(out):
            self._block(array, number, "value")

    def entered(self, number: int, g: Any) -> None:
        """Take note of the cotangent that a rule is called with: a sum that was reckoned with is an array now."""
        super().entered(number, g)
        place, _ = self._places[number]
        self._lead = getattr(g, "ndim", 0) - len(place.shape)
        reckoned = self._arrived.pop(place.number, None)
        if reckoned is not None:
            reckoned.died = len(self.moments)
        for array in _arrays(g):
            self._block(array, number, "cotangent")

    def left(self, number: int, position: int, contribution: Any) -> None:
        """Take note of a contribution, and of the sum that it becomes a part of."""
        if position < 0 or contribution is None:
            return
        if not isinstance(contribution, LazyCotangent):
            for array in _arrays(contribution):
                self._block(array, number, "cotangent")
            self._add(number, self._places[number][1][position], contribution)
        self.moments.append(Moment(number, True))

    def _add(self, number: int, parent: _Place, contribution: Any) -> None:
        first = parent.number not in self._arrived
        if first:
            self._arrived[parent.number] = None
        shape = getattr(contribution, "shape", ())
        fits = shape[self._lead :] == parent.shape
        grows = math.prod(shape[self._lead :]) < math.prod(parent.shape)  # a view, in which nothing is copied
        if self._arrived[parent.number] is None and not (first and (fits or grows)) and parent.bytes:
            size = parent.bytes * math.prod(shape[: self._lead])
            block = Block(size, number, "cotangent", len(self.moments) + 1)  # made after the rule
            self.blocks.append(block)
            self._arrived[parent.number] = block

    def ended(self) -> None:
        """Let go: what is alive now lives on."""
        self._alive.clear()
        self._arrived.clear()
        self._places.clear()

    def _block(self, array: np.ndarray, owner: int, kind: str) -> Block:
        """Return the block that an array lies in."""
        while isinstance(array.base, np.ndarray):
            array = array.base
        key = id(array)
        known = self._alive.get(key)
        if known is not None:
            return known[1]
        block = Block(array.nbytes, owner, kind, len(self.moments))
        self.blocks.append(block)
        self._alive[key] = weakref.ref(array, partial(self._dies, key)), block
        return block

    def _dies(self, key: int, reference: Any) -> None:
        del reference
        known = self._alive.pop(key, None)
        if known is not None:
            known[1].died = len(self.moments)


def _place(node: Node) -> _Place:
    size = 0 if node.dtype is SEVERAL else math.prod(node.shape) * node.dtype.itemsize
    return _Place(node.number, node.shape, size)


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """Yield the arrays in what an operation saved, read or gave."""
    if isinstance(value, tuple | list):
        for part in value:
            yield from _arrays(part)
    elif isinstance(value, Tracked):
        yield from _arrays(value.data)
    elif isinstance(value, np.ndarray):
        yield value
