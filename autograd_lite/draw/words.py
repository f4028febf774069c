"""Words that several formats share: counts with their nouns, and text that any format may hold."""

from __future__ import annotations


def plural(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun, '' for none."""
    return f"{number:,} {one if number == 1 else many or one + 's'}" if number else ""


def visible(text: str, longest: int | None = None) -> str:
    """Return text on one line that any XML may hold: what can't be printed as its escape, and cut where it is long.

    Parameters
    ----------
    text : str
    longest : int, optional
        How many characters to return at most.

    Returns
    -------
    str
    """
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))
    return text if longest is None or len(text) <= longest else text[: longest - 1] + "…"
