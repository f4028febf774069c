"""Running a function to draw what it does: its graph, every value in it, and which module or function did what.

Modules and functions are found by looking at the Python frames that an operation is recorded under. That costs nothing
unless something is being drawn, and needs no hook in any module.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.graph import Extras, Node, Primal
from autograd_lite.core.modes import enable_grad
from autograd_lite.core.observing import observing
from autograd_lite.core.tensor import Tensor, primal_of
from autograd_lite.errors import GraphError
from autograd_lite.transforms.arguments import NAMESPACE, outputs_of

_DEEPEST = 12  # frames in frames; a function that calls itself a thousand times is not worth a thousand
_SWEEPS = frozenset((("autograd_lite.core.sweep", "_pull_back"), ("autograd_lite.core.careful", "careful_sweep")))


class Call(NamedTuple):
    """One call of a module or function, or one sweep, that recorded something.

    Attributes
    ----------
    kind : {"module", "function"}
    title : str
        The class, or the function's name.
    name : str
        A module's path, or ''.
    """

    kind: str
    title: str
    name: str


class Trace(NamedTuple):
    """What a run gave.

    Attributes
    ----------
    outputs : list of Node
    names : dict from Node to str
    values : dict from Node to array
    operands : dict from Node to sequence
        What each operation was computed from, by position.
    scopes : dict from Node to tuple of int
        The calls that it was recorded in, outermost first.
    calls : list of Call
    """

    outputs: list[Node]
    names: dict[Node, str]
    values: dict[Node, Any]
    operands: dict[Node, Sequence[Any]]
    scopes: dict[Node, tuple[int, ...]]
    calls: list[Call]


def traced(function: Callable[..., Any], examples: Sequence[Any]) -> Trace:
    """Run a function on examples, and keep all that a picture may want to know.

    Parameters
    ----------
    function : callable
        A function or a module.
    examples : sequence
        Its positional arguments; floating-point arrays among them, also in containers, are tracked.

    Returns
    -------
    Trace

    Raises
    ------
    GraphError
        If nothing was recorded.
    """
    names: dict[Node, str] = {}
    values: dict[Node, Any] = {}
    parameters = example_names(function, len(examples))
    args = [tracked_example(value, name, names, values) for value, name in zip(examples, parameters, strict=True)]
    observer = _Observer(function)
    try:
        with enable_grad(), observing(observer):
            out = function(*args)
    finally:
        for node in names:
            if isinstance(node, Primal):
                node.active = False
    leaves, _ = outputs_of(out, "graph")
    outputs = [tensor.node for tensor in leaves if tensor.node is not None]
    if not outputs:
        raise GraphError(
            f"graph({called_name(function)}, …): nothing was recorded. What the function returned does not depend on "
            f"its floating-point arguments nor on a Tensor with requires_grad=True, or is computed under no_grad()."
        )
    values |= observer.values | {tensor.node: tensor.data for tensor in leaves if tensor.node is not None}
    observer.name_parameters(names, values)
    return Trace(outputs, names, values, observer.operands, observer.scopes, observer.calls)


def is_module(value: Any) -> bool:
    """Say whether a value is a module: something callable that names its parameters."""
    return callable(value) and hasattr(value, "named_parameters") and hasattr(value, "named_modules")


def called_name(function: Callable[..., Any]) -> str:
    """Return what to call a function in a message."""
    return getattr(function, "__name__", type(function).__name__)


def example_names(function: Callable[..., Any], count: int) -> list[str]:
    """Return the names of the first parameters of a function, ``x0``, ``x1``, … where it does not say."""
    try:
        signature = inspect.signature(function.forward if is_module(function) else function)  # type: ignore[attr-defined]
        parameters = list(signature.parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][:count]
    return named + [f"x{i}" for i in range(len(named), count)]


def tracked_example(value: Any, name: str, names: dict[Node, str], values: dict[Node, Any]) -> Any:
    """Return an example with its floating-point arrays as arguments to differentiate by, and note their names."""
    if isinstance(value, bool | int | str) or value is None or is_module(value):
        return value
    if isinstance(value, dict | list | tuple):
        import optree

        tree: Any = value
        paths, leaves, structure = optree.tree_flatten_with_path(tree, namespace=NAMESPACE)
        tracked = [
            tracked_example(leaf, ".".join([name, *map(str, path)]), names, values)
            for path, leaf in zip(paths, leaves, strict=True)
        ]
        return optree.tree_unflatten(structure, tracked)
    if isinstance(value, Tensor):
        if value.node is not None:
            names.setdefault(value.node, value.name or name)
            values[value.node] = value.data
        return value
    data = np.asarray(value)[()] if isinstance(value, float | complex | np.ndarray) else value
    if getattr(getattr(data, "dtype", None), "kind", "") not in ("f", "c"):
        return value
    tensor = primal_of(data)
    assert tensor.node is not None
    Extras.of(tensor.node).name = name
    names[tensor.node], values[tensor.node] = name, data
    return tensor


class Scopes:
    """Finds out which calls an operation is recorded in.

    Parameters
    ----------
    function : callable
        What is run: operations of its own have no scope.
    base : FrameType
        Of whoever runs it.

    Attributes
    ----------
    calls : list of Call
    """

    def __init__(self, function: Callable[..., Any], base: FrameType):
        self.calls: list[Call] = []
        self._function = function
        self._roots: list[Any] = [function] if is_module(function) else []
        self._chains: dict[FrameType | None, tuple[int, ...]] = {base: (), None: ()}
        self._kinds: dict[CodeType, str] = {}
        self._paths: dict[int, str] = {}
        self._sweeps = 0
        for root in self._roots:
            self._paths |= {id(module): path for path, module in root.named_modules()}

    def name_parameters(self, names: dict[Node, str], values: dict[Node, Any]) -> None:
        """Name the parameters of the modules that were called, where they have no name yet."""
        for root in self._roots:
            for path, parameter in root.named_parameters():
                if parameter.node is not None:
                    names.setdefault(parameter.node, path)
                    values.setdefault(parameter.node, parameter.data)

    def chain(self, frame: FrameType | None) -> tuple[int, ...]:
        """Return the calls that a frame is in. Frames are kept while the run lasts, so that none is taken for another.

        The frame that records is itself the engine's, and gone at once: only the outer ones are kept.
        """
        met: list[FrameType] = []
        while frame not in self._chains:
            assert frame is not None
            if self._kind(frame):
                met.append(frame)
            frame = frame.f_back
        chain = self._chains[frame]
        for inner in reversed(met):
            call = self._call(inner) if len(chain) < _DEEPEST else None
            if call is not None:
                self.calls.append(call)
                chain = (*chain, len(self.calls) - 1)
            self._chains[inner] = chain
        return chain

    def _kind(self, frame: FrameType) -> str:
        """Return what kind of call a frame may be: "forward", "sweep", "function", or '' for none."""
        code = frame.f_code
        kind = self._kinds.get(code)
        if kind is None:
            module = str(frame.f_globals.get("__name__", ""))
            top = module.partition(".")[0]
            if (module, code.co_name) in _SWEEPS:
                kind = "sweep"
            elif code.co_name == "forward" and code.co_argcount:
                kind = "forward"
            elif top in ("autograd_lite", "numpy", "scipy") or top in sys.stdlib_module_names - {"__main__"}:
                kind = ""
            else:
                kind = "" if code.co_name.startswith("<") or self._is_drawn(code) else "function"
            self._kinds[code] = kind
        return kind

    def _is_drawn(self, code: CodeType) -> bool:
        return getattr(inspect.unwrap(self._function), "__code__", None) is code

    def _call(self, frame: FrameType) -> Call | None:
        kind = self._kind(frame)
        if kind == "sweep":
            self._sweeps += 1
            return Call("function", f"backward sweep {self._sweeps}", "")
        if kind == "function":
            return Call("function", f"{frame.f_code.co_name}()", "")
        module: Any = frame.f_locals.get(frame.f_code.co_varnames[0])
        if not is_module(module) or module is self._function:
            return None
        if id(module) not in self._paths:
            self._roots.append(module)
            self._paths |= {id(part): path for path, part in module.named_modules()}
        return Call("module", type(module).__name__, self._paths[id(module)])


class _Observer(Scopes):
    """Notes of each operation what it read and gave, and the calls that it was recorded in."""

    def __init__(self, function: Callable[..., Any]):
        super().__init__(function, sys._getframe(1))
        self.values: dict[Node, Any] = {}
        self.operands: dict[Node, Sequence[Any]] = {}
        self.scopes: dict[Node, tuple[int, ...]] = {}

    def recorded(self, node: Node, out: Any) -> None:
        """Take note of an operation."""
        if not isinstance(out, tuple):
            self.values[node] = out
        scope = self.chain(sys._getframe(2))
        if scope:
            self.scopes[node] = scope

    def read(self, node: Node, operands: Sequence[Any]) -> None:
        """Take note of what it was computed from."""
        self.operands[node] = operands
