"""``numpy.random``, unchanged: draws do not depend on Tensors in a way that can be differentiated.

To differentiate with respect to the parameters of a distribution, draw from a fixed one and transform the draws:
``mean + deviation * np.random.standard_normal(shape)``. A tracked Tensor as a parameter of a draw raises `DetachError`.
"""

from typing import Any

from numpy import random as _random


def __getattr__(name: str) -> Any:
    return getattr(_random, name)


def __dir__() -> list[str]:
    return dir(_random)
