"""fit_linear and fit_polynomial: NIST's certified digits, exact rational answers, rank, ridge, gradients, bad input."""

from __future__ import annotations

import pickle
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from problems import nist_linear

from autograd_lite import grad, jacobian
from autograd_lite.calculus import Reason
from autograd_lite.errors import DtypeError, NotDifferentiableError, ShapeError, StructureError
from autograd_lite.regression import LinearFit, curve_fit, fit_line, fit_linear, fit_polynomial
from autograd_lite.regression.double_double import DoubleDouble

POLYNOMIALS = [name for name in nist_linear.NAMES if nist_linear.load(name).degree]

#: What rounding x and y to double precision leaves of the certified digits, measured in rational arithmetic.
LEFT = {"Norris": 14.0, "Pontius": 13.5, "Filip": 14.0, "NoInt1": 14.7, "Longley": 14.6, "Wampler2": 13.2}


def digits(found: Any, certified: Any) -> float:
    error = np.max(np.abs(np.asarray(found) - certified) / np.where(certified == 0.0, 1.0, np.abs(certified)))
    return 15.0 if error < 1e-15 else float(-np.log10(error))


def by_polynomial(problem: nist_linear.Problem) -> LinearFit:
    assert problem.degree is not None
    return fit_polynomial(problem.x, problem.y, problem.degree)


def by_functions(problem: nist_linear.Problem) -> LinearFit:
    assert problem.degree is not None
    functions = [lambda x, k=k: x**k for k in range(problem.degree + 1)]
    return fit_linear(functions, problem.y, x=problem.x)


def by_columns(problem: nist_linear.Problem) -> LinearFit:
    return fit_linear(problem.columns, problem.y)


def with_intercept(problem: nist_linear.Problem) -> LinearFit:
    assert np.all(problem.columns[:, 0] == 1.0)
    return fit_linear(problem.columns[:, 1:], problem.y, intercept=True)


def by_line(problem: nist_linear.Problem) -> LinearFit:
    return fit_line(problem.x, problem.y)


WAYS = [
    *((by_polynomial, name) for name in POLYNOMIALS),
    *((by_functions, name) for name in POLYNOMIALS),
    *((by_columns, name) for name in nist_linear.NAMES if name != "Filip"),
    *((with_intercept, name) for name in [*POLYNOMIALS, "Longley"] if name != "Filip"),
    (by_line, "Norris"),
]

# Digits


@pytest.mark.parametrize(("way", "name"), WAYS, ids=lambda each: each if isinstance(each, str) else each.__name__)
def test_certified_values(way: Any, name: str) -> None:
    problem = nist_linear.load(name)
    fit = way(problem)
    assert fit.converged
    assert digits(fit.values, problem.certified) >= LEFT.get(name, 15.0)
    assert digits(fit.standard_errors, problem.certified_sd) >= (13.7 if name in LEFT else 14.4)
    assert digits(fit.chi_squared, np.array(problem.rss)) >= 13.5
    assert fit.dof == len(problem.y) - len(problem.certified)


@pytest.mark.parametrize("name", [name for name in nist_linear.NAMES if name != "Filip"])
def test_what_is_left_is_lost_by_rounding_the_data(name: str) -> None:
    problem = nist_linear.load(name)
    rounded = [[Fraction(float(value)) for value in row] for row in problem.rows]
    exact, errors = nist_linear.standard_errors(rounded, problem.y.tolist())
    fit = by_columns(problem)
    np.testing.assert_array_max_ulp(fit.values, exact, 1)
    np.testing.assert_allclose(fit.standard_errors, errors, rtol=1e-15)
    assert digits(nist_linear.standard_errors(problem.rows, problem.values)[0], problem.certified) >= 14.3


def test_filip_is_exact_for_the_given_numbers() -> None:
    problem = nist_linear.load("Filip")
    powers = [[Fraction(value) ** k for k in range(11)] for value in problem.x.tolist()]
    exact, errors = nist_linear.standard_errors(powers, problem.y.tolist())
    for fit in (by_polynomial(problem), by_functions(problem)):
        np.testing.assert_array_max_ulp(fit.values, exact, 1)
        np.testing.assert_allclose(fit.standard_errors, errors, rtol=1e-15)
    # A matrix has its powers rounded: the exact answer to it has 7 to 8 digits, and is found.
    matrix = np.vander(problem.x, 11, increasing=True)
    exact, errors = nist_linear.standard_errors(matrix.tolist(), problem.y.tolist())
    fit = fit_linear(matrix, problem.y)
    np.testing.assert_array_max_ulp(fit.values, exact, 1)
    np.testing.assert_allclose(fit.standard_errors, errors, rtol=1e-15)


