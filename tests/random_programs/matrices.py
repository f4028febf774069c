"""Kinds of steps: linear systems, determinants and decompositions, of matrices that are well conditioned.

Where a library may choose signs or order freely, the step takes what does not depend on it: squares of the entries of
eigenvectors and of triangular factors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .drawing import MOST_ELEMENTS, declare, one, several
from .steps import gaps

APART = 0.02  # eigenvalues are 0.05 apart: second derivatives have their differences squared in the denominator


def is_square(a: Any) -> bool:
    return np.ndim(a) >= 2 and a.shape[-1] == a.shape[-2]


def is_tall(a: Any) -> bool:
    return np.ndim(a) >= 2 and a.shape[-2] > a.shape[-1] > 1


def dominant(xp: Any, a: Any) -> Any:
    """Return matrices whose diagonals dominate: a condition number of a few."""
    n = a.shape[-1]
    return xp.sin(a) + xp.constant((n + 1) * np.eye(n), a)


def symmetric(xp: Any, a: Any) -> Any:
    """Return symmetric matrices with different numbers on their diagonals."""
    return 0.5 * (a + xp.swapaxes(a, -1, -2)) + xp.constant(np.diag(np.arange(a.shape[-1]) * 0.7), a)


def positive(xp: Any, a: Any) -> Any:
    """Return symmetric positive definite matrices."""
    s = xp.sin(a)
    return s @ xp.swapaxes(s, -1, -2) + xp.constant(np.eye(a.shape[-1]), a)


def upright(xp: Any, a: Any) -> Any:
    """Return tall matrices with independent columns."""
    return 0.5 * xp.sin(a) + xp.constant(2 * np.eye(*a.shape[-2:]), a)


def eigenvalue_gaps(a: Any) -> Any:
    return APART * gaps(np.linalg.eigvalsh(symmetric(np_names, a)), -1)


def singular_value_gaps(a: Any, **_: Any) -> Any:
    s = np.linalg.svdvals(upright(np_names, a))
    return APART * np.concatenate([np.ravel(gaps(s, -1)), np.ravel(s)])


class np_names:  # noqa: N801 - a namespace of plain NumPy, for distances from kinks
    """What `symmetric` and `upright` ask of a namespace."""

    sin, swapaxes = np.sin, np.swapaxes

    @staticmethod
    def constant(values: Any, like: Any) -> Any:
        return values


def fits(a: Any, b: Any) -> bool:
    return np.ndim(b) >= 2 and b.shape[-2] == a.shape[-1] and np.size(np.matmul(a, b)) <= MOST_ELEMENTS


def vectors_of_three(a: Any, b: Any) -> bool:
    return np.ndim(b) > 0 and b.shape[-1] == 3 and np.size(np.cross(a, b)) <= MOST_ELEMENTS


def has_three(a: Any) -> bool:
    return np.ndim(a) > 0 and a.shape[-1] == 3


def chain_fits(a: Any, b: Any, c: Any) -> bool:
    return np.ndim(b) == np.ndim(c) == 2 and np.size(a @ b @ c) <= MOST_ELEMENTS


def is_matrix(a: Any) -> bool:
    return np.ndim(a) == 2


def kron_fits(a: Any, b: Any) -> bool:
    return np.ndim(b) == np.ndim(a) and np.size(a) * np.size(b) <= MOST_ELEMENTS


def drawn_power(rng: Any, a: Any) -> dict[str, Any]:
    return {"n": int(rng.integers(-2, 4))}


square = one(2, suits=is_square)
declare(
    "matrices", square,
    inv=lambda xp, a: xp.linalg.inv(dominant(xp, a)), det=lambda xp, a: 0.05 * xp.linalg.det(dominant(xp, a)),
    det_of_any=lambda xp, a: 0.3 * xp.linalg.det(xp.sin(a)),
    slogdet=lambda xp, a: xp.linalg.slogdet(dominant(xp, a))[1],
    cholesky=lambda xp, a: xp.linalg.cholesky(positive(xp, a)),
    qr=lambda xp, a: xp.square(xp.linalg.qr(dominant(xp, a))[1]) * 0.2,
    triangle=lambda xp, a: xp.tril(a) @ xp.triu(a, 1),
)  # fmt: skip
declare("matrices", one(2, drawn_power, is_square),
        matrix_power=lambda xp, a, n: xp.linalg.matrix_power(0.4 * dominant(xp, a), n))  # fmt: skip
declare("matrices", square, eigenvalue_gaps, eigvalsh=lambda xp, a: xp.linalg.eigvalsh(symmetric(xp, a)),
        eigh=lambda xp, a: xp.square(xp.linalg.eigh(symmetric(xp, a))[1]))  # fmt: skip
declare("matrices", one(2, suits=is_tall), singular_value_gaps, svd=lambda xp, a: xp.linalg.svdvals(upright(xp, a)),
        nuclear=lambda xp, a: xp.matrix_norm(upright(xp, a), "nuc"))  # fmt: skip
declare("matrices", one(2, suits=is_tall), pinv=lambda xp, a: xp.linalg.pinv(upright(xp, a)))
declare("matrices", one(2, lambda rng, a: {"order": rng.choice(["fro", 1, np.inf]).item()}),
        lambda a, order: np.concatenate([np.ravel(a), np.ravel(gaps(np.abs(a).sum(-1), -1)),
                                         np.ravel(gaps(np.abs(a).sum(-2), -1))]),
        matrix_norm=lambda xp, a, order: xp.matrix_norm(a, order if order == "fro" else float(order)))  # fmt: skip
declare("matrices", several(2, fits, first=is_square), solve=lambda xp, a, b: xp.linalg.solve(dominant(xp, a), b))
declare("matrices", several(2, vectors_of_three, first=has_three), cross=lambda xp, a, b: xp.cross(a, b))
declare("matrices", several(2, kron_fits, first=is_matrix), kron=lambda xp, a, b: xp.kron(a, b))
declare("matrices", several(3, chain_fits, first=is_matrix),
        multi_dot=lambda xp, a, b, c: 0.2 * xp.linalg.multi_dot([a, b, c]))  # fmt: skip
