"""`memory_timeline`: how many bytes are alive over a run, forward and backward, and what is alive at the peak."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from autograd_lite.core.plotting import BLUE, INK, ORANGE, RED, styled
from autograd_lite.core.tables import bytes_in_words, html_table, text_table
from autograd_lite.draw.anatomy import Anatomy
from autograd_lite.draw.lifetimes import Block, Lifetimes
from autograd_lite.draw.running import Subject
from autograd_lite.draw.tracing import called_name
from autograd_lite.draw.words import visible
from autograd_lite.errors import GraphError

_SHOWN = 20  # blocks of a printed table


@dataclass(frozen=True)
class Moment:
    """How many bytes are alive right after an operation, or after one of its derivative rules.

    Attributes
    ----------
    operation, module : str
        The operation's name; the innermost module, or else function, that it is part of.
    phase : {"forward", "backward"}
    saved : int
        Of results that operations keep for their rules.
    values : int
        Of other results: arguments and results of what is being computed, and what the function holds on to.
    cotangents : int
        Of what the sweep has sent and not yet used, and of the gradients.
    """

    operation: str
    module: str
    phase: str
    saved: int
    values: int
    cotangents: int

    @property
    def total(self) -> int:
        """All of them together."""
        return self.saved + self.values + self.cotangents


@dataclass(frozen=True)
class Alive:
    """A block of memory that is alive at the peak.

    Attributes
    ----------
    kind : {"saved", "value", "cotangent"}
    operation, module : str
        Which operation made it, or whose rule did.
    kept_by : str
        The operation that keeps it, '' for none.
    bytes : int
    """

    kind: str
    operation: str
    module: str
    kept_by: str
    bytes: int


class MemoryTimeline:
    """The bytes alive over a run.

    Parameters
    ----------
    moments : list of Moment
    alive : list of Alive
        What is alive at the peak, the largest first.
    given_bytes : int
        Of what was there before: arguments, parameters and constants. Not part of the rest.
    title : str
        Of what was run.

    Attributes
    ----------
    moments, alive, given_bytes
        As above.
    """

    def __init__(self, moments: Sequence[Moment], alive: Sequence[Alive], given_bytes: int, title: str):
        self.moments, self.alive, self.given_bytes = list(moments), list(alive), given_bytes
        self._title = title

    @property
    def peak_at(self) -> int:
        """The number of the moment, the first if there are several, at which most is alive."""
        totals = [moment.total for moment in self.moments]
        return totals.index(max(totals))

    @property
    def peak(self) -> Moment:
        """The moment at which most is alive."""
        return self.moments[self.peak_at]

    @property
    def peak_bytes(self) -> int:
        """How many bytes are alive at the peak."""
        return self.peak.total

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data.

        Returns
        -------
        dict
            ``peak_bytes``, ``peak_at``, ``given_bytes``, and the lists ``moments`` and ``alive``, of dicts.
        """
        return {
            "peak_bytes": self.peak_bytes,
            "peak_at": self.peak_at,
            "given_bytes": self.given_bytes,
            "moments": [{**asdict(moment), "total": moment.total} for moment in self.moments],
            "alive": [asdict(block) for block in self.alive],
        }

    def _heading(self) -> str:
        peak = self.peak
        where = f"{peak.phase} of {peak.operation}" + (f" in {visible(peak.module, 40)}" if peak.module else "")
        return (
            f"{visible(self._title, 40)}: at most {bytes_in_words(peak.total)} alive, after the {where} (moment "
            f"{self.peak_at + 1:,} of {len(self.moments):,}): {bytes_in_words(peak.saved)} saved for rules, "
            f"{bytes_in_words(peak.values)} of other values, {bytes_in_words(peak.cotangents)} of cotangents and "
            f"gradients; besides {bytes_in_words(self.given_bytes)} of arguments, parameters and constants"
        )

    def _table(self) -> tuple[list[str], list[list[str]], str]:
        groups: dict[tuple[str, str, str, str], list[int]] = {}
        for block in self.alive:  # alike ones in one line
            groups.setdefault((block.kind, block.operation, block.module, block.kept_by), []).append(block.bytes)
        lines = sorted(groups.items(), key=lambda item: -sum(item[1]))
        rows = [
            [bytes_in_words(sum(sizes)), f"{len(sizes):,}", kind, visible(operation, 40), visible(module, 40), kept_by]
            for (kind, operation, module, kept_by), sizes in lines[:_SHOWN]
        ]
        rest = [size for _, sizes in lines[_SHOWN:] for size in sizes]
        if rest:
            rows.append([bytes_in_words(sum(rest)), f"{len(rest):,}", "others", "", "", ""])
        return ["alive at the peak", "arrays", "kind", "made by", "in", "kept by"], rows, ">><<<<"

    def __str__(self) -> str:
        return f"{self._heading()}\n\n{text_table(*self._table())}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self._heading(), *self._table())

    def plot(self, axes: Any = None) -> Any:
        """Draw what is alive over the moments of the run.

        Parameters
        ----------
        axes : Axes, optional
            Of matplotlib; new ones if not given.

        Returns
        -------
        Axes
        """
        size, unit = _unit(self.peak_bytes)
        layers = np.array([[m.saved, m.values, m.cotangents] for m in self.moments], float).T / size
        # The state after each moment lasts until the next one.
        edges = np.arange(len(self.moments) + 1) + 0.5
        heights = np.concatenate([layers, layers[:, -1:]], axis=1)
        with styled() as plt:
            if axes is None:
                _, axes = plt.subplots(figsize=(8, 3.6))
            names = ("saved for rules", "other values", "cotangents, gradients")
            looks = zip(heights, names, (BLUE, ORANGE, RED), ("", "///", "..."), strict=True)
            floor = np.zeros(len(edges))
            for height, name, colour, hatch in looks:  # hatched too, so that they differ without colour
                axes.fill_between(
                    edges, floor, floor + height, step="post", label=name, facecolor=colour, edgecolor="white",
                    linewidth=0, hatch=hatch,
                )  # fmt: skip
                floor = floor + height
            self._annotate(axes, size, unit)
        return axes

    def _annotate(self, axes: Any, size: float, unit: str) -> None:
        top = self.peak_bytes / size or 1.0
        turn = next((i for i, moment in enumerate(self.moments) if moment.phase == "backward"), None)
        if turn is not None:
            axes.axvline(turn + 0.5, color=INK, linewidth=0.8, linestyle="--")
            axes.annotate(
                "backward →", (turn + 0.5, 1.0), (4, -3), xycoords=("data", "axes fraction"),
                textcoords="offset points", va="top", fontsize=9,
            )  # fmt: skip
        at = self.peak_at + 1
        right = at > 0.6 * len(self.moments)
        axes.plot([at], [top], "v", color=INK, markersize=6, clip_on=False)
        axes.annotate(
            f"peak {bytes_in_words(self.peak_bytes)}: {visible(self.peak.operation, 30)}".replace("$", r"\$"),
            (at, top), (-8 if right else 8, 4), textcoords="offset points", ha="right" if right else "left", fontsize=9,
        )  # fmt: skip
        axes.set(xlim=(0.5, len(self.moments) + 0.5), ylim=(0, 1.2 * top), xlabel="operations, then their rules")
        axes.set(ylabel=f"alive ({unit})", title=visible(self._title, 60).replace("$", r"\$"))
        axes.legend(loc="upper left", ncols=3, bbox_to_anchor=(0, -0.18), borderaxespad=0)


