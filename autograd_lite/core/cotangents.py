"""Cotangents: fitting them to shapes and dtypes, owning their buffers, and those that are no arrays yet."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite.core.sums import summed

if TYPE_CHECKING:
    from autograd_lite.core.graph import Node


class Tracked:
    """An array and the node that made it: what this layer knows of a Tensor.

    Attributes
    ----------
    data : array
    node : Node or None
    through : callable or None
        ``through(primitive, arrays, keywords)`` of numbers that go through primitives by themselves instead of being
        recorded, such as truncated power series: immutable, and no Tensors. ``data`` is then their value at the point.
    """

    __slots__ = ("data", "node")

    data: Any
    node: Node | None
    through: Callable[..., Any] | None = None


class LazyCotangent:
    """A contribution that is no array yet: sums of several become one array when their node's turn comes.

    Gathers and operations with several outputs answer with these, so that n look-ups into an array of n cost O(n)
    and not O(n²).

    Parameters
    ----------
    shape, dtype
        Of the cotangent that this stands for, batch axes included.
    """

    __slots__ = ("dtype", "shape", "terms")
    __array_ufunc__ = None  # arrays leave `array + lazy` to __radd__

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]):
        self.shape = shape
        self.dtype = dtype
        self.terms: list[Any] | None = None  # of a sum

    def __add__(self, other: Any) -> LazyCotangent:
        return self._sum(self, other)

    def __radd__(self, other: Any) -> LazyCotangent:
        return self._sum(other, self)

    def _sum(self, left: Any, right: Any) -> LazyCotangent:
        total = object.__new__(type(self))
        LazyCotangent.__init__(total, self.shape, self.dtype)
        total.terms = [*_terms_of(left), *_terms_of(right)]
        return total

    def extend(self, other: Any) -> None:
        """Add a further term to a sum that nobody else holds."""
        assert self.terms is not None
        self.terms += _terms_of(other)

    def parts(self) -> list[Any]:
        """Return the lazy and ordinary cotangents that this is the sum of, in the order they were added."""
        return _terms_of(self)

    def materialize(self) -> Any:
        """Return the array (or, in a recorded sweep, the Tensor) that this stands for."""
        raise AssertionError(f"{type(self).__name__} does not say what it stands for")

    def astype(self, dtype: np.dtype[Any]) -> Any:
        """Return the array that this stands for in another dtype."""
        return self.materialize().astype(dtype)


def _terms_of(value: Any) -> list[Any]:
    return value.terms if isinstance(value, LazyCotangent) and value.terms is not None else [value]


def fit(cotangent: Any, shape: tuple[int, ...], batch: int = 0) -> Any:
    """Fit a contribution to the shape of the input that it belongs to.

    Sums over the axes along which the input was broadcast (the adjoint of broadcasting is a sum), and broadcasts what
    a reduction dropped. Rules therefore mention neither.

    Parameters
    ----------
    cotangent : array or Tensor
        Of shape ``batch axes + event``, where the event broadcasts against ``shape`` in either direction.
    shape : tuple of int
        Of the input.
    batch : int
        Number of leading batch axes.

    Returns
    -------
    array or Tensor
        Of shape ``batch axes + shape``.
    """
    event = cotangent.shape[batch:]
    if not batch and event == () and isinstance(cotangent, np.ndarray | np.generic):
        return _filled(cotangent, shape)
    lead = len(event) - len(shape)
    if lead > 0 and not batch and event[lead:] == shape:
        return summed(cotangent, tuple(range(lead)))
    if lead < 0:
        event = (1,) * -lead + event
        cotangent = np.reshape(cotangent, cotangent.shape[:batch] + event)
        lead = 0
    first = batch + lead
    short = [first + i for i, (have, want) in enumerate(zip(event[lead:], shape, strict=True)) if want == 1 != have]
    axes = (*range(batch, first), *short) if lead else tuple(short)
    if axes and lead:
        total = summed(cotangent, axes)
        cotangent = total if len(axes) == lead else np.reshape(total, _restored(cotangent, axes, batch, lead))
    elif axes:
        cotangent = summed(cotangent, axes, keepdims=True)
    if cotangent.shape[batch:] != shape:
        cotangent = _filled(cotangent, cotangent.shape[:batch] + shape)
    return cotangent


# Up to this many elements, writing them costs less than what a broadcast view does now and in later operations.
_SMALL = 4096


def _filled(cotangent: Any, shape: tuple[int, ...]) -> Any:
    """Return a cotangent broadcast to a shape."""
    if isinstance(cotangent, np.ndarray | np.generic) and math.prod(shape) <= _SMALL:
        filled = np.empty(shape, cotangent.dtype)
        filled[...] = cotangent
        return filled
    return np.broadcast_to(cotangent, shape)


def _restored(cotangent: Any, axes: tuple[int, ...], batch: int, lead: int) -> tuple[int, ...]:
    kept = [1 if i in axes else n for i, n in enumerate(cotangent.shape)]
    return tuple(kept[:batch] + kept[batch + lead :])


def cast(cotangent: Any, dtype: np.dtype[Any]) -> Any:
    """Return ``cotangent`` in ``dtype``: itself if it is in it already, its real part if that is real and it is not.

    The derivative of a real value in a direction is Re(Σ g dz), so that only the real part of g matters where dz is
    real. Duck arrays go through ``np.positive``.
    """
    if cotangent.dtype.kind == "c" != dtype.kind:
        cotangent = np.real(cotangent.materialize() if isinstance(cotangent, LazyCotangent) else cotangent)
    if cotangent.dtype == dtype:
        return cotangent
    if hasattr(cotangent, "astype"):
        return cotangent.astype(dtype)
    return np.positive(cotangent, dtype=dtype, casting="unsafe")


def own(cotangent: Any, shared: bool) -> Any:
    """Return ``cotangent`` in a buffer that nobody else holds: a copy if it is shared, a view or read-only."""
    if isinstance(cotangent, Tracked):
        if not shared or cotangent.through is not None:
            return cotangent
        twin = object.__new__(type(cotangent))
        twin.data, twin.node = own(cotangent.data, shared), cotangent.node
        return twin
    if type(cotangent) is np.ndarray and cotangent.ndim == 0:
        return cotangent[()]
    if type(cotangent) is np.ndarray and (shared or cotangent.base is not None or not cotangent.flags.writeable):
        return cotangent.copy()
    return cotangent


def contains_nan(*cotangents: Any) -> bool:
    """Say whether one of some cotangents holds a NaN, by a dot product of each with itself; ducks are not asked."""
    total: Any = 0.0  # squares are not negative, so infinite ones do not make a NaN here
    for cotangent in cotangents:
        value: Any = cotangent.data if isinstance(cotangent, Tracked) else cotangent
        if type(value) is np.ndarray:
            flat = value.ravel()
            total += flat.dot(flat) if flat.dtype.kind != "c" else np.isnan(flat).any() * np.nan  # complex inf² is NaN
        elif not isinstance(value, np.generic):
            continue
        elif value != value:
            return True
    return bool(total != total)
