"""`Module`: a function with parameters, which it finds by looking through its own attributes.

There is no registration and no metaclass: a parameter is a tracked leaf Tensor that is an attribute of the module, or
stands in a list, tuple or dict that is one, at any depth. ``module.parameters()`` is therefore always what is there
now, and a module is pickled and copied like any other object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from autograd_lite.core.graph import Leaf
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import StructureError

Self = TypeVar("Self", bound="Module")


class Module:
    """Base of everything with parameters: write ``forward``, assign Tensors and Modules to attributes.

    Calling the module calls ``forward``. A subclass need not call ``super().__init__()``.

    Attributes
    ----------
    training : bool
        True while training: `train` and `eval` set it, for layers that behave differently then.
    buffers : tuple of str
        Names of attributes that hold plain arrays which are part of the state but not trained, such as the running
        statistics of a batch normalisation. A class names its own.

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
    buffers: tuple[str, ...] = ()

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

    def named_buffers(self) -> Iterator[tuple[str, Any]]:
        """Give each buffer that is not None with its dotted path.

        Yields
        ------
        tuple of str and array
        """
        for path, module in self.named_modules():
            for name in module.buffers:
                if getattr(module, name) is not None:
                    yield _joined(path, name), getattr(module, name)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return copies of all parameters and buffers, by their dotted paths.

        Examples
        --------
        >>> from autograd_lite import nn
        >>> {name: value.shape for name, value in nn.Linear(2, 3).state_dict().items()}
        {'weight': (3, 2), 'bias': (3,)}
        """
        return {name: np.array(value) for name, value in self._state()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Copy values into the parameters and buffers of the same names.

        Graphs recorded before can no longer be swept, as after an optimiser's step.

        Parameters
        ----------
        state : mapping of str to array or Tensor
            As `state_dict` gives it, of this package or, as arrays, of PyTorch.
        strict : bool
            Whether names that are missing or unexpected are errors; wrong shapes always are.

        Raises
        ------
        StructureError
            If names or shapes do not match; the message lists every mismatch, and nothing is changed.

        Examples
        --------
        >>> from autograd_lite import nn
        >>> source, target = nn.Linear(2, 3), nn.Linear(2, 3)
        >>> target.load_state_dict(source.state_dict())
        >>> bool((target.weight == source.weight).all())
        True
        """
        own = dict(self._state())
        values = {name: np.asarray(getattr(value, "data", value)) for name, value in state.items()}
        problems = [
            f"{name} has shape {values[name].shape}, and {np.shape(value)} is needed"
            for name, value in own.items()
            if name in values and values[name].shape != np.shape(value)
        ]
        if strict:
            problems += [f"{name} is missing" for name in own if name not in values]
            problems += [f"{name} is not in the model" for name in values if name not in own]
        if problems:
            raise StructureError(
                f"{type(self).__name__}.load_state_dict: {len(problems)} mismatch(es), so nothing was loaded:\n  "
                + "\n  ".join(problems)
            )
        for path, value in _walk(self, ""):
            if isinstance(value, Tensor) and path in values:
                _overwrite(value, values[path])
            elif isinstance(value, Module):
                for name in value.buffers:
                    if _joined(path, name) in values:
                        old = getattr(value, name)
                        setattr(value, name, np.array(values[_joined(path, name)], np.asarray(old).dtype))

    def _state(self) -> list[tuple[str, Any]]:
        return [*((name, parameter.data) for name, parameter in self.named_parameters()), *self.named_buffers()]

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


def _overwrite(parameter: Tensor, value: np.ndarray) -> None:
    """Put values into a parameter where its array is, which an optimiser may share, and give it a new leaf node."""
    if parameter.ndim:
        parameter.data[...] = value
    else:
        parameter.data = parameter.dtype.type(value)
    assert isinstance(parameter.node, Leaf)
    parameter.node = parameter.node.succeeded()


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