def test_functions_without_rational_values() -> None:
    t = np.linspace(0.0, 3.0, 25)
    y = np.exp(-t) + 0.1 * np.cos(7 * t)
    functions = {"one": lambda x: 1.0, "sine": np.sin, "cube": lambda x: 0.1 * x**3}
    fit = fit_linear(functions, y, x=t)
    columns = np.stack([np.ones(25), np.sin(t), 0.1 * t**3], axis=1)
    np.testing.assert_allclose(fit.values, np.linalg.lstsq(columns, y)[0], rtol=1e-12)
    assert fit.names == ("one", "sine", "cube")


@pytest.mark.parametrize("seed", range(3))
def test_weights_are_exact(seed: int) -> None:
    random = np.random.default_rng(seed)
    design, y = random.normal(size=(9, 3)), random.normal(size=9)
    sigma = 2.0 ** random.integers(-4, 4, 9)
    rows = [[Fraction(v) / Fraction(s) for v in row] for row, s in zip(design.tolist(), sigma.tolist(), strict=True)]
    right = [Fraction(v) / Fraction(s) for v, s in zip(y.tolist(), sigma.tolist(), strict=True)]
    parameters, inverse = nist_linear.solve(rows, right)
    fit = fit_linear(design, y, sigma)
    np.testing.assert_array_max_ulp(fit.values, np.array([float(b) for b in parameters]), 1)
    np.testing.assert_allclose(fit.standard_errors, [float(v) ** 0.5 for v in inverse], rtol=1e-15)
    scatter = fit_linear(design, y, sigma, absolute_sigma=False)
    np.testing.assert_allclose(
        scatter.standard_errors, fit.standard_errors * np.sqrt(fit.chi_squared / fit.dof), rtol=1e-14
    )
    diagonal = fit_linear(design, y, np.diag(sigma**2))
    np.testing.assert_allclose(diagonal.values, fit.values, rtol=1e-14)


def test_a_covariance_matrix_of_the_data() -> None:
    random = np.random.default_rng(4)
    design, y, root = random.normal(size=(12, 3)), random.normal(size=12), random.normal(size=(12, 15))
    sigma = root @ root.T
    inverse = np.linalg.inv(sigma)
    fit = fit_linear(design, y, sigma)
    gram = np.linalg.inv(design.T @ inverse @ design)
    np.testing.assert_allclose(fit.values, gram @ design.T @ inverse @ y, rtol=1e-9)
    np.testing.assert_allclose(fit.covariance, gram, rtol=1e-9)


def test_far_from_the_origin() -> None:
    x = np.arange(2000.0, 2021.0)
    fit = fit_polynomial(x, (x - 2010.0) ** 3, 3)
    np.testing.assert_array_equal(fit.values, [-(2010.0**3), 3 * 2010.0**2, -6030.0, 1.0])
    np.testing.assert_allclose(fit.predict(2030.0), 8000.0, rtol=1e-13)
    np.testing.assert_allclose(fit.residuals, 0.0, atol=1e-25)


def test_remainders_carry_on() -> None:
    fit = fit_linear(np.array([[3.0], [0.0]]), [1.0, 0.0])
    assert Fraction(float(fit.values[0])) + Fraction(float(fit.remainder[0])) == pytest.approx(
        Fraction(1, 3), abs=1e-30
    )


# Rank


def test_dependent_columns_are_named() -> None:
    t = np.linspace(0.0, 1.0, 10)
    design = {"a": t, "b": 1.0 - t, "constant": np.ones(10)}
    with pytest.warns(RuntimeWarning, match=r"do not determine a \+ b - constant"):
        fit = fit_linear(design, 2.0 + 3.0 * t)
    assert fit.rank == 2
    assert fit.reason is Reason.RANK_DEFICIENT
    assert np.isinf(fit.standard_errors).all()
    np.testing.assert_allclose(
        fit.values, np.linalg.lstsq(np.stack(list(design.values()), 1), 2 + 3 * t)[0], rtol=1e-13
    )
    np.testing.assert_allclose(fit.predict(design), 2.0 + 3.0 * t, rtol=1e-13)


