"""Arguments and results of transforms: containers, selected arguments, what may be a primal.

Containers (dict, list, tuple, namedtuple, dataclass, and what else `optree` knows) are flattened to arrays and put
together again, so that functions get the containers they were written for. An array, a number or a Tensor by itself
never touches optree, which is loaded when the first container arrives.
"""

from __future__ import annotations

import dataclasses
import operator
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import cast, own
from autograd_lite.core.dispatch import is_duck, refuse_complex
from autograd_lite.core.graph import Node, Primal, Traversal, collect
from autograd_lite.core.modes import enable_grad, is_recording
from autograd_lite.core.sweep import sweep
from autograd_lite.core.tensor import Tensor, lift, primal_of
from autograd_lite.errors import DtypeError, ShapeError, StructureError

NAMESPACE = "autograd_lite"

Structure = Any  # an optree.PyTreeSpec, or None for a single array

_LEAF_TYPES = (Tensor, np.ndarray, np.generic, float, int, complex)


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """Return the leaves of a container, and its structure (None for a leaf by itself)."""
    if isinstance(tree, _LEAF_TYPES) or is_duck(tree):
        return [tree], None
    import optree

    leaves, structure = optree.tree_flatten(tree, namespace=NAMESPACE)
    unknown = {type(leaf) for leaf in leaves if dataclasses.is_dataclass(leaf) and not isinstance(leaf, type)}
    if unknown:
        for kind in unknown:
            _register_dataclass(kind)
        return flatten(tree)
    return leaves, structure


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Any:
    """Return a container of this structure with these leaves."""
    if structure is None:
        return leaves[0]
    import optree

    return optree.tree_unflatten(structure, leaves)


def _register_dataclass(kind: type) -> None:
    """Teach optree a dataclass: its fields, in order, are its children."""
    import optree

    with _registering:
        if kind not in _registered:
            _registered.add(kind)
            _register(optree, kind)


_registering = threading.Lock()
_registered: set[type] = set()


def _register(optree: Any, kind: type) -> None:
    names = [field.name for field in dataclasses.fields(kind)]

    def split(value: Any) -> tuple[list[Any], None]:
        return [getattr(value, name) for name in names], None

    def build(_: Any, children: Any) -> Any:
        made = object.__new__(kind)  # the children may be Tensors or anything else: no __init__, no __post_init__
        for name, child in zip(names, children, strict=True):
            object.__setattr__(made, name, child)
        return made

    optree.register_pytree_node(kind, split, build, namespace=NAMESPACE)


def as_primal(value: Any, transform: str, position: int) -> Tensor:
    """Return an argument as a tracked Tensor, linked to the outer derivative that flows into it, if one does.

    Raises
    ------
    DtypeError
        If it is an integer or boolean array, or no number.
    """
    if type(value) is np.ndarray and value.ndim:
        data, outer = value, None
    elif isinstance(value, Tensor):
        data, outer = value.data, value.node
    else:
        outer = None
        if type(value) in (int, float):
            data = np.float64(value)
        elif type(value) is complex:
            data = np.complex128(value)
        elif isinstance(value, np.ndarray):
            data = np.asarray(value) if value.ndim else value[()]
        else:
            data = value
    dtype = getattr(data, "dtype", None)
    if dtype is None or isinstance(value, bool) or dtype.kind not in "fc":
        described = (
            f"{value!r} of type {type(value).__name__}" if dtype is None else f"dtype {dtype}, shape {data.shape}"
        )
        raise DtypeError(
            f"{transform} cannot differentiate with respect to argument {position}, which is or holds {described}: "
            f"only floating-point numbers, real or complex, have derivatives. Convert it (np.asarray(x, dtype=float)), "
            f"or choose other arguments with argnums."
        )
    return primal_of(data, outer)


