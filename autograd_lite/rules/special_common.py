"""What the rules of SciPy's special functions share."""

from __future__ import annotations

from typing import Any

import numpy as np


class Probe:
    """An argument that answers with the ufunc that it was given to: some of SciPy's have no public names."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> np.ufunc:
        """Return the ufunc."""
        return ufunc


def weighted(g: tuple[Any, ...], *slopes: Any) -> Any:
    """Return the sum of cotangents times slopes, over the outputs of a function that somebody used."""
    return sum(part * slope for part, slope in zip(g, slopes, strict=True) if part is not None)
