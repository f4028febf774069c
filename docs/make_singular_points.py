"""Write ``docs/singular_points.md``: the second table beside HIPS autograd, PyTorch and JAX.

    python docs/make_singular_points.py

Rows, right answers and reasons are those of ``tests/singular_points``. Every library that is installed runs the same
functions, in double precision unless a row says otherwise; of the others the page keeps nothing.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

HERE = Path(__file__).resolve().parent
PAGE = HERE / "singular_points.md"
sys.path[:0] = [str(HERE.parent / "tests")] * (str(HERE.parent / "tests") not in sys.path)

from singular_points import OURS, SECTIONS, Between, Point  # noqa: E402

import autograd_lite as ag  # noqa: E402

Gradient = Callable[[Callable[[Any], Any]], Callable[[Any], Any]]


class Library(NamedTuple):
    """How one library is asked.

    Parameters
    ----------
    name : str
    namespace : object
        What the rows' functions take.
    array : callable
        ``array(values, dtype)`` gives an array of this library.
    grad : callable
        Gives the gradient of a function with a scalar value, itself differentiable.
    """

    name: str
    namespace: Any
    array: Callable[[Any, Any], Any]
    grad: Gradient


class Answer(NamedTuple):
    """What a library gives for one derivative: numbers, or a word where it has none; and whether it warned."""

    value: Any
    word: str = ""
    warned: bool = False


# The libraries


def ours() -> Library:
    """Return this package."""
    return Library("autograd_lite", OURS, lambda values, dtype: np.array(values, dtype=dtype), ag.grad)


def hips() -> Library:
    """Return HIPS autograd."""
    import autograd
    import autograd.numpy
    import autograd.scipy.special

    namespace = _joined(autograd.numpy, special=autograd.scipy.special)
    return Library("HIPS autograd", namespace, lambda values, dtype: np.array(values, dtype=dtype), autograd.grad)


def jax() -> Library:
    """Return JAX, with double precision."""
    import jax
    import jax.scipy.special

    jax.config.update("jax_enable_x64", True)
    special = _joined(jax.scipy.special, softmax=jax.nn.softmax, log_softmax=jax.nn.log_softmax)
    return Library("JAX", _joined(jax.numpy, special=special), jax.numpy.array, jax.grad)


def torch() -> Library:
    """Return PyTorch, under NumPy's spelling."""
    import torch

    def array(values: Any, dtype: Any = None) -> Any:
        return torch.from_numpy(np.array(values, dtype=dtype))

    def grad(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def slope(x: Any) -> Any:
            x = x if x.requires_grad else x.requires_grad_()
            value = f(x)
            if not value.requires_grad:  # slopes that are constant
                return torch.zeros_like(x)
            return torch.autograd.grad(value, x, create_graph=True, materialize_grads=True)[0]

        return slope

    return Library("PyTorch", _torch_namespace(torch, array), array, grad)


def _joined(module: Any, **names: Any) -> Any:
    """Return a namespace of some names (None: not to be had), and the module's for all others."""

    class Joined:
        def __getattribute__(self, name: str) -> Any:
            found = names[name] if name in names else getattr(module, name)
            if found is None:
                raise AttributeError(name)
            return found

    return Joined()


def _torch_namespace(torch: Any, array: Callable[..., Any]) -> Any:
    """Return NumPy's names for what PyTorch calls otherwise, or wants Tensors for; `Joined` gives all others."""

    def of_tensors(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            like = next(arg for arg in args if isinstance(arg, torch.Tensor))
            return function(*(a if isinstance(a, torch.Tensor) else torch.tensor(a, dtype=like.dtype) for a in args))

        return call

    def reduced(function: Callable[..., Any], **fixed: Any) -> Callable[..., Any]:
        return lambda x, axis=None: function(x, **({} if axis is None else {"dim": axis}), **fixed)

    def norm(x: Any, ord: Any = None, axis: Any = None) -> Any:
        return torch.linalg.norm(x, ord, axis)

    def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
        return torch.linalg.svd(x, full_matrices) if compute_uv else torch.linalg.svdvals(x)

    special = _joined(
        torch.special,
        **{name: reduced(getattr(torch, name), dim=0) for name in ("logsumexp", "softmax", "log_softmax")},
    )
    of_scalars_too = (
        "maximum", "minimum", "fmax", "hypot", "arctan2", "logaddexp", "copysign", "heaviside", "remainder",
    )  # fmt: skip
    return _joined(
        torch,
        array=array,
        fabs=torch.abs,
        power=torch.pow,
        select=None,  # means something else there
        diagonal=torch.diagonal,
        max=reduced(torch.amax),
        min=reduced(torch.amin),
        median=lambda x: torch.quantile(x, 0.5),
        sort=lambda x: torch.sort(x).values,
        std=reduced(torch.std, correction=0),
        var=reduced(torch.var, correction=0),
        cumprod=reduced(torch.cumprod, dim=0),
        linalg=_joined(torch.linalg, norm=norm, svd=svd),
        special=special,
        **{name: of_tensors(getattr(torch, name)) for name in of_scalars_too},
    )


# Asking


def total(library: Library, point: Point) -> Callable[[Any], Any]:
    """Return the sum of a row's outputs as a function of one of the library's arrays."""
    return lambda x: library.namespace.sum(point.fn(library.namespace, x))


def asked(library: Library, point: Point, order: int) -> Answer:
    """Return the gradient, or the gradient of the sum of slopes."""
    first = library.grad(total(library, point))
    derivative = first if order == 1 else library.grad(lambda x: library.namespace.sum(first(x)))
    with warnings.catch_warnings(record=True) as said, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            found = derivative(library.array(point.x, point.dtype))
        except (AttributeError, NotImplementedError):
            return Answer(None, "–")
        except Exception as error:
            return Answer(None, "–" if "not implemented" in str(error) else "raises")
    value = np.asarray(found.numpy(force=True) if hasattr(found, "detach") else found, dtype=float)
    return Answer(value, warned=any(issubclass(item.category, ag.SingularPointWarning) for item in said))


def is_right(value: Any, truth: Any, dtype: type) -> bool:
    """Say whether numbers are the right answer, or within the right answers."""
    slack = 1e-6 if dtype is np.float64 else 1e-4
    if not isinstance(truth, Between):
        wanted = np.broadcast_to(np.asarray(truth, dtype=float), value.shape)
        return bool(np.all(np.isclose(value, wanted, rtol=slack, atol=np.where(wanted == 0, 1e-12, 0), equal_nan=True)))
    low, high = (np.asarray(bound, dtype=float) for bound in truth[:2])
    inside = np.all((value >= low - slack * np.abs(low)) & (value <= high + slack * np.abs(high)))
    return bool(inside) and (truth.total is None or abs(float(np.sum(value)) - truth.total) < slack)


# Words


def number(x: float, digits: int = 6) -> str:
    """Return a number in few characters."""
    if np.isinf(x):
        return "∞" if x > 0 else "-∞"
    return f"{x + 0.0:.{digits}g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def numbers(values: Any, digits: int = 6) -> str:
    """Return an array as text: elements apart by commas, rows by strokes."""
    array = np.asarray(values, dtype=float)
    if array.ndim == 2:
        return " / ".join(numbers(row, digits) for row in array)
    return ", ".join(number(x, digits) for x in array.ravel()) or "nothing"


def right_answer(truth: Any) -> str:
    """Return the right answer as text, with both ends where there are several."""
    if not isinstance(truth, Between):
        return numbers(truth)
    low, high = np.atleast_1d(np.asarray(truth.low, float)), np.atleast_1d(np.asarray(truth.high, float))
    rows = []
    for lows, highs in zip(np.atleast_2d(low), np.atleast_2d(high), strict=True):
        pairs = zip(lows, highs, strict=True)
        rows.append(", ".join(number(a) if a == b else f"{number(a)} to {number(b)}" for a, b in pairs))
    text = " / ".join(rows)
    return text if truth.total is None else f"{text}, sum {number(truth.total)}"


def truths(point: Point) -> list[Any]:
    """Return the right answer for each order that the row has."""
    first = point.slope if point.truth is None else point.truth
    if point.second is None:
        return [first]
    return [first, point.second if point.second_truth is None else point.second_truth]


def answers(library: Library, point: Point) -> list[tuple[Answer, bool]]:
    """Return what a library gives for each order that the row has, and whether it is right."""
    found = [asked(library, point, order) for order in range(1, len(truths(point)) + 1)]
    return [
        (answer, answer.value is not None and is_right(answer.value, truth, point.dtype))
        for answer, truth in zip(found, truths(point), strict=True)
    ]


def cell(found: list[tuple[Answer, bool]]) -> str:
    """Return a cell: a cross in front of what is wrong, a sign behind what was warned of."""
    texts = []
    for answer, right in found:
        text = answer.word or ("" if right else "✗ ") + numbers(answer.value)
        texts.append(text + (" ⚠" if answer.warned else ""))
    return "–" if set(texts) == {"–"} else "; ".join(texts)


def counts(found: list[tuple[Answer, bool]]) -> list[str]:
    """Return, for each order, which column of the last table it counts in."""
    kinds = {"": "wrong", "–": "none", "raises": "raises"}
    return ["right" if right else kinds[answer.word] for answer, right in found]


# The page

HEAD = """# Singular points

What `autograd_lite` and others give at kinks and ties, behind guards, where zero meets infinity, at the ends of
domains, and where a formula that is right cancels or overflows. Written by `docs/make_singular_points.py` from the
table in `tests/singular_points`, whose rows are tests: gradient, forward mode, Jacobian in one sweep, second derivative
and Hessian, and each warning.

Each cell has the gradient of the sum of the function's outputs, and behind a semicolon, where the row has it, the
gradient of the sum of its slopes. Rows of a matrix are apart by strokes. Where several answers are right the column
gives their bounds. ✗ is a wrong answer, ⚠ a `SingularPointWarning`, – a function that the library does not have or
cannot differentiate, "raises" an exception.
"""


def line(point: Point, found: list[list[tuple[Answer, bool]]]) -> str:
    """Return a row's line, with the answers of some libraries."""
    right = "; ".join(map(right_answer, truths(point)))
    cells = [point.name, numbers(point.x, 10), right, *map(cell, found), point.why]
    return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"


def lines(points: list[Point], libraries: list[Library], tally: dict[str, list[str]]) -> Iterator[str]:
    """Yield the lines of one section's table, and count."""
    names = " | ".join(library.name for library in libraries)
    yield f"| function | at | right | {names} | because |"
    yield "|" + "---|" * (4 + len(libraries))
    for point in points:
        found = [answers(library, point) for library in libraries]
        for library, given in zip(libraries, found, strict=True):
            tally.setdefault(library.name, []).extend(counts(given))
        yield line(point, found)


def page(libraries: list[Library]) -> str:
    """Return the page."""
    tally: dict[str, list[str]] = {}
    parts = [HEAD]
    for title, points in SECTIONS.items():
        parts.append(f"## {title}\n\n" + "\n".join(lines(points, libraries, tally)) + "\n")
    return "\n".join([*parts, *summary(tally)]) + f"\n\n{versions(libraries)}\n"


def summary(tally: dict[str, list[str]]) -> Iterator[str]:
    """Yield the lines of the last table: how many derivatives each library has right."""
    kinds = ("right", "wrong", "raises", "none")
    yield f"## Counts\n\nOf {len(next(iter(tally.values())))} derivatives, first and second:\n"
    yield f"| | {' | '.join(kinds)} |\n|---|---|---|---|---|"
    for name, given in tally.items():
        yield f"| {name} | {' | '.join(str(given.count(kind)) for kind in kinds)} |"


def versions(libraries: list[Library]) -> str:
    """Return which versions of the others were asked."""
    packages = {"HIPS autograd": "autograd", "PyTorch": "torch", "JAX": "jax"}
    asked_of = [f"{x.name} {importlib.metadata.version(packages[x.name])}" for x in libraries if x.name in packages]
    return f"Asked were {', '.join(asked_of)}." if asked_of else ""


def installed() -> list[Library]:
    """Return this package, and what is installed of the others."""
    found = [ours()]
    for library in (hips, torch, jax):
        try:
            found.append(library())
        except ImportError:
            print(f"{library.__name__} is not installed, and has no column", file=sys.stderr)
    return found


if __name__ == "__main__":
    PAGE.write_text(page(installed()))
