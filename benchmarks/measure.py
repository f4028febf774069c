"""Timing: CPU time, interleaved samples; peak memory; and the check that everyone computes the same first."""

from __future__ import annotations

import ctypes
import gc
import resource
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload


class DisagreementError(Exception):
    """Two peers computed different things, so their times are not comparable."""


class Effort(NamedTuple):
    """How long to measure.

    Attributes
    ----------
    rounds : int
        Samples of each case, at most.
    sample_seconds : float
        A case is run in one sample as often as fits into this, and at least once.
    seconds : float
        All samples of a workload together take about this; three rounds are taken in any case.
    """

    rounds: int
    sample_seconds: float
    seconds: float


QUICK, FULL = Effort(3, 0.002, 0.5), Effort(15, 0.01, 3.0)


def built(
    workload: Workload,
    among: Sequence[str],
    refused: dict[str, str] | None = None,
    spent: dict[str, float] | None = None,
) -> dict[str, Case]:
    """Build a workload afresh for each of these peers that it is written for.

    Peers that cannot run are left out, and told of in ``refused``: peer -> reason. Without that, they raise. ``spent``
    is filled with the CPU seconds that building took.
    """
    cases = {}
    for peer, build in workload.cases.items():
        if peer in peers.PACKAGES and peer not in among:
            continue
        try:
            peers.prepare(peer)
            started = time.process_time()
            cases[peer] = build()
            if spent is not None:
                spent[peer] = time.process_time() - started
        except peers.UnavailableError as error:
            if refused is None:
                raise
            refused[peer] = str(error)
    return cases


def compare(
    workload: Workload, among: Sequence[str], runs: int = 2, refused: dict[str, str] | None = None
) -> dict[str, float]:
    """Run a workload a few times with each peer and compare the results with the first one's.

    Returns
    -------
    dict of str to float
        The largest difference of each, relative to the largest element of an array.

    Raises
    ------
    DisagreementError
    """
    reference: list[np.ndarray] | None = None
    errors: dict[str, float] = {}
    for peer, case in built(workload, among, refused).items():
        for _ in range(runs):
            case.run()
        if case.result is None:
            errors[peer] = 0.0
            continue
        found = [np.asarray(array) for array in case.result()]
        if reference is None:
            reference, first, errors[peer] = found, peer, 0.0
            continue
        if [array.shape for array in found] != [array.shape for array in reference]:
            shapes = ([array.shape for array in arrays] for arrays in (found, reference))
            raise DisagreementError(
                f"{workload.name}: {peer} and {first} disagree in shapes: {' and '.join(map(str, shapes))}"
            )
        errors[peer] = float(np.max([0.0, *map(_difference, found, reference)]))  # a NaN stays one
        if not errors[peer] <= workload.rtol:
            raise DisagreementError(
                f"{workload.name}: {peer} and {first} disagree by {errors[peer]:.1e} of the largest element; "
                f"{workload.rtol:.0e} is allowed"
            )
    return errors


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    if not found.size:
        return 0.0
    scale = float(np.max(np.abs(expected)))
    return float(np.max(np.abs(found - expected))) / (scale or 1.0)


def interleaved(cases: Mapping[str, Case], effort: Effort) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return CPU seconds of one run of each case.

    They take turns, A B C A B C, so that a disturbance hits all of them alike.

    Returns
    -------
    samples : dict of str to list of float
        As many for each case, in the order of time.
    first : dict of str to float
        Of the first run after the case was built: what compiles, compiles in it.
    """
    first, repeats, expected = {}, {}, 0.0
    for peer, case in cases.items():
        first[peer] = cpu_seconds(case, 1)
        once = max(cpu_seconds(case, 1), 1e-9)
        repeats[peer] = max(1, int(effort.sample_seconds / once))
        expected += once * repeats[peer]
    rounds = max(min(3, effort.rounds), min(effort.rounds, int(effort.seconds / max(expected, 1e-9))))
    samples: dict[str, list[float]] = {peer: [] for peer in cases}
    gc.collect()
    gc.freeze()  # else whoever makes objects pays for walking those of all the libraries that happen to be loaded
    for _ in range(rounds):
        for peer, case in cases.items():
            samples[peer].append(cpu_seconds(case, repeats[peer]))
    gc.unfreeze()
    return samples, first


def cpu_seconds(case: Case, repeats: int) -> float:
    """Return the CPU seconds of one of several runs in a row."""
    run = case.run
    started = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - started) / repeats


# Memory


def peak_bytes(case: Case) -> int:
    """Return by how much one run raises the memory that this process holds, at its peak.

    A first run loads and compiles what is loaded once; what the allocator kept of it is handed back before the second
    one is watched. On Linux the high-water mark is set back as well; elsewhere a run that stays below an earlier peak
    shows as 0.
    """
    case.run()
    gc.collect()
    _hand_back()
    try:
        Path("/proc/self/clear_refs").write_text("5")  # sets the high-water mark to what is held: man 5 proc
    except OSError:
        before = _high_water()
    else:
        before = _high_water()
    kept: Any = case.run()
    peak = _high_water()
    del kept
    return max(0, peak - before)


def _high_water() -> int:
    """Return the largest resident set so far, in bytes (Linux counts it in KiB)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _hand_back() -> None:
    """Ask glibc to return free memory to the system; other libraries of C lack this."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
