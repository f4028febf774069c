"""Convolution and correlation of signals, in any number of dimensions.

One primitive is behind all of them: a part of the full convolution c[n] = Σ_k x[k] y[n - k] along the last axes, from
any place on and of any length, zeros outside; further axes in front are broadcast. The family is closed: the derivative
with respect to x is the part of the convolution of the cotangent with reversed y that begins at len(y) - 1 - start. A
correlation is a convolution with the second signal reversed and conjugated; modes are parts.

A. V. Oppenheim & R. W. Schafer, *Discrete-Time Signal Processing* (3rd ed., 2010), section 8.7, has convolution by
Fourier transforms: the transform may be shorter than the full convolution as long as what wraps around stays outside
of the part.
"""

from __future__ import annotations

import functools
import itertools
import math
import string
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.core.primitive import implements, multilinear
from autograd_lite.rules.adjoints import conj
from autograd_lite.rules.shaping import as_array

Lengths = tuple[int, ...]


def _part(x: Any, y: Any, start: Lengths, shape: Lengths, method: str) -> Any:
    n = len(start)
    full = tuple(a + b - 1 for a, b in zip(x.shape[x.ndim - n :], y.shape[y.ndim - n :], strict=True))
    low = tuple(max(s, 0) for s in start)
    high = tuple(min(s + k, m) for s, k, m in zip(start, shape, full, strict=True))
    inside = METHODS[method](x, y, low, high)
    outside = [(lo - s, s + k - hi) for lo, s, k, hi in zip(low, start, shape, high, strict=True)]
    return np.pad(inside, [(0, 0)] * (inside.ndim - n) + outside) if any(map(any, outside)) else inside


def _reversed(x: Any, count: int) -> Any:
    """Return an array with its last axes reversed."""
    return np.flip(x, tuple(range(-count, 0)))


def _to_operand(g: Any, other: Any, shape: Lengths, start: Lengths, method: str) -> Any:
    n = len(start)
    begin = tuple(length - 1 - s for length, s in zip(other.shape[other.ndim - n :], start, strict=True))
    return convolution_part(g, _reversed(other, n), start=begin, shape=shape[len(shape) - n :], method=method)


convolution_part = multilinear(
    _part, name="convolve",
    x=lambda g, y, x_shape, start, method: _to_operand(g, y, x_shape, start, method),
    y=lambda g, x, y_shape, start, method: _to_operand(g, x, y_shape, start, method),
)  # fmt: skip

# Methods: the elements from ``low`` to ``high`` of the full convolution along the last axes.


def _directly(x: Any, y: Any, low: Lengths, high: Lengths) -> Any:
    n = len(low)
    plain = type(x) is type(y) is np.ndarray
    if math.prod(x.shape[x.ndim - n :]) < math.prod(y.shape[y.ndim - n :]):
        x, y = y, x
    kernel = y.shape[y.ndim - n :]
    lead = np.broadcast_shapes(x.shape[: x.ndim - n], y.shape[: y.ndim - n])
    if plain and x.ndim == y.ndim == n == 1 and low[0] == 0 and high[0] == len(x) + len(y) - 1:
        return np.convolve(x, y)
    segment = _segment(x, tuple(lo - k + 1 for lo, k in zip(low, kernel, strict=True)), high)
    count = tuple(hi - lo for lo, hi in zip(low, high, strict=True))
    if plain and n == 1 and math.prod(lead) < kernel[0]:
        return _row_by_row(segment, y, lead)
    if math.prod(count) < math.prod(kernel):
        return _output_by_output(segment, _reversed(y, n), count)
    total = None
    for place in itertools.product(*map(range, kernel)):
        slices = (slice(k - 1 - i, k - 1 - i + m) for i, k, m in zip(place, kernel, count, strict=True))
        term = segment[(Ellipsis, *slices)] * y[(Ellipsis, *place, *(None,) * n)]
        total = term if total is None else np.add(total, term, out=total) if plain else total + term
    return total


def _output_by_output(segment: Any, kernel: Any, count: Lengths) -> Any:
    """Return the products of a reversed kernel with each window of a signal, where there are few windows."""
    letters, lengths = string.ascii_letters[: len(count)], kernel.shape[kernel.ndim - len(count) :]
    products = [
        np.einsum(
            f"...{letters},...{letters}->...",
            segment[(Ellipsis, *(slice(k, k + m) for k, m in zip(place, lengths, strict=True)))],
            kernel,
        )
        for place in itertools.product(*map(range, count))
    ]
    stacked = np.stack(products, axis=-1)
    return np.reshape(stacked, (*stacked.shape[:-1], *count))


