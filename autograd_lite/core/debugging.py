"""`debug`: the user's line of each operation, where a NaN or infinity is born, which array was changed in between.

Here is what is noted while operations are recorded. `core.autopsy` looks at sweeps, `core.wording` finds the words.
"""

from __future__ import annotations

import warnings
import weakref
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.fingerprints import Print, fingerprints
from autograd_lite.core.graph import Extras, Lift, Node
from autograd_lite.core.modes import Switch, is_recording, user_frame, user_stacklevel
from autograd_lite.core.observing import OBSERVERS, observers
from autograd_lite.core.outputs import OUTPUT
from autograd_lite.core.plan import ELEMENTWISE
from autograd_lite.core.wording import Place, born_forward, born_unrecorded
from autograd_lite.errors import NaNError


class Options(NamedTuple):
    """What `debug` looks for."""

    forward: bool = True
    backward: bool = True
    infinity: bool = True
    changes: bool = True
    broadcasts: bool = True


class debug(Switch):  # noqa: N801
    """Stop at the first NaN or infinity, name its operation, inputs and source line, and find further mistakes.

    Inside, each operation remembers the line of the program that made it and what it read, which makes recording
    several times slower and keeps every intermediate array as long as its graph lives. Outside it costs nothing. It
    is on for the thread or async task that turned it on; blocks may be nested, and the innermost one's options hold.

    Parameters
    ----------
    forward : bool
        Whether to stop in the forward pass, at the operation whose value is NaN, or infinite although nothing that
        it read was. A NaN that ``np.where`` would have masked later stops here too; with ``forward=False`` only
        gradients are looked at, and one that is NaN is traced back to the operation all the same.
    backward : bool
        Whether to stop after a sweep that leaves a NaN or an infinity in a requested gradient, naming the rule in
        which it was born. Zero times infinity that the sweep resolves to zero is no fault.
    infinity : bool
        Whether infinities count, or only NaNs. Let them through where they are meant: ``log(0)`` that is masked
        later, an infinite slope. Infinite constants (``np.where(mask, scores, -np.inf)``) are always let through.
    changes : bool
        Whether to compare the arrays that the rules of a sweep read with what they were when they were recorded, and
        to raise before the sweep if one was changed in place in between.
    broadcasts : bool
        Whether to warn where an operation broadcasts shape (N,) against (N, 1) to (N, N): mostly a loss of
        predictions and targets that was meant element by element.

    Raises
    ------
    NaNError
        At the operation where a NaN or infinity is born; for the backward sweep from ``backward`` or the transform.
    InPlaceError
        From ``backward`` or a transform, if an array that a rule reads was changed after it was recorded.

    Warns
    -----
    UserWarning
        Of accidental broadcasting, at the line where it happens.

    Examples
    --------
    >>> import autograd_lite as ag, numpy as np
    >>> with ag.debug(), np.errstate(invalid="ignore"):
    ...     x = ag.Tensor([4.0, -1.0], requires_grad=True)
    ...     try:
    ...         y = np.sqrt(x)
    ...     except ag.NaNError as error:
    ...         print(str(error).splitlines()[0])
    a NaN was born in the forward pass, in sqrt: its inputs had none.
    """

    variable = OBSERVERS
    options: Options

    def __new__(
        cls,
        function: Callable[..., Any] | None = None,
        *,
        forward: bool = True,
        backward: bool = True,
        infinity: bool = True,
        changes: bool = True,
        broadcasts: bool = True,
    ) -> Any:
        """Return a switch, or a function decorated by it."""
        switch = object.__new__(cls)
        switch.options = Options(forward, backward, infinity, changes, broadcasts)
        return switch if function is None else switch(function)

    @property
    def value(self) -> Any:
        """The observers inside: those outside, but for another debugger, and one with these options."""
        return (*(other for other in observers() if not isinstance(other, Debugger)), Debugger(self.options))


class Notes:
    """What is known of one operation besides what its node holds.

    Attributes
    ----------
    place : Place
        The user's line that made it.
    operands : sequence
        The arrays and numbers that it read, by position.
    out : array, or tuple of arrays
    saved : object
        What the node saved, which a sweep may have released there.
    prints : list
        The arrays in that, with their checksums.
    rule_of : Node or None
        The node in whose derivative rule a recorded sweep made this operation.
    history : History
        What else was done.
    """

    __slots__ = ("history", "operands", "out", "place", "prints", "rule_of", "saved")

    def __init__(
        self, place: Place, operands: Sequence[Any], out: Any, saved: Any, rule_of: Node | None, history: History
    ):
        self.history = history
        self.place, self.operands, self.out, self.saved, self.rule_of = place, operands, out, saved, rule_of
        self.prints: list[Print] = []