def select(argnums: Any, count: int, transform: str) -> list[int]:
    """Return the positions of the selected arguments, checked against how many were passed."""
    if is_single(argnums) and 0 <= argnums < count:
        return [operator.index(argnums)]
    positions = [operator.index(i) for i in ([argnums] if is_single(argnums) else argnums)]
    for position in positions:
        if not -count <= position < count:
            raise StructureError(
                f"{transform}(f, argnums={argnums!r}) was called with {count} positional argument(s): there is no "
                f"argument {position}. Arguments to differentiate with respect to must be passed by position."
            )
    chosen = [position % count for position in positions]
    if len(set(chosen)) != len(chosen):
        raise StructureError(f"{transform}(f, argnums={argnums!r}): an argument is chosen twice")
    return chosen


def is_single(argnums: Any) -> bool:
    """Say whether ``argnums`` is one number and not a sequence of them."""
    return hasattr(argnums, "__index__")


class Run:
    """One run of a function on tracked arguments: what every transform starts with.

    Attributes
    ----------
    out : object
        What the function returned, Tensors in it still tracked.
    primals : list of Tensor
        The leaves of the selected arguments.
    recording : bool
        Whether derivatives may be recorded, as it was when the transform was called.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        argnums: int | Sequence[int],
        transform: str,
    ):
        self.transform = transform
        self.recording = is_recording()
        self.primals: list[Tensor] = []
        self._single = is_single(argnums)
        self._structures: list[tuple[Structure, int]] = []
        self._apart: set[Node] = set()  # outputs found to depend on nothing else that is being differentiated
        args = list(args)
        for position in select(argnums, len(args), transform):
            leaves, structure = flatten(args[position])
            tracked = [as_primal(leaf, transform, position) for leaf in leaves]
            self.primals += tracked
            self._structures.append((structure, len(tracked)))
            args[position] = unflatten(structure, tracked)
        self.targets = [primal.node for primal in self.primals if isinstance(primal.node, Primal)]
        try:
            if self.recording:
                self.out = function(*args, **kwargs)
            else:
                with enable_grad():
                    self.out = function(*args, **kwargs)
        finally:
            for target in self.targets:
                target.active = False

    def check_complex(self, outputs: Sequence[Tensor], holomorphic: bool, forward: bool = False) -> None:
        """Raise where a derivative would be half of one: where complex numbers come in or out, and which way it goes.

        Raises
        ------
        DtypeError
        """
        into = [tensor.data.dtype.kind == "c" for tensor in self.primals]
        out = [tensor.data.dtype.kind == "c" for tensor in outputs]
        if holomorphic:
            if not (all(into) and all(out)):
                raise DtypeError(
                    f"{self.transform}(f, holomorphic=True) is for complex functions of complex arguments, and here an "
                    f"argument or the value is real: leave holomorphic out, or pass complex numbers (x + 0j)."
                )
        elif True in into and True in out:
            raise DtypeError(
                f"{self.transform}: the function maps complex numbers to complex ones. If it is holomorphic, say "
                f"holomorphic=True; if not, differentiate its real and imaginary part, np.real(f(z)) and np.imag(f(z))."
            )
        elif True in (into if forward else out):
            raise DtypeError(
                f"{self.transform}: the {'argument' if forward else 'value'} is complex and the other side real, where "
                f"{'forward' if forward else 'reverse'} mode would give the real part of the derivative only. "
                + ("Use reverse mode." if forward else "Take np.real or np.imag of the value, or use jacfwd.")
            )

    def traverse(self, outputs: Sequence[Tensor]) -> Traversal:
        """Collect what lies between tracked outputs and the primals."""
        nodes = [tensor.node for tensor in outputs if tensor.node is not None]
        traversal = collect(nodes, self.targets)
        if not traversal.foreign:
            self._apart.update(nodes)
        return traversal

    def pull(
        self,
        traversal: Traversal,
        seeds: dict[Node, Any],
        batch: int = 0,
        record: bool | None = None,
        warn: bool = True,
    ) -> list[Any]:
        """Return the cotangent of each primal, zeros where none arrives: Tensors only where an outer one flows in.

        Solvers, which come by singular points on their way, want no warnings of zeros by convention.
        """
        record = self.recording and traversal.foreign if record is None else record
        delivered = sweep(traversal, seeds, batch, lift if record else None, warn)
        lead = next(iter(seeds.values())).shape[:batch] if seeds else ()
        return [
            zeros(primal, lead) if target not in delivered else bare(delivered[target])
            for primal, target in zip(self.primals, self.targets, strict=True)
        ]

    def packed(self, leaves: Sequence[Any]) -> Any:
        """Return one value for each primal in the containers of the selected arguments."""
        trees, start = [], 0
        for structure, count in self._structures:
            trees.append(unflatten(structure, leaves[start : start + count]))
            start += count
        return trees[0] if self._single else tuple(trees)

    def plain(self, tree: Any) -> Any:
        """Return a result for the caller: arrays, and Tensors only where an outer derivative flows in."""
        if type(tree) is Tensor:
            return self._plain_leaf(tree)
        leaves, structure = flatten(tree)
        return unflatten(structure, [self._plain_leaf(leaf) for leaf in leaves])

    def _plain_leaf(self, leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return leaf
        if self.recording and leaf.node is not None and leaf.node not in self._apart and self.traverse([leaf]).foreign:
            return leaf
        return own(leaf.data, shared=leaf.node in self.targets)  # an argument handed through stays the caller's own


def zeros(like: Tensor, lead: tuple[int, ...] = ()) -> Any:
    """Return zeros of a Tensor's shape and dtype behind leading axes, of its own kind of array."""
    blank = np.zeros_like(like.data)
    if lead:
        return np.zeros_like(np.broadcast_to(blank, lead + like.shape))
    return blank if blank.ndim or not isinstance(blank, np.ndarray) else blank[()]


