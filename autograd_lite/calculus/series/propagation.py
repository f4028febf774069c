"""Propagation of uncertainty: means and covariances of functions of uncertain inputs.

JCGM 100:2008, *Evaluation of measurement data - Guide to the expression of uncertainty in measurement* (GUM), 5.1.2 and
5.2.2, equations 10, 13 and 16: to first order, Σ_y = J Σ Jᵀ. To second order, for inputs that are normally distributed,
with the Hessians H_a of the outputs (A. M. Mathai and S. B. Provost, *Quadratic Forms in Random Variables*, 1992,
section 3.2):

    E[y_a] = f_a(μ) + ½ tr(H_a Σ),    cov(y_a, y_b) = J_a Σ J_bᵀ + ½ tr(H_a Σ H_b Σ),

which is exact for polynomials of degree two. The GUM's note to 5.1.2 has one term more, with third derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.calculus.series.taylor import check_function
from autograd_lite.errors import DtypeError, ShapeError, StructureError
from autograd_lite.transforms.arguments import flatten, unflatten
from autograd_lite.transforms.second_order import jacobian


@dataclass(frozen=True, repr=False)
class Propagated:
    """An output and its uncertainty.

    Attributes
    ----------
    mean : ndarray of shape ``shape``
        Of the output; with order 2 shifted by the curvature.
    std : ndarray of shape ``shape``
        Standard deviations.
    covariance : ndarray of shape (m, m), or float
        Of the outputs in C order; the variance of a single number.
    nominal : ndarray of shape ``shape``
        The function at the mean of the inputs.
    contributions : like the mean of the inputs
        |∂f/∂x_i| u(x_i), what each input contributes by itself (GUM 5.1.3), in arrays of shape
        ``shape + input.shape``. Squared they add up to the first-order variance if inputs are uncorrelated.
    shares : like the mean of the inputs
        The part of each input in the first-order variance, correlations shared between both: they add up to 1.
    order : int
    """

    mean: Any
    std: Any
    covariance: Any
    nominal: Any
    contributions: Any
    shares: Any
    order: int

    def __repr__(self) -> str:
        if np.ndim(self.mean) == 0:
            return f"<Propagated {float(self.mean):.6g} ± {float(self.std):.3g}, order {self.order}>"
        return f"<Propagated mean={self.mean!r}, std={self.std!r}, order {self.order}>"


def propagate(f: Callable[[Any], Any], mean: Any, covariance: Any, order: int = 1) -> Propagated:
    """Return mean and uncertainty of a function of uncertain inputs.

    Parameters
    ----------
    f : callable
        Takes inputs like ``mean``, and returns a number or an array.
    mean : float, ndarray, or container of them
        The inputs' expected values, n numbers in all.
    covariance : float, ndarray or container
        Standard deviations: a number for all inputs, or an array or container like ``mean``. Or an array of shape
        (n, n), the covariance matrix of all inputs in order.
    order : {1, 2}
        With 2 the curvature of the function shifts the mean and adds to the variance; normal distributions are assumed.

    Returns
    -------
    Propagated
        With ``mean``, ``std``, ``covariance``, ``contributions`` and ``shares`` of the inputs.

    Raises
    ------
    ShapeError
        If the covariance fits neither form, is not symmetric or not positive semi-definite.
    StructureError
        If the order is neither 1 nor 2, containers differ, or the function returns one.
    DtypeError
        If something is complex or not finite.

    Examples
    --------
    Power in a resistor, P = U² / R, from U = 12.0(2) V and R = 47(1) Ω.

    >>> from autograd_lite.calculus import propagate
    >>> power = propagate(lambda x: x["U"] ** 2 / x["R"], {"U": 12.0, "R": 47.0}, {"U": 0.2, "R": 1.0})
    >>> power
    <Propagated 3.06383 ± 0.121, order 1>
    >>> {name: round(float(share), 2) for name, share in power.shares.items()}
    {'U': 0.71, 'R': 0.29}
    >>> propagate(lambda x: x**2, 0.0, 1.0, order=2)  # a chi-squared variable
    <Propagated 1 ± 1.41, order 2>
    """
    check_function(f, "propagate")
    if order not in (1, 2):
        raise StructureError(f"propagate takes order 1 or 2, and got {order!r}")
    inputs = _Inputs(mean)
    sigma = inputs.covariance(covariance)
    x = inputs.vector

    def flat(vector: Any) -> Any:
        out = f(inputs.unravel(vector))
        if not hasattr(out, "shape") and not isinstance(out, int | float):
            raise StructureError(f"propagate: the function returned {type(out).__name__}; an array or number is needed")
        return out

    nominal = np.asarray(flat(x), np.float64)
    shape, count = nominal.shape, nominal.size
    slopes = np.reshape(np.asarray(jacobian(flat)(x)), (count, x.size))
    variance = slopes @ sigma @ slopes.T
    shift = np.zeros(count)
    total = variance
    if order == 2:
        curvature = np.reshape(np.asarray(jacobian(jacobian(flat))(x)), (count, x.size, x.size)) @ sigma
        shift = 0.5 * np.trace(curvature, axis1=1, axis2=2)
        total = variance + 0.5 * np.einsum("aij,bji->ab", curvature, curvature)
    if not all(np.all(np.isfinite(found)) for found in (nominal, total, shift)):
        raise DtypeError(f"propagate: the function or its derivatives are not finite at {mean!r}")
    own = np.abs(slopes) * np.sqrt(np.diag(sigma))
    whole = np.diag(variance)[:, None]
    shares = np.where(whole > 0, slopes * (slopes @ sigma) / np.where(whole > 0, whole, 1), 0)
    return Propagated(
        mean=(nominal + shift.reshape(shape))[()],
        std=np.sqrt(np.maximum(np.diag(total), 0)).reshape(shape)[()],
        covariance=float(total[0, 0]) if shape == () else total,
        nominal=nominal[()],
        contributions=inputs.split(own.reshape(*shape, x.size)),
        shares=inputs.split(shares.reshape(*shape, x.size)),
        order=order,
    )


class _Inputs:
    """Inputs in an array or a container, as one vector."""

    def __init__(self, mean: Any):
        mean = _array_of(mean)
        leaves, self.structure = flatten(mean)
        arrays = [np.asarray(leaf) for leaf in leaves]
        if any(array.dtype.kind not in "fiu" or not np.all(np.isfinite(array)) for array in arrays) or not arrays:
            raise DtypeError(f"propagate: the mean must hold finite real numbers, and {mean!r} was given")
        self.shapes = [array.shape for array in arrays]
        self.ends = np.cumsum([array.size for array in arrays]).tolist()
        self.vector = np.concatenate([array.reshape(-1).astype(np.float64) for array in arrays])

    def unravel(self, vector: Any) -> Any:
        """Return the inputs that a vector of numbers, or a Tensor, holds."""
        pieces = zip([0, *self.ends], self.ends, self.shapes, strict=False)
        return unflatten(self.structure, [_shaped(vector[start:end], shape) for start, end, shape in pieces])

    def split(self, values: Any) -> Any:
        """Return numbers for each input, along the last axis, like the inputs."""
        pieces = zip([0, *self.ends], self.ends, self.shapes, strict=False)
        lead = values.shape[:-1]
        return unflatten(self.structure, [values[..., a:b].reshape(lead + shape)[()] for a, b, shape in pieces])

    def covariance(self, given: Any) -> Any:
        """Return the covariance matrix that is meant."""
        n = self.vector.size
        leaves, structure = flatten(_array_of(given) if self.structure is None else given)
        if structure is None:
            array = _finite(leaves[0])
            if self.structure is None and array.shape == self.shapes[0] and (array.ndim != 2 or n == array.size):
                return self._from_deviations(array.reshape(-1))
            if array.ndim == 0:
                return self._from_deviations(np.full(n, float(array)))
            if array.shape == (n, n):
                return _checked(array)
            if array.shape == (n,):
                return self._from_deviations(array)
            raise ShapeError(
                f"propagate: a covariance of shape {array.shape} fits neither {n} standard deviations nor a matrix of "
                f"shape {(n, n)}"
            )
        if structure != self.structure:
            raise StructureError(f"propagate: the standard deviations {given!r} are not in the container of the mean")
        deviations = [_finite(leaf) for leaf in leaves]
        for array, shape in zip(deviations, self.shapes, strict=True):
            if array.shape not in (shape, ()):
                raise ShapeError(f"propagate: standard deviations of shape {array.shape} for a mean of shape {shape}")
        return self._from_deviations(
            np.concatenate([np.broadcast_to(a, s).reshape(-1) for a, s in zip(deviations, self.shapes, strict=True)])
        )

    def _from_deviations(self, deviations: Any) -> Any:
        if np.any(deviations < 0):
            raise ShapeError(f"propagate: standard deviations are not negative, and {deviations} was given")
        return np.diag(deviations**2)


def _array_of(value: Any) -> Any:
    """Return a list of plain numbers as an array, and anything else as it is."""
    is_plain = isinstance(value, list) and not any(hasattr(item, "shape") for item in value)
    return np.asarray(value) if is_plain else value


def _shaped(part: Any, shape: tuple[int, ...]) -> Any:
    return part[0] if shape == () else np.reshape(part, shape)


def _finite(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "fiu" or not np.all(np.isfinite(array)):
        raise DtypeError(f"propagate: the covariance must hold finite real numbers, and {value!r} was given")
    return array.astype(np.float64)


def _checked(matrix: Any) -> Any:
    """Return a covariance matrix that is one.

    Raises
    ------
    ShapeError
        If it is not symmetric, or has a negative eigenvalue beyond rounding.
    """
    size = np.max(np.abs(matrix), initial=0)
    if np.any(np.abs(matrix - matrix.T) > 1e-10 * size):
        raise ShapeError(f"propagate: a covariance matrix is symmetric, and {matrix!r} is not")
    matrix = 0.5 * (matrix + matrix.T)
    least = np.min(np.linalg.eigvalsh(matrix), initial=0)
    if least < -1e-10 * size:
        raise ShapeError(f"propagate: a covariance matrix has no negative eigenvalue, and this one has {least:.3g}")
    return matrix
