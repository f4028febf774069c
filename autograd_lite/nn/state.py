"""Loading a state into a module: matching names and shapes, and writing values where the parameters' arrays are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_lite.core.graph import Leaf
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DetachError, StructureError
from autograd_lite.nn import tree


def matched(root: tree.Branch, state: Mapping[str, Any], strict: bool) -> dict[str, np.ndarray]:
    """Return a state as arrays under the names of the module's own parameters and buffers.

    Parameters
    ----------
    root : Branch
        The module.
    state : mapping of str to array or Tensor
    strict : bool
        Whether names that are missing or unexpected are errors.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    StructureError
        With a line for every mismatch.
    """
    own = own_values(root)
    if not isinstance(state, Mapping):
        raise StructureError(f"load_state_dict(state) needs a mapping of names to arrays, and got {type(state)}")
    values, problems = _by_own_name(root, own, state, strict)
    problems += [problem for name, value in own.items() if name in values for problem in _misfit(name, values, value)]
    if strict:
        problems += [f"{name} is missing" for name in own if name not in values]
    if problems:
        raise StructureError(
            f"{type(root).__name__}.load_state_dict: {len(problems)} mismatch(es), so nothing was loaded:\n  "
            + "\n  ".join(problems)
        )
    return values


def own_values(root: tree.Branch) -> dict[str, Any]:
    """Return the arrays of all parameters, frozen ones too, and of all buffers, by name.

    Raises
    ------
    StructureError
        If two of them have one name, so that one would be lost.
    DetachError
        If a buffer is a tracked Tensor.
    """
    inside = tree.walk(root, frozen=True)
    found = [(path, value.data) for path, value in inside if isinstance(value, Tensor)]
    for path, module, name in tree.buffers_in(inside):
        value = getattr(module, name)
        if isinstance(value, Tensor) and value.requires_grad:
            raise DetachError(
                f"the buffer {path} of {type(root).__name__} is a tracked Tensor, and buffers hold plain values: "
                f"assign value.detach().numpy() to it where forward() updates it"
            )
        found.append((path, value))
    values = dict(found)
    if len(values) < len(found):
        twice = next(path for path, count in Counter(path for path, _ in found).items() if count > 1)
        raise StructureError(
            f"two parameters or buffers of {type(root).__name__} have the name {twice!r}, so that a state would hold "
            f"only one of them: take other keys in its dicts, without points and each as a string"
        )
    return values


def _by_own_name(
    root: tree.Branch, own: Mapping[str, Any], state: Mapping[str, Any], strict: bool
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the values that belong to the module, and what is wrong with the names."""
    values = {name: as_array(value) for name, value in state.items() if name in own}
    problems: list[str] = []
    others = [name for name in state if name not in own]
    names = tree.Names(root) if others else None
    for name in others:
        first = names.first(str(name)) if names is not None else None
        if first is None:
            problems += [f"{name} is not in the model"] if strict else []
        elif first not in values:
            values[first] = as_array(state[name])
        elif not _equal(values[first], as_array(state[name])):
            problems.append(f"{name} and {first} are one shared parameter in the model, and have different values here")
    return values, problems


def as_array(value: Any) -> np.ndarray:
    """Return a value of a state as an array: of a Tensor, of ours or of PyTorch, its data."""
    return np.asarray(getattr(value, "data", value) if not isinstance(value, np.ndarray) else value)


def _equal(left: np.ndarray, right: np.ndarray) -> bool:
    return left.shape == right.shape and bool(np.all((left == right) | ((left != left) & (right != right))))


def _misfit(name: str, values: Mapping[str, np.ndarray], own: Any) -> list[str]:
    value = values[name]
    if value.dtype.kind not in "fiub" and not value.dtype.kind == own.dtype.kind == "c":
        return [f"{name} has dtype {value.dtype}, and {own.dtype} is needed"]
    if value.shape != np.shape(own):
        return [f"{name} has shape {value.shape}, and {np.shape(own)} is needed"]
    kind = np.asarray(own).dtype
    if value.dtype.kind == "f" and kind.kind in "iub" and not np.array_equal(value.astype(kind), value):
        return [f"{name} has dtype {value.dtype}, and numbers in it that {kind}, which is needed, cannot hold"]
    return []


def write(root: tree.Branch, values: Mapping[str, np.ndarray]) -> None:
    """Write values into the parameters and buffers of these names, which they fit."""
    for name, parameter in list(tree.parameters(root, frozen=True)):
        if name in values:
            overwrite(parameter, values[name])
    for path, module, name in tree.buffers(root):
        if path in values:
            setattr(module, name, np.array(values[path], np.asarray(getattr(module, name)).dtype))


def overwrite(parameter: Tensor, value: Any) -> None:
    """Put values into a parameter where its array is, which an optimiser may share, and give it a new leaf node."""
    if parameter.ndim:
        parameter.data[...] = value
    else:
        parameter.data = parameter.dtype.type(value)
    if isinstance(parameter.node, Leaf):
        parameter.node = parameter.node.succeeded()


def convert(root: tree.Branch, dtype: np.dtype[Any]) -> None:
    """Convert parameters and floating buffers to a floating dtype, complex parameters to one of its precision."""
    wide = np.result_type(dtype, np.complex64)
    for _, parameter in list(tree.parameters(root, frozen=True)):
        wanted = wide if parameter.dtype.kind == "c" else dtype
        if parameter.dtype != wanted:
            _renew(parameter, parameter.data.astype(wanted))
    for _, module, name in tree.buffers(root):
        value = np.asarray(getattr(module, name))
        if value.dtype.kind == "f":
            setattr(module, name, value.astype(dtype))


def _renew(parameter: Tensor, data: Any) -> None:
    """Give a parameter an array of another dtype, its gradient in that dtype, and a new leaf node."""
    parameter.data = data
    if isinstance(parameter.node, Leaf):
        leaf = parameter.node.succeeded()
        leaf.dtype = data.dtype
        if leaf.gradient is not None:
            leaf.gradient = leaf.gradient.astype(data.dtype)
        parameter.node = leaf


def freeze(root: tree.Branch) -> None:
    """Make constants of all parameters; each module remembers those that are directly in it."""
    modules = [module for _, module in tree.modules(root)]
    for module in modules:
        own = [tensor for _, tensor in tree.directly_in(module, "", Tensor) if tree.is_parameter(tensor)]
        if own:
            tree.Aside.of(module).frozen += own
    for module in modules:
        for tensor in tree.frozen_in(module):
            tensor.node = None


def thaw(root: tree.Branch) -> None:
    """Make tracked leaves of the parameters that were frozen."""
    for _, module in list(tree.modules(root)):
        for tensor in tree.frozen_in(module):
            if tensor.node is None:
                tensor.node = Tensor(tensor.data, True, tensor.name or None, copy=False).node
        if module._aside is not None:
            module._aside.frozen = []
