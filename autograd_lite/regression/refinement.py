"""Linear least squares to the last digit: pivoted QR, then iterative refinement in double-double.

The least-squares solution x and its residual r solve the augmented system r + A x = f, Aᵀ r = g with g = 0. From QR
factors in double precision it is solved again and again for what is still missing, with that computed in double-double
and x and r carried as double-doubles (Å. Björck, *Iterative refinement of linear least squares solutions*, BIT 7, 1967,
and *Numerical Methods for Least Squares Problems*, SIAM 1996, section 2.9.2; N. Higham, *Accuracy and Stability of
Numerical Algorithms*, 2nd ed., section 20.5). With f = 0 and g = -I the same system gives (AᵀA)⁻¹, which is refined
with it. Columns are scaled by powers of two, without error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.regression.double_double import EPSILON, DoubleDouble

#: Corrections are made until they fall below this part of the solution, or stop falling.
_ENOUGH = 2.0**-96

#: At most so many; each multiplies the error by the condition number times the unit round-off.
_ROUNDS = 60

#: Up to so many products per round (n·p²) the inverse is refined as well; beyond, QR's digits are what it has.
_PRODUCTS = 2_000_000


@dataclass(frozen=True)
class Solved:
    """The solution of a linear least-squares problem with k right-hand sides.

    Attributes
    ----------
    solution : DoubleDouble of shape (p, k)
        The one of least norm, if there are several.
    residuals : DoubleDouble of shape (n, k)
        y - A x.
    left : ndarray of shape (n, r)
        An orthonormal basis of what the columns span.
    root : ndarray of shape (p, r)
        G with G Gᵀ = (AᵀA)⁺ and A G = left.
    inverse : DoubleDouble of shape (p, p)
        (AᵀA)⁺.
    null : ndarray of shape (p, p - r)
        Combinations of columns that vanish.
    scale : ndarray of shape (p,)
        The norms of the columns, rounded to powers of two.
    condition : float
        An estimate, by R's diagonal; of scaled columns.
    rounds : int
        How many corrections were made.
    """

    solution: DoubleDouble
    residuals: DoubleDouble
    left: np.ndarray
    root: np.ndarray
    inverse: DoubleDouble
    null: np.ndarray
    scale: np.ndarray
    condition: float
    rounds: int

    @property
    def rank(self) -> int:
        """How many columns are independent."""
        return self.root.shape[1]


def solve_least_squares(design: DoubleDouble, values: DoubleDouble, with_inverse: bool = True) -> Solved:
    """Return the solution of least squares and its inverse Gram matrix, correct to the last digit.

    Parameters
    ----------
    design : DoubleDouble of shape (n, p)
    values : DoubleDouble of shape (n, k)
    with_inverse : bool
        Whether (AᵀA)⁻¹ is to be refined, too.

    Returns
    -------
    Solved
    """
    from scipy.linalg import qr

    n, p = design.shape
    scale = powers_of_two(np.sqrt(np.einsum("ij,ij->j", design.hi, design.hi)))
    unit = powers_of_two(np.max(np.abs(values.hi), axis=0, initial=0.0))
    scaled, right = design.scaled(1.0 / scale), values.scaled(1.0 / unit)
    factors: Any = qr(scaled.hi, mode="economic", pivoting=True, check_finite=False)
    orthogonal, triangle, order = factors
    diagonal = np.abs(np.diag(triangle))
    # Rounding makes diagonals of about this size out of zeros; the part of n that random errors add up to is its root.
    threshold = 16.0 * np.finfo(float).eps * max(p, np.sqrt(n)) * diagonal[:1]
    rank = int(np.sum(diagonal > threshold))
    basic, left = order[:rank], orthogonal[:, :rank]
    inverse_triangle = _triangular_inverse(triangle[:rank, :rank])
    refines = with_inverse and n * rank**2 <= _PRODUCTS
    system = _System(scaled[:, basic], left, inverse_triangle)
    if refines:
        first, second = system.solve(right, rank)
    else:
        first, second = system.solve(right, 0)
    solution, residuals, rounds = first
    inverse = second if refines else DoubleDouble(inverse_triangle @ inverse_triangle.T)
    root, null = _embedded(inverse_triangle, basic, p), np.zeros((p, 0))
    whole = _placed(solution, basic, p)
    gram = _placed(_placed(inverse, basic, p).T, basic, p)
    if rank < p:
        null = np.zeros((p, p - rank))
        null[order[rank:], np.arange(p - rank)] = 1.0
        null[basic] = -inverse_triangle @ triangle[:rank, rank:]
        null /= scale[:, None]
        # The least norm, in the units of the columns: everything along the null space is taken away.
        along, _ = np.linalg.qr(null)
        away = np.eye(p) - along @ along.T
        plain = whole.scaled(1.0 / scale[:, None])
        whole = plain - DoubleDouble(along @ (along.T @ plain.hi))
        root = away @ (root / scale[:, None])
        gram = DoubleDouble(root @ root.T)
    else:
        whole = whole.scaled(1.0 / scale[:, None])
        root, gram = root / scale[:, None], gram.scaled(1.0 / np.outer(scale, scale))
    condition = float(diagonal[0] / diagonal[rank - 1]) if rank else np.inf
    return Solved(whole.scaled(unit), residuals.scaled(unit), left, root, gram, null, scale, condition, rounds)


class _System:
    """The augmented system of independent, scaled columns."""

    def __init__(self, design: DoubleDouble, left: np.ndarray, inverse_triangle: np.ndarray):
        self.design, self.left, self.inverse = design, left, inverse_triangle
        self.transpose = design.T

    def solve(self, values: DoubleDouble, size: int) -> tuple[tuple[DoubleDouble, DoubleDouble, int], DoubleDouble]:
        """Return solution, residuals and rounds, and the inverse Gram matrix, of which ``size`` columns are wanted."""
        k = values.shape[1]
        f = DoubleDouble(*(np.hstack([part, np.zeros((part.shape[0], size))]) for part in (values.hi, values.lo)))
        g = np.hstack([np.zeros((self.inverse.shape[0], k)), -np.eye(self.inverse.shape[0], size)])
        rest_f, rest_g = f, DoubleDouble(g)
        x, r = DoubleDouble(np.zeros(g.shape)), DoubleDouble(np.zeros(f.shape))
        before, rounds = np.full(k + size, np.inf), 0
        while rounds < _ROUNDS:
            step_x, step_r = self._step(rest_f.hi, rest_g.hi)
            moved = np.max(np.abs(step_x), axis=0, initial=0.0)
            x, r = x + DoubleDouble(step_x), r + DoubleDouble(step_r)
            rounds += 1
            large = moved > _ENOUGH * np.max(np.abs(x.hi), axis=0, initial=0.0)
            if not np.any(large & (moved < 0.5 * before)):
                break
            before = moved
            rest_f, rest_g = f - r - self.design @ x, DoubleDouble(g) - self.transpose @ r
        solution = x[:, :k]
        residuals = without_rounding(values - self.design @ solution, self.design, solution, values)
        return (solution, residuals, rounds), x[:, k:]

    def _step(self, f: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the solution of the system in double precision."""
        inside = self.left.T @ f - self.inverse.T @ g
        return self.inverse @ inside, f - self.left @ inside


