"""What is inside of a module: its modules, parameters and buffers, found by looking through attributes and containers.

A path is the names on the way to a value, joined by dots: ``blocks.0.weight`` is the attribute ``weight`` of the first
item of the attribute ``blocks``. One value may be reached by several paths; its name is the first.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from autograd_lite.core.graph import Leaf
from autograd_lite.core.tensor import Tensor


class Branch:
    """What is looked into beside lists, tuples and dicts: a module.

    Attributes
    ----------
    buffers : tuple of str
        Names of attributes that hold plain arrays which are part of the state but not trained.
    """

    buffers: tuple[str, ...] = ()
    _aside: Aside | None = None

    def branches(self) -> list[tuple[str, Any]]:
        """Return what is directly in this module, by name; parameters and modules are looked for in there."""
        return list(vars(self).items())


class Aside:
    """What few modules have: hooks, and frozen parameters. It is no container, so nothing in it is a child."""

    __slots__ = ("after", "before", "frozen")

    def __init__(self) -> None:
        self.before: list[Any] = []
        self.after: list[Any] = []
        self.frozen: list[Tensor] = []

    @staticmethod
    def of(module: Branch) -> Aside:
        """Return that of a module, made if there is none yet."""
        if module._aside is None:
            module._aside = Aside()
        return module._aside


class HookHandle:
    """What a registration of a hook gives: ``handle.remove()``, or ``handle()``, takes the hook off; again: nothing."""

    def __init__(self, hooks: list[Any], entry: Any):
        self._hooks, self._entry = hooks, entry

    def remove(self) -> None:
        """Take the hook off."""
        self._hooks[:] = [other for other in self._hooks if other is not self._entry]

    __call__ = remove


def hooked(hooks: list[Any], hook: Callable[..., Any]) -> HookHandle:
    """Add a hook; return what removes it."""
    if not callable(hook):
        raise TypeError(f"a hook must be callable, and this one is {hook!r}")
    entry = functools.partial(hook)  # one object for each registration, so that the right one is removed
    hooks.append(entry)
    return HookHandle(hooks, entry)


#: What parameters are, or are in.
_LOOKED_AT = (Tensor, Branch, dict, list, tuple)

#: In place of a buffer that was not assigned.
_ABSENT = object()

#: Parameters that hold other values for the duration of a `functional_call`: id -> the Tensor.
STANDING_IN: dict[int, Tensor] = {}


def branches_of(owner: Any) -> list[tuple[str, Any]]:
    """Return the named values directly inside of a module or container."""
    if isinstance(owner, Branch):
        return owner.branches()
    if isinstance(owner, dict):
        return [(str(key), value) for key, value in owner.items()]
    if isinstance(owner, list | tuple):
        return [(str(index), value) for index, value in enumerate(owner)]
    return []


def joined(path: str, name: str) -> str:
    """Return the path of something by its name inside of what has a path."""
    return f"{path}.{name}" if path else name


def walk(root: Branch, frozen: bool = False) -> list[tuple[str, Branch | Tensor]]:
    """Return the modules and parameters from ``root`` on with their paths, in order, each object once.

    Parameters
    ----------
    root : Branch
    frozen : bool
        Whether to give frozen parameters too.

    Returns
    -------
    list of tuple of str and (Branch or Tensor)
    """
    found = _walk(root, frozenset())
    if frozen:  # a shared one may be met before the module that knows that it is frozen
        kept = frozenset(
            id(tensor) for _, module in found if isinstance(module, Branch) for tensor in frozen_in(module)
        )
        found = _walk(root, kept) if kept else found
    return found


def _walk(root: Branch, kept: frozenset[int]) -> list[tuple[str, Branch | Tensor]]:
    """Return the same, Tensors among ``kept`` too."""
    seen: set[int] = set()
    found: list[tuple[str, Branch | Tensor]] = []
    stack: list[tuple[str, Any]] = [("", root)]
    while stack:
        path, value = stack.pop()
        if id(value) in seen:
            continue
        if isinstance(value, Tensor):
            if is_parameter(value) or id(value) in kept:
                seen.add(id(value))
                found.append((path, value))
            continue
        seen.add(id(value))
        if isinstance(value, Branch):
            found.append((path, value))
        start = f"{path}." if path else ""
        inside = [(start + name, child) for name, child in branches_of(value) if isinstance(child, _LOOKED_AT)]
        stack += inside[::-1]
    return found


def is_parameter(tensor: Tensor) -> bool:
    """Say whether a Tensor in a module is a trainable parameter of it: a tracked leaf, or what stands in for one."""
    return type(tensor.node) is Leaf or (bool(STANDING_IN) and id(tensor) in STANDING_IN)


def modules(root: Branch) -> Iterator[tuple[str, Branch]]:
    """Give the modules from ``root`` on with their paths, each once."""
    for path, value in walk(root):
        if isinstance(value, Branch):
            yield path, value


def parameters(root: Branch, frozen: bool = False) -> Iterator[tuple[str, Tensor]]:
    """Give the parameters with their paths, each once."""
    for path, value in walk(root, frozen):
        if isinstance(value, Tensor):
            yield path, value


def buffers(root: Branch) -> Iterator[tuple[str, Branch, str]]:
    """Give the path of each buffer that is not None, the module that has it, and the name of the attribute."""
    return buffers_in(walk(root))


def buffers_in(found: list[tuple[str, Branch | Tensor]]) -> Iterator[tuple[str, Branch, str]]:
    """Give the same for the modules that `walk` has found."""
    for path, module in found:
        if isinstance(module, Branch):
            for name in module.buffers:
                if getattr(module, name, _ABSENT) is _ABSENT:
                    raise AttributeError(
                        f"{type(module).__name__}.buffers = {module.buffers!r} names {name!r}, and there is no such "
                        f"attribute: it is a tuple of names, whose attributes are assigned in __init__ (None for none)"
                    )
                if getattr(module, name) is not None:
                    yield joined(path, name), module, name


def frozen_in(module: Branch) -> list[Tensor]:
    """Return the frozen parameters directly in a module."""
    return [] if module._aside is None else module._aside.frozen


def directly_in(owner: Any, prefix: str, kind: type | tuple[type, ...]) -> list[tuple[str, Any]]:
    """Return what is of a kind directly inside of a module, in its lists, tuples and dicts included, by paths."""
    found: list[tuple[str, Any]] = []
    for name, value in branches_of(owner):
        path = joined(prefix, name)
        if isinstance(value, kind):
            found.append((path, value))
        elif isinstance(value, dict | list | tuple) and value is not owner:
            found += directly_in(value, path, kind)
    return found


def find(owner: Any, path: str) -> Any:
    """Return the value at a path; None if there is none."""
    for name, child in branches_of(owner):
        if name == path:
            return child
        if path.startswith(f"{name}."):
            found = find(child, path[len(name) + 1 :])
            if found is not None:
                return found
    return None


class Names:
    """The names of all parameters and buffers of a module, frozen ones too, and of what shares them.

    Parameters
    ----------
    root : Branch
    """

    def __init__(self, root: Branch):
        self.root = root
        self._paths = {id(value): path for path, value in walk(root, frozen=True)}

    def first(self, path: str) -> str | None:
        """Return the name of the parameter or buffer that a path leads to; None if it leads to neither."""
        value = find(self.root, path)
        if isinstance(value, Tensor):
            return self._paths.get(id(value))
        parent, _, name = path.rpartition(".")
        module = find(self.root, parent) if parent else self.root
        if isinstance(module, Branch) and name in module.buffers and getattr(module, name) is not None:
            return joined(self._paths[id(module)], name)
        return None


def lines(module: Any, label: str, depth: int, inside: tuple[int, ...] = ()) -> Iterator[tuple[str, int]]:
    """Give the lines of a module's `repr`: its text, and its number of parameters."""
    head = "  " * depth + (f"({label}): " if label else "") + type(module).__name__
    if id(module) in inside:
        yield f"{head}(… itself)", 0
        return
    parts = directly_in(module, "", Branch)
    count = sum(parameter.size for _, parameter in parameters(module, frozen=True))
    if not parts:
        yield f"{head}({module.extra_repr()})", count
        return
    yield f"{head}(", count
    for name, part in parts:
        yield from lines(part, name, depth + 1, (*inside, id(module)))
    yield "  " * depth + ")", 0
