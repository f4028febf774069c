"""Sums of squares found in a recorded function, and their residuals with first and second derivatives.

A function that was written ``np.sum(r(x) ** 2)``, ``r @ r`` or ``(1 - x) ** 2 + 100 * (y - x**2) ** 2`` is a sum of
squares, and its graph shows it: between the result and the squares there are only operations whose rules read no
tracked value, which are the affine ones. The weights of the squares are then the cotangents that reach them.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.calculus.objective import Evaluated
from autograd_lite.core.collector import full_passes_put_off
from autograd_lite.core.graph import Node, Traversal, collect
from autograd_lite.core.modes import enable_grad
from autograd_lite.core.sweep import sweep
from autograd_lite.core.tensor import Tensor, lift
from autograd_lite.transforms.forward import push_forward


class Square(NamedTuple):
    """A node whose output is an even power of a Tensor, elementwise or summed.

    Attributes
    ----------
    node : Node
    root : Tensor
        What is squared, tracked.
    """

    node: Node
    root: Tensor


class Squares:
    """The residuals r with f = c + r·r at one point, c being a constant.

    Attributes
    ----------
    values : ndarray of shape (m,)
    constant : float
        c
    """

    def __init__(self, evaluated: Evaluated, residuals: Tensor):
        self._evaluated, self._residuals = evaluated, residuals
        self.values: np.ndarray = residuals.data.astype(np.float64)
        self.constant = evaluated.value - float(self.values @ self.values)

    @functools.cached_property
    def _columns(self) -> Any:
        """The transposed Jacobian, of shape (n, m), recorded."""
        made = self._pushed([self._residuals], record=True)
        return made[0]

    @functools.cached_property
    def jacobian(self) -> np.ndarray:
        """The derivatives ∂rᵢ/∂xⱼ, of shape (m, n); counted as one."""
        self._evaluated.count("jacobian")
        columns = self._columns
        return np.asarray(columns.data if isinstance(columns, Tensor) else columns, dtype=np.float64).T

    @functools.cached_property
    def hessians(self) -> np.ndarray:
        """The second derivatives ∂²rᵢ/∂xⱼ∂xₖ, of shape (m, n, n); counted as one Hessian."""
        self._evaluated.count("hessian")
        columns, (n, m) = self._columns, self._columns.shape
        if not isinstance(columns, Tensor) or columns.node is None:
            return np.zeros((m, n, n))
        (second,) = self._pushed([columns], record=False)
        made = np.asarray(second.data if isinstance(second, Tensor) else second, dtype=np.float64)
        return np.ascontiguousarray(np.moveaxis(made, -1, 0))

    def _pushed(self, outputs: list[Any], record: bool) -> list[Any]:
        run = self._evaluated.run
        size = sum(primal.size for primal in run.primals)
        tangents: dict[Any, Any] = {}
        start = 0
        for target, primal in zip(run.targets, run.primals, strict=True):
            part = np.zeros((size, primal.size), primal.dtype)
            part[start : start + primal.size] = np.eye(primal.size)
            tangents[target] = part.reshape(size, *primal.shape)
            start += primal.size
        with full_passes_put_off, enable_grad(), np.errstate(all="ignore"):
            return push_forward(run.traverse(outputs), tangents, outputs, batch=1, record=record)


def squares_of(evaluated: Evaluated) -> Squares | None:
    """Return the residuals of a function that is a weighted sum of squares and a constant, or None if it is not."""
    residuals = residuals_in(evaluated.out, evaluated.run.targets)
    return None if residuals is None else Squares(evaluated, residuals)


def residuals_in(out: Tensor, targets: Sequence[Any]) -> Tensor | None:
    """Return the residuals r, one recorded vector, of an output that is r·r and a constant, or None if it is not.

    Parameters
    ----------
    out : Tensor
        Of size one.
    targets : sequence of Node
        What is differentiated with respect to; everything else that the output depends on is a constant.
    """
    if out.node is None:
        return None
    whole = collect([out.node], targets)
    found = _squares_below(out.node, whole)
    if not found:
        return None
    weights = sweep(
        collect([out.node], [square.node for square in found]),
        {out.node: np.ones(out.shape, out.dtype)[()]},
        warn=False,
    )
    parts = []
    with enable_grad(), np.errstate(all="ignore"):
        for square in found:
            weight = weights.get(square.node)
            if weight is None:
                continue
            if square.root.dtype.kind != "f" or not np.all(weight >= 0):
                return None
            parts.append(np.reshape(np.sqrt(weight) * square.root, -1))
        joined: Any = np.concatenate(parts) if parts else None
        return joined


def _squares_below(top: Node, whole: Traversal) -> list[Square] | None:
    """Return the squares that the output is an affine function of, or None if something else is in between."""
    found: list[Square] = []
    stack, seen = [top], {top}
    while stack:
        node = stack.pop()
        if node in whole.targets:
            return None
        square = _as_square(node)
        if square is not None:
            found.append(square)
            continue
        inputs = [parent for parent in node.inputs if whole.needed is None or parent in whole.needed]
        if not _is_affine(node, inputs):
            return None
        fresh = [parent for parent in inputs if parent not in seen]
        seen.update(fresh)
        stack += fresh
    return found


def _is_affine(node: Node, inputs: list[Node]) -> bool:
    """Say whether an output is an affine function of some of its inputs, the others being constants."""
    plan = node.plan
    if plan.resolve is not None or node.saved is None:
        return False
    if all(source is None for source in plan.sources):  # no rule reads anything that is tracked
        return True
    if len(inputs) == 1 and len(node.inputs) > 1:
        function = plan.primitive.function
        return function in (operator.mul, operator.matmul) or (
            function is operator.truediv and inputs[0] is node.inputs[0]
        )
    return False


def _as_square(node: Node) -> Square | None:
    """Return what is squared where the node is an even power, a product with itself, or a squared norm or modulus."""
    inputs = node.inputs
    if node.saved is None:
        return None
    exponent = _exponent(node)
    if exponent is not None:
        inner = _without_modulus(inputs[0]) if exponent == 2 else None
        with enable_grad():
            root = inner if inner is not None else _saved_tensor(node, inputs[0])
            return None if root is None else Square(node, root if exponent == 2 else root ** (exponent // 2))
    if len(inputs) == 2 and _is_product(node):
        roots = [_saved_tensor(node, parent) for parent in inputs]
        if roots[0] is not None and _is_same(node, *inputs):
            return Square(node, roots[0])
    return None


def _exponent(node: Node) -> int | None:
    """Return the exponent of a node that is an even power of its one tracked input, else None."""
    primitive = node.plan.primitive
    if primitive.function is np.square:
        return 2
    if primitive.name != "power" or node.plan.positions != (0,):
        return None
    exponent = node.keywords["exponent"] if "exponent" in primitive.keywords else node.saved[1]
    if np.ndim(exponent) or exponent <= 0 or exponent % 2 != 0:
        return None
    return int(exponent)


def _without_modulus(node: Node) -> Tensor | None:
    """Return x where a node is |x| or the Euclidean norm of all of x: their squares are smooth, they are not."""
    if len(node.inputs) != 1 or node.saved is None:
        return None
    primitive = node.plan.primitive
    if primitive.function is np.absolute or (
        primitive.name == "norm" and primitive.keywords == ("axis", "keepdims") and node.shape == ()
    ):
        return _saved_tensor(node, node.inputs[0])
    return None


def _is_product(node: Node) -> bool:
    """Say whether a node multiplies two arrays element by element, and perhaps sums up."""
    primitive = node.plan.primitive
    if primitive.name == "einsum":
        factors, _, left = node.keywords["subscripts"].partition("->")
        first, _, second = factors.partition(",")
        return not left and first == second and len(set(first)) == len(first) and "." not in first
    return primitive.function is operator.mul or (primitive.function is operator.matmul and node.shape == ())


def _is_same(node: Node, first: Node, second: Node) -> bool:
    """Say whether both factors of a product are the same, at this point and near it.

    They are if they come from one node, or were computed twice: by the same operations, with the same result.
    """
    if first.shape != second.shape:
        return False
    first, second = _reshaped_from(first), _reshaped_from(second)
    if first is second:
        return True
    factors = [
        value for value in node.saved if isinstance(value, np.ndarray | np.generic) and value.shape == first.shape
    ]
    return len(factors) == 2 and bool(np.array_equal(factors[0], factors[1])) and _is_alike(first, second)


def _is_alike(first: Node, second: Node) -> bool:
    """Say whether two nodes are results of the same operations on the same leaves; constants are not looked at."""
    stack, seen = [(first, second)], {(first, second)}
    while stack:
        a, b = stack.pop()
        if a is b:
            continue
        if a.plan is not b.plan or a.shape != b.shape or not a.inputs or not _is_equal(a.metadata, b.metadata):
            return False
        fresh = [pair for pair in zip(a.inputs, b.inputs, strict=True) if pair not in seen]
        seen.update(fresh)
        stack += fresh
    return True


def _is_equal(first: Any, second: Any) -> bool:
    if isinstance(first, tuple) and isinstance(second, tuple):
        return len(first) == len(second) and all(map(_is_equal, first, second))
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return bool(np.array_equal(first, second))
    return bool(first == second)


def _reshaped_from(node: Node) -> Node:
    while node.plan.primitive.name == "reshape" or (node.plan.primitive.name == "transpose" and len(node.shape) == 1):
        (node,) = node.inputs
    return node


def _saved_tensor(node: Node, source: Node) -> Tensor | None:
    """Return an input of a node as a Tensor again, from what the node saved for its rules."""
    lifted = lift(node)
    for value in lifted if isinstance(lifted, tuple) else (lifted,):
        if isinstance(value, Tensor) and value.node is source:
            return value
    return None
