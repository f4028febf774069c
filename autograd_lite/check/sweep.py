"""Differences over a range of steps, and what they say: an estimate, its uncertainty, a kink, or nothing but noise.

Where f is smooth, the central difference settles as the step h shrinks (its error falls as h²) until round-off, of the
size u |f| / h, takes over: errors over steps have the shape of a V, and the bottom of the V is the estimate. At a kink
the one-sided differences differ by an amount that does not shrink with h; at a jump by one that grows as 1/h.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograd_lite.check.differences import Line

SMOOTH, KINK, JUMP, EDGE = "smooth", "kink", "jump", "edge"

_PERSISTENT = 4  # so many steps in a row must show the same gap before it is called a kink
_LEGIBLE = 16.0  # a gap counts where it is so many times larger than the round-off in it


class StepSweep(NamedTuple):
    """One-sided and central differences of a vector over falling steps.

    Attributes
    ----------
    steps : ndarray of shape (k,)
    right, left : ndarray of shape (k, m)
        (f(h) - f(0)) / h and (f(0) - f(-h)) / h.
    noise : ndarray of shape (k, m)
        The round-off to be expected in a difference: 4 u (max|f| + |f'|) / h, of f and of x.
    here : ndarray of shape (m,)
        f(0).
    """

    steps: np.ndarray
    right: np.ndarray
    left: np.ndarray
    noise: np.ndarray
    here: np.ndarray

    @property
    def central(self) -> np.ndarray:
        """(f(h) - f(-h)) / 2h, of shape (k, m)."""
        return (self.right + self.left) / 2

    @property
    def grain(self) -> np.ndarray:
        """The smallest change of f seen if all smaller steps changed nothing, of shape (m,): perhaps its resolution."""
        changes = np.fmax(np.abs(self.right), np.abs(self.left)) * self.steps[:, None]
        smallest = np.min(np.where(changes > 0, changes, np.inf), axis=0)
        return np.where((changes[-1] == 0) & np.isfinite(smallest), smallest, 0.0)

    def estimate(self, relative: bool = False, coarse: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Return the differences where they change least from one step to the next, and how much they still change.

        Parameters
        ----------
        relative : bool
            Whether the change is taken relative to the value: near a pole, the calm far from it does not win then.
        coarse : bool
            Whether values of f are to be taken as no finer than `grain`: a difference of zero then tells little.
        """
        central = self.central
        change = np.abs(np.diff(central, axis=0))
        noise = self.noise + self.grain / self.steps[:, None] if coarse else self.noise
        unrest = np.maximum(change[:-1], change[1:]) + noise[1:-1]
        unrest = np.where(np.isfinite(unrest), unrest, np.inf)
        size = np.where(np.isfinite(central[1:-1]), np.abs(central[1:-1]), 0.0) if relative else 1.0
        with np.errstate(over="ignore"):
            calm = np.argmin(unrest / (size + np.finfo(float).tiny), axis=0)[None]
        return np.take_along_axis(central, calm + 1, 0)[0], np.take_along_axis(unrest, calm, 0)[0]

    def shape_at(self, j: int) -> str:
        """Say what element ``j`` is like at the point: smooth, a kink, a jump, or the edge of where f is defined."""
        if not (np.isfinite(self.right[-2:, j]).all() and np.isfinite(self.left[-2:, j]).all()):
            return EDGE
        gap = np.abs(self.right[:, j] - self.left[:, j])
        legible = np.flatnonzero(np.isfinite(gap) & (gap > _LEGIBLE * self.noise[:, j]))
        if legible.size < _PERSISTENT:
            return SMOOTH
        last = legible[-1]
        tail = slice(last - _PERSISTENT + 1, last + 1)
        # A gap that closes at steps where round-off would not have hidden it is a kink or a jump nearby, not here.
        if _steady(gap[tail]) and (last == gap.size - 1 or _LEGIBLE * self.noise[last + 1, j] > gap[last] / 2):
            return KINK
        return JUMP if last == gap.size - 1 and _steady(gap[tail] * self.steps[tail]) else SMOOTH


def _steady(values: np.ndarray) -> bool:
    return bool(values.max() < 1.5 * values.min())


def step_sweep(line: Line, unit: float) -> StepSweep:
    """Take one-sided differences of a function of t with steps 1/8, 1/64, … down to 1,000 times the round-off.

    Parameters
    ----------
    line : callable
        t ↦ a vector of shape (m,).
    unit : float
        Machine epsilon of what it computes in.

    Returns
    -------
    StepSweep
    """
    count = np.arange(1, int(np.log(1000 * unit) / np.log(0.125)) + 1)
    # In no integer ratio to each other, lest steps that are multiples of a period agree on a wrong answer.
    steps = 0.125**count * (1 + count % 3 / 8)
    here = line(0.0)
    ahead, behind = np.stack([line(h) for h in steps]), np.stack([line(-h) for h in steps])
    with np.errstate(all="ignore"):
        level = np.fmax(np.fmax(np.abs(ahead), np.abs(behind)), np.abs(here))
        h = steps[:, None]
        noise = 4 * unit * (level + np.abs(ahead - behind) / (2 * h)) / h
        return StepSweep(steps, (ahead - here) / h, (here - behind) / h, noise, here)
