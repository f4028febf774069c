"""Value and gradient of one function, for those peers whose functions take arrays and return a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from benchmarks.workload import Case, listed

Function = Callable[..., Any]  # of the arrays that are differentiated


def ours(f: Function, arrays: Sequence[Any]) -> Case:
    """Return the case of this package."""
    import autograd_lite as ag

    return listed(partial(ag.value_and_grad(f, argnums=tuple(range(len(arrays)))), *arrays))


def hips_autograd(f: Function, arrays: Sequence[Any]) -> Case:
    """Return the case of HIPS autograd."""
    import autograd

    return listed(partial(autograd.value_and_grad(f, argnum=tuple(range(len(arrays)))), *arrays))


def mygrad(f: Function, arrays: Sequence[Any]) -> Case:
    """Return the case of MyGrad."""
    import mygrad as mg

    tensors = [mg.tensor(array) for array in arrays]

    def run() -> Any:
        value = f(*tensors)
        value.backward()
        return value.data, [tensor.grad for tensor in tensors]

    return listed(run)


def pytorch(f: Function, arrays: Sequence[Any]) -> Case:
    """Return the case of PyTorch."""
    import torch

    tensors = [torch.tensor(array).requires_grad_(True) for array in arrays]

    def run() -> Any:
        value = f(*tensors)
        return value.detach(), torch.autograd.grad(value, tensors)

    return listed(run)


def jax(f: Function, arrays: Sequence[Any], jit: bool = False) -> Case:
    """Return the case of JAX, eager or compiled."""
    import jax
    import jax.numpy as jnp

    both: Any = jax.value_and_grad(f, argnums=tuple(range(len(arrays))))
    both = jax.jit(both) if jit else both
    given = [jnp.asarray(array) for array in arrays]
    return listed(lambda: jax.block_until_ready(both(*given)))
