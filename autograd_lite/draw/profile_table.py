"""`Profile`: the table of a profile, sorted and grouped, as text, HTML and data, and on the picture of the graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from autograd_lite.core.tables import bytes_in_words, html_table, seconds_in_words, text_table
from autograd_lite.draw.anatomy import Skeleton
from autograd_lite.draw.building import scenes_of
from autograd_lite.draw.labels import Look, percent
from autograd_lite.draw.picture import GraphPicture
from autograd_lite.draw.scene import Cost
from autograd_lite.draw.words import visible
from autograd_lite.errors import GraphError, StructureError

_SHOWN = 40  # rows of a printed table
_OUTSIDE = "(outside of modules)"


@dataclass(frozen=True)
class Row:
    """What one operation costs, or a group of them together.

    Attributes
    ----------
    number : int
        In the order of the run, from 0; of a group the first one's.
    operation, module : str
        Its name; the innermost module, or else function, that it is part of. In a group '' where they differ.
    shape : tuple of int or None
        Of its result; None for a group.
    forward, backward : float
        Seconds.
    output_bytes : int
        Of its result, and what it keeps beside; 0 for a view.
    kept_bytes : int
        Of results, its own or others', that are kept from it on for derivative rules: each is counted once.
    sent_bytes : int
        Of the cotangents that its rules make.
    forward_peak, backward_peak : int or None
        The most memory that was in use during it, above what was before the run, if that was measured.
    count : int
        How many operations there are in the group.
    """

    number: int
    operation: str
    module: str
    shape: tuple[int, ...] | None
    forward: float
    backward: float
    output_bytes: int
    kept_bytes: int
    sent_bytes: int
    forward_peak: int | None = None
    backward_peak: int | None = None
    count: int = 1

    @property
    def time(self) -> float:
        """Seconds, forward and backward."""
        return self.forward + self.backward

    @property
    def bytes(self) -> int:
        """What it allocates, forward and backward."""
        return self.output_bytes + self.sent_bytes


_KEYS = (
    "number", "operation", "module", "time", "forward", "backward", "bytes", "output_bytes", "kept_bytes",
    "sent_bytes", "forward_peak", "backward_peak", "count",
)  # fmt: skip


class Profile:
    """What a run costs, by operation.

    Parameters
    ----------
    rows : sequence of Row
    rest : float
        Seconds that belong to no operation.
    unwatched : float
        Seconds that a run takes with nobody looking.
    title : str
        Of what was run.
    skeleton : Skeleton, optional
        Its graph.
    whole : Profile, optional
        What this is another view of.

    Attributes
    ----------
    rows : list of Row
    rest, unwatched : float
    """

    def __init__(
        self,
        rows: Sequence[Row],
        rest: float,
        unwatched: float,
        title: str,
        skeleton: Skeleton | None = None,
        whole: Profile | None = None,
    ):
        self.rows = list(rows)
        self.rest, self.unwatched = rest, unwatched
        self._title, self._skeleton, self._whole = title, skeleton, whole

    @property
    def forward(self) -> float:
        """Seconds of all operations."""
        return sum(row.forward for row in self.rows)

    @property
    def backward(self) -> float:
        """Seconds of all rules."""
        return sum(row.backward for row in self.rows)

    @property
    def total(self) -> float:
        """Seconds of a run: forward, backward and the rest."""
        return self.forward + self.backward + self.rest

    @property
    def bytes(self) -> int:
        """What all operations allocate; much of it not at the same time: see `memory_timeline`."""
        return sum(row.bytes for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def _view(self, rows: Sequence[Row]) -> Profile:
        return Profile(rows, self.rest, self.unwatched, self._title, self._skeleton, self._whole or self)

    def sorted(self, by: str = "time", descending: bool | None = None) -> Profile:
        """Return the same with its rows in another order.

        Parameters
        ----------
        by : str
            ``"time"``, ``"forward"``, ``"backward"``, ``"bytes"``, ``"output_bytes"``, ``"kept_bytes"``,
            ``"sent_bytes"``, ``"forward_peak"``, ``"backward_peak"``, ``"count"``, ``"number"`` (the order of the run),
            ``"operation"`` or ``"module"``.
        descending : bool, optional
            Whether the largest comes first; if not given, of what is measured.

        Returns
        -------
        Profile

        Raises
        ------
        StructureError
            If there is no such column, or it was not measured.
        """
        if by not in _KEYS:
            raise StructureError(f"sorted({by!r}): a profile is sorted by one of {', '.join(_KEYS)}")
        if any(getattr(row, by) is None for row in self.rows):
            raise StructureError(f"sorted({by!r}): that was not measured; profile(f, *args, temporaries=True) does")
        if descending is None:
            descending = by not in ("number", "operation", "module")
        return self._view(sorted(self.rows, key=lambda row: getattr(row, by), reverse=descending))

    def grouped(self, by: str = "operation") -> Profile:
        """Return the sums over all operations of a name, or all of a module, the longest first.

        Parameters
        ----------
        by : {"operation", "module"}
            Modules are told apart by path and class; an operation counts with the innermost one that it is part of,
            or else with the function.

        Returns
        -------
        Profile

        Raises
        ------
        StructureError
            If ``by`` is neither.
        """
        if by not in ("operation", "module"):
            raise StructureError(f"grouped({by!r}): a profile is grouped by 'operation' or by 'module'")
        groups: dict[str, list[Row]] = {}
        for row in (self._whole or self).rows:
            groups.setdefault(getattr(row, by), []).append(row)
        return self._view([_together(rows, by) for rows in groups.values()]).sorted("time")

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data.

        Returns
        -------
        dict
            ``forward``, ``backward``, ``rest``, ``total`` and ``unwatched`` in seconds, ``bytes``, and ``rows``, a list
            of dicts.
        """
        rows = [{**asdict(row), "time": row.time, "bytes": row.bytes} for row in self.rows]
        names = ("forward", "backward", "rest", "total", "unwatched", "bytes")
        return {name: getattr(self, name) for name in names} | {"rows": rows}

    def picture(
        self,
        by: str = "time",
        shapes: bool = True,
        depth: int | None = None,
        direction: str = "TB",
        max_nodes: int | None = 300,
        legend: bool = True,
    ) -> GraphPicture:
        """Draw the graph with what each operation costs, the darker the more.

        Parameters
        ----------
        by : {"time", "bytes"}
            What the colours and percentages are of.
        shapes, depth, direction, max_nodes, legend
            As for `graph`.

        Returns
        -------
        GraphPicture
            What was not recorded, since nothing is differentiated through it, is not in it.

        Raises
        ------
        StructureError
            If ``by`` is neither.
        GraphError
            If nothing was recorded.
        """
        if by not in ("time", "bytes"):
            raise StructureError(f"picture({by!r}): a picture shows shares of 'time' or of 'bytes'")
        whole = self._whole or self
        if self._skeleton is None or not self._skeleton.outputs:
            raise GraphError(f"picture(): {self._title} recorded no operation, so that there is no graph to draw")
        total = (whole.forward + whole.backward if by == "time" else whole.bytes) or 1.0
        costs = {row.number: Cost(row.time, row.bytes, getattr(row, by) / total) for row in whole.rows}
        scenes = scenes_of(self._skeleton.request(costs, depth, max_nodes))
        look = Look(values=False, gradients=False, shapes=shapes, rules=False, legend=legend, direction=direction)
        note = f"{self._heading()}. Coloured by share of the {by}."
        whole_scene, shown = (replace(scene, notes=(*scene.notes, note)) for scene in scenes)
        return GraphPicture(whole_scene, shown, look)

    def _table(self) -> tuple[list[str], list[list[str]], str]:
        grouped = any(row.shape is None for row in self.rows)
        modules = any(row.module for row in self.rows)
        peaks = any(row.forward_peak is not None for row in self.rows)
        by_module = grouped and not any(row.operation for row in self.rows)
        time = self.forward + self.backward or 1.0
        heads = ["", *([] if by_module else ["operation"]), *(["module"] if modules or by_module else [])]
        align = "><" + "<" * (len(heads) - 2)
        heads += [*([] if grouped else ["shape"]), "forward", "backward", "share", "output", "kept", "sent back"]
        heads += ["peak", "peak back"] * peaks
        align += "<" * (not grouped) + ">" * (8 if peaks else 6)

        def cells(row: Row) -> list[str]:
            module = visible(row.module or (_OUTSIDE if by_module else ""), 40)
            texts = [f"{row.count:,}×" if grouped else str(row.number)]
            texts += [] if by_module else [visible(row.operation, 40)]
            texts += [module] if modules or by_module else []
            texts += [] if grouped else ["" if row.shape is None else str(row.shape)]
            texts += [seconds_in_words(row.forward), seconds_in_words(row.backward), percent(row.time / time)]
            sizes = [row.output_bytes, row.kept_bytes, row.sent_bytes]
            sizes += [row.forward_peak or 0, row.backward_peak or 0] if peaks else []
            return texts + [bytes_in_words(size) if size else "" for size in sizes]

        rows = [cells(row) for row in self.rows[:_SHOWN]]
        if len(self.rows) > _SHOWN:
            rest = _together(self.rows[_SHOWN:], "")
            others = cells(rest)
            others[0], others[1] = "", f"the other {len(self.rows) - _SHOWN:,}"
            rows.append(others)
        return heads, rows, align

    def _heading(self) -> str:
        parts = f"{seconds_in_words(self.forward)} forward, {seconds_in_words(self.backward)} backward"
        return (
            f"{visible(self._title, 40)}: {parts}, {seconds_in_words(self.rest)} besides; "
            f"{seconds_in_words(self.unwatched)} unwatched"
        )

    def __str__(self) -> str:
        return f"{self._heading()}\n\n{text_table(*self._table())}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self._heading(), *self._table())


def _together(rows: Sequence[Row], by: str) -> Row:
    """Return the sum of several rows; the worst of their peaks."""
    first = rows[0]

    def peak(name: str) -> int | None:
        values = [getattr(row, name) for row in rows]
        return None if None in values else max(values)

    return replace(
        first,
        operation=first.operation if by == "operation" else "",
        module=first.module if by == "module" else "",
        shape=None,
        forward=sum(row.forward for row in rows),
        backward=sum(row.backward for row in rows),
        output_bytes=sum(row.output_bytes for row in rows),
        kept_bytes=sum(row.kept_bytes for row in rows),
        sent_bytes=sum(row.sent_bytes for row in rows),
        forward_peak=peak("forward_peak"),
        backward_peak=peak("backward_peak"),
        count=sum(row.count for row in rows),
    )
