"""Declaring primitives: a NumPy function, its kind, and one derivative rule for each array argument.

A rule is a plain Python expression over NumPy, written as a lambda whose parameter names say what it reads:

    primitive(np.multiply, kind="elementwise", x=lambda g, y: g * y, y=lambda g, x: g * x)
    primitive(np.exp,      kind="elementwise", x=lambda g, out: g * out)

``g`` is the cotangent of the output. The other names are arguments (``x``, ``y``), the output (``out``), keywords
(``axis``) or shapes (``x_shape``, ``out_shape``). What no rule names is not kept alive until the sweep. A rule does
not know what it runs on (arrays, Tensors, cotangents with batch axes, duck arrays), mentions no broadcasting, and may
branch on shapes, dtypes and keywords but never on values.

A rule of None declares an argument that is never differentiated; a string declares one that cannot be, and says why.

The `Plan` of a primitive is what is decided once for each choice of tracked inputs, so that recording an operation
costs two small objects and the sweep calls the rules directly.
"""

from __future__ import annotations

import functools
import inspect
import math
import operator
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import LazyCotangent
from autograd_lite.core.graph import Node
from autograd_lite.errors import NotDifferentiableError

Rule = Callable[..., Any]

ELEMENTWISE, LINEAR, MULTILINEAR, GENERAL = "elementwise", "linear", "multilinear", "general"


OUT = -1


class Primitive:
    """A differentiable function and its rules.

    Parameters
    ----------
    function : callable
        Takes arrays by position and metadata by keyword, and returns an array, or a tuple if ``outputs`` is given.
    kind : {"elementwise", "linear", "multilinear", "general"}
        Elementwise: the Jacobian is diagonal, up to broadcasting. Linear: in all arguments together. Multilinear: in
        each argument. Forward mode is derived from this and not written a second time.
    name : str, optional
        Shown in errors and pictures.
    outputs : int, optional
        How many arrays the function returns in a tuple; its rules then get a tuple of cotangents as ``g``, with None
        for outputs that nothing depended on.
    each : callable, optional
        One rule for all of a variable number of arguments: ``each(g, i, ...)`` gives the contribution to argument
        ``i``. It may read ``shapes``, keywords, ``out``, and all arguments as ``*arrays``.
    batched : bool
        Whether the rules let leading batch axes on ``g`` pass through; if not, the sweep loops over them.
    selects : bool
        Whether a zero in a rule's answer is structural (``where``, ``maximum``): see `core.careful`.
    lazy : bool
        Whether a rule may answer with a `LazyCotangent`.
    **rules : callable, str or None
        The rule of each array argument, by its name, in the order of the arguments.
    """

    __slots__ = (
        "arguments", "batched", "defaults", "each", "function", "keywords", "kind", "lazy", "name", "outputs", "plans",
        "plans_by_bits", "rules", "selects",
    )  # fmt: skip

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        kind: str,
        name: str | None = None,
        outputs: int | None = None,
        each: Rule | None = None,
        batched: bool = True,
        selects: bool = False,
        lazy: bool = False,
        **rules: Rule | str | None,
    ):
        self.function = function
        self.kind = kind
        self.name = name if name is not None else function.__name__
        self.outputs = outputs
        self.each = each
        self.batched = batched
        self.selects = selects
        self.lazy = lazy
        self.arguments = tuple(rules)
        self.rules = tuple(rules.values())
        parameters = _keyword_parameters(function, len(self.arguments)) if each is None else []
        self.keywords = tuple(parameter.name for parameter in parameters)
        self.defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        self.plans: dict[tuple[bool, ...], Plan] = {}
        self.plans_by_bits: dict[int | tuple[int, int], Plan] = {}

    def __repr__(self) -> str:
        return f"<primitive {self.name}, {self.kind}>"

    def plan(self, tracked: tuple[bool, ...]) -> Plan:
        """Return the plan for these tracked arguments, made on first use.

        Raises
        ------
        NotDifferentiableError
            If a tracked argument has no rule.
        """
        if self.each is not None:
            # As many choices as there are calls: those of an einsum or a stack of a few are kept, of long lists not.
            return (_variadic_kept if len(tracked) <= 32 else _variadic)(self, tracked)
        plan = self.plans.get(tracked)
        if plan is None:
            plan = self.plans[tracked] = _named(self, tracked)
        return plan

    def fitting_plan(self, tracked: tuple[bool, ...]) -> Plan:
        """Return the plan for calls whose output has the shape and dtype of the one tracked argument."""
        plan = _named(self, tracked)
        plan.fits = plan.resolve is None
        return plan


