"""Which elements of an operation's inputs each element of its output can depend on, whatever the values are.

- Elementwise operations: the element that is broadcast there.
- Selections (reshaping, indexing, joining, their adjoints): found by pushing labels through, random ones, so that no
  combination of several elements passes for one.
- Other linear operations (differences, filters, products with a constant matrix): found by pushing blocks through that
  are halved again and again.
- Operations along an ``axis``: everything in the same slice.
- Anything else: everything.
"""

from __future__ import annotations

import copy
import importlib
import math
from typing import Any

import numpy as np

from autograd_lite.core.graph import Node, Traversal
from autograd_lite.core.plan import ELEMENTWISE, LINEAR, MULTILINEAR
from autograd_lite.core.tensor import tensor_of
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.transforms.forward import push_forward
from autograd_lite.transforms.sparsity.coloring import color_columns

#: Labels are pushed in digits to this base: their squares are exact in single precision.
_BASE = 1000

#: Operations of more elements than that are not refined.
_LARGEST = 2_000_000

#: A linear operation that needs more colours than that is taken as dense.
_COLORS = 100

#: A pattern may have so many elements, 200 MB.
_MOST = 50_000_000


def sparse() -> Any:
    """Return scipy.sparse, which is imported when it is first used."""
    return importlib.import_module("scipy.sparse")


def local_patterns(node: Node, inputs: list[Node]) -> list[Any]:
    """Return for each of these inputs the sparse matrix, of shape (output size, input size), of what depends on what.

    None stands for the identity.

    Raises
    ------
    NotDifferentiableError
        If an operation mixes too many elements.
    """
    kind = node.plan.primitive.kind
    if kind == ELEMENTWISE:
        return [None if parent.shape == node.shape else _broadcast(parent.shape, node.shape) for parent in inputs]
    if kind == MULTILINEAR and len(node.inputs) > 1:
        node = _generic(node)
    if kind in (LINEAR, MULTILINEAR):
        return [_selected(node, parent) for parent in inputs]
    return [_along_axes(node, parent) for parent in inputs]


