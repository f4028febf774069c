"""Running derivative rules on symbols.

`contributions` is one step of the sweep with a `Symbol` for the cotangent: the engine's own rules, fitted to the shapes
of the inputs by the engine's own `fit`. A rule that cannot run on symbols, because it hands its arguments to LAPACK or
was declared by somebody who wrote ``np.asarray``, is named instead and evaluated as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import LazyCotangent, Tracked, cast, fit
from autograd_lite.core.graph import Node
from autograd_lite.core.outputs import Parts
from autograd_lite.core.plan import OUT
from autograd_lite.core.symbols import algebra
from autograd_lite.core.symbols.expressions import Call, Constant, Expression, Named, Variable
from autograd_lite.core.symbols.functions import call, scattered
from autograd_lite.core.symbols.latex import LatexWriter
from autograd_lite.core.symbols.presentation import Presented
from autograd_lite.core.symbols.symbol import Symbol, values_of
from autograd_lite.core.symbols.text import TextWriter
from autograd_lite.core.symbols.writing import Writer

#: An expression of more parts than this is not what anybody wants to read: its rule is named instead.
LARGEST = 30


def is_long(expression: Expression) -> bool:
    """Say whether an expression, ready for readers, is not what anybody wants to read."""
    return expression.size > LARGEST and Presented()(expression).size > LARGEST


class PullBack:
    """The rule of one argument of a primitive as a function of arrays, where it cannot be written down.

    Parameters
    ----------
    node : Node
        Of the operation; its plan and keywords are used, not its saved arrays.
    position : int
        Of the input, among the tracked ones.
    """

    def __init__(self, node: Node, position: int):
        self.plan = node.plan
        self.keywords = node.keywords
        self.position = position
        self.node = node
        self.shown = 1
        self.shape, self.dtype = node.inputs[position].shape, node.inputs[position].dtype
        which = f", input {position + 1}" if len(node.inputs) > 1 else ""
        self.__name__ = f"vjp of {node.plan.primitive.name}{which}"

    def __call__(self, g: Any, arrays: Sequence[Any] = (), out: Any = None) -> Any:
        """Return the contribution to the input; without arrays, from what the node has saved."""
        if not len(arrays) or not self.plan.pulls:  # recorded jointly: what it has saved says how
            saved = self.node.saved
        else:
            given = [np.asarray(array)[()] for array in arrays]
            out = tuple(out) if isinstance(out, tuple | list) else out
            keywords = self.keywords if self.plan.reads_keywords else {}
            saved = self.plan.save(*given, out, **keywords)
        g = tuple(map(_as_floats, g)) if isinstance(g, tuple) else _as_floats(g)
        pulls = list(self.plan.pulls_for(self.node, g, saved, 0))
        c = pulls[self.position](g, saved)
        if c is None:
            return np.zeros(self.shape, self.dtype)
        c = c.data if isinstance(c, Tracked) else c.materialize() if isinstance(c, LazyCotangent) else c
        return cast(fit(np.asarray(c)[()], self.shape), self.dtype)


def _as_floats(g: Any) -> Any:
    """Return a cotangent as a floating-point array: an expression such as ``ones(3)`` may have come out as integers."""
    if g is None:
        return None
    array = np.asarray(g)
    return array.astype(float)[()] if array.dtype.kind in "biu" else array[()]


def contributions(node: Node, g: Any, saved: Any, operands: Sequence[Any] = (), out: Any = None) -> list[Any]:
    """Return what an operation sends back to each of its tracked inputs.

    Parameters
    ----------
    node : Node
    g : Symbol, or tuple of Symbol and None
        The cotangent of its output, or of each of its outputs.
    saved : object
        What the node has saved, with Symbols in the place of arrays.
    operands : sequence of Symbol or array
        All that the operation was called with, for a rule that is evaluated and not written down.
    out : Symbol, or tuple of Symbol
        What it returned.

    Returns
    -------
    list of Symbol, `Parts` or None
        In the order of ``node.inputs``; None for nothing.
    """
    try:
        pulls = list(node.plan.pulls_for(node, g, saved, 0))
    except Exception:  # whatever went wrong inside of a rule that was handed symbols: it is named instead
        return [_named(node, i, g, operands, out) for i in range(len(node.inputs))]
    made = []
    for position, pull in enumerate(pulls):
        try:
            made.append(_fitted(node, position, pull(g, saved), g))
        except Exception:  # as above
            made.append(_named(node, position, g, operands, out))
    return made


def _fitted(node: Node, position: int, c: Any, g: Any) -> Any:
    """Return a contribution as a Symbol of the shape of its input."""
    parent = node.inputs[position]
    if c is None or isinstance(c, Parts):
        return c
    if isinstance(c, LazyCotangent):
        c = _scatter(node, g, parent)
    c = c.data if isinstance(c, Tracked) else c
    if not isinstance(c, Symbol):
        raise TypeError("a rule made plain arrays of symbols")
    c = fit(c, parent.shape) if c.shape != parent.shape else c
    if not isinstance(c, Symbol):
        raise TypeError("a rule made plain arrays of symbols")
    return c if c.dtype == parent.dtype else cast(c, parent.dtype)


def _scatter(node: Node, g: Symbol, parent: Node) -> Symbol:
    """Return what a gather sends back: its cotangent, put where it was read."""
    index = node.keywords["index"]
    value = scattered(g.value, index, parent.shape)
    return Symbol(call(scattered, (g.expression, index, parent.shape), {}, parent.shape), value)


def _named(node: Node, position: int, g: Any, operands: Sequence[Any], out: Any) -> Symbol:
    """Return the contribution of a rule that is evaluated, and shown by its name."""
    value = PullBack(node, position)(*values_of((g, list(operands), out)))
    return Symbol(named_rule(node, position, g, operands, out), value)


def named_rule(node: Node, position: int, g: Any, operands: Sequence[Any], out: Any) -> Expression:
    """Return what an operation sends back to one of its tracked inputs as a call by name."""
    expressions = [_expression_of(item) for item in (g, list(operands), out)]
    return Call(PullBack(node, position), tuple(expressions), {}, node.inputs[position].shape)


def _expression_of(value: Any) -> Any:
    if isinstance(value, Symbol):
        return value.expression
    if isinstance(value, list | tuple):
        return type(value)(_expression_of(item) for item in value)
    return Constant(value) if isinstance(value, np.ndarray) else value


def named_slope(node: Node, position: int, operands: Sequence[Any], out: Any) -> Expression:
    """Return the slope of an elementwise operation in one of its tracked inputs as a call by name."""
    pull = PullBack(node, position)

    def slope(*arrays: Any) -> Any:
        *given, result = arrays
        return pull(np.ones_like(result), given, result)

    expressions = tuple(_expression_of(operand) for operand in operands)
    function = Named(slope_name(node, position), slope, shown=len(expressions))
    return Call(function, (*expressions, _expression_of(out)), {}, node.shape)


# The rule of one operation


def rule_text(node: Node, position: int = 0) -> str:
    """Return what an operation's rule multiplies a cotangent ``g`` by, in words: ``g · cos(x)``.

    Parameters
    ----------
    node : Node
        Of a recorded operation.
    position : int
        Of the input that the rule is for, among ``node.inputs``.

    Returns
    -------
    str
        Over the primitive's own names of its arguments, and ``out``. Where a rule cannot be written down, or the arrays
        that it reads have been released, its name: ``vjp of qr``.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.core.symbols import rule_text
    >>> x = ag.Tensor(0.5, requires_grad=True)
    >>> rule_text(np.sin(x).node), rule_text((x * 3.0).node), rule_text(np.tanh(x).node)
    ('g · cos(x)', '3 · g', 'g · (1 - out²)')
    """
    return _rule(node, position, TextWriter())


def rule_latex(node: Node, position: int = 0) -> str:
    r"""Return the same in LaTeX, without dollar signs: ``g \cdot \cos\left(x\right)``."""
    writer = LatexWriter()
    text = _rule(node, position, writer)
    return writer.word(text) if text.startswith("vjp of ") else text


def _rule(node: Node, position: int, writer: Writer) -> str:
    name = f"vjp of {node.plan.primitive.name}"
    if node.saved is None or node.plan.primitive.outputs is not None or not node.inputs:
        return name
    g = Variable("g", node.shape)
    try:
        with np.errstate(all="ignore"):
            saved = _saved_symbols(node)
            cotangent = Symbol(g, np.ones(node.shape, node.dtype))
            pull = list(node.plan.pulls_for(node, cotangent, saved, 0))[position]
            made: Any = pull(cotangent, saved)
            made = _scatter(node, cotangent, node.inputs[position]) if isinstance(made, LazyCotangent) else made
            expression = made.expression
    except Exception:  # as in `contributions`
        return name
    shown = Presented()(expression)
    if node.plan.primitive.kind == "elementwise":
        local = _derivative_by_name(node, position) if shown.size > LARGEST else algebra.without_factor(shown, g)
        shown = shown if local is None else algebra.multiply(g, local)
    return name if shown.size > LARGEST else writer(shown)


def _derivative_by_name(node: Node, position: int) -> Expression:
    """Return the slope of an elementwise function as ``sinc'(x)``, or ``(∂betainc/∂x)(a, b, x)``."""
    names = node.plan.primitive.arguments
    variables = tuple(Variable(name, node.shape) for name in names)
    return Call(Named(slope_name(node, position), _not_evaluated), variables, {}, node.shape)


