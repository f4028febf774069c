"""Convolution of stacks of arrays with learnt kernels, and its transpose, in any number of dimensions.

The value is the matrix product of kernels and unfolded windows (`windows.unfold`), and so are the derivatives: the
rules say it in these words, and on plain arrays go through `convolution_products`, which does the same with less
overhead and less memory. Layout and sources: `windows`.
"""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from autograd_lite.core.primitive import general, multilinear
from autograd_lite.errors import ShapeError
from autograd_lite.rules import convolution_products as products
from autograd_lite.rules.einsum import einsum
from autograd_lite.rules.geometry import check_fit, of_each, padding_pairs
from autograd_lite.rules.shaping import as_array
from autograd_lite.rules.windows import Lengths, Pairs, fold, unfold


def convolution(
    x: Any,
    weight: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    bias: Any = None,
) -> Any:
    """Return the cross-correlation of each input with each kernel, summed over channels.

    out[n, o, p] = Σ_c Σ_k weight[o, c, k] x[n, c, p * stride + k * dilation - padding]

    Parameters
    ----------
    x : Tensor or array of shape (batch, channels, *space)
    weight : Tensor or array of shape (out_channels, channels // groups, *kernel)
    stride : int or sequence of int
        Distance between windows, one for all axes or one for each.
    padding : int, sequence of int or of pairs of int, "valid" or "same"
        Zeros before and after each axis. "valid": none. "same": as many as make the output ceil(space / stride) long,
        the odd one at the end.
    dilation : int or sequence of int
        Distance between the elements of a window.
    groups : int
        Into how many groups of channels input and output are parted; a group of the output sees its own of the input.
    bias : Tensor or array of shape (out_channels,), optional
        Added to each channel of the output.

    Returns
    -------
    Tensor, or array if no argument is a Tensor, of shape (batch, out_channels, *positions)
        positions = (space + padding before and after - dilation * (kernel - 1) - 1) // stride + 1

    Raises
    ------
    ShapeError
        If the shapes do not match, or a number is out of range.

    Notes
    -----
    As everywhere in the field this is a correlation: the kernel is not reversed. The lengths are those of V. Dumoulin &
    F. Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285. The elements of the output lie in
    memory with the batch last, which the next convolution, pooling or product reads without copying.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.rules.convolution import convolution
    >>> x, weight = np.arange(4.0).reshape(1, 1, 4), np.array([[[1.0, 10.0]]])
    >>> convolution(x, weight)
    array([[[10., 21., 32.]]])
    >>> ag.grad(lambda weight: np.sum(convolution(x, weight)))(weight)
    array([[[3., 6.]]])
    """
    name = "convolution"
    x, weight = as_array(x), as_array(weight)
    space, kernel = _checked(name, x, weight, groups, x_channels=1)
    stride, dilation = (of_each(name, *given, len(kernel)) for given in (("stride", stride), ("dilation", dilation)))
    pairs = padding_pairs(name, padding, space, kernel, stride, dilation)
    check_fit(name, space, kernel, dilation, pairs)
    if bias is None:
        return _convolution(x, weight, stride=stride, dilation=dilation, padding=pairs, groups=groups)
    bias = as_array(bias)
    if bias.shape != weight.shape[:1]:
        raise ShapeError(
            f"{name}: bias has the shape {bias.shape}, and weight of shape {weight.shape} needs {weight.shape[:1]}"
        )
    return _convolution_with_bias(x, weight, bias, stride=stride, dilation=dilation, padding=pairs, groups=groups)


