"""`why`: the reasons why a gradient is zero, missing, NaN, infinite, tiny or huge."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.careful import raw
from autograd_lite.core.debugging import Debugger, History, Options, Step, is_bad
from autograd_lite.core.modes import enable_grad
from autograd_lite.core.observing import observing
from autograd_lite.core.tensor import Tensor
from autograd_lite.core.wording import statistics
from autograd_lite.errors import ShapeError, StructureError, SupersededError
from autograd_lite.explain.reasons.births import INFINITY, NAN, birth_causes, value_causes
from autograd_lite.explain.reasons.cause import KINDS, Cause
from autograd_lite.explain.reasons.flow import Flow, is_reached, revived
from autograd_lite.explain.reasons.missing import (
    absent_causes,
    constant_causes,
    cut_causes,
    freed_cause,
    history_of,
    output_causes,
)
from autograd_lite.explain.reasons.sizes import size_causes
from autograd_lite.explain.reasons.zeros import hook_causes, tie_causes, zero_causes

__all__ = ["KINDS", "Cause", "Finding", "why"]


@dataclasses.dataclass
class Finding:
    """What `why` found.

    Attributes
    ----------
    subject : str
        The tensor, in words.
    state : str
        What its gradient is like: the elements that are zero, NaN, infinite, tiny, huge, or that there is none.
    causes : list of Cause
        The reasons, the most important first.
    gradient : array or None
        The gradient, of its own sweep: that of the sum of the output, if that is no single number.
    """

    subject: str
    state: str
    causes: list[Cause]
    gradient: Any = None
    has_lines: bool = True

    @property
    def kinds(self) -> list[str]:
        """Return the kinds of the causes, each once, the most important first."""
        return list(dict.fromkeys(cause.kind for cause in self.causes))

    @property
    def text(self) -> str:
        """Return everything in words."""
        lines = [f"The gradient of {self.subject} {self.state}."]
        for number, cause in enumerate(self.causes, 1):
            head, *rest = str(cause).splitlines()
            many = f" [{cause.count} operations]" if cause.count > 1 else ""
            share = f" ({_of_elements(cause)})" if cause.elements is not None else ""
            lines += [f"{number}. {head}{many}{share}", *(f"   {line}" for line in rest)]
        if not self.has_lines and any(cause.operation for cause in self.causes):
            lines.append("Run it inside ag.debug(), or ask explain.why(f, x), to see the lines of your program.")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return "\n".join(f"    {line}" for line in self.text.splitlines())


def _of_elements(cause: Cause) -> str:
    if cause.first is None or cause.first == ():
        return "its one element" if cause.elements else "no element"
    return f"{cause.elements} element{'s' if cause.elements != 1 else ''}, first at {list(cause.first)}"


def why(
    subject: Any,
    *args: Any,
    argnum: int = 0,
    output: Any = None,
    cotangent: Any = None,
    tiny: float = 1e-6,
    huge: float = 1e6,
) -> Finding:
    """Say why a gradient is zero, missing, NaN, infinite, tiny or huge: which operation is to blame, and where.

    Parameters
    ----------
    subject : Tensor or callable
        The Tensor whose gradient is in question. Or a function: it is then run here, and the gradient of its value
        with respect to an argument is in question; every cause comes with the line of the program.
    *args : object
        Behind a Tensor, the output. Behind a function, its arguments.
    argnum : int
        Which argument of a function: an array, a number or a Tensor.
    output : Tensor, optional
        What the gradient is of. Without it only ``.grad`` and the tensor itself can be looked at. If it is no single
        number, its sum is taken.
    cotangent : array of the output's shape, optional
        What the sweep starts from; ones if not given.
    tiny, huge : float
        Absolute values below and above which a gradient that is not zero is questioned.

    Returns
    -------
    Finding
        Print it; ``causes`` has the reasons one by one, ``kinds`` their names.

    Raises
    ------
    StructureError
        If the subject is neither, or an argument no array.
    ShapeError
        If the cotangent is not of the output's shape.

    Notes
    -----
    Lines are known of what was recorded inside ``ag.debug()``, under which an explanation is also possible after
    ``backward()`` has released the graph. Hooks run again.

    Examples
    --------
    >>> import autograd_lite as ag, numpy as np
    >>> finding = ag.explain.why(lambda x: np.sum(np.maximum(x, 0)), np.array([-1.0, 2.0]))
    >>> finding.kinds, finding.causes[0].elements, finding.causes[0].first
    (['dead relu'], 1, (0,))
    """
    if callable(subject) and not isinstance(subject, Tensor):
        return _of_function(subject, args, argnum, cotangent, (tiny, huge))
    if not isinstance(subject, Tensor):
        raise StructureError(f"explain.why takes a Tensor or a function, and got {type(subject).__name__}")
    if len(args) > 1 or (args and output is not None):
        raise StructureError("explain.why(tensor, output) takes one output")
    output = args[0] if args else output
    return _of_tensor(subject, output, cotangent, (tiny, huge), history_of(subject, output), None)


def _of_function(
    f: Callable[..., Any], args: Sequence[Any], argnum: int, cotangent: Any, bounds: tuple[float, float]
) -> Finding:
    if not -len(args) <= argnum < len(args):
        raise StructureError(f"explain.why(f, ...) got {len(args)} arguments: there is no argument {argnum}")
    given = args[argnum]
    data = given.data if isinstance(given, Tensor) else np.asarray(given)[()]
    name = f"argument {argnum}"
    if data.dtype.kind not in "fciub":
        raise StructureError(f"explain.why: {name} is {given!r}, and must be a number, an array or a Tensor")
    if data.dtype.kind in "iub" and not (np.ndim(given) == 0 and isinstance(given, int)):
        return Finding(f"{name}, of {statistics(data)},", "cannot be", constant_causes(data, []))
    x = Tensor(data.astype(float) if data.dtype.kind in "iub" else data, requires_grad=True, name=name)
    history = History()
    debugger = Debugger(Options(False, False, False, False, False), history)

    def run(value: Any) -> Any:
        return f(*[value if i == argnum % len(args) else arg for i, arg in enumerate(args)])

    with observing(debugger), enable_grad():
        out = run(x)
    if not isinstance(out, Tensor | np.ndarray | np.generic | float | int):
        raise StructureError(f"explain.why: the function returned {type(out).__name__}, and must return a Tensor")
    return _of_tensor(x, out, cotangent, bounds, history.steps(), run)


def _of_tensor(
    x: Tensor,
    output: Any,
    cotangent: Any,
    bounds: tuple[float, float],
    steps: list[Step],
    f: Callable[[Any], Any] | None,
) -> Finding:
    subject = f"{x.name or 'a tensor'} of shape {x.shape}, {x.dtype},"
    if x.node is None:
        return Finding(subject, "is missing", constant_causes(x, steps))
    if output is None:
        return _without_output(x, subject, bounds)
    if isinstance(output, np.ndarray | np.generic | float | int):
        output = Tensor(output, copy=False)  # what argmax or .data gave, say: it has no history, and that is the cause
    if not isinstance(output, Tensor):
        raise StructureError(
            f"explain.why(tensor, output): the output is {type(output).__name__}, and must be a Tensor"
        )
    if output.node is None or not is_reached(output.node, x.node):
        causes = cut_causes(x, output, steps, f)
        if output.node is None and causes[0].kind == "unused":
            causes = output_causes(output, steps)
        return Finding(subject, "is missing: nothing flows back to it", causes)
    absent = absent_causes(x, output.node) if f is None and x.grad is None else []
    try:
        with revived(output.node) as whole:
            if whole:
                finding = _judged(x, output, cotangent, bounds, subject)
                return _with_what_is_stored(finding, x, absent, f)
    except SupersededError as error:
        return Finding(subject, "cannot be had", [Cause("superseded", str(error))])
    if not absent and x.grad is not None:
        finding = _without_output(x, subject, bounds)
        finding.causes = [freed_cause(output.node)] if finding.causes else []
        return finding
    return Finding(subject, "is missing", absent or [freed_cause(output.node)])


def _without_output(x: Tensor, subject: str, bounds: tuple[float, float]) -> Finding:
    """Judge a tensor by itself."""
    if x.grad is None:
        text = (
            "no backward() has reached it, or its gradient was reset. Pass the output, explain.why(t, output), for more"
        )
        return Finding(subject, "is missing", [Cause("no backward", text)])
    gradient = raw(x.grad)
    words, _ = _states(gradient, bounds)
    cause = (
        [Cause("no backward", "pass the output, explain.why(t, output), to have it traced")] if words != _FINE else []
    )
    return Finding(subject, words, cause, gradient)


_FINE = "has nothing unusual"


def _states(gradient: Any, bounds: tuple[float, float]) -> tuple[str, dict[str, Any]]:
    """Return in words, and as masks, which elements of a gradient are zero, NaN, infinite, tiny and huge."""
    values = np.asarray(gradient)
    with np.errstate(all="ignore"):
        size = np.abs(values)
    masks = {
        "NaN": np.isnan(values),
        "infinite": np.isinf(values),
        "zero": values == 0,
        "huge": (size > bounds[1]) & np.isfinite(values),
        "tiny": (size < bounds[0]) & (values != 0),
    }
    masks = {name: mask for name, mask in masks.items() if mask.any()}
    if not masks:
        return _FINE, masks
    parts = [
        f"is {name}" if mask.all() else f"is {name} in {np.count_nonzero(mask)} of {mask.size} elements"
        for name, mask in masks.items()
    ]
    return " and ".join(parts), masks


def _judged(x: Tensor, output: Tensor, cotangent: Any, bounds: tuple[float, float], subject: str) -> Finding:
    assert output.node is not None
    assert x.node is not None
    seed = np.ones(output.shape, output.dtype)[()] if cotangent is None else np.asarray(raw(cotangent))[()]
    if np.shape(seed) != output.shape:
        raise ShapeError(f"explain.why: a cotangent of shape {np.shape(seed)} for an output of shape {output.shape}")
    flow = Flow(output.node, x.node, seed.astype(output.dtype))
    if flow.gradient is None:
        zero = np.zeros(x.shape, x.dtype)[()]
        cause = Cause("zero slope", "no rule on the way passes anything on: their derivatives are zero by declaration")
        return Finding(subject, "is zero", [cause], zero)
    with np.errstate(all="ignore"):
        words, masks = _states(flow.gradient, bounds)
        causes = _causes(flow, masks)
        notes = [*hook_causes(flow), *tie_causes(flow)]
        if is_bad(output.data, True):
            words += ", and the output itself is NaN or infinite"
            known = {(cause.kind, cause.number) for cause in causes}
            notes = [cause for cause in value_causes(output.node) if (cause.kind, cause.number) not in known] + notes
    has_lines = all(cause.line for cause in causes + notes if cause.operation)
    return Finding(subject, words, _ties_first(_ranked(causes) + _ranked(notes)), flow.gradient, has_lines)


def _causes(flow: Flow, masks: dict[str, Any]) -> list[Cause]:
    causes: list[Cause] = []
    if "NaN" in masks:
        causes += birth_causes(flow, masks["NaN"], NAN)
    if "infinite" in masks:
        causes += birth_causes(flow, masks["infinite"], INFINITY)
    if "zero" in masks:
        causes += zero_causes(flow, masks["zero"])
    for name in ("huge", "tiny"):
        if name in masks:
            causes += size_causes(flow, masks[name], tiny=name == "tiny")
    return causes


def _ranked(causes: list[Cause]) -> list[Cause]:
    """Return causes of one operation and line as one, those of most elements first."""
    groups: dict[tuple[str, str, str], list[Cause]] = {}
    for cause in causes:
        groups.setdefault((cause.kind, cause.operation, cause.line or str(cause.number)), []).append(cause)
    joined = list(map(_joined, groups.values()))
    return sorted(joined, key=lambda cause: (not _by_convention(cause, joined), -(cause.elements or 0)))


def _ties_first(causes: list[Cause]) -> list[Cause]:
    """Put a tie before what else its operation did not take: that some are not taken is what max is for."""
    tied = {cause.number for cause in causes if cause.kind == "tie"}
    plain = [cause for cause in causes if cause.kind == "not selected" and cause.number in tied]
    if not plain:
        return causes
    at = causes.index(plain[0])
    ties = [cause for cause in causes if cause.kind == "tie" and not any(cause is other for other in causes[:at])]
    return causes[:at] + ties + [cause for cause in causes[at:] if not any(cause is tie for tie in ties)]


# Zeros that no derivative outweighs.
_STRUCTURAL = ("masked", "not selected", "clipped", "dead relu", "zero cotangent", "hook", "overflow")


def _by_convention(cause: Cause, causes: list[Cause]) -> bool:
    """Say whether a cause is a zero that won over an infinity by convention only, and is to be told first."""
    if cause.kind != "zero times infinity" or cause.mask is None:
        return False
    others = [other.mask for other in causes if other.kind in _STRUCTURAL and other.mask is not None]
    return not any(np.any(cause.mask & mask) for mask in others)


def _joined(group: list[Cause]) -> Cause:
    if len(group) == 1 or any(cause.mask is None for cause in group):
        return group[0]
    mask = np.logical_or.reduce([cause.mask for cause in group])
    elements = int(np.count_nonzero(mask))
    first = tuple(int(i) for i in np.argwhere(mask)[0]) if mask.ndim and elements else () if elements else None
    return dataclasses.replace(group[0], mask=mask, elements=elements, first=first, count=len(group))


def _with_what_is_stored(finding: Finding, x: Tensor, absent: list[Cause], f: Any) -> Finding:
    """Add what the stored gradient says beside that of the sweep."""
    if absent:
        finding.state = f"is missing; by this output it {finding.state}"
        pending = [cause for cause in absent if cause.kind == "no backward"]
        finding.causes = [cause for cause in absent if cause not in pending] + finding.causes + pending
        return finding
    if f is None and x.grad is not None and finding.gradient is not None:
        finding.causes += _after_the_sweep(raw(x.grad), finding.gradient)
    return finding


def _after_the_sweep(stored: Any, swept: Any) -> list[Cause]:
    stored, swept = np.asarray(stored), np.asarray(swept)
    here = (swept != 0) & np.isfinite(swept) & np.isfinite(stored)
    if not here.any() or np.allclose(stored[here], swept[here], rtol=1e-6, atol=0):
        return []
    ratios = stored[here] / swept[here]
    ratio = float(np.real(np.median(ratios)))
    if not np.allclose(ratios, ratio, rtol=1e-4):
        clipped = f"the stored gradient differs from that of this output in {np.count_nonzero(ratios != 1)} elements"
        return [Cause("rescaled", f"{clipped}: it was clipped or changed after the sweep, or has other sources too")]
    if ratio == 0:
        return [Cause("zero_grad", "the stored gradient is zero, that of this output is not: it was set to zero")]
    if abs(ratio - round(ratio)) < 1e-4 and round(ratio) >= 2:
        times = f"the stored gradient is {round(ratio)} times that of this output"
        return [Cause("accumulated", f"{times}: backward() ran so often without zero_grad()")]
    return [Cause("rescaled", f"the stored gradient is {ratio:.3g} times that of this output: clipped or scaled after")]
