"""Functions of arrays and containers as functions of one flat vector, with exact derivatives that are counted.

A `Packing` turns the start, an array or a container of arrays, into a vector and back. An `Objective` gives the value,
gradient, Hessian and Hessian-vector products of a scalar function; `Residuals` the values and the Jacobian of a vector
function. Both evaluate at a point: ``at(x)`` runs the function once, and the derivatives are swept from that one run
when they are asked for, so a trial point that is rejected costs a value and nothing else.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.calculus.result import Evaluations
from autograd_lite.core.collector import full_passes_put_off
from autograd_lite.core.modes import enable_grad
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError, StructureError
from autograd_lite.transforms.arguments import Run, flatten, outputs_of, unflatten
from autograd_lite.transforms.forward import push_forward


class Packing:
    """How a container of arrays lies in one vector of float64.

    Parameters
    ----------
    tree : array, number, Tensor, or container of them
        A list or tuple of plain numbers is an array; integers become floating-point numbers.
    who : str
        The function that is asking, for error messages.

    Attributes
    ----------
    vector : ndarray of shape (n,)
        The elements.
    size : int
        n
    epsilon : float
        The unit round-off of the coarsest dtype.

    Raises
    ------
    DtypeError
        If it holds complex numbers, or what is no number.
    StructureError
        If it holds no number at all.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.calculus.objective import Packing
    >>> packing = Packing({"a": np.ones((2, 2)), "b": 5.0})
    >>> packing.vector
    array([1., 1., 1., 1., 5.])
    >>> packing.unravel(packing.vector)["a"].shape
    (2, 2)
    """

    def __init__(self, tree: Any, who: str = "the solver"):
        leaves, self._structure = flatten(_array_of_numbers(tree))
        arrays = [_real(leaf, who) for leaf in leaves]
        self._shapes = [array.shape for array in arrays]
        self._dtypes = [array.dtype for array in arrays]
        self._ends = np.cumsum([array.size for array in arrays], dtype=int).tolist()
        self.size: int = self._ends[-1] if arrays else 0
        if not self.size:
            raise StructureError(f"{who}: the start {tree!r} holds no number")
        self.epsilon = max(float(np.finfo(dtype).eps) for dtype in self._dtypes)
        self._plain = self._structure is None and self._dtypes[0] == np.float64
        self.vector = np.concatenate([np.reshape(array, -1) for array in arrays]).astype(np.float64)

    def unravel(self, vector: Any) -> Any:
        """Return the container with a vector's elements: fresh arrays, of the dtypes and shapes of the start.

        Of a Tensor it is made of Tensors.
        """
        if isinstance(vector, Tensor):
            return self._unraveled(vector)
        if self._plain:
            return np.array(vector).reshape(self._shapes[0])[()]
        starts = [0, *self._ends[:-1]]
        return unflatten(
            self._structure,
            [
                np.asarray(vector[start:end], dtype=dtype).reshape(shape).copy()[()]
                for start, end, shape, dtype in zip(starts, self._ends, self._shapes, self._dtypes, strict=True)
            ],
        )

    def _unraveled(self, vector: Tensor) -> Any:
        starts, leaves = [0, *self._ends[:-1]], []
        for start, end, shape, dtype in zip(starts, self._ends, self._shapes, self._dtypes, strict=True):
            leaf = np.reshape(vector[start:end], shape)
            leaves.append(leaf if leaf.dtype == dtype else leaf.astype(dtype))
        return unflatten(self._structure, leaves)

    def ravel(self, leaves: Sequence[Any], lead: tuple[int, ...] = ()) -> np.ndarray:
        """Return arrays, one for each leaf, behind common leading axes, as one array of shape ``lead + (n,)``."""
        if len(leaves) == 1:
            return np.reshape(leaves[0], (*lead, -1)).astype(np.float64)
        return np.concatenate([np.reshape(leaf, (*lead, -1)) for leaf in leaves], axis=-1).astype(np.float64)

    def matched(self, tree: Any, what: str) -> np.ndarray:
        """Return another container of the same structure and shapes as a vector; a single number stands for all.

        Raises
        ------
        StructureError, ShapeError
            If it does not match.
        """
        tree = _array_of_numbers(tree)
        if isinstance(tree, int | float):
            return np.full(self.size, float(tree))
        leaves, structure = flatten(tree)
        if structure != self._structure:
            raise StructureError(f"{what} has another structure than the start: {tree!r}")
        arrays = [np.asarray(leaf, dtype=np.float64) for leaf in leaves]
        for array, shape in zip(arrays, self._shapes, strict=True):
            if array.shape != shape:
                raise ShapeError(f"{what} has shape {array.shape}, and the start has shape {shape}")
        return self.ravel(arrays)


def _array_of_numbers(tree: Any) -> Any:
    """Return an array for a list or tuple of plain numbers, nested or not, and anything else as it is."""
    if type(tree) in (list, tuple) and tree and all(_is_number(item) for item in tree):
        return np.array(tree)
    return tree


def _is_number(item: Any) -> bool:
    if type(item) in (list, tuple):
        return all(_is_number(each) for each in item)
    return isinstance(item, int | float | np.floating | np.integer) and not isinstance(item, bool)


def _real(leaf: Any, who: str) -> np.ndarray:
    array = np.asarray(leaf.data if isinstance(leaf, Tensor) else leaf)
    if array.dtype.kind in "iu":
        return array.astype(np.float64)
    if array.dtype.kind == "c":
        raise DtypeError(
            f"{who}: the start is or holds complex numbers (dtype {array.dtype}, shape {array.shape}). Pass real and "
            f"imaginary parts as two real arrays, and put them together in the function: z = x + 1j * y."
        )
    if array.dtype.kind != "f":
        raise DtypeError(
            f"{who}: the start is or holds {leaf!r} of type {type(leaf).__name__}, dtype {array.dtype}, where "
            f"floating-point numbers are needed"
        )
    return array


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
        size = self._objective.packing.size
        square = self._second(np.eye(size), (size,))
        return (square + square.T) / 2

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
            return self.run.pull(self.run.traverse([out]), {out.node: seed}, record=record)

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
            pulled = run.pull(run.traverse(tracked), seeds, batch=len(lead), record=False)
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
    """

    def __init__(self, residuals: Residuals, x: np.ndarray, made: Run, leaves: list[Tensor]):
        self.x = x
        self.values = np.concatenate([np.reshape(leaf.data, -1) for leaf in leaves]).astype(np.float64)
        self._residuals, self._run, self._leaves = residuals, made, leaves

    @functools.cached_property
    def jacobian(self) -> np.ndarray:
        """The Jacobian, of shape (m, n): by rows or by columns, whichever are fewer."""
        self._residuals.counter.add("jacobian")
        rows, columns = self.values.size, self._residuals.packing.size
        with full_passes_put_off, np.errstate(all="ignore"):
            return self._by_rows() if rows <= columns else self._by_columns(columns)

    def _by_rows(self) -> np.ndarray:
        run, packing = self._run, self._residuals.packing
        blocks = []
        for leaf in self._leaves:
            if leaf.node is None:
                blocks.append(np.zeros((leaf.size, packing.size)))
                continue
            rows = np.eye(leaf.size, dtype=leaf.dtype).reshape(leaf.size, *leaf.shape)
            pulled = run.pull(run.traverse([leaf]), {leaf.node: rows}, batch=1, record=False)
            blocks.append(packing.ravel([_plain(part) for part in pulled], (leaf.size,)))
        return np.concatenate(blocks)

    def _by_columns(self, columns: int) -> np.ndarray:
        run = self._run
        traversal = run.traverse(self._leaves)
        tangents, start = {}, 0
        for target, primal in zip(run.targets, run.primals, strict=True):
            part = np.zeros((columns, primal.size), primal.dtype)
            part[start : start + primal.size] = np.eye(primal.size)
            tangents[target] = part.reshape(columns, *primal.shape)
            start += primal.size
        pushed = push_forward(traversal, tangents, self._leaves, batch=1)
        return np.concatenate(
            [np.reshape(_plain(part), (columns, -1)) for part in pushed], axis=1, dtype=np.float64
        ).T.copy()


def _plain(value: Any) -> Any:
    """Return arrays for the Tensors in a container."""
    leaves, structure = flatten(value)
    return unflatten(structure, [leaf.data if isinstance(leaf, Tensor) else leaf for leaf in leaves])
