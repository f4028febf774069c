"""Convolution layers: `Conv1d`, `Conv2d` and their transposes; the arithmetic is that of `rules.convolution`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError
from autograd_lite.nn.arguments import floating, got, parameter, shape_of, whole, window_misfit
from autograd_lite.nn.initializers import generator_or_default, uniform_by_fan_in
from autograd_lite.nn.module import Module
from autograd_lite.rules.convolution import convolution, convolution_transpose
from autograd_lite.rules.geometry import of_each, padding_pairs

#: PyTorch's names of how to pad, and NumPy's.
_PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


class _Convolution(Module):
    """What convolutions and their transposes share."""

    axes = 0  # of space

    def _sizes(self, in_channels: Any, out_channels: Any, kernel_size: Any, groups: Any) -> None:
        """Take and check the numbers that the shape of the kernels follows from."""
        name = type(self).__name__
        self.in_channels = whole(in_channels, name, "in_channels")
        self.out_channels = whole(out_channels, name, "out_channels")
        self.kernel_size = of_each(name, "kernel_size", kernel_size, self.axes)
        self.groups = whole(groups, name, "groups")
        if in_channels % groups or out_channels % groups:
            raise ShapeError(
                f"{name}({in_channels}, {out_channels}, groups={groups}): both numbers of channels must be multiples "
                f"of the number of groups"
            )

    def _start(self, first: int, second: int, bias: bool, dtype: Any, generator: Any) -> None:
        """Draw the initial kernels, of shape (first, second, *kernel_size), and the bias, if there is to be one."""
        dtype, generator = floating(dtype, type(self).__name__), generator_or_default(generator)
        fan_in = second * math.prod(self.kernel_size)
        self.weight = parameter(uniform_by_fan_in((first, second, *self.kernel_size), fan_in, dtype, generator))
        self.bias = parameter(uniform_by_fan_in((self.out_channels,), fan_in, dtype, generator)) if bias else None

    def forward(self, x: Any) -> Any:
        """Return the convolved input.

        Parameters
        ----------
        x : Tensor or array of shape (N, in_channels, *space), or (in_channels, *space) for a single sample

        Returns
        -------
        Tensor of shape (N, out_channels, *lengths), or (out_channels, *lengths)
        """
        shape = shape_of(x, type(self).__name__)
        if shape is None or not 0 <= len(shape) - self.axes - 1 <= 1 or shape[-self.axes - 1] != self.in_channels:
            raise self._misfit(x)
        return self._of_batch(x) if len(shape) == self.axes + 2 else self._of_batch(x[None])[0]

    def _of_batch(self, x: Any) -> Any:
        raise NotImplementedError

    def _misfit(self, x: Any) -> ShapeError:
        space = ", ".join(("height", "width") if self.axes == 2 else ("length",))
        hint = " Images of one channel get an axis for it: x[:, None]." if self.in_channels == 1 else ""
        return ShapeError(
            f"{type(self).__name__}({self.in_channels} → {self.out_channels}) expects an array or Tensor of shape "
            f"(N, {self.in_channels}, {space}), and got {got(x)}.{hint}"
        )

    def extra_repr(self) -> str:
        """Return the sizes and what differs from the defaults."""
        words = [f"{self.in_channels} → {self.out_channels}, {'×'.join(map(str, self.kernel_size))}"]
        defaults = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1, "padding_mode": "zeros"}
        for name, default in defaults.items():
            value = getattr(self, name, default)
            if value not in (default, (default,) * self.axes):
                words.append(f"{name}={value}")
        return ", ".join(words) + ("" if self.bias is not None else ", no bias")


class Conv2d(_Convolution):
    """Correlation of images with kernels that are learnt, plus bias.

    out[n, o, i, j] = bias[o] + Σ_c Σ_kl weight[o, c, k, l] x[n, c, i · stride + k · dilation - padding, …]

    Y. LeCun et al., *Gradient-based learning applied to document recognition*, Proc. IEEE 86 (1998).

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size : int or pair of int
    stride : int or pair of int
        Distance between windows.
    padding : int or pair of int, "same" or "valid"
        How much is added before and after each axis. "same": as much as makes the output as long as the input, or as
        its length divided by the stride, rounded up. "valid": nothing.
    dilation : int or pair of int
        Distance between the elements of a window.
    groups : int
        Into how many groups the channels are parted; a group of the output sees its own of the input.
    bias : bool
        Whether a number is added to each channel of the output.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}
        What is added: zeros, the input mirrored without its edge, its edge, or its other end.
    dtype : floating dtype
        Of the parameters.
    generator : numpy.random.Generator, optional
        Where the initial values come from, evenly from ±1/√(in_channels / groups · elements of a window); the one
        that ``nn.seed`` starts if not given.

    Attributes
    ----------
    weight : Tensor of shape (out_channels, in_channels // groups, *kernel_size)
    bias : Tensor of shape (out_channels,), or None

    Raises
    ------
    ShapeError
        If a number is out of range, or the input has another shape or is shorter than a window.
    ValueError
        If there is no such padding mode.
    DtypeError
        If ``dtype`` is not a floating one.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> layer = nn.Conv2d(1, 8, 3, padding=1)
    >>> layer(np.zeros((64, 1, 28, 28))).shape
    (64, 8, 28, 28)
    >>> layer
    Conv2d(1 → 8, 3×3, padding=(1, 1))         80
    """

    axes = 2

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        name = type(self).__name__
        self._sizes(in_channels, out_channels, kernel_size, groups)
        self.stride = of_each(name, "stride", stride, self.axes)
        self.dilation = of_each(name, "dilation", dilation, self.axes)
        self.padding = padding if isinstance(padding, str) else of_each(name, "padding", padding, self.axes, least=0)
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ShapeError(f"{name}(padding={padding!r}) must be 'same', 'valid', or numbers")
        if padding_mode not in _PADDING_MODES:
            raise ValueError(f"{name}(padding_mode={padding_mode!r}) must be one of {', '.join(_PADDING_MODES)}")
        self.padding_mode = padding_mode
        self._start(out_channels, in_channels // groups, bias, dtype, generator)

    def _of_batch(self, x: Any) -> Any:
        padding, shape = self.padding, x.shape
        if self.padding_mode != "zeros":
            space = x.shape[2:]
            pairs = padding_pairs(type(self).__name__, padding, space, self.kernel_size, self.stride, self.dilation)
            self._check_margins(space, pairs)
            x = np.pad(x, ((0, 0), (0, 0), *pairs), mode=_PADDING_MODES[self.padding_mode])  # type: ignore[arg-type]
            padding = 0
        try:
            return convolution(x, self.weight, self.stride, padding, self.dilation, self.groups, self.bias)
        except ShapeError:
            raise window_misfit(self, shape) from None

    def _check_margins(self, space: tuple[int, ...], pairs: Any) -> None:
        """Raise a ShapeError if more is to be mirrored, or laid around, than there is."""
        least = {"reflect": 1, "circular": 0}.get(self.padding_mode)
        if least is not None and any(max(pair) > n - least for n, pair in zip(space, pairs, strict=True)):
            raise ShapeError(
                f"{type(self).__name__}(padding={self.padding!r}, padding_mode={self.padding_mode!r}) got an input "
                f"with the lengths {space}, which are too short to be padded by {pairs} from within"
            )


class Conv1d(Conv2d):
    """The same as `Conv2d`, with the same arguments, for sequences of shape (N, in_channels, length).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.Conv1d(3, 8, 5, stride=2)(np.zeros((16, 3, 21))).shape
    (16, 8, 9)
    """

    axes = 1


class ConvTranspose2d(_Convolution):
    """The transpose of `Conv2d`, plus bias: each element spreads its kernel over the output, which grows by strides.

    V. Dumoulin & F. Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285, section 4.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size : int or pair of int
    stride : int or pair of int
        Distance between the spread kernels.
    padding : int or pair of int
        How much is cut off before and after each axis of the output.
    output_padding : int or pair of int
        How much longer the output is at its end; less than stride or dilation.
    groups : int
        Into how many groups the channels are parted; a group of the output sees its own of the input.
    bias : bool
        Whether a number is added to each channel of the output.
    dilation : int or pair of int
        Distance between the elements of a kernel.
    dtype : floating dtype
        Of the parameters.
    generator : numpy.random.Generator, optional
        Where the initial values come from, evenly from ±1/√(out_channels / groups · elements of a window); the one
        that ``nn.seed`` starts if not given.

    Attributes
    ----------
    weight : Tensor of shape (in_channels, out_channels // groups, *kernel_size)
    bias : Tensor of shape (out_channels,), or None

    Raises
    ------
    ShapeError
        If a number is out of range, or the input has another shape.
    DtypeError
        If ``dtype`` is not a floating one.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.ConvTranspose2d(8, 1, 2, stride=2)(np.zeros((64, 8, 14, 14))).shape
    (64, 1, 28, 28)
    """

    axes = 2

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        name = type(self).__name__
        self._sizes(in_channels, out_channels, kernel_size, groups)
        self.stride = of_each(name, "stride", stride, self.axes)
        self.padding = of_each(name, "padding", padding, self.axes, least=0)
        self.output_padding = of_each(name, "output_padding", output_padding, self.axes, least=0)
        self.dilation = of_each(name, "dilation", dilation, self.axes)
        self._start(in_channels, out_channels // groups, bias, dtype, generator)

    def _of_batch(self, x: Any) -> Any:
        try:
            y = convolution_transpose(
                x, self.weight, self.stride, self.padding, self.dilation, self.groups, self.output_padding
            )
        except ShapeError as error:
            raise ShapeError(f"{type(self).__name__}({self.extra_repr()}): {error}") from None
        return y if self.bias is None else y + np.reshape(self.bias, (self.out_channels, *(1,) * self.axes))


class ConvTranspose1d(ConvTranspose2d):
    """The same as `ConvTranspose2d`, with the same arguments, for sequences of shape (N, in_channels, length).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.ConvTranspose1d(8, 3, 5, stride=2)(np.zeros((16, 8, 9))).shape
    (16, 3, 21)
    """

    axes = 1
