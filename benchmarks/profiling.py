"""Where our time goes: cProfile of each workload, functions by the time spent in them alone."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.measure import built, cpu_seconds
from benchmarks.suites import SUITES
from benchmarks.tables import seconds, table
from benchmarks.workload import Case, Workload

ROOT = Path(__file__).parents[1]
LINES = 15


def report(names: Sequence[str], only: Sequence[str], quick: bool) -> str:
    """Return the profiles of the chosen workloads, each as a table."""
    wanted = [
        workload
        for name in names
        for workload in SUITES[name].workloads
        if not only or any(text in workload.name for text in only)
    ]
    return "\n\n".join(profiled(workload, 0.1 if quick else 1.0) for workload in wanted)


def profiled(workload: Workload, budget: float) -> str:
    """Return the table of one workload, run for about this many seconds."""
    case = built(workload, [peers.OURS, peers.OURS_NN])[workload.ours]
    case.run()
    once = cpu_seconds(case, max(1, int(0.05 / max(cpu_seconds(case, 1), 1e-6))))
    rows = [
        [where, f"{100 * share:.0f} %", f"{calls:,.1f}"]
        for where, share, calls in hot(case, max(1, int(budget / max(once, 1e-6))))
    ]
    return (
        f"### {workload.title}\n\nOne run takes {seconds(once)} without the profiler, which slows down small functions "
        f"most.\n\n{table(['function', 'share of the time', 'calls a run'], rows)}"
    )


def hot(case: Case, runs: int) -> list[tuple[str, float, float]]:
    """Return where, share of the time and calls a run of the functions that take most themselves."""
    profile = cProfile.Profile(time.process_time, builtins=False)  # wall time would show who else was running
    profile.enable()
    for _ in range(runs):
        case.run()
    profile.disable()
    statistics = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # absent from typeshed
    total = sum(own for _, _, own, _, _ in statistics.values()) or 1.0
    found = [(_place(key), own / total, calls / runs) for key, (_, calls, own, _, _) in statistics.items()]
    return sorted(found, key=lambda line: -line[1])[:LINES]


def _place(key: tuple[str, int, str]) -> str:
    file, line, name = key
    if file == "~":
        return f"`{name}`"
    path = Path(file)
    short = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(*path.parts[-2:])
    return f"{short}:{line} `{name}`"
