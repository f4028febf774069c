"""Arrays in words and figures: `numbers_of` gives what a picture says of one."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.draw.scene import Numbers

_SHOWN, KEPT = 4, 64  # elements that are written out, and that a page may look at


def numbers_of(value: Any) -> Numbers | None:
    """Return what there is to say of an array; None unless it is one of numbers, there in memory.

    Parameters
    ----------
    value : object
        An array, a Tensor or a number; anything else gives None.

    Returns
    -------
    Numbers or None
    """
    if isinstance(value, Tensor):
        value = value.data
    if isinstance(value, float | int | complex):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in "biufc":
        return None
    array = np.asarray(value)
    dtype = str(array.dtype)
    nans, infinities = int(np.count_nonzero(array != array)), 0
    if array.dtype.kind in "fc":
        infinities = int(np.count_nonzero(np.isinf(array)))
    finite = array[np.isfinite(array)] if nans or infinities else array
    is_complex = array.dtype.kind == "c"
    with np.errstate(all="ignore"):
        mean = _mean(finite)
        least, largest = (None, None) if is_complex or not finite.size else (float(finite.min()), float(finite.max()))
    elements = tuple(array.ravel().tolist()) if array.size <= KEPT else None
    text = _text(array, elements, mean, least, largest, nans, infinities)
    return Numbers(text, array.shape, dtype, elements, norm_of(array), mean, least, largest, nans, infinities)


def _mean(finite: np.ndarray) -> Any:
    """Return the mean of finite numbers, as one of Python's; halved twice over so that sums cannot overflow."""
    if not finite.size:
        return None
    if finite.dtype.kind == "c":
        return complex(np.mean(finite.astype(complex)))
    mean = float(np.mean(finite, dtype=float))
    return mean if np.isfinite(mean) else float(np.mean(finite.astype(float) / finite.size) * finite.size)


def norm_of(array: Any) -> float:
    """Return the Euclidean norm of an array of numbers, scaled so that it can't overflow."""
    magnitudes = np.abs(np.asarray(array)).astype(float)
    largest = float(np.max(magnitudes, initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return largest
    with np.errstate(all="ignore"):
        return largest * float(np.linalg.norm(magnitudes / largest))


def _text(
    array: np.ndarray, elements: tuple[Any, ...] | None, mean: Any, least: Any, largest: Any, nans: int, infinities: int
) -> str:
    if array.size == 0:
        return "empty"
    if elements is not None and array.size <= _SHOWN:
        return _nested(list(elements), array.shape)
    if array.dtype.kind == "b":
        return f"{int(array.sum()):,} of {array.size:,} true"
    said = []
    if least is not None and least == largest:
        said.append(f"all {figure(least)}")
    elif mean is not None:
        said.append(f"mean {figure(mean)}")
        said += [f"{figure(least)} … {figure(largest)}"] if least is not None else []
    said += [f"{number:,} {what}" for number, what in ((nans, "NaN"), (infinities, "inf")) if number]
    return ", ".join(said)


def _nested(elements: list[Any], shape: tuple[int, ...]) -> str:
    """Return a few numbers with the brackets of their shape."""
    texts = [figure(element) for element in elements]
    for length in shape[:0:-1]:
        texts = [f"[{', '.join(texts[i : i + length])}]" for i in range(0, len(texts), length)]
    return f"[{', '.join(texts)}]" if shape else texts[0]


def figure(number: Any, digits: int = 4) -> str:
    """Return a number with a few significant digits, ``-0`` as ``0``."""
    if isinstance(number, bool | int):
        return str(number)
    if isinstance(number, complex):
        return f"{number:.{digits - 1}g}"
    return f"{number + 0.0:.{digits}g}"


def is_number(value: Any) -> bool:
    """Say whether a value is one number, by itself or in an array of size one."""
    if isinstance(value, float | int | complex):
        return True
    return isinstance(value, np.ndarray | np.generic) and value.size == 1 and value.dtype.kind in "biufc"


def plain(value: Any) -> Any:
    """Return a keyword's value as a scene may hold it: numbers as such, arrays as their shape, others in words."""
    if isinstance(value, bool | int | float | complex | str) or value is None:
        return value
    if is_number(value):
        return value.item()
    if isinstance(value, tuple | list):
        return tuple(plain(part) for part in value)
    if isinstance(value, slice):
        ends = [value.start, value.stop] + ([value.step] if value.step is not None else [])
        return ":".join("" if end is None else str(end) for end in ends)
    if value is Ellipsis:
        return "..."
    if isinstance(value, np.ndarray) or hasattr(value, "shape"):
        return f"array of shape {value.shape}"
    return str(value) if isinstance(value, np.dtype | type) else None
