"""Rows of products, contractions, norms, and what is read off a matrix."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from operations.row import COMPLEXES, Op, S

_BATCHES = (
    S((3,), (3,)), S((2, 3), (3,)), S((2,), (2, 3)), S((2, 3), (3, 4)), S((1, 3), (3, 1)), S((5, 2, 3), (3, 4)),
    S((2, 3), (5, 3, 4)), S((5, 2, 3), (5, 3, 4)), S((5, 2, 3), (3,)), S((3,), (5, 3, 2)), S((5, 1, 2, 3), (4, 3, 2)),
    S((1, 2, 3), (5, 3, 2)), S((4, 5, 2, 3), (3, 2)), S((2, 3), (4, 5, 3, 2)), S((4, 5, 2, 3), (3,)), S((2,),
    (4, 5, 2, 3)), S((5, 1, 2, 3), (1, 4, 3, 2)), S((2, 1, 1, 3), (2, 4, 3, 2)),
)  # fmt: skip
_MISMATCH = (S((2, 3), (2, 3)), S((2,), (3,)))

PRODUCTS = [
    Op("matmul", np.matmul, _BATCHES, errors=(*_MISMATCH, S((), (3,)))),
    Op("operator.matmul", operator.matmul, _BATCHES[3:6], errors=_MISMATCH),
    Op("x @ constant", lambda x: x @ np.array([[1.0, 2.0], [3.0, 4.0]]), [S((3, 2)), S((2,)), S((4, 3, 2))],
       dtypes=(np.float64,)),
    Op("constant @ x", lambda x: np.array([[1.0, 2.0], [3.0, 4.0]]) @ x, [S((2, 3)), S((2,)), S((4, 2, 3))],
       dtypes=(np.float64,)),
    Op("list @ x", lambda x: [1.0, 2.0] @ x, [S((2, 3)), S((2,))], reference=lambda x: np.array([1.0, 2.0]) @ x,
       dtypes=(np.float64,)),
    Op("x @ x.T", lambda x: x @ x.T, [S((2, 3)), S((3,))]),
    Op("dot", np.dot, [S((3,), (3,)), S((2, 3), (3,)), S((3,), (3, 2)), S((2, 3), (3, 4)), S((), (3,)), S((2, 3),
       ()), S((), ()),
                       S((2, 4, 3), (3,)), S((2, 4, 3), (5, 3, 2)), S((3,), (5, 3, 2)), S((2, 3), (5, 3, 2))],
                       errors=_MISMATCH),
    Op("dot method", lambda x: x.dot(2 * x), [S((3, 3)), S((3,))]),
    Op("inner", np.inner, [S((3,), (3,)), S((2, 3), (4, 3)), S((), (3,)), S((2, 4, 3), (5, 3))], errors=_MISMATCH[1:]),
    Op("vdot", np.vdot, [S((3,), (3,)), S((2, 3), (3, 2)), S((), ())], errors=_MISMATCH[1:]),
    Op("vecdot", np.vecdot, [S((3,), (3,)), S((2, 3), (3,)), S((2, 3), (2, 3), axis=0), S((2, 1, 3), (4, 3))]),
    Op("linalg.matmul", np.linalg.matmul, [S((2, 3), (3, 4))]),
    Op("vdot, complex", np.vdot, [S((3,), (3,)), S((2, 2), (2, 2))], dtypes=COMPLEXES),
    Op("vecdot, complex", np.vecdot, [S((2, 3), (3,))], dtypes=COMPLEXES),
    Op("linalg.vecdot", np.linalg.vecdot, [S((2, 3), (2, 3)), S((2, 3), (2, 3), axis=0)]),
    Op("linalg.outer", np.linalg.outer, [S((2,), (3,))]),
    Op("linalg.tensordot", np.linalg.tensordot, [S((2, 3), (3, 4), axes=1)]),
    Op("linalg.trace", np.linalg.trace, [S((4, 2, 3)), S((2, 2), offset=1)]),
    Op("linalg.matrix_transpose", np.linalg.matrix_transpose, [S((4, 2, 3))]),
    Op("linalg.matrix_norm", np.linalg.matrix_norm, [S((4, 2, 3)), S((2, 3), ord=1, keepdims=True)]),
    Op("linalg.vector_norm", np.linalg.vector_norm, [
        S((2, 3)), S((2, 3), keepdims=True), S((2, 3), axis=0, ord=3), S((2, 4, 3), axis=(0, 2)),
        S((2, 4, 3), axis=(0, 2), keepdims=True),
    ]),
    Op("kron", np.kron, [S((2,), (3,)), S((2, 2), (1, 3)), S((2,), (2, 3)), S((), (3,)), S((2, 1, 2), (2, 2))]),
    Op("cross", np.cross, [S((3,), (3,)), S((2, 3), (3,)), S((2, 1, 3), (4, 3)), S((3, 2), (3, 2), axis=0),
                           S((3, 2), (2, 3), axisa=0, axisb=-1, axisc=0)], errors=(S((4,), (4,)), S((2, 3), (4, 3)))),
    Op("linalg.cross", np.linalg.cross, [S((2, 3), (3,)), S((3, 2), (3, 2), axis=0)], errors=(S((2,), (2,)),)),
    Op("linalg.matrix_power", np.linalg.matrix_power, [
        *[S((2, 2), n=n) for n in (2, 3, 5, 0, 1)], S((3, 2, 2), n=2),
        *[S([[1.5, 0.5], [-0.25, 2.0]], n=n) for n in (-1, -3)],
    ], errors=(S((2, 3), n=2),), tol=1e-6),
    Op("linalg.multi_dot", lambda *arrays: np.linalg.multi_dot(arrays), [
        S((2, 3), (3, 4)), S((4, 2), (2, 3), (3, 1)), S((3,), (3, 2), (2, 4), (4,)), S((2, 3), (3, 2), (2, 2), (2,)),
    ], errors=(S((2, 3)), S((2, 3), (3,), (3, 2)), S((2, 3), (2, 3)))),
    Op("outer", np.outer, [S((2,), (3,)), S((2, 2), (3,)), S((), (3,))]),
    Op("tensordot", np.tensordot, [
        S((2, 3), (3, 4), axes=1), S((2, 3), (2, 3)), S((2, 3, 4), (4, 3), axes=((1, 2), (1, 0))), S((2, 3),
        (4, 2), axes=(0, 1)),
        S((2, 3), (2, 4), axes=((-2,), (0,))), S((2,), (3,), axes=0), S((2, 3, 4),
        (4, 3, 2), axes=([0, 2], [2, 0])), S((), (), axes=0),
    ], errors=(S((2, 3), (2, 3), axes=1),)),
]  # fmt: skip


def _einsum(*arrays: Any, text: str) -> Any:
    return np.einsum(text, *arrays)


if hasattr(np, "matvec"):
    PRODUCTS += [
        Op("matvec", np.matvec, [S((2, 3), (3,)), S((4, 2, 3), (3,)), S((5, 1, 2, 3), (4, 3))],
           errors=(S((2, 3), (2,)), S((2, 3), (1,)))),
        Op("vecmat", np.vecmat, [S((2,), (2, 3)), S((2,), (4, 2, 3)), S((5, 1, 2), (4, 2, 3))],
           errors=(S((3,), (2, 3)), S((1,), (2, 3)))),
        Op("vecmat, complex", np.vecmat, [S((2,), (2, 3))], dtypes=COMPLEXES),
        Op("matvec, complex", np.matvec, [S((3, 2), (2,))], dtypes=COMPLEXES),
    ]  # fmt: skip

SUMS = [
    Op("einsum", _einsum, [
        S((2, 3), (3, 4), text="ij,jk->ik"), S((2, 3), (3, 4), text="ij,jk"), S((2, 3), (3, 4), text="ij,jk->ki"),
        S((3,), (3,), text="i,i"),
        S((2,), (3,), text="i,j->ij"), S((2, 3), text="ij->ji"), S((2, 3), text="ij->i"), S((2, 3), text="ij->"),
        S((2, 3), text="ij"),
        S((3, 3), text="ii"), S((3, 3), text="ii->i"), S((3, 3), (3,), text="ii,i->i"), S((3, 2, 3), text="iji->j"),
        S((3, 3, 3), text="iii->i"),
        S((2, 3), (2, 3), text="ij,ij->"), S((2, 3), (4,), text="ij,k->i"), S((2, 3), (4, 5), text="ij,kl->jk"),
        S((2, 3), (3, 4), (4, 2), text="ij,jk,kl->il"), S((2, 3), (3,), (2,), text="ij,j,i"), S((2,), (2,),
        (2,), text="i,i,i->i"),
        S((5, 2, 3), (5, 3, 4), text="...ij,...jk->...ik"), S((5, 2, 3), (3, 4), text="...ij,jk"),
        S((5, 2, 3), text="...ij->...ji"),
        S((2, 3), (2, 3), text="...i,...i->..."), S((4, 2, 3), text="i...->..."),
        S((4, 2, 3), (2, 3), text="k...,...->k..."), S((5, 3, 3), text="...ii->...i"), S((5, 3, 3), text="...ii"),
        S((), (3,), text=",i->i"),
        S((2, 1), (2, 3), text="ij,ij->ij"), S((2, 1), (1, 3), text="ij,ij->ij"), S((1, 3), (2, 3), text="ij,ij->"),
        S((5, 1, 2), (4, 2), text="...i,...i->..."), S((2, 3), text=" i j -> j i "), S((2, 3, 4),
        (4, 3), text="abc,cb->a"),
    ], errors=(S((2, 3), (2, 3), text="ij,jk"), S((2, 3), text="i"), S((2, 3), text="ij->k"), S((2, 3), text="ij->ii"),
               S((2, 3), text="ii"), S((2, 3), text="...j->j"), S((2, 3), (3,), text="ij->i"), S((2, 3), text="i1"))),
    Op("einsum by lists", lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [0, 2]), [S((2, 3), (3, 4))]),
    Op("einsum by lists, implicit", lambda x, y: np.einsum(x, [0, 1], y, [1, 2]), [S((2, 3), (3, 4))]),
    Op("einsum by lists with an ellipsis", lambda x: np.einsum(x, [Ellipsis, 0], [Ellipsis]), [S((2, 3)),
       S((4, 2, 3))]),
    Op("einsum with itself", lambda x: np.einsum("ij,kj->ik", x, x), [S((2, 3))]),
    Op("einsum of a stack of quadratic forms", lambda x, y: np.einsum("bi,ij,bj->b", x, y, x), [S((4, 3), (3, 3))]),
    Op("einsum through BLAS", _einsum, [
        S((9, 8), (8, 9), text="ij,jk->ik"), S((3, 3, 8), (3, 8, 9), text="bij,ijk->kib"),
        S((24,), (24,), text="i,j->ji"), S((3, 9, 5), (3, 5, 9), text="bij,bji->b"),
    ], tol=1e-6),
    Op("einsum of several", _einsum, [
        S((2, 3), (3, 4), (4, 2), (2, 3), text="ij,jk,kl,lm->im"), S((2, 3), (3,), (3,), (2,), text="ij,j,j,i->i"),
        S((2, 2, 3), (3, 2), (2,), text="...ij,jk,k->...i"),
    ]),
    Op("einsum in a given order", lambda *xs: np.einsum("ij,jk,k", *xs, optimize=["einsum_path", (1, 2), (0, 1)]),
       [S((2, 3), (3, 4), (4,))]),
    Op("einsum, greedy", lambda *xs: np.einsum("ij,jk,k->i", *xs, optimize="greedy"), [S((2, 3), (3, 4), (4,))]),
    Op("einsum by lists of many labels", lambda x: np.einsum(x, [30, 2]), [S((2, 3))]),
    Op("einsum of a stack of complex matrices", _einsum, [S((2, 2, 3), (3, 2), text="bij,jk->bki")], dtypes=COMPLEXES),
    Op("einsum optimized", lambda x, y: np.einsum("ij,jk->ik", x, y, optimize=True), [S((2, 3), (3, 4))]),
]  # fmt: skip

PARTS = [
    Op("diagonal", np.diagonal, [S((3, 3)), S((2, 3)), S((3, 2), offset=-1), S((2, 4), offset=1), S((2, 3, 3)),
       S((2, 3, 3), axis1=1, axis2=2),
                                 S((2, 3, 4), offset=1, axis1=-1, axis2=0), S((2, 3), offset=5)]),
    Op("linalg.diagonal", np.linalg.diagonal, [S((3, 3)), S((4, 2, 3)), S((4, 2, 3), offset=1)]),
    Op("diagonal method", lambda x: x.diagonal(1), [S((3, 3))]),
    Op("trace", np.trace, [S((3, 3)), S((2, 3), offset=1), S((2, 3, 3), axis1=1, axis2=2),
       S((2, 3, 2), axis1=0, axis2=-1)]),
    Op("trace method", lambda x: x.trace(), [S((3, 3))]),
    Op("tril", np.tril, [S((3, 3)), S((2, 3), k=1), S((2, 3, 3), k=-1)]),
    Op("triu", np.triu, [S((3, 3)), S((2, 3), k=1), S((2, 3, 3), k=-1)]),
    Op("diag", np.diag, [S((3,)), S((2,), k=1), S((2,), k=-2), S((3, 3)), S((2, 3), k=1)]),
]  # fmt: skip

NORMS = [
    Op("norm", np.linalg.norm, [S((3,)), S((2, 3)), S((2, 3), axis=0), S((2, 3), axis=-1, keepdims=True),
       S((2, 3), axis=(0, 1)),
                                S((2, 3, 2), axis=(0, 2)), S((2, 3), ord="fro"),
                                S((2, 3, 2), ord="fro", axis=(-2, -1), keepdims=True),
                                S((3,), ord=2), S((2, 3), ord=2, axis=1), S((2, 3), keepdims=True),
                                S((2, 3, 2))], tol=1e-6),
    Op("norm of order", np.linalg.norm, [
        *[S((4,), ord=order) for order in (1, 3, 0.5, -1, -2, np.inf, -np.inf)],
        *[S((2, 3), ord=order, axis=axis, keepdims=keepdims) for order, axis, keepdims in
          [(1, 0, False), (3, -1, True), (np.inf, 1, True), (-np.inf, 0, False), (2.5, 0, False)]],
        *[S((2, 3), ord=order) for order in (1, -1, np.inf, -np.inf)],
        S((2, 3, 2), ord=1, axis=(0, 2), keepdims=True), S((2, 3, 2), ord=-np.inf, axis=(-1, 1)),
    ], (0.3, 2.5), tol=1e-6),
    Op("norm of order, both signs", np.linalg.norm, [
        *[S([1.0, -2.0, 0.4], ord=order) for order in (1, 3, -1, np.inf, -np.inf)],
        *[S([[1.0, -2.0, 0.4], [-0.3, 1.5, -2.5]], ord=order) for order in (1, -1, np.inf, -np.inf)],
    ], tol=1e-6),
    Op("norm by singular values", np.linalg.norm, [
        *[S((2, 3), ord=order) for order in (2, -2, "nuc")], S((3, 2), ord="nuc", keepdims=True),
        S((2, 2, 3), ord=2, axis=(0, 2)), S((2, 2, 3), ord="nuc", axis=(-1, 0), keepdims=True),
        S((2, 3, 2), ord=-2, axis=(1, 2)),
    ], errors=(S((2, 3), ord="fr"), S((2, 3), ord=3), S((3,), ord="nuc"), S((2, 3, 2), ord=2),
               S((2, 3, 2), axis=(0, 1, 2))), tol=1e-6),
    Op("norm of even order", np.linalg.norm, [S([1.0, 0.0, -0.4], ord=4), S([1.0, 0.0, -0.4], ord=6)], tol=1e-6),
    Op("norm, complex", np.linalg.norm, [
        S((3,)), S((2, 2), ord="fro"), S((2, 3), axis=0, keepdims=True), *[S((3,), ord=n) for n in (1, 3, np.inf, -1)],
        *[S((2, 2), ord=n) for n in (1, -np.inf, 2, "nuc")],
    ], dtypes=COMPLEXES, tol=1e-6),
    Op("norm of order 0", np.linalg.norm, [S((4,), ord=0), S([[1.0, 0.0], [2.0, -1.0]], ord=0, axis=1)], order=0),
]  # fmt: skip

ROWS = [*PRODUCTS, *SUMS, *PARTS, *NORMS]
