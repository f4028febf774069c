"""Modules that hold others: `Sequential`, `ModuleList` and `ModuleDict`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, MutableSequence
from typing import Any

from autograd_lite.nn.module import Module


class Sequential(Module):
    """Modules (or any functions of one argument) one after another.

    Parameters
    ----------
    *layers : Module or callable
        Or one dict of them, whose keys are then their names.

    Raises
    ------
    TypeError
        If one of them cannot be called, or is a class of modules in place of a module.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    >>> model(np.zeros((4, 2))).shape
    (4, 1)
    >>> model
    Sequential(                   65
      (0): Linear(2 → 16)         48
      (1): Tanh()
      (2): Linear(16 → 1)         17
    )
    """

    def __init__(self, *layers: Any):
        self.names: list[str] = []  # of the first layers; those after them are named by their positions
        self.layers: list[Any] = []
        if len(layers) == 1 and isinstance(layers[0], Mapping):
            self.names = [str(name) for name in layers[0]]
            layers = tuple(layers[0].values())
        for layer in layers:
            self.append(layer)

    def forward(self, x: Any) -> Any:
        """Return ``x`` passed through all layers."""
        for layer in self.layers:
            x = layer(x)
        return x

    def append(self, layer: Any) -> Sequential:
        """Add a layer at the end; return this module."""
        if not callable(layer):
            hint = " Write Sequential(*layers) for a list." if isinstance(layer, list | tuple) else ""
            raise TypeError(f"Sequential got {layer!r} as layer {len(self)}, which cannot be called.{hint}")
        if isinstance(layer, type) and issubclass(layer, Module):
            raise TypeError(f"Sequential got the class {layer.__name__} as layer {len(self)}: write {layer.__name__}()")
        self.layers.append(layer)
        return self

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: Any) -> Any:
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def branches(self) -> list[tuple[str, Any]]:
        """Return the layers by name or position, without the name of the list that they are in."""
        others = [(name, value) for name, value in super().branches() if name not in ("layers", "names")]
        positions = [str(index) for index in range(len(self.names), len(self.layers))]
        return [*zip(self.names + positions, self.layers, strict=True), *others]


class ModuleList(Module, MutableSequence[Module]):
    """A list of modules, for a ``forward`` that goes through them in its own way; named by their positions.

    A plain list in an attribute serves as well: modules are found in it. This one refuses what is no module, and
    names its items without the list's name in between.

    Parameters
    ----------
    modules : iterable of Module

    Raises
    ------
    TypeError
        If an item is no Module.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> layers = nn.ModuleList(nn.Linear(n, n + 1) for n in (2, 3))
    >>> layers.append(nn.Linear(4, 1))
    >>> [name for name, _ in layers.named_parameters()]
    ['0.weight', '0.bias', '1.weight', '1.bias', '2.weight', '2.bias']
    """

    def __init__(self, modules: Iterable[Module] = ()):
        self.items: list[Module] = []
        self.extend(modules)

    def __getitem__(self, index: Any) -> Any:
        return ModuleList(self.items[index]) if isinstance(index, slice) else self.items[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            self.items[index] = [_module(item, "ModuleList") for item in value]
        else:
            self.items[index] = _module(value, "ModuleList")

    def __delitem__(self, index: Any) -> None:
        del self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def insert(self, index: int, value: Module) -> None:
        """Put a module in front of a position."""
        self.items.insert(index, _module(value, "ModuleList"))

    def branches(self) -> list[tuple[str, Any]]:
        """Return the items by position, without the name of the list that they are in."""
        others = [(name, value) for name, value in super().branches() if name != "items"]
        return [(str(index), item) for index, item in enumerate(self.items)] + others


class ModuleDict(Module, MutableMapping[str, Module]):
    """Modules by name, for a ``forward`` that chooses among them.

    Parameters
    ----------
    modules : mapping of str to Module, or iterable of pairs

    Raises
    ------
    TypeError
        If an item is no Module, or a name no string.
    ValueError
        If a name is empty or holds a point.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> choices = nn.ModuleDict({"smooth": nn.Tanh(), "steep": nn.Linear(2, 2)})
    >>> choices["steep"] = nn.Linear(2, 2, bias=False)
    >>> [name for name, _ in choices.named_parameters()]
    ['steep.weight']
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()):
        self.entries: dict[str, Module] = {}
        self.update(modules)

    # Modules are equal where they are the same one, and not where they hold equal things.
    __eq__ = object.__eq__
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __getitem__(self, name: str) -> Module:
        try:
            return self.entries[name]
        except KeyError:
            raise KeyError(f"{name!r} is not among the modules {', '.join(self.entries) or '(none)'}") from None

    def __setitem__(self, name: str, module: Module) -> None:
        if not isinstance(name, str):
            raise TypeError(f"ModuleDict names are strings, and {name!r} is a {type(name).__name__}")
        if not name or "." in name:
            raise ValueError(f"ModuleDict got the name {name!r}: a point parts the names of states; use another sign")
        self.entries[name] = _module(module, "ModuleDict")

    def __delitem__(self, name: str) -> None:
        del self.entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def branches(self) -> list[tuple[str, Any]]:
        """Return the items by name, without the name of the dict that they are in."""
        return [*self.entries.items(), *((name, value) for name, value in super().branches() if name != "entries")]


def _module(value: Any, owner: str) -> Module:
    if not isinstance(value, Module):
        raise TypeError(
            f"{owner} holds Modules, and got {value!r} of type {type(value).__name__}; functions may stand in a plain "
            f"list or dict in an attribute"
        )
    return value
