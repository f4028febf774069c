"""Parameters in few flat arrays, so that a step costs a handful of NumPy calls however many Tensors there are.

Small parameters that have taken equally many steps are packed into one array, and their Tensors become views of it. A
parameter that fills more than a `CHUNK` has an array of its own and is walked over in chunks, which the rules then find
in the processor's cache. When some parameters of a block miss a gradient that the others have, their counts of steps
part for good, and so does the block.

An update in place changes arrays that recorded graphs may still hold. So every updated Tensor gets a new leaf node, and
the old one is marked: a sweep that reaches it says so instead of mixing old values with new.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import ShapeError
from autograd_lite.optim.rules import Rule, Update

#: Bytes of one array that are updated at once: four such arrays are the second-level cache of a recent server.
CHUNK = 262_144

CACHE_LINE = 64

#: What an optimiser remembers about one parameter: "step", and the numbers and arrays of its rules by name.
Memory = Mapping[str, Any]


class Block:
    """Parameters of one dtype and one count of steps in one flat array, with the state of the rules.

    Parameters
    ----------
    parameters : sequence of Tensor
        Tracked leaves: several small ones, or a single one of any size.
    rules : sequence of Rule
    memories : sequence of Memory
        What is remembered about each, all with the same numbers; empty ones at the start.
    scratch : ndarray
        Of the parameters' dtype and at least as long as a chunk of them; shared with other blocks.

    Attributes
    ----------
    values : ndarray of shape (n,)
        The parameters one after another.
    count : int
        The number of steps.
    """

    def __init__(
        self, parameters: Sequence[Tensor], rules: Sequence[Rule], memories: Sequence[Memory], scratch: np.ndarray
    ):
        self.parameters = list(parameters)
        self.rules = list(rules)
        self.scratch = scratch
        self.shapes = [parameter.shape for parameter in self.parameters]
        ends = list(itertools.accumulate(parameter.size for parameter in self.parameters))
        self.spans = [slice(end - p.size, end) for end, p in zip(ends, self.parameters, strict=True)]
        self.values = _flat(self.parameters)
        self.views = [self._bind(index) for index in range(len(self.parameters))]
        self.scalars = [index for index, shape in enumerate(self.shapes) if shape == ()]
        self.count: int = memories[0].get("step", 0)
        names = state_names(self.rules)
        self.state = [
            [self._remembered(memories, name, start) for name, start in zip(own, rule.state.values(), strict=True)]
            for own, rule in zip(names, self.rules, strict=True)
        ]
        self.numbers = [
            {name: memories[0].get(name, start) for name, start in rule.numbers.items()} for rule in self.rules
        ]
        self.follow(rules)

    def follow(self, rules: Sequence[Rule]) -> None:
        """Take these rules from now on; they remember the same things as the ones before."""
        self.rules = list(rules)
        self.advancing = [(rule, numbers) for rule, numbers in zip(self.rules, self.numbers, strict=True) if numbers]
        self.stretches = self._stretches()

    def _remembered(self, memories: Sequence[Memory], name: str, start: float) -> np.ndarray:
        array = aligned(self.values.size, self.values.dtype)
        array[:] = start
        for span, memory in zip(self.spans, memories, strict=True):
            if name in memory:
                array[span] = np.reshape(memory[name], -1)
        return array

    def _bind(self, index: int) -> Any:
        """Make the Tensor's data a view of its span, or the number that stands there, and return that."""
        data = self.values[self.spans[index]].reshape(self.shapes[index])[()]
        self.parameters[index].data = data
        return data

    def _stretches(self) -> list[tuple[slice | None, Update, list[tuple[Any, ...]]]]:
        """Cut the flat arrays into chunks: where each is if not all, its update, and the rules with their memory."""
        length = max(1, CHUNK // self.values.itemsize)
        starts = range(0, max(1, self.values.size), length)
        stretches = []
        for low in starts:
            where = slice(low, min(low + length, self.values.size))
            calls = [
                (rule.apply, (*(array[where] for array in arrays), *([numbers] if numbers else [])))
                for rule, arrays, numbers in zip(self.rules, self.state, self.numbers, strict=True)
            ]
            update = Update(self.scratch[: where.stop - low], self.values[where])
            stretches.append((where if len(starts) > 1 else None, update, calls))
        return stretches

    def memory(self, index: int) -> Memory:
        """Return what is remembered about one parameter, its arrays as views."""
        if not self.count:
            return {}
        memory: dict[str, Any] = {"step": self.count}
        for numbers in self.numbers:
            memory.update(numbers)
        for names, arrays in zip(state_names(self.rules), self.state, strict=True):
            for name, array in zip(names, arrays, strict=True):
                memory[name] = array[self.spans[index]].reshape(self.shapes[index])
        return memory

    def gradients(self) -> tuple[list[Any], int]:
        """Take over what the user wrote; return the gradient of each parameter, or None, and how many are missing."""
        gradients = []
        missing = 0
        for parameter, view in zip(self.parameters, self.views, strict=True):
            if parameter.data is not view:
                self.adopt()
            leaf: Any = parameter.node
            gradient = None if leaf is None else leaf.gradient
            if gradient is None:
                missing += 1
            elif type(gradient) is Tensor:
                gradient = gradient.data
            gradients.append(gradient)
        return gradients, missing

    def adopt(self) -> None:
        """Take over arrays that the user has put in place of the views."""
        for index, (parameter, view) in enumerate(zip(self.parameters, self.views, strict=True)):
            data = parameter.data
            if data is view:
                continue
            if getattr(data, "shape", None) != view.shape or data.dtype != view.dtype:
                kind = type(data).__name__
                got = f"shape {data.shape} and dtype {data.dtype}" if hasattr(data, "shape") else f"a {kind}"
                raise ShapeError(
                    f"the data of parameter {parameter.name or index!r} of shape {view.shape} and dtype {view.dtype} "
                    f"was replaced by {got} after the optimiser was made: keep shape and dtype, or make a new optimiser"
                )
            self.values[self.spans[index]] = data.reshape(-1)
            self.views[index] = self._bind(index)

    def step(self, gradients: Sequence[Any], lr: float) -> None:
        """Update every parameter with its gradient."""
        self.count = count = self.count + 1
        for rule, numbers in self.advancing:
            rule.advance(count, numbers)
        stretches = self.stretches
        if len(gradients) == 1:
            flat = gradients[0].reshape(-1)
        else:  # together they fill one chunk at most
            flat = stretches[0][1].scratch
            np.concatenate(gradients, axis=None, out=flat)
        for where, update, calls in stretches:
            update.start(flat if where is None else flat[where], count)
            for apply, state in calls:
                apply(update, state)
            update.finish(lr)
        self._supersede()

    def put(self, values: np.ndarray) -> None:
        """Give all parameters new values."""
        self.values[:] = values
        self._supersede()

    def _supersede(self) -> None:
        """Give every Tensor, whose values have changed, a new leaf node."""
        for index in self.scalars:
            self.views[index] = self._bind(index)
        leaf: Any  # a Leaf: nothing else is taken as a parameter
        for parameter in self.parameters:
            leaf = parameter.node
            parameter.node = leaf.succeeded()


def state_names(rules: Sequence[Rule]) -> list[list[str]]:
    """Return for each rule the names of its arrays; the same name in a second rule gets a number."""
    seen: dict[str, int] = {}
    names: list[list[str]] = []
    for rule in rules:
        own = []
        for name in rule.state:
            seen[name] = seen.get(name, 0) + 1
            own.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
        names.append(own)
    return names


def aligned(size: int, dtype: np.dtype[Any]) -> np.ndarray:
    """Return an array, not filled, that begins on a cache line, where NumPy's loops take a tenth less time.

    NumPy's own begin anywhere that is divisible by 16.
    """
    nbytes = size * dtype.itemsize
    memory = np.empty(nbytes + CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + nbytes].view(dtype)


def _flat(parameters: Sequence[Tensor]) -> np.ndarray:
    """Return the values of parameters one after another."""
    flat = aligned(sum(parameter.size for parameter in parameters), parameters[0].dtype)
    return np.concatenate([parameter.data for parameter in parameters], axis=None, out=flat)


def blocks_of(parameters: Sequence[Tensor], rules: Sequence[Rule], memories: Sequence[Memory]) -> list[Block]:
    """Pack parameters into blocks: the small ones of one dtype and one count of steps together, every large one alone.

    Parameters
    ----------
    parameters : sequence of Tensor
    rules : sequence of Rule
    memories : sequence of Memory
        What is remembered about each.

    Returns
    -------
    list of Block
    """
    number_names = [name for rule in rules for name in rule.numbers]
    packs: dict[tuple[Any, ...], list[list[int]]] = {}
    for index, (parameter, memory) in enumerate(zip(parameters, memories, strict=True)):
        key = (parameter.dtype, memory.get("step", 0), *(memory.get(name) for name in number_names))
        open_packs = packs.setdefault(key, [[]])
        nbytes = parameter.data.nbytes
        if nbytes > CHUNK:
            open_packs.insert(0, [index])
            continue
        if sum(parameters[i].data.nbytes for i in open_packs[-1]) + nbytes > CHUNK:
            open_packs.append([])
        open_packs[-1].append(index)
    scratches: dict[np.dtype[Any], np.ndarray] = {}
    blocks = []
    for (dtype, *_), groups in packs.items():
        largest = max(sum(parameters[i].size for i in group) for groups in packs.values() for group in groups)
        scratch = scratches.setdefault(dtype, aligned(min(largest, CHUNK // dtype.itemsize), dtype))
        blocks += [
            Block([parameters[i] for i in group], rules, [memories[i] for i in group], scratch)
            for group in groups
            if group
        ]
    return blocks
