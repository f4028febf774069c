"""Normalisation of samples by themselves: `LayerNorm`, `RMSNorm` and `GroupNorm`."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError
from autograd_lite.nn.arguments import as_floats, epsilon, floating, got, lengths, parameter, shape_of, whole
from autograd_lite.nn.module import Module
from autograd_lite.nn.standardization import standardized
from autograd_lite.nn.standardized import Layout, normalize


class LayerNorm(Module):
    """Each sample minus its mean, divided by its deviation √(variance + eps), times weight, plus bias.

    J. Ba, J. Kiros & G. Hinton, *Layer normalization*, arXiv:1607.06450.

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The lengths of the last axes, along which mean and variance are taken.
    eps : float
    elementwise_affine : bool
        Whether there are a weight, which starts as 1, and a bias, which starts as 0.
    bias : bool
        Whether there is a bias, if there is a weight.
    dtype : floating dtype
        Of the parameters.

    Attributes
    ----------
    weight, bias : Tensor of shape ``normalized_shape``, or None

    Raises
    ------
    ShapeError
        If a length is not a positive integer, or the input's last axes have others.
    DtypeError
        If ``dtype`` is not a floating one.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.LayerNorm(2, eps=0)(np.array([[1.0, 3.0], [5.0, -5.0]])).data
    array([[-1.,  1.],
           [ 1., -1.]])
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: Any = float,
    ):
        self.normalized_shape = lengths(normalized_shape, "LayerNorm", "normalized_shape")
        self.eps = epsilon(eps, "LayerNorm")
        dtype = floating(dtype, "LayerNorm")
        self.weight = parameter(np.ones(self.normalized_shape, dtype)) if elementwise_affine else None
        self.bias = parameter(np.zeros(self.normalized_shape, dtype)) if elementwise_affine and bias else None

    def forward(self, x: Any) -> Any:
        """Return the normalised samples.

        Parameters
        ----------
        x : Tensor or array of shape (..., *normalized_shape)

        Returns
        -------
        Tensor of the shape of ``x``
        """
        _check_last(self, x, self.normalized_shape)
        return _last_normalized(self, x, [self.weight, self.bias], self.eps, True)

    def extra_repr(self) -> str:
        """Return the lengths and what differs from the defaults."""
        words = [str(self.normalized_shape), f"eps={self.eps}"]
        words += ["no parameters"] if self.weight is None else [] if self.bias is not None else ["no bias"]
        return ", ".join(words)


class RMSNorm(Module):
    """Each sample divided by its root mean square √(mean(x²) + eps), times weight.

    B. Zhang & R. Sennrich, *Root mean square layer normalization*, NeurIPS 2019.

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The lengths of the last axes, along which the mean is taken.
    eps : float, optional
        The distance from 1 to the next number of the input's dtype, if not given.
    elementwise_affine : bool
        Whether there is a weight, which starts as 1.
    dtype : floating dtype
        Of the weight.

    Attributes
    ----------
    weight : Tensor of shape ``normalized_shape``, or None

    Raises
    ------
    ShapeError
        If a length is not a positive integer, or the input's last axes have others.
    DtypeError
        If ``dtype`` is not a floating one.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.RMSNorm(2)(np.array([[3.0, -3.0], [1.0, 7.0]])).data
    array([[ 1. , -1. ],
           [ 0.2,  1.4]])
    """

    def __init__(
        self, normalized_shape: Any, eps: float | None = None, elementwise_affine: bool = True, dtype: Any = float
    ):
        self.normalized_shape = lengths(normalized_shape, "RMSNorm", "normalized_shape")
        self.eps = None if eps is None else epsilon(eps, "RMSNorm")
        dtype = floating(dtype, "RMSNorm")
        self.weight = parameter(np.ones(self.normalized_shape, dtype)) if elementwise_affine else None

    def forward(self, x: Any) -> Any:
        """Return the normalised samples.

        Parameters
        ----------
        x : Tensor or array of shape (..., *normalized_shape)

        Returns
        -------
        Tensor of the shape of ``x``
        """
        _check_last(self, x, self.normalized_shape)
        x = as_floats(x)
        eps = self.eps if self.eps is not None else float(np.finfo(x.dtype).eps)
        return _last_normalized(self, x, [self.weight], eps, False)

    def extra_repr(self) -> str:
        """Return the lengths and what differs from the defaults."""
        return f"{self.normalized_shape}, eps={self.eps}{', no parameters' if self.weight is None else ''}"


