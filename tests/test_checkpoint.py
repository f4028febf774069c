"""Checkpointing: the same values and derivatives, the same random numbers; what is kept is in test_graph_memory."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor

X = np.array([0.3, -0.8, 1.2])


def block(x: Any) -> Any:
    return np.tanh(np.sin(x) * x) + x


def pair(x: Any, y: Any, *, scale: Any = 1.0) -> dict[str, Any]:
    return {"p": np.sin(x * y) * scale, "q": [x.sum(), y]}


# The same derivatives


@pytest.mark.parametrize(
    "transform",
    [
        lambda f: ag.jacrev(f)(X),
        lambda f: ag.jacfwd(f)(X),
        lambda f: ag.jacobian(f, chunk_size=2)(X),
        lambda f: ag.jvp(f, (X,), (2 * X,)),
        lambda f: ag.vjp(f, X)[1](2 * X),
        lambda f: ag.elementwise_grad(f)(X),
        lambda f: ag.hessian(lambda x: np.sum(f(x) ** 2))(X),
        lambda f: ag.hvp(lambda x: np.sum(f(x) ** 2), X, X),
        lambda f: ag.jacfwd(ag.jacfwd(lambda x: np.sum(f(x) ** 2)))(X),
        lambda f: ag.grad(lambda x: ag.hvp(lambda x: np.sum(f(x)), x, X) @ x)(X),
    ],
)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_every_transform_sees_the_same_function(transform: Callable[..., Any], depth: int) -> None:
    def nested(x: Any) -> Any:
        for _ in range(depth):
            x = block(x)
        return x

    def checkpointed(x: Any, level: int = depth) -> Any:
        if level == 0:
            return x
        return ag.checkpoint(lambda x: block(checkpointed(x, level - 1)))(x)  # one inside the other

    found, expected = transform(checkpointed), transform(nested)
    np.testing.assert_allclose(np.array(found), np.array(expected), rtol=1e-12, atol=1e-13)


def test_containers_keywords_and_several_outputs() -> None:
    def f(call: Callable[..., Any]) -> Callable[..., Any]:
        def total(x: Any, y: Any, s: Any) -> Any:
            out = call(x, y=y, scale=s)
            return np.sum(out["p"]) * out["q"][0] + np.sum(out["q"][1] ** 2)

        return total

    for argnum, expected in enumerate(ag.grad(f(pair), (0, 1, 2))(X, 2 * X, 3.0)):
        found = ag.grad(f(ag.checkpoint(pair)), argnum)(X, 2 * X, 3.0)
        np.testing.assert_allclose(found, expected, rtol=1e-13)
    for part in ("p", "q"):  # the other output is not used
        leaf = Tensor(X, requires_grad=True)
        out = ag.checkpoint(pair)(leaf, X)[part]
        (out if part == "p" else out[0]).sum().backward()
        np.testing.assert_allclose(leaf.grad, X * np.cos(X * X) if part == "p" else np.ones(3))


@pytest.mark.parametrize(
    "function", [lambda x: x, lambda x: (x, x), lambda x: x[...], lambda x: [x, 2.0 * x, np.ones(2)]]
)
def test_trivial_functions(function: Callable[[Any], Any]) -> None:
    def total(x: Any, f: Callable[[Any], Any]) -> Any:
        out = f(x)
        return sum(np.sum(part) for part in (out if isinstance(out, tuple | list) else [out]))

    expected = ag.grad(total)(X, function)
    np.testing.assert_array_equal(ag.grad(total)(X, ag.checkpoint(function)), expected)


def test_plain_arrays_stay_plain_and_constants_record_nothing() -> None:
    np.testing.assert_array_equal(np.asarray(ag.checkpoint(block)(X)), block(X))
    assert not ag.checkpoint(block)(Tensor(X)).requires_grad
    with ag.no_grad():
        assert not ag.checkpoint(block)(Tensor(X, requires_grad=True)).requires_grad


def test_the_function_runs_once_more_in_each_sweep() -> None:
    runs = []

    def counted(x: Any) -> Any:
        runs.append(1)
        return np.sin(x)

    x = Tensor(X, requires_grad=True)
    out = ag.checkpoint(counted)(x).sum()
    assert len(runs) == 1
    out.backward(retain_graph=True)
    out.backward()
    assert len(runs) == 3
    np.testing.assert_allclose(x.grad, 2 * np.cos(X))


def test_an_error_inside_is_handed_on_and_leaves_random_state_alone() -> None:
    calls = []

    def failing(x: Any) -> Any:
        calls.append(np.random.normal())  # noqa: NPY002
        if len(calls) == 2:
            raise KeyError("on purpose")
        return x * calls[-1]

    np.random.seed(0)  # noqa: NPY002
    out = ag.checkpoint(failing)(Tensor(X, requires_grad=True)).sum()
    expected = np.random.get_state()  # noqa: NPY002
    with pytest.raises(KeyError, match="on purpose"):
        out.backward()
    np.testing.assert_array_equal(np.random.get_state()[1], expected[1])  # noqa: NPY002
    assert calls[0] == calls[1]


# Closures


def test_parameters_in_the_closure_get_gradients() -> None:
    w, b, unused = (Tensor(v, requires_grad=True) for v in (np.eye(3) * 0.5, X, X))
    gradients = []
    for wrap in (lambda f: f, ag.checkpoint):
        for p in (w, b, unused):
            p.zero_grad()
        x = Tensor(X, requires_grad=True)
        h = wrap(lambda x: np.tanh(w @ x + b))(x)
        wrap(lambda x: np.sum(w @ x * b))(h).backward()
        assert unused.grad is None
        gradients.append([p.grad for p in (w, b, x)])
    for plain, thrifty in zip(*gradients, strict=True):
        np.testing.assert_allclose(thrifty, plain, rtol=1e-13)


def test_a_function_of_its_closure_only() -> None:
    w = Tensor(X, requires_grad=True)
    ag.checkpoint(lambda: np.sum(np.sin(w)))().backward()
    np.testing.assert_allclose(w.grad, np.cos(X))


def test_closures_over_interior_tensors() -> None:
    w = Tensor(X, requires_grad=True)
    interior = w * 2.0
    ag.checkpoint(lambda x: np.sum(x * interior * interior))(X).backward()
    np.testing.assert_allclose(w.grad, 8 * X * X)


@pytest.mark.parametrize("wrap", [lambda f: f, ag.checkpoint])
def test_closures_over_outer_primals(wrap: Callable[..., Any]) -> None:
    slope = ag.grad(lambda a: ag.grad(wrap(lambda x: np.sum(np.sin(a * x))))(2.0))(0.5)
    np.testing.assert_allclose(slope, np.cos(1.0) - np.sin(1.0))
    second = ag.grad(ag.grad(lambda a: wrap(lambda x: np.sin(a * x))(2.0)))(0.5)
    np.testing.assert_allclose(second, -4 * np.sin(1.0))


def test_second_order_through_the_closure() -> None:
    w = Tensor(0.5, requires_grad=True)
    out = ag.checkpoint(lambda x: np.sin(w * x) * w)(2.0)
    out.backward(create_graph=True)
    first = w.grad
    w.zero_grad()
    first.backward()
    np.testing.assert_allclose(first.item(), 2 * np.cos(1.0) * 0.5 + np.sin(1.0))
    np.testing.assert_allclose(w.grad, -4 * np.sin(1.0) * 0.5 + 4 * np.cos(1.0))


# Random numbers

GENERATOR = np.random.default_rng(0)


class Dropout:
    """A layer with a generator of its own."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(1)

    def apply(self, x: Any) -> Any:
        return x * x * self.rng.normal(size=x.shape)

    __call__ = apply


