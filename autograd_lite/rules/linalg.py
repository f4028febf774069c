"""Products and contractions of vectors, matrices and tensors, and what is read off a matrix.

Contractions sum over broadcast axes themselves, as one matrix product, and do not leave it to the sweep, which would
first make the product and then sum it. Formulas for matrix products: M. Giles, *An extended collection of matrix
derivative results for forward and reverse mode automatic differentiation*, Oxford report 08/01 (2008), section 2.2.1.
"""

from __future__ import annotations

import math
import operator
import string
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements, multilinear
from autograd_lite.errors import UnsupportedArgumentError
from autograd_lite.rules.axes import batch_of, from_back, one_from_back, swap
from autograd_lite.rules.reductions import spread

# Matrix products


def _matmul_to_x(g: Any, y: Any, x_shape: tuple[int, ...]) -> Any:
    if y.ndim == 1:
        return g[..., None] * y
    if len(x_shape) == 1:
        return g @ swap(y) if y.ndim == 2 else (g[..., None, :] @ swap(y))[..., 0, :]
    if len(x_shape) == 2 < y.ndim:  # one x for a stack of y
        batch = batch_of(g, y.ndim)
        width = math.prod(y.shape[:-2]) * y.shape[-1]
        rows = np.reshape(np.moveaxis(g, -2, -y.ndim), (*batch, x_shape[0], width))
        return rows @ swap(np.reshape(np.moveaxis(y, -2, 0), (x_shape[1], width)))
    return g @ swap(y)


def _matmul_to_y(g: Any, x: Any, y_shape: tuple[int, ...]) -> Any:
    stacked = math.prod(x.shape[:-1])
    if len(y_shape) == 1:
        if x.ndim == 2:
            return g @ x
        row = np.reshape(g, (*batch_of(g, x.ndim - 1), 1, stacked))
        return (row @ np.reshape(x, (stacked, y_shape[0])))[..., 0, :]
    if x.ndim == 1:
        return x[:, None] * g[..., None, :]
    if len(y_shape) == 2 < x.ndim:  # one y for a stack of x
        rows = np.reshape(g, (*batch_of(g, x.ndim), stacked, y_shape[1]))
        return swap(np.reshape(x, (stacked, y_shape[0]))) @ rows
    return swap(x) @ g


matmul = multilinear(operator.matmul, name="matmul", array_function=np.matmul, x=_matmul_to_x, y=_matmul_to_y)


implements(np.linalg.matmul)(matmul)


@implements(np.dot)
def dot(a: Any, b: Any) -> Any:
    """Return the product of scalars, vectors or matrices: the last axis of ``a`` with the last but one of ``b``."""
    a, b = _array(a), _array(b)
    if a.ndim == 0 or b.ndim == 0:
        return np.multiply(a, b)
    if a.ndim <= 2 and b.ndim <= 2:
        return np.matmul(a, b)
    return tensordot(a, b, ((-1,), (-1 if b.ndim == 1 else -2,)))


