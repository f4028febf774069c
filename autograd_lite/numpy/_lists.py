"""Lists with Tensors in them, where NumPy would make an array of a list of numbers."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import is_duck
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError

#: Beside arrays these do not promote (NEP 50).
_PYTHON_NUMBERS = (bool, int, float)


def stacked(value: Any) -> Any:
    """Return a list or tuple that holds Tensors as one Tensor, and anything else unchanged."""
    return tensor_from(value) if isinstance(value, list | tuple) and holds_tensor(value) else value


def holds_tensor(values: list[Any] | tuple[Any, ...]) -> bool:
    """Say whether a Tensor is in a list, or in a list in it.

    The set of types is looked at, and not each element: that takes as long as ``np.asarray`` of the list, and a test
    of each element would take four times as long.
    """
    kinds = set(map(type, values))
    if any(issubclass(kind, Tensor) for kind in kinds):
        return True
    if not any(issubclass(kind, list | tuple) for kind in kinds):
        return False
    return any(holds_tensor(value) for value in values if isinstance(value, list | tuple))


def tensor_from(values: list[Any] | tuple[Any, ...]) -> Any:
    """Return one Tensor with the shape of nested lists of Tensors, arrays and numbers.

    Parameters
    ----------
    values : list or tuple, nested to any depth
        With at least one Tensor in it.

    Returns
    -------
    Tensor
        Of the lists' lengths, followed by the shape that all their elements have. Python numbers in the lists do not
        promote: ``[t, 0.0]`` of a float32 Tensor ``t`` is float32 (``np.array`` would make it float64).

    Raises
    ------
    ShapeError
        If the lists are of unequal lengths, or their elements of unequal shapes.
    DtypeError
        If an element is no number.
    """
    elements: list[Any] = list(values)
    outer: tuple[int, ...] = (len(elements),)
    while all(isinstance(element, list | tuple) for element in elements):
        lengths = {len(element) for element in elements}
        if len(lengths) > 1:
            raise ShapeError(f"an array was to be made of lists of unequal lengths, {sorted(lengths)}")
        outer += (lengths.pop(),)
        elements = list(itertools.chain.from_iterable(elements))
    elements = [_element(element) for element in elements]
    dtype = common_dtype(elements)
    elements = [dtype.type(element) if type(element) in _PYTHON_NUMBERS else element for element in elements]
    shapes = {element.shape for element in elements}
    if len(shapes) > 1:
        raise ShapeError(f"an array was to be made of a list whose elements have unequal shapes, {sorted(shapes)}")
    whole = np.stack(elements)
    return whole if len(outer) == 1 else np.reshape(whole, outer + whole.shape[1:])


def common_dtype(values: Iterable[Any]) -> np.dtype[Any]:
    """Return the dtype that arrays and Python numbers have together."""
    dtypes: set[Any] = set()
    numbers: dict[type, Any] = {}
    for value in values:
        if type(value) in _PYTHON_NUMBERS:
            numbers[type(value)] = value
        else:
            dtypes.add(value.dtype)
    return np.result_type(*dtypes, *numbers.values())


def _element(value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = stacked(value)
    if isinstance(value, Tensor) or type(value) in _PYTHON_NUMBERS or is_duck(value):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise DtypeError(f"an array was to be made of a list of Tensors and {value!r}, which is not a number")
    return array
