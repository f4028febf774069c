"""Operations with several outputs: one node for the operation, and one more for each output that is used.

The node of the operation waits until the cotangents of all of its outputs have arrived (as `Parts`), and its rules
then get them as one tuple.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.cotangents import LazyCotangent
from autograd_lite.core.plan import GENERAL, Primitive

#: What stands for the dtype of a node with several outputs; its shape is ().
SEVERAL = np.dtype(object)


class Parts(LazyCotangent):
    """The cotangents of some outputs of a primitive that has several, adding up to one tuple of them.

    Parameters
    ----------
    index, count : int
        Which output this is the cotangent of, and of how many.
    value : array or Tensor
    shape, dtype
        Of the batch axes, and of the node that has the outputs.
    """

    __slots__ = ("count", "index", "value")

    def __init__(self, index: int, count: int, value: Any, shape: tuple[int, ...]):
        super().__init__(shape, SEVERAL)
        self.index, self.count, self.value = index, count, value

    def materialize(self) -> tuple[Any, ...]:
        """Return one cotangent for each output, None where none arrived."""
        parts = self.parts()
        whole: list[Any] = [None] * parts[0].count
        for part in parts:
            whole[part.index] = part.value if whole[part.index] is None else whole[part.index] + part.value
        return tuple(whole)


def _split_part(g: Any, index: int, count: int, out_shape: tuple[int, ...]) -> Parts:
    return Parts(index, count, g, g.shape[: g.ndim - len(out_shape)])


OUTPUT = Primitive(lambda whole, index, count: whole[index], kind=GENERAL, name="output", lazy=True, whole=_split_part)
