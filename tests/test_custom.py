"""Rules of the user's own: ``primitive``, ``custom_vjp``, ``implements``, ``constant`` and ``refuse``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import special

import autograd_lite as ag
from autograd_lite import Tensor
from autograd_lite.core import dispatch
from autograd_lite.rules import declare_all

X, Y = np.array([0.3, -0.8, 1.2]), np.array([1.5, 0.5, -0.7])


@pytest.fixture
def clean_tables() -> Iterator[None]:
    """Take back what a test declares for NumPy's functions."""
    declare_all()  # nothing is declared late, to be taken back with the rest
    tables = (dispatch.IMPLEMENTATIONS, dispatch.REFUSALS)
    before, constants = [dict(table) for table in tables], set(dispatch.CONSTANTS)
    yield
    for table, old in zip(tables, before, strict=True):
        table.clear()
        table.update(old)
    dispatch.CONSTANTS.intersection_update(constants)


def check(f: Callable[..., Any], *args: Any) -> None:
    """Check a function's derivatives to second order, and that all ways to its Jacobian agree."""
    ag.check_grads(lambda *a: np.sum(np.sin(f(*a))), args, order=2)
    for i in range(len(args)):
        rows = ag.jacrev(f, i)(*args)
        np.testing.assert_allclose(ag.jacfwd(f, i)(*args), rows, rtol=1e-12, atol=1e-13)
        out, pull = ag.vjp(f, *args)
        by_hand = [pull(row.reshape(out.shape))[i] for row in np.eye(out.size)]
        np.testing.assert_allclose(rows.reshape(np.stack(by_hand).shape), by_hand, rtol=1e-12, atol=1e-13)


# primitive: every kind, batched and not

both = pytest.mark.parametrize("batched", [False, True])


@both
def test_an_elementwise_primitive(batched: bool) -> None:
    cube = ag.primitive(lambda x: x**3, kind="elementwise", name="cube", batched=batched, x=lambda g, x: g * 3 * x**2)
    check(cube, X)
    check(cube, X.reshape(3, 1))
    assert cube.__name__ == "cube"
    plain = cube(X)
    assert type(plain) is np.ndarray
    np.testing.assert_array_equal(plain, X**3)
    assert ag.grad(ag.grad(ag.grad(cube)))(2.0) == 6.0


@both
def test_an_elementwise_primitive_of_two_arguments_broadcasts(batched: bool) -> None:
    blend = ag.primitive(
        lambda a, b: a * a * b, kind="elementwise", name="blend", batched=batched,
        a=lambda g, a, b: g * 2 * a * b, b=lambda g, a: g * a * a,
    )  # fmt: skip
    check(blend, X, Y)
    check(blend, X.reshape(3, 1), Y)
    check(blend, np.array(0.7), Y)
    check(lambda a: blend(a, 2.0), X)
    check(lambda b: blend(2.0, b), X)
    check(lambda b: blend(Y, b), X)


@both
def test_a_linear_primitive_written_for_arrays_only(batched: bool) -> None:
    # np.asarray refuses Tensors: the function is to be given arrays, and the rule comes back through the primitive.
    reverse = ag.primitive(
        lambda x: np.asarray(x)[..., ::-1].copy(), kind="linear", name="reverse", batched=batched,
        x=lambda g: reverse(g),
    )  # fmt: skip
    check(reverse, X)
    check(lambda x: reverse(x * x) * x, X)
    assert ag.grad(lambda x: ag.jvp(lambda x: np.sum(reverse(x * x) * x), (x,), (Y,))[1])(X).shape == (3,)


@both
def test_a_multilinear_primitive(batched: bool) -> None:
    outer = ag.primitive(
        lambda a, b: a[:, None] * b, kind="multilinear", name="outer", batched=batched,
        a=lambda g, b: np.sum(g * b, axis=-1), b=lambda g, a: np.sum(g * a[:, None], axis=-2),
    )  # fmt: skip
    check(outer, X, Y[:2])


@both
def test_a_general_primitive_with_keywords(batched: bool) -> None:
    scaled_norm = ag.primitive(
        lambda x, power, scale=2.0: scale * np.sum(np.abs(x) ** power), name="scaled_norm", batched=batched,
        x=lambda g, x, power, scale: (
            np.expand_dims(g, -1) * scale * power * np.sign(x) * np.abs(x) ** (power - 1)
        ),
    )  # fmt: skip
    check(lambda x: scaled_norm(x, power=3.0, scale=1.5), X)
    np.testing.assert_allclose(ag.grad(lambda x: scaled_norm(x, power=2.0, scale=0.5))(X), X)


