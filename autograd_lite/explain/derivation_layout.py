"""Laying a derivation out as plain text, as LaTeX and as Markdown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.symbols.contractions import transpose
from autograd_lite.core.symbols.expressions import Constant, Expression, Variable, atoms
from autograd_lite.core.symbols.functions import rebuilt
from autograd_lite.core.symbols.latex import LatexWriter
from autograd_lite.core.symbols.presentation import Presented
from autograd_lite.core.symbols.text import TextWriter
from autograd_lite.core.symbols.writing import Writer
from autograd_lite.explain.chain import Arrival, Chain, Local
from autograd_lite.explain.symbolic_run import NumericRun, Step

#: Constant arrays of up to so many elements are written out.
_SHORT = 6


class Sheet:
    """What a layout needs of a derivation: its formulas, written.

    Parameters
    ----------
    chain : Chain
    write : Writer
    """

    def __init__(self, chain: Chain, write: Writer):
        self.chain = chain
        self.presented = Presented()
        self.writer = write
        self.last = chain.steps[-1].variable if chain.steps else None
        self.constants: dict[Any, Constant] = {}
        self.names = {_memory(array): name for name, array in chain.run.around.values()}
        self.said: dict[Expression, tuple[Expression, Expression]] = {}  # guards in the steps, without the totals'

    def write(self, expression: Expression) -> str:
        """Return an expression as it is shown, and note the constants in it."""
        shown = self.presented(self._upright(expression))
        for atom in atoms(shown):
            if isinstance(atom, Constant) and atom.array.size > 1:
                place = _memory(atom.array)
                known = self.constants.setdefault(place, atom)
                new = f"c{sum(other not in self.names for other in self.constants)}"
                known.name = known.name or self.names.get(place, new)
                atom.name = known.name
        return self.writer(shown)

    def _upright(self, expression: Expression) -> Expression:
        """Return an expression with the transpose of an array for what a rule has read as another array."""
        if not isinstance(expression, Constant):
            return rebuilt(expression, self._upright)
        array, turned = expression.array, expression.array.T
        known = {*self.names, *self.constants}
        if array.ndim != 2 or _memory(array) in known or _memory(turned) not in known:
            return expression
        return transpose(Constant(turned))

    def locals_of(self, variable: Variable) -> list[Local]:
        """Return what one step sends back that is worth a line: slopes, and rules that are no product."""
        return self.chain.locals.get(variable, [])


def _memory(array: Any) -> tuple[Any, ...]:
    """Return what is the same for two arrays that are the same elements in the same order."""
    return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype


def shown_range(count: int, longest: int) -> tuple[range, range]:
    """Return which of many lines are shown: all, or some at the beginning and at the end."""
    if count <= longest:
        return range(count), range(0)
    half = max(1, longest // 2)
    return range(half), range(count - half, count)


def _elided(
    items: Sequence[Any], longest: int, line: Callable[[Any], list[Any]], gap: Callable[[int], Any]
) -> list[Any]:
    first, last = shown_range(len(items), longest)
    made = [row for i in first for row in line(items[i])]
    if last:
        made.append(gap(len(items) - len(first) - len(last)))
        made += [row for i in last for row in line(items[i])]
    return made


def number(value: Any) -> str:
    """Return a value at the example: a number, a few of them, or the shape of an array."""
    value = np.asarray(value)
    if value.size == 1 and value.dtype.kind in "fiubc":
        return f"{value.reshape(()).item():.6g}"
    if value.ndim == 1 and value.size <= _SHORT:
        return f"[{', '.join(f'{item:.6g}' for item in value.tolist())}]"
    return f"array of shape {value.shape}"


def _value_of(step: Step) -> Any:
    out = step.out
    return tuple(getattr(one, "value", one) for one in out) if isinstance(out, tuple) else getattr(out, "value", out)


def _told(value: Any) -> str:
    return f"{len(value)} arrays" if isinstance(value, tuple) else number(value)


# Text


def as_text(chain: Chain, title: str, longest: int) -> str:
    """Return a derivation as plain text."""
    sheet = Sheet(chain, TextWriter())
    name = sheet.writer.name
    called = f"{sheet.writer.escaped(title)}({', '.join(name(v) for v in chain.run.arguments)})"
    lines = [f"Derivation of {called} at {_example(chain, sheet)}", ""]

    def gap(count: int) -> tuple[str, str]:
        return f"… {count} more …", ""

    def value_row(step: Step) -> list[tuple[str, str]]:
        about = f"≈ {_told(_value_of(step))}" + (f"    = {called}" if step.variable is sheet.last else "")
        return [(f"{name(step.variable)} = {sheet.write(step.shown)}", about)]

    lines += _table("Values", _elided(chain.steps, longest, value_row, gap))
    lines += _table(
        "Local derivatives", _elided(chain.steps, longest, lambda step: _local_rows(sheet, step, name), gap)
    )
    lines += _table(_BACK.format(called), _elided(chain.arrivals, longest, lambda a: _arrival_rows(sheet, a), gap))
    sheet.said = dict(sheet.presented.guards)
    totals = [
        (f"{_partial(sheet, called, v)} = {sheet.write(total)}", "")
        for v, total in zip(chain.run.arguments, chain.totals(), strict=True)
    ]
    lines += _table("Derivative", totals)
    lines += _table("Where", [("".join(note), "") for note in _notes(sheet)])
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


_BACK = "Backward (a bar is the derivative of {} with respect to what is below it)"


def _example(chain: Chain, sheet: Sheet) -> str:
    given = [
        f"{sheet.writer.name(v)} = {number(x)}" if np.size(x) == 1 else f"{sheet.writer.name(v)} of shape {np.shape(x)}"
        for v, x in zip(chain.run.arguments, chain.run.values, strict=True)
    ]
    return ", ".join(given)


def _local_rows(sheet: Sheet, step: Step, name: Callable[[Variable], str]) -> list[tuple[str, str]]:
    rows = []
    for local in sheet.locals_of(step.variable):
        if local.slope is not None:
            rows.append((f"∂{name(local.of)}/∂{name(local.to)} = {sheet.write(local.slope)}", ""))
        else:
            bar = name(Variable("", (), local.to))
            rows.append((f"{bar} receives {sheet.write(local.rule)}", ""))
    return rows


def _arrival_rows(sheet: Sheet, arrival: Arrival) -> list[tuple[str, str]]:
    if arrival.variable is sheet.chain.seed:
        return [(f"{sheet.writer.name(arrival.variable)} is given", "")]
    return [(f"{sheet.writer.name(arrival.variable)} = {sheet.write(arrival.shown)}", f"≈ {number(arrival.value)}")]


def _partial(sheet: Sheet, called: str, argument: Variable) -> str:
    if sheet.chain.seed is not None:
        return sheet.writer.name(Variable("", (), argument))
    return f"∂{called}/∂{sheet.writer.name(argument)}"


def _table(title: str, rows: list[tuple[str, str]]) -> list[str]:
    if not rows:
        return []
    width = max((_columns(left) for left, right in rows if right and _columns(left) <= 60), default=0)
    filled = [f"  {left}{' ' * (width - _columns(left))}  {right}" if right else f"  {left}" for left, right in rows]
    return [title, *filled, ""]


def _columns(words: str) -> int:
    """Return how wide words are in a terminal: a bar takes no room."""
    return sum(not unicodedata.combining(letter) for letter in words)


def _few(array: Any) -> str:
    return np.array2string(array, precision=6, separator=", ")


class Words(str):
    """The words of a note, between its formulas."""

    __slots__ = ()


def _notes(sheet: Sheet) -> list[list[str]]:
    """Return what the formulas leave out, and what they take for granted, each as words and formulas."""
    write = sheet.writer
    said: list[list[str]] = []
    for test, way in sheet.chain.run.decisions.items():
        said.append([Words("the way that the function takes: "), sheet.write(test), Words(f" is {way}")])
    for guarded, (test, instead) in sheet.said.items():
        said.append([
            Words("where "), write(test), Words(", "), write(instead), Words(" stands for "), write(guarded)
        ])  # fmt: skip
    for constant in sheet.constants.values():
        array = constant.array
        told = re.sub(r"\s+", " ", _few(array)) if array.size <= _SHORT else f"a constant of shape {array.shape}"
        said.append([write.write(constant)[0], Words(f" is {told}")])
    if isinstance(sheet.chain.run, NumericRun):
        said.append([Words("what the function computes without recording it is a constant of the example")])
    return said


# LaTeX


def as_latex(chain: Chain, title: str, longest: int) -> str:
    """Return a derivation as one aligned environment."""
    sheet = Sheet(chain, LatexWriter())
    rows: list[str] = []

    def heading(words: str) -> None:
        rows.append(rf"&\textbf{{{words}}}")

    heading("Values")
    rows += _elided(
        chain.steps, longest, lambda step: [f"{_left(sheet, step.variable)} &= {sheet.write(step.shown)}"], _dots
    )
    heading("Local derivatives")
    rows += _elided(chain.steps, longest, lambda step: _latex_locals(sheet, step), _dots)
    heading("Backward")
    rows += _elided(chain.arrivals, longest, lambda arrival: [_latex_arrival(sheet, arrival)], _dots)
    sheet.said = dict(sheet.presented.guards)
    heading("Derivative")
    rows += _latex_totals(sheet, title)
    rows += ["&" + "".join(_latex_note(piece, sheet) for piece in note) for note in _notes(sheet)]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _dots(count: int) -> str:
    return rf"&\;\,\vdots \quad \text{{{count} more}}"


def _latex_note(piece: str, sheet: Sheet) -> str:
    return rf"\text{{{piece}}}" if isinstance(piece, Words) else piece


def _left(sheet: Sheet, variable: Variable) -> str:
    return sheet.writer.name(variable)


def _latex_locals(sheet: Sheet, step: Step) -> list[str]:
    name, rows = sheet.writer.name, []
    for local in sheet.locals_of(step.variable):
        if local.slope is not None:
            left = rf"\frac{{\partial {name(local.of)}}}{{\partial {name(local.to)}}}"
            rows.append(f"{left} &= {sheet.write(local.slope)}")
        else:
            rows.append(rf"{name(Variable('', (), local.to))} &\leftarrow {sheet.write(local.rule)}")
    return rows


def _latex_arrival(sheet: Sheet, arrival: Arrival) -> str:
    given = r"\text{given}" if arrival.variable is sheet.chain.seed else sheet.write(arrival.shown)
    return f"{sheet.writer.name(arrival.variable)} &= {given}"


def _latex_totals(sheet: Sheet, title: str) -> list[str]:
    writer = sheet.writer
    assert isinstance(writer, LatexWriter)
    word = writer.word(title)
    rows = []
    for argument, total in zip(sheet.chain.run.arguments, sheet.chain.totals(), strict=True):
        left = rf"\frac{{\partial {word}}}{{\partial {writer.name(argument)}}}"
        left = writer.name(Variable("", (), argument)) if sheet.chain.seed is not None else left
        rows.append(f"{left} &= {sheet.write(total)}")
    return rows


# Markdown


def as_markdown(chain: Chain, title: str, longest: int) -> str:
    """Return a derivation as tables of formulas."""
    sheet = Sheet(chain, LatexWriter())
    arguments = ", ".join(f"${sheet.writer.name(v)}$" for v in chain.run.arguments)
    lines = [f"**Derivation of {_safe(title)} with respect to {arguments}**", ""]
    rows = _elided(
        chain.steps, longest, lambda step: [_markdown_step(sheet, step)], lambda n: (f"*{n} more*", "", "", "")
    )
    lines += _grid(("value", "is", "local derivatives", "here"), rows)
    rows = _elided(chain.arrivals, longest, lambda a: [_markdown_arrival(sheet, a)], lambda n: (f"*{n} more*", "", ""))
    lines += _grid(("cotangent", "is", "here"), rows)
    sheet.said = dict(sheet.presented.guards)
    lines += [f"$$ {row.replace(' &= ', ' = ', 1)} $$\n" for row in _latex_totals(sheet, title)]
    for note in _notes(sheet):
        lines.append("- " + "".join(_safe(piece) if isinstance(piece, Words) else f"${piece}$" for piece in note))
    return "\n".join(lines).rstrip().replace(r"\$", "\N{FULLWIDTH DOLLAR SIGN}") + "\n"


def _markdown_step(sheet: Sheet, step: Step) -> tuple[str, ...]:
    local = ", ".join(f"${row.replace(' &', ' ', 1)}$" for row in _latex_locals(sheet, step))
    return f"${sheet.writer.name(step.variable)}$", f"${sheet.write(step.shown)}$", local, _safe(_told(_value_of(step)))


def _markdown_arrival(sheet: Sheet, arrival: Arrival) -> tuple[str, ...]:
    left, _, right = _latex_arrival(sheet, arrival).partition(" &= ")
    return f"${left}$", f"${right}$", _safe(number(arrival.value))


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _safe(words: str) -> str:
    """Return words in which nothing means anything to Markdown or HTML."""
    return "".join(f"&#{ord(letter)};" if letter in _SPECIAL else letter for letter in words if letter.isprintable())


_SPECIAL = frozenset("\\`*_{}[]<>|$#&~")
