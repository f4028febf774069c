"""What an optimiser is given: parameters, groups of them, and numbers, each checked with words."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd_lite.core.graph import Leaf
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, GraphError, StructureError

#: Keys of a group that are not hyperparameters.
BOOKKEEPING = frozenset({"params", "param_names", "initial_lr", "name"})


def number(value: Any, argument: str, owner: str, below: float = math.inf) -> float:
    """Return a hyperparameter as a float, if it lies in [0, below).

    Raises
    ------
    ValueError
        If it does not.
    """
    try:
        checked = float(value) if not isinstance(value, Tensor) else math.nan
    except (TypeError, ValueError):
        checked = math.nan
    if not 0 <= checked < below:
        interval = f"[0, {below:g})" if below < math.inf else "[0, ∞)"
        raise ValueError(f"{owner}({argument}={value!r}): a number in {interval} is needed")
    return checked


def natural(value: Any, argument: str, owner: str, least: int = 1) -> int:
    """Return a count as an int, if it is a whole number of at least ``least``.

    Raises
    ------
    ValueError
        If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{owner}({argument}={value!r}): a whole number, {least} or more, is needed")
    return int(value)


def pair_of_betas(value: Any, owner: str) -> tuple[float, float]:
    """Return two numbers in [0, 1), the shares that running means keep.

    Raises
    ------
    ValueError
        If they are something else.
    """
    if not isinstance(value, Iterable) or isinstance(value, str) or len(betas := list(value)) != 2:
        raise ValueError(f"{owner}(betas={value!r}): two numbers in [0, 1) are needed, such as (0.9, 0.999)")
    return number(betas[0], "betas[0]", owner, below=1.0), number(betas[1], "betas[1]", owner, below=1.0)


def groups_of(parameters: Any, owner: str) -> list[dict[str, Any]]:
    """Return the groups that an optimiser was given: one if these are bare parameters."""
    if isinstance(parameters, Tensor | Mapping) or not isinstance(parameters, Iterable):
        raise StructureError(
            f"{owner}(parameters) got a {type(parameters).__name__}: pass model.parameters(), a list of Tensors, or a "
            f'list of groups such as {{"params": model.parameters(), "lr": 0.1}}'
        )
    listed = list(parameters)
    if not listed:
        raise StructureError(
            f"{owner}(parameters) got no parameters. A Module finds tracked Tensors (requires_grad=True) in its "
            f"attributes and in lists, tuples and dicts there; and a generator can be read only once."
        )
    if isinstance(listed[0], Mapping):
        return [complete_group(group, owner) for group in listed]
    return [complete_group({"params": listed}, owner)]


def complete_group(group: Any, owner: str) -> dict[str, Any]:
    """Return a copy of a group with its parameters checked and in a tuple, and their names apart if they came along."""
    if not isinstance(group, Mapping) or "params" not in group:
        got = f"a dict with the keys {list(group)}" if isinstance(group, Mapping) else f"a {type(group).__name__}"
        raise StructureError(f'{owner}: a group of parameters is a dict with the key "params", not {got}')
    given = group["params"]
    if isinstance(given, Mapping) or not isinstance(given, Iterable):
        raise StructureError(f'{owner}: "params" of a group is a {type(given).__name__}: a list of Tensors is needed')
    listed = [given] if isinstance(given, Tensor) else list(given)
    complete = dict(group)
    if listed and all(isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str) for item in listed):
        complete["param_names"] = tuple(name for name, _ in listed)
        listed = [parameter for _, parameter in listed]
    for index, parameter in enumerate(listed):
        _check_parameter(parameter, index, owner)
    complete["params"] = tuple(listed)
    return complete


def _check_parameter(parameter: Any, index: int, owner: str) -> None:
    """Raise unless it is a tracked leaf of real numbers on a NumPy array."""
    if not isinstance(parameter, Tensor) or type(parameter.node) is not Leaf:
        what = repr(parameter) if isinstance(parameter, Tensor) else f"a {type(parameter).__name__}"
        raise GraphError(
            f"{owner}(parameters): number {index} is {what}. Only tracked leaves can be updated: Tensors made by "
            f"Tensor(data, requires_grad=True), not results of operations. Of a module pass module.parameters()."
        )
    if not isinstance(parameter.data, np.ndarray | np.generic):
        kind = type(parameter.data).__name__
        raise DtypeError(f"{owner}(parameters): number {index} holds a {kind}; in-place updates need NumPy arrays")
    if parameter.dtype.kind == "c":
        raise DtypeError(
            f"{owner}(parameters): number {index} is complex, and the update rules are for real numbers: keep its "
            f"real and imaginary parts as two parameters."
        )


def check_keys(group: Mapping[str, Any], defaults: Mapping[str, Any], owner: str) -> None:
    """Raise if a group has a key that the optimiser does not know: a misspelt one would be ignored."""
    unknown = [key for key in group if key not in defaults and key not in BOOKKEEPING]
    if unknown:
        close = difflib.get_close_matches(unknown[0], list(defaults), n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise StructureError(
            f"{owner}: a group has the unknown key {unknown[0]!r}{hint}. Its hyperparameters are {list(defaults)}"
        )
