"""What a run consists of: its operations, the calls they stand in, and a skeleton of its graph that holds no arrays."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import FrameType
from typing import Any, NamedTuple

from autograd_lite.core.graph import Extras, Leaf, Node
from autograd_lite.draw.building import Request
from autograd_lite.draw.clusters import grouped_by_calls
from autograd_lite.draw.running import Probe
from autograd_lite.draw.scene import Cost
from autograd_lite.draw.tracing import Call, Scopes


class Anatomy(Probe, Scopes):
    """A probe that keeps the nodes of a run and finds out in which calls they were recorded.

    Attributes
    ----------
    nodes : dict from int to Node
        By the number of the operation.
    scopes : list of tuple of int
        Of each operation.
    names : dict from Node to str
        Those of parameters.
    """

    def __init__(self, function: Callable[..., Any], base: FrameType):
        Probe.__init__(self)
        Scopes.__init__(self, function, base)
        self.nodes: dict[int, Node] = {}
        self.scopes: list[tuple[int, ...]] = []
        self.names: dict[Node, str] = {}
        self._named = 0

    def recorded(self, node: Node, out: Any) -> None:
        """Keep a node."""
        del out
        self.nodes[self.note(node)] = node
        self._place(sys._getframe(2))

    def passed(self, name: str, nodes: Sequence[Node | None], operands: Sequence[Any], out: Any) -> None:
        """Take note of an operation that was not recorded."""
        super().passed(name, nodes, operands, out)
        self._place(sys._getframe(2))

    def _place(self, frame: FrameType) -> None:
        self.scopes.append(self.chain(frame))
        if self._named < len(self._roots):  # before an optimiser gives the parameters other nodes
            self._named = len(self._roots)
            self.name_parameters(self.names, {})

    def modules(self) -> list[str]:
        """Return the innermost module, or else function, that each operation is part of; '' for none."""
        return [_module(self.calls[number] for number in reversed(scope)) for scope in self.scopes]


def _module(calls: Iterable[Call]) -> str:
    first = ""
    for call in calls:
        if call.kind == "module":
            return f"{call.name}: {call.title}" if call.name else call.title
        first = first or call.title
    return first


class Skeleton(NamedTuple):
    """A graph without its arrays.

    Attributes
    ----------
    outputs : list of Node
    nodes : dict from int to Node
        By the number of the operation.
    names : dict from Node to str
    scopes : dict from Node to tuple of int
    calls : list of Call
    """

    outputs: list[Node]
    nodes: dict[int, Node]
    names: dict[Node, str]
    scopes: dict[Node, tuple[int, ...]]
    calls: list[Call]

    def request(self, costs: Mapping[int, Cost], depth: int | None, max_nodes: int | None) -> Request:
        """Return what to draw, with what operations cost."""
        by_node = {node: costs[number] for number, node in self.nodes.items() if number in costs}
        group = partial(grouped_by_calls, scopes=self.scopes, calls=self.calls)
        request = Request(self.outputs, self.names, group=group, gradients=False, costs=by_node)
        request.depth, request.max_nodes = depth, max_nodes
        return request


def skeleton_of(anatomy: Anatomy, outputs: Sequence[Node], names: Mapping[Node, str]) -> Skeleton:
    """Return the graph of a run without its arrays, so that it can be kept.

    Parameters
    ----------
    anatomy : Anatomy
    outputs : sequence of Node
        What the run returned; if nothing, the operations count whose result no other one read.
    names : mapping from Node to str

    Returns
    -------
    Skeleton
    """
    read = {parent for node in anatomy.nodes.values() for parent in node.inputs}
    found = list(outputs) or [node for node in anatomy.nodes.values() if node not in read]
    twins: dict[Node, Node] = {}
    below = set(found)
    stack = list(found)
    while stack:
        for parent in stack.pop().inputs:
            if parent not in below:
                below.add(parent)
                stack.append(parent)
    for node in sorted(below, key=lambda node: node.number):
        twins[node] = _bare(node, tuple(twins[parent] for parent in node.inputs))
    numbers = {number: node for number, node in anatomy.nodes.items() if node in twins}
    return Skeleton(
        [twins[node] for node in found],
        {number: twins[node] for number, node in numbers.items()},
        {twins[node]: name for node, name in {**anatomy.names, **names}.items() if node in twins},
        {twins[node]: anatomy.scopes[number] for number, node in numbers.items() if anatomy.scopes[number]},
        anatomy.calls,
    )


def _bare(node: Node, inputs: tuple[Node, ...]) -> Node:
    """Return a node like another one that holds no array."""
    twin = object.__new__(type(node))
    twin.plan, twin.inputs, twin.saved, twin.metadata = node.plan, inputs, None, node.metadata
    twin.shape, twin.dtype, twin.number, twin.extras = node.shape, node.dtype, node.number, None
    if isinstance(twin, Leaf):
        twin.gradient, twin.superseded = None, False
    if node.extras is not None:
        Extras.of(twin).name, Extras.of(twin).origin = node.extras.name, node.extras.origin
    return twin