def test_keywords_may_have_defaults() -> None:
    raised = ag.primitive(
        lambda x, n=2: x**n, kind="elementwise", name="raised", x=lambda g, x, n: g * n * x ** (n - 1)
    )
    assert ag.grad(lambda x: raised(x, n=3))(2.0) == 12.0
    assert ag.grad(raised)(2.0) == 4.0
    weighted = ag.primitive(lambda x, y, n=2: x * y * n, name="weighted", x=lambda g, y, n: g * y * n, y=None)
    assert ag.grad(weighted)(2.0, 3.0) == 6.0


def test_a_tracked_keyword_is_refused() -> None:
    raised = ag.primitive(
        lambda x, n=2.0: x**n, kind="elementwise", name="raised", x=lambda g, x, n: g * n * x ** (n - 1)
    )
    with pytest.raises(ag.AutogradLiteError, match=r"raised.*n"):
        ag.grad(lambda n: raised(2.0 * n, n=n))(3.0)


def test_a_rule_of_none_and_a_rule_that_is_words() -> None:
    choose = ag.primitive(
        lambda mask, x, order: np.where(mask, x, 0) ** order, name="choose",
        mask=None, x=lambda g, mask, x: np.where(mask, 2 * g * x, 0), order="it is an order, not a number",
    )  # fmt: skip
    x, mask = Tensor(X, requires_grad=True), Tensor(Y, requires_grad=True)
    choose(mask, x, 2).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * X)
    assert mask.grad is None
    assert not choose(mask, X, 2).requires_grad
    np.testing.assert_array_equal(ag.grad(lambda m: np.sum(choose(m, X, 2)))(Y), np.zeros(3))
    with pytest.raises(ag.NotDifferentiableError, match=r"choose.*'order'.*not a number"):
        choose(Y, X, Tensor(2.0, requires_grad=True))


def test_a_primitive_without_rules_refuses_tracked_tensors_only() -> None:
    stepped = ag.primitive(lambda x: np.floor(x), name="stepped", x="it is constant between steps")
    np.testing.assert_array_equal(stepped(Tensor(X)).data, np.floor(X))
    np.testing.assert_array_equal(stepped(X), np.floor(X))
    with pytest.raises(ag.NotDifferentiableError, match="steps"):
        stepped(Tensor(X, requires_grad=True))
    with ag.no_grad():
        assert not stepped(Tensor(X, requires_grad=True)).requires_grad


@both
def test_a_variadic_primitive(batched: bool) -> None:
    weighted = ag.primitive(
        lambda *arrays, weights: sum(w * a * a for w, a in zip(weights, arrays, strict=True)), name="weighted",
        kind="elementwise", batched=batched, each=lambda g, i, weights, *arrays: g * 2 * weights[i] * arrays[i],
    )  # fmt: skip
    check(lambda a, b: weighted(a, b, weights=(1.0, 3.0)), X, Y)
    check(lambda a: weighted(a, Y, a, weights=(1.0, 2.0, 3.0)), X)
    check(lambda a: weighted(Y, X, a, weights=(1.0, 2.0, 3.0)), X)


@both
def test_a_primitive_with_two_outputs(batched: bool) -> None:
    def rule(g: Any, r: Any, t: Any, cosine: bool) -> Any:
        to_x, to_y = g
        along = (0.0 if to_x is None else to_x * np.cos(t)) + (0.0 if to_y is None else to_y * np.sin(t))
        across = (0.0 if to_x is None else -to_x * r * np.sin(t)) + (0.0 if to_y is None else to_y * r * np.cos(t))
        return along if cosine else across

    polar = ag.primitive(
        lambda r, t: (r * np.cos(t), r * np.sin(t)), outputs=2, batched=batched, name="polar",
        r=lambda g, r, t: rule(g, r, t, True), t=lambda g, r, t: rule(g, r, t, False),
    )  # fmt: skip
    for use in (
        lambda r, t: polar(r, t)[0],
        lambda r, t: polar(r, t)[1],
        lambda r, t: polar(r, t)[0] * polar(r, t)[1],
        lambda r, t: (lambda x, y: x * y + x + np.sin(y) * x)(*polar(r, t)),
        lambda r, t: (lambda x, y: x + x)(*polar(r, t)),
    ):
        check(use, X, Y)
    unused = Tensor(X, requires_grad=True)
    polar(unused, Y)
    assert unused.grad is None
    assert [type(part) for part in polar(X, Y)] == [np.ndarray, np.ndarray]
    assert [type(part) for part in polar(Tensor(X), Y)] == [Tensor, Tensor]


