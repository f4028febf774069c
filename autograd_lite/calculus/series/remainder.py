"""Guaranteed bounds of |f(x) - p(x)| on an interval: Taylor series whose coefficients are intervals, piece by piece.

On a piece P with a centre c the difference d = f - p lies in Σ_(i ≤ N) D_i h^i + F_(N+1)(P) h^(N+1), with the
coefficients D_i of d at c, enclosed, and Lagrange's remainder over all of P. A piece that holds the point of expansion
has it as its centre: there the first coefficients are nothing but rounding errors, and small errors stay small. Pieces
whose bound is far above the largest error that is certain (|d| at the centres) are cut in two.

All pieces run at once (see `intervals`), in long double precision where there is such a thing: the rounding errors of
the bound itself are then below those of the polynomial.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.calculus.series.intervals import Interval, Undecided, noted
from autograd_lite.calculus.series.intervals.interval import made, up
from autograd_lite.calculus.series.number import Series, variable
from autograd_lite.calculus.series.running import run
from autograd_lite.calculus.series.table import declare_late
from autograd_lite.errors import DtypeError, NotDifferentiableError, ShapeError, StructureError

WIDE = np.longdouble

#: The bound is good enough within this factor of an error that is certain to occur.
_TIGHT = 1.25

#: A piece's bound that is this part of the rounding of p(x) is good enough, and so is one that rounds leave as it is.
_NEGLIGIBLE, _PATIENCE = 0.5, 3

#: How often pieces are cut, how many there may be, and how many powers beyond the polynomial's are taken.
_ROUNDS, _PIECES, _FURTHER, _FEWEST = 14, 400, 5, 12

#: So many pieces on which a comparison stays undecided, in one round, are no kinks at points: no cut will help.
_KINKS = 32


def bound_remainder(polynomial: Any, interval: Any) -> Any:
    """Return a bound of |f - p| on an interval; see `TaylorPolynomial.remainder_bound`."""
    if polynomial.function is None:
        raise StructureError("remainder_bound needs the function, which this polynomial was made without")
    if polynomial.coefficients.dtype.kind == "c" or isinstance(polynomial.x0, complex):
        raise DtypeError("remainder_bound is for real functions of a real variable")
    low, high = _ends(interval)
    declare_late()
    with np.errstate(all="ignore"):
        size = np.maximum(abs(WIDE(low) - polynomial.x0), abs(WIDE(high) - polynomial.x0))
        evaluation = _evaluation_error(polynomial, size)
        total = _Search(polynomial, low, high, evaluation).run() + evaluation
    rounded = np.asarray(total).astype(np.float64)
    rounded = np.nextafter(np.nextafter(rounded, np.inf), np.inf)
    return float(rounded) if rounded.ndim == 0 else rounded


def _ends(interval: Any) -> tuple[float, float]:
    if isinstance(interval, Interval):
        low, high = interval.lower, interval.upper
    elif np.ndim(interval) == 0:
        low = high = interval
    elif np.shape(interval) == (2,):
        low, high = interval
    else:
        raise ShapeError(f"remainder_bound takes a pair of numbers, an Interval or a number, and got {interval!r}")
    low, high = float(low), float(high)
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise ShapeError(f"remainder_bound takes a finite interval with its ends in order, and got {interval!r}")
    return low, high


def _evaluation_error(polynomial: Any, size: Any) -> Any:
    """Bound the rounding of p(x), Horner's scheme in long double precision: Higham (2002), section 5.1."""
    c = abs(polynomial.coefficients).astype(WIDE)
    powers = np.power(WIDE(size), np.arange(len(c))).reshape(-1, *(1,) * (c.ndim - 1))
    total = np.sum(c * powers, axis=0) * (1 + 8 * len(c) * np.finfo(WIDE).eps)
    return total * (np.finfo(np.float64).eps / 2 + (4 * len(c) + 8) * np.finfo(WIDE).eps)


