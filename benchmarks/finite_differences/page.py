"""The numbers as Markdown: the tables of a run, and the page of the documentation with what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.finite_differences import pictures
from benchmarks.finite_differences.conclusions import claim, conclusions
from benchmarks.finite_differences.functions import CURVE, GRADIENT, HESSIAN
from benchmarks.finite_differences.words import label, sci, wrapped
from benchmarks.tables import seconds, table

Numbers = Mapping[str, Any]

DOCS = Path(__file__).parents[2] / "docs"

ORDER = (
    "reverse mode", "forward mode", "forward mode, one direction", "reverse over reverse", "forward", "central",
    "five-point", "complex-step", "richardson", "central of reverse", "forward of reverse", "second differences",
    "scipy approx_fprime", "scipy.differentiate", "numdifftools", "value",
)  # fmt: skip


def markdown(measured: Numbers) -> str:
    """Return all tables."""
    wanted = [[name, f"{value:.1e}", f"{least:,}"] for name, (value, least) in claim(measured).items()]
    title = "reverse mode against central differences, 10,000 variables"
    return "\n\n".join(
        [
            *([table([title, "measured", "wanted: at least"], wanted)] if wanted else []),
            f"### Errors against the step\n\nRelative errors of the derivative of {CURVE.formula}. The package's step "
            "is that of `finite_difference`.",
            *[_curve(dtype, found) for dtype, found in measured["curves"].items()],
            f"### Gradients, by the number of variables\n\nf(x) = {GRADIENT.formula}. CPU time of the whole gradient; "
            "in brackets where it was scaled from fewer elements than all.",
            _times(measured["variables"]),
            "Largest error, relative to the largest element of the gradient, float64:",
            _errors(measured["variables"]),
            "The same in float32 (of at most the first 100 elements):",
            _errors(measured["single"]),
            "### Jacobians\n\ntanh(B tanh(A x)), as many outputs as inputs; time and error, float64:",
            _matrices(measured["jacobians"]),
            "In float32:",
            _errors([{"n": row["n"], "error": row["float32"]} for row in measured["jacobians"]]),
            f"### Hessians\n\nOf {HESSIAN.formula}; time and error, float64:",
            _matrices(measured["hessians"]),
            "In float32:",
            _errors([{"n": row["n"], "error": row["float32"]} for row in measured["hessians"]]),
        ]
    )


def write_page(measured: Numbers, machine: Numbers) -> list[Path]:
    """Write the page of the documentation and its pictures; returns their paths."""
    made = pictures.draw(measured, DOCS / "images")
    packages = ", ".join(
        f"{name} {machine['packages'][name]}"
        for name in ("numpy", "scipy", "numdifftools")
        if name in machine["packages"]
    )
    text = f"""\
# Finite differences, measured

What a derivative costs and how wrong it is, by differences and by this package. Every number and picture here comes
from one run; `python -m benchmarks --suite finite-differences --page` makes the page anew. This one:
{machine["date"][:10]}, {machine["cpu"]}, one thread, Python {machine["python"]}, {packages}. Errors are taken against
derivatives by hand in extended precision.

{conclusions(measured)}

## The step

![Relative error against the step, measured and as theory says, for float64 and float32](images/{made[0].name})

Points are measured, lines are theory: truncation by the first term that Taylor's series leaves, plus round-off of half
an epsilon in each value of f. The formulas and their sources stand in `autograd_lite/check/differences.py`.

## The number of variables

![CPU time and error of whole gradients against the number of variables](images/{made[1].name})

## The tables

{markdown(measured)}
"""
    path = DOCS / "finite_differences.md"
    path.write_text(wrapped(text.rstrip()) + "\n")
    return [path, *made]


def _curve(dtype: str, found: Numbers) -> str:
    rows = []
    for method, errors in found["errors"].items():
        best = min(range(len(errors)), key=errors.__getitem__)
        expected = min(range(len(errors)), key=found["theory"][method].__getitem__)
        step, chosen = found["chosen"][method]
        rows.append(
            [
                label(method),
                sci(found["steps"][best]),
                sci(found["steps"][expected]),
                sci(errors[best]),
                sci(step),
                sci(chosen),
            ]
        )
    rows += [[label(name), "–", "–", "–", "–", sci(error)] for name, error in found["constant"].items()]
    header = [f"{dtype}", "best step", "best in theory", "error there", "step of the package", "error"]
    return table(header, rows)


def _methods(rows: Sequence[Numbers], key: str) -> list[str]:
    return [method for method in ORDER if any(method in row[key] for row in rows)]


def _times(rows: Sequence[Numbers]) -> str:
    lines = []
    for method in _methods(rows, "seconds"):
        cells = []
        for row in rows:
            taken = row["columns"].get(method, row["n"])
            text = seconds(row["seconds"][method]) if method in row["seconds"] else "–"
            cells.append(text if taken == row["n"] else f"({text})")
        lines.append([label(method), *cells])
    return table(["n", *[f"{row['n']:,}" for row in rows]], lines)


def _errors(rows: Sequence[Numbers]) -> str:
    lines = [
        [label(method), *[sci(row["error"][method]) if method in row["error"] else "–" for row in rows]]
        for method in _methods(rows, "error")
    ]
    return table(["n", *[f"{row['n']:,}" for row in rows]], lines)


def _matrices(rows: Sequence[Numbers]) -> str:
    lines = [
        [
            label(method),
            *[
                f"{seconds(row['seconds'][method])}, {sci(row['error'][method])}" if method in row["seconds"] else "–"
                for row in rows
            ],
        ]
        for method in _methods(rows, "seconds")
    ]
    return table(["n", *[f"{row['n']:,}" for row in rows]], lines)
