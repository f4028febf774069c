"""Rows of functions that move elements: reshaping, permuting, joining, splitting, repeating, padding."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_lite.numpy as anp
from autograd_lite import Tensor
from operations.row import COMPLEXES, Op, S


def _laid(numbers: Any, arrays: tuple[Any, ...]) -> Any:
    """Return nested lists with arrays in place of their numbers."""
    return [_laid(item, arrays) for item in numbers] if isinstance(numbers, list) else arrays[numbers]


def _many(function: Any) -> Any:
    """Return a function of a list as one of several arguments."""
    return lambda *arrays, **keywords: function(arrays, **keywords)


SHAPES = [
    Op("full_like", lambda v, **keywords: np.full_like(Tensor(np.zeros((2, 3))), v, **keywords),
       [S(()), S((3,)), S((), shape=(4,)), S((2,), shape=2), S((), dtype=float)],
       reference=lambda v, **keywords: np.full_like(np.zeros((2, 3)), v, **keywords), dtypes=(np.float64,)),
    Op("full_like in float32", lambda v: np.full_like(Tensor(np.zeros((2, 3), np.float32)), v), [S((3,))], order=0,
       reference=lambda v: np.full_like(np.zeros((2, 3), np.float32), v)),
    Op("reshape", np.reshape, [S((2, 3), shape=(3, 2)), S((2, 3), shape=-1), S((2, 3), shape=(2, -1, 1)),
       S((), shape=(1, 1)),
                               S((1,), shape=()), S((6,), shape=[2, 3]), S((2, 3), shape=(3, 2), order="F"),
                               S((2, 3, 2), shape=(4, 3), order="F"), S((2, 3), shape=(3, 2), copy=True)],
       errors=(S((2, 3), shape=(4, 2)), S((2, 3), shape=(-1, -1)))),
    Op("ravel", np.ravel, [S((2, 3)), S(()), S((2, 3), order="F"), S((4,))]),
    Op("expand_dims", np.expand_dims, [S((2, 3), axis=0), S((2, 3), axis=-1), S((2, 3), axis=(0, 2)), S((), axis=0),
                                       S((3,), axis=(1, -1))], errors=(S((2, 3), axis=4), S((2, 3), axis=(0, 0)))),
    Op("squeeze", np.squeeze, [S((1, 3, 1)), S((1, 3, 1), axis=0), S((1, 3, 1), axis=-1), S((1, 3, 1), axis=(0, 2)),
       S((3,)),
                               S((1,))], errors=(S((1, 3), axis=1),)),
    Op("atleast_1d", np.atleast_1d, [S(()), S((2,)), S((), (3,))]),
    Op("atleast_2d", np.atleast_2d, [S(()), S((2,)), S((2, 3)), S((), (3,))]),
    Op("atleast_3d", np.atleast_3d, [S(()), S((2,)), S((2, 3)), S((2, 1, 3))]),
    Op("transpose", np.transpose, [S((2, 3)), S((2, 3, 4)), S((2, 3, 4), axes=(1, 2, 0)),
       S((2, 3, 4), axes=(-1, 0, 1)), S((3,)),
                                   S(())], errors=(S((2, 3), axes=(0, 0)), S((2, 3), axes=(0,)))),
    Op("T", lambda x: x.T, [S((2, 3)), S((2, 3, 4)), S((3,))]),
    Op("mT", lambda x: x.mT, [S((2, 3)), S((2, 3, 4))]),
    Op("moveaxis", np.moveaxis, [S((2, 3, 4), source=0, destination=-1),
       S((2, 3, 4), source=(0, 1), destination=(-1, 0)),
                                 S((2, 3, 4), source=[2, 0], destination=[0, 1])],
       errors=(S((2, 3), source=5, destination=0),)),
    Op("swapaxes", np.swapaxes, [S((2, 3, 4), axis1=0, axis2=-1), S((2, 3), axis1=1, axis2=0),
       S((3,), axis1=0, axis2=0)]),
    Op("matrix_transpose", np.matrix_transpose, [S((2, 3)), S((2, 3, 4))]),
    Op("rollaxis", np.rollaxis, [S((2, 3, 4), axis=2), S((2, 3, 4), axis=0, start=3), S((2, 3, 4), axis=1, start=-1),
                                 S((2, 3, 4), axis=-1, start=1)]),
    Op("broadcast_to", np.broadcast_to, [S((3,), shape=(2, 3)), S((2, 1), shape=(2, 3)), S((), shape=(2, 2)),
       S((), shape=()),
                                         S((1,), shape=4), S((2, 1, 3), shape=(2, 2, 4, 3))],
       errors=(S((3,), shape=(2, 2)),)),
    Op("broadcast_arrays", np.broadcast_arrays, [S((3,), (2, 1)), S((), (2,)), S((2, 3), (2, 3))],
       errors=(S((2,), (3,)),)),
    Op("meshgrid", np.meshgrid, [S((3,), (2,)), S((3,), (2,), indexing="ij"), S((3,), (2,), sparse=True), S((2,)),
                                 S((2,), (), (3,)), S((2,), (1,), (3,), indexing="ij", sparse=True)]),
    Op("reshape method", lambda x: x.reshape(3, 2), [S((2, 3)), S((6,))]),
    Op("ravel method", lambda x: x.ravel(), [S((2, 3))]),
    Op("flatten method", lambda x: x.flatten(), [S((2, 3)), S(())]),
    Op("transpose method", lambda x: x.transpose(1, 0, 2), [S((2, 3, 4))]),
    Op("squeeze method", lambda x: x.squeeze(), [S((1, 3))]),
    Op("swapaxes method", lambda x: x.swapaxes(0, 1), [S((2, 3))]),
    Op("copy", np.copy, [S((2, 3)), S(())]),
    Op("copy method", lambda x: x.copy(), [S((2, 3))]),
    Op("flatten method in Fortran order", lambda x: x.flatten("F"), [S((2, 3))]),
    Op("flat", lambda x: x.flat[1:3], [S((2, 3))]),
    Op("astype", lambda x: np.astype(x, np.float64), [S((2, 3)), S(())], reference=lambda x: x.astype(np.float64),
       dtypes=(np.float64,)),
    Op("astype method", lambda x: x.astype(np.float64), [S((2, 3)), S((4,))], dtypes=(np.float64,)),
    Op("astype down and up", lambda x: (x.astype(np.float32) * 2).astype(np.float64), [S((2, 3))], order=0,
       dtypes=(np.float64,)),
]  # fmt: skip

JOINS = [
    Op("concatenate", _many(np.concatenate), [S((2, 3), (1, 3)), S((2, 1), (2, 3), axis=1), S((2, 1), (2, 3),
       (2, 2), axis=-1),
                                              S((2, 3), (4,), axis=None), S((3,)), S((2, 3), (0, 3)), S((2,), (3,),
                                              (1,))],
       errors=(S((2, 3), (2, 2)), S((2, 3), (2, 3), axis=2), S((), ()))),
    Op("concatenate with itself", lambda x: np.concatenate([x, np.ones(2), x * 2, x]), [S((3,))], dtypes=(np.float64,)),
    Op("stack", _many(np.stack), [S((2, 3), (2, 3)), S((2, 3), (2, 3), axis=1), S((2, 3), (2, 3), (2, 3), axis=-1),
       S((), ()), S((3,))],
       errors=(S((2, 3), (2, 2)),)),
    Op("vstack", _many(np.vstack), [S((3,), (3,)), S((2, 3), (3,)), S((), ())]),
    Op("hstack", _many(np.hstack), [S((3,), (2,)), S((2, 3), (2, 1)), S((), (2,))]),
    Op("dstack", _many(np.dstack), [S((3,), (3,)), S((2, 3), (2, 3)), S((2, 3, 1), (2, 3, 2))]),
    Op("column_stack", _many(np.column_stack), [S((3,), (3,)), S((3, 2), (3,))]),
    Op("append", np.append, [S((3,), (2,)), S((2, 3), (2,)), S((2, 3), (1, 3), axis=0), S((2,), ())]),
    Op("block", lambda *arrays, laid: np.block(_laid(laid, arrays)), [
        S((2, 2), (2, 1), (1, 3), laid=[[0, 1], [2]]), S((2,), (), laid=[0, 1, 0]), S((2,), (2,), laid=[[0], [1]]),
        S((2, 3), laid=0), S((1, 2), (1, 2), (2, 2), laid=[[[0], [1]], [[2]]]), S((), (), laid=[[0, 1], [1, 0]]),
        S((2, 1, 2), (2, 2), laid=[[0]]),
    ], errors=(S((2,), (2,), laid=[[0], 1]), S((2,), laid=[]), S((2, 2), (3, 3), laid=[0, 1]))),
    Op("insert", lambda arr, values, obj, axis=None: np.insert(arr, obj, values, axis), [
        S((4,), (), obj=1), S((4,), (2,), obj=-1), S((4,), (3,), obj=[3, 0, 3]), S((2, 3), (2,), obj=[1, -1]),
        S((2, 3), (3,), obj=1, axis=0), S((2, 3), (2, 2), obj=1, axis=1), S((2, 3), (2, 1), obj=[1], axis=1),
        S((2, 3), (2,), obj=[0, 2], axis=-1), S((4,), (2,), obj=slice(None, None, 2)),
        S((3,), (), obj=np.array([True, False, True])), S((2, 3), (), obj=[0, 2], axis=1), S((3,), (), obj=[]),
    ], errors=(S((3,), (), obj=5), S((3,), (2,), obj=[0, 1, 2]), S((2, 3), (4,), obj=0, axis=0))),
    Op("delete", lambda arr, obj, axis=None: np.delete(arr, obj, axis), [
        S((4,), obj=1), S((4,), obj=[0, -1]), S((2, 3), obj=slice(None, None, 2)), S((2, 3), obj=0, axis=0),
        S((2, 3), obj=np.array([True, False, True]), axis=-1),
    ], errors=(S((3,), obj=3),)),
    Op("split", np.split, [S((6,), indices_or_sections=3), S((6,), indices_or_sections=[2, 5]),
                           S((2, 4), indices_or_sections=2, axis=1), S((2, 4), indices_or_sections=[1, -1], axis=-1)],
       errors=(S((5,), indices_or_sections=2),)),
    Op("unstack", np.unstack, [S((3, 2)), S((2, 3), axis=-1), S((3,))], errors=(S(()),)),
    Op("array_split", np.array_split, [S((5,), indices_or_sections=2), S((2, 5), indices_or_sections=3, axis=-1),
                                       S((5,), indices_or_sections=[1, 3])],
       errors=(S((5,), indices_or_sections=0),)),
    Op("vsplit", np.vsplit, [S((4, 2), indices_or_sections=2)], errors=(S((4,), indices_or_sections=2),)),
    Op("hsplit", np.hsplit, [S((2, 4), indices_or_sections=2), S((4,), indices_or_sections=[1])]),
    Op("dsplit", np.dsplit, [S((1, 2, 4), indices_or_sections=2)], errors=(S((2, 4), indices_or_sections=2),)),
    Op("pieces unpacked", lambda x: [row * k for k, row in enumerate(x)], [S((3, 2)), S((3,))]),
]  # fmt: skip

ORDERS = [
    Op("flip", np.flip, [S((2, 3)), S((2, 3), axis=0), S((2, 3), axis=-1), S((2, 3, 2), axis=(0, 2)), S((3,))],
       errors=(S((2, 3), axis=2),)),
    Op("flipud", np.flipud, [S((2, 3)), S((3,))]),
    Op("fliplr", np.fliplr, [S((2, 3))]),
    Op("roll", np.roll, [S((5,), shift=2), S((5,), shift=-7), S((2, 3), shift=1), S((2, 3), shift=1, axis=1),
                         S((2, 3), shift=(1, -1), axis=(0, 1)), S((2, 3), shift=2, axis=(0, 1)),
                         S((2, 3), shift=(1, 1), axis=(-1, -1)), S((2, 3), shift=0, axis=0)]),
    Op("rot90", np.rot90, [S((2, 3)), S((2, 3), k=2), S((2, 3), k=-1), S((2, 3), k=4), S((2, 3, 4), k=1, axes=(1, 2)),
                           S((2, 3, 4), k=3, axes=(2, 0)), S((2, 3, 4), k=1, axes=(-1, 0))],
       errors=(S((2, 3), axes=(0, -2)), S((3,)))),
    Op("repeat", np.repeat, [S((3,), repeats=2), S((2, 3), repeats=2), S((2, 3), repeats=3, axis=0),
       S((2, 3), repeats=2, axis=-1),
                             S((2, 3), repeats=[1, 0, 2], axis=1), S((2,), repeats=[2, 3]), S((3,), repeats=[2]),
                             S((), repeats=3),
                             S((3,), repeats=0), S((2, 3), repeats=[2, 1], axis=-2)],
       errors=(S((3,), repeats=[1, 2]), S((3,), repeats=-1))),
    Op("tile", np.tile, [S((3,), reps=2), S((2, 3), reps=2), S((2, 3), reps=(2, 1)), S((3,), reps=(2, 1, 2)),
       S((2, 3), reps=()),
                         S((), reps=3), S((2, 3), reps=(2, 1, 2)), S((3,), reps=0),
                         S((2, 1, 3), reps=(2,)), S((2, 2, 2), reps=(3, 1))]),
    Op("resize", np.resize, [S((2, 3), new_shape=(3, 3)), S((2, 3), new_shape=4), S((2,), new_shape=(2, 0)),
                             S((), new_shape=(2, 2)), S((0,), new_shape=(2,))], errors=(S((3,), new_shape=(-1,)),)),
    Op("diagflat", np.diagflat, [S((2, 2)), S((3,), k=1), S((), k=-2)]),
    Op("vander", np.vander, [S((3,)), S((3,), N=2), S((2,), N=4, increasing=True), S((3,), N=0)], dtypes=(np.float64,),
       errors=(S((2, 2)),)),
    Op("apply_along_axis", lambda x, f, axis: np.apply_along_axis(f, axis, x), [
        S((2, 3), f=lambda v: v * v[0], axis=0), S((2, 3), f=lambda v: v @ v, axis=-1),
        S((3,), f=lambda v: v.sum(), axis=0),
        S((2, 3, 2), f=lambda v: np.outer(v, v[1:]), axis=1), S((2, 1, 3), f=lambda v: v[:2] * 2, axis=0),
    ], errors=(S((2, 0), f=lambda v: v, axis=0), S((2, 2), f=lambda v: v, axis=2))),
    Op("apply_over_axes", lambda x, f, axes: np.apply_over_axes(f, x, axes), [
        S((2, 3, 2), f=np.sum, axes=(0, 2)), S((2, 3), f=np.mean, axes=-1),
        S((2, 3), f=lambda x, axis: x * 2, axes=[0]),
    ], errors=(S((2, 3), f=lambda x, axis: np.sum(x), axes=0),)),
    Op("repeat method", lambda x: x.repeat(2, axis=0), [S((2, 3))]),
]  # fmt: skip


def _ends(name: str, mode: str) -> Any:
    """Return the namespace's pad, with the values at the margins as a second array: NumPy asks the first one only."""
    return lambda x, ends, pad_width: anp.pad(x, pad_width, mode=mode, **{name: ends})


