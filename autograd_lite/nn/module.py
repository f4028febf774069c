"""`Module`: a function with parameters, which it finds by looking through its own attributes.

There is no registration and no metaclass: a parameter is a tracked leaf Tensor that is an attribute of the module, or
stands in a list, tuple or dict that is one, at any depth. ``module.parameters()`` is therefore always what is there
now, and a module is pickled and copied like any other object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from autograd_lite.core.graph import Leaf
from autograd_lite.core.tensor import Tensor

Self = TypeVar("Self", bound="Module")


class Module:
    """Base of everything with parameters: write ``forward``, assign Tensors and Modules to attributes.

    Calling the module calls ``forward``. A subclass need not call ``super().__init__()``.

    Attributes
    ----------
    training : bool
        True while training: `train` and `eval` set it, for layers that behave differently then.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import Tensor, nn
    >>> class Line(nn.Module):
    ...     def __init__(self):
    ...         self.slope = Tensor(2.0, requires_grad=True)
    ...         self.shift = Tensor(1.0, requires_grad=True)
    ...
    ...     def forward(self, x):
    ...         return self.slope * x + self.shift
    >>> line = Line()
    >>> float(line(3.0))
    7.0
    >>> [name for name, _ in line.named_parameters()]
    ['slope', 'shift']
    """

    training: bool = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return what ``forward`` returns for these arguments."""
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return the value of the module; every subclass defines it.

        Raises
        ------
        TypeError
            If this class does not.
        """
        raise TypeError(
            f"{type(self).__name__} was called but has no method forward: define forward(self, x) in the class"
        )

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """Give each parameter with its dotted path, in the order of assignment; a shared one once, under its first.

        Yields
        ------
        tuple of str and Tensor

        Examples
        --------
        >>> from autograd_lite import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1, bias=False))
        >>> [(name, p.shape) for name, p in model.named_parameters()]
        [('0.weight', (3, 2)), ('0.bias', (3,)), ('2.weight', (1, 3))]
        """
        for path, value in _walk(self, ""):
            if isinstance(value, Tensor):
                yield path, value

    def parameters(self) -> list[Tensor]:
        """Return the parameters: the tracked leaf Tensors of this module and of the modules in it, each once."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """Give this module, under the name '', and each module in it with its dotted path.

        Yields
        ------
        tuple of str and Module
        """
        for path, value in _walk(self, ""):
            if isinstance(value, Module):
                yield path, value

    def modules(self) -> list[Module]:
        """Return this module and all modules in it, each once."""
        return [module for _, module in self.named_modules()]

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.grad = None

    def train(self: Self, mode: bool = True) -> Self:
        """Switch this module and all modules in it to training, or with ``mode=False`` to evaluation.

        Parameters
        ----------
        mode : bool

        Returns
        -------
        Module
            This one.
        """
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: Self) -> Self:
        """Switch this module and all modules in it to evaluation; return this one."""
        return self.train(False)

    def children(self) -> list[tuple[str, Any]]:
        """Return what is directly in this module, by name; parameters and modules are looked for in there."""
        return list(vars(self).items())

    def extra_repr(self) -> str:
        """Return what `repr` shows in the brackets of a module without modules in it, such as its sizes."""
        return ""

    def __repr__(self) -> str:
        lines = list(_tree(self, "", 0))
        width = max(len(text) for text, _ in lines)
        return "\n".join(f"{text:{width}}  {count:>9,}" if count else text for text, count in lines)


def _children(owner: Any) -> list[tuple[str, Any]]:
    """Return the named values directly inside of a module or container."""
    if isinstance(owner, Module):
        return owner.children()
    if isinstance(owner, dict):
        return [(str(key), value) for key, value in owner.items()]
    if isinstance(owner, list | tuple):
        return [(str(index), value) for index, value in enumerate(owner)]
    return []


def _walk(root: Module, prefix: str) -> Iterator[tuple[str, Module | Tensor]]:
    """Give the modules and parameters below ``root`` with their paths, in order, each object once."""
    seen: set[int] = set()
    stack: list[tuple[str, Any]] = [(prefix, root)]
    while stack:
        path, value = stack.pop()
        if id(value) in seen:
            continue
        if isinstance(value, Tensor):
            if type(value.node) is not Leaf:
                continue
            seen.add(id(value))
            yield path, value
        elif isinstance(value, Module | dict | list | tuple):
            seen.add(id(value))
            if isinstance(value, Module):
                yield path, value
            stack += [(_joined(path, name), child) for name, child in reversed(_children(value))]


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _count(module: Module) -> int:
    return sum(parameter.size for parameter in module.parameters())


def _tree(module: Module, label: str, depth: int) -> Iterator[tuple[str, int]]:
    """Give the lines of a module's `repr`: its text, and its number of parameters."""
    head = "  " * depth + (f"({label}): " if label else "") + type(module).__name__
    inner = _parts(module, "")
    if not inner:
        yield f"{head}({module.extra_repr()})", _count(module)
        return
    yield f"{head}(", _count(module)
    for name, part in inner:
        yield from _tree(part, name, depth + 1)
    yield "  " * depth + ")", 0


def _parts(owner: Any, prefix: str) -> list[tuple[str, Module]]:
    """Return the modules directly inside of one, those in its lists, tuples and dicts included."""
    found: list[tuple[str, Module]] = []
    for name, value in _children(owner):
        path = _joined(prefix, name)
        if isinstance(value, Module):
            found.append((path, value))
        elif isinstance(value, dict | list | tuple):
            found += _parts(value, path)
    return found
