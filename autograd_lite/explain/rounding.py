"""How far rounding may have taken a result: a first-order bound from the adjoints, by operation.

An operation whose result v is off by δ changes the output by v̄ δ, to first order, where v̄ is its adjoint, what the
backward sweep computes anyhow. Summed over the operations, Σ |v̄| |δ| bounds what all of them did together (Bauer,
*Computational graphs and rounding error*, 1974; Griewank & Walther, *Evaluating Derivatives*, section 3.4; Higham,
*Accuracy and Stability of Numerical Algorithms*, chapter 2). `error_models` says how large δ may be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.core.careful import watched_sweep
from autograd_lite.core.graph import Node
from autograd_lite.core.observing import Values
from autograd_lite.core.outputs import OUTPUT, SEVERAL
from autograd_lite.core.tables import html_table, text_table
from autograd_lite.errors import DtypeError, GraphError, ShapeError
from autograd_lite.explain.computation import Computation, computation_of, title
from autograd_lite.explain.error_models import error_of, weighed
from autograd_lite.explain.tables import number


@dataclass(frozen=True)
class Contribution:
    """What one operation's rounding can do to the output.

    Attributes
    ----------
    name : str
        The user's name of its result, or ''.
    operation : str
    shape : tuple of int
    bound : float
        What its rounding can change the output by, at most.
    probable : float
        Its root mean square, if roundings are independent and even.
    condition : float
        Σ|v̄ v| / |output|: the relative change of the output over that of the operation's result.
    roundings : float
        How many units round-off the model allows for.
    is_guess : bool
        Whether the model is a guess.
    origin : str
        The source line, if known.
    """

    name: str
    operation: str
    shape: tuple[int, ...]
    bound: float
    probable: float
    condition: float
    roundings: float
    is_guess: bool
    origin: str


class Roundoff:
    """An error bound, and the operations that it comes from; iterating gives each `Contribution`, largest first.

    Attributes
    ----------
    value : float
        The output.
    bound : float
        How far it may be, to first order, from what exact arithmetic gives for the same inputs.
    probable : float
        A root-mean-square estimate of the same: roundings seldom all point the same way.
    relative : float
        The bound over the value.
    digits : float
        How many decimal digits of the value are sure.
    data : float
        How far it may be if each tracked input was itself rounded once, as data are.
    condition : float
        Σ|x̄ x| / |value| over the tracked inputs: the condition number of the function, relative and componentwise.
    contributions : list of Contribution
    """

    def __init__(self, value: float, contributions: list[Contribution], inputs: list[tuple[float, float]]):
        self.value = value
        self.contributions = sorted(contributions, key=lambda entry: -entry.bound)
        self.bound = math.fsum(entry.bound for entry in contributions)
        self.probable = math.sqrt(math.fsum(entry.probable**2 for entry in contributions))
        self.data = math.fsum(weight * unit for weight, unit in inputs)
        weights = math.fsum(weight for weight, _ in inputs)
        self.condition = weights / abs(value) if value else math.inf if weights else 0.0
        self.relative = self.bound / abs(value) if value else math.inf if self.bound else 0.0
        self.digits = max(0.0, -math.log10(self.relative)) if self.relative else math.inf

    def __iter__(self) -> Iterator[Contribution]:
        return iter(self.contributions)

    def __len__(self) -> int:
        return len(self.contributions)

    def __getitem__(self, index: Any) -> Any:
        return self.contributions[index]

    def _heading(self) -> str:
        sure = "" if math.isinf(self.digits) else f" ({self.digits:.1f} sure digits)"
        return (
            f"{self.value!r} ± {self.bound:.2g}{sure}, probably ± {self.probable:.2g}; condition "
            f"{number(self.condition)}"
        )

    def _rows(self, longest: int = 15) -> list[list[str]]:
        """Return a row for each operation and source line, however often it ran, the largest first."""
        groups: dict[tuple[str, str], list[Contribution]] = {}
        for entry in self.contributions:
            label = f"{entry.name} = {entry.operation}" if entry.name else entry.operation
            groups.setdefault((label + " (guessed)" * entry.is_guess, entry.origin), []).append(entry)
        bounds = {key: math.fsum(entry.bound for entry in group) for key, group in groups.items()}
        ranked = sorted(groups, key=lambda key: -bounds[key])
        rows = []
        for label, origin in ranked[:longest]:
            group, bound = groups[label, origin], bounds[label, origin]
            share = bound / self.bound if self.bound else math.nan
            times = f" ×{len(group):,}" if len(group) > 1 else ""
            share_text = "" if math.isnan(share) else f"{100 * share:.1f} %"
            condition = number(max(entry.condition for entry in group))
            rows.append([label + times, f"{bound:.2g}", share_text, condition, origin])
        if len(ranked) > longest:
            rest = math.fsum(bounds[key] for key in ranked[longest:])
            rows.append([f"{len(ranked) - longest:,} more", f"{rest:.2g}", "", "", ""])
        return rows

    def __str__(self) -> str:
        heads = ["operation", "bound", "share", "condition", "line"]
        return f"{self._heading()}\n\n{text_table(heads, self._rows(), '<>>><')}" if len(self) else self._heading()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self._heading(), ["operation", "bound", "share", "condition", "line"], self._rows(), "<>>><")


def roundoff(subject: Any, *args: Any, values: Values | None = None, **kwargs: Any) -> Roundoff:
    """Bound the rounding error of a computed number, to first order, and say which operations it comes from.

    Parameters
    ----------
    subject : callable or Tensor
        A function, which is run on ``args``, or a recorded output of size one.
    *args, **kwargs
        Arguments of the function; those of floating point are tracked.
    values : Values, optional
        What the operations gave, if ``subject`` is an output that was recorded inside of ``observing(values)``. If not
        given, values are found in what the rules saved.

    Returns
    -------
    Roundoff

    Raises
    ------
    GraphError
        If nothing was recorded, the graph was released, or a value that is needed is not known.
    ShapeError
        If the output has more than one element.
    DtypeError
        If it is complex.

    Notes
    -----
    The bound is of first order in u, and takes what the operations computed for what they should have: it is sure while
    it is small against the value. Constants count as exact, the number 0.1 as what it is in binary. How many units
    round-off each operation is allowed stands in `autograd_lite.explain.error_models`: 1 for arithmetic, 4 units in the
    last place for NumPy's functions, n - 1 for sums. The probable error takes each rounding as uniform and independent,
    u/√3 each, √n for n of them (Higham & Mary, *A new approach to probabilistic rounding error analysis*, 2019).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import explain
    >>> error = explain.roundoff(lambda x: 1 - np.cos(x), 1e-6)
    >>> error.relative > 1e-4, error[0].operation
    (True, 'cos')
    """
    computation = computation_of(subject, args, kwargs, values, "explain.roundoff")
    out = computation.outputs[0]
    if len(computation.outputs) != 1 or out.size != 1 or out.node is None:
        raise ShapeError(f"explain.roundoff: the output must be one number, and has shape {out.shape}: pick an element")
    if out.dtype.kind == "c":
        raise DtypeError("explain.roundoff: the output is complex: take its real or its imaginary part, or its size")
    value = float(np.reshape(out.data, ()))
    adjoints: dict[Node, Any] = {}

    def watch(node: Node, g: Any, position: int, parent: Node, c: Any) -> None:
        adjoints[node] = g

    delivered = watched_sweep({out.node: np.ones_like(out.data)}, watch, computation.inputs)
    adjoints.update(delivered)
    contributions = [
        made
        for node in computation.nodes
        if node.inputs and node in adjoints and node.dtype is not SEVERAL
        if (made := _contribution(computation, node, adjoints[node], abs(value))) is not None
    ]
    inputs = [
        (float(np.sum(np.abs(delivered[node]) * np.abs(at))), _unit(node))
        for node in computation.inputs
        if node in delivered and (at := computation.value(node)) is not None
    ]
    return Roundoff(value, contributions, inputs)


def _unit(node: Node) -> float:
    """Return the unit round-off of a node's dtype."""
    return float(np.finfo(node.dtype).eps) / 2


def _contribution(computation: Computation, node: Node, adjoint: Any, size: float) -> Contribution | None:
    out = computation.value(node)
    if out is None:
        raise GraphError(
            f"explain.roundoff: what {title(node)} gave is not known any more: no rule reads it. Pass the function and "
            f"its arguments, or record inside of `with observing(values)` and pass values=values."
        )
    made_by = node.inputs[0] if node.plan.primitive is OUTPUT else node
    with np.errstate(all="ignore"):
        error = error_of(node, [value for _, value in computation.arguments(made_by)], out)
        if error is None:
            return None
        harm = weighed(adjoint, error, node)
        influence = float(np.sum(np.abs(adjoint) * np.abs(out)))
    unit = _unit(node)
    bound = error.roundings * unit * float(np.sum(harm))
    if bound == 0:
        return None
    probable = math.sqrt(error.roundings / 3) * unit * float(np.sqrt(np.sum(np.square(harm))))
    return Contribution(
        node.name, made_by.plan.primitive.name, node.shape, bound, probable,
        influence / size if size else math.inf, error.roundings, error.is_guess, str(computation.place(node) or ""),
    )  # fmt: skip