def test_only_those_in_the_combination_are_undetermined() -> None:
    random = np.random.default_rng(5)
    design = random.normal(size=(20, 4))
    design[:, 3] = 2.0 * design[:, 1]
    with pytest.warns(RuntimeWarning, match="do not determine"):
        fit = fit_linear(design, random.normal(size=20))
    assert np.isinf(fit.standard_errors).tolist() == [False, True, False, True]


def test_nearly_dependent_columns_are_not_dropped() -> None:
    t = np.linspace(0.0, 1.0, 10)
    columns = np.stack([t, t + 2.0**-30 * t**2], axis=1)
    exact, _ = nist_linear.solve(columns.tolist(), (t**3).tolist())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_linear(columns, t**3)
    np.testing.assert_array_max_ulp(fit.values, np.array([float(b) for b in exact]), 1)


# Ridge


def test_ridge_is_exact() -> None:
    columns, y = np.vander(np.arange(1.0, 8.0), 4), np.arange(7.0) ** 2
    rows = [*columns.tolist(), *(0.5 * np.eye(4)).tolist()]
    exact, _ = nist_linear.solve(rows, [*y.tolist(), 0.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_max_ulp(fit_linear(columns, y, ridge=0.25).values, np.array([float(b) for b in exact]), 1)


def test_ridge_leaves_the_intercept_alone() -> None:
    random = np.random.default_rng(6)
    x, y = random.normal(size=(20, 2)), random.normal(size=20) + 100.0
    alone = fit_linear(x, y, ridge=3.0, intercept=True)
    np.testing.assert_allclose(alone.values, fit_linear(x, y, ridge=[0, 3, 3], intercept=True).values, rtol=1e-15)
    centred = fit_linear(x - x.mean(axis=0), y - y.mean(), ridge=3.0)
    np.testing.assert_allclose(alone.values[1:], centred.values, rtol=1e-12)
    slope = grad(lambda ridge: fit_linear(x, y, ridge=ridge, intercept=True).values[1])(3.0)
    up, down = (fit_linear(x, y, ridge=r, intercept=True).values[1] for r in (3.001, 2.999))
    np.testing.assert_allclose(slope, (up - down) / 0.002, rtol=1e-6)


def test_ridge_needs_no_more_data_than_parameters() -> None:
    fit = fit_linear(np.ones((2, 3)), [1.0, 1.0], ridge=1.0)
    np.testing.assert_allclose(fit.values, 2.0 / 7.0, rtol=1e-15)
    assert np.isfinite(fit.standard_errors).all()


# The rest of the result


def test_it_is_what_curve_fit_finds() -> None:
    random = np.random.default_rng(7)
    t, sigma = np.linspace(0.0, 2.0, 15), random.uniform(0.5, 2.0, 15)
    y = 1.0 + 2.0 * t - t**2 + random.normal(size=15)
    fit = fit_polynomial(t, y, 2, sigma)
    other = curve_fit(lambda t, c0, c1, c2: c0 + c1 * t + c2 * t**2, t, y, (1.0, 1.0, 1.0), sigma)
    np.testing.assert_allclose(fit.values, other.values, rtol=1e-10)
    np.testing.assert_allclose(fit.covariance, other.covariance, rtol=1e-8)
    for name in ("chi_squared", "p_value", "r_squared", "aic", "bic", "dof"):
        np.testing.assert_allclose(getattr(fit, name), getattr(other, name), rtol=1e-10)
    np.testing.assert_allclose(fit.predict(t, return_std=True), other.predict(t, return_std=True), rtol=1e-8)
    np.testing.assert_allclose(fit.influence().leverage, other.influence().leverage, rtol=1e-8)
    found, wanted = (list(each.confidence_interval(0.9).values()) for each in (fit, other))
    np.testing.assert_allclose(found, wanted, rtol=1e-7)
    np.testing.assert_allclose(list(fit.confidence_interval(0.9, "profile").values()), found)


def test_predictions_from_columns_by_name() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"dose": [0.0, 1.0, 2.0, 4.0], "age": [30.0, 25.0, 41.0, 33.0]})
    fit = fit_linear(frame, 1.0 + frame["dose"] + 0.5 * frame["age"], intercept=True)
    assert fit.names == ("intercept", "dose", "age")
    np.testing.assert_allclose(fit.predict(frame[["age", "dose"]]), 1.0 + frame["dose"] + 0.5 * frame["age"])
    with pytest.raises(StructureError, match="no column 'age'"):
        fit.predict({"dose": [1.0]})
    with pytest.raises(ShapeError, match="2 columns are needed"):
        fit.predict(np.ones((3, 3)))


