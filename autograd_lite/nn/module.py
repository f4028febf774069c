"""`Module`: a function with parameters, which it finds by looking through its own attributes.

There is no registration and no metaclass: a parameter is a tracked leaf Tensor that is an attribute of the module, or
stands in a list, tuple or dict that is one, at any depth. ``module.parameters()`` is therefore always what is there
now, and a module is pickled and copied like any other object. The looking is in `nn.tree`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError
from autograd_lite.nn import tree
from autograd_lite.nn.state import convert, freeze, matched, own_values, thaw, write

Self = TypeVar("Self", bound="Module")


class Module(tree.Branch):
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

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return what ``forward`` returns for these arguments; hooks run before and after it."""
        if self._aside is None:
            return self.forward(*args, **kwargs)
        for hook in tuple(self._aside.before):
            changed = hook(self, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        out = self.forward(*args, **kwargs)
        for hook in tuple(self._aside.after):
            changed = hook(self, args, out)
            out = out if changed is None else changed
        return out

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

    # What is in it

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """Give each parameter with its dotted path, in the order of assignment; a shared one once, under its first.

        Parameters that `requires_grad_` has frozen are left out, so that an optimiser gets what there is to train.

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
        return tree.parameters(self)

    def parameters(self) -> list[Tensor]:
        """Return the parameters: the tracked leaf Tensors of this module and of the modules in it, each once."""
        return [parameter for _, parameter in tree.parameters(self)]

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """Give this module, under the name '', and each module in it with its dotted path.

        Yields
        ------
        tuple of str and Module
        """
        for path, module in tree.modules(self):
            assert isinstance(module, Module)
            yield path, module

    def modules(self) -> list[Module]:
        """Return this module and all modules in it, each once."""
        return [module for _, module in self.named_modules()]

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Give the modules directly in this one, those in its lists, tuples and dicts included, each once.

        Yields
        ------
        tuple of str and Module

        Examples
        --------
        >>> from autograd_lite import nn
        >>> [name for name, _ in nn.Sequential(nn.Linear(2, 3), nn.ReLU()).named_children()]
        ['0', '1']
        """
        given: set[int] = set()
        for path, module in tree.directly_in(self, "", Module):
            if id(module) not in given:
                given.add(id(module))
                yield path, module

    def children(self) -> list[Module]:
        """Return the modules directly in this one, as `named_children` finds them."""
        return [module for _, module in self.named_children()]

    def named_buffers(self) -> Iterator[tuple[str, Any]]:
        """Give each buffer that is not None with its dotted path.

        Yields
        ------
        tuple of str and array
        """
        for path, module, name in tree.buffers(self):
            yield path, getattr(module, name)

    # State

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return copies of all parameters and buffers, by their dotted paths; frozen parameters too.

        Examples
        --------
        >>> from autograd_lite import nn
        >>> {name: value.shape for name, value in nn.Linear(2, 3).state_dict().items()}
        {'weight': (3, 2), 'bias': (3,)}
        """
        return {name: np.array(value) for name, value in own_values(self).items()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Copy values into the parameters and buffers of the same names.

        Graphs recorded before can no longer be swept, as after an optimiser's step.

        Parameters
        ----------
        state : mapping of str to array or Tensor
            As `state_dict` gives it, of this package or of PyTorch. A shared parameter may be there under each of its
            names, as PyTorch has it, with equal values.
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
        write(self, matched(self, state, strict))

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.grad = None

    # Switches

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

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Freeze all parameters, or thaw those that were frozen here.

        Frozen parameters are constants: nothing is recorded for them, and `parameters` leaves them out. They stay in
        `state_dict`. Their gradients and hooks are forgotten.

        Parameters
        ----------
        requires_grad : bool
            False freezes, True thaws.

        Returns
        -------
        Module
            This one.

        Examples
        --------
        >>> from autograd_lite import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
        >>> _ = model[0].requires_grad_(False)
        >>> [name for name, _ in model.named_parameters()]
        ['2.weight', '2.bias']
        """
        (thaw if requires_grad else freeze)(self)
        return self

    def to(self: Self, dtype: Any) -> Self:
        """Convert all parameters and floating buffers to a floating dtype; gradients too.

        Complex parameters become complex ones of that precision. Graphs recorded before can no longer be swept, and
        optimisers are made afterwards.

        Parameters
        ----------
        dtype : floating dtype
            Such as ``numpy.float32``.

        Returns
        -------
        Module
            This one.

        Raises
        ------
        DtypeError
            If it is not a floating one.

        Examples
        --------
        >>> import numpy as np
        >>> from autograd_lite import nn
        >>> nn.Linear(2, 3).to(np.float32).weight.dtype
        dtype('float32')
        """
        try:
            wanted = np.dtype(dtype)
        except TypeError:  # the name of a device
            wanted = None
        if wanted is None or wanted.kind != "f":
            name = repr(dtype) if wanted is None else str(wanted)
            raise DtypeError(f"{type(self).__name__}.to({name}): parameters need a floating dtype, such as float32")
        convert(self, wanted)
        return self

    def apply(self: Self, function: Callable[[Module], Any]) -> Self:
        """Call a function on every module in this one, and at last on this one, each once.

        Parameters
        ----------
        function : callable
            Gets a module; what it returns is ignored.

        Returns
        -------
        Module
            This one.

        Examples
        --------
        >>> import numpy as np
        >>> from autograd_lite import nn
        >>> def start(module):
        ...     if isinstance(module, nn.Linear):
        ...         nn.initializers.zeros_(module.bias)
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).apply(start)
        >>> model[0].bias.data
        array([0., 0., 0.])
        """
        _apply(self, function, set())
        return self

    # Hooks

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> tree.HookHandle:
        """Call ``hook(module, args)`` before each ``forward``.

        Parameters
        ----------
        hook : callable
            Gets this module and the positional arguments; what it returns, unless None, takes their place (a tuple, or
            a single argument).

        Returns
        -------
        HookHandle
            ``remove()`` of it, or a call, takes the hook off.

        Examples
        --------
        >>> from autograd_lite import nn
        >>> layer = nn.Tanh()
        >>> remove = layer.register_forward_pre_hook(lambda module, args: print(args))
        >>> float(layer(0.0))
        (0.0,)
        0.0
        >>> remove()
        """
        return tree.hooked(tree.Aside.of(self).before, hook)

    def register_forward_hook(self, hook: Callable[..., Any]) -> tree.HookHandle:
        """Call ``hook(module, args, out)`` after each ``forward``.

        Parameters
        ----------
        hook : callable
            Gets this module, the positional arguments and what ``forward`` returned; what it returns, unless None,
            takes the place of that.

        Returns
        -------
        HookHandle
            ``remove()`` of it, or a call, takes the hook off.

        Examples
        --------
        The outputs of a layer, kept aside:

        >>> import numpy as np
        >>> from autograd_lite import nn
        >>> model, kept = nn.Sequential(nn.Linear(2, 3), nn.Tanh()), []
        >>> remove = model[0].register_forward_hook(lambda module, args, out: kept.append(out))
        >>> model(np.ones((4, 2))).shape, kept[0].shape
        ((4, 3), (4, 3))
        >>> remove()
        """
        return tree.hooked(tree.Aside.of(self).after, hook)

    # Words

    def extra_repr(self) -> str:
        """Return what `repr` shows in the brackets of a module without modules in it, such as its sizes."""
        return ""

    def __repr__(self) -> str:
        lines = list(tree.lines(self, "", 0))
        width = max(len(text) for text, _ in lines)
        return "\n".join(f"{text:{width}}  {count:>9,}" if count else text for text, count in lines)

    # At the end of the class, whose body then no longer has the built-in name.

    def double(self: Self) -> Self:
        """Convert all parameters and floating buffers to float64; return this module."""
        return self.to(np.float64)

    def float(self: Self) -> Self:
        """Convert all parameters and floating buffers to float32, as PyTorch means it; return this module."""
        return self.to(np.float32)


def _apply(module: Module, function: Callable[[Module], Any], seen: set[int]) -> None:
    seen.add(id(module))
    for _, part in module.named_children():
        if id(part) not in seen:
            _apply(part, function, seen)
    function(module)
