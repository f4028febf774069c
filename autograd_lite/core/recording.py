"""Recording: how a call of a primitive on Tensors becomes a node of the graph.

`apply` is the whole of it: run the primitive's function on the arrays, ask its `Plan` what to save, make one Node and
one Tensor. `unary_call` and `binary_call` compile the same for one primitive of one or two arguments, from a template
with all calls written out, as `dataclasses` writes ``__init__``: on a scalar the engine's own cost is most of an
operation's, and each Python call in between would add a tenth to it.
"""

from __future__ import annotations

import functools
import textwrap
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.dispatch import as_operand
from autograd_lite.core.graph import Keywords, Node, next_number
from autograd_lite.core.modes import is_recording
from autograd_lite.core.observing import observers, report, report_passed
from autograd_lite.core.outputs import SEVERAL
from autograd_lite.core.plan import ELEMENTWISE, GENERAL, Plan, Primitive, Rule, text_of_several
from autograd_lite.core.tensor import Tensor, output_tensors, record, tensor_of
from autograd_lite.errors import NotDifferentiableError

_new = object.__new__

# Beside these a Tensor keeps its shape and dtype (NEP 50), so that the sweep has nothing to fit.
_PYTHON_SCALARS = frozenset((float, int))


_RECORD = """
    node = new(Node)
    node.plan = {plan}
    node.inputs = {inputs}
    node.saved = {saved}
    node.metadata = {metadata}
    node.shape = {like}.shape
    node.dtype = {like}.dtype
    node.number = next_number()
    node.extras = None
    if observers():
        report(node, out, {operands})
    tensor = new(Tensor)
    tensor.data = out
    tensor.node = node
    return tensor
"""

_UNARY = """
def call({x}{parameters}):
    if type({x}) is not Tensor:
        return apply(primitive, ({x},), {keywords})
    x_node = {x}.node
    {x} = {x}.data
    out = function({x}{passed}){check}
    if x_node is None or not is_recording():
        if observers():
            report_passed(primitive.name, (x_node,), ({x},), out)
        tensor = new(Tensor)
        tensor.data = out
        tensor.node = None
        return tensor
    {record}
"""

_BINARY = """
def call({x}, {y}):
    if type({x}) is Tensor:
        x_node = {x}.node
        if x_node is not None and is_recording():
            if type({y}) is Tensor:
                y_node = {y}.node
                if y_node is not None:
                    {x}, {y} = {x}.data, {y}.data
                    out = function({x}, {y})
                    {both}
            elif type({y}) in PYTHON_SCALARS:
                {x} = {x}.data
                out = function({x}, {y})
                {left_of_scalar}
            elif type({y}) is ndarray:
                {x} = {x}.data
                out = function({x}, {y})
                {left_of_array}
    elif type({y}) is Tensor:
        y_node = {y}.node
        if y_node is not None and is_recording():
            if type({x}) in PYTHON_SCALARS:
                {y} = {y}.data
                out = function({x}, {y})
                {right_of_scalar}
            elif type({x}) is ndarray:
                {y} = {y}.data
                out = function({x}, {y})
                {right_of_array}
    return apply(primitive, ({x}, {y}))
"""


def unary_call(primitive: Primitive) -> Callable[..., Any]:
    """Return the function that applies a primitive of one argument, with any keywords, and records it."""
    fits = primitive.kind == ELEMENTWISE and _keeps_dtype(primitive.function)
    plan = primitive.fitting_plan((True,)) if fits else primitive.plan((True,))
    names = primitive.keywords
    keywords = "{" + ", ".join(f"{name!r}: {name}" for name in names) + "}" if names else "None"
    return _compile(
        _UNARY,
        primitive,
        {"plan": plan},
        parameters="".join(
            f", {'*, ' if i == 0 else ''}{name}" + (f"=defaults[{name!r}]" if name in primitive.defaults else "")
            for i, name in enumerate(names)
        ),
        passed="".join(f", {name}={name}" for name in names),
        check="" if fits and not names else "\n    out = checked(out, primitive)",
        keywords=keywords,
        record=_record_text("plan", "x_node", plan, "x_node" if fits else "out", 1, text_of_several(names) or "None"),
    )


def binary_call(primitive: Primitive) -> Callable[..., Any]:
    """Return the function that applies a primitive of two arguments and records it.

    A Tensor beside a Tensor, a plain array or a Python number is compiled; everything else is left to `apply`.
    """
    # Operators keep a Tensor's dtype beside a Python number, and in their rules it is a factor. Others do not: with
    # float32, SciPy's xlogy(x, 0.3) is float64, and so is log(0.3) in its rule.
    keeps_dtype = _is_operator(primitive.function)
    scalar_plan = primitive.fitting_plan if keeps_dtype else primitive.plan
    plans = {
        "left_of_scalar": scalar_plan((True, False)),
        "left_of_array": primitive.plan((True, False)),
        "right_of_scalar": scalar_plan((False, True)),
        "right_of_array": primitive.plan((False, True)),
        "both": primitive.plan((True, True)),
    }
    nodes = {"left": "x_node", "right": "y_node", "both": "x_node, y_node"}
    texts = {}
    for name, plan in plans.items():
        node = nodes[name.partition("_")[0]]
        depth = 5 if name == "both" else 4
        like = node if keeps_dtype and name.endswith("scalar") else "out"
        texts[name] = _record_text(name, node, plan, like, depth)
    return _compile(_BINARY, primitive, plans, **texts)


