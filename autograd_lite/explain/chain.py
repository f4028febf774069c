"""The reverse sweep on symbols: what arrives at every value, and what its operation makes of it.

The chain rule in reverse mode, x̄ = Σ (∂y/∂x)ᵀ ȳ over the uses y of x (Griewank & Walther, *Evaluating Derivatives*,
2nd ed., SIAM 2008, section 3.2), with the engine's rules, `fit` and order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.graph import Node, collect
from autograd_lite.core.outputs import Parts
from autograd_lite.core.plan import ELEMENTWISE
from autograd_lite.core.symbols import algebra
from autograd_lite.core.symbols.expressions import Expression, TooLargeError, Variable, atoms
from autograd_lite.core.symbols.functions import as_vector, substituted
from autograd_lite.core.symbols.rules import contributions, is_long, named_rule, named_slope
from autograd_lite.core.symbols.symbol import Symbol
from autograd_lite.explain.symbolic_run import Step, SymbolicRun


class Arrival(NamedTuple):
    """What arrived at a value.

    Attributes
    ----------
    variable : Variable
        The cotangent; ``variable.of`` is the value's.
    expression, shown : Expression
        The sum of what its uses sent back, to be evaluated and to be read.
    value : array
        At the example.
    """

    variable: Variable
    expression: Expression
    shown: Expression
    value: Any


class Sent(NamedTuple):
    """What one operation sent back to one of its inputs: a symbol, and the expression to be read."""

    symbol: Any
    shown: Expression


class Local(NamedTuple):
    """What one operation does to a cotangent on the way to one of its inputs.

    Attributes
    ----------
    of, to : Variable
        The result of the operation, and its input.
    slope : Expression or None
        The local derivative, where the operation works element by element.
    rule : Expression
        What it sends back.
    """

    of: Variable
    to: Variable
    slope: Expression | None
    rule: Expression


class Chain:
    """The sweep back over a run.

    Parameters
    ----------
    run : SymbolicRun

    Attributes
    ----------
    steps : list of Step
        What the output is computed by, in order.
    arrivals : list of Arrival
        From the output to the arguments, which come last, each of them once.
    locals : dict of Variable to list of Local
        For the result of each step.
    seed : Variable or None
        The cotangent of an output that has more elements than one, which is to be given.
    """

    def __init__(self, run: SymbolicRun):
        self.run = run
        self.arrivals: list[Arrival] = []
        self.locals: dict[Variable, list[Local]] = {}
        self.seed: Variable | None = None
        self.variables: dict[Node, Variable] = dict(zip(run.run.targets, run.arguments, strict=True))
        self.variables.update({node: step.variable for node, step in run.steps.items()})
        with np.errstate(all="ignore"):
            self._sweep()
        self.steps = _needed(run, self.arrivals)
        for number, step in enumerate(self.steps):
            step.variable.name = f"{_letter(run.arguments)}{number + 1}"

    def _sweep(self) -> None:
        output = self.run.output
        arrived: dict[Node, list[Sent]] = {}
        if output.node is not None:
            traversal = collect([output.node], self.run.run.targets)
            first = self._first(output)
            arrived[output.node] = [Sent(first, first.expression)]
            for node in traversal.order:
                summands = arrived.pop(node, None)
                if summands is None:
                    continue
                g = self._arrive(node, summands)
                for parent, sent in zip(node.inputs, self._send(node, g), strict=True):
                    if sent.symbol is not None and (traversal.needed is None or parent in traversal.needed):
                        arrived.setdefault(parent, []).append(sent)
        for node, argument, value in zip(self.run.run.targets, self.run.arguments, self.run.values, strict=True):
            zero = Symbol(algebra.broadcast(algebra.ZERO, argument.shape), np.zeros_like(value))
            self._arrive(node, arrived.get(node) or [Sent(zero, zero.expression)])

    def _first(self, output: Any) -> Symbol:
        assert output.node is not None
        ones = np.ones(output.shape, output.dtype)
        if output.size == 1:
            return Symbol(algebra.broadcast(algebra.ONE, output.shape), ones)
        self.seed = Variable("", output.shape, self.variables[output.node])
        return Symbol(self.seed, ones)

    def _arrive(self, node: Node, sent: list[Sent]) -> Any:
        """Add up what arrived, and give the sum a name; several results have a tuple of them."""
        total = sent[0].symbol
        if isinstance(total, Parts):
            for further in sent[1:]:
                total = total + further.symbol
            return total.materialize()
        if len(sent) > 1:
            value = sum((one.symbol.value for one in sent[1:]), total.value)
            total = Symbol(algebra.add(*(one.symbol.expression for one in sent)), value)
        if node not in self.variables:  # an argument of a transform inside of the function: the identity
            return total
        shown = algebra.add(*(one.shown for one in sent))
        total, was = self._hooked(node, total), total
        shown = as_vector(shown if total is was else total.expression)
        seeded = self.seed is not None and total.expression == self.seed
        bar = self.seed if seeded and self.seed is not None else Variable("", node.shape, self.variables[node])
        self.arrivals.append(Arrival(bar, total.expression, shown, total.value))
        return Symbol(bar, total.value)

    def _hooked(self, node: Node, total: Symbol) -> Symbol:
        if node.extras is None or not node.extras.hooks:
            return total
        changed = node.extras.arrived(total, keeping=False)
        if not isinstance(changed, Symbol):
            raise TypeError("a hook made a plain array of a symbol")
        return changed

    def _send(self, node: Node, g: Any) -> list[Sent]:
        """Return what an operation sends back, and note it."""
        step = self.run.steps.get(node)
        if step is None:
            return [Sent(g, g.expression)]
        made, sent = contributions(node, g, self.run.saved(step), step.operands, step.out), []
        noted = self.locals.setdefault(step.variable, [])
        for position, (parent, c) in enumerate(zip(node.inputs, made, strict=True)):
            if not isinstance(c, Symbol):
                sent.append(Sent(c, algebra.ZERO))
                continue
            slope = self._slope(node, position, c, g, step)
            if slope is not None:
                shown = algebra.multiply(g.expression, slope)
            elif is_long(c.expression):
                shown = named_rule(node, position, g, step.operands, step.out)
            else:
                shown = c.expression
            sent.append(Sent(c, shown))
            if parent in self.variables:
                noted.append(Local(step.variable, self.variables[parent], slope, shown))
        return sent

    def _slope(self, node: Node, position: int, sent: Symbol, g: Any, step: Step) -> Expression | None:
        """Return the local derivative of an elementwise operation; by its name where it would take long to read."""
        works = node.plan.primitive.kind == ELEMENTWISE and node.inputs[position].shape == node.shape
        if not works or not isinstance(g, Symbol) or not isinstance(g.expression, Variable):
            return None
        if is_long(sent.expression):
            sent.expression = named_slope(node, position, step.operands, step.out)
            slope, sent.expression = sent.expression, algebra.multiply(g.expression, sent.expression)
            return slope
        return algebra.without_factor(sent.expression, g.expression)

    # One expression for all

    def totals(self, longest: int = 120) -> list[Expression]:
        """Return the derivative with respect to each argument as one expression, ready for readers.

        Parameters
        ----------
        longest : int
            How many parts it may have: intermediate values keep their names where there would be more.
        """
        count = len(self.run.arguments)
        finals = self.arrivals[len(self.arrivals) - count :]
        limits = (longest, 40, 12, 5, 0) if len(self.steps) <= 300 else (0,)
        for limit in limits:
            try:
                found = self._inlined(finals, limit) if limit else [final.shown for final in finals]
            except TooLargeError:
                continue
            if limit == limits[-1] or all(expression.size <= longest for expression in found):
                return found
        return [final.shown for final in finals]

    def _inlined(self, finals: Sequence[Arrival], limit: int) -> list[Expression]:
        """Return the derivatives with all that has up to ``limit`` parts put in where it is named."""
        known: dict[Expression, Expression] = {}
        for step in self.steps:
            made = substituted(step.shown, known)
            if made.size <= limit:
                known[step.variable] = made
        for arrival in self.arrivals[: len(self.arrivals) - len(finals)]:
            made = substituted(arrival.shown, known)
            if made.size <= limit and arrival.variable is not self.seed:
                known[arrival.variable] = made
        return [as_vector(substituted(final.shown, known)) for final in finals]


def _needed(run: SymbolicRun, arrivals: Sequence[Arrival]) -> list[Step]:
    """Return the steps that the output is computed by: those on its graph, and those that these or arrivals mention."""
    by_variable: dict[Expression, Step] = {step.variable: step for step in run.steps.values()}
    wanted: set[Expression] = set()
    stack: list[Expression] = []
    if run.output.node is not None:
        order = collect([run.output.node], run.run.targets).order
        stack += [run.steps[node].variable for node in order if node in run.steps]
    for expression in (*run.decisions, *(arrival.expression for arrival in arrivals)):
        stack += [atom for atom in atoms(expression) if atom in by_variable]
    while stack:
        met = stack.pop()
        if met not in wanted:
            wanted.add(met)
            step = by_variable[met]
            stack += [a for e in (step.definition, step.shown) for a in atoms(e) if a in by_variable]
    return [step for step in run.steps.values() if step.variable in wanted]


def _letter(arguments: Sequence[Variable]) -> str:
    """Return a letter for intermediate values that no argument has with a number."""
    taken = {name[:1] for name in (argument.name for argument in arguments) if name[1:].isdigit() or len(name) == 1}
    return next((letter for letter in "vuwzts" if letter not in taken), "value")
