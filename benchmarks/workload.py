"""What a workload is: the same computation, written for each peer as its users would write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Case(NamedTuple):
    """A workload as one peer runs it.

    Attributes
    ----------
    run : callable
        What is timed: one evaluation, or one training step.
    result : callable or None
        Gives what must be equal between peers after as many runs: a list of arrays. Not timed. None for what is
        measured beside them and computes something else.
    """

    run: Callable[[], Any]
    result: Callable[[], list[Any]] | None


def pure(run: Callable[[], Any]) -> Case:
    """Return the case of a computation without a state, whose result is what it returns."""
    return Case(run, lambda: [run()])


def listed(run: Callable[[], Any]) -> Case:
    """Return the case of a computation without a state that returns a value and a sequence of gradients, or these."""

    def result() -> list[Any]:
        first, *rest = run()
        return [first, *(rest[0] if len(rest) == 1 and isinstance(rest[0], list | tuple) else rest)]

    return Case(run, result)


@dataclass(frozen=True)
class Workload:
    """A computation whose time is compared between peers.

    Attributes
    ----------
    name : str
        For ``--only``.
    title : str
        For the table.
    cases : mapping of str to callable
        Peer -> a function that builds its case afresh. Names that are no peers (of `benchmarks.peers`) are other ways
        to do the same with this package, and always measured.
    operations : int
        The time is divided by this.
    limits : mapping of str to float
        Peer -> the largest ratio of our time to its time that is wanted.
    ours : str
        Which of the peers is us.
    rtol : float
        How far results may be apart, relative to the largest element of an array.
    """

    name: str
    title: str
    cases: Mapping[str, Callable[[], Case]]
    operations: int = 1
    limits: Mapping[str, float] = field(default_factory=dict)
    ours: str = "autograd_lite"
    rtol: float = 1e-8


@dataclass(frozen=True)
class Figure:
    """A quantity that is measured for its own sake: memory, import time, growth with size.

    Attributes
    ----------
    name, title : str
    measure : callable
        ``measure(quick)`` gives named numbers, in order.
    unit : str
    limits : mapping of str to float
        Number -> the largest value that is wanted.
    units : mapping of str to str
        Number -> its unit, where it is another one.
    """

    name: str
    title: str
    measure: Callable[[bool], dict[str, float]]
    unit: str
    limits: Mapping[str, float] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=lambda: {"ratio": ""})


@dataclass(frozen=True)
class Suite:
    """Workloads and figures that belong together.

    Attributes
    ----------
    name, title : str
        For ``--suite``, and in words.
    workloads, figures : sequence
    summary : callable, optional
        Takes workload name -> peer -> numbers, and gives named (value, limit or None): what follows from several.
    study : module, optional
        Measures something that is no table of ratios: ``measure(quick)`` gives what JSON can hold, ``markdown`` makes
        a text of it, ``write_page(measured, machine)`` a page of the documentation.
    """

    name: str
    title: str
    workloads: Sequence[Workload] = ()
    figures: Sequence[Figure] = ()
    summary: Callable[[Mapping[str, Any]], dict[str, tuple[float, float | None]]] | None = None
    study: Any = None
