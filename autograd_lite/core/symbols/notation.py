"""What a notation says: how numbers, names, fractions, powers and the like look in it."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from autograd_lite.core.symbols.expressions import Call, Constant, Variable

#: What is written, and how tightly it binds.
Written = tuple[str, int]


class Notation(Protocol):
    """How things look.

    Attributes
    ----------
    comparisons : tuple of str
        The signs for =, ≠, >, ≥, <, ≤.
    minus : str
        The sign in front of a negative number.
    """

    comparisons: ClassVar[tuple[str, ...]] = ()
    minus: ClassVar[str] = "-"

    def number(self, value: Any) -> Written:
        """Return a number."""
        ...

    def constant(self, constant: Constant) -> Written:
        """Return a constant array."""
        ...

    def name(self, variable: Variable) -> str:
        """Return a name; that of a cotangent with a bar."""
        ...

    def call(self, call: Call) -> Written:
        """Return the call of a function that is written like any other."""
        ...

    def total(self, call: Call) -> Written:
        """Return a sum along axes."""
        ...

    def root(self, call: Call) -> Written:
        """Return a square root."""
        ...

    def exponential(self, call: Call) -> Written:
        """Return an exponential."""
        ...

    def general_power(self, call: Call) -> Written:
        """Return a power whose exponent is no number."""
        ...

    def scatter(self, call: Call) -> Written:
        """Return a value put at an index of zeros."""
        ...

    def vector(self, call: Call) -> Written:
        """Return a vector, element by element."""
        ...

    def bracketed(self, text: str) -> str:
        """Return something in brackets."""
        ...

    def sign(self, negative: bool) -> str:
        """Return plus or minus, between two terms."""
        ...

    def over(self, upper: Written, lower: Written) -> Written:
        """Return a fraction."""
        ...

    def times(self, elementwise: bool, left: str, right: str) -> str:
        """Return what stands between two factors; both may be arrays, which are multiplied element by element."""
        ...

    def raised(self, base: str, exponent: str, value: Any) -> str:
        """Return a power; ``value`` is the exponent's."""
        ...

    def cases(self, rows: list[tuple[str | None, str]]) -> str:
        """Return values by cases, each with its condition; None for what is left."""
        ...

    def junction(self, both: bool, sides: list[str]) -> str:
        """Return conditions of which both, or one, must hold."""
        ...

    def side_by_side(self, left: str, right: str) -> str:
        """Return a matrix product."""
        ...

    def transpose(self, text: str) -> str:
        """Return a transpose."""
        ...

    def repeated(self, name: str, shape: tuple[int, ...]) -> str:
        """Return an array of ones or zeros."""
        ...

    def negated(self, text: str) -> str:
        """Return that something does not hold."""
        ...

    def indexed(self, text: str, index: str) -> str:
        """Return what an index picks."""
        ...

    def bars(self, text: str) -> str:
        """Return an absolute value."""
        ...

    def double_bars(self, text: str) -> str:
        """Return a norm."""
        ...

    def keyword(self, name: str, value: str) -> str:
        """Return a keyword with its value."""
        ...

    def escaped(self, text: str) -> str:
        """Return words without what would mean something else."""
        ...
