"""Elementwise functions, pieces and spacings: digits kept, conventions, aliases, and errors in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import autograd_lite as ag
import autograd_lite.numpy as anp
from autograd_lite import Tensor


def nested(f: Callable[[Any], Any], order: int) -> Callable[[Any], Any]:
    """Return the derivative of some order."""
    for _ in range(order):
        f = ag.grad(f)
    return f


# Digits


def sinc_by_quadrature(x: float, order: int) -> float:
    """Return a derivative of sinc: pi^k times the integral of t^k cos(pi x t + k pi / 2) over t in [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(80)
    t = (nodes + 1) / 2
    return float(np.pi**order * np.sum(weights / 2 * t**order * np.cos(np.pi * x * t + order * np.pi / 2)))


@pytest.mark.parametrize("order", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("x", [1e-7, 0.01, 0.3, 0.41, 0.5, 0.6, 0.7, 0.9, 1.3, -2.2, 7.4])
def test_derivatives_of_sinc_keep_their_digits(x: float, order: int) -> None:
    largest = np.pi**order / (order + 1)
    assert abs(nested(np.sinc, order)(x) - sinc_by_quadrature(x, order)) < 1e-14 * largest


def test_sinc_to_third_order_at_tiny_arguments() -> None:
    x = 1e-150
    assert nested(np.sinc, 1)(x) == pytest.approx(-(np.pi**2) / 3 * x, rel=1e-15)
    assert nested(np.sinc, 2)(x) == pytest.approx(-(np.pi**2) / 3, rel=1e-15)
    assert nested(np.sinc, 3)(x) == pytest.approx(np.pi**4 / 5 * x, rel=1e-15)


@pytest.mark.parametrize("scale", [1e-90, 1e-9, 1.0, 1e9, 1e90])
@pytest.mark.parametrize("ratio", [1e-12, 1e-3, 1.0, 1e3, 1e12])
def test_derivatives_of_hypot_and_arctan2_keep_their_digits(scale: float, ratio: float) -> None:
    x, y = scale * ratio, scale
    r = math.hypot(x, y)
    exact = pytest.approx
    assert nested(lambda x: np.hypot(x, y), 1)(x) == exact(x / r, rel=1e-14)
    assert nested(lambda x: np.hypot(x, y), 2)(x) == exact((y / r) ** 2 / r, rel=1e-14)
    assert nested(lambda x: np.hypot(x, y), 3)(x) == exact(-3 * (x / r) * (y / r) ** 2 / r / r, rel=1e-14)
    assert nested(lambda x: np.arctan2(x, y), 1)(x) == exact(y / r / r, rel=1e-14)
    assert nested(lambda x: np.arctan2(x, y), 2)(x) == exact(-2 * (x / r) * (y / r) / r / r, rel=1e-14)


@pytest.mark.parametrize("x", [-30.0, -1e-9, 1e-12, 0.3, 1 - 1e-9])
def test_inverse_functions_keep_their_digits(x: float) -> None:
    if abs(x) < 1:
        gap = (1 - x) * (1 + x)
        assert nested(np.arcsin, 2)(x) == pytest.approx(x / gap**1.5, rel=1e-14)
        assert nested(np.arctanh, 2)(x) == pytest.approx(2 * x / gap**2, rel=1e-14)
        assert nested(np.arccos, 2)(x) == pytest.approx(-x / gap**1.5, rel=1e-14)
    assert nested(np.expm1, 3)(x) == pytest.approx(math.exp(x), rel=1e-14)
    assert nested(np.arcsinh, 2)(x) == pytest.approx(-x / (1 + x * x) ** 1.5, rel=1e-14)


@pytest.mark.parametrize("gap", [-700.0, -40.0, 0.0, 40.0, 700.0])
@pytest.mark.parametrize(("function", "base"), [(np.logaddexp, math.e), (np.logaddexp2, 2.0)])
def test_shares_of_two_exponents_keep_their_digits(function: Any, base: float, gap: float) -> None:
    share, other = 1 / (1 + base**-gap), 1 / (1 + base**gap)
    assert ag.grad(lambda x: function(x, 3.0))(3.0 + gap) == pytest.approx(share, rel=1e-13)
    second = nested(lambda x: function(x, 3.0), 2)(3.0 + gap)
    assert second == pytest.approx(math.log(base) * share * other, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [0.01, 3.0, 300.0])
def test_logaddexp_of_long_arrays_has_numpys_values(scale: float, dtype: Any) -> None:
    x, y = (scale * np.random.default_rng(0).normal(size=(2, 1, 2000))).astype(dtype)
    for other in (y, 0, 0.5, dtype(1.5), y[:, :1], np.stack([y[0], -y[0]])):
        pairs = (
            (np.logaddexp(Tensor(x), other), np.logaddexp(x, other)),
            (np.logaddexp(other, Tensor(x)), np.logaddexp(other, x)),
        )
        for out, expected in pairs:
            assert out.dtype == expected.dtype
            tolerance = 4 * np.finfo(dtype).eps
            np.testing.assert_allclose(out.data, expected, rtol=tolerance, atol=tolerance * min(scale, 1))
    assert np.logaddexp(Tensor(x), np.arange(2000)).dtype == np.logaddexp(x, np.arange(2000)).dtype


@pytest.mark.filterwarnings("ignore:invalid value")  # NumPy's own, of a NaN
def test_logaddexp_of_long_arrays_knows_infinities() -> None:
    x, y = np.zeros((2, 2000))
    x[:5], y[:5] = [np.inf, -np.inf, np.inf, -np.inf, np.nan], [np.inf, -np.inf, -np.inf, 1.0, 0.0]
    for left, right, slope in ((x[:4], y[:4], 4), (x[:5], y[:5], 5), (x, y, 2000)):
        tensor = Tensor(left, requires_grad=True)
        out = np.logaddexp(tensor, right)
        np.testing.assert_array_equal(out.data, np.logaddexp(left, right))
        out.sum().backward()
        assert tensor.grad.shape == (slope,)
        np.testing.assert_array_equal(tensor.grad[:4], [0.5, 0.5, 1.0, 0.0])
        np.testing.assert_array_equal(tensor.grad[5:], 0.5)


@pytest.mark.parametrize(("x", "y"), [(7.0, 0.1), (-7.0, 0.1), (0.3, 0.1), (1e17, 3.0), (-5.5, 2.0)])
def test_slopes_of_remainders_count_as_the_remainders_do(x: float, y: float) -> None:
    counted = {np.remainder: np.floor_divide(x, y), np.fmod: np.rint((x - np.fmod(x, y)) / y)}
    for function, quotient in counted.items():
        assert ag.grad(function, 1)(x, y) == -quotient


# Conventions


def test_a_negative_base_has_a_slope_in_the_base_though_the_exponent_is_tracked() -> None:
    x, y = np.array([-2.0, -3.0]), np.array([3.0, 2.0])
    np.testing.assert_array_equal(ag.grad(lambda x, y: np.sum(x**y), 0)(x, y), [12.0, -6.0])
    assert np.all(np.isnan(ag.grad(lambda x, y: np.sum(x**y), 1)(x, y)))


def test_float_power_is_of_double_precision() -> None:
    x = Tensor(np.float32([1.5, 2.0]), requires_grad=True)
    for power in (np.float_power(x, 2), np.float_power(2, x), np.float_power(x, x)):
        assert power.dtype == np.float64
    y = np.float_power(x, np.float32(3.0))
    y.sum().backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_allclose(x.grad, 3 * np.square([1.5, 2.0]))


def test_what_is_constant_in_an_answer_of_two_is_plain() -> None:
    t = Tensor([1.75, -0.5], requires_grad=True)
    for function, of_tensor in (
        (np.modf, 0),
        (np.frexp, 0),
        (lambda x: np.divmod(x, 0.5), 1),
        (lambda x: divmod(x, 2), 1),
    ):
        found, wanted = function(t), function(t.data)
        for k in range(2):
            assert isinstance(found[k], Tensor if k == of_tensor else np.ndarray)
            np.testing.assert_array_equal(np.asarray(getattr(found[k], "data", found[k])), wanted[k])


# NumPy's newer names


ALIASES: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    **{new: (old, lambda f, x: f(x)) for new, old in {
        "acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan",
        "atanh": "arctanh", "abs": "absolute", "conj": "conjugate", "matrix_transpose": "transpose",
    }.items()},
    "atan2": ("arctan2", lambda f, x: f(x, 2.0)),
    "pow": ("power", lambda f, x: f(x, 3)),
    "divide": ("true_divide", lambda f, x: f(x, 3.0)),
    "mod": ("remainder", lambda f, x: f(x, 0.3)),
    "concat": ("concatenate", lambda f, x: f([x, x])),
    "permute_dims": ("transpose", lambda f, x: f(x, (1, 0))),
}  # fmt: skip


@pytest.mark.parametrize("name", ALIASES)
def test_newer_names_are_those_of_older_functions(name: str) -> None:
    old, call = ALIASES[name]
    x = np.array([[0.25, 0.5], [0.75, 0.4]]) + (1.0 if name == "acosh" else 0.0)

    def gradient(namespace: Any, name: str) -> Any:
        return ag.grad(lambda x: np.sum(np.square(call(getattr(namespace, name), x))))(x)

    wanted = gradient(np, old)
    for namespace in (np, anp):
        np.testing.assert_array_equal(gradient(namespace, name), wanted)


def test_vecdot_and_transposes_by_their_newer_names() -> None:
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(np.vecdot(x, x)))(x), 2 * x)
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(np.linalg.vecdot(x, x[::-1], axis=0)))(x), 2 * x[::-1])
    np.testing.assert_array_equal(ag.jacobian(lambda x: x.mT)(x), ag.jacobian(np.transpose)(x))
    np.testing.assert_array_equal(ag.jacobian(np.linalg.matrix_transpose)(x), ag.jacobian(np.transpose)(x))


