"""The last digits: Newton's method from near a minimum, until nothing moves, with residuals in extended precision.

Near a minimum the Gauss-Newton step is contracted by the curvature that it leaves out. In the basis of the singular
value decomposition J D⁻¹ = U Σ Vᵀ Newton's step is V Σ⁻¹ (I + K)⁻¹ (-Uᵀ r), K = Σ⁻¹ Vᵀ (Σᵢ rᵢ ∇²rᵢ) V Σ⁻¹, which has no
units (Å. Björck, *Numerical Methods for Least Squares Problems*, SIAM 1996, section 9.1.2). There are no normal
equations, and the eigenvalues of I + K say whether it is a minimum. The residuals' curvature is computed once; with it
kept, the iteration contracts by the relative error of the start.

At the end the residuals are evaluated once more in extended precision, where the platform and the model have it, and
the parameters corrected by what they say: one step of iterative refinement (section 2.9.2), after which the parameters
are those of the data and not of round-off in the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograd_lite.calculus.fitting.levenberg_marquardt import free_parameters, round_off
from autograd_lite.calculus.fitting.problem import Point, Problem

#: Singular values below this part of the largest, or below n times the unit round-off, count as zero.
_RANK = 1e-14


@dataclass(frozen=True)
class Basis:
    """The Jacobian of the free parameters in its singular basis.

    Attributes
    ----------
    free : ndarray of int
        The parameters that no bound holds.
    scale : ndarray
        The norms of their columns.
    left, singular, right : ndarray
        J D⁻¹ = left · diag(singular) · right, as far as the singular values differ from zero: fewer than parameters
        where the columns depend on each other.
    second : ndarray of shape (m, m)
        Σᵢ rᵢ ∇²rᵢ, of all parameters.
    curvature : ndarray
        K.
    """

    free: np.ndarray
    scale: np.ndarray
    left: np.ndarray
    singular: np.ndarray
    right: np.ndarray
    second: np.ndarray
    curvature: np.ndarray

    @property
    def is_full(self) -> bool:
        """Whether the columns are independent."""
        return self.singular.size == self.free.size

    @property
    def is_minimum(self) -> bool:
        """Whether the second-order condition of a minimum holds, in the directions that change the residuals."""
        return self.singular.size == 0 or bool(np.linalg.eigvalsh(self._newton())[0] > 0.0)

    @property
    def is_curved(self) -> bool:
        """Whether the residuals' curvature outweighs the Jacobian's in some direction."""
        return bool(np.max(np.abs(self.curvature), initial=0.0) > 1.0)

    def _newton(self) -> np.ndarray:
        return np.eye(self.singular.size) + self.curvature

    def step(self, residuals: np.ndarray) -> np.ndarray:
        """Return Newton's step of the free parameters, of shape (k,), or columns of steps for columns of residuals."""
        projected = -np.asarray(self.left.T @ residuals, np.float64)
        moved = np.linalg.solve(self._newton(), projected)
        return (((self.right.T / self.singular) @ moved).T / self.scale).T

    def solve_hessian(self, vector: np.ndarray) -> np.ndarray:
        """Return the inverse of the Hessian of half the cost, applied to a vector of shape (k,)."""
        root = (self.right.T / self.singular) / self.scale[:, None]
        return root @ np.linalg.solve(self._newton(), root.T @ vector)

    def spread(self) -> np.ndarray:
        """Return the square roots of the diagonal of (Jᵀ J)⁻¹."""
        return np.sqrt(np.sum((self.right.T / self.singular) ** 2, axis=1)) / self.scale


@dataclass(frozen=True)
class Optimum:
    """Where a fit ended.

    Attributes
    ----------
    x : ndarray of shape (m,)
    where : Point
        The run of the function there (or within the last rounding of it), for derivatives.
    residuals : ndarray of shape (n,)
        As exact as they are to be had.
    sum_of_squares : float
    cost : float
        The sum of squares or of losses.
    basis : Basis or None
        None where the Jacobian or the curvature is not finite.
    polished : bool
        Whether the digits stopped moving.
    """

    x: np.ndarray
    where: Point
    residuals: np.ndarray
    sum_of_squares: float
    cost: float
    basis: Basis | None
    polished: bool


def exact_basis(problem: Problem, optimum: Optimum) -> Basis | None:
    """Return the basis at an optimum with the curvature there, where the polish may have kept an earlier one."""
    basis = optimum.basis
    is_linear = basis is not None and not basis.second.any()
    return basis if is_linear else basis_at(problem, optimum.where)


