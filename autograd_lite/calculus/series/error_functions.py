"""Recurrences of SciPy's error functions, from the differential equations that they solve; see `recurrences`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd_lite.calculus.series import recurrences
from autograd_lite.calculus.series.coefficients import Growing, dot, number, slopes
from autograd_lite.calculus.series.precise.number import method_at
from autograd_lite.calculus.series.rounding import noisy


def erf(function: Callable[..., Any], sign: float) -> Callable[[Any], Any]:
    """Return the recurrence of SciPy's erf (sign 1), erfc (-1)."""

    def recurrence(a: Any) -> Any:
        bell = recurrences.exp(-recurrences.square(a)) * number(2 / math.sqrt(math.pi), a)
        return recurrences.by_product(method_at(function, a[0]), a, bell * sign)

    return recurrence


def solution(function: Callable[..., Any], sign: int, constant: float) -> Callable[[Any], Any]:
    """Return the recurrence of a solution of y' = 2 s x y - c: SciPy's erfcx, dawsn (DLMF 7.10.5)."""

    def recurrence(a: Any) -> Any:
        c = constant if constant == -1 else number(constant, a)
        first = noisy(method_at(function, a[0]))
        v, w = Growing(first, len(a)), Growing(noisy(a[0] * first * (2 * sign)) - c, len(a))
        d = slopes(a)
        for k in range(1, len(a)):
            v.append(dot(d[1 : k + 1], w.back()) / k)
            w.append(dot(a[: k + 1], v.back()) * (2 * sign))
        return v.all

    return recurrence


def log_ndtr(function: Callable[..., Any], erfcx: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return the recurrence of SciPy's log_ndtr: v' = h a' with Mills' ratio 1 / h, and h' = -h (a + h) a'."""

    def recurrence(a: Any) -> Any:
        mills = method_at(erfcx, -a[0] * number(math.sqrt(0.5), a))
        first = noisy(number(2 / math.sqrt(2 * math.pi), a) / mills)
        h, w = Growing(first, len(a)), Growing(first * (a[0] + first), len(a))
        total = Growing(a[0] + first, len(a))
        d = slopes(a)
        for k in range(1, len(a)):
            h.append(dot(d[1 : k + 1], w.back()) / -k)
            total.append(a[k] + h.all[k])
            w.append(dot(h.all[: k + 1], total.back()))
        return recurrences.by_product(method_at(function, a[0]), a, h.all)

    return recurrence
