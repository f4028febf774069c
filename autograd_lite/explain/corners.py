"""Where a function has no derivative: the kinks, ties and jumps that are active at a point, and the slopes around them.

There a gradient is a convention (``docs/design.md``, conventions at ties and kinks). `kinks` says which operations are
at an edge, what their slopes are on both sides, and which the engine took; and for the function as a whole its
derivatives to both sides along each coordinate that an active kink depends on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.core.careful import watched_sweep
from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.graph import Node
from autograd_lite.core.tables import html_table, text_table
from autograd_lite.errors import DtypeError, ShapeError
from autograd_lite.explain.computation import Computation, watched_run
from autograd_lite.explain.edges import CHOICE, EDGES, STEPS, Edge
from autograd_lite.explain.sides import Look, Sides, Sources, active, add_source, ignore, index_text, side_of
from autograd_lite.explain.tables import number


@dataclass(frozen=True)
class Kink:
    """One element of one operation, on an edge between two of its pieces or near one.

    Attributes
    ----------
    operation : str
    kind : {"kink", "jump", "infinite slope", "branch"}
        A branch is a comparison or a selection at its tie: what it decides may change there.
    element : tuple of int
        Of the operation's result.
    distance : float
        From the edge: zero on it.
    left, right : float
        The operation's slopes on both sides, by its argument; NaN where that makes no sense.
    returned : float
        The slope that the engine took; NaN where nothing flows back.
    name : str
        The user's name of the result, or ''.
    origin : str
        The source line.
    """

    operation: str
    kind: str
    element: tuple[int, ...]
    distance: float
    left: float
    right: float
    returned: float
    name: str
    origin: str

    @property
    def is_active(self) -> bool:
        """Whether the element lies on the edge, and not just near it."""
        return self.distance == 0

    @property
    def side(self) -> str:
        """Which slope the engine took: that of the left, the right, both, their mean, or another one."""
        return side_of(self.returned, self.left, self.right, 1e-9)


# So many kinks does a table show.
_ROWS = 40


class Kinks:
    """What is not smooth at a point; iterating gives each `Kink`, those on their edges first.

    Attributes
    ----------
    active, near : list of Kink
    sides : list of Sides
        Of the function, along the coordinates that active kinks depend on, or the direction asked for.
    hidden : int
        How many elements on or near an edge are not listed.
    """

    def __init__(self, found: list[Kink], sides: list[Sides], hidden: int):
        self.active = [kink for kink in found if kink.is_active]
        self.near = [kink for kink in found if not kink.is_active]
        self.sides, self.hidden = sides, hidden

    def __iter__(self) -> Iterator[Kink]:
        return iter([*self.active, *self.near])

    def __len__(self) -> int:
        return len(self.active) + len(self.near)

    def __getitem__(self, index: Any) -> Any:
        return [*self.active, *self.near][index]

    def _heading(self) -> str:
        if not len(self):
            return "smooth here: nothing is on a kink, a tie or a jump, or near one"
        more = f", {self.hidden:,} more not listed" if self.hidden else ""
        return f"{len(self.active)} on an edge, {len(self.near)} near one{more}"

    def _tables(self) -> list[tuple[list[str], list[list[str]], str]]:
        tables = []
        if len(self):
            heads = ["operation", "what", "element", "distance", "left", "right", "engine", "", "line"]
            rows = [
                [f"{k.name} = {k.operation}" if k.name else k.operation, k.kind, index_text(k.element),
                 number(k.distance), *map(_slope, (k.left, k.right, k.returned)), k.side, k.origin]
                for k in self[:_ROWS]
            ]  # fmt: skip
            if len(self) > _ROWS:
                rows.append([f"{len(self) - _ROWS:,} more", *[""] * 8])
            tables.append((heads, rows, "<<<>>>><<"))
        if self.sides:
            heads = ["along", "left slope", "right slope", "gradient", ""]
            rows = [
                [s.direction, _about(s.left, s), _about(s.right, s), number(s.gradient), s.side] for s in self.sides
            ]
            tables.append((heads, rows, "<>>><"))
        return tables

    def __str__(self) -> str:
        return "\n\n".join([self._heading(), *(text_table(*table) for table in self._tables())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(html_table(self._heading() if not i else "", *t) for i, t in enumerate(self._tables())) or (
            f"<p>{self._heading()}</p>"
        )


def _slope(value: float) -> str:
    return "" if math.isnan(value) else number(value)


def _about(value: float, sides: Sides) -> str:
    return "undefined" if math.isnan(value) else number(value) if sides.is_exact else f"≈ {number(value)}"


def kinks(f: Any, *args: Any, direction: Any = None, tolerance: float = 1e-6, limit: int = 50) -> Kinks:
    """Find what is not smooth about a function at a point, and its one-sided derivatives there.

    Parameters
    ----------
    f : callable
        Gives a number, or an array of size one.
    *args
        The point: arguments of ``f``; those of floating point are differentiated by.
    direction : array, or tuple of them, optional
        For each such argument; derivatives are then taken along it and not along coordinates.
    tolerance : float
        Elements this close to an edge count as near, against the larger of 1 and their operand.
    limit : int
        How many elements of an operation to list at most, and how many coordinates.

    Returns
    -------
    Kinks

    Raises
    ------
    ShapeError
        If the value has more than one element.

    Notes
    -----
    Comparisons, ``sign``, ``round`` and the conditions of ``where`` and ``if`` are found too. Derivatives are exact
    where those of the operations decide them; if not (``sqrt(x**2)`` at 0, a branch, a jump) they are differences,
    marked ≈.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import explain
    >>> found = explain.kinks(lambda x: np.sum(np.abs(x)) + np.maximum(x[0], 2 * x[1]), np.array([0.0, 0.0, 1.0]))
    >>> [(kink.operation, kink.element, kink.side) for kink in found]
    [('absolute', (0,), 'mean'), ('absolute', (1,), 'mean'), ('maximum', (), 'mean')]
    >>> [(sides.direction, sides.left, sides.right, sides.gradient) for sides in found.sides]
    [('x[0]', -1.0, 2.0, 0.5), ('x[1]', -1.0, 3.0, 1.0)]
    """
    if not tolerance >= 0:
        raise ValueError(f"explain.kinks: the tolerance is how close is near, 0 or more, and not {tolerance!r}")
    run, computation = watched_run(f, args, {}, "explain.kinks")
    out = computation.outputs[0]
    if len(computation.outputs) != 1 or out.size != 1:
        raise ShapeError(f"explain.kinks: the function must give one number, and gave shape {out.shape}")
    if any(node.dtype.kind == "c" for node in computation.nodes):
        raise DtypeError("explain.kinks: complex numbers have no left and right: split them into real and imaginary")
    found: list[Kink] = []
    hidden, edges = 0, dict[Node, list[Edge]]()
    branches, others, decided_by = _steps(computation, tolerance, limit)
    has_branches = bool(decided_by)
    for node in computation.nodes:
        for edge in _edges_of(computation, node):
            listed, more = _listed(computation, node, edge, tolerance, limit)
            found, hidden = found + listed, hidden + more
            if np.any(active(edge)):
                edges.setdefault(node, []).append(edge)
                for parent in node.inputs:
                    add_source(decided_by, parent, active(edge))
    sides: list[Sides] = []
    if decided_by or direction is not None:
        looking = Look(f, args, run, computation, edges, has_branches)
        sides = looking.along(direction) if direction is not None else looking.coordinates(decided_by, limit)
    return Kinks(found + branches, sides, hidden + others)


def _edges_of(computation: Computation, node: Node) -> list[Edge]:
    make = EDGES.get(node.plan.primitive.name)
    if make is None or not node.inputs:
        return []
    operands = [value for _, value in computation.arguments(node)]
    with np.errstate(all="ignore"):
        return make(operands, node.keywords)


def _where_near(gap: Any, size: Any, tolerance: float, limit: int) -> tuple[list[tuple[int, ...]], int]:
    gap = np.asarray(gap, float)
    with np.errstate(all="ignore"):
        places = np.argwhere(np.abs(gap) <= tolerance * np.maximum(1.0, size))
    order = np.argsort(np.abs(gap[tuple(places.T)]), kind="stable") if gap.ndim else range(len(places))
    return [tuple(int(i) for i in places[k]) for k in list(order)[:limit]], max(len(places) - limit, 0)


def _listed(computation: Computation, node: Node, edge: Edge, tolerance: float, limit: int) -> tuple[list[Kink], int]:
    """Return the elements of a node on an edge or near it, and how many more there are."""
    read = computation.arguments(node)
    size = np.max(np.abs(read[edge.argument][1]), initial=0.0) if edge.kind == CHOICE else 1.0
    gap = np.broadcast_to(edge.gap, node.shape) if np.ndim(edge.gap) <= len(node.shape) else np.asarray(edge.gap)
    elements, more = _where_near(gap, size, tolerance, limit)
    place = str(computation.place(node) or "")
    made = []
    for element in elements:
        left, right = (float(np.broadcast_to(side, gap.shape)[element]) for side in (edge.left, edge.right))
        parent = next((made for made, _ in (read[edge.argument], *read) if made is not None), None)
        slope = math.nan if math.isnan(right) else _taken(node, parent, element)
        made.append(
            Kink(
                node.plan.primitive.name, edge.kind, element, float(gap[element]), left, right, slope, node.name, place
            )
        )
    return made, more


def _taken(node: Node, parent: Node | None, element: tuple[int, ...]) -> float:
    """Return the slope that the engine's rule has at an element: for reductions, the largest of the shares."""
    if parent is None or len(element) != len(node.shape):
        return math.nan
    one = np.zeros(node.shape, node.dtype)
    one[element] = 1
    slope = watched_sweep({node: one[()]}, ignore, [parent]).get(parent)
    if slope is None:
        return 0.0
    size = np.asarray(slope, float)
    return float(np.ravel(size)[np.argmax(np.abs(size))]) if size.size else math.nan


def _steps(computation: Computation, tolerance: float, limit: int) -> tuple[list[Kink], int, Sources]:
    """Return comparisons and the like near their ties, how many more there are, and what those on one depend on."""
    made, hidden = [], 0
    sources: Sources = {}
    for step in computation.trace.steps:
        nodes = {operand.node for operand in step.operands if isinstance(operand, Tracked) and operand.node is not None}
        if step.function not in STEPS or not nodes:
            continue
        kind, gap_of = STEPS[step.function]
        values = [operand.data if isinstance(operand, Tracked) else operand for operand in step.operands]
        with np.errstate(all="ignore"):
            gap = np.asarray(gap_of(*values), float)
        arrays = [np.asarray(value) for value in values if isinstance(value, np.ndarray | float)]
        size = max((float(np.max(np.abs(value), initial=0.0)) for value in arrays), default=1.0)
        elements, more = _where_near(gap, size, tolerance, limit)
        hidden += more
        name = step.function.__name__.strip("_")
        nothing, place = math.nan, str(step.place)
        made += [
            Kink(name, kind, element, float(gap[element]), nothing, nothing, nothing, "", place) for element in elements
        ]
        for node in nodes:
            add_source(sources, node, gap == 0)
    return made, hidden, sources
