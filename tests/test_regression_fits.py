"""What a fit says about itself: errors, intervals, bands, curvature, identifiability, influence, reports, pictures."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.stats

import autograd_lite as ag
from autograd_lite.errors import NotDifferentiableError, ShapeError, StructureError
from autograd_lite.regression import curve_fit
from autograd_lite.regression.parameters import with_error

T = np.linspace(0.0, 10.0, 25)
TRUE = np.array([5.0, 0.7, 1.0])
NOISE = 0.1 * np.random.default_rng(3).normal(size=25)
SIGMA = 0.08 + 0.004 * np.arange(25)


def decay(t: Any, a: Any, b: Any, c: Any) -> Any:
    return a * np.exp(-b * t) + c


def line(x: Any, a: Any, b: Any) -> Any:
    return a + b * x


Y = decay(T, *TRUE) + NOISE
FIT = curve_fit(decay, T, Y, (1, 1, 1))
LINE = curve_fit(line, T, Y, (0, 0))
DESIGN = np.stack([np.ones(25), T], axis=1)

# Standard errors


@pytest.mark.parametrize("kind", ["none", "absolute", "relative", "matrix"])
def test_standard_errors_are_scipys(kind: str) -> None:
    matrix = np.diag(SIGMA**2) + 0.2 * np.diag(SIGMA[1:] * SIGMA[:-1], 1) + 0.2 * np.diag(SIGMA[1:] * SIGMA[:-1], -1)
    sigma = {"none": None, "absolute": SIGMA, "relative": SIGMA, "matrix": matrix}[kind]
    absolute = kind in ("absolute", "matrix")
    fit = curve_fit(decay, T, Y, (1, 1, 1), sigma=sigma, absolute_sigma=None if absolute else False)

    def jacobian(t: Any, *p: Any) -> Any:
        return ag.jacobian(lambda q: decay(t, *q))(np.array(p, float))

    values, covariance = scipy.optimize.curve_fit(
        decay, T, Y, (1, 1, 1), sigma, absolute, jac=jacobian, ftol=1e-14, xtol=1e-14, gtol=1e-14
    )
    np.testing.assert_allclose(fit.values, values, rtol=1e-7)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-6)
    assert fit.absolute_sigma is absolute
    assert np.isclose(math.sqrt(fit.covariance[0, 0]), fit.parameters["a"].standard_error)


def test_a_true_parameter_of_zero() -> None:
    x = np.arange(1.0, 11.0)
    noise = 0.1 * np.array([1, -1, -1, 1, 1, -1, -1, 1, 0.5, -0.5])
    design = np.stack([np.ones(10), x**2], axis=1)
    noise -= design @ np.linalg.lstsq(design, noise)[0]
    for start in ((0.0, 1.0), (1.0, 1.0)):
        fit = curve_fit(lambda x, a, b: a + b * x**2, x, 2.0 * x**2 + noise, start)
        expected = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * (noise @ noise) / 8)
        assert abs(fit.values[0]) < 1e-12
        np.testing.assert_allclose(fit.standard_errors, expected, rtol=1e-9)


EXACT: dict[str, tuple[Any, tuple[float, ...]]] = {
    "a zero": (lambda x, a, b: a + b * x**2, (0.0, 2.0)),
    "no offset": (decay, (2.0, 0.5, 0.0)),
    "no phase": (lambda x, a, w, p: a * np.sin(w * x + p), (2.0, 0.9, 0.0)),
    "vector": (lambda x, p: p[0] + p[1] * x + p[2] * x**2, (0.0, 1.0, 1e-9)),
}


@pytest.mark.parametrize("scale", [1.0, 1e100])
@pytest.mark.parametrize("name", EXACT)
def test_data_without_noise(name: str, scale: float) -> None:
    model, true = EXACT[name]

    def scaled(x: Any, p: Any) -> Any:
        return scale * (model(x, p) if name == "vector" else model(x, *p))

    fit = curve_fit(scaled, T / 3.0, scaled(T / 3.0, np.array(true)), np.array(true) * 1.1 + 0.1)
    assert fit.converged
    assert fit.evaluations.value < 30
    np.testing.assert_allclose(fit.values, true, rtol=1e-12, atol=1e-14)


def test_without_degrees_of_freedom() -> None:
    fit = curve_fit(line, T[:2], Y[:2], (0, 0))
    assert fit.dof == 0
    assert np.all(np.isinf(fit.standard_errors))
    assert math.isnan(fit.reduced_chi_squared)
    assert "No data are left" in fit.summary()
    assert "not determined" not in fit.summary()
    known = curve_fit(line, T[:2], Y[:2], (0, 0), sigma=0.1)
    assert np.all(np.isfinite(known.standard_errors))


def coverage(model: Any, x: np.ndarray, true: tuple[float, ...], noise: float, count: int, **options: Any) -> Any:
    generator = np.random.default_rng(11)
    clean, inside = model(x, *true), np.zeros(len(true))
    for _ in range(count):
        fit = curve_fit(model, x, clean + noise * generator.normal(size=x.size), true, **options)
        low, high = np.array(list(fit.confidence_interval().values())).T
        inside += (low <= true) & (np.array(true) <= high)
    return inside / count


COVERED: dict[str, tuple[Any, tuple[float, ...], float, dict[str, Any]]] = {
    "line": (line, (1.0, 2.0), 0.3, {}),
    "decay": (lambda x, a, b: a * np.exp(-b * x), (5.0, 0.4), 0.2, {}),
    "known sigma": (lambda x, a, b: a * np.exp(-b * x), (5.0, 0.4), 0.2, {"sigma": 0.2}),
}


@pytest.mark.parametrize("name", COVERED)
def test_intervals_cover(name: str) -> None:
    model, true, noise, options = COVERED[name]
    found = coverage(model, T[::3], true, noise, 300, **options)
    assert np.all(np.abs(found - 0.95) < 0.045)  # 3.5 standard deviations of 300 trials


@pytest.mark.slow
@pytest.mark.parametrize("name", COVERED)
def test_intervals_cover_in_20000_trials(name: str) -> None:
    model, true, noise, options = COVERED[name]
    found = coverage(model, T[::3], true, noise, 20_000, **options)
    assert np.all((found > 0.94) & (found < 0.96))


# Intervals


def test_intervals_by_covariance_are_students() -> None:
    low, high = FIT.confidence_interval(0.9)["b"]
    reach = scipy.stats.t.ppf(0.95, 22) * FIT.parameters["b"].standard_error
    np.testing.assert_allclose([low, high], FIT.values[1] + np.array([-reach, reach]))
    known = curve_fit(decay, T, Y, (1, 1, 1), sigma=0.1)
    low, high = known.confidence_interval(0.9)["b"]
    assert np.isclose(high - low, 2 * scipy.stats.norm.ppf(0.95) * known.parameters["b"].standard_error)


def test_profiles_are_the_covariance_where_the_model_is_linear() -> None:
    for name, interval in LINE.confidence_interval(method="profile").items():
        np.testing.assert_allclose(interval, LINE.confidence_interval()[name], rtol=1e-4)
    values, taus = LINE.profile("b")
    np.testing.assert_allclose(taus, (values - LINE.values[1]) / LINE.parameters["b"].standard_error, atol=1e-6)


def test_profiles_meet_their_definition() -> None:
    interval = FIT.confidence_interval(method="profile", names=["b"])["b"]
    reach = scipy.stats.t.ppf(0.975, 22)
    for end in interval:
        held = curve_fit(decay, T, Y, (5, 1, 1), fixed={"b": end})
        rise = (held.chi_squared - FIT.chi_squared) / FIT.variance
        assert np.isclose(math.sqrt(rise), reach, rtol=1e-6)
    assert interval[1] - FIT.values[1] > FIT.values[1] - interval[0]  # longer to the right, which the covariance is not


def test_a_profile_without_limit() -> None:
    x = np.linspace(0.0, 0.4, 8)
    fit = curve_fit(lambda x, a, b: a * x / (b + x), x, 3.0 * x / (5.0 + x) + 0.02 * NOISE[:8], (3.0, 5.0))
    low, high = fit.confidence_interval(method="profile", names="a")["a"]
    assert 0.0 < low < fit.values[0]
    assert high > 50.0 * fit.values[0]


def test_bootstrap() -> None:
    found = FIT.confidence_interval(method="bootstrap", n_bootstrap=300)
    again = FIT.confidence_interval(method="bootstrap", n_bootstrap=300)
    other = FIT.confidence_interval(method="bootstrap", n_bootstrap=300, seed=1)
    assert found == again != other
    for name, (low, high) in FIT.confidence_interval().items():
        assert 0.7 < (found[name][1] - found[name][0]) / (high - low) < 1.3
    known = curve_fit(decay, T, Y, (1, 1, 1), sigma=0.1)
    np.testing.assert_allclose(known.bootstrap(300).std(axis=0), known.standard_errors, rtol=0.15)


@pytest.mark.parametrize(
    ("match", "options"),
    [
        ("method='guess'", {"method": "guess"}),
        ("'z' is no fitted", {"names": ["z"]}),
        ("between 0 and 1", {"level": 95}),
    ],
)
def test_bad_intervals(match: str, options: dict[str, Any]) -> None:
    with pytest.raises(StructureError, match=match):
        FIT.confidence_interval(**options)


def test_intervals_of_robust_fits() -> None:
    fit = curve_fit(decay, T, Y, (1, 1, 1), loss="huber")
    with pytest.raises(NotDifferentiableError, match="bootstrap"):
        fit.confidence_interval(method="profile")
    assert len(fit.confidence_interval(method="bootstrap", n_bootstrap=20)) == 3


# Predictions


def test_bands_of_a_line_are_those_of_the_textbook() -> None:
    x = np.linspace(-5.0, 20.0, 7)
    values, errors = LINE.predict(x, return_std=True)
    spread = np.sum((T - T.mean()) ** 2)
    expected = np.sqrt(LINE.reduced_chi_squared * (1 / 25 + (x - T.mean()) ** 2 / spread))
    np.testing.assert_allclose(values, line(x, *LINE.values))
    np.testing.assert_allclose(errors, expected)
    reach = scipy.stats.t.ppf(0.975, 23)
    low, high = LINE.confidence_band(x)
    np.testing.assert_allclose((high - low) / 2, reach * expected)
    low, high = LINE.prediction_band(x)
    np.testing.assert_allclose((high - low) / 2, reach * np.sqrt(expected**2 + LINE.reduced_chi_squared))


def test_bands_with_sigma() -> None:
    fit = curve_fit(decay, T, Y, (1, 1, 1), sigma=SIGMA)
    _, errors = fit.predict(return_std=True)
    low, high = fit.prediction_band()
    reach = scipy.stats.norm.ppf(0.975)
    np.testing.assert_allclose((high - low) / 2, reach * np.sqrt(errors**2 + SIGMA**2))
    with pytest.raises(StructureError, match="different sigma"):
        fit.prediction_band(np.array([1.0]))
    assert fit.prediction_band(np.array([1.0]), sigma=0.1)[0].shape == (1,)


# Curvature, identifiability, influence


def test_curvature_vanishes_for_linear_models() -> None:
    found = LINE.curvature()
    assert found.intrinsic == found.parameter_effects == 0.0
    assert found.is_nearly_linear
    assert all(bias == 0.0 for bias in found.bias.values())


def test_curvature_of_the_michaelis_menten_model() -> None:
    # D. Bates, D. Watts, Nonlinear Regression Analysis and Its Applications, Wiley 1988: the puromycin data (appendix
    # A1.3) fitted in section 2.2: 212.7 and 0.0641, residual standard deviation 10.93 with 10 degrees of freedom.
    x = np.repeat([0.02, 0.06, 0.11, 0.22, 0.56, 1.10], 2)
    y = np.array([76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200])
    fit = curve_fit(lambda x, v, k: v * x / (k + x), x, y, (200.0, 0.1))
    np.testing.assert_allclose(fit.values, [212.7, 0.0641], rtol=1e-3)
    assert round(math.sqrt(fit.reduced_chi_squared), 2) == 10.93
    found = fit.curvature()
    by_hand = curvature_by_differences(fit, x)
    np.testing.assert_allclose([found.intrinsic, found.parameter_effects], by_hand, rtol=1e-4)
    assert found.is_nearly_linear
    assert found.advice == ""
    # Roots of the profile found with SciPy, each point of it solved to 1e-14.
    profiles = fit.confidence_interval(method="profile")
    np.testing.assert_allclose(profiles["v"], [197.30193, 229.28906], rtol=2e-6)
    np.testing.assert_allclose(profiles["k"], [0.0469203, 0.0861569], rtol=2e-5)


def curvature_by_differences(fit: Any, x: np.ndarray) -> tuple[float, float]:
    """Bates and Watts (1980), section 2, with the Hessians of the model's values by differences of its Jacobian."""
    p, s = fit.values, math.sqrt(fit.reduced_chi_squared)
    jacobian = ag.jacobian(lambda q: fit.problem.model(x, *q))
    steps = np.diag(1e-5 * p)
    second = np.stack([(jacobian(p + h) - jacobian(p - h)) / (2 * h.sum()) for h in steps], axis=-1)
    orthogonal, triangle = np.linalg.qr(jacobian(p), mode="complete")
    inverse = np.linalg.inv(triangle[: p.size])
    turned = np.einsum("nm,njk,ja,kb->mab", orthogonal, second, inverse, inverse) * s * math.sqrt(p.size)
    factor = math.sqrt(scipy.stats.f.ppf(0.95, p.size, fit.dof)) / math.sqrt(p.size * (p.size + 2))
    total = [2 * np.sum(part**2) + np.sum(np.trace(part, axis1=1, axis2=2) ** 2) for part in (turned[2:], turned[:2])]
    return factor * math.sqrt(total[0]), factor * math.sqrt(total[1])