# Interpolation

GRID = np.array([0.0, 1.0, 3.0])
VALUES = np.array([1.0, 3.0, 2.0])


def test_the_slope_at_a_knot_is_that_of_the_interval_to_the_right_and_at_the_last_to_the_left() -> None:
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0])
    slope = ag.elementwise_grad(lambda x: np.interp(x, GRID, VALUES))(x)
    np.testing.assert_array_equal(slope, [0, 2, 2, -0.5, -0.5, -0.5, 0])


@pytest.mark.parametrize("xp", [[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.5, 0.5, 1.0], [2.0]])
def test_values_at_repeated_knots_are_those_of_numpy(xp: list[float]) -> None:
    x, fp = np.array([-0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 2.0, 3.0]), np.arange(len(xp)) + 1.0
    found = np.interp(Tensor(x), xp, fp, left=-1.0)
    np.testing.assert_allclose(found.data, np.interp(x, xp, fp, left=-1.0), rtol=1e-15)


def test_fill_values_may_be_tensors_in_the_namespace() -> None:
    x = np.array([-1.0, 0.5, 5.0, 6.0])
    left, right = ag.grad(lambda a, b: anp.sum(anp.interp(x, GRID, VALUES, a, b)), (0, 1))(0.5, 0.25)
    assert (left, right) == (1.0, 2.0)


