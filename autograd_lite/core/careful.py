"""Zero times infinity: the second, careful sweep.

The ordinary sweep multiplies cotangents by local derivatives as IEEE 754 has it, and 0 * inf is NaN there. In the
chain rule it is mostly not: ``where(x > 0, sqrt(x), 0)`` sends the cotangent 0 to ``sqrt`` at 0, whose derivative is
infinite, and the answer is 0. So when, and only when, a requested gradient came out NaN the sweep runs again here:

- an elementwise contribution is replaced by zero in those elements where the cotangent or the local derivative is
  exactly zero *and* the contribution is NaN (masking every zero would lose curvature: the Hessian of sin(x)² at 0 is
  2, not 0);
- any other operation's contribution is, in those slices along its ``axis``, or batch rows, where the whole cotangent is
  zero.

A zero that comes from ``where``, ``max``, ``clip`` or indexing is structural and wins rightly. A zero that comes from
a local derivative that vanishes wins by convention: the result is finite, and a `SingularPointWarning` names the
operation. To tell the two apart every cotangent travels with its *support*: where a zero would not be structural.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import LazyCotangent, Tracked, cast, fit, own
from autograd_lite.core.graph import Extras, Lift, Node, Traversal, collect, freed
from autograd_lite.core.modes import user_stacklevel
from autograd_lite.core.observing import Watch
from autograd_lite.core.plan import Rule
from autograd_lite.errors import SingularPointWarning


def careful_sweep(
    traversal: Traversal,
    seeds: Mapping[Node, Any],
    batch: int = 0,
    lift: Lift | None = None,
    warn: bool = True,
    watch: Watch | None = None,
) -> dict[Node, Any]:
    """Pull cotangents back as `sweep` does, with zero times infinity taken as zero.

    Parameters and returns are those of `sweep`; ``watch`` sees each contribution before it is added.

    Warns
    -----
    SingularPointWarning
        If a zero that is not structural has met an infinite derivative.
    """
    cotangents = dict(seeds)
    supports: dict[Node, Any] = {node: np.asarray(raw(seed) != 0, float) for node, seed in seeds.items()}
    conventional: dict[str, None] = {}
    for node in traversal.order:
        g = cotangents.pop(node, None)
        if g is None:
            continue
        g, support = _dense(g), _dense(supports.pop(node))
        if node.extras is not None and node.extras.hooks:
            g = _hooked(node.extras, g, watch)
        if node.saved is None:
            raise freed(node)
        saved = node.saved if lift is None else lift(node)
        pulls = node.plan.pulls_for(node, g, saved, batch)
        for position, (parent, pull) in enumerate(zip(node.inputs, pulls, strict=True)):
            c = pull(g, saved)
            if c is None or (traversal.needed is not None and parent not in traversal.needed):
                continue
            if not isinstance(c, LazyCotangent):
                c, masked = zero_times_infinity(node, g, c, pull, saved, batch)
                if masked is not None and (masked & _touched(node, support, batch, masked.shape)).any():
                    conventional[node.plan.primitive.name] = None
                c = cast(fit(c, parent.shape, batch), parent.dtype)
            if watch is not None:
                watch(node, g, position, parent, _dense(c))
            s = _pull_support(node, pull, support, parent, batch)
            if parent in cotangents:
                c, s = _plus(cotangents[parent], c), _plus(supports[parent], s)
            cotangents[parent], supports[parent] = c, s
    delivered = {target: _delivered(target, g, watch) for target, g in cotangents.items()}
    if conventional and warn:
        warnings.warn(_advice(conventional), SingularPointWarning, stacklevel=user_stacklevel())
    return delivered


def watched_sweep(
    outputs: Mapping[Node, Any], watch: Watch, targets: Iterable[Node] | None = None, batch: int = 0
) -> dict[Node, Any]:
    """Run a sweep from some outputs and let every contribution be seen; it stores and releases nothing.

    Its numbers are those of the ordinary sweep wherever that gives no NaN. Hooks run, but for those that keep a
    gradient.

    Parameters
    ----------
    outputs : mapping of Node to array
        The cotangent to start from, of shape ``batch axes + node.shape``, for each output.
    watch : callable
        Called as ``watch(node, g, position, parent, c)``: the cotangent ``g`` of ``node`` gave the contribution ``c``
        to that of ``parent = node.inputs[position]``. Nodes come by falling number, so that at a node's first call all
        that it received has been seen.
    targets : iterable of Node, optional
        Where it stops; the tracked leaves if not given.
    batch : int
        How many leading batch axes the cotangents carry.

    Returns
    -------
    dict of Node to array
        The cotangent of each target that one reached.

    Raises
    ------
    GraphFreedError
        If an earlier backward released the saved arrays.
    SupersededError
        If a leaf was updated in place since.
    """
    with np.errstate(all="ignore"):
        return careful_sweep(collect(outputs, targets), outputs, batch, warn=False, watch=watch)


def _hooked(extras: Extras, g: Any, watch: Watch | None) -> Any:
    """Run the hooks over a finished cotangent: once more after the ordinary sweep, or for somebody who only looks."""
    return extras.again(g) if watch is None else extras.arrived(g, keeping=False)


def _delivered(target: Node, g: Any, watch: Watch | None) -> Any:
    g = _dense(g)
    if target.extras is not None and target.extras.hooks:
        g = _hooked(target.extras, g, watch)
    return own(g, shared=True)


def raw(value: Any) -> Any:
    """Return the array of a Tensor, and anything else unchanged."""
    return value.data if isinstance(value, Tracked) else value


def _plus(total: Any, term: Any) -> Any:
    """Return a sum; one of lazy cotangents was made here and grows in place."""
    if isinstance(total, LazyCotangent) and total.terms is not None:
        total.extend(term)
        return total
    return total + term


def _dense(value: Any) -> Any:
    return value.materialize() if isinstance(value, LazyCotangent) else value


def zero_times_infinity(node: Node, g: Any, c: Any, pull: Rule, saved: Any, batch: int) -> tuple[Any, Any]:
    """Return the contribution with 0 * inf taken as 0, and where that was done (None: nowhere).

    Of an elementwise operation either factor may be the zero: the cotangent (or tangent), or the local derivative.
    """
    wrong = np.isnan(raw(c))
    if not np.any(wrong):
        return c, None
    if node.plan.primitive.kind == "elementwise":
        masked = wrong & (raw(g) == 0)
        if np.any(wrong & ~masked):
            masked = wrong & (masked | (raw(pull(np.ones_like(raw(g)), saved)) == 0))
    else:
        masked = wrong & ~_touched(node, g, batch, wrong.shape)
    if not np.any(masked):
        return c, None
    return np.where(masked, raw(c).dtype.type(0), c), masked


def _touched(node: Node, g: Any, batch: int, shape: tuple[int, ...]) -> Any:
    """Say where a contribution of ``shape`` may come from a cotangent (or support) that is not zero.

    That is the element itself, the slice along the axes that the operation was asked to work along, or else the whole
    batch row.
    """
    if node.plan.primitive.kind == "elementwise":
        return raw(g) != 0
    axis = node.keywords.get("axis")
    if axis is not None and not isinstance(g, tuple):
        axes = axis if isinstance(axis, tuple) else (axis,)
        hit = raw(g) != 0
        hit = np.expand_dims(hit, axes) if hit.ndim + len(axes) == len(shape) else hit
        if hit.ndim == len(shape):
            hit = np.any(hit, axis=axes, keepdims=True)
            if all(have in (1, want) for have, want in zip(hit.shape, shape, strict=True)):
                return hit
    parts = [raw(part) for part in g if part is not None] if isinstance(g, tuple) else [raw(g)]
    rows = np.logical_or.reduce([np.any(part != 0, axis=tuple(range(batch, part.ndim))) for part in parts])
    return np.reshape(rows, rows.shape + (1,) * (len(shape) - rows.ndim))


def _pull_support(node: Node, pull: Any, support: Any, parent: Node, batch: int) -> Any:
    """Pull the support back: through the rule itself where it only selects, else to everything it could reach."""
    primitive = node.plan.primitive
    if (primitive.kind == "linear" or primitive.selects) and node.plan.resolve is None:
        assert node.saved is not None
        s = pull(np.asarray(np.abs(support) > 0, float), node.saved)
        return s if isinstance(s, LazyCotangent) else fit(s, parent.shape, batch)
    if primitive.kind == "multilinear" and node.plan.resolve is None:
        s = pull(np.asarray(np.abs(support) > 0, float), _as_ones(node.saved, node.plan.sources))
        return fit(s, parent.shape, batch)
    if primitive.kind == "elementwise":
        return fit(np.asarray(np.abs(support) > 0, float), parent.shape, batch)
    shape = (support[0] if isinstance(support, tuple) else support).shape[:batch] + parent.shape
    return np.broadcast_to(_touched(node, support, batch, shape), shape).astype(float)


def _as_ones(saved: Any, sources: tuple[int | None, ...]) -> Any:
    """Return what a multilinear rule reads with every array's elements taken as one: where it reaches at all."""
    if len(sources) == 1:
        return np.ones_like(saved) if isinstance(saved, np.ndarray) else saved
    return tuple(np.ones_like(value) if isinstance(value, np.ndarray) else value for value in saved)


def _advice(names: dict[str, None]) -> str:
    return (
        f"in the sweep a cotangent of exactly zero met an infinite derivative in {', '.join(names)}, and 0 * inf was "
        f"taken as 0. That is right where the zero wins (x * sqrt(x) at 0) and a convention where it does not "
        f"(sqrt(x) * sqrt(x) at 0 has slope 1): see 'zero times infinity' in docs/design.md."
    )
