"""Newton's method that cannot get lost: kept in a bracket where there is one, damped and searching where there is none.

With a bracket every step is Newton's from the better end if it stays inside and shrinks fast enough, and halves the
bracket otherwise (W. Press et al., *Numerical Recipes*, 3rd ed., 2007, section 9.4). Without one, Newton's step is
shortened until |f| falls; two points of opposite sign become a bracket; where |f| falls slowly the neighbourhood is
searched for such points, farther and farther out. Roots of higher multiplicity, where Newton's method is slow, are
noticed by the ratio f f'' / f'² (E. Schröder, *Math. Ann.* 2, 1870) and reached by steps that are as many times longer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from autograd_lite.calculus.result import Reason
from autograd_lite.calculus.roots.points import Bracket, Point, ScalarProblem, bracket_of
from autograd_lite.calculus.solving import State

#: |f| that falls by less than this factor in a step is slow: roots of any multiplicity give e⁻¹ or less.
_FAST = 0.5

#: So many slow steps, and the neighbourhood is searched.
_PATIENCE = 3

#: Doublings of the distance that is searched, from a hundredth of the scale on.
_DOUBLINGS = 50

#: A step that is so many times as long as x, or as 1, must make |f| small at once.
_LEAP = 1e6

#: Newton's step halved so often changes nothing.
_HALVINGS = 30

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True)
class RootState(State):
    """Where the search for a root is.

    Attributes
    ----------
    at : Point
        The current point.
    bracket : Bracket or None
    lengths : tuple of float
        Of the last steps, the newest first.
    slow : int
        How many slow steps came one after another.
    others : tuple of Bracket
        Further brackets that the search has found, nearest first.
    searched : bool
    verdict : Reason or None
        Set where a step has found out that there is no more to do.
    multiplicity : int
        Of the root that is near, as far as one knows.
    jump : float
        How far the last look beyond a root went.
    """

    at: Point
    bracket: Bracket | None = None
    lengths: tuple[float, ...] = ()
    slow: int = 0
    others: tuple[Bracket, ...] = ()
    searched: bool = False
    verdict: Reason | None = None
    multiplicity: int = 1
    jump: float = 0.0

    @property
    def merit(self) -> float:
        """|f|."""
        return self.at.size


def state_at(point: Point, length: float = math.nan, **more: object) -> RootState:
    """Return a state at a point."""
    return RootState(np.array([point.x]), point.f, point.size, length, point, **more)  # type: ignore[arg-type]


def moved(state: RootState, point: Point, **more: object) -> RootState:
    """Return the state after a step to a point."""
    length = abs(point.x - state.at.x)
    changes = {"lengths": (length, *state.lengths[:3]), **more}
    return replace(
        state, point=np.array([point.x]), value=point.f, measure=point.size, length=length, at=point, **changes
    )


@dataclass(frozen=True)
class Safeguarded:
    """Newton's or Halley's method with safeguards.

    Parameters
    ----------
    tolerance : float
        Of the root, relative.
    bracket : Bracket or None
    within : tuple of float
        The interval that is not left.
    halley : bool
    others : tuple of Bracket
        Where to look if the bracket holds no root but a pole or a jump.
    """

    tolerance: float
    bracket: Bracket | None = None
    within: tuple[float, float] = (-math.inf, math.inf)
    halley: bool = False
    others: tuple[Bracket, ...] = ()

    def init(self, problem: ScalarProblem, point: np.ndarray) -> RootState:
        """Start at the better end of the bracket, or at the point."""
        if self.bracket is not None:
            return state_at(self.bracket.better, bracket=self.bracket, others=self.others)
        return state_at(problem.at(float(point[0])))

    def step(self, problem: ScalarProblem, state: RootState) -> RootState:
        """Take a step, of whichever kind suits."""
        if state.bracket is not None:
            return self._inside(problem, state, state.bracket)
        step = self._step(state.at)
        if state.slow >= _PATIENCE or not math.isfinite(step) or step == 0:
            if not state.searched:
                return self.searched(problem, state)
            if not math.isfinite(step) or step == 0:
                return replace(state, verdict=Reason.ZERO_DERIVATIVE if state.slow == 0 else Reason.NO_ROOT)
        return self._descend(problem, state, step)

    def done(self, problem: ScalarProblem, state: RootState) -> Reason | None:
        """End at a root, or where a step found nothing to do."""
        del problem
        if state.at.f == 0:
            return Reason.CONVERGED
        if state.verdict is not None:
            return state.verdict
        if not state.at.is_finite and state.bracket is None:
            return Reason.NOT_FINITE_AT_START
        return None

    def _step(self, at: Point) -> float:
        step = at.halley_step() if self.halley else at.newton_step()
        return step if math.isfinite(step) else at.newton_step()

    # In a bracket

    def _inside(self, problem: ScalarProblem, state: RootState, bracket: Bracket) -> RootState:
        better = bracket.better
        if bracket.width <= max(self.tolerance * abs(better.x), 4 * math.ulp(better.x)):
            return self._closed(state, bracket)
        step = self._step(better) if better.is_finite else math.nan
        x = better.x + step * state.multiplicity
        if abs(step) <= 2 * math.ulp(better.x):
            return self._look_beyond(problem, state, bracket)
        before = state.lengths[1] if len(state.lengths) > 1 else math.inf
        if not bracket.contains(x) or not abs(x - better.x) <= 0.5 * before:
            x = bracket.middle()
            return self._cut(problem, state, bracket, x if bracket.contains(x) else _between(bracket))
        return self._cut(problem, state, bracket, x)

    def _look_beyond(self, problem: ScalarProblem, state: RootState, bracket: Bracket) -> RootState:
        """Close the bracket around the end to which Newton's method has converged, from the other side of the root.

        Round-off may hide the sign change: the next look is four times farther.
        """
        better = bracket.better
        jump = max(2 * math.ulp(better.x), 4 * state.jump)
        x = better.x + (jump if better is bracket.low else -jump)
        state = self._cut(problem, state, bracket, x if bracket.contains(x) else _between(bracket))
        return replace(state, jump=jump)

    def _cut(self, problem: ScalarProblem, state: RootState, bracket: Bracket, x: float) -> RootState:
        point = problem.at(x)
        if point.f != point.f:
            return replace(state, verdict=Reason.NOT_FINITE)
        smaller = bracket.cut(point) if point.f else bracket
        better = point if point.f == 0 else smaller.better
        # Steps that are as many times longer as a root is multiple must make f vanish fast: else it was a wrong guess.
        multiplicity = state.multiplicity if point.size <= _FAST * bracket.better.size else 1
        state = moved(state, better, bracket=smaller, multiplicity=multiplicity)
        return replace(state, lengths=(abs(x - bracket.better.x), *state.lengths[1:]))

    def _closed(self, state: RootState, bracket: Bracket) -> RootState:
        """Tell a root between two neighbouring numbers from a jump or a pole."""
        better, worse = bracket.better, bracket.low if bracket.better is bracket.high else bracket.high
        slopes = [abs(p.slope) for p in (better, worse) if math.isfinite(p.slope)]
        rise = worse.size + better.size
        # A jump is more than what the slopes at its sides tell of, and more than round-off makes.
        explained = 1e3 * max(slopes, default=0.0) * bracket.width
        is_pole = not math.isfinite(rise) or rise > 1e8 * (self.bracket or bracket).better.size > 0
        is_jump = rise > explained and rise > 1e-4 * (self.bracket or bracket).better.size
        if (is_pole or is_jump) and state.others:
            return moved(state, state.others[0].better, bracket=state.others[0], others=state.others[1:], lengths=())
        return replace(state, verdict=Reason.DISCONTINUITY if is_pole or is_jump else Reason.CONVERGED)

    # Without a bracket

    def _descend(self, problem: ScalarProblem, state: RootState, step: float) -> RootState:
        """Go along Newton's step until |f| falls."""
        at = state.at
        low, high = self.within
        multiplicity = self._multiplicity(state)
        fraction = 1.0
        if abs(step) > _LEAP * max(abs(at.x), 1.0) and not problem.at(min(max(at.x + step, low), high)).size < (
            0.1 * at.size
        ):  # an all but flat place: where so long a step leads is chance, unless the function is all but linear
            fraction = _LEAP * max(abs(at.x), 1.0) / abs(step)
        for _ in range(_HALVINGS):
            x = at.x + fraction * multiplicity * step
            x = min(max(x, low), high)
            if x == at.x or abs(x - at.x) <= 0.25 * math.ulp(at.x):
                break
            point = problem.at(x)
            found = bracket_of(at, point)
            if found is not None:
                return moved(state, found.better, bracket=found, lengths=(), multiplicity=multiplicity)
            if point.size < at.size:
                slow = state.slow + 1 if point.size > _FAST * at.size else 0
                return moved(state, point, slow=slow, multiplicity=multiplicity)
            multiplicity, fraction = 1, fraction * (0.5 if point.is_finite else 0.25)
        if abs(step) <= self.tolerance * abs(at.x):
            return replace(state, verdict=Reason.CONVERGED)
        if state.searched:
            return replace(state, verdict=self._ending(state))
        return self.searched(problem, state)

    def _multiplicity(self, state: RootState) -> int:
        """Return how many times longer than Newton's a step should be, from the second derivative near a root."""
        if state.slow or len(state.lengths) < 2 or self.halley:
            return 1
        shrinking = state.lengths[0] / state.lengths[1] if state.lengths[1] else 0
        if state.multiplicity == 1 and not 0.4 < shrinking < 0.97:
            return 1
        estimate = state.at.multiplicity()
        return round(estimate) if 1 <= estimate < 1000 and abs(estimate - round(estimate)) < 0.1 * estimate else 1

    def _ending(self, state: RootState) -> Reason:
        far = abs(state.at.x) > 1e6 * max(1.0, abs(state.at.x - sum(state.lengths)))
        return Reason.DIVERGED if far else Reason.NO_ROOT

    def searched(self, problem: ScalarProblem, state: RootState) -> RootState:
        """Look for a change of sign around the current point, twice as far each time."""
        at = state.at
        scale = max(abs(at.x), 1e-3) if at.x else 1.0
        found: list[Bracket] = []
        sides = [(at, 1.0), (at, -1.0)]
        for k in range(_DOUBLINGS):
            for i, (previous, sign) in enumerate(sides):
                x = at.x + sign * 0.01 * scale * 2.0**k
                if not self.within[0] <= x <= self.within[1]:
                    continue
                point = problem.at(x)
                if not point.is_finite:
                    continue
                bracket = bracket_of(previous, point)
                if point.f == 0:
                    if abs(point.slope) > 0:
                        return moved(state, point, searched=True)
                    continue  # perhaps an underflow, beyond which the sign may have changed
                if bracket is not None:
                    found.append(bracket)
                sides[i] = (point, sign)
            if found and k >= 3:
                break
        if not found:
            return replace(state, searched=True, slow=_PATIENCE)
        return moved(state, found[0].better, bracket=found[0], others=tuple(found[1:]), searched=True, lengths=())


def _between(bracket: Bracket) -> float:
    x = bracket.low.x + 0.5 * bracket.width
    return x if bracket.contains(x) else math.nextafter(bracket.low.x, math.inf)
