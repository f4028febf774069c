"""Reverse mode: ``grad``, ``value_and_grad``, ``vjp`` and ``custom_vjp``.

A transform runs the function on tracked copies of its arguments and sweeps back to them. Its answer is recorded, and
then a Tensor, whenever something else that is being differentiated flows into it; else it is a plain array. That makes
nested transforms right with closures too, without levels or tags, because every argument of every transform is a node
of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.collector import full_passes_put_off
from autograd_lite.core.graph import Node
from autograd_lite.core.modes import is_recording
from autograd_lite.core.observing import observers, report_left
from autograd_lite.core.plan import flatten_batch, stack_batch
from autograd_lite.core.recording import record_jointly
from autograd_lite.core.tensor import Tensor, tensor_of
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.transforms.arguments import Run, bare, flatten, matching, outputs_of, unflatten, zeros


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """Return a function that gives the value of ``f`` and its gradient.

    Parameters
    ----------
    f : callable
        Returns a number, or an array or Tensor of size one; with ``has_aux`` a pair of that and anything.
    argnums : int or sequence of int
        The positional arguments to differentiate with respect to; each an array, a number, or a container of them.
    has_aux : bool
        Whether ``f`` returns a pair, whose second part is handed through.
    holomorphic : bool
        Whether ``f`` is a holomorphic function of complex numbers; its value is then complex and the gradient its
        complex derivative f'(z). Without, the value must be real; with respect to a complex argument z = x + iy the
        gradient is ∂f/∂x - i ∂f/∂y, as JAX and HIPS autograd have it (PyTorch has the conjugate of that).

    Returns
    -------
    callable
        Takes the arguments of ``f`` and returns ``(value, gradient)``, or ``((value, aux), gradient)``. The gradient
        has the container, shapes and dtypes of the argument (a tuple of them for several ``argnums``); it is zeros
        where the value does not depend on it.

    Raises
    ------
    ShapeError
        If the value has more than one element.
    DtypeError
        If a selected argument holds integers or booleans, if the value is complex without ``holomorphic``, or with it
        the value or a selected argument is real.
    StructureError
        If ``f`` returns no number.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import value_and_grad
    >>> value, gradient = value_and_grad(lambda p: np.sum(p["a"] ** 2) * p["b"])({"a": np.array([1.0, 2.0]), "b": 3.0})
    >>> float(value), gradient["a"], float(gradient["b"])
    (15.0, array([ 6., 12.]), 5.0)
    """

    @functools.wraps(f)
    def transformed(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        with full_passes_put_off:
            run = Run(f, args, kwargs, argnums, "grad")
            value, aux = split_aux(run.out, "grad") if has_aux else (run.out, None)
            gradient = run.packed(_gradient(run, value, holomorphic))
            value = run.plain(value)
            return ((value, run.plain(aux)) if has_aux else value), gradient

    return transformed


def grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Callable[..., Any]:
    """Return a function that gives the gradient of ``f``: the vector of its partial derivatives.

    Parameters, returned containers and errors are those of `value_and_grad`; with ``has_aux`` the function returns
    ``(gradient, aux)``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import grad
    >>> float(grad(np.tanh)(0.0)), float(grad(grad(np.sin))(np.pi / 2))
    (1.0, -1.0)
    """
    both = value_and_grad(f, argnums, has_aux, holomorphic)

    @functools.wraps(f)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return transformed


def split_aux(out: Any, transform: str) -> tuple[Any, Any]:
    """Return the two parts of what a function with ``has_aux=True`` returned."""
    if not isinstance(out, tuple) or len(out) != 2:
        raise StructureError(
            f"{transform}(f, has_aux=True): f must return a pair (value, aux), and returned {type(out).__name__}"
        )
    return out


def _gradient(run: Run, value: Any, holomorphic: bool) -> list[Any]:
    leaves, structure = outputs_of(value, "grad")
    if structure is not None:
        raise StructureError(
            f"grad: the function returned a container, {type(value).__name__}, where a number is needed. Use jacobian "
            f"or vjp, or has_aux=True for a pair of value and extras."
        )
    (out,) = leaves
    if out.size != 1:
        raise ShapeError(
            f"grad: the function returned shape {out.shape}, and only a value of size one has a gradient. Reduce it "
            f"(np.sum, np.mean), or use jacobian, vjp or elementwise_grad."
        )
    run.check_complex(leaves, holomorphic)
    if out.node is None:
        return [zeros(primal) for primal in run.primals]
    seed = out.dtype.type(1) if out.ndim == 0 else np.ones_like(out.data)
    return run.pull(run.traverse([out]), {out.node: seed})


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Return the value of ``f`` and the function that pulls a cotangent back: v ↦ Jᵀ v.

    Parameters
    ----------
    f : callable
        Returns an array, or a container of arrays; with ``has_aux`` a pair of that and anything.
    *primals : array, number, Tensor, or container of them
        All positional arguments of ``f``; it is differentiated with respect to each.
    has_aux : bool
        Whether ``f`` returns a pair.

    Returns
    -------
    out : array, or container of arrays
    vjp_fn : callable
        Takes a cotangent in the container and shapes of ``out``; returns a tuple with one cotangent for each primal.
        It may be called again, and is itself differentiable in the primals and in the cotangent.
    aux : object
        Only with ``has_aux``.

    Raises
    ------
    ShapeError, StructureError
        From ``vjp_fn``, if the cotangent does not match ``out``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import vjp
    >>> out, vjp_fn = vjp(lambda a, b: a * b, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    >>> vjp_fn(np.array([1.0, 10.0]))
    (array([ 3., 40.]), array([ 1., 20.]))
    """
    with full_passes_put_off:
        run = Run(f, primals, {}, tuple(range(len(primals))), "vjp")
    out, aux = split_aux(run.out, "vjp") if has_aux else (run.out, None)
    leaves, structure = outputs_of(out, "vjp")
    traversal = run.traverse(leaves)

    def vjp_fn(cotangent: Any) -> tuple[Any, ...]:
        given = matching(cotangent, leaves, structure, "vjp_fn: the cotangent")
        seeds: dict[Node, Any] = {}
        for leaf, seed in zip(leaves, given, strict=True):
            if leaf.node is not None:
                seeds[leaf.node] = seeds[leaf.node] + seed if leaf.node in seeds else seed
        record = is_recording() and (traversal.foreign or any(isinstance(seed, Tensor) for seed in given))
        return run.packed(run.pull(traversal, seeds, record=record))

    plain = run.plain(unflatten(structure, leaves))
    return (plain, vjp_fn, run.plain(aux)) if has_aux else (plain, vjp_fn)


