"""Pictures of a run: how many times as long as we everyone takes, and how our own cost grows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.suites import SUITES

COLOURS = dict(zip(peers.PACKAGES, ("C0", "C0", "k", "C1", "C6", "C3", "C2", "C8", "C4", "C5"), strict=True))


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Write a picture with a panel for each suite that compares peers, and one for each growth."""
    from matplotlib.figure import Figure

    compared = {name: measured["times"] for name, measured in results["suites"].items() if measured["times"]}
    growths = {
        name: sizes
        for measured in results["suites"].values()
        for name, figure in measured["figures"].items()
        if len(sizes := sized(figure)) > 2
    }
    heights = [1 + 0.35 * len(times) for times in compared.values()] + [3.0] * bool(growths)
    if not heights:
        raise SystemExit("there is nothing to draw: no suite compares peers or measures growth")
    figure = Figure(figsize=(10, sum(heights)), layout="constrained")
    panels = figure.subplots(len(heights), 1, squeeze=False, gridspec_kw={"height_ratios": heights})[:, 0]
    for panel, (name, times) in zip(panels, compared.items(), strict=False):
        _ratios(panel, SUITES[name].title, times, {item.name: item.title for item in SUITES[name].workloads})
    if growths:
        _growth(panels[-1], growths)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def sized(figure: Mapping[str, float]) -> dict[int, float]:
    """Return size -> value of a figure's numbers that belong to a size."""
    return {int(key.replace(",", "")): value for key, value in figure.items() if key.replace(",", "").isdigit()}


def _ratios(panel: Any, title: str, times: Mapping[str, Any], titles: Mapping[str, str]) -> None:
    names = list(times)[::-1]
    labelled = set()
    for height, name in enumerate(names):
        for i, (peer, cell) in enumerate(times[name].items()):
            if "ratio" in cell:
                label = None if peer in labelled else peer
                labelled.add(peer)
                colour = COLOURS.get(peer, f"C{i}")
                panel.plot(1 / cell["ratio"], height, "o", color=colour, label=label)
    panel.axvline(1.0, color="C0", label="autograd_lite")
    panel.set(xscale="log", title=title, xlabel="their time, as a multiple of ours")
    panel.set_yticks(range(len(names)), [titles[name] for name in names], fontsize=8)
    panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8)
    panel.grid(axis="x", alpha=0.3)


def _growth(panel: Any, growths: Mapping[str, Mapping[int, float]]) -> None:
    for name, sizes in growths.items():
        panel.loglog(list(sizes), list(sizes.values()), "o-", label=name)
    panel.set(title="Growth", xlabel="size", ylabel="as the figure's unit")
    panel.legend(fontsize=8)
    panel.grid(alpha=0.3)
