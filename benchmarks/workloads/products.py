"""The product of the Rosenbrock function's Hessian and a vector, in 10⁵ variables."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload, pure
from benchmarks.workloads.hessian import rosenbrock, start


def data(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the point and the vector."""
    return start(n), np.random.default_rng(1).normal(size=n)


def ours(n: int) -> Case:
    import autograd_lite as ag

    return pure(partial(ag.hvp, rosenbrock, *data(n)))


def by_hand(n: int) -> Case:
    x, v = data(n)

    def run() -> np.ndarray:
        out = np.empty(n)
        head, tail = out[:-1], out[1:]
        np.multiply(x[:-1], 1200.0, out=head)
        head *= x[:-1]
        head += 2.0
        head -= 400.0 * x[1:]
        head *= v[:-1]
        coupling = -400.0 * x[:-1]
        head += coupling * v[1:]
        out[-1] = 0.0
        tail += 200.0 * v[1:]
        coupling *= v[:-1]
        tail += coupling
        return out

    return pure(run)


def hips_autograd(n: int) -> Case:
    import autograd
    import autograd.numpy as anp

    def f(x: Any) -> Any:
        return anp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    return pure(partial(autograd.hessian_vector_product(f), *data(n)))


def pytorch(n: int) -> Case:
    import torch

    x, v = (torch.tensor(array) for array in data(n))
    x.requires_grad_(True)

    def run() -> Any:
        (gradient,) = torch.autograd.grad(rosenbrock(x), x, create_graph=True)
        return torch.autograd.grad(gradient, x, v)[0]

    return pure(run)


def jax(n: int, jit: bool = False) -> Case:
    import jax
    import jax.numpy as jnp

    x, v = (jnp.asarray(array) for array in data(n))

    def product(x: Any, v: Any) -> Any:
        return jax.jvp(jax.grad(rosenbrock), (x,), (v,))[1]

    product = jax.jit(product) if jit else product
    return pure(lambda: product(x, v).block_until_ready())


def workload(n: int) -> Workload:
    """Return the workload for n variables."""
    cases = {
        peers.OURS: ours,
        peers.HAND: by_hand,
        peers.AUTOGRAD: hips_autograd,
        peers.TORCH: pytorch,
        peers.JAX: jax,
        peers.JAX_JIT: partial(jax, jit=True),
    }
    return Workload(
        f"hvp-{n}",
        f"Hessian-vector product of the {n:,}-variable Rosenbrock function",
        {peer: partial(build, n) for peer, build in cases.items()},
        limits={peers.TORCH: 1.0},
    )


WORKLOADS = [workload(100_000)]
