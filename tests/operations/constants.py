"""The third table: functions whose derivative is zero wherever it exists, which give plain values on Tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special as sc

X = np.array([0.5, -1.5, 2.0, np.nan, 2.0])
Y = np.array([0.5, 2.0, -2.0, 1.0, 2.5])
Z = np.array([0.5, -1.5, 2.0, 0.0])

_ONE_ARGUMENT = (
    np.floor, np.ceil, np.trunc, np.rint, np.round, np.around, np.fix, np.sign, np.signbit, np.isfinite, np.isinf,
    np.isnan, np.isposinf, np.isneginf, np.iscomplexobj, np.isrealobj, np.argmax, np.argmin, np.argsort, np.nonzero,
    np.flatnonzero, np.argwhere, np.count_nonzero, np.nanargmax, np.nanargmin, np.shape, np.ndim, np.size,
    np.zeros_like, np.ones_like, np.result_type, np.min_scalar_type, np.iterable, np.array_repr, np.array_str,
    np.array2string, np.spacing, np.isreal, np.iscomplex,
    sc.gammasgn, sc.round,
)  # fmt: skip
_TWO_ARGUMENTS = (
    np.floor_divide, np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.isclose,
    np.allclose, np.array_equal, np.may_share_memory, np.shares_memory, np.nextafter, np.isin,
    np.array_equiv,
)  # fmt: skip
_OF_NUMBERS = (np.logical_not, np.all, np.any)
_OF_TWO_NUMBERS = (np.logical_and, np.logical_or, np.logical_xor)

#: Function -> the arguments it is called with; each array becomes a Tensor.
CALLS: dict[Callable[..., Any], tuple[Any, ...]] = {
    **dict.fromkeys(_ONE_ARGUMENT, (X,)),
    **dict.fromkeys(_TWO_ARGUMENTS, (X, Y)),
    **dict.fromkeys(_OF_NUMBERS, (Z,)),
    **dict.fromkeys(_OF_TWO_NUMBERS, (Z, Z[::-1])),
    np.lexsort: ((X, Y),),
    np.searchsorted: (np.sort(Y), Z),
    np.digitize: (Z, np.array([-1.0, 0.0, 1.0])),
    np.argpartition: (Z, 1),
    np.full_like: (X, 3.0),
    np.empty_like: (X[:0],),
    np.can_cast: (X, np.float64),
    np.linalg.matrix_rank: (np.array([[1.0, 2.0], [2.0, 4.0]]),),
    np.ix_: (np.array([0, 2]), np.array([1])),
    np.unravel_index: (np.array([5, 0]), (2, 3)),
    np.ravel_multi_index: ((np.array([1, 0]), np.array([2, 0])), (2, 3)),
    np.tril_indices_from: (X[:, None] * Y,),
    np.triu_indices_from: (X[:, None] * Y, 1),
    np.diag_indices_from: (X[:, None] * Y,),
    np.einsum_path: ("i,i,j->j", Y, Z[:1], Z),
}
