"""Functions of arrays and containers as functions of one flat vector, with exact derivatives that are counted.

A `Packing` turns the start, an array or a container of arrays, into a vector and back. An `Objective` gives the value,
gradient, Hessian and Hessian-vector products of a scalar function; `Residuals` the values and the Jacobian of a vector
function. Both evaluate at a point: ``at(x)`` runs the function once, and the derivatives are swept from that one run
when they are asked for, so a trial point that is rejected costs a value and nothing else.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.calculus.packing import Packing
from autograd_lite.calculus.result import Evaluations
from autograd_lite.core.collector import full_passes_put_off
from autograd_lite.core.modes import enable_grad
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError, StructureError
from autograd_lite.transforms.arguments import Run, flatten, outputs_of, unflatten
from autograd_lite.transforms.forward import push_forward

#: Rows of a Hessian travel together while an array for all of them has at most so many elements (128 MB).
ROOM = 16_000_000


class Counter:
    """Counts evaluations while a solver runs."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = dict.fromkeys(("value", "gradient", "hessian", "hvp", "jacobian"), 0)

    def add(self, kind: str, count: int = 1) -> None:
        """Count an evaluation."""
        self.counts[kind] += count

    @property
    def evaluations(self) -> Evaluations:
        """What was counted until now."""
        return Evaluations(**self.counts)


class Recorded:
    """A function that is run at points, what it is called with beside x, and a counter: what all problems share."""

    def __init__(
        self,
        f: Callable[..., Any],
        packing: Packing,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        who: str = "minimize",
    ):
        if not callable(f):
            raise TypeError(f"{who}: a function is needed as the first argument, and got {f!r}")
        self.f, self.packing, self.who = f, packing, who
        self.args = tuple(_plain(arg) for arg in args)
        self.kwargs = dict(kwargs or {})
        self.counter = Counter()

    @property
    def evaluations(self) -> Evaluations:
        """What was evaluated until now."""
        return self.counter.evaluations

    def run(self, x: np.ndarray) -> tuple[Run, list[Tensor], Any]:
        """Run the function at a point; return what was recorded, the Tensors that came out, and their container."""
        with full_passes_put_off, np.errstate(all="ignore"), enable_grad():
            made = Run(self.f, (self.packing.unravel(x), *self.args), self.kwargs, 0, self.who)
        leaves, structure = outputs_of(made.out, self.who)
        if any(leaf.dtype.kind == "c" for leaf in leaves):
            raise DtypeError(f"{self.who}: the function returned complex numbers; take np.real, np.imag or np.abs")
        self.counter.add("value")
        return made, leaves, structure


class Objective(Recorded):
    """A scalar function of one flat vector.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)`` gives a number; x comes in the container of the start.
    packing : Packing
        Of the start.
    args, kwargs
        Handed to ``f``; Tensors among the args as their arrays.
    who : str
        The function that is asking, for error messages.

    Attributes
    ----------
    curved : bool
        Whether second derivatives will be wanted where gradients are: gradients are then recorded at once.
    """

    curved = False
    _last: Evaluated | None = None

    def at(self, x: np.ndarray) -> Evaluated:
        """Run the function at a point; at the one where it ran last, return what was found there.

        Raises
        ------
        ShapeError, StructureError, DtypeError
            If it returns anything but a real number.
        """
        if self._last is not None and np.array_equal(self._last.x, x):
            return self._last
        made, leaves, structure = self.run(x)
        if structure is not None:
            raise StructureError(
                f"{self.who}: the function returned a container, {type(made.out).__name__}, where a number is needed"
            )
        (out,) = leaves
        if out.size != 1:
            raise ShapeError(
                f"{self.who}: the function returned shape {out.shape}, and only a single number can be made small. "
                f"Reduce it (np.sum); for a vector of residuals use least_squares or np.sum(residuals**2)."
            )
        self._last = Evaluated(self, x, made, out)
        return self._last


