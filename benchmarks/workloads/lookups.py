"""n look-ups x[i] in an array of n, summed: the time must grow with n, not with n²."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import cpu_seconds
from benchmarks.workload import Case, Figure, pure


def ours(n: int) -> Case:
    import numpy as np

    from autograd_lite import Tensor

    x = Tensor(np.linspace(0.0, 1.0, n), requires_grad=True)

    def run() -> Any:
        x.grad = None
        total = x[0]
        for i in range(1, n):
            total = total + x[i]
        total.backward()
        return x.grad

    return pure(run)


def measure(quick: bool) -> dict[str, float]:
    """Return seconds for two sizes, ten times apart, and their ratio."""
    small, large = (1_000, 10_000) if quick else (10_000, 100_000)
    times = {n: cpu_seconds(ours(n), 1) for n in (small, large)}
    return {f"{small:,}": times[small], f"{large:,}": times[large], "ratio": times[large] / times[small]}


FIGURE = Figure(
    "lookups", "n look-ups x[i] in an array of n, summed, forward and backward", measure, "s", {"ratio": 15}
)
