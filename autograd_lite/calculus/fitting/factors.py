"""The linearised residuals, factored once: steps for every damping, and the part that is solved without damping.

The Jacobian is never squared. One QR decomposition of [J D⁻¹ | r] reduces the residuals to a triangle of the number of
parameters; the singular values of that small triangle give the step of every damping parameter at the cost of a few
vector operations (J. Nocedal, S. Wright, *Numerical Optimization*, 2nd ed., section 10.3).

Parameters that enter linearly come first in the triangle. They are solved for and not damped, which is variable
projection with Kaufman's Jacobian (G. Golub, V. Pereyra, SIAM J. Numer. Anal. 10, 1973; L. Kaufman, BIT 15, 1975): what
is left of the triangle is the problem in the other parameters.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

#: Singular values below this part of the largest count as zero in a step without damping.
_RANK = 1e-13

#: A diagonal of the triangle with elements below this part of the largest may be one of dependent columns.
_DEPENDENT = 1e-10

#: Linear parameters are eliminated while their part of the Jacobian is better conditioned than this.
_CONDITION = 1e10


class Factors:
    """The triangle of a scaled Jacobian and residuals, and steps from it.

    Parameters
    ----------
    jacobian : ndarray of shape (n, m)
    residuals : ndarray of shape (n,)
    scale : ndarray of shape (m,)
        D, positive; steps are measured as ‖D p‖.
    linear : sequence of int
        The parameters to be solved for without damping.

    Attributes
    ----------
    eliminated : int
        How many parameters are solved for without damping: all linear ones, or none where they are ill-conditioned.
    gain : float
        By how much the sum of squares falls when only those are solved for.
    """

    def __init__(self, jacobian: np.ndarray, residuals: np.ndarray, scale: np.ndarray, linear: Sequence[int] = ()):
        m = scale.size
        self.scale = scale
        self._order = [*linear, *(i for i in range(m) if i not in linear)] if linear else None
        columns = jacobian / scale
        augmented = np.empty((max(residuals.size, m + 1), m + 1))
        augmented[residuals.size :] = 0.0
        augmented[: residuals.size, :m] = columns if self._order is None else columns[:, self._order]
        augmented[: residuals.size, m] = residuals
        self.triangle = triangle_of(augmented)
        self.eliminated, self.gain = 0, 0.0
        if linear:
            self._solve_linear(len(linear))

    def _solve_linear(self, k: int) -> None:
        block = self.triangle[:k, :k]
        if not block.diagonal().all():
            return
        inverse = np.linalg.inv(block)
        if np.einsum("ij,ij->", block, block) * np.einsum("ij,ij->", inverse, inverse) < _CONDITION**2:
            self.eliminated = k
            self._inverse = inverse
            self._column = self.triangle[:k, -1].copy()
            self.gain = float(self._column @ self._column)

    @functools.cached_property
    def _decomposed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The target, singular values and right singular vectors of the part that is damped."""
        rest = self.triangle[self.eliminated : -1, self.eliminated :]
        left, singular, right = np.linalg.svd(rest[:, :-1])
        return -(left.T @ rest[:, -1]), singular, right

    @property
    def singular(self) -> np.ndarray:
        """The singular values of the part that is damped, falling."""
        return self._decomposed[1]

    @property
    def damped_positions(self) -> list[int]:
        """The parameters that are not eliminated."""
        return list(range(self.scale.size)) if self._order is None else self._order[self.eliminated :]

    @property
    def attainable(self) -> float:
        """By how much the sum of squares would fall if the residuals were linear."""
        column = self.triangle[self.eliminated : -1, -1]
        sizes = np.abs(self.triangle.diagonal()[self.eliminated : -1])
        if sizes.size and sizes.min() <= _DEPENDENT * sizes.max():  # a direction that only round-off has chosen
            target, singular, _ = self._decomposed
            column = target[singular > singular[0] * _RANK]
        return self.gain + float(column @ column)

    def settle(self) -> None:
        """Note that the linear parameters have been moved to where they are best."""
        if self.eliminated:
            self.triangle[: self.eliminated, -1] = self._column[:] = 0.0
            self.gain = 0.0

    def linear_step(self) -> np.ndarray:
        """Return the step, of shape (m,), that solves for the linear parameters and leaves the others."""
        return self._placed(-self._inverse @ self._column, np.zeros(self.scale.size - self.eliminated))

    def damped(self, radius: float) -> tuple[np.ndarray, float, float]:
        """Return the best step whose damped part is about as long as a radius, its length, and the damping.

        Parameters
        ----------
        radius : float
            Δ in ‖D δ‖ ≤ 1.1 Δ.

        Returns
        -------
        step : ndarray of shape (m,)
        length : float
            ‖D δ‖ of the damped part.
        damping : float
            λ; 0 for the Gauss-Newton step.
        """
        damping = find_damping(self.singular, self._decomposed[0], radius)
        weights = self._weights(damping)
        step = self._placed_all(self._decomposed[2].T @ weights)
        return step, float(np.sqrt(weights @ weights)), damping

    def acceleration(self, correction: np.ndarray, damping: float) -> np.ndarray:
        """Return the damped least-squares solution a of J a = c, given Jᵀ c of shape (m,)."""
        scaled = correction / self.scale
        if self._order is not None:
            scaled = scaled[self._order]
        k = self.eliminated
        first = self._inverse.T @ scaled[:k] if k else np.zeros(0)
        rest = scaled[k:] - (self.triangle[:k, k:-1].T @ first if k else 0.0)
        squares = self.singular**2 + damping
        floor = (self.singular[0] * _RANK) ** 2 if self.singular.size else 0.0
        part = self._decomposed[2].T @ ((self._decomposed[2] @ rest) / np.where(squares > floor, squares, np.inf))
        head = self._inverse @ (first - self.triangle[:k, k:-1] @ part) if k else np.zeros(0)
        return self._placed(head, part)

    def change(self, step: np.ndarray) -> float:
        """Return by how much the sum of squares of the linearised residuals falls along a step of shape (m,)."""
        scaled = step * self.scale
        if self._order is not None:
            scaled = scaled[self._order]
        moved = self.triangle[:-1, :-1] @ scaled
        return float(-moved @ (moved + 2.0 * self.triangle[:-1, -1]))

    def _weights(self, damping: float) -> np.ndarray:
        if damping > 0.0:
            return self.singular * self._decomposed[0] / (self.singular**2 + damping)
        return self._decomposed[0] / np.where(self.singular > self.singular[:1] * _RANK, self.singular, np.inf)

    def _placed_all(self, rest: np.ndarray) -> np.ndarray:
        k = self.eliminated
        head = -self._inverse @ (self._column + self.triangle[:k, k:-1] @ rest) if k else np.zeros(0)
        return self._placed(head, rest)

    def _placed(self, head: np.ndarray, rest: np.ndarray) -> np.ndarray:
        step = np.concatenate([head, rest])
        if self._order is not None:
            step[self._order] = step.copy()
        return step / self.scale


