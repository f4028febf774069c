"""The command: list suites, run them, write what they measured, compare it with an earlier run, profile.

    python -m benchmarks                                  which suites there are
    python -m benchmarks --suite engine networks          run two of them
    python -m benchmarks --quick                          a look at all of them, not a result
    python -m benchmarks --suite engine --baseline results.json

Results are checked for equality before anything is timed. Times are CPU times on one thread: medians of interleaved
samples over fresh processes.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import baseline, peers, report, runner
from benchmarks.suites import SUITES

DEFAULT_PATH = Path(__file__).parent / "results" / "latest.json"


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = made.add_argument
    add("--list", action="store_true", help="list suites, their workloads, and who is installed")
    add("--suite", nargs="+", metavar="NAME", help=f"which to run: all (default), or some of {', '.join(SUITES)}")
    add("--only", nargs="+", default=[], metavar="TEXT", help="workloads and figures whose names hold one of these")
    add("--peers", nargs="+", metavar="NAME", help="whom to compare with (default: all that are installed)")
    add("--quick", action="store_true", help="one process, few samples, smaller sizes: a look, not a result")
    add("--processes", type=int, metavar="N", help="fresh processes to take the median over (3, or 1 with --quick)")
    add("--no-memory", action="store_true", help="do not measure peak memory (as with --quick)")
    add(
        "--json",
        type=Path,
        default=DEFAULT_PATH,
        metavar="FILE",
        help="where to write the numbers (benchmarks/results/latest.json)",
    )
    add("--markdown", type=Path, metavar="FILE", help="also write the tables to this file")
    add("--plot", type=Path, metavar="FILE", help="draw the ratios and growths (needs matplotlib)")
    add("--page", action="store_true", help="write docs/finite_differences.md from the suite of that name")
    add("--profile", action="store_true", help="show where our time goes instead: cProfile of each workload")
    add("--baseline", type=Path, metavar="FILE", help="compare with an earlier --json, flag what grew beyond the noise")
    add("--from", dest="source", type=Path, metavar="FILE", help="measure nothing, take the numbers of this --json")
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exits with 1 if something grew beyond the noise over the baseline."""
    made = parser()
    options = made.parse_args(arguments)
    if options.list or not (sys.argv[1:] if arguments is None else arguments):
        print(listing())
        return
    try:
        among = peers.chosen(options.peers)
        names = having(suites_named(options.suite or ["all"]), options.only)
        if (options.plot or options.page) and importlib.util.find_spec("matplotlib") is None:
            raise ValueError("pictures need matplotlib: pip install matplotlib")
        absent = [str(path) for path in (options.baseline, options.source) if path and not path.is_file()]
        if absent:
            raise ValueError(f"there is no file {' and no file '.join(absent)}")
    except ValueError as error:
        made.error(str(error))
    if options.profile:
        from benchmarks import profiling

        print(profiling.report(names, options.only, options.quick))
        return
    if options.source:
        results = json.loads(options.source.read_text())
    else:
        processes = max(1, options.processes or (1 if options.quick else 3))
        memory = not (options.quick or options.no_memory)
        results = runner.run(names, options.only, among, options.quick, processes, memory)
        write(options.json, json.dumps(results, indent=2) + "\n")
    text = report.markdown(results)
    print(text)
    if options.markdown:
        write(options.markdown, text + "\n")
    if options.plot:
        from benchmarks import plots

        plots.draw(results, options.plot)
    if options.page:
        for path in pages(results):
            print(f"Written to {path}")
    if options.baseline:
        finish(baseline.compare(json.loads(options.baseline.read_text()), results))


def suites_named(names: Sequence[str]) -> list[str]:
    """Return the suites of these names; "all" means all.

    Raises
    ------
    ValueError
    """
    unknown = [name for name in names if name not in SUITES and name != "all"]
    if unknown:
        raise ValueError(f"no suite is called {', '.join(map(repr, unknown))}; the suites are {', '.join(SUITES)}")
    return list(SUITES) if "all" in names else list(dict.fromkeys(names))


def having(names: Sequence[str], only: Sequence[str]) -> list[str]:
    """Return the suites with a workload or figure whose name holds one of these texts; all for none.

    Raises
    ------
    ValueError
        If there is none.
    """
    found = [
        name
        for name in names
        if not only
        or any(text in item.name for item in (*SUITES[name].workloads, *SUITES[name].figures) for text in only)
    ]
    if not found:
        raise ValueError(f"no workload or figure of {', '.join(names)} has a name with {' or '.join(map(repr, only))}")
    return found


def listing() -> str:
    """Return which suites there are, and whom they are measured beside."""
    lines = ["Suites (python -m benchmarks --suite NAME ...):", ""]
    for suite in SUITES.values():
        lines.append(f"  {suite.name:20} {suite.title}")
        lines += [f"    {item.name:36} {item.title}" for item in (*suite.workloads, *suite.figures)]
    lines += ["", f"Installed: {', '.join(peers.installed())}"]
    lines += [f"Missing: {peer} ({why})" for peer, why in peers.missing().items()]
    return "\n".join(lines)


def pages(results: runner.Numbers) -> list[Path]:
    """Write the pages that belong to the studies among the results; returns their paths."""
    made = []
    for name, measured in results["suites"].items():
        if measured.get("study") is not None:
            made += SUITES[name].study.write_page(measured["study"], results["machine"])
    return made


def finish(changes: Sequence[baseline.Change]) -> None:
    """Print how numbers changed; exits with 1 if one of them grew beyond the noise."""
    print("\n" + baseline.markdown(changes))
    if any(change.flagged for change in changes):
        raise SystemExit(1)


def write(path: Path, text: str) -> None:
    """Write a file, and its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
