"""Activations that multiply by a gate, a function c(x) that rises from 0 to 1: `gelu`, `silu`, `mish` and `glu`.

Each of the first three is one operation, x c(x), that keeps the gate, whose slope is an expression in it and x:
x ← g (c + x c′).
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.core.primitive import general
from autograd_lite.errors import ShapeError
from autograd_lite.nn.activations.smooth import sigmoid
from autograd_lite.nn.arguments import as_floats, check_axes
from autograd_lite.rules.axes import along, one_from_back


def _gated(name: str, gate: Callable[[Any], Any], slope: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """Declare x c(x) for a gate c with the slope c′(x, c); the gate is a second output, so that it is differentiated.

    Parameters
    ----------
    name : str
    gate, slope : callable

    Returns
    -------
    callable
        Gives the product alone.
    """

    def apart(x: Any) -> tuple[Any, Any]:
        c = gate(x)
        return x * c, c

    def to_x(g: tuple[Any, Any], x: Any, out: tuple[Any, Any]) -> Any:
        to_product, to_gate = g
        c = out[1]
        steep = slope(x, c)
        from_gate = None if to_gate is None else to_gate * steep
        if to_product is None:
            return from_gate
        total = to_product * (c + x * steep)
        return total if from_gate is None else total + from_gate

    both = general(apart, name=name, outputs=2, x=to_x)
    return lambda x: both(x)[0]


ROOT_HALF_PI = math.sqrt(2 / math.pi)
_CUBIC = 0.044715


def _tanh_gate(x: Any) -> Any:
    return 0.5 + 0.5 * np.tanh(ROOT_HALF_PI * (x + _CUBIC * x * x * x))


def _normal_density(x: Any) -> Any:
    return np.exp(-0.5 * x * x) * (0.5 * ROOT_HALF_PI)


def _normal_gate(x: Any) -> Any:
    """Return the normal distribution function, in the dtype of x: SciPy has none of half precision."""
    y = importlib.import_module("scipy.special").ndtr(x)
    return y if y.dtype == x.dtype else np.astype(y, x.dtype)


_gelu = _gated("gelu", _normal_gate, lambda x, c: _normal_density(x))
_gelu_tanh = _gated(
    "gelu_tanh", _tanh_gate, lambda x, c: (c - c * c) * ((2 * ROOT_HALF_PI) * (1 + (3 * _CUBIC) * x * x))
)
_silu = _gated("silu", sigmoid, lambda x, c: c - c * c)


def _mish_gate(x: Any) -> Any:
    """Return tanh(log(1 + eˣ)) = (1 + 2 eˣ) / (1 + 2 eˣ + 2 e²ˣ) - … written so that nothing overflows or cancels."""
    decay = np.exp(-np.abs(x))
    rising = decay * (decay + 2)  # x < 0: tanh = (e²ˣ + 2 eˣ) / (e²ˣ + 2 eˣ + 2)
    falling = 1 + 2 * decay  # x ≥ 0: the same divided by e²ˣ
    return np.where(x < 0, rising / (rising + 2), falling / (falling + 2 * decay * decay))


_mish = _gated("mish", _mish_gate, lambda x, c: (1 - c * c) * sigmoid(x))


def gelu(x: Any, approximate: str = "none") -> Any:
    """Return x Φ(x), where Φ is the distribution function of the standard normal distribution.

    D. Hendrycks & K. Gimpel, *Gaussian error linear units*, arXiv:1606.08415.

    Parameters
    ----------
    x : Tensor or array
    approximate : {"none", "tanh"}
        "tanh": Φ(x) is taken as (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.

    Returns
    -------
    Tensor or array of the shape of ``x``

    Raises
    ------
    ValueError
        If ``approximate`` is neither.

    Examples
    --------
    >>> from autograd_lite.nn import gelu
    >>> round(float(gelu(1.0)), 6), round(float(gelu(1.0, approximate="tanh")), 6)
    (0.841345, 0.841192)
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu(approximate={approximate!r}) must be 'none' or 'tanh'")
    return (_gelu if approximate == "none" else _gelu_tanh)(as_floats(x))


def silu(x: Any) -> Any:
    """Return x / (1 + exp(-x)), also called swish.

    S. Elfwing, E. Uchibe & K. Doya, *Sigmoid-weighted linear units*, Neural Networks 107 (2018).

    Parameters
    ----------
    x : Tensor or array

    Returns
    -------
    Tensor or array of the shape of ``x``

    Examples
    --------
    >>> from autograd_lite.nn import silu
    >>> round(float(silu(1.0)), 6)
    0.731059
    """
    return _silu(as_floats(x))


#: The same under its other name.
swish = silu


def mish(x: Any) -> Any:
    """Return x tanh(log(1 + exp(x))).

    D. Misra, *Mish: a self regularized non-monotonic activation function*, BMVC 2020.

    Parameters
    ----------
    x : Tensor or array

    Returns
    -------
    Tensor or array of the shape of ``x``

    Examples
    --------
    >>> from autograd_lite.nn import mish
    >>> round(float(mish(1.0)), 6)
    0.865098
    """
    return _mish(as_floats(x))


def glu(x: Any, dim: int = -1) -> Any:
    """Return a · sigmoid(b), where a and b are the two halves of x along an axis.

    Y. Dauphin et al., *Language modeling with gated convolutional networks*, ICML 2017.

    Parameters
    ----------
    x : Tensor or array
    dim : int
        An axis of even length.

    Returns
    -------
    Tensor or array, half as long along that axis

    Raises
    ------
    ShapeError
        If there is no such axis, or it has odd length.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import glu
    >>> glu(np.array([4.0, 6.0, 0.0, 1000.0]))
    array([2., 6.])
    """
    x = as_floats(x)
    check_axes(dim, x.shape, "glu")
    axis = one_from_back(dim, x.ndim)
    half, odd = divmod(x.shape[axis], 2)
    if odd:
        raise ShapeError(f"glu(x, dim={dim}) halves an axis, and x of shape {x.shape} has {2 * half + 1} there")
    return x[along(axis, slice(None, half))] * sigmoid(x[along(axis, slice(half, None))])
