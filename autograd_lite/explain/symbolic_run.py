"""One run of a function on symbols: every intermediate value, with the expression it was computed by.

The function is run on Tensors that hold Symbols, so that the engine records it as ever, and comparisons and masks,
which are not recorded, are noted as well. Where that fails, because something hands its arguments to LAPACK or makes
plain arrays of them, the function is run on arrays (`NumericRun`) and each operation put on symbols afterwards.
"""

from __future__ import annotations

import inspect
import operator
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.graph import Node, Primal
from autograd_lite.core.observing import observing
from autograd_lite.core.plan import GENERAL
from autograd_lite.core.symbols.expressions import (
    Call,
    Constant,
    Expression,
    Named,
    Variable,
    children,
    part,
)
from autograd_lite.core.symbols.functions import literal
from autograd_lite.core.symbols.symbol import Symbol, values_of
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DetachError, StructureError
from autograd_lite.transforms.arguments import NAMESPACE, Run, as_primal, flatten, outputs_of, select, unflatten

#: A definition of more parts than this is shown as a call of its primitive.
_LONGEST = 12


class Step:
    """One recorded operation.

    Attributes
    ----------
    variable : Variable
        Its result.
    definition, shown : Expression
        What that is computed by, to be evaluated and to be read.
    node : Node
    operands : sequence of Symbol or array
        All that it was called with.
    out : Symbol, or tuple of Symbol
    """

    __slots__ = ("definition", "node", "operands", "out", "shown", "variable")

    def __init__(self, node: Node, out: Any):
        self.variable = Variable("", () if isinstance(out, tuple) else np.shape(out))
        self.node = node
        self.out = out
        self.operands: Sequence[Any] = ()
        self.definition: Expression = self.variable
        self.shown: Expression = self.variable

    def define(self, definition: Expression) -> None:
        """Set what the result is computed by; what would take long to read is shown as a call of the primitive."""
        primitive = self.node.plan.primitive
        single = isinstance(definition, Call) and all(not children(inner) for inner in children(definition))
        short = definition.size <= _LONGEST and (primitive.kind != GENERAL or single)
        whole = short or single or primitive.name == "where"
        self.shown = definition if whole else self.call()
        self.definition = self.shown if self.node.plan.pulls else definition  # recorded jointly: no function to call

    def define_by_name(self) -> None:
        """Set the call of the primitive itself as what the result is computed by."""
        self.definition = self.shown = self.call()

    def call(self) -> Expression:
        """Return the call of the primitive itself."""
        primitive = self.node.plan.primitive
        operands = tuple(expression_of(operand) for operand in self.operands)
        return Call(Named(primitive.name, primitive.function), operands, self.node.keywords, self.variable.shape)

    def name_parts(self, parts: Sequence[Symbol]) -> None:
        """Give each of several results its name."""
        for i, one in enumerate(parts):
            one.expression = Call(part, (self.variable, i), {}, one.shape)


def expression_of(value: Any) -> Any:
    """Return the expression of a Symbol or array, or of several."""
    if isinstance(value, Symbol):
        return value.expression
    if isinstance(value, tuple | list):
        return type(value)(map(expression_of, value))
    return literal(value)