def test_the_bootstrap_spreads_as_the_covariance_does() -> None:
    random = np.random.default_rng(8)
    t = np.linspace(0.0, 1.0, 200)
    fit = fit_polynomial(t, t + 0.1 * random.normal(size=200), 1)
    spread = np.cov(fit.bootstrap(4000).T)
    np.testing.assert_allclose(spread, fit.covariance, rtol=0.15)


def test_missing_rows_are_left_out() -> None:
    design, y = np.vander(np.arange(6.0), 2), np.array([1.0, 2.0, np.nan, 5.0, 3.0, 9.0])
    design[4, 0] = np.nan
    there = [0, 1, 3, 5]
    fit = fit_linear(design, y, np.arange(1.0, 7.0), nan_policy="omit")
    wanted = fit_linear(design[there], y[there], np.arange(1.0, 7.0)[there])
    np.testing.assert_array_equal(fit.values, wanted.values)
    masked = np.ma.array([1.0, 2.0, 7.0, 5.0], mask=[False, False, True, False])
    assert fit_linear(design[:4], masked).n_data == 3


def test_results_can_be_pickled() -> None:
    fit = fit_linear(np.vander(np.arange(6.0), 2), np.arange(6.0) ** 2)
    loaded = pickle.loads(pickle.dumps(fit))
    np.testing.assert_array_equal(loaded.values, fit.values)
    np.testing.assert_array_equal(loaded.predict([[2.0, 1.0]]), fit.predict([[2.0, 1.0]]))


# Gradients through the fit


def test_gradients_through_a_fit() -> None:
    random = np.random.default_rng(9)
    design, y, sigma = random.normal(size=(8, 3)), random.normal(size=8), random.uniform(0.5, 2.0, 8)

    def by_hand(design: Any, y: Any, sigma: Any) -> Any:
        columns, right = design / sigma[:, None], y / sigma
        return np.linalg.solve(columns.T @ columns, columns.T @ right)

    for position in range(3):
        found = jacobian(lambda *given: fit_linear(*given).values, argnums=position)(design, y, sigma)
        np.testing.assert_allclose(found, jacobian(by_hand, argnums=position)(design, y, sigma), rtol=1e-8, atol=1e-10)
    x = np.linspace(0.0, 1.0, 8)
    found = jacobian(lambda x: fit_polynomial(x, y, 2).values)(x)
    np.testing.assert_allclose(
        found, jacobian(lambda x: by_hand(np.stack([x**0, x, x**2], 1), y, np.ones(8)))(x), rtol=1e-7
    )
    alike = grad(lambda y: fit_linear(design, y, np.eye(8)).values[0])(y)
    np.testing.assert_allclose(alike, grad(lambda y: fit_linear(design, y, np.ones(8)).values[0])(y), rtol=1e-12)
    with pytest.raises(NotDifferentiableError, match="not determined"):
        grad(lambda y: fit_linear(design[:, [0, 0]], y).values[0])(y)


# Bad input