def test_a_strongly_curved_fit_says_so() -> None:
    x = np.array([1.0, 2.0, 3.0, 5.0, 7.0, 10.0])
    y = np.array([109.0, 149.0, 149.0, 191.0, 213.0, 224.0])  # BoxBOD of NIST
    found = curve_fit(lambda x, a, b: a * (1 - np.exp(-b * x)), x, y, (100.0, 0.75)).curvature()
    assert not found.is_nearly_linear
    assert "profile" in found.advice
    assert "poor beyond" in str(found)


LOOSE: dict[str, tuple[Any, str]] = {
    "difference": (lambda x, a, b, c: (a + b) * np.exp(-c * x), "a - b"),
    "sum": (lambda x, a, b, c: (a - b) * np.exp(-c * x), "a + b"),
    "quotient": (lambda x, a, b, c: a * b * np.exp(-c * x), "a / b"),
    "product": (lambda x, a, b, c: a / b * np.exp(-c * x), "a · b"),
    "weighted": (lambda x, a, b, c: (a + 2 * b) * np.exp(-c * x), "a - 0.5·b"),
    "unused": (lambda x, a, b, c: a * np.exp(-c * x) + 0.0 * b, "b"),
}


@pytest.mark.parametrize("name", LOOSE)
def test_what_is_not_determined_is_named(name: str) -> None:
    model, combination = LOOSE[name]
    y = 3.0 * np.exp(-0.5 * T) + 0.1 * NOISE
    with pytest.warns(RuntimeWarning, match="do not determine"):
        fit = curve_fit(model, T, y, (1.5, 0.7, 1.0))
    found = fit.identifiability()
    assert [each.combination for each in found.undetermined] == [combination]
    assert not found.is_identifiable
    assert found.rank == 2
    plain = curve_fit(lambda x, a, c: a * np.exp(-c * x), T, y, (1.5, 1.0))
    np.testing.assert_allclose(fit.values[2], plain.values[1], rtol=1e-7)
    np.testing.assert_allclose(fit.residuals, plain.residuals, atol=1e-9)
    assert math.isinf(fit.parameters["b"].standard_error)
    assert math.isfinite(fit.parameters["c"].standard_error)
    assert "not determined" in fit.summary()
    assert fit.confidence_interval(method="bootstrap", n_bootstrap=5)["b"] == (-math.inf, math.inf)


