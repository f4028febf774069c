"""Words for what went wrong in a recorded computation: operations with their source lines, arrays in numbers."""

from __future__ import annotations

import linecache
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.graph import Leaf, Node, Primal


class Place(NamedTuple):
    """A line of the user's program."""

    file: str
    line: int
    function: str

    @property
    def origin(self) -> str:
        """Return ``file:line``."""
        return f"{self.file}:{self.line}"

    @property
    def text(self) -> str:
        """Return the text of the line, '' if the file cannot be read."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        text = self.text
        where = f"{self.origin}, in {self.function}" if self.function != "<module>" else self.origin
        return f"{where}: {text}" if text else where


def statistics(value: Any) -> str:
    """Say in a few words what is in a number or an array."""
    if isinstance(value, tuple | list):
        return "; ".join(statistics(part) for part in value)
    if not hasattr(value, "shape"):
        return f"the number {value!r}"
    kind = f"shape {value.shape}, {value.dtype}"
    if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in "fciub":
        return kind
    if value.size == 1:
        return f"{kind}, value {value.item()!r}"
    return f"{kind}, {', '.join(_counts(np.asarray(value)))}" if value.size else f"{kind}, no elements"


def _counts(array: np.ndarray) -> list[str]:
    parts = []
    for count, name in ((np.isnan(array), "NaN"), (np.isinf(array), "infinite")):
        if count.any():
            parts.append(f"{int(count.sum())} of {array.size} {name} (first at {first(count)})")
    with np.errstate(all="ignore"):
        finite = array[np.isfinite(array)] if parts else array
        if not finite.size:
            return parts
        if array.dtype.kind == "c":
            return [*parts, f"absolute values from {np.abs(finite).min():.6g} to {np.abs(finite).max():.6g}"]
        low, high = finite.min(), finite.max()
        if array.dtype.kind == "b":
            return [*parts, f"{int(finite.sum())} of {array.size} True"]
        return [*parts, f"values from {low:.6g} to {high:.6g}, mean {finite.mean():.6g}"]


def first(mask: Any) -> list[int]:
    """Return the index of the first element of a mask that is true."""
    return [int(i) for i in np.argwhere(mask)[0]] if np.ndim(mask) else []


def source(node: Node) -> str:
    """Say what made the node of an input, and where."""
    name = f" {node.name!r}" if node.name else ""
    if isinstance(node, Leaf):
        return f"the leaf{name}"
    if isinstance(node, Primal):
        return f"an argument{name} of the transform"
    place = getattr(node.extras.notes if node.extras is not None else None, "place", None)
    if place is None:
        return f"the result{name} of {node.plan.primitive.name}, recorded outside debug()"
    return f"the result{name} of {node.plan.primitive.name} at {place}"


def operands_of(node: Node) -> list[tuple[str, Any, Node | None]]:
    """Return name, value and node (None: a constant) of everything that an operation read, noted under ``debug()``."""
    notes = node.extras.notes if node.extras is not None else None
    values = list(getattr(notes, "operands", ()))
    names = node.plan.primitive.arguments
    nodes: dict[int, Node] = dict(zip(node.plan.positions, node.inputs, strict=False))
    return [(names[i] if i < len(names) else str(i), value, nodes.get(i)) for i, value in enumerate(values)]


def inputs_in_words(node: Node) -> list[str]:
    """Return one line for each operand of an operation: its name, shape, dtype, values, and where it came from."""
    lines = []
    for name, value, parent in operands_of(node):
        made = source(parent) if parent is not None else "a constant"
        lines.append(f"  input {name}: {statistics(value)}; {made}")
    lines += [f"  {name}={value!r}" for name, value in node.keywords.items() if np.ndim(value) == 0]
    return lines


def details(node: Node, with_output: bool = True) -> str:
    """Return line, inputs and output of an operation, each on a line of its own."""
    notes = node.extras.notes if node.extras is not None else None
    place, out = getattr(notes, "place", None), getattr(notes, "out", None)
    lines = [f"  at {place}"] if place is not None else []
    rule_of = getattr(notes, "rule_of", None)
    if rule_of is not None:
        lines.append(f"  in the derivative rule of {rule_of.plan.primitive.name}, which that line recorded")
    lines += inputs_in_words(node)
    if out is not None and with_output:
        lines.append(f"  output: {statistics(out)}")
    return "\n".join(lines)


def born_forward(node: Node) -> str:
    """Return the error's text for a NaN or infinity that an operation gave."""
    name = node.plan.primitive.name
    notes = node.extras.notes if node.extras is not None else None
    out = notes.out if notes is not None else None
    if not _has_nan(out):
        head = (
            f"an infinity was born in the forward pass, in {name}: its inputs had none. If it is meant, because "
            f"np.where masks it later, debug(infinity=False) lets infinities through."
        )
        return f"{head}\n{details(node)}"
    guilty = [(label, parent) for label, value, parent in operands_of(node) if _has_nan(value)]
    if guilty:
        label, parent = guilty[0]
        made = source(parent) if parent is not None else "a constant"
        return f"a NaN came into the forward pass, in {name}, with its input {label}, {made}.\n{details(node)}"
    return f"a NaN was born in the forward pass, in {name}: its inputs had none.\n{details(node)}"


def born_unrecorded(name: str, operands: Sequence[Any], out: Any, place: Place) -> str:
    """Return the error's text for a NaN or infinity that an operation gave that was not recorded."""
    noun = "a NaN" if _has_nan(out) else "an infinity"
    inputs = [f"  input {i}: {statistics(value)}" for i, value in enumerate(operands)]
    return "\n".join(
        [
            f"{noun} was born in {name}, which was not recorded (nothing tracked went in, or it ran under no_grad()): "
            f"its inputs had none.",
            f"  at {place}",
            *inputs,
            f"  output: {statistics(out)}",
        ]
    )


def _has_nan(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return any(_has_nan(part) for part in value)
    is_number = isinstance(value, float | complex | np.ndarray | np.generic)
    return is_number and np.asarray(value).dtype.kind in "fc" and bool(np.isnan(value).any())
