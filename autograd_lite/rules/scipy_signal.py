"""Functions of `scipy.signal`; imported when SciPy's module is. Formulas: `signals`."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import implements
from autograd_lite.rules.adjoints import conj
from autograd_lite.rules.shaping import as_array
from autograd_lite.rules.signals import METHODS, Lengths, convolution_part, part_of_mode


def _by_blocks(x: Any, y: Any, low: Lengths, high: Lengths) -> Any:
    """Return a part of a convolution by transforms of blocks, which SciPy lays out for a long and a short signal."""
    n = len(low)
    lengths = zip(x.shape[x.ndim - n :], y.shape[y.ndim - n :], strict=True)
    if not type(x) is type(y) is np.ndarray or all(4 * min(pair) > max(pair) for pair in lengths):
        return METHODS["fft"](x, y, low, high)
    ndim = max(x.ndim, y.ndim)
    x, y = (array.reshape((1,) * (ndim - array.ndim) + array.shape) for array in (x, y))
    whole = scipy.signal.oaconvolve(x, y, axes=tuple(range(-n, 0)))
    return whole[(Ellipsis, *(slice(lo, hi) for lo, hi in zip(low, high, strict=True)))]


METHODS["overlap-add"] = _by_blocks


def _convolved(function: str, in1: Any, in2: Any, mode: str, method: str, axes: Any = None) -> Any:
    if in1.ndim != in2.ndim:
        raise ValueError(f"{function}: the signals need equally many axes, got the shapes {in1.shape} and {in2.shape}")
    if in1.ndim == 0:
        return in1 * in2
    if 0 in in1.shape + in2.shape:  # SciPy's answers depend on method and boundary, and some are a crash
        raise ValueError(f"{function}: signals must not be empty, got the shapes {in1.shape} and {in2.shape}")
    chosen = _axes(function, axes, in1.shape, in2.shape)
    last = tuple(range(-len(chosen), 0))
    x, y = (np.moveaxis(array, chosen, last) if chosen else array for array in (in1, in2))
    kept = in1.ndim - len(chosen)
    start, shape = part_of_mode(function, mode, x.shape[kept:], y.shape[kept:])
    out = convolution_part(x, y, start=start, shape=shape, method=method) if chosen else x * y
    if mode == "same":  # axes that are broadcast are centred too
        out = out[tuple(slice((m - n) // 2, (m - n) // 2 + n) for m, n in zip(out.shape[:kept], x.shape, strict=False))]
    return np.moveaxis(out, last, chosen) if chosen else out


def _axes(function: str, axes: Any, x_shape: Lengths, y_shape: Lengths) -> tuple[int, ...]:
    """Return the axes of a convolution as SciPy takes them, without those of length one, which broadcast."""
    ndim = len(x_shape)
    given = range(ndim) if axes is None else np.atleast_1d(axes).tolist()
    chosen = [np.lib.array_utils.normalize_axis_index(axis, ndim) for axis in given]
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"{function}: axes={axes!r} must name at least one axis, and none of them twice")
    wide = tuple(axis for axis in chosen if 1 not in (x_shape[axis], y_shape[axis]))
    if any(x_shape[k] != y_shape[k] and 1 not in (x_shape[k], y_shape[k]) for k in range(ndim) if k not in wide):
        raise ValueError(f"{function}: axes that are not convolved must match, got the shapes {x_shape} and {y_shape}")
    return wide


def _method(function: str, method: str, in1: Any, in2: Any, mode: str) -> str:
    x, y = untracked(in1), untracked(in2)
    if method == "auto":
        plain = type(x) is type(y) is np.ndarray and 0 not in (x.size, y.size)
        return str(scipy.signal.choose_conv_method(x, y, mode)) if plain else "direct"
    if method not in ("direct", "fft"):
        raise ValueError(f"{function}: method={method!r} must be 'auto', 'direct' or 'fft'")
    return method


@implements(scipy.signal.convolve)
def convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """Return the convolution of two arrays along all axes."""
    in1, in2 = as_array(in1), as_array(in2)
    if in1.ndim == in2.ndim:
        part_of_mode("scipy.signal.convolve", mode, in1.shape, in2.shape)  # of axes of length one too
    return _convolved("scipy.signal.convolve", in1, in2, mode, _method("scipy.signal.convolve", method, in1, in2, mode))


@implements(scipy.signal.correlate)
def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """Return the correlation of two arrays along all axes, the second one conjugated."""
    in1, in2 = as_array(in1), as_array(in2)
    if in1.ndim == in2.ndim:
        part_of_mode("scipy.signal.correlate", mode, in1.shape, in2.shape)  # of axes of length one too
    method = _method("scipy.signal.correlate", method, in1, in2, mode)
    return _convolved("scipy.signal.correlate", in1, np.flip(conj(in2)), mode, method)


@implements(scipy.signal.fftconvolve)
def fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """Return the convolution of two arrays along axes, by Fourier transforms."""
    return _convolved("scipy.signal.fftconvolve", as_array(in1), as_array(in2), mode, "fft", axes)


@implements(scipy.signal.oaconvolve)
def oaconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """Return the convolution of two arrays along axes, by Fourier transforms of blocks."""
    return _convolved("scipy.signal.oaconvolve", as_array(in1), as_array(in2), mode, "overlap-add", axes)


@implements(scipy.signal.convolve2d)
def convolve2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: float = 0) -> Any:
    """Return the convolution of two matrices, the first one continued over its boundary."""
    in1, in2 = as_array(in1), as_array(in2)
    start, shape = _part_of_matrices("scipy.signal.convolve2d", in1, in2, mode)
    return _continued("scipy.signal.convolve2d", in1, in2, start, shape, mode, boundary, fillvalue)


@implements(scipy.signal.correlate2d)
def correlate2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: float = 0) -> Any:
    """Return the correlation of two matrices, the second one conjugated, the first one continued over its boundary."""
    in1, in2 = as_array(in1), as_array(in2)
    start, shape = _part_of_matrices("scipy.signal.correlate2d", in1, in2, mode)
    if mode == "same":
        start = tuple(n // 2 for n in in2.shape)  # of an even number of shifts correlate2d leaves out another one
    return _continued("scipy.signal.correlate2d", in1, np.flip(conj(in2)), start, shape, mode, boundary, fillvalue)


def _part_of_matrices(function: str, in1: Any, in2: Any, mode: str) -> tuple[Lengths, Lengths]:
    if in1.ndim != 2 or in2.ndim != 2 or 0 in in1.shape + in2.shape:
        raise ValueError(f"{function}: two matrices, not empty, are needed, got the shapes {in1.shape} and {in2.shape}")
    return part_of_mode(function, mode, in1.shape, in2.shape)


def _continued(
    function: str, in1: Any, in2: Any, start: Lengths, shape: Lengths, mode: str, boundary: str, fillvalue: float
) -> Any:
    """Return a part of the convolution of a matrix that goes on over its boundary."""
    names: dict[str, Any] = {"fill": "constant", "wrap": "wrap", "symm": "symmetric"}
    names |= {"circular": "wrap", "symmetric": "symmetric"}
    if boundary not in names:
        raise ValueError(f"{function}: boundary={boundary!r} must be 'fill', 'wrap' or 'symm'")
    if mode != "valid" and (names[boundary] != "constant" or fillvalue != 0):
        more: dict[str, Any] = {"constant_values": fillvalue} if names[boundary] == "constant" else {}
        in1 = np.pad(in1, [(n - 1, n - 1) for n in in2.shape], mode=names[boundary], **more)
        start = tuple(s + n - 1 for s, n in zip(start, in2.shape, strict=True))
    return convolution_part(in1, in2, start=start, shape=shape, method="direct")
