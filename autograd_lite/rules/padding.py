"""Padding in all of NumPy's modes, one axis after another: margins are joined to both ends of each.

The edges of later axes therefore include the margins of earlier ones, as in NumPy. A margin is made of constants, of
elements (edge, reflect, symmetric, wrap), of ramps towards a number, or of a statistic of each line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.primitive import implements, linear
from autograd_lite.errors import UnsupportedArgumentError
from autograd_lite.rules.axes import along
from autograd_lite.rules.joining import concatenate
from autograd_lite.rules.shaping import as_array, broadcast_to, reshape

#: Mode -> the keywords that belong to it.
_KEYWORDS = {
    "constant": ("constant_values",),
    "empty": (),
    "edge": (),
    "wrap": (),
    "reflect": ("reflect_type",),
    "symmetric": ("reflect_type",),
    "linear_ramp": ("end_values",),
    "maximum": ("stat_length",),
    "mean": ("stat_length",),
    "median": ("stat_length",),
    "minimum": ("stat_length",),
}

_pad_zeros = linear(
    lambda x, widths: np.pad(x, widths), name="pad",
    x=lambda g, x_shape, widths: g[
        (Ellipsis, *(slice(low, low + n) for (low, _), n in zip(widths, x_shape, strict=True)))
    ],
)  # fmt: skip


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """Return the array with margins; ``constant_values`` and ``end_values`` may be Tensors too.

    The mode "empty", whose margins NumPy leaves undefined, gives zeros.
    """
    array = as_array(array)
    if callable(mode):
        raise UnsupportedArgumentError(
            "np.pad with a function as the mode is not covered: it writes into the array in place. Join the margins "
            "that you want with np.concatenate."
        )
    widths = _integers(pad_width, array.ndim, "pad_width")
    if mode not in _KEYWORDS:
        raise ValueError(f"np.pad: the mode {mode!r} is none of {', '.join(_KEYWORDS)}")
    foreign = [name for name in kwargs if name not in _KEYWORDS[mode]]
    if foreign:
        raise ValueError(f"np.pad: the mode {mode!r} takes no argument {', '.join(foreign)}")
    if not widths:  # a scalar has no side
        return np.positive(array)
    if mode in ("constant", "empty"):
        return _pad_constants(array, widths, kwargs.get("constant_values", 0))
    if 0 in array.shape:
        return _pad_empty(array, widths, mode)
    margins = _margins_for(mode, kwargs, array)
    for axis in range(-array.ndim, 0):
        if any(widths[axis]):
            left, right = margins(array, axis, *widths[axis])
            array = concatenate([part for part in (left, array, right) if part.shape[axis]], axis)
    return array if any(map(any, widths)) else np.positive(array)


def _integers(given: Any, ndim: int, name: str) -> tuple[tuple[int, int], ...]:
    """Return two integers for each axis, of what NumPy takes for them."""
    if isinstance(given, dict):
        by_axis = {normalize_axis_index(axis, ndim): width for axis, width in given.items()}
        given = [np.broadcast_to(by_axis.get(axis, 0), 2) for axis in range(ndim)]
    pairs = np.asarray(given)
    if pairs.dtype.kind not in "iu" and pairs.size:
        raise TypeError(f"np.pad: {name} must be of integers, and is {given!r}")
    if (pairs < 0).any():
        raise ValueError(f"np.pad: {name} can't contain negative values, and is {given!r}")
    return tuple((int(low), int(high)) for low, high in np.broadcast_to(pairs, (ndim, 2)))


def _pad_empty(array: Any, widths: tuple[tuple[int, int], ...], mode: str) -> Any:
    for n, width in zip(array.shape, widths, strict=True):
        if n == 0 and any(width):
            raise ValueError(
                f"np.pad: an empty axis can be padded in the modes 'constant' and 'empty' only, not {mode!r}"
            )
    return _pad_zeros(array, widths=widths)


def _pad_constants(array: Any, widths: tuple[tuple[int, int], ...], values: Any) -> Any:
    padded = _pad_zeros(array, widths=widths)
    if not isinstance(values, Tracked) and np.all(np.equal(values, 0)):
        return padded
    constants = _pairs(values, array)
    # Which of the constants stands where; behind them all, a zero for the middle.
    numbers = np.arange(2 * array.ndim).reshape(-1, 2)
    places = np.pad(np.full(array.shape, 2 * array.ndim), widths, constant_values=numbers)
    flat = concatenate([reshape(constants, -1), np.zeros(1, constants.dtype)])
    return np.where(places == 2 * array.ndim, padded, np.take(flat, places))


def _pairs(values: Any, array: Any) -> Any:
    """Return numbers for both ends of each axis, in the array's dtype."""
    values = as_array(values)
    values = values if values.dtype == array.dtype else np.astype(values, array.dtype)
    return broadcast_to(values, (array.ndim, 2))


