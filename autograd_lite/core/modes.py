"""Switches: whether operations are recorded.

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

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

RECORDING: ContextVar[bool] = ContextVar("autograd_lite.recording", default=True)

is_recording = RECORDING.get


# Values to go back to, innermost last. A context variable too, so that one switch object may serve several threads.
_PREVIOUS: ContextVar[tuple[Any, ...]] = ContextVar("autograd_lite.previous", default=())


class Switch:
    """Sets a context variable inside a ``with`` block or a decorated function, and restores it after."""

    variable: ContextVar[Any]
    value: Any

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
        kinds = ((inspect.iscoroutinefunction, _switched_coroutine), (inspect.isgeneratorfunction, _switched_generator))
        make = next((make for is_kind, make in kinds if is_kind(function)), _switched_function)
        return cast(Callable[Parameters, Result], functools.wraps(function)(make(function, self)))


def _switched_function(function: Callable[..., Any], switch: Switch) -> Callable[..., Any]:
    def switched(*args: Any, **kwargs: Any) -> Any:
        with switch:
            return function(*args, **kwargs)

    return switched


def _switched_coroutine(function: Callable[..., Any], switch: Switch) -> Callable[..., Any]:
    async def switched(*args: Any, **kwargs: Any) -> Any:
        with switch:
            return await function(*args, **kwargs)

    return switched


def _switched_generator(function: Callable[..., Any], switch: Switch) -> Callable[..., Any]:
    def switched(*args: Any, **kwargs: Any) -> Any:
        return (yield from _switched_steps(function(*args, **kwargs), switch))

    return switched


def _switched_steps(steps: Generator[Any, Any, Any], switch: Switch) -> Generator[Any, Any, Any]:
    """Run a generator with the switch set while it runs, and not while it waits."""
    resume: Callable[[], Any] = functools.partial(next, steps)
    while True:
        with switch:
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


class no_grad(Switch):  # noqa: N801 - spelled like PyTorch's
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


class enable_grad(Switch):  # noqa: N801
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


def user_stacklevel() -> int:
    """Return the ``stacklevel`` with which a warning points at the user's line, and not into this package."""
    return user_frame()[1]


def user_frame() -> tuple[FrameType, int]:
    """Return the innermost frame outside this package and those below it, and its distance from the caller's caller."""
    frame, level = sys._getframe(2), 1
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    return frame, level


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in ("autograd_lite", "contextlib", "numpy")