def _keyword_parameters(function: Callable[..., Any], count: int) -> list[inspect.Parameter]:
    """Return the parameters of a function behind its ``count`` array arguments; ufuncs and operators have none."""
    if isinstance(function, np.ufunc | types.BuiltinFunctionType):
        return []
    parameters = list(inspect.signature(function).parameters.values())[count:]
    return [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


class Plan:
    """How one primitive is saved and pulled back, for one choice of tracked inputs.

    Attributes
    ----------
    primitive : Primitive
    save : callable
        ``save(*arrays, out, **keywords)`` gives what the rules read: the one value, or a tuple of several.
    saved_text : str
        The same as Python text, for the functions that `recording` compiles.
    pulls : tuple of callable
        ``pull(g, saved)`` for each tracked input.
    sources : tuple
        Where each saved entry comes from: ``i`` for tracked input number i, ``OUT`` for the output, None for constants
        and metadata.
    positions : tuple of int
        The argument number of each tracked input.
    reads : tuple of str
        The name of each saved entry, as the rules call it; () for a primitive with one rule for all of its arguments.
    reads_keywords : bool
        Whether ``save`` takes the keywords.
    fits : bool
        Whether a contribution always has its input's shape and dtype already.
    lazy : bool
        Whether a contribution may be a `LazyCotangent`.
    shares : bool
        Whether a contribution may be an array that somebody else holds too.
    resolve : callable or None
        For the few whose pulls depend on the call: gives the pulls for a node, its cotangent and its saved arrays.
    """

    __slots__ = (
        "fits",
        "lazy",
        "positions",
        "primitive",
        "pulls",
        "reads",
        "reads_keywords",
        "resolve",
        "save",
        "saved_text",
        "shares",
        "sources",
    )

    def __init__(
        self,
        primitive: Primitive,
        positions: tuple[int, ...],
        save: Callable[..., Any],
        pulls: tuple[Rule, ...],
        sources: tuple[int | None, ...],
        resolve: Callable[[Node, Any, Any, int], Iterable[Rule]] | None = None,
    ):
        self.primitive = primitive
        self.positions = positions
        self.save = save
        self.pulls = pulls
        self.sources = sources
        self.saved_text = "()"
        self.reads: tuple[str, ...] = ()
        self.reads_keywords = False
        self.fits = False
        self.lazy = primitive.lazy
        self.resolve = resolve if resolve is not None or primitive.batched else _loop_over_batch
        self.shares = self.resolve is not None or primitive.outputs is not None

    def pulls_for(self, node: Node, g: Any, saved: Any, batch: int) -> Iterable[Rule]:
        """Return the pulls to use for this node and cotangent."""
        return self.pulls if self.resolve is None else self.resolve(node, g, saved, batch)


def _named(primitive: Primitive, tracked: tuple[bool, ...]) -> Plan:
    """Plan a primitive with one rule for each argument: save the union of what the rules in use name."""
    positions = tuple(i for i, rule in enumerate(primitive.rules) if tracked[i] and rule is not None)
    rules = [_rule(primitive, i) for i in positions]
    reads = [_reads(rule) for rule in rules]
    stored = list(dict.fromkeys(name for names in reads for name in names))
    inputs = {primitive.arguments[position]: i for i, position in enumerate(positions)}
    sources = tuple(OUT if name == "out" else inputs.get(name) for name in stored)
    known = {*primitive.arguments, "out"}
    shapes = {f"{name}_shape": f"{name}.shape" for name in known}
    keywords = [name for name in stored if name not in known and name not in shapes]
    stored_text = text_of_several([shapes.get(name, name) for name in stored]) or "()"
    save = _lambda([*primitive.arguments, "out", *keywords, *(["**_"] if keywords else [])], stored_text)
    pulls = tuple(
        rule
        if len(stored) == 1 and names == stored  # it reads exactly what is saved
        else _lambda(["g", "saved"], f"rule(g{''.join(', ' + _entry(stored, name) for name in names)})", rule=rule)
        for rule, names in zip(rules, reads, strict=True)
    )
    plan = Plan(primitive, positions, save, pulls, sources)
    plan.reads = tuple(stored)
    plan.reads_keywords = bool(keywords)
    # Where an argument is tracked its node has the shape already: no new tuple is made.
    nodes = {f"{name}_shape": f"{letter}_node.shape" for name, letter in zip(primitive.arguments, "xy", strict=False)}
    tracked_shapes = {key: text for key, text in nodes.items() if key.removesuffix("_shape") in inputs}
    plan.saved_text = text_of_several([{**shapes, **tracked_shapes}.get(name, name) for name in stored]) or "()"
    return plan


def text_of_several(entries: Sequence[str]) -> str:
    """Return the text of one entry, or of a tuple of several; '' for none."""
    return entries[0] if len(entries) == 1 else f"({', '.join(entries)})" if entries else ""


def _entry(stored: list[str], name: str) -> str:
    return "saved" if len(stored) == 1 else f"saved[{stored.index(name)}]"


def _rule(primitive: Primitive, position: int) -> Rule:
    rule = primitive.rules[position]
    if callable(rule):
        return rule
    raise NotDifferentiableError(
        f"{primitive.name} cannot be differentiated with respect to its argument {primitive.arguments[position]!r} "
        f"(number {position}): {rule}"
    )


def _reads(rule: Rule) -> list[str]:
    return [name for name in inspect.signature(rule).parameters if name != "g"]


def _lambda(parameters: list[str], body: str, **names: Any) -> Callable[..., Any]:
    """Compile a lambda, as `dataclasses` compiles ``__init__``: a rule then costs one call and no loop."""
    return eval(f"lambda {', '.join(parameters)}: {body}", {"__name__": __name__, **names})


def _variadic(primitive: Primitive, tracked: tuple[bool, ...]) -> Plan:
    """Plan a primitive with one rule for all of its arguments."""
    each = primitive.each
    assert each is not None
    names, reads_arrays = _read_by_each(each)
    positions = tuple(i for i, is_tracked in enumerate(tracked) if is_tracked)
    # A multilinear rule for argument i reads every argument but i, so a single tracked argument need not be kept.
    dropped = positions[0] if primitive.kind == MULTILINEAR and len(positions) == 1 else None

    pick = operator.itemgetter(*names) if names else None

    def save_keywords(*_: Any, **keywords: Any) -> Any:
        return () if pick is None else pick(keywords)

    def save(*values: Any, **keywords: Any) -> Any:
        *arrays, out = values
        known = {**keywords, "out": out, "out_shape": out.shape, "shapes": [array.shape for array in arrays]}
        kept = [None if i == dropped else array for i, array in enumerate(arrays)] if reads_arrays else []
        saved = (*[known[name] for name in names], *kept)
        return saved[0] if len(saved) == 1 else saved

    inputs = {position: i for i, position in enumerate(positions)}
    sources = [OUT if name == "out" else None for name in names]
    if reads_arrays:
        sources += [None if i == dropped else inputs.get(i) for i in range(len(tracked))]
    pulls = tuple(_pull_of_one(each, i, len(sources) == 1) for i in positions)
    reads_keywords_only = not reads_arrays and not {"out", "out_shape", "shapes"} & set(names)
    plan = Plan(primitive, positions, save_keywords if reads_keywords_only else save, pulls, tuple(sources))
    plan.reads_keywords = True
    return plan


@functools.lru_cache(maxsize=256)
def _read_by_each(each: Rule) -> tuple[list[str], bool]:
    """Return what such a rule reads by name, and whether it reads all arguments as ``*arrays``."""
    parameters = inspect.signature(each).parameters
    names = [name for name, p in parameters.items() if p.kind is not p.VAR_POSITIONAL]
    return names[2:], len(names) < len(parameters)


def _pull_of_one(each: Rule, i: int, saved_bare: bool) -> Rule:
    """Return the pull of argument i; no compiled lambda, which costs 20 µs and these are made for every long list."""
    if saved_bare:
        return lambda g, saved: each(g, i, saved)
    return lambda g, saved: each(g, i, *saved)


_variadic_kept = functools.lru_cache(maxsize=256)(_variadic)


def _loop_over_batch(node: Node, g: Any, saved: Any, batch: int) -> Iterable[Rule]:
    """Pull back one batch row after another, for rules that cannot take leading axes."""
    pulls = node.plan.pulls
    return pulls if batch == 0 else [_row_by_row(pull, batch) for pull in pulls]


def _row_by_row(pull: Rule, batch: int) -> Rule:
    def looped(g: Any, saved: Any) -> Any:
        shape, flat = flatten_batch(g, batch)
        rows = [pull(row, saved) for row in flat]
        return stack_batch(rows, shape)

    return looped


def flatten_batch(g: Any, batch: int) -> tuple[tuple[int, ...], list[Any]]:
    """Return the batch shape of a cotangent (or a tuple of them) and the list of its rows."""
    if isinstance(g, tuple):
        shape = next(part.shape[:batch] for part in g if part is not None)
        columns = [None if part is None else flatten_batch(part, batch)[1] for part in g]
        count = next(len(column) for column in columns if column is not None)
        return shape, [tuple(None if column is None else column[k] for column in columns) for k in range(count)]
    shape = g.shape[:batch]
    flat = np.reshape(g, (math.prod(shape), *g.shape[batch:]))
    return shape, [flat[k] for k in range(flat.shape[0])]


def stack_batch(rows: list[Any], shape: tuple[int, ...]) -> Any:
    """Stack the rows of a looped sweep into one cotangent with batch axes ``shape``."""
    rows = [row.materialize() if isinstance(row, LazyCotangent) else row for row in rows]
    if not rows or rows[0] is None:
        return None
    stacked = np.stack(rows)
    return np.reshape(stacked, shape + stacked.shape[1:])
