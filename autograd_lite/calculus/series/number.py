"""Truncated power series as numbers that any function written in NumPy can be run on.

A `Series` is an array of polynomials in one variable t, cut off behind some power. It speaks NumPy's protocols like a
Tensor, is looked up in the same table of rules, and goes through the primitives by itself (`pushing`) where a Tensor
would be recorded. Its value at t = 0 decides comparisons.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.calculus.series import companions
from autograd_lite.calculus.series.coefficients import ramp
from autograd_lite.calculus.series.intervals import Interval
from autograd_lite.core.arraylike import ArrayLike
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DetachError


class Series(ArrayLike):
    """An array of truncated power series Σ c_k t^k.

    Parameters
    ----------
    coefficients : ndarray or Interval of shape (order + 1, *shape)

    Attributes
    ----------
    coefficients
    data
        The value at t = 0, of shape ``shape``.
    twin : Series or None
        The same with noise in place of rounding errors, where these are estimated; see `rounding`.
    """

    __slots__ = ("coefficients", "memory", "shorter", "twin")
    __array_priority__ = 1000.0

    def __init__(self, coefficients: Any):
        self.coefficients = coefficients
        self.data = coefficients[0]
        self.node = None
        self.memory: dict[Any, Any] = {}
        self.shorter: dict[int, Series] = {}
        self.twin: Series | None = None

    @property
    def order(self) -> int:
        """The highest power that is kept."""
        return len(self.coefficients) - 1

    def truncated(self, order: int) -> Series:
        """Return the series cut off behind a power; the same object each time, which shares what is remembered."""
        if order >= self.order:
            return self
        part = self.shorter.get(order)
        if part is None:
            part = self.shorter[order] = Series(self.coefficients[: order + 1])
            part.memory = self.memory
            part.shorter = self.shorter
        return part

    def slope(self) -> Series:
        """Return the derivative with respect to t."""
        return Series(self.coefficients[1:] * (ramp(self.order, self.coefficients) + 1))

    def through(self, primitive: Any, arrays: Any, keywords: dict[str, Any]) -> Any:
        """Return the series of a primitive's answer."""
        return companions.accompanied(Series, primitive, arrays, keywords)

    # NumPy's protocols, as a Tensor has them: neither refers to the graph

    __array_ufunc__ = Tensor.__array_ufunc__
    __array_function__ = Tensor.__array_function__

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if dtype is not None and np.dtype(dtype).kind in "biu" and not isinstance(self.data, Interval):
            return np.array(self.data, dtype=dtype, copy=copy)
        raise DetachError(
            "a power series was to become a plain array (np.asarray, np.array, or a function of SciPy's that makes "
            "one): all but its value would be lost. Use np.stack for lists, and autograd_lite's namespaces."
        )

    def __float__(self) -> float:
        raise DetachError("float(x) of a power series would lose all but its value. For math.f(x) write np.f(x).")

    __int__ = __complex__ = __float__  # pyright: ignore[reportAssignmentType]

    def __bool__(self) -> bool:
        return bool(self.data)

    def item(self, *index: Any) -> Any:
        """Return an element of the value."""
        return self.data.item(*index)

    def detach(self) -> Any:
        """Return the value."""
        return self.data

    def __repr__(self) -> str:
        return f"Series(order={self.order}, shape={self.shape}, value={self.data!r})"


def variable(x0: Any, order: int, direction: Any = 1.0) -> Series:
    """Return x0 + t * direction, of arrays or intervals."""
    if isinstance(x0, Interval):
        rest = [np.broadcast_to(0.0 if k else direction, x0.shape) for k in range(order)]
        return Series(np.stack([x0, *rest]))
    coefficients = np.zeros((order + 1, *np.shape(x0)), np.result_type(x0, direction))
    coefficients[0] = x0
    if order:
        coefficients[1] = direction
    return Series(coefficients)
