"""What stands for a NumPy function where a Tensor is among its arguments.

`IMPLEMENTATIONS` is the one table: ``x * y``, ``np.multiply(x, y)`` and ``Tensor.__mul__`` all end in the same entry.
The rules fill it, through `core.primitive`; `call` looks functions up and refuses the others in words.
"""

from __future__ import annotations

import dis
import importlib
import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked, cast
from autograd_lite.core.observing import observers, report_step
from autograd_lite.errors import DetachError, DtypeError, NotDifferentiableError, ShapeError, UnsupportedArgumentError

#: Function of NumPy or SciPy -> what stands for it.
IMPLEMENTATIONS: dict[Callable[..., Any], Callable[..., Any]] = {}

#: Functions whose derivative is zero wherever it exists: they run on the arrays and give plain arrays.
CONSTANTS: set[Callable[..., Any]] = set()

#: Function -> why it refuses Tensors, and what to use instead.
REFUSALS: dict[Callable[..., Any], str] = {}

#: Heavy module -> the modules that declare rules for its functions: they are imported when, with the heavy module
#: loaded, a function without a rule is met for the first time.
LATE: dict[str, tuple[str, ...]] = {}


class NotAnOperandError(TypeError):
    """An operand of a type that arithmetic knows nothing of: the operator then gives way to the other operand's."""


def call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call what stands for ``function``, with a Tensor among the arguments.

    Raises
    ------
    NotDifferentiableError
        If nothing stands for it.
    UnsupportedArgumentError
        If it was called with an argument that a recorded call cannot honour.
    """
    implementation = IMPLEMENTATIONS.get(function)
    if implementation is None:
        if LATE and function not in CONSTANTS and _declare_late():
            return call(function, args, kwargs)
        if function in CONSTANTS:
            out = function(*untracked(args), **untracked(kwargs))
            if observers():
                report_step(function, args, out)
            return out
        raise NotDifferentiableError(_no_rule(function))
    if kwargs:
        kwargs = {name: value for name, value in kwargs.items() if value is not None or name not in ("out", "dtype")}
    try:
        return implementation(*args, **kwargs)
    except TypeError as error:
        raise _unsupported(function, IMPLEMENTATIONS[function], args, kwargs) or error from None


def _declare_late() -> bool:
    """Import the rules for what has been loaded of the heavy modules; say whether there were any."""
    due = [heavy for heavy in LATE if heavy in sys.modules]
    before, steady = dict(IMPLEMENTATIONS), {*CONSTANTS, *REFUSALS}
    for heavy in due:
        for module in LATE[heavy]:
            importlib.import_module(module)  # other threads wait here for the import
        LATE.pop(heavy, None)
    for function in steady:  # what a user has declared meanwhile stands
        IMPLEMENTATIONS.pop(function, None)
    IMPLEMENTATIONS.update(before)
    return bool(due)


def is_augmented_assignment(inputs: tuple[Any, ...], out: tuple[Any, ...]) -> bool:
    """Say whether ``array += tensor`` made a ufunc's call, as NumPy does it: with the array as ``out``.

    The statement binds its name to whatever the call returns, so that a new Tensor can take the array's place, as it
    does in JAX. A call of the ufunc itself, ``np.add(array, tensor, out=array)``, looks the same here, but what it
    returns may be dropped, and the array would stay as it was: hence the look at the caller's instruction.
    """
    if len(out) != 1 or out[0] is not inputs[0]:
        return False
    frame = sys._getframe(2)
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] == "BINARY_OP"


def _unsupported(
    function: Callable[..., Any], implementation: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> UnsupportedArgumentError | None:
    """Return the error for arguments that ``implementation`` does not take; None if it took them and failed inside."""
    signature = inspect.signature(implementation)
    parameters = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    signature = signature.replace(parameters=parameters, return_annotation=signature.empty)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as mismatch:
        return UnsupportedArgumentError(
            f"{function.__name__}{signature} is what a Tensor supports, and this call {mismatch}. Arguments such as "
            f"out=, where=, dtype= and casting= write into arrays or skip elements behind the graph's back: leave them "
            f"out, and use np.where or t.astype on the result."
        )
    return None


def _no_rule(function: Callable[..., Any]) -> str:
    module = getattr(function, "__module__", None)  # SciPy's ufuncs have none
    if module is None:
        module = "numpy" if getattr(np, function.__name__, None) is function else "scipy.special"
    name = f"{module}.{function.__name__}"
    reason = REFUSALS.get(function)
    if reason is not None:
        return f"{name} cannot be differentiated: {reason}"
    return (
        f"{name} has no derivative rule. Declare one (see autograd_lite.primitive), write it with functions that have "
        f"one, or, where its result is a constant, pass t.detach().numpy() instead of the Tensor t."
    )


def why_no_plain_array() -> str:
    """Return the error's text for ``__array__`` of a tracked Tensor, with the name of the function that asked."""
    name = _function_asking()
    asked = f"{name} makes plain arrays of its arguments" if name else "np.asarray, np.array or the like was called"
    if name.startswith("scipy."):
        advice = f"Use autograd_lite.{name} if it is covered (docs/coverage.md) and functions of arrays if not"
    else:
        advice = "Use np.stack for a list of Tensors, autograd_lite.numpy for functions on lists"
    return (
        f"a tracked Tensor was to become a plain array ({asked}): that would cut the graph without a word. {advice}, "
        f"and t.detach().numpy() where plain values are meant."
    )


