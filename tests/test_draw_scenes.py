"""What pictures know: values, rules, what flows back, modules, what repeats, and how two graphs differ."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Tensor, draw, nn
from autograd_lite.draw.numbers import numbers_of
from autograd_lite.draw.picture import GraphPicture
from autograd_lite.draw.repeats import Repeat, Step, repeats_in
from autograd_lite.draw.scene import Edge, Vertex
from autograd_lite.errors import GraphError, GraphFreedError, StructureError, SupersededError


def leaf(value: Any, name: str | None = None) -> Tensor:
    return Tensor(np.asarray(value, dtype=float), requires_grad=True, name=name)


def vertex(picture: GraphPicture, what: str) -> Vertex:
    """Return the one vertex of a name or title."""
    (found,) = [v for v in picture.scene.vertices if what in (v.name, v.title)]
    return found


def edge(picture: GraphPicture, tail: str, head: str) -> Edge:
    keys = vertex(picture, tail).key, vertex(picture, head).key
    (found,) = [e for e in picture.scene.edges if (e.tail, e.head) == keys]
    return found


def titles(picture: GraphPicture) -> list[str]:
    return [v.title for v in picture.shown.vertices if v.kind in ("operation", "fold")]


def elements(numbers: Any) -> Any:
    return np.reshape(numbers.elements, numbers.shape)


# Numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2"),
        (-0.0, "0"),
        ([1.0, 2.5], "[1, 2.5]"),
        ([[1.0, 2.0], [3.0, 4.0]], "[[1, 2], [3, 4]]"),
        (np.zeros(5), "all 0"),
        (np.arange(5.0), "mean 2, 0 … 4"),
        ([np.nan, np.inf, 1.0, 2.0, 3.0], "mean 2, 1 … 3, 1 NaN, 1 inf"),
        (np.full(5, np.nan), "5 NaN"),
        (np.full(5, 1e308), "all 1e+308"),
        ([], "empty"),
        (np.arange(6) > 1, "4 of 6 true"),
        (1 + 2j, "1+2j"),
    ],
)
def test_arrays_in_words(value: Any, text: str) -> None:
    with np.errstate(all="raise"):
        numbers = numbers_of(np.asarray(value))
    assert numbers is not None
    assert numbers.text == text


def test_small_arrays_are_kept_in_full_and_large_ones_are_not() -> None:
    small, large = numbers_of(np.arange(64.0).reshape(8, 8)), numbers_of(np.arange(65.0))
    assert small is not None
    assert large is not None
    assert np.array_equal(elements(small), np.arange(64.0).reshape(8, 8))
    assert large.elements is None
    assert (large.mean, large.least, large.largest) == (32.0, 0.0, 64.0)
    assert numbers_of(object()) is numbers_of("x") is None


# The sweep


def test_flows_are_rules_times_what_arrives_and_add_up() -> None:
    x, y = np.array([0.3, -0.2]), np.array([1.5, 0.7])
    picture = draw.graph(lambda x, y: np.sum(np.sin(x) * y + x), x, y)
    sine = edge(picture, "x", "sin")
    assert sine.rule == "g · cos(x)"
    assert np.allclose(elements(sine.flow), y * np.cos(x))
    assert np.allclose(elements(edge(picture, "x", "add").flow), 1)
    assert np.allclose(elements(vertex(picture, "x").cotangent), y * np.cos(x) + 1)
    assert np.allclose(elements(vertex(picture, "y").cotangent), np.sin(x))
    assert np.allclose(elements(vertex(picture, "sin").value), np.sin(x))


@given(st.integers(0, 10_000))
def test_contributions_add_up_to_cotangents_and_these_are_the_gradients(seed: int) -> None:
    rng = np.random.default_rng(seed)
    functions = [np.sin, np.tanh, np.square, np.exp, lambda v: v[::-1], lambda v: v * np.mean(v)]

    def f(x: Any, w: Any) -> Any:
        known = [x, w]
        for _ in range(8):
            chosen = known[rng.integers(len(known))]
            known.append(functions[rng.integers(len(functions))](chosen) * 0.5 + known[rng.integers(len(known))])
        return np.sum(known[-1] * x)

    x, w = rng.uniform(-0.5, 0.5, 3), rng.uniform(-0.5, 0.5, 3)
    state = rng.bit_generator.state
    picture = draw.graph(f, x, w)
    rng.bit_generator.state = state
    gradient = ag.grad(f)(x, w)
    assert np.allclose(elements(vertex(picture, "x").cotangent), gradient, rtol=1e-12)
    for v in picture.scene.vertices:
        flows = [elements(e.flow) for e in picture.scene.edges if e.tail == v.key and e.flow is not None]
        if v.cotangent is not None and flows:
            assert np.allclose(sum(flows), elements(v.cotangent), rtol=1e-12, atol=1e-300)


def test_the_gradient_of_several_outputs_is_that_of_their_sum() -> None:
    x = leaf([1.0, 2.0], "x")
    assert np.allclose(elements(vertex(draw.graph([x**2, x * 3]), "x").cotangent), [5, 7])


def test_a_freed_graph_is_drawn_without_gradients_and_says_why() -> None:
    x = leaf([1.0, 2.0], "x")
    loss = np.sum(np.exp(x))
    loss.backward()
    picture = draw.graph(loss)
    assert "released by an earlier backward" in picture.scene.notes[0]
    assert "released by an earlier" in picture.dot.source
    assert draw.graph(loss, gradients=False).scene.notes == ()
    with pytest.raises(GraphFreedError, match=r"gradients=True.*retain_graph=True"):
        draw.graph(loss, gradients=True)


def test_a_graph_of_parameters_updated_since_is_drawn_and_says_why() -> None:
    x = leaf([1.0, 2.0], "x")
    loss = np.sum(x * x)
    loss.backward(retain_graph=True)
    ag.optim.SGD([x], 0.1).step()
    picture = draw.graph(loss)
    assert "in-place update" in picture.scene.notes[0]
    assert all(v.value is None for v in picture.scene.vertices if v.kind == "leaf")
    with pytest.raises(SupersededError):
        draw.graph(loss, gradients=True)


def test_hooks_run_only_if_gradients_are_asked_for() -> None:
    x = leaf([1.0, 2.0], "x")
    ran: list[Any] = []
    x.register_hook(lambda g: ran.append(g))
    assert "hooks" in draw.graph(np.sum(x * x)).scene.notes[0]
    assert ran == []
    assert vertex(draw.graph(np.sum(x * x), gradients=True), "x").cotangent is not None
    assert len(ran) == 1
    assert x.grad is None


def test_a_rule_that_raises_leaves_a_note() -> None:
    def broken(g: Any) -> Any:
        raise ZeroDivisionError("what a pity")

    f = ag.primitive(lambda x: x + 1, name="f", x=broken)
    y = f(leaf(1.0))
    assert "ZeroDivisionError: what a pity" in draw.graph(y).scene.notes[0]
    with pytest.raises(ZeroDivisionError):
        draw.graph(y, gradients=True)


def test_rules_of_anybody_are_written_down() -> None:
    cube = ag.primitive(lambda x: x**3, name="sin", kind="elementwise", x=lambda g, x: g * 3 * x * x)
    picture = draw.graph(lambda x: cube(x), 2.0)
    assert "cos" not in edge(picture, "x", "sin").rule
    assert "3" in edge(picture, "x", "sin").rule


def test_every_rule_in_the_table_stands_for_a_primitive() -> None:
    from autograd_lite.core.primitive import PRIMITIVES
    from autograd_lite.draw import formulas

    arguments: dict[str, set[str]] = {}
    for primitive in PRIMITIVES:
        arguments.setdefault(primitive.name, set()).update(primitive.arguments)
    for name, formula in formulas._TABLE.items():
        if name not in ("leaf", "argument", "output"):
            assert set(formula.rules) <= arguments[name] | {"*"}, name


# Constants


def test_constants_have_boxes_and_numbers_stand_in_formulas() -> None:
    data = np.arange(6.0).reshape(2, 3)
    picture = draw.graph(lambda w: np.sum(1 - data @ w), np.ones(3))
    assert np.array_equal(elements(vertex(picture, "constant").value), data)
    assert vertex(picture, "subtract").formula == "1 − y"
    kinds = [v.kind for v in draw.graph(np.sum(data @ leaf(np.ones(3)))).scene.vertices]
    assert kinds.count("constant") == 1


def test_one_constant_that_is_used_twice_has_one_box() -> None:
    data = np.arange(3.0)
    picture = draw.graph(lambda x: np.sum(x * data + np.exp(x) * data), np.ones(3))
    assert sum(v.kind == "constant" for v in picture.scene.vertices) == 1


# Functions and modules


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 3), nn.Tanh()), nn.Linear(3, 2))


def test_a_module_is_drawn_with_frames_names_and_values() -> None:
    model = network()
    picture = draw.graph(model, np.ones((5, 4)))
    assert [(c.name, c.title) for c in picture.scene.clusters] == [("2", "Sequential")]
    assert vertex(picture, "0.weight").kind == "parameter"
    assert vertex(picture, "x").kind == "argument"
    assert all(v.value is not None for v in picture.scene.vertices)
    (tanh,) = [v for v in picture.scene.vertices if v.title == "tanh"]
    assert tanh.cluster == picture.scene.clusters[0].key
    assert tanh.detail == ("2.1: Tanh",)


def test_functions_and_the_modules_they_call_are_framed() -> None:
    model = network()

    def error(x: Any) -> Any:
        return np.mean(np.square(np.abs(x) - 1))

    picture = draw.graph(lambda x: error(model(x)) + np.sum(x), np.ones((5, 4)))
    assert [(c.kind, c.title) for c in picture.scene.clusters] == [
        ("module", "Sequential"),
        ("module", "Sequential"),
        ("function", "error()"),
    ]
    assert picture.scene.clusters[1].parent == picture.scene.clusters[0].key


def test_the_graph_of_a_hessian_vector_product_has_two_sweeps() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * x)

    x, v = np.array([1.0, 2.0]), np.array([1.0, 0.5])
    picture = draw.graph(lambda x: ag.hvp(f, x, v), x)
    assert {"backward sweep 1", "backward sweep 2"} <= {c.title for c in picture.scene.clusters}
    (output,) = [vertex for vertex in picture.scene.vertices if vertex.is_output]
    assert np.allclose(elements(output.value), ag.hvp(f, x, v))
    assert np.allclose(elements(vertex(picture, "x").cotangent), ag.grad(lambda x: np.sum(ag.hvp(f, x, v)))(x))


def test_dotted_names_tell_modules_of_a_recorded_graph() -> None:
    model = network()
    y = np.sum(model(np.ones((5, 4))))
    assert draw.graph(y).scene.clusters == []
    by_module = draw.graph(y, names=model)
    assert vertex(by_module, "0.weight").kind == "parameter"
    deeper = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2)), nn.Linear(2, 1))
    picture = draw.graph(np.sum(deeper(np.ones((3, 2)))), names=deeper)
    assert [(c.name, c.title) for c in picture.scene.clusters] == [("0", "Sequential")]
    assert [(c.name, c.title) for c in draw.graph(np.sum(deeper(np.ones((3, 2)))), names=deeper.named_parameters()).scene.clusters] == [("0", "")]  # fmt: skip  # noqa: E501


def test_arguments_in_containers_are_named() -> None:
    picture = draw.graph(lambda p, n: np.sum(p["w"] * p["b"][0]) * n, {"w": np.ones(2), "b": [np.ones(2)]}, 3)
    assert {v.name for v in picture.scene.vertices if v.kind == "argument"} == {"p.w", "p.b.0"}


def test_drawing_a_function_leaves_nothing_behind() -> None:
    model = network()
    draw.graph(model, np.ones((5, 4)))
    assert all(p.grad is None for p in model.parameters())
    assert ag.core.observing.observers() == ()  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="oh"):
        draw.graph(lambda x: (_ for _ in ()).throw(ValueError("oh")), 1.0)
    assert ag.core.observing.observers() == ()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: draw.graph(np.sum), StructureError, "no examples"),
        (lambda: draw.graph(leaf(1.0), 1.0), StructureError, "examples for a function"),
        (lambda: draw.graph(lambda x: 1.0, 2.0), GraphError, "nothing was recorded"),
        (lambda: draw.graph(lambda x: x * 2, 2), GraphError, "nothing was recorded"),
        (lambda: draw.graph(lambda x: None, 2.0), StructureError, "forget to return"),
        (lambda: draw.graph(leaf(1.0), depth=-1), StructureError, "depth=-1"),
        (lambda: draw.graph(leaf(1.0), depth=1.5), StructureError, r"depth=1\.5"),
    ],
)
def test_wrong_arguments_raise_in_words(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


# Folding


def steps_of(*tokens: str) -> list[Step]:
    return [Step(token, [i - 1] if i else []) for i, token in enumerate(tokens)]


def test_repeats_are_found_with_their_shortest_period() -> None:
    assert repeats_in(steps_of(*"abc" * 10)) == [Repeat(3, 3, 9)]  # the first block reads nothing
    assert repeats_in(steps_of(*"xyz", *"ab" * 20, *"zyx"))[0].period == 2
    assert repeats_in(steps_of("a", "b")) == []
    assert repeats_in([]) == []


@given(st.integers(1, 6), st.integers(6, 30), st.integers(0, 4), st.integers(0, 4))
def test_a_planted_repeat_is_found(period: int, times: int, before: int, after: int) -> None:
    head, tail = [f"h{i}" for i in range(before)], [f"t{i}" for i in range(after)]
    found = repeats_in(steps_of("start", *head, *[f"b{i}" for i in range(period)] * times, *tail))
    assert len(found) == 1
    assert found[0].period == period
    assert times - 1 <= found[0].times <= times
    assert found[0].start >= 1 + before


def test_blocks_that_are_wired_otherwise_are_no_repeat() -> None:
    back = np.random.default_rng(0).integers(1, 4, 60)
    steps = [Step("a", [])] + [Step("a", [max(0, i - int(back[i]))]) for i in range(1, 60)]
    assert all(repeat.period * repeat.times < 20 for repeat in repeats_in(steps))


def recurrent(steps: int) -> Tensor:
    rng = np.random.default_rng(0)
    into, again, shift = (leaf(0.3 * rng.normal(size=shape), name) for shape, name in (((3, 4), "U"), ((4, 4), "W"), (4, "b")))  # fmt: skip  # noqa: E501
    state = np.zeros((2, 4))
    for x in rng.normal(size=(steps, 2, 3)):
        state = np.tanh(x @ into + state @ again + shift)
    return np.mean(state**2)


def test_fifty_steps_fold_into_one_box_with_a_count() -> None:
    picture = draw.graph(recurrent(50))
    (box,) = [v for v in picture.shown.vertices if "×" in v.title]
    assert box.title == "5 operations ×49"
    assert "2 matmul, 2 add, tanh" in box.detail
    assert repr(picture) == "<GraphPicture of 255 nodes in 9 boxes>"
    assert "5 operations ×49" in picture.dot.source
    shared = [e for e in picture.shown.edges if e.head == box.key and e.count > 1]
    assert [e.count for e in shared] == [49, 49, 49]
    # What the box shows is the value and the gradient of its last step.
    last = next(v for v in picture.scene.vertices if v.key == box.result)
    assert box.value == last.value
    assert box.cotangent == last.cotangent


def test_cells_of_a_recurrent_module_fold_and_keep_their_name() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            self.cell = nn.RNNCell(3, 4)

        def forward(self, x: Any) -> Any:
            state = np.zeros((2, 4))
            for t in range(50):
                state = self.cell(x[t], state)
            return np.mean(state)

    assert "getitem → RNNCell ×49" in titles(draw.graph(Net(), np.ones((50, 2, 3))))


def test_chains_of_elementwise_operations_fold() -> None:
    functions = [np.sin, np.cos, np.tanh, np.arctan, lambda v: v * 1.5]
    y = leaf(0.5, "x")
    for i in np.random.default_rng(0).integers(0, 5, 200):
        y = functions[i](y)
    (title,) = titles(draw.graph(y))
    assert title == "200 elementwise operations"
    assert titles(draw.graph(np.tanh(np.exp(np.sin(leaf(1.0)))), depth=0)) == ["sin → exp → tanh"]


def test_depth_opens_frames_one_by_one() -> None:
    model = nn.Sequential(*[nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Tanh(), nn.Linear(4, 4))) for _ in range(2)])  # fmt: skip  # noqa: E501
    x = np.ones((3, 4))
    assert titles(draw.graph(model, x, depth=0)) == ["Sequential", "Sequential"]
    assert titles(draw.graph(model, x, depth=1)) == ["affine", "Sequential"] * 2
    assert titles(draw.graph(model, x, depth=2)) == ["affine", "tanh", "affine"] * 2
    assert titles(draw.graph(model, x)) == ["affine", "tanh", "affine"] * 2


def test_many_modules_fold_and_then_repeat() -> None:
    block = [nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4), nn.Sigmoid()) for _ in range(60)]
    picture = draw.graph(nn.Sequential(*block), np.ones((3, 4)))
    assert "Sequential ×60" in titles(picture) or len(picture.shown.vertices) <= 10
    assert len(picture.shown.vertices) <= 50


def test_what_is_not_regular_is_cut_with_a_note() -> None:
    rng = np.random.default_rng(0)
    known = [leaf(v) for v in rng.uniform(0.1, 0.9, 5)]
    for _ in range(3000):
        a, b = rng.integers(max(0, len(known) - 30), len(known), 2)
        known.append(np.tanh(known[a] * known[b]))
    picture = draw.graph(known[-1], max_nodes=40)
    assert sum(v.kind not in ("note", "reference", "constant") for v in picture.shown.vertices) == 40
    assert picture.shown.hidden > 100
    assert any("not shown" in v.title for v in picture.shown.vertices)


def test_large_graphs_are_drawn_within_bounds() -> None:
    loss = recurrent(600)
    start = time.perf_counter()
    picture = draw.graph(loss)
    picture.svg()
    assert time.perf_counter() - start < 30  # 1 s on an idle core
    assert len(picture.shown.vertices) < 15
    assert "<svg" in picture.svg()


def test_a_folded_scene_is_one_without_loose_ends() -> None:
    for picture in (draw.graph(recurrent(80)), draw.graph(network(), np.ones((5, 4)), depth=0)):
        for scene in (picture.scene, picture.shown):
            keys = [v.key for v in scene.vertices]
            clusters = {c.key for c in scene.clusters}
            assert len(keys) == len(set(keys))
            assert all(e.tail in keys and e.head in keys for e in scene.edges)
            assert all(v.cluster is None or v.cluster in clusters for v in scene.vertices)
            assert all(c.parent is None or c.parent in clusters for c in scene.clusters)


# Differences


def test_a_difference_tells_added_removed_and_changed() -> None:
    x = np.ones((3, 4))
    before = draw.graph(lambda x: np.sum(np.tanh(x)[:, :2]), x)
    after = draw.graph(lambda x: np.sum(np.exp(x)[:, :3]) * 2, x)
    picture = draw.difference(before, after)
    changes = {v.title: v.change for v in picture.scene.vertices}
    assert changes["tanh"] == "removed"
    assert changes["exp"] == changes["multiply"] == "added"
    assert changes["getitem"] == "changed"
    assert changes["sum"] == ""
    assert picture.scene.notes == ("2 added, 1 removed, 1 changed",)
    assert "was (3, 2) float64" in picture.dot.source
    assert {e.change for e in picture.scene.edges} == {"added", "removed", ""}


def test_graphs_that_do_not_differ() -> None:
    picture = draw.difference(recurrent(3), recurrent(3))
    assert picture.scene.notes == ("no difference",)
    assert all(not v.change for v in picture.scene.vertices)
    assert draw.difference(recurrent(50), recurrent(60)).scene.notes != ("no difference",)


def test_another_wiring_is_a_difference() -> None:
    x, y = leaf(1.0, "x"), leaf(2.0, "y")
    assert draw.difference(x - y, y - x).scene.notes == ("4 arrows differ",)
    assert draw.difference(x - y, x - y).scene.notes == ("no difference",)
