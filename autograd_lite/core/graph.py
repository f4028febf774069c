"""The computation graph: nodes, cotangents that are not arrays yet, and what lies between two sets of nodes.

A `Node` is one recorded operation. It knows the nodes it read from, the arrays its derivative rules will read, and
nothing else: never a Tensor, so an intermediate array that no rule reads dies with its last user, and nodes and
Tensors form no cycle. Nodes carry a running number from one process-wide counter; sorting by it *is* the topological
order, so nothing here recurses and a chain of a million operations is as safe as a chain of ten.

Here one can `collect` what lies between some outputs and some targets, and `fit` a contribution to the input that it
belongs to; `core.sweep` runs the chain rule over what was collected.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd_lite.errors import GraphFreedError, SupersededError

if TYPE_CHECKING:
    from autograd_lite.core.plan import Plan

Lift = Callable[["Node"], Any]

next_number = itertools.count().__next__


class Tracked:
    """An array and the node that made it: what this layer knows of a Tensor."""

    __slots__ = ("data", "node")

    data: Any
    node: Node | None


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
    keywords : dict or None
        The metadata that the operation was called with (``axis``, ``keepdims``).
    shape, dtype
        Of the operation's output.
    number : int
        Position in the order of recording, unique in the process.
    extras : Extras or None
        What few nodes have: a name, hooks, a retained gradient, an origin.
    """

    __slots__ = ("__weakref__", "dtype", "extras", "inputs", "keywords", "number", "plan", "saved", "shape")

    def __init__(
        self,
        plan: Plan,
        inputs: tuple[Node, ...],
        saved: Any,
        keywords: dict[str, Any] | None,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
    ):
        self.plan = plan
        self.inputs = inputs
        self.saved = saved
        self.keywords = keywords
        self.shape = shape
        self.dtype = dtype
        self.number = next_number()
        self.extras: Extras | None = None

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


class Primal(Node):
    """An argument of a transform: the identity, linked to the outer node where an outer derivative flows in.

    ``active`` while the transformed function is running.
    """

    __slots__ = ("active",)

    def __init__(self, plan: Plan, outer: Node | None, out: Any):
        super().__init__(plan, () if outer is None else (outer,), (), None, out.shape, out.dtype)
        self.active = True


class Extras:
    """What few nodes have, kept off the hot path: one slot, None for almost every node."""

    __slots__ = ("before", "born_nan", "gradient", "has_nan", "hooks", "name", "origin")

    def __init__(self) -> None:
        self.name = ""
        self.hooks: list[Callable[[Any], Any]] = []
        self.gradient: Any = None  # of a non-leaf, after retain_grad()
        self.before: Any = None  # what the gradient was before the sweep that is running
        self.origin = ""  # the user's file:line, recorded under debug()
        self.has_nan = self.born_nan = False  # of the output; born: in this operation

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

    def arrived(self, cotangent: Any) -> Any:
        """Run the hooks over the finished cotangent of this node; a hook may return a replacement."""
        for hook in self.hooks:
            replacement = hook(cotangent)
            if replacement is not None:
                cotangent = replacement
        return cotangent


class LazyCotangent:
    """A contribution that is no array yet: sums of several become one array when their node's turn comes.

    Gathers and operations with several outputs answer with these, so that n look-ups into an array of n cost O(n)
    and not O(n²). A sum is O(1): it remembers its two parts, and `parts` walks them without recursion.

    Parameters
    ----------
    shape, dtype
        Of the cotangent that this stands for, batch axes included.
    """

    __slots__ = ("dtype", "left", "right", "shape")
    __array_ufunc__ = None  # arrays leave `array + lazy` to __radd__

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]):
        self.shape: tuple[int, ...] = shape
        self.dtype = dtype
        self.left: Any = None
        self.right: Any = None

    def __add__(self, other: Any) -> LazyCotangent:
        return self._sum(self, other)

    def __radd__(self, other: Any) -> LazyCotangent:
        return self._sum(other, self)

    def _sum(self, left: Any, right: Any) -> LazyCotangent:
        total = object.__new__(type(self))
        LazyCotangent.__init__(total, self.shape, self.dtype)
        total.left, total.right = left, right
        return total

    def parts(self) -> list[Any]:
        """Return the lazy and ordinary cotangents that this is the sum of, in the order they were added."""
        found, stack = [], [self]
        while stack:
            part = stack.pop()
            if isinstance(part, LazyCotangent) and part.left is not None:
                stack += (part.right, part.left)
            else:
                found.append(part)
        return found

    def materialize(self) -> Any:
        """Return the array (or, in a recorded sweep, the Tensor) that this stands for."""
        raise NotImplementedError

    def astype(self, dtype: np.dtype[Any]) -> Any:
        """Return the array that this stands for in another dtype."""
        return self.materialize().astype(dtype)


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


