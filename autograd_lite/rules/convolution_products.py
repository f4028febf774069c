"""The products of a convolution on plain arrays: of unfolded windows all at once, or of one place after another.

Small batches take one product: of the kernels and the unfolded windows for the value, and for the derivatives its two
adjoints. That is faster than a product for each place of the window (8 → 16 channels of 64 images of 14 × 14 pixels
take 8 ms forward and backward, and 12 place by place), until the unfolded input leaves the cache. Large ones are
therefore pulled back place by place: a product of one place's weights, added or copied straight to where it belongs.
Neither the unfolded input nor its cotangent, each as many times the size of the input as the window has places, is made
then; 16 → 32 channels of 128 × 128 pixels take 19 ms forward and backward, and 36 with both of them.

All arrays lie in memory with channels first and the batch last; see `windows`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.rules.axes import batch_of
from autograd_lite.rules.windows import Lengths, Pairs, folded, inside, places, positions, unfolded

# Up to so many bytes of unfolded windows are multiplied at once.
AT_ONCE = 1 << 25

# With fewer channels the products of single places are too narrow for BLAS.
_MANY_CHANNELS = 4


def convolve(
    x: np.ndarray,
    weight: np.ndarray,
    stride: Lengths,
    dilation: Lengths,
    padding: Pairs,
    groups: int,
    bias: np.ndarray | None = None,
) -> np.ndarray:
    """Return the convolution of a batch with kernels, and with a bias added to each channel."""
    kernel = weight.shape[2:]
    count = positions(x.shape[2:], kernel, stride, dilation, padding)
    out = _grouped(weight, groups) @ _columns(x, kernel, stride, dilation, padding, groups)
    out = out.reshape((weight.shape[0], math.prod(count) * x.shape[0]))
    if bias is not None:
        out = out + bias[:, None] if out.dtype != np.result_type(out, bias) else np.add(out, bias[:, None], out=out)
    return _batch_first(out.reshape((weight.shape[0], *count, x.shape[0])))


def to_input(
    g: np.ndarray, weight: np.ndarray, x_shape: Lengths, stride: Lengths, dilation: Lengths, padding: Pairs, groups: int
) -> np.ndarray:
    """Return the cotangent of the input; ``g`` may have leading batch axes."""
    lead, count = batch_of(g, len(x_shape)), g.shape[g.ndim - len(stride) :]
    outs = _rows_of_channels(g, len(lead), groups)
    batch = math.prod(lead) * x_shape[0]
    at_once = _is_small(batch, x_shape[1], count, weight.shape[2:], g.dtype)
    pull = _to_input_at_once if at_once else _to_input_by_place
    total = pull(outs, weight, x_shape[1:], count, batch, stride, dilation, padding)
    return total.reshape(lead + x_shape) if lead else total


def to_kernel(
    g: np.ndarray, x: np.ndarray, weight_shape: Lengths, stride: Lengths, dilation: Lengths, padding: Pairs, groups: int
) -> np.ndarray:
    """Return the cotangent of the kernels."""
    outs, kernel = _rows_of_channels(g, 0, groups), weight_shape[2:]
    if weight_shape[1] >= _MANY_CHANNELS and not _is_small(x.shape[0], x.shape[1], g.shape[2:], kernel, x.dtype):
        return _to_kernel_by_place(outs, x, weight_shape, g.shape[2:], stride, dilation, padding)
    columns = _columns(x, kernel, stride, dilation, padding, groups)
    return (outs @ columns.swapaxes(1, 2)).reshape(weight_shape)


def to_bias(g: np.ndarray) -> np.ndarray:
    """Return the cotangent of the bias: the sum over samples and positions."""
    return np.add.reduce(_rows_of_channels(g, 0, 1)[0], axis=1)


def _to_input_at_once(
    outs: np.ndarray, weight: np.ndarray, shape: Lengths, count: Lengths, batch: int,
    stride: Lengths, dilation: Lengths, padding: Pairs,
) -> np.ndarray:  # fmt: skip
    kernel = weight.shape[2:]
    windows = _grouped(weight, outs.shape[0]).swapaxes(1, 2) @ outs
    windows = _batch_first(windows.reshape((shape[0], *kernel, *count, batch)))
    return folded(windows, shape[1:], kernel, stride, dilation, padding)


def _to_input_by_place(
    outs: np.ndarray, weight: np.ndarray, shape: Lengths, count: Lengths, batch: int,
    stride: Lengths, dilation: Lengths, padding: Pairs,
) -> np.ndarray:  # fmt: skip
    groups, kernel = outs.shape[0], weight.shape[2:]
    weights = _by_place(weight, groups)
    lengths = [n + sum(pair) for n, pair in zip(shape[1:], padding, strict=True)]
    total = np.zeros((shape[0], *lengths, batch), np.result_type(outs, weight))
    part = np.empty((groups, shape[0] // groups, math.prod(count) * batch), total.dtype)
    for place, slices in places(count, kernel, stride, dilation):
        np.matmul(weights[place].swapaxes(1, 2), outs, out=part)
        total[(slice(None), *slices)] += part.reshape((shape[0], *count, batch))
    return _batch_first(total[(slice(None), *inside(shape[1:], padding))])


def _to_kernel_by_place(
    outs: np.ndarray, x: np.ndarray, weight_shape: Lengths, count: Lengths,
    stride: Lengths, dilation: Lengths, padding: Pairs,
) -> np.ndarray:  # fmt: skip
    groups, kernel, batch = outs.shape[0], weight_shape[2:], x.shape[0]
    lengths = [n + sum(pair) for n, pair in zip(x.shape[2:], padding, strict=True)]
    front = np.zeros((x.shape[1], *lengths, batch), x.dtype)
    front[(slice(None), *inside(x.shape[2:], padding))] = x.transpose([*range(1, x.ndim), 0])
    window = np.empty((x.shape[1], *count, batch), x.dtype)
    columns = window.reshape((groups, weight_shape[1], math.prod(count) * batch)).swapaxes(1, 2)
    made = np.empty((*kernel, groups, weight_shape[0] // groups, weight_shape[1]), np.result_type(outs, x))
    for place, slices in places(count, kernel, stride, dilation):
        window[...] = front[(slice(None), *slices)]
        made[place] = outs @ columns
    return made.transpose([*range(len(kernel), made.ndim), *range(len(kernel))]).reshape(weight_shape)


def _is_small(batch: int, channels: int, count: Lengths, kernel: Lengths, dtype: Any) -> bool:
    """Say whether the unfolded windows are small enough to be made."""
    return batch * channels * math.prod(count) * math.prod(kernel) * dtype.itemsize <= AT_ONCE


def _columns(
    x: np.ndarray, kernel: Lengths, stride: Lengths, dilation: Lengths, padding: Pairs, groups: int
) -> np.ndarray:
    """Return the unfolded windows of a batch as matrices, one for each group, whose rows are channels and places."""
    windows = _channels_first(unfolded(x, kernel, stride, dilation, padding))
    rows = x.shape[1] // groups * math.prod(kernel)
    return windows.reshape((groups, rows, math.prod(windows.shape[1 + len(kernel) :])))


def _grouped(weight: np.ndarray, groups: int) -> np.ndarray:
    """Return the kernels as matrices, one for each group, with a row for each channel of the output."""
    return weight.reshape((groups, weight.shape[0] // groups, math.prod(weight.shape[1:])))


def _by_place(weight: np.ndarray, groups: int) -> np.ndarray:
    """Return the kernels with the places first: of shape (*kernel, groups, out_channels // groups, channels)."""
    parted = weight.reshape((groups, weight.shape[0] // groups, *weight.shape[1:]))
    return np.ascontiguousarray(parted.transpose([*range(3, parted.ndim), 0, 1, 2]))


def _rows_of_channels(g: np.ndarray, lead: int, groups: int) -> np.ndarray:
    """Return a cotangent as matrices, one for each group, with a row for each channel; batch axes are samples too."""
    outs = _channels_first(g.reshape((math.prod(g.shape[: lead + 1]), *g.shape[lead + 1 :])) if lead else g)
    return outs.reshape((groups, outs.shape[0] // groups, math.prod(outs.shape[1:])))


def _channels_first(x: np.ndarray) -> np.ndarray:
    """Return a batch with the channels first and the batch last, in memory too."""
    return np.ascontiguousarray(x.transpose([*range(1, x.ndim), 0]))


def _batch_first(x: np.ndarray) -> np.ndarray:
    """Return a batch that lies last as a view with it first."""
    return x.transpose([x.ndim - 1, *range(x.ndim - 1)])
