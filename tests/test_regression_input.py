"""What curve_fit takes: containers, several variables, missing data, bounds, fixed parameters; and what it refuses."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograd_lite.errors import DetachError, DtypeError, ShapeError, StructureError
from autograd_lite.regression import curve_fit

T = np.linspace(0.0, 10.0, 25)
TRUE = np.array([5.0, 0.7, 1.0])
NOISE = 0.1 * np.random.default_rng(3).normal(size=25)


def decay(t: Any, a: Any, b: Any, c: Any) -> Any:
    return a * np.exp(-b * t) + c


Y = decay(T, *TRUE) + NOISE
PLAIN = curve_fit(decay, T, Y, (1, 1, 1))


def spoilt(array: np.ndarray, position: int, value: float) -> np.ndarray:
    changed = array.copy()
    changed[position] = value
    return changed


# Names and containers


def test_parameters_are_named_by_the_signature() -> None:
    assert PLAIN.names == tuple(PLAIN.parameters) == ("a", "b", "c")
    assert PLAIN.parameters["b"].value == PLAIN.values[1] == float(PLAIN.parameters[1])
    values, covariance = PLAIN
    assert values is PLAIN.values
    assert covariance.shape == (3, 3)


FORMS: dict[str, tuple[Any, Any, tuple[str, ...]]] = {
    "names": (decay, {"c": 1.0, "a": 2.0, "b": 1.0}, ("a", "b", "c")),
    "list": (decay, [1, 1, 1], ("a", "b", "c")),
    "vector": (lambda t, p: decay(t, *p), np.ones(3), ("p[0]", "p[1]", "p[2]")),
    "list for one": (lambda t, p: decay(t, *p), [1, 1, 1], ("p[0]", "p[1]", "p[2]")),
    "variable": (lambda t, *p: decay(t, *p), [1, 1, 1], ("p[0]", "p[1]", "p[2]")),
    "dict": (
        lambda t, p: decay(t, p["amplitude"], p["k"][0], p["k"][1]),
        {"amplitude": 1.0, "k": np.ones(2)},
        ("amplitude", "k[0]", "k[1]"),
    ),
    "mixed": (lambda t, a, k: decay(t, a, k[0], k[1]), {"a": 1.0, "k": np.ones(2)}, ("a", "k[0]", "k[1]")),
    "nested": (lambda t, p: decay(t, p["u"]["v"], *p["w"]), {"u": {"v": 1.0}, "w": [1.0, 1.0]}, ("u.v", "w.0", "w.1")),
}


@pytest.mark.parametrize("name", FORMS)
def test_containers_of_parameters(name: str) -> None:
    model, p0, names = FORMS[name]
    fit = curve_fit(model, T, Y, p0)
    assert fit.names == names
    np.testing.assert_allclose(fit.values, PLAIN.values, rtol=1e-11)
    np.testing.assert_allclose(fit.standard_errors, PLAIN.standard_errors, rtol=1e-9)


def test_the_solution_comes_in_the_container_of_the_start() -> None:
    model, p0, _ = FORMS["dict"]
    solution = curve_fit(model, T, Y, p0).solution
    assert solution.keys() == p0.keys()
    np.testing.assert_allclose(solution["k"], PLAIN.values[1:])
    np.testing.assert_allclose(PLAIN.solution, PLAIN.values)


def test_defaults_are_starts() -> None:
    def model(t: Any, a: Any = 2.0, b: Any = 0.5, c: Any = 0.0) -> Any:
        return decay(t, a, b, c)

    np.testing.assert_allclose(curve_fit(model, T, Y).values, PLAIN.values)


# Independent variables and data


class Frame:
    """As much of a data frame as is asked for."""

    def __init__(self, **columns: np.ndarray):
        self.columns = list(columns)
        self._columns = columns

    def __getitem__(self, name: str) -> Any:
        return SimpleNamespace(to_numpy=lambda: self._columns[name])

    def to_numpy(self) -> np.ndarray:
        return np.stack(list(self._columns.values()), axis=1)


def test_several_variables() -> None:
    u, v = T, np.sin(T)
    y = 2.0 * u - 3.0 * v
    for x, model in (
        (np.stack([u, v], axis=1), lambda x, a, b: a * x[:, 0] + b * x[:, 1]),
        (np.rec.fromarrays([u, v], names="u,v"), lambda x, a, b: a * x["u"] + b * x["v"]),
        (np.stack([u, v]), lambda x, a, b: a * x[0] + b * x[1]),
        ([u.tolist(), v.tolist()], lambda x, a, b: a * x[0] + b * x[1]),
        ((u, v), lambda x, a, b: a * x[0] + b * x[1]),
        ({"u": u, "v": v}, lambda x, a, b: a * x["u"] + b * x["v"]),
        (Frame(u=u, v=v), lambda x, a, b: a * x["u"] + b * x["v"]),
    ):
        np.testing.assert_allclose(curve_fit(model, x, y, (1, 1)).values, [2.0, -3.0], rtol=1e-12)


def test_integers_and_lists_are_numbers() -> None:
    x = list(range(1, 9))
    fit = curve_fit(lambda x, a, b: a * x**b, x, [each**-2 for each in x], (1, -1))
    np.testing.assert_allclose(fit.values, [1.0, -2.0], rtol=1e-12)


def test_vector_valued_models() -> None:
    y = np.stack([Y, 2.0 * Y - 1.0])

    def both(t: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
        return np.stack([decay(t, a, b, c), decay(t, 2.0 * a, b, d)])

    fit = curve_fit(both, T, y, (1, 1, 1, 1))
    np.testing.assert_allclose(fit.values, [*PLAIN.values, 2.0 * PLAIN.values[2] - 1.0], rtol=1e-10)
    y[0, 3] = np.nan
    assert curve_fit(both, T, y, (1, 1, 1, 1), nan_policy="omit").n_data == 49


def test_a_constant_model() -> None:
    fit = curve_fit(lambda t, c: c, T, Y, 0.0)
    assert np.isclose(fit.values[0], Y.mean())
    assert np.isclose(fit.standard_errors[0], Y.std(ddof=1) / 5.0)


KINDS = [
    "nan in y",
    "nan in x",
    "nan in sigma",
    "mask",
    "mask of x",
    "mask of sigma",
    "nan in a row",
    "nan in a column",
]


@pytest.mark.parametrize("kind", KINDS)
def test_missing_data_are_left_out(kind: str) -> None:
    kept = np.delete(np.arange(25), 4)
    expected = curve_fit(decay, T[kept], Y[kept], (1, 1, 1))
    sigma = np.ones(25)
    x, y, model = T, Y, decay
    if kind == "nan in y":
        y = spoilt(Y, 4, np.nan)
    elif kind == "nan in x":
        x = spoilt(T, 4, np.nan)
    elif kind == "nan in sigma":
        sigma = spoilt(sigma, 4, np.nan)
    elif kind == "mask":
        y = np.ma.array(spoilt(Y, 4, 1e9), mask=np.arange(25) == 4)
    elif kind == "mask of x":
        x = np.ma.array(spoilt(T, 4, 1e9), mask=np.arange(25) == 4)
    elif kind == "mask of sigma":
        sigma = np.ma.array(spoilt(sigma, 4, -1.0), mask=np.arange(25) == 4)
    elif kind == "nan in a column":
        x = np.stack([T, spoilt(T, 4, np.nan)], axis=1)
        model = lambda x, a, b, c: decay(x[:, 1], a, b, c)  # noqa: E731
    else:
        x, model = np.stack([spoilt(T, 4, np.nan), T]), lambda x, a, b, c: decay(x[0], a, b, c)
    fit = curve_fit(model, x, y, (1, 1, 1), sigma=sigma, absolute_sigma=False, nan_policy="omit")
    np.testing.assert_allclose(fit.values, expected.values, rtol=1e-10)
    np.testing.assert_allclose(fit.standard_errors, expected.standard_errors, rtol=1e-9)


# Fixed parameters and bounds


@pytest.mark.parametrize("fixed", [{"c": 1.0}, ["c"], "c"])
def test_fixed_parameters(fixed: Any) -> None:
    fit = curve_fit(decay, T, Y, (2, 1, 1), fixed=fixed)
    other = curve_fit(lambda t, a, b: decay(t, a, b, 1.0), T, Y, (2, 1))
    assert fit.names == ("a", "b")
    np.testing.assert_allclose(fit.values, [*other.values, 1.0], rtol=1e-11)
    np.testing.assert_allclose(fit.standard_errors, [*other.standard_errors, 0.0], rtol=1e-9)
    assert fit.dof == 23
    assert fit.parameters["c"].fixed


def test_fixed_elements_of_an_array() -> None:
    fit = curve_fit(lambda t, p: decay(t, *p), T, Y, [2.0, 1.0, 1.0], fixed=["p[2]"])
    expected = curve_fit(decay, T, Y, (2, 1, 1), fixed="c")
    np.testing.assert_allclose(fit.values, expected.values, rtol=1e-10)
    np.testing.assert_allclose(fit.covariance, expected.covariance, rtol=1e-8)


def test_starts_for_the_free_parameters_alone() -> None:
    np.testing.assert_allclose(curve_fit(decay, T, Y, (2, 1), fixed={"c": 1.0}).values[2], 1.0)


def test_a_bound_that_holds() -> None:
    fit = curve_fit(decay, T, Y, (1, 0.5, 0.5), bounds={"b": (0.0, 0.6)})
    expected = curve_fit(decay, T, Y, (1, 1), fixed={"b": 0.6})
    assert fit.converged
    np.testing.assert_allclose(fit.values, expected.values, rtol=1e-9)
    assert np.isnan(fit.standard_errors[1])
    assert "at its bound" in str(fit.parameters["b"])


@pytest.mark.parametrize("bounds", [{"b": (0.0, None)}, (0.0, 10.0), ([0, 0, 0], [10, 2, 3])])
def test_bounds_that_do_not_hold_change_nothing(bounds: Any) -> None:
    fit = curve_fit(decay, T, Y, (1, 1, 1), bounds=bounds)
    np.testing.assert_allclose(fit.values, PLAIN.values, rtol=1e-10)
    np.testing.assert_allclose(fit.covariance, PLAIN.covariance, rtol=1e-8)


# Robust losses


@pytest.mark.parametrize("loss", ["huber", "soft_l1", "cauchy"])
def test_losses_spare_outliers(loss: str) -> None:
    y = Y.copy()
    y[[3, 10]] += [10.0, -5.0]
    fit = curve_fit(decay, T, y, (1, 1, 1), loss=loss)
    assert fit.converged
    assert np.all(np.abs(fit.values - TRUE) < 4.0 * fit.standard_errors)
    assert np.all(np.abs(curve_fit(decay, T, y, (1, 1, 1)).values - TRUE)[1] > 0.1)
    assert "Loss" in fit.summary()


def test_a_loss_with_a_large_scale_is_the_sum_of_squares() -> None:
    fit = curve_fit(decay, T, Y, (1, 1, 1), loss="huber", loss_scale=1e3)
    np.testing.assert_allclose(fit.values, PLAIN.values, rtol=1e-9)
    np.testing.assert_allclose(fit.covariance, PLAIN.covariance, rtol=1e-6)


# Without a start


MODELS: dict[str, tuple[Any, tuple[float, ...]]] = {
    "decay": (decay, (5.0, 0.7, 1.0)),
    "slow decay": (lambda t, a, b: a * np.exp(-b * t), (300.0, 0.02)),
    "peak": (lambda t, a, m, s: a * np.exp(-0.5 * ((t - m) / s) ** 2), (3.0, 6.5, 0.8)),
    "wave": (lambda t, a, w, p: a * np.sin(w * t + p), (2.0, 3.1, 0.4)),
    "logistic": (lambda t, top, k, m: top / (1 + np.exp(-k * (t - m))), (10.0, 1.5, 5.0)),
    "power": (lambda t, a, b: a * (t + 1.0) ** b, (2.0, 0.6)),
    "line": (lambda t, a, b: a + b * t, (-1e4, 250.0)),
    "damped": (lambda t, a, k, w, p, c: a * np.exp(-k * t) * np.cos(w * t + p) + c, (2.0, 0.3, 3.0, 0.7, 0.5)),
    "hertz": (lambda t, a, f, p, c: a * np.sin(2 * np.pi * f * t + p) + c, (2.0, 0.31, 0.4, 10.0)),
    "moffat": (lambda t, a, m, s, g: a / (1 + ((t - m) / s) ** 2) ** g, (5.0, 3.5, 1.6, 1.5)),
    "gompertz": (lambda t, a, b, c: a * np.exp(-b * np.exp(-c * t)), (10.0, 5.0, 0.8)),
    "richards": (lambda t, a, r, m, v: a / (1 + np.exp(-r * (t - m))) ** (1 / v), (10.0, 1.2, 4.0, 0.7)),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_start_is_found_in_the_data(name: str) -> None:
    model, true = MODELS[name]
    clean = model(T, *true)
    y = clean + 0.01 * np.std(clean) * NOISE / 0.1
    with pytest.warns(UserWarning, match="given no start"):
        fit = curve_fit(model, T, y)
    at_truth = curve_fit(model, T, y, true)
    assert fit.chi_squared <= at_truth.chi_squared * (1 + 1e-6)


def test_of_twins_the_positive_one_is_found() -> None:
    x = np.linspace(-3.0, 5.0, 60)
    for seed in range(3):
        y = 3 * np.exp(-0.5 * ((x - 1.2) / 0.5) ** 2) + 0.3 + 0.05 * np.random.default_rng(seed).normal(size=60)
        with pytest.warns(UserWarning, match="no start"):
            fit = curve_fit(lambda x, a, m, w, c: a * np.exp(-0.5 * ((x - m) / w) ** 2) + c, x, y)
        np.testing.assert_allclose(fit.values, [3.0, 1.2, 0.5, 0.3], atol=0.1)


def test_a_start_for_some() -> None:
    with pytest.warns(UserWarning, match="no start for a, c"):
        fit = curve_fit(decay, T, Y, {"b": 0.6})
    np.testing.assert_allclose(fit.values, PLAIN.values, rtol=1e-9)


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_model_may_return_a_list(kind: type) -> None:
    fit = curve_fit(lambda t, a, b, c: kind(a * np.exp(-b * each) + c for each in t), T, Y, (1, 1, 1))
    np.testing.assert_allclose(fit.values, PLAIN.values, rtol=1e-12)
    np.testing.assert_allclose(fit.standard_errors, PLAIN.standard_errors, rtol=1e-9)


# What is refused


REFUSED: dict[str, tuple[type[Exception], str, dict[str, Any]]] = {
    "lengths": (ShapeError, r"x has shape \(25,\), and y has 7", {"y": Y[:7]}),
    "no y": (ShapeError, "y is None", {"y": None}),
    "empty y": (ShapeError, "y is empty", {"x": [], "y": []}),
    "nan in y": (StructureError, r"y\[3\] is NaN", {"y": spoilt(Y, 3, np.nan)}),
    "inf in y": (StructureError, r"y\[3\] is infinite", {"y": spoilt(Y, 3, np.inf)}),
    "nan in x": (StructureError, r"x\[3\] is NaN", {"x": spoilt(T, 3, np.nan)}),
    "inf in x": (StructureError, r"x\[3\] is infinite", {"x": spoilt(T, 3, -np.inf)}),
    "complex y": (DtypeError, "y is complex", {"y": Y + 1j}),
    "words in y": (DtypeError, "numbers are needed", {"y": ["one"] * 25}),
    "dates": (DtypeError, r"x holds dates.* numbers, such as \(x - x", {"x": np.arange(25).astype("datetime64[D]")}),
    "durations": (DtypeError, "y holds dates or durations", {"y": np.arange(25).astype("timedelta64[s]")}),
    "zero sigma": (StructureError, r"sigma\[2\] is 0.0", {"sigma": spoilt(np.ones(25), 2, 0.0)}),
    "negative sigma": (StructureError, "sigma is -1.0", {"sigma": -1.0}),
    "nan in sigma": (StructureError, r"sigma\[2\] is NaN", {"sigma": spoilt(np.ones(25), 2, np.nan)}),
    "short sigma": (ShapeError, r"sigma has shape \(3,\)", {"sigma": np.ones(3)}),
    "covariance": (StructureError, "not positive definite", {"sigma": np.zeros((25, 25))}),
    "few data": (ShapeError, "2 value.* and 3 parameters", {"x": T[:2], "y": Y[:2]}),
    "long p0": (ShapeError, "p0 has 4 value.* 3 parameters: a, b, c", {"p0": (1, 1, 1, 1)}),
    "nan in p0": (StructureError, "p0 is NaN for 'b'", {"p0": (1, np.nan, 1)}),
    "inf in p0": (StructureError, "p0 is inf for 'b'", {"p0": (1, np.inf, 1)}),
    "name in p0": (StructureError, "p0 names 'z'.* a, b, c", {"p0": {"z": 1.0}}),
    "name in bounds": (StructureError, "bounds names 'z'", {"bounds": {"z": (0, 1)}}),
    "name in fixed": (StructureError, "fixed names 'z'", {"fixed": {"z": 1.0}}),
    "fixed nowhere": (StructureError, "fixed holds 'c' at nan", {"p0": {"a": 1.0, "b": 1.0}, "fixed": "c"}),
    "all fixed": (StructureError, "all parameters are fixed", {"fixed": ["a", "b", "c"]}),
    "bounds": (StructureError, "bounds of 'a' leave no room", {"bounds": {"a": (2, 1)}}),
    "outside": (StructureError, "p0 is 1.0 for 'a', outside", {"bounds": {"a": (2, 3)}}),
    "three bounds": (ShapeError, "has length 3", {"bounds": ([0], [1], [2])}),
    "no pair": (ShapeError, r"bounds of 'a' are \(1, 2, 3\)", {"bounds": {"a": (1, 2, 3)}}),
    "one bound": (ShapeError, "bounds of 'a' are 3, and a pair", {"bounds": {"a": 3}}),
    "fixed outside": (StructureError, "fixed holds 'a' at 1.0, outside", {"fixed": {"a": 1}, "bounds": {"a": (2, 3)}}),
    "short bounds": (ShapeError, r"lower bounds have shape \(2,\)", {"bounds": ([0, 0], 1.0)}),
    "method": (StructureError, "method='simplex' is unknown", {"method": "simplex"}),
    "loss": (StructureError, "loss='l3' is unknown", {"loss": "l3"}),
    "loss_scale": (StructureError, "loss_scale=-1 must be positive", {"loss": "huber", "loss_scale": -1}),
    "idle loss_scale": (StructureError, "says nothing without a robust loss", {"loss_scale": 2.0}),
    "max_iterations": (StructureError, "max_iterations=-1 must be a whole", {"max_iterations": -1}),
    "absolute_sigma": (StructureError, "absolute_sigma='yes' must be", {"absolute_sigma": "yes"}),
    "nan_policy": (StructureError, "nan_policy='drop' is unknown", {"nan_policy": "drop"}),
    "no x": (StructureError, "x is None", {"x": None}),
    "ragged x": (ShapeError, "x is no array", {"x": [[1.0, 2.0], [3.0]]}),
    "a column": (ShapeError, r"give np.ravel\(y\)", {"y": Y[:, None]}),
    "lopsided covariance": (
        StructureError,
        r"not symmetric: sigma\[0, 1\] is 0.5, and sigma\[1, 0\] is 0.0",
        {"sigma": np.eye(25) + 0.5 * np.eye(25)[:, :1] * np.eye(25)[1]},
    ),
    "infinite sigma": (StructureError, "sigma is inf", {"sigma": np.inf}),
    "words in p0": (DtypeError, "p0 for 'a' is 'one'", {"p0": ["one", 1, 1]}),
    "complex p0": (DtypeError, "p0 for 'b' is 1j", {"p0": [1, 1j, 1]}),
    "words in fixed": (DtypeError, "fixed for 'c' is 'x'", {"fixed": {"c": "x"}}),
    "no parameters": (StructureError, "has no parameters", {"model": lambda t: t, "p0": None}),
    "no model": (StructureError, "must be a function", {"model": 3}),
    "no p0": (StructureError, "p0 is needed", {"model": lambda t, *p: t * p[0], "p0": None}),
    "returns None": (ShapeError, "returned None", {"model": lambda t, a, b, c: None}),
    "returns words": (DtypeError, "numbers are needed", {"model": lambda t, a, b, c: np.array(["x"])}),
    "shape": (
        ShapeError,
        r"returned a Tensor of shape \(3,\), and y has shape",
        {"model": lambda t, a, b, c: a * t[:3]},
    ),
    "nan at p0": (
        StructureError,
        r"returns nan for element 0 of y .* at p0 \(a=-1",
        {"model": lambda t, a, b, c: np.log(a) + t, "p0": (-1, 1, 1)},
    ),
    "overflow at p0": (StructureError, "returns inf for element", {"p0": (1, -800, 1)}),
    "ragged": (ShapeError, "a list that is no array", {"model": lambda t, a, b, c: [a * t, b * t[:3], c * t]}),
    "cut graph": (DetachError, "would cut the graph", {"model": lambda t, a, b, c: float(a) * t}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_in_words(name: str) -> None:
    kind, match, changed = REFUSED[name]
    given = {"model": decay, "x": T, "y": Y, "p0": (1, 1, 1), **changed}
    with pytest.raises(kind, match=match):
        curve_fit(**given)


def test_a_fit_that_does_not_converge_says_so() -> None:
    with pytest.warns(RuntimeWarning, match="did not converge: the iterations are used up"):
        fit = curve_fit(decay, T, Y, (1, 1, 1), max_iterations=1)
    assert not fit.converged
    assert fit.chi_squared < np.sum((Y - decay(T, 1, 1, 1)) ** 2)
    assert "Not converged" in fit.summary()


def test_a_model_that_leaves_its_domain_on_the_way() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = curve_fit(lambda t, a, b: np.sqrt(a - b * t), T, np.sqrt(12.0 - T), (100.0, 0.1))
    np.testing.assert_allclose(fit.values, [12.0, 1.0], rtol=1e-9)
