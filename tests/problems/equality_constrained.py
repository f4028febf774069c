"""Problems with equality constraints.

"HS n": W. Hock & K. Schittkowski, *Test Examples for Nonlinear Programming Codes*, Springer 1981. "BT n": P. Boggs & J.
Tolle, *A strategy for global convergence in a sequential quadratic programming algorithm*, SIAM J. Numer. Anal. 26(3),
1989. Maratos: N. Maratos, thesis, Imperial College 1978. Multipliers are those with ∇f = Σ λᵢ ∇cᵢ: in closed form where
there is one, to eight digits else, which the test confirms by moving the constraints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class ConstrainedProblem:
    """A function, its constraints, the standard start, the minimum, and multipliers where they are known."""

    name: str
    f: Callable[[Any], Any]
    c: Callable[[Any], Any]
    start: tuple[float, ...]
    minimum: float
    multipliers: tuple[float, ...] | None = None


def stack(*parts: Any) -> Any:
    return np.stack(parts)


R2 = 2**0.5

PROBLEMS = [
    ConstrainedProblem("HS 6", lambda x: (1 - x[0]) ** 2, lambda x: 10 * (x[1] - x[0] ** 2), (-1.2, 1), 0, (0.0,)),
    ConstrainedProblem(
        "HS 7", lambda x: np.log(1 + x[0] ** 2) - x[1], lambda x: (1 + x[0] ** 2) ** 2 + x[1] ** 2 - 4, (2, 2),
        -(3**0.5), (-1 / (2 * 3**0.5),),
    ),
    ConstrainedProblem(
        "HS 8", lambda x: 0 * x[0] - 1, lambda x: stack(x[0] ** 2 + x[1] ** 2 - 25, x[0] * x[1] - 9), (2, 1), -1,
        (0.0, 0.0),
    ),
    ConstrainedProblem(
        "HS 9", lambda x: np.sin(np.pi * x[0] / 12) * np.cos(np.pi * x[1] / 16), lambda x: 4 * x[0] - 3 * x[1], (0, 0),
        -0.5, (np.pi / 96,),
    ),
    ConstrainedProblem(
        "HS 26", lambda x: (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 4, lambda x: (1 + x[1] ** 2) * x[0] + x[2] ** 4 - 3,
        (-2.6, 2, 2), 0, (0.0,),
    ),
    ConstrainedProblem(
        "HS 27", lambda x: 0.01 * (x[0] - 1) ** 2 + (x[1] - x[0] ** 2) ** 2, lambda x: x[0] + x[2] ** 2 + 1, (2, 2, 2),
        0.04, (-0.04,),
    ),
    ConstrainedProblem(
        "HS 28", lambda x: (x[0] + x[1]) ** 2 + (x[1] + x[2]) ** 2, lambda x: x[0] + 2 * x[1] + 3 * x[2] - 1,
        (-4, 1, 1), 0, (0.0,),
    ),
    ConstrainedProblem(
        "HS 39", lambda x: -x[0], lambda x: stack(x[1] - x[0] ** 3 - x[2] ** 2, x[0] ** 2 - x[1] - x[3] ** 2),
        (2, 2, 2, 2), -1, (1.0, 1.0),
    ),
    ConstrainedProblem(
        "HS 40", lambda x: -x[0] * x[1] * x[2] * x[3],
        lambda x: stack(x[0] ** 3 + x[1] ** 2 - 1, x[0] ** 2 * x[3] - x[2], x[3] ** 2 - x[1]), (0.8,) * 4, -0.25,
        (-0.5, 0.47193716, -0.35355339),
    ),
    ConstrainedProblem(
        "HS 42", lambda x: (x[0] - 1) ** 2 + (x[1] - 2) ** 2 + (x[2] - 3) ** 2 + (x[3] - 4) ** 2,
        lambda x: stack(x[0] - 2, x[2] ** 2 + x[3] ** 2 - 2), (1.0,) * 4, 28 - 10 * R2, (2.0, 1 - 5 / R2),
    ),
    ConstrainedProblem(
        "HS 46", lambda x: (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4 + (x[4] - 1) ** 6,
        lambda x: stack(x[0] ** 2 * x[3] + np.sin(x[3] - x[4]) - 1, x[1] + x[2] ** 4 * x[3] ** 2 - 2),
        (0.5 * R2, 1.75, 0.5, 2, 2), 0, (0.0, 0.0),
    ),
    ConstrainedProblem(
        "HS 47", lambda x: (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 3 + (x[2] - x[3]) ** 4 + (x[3] - x[4]) ** 4,
        lambda x: stack(x[0] + x[1] ** 2 + x[2] ** 3 - 3, x[1] - x[2] ** 2 + x[3] - 1, x[0] * x[4] - 1),
        (2, R2, -1, 2 - R2, 0.5), 0, (0.0, 0.0, 0.0),
    ),
    ConstrainedProblem(
        "HS 48", lambda x: (x[0] - 1) ** 2 + (x[1] - x[2]) ** 2 + (x[3] - x[4]) ** 2,
        lambda x: stack(np.sum(x) - 5, x[2] - 2 * (x[3] + x[4]) + 3), (3, 5, -3, 2, -2), 0, (0.0, 0.0),
    ),
    ConstrainedProblem(
        "HS 49", lambda x: (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4 + (x[4] - 1) ** 6,
        lambda x: stack(x[0] + x[1] + x[2] + 4 * x[3] - 7, x[2] + 5 * x[4] - 6), (10, 7, 2, -3, 0.8), 0, (0.0, 0.0),
    ),
    ConstrainedProblem(
        "HS 50", lambda x: (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 2 + (x[2] - x[3]) ** 4 + (x[3] - x[4]) ** 2,
        lambda x: stack(
            x[0] + 2 * x[1] + 3 * x[2] - 6, x[1] + 2 * x[2] + 3 * x[3] - 6, x[2] + 2 * x[3] + 3 * x[4] - 6
        ),
        (35, -31, 11, 5, -5), 0, (0.0, 0.0, 0.0),
    ),
    ConstrainedProblem(
        "HS 51", lambda x: (x[0] - x[1]) ** 2 + (x[1] + x[2] - 2) ** 2 + (x[3] - 1) ** 2 + (x[4] - 1) ** 2,
        lambda x: stack(x[0] + 3 * x[1] - 4, x[2] + x[3] - 2 * x[4], x[1] - x[4]), (2.5, 0.5, 2, -1, 0.5), 0,
        (0.0, 0.0, 0.0),
    ),
    ConstrainedProblem(
        "HS 52", lambda x: (4 * x[0] - x[1]) ** 2 + (x[1] + x[2] - 2) ** 2 + (x[3] - 1) ** 2 + (x[4] - 1) ** 2,
        lambda x: stack(x[0] + 3 * x[1], x[2] + x[3] - 2 * x[4], x[1] - x[4]), (2.0,) * 5, 1859 / 349,
        (-1144 / 349, -1014 / 349, 2704 / 349),
    ),
    ConstrainedProblem(
        "HS 56", lambda x: -x[0] * x[1] * x[2],
        lambda x: stack(
            x[0] - 4.2 * np.sin(x[3]) ** 2, x[1] - 4.2 * np.sin(x[4]) ** 2, x[2] - 4.2 * np.sin(x[5]) ** 2,
            x[0] + 2 * x[1] + 2 * x[2] - 7.2 * np.sin(x[6]) ** 2,
        ),
        (1, 1, 1, *[float(np.arcsin((1 / 4.2) ** 0.5))] * 3, float(np.arcsin((5 / 7.2) ** 0.5))), -3.456,
        (0.0, 0.0, 0.0, -1.44),
    ),
    ConstrainedProblem(
        "HS 61",
        lambda x: 4 * x[0] ** 2 + 2 * x[1] ** 2 + 2 * x[2] ** 2 - 33 * x[0] + 16 * x[1] - 24 * x[2],
        lambda x: stack(3 * x[0] - 2 * x[1] ** 2 - 7, 4 * x[0] - x[2] ** 2 - 11), (0, 0, 0), -143.6461422,
        (0.88768409, 1.73777721),
    ),
    ConstrainedProblem(
        "HS 77",
        lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4 + (x[4] - 1) ** 6,
        lambda x: stack(
            x[0] ** 2 * x[3] + np.sin(x[3] - x[4]) - 2 * R2, x[1] + x[2] ** 4 * x[3] ** 2 - 8 - R2
        ),
        (2.0,) * 5, 0.24150513, (0.0855396, 0.0318784),
    ),
    ConstrainedProblem(
        "HS 78", lambda x: np.prod(x),
        lambda x: stack(np.sum(x**2) - 10, x[1] * x[2] - 5 * x[3] * x[4], x[0] ** 3 + x[1] ** 3 + 1),
        (-2, 1.5, 2, -1, -1), -2.91970041, (-0.74444593, 0.70357519, -0.09680552),
    ),
    ConstrainedProblem(
        "HS 79",
        lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 2 + (x[2] - x[3]) ** 4 + (x[3] - x[4]) ** 4,
        lambda x: stack(
            x[0] + x[1] ** 2 + x[2] ** 3 - 2 - 3 * R2, x[1] - x[2] ** 2 + x[3] + 2 - 2 * R2, x[0] * x[4] - 2
        ),
        (2.0,) * 5, 0.0787768209, (0.03882105, 0.01672652, 0.00028733),
    ),
    ConstrainedProblem(
        "Maratos", lambda x: 2 * (np.sum(x**2) - 1) - x[0], lambda x: np.sum(x**2) - 1,
        (float(np.cos(1.0)), float(np.sin(1.0))), -1, (1.5,),
    ),
    ConstrainedProblem(
        "BT 1", lambda x: 100 * np.sum(x**2) - x[0] - 100, lambda x: np.sum(x**2) - 1, (0.08, 0.06), -1, (99.5,)
    ),
    ConstrainedProblem(
        "BT 2", lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 4,
        lambda x: x[0] * (1 + x[1] ** 2) + x[2] ** 4 - 4 - 3 * R2, (10.0,) * 3, 0.032568200,
    ),
    ConstrainedProblem(
        "BT 4", lambda x: x[0] - x[1] + x[1] ** 3,
        lambda x: stack(np.sum(x**2) - 25, np.sum(x) - 1), (4.0382, -2.947, -0.09115), -45.51055074,
    ),
    ConstrainedProblem(
        "BT 5", lambda x: 1000 - x[0] ** 2 - 2 * x[1] ** 2 - x[2] ** 2 - x[0] * x[1] - x[0] * x[2],
        lambda x: stack(np.sum(x**2) - 25, 8 * x[0] + 14 * x[1] + 7 * x[2] - 56), (2.0,) * 3, 961.71517219,
    ),
    ConstrainedProblem(
        "BT 8", lambda x: x[0] ** 2 + x[1] ** 2 + x[2] ** 2,
        lambda x: stack(x[0] - 1 - x[3] ** 2 + x[1] ** 2, x[0] ** 2 + x[1] ** 2 - x[4] ** 2 - 1), (1, 1, 1, 0, 0), 1,
    ),
    ConstrainedProblem(
        "BT 10", lambda x: -x[0], lambda x: stack(x[1] - x[0] ** 3, x[0] ** 2 - x[1]), (2, 2), -1, (1.0, 1.0)
    ),
    ConstrainedProblem(
        "BT 12", lambda x: 0.01 * x[0] ** 2 + x[1] ** 2,
        lambda x: stack(x[0] + x[1] - x[2] ** 2 - 25, x[0] ** 2 + x[1] ** 2 - x[3] ** 2 - 25, x[0] - x[4] ** 2 - 2),
        (2.0,) * 5, 6.188118811881188,
    ),
]  # fmt: skip
