"""The checker must be right about right derivatives, and must catch wrong ones and say why."""

from typing import NamedTuple

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.check import check_grads, finite_difference
from autograd_lite.errors import DtypeError, GradientCheckError, ShapeError, StructureError

RNG = np.random.default_rng(11)


class Weights(NamedTuple):
    w: np.ndarray
    b: np.ndarray


def complaint(f, *args, **options) -> str:
    with pytest.raises(GradientCheckError) as caught:
        check_grads(f, args, **options)
    return str(caught.value)


def planted(factor, name="planted"):
    """The square, with a rule that is wrong by a factor."""
    return ag.primitive(lambda x: x**2, kind="elementwise", name=name, x=lambda g, x: g * (2 * factor * x))


# Finite differences

X = np.array([[0.3, -1.2, 2.0], [0.7, 1.1, -0.4]])
TOLERANCES = {"forward": 1e-6, "central": 1e-9, "five-point": 1e-11, "complex-step": 1e-15, "richardson": 1e-11}


def rational(x):
    return np.stack([np.sum(np.exp(x) / (1 + x**2)), x[0, 1] ** 3 * x[1, 0]])


def rational_jacobian(x):
    first = np.exp(x) / (1 + x**2) - 2 * x * np.exp(x) / (1 + x**2) ** 2
    second = np.zeros_like(x)
    second[0, 1], second[1, 0] = 3 * x[0, 1] ** 2 * x[1, 0], x[0, 1] ** 3
    return np.stack([first, second])


@pytest.mark.parametrize("method", TOLERANCES)
def test_jacobian_by_every_method(method):
    found = finite_difference(rational, X, method=method)
    assert found.shape == (2, 2, 3)
    np.testing.assert_allclose(found, rational_jacobian(X), rtol=TOLERANCES[method] * 10, atol=TOLERANCES[method] * 10)


@pytest.mark.parametrize("method", TOLERANCES)
def test_derivative_along_a_direction(method):
    direction = RNG.normal(size=X.shape)
    expected = np.tensordot(rational_jacobian(X), direction, 2)
    found = finite_difference(rational, X, direction=direction, method=method)
    np.testing.assert_allclose(found, expected, rtol=TOLERANCES[method] * 10, atol=TOLERANCES[method] * 10)


@pytest.mark.parametrize(("method", "order"), [("forward", 1), ("central", 2), ("five-point", 4)])
def test_error_falls_with_the_order_of_the_method(method, order):
    coarse, fine = (abs(finite_difference(np.exp, 1.0, method=method, step=h) - np.e) for h in (0.1, 0.05))
    assert 2**order * 0.85 < coarse / fine < 2**order * 1.15


@pytest.mark.parametrize("x", [1e6, 1e-3, 0.0])
def test_steps_follow_the_size_of_x(x):
    np.testing.assert_allclose(finite_difference(lambda x: x**2, x), 2 * x, rtol=1e-9, atol=1e-9)


def test_float32_gets_steps_of_its_own():
    found = finite_difference(np.sin, np.float32(1.0), method="central")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.cos(1.0), atol=2e-4)


def test_a_function_that_computes_in_float32_gets_its_steps_too():
    found = finite_difference(lambda x: np.sin(x.astype(np.float32)), np.array([1.0]))
    np.testing.assert_allclose(found, [[np.cos(1.0)]], atol=1e-3)


def test_finite_difference_keeps_x():
    x = X.copy()
    finite_difference(lambda v: np.multiply(v, 2, out=v), x)
    np.testing.assert_array_equal(x, X)


def test_integer_results_and_empty_arguments():
    assert finite_difference(lambda x: np.ones((4, 0)), np.zeros((2, 3))).shape == (4, 0, 2, 3)
    assert finite_difference(lambda x: np.sum(x), np.zeros((0, 3))).shape == (0, 3)
    np.testing.assert_array_equal(finite_difference(lambda x: np.argmax(x), np.array([1.0, 3.0])), [0.0, 0.0])


def test_richardson_steps_around_the_edge_of_the_domain():
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(finite_difference(np.log, 0.05, method="richardson"), 20.0, rtol=1e-6)


@pytest.mark.parametrize("f", [np.abs, lambda x: np.linalg.norm(x), lambda x: x % 1.0])
def test_complex_step_refuses_what_is_not_analytic(f):
    with pytest.raises(DtypeError, match="five-point"):
        finite_difference(f, np.array([1.5, 2.5]), method="complex-step")


def test_finite_difference_refuses_in_words():
    with pytest.raises(DtypeError, match="int64"):
        finite_difference(np.sin, np.arange(3))
    with pytest.raises(StructureError, match="'central'"):
        finite_difference(np.sin, 1.0, method="centered")
    with pytest.raises(StructureError, match="positive"):
        finite_difference(np.sin, 1.0, step=-1e-3)
    with pytest.raises(ShapeError, match=r"\(2,\)"):
        finite_difference(np.sin, np.zeros(3), direction=np.zeros(2))