@pytest.mark.parametrize("method", ["lm", "gauss-newton", "newton"])
def test_equal_starts_for_terms_of_one_form(method: str) -> None:
    x = np.linspace(0.0, 5.0, 40)

    def two(x: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
        return a * np.exp(-b * x) + c * np.exp(-d * x)

    y = two(x, 3.0, 0.5, 2.0, 3.0) + 0.02 * np.random.default_rng(0).normal(size=40)
    expected = curve_fit(two, x, y, (3.0, 0.5, 2.0, 3.0))
    fit = curve_fit(two, x, y, np.ones(4), method=method)
    assert fit.converged
    assert fit.identifiability().is_identifiable
    np.testing.assert_allclose(fit.chi_squared, expected.chi_squared, rtol=1e-9)
    np.testing.assert_allclose(sorted(fit.values), sorted(expected.values), rtol=1e-7)


def test_gradient_descent_ends_where_a_combination_is_flat() -> None:
    y = 3.0 * np.exp(-0.5 * T) + 0.1 * NOISE
    fit = curve_fit(lambda x, a, b, c: (a + b) * np.exp(-c * x), T, y, (1.0, 2.0, 1.0), method="gradient-descent")
    assert fit.converged
    assert fit.iterations < 2000


def test_what_is_determined() -> None:
    found = FIT.identifiability()
    assert found.is_identifiable
    assert found.rank == 3
    assert 1.0 < found.condition < 10.0
    assert "all parameters are determined" in str(found)


def test_two_combinations_are_told_apart() -> None:
    with pytest.warns(RuntimeWarning):
        fit = curve_fit(lambda x, a, b, c, d: (a + b) + (c - d) * x, T, Y, (1, 2, 3, 4))
    assert sorted(each.combination for each in fit.identifiability().undetermined) == ["a - b", "c + d"]


def test_influence_is_the_derivative_of_the_fit() -> None:
    fit = curve_fit(decay, T, Y, (1, 1, 1), sigma=SIGMA)
    found = fit.influence()
    step = 1e-3
    for i in (0, 7, 24):
        moved = [
            curve_fit(decay, T, Y + side * step * (np.arange(25) == i), fit.values, sigma=SIGMA) for side in (1, -1)
        ]
        difference = (moved[0].values - moved[1].values) / (2 * step)
        np.testing.assert_allclose(found.sensitivity[:, i], difference, rtol=1e-4, atol=1e-7)
    assert np.isclose(found.leverage.sum(), 3.0)


def test_influence_on_a_line_is_that_of_the_textbook() -> None:
    found = LINE.influence()
    hat = DESIGN @ np.linalg.inv(DESIGN.T @ DESIGN) @ DESIGN.T
    np.testing.assert_allclose(found.leverage, np.diag(hat))
    np.testing.assert_allclose(found.sensitivity, np.linalg.pinv(DESIGN), atol=1e-15)
    for i in (0, 12):
        without = curve_fit(line, np.delete(T, i), np.delete(Y, i), (0, 0)).values - LINE.values
        distance = without @ (DESIGN.T @ DESIGN) @ without / (2 * LINE.reduced_chi_squared)
        assert np.isclose(found.cooks_distance[i], distance)


def test_derivatives_whose_squares_overflow() -> None:
    model = lambda t, a, b, c: a * np.exp(-b * np.exp(-c * t))  # noqa: E731
    with pytest.warns(RuntimeWarning, match="a NaN or an infinity"):
        fit = curve_fit(model, T, model(T, 10.0, 5.0, 0.8), (4e-161, -370.0, -3e-4))
    assert not fit.converged
    assert "Not converged" in fit.summary()
    for ask in (fit.identifiability, fit.curvature, fit.influence):
        with pytest.raises(StructureError, match="no finite derivatives"):
            ask()


# Goodness of fit, reports and pictures


def test_goodness_of_fit() -> None:
    fit = curve_fit(decay, T, Y, (1, 1, 1), sigma=SIGMA)
    residuals = Y - decay(T, *fit.values)
    np.testing.assert_allclose(fit.residuals, residuals, atol=1e-13)
    assert np.isclose(fit.chi_squared, np.sum((residuals / SIGMA) ** 2))
    assert np.isclose(fit.p_value, scipy.stats.chi2.sf(fit.chi_squared, 22))
    likelihood = scipy.stats.norm.logpdf(residuals, scale=SIGMA).sum()
    assert np.isclose(fit.aic, 6 - 2 * likelihood)
    assert np.isclose(fit.bic, 3 * math.log(25) - 2 * likelihood)
    scale = math.sqrt(FIT.chi_squared / 25)
    assert np.isclose(FIT.log_likelihood, scipy.stats.norm.logpdf(FIT.residuals, scale=scale).sum())
    assert np.isclose(LINE.r_squared, np.corrcoef(T, Y)[0, 1] ** 2)
    assert math.isnan(FIT.p_value)
    np.testing.assert_allclose(np.diag(FIT.correlation), 1.0)


def test_the_summary_says_where_errors_come_from() -> None:
    assert "No sigma was given" in FIT.summary()
    assert "taken to be in the units of y" in curve_fit(decay, T, Y, (1, 1, 1), sigma=0.1).summary()
    scaled = curve_fit(decay, T, Y, (1, 1, 1), sigma=0.1, absolute_sigma=False)
    assert "gives weights only" in scaled.summary()
    assert repr(FIT) == FIT.summary()
    for text in ("decay(x, a, b, c) fitted to 25 data", "degrees of freedom  22", "AIC"):
        assert text in FIT.summary()
    assert "<table>" in FIT._repr_html_()


@pytest.mark.parametrize(
    "fit",
    [
        curve_fit(line, T[:2], Y[:2], (0, 0)),
        curve_fit(line, T, np.ones(25), (0, 0)),
        curve_fit(decay, T, Y, (1, 0.5, 1), bounds={"b": (0.0, 0.6)}),
        curve_fit(decay, T, Y, (1, 0.5, 1), bounds={"b": (0.0, 0.6)}, fixed=["c"]),
    ],
    ids=["no freedom", "constant data", "at a bound", "at a bound beside a fixed one"],
)
def test_reports_leave_out_what_is_not_defined(fit: Any) -> None:
    assert "nan" not in fit.summary().lower()
    assert "nan" not in fit._repr_html_().lower()


def test_json() -> None:
    numbers = json.loads(FIT.to_json(indent=1))
    assert numbers["parameters"]["b"]["value"] == FIT.values[1]
    assert numbers["p_value"] is None
    assert numbers["converged"] is True
    assert FIT.to_dict()["evaluations"]["model"] == FIT.evaluations.value


def test_values_with_their_errors() -> None:
    assert with_error(1234.56789, 0.0234) == "1234.568 ± 0.023"
    assert with_error(-0.00012345, 0.0000067) == "-0.0001234 ± 0.0000067"
    assert with_error(3.2e9, 4.5e7) == "(3.200 ± 0.045)e+09"
    assert with_error(0.02, 150.0) == "(0.0 ± 1.5)e+02" or "±" in with_error(0.02, 150.0)
    assert with_error(1.0, math.inf) == "1 ± inf"


def test_pictures() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    above, below = FIT.plot()
    assert [text.get_text() for text in above.get_legend().get_texts()][:1] == ["fit"]
    assert below.get_ylabel() == "residual"
    np.testing.assert_allclose(above.lines[1].get_ydata(), FIT.predict(above.lines[1].get_xdata()))
    several = curve_fit(lambda x, a, b: a * x[0] + b * x[1], np.stack([T, T**2]), Y, (1, 1), sigma=SIGMA)
    assert several.plot()[1].get_xlabel() == "number of the datum"
    assert len(FIT.plot_profile()) == 3
    assert len(FIT.plot_profile(["b"])) == 1
    assert FIT.plot_corner(n_bootstrap=30).shape == (3, 3)
    assert len(FIT.plot_history().lines[0].get_xdata()) == len(FIT.history)
    (alone,) = FIT.plot(axes=pyplot.figure().add_subplot())
    assert alone.get_xlabel() == "x"
    with pytest.raises(ShapeError, match="axes are 3"):
        FIT.plot(axes=pyplot.figure().subplots(3))
    pyplot.close("all")


def test_pictures_of_fits_that_determine_only_some() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    held = curve_fit(decay, T, Y, (1, 0.5, 0.5), bounds={"b": (0.0, 0.6)})
    assert [each.get_xlabel() for each in held.plot_profile()] == ["a", "c"]
    assert held.plot_corner(n_bootstrap=5).shape == (3, 3)
    with pytest.raises(StructureError, match="'b' has no standard error"):
        held.plot_profile("b")
    exact = curve_fit(line, T[:2], Y[:2], (0, 0))
    with pytest.raises(StructureError, match="no parameter of this fit"):
        exact.plot_profile()
    assert len(exact.plot()) == 2
    pyplot.close("all")


@pytest.mark.parametrize("count", [0, -1])
def test_bootstraps_need_a_count(count: int) -> None:
    with pytest.raises(StructureError, match=f"{count} refits"):
        FIT.bootstrap(count)


def test_profiles_need_a_name() -> None:
    with pytest.raises(StructureError, match="profile: 'z' is no fitted parameter"):
        FIT.profile("z")


# Derivatives through the fit


def fitted(**given: Any) -> Any:
    arguments = {"x": T, "y": Y, "sigma": SIGMA, "fixed": None, **given}
    return curve_fit(decay, p0=(1, 1, 1), **arguments).values


def through(name: str) -> tuple[Any, Any]:
    start = {"x": T, "y": Y, "sigma": SIGMA, "fixed": np.float64(1.1)}[name]
    if name == "fixed":
        return (lambda c: fitted(fixed={"c": c})[1]), start
    return (lambda value: fitted(**{name: value})[1]), start


@pytest.mark.parametrize("name", ["x", "y", "sigma", "fixed"])
def test_gradients_through_the_fit(name: str) -> None:
    function, start = through(name)
    gradient = ag.grad(function)(start)
    for i in (0, 5) if start.shape else ((),):
        step = np.zeros(start.shape)
        step[i] = 1e-4
        difference = (function(start + step) - function(start - step)) / 2e-4
        np.testing.assert_allclose(gradient[i], difference, rtol=1e-5, atol=1e-7)


def test_second_derivatives_through_the_fit() -> None:
    function, start = through("fixed")
    second = ag.grad(ag.grad(function))(start)
    difference = (ag.grad(function)(start + 1e-4) - ag.grad(function)(start - 1e-4)) / 2e-4
    np.testing.assert_allclose(second, difference, rtol=1e-6)


def test_gradients_reach_the_parameters_by_name() -> None:
    by_name = ag.grad(lambda y: curve_fit(decay, T, y, (1, 1, 1)).parameters["b"].value)(Y)
    np.testing.assert_allclose(by_name, FIT.influence().sensitivity[1], rtol=1e-9)
    jacobian = ag.jacobian(lambda y: curve_fit(decay, T, y, (1, 1, 1)).values)(Y)
    np.testing.assert_allclose(jacobian, FIT.influence().sensitivity, rtol=1e-9, atol=1e-12)


MATRIX = np.diag(SIGMA**2) + 0.2 * (np.diag(SIGMA[1:] * SIGMA[:-1], 1) + np.diag(SIGMA[1:] * SIGMA[:-1], -1))


def half(y: Any) -> Any:
    """Leave the last out, as a datum that is missing."""
    return np.concatenate([y[:-1], np.full(1, np.nan)])


THROUGH: dict[str, tuple[Any, Any]] = {
    "what the model reads": (lambda c: curve_fit(lambda t, a, b: decay(t, a, b, c), T, Y, (1, 1)).values[1], 1.1),
    "a weight in the model": (lambda w: curve_fit(lambda t, p: decay(t * w, *p), T, Y, [1, 1, 1]).values[1], 1.3),
    "covariance": (lambda m: fitted(sigma=(m + m.T) / 2)[1], MATRIX),
    "y with a covariance": (lambda y: fitted(y=y, sigma=MATRIX)[1], Y),
    "one sigma": (lambda s: fitted(sigma=s, y=Y * (1 + s))[1], 0.1),
    "loss": (lambda y: curve_fit(decay, T, y, (1, 1, 1), loss="huber", loss_scale=0.1).values[1], Y),
    "cauchy": (lambda y: curve_fit(decay, T, y, (1, 1, 1), loss="cauchy", loss_scale=0.1).values[1], Y),
    "a bound": (lambda y: curve_fit(decay, T, y, (1, 0.5, 1), bounds={"b": (0, 0.6)}).values[0], Y),
    "missing": (lambda y: curve_fit(decay, T, half(y), (1, 1, 1), sigma=SIGMA, nan_policy="omit").values[1], Y),
    "missing x": (lambda x: curve_fit(decay, x, half(Y), (1, 1, 1), nan_policy="omit").values[1], T),
    "columns": (lambda x: curve_fit(lambda x, a, b: a * x[:, 0] + b, x, Y, (1, 1)).values[0], np.stack([T, T], axis=1)),
    "solution": (lambda y: curve_fit(decay, T, y, (1, 1, 1)).solution[1], Y),
    "prediction": (lambda y: curve_fit(decay, T, y, (1, 1, 1)).predict(np.array([12.0]))[0], Y),
}


@pytest.mark.parametrize("name", THROUGH)
def test_gradients_through_fits_of_all_kinds(name: str) -> None:
    function, start = THROUGH[name]
    start = np.asarray(start)
    gradient = np.asarray(ag.grad(function)(start))
    for index in [(0,) * start.ndim, tuple(min(3, size - 1) for size in start.shape)]:
        step = np.zeros(start.shape)
        step[index] = 1e-4 * (1e-2 if name == "covariance" else 1.0)
        difference = (function(start + step) - function(start - step)) / (2 * step[index])
        np.testing.assert_allclose(gradient[index], difference, rtol=2e-5, atol=1e-8)


def test_where_there_is_no_gradient() -> None:
    with pytest.raises(NotDifferentiableError, match="loss_scale"):
        ag.grad(lambda y: curve_fit(decay, T, y, (1, 1, 1), loss="huber").values[0])(Y)
    with pytest.raises(NotDifferentiableError, match="not determined"):
        ag.grad(lambda y: curve_fit(lambda t, a, b: (a + b) * t, T, y, (1, 1)).values[0])(Y)
