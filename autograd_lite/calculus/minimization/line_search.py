"""A line search for the strong Wolfe conditions.

Along a direction of descent, with φ(t) the value after a step of length t, they ask that

    φ(t) ≤ φ(0) + c₁ t φ'(0)    and    |φ'(t)| ≤ c₂ |φ'(0)|,

which makes the curvature that a quasi-Newton method measures positive. J. Nocedal & S. Wright, *Numerical
Optimization*, 2nd ed., Springer 2006, equations 3.7, algorithms 3.5 (`strong_wolfe`) and 3.6 (`_zoom`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: Decrease and curvature: the book's values for quasi-Newton methods.
C1, C2 = 1e-4, 0.9


class Trial(NamedTuple):
    """What was found after a step of some length.

    Attributes
    ----------
    length : float
    loss : float
        φ(length)
    slope : float
        φ'(length)
    gradient : ndarray of shape (n,)
    """

    length: float
    loss: float
    slope: float
    gradient: np.ndarray


def strong_wolfe(
    evaluate: Callable[[float], Trial],
    origin: Trial,
    length: float,
    width: float,
    evaluations: int = 25,
    curvature: float = C2,
) -> Trial:
    """Return a trial that satisfies the strong Wolfe conditions, or the best one if none is found.

    Parameters
    ----------
    evaluate : callable
        Gives the trial for a length.
    origin : Trial
        Of length zero, with a negative slope.
    length : float
        The first one to try.
    width : float
        When the bracket is narrower than this, the search ends.
    evaluations : int
        The most that are made.
    curvature : float
        c₂; conjugate gradients want a smaller one than quasi-Newton methods.

    Returns
    -------
    Trial
        Never one with a larger loss than the origin's, which is returned itself if no step lowers the loss.
    """
    previous = origin
    for count in range(evaluations):
        trial = evaluate(length)
        if _is_too_high(trial, origin) or (count and trial.loss >= previous.loss):
            return _zoom(evaluate, origin, previous, trial, width, evaluations - count - 1, curvature)
        if abs(trial.slope) <= -curvature * origin.slope:
            return trial
        if trial.slope >= 0:
            return _zoom(evaluate, origin, trial, previous, width, evaluations - count - 1, curvature)
        # On, to where the cubic has its minimum if that lies ahead; where the slope steepens it does not.
        ahead = _minimum_of_cubic(previous, trial)
        length = min(ahead, 10 * length) if ahead > length + 0.01 * (length - previous.length) else 4 * length
        previous = trial
    return previous


def _zoom(
    evaluate: Callable[[float], Trial],
    origin: Trial,
    low: Trial,
    high: Trial,
    width: float,
    evaluations: int,
    curvature: float,
) -> Trial:
    """Narrow a bracket that holds a good step: ``low`` is its end with the lower loss, whose slope points inwards."""
    for _ in range(evaluations):
        left, right = sorted((low.length, high.length))
        if right - left <= width:
            break
        margin = 0.1 * (right - left)  # a bracket that only ever shrinks by its last per cent would never end
        length = min(max(_minimum_of_cubic(low, high), left + margin), right - margin)
        trial = evaluate(length)
        if _is_too_high(trial, origin) or trial.loss >= low.loss:
            high = trial
            continue
        if abs(trial.slope) <= -curvature * origin.slope:
            return trial
        if trial.slope * (high.length - low.length) >= 0:
            high = low
        low = trial
    return low


def _is_too_high(trial: Trial, origin: Trial) -> bool:
    """Say whether the loss has not fallen enough; a loss that is NaN or infinite has not."""
    return not trial.loss <= origin.loss + C1 * trial.length * origin.slope


def _minimum_of_cubic(a: Trial, b: Trial) -> float:
    """Return where the cubic through two values and slopes has its minimum (equation 3.59), else their middle."""
    middle = (a.length + b.length) / 2
    if not all(math.isfinite(value) for value in (a.loss, a.slope, b.loss, b.slope)):
        return middle
    first = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length)
    square = first * first - a.slope * b.slope
    if square < 0:
        return middle
    second = math.copysign(math.sqrt(square), b.length - a.length)
    divisor = b.slope - a.slope + 2 * second
    if divisor == 0:
        return middle
    return b.length - (b.length - a.length) * (b.slope + second - first) / divisor