class Step(NamedTuple):
    """One line of the history: an operation, whether it was recorded or not."""

    kind: str  # recorded; passed: no node, because of no_grad or no tracked operand; constant: it has no slope; left:
    # a value taken out of its history
    name: str
    place: Place
    nodes: tuple[int | None, ...]  # the numbers of the nodes of what it read
    number: int  # of its own node, -1 if it has none
    operands: tuple[Any, ...]
    out: Any


class History:
    """The last operations in their order.

    Parameters
    ----------
    limit : int, optional
        How many; all if not given, and their arrays are then held. A limited one only refers to them.
    """

    def __init__(self, limit: int | None = None):
        self.limit = limit
        self._steps: deque[Step] = deque(maxlen=limit)
        self._gone: dict[int, Gone] = {}  # by the address of an array's memory, as long as that is its

    def add(self, step: Step) -> None:
        """Add an operation."""
        if self.limit is not None:
            step = step._replace(operands=tuple(map(self._referred, step.operands)), out=self._referred(step.out))
            if len(self._gone) > 4 * self.limit:
                self._gone = {key: gone for key, gone in self._gone.items() if gone.owner() is not None}
        self._steps.append(step)

    def steps(self) -> list[Step]:
        """Return them; of an array that is gone there is only a token, the same wherever that array was."""
        return [
            step._replace(operands=tuple(map(_met, step.operands)), out=_met(step.out)) for step in list(self._steps)
        ]

    def _referred(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self._referred, value))
        if not isinstance(value, np.ndarray):
            return value
        owner = value
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        gone = self._gone.get(id(owner))
        if gone is None or gone.owner() is not owner:
            gone = self._gone[id(owner)] = Gone(weakref.ref(owner))
        return _Kept(weakref.ref(value), gone)


class Gone:
    """What stands for an array, and for every view of it, that nobody holds any longer."""

    __slots__ = ("owner",)

    def __init__(self, owner: weakref.ref[np.ndarray]):
        self.owner = owner


class _Kept(NamedTuple):
    array: weakref.ref[np.ndarray]
    gone: Gone


def _met(value: Any) -> Any:
    if isinstance(value, _Kept):
        found = value.array()
        found = value.gone.owner() if found is None else found
        return value.gone if found is None else found
    return tuple(map(_met, value)) if isinstance(value, tuple) else value


#: What the last `debug` of a thread or task saw: it says where an output lost its history, which leaves no node.
LAST: ContextVar[History | None] = ContextVar("autograd_lite.history", default=None)


