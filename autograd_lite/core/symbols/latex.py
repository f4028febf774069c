r"""Expressions in LaTeX, of the kind that MathJax, KaTeX and amsmath all take: ``\frac{x^{2} \cos(y)}{2}``."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import Any

from autograd_lite.core.symbols.expressions import Call, Constant, Variable
from autograd_lite.core.symbols.notation import Written
from autograd_lite.core.symbols.writing import ATOM, PRODUCT, SUM, Writer, decimal, known

_GREEK = re.compile(
    "(?:alpha|beta|[gG]amma|[dD]elta|epsilon|zeta|eta|[tT]heta|iota|kappa|[lL]ambda|mu|nu|[xX]i|[pP]i|rho|[sS]igma|tau|"
    "[uU]psilon|[pP]hi|chi|[pP]si|[oO]mega)"
)
_COMMANDS = {
    "sin": r"\sin", "cos": r"\cos", "tan": r"\tan", "sinh": r"\sinh", "cosh": r"\cosh", "tanh": r"\tanh",
    "arcsin": r"\arcsin", "arccos": r"\arccos", "arctan": r"\arctan", "log": r"\log", "max": r"\max", "min": r"\min",
    "maximum": r"\max", "minimum": r"\min", "log2": r"\log_{2}", "log10": r"\log_{10}", "sign": r"\operatorname{sgn}",
}  # fmt: skip

#: What means something to TeX, Markdown or HTML, and how a formula has it all the same.
_ESCAPES = {
    "\\": r"\backslash ", "{": r"\lbrace ", "}": r"\rbrace ", "_": r"\_", "%": r"\%", "$": r"\$", "#": r"\#",
    "&": r"\&", "^": r"\wedge ", "~": r"\sim ", "<": r"\lt ", ">": r"\gt ", "|": r"\vert ", "`": r"\prime ",
    " ": r"\ ", "*": r"{\ast}", '"': r"''", "-": "{-}",
}  # fmt: skip


def _spelled(letter: str) -> str:
    """Return the name of a Greek letter, for which TeX has a command; anything else as it is."""
    name = unicodedata.name(letter, "") if len(letter) == 1 else ""
    found = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", name)
    if found is None:
        return letter
    name = found[2].lower().replace("lamda", "lambda")
    return name if found[1] == "SMALL" else name.capitalize()


class LatexWriter(Writer):
    """Writes expressions in LaTeX, without dollar signs."""

    comparisons = ("=", r"\neq", r"\gt", r"\geq", r"\lt", r"\leq")  # a bare < would be HTML to some

    def number(self, value: Any) -> Written:
        """Return a number: digits, a fraction, or a constant's name."""
        if isinstance(value, bool):
            return rf"\mathrm{{{value}}}", ATOM
        name = known(value) or (known(-value) if isinstance(value, float) and value < 0 else None)
        if name is not None:
            return (f"-{name[1]}", SUM) if value < 0 else (name[1], ATOM)
        if isinstance(value, complex):
            return rf"\left({value.real!r} {value.imag:+} i\right)", ATOM
        digits = decimal(value)
        if digits is None and isinstance(value, Fraction):
            text = rf"\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
            return (text, PRODUCT) if value > 0 else (f"-{text}", SUM)
        digits = str(digits).replace("∞", r"\infty")
        mantissa, letter, exponent = digits.partition("e")
        if letter:
            return rf"{mantissa} \cdot 10^{{{int(exponent)}}}", SUM if digits.startswith("-") else PRODUCT
        return digits, SUM if digits.startswith("-") else ATOM

    def constant(self, constant: Constant) -> Written:
        """Return a constant's name, or its elements."""
        return (self.word(constant.name) if constant.name else self.metadata(constant.array)), ATOM

    def word(self, name: str) -> str:
        """Return a name: a letter, with its number below it, a Greek letter, or upright."""
        number = name[len(name.rstrip("0123456789")) :]
        letter = _spelled(name.removesuffix(number))
        if _GREEK.fullmatch(letter):
            letter = rf"\{letter}"
        elif not re.fullmatch(r"[A-Za-z]", letter):
            return rf"\mathrm{{{self.escaped(name)}}}"
        return f"{letter}_{{{number}}}" if number else letter

    def name(self, variable: Variable) -> str:
        """Return a name; that of a cotangent with a bar."""
        if variable.of is None:
            return self.word(variable.name)
        inner = self.word(variable.of.name)
        letter, underscore, number = inner.partition("_")
        if len(letter) == 1:
            return rf"\bar{{{letter}}}{underscore}{number}"
        return rf"\overline{{{inner}}}"

    def call(self, call: Call) -> Written:
        """Return a call with upright name and growing brackets."""
        name = getattr(call.function, "__name__", type(call.function).__name__).lstrip("_")
        command = _COMMANDS.get(name) or rf"\operatorname{{{self.escaped(name)}}}"
        return rf"{command}\left({', '.join(self.arguments(call))}\right)", ATOM

    def total(self, call: Call) -> Written:
        """Return a sum, with its axes below it."""
        axis = call.keywords.get("axis")
        if call.keywords.get("keepdims"):
            return self.call(call)
        below = "" if axis is None else rf"_{{\mathrm{{axis}}\ {self.metadata(axis)}}}"
        return rf"\sum{below} {self.within(call.args[0], PRODUCT)}", SUM

    def root(self, call: Call) -> Written:
        """Return a root with a roof."""
        return rf"\sqrt{{{self(call.args[0])}}}", ATOM

    def exponential(self, call: Call) -> Written:
        """Return a power of e."""
        return rf"e^{{{self(call.args[0])}}}", PRODUCT + 2

    def general_power(self, call: Call) -> Written:
        """Return a power."""
        base, exponent = call.args
        return rf"{self.within(base, ATOM)}^{{{self(exponent)}}}", PRODUCT + 2

    def scatter(self, call: Call) -> Written:
        """Return a value and where it is put."""
        value, index, shape = call.args
        placed = rf"{self(value)} \text{{ at }} [{self.index(index)}],\ \mathrm{{shape}}\ {self.metadata(shape)}"
        return rf"\operatorname{{scatter}}\left({placed}\right)", ATOM

    def vector(self, call: Call) -> Written:
        """Return the elements in square brackets."""
        elements = r",\ ".join(self(element) for element in call.args)
        return rf"\left[{elements}\right]", ATOM

    def bracketed(self, text: str) -> str:
        """Return something in growing brackets."""
        return rf"\left({text}\right)"

    def sign(self, negative: bool) -> str:
        """Return plus or minus."""
        return "-" if negative else "+"

    def over(self, upper: Written, lower: Written) -> Written:
        """Return a fraction with a line."""
        return rf"\frac{{{upper[0]}}}{{{lower[0]}}}", PRODUCT

    def times(self, elementwise: bool, left: str, right: str) -> str:
        """Return a dot, or a circle with one where arrays are multiplied element by element."""
        return r" \odot " if elementwise else r" \cdot "

    def raised(self, base: str, exponent: str, value: Any) -> str:
        """Return a power."""
        return f"{{{base}}}^{{{exponent}}}" if "^" in base else f"{base}^{{{exponent}}}"

    def cases(self, rows: list[tuple[str | None, str]]) -> str:
        """Return cases behind a brace; rows end with cr, as Markdown would eat two backslashes."""
        lines = [rf"{value} & \text{{{'otherwise' if test is None else 'if '}}} {test or ''}" for test, value in rows]
        return r"\begin{cases} " + r" \cr ".join(lines) + r" \end{cases}"

    def junction(self, both: bool, sides: list[str]) -> str:
        """Return conditions joined by a word."""
        return (r" \text{ and } " if both else r" \text{ or } ").join(sides)

    def side_by_side(self, left: str, right: str) -> str:
        """Return a matrix product."""
        return rf"{left}\, {right}"

    def transpose(self, text: str) -> str:
        """Return a raised sign of transposition."""
        return rf"{{{text}}}^{{\top}}" if "^" in text else rf"{text}^{{\top}}"

    def repeated(self, name: str, shape: tuple[int, ...]) -> str:
        """Return a bold one or zero, with its shape below it."""
        lengths = r" \times ".join(map(str, shape))
        return rf"\mathbf{{{'1' if name == 'ones' else '0'}}}_{{{lengths}}}"

    def negated(self, text: str) -> str:
        """Return a negation."""
        return rf"\lnot {text}"

    def indexed(self, text: str, index: str) -> str:
        """Return an index below what it picks from."""
        return rf"{{{text}}}_{{{index}}}" if "_" in text else rf"{text}_{{{index}}}"

    def index(self, index: Any) -> str:
        """Return an index as Python has it, in brackets where it is more than numbers."""
        text = super().index(index).replace("...", r"\ldots").replace(":", "{:}")
        return re.sub(r"None", r"\\mathrm{new}", text)

    def bars(self, text: str) -> str:
        """Return something between bars; a bare bar would end the cell of a Markdown table."""
        return rf"\left\lvert {text} \right\rvert"

    def double_bars(self, text: str) -> str:
        """Return something between double bars."""
        return rf"\left\lVert {text} \right\rVert"

    def keyword(self, name: str, value: str) -> str:
        """Return a keyword with its value."""
        return rf"\mathrm{{{self.escaped(name)}}}={value}"

    def escaped(self, text: str) -> str:
        """Return words without what TeX, Markdown or HTML would take for something else."""
        return "".join(_ESCAPES.get(letter, letter if letter.isprintable() else r"\ ") for letter in text)
