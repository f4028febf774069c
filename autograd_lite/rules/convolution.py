"""Convolution of stacks of arrays with learnt kernels, and its transpose, in any number of dimensions.

A convolution is the matrix product of its kernels with the windows of its input (`windows.unfold`), so that its
derivatives are those of a product, through BLAS, and of the unfolding. The unfolded input is kept for the gradient of
the kernels: making it again would cost as much as the product.
"""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError
from autograd_lite.rules.einsum import contraction
from autograd_lite.rules.geometry import check_fit, of_each, padding_pairs
from autograd_lite.rules.shaping import as_array
from autograd_lite.rules.windows import Lengths, fold, unfold


def convolution(x: Any, weight: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
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
    windows = unfold(x, window=kernel, stride=stride, dilation=dilation, padding=pairs)
    places, count = _letters(len(kernel))
    return _product(windows, weight, groups, f"nc{places}{count},oc{places}->no{count}")


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
    shape = tuple(
        (n - 1) * s - sum(pair) + d * (k - 1) + 1 + more
        for n, s, pair, d, k, more in zip(count, stride, pairs, dilation, kernel, further, strict=True)
    )
    if any(n < 1 for n in shape):
        raise ShapeError(f"{name}: an input of shape {x.shape} gives the lengths {shape}: less padding is needed")
    places, positions = _letters(len(kernel))
    windows = _product(x, weight, groups, f"nc{positions},co{places}->no{places}{positions}")
    return fold(windows, shape=shape, window=kernel, stride=stride, dilation=dilation, padding=pairs)


def _letters(count: int) -> tuple[str, str]:
    """Return letters for the places in a window and for the positions of windows."""
    return string.ascii_uppercase[:count], string.ascii_uppercase[count : 2 * count]


def _product(x: Any, weight: Any, groups: int, subscripts: str) -> Any:
    """Contract channels, group by group: those of ``x`` are its second axis, those of ``weight`` are parted already."""
    if groups == 1:
        return contraction(x, weight, subscripts=subscripts)
    first, second, made = subscripts.replace("->", ",").split(",")
    x = np.reshape(x, (x.shape[0], groups, x.shape[1] // groups, *x.shape[2:]))
    weight = np.reshape(weight, (groups, weight.shape[0] // groups, *weight.shape[1:]))
    out = contraction(x, weight, subscripts=f"ng{first[1:]},g{second}->ng{made[1:]}")
    return np.reshape(out, (out.shape[0], groups * out.shape[2], *out.shape[3:]))


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