def convolution_transpose(
    x: Any,
    weight: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    output_padding: Any = 0,
) -> Any:
    """Return the transpose of `convolution` applied to an array: each element spreads its kernel over the output.

    out[n, o, p * stride + k * dilation - padding] += x[n, c, p] weight[c, o, k]

    Parameters
    ----------
    x : Tensor or array of shape (batch, channels, *space)
    weight : Tensor or array of shape (channels, out_channels // groups, *kernel)
        The kernels of the convolution of which this is the transpose.
    stride, dilation : int or sequence of int
        As for `convolution`.
    padding : int, sequence of int or of pairs of int
        How much is cut off before and after each axis of the output.
    groups : int
        As for `convolution`.
    output_padding : int or sequence of int
        How much longer the output is at its end; several lengths of input have the same length of output in a
        convolution with strides.

    Returns
    -------
    Tensor, or array if no argument is a Tensor, of shape (batch, out_channels, *lengths)
        lengths = (space - 1) * stride - padding before and after + dilation * (kernel - 1) + 1 + output_padding

    Raises
    ------
    ShapeError
        If the shapes do not match, or a number is out of range.

    Notes
    -----
    V. Dumoulin & F. Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285, section 4.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.rules.convolution import convolution_transpose
    >>> convolution_transpose(np.array([[[1.0, 2.0]]]), np.array([[[1.0, 10.0]]]), stride=2)
    array([[[ 1., 10.,  2., 20.]]])
    """
    name = "convolution_transpose"
    x, weight = as_array(x), as_array(weight)
    count, kernel = _checked(name, x, weight, groups, x_channels=0)
    stride, dilation = (of_each(name, *given, len(kernel)) for given in (("stride", stride), ("dilation", dilation)))
    if isinstance(padding, str) and padding != "valid":
        raise ShapeError(f"{name}: padding={padding!r} has no one meaning here: give the numbers that are cut off")
    pairs = padding_pairs(name, padding, count, kernel, stride, dilation)
    further = of_each(name, "output_padding", output_padding, len(kernel), least=0)
    if any(more >= max(s, d) for more, s, d in zip(further, stride, dilation, strict=True)):
        raise ShapeError(f"{name}: output_padding={output_padding!r} must be less than stride={stride} or dilation")
    # What is longer than cut off at an end is zeros: no window reaches there.
    cut = tuple((low, max(high - more, 0)) for (low, high), more in zip(pairs, further, strict=True))
    longer = tuple((0, max(more - high, 0)) for (_, high), more in zip(pairs, further, strict=True))
    shape = tuple(
        (n - 1) * s - sum(pair) + d * (k - 1) + 1
        for n, s, pair, d, k in zip(count, stride, cut, dilation, kernel, strict=True)
    )
    if any(n < 1 for n in shape):
        raise ShapeError(f"{name}: an input of shape {x.shape} gives the lengths {shape}: less padding is needed")
    where, place, _ = _letters(len(kernel))
    windows = _joined(
        einsum(f"ngc{where},gco{place}->ngo{place}{where}", _parted(x, 1, groups), _parted(weight, 0, groups)), 1
    )
    out = fold(windows, shape=shape, window=kernel, stride=stride, dilation=dilation, padding=cut)
    return np.pad(out, ((0, 0), (0, 0), *longer)) if any(map(any, longer)) else out


# The primitive. Letters: n batch, g groups, o and c channels of output and input; capitals for space.


def _letters(count: int) -> tuple[str, str, str]:
    """Return letters for positions of windows, for places in a window, and for both behind each other."""
    where, place = string.ascii_uppercase[:count], string.ascii_uppercase[count : 2 * count]
    return where, place, place + where


