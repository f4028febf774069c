"""Intervals enclose what they say, against mpmath and random points; remainder bounds hold and are close."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.special as sc
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite.calculus import Interval, taylor
from autograd_lite.calculus.series.coefficients import cauchy
from autograd_lite.calculus.series.intervals import Undecided, noted
from autograd_lite.calculus.series.intervals.interval import made
from autograd_lite.calculus.series.number import variable
from autograd_lite.calculus.series.remainder import WIDE, difference
from autograd_lite.calculus.series.table import declare_late
from autograd_lite.errors import DtypeError, NotDifferentiableError, ShapeError

numbers = st.floats(-1e3, 1e3, allow_subnormal=False)
parts = st.floats(0, 1)


@st.composite
def intervals_with_a_point(draw: Any) -> tuple[Interval, float]:
    low, high = sorted((draw(numbers), draw(numbers)))
    return Interval(low, high), min(max(low + draw(parts) * (high - low), low), high)


# Arithmetic


@given(intervals_with_a_point(), intervals_with_a_point())
def test_arithmetic_encloses(first: tuple[Interval, float], second: tuple[Interval, float]) -> None:
    (x, a), (y, b) = first, second
    p, q = Fraction(a), Fraction(b)
    cases = [(x + y, p + q), (x - y, p - q), (x * y, p * q), (2 - x, 2 - p), (x**2, p**2), (x**3, p**3), (-x, -p)]
    if y.mignitude > 1e-3:
        cases += [(x / y, p / q), (1 / y, 1 / q), (y**-2, 1 / q**2)]
    for found, right in cases:
        assert Fraction(float(found.lower)) <= right <= Fraction(float(found.upper))
    assert abs(x).lower <= abs(a) <= abs(x).upper


def test_thin_results_are_tight() -> None:
    third = Interval(1.0) / 3
    assert third.lower < third.upper <= np.nextafter(np.nextafter(third.lower, 1), 1)
    assert (Interval(0.0, 1.0) ** 2).lower == 0
    assert (Interval(-1.0, 2.0) ** 2).lower == 0
    assert Interval(-1.0, 2.0).magnitude == 2
    assert Interval(1.0, 2.0).mignitude == 1
    assert Interval(-1.0, 2.0).mignitude == 0


FUNCTIONS: list[tuple[str, Any, Callable[[Any, Any], Any], tuple[float, float]]] = [
    ("exp", np.exp, lambda mp, x: mp.exp(x), (-30, 30)),
    ("exp2", np.exp2, lambda mp, x: mp.mpf(2) ** x, (-30, 30)),
    ("expm1", np.expm1, lambda mp, x: mp.expm1(x), (-3, 3)),
    ("log", np.log, lambda mp, x: mp.log(x), (1e-3, 30)),
    ("log2", np.log2, lambda mp, x: mp.log(x, 2), (1e-3, 30)),
    ("log10", np.log10, lambda mp, x: mp.log(x, 10), (1e-3, 30)),
    ("log1p", np.log1p, lambda mp, x: mp.log1p(x), (-0.9, 3)),
    ("sqrt", np.sqrt, lambda mp, x: mp.sqrt(x), (0, 30)),
    ("cbrt", np.cbrt, lambda mp, x: mp.sign(x) * mp.cbrt(abs(x)), (-30, 30)),
    ("sin", np.sin, lambda mp, x: mp.sin(x), (-30, 30)),
    ("cos", np.cos, lambda mp, x: mp.cos(x), (-30, 30)),
    ("tan", np.tan, lambda mp, x: mp.tan(x), (-1.5, 1.5)),
    ("arcsin", np.arcsin, lambda mp, x: mp.asin(x), (-0.99, 0.99)),
    ("arccos", np.arccos, lambda mp, x: mp.acos(x), (-0.99, 0.99)),
    ("arctan", np.arctan, lambda mp, x: mp.atan(x), (-30, 30)),
    ("sinh", np.sinh, lambda mp, x: mp.sinh(x), (-10, 10)),
    ("cosh", np.cosh, lambda mp, x: mp.cosh(x), (-10, 10)),
    ("tanh", np.tanh, lambda mp, x: mp.tanh(x), (-10, 10)),
    ("arcsinh", np.arcsinh, lambda mp, x: mp.asinh(x), (-10, 10)),
    ("arccosh", np.arccosh, lambda mp, x: mp.acosh(x), (1.01, 10)),
    ("arctanh", np.arctanh, lambda mp, x: mp.atanh(x), (-0.99, 0.99)),
    ("erf", sc.erf, lambda mp, x: mp.erf(x), (-4, 4)),
    ("erfc", sc.erfc, lambda mp, x: mp.erfc(x), (-4, 15)),
    ("expit", sc.expit, lambda mp, x: 1 / (1 + mp.exp(-x)), (-30, 30)),
    ("log_expit", sc.log_expit, lambda mp, x: -mp.log1p(mp.exp(-x)), (-30, 30)),
    ("power", lambda x: x**1.7, lambda mp, x: x ** mp.mpf(1.7), (0.01, 10)),
    ("hypot", lambda x: np.hypot(x, 2.0), lambda mp, x: mp.hypot(x, 2), (-10, 10)),
    ("arctan2", lambda x: np.arctan2(x, -1.0 + 0 * x), lambda mp, x: mp.atan2(x, -1), (0.01, 10)),
    ("logaddexp", lambda x: np.logaddexp(x, 1.0), lambda mp, x: mp.log(mp.exp(x) + mp.exp(1)), (-10, 10)),
]


@pytest.mark.parametrize("dtype", [np.float64, np.longdouble], ids=["double", "long double"])
@pytest.mark.parametrize(("name", "function", "exact", "domain"), FUNCTIONS, ids=[row[0] for row in FUNCTIONS])
def test_elementary_functions_enclose(name: str, function: Any, exact: Any, domain: Any, dtype: Any) -> None:
    mp = pytest.importorskip("mpmath")
    declare_late()
    rng = np.random.default_rng(len(name))
    with mp.workdps(40):
        for width in (0.0, 1e-6, 0.1, 3.0):
            for low in rng.uniform(*domain, 25):
                high = min(low + width, domain[1])
                found = function(Interval(dtype(low), dtype(high)))
                bounds = (mp.mpf(str(found.lower)), mp.mpf(str(found.upper)))
                if width and dtype is np.longdouble:  # whose decimal text is rounded
                    continue
                for x in np.linspace(low, high, 5):
                    assert bounds[0] - mp.mpf(10) ** -21 * abs(bounds[0]) <= exact(mp, mp.mpf(float(x))), (low, high)
                    assert bounds[1] + mp.mpf(10) ** -21 * abs(bounds[1]) >= exact(mp, mp.mpf(float(x))), (low, high)
                if width == 0:
                    assert found.upper - found.lower <= 1e-12 * abs(found.upper) + 1e-300


def test_waves_reach_their_extremes() -> None:
    for centre in (np.pi / 2, 5 * np.pi / 2, -3 * np.pi / 2):
        assert np.sin(Interval(centre - 0.01, centre + 0.01)).upper == 1
        assert np.sin(Interval(centre + 0.01, centre + 0.02)).upper < 1
    assert np.cos(Interval(3.0, 3.3)).lower == -1
    assert np.cos(Interval(0.0, 100.0)).lower == -1
    assert np.tan(Interval(1.5, 1.6)).upper == np.inf


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: 1 / x, "divide"),
        (np.log, "log"),
        (np.sqrt, "sqrt"),
        (np.arcsin, "arcsin"),
        (lambda x: x**-0.5, "power"),
        (lambda x: np.arctan2(x, x - 5), "arctan2"),
    ],
)
def test_what_is_not_defined_is_noted(function: Any, name: str) -> None:
    with noted() as names:
        found = function(Interval(-2.0, 2.0))
    assert names == [name]
    assert (found.lower, found.upper) == (-np.inf, np.inf)


def test_comparisons_are_certain_or_raise() -> None:
    x = Interval(1.0, 2.0)
    assert x < 3
    assert x >= 1
    assert not x > 2
    assert x != 5
    for undecided in (lambda: x < 1.5, lambda: x == 1.5, lambda: np.sign(x - 1.5), lambda: bool(x - 1.5)):
        with pytest.raises(Undecided):
            undecided()


def test_bad_intervals() -> None:
    with pytest.raises(ShapeError, match="in order"):
        Interval(2.0, 1.0)
    with pytest.raises(ShapeError, match="in order"):
        Interval(np.nan)
    with pytest.raises(NotDifferentiableError, match="plain array"):
        np.linalg.inv(np.asarray(Interval(1.0)))
    with pytest.raises(NotDifferentiableError, match="inv has no enclosure"):
        np.linalg.inv(Interval(np.eye(2)))
    with pytest.raises(NotDifferentiableError, match="dtype complex"):
        Interval(1.0) + 1j


# Arrays


def test_functions_of_arrays_enclose() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    a, b = Interval(x - 1e-3, x + 1e-3), Interval(y)
    cases = [
        (np.sum(a, axis=0), x.sum(axis=0)),
        (np.mean(a, axis=-1, keepdims=True), x.mean(axis=1, keepdims=True)),
        (np.cumsum(a, axis=1), np.cumsum(x, axis=1)),
        (a @ b, x @ y),
        (a[1] @ b, x[1] @ y),
        (a[1] @ a[2], x[1] @ x[2]),
        (np.einsum("ij,jk->ki", a, y), (x @ y).T),
        (np.einsum("ii->", a[:, :3]), np.trace(x[:, :3])),
        (np.concatenate([a, x]), np.concatenate([x, x])),
        (np.stack([a, a], axis=-1), np.stack([x, x], axis=-1)),
        (np.reshape(a, (2, -1)), x.reshape(2, -1)),
        (np.transpose(a), x.T),
        (np.moveaxis(a, 0, -1), x.T),
        (np.where(x > 0, a, 0.0), np.where(x > 0, x, 0)),
        (a[..., 1:], x[..., 1:]),
        (a[x > 0], x[x > 0]),
        (np.squeeze(np.expand_dims(a, 1)), x),
        (np.flip(a, 0), x[::-1]),
        (np.broadcast_to(a[0], (2, 4)), np.broadcast_to(x[0], (2, 4))),
    ]
    for found, right in cases:
        assert found.shape == right.shape
        assert right in found
        assert np.all(found.upper - found.lower < 0.1)


def test_products_of_series_of_intervals_enclose() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        x, y = rng.normal(size=(2, 8))
        width = 10.0 ** rng.uniform(-16, 0)
        found = cauchy(Interval(x - width, x + width), Interval(y - width, y + width))
        right = np.convolve(x + rng.uniform(-width, width, 8), y + rng.uniform(-width, width, 8))[:8]
        assert np.all(found.lower - 1e-14 <= right)
        assert np.all(right <= found.upper + 1e-14)


def test_infinite_intervals_stay_without_harm() -> None:
    line = Interval(-np.inf, np.inf)
    for found in (line * 0, line - line, cauchy(np.stack([line, line]), np.stack([Interval(0.0), Interval(1.0)]))[1]):
        assert (found.lower, found.upper) == (-np.inf, np.inf)


def test_many_pieces_run_at_once() -> None:
    low = np.linspace(0, 1, 7)[:-1]
    x = made(low.astype(WIDE), (low + 1 / 6).astype(WIDE))
    series = np.exp(np.sin(variable(x, 5))) / (2 + np.arange(3.0))
    assert series.coefficients.shape == (6, 3)
    assert series.coefficients.pieces == 6
    for i, start in enumerate(low):
        alone = np.exp(np.sin(variable(Interval(WIDE(start), WIDE(start + 1 / 6)), 5))) / (2 + np.arange(3.0))
        np.testing.assert_allclose(series.coefficients.low[..., i], alone.coefficients.low[..., 0], rtol=1e-12)


# Remainders


def random_function(rng: np.random.Generator) -> tuple[str, Any, Any]:
    """Return a random composition of two functions, in NumPy and in mpmath."""
    bases: list[tuple[str, Any, Any]] = [
        ("exp", np.exp, lambda mp, x: mp.exp(x)),
        ("sin", np.sin, lambda mp, x: mp.sin(x)),
        ("tanh", np.tanh, lambda mp, x: mp.tanh(x)),
        ("arctan", np.arctan, lambda mp, x: mp.atan(x)),
        ("arcsinh", np.arcsinh, lambda mp, x: mp.asinh(x)),
        ("log(1+x²)", lambda x: np.log(1 + x * x), lambda mp, x: mp.log(1 + x * x)),
        ("1/(1+x²)", lambda x: 1 / (1 + x * x), lambda mp, x: 1 / (1 + x * x)),
        ("sqrt(2+x²)", lambda x: np.sqrt(2 + x * x), lambda mp, x: mp.sqrt(2 + x * x)),
        ("erf", sc.erf, lambda mp, x: mp.erf(x)),
        ("expit", sc.expit, lambda mp, x: 1 / (1 + mp.exp(-x))),
        ("x^1.3", lambda x: (x + 3.5) ** 1.3, lambda mp, x: (x + mp.mpf(3.5)) ** mp.mpf(1.3)),
        ("x³-x", lambda x: x**3 - x, lambda mp, x: x**3 - x),
    ]
    (a, f, f_exact), (b, g, g_exact) = (bases[i] for i in rng.integers(len(bases), size=2))
    kind = rng.integers(4)
    if kind == 0:
        return a, f, f_exact
    if kind == 1:
        return f"{a} * {b}", lambda x: f(x) * g(x), lambda mp, x: f_exact(mp, x) * g_exact(mp, x)
    if kind == 2:
        return f"{a} of sin {b}", lambda x: f(np.sin(g(x))), lambda mp, x: f_exact(mp, mp.sin(g_exact(mp, x)))
    return (
        f"{a} / (2 + {b}²)",
        lambda x: f(x) / (2 + g(x) ** 2),
        lambda mp, x: f_exact(mp, x) / (2 + g_exact(mp, x) ** 2),
    )


def ratios_of(seed: int, count: int) -> list[float]:
    """Return bound over largest error met, of random functions, points, radii and orders; each bound must hold."""
    mp = pytest.importorskip("mpmath")
    rng = np.random.default_rng(seed)
    ratios = []
    with mp.workdps(40):
        for _ in range(count):
            name, function, exact = random_function(rng)
            x0, radius, order = rng.uniform(-1.5, 1.5), 10 ** rng.uniform(-3, 0), int(rng.integers(0, 21))
            p = taylor(function, x0, order)
            low, high = x0 - radius, x0 + radius
            bound = p.remainder_bound((low, high))
            xs = [low, high, *rng.uniform(low, high, 4)]
            error = max(abs(exact(mp, mp.mpf(float(x))) - mp.mpf(float(p(x)))) for x in xs)
            assert error <= bound, (seed, name, x0, radius, order, bound, float(error))
            ratios.append(float(bound / error) if error else np.inf)
    return ratios


def test_remainder_bounds_hold_and_are_close() -> None:
    ratios = ratios_of(seed=1, count=120)
    assert np.median(ratios) < 2
    assert np.mean(np.array(ratios) <= 10) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_many_remainder_bounds(seed: int) -> None:
    assert np.mean(np.array(ratios_of(seed, 1000)) <= 10) > 0.9


def test_bounds_far_out_and_beyond_the_radius_of_convergence() -> None:
    runge = lambda x: 1 / (1 + 25 * x**2)  # noqa: E731
    p = taylor(runge, 0.0, 8)
    bound = p.remainder_bound((-1, 1))
    error = np.max(abs(runge(np.linspace(-1, 1, 101)) - p(np.linspace(-1, 1, 101))))
    assert error <= bound < 1.01 * error
    away = taylor(np.sin, 0.0, 5).remainder_bound((2.0, 3.0))
    xs = np.linspace(2, 3, 101)
    assert np.max(abs(np.sin(xs) - taylor(np.sin, 0.0, 5)(xs))) <= away < 6


def test_bounds_at_a_point_and_of_intervals() -> None:
    p = taylor(np.exp, 0.0, 3)
    error = abs(np.exp(0.5) - p(0.5))
    assert error <= p.remainder_bound(0.5) < 1.001 * error
    assert p.remainder_bound(Interval(-0.5, 0.5)) == p.remainder_bound((-0.5, 0.5))
    assert 0 < p.remainder_bound((0.0, 0.0)) < 1e-15


def test_bounds_of_functions_with_values_that_are_arrays() -> None:
    p = taylor(lambda x: np.stack([np.sin(x), np.exp(x), 1 + x]) * np.array([1.0, 2.0, 3.0]), 0.1, 4)
    bounds = p.remainder_bound((-0.4, 0.6))
    alone = [
        taylor(np.sin, 0.1, 4).remainder_bound((-0.4, 0.6)),
        2 * taylor(np.exp, 0.1, 4).remainder_bound((-0.4, 0.6)),
    ]
    np.testing.assert_allclose(bounds[:2], alone, rtol=0.3)
    assert bounds[2] < 1e-14


def test_functions_chosen_by_value_have_bounds_away_from_their_kinks() -> None:
    def f(x: Any) -> Any:
        return np.where(x > 1, np.exp(x), np.sin(x)) + np.abs(x) + np.maximum(x, -1.0)

    p = taylor(f, 0.5, 4)
    xs = np.linspace(0.1, 0.9, 50)
    assert np.max(abs(f(xs) - p(xs))) <= p.remainder_bound((0.1, 0.9)) < 1e-3
    for interval, name in (((0.5, 1.5), "less|greater"), ((-0.5, 0.9), "sign")):
        with pytest.raises(NotDifferentiableError, match=name):
            p.remainder_bound(interval)


@pytest.mark.parametrize(
    ("function", "exact"),
    [
        (lambda x: np.prod(x - np.arange(1, 5)), lambda x: math.prod(x - k for k in range(1, 5))),
        (lambda x: np.prod(np.reshape(np.stack([x, x + 1, x**2, x]), (2, 2)), axis=0)[1], lambda x: (x + 1) * x),
        (lambda x: np.sum(np.cumprod(np.stack([x, x + 1, x]))), lambda x: x + x * (x + 1) + x * (x + 1) * x),
    ],
    ids=["prod", "prod along an axis", "cumprod"],
)
def test_remainders_of_products_of_elements(function: Any, exact: Any) -> None:
    polynomial = taylor(function, 0.75, 1)
    bound = polynomial.remainder_bound((0.5, 1.0))
    shares = [Fraction(0.5) + Fraction(i, 40) for i in range(21)]
    value, slope = (Fraction(float(c)) for c in polynomial.coefficients)
    worst = max(abs(exact(x) - value - slope * (x - Fraction(0.75))) for x in shares)
    assert worst <= Fraction(float(bound)) <= 2 * worst


def test_a_python_branch_is_decided_piece_by_piece() -> None:
    def f(x: Any) -> Any:
        return np.sin(x) if x < 2 else x * x

    assert taylor(f, 1.0, 5).remainder_bound((0.0, 1.9)) < 0.01
    with pytest.raises(NotDifferentiableError, match=r"x in \[\d"):
        taylor(f, 1.0, 5).remainder_bound((0.0, 2.1))


@pytest.mark.parametrize(
    ("function", "x0", "interval", "name"),
    [
        (np.log, 1.0, (0.0, 2.0), "log"),
        (lambda x: 1 / (x - 2), 1.0, (0.0, 3.0), "divide"),
        (np.tan, 1.0, (0.0, 2.0), "tan"),
        (np.sqrt, 1.0, (-0.1, 2.0), "sqrt"),
        (sc.gamma, 1.0, (0.5, 2.0), "gamma has no enclosure"),
        (np.linalg.norm, 1.0, (-0.5, 2.0), "divide"),
    ],
)
def test_where_nothing_can_be_guaranteed_the_function_is_named(
    function: Any, x0: Any, interval: Any, name: str
) -> None:
    with pytest.raises(NotDifferentiableError, match=name):
        taylor(function, x0, 3).remainder_bound(interval)


def test_bad_intervals_of_remainders() -> None:
    p = taylor(np.exp, 0.0, 3)
    for bad in ((1.0, 0.0), (0.0, np.inf), (0.0, np.nan)):
        with pytest.raises(ShapeError, match="in order"):
            p.remainder_bound(bad)
    with pytest.raises(ShapeError, match="pair"):
        p.remainder_bound((1.0, 2.0, 3.0))
    with pytest.raises(DtypeError, match="real"):
        taylor(np.exp, 1j, 3).remainder_bound((0.0, 1.0))


def test_differences_enclose_the_rounding_of_coefficients() -> None:
    p = taylor(lambda x: np.exp(np.sin(x)), 0.3, 6)
    mp = pytest.importorskip("mpmath")
    with mp.workdps(40):
        exact = mp.taylor(lambda x: mp.exp(mp.sin(x)), mp.mpf(0.3), 6)
        found = difference(p, Interval(WIDE(0.3)), 6)
        for k in range(7):
            error = exact[k] - mp.mpf(float(p.coefficients[k]))
            assert float(found.low[k, 0]) <= error <= float(found.high[k, 0])
            assert found.high[k, 0] - found.low[k, 0] < 1e-15


@pytest.mark.parametrize(
    ("function", "exact", "x0"),
    [
        (np.sinc, lambda mp, x: mp.sincpi(x), 1.3),
        (lambda x: np.logaddexp2(x, 0.5), lambda mp, x: mp.log(mp.mpf(2) ** x + mp.sqrt(2), 2), 0.4),
        (lambda x: np.logaddexp2(0.5, x), lambda mp, x: mp.log(mp.mpf(2) ** x + mp.sqrt(2), 2), 0.4),
        (lambda x: np.fmax(np.exp(x), 0.1) + np.fmin(x, 9.0), lambda mp, x: mp.exp(x) + x, 0.4),
        (lambda x: np.clip(np.exp(x), 0.5, 3.0), lambda mp, x: mp.exp(x), 0.4),
        (lambda x: np.sin(np.deg2rad(50 * x)), lambda mp, x: mp.sin(mp.radians(50 * x)), 0.4),
        (lambda x: np.radians(np.degrees(x) ** 2), lambda mp, x: mp.radians(mp.degrees(x) ** 2), 0.4),
        (lambda x: sc.xlogy(2.0, x) + sc.entr(x), lambda mp, x: (2 - x) * mp.log(x), 1.4),
        (lambda x: sc.xlog1py(x, x), lambda mp, x: x * mp.log(1 + x), 1.4),
        (sc.exp10, lambda mp, x: mp.mpf(10) ** x, 0.4),
        (sc.logit, lambda mp, x: mp.log(x / (1 - x)), 0.6),
        (sc.ndtr, lambda mp, x: mp.ncdf(x), 0.4),
    ],
)
@pytest.mark.parametrize("radius", [1e-9, 0.1])
def test_compositions_have_bounds(function: Any, exact: Any, x0: float, radius: float) -> None:
    mp = pytest.importorskip("mpmath")
    p = taylor(function, x0, 3)
    bound = p.remainder_bound((x0 - radius, x0 + radius))
    with mp.workdps(40):
        xs = np.linspace(x0 - radius, x0 + radius, 9)
        errors = [abs(exact(mp, mp.mpf(float(x))) - mp.mpf(float(p(x)))) for x in xs]
    assert max(errors) <= bound <= 30 * float(max(errors)) + 1e-16


@pytest.mark.parametrize(
    ("function", "x0", "interval"),
    [
        (lambda x: np.arctan2(x, -2.0), 1e-5, (-1.0, 1e-5)),
        (lambda x: np.sin(np.arctan2(x, -2.0)), 1e-5, (-1.0, 1e-5)),
        (lambda x: np.sin(np.log(x)), 1.0, (-2.0, -1.0)),
        (lambda x: np.tanh(np.arctanh(x)), 0.5, (1.5, 2.0)),
        (lambda x: x % 0.7, 0.5, (0.5, 0.8)),
    ],
    ids=["arctan2", "sin of arctan2", "log", "arctanh", "mod"],
)
def test_there_is_no_bound_across_cuts_or_where_nothing_is_defined(function: Any, x0: Any, interval: Any) -> None:
    with pytest.raises(NotDifferentiableError, match=r"arctan2|log|arctanh|remainder"):
        taylor(function, x0, 3).remainder_bound(interval)
