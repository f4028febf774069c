"""The parameters of a model: their names from its signature, starts, bounds, which are fixed, and where each one lies.

A model is called as ``model(x, a, b, ...)``. Each argument behind the first is a number, or an array or container of
them; all their elements together are the parameters, in one vector.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError, StructureError
from autograd_lite.transforms.arguments import Structure, flatten, unflatten


@dataclass(frozen=True)
class Argument:
    """One argument of the model behind x.

    Attributes
    ----------
    name : str
    structure : Structure
        Of its container, None for a number or an array.
    shapes : tuple of tuple
        Of its leaves.
    names : tuple of str
        Of its elements.
    """

    name: str
    structure: Structure
    shapes: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """The parameters of a model as one vector, of which some are free.

    Attributes
    ----------
    arguments : tuple of Argument
    names : tuple of str
        Of all elements.
    start : ndarray of shape (M,)
        Of all elements; NaN where no start is known.
    free : ndarray of int, shape (m,)
        The positions of those that are fitted.
    lower, upper : ndarray of shape (M,)
    """

    arguments: tuple[Argument, ...]
    names: tuple[str, ...]
    start: np.ndarray
    free: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    @property
    def free_names(self) -> tuple[str, ...]:
        """The names of the parameters that are fitted."""
        return tuple(self.names[i] for i in self.free)

    @property
    def is_plain(self) -> bool:
        """Whether every argument is a number."""
        return all(argument.structure is None and argument.shapes == ((),) for argument in self.arguments)

    def packed(self, leaves: Sequence[Any]) -> list[Any]:
        """Return the model's arguments from all leaves."""
        packed, start = [], 0
        for argument in self.arguments:
            count = len(argument.shapes)
            packed.append(unflatten(argument.structure, leaves[start : start + count]))
            start += count
        return packed

    def leaves(self, vector: Any) -> list[Any]:
        """Return the leaves of all arguments from a vector of all elements."""
        leaves, start = [], 0
        for argument in self.arguments:
            for shape in argument.shapes:
                size = int(np.prod(shape))
                leaves.append(np.reshape(vector[start : start + size], shape)[()] if shape else vector[start])
                start += size
        return leaves

    def position(self, name: str, who: str) -> int:
        """Return where a parameter lies.

        Raises
        ------
        StructureError
            If there is none of that name.
        """
        if name not in self.names:
            raise StructureError(f"{who} names {name!r}, and the model's parameters are {', '.join(self.names)}")
        return self.names.index(name)


def layout_of(
    model: Callable[..., Any], p0: Any = None, fixed: Any = None, bounds: Any = None, who: str = "curve_fit"
) -> Layout:
    """Return the layout of a model's parameters.

    Parameters
    ----------
    model : callable
        ``model(x, a, b, ...)``.
    p0 : number, sequence, mapping of names, or container, optional
        Starts. A model with a single argument behind x may take a container of parameters there.
    fixed : mapping of name to value, or sequence of names, optional
        What is not fitted; names alone are held at their starts.
    bounds : mapping of name to pair, or pair of lower and upper, optional
    who : str
        The function that is asking, for error messages.

    Raises
    ------
    StructureError, ShapeError
        If names, lengths or bounds do not fit.
    """
    if not callable(model):
        raise StructureError(f"{who}: the model must be a function of x and parameters, and is {model!r}")
    names, defaults, variable = _signature(model)
    held = _as_mapping(fixed)
    values = _values(names, defaults, variable, p0, held, who)
    arguments = tuple(_argument(name, value, alone=len(values) == 1) for name, value in values.items())
    flat_names = tuple(name for argument in arguments for name in argument.names)
    start = _start(values, who)
    if p0 is not None and not isinstance(p0, Mapping) and np.isnan(start).any() and len(held) == 0:
        raise StructureError(f"{who}: p0 is NaN for {flat_names[int(np.argmax(np.isnan(start)))]!r}")
    layout = Layout(arguments, flat_names, start, np.arange(start.size), *_no_bounds(start.size))
    free = np.ones(start.size, bool)
    for name, value in held.items():
        i = layout.position(name, f"{who}: fixed")
        free[i] = False
        if value is not None:
            start[i] = _real(value, f"{who}: fixed for {name!r}")
        if not np.isfinite(start[i]):
            raise StructureError(f"{who}: fixed holds {name!r} at {start[i]}: give it a finite value, in fixed or p0")
    lower, upper = _bounds(layout, bounds, who)
    checked = Layout(arguments, flat_names, start, np.flatnonzero(free), lower, upper)
    _check_start(checked, who)
    return checked


def _signature(model: Callable[..., Any]) -> tuple[list[str], dict[str, float], str]:
    """Return the names behind x, starts that are defaults, and the name of a variable part or ''."""
    try:
        parameters = list(inspect.signature(model).parameters.values())
    except (TypeError, ValueError):
        return [], {}, "p"
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][1:]
    variable = next((p.name for p in parameters if p.kind == p.VAR_POSITIONAL), "")
    defaults = {p.name: float(p.default) for p in positional if isinstance(p.default, int | float)}
    return [p.name for p in positional], defaults, variable


def _as_mapping(fixed: Any) -> dict[str, Any]:
    if fixed is None:
        return {}
    if isinstance(fixed, str):
        return {fixed: None}
    return dict(fixed) if isinstance(fixed, Mapping) else dict.fromkeys(fixed)