class Evaluated:
    """A scalar function at a point: the value at once, derivatives when asked for, each computed and counted once.

    Attributes
    ----------
    x : ndarray of shape (n,)
    value : float
        It may be infinite or NaN.
    run : Run
        What was recorded.
    out : Tensor
        What the function returned.
    """

    def __init__(self, objective: Objective, x: np.ndarray, made: Run, out: Tensor):
        self.x = x
        self.value = float(np.reshape(out.data, ()))
        self._objective, self.run, self.out = objective, made, out

    def count(self, kind: str) -> None:
        """Count an evaluation that was made from the recorded run."""
        self._objective.counter.add(kind)

    @functools.cached_property
    def gradient(self) -> np.ndarray:
        """The gradient, of shape (n,)."""
        self._objective.counter.add("gradient")
        leaves = self._recorded if self._objective.curved else self._pull(False)
        return self._packed([_plain(leaf) for leaf in leaves])

    @functools.cached_property
    def hessian(self) -> np.ndarray:
        """The Hessian, of shape (n, n), symmetric to the last bit."""
        self._objective.counter.add("hessian")
        rows = np.eye(self._objective.packing.size)
        together = max(1, ROOM // self.largest)
        square = np.concatenate(
            [self._second(part, (len(part),)) for part in np.split(rows, range(together, len(rows), together))]
        )
        return (square + square.T) / 2

    @property
    def largest(self) -> int:
        """The number of elements of the largest array that was recorded."""
        order = [] if self.out.node is None else self.run.traverse([self.out]).order
        return max((math.prod(node.shape) for node in order), default=1)

    def hvp(self, v: np.ndarray) -> np.ndarray:
        """Return the product of the Hessian with a vector of shape (n,)."""
        self._objective.counter.add("hvp")
        return self._second(v, ())

    def _packed(self, leaves: Sequence[Any], lead: tuple[int, ...] = ()) -> np.ndarray:
        return self._objective.packing.ravel(leaves, lead)

    def _pull(self, record: bool) -> list[Any]:
        out = self.out
        if out.node is None:
            return [np.zeros(primal.shape) for primal in self.run.primals]
        seed = np.ones(out.shape, out.dtype)[()]
        with full_passes_put_off, enable_grad():
            return self.run.pull(self.run.traverse([out]), {out.node: seed}, record=record, warn=False)

    @functools.cached_property
    def _recorded(self) -> list[Any]:
        """The gradient as Tensors."""
        return self._pull(True)

    def _second(self, v: np.ndarray, lead: tuple[int, ...]) -> np.ndarray:
        """Return H v, for vectors along leading axes at once."""
        packing, run = self._objective.packing, self.run
        tracked = [leaf for leaf in self._recorded if isinstance(leaf, Tensor) and leaf.node is not None]
        if not tracked:
            return np.zeros((*lead, packing.size))
        seeds: dict[Any, Any] = {}
        start = 0
        for leaf, primal in zip(self._recorded, run.primals, strict=True):
            if isinstance(leaf, Tensor) and leaf.node is not None:
                part = v[..., start : start + primal.size].reshape((*lead, *primal.shape)).astype(leaf.dtype)[()]
                seeds[leaf.node] = seeds[leaf.node] + part if leaf.node in seeds else part
            start += primal.size
        with full_passes_put_off:
            pulled = run.pull(run.traverse(tracked), seeds, batch=len(lead), record=False, warn=False)
        return self._packed([_plain(leaf) for leaf in pulled], lead)


class Residuals(Recorded):
    """A vector function of one flat vector: what least squares makes small, and systems of equations make zero."""

    def at(self, x: np.ndarray) -> EvaluatedResiduals:
        """Run the function at a point; it may return an array of any shape, or a container of arrays."""
        made, leaves, _ = self.run(x)
        return EvaluatedResiduals(self, x, made, leaves)


class EvaluatedResiduals:
    """A vector function at a point: the values at once, the Jacobian when asked for.

    Attributes
    ----------
    x : ndarray of shape (n,)
    values : ndarray of shape (m,)
        They may be infinite or NaN.
    run : Run
        What was recorded.
    outputs : list of Tensor
        What the function returned.
    """

    def __init__(self, residuals: Residuals, x: np.ndarray, made: Run, leaves: list[Tensor]):
        self.x = x
        self.values = np.concatenate([np.reshape(leaf.data, -1) for leaf in leaves]).astype(np.float64)
        self._residuals, self.run, self.outputs = residuals, made, leaves

    @functools.cached_property
    def jacobian(self) -> np.ndarray:
        """The Jacobian, of shape (m, n): by rows or by columns, whichever are fewer."""
        self._residuals.counter.add("jacobian")
        rows, columns = self.values.size, self._residuals.packing.size
        with full_passes_put_off, np.errstate(all="ignore"):
            return self._by_rows() if rows <= columns else self._by_columns(columns)

    def _by_rows(self) -> np.ndarray:
        run, packing = self.run, self._residuals.packing
        blocks = []
        for leaf in self.outputs:
            if leaf.node is None:
                blocks.append(np.zeros((leaf.size, packing.size)))
                continue
            rows = np.eye(leaf.size, dtype=leaf.dtype).reshape(leaf.size, *leaf.shape)
            pulled = run.pull(run.traverse([leaf]), {leaf.node: rows}, batch=1, record=False, warn=False)
            blocks.append(packing.ravel([_plain(part) for part in pulled], (leaf.size,)))
        return np.concatenate(blocks)

    def _by_columns(self, columns: int) -> np.ndarray:
        run = self.run
        traversal = run.traverse(self.outputs)
        tangents, start = {}, 0
        for target, primal in zip(run.targets, run.primals, strict=True):
            part = np.zeros((columns, primal.size), primal.dtype)
            part[start : start + primal.size] = np.eye(primal.size)
            tangents[target] = part.reshape(columns, *primal.shape)
            start += primal.size
        pushed = push_forward(traversal, tangents, self.outputs, batch=1)
        return np.concatenate(
            [np.reshape(_plain(part), (columns, -1)) for part in pushed], axis=1, dtype=np.float64
        ).T.copy()


def further_arguments(args: Any) -> Sequence[Any]:
    """Return the arguments behind x as a sequence; what is no list or tuple is the only one, as in SciPy."""
    return args if isinstance(args, list | tuple) else (args,)


def is_parametric(args: Sequence[Any], run: Run, outputs: Sequence[Tensor]) -> bool:
    """Say whether a function depends on something tracked beside its argument: in its args, or closed over."""
    if any(isinstance(leaf, Tensor) and leaf.node is not None for leaf in flatten(list(args))[0]):
        return True
    tracked = [output for output in outputs if output.node is not None]
    return bool(tracked) and run.traverse(tracked).foreign


def _plain(value: Any) -> Any:
    """Return arrays for the Tensors in a container."""
    leaves, structure = flatten(value)
    return unflatten(structure, [leaf.data if isinstance(leaf, Tensor) else leaf for leaf in leaves])
