"""Intervals: arrays of lower and upper bounds, rounded outward after each operation.

R. E. Moore, R. B. Kearfott and M. J. Cloud, *Introduction to Interval Analysis* (2009), chapters 2 and 3. Endpoints of
sums, products and quotients go one number outward (`numpy.nextafter`), since NumPy rounds to nearest; those of
elementary functions several (`elementary`). Sums of products, which power series are made of, are taken in the form of
midpoint and radius (S. M. Rump, "Fast and parallel interval arithmetic", BIT 39, 1999), three plain sums for each.

Where an operation is not defined on a whole interval (a division by one around zero, the logarithm of negative numbers)
its answer is the whole line, and its name is `noted`. Comparisons that hold for a part of an interval only raise
`Undecided`.

Arrays of bounds have one more axis than the interval shows, the last: its pieces. In that way a computation runs over
many intervals at once, whatever the shapes in it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd_lite.errors import NotDifferentiableError, ShapeError

#: NumPy's function -> what gives its enclosure.
ENCLOSURES: dict[Any, Callable[..., Any]] = {}

_NOTES: ContextVar[list[str] | None] = ContextVar("autograd_lite.interval_notes", default=None)


class Undecided(Exception):  # noqa: N818 - what it is, and not an error of anybody's
    """A comparison that holds for a part of an interval, or for some pieces only."""


@contextmanager
def noted() -> Generator[list[str]]:
    """Collect the names of functions that met an interval on which they are not defined."""
    notes: list[str] = []
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)


def note(name: str) -> None:
    """Remember that a function met an interval on which it is not defined."""
    notes = _NOTES.get()
    if notes is not None and name not in notes:
        notes.append(name)


def encloses(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the decorated function to give the enclosure of these functions of NumPy's or SciPy's."""

    def declare(enclosure: Callable[..., Any]) -> Callable[..., Any]:
        ENCLOSURES.update(dict.fromkeys(functions, enclosure))
        return enclosure

    return declare


def down(x: Any) -> Any:
    """Return the next numbers below."""
    return np.nextafter(x, -np.inf, dtype=x.dtype)


def up(x: Any) -> Any:
    """Return the next numbers above."""
    return np.nextafter(x, np.inf, dtype=x.dtype)


