"""Activations without gates or corners in their formula: sigmoids, exponential units and the softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.primitive import elementwise
from autograd_lite.nn.arguments import as_floats, check_axes
from autograd_lite.rules import softmax as exponential

# Sigmoids


def _sigmoid(x: Any) -> Any:
    decay = np.exp(-np.abs(x))  # of a negative number, so that nothing overflows and small values keep their digits
    return np.maximum(decay, x >= 0) / (1 + decay)  # the first is 1 for x ≥ 0, without the branches of np.where


def _softplus(x: Any, beta: float, threshold: float) -> Any:
    scaled = x if beta == 1 else beta * x
    smooth = np.maximum(scaled, 0) + np.log1p(np.exp(-np.abs(scaled)))  # np.logaddexp takes four times as long
    return np.where(scaled > threshold, x, smooth if beta == 1 else smooth / beta)


def _softplus_slope(x: Any, beta: float, threshold: float) -> Any:
    scaled = x if beta == 1 else beta * x
    return np.where(scaled > threshold, 1, sigmoid(scaled))


#: 1 / (1 + exp(-x)), without overflow.
sigmoid = elementwise(_sigmoid, name="sigmoid", x=lambda g, out: g * (out - out * out))

_softplus_unit = elementwise(
    _softplus, name="softplus", x=lambda g, x, beta, threshold: g * _softplus_slope(x, beta, threshold)
)

_log_sigmoid = elementwise(
    lambda x: np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x))), name="log_sigmoid", x=lambda g, x: g * sigmoid(-x)
)

_softsign = elementwise(
    lambda x: x / (1 + np.abs(x)), name="softsign", x=lambda g, x: g / np.square(1 + np.abs(x))
)  # fmt: skip


def _less_tanh(x: Any) -> Any:
    """Return x - tanh(x), near 0 by Lambert's continued fraction of tanh, of which nothing cancels (DLMF 4.39.1)."""
    near = np.abs(x) < 1
    square = np.square(np.where(near, x, 0))
    fraction = square / 19
    for odd in (17, 15, 13, 11, 9, 7, 5, 3):
        fraction = square / (odd + fraction)
    return np.where(near, x * (fraction / (1 + fraction)), x - np.tanh(x))[()]


_tanhshrink = elementwise(_less_tanh, name="tanhshrink", x=lambda g, x: g * np.square(np.tanh(x)))


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """Return log(1 + exp(beta · x)) / beta, a smooth ReLU, without overflow.

    Parameters
    ----------
    x : Tensor or array
    beta : float
        How sharp the bend is; not 0.
    threshold : float
        Where beta · x is greater, x itself is returned, as PyTorch has it; ``np.inf`` for the formula everywhere.

    Returns
    -------
    Tensor or array of the shape of ``x``

    Raises
    ------
    ValueError
        If ``beta`` is 0.

    Examples
    --------
    >>> from autograd_lite.nn import softplus
    >>> float(softplus(1000.0)), round(float(softplus(0.0)), 6)
    (1000.0, 0.693147)
    """
    if not beta:
        raise ValueError("softplus(beta=0): the formula divides by beta")
    return _softplus_unit(as_floats(x), beta=beta, threshold=threshold)


def log_sigmoid(x: Any) -> Any:
    """Return log(1 / (1 + exp(-x))), without overflow and without the logarithm of a vanishing number.

    Parameters
    ----------
    x : Tensor or array

    Returns
    -------
    Tensor or array of the shape of ``x``

    Examples
    --------
    >>> from autograd_lite.nn import log_sigmoid
    >>> float(log_sigmoid(-1000.0))
    -1000.0
    """
    return _log_sigmoid(as_floats(x))


def softsign(x: Any) -> Any:
    """Return x / (1 + |x|).

    Parameters
    ----------
    x : Tensor or array

    Returns
    -------
    Tensor or array of the shape of ``x``

    Examples
    --------
    >>> from autograd_lite.nn import softsign
    >>> float(softsign(3.0))
    0.75
    """
    return _softsign(as_floats(x))


