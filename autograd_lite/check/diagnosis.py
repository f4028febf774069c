"""What to say of a derivative that disagrees: where it is worst, by how much, and why.

`resolve` tries the comparison again over a range of steps. If it still fails, it narrows the disagreement down to one
element of one argument and one of the result, and raises with both values, the table of steps, and a verdict.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from autograd_lite.check.differences import Line, central_difference, power_of_two
from autograd_lite.check.subject import REVERSE, Subject, element, ravel
from autograd_lite.check.sweep import EDGE, JUMP, KINK, SMOOTH, StepSweep, step_sweep
from autograd_lite.errors import GradientCheckError, SingularPointWarning

_BLOCK = 64  # so many elements are looked at one by one; larger sets are halved first

_AGREES, _WRONG, _NOISE = "agrees", "wrong", "noise"
_VERDICTS = {_WRONG: "wrong rule", _NOISE: "round-off", KINK: "kink", JUMP: "kink", EDGE: "kink"}


class Functional(NamedTuple):
    """A linear functional of the flat result: values @ y[indices]."""

    indices: np.ndarray
    values: np.ndarray

    def of(self, y: np.ndarray) -> float:
        """Return the functional of a vector; elements that it does not name may be NaN."""
        return float(self.values @ y[self.indices])

    def cotangent(self, size: int) -> np.ndarray:
        """Return the functional as a vector."""
        vector = np.zeros(size)
        vector[self.indices] = self.values
        return vector

    def part(self, positions: np.ndarray) -> Functional:
        """Return the functional of some of its elements."""
        return Functional(self.indices[positions], self.values[positions])


class Doubt(NamedTuple):
    """A comparison that failed, or looks as if there were a kink.

    Attributes
    ----------
    subject : Subject
    mode : str
        Of the derivative in doubt.
    direction : ndarray
        Flat, over all arguments.
    functionals : list of Functional
        What of the result is in doubt.
    atol : ndarray
        How far the derivative of each may be from the differences,
    rtol : float
        on top of this part of it.
    unit : float
        Machine epsilon of what the differences are computed in.
    """

    subject: Subject
    mode: str
    direction: np.ndarray
    functionals: list[Functional]
    atol: np.ndarray
    rtol: float
    unit: float

    def sweep(self, direction: np.ndarray, functionals: list[Functional]) -> StepSweep:
        """Take differences of functionals of the result over a range of steps."""
        line = self.subject.line(direction, lambda y: np.array([functional.of(y) for functional in functionals]))
        return step_sweep(line, self.unit)

    def claim(self, functional: Functional) -> Callable[[np.ndarray], float]:
        """Return d ↦ ⟨w, J d⟩ by the mode in doubt."""
        if self.mode == REVERSE:
            with warnings.catch_warnings():  # most of this cotangent is zero, which is no choice of the user's
                warnings.simplefilter("ignore", SingularPointWarning)
                pulled = self.subject.pull(functional.cotangent(self.subject.size_of_result))
            return lambda direction: float(pulled[direction != 0] @ direction[direction != 0])
        return lambda direction: functional.of(self.subject.push(direction))


def resolve(doubt: Doubt, kinks_only: bool = False) -> None:
    """Try again over a range of steps; return if the differences bear the derivative out after all.

    Raises
    ------
    GradientCheckError
        If they do not, or there is a kink.
    """
    sweep = doubt.sweep(doubt.direction, doubt.functionals)
    for j, functional in enumerate(doubt.functionals):
        verdict = sweep.shape_at(j)
        if verdict == SMOOTH and not kinks_only:
            verdict = _judge(sweep, j, doubt.claim(functional)(doubt.direction), doubt.atol[j], doubt.rtol)
        if verdict not in (SMOOTH, _AGREES):
            raise GradientCheckError(_describe(doubt, functional, verdict))


def _judge(sweep: StepSweep, j: int, claimed: float, atol: float, rtol: float) -> str:
    """Compare a derivative with where the differences settle, in view of how well they do."""
    if not np.isfinite(claimed):
        return _WRONG
    verdict = _AGREES
    for relative, coarse in ((True, False), (False, False), (False, True)):
        estimate, unrest = (values[j] for values in sweep.estimate(relative, coarse))
        error, allowed = abs(claimed - estimate), atol + rtol * abs(estimate)
        if error <= allowed + min(unrest, 10 * allowed):
            return _AGREES
        verdict = _WRONG if error > 10 * unrest else _NOISE
    return verdict


def _describe(doubt: Doubt, functional: Functional, verdict: str) -> str:
    """Narrow a disagreement down to one element of an argument and one of the result, and put it into words."""
    subject, kinked = doubt.subject, verdict in (KINK, JUMP, EDGE)
    i = _worst_input(doubt, functional, kinked)
    scale = float(subject.scales[i])
    unit = np.zeros_like(doubt.direction)
    unit[i] = scale
    j = _worst_output(doubt, functional, unit, kinked)
    single = Functional(functional.indices[[j]], np.ones(1))
    sweep, claimed = doubt.sweep(unit, [single]), doubt.claim(single)(unit)
    found = sweep.shape_at(0)
    if found == SMOOTH:
        found = _judge(sweep, 0, claimed, float(doubt.atol.min()) / 1000, doubt.rtol / 1000)
    if found == _AGREES:  # small errors everywhere: the direction shows what no single element does
        sweep, claimed = doubt.sweep(doubt.direction, [functional]), doubt.claim(functional)(doubt.direction)
        return _message(doubt.mode, subject, verdict, "a random direction (no element by itself)", sweep, claimed, 1.0)
    names = (
        element(subject.outputs, subject.shapes, int(single.indices[0])),
        element(subject.arguments, [leaf.shape for leaf in subject.leaves], i),
    )
    where = f"d {names[0]} / d {names[1]}, where {names[1]} is {ravel(subject.leaves)[i]:.6g}"
    return _message(doubt.mode, subject, found, where, sweep, claimed, scale)


def _worst_input(doubt: Doubt, functional: Functional, kinked: bool) -> int:
    """Return the element of the arguments at which a functional's derivative is worst, or its kink largest."""
    claim = None if kinked else doubt.claim(functional)

    def score(positions: np.ndarray) -> float:
        part = np.zeros_like(doubt.direction)
        part[positions] = doubt.direction[positions]
        line = doubt.subject.line(part, lambda y: np.array([functional.of(y)]))
        difference = float(_gap(line, doubt.unit)[0] if claim is None else _central(line, doubt.unit)[0])
        return _size(difference if claim is None else claim(part) - difference)

    return _worst(score, doubt.direction.size)