@functools.lru_cache(maxsize=64)
def _upper(size: int) -> np.ndarray:
    return np.triu(np.ones((size, size)))


def triangle_of(matrix: np.ndarray) -> np.ndarray:
    """Return R of the QR decomposition of a matrix with at least as many rows as columns, without making Q."""
    columns = matrix.shape[1]
    reflectors = np.linalg.qr(matrix, mode="raw")[0]
    return reflectors.T[:columns] * _upper(columns)  # below R lie the reflectors


def find_damping(singular: np.ndarray, target: np.ndarray, radius: float) -> float:
    """Return λ ≥ 0 for which ‖(Σ² + λ)⁻¹ Σ b‖ is within a tenth of the radius, or 0 if that is short enough.

    Newton's method on the reciprocal of the length, safeguarded by a bracket (J. Moré, *The Levenberg-Marquardt
    algorithm*, 1978, section 5).
    """
    if not singular.size:
        return 0.0
    whole = target / np.where(singular > singular[0] * _RANK, singular, np.inf)
    if np.sqrt(whole @ whole) <= 1.1 * radius:
        return 0.0
    gradient = singular * target
    low, high = 0.0, float(np.sqrt(gradient @ gradient)) / radius
    damping = 1e-3 * high
    for _ in range(30):
        squares = singular**2 + damping
        weights = gradient / squares
        length = float(np.sqrt(weights @ weights))
        excess = length - radius
        if abs(excess) <= 0.1 * radius:
            break
        low, high = (damping, high) if excess > 0.0 else (low, damping)
        slope = float(weights @ (weights / squares)) / length
        damping += length / radius * excess / slope if slope > 0.0 else np.nan  # 0 where the squares underflow
        if not low < damping < high:
            damping = max(np.sqrt(low * high), 1e-3 * high)
    return float(damping)
