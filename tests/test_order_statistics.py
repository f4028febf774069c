"""Medians, quantiles, sorting: ties, NaNs, infinities, levels, trimmed zeros, and what PyTorch and JAX give."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import NotDifferentiableError, Tensor, UnsupportedArgumentError, grad, jvp, value_and_grad

NAN, INF = np.nan, np.inf


def tracked(value: Any) -> Tensor:
    return Tensor(np.array(value, dtype=float), requires_grad=True)


# NaNs


def test_quantiles_of_slices_with_different_numbers_of_nans() -> None:
    x = np.array([[1.0, NAN, 3.0, 2.0], [NAN, NAN, 7.0, NAN], [4.0, 2.0, 9.0, 1.0]])
    for method in ("linear", "hazen", "inverted_cdf"):
        whole = grad(lambda x, m=method: np.sum(np.nanquantile(x, [0.3, 0.8], axis=1, method=m)))(x)
        rows = [
            grad(lambda r, m=method: np.sum(np.quantile(r, [0.3, 0.8], method=m)))(row[~np.isnan(row)]) for row in x
        ]
        np.testing.assert_array_equal(whole[np.isnan(x)], 0)
        np.testing.assert_allclose(whole[~np.isnan(x)], np.concatenate(rows), rtol=1e-12)


def test_a_nan_takes_the_cotangent_of_a_median() -> None:
    x = np.array([[1.0, NAN, 2.0], [3.0, 1.0, 2.0]])
    slope = grad(lambda x: np.sum(np.median(x, axis=1)))(x)
    np.testing.assert_array_equal(slope, [[0, 1, 0], [0, 0, 1]])
    np.testing.assert_array_equal(slope[0], grad(np.max)(x[0]))


# Order statistics


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=7), st.floats(0, 1))
def test_ties_share_evenly_and_shifts_shift(values: list[int], q: float) -> None:
    x = np.array(values, dtype=float)
    slope = grad(lambda x: np.quantile(x, q))(x)
    assert np.sum(slope) == pytest.approx(1)
    for level in set(values):
        np.testing.assert_allclose(slope[x == level], slope[x == level][0], rtol=1e-12)
    np.testing.assert_allclose(grad(lambda x: np.quantile(x, 1))(x), grad(np.max)(x), rtol=1e-15)
    np.testing.assert_allclose(grad(lambda x: np.percentile(x, 0))(x), grad(np.min)(x), rtol=1e-15)
    np.testing.assert_allclose(grad(np.median)(x), grad(lambda x: np.quantile(x, 0.5))(x), rtol=1e-15)


def test_quantiles_beside_jax_and_torch() -> None:
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    x = np.random.default_rng(5).permutation(12).reshape(3, 4).astype(np.float32)
    q = np.array([0.1, 0.4, 0.77], np.float32)
    for method in ("linear", "lower", "higher", "midpoint", "nearest"):
        mine = grad(lambda x, m=method: np.sum(np.quantile(x, q, axis=1, method=m) * x[:, 0]))(x)
        theirs = jax.grad(lambda x, m=method: (jax.numpy.quantile(x, q, axis=1, method=m) * x[:, 0]).sum())(x)
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5)
        leaf = torch.tensor(x, requires_grad=True)
        (torch.quantile(leaf, torch.tensor(q), dim=1, interpolation=method) * leaf[:, 0]).sum().backward()
        np.testing.assert_allclose(mine, leaf.grad.numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("method", ["inverted_cdf", "lower", "nearest", "linear"])
def test_slopes_in_single_precision_belong_to_the_value(method: Any) -> None:
    """In float32 0.3 is more than 0.3, and 10 * 0.3 more than 3."""
    x = np.random.default_rng(1).permutation(11).astype(np.float32)
    for q in np.linspace(0, 1, 21):
        value, slope = value_and_grad(lambda x, q=q: np.quantile(x, q, method=method))(x)
        assert value == pytest.approx(float(slope @ x), rel=1e-6)


def test_ties_of_a_median_beside_torch() -> None:
    torch = pytest.importorskip("torch")
    for x in ([1.0, 2.0, 2.0, 2.0, 5.0], [3.0, 3.0, 3.0]):
        leaf = torch.tensor(x, requires_grad=True, dtype=torch.float64)
        leaf.median().backward()
        np.testing.assert_allclose(grad(np.median)(np.array(x)), leaf.grad.numpy(), rtol=1e-15)


def test_infinite_elements_do_not_spoil_the_slope() -> None:
    x = np.array([1.0, 2.0, INF, -INF, 3.0])
    np.testing.assert_array_equal(grad(np.median)(x), [0, 1, 0, 0, 0])
    np.testing.assert_array_equal(jvp(np.median, (x,), (np.arange(5.0),))[1], 1.0)


def test_levels_are_constants() -> None:
    x = tracked([1.0, 2.0])
    for function in (np.quantile, np.percentile, np.nanquantile, np.nanpercentile):
        with pytest.raises(NotDifferentiableError, match=r"with respect to q.*q\.detach\(\)"):
            function(x, tracked(0.5))
        assert function(x, Tensor(0.5)).requires_grad
        with pytest.raises(UnsupportedArgumentError, match="weights"):
            function(x, 0.5, weights=[1, 2], method="inverted_cdf")
        assert function(x, 0.5, weights=None).requires_grad


def test_nothing_is_overwritten() -> None:
    x = np.array([3.0, 1.0, 2.0])
    for call in (lambda t: np.median(t, None, None, True), lambda t: np.quantile(t, 0.5, overwrite_input=True)):
        call(Tensor(x, requires_grad=True, copy=False))
        np.testing.assert_array_equal(x, [3.0, 1.0, 2.0])


ROOTS = np.array([0.0, 4.0, 9.0])


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (np.median, [0, 1, 0]), (np.nanmedian, [0, 1, 0]), (lambda r: np.quantile(r, 0.75), [0, 0.5, 0.5]),
        (lambda r: np.sum(np.sort(r)[1:]), [0, 1, 1]), (lambda r: np.partition(r, 1)[2], [0, 0, 1]),
        (np.nanmax, [0, 0, 1]), (lambda r: np.max(r, initial=1.0), [0, 0, 1]),
        (lambda r: np.sum(r, where=ROOTS > 0), [0, 1, 1]), (lambda r: np.nanmean(r, where=ROOTS > 0), [0, 0.5, 0.5]),
        (lambda r: np.diff(r)[1], [0, -1, 1]), (lambda r: np.bincount([0, 1, 1], r)[1], [0, 1, 1]),
    ],
)  # fmt: skip
def test_elements_that_were_left_out_are_out_beside_an_infinite_slope(function: Any, slope: list[float]) -> None:
    found = grad(lambda x: function(np.sqrt(x)))(ROOTS)
    np.testing.assert_allclose(found, np.array(slope) * [0, 1 / 4, 1 / 6], rtol=1e-15)


# Sorting


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.data())
def test_cotangents_follow_the_elements(values: list[int], data: st.DataObject) -> None:
    x, weights = np.array(values, dtype=float), np.arange(1.0, len(values) + 1)
    slope = grad(lambda x: np.sort(x) @ weights)(x)
    np.testing.assert_array_equal(slope[np.argsort(x, kind="stable")], weights)
    kth = data.draw(st.integers(0, len(values) - 1))
    slope = grad(lambda x: np.partition(x, kth) @ weights)(x)
    assert sorted(slope) == list(weights)
    np.testing.assert_array_equal(np.partition(x, kth)[slope.astype(int) - 1], x)


def test_sorting_beside_jax() -> None:
    jax = pytest.importorskip("jax")
    x = np.float32([[1, 1, 0, 1], [2, 0, 2, 0]])
    weights = np.float32([1, 2, 3, 4])
    mine = grad(lambda x: np.sum(np.sort(x, axis=1) @ weights))(x)
    np.testing.assert_array_equal(mine, jax.grad(lambda x: (jax.numpy.sort(x, axis=1) @ weights).sum())(x))


def test_zeros_are_trimmed_as_numpy_does() -> None:
    for x, trim in itertools.product(([0, 0, 1, 0, 2, 0], [0, 0], [], [1]), ("fb", "b", "F")):
        got = np.trim_zeros(tracked(x), trim)
        np.testing.assert_array_equal(got.data, np.trim_zeros(np.array(x, dtype=float), trim))
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.trim_zeros(x) ** 2))(np.array([0.0, 3.0, 0.0])), [0, 6, 0])
    with pytest.raises(ValueError, match="trim='x'"):
        np.trim_zeros(tracked([0.0, 1.0]), "x")


def test_fields_and_sets_are_refused() -> None:
    t = tracked([1.0, 2.0])
    with pytest.raises(UnsupportedArgumentError, match="names fields"):
        np.sort(t, order="a")
    for function in (np.unique_values, np.unique_counts, np.unique_all, np.unique_inverse):
        with pytest.raises(NotDifferentiableError, match="drops elements by value"):
            function(t)
    for function in (np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d):
        with pytest.raises(NotDifferentiableError, match="members of sets"):
            function(t, np.ones(2))
    for call in (np.histogram, np.histogram_bin_edges, lambda t: np.histogram2d(t, t)):
        with pytest.raises(NotDifferentiableError, match=r"np\.bincount\(np\.digitize"):
            call(t)
