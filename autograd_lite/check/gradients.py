"""`check_grads`: derivatives of any order, in both modes, against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.check.diagnosis import Doubt, Functional, resolve
from autograd_lite.check.differences import power_of_two
from autograd_lite.check.subject import FORWARD, REVERSE, Subject, subject_of
from autograd_lite.errors import GradientCheckError, StructureError

_SUSPECTS = 64  # outputs looked at more closely, the worst first


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = (REVERSE, FORWARD),
    *,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
) -> None:
    """Check the derivatives of ``f`` at a point against finite differences; return None if all is well.

    Along one random direction v, no component of which is small, J v by forward mode is compared with central
    differences element by element, and Jᵀ u by reverse mode through ⟨Jᵀ u, v⟩ = ⟨u, J v⟩ with a random u (A. Griewank &
    A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, section 3.3). Each of these derivatives is itself a
    function, and is checked in the same way up to ``order``. One-sided differences watch for kinks. Whatever disagrees
    is tried again over a range of steps before it is called wrong. Differences are taken in float64.

    Parameters
    ----------
    f : callable
        Takes arrays, numbers and containers of them by position and returns the like; called with Tensors. It must
        give the same values each time.
    args : tuple
        The positional arguments of ``f``; floating point throughout, real or complex (checked as real and imaginary
        parts).
    order : int
        How many derivatives deep to check: 1, 2, 3, …; the cost doubles or, with both modes, quadruples with each.
    modes : sequence of {"reverse", "forward"}
        Which modes to check, in every mix.
    rtol, atol : float, optional
        Relative and absolute tolerance; if not given by the coarsest dtype among arguments and results (float64: 1e-6
        and 1e-8; float32: 2e-3 and 1e-4). Round-off to be expected in the differences comes on top.
    seed : int
        Of the random directions: the same seed, the same check.

    Raises
    ------
    GradientCheckError
        If a derivative disagrees, or has no meaning at this point. The message names the element with the worst
        disagreement, the two values, the differences for each step, and a verdict: wrong rule, kink or round-off.
    DtypeError
        If an argument holds integers or booleans.
    StructureError
        If ``args`` is no tuple, or ``order`` or ``modes`` make no sense.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import check_grads
    >>> check_grads(lambda p: np.sum(np.tanh(p["x"] @ p["w"])), ({"x": np.ones((2, 3)), "w": np.full((3, 2), 0.1)},))
    >>> check_grads(np.abs, (0.0,))
    Traceback (most recent call last):
        ...
    autograd_lite.errors.GradientCheckError: kink: ...
    """
    if not isinstance(order, int) or order < 1:
        raise StructureError(f"check_grads(f, args, order={order!r}): the order must be 1, 2, 3, …")
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    unknown = [mode for mode in modes if mode not in (REVERSE, FORWARD)]
    if unknown or not modes:
        raise StructureError(f"check_grads(f, args, modes={modes!r}): modes are 'reverse' and 'forward'")
    subject = subject_of(f, args)
    tolerance = Tolerance.of(subject.unit, rtol, atol)
    _check(subject, order, modes, tolerance, np.random.default_rng(seed))


class Tolerance(NamedTuple):
    """How far a derivative may be from the differences."""

    rtol: float
    atol: float

    @classmethod
    def of(cls, unit: float, rtol: float | None, atol: float | None) -> Tolerance:
        """Return the tolerances for a machine epsilon, where none were given."""
        usual = (1e-6, 1e-8) if unit < 1e-12 else (2e4 * unit, 1e3 * unit)
        return cls(usual[0] if rtol is None else rtol, usual[1] if atol is None else atol)


def _check(subject: Subject, order: int, modes: Sequence[str], tolerance: Tolerance, rng: np.random.Generator) -> None:
    direction = _random(rng, subject.scales.size) * subject.scales
    differences = _measure(subject, direction)
    cotangent = _random(rng, differences.here.size)
    _look_for_kinks(subject, modes[0], direction, differences, tolerance)
    for mode in modes:
        compare = _compare_reverse if mode == REVERSE else _compare_forward
        compare(subject, direction, cotangent, differences, tolerance)
        if order > 1:
            _check(subject.derived(mode, cotangent, direction), order - 1, modes, tolerance, rng)


def _random(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return a direction whose components are all between 1/2 and 3/2 in size, of either sign."""
    return rng.uniform(0.5, 1.5, size) * rng.choice([-1.0, 1.0], size)


