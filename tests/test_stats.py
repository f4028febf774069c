"""``autograd_lite.scipy.stats``: SciPy's values, derivatives in every argument, and SciPy's own where not covered."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.stats
from operations import checks
from operations.distributions import CONTINUOUS, ROWS
from operations.row import Case, cases

import autograd_lite as ag
import autograd_lite.scipy
from autograd_lite import NotDifferentiableError, ShapeError, Tensor, UnsupportedArgumentError
from autograd_lite.scipy import stats

CASES = cases(ROWS)
INF = np.inf
DENSITIES = ("logpdf", "pdf")
PROBABILITIES = ("cdf", "logcdf", "sf", "logsf")

every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def tracked(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True)


# Values and derivatives, through the checks of the table of operations


@every
def test_value_and_derivatives(case: Case) -> None:
    checks.value(case)
    checks.first_order(case)
    checks.second_order(case)
    checks.forward_mode(case)
    if len(case.sample.arguments) > 1:
        checks.tracked_alone(case)


@pytest.mark.parametrize("case", [case for case in CASES if "log" in case.op.name], ids=lambda case: case.id)
def test_more_of_the_logarithms(case: Case) -> None:
    checks.third_order(case)
    checks.mixed_modes(case)
    checks.batched(case, (2,), record=True)
    checks.empty_inputs(case)


@every
def test_duck_array(case: Case) -> None:
    checks.duck_array(case)


# The ends of the support, beyond them, and parameters that are not allowed

BESIDE: dict[str, list[tuple[tuple[float, ...], float]]] = {
    "gamma": [((3.0,), -1.0), ((3.0,), 0.0), ((3.0,), -INF)],
    "chi2": [((5.0,), -1.0), ((5.0,), 0.0)],
    "beta": [((2.0, 3.0), -0.5), ((2.0, 3.0), 0.0), ((2.0, 3.0), 1.0), ((2.0, 3.0), 1.5)],
    "expon": [((), -1.0), ((), INF)],
    "uniform": [((), -0.5), ((), 1.5)],
    "lognorm": [((0.5,), -1.0), ((0.5,), 0.0), ((0.5,), INF)],
    "norm": [((), -INF), ((), INF)],
    "t": [((2.0,), -INF), ((2.0,), INF)],
    "cauchy": [((), INF)],
    "laplace": [((), -INF)],
    "logistic": [((), INF)],
}


@pytest.mark.parametrize("name", BESIDE)
@pytest.mark.parametrize("method", [*DENSITIES, *PROBABILITIES])
def test_where_the_density_is_zero(name: str, method: str) -> None:
    mine, theirs = getattr(getattr(stats, name), method), getattr(getattr(scipy.stats, name), method)
    for shapes, x in BESIDE[name]:
        with np.errstate(all="ignore"):
            wanted = theirs(x, *shapes, 0.0, 1.0)
        assert mine(tracked(x), *shapes, 0.0, 1.0).item() == wanted, x
        arguments = (x, *shapes, 0.0, 1.0)
        gradient = ag.grad(mine, argnums=tuple(range(len(arguments))))(*arguments)
        np.testing.assert_array_equal(gradient, np.zeros(len(arguments)), err_msg=str(x))
        if method in DENSITIES:
            assert wanted == (0.0 if method == "pdf" else -INF)


def test_slopes_beside_a_zero_are_not_touched() -> None:
    x = np.array([-1.0, 2.0, np.nan])
    value, gradient = stats.gamma.logpdf(tracked(x), 3.0), ag.grad(lambda x: stats.gamma.logpdf(x, 3.0)[:2].sum())(x)
    np.testing.assert_array_equal(value.data, scipy.stats.gamma.logpdf(x, 3.0))
    np.testing.assert_array_equal(gradient, [0.0, 0.0, 0.0])
    slope = ag.elementwise_grad(lambda x: stats.gamma.logpdf(x, 3.0))(np.array([-1.0, 1.0]))
    np.testing.assert_allclose(slope, [0.0, 1.0])


@pytest.mark.parametrize("name", CONTINUOUS)
@pytest.mark.parametrize("method", [*DENSITIES, *PROBABILITIES, "ppf"])
def test_parameters_that_are_not_allowed_give_nan(name: str, method: str) -> None:
    count = len(CONTINUOUS[name]) - 3
    mine, theirs = getattr(getattr(stats, name), method), getattr(getattr(scipy.stats, name), method)
    scale = np.array([-1.0, 0.0, 1.0, np.nan])
    value = mine(0.5, *[1.5] * count, 0.0, tracked(scale))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(value.data, theirs(0.5, *[1.5] * count, 0.0, scale), rtol=1e-12)
    gradient = ag.grad(lambda scale: mine(0.5, *[1.5] * count, 0.0, scale)[2])(scale)
    assert np.isfinite(gradient).all()
    if count:
        assert np.isnan(mine(tracked(0.5), -1.0, *[1.0] * (count - 1)).data)


def test_tails() -> None:
    assert ag.grad(stats.norm.logcdf)(-40.0) == pytest.approx(40.02496884720727, rel=1e-14)
    assert ag.grad(stats.norm.logsf)(1e5) == pytest.approx(-1e5, rel=1e-9)
    assert ag.grad(ag.grad(stats.norm.logcdf))(-1e5) == pytest.approx(-1.0, rel=1e-9)
    assert ag.grad(stats.t.logpdf)(1e200, 3.0) == 0
    assert ag.grad(stats.logistic.logcdf)(-800.0) == 1.0
    assert ag.grad(stats.laplace.logcdf)(-800.0) == 1.0
    assert ag.grad(stats.gamma.logcdf)(1e-300, 3.0) == 0  # its cdf underflows: -inf


def test_student_with_infinite_degrees_of_freedom() -> None:
    df = np.array([3.0, INF])
    for method in (*DENSITIES, *PROBABILITIES, "ppf"):
        value = getattr(stats.t, method)(tracked(0.3), df)
        np.testing.assert_allclose(value.data, getattr(scipy.stats.t, method)(0.3, df), rtol=1e-12)
        slope = ag.grad(lambda x, method=method: getattr(stats.t, method)(x, df)[1])(0.3)
        assert slope == pytest.approx(ag.grad(getattr(stats.norm, method))(0.3), rel=1e-13)


def test_the_ends_of_quantiles_move_with_the_support() -> None:
    q = np.array([0.0, 0.25, 1.0, 1.5])
    for name, shapes in (("uniform", ()), ("beta", (2.0, 3.0)), ("expon", ()), ("norm", ())):
        mine, theirs = getattr(stats, name).ppf, getattr(scipy.stats, name).ppf
        np.testing.assert_allclose(mine(q, *shapes, tracked(2.0), 3.0).data, theirs(q, *shapes, 2.0, 3.0), rtol=1e-12)
        slope = ag.jacobian(lambda scale, f=mine, s=shapes: f(q, *s, 2.0, scale))(3.0)
        base = theirs(q, *shapes)
        np.testing.assert_allclose(slope, np.where(np.isfinite(base), base, 0.0), rtol=1e-12)


def test_samples_by_quantiles_differentiate_in_the_shape() -> None:
    # The mean of a gamma distribution is a: so is that of its quantiles over evenly spaced levels, and its slope is 1.
    levels = (np.arange(2000) + 0.5) / 2000
    assert ag.grad(lambda a: stats.gamma.ppf(levels, a).mean())(3.0) == pytest.approx(1.0, abs=2e-3)


# Counts


@pytest.mark.parametrize("method", ["logpmf", "pmf", *PROBABILITIES])
@pytest.mark.parametrize(
    ("name", "before", "parameter"), [("poisson", (), 2.5), ("binom", (4,), 0.3), ("bernoulli", (), 0.3)]
)
def test_counts_in_and_beside_the_support(name: str, before: Any, parameter: float, method: str) -> None:
    k = np.array([-1.0, 0.0, 0.5, 1.0, 3.7, 4.0, 9.0])
    mine, theirs = getattr(getattr(stats, name), method), getattr(getattr(scipy.stats, name), method)
    with np.errstate(all="ignore"):
        wanted = theirs(k, *before, parameter, loc=0)
    np.testing.assert_allclose(mine(k, *before, tracked(parameter)).data, wanted, rtol=1e-12, atol=1e-300)
    shifted = mine(k + 2, *before, tracked(parameter), 2).data
    np.testing.assert_allclose(shifted, wanted, rtol=1e-12, atol=1e-300)
    slope = ag.jacobian(lambda p: mine(k, *before, p))(parameter)
    assert np.isfinite(slope).all()
    dead = np.isin(wanted, [0.0, -INF, 1.0])
    assert dead.any()
    np.testing.assert_array_equal(slope[dead & (k != 0)], 0.0)


def test_rates_and_probabilities_on_their_bounds() -> None:
    assert stats.poisson.logpmf(0, tracked(0.0)).item() == 0.0
    assert ag.grad(lambda mu: stats.poisson.logpmf(0, mu))(0.0) == -1.0
    assert ag.grad(lambda p: stats.bernoulli.logpmf(1, p))(1.0) == 1.0
    assert ag.grad(lambda p: stats.binom.logpmf(3, 3, p))(1.0) == 3.0
    np.testing.assert_array_equal(stats.poisson.pmf(1, tracked([-1.0, 1.0])).data, scipy.stats.poisson.pmf(1, [-1, 1]))
    assert np.isnan(stats.binom.cdf(1, 2.5, tracked(0.5)).data)


@pytest.mark.parametrize(
    "call",
    [
        lambda t: stats.poisson.logpmf(t, 2.0),
        lambda t: stats.poisson.cdf(1, 2.0, loc=t),
        lambda t: stats.binom.pmf(1, t, 0.5),
        lambda t: stats.bernoulli.logpmf(k=t, p=0.5),
    ],
)
def test_counts_are_refused_in_words(call: Any) -> None:
    with pytest.raises(NotDifferentiableError, match=r"with respect to (k|loc|n), which counts"):
        call(tracked(1.0))
    call(Tensor(1.0))


# Vectors

COV = np.array([[2.0, 0.5, 0.1], [0.5, 1.0, -0.2], [0.1, -0.2, 1.5]])


def test_multivariate_normal_gradients_in_closed_form() -> None:
    x, mean = np.array([0.5, -1.0, 2.0]), np.array([0.1, 0.2, 0.3])
    in_x, in_mean, in_cov = ag.grad(stats.multivariate_normal.logpdf, argnums=(0, 1, 2))(x, mean, COV)
    pull = np.linalg.solve(COV, x - mean)
    np.testing.assert_allclose(in_x, -pull, rtol=1e-13)
    np.testing.assert_allclose(in_mean, pull, rtol=1e-13)
    np.testing.assert_allclose(in_cov, (np.outer(pull, pull) - np.linalg.inv(COV)) / 2, rtol=1e-12)
    entropy = ag.grad(lambda cov: stats.multivariate_normal.entropy(mean, cov))(COV)
    np.testing.assert_allclose(entropy, np.linalg.inv(COV) / 2, rtol=1e-12)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 3), (4, 3), (1, 2, 3)])
@pytest.mark.parametrize(
    "parameters", [(), (None, 2.0), (0.0, [[3.0]]), (np.zeros(3), COV), (np.ones(3), [1.0, 2.0, 3.0])]
)
def test_shapes_of_the_multivariate_normal(shape: Any, parameters: Any) -> None:
    x = np.linspace(-1.0, 2.0, int(np.prod(shape))).reshape(shape)
    try:
        wanted = scipy.stats.multivariate_normal.logpdf(x, *parameters)
    except ValueError:
        with pytest.raises(ShapeError):
            stats.multivariate_normal.logpdf(tracked(x), *parameters)
        return
    value = stats.multivariate_normal.logpdf(tracked(x), *parameters)
    assert value.shape == np.shape(wanted)
    np.testing.assert_allclose(value.data, wanted, rtol=1e-12)


def test_what_the_multivariate_normal_refuses() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        stats.multivariate_normal.logpdf(np.zeros(2), np.zeros(2), tracked(np.ones((2, 2))))
    with pytest.raises(UnsupportedArgumentError, match="allow_singular"):
        stats.multivariate_normal.logpdf(np.zeros(2), np.zeros(2), tracked(np.eye(2)), allow_singular=True)
    with pytest.raises(ShapeError, match=r"\(2,\) and \(2, 2\)|\(3,\) and \(3, 3\)"):
        stats.multivariate_normal.logpdf(tracked(np.zeros(2)), np.zeros(2), np.eye(3))
    with pytest.raises(NotDifferentiableError, match=r"multivariate_normal\.cdf takes no Tensors: pdf, logpdf"):
        stats.multivariate_normal.cdf(tracked(np.zeros(2)))


@pytest.mark.parametrize("cov", [np.diag([1.0, 2.0, 0.0]), np.ones((3, 3)), np.diag([1.0, 2.0, 3.0])])
def test_the_multivariate_normal_on_the_range_of_a_singular_covariance(cov: np.ndarray) -> None:
    mean = np.array([0.1, -0.2, 0.3])
    x = mean + np.stack([cov @ [0.5, -1.0, 0.2], cov @ [0.0, 0.3, 0.1], [3.0, -2.0, 1.0]])

    def density(x: Any, mean: Any) -> Any:
        return stats.multivariate_normal.logpdf(x, mean, cov, allow_singular=True)

    np.testing.assert_allclose(
        density(tracked(x), tracked(mean)).data,
        scipy.stats.multivariate_normal.logpdf(x, mean, cov, allow_singular=True),
        rtol=1e-12,
    )
    slope = ag.grad(lambda x: np.sum(density(x, mean)[:2]))(x)
    np.testing.assert_allclose(slope[:2], -(x - mean)[:2] @ np.linalg.pinv(cov), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(slope[2], 0)


def test_dirichlet_checks_what_scipy_checks() -> None:
    with pytest.raises(ValueError, match="simplex"):
        stats.dirichlet.logpdf(tracked([0.5, 0.6]), [1.0, 2.0])
    with pytest.raises(ValueError, match="greater than 0"):
        stats.dirichlet.pdf([0.5, 0.5], tracked([-1.0, 2.0]))
    for method, value in (("logpdf", -INF), ("pdf", 0.0)):
        function = getattr(stats.dirichlet, method)
        assert function(tracked([0.0, 1.0]), [2.0, 1.0]).item() == value
        for gradient in ag.grad(function, argnums=(0, 1))(np.array([0.0, 1.0]), np.array([2.0, 1.0])):
            np.testing.assert_array_equal(gradient, [0.0, 0.0])


# How SciPy spells it


def test_parameters_by_position_and_by_name() -> None:
    x = tracked(1.5)
    wanted = scipy.stats.gamma.logpdf(1.5, 2.0, 0.5, 3.0)
    for value in (
        stats.gamma.logpdf(x, 2.0, 0.5, 3.0),
        stats.gamma.logpdf(x, a=2.0, loc=0.5, scale=3.0),
        stats.gamma.logpdf(x, 2, scale=3, loc=0.5),
        stats.gamma(2.0, loc=0.5, scale=3.0).logpdf(x),
        stats.gamma(tracked(2.0), 0.5, [Tensor(3.0)]).logpdf(1.5)[0],
    ):
        assert value.item() == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: stats.gamma.logpdf(x), "but not a"),
        (lambda x: stats.gamma.logpdf(x, 1.0, 0.0, 1.0, 2.0), "4 by position"),
        (lambda x: stats.gamma.logpdf(x, 1.0, a=2.0), "1 by position"),
        (lambda x: stats.norm.cdf(x, sigma=2.0), "sigma"),
    ],
)
def test_wrong_parameters(call: Any, words: str) -> None:
    for x in (1.0, tracked(1.0)):
        with pytest.raises(TypeError, match=words):
            call(x)


def test_lists_and_arrays() -> None:
    value = stats.norm.logpdf([tracked(1.0), 2.0], [0.0, 0.5], 2.0)
    np.testing.assert_allclose(value.data, scipy.stats.norm.logpdf([1.0, 2.0], [0.0, 0.5], 2.0), rtol=1e-13)
    plain = stats.norm.logpdf([1.0, 2.0], 0.5)
    assert type(plain) is np.ndarray
    np.testing.assert_array_equal(plain, scipy.stats.norm.logpdf([1.0, 2.0], 0.5))
    assert stats.poisson.cdf(3, 2) == scipy.stats.poisson.cdf(3, 2)


def test_float32_stays_float32() -> None:
    x = tracked(np.array([0.3, 0.6], np.float32))
    for name in CONTINUOUS:
        shapes = [1.5] * (len(CONTINUOUS[name]) - 3)
        value = getattr(stats, name).logpdf(x, *shapes)
        assert value.dtype == np.float32, name
        np.testing.assert_allclose(value.data, getattr(scipy.stats, name).logpdf(x.data, *shapes), rtol=1e-5)


def test_what_is_not_covered_is_that_of_scipy() -> None:
    assert stats.norm.ppf(0.5) == 0.0
    assert stats.norm.isf(0.25) == scipy.stats.norm.isf(0.25)
    assert stats.norm.numargs == 0
    assert stats.gamma(2.0).mean() == 2.0
    assert stats.gamma(2.0).rvs(3, random_state=0).shape == (3,)
    assert stats.multivariate_normal.rvs([0.0, 0.0], random_state=0).shape == (2,)
    assert stats.weibull_min is scipy.stats.weibull_min
    assert stats.pearsonr([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]).statistic == pytest.approx(0.98198, rel=1e-5)
    assert "norm" in dir(stats)
    assert autograd_lite.scipy.stats is stats


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: stats.norm.isf(t), r"scipy\.stats\.norm\.isf takes no Tensors: pdf, logpdf, .* do"),
        (lambda t: stats.gamma(t).mean(), r"scipy\.stats\.gamma\.mean takes no Tensors"),
        (lambda t: stats.gamma(2.0).isf(t), r"scipy\.stats\.gamma\.isf takes no Tensors"),
        (lambda t: stats.pearsonr(t, t), "pearsonr has no derivative rule"),
    ],
)
def test_tensors_are_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(NotDifferentiableError, match=words):
        call(tracked(0.5))


def test_distributions_survive_copying() -> None:
    for distribution in (stats.norm, stats.poisson, stats.dirichlet):
        assert pickle.loads(pickle.dumps(distribution)) is distribution
        assert copy.deepcopy(distribution) is distribution
    assert "logpdf" in repr(stats.norm)
    assert "norm" in repr(stats.norm(1.0))
    with pytest.raises(AttributeError):
        stats.norm.no_such_name  # noqa: B018
    with pytest.raises(AttributeError):
        stats.no_such_name  # noqa: B018


def test_scipy_stats_is_loaded_when_something_of_it_is_needed() -> None:
    program = (
        "import sys, autograd_lite as ag\n"
        "from autograd_lite.scipy.stats import norm\n"
        "print(ag.grad(norm.logpdf)(1.0), 'scipy.stats' in sys.modules)\n"
        "print(norm.logpdf(0.0) < 0, 'scipy.stats' in sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["-1.0", "False", "True", "True"]


# Another library

HIPS: list[tuple[str, str, tuple[Any, ...], tuple[int, ...]]] = [
    *[("norm", method, (0.7, 0.2, 1.5), (0, 1, 2)) for method in ("pdf", "logpdf", *PROBABILITIES)],
    *[("t", method, (0.7, 2.5, 0.2, 1.5), (0, 1, 2, 3)) for method in ("pdf", "logpdf")],
    *[("t", method, (0.7, 2.5, 0.2, 1.5), (0, 2)) for method in ("cdf", "logcdf")],
    *[("beta", method, (0.7, 2.5, 1.2), (0,)) for method in ("cdf", "pdf", "logpdf")],
    *[("gamma", method, (0.7, 2.5), (0,)) for method in ("cdf", "pdf", "logpdf")],
    *[("chi2", method, (0.7, 3.0), (0,)) for method in ("cdf", "pdf", "logpdf")],
    *[("poisson", method, (2, 2.5), (1,)) for method in ("cdf", "pmf", "logpmf")],
    *[("dirichlet", method, (np.array([0.3, 0.7]), np.array([2.5, 1.2])), (0, 1)) for method in ("pdf", "logpdf")],
    *[("multivariate_normal", method, (np.ones(3), np.zeros(3), COV), (0, 1, 2)) for method in ("pdf", "logpdf")],
    ("multivariate_normal", "entropy", (np.zeros(3), COV), (1,)),
]


@pytest.mark.parametrize(("name", "method", "arguments", "argnums"), HIPS, ids=lambda value: str(value)[:12])
def test_whatever_hips_autograd_covers(name: str, method: str, arguments: Any, argnums: Any) -> None:
    autograd = pytest.importorskip("autograd")
    theirs = getattr(pytest.importorskip(f"autograd.scipy.stats.{name}"), method)
    mine = getattr(getattr(stats, name), method)
    for argnum in argnums:
        found = ag.grad(mine, argnum)(*arguments)
        wanted = autograd.grad(theirs, argnum)(*arguments)
        np.testing.assert_allclose(found, wanted, rtol=1e-9, err_msg=f"argument {argnum}")