def tanhshrink(x: Any) -> Any:
    """Return x - tanh(x), exact near 0 too, where it is x³/3.

    Parameters
    ----------
    x : Tensor or array

    Returns
    -------
    Tensor or array of the shape of ``x``

    Examples
    --------
    >>> from autograd_lite.nn import tanhshrink
    >>> float(tanhshrink(3e-5)) / 9e-15
    0.99999999964
    """
    return _tanhshrink(as_floats(x))


# Exponential units: positive numbers times `scale`, and scale · alpha · (exp(rate · x) - 1) for negative ones.


def _exponential_unit(x: Any, alpha: float, scale: float, rate: float) -> Any:
    return scale * (np.maximum(x, 0) + alpha * np.expm1(rate * np.minimum(x, 0)))


def _exponential_slope(x: Any, alpha: float, scale: float, rate: float) -> Any:
    falling = np.exp(rate * np.minimum(x, 0))
    if alpha * rate != 1:
        falling = np.where(x > 0, 1, alpha * rate * falling)
    return falling if scale == 1 else scale * falling


_elu = elementwise(
    _exponential_unit, name="elu", x=lambda g, x, alpha, scale, rate: g * _exponential_slope(x, alpha, scale, rate)
)

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def elu(x: Any, alpha: float = 1.0) -> Any:
    """Return x where it is positive and alpha · (exp(x) - 1) elsewhere.

    D.-A. Clevert, T. Unterthiner & S. Hochreiter, *Fast and accurate deep network learning by exponential linear
    units*, ICLR 2016.

    Parameters
    ----------
    x : Tensor or array
    alpha : float

    Returns
    -------
    Tensor or array of the shape of ``x``

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import elu
    >>> elu(np.array([-1000.0, 2.0]))
    array([-1.,  2.])
    """
    return _elu(as_floats(x), alpha=alpha, scale=1, rate=1)


def selu(x: Any) -> Any:
    """Return an exponential unit scaled such that layers of it keep mean 0 and variance 1.

    G. Klambauer et al., *Self-normalizing neural networks*, NeurIPS 2017, equation 2, with alpha = 1.6733 and scale
    1.0507.

    Parameters
    ----------
    x : Tensor or array

    Returns
    -------
    Tensor or array of the shape of ``x``

    Examples
    --------
    >>> from autograd_lite.nn import selu
    >>> round(float(selu(1.0)), 6)
    1.050701
    """
    return _elu(as_floats(x), alpha=SELU_ALPHA, scale=SELU_SCALE, rate=1)


def celu(x: Any, alpha: float = 1.0) -> Any:
    """Return max(x, 0) + min(0, alpha · (exp(x / alpha) - 1)), whose slope has no jump.

    J. Barron, *Continuously differentiable exponential linear units*, arXiv:1704.07483.

    Parameters
    ----------
    x : Tensor or array
    alpha : float
        Not 0.

    Returns
    -------
    Tensor or array of the shape of ``x``

    Raises
    ------
    ValueError
        If ``alpha`` is 0.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import celu
    >>> celu(np.array([-1000.0, 2.0]), alpha=0.5)
    array([-0.5,  2. ])
    """
    if not alpha:
        raise ValueError("celu(alpha=0): the formula divides by alpha")
    return _elu(as_floats(x), alpha=alpha, scale=1, rate=1 / alpha)


# Shares of one


def softmax(x: Any, dim: int = -1) -> Any:
    """Return exp(x) / Σ exp(x) along an axis: positive numbers that sum to one, without overflow.

    Parameters
    ----------
    x : Tensor or array
    dim : int or tuple of int

    Returns
    -------
    Tensor or array of the shape of ``x``

    Raises
    ------
    ShapeError
        If ``x`` has no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import softmax
    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    x = as_floats(x)
    check_axes(dim, x.shape, "softmax")
    return exponential.softmax(x, dim)


def log_softmax(x: Any, dim: int = -1) -> Any:
    """Return x - log Σ exp(x) along an axis, without overflow and without the logarithm of a vanishing share.

    Parameters
    ----------
    x : Tensor or array
    dim : int or tuple of int

    Returns
    -------
    Tensor or array of the shape of ``x``

    Raises
    ------
    ShapeError
        If ``x`` has no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import log_softmax
    >>> log_softmax(np.array([1000.0, 0.0]))
    array([    0., -1000.])
    """
    x = as_floats(x)
    check_axes(dim, x.shape, "log_softmax")
    return exponential.log_softmax(x, dim)
