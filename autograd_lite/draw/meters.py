"""Meters: what an operation and its rules cost in time, or in memory at their worst.

A meter runs from one event to the next: the end of an operation, the begin and the end of a rule. What it shows at an
event is charged to whoever was at work since the last one, so that nothing is counted twice, and everything once, also
where operations are recorded inside of rules (a gradient of a gradient).
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from autograd_lite.core.graph import Node, collect
from autograd_lite.core.sweep import sweep
from autograd_lite.core.tensor import Tensor
from autograd_lite.draw.running import Probe, Subject


class Meter(Probe):
    """Charges what it shows to operations.

    Attributes
    ----------
    forward, backward : list of float
        What was charged to each operation, and to its rules.
    calls : list of int
        How often rules of each operation were called.
    rest : float
        What belongs to no operation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.forward: list[float] = []
        self.backward: list[float] = []
        self.calls: list[int] = []
        self.rest = 0.0
        self._at_work: list[int] = []  # operations whose rules are running, innermost last
        self._last: int | None = None  # whose rule ran last: what the sweep does with the answer is charged to it

    def show(self) -> float:
        """Return what there is since the last event."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin anew: the last that is done at an event."""
        raise NotImplementedError

    def add(self, total: float, amount: float) -> float:
        """Return the total of several charges."""
        return total + amount

    def began(self) -> None:
        """Begin when the function is called."""
        self.start()

    def ended(self) -> None:
        """Charge what comes after the last event to nobody."""
        self.rest = self.add(self.rest, self.show())

    def recorded(self, node: Node, out: Any) -> None:
        """Charge an operation that was recorded."""
        amount = self.show()
        del out
        self._new(amount)
        self.note(node)
        self.start()

    def passed(self, name: str, nodes: Sequence[Node | None], operands: Sequence[Any], out: Any) -> None:
        """Charge an operation that was not recorded."""
        amount = self.show()
        self._new(amount)
        super().passed(name, nodes, operands, out)
        self.start()

    def _new(self, amount: float) -> None:
        self.forward.append(amount)
        self.backward.append(0.0)
        self.calls.append(0)
        if not self._at_work:
            self._last = None

    def entered(self, number: int, g: Any) -> None:
        """Charge what came before a rule to the rule in which it is called, or that came before it in the sweep."""
        amount = self.show()
        super().entered(number, g)
        owner = self._at_work[-1] if self._at_work else self._last
        if owner is None:
            self.rest = self.add(self.rest, amount)
        else:
            self.backward[owner] = self.add(self.backward[owner], amount)
        self._at_work.append(number)
        self.calls[number] += 1
        self.start()

    def left(self, number: int, position: int, contribution: Any) -> None:
        """Charge a rule."""
        amount = self.show()
        del position, contribution
        self.backward[number] = self.add(self.backward[number], amount)
        self._at_work.pop()
        self._last = number
        self.start()


class Stopwatch(Meter):
    """A meter of seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._since = 0.0

    def show(self) -> float:
        """Return the seconds since the last event."""
        return perf_counter() - self._since

    def start(self) -> None:
        """Begin anew."""
        self._since = perf_counter()


class HighWater(Meter):
    """A meter of bytes: how far above the level at the begin the memory in use rose, as `tracemalloc` sees it."""

    def __init__(self) -> None:
        super().__init__()
        self._level = 0

    def began(self) -> None:
        """Take the level, and begin."""
        self._level = tracemalloc.get_traced_memory()[0]
        self.start()

    def show(self) -> float:
        """Return the most bytes in use since the last event."""
        return tracemalloc.get_traced_memory()[1] - self._level

    def start(self) -> None:
        """Begin anew."""
        tracemalloc.reset_peak()

    def add(self, total: float, amount: float) -> float:
        """Return the larger one: of several charges the worst counts."""
        return max(total, amount)


def traced_memory(run: Callable[[], Any]) -> None:
    """Run something with `tracemalloc` switched on, if it is not on already."""
    if tracemalloc.is_tracing():
        run()
        return
    tracemalloc.start()
    try:
        run()
    finally:
        tracemalloc.stop()


def own_costs(links: int = 200, repeats: int = 5) -> tuple[float, float]:
    """Return the seconds that a stopwatch adds to each operation, and to each call of a rule, without seeing them.

    Those are the calls into the probe and out of it, before the first and after the last look at the clock: measured on
    a chain of products of numbers, with a stopwatch and without.

    Parameters
    ----------
    links, repeats : int

    Returns
    -------
    pair of float
    """

    def chain(x: Tensor) -> Tensor:
        for _ in range(links):
            x = x * 1.0
        return x

    x = Tensor(1.0, requires_grad=True)
    subject = Subject(chain, (x,), "profile", by_arguments=False, backward=True)
    watched, bare = [], []
    for _ in range(repeats):
        watch = Stopwatch()
        subject.run(watch)
        watched.append((sum(watch.forward), sum(watch.backward)))
        start = perf_counter()
        out = chain(x)
        middle = perf_counter()
        assert out.node is not None
        sweep(collect([out.node]), {out.node: out.data})
        bare.append((middle - start, perf_counter() - middle))
    forward, backward = (
        (min(times[i] for times in watched) - min(times[i] for times in bare)) / links for i in range(2)
    )
    return max(0.0, forward), max(0.0, backward)
