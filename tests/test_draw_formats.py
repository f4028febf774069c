"""Pictures as Mermaid, plain text, PNG, PDF and HTML: that they are what they say, whatever names are in them."""

from __future__ import annotations

import re
import shutil
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_lite import Tensor, draw, grad

HOSTILE = [
    'say "hi"', "<script>alert(1)</script>", "x & y", "&lt;", "back\\slash", "end", "a-->b", "]]", "`", "%%{init}%%",
    "#35;", ":::leaf", "größe 日本", "two\nlines", "\x1b[31m", "subgraph",
]  # fmt: skip
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="the program dot is not installed")


def leaf(value: Any, name: str | None = None) -> Tensor:
    return Tensor(np.asarray(value, dtype=float), requires_grad=True, name=name)


def picture() -> draw.GraphPicture:
    return draw.graph(lambda x: np.sum(np.sin(x) * x), np.array([0.5, 1.0]))


# Mermaid


def test_mermaid_has_every_box_and_arrow() -> None:
    text = picture().mermaid()
    assert text.startswith("flowchart TB\n")
    assert len(re.findall(r"^    n\d+[\[({]", text, re.MULTILINE)) == 4
    assert len(re.findall(r"^    n\d+ -->", text, re.MULTILINE)) == 4
    assert "↑ g · cos#40;x#41;" in text
    assert "classDef operation" in text
    assert draw.graph(leaf(1.0) * 2, direction="LR").mermaid().startswith("flowchart LR")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_cannot_leave_their_box_in_mermaid(name: str) -> None:
    lines = draw.graph(np.exp(leaf([1.0], name)), rules=False).mermaid().splitlines()
    assert len(lines) == len(draw.graph(np.exp(leaf([1.0], "x")), rules=False).mermaid().splitlines())
    (label,) = re.findall(r'^    n0\(\["(.*)"\]\):::leaf$', "\n".join(lines), re.MULTILINE)
    assert not set(label.replace("<br/>", "")) & set('"<>[]{}()`\\|%&')


def test_frames_are_subgraphs() -> None:
    def inner(x: Any) -> Any:
        return np.sin(np.cos(x))

    text = draw.graph(lambda x: np.sum(inner(x)), np.ones(2)).mermaid()
    assert text.count("subgraph") == text.count("\n    end\n") == 1
    assert 'subgraph c0["inner#40;#41;"]' in text


# Plain text


def test_the_tree_starts_at_the_output() -> None:
    x = leaf(2.0, "x")
    assert draw.tree(np.exp(x) * x).splitlines() == [
        "multiply  () float64 · = 14.78 · grad = 1",
        "├─ exp  () float64 · = 7.389 · grad = 2",
        "│  ↑ x  () float64 · = 2 · grad = 22.17",
        "╰─ x (above)",
    ]


def test_the_tree_takes_options_and_functions() -> None:
    assert draw.tree(lambda x: x * 2, 3.0, shapes=False, values=False, gradients=False) == "multiply  x · 2\n↑ x"


@pytest.mark.parametrize("name", HOSTILE)
def test_the_tree_has_one_line_for_each_box(name: str) -> None:
    lines = draw.tree(np.exp(leaf([1.0], name))).splitlines()
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


def test_a_deep_and_a_wide_tree() -> None:
    x = y = leaf(0.5, "x")
    for _ in range(3000):
        y = np.sin(y) * x
    text = draw.graph(y, max_nodes=None, gradients=False).text()
    assert len(text.splitlines()) == 9000 - 2999 + 3000
    assert max(map(len, text.splitlines())) < 400


# Files


@needs_dot
@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".pdf", b"%PDF")])
def test_png_and_pdf(suffix: str, start: bytes, tmp_path: Path) -> None:
    path = picture().save(tmp_path / f"x{suffix}")
    assert path.read_bytes().startswith(start)


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_without_any_converter_the_error_names_both(
    suffix: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    with pytest.raises(draw.DrawingError, match=r"install Graphviz.*pip install cairosvg"):
        picture().save(tmp_path / f"x{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_the_converter_gets_the_svg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake: Any = types.ModuleType("cairosvg")
    fake.svg2png = lambda bytestring, scale: b"png of " + bytestring[:5]
    fake.svg2pdf = lambda bytestring: b"pdf of " + bytestring[:5]
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "cairosvg", fake)
    assert picture().save(tmp_path / "x.png").read_bytes() == b"png of <?xml"
    assert picture().save(tmp_path / "x.pdf").read_bytes() == b"pdf of <?xml"


def test_every_format_of_text(tmp_path: Path) -> None:
    shown = picture()
    assert shown.save(tmp_path / "x.mmd").read_text(encoding="utf-8") == shown.mermaid()
    assert shown.save(tmp_path / "x.txt").read_text(encoding="utf-8") == shown.text()
    assert shown.save(tmp_path / "x.html").read_text(encoding="utf-8") == shown.html()
    assert shown.html().lower().startswith("<!doctype html>")


def test_unwritable_paths_and_unknown_formats_are_named(tmp_path: Path) -> None:
    with pytest.raises(draw.DrawingError, match=r"nowhere.*folder must exist"):
        picture().save(tmp_path / "nowhere" / "x.mmd")
    with pytest.raises(draw.DrawingError, match=r"x\.jpeg.*\.svg, \.png, \.pdf, \.html.*\.mmd.*\.txt"):
        picture().save(tmp_path / "x.jpeg")


# What stands in the boxes


def test_rules_and_flows_stand_beside_arrows_and_can_be_left_out() -> None:
    source = picture().dot.source
    assert "↑ g · cos(x)" in source
    assert "‖grad‖ = " in source
    bare = draw.graph(lambda x: np.sin(x), 1.0, rules=False, values=False, gradients=False, legend=False).dot.source
    assert "↑" not in bare
    assert "grad =" not in bare
    assert "0.8415" not in bare
    assert "← g · cos(x)" in draw.graph(lambda x: np.sin(x), 1.0, direction="LR").dot.source


def test_large_pictures_leave_numbers_to_those_who_ask() -> None:
    total = np.sum(np.stack([leaf(float(i), f"x{i}") for i in range(40)]))

    def written(**options: Any) -> str:
        return re.sub(r'tooltip="[^"]*"', "", draw.graph(total, legend=False, **options).dot.source)

    assert "↑ " not in written()
    assert "= 780" not in written()
    assert "grad = 1" in written()
    assert "↑ its part of g = 1" in written(rules=True)
    assert "= 780" in written(values=True)


def test_the_legend_says_what_is_there_and_nothing_else() -> None:
    source = draw.graph(np.sum(np.ones((2, 2)) @ leaf([1.0, 2.0], "w"))).dot.source
    legend = set(re.findall(r"legend\d+ \[label=\"?([\w ]*\w)\"? ", source))
    assert legend == {"leaf", "constant", "operation", "output"}
    assert "legend0" not in draw.graph(leaf(1.0) * 2, legend=False).dot.source


def test_the_width_of_an_arrow_tells_how_much_flows_back() -> None:
    x, y = leaf(1.0, "x"), leaf(1.0, "y")
    source = draw.graph(x * 100 + y + leaf(1.0, "z") * 0).dot.source
    assert re.search(r"n0 -> n\d+ \[.*penwidth=3\b", source)
    assert re.search(r"n1 -> n\d+ \[.*penwidth=1\.8\b", source)
    assert "style=dotted" in source


def test_keywords_that_say_nothing_are_left_out() -> None:
    picture = draw.graph(lambda x: grad(lambda y: np.sum(y[0] * y[1]))(x), np.array([1.0, 2.0]))
    assert "batch=" not in picture.svg()
