"""What a picture shows, as plain data: boxes, arrows and the clusters that boxes stand in. No Graphviz, no graph.

Everything here is a value that can be compared, copied and written as JSON. A scene holds no node and no array that the
engine knows, so a picture keeps no saved array alive; texts are Unicode on one line, not escaped for any format.

Formulas and rules are written in one small notation: ``g`` is what flows back into an operation, ``out`` what it gave,
other letters are its arguments as its declaration names them; ``·`` multiplies elementwise, ``@`` matrices, ``ᵀ``
transposes, and functions are called: ``g · cos(x)``, ``xᵀ @ g``, ``−g / y²``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["operation", "leaf", "parameter", "constant", "argument", "part", "fold", "note", "reference"]


@dataclass(frozen=True)
class Numbers:
    """What there is to say of an array: all of it where it is small, else what it is like.

    Attributes
    ----------
    text : str
        The same in words, on one line: ``0.5``, ``[1, 2, 3]`` or ``mean 0.1, −1 … 2``.
    shape : tuple of int
    dtype : str
    elements : tuple of numbers, or None
        All of them in C order, Python's numbers; None where there are more than 64.
    norm : float
        The Euclidean norm.
    mean, least, largest : number or None
        Of the finite elements; None where there are none (or, for the last two, where they are complex).
    nans, infinities : int
        How many elements are.
    """

    text: str
    shape: tuple[int, ...] = ()
    dtype: str = ""
    elements: tuple[Any, ...] | None = None
    norm: float = 0.0
    mean: Any = None
    least: float | None = None
    largest: float | None = None
    nans: int = 0
    infinities: int = 0


@dataclass(frozen=True)
class Cost:
    """What an operation costs, in a profile.

    Attributes
    ----------
    seconds : float
        That it took, forward and backward.
    bytes : int
        That it allocated.
    share : float
        Of the whole, of what the picture is about: from 0 to 1.
    """

    seconds: float
    bytes: int
    share: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.seconds + other.seconds, self.bytes + other.bytes, self.share + other.share)


@dataclass(frozen=True)
class Vertex:
    """One box of a picture.

    Attributes
    ----------
    key : str
        Unique in the scene, and the same each time: ``n0``, ``n1``, … in the order of recording; ``k0``, … for
        constants, ``r0``, … for references, the key of its cluster for what is folded, and ``rest`` for the note.
    kind : {"operation", "leaf", "parameter", "constant", "argument", "part", "fold", "note", "reference"}
        An operation; a tracked Tensor that the user made, and one that is a module's or was named; an array that
        nothing is differentiated with respect to; an argument of a transform; one output of an operation that has
        several; a cluster folded into one box; what is not shown; where a long edge comes from.
    title : str
        The operation's name, or for a note what it says.
    name : str
        The user's name, or ''.
    shape : tuple of int or None
        None for what has none: a note, a reference, an operation with several outputs.
    dtype : str
    keywords : dict
        The metadata that the operation was called with.
    gradient : float or None
        The Euclidean norm of the gradient that is stored (``.grad``), if one is.
    origin : str
        The user's file and line, if the operation was recorded under ``debug()``.
    is_output : bool
        Whether this is what the picture was asked for.
    stands_for : str or None
        The kind of vertex that a reference stands for.
    formula : str
        What the operation computes, such as ``x @ y``; '' where that is not known.
    value : Numbers or None
        What it gave, if that is known.
    cotangent : Numbers or None
        The gradient of the output (of the sum of all elements of all outputs) with respect to it, if that was computed.
    cluster : str or None
        The key of the innermost cluster that it stands in.
    count : int
        How many nodes a folded box stands for; else 1.
    change : {"", "added", "removed", "changed"}
        In a picture of differences, what became of it.
    detail : tuple of str
        Further lines: the module that an operation is, what is in a folded box, what has changed.
    family : str
        Of an operation, what its derivative is like: ``elementwise``, ``linear``, ``multilinear`` or ``general``.
    result : str
        Of a folded box, the key of the vertex in it whose value and cotangent it shows.
    cost : Cost or None
        In a profile, what it costs; a folded box costs what all in it does.
    """

    key: str
    kind: Kind
    title: str
    name: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    keywords: Mapping[str, Any] = field(default_factory=dict)
    gradient: float | None = None
    origin: str = ""
    is_output: bool = False
    stands_for: Kind | None = None
    formula: str = ""
    value: Numbers | None = None
    cotangent: Numbers | None = None
    cluster: str | None = None
    count: int = 1
    change: str = ""
    detail: tuple[str, ...] = ()
    family: str = ""
    result: str = ""
    cost: Cost | None = None


@dataclass(frozen=True)
class Edge:
    """An arrow of a picture, in the direction of the forward computation; the sweep runs against it.

    Attributes
    ----------
    tail, head : str
        Keys of the vertices.
    argument : str
        Which argument of ``head`` the ``tail`` is, where the picture has to say so; else ''.
    rule : str
        What the sweep computes along the edge, such as ``g · cos(x)``; '' where that is not known, or nothing flows.
    flow : Numbers or None
        The contribution that it sends back from ``head`` to ``tail``, if that was computed. The contributions of all
        edges that leave a vertex add up to its cotangent.
    total : Numbers or None
        The sum of what has arrived at ``tail`` when this contribution has been added, in the order of the sweep: heads
        by falling number, the arguments of each in their order.
    slope : Numbers or None
        The local derivative, of an elementwise operation's few elements: ``flow`` is the cotangent times this, summed
        over what was broadcast.
    operand : str
        The name by which ``rule`` and the formula of ``head`` call the ``tail``: ``x``.
    count : int
        How many arrows of the unfolded picture this one stands for.
    change : {"", "added", "removed"}
    slot : tuple of str and int, or None
        Which input of which vertex this is where nothing is folded; None where the arrow stands for several.
    """

    tail: str
    head: str
    argument: str = ""
    rule: str = ""
    flow: Numbers | None = None
    total: Numbers | None = None
    slope: Numbers | None = None
    operand: str = ""
    count: int = 1
    change: str = ""
    slot: tuple[str, int] | None = None


@dataclass(frozen=True)
class Cluster:
    """A frame around vertices, which may be folded into one box; clusters nest.

    Attributes
    ----------
    key : str
        ``c0``, ``c1``, …
    kind : {"module", "function", "repeat", "chain"}
        One call of a module or function; a block that is repeated; elementwise operations one after another.
    title : str
        What it is: a module's class, ``Linear``; a function, ``attention()``; what a block or chain does.
    name : str
        A module's path, ``layers.0``, or ''.
    parent : str or None
        The cluster that it stands in.
    count : int
        How many times a block is repeated; else 1.
    folded : bool
        Whether the picture shows it as one box at first.
    detail : tuple of str
        What a block or chain consists of, in a line.
    """

    key: str
    kind: Literal["module", "function", "repeat", "chain"]
    title: str
    name: str = ""
    parent: str | None = None
    count: int = 1
    folded: bool = False
    detail: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    """All that a picture shows.

    Attributes
    ----------
    vertices : list of Vertex
        In the order of recording, constants before what reads them; references and the note last.
    edges : list of Edge
    hidden : int
        How many nodes of the graph are not among the vertices.
    clusters : list of Cluster
        Each after the one that it stands in.
    notes : tuple of str
        What a reader should know: why there are no gradients, what was left out.
    """

    vertices: list[Vertex]
    edges: list[Edge]
    hidden: int = 0
    clusters: list[Cluster] = field(default_factory=list)
    notes: tuple[str, ...] = ()
