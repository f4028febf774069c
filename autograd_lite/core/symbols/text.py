"""Expressions as plain text for terminals: ``x² · cos(y) / 2``, ``Wᵀ ȳ``, ``{x if x > 0; 0 otherwise}``."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from typing import Any

from autograd_lite.core.symbols.expressions import Call, Constant, Variable
from autograd_lite.core.symbols.notation import Written
from autograd_lite.core.symbols.writing import ATOM, MATRICES, POWER, PRODUCT, SUM, Writer, decimal, known

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_BAR = "\N{COMBINING MACRON}"


class TextWriter(Writer):
    """Writes expressions as text."""

    comparisons = ("=", "≠", ">", "≥", "<", "≤")

    def number(self, value: Any) -> Written:
        """Return a number: digits, a fraction, or a constant's name."""
        if isinstance(value, bool):
            return str(value), ATOM
        name = known(value) or (known(-value) if isinstance(value, float) and value < 0 else None)
        if name is not None:
            return (f"-{name[0]}", SUM) if value < 0 else (name[0], PRODUCT if "/" in name[0] else ATOM)
        if isinstance(value, complex):
            return f"({value})".replace("((", "(").replace("))", ")"), ATOM
        digits = decimal(value)
        if digits is None and isinstance(value, Fraction):
            return f"{value.numerator}/{value.denominator}", PRODUCT if value > 0 else SUM
        return str(digits), SUM if str(digits).startswith("-") else ATOM

    def constant(self, constant: Constant) -> Written:
        """Return a constant's name, or its elements."""
        return (self.escaped(constant.name) if constant.name else self.metadata(constant.array)), ATOM

    def name(self, variable: Variable) -> str:
        """Return a name; that of a cotangent with a bar over its letter, or after ``bar`` where it is longer."""
        if variable.of is None:
            return self.escaped(variable.name)
        name = self.escaped(variable.of.name)
        if name[:1].isalpha() and (name[1:] == "" or name[1:].isdigit()):
            return unicodedata.normalize("NFC", name[0] + _BAR) + name[1:]
        return f"bar({name})"

    def call(self, call: Call) -> Written:
        """Return a call as Python has it."""
        name = self.escaped(getattr(call.function, "__name__", type(call.function).__name__)).lstrip("_")
        name = {"maximum": "max", "minimum": "min"}.get(name, name)
        name = f"({name})" if " " in name else name
        return f"{name}({', '.join(self.arguments(call))})", ATOM

    total = root = exponential = call

    def general_power(self, call: Call) -> Written:
        """Return a power."""
        base, exponent = call.args
        return f"{self.within(base, ATOM)}^{self.within(exponent, ATOM)}", POWER

    def scatter(self, call: Call) -> Written:
        """Return a value and where it is put."""
        value, index, shape = call.args
        return f"scatter({self(value)} at [{self.index(index)}], shape {self.metadata(shape)})", ATOM

    def vector(self, call: Call) -> Written:
        """Return the elements in square brackets."""
        return f"[{', '.join(self(element) for element in call.args)}]", ATOM

    def bracketed(self, text: str) -> str:
        """Return something in round brackets."""
        return f"({text})"

    def sign(self, negative: bool) -> str:
        """Return plus or minus."""
        return "-" if negative else "+"

    def over(self, upper: Written, lower: Written) -> Written:
        """Return a quotient on one line."""
        above = upper[0] if upper[1] >= PRODUCT else self.bracketed(upper[0])
        below = lower[0] if lower[1] >= MATRICES else self.bracketed(lower[0])
        return f"{above} / {below}", PRODUCT

    def times(self, elementwise: bool, left: str, right: str) -> str:
        """Return a dot, in a circle where arrays are multiplied element by element."""
        return " ⊙ " if elementwise else " · "

    def raised(self, base: str, exponent: str, value: Any) -> str:
        """Return a power, with a raised number where it is a natural one."""
        if exponent.isdigit():
            return base + exponent.translate(_RAISED)
        return f"{base}^{exponent}" if exponent.isalnum() else f"{base}^({exponent})"

    def cases(self, rows: list[tuple[str | None, str]]) -> str:
        """Return cases in braces."""
        return (
            "{"
            + "; ".join(f"{value} otherwise" if test is None else f"{value} if {test}" for test, value in rows)
            + "}"
        )

    def junction(self, both: bool, sides: list[str]) -> str:
        """Return conditions in words."""
        return (" and " if both else " or ").join(sides)

    def side_by_side(self, left: str, right: str) -> str:
        """Return a matrix product."""
        return f"{left} {right}"

    def transpose(self, text: str) -> str:
        """Return a raised T."""
        return f"{text}ᵀ"

    def repeated(self, name: str, shape: tuple[int, ...]) -> str:
        """Return an array of ones or zeros, as NumPy calls it."""
        return f"{name}({', '.join(map(str, shape))})"

    def negated(self, text: str) -> str:
        """Return a negation in words."""
        return f"not {text}"

    def indexed(self, text: str, index: str) -> str:
        """Return an index in square brackets."""
        return f"{text}[{index}]"

    def bars(self, text: str) -> str:
        """Return something between bars."""
        return f"|{text}|"

    def double_bars(self, text: str) -> str:
        """Return something between double bars."""
        return f"‖{text}‖"

    def keyword(self, name: str, value: str) -> str:
        """Return a keyword as Python has it."""
        return f"{name}={value}"

    def escaped(self, text: str) -> str:
        """Return words on one line, without control characters."""
        return "".join(letter if letter.isprintable() else " " for letter in text)
