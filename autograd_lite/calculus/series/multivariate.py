"""Taylor polynomials of functions of several variables, up to third derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.calculus.series.polynomial import TAIL, TaylorPolynomial
from autograd_lite.calculus.series.running import coefficients_at
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.transforms.second_order import jacfwd, jacobian


def displacement(x: Any, x0: Any) -> Any:
    """Return x - x0.

    Raises
    ------
    ShapeError
        If their shapes differ.
    """
    x = np.asarray(x)
    if x.shape != np.shape(x0):
        raise ShapeError(f"a point of shape {np.shape(x0)} is needed, like the one expanded about, and got {x.shape}")
    return x - x0


class MultivariateTaylorPolynomial:
    """A polynomial f(x0) + Df·d + ½ D²f·d·d + ⅙ D³f·d·d·d with d = x - x0.

    Attributes
    ----------
    x0 : ndarray of shape (n, ...)
    order : int
        0 to 3.
    derivatives : tuple of ndarray
        Value, first, second and third derivatives, of shapes ``shape``, ``shape + x0.shape``, ``shape + 2 * x0.shape``…
    function : callable

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.calculus import taylor
    >>> p = taylor(lambda x: np.exp(x[0]) * x[1], np.array([0.0, 1.0]), 2)
    >>> p.hessian
    array([[1., 1.],
           [1., 0.]])
    >>> float(p(np.array([0.1, 1.0])))
    1.105
    """

    def __init__(self, x0: Any, derivatives: tuple[Any, ...], function: Callable[[Any], Any]):
        self.x0 = x0
        self.derivatives = derivatives
        self.function = function

    @property
    def order(self) -> int:
        """The highest power."""
        return len(self.derivatives) - 1

    @property
    def value(self) -> Any:
        """The value at the point, of shape ``shape``."""
        return self.derivatives[0]

    @property
    def gradient(self) -> Any:
        """The first derivatives at the point, of shape ``shape + x0.shape``."""
        return self._derivative(1)

    @property
    def hessian(self) -> Any:
        """The second derivatives, of shape ``shape + x0.shape + x0.shape``."""
        return self._derivative(2)

    @property
    def third(self) -> Any:
        """The third derivatives, of shape ``shape + x0.shape + x0.shape + x0.shape``."""
        return self._derivative(3)

    def _derivative(self, k: int) -> Any:
        if k > self.order:
            raise StructureError(
                f"this Taylor polynomial is of order {self.order}, and has no derivatives of order {k}"
            )
        return self.derivatives[k]

    def term(self, k: int, x: Any) -> Any:
        """Return the homogeneous term of one degree at a point."""
        found, step = self._derivative(k), displacement(x, self.x0)
        for i in range(k):
            found = np.tensordot(found, step, axes=step.ndim) / (i + 1)
        return found

    def __call__(self, x: Any) -> Any:
        """Return the value at a point of the shape of x0."""
        return sum(self.term(k, x) for k in range(1, self.order + 1)) + self.value

    def error_estimate(self, x: Any) -> Any:
        """Estimate |f(x) - p(x)| from the coefficients along the line from x0 to x."""
        along, tail, _ = coefficients_at(self.function, self.x0, self.order, displacement(x, self.x0), TAIL)
        return TaylorPolynomial(along, 0.0, None, tail).error_estimate(1.0)

    def __repr__(self) -> str:
        return f"<MultivariateTaylorPolynomial of order {self.order}, {self.x0.size} variables, value {self.value!r}>"


def expand(f: Callable[[Any], Any], x0: Any, order: int) -> MultivariateTaylorPolynomial:
    """Return the Taylor polynomial of a function of several variables.

    Raises
    ------
    StructureError
        If the order is above 3.
    """
    if order > 3:
        raise StructureError(
            f"taylor of {x0.size} variables to order {order}: a full table has {x0.size}^{order} entries, "
            f"and order 3 is the highest. Give a direction, along which any order can be had."
        )
    derivatives: list[Any] = []
    function = f
    for k in range(order + 1):
        derivatives.append(np.asarray(function(x0))[()])
        function = jacobian(function) if k < 2 else jacfwd(function)
    return MultivariateTaylorPolynomial(x0, tuple(derivatives), f)