def _segment(x: Any, low: Lengths, high: Lengths) -> Any:
    """Return the elements from ``low`` to ``high`` along the last axes, zeros where there are none."""
    space = x.shape[x.ndim - len(low) :]
    slices = (slice(max(lo, 0), hi) for lo, hi in zip(low, high, strict=True))
    inside = x[(Ellipsis, *slices)]
    outside = [(max(-lo, 0), max(hi - n, 0)) for lo, hi, n in zip(low, high, space, strict=True)]
    if not any(map(any, outside)):
        return inside
    return np.pad(inside, [(0, 0)] * (x.ndim - len(low)) + outside)


def _row_by_row(segment: np.ndarray, kernel: np.ndarray, lead: Lengths) -> np.ndarray:
    signals = np.broadcast_to(segment, (*lead, segment.shape[-1]))
    kernels = np.broadcast_to(kernel, (*lead, kernel.shape[-1]))
    made = np.empty((*lead, segment.shape[-1] - kernel.shape[-1] + 1), np.result_type(segment, kernel))
    for row in np.ndindex(*lead):
        made[row] = np.convolve(signals[row], kernels[row], "valid")
    return made


def _by_transforms(x: Any, y: Any, low: Lengths, high: Lengths) -> Any:
    n = len(low)
    axes = tuple(range(-n, 0))
    lengths = tuple(
        _fast_length(max(hi, a + b - 1 - lo, a, b))
        for lo, hi, a, b in zip(low, high, x.shape[x.ndim - n :], y.shape[y.ndim - n :], strict=True)
    )
    if x.dtype.kind == "c" or y.dtype.kind == "c":
        whole = np.fft.ifftn(np.fft.fftn(x, lengths, axes) * np.fft.fftn(y, lengths, axes), lengths, axes)
    else:
        whole = np.fft.irfftn(np.fft.rfftn(x, lengths, axes) * np.fft.rfftn(y, lengths, axes), lengths, axes)
    return whole[(Ellipsis, *(slice(lo, hi) for lo, hi in zip(low, high, strict=True)))]


@functools.lru_cache(maxsize=256)
def _fast_length(n: int) -> int:
    """Return the least product of powers of 2, 3 and 5 from ``n`` on, of which transforms are fast."""
    odd = [3**i * 5**j for i in range(n.bit_length()) for j in range(n.bit_length())]
    return min(factor * 2 ** (-(-n // factor) - 1).bit_length() for factor in (1, *odd))


#: Name -> what computes a part of a convolution of arrays.
METHODS: dict[str, Callable[[Any, Any, Lengths, Lengths], Any]] = {"direct": _directly, "fft": _by_transforms}

# Modes


def part_of_mode(function: str, mode: str, x_shape: Lengths, y_shape: Lengths) -> tuple[Lengths, Lengths]:
    """Return where the part of a mode starts in the full convolution, and its shape; "same" is as long as ``x``.

    Raises
    ------
    ValueError
        If there is no such mode, or in mode "valid" if neither signal contains the other.
    """
    pairs = list(zip(x_shape, y_shape, strict=True))
    if mode == "full":
        return (0,) * len(pairs), tuple(a + b - 1 for a, b in pairs)
    if mode == "same":
        return tuple((b - 1) // 2 for _, b in pairs), x_shape
    if mode != "valid":
        raise ValueError(f"{function}: mode={mode!r} must be 'full', 'same' or 'valid'")
    if any(a < b for a, b in pairs) and any(a > b for a, b in pairs):
        raise ValueError(
            f"{function}: in mode 'valid' one signal must be at least as long as the other along every axis, got the "
            f"shapes {x_shape} and {y_shape}"
        )
    return tuple(min(pair) - 1 for pair in pairs), tuple(abs(a - b) + 1 for a, b in pairs)


@implements(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Return the convolution of two signals; "same" is as long as the longer one."""
    a, v = _signals("np.convolve", a, v)
    if v.shape[0] > a.shape[0]:
        a, v = v, a
    start, shape = part_of_mode("np.convolve", mode, a.shape, v.shape)
    return convolution_part(a, v, start=start, shape=shape, method="direct")


@implements(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Return the products of a signal with the conjugate of another one, at all shifts; "same" as in `convolve`."""
    a, v = _signals("np.correlate", a, v)
    start, shape = part_of_mode("np.correlate", mode, a.shape, v.shape)
    if mode == "same" and v.shape[0] > a.shape[0]:
        start, shape = (a.shape[0] // 2,), v.shape
    return convolution_part(a, _reversed(conj(v), 1), start=start, shape=shape, method="direct")


def _signals(function: str, a: Any, v: Any) -> tuple[Any, Any]:
    a, v = (x if x.ndim else np.reshape(x, 1) for x in (as_array(a), as_array(v)))
    if a.ndim != 1 or v.ndim != 1 or 0 in (a.shape[0], v.shape[0]):
        raise ValueError(f"{function}: two signals of one axis and at least one element are needed, got the shapes "
                         f"{a.shape} and {v.shape}")  # fmt: skip
    return a, v
