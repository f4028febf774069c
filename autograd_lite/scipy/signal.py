"""``scipy.signal`` for Tensors and lists of them: convolution and correlation have rules, all else is unchanged.

The arguments are SciPy's. HIPS autograd has a function of the same name that takes others (``axes``, ``dot_axes``): for
``convolve(A, B, axes=..., dot_axes=...)`` write `autograd_lite.rules.convolution.convolution`, or `fftconvolve` with
``axes`` for the part without ``dot_axes``. SciPy is imported when one of its functions is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

from autograd_lite.numpy._wrapping import stand_in


def __getattr__(name: str) -> Any:
    found = stand_in(getattr(_scipy_signal(), name), __name__, undispatched=True)
    globals()[name] = found  # the next look-up is then a plain one
    return found


def __dir__() -> list[str]:
    return dir(_scipy_signal())


def _scipy_signal() -> Any:
    return importlib.import_module("scipy.signal")
