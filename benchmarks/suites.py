"""The suites, by name, in the order of the tables."""

from __future__ import annotations

from benchmarks import adbench, finite_differences
from benchmarks.workload import Suite
from benchmarks.workloads import (
    chain,
    classification,
    convolution,
    cost,
    growth,
    hessian,
    import_time,
    jacobian,
    logistic,
    long_chain,
    lookups,
    memory,
    mixture,
    products,
    recurrent,
    regression,
    sparse,
    trainer,
)

_SUITES = (
    Suite(
        "engine", "The engine: what an operation costs", [*chain.WORKLOADS, long_chain.WORKLOAD], [import_time.FIGURE]
    ),
    Suite(
        "networks",
        "Networks: a training step, or all gradients",
        [regression.WORKLOAD, *classification.WORKLOADS, *convolution.WORKLOADS, *recurrent.WORKLOADS],
        [trainer.FIGURE],
    ),
    Suite("regression", "Logistic regression", logistic.WORKLOADS),
    Suite("mixture", "Gaussian mixture", mixture.WORKLOADS),
    Suite(
        "second-order",
        "Second order: a Hessian, and its product with a vector",
        [hessian.WORKLOAD, *products.WORKLOADS],
    ),
    Suite("jacobians", "Jacobians: square, tall, wide, banded", jacobian.WORKLOADS),
    Suite("sparse", "Sparse derivatives", sparse.WORKLOADS),
    Suite("cost", "What a gradient costs beside the value", cost.WORKLOADS, summary=cost.summary),
    Suite(
        "growth",
        "Growth of time and memory",
        figures=[*growth.FIGURES, lookups.FIGURE, long_chain.FIGURE, memory.FIGURE],
    ),
    Suite("finite-differences", "Finite differences beside reverse and forward mode", study=finite_differences),
    Suite("adbench", "ADBench's objectives, in two styles", adbench.WORKLOADS),
)

SUITES = {suite.name: suite for suite in _SUITES}
