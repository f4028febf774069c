"""The computation graph: nodes, and what lies between two sets of them.

A `Node` is one recorded operation. It knows the nodes it read from, the arrays its derivative rules will read, and
nothing else: never a Tensor, so an intermediate array that no rule reads dies with its last user, and nodes and
Tensors form no cycle. Nodes carry a running number from one process-wide counter; sorting by it *is* the topological
order, so nothing here recurses and a chain of a million operations is as safe as a chain of ten.

Here one can `collect` what lies between some outputs and some targets; `core.sweep` runs the chain rule over it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd_lite.core.cotangents import own
from autograd_lite.errors import GraphFreedError, SupersededError

if TYPE_CHECKING:
    from autograd_lite.core.plan import Plan

Lift = Callable[["Node"], Any]

next_number = itertools.count().__next__


class Keywords(dict[str, Any]):
    """The keywords of an operation, where they are kept by name."""


class Node:
    """One recorded operation: a vertex of the graph.

    Attributes
    ----------
    plan : Plan
        The primitive and, for each tracked input, the rule that pulls a cotangent back to it.
    inputs : tuple of Node
        The nodes of the tracked inputs, in the order of ``plan.pulls``.
    saved : object
        What the rules read: one array, or a tuple of several; None once a sweep has released it.
    metadata : object
        The values of the primitive's keywords; `keywords` gives them by name.
    keywords : dict
        The metadata that the operation was called with (``axis``, ``keepdims``).
    shape, dtype
        Of the operation's output.
    number : int
        Position in the order of recording, unique in the process.
    extras : Extras or None
        What few nodes have: a name, hooks, a retained gradient, an origin.
    """

    __slots__ = ("__weakref__", "dtype", "extras", "inputs", "metadata", "number", "plan", "saved", "shape")

    def __init__(
        self,
        plan: Plan,
        inputs: tuple[Node, ...],
        saved: Any,
        metadata: Any,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
    ):
        self.plan = plan
        self.inputs = inputs
        self.saved = saved
        self.metadata = metadata
        self.shape = shape
        self.dtype = dtype
        self.number = next_number()
        self.extras: Extras | None = None

    @property
    def keywords(self) -> dict[str, Any]:
        """What the operation was called with beside arrays, by name.

        A dict at each node would be one more object for the garbage collector, which is half the cost of a deep graph:
        compiled recordings keep the bare value of a single keyword, or a tuple of several.
        """
        names = self.plan.primitive.keywords
        if type(self.metadata) is Keywords:
            return self.metadata
        return {names[0]: self.metadata} if len(names) == 1 else dict(zip(names, self.metadata or (), strict=True))

    @property
    def name(self) -> str:
        """The user's name for this node's Tensor, or ''."""
        return self.extras.name if self.extras is not None else ""

    def __repr__(self) -> str:
        label = f" {self.name!r}" if self.name else ""
        return f"<{type(self).__name__} {self.number} {self.plan.primitive.name}{label} {self.dtype}{self.shape}>"


class Leaf(Node):
    """The node of a tracked Tensor that the user made; it stores the gradient.

    ``superseded`` is set when the Tensor's array has been updated in place and the Tensor moved on to a new leaf:
    graphs recorded before hold the changed array, and a sweep that reaches this leaf says so.
    """

    __slots__ = ("gradient", "superseded")

    def __init__(self, plan: Plan, out: Any):
        super().__init__(plan, (), (), None, out.shape, out.dtype)
        self.gradient: Any = None
        self.superseded = False

    def succeeded(self) -> Leaf:
        """Return the leaf for the same array after an update in place, and mark this one superseded."""
        new = object.__new__(Leaf)  # slot by slot: an optimiser does this for every parameter at every step
        new.plan, new.inputs, new.saved, new.metadata = self.plan, (), (), None
        new.shape, new.dtype, new.number = self.shape, self.dtype, next_number()
        new.extras, new.gradient, new.superseded = self.extras, self.gradient, False
        self.superseded = True
        return new


class Primal(Node):
    """An argument of a transform: the identity, linked to the outer node where an outer derivative flows in.

    ``active`` while the transformed function is running.
    """

    __slots__ = ("active",)

    def __init__(self, plan: Plan, outer: Node | None, out: Any):
        Node.__init__(self, plan, () if outer is None else (outer,), (), None, out.shape, out.dtype)
        self.active = True


class Extras:
    """What few nodes have, kept off the hot path: one slot, None for almost every node."""

    __slots__ = ("before", "gradient", "hooks", "name", "notes", "origin")

    def __init__(self) -> None:
        self.name = ""
        self.hooks: list[Callable[[Any], Any]] = []
        self.gradient: Any = None  # of a non-leaf, after retain_grad()
        self.before: Any = None  # what the gradient was before the sweep that is running
        self.origin = ""  # the user's file:line, recorded under debug()
        self.notes: Any = None  # what core.debugging knows of the operation besides

    @staticmethod
    def of(node: Node) -> Extras:
        """Return the extras of ``node``, made if it had none."""
        if node.extras is None:
            node.extras = Extras()
        return node.extras

    def keep(self, cotangent: Any) -> None:
        """Keep a copy of the cotangent, added to what was kept: the hook behind ``retain_grad``."""
        cotangent = own(cotangent, shared=True)
        self.before = self.gradient
        self.gradient = cotangent if self.gradient is None else self.gradient + cotangent

    def again(self, cotangent: Any) -> Any:
        """Run the hooks once more, in a sweep that takes the place of one that has just run them."""
        self.gradient = self.before
        return self.arrived(cotangent)

    def arrived(self, cotangent: Any, keeping: bool = True) -> Any:
        """Run the hooks over the finished cotangent of this node; a hook may return a replacement."""
        for hook in self.hooks:
            replacement = hook(cotangent) if keeping or hook != self.keep else None
            if replacement is not None:
                cotangent = replacement
        return cotangent


class Traversal(NamedTuple):
    """The part of a graph that a sweep runs over.

    Attributes
    ----------
    order : list of Node
        By falling number, from the outputs down to the targets, which are not among them.
    targets : set of Node
        Where the sweep stops and delivers.
    needed : set of Node or None
        The nodes on a path to a target, and the targets; None if that is all of them.
    foreign : bool
        Whether something else that is being differentiated flows in: another leaf, or an outer transform.
    """

    order: list[Node]
    targets: set[Node]
    needed: set[Node] | None
    foreign: bool


_by_number = attrgetter("number")


def collect(outputs: Iterable[Node], targets: Iterable[Node] | None = None) -> Traversal:
    """Collect what lies between ``outputs`` and ``targets``, without recursion.

    Parameters
    ----------
    outputs : iterable of Node
        Where the sweep will start.
    targets : iterable of Node, optional
        Where it will stop; the tracked leaves that are reachable if not given.

    Returns
    -------
    Traversal

    Raises
    ------
    SupersededError
        If a reachable leaf was updated in place after it was recorded.
    """
    stops = set() if targets is None else set(targets)
    stack = list(outputs)
    seen = set(stack)
    order: list[Node] = []
    roots: list[Node] = []
    linked = False
    while stack:
        node = stack.pop()
        if node in stops:
            linked = linked or bool(node.inputs)
        elif node.inputs:
            order.append(node)
            for parent in node.inputs:
                if parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        else:
            roots.append(node)
            if type(node) is Leaf and node.superseded:
                raise SupersededError(
                    f"this graph holds the array of {describe(node)} as it was before an in-place update (an "
                    f"optimiser step): its derivatives would mix old and new values. Run the forward pass again after "
                    f"the update, or call backward before it."
                )
    order.sort(key=_by_number, reverse=True)
    if targets is None:
        return Traversal(order, set(roots), None, False)
    # The arguments of a transform that has finished are nobody's business any more.
    foreign = linked or any(type(root) is not Primal or root.active for root in roots)
    return Traversal(order, stops, _on_a_path(order, stops) if roots else None, foreign)


def _on_a_path(order: list[Node], stops: set[Node]) -> set[Node]:
    needed = set(stops)
    for node in reversed(order):
        if any(parent in needed for parent in node.inputs):
            needed.add(node)
    return needed


def describe(node: Node) -> str:
    """Say in words which node this is, for an error message."""
    label = f" {node.name!r}" if node.name else ""
    origin = f", recorded at {node.extras.origin}" if node.extras is not None and node.extras.origin else ""
    return f"{node.plan.primitive.name}{label} of shape {node.shape} and dtype {node.dtype}{origin}"


def freed(node: Node) -> GraphFreedError:
    """Return the error for a node whose saved arrays are gone."""
    return GraphFreedError(
        f"the arrays saved by {describe(node)} were released by an earlier backward(). Pass retain_graph=True to that "
        f"first backward(), or run the forward pass again."
    )


def reaches_active_primal(node: Node) -> bool:
    """Say whether a node depends on an argument of a transform whose function is running."""
    stack, seen = [node], {node}
    while stack:
        met = stack.pop()
        if type(met) is Primal and met.active:
            return True
        fresh = [parent for parent in met.inputs if parent not in seen]
        seen.update(fresh)
        stack += fresh
    return False
