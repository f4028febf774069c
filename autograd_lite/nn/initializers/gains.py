"""How wide initial values are to be spread: by the activation behind them, and by the fans of a weight.

The fans of a weight of shape (outputs, inputs, …), whose further axes are those of a convolution's kernel, are how
many inputs each output is a sum of, and how many outputs each input goes to: inputs · kernel size, and outputs · kernel
size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_lite.errors import ShapeError

#: Activation -> the gain that keeps the variance of what passes through it, where it takes no parameter.
_GAINS = {"linear": 1.0, "identity": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75} | {
    f"conv{kind}{n}d": 1.0 for kind in ("", "_transpose") for n in (1, 2, 3)
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the gain that is recommended for weights in front of an activation.

    Parameters
    ----------
    nonlinearity : str
        "linear", "identity", "sigmoid" and the names of convolutions: 1. "tanh": 5/3. "relu": √2. "leaky_relu":
        √(2 / (1 + slope²)). "selu": 3/4.
    param : float, optional
        The slope of "leaky_relu", 0.01 if not given.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the name is another.

    Examples
    --------
    >>> from autograd_lite.nn.initializers import calculate_gain
    >>> calculate_gain("leaky_relu", 1.0)
    1.0
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else float(param)) ** 2))
    if nonlinearity not in _GAINS:
        raise ValueError(
            f"calculate_gain({nonlinearity!r}) knows the activations {', '.join(sorted([*_GAINS, 'leaky_relu']))}"
        )
    return _GAINS[nonlinearity]


def fans(shape: Sequence[int], name: str) -> tuple[int, int]:
    """Return fan_in and fan_out of a weight.

    Raises
    ------
    ShapeError
        If there are less than two axes, or an empty one.
    """
    if len(shape) < 2 or 0 in shape:
        raise ShapeError(
            f"{name}(shape={tuple(shape)}): a weight has the axes (outputs, inputs, …), none of them empty; biases "
            f"have no fans, and start from zeros or from uniform_by_fan_in"
        )
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def kaiming_deviation(shape: Sequence[int], a: float, mode: str, nonlinearity: str, name: str) -> float:
    """Return the standard deviation gain / √fan of He initialisation.

    Raises
    ------
    ShapeError
        If the shape has no fans.
    ValueError
        If the mode or the activation is unknown.
    """
    modes = ("fan_in", "fan_out")
    if mode not in modes:
        raise ValueError(f"{name}(mode={mode!r}) must be 'fan_in' or 'fan_out'")
    return calculate_gain(nonlinearity, a) / math.sqrt(fans(shape, name)[modes.index(mode)])
