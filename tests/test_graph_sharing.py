"""Nobody sees two names for one gradient buffer: writing into one gradient changes nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor


def leaf(value: Any) -> Tensor:
    return Tensor(np.asarray(value, dtype=float), requires_grad=True)


SHARING: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "sum": lambda x, y, z: x + y + z,
    "identity": lambda x, y, z: (+x) + y * 1.0 + z.copy(),
    "three uses": lambda x, y, z: (x + y) + (x + z) + (x + y),
    "reshaped": lambda x, y, z: x.reshape(2, 2).reshape(4) + y[::-1] + z[...],
    "transposed": lambda x, y, z: (x.reshape(2, 2).T + y.reshape(2, 2).T).T.ravel() + z,
    "stacked": lambda x, y, z: np.stack([x, y, z]).sum(axis=0),
    "concatenated": lambda x, y, z: np.concatenate([x, y, z])[:4] + np.concatenate([z, x, y])[4:8],
    "split": lambda x, y, z: np.split(np.concatenate([x, y, z]), 3)[1] + x + z,
    "chained sums": lambda x, y, z: (x + y) + ((x + y) + z) * 1.0 + (y + z),
    "reduced": lambda x, y, z: (x.sum() + y.sum() + z.sum()) * np.ones(4),
    "product": lambda x, y, z: x * y + y * z + z * x,
    "looked up": lambda x, y, z: x[[0, 1, 2, 3]] + x + y[1:].sum() + y + z[0] + z,
}


@pytest.mark.parametrize("name", SHARING)
def test_gradients_share_no_memory(name: str) -> None:
    values = [np.arange(1.0, 5.0), np.arange(2.0, 6.0), np.arange(3.0, 7.0)]
    leaves = [Tensor(value, requires_grad=True) for value in values]
    seed = np.ones(4)
    out = SHARING[name](*leaves)
    out.backward(seed)
    gradients = [tensor.grad for tensor in leaves]
    others = [*values, *(tensor.data for tensor in leaves), seed, out.data]
    for first, second in itertools.combinations([*gradients, *others], 2):
        if any(first is gradient for gradient in gradients):
            assert not np.shares_memory(first, second)
    before = [gradient.copy() for gradient in gradients]
    for i, gradient in enumerate(gradients):
        gradient[...] = -1e9  # it must be writeable, too
        for j in range(i + 1, 3):
            np.testing.assert_array_equal(gradients[j], before[j])
    np.testing.assert_array_equal(seed, np.ones(4))


@pytest.mark.parametrize("name", SHARING)
def test_gradients_agree_with_finite_differences(name: str) -> None:
    point = [np.arange(1.0, 5.0), np.arange(2.0, 6.0), np.arange(3.0, 7.0)]
    ag.check_grads(lambda *args: np.sum(np.sin(0.3 * SHARING[name](*args))), point, order=2)


def test_vjp_gives_cotangents_that_share_no_memory() -> None:
    x, y, seed = np.ones(3), np.ones(3), np.ones(3)
    _, pull = ag.vjp(lambda x, y: x + y, x, y)
    first, second = pull(seed), pull(seed)
    for one, other in itertools.combinations([*first, *second, x, y, seed], 2):
        assert not np.shares_memory(one, other)


def test_jvp_gives_tangents_that_share_no_memory() -> None:
    x, v = np.ones(3), np.ones(3)
    for f in (lambda x: (x, x + 1.0, x + 2.0), lambda x: (lambda y: (y, y, y + 1.0))(x * x)):
        _, tangents = ag.jvp(f, (x,), (v,))
        for one, other in itertools.combinations([*tangents, x, v], 2):
            assert not np.shares_memory(one, other)


@pytest.mark.parametrize("batched", [False, True])
def test_several_outputs_share_no_memory(batched: bool) -> None:
    both = ag.primitive(
        lambda x, y: (x + y, x - y), outputs=2, batched=batched, name="both", x=lambda g: g[0], y=lambda g: g[0]
    )
    x, y, seed = leaf([1.0, 2.0]), leaf([3.0, 4.0]), np.ones(2)
    both(x, y)[0].backward(seed)
    for one, other in itertools.combinations([x.grad, y.grad, seed], 2):
        assert not np.shares_memory(one, other)
