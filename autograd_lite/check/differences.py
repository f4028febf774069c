"""Finite differences: derivatives from values of a function alone.

A scheme sees only a function of one number, t ↦ f(x + t d), and a step. What each costs and leaves, with u the unit
round-off, f^(k) derivatives along d, and the step that balances truncation against round-off:

============  =========================================  ===========  ============  ======
method        formula                                    truncation   step          values
============  =========================================  ===========  ============  ======
forward       (f(h) - f(0)) / h                          h f''/2      u^(1/2)       2
central       (f(h) - f(-h)) / 2h                        h² f'''/6    u^(1/3)       2
five-point    (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12h  h⁴ f^(5)/30  u^(1/5)       4
complex-step  Im f(ih) / h                               h² f'''/6    1e-20         1
richardson    central, extrapolated to h = 0             h²⁰          1/8, 1/16, …  20
============  =========================================  ===========  ============  ======

Sources: forward and central, J. Nocedal & S. Wright, *Numerical Optimization* (2nd ed., Springer 2006), section 8.1;
five-point, M. Abramowitz & I. Stegun, *Handbook of Mathematical Functions* (1964), 25.3.6; complex step, W. Squire &
G. Trapp, *Using complex variables to estimate derivatives of real functions* (SIAM Review 40, 1998); Richardson
extrapolation in C. Ridders' form, W. Press et al., *Numerical Recipes* (3rd ed., 2007), section 5.7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.errors import DtypeError, ShapeError, StructureError

Line = Callable[[Any], np.ndarray]  # t -> f(x + t d), t real or imaginary


def forward_difference(line: Line, h: float) -> np.ndarray:
    """Return (f(h) - f(0)) / h."""
    return (line(h) - line(0.0)) / h


def central_difference(line: Line, h: float) -> np.ndarray:
    """Return (f(h) - f(-h)) / 2h."""
    return (line(h) - line(-h)) / (2 * h)


def five_point_difference(line: Line, h: float) -> np.ndarray:
    """Return (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12h."""
    return (8 * (line(h) - line(-h)) - (line(2 * h) - line(-2 * h))) / (12 * h)


def complex_step(line: Line, h: float) -> np.ndarray:
    """Return Im f(ih) / h: no difference is taken, so nothing cancels and h may be tiny.

    Raises
    ------
    DtypeError
        If the function refuses complex numbers or drops the imaginary part.
    """
    advice = "finite_difference(method='complex-step') needs a function that is analytic and takes complex numbers"
    try:
        value = line(1j * h)
    except TypeError as error:
        raise DtypeError(f"{advice}; this one raised {error!r}. Use method='five-point' or 'richardson'.") from error
    if not np.iscomplexobj(value):
        raise DtypeError(
            f"{advice}; this one returned {value.dtype} for a complex argument (abs, real, norm or a comparison drops "
            f"the imaginary part). Use method='five-point' or 'richardson'."
        )
    return np.imag(value) / h


def ridders(line: Line, h: float, rows: int = 10) -> np.ndarray:
    """Return central differences of h, h/2, h/4, … extrapolated to step zero.

    Neville's tableau, A[j, i] = (4^j A[j-1, i] - A[j-1, i-1]) / (4^j - 1), each order removing one more even power of
    h from the error; of all entries, each element takes the one that differs least from its two parents (Numerical
    Recipes 5.7.4 to 5.7.6).
    """
    previous = [central_difference(line, h)]
    best, error = previous[0], np.full(np.shape(previous[0]), np.inf)
    for i in range(1, rows):
        current = [central_difference(line, h / 2**i)]
        for j in range(1, i + 1):
            entry = (4**j * current[j - 1] - previous[j - 1]) / (4**j - 1)
            change = np.maximum(np.abs(entry - current[j - 1]), np.abs(entry - previous[j - 1]))
            better = (change < error) | (np.isnan(best) & np.isfinite(entry))
            best, error = np.where(better, entry, best), np.where(better, change, error)
            current.append(entry)
        previous = current
    return best


class Scheme(NamedTuple):
    """A difference formula and its best step, relative to max(1, |x|), for unit round-off u."""

    formula: Callable[[Line, float], np.ndarray]
    step: Callable[[float], float]


SCHEMES = {
    "forward": Scheme(forward_difference, lambda u: u ** (1 / 2)),
    "central": Scheme(central_difference, lambda u: u ** (1 / 3)),
    "five-point": Scheme(five_point_difference, lambda u: u ** (1 / 5)),
    "complex-step": Scheme(complex_step, lambda u: 1e-20),
    "richardson": Scheme(ridders, lambda u: 1 / 8),
}


def finite_difference(
    f: Callable[[Any], Any],
    x: Any,
    *,
    direction: Any = None,
    method: str = "central",
    step: float | None = None,
) -> np.ndarray:
    """Return the Jacobian of ``f`` at ``x``, or its derivative along a direction, from values of ``f`` alone.

    Parameters
    ----------
    f : callable
        A plain NumPy function of one array; returns an array or a number.
    x : array or number
        Where. Floating point; the differences are taken in its dtype.
    direction : array, optional
        Of the shape of ``x``: give the derivative along it, J d, instead of the Jacobian.
    method : {"central", "forward", "five-point", "complex-step", "richardson"}
        The formula; formulas and sources stand at the top of this module. ``"complex-step"`` is exact to round-off for
        analytic functions; ``"richardson"`` the most accurate for the rest.
    step : float, optional
        The same step for every element (``"richardson"``: the largest), or along ``direction``. If not given, the one
        that balances truncation against round-off, relative to the larger of 1 and abs(x), and for
        the dtype that ``f`` computes in.

    Returns
    -------
    ndarray
        Of shape ``out.shape + x.shape``; with ``direction`` of shape ``out.shape``.

    Raises
    ------
    DtypeError
        If ``x`` is not floating point, or ``f`` cannot take complex numbers where ``method`` needs it.
    ShapeError
        If ``direction`` has another shape than ``x``.
    StructureError
        If there is no such method, or ``step`` is not a positive number.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import finite_difference
    >>> finite_difference(lambda x: x**2, np.array([1.0, 2.0]), method="complex-step")
    array([[2., 0.],
           [0., 4.]])
    >>> round(float(finite_difference(np.exp, 0.0, method="richardson")), 12)
    1.0
    """
    if method not in SCHEMES:
        raise StructureError(
            f"finite_difference got method={method!r}; the methods are {', '.join(map(repr, SCHEMES))}"
        )
    if step is not None and not step > 0:
        raise StructureError(f"finite_difference got step={step!r}; it must be a positive number")
    x = as_floating(x, "finite_difference")
    scheme, base = SCHEMES[method], value_of(f(x[()].copy()))
    relative = scheme.step(round_off(x.dtype, base.dtype))
    if direction is not None:
        d = np.asarray(direction)
        if d.shape != x.shape:
            raise ShapeError(f"finite_difference got a direction of shape {d.shape} for x of shape {x.shape}")
        longest = np.max(np.abs(d) / np.maximum(1, np.abs(x)), initial=0.0)
        return scheme.formula(_line(f, x, d, base), step or power_of_two(relative / longest if longest else relative))
    columns = np.empty((x.size, *base.shape), np.result_type(x, base, np.float16))
    for i in range(x.size):
        unit = np.zeros(x.shape, x.dtype)
        unit.flat[i] = 1
        h = step or power_of_two(relative * max(1.0, abs(float(x.flat[i]))))
        columns[i] = scheme.formula(_line(f, x, unit, base), h)
    return np.moveaxis(columns, 0, -1).reshape(base.shape + x.shape)


def _line(f: Callable[[Any], Any], x: np.ndarray, direction: np.ndarray, base: np.ndarray) -> Line:
    direction = direction.astype(x.dtype)

    def line(t: complex) -> np.ndarray:
        return value_of(f((x + t * direction)[()])) if t else base

    return line


def as_floating(value: Any, caller: str) -> np.ndarray:
    """Return an argument as an array of floats; Python ints count as floats, integer arrays are refused."""
    if isinstance(value, Tracked):
        value = value.data
    array = np.asarray(value, dtype=np.float64 if type(value) is int else None)
    if array.dtype.kind != "f":
        raise DtypeError(
            f"{caller} got x of dtype {array.dtype} and shape {array.shape}: only floating-point numbers can be moved "
            f"by a small step. Convert it, e.g. np.asarray(x, dtype=float)."
        )
    return array


def value_of(out: Any) -> np.ndarray:
    """Return what a function returned as an array of floating or complex numbers."""
    array = np.asarray(out.data if isinstance(out, Tracked) else out)
    return array if array.dtype.kind in "fc" else array.astype(np.float64)


def round_off(*dtypes: np.dtype[Any]) -> float:
    """Return the largest machine epsilon of some floating dtypes: the precision that a computation in them has."""
    return max(float(np.finfo(dtype).eps) for dtype in dtypes)


def power_of_two(h: float) -> float:
    """Return the nearest power of two: x + h is then exact, or nearly, and the step taken is the step divided by."""
    return float(2.0 ** np.round(np.log2(h)))
