"""Fingerprints of arrays: whether what an operation saved is still what it was when it was recorded."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

# What rules read is an array, or a few of them in tuples and lists; so many objects are looked at.
_MOST = 1000

Print = tuple[np.ndarray, int]


def fingerprints(saved: Any) -> list[Print]:
    """Return every array in what an operation saved, each once, with the checksum of its bytes.

    NumPy scalars cannot change, and arrays of other libraries are not looked at.
    """
    if type(saved) is np.ndarray:
        return [(saved, checksum(saved))]
    found: dict[int, np.ndarray] = {}
    stack, looked = [saved], 0
    while stack and looked < _MOST:
        value = stack.pop()
        looked += 1
        if isinstance(value, np.ndarray):
            if value.dtype.kind in "fciub":
                found[id(value)] = value
        elif isinstance(value, tuple | list):
            stack += value
        elif isinstance(value, dict):
            stack += value.values()
    return [(array, checksum(array)) for array in found.values()]


def checksum(array: np.ndarray) -> int:
    """Return a checksum of an array's elements; it finds every single change of up to 32 bits in a row."""
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def changed(prints: list[Print]) -> np.ndarray | None:
    """Return the first array that is not what it was; None if all are."""
    return next((array for array, before in prints if checksum(array) != before), None)
