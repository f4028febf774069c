"""The reverse sweep: the multivariate chain rule as one loop.

`_pull_back` is the whole calculus of reverse mode: walk the nodes by falling number, let each rule turn the cotangent
of its output into a contribution to each input, fit the contribution to the input's shape, add up where paths meet.

- over plain arrays it runs at NumPy speed, with no wrapper in the way;
- with ``lift`` it runs over Tensors, so that the sweep is itself recorded and can be differentiated again;
- with ``batch`` leading axes on every cotangent it gives a whole Jacobian at once.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_lite.core.autopsy import debugged_sweep, questioned_sweep
from autograd_lite.core.careful import careful_sweep
from autograd_lite.core.cotangents import LazyCotangent, cast, contains_nan, fit, own
from autograd_lite.core.debugging import debugging
from autograd_lite.core.graph import Leaf, Lift, Node, Traversal, freed
from autograd_lite.core.heap import keep_freed_memory

keep_freed_memory()


def sweep(
    traversal: Traversal, seeds: Mapping[Node, Any], batch: int = 0, lift: Lift | None = None, warn: bool = True
) -> dict[Node, Any]:
    """Pull cotangents back from the outputs to the targets of a traversal.

    The chain rule in reverse mode, x̄ = Σ (∂y/∂x)ᵀ ȳ over the uses y of x (Griewank & Walther, *Evaluating
    Derivatives*, 2nd ed., SIAM 2008, section 3.2).

    Parameters
    ----------
    traversal : Traversal
        From `collect`.
    seeds : mapping of Node to array or Tensor
        The cotangent of each output, of shape ``batch axes + output.shape``.
    batch : int
        How many leading batch axes every cotangent carries.
    lift : callable, optional
        Gives a node's saved arrays back as Tensors; with it the sweep is itself recorded.
    warn : bool
        Whether to warn of zeros by convention.

    Returns
    -------
    dict of Node to array or Tensor
        The cotangent of each target that one reached; each owns its buffer.

    Raises
    ------
    GraphFreedError
        If an earlier sweep released the saved arrays.
    NaNError, InPlaceError
        Under ``debug()``: see there.

    Notes
    -----
    The ordinary sweep does not care about 0 * inf. Only where a delivered cotangent holds a NaN is it run again, with
    care (`careful_sweep`); hooks are called again then.
    """
    debugger = debugging()
    if debugger is not None and not debugger.sweeping:
        return debugged_sweep(debugger, _sweep, traversal, seeds, batch, lift, warn)
    if debugger is not None and debugger.inquest is not None:
        return questioned_sweep(debugger, _sweep, traversal, seeds, batch, lift, warn)
    return _sweep(traversal, seeds, batch, lift, warn)


def _sweep(
    traversal: Traversal, seeds: Mapping[Node, Any], batch: int, lift: Lift | None, warn: bool
) -> dict[Node, Any]:
    with np.errstate(all="ignore"):
        cotangents, shared = _pull_back(traversal, seeds, batch, lift)
        delivered = {target: _deliver(target, g, target in shared) for target, g in cotangents.items()}
        if contains_nan(*delivered.values()):
            delivered = careful_sweep(traversal, seeds, batch, lift, warn)
    return delivered


def inner_sweep(
    traversal: Traversal, seeds: Mapping[Node, Any], batch: int = 0, lift: Lift | None = None
) -> dict[Node, Any]:
    """Pull cotangents back within another computation, which looks for NaNs itself and does not keep what it gets.

    Parameters are those of `sweep`; what is returned may share its buffer with a seed.
    """
    cotangents, _ = _pull_back(traversal, seeds, batch, lift)
    return {target: g.materialize() if isinstance(g, LazyCotangent) else g for target, g in cotangents.items()}


def _pull_back(
    traversal: Traversal, seeds: Mapping[Node, Any], batch: int, lift: Lift | None
) -> tuple[dict[Node, Any], set[Node]]:
    """Return the cotangent of each target that one reached, and those targets whose somebody else may hold too."""
    needed = traversal.needed
    cotangents = dict(seeds)
    shared = set(seeds)  # nodes whose cotangent somebody else may hold too
    summed: set[Node] = set()  # nodes whose cotangent is a sum made here: further terms may be added into it
    lazy: set[Node] = set()  # nodes whose cotangent may be a LazyCotangent
    for node in traversal.order:
        g = cotangents.pop(node, None)
        if g is None:
            continue
        if lazy and node in lazy and isinstance(g, LazyCotangent):
            g = g.materialize()
        if node.extras is not None and node.extras.hooks:
            g = node.extras.arrived(g)
            shared.add(node)
        saved = node.saved if lift is None else lift(node)
        if saved is None:
            raise freed(node)
        plan = node.plan
        inputs = node.inputs
        if plan.fits:  # one input and nothing to fit: most nodes of a deep graph
            parent = inputs[0]
            if needed is None or parent in needed:
                c = plan.pulls[0](g, saved)
                if parent in cotangents:
                    _add(cotangents, summed, shared, parent, c)
                else:
                    cotangents[parent] = c
                    if c is g:
                        shared.add(parent)
            continue
        position = 0
        for pull in plan.pulls if plan.resolve is None else plan.resolve(node, g, saved, batch):
            parent = inputs[position]
            position += 1
            c = pull(g, saved) if needed is None or parent in needed else None
            if c is None:
                continue
            if (c.shape[batch:] if batch else c.shape) != parent.shape:
                c = fit(c, parent.shape, batch)
            if c.dtype is not parent.dtype:
                c = cast(c, parent.dtype)
            if plan.lazy:
                lazy.add(parent)
            if parent in cotangents:
                _add(cotangents, summed, shared, parent, c)
            else:
                cotangents[parent] = c
                if c is g or plan.shares:
                    shared.add(parent)
    return cotangents, shared


def _add(cotangents: dict[Node, Any], summed: set[Node], shared: set[Node], parent: Node, c: Any) -> None:
    """Add a further contribution: the second makes a fresh sum, later ones are added into that."""
    previous = cotangents[parent]
    if parent not in summed:
        cotangents[parent] = previous + c
        summed.add(parent)
        shared.discard(parent)
    elif type(previous) is type(c) is np.ndarray:
        previous += c
    elif isinstance(previous, LazyCotangent):
        previous.extend(c)
    else:
        cotangents[parent] = previous + c


def _deliver(target: Node, g: Any, shared: bool) -> Any:
    if isinstance(g, LazyCotangent):
        g = g.materialize()
    if target.extras is not None and target.extras.hooks:
        g, shared = target.extras.arrived(g), True
    return own(g, shared)


def release(traversal: Traversal) -> None:
    """Release the saved arrays of every node that a finished sweep ran over; leaves save nothing and stay usable."""
    for node in traversal.order:
        node.saved = None


_accumulating = threading.Lock()


def accumulate(gradients: dict[Node, Any]) -> None:
    """Add delivered cotangents into the gradients of their leaves; several threads may share the leaves."""
    with _accumulating:
        for leaf, gradient in gradients.items():
            if type(leaf) is Leaf:
                leaf.gradient = gradient if leaf.gradient is None else leaf.gradient + gradient