@implements(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    """Return the contraction of the last axes."""
    a, b = _array(a), _array(b)
    return np.multiply(a, b) if a.ndim == 0 or b.ndim == 0 else tensordot(a, b, ((-1,), (-1,)))


@implements(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    """Return the product of the flattened arrays."""
    return np.matmul(np.reshape(_array(a), -1), np.reshape(_array(b), -1))


@implements(np.vecdot, np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Return the products of vectors along an axis."""
    return np.sum(np.multiply(x1, x2), axis=axis)


@implements(np.outer, np.linalg.outer)
def outer(a: Any, b: Any) -> Any:
    """Return the product of each element of ``a`` with each of ``b``, both flattened."""
    return np.multiply(np.reshape(_array(a), (-1, 1)), np.reshape(_array(b), (1, -1)))


@implements(np.tensordot, np.linalg.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Return the contraction over pairs of axes, as one matrix product."""
    a, b = _array(a), _array(b)
    if isinstance(axes, int):
        first, second = tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))
    else:
        first, second = (tuple(side) if np.ndim(side) else (side,) for side in axes)
    first = tuple(normalize_axis_index(i, a.ndim) for i in first)
    second = tuple(normalize_axis_index(i, b.ndim) for i in second)
    if [a.shape[i] for i in first] != [b.shape[i] for i in second]:
        raise ValueError(f"np.tensordot: axes {first} of shape {a.shape} do not match axes {second} of shape {b.shape}")
    free_a = tuple(i for i in range(a.ndim) if i not in first)
    free_b = tuple(i for i in range(b.ndim) if i not in second)
    shape_a, shape_b = tuple(a.shape[i] for i in free_a), tuple(b.shape[i] for i in free_b)
    n = math.prod(a.shape[i] for i in first)
    left = np.reshape(np.transpose(a, free_a + first), (math.prod(shape_a), n))
    right = np.reshape(np.transpose(b, second + free_b), (n, math.prod(shape_b)))
    return np.reshape(np.matmul(left, right), shape_a + shape_b)


def _array(value: Any) -> Any:
    return value if hasattr(value, "shape") else np.asarray(value)


# Einstein summation. The primitive knows the canonical form only: every operand's letters differ, and the output is
# named. Repeated letters are diagonals, taken first; the ellipsis is spelled out in letters.


def _einsum(*operands: Any, subscripts: str) -> Any:
    terms = subscripts.partition("->")[0].split(",")
    lengths = {
        letter: n for term, x in zip(terms, operands, strict=True) for letter, n in zip(term, x.shape, strict=True)
    }
    work = math.prod(lengths.values())
    return np.einsum(subscripts, *operands, optimize=work > 10_000)  # below, finding a path costs more than it saves


def _einsum_to_operand(g: Any, i: int, subscripts: str, *operands: Any) -> Any:
    """Contract the cotangent with all other operands; a letter that only operand i has is left to the sweep."""
    inputs, _, output = subscripts.partition("->")
    terms = inputs.split(",")
    others = [(term, x) for k, (term, x) in enumerate(zip(terms, operands, strict=True)) if k != i]
    present = set(output).union(*(term for term, _ in others))
    target = "".join(letter for letter in terms[i] if letter in present)
    text = ",".join([f"...{output}", *(term for term, _ in others)])
    pulled = np.einsum(f"{text}->...{target}", g, *(x for _, x in others))
    missing = tuple(k - len(terms[i]) for k, letter in enumerate(terms[i]) if letter not in present)
    return np.expand_dims(pulled, missing) if missing else pulled


_einsum_product = multilinear(_einsum, name="einsum", each=_einsum_to_operand)


@implements(np.einsum)
def einsum(*operands: Any, optimize: Any = None) -> Any:
    """Return the sum over products that subscripts describe, in NumPy's notation; ``optimize`` is decided by size."""
    del optimize
    subscripts, arrays = _parse(operands)
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(arrays):
        raise ValueError(f"np.einsum: {len(terms)} terms in {subscripts!r} for {len(arrays)} operands")
    spare = [letter for letter in string.ascii_letters if letter not in subscripts]
    widths = [
        x.ndim - len(term.replace("...", "")) if "..." in term else 0 for term, x in zip(terms, arrays, strict=True)
    ]
    ellipsis = "".join(spare[: max(widths, default=0)])
    terms = [term.replace("...", ellipsis[len(ellipsis) - width :]) for term, width in zip(terms, widths, strict=True)]
    if arrow:
        output = output.replace("...", ellipsis)
    else:
        letters = "".join(terms)
        output = ellipsis + "".join(sorted(x for x in set(letters) if letters.count(x) == 1 and x not in ellipsis))
    prepared = [_with_letters_once(term, x) for term, x in zip(terms, arrays, strict=True)]
    prepared = _without_broadcasting(prepared)
    text = ",".join(term for term, _ in prepared)
    return _einsum_product(*(x for _, x in prepared), subscripts=f"{text}->{output}")


def _parse(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Return subscripts and operands, from either of NumPy's two ways to call ``einsum``."""
    if isinstance(operands[0], str):
        return operands[0], [_array(x) for x in operands[1:]]
    lists = [*operands[1::2]] if len(operands) % 2 == 0 else [*operands[1:-1:2], operands[-1]]
    arrays = [_array(x) for x in operands[: 2 * (len(operands) // 2) : 2]]
    texts = ["".join("..." if k is Ellipsis else string.ascii_letters[k] for k in letters) for letters in lists]
    if len(texts) > len(arrays):
        return ",".join(texts[:-1]) + "->" + texts[-1], arrays
    return ",".join(texts), arrays


def _with_letters_once(term: str, x: Any) -> tuple[str, Any]:
    """Take diagonals until no letter is repeated."""
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            first, second = term.index(letter), term.index(letter, term.index(letter) + 1)
            x = diagonal(x, 0, first, second)
            term = "".join(c for k, c in enumerate(term) if k not in (first, second)) + letter
    return term, x


def _without_broadcasting(terms: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Sum away axes of length one where the same letter is longer elsewhere, so that every letter has one length."""
    lengths: dict[str, int] = {}
    for term, x in terms:
        for letter, n in zip(term, x.shape, strict=True):
            lengths[letter] = n if lengths.get(letter, 1) == 1 else lengths[letter]
    made = []
    for term, x in terms:
        short = tuple(k for k, (letter, n) in enumerate(zip(term, x.shape, strict=True)) if n == 1 != lengths[letter])
        made.append(
            ("".join(c for k, c in enumerate(term) if k not in short), np.squeeze(x, axis=short) if short else x)
        )
    return made


# What is read off a matrix


@implements(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int | None = None, axis2: int | None = None) -> Any:
    """Return the diagonals of the matrices in two axes, along a new last axis."""
    first = one_from_back(0 if axis1 is None else axis1, a.ndim)
    second = one_from_back(1 if axis2 is None else axis2, a.ndim)
    moved = np.moveaxis(a, (first, second), (-2, -1))
    rows, columns = moved.shape[-2:]
    length = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    steps = np.arange(length)
    return moved[..., steps + max(0, -offset), steps + max(0, offset)]


@implements(np.linalg.diagonal)
def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """Return the diagonals of the matrices in the last two axes."""
    return diagonal(x, offset, -2, -1)


@implements(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return the sums of the diagonals of the matrices in two axes."""
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1)


@implements(np.linalg.trace)
def linalg_trace(x: Any, /, *, offset: int = 0) -> Any:
    """Return the sums of the diagonals of the matrices in the last two axes."""
    return trace(x, offset, -2, -1)


@implements(np.tril)
def tril(m: Any, k: int = 0) -> Any:
    """Return the matrices with zeros above the k-th diagonal."""
    return np.where(np.tri(*m.shape[-2:], k=k, dtype=bool), m, 0)


@implements(np.triu)
def triu(m: Any, k: int = 0) -> Any:
    """Return the matrices with zeros below the k-th diagonal."""
    return np.where(np.tri(*m.shape[-2:], k=k - 1, dtype=bool), 0, m)


@implements(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """Return the k-th diagonal of a matrix, or the matrix that has a vector on it."""
    if v.ndim == 2:
        return diagonal(v, k)
    n = v.shape[0] + abs(k)
    steps = np.arange(v.shape[0])
    picked = np.full((n, n), v.shape[0])  # the zero behind the end
    picked[steps + max(0, -k), steps + max(0, k)] = steps
    return np.pad(v, (0, 1))[picked]


# Norms


def _two_norm(x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


_two_norm_along = general(
    _two_norm, name="norm",
    x=lambda g, x, out, axis, keepdims: (
        spread(g, axis or from_back(None, x.ndim), keepdims)
        * (x / spread(np.where(out == 0, 1, out), axis or from_back(None, x.ndim), keepdims))
    ),
)  # fmt: skip


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return a norm of vectors or matrices; the 2-norm's subgradient at 0 is taken as 0."""
    axes = from_back(axis, x.ndim)
    if ord is None or (ord == 2 and len(axes) == 1) or (ord == "fro" and len(axes) == 2):
        return _two_norm_along(x, axis=None if axis is None else axes, keepdims=keepdims)
    size = np.absolute(x)
    if len(axes) == 1 and not isinstance(ord, str):
        return _vector_norm(size, ord, axes[0], keepdims)
    if len(axes) == 2 and ord in (1, -1, np.inf, -np.inf):
        if ord > 0 and 0 in (x.shape[axes[0]], x.shape[axes[1]]):
            return np.sum(size, axis=axes, keepdims=keepdims)
        row, column = axes if abs(ord) == 1 else axes[::-1]
        sums = np.sum(size, axis=row, keepdims=True)
        best = (np.max if ord > 0 else np.min)(sums, axis=column, keepdims=True)
        return best if keepdims else np.squeeze(best, axis=axes)
    raise UnsupportedArgumentError(
        f"np.linalg.norm on a Tensor of shape {x.shape} with ord={ord!r} and axis={axis!r} is not covered: use "
        f"ord=None, a number for vectors, or 'fro', 1, -1, inf or -inf for matrices."
    )


def _vector_norm(size: Any, ord: float, axis: int, keepdims: bool) -> Any:
    if size.shape[axis] == 0 and ord >= 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(untracked(size) != 0, axis=axis, keepdims=keepdims, dtype=size.dtype)
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    return np.sum(size**ord, axis=axis, keepdims=keepdims) ** (1 / ord)


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Return a norm of vectors along axes; of all elements if no axis is given."""
    if axis is None:
        flat = norm(np.reshape(x, -1), ord)
        return np.reshape(flat, (1,) * x.ndim) if keepdims else flat
    if isinstance(axis, tuple):
        last = np.moveaxis(x, axis, range(-len(axis), 0))
        kept = x.ndim - len(axis)
        flat = norm(np.reshape(last, (*last.shape[:kept], math.prod(last.shape[kept:]))), ord, -1)
        return np.expand_dims(flat, from_back(axis, x.ndim)) if keepdims else flat
    return norm(x, ord, axis, keepdims)


@implements(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Return a norm of the matrices in the last two axes."""
    return norm(x, ord, (-2, -1), keepdims)