def _worst_output(doubt: Doubt, functional: Functional, unit: np.ndarray, kinked: bool) -> int:
    """Return the position in a functional of the element of the result at which it is worst along ``unit``."""
    line = doubt.subject.line(unit)
    column = _gap(line, doubt.unit) if kinked else _central(line, doubt.unit)

    def score(positions: np.ndarray) -> float:
        part = functional.part(positions)
        return _size(part.of(column) if kinked else doubt.claim(part)(unit) - part.of(column))

    return _worst(score, functional.indices.size)


def _worst(score: Callable[[np.ndarray], float], size: int) -> int:
    """Return the position with the largest score, found by halving where there are many."""
    positions = np.arange(size)
    while positions.size > _BLOCK:
        positions = max(np.array_split(positions, 2), key=score)
    return int(positions[0]) if size == 1 else int(max(positions, key=lambda position: score(np.array([position]))))


def _central(line: Line, unit: float) -> np.ndarray:
    with np.errstate(all="ignore"):
        return central_difference(line, power_of_two(unit ** (1 / 3)))


def _gap(line: Line, unit: float) -> np.ndarray:
    """Return how far the one-sided differences are apart, at a step where they would not be if f were smooth."""
    h = power_of_two(unit ** (1 / 2))
    with np.errstate(all="ignore"):
        return (line(h) - 2 * line(0.0) + line(-h)) / h


def _size(value: float) -> float:
    return abs(value) if np.isfinite(value) else np.inf


def _message(
    mode: str, subject: Subject, verdict: str, where: str, sweep: StepSweep, claimed: float, scale: float
) -> str:
    """Return the whole text: verdict, place, both values, the table of steps, and what follows."""
    estimate, unrest = (float(values[0]) / scale for values in sweep.estimate(coarse=verdict == _NOISE))
    right, left, central = (side[:, 0] / scale for side in (sweep.right, sweep.left, sweep.central))
    claimed /= scale
    middle = int(np.argmin(np.abs(np.log(sweep.steps) + 18)))
    over = f" over {' over '.join(subject.history)} mode" if subject.history else " mode"
    rows = [
        f"  {h * scale:10.2e} {c:16.8g} {c - claimed:12.2e} {r:16.8g} {s:16.8g}"
        for h, c, r, s in zip(sweep.steps, central, right, left, strict=True)
    ]
    return "\n".join([
        f"{_VERDICTS[verdict]}: check_grads, derivative of order {len(subject.history) + 1} by {mode}{over}, at",
        f"  {where}",
        "",
        f"  {mode + ' mode':18} {claimed:.12g}",
        f"  {'finite difference':18} {estimate:.12g} (± {unrest:.1e})",
        "",
        f"  {'step':>10} {'central':>16} {'error':>12} {'from the right':>16} {'from the left':>16}",
        *rows,
        "",
        _EXPLANATIONS[verdict].format(
            mode=mode, claimed=claimed, estimate=estimate, unrest=unrest, right=right[middle], left=left[middle],
            level=abs(float(sweep.here[0])),
        ),
    ])  # fmt: skip


_EXPLANATIONS = {
    _WRONG: "The differences settle at {estimate:.6g}, and the derivative is {claimed:.6g}: a rule used is wrong, or "
    "f makes a constant of an argument (values taken out of a Tensor, stop_gradient).",
    _NOISE: "The differences settle no better than to ± {unrest:.1e}, with values of f of size {level:.1e}: round-off "
    "hides the derivative, and nothing can be said against it. Check at another point or scale, or pass rtol and atol.",
    KINK: "The differences from the right ({right:.6g}) and from the left ({left:.6g}) stay apart as the step shrinks: "
    "f has a kink here (abs, relu, a tie in max, a norm at 0) and no derivative. Check at another point.",
    JUMP: "The differences grow as the step shrinks: f jumps here and has no derivative. Check at another point.",
    EDGE: "f is not finite on both sides of this point, however small the step: it is the edge of where f is defined. "
    "Check inside.",
}