def test_lists_with_tensors_are_interpolated_in_the_namespace() -> None:
    slope = ag.grad(lambda top: anp.interp(0.5, [0.0, 1.0], [top, 2 * top]))(3.0)
    assert slope == 1.5


@pytest.mark.parametrize(
    ("arguments", "keywords", "match"),
    [
        ((GRID, VALUES[:2]), {}, r"shapes \(3,\) and \(2,\)"),
        ((GRID[:0], VALUES[:0]), {}, "one length, not 0"),
        ((GRID[None], VALUES[None]), {}, "1-D"),
        ((GRID, VALUES), {"period": 0}, "period=0"),
    ],
)
def test_interp_refuses_what_numpy_refuses(arguments: Any, keywords: Any, match: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        np.interp(0.5, *arguments, **keywords)
    with pytest.raises(ValueError, match=match):
        np.interp(Tensor(0.5, requires_grad=True), *arguments, **keywords)


knots = st.lists(st.floats(-10, 10, width=16), min_size=2, max_size=8, unique=True).map(sorted)


@given(knots, st.floats(-11, 11))
def test_weights_of_an_interpolant_add_up_to_one(xp: list[float], x: float) -> None:
    weights = ag.grad(lambda fp: np.interp(x, np.array(xp), fp))(np.zeros(len(xp)))
    assert np.sum(weights) == pytest.approx(1)
    assert np.all(weights >= -1e-12)
    assert np.count_nonzero(weights) <= 2


# Choices


def test_select_takes_a_tensor_as_the_default_in_the_namespace() -> None:
    x = np.array([-1.0, 2.0])
    assert ag.grad(lambda d: anp.sum(anp.select([x > 0], [x], d * d)))(3.0) == 6.0


@pytest.mark.parametrize("numbers", [(1, 2), (1.5, 2), (1, 2.5)])
def test_numbers_beside_a_tensor_do_not_promote(numbers: tuple[Any, Any]) -> None:
    x = np.float32([-1.0, 2.0])
    found = np.select([x > 5, x > 0, x < 0], [numbers[0], Tensor(x), numbers[1]])
    assert found.dtype == np.select([x > 5, x > 0, x < 0], [numbers[0], x, numbers[1]]).dtype == np.float32


def test_select_refuses_what_numpy_refuses() -> None:
    t = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match="as many conditions as choices, and got 1, 2"):
        np.select([np.array([True, False])], [t, t])
    with pytest.raises(TypeError, match="condition 0 has dtype int64"):
        np.select([np.array([1, 0])], [t])


