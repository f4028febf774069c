"""The interactive page behind ``save("x.html")``: one file with the drawing, a stepper and nothing from elsewhere.

The page holds the scene as JSON, from which a small program draws it (``layout.js`` places boxes, ``arrangement.js``
says which, ``graph.js`` draws them, ``mathematics.js`` sets formulas and numbers, ``panel.js`` finds the words and
``page.js`` obeys the reader); it needs no Graphviz. A Content-Security-Policy lets run and style exactly these files,
by their hashes, and load nothing. Names from the user's program reach the page as text only: inside of the JSON the
characters that could end it are written as escapes, and the program fills elements by ``textContent`` alone.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
import re
from importlib.resources import files

from autograd_lite.draw.page.telling import told
from autograd_lite.draw.scene import Scene
from autograd_lite.draw.words import visible

_SCRIPTS = ("mathematics.js", "layout.js", "arrangement.js", "graph.js", "panel.js", "page.js")
# Outside of strings JSON has none of these; U+2028 and U+2029 end a line in older JavaScript.
_ESCAPES = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&'\u2028\u2029"})


def html_of(scene: Scene, title: str = "Computation graph") -> str:
    """Return a scene as an interactive page.

    Parameters
    ----------
    scene : Scene
        Whole: nothing folded away, no long edge cut; clusters say what is folded at first.
    title : str
        Heading and window title.

    Returns
    -------
    str
        An HTML document.
    """
    data = json.dumps(told(scene, title), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    style, script = _style(), _script()
    policy = (
        f"default-src 'none'; script-src 'sha256-{_hash(script)}'; style-src 'sha256-{_hash(style)}'; img-src data:; "
        f"base-uri 'none'; form-action 'none'"
    )
    parts = {
        "POLICY": policy, "TITLE": html.escape(visible(title)), "STYLE": style, "SCRIPT": script,
        "DATA": data.translate(_ESCAPES),
    }  # fmt: skip
    # All places at once: what is filled in is not looked at again.
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], _read("page.html"))


@functools.cache
def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


@functools.cache
def _script() -> str:
    return "\n".join(_read(name) for name in _SCRIPTS)


@functools.cache
def _style() -> str:
    return _read("page.css")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
