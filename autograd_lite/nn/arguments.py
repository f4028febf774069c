"""What layers are made with: sizes, dtypes, probabilities and parameters, checked in words."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError


def whole(value: Any, layer: str, name: str, least: int = 1) -> int:
    """Return an argument as an integer of at least ``least``.

    Raises
    ------
    ShapeError
        If it is none.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or number < least:
        wanted = "a positive integer" if least == 1 else f"an integer of at least {least}"
        raise ShapeError(f"{layer}({name}={value!r}): {name} must be {wanted}")
    return number


def lengths(value: Any, layer: str, name: str) -> tuple[int, ...]:
    """Return an argument that is an integer or a sequence of them as a tuple, not empty.

    Raises
    ------
    ShapeError
        If one of them is not positive, or there are none.
    """
    given = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    if not given:
        raise ShapeError(f"{layer}({name}={value!r}): at least one length is needed")
    return tuple(whole(item, layer, name) for item in given)


def floating(dtype: Any, layer: str) -> np.dtype[Any]:
    """Return the dtype of parameters.

    Raises
    ------
    DtypeError
        If it is not a floating one.
    """
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise DtypeError(f"{layer}(..., dtype={dtype}): parameters need a floating dtype, such as float or float32")
    return dtype


def probability(value: Any, layer: str) -> float:
    """Return a number between 0 and 1.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(value, float | int | np.number) or not 0 <= value <= 1:
        raise ValueError(f"{layer}(p={value!r}): a probability is a number from 0 to 1")
    return float(value)


def parameter(values: np.ndarray) -> Tensor:
    """Return a trainable Tensor that holds this array itself."""
    return Tensor(values, True, copy=False)


def as_floats(x: Any) -> Any:
    """Return numbers as an array of floats; arrays and Tensors of floats as they are."""
    if not hasattr(x, "shape"):
        return np.asarray(x, dtype=float)
    return x if x.dtype.kind not in "iub" else x * 1.0


def shape_of(x: Any) -> tuple[int, ...] | None:
    """Return the shape of an input, None if it has none because it is no array."""
    return getattr(x, "shape", None)


def got(x: Any) -> str:
    """Return the words for an input of the wrong shape, for messages."""
    shape = shape_of(x)
    return f"shape {shape}" if shape is not None else f"a {type(x).__name__}, which has no shape"
