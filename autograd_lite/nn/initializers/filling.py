"""Initial values in place: each of these fills a parameter, and is named as PyTorch names it.

They take a Tensor that nothing has computed, or an array, and return it. Graphs recorded before can no longer be swept.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import InPlaceError
from autograd_lite.nn.initializers import drawing
from autograd_lite.nn.state import overwrite

Filled = TypeVar("Filled", Tensor, np.ndarray)
Generator = np.random.Generator


def _fill(tensor: Filled, name: str, *options: Any, **keywords: Any) -> Filled:
    """Fill a parameter with what the function without the underscore gives for its shape and dtype."""
    if isinstance(tensor, Tensor):
        if not tensor.is_leaf:
            raise InPlaceError(f"{name}_(tensor) got {tensor!r}, which an operation made: only parameters are filled")
    elif not isinstance(tensor, np.ndarray):
        raise TypeError(f"{name}_(tensor) fills a Tensor or an array, and got a {type(tensor).__name__}")
    values = getattr(drawing, name)(tensor.shape, *options, dtype=tensor.dtype, **keywords)
    if isinstance(tensor, Tensor):
        overwrite(tensor, values)
    else:
        tensor[...] = values
    return tensor


def constant_(tensor: Filled, val: float) -> Filled:
    """Fill a parameter with one number.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> nn.initializers.constant_(nn.Linear(2, 3).bias, 0.1).data
    array([0.1, 0.1, 0.1])
    """
    return _fill(tensor, "constant", val)


def zeros_(tensor: Filled) -> Filled:
    """Fill a parameter with zeros."""
    return _fill(tensor, "zeros")


def ones_(tensor: Filled) -> Filled:
    """Fill a parameter with ones."""
    return _fill(tensor, "ones")


def eye_(tensor: Filled) -> Filled:
    """Fill a matrix with ones on its diagonal and zeros elsewhere; see `drawing.eye`."""
    return _fill(tensor, "eye")


def uniform_(tensor: Filled, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Filled:
    """Fill a parameter with numbers drawn evenly from an interval; see `drawing.uniform`."""
    return _fill(tensor, "uniform", a, b, generator=generator)


def normal_(tensor: Filled, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Filled:
    """Fill a parameter from a normal distribution; see `drawing.normal`."""
    return _fill(tensor, "normal", mean, std, generator=generator)


def trunc_normal_(
    tensor: Filled,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Filled:
    """Fill a parameter from a normal distribution cut off at two bounds; see `drawing.trunc_normal`."""
    return _fill(tensor, "trunc_normal", mean, std, a, b, generator=generator)


def xavier_uniform_(tensor: Filled, gain: float = 1.0, generator: Generator | None = None) -> Filled:
    """Fill a weight evenly from ±gain √(6 / (fan_in + fan_out)).

    Parameters
    ----------
    tensor : Tensor or ndarray of shape (outputs, inputs, …)
    gain : float
        See `calculate_gain`.
    generator : numpy.random.Generator, optional
        The one that ``nn.seed`` starts if not given.

    Returns
    -------
    Tensor or ndarray
        The same one.

    Raises
    ------
    ShapeError
        If it has less than two axes.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> layer = nn.Linear(2, 4)
    >>> weight = nn.initializers.xavier_uniform_(layer.weight, generator=np.random.default_rng(0))
    >>> weight is layer.weight, bool(abs(weight.data).max() <= 1)
    (True, True)
    """
    return _fill(tensor, "xavier_uniform", gain, generator=generator)


def xavier_normal_(tensor: Filled, gain: float = 1.0, generator: Generator | None = None) -> Filled:
    """Fill a weight with normal numbers of deviation gain √(2 / (fan_in + fan_out)); see `xavier_uniform_`."""
    return _fill(tensor, "xavier_normal", gain, generator=generator)


def kaiming_uniform_(
    tensor: Filled,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Filled:
    """Fill a weight evenly from ±gain √(3 / fan); see `drawing.kaiming_uniform`."""
    return _fill(tensor, "kaiming_uniform", a, mode, nonlinearity, generator=generator)


def kaiming_normal_(
    tensor: Filled,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Filled:
    """Fill a weight with normal numbers of deviation gain / √fan; see `drawing.kaiming_uniform`."""
    return _fill(tensor, "kaiming_normal", a, mode, nonlinearity, generator=generator)


def orthogonal_(tensor: Filled, gain: float = 1.0, generator: Generator | None = None) -> Filled:
    """Fill a weight with a matrix whose rows or columns are orthogonal; see `drawing.orthogonal`."""
    return _fill(tensor, "orthogonal", gain, generator=generator)
