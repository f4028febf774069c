"""Running what is to be measured: a function, a module or a training step, again and again in the same way.

A `Probe` sees each operation as it is recorded, and each derivative rule as it is called. For the second it puts a plan
of its own into the node, whose rules report to the probe before and after they do what the engine's do. So it is the
engine's own sweep that is seen, also where the function itself runs one (a training step, a gradient of a gradient).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from autograd_lite.core.collector import full_passes_put_off
from autograd_lite.core.graph import Node, Primal, collect
from autograd_lite.core.modes import is_recording
from autograd_lite.core.observing import Observer, observing
from autograd_lite.core.plan import Plan, Rule
from autograd_lite.core.sweep import sweep
from autograd_lite.core.tensor import Tensor
from autograd_lite.draw.tracing import called_name, example_names, tracked_example
from autograd_lite.errors import GraphError, StructureError
from autograd_lite.transforms.arguments import flatten

_SLOTS = Plan.__slots__

P = TypeVar("P", bound="Probe")


class Probe:
    """Sees operations and rules; the base of what measures. Operations are numbered as they come, from 0.

    Attributes
    ----------
    operations : list of tuple
        The name and shape of each.
    numbers : dict from int to int
        The number of an operation by that of its node.
    swept : set of int
        The operations whose rules were called.
    sweeps : bool
        Whether a sweep was run after the function.
    """

    def __init__(self) -> None:
        self.operations: list[tuple[str, tuple[int, ...]]] = []
        self.numbers: dict[int, int] = {}
        self.swept: set[int] = set()
        self.sweeps = False
        self._plans: list[tuple[weakref.ref[Node], Plan]] = []

    def began(self) -> None:
        """Take note that the function is about to be called."""

    def ended(self) -> None:
        """Take note that all is done, while what the sweep delivered is still there."""

    def recorded(self, node: Node, out: Any) -> None:
        """Take note of an operation."""
        del out
        self.note(node)

    def passed(self, name: str, nodes: Sequence[Node | None], operands: Sequence[Any], out: Any) -> None:
        """Take note of an operation that is not recorded."""
        del nodes, operands
        self.operations.append((name, np.shape(out) if not isinstance(out, tuple) else ()))

    def stepped(self, function: Callable[..., Any], operands: Sequence[Any], out: Any) -> None:
        """Take note of a function that is constant almost everywhere."""
        self.passed(getattr(function, "__name__", str(function)), (), operands, out)

    def note(self, node: Node) -> int:
        """Give a recorded operation its number, and have its rules report."""
        number = self.numbers[node.number] = len(self.operations)
        self.operations.append((node.plan.primitive.name, node.shape))
        self._plans.append((weakref.ref(node), node.plan))  # weak: the measured graph lives as long as it would
        node.plan = _reporting(node.plan, number, self)
        return number

    def entered(self, number: int, g: Any) -> None:
        """Take note that a rule of an operation begins, with the cotangent of the operation."""
        del g
        self.swept.add(number)

    def left(self, number: int, position: int, contribution: Any) -> None:
        """Take note of what it gave for the input at a position; -1 where that was for all."""

    def restore(self) -> None:
        """Give the nodes that are still there their own plans back."""
        for reference, plan in self._plans:
            node = reference()
            if node is not None:
                node.plan = plan
        self._plans.clear()


def _reporting(plan: Plan, number: int, probe: Probe) -> Plan:
    """Return a plan like another one, whose rules tell a probe."""
    twin = object.__new__(Plan)
    for slot in _SLOTS:
        setattr(twin, slot, getattr(plan, slot))
    twin.pulls = tuple(_pull(pull, number, position, probe) for position, pull in enumerate(plan.pulls))
    if plan.resolve is not None:
        twin.resolve = _resolve(plan, twin, number, probe)
    return twin


def _pull(pull: Rule, number: int, position: int, probe: Probe) -> Rule:
    def reporting(g: Any, saved: Any) -> Any:
        probe.entered(number, g)
        contribution = pull(g, saved)
        probe.left(number, position, contribution)
        return contribution

    return reporting


def _resolve(plan: Plan, twin: Plan, number: int, probe: Probe) -> Callable[..., Any]:
    """Return a ``resolve`` that reports itself, since it may do the work, and the pulls that it gives."""
    resolve = plan.resolve
    assert resolve is not None

    def reporting(node: Node, g: Any, saved: Any, batch: int) -> list[Rule]:
        probe.entered(number, g)
        node.plan = plan  # which it may read: the pulls below report
        pulls = list(resolve(node, g, saved, batch))
        node.plan = twin
        probe.left(number, -1, None)
        return [_pull(pull, number, position, probe) for position, pull in enumerate(pulls)]

    return reporting


class Subject:
    """What is measured, and how it is run.

    Parameters
    ----------
    function : callable
    examples : sequence
        Its arguments.
    who : str
        Who asks, for messages.
    by_arguments : bool, optional
        Whether to differentiate by the floating-point arguments; if not given, `settle` finds out.
    backward : bool, optional
        Whether to run a sweep after the function; if not given, unless the function has run one itself.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        examples: Sequence[Any],
        who: str,
        by_arguments: bool | None = None,
        backward: bool | None = None,
    ):
        if not callable(function) or isinstance(function, Tensor):
            raise StructureError(
                f"{who}(f, *args) got a {type(function).__name__} for f; a function, a module or a training step is "
                f"needed, which is run on the arguments"
            )
        self.function, self.examples, self.who = function, examples, who
        self.by_arguments, self.backward = by_arguments, backward
        self.names: dict[Node, str] = {}

    def settle(self, make: Callable[[], P]) -> tuple[P, list[Node]]:
        """Run it once, to warm up, and find out whether to differentiate by the arguments.

        Parameters
        ----------
        make : callable
            Gives a new probe.

        Returns
        -------
        Probe
            That saw the run which counts.
        list of Node
            What that returned.

        Raises
        ------
        GraphError
            If nothing is done on Tensors.
        """
        probe = make()
        if self.by_arguments is not None:
            outputs = self.run(probe)
        else:
            self.by_arguments = False
            try:
                outputs = self.run(probe)
            except Exception as error:  # what it calls may be a Tensor's only
                try:
                    outputs = self._by_arguments(probe := make())
                except Exception:
                    raise error from None
            else:
                if not probe.numbers and is_recording():
                    outputs = self._by_arguments(probe := make())
        self.backward = probe.sweeps
        if not probe.operations:
            raise GraphError(
                f"{self.who}({called_name(self.function)}, …): no operation on a Tensor was seen. What the function "
                f"computes does not depend on floating-point arguments, nor on any Tensor."
            )
        return probe, outputs

    def _by_arguments(self, probe: Probe) -> list[Node]:
        self.by_arguments = True
        return self.run(probe)

    def run(self, probe: Probe | None, *others: Observer) -> list[Node]:
        """Run it, and the sweep back, while a probe and others look on.

        Parameters
        ----------
        probe : Probe or None
        *others : Observer

        Returns
        -------
        list of Node
            Of what it returned, as far as that was recorded.
        """
        self.names = {}
        args = list(self.examples)
        if self.by_arguments:
            words, values = example_names(self.function, len(args)), {}
            args = [tracked_example(arg, word, self.names, values) for arg, word in zip(args, words, strict=True)]
        watchers = others if probe is None else (probe, *others)
        try:
            with full_passes_put_off:
                return self._run(probe, args, watchers)
        finally:
            if probe is not None:
                probe.restore()
            for node in self.names:
                if isinstance(node, Primal):
                    node.active = False

    def _run(self, probe: Probe | None, args: list[Any], watchers: Sequence[Observer]) -> list[Node]:
        if watchers:
            with observing(watchers[0]):
                return self._run(probe, args, watchers[1:])
        if probe is not None:
            probe.began()
        out = self.function(*args)
        outputs = _outputs(out)
        del out
        wanted = self.backward
        if wanted is None:
            wanted = probe is None or not any(probe.numbers.get(node.number) in probe.swept for node in outputs)
        seeds = {node: _ones(node) for node in outputs} if wanted else {}
        delivered = sweep(collect(seeds), seeds)
        if probe is not None:
            probe.sweeps = bool(seeds)
            probe.ended()
        del delivered  # not before its end has been seen
        return outputs


def _outputs(out: Any) -> list[Node]:
    """Return the nodes of the Tensors in what a function returned."""
    leaves = [] if out is None else flatten(out)[0]
    return list(dict.fromkeys(leaf.node for leaf in leaves if isinstance(leaf, Tensor) and leaf.node is not None))


def _ones(node: Node) -> Any:
    return np.ones(node.shape, node.dtype)[()]
