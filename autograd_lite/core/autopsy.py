"""Sweeps under ``debug()``: arrays changed since, and where the NaN or infinity of a gradient was born.

A sweep runs first as it always does. Only if it delivers a NaN or an infinity does the careful one run once more with
every contribution watched; from the bad gradient the trail of bad contributions leads to those whose cotangent was
sound, and of these the one nearest to the output is named.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_lite.core.careful import careful_sweep, raw
from autograd_lite.core.debugging import Debugger, is_bad, notes_of, place_of
from autograd_lite.core.fingerprints import changed
from autograd_lite.core.graph import Leaf, Lift, Node, Traversal, collect, describe
from autograd_lite.core.plan import OUT
from autograd_lite.core.wording import details, operands_of, source, statistics
from autograd_lite.errors import InPlaceError, NaNError

Sweep = Callable[[Traversal, Mapping[Node, Any], int, Lift | None, bool], dict[Node, Any]]


def debugged_sweep(
    debugger: Debugger,
    sweep: Sweep,
    traversal: Traversal,
    seeds: Mapping[Node, Any],
    batch: int,
    lift: Lift | None,
    warn: bool,
) -> dict[Node, Any]:
    """Run a sweep, and examine what went in and what came out.

    Parameters
    ----------
    debugger : Debugger
    sweep : callable
        The sweep itself; the other parameters are its, and so is what is returned.

    Raises
    ------
    InPlaceError
        If an array that a rule is to read was changed since it was recorded.
    NaNError
        If a delivered cotangent is NaN, or infinite where that counts.
    """
    if debugger.options.changes:
        refuse_changed(traversal.order if traversal.needed is None else _on_path(traversal))
    with debugger.within_sweep(lift) as noting:
        delivered = sweep(traversal, seeds, batch, noting, warn)
    infinity = debugger.options.infinity
    if debugger.options.backward:
        bad = [target for target, g in delivered.items() if is_bad(raw(g), infinity)]
        if bad:
            inquest: list[str] = []
            with debugger.within_sweep(None, inquest), np.errstate(all="ignore"):
                text = _obituary(traversal, seeds, batch, bad, delivered, infinity)
            raise NaNError("\n  inside of it: ".join([text, *inquest[:1]]))
    return delivered


def questioned_sweep(
    debugger: Debugger,
    sweep: Sweep,
    traversal: Traversal,
    seeds: Mapping[Node, Any],
    batch: int,
    lift: Lift | None,
    warn: bool,
) -> dict[Node, Any]:
    """Run a sweep within a rule (of a checkpoint) while a birth is looked for, and note if it was in there.

    Parameters and returns are those of `debugged_sweep`.
    """
    delivered = sweep(traversal, seeds, batch, lift, warn)
    infinity = debugger.options.infinity
    bad = [target for target, g in delivered.items() if is_bad(raw(g), infinity)]
    if bad and not any(is_bad(_parts(seed), infinity) for seed in seeds.values()):
        assert debugger.inquest is not None
        debugger.inquest.append(_obituary(traversal, seeds, batch, bad, delivered, infinity))
    return delivered


@contextmanager
def examined_push(
    debugger: Debugger, traversal: Traversal, outputs: Sequence[Any]
) -> Generator[dict[Node, Any] | None]:
    """Examine a push of tangents: what goes in before it, and what came out after it.

    Parameters
    ----------
    debugger : Debugger
    traversal : Traversal
    outputs : sequence of Tensor
        Whose tangents are wanted.

    Yields
    ------
    dict or None
        Where the push is to keep the tangent of every node; None where nothing is examined, inside of a sweep.

    Raises
    ------
    InPlaceError, NaNError
        As `debugged_sweep` does.
    """
    if debugger.sweeping:
        yield None
        return
    if debugger.options.changes:
        refuse_changed(traversal.order if traversal.needed is None else _on_path(traversal))
    arrived: dict[Node, Any] = {}
    with debugger.within_sweep(None):
        yield arrived
    infinity = debugger.options.infinity
    wanted = (arrived.get(out.node) for out in outputs)
    if debugger.options.backward and any(is_bad(_parts(tangent), infinity) for tangent in wanted):
        for node in reversed(traversal.order):
            incoming = [_parts(arrived.get(parent)) for parent in node.inputs]
            if is_bad(_parts(arrived.get(node)), infinity) and not is_bad(incoming, infinity):
                raise NaNError(_stillborn(node, infinity))
        raise NaNError("a tangent is NaN or infinite, and so was one that was pushed forward, or an input.")


def _stillborn(node: Node, infinity: bool) -> str:
    head = "a tangent is NaN or infinite."
    ancestor = _born_earlier(node, infinity)
    if ancestor is not None:
        return f"{head} That was born in the forward pass, in {describe(ancestor)}:\n{details(ancestor)}"
    return (
        f"{head} It was born as tangents were pushed forward, in the rule of {describe(node)}: those that arrived were "
        f"finite, and a derivative is infinite or undefined at these inputs, or overflows.\n{details(node)}"
    )


def _on_path(traversal: Traversal) -> list[Node]:
    assert traversal.needed is not None
    return [node for node in traversal.order if node in traversal.needed]


def refuse_changed(nodes: Iterable[Node]) -> None:
    """Raise if an array that the rules of some nodes read is not what it was when they were recorded.

    Raises
    ------
    InPlaceError
        It names the operation, its argument, the line and the array.
    """
    for node in nodes:
        notes = notes_of(node)
        if notes is None or node.saved is None or not notes.prints:
            continue
        array = changed(notes.prints)
        if array is not None:
            raise InPlaceError(
                f"an array was changed in place after it was recorded, and its derivatives would mix old and new "
                f"values: {_role(node, array)} of {node.plan.primitive.name}, of shape {array.shape} and dtype "
                f"{array.dtype}.\n  recorded at {notes.place}\n"
                f"Change a copy of it (array.copy(), x = x + 1 and not x += 1), or change it after backward()."
            )


def _role(node: Node, array: Any) -> str:
    """Say which argument or keyword of an operation, or whether its output, an array is."""
    notes = notes_of(node)
    for name, value, parent in operands_of(node):
        if value is array or _holds(value, array):
            return f"the argument {name} ({source(parent) if parent is not None else 'a constant'})"
    if notes is not None and (notes.out is array or _holds(notes.out, array)):
        return "the output"
    for name, value in node.keywords.items():
        if value is array or _holds(value, array):
            return f"the argument {name}"
    saved = node.saved if isinstance(node.saved, tuple) else (node.saved,)
    for value, where in zip(saved, node.plan.sources, strict=False):
        if value is array and where is not None:
            return "the output" if where == OUT else f"the argument that {source(node.inputs[where])} is"
    return "something that the rule keeps"


def _holds(value: Any, array: Any) -> bool:
    """Say whether an array is among the arrays of an index, or another."""
    return isinstance(value, tuple | list) and any(item is array for item in value)


class _Trail:
    """Which contributions of a sweep are bad, and whether the cotangents that they came from were."""

    def __init__(self, infinity: bool):
        self.infinity = infinity
        self.into: dict[Node, list[tuple[Node, int, bool]]] = {}
        self.nans: set[tuple[Node, int]] = set()
        self.cotangents: dict[Node, Any] = {}

    def watch(self, node: Node, g: Any, position: int, parent: Node, c: Any) -> None:
        """Take note of one contribution."""
        self.cotangents[node] = g
        wrong = is_bad(_parts(c), self.infinity)
        self.into.setdefault(parent, []).append((node, position, wrong))
        if wrong and is_bad(_parts(c), False):
            self.nans.add((node, position))

    def births(self, bad: Iterable[Node]) -> list[tuple[Node, int | None]]:
        """Return where what is bad in some cotangents was born: in a node's rule for an input, or (None) in a sum."""
        found: list[tuple[Node, int | None]] = []
        stack = list(bad)
        seen = set(stack)
        while stack:
            target = stack.pop()
            feeders = [(node, position) for node, position, is_wrong in self.into.get(target, ()) if is_wrong]
            if not feeders:
                found.append((target, None))
            for node, position in feeders:
                if not is_bad(_parts(self.cotangents[node]), self.infinity):
                    found.append((node, position))
                elif node not in seen:
                    seen.add(node)
                    stack.append(node)
        return sorted(found, key=lambda birth: -birth[0].number)


