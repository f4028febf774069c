"""The companion of a series, which goes the same way with noise in place of rounding errors; see `rounding`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.calculus.series.precise.number import is_precise, precise
from autograd_lite.calculus.series.pushing import INSIDE, push
from autograd_lite.calculus.series.rounding import NOISE, SOURCE, noisy
from autograd_lite.calculus.series.table import both, is_series, value_of


def accompanied(make: Callable[[Any], Any], primitive: Any, arrays: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """Return the series of a primitive's answer, with companions if its operands have any."""
    out = push(make, primitive, arrays, keywords)
    if any(is_series(value) and is_precise(value.data) for value in arrays):
        return _each(lambda part: make(precise(part.coefficients)), out)
    if NOISE.get() is not None:  # this is a companion itself
        return _each(lambda part: _with_noise(make, primitive, arrays, part), out)
    if SOURCE.get() is None or INSIDE.get() or all(_twin(value) is None for value in arrays):
        return out
    twins = _answer(make, primitive, arrays, keywords)
    if isinstance(out, tuple):
        return tuple(_with(make, part, twin) for part, twin in zip(out, twins or [None] * len(out), strict=True))
    return _with(make, out, twins)


def _each(function: Callable[[Any], Any], out: Any) -> Any:
    return tuple(map(function, out)) if isinstance(out, tuple) else function(out)


def _with_noise(make: Callable[[Any], Any], primitive: Any, arrays: Sequence[Any], out: Any) -> Any:
    """Return a series with noise: of one that is remembered the same each time, which remembers things itself."""
    if out.twin is None:
        c = noisy(out.coefficients)
        if primitive.function in _SUMS:  # 1 + x² at 0 is 1: log of it is 0, and has no error
            x, y = map(value_of, arrays)
            y = -y if primitive.function is operator.sub else y
            c[0] = np.where(out.data - x == y, out.data, c[0])
        out.twin = make(c)
    return out.twin


_SUMS = (operator.add, operator.sub)


def _twin(value: Any) -> Any:
    return value.twin if is_series(value) else None


def _with(make: Callable[[Any], Any], out: Any, twin: Any) -> Any:
    """Return a series beside a companion; one that tells nothing if there is none."""
    if twin is None or twin.coefficients.shape != out.coefficients.shape:
        twin = make(np.full(out.coefficients.shape, np.nan))
    out.twin = twin
    return out


def _answer(make: Callable[[Any], Any], primitive: Any, arrays: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """Return the answer for the companions; None if there is none, which says nothing of the answer itself."""
    twins = [value if _twin(value) is None else value.twin for value in arrays]
    if primitive.function is operator.truediv and is_series(arrays[1]):
        twins = _with_common_zeros(make, arrays, twins)
    token = NOISE.set(SOURCE.get())
    try:
        return accompanied(make, primitive, twins, keywords)
    except (ArithmeticError, ValueError):
        return None
    finally:
        NOISE.reset(token)


def _with_common_zeros(make: Callable[[Any], Any], arrays: Sequence[Any], twins: Sequence[Any]) -> list[Any]:
    """Return the companions of dividend and divisor that begin with as many zeros as they themselves: 1 - cos(x)."""
    a, b = both(*arrays)
    m = 0
    while m < min(len(a), len(b)) and not np.any(b[m]) and not np.any(a[m]):
        m += 1
    if not m:
        return list(twins)
    return [_cleared(make, twin, m) if is_series(twin) else twin for twin in twins]


def _cleared(make: Callable[[Any], Any], twin: Any, m: int) -> Any:
    c = twin.coefficients.copy()
    c[:m] = 0
    return make(c)
