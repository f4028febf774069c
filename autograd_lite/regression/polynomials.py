"""Polynomial regression: `fit_polynomial`."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.regression.columns import Powers
from autograd_lite.regression.data import data_of
from autograd_lite.regression.linear_result import LinearFit, fitted

_WHO = "fit_polynomial"


def fit_polynomial(
    x: Any, y: Any, degree: int, sigma: Any = None, *, absolute_sigma: bool | None = None, nan_policy: str = "raise"
) -> LinearFit:
    """Fit a polynomial c₀ + c₁x + ... by least squares, to the last digit that the data have.

    Parameters
    ----------
    x, y : array_like of shape (n,)
        Masked elements of y are left out.
    degree : int
    sigma : float, array_like of shape (n,), or covariance matrix of shape (n, n), optional
        Standard deviations of y.
    absolute_sigma : bool, optional
        Whether ``sigma`` is in the units of y, as it is taken to be where it is given; see `curve_fit`.
    nan_policy : {"raise", "omit"}
        What to do about NaN in the data.

    Returns
    -------
    LinearFit
        Its parameters are the coefficients c0, c1, ... of the powers of x. Where x, y or sigma is being differentiated,
        its numbers are Tensors.

    Raises
    ------
    ShapeError, StructureError, DtypeError
        For bad input, and where x has too few different values for the degree.

    Notes
    -----
    The powers of x are close to depending on each other: as a matrix of double precision they have lost most digits
    before anything is solved. Here x is mapped onto [-1, 1] and Chebyshev polynomials of it are computed in
    double-double; their coefficients, refined in double-double (see `fit_linear`), are turned into those of the powers
    in double-double. Predictions and bands use Chebyshev polynomials, and do not suffer from the powers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.regression import fit_polynomial
    >>> x = np.arange(2000.0, 2021.0)
    >>> fit = fit_polynomial(x, (x - 2010.0) ** 3, 3)
    >>> print(fit.values)
    [-8.120601e+09  1.212030e+07 -6.030000e+03  1.000000e+00]
    """
    order = _degree(degree)
    data = data_of(x, y, sigma, nan_policy, _WHO)
    places = data.x
    if not isinstance(places, np.ndarray) or places.ndim != 1 or data.y.ndim != 1 or places.size != data.y.size:
        raise ShapeError(
            f"{_WHO}: x has shape {np.shape(places)}, and y has shape {data.y.shape}: both have one axis of length n"
        )
    different = np.unique(places).size
    if different <= order:
        raise StructureError(
            f"{_WHO}: x has {different} different value(s), which determine a polynomial of degree {different - 1} at "
            f"most, and degree={order}"
        )
    absolute = sigma is not None if absolute_sigma is None else bool(absolute_sigma)
    return fitted(Powers(order, places), data, _WHO, absolute, {"x": x, "y": y, "sigma": sigma})


def _degree(degree: Any) -> int:
    try:
        order = operator.index(degree)
    except TypeError:
        order = -1
    if order < 0:
        raise StructureError(f"{_WHO}: degree={degree!r}, and a whole number, 0 or more, is needed")
    return order