def test_pieces_may_be_tensors_and_depend_on_others() -> None:
    x = np.array([-2.0, 1.0, 3.0])

    def total(x: Any, a: Any) -> Any:
        return np.sum(np.piecewise(x, [x < 0, x > 2], [a, lambda x, n: a * x**n, lambda x, n: x], 2))

    over_x, over_a = ag.grad(total, (0, 1))(x, 0.5)
    np.testing.assert_array_equal(over_x, [0, 1, 3])
    assert over_a == 1 + 9
    alone = ag.grad(lambda a: np.sum(anp.piecewise(x, [x < 0, x > 2], [a, lambda x: a * x, 0.0])))(0.5)
    assert alone == 1 + 3


def test_the_last_condition_wins_and_what_none_covers_is_zero() -> None:
    x = np.array([-1.0, 0.5, 2.0])
    pieces = [lambda x: x, lambda x: 5 * x]
    slope = ag.elementwise_grad(lambda t: np.piecewise(t, [t > 0, t > 1], pieces))(x)
    np.testing.assert_array_equal(slope, [0, 1, 5])
    np.testing.assert_array_equal(np.piecewise(Tensor(x), [x > 0, x > 1], pieces).data, [0, 0.5, 10])


def test_piecewise_refuses_to_lose_a_derivative_or_a_function() -> None:
    with pytest.raises(ag.DtypeError, match="int64"):
        ag.grad(lambda a: np.sum(anp.piecewise(np.array([1, 2]), [np.array([True, False])], [a, 0])))(0.5)
    with pytest.raises(ValueError, match="as many functions or one more, not 3"):
        np.piecewise(Tensor([1.0, 2.0]), [np.array([True, False])], [1.0, 2.0, 3.0])


def test_nan_to_num_does_not_write() -> None:
    with pytest.raises(ValueError, match="leave copy out"):
        np.nan_to_num(Tensor([1.0]), copy=False)


# Spacings


@pytest.mark.parametrize("dtype", [int, np.float32, None])
def test_linspace_in_a_dtype(dtype: Any) -> None:
    start, stop = Tensor(-0.5, requires_grad=True), 3.7
    found = np.linspace(start, stop, 6, dtype=dtype)
    wanted = np.linspace(-0.5, stop, 6, dtype=dtype)
    assert isinstance(found, np.ndarray if dtype is int else Tensor)
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(np.asarray(getattr(found, "data", found)), wanted, rtol=1e-6)


def test_ends_of_spacings_are_exact() -> None:
    x, y = np.array([0.1, 1e-300]), np.array([0.7, 1e300])
    for spacing in (np.linspace, np.geomspace):
        points = spacing(Tensor(x), Tensor(y), 7).data
        np.testing.assert_array_equal(points[[0, -1]], [x, y])
        assert np.all(np.isfinite(points))


def test_geomspace_refuses_zero() -> None:
    with pytest.raises(ValueError, match="cannot include zero"):
        np.geomspace(Tensor(0.0), 1.0)


@given(st.floats(0.01, 100), st.floats(0.01, 100), st.integers(2, 9))
def test_spacings_are_homogeneous(x: float, y: float, num: int) -> None:
    """Of functions that grow with their arguments Euler has x f_x + y f_y = f."""
    for spacing in (np.linspace, np.geomspace):
        over_x, over_y = ag.jacobian(lambda x, y, spacing=spacing: spacing(x, y, num), (0, 1))(x, y)
        np.testing.assert_allclose(x * over_x + y * over_y, spacing(x, y, num), rtol=1e-12)
