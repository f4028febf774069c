"""Initial values of parameters, and the random generator that they come from.

Every function that draws takes a ``generator``; without one it uses the package's own, which `seed` starts anew: same
seed, same run.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_default = np.random.default_rng()


def seed(value: int | None = None) -> None:
    """Start the generator that initializers use where none is passed in anew.

    Parameters
    ----------
    value : int, optional
        The same value gives the same numbers; None gives others each time.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> nn.seed(0)
    >>> first = nn.Linear(3, 2)
    >>> nn.seed(0)
    >>> bool((nn.Linear(3, 2).weight == first.weight).all())
    True
    """
    global _default
    _default = np.random.default_rng(value)


def generator_or_default(generator: np.random.Generator | None) -> np.random.Generator:
    """Return ``generator``, or the package's own if it is None.

    Raises
    ------
    TypeError
        If it is something else, such as a seed.
    """
    if generator is None:
        return _default
    if not isinstance(generator, np.random.Generator):
        raise TypeError(
            f"generator={generator!r} is no numpy.random.Generator: pass numpy.random.default_rng(seed), or call "
            f"nn.seed(seed) and leave it out"
        )
    return generator


def uniform_by_fan_in(
    shape: tuple[int, ...], fan_in: int, dtype: Any = float, generator: np.random.Generator | None = None
) -> np.ndarray:
    """Return numbers drawn evenly from ±1/√fan_in, as PyTorch initialises its linear and convolution layers.

    It is He initialisation (He et al., *Delving deep into rectifiers*, ICCV 2015) with a leaky slope of √5, and keeps
    the variance of the layer's output at a third of its input's.

    Parameters
    ----------
    shape : tuple of int
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
    return generator_or_default(generator).uniform(-bound, bound, shape).astype(dtype)
