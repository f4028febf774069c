"""Pooling layers: the largest number or the mean of each window, of a given size or so many that the output has one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError
from autograd_lite.nn.arguments import as_floats, got, shape_of, whole, window_misfit
from autograd_lite.nn.module import Module
from autograd_lite.rules.geometry import of_each
from autograd_lite.rules.pooling import max_pool
from autograd_lite.rules.windows import sum_windows


class _Pooling(Module):
    """What all poolings share: the number of axes of space, and a batch of one for a single sample."""

    axes = 0

    def forward(self, x: Any) -> Any:
        """Return the pooled input.

        Parameters
        ----------
        x : Tensor or array of shape (N, channels, *space), or (channels, *space) for a single sample

        Returns
        -------
        Tensor of shape (N, channels, *positions), or (channels, *positions)
        """
        shape = shape_of(x, type(self).__name__)
        if shape is None or len(shape) - self.axes not in (1, 2):
            space = "height, width" if self.axes == 2 else "length"
            raise ShapeError(
                f"{type(self).__name__} expects an array or Tensor of shape (N, channels, {space}), and got {got(x)}"
            )
        x = as_floats(x)
        return self._of_batch(x) if len(shape) == self.axes + 2 else self._of_batch(x[None])[0]

    def _of_batch(self, x: Any) -> Any:
        raise NotImplementedError


class _Windows(_Pooling):
    """What poolings of windows of a given size share."""

    dilation: tuple[int, ...] = ()

    def _take(self, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool) -> None:
        name = type(self).__name__
        self.kernel_size = of_each(name, "kernel_size", kernel_size, self.axes)
        self.stride = self.kernel_size if stride is None else of_each(name, "stride", stride, self.axes)
        self.padding = of_each(name, "padding", padding, self.axes, least=0)
        self.ceil_mode = ceil_mode
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ShapeError(
                f"{name}(kernel_size={kernel_size!r}, padding={padding!r}): padding must be at most half of the window"
            )

    def _margins(self, space: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        """Return the padding before and after each axis, with what the last window of ``ceil_mode`` reaches over."""
        pairs = []
        for n, k, s, p, d in zip(
            space, self.kernel_size, self.stride, self.padding, self.dilation or (1,) * self.axes, strict=True
        ):
            left = n + 2 * p - d * (k - 1) - 1  # what is left behind the first window
            further = -left % s if self.ceil_mode and left > -s else 0  # a first window may reach over too
            if further and left + further >= n + p:  # the window would start behind the input
                further = 0
            pairs.append((p, p + further))
        return tuple(pairs)

    def extra_repr(self) -> str:
        """Return the size of the windows and what differs from the defaults."""
        words = ["×".join(map(str, self.kernel_size))]
        usual = {"stride": self.kernel_size, "padding": (0,) * self.axes, "dilation": (1,) * self.axes}
        words += [
            f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) not in (value, ())
        ]
        return ", ".join(words + (["ceil_mode=True"] if self.ceil_mode else []))


class MaxPool2d(_Windows):
    """The largest number of each window of images; of equal ones each gets its share of the cotangent.

    Parameters
    ----------
    kernel_size : int or pair of int
    stride : int or pair of int, optional
        Distance between windows; if not given, they stand side by side.
    padding : int or pair of int
        How far windows reach over the ends, where nothing is chosen; at most half of the window.
    dilation : int or pair of int
        Distance between the elements of a window.
    ceil_mode : bool
        Whether a last window is taken that reaches over the end, if it starts before it.

    Raises
    ------
    ShapeError
        If a number is out of range, or the input has another number of axes or is shorter than a window.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.MaxPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """

    axes = 2

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
    ):
        self._take(kernel_size, stride, padding, ceil_mode)
        self.dilation = of_each(type(self).__name__, "dilation", dilation, self.axes)

    def _of_batch(self, x: Any) -> Any:
        try:
            return max_pool(x, self.kernel_size, self.stride, self._margins(x.shape[2:]), self.dilation)
        except ShapeError:
            raise window_misfit(self, x.shape) from None


class MaxPool1d(MaxPool2d):
    """The same as `MaxPool2d`, with the same arguments, for sequences of shape (N, channels, length).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.MaxPool1d(2)(np.array([[[1.0, 3.0, 2.0, 0.0]]]))
    array([[[3., 2.]]])
    """

    axes = 1


class AvgPool2d(_Windows):
    """The mean of each window of images.

    Parameters
    ----------
    kernel_size : int or pair of int
    stride : int or pair of int, optional
        Distance between windows; if not given, they stand side by side.
    padding : int or pair of int
        How many zeros stand before and after each axis; at most half of the window.
    ceil_mode : bool
        Whether a last window is taken that reaches over the end, if it starts before it.
    count_include_pad : bool
        Whether the zeros count.
    divisor_override : int, optional
        By what sums are divided, in place of the number of elements.

    Raises
    ------
    ShapeError
        If a number is out of range, or the input has another number of axes or is shorter than a window.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.AvgPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])
    """

    axes = 2

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ):
        self._take(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = count_include_pad
        if divisor_override is not None:
            whole(divisor_override, type(self).__name__, "divisor_override")
        self.divisor_override = divisor_override

    def _of_batch(self, x: Any) -> Any:
        space = x.shape[2:]
        margins, once = self._margins(space), (1,) * self.axes
        if any(n + sum(pair) < k for n, pair, k in zip(space, margins, self.kernel_size, strict=True)):
            raise window_misfit(self, x.shape)
        total = sum_windows(x, window=self.kernel_size, stride=self.stride, dilation=once, padding=margins)
        return total / self._divisor(space, margins, total.shape[2:], x.dtype)

    def _divisor(self, space: Any, margins: Any, count: tuple[int, ...], dtype: Any) -> Any:
        """Return how many elements count in each window: a number, or an array for windows that reach over an end."""
        if self.divisor_override is not None:
            return self.divisor_override
        if not any(map(any, margins)):
            return math.prod(self.kernel_size)
        divisor: Any = 1
        for i, (n, k, s, p) in enumerate(zip(space, self.kernel_size, self.stride, self.padding, strict=True)):
            start = np.arange(count[i]) * s - p
            outer = p if self.count_include_pad else 0
            inside = np.minimum(start + k, n + outer) - np.maximum(start, -outer)
            divisor = divisor * inside.reshape(-1, *(1,) * (self.axes - 1 - i))
        return divisor.astype(dtype)


class AvgPool1d(AvgPool2d):
    """The same as `AvgPool2d`, but for the last argument, for sequences of shape (N, channels, length).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.AvgPool1d(2)(np.array([[[1.0, 3.0, 2.0, 0.0]]]))
    array([[[2., 1.]]])
    """

    axes = 1

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ):
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)


class _Adaptive(_Pooling):
    """What poolings to a given size of the output share."""

    def __init__(self, output_size: Any):
        name = type(self).__name__
        sizes = tuple(output_size) if isinstance(output_size, Sequence) else (output_size,) * self.axes
        if len(sizes) != self.axes:
            raise ShapeError(f"{name}(output_size={output_size!r}) must be one length for all axes or {self.axes}")
        self.output_size = tuple(None if n is None else whole(n, name, "output_size") for n in sizes)

    def _sizes(self, space: tuple[int, ...]) -> tuple[int, ...]:
        """Return the lengths of the output; None stands for that of the input.

        Raises
        ------
        ShapeError
            If there is nothing to pool.
        """
        if 0 in space:
            raise ShapeError(f"{type(self).__name__} got images or sequences of the lengths {space}: nothing to pool")
        return tuple(n if size is None else size for n, size in zip(space, self.output_size, strict=True))

    def extra_repr(self) -> str:
        """Return the size of the output."""
        return str(self.output_size)


def _bounds(n: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where windows start and end that part ``n`` elements as evenly as they can, overlapping if they must."""
    i = np.arange(size)
    return i * n // size, -((i + 1) * n // -size)


