"""Finding what repeats: fifty steps of a recurrent network, twelve equal blocks, a chain of ten thousand sines.

Operations in the order in which they were recorded are a text, and a loop in the program is a stretch of it with a
period: operation i and operation i − p are alike, and read from places that are alike. For each period p this is one
comparison of two arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_LONGEST_PERIOD = 400  # operations in a block
_SLOTS = 4  # inputs of an operation that are compared; more are counted only
_FEWEST = 3  # blocks
_WORTH = 6  # operations, and one in a hundred of all: a smaller stretch that repeats is chance, and folding it no help


class Step(NamedTuple):
    """One operation, as the search sees it.

    Attributes
    ----------
    token : object
        Operations with unequal tokens are not alike.
    inputs : sequence of int
        The numbers of the operations that it reads from.
    """

    token: object
    inputs: Sequence[int]


class Repeat(NamedTuple):
    """``times`` blocks of ``period`` operations, from number ``start`` on."""

    start: int
    period: int
    times: int


def repeats_in(steps: Sequence[Step]) -> list[Repeat]:
    """Return the stretches worth a word that consist of at least three blocks that are alike, the longest first.

    Parameters
    ----------
    steps : sequence of Step
        In an order in which each reads from earlier ones only.

    Returns
    -------
    list of Repeat
        None overlaps another.
    """
    n = len(steps)
    if n < _FEWEST:
        return []
    tokens, producers = _as_arrays(steps)
    found: list[tuple[int, int, int]] = []
    for period in range(1, min(n // _FEWEST, _LONGEST_PERIOD) + 1):
        same = tokens[period:] == tokens[:-period]
        if _runs(same, period):  # mostly not, and the rest takes ten times as long
            _compare_inputs(same, tokens, producers, period)
            found += [(start, end, period) for start, end in _runs(same, period)]
    # Multiples of a period are periods too: of those that cover as much the shortest is meant.
    found.sort(key=lambda run: (-((run[1] - run[0]) // run[2]) * run[2], run[2]))
    taken = np.zeros(n, bool)
    repeats = []
    for start, end, period in found:
        if taken[start:end].any():
            continue
        taken[start:end] = True
        repeats.append(_cut(start, end, period, producers))
    return repeats


def _as_arrays(steps: Sequence[Step]) -> tuple[np.ndarray, np.ndarray]:
    """Return the tokens as numbers, and the operations that each reads from, −1 for none."""
    numbers: dict[object, int] = {}
    tokens = np.empty(len(steps), np.int64)
    producers = np.full((len(steps), _SLOTS), -1, np.int64)
    for i, step in enumerate(steps):
        tokens[i] = numbers.setdefault((step.token, len(step.inputs)), len(numbers))
        few = step.inputs[:_SLOTS]
        producers[i, : len(few)] = few
    return tokens, producers


def _compare_inputs(same: np.ndarray, tokens: np.ndarray, producers: np.ndarray, period: int) -> None:
    """Rule out, in ``same``, operations from number ``period`` on that read from other places than the one before.

    What it reads from the last block must be the same place in it, what it reads from farther away the same operation,
    or at least one of the same kind: the sweep of a loop reads the loop's values in reverse.
    """
    here = np.arange(period, len(tokens))
    for slot in range(_SLOTS):
        now, before = producers[period:, slot], producers[:-period, slot]
        far = (now < here - period) & (before < here - 2 * period) & (now >= 0) & (before >= 0)
        same &= (now == before) | ((now - before == period) & (before >= 0)) | (far & (tokens[now] == tokens[before]))


def _runs(same: np.ndarray, period: int) -> list[tuple[int, int]]:
    """Return the stretches, as long as three blocks at least, in which operations are like those a period before."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], same.astype(np.int8), [0]))))
    starts, ends = edges[::2], edges[1::2] + period
    long = ends - starts >= max(_FEWEST * period, _WORTH, (len(same) + period) // 100)
    return list(zip(starts[long].tolist(), ends[long].tolist(), strict=True))


def _cut(start: int, end: int, period: int, producers: np.ndarray) -> Repeat:
    """Choose where blocks begin: where the fewest values pass from one to the next, and then as late as possible.

    A loop's first turn differs from the others, and its last one ends it.
    """
    middle = start + (end - start) // (2 * period) * period
    best: tuple[int, int, int] | None = None
    for shift in range(period):
        count = (end - start - shift) // period
        if count < _FEWEST and best is not None:
            break
        boundary = middle + shift
        reading = producers[boundary : boundary + period]
        crossing = len(np.unique(reading[(reading >= boundary - period) & (reading < boundary)]))
        left_over = (end - start - shift) % period
        score = (crossing, left_over, shift)
        if best is None or score < best:
            best = score
    assert best is not None
    shift = best[2]
    return Repeat(start + shift, period, (end - start - shift) // period)
