"""The log-likelihood of a Gaussian mixture with a Wishart prior, and its gradient.

F. Srajer, Z. Kukelova, A. Fitzgibbon, *A benchmark of selected algorithmic differentiation tools on some problems in
computer vision and machine learning*, Optimization Methods and Software 33 (2018), section 3.1. The inverse covariance
of component k is QᵀQ, Q lower triangular: its diagonal is exp(icf[k, :d]), and what is below it, column after column,
icf[k, d:].

Each style is written for us and for PyTorch alike: ``vectorised`` packs all triangles with one indexed assignment and
contracts with einsum; ``by component`` loops over the components, builds triangles of concatenated columns and stacks.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload

GAMMA, DEGREES = 1.0, 0  # of the Wishart prior


def data(d: int, k: int, n: int) -> tuple[np.ndarray, ...]:
    """Return weights (k,), means (k, d), inverse covariance factors (k, d (d + 1) / 2) and points (n, d)."""
    rng = np.random.default_rng(0)
    return (
        rng.normal(size=k),
        rng.uniform(size=(k, d)),
        rng.normal(size=(k, d * (d + 1) // 2)),
        rng.normal(size=(n, d)),
    )


def below_diagonal(d: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of what is below the diagonal, column after column."""
    columns, rows = np.triu_indices(d, 1)
    return rows, columns


def constant(d: int, k: int, n: int) -> float:
    """Return what does not depend on the parameters."""
    degrees = d + DEGREES + 1
    log_gamma = d * (d - 1) / 4 * math.log(math.pi) + sum(math.lgamma((degrees - j) / 2) for j in range(d))
    return -n * d / 2 * math.log(2 * math.pi) - k * (degrees * d * math.log(GAMMA / math.sqrt(2)) - log_gamma)


def ours_vectorised(alphas: Any, means: Any, icf: Any, x: np.ndarray) -> Any:
    import autograd_lite.numpy as np
    from autograd_lite import Tensor
    from autograd_lite.scipy.special import logsumexp

    (n, d), k = x.shape, len(alphas)
    log_diagonal, below = icf[:, :d], icf[:, d:]
    rows, columns = below_diagonal(d)
    lower = Tensor(np.zeros((k, d, d))).at[:, rows, columns].set(below)
    centred = x[:, None, :] - means
    scaled = np.exp(log_diagonal) * centred + np.einsum("kij,nkj->nki", lower, centred)
    log_density = alphas + np.sum(log_diagonal, axis=1) - 0.5 * np.sum(scaled**2, axis=2)
    prior = 0.5 * GAMMA**2 * (np.sum(np.exp(2 * log_diagonal)) + np.sum(below**2)) - DEGREES * np.sum(log_diagonal)
    return np.sum(logsumexp(log_density, axis=1)) - n * logsumexp(alphas) + prior + constant(d, k, n)


def torch_vectorised(alphas: Any, means: Any, icf: Any, x: Any) -> Any:
    import torch

    (n, d), k = x.shape, len(alphas)
    log_diagonal, below = icf[:, :d], icf[:, d:]
    rows, columns = below_diagonal(d)
    lower = torch.zeros((k, d, d), dtype=x.dtype)
    lower[:, rows, columns] = below
    centred = x[:, None, :] - means
    scaled = torch.exp(log_diagonal) * centred + torch.einsum("kij,nkj->nki", lower, centred)
    log_density = alphas + torch.sum(log_diagonal, dim=1) - 0.5 * torch.sum(scaled**2, dim=2)
    prior = 0.5 * GAMMA**2 * (torch.sum(torch.exp(2 * log_diagonal)) + torch.sum(below**2))
    prior = prior - DEGREES * torch.sum(log_diagonal)
    return (
        torch.sum(torch.logsumexp(log_density, dim=1)) - n * torch.logsumexp(alphas, dim=0) + prior + constant(d, k, n)
    )


