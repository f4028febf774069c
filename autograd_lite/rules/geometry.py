"""The numbers that describe windows on arrays: stride, dilation, padding, each for all axes or one for each."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from autograd_lite.errors import ShapeError
from autograd_lite.rules.windows import Lengths, Pairs


def of_each(function: str, name: str, value: Any, count: int, least: int = 1) -> Lengths:
    """Return a number for each axis, from one for all or a sequence.

    Raises
    ------
    ShapeError
        If there are more or fewer, or one is less than ``least`` or no integer.
    """
    if type(value) is int and value >= least:
        return (value,) * count
    try:
        numbers = tuple(map(operator.index, value)) if isinstance(value, Sequence) else (operator.index(value),) * count
    except TypeError:
        numbers = ()
    if len(numbers) != count or any(n < least for n in numbers):
        raise ShapeError(
            f"{function}: {name}={value!r} must be a whole number of at least {least}, or {count} of them, one for "
            f"each axis of space"
        )
    return numbers


def padding_pairs(
    function: str, padding: Any, space: Lengths, window: Lengths, stride: Lengths, dilation: Lengths
) -> Pairs:
    """Return the padding before and after each axis.

    Raises
    ------
    ShapeError
        If it is not one of "valid", "same", a number, a number for each axis or a pair for each.
    """
    if padding == "valid":
        return ((0, 0),) * len(space)
    if padding == "same":
        totals = (
            max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
            for n, k, s, d in zip(space, window, stride, dilation, strict=True)
        )
        return tuple((total // 2, total - total // 2) for total in totals)
    given: Any = padding if isinstance(padding, Sequence) and not isinstance(padding, str) else (padding,) * len(space)
    pairs = tuple(tuple(pair) if isinstance(pair, Sequence) else (pair, pair) for pair in given)
    numbers: list[Any] = [n for pair in pairs for n in pair]
    whole = all(hasattr(n, "__index__") and n >= 0 for n in numbers)
    if len(pairs) != len(space) or len(numbers) != 2 * len(space) or not whole:
        raise ShapeError(
            f"{function}: padding={padding!r} must be 'valid', 'same', a whole number that is not negative, or "
            f"{len(space)} numbers or pairs of them, one for each axis of space"
        )
    return tuple((int(before), int(after)) for before, after in pairs)


def check_fit(function: str, space: Lengths, window: Lengths, dilation: Lengths, padding: Pairs) -> None:
    """Raise a ShapeError if the padded array is shorter than a window."""
    for n, k, d, pair in zip(space, window, dilation, padding, strict=True):
        if n + sum(pair) < d * (k - 1) + 1 or k < 1:
            raise ShapeError(
                f"{function}: a window of shape {window} with dilation {dilation} does not fit into an array of "
                f"shape {space} with padding {padding}"
            )
