"""Taylor mode: coefficients against mpmath and against repeated forward mode, singular points, and the polynomials."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.special as sc
from operations import CASES
from operations.row import Case, as_list

import autograd_lite as ag
from autograd_lite.calculus import MultivariateTaylorPolynomial, TaylorPolynomial, taylor
from autograd_lite.calculus.series.number import Series, variable
from autograd_lite.calculus.series.radius import estimate_radius
from autograd_lite.calculus.series.table import RECURRENCES, declare_late, recurrence_of
from autograd_lite.core.primitive import PRIMITIVES
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import (
    DetachError,
    DtypeError,
    NotDifferentiableError,
    ShapeError,
    SingularPointWarning,
    StructureError,
)

# Against mpmath


class Row(NamedTuple):
    """A function in NumPy, the same in mpmath (a lambda over the module), and points."""

    name: str
    function: Callable[[Any], Any]
    exact: Callable[[Any, Any], Any]
    points: tuple[float, ...]


ROWS = [
    Row("exp(sin)", lambda x: np.exp(np.sin(x)), lambda mp, x: mp.exp(mp.sin(x)), (0.0, 0.3, -2.0)),
    Row("tanh", np.tanh, lambda mp, x: mp.tanh(x), (0.0, 0.7, 3.0)),
    Row("1/(1+25x²)", lambda x: 1 / (1 + 25 * x**2), lambda mp, x: 1 / (1 + 25 * x**2), (0.0, 0.3, 1.0)),
    Row("log(1+x²)", lambda x: np.log(1 + x**2), lambda mp, x: mp.log(1 + x**2), (0.8, 2.0)),
    Row("log1p", np.log1p, lambda mp, x: mp.log(1 + x), (0.5, 0.0)),
    Row("log2", np.log2, lambda mp, x: mp.log(x, 2), (1.5,)),
    Row("log10", np.log10, lambda mp, x: mp.log(x, 10), (1.5,)),
    Row("expm1", np.expm1, lambda mp, x: mp.expm1(x), (1e-3, 1.0)),
    Row("exp2", np.exp2, lambda mp, x: mp.mpf(2) ** x, (0.5,)),
    Row("sqrt", lambda x: np.sqrt(1 + x), lambda mp, x: mp.sqrt(1 + x), (0.0, 2.5)),
    Row("cbrt", np.cbrt, lambda mp, x: mp.cbrt(x), (2.5,)),
    Row("x^-1.5", lambda x: x**-1.5, lambda mp, x: x ** mp.mpf(-1.5), (2.5,)),
    Row("x^-3", lambda x: x**-3, lambda mp, x: x**-3, (-1.5,)),
    Row(
        "logsumexp",
        lambda x: ag.scipy.special.logsumexp(np.stack([x, 2 * x, -x])),
        lambda mp, x: mp.log(mp.exp(x) + mp.exp(2 * x) + mp.exp(-x)),
        (0.0, 1.0),
    ),
    Row("x^x", lambda x: x**x, lambda mp, x: x**x, (2.5,)),
    Row("2^x", lambda x: 2.0**x, lambda mp, x: mp.mpf(2) ** x, (2.5,)),
    Row("sin cos", lambda x: np.sin(2 * x) * np.cos(x), lambda mp, x: mp.sin(2 * x) * mp.cos(x), (0.4, 20.0)),
    Row("sinh/cosh", lambda x: np.sinh(x) / np.cosh(2 * x), lambda mp, x: mp.sinh(x) / mp.cosh(2 * x), (0.3,)),
    Row("tan", np.tan, lambda mp, x: mp.tan(x), (0.5, 1.4)),
    Row("arcsin", np.arcsin, lambda mp, x: mp.asin(x), (0.2, 0.9)),
    Row("arccos", np.arccos, lambda mp, x: mp.acos(x), (0.2,)),
    Row("arctan", np.arctan, lambda mp, x: mp.atan(x), (0.0, 1.2)),
    Row("arcsinh", np.arcsinh, lambda mp, x: mp.asinh(x), (0.5,)),
    Row("arccosh", np.arccosh, lambda mp, x: mp.acosh(x), (2.0,)),
    Row("arctanh", np.arctanh, lambda mp, x: mp.atanh(x), (0.5,)),
    Row("arctan2", lambda x: np.arctan2(x, 2 * x + 1), lambda mp, x: mp.atan(x / (2 * x + 1)), (0.5,)),
    Row("hypot", lambda x: np.hypot(x, 2 * x + 1), lambda mp, x: mp.sqrt(x**2 + (2 * x + 1) ** 2), (0.5,)),
    Row("logaddexp", lambda x: np.logaddexp(x, 3 * x), lambda mp, x: mp.log(mp.exp(x) + mp.exp(3 * x)), (0.5,)),
    Row("erf", sc.erf, lambda mp, x: mp.erf(x), (0.8,)),
    Row("erfc", sc.erfc, lambda mp, x: mp.erfc(x), (1.5,)),
    Row("expit", lambda x: sc.expit(3 * x), lambda mp, x: 1 / (1 + mp.exp(-3 * x)), (0.8, -4.0)),
    Row("log_expit", sc.log_expit, lambda mp, x: -mp.log(1 + mp.exp(-x)), (0.3,)),
    Row("gammaln", sc.gammaln, lambda mp, x: mp.loggamma(x), (2.5,)),
    Row("gamma", sc.gamma, lambda mp, x: mp.gamma(x), (2.5,)),
    Row("J_0", sc.j0, lambda mp, x: mp.besselj(0, x), (2.5,)),
    Row("Airy", lambda x: sc.airy(x)[0], lambda mp, x: mp.airyai(x), (0.5,)),
    Row("erfinv", sc.erfinv, lambda mp, x: mp.erfinv(x), (0.3,)),
    Row("sinc", lambda x: np.sinc(x), lambda mp, x: mp.sincpi(x), (0.6,)),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_derivatives_of_order_20_are_right(row: Row) -> None:
    mp = pytest.importorskip("mpmath")
    with mp.workdps(60):
        for point in row.points:
            exact = mp.taylor(lambda x: row.exact(mp, x), mp.mpf(point), 20)
            found = taylor(row.function, point, 20).coefficients
            largest = max(abs(c) for c in exact)
            for k, (mine, true) in enumerate(zip(found, exact, strict=True)):
                if abs(true) > 1e-30 * largest:
                    assert abs(mp.mpf(float(mine)) - true) <= 1e-10 * abs(true), (point, k, float(mine), float(true))
                else:
                    assert abs(mine) <= 1e-13 * float(largest), (point, k)


def test_derivatives_of_order_40_of_the_runge_function() -> None:
    p = taylor(lambda x: 1 / (1 + 25 * x**2), 0.0, 40)
    np.testing.assert_allclose(p.coefficients[::2], (-25.0) ** np.arange(21), rtol=1e-13)
    assert not p.coefficients[1::2].any()
    assert p.derivatives[40] == pytest.approx(25.0**20 * math.factorial(40), rel=1e-13)


def test_the_function_runs_once() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(x)
        return np.exp(x) / (2 + np.cos(x))

    taylor(f, 0.5, 30)
    assert len(calls) == 1


# Every primitive, against forward mode twice

#: Functions of SciPy's that take plain matrices only, deep inside of their rules: they refuse.
PLAIN_ONLY = {
    "cho_solve", "solve_banded", "solveh_banded", "solve_sylvester", "solve_continuous_lyapunov", "solve_lyapunov",
    "solve_discrete_lyapunov", "expm", "logm", "sqrtm", "cosm", "sinm", "coshm", "sinhm", "tanhm", "tanm",
    "fractional_matrix_power", "fill_diagonal", "put_along_axis",
}  # fmt: skip
REPEATED = {"eigvalsh of repeated values", "eigh of repeated values", "svd of repeated values"}
FIRST = [case for case in CASES if case.index == 0]


def is_plain_only(case: Case) -> bool:
    return case.op.name.partition(",")[0].partition(" of ")[0] in PLAIN_ONLY


@pytest.mark.parametrize("case", FIRST, ids=lambda case: case.id)
def test_primitives_agree_with_forward_mode(case: Case) -> None:
    declare_late()
    xs = case.inputs()
    directions = case.directions(xs, 1)
    if not xs or case.op.name in REPEATED:
        pytest.skip("no arguments, or no second derivative")

    def through(*arguments: Any) -> list[Any]:
        return as_list(case.fn(*arguments))

    with np.errstate(all="ignore"):
        if is_plain_only(case):
            with pytest.raises(DetachError, match="plain array"):
                through(*(variable(x, 2, v) for x, v in zip(xs, directions, strict=True)))
            return
        series = through(*(variable(x, 2, v) for x, v in zip(xs, directions, strict=True)))
        values, first = ag.jvp(through, tuple(xs), tuple(directions))
        second = first
        if case.op.order > 1:
            _, second = ag.jvp(lambda *a: ag.jvp(through, a, tuple(directions))[1], tuple(xs), tuple(directions))
    for found, value, slope, bend in zip(series, values, first, second, strict=True):
        found = found.data if isinstance(found, Tensor) else found
        if not isinstance(found, Series):
            np.testing.assert_allclose(found, value, rtol=1e-7)
            assert not np.any(slope)
            continue
        rights = (value, slope, np.asarray(bend) / 2)
        for k, right in enumerate(rights[: 3 if case.op.order > 1 else 2]):
            size = np.max(np.abs(right), initial=0)
            np.testing.assert_allclose(found.coefficients[k], right, rtol=1e-7, atol=1e-9 * (1 + size), err_msg=str(k))


def test_users_primitives_have_series_too() -> None:
    gauss = ag.primitive(
        lambda x: np.exp(-x * x), kind="elementwise", name="gauss", x=lambda g, x, out: -2 * g * x * out
    )
    np.testing.assert_allclose(
        taylor(gauss, 0.4, 12).coefficients, taylor(lambda x: np.exp(-x * x), 0.4, 12).coefficients, rtol=1e-12
    )


def test_derivatives_inside_of_the_function_are_expanded() -> None:
    p = taylor(ag.grad(lambda x: x * np.sin(x)), 0.5, 8)
    q = taylor(lambda x: x * np.sin(x), 0.5, 9).derivative()
    np.testing.assert_allclose(p.coefficients, q.coefficients, rtol=1e-12)


# Points where something is singular


def test_a_quotient_of_zeros_is_a_series() -> None:
    p = taylor(lambda x: np.sin(x) / x, 0.0, 8)
    np.testing.assert_allclose(
        p.coefficients[::2], [(-1) ** k / math.factorial(2 * k + 1) for k in range(5)], rtol=1e-14
    )
    q = taylor(lambda x: (1 - np.cos(x)) / x**2, 0.0, 6)
    assert q.order == 6
    assert q.coefficients[0] == 0.5


@pytest.mark.parametrize(
    ("function", "name"),
    [(np.sqrt, "sqrt"), (np.log, "log"), (lambda x: 1 / x, "divide"), (lambda x: x**1.5, "power"), (np.cbrt, "cbrt")],
)
def test_where_there_is_no_series_the_operation_is_named(function: Any, name: str) -> None:
    with pytest.raises(NotDifferentiableError, match=rf"no Taylor series of order 4 at 0.0: {name} "):
        taylor(function, 0.0, 4)


def test_a_fractional_power_of_zero_has_as_many_derivatives_as_it_has() -> None:
    np.testing.assert_array_equal(taylor(lambda x: x**2.5, 0.0, 2).coefficients, [0, 0, 0])
    with pytest.raises(NotDifferentiableError, match="order 3"):
        taylor(lambda x: x**2.5, 0.0, 3)


@pytest.mark.parametrize(
    "function",
    [
        np.abs,
        lambda x: np.maximum(x, 0.0),
        lambda x: np.minimum(x, -x),
        lambda x: np.where(x > 0, x, 0.0),
        lambda x: np.clip(x, 0.0, 1.0),
        lambda x: x * np.sign(x),
        lambda x: x + np.floor(x),
    ],
)
def test_kinks_warn(function: Any) -> None:
    with pytest.warns(SingularPointWarning, match="kink"):
        taylor(function, 0.0, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        taylor(function, 0.3, 3)


@pytest.mark.parametrize("exponent", [0, 1, 2, 5, 2.0])
def test_whole_powers_at_zero(exponent: Any) -> None:
    right = np.zeros(7)
    right[int(exponent)] = 1
    np.testing.assert_array_equal(taylor(lambda x: x**exponent, 0.0, 6).coefficients, right)


def test_what_would_lose_the_series_raises() -> None:
    with pytest.raises(DetachError, match=r"np\.f\(x\)"):
        taylor(lambda x: math.sin(x), 0.5, 3)
    with pytest.raises(DetachError, match="plain array"):
        taylor(lambda x: np.sum(np.asarray(x)), 0.5, 3)


def test_bad_input() -> None:
    with pytest.raises(StructureError, match="whole number"):
        taylor(np.sin, 0.0, 2.5)  # pyright: ignore[reportArgumentType]
    with pytest.raises(StructureError, match="not negative"):
        taylor(np.sin, 0.0, -1)
    with pytest.raises(DtypeError, match="finite"):
        taylor(np.sin, np.nan, 2)
    with pytest.raises(DtypeError, match="number"):
        taylor(np.sin, "1", 2)
    with pytest.raises(DtypeError, match="tracked"):
        taylor(np.sin, ag.Tensor(1.0, requires_grad=True), 2)
    with pytest.raises(StructureError, match="returned None"):
        taylor(lambda x: None, 0.0, 2)
    with pytest.raises(StructureError, match="direction"):
        taylor(np.sum, np.ones(3), 4)
    with pytest.raises(ShapeError, match="direction"):
        taylor(np.sum, np.ones(3), 4, direction=np.ones(2))


# Values of other kinds


def test_functions_with_values_that_are_arrays() -> None:
    p = taylor(lambda x: np.stack([x, x**2, np.sin(x)]), 2.0, 5)
    assert p.coefficients.shape == (6, 3)
    xs = np.array([1.9, 2.0, 2.2])
    assert p(xs).shape == (3, 3)
    np.testing.assert_allclose(p(xs)[:, :2], np.stack([xs, xs**2], axis=1), rtol=1e-14)
    np.testing.assert_allclose(p(2.1)[2], np.sin(2.1), atol=1e-8)


def test_complex_points() -> None:
    p = taylor(lambda z: np.exp(z) * np.sin(z), 1 + 1j, 20)
    z = 1.2 + 0.9j
    assert abs(p(z) - np.exp(z) * np.sin(z)) < 1e-13


def test_constants_and_integers() -> None:
    assert taylor(lambda x: 3, 1, 2).coefficients.tolist() == [3, 0, 0]
    assert taylor(lambda x: x * 2, 3, 2).coefficients.tolist() == [6, 2, 0]


# Several variables


def rational(x: Any) -> Any:
    return x[0] ** 2 * np.sin(x[1]) / (1 + x[2] ** 2)


def test_along_a_direction() -> None:
    x0, v = np.array([1.0, 2.0, 0.5]), np.array([0.3, -1.0, 0.7])
    p = taylor(rational, x0, 20, direction=v)
    assert p(0.3) == pytest.approx(rational(x0 + 0.3 * v), rel=1e-14)
    assert str(p).count("t") > 3


def test_three_orders_of_several_variables() -> None:
    x0 = np.array([1.0, 2.0, 0.5])
    p = taylor(rational, x0, 3)
    assert isinstance(p, MultivariateTaylorPolynomial)
    np.testing.assert_allclose(p.gradient, ag.grad(rational)(x0))
    np.testing.assert_allclose(p.hessian, ag.hessian(rational)(x0))
    v = np.array([0.3, -1.0, 0.7])
    along = taylor(rational, x0, 3, direction=v)
    for t in (0.1, -0.5):
        assert p(x0 + t * v) == pytest.approx(along(t), rel=1e-13)
    error = abs(p(x0 + 0.1 * v) - rational(x0 + 0.1 * v))
    assert error / 3 < p.error_estimate(x0 + 0.1 * v) < 3 * error
    with pytest.raises(StructureError, match="order 3"):
        p._derivative(4)
    with pytest.raises(ShapeError, match="shape"):
        p(np.ones(2))


def test_several_variables_with_values_that_are_arrays() -> None:
    def f(x: Any) -> Any:
        return np.stack([x[0] * x[1], np.exp(x[0])])

    p = taylor(f, np.array([0.5, 2.0]), 2)
    assert p.hessian.shape == (2, 2, 2)
    np.testing.assert_allclose(p(np.array([0.51, 2.02])), f(np.array([0.51, 2.02])), atol=1e-6)


# The polynomials


def test_arithmetic_of_polynomials_is_that_of_functions() -> None:
    e, s = taylor(np.exp, 0.3, 8), taylor(np.sin, 0.3, 8)
    pairs = [
        (e + s, lambda x: np.exp(x) + np.sin(x)),
        (e - 2, lambda x: np.exp(x) - 2),
        (1 - s, lambda x: 1 - np.sin(x)),
        (e * s, lambda x: np.exp(x) * np.sin(x)),
        (s / e, lambda x: np.sin(x) / np.exp(x)),
        (3 * e, lambda x: 3 * np.exp(x)),
        (1 / e, lambda x: np.exp(-x)),
        (-s, lambda x: -np.sin(x)),
        (s**2, lambda x: np.sin(x) ** 2),
        (s**-1.5, lambda x: np.sin(x) ** -1.5),
        (s**e, lambda x: np.sin(x) ** np.exp(x)),
        (2**s, lambda x: 2 ** np.sin(x)),
    ]
    for found, function in pairs:
        right = taylor(function, 0.3, 8)
        assert found.order == 8
        np.testing.assert_allclose(found.coefficients, right.coefficients, rtol=1e-11, atol=1e-16)
        assert found.remainder_bound((0.2, 0.4)) == pytest.approx(right.remainder_bound((0.2, 0.4)), rel=0.3)
    with pytest.raises(StructureError, match="one point"):
        e + taylor(np.sin, 0.0, 8)
    with pytest.raises(TypeError):
        e + "1"


def test_composition() -> None:
    inner = taylor(np.sin, 0.4, 10)
    outer = taylor(np.exp, float(inner.coefficients[0]), 10)
    right = taylor(lambda x: np.exp(np.sin(x)), 0.4, 10)
    np.testing.assert_allclose(outer(inner).coefficients, right.coefficients, rtol=1e-12)
    np.testing.assert_allclose(outer.compose(inner).tail, right.tail, rtol=1e-10)
    with pytest.raises(StructureError, match="Expand p about"):
        taylor(np.exp, 0.0, 10).compose(inner)


def test_derivative_and_integral() -> None:
    p = taylor(np.sin, 0.5, 7)
    np.testing.assert_allclose(p.derivative().coefficients, taylor(np.cos, 0.5, 6).coefficients, rtol=1e-14)
    np.testing.assert_allclose(
        p.integral(-np.cos(0.5)).coefficients, taylor(lambda x: -np.cos(x), 0.5, 8).coefficients, rtol=1e-14
    )
    assert p.derivative().remainder_bound((0.4, 0.6)) < 1e-9
    with pytest.raises(StructureError, match="needs the function"):
        p.integral().remainder_bound((0.4, 0.6))


def test_derivatives_can_be_taken_of_polynomials() -> None:
    p = taylor(np.sin, 0.0, 9)
    assert ag.grad(p)(0.3) == pytest.approx(p.derivative()(0.3), rel=1e-14)


@pytest.mark.parametrize(
    ("function", "x0", "x"),
    [(np.exp, 0.0, 0.7), (np.sin, 0.0, 1.0), (np.arctan, 0.0, 0.5), (np.log, 2.0, 2.8), (np.cosh, 0.0, 1.0)],
)
def test_error_estimates_are_close(function: Any, x0: float, x: float) -> None:
    for order in (2, 3, 5, 8):
        p = taylor(function, x0, order)
        error = abs(function(x) - p(x))
        assert 0.5 * error < p.error_estimate(x) < 5 * error
    assert p.error_estimate(np.array([x0, x])).shape == (2,)


def test_error_estimates_need_coefficients() -> None:
    with pytest.raises(StructureError, match="further coefficients"):
        TaylorPolynomial([1.0, 2.0]).error_estimate(1.0)


@pytest.mark.parametrize(
    ("function", "x0", "radius", "part"),
    [
        (np.arctan, 0.0, 1.0, 0.01),
        (np.arctan, 0.5, math.hypot(1, 0.5), 0.05),
        (np.log, 2.0, 2.0, 0.01),
        (np.sqrt, 2.0, 2.0, 0.01),
        (lambda x: 1 / (1 + 25 * x**2), 0.0, 0.2, 0.01),
        (lambda x: 1 / (1 + 25 * x**2), 0.3, math.hypot(0.2, 0.3), 0.05),
        (np.tan, 0.3, math.pi / 2 - 0.3, 0.01),
        (np.tanh, 0.0, math.pi / 2, 0.01),
        (lambda x: np.cos(x) / (1 - x), 0.0, 1.0, 0.01),
        (np.exp, 0.0, np.inf, 0),
        (np.sin, 0.7, np.inf, 0),
        (lambda x: np.exp(-(x**2)), 0.3, np.inf, 0),
        (lambda x: x**3 - x, 0.3, np.inf, 0),
    ],
)
def test_radius_of_convergence(function: Any, x0: float, radius: float, part: float) -> None:
    found = taylor(function, x0, 5).radius_of_convergence()
    assert found == radius if math.isinf(radius) else abs(found - radius) <= part * radius


def test_too_few_coefficients_tell_no_radius() -> None:
    assert math.isnan(estimate_radius([1.0, 1.0, 1.0]))


def test_words() -> None:
    assert str(taylor(np.exp, 0.0, 3)) == "1 + x + 1/2 x² + 1/6 x³ + O(x⁴)"
    assert str(taylor(np.cos, 0.0, 4)) == "1 - 1/2 x² + 1/24 x⁴ + O(x⁵)"
    assert str(taylor(lambda x: x**2, 3.0, 2)) == "9 + 6 (x - 3) + (x - 3)² + O((x - 3)³)"
    assert str(taylor(np.abs, -2.0, 1)) == "2 - (x + 2) + O((x + 2)²)"
    assert str(taylor(lambda x: 0.0 * x, 0.0, 1)) == "0 + O(x²)"
    p = taylor(np.sin, 0.0, 3)
    assert p.latex() == r"x - \frac{1}{6} \, x^{3} + O\left(x^{4}\right)"
    assert p._repr_latex_() == f"${p.latex()}$"
    assert taylor(lambda x: 1e-12 * np.exp(x) * 3.3, 0.0, 0).latex().startswith(r"3.3 \cdot 10^{-12}")
    assert repr(p) == "<TaylorPolynomial of order 3 about 0.0: x - 1/6 x³ + O(x⁴)>"
    vector = taylor(lambda x: np.stack([x, x]), 0.0, 1)
    assert "shape (2,)" in str(vector)
    assert vector._repr_latex_() is None


def test_plot_draws_the_function_and_its_approximations() -> None:
    mpl = pytest.importorskip("matplotlib")
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    axes = taylor(np.sin, 0.0, 7).plot((-4, 4))
    labels = [line.get_label() for line in axes.get_lines()]
    assert labels[:5] == ["order 1", "order 3", "order 5", "order 7", "function"]
    curve = axes.get_lines()[1]
    np.testing.assert_allclose(curve.get_ydata(), curve.get_xdata() - curve.get_xdata() ** 3 / 6, atol=1e-12)
    low, high = axes.get_ylim()
    assert -2.5 < low < -1
    assert 1 < high < 2.5
    assert taylor(np.exp, 0.0, 3).plot((-1, 1), orders=[2], axes=axes) is axes
    plt.close("all")


def test_every_recurrence_serves_a_primitive() -> None:
    declare_late()
    served = {id(recurrence_of(primitive)) for primitive in PRIMITIVES}
    assert [key for key, recurrence in RECURRENCES.items() if id(recurrence) not in served] == []
