"""The random generator that initial values and dropout masks come from where none is passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np

from autograd_lite.transforms.replay import SURROUNDINGS

_default = np.random.default_rng()


def seed(value: int | None = None) -> None:
    """Start the generator that is used where none is passed anew; layers that were made before use it too.

    Parameters
    ----------
    value : int, optional
        The same value gives the same numbers; None gives others each time.

    Raises
    ------
    TypeError
        If the value is no whole number.
    ValueError
        If it is negative.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> nn.seed(0)
    >>> first = nn.Linear(3, 2)
    >>> nn.seed(0)
    >>> bool((nn.Linear(3, 2).weight == first.weight).all())
    True
    """
    if value is not None and not hasattr(value, "__index__"):
        raise TypeError(f"nn.seed({value!r}): a whole number is needed, or None for other random numbers each time")
    if value is not None and value < 0:
        raise ValueError(f"nn.seed({value!r}): the number must not be negative")
    # Its state and not the generator is exchanged, because layers with random numbers in their forward hold it.
    _default.bit_generator.state = np.random.default_rng(value).bit_generator.state


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


def _as_now() -> Callable[[], AbstractContextManager[None]]:
    """Return what brings the default generator back to its present state for a while, for checkpoints."""
    state = _default.bit_generator.state

    @contextmanager
    def back() -> Iterator[None]:
        later = _default.bit_generator.state
        _default.bit_generator.state = state
        try:
            yield
        finally:
            _default.bit_generator.state = later

    return back


SURROUNDINGS.append(_as_now)