def _unit(count: float) -> tuple[float, str]:
    number, unit = bytes_in_words(count).split()
    del number
    return 1000.0 ** ("B", "kB", "MB", "GB", "TB").index(unit), unit


def memory_timeline(
    f: Callable[..., Any], *args: Any, backward: bool | None = None, by_arguments: bool | None = None
) -> MemoryTimeline:
    """Follow the arrays of a function: how many bytes are alive after each operation, forward and backward.

    The function is run two or three times, once or twice to warm up. Weak references to the arrays say when each dies,
    so this is what happens, not a model of it: a result that no rule reads dies with its last user, and one that is
    saved lives until the graph does. Views take no memory of their own. Cotangents that are sums are counted from when
    the sweep makes them.

    Not counted are scalars, what an operation takes and gives back while it runs (``profile(f, temporaries=True)``
    measures that), what the function does on plain arrays, and what fused loops such as an LSTM's keep to themselves.

    Parameters
    ----------
    f : callable
        A function, a module or a training step.
    *args : array, number, Tensor, or container of them
        Its arguments.
    backward, by_arguments : bool, optional
        As for `profile`: whether to sweep back from what it returns, and whether to differentiate by the arguments.

    Returns
    -------
    MemoryTimeline
        Prints as a table of what is alive at the peak; ``.plot()``, ``.moments``, ``.peak_bytes``, ``.to_dict()``.

    Raises
    ------
    GraphError
        If no operation on a Tensor was seen, or each run does others.
    StructureError
        If ``f`` is not callable.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import draw
    >>> def f(x):
    ...     for _ in range(10):
    ...         x = np.tanh(x)
    ...     return np.sum(x)
    >>> timeline = draw.memory_timeline(f, np.ones(1000))
    >>> [moment.saved for moment in timeline.moments[:3]], timeline.peak_bytes
    ([8000, 16000, 24000], 96000)
    """
    subject = Subject(f, args, "memory_timeline", by_arguments, backward)
    found, outputs = subject.settle(partial(Anatomy, f, sys._getframe()))
    modules, operations = found.modules(), found.operations
    del found, outputs
    run = Lifetimes()
    subject.run(run)
    if run.operations != operations:
        raise GraphError(
            f"memory_timeline({called_name(f)}, …): one run did {len(operations):,} operations on Tensors and another "
            f"{len(run.operations):,}, or others. Have it do the same each time: fix its seeds."
        )
    blocks = [block for block in run.blocks if block.kind != "given"]
    curves = _curves(blocks, len(run.moments))
    names = [name for name, _ in operations]
    moments = [
        Moment(names[at], modules[at], "backward" if back else "forward", *(int(curve[i]) for curve in curves))
        for i, (at, back) in enumerate(run.moments)
    ]
    timeline = MemoryTimeline(moments, [], sum(b.bytes for b in run.blocks if b.kind == "given"), called_name(f))
    peak = timeline.peak_at
    alive = [
        Alive(_kind(block, peak), names[block.owner], modules[block.owner], _keeper(block, peak, names), block.bytes)
        for block in blocks
        if block.born <= peak and (block.died is None or block.died > peak)
    ]
    timeline.alive = sorted(alive, key=lambda block: -block.bytes)
    return timeline


def _curves(blocks: Sequence[Block], count: int) -> tuple[np.ndarray, ...]:
    """Return the bytes that are saved, of other values and of cotangents at each moment."""
    changes = {kind: np.zeros(count + 2, np.int64) for kind in ("saved", "value", "cotangent")}
    for block in blocks:
        end = count + 1 if block.died is None else min(block.died, count + 1)
        born = min(block.born, end)
        kept = end if block.kept_at is None else min(max(block.kept_at, born), end)
        first = changes[block.kind]
        first[born] += block.bytes
        first[kept] -= block.bytes
        changes["saved"][kept] += block.bytes
        changes["saved"][end] -= block.bytes
    return tuple(np.cumsum(change)[:count] for change in changes.values())


def _kind(block: Block, moment: int) -> str:
    return "saved" if block.kept_at is not None and block.kept_at <= moment else block.kind


def _keeper(block: Block, moment: int, names: Sequence[str]) -> str:
    kept = block.keeper is not None and block.kept_at is not None and block.kept_at <= moment
    return names[block.keeper] if kept and block.keeper is not None else ""
