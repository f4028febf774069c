"""Checkpointing: memory for time. A function's intermediate arrays are not kept but computed again in the sweep.

A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, chapter 12.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.graph import Node, next_number
from autograd_lite.core.modes import enable_grad, is_recording
from autograd_lite.core.recording import record_jointly
from autograd_lite.core.tensor import Tensor, tensor_of
from autograd_lite.errors import GraphError
from autograd_lite.transforms.arguments import flatten, outputs_of, unflatten
from autograd_lite.transforms.recomputing import fresh_primals, pull_through
from autograd_lite.transforms.replay import RandomState


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``f`` with its intermediate arrays recomputed in the sweep instead of kept.

    Parameters
    ----------
    f : callable
        Takes and returns arrays, numbers, Tensors and containers of them. Tracked Tensors that it reads from its
        closure (the parameters of a network) get their gradients too.

    Returns
    -------
    callable
        With the same values and derivatives. Random numbers are replayed: NumPy's global state, and every
        ``numpy.random.Generator`` or ``RandomState`` among the arguments or in the closure of ``f``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import checkpoint, grad
    >>> block = checkpoint(lambda x: np.tanh(np.sin(x) ** 2))
    >>> float(grad(block)(0.0))
    0.0
    """

    @functools.wraps(f)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        if not is_recording():
            return f(*args, **kwargs)
        return _Segment(f, args, kwargs).run()

    return checkpointed


class _Segment:
    """One call of a checkpointed function: what is needed to run it again."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]):
        self.f = f
        self.name = getattr(f, "__name__", type(f).__name__)
        self.leaves, self.structure = flatten([list(args), kwargs])
        self.tracked = [i for i, leaf in enumerate(self.leaves) if isinstance(leaf, Tensor) and leaf.node is not None]
        self.random = RandomState([f, *self.leaves])
        self.fingerprint: list[float] = []
        self.closure: list[Tensor] = []  # tracked Tensors that f reads without their being arguments
        self.out_structure: Any = None

    def run(self) -> Any:
        """Run once, keep the outputs and what flows in, and drop the rest of the graph."""
        start = next_number()
        primals = fresh_primals([self.leaves[i] for i in self.tracked])
        outputs = self._again(primals)
        inside = {primal.node for primal in primals if primal.node is not None}
        self.closure = _read_from_outside([out.node for out in outputs if out.node is not None], inside, start)
        inputs = [self.leaves[i] for i in self.tracked] + self.closure
        if not inputs:
            return unflatten(self.out_structure, outputs)
        self.fingerprint = _fingerprint(outputs)
        tensors = record_jointly(f"checkpoint of {self.name}", inputs, [out.data for out in outputs], self.pull_all)
        return unflatten(self.out_structure, tensors)

    def _again(self, primals: Sequence[Tensor]) -> list[Tensor]:
        """Run ``f`` with these in place of its tracked arguments, and return its outputs."""
        leaves = list(self.leaves)
        for i, primal in zip(self.tracked, primals, strict=True):
            leaves[i] = primal
        args, kwargs = unflatten(self.structure, leaves)
        with enable_grad():
            out = self.f(*args, **kwargs)
        outputs, self.out_structure = outputs_of(out, "checkpoint")
        return outputs

    def _once_more(self, *primals: Tensor) -> list[Tensor]:
        with self.random.replayed():
            outputs = self._again(primals)
        if not np.allclose(_fingerprint(outputs), self.fingerprint, rtol=1e-3, atol=0, equal_nan=True):
            raise GraphError(
                f"checkpoint: running {self.name} again gave other values than before. It depends on something that "
                f"changes between calls: pass random generators as arguments, and do not change its inputs in place."
            )
        return outputs

    def pull_all(self, values: Sequence[Any], g: Any, batch: int) -> list[Any]:
        """Run again with the same random numbers, and sweep back to the arguments and the closure."""
        return pull_through(self._once_more, values, g, batch, self.closure)


def _read_from_outside(outputs: Sequence[Node], inside: set[Node], start: int) -> list[Tensor]:
    """Return the tracked Tensors that the outputs depend on and that were made before number ``start``."""
    stack, seen, found = list(outputs), set(outputs), []
    while stack:
        node = stack.pop()
        if node in inside:
            continue
        if not node.inputs or node.number < start:
            found.append(node)
            continue
        fresh = [parent for parent in node.inputs if parent not in seen]
        seen.update(fresh)
        stack += fresh
    found.sort(key=lambda node: node.number)
    return [tensor_of(_Shape(node), node) for node in found]


def _fingerprint(outputs: Sequence[Tensor]) -> list[float]:
    """Return a few numbers that tell one run's outputs from another's."""
    return [float(np.sum(np.absolute(out.data))) for out in outputs if isinstance(out.data, np.ndarray | np.generic)]


class _Shape:
    """What stands for the array of a Tensor of which only the node is known."""

    def __init__(self, node: Node):
        self.shape, self.dtype = node.shape, node.dtype