def _keeps_dtype(function: Callable[..., Any]) -> bool:
    """Say whether a function of one array gives its dtype; SciPy's make single or double precision of half."""
    return not isinstance(function, np.ufunc) or "e->e" in function.types


def _is_operator(function: Callable[..., Any]) -> bool:
    return isinstance(function, types.BuiltinFunctionType) and function.__module__ == "_operator"


def _record_text(name: str, nodes: str, plan: Plan, like: str, depth: int, metadata: str = "None") -> str:
    operands = f"({', '.join(plan.primitive.arguments)},)"
    text = _RECORD.format(
        plan=name, inputs=f"({nodes},)", saved=plan.saved_text, like=like, metadata=metadata, operands=operands
    )
    return textwrap.indent(textwrap.dedent(text), "    " * depth).strip()


def _compile(template: str, primitive: Primitive, plans: dict[str, Plan], **parts: str) -> Callable[..., Any]:
    names: dict[str, Any] = {
        "__name__": __name__, "Node": Node, "PYTHON_SCALARS": _PYTHON_SCALARS, "Tensor": Tensor, "apply": apply,
        "checked": checked, "defaults": primitive.defaults, "function": primitive.function,
        "is_recording": is_recording, "ndarray": np.ndarray, "new": object.__new__, "next_number": next_number,
        "observers": observers, "report": report, "report_passed": report_passed, "primitive": primitive,
        "tensor_of": tensor_of, **plans,
    }  # fmt: skip
    text = template.format(**dict(zip("xy", primitive.arguments, strict=False)), **parts)
    exec(compile(text, f"<recording of {primitive.name}>", "exec"), names)
    return names["call"]


def apply(primitive: Primitive, args: tuple[Any, ...], keywords: dict[str, Any] | None = None) -> Any:
    """Apply a primitive to Tensors, arrays and scalars, and record it if one of them is tracked.

    Parameters
    ----------
    primitive : Primitive
    args : tuple of Tensor, array or scalar
        The array arguments, by position.
    keywords : dict, optional
        The metadata, as the rules and the function name it.

    Returns
    -------
    Tensor, or a tuple of Tensors if the primitive has several outputs
        Plain arrays if no argument is a Tensor.

    Raises
    ------
    NotDifferentiableError
        If a tracked argument has no rule.
    """
    arrays: list[Any] = []
    nodes: list[Node] = []
    tracked, bit = 0, 1  # which arguments are tracked, one bit for each
    plain, numbers = True, False
    through: Callable[..., Any] | None = None
    for arg in args:
        kind = type(arg)
        if kind is Tensor or isinstance(arg, Tensor):
            plain = False
            arrays.append(arg.data)
            if arg.node is not None:
                nodes.append(arg.node)
                tracked |= bit
        elif kind in _PYTHON_SCALARS:
            numbers = True
            arrays.append(arg)
        elif kind is np.ndarray:
            arrays.append(arg)
        else:
            arrays.append(as_operand(arg, primitive.name))
            through = arg.through if isinstance(arg, Tracked) else through
        bit <<= 1
    if primitive.defaults:
        keywords = {**primitive.defaults, **(keywords or {})}
    if plain and through is not None:
        return through(primitive, arrays, keywords or {})
    out: Any = primitive.function(*arrays, **keywords) if keywords else primitive.function(*arrays)
    if plain:
        return out
    if primitive.outputs is not None:
        return _record_outputs(primitive, nodes, tracked, arrays, keywords or {}, out)
    out = checked(out, primitive)
    if not tracked or not is_recording():
        if observers():
            report_passed(primitive.name, nodes, arrays, out)
        tensor = _new(Tensor)
        tensor.data = out
        tensor.node = None
        return tensor
    plan, inputs = _planned(primitive, nodes, tracked, len(args))
    if not inputs:  # no rule for any that is tracked: its derivative is zero by declaration
        if observers():
            report_passed(primitive.name, nodes, arrays, out)
        return tensor_of(out, None)
    if numbers and primitive.kind != ELEMENTWISE:
        arrays = [as_array(array) for array in arrays]
    saved = plan.save(*arrays, out, **keywords) if keywords and plan.reads_keywords else plan.save(*arrays, out)
    return record(plan, inputs, saved, keywords or None, out, arrays)


