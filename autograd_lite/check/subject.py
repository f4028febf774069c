"""What is checked: a function of flat lists of arrays, its names for them, and its derivatives by each mode."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.check.differences import Line, round_off
from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.tensor import tensor_of
from autograd_lite.errors import StructureError
from autograd_lite.transforms.arguments import as_primal, flatten, outputs_of, unflatten
from autograd_lite.transforms.forward import jvp
from autograd_lite.transforms.reverse import vjp

REVERSE, FORWARD = "reverse", "forward"


class Subject(NamedTuple):
    """A function whose derivative is checked, at a point.

    Attributes
    ----------
    function : callable
        Takes one array or Tensor for each leaf, returns a list of Tensors of floating dtype.
    leaves : list of array
        The point.
    arguments : list of str
        What to call each leaf in a message.
    outputs : list of str
        What to call each result.
    shapes : list of tuple
        The shape of each result.
    history : tuple of str
        The modes that this function is itself a derivative by, the last one first.
    unit : float
        Machine epsilon of the coarsest dtype among leaves and results.
    """

    function: Callable[..., list[Any]]
    leaves: list[Any]
    arguments: list[str]
    outputs: list[str]
    shapes: list[tuple[int, ...]]
    history: tuple[str, ...]
    unit: float

    @property
    def scales(self) -> np.ndarray:
        """Return max(1, |x|) for each element of the point: the length that a step is relative to."""
        return np.maximum(1.0, np.abs(ravel(self.leaves)))

    @property
    def size_of_result(self) -> int:
        """Return the number of elements of all results together."""
        return sum(math.prod(shape) for shape in self.shapes)

    def line(self, direction: np.ndarray, select: Callable[[np.ndarray], np.ndarray] = lambda y: y) -> Line:
        """Return t ↦ select(f(x + t d)), computed in float64 from a flat direction."""
        point = ravel(self.leaves)

        def line(t: float) -> np.ndarray:
            moved = split(point + t * direction, self.leaves)
            with np.errstate(all="ignore"):
                return select(ravel([leaf.data for leaf in self.function(*[tensor_of(x, None) for x in moved])]))

        return line

    def computing_unit(self) -> float:
        """Return the machine epsilon of what the function computes in when it is given float64."""
        out = self.function(*[tensor_of(x, None) for x in split(ravel(self.leaves), self.leaves)])
        return round_off(np.dtype(np.float64), *[leaf.dtype for leaf in out])

    def pull(self, cotangent: np.ndarray) -> np.ndarray:
        """Return Jᵀ u by reverse mode, flat."""
        out, pull = vjp(self.function, *self.leaves)
        return ravel(pull(split(cotangent, out)))

    def push(self, direction: np.ndarray) -> np.ndarray:
        """Return J v by forward mode, flat."""
        return ravel(jvp(self.function, self.leaves, split(direction, self.leaves))[1])

    def derived(self, mode: str, cotangent: np.ndarray, direction: np.ndarray) -> Subject:
        """Return the derivative of this function by ``mode``, along the vectors that belong to it, as a new subject."""
        if mode == REVERSE:

            def derivative(*leaves: Any) -> list[Any]:
                out, pull = vjp(self.function, *leaves)
                return list(pull(split(cotangent, out)))

            outputs = [f"cotangent of {name}" for name in self.arguments]
            shapes = [leaf.shape for leaf in self.leaves]
        else:

            def derivative(*leaves: Any) -> list[Any]:
                return jvp(self.function, leaves, split(direction, leaves))[1]

            outputs, shapes = [f"tangent of {name}" for name in self.outputs], self.shapes

        def function(*leaves: Any) -> list[Any]:
            return outputs_of(derivative(*leaves), "check_grads")[0]

        return self._replace(function=function, outputs=outputs, shapes=shapes, history=(mode, *self.history))


def subject_of(f: Callable[..., Any], args: Sequence[Any]) -> Subject:
    """Return a function of containers as a subject; complex numbers in them become pairs of real ones.

    Raises
    ------
    DtypeError
        If an argument holds integers or booleans.
    StructureError
        If ``args`` is no tuple or list, or the function returns no floating-point number.
    """
    if not isinstance(args, tuple | list):
        raise StructureError(
            f"check_grads(f, args): args must be a tuple of the positional arguments of f, and is a "
            f"{type(args).__name__}. For a single argument x write check_grads(f, (x,))."
        )
    given: list[Any] = []
    names: list[str] = []
    parts: list[tuple[Any, int]] = []
    for position, arg in enumerate(args):
        found, structure = flatten(arg)
        given += [as_primal(leaf, "check_grads", position).data for leaf in found]
        names += _names(structure, f"argument {position}")
        parts.append((structure, len(found)))
    leaves, joined = [part for leaf in given for part in _real_parts(leaf)], [leaf.dtype.kind == "c" for leaf in given]
    names = _named_parts(names, joined)

    def call(*real: Any) -> tuple[list[Any], Any]:
        following = iter(real)
        flat = [next(following) + 1j * next(following) if both else next(following) for both in joined]
        rebuilt, start = [], 0
        for structure, count in parts:
            rebuilt.append(unflatten(structure, flat[start : start + count]))
            start += count
        return outputs_of(f(*rebuilt), "check_grads")

    out, structure = call(*[tensor_of(leaf, None) for leaf in leaves])
    kept = [i for i, leaf in enumerate(out) if leaf.dtype.kind in "fc"]
    if not kept:
        raise StructureError("check_grads: the function returned integers or booleans only, which have no derivative.")

    def function(*real: Any) -> list[Any]:
        results = call(*real)[0]
        return [part for i in kept for part in _parts_like(results[i], out[i])]

    every = _names(structure, "out")
    outputs = _named_parts([every[i] for i in kept], [out[i].dtype.kind == "c" for i in kept])
    shapes = [part.shape for i in kept for part in _real_parts(out[i])]
    unit = round_off(*[leaf.dtype for leaf in leaves], *[out[i].dtype for i in kept])
    return Subject(function, leaves, names, outputs, shapes, (), unit)


def _real_parts(value: Any) -> tuple[Any, ...]:
    """Return the real and imaginary part of a complex value, which are checked as two; a real value alone."""
    return (np.real(value), np.imag(value)) if value.dtype.kind == "c" else (value,)


def _parts_like(value: Any, first: Any) -> tuple[Any, ...]:
    """Return as many parts as of the first value: eigenvalues of a moved matrix may be real where they were complex."""
    if first.dtype.kind != "c":
        return (np.real(value),)
    return (np.real(value), np.imag(value) if value.dtype.kind == "c" else np.zeros_like(value))


def _named_parts(names: Sequence[str], is_complex: Sequence[bool]) -> list[str]:
    paired = [
        (f"real({name})", f"imag({name})") if both else (name,) for name, both in zip(names, is_complex, strict=True)
    ]
    return [name for pair in paired for name in pair]


def _names(structure: Any, prefix: str) -> list[str]:
    return [prefix] if structure is None else [accessor.codify(prefix) for accessor in structure.accessors()]


def ravel(arrays: Sequence[Any]) -> np.ndarray:
    """Return arrays, or Tensors of which nothing is recorded, as one flat vector of float64."""
    values = [array.data if isinstance(array, Tracked) else array for array in arrays]
    return np.concatenate([np.zeros(0), *[np.asarray(value, np.float64).ravel() for value in values]])


def split(flat: np.ndarray, like: Sequence[Any]) -> list[Any]:
    """Return a flat vector in the shapes of ``like``, as float64."""
    bounds = np.cumsum([0, *[part.size for part in like]])
    return [flat[i:j].reshape(part.shape)[()] for i, j, part in zip(bounds, bounds[1:], like, strict=False)]


def element(names: Sequence[str], shapes: Sequence[tuple[int, ...]], position: int) -> str:
    """Return the name of one element of a flat vector, such as ``argument 0['w'][2, 1]``."""
    for name, shape in zip(names, shapes, strict=True):
        size = math.prod(shape)
        if position < size:
            index = ", ".join(str(int(i)) for i in np.unravel_index(position, shape)) if shape else ""
            return f"{name}[{index}]" if shape else name
        position -= size
    raise IndexError(position)
