"""What kind of point it is where the gradient vanishes: the inertia of the Hessian says so, if it is not singular."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: An eigenvalue is zero below this part of the largest, of the matrix scaled to a unit diagonal.
FLATNESS = 1e-12


class Kind(enum.Enum):
    """A kind of stationary point.

    `FLAT` is a singular Hessian without negative eigenvalues: second derivatives do not decide, and the point may be a
    minimum of higher order, one of a line of minima, or none.
    """

    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SADDLE = "saddle"
    FLAT = "flat"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return self.value


class Inertia(NamedTuple):
    """How many eigenvalues of a symmetric matrix are negative, zero and positive, up to round-off."""

    negative: int
    zero: int
    positive: int

    @property
    def kind(self) -> Kind:
        """What a stationary point with such a Hessian is."""
        if self.negative and self.positive:
            return Kind.SADDLE
        if self.negative:
            return Kind.MAXIMUM if not self.zero else Kind.SADDLE
        return Kind.MINIMUM if not self.zero else Kind.FLAT


class Curvature(NamedTuple):
    """The curvature at a point.

    Attributes
    ----------
    kind : Kind
    inertia : Inertia or None
        None where only extreme eigenvalues are known.
    lowest : float
        d·H d
    direction : ndarray of shape (n,)
        d, a unit vector along which the Hessian is about as small as it gets.
    """

    kind: Kind
    inertia: Inertia | None
    lowest: float
    direction: np.ndarray


def curvature_of(hessian: np.ndarray) -> Curvature:
    """Return the curvature that a Hessian of shape (n, n) has.

    Variables may have very different scales: signs are counted of the matrix scaled to a unit diagonal, which by
    Sylvester's law has the same inertia.
    """
    diagonal = np.abs(np.diag(hessian))
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    eigenvalues, vectors = np.linalg.eigh(hessian * np.outer(scale, scale))
    limit = FLATNESS * max(float(np.max(np.abs(eigenvalues))), np.finfo(float).tiny)
    negative, positive = int(np.sum(eigenvalues < -limit)), int(np.sum(eigenvalues > limit))
    inertia = Inertia(negative, eigenvalues.size - negative - positive, positive)
    direction = scale * vectors[:, 0]
    direction /= np.linalg.norm(direction)
    return Curvature(inertia.kind, inertia, float(direction @ hessian @ direction), direction)


def curvature_along(product: Callable[[np.ndarray], np.ndarray], size: int, iterations: int = 60) -> Curvature:
    """Return the curvature at a point of many variables, from products with the Hessian.

    The Lanczos process with full reorthogonalization (G. H. Golub & C. F. Van Loan, *Matrix Computations*, 4th ed.,
    2013, algorithm 10.1.1); it finds the extreme eigenvalues first, which tell a minimum from a saddle.

    Parameters
    ----------
    product : callable
        Gives H v.
    size : int
        n
    iterations : int
        The most products.

    Returns
    -------
    Curvature
    """
    start = np.random.default_rng(0).standard_normal(size)
    basis = [start / np.linalg.norm(start)]
    diagonal: list[float] = []
    beside: list[float] = []
    lowest = math.nan
    for count in range(min(iterations, size)):
        ahead = product(basis[-1])
        diagonal.append(float(basis[-1] @ ahead))
        for _ in range(2):
            for vector in basis:
                ahead = ahead - (vector @ ahead) * vector
        length = float(np.linalg.norm(ahead))
        values, vectors = np.linalg.eigh(_tridiagonal(diagonal, beside))
        scale = max(abs(values[0]), abs(values[-1]), np.finfo(float).tiny)
        error = length * abs(float(vectors[-1, 0]))
        previous, lowest = lowest, float(values[0])
        is_settled = count >= 10 and abs(previous - lowest) <= 1e-3 * abs(lowest)
        if length <= 1e-12 * scale or (is_settled and error <= 0.1 * abs(lowest)) or not math.isfinite(length):
            break
        beside.append(length)
        basis.append(ahead / length)
    values, vectors = np.linalg.eigh(_tridiagonal(diagonal, beside))
    direction = np.sum([c * v for c, v in zip(vectors[:, 0], basis, strict=False)], axis=0)
    low, high = float(values[0]), float(values[-1])
    limit = FLATNESS * max(abs(low), abs(high), np.finfo(float).tiny)
    found = Inertia(int(low < -limit), int(abs(low) <= limit), int(high > limit))
    return Curvature(found.kind, None, low, direction / np.linalg.norm(direction))


def _tridiagonal(diagonal: list[float], beside: list[float]) -> np.ndarray:
    off = beside[: len(diagonal) - 1]
    return np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1)