class custom_vjp:  # noqa: N801 - spelled like JAX's
    """Give a function a derivative rule of your own.

    Parameters
    ----------
    f : callable
        Takes arrays, numbers and containers of them by position, and returns the like.
    batched : bool
        Whether the backward function lets leading batch axes on the cotangent pass through. If not, Jacobians loop.

    Examples
    --------
    A gradient that is clipped on its way back:

    >>> import numpy as np
    >>> from autograd_lite import custom_vjp, grad
    >>> @custom_vjp
    ... def gently(x):
    ...     return x
    >>> gently.defvjp(lambda x: (x, None), lambda residuals, g: (np.clip(g, -1.0, 1.0),))
    >>> float(grad(lambda x: 100.0 * gently(x))(2.0))
    1.0
    """

    def __init__(self, f: Callable[..., Any], batched: bool = False):
        functools.update_wrapper(self, f)
        self.function = f
        self.batched = batched
        self.forward: Callable[..., tuple[Any, Any]] | None = None
        self.backward: Callable[[Any, Any], Sequence[Any]] | None = None

    def defvjp(self, forward: Callable[..., tuple[Any, Any]], backward: Callable[[Any, Any], Sequence[Any]]) -> None:
        """Set the rule.

        Parameters
        ----------
        forward : callable
            ``forward(*args)`` returns ``(out, residuals)``; residuals may be any container, of Tensors too.
        backward : callable
            ``backward(residuals, cotangent)`` returns a tuple with one cotangent for each argument (None: zero). For
            second derivatives it is run on Tensors, so it must be written with differentiable functions.
        """
        self.forward, self.backward = forward, backward

    def __call__(self, *args: Any) -> Any:
        """Return ``f(*args)``, recorded with the rule."""
        forward, backward = self.forward, self.backward
        if forward is None or backward is None:
            raise StructureError(
                f"custom_vjp: {self._name} has no rule yet; call {self._name}.defvjp(forward, backward)"
            )
        leaves, structure = flatten(list(args))
        tracked = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor) and leaf.node is not None]
        if not tracked or not is_recording():
            return self.function(*args)
        out, residuals = forward(*unflatten(structure, [_constant(leaf) for leaf in leaves]))
        outputs, shape_of_out = outputs_of(out, f"custom_vjp {self._name}")
        if any(leaf.node is not None for leaf in outputs):
            raise StructureError(
                f"custom_vjp: {self._name} reads a tracked Tensor that is not among its arguments, and its rule "
                f"would give that no gradient. Make it an argument, or read stop_gradient(t)."
            )

        def pull_all(values: Sequence[Any], g: Any, batch: int) -> list[Any]:
            if not batch or self.batched:
                return pull_row(values, g)
            shape, rows = flatten_batch(g, batch)
            columns = zip(*(pull_row(values, row) for row in rows), strict=True)
            return [stack_batch(list(column), shape) for column in columns]

        def pull_row(values: Sequence[Any], g: Any) -> list[Any]:
            kept = residuals
            if any(isinstance(value, Tensor) for value in values):  # recorded: the residuals anew, as Tensors
                inputs = list(leaves)
                for i, value in zip(tracked, values, strict=True):
                    inputs[i] = value
                kept = forward(*unflatten(structure, inputs))[1]
            cotangent = unflatten(shape_of_out, _filled(g, outputs))
            lead = _lead(g, outputs)
            return self._contributions(backward(kept, cotangent), args, leaves, tracked, lead)

        tensors = record_jointly(self._name, [leaves[i] for i in tracked], [leaf.data for leaf in outputs], pull_all)
        return unflatten(shape_of_out, tensors)

    @property
    def _name(self) -> str:
        return getattr(self.function, "__name__", "function")

    def _contributions(
        self, given: Any, args: Sequence[Any], leaves: list[Any], tracked: list[int], lead: tuple[int, ...]
    ) -> list[Any]:
        """Return the contributions to the tracked leaves, checked against what ``backward`` was to return."""
        if not isinstance(given, tuple | list) or len(given) != len(args):
            raise StructureError(
                f"custom_vjp: the backward function of {self._name} must return a tuple of {len(args)} cotangents, one "
                f"for each argument, and returned {given!r}"
            )
        flat: list[Any] = []
        for arg, cotangent in zip(args, given, strict=True):
            count = len(flatten(arg)[0])
            found = [None] * count if cotangent is None else flatten(cotangent)[0]
            if len(found) != count:
                raise StructureError(
                    f"custom_vjp: the backward function of {self._name} returned {len(found)} arrays for an argument "
                    f"that holds {count}"
                )
            flat += found
        for i in tracked:
            shape = getattr(flat[i], "shape", ())
            if flat[i] is not None and shape != lead + leaves[i].shape:
                raise ShapeError(
                    f"custom_vjp: the backward function of {self._name} returned shape {shape} for an argument "
                    f"of shape {leaves[i].shape}"
                )
        return [_as_contribution(flat[i]) for i in tracked]


