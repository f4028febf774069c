"""``r_`` and ``c_``: joining by indexing, with Tensors among the pieces."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.numpy._lists import common_dtype, stacked


class Joiner:
    """The objects ``r_`` and ``c_``: they join what stands in their brackets.

    Joining only moves elements. So where a Tensor is among them NumPy's own object joins the elements' *positions*,
    whatever its directives say, and the elements are then taken from there.

    Examples
    --------
    >>> import autograd_lite as ag, autograd_lite.numpy as np
    >>> ag.jacobian(lambda a: np.r_[a, 0:3, a * a])(3.0)
    array([1., 0., 0., 0., 6.])
    """

    def __init__(self, plain: Any):
        self._plain = plain

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def __len__(self) -> int:
        return 0

    def __getitem__(self, key: Any) -> Any:
        items = [stacked(item) for item in key] if isinstance(key, tuple) else [stacked(key)]
        if not any(isinstance(item, Tensor) for item in items):
            return self._plain[key]
        items = [np.r_[item] if isinstance(item, slice) else item for item in items]
        pieces = [_piece(item) for item in items if not isinstance(item, str)]
        dtype = common_dtype(pieces)
        pool = np.concatenate([x.reshape(-1) if hasattr(x, "shape") else np.array([x], dtype) for x in pieces])
        positions = self._positions(items)
        if np.array_equal(positions.ravel(), np.arange(pool.shape[0])):
            return np.reshape(pool, positions.shape)
        return pool[positions]

    def _positions(self, items: list[Any]) -> np.ndarray:
        """Return where, in the pool of all elements, each element of the result stands."""
        keys: list[Any] = []
        start = 0
        for item in items:
            if isinstance(item, str):
                keys.append(item)
                continue
            shape = np.shape(item)
            size = math.prod(shape)
            keys.append(np.arange(start, start + size).reshape(shape) if shape else start)
            start += size
        return np.asarray(self._plain[tuple(keys)])


def _piece(item: Any) -> Any:
    return item if hasattr(item, "shape") or isinstance(item, float | int) else np.asarray(item)


r_ = Joiner(np.r_)
c_ = Joiner(np.c_)
