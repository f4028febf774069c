"""Reductions, scans, statistics and softmax where the table does not reach.

Ties, NaNs, infinities, products of zeros, arguments that are refused, and what PyTorch and JAX give.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite.numpy as anp
from autograd_lite import (
    Tensor,
    UnsupportedArgumentError,
    grad,
    hessian,
    jacobian,
    value_and_grad,
)
from autograd_lite.rules.softmax import log_softmax, logsumexp, softmax
from autograd_lite.scipy import special

NAN, INF = np.nan, np.inf


def tracked(value: Any) -> Tensor:
    return Tensor(np.array(value, dtype=float), requires_grad=True)


# Products. Every derivative of a product in different factors is the product of the others.


def others(x: np.ndarray, *left_out: int) -> float:
    if len(set(left_out)) < len(left_out):
        return 0.0
    return math.prod(float(v) for i, v in enumerate(x) if i not in left_out)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.0, 1.5, -2.0, 3.0]), min_size=1, max_size=6))
def test_derivatives_of_products_with_zeros_are_exact(values: list[float]) -> None:
    x = np.array(values)
    n = range(len(values))
    np.testing.assert_array_equal(grad(np.prod)(x), [others(x, i) for i in n])
    np.testing.assert_array_equal(hessian(np.prod)(x), [[others(x, i, j) for j in n] for i in n])
    found = jacobian(np.cumprod)(x)
    np.testing.assert_array_equal(found, [[others(x[: k + 1], i) if i <= k else 0 for i in n] for k in n])


@pytest.mark.parametrize("function", [np.prod, lambda x: np.cumprod(x)[-1], lambda x: np.cumulative_prod(x)[-1]])
@pytest.mark.parametrize("x", [[2.0, 0.0, 3.0, 0.0], [0.0, 0.0, 0.0], [1.5, -2.0, 0.5, 0.0]])
def test_third_derivatives_of_products_with_zeros(function: Any, x: list[float]) -> None:
    n = range(len(x))
    third = jacobian(hessian(function))(np.array(x))
    wanted = [[[others(np.array(x), i, j, k) for k in n] for j in n] for i in n]
    np.testing.assert_allclose(third, wanted, atol=1e-14)


def test_a_long_running_product() -> None:
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(3).uniform(0.9, 1.1, 1000)
    x[[17, 500]] = 0.0
    weights = np.linspace(-1, 1, 1000)
    leaf = torch.tensor(x, requires_grad=True)
    (torch.cumprod(leaf, 0) * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(grad(lambda x: np.cumprod(x) @ weights)(x), leaf.grad.numpy(), rtol=1e-11, atol=1e-11)


# Extrema and sums of some


def test_the_first_value_takes_its_share_of_a_tie() -> None:
    x = np.array([1.0, 2.0, 2.0])
    value, slope = value_and_grad(lambda x: np.max(x, initial=2.0))(x)
    assert value == 2.0
    np.testing.assert_allclose(slope, [0, 1 / 3, 1 / 3])
    first = grad(lambda initial: np.max(tracked(x), initial=initial))
    assert first(2.0) == pytest.approx(1 / 3)
    assert first(3.0) == 1.0
    assert np.max(tracked([]), initial=2.0).item() == 2.0
    np.testing.assert_array_equal(grad(lambda x: np.max(x, initial=NAN))(x), [0, 0, 0])


def test_a_masked_extremum_needs_a_first_value() -> None:
    mask = np.array([True, False])
    for function in (np.max, np.min, np.nanmax, np.nanmin):
        with pytest.raises(ValueError, match=r"where=\.\.\.\) needs initial="):
            function(tracked([1.0, 2.0]), where=mask)


@pytest.mark.parametrize(
    "call",
    [
        lambda t, out: np.sum(t, out=out), lambda t, out: np.mean(t, 0, None, out), lambda t, out: np.max(t, 0, out),
        lambda t, out: np.prod(t, out=out), lambda t, out: np.cumsum(t, out=out), lambda t, out: np.std(t, out=out),
        lambda t, out: np.median(t, None, out), lambda t, out: np.nanvar(t, out=out),
        lambda t, out: np.cumulative_sum(t, out=out), lambda t, out: np.quantile(t, 0.5, out=out),
    ],
)  # fmt: skip
def test_out_is_refused(call: Any) -> None:
    with pytest.raises(UnsupportedArgumentError, match=r"out=\.\.\.\) of a Tensor would write into an array"):
        call(tracked([1.0, 2.0]), np.zeros(2))


def test_dtypes() -> None:
    single = Tensor(np.array([1, 2, 4], np.float32), requires_grad=True)
    assert np.cov(single).dtype == np.cov(single.data).dtype == np.float64
    assert np.cov(single, dtype=np.float32).dtype == np.float32
    for function in (np.sum, np.prod, np.mean, np.var, np.std, np.cumsum, np.cumprod, np.nansum, np.nanstd):
        assert function(single).dtype == np.float32
        assert function(single, dtype=np.float64).dtype == np.float64
        assert grad(lambda x, f=function: np.sum(f(x, dtype=np.float64)))(single.data).dtype == np.float32


# NaNs


ALL_NAN = np.array([[NAN, NAN], [1.0, NAN]])
WARNING = {
    "nanmean": "Mean of empty slice", "nanmax": "All-NaN slice", "nanmin": "All-NaN slice",
    "nanvar": "Degrees of freedom <= 0", "nanstd": "Degrees of freedom <= 0", "nanmedian": "All-NaN slice",
}  # fmt: skip


@pytest.mark.parametrize("name", WARNING)
def test_a_slice_of_nothing_but_nans_warns_once_and_has_no_slope(name: str) -> None:
    function = getattr(np, name)
    with pytest.warns(RuntimeWarning, match=WARNING[name]) as warned:
        value, slope = value_and_grad(lambda x: function(x, axis=1)[1])(ALL_NAN)
    assert len(warned) == 1
    assert value == (0 if name in ("nanvar", "nanstd") else 1)
    np.testing.assert_array_equal(slope, [[0, 0], [0 if name in ("nanvar", "nanstd") else 1, 0]])


def test_sums_and_products_of_nothing_but_nans() -> None:
    for function in (np.nansum, np.nanprod):
        np.testing.assert_array_equal(grad(lambda x, f=function: np.sum(f(x, axis=1)))(ALL_NAN), [[0, 0], [1, 0]])
    np.testing.assert_array_equal(jacobian(np.nancumsum)(np.array([NAN, 2.0])), [[0, 0], [0, 1]])
    np.testing.assert_array_equal(jacobian(np.nancumprod)(np.array([NAN, 2.0, 3.0])), [[0, 0, 0], [0, 1, 0], [0, 3, 2]])


# Softmax and its kin


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
def test_softmax_beside_jax(axis: Any) -> None:
    jax = pytest.importorskip("jax")
    x = np.random.default_rng(0).normal(0, 3, (2, 3, 2)).astype(np.float32)
    weights = np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    for mine, theirs in ((softmax, jax.nn.softmax), (log_softmax, jax.nn.log_softmax)):
        wanted = jax.hessian(lambda x, f=theirs: (f(x, axis=axis) * weights).sum())(x)
        found = hessian(lambda x, f=mine: np.sum(f(x, axis) * weights))(x)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_shares_that_vanish_and_shares_that_are_one() -> None:
    x = np.array([1000.0, 1000.0, -1000.0, -INF])
    half = np.array([[0.25, -0.25], [-0.25, 0.25]])
    np.testing.assert_array_equal(jacobian(softmax)(x)[:2, :2], half)
    assert not jacobian(softmax)(x)[2:].any()
    np.testing.assert_array_equal(jacobian(log_softmax)(x)[2], [-0.5, -0.5, 1.0, 0.0])
    np.testing.assert_array_equal(hessian(logsumexp)(x)[:2, :2], half)
    third = jacobian(hessian(logsumexp))(x)
    np.testing.assert_array_equal(third[:2, :2, :2], 0)  # p (1 - p) (1 - 2 p) at p = 1/2
    assert np.all(np.isfinite(third))


def test_infinite_exponents() -> None:
    np.testing.assert_array_equal(grad(logsumexp)(np.array([INF, 0.0, INF])), [0.5, 0, 0.5])
    np.testing.assert_array_equal(grad(logsumexp)(np.array([-INF, -INF])), [0.5, 0.5])
    np.testing.assert_array_equal(grad(logsumexp)(np.array([1000.0, INF])), [0.0, 1.0])
    np.testing.assert_array_equal(hessian(logsumexp)(np.array([INF, 0.0])), np.zeros((2, 2)))
    rows = np.array([[0.0, -INF, 0.0], [-INF, -INF, 3.0]])
    np.testing.assert_array_equal(softmax(tracked(rows), 1).data, [[0.5, 0, 0.5], [0, 0, 1]])
    np.testing.assert_array_equal(grad(lambda x: np.sum(softmax(x, 1)[:, 2]))(rows), [[-0.25, 0, 0.25], [0, 0, 0]])


def test_curvature_far_from_the_largest() -> None:
    x = np.array([0.0, -60.0])
    share = np.exp(-60.0)
    np.testing.assert_allclose(hessian(logsumexp)(x)[1], [-share, share], rtol=1e-12)
    np.testing.assert_allclose(jacobian(softmax)(x)[1], [-share, share], rtol=1e-12)
    np.testing.assert_allclose(jacobian(log_softmax)(x)[:, 1], [-share, 1], rtol=1e-12)


def test_complex_exponents() -> None:
    z = np.array([1000 + 1j, 999 - 2j, 990 + 0.5j])
    plain = grad(lambda z: np.log(np.sum(np.exp(z - 1000))), holomorphic=True)(z)
    np.testing.assert_allclose(grad(logsumexp, holomorphic=True)(z), plain, rtol=1e-12)
    np.testing.assert_allclose(grad(logsumexp, holomorphic=True)(z), softmax(z), rtol=1e-12)


def test_special_has_the_signatures_of_scipy() -> None:
    t = tracked([[0.5, 1.0], [2.0, -1.0]])
    for name in ("softmax", "log_softmax"):
        assert getattr(special, name)(t, axis=(0, 1)).node.plan.primitive.name == name
    assert special.logsumexp(t, axis=1, keepdims=True).node.plan.primitive.name == "logsumexp"


# Statistics


def test_slope_of_a_deviation_of_equal_elements_is_zero_to_every_order() -> None:
    for function in (np.std, np.nanstd, lambda x: np.std(x, where=np.array([True, True]))):
        np.testing.assert_array_equal(hessian(function)(np.array([3.0, 3.0])), np.zeros((2, 2)))


@pytest.mark.filterwarnings("ignore:Degrees of freedom", "ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("function", [np.var, np.std, np.nanvar, np.nanstd])
def test_no_degrees_of_freedom_leave_no_slope_that_could_be_believed(function: Any) -> None:
    assert np.all(np.isnan(grad(lambda x: function(x, ddof=2))(np.array([1.0, 2.0]))))


def test_two_names_of_one_number() -> None:
    for function in (np.var, np.std, np.nanvar, np.nanstd):
        with pytest.raises(ValueError, match="give one of them"):
            function(tracked([1.0, 2.0]), ddof=1, correction=1)


def test_correlations_on_their_bounds_keep_their_curvature() -> None:
    y = np.array([1.0, 2.0, 3.0])

    def correlation(x: Any) -> Any:
        return np.corrcoef(x, y)[0, 1]

    x = 2 * y
    assert correlation(tracked(x)).item() == np.corrcoef(x, y)[0, 1]
    np.testing.assert_allclose(grad(correlation)(x), 0, atol=1e-15)
    direction = np.array([1.0, -2.0, 1.0])  # to the side of y: -|direction|² / |deviations of x|²
    np.testing.assert_allclose(direction @ hessian(correlation)(x) @ direction, -6 / 8, rtol=1e-12)
    np.testing.assert_allclose(jacobian(np.corrcoef)(np.array([x, [1.0, 0.0, 5.0]]))[0, 0], 0, atol=1e-15)


def test_words_of_averages_and_covariances() -> None:
    with pytest.raises(ZeroDivisionError, match="sum to zero"):
        np.average(tracked([1.0, 2.0]), weights=[1, -1])
    mean, total = np.average(tracked([[1.0, 2.0]]), axis=0, returned=True)
    np.testing.assert_array_equal(total, [1.0, 1.0])
    assert mean.requires_grad
    with pytest.raises(RuntimeError, match="2 samples"):
        np.cov(tracked([[1.0, 2.0]]), aweights=[1, 2, 3])
    with (
        pytest.warns(RuntimeWarning, match="Degrees of freedom <= 0"),
        np.errstate(divide="ignore", invalid="ignore"),
    ):
        assert np.isnan(np.cov(tracked([1.0])).item())


def test_weighted_counts() -> None:
    assert type(np.bincount(Tensor([0, 2]))) is np.ndarray
    value, slope = value_and_grad(lambda w: np.sum(np.bincount(np.array([1, 1, 3]), w) ** 2))(np.array([1.0, 2.0, 5.0]))
    assert value == 34.0
    np.testing.assert_array_equal(slope, [6.0, 6.0, 10.0])
    with pytest.raises(ValueError, match="negative"):
        np.bincount(np.array([-1]), tracked([1.0]))


# Lists, and Tensors beside plain arrays


def test_lists_through_the_namespace() -> None:
    a, b = tracked(1.0), tracked(3.0)
    assert anp.average([a, b], weights=[1, 3]).item() == 2.5
    np.testing.assert_array_equal(anp.diff([1.0, 2.0], prepend=[a]).data, [0.0, 1.0])
    np.testing.assert_array_equal(anp.quantile([a, b], [0.5, 1.0]).data, [2.0, 3.0])
    np.testing.assert_array_equal(anp.gradient([1.0, 2.0, 4.0], [a, 2.0, b]).data, [1.0, 1.5, 2.0])
    assert anp.trapezoid([1.0, 2.0], x=[a, b]).item() == 3.0
    np.testing.assert_array_equal(np.ediff1d(np.array([1.0, 4.0]), to_end=a).data, [3.0, 1.0])
    np.testing.assert_array_equal(np.diff(np.array([1.0, 4.0]), append=b).data, [3.0, -1.0])


def test_words_of_samples() -> None:
    with pytest.raises(ValueError, match=r"coordinates of shape \(2,\) for an axis of length 3"):
        np.gradient(tracked([1.0, 2.0, 4.0]), [0, 1])
    with pytest.raises(TypeError, match="complex128"):
        np.ediff1d(tracked([1.0, 2.0]), to_end=1j)
    with pytest.raises(ValueError, match="needs an axis"):
        np.cumulative_prod(tracked([[1.0, 2.0]]))
    np.testing.assert_array_equal(np.gradient(tracked([1.0, INF, 2.0])).data, [INF, 0.5, -INF])
