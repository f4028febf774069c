"""Fused operations: a computation of many steps as one node, with a way there and back by hand for plain arrays.

The computation is written once, in NumPy's functions. On plain arrays a hand-written pass takes its place, which keeps
what its way back needs and computes the contributions to all arguments together. Recorded sweeps, batch axes on the
cotangent and other libraries' arrays go through the computation itself, so that every order of derivative is right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from autograd_lite.core.modes import is_recording
from autograd_lite.core.recording import record_jointly
from autograd_lite.core.tensor import Tensor, tensor_of
from autograd_lite.transforms.recomputing import pull_through


class Pass(Protocol):
    """A computation that has been run on plain arrays, and can be run back.

    Attributes
    ----------
    outputs : tuple of ndarray
    """

    outputs: tuple[np.ndarray, ...]

    def pull(self, cotangents: Sequence[Any], tracked: Sequence[int]) -> Sequence[Any]:
        """Return the contribution to each argument, at least to those with these numbers.

        Parameters
        ----------
        cotangents : sequence of ndarray or None
            One for each output.
        tracked : sequence of int
        """
        ...


def _are_plain(values: Sequence[Any]) -> bool:
    """Say whether all are plain arrays of floats; Nones are passed over."""
    return all(value is None or (type(value) is np.ndarray and value.dtype.char in "fd") for value in values)


def fused(
    name: str,
    arguments: Sequence[Any],
    computed: Callable[..., Sequence[Any]],
    passed: Callable[..., Pass],
) -> Sequence[Any]:
    """Run a computation as one node of the graph.

    Parameters
    ----------
    name : str
        Shown in errors and pictures.
    arguments : sequence of Tensor or array
    computed : callable
        ``computed(*arguments)`` gives the outputs of any arrays, by functions with rules.
    passed : callable
        ``passed(*arrays)`` gives them for plain arrays of one floating dtype, as a `Pass`.

    Returns
    -------
    sequence of Tensor, or of array if no argument is a Tensor
    """
    arrays = [value.data if isinstance(value, Tensor) else value for value in arguments]
    run: Pass | None = None
    if _are_plain(arrays):
        dtype = np.result_type(*{array.dtype for array in arrays})
        run = passed(*[array.astype(dtype, copy=False) for array in arrays])
    outputs = computed(*arrays) if run is None else run.outputs
    tracked = [i for i, value in enumerate(arguments) if isinstance(value, Tensor) and value.node is not None]
    if not tracked or not is_recording():
        return [tensor_of(out, None) for out in outputs] if any(isinstance(v, Tensor) for v in arguments) else outputs

    def again(*primals: Tensor) -> Sequence[Any]:
        values = list(arrays)
        for i, primal in zip(tracked, primals, strict=True):
            values[i] = primal
        return computed(*values)

    def pull_all(values: Sequence[Any], g: Any, batch: int) -> list[Any]:
        parts = g if isinstance(g, tuple) else (g,)
        if run is None or batch or not _are_plain([*values, *parts]):
            return pull_through(again, values, g, batch)
        contributions = run.pull(parts, tracked)
        return [contributions[i] for i in tracked]

    return record_jointly(name, [arguments[i] for i in tracked], outputs, pull_all)
