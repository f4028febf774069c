"""Products of vectors, matrices and tensors.

Contractions sum over broadcast axes themselves, as one matrix product, and do not leave it to the sweep, which would
first make the product and then sum it. Formulas for matrix products: M. Giles, *An extended collection of matrix
derivative results for forward and reverse mode automatic differentiation*, Oxford report 08/01 (2008), section 2.2.1;
for an order of several: T. H. Cormen et al., *Introduction to Algorithms* (3rd ed., 2009), section 15.2.
"""

from __future__ import annotations

import math
import operator
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_lite.core.primitive import implements, multilinear
from autograd_lite.rules.adjoints import conj
from autograd_lite.rules.axes import batch_of, swap
from autograd_lite.rules.einsum import contraction, einsum
from autograd_lite.rules.shaping import as_array

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


# Matrix products


def _from_stacks(g: Any, other: Any, shape: tuple[int, ...], letters: str) -> Any:
    """Contract a cotangent with one factor of a broadcast stack of products, over what the other is repeated along.

    ``shape`` is that of the other factor; ``letters`` name the last two axes of the cotangent, of the factor at hand
    and of the other one.
    """
    depth = max(len(shape), other.ndim) - 2
    stack = _LETTERS[3 : 3 + depth]
    full = g.shape[g.ndim - 2 - depth : g.ndim - 2]
    missing = depth - len(shape) + 2
    kept = "".join(stack[missing + k] for k, n in enumerate(shape[:-2]) if n == full[missing + k])
    g_letters, other_letters, made = letters[:2], letters[2:4], letters[4:]
    others = stack[depth - other.ndim + 2 :]
    pulled = einsum(f"...{stack}{g_letters},{others}{other_letters}->...{kept}{made}", g, other)
    return np.reshape(pulled, batch_of(g, 2 + depth) + shape)


def _row(g: Any) -> Any:
    """Return a cotangent as BLAS takes it: a vector that is broadcast, as the one of a mean, takes 15 ms and not 2."""
    return np.ascontiguousarray(g) if type(g) is np.ndarray and g.ndim == 1 and g.strides[0] <= 0 else g


def _matmul_to_x(g: Any, y: Any, x_shape: tuple[int, ...]) -> Any:
    if y.ndim == 1:
        return g[..., None] * y
    if len(x_shape) == 1:
        return _row(g) @ swap(y) if y.ndim == 2 else (g[..., None, :] @ swap(y))[..., 0, :]
    if y.ndim > 2 and x_shape[:-2] != y.shape[:-2]:
        return _from_stacks(g, y, x_shape, "acbcab")
    return g @ swap(y)


def _matmul_to_y(g: Any, x: Any, y_shape: tuple[int, ...]) -> Any:
    stacked = math.prod(x.shape[:-1])
    if len(y_shape) == 1:
        if x.ndim == 2:
            return _row(g) @ x
        row = np.reshape(g, (*batch_of(g, x.ndim - 1), 1, stacked))
        return (row @ np.reshape(x, (stacked, y_shape[0])))[..., 0, :]
    if x.ndim == 1:
        return x[:, None] * g[..., None, :]
    if len(y_shape) == 2 < x.ndim:  # one y for a stack of x
        rows = np.reshape(g, (*batch_of(g, x.ndim), stacked, y_shape[1]))
        return swap(np.reshape(x, (stacked, y_shape[0]))) @ rows
    if x.ndim > 2 and x.shape[:-2] != y_shape[:-2]:
        return _from_stacks(g, x, y_shape, "acabbc")
    return swap(x) @ g


matmul = multilinear(operator.matmul, name="matmul", array_function=np.matmul, x=_matmul_to_x, y=_matmul_to_y)


implements(np.linalg.matmul)(matmul)


@implements(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """Return an integer power of square matrices, by repeated squaring; a negative one is that of the inverse."""
    n = operator.index(n)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"np.linalg.matrix_power: square matrices are needed, got the shape {a.shape}")
    if n == 0:
        return np.where(True, np.eye(a.shape[-1], dtype=a.dtype), a)
    if n < 0:
        a, n = np.linalg.inv(a), -n
    power = None
    while n:
        if n % 2:
            power = a if power is None else np.matmul(power, a)
        n //= 2
        if n:
            a = np.matmul(a, a)
    return power


