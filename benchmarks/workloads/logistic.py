"""Logistic regression: the mean log-loss of labels ±1 with a ridge, and its gradient; 10⁵ rows, 50 columns."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload, listed
from benchmarks.workloads import functional

RIDGE = 1e-3


def data(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X (rows, columns), labels (rows,) and weights (columns,)."""
    rng = np.random.default_rng(0)
    x, truth = rng.normal(size=(rows, columns)), rng.normal(size=columns)
    labels = np.where(x @ truth + rng.logistic(size=rows) > 0, 1.0, -1.0)
    return x, labels, 0.1 * rng.normal(size=columns)


def loss(np_: Any, x: Any, labels: Any, w: Any) -> Any:
    """Return the loss in functions that NumPy, its drop-ins and JAX share."""
    return np_.mean(np_.logaddexp(0.0, -labels * (x @ w))) + 0.5 * RIDGE * (w @ w)


def ours(rows: int, columns: int) -> Case:
    x, labels, w = data(rows, columns)
    return functional.ours(partial(loss, np, x, labels), [w])


def by_hand(rows: int, columns: int) -> Case:
    x, labels, w = data(rows, columns)

    def run() -> tuple[Any, np.ndarray]:
        margin = x @ w
        margin *= labels
        small = np.abs(margin)
        np.negative(small, out=small)
        np.exp(small, out=small)  # exp(-|m|): no overflow
        losses = np.log1p(small)
        losses -= np.minimum(margin, 0.0)
        value = losses.mean() + 0.5 * RIDGE * (w @ w)
        share = np.where(margin < 0, 1.0, small)  # 1 / (1 + exp(m)), up to the next line
        small += 1.0
        share /= small
        share *= labels
        gradient = share @ x
        gradient *= -1 / rows
        gradient += RIDGE * w
        return value, gradient

    return listed(run)


def hips_autograd(rows: int, columns: int) -> Case:
    import autograd.numpy as anp

    x, labels, w = data(rows, columns)

    def f(w: Any) -> Any:
        return anp.mean(anp.logaddexp(0.0, -labels * anp.dot(x, w))) + 0.5 * RIDGE * anp.dot(w, w)

    return functional.hips_autograd(f, [w])


def mygrad(rows: int, columns: int) -> Case:
    import mygrad as mg

    x, labels, w = data(rows, columns)
    return functional.mygrad(
        lambda w: mg.mean(mg.logaddexp(0.0, -labels * mg.matmul(x, w))) + 0.5 * RIDGE * mg.matmul(w, w), [w]
    )


def pytorch(rows: int, columns: int) -> Case:
    import torch

    x, labels, w = data(rows, columns)
    given, wanted = torch.tensor(x), torch.tensor(labels)

    def f(w: Any) -> Any:
        return torch.nn.functional.softplus(-wanted * (given @ w)).mean() + 0.5 * RIDGE * (w @ w)

    return functional.pytorch(f, [w])


def jax(rows: int, columns: int, jit: bool = False) -> Case:
    import jax.numpy as jnp

    x, labels, w = data(rows, columns)
    return functional.jax(partial(loss, jnp, jnp.asarray(x), jnp.asarray(labels)), [w], jit)


def workload(rows: int, columns: int) -> Workload:
    """Return the workload for this many rows and columns."""
    cases = {
        peers.OURS: ours,
        peers.HAND: by_hand,
        peers.AUTOGRAD: hips_autograd,
        peers.MYGRAD: mygrad,
        peers.TORCH: pytorch,
        peers.JAX: jax,
        peers.JAX_JIT: partial(jax, jit=True),
    }
    return Workload(
        f"logistic-{rows}x{columns}",
        f"logistic regression {rows:,} × {columns}, value and gradient",
        {peer: partial(build, rows, columns) for peer, build in cases.items()},
        # On short arrays what an operation costs outweighs what it computes: see the suite "engine".
        limits={peers.HAND: 1.1, peers.TORCH: 1.0} if rows >= 100_000 else {peers.TORCH: 1.0},
    )


WORKLOADS = [workload(100_000, 50), workload(1_000, 20)]
