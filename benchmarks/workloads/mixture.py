"""ADBench's Gaussian mixture, d = 10, K = 25, n = 1000: value and gradient.

Objective and styles are those of `benchmarks.adbench.gmm`. HIPS autograd has no indexed assignment, so that there the
triangles are looked up, in the parameters with a zero appended.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.adbench import gmm
from benchmarks.workload import Case, Workload
from benchmarks.workloads import functional


def ours(style: str, d: int, k: int, n: int) -> Case:
    *arrays, x = gmm.data(d, k, n)
    return functional.ours(lambda *arrays: gmm.OURS[style](*arrays, x), arrays)


def pytorch(style: str, d: int, k: int, n: int) -> Case:
    import torch

    *arrays, x = gmm.data(d, k, n)
    points = torch.tensor(x)
    return functional.pytorch(lambda *arrays: gmm.TORCH[style](*arrays, points), arrays)


def looked_up(d: int) -> np.ndarray:
    """Return for each element of a triangle where it stands among d (d - 1) / 2 elements and a zero after them."""
    rows, columns = gmm.below_diagonal(d)
    places = np.full((d, d), len(rows))
    places[rows, columns] = np.arange(len(rows))
    return places


def log_likelihood(np_: Any, logsumexp: Any, alphas: Any, means: Any, icf: Any, x: Any) -> Any:
    """Return the objective in functions that HIPS autograd and JAX share."""
    (n, d), k = x.shape, len(alphas)
    log_diagonal, below = icf[:, :d], icf[:, d:]
    lower = np_.concatenate((below, np.zeros((k, 1))), axis=1)[:, looked_up(d)]
    centred = x[:, None, :] - means
    scaled = np_.exp(log_diagonal) * centred + np_.einsum("kij,nkj->nki", lower, centred)
    log_density = alphas + np_.sum(log_diagonal, axis=1) - 0.5 * np_.sum(scaled**2, axis=2)
    prior = 0.5 * gmm.GAMMA**2 * (np_.sum(np_.exp(2 * log_diagonal)) + np_.sum(below**2))
    prior = prior - gmm.DEGREES * np_.sum(log_diagonal)
    return np_.sum(logsumexp(log_density, axis=1)) - n * logsumexp(alphas) + prior + gmm.constant(d, k, n)


def hips_autograd(d: int, k: int, n: int) -> Case:
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    *arrays, x = gmm.data(d, k, n)
    return functional.hips_autograd(lambda *arrays: log_likelihood(anp, logsumexp, *arrays, x), arrays)


def jax(d: int, k: int, n: int, jit: bool = False) -> Case:
    import jax.numpy as jnp
    from jax.scipy.special import logsumexp

    *arrays, x = gmm.data(d, k, n)
    points = jnp.asarray(x)
    return functional.jax(lambda *arrays: log_likelihood(jnp, logsumexp, *arrays, points), arrays, jit)


def workload(style: str, d: int, k: int, n: int) -> Workload:
    """Return the workload for k components, n points and d dimensions; other libraries in the vectorised style."""
    cases: dict[str, Any] = {peers.OURS: partial(ours, style), peers.TORCH: partial(pytorch, style)}
    if style == "vectorised":
        cases |= {peers.AUTOGRAD: hips_autograd, peers.JAX: jax, peers.JAX_JIT: partial(jax, jit=True)}
    return Workload(
        f"mixture-{style.replace(' ', '-')}-d{d}-k{k}-n{n}",
        f"Gaussian mixture {style}, d={d}, K={k}, n={n:,}, value and gradient",
        {peer: partial(build, d, k, n) for peer, build in cases.items()},
        limits={peer: limit for peer, limit in {peers.TORCH: 0.8, peers.AUTOGRAD: 0.45}.items() if peer in cases},
    )


WORKLOADS = [workload(style, 10, 25, 1000) for style in gmm.OURS]
