"""What rules look at: a recorded computation as expressions, and what a form costs on the values at hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.careful import watched_sweep
from autograd_lite.core.graph import Node
from autograd_lite.core.outputs import OUTPUT, SEVERAL
from autograd_lite.explain.computation import Computation

ERROR, WARNING, NOTE = "error", "warning", "note"

#: From worst to least.
SEVERITIES = (ERROR, WARNING, NOTE)


@dataclass(frozen=True)
class Advice:
    """One finding of `lint`.

    Attributes
    ----------
    rule : str
        Its name, such as ``log-softmax``.
    severity : {"error", "warning", "note"}
        Wrong on these values; some digits lost, or wrong on others that may come; worth knowing.
    operation : str
        What was found, as a form: ``log(softmax(x))``.
    harm : str
        What it does, measured on the actual values where they are known.
    fix : str
        The spelling to use instead.
    origin : str
        The source line's place, if known.
    line : str
        The source line.
    count : int
        How often the same was found there.
    """

    rule: str
    severity: str
    operation: str
    harm: str
    fix: str
    origin: str = ""
    line: str = ""
    count: int = 1


class Operand(NamedTuple):
    """An argument: the node that made it (None: a constant) and its value (None: unknown)."""

    node: Node | None
    value: Any


Rule = Callable[["View", Node], Advice | None]

# What changes the shape of an array and nothing else.
_SHAPES = {"reshape", "transpose", "broadcast_to", "positive"}

# What rounds nothing: of exact numbers it gives exact ones.
_EXACT = _SHAPES | {
    "getitem", "concatenate", "stack", "max", "min", "maximum", "minimum", "sort", "where", "clip", "negative",
    "absolute", "relu", "flip", "roll", "pad", "diag", "argument", "leaf",
}  # fmt: skip


class View:
    """A computation, as rules see it.

    Attributes
    ----------
    computation : Computation
    claimed : set of Node
        Nodes that a finding has explained: no other is made of them.
    readers : dict of Node to list of Node
    """

    def __init__(self, computation: Computation, large: float):
        self.computation, self.large = computation, large
        self.claimed: set[Node] = set()
        self._met: set[int] = set()
        self.readers: dict[Node, list[Node]] = {}
        for node in computation.nodes:
            for parent in node.inputs:
                self.readers.setdefault(parent, []).append(node)

    def is_new(self, array: np.ndarray) -> bool:
        """Say whether an array's memory is met for the first time: one array is kept by several operations."""
        owner = array if array.base is None else array.base
        is_new = id(owner) not in self._met
        self._met.add(id(owner))
        return is_new

    def value(self, node: Node | None) -> Any:
        """Return the value of a node, None if it is unknown."""
        return None if node is None else self.computation.value(node)

    def arguments(self, node: Node) -> list[Operand]:
        """Return the arguments of a node."""
        return [Operand(*pair) for pair in self.computation.arguments(node)]

    def is_op(self, operand: Operand | Node | None, *names: str) -> Node | None:
        """Return the node behind an operand, changes of shape left aside, if its operation has one of some names."""
        node = operand.node if isinstance(operand, Operand) else operand
        while node is not None and node.plan.primitive.name in _SHAPES and node.inputs:
            node = node.inputs[0]
        if node is not None and node.plan.primitive is OUTPUT and "output" not in names:
            node = node.inputs[0]
        return node if node is not None and node.plan.primitive.name in names else None

    def inner(self, node: Node, position: int = 0) -> Operand:
        """Return one argument of a node, changes of shape left aside."""
        operand = self.arguments(node)[position]
        inside = operand.node
        while inside is not None and inside.plan.primitive.name in _SHAPES and inside.inputs:
            inside = inside.inputs[0]
        return operand if inside is operand.node else Operand(inside, self.value(inside))

    def is_number(self, node: Node, position: int, value: float) -> bool:
        """Say whether an argument is a constant of this value; of sums it may be inferred."""
        operands = self.arguments(node)
        operand = operands[position]
        if operand.node is not None:
            return False
        if operand.value is not None:
            return bool(np.all(np.asarray(operand.value) == value))
        other, out = operands[1 - position], self.value(node)
        name = node.plan.primitive.name
        if len(operands) != 2 or other.value is None or out is None or name not in ("add", "subtract"):
            return False
        x = np.asarray(other.value, float)
        expected = x + value if name == "add" else (value - x if position == 0 else x - value)
        with np.errstate(all="ignore"):
            telling = np.any(np.abs(x) < 1e8)
            return bool(telling and np.all((expected == out) | (expected != expected)))

    def plus_one(self, operand: Operand | Node | None) -> Operand | None:
        """Return x if an operand is 1 + x or x + 1."""
        node = self.is_op(operand, "add")
        if node is None:
            return None
        for position in (0, 1):
            if len(self.arguments(node)) == 2 and self.is_number(node, position, 1.0):
                return self.inner(node, 1 - position)
        return None

    def is_square(self, operand: Operand | Node | None) -> Node | None:
        """Return the node of x if an operand is its square, however written."""
        node = self.is_op(operand, "square", "power", "multiply")
        if node is None or not node.inputs:
            return None
        if node.plan.primitive.name == "multiply":
            return node.inputs[0] if len(node.inputs) == 2 and node.inputs[0] is node.inputs[1] else None
        return node.inputs[0] if node.keywords.get("exponent", 2) == 2 and len(node.inputs) == 1 else None

    def is_shifted(self, operand: Operand) -> bool:
        """Say whether an exponent is x minus its maximum, or nowhere above zero."""
        node = self.is_op(operand, "subtract")
        if node is not None and self.is_op(self.inner(node, 1), "max", "maximum") is not None:
            return True
        return node is not None and operand.value is not None and bool(np.all(np.asarray(operand.value) <= 0))

    def is_exact(self, operand: Operand, depth: int = 20) -> bool:
        """Say whether an operand is data, or was taken from data without rounding."""
        stack, seen = [operand.node], 0
        while stack:
            node, seen = stack.pop(), seen + 1
            if node is None:
                continue
            if seen > depth or (node.inputs and node.plan.primitive.name not in _EXACT):
                return False
            stack += node.inputs
        return True

    @cached_property
    def _adjoints(self) -> dict[Node, Any] | None:
        """The adjoints of a single output of size one, None if there is no such."""
        roots = self.computation.roots
        if len(roots) != 1 or math.prod(roots[0].shape) != 1 or roots[0].saved is None or roots[0].dtype.kind != "f":
            return None
        found: dict[Node, Any] = {}

        def watch(node: Node, g: Any, position: int, parent: Node, c: Any) -> None:
            found[node] = g

        found.update(watched_sweep({roots[0]: np.ones(roots[0].shape, roots[0].dtype)[()]}, watch))
        return found

    def effect(self, node: Node, change: Any) -> float:
        """Return by how much changes of a node's value, of any sign, change the output relatively; NaN if unknown."""
        adjoints, root = self._adjoints, self.computation.roots[0]
        value = self.value(root)
        if adjoints is None or value is None or node.dtype is SEVERAL:
            return math.nan
        with np.errstate(all="ignore"):
            total = float(np.sum(np.abs(adjoints.get(node, 0.0)) * change))
            size = abs(float(np.reshape(value, ())))
        return total / size if size else math.inf

    def advice(
        self, rule: str, severity: str, nodes: Sequence[Node], form: str, harm: str, fix: str, claims: bool = True
    ) -> Advice | None:
        """Return a finding about some nodes, the first its head; None where one function of this package made them."""
        if self.computation.is_one_call(nodes) or any(node in self.claimed for node in nodes):
            return None
        if claims:
            self.claimed.update(nodes)
        place = self.computation.place(nodes[0])
        return Advice(rule, severity, form, harm, fix, str(place or ""), place.text if place is not None else "")


