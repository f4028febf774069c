"""Switches: whether operations are recorded, and whether the origin of NaNs is.

Each is a context variable, so threads and async tasks do not disturb each other. Each switch works as a context
manager and as a decorator.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Generator
from contextvars import ContextVar
from types import FrameType, TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from autograd_lite.core.graph import Extras, Node

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

RECORDING: ContextVar[bool] = ContextVar("autograd_lite.recording", default=True)
DEBUGGING: ContextVar[bool] = ContextVar("autograd_lite.debugging", default=False)

is_recording = RECORDING.get
is_debugging = DEBUGGING.get


# Values to go back to, innermost last. A context variable too, so that one switch object may serve several threads.
_PREVIOUS: ContextVar[tuple[bool, ...]] = ContextVar("autograd_lite.previous", default=())


class _Switch:
    """Sets a context variable inside a ``with`` block or a decorated function, and restores it after."""

    variable: ContextVar[bool]
    value: bool

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """Return a switch, or a function decorated by it, so that the parentheses of a decorator may be left out."""
        switch = object.__new__(cls)
        return switch if function is None else switch(function)

    def __enter__(self) -> None:
        _PREVIOUS.set((*_PREVIOUS.get(), self.variable.get()))
        self.variable.set(self.value)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        *outer, previous = _PREVIOUS.get()
        _PREVIOUS.set(tuple(outer))
        self.variable.set(previous)

    def __call__(self, function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        """Return the function, generator function or coroutine function with its body switched."""
        switch = type(self)
        kinds = ((inspect.iscoroutinefunction, _switched_coroutine), (inspect.isgeneratorfunction, _switched_generator))
        make = next((make for is_kind, make in kinds if is_kind(function)), _switched_function)
        return cast(Callable[Parameters, Result], functools.wraps(function)(make(function, switch)))


def _switched_function(function: Callable[..., Any], switch: type[_Switch]) -> Callable[..., Any]:
    def switched(*args: Any, **kwargs: Any) -> Any:
        with switch():
            return function(*args, **kwargs)

    return switched


def _switched_coroutine(function: Callable[..., Any], switch: type[_Switch]) -> Callable[..., Any]:
    async def switched(*args: Any, **kwargs: Any) -> Any:
        with switch():
            return await function(*args, **kwargs)

    return switched


def _switched_generator(function: Callable[..., Any], switch: type[_Switch]) -> Callable[..., Any]:
    def switched(*args: Any, **kwargs: Any) -> Any:
        return (yield from _switched_steps(function(*args, **kwargs), switch))

    return switched


def _switched_steps(steps: Generator[Any, Any, Any], switch: type[_Switch]) -> Generator[Any, Any, Any]:
    """Run a generator with the switch set while it runs, and not while it waits."""
    resume: Callable[[], Any] = functools.partial(next, steps)
    while True:
        with switch():
            try:
                item = resume()
            except StopIteration as stop:
                return stop.value
        try:
            reply = yield item
            resume = functools.partial(steps.send, reply)
        except GeneratorExit:
            steps.close()
            raise
        except BaseException as error:
            resume = functools.partial(steps.throw, error)


class no_grad(_Switch):  # noqa: N801 - spelled like PyTorch's
    """Record nothing: results of operations on tracked Tensors are constants.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> x = ag.Tensor(2.0, requires_grad=True)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    variable = RECORDING
    value = False


class enable_grad(_Switch):  # noqa: N801
    """Record again inside a `no_grad` block.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> x = ag.Tensor(2.0, requires_grad=True)
    >>> with ag.no_grad(), ag.enable_grad():
    ...     y = x * x
    >>> y.requires_grad
    True
    """

    variable = RECORDING
    value = True


class debug(_Switch):  # noqa: N801
    """Find where a NaN is born: a NaN that survives a sweep raises, naming the operation and its source line.

    Operations recorded inside remember the user's line that made them, which makes recording several times slower.

    Raises
    ------
    NaNError
        From ``backward`` or a transform inside the block, if a requested gradient holds a NaN.

    Examples
    --------
    >>> import autograd_lite as ag, numpy as np
    >>> with ag.debug(), np.errstate(invalid="ignore"):
    ...     x = ag.Tensor(-1.0, requires_grad=True)
    ...     try:
    ...         np.sqrt(x).backward()
    ...     except ag.NaNError as error:
    ...         print(str(error)[:60])
    a gradient is NaN. The NaN was born in the forward pass, in
    """

    variable = DEBUGGING
    value = True


def note_origin(node: Node, out: Any) -> None:
    """Note on a freshly recorded node the user's source line, and whether a NaN was born in it."""
    extras = Extras.of(node)
    frame, _ = _user_frame()
    extras.origin = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    extras.has_nan = _has_nan(out)
    extras.born_nan = extras.has_nan and not any(
        parent.extras is not None and parent.extras.has_nan for parent in node.inputs
    )


def user_stacklevel() -> int:
    """Return the ``stacklevel`` with which a warning points at the user's line, and not into this package."""
    return _user_frame()[1]


def _user_frame() -> tuple[FrameType, int]:
    """Return the innermost frame outside this package and NumPy, and its distance from the caller's caller."""
    frame, level = sys._getframe(2), 1
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    return frame, level


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in ("autograd_lite", "numpy")


def _has_nan(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_has_nan(part) for part in value)
    dtype = getattr(value, "dtype", None)
    return bool((value != value).any()) if dtype is not None and hasattr(value, "any") else bool(value != value)
