"""The full Jacobian of tanh(B tanh(A x)): 50 inputs, 50 outputs."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload, pure


def data(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return A, B and x."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, n)) / n**0.5, rng.normal(size=(n, n)) / n**0.5, rng.normal(size=n)


def ours(n: int) -> Case:
    import autograd_lite as ag

    a, b, x = data(n)
    return pure(partial(ag.jacobian(lambda x: np.tanh(b @ np.tanh(a @ x))), x))


def by_hand(n: int) -> Case:
    a, b, x = data(n)

    def run() -> np.ndarray:
        inner = np.tanh(a @ x)
        out = np.tanh(b @ inner)
        jacobian = (b * (1 - inner * inner)) @ a
        jacobian *= (1 - out * out)[:, None]
        return jacobian

    return pure(run)


def hips_autograd(n: int) -> Case:
    import autograd
    import autograd.numpy as anp

    a, b, x = data(n)
    return pure(partial(autograd.jacobian(lambda x: anp.tanh(anp.dot(b, anp.tanh(anp.dot(a, x))))), x))


def pytorch(n: int) -> Case:
    import torch

    a, b, x = (torch.tensor(array) for array in data(n))
    return pure(partial(torch.func.jacrev(lambda x: torch.tanh(b @ torch.tanh(a @ x))), x))


def jax(n: int, jit: bool = False) -> Case:
    import jax
    import jax.numpy as jnp

    a, b, x = (jnp.asarray(array) for array in data(n))
    jacobian: Any = jax.jacrev(lambda x: jnp.tanh(b @ jnp.tanh(a @ x)))
    jacobian = jax.jit(jacobian) if jit else jacobian
    return pure(lambda: jacobian(x).block_until_ready())


def workload(n: int = 50) -> Workload:
    """Return the workload for n inputs and outputs."""
    cases = {
        peers.OURS: ours,
        peers.HAND: by_hand,
        peers.AUTOGRAD: hips_autograd,
        peers.TORCH: pytorch,
        peers.JAX: jax,
        peers.JAX_JIT: partial(jax, jit=True),
    }
    return Workload(
        "jacobian",
        f"full {n}×{n} Jacobian of tanh(B tanh(A x))",
        {peer: partial(build, n) for peer, build in cases.items()},
        limits={peers.TORCH: 0.35},
    )


WORKLOAD = workload()
