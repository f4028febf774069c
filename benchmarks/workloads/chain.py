"""The overhead of one operation: y = tanh(exp(0.1 * (sin(y) * x))) again and again, and its gradient in x."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload, pure

OPERATIONS = 5  # in one link of the chain


def start(size: int | None) -> Any:
    """Return x: a scalar for None."""
    return np.float64(0.7) if size is None else np.random.default_rng(0).uniform(0.1, 1.0, size)


def ours(size: int | None, links: int) -> Case:
    from autograd_lite import Tensor

    x = Tensor(start(size), requires_grad=True)

    def run() -> Any:
        x.grad = None
        y = x
        for _ in range(links):
            y = np.tanh(np.exp(0.1 * (np.sin(y) * x)))
        (y if size is None else y.sum()).backward()
        return x.grad

    return pure(run)


def by_hand(size: int | None, links: int) -> Case:
    return pure(partial(_scalar_by_hand if size is None else _array_by_hand, start(size), links))


def _scalar_by_hand(x: Any, links: int) -> Any:
    y, saved = x, []
    for _ in range(links):
        s = np.sin(y)
        e = np.exp(0.1 * (s * x))
        t = np.tanh(e)
        saved.append((y, s, e, t))
        y = t
    g, gradient = 1.0, 0.0
    for y, s, e, t in reversed(saved):
        u = g * (1.0 - t * t) * e * 0.1
        gradient = gradient + u * s
        g = u * x * np.cos(y)
    return gradient + g


def _array_by_hand(x: np.ndarray, links: int) -> np.ndarray:
    y, saved = x, []
    for _ in range(links):
        s = np.sin(y)
        e = s * x
        e *= 0.1
        np.exp(e, out=e)
        t = np.tanh(e)
        saved.append((y, s, e, t))
        y = t
    g, gradient = np.ones_like(x), np.zeros_like(x)
    while saved:
        y, s, e, t = saved.pop()
        u = t * t
        np.subtract(1.0, u, out=u)
        u *= g
        u *= e
        u *= 0.1
        s *= u
        gradient += s
        np.cos(y, out=g)
        g *= u
        g *= x
    gradient += g
    return gradient


def hips_autograd(size: int | None, links: int) -> Case:
    import autograd
    import autograd.numpy as anp

    def f(x: Any) -> Any:
        y = x
        for _ in range(links):
            y = anp.tanh(anp.exp(0.1 * (anp.sin(y) * x)))
        return anp.sum(y)

    return pure(partial(autograd.grad(f), start(size)))


def mygrad(size: int | None, links: int) -> Case:
    import mygrad as mg

    x = mg.tensor(start(size))

    def run() -> Any:
        y = x
        for _ in range(links):
            y = mg.tanh(mg.exp(0.1 * (mg.sin(y) * x)))
        (y if size is None else y.sum()).backward()
        return x.grad

    return pure(run)


def pytorch(size: int | None, links: int) -> Case:
    import torch

    x = torch.tensor(start(size), dtype=torch.float64, requires_grad=True)

    def run() -> Any:
        x.grad = None
        y = x
        for _ in range(links):
            y = torch.tanh(torch.exp(0.1 * (torch.sin(y) * x)))
        (y if size is None else y.sum()).backward()
        return x.grad

    return pure(run)


def jax(size: int | None, links: int, jit: bool = False) -> Case:
    import jax
    import jax.numpy as jnp

    def f(x: Any) -> Any:
        y = x
        for _ in range(links):
            y = jnp.tanh(jnp.exp(0.1 * (jnp.sin(y) * x)))
        return jnp.sum(y)

    gradient = jax.jit(jax.grad(f)) if jit else jax.grad(f)
    x = jnp.asarray(start(size))
    return pure(lambda: gradient(x).block_until_ready())


def tinygrad(size: int | None, links: int) -> Case:
    from tinygrad import Tensor, dtypes

    given = np.atleast_1d(start(size))

    def run() -> Any:
        x = y = Tensor(given, dtype=dtypes.double)
        for _ in range(links):
            y = (0.1 * (y.sin() * x)).exp().tanh()
        return y.sum().gradient(x)[0].numpy().reshape(np.shape(start(size)))

    return pure(run)


def casadi(size: int | None, links: int) -> Case:
    import casadi as ca

    given = start(size)
    x = y = ca.SX.sym("x", np.size(given))
    for _ in range(links):
        y = ca.tanh(ca.exp(0.1 * (ca.sin(y) * x)))
    gradient = ca.Function("gradient", [x], [ca.gradient(ca.sum1(y), x)])
    return pure(lambda: gradient(given).full().reshape(np.shape(given)))


def workload(size: int | None, links: int, limits: dict[str, float]) -> Workload:
    """Return the chain of this many links on a scalar (None) or a vector."""
    cases = {
        peers.OURS: ours,
        peers.HAND: by_hand,
        peers.AUTOGRAD: hips_autograd,
        peers.MYGRAD: mygrad,
        peers.TORCH: pytorch,
        peers.JAX: jax,
        peers.JAX_JIT: partial(jax, jit=True),
    }
    if size is None or size <= 10:
        cases |= {peers.TINYGRAD: tinygrad, peers.CASADI: casadi}  # compiles each graph anew; a symbol for each number
    words = "a scalar" if size is None else f"a vector of {size:,}"
    return Workload(
        f"chain-{size or 'scalar'}",
        f"chain of {OPERATIONS * links:,} operations on {words}, per operation",
        {peer: partial(build, size, links) for peer, build in cases.items()},
        OPERATIONS * links,
        limits,
    )


WORKLOADS = [
    workload(None, 100, {peers.TORCH: 0.40, peers.AUTOGRAD: 0.25}),
    workload(10, 100, {peers.TORCH: 0.50, peers.AUTOGRAD: 0.30}),
    workload(1_000, 20, {peers.TORCH: 0.85, peers.HAND: 1.6}),
    workload(1_000_000, 2, {peers.HAND: 1.15}),
]