def test_an_unbatched_rule_is_called_row_by_row() -> None:
    shapes: list[tuple[int, ...]] = []

    def rule(g: Any, x: Any) -> Any:
        shapes.append(g.shape)
        return g * np.cos(x)

    single = ag.primitive(np.sin, kind="elementwise", name="single", x=rule)
    ag.jacrev(single)(X)
    assert shapes == [(3,)] * 3
    shapes.clear()
    batched = ag.primitive(np.sin, kind="elementwise", name="batched", batched=True, x=rule)
    ag.jacrev(batched)(X)
    assert shapes == [(3, 3)]


def test_a_wrong_rule_is_caught() -> None:
    wrong = ag.primitive(np.sin, kind="elementwise", name="wrong", x=lambda g, x: g * np.sin(x))
    with pytest.raises(ag.GradientCheckError):
        ag.check_grads(lambda x: np.sum(wrong(x)), (X,))


@pytest.mark.usefixtures("clean_tables")
def test_a_primitive_stands_for_a_ufunc() -> None:
    with pytest.raises(ag.NotDifferentiableError, match=r"ber has no derivative rule"):
        special.ber(Tensor(X, requires_grad=True))
    ag.primitive(special.ber, array_function=special.ber, kind="elementwise", x=lambda g, x: g * special.berp(x))
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(special.ber(x)))(X), special.berp(X))


# implements, constant, refuse


@pytest.mark.usefixtures("clean_tables")
def test_implements_composes() -> None:
    @ag.implements(np.sinc)
    def sinc(x: Any) -> Any:
        return np.sin(np.pi * x) / (np.pi * x)

    np.testing.assert_allclose(np.sinc(Tensor(X)).data, np.sinc(X), rtol=1e-14)
    check(np.sinc, X)
    assert callable(sinc)


@pytest.mark.usefixtures("clean_tables")
def test_constants_give_arrays() -> None:
    ag.constant(np.heaviside)
    out = np.heaviside(Tensor(X, requires_grad=True), 0.5)
    assert type(out) is np.ndarray
    np.testing.assert_array_equal(out, np.heaviside(X, 0.5))
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(x * np.heaviside(x, 0.5)))(X), X > 0)


@pytest.mark.usefixtures("clean_tables")
def test_refusals_say_why() -> None:
    ag.refuse(np.heaviside, because="it jumps; use a sigmoid.")
    with pytest.raises(ag.NotDifferentiableError, match=r"heaviside.*it jumps; use a sigmoid"):
        np.heaviside(Tensor(X, requires_grad=True), 0.5)


# custom_vjp


def squashed() -> ag.custom_vjp:
    """Return sin with a rule that marks itself: it is 10 times too large."""
    f = ag.custom_vjp(lambda x: np.sin(x))
    f.defvjp(lambda x: (np.sin(x), x), lambda x, g: (10.0 * g * np.cos(x),))
    return f


def test_the_rule_is_used_in_every_transform() -> None:
    f = squashed()
    slope = 10 * np.cos(X)
    np.testing.assert_allclose(ag.grad(lambda x: np.sum(f(x)))(X), slope)
    np.testing.assert_allclose(ag.jacobian(f)(X), np.diag(slope))
    np.testing.assert_allclose(ag.jacfwd(f)(X), np.diag(slope))
    np.testing.assert_allclose(ag.jvp(f, (X,), (Y,))[1], slope * Y)
    np.testing.assert_allclose(ag.elementwise_grad(f)(X), slope)
    np.testing.assert_allclose(ag.grad(ag.checkpoint(lambda x: np.sum(f(x))))(X), slope)
    np.testing.assert_allclose(ag.hessian(lambda x: np.sum(f(x)))(X), np.diag(-10 * np.sin(X)))
    np.testing.assert_allclose(ag.elementwise_grad(ag.elementwise_grad(ag.elementwise_grad(f)))(X), -10 * np.cos(X))
    np.testing.assert_array_equal(f(X), np.sin(X))
    assert type(f(X)) is np.ndarray
    t = Tensor(X, requires_grad=True)
    f(t).sum().backward()
    np.testing.assert_allclose(t.grad, slope)


