"""Rows of convolutions, correlations and pooling."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from scipy import signal as reference

from autograd_lite.core.dispatch import LATE
from autograd_lite.rules.convolution import convolution, convolution_transpose
from autograd_lite.rules.pooling import average_pool, max_pool
from autograd_lite.scipy import signal
from operations.row import COMPLEXES, Op, S

# The rules come with the first use of a function; the table of implementations is to hold them before.
for _module in LATE.get("scipy.signal", ()):
    importlib.import_module(_module)

DOUBLE = (np.float64,)


def _of_scipy(name: str, samples: Any, **options: Any) -> Op:
    label = options.pop("label", f"signal.{name}")
    return Op(label, getattr(signal, name), samples, reference=_full(getattr(reference, name)), **options)


def _full(function: Any) -> Any:
    """Return a function that refuses empty arrays, of which SciPy 1.17 makes (0,), (1, 3) or a crash of Python."""

    def refusing(in1: Any, in2: Any, **keywords: Any) -> Any:
        if 0 in (np.size(in1), np.size(in2)):
            raise ValueError("empty")
        return function(in1, in2, **keywords)

    return refusing


SIGNALS = [
    Op("convolve", np.convolve, [S((4,), (3,)), S((2,), (4,), mode="same"), S((2,), (4,), mode="valid"), S((), (3,)),
                                 S((4,), (2,), mode="same"), S((3,), (3,), mode="valid")], errors=(S((2, 2), (2,)),)),
    Op("correlate", np.correlate, [S((4,), (3,)), S((2,), (4,), mode="same"), S((4,), (3,), mode="full"),
                                   S((4,), (2,), mode="same"), S((2,), (4,))], errors=(S((2, 2), (2,)),)),
    Op("convolve, complex", np.convolve, [S((3,), (2,))], dtypes=COMPLEXES),
    Op("correlate, complex", np.correlate, [S((3,), (2,), mode="full"), S((2,), (3,), mode="same")], dtypes=COMPLEXES),
    _of_scipy("convolve", [
        S((4,), (3,)), S((3, 3), (2, 2), mode="same"), S((2, 2), (2, 3), mode="valid"), S((3, 2), (2, 2), method="fft"),
        S((), ()), S((2, 4), (2, 3), mode="same", method="fft"),
    ], errors=(S((2, 3), (3, 2), mode="valid"), S((2,), (2, 2)), S((2,), (2,), mode="all"),
               S((2,), (2,), method="none"))),
    _of_scipy("correlate", [
        S((3,), (4,), mode="same"), S((2, 3), (2, 2)), S((3, 3), (2, 2), mode="valid", method="fft"), S((), ()),
        S((4,), (2,), mode="same", method="direct"),
    ], errors=(S((2, 3), (3, 2), mode="valid"), S((2,), (2,), mode="all"))),
    _of_scipy("correlate", [S((3,), (2,)), S((2, 3), (2, 2), method="fft")], label="signal.correlate, complex",
              dtypes=COMPLEXES),
    _of_scipy("fftconvolve", [
        S((4,), (3,)), S((2, 4), (2, 3), axes=1), S((2, 4), (1, 3), axes=-1, mode="same"),
        S((4, 1), (2, 3), axes=0, mode="valid"), S((2, 1, 3), (2, 2, 3), axes=(0, 2)), S((1, 4), (3, 4), mode="same"),
    ], errors=(S((2, 3), (3, 3), axes=1), S((2, 3), (2, 3), axes=()))),
    _of_scipy("oaconvolve", [S((7,), (2,)), S((2, 5), (2, 2), axes=1, mode="same"), S((2,), (5,), mode="valid")]),
    _of_scipy("convolve2d", [
        S((3, 4), (2, 2)), S((3, 3), (2, 3), mode="same"), S((3, 2), (2, 2), boundary="wrap"),
        S((3, 3), (2, 2), boundary="symm", mode="same"), S((2, 3), (2, 2), fillvalue=2.0),
        S((2, 2), (3, 3), mode="valid"),
    ], errors=(S((2,), (2,)), S((2, 2), (2, 2), boundary="none"))),
    _of_scipy("correlate2d", [
        S((3, 4), (2, 2)), S((3, 3), (2, 2), mode="same"), S((3, 3), (2, 2), boundary="symm"),
        S((2, 2), (3, 3), mode="valid", boundary="wrap"),
    ], errors=(S((2,), (2,)),)),
    _of_scipy("correlate2d", [S((2, 3), (2, 2), mode="same")], label="signal.correlate2d, complex", dtypes=COMPLEXES),
]  # fmt: skip


def _by_definition(
    x: Any, weight: Any, stride: int = 1, padding: Any = 0, dilation: int = 1, groups: int = 1
) -> np.ndarray:
    """Return the convolution as a sum over places of the window, for one number of each kind for all axes."""
    n, kernel = x.ndim - 2, weight.shape[2:]
    size = [d * (k - 1) + 1 for k, d in zip(kernel, (dilation,) * n, strict=True)]
    pads = padding if isinstance(padding, list) else [(padding, padding)] * n
    x = np.pad(x, [(0, 0), (0, 0), *pads])
    count = [(m - k) // stride + 1 for m, k in zip(x.shape[2:], size, strict=True)]
    if 0 in kernel or min(count) < 1:
        raise ValueError("no window")
    if x.shape[1] != weight.shape[1] * groups:
        raise ValueError("other channels")
    outs, channels = weight.shape[0] // groups, weight.shape[1]
    made = np.zeros((x.shape[0], weight.shape[0], *count), np.result_type(x, weight))
    for place in np.ndindex(*kernel):
        slices = [
            slice(k * dilation, k * dilation + (c - 1) * stride + 1, stride) for k, c in zip(place, count, strict=True)
        ]
        for group in range(groups):
            ins = slice(group * channels, (group + 1) * channels)
            mine = slice(group * outs, (group + 1) * outs)
            part = np.einsum("nc...,oc->no...", x[(slice(None), ins, *slices)], weight[(mine, slice(None), *place)])
            made[:, mine] += part
    return made


def _transposed_by_definition(
    x: Any, weight: Any, stride: int = 1, padding: int = 0, dilation: int = 1, groups: int = 1, output_padding: int = 0
) -> np.ndarray:
    """Return the transposed convolution: what the convolution's inner product with x has as coefficients."""
    shape = [
        (m - 1) * stride - 2 * padding + dilation * (k - 1) + 1 + output_padding
        for m, k in zip(x.shape[2:], weight.shape[2:], strict=True)
    ]
    if 0 in weight.shape[2:] or min(shape) < 1:
        raise ValueError("no window")
    made = np.zeros((x.shape[0], weight.shape[1] * groups, *shape), np.result_type(x, weight))
    for place in np.ndindex(*made.shape):
        unit = np.zeros(made.shape)
        unit[place] = 1.0
        made[place] = np.sum(_by_definition(unit, weight, stride, padding, dilation, groups) * x)
    return made