def _matrix(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> Any:
    ones = np.ones(rows.size, dtype=bool)
    return sparse().csr_array((ones, (rows, columns)), shape=shape)


def _numbered(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(math.prod(shape)).reshape(shape)


def _broadcast(shape: tuple[int, ...], to: tuple[int, ...]) -> Any:
    columns = np.broadcast_to(_numbered(shape), to).reshape(-1)
    return _matrix(np.arange(columns.size), columns, (columns.size, math.prod(shape)))


def _generic(node: Node) -> Node:
    """Return a product of several inputs with other values for all of them, none of which is zero by chance."""
    saved = node.saved if isinstance(node.saved, tuple) else (node.saved,)
    rng = np.random.default_rng(0)
    others = tuple(rng.uniform(1, 2, x.shape).astype(x.dtype) if isinstance(x, np.ndarray) else x for x in saved)
    twin = copy.copy(node)
    twin.saved = others if isinstance(node.saved, tuple) else others[0]
    return twin


def _selected(node: Node, parent: Node) -> Any:
    """Return the pattern of an operation that is linear in this input: by labels if it selects, else by refinement."""
    size = math.prod(parent.shape)
    labels = np.random.default_rng(size).permutation(size)
    signs = _pushed(node, parent, np.ones(size))
    found = np.zeros(signs.shape, dtype=np.intp)
    for power in range(max(1, math.ceil(math.log(max(size, 2), _BASE)))):
        digits = ((labels // _BASE**power) % _BASE + 1).astype(float)
        first, second = _pushed(node, parent, digits), _pushed(node, parent, digits**2)
        # One element, with its sign, or none; labels are random, so that no combination of several passes for one.
        if not (((signs == 0) | (np.abs(signs) == 1)).all() and np.array_equal(second, signs * first**2)) or np.any(
            (signs == 0) & ((first != 0) | (second != 0))
        ):
            return _refined(node, parent)
        found += (np.abs(first).astype(np.intp) - 1) * _BASE**power
    rows = np.flatnonzero(signs)
    return _matrix(rows, np.argsort(labels)[found[rows]], (signs.size, size))


def _refined(node: Node, parent: Node) -> Any:
    """Return the pattern of a linear operation, found by halving blocks of its input.

    Which outputs a block reaches bounds which its halves reach; blocks that reach no output together are pushed as one.
    A band of b elements takes about 2b pushes at each of the log₂ n levels.
    """
    rows, columns = math.prod(node.shape), math.prod(parent.shape)
    if max(rows, columns) > _LARGEST:
        return _along_axes(node, parent)
    weights = np.random.default_rng(columns).uniform(1, 2, columns)  # without cancellation but by chance
    pattern = _matrix(np.arange(rows), np.zeros(rows, dtype=np.intp), (rows, 1))
    elements = np.arange(columns)
    for shift in range(max(0, columns - 1).bit_length() - 1, -1, -1):
        blocks = elements >> shift
        halves = np.arange(blocks[-1] + 1)
        possible = sparse().csr_array(pattern[:, halves >> 1])
        colors = color_columns(possible)
        count = int(colors.max(initial=0)) + 1
        if count > _COLORS:
            return _along_axes(node, parent)
        seeds = np.where(colors[blocks] == np.arange(count)[:, None], weights, 0.0)
        reached = _pushed(node, parent, seeds)
        row = np.repeat(np.arange(rows), np.diff(possible.indptr))
        kept = reached[colors[possible.indices], row] != 0
        pattern = _matrix(row[kept], possible.indices[kept], possible.shape)
    return pattern


def _pushed(node: Node, parent: Node, tangent: np.ndarray) -> np.ndarray:
    """Return the derivative of one operation along a tangent of one input, flat; or along each of several."""
    batch = tangent.ndim - 1
    tangent = np.reshape(tangent, (*tangent.shape[:batch], *parent.shape)).astype(parent.dtype)[()]
    traversal = Traversal([node], {parent}, None, False)
    output = tensor_of(np.zeros(node.shape, node.dtype)[()], node)
    (pushed,) = push_forward(traversal, {parent: tangent}, [output], batch=batch)
    return np.reshape(pushed, (*tangent.shape[:batch], -1))


def _along_axes(node: Node, parent: Node) -> Any:
    """Return the pattern of an operation that mixes what lies along its axes, or everything."""
    rows, columns = math.prod(node.shape), math.prod(parent.shape)
    axis = node.keywords.get("axis") if isinstance(node.keywords, dict) else None
    if axis is not None and rows > 1 and columns > 1:
        axes = (
            {a % len(parent.shape) for a in (axis if isinstance(axis, tuple) else (axis,))} if parent.shape else set()
        )
        kept = tuple(1 if i in axes else n for i, n in enumerate(parent.shape))
        group = np.broadcast_to(_numbered(kept), parent.shape).reshape(-1)
        dropped = tuple(n for i, n in enumerate(parent.shape) if i not in axes)
        if node.shape in (kept, dropped):
            return _matrix(group, np.arange(columns), (rows, columns))
        if node.shape == parent.shape:
            members = _matrix(group, np.arange(columns), (math.prod(kept), columns))
            _refuse_large(node, int((np.bincount(group) ** 2).sum()))
            return (members.T @ members).astype(bool)
    _refuse_large(node, rows * columns)
    return _matrix(np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows), (rows, columns))


def _refuse_large(node: Node, count: int) -> None:
    if count > _MOST:
        raise NotDifferentiableError(
            f"sparsity='auto': {node.plan.primitive.name} of shape {node.shape} may mix {count:,} pairs of elements, "
            f"and more than {_MOST:,} are not traced. Pass the pattern, sparsity=pattern, as a scipy.sparse array."
        )