class Differences(NamedTuple):
    """Central differences along a direction with one step, and the round-off in them.

    ``gap`` is how far the one-sided differences of a smaller step are apart, ``kinked`` where that looks like a kink.
    """

    here: np.ndarray
    central: np.ndarray
    noise: np.ndarray
    gap: np.ndarray
    kinked: np.ndarray
    unit: float


def _measure(subject: Subject, direction: np.ndarray) -> Differences:
    unit, line = subject.computing_unit(), subject.line(direction)
    h = power_of_two(unit ** (1 / 3))
    here, again = line(0.0), line(0.0)
    if not np.array_equal(here, again, equal_nan=True):
        raise GradientCheckError(
            "check_grads: f gives different values for the same arguments (random numbers, dropout, a state that it "
            "changes?), so differences of its values mean nothing. Fix its seed inside f."
        )
    ahead, behind, near_ahead, near_behind = line(h), line(-h), line(h / 8), line(-h / 8)
    with np.errstate(all="ignore"):
        central = (ahead - behind) / (2 * h)
        level = np.maximum(np.abs(here), np.maximum(np.abs(ahead), np.abs(behind)))
        noise = 4 * unit * (level + np.abs(central)) / h  # of f, and of x
        gap = np.abs(ahead - 2 * here + behind) / h
        near_gap = np.abs(near_ahead - 2 * here + near_behind) / (h / 8)
        kinked = ((near_gap > gap / 2) & (near_gap > 32 * noise)) | ~np.isfinite(near_gap)
        return Differences(here, central, noise, near_gap, kinked, unit)


def _look_for_kinks(
    subject: Subject, mode: str, direction: np.ndarray, differences: Differences, tolerance: Tolerance
) -> None:
    # What changes no derivative beyond the tolerance is round-off of something larger on the way to this element.
    allowed = tolerance.atol + tolerance.rtol * np.abs(differences.central)
    suspects = np.flatnonzero(differences.kinked & ~(differences.gap <= allowed))[:_SUSPECTS]
    if suspects.size:
        resolve(_elements(subject, mode, direction, suspects, tolerance, differences.unit), kinks_only=True)


def _compare_forward(
    subject: Subject, direction: np.ndarray, cotangent: np.ndarray, differences: Differences, tolerance: Tolerance
) -> None:
    central = differences.central
    error = np.abs(subject.push(direction) - central)
    # A hundredth of the typical size comes on top: an element that cancels to zero has the round-off of its terms.
    typical = np.sqrt(np.mean(central**2)) / 100 if central.size else 0.0
    allowed = tolerance.atol + tolerance.rtol * (np.abs(central) + typical) + differences.noise
    excess = np.where(np.isfinite(error / allowed), error / allowed, np.inf)
    suspects = np.argsort(-excess, kind="stable")[: min(_SUSPECTS, int((excess > 1).sum()))]
    if suspects.size:
        resolve(_elements(subject, FORWARD, direction, suspects, tolerance, differences.unit, allowed))


def _compare_reverse(
    subject: Subject, direction: np.ndarray, cotangent: np.ndarray, differences: Differences, tolerance: Tolerance
) -> None:
    error = abs(float(subject.pull(cotangent) @ direction) - float(cotangent @ differences.central))
    terms = tolerance.rtol * differences.central, differences.noise
    allowed = tolerance.atol + sum(float(np.linalg.norm(cotangent * term)) for term in terms)
    if not error <= allowed:
        whole = Functional(np.arange(cotangent.size), cotangent)
        atol = np.array([allowed if np.isfinite(allowed) else tolerance.atol])
        resolve(Doubt(subject, REVERSE, direction, [whole], atol, tolerance.rtol, differences.unit))


def _elements(
    subject: Subject,
    mode: str,
    direction: np.ndarray,
    suspects: np.ndarray,
    tolerance: Tolerance,
    unit: float,
    allowed: np.ndarray | None = None,
) -> Doubt:
    """Put single elements of the result in doubt."""
    atol = np.full(suspects.size, tolerance.atol) if allowed is None else allowed[suspects]
    functionals = [Functional(np.array([j]), np.ones(1)) for j in suspects]
    atol = np.where(np.isfinite(atol), atol, tolerance.atol)
    return Doubt(subject, mode, direction, functionals, atol, tolerance.rtol, unit)
