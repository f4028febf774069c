"""``numpy.fft`` for Tensors and lists of them; everything else of it unchanged."""

from typing import Any

from numpy import fft as _fft

from autograd_lite.numpy._wrapping import stand_in


def __getattr__(name: str) -> Any:
    found = stand_in(getattr(_fft, name), __name__)
    globals()[name] = found  # the next look-up is then a plain one
    return found


def __dir__() -> list[str]:
    return dir(_fft)