def _constant(leaf: Any) -> Any:
    return tensor_of(leaf.data, None) if isinstance(leaf, Tensor) else leaf


def _as_contribution(value: Any) -> Any:
    return bare(value) if value is None or isinstance(value, Tensor) else np.asarray(value)[()]


def _lead(g: Any, outputs: Sequence[Tensor]) -> tuple[int, ...]:
    """Return the shape of the batch axes that a cotangent carries in front of the outputs'."""
    parts = g if isinstance(g, tuple) else (g,)
    return next(
        part.shape[: part.ndim - out.ndim] for part, out in zip(parts, outputs, strict=True) if part is not None
    )


def _filled(g: Any, outputs: Sequence[Tensor]) -> list[Any]:
    """Return one cotangent Tensor for each output, zeros where none arrived."""
    parts = g if isinstance(g, tuple) else (g,)
    lead = next(
        part.shape[: part.ndim - out.ndim] for part, out in zip(parts, outputs, strict=True) if part is not None
    )
    filled = [zeros(out, lead) if part is None else part for part, out in zip(parts, outputs, strict=True)]
    return [part if isinstance(part, Tensor) else tensor_of(part, None) for part in filled]


def stop_gradient(tree: Any) -> Any:
    """Return the same values as constants: derivatives take no notice of them.

    Parameters
    ----------
    tree : Tensor, array, number, or container of them

    Returns
    -------
    The same container, each Tensor in it detached.

    Examples
    --------
    >>> from autograd_lite import grad, stop_gradient
    >>> float(grad(lambda x: x * stop_gradient(x))(3.0))
    3.0
    """
    leaves, structure = flatten(tree)
    if observers():
        for leaf in leaves:
            if isinstance(leaf, Tensor):
                report_left("stop_gradient", leaf.node, leaf.data, leaf.data)
    return unflatten(structure, [_constant(leaf) for leaf in leaves])
