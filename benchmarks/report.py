"""The measured numbers as Markdown tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks import peers
from benchmarks.suites import SUITES
from benchmarks.tables import limited, seconds, table
from benchmarks.workload import Figure, Suite, Workload

Times = Mapping[str, Mapping[str, Mapping[str, float]]]


def markdown(results: Mapping[str, Any]) -> str:
    """Return the tables of a run.

    Parameters
    ----------
    results : mapping
        As `benchmarks.runner.run` returns them.
    """
    parts = [_machine(results["machine"], results["processes"])]
    if results["quick"]:
        parts.append("Quick run: a look, not a result.")
    parts += [f"Without {peer}: {why}." for peer, why in results["missing"].items()]
    for name, measured in results["suites"].items():
        suite = SUITES[name]
        parts.append(f"## {suite.title}")
        if measured["times"]:
            parts += _time_tables(measured["times"], suite)
        if measured["figures"]:
            parts.append(_figures(measured["figures"], suite.figures))
        if measured.get("study") is not None:
            parts.append(suite.study.markdown(measured["study"]))
    return "\n\n".join(parts)


def _machine(machine: Mapping[str, Any], processes: int) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    return (
        f"{machine['date'][:10]}, revision {machine['revision']}, {machine['cpu']} ({machine['cores']} cores, load "
        f"{machine['load']}), one thread; Python {machine['python']}, {packages}; {processes} process(es)."
    )


def _time_tables(times: Times, suite: Suite) -> list[str]:
    workloads = [item for item in suite.workloads if item.name in times]
    columns = list(dict.fromkeys(peer for item in workloads for peer in item.cases if peer in times[item.name]))
    order = {peer: i for i, peer in enumerate(peers.PACKAGES)}
    columns.sort(key=lambda peer: order.get(peer, len(order)))
    parts = [
        "CPU time, one thread (± half the distance of the quartiles):",
        _grid(times, workloads, columns, lambda cell, _: seconds(cell["seconds"], cell["spread"])),
    ]
    others = [peer for peer in columns if any("ratio" in times[item.name].get(peer, {}) for item in workloads)]
    if others:
        parts += [
            "Our time as a ratio to theirs (wanted: at most; bold if above):",
            _grid(times, workloads, others, lambda cell, limit: _ratio(cell, limit)),
        ]
    compiled = [peer for peer in columns if peer in peers.COMPILED]
    if compiled:
        parts += [
            "Building and the first call, in which these compile, or record and differentiate:",
            _grid(times, workloads, compiled, lambda cell, _: seconds(cell["first"])),
        ]
    if any("memory" in cell for row in times.values() for cell in row.values()):
        parts += [
            "Peak memory of a run above what the process held before, MB:",
            _grid(
                times, workloads, columns, lambda cell, _: f"{cell['memory'] / 1e6:.1f}" if "memory" in cell else "–"
            ),
        ]
    if len(columns) > 1:
        worst = max(cell["error"] for row in times.values() for cell in row.values())
        parts.append(f"Results differ by at most {worst:.0e} of an array's largest element.")
    else:
        parts.append("Nobody else was there to compare with.")
    if suite.summary is not None:
        rows = [[key, limited(value, limit)] for key, (value, limit) in suite.summary(times).items()]
        parts.append(table(["altogether", "measured (wanted: at most)"], rows))
    return parts


def _grid(
    times: Times,
    workloads: Sequence[Workload],
    columns: Sequence[str],
    text: Callable[[Mapping[str, float], float | None], str],
) -> str:
    rows = []
    for item in workloads:
        row = times[item.name]
        cells = [text(row[peer], item.limits.get(peer)) if peer in row else "–" for peer in columns]
        if any(cell != "–" for cell in cells):
            rows.append([item.title, *cells])
    return table(["workload", *columns], rows)


def _ratio(cell: Mapping[str, float], limit: float | None) -> str:
    return limited(cell["ratio"], limit) if "ratio" in cell else "–"


def _figures(measured: Mapping[str, Mapping[str, float]], figures: Sequence[Figure]) -> str:
    rows = []
    for figure in figures:
        for key, value in measured.get(figure.name, {}).items():
            unit = figure.units.get(key, figure.unit)
            rows.append([figure.title, key, f"{limited(value, figure.limits.get(key))} {unit}".strip()])
    return table(["what", "", "measured (wanted: at most)"], rows)