class Model:
    """Layers with generators, one level down."""

    def __init__(self) -> None:
        self.layers = [Dropout(), Dropout()]
        self.table = {"last": Dropout()}

    def __call__(self, x: Any) -> Any:
        for layer in [*self.layers, self.table["last"]]:
            x = layer(x)
        return x


def from_argument() -> Callable[[Any], Any]:
    rng = np.random.default_rng(2)
    f = ag.checkpoint(lambda x, rng: x * x * rng.normal(size=x.shape))
    return lambda x: f(x, rng)


def from_keyword() -> Callable[[Any], Any]:
    rng = np.random.default_rng(2)
    f = ag.checkpoint(lambda x, *, rng: x * x * rng["here"].normal(size=x.shape))
    return lambda x: f(x, rng={"here": rng})


def from_closure() -> Callable[[Any], Any]:
    rng = np.random.default_rng(3)
    return ag.checkpoint(lambda x: x * x * rng.normal(size=x.shape))


def from_legacy_closure() -> Callable[[Any], Any]:
    rng = np.random.RandomState(3)
    return ag.checkpoint(lambda x: x * x * rng.normal(size=x.shape))


def from_globals() -> Callable[[Any], Any]:
    return ag.checkpoint(lambda x: x * x * GENERATOR.normal(size=x.shape))


