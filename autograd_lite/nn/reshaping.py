"""Layers without arithmetic: `Flatten`, `Unflatten` and `Identity`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError
from autograd_lite.nn.arguments import lengths
from autograd_lite.nn.module import Module
from autograd_lite.rules.shaping import as_array


class Flatten(Module):
    """Some axes as one: by default all but the first, which is the batch.

    Parameters
    ----------
    start_dim, end_dim : int
        The first and the last of them.

    Raises
    ------
    ShapeError
        If the input has no such axes, or they are in the wrong order.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.Flatten()(np.zeros((5, 3, 8, 8))).shape
    (5, 192)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Any) -> Any:
        """Return ``x`` with these axes as one.

        Parameters
        ----------
        x : Tensor or array

        Returns
        -------
        Tensor or array
        """
        x = as_array(x)
        shape = x.shape
        start = self.start_dim + (len(shape) if self.start_dim < 0 else 0)
        end = self.end_dim + (len(shape) if self.end_dim < 0 else 0)
        if not 0 <= start <= end < max(len(shape), 1):
            raise ShapeError(
                f"Flatten(start_dim={self.start_dim}, end_dim={self.end_dim}) got shape {shape}, which has no such "
                f"axes in this order"
            )
        return np.reshape(x, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))

    def extra_repr(self) -> str:
        """Return the axes."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """One axis as several.

    Parameters
    ----------
    dim : int
    unflattened_size : sequence of int
        The lengths of the several; one may be -1, and is then what is left.

    Raises
    ------
    ShapeError
        If the input has no such axis, or its length is not the product of the lengths.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.Unflatten(1, (3, -1))(np.zeros((5, 12))).shape
    (5, 3, 4)
    """

    def __init__(self, dim: int, unflattened_size: Any):
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)
        lengths([abs(n) if n == -1 else n for n in self.unflattened_size], "Unflatten", "unflattened_size")
        if self.unflattened_size.count(-1) > 1:
            raise ShapeError(f"Unflatten(unflattened_size={self.unflattened_size}): only one length may be -1")

    def forward(self, x: Any) -> Any:
        """Return ``x`` with this axis as several.

        Parameters
        ----------
        x : Tensor or array

        Returns
        -------
        Tensor or array
        """
        x = as_array(x)
        dim = self.dim + (x.ndim if self.dim < 0 else 0)
        known = math.prod(n for n in self.unflattened_size if n != -1)
        length = x.shape[dim] if 0 <= dim < x.ndim else None
        if length is None or (length % known if -1 in self.unflattened_size else length != known):
            raise ShapeError(
                f"Unflatten({self.dim}, {self.unflattened_size}) got shape {x.shape}: axis {self.dim} cannot be "
                f"parted like this"
            )
        sizes = tuple(length // known if n == -1 else n for n in self.unflattened_size)
        return np.reshape(x, x.shape[:dim] + sizes + x.shape[dim + 1 :])

    def extra_repr(self) -> str:
        """Return the axis and the lengths."""
        return f"{self.dim}, {self.unflattened_size}"


class Identity(Module):
    """Its input, unchanged: to stand where a layer was taken out. Arguments are ignored.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> nn.Identity()(3.0)
    3.0
    """

    def __init__(self, *args: Any, **kwargs: Any):
        pass

    def forward(self, x: Any) -> Any:
        """Return ``x``."""
        return x
