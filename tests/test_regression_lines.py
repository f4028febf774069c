"""fit_line: exact sums, and errors in both variables against York's paper, SciPy's ODR and simulated data."""

from __future__ import annotations

import itertools
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from problems import nist_linear
from scipy import stats
from scipy.optimize import minimize

from autograd_lite import jacobian
from autograd_lite.calculus import Reason
from autograd_lite.errors import DtypeError, NotDifferentiableError, ShapeError, StructureError
from autograd_lite.regression import LineFit, fit_line

# K. Pearson's data of 1901 with the weights that D. York gave them in 1966.
X = np.array([0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4])
Y = np.array([5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5])
SIGMA_X = 1.0 / np.sqrt([1000.0, 1000.0, 500.0, 800.0, 200.0, 80.0, 60.0, 20.0, 1.8, 1.0])
SIGMA_Y = 1.0 / np.sqrt([1.0, 1.8, 4.0, 8.0, 20.0, 20.0, 70.0, 70.0, 100.0, 500.0])


# Errors of y alone


@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_exact_line(weighted: bool, offset: float) -> None:
    random = np.random.default_rng(1)
    x, y = random.normal(size=12) + offset, random.normal(size=12)
    sigma = 2.0 ** random.integers(-3, 3, 12) if weighted else None
    scale = np.ones(12) if sigma is None else sigma
    rows = [[1 / Fraction(s), Fraction(v) / Fraction(s)] for v, s in zip(x.tolist(), scale.tolist(), strict=True)]
    right = [Fraction(v) / Fraction(s) for v, s in zip(y.tolist(), scale.tolist(), strict=True)]
    exact, inverse = nist_linear.solve(rows, right)
    fit = fit_line(x, y, sigma)
    np.testing.assert_array_max_ulp(fit.values, np.array([float(b) for b in exact]), 1)
    errors = np.sqrt([float(v) for v in inverse]) * (1.0 if weighted else np.sqrt(fit.chi_squared / fit.dof))
    np.testing.assert_allclose(fit.standard_errors, errors, rtol=1e-14)


def test_it_is_what_scipy_finds() -> None:
    fit, wanted = fit_line(X, Y), stats.linregress(X, Y)
    found = [fit.intercept, fit.slope, fit.intercept_error, fit.slope_error, fit.r_squared]
    theirs = [wanted.intercept, wanted.slope, wanted.intercept_stderr, wanted.stderr, wanted.rvalue**2]
    np.testing.assert_allclose(found, theirs, rtol=1e-12)


def test_the_formulas_of_numerical_recipes() -> None:
    fit = fit_line(X, Y, SIGMA_Y)
    weight = SIGMA_Y**-2.0
    s, sx, sy, sxx, sxy = (np.sum(weight * each) for each in (1.0, X, Y, X * X, X * Y))
    delta = s * sxx - sx**2
    np.testing.assert_allclose(fit.values, [(sxx * sy - sx * sxy) / delta, (s * sxy - sx * sy) / delta], rtol=1e-12)
    np.testing.assert_allclose(fit.covariance, np.array([[sxx, -sx], [-sx, s]]) / delta, rtol=1e-12)
    chi_squared = np.sum(weight * (Y - fit.intercept - fit.slope * X) ** 2)
    np.testing.assert_allclose(fit.chi_squared, chi_squared, rtol=1e-12)
    np.testing.assert_allclose(fit.p_value, stats.chi2.sf(chi_squared, 8), rtol=1e-12)


def test_sigma_in_other_units() -> None:
    once, twice = (fit_line(X, Y, sigma, absolute_sigma=False) for sigma in (SIGMA_Y, 2.0 * SIGMA_Y))
    np.testing.assert_allclose(once.standard_errors, twice.standard_errors, rtol=1e-14)
    absolute = [fit_line(X, Y, sigma).slope_error for sigma in (0.5, 1.0)]
    np.testing.assert_allclose(absolute[1] / absolute[0], 2.0)