def _parted(x: Any, axis: int, groups: int) -> Any:
    """Return an array with an axis of channels parted into groups."""
    return np.reshape(x, (*x.shape[:axis], groups, x.shape[axis] // groups, *x.shape[axis + 1 :]))


def _joined(x: Any, axis: int) -> Any:
    """Return an array with groups and their channels in one axis again."""
    return np.reshape(x, (*x.shape[:axis], x.shape[axis] * x.shape[axis + 1], *x.shape[axis + 2 :]))


def _convolve(x: Any, weight: Any, stride: Lengths, dilation: Lengths, padding: Pairs, groups: int) -> Any:
    if type(x) is type(weight) is np.ndarray:
        return products.convolve(x, weight, stride, dilation, padding, groups)
    where, place, both = _letters(len(stride))
    windows = unfold(x, window=weight.shape[2:], stride=stride, dilation=dilation, padding=padding)
    return _joined(
        einsum(f"ngc{both},goc{place}->ngo{where}", _parted(windows, 1, groups), _parted(weight, 0, groups)), 1
    )


def _convolve_with_bias(
    x: Any, weight: Any, bias: Any, stride: Lengths, dilation: Lengths, padding: Pairs, groups: int
) -> Any:
    if type(x) is type(weight) is type(bias) is np.ndarray:
        return products.convolve(x, weight, stride, dilation, padding, groups, bias)
    out = _convolve(x, weight, stride, dilation, padding, groups)
    return out + np.reshape(bias, (bias.shape[0], *(1,) * len(stride)))


def _to_input(
    g: Any, weight: Any, x_shape: Lengths, stride: Lengths, dilation: Lengths, padding: Pairs, groups: int
) -> Any:
    if type(g) is type(weight) is np.ndarray:
        return products.to_input(g, weight, x_shape, stride, dilation, padding, groups)
    where, place, both = _letters(len(stride))
    channels = g.ndim - len(stride) - 1
    windows = einsum(
        f"...ngo{where},goc{place}->...ngc{both}", _parted(g, channels, groups), _parted(weight, 0, groups)
    )
    return fold(
        _joined(windows, channels), shape=x_shape[2:], window=weight.shape[2:], stride=stride, dilation=dilation,
        padding=padding,
    )  # fmt: skip


def _to_kernel(
    g: Any, x: Any, weight_shape: Lengths, stride: Lengths, dilation: Lengths, padding: Pairs, groups: int
) -> Any:
    if type(g) is type(x) is np.ndarray and g.ndim == x.ndim:
        return products.to_kernel(g, x, weight_shape, stride, dilation, padding, groups)
    where, place, both = _letters(len(stride))
    windows = unfold(x, window=weight_shape[2:], stride=stride, dilation=dilation, padding=padding)
    channels = g.ndim - len(stride) - 1
    made = einsum(f"...ngo{where},ngc{both}->...goc{place}", _parted(g, channels, groups), _parted(windows, 1, groups))
    return _joined(made, channels - 1)


def _to_bias(g: Any, bias_shape: Lengths, stride: Lengths) -> Any:
    """Return the sum over samples and positions."""
    n = len(stride)
    if type(g) is np.ndarray and g.ndim == n + 2:
        return products.to_bias(g)
    return np.sum(g, axis=(-n - 2, *range(-n, 0)))


_convolution = multilinear(_convolve, name="convolution", x=_to_input, weight=_to_kernel)
_convolution_with_bias = general(_convolve_with_bias, name="convolution", x=_to_input, weight=_to_kernel, bias=_to_bias)


def _checked(name: str, x: Any, weight: Any, groups: int, x_channels: int) -> tuple[Lengths, Lengths]:
    """Return the lengths of the axes of space of the input and of the kernel.

    ``x_channels`` says which axis of the kernels belongs to the channels of the input.

    Raises
    ------
    ShapeError
        If input and kernels do not go together.
    """
    if x.ndim != weight.ndim or x.ndim < 3:
        raise ShapeError(
            f"{name}: x needs the shape (batch, channels, *space) and weight one axis of kernel for each of space, "
            f"got the shapes {x.shape} and {weight.shape}"
        )
    needed = weight.shape[x_channels] * (groups if x_channels else 1)
    if groups < 1 or weight.shape[0] % groups or x.shape[1] != needed:
        raise ShapeError(
            f"{name}: with groups={groups}, weight of shape {weight.shape} is for {needed} channels in groups of equal "
            f"size, and x of shape {x.shape} has {x.shape[1]}"
        )
    return x.shape[2:], weight.shape[2:]