@implements(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any]) -> Any:
    """Return the product of matrices, in the order that takes the fewest multiplications; the ends may be vectors."""
    arrays = [as_array(x) for x in arrays]
    if len(arrays) < 2:
        raise ValueError(f"np.linalg.multi_dot: at least two arrays are needed, got {len(arrays)}")
    wrong = [x.shape for k, x in enumerate(arrays) if x.ndim != 2 and not (x.ndim == 1 and k in (0, len(arrays) - 1))]
    if wrong:
        raise np.linalg.LinAlgError(f"np.linalg.multi_dot: matrices, or vectors at the ends, are needed, got {wrong}")
    first, last = arrays[0].shape, arrays[-1].shape
    sizes = [first[0] if len(first) == 2 else 1, *(x.shape[0] for x in arrays[1:]), last[1] if len(last) == 2 else 1]
    return _chained(arrays, _cheapest_splits(sizes), 0, len(arrays) - 1)


def _cheapest_splits(sizes: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return, for each run of matrices, the last one of its left part; matrix k is of shape sizes[k : k + 2]."""
    count = len(sizes) - 1
    cost = {(k, k): 0 for k in range(count)}
    split: dict[tuple[int, int], int] = {}
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            cost[i, j], split[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
            )
    return split


def _chained(arrays: Sequence[Any], split: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return arrays[i]
    k = split[i, j]
    return np.matmul(_chained(arrays, split, i, k), _chained(arrays, split, k + 1, j))


# Contractions


@implements(np.dot)
def dot(a: Any, b: Any) -> Any:
    """Return the product of scalars, vectors or matrices: the last axis of ``a`` with the last but one of ``b``."""
    a, b = as_array(a), as_array(b)
    if a.ndim == 0 or b.ndim == 0:
        return np.multiply(a, b)
    if a.ndim <= 2 and b.ndim <= 2:
        return np.matmul(a, b)
    return tensordot(a, b, ((-1,), (-1 if b.ndim == 1 else -2,)))


@implements(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    """Return the contraction of the last axes."""
    a, b = as_array(a), as_array(b)
    return np.multiply(a, b) if a.ndim == 0 or b.ndim == 0 else tensordot(a, b, ((-1,), (-1,)))


@implements(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    """Return the product of the flattened arrays, the first one conjugated."""
    return np.matmul(np.reshape(conj(as_array(a)), -1), np.reshape(as_array(b), -1))


@implements(np.vecdot, np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Return the products of vectors along an axis, the first ones conjugated."""
    x1, x2 = as_array(x1), as_array(x2)
    if axis != -1:
        x1, x2 = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    _same_length("vecdot", x1.shape, x2.shape, -1, -1)
    return einsum("...i,...i->...", conj(x1), x2)


def matvec(x1: Any, x2: Any, /) -> Any:
    """Return the products of matrices in the last two axes with vectors in the last one."""
    x1, x2 = as_array(x1), as_array(x2)
    _same_length("matvec", x1.shape, x2.shape, -1, -1)
    return einsum("...ij,...j->...i", x1, x2)


def vecmat(x1: Any, x2: Any, /) -> Any:
    """Return the products of vectors in the last axis, conjugated, with matrices in the last two ones."""
    x1, x2 = as_array(x1), as_array(x2)
    _same_length("vecmat", x1.shape, x2.shape, -1, -2)
    return einsum("...i,...ij->...j", conj(x1), x2)


if hasattr(np, "matvec"):  # since NumPy 2.2
    implements(np.matvec)(matvec)
    implements(np.vecmat)(vecmat)


def _same_length(name: str, first: tuple[int, ...], second: tuple[int, ...], i: int, j: int) -> None:
    """Refuse lengths that differ, one included, which einsum would stretch."""
    if len(first) < -i or len(second) < -j or first[i] != second[j]:
        raise ValueError(f"np.{name}: axis {i} of an array of shape {first} and axis {j} of {second} must match")


@implements(np.outer, np.linalg.outer)
def outer(a: Any, b: Any) -> Any:
    """Return the product of each element of ``a`` with each of ``b``, both flattened."""
    return contraction(np.reshape(as_array(a), -1), np.reshape(as_array(b), -1), subscripts="a,b->ab")


@implements(np.tensordot, np.linalg.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Return the contraction over pairs of axes."""
    a, b = as_array(a), as_array(b)
    if isinstance(axes, int):
        first, second = tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))
    else:
        first, second = (tuple(side) if np.ndim(side) else (side,) for side in axes)
    first = tuple(normalize_axis_index(i, a.ndim) for i in first)
    second = tuple(normalize_axis_index(i, b.ndim) for i in second)
    if [a.shape[i] for i in first] != [b.shape[i] for i in second]:
        raise ValueError(f"np.tensordot: axes {first} of shape {a.shape} do not match axes {second} of shape {b.shape}")
    left, right = list(_LETTERS[: a.ndim]), list(_LETTERS[a.ndim : a.ndim + b.ndim])
    for i, j in zip(first, second, strict=True):
        right[j] = left[i]
    out = [c for c in left if c not in right] + [c for c in right if c not in left]
    return contraction(a, b, subscripts=f"{''.join(left)},{''.join(right)}->{''.join(out)}")


@implements(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Return the product of each element of ``a`` with the whole of ``b``, as blocks of one array."""
    a, b = as_array(a), as_array(b)
    ndim = max(a.ndim, b.ndim)
    a_shape, b_shape = ((1,) * (ndim - x.ndim) + x.shape for x in (a, b))
    outside, inside = _LETTERS[:ndim], _LETTERS[ndim : 2 * ndim]
    blocks = contraction(
        np.reshape(a, a_shape), np.reshape(b, b_shape),
        subscripts=f"{outside},{inside}->{''.join(map(''.join, zip(outside, inside, strict=True)))}",
    )  # fmt: skip
    return np.reshape(blocks, tuple(m * n for m, n in zip(a_shape, b_shape, strict=True)))


# The cross product


def _cross_product(x: Any, y: Any) -> Any:
    """Return the products of vectors of three components."""
    # NumPy's function takes 16 µs for one pair, and for 30,000 eight times as long as this.
    if type(x) is not np.ndarray or type(y) is not np.ndarray:
        return np.cross(x, y)
    (x0, x1, x2), (y0, y1, y2) = ([v[..., k] for k in range(3)] for v in (x, y))
    out = np.empty(np.broadcast_shapes(x.shape, y.shape), np.result_type(x, y))
    np.subtract(x1 * y2, x2 * y1, out=out[..., 0])
    np.subtract(x2 * y0, x0 * y2, out=out[..., 1])
    np.subtract(x0 * y1, x1 * y0, out=out[..., 2])
    return out


_cross = multilinear(
    _cross_product, name="cross", x=lambda g, y: _cross_product(y, g), y=lambda g, x: _cross_product(g, x)
)


@implements(np.cross)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """Return the products of vectors of three components; of two, deprecated by NumPy, the third taken as zero."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = (_last(as_array(x), k) for x, k in ((a, axisa), (b, axisb)))
    lengths = a.shape[-1], b.shape[-1]
    if not {*lengths} <= {2, 3}:
        raise ValueError(f"np.cross: vectors of 2 or 3 components are needed, got the shapes {a.shape} and {b.shape}")
    if lengths == (3, 3):
        return _last(_cross(a, b), axisc, back=True)
    warnings.warn("np.cross of vectors of 2 components is deprecated (since NumPy 2.0)", DeprecationWarning, 3)
    if lengths == (2, 2):
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    a, b = (x if x.shape[-1] == 3 else np.concatenate([x, np.zeros_like(x[..., :1])], axis=-1) for x in (a, b))
    return _last(_cross(a, b), axisc, back=True)


def _last(x: Any, axis: int, back: bool = False) -> Any:
    if axis == -1:
        return x
    return np.moveaxis(x, -1, axis) if back else np.moveaxis(x, axis, -1)


@implements(np.linalg.cross)
def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Return the products of vectors of three components along an axis."""
    x1, x2 = as_array(x1), as_array(x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(f"np.linalg.cross: vectors of 3 components are needed, got shapes {x1.shape} and {x2.shape}")
    return cross(x1, x2, axis=axis)
