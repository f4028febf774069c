"""`profile`: what each operation costs in time and memory, forward and backward."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from autograd_lite.draw.anatomy import Anatomy, skeleton_of
from autograd_lite.draw.lifetimes import Lifetimes
from autograd_lite.draw.meters import HighWater, Meter, Stopwatch, own_costs, traced_memory
from autograd_lite.draw.profile_table import Profile, Row
from autograd_lite.draw.running import Subject
from autograd_lite.draw.tracing import called_name
from autograd_lite.errors import GraphError, StructureError


def profile(
    f: Callable[..., Any],
    *args: Any,
    repeats: int = 5,
    backward: bool | None = None,
    by_arguments: bool | None = None,
    temporaries: bool = False,
) -> Profile:
    """Measure what each operation of a function costs in time and memory, forward and backward.

    The function is run several times: once or twice to warm up, then ``repeats`` times with a stopwatch and as often
    without, and once more to follow its arrays. What the table shows are medians.

    - *forward*: from the end of the operation before to the end of this one, so that what Python does between two
      operations counts with the second. The engine's work of recording is part of it.
    - *backward*: the operation's derivative rules, called by the engine's own sweep, and what the sweep does with their
      answers (fitting them to shapes, adding them up), until the next rule is called.
    - *rest*: what is before the first rule and after the last one: collecting the graph, handing gradients out, an
      optimiser's step. In a function of several training steps, an optimiser's step counts with the operation after it.

    The stopwatch's own work is not in any of these: its time stands still while it takes notes, and what calling it
    costs is measured on a chain of numbers and subtracted.

    Parameters
    ----------
    f : callable
        A function, a module or a training step: with what it changes it goes on, as in that many calls.
    *args : array, number, Tensor, or container of them
        Its arguments.
    repeats : int
        How many runs to time.
    backward : bool, optional
        Whether to sweep back from (the sum of) what it returns. If not given, unless it has swept from there itself, as
        a training step does.
    by_arguments : bool, optional
        Whether to differentiate by the floating-point arguments. If not given, only if nothing is recorded without: not
        by the inputs of a module that has parameters.
    temporaries : bool
        Whether to run once more under `tracemalloc`, for the most memory that was in use during each operation, with
        all that it took and gave back meanwhile, above what was in use before the run.

    Returns
    -------
    Profile
        Prints as a table; ``.sorted("time")``, ``.grouped("module")``, ``.to_dict()`` and ``.picture()`` of the graph.

    Raises
    ------
    GraphError
        If no operation on a Tensor was seen, or each run does others.
    StructureError
        If ``f`` is not callable, or ``repeats`` is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import draw
    >>> w = np.ones((50, 50))
    >>> result = draw.profile(lambda x: np.sum(np.tanh(x @ w)), np.ones((8, 50)))
    >>> [(row.operation, row.shape, row.output_bytes, row.kept_bytes) for row in result]
    [('matmul', (8, 50), 3200, 0), ('tanh', (8, 50), 3200, 3200), ('sum', (), 0, 0)]
    >>> print(result.grouped("operation"))  # doctest: +SKIP
    """
    if not isinstance(repeats, int) or repeats < 1:
        raise StructureError(f"profile(f, *args, repeats={repeats!r}): a positive integer is needed")
    subject = Subject(f, args, "profile", by_arguments, backward)
    found, outputs = subject.settle(partial(Anatomy, f, sys._getframe()))
    skeleton = skeleton_of(found, outputs, subject.names)
    modules, operations = found.modules(), found.operations
    del found, outputs
    watches, alone = [], []
    for _ in range(repeats):
        watch = Stopwatch()
        subject.run(watch)
        watches.append(watch)
        start = perf_counter()
        subject.run(None)
        alone.append(perf_counter() - start)
    blocks = Lifetimes()
    subject.run(blocks)
    water = HighWater() if temporaries else None
    if water is not None:
        traced_memory(partial(subject.run, water))
    for probe in (*watches, blocks, *([] if water is None else [water])):
        if probe.operations != operations:
            raise GraphError(
                f"profile({called_name(f)}, …): one run did {len(operations):,} operations on Tensors and another "
                f"{len(probe.operations):,}, or others, so that they can't be compared. Have it do the same each time: "
                f"fix its seeds, or profile one step of it."
            )
    times = _Times(watches)
    rows = _rows(operations, modules, times, blocks, water)
    return Profile(rows, times.rest, statistics.median(alone), called_name(f), skeleton=skeleton)


class _Times:
    """The medians of several runs, less what the stopwatch costs."""

    def __init__(self, watches: Sequence[Meter]):
        per_operation, per_call = own_costs()
        calls = np.array([watch.calls for watch in watches])
        forward = np.array([watch.forward for watch in watches]) - per_operation
        backward = np.array([watch.backward for watch in watches]) - per_call * calls
        self.forward = np.maximum(np.median(forward, axis=0), 0.0)
        self.backward = np.maximum(np.median(backward, axis=0), 0.0)
        self.rest = float(statistics.median(watch.rest for watch in watches))


def _rows(
    operations: Sequence[tuple[str, tuple[int, ...]]],
    modules: Sequence[str],
    times: _Times,
    lifetimes: Lifetimes,
    water: Meter | None,
) -> list[Row]:
    output, kept, sent = ([0] * len(operations) for _ in range(3))
    for block in lifetimes.blocks:
        if block.kind == "value":
            output[block.owner] += block.bytes
        elif block.kind == "cotangent":
            sent[block.owner] += block.bytes
        if block.keeper is not None:
            kept[block.keeper] += block.bytes
    return [
        Row(
            number=i,
            operation=name,
            module=modules[i],
            shape=shape,
            forward=float(times.forward[i]),
            backward=float(times.backward[i]),
            output_bytes=output[i],
            kept_bytes=kept[i],
            sent_bytes=sent[i],
            forward_peak=None if water is None else int(water.forward[i]),
            backward_peak=None if water is None else int(water.backward[i]),
        )
        for i, (name, shape) in enumerate(operations)
    ]
