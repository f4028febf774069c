"""Rows of functions that sort, and that trim what stands at the ends."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from operations.row import COMPLEXES, Op, S

HOLES = np.array([[False, True, False], [False, False, False]])


def _trimmed(x: Any, **keywords: Any) -> Any:
    return np.trim_zeros(np.concatenate([np.zeros((2, *x.shape[1:])), x, np.zeros((1, *x.shape[1:]))]), **keywords)


ROWS = [
    Op("sort", np.sort, [S((5,)), S((2, 3)), S((3, 2), axis=0), S((2, 3), axis=None), S((2, 3, 2), axis=-2),
       S((4,), kind="stable"), S((4,), stable=True)], errors=(S(()), S((3,), axis=1))),
    Op("sort, squared", lambda x: np.sort(x, axis=0) ** 2, [S((3, 2))]),
    Op("sort with NaNs", lambda x: np.sort(np.where(HOLES, np.nan, x), axis=1)[:, :2], [S((2, 3))]),
    Op("sort of complex numbers", np.sort, [S((4,))], dtypes=COMPLEXES),
    Op("sort_complex", np.sort_complex, [S((2, 3))], dtypes=COMPLEXES),
    Op("sort_complex of real numbers", np.sort_complex, [S((3,))], dtypes=(np.float64,)),
    Op("sort method", operator.methodcaller("sort"), [S((4,))], reference=np.sort),
    Op("partition", np.partition, [S((5,), kth=2), S((3, 4), kth=1, axis=0), S((2, 3), kth=(0, 2), axis=None),
       S((2, 4), kth=-1)], errors=(S((3,), kth=5),)),
    Op("trim_zeros", _trimmed, [S((3,)), S((3,), trim="f"), S((3, 2), axis=0), S((3, 2), trim="b")], (0.5, 2.0),
       order=1, dtypes=(np.float64,)),
]  # fmt: skip
