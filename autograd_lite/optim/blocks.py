"""Parameters in few flat arrays, so that a step costs a handful of NumPy calls however many Tensors there are.

Small parameters are packed into one array, and their Tensors become views of it. A parameter larger than `CHUNK`
elements stays where it is and is walked over in chunks, which the rules then find in the processor's cache. Either
way the gradients are copied into a scratch array, where the rules work on them in place.

An update in place changes arrays that recorded graphs may still hold. So every updated Tensor gets a new leaf node, and
the old one is marked: a sweep that reaches it says so instead of mixing old values with new.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.core.graph import Leaf
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import ShapeError
from autograd_lite.optim.rules import Rule, Update

#: Elements that are updated at once: with four such arrays of float64 still within a second-level cache.
CHUNK = 16_384


class Block:
    """Parameters of one dtype in one flat array, with the state of the rules.

    Parameters
    ----------
    parameters : sequence of Tensor
        Tracked leaves: several small ones, or a single one of any size.
    rules : sequence of Rule
    scratch : ndarray of shape (at least the number of elements, or CHUNK,)
        Of the parameters' dtype, shared by all blocks.

    Attributes
    ----------
    values : ndarray of shape (n,)
        The parameters one after another.
    state : list of list of ndarray of shape (n,)
        For each rule the arrays that it remembers.
    count : int
        The number of steps.
    missed : dict of int to int
        How many of them passed over a parameter, by its position, because it had no gradient.
    """

    def __init__(self, parameters: Sequence[Tensor], rules: Sequence[Rule], scratch: np.ndarray):
        self.parameters = list(parameters)
        self.rules = list(rules)
        self.scratch = scratch
        self.shapes = [parameter.shape for parameter in self.parameters]
        ends = list(itertools.accumulate(parameter.size for parameter in self.parameters))
        self.spans = [slice(end - p.size, end) for end, p in zip(ends, self.parameters, strict=True)]
        self.values = _flat(self.parameters)
        self.views = [self._bind(index) for index in range(len(self.parameters))]
        self.scalars = [index for index, shape in enumerate(self.shapes) if shape == ()]
        self.state = [[np.zeros_like(self.values) for _ in rule.state] for rule in self.rules]
        self.count = 0
        self.missed: dict[int, int] = {}
        self.whole = self._stretches(0, self.values.size)

    def __getstate__(self) -> dict[str, Any]:
        for parameter, view in zip(self.parameters, self.views, strict=True):
            if parameter.data is not view:
                self._adopt(parameter)
        return {name: value for name, value in vars(self).items() if name not in ("views", "whole")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)  # a copy of a view would be an array of its own, so they are made anew
        self.views = [self._bind(index) for index in range(len(self.parameters))]
        self.whole = self._stretches(0, self.values.size)

    def _bind(self, index: int) -> Any:
        """Make the Tensor's data a view of its span, or the number that stands there, and return that."""
        data = self.values[self.spans[index]].reshape(self.shapes[index])[()]
        self.parameters[index].data = data
        return data

    def _stretches(self, start: int, stop: int) -> list[tuple[slice, Update, list[tuple[Rule, list[np.ndarray]]]]]:
        """Cut a range of the flat arrays into chunks: where each is, and what the rules work on there."""
        stretches = []
        for low in range(start, stop, CHUNK):
            where = slice(low, min(low + CHUNK, stop))
            update = Update(self.scratch[: where.stop - low], self.values[where])
            calls = [
                (rule, [array[where] for array in arrays]) for rule, arrays in zip(self.rules, self.state, strict=True)
            ]
            stretches.append((slice(low - start, where.stop - start), update, calls))
        return stretches

    def step(self, lr: float) -> None:
        """Update every parameter that has a gradient."""
        gradients = []
        missing = False
        for parameter, view in zip(self.parameters, self.views, strict=True):
            if parameter.data is not view:
                self._adopt(parameter)
            leaf: Any = parameter.node
            gradient = leaf.gradient
            if gradient is None:
                missing = True
            elif type(gradient) is Tensor:
                gradient = gradient.data
            gradients.append(gradient)
        self.count += 1
        if missing or self.missed:
            updated = self._step_singly(gradients, lr)
        else:
            updated = self.parameters
            self._advance(gradients, self.whole, self.count, lr)
        for index in self.scalars:
            self.views[index] = self._bind(index)
        for parameter in updated:
            leaf = parameter.node
            assert type(leaf) is Leaf
            parameter.node = leaf.succeeded()

    def _step_singly(self, gradients: Sequence[Any], lr: float) -> list[Tensor]:
        """Update the parameters that have a gradient one by one, each with its own count; return them."""
        updated = []
        for index, gradient in enumerate(gradients):
            if gradient is None:
                self.missed[index] = self.missed.get(index, 0) + 1
                continue
            span = self.spans[index]
            count = self.count - self.missed.get(index, 0)
            self._advance([gradient], self._stretches(span.start, span.stop), count, lr)
            updated.append(self.parameters[index])
        return updated

    def _advance(self, gradients: Sequence[Any], stretches: Sequence[Any], count: int, lr: float) -> None:
        """Run the rules over stretches that the gradients, one after another, belong to."""
        if len(stretches) == 1:
            np.concatenate(gradients, axis=None, out=stretches[0][1].direction)
        flat = gradients[0].reshape(-1)
        for where, update, calls in stretches:
            direction = update.direction
            if len(stretches) > 1:
                direction[:] = flat[where]
            update.count = count
            update.factor = 1.0
            for rule, state in calls:
                rule.apply(update, state)
            direction *= -lr * update.factor
            values = update.parameters
            values += direction

    def _adopt(self, parameter: Tensor) -> None:
        """Take over an array that the user has put in place of the view."""
        index = next(i for i, held in enumerate(self.parameters) if held is parameter)
        data, view = parameter.data, self.views[index]
        if getattr(data, "shape", None) != view.shape or data.dtype != view.dtype:
            got = f"shape {data.shape} and dtype {data.dtype}" if hasattr(data, "shape") else f"a {type(data).__name__}"
            raise ShapeError(
                f"the data of parameter {parameter.name or index!r} of shape {view.shape} and dtype {view.dtype} was "
                f"replaced by {got} after the optimiser was made: keep shape and dtype, or make a new optimiser"
            )
        self.values[self.spans[index]] = data.reshape(-1)
        self.views[index] = self._bind(index)


