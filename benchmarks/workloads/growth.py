"""How time and memory grow: with operations, with the length of vectors, with depth, with the size of a Jacobian.

Each figure gives microseconds and peak megabytes for each size, and the exponents p of c nᵖ, fitted by least squares in
logarithms to the largest three sizes, where what a call costs in any case no longer counts.
"""

from __future__ import annotations

import statistics
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.measure import cpu_seconds
from benchmarks.workload import Figure, pure

FITTED = 3


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return the slope of a line through the last points, in logarithms."""
    pairs = [(n, value) for n, value in zip(sizes, values, strict=True) if value > 0][-FITTED:]
    return float(np.polyfit(*np.log(np.array(pairs).T), 1)[0]) if len(pairs) > 1 else float("nan")


def operations(n: int) -> Callable[[], Any]:
    """Return the gradient of a chain of n operations on a scalar."""
    import autograd_lite as ag

    def f(x: Any) -> Any:
        for _ in range(n // 2):
            x = np.sin(x) * 1.01
        return x

    return partial(ag.grad(f), 0.5)


def lengths(n: int) -> Callable[[], Any]:
    """Return the gradient of six operations on a vector of n."""
    import autograd_lite as ag

    return partial(ag.grad(lambda x: np.sum(np.tanh(np.exp(0.1 * (np.sin(x) * x))))), np.linspace(0.1, 1.0, n))


def depth(n: int) -> Callable[[], Any]:
    """Return the gradient of a tanh network of n layers, 64 wide, batch 64."""
    import autograd_lite as ag

    rng = np.random.default_rng(0)
    weights, x = [rng.normal(size=(64, 64)) / 8 for _ in range(n)], rng.normal(size=(64, 64))

    def f(*weights: Any) -> Any:
        h: Any = x
        for w in weights:
            h = np.tanh(h @ w)
        return (h * h).mean()

    return partial(ag.grad(f, argnums=tuple(range(n))), *weights)


def jacobian_size(n: int) -> Callable[[], Any]:
    """Return the n × n Jacobian of tanh(B tanh(A x))."""
    import autograd_lite as ag

    rng = np.random.default_rng(0)
    a, b, x = rng.normal(size=(n, n)) / n**0.5, rng.normal(size=(n, n)) / n**0.5, rng.normal(size=n)
    return partial(ag.jacobian(lambda x: np.tanh(b @ np.tanh(a @ x))), x)


def peak(run: Callable[[], Any]) -> int:
    """Return the peak of traced bytes, NumPy's buffers and Python's objects, of one run."""
    tracemalloc.start()
    run()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def measure(build: Callable[[int], Callable[[], Any]], sizes: Sequence[int], quick: bool) -> dict[str, float]:
    """Return times, memory and exponents for growing sizes, the largest left out if quick."""
    chosen = list(sizes[:-1] if quick else sizes)
    runs = [build(n) for n in chosen]
    for run in runs:
        run()
    cases = [pure(run) for run in runs]
    repeats = [max(1, int(0.005 / max(cpu_seconds(case, 1), 1e-9))) for case in cases]
    samples = [
        [cpu_seconds(case, count) for case, count in zip(cases, repeats, strict=True)] for _ in range(3 if quick else 7)
    ]
    times = [1e6 * statistics.median(column) for column in zip(*samples, strict=True)]
    memory = [peak(run) / 1e6 for run in runs]
    found = {}
    for n, microseconds, megabytes in zip(chosen, times, memory, strict=True):
        found[f"{n:,}"], found[f"{n:,}, memory"] = microseconds, megabytes
    return {**found, "exponent of time": exponent(chosen, times), "exponent of memory": exponent(chosen, memory)}


def figure(name: str, title: str, build: Any, sizes: Sequence[int], limits: tuple[float, float]) -> Figure:
    """Return the figure of one growth; the limits are those of the two exponents."""
    units = {f"{n:,}, memory": "MB" for n in sizes} | {"exponent of time": "", "exponent of memory": ""}
    wanted = dict(zip(("exponent of time", "exponent of memory"), limits, strict=True))
    return Figure(name, title, partial(measure, build, sizes), "µs", wanted, units)


#: Linear growth is wanted; a Jacobian has n² elements, and its products n³ operations.
FIGURES = [
    figure(
        "growth-operations",
        "gradient, by operations of a scalar chain",
        operations,
        [100, 1_000, 10_000, 100_000],
        (1.1, 1.1),
    ),
    figure(
        "growth-length",
        "gradient, by length of a vector",
        lengths,
        [100, 1_000, 10_000, 100_000, 1_000_000],
        (1.15, 1.1),
    ),
    figure("growth-depth", "gradient, by layers of a network", depth, [2, 8, 32, 128], (1.1, 1.1)),
    figure("growth-jacobian", "square Jacobian, by outputs", jacobian_size, [10, 32, 100, 320, 640], (3.1, 2.1)),
]
