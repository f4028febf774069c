"""`lint`: what a computation does that costs digits, memory or derivatives, and the spelling that does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from autograd_lite.core.observing import Values
from autograd_lite.core.tables import html_table, text_table
from autograd_lite.explain.computation import computation_of
from autograd_lite.explain.linting import arrays, differences, forms
from autograd_lite.explain.linting.view import SEVERITIES, Advice, Rule, View

# Operation -> the rules that begin at it. The special come before the general: what one explains no other repeats.
_RULES: dict[str, tuple[Rule, ...]] = {
    "log": (forms.softplus, forms.log_softmax, forms.logsumexp, forms.log_expit, forms.log_prod, forms.log_det,
            forms.log1p),
    "log1p": (forms.softplus,),
    "subtract": (forms.expm1, forms.one_minus_cos, differences.variance, differences.squares, differences.itself),
    "add": (forms.expm1,),
    "divide": (differences.itself, forms.softmax, forms.expit),
    "reciprocal": (forms.expit,),
    "sqrt": (differences.norm,),
    "power": (differences.norm,),
    "binary_cross_entropy": (forms.sigmoid_loss,),
    "cross_entropy": (forms.softmax_loss,),
    "matmul": (arrays.inverse, arrays.one_hot),
    "einsum": (arrays.inverse,),
}  # fmt: skip

_PAIRS = ("add", "subtract", "multiply", "divide", "maximum", "minimum")


class Lint:
    """What `lint` found; iterating gives each `Advice`, the worst first.

    Attributes
    ----------
    findings : list of Advice
    """

    def __init__(self, findings: list[Advice]):
        self.findings = sorted(findings, key=lambda advice: SEVERITIES.index(advice.severity))

    def __iter__(self) -> Iterator[Advice]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, index: Any) -> Any:
        return self.findings[index]

    def _heading(self) -> str:
        if not self.findings:
            return "nothing to advise"
        counts = [(sum(advice.severity == severity for advice in self), severity) for severity in SEVERITIES]
        return ", ".join(f"{count} {severity}{'s' * (count != 1)}" for count, severity in counts if count)

    def __str__(self) -> str:
        blocks = [self._heading()]
        for advice in self:
            times = f" ({advice.count:,} times)" if advice.count > 1 else ""
            lines = [["form", advice.operation], ["harm", advice.harm], ["write", advice.fix]]
            if advice.origin:
                lines.append(["at", f"{advice.origin}  {advice.line}".rstrip()])
            head = f"{advice.severity}: {advice.rule}{times}"
            blocks.append(text_table([head, ""], [], "<<").rstrip() + "\n" + _indented(lines))
        return "\n\n".join(blocks)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [[a.severity, a.rule, a.operation, a.harm, a.fix, f"{a.origin} {a.line}".strip()] for a in self.findings]
        return html_table(self._heading(), ["", "rule", "form", "harm", "write", "line"], rows, "<<<<<<")


def _indented(lines: list[list[str]]) -> str:
    return "\n".join(f"  {name:<6}{text_table([text], [], '<')}" for name, text in lines)


def lint(subject: Any, *args: Any, values: Values | None = None, large: float = 16e6, **kwargs: Any) -> Lint:
    """Find unstable forms, lost digits, mixed precision and needless memory, each with what to write instead.

    Parameters
    ----------
    subject : callable, Tensor, or several
        A function, which is run on ``args`` and watched, or recorded outputs.
    *args, **kwargs
        Arguments of the function; those of floating point are tracked.
    values : Values, optional
        What the operations gave, if ``subject`` was recorded inside of ``observing(values)``. If not given, values are
        found in what the rules saved; harm that needs others is not measured then.
    large : float
        From how many bytes on an array counts as large.

    Returns
    -------
    Lint

    Raises
    ------
    GraphError
        If nothing was recorded.

    Notes
    -----
    Harm is measured on the actual values: what a form gave is compared with its stable spelling in extended precision,
    and a difference counts as cancellation if it loses more than half the digits of numbers that were rounded before,
    and the result depends on them. Forms inside of functions of this package are their own affair.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import explain
    >>> found = explain.lint(lambda x: np.sum(np.log(1 + np.exp(x))), np.array([1.0, 800.0]))
    >>> print(found[0].severity, found[0].rule, "|", found[0].fix)
    error log1p-exp | np.logaddexp(0, x), or nn.softplus(x)
    """
    view = View(computation_of(subject, args, kwargs, values, "explain.lint"), large)
    nodes = [node for node in reversed(view.computation.nodes) if node.inputs]
    found: list[Advice] = []
    for stage in (_forms, _general, _memory):
        for node in nodes:
            found += [made for rule in stage(node) if (made := rule(view, node)) is not None]
    return Lint(_merged(found[::-1]))


def _forms(node: Any) -> tuple[Rule, ...]:
    return _RULES.get(node.plan.primitive.name, ()) if node.dtype.kind == "f" else ()  # the fixes are for real numbers


def _general(node: Any) -> tuple[Rule, ...]:
    pairs = (arrays.broadcast,) if node.plan.primitive.name in _PAIRS else ()
    differ = (differences.cancellation,) if node.plan.primitive.name in ("add", "subtract") else ()
    return (differences.overflow, *differ, *pairs, arrays.mixing, arrays.half)


def _memory(node: Any) -> tuple[Rule, ...]:
    return (arrays.outer, arrays.saved)


def _merged(found: list[Advice]) -> list[Advice]:
    """Return one finding for each rule and source line, the worst, with how often it was made."""
    merged: dict[tuple[str, str, str], Advice] = {}
    for advice in found:
        key = advice.rule, advice.origin, advice.operation
        before = merged.get(key)
        count = 1 if before is None else before.count + 1
        is_worse = before is None or SEVERITIES.index(advice.severity) < SEVERITIES.index(before.severity)
        kept = advice if is_worse or before is None else before
        merged[key] = replace(kept, count=count)
    return list(merged.values())