Margins = Callable[[Any, int, int, int], tuple[Any, Any]]


def _margins_for(mode: str, keywords: dict[str, Any], array: Any) -> Margins:
    """Return the function that gives both margins of an axis, of a left and a right width."""
    if mode == "linear_ramp":
        ends = _pairs(keywords.get("end_values", 0), array)
        return lambda x, axis, left, right: _ramps(x, axis, left, right, ends[axis])
    if mode in _STATISTICS:
        given = keywords.get("stat_length")
        lengths = [None] * array.ndim if given is None else _integers(given, array.ndim, "stat_length")
        return lambda x, axis, left, right: _statistics(x, axis, left, right, mode, lengths[axis])
    if keywords.get("reflect_type", "even") == "odd":
        return lambda x, axis, left, right: _odd_reflections(x, axis, left, right, mode)
    return lambda x, axis, left, right: _elements(x, axis, left, right, mode)


def _elements(x: Any, axis: int, left: int, right: int, mode: Any) -> tuple[Any, Any]:
    places = np.pad(np.arange(x.shape[axis]), (left, right), mode=mode)
    return x[along(axis, places[:left])], x[along(axis, places[len(places) - right :])]


def _odd_reflections(x: Any, axis: int, left: int, right: int, mode: str) -> tuple[Any, Any]:
    """Return margins mirrored at the two end points: f(-k) = 2 f(0) - f(k), and the like at the other end.

    Two mirrorings in turn are a step of one period: with the position p = m * period + q, the value is that at q plus
    2m (f(n-1) - f(0)).
    """
    n = x.shape[axis]
    if n == 1:
        return _elements(x, axis, left, right, "edge")
    period = 2 * (n - 1) if mode == "reflect" else 2 * n
    first, last = x[along(axis, slice(0, 1))], x[along(axis, slice(n - 1, n))]

    def at(places: np.ndarray) -> Any:
        turns, inside = np.divmod(places, period)
        mirrored = inside >= n
        shape = (-1,) + (1,) * (-axis - 1)
        sign = np.where(mirrored, -1, 1).astype(x.dtype).reshape(shape)
        of_first, of_last = ((k.astype(x.dtype)).reshape(shape) for k in (-2 * turns, 2 * (turns + mirrored)))
        source = np.where(mirrored, period - inside - (mode == "symmetric"), inside)
        return sign * x[along(axis, source)] + of_first * first + of_last * last

    return at(np.arange(-left, 0)), at(np.arange(n, n + right))


def _ramps(x: Any, axis: int, left: int, right: int, ends: Any) -> tuple[Any, Any]:
    """Return margins that go in equal steps from an end value to the element at the edge."""

    def ramp(edge: Any, end: Any, width: int) -> Any:
        weights = np.linspace(0, 1, width, endpoint=False, dtype=x.dtype).reshape((-1,) + (1,) * (-axis - 1))
        return end * (1 - weights) + edge * weights

    n = x.shape[axis]
    rising = ramp(x[along(axis, slice(0, 1))], ends[0], left)
    return rising, np.flip(ramp(x[along(axis, slice(n - 1, n))], ends[1], right), axis)


_STATISTICS: dict[str, Callable[..., Any]] = {
    "maximum": np.max,
    "mean": np.mean,
    "median": np.median,
    "minimum": np.min,
}


def _statistics(
    x: Any, axis: int, left: int, right: int, mode: str, lengths: tuple[int, int] | None
) -> tuple[Any, Any]:
    """Return margins of a statistic of the nearest elements of each line, of all of them if ``lengths`` is None."""
    n = x.shape[axis]
    first, last = (n, n) if lengths is None else (min(length, n) for length in lengths)
    if (first == 0 or last == 0) and mode in ("maximum", "minimum"):
        raise ValueError(f"np.pad: a stat_length of 0 yields no value in the mode {mode!r}")

    def margin(part: Any, width: int) -> Any:
        value = _STATISTICS[mode](part, axis=axis, keepdims=True)
        return broadcast_to(value, tuple(width if i == axis else x.shape[i] for i in range(-x.ndim, 0)))

    return margin(x[along(axis, slice(0, first))], left), margin(x[along(axis, slice(n - last, n))], right)