def _flat(parameters: Sequence[Tensor]) -> np.ndarray:
    """Return the values of parameters one after another: those of a single large one where they are, if possible."""
    data = parameters[0].data
    if len(parameters) == 1 and data.size > CHUNK and data.flags.c_contiguous and data.flags.writeable:
        return data.reshape(-1)
    return np.concatenate([parameter.data for parameter in parameters], axis=None)


def blocks_of(parameters: Sequence[Tensor], rules: Sequence[Rule]) -> list[Block]:
    """Pack parameters into blocks: the small ones of each dtype together, every large one alone.

    Parameters
    ----------
    parameters : sequence of Tensor
    rules : sequence of Rule

    Returns
    -------
    list of Block
    """
    packs: dict[np.dtype[Any], list[list[Tensor]]] = {}
    for parameter in parameters:
        open_packs = packs.setdefault(parameter.dtype, [[]])
        if parameter.size > CHUNK:
            open_packs.insert(0, [parameter])
            continue
        if sum(p.size for p in open_packs[-1]) + parameter.size > CHUNK:
            open_packs.append([])
        open_packs[-1].append(parameter)
    blocks = []
    for dtype, groups in packs.items():
        largest = max(sum(p.size for p in group) for group in groups)
        scratch = np.empty(min(largest, CHUNK), dtype)
        blocks += [Block(group, rules, scratch) for group in groups if group]
    return blocks
