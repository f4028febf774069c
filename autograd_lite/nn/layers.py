"""Layers: `Linear`, what it computes as a function and as primitives, and `Bilinear`.

``x Wᵀ + b`` is one node of the graph, not three: on the small networks of this package a node costs as much as the
arithmetic. Weights have PyTorch's shape, (outputs, inputs), so that its state dicts fit; BLAS reads a transposed
matrix as fast as a plain one (the products of a 64-128-10 and a 784-256-10 network differ by less than 5 %).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.primitive import general, multilinear
from autograd_lite.core.sums import ones_of
from autograd_lite.errors import ShapeError
from autograd_lite.nn.arguments import floating, got, numeric, parameter, shape_of, whole
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
        return ones_of(g.shape[0], g.dtype) @ g
    return g


#: x Wᵀ, for x of shape (..., inputs) and W of shape (outputs, inputs).
weighted = multilinear(_product, name="linear", x=lambda g, w: g @ w, w=_to_weight)

#: x Wᵀ + b, likewise; b has shape (outputs,).
affine = general(_affine, name="affine", x=lambda g, w: g @ w, w=_to_weight, b=_to_bias)


def transformed(x: Any, weight: Any, bias: Any = None) -> Any:
    """Return x Wᵀ + b, or x Wᵀ without a bias, for shapes that are known to fit."""
    return weighted(x, weight) if bias is None else affine(x, weight, bias)


def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """Return x Wᵀ + b, what the layer `Linear` computes; as ``torch.nn.functional.linear``.

    Parameters
    ----------
    x : Tensor or array of shape (..., inputs)
    weight : Tensor or array of shape (outputs, inputs)
    bias : Tensor or array of shape (outputs,), optional

    Returns
    -------
    Tensor or array of shape (..., outputs)

    Raises
    ------
    ShapeError
        If the shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [0.0, 1.0]]), np.array([0.5, 0.0]))
    array([[11.5,  2. ]])
    """
    sizes = np.shape(weight)
    if len(sizes) != 2 or np.shape(x)[-1:] != sizes[1:] or (bias is not None and np.shape(bias) != sizes[:1]):
        raise ShapeError(
            f"linear(x, weight, bias): x of shape (..., inputs), weight (outputs, inputs) and bias (outputs,) are "
            f"wanted, and got {got(x)}, {got(weight)} and {'no bias' if bias is None else got(bias)}"
        )
    return transformed(x, weight, bias)


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
        self.in_features = whole(in_features, "Linear", "in_features")
        self.out_features = whole(out_features, "Linear", "out_features")
        dtype, generator = floating(dtype, "Linear"), generator_or_default(generator)
        shape = (out_features, in_features)
        self.weight = parameter(uniform_by_fan_in(shape, in_features, dtype, generator))
        self.bias = parameter(uniform_by_fan_in(shape[:1], in_features, dtype, generator)) if bias else None

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
        if type(x) is np.ndarray:
            numeric(x, "Linear")
        return transformed(x, self.weight, self.bias)

    def _misfit(self, x: Any) -> ShapeError:
        return ShapeError(
            f"Linear(in_features={self.in_features}, out_features={self.out_features}) expects an array or Tensor "
            f"whose last axis has length {self.in_features}, and got {got(x)}. Images are flattened first: "
            f"x.reshape(len(x), -1)."
        )

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.in_features} → {self.out_features}{'' if self.bias is not None else ', no bias'}"


class Bilinear(Module):
    """The layer y_o = Σ_ij x1_i W_oij x2_j + b_o, which is linear in each of two inputs.

    Parameters
    ----------
    in1_features, in2_features, out_features : int
        Lengths of the last axis of both inputs and of the output.
    bias : bool
        Whether to add b.
    dtype : floating dtype
        Of the parameters.
    generator : numpy.random.Generator, optional
        Where the initial values come from, evenly from ±1/√in1_features; the one that ``nn.seed`` starts if not given.

    Attributes
    ----------
    weight : Tensor of shape (out_features, in1_features, in2_features)
    bias : Tensor of shape (out_features,), or None

    Raises
    ------
    ShapeError
        If a number of features is not a positive integer, or the shapes of the inputs do not fit.
    DtypeError
        If ``dtype`` is not a floating one.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.Bilinear(3, 4, 2)(np.ones((5, 3)), np.ones((5, 4))).shape
    (5, 2)
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        self.in1_features = whole(in1_features, "Bilinear", "in1_features")
        self.in2_features = whole(in2_features, "Bilinear", "in2_features")
        self.out_features = whole(out_features, "Bilinear", "out_features")
        dtype, generator = floating(dtype, "Bilinear"), generator_or_default(generator)
        shape = (out_features, in1_features, in2_features)
        self.weight = parameter(uniform_by_fan_in(shape, in1_features, dtype, generator))
        self.bias = parameter(uniform_by_fan_in(shape[:1], in1_features, dtype, generator)) if bias else None

    def forward(self, x1: Any, x2: Any) -> Any:
        """Return the bilinear form.

        Parameters
        ----------
        x1 : Tensor or array of shape (..., in1_features)
        x2 : Tensor or array of shape (..., in2_features)

        Returns
        -------
        Tensor of shape (..., out_features)
        """
        first, second = shape_of(x1, "Bilinear"), shape_of(x2, "Bilinear")
        if (
            not first or not second or first[:-1] != second[:-1]
            or (first[-1], second[-1]) != (self.in1_features, self.in2_features)
        ):  # fmt: skip
            raise ShapeError(
                f"Bilinear({self.in1_features}, {self.in2_features}, {self.out_features}) expects two arrays or "
                f"Tensors of shapes (..., {self.in1_features}) and (..., {self.in2_features}) that agree in front, "
                f"and got {got(x1)} and {got(x2)}"
            )
        y = np.einsum("...i,oij,...j->...o", x1, self.weight, x2)
        return y if self.bias is None else y + self.bias

    def extra_repr(self) -> str:
        """Return the sizes."""
        sizes = f"{self.in1_features}, {self.in2_features} → {self.out_features}"
        return sizes if self.bias is not None else f"{sizes}, no bias"