class Interval:
    """An array of closed intervals.

    Parameters
    ----------
    lower, upper : array_like
        The bounds, of equal shape; one argument alone stands for both.

    Raises
    ------
    ShapeError
        If a lower bound lies above the upper one, or one of them is NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.calculus import Interval
    >>> x = Interval(0.0, 1.0)
    >>> x - x  # that both are the same is not seen
    Interval(-1, 1)
    >>> bool(np.exp(Interval(1.0)).lower < np.e < np.exp(Interval(1.0)).upper)
    True
    """

    __slots__ = ("_ball", "high", "low")
    __array_priority__ = 900.0
    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __init__(self, lower: Any, upper: Any = None):
        low, high = np.broadcast_arrays(*(np.asarray(b) for b in (lower, lower if upper is None else upper)))
        low, high = (b if b.dtype == np.longdouble else b.astype(np.float64) for b in (low, high))
        if not np.all(low <= high):
            raise ShapeError(f"Interval(lower, upper) takes bounds in order, and got {lower!r} and {upper!r}")
        self.low, self.high = low[..., None], high[..., None]
        self._ball: tuple[Any, Any] | None = None

    # What it is

    shape = property(lambda self: self.low.shape[:-1], doc="Lengths of the axes.")
    ndim = property(lambda self: self.low.ndim - 1, doc="Number of axes.")
    dtype = property(lambda self: self.low.dtype, doc="Data type of the bounds.")
    pieces = property(lambda self: self.low.shape[-1], doc="How many intervals a computation runs over at once.")
    lower = property(lambda self: self._shown(self.low), doc="The lower bounds.")
    upper = property(lambda self: self._shown(self.high), doc="The upper bounds.")

    def _shown(self, bounds: Any) -> Any:
        return bounds[..., 0][()] if bounds.shape[-1] == 1 else bounds

    @property
    def ball(self) -> tuple[Any, Any]:
        """Midpoints, and radii rounded up."""
        if self._ball is None:
            self._ball = ball_of(self.low, self.high)
        return self._ball

    @property
    def magnitude(self) -> Any:
        """The largest absolute value in it."""
        return self._shown(np.maximum(abs(self.low), abs(self.high)))

    @property
    def mignitude(self) -> Any:
        """The smallest absolute value in it."""
        return self._shown(np.maximum(np.maximum(self.low, -self.high), 0))

    def __contains__(self, value: Any) -> bool:
        value = np.asarray(value)[..., None]
        return bool(np.all((self.low <= value) & (value <= self.high)))

    def __repr__(self) -> str:
        lower, upper = (
            np.array2string(np.asarray(b), formatter={"all": "{:g}".format}) for b in (self.lower, self.upper)
        )
        return f"Interval({lower}, {upper})"

    def __len__(self) -> int:
        return self.low.shape[0]

    def __bool__(self) -> bool:
        return bool(self != 0)

    def __getitem__(self, index: Any) -> Interval:
        if isinstance(index, tuple) and any(item is Ellipsis for item in index):
            index = (*index, slice(None))
        elif index is Ellipsis:
            return self
        part = made(self.low[index], self.high[index])
        if self._ball is not None:
            part._ball = (self._ball[0][index], self._ball[1][index])
        return part

    # Arithmetic

    def __neg__(self) -> Interval:
        return made(-self.high, -self.low)

    def __pos__(self) -> Interval:
        return self

    def __abs__(self) -> Interval:
        return ENCLOSURES[np.absolute](self)

    def __add__(self, other: Any) -> Any:
        other = operand(other, self)
        return made(down(self.low + other.low), up(self.high + other.high))

    def __sub__(self, other: Any) -> Any:
        other = operand(other, self)
        return made(down(self.low - other.high), up(self.high - other.low))

    def __rsub__(self, other: Any) -> Any:
        return operand(other, self) - self

    def __mul__(self, other: Any) -> Any:
        other = operand(other, self)
        with np.errstate(all="ignore"):
            if other.low is other.high:
                corners = (self.low * other.low, self.high * other.low)
            else:
                corners = (self.low * other.low, self.low * other.high, self.high * other.low, self.high * other.high)
            return hull(corners)

    def __truediv__(self, other: Any) -> Any:
        other = operand(other, self)
        around_zero = (other.low <= 0) & (other.high >= 0)
        with np.errstate(all="ignore"):
            found = hull((self.low / other.low, self.low / other.high, self.high / other.low, self.high / other.high))
        return undefined(found, around_zero, "divide")

    def __rtruediv__(self, other: Any) -> Any:
        return operand(other, self) / self

    __radd__, __rmul__ = __add__, __mul__

    def __pow__(self, exponent: Any) -> Any:
        return ENCLOSURES[np.power](self, exponent)

    def __rpow__(self, base: Any) -> Any:
        return ENCLOSURES[np.power](operand(base, self), self)

    def __matmul__(self, other: Any) -> Any:
        return ENCLOSURES[np.matmul](self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return ENCLOSURES[np.matmul](other, self)

    # Comparisons

    def __lt__(self, other: Any) -> Any:
        other = operand(other, self)
        return decided(self.high < other.low, self.low >= other.high, "less")

    def __le__(self, other: Any) -> Any:
        other = operand(other, self)
        return decided(self.high <= other.low, self.low > other.high, "less_equal")

    def __gt__(self, other: Any) -> Any:
        return operand(other, self) < self

    def __ge__(self, other: Any) -> Any:
        return operand(other, self) <= self

    def __eq__(self, other: Any) -> Any:
        other = operand(other, self)
        thin = (self.low == self.high) & (other.low == other.high)
        return decided(thin & (self.low == other.low), (self.high < other.low) | (self.low > other.high), "equal")

    def __ne__(self, other: Any) -> Any:
        return np.logical_not(self == other)

    def __mod__(self, other: Any) -> Any:
        return enclosed(np.mod, (self, other), {})

    __floordiv__ = __rmod__ = __rfloordiv__ = __mod__

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        if any(getattr(value, "__array_priority__", 0) > self.__array_priority__ for value in inputs):
            return NotImplemented  # a power series of intervals
        keywords = {name: value for name, value in keywords.items() if name not in ("dtype", "casting")}
        if method != "__call__" or keywords:
            raise NotDifferentiableError(
                f"np.{ufunc.__name__}.{method} with {keywords} has no enclosure over intervals"
            )
        return enclosed(ufunc, inputs, {})

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        return enclosed(function, args, keywords)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise NotDifferentiableError(
            "an interval was to become a plain array (np.asarray, float(x), a function of math's, or one of SciPy's "
            "that takes plain arrays only): no enclosure is known through that"
        )


def enclosed(function: Any, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """Return the enclosure of a function of NumPy's or SciPy's.

    Raises
    ------
    NotDifferentiableError
        If none is known.
    """
    enclosure = ENCLOSURES.get(function)
    if enclosure is None:
        raise NotDifferentiableError(
            f"{getattr(function, '__name__', function)} has no enclosure over intervals, so that nothing can be "
            f"guaranteed through it. Write it with arithmetic and elementary functions, or use error_estimate(x)."
        )
    with np.errstate(all="ignore"):
        return enclosure(*args, **keywords)


# Making intervals


def made(low: Any, high: Any) -> Interval:
    """Return the interval of two arrays of bounds that have an axis of pieces."""
    interval = object.__new__(Interval)
    interval.low, interval.high, interval._ball = low, high, None
    return interval


def operand(value: Any, like: Interval) -> Interval:
    """Return a number or an array as an interval; integers that no float is are widened."""
    if isinstance(value, Interval):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise NotDifferentiableError(f"no enclosure is known for {value!r} of dtype {array.dtype} beside an interval")
    bounds = (array if array.dtype.kind == "f" else array.astype(like.dtype))[..., None]
    if array.dtype.kind in "iu" and array.size and abs(array).max() > 2**53:
        return made(down(bounds), up(bounds))
    return made(bounds, bounds)


def hull(corners: Sequence[Any]) -> Interval:
    """Return what encloses some arrays, each rounded to nearest; a NaN stands for anything."""
    low, high = corners[0], corners[0]
    for corner in corners[1:]:
        low, high = np.minimum(low, corner), np.maximum(high, corner)
    low, high = down(low), up(high)
    unknown = np.isnan(low)
    if unknown.any():
        low, high = np.where(unknown, -np.inf, low), np.where(unknown, np.inf, high)
    return made(low, high)


def undefined(found: Interval, where: Any, name: str) -> Interval:
    """Return an interval with the whole line where a function is not defined, and take note of that."""
    if not where.any():
        return found
    note(name)
    return nowhere(found, where)


def nowhere(found: Interval, where: Any) -> Interval:
    """Return an interval with the whole line in some places."""
    return made(np.where(where, -np.inf, found.low), np.where(where, np.inf, found.high))


def decided(certain: Any, never: Any, name: str) -> Any:
    """Return a comparison as plain booleans.

    Raises
    ------
    Undecided
        If it is neither true nor false all over an interval, and the same for all pieces.
    """
    true, false = np.asarray(np.all(certain, axis=-1)), np.asarray(np.all(never, axis=-1))
    if not np.all(np.logical_or(true, false)):
        raise Undecided(name)
    return true[()]


# Midpoint and radius


def ball_of(low: Any, high: Any) -> tuple[Any, Any]:
    """Return midpoints, and radii rounded up; of the whole line zero and infinity."""
    with np.errstate(all="ignore"):
        middle = 0.5 * low + 0.5 * high
        radius = up(np.maximum(high - middle, middle - low))
    unknown = ~np.isfinite(radius)
    if unknown.any():
        middle, radius = np.where(unknown, 0.0, middle), np.where(unknown, np.inf, radius)
    return middle, radius


def bilinear(function: Callable[[Any, Any], Any], x: Interval, y: Interval, terms: int) -> Interval:
    """Return the enclosure of sums of products, by midpoints and radii.

    Parameters
    ----------
    function : callable
        Gives sums of at most ``terms`` products of elements of two arrays.
    x, y : Interval
    terms : int

    Returns
    -------
    Interval
    """
    (middle_x, radius_x), (middle_y, radius_y) = x.ball, y.ball
    precision = np.finfo(middle_x.dtype)
    loss = (
        terms + 2
    ) * precision.eps  # of a sum of so many products, in any order: Higham (2002), section 3.1, doubled
    size_y = abs(middle_y)
    with np.errstate(all="ignore"):
        middle = function(middle_x, middle_y)
        radius = function(abs(middle_x), radius_y + loss * size_y) + function(radius_x, size_y + radius_y)
        radius = radius * (1 + (terms + 8) * precision.eps) + terms * precision.smallest_subnormal
        low, high = down(middle - radius), up(middle + radius)
    unknown = np.isnan(low) | np.isnan(high)
    if unknown.any():
        low, high = np.where(unknown, -np.inf, low), np.where(unknown, np.inf, high)
    return made(low, high)
