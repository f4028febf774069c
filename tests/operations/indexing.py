"""Rows of indexing: what ``x[index]`` picks, and functional updates ``t.at[index].set(v)``."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_lite.numpy as anp
from autograd_lite.core.dispatch import At
from operations.row import COMPLEXES, Op, S


def _picks(*indices: Any, shape: tuple[int, ...]) -> list[Any]:
    return [S(shape, index=index) for index in indices]


_I, _J = np.array([0, 2, 2]), np.array([1, 0, 1])
_MASK = np.array([[True, False, True], [False, False, True]])

GATHERS = [
    Op("basic index", lambda x, index: x[index], [
        *_picks(0, -1, slice(1, None), slice(None, None, 2), slice(None, None, -1), slice(3, 0, -2), None, ...,
        slice(2, 2), (), np.int64(2),
                shape=(4,)),
        *_picks((0, 1), (slice(None), -1), (slice(None, None, -1), slice(1, 3)), (None, 0, ..., None), (..., 0), 1,
                (slice(1, 2), None, slice(None, None, -2)), shape=(2, 3)),
        S((), index=()), S((), index=...), S((), index=None),
    ], errors=_picks(4, (0, 0), shape=(4,))),
    Op("integer arrays", lambda x, index: x[index], [
        *_picks(_I, [0, 0, 3], np.array([[0, 1], [3, -1]]), np.array(2), np.array([], dtype=int), [],
        (_I,), shape=(4,)),
        *_picks(_I, (_I, _J), (slice(None), _J), (_I, slice(None)), (_I[:, None], _J), (1, _J), (_I, 1),
        (_I, None, _J), (None, _I),
                (..., _J), (_I, ...), shape=(3, 2)),
    ], errors=_picks(np.array([5]), shape=(4,))),
    Op("integer arrays apart", lambda x, index: x[index], _picks(
        (_J, slice(None), _J), (0, slice(None), _J), (_J, slice(None), 1), (_J, None, slice(None), _J),
        (_J, ..., _J), (_J, None, _J),
        (slice(None), _J, _J), (_J, _J), (slice(None), 0, _J), (1, ..., [0, 1]), shape=(2, 3, 2))),
    Op("boolean masks", lambda x, index: x[index], [
        *_picks(_MASK, (_MASK[0, :2],), (slice(None), _MASK[0]), (0, _MASK[0]), (_MASK[0, :2], _MASK[1]), (_MASK, None),
                (_MASK[:, 0], slice(None, None, -1)), np.zeros((2, 3), bool), True, shape=(2, 3)),
        *_picks((_MASK, slice(None)), (slice(None), np.array([True, False, True]), slice(None)), (_MASK, 1), (_MASK,),
                (slice(None), [True, False, True], [0, 1]), shape=(2, 3, 2)),
        S((), index=True), S((), index=np.array(False)),
    ], errors=[S((2, 3), index=np.ones((3, 2), bool))]),
    Op("several reads", lambda x: x[0] * x[-1] + x[1:3].sum() + x[[0, 0, 3, 1]] + x, [S((4, 2))]),
    Op("take", np.take, [S((4,), indices=_I), S((2, 3), indices=_I), S((2, 3), indices=[0, 2], axis=1),
       S((2, 3), indices=1, axis=-1),
                         S((3, 2), indices=[[0, 1], [2, 2]], axis=0), S((2, 3), indices=-1, axis=0),
                         S((2, 3), indices=[], axis=0)],
       errors=(S((4,), indices=[4]), S((4,), indices=[0], mode="other"))),
    Op("take outside", np.take, [S((4,), indices=[-5, 6, 1], mode="wrap"), S((4,), indices=[-5, 6, 1], mode="clip"),
                                 S((2, 3), indices=4, axis=1, mode="clip"), S((2, 3), indices=[True, False], axis=0)]),
    Op("compress", lambda x, condition, axis=None: np.compress(condition, x, axis), [
        S((4,), condition=[True, False, True]), S((2, 3), condition=[0, 1, 1], axis=-1), S((2, 3), condition=[0, 1, 1]),
        S((2, 3), condition=[False, False], axis=0),
    ], errors=(S((2,), condition=[0, 1, 1]), S((2, 2), condition=[[True]]))),
    Op("compress method", lambda x: x.compress([True, False], axis=0), [S((2, 3))]),
    Op("extract", lambda x: np.extract(_MASK, x), [S((2, 3))]),
    Op("choose", lambda *choices, a, **keywords: np.choose(a, choices, **keywords), [
        S((2, 3), (3,), (), a=[2, 0, 1]), S((3,), (3,), a=np.array([[1, 0, 0], [0, 1, 1]])), S((), (), a=1),
        S((2,), (2,), a=[3, -1], mode="wrap"), S((2,), (2,), a=[3, -1], mode="clip"),
    ], errors=(S((2,), (2,), a=[2, 0]),)),
    Op("take method", lambda x: x.take([2, 0], axis=1), [S((2, 3))]),
    Op("take_along_axis", np.take_along_axis, [
        S((2, 3), indices=np.array([[2, 0], [1, 1]]), axis=1), S((2, 3), indices=np.array([[1, 0, 1]]), axis=0),
        S((4,), indices=_I, axis=0), S((2, 3), indices=np.array([5, 0, 5]), axis=None),
        S((2, 1, 2), indices=np.array([[[0, 0, 1]]]), axis=-1), S((2, 3), indices=np.array([[-1]]), axis=1),
    ], errors=(S((2, 3), indices=np.array([0]), axis=1), S((2, 3), indices=np.array([[0.0]]), axis=1),
               S((2, 3), indices=np.array([[3]]), axis=1))),
    Op("rows of a table", lambda x, index: x[index], [
        *_picks(np.tile([2, 0, 2, 1], 6), (slice(None), np.tile([2, 0, 2], 8)), (..., np.tile([-1, 0, 2], 8)),
                (np.tile([1, 0], 12), np.tile([-3, 0, 2], 8)), np.arange(3).repeat(10).reshape(2, 15),
                (1, np.tile([-3, 0, 2], 8)), shape=(3, 4)),
        *_picks((slice(None), np.tile([2, 0, 2], 5)), (slice(None), np.tile([2, -1, 2], 4), np.tile([1, 0], 6)),
                (slice(1, None), np.tile([2, 0], 9)), (np.tile([1, 0], 9), slice(None), np.tile([1, 0, 1], 6)),
                (slice(None), 0, np.tile([1, 0, 1], 12)), shape=(2, 3, 2))]),
]  # fmt: skip


def _in_place(combine: Any, at: Any = None) -> Any:
    """Return the reference of an update: the same with a loop over what NumPy does in place."""

    def reference(x: Any, value: Any, index: Any = at) -> Any:
        out = np.array(x)
        where = np.arange(out.size).reshape(out.shape)[index]
        flat = out.reshape(-1)
        for k, v in zip(np.ravel(where), np.ravel(np.broadcast_to(value, np.shape(where))), strict=True):
            flat[k] = combine(flat[k], v)
        return out[()]

    return reference


_UPDATES = [
    S((4,), (), index=1), S((4,), (2,), index=slice(None, None, 2)), S((4,), (3,), index=np.array([0, 3, 1])),
    S((4,), (3,), index=np.array([2, 0, 2])), S((4,), (), index=np.array([1, 1, 1])), S((2, 3), (3,), index=0),
    S((2, 3), (2, 1), index=(slice(None), slice(None, None, -1))), S((2, 3), (3,), index=_MASK), S((2, 3),
    (), index=_MASK),
    S((2, 3), (2,), index=([0, 0], [1, 1])), S((2, 3, 2), (3, 3), index=(_J, slice(None), _J)),
    S((2, 3, 2), (3, 3), index=(_J[:, None], [0, 1, 2], 0)), S((2, 3), (2, 3), index=...), S((), (), index=()),
    S((3, 2), (1, 2), index=np.array([2, 2])),
]  # fmt: skip


def _update(name: str) -> Any:
    return lambda x, value, index: getattr(At(x)[index], name)(value)


def _functional(name: str) -> Any:
    """Return the form of a function of the namespace that gives a new array."""
    return lambda *arrays, **keywords: getattr(anp, name)(*arrays, **keywords, inplace=False)


def _put_along_axis(x: Any, values: Any, indices: Any, axis: Any) -> Any:
    return anp.put_along_axis(x, indices, values, axis, inplace=False)


def _copied(function: Any) -> Any:
    """Return NumPy's function that writes into its first argument as one that returns what it has written into."""

    def reference(x: Any, *rest: Any, **keywords: Any) -> Any:
        out = np.array(x)
        function(out, *rest, **keywords)
        return out

    return reference


