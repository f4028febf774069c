"""What happened in a computation: its nodes, what each read and gave, and the source line that asked for it.

An explanation starts from a function and its arguments, which are run here and watched, or from what is recorded
already. Of that the arrays are known which the rules saved, and what follows from them; `values` kept while it was
recorded, by ``with observing(Values())``, fill the gaps.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.graph import Leaf, Node, Primal, collect
from autograd_lite.core.observing import Values, observing
from autograd_lite.core.outputs import OUTPUT
from autograd_lite.core.plan import OUT
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import GraphError, StructureError
from autograd_lite.transforms.arguments import Run, flatten, outputs_of


class Place(NamedTuple):
    """Where an operation was asked for.

    Attributes
    ----------
    file : str
    line : int
    call : int
        The same for operations that one call of a function of this package recorded.
    """

    file: str
    line: int
    call: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def text(self) -> str:
        """The source line, or '' if it cannot be read."""
        return linecache.getline(self.file, self.line).strip()


class Step(NamedTuple):
    """A function that is constant almost everywhere, as it was called: ``operands`` may be Tensors."""

    function: Callable[..., Any]
    operands: tuple[Any, ...]
    out: Any
    place: Place


class Trace(Values):
    """An observer that keeps what every operation gave and read, where it was asked for, and the steps in between.

    Attributes
    ----------
    operands : dict of Node to tuple of arrays
    places : dict of Node to Place
    steps : list of Step
    """

    def __init__(self) -> None:
        super().__init__()
        self.operands: dict[Node, tuple[Any, ...]] = {}
        self.places: dict[Node, Place] = {}
        self.steps: list[Step] = []
        self._last: FrameType | None = None  # held so that no other frame gets its identity
        self._calls = 0

    def read(self, node: Node, operands: Sequence[Any]) -> None:
        """Keep what an operation read, and its place."""
        self.operands[node] = tuple(operands)
        self.places[node] = self._place()

    def stepped(self, function: Callable[..., Any], operands: Sequence[Any], out: Any) -> None:
        """Keep a call of a function that is constant almost everywhere."""
        self.steps.append(Step(function, tuple(operands), out, self._place()))

    def _place(self) -> Place:
        outermost, frame = sys._getframe(2), sys._getframe(3)
        while frame.f_back is not None and _is_library(frame):
            outermost, frame = frame, frame.f_back
        if outermost is not self._last:
            self._last = outermost
            self._calls += 1
        return Place(frame.f_code.co_filename, frame.f_lineno, self._calls)

    def forget_frames(self) -> None:
        """Let go of the last frame: it holds the user's variables."""
        self._last = None


