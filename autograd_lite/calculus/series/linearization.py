"""Linearisation of a function at a point, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.calculus.series.intervals import Interval, Undecided, noted
from autograd_lite.calculus.series.intervals.interval import made
from autograd_lite.calculus.series.multivariate import displacement
from autograd_lite.calculus.series.number import Series
from autograd_lite.calculus.series.polynomial import TaylorPolynomial
from autograd_lite.calculus.series.remainder import WIDE
from autograd_lite.calculus.series.running import coefficients_at, run
from autograd_lite.calculus.series.table import declare_late
from autograd_lite.calculus.series.taylor import check_function, checked_point
from autograd_lite.errors import DtypeError, NotDifferentiableError, ShapeError
from autograd_lite.transforms.second_order import jacobian


class Linearization:
    """The affine map value + jacobian · (x - x0).

    Attributes
    ----------
    x0 : float or ndarray
    value : ndarray of shape ``shape``
        Of the function at x0.
    jacobian : ndarray of shape ``shape + x0.shape``
    function : callable
    """

    def __init__(self, x0: Any, value: Any, matrix: Any, function: Callable[[Any], Any]):
        self.x0 = x0
        self.value = value
        self.jacobian = matrix
        self.function = function

    def __call__(self, x: Any) -> Any:
        """Return the value of the affine map at a point of the shape of x0."""
        return self.value + np.tensordot(self.jacobian, displacement(x, self.x0), axes=np.ndim(self.x0))

    def second_order(self, x: Any) -> Any:
        """Return the term that comes next, ½ (x - x0)ᵀ H (x - x0): from a power series, without a Hessian."""
        return coefficients_at(self.function, np.asarray(self.x0), 2, displacement(x, self.x0))[0][2][()]

    def error_estimate(self, x: Any) -> Any:
        """Estimate |f(x) - L(x)| by the terms of second and third order."""
        found, _, _ = coefficients_at(self.function, np.asarray(self.x0), 3, displacement(x, self.x0))
        return (abs(found[2]) + abs(found[3]))[()]

    def error_bound(self, radius: Any) -> Any:
        """Return a bound of |f(x) - L(x)| that holds for all x with |x - x0| ≤ radius, element by element.

        Of one variable it is `TaylorPolynomial.remainder_bound`. Of several, the coefficient of t² of f(x0 + t d) is
        enclosed for all points x0 and directions d of the box at once (Lagrange's remainder along the line from x0 to
        x), and the rounding of value and Jacobian is added.

        Parameters
        ----------
        radius : float, or ndarray of the shape of x0

        Returns
        -------
        float, or ndarray of shape ``shape``

        Raises
        ------
        NotDifferentiableError
            If no bound can be given: names the function that is not smooth in the box, or not enclosed.
        ShapeError
            If the radius is negative, or of another shape.
        """
        radius = np.asarray(radius, np.float64)
        if (radius.ndim and radius.shape != np.shape(self.x0)) or np.any(radius < 0) or not np.all(np.isfinite(radius)):
            raise ShapeError(
                f"error_bound takes a number or an array of shape {np.shape(self.x0)}, not negative, and got {radius}"
            )
        if np.ndim(self.x0) == 0:
            line = TaylorPolynomial(np.stack([self.value, self.jacobian]), float(self.x0), self.function)
            return line.remainder_bound(
                (np.nextafter(self.x0 - radius, -np.inf), np.nextafter(self.x0 + radius, np.inf))
            )
        return _bound_in_box(self, np.broadcast_to(radius, np.shape(self.x0)))

    def __repr__(self) -> str:
        return f"<Linearization at {self.x0!r}: {self.value!r} + {self.jacobian!r} · (x - x0)>"


def linearize(f: Callable[[Any], Any], x0: Any) -> Linearization:
    """Return the best affine approximation of a function at a point, as an object that knows its error.

    `autograd_lite.linearize` is the transform: the value, and the Jacobian as a function of directions.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of ``x0`` and returns an array.
    x0 : float, or ndarray of shape (n, ...)

    Returns
    -------
    Linearization
        Callable, with ``value``, ``jacobian``, ``second_order(x)``, ``error_estimate(x)`` and ``error_bound(radius)``.

    Raises
    ------
    DtypeError
        If the point, or the function or its derivatives there, are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.calculus import linearize
    >>> line = linearize(lambda x: x[0] * np.exp(x[1]), np.array([2.0, 0.0]))
    >>> line.value, line.jacobian
    (np.float64(2.0), array([1., 2.]))
    >>> round(float(line(np.array([2.1, 0.1]))), 12)
    2.3
    >>> bool(line.error_bound(0.1) >= 2.1 * np.exp(0.1) - 2.3)
    True
    """
    declare_late()
    check_function(f, "linearize")
    x0 = checked_point(x0, "x0", "linearize")[()]
    slopes = np.asarray(jacobian(f)(x0))[()]
    value = np.asarray(f(x0))[()]
    if not (np.all(np.isfinite(value)) and np.all(np.isfinite(slopes))):
        raise DtypeError(f"linearize: the function or its derivatives are not finite at {x0!r}")
    return Linearization(x0, value, slopes, f)


def _bound_in_box(line: Linearization, radius: Any) -> Any:
    """Return the bound for several variables: Lagrange's remainder over the box, and what is rounded at its centre."""
    declare_late()
    x0, value, matrix = (np.asarray(part, WIDE) for part in (line.x0, line.value, line.jacobian))
    radius = radius.astype(WIDE)
    size = x0.size
    eye = np.moveaxis(np.eye(size, dtype=WIDE).reshape(size, *x0.shape), 0, -1)
    with np.errstate(all="ignore"), noted() as names:
        box = Interval(np.nextafter(x0 - radius, -WIDE(np.inf)), np.nextafter(x0 + radius, WIDE(np.inf)))
        along = Interval(-radius, radius) * (1 + 2 * np.finfo(WIDE).eps)
        try:
            second = _coefficient(line.function, box, along, 2)
            first = _coefficient(line.function, made(*(x0[..., None] + 0 * eye,) * 2), made(eye, eye), 1)
            zeroth = _coefficient(line.function, Interval(x0), Interval(0 * x0), 0)
        except Undecided as undecided:
            names.append(str(undecided))
            second = first = zeroth = Interval(-np.inf, np.inf)
        bound = _largest(second)[..., 0]
        if np.all(np.isfinite(bound)):
            slopes = np.reshape(matrix, (*value.shape, size))
            off = _largest(first - Interval(0.0) - made(slopes, slopes)) * radius.reshape(-1)
            rounding = (
                (size + 4) * np.finfo(np.float64).eps * (abs(value) + np.sum(abs(slopes) * radius.reshape(-1), -1))
            )
            bound = bound + np.sum(off, axis=-1) + _largest(zeroth - value)[..., 0] + rounding
    if not np.all(np.isfinite(bound)):
        raise NotDifferentiableError(
            f"error_bound in the box of radius {radius.astype(float)} about {line.x0}: no bound can be guaranteed, as "
            f"{' or '.join(names) or 'a number that overflows'} is not smooth, or not defined, in all of it, as far as "
            f"intervals can tell. Take a smaller radius; error_estimate(x) needs none."
        )
    rounded = np.nextafter((bound * (1 + 64 * np.finfo(WIDE).eps)).astype(np.float64), np.inf)
    return float(rounded) if rounded.ndim == 0 else rounded


def _coefficient(function: Callable[[Any], Any], x: Interval, direction: Interval, k: int) -> Interval:
    """Return the enclosure of a coefficient of f(x + t direction) in t."""
    rest = [direction if i == 0 else np.zeros(x.shape, WIDE) for i in range(k)]
    out = run(function, Series(np.stack([x, *rest])))
    if isinstance(out, Series):
        return out.coefficients[k]
    return out if k == 0 and isinstance(out, Interval) else Interval(np.asarray(out, WIDE) * (k == 0))


def _largest(interval: Interval) -> Any:
    return np.maximum(abs(interval.low), abs(interval.high))
