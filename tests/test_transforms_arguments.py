"""What transforms take and give: selected arguments, containers, dtypes, plain numbers; arrays in, arrays out."""

from __future__ import annotations

import dataclasses
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor

X = np.array([0.3, -0.8, 1.2])


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass
class Layer:
    weight: Any
    bias: Any

    def __call__(self, x: Any) -> Any:
        return np.tanh(self.weight @ x + self.bias)


@dataclasses.dataclass(frozen=True)
class Network:
    layers: list[Layer]
    scale: float
    nothing: None = None

    def __post_init__(self) -> None:
        if not isinstance(self.scale, float):
            raise TypeError("a Network is made by the user, with a float")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Slotted:
    a: Any
    b: Any = dataclasses.field(default_factory=lambda: np.zeros(2), repr=False)


# argnums


def polynomial(a: Any, b: Any, c: Any = 1.0) -> Any:
    return a * a * b + b * c


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 12.0),
        (1, 9.0),
        (2, 3.0),
        (-1, 3.0),
        (-3, 12.0),
        ((0, 1), (12.0, 9.0)),
        ((2, 0), (3.0, 12.0)),
        ((-1, 1), (3.0, 9.0)),
        ([1], (9.0,)),
        ((), ()),
    ],
)
def test_argnums(argnums: Any, expected: Any) -> None:
    assert ag.grad(polynomial, argnums)(2.0, 3.0, 5.0) == expected
    value, gradient = ag.value_and_grad(polynomial, argnums=argnums)(2.0, 3.0, 5.0)
    assert (value, gradient) == (27.0, expected)
    assert ag.jacobian(polynomial, argnums)(2.0, 3.0, 5.0) == expected


def test_argnums_may_be_numpy_integers() -> None:
    assert ag.grad(polynomial, np.int64(1))(2.0, 3.0, 5.0) == 9.0


@pytest.mark.parametrize("argnums", [3, -4, (0, 3), (-4,)])
@pytest.mark.parametrize("transform", [ag.grad, ag.value_and_grad, ag.jacobian, ag.hessian])
def test_argnums_out_of_range(transform: Callable[..., Any], argnums: Any) -> None:
    with pytest.raises(ag.StructureError, match="3 positional"):
        transform(polynomial, argnums)(2.0, 3.0, 5.0)


@pytest.mark.parametrize("argnums", [(0, 0), (0, -3)])
def test_an_argument_chosen_twice_is_refused(argnums: Any) -> None:
    with pytest.raises(ag.StructureError, match="twice"):
        ag.grad(polynomial, argnums)(2.0, 3.0, 5.0)


def test_an_argument_passed_by_keyword_cannot_be_chosen() -> None:
    with pytest.raises(ag.StructureError, match="by position"):
        ag.grad(polynomial, 2)(2.0, 3.0, c=5.0)


def test_keyword_arguments_are_handed_on() -> None:
    assert ag.grad(polynomial)(2.0, b=3.0, c=5.0) == 12.0
    assert ag.grad(polynomial, 1)(2.0, 3.0, c=5.0) == 9.0
    np.testing.assert_array_equal(ag.jacobian(polynomial)(X, b=2.0), np.diag(4 * X))
    assert ag.hessian(polynomial)(2.0, b=3.0) == 6.0
    assert ag.elementwise_grad(polynomial)(2.0, b=3.0) == 12.0


def test_other_arguments_are_handed_on_as_they_are() -> None:
    seen: list[Any] = []

    def f(x: Any, *rest: Any, **named: Any) -> Any:
        seen.extend([*rest, *named.values()])
        return x * 1.0

    array, text, table = np.arange(3), "text", {"a": [1, 2]}
    ag.grad(f)(1.0, array, text, None, table=table)
    assert [id(item) for item in seen] == [id(array), id(text), id(None), id(table)]


# has_aux