def _is_library(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__", "").partition(".")[0]
    return name in ("autograd_lite", "numpy", "scipy") and not frame.f_code.co_filename.startswith("<doctest")


class Computation:
    """A computation that is recorded, with what is known of its values.

    Parameters
    ----------
    outputs : sequence of Tensor
    values : Values
        A `Trace` knows operands and places too.
    inputs : sequence of Node, optional
        Where it starts; the tracked leaves if not given.

    Attributes
    ----------
    nodes : list of Node
        In the order of recording, inputs included.
    """

    def __init__(self, outputs: Sequence[Tensor], values: Values, inputs: Sequence[Node] | None = None):
        self.outputs = outputs
        self.roots = list(dict.fromkeys(out.node for out in outputs if out.node is not None))
        traversal = collect(self.roots, inputs)
        self.inputs = sorted(traversal.targets, key=lambda node: node.number)
        self.nodes = [*self.inputs, *reversed(traversal.order)]
        self.nodes.sort(key=lambda node: node.number)
        self.trace = values if isinstance(values, Trace) else Trace()
        self.values: dict[Node, Any] = dict(values.of)
        self._places: Mapping[Node, Place] = self.trace.places
        for out in outputs:
            if out.node is not None:
                self.values[out.node] = out.data

    def recover(self) -> None:
        """Find values that the rules saved, and compute those that follow from them."""
        for node in self.nodes:
            for place, value in _saved(node):
                if isinstance(value, np.ndarray | np.generic):
                    self.values.setdefault(node if place == OUT else node.inputs[place], value)
        with np.errstate(all="ignore"):
            for node in self.nodes:
                if node not in self.values and node.inputs:
                    self._follow(node)

    def _follow(self, node: Node) -> None:
        primitive = node.plan.primitive
        arrays: list[Any] = [self.values.get(parent) for parent in node.inputs]
        if any(array is None for array in arrays):
            return
        if isinstance(node, Primal):
            self.values[node] = arrays[0]
        elif primitive is OUTPUT:
            self.values[node] = arrays[0][node.keywords["index"]]
        elif primitive.arguments and len(arrays) == len(primitive.arguments):
            self.values[node] = primitive.function(*arrays, **node.keywords)

    def value(self, node: Node) -> Any:
        """Return what a node's operation gave, None if that is not known."""
        return self.values.get(node)

    def arguments(self, node: Node) -> list[tuple[Node | None, Any]]:
        """Return the node (None: a constant) and the value (None: unknown) of each array argument, by position."""
        sources = dict(zip(node.plan.positions, node.inputs, strict=False))
        operands = self.trace.operands.get(node)
        count = len(operands) if operands is not None else max(len(node.plan.primitive.arguments), len(node.inputs))
        return [
            (
                sources.get(i),
                operands[i] if operands is not None else self.values.get(sources[i]) if i in sources else None,
            )
            for i in range(count)
        ]

    def place(self, node: Node) -> Place | None:
        """Return where an operation was asked for, if that was seen; under ``debug()`` the line is noted too."""
        place = self._places.get(node)
        if place is None and node.extras is not None and node.extras.origin:
            file, _, line = str(node.extras.origin).rpartition(":")
            place = Place(file, int(line) if line.isdigit() else 0, -node.number)
        return place

    def is_one_call(self, nodes: Iterable[Node]) -> bool:
        """Say whether one call of a function of this package recorded several nodes: they are its own affair."""
        calls = [place.call if (place := self._places.get(node)) else None for node in nodes]
        return len(calls) > 1 and calls[0] is not None and len(set(calls)) == 1


def _saved(node: Node) -> Iterator[tuple[int, Any]]:
    sources, saved = node.plan.sources, node.saved
    if saved is None or not sources:
        return
    for place, value in zip(sources, (saved,) if len(sources) == 1 else saved, strict=True):
        if place is not None:
            yield place, value


def computation_of(
    subject: Any, args: Sequence[Any], kwargs: dict[str, Any], values: Values | None, name: str
) -> Computation:
    """Return the computation of a function at its arguments, or the one behind a Tensor or several.

    Raises
    ------
    GraphError
        If nothing was recorded.
    StructureError
        If arguments or values come with what they do not belong to.
    """
    if isinstance(subject, Tracked) or not callable(subject):
        if args or kwargs:
            raise StructureError(f"{name}: arguments are for a function, and the first is {type(subject).__name__}")
        outputs = [out for out in outputs_of(subject, name)[0] if out.node is not None]
        if not outputs:
            raise GraphError(
                f"{name} of a constant: nothing it was computed from has requires_grad=True, or it was computed under "
                f"no_grad() or after detach()."
            )
        computation = Computation(outputs, values if values is not None else Values())
        computation.recover()
        return computation
    if values is not None:
        raise StructureError(f"{name}: values belong to what is recorded already; a function is run and watched")
    return watched_run(subject, args, kwargs, name)[1]


def floating(args: Sequence[Any]) -> list[int]:
    """Return which arguments to differentiate by: those of floating point; if there is none, whole numbers."""
    chosen = [i for i, arg in enumerate(args) if _is_floating(arg)]
    return chosen or [i for i, arg in enumerate(args) if type(arg) is int]


def watched_run(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], name: str
) -> tuple[Run, Computation]:
    """Run a function on tracked copies of its `floating` arguments, and watch."""
    if not callable(function):
        raise StructureError(f"{name}(f, ...) takes a function, and got {type(function).__name__}")
    trace = Trace()
    with observing(trace), np.errstate(all="ignore"):
        run = Run(function, args, kwargs, floating(args), name)
    trace.forget_frames()
    outputs = [out for out in outputs_of(run.out, name)[0] if out.node is not None]
    if not outputs:
        raise GraphError(
            f"{name}: what {getattr(function, '__name__', 'the function')} returned depends on no floating-point "
            f"argument, and on no Tensor with requires_grad=True."
        )
    trace.of.update({primal.node: primal.data for primal in run.primals if primal.node is not None})
    return run, Computation(outputs, trace)


def _is_floating(arg: Any) -> bool:
    """Say whether an argument holds floating-point numbers and nothing else."""
    if isinstance(arg, int | str | bytes) or arg is None:
        return False
    leaves, _ = flatten(arg)
    kinds = {"f" if type(leaf) is float else "c" if type(leaf) is complex else _kind(leaf) for leaf in leaves}
    return bool(kinds) and kinds <= {"f", "c"}


def _kind(leaf: Any) -> str:
    return getattr(getattr(leaf, "dtype", None), "kind", "")


def title(node: Node) -> str:
    """Return the name of a node, or of its operation."""
    return node.name or ("input" if isinstance(node, Leaf | Primal) else node.plan.primitive.name)
