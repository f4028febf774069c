"""What the methods are called on the page, and how its numbers are written."""

from __future__ import annotations

import math
import textwrap

_LABELS = {
    "forward": "forward differences",
    "central": "central differences",
    "five-point": "five-point differences",
    "complex-step": "complex step",
    "richardson": "Richardson's extrapolation",
    "value": "the value alone",
    "central of reverse": "central differences of gradients",
    "forward of reverse": "forward differences of gradients",
    "second differences": "second differences of values",
}


def label(method: str) -> str:
    """Return the name of a method in words."""
    return _LABELS.get(method, method)


def sci(value: float) -> str:
    """Return an error with one digit."""
    return "0" if value == 0 else f"{value:.0e}"


def magnitude(value: float) -> str:
    """Return a large factor as a power of ten, rounded down."""
    return f"10^{math.floor(math.log10(value))}" if math.isfinite(value) and value > 0 else "infinitely many"


def wrapped(text: str) -> str:
    """Return paragraphs of Markdown in lines of at most 120 characters; tables, pictures and headings as they are."""
    return "\n\n".join(
        part
        if part.startswith(("|", "#", "!["))
        else textwrap.fill(part, 120, break_long_words=False, break_on_hyphens=False)
        for part in text.split("\n\n")
    )