def from_global_state() -> Callable[[Any], Any]:
    return ag.checkpoint(lambda x: x * x * np.random.normal(size=x.shape))  # noqa: NPY002


def helper(x: Any) -> Any:
    return x * x * GENERATOR.normal(size=x.shape)


def from_default() -> Callable[[Any], Any]:
    rng = np.random.default_rng(4)
    return ag.checkpoint(lambda x, rng=rng: x * x * rng.normal(size=x.shape))


def from_partial() -> Callable[[Any], Any]:
    def f(rng: Any, x: Any) -> Any:
        return x * x * rng.normal(size=x.shape)

    return ag.checkpoint(functools.partial(f, np.random.default_rng(5)))


SOURCES: dict[str, Callable[[], Callable[[Any], Any]]] = {
    "argument": from_argument,
    "keyword in a container": from_keyword,
    "closure": from_closure,
    "RandomState": from_legacy_closure,
    "global": from_globals,
    "global state": from_global_state,
    "bound method": lambda: ag.checkpoint(Dropout().apply),
    "callable object": lambda: ag.checkpoint(Dropout()),
    "object in the closure": lambda: (lambda layer: ag.checkpoint(lambda x: layer(x)))(Dropout()),
    "model in the closure": lambda: (lambda model: ag.checkpoint(lambda x: model(x)))(Model()),
    "model": lambda: ag.checkpoint(Model()),
    "list in the closure": lambda: (lambda box: ag.checkpoint(lambda x: x * x * box[0].normal(size=3)))(
        [np.random.default_rng(6)]
    ),
    "default": from_default,
    "partial": from_partial,
    "helper": lambda: ag.checkpoint(lambda x: helper(x)),
    "nested": lambda: (lambda inner: ag.checkpoint(lambda x: inner(x)))(from_closure()),
}


@pytest.mark.parametrize("name", SOURCES)
def test_random_numbers_are_replayed(name: str) -> None:
    function = SOURCES[name]()
    for _ in range(2):  # homogeneous in x: of degree d, so the gradient of the sum is tied to the value
        x = Tensor(X, requires_grad=True)
        degree = 8 if "model" in name else 2
        out = function(x)
        out.sum().backward()
        np.testing.assert_allclose(x.grad * X, degree * out.data, rtol=1e-12)


@pytest.mark.parametrize("name", ["argument", "closure", "global state", "bound method"])
def test_replaying_does_not_disturb_later_draws(name: str) -> None:
    np.random.seed(0)  # noqa: NPY002
    function = SOURCES[name]()
    x = Tensor(X, requires_grad=True)
    first, second = function(x), function(x)
    np.random.seed(0)  # noqa: NPY002
    again = SOURCES[name]()
    y = Tensor(X, requires_grad=True)
    third = again(y)
    third.sum().backward()  # a sweep between the two draws
    fourth = again(y)
    np.testing.assert_array_equal(first.data, third.data)
    np.testing.assert_array_equal(second.data, fourth.data)
    assert not np.array_equal(first.data, second.data)


def test_a_replay_that_comes_out_differently_is_refused() -> None:
    state = iter([2.0, 3.0])  # no generator: nothing to replay
    out = ag.checkpoint(lambda x: x * x * next(state))(Tensor(X, requires_grad=True)).sum()
    with pytest.raises(ag.AutogradLiteError, match="again"):
        out.backward()
