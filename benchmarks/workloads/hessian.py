"""The Hessian of the Rosenbrock function, Σ 100 (x[i+1] - x[i]²)² + (1 - x[i])², in 100 variables."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload, pure


def start(n: int) -> np.ndarray:
    """Return the point."""
    return np.random.default_rng(0).normal(size=n)


def rosenbrock(x: Any) -> Any:
    """Return the function's value, in operators and methods that every peer has."""
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def ours(n: int) -> Case:
    import autograd_lite as ag

    return pure(partial(ag.hessian(rosenbrock), start(n)))


def by_hand(n: int) -> Case:
    x = start(n)

    def run() -> np.ndarray:
        hessian = np.zeros((n, n))
        flat = hessian.ravel()
        diagonal, above, below = flat[:: n + 1], flat[1 :: n + 1], flat[n :: n + 1]
        diagonal[:-1] = 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
        diagonal[1:] += 200.0
        above[:] = below[:] = -400.0 * x[:-1]
        return hessian

    return pure(run)


def hips_autograd(n: int) -> Case:
    import autograd
    import autograd.numpy as anp

    def f(x: Any) -> Any:
        return anp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    return pure(partial(autograd.hessian(f), start(n)))


def pytorch(n: int) -> Case:
    import torch

    return pure(partial(torch.func.hessian(rosenbrock), torch.tensor(start(n))))


def jax(n: int, jit: bool = False) -> Case:
    import jax
    import jax.numpy as jnp

    hessian = jax.jit(jax.hessian(rosenbrock)) if jit else jax.hessian(rosenbrock)
    x = jnp.asarray(start(n))
    return pure(lambda: hessian(x).block_until_ready())


def casadi(n: int) -> Case:
    import casadi as ca

    given, x = start(n), ca.SX.sym("x", n)
    f = ca.sum1(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
    hessian = ca.Function("hessian", [x], [ca.hessian(f, x)[0]])
    return pure(lambda: hessian(given).full())


def workload(n: int = 100) -> Workload:
    """Return the workload for n variables."""
    cases = {
        peers.OURS: ours,
        peers.HAND: by_hand,
        peers.AUTOGRAD: hips_autograd,
        peers.TORCH: pytorch,
        peers.JAX: jax,
        peers.JAX_JIT: partial(jax, jit=True),
        peers.CASADI: casadi,
    }
    return Workload(
        "hessian",
        f"Hessian of the {n}-variable Rosenbrock function",
        {peer: partial(build, n) for peer, build in cases.items()},
        limits={peers.TORCH: 0.25},
    )


WORKLOAD = workload()
