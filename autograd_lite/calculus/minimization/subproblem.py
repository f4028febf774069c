"""The trust-region subproblem: the minimum of a quadratic model within a ball.

`Quadratic` solves it exactly from the eigenvalues of the Hessian, hard case included (J. J. Moré & D. C. Sorensen,
*Computing a Trust Region Step*, SIAM J. Sci. Stat. Comput. 4(3), 1983; A. R. Conn, N. I. M. Gould & P. L. Toint,
*Trust-Region Methods*, SIAM 2000, section 7.3). With all eigenvalues at hand the hard case needs no test for
definiteness, and another radius costs no factorization. `truncated_conjugate_gradient` needs products with the Hessian
only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: The length of a step on the boundary is right to this; a better one does not pay (section 7.3.11 there).
LENGTH_TOLERANCE = 1e-3

ROUND_OFF = float(np.finfo(float).eps)


class Step(NamedTuple):
    """A step within the ball.

    Attributes
    ----------
    vector : ndarray of shape (n,)
    length : float
    reduction : float
        By how much the model falls.
    is_inside : bool
        Whether it is the minimum of the model, so that the ball did not matter.
    products : int
        How many products with the Hessian it took.
    """

    vector: np.ndarray
    length: float
    reduction: float
    is_inside: bool
    products: int = 0


class Quadratic:
    """A quadratic model g·s + s·H s / 2, through the eigenvalues of H.

    Parameters
    ----------
    gradient : ndarray of shape (n,)
    hessian : ndarray of shape (n, n)
    scale : ndarray of shape (n,), optional
        D, where lengths are those of D s: with the size of the curvatures in it, a Hessian of elements from 1e-10 to
        1e20 keeps its small eigenvalues.

    Attributes
    ----------
    eigenvalues : ndarray of shape (n,)
        Of D⁻¹ H D⁻¹, rising.
    """

    def __init__(self, gradient: np.ndarray, hessian: np.ndarray, scale: np.ndarray | None = None):
        if scale is not None:
            gradient, hessian = gradient / scale, hessian / scale / scale[:, None]
        self.eigenvalues, self._vectors = np.linalg.eigh(hessian)
        self._slopes = self._vectors.T @ gradient
        largest = max(abs(float(self.eigenvalues[0])), abs(float(self.eigenvalues[-1])))
        self.noise = gradient.size * ROUND_OFF * largest
        # Where slope and curvature are both round-off, their quotient is an arbitrary step along a flat direction.
        size = float(np.linalg.norm(self._slopes))
        flat = (np.abs(self.eigenvalues) <= self.noise) & (np.abs(self._slopes) <= gradient.size * ROUND_OFF * size)
        self._slopes[flat] = 0.0
        if scale is not None:
            self._vectors /= scale[:, None]

    @property
    def is_convex(self) -> bool:
        """Whether no eigenvalue is negative, up to round-off."""
        return float(self.eigenvalues[0]) >= -self.noise

    @property
    def decrement(self) -> float:
        """How much the model with all curvatures taken positive can fall: g · |H|⁻¹ g / 2."""
        curvatures = np.maximum(np.abs(self.eigenvalues), self.noise)
        return float(np.sum(self._slopes**2 / np.where(curvatures > 0, curvatures, 1))) / 2

    @property
    def reach(self) -> float:
        """The length of Newton's step with all curvatures taken positive, and none smaller than √ε of the largest."""
        curvatures = np.maximum(np.abs(self.eigenvalues), self.noise / (self._slopes.size * math.sqrt(ROUND_OFF)))
        return float(np.linalg.norm(self._slopes / np.where(curvatures > 0, curvatures, 1)))

    def within(self, radius: float) -> Step:
        """Return the minimum of the model in the ball of this radius."""
        coordinates, is_inside = self._coordinates(radius)
        reduction = -float(self._slopes @ coordinates + coordinates @ (self.eigenvalues * coordinates) / 2)
        return Step(self._vectors @ coordinates, float(np.linalg.norm(coordinates)), reduction, is_inside)

    def _coordinates(self, radius: float) -> tuple[np.ndarray, bool]:
        """Return the step in the eigenvectors' coordinates, and whether it is the model's own minimum."""
        slopes, lowest = self._slopes, float(self.eigenvalues[0])
        size = float(np.linalg.norm(slopes))
        if lowest > 0:
            step = -slopes / self.eigenvalues
            if np.linalg.norm(step) <= radius:
                return step, True
        shifted = self.eigenvalues + max(0.0, -lowest)  # H + λI at the smallest λ allowed: semi-definite
        if lowest <= 0:
            bottom = shifted <= self.noise
            if np.linalg.norm(slopes[bottom]) <= ROUND_OFF * size or size == 0:
                step = np.where(bottom, 0.0, -slopes / np.where(bottom, 1.0, shifted))
                length = float(np.linalg.norm(step))
                if length <= radius:  # the hard case: the rest of the way along the lowest eigenvector
                    if lowest >= -self.noise:
                        return step, True
                    step[0] += math.sqrt((radius - length) * (radius + length))
                    return step, False
        return -slopes / (shifted + self._excess(shifted, size, radius)), False

    def _excess(self, shifted: np.ndarray, size: float, radius: float) -> float:
        """Return t > 0 with ‖(Λ + t)⁻¹ c‖ = radius, by Newton's method on 1/‖·‖, which is nearly linear in t."""
        low, high = 0.0, max(size / radius - float(shifted[0]), np.finfo(float).tiny)
        squares = self._slopes**2
        t = max(size / radius - float(shifted[-1]), 1e-3 * high)
        for _ in range(100):
            with np.errstate(all="ignore"):
                moved = shifted + t
                length = math.sqrt(float(np.sum(squares / moved**2)))
                slope = float(np.sum(squares / moved**3))
            if abs(length - radius) <= LENGTH_TOLERANCE * radius:
                break
            if length > radius:
                low = t
            else:
                high = t
            if high - low <= ROUND_OFF * high:
                break
            if slope > 0 and math.isfinite(slope):  # the product of radius and slope may be too small for a number
                t += length * length * (length - radius) / radius / slope
            else:
                t = math.inf
            if not low < t < high:
                t = math.sqrt(low * high) if low > 0 else 1e-3 * high if high > 1e-200 else high / 2
        return t