def slope_name(node: Node, position: int) -> str:
    """Return what the slope of an elementwise function in one of its tracked inputs is called."""
    primitive = node.plan.primitive
    argument = _argument_name(primitive.arguments, node.plan.positions[position])
    return f"{primitive.name}'" if len(primitive.arguments) == 1 else f"∂{primitive.name}/∂{argument}"


def _not_evaluated(*_: Any) -> Any:
    raise TypeError("a name is not evaluated")


def _saved_symbols(node: Node) -> Any:
    """Return what a node has saved, with Symbols named as the primitive names its arguments in the place of arrays."""
    plan, primitive = node.plan, node.plan.primitive
    names = [_argument_name(primitive.arguments, i) for i in plan.positions]
    others = [name for i, name in enumerate(primitive.arguments) if i not in plan.positions]

    def symbol(value: Any, source: int | None) -> Any:
        if not isinstance(value, np.ndarray | np.generic):
            return value
        if source is not None:
            return Symbol(Variable("out" if source == OUT else names[source], value.shape), value)
        if value.ndim and len(others) == 1:
            return Symbol(Variable(others[0], value.shape), value)
        return value

    if len(plan.sources) == 1:
        return symbol(node.saved, plan.sources[0])
    return tuple(symbol(value, source) for value, source in zip(node.saved, plan.sources, strict=True))


def _argument_name(arguments: tuple[str, ...], i: int) -> str:
    return arguments[i] if i < len(arguments) else f"x{i}"