def _function_asking() -> str:
    """Return the name of NumPy's or SciPy's outermost public function above `Tensor.__array__`; '' if there is none."""
    name, frame = "", sys._getframe(3)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in ("numpy", "scipy"):
        module, function = frame.f_globals["__name__"], frame.f_code.co_name
        for public in (module.partition("._")[0], module.partition(".")[0]):
            if not function.startswith("_") and hasattr(sys.modules.get(public), function):
                name = f"{public}.{function}"
                break
        frame = frame.f_back
    return name


def untracked(value: Any) -> Any:
    """Return ``value`` with every Tensor in it, in lists, tuples and dicts too, replaced by its array."""
    if isinstance(value, Tracked):
        return value.data
    if type(value) in (list, tuple):
        return type(value)(untracked(item) for item in value)
    if type(value) is dict:
        return {key: untracked(item) for key, item in value.items()}
    return value


def as_operand(value: Any, name: str) -> Any:
    """Return what stands beside a Tensor in an operation as an array, a scalar or a duck array.

    Raises
    ------
    NotAnOperandError
        If it is neither a number, an array, nor a list of numbers.
    """
    if type(value) is not np.ndarray:
        if isinstance(value, list | tuple):
            value = np.array(value)
        elif isinstance(value, np.ndarray):
            value = np.asarray(value)
        elif not isinstance(value, float | int | complex | np.generic) and not is_duck(value):
            raise NotAnOperandError(f"{name} cannot combine a Tensor with {value!r} of type {type(value).__name__}")
    return value


def is_duck(value: Any) -> bool:
    """Say whether ``value`` is an array of another library that speaks NumPy's protocols."""
    return hasattr(type(value), "__array_function__") and hasattr(value, "shape") and hasattr(value, "dtype")


def refuse_complex(value: Any, like: Any, what: str) -> None:
    """Raise if a cotangent or tangent is complex and what it belongs to is real."""
    if value.dtype.kind == "c" != like.dtype.kind:
        raise DtypeError(f"{what} is complex, and what it belongs to is of dtype {like.dtype}: pass its real part.")


def as_data(value: Any, copy: bool) -> Any:
    """Return what a new Tensor holds for ``value``: an ndarray, a NumPy scalar, or a duck array as it is."""
    if isinstance(value, Tracked):
        if value.node is not None:
            raise DetachError("Tensor(t) of a tracked Tensor t would cut the graph. Use t, or Tensor(t.detach()).")
        value = value.data
    if not isinstance(value, np.ndarray) and is_duck(value) and not isinstance(value, np.generic):
        return value
    data = np.array(value) if copy else np.asarray(value)
    if data.dtype.kind not in "fiubc":
        raise DtypeError(f"Tensor(data) got {value!r}, which NumPy makes dtype {data.dtype}: numbers are needed.")
    return data if data.ndim else data[()]


def seed_of(output: Any, cotangent: Any) -> Any:
    """Return the cotangent that a sweep from ``output`` starts with, checked."""
    if cotangent is None:
        if output.size != 1:
            raise ShapeError(
                f"backward() of a Tensor of shape {output.shape} needs a cotangent of that shape: only a Tensor of "
                f"size one has a gradient by itself. Reduce it (t.sum(), t.mean()) or pass backward(cotangent)."
            )
        if output.dtype.kind == "c":
            raise DtypeError(
                f"backward() of a Tensor of dtype {output.dtype} needs a cotangent: only a real number has a gradient "
                f"by itself. Take np.real, np.imag or np.abs of it, or pass backward(cotangent)."
            )
        return output.dtype.type(1) if output.ndim == 0 else np.ones_like(output.data)
    if isinstance(cotangent, Tracked):
        cotangent = cotangent.data if cotangent.node is None else cotangent
    else:
        cotangent = as_operand(cotangent, "backward")
    cotangent = np.asarray(cotangent)[()] if isinstance(cotangent, complex | float | int) else cotangent
    refuse_complex(cotangent, output, "backward(cotangent)")
    if cotangent.shape != output.shape:
        raise ShapeError(
            f"backward(cotangent) of a Tensor of shape {output.shape} got a cotangent of shape {cotangent.shape}; "
            f"they must be equal."
        )
    return cast(cotangent, output.dtype)


class At:
    """Functional updates of a Tensor: ``t.at[index].set(v)`` is ``t[index] = v`` on a new Tensor.

    Examples
    --------
    >>> from autograd_lite import Tensor
    >>> Tensor([1.0, 2.0, 3.0]).at[1:].add(10.0)
    Tensor([ 1., 12., 13.], dtype=float64)
    """

    __slots__ = ("index", "tensor")

    def __init__(self, tensor: Any, index: Any = ()):
        self.tensor = tensor
        self.index = index

    def __getitem__(self, index: Any) -> At:
        return At(self.tensor, index)

    def set(self, value: Any) -> Any:
        """Return the Tensor with ``value`` there; of repeated indices the last wins, as in NumPy."""
        return IMPLEMENTATIONS[At.set](self.tensor, self.index, value)

    def add(self, value: Any) -> Any:
        """Return the Tensor with ``value`` added there, as often as an index is repeated."""
        return IMPLEMENTATIONS[At.add](self.tensor, self.index, value)

    def multiply(self, value: Any) -> Any:
        """Return the Tensor multiplied by ``value`` there, as often as an index is repeated."""
        return IMPLEMENTATIONS[At.multiply](self.tensor, self.index, value)

    def min(self, value: Any) -> Any:
        """Return the Tensor with the smaller of its elements and ``value`` there."""
        return IMPLEMENTATIONS[At.min](self.tensor, self.index, value)

    def max(self, value: Any) -> Any:
        """Return the Tensor with the larger of its elements and ``value`` there."""
        return IMPLEMENTATIONS[At.max](self.tensor, self.index, value)
