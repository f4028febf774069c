"""What is trained or kept beside a trainer's model: a loss with parameters or buffers, and parameters in no module.

A checkpoint holds them too, or a run that is resumed would go on from other numbers than it was stopped at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import StructureError
from autograd_lite.nn import tree
from autograd_lite.nn.module import Module
from autograd_lite.nn.state import overwrite, own_values

if TYPE_CHECKING:
    from autograd_lite.nn.training.trainer import Trainer


def modules_beside(trainer: Trainer) -> dict[str, Module]:
    """Return the modules that are attributes of a trainer, without its model."""
    attributes = vars(trainer).items()
    return {name: value for name, value in attributes if isinstance(value, Module) and value is not trainer.model}


def parameters_beside(trainer: Trainer) -> dict[str, Tensor]:
    """Return the parameters of the optimiser that are not in the model, by names for messages."""
    names = {id(parameter): "" for _, parameter in tree.parameters(trainer.model, frozen=True)}
    for name, module in modules_beside(trainer).items():
        for path, parameter in tree.parameters(module, frozen=True):
            names.setdefault(id(parameter), f"{name}.{path}")
    listed = enumerate(getattr(trainer.optimizer, "parameters", ()))
    named = [(names.get(id(p), f"parameter {index} of the optimizer"), p) for index, p in listed]
    return {name: parameter for name, parameter in named if name}


def state_beside(trainer: Trainer) -> dict[str, np.ndarray]:
    """Return copies of all values that a trainer needs beside those of its model, by name."""
    inside = own_values(trainer.model)
    known = set(map(id, inside.values()))
    found = {name: parameter.data for name, parameter in parameters_beside(trainer).items()}
    for name, module in modules_beside(trainer).items():
        found |= {f"{name}.{path}": value for path, value in own_values(module).items() if id(value) not in known}
    return {name: np.array(value) for name, value in found.items()}


def load_beside(trainer: Trainer, state: Mapping[str, Any]) -> None:
    """Put values back that `state_beside` gave.

    Raises
    ------
    StructureError
        If they belong to another loss or other parameters; nothing is changed then.
    """
    here = {name: value.shape for name, value in state_beside(trainer).items()}
    there = {name: np.shape(value) for name, value in state.items()}
    if here != there:
        raise StructureError(
            f"the state has {there or 'nothing'} beside the model, by name and shape, and this trainer has "
            f"{here or 'nothing'}: make the same loss, and give the optimizer the same parameters"
        )
    for name, module in modules_beside(trainer).items():
        own = {path: state[f"{name}.{path}"] for path in own_values(module) if f"{name}.{path}" in state}
        module.load_state_dict(own, strict=False)
    for name, parameter in parameters_beside(trainer).items():
        overwrite(parameter, state[name])