def _parts(g: Any) -> Any:
    return tuple(raw(part) for part in g if part is not None) if isinstance(g, tuple | list) else raw(g)


def _obituary(
    traversal: Traversal,
    seeds: Mapping[Node, Any],
    batch: int,
    bad: list[Node],
    delivered: Mapping[Node, Any],
    infinity: bool,
) -> str:
    """Say where the NaN or infinity of a requested gradient was born: in the forward pass, or in the sweep."""
    trail = _Trail(infinity)
    plain = {node: raw(seed) for node, seed in seeds.items()}
    careful_sweep(traversal, plain, batch, warn=False, watch=trail.watch)
    kind = "NaN" if any(is_bad(raw(delivered[target]), False) for target in bad) else "infinite"
    head = f"a gradient is {kind}, that of {source(bad[0])}."
    node, position = trail.births(bad)[0]
    if node in seeds and is_bad(_parts(plain[node]), infinity):
        return f"{head} The cotangent that the sweep started from was so already."
    if position is None:
        return f"{head} {_born_in_sum(node, trail)}"
    ancestor = _born_earlier(node, infinity)
    if ancestor is not None:
        return (
            f"{head} The {_noun(ancestor)} was born in the forward pass, in {describe(ancestor)}: its inputs had none."
            f"\n{details(ancestor)}"
        )
    g = trail.cotangents[node]
    came_in = [entry for entry in operands_of(node) if is_bad(entry[1], infinity)]
    text = f"{details(node, with_output=False)}\n  cotangent that arrived: {statistics(_parts(g))}"
    if came_in or _saved_bad(node, infinity):
        which = f", {came_in[0][0]}," if came_in else ""
        return f"{head} It came in with an input{which} of {describe(node)}.\n{text}"
    noun = "NaN" if (node, position) in trail.nans else "infinity"
    return (
        f"{head} The {noun} was born in the backward sweep, in the rule of "
        f"{describe(node)}: the cotangents that arrived had none, and a derivative is infinite or undefined at these "
        f"inputs, or overflows.\n{text}"
    )


