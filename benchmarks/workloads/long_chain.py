"""A chain of 10^5 and of 10^6 operations: no recursion, linear time, and freed."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import cpu_seconds
from benchmarks.workload import Case, Figure, pure


def ours(n: int) -> Case:
    from autograd_lite import Tensor

    x = Tensor(0.5, requires_grad=True)

    def run() -> Any:
        x.grad = None
        y = x
        for _ in range(n):
            y = y * 1.0000001
        y.backward()
        return x.grad

    return pure(run)


def measure(quick: bool) -> dict[str, float]:
    """Return seconds for two lengths, ten times apart, and their ratio."""
    short, long = (10_000, 100_000) if quick else (100_000, 1_000_000)
    times = {n: cpu_seconds(ours(n), 1) for n in (short, long)}
    return {f"{short:,}": times[short], f"{long:,}": times[long], "ratio": times[long] / times[short]}


FIGURE = Figure("long-chain", "chain of n multiplications, forward, backward and freed", measure, "s")
