"""Dropout: numbers put to zero at random while training."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.nn.arguments import probability
from autograd_lite.nn.initializers import generator_or_default
from autograd_lite.nn.module import Module


class Dropout(Module):
    """Zero in place of each number with probability p, and the others divided by 1 - p; nothing in evaluation.

    N. Srivastava et al., *Dropout: a simple way to prevent neural networks from overfitting*, JMLR 15 (2014), section
    10, has this inverted form, which leaves the mean as it is.

    Parameters
    ----------
    p : float
        From 0 to 1.
    generator : numpy.random.Generator, optional
        Where the choices come from; the one that ``nn.seed`` starts if not given.

    Raises
    ------
    ValueError
        If ``p`` is no probability.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> dropout = nn.Dropout(0.5, generator=np.random.default_rng(0))
    >>> dropout(np.ones(6))
    array([2., 2., 2., 0., 0., 0.])
    >>> dropout.eval()(np.ones(6))
    array([1., 1., 1., 1., 1., 1.])
    """

    def __init__(self, p: float = 0.5, generator: np.random.Generator | None = None):
        self.p = probability(p, type(self).__name__)
        if generator is not None:
            generator_or_default(generator)
        self.generator = generator

    def forward(self, x: Any) -> Any:
        """Return ``x`` with some numbers dropped; ``x`` itself in evaluation.

        Parameters
        ----------
        x : Tensor or array

        Returns
        -------
        Tensor or array of the shape of ``x``
        """
        if not self.training or self.p == 0:
            return x
        x = x if hasattr(x, "shape") else np.asarray(x, dtype=float)
        return x * self._factors(x.shape, x.dtype)

    def _factors(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Return 0 or 1 / (1 - p) for each number; drawn in single precision, at half the cost."""
        kept = generator_or_default(self.generator).random(shape, dtype=np.float32) >= np.float32(self.p)
        dtype = dtype if dtype.kind in "fc" else np.dtype(float)
        return kept * dtype.type(1 / (1 - self.p) if self.p < 1 else 0)

    def extra_repr(self) -> str:
        """Return the probability."""
        return f"p={self.p}"
