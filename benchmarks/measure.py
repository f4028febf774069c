"""Timing: CPU time, interleaved samples, medians; and the check that everyone computes the same first."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Mapping

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload


class DisagreementError(Exception):
    """Two peers computed different things, so their times are not comparable."""


def built(workload: Workload, among: list[str]) -> dict[str, Case]:
    """Build a workload afresh for each of these peers that it is written for."""
    cases = {}
    for peer, build in workload.cases.items():
        if peer in among:
            peers.prepare(peer)
            cases[peer] = build()
    return cases


def compare(workload: Workload, among: list[str], runs: int = 3) -> None:
    """Run a workload a few times with each peer and compare the results with the first one's.

    Raises
    ------
    DisagreementError
    """
    reference: list[np.ndarray] | None = None
    for peer, case in built(workload, among).items():
        for _ in range(runs):
            case.run()
        found = [np.asarray(array) for array in case.result()]
        if reference is None:
            reference, first = found, peer
            continue
        for expected, array in zip(reference, found, strict=True):
            if expected.shape != array.shape or not np.allclose(array, expected, rtol=1e-8, atol=1e-10):
                raise DisagreementError(
                    f"{workload.name}: {peer} and {first} disagree: shapes {array.shape} and {expected.shape}, "
                    f"{array.ravel()[:4]} and {expected.ravel()[:4]}"
                )


def interleaved(cases: Mapping[str, Case], rounds: int, sample_seconds: float) -> dict[str, float]:
    """Return the median CPU seconds of one run of each case.

    Parameters
    ----------
    cases : mapping of str to Case
    rounds : int
        Samples of each case. They take turns, so that a disturbance hits all of them alike.
    sample_seconds : float
        A case is run in one sample as often as fits into this.

    Returns
    -------
    dict of str to float
    """
    repeats = {}
    for peer, case in cases.items():
        case.run()
        repeats[peer] = max(1, int(sample_seconds / max(cpu_seconds(case, 1), 1e-9)))
    samples: dict[str, list[float]] = {peer: [] for peer in cases}
    gc.collect()
    gc.freeze()  # else whoever makes objects pays for walking those of all the libraries that happen to be loaded
    for _ in range(rounds):
        for peer, case in cases.items():
            samples[peer].append(cpu_seconds(case, repeats[peer]))
    gc.unfreeze()
    return {peer: statistics.median(values) for peer, values in samples.items()}


def cpu_seconds(case: Case, repeats: int) -> float:
    """Return the CPU seconds of one of several runs in a row."""
    run = case.run
    started = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - started) / repeats
