"""Taylor mode: the derivatives of any order from one run of a function on truncated power series."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.calculus.series.multivariate import MultivariateTaylorPolynomial, expand
from autograd_lite.calculus.series.polynomial import TAIL, TaylorPolynomial
from autograd_lite.calculus.series.running import coefficients_at
from autograd_lite.calculus.series.table import declare_late
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError, StructureError


def taylor(
    f: Callable[[Any], Any], x0: Any, order: int, direction: Any = None
) -> TaylorPolynomial | MultivariateTaylorPolynomial:
    """Return the Taylor polynomial of a function about a point.

    A truncated power series x0 + t goes through the computation in one pass, each operation giving the coefficients of
    its answer by a recurrence, so that the cost grows with the square of the order and not exponentially (A. Griewank
    and A. Walther, *Evaluating Derivatives*, 2nd edition, 2008, chapter 13):

        p(x) = Σ f^(k)(x0) / k! (x - x0)^k, k from 0 to the order.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of ``x0``, and returns an array; written in NumPy.
    x0 : float or complex, or array of shape (n, ...)
        A number for functions of one variable; functions of several are expanded to order 3 at most, or along a
        direction to any order.
    order : int
        The highest power.
    direction : array of the shape of ``x0``, optional
        Expand f(x0 + t direction) in t.

    Returns
    -------
    TaylorPolynomial
        Of one variable, or of t; callable.
    MultivariateTaylorPolynomial
        Of an array without a direction: value, gradient, Hessian and third derivatives; callable.

    Raises
    ------
    NotDifferentiableError
        If there is no Taylor series at the point: the operation that is not smooth is named.
    DtypeError, ShapeError, StructureError
        If the point is no number, the direction has another shape, or the order is negative, or above 3 for several
        variables.

    Warns
    -----
    SingularPointWarning
        If the point lies on a kink, such as that of ``abs`` at 0.
    PrecisionLossWarning
        If coefficients may be wrong by more than 1e-8 of their size: names the first.

    Notes
    -----
    Rounding errors grow with the coefficients of what is computed on the way. Where those are far larger than the
    answer's, as in sin(x) / x near its removable singularity (1 / x has coefficients x^-k), high orders lose digits.
    The errors are estimated in the same pass (``coefficient_errors`` of the polynomial; by random noise, so that the
    estimate is no bound). If they exceed 2e-11 of a coefficient, the function runs again with decimal numbers of 80
    digits, 120 and so on until two runs agree: its floating-point constants then stand for themselves, exactly. NumPy's
    elementary functions and SciPy's error and gamma functions have such numbers, others and complex points do not:
    there `PrecisionLossWarning` tells from which order on coefficients may be wrong.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.calculus import taylor
    >>> print(taylor(lambda x: np.exp(np.sin(x)), 0.0, 5))
    1 + x + 1/2 x² - 1/8 x⁴ - 1/15 x⁵ + O(x⁶)
    >>> round(taylor(np.arctan, 0.0, 20).radius_of_convergence(), 3)
    1.0
    >>> quadratic = taylor(lambda x: x[0] ** 2 * np.sin(x[1]), np.array([1.0, 0.0]), 2)
    >>> quadratic.gradient
    array([0., 1.])
    """
    check_function(f, "taylor")
    order = _checked_order(order)
    x0 = checked_point(x0, "x0")
    declare_late()
    if direction is not None:
        direction = checked_point(direction, "direction")
        if direction.shape != x0.shape:
            raise ShapeError(f"taylor: the direction has shape {direction.shape}, and x0 has shape {x0.shape}")
        found, tail, errors = coefficients_at(f, x0, order, direction, TAIL, warn=True)
        return TaylorPolynomial(found, 0.0, lambda t: f(x0 + t * direction), tail, "t", errors)
    if x0.ndim:
        return expand(f, x0, order)
    point = x0.item() if x0.dtype in (np.float64, np.complex128) else x0[()]
    found, tail, errors = coefficients_at(f, x0[()], order, tail=TAIL, warn=True)
    return TaylorPolynomial(found, point, f, tail, coefficient_errors=errors)


def _checked_order(order: int) -> int:
    try:
        order = operator.index(order)
    except TypeError:
        raise StructureError(f"taylor: the order is a whole number, and {order!r} was given") from None
    if order < 0:
        raise StructureError(f"taylor: the order is not negative, and {order} was given")
    return order


def check_function(f: Any, who: str) -> None:
    """Check that what is to be expanded is a function.

    Raises
    ------
    TypeError
        If it is none.
    """
    if not callable(f):
        raise TypeError(f"{who}: a function is needed as the first argument, and got {f!r}")


def checked_point(x: Any, what: str, who: str = "taylor") -> Any:
    """Return a point, or direction, as an array of floating-point numbers.

    Raises
    ------
    DtypeError
        If it is a tracked Tensor, or does not hold finite numbers.
    ShapeError
        If it holds none at all.
    """
    if isinstance(x, Tensor):
        if x.node is not None:
            raise DtypeError(f"{who}: {what} is a tracked Tensor: pass plain numbers, x.detach().numpy()")
        x = x.data
    array = np.asarray(x)
    if array.dtype.kind not in "fciu":
        raise DtypeError(f"{who}: {what} must be a number or an array of them, and {x!r} was given")
    if not array.size:
        raise ShapeError(f"{who}: {what} holds no number")
    array = array.astype(np.float64) if array.dtype.kind in "iu" else array
    if not np.all(np.isfinite(array)):
        raise DtypeError(f"{who}: {what} must be finite, and {x!r} was given")
    return array
