"""The gradient as a sum over paths: the chain rule written out, its largest terms first.

Along each path from an input to an output the local derivatives multiply, and the derivative is the sum of these
products over all paths (F. L. Bauer, *Computational graphs and rounding error*, SIAM J. Numer. Anal. 11, 1974; Griewank
& Walther, *Evaluating Derivatives*, 2nd ed., section 3.1). There may be 2^1000 of them: they are counted, and the
largest found, without being listed (`explain.ranking`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.careful import watched_sweep
from autograd_lite.core.graph import Node
from autograd_lite.core.plotting import BLUE, RED, styled
from autograd_lite.core.tables import html_table, text_table
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import GraphError, ShapeError, StructureError
from autograd_lite.explain.computation import watched_run
from autograd_lite.explain.ranking import Edge, Network, best_of_arrays, best_of_numbers, pulled
from autograd_lite.explain.tables import counted, number, shortened


class Step:
    """One factor of a path: an operation, by one of its arguments.

    Attributes
    ----------
    name : str
        The user's name of the operation's result, or ''.
    operation : str
    argument : str
        The argument that the path comes in by.
    local : float or None
        The local derivative, where both sides are single numbers.
    gain : float
        By which factor the norm of the cotangent changes on the way back; of numbers the local derivative's size.
    origin : str
        The source line, if known.
    """

    __slots__ = ("argument", "gain", "local", "name", "operation", "origin")

    def __init__(self, edge: Edge, local: float | None, gain: float, origin: str):
        primitive, position = edge.node.plan.primitive, edge.node.plan.positions[edge.position]
        self.name, self.operation = edge.node.name, primitive.name
        self.argument = primitive.arguments[position] if position < len(primitive.arguments) else str(position)
        self.local, self.gain, self.origin = local, gain, origin

    def __repr__(self) -> str:
        factor = number(self.local) if self.local is not None else f"gain {number(self.gain)}"
        label = f"{self.name} = {self.operation}" if self.name else self.operation
        return f"{label} ({factor})"


# Of a label beside a bar, in letters.
_WIDTH = 60


class Path:
    """One path from the input to the output.

    Attributes
    ----------
    product : float
        What it contributes to the derivative.
    share : float
        The same as a part of the total; NaN if that is zero.
    steps : tuple of Step
        From the input to the output.
    """

    def __init__(self, product: float, total: float, steps: tuple[Step, ...], start: str):
        self.product, self.steps, self._start = product, steps, start
        self.share = product / total if total != 0 and math.isfinite(total) else math.nan

    def __str__(self) -> str:
        return " → ".join(shortened(counted([self._start, *map(str, self.steps)]), 9))

    @property
    def brief(self) -> str:
        """The names alone, a few of them."""
        names = counted([self._start, *(step.name or step.operation for step in self.steps)])
        for longest in range(min(len(names), 12), 4, -1):
            text = " → ".join(shortened(names, longest))
            if len(text) <= _WIDTH:
                return text
        return " → ".join(shortened(names, 4))


class Paths:
    """The largest terms of a derivative, as a table; iterating, indexing and ``len`` give each `Path`, largest first.

    Attributes
    ----------
    total : float
        The derivative: the sum over all paths.
    count : int
        How many paths there are.
    nonzero : int
        How many of them have no factor that is zero; of arrays, that is not known to be.
    remainder : float
        What the paths that are not listed add up to.
    exact : bool
        Whether no path is larger than the last of those listed. False only where arrays flow and there are too many
        paths to look at: the best that were found are listed.
    of : str
        What is derived by what.
    """

    def __init__(self, paths: list[Path], total: float, network: Network, exact: bool, of: str):
        self._paths, self.total, self.exact, self.of = paths, total, exact, of
        self.count, self.nonzero = network.count, network.nonzero
        self.remainder = total - math.fsum(path.product for path in paths) if self.count > len(paths) else 0.0

    def __getitem__(self, index: Any) -> Any:
        return self._paths[index]

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[Path]:
        return iter(self._paths)

    def _rows(self) -> list[list[str]]:
        rows = [[str(i), number(p.product), _percent(p.share), str(p)] for i, p in enumerate(self._paths, 1)]
        if self._rest:
            share = self.remainder / self.total if self.total else math.nan
            rows.append(["", number(self.remainder), _percent(share), self._rest])
        return rows

    @property
    def _rest(self) -> str:
        """What to call the paths that are not listed; '' if there are none but zeros."""
        others = self.nonzero - len(self._paths)
        if not self._paths and self.remainder == 0:
            return ""
        return "" if others <= 0 else "the other one" if others == 1 else f"the other {shown_count(others)}"

    def _heading(self) -> str:
        if not self.count:
            return f"{self.of} = 0: there is no path"
        paths = "the only path" if self.count == 1 else f"the sum over {shown_count(self.count)} paths"
        zero = f", {shown_count(self.count - self.nonzero)} of them zero" if self.nonzero != self.count else ""
        doubt = "" if self.exact else " (the largest that were found; there may be larger ones)"
        return f"{self.of} = {number(self.total)}, {paths}{zero}{doubt}"

    def __str__(self) -> str:
        if not self._rows():
            return self._heading()
        return f"{self._heading()}\n\n{text_table(['', 'product', 'share', 'path'], self._rows(), '>>><')}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self._heading(), ["", "product", "share", "path"], self._rows(), ">>><")

    def plot(self, axes: Any = None) -> Any:
        """Draw the products as bars, the largest on top.

        Parameters
        ----------
        axes : Axes, optional
            Of matplotlib; new ones if not given.

        Returns
        -------
        Axes
        """
        labels = [path.brief for path in self._paths]
        values = [path.product for path in self._paths]
        if self._rest:
            labels.append(self._rest)
            values.append(self.remainder)
        if axes is None:
            size = (9, 1.4 + 0.36 * max(len(values), 1))
            with styled() as plt:
                _, axes = plt.subplots(figsize=size)
        hues = [BLUE if value >= 0 else RED for value in values]
        bars = axes.barh(range(len(values)), values, color=hues)
        if self._rest:
            bars[-1].set_alpha(0.45)
        axes.set_yticks(range(len(values)), [label.replace("$", r"\$") for label in labels])
        axes.invert_yaxis()
        axes.axvline(0, color="gray", linewidth=0.8)
        axes.bar_label(bars, [number(value) for value in values], padding=3)
        finite = [value for value in values if math.isfinite(value)]
        low, high = min(finite, default=0.0), max(finite, default=0.0)
        low, high = min(low, 0.0), max(high, 0.0)
        room = 0.2 * (high - low or 1.0)  # for the numbers beside the bars
        axes.set_xlim(low - room * (low < 0), high + room * (high > 0 or low == 0))
        axes.set_xlabel("product of the local derivatives")
        axes.set_title(self._heading().replace("$", r"\$"), fontsize="medium")
        return axes


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f} %".replace("-0.0 %", "0.0 %")


def shown_count(count: int) -> str:
    """Return a number of paths in words: Python would take long to write 2**100000 in decimals."""
    if count < 10**15:
        return f"{count:,}"
    digits = count.bit_length() * math.log10(2)
    return f"about 10^{digits:.0f}"


def paths(
    output: Any,
    input: Any,
    k: int = 10,
    *,
    output_index: Any = None,
    input_index: Any = None,
    cotangent: Any = None,
    direction: Any = None,
    effort: int = 20_000,
) -> Paths:
    """Return the derivative of an output by an input as a ranked table of chain-rule products that sum to it.

    Parameters
    ----------
    output : Tensor, or callable
        What is derived; a function is run on ``input``.
    input : Tensor, or array
        By what: tracked, a leaf or anything that the output was computed from; an argument if ``output`` is a function.
    k : int
        How many paths to list.
    output_index, input_index : index, optional
        Derive this element of the output, or by this element of the input.
    cotangent, direction : array_like, optional
        Of arrays a path contributes ⟨direction, cᵀJ⟩ where c is the cotangent of the output's shape, J the product of
        the Jacobians along this path, and the direction has the input's shape. Ones if neither these nor indices are
        given: the sum over the elements of both.
    effort : int
        Of arrays, how many partial paths to look at in search of the largest.

    Returns
    -------
    Paths

    Raises
    ------
    GraphError
        If the output or the input is a constant, or the graph was released.
    StructureError, ShapeError, ValueError
        If what is given is no Tensor, has another shape, or ``k`` is less than one.
    DtypeError
        If complex numbers flow along a path: their derivatives are not products.

    Notes
    -----
    Where only single numbers flow the k largest products are found exactly, by dynamic programming: the largest
    completion of each partial path is known beforehand, so no other is followed (D. Eppstein, *Finding the k shortest
    paths*, SIAM J. Comput. 28, 1998). Arrays are pulled back along each path alone, best bound first.
    Hooks take no part.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import Tensor, explain
    >>> x = Tensor(2.0, requires_grad=True, name="x")
    >>> print(explain.paths(x * x + 3 * x, x))
    d add / d x = 7, the sum over 3 paths
    <BLANKLINE>
       product   share  path
    1        3  42.9 %  x → multiply (3) → add (1)
    2        2  28.6 %  x → multiply (2) → add (1)
    3        2  28.6 %  x → multiply (2) → add (1)
    """
    if not hasattr(k, "__index__") or k < 1:
        raise ValueError(f"explain.paths: k is how many paths to list, at least 1, and not {k!r}")
    computation = None
    if callable(output) and not isinstance(output, Tensor):
        run, computation = watched_run(output, (input,), {}, "explain.paths")
        output, input = run.out, run.primals[0]
        if len(run.primals) != 1:
            raise StructureError("explain.paths of a function takes one array as its argument, not a container")
    start, end = _node(output, "output"), _node(input, "input")
    c = _functional(cotangent, output_index, output, "cotangent", "output")
    v = _functional(direction, input_index, input, "direction", "input")
    network = Network(start, end, c, v)
    gradient = watched_sweep({start: c}, _ignore, [end]).get(end) if network.count else None
    total = 0.0 if gradient is None else float(np.sum(gradient * v))
    if network.is_scalar:
        found, exact = best_of_numbers(network, k), True
    else:
        found, exact = best_of_arrays(network, k, effort)
    shared: dict[Edge, Step] = {}
    places = _origin if computation is None else lambda node: str(computation.place(node) or "")
    name = input.name or ("x" if end.plan.primitive.name in ("leaf", "argument") else end.plan.primitive.name)
    listed = [Path(product, total, _steps(network, edges, shared, places), name) for product, edges in found]
    listed.sort(key=lambda path: -abs(path.product))  # found by bounds, which are rounded otherwise than products
    of = f"d {output.name or start.plan.primitive.name} / d {name}"
    return Paths(listed, total, network, exact, of)


def _ignore(*_: Any) -> None:
    """See nothing of a watched sweep, of which only the result is wanted."""


def _node(tensor: Any, what: str) -> Node:
    if not isinstance(tensor, Tensor):
        raise StructureError(f"explain.paths: the {what} is {type(tensor).__name__}, where a Tensor is needed")
    if tensor.node is None:
        raise GraphError(f"explain.paths: the {what} is a constant, so that no path leads to it or from it")
    return tensor.node


def _functional(given: Any, index: Any, tensor: Tensor, name: str, what: str) -> Any:
    """Return the weights of a Tensor's elements, in float64 unless it has less."""
    dtype = np.dtype(tensor.dtype)
    if index is not None and given is not None:
        raise StructureError(f"explain.paths: give {name} or {what}_index, not both")
    weights = np.ones(tensor.shape, dtype) if given is None else np.array(given, dtype)
    if weights.shape != tensor.shape:
        raise ShapeError(f"explain.paths: the {name} has shape {weights.shape}, and the {what} has {tensor.shape}")
    if index is not None:
        weights[...] = 0
        try:
            weights[index] = 1
        except (IndexError, TypeError, ValueError) as error:
            raise StructureError(
                f"explain.paths: {what}_index={index!r} is no index into the {what}, of shape {tensor.shape}"
            ) from error
    return weights[()]


def _origin(node: Node) -> str:
    return str(node.extras.origin) if node.extras is not None and node.extras.origin else ""


def _steps(
    network: Network, edges: Sequence[Edge], shared: dict[Edge, Step], places: Callable[[Node], str]
) -> tuple[Step, ...]:
    """Return the steps of a path, those of single numbers shared with other paths; edges go back from the output."""
    steps: list[Step] = []
    g = network.cotangent
    for edge in edges:
        if network.is_scalar:
            if edge not in shared:
                local = network.local[edge]
                shared[edge] = Step(edge, local, abs(local), places(edge.node))
            steps.append(shared[edge])
            continue
        c = pulled(edge, g)
        before = np.linalg.norm(g) if not isinstance(g, tuple) else math.nan
        after = np.linalg.norm(c) if not isinstance(c, tuple) else math.nan
        number_to_number = edge.node.shape == () == edge.parent.shape and before != 0 and not math.isnan(after)
        local = float(np.divide(c, g)) if number_to_number else None
        steps.append(Step(edge, local, float(after / before) if before else math.nan, places(edge.node)))
        g = c
    return tuple(reversed(steps))
