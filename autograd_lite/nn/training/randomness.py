"""Every random generator that training may draw from: found, remembered and put back.

A run that is resumed to the bit needs the state of the generators of dropout layers, of noise that a loss adds, of the
package's own generator, and of the global ones of NumPy and Python. They are looked for where a person may have put
them: in attributes, containers, closures, bound arguments, and the globals that a function or a method names.
"""

from __future__ import annotations

import functools
import random
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.errors import StructureError
from autograd_lite.nn.initializers import generator_or_default

#: Longer lists are data; walking through them would take longer than a step of training.
LONGEST = 10_000

_LIBRARIES = {"autograd_lite", "numpy", "scipy", "matplotlib", "tqdm", "tensorboardX", "sklearn"}


class Randomness:
    """The random generators that some objects hold, and those that belong to nobody.

    Parameters
    ----------
    **owners : any objects
        What to look through: a model, a loss, a list of callbacks.

    Examples
    --------
    >>> import functools
    >>> import numpy as np
    >>> from autograd_lite.nn.training.randomness import Randomness
    >>> generator = np.random.default_rng(0)
    >>> randomness = Randomness(loss=functools.partial(np.add, generator))
    >>> state = randomness.state_dict()
    >>> first = generator.normal()
    >>> randomness.load_state_dict(state)
    >>> generator.normal() == first
    True
    """

    def __init__(self, **owners: Any):
        found: dict[int, tuple[Any, list[str]]] = {}
        for path, generator in _generators_in(owners):
            found.setdefault(id(generator), (generator, []))[1].append(path)
        self.generators = list(found.values())

    def _sources(self) -> list[tuple[Any, list[str]]]:
        """Return all generators, each with the paths that lead to it."""
        common = [(generator_or_default(None), ["nn"]), (np.random, ["numpy.random"]), (random, ["random"])]
        return [*self.generators, *common]

    def state_dict(self) -> list[dict[str, Any]]:
        """Return the states of all generators, with where they were found."""
        return [{"paths": paths, "state": _state_of(source)} for source, paths in self._sources()]

    def load_state_dict(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Put all generators into the states that they had; those of callbacks that are new stay as they are.

        Raises
        ------
        StructureError
            If there is a generator now that was not there then, or one of another kind.
        """
        states = {path: entry["state"] for entry in entries for path in entry["paths"]}
        for source, paths in self._sources():
            known = [path for path in paths if path in states]
            if not known and not all(path.startswith("callbacks.") for path in paths):
                raise StructureError(
                    f"the random generator {paths[0]} has no state to go on from; there are: {', '.join(states)}"
                )
            for path in known[:1]:
                try:
                    _restore(source, states[path])
                except (ValueError, TypeError, KeyError) as error:
                    raise StructureError(f"the state of the generator {path} does not fit it: {error}") from error


def _state_of(source: Any) -> Any:
    if isinstance(source, np.random.Generator):
        return source.bit_generator.state
    if source is np.random or isinstance(source, np.random.RandomState):
        return source.get_state(legacy=False)
    version, words, spare = source.getstate()
    return {"version": version, "words": np.array(words, np.uint64), "spare": spare}


def _restore(source: Any, state: Any) -> None:
    if isinstance(source, np.random.Generator):
        source.bit_generator.state = state
    elif source is np.random or isinstance(source, np.random.RandomState):
        source.set_state(state)
    else:
        source.setstate((state["version"], tuple(state["words"].tolist()), state["spare"]))


def _generators_in(owners: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the generators that can be reached from some objects, with each path that leads there."""
    seen: set[int] = set()
    stack = list(owners.items())
    while stack:
        path, value = stack.pop()
        if isinstance(value, np.random.Generator | np.random.RandomState | random.Random):
            yield path, value
        elif id(value) not in seen:
            seen.add(id(value))
            stack += [(f"{path}.{name}", child) for name, child in _inside(value)]


def _inside(value: Any) -> list[tuple[str, Any]]:
    """Return what an object holds or uses, by name."""
    if isinstance(value, type | types.ModuleType):
        return []
    if isinstance(value, list | tuple):
        return [(str(index), item) for index, item in enumerate(value)] if len(value) <= LONGEST else []
    if isinstance(value, dict):
        return [(str(key), item) for key, item in value.items()] if len(value) <= LONGEST else []
    if isinstance(value, types.MethodType):
        return [("self", value.__self__), ("function", value.__func__)]
    if isinstance(value, functools.partial):
        return [("function", value.func), ("args", value.args), ("keywords", value.keywords)]
    if isinstance(value, types.FunctionType):
        return _used_by(value)
    methods = [
        (name, method)
        for kind in type(value).__mro__ if _is_a_users(kind.__module__)
        for name, method in vars(kind).items() if isinstance(method, types.FunctionType)
    ]  # fmt: skip
    return list(getattr(value, "__dict__", {}).items()) + methods


def _used_by(function: types.FunctionType) -> list[tuple[str, Any]]:
    """Return what a function uses besides its arguments: enclosing variables, defaults, and globals."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    found = [(name, content) for name, cell in cells for content in _content(cell)]
    found += [("defaults", function.__defaults__), ("keyword_defaults", function.__kwdefaults__)]
    if _is_a_users(function.__module__):
        names = _names_in(function.__code__)
        used = [(name, function.__globals__[name]) for name in names if name in function.__globals__]
        modules = [value for _, value in used if isinstance(value, types.ModuleType) and _is_a_users(value.__name__)]
        found += used
        found += [(name, vars(module)[name]) for module in modules for name in names if name in vars(module)]
    return found


def _names_in(code: types.CodeType) -> list[str]:
    """Return the global names that code may read, that of functions inside included."""
    inner = [name for part in code.co_consts if isinstance(part, types.CodeType) for name in _names_in(part)]
    return list(dict.fromkeys([*code.co_names, *inner]))


def _is_a_users(module: str | None) -> bool:
    """Return whether code of a module may hold generators that are not known here: not a library's."""
    root = (module or "").partition(".")[0]
    return root not in _LIBRARIES and root not in sys.stdlib_module_names - {"__main__"}


def _content(cell: types.CellType) -> list[Any]:
    """Return what a variable of an enclosing function holds, nothing if it was not assigned yet."""
    try:
        return [cell.cell_contents]
    except ValueError:
        return []