def _values(
    names: list[str], defaults: dict[str, float], variable: str, p0: Any, held: dict[str, Any], who: str
) -> dict[str, Any]:
    """Return the start of each argument by name; NaN where none is known."""
    if not names and not variable:
        raise StructureError(f"{who}: the model has no parameters: it is called as model(x, parameters...)")
    if p0 is None and variable:
        raise StructureError(f"{who}: p0 is needed, as the model's signature does not say how many parameters it has")
    if p0 is None:
        return {name: defaults.get(name, np.nan) for name in names}
    if isinstance(p0, Mapping) and not (len(names) == 1 and not variable and names[0] not in p0):
        for name in p0:
            if name not in names:
                raise StructureError(f"{who}: p0 names {name!r}, and the model's parameters are {', '.join(names)}")
        return {name: p0.get(name, defaults.get(name, np.nan)) for name in names}
    if len(names) == 1 and not variable and not _is_single(p0):
        return {names[0]: p0}
    given = [p0] if isinstance(p0, int | float | np.number) or np.ndim(_plain(p0)) == 0 else list(p0)
    if variable:
        more = [f"{variable}[{i}]" for i in range(len(given) - len(names))]
        names = [*names, *more]
    if len(given) == len(names):
        return dict(zip(names, given, strict=True))
    open_names = [name for name in names if name not in held]
    if len(given) == len(open_names):
        return {**dict.fromkeys(names, np.nan), **dict(zip(open_names, given, strict=True))}
    raise ShapeError(
        f"{who}: p0 has {len(given)} value(s), and the model has {len(names)} parameters: {', '.join(names)}"
    )


def _is_single(p0: Any) -> bool:
    if isinstance(p0, Mapping) or (isinstance(p0, list | tuple) and any(not _is_number(item) for item in p0)):
        return False
    return not hasattr(p0, "__dataclass_fields__") and np.size(_plain(p0)) == 1


def _is_number(item: Any) -> bool:
    return isinstance(item, int | float | np.number) or (isinstance(item, Tensor) and item.ndim == 0)


def _argument(name: str, value: Any, alone: bool) -> Argument:
    if isinstance(value, list | tuple) and all(_is_number(item) for item in value):
        value = np.array(value, float)
    leaves, structure = flatten(np.nan if value is None else value)
    shapes = tuple(np.shape(_plain(leaf)) for leaf in leaves)
    if structure is None:
        return Argument(name, None, shapes, tuple(_element_names(name, shapes[0])))
    paths = structure.paths()
    prefix = "" if alone else f"{name}."
    labels = [prefix + ".".join(str(part) for part in path) for path in paths]
    names = tuple(each for label, shape in zip(labels, shapes, strict=True) for each in _element_names(label, shape))
    return Argument(name, structure, shapes, names)


def _element_names(label: str, shape: tuple[int, ...]) -> list[str]:
    if not shape:
        return [label]
    return [f"{label}[{', '.join(map(str, index))}]" for index in np.ndindex(*shape)]


def _start(values: dict[str, Any], who: str) -> np.ndarray:
    parts = [np.zeros(0)]
    for name, value in values.items():
        if value is None:
            value = np.nan
        if isinstance(value, list | tuple) and all(_is_number(item) for item in value):
            value = np.array([_plain(item) for item in value], float)
        parts += [np.reshape(_real(leaf, f"{who}: p0 for {name!r}"), -1) for leaf in flatten(value)[0]]
    return np.concatenate(parts)


def _real(value: Any, what: str) -> np.ndarray:
    """Return real numbers, or raise if a value is something else."""
    array = np.asarray(_plain(value))
    if array.dtype.kind not in "fiub":
        raise DtypeError(f"{what} is {value!r}, and real numbers are needed")
    return array.astype(np.float64)


def _plain(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else value


def _no_bounds(size: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full(size, -np.inf), np.full(size, np.inf)


def _bounds(layout: Layout, bounds: Any, who: str) -> tuple[np.ndarray, np.ndarray]:
    lower, upper = _no_bounds(len(layout.names))
    if isinstance(bounds, Mapping):
        for name, pair in bounds.items():
            i = layout.position(name, f"{who}: bounds")
            if np.ndim(pair) != 1 or len(pair) != 2:
                raise ShapeError(f"{who}: the bounds of {name!r} are {pair!r}, and a pair (lower, upper) is needed")
            low, high = pair
            lower[i] = -np.inf if low is None else low
            upper[i] = np.inf if high is None else high
    elif bounds is not None:
        if len(bounds) != 2:
            raise ShapeError(
                f"{who}: bounds is a pair (lower, upper) of numbers or sequences, or a dict of names with pairs, and "
                f"has length {len(bounds)}"
            )
        for limit, given, side in ((lower, bounds[0], "lower"), (upper, bounds[1], "upper")):
            array = np.asarray(given, float)
            if array.ndim > 1 or array.size not in (1, limit.size):
                raise ShapeError(
                    f"{who}: the {side} bounds have shape {array.shape}, and there are {limit.size} parameters"
                )
            limit[:] = array
    for name, low, high in zip(layout.names, lower, upper, strict=True):
        if not low < high:
            raise StructureError(f"{who}: the bounds of {name!r} leave no room: lower {low}, upper {high}")
    return lower, upper


def _check_start(layout: Layout, who: str) -> None:
    for i in np.setdiff1d(np.arange(layout.start.size), layout.free):
        if not layout.lower[i] <= layout.start[i] <= layout.upper[i]:
            raise StructureError(
                f"{who}: fixed holds {layout.names[i]!r} at {layout.start[i]}, outside of its bounds "
                f"[{layout.lower[i]}, {layout.upper[i]}]"
            )
    for i in layout.free:
        value = layout.start[i]
        if np.isinf(value):
            raise StructureError(f"{who}: p0 is {value} for {layout.names[i]!r}")
        if not np.isnan(value) and not layout.lower[i] <= value <= layout.upper[i]:
            raise StructureError(
                f"{who}: p0 is {value} for {layout.names[i]!r}, outside of its bounds "
                f"[{layout.lower[i]}, {layout.upper[i]}]"
            )
