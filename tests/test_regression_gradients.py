"""Derivatives of all that a fit says: covariance, criteria, bands and the rest, against refits of moved data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.regression import curve_fit, fit_line, fit_linear, fit_polynomial

RANDOM = np.random.default_rng(0)
T = np.linspace(0.0, 8.0, 25)
SIGMA = RANDOM.uniform(0.1, 0.3, 25)
Y = 2.5 * np.exp(-0.8 * T) + 0.6 + SIGMA * RANDOM.normal(size=25)
COLUMNS = RANDOM.normal(size=(25, 3))
MATRIX = np.diag(SIGMA**2) + 0.1 * np.outer(SIGMA, SIGMA) * np.exp(-np.abs(np.subtract.outer(T, T)))
WEIGHTS = RANDOM.normal(size=25)


def decay(t: Any, a: Any, b: Any, c: Any) -> Any:
    return a * np.exp(-b * t) + c


def decayed(x: Any = T, y: Any = Y, sigma: Any = SIGMA, **options: Any) -> Any:
    return curve_fit(decay, x, y, (1, 1, 1), sigma, **options)


def half(y: Any) -> Any:
    return np.concatenate([y[:-1], np.full(1, np.nan)])


SAID: dict[str, Callable[[Any], Any]] = {
    "chi_squared": lambda fit: fit.chi_squared,
    "reduced_chi_squared": lambda fit: fit.reduced_chi_squared,
    "residuals": lambda fit: fit.residuals @ WEIGHTS[: fit.n_data],
    "r_squared": lambda fit: fit.r_squared,
    "log_likelihood": lambda fit: fit.log_likelihood,
    "aic": lambda fit: fit.aic,
    "bic": lambda fit: fit.bic,
    "variance": lambda fit: 1.0 * fit.variance,
    "covariance": lambda fit: fit.covariance[0, 1],
    "correlation": lambda fit: fit.correlation[0, 1],
    "standard_errors": lambda fit: fit.standard_errors[1],
    "by name": lambda fit: fit.parameters[1].standard_error,
    "error of a prediction": lambda fit: fit.predict(return_std=True)[1][3],
    "confidence band": lambda fit: fit.confidence_band()[1][2],
    "prediction band": lambda fit: fit.prediction_band()[0][2],
    "interval": lambda fit: fit.confidence_interval()[fit.names[1]][0],
}

FITS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "y": (lambda y: decayed(y=y), Y),
    "y without sigma": (lambda y: decayed(y=y, sigma=None), Y),
    "x": (lambda x: decayed(x), T),
    "sigma": (lambda s: decayed(sigma=s), SIGMA),
    "sigma as weights": (lambda s: decayed(sigma=s, absolute_sigma=False), SIGMA),
    "one sigma": (lambda s: decayed(sigma=s), 0.2),
    "covariance": (lambda m: decayed(sigma=(m + m.T) / 2), MATRIX),
    "missing": (lambda y: decayed(y=half(y), nan_policy="omit"), Y),
    "a fixed parameter": (lambda c: decayed(fixed={"c": c}), 0.6),
    "what the model reads": (lambda c: curve_fit(lambda t, a, b: decay(t, a, b, c), T, Y, (1, 1)), 0.6),
    "huber": (lambda y: decayed(y=y, loss="huber", loss_scale=0.8), Y),
    "soft_l1": (lambda y: decayed(y=y, loss="soft_l1", loss_scale=0.8), Y),
    "design": (lambda d: fit_linear(d, Y, SIGMA, absolute_sigma=False, intercept=True), COLUMNS),
    "columns by name": (lambda a: fit_linear({"a": a, "b": COLUMNS[:, 1]}, Y), COLUMNS[:, 0]),
    "linear, y": (lambda y: fit_linear(COLUMNS, y, SIGMA), Y),
    "linear, missing": (lambda y: fit_linear(COLUMNS, half(y), SIGMA, nan_policy="omit"), Y),
    "linear, covariance": (lambda m: fit_linear(COLUMNS, Y, (m + m.T) / 2), MATRIX),
    "ridge": (lambda ridge: fit_linear(COLUMNS, Y, ridge=ridge), 2.0),
    "ridge, y": (lambda y: fit_linear(COLUMNS, y, SIGMA, ridge=30.0), Y),
    "functions": (lambda x: fit_linear({"one": np.ones_like, "wave": np.sin}, Y, x=x), T),
    "what a function reads": (lambda c: fit_linear([np.ones_like, lambda x: np.sin(c * x)], Y, x=T), 0.4),
    "polynomial": (lambda x: fit_polynomial(x, Y, 3, SIGMA), T),
    "line": (lambda x: fit_line(x, Y, SIGMA, absolute_sigma=False), T),
    "line, missing": (lambda y: fit_line(T, half(y), nan_policy="omit"), Y),
}


def difference(function: Callable[[Any], Any], start: np.ndarray, index: tuple[int, ...], size: float) -> float:
    """Return the central difference of fourth order."""
    step = np.zeros(start.shape)
    step[index] = size
    near = function(start + step) - function(start - step)
    far = function(start + 2 * step) - function(start - 2 * step)
    return float(8 * near - far) / (12 * size)


@pytest.mark.parametrize("name", FITS)
def test_what_a_fit_says_has_exact_derivatives(name: str) -> None:
    fit, start = FITS[name]
    start = np.asarray(start)
    index = (3,) * start.ndim if start.shape != COLUMNS.shape else (3, 1)
    size = 3e-4 * (0.03 if start.shape == MATRIX.shape else 1.0)
    for what, said in SAID.items():
        value, gradient = ag.value_and_grad(lambda given, said=said: said(fit(given)))(start)
        np.testing.assert_allclose(value, said(fit(start)), rtol=1e-11, err_msg=what)
        expected = difference(lambda given, said=said: said(fit(given)), start, index, size)
        np.testing.assert_allclose(np.asarray(gradient)[index], expected, rtol=1e-5, atol=1e-9, err_msg=what)


@pytest.mark.parametrize("name", ["sigma", "linear, y"])
def test_probabilities_have_derivatives(name: str) -> None:
    fit, start = FITS[name]
    gradient = ag.grad(lambda given: fit(given).p_value)(start)
    expected = difference(lambda given: fit(given).p_value, start, (3,), 1e-3)
    np.testing.assert_allclose(gradient[3], expected, rtol=1e-4, atol=1e-30)


def test_the_penalty_moves_the_degrees_of_freedom() -> None:
    fit, start = FITS["ridge"]
    gradient = ag.grad(lambda ridge: fit(ridge).dof)(start)
    np.testing.assert_allclose(gradient, difference(lambda r: fit(r).dof, np.asarray(start), (), 1e-3), rtol=1e-8)
    assert gradient > 0.0
    at_zero = ag.grad(lambda ridge: fit_linear(COLUMNS, Y, ridge=np.stack([ridge, 1.0, 1.0])).covariance[0, 0])(0.0)
    ahead = fit_linear(COLUMNS, Y, ridge=[1e-5, 1, 1]).covariance[0, 0]
    np.testing.assert_allclose(at_zero, (ahead - fit_linear(COLUMNS, Y, ridge=[0, 1, 1]).covariance[0, 0]) / 1e-5, 1e-4)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("a fixed parameter", "covariance"),
        ("a fixed parameter", "chi_squared"),
        ("what the model reads", "standard_errors"),
        ("what the model reads", "error of a prediction"),
        ("ridge", "prediction band"),
        ("what a function reads", "bic"),
    ],
)
def test_second_derivatives(name: str, what: str) -> None:
    fit, start = FITS[name]
    gradient = ag.grad(lambda given: SAID[what](fit(given)))
    second = ag.grad(gradient)(start)
    np.testing.assert_allclose(second, difference(gradient, np.asarray(start), (), 1e-3), rtol=1e-6)


def test_forward_mode_and_jacobians_agree() -> None:
    fit, start = FITS["a fixed parameter"]
    tangent = ag.jvp(lambda c: fit(c).covariance, (start,), (1.0,))[1]
    np.testing.assert_allclose(tangent, ag.jacobian(lambda c: fit(c).covariance)(start), rtol=1e-10)
    # The residuals of a linear fit are (1 - H) y.
    hat = COLUMNS @ np.linalg.pinv(COLUMNS)
    found = ag.jacobian(lambda y: fit_linear(COLUMNS, y).residuals)(Y)
    np.testing.assert_allclose(found, np.eye(25) - hat, atol=1e-12)
    np.testing.assert_allclose(ag.jacobian(lambda y: fit_line(T, y).covariance)(Y).shape, (2, 2, 25))


def held(y: Any) -> Any:
    return curve_fit(decay, T, y, (1, 0.5, 0.5), bounds={"b": (0.0, 0.6)})


def test_what_a_bound_holds_has_no_derivative_and_the_others_have() -> None:
    for said in (
        lambda fit: fit.covariance[0, 2],
        lambda fit: fit.parameters["a"].standard_error,
        lambda fit: fit.correlation[0, 2],
        lambda fit: fit.predict(return_std=True)[1][2],
    ):
        gradient = ag.grad(lambda y, said=said: said(held(y)))(Y)
        expected = difference(lambda y, said=said: said(held(y)), Y, (3,), 1e-4)
        np.testing.assert_allclose(gradient[3], expected, rtol=1e-6, atol=1e-9)
    for said in (lambda fit: fit.covariance[0, 1], lambda fit: fit.parameters["b"].standard_error):
        assert np.isnan(said(held(Y)))
        with pytest.raises(NotDifferentiableError, match="is nan: a bound holds"):
            ag.grad(lambda y, said=said: said(held(y)))(Y)


def exact(y: Any) -> Any:
    return fit_line(T[:2], y)


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "p without units": (lambda y: fit_line(T, y).p_value, "p_value is nan"),
    "variance without data": (lambda y: exact(y[:2]).variance, "variance is inf"),
    "errors without data": (lambda y: exact(y[:2]).slope_error, "standard_errors is inf"),
    "reduced without data": (lambda y: exact(y[:2]).reduced_chi_squared, "reduced_chi_squared is nan"),
    "profile": (lambda y: decayed(y=y).confidence_interval(method="profile")["a"][0], "interval by profile"),
    "bootstrap": (lambda y: np.sum(fit_line(T, y).bootstrap(3)), "bootstrap"),
    "curve's bootstrap": (lambda y: np.sum(decayed(y=y).bootstrap(3)), "bootstrap"),
    "points of a profile": (lambda y: decayed(y=y).profile("a", 3)[1][0], "profile"),
    "errors of x": (lambda y: fit_line(T, y, SIGMA, SIGMA).chi_squared, "errors of x"),
    "fixed by its start": (
        lambda y: curve_fit(decay, T, Y, {"a": 1, "b": 1, "c": y[0]}, fixed=["c"]).chi_squared,
        "give it as fixed",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_derivative_is_silently_zero(name: str) -> None:
    function, words = REFUSED[name]
    with pytest.raises(NotDifferentiableError, match=words):
        ag.grad(function)(Y)


def test_reports_of_a_fit_that_is_being_differentiated_are_plain() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")

    def reported(y: Any) -> Any:
        for fit, plain in ((decayed(y=y), decayed()), (fit_line(T, y, SIGMA), fit_line(T, Y, SIGMA))):
            assert repr(fit) == repr(plain)
            assert fit.summary() == plain.summary()
            assert fit._repr_html_() == plain._repr_html_()
            assert fit.to_json() == plain.to_json()
            assert str(fit.parameters) == str(plain.parameters)
            assert fit.confidence_interval(method="bootstrap", n_bootstrap=3).keys() == set(fit.names)
            np.testing.assert_array_equal(fit.influence().leverage, plain.influence().leverage)
            assert fit.curvature() == plain.curvature()
            assert fit.identifiability() == plain.identifiability()
            assert type(fit.plain.chi_squared) is float
            assert fit.plain.plain is fit.plain
            assert len(fit.plot()) == 2
            assert len(fit.plot_profile(fit.names[0])) == 1
            assert fit.plot_corner(n_bootstrap=3) is not None
        values, covariance = decayed(y=y)
        return values[0] + covariance[0, 0]

    assert np.all(np.isfinite(ag.grad(reported)(Y)))
    pyplot.close("all")


PLAIN_FITS = {
    "curve": (decayed(), 1.5),
    "errors of x": (fit_line(T, Y, SIGMA, SIGMA), 1.5),
    "polynomial": (fit_polynomial(T, Y, 3), 1.5),
    "design": (fit_linear(COLUMNS, Y, intercept=True), np.array([1.0, -2.0, 0.5])),
}


@pytest.mark.parametrize("name", PLAIN_FITS)
@pytest.mark.parametrize("part", [0, 1])
def test_predictions_have_derivatives_by_their_place(name: str, part: int) -> None:
    fit, place = PLAIN_FITS[name]
    place = np.asarray(place)
    index = (1,) * place.ndim
    for function in (lambda x: fit.predict(x, return_std=True)[part], lambda x: fit.confidence_band(x)[part]):
        expected = difference(function, place, index, 1e-3)
        np.testing.assert_allclose(np.asarray(ag.grad(function)(place))[index], expected, rtol=1e-7)


def test_what_nobody_differentiates_is_plain() -> None:
    fit = decayed()
    assert fit.followed is None
    assert fit.plain is fit
    assert {type(each) for each in (fit.chi_squared, fit.aic, fit.p_value, fit.variance)} == {float}
    assert type(fit.covariance) is np.ndarray


def test_ill_conditioned_columns_keep_what_digits_there_are_or_say_so() -> None:
    x = np.linspace(-9.0, -3.0, 60)
    y = np.sin(x) + 0.01 * np.cos(37.0 * x)
    gradient = ag.grad(lambda y: fit_polynomial(x, y, 9).covariance[1, 2])(y)
    expected = difference(lambda y: fit_polynomial(x, y, 9).covariance[1, 2], y, (7,), 1e-3)
    np.testing.assert_allclose(gradient[7], expected, rtol=1e-6)
    with pytest.raises(NotDifferentiableError, match="no digits"):
        ag.grad(lambda y: fit_polynomial(x, y, 18).covariance[1, 2])(y)