class SymbolicRun:
    """A run of a function on symbols, and what it recorded.

    Parameters
    ----------
    f : callable
    args, kwargs
    argnums : int or sequence of int
    names : sequence of str, optional
        Of the leaves of the selected arguments.

    Attributes
    ----------
    run : Run
        The engine's own, which packs gradients into the containers of the arguments.
    arguments : list of Variable
        One for each leaf of the selected arguments.
    values : list of array
        Theirs.
    steps : dict of Node to Step
    output : Tensor
        What the function returned.
    decisions : dict of Expression to bool
        The conditions that decided which way the function took, and how.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        argnums: int | Sequence[int],
        names: Sequence[str] | None = None,
    ):
        self.steps: dict[Node, Step] = {}
        self.decisions: dict[Expression, bool] = {}
        self.arguments: list[Variable] = []
        self.values: list[Any] = []
        self.around = _names_around(f, args)
        given = list(args)
        for position in select(argnums, len(given), "explain.derivative"):
            given[position] = self._symbols_for(given[position], position, _parameter(f, position), names)
        with observing(self):
            self.run = Run(f, given, kwargs, argnums, "explain.derivative")
        leaves, structure = outputs_of(self.run.out, "explain.derivative")
        if structure is not None:
            raise StructureError(
                f"explain.derivative: the function returned a container, {type(self.run.out).__name__}, where one "
                f"array is needed. Return one of its parts."
            )
        self.output: Tensor = leaves[0]
        self.settle()

    def _symbols_for(self, argument: Any, position: int, parameter: str, names: Sequence[str] | None) -> Any:
        """Return an argument with symbols in it, and remember those."""
        leaves, structure = flatten(argument)
        made = []
        for leaf, path in zip(leaves, _paths(argument, structure), strict=True):
            value = as_primal(leaf, "explain.derivative", position).data
            if isinstance(value, Symbol):
                raise StructureError("explain.derivative: the function calls it on its own argument")
            number = len(self.arguments)
            given = names[number] if names is not None and number < len(names) else ""
            own = leaf.name if isinstance(leaf, Tensor) else ""
            self.arguments.append(Variable(given or own or f"{parameter}{path}", np.shape(value)))
            self.values.append(value)
            made.append(self.leaf(self.arguments[-1], value))
        return unflatten(structure, made)

    def leaf(self, variable: Variable, value: Any) -> Any:
        """Return what the function gets for a leaf of an argument."""
        return Symbol(variable, value, self._decide)

    def _decide(self, symbol: Symbol) -> None:
        self.decisions.setdefault(symbol.expression, bool(symbol.value))

    def settle(self) -> None:
        """Finish after the function has returned."""

    # What is told while the function runs

    def recorded(self, node: Node, out: Any) -> None:
        """Note what an operation gave."""
        self.steps[node] = Step(node, out)

    def read(self, node: Node, operands: Sequence[Any]) -> None:
        """Give the Symbol that came out its name, in all places where it is held, and keep what it was computed by."""
        step = self.steps[node]
        step.operands = operands
        several = isinstance(step.out, tuple) and bool(node.plan.pulls)  # recorded jointly: no function to call again
        if several and all(isinstance(one, Symbol) for one in step.out):
            step.define_by_name()
            step.name_parts(step.out)
        elif isinstance(step.out, Symbol):
            step.define(step.out.expression)
            if not isinstance(step.out.expression, Variable):  # what is its input under another name keeps that
                step.out.expression = step.variable
        else:
            raise DetachError("an operation on symbols gave plain arrays")

    def saved(self, step: Step) -> Any:
        """Return what an operation has saved, with Symbols for the arrays."""
        return step.node.saved


class NumericRun(SymbolicRun):
    """A run of a function on arrays, whose operations are put on symbols afterwards.

    What the function computes without recording it is a constant, but for comparisons of its values.
    """

    def leaf(self, variable: Variable, value: Any) -> Any:
        """Return what the function gets for a leaf of an argument."""
        return value

    def recorded(self, node: Node, out: Any) -> None:
        """Note what an operation gave."""
        self.steps[node] = Step(node, out)

    def read(self, node: Node, operands: Sequence[Any]) -> None:
        """Note what an operation was called with."""
        self.steps[node].operands = operands

    def stepped(self, function: Callable[..., Any], operands: Sequence[Any], out: Any) -> None:
        """Note a comparison: its outcome may be an operand later."""
        if function in _COMPARISONS and isinstance(out, np.ndarray | np.generic):
            self.compared = [*getattr(self, "compared", []), (function, operands, out)]

    def settle(self) -> None:
        """Put the operations on symbols, in their order."""
        self.symbols: dict[Node, Any] = {}
        for node, variable, value in zip(self.run.targets, self.arguments, self.values, strict=True):
            self.symbols[node] = Symbol(variable, value)
        self.by_identity: dict[int, tuple[Any, Symbol]] = {}
        compared = list(getattr(self, "compared", []))
        for node, step in self.steps.items():
            values = step.out
            step.operands = self._operands(step)
            self._run(step)
            if isinstance(values, tuple):
                parts = [Symbol(Call(part, (step.variable, i), {}, np.shape(v)), v) for i, v in enumerate(values)]
                step.out = tuple(parts)
            else:
                step.out = Symbol(step.variable, values)
            self.symbols[node] = step.out
            compared = self._compare(compared)

    def _operands(self, step: Step) -> list[Any]:
        positions = step.node.plan.positions or range(len(step.node.inputs))
        tracked = dict(zip(positions, step.node.inputs, strict=False))
        return [
            self.symbols[origin(tracked[i])]
            if i in tracked and origin(tracked[i]) in self.symbols
            else self.by_identity[id(operand)][1]
            if id(operand) in self.by_identity
            else self._constant(operand)
            for i, operand in enumerate(step.operands)
        ]

    def _constant(self, operand: Any) -> Any:
        if isinstance(operand, np.ndarray) and operand.ndim:
            return Symbol(Constant(operand), operand)
        return operand

    def _run(self, step: Step) -> None:
        """Run an operation on symbols."""
        try:
            out = step.node.plan.primitive.function(*step.operands, **step.node.keywords)
            step.define(out.expression)
        except Exception:  # whatever went wrong inside of a function that was handed symbols: it is named instead
            step.define_by_name()

    def _compare(self, waiting: list[Any]) -> list[Any]:
        """Put those comparisons on symbols whose operands are there."""
        left = []
        for function, operands, out in waiting:
            nodes = [operand.node for operand in operands if isinstance(operand, Tensor) and operand.node is not None]
            if all(node in self.symbols for node in nodes):
                made = [
                    self.symbols[operand.node].expression
                    if isinstance(operand, Tensor) and operand.node is not None
                    else literal(values_of(operand.data if isinstance(operand, Tensor) else operand))
                    for operand in operands
                ]
                expression = Call(_COMPARISONS[function], tuple(made), {}, np.shape(out))
                self.by_identity[id(out)] = out, Symbol(expression, out)
            else:
                left.append((function, operands, out))
        return left

    def saved(self, step: Step) -> Any:
        """Return what an operation has saved, with Symbols for the arrays."""
        sources, saved = step.node.plan.sources, step.node.saved
        by_value = {id(values_of(operand)): operand for operand in step.operands if isinstance(operand, Symbol)}

        def symbol(value: Any, source: int | None) -> Any:
            if source is None:
                return by_value.get(id(value), value)
            return step.out if source < 0 else self.symbols.get(origin(step.node.inputs[source]), value)

        if len(sources) == 1:
            return symbol(saved, sources[0])
        return tuple(symbol(value, source) for value, source in zip(saved or (), sources, strict=True))


def origin(node: Node) -> Node:
    """Return the node that an argument of a transform inside of the function stands for; any other node itself."""
    while type(node) is Primal and node.inputs:
        node = node.inputs[0]
    return node


_COMPARISONS = {
    operator.gt: np.greater, operator.ge: np.greater_equal, operator.lt: np.less, operator.le: np.less_equal,
    operator.eq: np.equal, operator.ne: np.not_equal,
}  # fmt: skip


# Names


def _parameter(f: Callable[..., Any], position: int) -> str:
    """Return what a function calls its argument."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if position < len(named):
        return named[position].name
    variadic = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "x")
    return "x" if not parameters and position == 0 else f"{variadic}{position - len(named)}"


def _paths(argument: Any, structure: Any) -> list[str]:
    """Return where each leaf is in an argument, as one writes it: ``['w'][0]``; nothing for an argument by itself."""
    if structure is None:
        return [""]
    import optree

    paths = optree.tree_paths(argument, namespace=NAMESPACE)
    return ["".join(f"[{key!r}]" for key in path) for path in paths]


def _names_around(f: Callable[..., Any], args: Sequence[Any]) -> dict[int, tuple[str, Any]]:
    """Return the names of the arrays that a function closes over, finds among its globals, or is called with."""
    found: dict[int, tuple[str, Any]] = {}
    for position, arg in enumerate(args):
        if isinstance(arg, np.ndarray):
            found[id(arg)] = _parameter(f, position), arg
    if isinstance(f, types.FunctionType):
        inner = inspect.getclosurevars(f)
        for name, value in {**inner.globals, **inner.nonlocals}.items():
            array = value.data if isinstance(value, Tensor) else value
            if isinstance(array, np.ndarray):
                found[id(array)] = name, array
    return found
