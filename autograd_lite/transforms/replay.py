"""Replaying: the state of every random generator that a function can be seen to use, and of other surroundings.

A checkpointed function is run twice and must find the same both times, and draw the same numbers. Its generators are
found by following what it refers to: arguments, closure, defaults, the globals that its code names, attributes of
objects, items of containers.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import numpy as np

#: What else has to be as it was when a function runs again: each takes note of something as it is now, and returns a
#: function that gives the context manager which brings that back, or None where there is nothing to bring back.
SURROUNDINGS: list[Callable[[], Callable[[], AbstractContextManager[None]] | None]] = []

#: How many objects are looked at before the search gives up.
_LIMIT = 10_000

_CONTAINERS = (list, tuple, set, frozenset)
_LEAVES = (np.ndarray, np.generic, str, bytes, int, float, complex, type(None), type, types.ModuleType)


class RandomState:
    """The state of NumPy's global generator, of those reachable from some objects, and of `SURROUNDINGS`, as it is now.

    Parameters
    ----------
    roots : iterable
        A function and its arguments.
    """

    def __init__(self, roots: Iterable[Any]):
        self.sources = [None, *_generators(roots)]
        self.states = [_get_state(source) for source in self.sources]
        self.surroundings = [back for back in (note() for note in SURROUNDINGS) if back is not None]

    @contextmanager
    def replayed(self) -> Iterator[None]:
        """Go back to this state for the block, and then to the one before the block."""
        now = [_get_state(source) for source in self.sources]
        for source, state in zip(self.sources, self.states, strict=True):
            _set_state(source, state)
        try:
            with ExitStack() as stack:
                for back in self.surroundings:
                    stack.enter_context(back())
                yield
        finally:
            for source, state in zip(self.sources, now, strict=True):
                _set_state(source, state)


def _generators(roots: Iterable[Any]) -> list[Any]:
    """Return the generators that can be reached from some objects, without recursion."""
    stack, seen, found = list(roots), set(), []
    while stack and len(seen) < _LIMIT:
        value = stack.pop()
        if id(value) in seen or isinstance(value, _LEAVES):
            continue
        seen.add(id(value))
        if isinstance(value, np.random.Generator | np.random.RandomState):
            found.append(value)
        else:
            stack += _refers_to(value)
    return found


def _refers_to(value: Any) -> list[Any]:
    if isinstance(value, _CONTAINERS):
        return list(value)
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if inspect.ismethod(value):
        return [value.__self__, value.__func__]
    if inspect.isfunction(value):
        return _refers_to_in_code(value)
    call = getattr(type(value), "__call__", None)  # noqa: B004 - the function itself is wanted, for its globals
    return [*getattr(value, "__dict__", {}).values(), *([call] if inspect.isfunction(call) else [])]


def _refers_to_in_code(function: types.FunctionType) -> list[Any]:
    """Return what a Python function closes over, has as defaults, and names among its module's globals."""
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    named = [function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__]
    return [*cells, *defaults, *named]


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _get_state(source: Any) -> Any:
    if source is None:
        return np.random.get_state()  # noqa: NPY002 - replaying the global state is the point
    return source.bit_generator.state if isinstance(source, np.random.Generator) else source.get_state()


def _set_state(source: Any, state: Any) -> None:
    if source is None:
        np.random.set_state(state)  # noqa: NPY002
    elif isinstance(source, np.random.Generator):
        source.bit_generator.state = state
    else:
        source.set_state(state)
