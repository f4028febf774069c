"""The one loop that every solver runs in.

A solver is a frozen configuration with three methods: ``init`` makes the first state, ``step`` the next one, ``done``
says whether to end and why. States are values: nothing is hidden in the solver, so that a run can be watched, stopped,
and continued. The loop keeps the best point, the history and the progress bar.
"""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from autograd_lite.calculus.result import Reason, Record
from autograd_lite.errors import StructureError

#: Iterations in the history keep their points while all of them together have at most so many elements.
KEPT_ELEMENTS = 1_000_000

#: Seconds before a progress bar appears by itself, on a terminal.
PATIENCE = 5.0


@dataclass(frozen=True)
class State:
    """Where a solver is; solvers add what else they carry.

    Attributes
    ----------
    point : ndarray of shape (n,)
    value : float
        Of what is solved, at the point.
    measure : float
        What vanishes at a solution, such as the largest element of the gradient.
    length : float
        Of the last step; NaN at the start.
    """

    point: np.ndarray
    value: float
    measure: float
    length: float

    @property
    def merit(self) -> float:
        """What makes one point better than another: smaller."""
        return self.value


S = TypeVar("S", bound=State)


class Solver(Protocol[S]):
    """What `run` needs: a frozen dataclass with these methods."""

    def init(self, problem: Any, point: np.ndarray) -> S:
        """Return the first state."""
        ...

    def step(self, problem: Any, state: S) -> S:
        """Return the next state; it may be at the same point, with another radius or direction."""
        ...

    def done(self, problem: Any, state: S) -> Reason | None:
        """Return why to end at this state, or None to go on."""
        ...


class Outcome(NamedTuple):
    """What a run gave.

    Attributes
    ----------
    state : State
        The last one.
    best : State
        The one with the smallest merit.
    reason : Reason
    iterations : int
    history : tuple of Record
    """

    state: Any
    best: Any
    reason: Reason
    iterations: int
    history: tuple[Record, ...]


def run(
    solver: Solver[Any],
    problem: Any,
    start: np.ndarray,
    *,
    max_iterations: int,
    present: Callable[[np.ndarray], Any] = np.copy,
    callback: Callable[[Record], Any] | None = None,
    progress: bool | None = None,
    watch: Callable[[Any], Reason | None] | None = None,
) -> Outcome:
    """Run a solver until it is done.

    Parameters
    ----------
    solver : Solver
    problem : object
        Handed to the solver's methods.
    start : ndarray of shape (n,)
    max_iterations : int
    present : callable
        Gives a flat point in the user's container.
    callback : callable, optional
        Called with the `Record` of each iteration, the start included; ends the run by returning True.
    progress : bool, optional
        Whether to show a tqdm bar. If not given: on a terminal, after some seconds.
    watch : callable, optional
        Called with each state; ends the run with the reason that it returns, if it returns one.

    Returns
    -------
    Outcome

    Raises
    ------
    StructureError
        If ``max_iterations`` is no whole number, or the solver's tolerance is negative or NaN.
    """
    _check(solver, max_iterations)
    with np.errstate(all="ignore"):  # solvers look for infinities and NaNs themselves
        state = best = solver.init(problem, start)
    history: list[Record] = []
    bar = _Bar(max_iterations, progress)
    iteration, kept = 0, 0
    try:
        while True:
            kept += state.point.size
            record = Record(iteration, None, float(state.value), float(state.measure), float(state.length))
            shown = record._replace(solution=present(state.point)) if callback or kept <= KEPT_ELEMENTS else record
            history.append(shown if kept <= KEPT_ELEMENTS else record)
            bar.show(record)
            stop = callback is not None and callback(shown) is True
            with np.errstate(all="ignore"):
                reason = solver.done(problem, state)
            if reason is None and stop:
                reason = Reason.STOPPED
            if reason is None and watch is not None:
                reason = watch(state)
            if reason is None and iteration >= max_iterations:
                reason = Reason.MAX_ITERATIONS
            if reason is not None:
                break
            with np.errstate(all="ignore"):
                state = solver.step(problem, state)
            iteration += 1
            if not state.merit > best.merit and not (math.isnan(state.merit) and not math.isnan(best.merit)):
                best = state
    finally:
        bar.close()
    if reason.converged and _is_as_good(state, best):
        best = state
    return Outcome(state, best, reason, iteration, tuple(history))


def _check(solver: Any, max_iterations: Any) -> None:
    if not isinstance(max_iterations, int | np.integer) or max_iterations < 0:
        raise StructureError(f"max_iterations={max_iterations!r}: a whole number, zero or more, is needed")
    tolerance = getattr(solver, "tolerance", None)
    if tolerance is not None and not tolerance >= 0:
        raise StructureError(f"tolerance={tolerance!r}: a number, zero or more, is needed")


def _is_as_good(last: State, best: State) -> bool:
    """Say whether the last state is nearer to a solution than the best, whose merit is lower by a rounding or two.

    Values are flat at a minimum: there a gradient of 1e-16 may come with a value one rounding above that of 1e-9.
    """
    slack = 8 * np.finfo(best.point.dtype).eps * abs(best.merit)
    return last.merit <= best.merit + slack and last.measure < best.measure


class _Bar:
    """A tqdm bar, or nothing."""

    def __init__(self, total: int, progress: bool | None):
        self._bar = None
        if progress or (progress is None and sys.stderr is not None and sys.stderr.isatty()):
            try:
                tqdm = importlib.import_module("tqdm.auto").tqdm
            except ImportError as error:
                if progress:
                    raise ImportError("progress=True needs tqdm: pip install 'autograd_lite[progress]'") from error
                return
            delay = 0 if progress else PATIENCE
            self._bar = tqdm(total=total, unit="iteration", delay=delay, dynamic_ncols=True, leave=bool(progress))

    def show(self, record: Record) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(f"value {record.value:.6g}, measure {record.measure:.2g}", refresh=False)
            if record.iteration:
                self._bar.update()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
