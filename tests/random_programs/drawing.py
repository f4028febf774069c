"""How a kind of step is declared, and how its arrays are drawn from a pool."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

MOST_ELEMENTS = 120


@dataclasses.dataclass(frozen=True)
class Operation:
    """A kind of step: ``draw(rng, pool)`` gives inputs and options or None; ``kinks(*arrays, **options)`` distances."""

    draw: Callable[..., Any]
    run: Callable[..., Any]
    kinks: Callable[..., Any] | None
    topic: str


STEPS: dict[str, Operation] = {}


def declare(topic: str, draw: Callable[..., Any], kinks: Any = None, **runs: Callable[..., Any]) -> None:
    """Declare kinds of steps that are drawn alike."""
    for name, run in runs.items():
        STEPS[name] = Operation(draw, run, kinks, topic)


def pick(rng: Any, pool: list[Any], suits: Any = lambda a: True) -> int | None:
    """Return the number of a random array of the pool that suits, later ones more often."""
    numbers = [i for i, a in enumerate(pool) if suits(a)]
    if not numbers:
        return None
    return int(rng.choice(numbers[-4:] if rng.random() < 0.6 else numbers))


def one(least: int = 0, options: Any = lambda rng, a: {}, suits: Any = lambda a: True) -> Any:
    """Draw one array of at least so many axes."""

    def draw(rng: Any, pool: list[Any]) -> Any:
        i = pick(rng, pool, lambda a: np.ndim(a) >= least and suits(a))
        return None if i is None else ((i,), options(rng, pool[i]))

    return draw


def several(count: int, fits: Any, options: Any = lambda rng, *arrays: {}, first: Any = lambda a: True) -> Any:
    """Draw so many arrays that fit together: ``fits`` of them neither raises nor is false."""

    def fitting(*arrays: Any) -> bool:
        try:
            return fits(*arrays) is not False
        except ValueError:
            return False

    def draw(rng: Any, pool: list[Any]) -> Any:
        chosen: list[int] = []
        for k in range(count):
            known = [pool[i] for i in chosen]
            i = pick(rng, pool, lambda a, k=k, known=known: first(a) if k == 0 else k < count - 1 or fitting(*known, a))
            if i is None:
                return None
            chosen.append(i)
        return tuple(chosen), options(rng, *(pool[i] for i in chosen))

    return draw