def test_a_covariance_matrix() -> None:
    covariance = 0.5 * np.diag(SIGMA_Y**2) + 0.5 * np.outer(SIGMA_Y, SIGMA_Y)
    design, inverse = np.stack([np.ones(10), X], axis=1), np.linalg.inv(covariance)
    gram = np.linalg.inv(design.T @ inverse @ design)
    fit = fit_line(X, Y, covariance)
    np.testing.assert_allclose(fit.values, gram @ design.T @ inverse @ Y, rtol=1e-9)
    np.testing.assert_allclose(fit.covariance, gram, rtol=1e-9)


def test_the_rest_of_the_result() -> None:
    fit = fit_line(X, Y, SIGMA_Y)
    values, errors = fit.predict([0.0, 10.0], return_std=True)
    np.testing.assert_allclose(values, [fit.intercept, fit.intercept + 10.0 * fit.slope])
    a = np.array([1.0, 10.0])
    np.testing.assert_allclose(errors, [fit.intercept_error, np.sqrt(a @ fit.covariance @ a)])
    np.testing.assert_allclose(fit.influence().leverage.sum(), 2.0, rtol=1e-12)
    assert fit.parameters["slope"].value == fit.slope
    assert fit.converged
    assert "slope" in fit.summary()


def test_two_points() -> None:
    fit = fit_line([1.0, 2.0], [3.0, 5.0])
    assert (fit.intercept, fit.slope, fit.dof) == (1.0, 2.0, 0)
    assert np.isinf(fit.standard_errors).all()
    np.testing.assert_allclose(fit_line([1.0, 2.0], [3.0, 5.0], 0.1).slope_error, np.sqrt(0.02))


def test_missing_points() -> None:
    x, y = X.copy(), np.ma.array(Y, mask=X == 2.6)
    x[1] = np.nan
    there = [0, 2, *range(4, 10)]
    fit = fit_line(x, y, SIGMA_Y, SIGMA_X, nan_policy="omit")
    np.testing.assert_allclose(fit.values, fit_line(X[there], Y[there], SIGMA_Y[there], SIGMA_X[there]).values)


def test_gradients() -> None:
    def by_hand(x: Any, y: Any, sigma: Any) -> Any:
        weight = sigma**-2.0
        t = x - np.sum(weight * x) / np.sum(weight)
        slope = np.sum(weight * t * y) / np.sum(weight * t * t)
        return np.stack([np.sum(weight * (y - slope * x)) / np.sum(weight), slope])

    for position in range(3):
        found = jacobian(lambda *given: fit_line(*given).values, argnums=position)(X, Y, SIGMA_Y)
        np.testing.assert_allclose(found, jacobian(by_hand, argnums=position)(X, Y, SIGMA_Y), rtol=1e-8, atol=1e-12)
    with pytest.raises(NotDifferentiableError, match="errors of x"):
        jacobian(lambda y: fit_line(X, y, SIGMA_Y, SIGMA_X).values)(Y)


# Errors of both


def test_pearson_with_yorks_weights() -> None:
    # York et al. 2004, table II, print 5.47991022, -0.480533407 with errors 0.29497, 0.057985.
    fit = fit_line(X, Y, SIGMA_Y, SIGMA_X)
    np.testing.assert_allclose(fit.values, [5.47991022, -0.480533407], atol=6e-9)
    np.testing.assert_allclose(fit.standard_errors, [0.29497, 0.057985], rtol=2e-5)
    np.testing.assert_allclose(fit.chi_squared, 11.866353, rtol=1e-7)
    assert fit.method == "york"


def chi_squared(line: Any, x: Any, y: Any, sigma_x: Any, sigma_y: Any, correlation: Any) -> float:
    a, b = line
    variance = sigma_y**2 + (b * sigma_x) ** 2 - 2.0 * b * correlation * sigma_x * sigma_y
    return float(np.sum((y - a - b * x) ** 2 / variance))