class _Search:
    """The pieces of an interval, each with its bound, cut where that pays.

    Attributes
    ----------
    low, high : ndarray of shape (m,)
        The pieces' ends.
    bounds : ndarray of shape (2, *shape, m)
        Of |f - p| on each, and at its centre: the width of that is rounding, and does not shrink by cutting.
    certain : ndarray of shape (*shape)
        The largest |f - p| that has been found at a point.
    """

    def __init__(self, polynomial: Any, low: float, high: float, evaluation: Any):
        self.polynomial = polynomial
        self.small = _NEGLIGIBLE * evaluation
        self.ends = low, high
        self.order = max(polynomial.order + _FURTHER, _FEWEST)
        self.certain = np.zeros(polynomial.coefficients.shape[1:], WIDE)
        self.undecided: set[str] = set()
        self.kinks = 0

    def run(self) -> Any:
        """Return the bound.

        Raises
        ------
        NotDifferentiableError
            If it is not finite.
        """
        low, high = (np.array([end], WIDE) for end in self.ends)
        low, high, bounds = self._with_bounds(low, high)
        before, idle = np.max(bounds[0]), 0
        for _ in range(_ROUNDS):
            loose = self._excess(bounds) > _TIGHT
            room = _PIECES - len(low)
            if not loose.any() or room <= 0 or idle == _PATIENCE or self.kinks > _KINKS:
                break
            self.kinks = 0
            if loose.sum() > room:
                loose &= self._excess(bounds) >= np.sort(self._excess(bounds)[loose])[-room]
            cut = _cut(low[loose], high[loose], self.polynomial.x0)
            fresh = self._with_bounds(*cut)
            kept = ~loose
            low, high = np.concatenate([low[kept], fresh[0]]), np.concatenate([high[kept], fresh[1]])
            bounds = np.concatenate([bounds[..., kept], fresh[2]], axis=-1)
            idle = idle + 1 if np.isfinite(before) and np.max(bounds[0]) > 0.9 * before else 0
            before = np.max(bounds[0])
        bound = np.max(bounds[0], axis=-1)
        if not np.all(np.isfinite(bound)):
            worst = int(np.argmax(np.max(bounds[0].reshape(-1, len(low)), axis=0)))
            raise self._no_bound(float(low[worst]), float(high[worst]))
        return bound

    def _excess(self, bounds: Any) -> Any:
        """Return by what factor each piece is above what is certain, or what rounding adds anyway."""
        least = np.maximum(np.maximum(self.certain, self.small / _TIGHT), np.finfo(WIDE).tiny)
        least = np.maximum(least[..., None], np.where(np.isfinite(bounds[1]), bounds[1], 0))
        return np.max((bounds[0] / least).reshape(-1, bounds.shape[-1]), axis=0)

    def _with_bounds(self, low: Any, high: Any) -> tuple[Any, Any, Any]:
        return low, high, self._bounds(low, high)

    def _bounds(self, low: Any, high: Any) -> Any:
        """Return the bounds on some pieces; infinite where comparisons in the function stay undecided."""
        try:
            return self._bounds_together(low, high)
        except Undecided as undecided:
            if len(low) == 1:
                self.undecided.add(str(undecided))
                self.kinks += 1
                return np.full((2, *self.certain.shape, 1), np.inf, WIDE)
            half = len(low) // 2
            parts = self._bounds(low[:half], high[:half]), self._bounds(low[half:], high[half:])
            return np.concatenate(parts, axis=-1)

    def _bounds_together(self, low: Any, high: Any) -> Any:
        count, x0 = len(low), WIDE(self.polynomial.x0)
        centre = np.where((low <= x0) & (x0 <= high), x0, 0.5 * (low + high))
        reach = up(np.maximum(high - centre, centre - low))
        x = made(np.concatenate([centre, low, low, high]), np.concatenate([centre, high, low, high]))
        d = difference(self.polynomial, x, self.order + 1)
        sizes = np.maximum(abs(d.low), abs(d.high))
        at_points = np.maximum(np.maximum(d.low[0], -d.high[0]), 0)
        for start in (0, 2 * count, 3 * count):  # at the centres and at both ends
            self.certain = np.maximum(self.certain, np.max(at_points[..., start : start + count], axis=-1))
        terms = [sizes[i][..., :count] * reach**i for i in range(self.order + 1)]
        terms.append(sizes[-1][..., count : 2 * count] * reach ** (self.order + 1))
        total = sum(np.where((reach == 0) & (i > 0), 0, term) for i, term in enumerate(terms))
        ends = np.maximum(sizes[0][..., 2 * count : 3 * count], sizes[0][..., 3 * count :])
        thin = low == high
        total = np.where(thin, ends, total) * (1 + 8 * (self.order + 2) * np.finfo(WIDE).eps)
        return np.stack([np.where(np.isnan(total), np.inf, total), sizes[0][..., :count]])

    def _no_bound(self, low: float, high: float) -> NotDifferentiableError:
        with noted() as names:
            self._bounds(np.array([low], WIDE), np.array([high], WIDE))
        names = [*names, *sorted(self.undecided)]
        what = f"{' or '.join(names)} is not smooth, or not defined, there" if names else "numbers overflow there"
        return NotDifferentiableError(
            f"remainder_bound on [{self.ends[0]:g}, {self.ends[1]:g}]: no bound can be guaranteed for x in "
            f"[{low:.6g}, {high:.6g}]: {what} as far as intervals can tell. Take an interval without that part; "
            f"error_estimate(x) needs none."
        )


def _cut(low: Any, high: Any, x0: float) -> tuple[Any, Any]:
    """Return pieces in halves; those around the point of expansion in a middle and two sides."""
    middle = 0.5 * (low + high)
    holds = (low < x0) & (x0 < high)
    first, last = (np.where(holds, 0.5 * (end + WIDE(x0)), middle) for end in (low, high))
    lows = np.concatenate([low, first[holds], last])
    highs = np.concatenate([first, last[holds], high])
    return lows, highs


def difference(polynomial: Any, x: Interval, order: int) -> Interval:
    """Return the coefficients of f - p over intervals, up to an order."""
    out = run(polynomial.function, variable(x, order))
    enclosed = _polynomial_coefficients(polynomial, x, order)
    if not isinstance(out, Series):
        first = out if isinstance(out, Interval) else Interval(np.asarray(out, WIDE))
        out = Series(np.stack([first, *[np.zeros(first.shape, WIDE)] * order]))
    coefficients = out.coefficients
    if len(coefficients) <= order:
        raise StructureError("remainder_bound: quotients of zeros have no enclosure over intervals")
    return coefficients - enclosed


def _polynomial_coefficients(polynomial: Any, x: Interval, order: int) -> Interval:
    """Return the coefficients of the polynomial about other points, by Horner's scheme over series."""
    c, ndim = polynomial.coefficients, polynomial.coefficients.ndim - 1
    u = x - Interval(np.asarray(polynomial.x0, WIDE))
    u = made(*(np.reshape(bound, (*(1,) * ndim, -1)) for bound in (u.low, u.high)))
    steps = variable(u, order)
    total = Series(np.stack([Interval(c[-1].astype(WIDE)), *[np.zeros(c[-1].shape, WIDE)] * order]))
    for k in range(polynomial.order - 1, -1, -1):
        total = total * steps + Interval(np.asarray(c[k], WIDE))
    coefficients = total.coefficients
    shape = (order + 1, *c.shape[1:], x.pieces)
    return made(*(np.broadcast_to(bound, shape) for bound in (coefficients.low, coefficients.high)))
