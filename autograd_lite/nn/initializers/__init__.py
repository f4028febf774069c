"""Initial values of parameters, and the random generator that they come from.

Each comes twice: ``xavier_uniform(shape)`` gives an array, and ``xavier_uniform_(parameter)`` fills a parameter. Those
that draw take a ``generator``; without one they use the package's own, which `seed` starts anew: same seed, same run.
"""

from autograd_lite.nn.initializers.drawing import (
    constant,
    eye,
    kaiming_normal,
    kaiming_uniform,
    normal,
    ones,
    orthogonal,
    trunc_normal,
    uniform,
    uniform_by_fan_in,
    xavier_normal,
    xavier_uniform,
    zeros,
)
from autograd_lite.nn.initializers.filling import (
    constant_,
    eye_,
    kaiming_normal_,
    kaiming_uniform_,
    normal_,
    ones_,
    orthogonal_,
    trunc_normal_,
    uniform_,
    xavier_normal_,
    xavier_uniform_,
    zeros_,
)
from autograd_lite.nn.initializers.gains import calculate_gain
from autograd_lite.nn.initializers.generators import generator_or_default, seed

__all__ = [
    "calculate_gain", "constant", "constant_", "eye", "eye_", "generator_or_default", "kaiming_normal",
    "kaiming_normal_", "kaiming_uniform", "kaiming_uniform_", "normal", "normal_", "ones", "ones_", "orthogonal",
    "orthogonal_", "seed", "trunc_normal", "trunc_normal_", "uniform", "uniform_", "uniform_by_fan_in",
    "xavier_normal", "xavier_normal_", "xavier_uniform", "xavier_uniform_", "zeros", "zeros_",
]  # fmt: skip
