"""Derivatives of a vector function from one recorded run of it: Jacobian, second derivatives, linear arguments.

A model of data, such as ``a * np.exp(-b * x)``, takes a few numbers and is elementwise in everything else. Its Jacobian
costs one sweep over vectors, and no batch axis: the cotangent of every element is carried along at the element's own
position, and what reaches a number is left unsummed, one derivative for each element. Measured on the NIST models this
takes a quarter of the time of pushing a batch of tangents forward, which is what every other function gets.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.collector import full_passes_put_off
from autograd_lite.core.cotangents import contains_nan
from autograd_lite.core.graph import Node, Traversal, collect
from autograd_lite.core.modes import enable_grad
from autograd_lite.core.plan import ELEMENTWISE, LINEAR, MULTILINEAR
from autograd_lite.core.sweep import sweep
from autograd_lite.core.tensor import Tensor, lift, primal_of
from autograd_lite.transforms.arguments import outputs_of
from autograd_lite.transforms.forward import push_forward


class Recorded:
    """A function of some arrays at one point, with what was recorded when it ran.

    Parameters
    ----------
    function : callable
        Gets the arguments as Tensors, and returns an array or a container of arrays.
    arguments : sequence of ndarray or float
        What derivatives are taken with respect to; together they have m elements.
    who : str
        The function that is asking, for error messages.

    Attributes
    ----------
    outputs : list of Tensor
        Together they have n elements.
    values : ndarray of shape (n,)
    """

    def __init__(self, function: Callable[..., Any], arguments: Sequence[Any], who: str = "least_squares"):
        self.primals = [primal_of(np.asarray(argument, np.float64)[()], None) for argument in arguments]
        self.targets: list[Any] = [primal.node for primal in self.primals]
        try:
            with full_passes_put_off, enable_grad(), np.errstate(all="ignore"):
                out = function(*self.primals)
        finally:
            for target in self.targets:
                target.active = False
        self.outputs: list[Any] = [out] if type(out) is Tensor else outputs_of(out, who)[0]
        self.values = _joined([output.data for output in self.outputs])
        self.size = sum(primal.size for primal in self.primals)
        self._traversal: Traversal | None = None

    @property
    def traversal(self) -> Traversal:
        """What lies between the outputs and the arguments."""
        if self._traversal is None:
            nodes = [output.node for output in self.outputs if output.node is not None]
            self._traversal = collect(nodes, self.targets)
        return self._traversal

    def jacobian(self) -> np.ndarray:
        """Return the Jacobian, of shape (n, m)."""
        with full_passes_put_off, np.errstate(all="ignore"):
            columns = self._pointwise()
            return self._by_columns() if columns is None or contains_nan(columns) else columns.T

    @functools.cached_property
    def _numbers(self) -> dict[Node, int] | None:
        """The nodes that are single elements of the arguments, with their columns; None if arrays are used as such.

        ``b[0]``, or ``b0, b1 = b``, in a function of an array b are numbers like any other argument.
        """
        numbers: dict[Node, int] = {}
        starts: dict[Node, int] = {}
        start = 0
        for target, primal in zip(self.targets, self.primals, strict=True):
            if target.shape:
                starts[target] = start
            else:
                numbers[target] = start
            start += primal.size
        if starts:
            for node in self.traversal.order:
                arrays = [parent for parent in node.inputs if parent in starts]
                if not arrays:
                    continue
                if node.plan.primitive.name != "getitem" or node.shape != ():
                    return None
                (array,), index = arrays, node.keywords["index"]
                numbers[node] = starts[array] + int(np.arange(math.prod(array.shape)).reshape(array.shape)[index])
        return numbers

    def _pointwise(self) -> np.ndarray | None:
        """Return the derivatives by each argument, or None unless elements are functions of numbers, one by one."""
        if len(self.outputs) != 1 or self.outputs[0].node is None or self._numbers is None:
            return None
        numbers = self._numbers
        (output,) = self.outputs
        shape, needed = output.shape, self.traversal.needed
        cotangents: dict[Node, Any] = {output.node: np.ones(shape)}
        for node in self.traversal.order:
            g = None if node in numbers else cotangents.pop(node, None)
            if g is None:
                continue
            plan = node.plan
            elementwise = plan.primitive.kind == ELEMENTWISE and plan.resolve is None
            if not elementwise or (node.shape != () and node.shape != shape) or node.dtype != np.float64:
                return None
            for parent, pull in zip(node.inputs, plan.pulls, strict=True):
                if needed is None or parent in needed:
                    part = pull(g, node.saved)
                    before = cotangents.get(parent)
                    cotangents[parent] = part if before is None else before + part
        columns = np.zeros((self.size, output.size))
        for node, k in numbers.items():
            if node in cotangents:
                columns[k] += np.reshape(cotangents[node], -1)
        return columns

    def _by_columns(self) -> np.ndarray:
        tangents, start = {}, 0
        for target, primal in zip(self.targets, self.primals, strict=True):
            part = np.zeros((self.size, primal.size))
            part[start : start + primal.size] = np.eye(primal.size)
            tangents[target] = part.reshape(self.size, *primal.shape)
            start += primal.size
        pushed = push_forward(self.traversal, tangents, self.outputs, batch=1)
        return np.concatenate([_plain(part).reshape(self.size, -1) for part in pushed], axis=1, dtype=np.float64).T

    def second_along(self, direction: np.ndarray) -> np.ndarray:
        """Return the second derivative along a direction of shape (m,), an array of shape (n,): Σ vⱼ vₖ ∂²f/∂pⱼ∂pₖ."""
        tangents = dict(zip(self.targets, self._split(direction), strict=True))
        with full_passes_put_off, enable_grad(), np.errstate(all="ignore"):
            first = push_forward(self.traversal, tangents, self.outputs, record=True)
            tracked = [part for part in first if isinstance(part, Tensor) and part.node is not None]
            if not tracked:
                return np.zeros(self.values.size)
            traversal = collect([part.node for part in tracked if part.node is not None], self.targets)
            second = iter(push_forward(traversal, tangents, tracked))
        held = {id(part) for part in tracked}
        return _joined([_plain(next(second)) if id(part) in held else np.zeros(part.shape) for part in first])

    def weighted_hessian(self, weights: np.ndarray) -> np.ndarray:
        """Return Σᵢ wᵢ ∇²fᵢ, of shape (m, m), for weights of shape (n,): the curvature that a Jacobian does not see."""
        seeds: dict[Any, Any] = {}
        start = 0
        for output in self.outputs:
            if output.node is not None:
                part = weights[start : start + output.size].reshape(output.shape).astype(output.dtype)[()]
                seeds[output.node] = seeds[output.node] + part if output.node in seeds else part
            start += output.size
        hessian = np.zeros((self.size, self.size))
        if not seeds:
            return hessian
        with full_passes_put_off, enable_grad(), np.errstate(all="ignore"):
            gradient = sweep(self.traversal, seeds, 0, lift, warn=False)
            rows = self._seeds_of_rows(gradient)
            if not rows:
                return hessian
            found = sweep(collect(list(rows), self.targets), rows, 1, warn=False)
        start = 0
        for target, primal in zip(self.targets, self.primals, strict=True):
            if target in found:
                hessian[:, start : start + primal.size] = _plain(found[target]).reshape(self.size, -1)
            start += primal.size
        return (hessian + hessian.T) / 2

    def _seeds_of_rows(self, gradient: dict[Any, Any]) -> dict[Any, Any]:
        """Return seeds that sweep every element of a recorded gradient back, one along each row of a batch."""
        rows: dict[Any, Any] = {}
        start = 0
        for target, primal in zip(self.targets, self.primals, strict=True):
            part = gradient.get(target)
            if isinstance(part, Tensor) and part.node is not None:
                seed = np.zeros((self.size, primal.size))
                seed[start : start + primal.size] = np.eye(primal.size)
                seed = seed.reshape(self.size, *primal.shape)
                rows[part.node] = rows[part.node] + seed if part.node in rows else seed
            start += primal.size
        return rows

    def _split(self, vector: np.ndarray) -> list[Any]:
        parts, start = [], 0
        for primal in self.primals:
            parts.append(vector[start : start + primal.size].reshape(primal.shape)[()])
            start += primal.size
        return parts

    def linear(self, among: Sequence[int] | None = None) -> tuple[int, ...]:
        """Return the positions of elements in which, together, the function is affine whatever the others are.

        This is read off the recorded operations: sums are affine, products and quotients tie what stands in them, and
        everything else ties all that it depends on. Among the elements that are not tied to themselves, a set is
        chosen of which no two are tied. Only functions of numbers are looked at; for others the answer is empty.

        Parameters
        ----------
        among : sequence of int, optional
            The elements that vary; all if not given.
        """
        if self._numbers is None or self.traversal.needed is not None:
            return ()
        varying = range(self.size) if among is None else [int(k) for k in among]
        depends = {node: 1 << k if k in varying else 0 for node, k in self._numbers.items()}
        ties: dict[Node, frozenset[tuple[int, int]]] = dict.fromkeys(depends, frozenset())
        for node in reversed(self.traversal.order):
            if node not in self._numbers:
                depends[node], ties[node] = _tied(node, depends, ties)
        tied = frozenset().union(*(ties[output.node] for output in self.outputs if output.node is not None))
        partners = {k: {j if i == k else i for i, j in tied if k in (i, j)} for k in varying}
        chosen: list[int] = []
        for k in sorted(varying, key=lambda k: len(partners[k])):
            if k not in partners[k] and not partners[k].intersection(chosen):
                chosen.append(k)
        return tuple(sorted(chosen))


_ADDING = (operator.add, operator.sub, operator.neg, operator.pos)


def _tied(node: Node, depends: dict[Any, int], ties: dict[Any, Any]) -> tuple[int, frozenset[tuple[int, int]]]:
    """Return what a node depends on, as bits, and the pairs of arguments that are tied in it."""
    primitive = node.plan.primitive
    masks = [depends[parent] for parent in node.inputs]
    mask = 0
    for each in masks:
        mask |= each
    pairs = frozenset().union(*(ties[parent] for parent in node.inputs))
    if primitive.kind == LINEAR or primitive.function in _ADDING:
        return mask, pairs
    if primitive.function is operator.truediv:
        below = next((each for each, k in zip(masks, node.plan.positions, strict=True) if k == 1), 0)
        return mask, pairs | _crossed(mask, below)
    if primitive.function is operator.mul or primitive.kind == MULTILINEAR:
        for k, each in enumerate(masks):
            for other in masks[k + 1 :]:
                pairs |= _crossed(each, other)
        return mask, pairs
    return mask, pairs | _crossed(mask, mask)


def _crossed(first: int, second: int) -> frozenset[tuple[int, int]]:
    return frozenset((i, j) for i in _bits(first) for j in _bits(second))


def _bits(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def _plain(value: Any) -> np.ndarray:
    return np.asarray(value.data if isinstance(value, Tensor) else value)


def _joined(arrays: Sequence[Any]) -> np.ndarray:
    if len(arrays) == 1:
        return np.reshape(arrays[0], -1).astype(np.float64, copy=False)
    return np.concatenate([np.reshape(array, -1) for array in arrays], dtype=np.float64)