def polish(problem: Problem, x: np.ndarray, where: Point | None = None, rounds: int = 15) -> Optimum:
    """Return the minimum near a point, to the last digits.

    Parameters
    ----------
    problem : Problem
    x : ndarray of shape (m,)
        Near a minimum; from farther away it returns the best point that it met.
    where : Point, optional
        The run at ``x``, if there is one.
    rounds : int
        How many runs are made at most.

    Returns
    -------
    Optimum
    """
    where = problem.at(x) if where is None or where.x is not x else where
    best, basis = where, basis_at(problem, where)
    before, is_kept = np.inf, False
    for _ in range(rounds):
        if basis is None or not basis.is_minimum or not np.isfinite(where.cost):
            break
        if where.cost <= round_off(where.jacobian, where.x):
            return _refined(problem, where, basis)
        step, moved = _newton_step(problem, where, basis)
        stalls = moved > 0.25 * before
        if is_kept and (stalls or (moved <= 1e-11 and basis.is_curved)):
            # Round-off stalls it, or a curvature from too far away, with which steps say nothing of the distance.
            basis, is_kept, before = basis_at(problem, where), False, np.inf
            continue
        if moved <= 1e-11 or (stalls and moved < 1e-7):
            return _refined(problem, where, basis)
        trial = problem.at(problem.inside(where.x + step))
        if not trial.cost <= where.cost * (1.0 + 1e-9) or moved > 2.0 * before:
            if moved < 1e-7:
                return _refined(problem, where, basis)
            break
        where, before, is_kept = trial, moved, moved < 1e-3
        best = where if where.cost <= best.cost else best
        basis = basis_at(problem, where, basis.second if is_kept else None)
    again = basis if best is where else basis_at(problem, best)
    return _optimum(best.x, best, best.residuals, best.cost, again, False)


def _newton_step(problem: Problem, where: Point, basis: Basis) -> tuple[np.ndarray, float]:
    """Return Newton's step of all parameters, and its relative size."""
    residuals, _ = problem.loss.scaled(where.residuals, where.jacobian)
    step = np.zeros(problem.size)
    step[basis.free] = basis.step(residuals)
    return step, _relative(step, where, basis)


def _relative(step: np.ndarray, where: Point, basis: Basis) -> float:
    """Return the size of a step in units of the parameters, or of their standard errors where those are larger."""
    residuals = where.residuals
    degrees = max(residuals.size - basis.free.size, 1)
    spread = basis.spread() * np.sqrt(float(residuals @ residuals) / degrees)
    units = np.maximum(np.abs(where.x[basis.free]), spread)
    return float(np.max(np.abs(step[basis.free]) / np.where(units > 0.0, units, 1.0), initial=0.0))


def basis_at(problem: Problem, where: Point, second: np.ndarray | None = None) -> Basis | None:
    """Return the basis at a point, None where derivatives, or their squares, are not finite.

    ``second`` is Σᵢ rᵢ ∇²rᵢ if known.
    """
    residuals, jacobian = problem.loss.scaled(where.residuals, where.jacobian)
    norms = np.sqrt(np.einsum("ij,ij->j", jacobian, jacobian))
    if not np.all(np.isfinite(norms)):
        return None
    free = free_parameters(problem, where.x, jacobian, residuals)
    columns, norms = (jacobian[:, free], norms[free]) if free.size < problem.size else (jacobian, norms)
    scale = np.where(norms > 0.0, norms, 1.0)
    orthogonal, triangle = np.linalg.qr(columns / scale)
    rotation, singular, right = np.linalg.svd(triangle, full_matrices=False)
    rank = int(np.sum(singular > max(_RANK, columns.shape[0] * np.finfo(float).eps) * singular[:1]))
    left, singular, right = orthogonal @ rotation[:, :rank], singular[:rank], right[:rank]
    if second is None:
        # Off the minimum, the residuals' part in the tangent plane is what a step takes away, and no curvature there.
        normal = residuals - left @ (left.T @ residuals)
        roots = problem.loss.scaled(where.residuals, np.ones((residuals.size, 1)))[1][:, 0]
        second = where.weighted_hessian(normal * roots)
    inverse = right.T / singular
    curvature = inverse.T @ (second[np.ix_(free, free)] / np.outer(scale, scale)) @ inverse
    if not np.all(np.isfinite(curvature)):
        return None
    return Basis(free, scale, left, singular, right, second, curvature)


def _refined(problem: Problem, where: Point, basis: Basis) -> Optimum:
    """Return the optimum next to a point whose digits have stopped moving, in extended precision if possible."""
    residuals = problem.extended(where.x.astype(np.longdouble)) if problem.loss.is_linear else None
    if residuals is None:
        return _optimum(where.x, where, where.residuals, where.cost, basis, True)
    step = np.zeros(problem.size)
    step[basis.free] = basis.step(residuals)
    refined = residuals + where.jacobian @ step.astype(np.longdouble)
    cost = float(refined @ refined)
    if not (_relative(step, where, basis) < 1e-6 or cost <= where.cost <= round_off(where.jacobian, where.x)):
        return _optimum(where.x, where, where.residuals, where.cost, basis, True)
    return _optimum(problem.inside(where.x + step), where, refined.astype(np.float64), cost, basis, True)


def _optimum(
    x: np.ndarray, where: Point, residuals: np.ndarray, cost: float, basis: Basis | None, polished: bool
) -> Optimum:
    squares = cost if residuals is not where.residuals else float(residuals @ residuals)
    return Optimum(x, where, residuals, squares, cost, basis, polished)
