"""A chain of 10^5 and of 10^6 operations: no recursion, linear time, and freed."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks import peers
from benchmarks.measure import cpu_seconds
from benchmarks.workload import Case, Figure, Workload, pure


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


def by_hand(n: int) -> Case:
    def run() -> Any:
        y, saved = 0.5, []
        for _ in range(n):
            saved.append(1.0000001)
            y = y * 1.0000001
        g = 1.0
        while saved:
            g = g * saved.pop()
        return g

    return pure(run)


def hips_autograd(n: int) -> Case:
    import autograd

    def f(x: Any) -> Any:
        for _ in range(n):
            x = x * 1.0000001
        return x

    return pure(partial(autograd.grad(f), 0.5))


def pytorch(n: int) -> Case:
    import torch

    x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)

    def run() -> Any:
        x.grad = None
        y = x
        for _ in range(n):
            y = y * 1.0000001
        y.backward()
        return x.grad

    return pure(run)


def workload(n: int) -> Workload:
    """Return the chain of n multiplications; MyGrad's sweep recurses, JAX and CasADi would unroll it to compile."""
    cases = {peers.OURS: ours, peers.HAND: by_hand, peers.AUTOGRAD: hips_autograd, peers.TORCH: pytorch}
    title = f"deep chain of {n:,} multiplications of a scalar, per operation"
    return Workload(f"deep-chain-{n}", title, {peer: partial(build, n) for peer, build in cases.items()}, n)


def measure(quick: bool) -> dict[str, float]:
    """Return seconds for two lengths, ten times apart, and their ratio."""
    short, long = (10_000, 100_000) if quick else (100_000, 1_000_000)
    times = {n: cpu_seconds(ours(n), 1) for n in (short, long)}
    return {f"{short:,}": times[short], f"{long:,}": times[long], "ratio": times[long] / times[short]}


FIGURE = Figure("long-chain", "chain of n multiplications, forward, backward and freed", measure, "s")
WORKLOAD = workload(20_000)