class Debugger:
    """The observer that `debug` is: notes on each operation, and checks of what it gave.

    Parameters
    ----------
    options : Options
    history : History, optional
        Where to add every operation; its own, of the last 10,000, if not given.
    """

    def __init__(self, options: Options, history: History | None = None):
        self.options = options
        self.history = history if history is not None else History(10_000)
        if history is None:
            LAST.set(self.history)
        self.rule_of: Node | None = None  # the node whose rule a recorded sweep is running
        self._sweep_frame: FrameType | None = None  # the user's, that called the sweep
        self.sweeping = False
        self.inquest: list[str] | None = None  # what is found in sweeps within a rule, while a birth is looked for

    def recorded(self, node: Node, out: Any) -> None:
        """Take note of one operation; `read` does it, which is called next and knows the operands."""
        Extras.of(node).notes = out

    def read(self, node: Node, operands: Sequence[Any]) -> None:
        """Take note of what one operation read, and check it."""
        frame, _ = user_frame()
        extras = Extras.of(node)
        out, rule_of = extras.notes, self.rule_of if frame is self._sweep_frame else None
        place = _place(frame) if rule_of is None else place_of(rule_of) or _place(frame)
        extras.origin = place.origin
        extras.notes = notes = Notes(place, operands, out, node.saved, rule_of, self.history)
        if self.options.changes:
            notes.prints = fingerprints(node.saved)
        self._keep("recorded", node.plan.primitive.name, place, node.inputs, node.number, operands, out)
        if not self.sweeping and node.plan.primitive is not OUTPUT:
            self._check(node, notes)

    def passed(self, name: str, nodes: Sequence[Node | None], operands: Sequence[Any], out: Any) -> None:
        """Take note of an operation that was not recorded."""
        has_no_rule = is_recording() and any(node is not None for node in nodes)
        self._keep("constant" if has_no_rule else "passed", name, None, nodes, -1, operands, out)
        checking = self.options.forward and not self.sweeping
        if checking and is_bad(out, self.options.infinity) and not is_bad(list(operands), True):
            raise NaNError(born_unrecorded(name, operands, out, _place(user_frame()[0])))

    def stepped(self, function: Callable[..., Any], operands: Sequence[Any], out: Any) -> None:
        """Take note of a function that is constant almost everywhere."""
        nodes = [operand.node if isinstance(operand, Tracked) else None for operand in operands]
        arrays = [operand.data if isinstance(operand, Tracked) else operand for operand in operands]
        self._keep("constant", function.__name__, None, nodes, -1, arrays, out)

    def left(self, name: str, node: Node, value: Any, out: Any) -> None:
        """Take note of a value that was taken out of its history."""
        is_rounded = name in ("int", "asarray") and node.dtype.kind in "fc"
        self._keep("constant" if is_rounded else "left", name, None, [node], -1, [value], out)

    def _keep(
        self,
        kind: str,
        name: str,
        place: Place | None,
        nodes: Sequence[Node | None],
        number: int,
        operands: Sequence[Any],
        out: Any,
    ) -> None:
        if not self.sweeping:
            numbers = tuple(None if node is None else node.number for node in nodes)
            place = place or _place(user_frame()[0])
            self.history.add(Step(kind, name, place, numbers, number, tuple(operands), out))

    def _check(self, node: Node, notes: Notes) -> None:
        """Raise if a NaN or infinity is born in an operation, and warn if it broadcasts by accident."""
        options = self.options
        if options.forward and is_bad(notes.out, options.infinity):
            entries = [*notes.operands, *node.keywords.values()]
            if is_bad(notes.out, False) or not any(is_bad(entry, True) for entry in entries):
                raise NaNError(born_forward(node))
        if options.broadcasts and len(notes.operands) > 1 and node.plan.primitive.kind == ELEMENTWISE:
            _warn_of_broadcasting(node, notes.operands)

    @contextmanager
    def within_sweep(self, lift: Lift | None, inquest: list[str] | None = None) -> Generator[Lift | None]:
        """Switch checks off while rules run; what they record is ascribed to the operation that the rule belongs to.

        Another debugger takes this one's place meanwhile, in this context only: threads may share this one.

        Parameters
        ----------
        lift : callable or None
            That of the sweep.
        inquest : list, optional
            Where sweeps within rules are to put what they find.

        Yields
        ------
        callable or None
            What to use in place of ``lift``.
        """
        inner = Debugger(self.options, self.history)
        inner.sweeping, inner.inquest, inner._sweep_frame = True, inquest, user_frame()[0]

        def noting(node: Node) -> Any:
            inner.rule_of = node
            assert lift is not None
            return lift(node)

        token = OBSERVERS.set(tuple(inner if other is self else other for other in observers()))
        try:
            yield None if lift is None else noting
        finally:
            OBSERVERS.reset(token)


def debugging() -> Debugger | None:
    """Return the debugger that is on, if one is."""
    for observer in observers():
        if isinstance(observer, Debugger):
            return observer
    return None


def notes_of(node: Node) -> Notes | None:
    """Return what `debug` noted of an operation; None if it was off."""
    notes = node.extras.notes if node.extras is not None else None
    return notes if isinstance(notes, Notes) else None


def place_of(node: Node) -> Place | None:
    """Return the user's line that recorded a node, if that is known."""
    notes = notes_of(node)
    return None if notes is None else notes.place


def is_bad(value: Any, infinity: bool) -> bool:
    """Say whether numbers, or arrays in a tuple, hold a NaN, or with ``infinity`` an infinity; ducks are not asked."""
    if isinstance(value, tuple | list):
        return any(is_bad(part, infinity) for part in value)
    if isinstance(value, float | complex) or (isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fc"):
        return not np.isfinite(value).all() if infinity else bool(np.isnan(value).any())
    return False


def _place(frame: FrameType) -> Place:
    return Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def _warn_of_broadcasting(node: Node, operands: Sequence[Any]) -> None:
    by_shape = {getattr(value, "shape", ()): value for value in operands}
    shapes = [shape for shape in by_shape if shape]
    if len(shapes) != 2:
        return
    flat, column = sorted(shapes, key=len)
    if len(flat) != 1 or len(column) != 2 or column != (*flat, 1) or flat[0] < 2:
        return
    left, right = by_shape[flat], by_shape[column]
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray) and np.may_share_memory(left, right):
        return  # all pairs of one array's elements: meant
    warnings.warn(
        f"{node.plan.primitive.name} of shapes {shapes[0]} and {shapes[1]} broadcasts to {node.shape}: every element "
        f"with every other. If it was meant element by element, as in a loss, reshape one of them, "
        f"e.g. t.reshape({flat[0]}). If it is meant, debug(broadcasts=False) is silent.",
        stacklevel=user_stacklevel(),
    )
