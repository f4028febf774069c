"""What a workload is: the same computation, written for each peer as its users would write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Case(NamedTuple):
    """A workload as one peer runs it.

    Attributes
    ----------
    run : callable
        What is timed: one evaluation, or one training step.
    result : callable
        Gives what must be equal between peers after as many runs: a list of arrays. Not timed.
    """

    run: Callable[[], Any]
    result: Callable[[], list[Any]]


def pure(run: Callable[[], Any]) -> Case:
    """Return the case of a computation without a state, whose result is what it returns."""
    return Case(run, lambda: [run()])


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
        Peer -> a function that builds its case afresh.
    operations : int
        The time is divided by this.
    limits : mapping of str to float
        Peer -> the largest ratio of our time to its time that is wanted.
    ours : str
        Which of the peers is us.
    """

    name: str
    title: str
    cases: Mapping[str, Callable[[], Case]]
    operations: int = 1
    limits: Mapping[str, float] = field(default_factory=dict)
    ours: str = "autograd_lite"


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
    """

    name: str
    title: str
    measure: Callable[[bool], dict[str, float]]
    unit: str
    limits: Mapping[str, float] = field(default_factory=dict)
