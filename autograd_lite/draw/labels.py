"""What boxes and arrows of a picture say, in lines of plain text, for every format alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograd_lite.core.tables import bytes_in_words, seconds_in_words
from autograd_lite.draw.numbers import figure
from autograd_lite.draw.scene import Cost, Edge, Numbers, Scene, Vertex
from autograd_lite.draw.words import visible

_LONGEST_NAME, _LONGEST_BRIEF, _LONGEST_VALUE, _LONGEST_RULE, _LONGEST_LINE = 40, 24, 60, 34, 20
_SEEN_IN_SHAPE = frozenset(("shape", "shapes", "dtype", "axes", "edges", "keepdims"))
_NAMED = frozenset(("leaf", "parameter", "constant", "argument"))

# Beyond this many boxes, values and rules are for those who ask.
_ROOM_FOR_NUMBERS = 30


@dataclass(frozen=True)
class Look:
    """What a picture writes out, and how it lies.

    Attributes
    ----------
    values, gradients, shapes, rules, legend : bool
    direction : {"TB", "LR"}
        Where the computation flows: from top to bottom, or from left to right.
    """

    values: bool = True
    gradients: bool = True
    shapes: bool = True
    rules: bool = True
    legend: bool = True
    direction: str = "TB"


def has_room(scene: Scene) -> bool:
    """Say whether there are few enough boxes to write values and rules beside them."""
    return len(scene.vertices) <= _ROOM_FOR_NUMBERS


def lines_of(vertex: Vertex, look: Look) -> list[str]:
    """Return the lines of a box: what it is, how it was called, its shape and dtype, its value and its gradient."""
    if vertex.kind == "reference":
        return [visible(vertex.name or vertex.title, _LONGEST_NAME)]
    lines = [heading(vertex), *[visible(line, _LONGEST_VALUE) for line in vertex.detail], *_brief(vertex)]
    if vertex.cost is not None:
        lines.append(cost_in_words(vertex.cost))
    if look.shapes and vertex.shape is not None:
        lines.append(f"{vertex.shape} {vertex.dtype}")
    if look.values and vertex.value is not None and vertex.value.text:
        in_full = vertex.value.text[0] in "[-0123456789"
        lines += [f"= {vertex.value.text}"] if in_full else vertex.value.text.split(", ", 1)
    if look.gradients:
        lines += _gradient(vertex)
    return lines


def cost_in_words(cost: Cost) -> str:
    """Return time, memory and share of the whole of a box in a profile."""
    return f"{seconds_in_words(cost.seconds)}, {bytes_in_words(cost.bytes)} · {percent(cost.share)}"


def percent(share: float) -> str:
    """Return a share as a percentage, with one digit behind the point where there is none before it."""
    return f"{100 * share:.0f} %" if share >= 0.0095 or share <= 0 else f"{100 * share:.1f} %"


def _gradient(vertex: Vertex) -> list[str]:
    numbers = vertex.cotangent
    if vertex.gradient is not None:  # what is stored is what the user sees in .grad
        return [f"‖grad‖ = {figure(vertex.gradient, 3)}"]
    if numbers is None:
        return []
    if numbers.elements is not None and len(numbers.elements) == 1:
        return [f"grad = {numbers.text}"]
    return [f"‖grad‖ = {figure(numbers.norm, 3)}"]


def heading(vertex: Vertex) -> str:
    """Return the first line of a box: its name, and what operation gave it."""
    name, title = visible(vertex.name, _LONGEST_NAME), visible(vertex.title, _LONGEST_NAME)
    if vertex.kind in _NAMED:
        return name or title
    if vertex.kind == "fold" and name and title:
        return visible(f"{name}: {title}", _LONGEST_NAME)
    return f"{name} = {title}" if name and title else name or title


def arrow_lines(edge: Edge, look: Look) -> list[str]:
    """Return the lines beside an arrow: which argument it is, the rule, and how much flows back."""
    lines = [visible(edge.argument, _LONGEST_NAME)] if edge.argument else []
    if edge.count > 1:
        size = size_of(edge.flow) if look.rules and look.gradients and edge.flow is not None else ""
        return [*lines, f"×{edge.count:,}", *([f"{_back(look)} {size}"] if size else [])]
    if look.rules:
        lines += _sent_back(edge, look)
    return lines


def _sent_back(edge: Edge, look: Look) -> list[str]:
    """Return the rule and the size of what flows back, in one line if that is short."""
    size = size_of(edge.flow) if look.gradients and edge.flow is not None else ""
    rule = visible(edge.rule, _LONGEST_RULE) if size or not look.gradients else ""
    arrow = _back(look)
    if rule and size and len(rule) + len(size) > _LONGEST_LINE:
        return [f"{arrow} {rule}", f"= {size}"]
    text = " = ".join(part for part in (rule, size) if part)
    return [f"{arrow} {text}"] if text else []


def _back(look: Look) -> str:
    """Return an arrow against the direction of the computation."""
    return "↑" if look.direction == "TB" else "←"


def size_of(numbers: Numbers) -> str:
    """Return the one number, or the norm of several."""
    one = numbers.elements is not None and len(numbers.elements) == 1
    return numbers.text.strip("[]") if one else f"‖{figure(numbers.norm, 3)}‖"


def tooltip_of(vertex: Vertex, look: Look) -> list[str]:
    """Return what a browser shows when the pointer rests on a box: the same in full, and what there is no room for."""
    name = visible(vertex.name)
    lines = [f"{name} = {visible(vertex.title)}" if name else visible(vertex.title)]
    if vertex.formula:
        lines.append(visible(vertex.formula))
    lines += [visible(line) for line in vertex.detail]
    said = [(word, _value(value)) for word, value in vertex.keywords.items() if value is not None]
    lines += [f"{word}={value}" for word, value in said if value]
    if vertex.shape is not None:
        lines.append(f"shape {vertex.shape}, dtype {vertex.dtype}")
    if look.values and vertex.value is not None and vertex.value.text:
        lines.append(f"value {vertex.value.text}")
    if look.gradients and vertex.cotangent is not None:
        lines.append(f"gradient {vertex.cotangent.text}, norm {figure(vertex.cotangent.norm, 6)}")
    if look.gradients and vertex.gradient is not None:
        lines.append(f"norm of the gradient {figure(vertex.gradient, 6)}")
    if vertex.origin:
        lines.append(visible(vertex.origin))
    return lines


def arrow_tooltip(edge: Edge, look: Look) -> list[str]:
    """Return what a browser shows when the pointer rests on an arrow."""
    lines = []
    if edge.rule:
        lines.append(f"flows back: {visible(edge.rule)}")
    if look.gradients and edge.flow is not None:
        lines.append(f"{edge.flow.text}, norm {figure(edge.flow.norm, 6)}")
    return lines


def _brief(vertex: Vertex) -> list[str]:
    """Return a line of metadata, if there is any that the shape does not tell, and that is short.

    Numbers are shown where they stand in the formula: ``1 − y``.
    """
    keywords = vertex.keywords
    numbers = [value for value in keywords.values() if type(value) in (int, float)]
    if numbers and 0 < len(vertex.formula) <= _LONGEST_BRIEF and vertex.family == "elementwise":
        return [visible(vertex.formula)]
    if "outputs" in keywords:
        text = f"{keywords['outputs']} outputs"
    elif "index" in keywords:
        text = "" if "count" in keywords else f"[{_value(keywords['index'])}]"
    else:
        said = [(word, _value(value)) for word, value in keywords.items() if word not in _SEEN_IN_SHAPE]
        text = ", ".join(f"{word}={value}" for word, value in said if value not in ("", "None", "False"))
    return [text] if 0 < len(text) <= _LONGEST_BRIEF else []


def _value(value: Any) -> str:
    """Return a keyword's value as one would write it."""
    if isinstance(value, tuple | list):
        return ", ".join(_value(part) for part in value)
    return visible(figure(value, 6) if isinstance(value, float) else str(value), _LONGEST_VALUE)