def without_rounding(
    residuals: DoubleDouble, design: DoubleDouble, x: DoubleDouble, values: DoubleDouble
) -> DoubleDouble:
    """Return residuals y - A x with zeros where they are smaller than the rounding of their terms."""
    terms = np.abs(values.hi) + np.abs(design.hi) @ np.abs(x.hi)
    is_there = np.abs(residuals.hi) > 4.0 * x.shape[0] * EPSILON * terms
    return DoubleDouble(np.where(is_there, residuals.hi, 0.0), np.where(is_there, residuals.lo, 0.0))


def powers_of_two(sizes: Any) -> np.ndarray:
    """Return the powers of two next to positive numbers; 1 for zero."""
    with np.errstate(divide="ignore"):
        return np.where(sizes > 0.0, 2.0 ** np.round(np.log2(sizes)), 1.0)


def _triangular_inverse(triangle: np.ndarray) -> np.ndarray:
    from scipy.linalg import solve_triangular

    size = triangle.shape[0]
    return solve_triangular(triangle, np.eye(size), check_finite=False) if size else np.zeros((0, 0))


def _placed(rows: DoubleDouble, places: np.ndarray, size: int) -> DoubleDouble:
    return DoubleDouble(_embedded(rows.hi, places, size), _embedded(rows.lo, places, size))


def _embedded(rows: np.ndarray, places: np.ndarray, size: int) -> np.ndarray:
    """Return rows put at places among zeros."""
    whole = np.zeros((size, *rows.shape[1:]))
    whole[places] = rows
    return whole
