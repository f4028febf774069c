"""Rows of Fourier transforms: of real and complex values, cropped and padded, in each normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from operations.row import COMPLEXES, Op, S, Sample

ONE_AXIS = [
    S((4,)), S((5,), norm="ortho"), S((4,), n=6), S((5,), n=3, norm="forward"), S((2, 3), axis=0),
    S((3, 2), n=4, axis=-2), S((1,)), S((2,), n=1),
]  # fmt: skip
# Half a spectrum of length m holds 2(m - 1) real values, of which there must be one at least.
HALF = [
    S((3,)), S((4,), norm="ortho"), S((3,), n=5), S((4,), n=3, norm="forward"), S((3,), n=8), S((3, 2), axis=0),
    S((2, 3), n=5, axis=-1), S((1,), n=1), S((2,)),
]  # fmt: skip


def _refusing_nothing(transform: Any) -> Any:
    """Return a transform of half a spectrum that refuses an empty one: NumPy 2.4 gives uninitialised memory of it."""

    def refusing(a: Any, **keywords: Any) -> Any:
        if a.shape[keywords["axis"]] == 0 if "axis" in keywords else 0 in a.shape:
            raise ValueError("no frequencies")
        return transform(a, **keywords)

    return refusing


IRFFT, HFFT = _refusing_nothing(np.fft.irfft), _refusing_nothing(np.fft.hfft)
IRFFTN, IRFFT2 = _refusing_nothing(np.fft.irfftn), _refusing_nothing(np.fft.irfft2)


def _several(last: int) -> list[Sample]:
    """Samples of transforms along several axes; ``last`` is the length of the last axis."""
    return [
        S((2, last)), S((3, last), norm="ortho"), S((2, 2, last), axes=(0, -1)), S((3, last), s=(2, 4), axes=(0, 1)),
        S((2, last), s=(3, -1), axes=(0, 1), norm="forward"), S((last, 2), axes=(1, 0)), S((2, last), axes=(1,)),
    ]  # fmt: skip


PLANE = [S((2, 3)), S((3, 2), s=(2, 4), norm="ortho"), S((2, 3, 2), axes=(0, 1))]

ROWS = [
    Op("fft", np.fft.fft, ONE_AXIS), Op("ifft", np.fft.ifft, ONE_AXIS),
    Op("fft of complex", np.fft.fft, ONE_AXIS, dtypes=COMPLEXES),
    Op("ifft of complex", np.fft.ifft, ONE_AXIS, dtypes=COMPLEXES),
    Op("rfft", np.fft.rfft, ONE_AXIS), Op("ihfft", np.fft.ihfft, ONE_AXIS),
    Op("irfft", np.fft.irfft, HALF, dtypes=COMPLEXES, reference=IRFFT),
    Op("hfft", np.fft.hfft, HALF, dtypes=COMPLEXES, reference=HFFT),
    Op("irfft of real", np.fft.irfft, HALF[:3], reference=IRFFT),
    Op("hfft of real", np.fft.hfft, HALF[:3], reference=HFFT),
    Op("fftn", np.fft.fftn, _several(3)), Op("ifftn", np.fft.ifftn, _several(3), dtypes=COMPLEXES),
    Op("rfftn", np.fft.rfftn, _several(4)),
    Op("irfftn", np.fft.irfftn, _several(3), dtypes=COMPLEXES, reference=IRFFTN),
    Op("fft2", np.fft.fft2, PLANE), Op("ifft2", np.fft.ifft2, PLANE, dtypes=COMPLEXES),
    Op("rfft2", np.fft.rfft2, PLANE),
    Op("irfft2", np.fft.irfft2, PLANE, dtypes=COMPLEXES, reference=IRFFT2),
    Op("fftshift", np.fft.fftshift, [S((4,)), S((5,)), S((2, 3), axes=1), S((2, 3), axes=(0, -1)), S((2, 3))]),
    Op("ifftshift", np.fft.ifftshift, [S((4,)), S((5,)), S((2, 3), axes=1), S((2, 3), axes=(0, -1)), S((2, 3))]),
    Op("power spectrum", lambda x: np.abs(np.fft.rfft(x)) ** 2, [S((5,)), S((2, 4))], tol=1e-6),
    Op("convolution by transforms", lambda x, y: np.fft.irfft(np.fft.rfft(x, 6) * np.fft.rfft(y, 6), 6),
       [S((3,), (4,))]),
]  # fmt: skip
