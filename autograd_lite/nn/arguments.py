"""What layers are made with and given: sizes, dtypes, numbers, axes and inputs, checked in words."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
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


def probability(value: Any, layer: str, name: str = "p") -> float:
    """Return a number between 0 and 1.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(value, float | int | np.number) or not 0 <= value <= 1:
        raise ValueError(f"{layer}({name}={value!r}): a number from 0 to 1 is needed")
    return float(value)


def epsilon(value: Any, layer: str) -> float:
    """Return what is added to a variance, a number that is not negative.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(value, float | int | np.number) or not value >= 0:
        raise ValueError(f"{layer}(eps={value!r}): a number that is not negative is needed, such as 1e-5")
    return float(value)


def parameter(values: np.ndarray) -> Tensor:
    """Return a trainable Tensor that holds this array itself."""
    return Tensor(values, True, copy=False)


def as_floats(x: Any, owner: str = "an activation") -> Any:
    """Return numbers as an array of floats; arrays and Tensors of floats as they are.

    Raises
    ------
    DtypeError
        If they are no numbers.
    """
    if not hasattr(x, "shape"):
        return np.asarray(x, dtype=float)
    kind = x.dtype.kind
    if kind in "fc":
        return x
    return x * 1.0 if kind in "iub" else numeric(x, owner)


def numeric(x: Any, owner: str) -> Any:
    """Return an array of numbers.

    Raises
    ------
    DtypeError
        If its dtype is another: objects and strings would be computed with one by one, or not at all.
    """
    if x.dtype.kind not in "fciub":
        raise DtypeError(
            f"{owner} got an array of dtype {x.dtype} and shape {x.shape}: numbers are needed. x.astype(float) makes "
            f"them, if all rows have the same length and hold nothing else."
        )
    return x


def shape_of(x: Any, layer: str) -> tuple[int, ...] | None:
    """Return the shape of an input, None if it has none because it is no array.

    Raises
    ------
    DtypeError
        If it is an array, but not of numbers.
    """
    if type(x) is np.ndarray:
        numeric(x, layer)
    return getattr(x, "shape", None)


def check_axes(dim: Any, shape: tuple[int, ...], function: str) -> None:
    """Raise a ShapeError unless ``dim`` is an axis, or several, of an array of this shape."""
    axes = list(dim) if isinstance(dim, Iterable) else [dim]
    if not axes or not all(hasattr(i, "__index__") and -len(shape) <= i < len(shape) for i in axes):
        forward, back = (", ".join(map(str, numbers)) for numbers in (range(len(shape)), range(-len(shape), 0)))
        there = f"its axes are {forward}, or {back} from the end" if shape else "it has no axes"
        raise ShapeError(f"{function}(..., dim={dim!r}) got an array of shape {shape}: {there}")


def window_misfit(layer: Any, shape: tuple[int, ...]) -> ShapeError:
    """Return the error for an input of images or sequences that is shorter than a window."""
    dilation = getattr(layer, "dilation", ()) or (1,) * layer.axes
    spans = tuple(d * (k - 1) + 1 for k, d in zip(layer.kernel_size, dilation, strict=True))
    return ShapeError(
        f"{type(layer).__name__}(kernel_size={layer.kernel_size}, padding={layer.padding}, dilation={dilation}) got an "
        f"input of shape {shape}: a window that spans {spans} does not fit into {shape[-layer.axes :]}, padded. Take a "
        f"smaller kernel_size, more padding, or fewer poolings and strides before."
    )


def got(x: Any) -> str:
    """Return the words for an input of the wrong shape, for messages."""
    shape = getattr(x, "shape", None)
    return f"shape {shape}" if shape is not None else f"a {type(x).__name__}, which has no shape"
