"""Forward mode: ``jvp`` and ``linearize``, derived from the reverse rules and the kinds of the primitives.

There is no second table of rules. The function is run once and recorded; then tangents are pushed over the recorded
nodes by rising number:

- an elementwise operation's Jacobian is diagonal, so its reverse rule serves both ways;
- a linear operation is its own derivative;
- any other operation's vjp, c = Jᵀ g, is linear in g; differentiating it with respect to g gives J back (J. Townsend,
  *A new trick for calculating Jacobian vector products*, 2017). With batch axes this serves the linear ones too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from autograd_lite.core.autopsy import examined_push
from autograd_lite.core.careful import zero_times_infinity
from autograd_lite.core.collector import full_passes_put_off
from autograd_lite.core.cotangents import LazyCotangent, cast, contains_nan, fit, own
from autograd_lite.core.debugging import debugging
from autograd_lite.core.graph import Node, Traversal, collect, freed
from autograd_lite.core.modes import enable_grad, is_recording
from autograd_lite.core.outputs import OUTPUT, SEVERAL
from autograd_lite.core.plan import ELEMENTWISE, LINEAR
from autograd_lite.core.recording import apply
from autograd_lite.core.sweep import inner_sweep, sweep
from autograd_lite.core.tensor import Tensor, lift, primal_of
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.transforms.arguments import Run, bare, flatten, matching, outputs_of, unflatten, zeros
from autograd_lite.transforms.reverse import split_aux


def jvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> tuple[Any, ...]:
    """Return the value of ``f`` and its derivative along a direction: J v.

    Parameters
    ----------
    f : callable
        Returns an array, or a container of arrays; with ``has_aux`` a pair of that and anything.
    primals : tuple or list
        All positional arguments of ``f``.
    tangents : tuple or list
        A direction for each primal, in its container and shapes.
    has_aux : bool
        Whether ``f`` returns a pair.

    Returns
    -------
    out : array, or container of arrays
    tangent : the same
        The derivative of ``out`` along the tangents.
    aux : object
        Only with ``has_aux``.

    Raises
    ------
    ShapeError, StructureError
        If the tangents do not match the primals.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import jvp
    >>> jvp(lambda x: x**2, (np.array([1.0, 2.0]),), (np.array([1.0, 10.0]),))
    (array([1., 4.]), array([ 2., 40.]))
    """
    if not isinstance(tangents, tuple | list):
        raise StructureError("jvp: primals and tangents are tuples, one entry for each argument: jvp(f, (x,), (v,))")
    out, push, aux = _linearized(f, primals, has_aux, "jvp")
    tangent = push(*tangents)
    return (out, tangent, aux) if has_aux else (out, tangent)


def linearize(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Return the value of ``f`` and its linear map at this point, to be applied to many directions.

    Parameters
    ----------
    f : callable
        As for `jvp`.
    *primals : array, number, Tensor, or container of them
        All positional arguments of ``f``.
    has_aux : bool
        Whether ``f`` returns a pair.

    Returns
    -------
    out : array, or container of arrays
    jvp_fn : callable
        ``jvp_fn(*tangents)`` gives the derivative of ``out`` along the tangents, without running ``f`` again.
    aux : object
        Only with ``has_aux``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import linearize
    >>> out, jvp_fn = linearize(np.sin, 0.0)
    >>> float(out), float(jvp_fn(1.0)), float(jvp_fn(0.5))
    (0.0, 1.0, 0.5)
    """
    out, push, aux = _linearized(f, primals, has_aux, "linearize")
    return (out, push, aux) if has_aux else (out, push)


def _linearized(
    f: Callable[..., Any], primals: Sequence[Any], has_aux: bool, transform: str
) -> tuple[Any, Callable[..., Any], Any]:
    if not isinstance(primals, tuple | list):
        raise StructureError(f"{transform}: primals and tangents are tuples, one entry for each argument: (x,), (v,)")
    structures = [flatten(primal)[1] for primal in primals]
    with full_passes_put_off:
        run = Run(f, primals, {}, tuple(range(len(primals))), transform)
    out, aux = split_aux(run.out, transform) if has_aux else (run.out, None)
    leaves, structure = outputs_of(out, transform)
    traversal = run.traverse(leaves)
    groups = [flatten(group)[0] for group in run.packed(run.primals)]

    def push(*tangents: Any) -> Any:
        if len(tangents) != len(groups):
            raise ShapeError(f"{transform}: {len(tangents)} tangent(s) were given for {len(groups)} primal(s)")
        flat = [
            leaf
            for tangent, like, shape in zip(tangents, groups, structures, strict=True)
            for leaf in matching(tangent, like, shape, f"{transform}: the tangent")
        ]
        record = is_recording() and (traversal.foreign or any(isinstance(leaf, Tensor) for leaf in flat))
        pushed = push_forward(traversal, dict(zip(run.targets, flat, strict=True)), leaves, record=record)
        return unflatten(structure, pushed)

    return run.plain(unflatten(structure, leaves)), push, run.plain(aux)


