"""Double-double arithmetic: numbers of about 32 digits as unevaluated sums of two floating-point numbers.

The sum and the product of two floating-point numbers are each the sum of two others, without any error: `two_sum`
(D. Knuth, *The Art of Computer Programming*, vol. 2, section 4.2.2) and `two_product` (T. Dekker, *A floating-point
technique for extending the available precision*, Numer. Math. 18, 1971, with G. Veltkamp's splitting). Everything else
is made of these (Y. Hida, X. Li, D. Bailey, *Algorithms for quad-double precision floating point arithmetic*, 2001; M.
Joldes, J.-M. Muller, V. Popescu, *Tight and rigorous error bounds for basic building blocks of double-word arithmetic*,
ACM TOMS 44, 2017). Elements beyond 2⁹⁹⁶ overflow in the splitting: scale them by powers of two, which is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, cast

import numpy as np

#: Veltkamp's constant, which cuts 53 digits into 26 and 27.
_SPLITTER = 134217729.0

#: The relative error of one operation.
EPSILON = 2.0**-104

#: A product of matrices is cut into parts of so many elements, which stay in the cache.
_PART = 32768


def two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """Return a + b, rounded, and what rounding left out.

    Parameters
    ----------
    a, b : float or ndarray

    Returns
    -------
    sum, error : float or ndarray

    Examples
    --------
    >>> from autograd_lite.regression.double_double import two_sum
    >>> two_sum(1.0, 1e-20)
    (1.0, 1e-20)
    """
    total = a + b
    of_b = total - a
    return total, (a - (total - of_b)) + (b - of_b)


def quick_two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """Return what `two_sum` does, where b is known to be the smaller one."""
    total = a + b
    return total, b - (total - a)


def split(a: Any) -> tuple[Any, Any]:
    """Return two numbers of 26 digits whose sum is a."""
    shifted = _SPLITTER * a
    upper = shifted - (shifted - a)
    return upper, a - upper


def two_product(a: Any, b: Any) -> tuple[Any, Any]:
    """Return a·b, rounded, and what rounding left out.

    Parameters
    ----------
    a, b : float or ndarray

    Returns
    -------
    product, error : float or ndarray

    Examples
    --------
    >>> from autograd_lite.regression.double_double import two_product
    >>> two_product(1.0 + 2.0**-30, 1.0 - 2.0**-30)
    (1.0, -8.673617379884035e-19)
    """
    product = a * b
    (a_upper, a_lower), (b_upper, b_lower) = split(a), split(b)
    return product, a_lower * b_lower - (((product - a_upper * b_upper) - a_lower * b_upper) - a_upper * b_lower)


class DoubleDouble:
    """An array of numbers hi + lo, where lo is below the last digit of hi.

    Parameters
    ----------
    hi : array_like
    lo : array_like, optional
        0 if not given.

    Examples
    --------
    >>> from autograd_lite.regression.double_double import DoubleDouble
    >>> third = DoubleDouble(1.0) / DoubleDouble(3.0)
    >>> print(third.hi, third.lo)
    0.3333333333333333 1.850371707708594e-17
    >>> print(float(third * DoubleDouble(3.0) - DoubleDouble(1.0)))
    0.0
    """

    __slots__ = ("hi", "lo")

    def __init__(self, hi: Any, lo: Any = None):
        self.hi: Any = np.asarray(hi, np.float64)[()]
        self.lo: Any = np.zeros_like(self.hi)[()] if lo is None else np.asarray(lo, np.float64)[()]

    @classmethod
    def of_extended(cls, values: np.ndarray) -> DoubleDouble:
        """Return numbers of the platform's extended precision."""
        hi = values.astype(np.float64)
        return cls(hi, (values - hi).astype(np.float64))

    @classmethod
    def of_fraction(cls, value: Fraction) -> DoubleDouble:
        """Return a rational number, rounded."""
        hi = float(value)
        return cls(hi, float(value - Fraction(hi)))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return np.shape(self.hi)

    @property
    def T(self) -> DoubleDouble:  # noqa: N802
        """The transpose."""
        return DoubleDouble(self.hi.T, self.lo.T)

    def __float__(self) -> float:
        return float(self.hi)

    def __repr__(self) -> str:
        return f"DoubleDouble({self.hi!r}, {self.lo!r})"

    def __getitem__(self, key: Any) -> DoubleDouble:
        return DoubleDouble(self.hi[key], self.lo[key])

    def __neg__(self) -> DoubleDouble:
        return DoubleDouble(-self.hi, -self.lo)

    def __add__(self, other: DoubleDouble) -> DoubleDouble:
        return DoubleDouble(*_add(self.hi, self.lo, other.hi, other.lo))

    def __sub__(self, other: DoubleDouble) -> DoubleDouble:
        return DoubleDouble(*_add(self.hi, self.lo, -other.hi, -other.lo))

    def __mul__(self, other: DoubleDouble) -> DoubleDouble:
        return DoubleDouble(*_multiply(self.hi, self.lo, other.hi, other.lo))

    def __truediv__(self, other: DoubleDouble) -> DoubleDouble:
        first = self.hi / other.hi
        rest = self - other * DoubleDouble(first)
        second = rest.hi / other.hi
        rest = rest - other * DoubleDouble(second)
        return DoubleDouble(*quick_two_sum(*quick_two_sum(first, second))) + DoubleDouble(rest.hi / other.hi)

    def __matmul__(self, other: DoubleDouble) -> DoubleDouble:
        """Return the product of matrices, or of a matrix and a vector: products and sums are double-double."""
        if len(other.shape) == 1:
            return (self @ other[:, None])[:, 0]
        if len(self.shape) == 1:
            return (self[None, :] @ other)[0]
        n, k, m = *self.shape, other.shape[1]
        if n >= k:
            rows = max(1, _PART // max(m, 1))
            return stacked([_outer_sum(self[i : i + rows], other) for i in range(0, n, rows)], (n, m))
        rows = max(1, _PART // max(n * m, 1))
        total = DoubleDouble(np.zeros((n, m)))
        for i in range(0, k, rows):
            total = total + (self.T[i : i + rows, :, None] * other[i : i + rows, None, :]).sum()
        return total

    def sum(self) -> DoubleDouble:
        """Return the sum along the first axis, by halves."""
        hi, lo = self.hi, self.lo
        while hi.shape[0] > 1:
            half = hi.shape[0] // 2
            upper, lower = _add(hi[:half], lo[:half], hi[half : 2 * half], lo[half : 2 * half])
            if hi.shape[0] % 2:
                upper = np.concatenate([upper, hi[2 * half :]])
                lower = np.concatenate([lower, lo[2 * half :]])
            hi, lo = upper, lower
        return DoubleDouble(hi[0], lo[0]) if hi.shape[0] else DoubleDouble(np.zeros(self.shape[1:]))

    def sqrt(self) -> DoubleDouble:
        """Return the square root, by one step of Newton's method from that of the upper parts (A. Karp)."""
        root = np.sqrt(self.hi)
        rest = self - DoubleDouble(root) * DoubleDouble(root)
        with np.errstate(invalid="ignore", divide="ignore"):
            return DoubleDouble(*quick_two_sum(root, np.where(root > 0.0, rest.hi / (2.0 * root), 0.0)))

    def scaled(self, factor: Any) -> DoubleDouble:
        """Return the product with powers of two, which is exact."""
        return DoubleDouble(self.hi * factor, self.lo * factor)

    def fraction(self) -> Fraction:
        """Return the exact value of a single number."""
        return Fraction(float(self.hi)) + Fraction(float(self.lo))


def _add(a: Any, a_low: Any, b: Any, b_low: Any) -> tuple[Any, Any]:
    """Return the sum of two double-doubles (accurate whatever their signs)."""
    total, error = two_sum(a, b)
    lower, lower_error = two_sum(a_low, b_low)
    total, error = quick_two_sum(total, error + lower)
    return quick_two_sum(total, error + lower_error)


def _multiply(a: Any, a_low: Any, b: Any, b_low: Any) -> tuple[Any, Any]:
    """Return the product of two double-doubles."""
    product, error = two_product(a, b)
    return quick_two_sum(product, error + (a * b_low + a_low * b))


def _outer_sum(left: DoubleDouble, right: DoubleDouble) -> DoubleDouble:
    """Return the product of matrices as a sum of outer products."""
    hi = lo = np.zeros((left.shape[0], right.shape[1]))
    for j in range(left.shape[1]):
        term = _multiply(left.hi[:, j, None], left.lo[:, j, None], right.hi[j], right.lo[j])
        hi, lo = _add(hi, lo, *term)
    return DoubleDouble(hi, lo)


def stacked(parts: Iterable[DoubleDouble], shape: tuple[int, ...]) -> DoubleDouble:
    """Return arrays joined along the first axis, in a shape."""
    parts = list(parts)
    if not parts:
        return DoubleDouble(np.zeros(shape))
    hi, lo = (np.concatenate([cast(np.ndarray, getattr(part, name)) for part in parts]) for name in ("hi", "lo"))
    return DoubleDouble(hi.reshape(shape), lo.reshape(shape))
