"""What the page is told: a scene as JSON, with formulas as trees and the steps of the sweep forward and back.

Forward the steps are the vertices in the order of recording. Backward they are the edges in the order in which a sweep
sends contributions along them: heads by falling number, the arguments of each in their order. Every number is one that
the engine gave in a sweep that was watched (`core.careful.watched_sweep`), written with all its digits.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd_lite.draw.page.notation import Tree, tree_of
from autograd_lite.draw.scene import Cluster, Edge, Numbers, Scene, Vertex
from autograd_lite.draw.words import visible

_MANY, _FEW = 200_000, 9  # with more numbers than this in a page, arrays of more elements than that are told by norm

Step = dict[str, Any]


def told(scene: Scene, title: str) -> dict[str, Any]:
    """Return what a page shows, ready for `json.dumps`.

    Parameters
    ----------
    scene : Scene
        Whole: nothing folded away, no edge cut.
    title : str

    Returns
    -------
    dict
    """
    at = {vertex.key: i for i, vertex in enumerate(scene.vertices)}
    groups = {cluster.key: i for i, cluster in enumerate(scene.clusters)}
    numbers = _Told(_limit(scene))
    formulas = _Formulas()
    into: dict[str, list[Edge]] = {vertex.key: [] for vertex in scene.vertices}
    for edge in scene.edges:
        into[edge.head].append(edge)
    arguments = {key: {edge.operand for edge in edges if edge.operand} for key, edges in into.items()}
    nodes = [_node(vertex, groups, arguments[vertex.key], numbers, formulas) for vertex in scene.vertices]
    edges = [
        {
            "tail": at[edge.tail], "head": at[edge.head], "argument": visible(edge.argument), "operand": edge.operand,
            "rule": formulas.number(edge.rule, arguments[edge.head] | _scalars(scene.vertices[at[edge.head]]).keys()),
            "flow": numbers.of(edge.flow), "slope": numbers.of(edge.slope),
            "change": edge.change,
        }
        for edge in scene.edges
    ]  # fmt: skip
    return {
        "title": visible(title),
        "summary": _summary(scene),
        "notes": [visible(note) for note in scene.notes],
        "hidden": scene.hidden + sum(vertex.kind == "fold" for vertex in scene.vertices),
        "nodes": nodes,
        "edges": edges,
        "groups": _groups(scene, groups),
        "formulas": formulas.trees,
        "steps": steps_of(scene, numbers),
    }


def _summary(scene: Scene) -> str:
    kinds = Counter(vertex.kind for vertex in scene.vertices)
    words = [("operation", "operations"), ("parameter", "parameters"), ("leaf", "leaves"), ("argument", "arguments")]
    said = [f"{kinds[kind]:,} {kind if kinds[kind] == 1 else many}" for kind, many in words if kinds[kind]]  # type: ignore[index]
    return ", ".join(said + ([f"{scene.hidden:,} more not shown"] if scene.hidden else []))


# Steps


def steps_of(scene: Scene, numbers: _Told) -> list[Step]:
    """Return the steps through a scene, forward and back."""
    at = {vertex.key: i for i, vertex in enumerate(scene.vertices)}
    forward: list[Step] = [
        {"phase": "forward", "node": at[vertex.key]} for vertex in scene.vertices if vertex.kind != "note"
    ]
    return forward + list(_backward(scene, at, numbers))


def _backward(scene: Scene, at: Mapping[str, int], numbers: _Told) -> Iterable[Step]:
    """Yield what the sweep does: from the outputs against the arrows, adding up where paths meet."""
    into: dict[str, list[int]] = {vertex.key: [] for vertex in scene.vertices}
    terms: Counter[str] = Counter()
    for i, edge in enumerate(scene.edges):
        into[edge.head].append(i)
        if edge.flow is not None:
            terms[edge.tail] += 1
    met: Counter[str] = Counter()
    latest: dict[str, Numbers | None] = {}
    for vertex in scene.vertices:
        if vertex.is_output and vertex.cotangent is not None:
            latest[vertex.key] = _ones(vertex)
            yield {"phase": "seed", "node": at[vertex.key], "total": numbers.of(latest[vertex.key])}
    for vertex in reversed(scene.vertices):
        key = vertex.key
        if key in latest or vertex.cotangent is not None:
            last = latest.get(key)
            if vertex.cotangent is not None and (last is None or not _equal(last, vertex.cotangent)):
                yield {"phase": "elsewhere", "node": at[key], "total": numbers.of(vertex.cotangent)}
        for i in into[key]:
            edge = scene.edges[i]
            if edge.flow is None:
                continue
            met[edge.tail] += 1
            total = edge.total
            latest[edge.tail] = total
            yield {
                "phase": "backward", "edge": i, "term": met[edge.tail], "of": terms[edge.tail],
                "total": numbers.of(total),
            }  # fmt: skip


def _ones(vertex: Vertex) -> Numbers:
    """Return the numbers of the cotangent that a sweep starts from."""
    shape = vertex.shape or ()
    size = math.prod(shape)
    elements = (1.0,) * size if size <= 64 else None
    return Numbers("", shape, vertex.dtype, elements, math.sqrt(size), 1.0, 1.0, 1.0)


def _equal(one: Numbers, other: Numbers) -> bool:
    if one.elements is not None and other.elements is not None:
        return np.array_equal(np.asarray(one.elements), np.asarray(other.elements), equal_nan=True)
    return math.isclose(one.norm, other.norm, rel_tol=1e-12) or (one.norm != one.norm and other.norm != other.norm)


# Parts


def _node(
    vertex: Vertex, groups: Mapping[str, int], arguments: set[str], numbers: _Told, formulas: _Formulas
) -> dict[str, Any]:
    scalars = _scalars(vertex)
    words = [(word, value) for word, value in vertex.keywords.items() if value is not None and word != "outputs"]
    times = f" × {vertex.count:,}" if vertex.kind == "fold" and vertex.count > 1 else ""
    return {
        "key": vertex.key,
        "number": int(vertex.key[1:]) if vertex.key[1:].isdigit() else 0,
        "kind": vertex.kind,
        "op": visible(vertex.title) + times,
        "name": visible(vertex.name),
        "shape": vertex.shape,
        "dtype": vertex.dtype,
        "brief": _brief(words),
        "keywords": ", ".join(f"{visible(word)} = {_word(value)}" for word, value in words),
        "scalars": {word: _figure(value) for word, value in scalars.items()},
        "detail": [visible(line) for line in vertex.detail],
        "output": vertex.is_output,
        "change": vertex.change,
        "group": groups.get(vertex.cluster or "", -1),
        "origin": visible(vertex.origin),
        "formula": formulas.number(vertex.formula, arguments | scalars.keys()),
        "value": numbers.of(vertex.value),
        "cotangent": numbers.of(vertex.cotangent),
    }


def _scalars(vertex: Vertex) -> dict[str, Any]:
    return {word: value for word, value in vertex.keywords.items() if type(value) in (int, float)}


def _brief(words: list[tuple[str, Any]]) -> str:
    """Return the one or two settings that are short enough for a box."""
    short = [f"{word}={_word(value)}" for word, value in words if value is not False]
    text = ", ".join(short)
    return visible(text) if len(text) <= 18 else ""


def _word(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic) and value.ndim:
        return f"array of shape {value.shape}"
    if isinstance(value, slice):
        ends = [value.start, value.stop] + ([value.step] if value.step is not None else [])
        return ":".join("" if end is None else str(end) for end in ends)
    if isinstance(value, tuple | list) and len(value) <= 16:
        return "(" + ", ".join(_word(part) for part in value) + ")"
    return visible(f"{value:.6g}" if type(value) is float else str(value), 60)


def _groups(scene: Scene, at: Mapping[str, int]) -> list[dict[str, Any]]:
    operations = [0] * len(scene.clusters)
    parents = [at.get(cluster.parent or "", -1) for cluster in scene.clusters]
    for vertex in scene.vertices:
        group = at.get(vertex.cluster or "", -1)
        if vertex.kind == "operation":
            while group >= 0:
                operations[group] += 1
                group = parents[group]
    return [
        _group(cluster, parent, count)
        for cluster, parent, count in zip(scene.clusters, parents, operations, strict=True)
    ]


def _group(cluster: Cluster, parent: int, operations: int) -> dict[str, Any]:
    return {
        "title": visible(cluster.title), "name": visible(cluster.name), "parent": parent, "count": cluster.count,
        "folded": cluster.folded, "operations": operations,
    }  # fmt: skip


class _Formulas:
    """The formulas of a page, each once."""

    def __init__(self) -> None:
        self.trees: list[Tree] = []
        self.seen: dict[tuple[str, frozenset[str]], int] = {}

    def number(self, text: str, arguments: Iterable[str]) -> int:
        """Return the place of a formula among the trees, -1 for none."""
        if not text:
            return -1
        key = (text, frozenset(arguments))
        if key not in self.seen:
            self.seen[key] = len(self.trees)
            self.trees.append(tree_of(text, key[1]))
        return self.seen[key]


def _limit(scene: Scene) -> int:
    """Return up to how many elements an array is told in full."""
    arrays = [number for vertex in scene.vertices for number in (vertex.value, vertex.cotangent)]
    arrays += [number for edge in scene.edges for number in (edge.flow, edge.total, edge.slope)]
    count = sum(len(number.elements) for number in arrays if number is not None and number.elements is not None)
    return 64 if count <= _MANY else _FEW


class _Told:
    """Numbers as JSON: all digits of small arrays, of others what they are like."""

    def __init__(self, limit: int):
        self.limit = limit

    def of(self, numbers: Numbers | None) -> dict[str, Any] | None:
        """Return an array's numbers for the page."""
        if numbers is None:
            return None
        said: dict[str, Any] = {"shape": numbers.shape, "dtype": numbers.dtype, "size": math.prod(numbers.shape)}
        said["norm"] = _figure(numbers.norm)
        if numbers.elements is not None and len(numbers.elements) <= self.limit:
            said["data"] = [_figure(element) for element in numbers.elements]
        else:
            said |= {"least": _figure(numbers.least), "largest": _figure(numbers.largest)}
            said |= {"nans": numbers.nans} if numbers.nans else {}
        return said


def _figure(value: Any) -> Any:
    """Return a number such that JSON holds all its digits; what JSON has no number for as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    return value if isinstance(value, float) and math.isfinite(value) else str(value).strip("()")
