"""Chainer's tests of functions of math, arrays and activations, on autograd_lite: ``python -m tests.peers.chainer``.

The functions, shapes and keywords are those of its tests/chainer_tests/functions_tests; its test classes are bound to
its own variables, so that what they check is said again in `rows`. Differences on purpose: Chainer keeps float16 where
NumPy does (and so do we), but computes determinants and inverses of float16, which LAPACK does not know.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

import autograd_lite.numpy as anp
from autograd_lite import Tensor, nn
from autograd_lite.scipy import special

from .rows import DOUBLE_AND_SINGLE, Row, report

BOTH = (((3, 2),), ((),))
AXES = (None, 0, 1, 2, -1, (0, 1), (1, 0), (0, -1), (-2, 0))
REDUCED = [((3, 2, 4), {"axis": axis, "keepdims": keep}) for axis, keep in itertools.product(AXES, (True, False))]


def unary(name: str, function: Any, low: float = -1, high: float = 1, **options: Any) -> Row:
    """Return a row of an elementwise function of one argument."""
    return Row(name, function, BOTH, bounds=(low, high), **options)


def of_scipy(name: str, function: Any, low: float = -1, high: float = 1) -> Row:
    """Return a row of one of SciPy's, which have no float16 of their own."""
    return unary(name, function, low, high, dtypes=DOUBLE_AND_SINGLE)


def pairs(name: str, function: Any, *bounds: Any, **options: Any) -> Row:
    """Return a row of an elementwise function of two arguments, with broadcasting."""
    shapes = (((3, 2), (3, 2)), ((), ()), ((3, 2), (3, 1)), ((2,), (3, 2)))
    return Row(name, function, shapes, bounds=bounds or (0.5, 1.0), **options)


def positive_definite(x: Any) -> Any:
    """Return a symmetric matrix with eigenvalues of at least one half."""
    return x @ x.T + 0.5 * np.eye(x.shape[-1])


def near_identity(x: Any) -> Any:
    return np.eye(x.shape[-1]) + x


def transform(name: str) -> Any:
    """Return a Fourier transform of real and imaginary parts."""
    f = getattr(np.fft, name)
    return lambda re, im: [np.real(f(re + 1j * im)), np.imag(f(re + 1j * im))]


def joining(name: str) -> Any:
    """Return a function that joins the arrays it is given."""
    return lambda *x: getattr(np, name)(x)


def cut(a: Any, transposed: bool) -> Any:
    return np.swapaxes(a, -1, -2) if transposed and a.ndim > 1 else a


def matmul(a: Any, b: Any, transa: bool = False, transb: bool = False) -> Any:
    return np.matmul(cut(a, transa), cut(b, transb))


