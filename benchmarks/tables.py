"""Numbers in words: limits, digits, units, and tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def limited(value: float, limit: float | None) -> str:
    """Return a value with the limit that it should keep; in bold if it does not."""
    if limit is None:
        return number(value)
    text = f"{number(value)} ({limit:g})"
    return f"**{text}**" if value > limit else text


def number(value: float) -> str:
    """Return a number with three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def seconds(value: float, spread: float | None = None) -> str:
    """Return a time in the unit that suits it, with its spread in percent."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6), ("ns", 1e9)):
        if value * factor >= 1 or unit == "ns":
            text = f"{number(value * factor)} {unit}"
            return text if spread is None else f"{text} ± {50 * spread:.0f} %"
    raise AssertionError(value)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
