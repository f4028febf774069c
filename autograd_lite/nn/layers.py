"""Layers: `Linear`, and the primitives that it is.

``x Wᵀ + b`` is one node of the graph, not three: on the small networks of this package a node costs as much as the
arithmetic. Weights have PyTorch's shape, (outputs, inputs), so that its state dicts fit; BLAS reads a transposed
matrix as fast as a plain one (the products of a 64-128-10 and a 784-256-10 network differ by less than 5 %).
"""

from __future__ import annotations

import functools
import math
import operator
from typing import Any

import numpy as np

from autograd_lite.core.primitive import general, multilinear
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError
from autograd_lite.nn.initializers import generator_or_default, uniform_by_fan_in
from autograd_lite.nn.module import Module
from autograd_lite.rules.axes import batch_of, swap


def _product(x: Any, w: Any) -> Any:
    return x @ swap(w)


def _affine(x: Any, w: Any, b: Any) -> Any:
    y = x @ swap(w)
    if type(y) is np.ndarray and y.dtype is b.dtype:
        y += b
        return y
    return y + b


def _to_weight(g: Any, x: Any, w_shape: tuple[int, ...]) -> Any:
    """Return gᵀ x, summed over all rows of ``x``, however many axes they are laid out along."""
    if x.ndim == 2:
        return swap(g) @ x
    if x.ndim == 1:
        return g[..., None] * x
    rows = math.prod(x.shape[:-1])
    g = np.reshape(g, (*batch_of(g, x.ndim), rows, w_shape[0]))
    return swap(g) @ np.reshape(x, (rows, w_shape[1]))


def _to_bias(g: Any, x_shape: tuple[int, ...]) -> Any:
    """Return the sum over all rows; of a matrix as a product with ones, at half the cost."""
    if type(g) is np.ndarray and g.ndim == 2 == len(x_shape):
        return _ones(g.shape[0], g.dtype) @ g
    return g


@functools.lru_cache(maxsize=16)
def _ones(n: int, dtype: np.dtype[Any]) -> np.ndarray:
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones


#: x Wᵀ, for x of shape (..., inputs) and W of shape (outputs, inputs).
linear = multilinear(_product, name="linear", x=lambda g, w: g @ w, w=_to_weight)

#: x Wᵀ + b, likewise; b has shape (outputs,).
affine = general(_affine, name="affine", x=lambda g, w: g @ w, w=_to_weight, b=_to_bias)


class Linear(Module):
    """The layer y = x Wᵀ + b, initialised as PyTorch does: evenly from ±1/√in_features.

    Parameters
    ----------
    in_features, out_features : int
        Lengths of the last axis of the input and of the output.
    bias : bool
        Whether to add b.
    dtype : floating dtype
        Of the parameters.
    generator : numpy.random.Generator, optional
        Where the initial values come from; the one that ``nn.seed`` starts if not given.

    Attributes
    ----------
    weight : Tensor of shape (out_features, in_features)
    bias : Tensor of shape (out_features,), or None

    Raises
    ------
    ShapeError
        If a number of features is not a positive integer, or the input's last axis has another length.
    DtypeError
        If ``dtype`` is not a floating one.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> layer = nn.Linear(3, 2, generator=np.random.default_rng(0))
    >>> layer(np.ones((5, 3))).shape
    (5, 2)
    >>> layer
    Linear(3 → 2)          8
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        self.in_features = _positive(in_features, "in_features")
        self.out_features = _positive(out_features, "out_features")
        dtype = np.dtype(dtype)
        if dtype.kind != "f":
            raise DtypeError(f"Linear(..., dtype={dtype}): parameters need a floating dtype, such as float or float32")
        generator = generator_or_default(generator)
        self.weight = Tensor(
            uniform_by_fan_in((out_features, in_features), in_features, dtype, generator), True, copy=False
        )
        self.bias = (
            Tensor(uniform_by_fan_in((out_features,), in_features, dtype, generator), True, copy=False)
            if bias
            else None
        )

    def forward(self, x: Any) -> Any:
        """Return x Wᵀ + b.

        Parameters
        ----------
        x : Tensor or array of shape (..., in_features)

        Returns
        -------
        Tensor of shape (..., out_features)
        """
        shape = getattr(x, "shape", ())
        if not shape or shape[-1] != self.in_features:
            raise self._misfit(x)
        return linear(x, self.weight) if self.bias is None else affine(x, self.weight, self.bias)

    def _misfit(self, x: Any) -> ShapeError:
        got = f"shape {x.shape}" if hasattr(x, "shape") else f"a {type(x).__name__}, which has no shape"
        return ShapeError(
            f"Linear(in_features={self.in_features}, out_features={self.out_features}) expects an array or Tensor "
            f"whose last axis has length {self.in_features}, and got {got}. Images are flattened first: "
            f"x.reshape(len(x), -1)."
        )

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.in_features} → {self.out_features}{'' if self.bias is not None else ', no bias'}"


def _positive(value: Any, name: str) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise ShapeError(f"Linear({name}={value!r}): the number of features must be a positive integer")
    return number
