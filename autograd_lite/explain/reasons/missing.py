"""Why a tensor has no gradient at all: what it is, where its history was cut, what happened to the graph since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.debugging import LAST, Gone, Step, notes_of
from autograd_lite.core.graph import Leaf, Node, collect
from autograd_lite.core.tensor import Tensor
from autograd_lite.core.wording import source
from autograd_lite.explain.reasons.cause import Cause, origin
from autograd_lite.explain.reasons.reading import reads_of_data

_HOW_TO_SEE = "run it inside ag.debug(), or let explain.why(f, x) run f(x) itself, to see where"


def constant_causes(tensor: Any, steps: Sequence[Step]) -> list[Cause]:
    """Return why a Tensor or an array without history has none."""
    dtype = tensor.dtype
    if dtype.kind in "iub":
        text = f"its dtype is {dtype}: only floating-point numbers, real or complex, have derivatives. Convert it first"
        return [Cause("integer", text)]
    data = tensor.data if isinstance(tensor, Tensor) else tensor
    for step in reversed(steps):
        if not any(part is data for part in _parts(step.out)):
            continue
        if step.kind == "recorded":
            text = f"it is the value of {step.name} without its history: detach(), stop_gradient or .data"
            return [Cause("detached", text, step.name, str(step.place))]
        if step.kind == "constant":
            return [_cut_here(step)]
        if step.kind == "passed" and any(number is not None for number in step.nodes):
            text = f"{step.name} made it under no_grad(), so that nothing was recorded"
            return [Cause("no_grad", text, step.name, str(step.place))]
        if step.kind == "passed":
            return [Cause("constant", f"{step.name} made it from constants only", step.name, str(step.place))]
    text = (
        "it has no history: it was made with requires_grad=False, by detach() or stop_gradient, or under no_grad(). "
        "Make it with Tensor(data, requires_grad=True)"
    )
    return [Cause("constant", text)]


def output_causes(output: Any, steps: Sequence[Step]) -> list[Cause]:
    """Return why an output that has no history gives no gradient."""
    causes = constant_causes(output, steps)
    if causes[0].kind == "constant" and not causes[0].operation:
        causes[0].text = (
            "the output has no history: it was computed under no_grad(), from detached values, by functions that are "
            f"constant almost everywhere, or from constants only. For the line, {_HOW_TO_SEE}"
        )
    return causes


def _parts(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def cut_causes(tensor: Any, output: Any, steps: Sequence[Step], f: Callable[[Any], Any] | None) -> list[Cause]:
    """Return why an output does not depend on a tensor as far as its history goes.

    Parameters
    ----------
    tensor : Tensor
        Tracked.
    output : Tensor or array
    steps : sequence of Step
        What was done, as far as it is known.
    f : callable, optional
        The function itself, to see whether its value changes with the tensor all the same.
    """
    superseded = _superseded(tensor, output)
    if superseded is not None:
        return [superseded]
    causes, others = _cuts(tensor, output, steps)
    if causes:
        return causes
    data = output.data if isinstance(output, Tensor) else output
    node = output.node if isinstance(output, Tensor) else None
    if node is not None and _is_read(node, tensor.data):
        text = "the output reads its values as constants: detach(), stop_gradient or .data was in between"
        return [Cause("detached", f"{text}. For the line, {_HOW_TO_SEE}")]
    changes = _changes(f, tensor.data, data) if f is not None else None
    if f is not None and changes is not False:
        others += reads_of_data(f, tensor.data)
    if others and changes is not False:
        return others if changes or node is None else [*others, _unused(tensor, steps)]
    if changes:
        text = (
            "the value changes with it, but its history is cut on the way: by detach(), .data, .item(), float(), "
            "np.asarray(t.data), or a function that is constant almost everywhere"
        )
        return [Cause("detached", text)]
    if changes is None and not steps:
        text = (
            "the output was not computed from it; or its history was cut on the way, by detach(), .data or no_grad(): "
        )
        return [Cause("unused", text + _HOW_TO_SEE)]
    return [_unused(tensor, steps)]


def _unused(tensor: Any, steps: Sequence[Step]) -> Cause:
    reader = next((step for step in steps if tensor.node.number in step.nodes), None)
    if reader is None:
        return Cause("unused", "the output was not computed from it, and no operation reads it")
    text = f"the output was not computed from it: {reader.name} reads it, and what comes of that is not used"
    return Cause("unused", text, reader.name, str(reader.place))


def _superseded(tensor: Any, output: Any) -> Cause | None:
    if not isinstance(output, Tensor) or output.node is None:
        return None
    for leaf in _leaves(output.node):
        if isinstance(leaf, Leaf) and leaf.superseded and leaf.shape == tensor.shape:
            return Cause(
                "superseded",
                "its array was updated in place (an optimiser's step) after the output was computed from it: run the "
                "forward pass again",
            )
    return None


def _leaves(output: Node) -> list[Node]:
    stack, seen, found = [output], {output}, []
    while stack:
        node = stack.pop()
        if not node.inputs:
            found.append(node)
        for parent in node.inputs:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return found


def _cuts(tensor: Any, output: Any, steps: Sequence[Step]) -> tuple[list[Cause], list[Cause]]:
    """Follow a tensor's values through what was done, and return where they left the history on their way.

    Returns
    -------
    cuts : list of Cause
        Those from which the values can be followed into the output.
    others : list of Cause
        The rest: their values went through plain NumPy, where nobody can follow.
    """
    others: list[Cause] = []
    live = {tensor.node.number}
    # The arrays that hold what was computed from it: whether with a history, and what has cut it if not.
    known: list[tuple[Any, str, Cause | None]] = [(tensor.data, "the tensor", None)]
    found: list[Cause] = []
    left: list[Step] = []
    wanted = _numbers(output)
    for step in steps:
        if any(number in live for number in step.nodes):
            if step.kind == "recorded":
                live.add(step.number)
                known += [(part, step.name, None) for part in _parts(step.out)]
                continue
            cause = _cut_here(step)
            others.append(cause)
            if step.kind == "left" and _same(step.out, step.operands[0]):
                left.append(step)
                continue
        else:
            cause = _cut_before(step, known, left)
            if cause is None:
                continue
            if step.kind == "recorded" and step.number in wanted:
                found.append(cause)
        known += [(part, step.name, cause) for part in _parts(step.out)]
    data = output.data if isinstance(output, Tensor) else output
    found += [
        cause or _detached(name, "", data, left) for part, name, cause in known if _same(part, data) and not wanted
    ]
    return _each_once(found), _each_once(others)


def _each_once(causes: list[Cause]) -> list[Cause]:
    return list({(cause.kind, cause.line): cause for cause in causes}.values())


def _cut_here(step: Step) -> Cause:
    if step.kind == "constant":
        text = f"{step.name} is constant almost everywhere: its derivative is zero wherever it has one"
        return Cause("step function", text, step.name, str(step.place))
    if step.kind == "left":
        text = f"{step.name} takes the value out of its history, and what is computed from that is a constant"
        return Cause("detached", text, step.name, str(step.place))
    text = f"{step.name} ran under no_grad(), so that it was not recorded"
    return Cause("no_grad", text, step.name, str(step.place))


def _cut_before(step: Step, known: list[tuple[Any, str, Cause | None]], left: list[Step]) -> Cause | None:
    for operand in step.operands:
        for part, name, cause in known:
            if _same(operand, part):
                return cause or _detached(name, str(step.place), part, left, step.name)
    return None


def _detached(name: str, line: str, value: Any, left: list[Step], reader: str = "") -> Cause:
    what = "the value of the tensor" if name == "the tensor" else f"the value of {name}, computed from it,"
    by = f" is read by {reader} as a constant" if reader else " is the output, as a constant"
    step = next((step for step in reversed(left) if _same(step.out, value)), None)
    if step is None:
        return Cause("detached", f"{what}{by}: detach(), stop_gradient or .data was in between", reader, line)
    return Cause("detached", f"{what}{by}, where {step.name} has taken it out of its history", reader, str(step.place))


def _same(operand: Any, part: Any) -> bool:
    """Say whether two values are one object, or arrays that share memory."""
    if operand is part:
        return isinstance(operand, Gone) or hasattr(operand, "shape")
    return (
        isinstance(operand, np.ndarray)
        and isinstance(part, np.ndarray)
        and operand.size > 0
        and np.may_share_memory(operand, part)
    )


def _numbers(output: Any) -> set[int]:
    """Return the numbers of all operations that an output depends on."""
    if not isinstance(output, Tensor) or output.node is None:
        return set()
    stack, seen = [output.node], {output.node}
    while stack:
        for parent in stack.pop().inputs:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return {node.number for node in seen}


def _is_read(output: Node, data: Any) -> bool:
    """Say whether a rule behind an output keeps an array, or a number, as a constant."""
    stack, seen = [output], {output}
    while stack:
        node = stack.pop()
        saved = node.saved if isinstance(node.saved, tuple) else (node.saved,)
        if any(_same(value, data) for value in saved):
            return True
        for parent in node.inputs:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return False


def _changes(f: Callable[[Any], Any], data: Any, value: Any) -> bool | None:
    """Say whether the value of a function changes with its argument; None if that cannot be seen."""
    seen = []
    try:
        with np.errstate(all="ignore"):
            for shifted in (data, data * 1.5 + 0.5, data * 0.5 - 2.0, 0.3 - data):  # the last in another order
                out = f(Tensor(shifted))
                seen.append(np.asarray(out.data if isinstance(out, Tensor) else out))
    except Exception:  # whatever the user's function raises at another point: this is only to say more
        return None
    if not np.array_equal(seen[0], np.asarray(value), equal_nan=True):
        return None  # it is not the same twice: it draws random numbers
    return not all(np.array_equal(seen[0], other, equal_nan=True) for other in seen[1:])


def absent_causes(tensor: Any, output: Node) -> list[Cause]:
    """Return why a tensor that an output depends on holds no gradient in ``.grad``."""
    node = tensor.node
    is_leaf = type(node) is Leaf
    extras = node.extras
    keeps = is_leaf or (extras is not None and extras.keep in extras.hooks)
    ran = output.saved is None
    if not keeps:
        text = f"it is {source(node)}, and results of operations keep no gradient: call retain_grad() before backward()"
        return [Cause("retain_grad", text), *([] if ran else [_not_yet()])]
    if ran:
        how = (
            "its gradient arrived and has been reset since, by zero_grad() or .grad = None (or retain_grad() came late)"
        )
        return [Cause("zero_grad", how if not is_leaf else how.partition(" (or")[0])]
    freed = next((n for n in collect((output,), []).order if n.saved is None and n.inputs), None)
    if freed is not None:
        return [freed_cause(freed)]
    return [_not_yet()]


def _not_yet() -> Cause:
    return Cause(
        "no backward", "backward() has not been called on this output (or with retain_graph=True and then reset)"
    )


def freed_cause(node: Node) -> Cause:
    """Return the cause of a graph that an earlier backward released."""
    text = (
        f"an earlier backward() has released what {node.plan.primitive.name} saved, so that there is nothing to sweep "
        f"over: pass retain_graph=True to it, ask before it, or use explain.why(f, x)"
    )
    return Cause("freed", text, node.plan.primitive.name, origin(node))


def history_of(tensor: Tensor, output: Any) -> list[Step]:
    """Return what ``debug()`` saw when one of two tensors was made, or else of its last time what is about them."""
    for node in (getattr(output, "node", None), tensor.node):
        notes = notes_of(node) if node is not None else None
        if notes is not None:
            return notes.history.steps()
    last = LAST.get()
    steps = [] if last is None else last.steps()
    number = -1 if tensor.node is None else tensor.node.number
    for step in steps:
        if number in step.nodes or any(_same(value, tensor.data) for value in (*step.operands, *_parts(step.out))):
            return steps
    return []
