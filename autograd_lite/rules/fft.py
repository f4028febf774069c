"""Discrete Fourier transforms: `numpy.fft` as compositions of four linear primitives along one axis.

The matrix of the transform, F[j, k] = exp(-2πi jk / n), is symmetric, so that the rule of `fft` is `fft` itself and
that of `ifft` is `ifft`, each in its own normalisation. Where the values on one side are real (`rfft`, `irfft`), every
frequency but 0 and n/2 stands for a pair of conjugates, of which only one is kept; its cotangent is halved on one way
and doubled on the other. Definitions: NumPy's manual, "Discrete Fourier Transform"; the adjoints follow from Re(g dz).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.core.primitive import implements, linear
from autograd_lite.rules.axes import along, one_from_back

# A transform of one kind and one of the other are adjoint if the first is scaled as the second is not.
_ADJOINT_NORM: dict[str | None, Any] = {"backward": "forward", "forward": "backward", "ortho": "ortho", None: "forward"}


def _to_length(g: Any, x_shape: tuple[int, ...], axis: int) -> Any:
    """Return the cotangent of what was cropped or padded with zeros: padded or cropped."""
    have, want = g.shape[axis], x_shape[axis]
    if have >= want:
        return g if have == want else g[along(axis, slice(None, want))]
    return np.pad(g, [(0, want - have if i == axis + g.ndim else 0) for i in range(g.ndim)])


def _pairs(like: Any, n: int, axis: int, weight: float) -> Any:
    """Return ``weight`` for each frequency that stands for a conjugate pair and 1 for 0 and n/2, along the axis."""
    weights = np.full(n // 2 + 1, weight, np.finfo(like.dtype).dtype)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return np.reshape(weights, (-1,) + (1,) * (-axis - 1))


def _rfft_to_x(g: Any, x_shape: tuple[int, ...], n: int, axis: int, norm: Any) -> Any:
    halved = np.conjugate(g) * _pairs(g, n, axis, 0.5)
    return _to_length(np.fft.irfft(halved, n, axis, _ADJOINT_NORM[norm]), x_shape, axis)


def _irfft_to_x(g: Any, x_shape: tuple[int, ...], n: int, axis: int, norm: Any) -> Any:
    doubled = np.conjugate(np.fft.rfft(g, n, axis, _ADJOINT_NORM[norm])) * _pairs(g, n, axis, 2)
    return _to_length(doubled, x_shape, axis)


_fft = linear(
    lambda x, n, axis, norm: np.fft.fft(x, n, axis, norm), name="fft",
    x=lambda g, x_shape, axis, norm: _to_length(np.fft.fft(g, None, axis, norm), x_shape, axis),
)  # fmt: skip
_ifft = linear(
    lambda x, n, axis, norm: np.fft.ifft(x, n, axis, norm), name="ifft",
    x=lambda g, x_shape, axis, norm: _to_length(np.fft.ifft(g, None, axis, norm), x_shape, axis),
)  # fmt: skip
_rfft = linear(lambda x, n, axis, norm: np.fft.rfft(x, n, axis, norm), name="rfft", x=_rfft_to_x)
_irfft = linear(lambda x, n, axis, norm: np.fft.irfft(x, n, axis, norm), name="irfft", x=_irfft_to_x)


# One axis


@implements(np.fft.fft)
def fft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the discrete Fourier transform along an axis, cropped or padded with zeros to ``n``."""
    return _fft(a, n=n, axis=one_from_back(axis, a.ndim), norm=norm)


@implements(np.fft.ifft)
def ifft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the inverse transform along an axis."""
    return _ifft(a, n=n, axis=one_from_back(axis, a.ndim), norm=norm)


@implements(np.fft.rfft)
def rfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the frequencies 0 to n/2 of the transform of real values."""
    axis = one_from_back(axis, a.ndim)
    return _rfft(a, n=a.shape[axis] if n is None else n, axis=axis, norm=norm)


@implements(np.fft.irfft)
def irfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the real values that have these frequencies 0 to n/2."""
    axis = one_from_back(axis, a.ndim)
    if a.shape[axis] == 0:  # NumPy 2.4 gives uninitialised memory
        raise ValueError(f"np.fft.irfft: axis {axis} of shape {a.shape} holds no frequency")
    return _irfft(a, n=2 * (a.shape[axis] - 1) if n is None else n, axis=axis, norm=norm)


@implements(np.fft.hfft)
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the real spectrum of a signal with Hermitian symmetry."""
    return irfft(np.conjugate(a), n, axis, _ADJOINT_NORM[norm])


@implements(np.fft.ihfft)
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the signal with Hermitian symmetry that has this real spectrum."""
    return np.conjugate(rfft(a, n, axis, _ADJOINT_NORM[norm]))


# Several axes: one after another, as NumPy does


def _lengths(
    a: Any, s: Sequence[int] | None, axes: Sequence[int] | None, halved: bool = False
) -> list[tuple[int, int]]:
    """Return pairs of an axis and its length; ``halved``: the last axis holds the frequencies 0 to n/2 only."""
    if axes is None:
        axes = range(-a.ndim, 0) if s is None else range(-len(s), 0)
    lengths = [a.shape[axis] for axis in axes] if s is None else list(s)
    if len(lengths) != len(axes):
        raise ValueError(f"np.fft: {len(lengths)} lengths s={s} were given for {len(axes)} axes {tuple(axes)}")
    if s is None and halved:
        lengths[-1] = 2 * (lengths[-1] - 1)
    return [(axis, a.shape[axis] if n == -1 else n) for axis, n in zip(axes, lengths, strict=True)]


@implements(np.fft.fftn)
def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """Return the transform along several axes."""
    for axis, n in reversed(_lengths(a, s, axes)):
        a = fft(a, n, axis, norm)
    return a


@implements(np.fft.ifftn)
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """Return the inverse transform along several axes."""
    for axis, n in reversed(_lengths(a, s, axes)):
        a = ifft(a, n, axis, norm)
    return a


@implements(np.fft.rfftn)
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """Return the transform of real values along several axes, the last of them halved."""
    *others, (last, length) = _lengths(a, s, axes)
    a = rfft(a, length, last, norm)
    for axis, n in reversed(others):
        a = fft(a, n, axis, norm)
    return a


@implements(np.fft.irfftn)
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """Return the real values that have these frequencies along several axes, the last of them halved."""
    *others, (last, length) = _lengths(a, s, axes, halved=True)
    for axis, n in others:
        a = ifft(a, n, axis, norm)
    return irfft(a, length, last, norm)


@implements(np.fft.fft2)
def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """Return the transform along two axes."""
    return fftn(a, s, axes, norm)


@implements(np.fft.ifft2)
def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """Return the inverse transform along two axes."""
    return ifftn(a, s, axes, norm)


@implements(np.fft.rfft2)
def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """Return the transform of real values along two axes, the second of them halved."""
    return rfftn(a, s, axes, norm)


@implements(np.fft.irfft2)
def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """Return the real values that have these frequencies along two axes."""
    return irfftn(a, s, axes, norm)


# The order of frequencies


def _rolled(x: Any, axes: Any, sign: int) -> Any:
    axes = tuple(range(x.ndim)) if axes is None else (axes,) if isinstance(axes, int) else tuple(axes)
    return np.roll(x, tuple(sign * (x.shape[axis] // 2) for axis in axes), axes)


@implements(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    """Return the values with frequency zero moved to the middle."""
    return _rolled(x, axes, 1)


@implements(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """Return the values with frequency zero moved back to the front."""
    return _rolled(x, axes, -1)
