"""Tables of results as text and as HTML, and numbers of bytes in words."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence


def text_table(heads: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> str:
    """Return a table as text; ``align`` has one of < and > for each column."""
    lines = [[_one_line(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    return "\n".join(
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(line, align, widths, strict=True)).rstrip()
        for line in lines
    )


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def html_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> str:
    """Return a table as HTML, with all text in it escaped."""
    sides = ["right" if side == ">" else "left" for side in align]

    def row(cells: Sequence[str], tag: str) -> str:
        made = "".join(
            f'<{tag} style="text-align:{side}">{html.escape(cell)}</{tag}>'
            for cell, side in zip(cells, sides, strict=True)
        )
        return f"<tr>{made}</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    caption = f'<caption style="text-align:left;caption-side:top">{html.escape(title)}</caption>'
    return f"<table>{caption}<thead>{row(heads, 'th')}</thead><tbody>{body}</tbody></table>"


def bytes_in_words(count: float) -> str:
    """Return a number of bytes with a unit: 1 MB is 10^6."""
    power = min(int(math.log10(count) / 3), 4) if count >= 1 else 0
    return f"{count / 1000**power:.3g} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"


def seconds_in_words(seconds: float) -> str:
    """Return a time with a unit and three digits."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns" if seconds > 0 else "0"
