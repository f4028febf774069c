"""Containers of arrays as one flat vector, and back: what every solver starts with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError, StructureError
from autograd_lite.transforms.arguments import flatten, unflatten


class Packing:
    """How a container of arrays lies in one vector of float64.

    Parameters
    ----------
    tree : array, number, Tensor, or container of them
        A list or tuple of plain numbers is an array; integers become floating-point numbers.
    who : str
        The function that is asking, for error messages.

    Attributes
    ----------
    vector : ndarray of shape (n,)
        The elements.
    size : int
        n
    epsilon : float
        The unit round-off of the coarsest dtype.

    Raises
    ------
    DtypeError
        If it holds complex numbers, or what is no number.
    StructureError
        If it holds no number at all.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.calculus.packing import Packing
    >>> packing = Packing({"a": np.ones((2, 2)), "b": 5.0})
    >>> packing.vector
    array([1., 1., 1., 1., 5.])
    >>> packing.unravel(packing.vector)["a"].shape
    (2, 2)
    """

    def __init__(self, tree: Any, who: str = "the solver"):
        leaves, self._structure = flatten(_array_of_numbers(tree))
        arrays = [_real(leaf, who) for leaf in leaves]
        self._shapes = [array.shape for array in arrays]
        self._dtypes = [array.dtype for array in arrays]
        self._ends = np.cumsum([array.size for array in arrays], dtype=int).tolist()
        self.size: int = self._ends[-1] if arrays else 0
        if not self.size:
            raise StructureError(f"{who}: the start {tree!r} holds no number")
        self.epsilon = max(float(np.finfo(dtype).eps) for dtype in self._dtypes)
        self._plain = self._structure is None and self._dtypes[0] == np.float64
        self.vector = np.concatenate([np.reshape(array, -1) for array in arrays]).astype(np.float64)

    def unravel(self, vector: Any) -> Any:
        """Return the container with a vector's elements: fresh arrays, of the dtypes and shapes of the start.

        Of a Tensor it is made of Tensors.
        """
        if isinstance(vector, Tensor):
            return self._unraveled(vector)
        if self._plain:
            return np.array(vector).reshape(self._shapes[0])[()]
        starts = [0, *self._ends[:-1]]
        return unflatten(
            self._structure,
            [
                np.asarray(vector[start:end], dtype=dtype).reshape(shape).copy()[()]
                for start, end, shape, dtype in zip(starts, self._ends, self._shapes, self._dtypes, strict=True)
            ],
        )

    def _unraveled(self, vector: Tensor) -> Any:
        starts, leaves = [0, *self._ends[:-1]], []
        for start, end, shape, dtype in zip(starts, self._ends, self._shapes, self._dtypes, strict=True):
            leaf = np.reshape(vector[start:end], shape)
            leaves.append(leaf if leaf.dtype == dtype else leaf.astype(dtype))
        return unflatten(self._structure, leaves)

    def ravel(self, leaves: Sequence[Any], lead: tuple[int, ...] = ()) -> np.ndarray:
        """Return arrays, one for each leaf, behind common leading axes, as one array of shape ``lead + (n,)``."""
        if len(leaves) == 1:
            return np.reshape(leaves[0], (*lead, -1)).astype(np.float64)
        return np.concatenate([np.reshape(leaf, (*lead, -1)) for leaf in leaves], axis=-1).astype(np.float64)

    def matched(self, tree: Any, what: str) -> np.ndarray:
        """Return another container of the same structure and shapes as a vector; a single number stands for all.

        Raises
        ------
        StructureError, ShapeError
            If it does not match.
        """
        tree = _array_of_numbers(tree)
        if isinstance(tree, int | float):
            return np.full(self.size, float(tree))
        leaves, structure = flatten(tree)
        if structure != self._structure:
            raise StructureError(f"{what} has another structure than the start: {tree!r}")
        arrays = [np.asarray(leaf, dtype=np.float64) for leaf in leaves]
        for array, shape in zip(arrays, self._shapes, strict=True):
            if array.shape != shape:
                raise ShapeError(f"{what} has shape {array.shape}, and the start has shape {shape}")
        return self.ravel(arrays)


def _array_of_numbers(tree: Any) -> Any:
    """Return an array for a list or tuple of plain numbers, nested or not, and anything else as it is."""
    if type(tree) in (list, tuple) and tree and all(_is_number(item) for item in tree):
        return np.array(tree)
    return tree


def _is_number(item: Any) -> bool:
    if type(item) in (list, tuple):
        return all(_is_number(each) for each in item)
    return isinstance(item, int | float | np.floating | np.integer) and not isinstance(item, bool)


def _real(leaf: Any, who: str) -> np.ndarray:
    array = np.asarray(leaf.data if isinstance(leaf, Tensor) else leaf)
    if array.dtype.kind in "iu":
        return array.astype(np.float64)
    if array.dtype.kind == "c":
        raise DtypeError(
            f"{who}: the start is or holds complex numbers (dtype {array.dtype}, shape {array.shape}). Pass real and "
            f"imaginary parts as two real arrays, and put them together in the function: z = x + 1j * y."
        )
    if array.dtype.kind != "f":
        raise DtypeError(
            f"{who}: the start is or holds {leaf!r} of type {type(leaf).__name__}, dtype {array.dtype}, where "
            f"floating-point numbers are needed"
        )
    return array
