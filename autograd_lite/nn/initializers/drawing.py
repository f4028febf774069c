"""Initial values as arrays: what each distribution or pattern gives for a shape.

The numbers are drawn in float64 and rounded to the dtype, so that a seed gives the same network in every precision.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.errors import DtypeError, ShapeError
from autograd_lite.nn.initializers.gains import fans, kaiming_deviation
from autograd_lite.nn.initializers.generators import generator_or_default

Generator = np.random.Generator

# Patterns


def constant(shape: Sequence[int], val: float, dtype: Any = float) -> np.ndarray:
    """Return one number everywhere.

    Examples
    --------
    >>> from autograd_lite.nn.initializers import constant
    >>> constant((2,), 0.5)
    array([0.5, 0.5])
    """
    return np.full(shape, val, _floating(dtype))


def zeros(shape: Sequence[int], dtype: Any = float) -> np.ndarray:
    """Return zeros; see `constant`."""
    return constant(shape, 0.0, dtype)


def ones(shape: Sequence[int], dtype: Any = float) -> np.ndarray:
    """Return ones; see `constant`."""
    return constant(shape, 1.0, dtype)


def eye(shape: Sequence[int], dtype: Any = float) -> np.ndarray:
    """Return ones on the diagonal of a matrix, and zeros elsewhere.

    Raises
    ------
    ShapeError
        If there are not two axes.

    Examples
    --------
    >>> from autograd_lite.nn.initializers import eye
    >>> eye((2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]])
    """
    if len(shape) != 2:
        raise ShapeError(f"eye(shape={tuple(shape)}): a matrix has two axes")
    return np.eye(*shape, dtype=_floating(dtype))


# Distributions


def uniform(
    shape: Sequence[int], a: float = 0.0, b: float = 1.0, dtype: Any = float, generator: Generator | None = None
) -> np.ndarray:
    """Return numbers drawn evenly from an interval.

    Parameters
    ----------
    shape : sequence of int
    a, b : float
        The interval.
    dtype : floating dtype
    generator : numpy.random.Generator, optional
        The one that `seed` starts if not given.

    Returns
    -------
    ndarray of ``shape``

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn.initializers import uniform
    >>> uniform((2,), -1.0, 1.0, generator=np.random.default_rng(0))
    array([ 0.27392337, -0.46042657])
    """
    if not a <= b:
        raise ValueError(f"uniform(a={a!r}, b={b!r}): a must not be greater than b")
    return _rounded(generator_or_default(generator).uniform(a, b, shape), dtype)


def normal(
    shape: Sequence[int], mean: float = 0.0, std: float = 1.0, dtype: Any = float, generator: Generator | None = None
) -> np.ndarray:
    """Return numbers from a normal distribution of this mean and standard deviation; see `uniform`."""
    if not std >= 0:
        raise ValueError(f"normal(std={std!r}): a standard deviation is not negative")
    return _rounded(generator_or_default(generator).normal(mean, std, shape), dtype)


def trunc_normal(
    shape: Sequence[int],
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    dtype: Any = float,
    generator: Generator | None = None,
) -> np.ndarray:
    """Return numbers from a normal distribution, of which only those between two bounds are taken.

    They are made of even ones by the inverse of the distribution function (L. Devroye, *Non-Uniform Random Variate
    Generation*, 1986, section II.2).

    Parameters
    ----------
    shape : sequence of int
    mean, std : float
        Of the normal distribution; the truncated one has a smaller deviation.
    a, b : float
        The bounds, as values and not in standard deviations.
    dtype : floating dtype
    generator : numpy.random.Generator, optional

    Returns
    -------
    ndarray of ``shape``

    Examples
    --------
    >>> from autograd_lite.nn.initializers import trunc_normal
    >>> bool(abs(trunc_normal((1000,))).max() <= 2)
    True
    """
    if not (std > 0 and a < b):
        raise ValueError(f"trunc_normal(std={std!r}, a={a!r}, b={b!r}) needs std > 0 and a < b")
    special = importlib.import_module("scipy.special")
    low, high = (a - mean) / std, (b - mean) / std
    mirrored = low > 0  # in the upper tail the distribution function is 1 in all digits
    if mirrored:
        low, high = -high, -low
    even = generator_or_default(generator).uniform(special.ndtr(low), special.ndtr(high), shape)
    drawn = special.ndtri(even)
    return _rounded(np.clip(mean + std * (-drawn if mirrored else drawn), a, b), dtype)


# By the fans


def xavier_uniform(
    shape: Sequence[int], gain: float = 1.0, dtype: Any = float, generator: Generator | None = None
) -> np.ndarray:
    """Return numbers drawn evenly from ±gain √(6 / (fan_in + fan_out)).

    X. Glorot & Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010,
    equation 16.

    Parameters
    ----------
    shape : sequence of int
        (outputs, inputs, …).
    gain : float
        See `calculate_gain`.
    dtype : floating dtype
    generator : numpy.random.Generator, optional

    Returns
    -------
    ndarray of ``shape``

    Raises
    ------
    ShapeError
        If there are less than two axes.

    Examples
    --------
    >>> from autograd_lite.nn.initializers import xavier_uniform
    >>> bool(abs(xavier_uniform((2, 4))).max() <= 1)
    True
    """
    bound = gain * math.sqrt(6 / sum(fans(shape, "xavier_uniform")))
    return uniform(shape, -bound, bound, dtype, generator)


def xavier_normal(
    shape: Sequence[int], gain: float = 1.0, dtype: Any = float, generator: Generator | None = None
) -> np.ndarray:
    """Return numbers from a normal distribution of deviation gain √(2 / (fan_in + fan_out)); see `xavier_uniform`."""
    return normal(shape, 0.0, gain * math.sqrt(2 / sum(fans(shape, "xavier_normal"))), dtype, generator)


def kaiming_uniform(
    shape: Sequence[int],
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    dtype: Any = float,
    generator: Generator | None = None,
) -> np.ndarray:
    """Return numbers drawn evenly from ±gain √(3 / fan).

    K. He, X. Zhang, S. Ren & J. Sun, *Delving deep into rectifiers*, ICCV 2015, equations 10 and 14.

    Parameters
    ----------
    shape : sequence of int
        (outputs, inputs, …).
    a : float
        The slope of a leaky rectifier.
    mode : {"fan_in", "fan_out"}
        Whether the variance is kept on the way forward or on the way back.
    nonlinearity : str
        The activation behind, for the gain; see `calculate_gain`.
    dtype : floating dtype
    generator : numpy.random.Generator, optional

    Returns
    -------
    ndarray of ``shape``

    Raises
    ------
    ShapeError
        If there are less than two axes.
    ValueError
        If the mode or the activation is unknown.

    Examples
    --------
    >>> from autograd_lite.nn.initializers import kaiming_uniform
    >>> bool(abs(kaiming_uniform((5, 6))).max() <= 1)
    True
    """
    bound = math.sqrt(3) * kaiming_deviation(shape, a, mode, nonlinearity, "kaiming_uniform")
    return uniform(shape, -bound, bound, dtype, generator)


def kaiming_normal(
    shape: Sequence[int],
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    dtype: Any = float,
    generator: Generator | None = None,
) -> np.ndarray:
    """Return numbers from a normal distribution of deviation gain / √fan; see `kaiming_uniform`."""
    return normal(shape, 0.0, kaiming_deviation(shape, a, mode, nonlinearity, "kaiming_normal"), dtype, generator)


def orthogonal(
    shape: Sequence[int], gain: float = 1.0, dtype: Any = float, generator: Generator | None = None
) -> np.ndarray:
    """Return a matrix with orthogonal rows or columns, whichever are fewer, each of length ``gain``.

    It is drawn evenly from all of those (A. Saxe, J. McClelland & S. Ganguli, *Exact solutions to the nonlinear
    dynamics of learning in deep linear neural networks*, ICLR 2014; F. Mezzadri, *Notices of the AMS* 54, 2007, for
    the signs). Axes from the second on count as one.

    Parameters
    ----------
    shape : sequence of int
        (outputs, inputs, …).
    gain : float
    dtype : floating dtype
    generator : numpy.random.Generator, optional

    Returns
    -------
    ndarray of ``shape``

    Raises
    ------
    ShapeError
        If there are less than two axes.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn.initializers import orthogonal
    >>> w = orthogonal((3, 5))
    >>> bool(np.allclose(w @ w.T, np.eye(3)))
    True
    """
    fans(shape, "orthogonal")
    rows, columns = shape[0], math.prod(shape[1:])
    drawn = generator_or_default(generator).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    q *= np.where(np.diagonal(r) < 0, -gain, gain)
    return _rounded((q if rows >= columns else q.T).reshape(shape), dtype)


def uniform_by_fan_in(
    shape: Sequence[int], fan_in: int, dtype: Any = float, generator: Generator | None = None
) -> np.ndarray:
    """Return numbers drawn evenly from ±1/√fan_in, as PyTorch initialises its linear and convolution layers.

    It is He initialisation with a leaky slope of √5 (see `kaiming_uniform`), and keeps the variance of the layer's
    output at a third of its input's.

    Parameters
    ----------
    shape : sequence of int
    fan_in : int
        How many inputs each output is a sum of.
    dtype : dtype
    generator : numpy.random.Generator, optional

    Returns
    -------
    ndarray of ``shape``

    Examples
    --------
    >>> from autograd_lite.nn.initializers import uniform_by_fan_in
    >>> bool(abs(uniform_by_fan_in((3, 4), fan_in=4)).max() <= 0.5)
    True
    """
    bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
    return uniform(shape, -bound, bound, dtype, generator)


def _floating(dtype: Any) -> np.dtype[Any]:
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise DtypeError(f"initial values of dtype {dtype}: parameters need a floating dtype, such as float or float32")
    return dtype


def _rounded(drawn: Any, dtype: Any) -> np.ndarray:
    return np.asarray(drawn, _floating(dtype))