class Harm(NamedTuple):
    """What a form did on the values at hand."""

    severity: str
    words: str


def unit(dtype: Any) -> float:
    """Return the spacing of numbers at 1 in a dtype."""
    return float(np.finfo(dtype).eps) if np.dtype(dtype).kind in "fc" else float(np.finfo(float).eps)


def harm_of(out: Any, reference: Any, otherwise: str) -> Harm:
    """Compare what a form gave with what a stable one gives.

    Parameters
    ----------
    out, reference : array or None
        None: unknown.
    otherwise : str
        What to say where there is no harm on these values.
    """
    if out is not None and reference is None and not np.all(np.isfinite(out)):
        return Harm(ERROR, f"{int(np.sum(~np.isfinite(out))):,} of {np.size(out):,} elements are not finite")
    if out is None or reference is None:
        return Harm(WARNING, f"not measured, as the values are unknown: {otherwise}")
    eps = unit(np.asarray(out).dtype)
    out, reference = np.asarray(out, np.longdouble), np.asarray(reference, np.longdouble)
    limit = np.finfo(np.float64).max if eps < 1e-10 else np.finfo(np.float32).max
    good = np.isfinite(reference) & (np.abs(reference) < limit)
    spoilt = int(np.sum(good & ~np.isfinite(out)))
    if spoilt:
        kinds = "NaN" if np.any(np.isnan(out[good] if out.ndim else out)) else "inf"
        return Harm(ERROR, f"{spoilt:,} of {out.size:,} elements came out {kinds} where the result is finite")
    with np.errstate(all="ignore"):
        error = np.where(good & (reference != 0), np.abs(out - reference) / np.abs(reference), 0.0)
    worst = float(np.max(error, initial=0.0))
    if worst <= 1e3 * eps:
        return Harm(NOTE, f"no digits lost on these values; {otherwise}")
    lost, digits = min(math.log10(worst / eps), -math.log10(eps)), -math.log10(eps)
    return Harm(ERROR if worst > math.sqrt(eps) else WARNING, f"up to {lost:.1f} of {digits:.1f} digits are lost")


def precise(function: Callable[..., Any], *values: Any) -> Any:
    """Return a function of values in extended precision, None if one is unknown."""
    if any(value is None for value in values):
        return None
    with np.errstate(all="ignore"):
        return function(*(np.asarray(value, np.longdouble) for value in values))