def test_second_order_goes_through_the_residuals() -> None:
    f = ag.custom_vjp(lambda x, y: np.exp(x) * y)
    f.defvjp(lambda x, y: (np.exp(x) * y, {"e": np.exp(x), "y": y}), lambda r, g: (g * r["e"] * r["y"], g * r["e"]))
    check(f, X, Y)
    np.testing.assert_allclose(ag.grad(ag.grad(ag.grad(f)))(0.3, 2.0), 2 * np.exp(0.3))


def test_containers_and_other_arguments() -> None:
    f = ag.custom_vjp(lambda p, mode, n: {"out": [p["a"] * n, p["b"] ** 2]})
    f.defvjp(
        lambda p, mode, n: (f.function(p, mode, n), (p["b"], mode, n)),
        lambda r, g: ({"a": g["out"][0] * r[2], "b": 2 * r[0] * g["out"][1]}, None, None),
    )

    def use(a: Any, b: Any) -> Any:
        out = f({"a": a, "b": b}, "text", 3)["out"]
        return out[0] * out[1] + out[0]

    check(use, X, Y)
    check(lambda a, b: f({"a": a, "b": b}, "text", 3)["out"][1] + 0 * a, X, Y)  # one output unused


def test_a_cotangent_of_none_is_zero() -> None:
    f = ag.custom_vjp(lambda x, y: x * y)
    f.defvjp(lambda x, y: (x * y, y), lambda y, g: (g * y, None))
    assert ag.grad(f, (0, 1))(2.0, 3.0) == (3.0, 0.0)
    x, y = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    f(x, y).backward()
    assert (x.grad, y.grad) == (3.0, None)
    np.testing.assert_array_equal(ag.jacobian(f, 1)(X, Y), np.zeros((3, 3)))


@pytest.mark.parametrize(
    ("returned", "error", "words"),
    [
        (lambda g: g, ag.StructureError, "tuple of 2"),
        (lambda g: (g,), ag.StructureError, "tuple of 2"),
        (lambda g: (g, g, g), ag.StructureError, "tuple of 2"),
        (lambda g: None, ag.StructureError, "tuple of 2"),
        (lambda g: ((g, g), None), ag.StructureError, "2 arrays"),
        (lambda g: (g[:2], None), ag.ShapeError, r"shape \(2,\).*shape \(3,\)"),
        (lambda g: (np.sum(g), None), ag.ShapeError, r"shape \(\).*shape \(3,\)"),
        (lambda g: (np.stack([g, g]), None), ag.ShapeError, r"shape \(2, 3\).*shape \(3,\)"),
    ],
)
def test_a_backward_function_that_returns_something_else(
    returned: Callable[[Any], Any], error: type[Exception], words: str
) -> None:
    f = ag.custom_vjp(lambda x, y: x * y)
    f.defvjp(lambda x, y: (x * y, None), lambda r, g: returned(g))
    with pytest.raises(error, match=words):
        ag.grad(lambda x: np.sum(f(x, Y)))(X)


def test_a_function_without_a_rule_says_so() -> None:
    @ag.custom_vjp
    def bare(x: Any) -> Any:
        """Say something."""
        return x

    assert bare.__doc__ == "Say something."
    with pytest.raises(ag.StructureError, match=r"bare\.defvjp"):
        ag.grad(bare)(1.0)


def test_a_batched_backward_function_is_called_once() -> None:
    for batched, expected in ((True, [(3, 3)]), (False, [(3,)] * 3)):
        shapes: list[tuple[int, ...]] = []
        f = ag.custom_vjp(lambda x: np.sin(x), batched=batched)
        f.defvjp(
            lambda x: (np.sin(x), np.cos(x)),
            lambda c, g, shapes=shapes: (shapes.append(g.shape) or g * c,),
        )
        np.testing.assert_allclose(ag.jacrev(f)(X), np.diag(np.cos(X)))
        assert shapes == expected


def test_closing_over_something_tracked_is_refused() -> None:
    w = Tensor(3.0, requires_grad=True)
    f = ag.custom_vjp(lambda x: w * x)
    f.defvjp(lambda x: (w * x, w), lambda w, g: (g * w,))
    x = Tensor(2.0, requires_grad=True)
    with pytest.raises(ag.AutogradLiteError, match="argument"):
        f(x)  # w would get no gradient


def test_a_graph_through_custom_rules_is_released_like_any_other() -> None:
    x = Tensor(X, requires_grad=True)
    y = squashed()(x).sum()
    y.backward()
    with pytest.raises(ag.GraphFreedError):
        y.backward()
