"""Transforms within transforms, in any mix, with closures: no derivative is confused with another, and none is lost."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor

X = np.array([0.3, -0.8, 1.2])

Derivative = Callable[[Callable[[Any], Any]], Callable[[Any], Any]]

# Every way to the derivative of a function of one number.
DERIVATIVES: dict[str, Derivative] = {
    "grad": ag.grad,
    "value_and_grad": lambda f: lambda x: ag.value_and_grad(f)(x)[1],
    "vjp": lambda f: lambda x: ag.vjp(f, x)[1](1.0)[0],
    "jvp": lambda f: lambda x: ag.jvp(f, (x,), (1.0,))[1],
    "linearize": lambda f: lambda x: ag.linearize(f, x)[1](1.0),
    "jacrev": ag.jacrev,
    "jacfwd": ag.jacfwd,
    "elementwise": ag.elementwise_grad,
    "checkpoint": lambda f: ag.grad(ag.checkpoint(f)),
    "container": lambda f: lambda x: ag.grad(lambda p: f(p["x"]))({"x": x})["x"],
}

pairs = pytest.mark.parametrize(("outer", "inner"), list(itertools.product(DERIVATIVES, repeat=2)))


@pairs
def test_perturbations_are_not_confused(outer: str, inner: str) -> None:
    d, e = DERIVATIVES[outer], DERIVATIVES[inner]
    assert d(lambda x: x * e(lambda y: x + y)(1.0))(1.0) == 1.0
    assert d(lambda x: x * e(lambda y: x * y * y)(2.0))(3.0) == 24.0
    assert d(lambda x: e(lambda y: x * y)(x))(3.0) == 1.0
    assert d(lambda x: e(lambda y: x)(1.0) + x)(2.0) == 1.0
    assert d(lambda x: e(lambda y: y * y)(x) * e(lambda y: x * x * y)(x))(2.0) == 24.0


@pairs
def test_second_derivatives_in_any_mix(outer: str, inner: str) -> None:
    second = DERIVATIVES[outer](DERIVATIVES[inner](lambda x: np.sin(x) * np.exp(x)))(0.4)
    assert isinstance(second, np.float64)
    np.testing.assert_allclose(second, 2 * np.cos(0.4) * np.exp(0.4), rtol=1e-14)


MIXED = ["grad", "jvp", "linearize", "vjp", "jacfwd", "checkpoint"]


@pytest.mark.parametrize("names", list(itertools.product(MIXED, repeat=3)))
def test_third_derivatives_in_any_mix(names: tuple[str, ...]) -> None:
    f: Callable[[Any], Any] = lambda x: np.tanh(x) * x  # noqa: E731
    for name in names:
        f = DERIVATIVES[name](f)
    t = np.tanh(0.3)
    s = 1 - t * t
    third = 3 * (-2 * t * s) + 0.3 * (-2 * s * s + 4 * t * t * s)
    np.testing.assert_allclose(f(0.3), third, rtol=1e-12)


def test_gradient_of_jvp_of_vjp_of_hessian() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sin(x)) * x[0]

    def pulled(x: Any) -> Any:
        out, pull = ag.vjp(ag.hessian(f), x)
        return pull(out)[0]  # ∇ ½|H|²

    def directional(x: Any) -> Any:
        return np.sum(ag.jvp(pulled, (x,), (X,))[1])

    def half_norm(x: Any) -> Any:
        return np.sum(ag.hessian(f)(x) ** 2) / 2

    found = ag.grad(directional)(X)
    assert type(found) is np.ndarray
    assert np.abs(found).max() > 0.1
    h = 1e-5
    difference = [(directional(X + h * e) - directional(X - h * e)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(found, difference, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(directional(X), np.sum(ag.hvp(half_norm, X, X)), rtol=1e-12)


def test_an_inner_jacobian_of_a_closure_over_an_outer_vector() -> None:
    def f(w: Any) -> Any:
        j = ag.jacobian(lambda x: np.tanh(w * x))(X)
        return np.sum(j**2)

    s = 1 - np.tanh(0.5 * X) ** 2
    w = np.full(3, 0.5)
    expected = 2 * (s * w) * (s - 2 * w * X * np.tanh(w * X) * s)
    for d in (ag.grad(f), ag.jacfwd(f)):
        np.testing.assert_allclose(d(w), expected, rtol=1e-12)


def test_an_aux_and_a_value_carry_the_outer_derivative() -> None:
    def f(x: Any) -> Any:
        (value, aux), slope = ag.value_and_grad(lambda y: (x * y * y, {"a": x * y}), has_aux=True)(3.0)
        return value + 10 * aux["a"] + 100 * slope

    assert ag.grad(f)(2.0) == 9 + 30 + 600


def test_inner_results_are_tensors_only_where_an_outer_derivative_flows_in() -> None:
    seen: dict[str, type] = {}

    def f(x: Any) -> Any:
        seen["inner"] = type(ag.grad(lambda y: x * y)(1.0))
        seen["apart"] = type(ag.grad(lambda y: y * y)(1.0))
        seen["linked"] = type(ag.grad(lambda y: y * y)(x))
        seen["value"] = type(ag.value_and_grad(lambda y: y * y)(1.0)[0])
        seen["jvp"] = type(ag.jvp(lambda y: y * y, (1.0,), (x,))[1])
        seen["constant"] = type(ag.grad(lambda y: y * y)(ag.stop_gradient(x)))
        return x * 1.0

    ag.grad(f)(2.0)
    assert seen == {
        "inner": Tensor, "apart": np.float64, "linked": Tensor, "value": np.float64, "jvp": Tensor,
        "constant": np.float64,
    }  # fmt: skip


def test_newton_steps_can_be_differentiated() -> None:
    def root(a: Any) -> Any:  # x² = a by Newton's method, with an inner derivative for the slope
        x = 1.0
        for _ in range(8):
            value, slope = ag.value_and_grad(lambda x: x * x - a)(x)
            x = x - value / slope
        return x

    assert abs(ag.grad(root)(2.0) - 0.5 / np.sqrt(2.0)) < 1e-12
    assert abs(ag.jacfwd(ag.grad(root))(2.0) + 0.25 * 2.0**-1.5) < 1e-12


# Tracked leaves in the closure


def test_a_network_with_a_derivative_in_its_loss_trains() -> None:
    rng = np.random.default_rng(0)
    w, b, v = (Tensor(rng.normal(size=n) * 0.5, requires_grad=True) for n in (8, 8, 8))

    def u(x: Any) -> Any:
        return np.sum(v * np.tanh(w * x + b))

    def loss() -> Any:  # u' = -u, u(0) = 1
        total = (u(0.0) - 1) ** 2
        for x in np.linspace(0, 1, 6):
            total = total + (ag.grad(u)(x) + u(x)) ** 2
        return total

    first = loss().item()
    for _ in range(300):
        for p in (w, b, v):
            p.zero_grad()
        loss().backward()
        w, b, v = (Tensor(p.data - 0.02 * p.grad, requires_grad=True) for p in (w, b, v))
    assert first > 1.0
    assert loss().item() < first / 100


@pytest.mark.parametrize("name", DERIVATIVES)
def test_a_tracked_leaf_in_the_closure_gets_its_gradient(name: str) -> None:
    w = Tensor(3.0, requires_grad=True)
    slope = DERIVATIVES[name](lambda x: w * w * x * x)(2.0)
    assert isinstance(slope, Tensor)
    assert slope.item() == 36.0
    slope.backward()
    assert w.grad == 24.0
    assert not isinstance(w.grad, Tensor)


@pytest.mark.parametrize("name", DERIVATIVES)
def test_a_tracked_leaf_as_argument_gets_its_gradient(name: str) -> None:
    x = Tensor(2.0, requires_grad=True)
    slope = DERIVATIVES[name](lambda x: x**3)(x)
    assert slope.item() == 12.0
    slope.backward()
    assert x.grad == 12.0


@pytest.mark.parametrize("name", DERIVATIVES)
def test_under_no_grad_a_tracked_leaf_is_a_constant_and_transforms_work(name: str) -> None:
    w = Tensor(3.0, requires_grad=True)
    d = DERIVATIVES[name]
    with ag.no_grad():
        slope = d(lambda x: w * x * x)(2.0)
        second = d(d(lambda x: w * x**3))(2.0)
        own = d(lambda x: x * x)(w)
    assert [type(found) for found in (slope, second, own)] == [np.float64] * 3
    assert (slope, second, own) == (12.0, 36.0, 6.0)
    assert w.grad is None


def test_no_grad_inside_a_function_makes_constants() -> None:
    def f(x: Any) -> Any:
        with ag.no_grad():
            y = x * x
        return x * y

    for name, d in DERIVATIVES.items():
        assert d(f)(3.0) == 9.0, name


def test_a_transform_of_a_function_that_uses_backward_leaves_outer_graphs_alone() -> None:
    w = Tensor(3.0, requires_grad=True)

    def f(x: Any) -> Any:
        inner = Tensor(2.0, requires_grad=True)
        (inner * inner).backward()
        return x * inner.grad * w

    slope = ag.grad(f)(1.0)
    assert slope.item() == 12.0
    slope.backward()
    assert w.grad == 4.0


def test_stop_gradient_in_containers() -> None:
    def f(p: Any) -> Any:
        q = ag.stop_gradient(p)
        assert type(q) is dict
        return p["a"] * q["a"] + q["b"][0]

    assert ag.grad(f)({"a": 3.0, "b": (2.0, None)}) == {"a": 3.0, "b": (0.0, None)}
    assert ag.grad(ag.grad(lambda x: x * x * ag.stop_gradient(x)))(2.0) == 4.0
    np.testing.assert_array_equal(ag.stop_gradient(X), X)
    assert ag.stop_gradient(3.0) == 3.0
