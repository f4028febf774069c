"""How large the rounding errors of Taylor coefficients are: the same computation beside itself, with noise.

Every result of an operation, and every factor in the sums of a recurrence, is multiplied in the companion by 1 + δ,
with random |δ| of several last digits (discrete stochastic arithmetic: J. Vignes, "A stochastic arithmetic for
reliable scientific computation", Math. Comput. Simul. 35, 1993). Where the two differ the recurrences have made
rounding errors in proportion. Both run in the same pass: a series carries its companion (`Series.twin`), and takes all
decisions by itself.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import numpy as np

_LENGTH = 4093  # a prime: slices of one length seldom meet the same numbers

#: Random signs times 0.5 to 1, so that no error vanishes by chance.
_RANDOM = np.random.default_rng(20).uniform(0.5, 1.0, 2 * _LENGTH) * np.random.default_rng(21).choice(
    (-1, 1), 2 * _LENGTH
)

#: How many coefficients to either side tell the size that one is expected to have.
_REACH = 4

#: Noise in units of the last digit: so large that two sums do not round to the same number.
_LOUD = 16

#: The estimate is this many times the difference: four times what noise of rounding's size would make.
_SAFETY = 0.5

#: Differences below so many last digits need no closer look.
_FINE = 8000.0


class Noise:
    """Random factors next to 1, the same sequence in every run."""

    def __init__(self, dtype: Any):
        self.table = 1 + _LOUD * np.finfo(dtype).eps * _RANDOM
        self.place = 0

    def on(self, c: Any) -> Any:
        """Return coefficients with noise."""
        self.place = (self.place + 31) % _LENGTH
        shape = c.shape if type(c) is np.ndarray else np.shape(c)
        if len(shape) == 1 and shape[0] <= _LENGTH:
            return c * self.table[self.place : self.place + shape[0]]
        return c * np.resize(self.table[self.place :], shape)


#: The noise of the companion that is being computed.
NOISE: ContextVar[Noise | None] = ContextVar("autograd_lite.series_noise", default=None)

#: Where companions take it from, while rounding errors are estimated.
SOURCE: ContextVar[Noise | None] = ContextVar("autograd_lite.series_noise_source", default=None)


def noisy(c: Any) -> Any:
    """Return what has just been rounded: itself, or with noise in a companion."""
    noise = NOISE.get()
    return c if noise is None else noise.on(c)


def errors_from(found: Any, companion: Any) -> Any:
    """Estimate the errors of coefficients from those of the companion.

    Parameters
    ----------
    found, companion : ndarray of shape (count, *shape)

    Returns
    -------
    ndarray of shape (count, *shape)
        Infinite where the companion has no number.
    """
    if companion is None or companion.shape != found.shape:
        return np.full(found.shape, np.inf, abs(found[:1]).dtype)
    with np.errstate(all="ignore"):
        differences = abs(companion - found)
        quotient = np.max(differences[found != 0] / abs(found)[found != 0], initial=0)
    eps = np.finfo(found.dtype).eps
    if quotient < _FINE * eps and not np.any(differences[found == 0]):
        return (_SAFETY * quotient + eps) * abs(found)
    differences = np.where(np.isnan(differences), np.inf, differences)
    return np.maximum(_SAFETY * sizes(differences), eps * abs(found))


def sizes(c: Any) -> Any:
    """Return how large each coefficient is or, where it vanishes by chance, those to both sides would have it.

    That is the largest geometric mean of two to both sides, weighted by their distances.
    """
    count, c = len(c), abs(c)
    with np.errstate(all="ignore"):
        logarithms = np.log(c)
        total = logarithms.copy()
        for before in range(1, _REACH + 1):
            for behind in range(1, _REACH + 1):
                if before + behind < count:
                    left, right = logarithms[: -before - behind], logarithms[before + behind :]
                    mean = (behind * left + before * right) / (before + behind)
                    inner = total[before : count - behind]
                    np.fmax(inner, mean, out=inner)
        return np.where(np.isfinite(c), np.maximum(c, np.exp(total)), c)


def lost(found: Any, errors: Any, tolerance: float, x0: Any = 0.0) -> Any:
    """Return which coefficients may be wrong by more than a part of their size.

    The value itself, number 0, counts as large as rounding x0 would change it, too.
    """
    if np.all(errors <= tolerance * abs(found)):
        return np.zeros(found.shape, bool)
    expected = sizes(found)
    if len(found) > 1:
        expected[0] = np.maximum(expected[0], abs(found[1]) * np.max(abs(np.asarray(x0))))
    return ~(errors <= tolerance * expected)
