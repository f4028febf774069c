"""Full Jacobians of tanh(B tanh(A x)): square, tall and wide; and a banded one, held dense."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload, pure

HIDDEN = 50


def data(inputs: int, outputs: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return A, B and x."""
    rng = np.random.default_rng(0)
    hidden = min(HIDDEN, inputs * outputs)
    a, b = rng.normal(size=(hidden, inputs)) / inputs**0.5, rng.normal(size=(outputs, hidden)) / hidden**0.5
    return a, b, rng.normal(size=inputs)


def ours(inputs: int, outputs: int) -> Case:
    import autograd_lite as ag

    a, b, x = data(inputs, outputs)
    return pure(partial(ag.jacobian(lambda x: np.tanh(b @ np.tanh(a @ x))), x))


def by_hand(inputs: int, outputs: int) -> Case:
    a, b, x = data(inputs, outputs)

    def run() -> np.ndarray:
        inner = np.tanh(a @ x)
        out = np.tanh(b @ inner)
        jacobian = (b * (1 - inner * inner)) @ a
        jacobian *= (1 - out * out)[:, None]
        return jacobian

    return pure(run)


def hips_autograd(inputs: int, outputs: int) -> Case:
    import autograd
    import autograd.numpy as anp

    a, b, x = data(inputs, outputs)
    return pure(partial(autograd.jacobian(lambda x: anp.tanh(anp.dot(b, anp.tanh(anp.dot(a, x))))), x))


def pytorch(inputs: int, outputs: int) -> Case:
    import torch

    a, b, x = (torch.tensor(array) for array in data(inputs, outputs))
    transform = torch.func.jacrev if outputs <= inputs else torch.func.jacfwd
    return pure(partial(transform(lambda x: torch.tanh(b @ torch.tanh(a @ x))), x))


def jax(inputs: int, outputs: int, jit: bool = False) -> Case:
    import jax
    import jax.numpy as jnp

    a, b, x = (jnp.asarray(array) for array in data(inputs, outputs))
    transform: Any = jax.jacrev if outputs <= inputs else jax.jacfwd
    jacobian = transform(lambda x: jnp.tanh(b @ jnp.tanh(a @ x)))
    jacobian = jax.jit(jacobian) if jit else jacobian
    return pure(lambda: jacobian(x).block_until_ready())


def casadi(inputs: int, outputs: int) -> Case:
    import casadi as ca

    a, b, given = data(inputs, outputs)
    x = ca.MX.sym("x", inputs)
    jacobian = ca.Function("jacobian", [x], [ca.jacobian(ca.tanh(ca.DM(b) @ ca.tanh(ca.DM(a) @ x)), x)])
    return pure(lambda: jacobian(given).full())


# Banded


def tridiagonal(x: Any, concatenate: Callable[..., Any], zero: Any) -> Any:
    """Return Broyden's tridiagonal function, (3 - 2 x_i) x_i - x_{i-1} - 2 x_{i+1} + 1.

    J. Moré, B. Garbow, K. Hillstrom, *Testing unconstrained optimization software* (ACM TOMS 7, 1981), problem 30.
    """
    return (3.0 - 2.0 * x) * x - concatenate([zero, x[:-1]]) - 2.0 * concatenate([x[1:], zero]) + 1.0


def point(n: int) -> np.ndarray:
    """Return where the banded Jacobian is taken."""
    return np.random.default_rng(0).normal(size=n)


def banded_ours(n: int) -> Case:
    import autograd_lite as ag

    return pure(partial(ag.jacobian(lambda x: tridiagonal(x, np.concatenate, np.zeros(1))), point(n)))


def banded_by_hand(n: int) -> Case:
    x = point(n)

    def run() -> np.ndarray:
        jacobian = np.zeros((n, n))
        flat = jacobian.ravel()
        flat[:: n + 1] = 3.0 - 4.0 * x
        flat[1 :: n + 1] = -2.0
        flat[n :: n + 1] = -1.0
        return jacobian

    return pure(run)


def banded_hips_autograd(n: int) -> Case:
    import autograd
    import autograd.numpy as anp

    return pure(partial(autograd.jacobian(lambda x: tridiagonal(x, anp.concatenate, np.zeros(1))), point(n)))


def banded_pytorch(n: int) -> Case:
    import torch

    zero = torch.zeros(1, dtype=torch.float64)
    return pure(partial(torch.func.jacrev(lambda x: tridiagonal(x, torch.cat, zero)), torch.tensor(point(n))))


def banded_jax(n: int, jit: bool = False) -> Case:
    import jax
    import jax.numpy as jnp

    jacobian: Any = jax.jacrev(lambda x: tridiagonal(x, jnp.concatenate, jnp.zeros(1)))
    jacobian, x = jax.jit(jacobian) if jit else jacobian, jnp.asarray(point(n))
    return pure(lambda: jacobian(x).block_until_ready())


def banded_casadi(n: int) -> Case:
    import casadi as ca

    given, x = point(n), ca.SX.sym("x", n)
    jacobian = ca.Function("jacobian", [x], [ca.jacobian(tridiagonal(x, lambda parts: ca.vertcat(*parts), 0.0), x)])
    return pure(lambda: jacobian(given).full())


# The workloads


def workload(name: str, inputs: int, outputs: int) -> Workload:
    """Return the workload for that many inputs and outputs."""
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
        name,
        f"full Jacobian, {outputs:,} outputs of {inputs:,} inputs",
        {peer: partial(build, inputs, outputs) for peer, build in cases.items()},
        limits={peers.TORCH: 0.2} if inputs == outputs else {},
    )


def banded_workload(n: int) -> Workload:
    """Return the workload for n inputs and outputs."""
    cases = {
        peers.OURS: banded_ours,
        peers.HAND: banded_by_hand,
        peers.AUTOGRAD: banded_hips_autograd,
        peers.TORCH: banded_pytorch,
        peers.JAX: banded_jax,
        peers.JAX_JIT: partial(banded_jax, jit=True),
        peers.CASADI: banded_casadi,
    }
    return Workload(
        "jacobian-banded",
        f"tridiagonal Jacobian of {n:,} inputs, held dense",
        {peer: partial(build, n) for peer, build in cases.items()},
    )


WORKLOADS = [
    workload("jacobian", 50, 50),
    workload("jacobian-tall", 10, 1000),
    workload("jacobian-wide", 1000, 10),
    banded_workload(200),
]