def test_has_aux() -> None:
    def f(x: Any) -> Any:
        return np.sum(x * x), {"twice": 2 * x, "words": "text", "deep": [x.sum(), None, Layer(x, 3)], 3: print}

    plain = []
    (value, first), gradient = ag.value_and_grad(f, has_aux=True)(X)
    plain.append(first)
    again, second = ag.grad(f, has_aux=True)(X)
    plain.append(second)
    out, pull, third = ag.vjp(f, X, has_aux=True)
    plain.append(third)
    assert (value, out) == (np.sum(X * X), np.sum(X * X))
    plain.append(ag.jvp(f, (X,), (X,), has_aux=True)[2])
    plain.append(ag.linearize(f, X, has_aux=True)[2])
    plain.append(ag.jacobian(f, has_aux=True)(X)[1])
    for found in (gradient, again, pull(1.0)[0]):
        np.testing.assert_array_equal(found, 2 * X)
    for aux in plain:
        assert type(aux["twice"]) is np.ndarray
        np.testing.assert_array_equal(aux["twice"], 2 * X)
        assert (aux["words"], aux[3]) == ("text", print)
        assert type(aux["deep"][0]) is np.float64
        assert aux["deep"][1] is None
        assert type(aux["deep"][2]) is Layer
        assert type(aux["deep"][2].weight) is np.ndarray


@pytest.mark.parametrize("result", [1.0, (1.0,), (1.0, 2.0, 3.0), [1.0, 2.0], None])
def test_has_aux_wants_a_pair(result: Any) -> None:
    for call in (
        lambda f: ag.grad(f, has_aux=True)(1.0),
        lambda f: ag.vjp(f, 1.0, has_aux=True),
        lambda f: ag.jvp(f, (1.0,), (1.0,), has_aux=True),
        lambda f: ag.jacobian(f, has_aux=True)(1.0),
    ):
        with pytest.raises(ag.StructureError, match="pair"):
            call(lambda x: result)


# What may be a primal


@pytest.mark.parametrize("number", [3, 3.0, np.float64(3.0), np.array(3.0)])
def test_numbers_are_primals(number: Any) -> None:
    slope = ag.grad(lambda x: x * x)(number)
    assert type(slope) is np.float64
    assert slope == 6.0


def test_float32_stays_float32() -> None:
    x = X.astype(np.float32)
    assert ag.grad(lambda x: np.sum(np.sin(x) * 2.0 + X))(x).dtype == np.float32
    assert ag.jacobian(lambda x: np.sin(x))(x).dtype == np.float32
    assert ag.jacfwd(lambda x: np.sin(x))(x).dtype == np.float32
    assert ag.hessian(lambda x: np.sum(x**3))(x).dtype == np.float32
    assert ag.jvp(np.sin, (x,), (X,))[1].dtype == np.float32
    assert ag.vjp(np.sin, x)[1](X)[0].dtype == np.float32
    assert ag.grad(np.sin)(np.float32(1.0)).dtype == np.float32


@pytest.mark.parametrize(
    "value",
    [np.arange(3), np.int64(1), np.array([True]), np.True_, True, "text", object(), Tensor(1),
     [1.0, True], {"a": "text"}, Pair(1.0, np.arange(2)), Tensor([True])],
)  # fmt: skip
@pytest.mark.parametrize(
    "call",
    [
        lambda f, v: ag.grad(f)(v),
        lambda f, v: ag.value_and_grad(f)(v),
        lambda f, v: ag.vjp(f, v),
        lambda f, v: ag.jvp(f, (v,), (v,)),
        lambda f, v: ag.linearize(f, v),
        lambda f, v: ag.jacobian(f)(v),
        lambda f, v: ag.hessian(f)(v),
        lambda f, v: ag.hvp(f, v, v),
        lambda f, v: ag.elementwise_grad(f)(v),
    ],
)
def test_what_is_no_float_is_refused(call: Callable[..., Any], value: Any) -> None:
    with pytest.raises(ag.DtypeError, match="argument 0"):
        call(lambda v: 1.0, value)


def test_a_list_of_primals_is_a_container() -> None:
    assert ag.grad(lambda pair: pair[0] * pair[1])([2.0, 3]) == [3.0, 2.0]


# Containers as arguments


