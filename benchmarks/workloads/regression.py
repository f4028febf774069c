"""One training step of a 2-16-16-1 tanh network: batch 100, mean squared error, plain gradient descent."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload
from benchmarks.workloads.training import in_layers, out_of_layers, parameters

RATE = 0.05


def data(sizes: list[int], batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs and targets."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(batch, sizes[0])), rng.normal(size=(batch, sizes[-1]))


def ours(sizes: list[int], batch: int) -> Case:
    from autograd_lite import Tensor

    x, target = data(sizes, batch)
    tensors = [Tensor(array, requires_grad=True) for array in parameters(sizes)]

    def run() -> Any:
        h = x
        for w, b in zip(tensors[:-2:2], tensors[1:-2:2], strict=True):
            h = np.tanh(h @ w + b)
        error = h @ tensors[-2] + tensors[-1] - target
        loss = (error * error).mean()
        loss.backward()
        for tensor in tensors:
            tensor.data -= RATE * tensor.grad
            tensor.grad = None
        return loss

    return Case(run, lambda: [tensor.data for tensor in tensors])


def ours_nn(sizes: list[int], batch: int) -> Case:
    from autograd_lite import nn, optim

    x, target = data(sizes, batch)
    layers: list[Any] = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    model = nn.Sequential(*layers[:-1])
    in_layers(model, parameters(sizes))
    optimizer = optim.SGD(model.parameters(), lr=RATE)

    def run() -> Any:
        optimizer.zero_grad()
        loss = nn.mse_loss(model(x), target)
        loss.backward()
        optimizer.step()
        return loss

    return Case(run, lambda: out_of_layers(model))


def by_hand(sizes: list[int], batch: int) -> Case:
    x, target = data(sizes, batch)
    arrays = parameters(sizes)
    weights, biases = arrays[::2], arrays[1::2]
    last = len(weights) - 1

    def run() -> Any:
        inputs = [x]
        for w, b in zip(weights[:-1], biases[:-1], strict=True):
            h = inputs[-1] @ w
            h += b
            inputs.append(np.tanh(h, out=h))
        error = inputs[-1] @ weights[-1]
        error += biases[-1]
        error -= target
        flat = error.ravel()
        loss = flat.dot(flat) / error.size
        error *= 2 / error.size
        g = error
        for k in range(last, -1, -1):
            gradient_w, gradient_b = inputs[k].T @ g, g.sum(axis=0)
            if k:
                g = g @ weights[k].T
                h = inputs[k]
                h *= h
                np.subtract(1.0, h, out=h)
                g *= h
            gradient_w *= RATE
            gradient_b *= RATE
            weights[k] -= gradient_w
            biases[k] -= gradient_b
        return loss

    return Case(run, lambda: arrays)


def _functional(np_: Any, x: Any, target: Any) -> Any:
    def loss(arrays: Any) -> Any:
        h = x
        for w, b in zip(arrays[:-2:2], arrays[1:-2:2], strict=True):
            h = np_.tanh(np_.dot(h, w) + b)
        error = np_.dot(h, arrays[-2]) + arrays[-1] - target
        return np_.mean(error * error)

    return loss


def hips_autograd(sizes: list[int], batch: int) -> Case:
    import autograd
    import autograd.numpy as anp

    arrays = parameters(sizes)
    both = autograd.value_and_grad(_functional(anp, *data(sizes, batch)))

    def run() -> Any:
        loss, gradients = both(arrays)
        for array, gradient in zip(arrays, gradients, strict=True):
            array -= RATE * gradient
        return loss

    return Case(run, lambda: arrays)


def mygrad(sizes: list[int], batch: int) -> Case:
    import mygrad as mg

    x, target = data(sizes, batch)
    tensors = [mg.tensor(array) for array in parameters(sizes)]

    def run() -> Any:
        h: Any = x
        for w, b in zip(tensors[:-2:2], tensors[1:-2:2], strict=True):
            h = mg.tanh(mg.matmul(h, w) + b)
        error = mg.matmul(h, tensors[-2]) + tensors[-1] - target
        loss = mg.mean(error * error)
        loss.backward()
        for tensor in tensors:
            tensor.data[...] -= RATE * tensor.grad
        return loss

    return Case(run, lambda: [tensor.data for tensor in tensors])


def pytorch(sizes: list[int], batch: int) -> Case:
    import torch

    x, target = (torch.tensor(array) for array in data(sizes, batch))
    layers: list[Any] = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [torch.nn.Linear(inputs, outputs, dtype=torch.float64), torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers[:-1])
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), parameters(sizes), strict=True):
            parameter.copy_(torch.tensor(array.T))
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)

    def run() -> Any:
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), target)
        loss.backward()
        optimizer.step()
        return loss

    return Case(run, lambda: [parameter.detach().numpy().T for parameter in model.parameters()])


def jax(sizes: list[int], batch: int, jit: bool = False) -> Case:
    import jax
    import jax.numpy as jnp

    both = jax.value_and_grad(_functional(jnp, *map(jnp.asarray, data(sizes, batch))))
    state = [[jnp.asarray(array) for array in parameters(sizes)]]

    def step(arrays: Any) -> Any:
        loss, gradients = both(arrays)
        return loss, [array - RATE * gradient for array, gradient in zip(arrays, gradients, strict=True)]

    step = jax.jit(step) if jit else step

    def run() -> Any:
        loss, state[0] = step(state[0])
        jax.block_until_ready(state[0])
        return loss

    return Case(run, lambda: state[0])


def workload(sizes: list[int], batch: int) -> Workload:
    """Return the training step for these layer sizes."""
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
        "regression",
        f"training step, {'-'.join(map(str, sizes))} tanh network, batch {batch}, MSE, SGD",
        {peer: partial(build, sizes, batch) for peer, build in cases.items()},
        limits={peers.TORCH: 0.4, peers.HAND: 2.0},
        ours=peers.OURS_NN,
    )


WORKLOAD = workload([2, 16, 16, 1], 100)