def push_forward(
    traversal: Traversal, tangents: Mapping[Node, Any], outputs: Sequence[Tensor], batch: int = 0, record: bool = False
) -> list[Any]:
    """Push tangents of the primals forward over a recorded graph.

    Parameters
    ----------
    traversal : Traversal
        What lies between the outputs and the primals.
    tangents : mapping of Node to array or Tensor
        The tangent of each primal, of shape ``batch axes + primal.shape``.
    outputs : sequence of Tensor
        Whose tangents are wanted.
    batch : int
        How many leading batch axes every tangent carries.
    record : bool
        Whether to record, for an outer derivative.

    Returns
    -------
    list of array or Tensor
        The tangent of each output, zeros where it does not depend on the primals.
    """
    lead = next(iter(tangents.values())).shape[:batch] if tangents else ()
    debugger = debugging()
    with nullcontext() if debugger is None else examined_push(debugger, traversal, outputs) as kept:
        for careful in (False, True):
            with np.errstate(all="ignore"):
                arrived = _push(traversal, tangents, outputs, batch, record, careful, kept)
                found = [arrived.get(out.node) if out.node is not None else None for out in outputs]
                spoilt = contains_nan(*(tangent for tangent in found if tangent is not None))
            if not spoilt:
                break
    held = [id(tangent) for tangent in (*tangents.values(), *found)]
    return [
        zeros(out, lead) if tangent is None else bare(own(tangent, shared=held.count(id(tangent)) > 1))
        for out, tangent in zip(outputs, found, strict=True)
    ]


def _push(
    traversal: Traversal,
    tangents: Mapping[Node, Any],
    outputs: Sequence[Tensor],
    batch: int,
    record: bool,
    careful: bool,
    kept: dict[Node, Any] | None,
) -> dict[Node, Any]:
    """Return the tangents that arrived; with ``kept`` all of them, in there."""
    arrived: dict[Node, Any] = {} if kept is None else kept
    arrived.update(tangents)
    done = _last_readers(traversal, outputs) if kept is None else {}
    for node in reversed(traversal.order):
        incoming = [arrived.get(parent) for parent in node.inputs]
        if all(tangent is None for tangent in incoming):
            continue
        if node.saved is None:
            raise freed(node)
        kind = node.plan.primitive.kind
        if node.dtype is SEVERAL:
            arrived[node] = incoming  # each output pushes these through on its own
        elif kind == ELEMENTWISE:
            arrived[node] = _through_diagonal(node, incoming, batch, record, careful)
        elif kind == LINEAR and not batch and len(node.plan.primitive.arguments) == 1:
            pushed = apply(node.plan.primitive, (incoming[0],), node.keywords)
            arrived[node] = cast(pushed, node.dtype)
        else:
            arrived[node] = _through_vjp(node, incoming, arrived, batch, record, careful)
        for parent in done.get(node, ()):
            arrived.pop(parent, None)
    return arrived


def _last_readers(traversal: Traversal, outputs: Sequence[Tensor]) -> dict[Node, list[Node]]:
    """Return, for each node that is the last one to read some others, those others: their tangents are done with."""
    done: dict[Node, list[Node]] = {}
    seen = {out.node for out in outputs}
    for node in traversal.order:
        for parent in node.inputs:
            if parent not in seen:
                seen.add(parent)
                done.setdefault(node, []).append(parent)
    return done


def _through_diagonal(node: Node, incoming: Sequence[Any], batch: int, record: bool, careful: bool) -> Any:
    """Push tangents through an elementwise operation: its reverse rules, applied to tangents."""
    saved = lift(node) if record else node.saved
    total = None
    for position, (parent, tangent) in enumerate(zip(node.inputs, incoming, strict=True)):
        if tangent is None:
            continue
        missing = len(node.shape) - len(parent.shape)
        if batch and missing:
            tangent = np.reshape(tangent, tangent.shape[:batch] + (1,) * missing + parent.shape)
        pull = list(node.plan.pulls_for(node, tangent, saved, batch))[position]
        part = pull(tangent, saved)
        if careful:
            part, _ = zero_times_infinity(node, tangent, part, pull, saved, batch)
        total = part if total is None else total + part
    return cast(fit(total, node.shape, batch), node.dtype)


def _through_vjp(
    node: Node, incoming: Sequence[Any], arrived: Mapping[Node, Any], batch: int, record: bool, careful: bool
) -> Any:
    """Push tangents through any operation, by differentiating its vjp with respect to the cotangent."""
    g = primal_of(np.zeros(node.shape, node.dtype)[()])
    assert g.node is not None
    cotangent: Any = g
    if node.plan.primitive is OUTPUT:
        parts: list[Any] = [None] * node.keywords["count"]
        parts[node.keywords["index"]] = g
        node, cotangent = node.inputs[0], tuple(parts)
        incoming = arrived[node]
    saved = lift(node) if record else node.saved
    seeds: dict[Node, Any] = {}
    with enable_grad():
        pulls = node.plan.pulls_for(node, cotangent, saved, 0)
        for parent, pull, tangent in zip(node.inputs, pulls, incoming, strict=True):
            c = pull(cotangent, saved) if tangent is not None else None
            c = c.materialize() if isinstance(c, LazyCotangent) else c
            if not isinstance(c, Tensor) or c.node is None:
                continue
            c = cast(fit(c, parent.shape), parent.dtype)
            seeds[c.node] = seeds[c.node] + tangent if c.node in seeds else tangent
        traversal = collect(seeds, [g.node])
        lifting = lift if record else None
        if careful:
            return sweep(traversal, seeds, batch, lifting, warn=False).get(g.node)
        return inner_sweep(traversal, seeds, batch, lifting).get(g.node)