def close(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_dicts_and_lists() -> None:
    def f(p: Any, factor: Any) -> Any:
        assert type(p) is dict
        assert type(p["deep"]) is list
        return np.sum(p["w"] * p["deep"][0]) * p["deep"][1][0] * factor

    g, h = ag.grad(f, (0, 1))({"w": X, "deep": [2.0 * X, (3.0, None)], "empty": {}}, 2.0)
    assert list(g) == ["w", "deep", "empty"]
    close(g["w"], 12 * X)
    close(g["deep"][0], 6 * X)
    close(g["deep"][1][0], np.float64(4 * X @ X))
    assert g["deep"][1][1] is None
    assert g["empty"] == {}
    close(h, np.float64(6 * X @ X))


def test_named_tuples_and_ordered_dicts() -> None:
    g = ag.grad(lambda p: p.left * p.right["a"])(Pair(2.0, OrderedDict(b=1.0, a=3.0)))
    assert type(g) is Pair
    assert type(g.right) is OrderedDict
    assert g == Pair(3.0, OrderedDict(b=0.0, a=2.0))


def test_nested_and_frozen_dataclasses() -> None:
    network = Network([Layer(np.eye(3), np.zeros(3)), Layer(np.ones((2, 3)), 0.5)], 2.0)

    def f(network: Any) -> Any:
        assert type(network) is Network
        x = X
        for layer in network.layers:
            x = layer(x)
        return np.sum(x) * network.scale

    g = ag.grad(f)(network)
    assert type(g) is Network
    assert [type(layer) for layer in g.layers] == [Layer, Layer]
    assert g.nothing is None
    assert g.layers[0].weight.shape == (3, 3)
    assert type(g.layers[1].bias) is np.float64
    hidden = np.tanh(X)
    close(g.scale, np.float64(2 * np.tanh(np.sum(hidden) + 0.5)))
    close(g.layers[1].weight, np.tile(2 * (1 - np.tanh(np.sum(hidden) + 0.5) ** 2) * hidden, (2, 1)))
    assert network.scale == 2.0
    np.testing.assert_array_equal(network.layers[0].weight, np.eye(3))


def test_slotted_dataclasses_as_argument_and_result() -> None:
    out, pull = ag.vjp(lambda p: Slotted(a=p.a * p.b, b=p.a.sum()), Slotted(a=np.ones(2), b=np.array([2.0, 3.0])))
    assert type(out) is Slotted
    (g,) = pull(Slotted(a=np.array([1.0, 10.0]), b=100.0))
    assert type(g) is Slotted
    close(g.a, np.array([102.0, 130.0]))
    close(g.b, np.array([1.0, 10.0]))


@pytest.mark.parametrize("empty", [{}, [], (), None, {"a": None}, Pair((), [])])
def test_empty_containers_have_empty_gradients(empty: Any) -> None:
    assert ag.grad(lambda p: 1.0)(empty) == empty
    assert ag.grad(lambda p, x: x * x, 1)(empty, 3.0) == 6.0
    assert ag.grad(lambda p, x: x * x, (0, 1))(empty, 3.0) == (empty, 6.0)
    assert ag.jvp(lambda p, x: x * x, (empty, 3.0), (empty, 1.0))[1] == 6.0


def test_vjp_without_primals() -> None:
    out, pull = ag.vjp(lambda: 3.0)
    assert (out, pull(1.0)) == (3.0, ())


# Containers as results


@pytest.mark.parametrize("mode", ["reverse", "forward", "auto"])
def test_jacobians_of_containers(mode: str) -> None:
    def f(p: Any) -> Any:
        return {"y": p["a"] * p["b"], "z": Pair(p["a"].sum(), np.ones(2))}

    j = ag.jacobian(f, mode=mode)({"a": X, "b": 2.0})
    close(j["y"]["a"], 2 * np.eye(3))
    close(j["y"]["b"], X)
    assert type(j["z"]) is Pair
    close(j["z"].left["a"], np.ones(3))
    close(j["z"].left["b"], np.float64(0.0))
    close(j["z"].right["a"], np.zeros((2, 3)))
    close(j["z"].right["b"], np.zeros(2))


def test_hessians_of_containers() -> None:
    h = ag.hessian(lambda p: np.sum(p.left**2) * p.right)(Pair(X, 3.0))
    close(h.left.left, 6 * np.eye(3))
    close(h.left.right, 2 * X)
    close(h.right.left, 2 * X)
    close(h.right.right, np.float64(0.0))
    assert ag.hvp(lambda p: p["a"] ** 2 * p["b"], {"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 0.0}) == {"a": 4.0, "b": 2.0}
    h = ag.hessian(lambda a, b: a * a * b, (0, 1))(2.0, 3.0)
    assert h == ((6.0, 4.0), (4.0, 0.0))


def test_jvp_and_linearize_of_containers() -> None:
    def f(p: Any, x: Any) -> Any:
        return [p["a"] * x, (x.sum(),)]

    out, tangent = ag.jvp(f, ({"a": 2.0}, X), ({"a": 1.0}, 10 * X))
    close(out[0], 2 * X)
    close(tangent[0], X + 20 * X)
    close(tangent[1][0], np.float64(10 * X.sum()))
    push = ag.linearize(f, {"a": 2.0}, X)[1]
    close(push({"a": 1.0}, 10 * X)[0], 21 * X)


@pytest.mark.parametrize("cotangent", [1.0, [1.0, 1.0], (1.0,), (1.0, None), (1.0, 1.0, 1.0), {"a": 1.0, "b": 1.0}])
def test_a_cotangent_in_another_container(cotangent: Any) -> None:
    with pytest.raises(ag.StructureError, match="cotangent"):
        ag.vjp(lambda x: (x, x), 1.0)[1](cotangent)


def test_a_tangent_in_another_container() -> None:
    with pytest.raises(ag.StructureError, match="tangent"):
        ag.jvp(lambda x: x[0], ([1.0],), ((1.0,),))
    with pytest.raises(ag.StructureError, match="tangent"):
        ag.jvp(lambda x: x["a"], ({"a": 1.0},), ({"b": 1.0},))


# Arrays in, arrays out


def test_results_are_arrays_and_numbers() -> None:
    def f(x: Any) -> Any:
        assert isinstance(x, Tensor)
        return np.sin(x)

    results = [
        ag.vjp(f, X)[0], ag.vjp(f, X)[1](X)[0], *ag.jvp(f, (X,), (X,)), ag.linearize(f, X)[0], ag.linearize(f, X)[1](X),
        ag.jacobian(f)(X), ag.jacfwd(f)(X), ag.elementwise_grad(f)(X), ag.grad(lambda x: f(x).sum())(X),
        ag.hessian(lambda x: f(x).sum())(X), ag.hvp(lambda x: f(x).sum(), X, X),
        ag.grad(lambda x: f(x).sum())(Tensor(X)),
    ]  # fmt: skip
    assert [type(result) for result in results] == [np.ndarray] * len(results)


def test_arguments_are_neither_copied_nor_changed() -> None:
    x, before = X.copy(), X.copy()
    ag.grad(lambda t: np.sum(t * t) if np.shares_memory(t.data, x) else None)(x)
    ag.hessian(lambda t: np.sum(t**3))(x)
    np.testing.assert_array_equal(x, before)


# Numbers out of a Tensor


@pytest.mark.parametrize("leave", [float, int, math.sin, math.floor, complex, math.sqrt])
def test_leaving_the_graph_as_a_number_raises_inside_a_transform(leave: Callable[[Any], Any]) -> None:
    for call in (
        lambda f: ag.grad(f)(1.0),
        lambda f: ag.jvp(f, (1.0,), (1.0,)),
        lambda f: ag.hessian(f)(1.0),
        lambda f: ag.grad(ag.grad(f))(1.0),
        lambda f: ag.grad(lambda y: ag.grad(lambda x: x * f(y))(2.0))(1.0),
    ):
        with pytest.raises(ag.DetachError, match=r"stop_gradient"):
            call(lambda x: leave(x * 1.0) * x)


def test_leaving_the_graph_as_a_number_works_elsewhere() -> None:
    t = Tensor(2.5, requires_grad=True)
    assert (float(t * 2), int(t * 2), math.sin(t), t.item()) == (5.0, 5, math.sin(2.5), 2.5)
    leaked: list[Tensor] = []
    ag.grad(lambda x: leaked.append(x * x) or x * x)(3.0)
    assert float(leaked[0]) == 9.0  # the transform has ended
    assert ag.grad(lambda x: x * float(t))(3.0) == 2.5  # no primal flows into t
    assert ag.grad(lambda x: x * float(ag.stop_gradient(x)))(3.0) == 3.0
    assert ag.grad(lambda x: x * x.item())(3.0) == 3.0
    assert ag.grad(lambda x: x * x if x > 2 else -x)(3.0) == 6.0
    assert f"{t:.1f}" == "2.5"
