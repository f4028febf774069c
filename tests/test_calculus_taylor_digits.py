"""Taylor coefficients that lose digits by cancellation: estimates of the errors, more digits, and warnings."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.special as sc

import autograd_lite as ag
from autograd_lite.calculus import TaylorPolynomial
from autograd_lite.calculus import taylor as expand
from autograd_lite.calculus.series.precise import functions
from autograd_lite.calculus.series.precise.gamma import log_gamma_coefficients
from autograd_lite.calculus.series.precise.number import Precise
from autograd_lite.calculus.series.rounding import lost, sizes
from autograd_lite.errors import PrecisionLossWarning
from autograd_lite.scipy import special


def taylor(*arguments: Any, **keywords: Any) -> TaylorPolynomial:
    """Return the polynomial of a function of one variable."""
    p = expand(*arguments, **keywords)
    assert isinstance(p, TaylorPolynomial)
    return p


class Row(NamedTuple):
    """A function in NumPy, the same in mpmath (a lambda over the module), and points."""

    name: str
    function: Callable[[Any], Any]
    exact: Callable[[Any, Any], Any]
    points: tuple[float, ...]


#: Written with cancellation: floating-point numbers lose up to all digits of the twentieth derivative.
LOSING = [
    Row("sin(x)/x", lambda x: np.sin(x) / x, lambda mp, x: mp.sin(x) / x, (0.01, 0.5, 2.0, -0.1)),
    Row("(1-cos)/x²", lambda x: (1 - np.cos(x)) / x**2, lambda mp, x: (1 - mp.cos(x)) / x**2, (1e-9, 0.5)),
    Row("(exp-1)/x", lambda x: (np.exp(x) - 1) / x, lambda mp, x: (mp.exp(x) - 1) / x, (1e-5, 0.5, -3.0)),
    Row("x/(exp-1)", lambda x: x / (np.exp(x) - 1), lambda mp, x: x / (mp.exp(x) - 1), (0.5, 2.0)),
    Row("log(1+x)/x", lambda x: np.log(1 + x) / x, lambda mp, x: mp.log(1 + x) / x, (0.3,)),
    Row("log2(1+x)/x", lambda x: np.log2(1 + x) / x, lambda mp, x: mp.log(1 + x, 2) / x, (0.3,)),
    Row("coth-1/x", lambda x: 1 / np.tanh(x) - 1 / x, lambda mp, x: mp.coth(x) - 1 / x, (0.3,)),
    Row("arcsin/x", lambda x: np.arcsin(x) / x, lambda mp, x: mp.asin(x) / x, (0.2,)),
    Row("sinh/x", lambda x: np.sinh(x) / x, lambda mp, x: mp.sinh(x) / x, (0.2,)),
    Row("(2^x-1)/x", lambda x: (2.0**x - 1) / x, lambda mp, x: (mp.mpf(2) ** x - 1) / x, (0.2,)),
    Row("(x^x-1)/(x-1)", lambda x: (x**x - 1) / (x - 1), lambda mp, x: (x**x - 1) / (x - 1), (1.2,)),
    Row("(expit-½)/x", lambda x: (sc.expit(x) - 0.5) / x, lambda mp, x: (1 / (1 + mp.exp(-x)) - 0.5) / x, (0.2,)),
    Row("erfcx", sc.erfcx, lambda mp, x: mp.exp(x * x) * mp.erfc(x), (2.0, 5.0, 9.0)),
    Row("dawsn", sc.dawsn, lambda mp, x: mp.exp(-x * x) * mp.erfi(x) * mp.sqrt(mp.pi) / 2, (0.5, 8.0)),
    Row("log_ndtr", sc.log_ndtr, lambda mp, x: mp.log(mp.ncdf(x)), (-4.0,)),
    Row("logit/x", lambda x: sc.logit(0.5 + x) / x, lambda mp, x: mp.log((0.5 + x) / (0.5 - x)) / x, (0.1,)),
    Row("1/gamma", lambda x: 1 / sc.gamma(x), lambda mp, x: mp.rgamma(x), (0.5, 1.5, -0.5)),
    Row("rgamma", sc.rgamma, lambda mp, x: mp.rgamma(x), (0.3, -1.5)),
    Row("gamma", sc.gamma, lambda mp, x: mp.gamma(x), (-0.5, -1.25)),
    Row("gammaln(1+x²)", lambda x: sc.gammaln(1 + x**2), lambda mp, x: mp.loggamma(1 + x * x), (1.5,)),
    Row("x psi", lambda x: x * sc.psi(x), lambda mp, x: x * mp.psi(0, x), (0.3, -0.5)),
    Row("x³ psi''", lambda x: x**3 * special.polygamma(2, x), lambda mp, x: x**3 * mp.psi(2, x), (0.3, -0.5)),
    Row("x³ zeta(3, x)", lambda x: x**3 * sc.zeta(3, x), lambda mp, x: x**3 * mp.zeta(3, x), (0.3,)),
    Row("beta/x", lambda x: sc.beta(x, 2.5) / x, lambda mp, x: mp.beta(x, 2.5) / x, (1.5,)),
    Row("betaln/x", lambda x: sc.betaln(1.5, x) / x, lambda mp, x: mp.log(mp.beta(1.5, x)) / x, (0.5,)),
    Row("binom/x", lambda x: sc.binom(5.25, x) / x, lambda mp, x: mp.binomial(5.25, x) / x, (0.3, -0.5)),
    Row("poch/x", lambda x: sc.poch(x, 2.5) / x, lambda mp, x: mp.rf(x, 2.5) / x, (0.3,)),
    Row("sqrt(1-x²)", lambda x: np.sqrt(1 - x**2), lambda mp, x: mp.sqrt(1 - x**2), (0.999999999,)),
]


@pytest.mark.parametrize("row", LOSING, ids=lambda row: row.name)
def test_lost_digits_are_found_again(row: Row) -> None:
    mp = pytest.importorskip("mpmath")
    with mp.workdps(45):
        for point in row.points:
            p = taylor(row.function, point, 20)
            for k, true in enumerate(mp.taylor(lambda x: row.exact(mp, x), mp.mpf(point), 20)):
                assert abs(mp.mpf(float(p.coefficients[k])) - true) <= 1e-14 * abs(true), (point, k)


def test_zeros_are_zeros() -> None:
    p = taylor(lambda x: np.sin(x) ** 2 + np.cos(x) ** 2 + x, 0.5, 8)
    assert p.coefficients.tolist() == [1.5, 1] + [0.0] * 7
    q = taylor(lambda x: (x**3 - 1) / (x - 1), 3.0, 6)
    assert q.coefficients.tolist() == [13, 7, 1, 0, 0, 0, 0]
    for norm in (np.linalg.norm, lambda x: np.linalg.norm(np.stack([3 * x, 4 * x]))):
        assert not taylor(norm, 1.1, 6).coefficients[2:].any()


def test_arrays_and_directions_have_their_digits_too() -> None:
    def f(x: Any) -> Any:
        return np.stack([np.sin(x[0]) / x[0], np.mean(np.exp(x))]) @ np.array([[1.0, 2.0], [0.0, 1.0]])

    found = taylor(f, np.array([0.2, 0.3]), 16, direction=np.array([1.0, -1.0])).coefficients
    sine = taylor(lambda x: np.sin(x) / x, 0.2, 16).coefficients
    ups, downs = (taylor(lambda x, s=s: np.exp(s * x), start, 16).coefficients for s, start in ((1, 0.2), (-1, -0.3)))
    np.testing.assert_allclose(found[:, 0], sine, rtol=1e-13)
    np.testing.assert_allclose(found[:, 1], 2 * sine + (ups + downs) / 2, rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "point"),
    [
        (lambda x: sc.j1(x) / x, 1.0),
        (lambda z: np.sin(z) / z, 0.5 + 0.1j),
        (ag.grad(lambda x: np.sin(x) / x), 0.3),
    ],
    ids=["j1", "complex", "grad"],
)
def test_digits_that_stay_lost_are_warned_of(function: Any, point: Any) -> None:
    with pytest.warns(PrecisionLossWarning, match=r"from order \d+ on they may be wrong by more than 1e-08"):
        p = taylor(function, point, 20)
    assert p.coefficient_errors[20] > 1e-8 * abs(p.coefficients[20])
    assert p.coefficient_errors[1] < 1e-8 * abs(p.coefficients[1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        taylor(function, point, 2)


def test_the_warning_names_the_first_order_that_may_be_wrong() -> None:
    mp = pytest.importorskip("mpmath")
    with pytest.warns(PrecisionLossWarning) as caught:
        p = taylor(lambda x: sc.j1(x) / x, 1.0, 20)
    first = int(str(caught[0].message).split("from order ")[1].split()[0])
    with mp.workdps(40):
        true = mp.taylor(lambda x: mp.besselj(1, x) / x, mp.mpf(1), 20)
        errors = [float(abs(mp.mpf(float(c)) - t) / abs(t)) for c, t in zip(p.coefficients, true, strict=True)]
        sizes = [float(e / abs(t)) for e, t in zip(p.coefficient_errors, true, strict=True)]
    assert max(errors[:first]) < 1e-8
    assert errors[first + 4] > 1e-8
    assert all(e <= s for e, s in zip(errors, sizes, strict=True))


def test_losses_are_told_of_values_that_are_wrong() -> None:
    with pytest.warns(PrecisionLossWarning, match="from order 0 on"):
        taylor(lambda x: sc.j0(x) + (1e12 + sc.j1(x)) - 1e12 - sc.j0(x), 0.3, 2)


def test_ordinary_functions_run_once_and_others_again() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(x)
        return np.sin(x) / x

    taylor(f, 0.5, 4)
    assert len(calls) == 1
    taylor(f, 0.5, 20)
    assert 4 <= len(calls) <= 7


def test_the_radius_of_convergence_is_not_that_of_rounding_errors() -> None:
    assert math.isinf(taylor(lambda x: np.sin(x) / x, 0.5, 5).radius_of_convergence())


def test_sizes_are_those_of_the_neighbours() -> None:
    c = 0.5 ** np.arange(12.0)
    c[5] = 1e-30
    np.testing.assert_allclose(sizes(c), 0.5 ** np.arange(12.0))
    errors = np.full(12, 1e-17)
    assert not lost(c, errors, 1e-8).any()
    errors[7] = 1e-5
    assert np.flatnonzero(lost(c, errors, 1e-8)).tolist() == [7]


UNARY = {
    "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "exp": "exp",
    "expm1": "expm1", "log1p": "log1p", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh",
    "arctanh": "atanh", "cbrt": "cbrt", "sqrt": "sqrt", "log": "log", "log10": "log10", "erf": "erf", "erfc": "erfc",
}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_decimal_functions_have_the_digits_of_the_context(name: str) -> None:
    mp = pytest.importorskip("mpmath")
    with localcontext() as context, mp.workdps(80):
        context.prec = 60
        for x in (1e-7, 0.3, 0.99):
            found = mp.mpf(str(getattr(Precise(Decimal(x)), name)().value))
            true = getattr(mp, UNARY[name])(mp.mpf(x))
            assert abs(found - true) <= mp.mpf(10) ** -57 * abs(true), x


def test_decimal_functions_of_large_and_negative_numbers() -> None:
    mp = pytest.importorskip("mpmath")
    with localcontext() as context, mp.workdps(80):
        context.prec = 60
        for x in (-3.5, 20.25, 1e10):
            value, exact = Decimal(x), mp.mpf(x)
            pairs = [
                (functions.sine_and_cosine(value)[0], mp.sin(exact)),
                (functions.sine_and_cosine(value)[1], mp.cos(exact)),
                (functions.arctan(value), mp.atan(exact)),
                (functions.arctan2(value, Decimal(-2)), mp.atan2(exact, -2)),
                (functions.arcsinh(value), mp.asinh(exact)),
            ]
            if abs(x) < 30:
                pairs += [
                    (functions.erfcx(value), mp.exp(exact**2) * mp.erfc(exact)),
                    (functions.dawsn(value), mp.exp(-(exact**2)) * mp.erfi(exact) * mp.sqrt(mp.pi) / 2),
                ]
            for found, true in pairs:
                assert abs(mp.mpf(str(found)) - true) <= mp.mpf(10) ** -56 * abs(true), x


@pytest.mark.parametrize("x", ["0.3", "1", "-0.5", "-7.25", "40", "1e6"])
def test_decimal_gamma_functions_have_the_digits_of_the_context(x: str) -> None:
    mp = pytest.importorskip("mpmath")
    with localcontext() as context, mp.workdps(150):
        context.prec = 60
        point = mp.mpf(x)
        true = [mp.log(abs(mp.gamma(point))), mp.psi(0, point)]
        true += [(-1) ** k * mp.zeta(k, point) / k for k in range(2, 12)]
        for found, c in zip(log_gamma_coefficients(Decimal(x), 12), true, strict=True):
            assert abs(mp.mpf(str(found)) - c) <= mp.mpf(10) ** -57 * max(abs(c), mp.mpf(x == "1")), x


@pytest.mark.parametrize("x", ["0", "-3", "-1e9"])
def test_decimal_gamma_functions_have_poles_and_an_end(x: str) -> None:
    with pytest.raises(ArithmeticError):
        log_gamma_coefficients(Decimal(x), 3)


def test_precise_numbers_do_not_become_floating_point_ones() -> None:
    with pytest.raises(TypeError):
        np.array([Precise(Decimal(1))]).astype(float)
    with pytest.raises(TypeError):
        math.sin(Precise(Decimal(1)))  # pyright: ignore[reportArgumentType]