def _born_in_sum(node: Node, trail: _Trail) -> str:
    hooks = node.extras.hooks if node.extras is not None else []
    where = describe(node) if not isinstance(node, Leaf) else source(node)
    reason = "where contributions met" if not hooks else "in a hook, or where contributions met,"
    from_where = ", ".join(f"{m.plan.primitive.name} at {place_of(m)}" for m, _, _ in trail.into.get(node, ())[:4])
    return f"It was born in the backward sweep, {reason} at {where} (they came from {from_where or 'nowhere'})."


def _born_earlier(node: Node, infinity: bool) -> Node | None:
    """Return the first operation that gave a NaN or infinity from inputs that had none, and that a node depends on."""
    if not _saved_bad(node, infinity):
        return None
    for ancestor in reversed(collect((node,)).order):
        notes = notes_of(ancestor)
        if notes is not None and is_bad(notes.out, infinity) and not is_bad(list(notes.operands), infinity):
            return ancestor
    return None


def _saved_bad(node: Node, infinity: bool) -> bool:
    notes = notes_of(node)
    return is_bad(node.saved, infinity) or (
        notes is not None and (is_bad(list(notes.operands), infinity) or is_bad(notes.out, infinity))
    )


def _noun(node: Node) -> str:
    notes = notes_of(node)
    return "NaN" if notes is not None and is_bad(notes.out, False) else "infinity"