def fit(cotangent: Any, shape: tuple[int, ...], batch: int = 0) -> Any:
    """Fit a contribution to the shape of the input that it belongs to.

    Sums over the axes along which the input was broadcast (the adjoint of broadcasting is a sum), and broadcasts what
    a reduction dropped. Rules therefore mention neither.

    Parameters
    ----------
    cotangent : array or Tensor
        Of shape ``batch axes + event``, where the event broadcasts against ``shape`` in either direction.
    shape : tuple of int
        Of the input.
    batch : int
        Number of leading batch axes.

    Returns
    -------
    array or Tensor
        Of shape ``batch axes + shape``.
    """
    event = cotangent.shape[batch:]
    if not batch and event == () and isinstance(cotangent, np.ndarray | np.generic):
        return _filled(cotangent, shape)
    lead = len(event) - len(shape)
    if lead > 0 and not batch and event[lead:] == shape:
        return _summed(cotangent, tuple(range(lead)))
    if lead < 0:
        event = (1,) * -lead + event
        cotangent = np.reshape(cotangent, cotangent.shape[:batch] + event)
        lead = 0
    axes = tuple(range(batch, batch + lead)) + tuple(
        batch + lead + i for i, (have, want) in enumerate(zip(event[lead:], shape, strict=True)) if want == 1 != have
    )
    if axes:
        summed = _summed(cotangent, axes)
        cotangent = summed if len(axes) == lead else np.reshape(summed, _restored(cotangent, axes, batch, lead))
    if cotangent.shape[batch:] != shape:
        cotangent = np.broadcast_to(cotangent, cotangent.shape[:batch] + shape)
    return cotangent


# Up to this many elements, writing them costs less than what a broadcast view does now and in later operations.
_SMALL = 4096


def _filled(scalar: Any, shape: tuple[int, ...]) -> Any:
    """Return a scalar cotangent broadcast to a shape."""
    if math.prod(shape) <= _SMALL:
        filled = np.empty(shape, scalar.dtype)
        filled.fill(scalar)
        return filled
    return np.broadcast_to(scalar, shape)


def _summed(cotangent: Any, axes: tuple[int, ...]) -> Any:
    """Return the sum along axes; over the first axis of a small matrix as a product with ones, at half the cost."""
    if type(cotangent) is not np.ndarray:
        return np.sum(cotangent, axis=axes)
    if axes == (0,) and cotangent.ndim == 2 and cotangent.shape[0] <= _SMALL and cotangent.dtype.char in "fd":
        return _ones(cotangent.shape[0], cotangent.dtype) @ cotangent
    return np.add.reduce(cotangent, axis=axes)


@functools.lru_cache(maxsize=16)
def _ones(n: int, dtype: np.dtype[Any]) -> np.ndarray:
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones


def _restored(cotangent: Any, axes: tuple[int, ...], batch: int, lead: int) -> tuple[int, ...]:
    kept = [1 if i in axes else n for i, n in enumerate(cotangent.shape)]
    return tuple(kept[:batch] + kept[batch + lead :])


def cast(cotangent: Any, dtype: np.dtype[Any]) -> Any:
    """Return ``cotangent`` in ``dtype``, itself if it is in it already; duck arrays go through ``np.positive``."""
    if cotangent.dtype == dtype:
        return cotangent
    if hasattr(cotangent, "astype"):
        return cotangent.astype(dtype)
    return np.positive(cotangent, dtype=dtype, casting="unsafe")


def own(cotangent: Any, shared: bool) -> Any:
    """Return ``cotangent`` in a buffer that nobody else holds: a copy if it is shared, a view or read-only."""
    if isinstance(cotangent, Tracked):
        if not shared:
            return cotangent
        twin = object.__new__(type(cotangent))
        twin.data, twin.node = own(cotangent.data, shared), cotangent.node
        return twin
    if type(cotangent) is np.ndarray and cotangent.ndim == 0:
        return cotangent[()]
    if type(cotangent) is np.ndarray and (shared or cotangent.base is not None or not cotangent.flags.writeable):
        return cotangent.copy()
    return cotangent


def contains_nan(cotangent: Any) -> bool:
    """Say whether a cotangent holds a NaN, by one dot product with itself; duck arrays are never looked into."""
    if type(cotangent) is not np.ndarray:
        if isinstance(cotangent, np.generic):
            return bool(cotangent != cotangent)
        return isinstance(cotangent, Tracked) and contains_nan(cotangent.data)
    flat = cotangent.ravel()
    square = flat.dot(flat)
    return bool(square != square)


def freed(node: Node) -> GraphFreedError:
    """Return the error for a node whose saved arrays are gone."""
    return GraphFreedError(
        f"the arrays saved by {describe(node)} were released by an earlier backward(). Pass retain_graph=True to that "
        f"first backward(), or run the forward pass again."
    )