MATH = [
    *(unary(name, getattr(np, name), 0.5, 1) for name in ("sin", "cos", "tan")),
    *(unary(name, getattr(np, name), -0.9, 0.9) for name in ("arcsin", "arccos", "arctan", "arctanh")),
    *(unary(name, getattr(np, name)) for name in ("sinh", "cosh", "tanh", "exp", "expm1", "square")),
    *(unary(name, getattr(np, name), 0.5, 1) for name in ("log", "log2", "log10", "log1p")),
    unary("sqrt", np.sqrt, 0.1, 5), unary("rsqrt", lambda x: 1 / np.sqrt(x), 0.1, 5),
    unary("abs", abs, kinks=(0.0,)), unary("neg", lambda x: -x),
    *(unary(name, getattr(np, name), -10, 10, order=0) for name in ("ceil", "floor", "fix", "sign")),
    of_scipy("erf", special.erf), of_scipy("erfc", special.erfc), of_scipy("erfcx", special.erfcx),
    of_scipy("erfinv", special.erfinv, -0.9, 0.9), of_scipy("erfcinv", special.erfcinv, 0.1, 1.9),
    of_scipy("digamma", special.digamma, 0.5, 10), of_scipy("lgamma", special.gammaln, 0.5, 10),
    of_scipy("ndtr", special.ndtr), of_scipy("ndtri", special.ndtri, 0.1, 0.9), of_scipy("log_ndtr", special.log_ndtr),
    *(of_scipy(f"polygamma {n}", lambda x, n=n: special.polygamma(n, x), 0.5, 10) for n in (0, 1, 2)),
    *(of_scipy(f"zeta {n}", lambda x, n=n: special.zeta(n, x), 0.5, 10) for n in (2.0, 3.0)),
    pairs("add", lambda x, y: x + y), pairs("sub", lambda x, y: x - y), pairs("mul", lambda x, y: x * y),
    pairs("div", lambda x, y: x / y), pairs("pow", lambda x, y: x**y),
    pairs("floordiv", lambda x, y: x // y, order=0),
    pairs("squared_difference", lambda x, y: (x - y) ** 2), pairs("arctan2", np.arctan2, (-10, 10), (1, 10)),
    pairs("maximum", np.maximum, (-1, 1), (1.1, 2)), pairs("minimum", np.minimum, (-1, 1), (1.1, 2)),
    pairs("fmod", np.fmod, (6.1, 6.9), (2, 3)),
    *(Row(f"add of a constant {c}", lambda x, c=c: c + x * c, BOTH) for c in (2, 2.0, np.float32(2))),
    Row("add of three", lambda x, y, z: x + y + z,
        [((3, 2),) * 3, ((),) * 3, ((1, 3), (), (2, 1, 2, 1)), ((), (2, 1, 2), (3, 1)), ((3, 1), (1, 1), (2,))]),
    unary("clip", lambda x: np.clip(x, -0.75, 0.75), kinks=(-0.75, 0.75)),
    *(Row(name, getattr(np, name), REDUCED) for name in ("sum", "prod", "mean")),
    *(Row(name, getattr(np, name), REDUCED, dtypes=DOUBLE_AND_SINGLE) for name in ("max", "min")),
    Row("prod of nothing", np.prod, [((3, 1, 0), {"axis": axis}) for axis in (None, 0, 1, 2, (0, 1))]),
    *(Row(name, getattr(np, name), [((3, 2, 4), {"axis": a}) for a in (None, 0, 1, 2, -1, -2, -3)], order=0)
      for name in ("argmax", "argmin")),
    Row("average", lambda x, axis, keepdims: np.average(x, axis, keepdims=keepdims), [*REDUCED, ((), REDUCED[0][1])]),
    Row("average with weights", lambda x, w, axis: np.average(x, axis, w),
        [((3, 2, 4), (3, 2, 4), {"axis": None}), ((3, 2, 4), (3,), {"axis": 0}), ((3, 2, 4), (2,), {"axis": 1}),
         ((3, 2, 4), (4,), {"axis": -1}), ((), (), {"axis": None})], bounds=((-1, 1), (0.1, 2))),
    Row("logsumexp", lambda x, axis: special.logsumexp(x, axis), [((), {"axis": None}),
        *(((3, 2, 4), {"axis": axis}) for axis in AXES)], dtypes=DOUBLE_AND_SINGLE),
    *(Row(name, getattr(np, name), [((1,), {"axis": 0}), *(((2, 3, 4), {"axis": a}) for a in (0, 1, 2, -3, -1, None)),
      ((0, 3), {"axis": -2}), ((0, 3), {"axis": None})], bounds=(-2, 2)) for name in ("cumsum", "cumprod")),
    Row("det", np.linalg.det, [((5, 5),), ((6, 3, 3),), ((2, 2),)], bounds=(0.5, 1), dtypes=DOUBLE_AND_SINGLE),
    Row("inv", np.linalg.inv, [((1, 1),), ((5, 5),), ((5, 1, 1),), ((3, 5, 5),)], bounds=(-0.01, 0.01),
        prepared=near_identity, dtypes=DOUBLE_AND_SINGLE),
    Row("cholesky", lambda a: np.linalg.cholesky(0.5 * (a + a.T)), [((5, 5),), ((1, 1),)], prepared=positive_definite,
        dtypes=DOUBLE_AND_SINGLE),
    Row("matmul", matmul, [
        ((2, 5), (5, 10)), ((5, 2), (5, 10), {"transa": True}), ((2, 5), (10, 5), {"transb": True}),
        ((5, 2), (10, 5), {"transa": True, "transb": True}), ((5,), (5,)), ((6, 2, 5), (6, 5, 10)),
        ((6, 5, 2), (6, 5, 10), {"transa": True}), ((6, 2, 5), (6, 10, 5), {"transb": True}), ((1, 2, 5), (1, 5, 10)),
        ((2, 3, 4, 5), (2, 3, 5, 6))], bounds=(0.5, 1)),
    Row("tensordot", np.tensordot, [
        ((4, 3, 2), (3, 2, 5), {"axes": 2}), ((4, 2, 3), (3, 5, 2), {"axes": ([2, 1], [0, 2])}),
        ((2, 4, 3), (5, 3, 2), {"axes": ([2, 0], [1, 2])}), ((3, 4, 2), (2, 5, 6), {"axes": 1}),
        ((2, 3, 4), (5, 6, 2), {"axes": [0, 2]}), ((4, 5, 3, 2), (3, 2, 6), {"axes": 2}),
        ((2, 4, 3, 5), (2, 6, 3), {"axes": ([2, 0], [2, 0])}), ((5, 4, 3, 2), (4, 3, 2, 6), {"axes": 3}),
        ((3, 4, 2, 5), (2, 3, 6, 4), {"axes": ([1, 0, 2], [3, 1, 0])}), ((2, 3), (4, 2), {"axes": (0, 1)}),
        ((2,), (3,), {"axes": 0}), ((2,), (3, 4), {"axes": 0})], bounds=(0.5, 1)),
    *(Row(f"einsum {text}", lambda *x, text=text: np.einsum(text, *x), [shapes], dtypes=DOUBLE_AND_SINGLE)
      for text, shapes in [
        ("ij,jk->ik", ((2, 3), (3, 4))), (",ij->i", ((), (3, 4))), ("kj,ji->ik", ((2, 3), (3, 4))),
        ("ij,jk,kl->il", ((5, 2), (2, 3), (3, 4))), ("ij,ij->i", ((2, 3), (2, 3))), ("ij,jk", ((2, 3), (3, 4))),
        ("i->", ((3,),)), ("ii", ((2, 2),)), ("ii->i", ((2, 2),)), ("j,j", ((3,), (3,))), ("j,ij", ((3,), (2, 3))),
        ("j,iij", ((3,), (2, 2, 3))), ("iij,kkj", ((2, 2, 3), (4, 4, 3))),
        ("...ij,...jk->...ik", ((2, 1, 2, 3), (2, 1, 3, 4))), ("i...j,jk...->k...i", ((4, 2, 3), (3, 5, 2))),
        ("ii...,...jj", ((2, 2, 4), (4, 3, 3))), ("...i,i", ((2, 2, 3), (3,))), ("i...,i->...i", ((3, 2, 2), (3,)))]),
    *(Row(name, transform(name), [((4,), (4,)), ((2, 3), (2, 3)), ((2, 3, 2), (2, 3, 2))], dtypes=DOUBLE_AND_SINGLE)
      for name in ("fft", "ifft")),
    Row("bias", lambda x, b: x + b[..., None], [((3, 2, 4), (2,)), ((3, 4, 2), (4,))]),
    Row("scale", lambda x, w: x * w[..., None], [((3, 2, 4), (2,)), ((3, 4, 2), (4,))]),
    Row("linear_interpolate", lambda p, x, y: p * x + (1 - p) * y, [((3, 4),) * 3, ((),) * 3]),
    Row("batch_l2_norm_squared", lambda x: np.sum(np.reshape(x, (x.shape[0], -1)) ** 2, axis=1),
        [((4, 3),), ((4, 3, 5),)]),
]  # fmt: skip

PLACES = [1, (slice(0, 2),), ([1, 0], [1, 1]), (Ellipsis, 0), ([0, 0], slice(None), [1, 1])]


def updating(action: str, index: Any) -> Any:
    """Return a function that adds or sets values there: on Tensors, and in place on a copy of an array."""

    def update(x: Any, values: Any) -> Any:
        if isinstance(x, Tensor) or isinstance(values, Tensor):
            return getattr(anp.asarray(x).at[index], action)(values)
        x = x.copy()
        if action == "add":
            np.add.at(x, index, values)
        else:
            x[index] = values
        return x

    return update


INDICES = [
    (slice(None), slice(0, 2), slice(0, 1)), (slice(None), slice(1, 3)), (None,), (slice(None), slice(None), None),
    (1, -1, 0), (1, -1), (1, Ellipsis, -1), (1, None, Ellipsis, None, -1), [], ([],), ([[]],), (1, [1]),
    ([1], slice(1, 2)), [1, 0], ([1, 0],), np.array([[1, 0], [2, 3]]), ([1, 0], [1, 1]),
    ([1, 0], slice(None), [[1, 1], [1, 1]]), ([1, 0], slice(1, 2), [0, 0]), ([[1, 1], [1, 0]], slice(1, 2), 1),
    np.array([True] * 18 + [False] * 6).reshape(4, 3, 2), np.array([True, False, False, True]),
    (slice(None), np.array([True, False, True])), np.array([False] * 4), (3, 2, Ellipsis, 1),
]  # fmt: skip
CONDITION = np.random.default_rng(0).uniform(-1, 1, (3, 2, 4)) > 0

ARRAY = [
    *(Row(f"get_item {k}", lambda x, index=index: x[index], [((4, 3, 2),)], dtypes=DOUBLE_AND_SINGLE)
      for k, index in enumerate(INDICES)),
    Row("pad", lambda x, width: np.pad(x, width), [
        ((), {"width": 1}), ((2, 3), {"width": 0}), ((2, 3), {"width": 1}), ((2, 3), {"width": (1, 2)}),
        ((2, 3), {"width": ((1, 2), (3, 4))}), ((2, 3, 2), {"width": ((2, 5), (1, 2), (0, 7))}),
        ((1, 3, 5, 2), {"width": 2})]),
    Row("pad with values", lambda x, width, values: np.pad(x, width, constant_values=values), [
        ((2, 3), {"width": 1, "values": 1}), ((2, 3), {"width": (1, 2), "values": (1, 2)}),
        ((2, 3), {"width": ((1, 2), (3, 4)), "values": ((1, 2), (3, 4))})]),
    Row("repeat", np.repeat, [
        *(((2,), {"repeats": n, "axis": a}) for n in (0, 1, 2, True, (2,)) for a in (None, 0)),
        *(((3, 2), {"repeats": n, "axis": None}) for n in (4, (4,), (4,) * 6)),
        *(((3, 2), {"repeats": n, "axis": 0}) for n in (5, (5,) * 3)),
        *(((3, 2), {"repeats": n, "axis": 1}) for n in (5, (5,) * 2)), ((3, 2, 4), {"repeats": (5, 5), "axis": -2})]),
    Row("concat", lambda *x, axis: np.concatenate(x, axis), [
        ((2, 2, 3), (2, 3, 3), (2, 2, 3), {"axis": 1}), ((2, 3), (3, 3), (2, 3), {"axis": 0}),
        ((1,), (1,), {"axis": 0}), ((2,), {"axis": 0}), ((2, 2, 3), (2, 3, 3), (2, 2, 3), {"axis": -2}),
        ((2, 2, 3, 5), (2, 3, 3, 5), (2, 2, 3, 5), {"axis": 1})]),
    Row("diagonal", lambda x, args: np.diagonal(x, *args),
        [((2, 4, 6), {"args": args}) for args in ((1, 2, 0), (-1, 2, 0), (0, -1, -2), (0, -1, 1))]),
    Row("where", lambda x, y: np.where(CONDITION, x, y), [((3, 2, 4), (3, 2, 4))]),
    Row("where, broadcast", lambda x, y: np.where(CONDITION[0, 0], x, y), [((3, 1, 1), (2, 1))]),
    Row("squeeze", np.squeeze, [((1, 1, 3, 1), {"axis": axis}) for axis in
        (None, 1, -3, (0, 1, 3), (3, 1, 0), (-4, -3, -1), (-1, -3, -4))]),
    Row("stack", lambda *x, axis: np.stack(x, axis),
        [((3, 4), (3, 4), (3, 4), {"axis": axis}) for axis in (0, 1, 2, -1, -3)] + [((), (), {"axis": 0})]),
    *(Row(name, joining(name), [((2,), (2,)), ((3, 2), (3, 2)), ((2, 4, 3), (2, 4, 3)), ((), ())])
      for name in ("hstack", "vstack", "dstack")),
    *(Row(name, getattr(np, name), [((3, 4),), ((3, 4, 2),)]) for name in ("fliplr", "flipud")),
    Row("flip", np.flip, [((1,), {"axis": 0}), *(((2, 3, 4), {"axis": axis}) for axis in (0, 1, 2, -3, -1))]),
    Row("expand_dims", np.expand_dims, [((3, 2), {"axis": axis}) for axis in (0, 1, 2, -1, -2, -3)]),
    Row("flatten", lambda x: x.flatten(), [((3, 4),), ((),)]), Row("copy", lambda x: 1 * np.copy(x), [((10, 5),)]),
    Row("moveaxis", np.moveaxis, [((2, 3, 4, 5), {"source": s, "destination": d}) for s, d in
        ((0, -1), (-1, 1), ((0, 2), (1, 0)), ((-1, 0), (0, 1)))]),
    Row("rollaxis", np.rollaxis, [((2, 3, 4), {"axis": axis, "start": start}) for axis, start in
        ((2, 0), (2, 1), (1, 3), (1, -1), (-1, 0), (-3, -1))]),
    Row("swapaxes", lambda x, axes: np.swapaxes(x, *axes),
        [((2, 3, 4), {"axes": axes}) for axes in ((0, 1), (2, 0), (-1, -3))]),
    Row("transpose", np.transpose, [((4, 3, 2), {"axes": axes}) for axes in
        (None, (0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 0, 1), (-1, 0, 1), (-2, -3, -1))]),
    Row("reshape", np.reshape, [((4, 3, 2), {"shape": shape}) for shape in
        ((2, 2, 6), (2, -1, 6), 24, (-1,), (2, 3, -1))] + [((2, 3, 6), {"shape": (0 + 2, 3, 6)})]),
    Row("tile", lambda x, reps: np.tile(x, reps), [((), {"reps": 0}), ((), {"reps": 2}), ((), {"reps": (1, 2)}),
        ((3,), {"reps": 0}), ((3,), {"reps": 2}), ((2, 3), {"reps": (2, 1)}), ((2, 3), {"reps": (3, 0, 2)})]),
    Row("broadcast", lambda *x: list(np.broadcast_arrays(*x)), [((3, 1, 5), (1, 2, 5)), ((), (2, 3)), ((3, 2),)]),
    Row("broadcast_to", np.broadcast_to, [((3, 1, 5), {"shape": (3, 2, 5)}), ((5,), {"shape": (3, 2, 5)}),
        ((3, 2, 5), {"shape": (3, 2, 5)})]),
    Row("split_axis", lambda x, at, axis: anp.split(x, at, axis), [((2, 7, 3), {"at": [2, 5], "axis": 1}),
        ((7, 3), {"at": [2, 5], "axis": 0}), ((2, 9, 3), {"at": 3, "axis": 1}), ((2, 7, 3), {"at": [0], "axis": 1})]),
    Row("separate", lambda x, axis: [np.take(x, k, axis) for k in range(x.shape[axis])],
        [((2, 3, 4), {"axis": axis}) for axis in (0, 1, 2, -1)]),
    Row("select_item", lambda x: np.take_along_axis(x, np.array([[1], [0], [2]]), 1)[:, 0], [((3, 4),)]),
    Row("permutate", lambda x, axis: np.take(x, np.array([2, 0, 1]), axis),
        [((3,), {"axis": 0}), ((4, 3), {"axis": 1})]),
    Row("to_finite", lambda x: np.nan_to_num(x), [((3, 4),), ((),)]),
    Row("cast", lambda x: x.astype(np.float64), [((3, 4),), ((),)], dtypes=DOUBLE_AND_SINGLE),
    *(Row(f"{name} {k}", updating(action, index), [((4, 3, 2), np.zeros((4, 3, 2))[index].shape)])
      for name, action, indices in (("scatter_add", "add", PLACES), ("set_item", "set", PLACES[:-1]))
      for k, index in enumerate(indices)),
]  # fmt: skip

ACTIVATION = [
    unary("relu", nn.relu, kinks=(0.0,), truth=lambda x: np.maximum(x, x.dtype.type(0))),
    unary("leaky_relu", lambda x: nn.leaky_relu(x, 0.2), kinks=(0.0,), truth=lambda x: np.where(x < 0, x * 0.2, x)),
    unary("sigmoid", nn.sigmoid, truth=lambda x: x.dtype.type(1) / (1 + np.exp(-x)), dtypes=DOUBLE_AND_SINGLE),
    unary("softplus", nn.softplus, truth=lambda x: np.log1p(np.exp(x)), dtypes=DOUBLE_AND_SINGLE),
    unary("tanh", np.tanh), unary("clipped_relu", lambda x: np.clip(x, 0, 0.75), kinks=(0.0, 0.75)),
    unary("hard_sigmoid", lambda x: np.clip(0.2 * x + 0.5, 0, 1), -5, 5, kinks=(-2.5, 2.5)),
    unary("elu", lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x), kinks=(0.0,)),
    unary("swish", lambda x: x * special.expit(0.7 * x), dtypes=DOUBLE_AND_SINGLE),
    Row("crelu", lambda x, axis: np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], axis), [((4, 3, 2), {"axis": a})
        for a in (0, 1, -1)], kinks=(0.0,)),
    Row("prelu", lambda x, w: np.where(x < 0, w * x, x), [((4, 3, 2), (3, 2)), ((3, 2), (3, 2))], kinks=(0.0,)),
    unary("selu", lambda x: 1.05 * np.where(x < 0, 1.67 * np.expm1(np.minimum(x, 0)), x), kinks=(0.0,)),
    Row("maxout", lambda x: np.max(np.reshape(x, (2, 3, 4)), axis=2), [((2, 12),)]),
    *(Row(name, getattr(special, name), [((3, 4), {"axis": a}) for a in (0, 1)] + [((3, 4, 5), {"axis": a}) for a in
      (0, 1, 2)] + [((3, 4, 5, 6), {"axis": a}) for a in (0, 1, 2, 3)], dtypes=DOUBLE_AND_SINGLE)
      for name in ("softmax", "log_softmax")),
]  # fmt: skip

MISSING = {
    "sparse_matmul": "sparse matrices",
    "as_strided": "views by strides",
    "im2col, spatial_transformer_*, resize_images, *_2_*": "images",
    "pad_sequence, transpose_sequence, thin_stack": "sequences of unequal length",
    "rrelu, lstm, slstm, sru, tree_lstm": "layers, and activations that draw random numbers",
}


def tests() -> Any:
    """Yield function, name and body of every test."""
    for row in (*MATH, *ARRAY, *ACTIVATION):
        for name, body in row.tests():
            yield row.name, name, body


if __name__ == "__main__":
    raise SystemExit(min(1, report("Chainer", tests(), MISSING)))
