"""Activations as modules, to stand in a `Sequential`; each is the function of the same name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.nn.activations import gates, pieces, smooth
from autograd_lite.nn.arguments import floating, parameter, whole
from autograd_lite.nn.module import Module


class _Activation(Module):
    """A function of one array, and the attributes of the module that are its further arguments."""

    function: Callable[..., Any]
    arguments: tuple[str, ...] = ()

    def forward(self, x: Any) -> Any:
        """Return the function of ``x``."""
        return self.function(x, *[getattr(self, name) for name in self.arguments])

    def extra_repr(self) -> str:
        """Return the further arguments."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self.arguments)


class ReLU(_Activation):
    """max(x, 0).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def forward(self, x: Any) -> Any:
        """Return max(x, 0)."""
        return pieces.relu(x)


class LeakyReLU(_Activation):
    """x where it is positive and negative_slope · x elsewhere: `leaky_relu`.

    Parameters
    ----------
    negative_slope : float

    Examples
    --------
    >>> from autograd_lite import nn
    >>> nn.LeakyReLU(0.5)
    LeakyReLU(negative_slope=0.5)
    """

    function = staticmethod(pieces.leaky_relu)
    arguments = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01):
        self.negative_slope = negative_slope


class PReLU(_Activation):
    """x where it is positive and weight · x elsewhere, with a slope that is learnt: `prelu`.

    Parameters
    ----------
    num_parameters : int
        1, or the number of channels, which are on axis 1.
    init : float
        The first slope.
    dtype : floating dtype

    Attributes
    ----------
    weight : Tensor of shape (num_parameters,)
    """

    function = staticmethod(pieces.prelu)
    arguments = ("weight",)

    def __init__(self, num_parameters: int = 1, init: float = 0.25, dtype: Any = float):
        self.num_parameters = whole(num_parameters, "PReLU", "num_parameters")
        self.weight = parameter(np.full(self.num_parameters, init, floating(dtype, "PReLU")))

    def extra_repr(self) -> str:
        """Return the number of slopes."""
        return str(self.num_parameters)


class ReLU6(_Activation):
    """min(max(x, 0), 6): `relu6`."""

    function = staticmethod(pieces.relu6)


class ELU(_Activation):
    """x where it is positive and alpha · (exp(x) - 1) elsewhere: `elu`.

    Parameters
    ----------
    alpha : float
    """

    function = staticmethod(smooth.elu)
    arguments = ("alpha",)

    def __init__(self, alpha: float = 1.0):
        self.alpha = alpha


class SELU(_Activation):
    """An exponential unit that keeps mean 0 and variance 1: `selu`."""

    function = staticmethod(smooth.selu)


class CELU(_Activation):
    """An exponential unit whose slope has no jump: `celu`.

    Parameters
    ----------
    alpha : float
    """

    function = staticmethod(smooth.celu)
    arguments = ("alpha",)

    def __init__(self, alpha: float = 1.0):
        self.alpha = alpha


class GELU(_Activation):
    """x times the normal distribution function of x: `gelu`.

    Parameters
    ----------
    approximate : {"none", "tanh"}
    """

    function = staticmethod(gates.gelu)
    arguments = ("approximate",)

    def __init__(self, approximate: str = "none"):
        self.approximate = approximate


class SiLU(_Activation):
    """x times the sigmoid of x, also called swish: `silu`."""

    function = staticmethod(gates.silu)


#: The same under its other name.
Swish = SiLU


class Mish(_Activation):
    """x · tanh(softplus(x)): `mish`."""

    function = staticmethod(gates.mish)


class GLU(_Activation):
    """One half of x times the sigmoid of the other half: `glu`.

    Parameters
    ----------
    dim : int
        The axis that is halved.
    """

    function = staticmethod(gates.glu)
    arguments = ("dim",)

    def __init__(self, dim: int = -1):
        self.dim = dim


class Hardtanh(_Activation):
    """x limited to an interval: `hardtanh`.

    Parameters
    ----------
    min_val, max_val : float
    """

    function = staticmethod(pieces.hardtanh)
    arguments = ("min_val", "max_val")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0):
        self.min_val, self.max_val = min_val, max_val


class Hardsigmoid(_Activation):
    """x/6 + 1/2 limited to [0, 1]: `hardsigmoid`."""

    function = staticmethod(pieces.hardsigmoid)


class Hardswish(_Activation):
    """x · hardsigmoid(x): `hardswish`."""

    function = staticmethod(pieces.hardswish)


class Softshrink(_Activation):
    """x moved towards 0: `softshrink`.

    Parameters
    ----------
    lambd : float
        By how much.
    """

    function = staticmethod(pieces.softshrink)
    arguments = ("lambd",)

    def __init__(self, lambd: float = 0.5):
        self.lambd = lambd


class Hardshrink(_Activation):
    """x, and 0 near 0: `hardshrink`.

    Parameters
    ----------
    lambd : float
        How near.
    """

    function = staticmethod(pieces.hardshrink)
    arguments = ("lambd",)

    def __init__(self, lambd: float = 0.5):
        self.lambd = lambd


class Threshold(_Activation):
    """x where it is greater than a threshold, a constant elsewhere: `threshold`.

    Parameters
    ----------
    threshold, value : float
    """

    function = staticmethod(pieces.threshold)
    arguments = ("threshold", "value")

    def __init__(self, threshold: float, value: float):
        self.threshold, self.value = threshold, value


class Tanh(_Activation):
    """tanh(x), between -1 and 1."""

    def forward(self, x: Any) -> Any:
        """Return tanh(x)."""
        return np.tanh(x)


class Sigmoid(_Activation):
    """1 / (1 + exp(-x)), between 0 and 1."""

    def forward(self, x: Any) -> Any:
        """Return 1 / (1 + exp(-x))."""
        return smooth.sigmoid(x)


class Softplus(_Activation):
    """log(1 + exp(beta · x)) / beta, a smooth ReLU: `softplus`.

    Parameters
    ----------
    beta, threshold : float
    """

    function = staticmethod(smooth.softplus)
    arguments = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        self.beta, self.threshold = beta, threshold


class LogSigmoid(_Activation):
    """log(1 / (1 + exp(-x))): `log_sigmoid`."""

    function = staticmethod(smooth.log_sigmoid)


class Softsign(_Activation):
    """x / (1 + |x|): `softsign`."""

    function = staticmethod(smooth.softsign)


class Tanhshrink(_Activation):
    """x - tanh(x): `tanhshrink`."""

    function = staticmethod(smooth.tanhshrink)


class Softmax(_Activation):
    """exp(x) / Σ exp(x) along an axis: `softmax`. For `CrossEntropyLoss` leave it out: that takes logits.

    Parameters
    ----------
    dim : int or tuple of int
    """

    function = staticmethod(smooth.softmax)
    arguments = ("dim",)

    def __init__(self, dim: Any = -1):
        self.dim = dim


class LogSoftmax(_Activation):
    """x - log Σ exp(x) along an axis: `log_softmax`.

    Parameters
    ----------
    dim : int or tuple of int
    """

    function = staticmethod(smooth.log_softmax)
    arguments = ("dim",)

    def __init__(self, dim: Any = -1):
        self.dim = dim
