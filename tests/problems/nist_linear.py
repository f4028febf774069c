"""NIST's linear data sets, and least squares in rational arithmetic.

Seven are from tests/data/nist, and two more are written out here. Two are made: the y of Wampler2 are the polynomial
itself, with one decimal more for each power; those of Wampler3, Wampler4 and Wampler5 are 1 + x + ... + x⁵ with the
same disturbances 1, 100 and 10,000 times (R. Wampler, *A report of the accuracy of some widely used least squares
computer programs*, JASA 65, 1970).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from problems.nist import DATA


@dataclass(frozen=True)
class Problem:
    """A certified fit.

    Attributes
    ----------
    x : ndarray of shape (n,), or (k, n) for several variables
    degree : int or None
        Of a polynomial; None for the variables themselves.
    rows : list of lists of Fraction
        Of the design matrix, of x in decimals.
    values : list of Fraction
        The y, in decimals.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    degree: int | None
    rows: list[list[Fraction]]
    values: list[Fraction]
    certified: np.ndarray
    certified_sd: np.ndarray
    rss: float

    @property
    def columns(self) -> np.ndarray:
        """The design matrix, with a column of ones for the intercept where there is one."""
        return np.array(self.rows, float)


def solve(rows: Sequence[Sequence[Any]], y: Sequence[Any]) -> tuple[list[Fraction], list[Fraction]]:
    """Return the least-squares parameters and the diagonal of the inverse Gram matrix, exactly, by elimination."""
    matrix = [[Fraction(value) for value in row] for row in rows]
    values, size = [Fraction(value) for value in y], len(matrix[0])
    gram = [[sum(row[i] * row[j] for row in matrix) for j in range(size)] for i in range(size)]
    right = [sum(row[i] * value for row, value in zip(matrix, values, strict=True)) for i in range(size)]
    table = [[*gram[i], right[i], *(Fraction(i == j) for j in range(size))] for i in range(size)]
    for i in range(size):
        pivot = next(k for k in range(i, size) if table[k][i])
        table[i], table[pivot] = table[pivot], table[i]
        table[i] = [value / table[i][i] for value in table[i]]
        for k in range(size):
            if k != i and table[k][i]:
                table[k] = [value - table[k][i] * above for value, above in zip(table[k], table[i], strict=True)]
    return [row[size] for row in table], [table[i][size + 1 + i] for i in range(size)]


def standard_errors(rows: Sequence[Sequence[Any]], y: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters and standard errors, rounded once."""
    parameters, inverse = solve(rows, y)
    squares = sum(
        (Fraction(value) - sum(Fraction(a) * b for a, b in zip(row, parameters, strict=True))) ** 2
        for row, value in zip(rows, y, strict=True)
    )
    variance = squares / (len(y) - len(parameters))
    return np.array([float(b) for b in parameters]), np.array([float(variance * each) ** 0.5 for each in inverse])


def _data(name: str) -> dict[str, Any]:
    return json.loads((DATA / f"{name}.json").read_text())


def wampler2() -> dict[str, Any]:
    """1 + 0.1 x + ... + 0.00001 x⁵."""
    y = [sum(Decimal(x**k).scaleb(-k) for k in range(6)) for x in range(21)]
    certified = ["1", "0.1", "0.01", "0.001", "0.0001", "0.00001"]
    return {**_data("Wampler1"), "y": [str(value) for value in y], "certified": certified}


def wampler5() -> dict[str, Any]:
    """1 + x + ... + x⁵, and 100 times the disturbances of Wampler4."""
    smooth, disturbed = (_data(name) for name in ("Wampler1", "Wampler4"))
    y = [int(a) + 100 * (int(b) - int(a)) for a, b in zip(smooth["y"], disturbed["y"], strict=True)]
    errors = [str(Decimal(value).scaleb(2)) for value in disturbed["certified_sd"]]
    rss = str(Decimal(disturbed["rss"]).scaleb(4))
    return {**smooth, "y": [str(value) for value in y], "certified_sd": errors, "rss": rss}


def noint2() -> dict[str, Any]:
    """A line through the origin."""
    return {
        "x": ["4", "5", "6"],
        "y": ["3", "4", "4"],
        "design": "no-intercept",
        "certified": ["0.727272727272727"],
        "certified_sd": ["0.420827318078432E-01"],
        "rss": "0.272727272727273",
    }


def pontius() -> dict[str, Any]:
    """The deflections of a load cell, twice for each load."""
    first = """.11019 .21956 .32949 .43899 .54803 .65694 .76562 .87487 .98292 1.09146
        1.20001 1.30822 1.41599 1.52399 1.63194 1.73947 1.84646 1.95392 2.06128 2.16844"""
    second = """.11052 .22018 .32939 .43886 .54798 .65739 .76596 .87474 .98300 1.09150
        1.20004 1.30818 1.41613 1.52408 1.63159 1.73965 1.84696 1.95445 2.06177 2.16829"""
    return {
        "x": [str(150_000 * i) for i in range(1, 21)] * 2,
        "y": (first + " " + second).split(),
        "design": "polynomial degree 2",
        "certified": ["0.673565789473684E-03", "0.732059160401003E-06", "-0.316081871345029E-14"],
        "certified_sd": ["0.107938612033077E-03", "0.157817399981659E-09", "0.486652849992036E-16"],
        "rss": "0.155761768796992E-05",
    }


MADE = {"NoInt2": noint2, "Pontius": pontius, "Wampler2": wampler2, "Wampler5": wampler5}
NAMES = (
    "Norris", "Pontius", "NoInt1", "NoInt2", "Filip", "Longley", "Wampler1", "Wampler2", "Wampler3", "Wampler4",
    "Wampler5",
)  # fmt: skip


@functools.cache
def load(name: str) -> Problem:
    """Return a problem by NIST's name."""
    entry = MADE[name]() if name in MADE else json.loads((DATA / f"{name}.json").read_text())
    x, kind = entry["x"], entry["design"]
    degree = int(kind.split()[-1]) if kind.startswith("polynomial") else None
    if degree is not None:
        rows = [[Fraction(value) ** k for k in range(degree + 1)] for value in x]
    else:
        variables = x if isinstance(x[0], list) else [x]
        ones = [["1"] * len(entry["y"])] if kind.startswith("intercept") else []
        rows = [[Fraction(value) for value in row] for row in zip(*ones, *variables, strict=True)]
    certified, errors = (np.array(entry[key], float) for key in ("certified", "certified_sd"))
    y = np.array(entry["y"], float)
    values = [Fraction(value) for value in entry["y"]]
    return Problem(name, np.array(x, float), y, degree, rows, values, certified, errors, float(entry["rss"]))
