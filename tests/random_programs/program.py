"""Programs: how they are drawn, run, printed and shrunk.

A program starts from one flat vector, cut into arrays of several shapes, applies steps to a growing pool of arrays, and
ends in a scalar. The generator runs the steps on NumPy as it goes, to keep magnitudes tame and stay clear of kinks.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import matrices as matrices
from . import scans as scans
from . import special as special
from .backends import NUMPY
from .drawing import MOST_ELEMENTS, Operation
from .steps import STEPS

MARGIN = 1e-3  # how far from a kink every value stays
LARGEST = 4.0  # values beyond this are tamed by a further step
WILD = 100.0  # a step that makes such values is not taken: their cosine would multiply rounding errors as much
SHAPES = ((), (3,), (2,), (2, 3), (3, 3), (3, 1), (1, 3), (2, 3, 2), (2, 3, 3))


@dataclasses.dataclass(frozen=True)
class Step:
    """One operation of a program, on arrays of the pool by number."""

    name: str
    inputs: tuple[int, ...]
    options: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Program:
    """Steps over a pool that starts with pieces of ``x``; the value is the sum of weighted means of ``outputs``."""

    x: np.ndarray
    shapes: tuple[tuple[int, ...], ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]

    def pool(self, xp: Any, x: Any) -> list[Any]:
        """Return all arrays that the program makes from ``x`` in the namespace of a backend."""
        pool, start = [], 0
        for shape in self.shapes:
            stop = start + int(np.prod(shape))
            pool.append(xp.reshape(x[start:stop], shape))
            start = stop
        for step in self.steps:
            pool.append(STEPS[step.name].run(xp, *(pool[i] for i in step.inputs), **step.options))
        return pool

    def run(self, xp: Any, x: Any) -> Any:
        """Return the value at ``x``."""
        pool = self.pool(xp, x)
        return functools.reduce(lambda a, b: a + b, (weighted_mean(xp, pool[i]) for i in self.outputs))

    def __str__(self) -> str:
        names = [f"x{i}" for i in range(len(self.shapes))] + [f"v{i}" for i in range(len(self.steps))]
        lines = [f"x = {self.x.tolist()}", f"{', '.join(names[: len(self.shapes)])} = x cut into {self.shapes}"]
        for name, step in zip(names[len(self.shapes) :], self.steps, strict=True):
            words = [names[i] for i in step.inputs] + [f"{key}={value!r}" for key, value in step.options.items()]
            lines.append(f"{name} = {step.name}({', '.join(words)})")
        return "\n".join([*lines, f"return weighted means of {', '.join(names[i] for i in self.outputs)}"])


def weighted_mean(xp: Any, a: Any) -> Any:
    """Return a mean with weights that tell elements apart."""
    weights = np.cos(np.arange(int(np.prod(a.shape)), dtype=float)).reshape(tuple(a.shape))
    return xp.mean(a * xp.constant(weights, a))


# Drawing


def generate(seed: int, least: int = 5, most: int = 40) -> Program:
    """Draw a program of ``least`` to ``most`` steps."""
    rng = np.random.default_rng(seed)
    picked = [SHAPES[i] for i in rng.permutation(len(SHAPES))[: rng.integers(2, 5)]]
    size = sum(int(np.prod(shape)) for shape in picked)
    empty = Program(rng.uniform(-1.5, 1.5, size=size), tuple(picked), (), ())
    pool, steps = empty.pool(NUMPY, empty.x), []
    length = int(rng.integers(least, most + 1))
    while len(steps) < length:
        step, made = draw_step(rng, pool)
        steps.append(step)
        pool.append(made)
        if np.max(np.abs(made)) > LARGEST:
            steps.append(Step("tamed", (len(pool) - 1,), {}))
            pool.append(STEPS["tamed"].run(NUMPY, made))
    used = {i for step in steps for i in step.inputs}
    unused = [i for i in range(len(picked), len(pool)) if i not in used]
    return Program(empty.x, empty.shapes, tuple(steps), tuple(unused))


def draw_step(rng: Any, pool: list[Any]) -> tuple[Step, Any]:
    """Draw a step that fits the pool, and what it makes."""
    topics = ["elementwise", *sorted({operation.topic for operation in STEPS.values()})]  # the largest topic twice
    while True:
        topic = rng.choice(topics)
        name = str(rng.choice([name for name, operation in STEPS.items() if operation.topic == topic]))
        operation = STEPS[name]
        drawn = operation.draw(rng, pool)
        if drawn is None:
            continue
        inputs, options = drawn
        arrays = [pool[i] for i in inputs]
        if not is_clear(operation, arrays, options):
            continue
        made = operation.run(NUMPY, *arrays, **options)
        if 0 < np.size(made) <= MOST_ELEMENTS and np.ndim(made) <= 5 and np.max(np.abs(made)) < WILD:
            return Step(name, inputs, options), made


# Shrinking


def shrink(program: Program, fails: Callable[[Program], bool]) -> Program:
    """Return a small program that still fails, by leaving out whatever does not matter."""
    shrunk = True
    while shrunk:
        smaller = next((candidate for candidate in candidates(program) if fails(candidate)), None)
        shrunk = smaller is not None
        program = smaller or program
    return program


def candidates(program: Program) -> Iterator[Program]:
    """Yield valid programs that are smaller: with fewer or earlier outputs, or arrays replaced by earlier ones."""
    first, last = len(program.shapes), len(program.shapes) + len(program.steps)
    if len(program.outputs) > 1:
        smaller = [dataclasses.replace(program, outputs=(output,)) for output in program.outputs]
    else:
        smaller = [dataclasses.replace(program, outputs=(output,)) for output in range(first, program.outputs[0])]
    smaller += [rewired(program, {k: other}) for k in reversed(range(first, last)) for other in range(k)]
    yield from filter(is_valid, map(pruned, smaller))


def is_valid(program: Program) -> bool:
    """Say whether every step fits its arrays and stays clear of kinks."""
    try:
        with np.errstate(all="raise", under="ignore"):
            pool = program.pool(NUMPY, program.x)
            return all(np.max(np.abs(made)) < WILD for made in pool) and all(
                is_clear(STEPS[step.name], [pool[i] for i in step.inputs], step.options) for step in program.steps
            )
    except (ValueError, IndexError, TypeError, FloatingPointError):
        return False


def is_clear(operation: Operation, arrays: list[Any], options: dict[str, Any]) -> bool:
    """Say whether a step stays clear of kinks on these arrays."""
    return operation.kinks is None or np.min(np.abs(operation.kinks(*arrays, **options)), initial=1) >= MARGIN


def rewired(program: Program, names: dict[int, int]) -> Program:
    """Return the program with arrays of the pool renamed wherever they are read."""
    steps = tuple(
        dataclasses.replace(step, inputs=tuple(names.get(i, i) for i in step.inputs)) for step in program.steps
    )
    return dataclasses.replace(program, steps=steps, outputs=tuple(names.get(i, i) for i in program.outputs))


def pruned(program: Program) -> Program:
    """Return the program without the steps, and the pieces of ``x``, that its outputs do not depend on."""
    first, needed = len(program.shapes), set(program.outputs)
    for k in reversed(range(len(program.steps))):
        if first + k in needed:
            needed.update(program.steps[k].inputs)
    names = {old: new for new, old in enumerate(sorted(needed))}
    edges = np.cumsum([0, *(int(np.prod(shape)) for shape in program.shapes)])
    kept = [i for i in range(first) if i in needed]
    shorter = dataclasses.replace(
        program,
        x=np.concatenate([program.x[edges[i] : edges[i + 1]] for i in kept]),
        shapes=tuple(program.shapes[i] for i in kept),
        steps=tuple(step for k, step in enumerate(program.steps) if first + k in needed),
    )
    return rewired(shorter, names)
