"""Activations: functions that work element by element, and for each the module that stands in a `Sequential`."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.primitive import elementwise
from autograd_lite.nn.module import Module


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


def _leaky_relu(x: Any, slope: float) -> Any:
    return np.where(x > 0, x, slope * x)


def _sigmoid(x: Any) -> Any:
    decay = np.exp(-np.abs(x))  # of a negative number, so that nothing overflows and small values keep their digits
    return np.where(x >= 0, 1, decay) / (1 + decay)


#: max(x, 0); its slope at 0 is taken as 0, as PyTorch has it. A product with the mask, because ``np.where`` mispredicts
#: every other branch on a mask without a pattern: 34 µs and not 5 for 64 × 128 elements.
relu = elementwise(_relu, name="relu", selects=True, x=lambda g, out: g * (out > 0))

_leaky = elementwise(
    _leaky_relu, name="leaky_relu",
    x=lambda g, x, slope: g * np.where(x > 0, g.dtype.type(1), g.dtype.type(slope)),
)  # fmt: skip

#: 1 / (1 + exp(-x)), without overflow.
sigmoid = elementwise(_sigmoid, name="sigmoid", x=lambda g, out: g * (out - out * out))


def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """Return x where it is positive and slope · x elsewhere.

    Parameters
    ----------
    x : Tensor or array
    slope : float

    Returns
    -------
    Tensor or array of the shape of ``x``

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import leaky_relu
    >>> leaky_relu(np.array([-2.0, 3.0]), slope=0.5)
    array([-1.,  3.])
    """
    return _leaky(x, slope=slope)


def softplus(x: Any) -> Any:
    """Return log(1 + exp(x)), a smooth ReLU, without overflow.

    Parameters
    ----------
    x : Tensor or array

    Returns
    -------
    Tensor or array of the shape of ``x``

    Examples
    --------
    >>> from autograd_lite.nn import softplus
    >>> float(softplus(1000.0))
    1000.0
    """
    return np.logaddexp(x, 0.0)


class _Activation(Module):
    """A function of one argument as a module without parameters."""

    function: Any

    def forward(self, x: Any) -> Any:
        """Return the function of ``x``, element by element."""
        return self.function(x)


class ReLU(_Activation):
    """max(x, 0).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    function = staticmethod(relu)


class LeakyReLU(_Activation):
    """x where it is positive and slope · x elsewhere.

    Parameters
    ----------
    slope : float

    Examples
    --------
    >>> from autograd_lite import nn
    >>> nn.LeakyReLU(0.5)
    LeakyReLU(0.5)
    """

    def __init__(self, slope: float = 0.01):
        self.slope = slope

    def forward(self, x: Any) -> Any:
        """Return x where it is positive and slope · x elsewhere."""
        return leaky_relu(x, self.slope)

    def extra_repr(self) -> str:
        """Return the slope."""
        return f"{self.slope}"


class Tanh(_Activation):
    """tanh(x), between -1 and 1."""

    function = np.tanh


class Sigmoid(_Activation):
    """1 / (1 + exp(-x)), between 0 and 1."""

    function = staticmethod(sigmoid)


class Softplus(_Activation):
    """log(1 + exp(x)), a smooth ReLU."""

    function = staticmethod(softplus)
