"""Running a function once more to pull a cotangent back through it: the rule that needs no rule.

Where an operation is recorded as one node although its derivative is that of a whole computation, such as a
checkpointed function or a loop over time, its contributions can always be had by running the computation again on
tracked values and sweeping back over what that records: at any order, with batch axes, for any kind of array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.core.graph import Node, collect
from autograd_lite.core.modes import enable_grad
from autograd_lite.core.sweep import sweep
from autograd_lite.core.tensor import Tensor, lift, primal_of


def fresh_primals(values: Sequence[Any]) -> list[Tensor]:
    """Return values as arguments to differentiate by, each linked to its node where it is a tracked Tensor."""
    return [primal_of(value.data, value.node) if isinstance(value, Tensor) else primal_of(value) for value in values]


def pull_through(
    function: Callable[..., Sequence[Tensor]], values: Sequence[Any], g: Any, batch: int = 0, beyond: Sequence[Any] = ()
) -> list[Any]:
    """Return the contribution of a function's outputs to each of its arguments, by running it again.

    Parameters
    ----------
    function : callable
        Takes Tensors, and returns a sequence of them.
    values : sequence of array or Tensor
        The arguments, and behind them the values of ``beyond``; Tensors in a recorded sweep, and this one is then
        recorded too.
    g : array or Tensor, or tuple of them
        The cotangent of each output, None where none arrived; by itself if there is one output.
    batch : int
        How many leading batch axes the cotangents carry.
    beyond : sequence of Tensor
        Further tracked Tensors that the function reads without their being arguments.

    Returns
    -------
    list of array, Tensor or None
        One contribution for each argument, and for each Tensor beyond; None where none arrives.
    """
    primals = fresh_primals(values[: len(values) - len(beyond)])
    with enable_grad():
        outputs = function(*primals)
    seeds: dict[Node, Any] = {}
    for out, part in zip(outputs, g if isinstance(g, tuple) else (g,), strict=True):
        if out.node is not None and part is not None:
            seeds[out.node] = seeds[out.node] + part if out.node in seeds else part
    targets = [tensor.node for tensor in (*primals, *beyond) if tensor.node is not None]
    recorded = any(isinstance(value, Tensor) for value in values)
    delivered = sweep(collect(seeds, targets), seeds, batch, lift if recorded else None)
    return [delivered.get(target) for target in targets]