# Right derivatives pass

RIGHT = {
    "scalar": (np.sin, (0.7,)),
    "python int": (lambda x: x**3, (2,)),
    "several arguments": (lambda x, w, b: np.tanh(x @ w + b), (RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2)), 0.3)),
    "dict": (lambda p: np.sum(np.exp(p["x"])) * p["s"], ({"x": RNG.normal(size=3), "s": 2.0},)),
    "namedtuple": (lambda p: p.w @ p.b, (Weights(RNG.normal(size=(2, 3)), RNG.normal(size=3)),)),
    "results in a container": (lambda x: {"a": x * x, "b": [np.argmax(x), np.sum(x)]}, (RNG.normal(size=3),)),
    "no dependence": (lambda x: np.ones(3), (RNG.normal(size=2),)),
    "derivative zero": (lambda x: np.cos(x) + x**3, (0.0,)),
    "large and small": (lambda x: x * np.log(x), (np.array([1e-6, 1.0, 1e6]),)),
    "near a pole": (np.log, (np.array([1e-8]),)),
    "near a kink": (lambda x: np.abs(x - 1e-7), (0.0,)),
    "a constant with the round-off of something larger": (
        lambda a, b: np.corrcoef(a.reshape(5, 2), b.reshape(5, 1), rowvar=False),
        tuple(np.split(np.random.default_rng(13).normal(size=15), [10])),
    ),
    "complex eigenvalues near real ones": (np.linalg.eigvals, (np.random.default_rng(2).normal(size=(3, 3)),)),
    "off a kink": (lambda x: np.sum(np.maximum(x, 0.0) ** 2), (RNG.normal(size=50),)),
    "steep": (lambda x: np.sin(1e6 * x), (0.3,)),
    "step function away from its step": (np.floor, (1.5,)),
    "empty": (lambda x: np.sum(x) + 1.0, (np.zeros((0, 3)),)),
    "lost in an offset": (lambda x: 1e-9 * np.sum(x**2) + 1e6, (np.linspace(1, 2, 20),)),
    "function of a derivative": (ag.grad(lambda x: np.sum(np.sin(x) ** 2)), (RNG.normal(size=3),)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_derivatives_pass(name):
    f, args = RIGHT[name]
    for seed in (0, 1, 2):
        assert check_grads(f, args, seed=seed) is None


def test_third_order():
    check_grads(lambda x: np.sum(np.sin(x) * x[::-1] ** 2), (RNG.normal(size=3),), order=3)


def test_float32_has_tolerances_of_its_own():
    x = RNG.normal(size=(4, 3)).astype(np.float32)
    w = RNG.normal(size=(3, 2)).astype(np.float32)
    check_grads(lambda x, w: np.tanh(x @ w), (x, w))
    check_grads(lambda x: np.sum(x.astype(np.float32) ** 2), (RNG.normal(size=4),))
    assert "wrong rule" in complaint(planted(1.01), x)


def test_arguments_are_not_modified():
    x = RNG.normal(size=3)
    before = x.copy()
    check_grads(np.sin, (x,))
    np.testing.assert_array_equal(x, before)


# Wrong ones are caught


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("factor", [-1.0, 0.5, 0.0, 1.0001, np.inf, np.nan])
def test_a_wrong_rule_is_caught(mode, factor):
    text = complaint(planted(factor), np.array([0.4, 1.5]), modes=(mode,), order=1)
    assert text.startswith("wrong rule")
    assert f"by {mode} mode" in text


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("size", [7, 1000])
def test_one_wrong_element_of_many_is_named(mode, size):
    wrong, k = planted(1.01), size * 2 // 3

    def f(p):
        x = p["layers"][1]
        return np.where(np.arange(size) == k, wrong(x), np.sin(x))

    text = complaint(f, {"layers": [np.ones(2), RNG.uniform(1, 2, size)]}, modes=(mode,), order=1)
    assert f"d out[{k}] / d argument 0['layers'][1][{k}], where" in text


def test_the_wrong_argument_and_element_of_a_matrix_are_named():
    wrong = planted(-1.0)
    text = complaint(lambda a, b: np.sum(a**2) + np.sum(np.sin(b)) + wrong(b[2, 1]), np.ones((3, 3)), np.r_[X, X[:1]])
    assert "d out / d argument 1[2, 1], where argument 1[2, 1] is -1.2" in text


def test_both_values_and_the_steps_are_shown():
    text = complaint(planted(2.0), 1.5, order=1)
    assert "reverse mode       6\n" in text
    assert "finite difference  3 " in text
    rows = [line.split() for line in text.splitlines() if line.startswith("   ") and "e-" in line]
    assert len(rows) > 10
    assert all(len(row) == 5 for row in rows)
    np.testing.assert_allclose([float(row[2]) for row in rows[2:8]], -3.0, atol=1e-6)


def test_a_sign_error_in_the_second_order_only_is_caught():
    derivative = ag.primitive(lambda x: 3 * x**2, kind="elementwise", name="d", x=lambda g, x: -6 * g * x)
    cube = ag.primitive(lambda x: x**3, kind="elementwise", name="cube", x=lambda g, x: g * derivative(x))
    x = np.array([0.5, 2.0])
    check_grads(cube, (x,), order=1)
    assert "derivative of order 2" in complaint(cube, x)


@pytest.mark.parametrize("modes", [("reverse",), ("forward",)])
def test_a_constant_made_from_an_argument_is_caught_in_the_second_order(modes):
    @ag.custom_vjp
    def cube(x):
        return x**3

    cube.defvjp(lambda x: (x**3, x), lambda x, g: (3 * g * x * ag.stop_gradient(x),))
    check_grads(cube, (1.5,), order=1, modes=modes)
    assert complaint(cube, 1.5, modes=modes).startswith("wrong rule")


def test_wrong_in_forward_mode_only():
    affine = ag.primitive(lambda x: 2 * x + 1, kind="linear", name="affine", x=lambda g: 2 * g)
    check_grads(affine, (RNG.normal(size=3),), modes=("reverse",), order=1)
    text = complaint(affine, RNG.normal(size=3), order=1)
    assert "by forward mode" in text


def test_small_errors_everywhere_are_caught():
    assert complaint(lambda x: np.sum(planted(1 + 1e-5)(x)), RNG.uniform(1, 2, 200)).startswith("wrong rule")


# Kinks

KINKS = {
    "abs": (np.abs, 0.0, "out / d argument 0,"),
    "abs among others": (np.abs, np.array([1.0, 0.0, -2.0]), "out[1] / d argument 0[1],"),
    "relu in a sum": (lambda x: np.sum(np.maximum(x, 0.0)), np.array([1.0, -1.0, 0.0]), "argument 0[2],"),
    "tie": (lambda x: np.max(x), np.array([1.0, 3.0, 3.0]), "out / d argument 0["),
    "norm": (lambda x: np.sqrt(np.sum(x**2)), np.zeros(2), "out / d argument 0["),
    "jump": (np.floor, 2.0, "out / d argument 0,"),
    "edge": (lambda x: np.sum(np.sqrt(x)), np.array([1.0, 0.0]), "argument 0[1],"),
    "clip": (lambda x: np.clip(x, -1.0, 1.0), np.array([0.5, 1.0]), "out[1] / d argument 0[1],"),
    "kink among a thousand": (lambda x: np.sum(np.abs(x)), np.r_[np.linspace(1, 2, 999), 0.0], "argument 0[999],"),
}


@pytest.mark.filterwarnings("ignore::autograd_lite.errors.SingularPointWarning")
@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("name", KINKS)
def test_kinks_are_called_kinks(name, mode):
    f, x, place = KINKS[name]
    text = complaint(f, x, modes=(mode,))
    assert text.startswith("kink")
    assert place in text


def test_a_kink_in_the_derivative_is_found_at_the_second_order():
    def f(x):
        return np.where(x > 0, x**2, -(x**2))

    check_grads(f, (0.0,), order=1)
    text = complaint(f, 0.0)
    assert text.startswith("kink")
    assert "order 2" in text


# Round-off, and what cannot be checked


def test_round_off_is_called_round_off():
    def noisy(x):
        return x * (1 + 1e-3 * np.sin(1e14 * ag.stop_gradient(x)))

    assert complaint(noisy, 1.0, order=1).startswith("round-off")


def test_a_function_with_a_state_is_refused():
    rng = np.random.default_rng(0)
    assert "different values" in complaint(lambda x: x * rng.normal(), 1.0)


@pytest.mark.parametrize("x", [np.arange(3), True, np.array([True]), {"a": 1.0, "b": np.arange(2)}])
def test_arguments_without_derivatives_are_refused(x):
    with pytest.raises(DtypeError, match="argument 1"):
        check_grads(lambda y, x: y, (1.0, x))


def test_misuse_is_refused_in_words():
    with pytest.raises(StructureError, match=r"\(x,\)"):
        check_grads(np.sin, np.ones(3))
    with pytest.raises(StructureError, match="order"):
        check_grads(np.sin, (1.0,), order=0)
    with pytest.raises(StructureError, match="modes"):
        check_grads(np.sin, (1.0,), modes=("backward",))
    with pytest.raises(StructureError, match="integers or booleans"):
        check_grads(lambda x: np.argmax(x), (np.ones(3),))


def test_the_seed_decides():
    texts = {complaint(lambda x: planted(1.5)(x) + planted(0.5)(x[::-1]), X[0], seed=3) for _ in range(2)}
    assert len(texts) == 1
