"""Rows of complex arguments: holomorphic functions, and those that tell the parts of a complex number apart."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from operations.row import COMPLEXES, Op, S


def Z(name: str, fn: Callable[..., Any], *samples: Any, **options: Any) -> Op:  # noqa: N802 - short, as S is
    """Return a row of complex arguments, two of them vectors if no samples are given."""
    return Op(f"complex {name}", fn, samples or [S((3,)), S(())], dtypes=COMPLEXES, **options)


PARTS = [
    Z("real", np.real), Z("imag", np.imag), Z("conjugate", np.conjugate), Z("absolute", np.absolute),
    Z("angle", np.angle, S((3,)), S((), deg=True), domain=(0.2, 2.0)),
    Op("complex of real", lambda x: np.exp(1j * x) + np.angle(x), [S((3,)), S(())]),
    Op("real parts of a real number", lambda x: np.real(x) * np.conjugate(x) + np.imag(x), [S((2,))]),
    Z("real_if_close", lambda z: np.real_if_close(z * np.conjugate(z))),
    Z("square modulus", lambda z: np.real(z * np.conj(z))),
]  # fmt: skip

PAIR = (S((3,), (3,)), S((), ()), S((2, 3), (3,)))

HOLOMORPHIC = [
    Z("add", operator.add, *PAIR), Z("subtract", operator.sub, *PAIR), Z("multiply", operator.mul, *PAIR),
    Z("divide", operator.truediv, *PAIR), Z("power", operator.pow, *PAIR, domain=(0.5, 2.0)),
    Z("square", np.square), Z("cube", lambda z: z**3), Z("reciprocal", np.reciprocal, domain=(0.3, 2.0)),
    Z("root", lambda z: z**0.5, domain=(0.3, 2.0)), Z("sqrt", np.sqrt, domain=(0.3, 2.0)),
    Op("real to a complex power", lambda x: x ** (1 + 2j), [S((3,))], (0.5, 2.0)),
    Z("negative real to a power", lambda z: (-2.0 + 0j) ** z + 0.5**z, S((3,)), domain=(-1.0, 1.0)),
    Z("exp", np.exp), Z("expm1", np.expm1), Z("exp2", np.exp2), Z("log", np.log, domain=(0.3, 2.0)),
    Z("log1p", np.log1p, domain=(0.3, 2.0)), Z("log2", np.log2, domain=(0.3, 2.0)),
    Z("log10", np.log10, domain=(0.3, 2.0)), Z("sin", np.sin), Z("cos", np.cos), Z("tan", np.tan, tol=1e-6),
    Z("sinh", np.sinh), Z("cosh", np.cosh), Z("tanh", np.tanh, tol=1e-6), Z("arcsin", np.arcsin, tol=1e-6),
    Z("arccos", np.arccos, tol=1e-6), Z("arctan", np.arctan, domain=(0.5, 2.0), tol=1e-6),
    Z("arcsinh", np.arcsinh, domain=(0.5, 2.0)), Z("arccosh", np.arccosh, tol=1e-6),
    Z("arctanh", np.arctanh, domain=(-0.5, 0.5), tol=1e-6), Z("sum", np.sum, S((2, 3), axis=0)),
    Z("prod", np.prod), Z("mean", np.mean), Z("cumsum", np.cumsum),
    Z("where", lambda z: np.where(z.real > 0, z, z * z)),
    Z("getitem", lambda z: z[[0, 2, 0]], S((3,))), Z("concatenate", lambda z, w: np.concatenate([z, w]), S((2,), (1,))),
    Z("matmul", operator.matmul, S((2, 3), (3, 2)), S((3,), (3,)), S((2, 3), (3,))),
    Z("einsum", lambda a, b: np.einsum("ij,kj->ik", a, b), S((2, 3), (2, 3))),
    Z("beside real numbers", lambda z: np.real(z) * z + np.imag(z), S((3,))),
]  # fmt: skip

ROWS = [*PARTS, *HOLOMORPHIC]
