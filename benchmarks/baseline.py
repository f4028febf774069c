"""Compare the numbers of two revisions, and flag what grew beyond the noise.

Two runs never meet the same machine. So our times are first divided by how much slower everyone else was in the second
run: the median, over the peers that both runs measured, of new time over old. What then remains is noise up to three
times the spread of both runs' samples, and never less than a tenth of the time.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.tables import table

#: Changes below these are never flagged: of times, of peak memory, of other figures.
SMALLEST = {"time": 0.10, "memory": 0.05, "figure": 0.15}

MEBIBYTE = 2**20


class Change(NamedTuple):
    """A number in two runs.

    Attributes
    ----------
    name, kind : str
        Which, and one of "time", "memory" and "figure".
    old, new : float
        As they were measured.
    ratio : float
        New over old, for a time after division by the change of the machine.
    noise : float
        How far the ratio may be above one.
    """

    name: str
    kind: str
    old: float
    new: float
    ratio: float
    noise: float

    @property
    def flagged(self) -> bool:
        """Whether the number grew beyond the noise."""
        return self.ratio > 1 + self.noise


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return what both runs measured of us, the largest growth first."""
    changes: list[Change] = []
    for suite in new["suites"].keys() & old["suites"].keys():
        before, after = old["suites"][suite], new["suites"][suite]
        speed = machine_change(before["times"], after["times"])
        for name in after["times"].keys() & before["times"].keys():
            for peer in after["times"][name].keys() & before["times"][name].keys():
                if peer.startswith("autograd_lite") or "ratio" not in after["times"][name][peer]:
                    label = f"{suite}/{name}" + ("" if peer == "autograd_lite" else f" ({peer})")
                    changes += _changes(label, before["times"][name][peer], after["times"][name][peer], speed)
        for name in after["figures"].keys() & before["figures"].keys():
            for key, value in after["figures"][name].items():
                if key in before["figures"][name]:
                    was = before["figures"][name][key]
                    ratio = value / was if was else (1.0 if value == was else math.inf)
                    changes.append(Change(f"{suite}/{name}: {key}", "figure", was, value, ratio, SMALLEST["figure"]))
    return sorted(changes, key=lambda change: (-change.ratio / (1 + change.noise), change.name))


def machine_change(old: Mapping[str, Any], new: Mapping[str, Any]) -> float:
    """Return how much longer everyone else took in the second run; 1 if nobody else was measured in both."""
    factors = [
        new[name][peer]["seconds"] / old[name][peer]["seconds"]
        for name in new.keys() & old.keys()
        for peer in new[name].keys() & old[name].keys()
        if not peer.startswith("autograd_lite") and old[name][peer]["seconds"]
    ]
    return statistics.median(factors) if factors else 1.0


def _changes(label: str, old: Mapping[str, float], new: Mapping[str, float], speed: float) -> list[Change]:
    noise = max(SMALLEST["time"], 3 * math.hypot(old["spread"], new["spread"]))
    ratio = new["seconds"] / old["seconds"] / speed if old["seconds"] else 1.0
    found = [Change(label, "time", old["seconds"], new["seconds"], ratio, noise)]
    if "memory" in old and "memory" in new:
        was, now = old["memory"], new["memory"]
        ratio = (now + MEBIBYTE) / (was + MEBIBYTE)  # pages and arenas come and go: less than 1 MiB says nothing
        found.append(Change(label, "memory", was, now, ratio, SMALLEST["memory"]))
    return found


def markdown(changes: Sequence[Change]) -> str:
    """Return the changes as a table, what grew beyond the noise in bold."""
    if not changes:
        return "The two runs have nothing in common."
    rows = []
    for change in changes:
        ratio = f"{change.ratio:.2f}"
        rows.append(
            [
                change.name,
                change.kind,
                f"{change.old:.3g}",
                f"{change.new:.3g}",
                f"**{ratio}**" if change.flagged else ratio,
                f"{1 + change.noise:.2f}",
            ]
        )
    count = sum(change.flagged for change in changes)
    verdict = f"{count} of {len(changes)} numbers grew beyond the noise." if count else "Nothing grew beyond the noise."
    return verdict + "\n\n" + table(["what", "kind", "before", "now", "ratio", "noise up to"], rows)
