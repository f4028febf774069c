"""What each transform gives: values, errors, modes, and the identities that tie them together."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import autograd_lite as ag
from autograd_lite import Tensor

A = np.array([[1.0, -2.0, 0.5], [0.3, 0.7, -1.1]])
X = np.array([0.3, -0.8, 1.2])


def layer(x: Any) -> Any:
    return np.tanh(A @ x)


def bowl(x: Any) -> Any:
    return np.sum(np.sin(x) ** 2) + x[0] * x[1] ** 2 * x[2]


def layer_jacobian(x: np.ndarray) -> np.ndarray:
    return (1 - np.tanh(A @ x) ** 2)[:, None] * A


# grad and value_and_grad


def test_grad_of_a_number() -> None:
    slope = ag.grad(lambda x: x**3)(2.0)
    assert type(slope) is np.float64
    assert slope == 12.0


def test_value_and_grad() -> None:
    value, gradient = ag.value_and_grad(bowl)(X)
    assert type(value) is np.float64
    assert type(gradient) is np.ndarray
    assert value == bowl(X)
    np.testing.assert_allclose(gradient, np.sin(2 * X) + np.array([X[1], 2 * X[1], X[1]]) * np.prod(X) / X, rtol=1e-14)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (1, 1, 1)])
def test_an_output_of_size_one_counts_as_a_scalar(shape: tuple[int, ...]) -> None:
    gradient = ag.grad(lambda x: np.reshape(np.sum(x * x), shape))(X)
    np.testing.assert_array_equal(gradient, 2 * X)
    np.testing.assert_allclose(ag.hessian(lambda x: np.reshape(np.sum(x**3), shape))(X), np.diag(6 * X))


@pytest.mark.parametrize("size", [0, 2, 3])
def test_grad_of_another_size_raises(size: int) -> None:
    with pytest.raises(ag.ShapeError, match=rf"\({size},\).*jacobian"):
        ag.grad(lambda x: x[:size] * 1.0)(X)


@pytest.mark.parametrize(
    ("result", "words"),
    [(None, "forget"), ("text", "str"), ((1.0,), "tuple"), ({"a": 1.0}, "dict"), ([], "no number"), (print, "builtin")],
)
def test_grad_of_no_number_raises(result: Any, words: str) -> None:
    with pytest.raises(ag.StructureError, match=words):
        ag.grad(lambda x: result)(1.0)


@pytest.mark.parametrize("transform", [ag.vjp, ag.linearize])
@pytest.mark.parametrize("result", [None, "text", print, (1.0, "text"), object()])
def test_other_transforms_refuse_what_is_no_number(transform: Callable[..., Any], result: Any) -> None:
    with pytest.raises(ag.StructureError, match=transform.__name__):
        transform(lambda x: result, 1.0)


@pytest.mark.parametrize("result", [1.0, 3, np.ones(()), np.float32(2.0), Tensor(2.0), True, np.int64(3)])
def test_a_result_that_does_not_depend_on_the_argument_has_zero_gradient(result: Any) -> None:
    gradient = ag.grad(lambda x: result)(X)
    assert type(gradient) is np.ndarray
    np.testing.assert_array_equal(gradient, np.zeros(3))


def test_every_transform_gives_zeros_for_a_constant_function() -> None:
    def constant(x: Any) -> Any:
        return np.ones((2,))

    zeros = np.zeros((2, 3))
    for mode in ("auto", "reverse", "forward"):
        np.testing.assert_array_equal(ag.jacobian(constant, mode=mode)(X), zeros)
    np.testing.assert_array_equal(ag.vjp(constant, X)[1](np.ones(2))[0], np.zeros(3))
    np.testing.assert_array_equal(ag.jvp(constant, (X,), (X,))[1], np.zeros(2))
    np.testing.assert_array_equal(ag.hessian(lambda x: 1.0)(X), np.zeros((3, 3)))
    np.testing.assert_array_equal(ag.hessian(lambda x: np.sum(x))(X), np.zeros((3, 3)))
    np.testing.assert_array_equal(ag.hvp(lambda x: 1.0, X, X), np.zeros(3))
    np.testing.assert_array_equal(ag.elementwise_grad(lambda x: np.ones(3))(X), np.zeros(3))


def test_functions_keep_their_names() -> None:
    transforms = (ag.grad, ag.value_and_grad, ag.jacobian, ag.jacfwd, ag.jacrev, ag.hessian, ag.elementwise_grad)
    for transform in (*transforms, ag.checkpoint):
        assert transform(bowl).__name__ == "bowl"


# vjp, jvp, linearize


def test_vjp_and_jvp_of_a_layer() -> None:
    jacobian, v, u = layer_jacobian(X), np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.5])
    out, pull = ag.vjp(layer, X)
    np.testing.assert_array_equal(out, layer(X))
    np.testing.assert_allclose(pull(u)[0], u @ jacobian, rtol=1e-13)
    np.testing.assert_allclose(pull(2 * u)[0], 2 * u @ jacobian, rtol=1e-13)  # called again
    out, tangent = ag.jvp(layer, (X,), (v,))
    np.testing.assert_array_equal(out, layer(X))
    np.testing.assert_allclose(tangent, jacobian @ v, rtol=1e-13)
    out, push = ag.linearize(layer, X)
    for direction in np.eye(3):
        np.testing.assert_allclose(push(direction), jacobian @ direction, rtol=1e-13)


def test_linearize_runs_the_function_once() -> None:
    runs = []

    def counted(x: Any) -> Any:
        runs.append(1)
        return np.sin(x)

    _, push = ag.linearize(counted, X)
    push(X)
    push(X)
    _, pull = ag.vjp(counted, X)
    pull(X)
    pull(X)
    assert len(runs) == 2


def test_vjp_is_differentiable_in_primal_and_cotangent() -> None:
    u, v, w = np.array([-1.0, 0.5]), np.array([1.0, 2.0, 3.0]), np.array([0.2, 0.1, -0.4])

    def pulled(x: Any, u: Any) -> Any:
        return ag.vjp(layer, x)[1](u)[0] @ v

    in_x, in_u = ag.grad(pulled, (0, 1))(X, u)
    np.testing.assert_allclose(in_u, layer_jacobian(X) @ v, rtol=1e-13)
    h = 1e-6
    expected = (u @ layer_jacobian(X + h * w) @ v - u @ layer_jacobian(X - h * w) @ v) / (2 * h)
    np.testing.assert_allclose(in_x @ w, expected, rtol=1e-8)


def test_functions_made_by_a_transform_can_be_differentiated_later() -> None:
    u, v, jacobian = np.array([-1.0, 0.5]), np.array([1.0, 2.0, 3.0]), layer_jacobian(X)
    pull, push = ag.vjp(layer, X)[1], ag.linearize(layer, X)[1]
    for found, expected in [
        (ag.grad(lambda u: pull(u)[0] @ v)(u), jacobian @ v),
        (ag.grad(lambda v: push(v) @ u)(v), u @ jacobian),
        (ag.jacobian(lambda u: pull(u)[0])(u), jacobian.T),
        (ag.jacobian(push)(v), jacobian),
    ]:
        assert type(found) is np.ndarray
        np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("cotangent", [1.0, np.ones(3), np.ones((1, 2)), np.ones(0)])
def test_a_cotangent_of_the_wrong_shape(cotangent: Any) -> None:
    with pytest.raises(ag.ShapeError, match="cotangent"):
        ag.vjp(layer, X)[1](cotangent)


@pytest.mark.parametrize("tangents", [(), (X, X), (np.ones(2),), (1.0,)])
def test_tangents_that_do_not_match(tangents: tuple[Any, ...]) -> None:
    with pytest.raises((ag.ShapeError, ag.StructureError), match="tangent"):
        ag.jvp(layer, (X,), tangents)


# Jacobians and Hessians


@pytest.mark.parametrize("mode", ["auto", "reverse", "forward"])
@pytest.mark.parametrize("chunk_size", [None, 1, 2, 100])
def test_jacobian_modes_and_chunks(mode: str, chunk_size: int | None) -> None:
    found = ag.jacobian(layer, mode=mode, chunk_size=chunk_size)(X)
    assert type(found) is np.ndarray
    np.testing.assert_allclose(found, layer_jacobian(X), rtol=1e-13)


@pytest.mark.parametrize("transform", [ag.jacfwd, ag.jacrev])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (0,), (0, 2)])
def test_jacobians_of_every_shape(transform: Callable[..., Any], shape: tuple[int, ...]) -> None:
    x = np.linspace(0.1, 1.0, math.prod(shape)).reshape(shape)
    found = transform(lambda x: np.sin(x))(x)
    assert found.shape == shape + shape
    expected = np.diag(np.cos(x.ravel())).reshape(shape + shape)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("transform", [ag.jacfwd, ag.jacrev])
def test_jacobians_of_scalar_functions_are_numbers(transform: Callable[..., Any]) -> None:
    assert type(transform(np.sin)(0.0)) is np.float64
    assert transform(lambda x: np.sum(x))(X).shape == (3,)
    assert transform(lambda x: x * X)(2.0).shape == (3,)


def test_jacobian_takes_the_cheaper_mode() -> None:
    def looped(x: Any, narrow: bool) -> list[int]:
        batches = []
        rule = ag.primitive(
            lambda x: x * 1.0,
            kind="elementwise",
            batched=True,
            x=lambda g: batches.append(g.shape) or g * 1.0,
            name="w",
        )
        ag.jacobian(lambda x: np.sum(rule(x)) if narrow else np.tile(rule(x), 3))(x)
        return [shape[0] for shape in batches if len(shape) == 2]

    assert looped(X, narrow=True) == [1]  # one row back
    assert looped(X, narrow=False) == [3]  # three columns forward


@pytest.mark.parametrize("options", [{"mode": "sideways"}, {"chunk_size": 0}, {"chunk_size": -3}])
def test_jacobian_refuses_nonsense(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        ag.jacobian(layer, **options)


@pytest.mark.parametrize("chunk_size", [None, 1, 2])
def test_hessian_and_hvp(chunk_size: int | None) -> None:
    h = ag.hessian(bowl, chunk_size=chunk_size)(X)
    assert type(h) is np.ndarray
    expected = np.diag(2 * np.cos(2 * X))
    expected += [[0, 2 * X[1] * X[2], X[1] ** 2], [2 * X[1] * X[2], 2 * X[0] * X[2], 2 * X[0] * X[1]],
                 [X[1] ** 2, 2 * X[0] * X[1], 0]]  # fmt: skip
    np.testing.assert_allclose(h, expected, atol=1e-14)
    for v in np.eye(3):
        np.testing.assert_allclose(ag.hvp(bowl, X, v), expected @ v, atol=1e-14)


def test_third_and_fourth_derivatives() -> None:
    d = ag.grad
    for x in (0.0, 0.7, -2.0):
        np.testing.assert_allclose(d(d(d(np.sin)))(x), -np.cos(x), atol=1e-15)
        np.testing.assert_allclose(d(d(d(d(lambda x: np.exp(2 * x)))))(x), 16 * np.exp(2 * x))
        np.testing.assert_allclose(d(d(d(d(lambda x: x**4))))(x), 24.0)
        np.testing.assert_allclose(d(d(d(d(lambda x: x**3))))(x), 0.0)
    third = ag.jacobian(ag.hessian(lambda x: np.prod(x) + np.sum(x**3)))(X)
    expected = np.zeros((3, 3, 3))
    for i in range(3):
        expected[i, i, i] = 6.0
        for j in range(3):
            if j != i:
                expected[i, j, 3 - i - j] = 1.0
    np.testing.assert_allclose(third, expected, atol=1e-12)


# elementwise_grad


def test_elementwise_grad() -> None:
    x = np.linspace(-1, 1, 6).reshape(2, 3)
    np.testing.assert_allclose(ag.elementwise_grad(np.tanh)(x), 1 - np.tanh(x) ** 2)
    np.testing.assert_allclose(ag.elementwise_grad(ag.elementwise_grad(np.sin))(x), -np.sin(x))
    np.testing.assert_allclose(ag.elementwise_grad(lambda a, b: a * b, 1)(x, 3 * x), x)
    np.testing.assert_allclose(ag.elementwise_grad(lambda x: (x.T * 2).T[::-1][::-1])(x), np.full((2, 3), 2.0))
    assert ag.elementwise_grad(np.sin)(0.0) == 1.0


@pytest.mark.parametrize(
    "function",
    [lambda x: x[::-1] * 1.0, lambda x: x * np.sum(x), np.cumsum, lambda x: np.full((3, 3), 1.0) @ x,
     lambda x: x - np.mean(x), lambda x: np.sum(x), lambda x: x[:2], lambda x: np.stack([x, x])],
)  # fmt: skip
def test_elementwise_grad_refuses_what_is_not_elementwise(function: Callable[..., Any]) -> None:
    with pytest.raises(ag.ShapeError, match="elementwise"):
        ag.elementwise_grad(function)(np.array([1.0, 2.0, 3.0]))


# Laws, on programs and points drawn at random

PIECES: list[Callable[[Any], Any]] = [
    np.sin, np.tanh, lambda x: x * x, lambda x: x[::-1] * 1.5, lambda x: x * np.sum(np.cos(x)),
    lambda x: np.exp(-x * x), lambda x: np.cumsum(x) / 2, lambda x: x @ (A.T @ A) / 3, lambda x: x / (1 + x * x),
    lambda x: np.concatenate([x[1:], x[:1]]) - x, lambda x: np.roll(x, 1) * x, lambda x: np.where(x > 0, x, 0.1 * x),
]  # fmt: skip

points = arrays(np.float64, 3, elements=st.floats(-1.5, 1.5).filter(lambda v: abs(v) > 1e-3))
programs = st.lists(st.integers(0, len(PIECES) - 1), min_size=1, max_size=5)


def composed(program: list[int]) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        for i in program:
            x = PIECES[i](x)
        return x

    return f


laws = settings(max_examples=60, deadline=None, derandomize=True)


@laws
@given(programs, points, points, points, st.floats(-3, 3))
def test_vjp_is_linear_and_the_transpose_of_jvp(
    program: list[int], x: np.ndarray, u: np.ndarray, v: np.ndarray, scale: float
) -> None:
    f = composed(program)
    pull, push = ag.vjp(f, x)[1], ag.linearize(f, x)[1]
    np.testing.assert_allclose(pull(u + scale * v)[0], pull(u)[0] + scale * pull(v)[0], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(push(u + scale * v), push(u) + scale * push(v), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(u @ push(v), pull(u)[0] @ v, rtol=1e-9, atol=1e-10)


@laws
@given(programs, points)
def test_forward_and_reverse_jacobians_agree(program: list[int], x: np.ndarray) -> None:
    f = composed(program)
    reverse = ag.jacrev(f)(x)
    np.testing.assert_allclose(ag.jacfwd(f)(x), reverse, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ag.jacfwd(f, chunk_size=2)(x), reverse, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        np.stack([ag.vjp(f, x)[1](row)[0] for row in np.eye(3)]), reverse, rtol=1e-10, atol=1e-12
    )


@laws
@given(programs, programs, points)
def test_the_chain_rule(first: list[int], second: list[int], x: np.ndarray) -> None:
    f, g = composed(first), composed(second)
    whole = ag.jacobian(lambda x: g(f(x)))(x)
    np.testing.assert_allclose(whole, ag.jacobian(g)(f(x)) @ ag.jacobian(f)(x), rtol=1e-8, atol=1e-10)


@laws
@given(programs, points, points)
def test_hessians_are_symmetric_in_every_mix_of_modes(program: list[int], x: np.ndarray, v: np.ndarray) -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sin(composed(program)(x)))

    h = ag.hessian(f)(x)
    np.testing.assert_allclose(h, h.T, rtol=1e-8, atol=1e-9)
    for mixed in (ag.jacfwd(ag.jacrev(f)), ag.jacfwd(ag.jacfwd(f)), ag.jacrev(ag.jacfwd(f)), ag.jacrev(ag.grad(f))):
        np.testing.assert_allclose(mixed(x), h, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(ag.hvp(f, x, v), h @ v, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(ag.jvp(ag.grad(f), (x,), (v,))[1], h @ v, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(ag.grad(lambda x: ag.jvp(f, (x,), (v,))[1])(x), h @ v, rtol=1e-8, atol=1e-9)
