"""A cause: one reason why a gradient is what it is, and what the operations that it names had in hand."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import numpy as np

from autograd_lite.core.debugging import notes_of, place_of
from autograd_lite.core.graph import Node
from autograd_lite.core.wording import first, operands_of


@dataclasses.dataclass
class Cause:
    """One reason.

    Attributes
    ----------
    kind : str
        In a word or two: ``"dead relu"``, ``"saturation"``, ``"not selected"``; `KINDS` lists them.
    text : str
        In a sentence.
    operation : str
        The name of the operation that is to blame, '' where none is.
    line : str
        ``file:line, in function: text`` of the user's program, '' if it is not known.
    elements : int or None
        How many elements of the gradient it explains, where that is known.
    first : tuple of int or None
        The index of the first of them.
    count : int
        How many operations of this name and line it was.
    """

    kind: str
    text: str
    operation: str = ""
    line: str = ""
    elements: int | None = None
    first: tuple[int, ...] | None = None
    count: int = 1
    mask: Any = dataclasses.field(default=None, repr=False)
    number: int = dataclasses.field(default=-1, repr=False)

    def __str__(self) -> str:
        lines = [f"{self.kind}: {self.text}"]
        if self.line:
            lines.append(f"  at {self.line}")
        return "\n".join(lines)


#: Every kind of cause, and what it means.
KINDS = {
    "integer": "integers and booleans have no derivative",
    "constant": "the tensor, or the output, was made without requires_grad=True",
    "detached": "the history was cut by detach(), stop_gradient, .data, .item() or np.asarray",
    "no_grad": "an operation on the way ran under no_grad()",
    "step function": "the way leads through a function that is constant almost everywhere (round, >, argmax)",
    "unused": "the output does not depend on the tensor",
    "no backward": "backward() has not run from this output",
    "retain_grad": "an intermediate result keeps its gradient only after retain_grad()",
    "zero_grad": "the gradient was there and has been reset",
    "freed": "an earlier backward() released the graph",
    "superseded": "the array was updated in place since, by an optimiser's step",
    "dead relu": "the input of a ReLU is not above zero",
    "saturation": "tanh, a sigmoid, softmax or erf is flat so far out",
    "clipped": "the value is outside of the bounds of clip, or of maximum and minimum with a constant",
    "masked": "np.where took the other branch, or an element was replaced",
    "not selected": "indexing, max, min or sorting did not take these elements",
    "multiplied by zero": "a factor is zero",
    "zero slope": "the local derivative is zero here, as that of x**2 at 0",
    "kink": "at a kink, as of abs at 0, the slope is taken to be zero",
    "tie": "equal elements of max, min, maximum or minimum share the gradient",
    "zero cotangent": "the sweep started from zero",
    "cancellation": "contributions of opposite sign cancel",
    "hook": "a hook has changed the gradient",
    "rescaled": "the stored gradient was scaled after the sweep, as clip_grad_norm_ does",
    "accumulated": "the stored gradient is the sum over several calls of backward()",
    "zero times infinity": "0 * inf was taken as zero",
    "vanishing": "many factors below one, or an underflow",
    "exploding": "many factors above one",
    "small factor": "one operation makes it small",
    "steep slope": "one operation makes it large",
    "infinite slope": "a local derivative is infinite, as that of sqrt at 0",
    "overflow": "a value, or the gradient, is too large for its dtype",
    "division by zero": "a denominator is zero",
    "nan forward": "a NaN was born in the forward pass",
    "nan backward": "a NaN was born in the backward sweep",
    "nan input": "a NaN or infinity was in the tensor, or in a constant",
}


def origin(node: Node) -> str:
    """Return the user's line that recorded a node, '' if that is not known."""
    place = place_of(node)
    if place is not None:
        return str(place)
    return node.extras.origin if node.extras is not None else ""


def blame(kind: str, text: str, node: Node, mask: Any = None) -> Cause:
    """Return a cause that names a node's operation; ``mask`` says which elements of the gradient it explains."""
    cause = Cause(kind, text, node.plan.primitive.name, origin(node), number=node.number)
    return restricted(cause, mask)


def restricted(cause: Cause, mask: Any) -> Cause:
    """Return a cause with the elements that it explains."""
    if mask is None:
        return cause
    mask = np.asarray(mask)
    elements = int(np.count_nonzero(mask))
    where = tuple(first(mask)) if elements else None
    return dataclasses.replace(cause, mask=mask, elements=elements, first=where)


def values_of(node: Node) -> dict[str, Any]:
    """Return what is known of an operation's arguments and output by name: noted under ``debug()``, or saved."""
    values = _saved_by_name(node)
    values.update({name: value for name, value, _ in operands_of(node)})
    notes = notes_of(node)
    if notes is not None:
        values["out"] = notes.out
    return values


def _saved_by_name(node: Node) -> dict[str, Any]:
    rules = node.plan.primitive.rules
    chosen = [rule for i in node.plan.positions if i < len(rules) and callable(rule := rules[i])]
    if node.plan.primitive.each is not None or len(chosen) != len(node.plan.positions):
        return {}
    names = list(dict.fromkeys(name for rule in chosen for name in inspect.signature(rule).parameters if name != "g"))
    saved = node.saved if node.saved is not None else getattr(notes_of(node), "saved", None)
    if saved is None or not names:
        return {}
    return dict(zip(names, saved, strict=False)) if len(names) > 1 else {names[0]: saved}
