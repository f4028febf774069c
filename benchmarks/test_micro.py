"""Micro-benchmarks for pytest-benchmark: value and cotangent of single operations, on a short and a long array.

    pytest benchmarks/test_micro.py --benchmark-sort=mean
    pytest benchmarks/test_micro.py -k getitem --benchmark-autosave
    pytest benchmarks/test_micro.py --benchmark-compare

Here is what one operation costs by itself; the suites of ``python -m benchmarks`` measure whole computations, and
compare them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_lite import Tensor

pytest.importorskip("pytest_benchmark")

ROWS = np.arange(10)

#: Functions of an array x of shape (10, n).
OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "add": lambda x: x + x,
    "multiply": lambda x: x * x,
    "multiply by a number": lambda x: 2.0 * x,
    "divide": lambda x: x / (x + 3.0),
    "power": lambda x: x**2,
    "exp": np.exp,
    "log": lambda x: np.log(x + 3.0),
    "tanh": np.tanh,
    "maximum": lambda x: np.maximum(x, 0.0),
    "where": lambda x: np.where(x.data > 0, x, 0.0),
    "logaddexp": lambda x: np.logaddexp(0.0, x),
    "sum": np.sum,
    "sum of rows": lambda x: np.sum(x, axis=1),
    "mean of columns": lambda x: np.mean(x, axis=0),
    "max of rows": lambda x: np.max(x, axis=1),
    "matmul": lambda x: x @ x.T,
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x),
    "getitem, a slice": lambda x: x[1:],
    "getitem, rows": lambda x: x[ROWS],
    "reshape": lambda x: x.reshape(-1),
    "transpose": np.transpose,
    "concatenate": lambda x: np.concatenate([x, x]),
    "stack": lambda x: np.stack([x, x]),
    "broadcast": lambda x: x + x[0],
    "norm": np.linalg.norm,
    "cumsum": np.cumsum,
    "sort": np.sort,
}


@pytest.mark.parametrize("n", [1, 10_000])
@pytest.mark.parametrize("name", OPERATIONS)
def test_value_and_cotangent(benchmark: Any, name: str, n: int) -> None:
    x = Tensor(np.random.default_rng(0).uniform(-1.0, 1.0, (10, n)), requires_grad=True)
    f = OPERATIONS[name]
    cotangent = np.ones_like(f(x).data)

    def run() -> Any:
        x.grad = None
        f(x).backward(cotangent)
        return x.grad

    assert benchmark(run).shape == x.shape