def _are_even(space: tuple[int, ...], sizes: tuple[int, ...]) -> bool:
    return all(n and n % size == 0 for n, size in zip(space, sizes, strict=True))


class AdaptiveAvgPool2d(_Adaptive):
    """Means of windows, so many and so large that images get a given size; window i of m starts at ⌊i n / m⌋.

    Parameters
    ----------
    output_size : int, None, or pair of them
        None: the length of the input.

    Raises
    ------
    ShapeError
        If a length is not a positive integer, or the input has another number of axes.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.AdaptiveAvgPool2d(1)(np.arange(16.0).reshape(1, 1, 4, 4))
    array([[[[7.5]]]])
    """

    axes = 2

    def _of_batch(self, x: Any) -> Any:
        space = x.shape[2:]
        sizes = self._sizes(space)
        if _are_even(space, sizes):
            window = tuple(n // size for n, size in zip(space, sizes, strict=True))
            once, margins = (1,) * self.axes, ((0, 0),) * self.axes
            return sum_windows(x, window=window, stride=window, dilation=once, padding=margins) / math.prod(window)
        for axis, (n, size) in enumerate(zip(space, sizes, strict=True), start=-self.axes):
            x = np.swapaxes(np.swapaxes(x, axis, -1) @ _means(n, size, x.dtype), axis, -1)
        return x


def _means(n: int, size: int, dtype: Any) -> np.ndarray:
    """Return the matrix of shape (n, size) that takes the means of windows."""
    start, end = _bounds(n, size)
    place = np.arange(n)[:, None]
    return (((place >= start) & (place < end)) / (end - start)).astype(dtype)


class AdaptiveAvgPool1d(AdaptiveAvgPool2d):
    """The same as `AdaptiveAvgPool2d`, for sequences of shape (N, channels, length).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.AdaptiveAvgPool1d(2)(np.array([[[1.0, 3.0, 5.0]]]))
    array([[[2., 4.]]])
    """

    axes = 1


class AdaptiveMaxPool2d(_Adaptive):
    """Largest numbers of windows, so many and so large that images get a given size; see `AdaptiveAvgPool2d`.

    Parameters
    ----------
    output_size : int, None, or pair of them
        None: the length of the input.

    Raises
    ------
    ShapeError
        If a length is not a positive integer, or the input has another number of axes.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.AdaptiveMaxPool2d((1, None))(np.arange(6.0).reshape(1, 1, 2, 3))
    array([[[[3., 4., 5.]]]])
    """

    axes = 2

    def _of_batch(self, x: Any) -> Any:
        space = x.shape[2:]
        sizes = self._sizes(space)
        if _are_even(space, sizes):
            return max_pool(x, tuple(n // size for n, size in zip(space, sizes, strict=True)))
        for axis, (n, size) in enumerate(zip(space, sizes, strict=True), start=-self.axes):
            start, end = _bounds(n, size)
            # Short windows name their last element again, which changes neither the maximum nor its cotangent.
            places = np.minimum(start[:, None] + np.arange(np.max(end - start)), end[:, None] - 1)
            x = np.swapaxes(np.max(np.swapaxes(x, axis, -1)[..., places], axis=-1), axis, -1)
        return x


class AdaptiveMaxPool1d(AdaptiveMaxPool2d):
    """The same as `AdaptiveMaxPool2d`, for sequences of shape (N, channels, length).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.AdaptiveMaxPool1d(2)(np.array([[[1.0, 3.0, 5.0]]]))
    array([[[3., 5.]]])
    """

    axes = 1
