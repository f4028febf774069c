"""Write ``docs/coverage.md``: every function that is differentiated, constant or refused, from the tables that say so.

    python docs/make_coverage.py

Names and refusals are read from the tables of `autograd_lite.core`; kinds, orders and batch axes from running the table
of operations in ``tests/operations`` and looking at the graph that each call leaves behind.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import scipy

HERE = Path(__file__).resolve().parent
PAGE = HERE / "coverage.md"
sys.path[:0] = [str(HERE.parent / "tests")] * (str(HERE.parent / "tests") not in sys.path)

NAMESPACES = (
    "numpy", "numpy.linalg", "numpy.fft", "scipy.special", "scipy.linalg", "scipy.fft", "scipy.signal", "scipy.stats",
    "scipy.integrate", "scipy.interpolate", "scipy.optimize", "scipy.ndimage",
)  # fmt: skip

for _name in NAMESPACES:
    importlib.import_module(_name)  # first of all: what has rules for SciPy declares them when SciPy is loaded

import operations  # noqa: E402
from operations.row import as_list  # noqa: E402

from autograd_lite.core import dispatch  # noqa: E402
from autograd_lite.core.dispatch import CONSTANTS, IMPLEMENTATIONS, REFUSALS  # noqa: E402
from autograd_lite.core.graph import Node, collect  # noqa: E402
from autograd_lite.core.outputs import OUTPUT  # noqa: E402
from autograd_lite.core.plan import ELEMENTWISE, LINEAR  # noqa: E402
from autograd_lite.core.tensor import Tensor  # noqa: E402
from autograd_lite.scipy.stats._distribution import Distribution  # noqa: E402

Function = Callable[..., Any]

#: Conventions (docs/design.md, ties and kinks) of functions that have no docstring of ours to say so.
CONVENTIONS = {
    "numpy.fabs": "its slope at 0 is taken as 0",
    "numpy.fmax": "ties share evenly",
    "numpy.fmin": "ties share evenly",
    "numpy.maximum": "ties share evenly",
    "numpy.minimum": "ties share evenly",
}

#: Functions of our namespaces that say something about arrays and give none.
WITHOUT_DERIVATIVE = {"numpy.isscalar"}


@dataclass
class Observed:
    """What the table of operations shows of one function."""

    kinds: Counter[str] = field(default_factory=Counter)
    order: int = 0
    batched: bool = True


@dataclass(frozen=True)
class Row:
    """One line of the page."""

    namespace: str
    name: str
    kind: str
    order: str = ""
    batched: str = ""
    notes: str = ""

    def __str__(self) -> str:
        return "| " + " | ".join((f"`{self.name}`", self.kind, self.order, self.batched, self.notes)) + " |"


def observed() -> dict[Function, Observed]:
    """Run every sample of the table of operations, and look at what each function records."""
    found: dict[Function, Observed] = {}
    declared = dict(IMPLEMENTATIONS)
    depth = 0

    def watched(function: Function, implementation: Function) -> Function:
        def call(*args: Any, **keywords: Any) -> Any:
            nonlocal depth
            depth += 1
            try:
                out = implementation(*args, **keywords)
            finally:
                depth -= 1
            if depth == 0:
                _note(found.setdefault(function, Observed()), (args, keywords), out, case.op.order)
            return out

        return call

    try:
        for function, implementation in declared.items():
            IMPLEMENTATIONS[function] = watched(function, implementation)
        for case in operations.CASES:
            case.fn(*(Tensor(x, requires_grad=True) for x in case.inputs()))
    finally:
        IMPLEMENTATIONS.update(declared)
    return found


def _note(seen: Observed, arguments: Any, out: Any, order: int) -> None:
    between = collect(nodes_in(as_list(out)), nodes_in(arguments)).order
    primitives = [node.plan.primitive for node in between if node.plan.primitive is not OUTPUT]
    seen.kinds[kind_together([primitive.kind for primitive in primitives])] += 1
    seen.order = max(seen.order, order)
    seen.batched = seen.batched and all(primitive.batched for primitive in primitives)


def nodes_in(value: Any) -> Iterator[Node]:
    """Yield the nodes of the tracked Tensors in nested containers."""
    if isinstance(value, Tensor):
        if value.node is not None:
            yield value.node
    elif isinstance(value, list | tuple):
        for item in value:
            yield from nodes_in(item)
    elif isinstance(value, dict):
        yield from nodes_in(list(value.values()))


def kind_together(kinds: list[str]) -> str:
    """Return what operations of these kinds are, one after another: reshaping and the like changes only some kinds."""
    others = [kind for kind in kinds if kind != LINEAR]
    if not others:
        return LINEAR
    return others[0] if len(kinds) == 1 or (len(others) == 1 and others[0] != ELEMENTWISE) else "composition"


def kind_of(kinds: Counter[str]) -> str:
    """Return the kind of most calls."""
    return max(kinds, key=lambda kind: (kinds[kind], kind != LINEAR)) if kinds else ""


def names() -> dict[int, list[tuple[str, str]]]:
    """Return for each object of the namespaces, by its identity, where it is found and under which names."""
    found: dict[int, list[tuple[str, str]]] = {}
    for namespace in NAMESPACES:
        for name, value in sorted(vars(sys.modules[namespace]).items()):
            if callable(value) and not name.startswith("_"):
                found.setdefault(id(value), []).append((namespace, name))
    return found


def place(function: Function, known: dict[int, list[tuple[str, str]]]) -> tuple[str, str, str]:
    """Return namespace, name and other names of a function; of the Tensor, if it is no function of a namespace."""
    places = known.get(id(function), [])
    if not places and isinstance(function, np.ufunc):  # SciPy's _zeta, which zeta calls
        return "scipy.special", {"_riemann_zeta": "zeta"}.get(function.__name__, function.__name__.lstrip("_")), ""
    if not places:
        name = function.__qualname__
        return (
            "Tensor",
            {"getitem": "t[index]"}.get(name, f"t.{name.replace('At.', 'at[index].').removeprefix('ndarray.')}"),
            "",
        )
    own = [place for place in places if place[1] == function.__name__]
    namespace, name = min(own or places, key=lambda place: (NAMESPACES.index(place[0]), place[1]))
    others = [n if space == namespace else f"{space}.{n}" for space, n in places if (space, n) != (namespace, name)]
    return namespace, name, f"also {', '.join(f'`{other}`' for other in others)}" if others else ""


def first_line(function: Function) -> str:
    """Return the first line of a docstring of ours; a recorded function has NumPy's, which says too much here."""
    text = function.__doc__ if function.__code__.co_name != "recorded" else None
    return text.strip().splitlines()[0].rstrip(".") if text else ""