def bare(value: Any) -> Any:
    """Return the array of a constant Tensor, and anything else as it is."""
    return value.data if isinstance(value, Tensor) and value.node is None else value


def outputs_of(tree: Any, transform: str) -> tuple[list[Any], Structure]:
    """Return the leaves of a function's result, each a Tensor, and its structure.

    Raises
    ------
    StructureError
        If a leaf is no number, array or Tensor.
    """
    if type(tree) is Tensor:
        return [tree], None
    leaves, structure = flatten(tree)
    made = []
    for leaf in leaves:
        if isinstance(leaf, Tensor):
            made.append(leaf)
        elif isinstance(leaf, _LEAF_TYPES) or is_duck(leaf):
            made.append(Tensor(leaf, copy=False))
        else:
            raise StructureError(
                f"{transform}: the function returned {leaf!r} of type {type(leaf).__name__}, where a Tensor, an array "
                f"or a number is needed. Did it forget to return its result?"
            )
    if not leaves:
        raise StructureError(
            f"{transform}: the function returned {tree!r}, which holds no number. Did it forget to return?"
        )
    return made, structure


def matching(tree: Any, like: Sequence[Tensor], structure: Structure, what: str) -> list[Any]:
    """Return the leaves of cotangents or tangents, checked against what they belong to and cast to its dtype.

    Raises
    ------
    StructureError, ShapeError
        If containers or shapes differ.
    """
    leaves, found = flatten(tree)
    if found != structure:
        raise StructureError(
            f"{what} has the structure {found or 'of a single array'}, and {structure or 'a single array'} is needed"
        )
    return [_matching_leaf(leaf, tensor, what) for leaf, tensor in zip(leaves, like, strict=True)]


def _matching_leaf(leaf: Any, tensor: Tensor, what: str) -> Any:
    value = bare(leaf) if isinstance(leaf, Tensor) or is_duck(leaf) else np.asarray(leaf)[()]
    if value.shape != tensor.shape:
        raise ShapeError(f"{what} has shape {value.shape}, and must have shape {tensor.shape}")
    refuse_complex(value, tensor, what)
    return cast(value, tensor.dtype)
