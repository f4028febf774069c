"""Polynomials in words: text and LaTeX, with coefficients as fractions where they are some."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

#: Largest denominator that is written; 8! is 40320.
_LARGEST = 50_000


def fraction_of(value: float) -> Fraction | None:
    """Return the simple fraction that a number is up to rounding, None if it is none."""
    if not np.isfinite(value) or abs(value) > 1e9:
        return None
    near = Fraction(value).limit_denominator(_LARGEST)
    if near == 0 or abs(float(near) - value) > 4 * np.spacing(abs(value)):
        return None
    return near if near.denominator == 1 or abs(near.numerator) * near.denominator < 1e9 else None


def text_of(coefficients: Any, x0: Any, name: str = "x", rest: bool = True) -> str:
    """Return a polynomial as text: ``1 + (x - 2) + 1/2 (x - 2)²``."""
    base = _base(x0, name)

    def power(k: int) -> str:
        return "" if k == 0 else base if k == 1 else f"{base}{str(k).translate(_SUPERSCRIPTS)}"

    parts = [_term(value, power(k), str, f"{{:.{6}g}}".format, " ") for k, value in enumerate(coefficients)]
    return _sum(parts) + (f" + O({power(len(coefficients))})" if rest else "")


def latex_of(coefficients: Any, x0: Any, name: str = "x", rest: bool = True) -> str:
    r"""Return a polynomial as LaTeX: ``1 + x + \frac{1}{2} x^{2}``."""
    base = _base(x0, name)

    def power(k: int) -> str:
        return "" if k == 0 else base if k == 1 else f"{base}^{{{k}}}"

    parts = [_term(value, power(k), _latex_fraction, _latex_number, r" \, ") for k, value in enumerate(coefficients)]
    return _sum(parts) + (rf" + O\left({power(len(coefficients))}\right)" if rest else "")


def _base(x0: Any, name: str) -> str:
    if x0 == 0:
        return name
    if isinstance(x0, complex) and x0.imag:
        return f"({name} - ({x0:g}))"
    x0 = float(np.real(x0))
    return f"({name} {'-' if x0 > 0 else '+'} {abs(x0):.6g})"


def _term(value: Any, power: str, write_fraction: Any, write_number: Any, space: str) -> str:
    """Return a term with its sign in front; '' of zero."""
    value = value.item() if hasattr(value, "item") else value
    if value == 0:
        return ""
    if isinstance(value, complex) and value.imag:
        return f" + ({value:.6g})" + (space + power if power else "")
    value = float(np.real(value))
    sign, size = (" - ", -value) if value < 0 else (" + ", value)
    near = fraction_of(size)
    if near == 1 and power:
        return sign + power
    number = write_fraction(near) if near is not None else write_number(size)
    return sign + (number + (space if number else "") + power if power else number)


def _latex_fraction(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else rf"\frac{{{value.numerator}}}{{{value.denominator}}}"


def _latex_number(value: float) -> str:
    mantissa, _, exponent = f"{value:.6g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def _sum(parts: Sequence[str]) -> str:
    text = "".join(parts)
    if text.startswith(" - "):
        return f"-{text[3:]}"
    return text.removeprefix(" + ") or "0"