UPDATES = [
    Op("fill_diagonal", _functional("fill_diagonal"), [
        S((3, 3), ()), S((2, 3), (2,)), S((4, 2), (2,)), S((7, 2), (), wrap=True), S((2, 2, 2), ()), S((3, 3), (2,)),
        S((2, 2), (3,)), S((4, 2), (3,), wrap=True),
    ], reference=_copied(np.fill_diagonal), errors=(S((3,), ()), S((2, 2, 3), ()))),
    Op("put_along_axis", _put_along_axis, [
        S((2, 3), (2, 1), indices=np.array([[2], [0]]), axis=1), S((2, 3), (), indices=np.array([[1, 0, 1]]), axis=0),
        S((2, 3), (2, 2), indices=np.array([[0, 0], [1, 2]]), axis=-1),
        S((2, 3), (2,), indices=np.array([5, 0]), axis=None),
    ], reference=_copied(lambda x, values, indices, axis: np.put_along_axis(x, indices, values, axis)),
       errors=(S((2, 3), (), indices=np.array([0]), axis=1),)),
    Op("at.set", _update("set"), _UPDATES, reference=_in_place(lambda old, new: new)),
    Op("at.add", _update("add"), _UPDATES, reference=_in_place(lambda old, new: old + new)),
    Op("at.multiply", _update("multiply"), _UPDATES, reference=_in_place(lambda old, new: old * new)),
    Op("at.min", _update("min"), _UPDATES, reference=_in_place(min)),
    Op("at.max", _update("max"), _UPDATES, reference=_in_place(max)),
    Op("at.set of a number", lambda x: At(x)[1:].set(5.0), [S((3,)), S((3, 2))],
       reference=lambda x: np.concatenate([x[:1], np.full_like(x[1:], 5.0)])),
    Op("at.add of a list", lambda x: At(x)[[0, 0]].add([1.0, 2.0]), [S((3,))],
       reference=lambda x: x + np.array([3.0, 0, 0], x.dtype)),
]  # fmt: skip

COMPLEX = [
    Op("complex index", lambda x: x[1:] * x[[0, 0]] + x[0], [S((3,)), S((3, 2))], dtypes=COMPLEXES),
    Op("complex at.set", lambda x, v: At(x)[[0, 2, 0]].set(v), [S((3,), (3,))], dtypes=COMPLEXES,
       reference=_in_place(lambda old, new: new, [0, 2, 0])),
]  # fmt: skip

ROWS = [*COMPLEX, *GATHERS, *UPDATES]
