"""The measured numbers as Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import peers
from benchmarks.workload import Figure, Workload


def markdown(results: Mapping[str, Any], workloads: Sequence[Workload], figures: Sequence[Figure]) -> str:
    """Return the tables of a run.

    Parameters
    ----------
    results : mapping
        As `benchmarks.overhead` writes them.
    workloads, figures : sequence
        What was measured, for titles and limits.
    """
    machine = results["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    parts = [f"Python {machine['python']}, {packages}; {results['processes']} process(es)."]
    if results["quick"]:
        parts.append("Quick run: a look, not a result.")
    times = results["workloads"]
    if times:
        parts += ["## Microseconds (CPU time, one thread)", _times(times, workloads)]
        parts += ["## Our time as a ratio to theirs (wanted: at most)", _ratios(times, workloads)]
    if results["figures"]:
        parts += ["## Memory, growth, import", _figures(results["figures"], figures)]
    return "\n\n".join(parts)


def _times(times: Mapping[str, Mapping[str, float]], workloads: Sequence[Workload]) -> str:
    columns = [peer for peer in peers.PACKAGES if any(peer in row for row in times.values())]
    rows = [
        [workload.title, *[_number(1e6 * row[peer]) if peer in row else "–" for peer in columns]]
        for workload in workloads
        if (row := times.get(workload.name)) is not None
    ]
    return _table(["workload", *columns], rows)


def _ratios(times: Mapping[str, Mapping[str, float]], workloads: Sequence[Workload]) -> str:
    columns = [peer for peer in peers.PACKAGES if peer not in (peers.OURS, peers.OURS_NN)]
    columns = [peer for peer in columns if any(peer in row for row in times.values())]
    rows = []
    for workload in workloads:
        row = times.get(workload.name)
        if row is None:
            continue
        cells = []
        for peer in columns:
            ratio = row[workload.ours] / row[peer] if peer in row else None
            cells.append("–" if ratio is None else _limited(ratio, workload.limits.get(peer)))
        rows.append([workload.title, *cells])
    return _table(["workload", *columns], rows)


def _figures(measured: Mapping[str, Mapping[str, float]], figures: Sequence[Figure]) -> str:
    rows = []
    for figure in figures:
        for key, value in measured.get(figure.name, {}).items():
            unit = "" if key == "ratio" else figure.unit
            rows.append([figure.title, key, f"{_limited(value, figure.limits.get(key))} {unit}".strip()])
    return _table(["what", "", "measured (wanted: at most)"], rows)


def _limited(value: float, limit: float | None) -> str:
    """Return a value with the limit that it should keep; in bold if it does not."""
    if limit is None:
        return _number(value)
    text = f"{_number(value)} ({limit:g})"
    return f"**{text}**" if value > limit else text


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
