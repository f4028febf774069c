"""Run suites in fresh processes and put their numbers together.

A process measures all peers of a suite, turn by turn, so that a ratio is that of two samples taken one after the other;
several processes follow each other, as where memory happens to lie makes a difference between them. Memory is measured
for each peer in a process of its own.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import machine, peers
from benchmarks.measure import FULL, QUICK, built, compare, interleaved, peak_bytes
from benchmarks.suites import SUITES
from benchmarks.workload import Suite, Workload

Numbers = dict[str, Any]


class Job(NamedTuple):
    """What one process is to do.

    Attributes
    ----------
    suite : str
    only : list of str
        Names of workloads and figures hold one of these texts.
    among : list of str
        Peers.
    quick : bool
    memory : bool
        Whether to measure memory, and nothing else.
    turn : int
        Which of the processes of a suite: each lets another peer begin.
    """

    suite: str
    only: list[str]
    among: list[str]
    quick: bool
    memory: bool = False
    turn: int = 0


# In the process that asks


def run(
    suites: Sequence[str], only: Sequence[str], among: Sequence[str], quick: bool, processes: int, memory: bool
) -> Numbers:
    """Measure suites, and return all that a results file holds."""
    results: Numbers = {
        "format": 1,
        "machine": machine.described(),
        "quick": quick,
        "processes": processes,
        "missing": dict(peers.missing().items()),
        "suites": {},
    }
    for name in suites:
        job = Job(name, list(only), list(among), quick)
        parts = []
        for i in range(processes):
            print(f"{name}: process {i + 1} of {processes}", file=sys.stderr)
            parts.append(_fresh(job._replace(turn=i)))
        merged = merge(parts, SUITES[name])
        if memory:
            _add_memory(merged, job)
        results["missing"].update(merged.pop("refused"))
        results["suites"][name] = merged
    return results


def merge(parts: Sequence[Numbers], suite: Suite) -> Numbers:
    """Return one set of numbers from those of several processes.

    For each workload and peer ``seconds`` is the median of all samples and ``spread`` the distance of their quartiles
    divided by it; ``ratio`` and ``ratio_spread`` are the same of our sample divided by the peer's of the same turn.
    """
    merged: Numbers = {"times": {}, "figures": {}, "study": parts[0].get("study"), "refused": {}}
    for part in parts:
        merged["refused"].update(part["refused"])
    for workload in suite.workloads:
        found = [part["times"][workload.name] for part in parts if workload.name in part["times"]]
        if found:
            merged["times"][workload.name] = _merged_times(found, workload)
    for name in parts[0]["figures"]:
        keys = parts[0]["figures"][name]
        merged["figures"][name] = {
            key: statistics.median([part["figures"][name][key] for part in parts if key in part["figures"][name]])
            for key in keys
        }
    return merged


def _merged_times(found: Sequence[Numbers], workload: Workload) -> Numbers:
    row: Numbers = {}
    for peer in workload.cases:  # in the order of the file
        having = [part for part in found if peer in part]
        if not having:
            continue
        samples = [seconds / workload.operations for part in having for seconds in part[peer]["samples"]]
        row[peer] = {
            "seconds": statistics.median(samples),
            "spread": spread(samples),
            "samples": len(samples),
            "first": statistics.median(part[peer]["first"] for part in having),
            "error": max(part[peer]["error"] for part in having),
        }
        paired = [part for part in having if workload.ours in part]
        ratios = [
            ours / theirs
            for part in paired
            for ours, theirs in zip(part[workload.ours]["samples"], part[peer]["samples"], strict=True)
            if theirs
        ]
        if ratios and peer != workload.ours:
            row[peer]["ratio"], row[peer]["ratio_spread"] = statistics.median(ratios), spread(ratios)
    return row


def spread(samples: Sequence[float]) -> float:
    """Return the distance of the quartiles, relative to the median."""
    if len(samples) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(samples, n=4, method="inclusive")
    return (high - low) / middle if middle else 0.0


def _add_memory(merged: Numbers, job: Job) -> None:
    names = list(dict.fromkeys(peer for row in merged["times"].values() for peer in row))
    for peer in names:
        print(f"{job.suite}: memory of {peer}", file=sys.stderr)
        measured = _fresh(job._replace(among=[peer], memory=True))["memory"]
        for name, bytes_ in measured.items():
            merged["times"][name][peer]["memory"] = bytes_


def _fresh(job: Job) -> Numbers:
    with tempfile.TemporaryDirectory() as folder:  # a file, as libraries print to the standard output
        path = Path(folder) / "numbers.json"
        command = [sys.executable, "-m", "benchmarks.runner", json.dumps(job._asdict()), str(path)]
        done = subprocess.run(command, cwd=Path(__file__).parents[1])
        if done.returncode:
            raise SystemExit(f"the process that measured {job.suite} failed; what it printed stands above")
        return json.loads(path.read_text())


# In the process that measures


def work(job: Job) -> Numbers:
    """Do a job in this process."""
    suite = SUITES[job.suite]
    workloads = [item for item in suite.workloads if _wanted(item.name, job.only)]
    if job.memory:
        return {"memory": _memory(workloads, job.among[0])}
    figures = {}
    for figure in suite.figures:
        if _wanted(figure.name, job.only):
            figures[figure.name] = figure.measure(job.quick)  # before other libraries are loaded
    study = suite.study.measure(job.quick) if suite.study is not None and job.turn == 0 else None
    refused: dict[str, str] = {}
    times: Numbers = {}
    for workload in workloads:
        times[workload.name] = measured(workload, job, refused)
    return {"times": times, "figures": figures, "study": study, "refused": refused}


def measured(workload: Workload, job: Job, refused: dict[str, str]) -> Numbers:
    """Compare the results of a workload between peers, then measure it."""
    errors = compare(workload, job.among, refused=refused)
    spent: dict[str, float] = {}
    cases = built(workload, job.among, refused, spent)
    order = list(cases)
    start = job.turn % max(1, len(order))
    cases = {peer: cases[peer] for peer in (*order[start:], *order[:start])}
    samples, first = interleaved(cases, QUICK if job.quick else FULL)
    return {
        peer: {"samples": samples[peer], "first": spent[peer] + first[peer], "error": errors[peer]} for peer in order
    }


def _memory(workloads: Sequence[Workload], peer: str) -> Mapping[str, int]:
    found = {}
    for workload in workloads:
        cases = built(workload, [peer], {})
        if peer in cases:
            found[workload.name] = peak_bytes(cases[peer])
    return found


def _wanted(name: str, only: Sequence[str]) -> bool:
    return not only or any(text in name for text in only)


if __name__ == "__main__":
    task, target = sys.argv[1:]
    Path(target).write_text(json.dumps(work(Job(**json.loads(task)))))
