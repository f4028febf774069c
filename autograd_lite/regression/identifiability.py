"""Which combinations of parameters the data determine, and which they do not.

A combination that does not change the model's values is a null vector of the Jacobian. It is looked for with the
columns scaled by their norms, so that units do not matter, and named in the plainest form that fits: a sum or
difference, a product or quotient, or numbers (G. Seber, C. Wild, *Nonlinear Regression*, Wiley 1989, section 3.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.errors import StructureError

#: Directions that change the residuals less than this, relative to the best determined one, are not determined at all.
_NULL = 1e-13

#: Below this they are weakly determined: no more than half of the digits of double precision are left for them.
_WEAK = 1e-7


@dataclass(frozen=True)
class Direction:
    """A combination of parameters and how well the data determine it.

    Attributes
    ----------
    combination : str
        Such as ``a - b``.
    coefficients : dict of str to float
        Of the parameters in it; the largest is 1.
    strength : float
        How much the residuals change along it, relative to the best determined combination.
    """

    combination: str
    coefficients: dict[str, float]
    strength: float


@dataclass(frozen=True)
class Identifiability:
    """What `FitResult.identifiability` gives.

    Attributes
    ----------
    undetermined : tuple of Direction
        Combinations that the data do not determine.
    weak : tuple of Direction
        Combinations that they determine badly.
    condition : float
        Of the Jacobian with columns of norm 1.
    rank : int
    """

    undetermined: tuple[Direction, ...]
    weak: tuple[Direction, ...]
    condition: float
    rank: int

    @property
    def is_identifiable(self) -> bool:
        """Whether every parameter is determined."""
        return not self.undetermined

    def __str__(self) -> str:
        lines = [f"{each.combination} is not determined by the data" for each in self.undetermined]
        lines += [f"{each.combination} is determined badly (strength {each.strength:.1e})" for each in self.weak]
        return "\n".join(lines or [f"all parameters are determined (condition number {self.condition:.1e})"])


def identifiability(result: Any) -> Identifiability:
    """Return which combinations of a fit's parameters are determined; see `FitResult.identifiability`."""
    basis = result.optimum.basis
    if basis is None:
        raise StructureError("identifiability: the fit has no finite derivatives where it ended")
    names = [result.names[i] for i in basis.free]
    return of_columns(result.optimum.where.jacobian[:, basis.free], basis.scale, names, result.optimum.x[basis.free])


def of_columns(
    columns: np.ndarray, scale: np.ndarray, names: list[str], values: np.ndarray, rank: int | None = None
) -> Identifiability:
    """Return which combinations of columns vanish, or nearly.

    Parameters
    ----------
    columns : ndarray of shape (n, m)
    scale : ndarray of shape (m,)
        About their norms.
    names : list of str
        Of the parameters that they belong to.
    values : ndarray of shape (m,)
    rank : int, optional
        How many are independent, if that is known.
    """
    _, singular, right = np.linalg.svd(columns / scale, full_matrices=False)
    largest = float(singular[0]) if singular.size else 0.0
    strengths = singular / largest if largest > 0.0 else np.zeros(len(names))
    threshold = max(_NULL, columns.shape[0] * np.finfo(float).eps)
    null = strengths <= threshold if rank is None else np.arange(len(strengths)) >= rank
    found = [_named(row, names, values, scale, 0.0) for row in _plain_rows(right[null], names)]
    weak = [
        _named(row, names, values, scale, float(strength))
        for row, strength, is_null in zip(right, strengths, null, strict=True)
        if not is_null and strength < _WEAK
    ]
    condition = 1.0 / float(strengths[-1]) if strengths.size and strengths[-1] > 0.0 else math.inf
    return Identifiability(tuple(found), tuple(weak), condition, int(np.sum(~null)))


def undetermined(result: Any) -> list[str]:
    """Return the names of the combinations that a fit's data do not determine."""
    if result.optimum.basis is None:
        return []
    return [each.combination for each in identifiability(result).undetermined]


def _plain_rows(null: np.ndarray, names: list[str]) -> np.ndarray:
    """Return another basis of a null space, with as many zeros as elimination gives, so that few names meet."""
    rows = np.array(null)
    used: list[int] = []
    for i in range(rows.shape[0]):
        open_columns = [j for j in range(len(names)) if j not in used]
        pivot = max(open_columns, key=lambda j: abs(rows[i, j]))
        used.append(pivot)
        rows[i] /= rows[i, pivot]
        for k in range(rows.shape[0]):
            if k != i:
                rows[k] -= rows[k, pivot] * rows[i]
    return rows


def _named(row: np.ndarray, names: list[str], values: np.ndarray, scale: np.ndarray, strength: float) -> Direction:
    """Return a direction of scaled parameters with its name."""
    direction = row / scale
    direction = np.where(np.abs(row) > 1e-6 * np.max(np.abs(row)), direction, 0.0)
    part = [i for i in range(len(names)) if direction[i] != 0.0]
    direction = direction / direction[max(part, key=lambda i: abs(direction[i]))]
    if direction[part[0]] < 0.0:
        direction = -direction
    coefficients = {names[i]: float(direction[i]) for i in part}
    relative = _whole(direction[part] / values[part]) if np.all(values[part] != 0.0) and len(part) > 1 else None
    if len(part) > 1 and _whole(direction[part]) is None and relative is not None:
        return Direction(_product(names, part, relative), coefficients, strength)
    return Direction(_sum(coefficients), coefficients, strength)


def _whole(numbers: np.ndarray) -> np.ndarray | None:
    """Return numbers as multiples of the smallest, if those are small whole ones."""
    multiples = numbers / np.min(np.abs(numbers))
    rounded = np.rint(multiples)
    near = np.max(np.abs(multiples - rounded)) < 1e-6 and np.max(np.abs(rounded)) <= 4.0
    return rounded.astype(int) if near else None


def _sum(coefficients: dict[str, float]) -> str:
    text = ""
    for name, coefficient in coefficients.items():
        sign = ("-" if coefficient < 0.0 else "") if not text else (" - " if coefficient < 0.0 else " + ")
        size = abs(coefficient)
        text += sign + (name if abs(size - 1.0) < 1e-6 else f"{size:.4g}·{name}")
    return text


def _product(names: list[str], part: list[int], exponents: np.ndarray) -> str:
    signed = exponents if exponents[0] > 0 else -exponents
    text = ""
    for i, exponent in zip(part, signed, strict=True):
        sign = "" if not text else (" · " if exponent > 0 else " / ")
        power = f"{abs(exponent)}" if abs(exponent) != 1 else ""
        text += f"{sign}{names[i]}{'**' + power if power else ''}"
    return text
