"""What nodes know beside their shapes: values that were kept, constants, and gradients from a watched sweep.

A node keeps what its rules read: some of its arguments, its output. So without running anything a picture knows many
values, and which arguments were constants. Gradients are those of the sum of all outputs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.careful import watched_sweep
from autograd_lite.core.graph import Leaf, Node, Primal
from autograd_lite.core.outputs import OUTPUT
from autograd_lite.core.plan import ELEMENTWISE, OUT
from autograd_lite.draw.numbers import KEPT, numbers_of
from autograd_lite.draw.scene import Numbers
from autograd_lite.errors import GraphError, GraphFreedError, SupersededError

_WHY_NONE: dict[type[Exception], str] = {
    GraphFreedError: "no gradients: what they need was released by an earlier backward(); retain_graph=True keeps it",
    SupersededError: "no gradients: a leaf has had an in-place update (an optimiser step) since",
}


class Constant(NamedTuple):
    """An argument of an operation that nothing is differentiated with respect to.

    Attributes
    ----------
    argument : str
        The name by which the operation calls it.
    value : array or number
    """

    argument: str
    value: Any


class Sent(NamedTuple):
    """What a sweep sent along one edge, the sum that this grew, and the local derivative: see `Edge`."""

    flow: Numbers | None = None
    total: Numbers | None = None
    slope: Numbers | None = None


class Sweep(NamedTuple):
    """What a sweep sent: the cotangent of nodes, and what went along edges (node, position of the input).

    ``why`` says in words why there is none.
    """

    cotangents: Mapping[Node, Numbers | None]
    flows: Mapping[tuple[Node, int], Sent]
    why: str = ""


def known_values(nodes: Iterable[Node], given: Mapping[Node, Any]) -> dict[Node, Any]:
    """Return the values of nodes, as far as somebody kept them.

    Parameters
    ----------
    nodes : iterable of Node
    given : mapping from Node to array
        Values that are known otherwise; they win.

    Returns
    -------
    dict from Node to array
    """
    known: dict[Node, Any] = {}
    for node in nodes:
        if node.saved is None:
            continue
        for source, value in zip(node.plan.sources, _entries(node), strict=True):
            if source is not None:
                origin = node if source == OUT else node.inputs[source]
                if not (type(origin) is Leaf and origin.superseded):  # its array has other numbers by now
                    known.setdefault(origin, value)
    known |= dict(given)
    for node in sorted((n for n in nodes if isinstance(n, Primal) and n.inputs), key=lambda n: n.number):
        if node.inputs[0] in known:
            known.setdefault(node, known[node.inputs[0]])
    return known


def constants_of(node: Node, operands: Sequence[Any] | None = None) -> list[Constant]:
    """Return the arguments of an operation that are no inputs of its node, as far as their values are known.

    Parameters
    ----------
    node : Node
    operands : sequence, optional
        All that it was computed from, by position, if that was seen; else what it kept is looked at.

    Returns
    -------
    list of Constant
    """
    plan = node.plan
    if len(plan.positions) == len(plan.primitive.arguments) or plan.primitive is OUTPUT:
        return []
    others = [i for i in range(len(plan.primitive.arguments)) if i not in plan.positions]
    names = [plan.primitive.arguments[i] for i in others]
    if operands is not None:
        known = {name: operands[i] for i, name in zip(others, names, strict=True) if i < len(operands)}
    else:
        known = {} if node.saved is None else dict(zip(plan.reads, _entries(node), strict=False))
    return [Constant(name, known[name]) for name in names if known.get(name) is not None]


def _entries(node: Node) -> Sequence[Any]:
    """Return what a node saved as a sequence, as long as its plan's ``sources``."""
    return (node.saved,) if len(node.plan.sources) == 1 else node.saved or ()


def swept(outputs: Sequence[Node], wanted: set[Node], forced: bool) -> Sweep:
    """Return what a sweep back from the sum of all outputs sends to some nodes.

    Parameters
    ----------
    outputs : sequence of Node
    wanted : set of Node
        Whose cotangents and contributions are of interest.
    forced : bool
        Whether to raise where there can be no gradients, and to run hooks. If not, the sweep is left out where it would
        run a hook of the user's.

    Returns
    -------
    Sweep

    Raises
    ------
    GraphError
        If ``forced`` and the graph was freed by an earlier backward, or a leaf updated in place since.
    """
    cotangents: dict[Node, Numbers | None] = {}
    flows: dict[tuple[Node, int], Sent] = {}
    seeds = {node: _ones(node) for node in outputs}
    totals = dict(seeds)

    def watch(node: Node, g: Any, position: int, parent: Node, c: Any) -> None:
        totals.pop(node, None)
        c = _only_part(c)
        if c is not None and parent in wanted:
            totals[parent] = totals[parent] + c if parent in totals else c
        if node in wanted:
            if node not in cotangents:
                cotangents[node] = numbers_of(g)
            flows[node, position] = Sent(numbers_of(c), numbers_of(totals.get(parent)), _slope(node, position))

    try:
        delivered = watched_sweep(seeds, watch)
    except GraphError as error:
        if forced:
            raise type(error)(f"graph(output, gradients=True) has none to draw: {error}") from error
        return Sweep({}, {}, _WHY_NONE.get(type(error), f"no gradients: {error}"))
    except Exception as error:  # a rule of the user's: a picture that was not asked for gradients is drawn without
        if forced:
            raise
        return Sweep({}, {}, f"no gradients: the sweep raised {type(error).__name__}: {error}")
    cotangents |= {leaf: numbers_of(g) for leaf, g in delivered.items() if leaf in wanted}
    return Sweep(cotangents, flows)


def _slope(node: Node, position: int) -> Numbers | None:
    """Return the local derivative of an elementwise operation of few elements."""
    plan = node.plan
    if plan.primitive.kind != ELEMENTWISE or plan.resolve is not None or math.prod(node.shape) > KEPT:
        return None
    return numbers_of(plan.pulls[position](_ones(node), node.saved))


def _ones(node: Node) -> Any:
    return np.ones(node.shape, node.dtype)[()]


def _only_part(c: Any) -> Any:
    """Return the one cotangent in what is sent to an operation with several outputs."""
    parts = [part for part in c if part is not None] if isinstance(c, tuple) else [c]
    return parts[0] if len(parts) == 1 else None


def has_hooks(nodes: Iterable[Node]) -> bool:
    """Say whether a sweep over nodes would run a hook of the user's."""
    return any(hook != node.extras.keep for node in nodes if node.extras is not None for hook in node.extras.hooks)
