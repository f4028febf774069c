"""The pictures of the page: errors against steps, cost and error against the number of variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.finite_differences.words import label

Numbers = Mapping[str, Any]

STYLES = {
    "forward": ("C3", "o"),
    "central": ("C1", "s"),
    "five-point": ("C2", "^"),
    "richardson": ("C4", "v"),
    "complex-step": ("C9", "D"),
    "scipy approx_fprime": ("C8", "<"),
    "scipy.differentiate": ("C5", ">"),
    "numdifftools": ("C6", "P"),
    "forward mode": ("C7", "x"),
    "forward mode, one direction": ("C7", "+"),
    "reverse mode": ("C0", "*"),
    "value": ("k", "."),
}


def draw(measured: Numbers, folder: Path) -> list[Path]:
    """Write the pictures into a folder; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / "finite_differences_steps.png", folder / "finite_differences_variables.png"]
    _save(made[0], lambda panels: _curves(panels, measured["curves"]))
    _save(made[1], lambda panels: _variables(panels, measured["variables"]))
    return made


def _save(path: Path, fill: Any) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), layout="constrained")
    panels = figure.subplots(1, 2)
    fill(panels)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, fontsize=8)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _curves(panels: Any, curves: Numbers) -> None:
    for panel, (dtype, found) in zip(panels, curves.items(), strict=True):
        floor = {"float64": 1e-17, "float32": 3e-9}[dtype]
        for method, errors in found["errors"].items():
            colour, marker = STYLES[method]
            panel.loglog(
                found["steps"],
                [max(error, floor) for error in errors],
                marker,
                color=colour,
                markersize=3,
                label=label(method),
            )
            panel.loglog(found["steps"], found["theory"][method], "-", color=colour, linewidth=1, alpha=0.6)
        panel.axhline(max(found["constant"]["reverse mode"], floor), color="C0", linestyle="--", label="reverse mode")
        panel.set(title=dtype, xlabel="step h", ylim=(floor / 2, 10))
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("relative error")


def _variables(panels: Any, rows: list[Numbers]) -> None:
    for panel, key in zip(panels, ("seconds", "error"), strict=True):
        for method, (colour, marker) in STYLES.items():
            points = [(row["n"], row[key][method]) for row in rows if method in row[key]]
            if points:
                n, values = zip(*points, strict=True)
                values = [max(value, 1e-17) if key == "error" else value for value in values]
                panel.loglog(n, values, marker + "-", color=colour, markersize=5, linewidth=1, label=label(method))
        panel.set(xlabel="variables")
        panel.grid(alpha=0.3)
    panels[0].set(title="CPU seconds of a whole gradient", ylabel="s")
    panels[1].set(title="its relative error, float64")
