"""`functional_call`: a module as a function of its parameters, so that every transform works on modules.

The parameters of the module are given other values and nodes for the duration of the call. Tensors stay the objects
that they are, so that whatever refers to them reads the substitutes too: shared parameters, closures, methods kept in
attributes. A checkpoint inside of the module runs again after the call has ended, and finds the substitutes put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.tensor import Tensor, tensor_of
from autograd_lite.errors import DtypeError, StructureError
from autograd_lite.nn import tree
from autograd_lite.transforms.arguments import flatten, unflatten
from autograd_lite.transforms.replay import SURROUNDINGS


def functional_call(module: tree.Branch, params: Mapping[str, Any], /, *args: Any, **kwargs: Any) -> Any:
    """Return ``module(*args, **kwargs)`` with other values for its parameters and buffers.

    The module itself stays as it is, whatever happens in the call: what its ``forward`` does to buffers, such as
    running statistics, is forgotten. While the call runs the module must not be used by other threads.

    Parameters
    ----------
    module : Module
    params : mapping of str to array or Tensor
        Values by the names that ``named_parameters`` and ``named_buffers`` give. What is not named keeps its value. A
        shared parameter is given under one of its names, or the same object under several.
    *args, **kwargs : object
        Passed to the module.

    Returns
    -------
    object
        What the module returns.

    Raises
    ------
    StructureError
        If names or shapes do not match; the message lists every mismatch.
    TypeError
        If ``module`` is none.

    Examples
    --------
    The gradient of a loss in all parameters, and the Hessian in one of them:

    >>> import autograd_lite as ag, numpy as np
    >>> from autograd_lite import nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    >>> x, y = np.ones((4, 2)), np.zeros((4, 1))
    >>> params = {name: p.data for name, p in model.named_parameters()}
    >>> slopes = ag.grad(lambda params: nn.mse_loss(nn.functional_call(model, params, x), y))(params)
    >>> {name: slope.shape for name, slope in slopes.items()}
    {'0.weight': (3, 2), '0.bias': (3,), '2.weight': (1, 3), '2.bias': (1,)}
    >>> ag.hessian(lambda b: nn.mse_loss(nn.functional_call(model, {"2.bias": b}, x), y))(params["2.bias"])
    array([[2.]])
    """
    if not isinstance(module, tree.Branch):
        raise TypeError(f"functional_call(module, params, ...): a Module is needed, and this is {module!r}")
    exchange, originals = _exchange(module, params)
    try:
        for held in originals:
            value = exchange.buffers.get((id(held.module), held.name), held.value)
            setattr(held.module, held.name, np.array(value) if isinstance(value, np.ndarray) else value)
        with _substituted(exchange.parameters):
            return _apart(module(*args, **kwargs), exchange.parameters)  # type: ignore[operator]
    finally:
        for held in originals:
            setattr(held.module, held.name, held.value)


class _Held(NamedTuple):
    """A buffer as it was before the call."""

    module: tree.Branch
    name: str
    value: Any


class _Substitute(NamedTuple):
    """What a parameter holds for a while."""

    tensor: Tensor
    data: Any
    node: Any


class _Exchange(NamedTuple):
    """What a call puts in: substitutes of parameters, and values of buffers by module and attribute."""

    parameters: list[_Substitute]
    buffers: dict[tuple[int, str], Any]


def _exchange(root: tree.Branch, params: Mapping[str, Any]) -> tuple[_Exchange, list[_Held]]:
    """Return what to put in, checked, and all buffers as they are."""
    inside = tree.walk(root, frozen=True)
    parameters = {path: value for path, value in inside if isinstance(value, Tensor)}
    buffers = {path: (module, name) for path, module, name in tree.buffers_in(inside)}
    given, problems = _by_first_name(root, {**parameters, **buffers}, params)
    found = _Exchange([], {})
    for name, value in given.items():
        try:
            data, node = (value.data, value.node) if isinstance(value, Tracked) else (_as_array(value), None)
        except DtypeError as error:
            problems.append(f"{name} is {error}")
            continue
        own = parameters[name] if name in parameters else getattr(*buffers[name])
        if data.shape != np.shape(own):
            problems.append(f"{name} has shape {data.shape}, and {np.shape(own)} is needed")
        elif name in parameters:
            found.parameters.append(_Substitute(parameters[name], data, node))
        else:
            module, attribute = buffers[name]
            found.buffers[id(module), attribute] = data if node is None else value
    if problems:
        raise StructureError(
            f"functional_call({type(root).__name__}, params): {len(problems)} mismatch(es):\n  " + "\n  ".join(problems)
        )
    return found, [_Held(module, name, getattr(module, name)) for module, name in buffers.values()]


def _by_first_name(
    root: tree.Branch, own: Mapping[str, Any], params: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the values by the first names of what they are for, and what is wrong with the names."""
    if not isinstance(params, Mapping):
        raise StructureError(f"functional_call(module, params) needs a mapping of names to values, not {type(params)}")
    given = {name: value for name, value in params.items() if name in own}
    problems = []
    others = [name for name in params if name not in own]
    names = tree.Names(root) if others else None
    for name in others:
        first = names.first(name) if names is not None else None
        if first is None:
            problems.append(f"{name} is not in the model")
        elif given.setdefault(first, params[name]) is not params[name]:
            problems.append(f"{name} and {first} are one shared parameter: give one of them")
    return given, problems


def _as_array(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.ndim:
        return value
    if hasattr(value, "shape") and hasattr(value, "dtype") and hasattr(type(value), "__array_function__"):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "fiubc":
        raise DtypeError(f"{value!r} of type {type(value).__name__}, where an array or Tensor is needed")
    return array[()]


# One call after another, and inside of another


@contextmanager
def _substituted(substitutes: list[_Substitute]) -> Iterator[None]:
    """Let parameters hold other values and nodes; then what they held before, also where an error ends the block."""
    before = [_Substitute(tensor, tensor.data, tensor.node) for tensor, _, _ in substitutes]
    outermost = [tensor for tensor, _, _ in substitutes if id(tensor) not in tree.STANDING_IN]
    try:
        for tensor, data, node in substitutes:
            tree.STANDING_IN[id(tensor)] = tensor
            tensor.data, tensor.node = data, node
        yield
    finally:
        for tensor, data, node in before:
            tensor.data, tensor.node = data, node
        for tensor in outermost:
            tree.STANDING_IN.pop(id(tensor), None)


def _apart(out: Any, substitutes: list[_Substitute]) -> Any:
    """Return the result with fresh Tensors in place of parameters that are handed out themselves."""
    stand_ins = {id(tensor): tensor for tensor, _, _ in substitutes}
    if isinstance(out, Tensor):
        return tensor_of(out.data, out.node) if id(out) in stand_ins else out
    leaves, structure = flatten(out)
    if not any(id(leaf) in stand_ins for leaf in leaves):
        return out
    return unflatten(structure, [_apart(leaf, substitutes) if isinstance(leaf, Tensor) else leaf for leaf in leaves])


def _as_now() -> Callable[[], AbstractContextManager[None]] | None:
    """Return what puts the substitutes of this moment in again; None if there are none."""
    if not tree.STANDING_IN:
        return None
    now = [_Substitute(tensor, tensor.data, tensor.node) for tensor in tree.STANDING_IN.values()]
    return lambda: _substituted(now)


SURROUNDINGS.append(_as_now)