def truncated_conjugate_gradient(
    product: Callable[[np.ndarray], np.ndarray], gradient: np.ndarray, radius: float, tolerance: float, iterations: int
) -> Step:
    """Return a step by conjugate gradients, cut where it leaves the ball or meets negative curvature.

    T. Steihaug, *The Conjugate Gradient Method and Trust Regions in Large Scale Optimization*, SIAM J. Numer. Anal.
    20(3), 1983; J. Nocedal & S. Wright, *Numerical Optimization*, 2nd ed., Springer 2006, algorithm 7.2.

    Parameters
    ----------
    product : callable
        Gives H v.
    gradient : ndarray of shape (n,)
    radius : float
    tolerance : float
        It ends when the residual ‖g + H s‖ is this much smaller than ‖g‖.
    iterations : int
        The most that are made.

    Returns
    -------
    Step
    """
    step, residual = np.zeros_like(gradient), gradient.copy()
    direction = -residual
    square = float(residual @ residual)
    enough = tolerance**2 * square
    reduction = 0.0
    if square == 0:
        return Step(step, 0.0, 0.0, True)
    for count in range(iterations):
        moved = product(direction)
        curvature = float(direction @ moved)
        length = square / curvature if curvature > 0 else math.inf
        ahead = step + length * direction if math.isfinite(length) else step
        if not math.isfinite(length) or np.linalg.norm(ahead) >= radius:
            length = to_boundary(step, direction, radius)
            reduction += length * square - length * length * curvature / 2
            return Step(step + length * direction, radius, reduction, False, count + 1)
        step = ahead
        reduction += length * square / 2
        residual = residual + length * moved
        new_square = float(residual @ residual)
        if new_square <= enough:
            return Step(step, float(np.linalg.norm(step)), reduction, True, count + 1)
        direction = -residual + (new_square / square) * direction
        square = new_square
    return Step(step, float(np.linalg.norm(step)), reduction, True, iterations)


def to_boundary(step: np.ndarray, direction: np.ndarray, radius: float) -> float:
    """Return the positive t with ‖step + t direction‖ = radius."""
    a, b = float(direction @ direction), float(step @ direction)
    c = float(step @ step) - radius * radius
    root = math.sqrt(max(b * b - a * c, 0.0))
    return (root - b) / a if b <= 0 else -c / (b + root)
