"""Regression estimators: scikit-learn's own checks, its numbers and better ones, and words for bad input."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from problems import nist_linear

from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.regression import curve_fit, fit_linear

pytest.importorskip("sklearn")

from sklearn import linear_model
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from autograd_lite.regression import (
    CurveFitRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegression,
    Ridge,
)


def plane(x: Any, offset: Any, slope: Any) -> Any:
    return offset + slope * (np.sum(x, axis=0) if x.ndim == 2 else x)


def decay(t: Any, amplitude: Any, rate: Any) -> Any:
    return amplitude * np.exp(-rate * t)


# scikit-learn's checks


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(
    [LinearRegression(), Ridge(), LogisticRegression(), PoissonRegression(), CurveFitRegressor(plane, p0=[0.0, 1.0])]
)
def test_scikit_learn_finds_nothing_wrong(estimator: Any, check: Any) -> None:
    check(estimator)


# The same numbers as scikit-learn


def diabetes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = load_diabetes(return_X_y=True)
    weight = np.random.default_rng(1).uniform(0, 3, len(x))
    weight[::10] = 0.0
    return x, y, weight


def cancer() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(x), y, np.random.default_rng(2).uniform(0, 3, len(x))


def counts() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    x = random.normal(size=(300, 4))
    return x, random.poisson(np.exp(0.4 * x @ [1.0, -1.0, 0.5, 0.0] + 1.0)), random.uniform(0, 3, 300)


def compare(ours: Any, theirs: Any, rtol: float) -> None:
    size = np.max(np.abs(theirs.coef_))
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=rtol * size)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=rtol, atol=rtol)
    assert ours.coef_.shape == theirs.coef_.shape
    assert np.shape(ours.intercept_) == np.shape(theirs.intercept_)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("alpha", [0.0, 0.3, 20.0])
def test_least_squares(intercept: bool, alpha: float) -> None:
    x, y, weight = diabetes()
    ours: Any = Ridge(alpha, fit_intercept=intercept) if alpha else LinearRegression(fit_intercept=intercept)
    theirs = linear_model.Ridge(alpha, fit_intercept=intercept, solver="svd")
    compare(ours.fit(x, y, weight), theirs.fit(x, y, weight), 1e-11)
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x), rtol=1e-11)
    np.testing.assert_allclose(ours.score(x, y), theirs.score(x, y), rtol=1e-11)
    both = np.stack([y, y[::-1]], axis=1)
    compare(ours.fit(x, both), theirs.fit(x, both), 1e-11)


def test_dependent_features_get_least_norm() -> None:
    x, y, _ = diabetes()
    wide = np.hstack([x, x[:, :2] + x[:, 2:4]])
    ours, theirs = LinearRegression().fit(wide, y), linear_model.LinearRegression().fit(wide, y)
    compare(ours, theirs, 1e-10)
    assert ours.rank_ == 10
    assert np.isinf(ours.coef_standard_errors_).tolist() == [i in (0, 1, 2, 3, 10, 11) for i in range(12)]
    assert np.isfinite(ours.intercept_standard_error_) == bool(np.all(wide.mean(axis=0) == 0.0))


@pytest.mark.parametrize("weights", [None, "balanced", {0: 1.0, 1: 3.0}])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("strength", [1e-3, 1.0, 1e3])
def test_logistic_regression(strength: float, intercept: bool, weights: Any) -> None:
    x, y, weight = cancer()
    options: dict[str, Any] = {"C": strength, "fit_intercept": intercept, "class_weight": weights}
    ours = LogisticRegression(**options).fit(x, y, weight)
    theirs = linear_model.LogisticRegression(**options, solver="newton-cholesky", tol=1e-13, max_iter=500)
    if weights == "balanced":  # scikit-learn 1.6 left sample_weight out of it
        shares = np.bincount(y, weight)
        theirs = theirs.set_params(class_weight=dict(enumerate(shares.sum() / (2 * shares))))
    compare(ours, theirs.fit(x, y, weight), 1e-9)
    np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x), rtol=1e-8, atol=1e-14)
    assert (ours.predict(x) == theirs.predict(x)).all()


@pytest.mark.parametrize("intercept", [True, False])
def test_multinomial_regression(intercept: bool) -> None:
    x, y = load_iris(return_X_y=True)
    labels = np.array(["setosa", "versicolor", "virginica"])[y]
    ours = LogisticRegression(2.0, fit_intercept=intercept).fit(x, labels)
    theirs = linear_model.LogisticRegression(
        C=2.0, fit_intercept=intercept, solver="newton-cg", tol=1e-13, max_iter=999
    ).fit(x, labels)
    compare(ours, theirs, 1e-9)
    np.testing.assert_allclose(ours.predict_log_proba(x), theirs.predict_log_proba(x), rtol=1e-8, atol=1e-12)
    assert ours.predict(x).tolist() == theirs.predict(x).tolist()


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("alpha", [0.0, 1e-2, 1.0])
def test_poisson_regression(alpha: float, intercept: bool) -> None:
    x, y, weight = counts()
    ours = PoissonRegression(alpha, fit_intercept=intercept).fit(x, y, weight)
    theirs = linear_model.PoissonRegressor(
        alpha=alpha, fit_intercept=intercept, solver="newton-cholesky", tol=1e-13, max_iter=500
    ).fit(x, y, weight)
    compare(ours, theirs, 1e-11)
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x), rtol=1e-11)
    np.testing.assert_allclose(ours.score(x, y, weight), theirs.score(x, y, weight), rtol=1e-11)


# Better numbers


def test_every_digit_of_badly_conditioned_features() -> None:
    problem = nist_linear.load("Longley")
    model = LinearRegression().fit(problem.columns[:, 1:], problem.y)
    np.testing.assert_allclose([model.intercept_, *model.coef_], problem.certified, rtol=1e-14)
    errors = [model.intercept_standard_error_, *model.coef_standard_errors_]
    np.testing.assert_allclose(errors, problem.certified_sd, rtol=1e-14)


def test_ridge_is_the_exact_solution() -> None:
    x, y = np.vander(np.arange(1.0, 9.0), 5)[:, :-1], np.arange(8.0) ** 2
    alpha = 2.0**-20
    below = np.hstack([np.zeros((4, 1)), np.diag(np.full(4, 2.0**-10))])
    rows = np.vstack([np.hstack([np.ones((8, 1)), x]), below])
    exact, _ = nist_linear.solve(rows.tolist(), [*y.tolist(), 0.0, 0.0, 0.0, 0.0])
    model = Ridge(alpha).fit(x, y)
    np.testing.assert_allclose([model.intercept_, *model.coef_], [float(b) for b in exact], rtol=1e-15)


def test_standard_errors_of_least_squares() -> None:
    x, y, weight = diabetes()
    there = weight > 0
    design = np.hstack([np.ones((len(x), 1)), x])[there]
    fit = fit_linear(design, y[there], 1.0 / np.sqrt(weight[there]), absolute_sigma=False)
    model = LinearRegression().fit(x, y, weight)
    np.testing.assert_allclose(model.coef_standard_errors_, fit.standard_errors[1:], rtol=1e-12)
    np.testing.assert_allclose(model.intercept_standard_error_, fit.standard_errors[0], rtol=1e-12)
    assert model.dof_ == pytest.approx(fit.dof, rel=1e-12)


def test_standard_errors_of_maximum_likelihood() -> None:
    x, y, _ = counts()
    design = np.hstack([x, np.ones((len(x), 1))])
    poisson = PoissonRegression(0.0).fit(x, y)
    rates = poisson.predict(x)
    information = design.T @ (rates[:, None] * design)
    found = [*poisson.coef_standard_errors_, poisson.intercept_standard_error_]
    np.testing.assert_allclose(found, np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-10)
    logistic = LogisticRegression(np.inf).fit(x, y > 2)
    chance = logistic.predict_proba(x)[:, 1]
    information = design.T @ ((chance * (1 - chance))[:, None] * design)
    found = [*logistic.coef_standard_errors_[0], logistic.intercept_standard_errors_[0]]
    np.testing.assert_allclose(found, np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-10)
    np.testing.assert_allclose(design.T @ (chance - (y > 2)), 0.0, atol=1e-12)


def test_classes_share_what_they_have_in_common() -> None:
    x, y = load_iris(return_X_y=True)
    several = LogisticRegression(0.5).fit(x, y)
    np.testing.assert_allclose(several.coef_.sum(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(several.intercept_.sum(), 0.0, atol=1e-12)
    np.testing.assert_allclose(several.predict_proba(x).sum(axis=1), 1.0, rtol=1e-13)


# Where there is no likeliest


@pytest.mark.parametrize("labels", [[0, 0, 1, 1], [0, 0, 1, 1, 0, 1]])
def test_classes_that_a_plane_separates(labels: list[int]) -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0, 1.5, 1.5])[: len(labels), None]  # the second with both classes on the plane
    with pytest.warns(ConvergenceWarning, match="rises for ever"):
        LogisticRegression(np.inf).fit(x, labels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LogisticRegression(1e6).fit(x, labels)


def test_counts_of_zero_for_a_group() -> None:
    x = np.array([[0.0], [0.0], [1.0], [1.0]])
    with pytest.warns(ConvergenceWarning, match="rises for ever"):
        PoissonRegression(0.0).fit(x, [3, 5, 0, 0])


def test_too_few_iterations() -> None:
    x, y, _ = cancer()
    with pytest.warns(ConvergenceWarning, match="3 iterations were not enough"):
        model = LogisticRegression(max_iter=3).fit(x, y)
    assert model.n_iter_ == 3


def test_a_tolerance_ends_early() -> None:
    x, y, _ = cancer()
    assert LogisticRegression(tol=1e-3).fit(x, y).n_iter_ < LogisticRegression().fit(x, y).n_iter_


def test_more_parameters_than_a_hessian_is_made_for() -> None:
    x = np.random.default_rng(5).normal(size=(40, 2001))
    y = x[:, 0] > 0
    model = LogisticRegression(0.01, tol=1e-8).fit(x, y)
    theirs = linear_model.LogisticRegression(C=0.01, tol=1e-10, max_iter=999).fit(x, y)
    compare(model, theirs, 1e-4)
    assert np.isnan(model.coef_standard_errors_).all()


# CurveFitRegressor


def test_a_model_of_ones_own() -> None:
    random, t = np.random.default_rng(4), np.linspace(0.0, 5.0, 30)
    y = decay(t, 3.0, 0.7) + 0.05 * random.normal(size=30)
    weight = random.uniform(0.5, 2.0, 30)
    model = CurveFitRegressor(decay, p0=[1.0, 1.0]).fit(t[:, None], y, weight)
    fit = curve_fit(decay, t, y, (1.0, 1.0), 1.0 / np.sqrt(weight), absolute_sigma=False)
    np.testing.assert_allclose(model.coef_, fit.values, rtol=1e-12)
    np.testing.assert_allclose(model.covariance_, fit.covariance, rtol=1e-9)
    values, errors = model.predict(t[:, None], return_std=True)
    wanted = fit.predict(t, return_std=True)
    np.testing.assert_allclose(values, wanted[0], rtol=1e-12)
    np.testing.assert_allclose(errors, wanted[1], rtol=1e-9)
    assert list(model.parameters_) == ["amplitude", "rate"]
    assert model.n_features_in_ == 1


def test_several_features_are_rows() -> None:
    x = np.random.default_rng(5).normal(size=(20, 2))

    def model(x: Any, a: Any, b: Any) -> Any:
        first, second = x
        return a * first + b * np.exp(second)

    found = CurveFitRegressor(model, p0=[1.0, 1.0]).fit(x, 2.0 * x[:, 0] - 3.0 * np.exp(x[:, 1]))
    np.testing.assert_allclose(found.coef_, [2.0, -3.0], rtol=1e-12)


# Inside scikit-learn


def test_pipelines_grids_and_cross_validation() -> None:
    x, y, _ = diabetes()
    ours = GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 10.0, 1e3]}).fit(x, y)
    theirs = GridSearchCV(
        make_pipeline(StandardScaler(), linear_model.Ridge()), {"ridge__alpha": [0.1, 10.0, 1e3]}
    ).fit(x, y)
    assert ours.best_params_ == theirs.best_params_
    np.testing.assert_allclose(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], rtol=1e-9)
    x, y, _ = cancer()
    found = cross_val_score(LogisticRegression(), x, y)
    np.testing.assert_allclose(found, cross_val_score(linear_model.LogisticRegression(tol=1e-8), x, y), rtol=1e-9)
    x, y, _ = counts()
    assert cross_val_score(PoissonRegression(0.1), x, y).shape == (5,)
    t = np.linspace(0.0, 5.0, 30)[:, None]
    grid = GridSearchCV(
        CurveFitRegressor(decay, p0=[1.0, 1.0]), {"loss": ["linear", "huber"], "p0": [[1.0, 1.0], [2.0, 0.5]]}
    )
    assert grid.fit(t, decay(t[:, 0], 3.0, 0.7)).best_score_ == pytest.approx(1.0)


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(),
        Ridge(2.0),
        LogisticRegression(3.0),
        PoissonRegression(0.5),
        CurveFitRegressor(plane, p0=[0.0, 1.0]),
    ],
    ids=lambda model: type(model).__name__,
)
def test_clones_and_pickles(model: Any) -> None:
    x = np.random.default_rng(5).normal(size=(30, 2))
    y = np.random.default_rng(5).integers(0, 3, 30)
    fitted = clone(model).fit(x, y)
    with pytest.raises(NotFittedError):
        clone(fitted).predict(x)
    assert clone(fitted).get_params() == fitted.get_params()
    loaded = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(loaded.predict(x), fitted.predict(x))


def test_names_of_columns() -> None:
    pandas = pytest.importorskip("pandas")
    x = pandas.DataFrame(np.random.default_rng(5).normal(size=(30, 2)), columns=["dose", "age"])
    model = LinearRegression().fit(x, x["dose"] + 2 * x["age"])
    assert model.feature_names_in_.tolist() == ["dose", "age"]
    with pytest.raises(ValueError, match="feature names"):
        model.predict(x[["age", "dose"]])


def test_only_who_asks_for_estimators_needs_scikit_learn() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from autograd_lite.regression import *\n"
        "try:\n    from autograd_lite.regression import Ridge\n"
        "except ImportError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'autograd_lite[data]'" in done.stdout


# Bad input


BAD: dict[str, tuple[Any, dict[str, Any], str]] = {
    "alpha": (Ridge(-1.0), {}, r"Ridge\(alpha=-1.0\)"),
    "infinite alpha": (Ridge(np.inf), {}, "finite"),
    "alpha of words": (PoissonRegression("1"), {}, "alpha='1'"),  # pyright: ignore[reportArgumentType]
    "C": (LogisticRegression(0.0), {}, r"LogisticRegression\(C=0.0\)"),
    "NaN": (LogisticRegression(np.nan), {}, "C=nan"),
    "negative counts": (PoissonRegression(), {"y": [0.0, 1.0, -2.0, 1.0]}, r"y\[2\] is -2.0"),
    "no counts": (PoissonRegression(), {"y": [0.0, 0.0, 0.0, 0.0]}, "all of y is 0"),
    "one class": (LogisticRegression(), {"y": [1, 1, 1, 1]}, "one class only"),
    "one class that counts": (LogisticRegression(), {"sample_weight": [1.0, 1.0, 0.0, 0.0]}, "one class only"),
    "weights": (Ridge(), {"sample_weight": [1.0, 1.0, -1.0, 1.0]}, "none negative"),
    "NaN in X": (LinearRegression(), {"X": [[0.0], [np.nan], [2.0], [3.0]]}, "NaN"),
    "lengths": (LinearRegression(), {"y": [0.0, 1.0]}, "inconsistent numbers of samples"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    model, changed, words = BAD[name]
    given: dict[str, Any] = {"X": [[0.0], [1.0], [2.0], [3.0]], "y": [0, 0, 1, 1], **changed}
    with pytest.raises(ValueError, match=words):
        model.fit(**given)


def test_bad_shapes() -> None:
    x, y = np.zeros((4, 1)), np.array([0, 0, 1, 1])
    with pytest.raises(ShapeError, match="sample_weight"):
        LogisticRegression().fit(x, y, sample_weight=np.ones(3))
    with pytest.raises(StructureError, match="method"):
        CurveFitRegressor(plane, p0=[0.0, 1.0], method="magic").fit(np.arange(4.0)[:, None], y)
