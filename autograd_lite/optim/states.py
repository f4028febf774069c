"""Optimisers' state as plain dicts of numbers and arrays, to be stored beside the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite.errors import StructureError

if TYPE_CHECKING:
    from autograd_lite.optim.optimizer import Optimizer


def packed_state(optimizer: Optimizer) -> dict[str, Any]:
    """Return the state of an optimiser; see `Optimizer.state_dict`."""
    memories = [memory for index in range(len(optimizer.param_groups)) for memory in optimizer._memories(index)]
    state = {
        position: {name: _copied(value) for name, value in memory.items()}
        for position, memory in enumerate(memories)
        if memory
    }
    return {"state": state, "param_groups": packed_groups(optimizer)}


def packed_groups(optimizer: Optimizer) -> list[dict[str, Any]]:
    """Return the groups of an optimiser with positions in place of parameters."""
    groups = []
    start = 0
    for group in optimizer.param_groups:
        stop = start + len(group["params"])
        packed = {key: _plain(key, value) for key, value in group.items()}
        groups.append({**packed, "params": list(range(start, stop))})
        start = stop
    return groups


def unpack_state(optimizer: Optimizer, stored: Mapping[str, Any]) -> None:
    """Put a stored state into an optimiser; see `Optimizer.load_state_dict`."""
    groups = matched_groups(optimizer, stored)
    problems: list[str] = []
    memories = []
    for group, packed in zip(groups, stored["param_groups"], strict=True):
        expected = optimizer._expected(group)
        memories.append([_memory(_entry(stored["state"], position), expected) for position in packed["params"]])
        for position, parameter, memory in zip(packed["params"], group["params"], memories[-1], strict=True):
            problems += _mismatches(memory, expected, parameter.shape, position)
    _refuse(problems, optimizer)
    for index, (group, remembered) in enumerate(zip(groups, memories, strict=True)):
        optimizer.param_groups[index].update(group)
        optimizer._remember(index, remembered)


def matched_groups(optimizer: Optimizer, stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the groups of an optimiser with the stored hyperparameters, unless they do not match."""
    owner = type(optimizer).__name__
    if not isinstance(stored, Mapping) or not {"state", "param_groups"} <= set(stored):
        raise StructureError(f'{owner}.load_state_dict needs a dict with the keys "state" and "param_groups"')
    mine, theirs = optimizer.param_groups, stored["param_groups"]
    sizes, stored_sizes = [len(g["params"]) for g in mine], [len(g["params"]) for g in theirs]
    if sizes != stored_sizes:
        raise StructureError(
            f"{owner}.load_state_dict: the groups of this optimiser have {sizes} parameters, and those of the state "
            f"{stored_sizes}: it belongs to another model, or the groups are made differently"
        )
    problems: list[str] = []
    for index, (group, packed) in enumerate(zip(mine, theirs, strict=True)):
        if "rules" in group and [str(rule) for rule in group["rules"]] != list(packed.get("rules", [])):
            problems.append(f"the rules of group {index} are {list(group['rules'])}, not {packed.get('rules')}")
        problems += [f"group {index} has no {key!r}" for key in optimizer.defaults if key not in packed]
    _refuse(problems, optimizer)
    return [
        {**group, **{key: value for key, value in packed.items() if _is_taken(key, group)}}
        for group, packed in zip(mine, theirs, strict=True)
    ]


def _refuse(problems: Sequence[str], optimizer: Optimizer) -> None:
    """Raise if there are any."""
    if problems:
        raise StructureError(
            f"{type(optimizer).__name__}.load_state_dict: {len(problems)} mismatch(es), so nothing was loaded:\n  "
            + "\n  ".join(problems)
        )


def _is_taken(key: str, group: Mapping[str, Any]) -> bool:
    """Say whether a stored key of a group is loaded: not what PyTorch alone knows, nor what is code or a name."""
    return key == "initial_lr" or (key in group and key not in ("params", "rules", "param_names"))


def _copied(value: Any) -> Any:
    return np.array(value) if isinstance(value, np.ndarray) else value


def _plain(key: str, value: Any) -> Any:
    """Return a hyperparameter as it is stored: rules are code, so only what they say is."""
    return [str(rule) for rule in value] if key == "rules" else value


def _entry(state: Mapping[Any, Any], position: int) -> dict[str, Any]:
    """Return what is stored for one parameter; JSON makes strings of the positions."""
    return dict(state.get(position, state.get(str(position), {})))


def _memory(entry: dict[str, Any], expected: Mapping[str, bool]) -> dict[str, Any]:
    """Return a stored entry as arrays and numbers; PyTorch keeps numbers in tensors, and may keep no count of steps."""
    memory: dict[str, Any] = {}
    for name, value in entry.items():
        if value is None:
            continue
        memory[name] = np.asarray(value) if expected.get(name, True) else float(value)
    if memory:
        memory["step"] = int(memory.get("step", 1))
    return memory


def _mismatches(
    memory: Mapping[str, Any], expected: Mapping[str, bool], shape: tuple[int, ...], position: int
) -> Sequence[str]:
    """Say what is wrong with the memory of one parameter."""
    if not memory:
        return []
    found = [f"state of parameter {position} has no {name!r}" for name in expected if name not in memory]
    for name, value in memory.items():
        if name not in expected:
            found.append(f"state of parameter {position} has {name!r}, which these rules do not remember")
        elif expected[name] and value.shape != shape:
            found.append(f"{name!r} of parameter {position} has shape {value.shape}, and {shape} is needed")
    return found