def differentiated() -> list[Row]:
    """Return a row for each function with a derivative."""
    known, table, rows = names(), observed(), []
    for function, implementation in IMPLEMENTATIONS.items():
        namespace, name, others = place(function, known)
        seen = table.get(function, Observed())
        order = "any" if seen.order >= 3 else str(seen.order)
        convention = CONVENTIONS.get(f"{namespace}.{name}", "")
        notes = "; ".join(part for part in (others, first_line(implementation), convention) if part)
        rows.append(Row(namespace, name, kind_of(seen.kinds), order, "yes" if seen.batched else "looped", notes))
    first = {(row.namespace, row.name): row for row in reversed([*rows, *own_functions()])}
    return list(first.values())


def own_functions() -> Iterator[Row]:
    """Yield a row for each function that a namespace of autograd_lite defines itself, composed of others."""
    for namespace in NAMESPACES:
        try:
            ours = importlib.import_module(f"autograd_lite.{namespace}")
        except ModuleNotFoundError:
            continue
        for name, value in vars(ours).items():
            if isinstance(value, Distribution):
                for method in value.covered:
                    yield Row(namespace, f"{name}.{method}", "composition", "any", "yes")
            ours_alone = isinstance(value, types.FunctionType) and value.__code__.co_filename.startswith(_OURS)
            if name.startswith("_") or not ours_alone or hasattr(value, "__wrapped__"):
                continue
            if hasattr(sys.modules[namespace], name) and f"{namespace}.{name}" not in WITHOUT_DERIVATIVE:
                yield Row(namespace, name, "composition", "any", "yes", first_line(value))


_OURS = str(HERE.parent / "autograd_lite")


def others() -> list[Row]:
    """Return a row for each function that is constant or refused."""
    known, rows = names(), []
    for function in CONSTANTS:
        namespace, name, aliases = place(function, known)
        rows.append(Row(namespace, name, "constant", notes=aliases))
    for function, reason in REFUSALS.items():
        namespace, name, aliases = place(function, known)
        rows.append(Row(namespace, name, "refused", notes="; ".join(part for part in (aliases, reason) if part)))
    return rows


def versions() -> str:
    """Return the versions that the page depends on."""
    short = [".".join(module.__version__.split(".")[:2]) for module in (np, scipy)]
    return f"NumPy {short[0]}, SciPy {short[1]}"


HEADER = """\
# What is covered

Generated by `python docs/make_coverage.py` with {versions}: {differentiated} functions with derivatives,
{methods} methods of SciPy's distributions with derivatives, {constant} functions whose derivative is zero wherever it
exists, {refused} that are refused with a reason. Any other function raises `NotDifferentiableError`.

- **kind**: what the Jacobian is like. Elementwise: diagonal, up to broadcasting. Linear, multilinear: the function
  itself. General: anything, with a rule of its own. Composition: of functions with rules.
- **order**: up to which order derivatives are right; the table of operations checks three.
- **batched**: whether a Jacobian is one sweep, or a loop over its rows.
"""


def page() -> str:
    """Return the text of the page."""
    dispatch._declare_late()
    right, rest = differentiated(), others()
    counts = {kind: sum(row.kind == kind for row in rest) for kind in ("constant", "refused")}
    methods = sum(row.namespace == "scipy.stats" for row in right)
    lines = [HEADER.format(versions=versions(), differentiated=len(right) - methods, methods=methods, **counts)]
    order = {namespace: i for i, namespace in enumerate(("Tensor", *NAMESPACES))}
    for title, rows in (("Differentiated", right), ("Constant and refused", rest)):
        lines.append(f"## {title}\n")
        for namespace in sorted({row.namespace for row in rows}, key=order.__getitem__):
            chosen = sorted((row for row in rows if row.namespace == namespace), key=lambda row: row.name)
            lines += [f"### {namespace} ({len(chosen)})\n", "| function | kind | order | batched | notes |"]
            lines += ["|---|---|---|---|---|", *map(str, chosen), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE.read_text().splitlines()[2])