X, Y = np.arange(12.0).reshape(6, 2) ** 0.5, np.arange(6.0)
LINEAR: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "lengths": ({"design": X[:4]}, ShapeError, "the design has 4 rows, and y has 6"),
    "one axis": ({"design": X[:, 0]}, ShapeError, r"design\[:, None\]"),
    "NaN": ({"design": np.where(X[2, 1] == X, np.nan, X)}, StructureError, r"design\[2, 1\] is nan"),
    "infinite": ({"design": np.where(X[2, 1] == X, np.inf, X)}, StructureError, r"design\[2, 1\] is inf"),
    "words": ({"design": [["a", "b"]] * 6}, DtypeError, "the design is of dtype"),
    "complex": ({"design": X + 1j}, DtypeError, "complex"),
    "NaN in y": ({"y": [0, 1, 2, np.nan, 4, 5]}, StructureError, r"y\[3\] is NaN"),
    "y of two axes": ({"y": X}, ShapeError, "single axis"),
    "zero sigma": ({"sigma": 0.0}, StructureError, "sigma is 0"),
    "one zero sigma": ({"sigma": [1, 1, 0, 1, 1, 1]}, StructureError, r"sigma\[2\] is 0"),
    "negative sigma": ({"sigma": [1, 1, 1, 1, -1, 1]}, StructureError, r"sigma\[4\] is -1"),
    "sigma's shape": ({"sigma": [1, 1]}, ShapeError, r"sigma has shape \(2,\)"),
    "too few": ({"design": X[:1], "y": Y[:1]}, ShapeError, "1 value.* 2 parameters .*b0, b1"),
    "ridge": ({"ridge": -1.0}, StructureError, "ridge is -1"),
    "ridges": ({"ridge": [1.0, 1.0, 1.0]}, ShapeError, r"ridge has shape \(3,\)"),
    "names": ({"names": ["a", "a"]}, StructureError, "2 different names"),
    "intercept twice": ({"names": ["a", "intercept"], "intercept": True}, StructureError, "already"),
    "no x": ({"design": [np.sin]}, StructureError, "x, which they take, is not given"),
    "x too much": ({"x": Y}, StructureError, "x is what functions take"),
    "no function": ({"design": [np.sin, 3.0], "x": Y}, StructureError, "3.0 as 'b1'"),
    "outside": ({"design": [np.log], "x": Y}, StructureError, r"'log' is -inf at x\[0\]"),
    "shape of a function": ({"design": [lambda x: x[:2]], "x": Y}, ShapeError, r"shape \(2,\)"),
    "words of a function": ({"design": [lambda x: "one"], "x": Y}, StructureError, "not numbers"),
    "policy": ({"nan_policy": "drop"}, StructureError, "nan_policy='drop'"),
}  # fmt: skip


@pytest.mark.parametrize("name", LINEAR)
def test_bad_input(name: str) -> None:
    changed, kind, words = LINEAR[name]
    with pytest.raises(kind, match=words):
        fit_linear(**{"design": X, "y": Y, **changed})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0, 1, 2], [0, 1, 2], 3), "3 different value"),
        (([0, 1, 1, 1], [0, 1, 2, 3], 2), "degree 1 at most, and degree=2"),
        (([0, 1, 2], [0, 1, 2], -1), "degree=-1"),
        (([0, 1, 2], [0, 1, 2], 1.5), "degree=1.5"),
        (([0, 1], [0, 1, 2], 1), r"x has shape \(2,\)"),
        (([0, np.inf, 2], [0, 1, 2], 1), r"x\[1\] is infinite"),
    ],
)
def test_bad_polynomials(arguments: Any, words: str) -> None:
    with pytest.raises((ShapeError, StructureError), match=words):
        fit_polynomial(*arguments)


# Double-double


def test_double_double_against_fractions() -> None:
    random = np.random.default_rng(10)

    def pairs() -> DoubleDouble:
        hi = random.normal(size=300) * 10.0 ** random.integers(-8, 8, 300)
        return DoubleDouble(hi) + DoubleDouble(random.normal(size=300) * 1e-17 * np.abs(hi))

    a, b = pairs(), pairs()
    for operation in ("__add__", "__sub__", "__mul__", "__truediv__"):
        found = getattr(a, operation)(b)
        for i in range(300):
            exact = getattr(a[i].fraction(), operation)(b[i].fraction())
            assert abs(found[i].fraction() - exact) <= abs(exact) * Fraction(1, 2**100)
    root = DoubleDouble(np.abs(a.hi)).sqrt()
    for i in range(300):
        assert abs(root[i].fraction() ** 2 / Fraction(abs(float(a.hi[i]))) - 1) <= Fraction(1, 2**99)


@pytest.mark.parametrize("shape", [(7, 3, 2), (3, 40, 4), (1, 1, 1), (5, 0, 2), (0, 3, 2)])
def test_products_of_matrices(shape: tuple[int, int, int]) -> None:
    random, (n, k, m) = np.random.default_rng(11), shape
    a, b = random.normal(size=(n, k)), random.normal(size=(k, m))
    found = DoubleDouble(a) @ DoubleDouble(b)
    assert found.shape == (n, m)
    for i in range(n):
        for j in range(m):
            exact = sum(Fraction(a[i, c]) * Fraction(b[c, j]) for c in range(k))
            assert abs(found[i, j].fraction() - exact) <= Fraction(1, 2**95)