def _last_normalized(layer: Any, x: Any, parameters: list[Any], eps: float, centred: bool) -> Any:
    """Return an array normalised along its last axes."""
    shape = layer.normalized_shape
    count = math.prod(shape)
    layout = Layout((math.prod(x.shape) // count, count, 1), 1, eps, centred)
    axes = tuple(range(-len(shape), 0))
    computed = functools.partial(standardized, axes=axes, eps=eps, shape=shape, centred=centred)
    return normalize("normalize", layout, [x, *(p for p in parameters if p is not None)], computed)[0]


def _check_last(layer: Any, x: Any, normalized_shape: tuple[int, ...]) -> None:
    """Raise a ShapeError if the last axes of an input are not those that a layer was made for."""
    shape = shape_of(x, type(layer).__name__)
    if shape is None or shape[-len(normalized_shape) :] != normalized_shape:
        raise ShapeError(
            f"{type(layer).__name__}({normalized_shape}) expects an array or Tensor whose last axes have the lengths "
            f"{normalized_shape}, and got {got(x)}"
        )


class GroupNorm(Module):
    """Groups of channels of each sample minus their mean, divided by their deviation, times weight, plus bias.

    Y. Wu & K. He, *Group normalization*, ECCV 2018.

    Parameters
    ----------
    num_groups : int
        Into how many groups the channels are parted.
    num_channels : int
    eps : float
    affine : bool
        Whether there are a weight, which starts as 1, and a bias, which starts as 0, for each channel.
    dtype : floating dtype
        Of the parameters.

    Attributes
    ----------
    weight, bias : Tensor of shape (num_channels,), or None

    Raises
    ------
    ShapeError
        If a number is not a positive integer, the groups are not of equal size, or the input has other channels.
    DtypeError
        If ``dtype`` is not a floating one.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.GroupNorm(2, 4, eps=0)(np.array([[1.0, 3.0, 5.0, -5.0]])).data
    array([[-1.,  1.,  1., -1.]])
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, dtype: Any = float):
        self.num_groups = whole(num_groups, "GroupNorm", "num_groups")
        self.num_channels = whole(num_channels, "GroupNorm", "num_channels")
        if num_channels % num_groups:
            raise ShapeError(
                f"GroupNorm(num_groups={num_groups}, num_channels={num_channels}): groups of equal size are needed"
            )
        self.eps = epsilon(eps, "GroupNorm")
        dtype = floating(dtype, "GroupNorm")
        self.weight = parameter(np.ones(num_channels, dtype)) if affine else None
        self.bias = parameter(np.zeros(num_channels, dtype)) if affine else None

    def forward(self, x: Any) -> Any:
        """Return the normalised samples.

        Parameters
        ----------
        x : Tensor or array of shape (N, num_channels, ...)

        Returns
        -------
        Tensor of the shape of ``x``
        """
        shape = shape_of(x, type(self).__name__)
        if shape is None or len(shape) < 2 or shape[1] != self.num_channels:
            raise ShapeError(
                f"{type(self).__name__}({self.num_groups}, {self.num_channels}) expects an array or Tensor of shape "
                f"(N, {self.num_channels}, ...), and got {got(x)}"
            )
        group = self.num_channels // self.num_groups
        behind = math.prod(shape[2:])
        grouped, beside = (shape[0], self.num_groups, group, behind), (self.num_groups, group, 1)

        def computed(x: Any, *parameters: Any) -> tuple[Any, ...]:
            y = standardized(np.reshape(x, grouped), *parameters, axes=(-2, -1), eps=self.eps, shape=beside)[0]
            return (np.reshape(y, shape),)

        layout = Layout((shape[0], self.num_channels, behind), self.num_groups, self.eps)
        parameters = [p for p in (self.weight, self.bias) if p is not None]
        return normalize("group_normalize", layout, [x, *parameters], computed)[0]

    def extra_repr(self) -> str:
        """Return the numbers and what differs from the defaults."""
        words = f"{self.num_groups}, {self.num_channels}, eps={self.eps}"
        return words + (", no parameters" if self.weight is None else "")
