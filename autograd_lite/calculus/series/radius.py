"""Estimates of the radius of convergence from the coefficients.

- Ratios of coefficients against 1 / k, extrapolated to 1 / k = 0: C. Domb and M. F. Sykes, "On the susceptibility of a
  ferromagnetic above the Curie point", Proc. R. Soc. A 240 (1957); right where one real singularity is nearest.
- The same for a conjugate pair of singularities: G. N. Mercer and A. J. Roberts, "A centre manifold description of
  contaminant dispersion in channels with varying flow properties", SIAM J. Appl. Math. 50 (1990), appendix.
- The root test of Cauchy and Hadamard on the largest coefficients, for everything else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

#: An extrapolation counts if it fits to this part of itself, and gives zero below this part of the last ratio: a larger
#: one if the largest coefficients fall as those of entire functions do. Of (1 - x)^-10 it is 0.81 of the 40th.
_FIT, _ENTIRE, _ENTIRE_TOO = 0.02, 0.25, 0.78

#: A function counts as entire if the logarithms of its largest coefficients bend by more than this between their first
#: and their second half: k^b R^-k bends by 0.03 b for 40 coefficients.
_FALL = 0.12


def estimate_radius(coefficients: Any) -> float:
    """Return an estimate of the radius of convergence.

    Parameters
    ----------
    coefficients : array of shape (n,)

    Returns
    -------
    float
        Infinite for polynomials and entire functions, NaN where there are too few coefficients to tell.
    """
    stride, sequence = _without_zeros(np.asarray(coefficients))
    if len(sequence) == 0:
        return np.inf
    if len(sequence) < 6:
        return np.nan
    with np.errstate(all="ignore"):
        by_roots = _by_roots(sequence)
        rate = next(
            (found for method in (_by_ratios, _by_pairs) if (found := method(sequence, by_roots == 0)) is not None),
            by_roots,
        )
    return np.inf if rate == 0 else float(rate ** (-1 / stride))


def _without_zeros(c: Any) -> tuple[int, Any]:
    """Return every s-th coefficient, where all others are zero; none of a polynomial."""
    sizes = abs(c)
    places = np.flatnonzero(sizes[1:] > 0) + 1
    if len(places) == 0 or places[-1] < len(c) // 2:
        return 1, c[:0]
    stride = int(np.gcd.reduce(np.diff(places))) if len(places) > 1 else 1
    return stride, c[places[0] :: stride]


def _limit(values: Any, falls: bool) -> float | None:
    """Extrapolate a sequence, smooth in 1 / k, to its limit; None if it is not smooth."""
    count = len(values)
    k = np.arange(1, count + 1)[count // 2 :]
    values = values[count // 2 :]
    if len(values) < 4 or not np.all(np.isfinite(values)):
        return None
    basis = np.stack([np.ones(len(k)), 1.0 / k, 1.0 / k**2], axis=1)
    found, *_ = np.linalg.lstsq(basis, values, rcond=None)
    misfit = np.max(abs(basis @ found - values))
    if misfit > _FIT * np.max(abs(values)):
        return None
    return 0.0 if abs(found[0]) < (_ENTIRE_TOO if falls else _ENTIRE) * abs(values[-1]) else float(found[0])


def _by_ratios(b: Any, falls: bool) -> float | None:
    ratios = b[1:] / b[:-1]
    limit = _limit(abs(ratios) if np.any(np.imag(b)) else np.real(ratios), falls)
    return None if limit is None else abs(limit)


def _by_pairs(b: Any, falls: bool) -> float | None:
    if np.any(np.imag(b)):
        return None
    squares = (b[3:] * b[1:-2] - b[2:-1] ** 2) / (b[2:-1] * b[:-3] - b[1:-2] ** 2)
    if np.any(squares[len(squares) // 2 :] <= 0):
        return None
    return _limit(np.sqrt(np.maximum(squares, 0)), falls)


def _by_roots(b: Any) -> float:
    """Return the rate at which the largest coefficients grow; 0 where it keeps falling."""
    places = np.array([0.2, 0.5, 0.85]) * (len(b) - 1)
    heights = np.interp(places, *_upper_hull(np.log(np.maximum(abs(b), 1e-300))))
    slopes = np.diff(heights) / np.diff(places)
    return 0.0 if slopes[1] < slopes[0] - _FALL else float(np.exp(slopes[1]))


def _upper_hull(values: Any) -> tuple[list[int], Any]:
    """Return the corners of the upper convex hull of the points (k, values[k])."""
    hull: list[int] = []
    for k in range(len(values)):
        while len(hull) > 1:
            i, j = hull[-2:]
            if (values[j] - values[i]) * (k - i) > (values[k] - values[i]) * (j - i):
                break
            hull.pop()
        hull.append(k)
    return hull, values[hull]
