"""Measure what an operation and a training step cost, side by side with hand-written NumPy and other libraries.

    python -m benchmarks.overhead [--quick] [--only NAME ...] [--processes 3] [--json PATH]

Results are checked for equality first. Times are CPU times on one thread, medians of interleaved samples, and of those
the median over fresh processes. Differences below 25 % are noise on a shared machine; ratios are steadier than times.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks import peers, report
from benchmarks.measure import built, compare, interleaved
from benchmarks.workloads import FIGURES, WORKLOADS

DEFAULT_PATH = Path(__file__).parent / "results" / "overhead.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    names = [item.name for item in (*WORKLOADS, *FIGURES)]
    parser = argparse.ArgumentParser(prog="benchmarks.overhead", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer samples and smaller sizes: a look, not a result")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--processes", type=int, default=3, help="fresh processes to take the median over")
    parser.add_argument("--json", type=Path, default=DEFAULT_PATH, help="where to write the numbers")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        json.dump(run(options.only, options.quick), sys.stdout)
        return
    count = max(1, options.processes)
    results = {
        "machine": {"platform": platform.platform(), "python": platform.python_version(), "packages": _versions()},
        "quick": options.quick,
        "processes": count,
        **_merged([_fresh(options.only, options.quick) for _ in range(count)]),
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=2) + "\n")
    print(report.markdown(results, WORKLOADS, FIGURES))
    print(f"\nWritten to {options.json}")


def run(names: Sequence[str], quick: bool) -> dict[str, Any]:
    """Measure the named workloads in this process.

    Returns
    -------
    dict
        ``workloads``: name -> peer -> seconds for one operation; ``figures``: name -> number -> value.
    """
    figures = {
        figure.name: figure.measure(quick) for figure in FIGURES if figure.name in names
    }  # before the peers load
    among = peers.installed()
    times: dict[str, dict[str, float]] = {}
    for workload in WORKLOADS:
        if workload.name in names:
            compare(workload, among)
            medians = interleaved(built(workload, among), *((3, 0.002) if quick else (15, 0.01)))
            times[workload.name] = {peer: seconds / workload.operations for peer, seconds in medians.items()}
    return {"workloads": times, "figures": figures}


def _fresh(names: Sequence[str], quick: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.overhead", "--worker", "--only", *names]
    done = subprocess.run([*command, *(["--quick"] if quick else [])], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"a benchmark process failed: {' '.join(command)}")
    return json.loads(done.stdout)


def _merged(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians over several processes."""
    return {
        kind: {
            name: {key: statistics.median(run[kind][name][key] for run in runs) for key in values}
            for name, values in runs[0][kind].items()
        }
        for kind in ("workloads", "figures")
    }


def _versions() -> dict[str, str]:
    packages = ("autograd-lite", "numpy", "autograd", "torch", "jax")
    return {name: metadata.version(name) for name in packages if _is_installed(name)}


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


if __name__ == "__main__":
    main()
