"""Kinds of steps: sorting, quantiles, running products, differences, choices, and transforms along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from .drawing import declare, one, several
from .steps import alike, axes_of, axis_of, gaps


def one_axis(rng: Any, a: Any) -> dict[str, Any]:
    return {"axis": axis_of(rng, a)}


def long_enough(count: int) -> Any:
    """Say of arrays whether their last axis is that long."""
    return lambda a: np.ndim(a) > 0 and a.shape[-1] >= count


def with_level(rng: Any, a: Any) -> dict[str, Any]:
    return {"q": round(float(rng.uniform(0.1, 0.9)), 3), "axis": axis_of(rng, a), "keepdims": bool(rng.random() < 0.4)}


def with_order(rng: Any, a: Any) -> dict[str, Any]:
    return {"n": int(rng.integers(1, min(3, a.shape[-1])))}


declare(
    "scans", one(1, one_axis), gaps,
    sort=lambda xp, a, axis: xp.sort(a, axis),
    median=lambda xp, a, axis: xp.quantile(a, 0.5, axis=axis, keepdims=False),
    ptp=lambda xp, a, axis: xp.max(a, axis=axis, keepdims=False) - xp.min(a, axis=axis, keepdims=False),
)  # fmt: skip
declare(
    "scans", one(1, with_level), lambda a, axis, **_: gaps(a, axis),
    quantile=lambda xp, a, q, axis, keepdims: xp.quantile(a, q, axis=axis, keepdims=keepdims),
)  # fmt: skip
declare("scans", one(1, one_axis), cumprod=lambda xp, a, axis: xp.cumprod(xp.cos(a), axis=axis))
declare("scans", one(1, with_order, long_enough(2)), diff=lambda xp, a, n: xp.diff(a, n))
declare("scans", one(1, suits=long_enough(2)), trapezoid=lambda xp, a: xp.trapezoid(a, dx=0.5))
declare("scans", one(1, suits=long_enough(3)), gradient=lambda xp, a: xp.gradient_along(a, -1))
declare("scans", several(2, alike, lambda rng, a, b: axes_of(rng, a, False), first=lambda a: np.ndim(a) > 0),
        average=lambda xp, a, b, axis, keepdims: xp.average(a, axis=axis, weights=2 + xp.sin(b), keepdims=keepdims),
        )  # fmt: skip
declare("scans", one(2, suits=lambda a: a.ndim == 2 and a.shape[1] > 1), cov=lambda xp, a: xp.cov(a))
declare("scans", one(), lambda a: np.abs(a) - 0.5,
        select=lambda xp, a: xp.select([a > 0.5, a < -0.5], [a * a, xp.sin(a)], 0.25 * a))  # fmt: skip
declare("scans", several(2, alike), lambda a, b: np.stack([a - b, a, b]),
        where_chain=lambda xp, a, b: xp.where(a > b, xp.where(b > 0, a * b, a), xp.exp(0.3 * b)))  # fmt: skip

# Transforms and complex numbers: each step begins and ends with real numbers


def with_frequencies(rng: Any, a: Any) -> dict[str, Any]:
    n = a.shape[-1]
    return {"n": int(rng.choice([n, n + 1, max(n - 1, 1)])), "norm": str(rng.choice(["backward", "ortho", "forward"]))}


def power_spectrum(xp: Any, a: Any, n: int, norm: str) -> Any:
    z = xp.fft.fft(a, n, -1, norm)
    return 0.3 * xp.real(z * xp.conj(z))


def smoothed(xp: Any, a: Any, n: int, norm: str) -> Any:
    z = xp.fft.rfft(a, n, -1, norm)
    return xp.fft.irfft(z * xp.constant(1 / (1 + np.arange(n // 2 + 1)), a), n, -1, norm)


def complex_product(xp: Any, a: Any, b: Any) -> Any:
    z, w = a + 1j * b, xp.cos(b) - 1j * a
    return xp.real(z * w) - 0.5 * xp.imag(z / (2 + w * w * 0.05))


def complex_wave(xp: Any, a: Any, b: Any) -> Any:
    return xp.imag(xp.exp(0.3 * (a + 1j * b)) * xp.exp(-0.2j * a))


declare("spectra", one(1, with_frequencies),
        fft=lambda xp, a, n, norm: xp.real(xp.fft.fft(a, n, -1, norm)) - xp.imag(xp.fft.ifft(a, n, -1, norm)),
        power_spectrum=power_spectrum)  # fmt: skip
declare("spectra", one(1, with_frequencies, long_enough(2)), lambda a, n, norm: np.ones(1) if n > 1 else np.zeros(1),
        smoothed=smoothed)  # fmt: skip
declare("spectra", several(2, alike), complex_product=complex_product, complex_wave=complex_wave)
declare("spectra", several(2, alike), lambda a, b: 0.01 * (a * a + b * b),
        complex_abs=lambda xp, a, b: xp.abs(a + 1j * b))  # fmt: skip
declare("spectra", one(2), fft2=lambda xp, a: 0.3 * xp.real(xp.fft.fft2(a)) + 0.3 * xp.imag(xp.fft.fft2(a)),
        )  # fmt: skip
