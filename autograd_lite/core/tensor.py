"""The Tensor: an array and the node that made it, speaking NumPy's protocols in both directions.

`Tensor` holds no calculus: its operators and methods (`core.arraylike`) and NumPy's functions are looked up in the
table that the rules fill. Below it are the few functions that make Tensors for the rest of the engine.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.arraylike import ArrayLike
from autograd_lite.core.dispatch import (
    IMPLEMENTATIONS,
    as_data,
    call,
    is_augmented_assignment,
    seed_of,
    why_no_plain_array,
)
from autograd_lite.core.graph import Extras, Keywords, Leaf, Node, Primal, collect, freed, reaches_active_primal
from autograd_lite.core.modes import enable_grad
from autograd_lite.core.observing import observers, report, report_left
from autograd_lite.core.outputs import OUTPUT
from autograd_lite.core.plan import ELEMENTWISE, LINEAR, OUT, Plan, Primitive
from autograd_lite.core.sweep import accumulate, release, sweep
from autograd_lite.errors import DetachError, DtypeError, GraphError, InPlaceError, ShapeError, UnsupportedArgumentError

_new = object.__new__
_LEAF_PLAN = Plan(Primitive(np.positive, kind=LINEAR, name="leaf"), (), lambda *_: (), (), ())
PRIMAL_PLAN = Primitive(np.positive, kind=ELEMENTWISE, name="argument", x=lambda g: g).fitting_plan((True,))


class Tensor(ArrayLike):
    """An array that remembers how it was computed.

    Parameters
    ----------
    data : array_like, or any object with a shape, a dtype and NumPy's two protocols
        The value.
    requires_grad : bool
        Whether derivatives with respect to this Tensor are wanted. Its dtype must then be a floating or complex one.
    name : str, optional
        Shown in errors and pictures.
    copy : bool
        Whether to copy ``data``. A tracked leaf should own its array: a later change of yours would be a change of it.

    Attributes
    ----------
    data : ndarray or NumPy scalar
        The value; a NumPy scalar where the shape is (), because arithmetic on those is eight times faster.
    node : Node or None
        What made it; None for a constant.
    grad : ndarray or None
        The gradient accumulated by ``backward`` calls, of the same shape and dtype.

    Raises
    ------
    DtypeError
        If ``data`` is of dtype object, or ``requires_grad`` is asked of integers or booleans.

    Examples
    --------
    >>> from autograd_lite import Tensor
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    array([2., 4.])
    """

    __slots__ = ("__weakref__", "_name")
    __array_priority__ = 1000.0

    def __init__(self, data: Any, requires_grad: bool = False, name: str | None = None, copy: bool = True):
        self.data: Any = as_data(data, copy)
        self.node: Node | None = None
        if requires_grad:
            if self.data.dtype.kind not in "fc":
                raise DtypeError(
                    f"Tensor(data, requires_grad=True) got data of dtype {self.data.dtype}: only floating-point "
                    f"numbers, real or complex, have derivatives. Convert first, e.g. np.asarray(data, dtype=float)."
                )
            self.node = Leaf(_LEAF_PLAN, self.data)
        if name is not None:
            self.name = name

    # What it is

    requires_grad = property(lambda self: self.node is not None, doc="Whether operations on it are recorded.")
    is_leaf = property(lambda self: self.node is None or type(self.node) is Leaf, doc="Whether no operation made it.")

    @property
    def name(self) -> str:
        """The name shown in errors and pictures."""
        return getattr(self, "_name", "")

    @name.setter
    def name(self, value: str) -> None:
        self._name = value
        if self.node is not None:
            Extras.of(self.node).name = value

    @property
    def grad(self) -> Any:
        """The gradient that ``backward`` has accumulated: an ndarray, a Tensor after ``create_graph``, or None."""
        if type(self.node) is Leaf:
            return self.node.gradient
        return self.node.extras.gradient if self.node is not None and self.node.extras is not None else None

    @grad.setter
    def grad(self, value: Any) -> None:
        if type(self.node) is not Leaf:
            if value is None and self.node is None:  # a parameter that was frozen has none to forget
                return
            raise InPlaceError("Tensor.grad can be set on a leaf with requires_grad=True only")
        if value is not None:
            value = value if hasattr(value, "shape") else np.asarray(value, self.dtype)[()]
            if value.shape != self.shape:
                raise ShapeError(f"Tensor.grad of a Tensor of shape {self.shape} was set to one of shape {value.shape}")
        self.node.gradient = value

    # Derivatives

    def backward(self, cotangent: Any = None, retain_graph: bool = False, create_graph: bool = False) -> None:
        """Accumulate the gradient of this Tensor into ``.grad`` of every tracked leaf that it depends on.

        Parameters
        ----------
        cotangent : array_like of this Tensor's shape, optional
            The derivative of some scalar with respect to this Tensor; 1 if not given, for a Tensor of size one.
        retain_graph : bool
            Whether to keep the saved arrays, so that ``backward`` can run again; implied by ``create_graph``.
        create_graph : bool
            Whether to record the sweep, so that the gradients are Tensors that can be differentiated again.

        Raises
        ------
        GraphError
            If this Tensor is a constant, or an earlier ``backward`` has released the graph.
        ShapeError
            If the cotangent is missing for a Tensor of more than one element, or has another shape.

        Examples
        --------
        >>> from autograd_lite import Tensor
        >>> x = Tensor(3.0, requires_grad=True)
        >>> (x**2).backward(create_graph=True)
        >>> x.grad.backward()  # adds the second derivative, 2, to the first, 6
        >>> x.grad.item()
        8.0
        """
        if self.node is None:
            raise GraphError(
                "backward() of a constant Tensor: nothing it was computed from has requires_grad=True, or it was "
                "computed under no_grad() or after detach()."
            )
        seed = seed_of(self, cotangent)
        traversal = collect((self.node,))
        if create_graph:
            with enable_grad():
                delivered = sweep(traversal, {self.node: seed}, lift=lift)
                accumulate({leaf: g if isinstance(g, Tensor) else tensor_of(g, None) for leaf, g in delivered.items()})
        else:
            accumulate(sweep(traversal, {self.node: seed}))
        if not (retain_graph or create_graph):
            release(traversal)

    def zero_grad(self) -> None:
        """Forget the accumulated gradient."""
        if type(self.node) is Leaf:
            self.node.gradient = None
        elif self.node is not None and self.node.extras is not None:
            self.node.extras.gradient = None

    def retain_grad(self) -> None:
        """Keep the gradient of this Tensor in ``.grad`` although an operation made it."""
        extras = Extras.of(self._tracked_node("retain_grad"))
        if type(self.node) is not Leaf and extras.keep not in extras.hooks:
            extras.hooks.append(extras.keep)

    def register_hook(self, hook: Callable[[Any], Any]) -> Callable[[], None]:
        """Call ``hook(cotangent)`` whenever a sweep has finished this Tensor's cotangent.

        Parameters
        ----------
        hook : callable
            Gets the cotangent, an array that it must not change; what it returns, unless None, takes its place. If
            the sweep has to run again with care (a NaN appeared), the hook is called again.

        Returns
        -------
        callable
            Removes the hook.
        """
        hooks = Extras.of(self._tracked_node("register_hook")).hooks
        hooks.append(hook)

        def remove() -> None:
            if hook in hooks:
                hooks.remove(hook)

        return remove

    def _tracked_node(self, action: str) -> Node:
        if self.node is None:
            raise GraphError(f"{action}() of a constant Tensor: no gradient ever reaches it. Set requires_grad=True.")
        return self.node

    # Leaving the graph

    def item(self, *index: Any) -> Any:
        """Return the only element, or the one at an index, as a Python number, without its history."""
        return self._left("item", self.data.item(*index))

    def numpy(self) -> np.ndarray:
        """Return the values as an array, without their history."""
        return self._left("numpy", np.asarray(self.data))

    def tolist(self) -> Any:
        """Return the values as nested lists, without their history."""
        return self._left("tolist", self.data.tolist())

    def detach(self) -> Tensor:
        """Return a constant Tensor that shares this one's values."""
        return tensor_of(self._left("detach", self.data), None)

    def _left(self, name: str, out: Any) -> Any:
        if observers():
            report_left(name, self.node, self.data, out)
        return out

    def __bool__(self) -> bool:
        return bool(self.data)

    def __float__(self) -> float:
        return self._as_number(float)

    def __int__(self) -> int:
        return self._as_number(int)

    def __complex__(self) -> complex:
        return self._as_number(complex)

    def __index__(self) -> int:
        return operator.index(self.data)

    def _as_number(self, kind: Callable[[Any], Any]) -> Any:
        if self.node is not None and reaches_active_primal(self.node):
            raise DetachError(
                f"{kind.__name__}(t) of a Tensor inside a function that is being differentiated would cut the graph "
                f"without a word. For math.f(t) write np.f(t); where a constant is meant, say so: t.item() or "
                f"stop_gradient(t)."
            )
        return self._left(kind.__name__, kind(self.data))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        # In integers and booleans, which are steps of it, it is a constant, as t.astype(int) is.
        if self.node is not None and (dtype is None or np.dtype(dtype).kind not in "biu"):
            raise DetachError(why_no_plain_array())
        return self._left("asarray", np.array(self.data, dtype=dtype, copy=copy))

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            implementation = IMPLEMENTATIONS.get(ufunc)
            if implementation is not None:
                return implementation(*inputs)
        if method == "__call__" and kwargs.keys() == {"out"} and is_augmented_assignment(inputs, kwargs["out"]):
            return call(ufunc, inputs, {})
        if method != "__call__":
            raise UnsupportedArgumentError(
                f"np.{ufunc.__name__}.{method} is not supported on a Tensor: use the function that it stands for "
                f"(np.sum for np.add.reduce, np.prod, np.max, np.cumsum, t.at[i].add(v) for np.add.at)."
            )
        return call(ufunc, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return call(function, args, kwargs)

    # Words

    def __repr__(self) -> str:
        if isinstance(self.data, np.ndarray | np.generic):
            value = np.array2string(np.asarray(self.data), prefix="Tensor(", separator=", ")
        else:
            value = repr(self.data)
        parts = [value, f"dtype={self.data.dtype}"]
        if self.name:
            parts.append(f"name={self.name!r}")
        if self.node is not None:
            parts.append("requires_grad=True" if self.is_leaf else f"from {self.node.plan.primitive.name}")
        return f"Tensor({', '.join(parts)})"

    def __format__(self, specification: str) -> str:
        if not specification:
            return str(self)
        return format(self.item() if self.size == 1 else self.data, specification)

    # Copies and pickles

    def __copy__(self) -> Tensor:
        return tensor_of(self.data, self.node)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        data, tracked, name, gradient = self._state("copy.deepcopy")
        twin = Tensor(data, tracked, name)
        memo[id(self)] = twin
        if gradient is not None:
            twin.grad = gradient.copy()
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, self._state("pickle")

    def _state(self, action: str) -> tuple[Any, bool, str | None, Any]:
        if not self.is_leaf:
            raise DetachError(
                f"{action} of {self!r}, which an operation made, would lose its history. Use t.detach() for its values."
            )
        gradient = self.grad
        return (
            self.data,
            self.requires_grad,
            self.name or None,
            gradient.data if isinstance(gradient, Tensor) else gradient,
        )


def _unpickle(data: Any, tracked: bool, name: str | None, gradient: Any) -> Tensor:
    tensor = Tensor(data, tracked, name, copy=False)
    if gradient is not None:
        tensor.grad = gradient
    return tensor


def tensor_of(data: Any, node: Node | None) -> Tensor:
    """Wrap an array as it is, without copy or check: the fast way in for results."""
    tensor = _new(Tensor)
    tensor.data = data
    tensor.node = node
    return tensor


def primal_of(data: Any, outer: Node | None = None) -> Tensor:
    """Wrap an argument of a transform: tracked, not copied, linked to an outer derivative if one flows in."""
    return tensor_of(data, Primal(PRIMAL_PLAN, outer, data))


def record(
    plan: Plan,
    inputs: tuple[Node, ...],
    saved: Any,
    keywords: dict[str, Any] | None,
    out: Any,
    operands: Sequence[Any],
) -> Tensor:
    """Make the node of one operation, and the Tensor of its output."""
    node = Node(plan, inputs, saved, Keywords(keywords) if keywords else None, out.shape, out.dtype)
    if observers():
        report(node, out, operands)
    return tensor_of(out, node)


def output_tensors(node: Node, out: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """Return one Tensor for each output of a node that has several."""
    plan = OUTPUT.plan((True,))
    tensors = []
    for index, part in enumerate(out):
        keywords = {"index": index, "count": len(out)}
        saved = plan.save(None, part, **keywords)
        tensors.append(record(plan, (node,), saved, keywords, part, (out,)))
    return tuple(tensors)


def lift(node: Node) -> Any:
    """Return the saved arrays of a node as Tensors again, so that rules applied to them record themselves."""
    saved, sources = node.saved, node.plan.sources
    if saved is None:
        raise freed(node)
    if len(sources) == 1:
        return _lifted(saved, sources[0], node)
    return tuple(_lifted(value, source, node) for value, source in zip(saved, sources, strict=True))


def _lifted(value: Any, source: int | None, node: Node) -> Any:
    if source is None:
        return value
    if source != OUT:
        return tensor_of(value, node.inputs[source])
    return output_tensors(node, value) if isinstance(value, tuple) else tensor_of(value, node)