NETWORKS = [
    Op("convolution", convolution, [
        S((2, 2, 4), (3, 2, 2)), S((1, 1, 3, 4), (2, 1, 2, 2), padding=1), S((2, 2, 5), (2, 1, 3), groups=2, padding=1),
        S((1, 2, 5, 4), (1, 2, 2, 2), stride=2), S((1, 1, 6), (2, 1, 2), dilation=2, stride=2, padding=[(2, 1)]),
        S((1, 1, 2, 3, 2), (1, 1, 2, 2, 2)), S((1, 4, 4), (2, 4, 2), padding=1), S((2, 4, 3), (4, 2, 1), groups=2),
    ], reference=_by_definition),
    Op("convolution, same", lambda x, w, **kw: convolution(x, w, padding="same", **kw),
       [S((1, 1, 5), (1, 1, 2)), S((1, 1, 5), (1, 1, 3), stride=2)],
       reference=lambda x, w, stride=1: _by_definition(x, w, stride, [(0, 1)] if stride == 1 else [(1, 1)])),
    Op("convolution_transpose", convolution_transpose, [
        S((1, 2, 3), (2, 2, 2)), S((1, 1, 2, 2), (1, 2, 2, 2), stride=2), S((2, 2, 2), (2, 1, 3), groups=2, padding=1),
        S((1, 1, 3), (1, 1, 2), stride=2, output_padding=1, dilation=2, padding=1),
    ], reference=_transposed_by_definition),
    Op("convolution, complex", convolution, [S((1, 2, 3), (1, 2, 2))], reference=_by_definition, dtypes=COMPLEXES),
]  # fmt: skip


def _pooled_by_definition(largest: bool) -> Any:
    def pooled(x: Any, window: int, stride: int | None = None, padding: int = 0, dilation: int = 1) -> np.ndarray:
        n, stride = x.ndim - 2, window if stride is None else stride
        filled = np.pad(x, [(0, 0), (0, 0), *[(padding, padding)] * n], constant_values=-np.inf if largest else 0)
        size = dilation * (window - 1) + 1
        windows = np.lib.stride_tricks.sliding_window_view(filled, (size,) * n, tuple(range(2, 2 + n)))
        apart = (Ellipsis, *(slice(None, None, stride),) * n, *(slice(None, None, dilation),) * n)
        return (np.max if largest else np.mean)(windows[apart], axis=tuple(range(-n, 0)))

    return pooled


_POOLS = (
    S((1, 2, 4), window=2), S((1, 1, 4, 4), window=2), S((2, 1, 5), window=3, stride=1, padding=1),
    S((1, 1, 3, 4), window=2, stride=1), S((1, 1, 6), window=2, dilation=2, stride=2, padding=1),
)  # fmt: skip

POOLING = [
    Op("max_pool", max_pool, _POOLS, reference=_pooled_by_definition(True)),
    Op("average_pool", average_pool, _POOLS, reference=_pooled_by_definition(False)),
]

ROWS = [*SIGNALS, *NETWORKS, *POOLING]