def ours_by_component(alphas: Any, means: Any, icf: Any, x: np.ndarray) -> Any:
    import autograd_lite.numpy as np

    (n, d), k = x.shape, len(alphas)
    log_density, prior = [], 0.0
    for j in range(k):
        log_diagonal, below = icf[j, :d], icf[j, d:]
        columns, start = [], 0
        for i in range(d):
            stop = start + d - i - 1
            columns.append(np.concatenate([np.zeros(i), np.exp(log_diagonal[i : i + 1]), below[start:stop]]))
            start = stop
        factor = np.stack(columns, axis=1)
        scaled = (x - means[j]) @ factor.T
        log_density.append(alphas[j] + np.sum(log_diagonal) - 0.5 * np.sum(scaled**2, axis=1))
        squares = np.sum(np.exp(log_diagonal) ** 2) + np.sum(below**2)
        prior += 0.5 * GAMMA**2 * squares - DEGREES * np.sum(log_diagonal)
    log_density = np.stack(log_density)
    top = np.max(log_density, axis=0)
    likelihood = np.sum(top + np.log(np.sum(np.exp(log_density - top), axis=0)))
    return likelihood - n * np.log(np.sum(np.exp(alphas))) + prior + constant(d, k, n)


def torch_by_component(alphas: Any, means: Any, icf: Any, x: Any) -> Any:
    import torch

    (n, d), k = x.shape, len(alphas)
    log_density, prior = [], 0.0
    for j in range(k):
        log_diagonal, below = icf[j, :d], icf[j, d:]
        columns, start = [], 0
        for i in range(d):
            stop = start + d - i - 1
            zeros = torch.zeros(i, dtype=x.dtype)
            columns.append(torch.cat([zeros, torch.exp(log_diagonal[i : i + 1]), below[start:stop]]))
            start = stop
        factor = torch.stack(columns, dim=1)
        scaled = (x - means[j]) @ factor.T
        log_density.append(alphas[j] + torch.sum(log_diagonal) - 0.5 * torch.sum(scaled**2, dim=1))
        squares = torch.sum(torch.exp(log_diagonal) ** 2) + torch.sum(below**2)
        prior += 0.5 * GAMMA**2 * squares - DEGREES * torch.sum(log_diagonal)
    log_density = torch.stack(log_density)
    top = torch.amax(log_density, dim=0)
    likelihood = torch.sum(top + torch.log(torch.sum(torch.exp(log_density - top), dim=0)))
    return likelihood - n * torch.log(torch.sum(torch.exp(alphas))) + prior + constant(d, k, n)


OURS = {"vectorised": ours_vectorised, "by component": ours_by_component}
TORCH = {"vectorised": torch_vectorised, "by component": torch_by_component}


def ours(style: str, d: int, k: int, n: int) -> Case:
    import autograd_lite as ag

    *parameters, x = data(d, k, n)
    gradient = ag.grad(OURS[style], argnums=(0, 1, 2))
    run = partial(gradient, *parameters, x)
    return Case(run, lambda: [np.asarray(part) for part in run()])


def pytorch(style: str, d: int, k: int, n: int) -> Case:
    import torch

    *parameters, x = (torch.tensor(array) for array in data(d, k, n))
    for parameter in parameters:
        parameter.requires_grad_(True)

    def run() -> Any:
        return torch.autograd.grad(TORCH[style](*parameters, x), parameters)

    return Case(run, lambda: [part.numpy() for part in run()])


def workload(style: str, d: int, k: int, n: int) -> Workload:
    """Return the workload for k components, n points and d dimensions."""
    return Workload(
        f"gmm-{style.replace(' ', '-')}-d{d}-k{k}-n{n}",
        f"GMM {style}: d={d}, K={k}, n={n}",
        {peers.OURS: partial(ours, style, d, k, n), peers.TORCH: partial(pytorch, style, d, k, n)},
        limits={peers.TORCH: 1.0},
    )


SIZES = [(2, 5, 1000), (10, 25, 1000), (32, 5, 1000), (10, 5, 10000)]
WORKLOADS = [workload(style, *size) for style in OURS for size in SIZES]
