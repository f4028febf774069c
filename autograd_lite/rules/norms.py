"""Norms of vectors and matrices.

The slope of ‖x‖ = (Σ |x|^p)^(1/p) is sign(x) (|x| / ‖x‖)^(p - 1); G. H. Golub & C. F. Van Loan, *Matrix Computations*
(4th ed., 2013), section 2.2, has the norms. In this form no power over- or underflows unless the slope does. Norms that
are a singular value, or the sum of all of them, have the slopes that `spectra` gives these.

Every norm has a kink at 0, where its subgradient is taken as 0; so it is for each zero among the elements where the
norm has a kink in one element (p ≤ 1). Largest and smallest elements, sums and singular values share ties evenly.
Away from 0 the second derivative of a squared norm is that of Σ x²; at 0 itself it is 0, where Σ x² has 2.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general, implements
from autograd_lite.core.sums import summed
from autograd_lite.rules.adjoints import conj
from autograd_lite.rules.axes import from_back
from autograd_lite.rules.reductions import spread


def _unless_zero(x: Any) -> Any:
    return np.where(x == 0, 1, x)


def _two_norm_to_x(g: Any, x: Any, out: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    axes = from_back(None, x.ndim) if axis is None else axis
    return spread(g, axes, keepdims) * (conj(x) / spread(_unless_zero(out), axes, keepdims))


def _two_norm(x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    if type(x) is np.ndarray and x.dtype.char in "fd" and axis is not None:
        return np.sqrt(summed(x * x, axis, keepdims))  # NumPy does the same, with a slow sum of short rows
    return np.linalg.norm(x, axis=axis, keepdims=keepdims)


_two_norm_along = general(_two_norm, name="norm", x=_two_norm_to_x)


def _p_norm_to_x(g: Any, x: Any, out: Any, order: float, axis: int, keepdims: bool) -> Any:
    size = spread(out, (axis,), keepdims)
    return spread(g, (axis,), keepdims) * _p_norm_slope(x, size, order)


def _p_norm_slope(x: Any, size: Any, order: float) -> Any:
    if order % 2 == 0 and order > 0:
        return (x / _unless_zero(size)) ** (order - 1)  # a polynomial in x: smooth at zeros too
    part = np.absolute(x)
    if order < 1:
        return np.sign(x) * np.where(x == 0, 1, size / _unless_zero(part)) ** (1 - order)
    return np.sign(x) * np.where(x == 0, 1, part / _unless_zero(size)) ** (order - 1)


_p_norm_along = general(
    lambda x, order, axis, keepdims: np.linalg.norm(x, order, axis, keepdims), name="norm", x=_p_norm_to_x
)


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return a norm of vectors or matrices; its subgradient at 0 is taken as 0."""
    if x.dtype.kind not in "fc":
        x = x.astype(float)
    if ord is None and axis is None:
        return _two_norm_along(x, axis=None, keepdims=keepdims)
    axes = from_back(axis, x.ndim)
    if len(axes) == 1:
        return _vector_norm(x, 2 if ord is None else ord, axes[0], keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, "fro" if ord is None else ord, axes, keepdims)
    raise ValueError(
        f"np.linalg.norm: ord={ord!r} with axis={axis!r} is a norm over {len(axes)} axes of an array of shape "
        f"{x.shape}: vectors have one axis and matrices two. Leave out ord and axis for the 2-norm of all elements."
    )


def _vector_norm(x: Any, order: Any, axis: int, keepdims: bool) -> Any:
    if isinstance(order, str):
        raise ValueError(f"np.linalg.norm: {order!r} is a norm of matrices: name two axes, or an order of vectors")
    if order == 2:
        return _two_norm_along(x, axis=(axis,), keepdims=keepdims)
    if order == 0:
        count = np.sum(untracked(x) != 0, axis=axis, keepdims=keepdims)
        return count.astype(untracked(x).real.dtype)
    size = np.absolute(x)
    if order == 1 or (order == np.inf and x.shape[axis] == 0):
        return np.sum(size, axis=axis, keepdims=keepdims)
    if order in (np.inf, -np.inf):
        return (np.max if order > 0 else np.min)(size, axis=axis, keepdims=keepdims)
    order = int(order) if order == int(order) else float(order)
    return _p_norm_along(size if x.dtype.kind == "c" else x, order=order, axis=axis, keepdims=keepdims)


def _matrix_norm(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if order in ("fro", "f"):
        return _two_norm_along(x, axis=axes, keepdims=keepdims)
    if order not in (1, -1, 2, -2, np.inf, -np.inf, "nuc"):
        raise ValueError(
            f"np.linalg.norm: matrices have the norms 'fro', 'nuc', 1, -1, 2, -2, inf and -inf, and not {order!r}"
        )
    if order in (1, 2, np.inf, "nuc") and 0 in (x.shape[axes[0]], x.shape[axes[1]]):
        return np.sum(np.absolute(x), axis=axes, keepdims=keepdims)
    if order in (2, -2, "nuc"):
        parts = np.linalg.svd(np.moveaxis(x, axes, (-2, -1)), compute_uv=False)
        best = np.sum(parts, axis=-1) if order == "nuc" else (np.max if order > 0 else np.min)(parts, axis=-1)
        return np.expand_dims(best, axes) if keepdims else best
    row, column = axes if abs(order) == 1 else axes[::-1]
    sums = np.sum(np.absolute(x), axis=row, keepdims=True)
    best = (np.max if order > 0 else np.min)(sums, axis=column, keepdims=True)
    return best if keepdims else np.squeeze(best, axis=axes)


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
