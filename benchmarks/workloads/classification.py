"""One training step of a 64-128-10 ReLU network: batch 64, cross-entropy, Adam."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload
from benchmarks.workloads.training import ADAM, Adam, adam_functional, in_layers, out_of_layers, parameters


def data(sizes: list[int], batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs and labels."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(batch, sizes[0])), rng.integers(sizes[-1], size=batch)


def ours(sizes: list[int], batch: int) -> Case:
    from autograd_lite import Tensor

    x, labels = data(sizes, batch)
    tensors = [Tensor(array, requires_grad=True) for array in parameters(sizes)]
    w1, b1, w2, b2 = tensors
    adam = Adam([tensor.data for tensor in tensors])
    chosen = np.eye(sizes[-1])[labels]

    def run() -> Any:
        logits = np.maximum(x @ w1 + b1, 0.0) @ w2 + b2
        shifted = logits - logits.data.max(axis=1, keepdims=True)
        loss = (np.log(np.exp(shifted).sum(axis=1)) - (shifted * chosen).sum(axis=1)).mean()
        loss.backward()
        adam.update([tensor.grad for tensor in tensors])
        for tensor in tensors:
            tensor.grad = None
        return loss

    return Case(run, lambda: [tensor.data for tensor in tensors])


def ours_nn(sizes: list[int], batch: int) -> Case:
    from autograd_lite import nn, optim

    x, labels = data(sizes, batch)
    model = nn.Sequential(nn.Linear(sizes[0], sizes[1]), nn.ReLU(), nn.Linear(sizes[1], sizes[2]))
    in_layers(model, parameters(sizes))
    optimizer = optim.Adam(model.parameters(), lr=ADAM["lr"])

    def run() -> Any:
        optimizer.zero_grad()
        loss = nn.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    return Case(run, lambda: out_of_layers(model))


def by_hand(sizes: list[int], batch: int) -> Case:
    x, labels = data(sizes, batch)
    arrays = parameters(sizes)
    w1, b1, w2, b2 = arrays
    adam = Adam(arrays)
    rows = np.arange(batch)

    def run() -> Any:
        h = x @ w1
        h += b1
        np.maximum(h, 0.0, out=h)
        z = h @ w2
        z += b2
        z -= z.max(axis=1, keepdims=True)
        chosen = z[rows, labels]
        np.exp(z, out=z)
        total = z.sum(axis=1, keepdims=True)
        loss = (np.log(total[:, 0]) - chosen).mean()
        z /= total
        z[rows, labels] -= 1.0
        z /= batch
        g = z @ w2.T
        g *= h > 0
        adam.update([x.T @ g, g.sum(axis=0), h.T @ z, z.sum(axis=0)])
        return loss

    return Case(run, lambda: arrays)


def _functional(np_: Any, logsumexp: Any, x: Any, labels: Any) -> Any:
    rows = np.arange(len(labels))

    def loss(arrays: Any) -> Any:
        w1, b1, w2, b2 = arrays
        logits = np_.dot(np_.maximum(np_.dot(x, w1) + b1, 0.0), w2) + b2
        return np_.mean(logsumexp(logits, axis=1) - logits[rows, labels])

    return loss


def hips_autograd(sizes: list[int], batch: int) -> Case:
    import autograd
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    arrays = parameters(sizes)
    adam = Adam(arrays)
    both = autograd.value_and_grad(_functional(anp, logsumexp, *data(sizes, batch)))

    def run() -> Any:
        loss, gradients = both(arrays)
        adam.update([np.array(gradient) for gradient in gradients])
        return loss

    return Case(run, lambda: arrays)


def mygrad(sizes: list[int], batch: int) -> Case:
    import mygrad as mg
    from mygrad.nnet.losses import softmax_crossentropy

    x, labels = data(sizes, batch)
    w1, b1, w2, b2 = tensors = [mg.tensor(array) for array in parameters(sizes)]
    adam = Adam([tensor.data for tensor in tensors])

    def run() -> Any:
        logits = mg.matmul(mg.maximum(mg.matmul(x, w1) + b1, 0.0), w2) + b2
        loss = softmax_crossentropy(logits, labels)
        loss.backward()
        adam.update([np.array(tensor.grad) for tensor in tensors])
        return loss

    return Case(run, lambda: [tensor.data for tensor in tensors])


def pytorch(sizes: list[int], batch: int) -> Case:
    import torch

    x, labels = (torch.tensor(array) for array in data(sizes, batch))
    model = torch.nn.Sequential(
        torch.nn.Linear(sizes[0], sizes[1], dtype=torch.float64),
        torch.nn.ReLU(),
        torch.nn.Linear(sizes[1], sizes[2], dtype=torch.float64),
    )
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), parameters(sizes), strict=True):
            parameter.copy_(torch.tensor(array.T))
    optimizer = torch.optim.Adam(model.parameters(), lr=ADAM["lr"])

    def run() -> Any:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    return Case(run, lambda: [parameter.detach().numpy().T for parameter in model.parameters()])


def jax(sizes: list[int], batch: int, jit: bool = False) -> Case:
    import jax
    import jax.numpy as jnp
    from jax.scipy.special import logsumexp

    both = jax.value_and_grad(_functional(jnp, logsumexp, *map(jnp.asarray, data(sizes, batch))))
    arrays = [jnp.asarray(array) for array in parameters(sizes)]
    zeros = [jnp.zeros_like(array) for array in arrays]
    state: list[Any] = [(arrays, zeros, zeros, 0)]

    def step(state: Any) -> Any:
        loss, gradients = both(state[0])
        return loss, adam_functional(jnp, state, gradients)

    step = jax.jit(step) if jit else step

    def run() -> Any:
        loss, state[0] = step(state[0])
        jax.block_until_ready(state[0])
        return loss

    return Case(run, lambda: state[0][0])


def workload(sizes: list[int], batch: int) -> Workload:
    """Return the training step for these three layer sizes."""
    cases = {
        peers.OURS: ours,
        peers.OURS_NN: ours_nn,
        peers.HAND: by_hand,
        peers.AUTOGRAD: hips_autograd,
        peers.MYGRAD: mygrad,
        peers.TORCH: pytorch,
        peers.JAX: jax,
        peers.JAX_JIT: partial(jax, jit=True),
    }
    return Workload(
        f"classification-{sizes[0]}",
        f"training step, {'-'.join(map(str, sizes))} ReLU network, batch {batch}, cross-entropy, Adam",
        {peer: partial(build, sizes, batch) for peer, build in cases.items()},
        limits={peers.TORCH: 0.45, peers.HAND: 1.3} if sizes[0] < 500 else {},
        ours=peers.OURS_NN,
    )


WORKLOADS = [workload([64, 128, 10], 64), workload([784, 256, 10], 64)]