@pytest.mark.parametrize("slope", [0.01, 1.0, -30.0])
@pytest.mark.parametrize("correlation", [0.0, 0.6, -0.9])
def test_no_line_is_likelier(slope: float, correlation: float) -> None:
    random = np.random.default_rng(3)
    truth = np.linspace(0.0, 10.0, 15)
    sigma_x = random.uniform(0.05, 0.5, 15)
    sigma_y = random.uniform(0.05, 0.5, 15) * max(abs(slope), 0.1)
    x, y = truth + sigma_x * random.normal(size=15), 2.0 + slope * truth + sigma_y * random.normal(size=15)
    fit = fit_line(x, y, sigma_y, sigma_x, correlation=correlation)
    given = (x, y, sigma_x, sigma_y, correlation)
    assert fit.converged
    np.testing.assert_allclose(fit.chi_squared, chi_squared(fit.values, *given), rtol=1e-10)
    best = minimize(chi_squared, fit.values * 1.01, given, "Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9})
    assert fit.chi_squared <= best.fun * (1.0 + 1e-9)
    # the slope of chi-squared at the fit, in standard errors
    for step, value in itertools.product((-1e-4, 1e-4), np.eye(2)):
        moved = fit.values + step * value * fit.standard_errors
        assert chi_squared(moved, *given) >= fit.chi_squared * (1.0 - 1e-12)


def test_equal_errors_are_orthogonal_regression() -> None:
    random = np.random.default_rng(4)
    x = random.normal(size=30)
    y = 1.0 + 0.5 * x + 0.1 * random.normal(size=30)
    fit = fit_line(x, y, 1.0, 1.0)
    _, vectors = np.linalg.eigh(np.cov(x, y))
    slope = vectors[1, 1] / vectors[0, 1]
    np.testing.assert_allclose(fit.values, [y.mean() - slope * x.mean(), slope], rtol=1e-12)


def test_tiny_errors_of_x_change_nothing() -> None:
    np.testing.assert_allclose(fit_line(X, Y, SIGMA_Y, 1e-12).values, fit_line(X, Y, SIGMA_Y).values, rtol=1e-12)
    np.testing.assert_allclose(
        fit_line(X, Y, SIGMA_Y, 1e-12).covariance, fit_line(X, Y, SIGMA_Y).covariance, rtol=1e-12
    )


def test_errors_of_x_alone_are_those_of_y_exchanged() -> None:
    other = fit_line(Y, X, SIGMA_X)
    fit = fit_line(X, Y, sigma_x=SIGMA_X)
    np.testing.assert_allclose(fit.slope, 1.0 / other.slope, rtol=1e-12)
    np.testing.assert_allclose(fit.intercept, -other.intercept / other.slope, rtol=1e-12)
    np.testing.assert_allclose(fit.chi_squared, other.chi_squared, rtol=1e-10)
    np.testing.assert_allclose(fit.slope_error, other.slope_error / other.slope**2, rtol=0.05)


def test_it_is_what_odr_finds() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy 1.17 announces the end of scipy.odr
        odr = pytest.importorskip("scipy.odr")
        data = odr.RealData(X, Y, SIGMA_X, SIGMA_Y)
        found = odr.ODR(data, odr.unilinear, beta0=[-0.5, 5.5], sstol=1e-16, partol=1e-16, maxit=1000).run()
    fit = fit_line(X, Y, SIGMA_Y, SIGMA_X)
    np.testing.assert_allclose(fit.values, found.beta[::-1], rtol=1e-6)
    np.testing.assert_allclose(fit.standard_errors, found.sd_beta[::-1] / np.sqrt(found.res_var), rtol=1e-4)
    assert fit.chi_squared <= found.sum_square * (1.0 + 1e-12)


def test_standard_errors_are_the_spread_of_fits() -> None:
    random = np.random.default_rng(5)
    truth, sigma_x, sigma_y = np.linspace(0.0, 10.0, 20), 0.3, 0.5
    lines = []
    for _ in range(600):
        x, y = truth + sigma_x * random.normal(size=20), 1.0 + 2.0 * truth + sigma_y * random.normal(size=20)
        lines.append(fit_line(x, y, sigma_y, sigma_x))
    spread = np.std([fit.values for fit in lines], axis=0)
    np.testing.assert_allclose(np.mean([fit.standard_errors for fit in lines], axis=0), spread, rtol=0.12)
    np.testing.assert_allclose(np.mean([fit.values for fit in lines], axis=0), [1.0, 2.0], atol=0.05)
    np.testing.assert_allclose(np.mean([fit.chi_squared for fit in lines]), 18.0, rtol=0.05)


def test_a_line_that_stands_upright() -> None:
    with pytest.warns(RuntimeWarning, match="exchange x and y"):
        fit = fit_line([1.0, 2.0, 3.0], [1.0, 2.0, 1.0], sigma_x=0.1)
    assert fit.reason is Reason.MAX_ITERATIONS
    assert not fit.converged


def test_what_is_not_offered() -> None:
    fit: LineFit = fit_line(X, Y, SIGMA_Y, SIGMA_X)
    for method in (fit.influence, fit.bootstrap):
        with pytest.raises(StructureError, match="not offered"):
            method()


# Bad input

ONES = [1.0, 1.0, 1.0]
BAD: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "lengths": ({"x": [1.0, 2.0]}, ShapeError, r"x has shape \(2,\), and y has 3 values"),
    "axes": ({"x": np.ones((2, 3))}, ShapeError, "one axis"),
    "NaN in x": ({"x": [1.0, 2.0, np.nan]}, StructureError, r"x\[2\] is NaN"),
    "infinite y": ({"y": [1.0, np.inf, 2.0]}, StructureError, r"y\[1\] is infinite"),
    "words": ({"x": ["a", "b", "c"]}, DtypeError, "x is of dtype"),
    "nothing": ({"x": [], "y": []}, ShapeError, "y is empty"),
    "None": ({"y": None}, (ShapeError, DtypeError), "y is"),
    "one point": ({"x": [1.0], "y": [1.0]}, ShapeError, "a line needs 2"),
    "one place": ({"x": ONES}, StructureError, "x is 1.0 throughout"),
    "zero sigma": ({"sigma": 0.0}, StructureError, "sigma is 0"),
    "one zero sigma": ({"sigma": [1.0, 0.0, 1.0]}, StructureError, r"sigma\[1\] is 0"),
    "NaN in sigma": ({"sigma": [1.0, 1.0, np.nan]}, StructureError, r"sigma\[2\] is NaN"),
    "sigma's shape": ({"sigma": [1.0, 1.0]}, ShapeError, r"sigma has shape \(2,\)"),
    "no covariance": ({"sigma": np.zeros((3, 3))}, StructureError, "not positive definite"),
    "zero sigma_x": ({"sigma_x": 0.0}, StructureError, r"sigma_x\[0\] is 0"),
    "negative sigma_x": ({"sigma_x": [1.0, 1.0, -1.0]}, StructureError, r"sigma_x\[2\] is -1"),
    "sigma_x's shape": ({"sigma_x": [1.0]}, ShapeError, r"sigma_x has shape \(1,\)"),
    "covariance and sigma_x": ({"sigma": np.eye(3), "sigma_x": 1.0}, StructureError, "not a covariance matrix"),
    "correlation": ({"sigma": 1.0, "sigma_x": 1.0, "correlation": 1.0}, StructureError, "between -1 and 1"),
    "correlation's shape": ({"sigma": 1.0, "sigma_x": 1.0, "correlation": [0.0, 0.0]}, ShapeError, "correlation has"),
    "level": ({"y": ONES, "sigma_x": 1.0}, StructureError, "y is 1.0 throughout"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    changed, kind, words = BAD[name]
    with pytest.raises(kind, match=words):
        fit_line(**{"x": [1.0, 2.0, 3.0], "y": [1.0, 3.0, 2.0], **changed})
