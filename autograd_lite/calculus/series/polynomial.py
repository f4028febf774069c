"""Taylor polynomials: what `taylor` gives, to evaluate, combine, estimate, bound, draw and write."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.calculus.series.number import Series
from autograd_lite.calculus.series.plots import plot_approximations
from autograd_lite.calculus.series.radius import estimate_radius
from autograd_lite.calculus.series.remainder import bound_remainder
from autograd_lite.calculus.series.rounding import lost
from autograd_lite.calculus.series.running import coefficients_at
from autograd_lite.calculus.series.words import latex_of, text_of
from autograd_lite.core.dispatch import is_duck
from autograd_lite.errors import StructureError
from autograd_lite.transforms.reverse import grad

#: How many coefficients behind the last one serve error estimates.
TAIL = 4

_ENOUGH = 40  # coefficients for the radius of convergence
_ROUGH = 1e-3  # the relative error that it allows of them


class TaylorPolynomial:
    """A polynomial Σ c_k (x - x0)^k that approximates a function near a point.

    Parameters
    ----------
    coefficients : array_like of shape (order + 1, *shape)
        c_0, c_1, … of a function with values of shape ``shape``.
    x0 : float or complex
        The point.
    function : callable, optional
        What it approximates; needed for bounds and pictures.
    tail : array_like of shape (m, *shape), optional
        Further coefficients, which error estimates are made from.
    name : str
        Of the variable, in text.
    coefficient_errors : array_like of the shape of the coefficients, optional
        How large the rounding errors of the coefficients are, estimated.

    Attributes
    ----------
    coefficients : ndarray of shape (order + 1, *shape)
    derivatives : ndarray of shape (order + 1, *shape)
        Of the function at x0: c_k k!.
    order : int
    x0, function, tail, name, coefficient_errors
        As above. Sums, products, compositions and derivatives of polynomials tell no errors (None).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.calculus import taylor
    >>> p = taylor(np.exp, 0.0, 4)
    >>> print(p)
    1 + x + 1/2 x² + 1/6 x³ + 1/24 x⁴ + O(x⁵)
    >>> float(p(1.0))
    2.7083333333333335
    >>> print(p.derivative())
    1 + x + 1/2 x² + 1/6 x³ + O(x⁴)
    >>> print(p * taylor(np.sin, 0.0, 4))
    x + x² + 1/3 x³ + O(x⁵)
    """

    def __init__(
        self,
        coefficients: Any,
        x0: Any = 0.0,
        function: Callable[[Any], Any] | None = None,
        tail: Any = (),
        name: str = "x",
        coefficient_errors: Any = None,
    ):
        self.coefficients = np.asarray(coefficients)
        self.x0 = x0
        self.function = function
        self.tail = np.reshape(np.asarray(tail, self.coefficients.dtype), (-1, *self.coefficients.shape[1:]))
        self.name = name
        self.coefficient_errors = coefficient_errors

    # What it is

    @property
    def order(self) -> int:
        """The highest power."""
        return len(self.coefficients) - 1

    @property
    def derivatives(self) -> Any:
        """The derivatives of the function at x0, from the zeroth on."""
        factorials = [float(math.factorial(k)) if k <= 170 else math.inf for k in range(self.order + 1)]
        return self.coefficients * np.reshape(factorials, (-1, *(1,) * (self.coefficients.ndim - 1)))

    def __call__(self, x: Any) -> Any:
        """Return the values at some points; of another polynomial the composition.

        Parameters
        ----------
        x : array_like, Tensor, Interval or TaylorPolynomial

        Returns
        -------
        ndarray of shape (*x.shape, *shape)
            Evaluated in long double precision and rounded once, where there is such a thing.
        """
        if isinstance(x, TaylorPolynomial):
            return self.compose(x)
        if is_duck(x) and not isinstance(x, np.ndarray | np.generic):
            return _horner(self.coefficients, x - self.x0)
        x = np.asarray(x)
        wide = np.result_type(self.coefficients.dtype, x.dtype, np.longdouble)
        lift = (..., *(None,) * (self.coefficients.ndim - 1))
        value = _horner(self.coefficients.astype(wide), (x.astype(wide) - self.x0)[lift])
        return np.asarray(value).astype(np.result_type(self.coefficients.dtype, x.dtype, np.float16))[()]

    # Arithmetic

    @property
    def _full(self) -> Any:
        return np.concatenate([self.coefficients, self.tail])

    def _made(self, full: Any, order: int, function: Callable[[Any], Any] | None) -> TaylorPolynomial:
        order = min(order, len(full) - 1)
        return TaylorPolynomial(full[: order + 1], self.x0, function, full[order + 1 :], self.name)

    def _combined(self, other: Any, combine: Callable[[Any, Any], Any], swapped: bool = False) -> Any:
        """Return the series of a combination with another polynomial about the same point, or a number."""
        if isinstance(other, TaylorPolynomial):
            if other.x0 != self.x0:
                raise StructureError(
                    f"Taylor polynomials about {self.x0} and {other.x0} cannot be combined: expand both about one point"
                )
            operand, theirs, order = Series(other._full), other.function, min(self.order, other.order)
        elif isinstance(other, int | float | complex | np.generic | np.ndarray):
            operand, theirs, order = other, lambda x: other, self.order
        else:
            return NotImplemented
        pair = (operand, Series(self._full)) if swapped else (Series(self._full), operand)
        mine = self.function
        function = None
        if mine is not None and theirs is not None:
            ours = (theirs, mine) if swapped else (mine, theirs)
            function = lambda x: combine(ours[0](x), ours[1](x))  # noqa: E731
        return self._made(combine(*pair).coefficients, order, function)

    def __add__(self, other: Any) -> Any:
        return self._combined(other, operator.add)

    def __sub__(self, other: Any) -> Any:
        return self._combined(other, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._combined(other, operator.sub, swapped=True)

    def __mul__(self, other: Any) -> Any:
        return self._combined(other, operator.mul)

    def __truediv__(self, other: Any) -> Any:
        return self._combined(other, operator.truediv)

    def __rtruediv__(self, other: Any) -> Any:
        return self._combined(other, operator.truediv, swapped=True)

    def __pow__(self, other: Any) -> Any:
        return self._combined(other, operator.pow)

    def __rpow__(self, other: Any) -> Any:
        return self._combined(other, operator.pow, swapped=True)

    __radd__, __rmul__ = __add__, __mul__
    __array_ufunc__ = None  # arrays leave `array * polynomial` to the polynomial

    def __neg__(self) -> Any:
        return self * -1.0

    def compose(self, inner: TaylorPolynomial) -> TaylorPolynomial:
        """Return the Taylor polynomial of f(g(x)), of which this is that of f, about g(x0), and ``inner`` that of g.

        Raises
        ------
        StructureError
            If this polynomial is not one about the value of the inner one at its point.
        """
        value = inner.coefficients[0]
        if inner.coefficients.ndim > 1 or abs(value - self.x0) > 8 * np.spacing(max(abs(value), abs(self.x0))):
            raise StructureError(
                f"p.compose(q): q is {value} at its point, and p is a polynomial about {self.x0}. Expand p about "
                f"{value}: taylor(f, {value}, {self.order})."
            )
        full = inner._full.copy()
        full[0] = 0
        total = _horner(self._full, Series(full))
        f, g = self.function, inner.function
        function = None if f is None or g is None else lambda x: f(g(x))
        return inner._made(total.coefficients, min(self.order, inner.order), function)

    def derivative(self) -> TaylorPolynomial:
        """Return the polynomial of the derivative, of one order less."""
        full = self._full[1:] * np.reshape(np.arange(1, len(self._full)), (-1, *(1,) * (self._full.ndim - 1)))
        if not len(full):
            full = np.zeros_like(self.coefficients)
        is_scalar = self.function is not None and self.coefficients.ndim == 1 and self.coefficients.dtype.kind == "f"
        return self._made(full, max(self.order - 1, 0), grad(self.function) if is_scalar and self.function else None)

    def integral(self, constant: Any = 0.0) -> TaylorPolynomial:
        """Return the polynomial of the integral from x0 on, plus a constant, of one order more."""
        counts = np.reshape(np.arange(1, len(self._full) + 1), (-1, *(1,) * (self._full.ndim - 1)))
        first = np.broadcast_to(np.asarray(constant, self._full.dtype), self._full.shape[1:])
        return self._made(np.concatenate([first[None], self._full / counts]), self.order + 1, None)

    # How good it is

    def error_estimate(self, x: Any) -> Any:
        """Estimate |f(x) - p(x)| from the coefficients behind the last one.

        Their terms are added up, and continued as a geometric series while they fall. This is an estimate for points
        well inside of the radius of convergence: `remainder_bound` gives what is certain.

        Parameters
        ----------
        x : array_like

        Returns
        -------
        ndarray of shape (*x.shape, *shape)

        Raises
        ------
        StructureError
            If the polynomial was made without further coefficients.
        """
        if len(self.tail) < 2:
            raise StructureError("error_estimate needs further coefficients, which this polynomial was made without")
        distance = abs(np.asarray(x) - self.x0)[(..., *(None,) * (self.coefficients.ndim - 1))]
        sizes = [abs(c) * distance ** (self.order + 1 + i) for i, c in enumerate(self.tail)]
        half = len(sizes) // 2
        first, last = (functools.reduce(np.maximum, part) for part in (sizes[:half], sizes[half:]))
        quotient = np.where(first > 0, last / np.where(first > 0, first, 1), 0) ** (1 / max(half, 1))
        falls = quotient < 1
        rest = np.where(falls, last * quotient / np.where(falls, 1 - quotient, 1), 0)
        return (sum(sizes) + rest)[()]

    def remainder_bound(self, interval: Any) -> Any:
        """Return a bound of |f(x) - p(x)| that holds at every x of an interval, rounding errors included.

        The interval is cut into pieces until the bound is close to the largest error that is certain to occur. On each
        piece the difference of function and polynomial is enclosed by a Taylor series with coefficients that are
        intervals, about a centre of the piece, and Lagrange's remainder over all of it (K. Makino and M. Berz, "Taylor
        models and other validated functional inclusion methods", 2003; W. Tucker, *Validated Numerics*, 2011,
        section 6.3):

            f(c + h) ∈ Σ_(i ≤ N) F_i(c) h^i + F_(N+1)(piece) h^(N+1).

        That holds if NumPy's functions are right to within 4 units in the last place; see `Interval`. The function is
        what its floating-point constants say, exactly.

        Parameters
        ----------
        interval : pair of float, Interval, or float
            The interval, or a single point.

        Returns
        -------
        float, or ndarray of shape ``shape``

        Raises
        ------
        NotDifferentiableError
            If no bound can be given: names the function that is not smooth on the interval, or not enclosed.
        StructureError
            If the polynomial was made without its function.

        Examples
        --------
        >>> import numpy as np
        >>> from autograd_lite.calculus import taylor
        >>> p = taylor(np.sin, 0.0, 5)
        >>> bound = p.remainder_bound((-1.0, 1.0))
        >>> float(abs(np.sin(1.0) - p(1.0))) <= bound <= 2.1e-4
        True
        """
        return bound_remainder(self, interval)

    def radius_of_convergence(self) -> Any:
        """Estimate the radius of convergence, from 40 coefficients if the function is known.

        See `autograd_lite.calculus.series.radius` for how. It is an estimate: infinite for what looks like an entire
        function, NaN where there are too few coefficients.
        """
        full = self._full
        if self.function is not None and len(full) < _ENOUGH:
            full, _, errors = coefficients_at(self.function, self.x0, _ENOUGH)
            wrong = lost(full, errors, _ROUGH).reshape(len(full), -1).any(axis=1)
            full = full[: int(np.argmax(wrong))] if wrong.any() else full
        columns = np.reshape(full, (len(full), -1))
        found = np.array([estimate_radius(column) for column in columns.T])
        return float(found[0]) if full.ndim == 1 else np.reshape(found, full.shape[1:])

    # Words and pictures

    def plot(self, interval: Any, orders: Any = None, axes: Any = None) -> Any:
        """Draw the function with its approximations of rising order.

        Parameters
        ----------
        interval : pair of float
        orders : sequence of int, optional
            Which approximations; up to five of those there are, if not given.
        axes : Axes, optional

        Returns
        -------
        Axes
        """
        return plot_approximations(self, interval, orders, axes)

    def __str__(self) -> str:
        if self.coefficients.ndim > 1:
            return f"Taylor polynomial of order {self.order} about {self.x0}, of shape {self.coefficients.shape[1:]}"
        return text_of(self.coefficients, self.x0, self.name)

    def __repr__(self) -> str:
        return f"<TaylorPolynomial of order {self.order} about {self.x0!r}: {self}>"

    def latex(self) -> str:
        """Return it as LaTeX, for scalar values."""
        if self.coefficients.ndim > 1:
            raise StructureError("latex() is for functions with scalar values: pick an element of the coefficients")
        return latex_of(self.coefficients, self.x0, self.name)

    def _repr_latex_(self) -> str | None:
        return f"${self.latex()}$" if self.coefficients.ndim == 1 else None


def _horner(coefficients: Any, u: Any) -> Any:
    """Return Σ c_k u^k."""
    total = coefficients[-1] + u * 0 if len(coefficients) == 1 else coefficients[-1]
    for k in range(len(coefficients) - 2, -1, -1):
        total = total * u + coefficients[k]
    return total