PADS = [
    Op("pad", np.pad, [S((3,), pad_width=2), S((2, 3), pad_width=((1, 0), (0, 2))), S((2, 3), pad_width=(1, 2)),
                       S((2, 3), pad_width=1, constant_values=3.0),
                       S((2, 3), pad_width=((1, 0), (2, 1)), constant_values=((1, 2), (3, 4))),
                       S((2, 3), pad_width={1: (1, 2)}), S((2, 3), pad_width={-1: 2}), S((3,), pad_width=0)],
       errors=(S((3,), pad_width=-1), S((2, 3), pad_width=((1, 1), (1, 1), (1, 1))), S((3,), pad_width=1.5),
               S((3,), pad_width=1, mode="edge", constant_values=1.0), S((3,), pad_width=1, mode="other"),
               S((0,), pad_width=1, mode="edge"))),
    Op("pad with constants", _ends("constant_values", "constant"), [
        S((3,), (), pad_width=2), S((2, 3), (2,), pad_width=((1, 0), (2, 1))), S((2, 3), (2, 2), pad_width=1),
        S((2, 3), (2, 1), pad_width=(1, 2))]),
    Op("pad with ramps", _ends("end_values", "linear_ramp"), [
        S((3,), (), pad_width=3), S((2, 3), (2, 2), pad_width=((1, 2), (3, 0))), S((2, 3), (1, 2), pad_width=2)]),
    *[Op(f"pad {mode}", np.pad, [S((4,), pad_width=(2, 3), mode=mode),
                                 S((3, 3), pad_width=((1, 2), (0, 1)), mode=mode),
                                 S((2, 3), pad_width=5, mode=mode), S((1, 3), pad_width=2, mode=mode)])
      for mode in ("edge", "reflect", "symmetric", "wrap")],
    *[Op(f"pad {mode}, odd", np.pad, [S((4,), pad_width=(2, 3), mode=mode, reflect_type="odd"),
                                      S((2, 3), pad_width=((3, 0), (9, 7)), mode=mode, reflect_type="odd"),
                                      S((1, 2), pad_width=1, mode=mode, reflect_type="odd")])
      for mode in ("reflect", "symmetric")],
    *[Op(f"pad {mode}", np.pad, [S((4,), pad_width=(2, 1), mode=mode), S((2, 3), pad_width=((1, 2), (0, 1)), mode=mode),
                                 S((5,), pad_width=(2, 1), mode=mode, stat_length=(3, 2))])
      for mode in ("maximum", "mean", "median", "minimum")],
    Op("pad complex", _ends("constant_values", "constant"), [S((2, 3), (2, 1), pad_width=(1, 2))], dtypes=COMPLEXES),
    Op("pad complex, odd", np.pad, [S((3,), pad_width=(1, 7), mode="reflect", reflect_type="odd")], dtypes=COMPLEXES),
    Op("pad empty", lambda x: np.pad(x, 1, mode="empty")[1:-1], [S((3,))]),
]  # fmt: skip

ROWS = [*SHAPES, *JOINS, *ORDERS, *PADS]