def _planned(primitive: Primitive, nodes: list[Node], tracked: int, count: int) -> tuple[Plan, tuple[Node, ...]]:
    """Return the plan for these tracked arguments (bits), and the nodes of those that have a rule."""
    key = tracked if primitive.each is None else (tracked, count)
    plan = primitive.plans_by_bits.get(key)
    if plan is None:
        every = tracked == (1 << count) - 1
        flags = (True,) * count if every else tuple(bool(tracked >> i & 1) for i in range(count))
        plan = primitive.plan(flags)
        if primitive.each is None or (count <= 32 and len(primitive.plans_by_bits) < 256):
            primitive.plans_by_bits[key] = plan
    if len(plan.positions) == len(nodes):
        return plan, tuple(nodes)
    which = [i for i in range(count) if tracked >> i & 1]
    return plan, tuple(node for i, node in zip(which, nodes, strict=True) if i in plan.positions)


def checked(out: Any, primitive: Primitive) -> Any:
    """Return the output of a primitive's function, a scalar where its shape is ().

    Raises
    ------
    NotDifferentiableError
        If it came out as a Tensor, because a keyword is one: that would be another graph inside this one.
    """
    if type(out) is np.ndarray:
        return out if out.ndim else out[()]
    if isinstance(out, Tensor):
        raise NotDifferentiableError(
            f"{primitive.name} got a Tensor as one of its keywords, {', '.join(primitive.keywords)}, with respect to "
            f"which it has no rule. Pass plain values (t.item(), t.data), or make it a positional argument with a rule."
        )
    return np.complex128(out) if type(out) is complex else out  # of a Python complex and np.float64, which is a float


def as_array(value: Any) -> Any:
    """Return a Python scalar as a NumPy one, so that rules can read its shape; anything else unchanged."""
    return np.asarray(value)[()] if isinstance(value, float | int) and not isinstance(value, np.generic) else value


def _record_outputs(
    primitive: Primitive,
    nodes: list[Node],
    tracked: int,
    arrays: list[Any],
    keywords: dict[str, Any],
    out: tuple[Any, ...],
) -> tuple[Tensor, ...]:
    plan, inputs = _planned(primitive, nodes, tracked, len(arrays)) if tracked and is_recording() else (None, ())
    if plan is None or not inputs:
        if observers():
            report_passed(primitive.name, nodes, arrays, out)
        return tuple(tensor_of(part, None) for part in out)
    arrays = [as_array(array) for array in arrays]
    saved = plan.save(*arrays, out, **keywords) if plan.reads_keywords else plan.save(*arrays, out)
    node = Node(plan, inputs, saved, Keywords(keywords) if keywords else None, (), SEVERAL)
    if observers():
        report(node, out, arrays)
    return output_tensors(node, out)


def record_jointly(
    name: str,
    inputs: Sequence[Tensor],
    out: Sequence[Any],
    pull_all: Callable[[Sequence[Any], Any, int], Iterable[Any]],
) -> list[Tensor]:
    """Record one operation whose contributions to all inputs are computed together.

    Parameters
    ----------
    name : str
        Shown in errors and pictures.
    inputs : sequence of Tensor
        The tracked inputs.
    out : sequence of array
        The outputs.
    pull_all : callable
        ``pull_all(values, g, batch)`` gives one contribution for each input (None: zero). ``values`` are the inputs:
        arrays, or in a recorded sweep Tensors. ``g`` is the cotangent, a tuple of them if there are several outputs.

    Returns
    -------
    list of Tensor
    """
    nodes = tuple(tensor.node for tensor in inputs if tensor.node is not None)
    plan = _joint_plan(name, len(nodes), len(out))
    saved = (pull_all, *(tensor.data for tensor in inputs))
    if len(out) == 1:
        return [record(plan, nodes, saved, None, out[0], saved[1:])]
    node = Node(plan, nodes, saved, None, (), SEVERAL)
    if observers():
        report(node, tuple(out), saved[1:])
    return list(output_tensors(node, tuple(out)))


@functools.lru_cache(maxsize=256)
def _joint_plan(name: str, inputs: int, outputs: int) -> Plan:
    positions = tuple(range(inputs))
    primitive = Primitive(_no_function, kind=GENERAL, name=name, outputs=outputs if outputs != 1 else None)
    return Plan(primitive, positions, _no_function, (), (None, *positions), _pull_jointly)


def _pull_jointly(node: Node, g: Any, saved: Any, batch: int) -> Iterable[Rule]:
    """Return pulls that hand out what one call computed; the call is saved, so that a sweep's end releases it too."""
    pull_all, *values = saved
    return [_constant_pull(contribution) for contribution in pull_all(values, g, batch)]


def _constant_pull(contribution: Any) -> Rule:
    return lambda g, saved: contribution


def _no_function(*_: Any, **__: Any) -> Any:
    raise NotDifferentiableError("an operation recorded jointly has no function of arrays of its own")
