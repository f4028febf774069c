"""Compare derivatives of ADBench's objectives with PyTorch's, and the times they take.

    python -m benchmarks.adbench [--quick] [--only TEXT ...] [--processes 3] [--json PATH]

Times are CPU times on one thread, medians of interleaved samples, and of those the median over fresh processes. The
error is the largest difference between two derivatives' arrays, relative to the largest element of the array.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import peers
from benchmarks.adbench import WORKLOADS
from benchmarks.measure import DisagreementError, built, interleaved
from benchmarks.workload import Workload

DEFAULT_PATH = Path(__file__).parents[1] / "results" / "adbench.json"

#: The largest relative difference from PyTorch's derivatives that passes.
TOLERANCE = 1e-8

COLUMNS = ("ours", "PyTorch", "ratio", "error")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="benchmarks.adbench", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer samples: a look, not a result")
    parser.add_argument("--only", nargs="+", default=[""], metavar="TEXT", help="names that hold one of these")
    parser.add_argument("--processes", type=int, default=3, help="fresh processes to take the median over")
    parser.add_argument("--json", type=Path, default=DEFAULT_PATH, help="where to write the numbers")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    chosen = [workload for workload in WORKLOADS if any(text in workload.name for text in options.only)]
    if options.worker:
        json.dump({workload.name: measured(workload, options.quick) for workload in chosen}, sys.stdout)
        return
    names = [workload.name for workload in chosen]
    runs = [_fresh(names, options.quick) for _ in range(max(1, options.processes))]
    results = {
        name: {column: statistics.median(run[name][column] for run in runs) for column in COLUMNS} for name in names
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=2) + "\n")
    print(table(results, chosen))
    print(f"\nWritten to {options.json}")


def measured(workload: Workload, quick: bool) -> dict[str, float]:
    """Return the milliseconds of both sides, their ratio, and the largest relative difference of the derivatives."""
    cases = built(workload, [peers.OURS, peers.TORCH])
    error = difference(*(case.result() for case in cases.values()))
    if not error <= TOLERANCE:
        raise DisagreementError(f"{workload.name}: the derivatives differ from PyTorch's by {error:.1e}")
    times = interleaved(cases, *((3, 0.01) if quick else (11, 0.05)))
    ours, torch = 1e3 * times[peers.OURS], 1e3 * times[peers.TORCH]
    return {"ours": ours, "PyTorch": torch, "ratio": ours / torch, "error": error}


def difference(ours: Sequence[np.ndarray], theirs: Sequence[np.ndarray]) -> float:
    """Return the largest difference between arrays, relative to the largest element of each."""
    return max(float(np.max(np.abs(a - b)) / np.max(np.abs(b))) for a, b in zip(ours, theirs, strict=True))


def table(results: dict[str, dict[str, float]], workloads: Sequence[Workload]) -> str:
    """Return the results as a Markdown table, ratios above their limit in bold."""
    lines = [
        "| objective | ours, ms | PyTorch, ms | ratio | largest relative error |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for workload in workloads:
        row = results[workload.name]
        ratio = f"{row['ratio']:.2f}" if row["ratio"] <= workload.limits[peers.TORCH] else f"**{row['ratio']:.2f}**"
        lines.append(f"| {workload.title} | {row['ours']:.3g} | {row['PyTorch']:.3g} | {ratio} | {row['error']:.0e} |")
    return "\n".join(lines)


def _fresh(names: Sequence[str], quick: bool) -> dict[str, dict[str, float]]:
    command = [sys.executable, "-m", "benchmarks.adbench", "--worker", "--only", *names]
    done = subprocess.run([*command, *(["--quick"] if quick else [])], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"a benchmark process failed: {' '.join(command)}")
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
