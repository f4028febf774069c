"""The 35 problems of Moré, Garbow and Hillstrom, as functions of a vector written in NumPy, with starts and minima.

J. J. Moré, B. S. Garbow & K. E. Hillstrom, *Testing Unconstrained Optimization Software*, ACM Transactions on
Mathematical Software 7(1), 1981, pp. 17-41, section 3; the numbers of the functions are the paper's. Each is a sum of
squares of the residuals given here. In problem 11 the paper prints "y_i m i x_2" where its Fortran code, and the stated
minimum, have y_i - x_2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Problem:
    """A problem of the set.

    Attributes
    ----------
    number : int
        In the paper.
    name : str
    residuals : callable
        Maps x to an array.
    start : tuple of float
        The standard one.
    minima : tuple of float
        Values of published minima: the global one first, of 13 digits; others may be infima, reached at infinity.
    """

    number: int
    name: str
    residuals: Callable[[Any], Any]
    start: tuple[float, ...]
    minima: tuple[float, ...] = (0.0,)

    def __call__(self, x: Any) -> Any:
        """What is made small."""
        return np.sum(self.residuals(x) ** 2)

    def __str__(self) -> str:
        return f"{self.number}-{self.name}-{len(self.start)}"

    def is_solved(self, value: float) -> bool:
        """Say whether a value is one of the minima: to 1e-8 relative, or 1e-14 absolute where that is zero."""
        return any(abs(value - best) <= (1e-8 * best if best else 1e-14) for best in self.minima)

    def from_afar(self, factor: float) -> Problem:
        """Return the same problem from a start that is so many times farther out."""
        return replace(self, name=f"{self.name}-x{factor:g}", start=tuple(factor * value for value in self.start))


def rosenbrock(x: Any) -> Any:
    return np.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def freudenstein_roth(x: Any) -> Any:
    return np.stack([-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1], -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]])


def powell_badly_scaled(x: Any) -> Any:
    return np.stack([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])


def brown_badly_scaled(x: Any) -> Any:
    return np.stack([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2])


def beale(x: Any) -> Any:
    return np.array([1.5, 2.25, 2.625]) - x[0] * (1 - x[1] ** np.arange(1, 4))


def jennrich_sampson(x: Any, m: int = 10) -> Any:
    i = np.arange(1, m + 1)
    return 2 + 2 * i - (np.exp(i * x[0]) + np.exp(i * x[1]))


def helical_valley(x: Any) -> Any:
    theta = np.arctan(x[1] / x[0]) / (2 * np.pi) + np.where(x[0] < 0, 0.5, 0)
    return np.stack([10 * (x[2] - 10 * theta), 10 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]])


BARD = np.array([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39])


def bard(x: Any) -> Any:
    u = np.arange(1.0, 16)
    return BARD - (x[0] + u / ((16 - u) * x[1] + np.minimum(u, 16 - u) * x[2]))


GAUSSIAN = np.array([9, 44, 175, 540, 1295, 2420, 3521, 3989, 3521, 2420, 1295, 540, 175, 44, 9]) / 1e4


def gaussian(x: Any) -> Any:
    t = (8 - np.arange(1, 16)) / 2
    return x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2) - GAUSSIAN


MEYER = np.array(
    [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872]
)  # fmt: skip


def meyer(x: Any) -> Any:
    t = 45 + 5.0 * np.arange(1, 17)
    return x[0] * np.exp(x[1] / (t + x[2])) - MEYER


def gulf(x: Any, m: int = 99) -> Any:
    t = np.arange(1, m + 1) / 100
    y = 25 + (-50 * np.log(t)) ** (2 / 3)
    return np.exp(-(np.abs(y - x[1]) ** x[2]) / x[0]) - t


def box(x: Any, m: int = 10) -> Any:
    t = 0.1 * np.arange(1, m + 1)
    return np.exp(-t * x[0]) - np.exp(-t * x[1]) - x[2] * (np.exp(-t) - np.exp(-10 * t))


def powell_singular(x: Any) -> Any:
    a, b, c, d = (np.reshape(x, (-1, 4))[:, j] for j in range(4))
    return np.concatenate([a + 10 * b, np.sqrt(5) * (c - d), (b - 2 * c) ** 2, np.sqrt(10) * (a - d) ** 2])


def wood(x: Any) -> Any:
    return np.stack(
        [
            10 * (x[1] - x[0] ** 2),
            1 - x[0],
            np.sqrt(90) * (x[3] - x[2] ** 2),
            1 - x[2],
            np.sqrt(10) * (x[1] + x[3] - 2),
            (x[1] - x[3]) / np.sqrt(10),
        ]
    )


KOWALIK = np.array([0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246])
KOWALIK_U = np.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])


def kowalik_osborne(x: Any) -> Any:
    u = KOWALIK_U
    return KOWALIK - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3])


def brown_dennis(x: Any, m: int = 20) -> Any:
    t = np.arange(1, m + 1) / 5
    return (x[0] + t * x[1] - np.exp(t)) ** 2 + (x[2] + x[3] * np.sin(t) - np.cos(t)) ** 2


OSBORNE_1 = np.array(
    [
        844, 908, 932, 936, 925, 908, 881, 850, 818, 784, 751, 718, 685, 658, 628, 603, 580, 558, 538, 522, 506, 490,
        478, 467, 457, 448, 438, 431, 424, 420, 414, 411, 406,
    ]
) / 1000  # fmt: skip


def osborne_1(x: Any) -> Any:
    t = 10.0 * np.arange(33)
    return OSBORNE_1 - (x[0] + x[1] * np.exp(-t * x[3]) + x[2] * np.exp(-t * x[4]))


def biggs(x: Any, m: int = 13) -> Any:
    t = 0.1 * np.arange(1, m + 1)
    y = np.exp(-t) - 5 * np.exp(-10 * t) + 3 * np.exp(-4 * t)
    return x[2] * np.exp(-t * x[0]) - x[3] * np.exp(-t * x[1]) + x[5] * np.exp(-t * x[4]) - y


OSBORNE_2 = np.array(
    [
        1366, 1191, 1112, 1013, 991, 885, 831, 847, 786, 725, 746, 679, 608, 655, 616, 606, 602, 626, 651, 724, 649,
        649, 694, 644, 624, 661, 612, 558, 533, 495, 500, 423, 395, 375, 372, 391, 396, 405, 428, 429, 523, 562, 607,
        653, 672, 708, 633, 668, 645, 632, 591, 559, 597, 625, 739, 710, 729, 720, 636, 581, 428, 292, 162, 98, 54,
    ]
) / 1000  # fmt: skip


def osborne_2(x: Any) -> Any:
    t = np.arange(65) / 10
    peaks = (x[j] * np.exp(-((t - x[j + 7]) ** 2) * x[j + 4]) for j in (1, 2, 3))
    return OSBORNE_2 - (x[0] * np.exp(-t * x[4]) + sum(peaks))


def watson(x: Any) -> Any:
    n = x.shape[0]
    t = np.arange(1, 30)[:, None] / 29
    slopes = np.arange(1, n) * t ** np.arange(n - 1)
    inner = slopes @ x[1:] - ((t ** np.arange(n)) @ x) ** 2 - 1
    return np.concatenate([inner, np.stack([x[0], x[1] - x[0] ** 2 - 1])])


def extended_rosenbrock(x: Any) -> Any:
    return np.concatenate([10 * (x[1::2] - x[::2] ** 2), 1 - x[::2]])


def penalty_1(x: Any) -> Any:
    return np.concatenate([np.sqrt(1e-5) * (x - 1), np.stack([np.sum(x**2) - 0.25])])


def penalty_2(x: Any) -> Any:
    n = x.shape[0]
    i = np.arange(2, n + 1)
    y = np.exp(i / 10) + np.exp((i - 1) / 10)
    e = np.exp(x / 10)
    return np.concatenate(
        [
            np.stack([x[0] - 0.2]),
            np.sqrt(1e-5) * (e[1:] + e[:-1] - y),
            np.sqrt(1e-5) * (e[1:] - np.exp(-0.1)),
            np.stack([np.sum(np.arange(n, 0, -1) * x**2) - 1]),
        ]
    )


def variably_dimensioned(x: Any) -> Any:
    s = np.sum(np.arange(1, x.shape[0] + 1) * (x - 1))
    return np.concatenate([x - 1, np.stack([s, s**2])])


def trigonometric(x: Any) -> Any:
    n = x.shape[0]
    return n - np.sum(np.cos(x)) + np.arange(1, n + 1) * (1 - np.cos(x)) - np.sin(x)


def brown_almost_linear(x: Any) -> Any:
    return np.concatenate([x[:-1] + np.sum(x) - (x.shape[0] + 1), np.stack([np.prod(x) - 1])])


def grid(n: int) -> np.ndarray:
    return np.arange(1, n + 1) / (n + 1)


def discrete_boundary_value(x: Any) -> Any:
    n = x.shape[0]
    zero = np.zeros(1)
    padded = np.concatenate([zero, x, zero])
    return 2 * x - padded[:-2] - padded[2:] + (x + grid(n) + 1) ** 3 / (2 * (n + 1) ** 2)


def discrete_integral_equation(x: Any) -> Any:
    n = x.shape[0]
    t = grid(n)
    cubes = (x + t + 1) ** 3
    lower = np.tril(np.ones((n, n)))
    return x + ((1 - t) * (lower @ (t * cubes)) + t * ((1 - lower) @ ((1 - t) * cubes))) / (2 * (n + 1))


def broyden_tridiagonal(x: Any) -> Any:
    zero = np.zeros(1)
    padded = np.concatenate([zero, x, zero])
    return (3 - 2 * x) * x - padded[:-2] - 2 * padded[2:] + 1


def broyden_banded(x: Any) -> Any:
    n = x.shape[0]
    i, j = np.indices((n, n))
    band = ((j != i) & (j >= i - 5) & (j <= i + 1)).astype(float)
    return x * (2 + 5 * x**2) + 1 - band @ (x * (1 + x))


def linear_full_rank(x: Any, m: int = 20) -> Any:
    n = x.shape[0]
    return np.concatenate([x, np.zeros(m - n)]) - 2 / m * np.sum(x) - 1


def linear_rank_1(x: Any, m: int = 20) -> Any:
    return np.arange(1, m + 1) * np.sum(np.arange(1, x.shape[0] + 1) * x) - 1


def linear_rank_1_with_zeros(x: Any, m: int = 20) -> Any:
    weights = np.arange(m) * (np.arange(m) < m - 1)
    return weights * np.sum(np.arange(2, x.shape[0]) * x[1:-1]) - 1


def chebyquad(x: Any, m: int | None = None) -> Any:
    m = x.shape[0] if m is None else m
    shifted = 2 * x - 1
    before, now = np.ones(x.shape[0]), shifted
    means = []
    for i in range(1, m + 1):
        means.append(np.mean(now) + (1 / (i**2 - 1) if i % 2 == 0 else 0))
        before, now = now, 2 * shifted * now - before
    return np.stack(means)


def boundary_start(n: int) -> tuple[float, ...]:
    return tuple(grid(n) * (grid(n) - 1))


SINGULAR_START = (3.0, -1.0, 0.0, 1.0)
OSBORNE_2_START = (1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5)

#: The 35 problems, in standard dimensions and from the standard starts; some in several dimensions.
PROBLEMS = (
    Problem(1, "rosenbrock", rosenbrock, (-1.2, 1.0)),
    Problem(2, "freudenstein-roth", freudenstein_roth, (0.5, -2.0), (0.0, 48.98425367924)),
    Problem(3, "powell-badly-scaled", powell_badly_scaled, (0.0, 1.0)),
    Problem(4, "brown-badly-scaled", brown_badly_scaled, (1.0, 1.0)),
    Problem(5, "beale", beale, (1.0, 1.0)),
    Problem(6, "jennrich-sampson", jennrich_sampson, (0.3, 0.4), (124.3621823556,)),
    Problem(7, "helical-valley", helical_valley, (-1.0, 0.0, 0.0)),
    Problem(8, "bard", bard, (1.0, 1.0, 1.0), (8.214877306579e-3, 17.42869333333)),
    Problem(9, "gaussian", gaussian, (0.4, 1.0, 0.0), (1.127932769619e-8,)),
    Problem(10, "meyer", meyer, (0.02, 4000.0, 250.0), (87.94585517071,)),
    Problem(11, "gulf", gulf, (5.0, 2.5, 0.15)),
    Problem(12, "box", box, (0.0, 10.0, 20.0)),
    Problem(13, "powell-singular", powell_singular, SINGULAR_START),
    Problem(14, "wood", wood, (-3.0, -1.0, -3.0, -1.0)),
    Problem(15, "kowalik-osborne", kowalik_osborne, (0.25, 0.39, 0.415, 0.39), (3.075056038492e-4, 1.027343048730e-3)),
    Problem(16, "brown-dennis", brown_dennis, (25.0, 5.0, -5.0, -1.0), (85822.20162636,)),
    Problem(17, "osborne-1", osborne_1, (0.5, 1.5, -1.0, 0.01, 0.02), (5.464894697483e-5,)),
    Problem(18, "biggs", biggs, (1.0, 2.0, 1.0, 1.0, 1.0, 1.0), (0.0, 5.655649925500e-3)),
    Problem(19, "osborne-2", osborne_2, OSBORNE_2_START, (4.013773629355e-2,)),
    Problem(20, "watson", watson, (0.0,) * 6, (2.287670053552e-3,)),
    Problem(20, "watson", watson, (0.0,) * 9, (1.399760138098e-6,)),
    Problem(20, "watson", watson, (0.0,) * 12, (4.722381106626e-10,)),
    Problem(21, "extended-rosenbrock", extended_rosenbrock, (-1.2, 1.0) * 5),
    Problem(22, "extended-powell-singular", powell_singular, SINGULAR_START * 3),
    Problem(23, "penalty-1", penalty_1, tuple(range(1, 5)), (2.249977500900e-5,)),
    Problem(23, "penalty-1", penalty_1, tuple(range(1, 11)), (7.087651467090e-5,)),
    Problem(24, "penalty-2", penalty_2, (0.5,) * 4, (9.376293007356e-6,)),
    Problem(24, "penalty-2", penalty_2, (0.5,) * 10, (2.936605374567e-4,)),
    Problem(25, "variably-dimensioned", variably_dimensioned, tuple(1 - np.arange(1, 11) / 10)),
    Problem(26, "trigonometric", trigonometric, (0.1,) * 10, (0.0, 2.795056121877e-5)),
    Problem(27, "brown-almost-linear", brown_almost_linear, (0.5,) * 10, (0.0, 1.0)),
    Problem(28, "discrete-boundary-value", discrete_boundary_value, boundary_start(10)),
    Problem(29, "discrete-integral-equation", discrete_integral_equation, boundary_start(10)),
    Problem(30, "broyden-tridiagonal", broyden_tridiagonal, (-1.0,) * 10),
    Problem(31, "broyden-banded", broyden_banded, (-1.0,) * 10),
    Problem(32, "linear-full-rank", linear_full_rank, (1.0,) * 10, (10.0,)),
    Problem(33, "linear-rank-1", linear_rank_1, (1.0,) * 10, (20 * 19 / (2 * 41),)),
    Problem(34, "linear-rank-1-with-zeros", linear_rank_1_with_zeros, (1.0,) * 10, ((400 + 60 - 6) / (2 * 37),)),
    Problem(35, "chebyquad", chebyquad, tuple(grid(7))),
    Problem(35, "chebyquad", chebyquad, tuple(grid(8)), (3.516873725678e-3,)),
    Problem(35, "chebyquad", chebyquad, tuple(grid(9))),
    Problem(35, "chebyquad", chebyquad, tuple(grid(10)), (6.503954800882e-3, 4.772713696376e-3)),
)

_KNOWN = {str(problem): problem for problem in PROBLEMS}

#: From farther out, and in other dimensions.
VARIANTS = (
    _KNOWN["1-rosenbrock-2"].from_afar(100),
    _KNOWN["2-freudenstein-roth-2"].from_afar(100),
    _KNOWN["4-brown-badly-scaled-2"].from_afar(10),
    _KNOWN["5-beale-2"].from_afar(10),
    _KNOWN["7-helical-valley-3"].from_afar(10),
    _KNOWN["8-bard-3"].from_afar(10),
    _KNOWN["13-powell-singular-4"].from_afar(100),
    _KNOWN["14-wood-4"].from_afar(10),
    _KNOWN["15-kowalik-osborne-4"].from_afar(10),
    _KNOWN["16-brown-dennis-4"].from_afar(100),
    _KNOWN["18-biggs-6"].from_afar(10),
    _KNOWN["20-watson-6"].from_afar(100),
    _KNOWN["23-penalty-1-10"].from_afar(10),
    _KNOWN["28-discrete-boundary-value-10"].from_afar(100),
    _KNOWN["31-broyden-banded-10"].from_afar(10),
    _KNOWN["35-chebyquad-7"].from_afar(10),
    Problem(21, "extended-rosenbrock", extended_rosenbrock, (-1.2, 1.0) * 25),
    Problem(22, "extended-powell-singular", powell_singular, SINGULAR_START * 10),
    Problem(25, "variably-dimensioned", variably_dimensioned, tuple(1 - np.arange(1, 51) / 50)),
    Problem(29, "discrete-integral-equation", discrete_integral_equation, boundary_start(20)),
    Problem(30, "broyden-tridiagonal", broyden_tridiagonal, (-1.0,) * 50),
    Problem(35, "chebyquad", chebyquad, tuple(grid(5))),
)
