"""Normalisation of plain arrays, there and back: the pass that the layers of normalisation run as one node.

An array is seen as (samples, channels, space), with a weight and a bias for each channel, and its numbers are taken
together in one of two ways: those of a channel in all samples (batch normalisation), or those of a group of channels in
each sample: of one channel (instance normalisation), several (group normalisation) or all (layer normalisation, where
space has length one). The formulas are those of `standardization`. Its three rules share the sums of g and of g s over
space, which are computed once here; where a channel has the same mean everywhere, the rest is arithmetic of vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.sums import ones_of
from autograd_lite.nn.fused import fused


class Layout(NamedTuple):
    """What normalisation reads beside arrays that are differentiated.

    Attributes
    ----------
    view : tuple of int
        The lengths of samples, channels and space.
    groups : int
        Into how many groups the channels of a sample are parted; 0: each channel, of all samples together.
    eps : float
    centred : bool
        Whether the mean is taken off.
    """

    view: tuple[int, int, int]
    groups: int
    eps: float
    centred: bool = True


def normalize(
    name: str, layout: Layout, arguments: Sequence[Any], computed: Callable[..., Sequence[Any]]
) -> Sequence[Any]:
    """Normalise, as one node of the graph.

    Parameters
    ----------
    name : str
        Shown in errors and pictures.
    layout : Layout
    arguments : sequence of Tensor or array
        x, then perhaps w, then perhaps b.
    computed : callable
        ``computed(*arguments)`` gives the outputs of any arrays; where ``groups`` is 0 these are the normalised array,
        the means and the variances, else the first alone.

    Returns
    -------
    sequence of Tensor or array
    """
    passed = AcrossSamples if not layout.groups else WithinSamples
    return fused(name, arguments, computed, lambda *arrays: passed(layout, *arrays))


def _by_channel(x: np.ndarray) -> np.ndarray:
    """Return the sums over space."""
    n, channels, space = x.shape
    if space == 1:
        return x[..., 0]
    return (x.reshape(n * channels, space) @ ones_of(space, x.dtype)).reshape(n, channels)


def _products_by_channel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the sums of products over space."""
    return (x * y)[..., 0] if x.shape[2] == 1 else np.vecdot(x, y)


def _over_samples(x: np.ndarray) -> np.ndarray:
    return ones_of(len(x), x.dtype) @ x


class AcrossSamples:
    """Numbers of a channel in all samples, minus their mean, divided by their deviation, times w, plus b.

    The differences d from the mean are kept, so that s = r d is made nowhere.

    Attributes
    ----------
    outputs : tuple of ndarray
        The normalised array, and mean and variance with axes of length one.
    """

    def __init__(self, layout: Layout, x: np.ndarray, w: np.ndarray | None = None, b: np.ndarray | None = None):
        self.layout = layout
        (n, channels, space), ones = layout.view, (1,) * (x.ndim - 2)
        self.count = n * space
        wide = x.reshape(layout.view)
        mean = _over_samples(_by_channel(wide)) / self.count
        self.difference = wide - mean[:, None]
        variance = _over_samples(_products_by_channel(self.difference, self.difference)) / self.count
        self.inverse = 1 / np.sqrt(variance + x.dtype.type(layout.eps))
        self.slope = self.inverse if w is None else self.inverse * w
        y = self.difference * self.slope[:, None]
        if b is not None:
            y += b[:, None]
        self.outputs = (y.reshape(x.shape), mean.reshape(1, channels, *ones), variance.reshape(1, channels, *ones))

    def pull(self, cotangents: Sequence[Any], tracked: Sequence[int]) -> list[Any]:
        """Return the contributions to x, w and b."""
        g, *to_moments = cotangents
        shape = self.outputs[0].shape
        g = np.zeros(self.layout.view, self.difference.dtype) if g is None else g.reshape(self.layout.view)
        to_b = _over_samples(_by_channel(g))
        to_w = _over_samples(_products_by_channel(g, self.difference)) * self.inverse
        to_x: Any = None
        if 0 in tracked:
            to_x = self.difference * (to_w * self.inverse / self.count)[:, None]
            np.subtract(g, to_x, out=to_x)
            to_x -= (to_b / self.count)[:, None]
            to_x *= self.slope[:, None]
            for to_moment, slope in zip(to_moments, (1, 2 * self.difference), strict=True):
                if to_moment is not None:
                    to_x += to_moment.reshape(-1, 1) * slope / self.count
            to_x = to_x.reshape(shape)
        return [to_x, to_w, to_b]


class WithinSamples:
    """Numbers of a group of channels of a sample, minus their mean, divided by their deviation, times w, plus b.

    Attributes
    ----------
    outputs : tuple of ndarray
        The normalised array.
    """

    def __init__(self, layout: Layout, x: np.ndarray, w: np.ndarray | None = None, b: np.ndarray | None = None):
        self.layout, self.w_shape = layout, () if w is None else w.shape
        self.w = None if w is None else w.reshape(-1)
        n, channels, space = layout.view
        self.rows = n * layout.groups
        self.count = channels // layout.groups * space
        s = x.reshape(self.rows, self.count)
        if layout.centred:
            s = s - (s @ ones_of(self.count, x.dtype) / self.count)[:, None]
        inverse = 1 / np.sqrt(np.vecdot(s, s) / self.count + x.dtype.type(layout.eps))
        self.inverse = inverse[:, None]
        s = np.multiply(s, self.inverse, out=s if layout.centred else None)
        self.scaled = s.reshape(layout.view)
        y = s.copy() if self.w is None else self.scaled * self.w[:, None]  # users might write into it
        if b is not None:
            y += b.reshape(-1, 1)
        self.outputs = (y.reshape(x.shape),)

    def pull(self, cotangents: Sequence[Any], tracked: Sequence[int]) -> list[Any]:
        """Return the contributions to x, w and b."""
        (g,) = cotangents
        shape = g.shape
        g = g.reshape(self.layout.view)
        sums, products = _by_channel(g), _products_by_channel(g, self.scaled)
        to_w = _over_samples(products).reshape(self.w_shape) if 1 in tracked else None
        to_b = _over_samples(sums).reshape(self.w_shape) if 2 in tracked else None
        if 0 not in tracked:
            return [None, to_w, to_b]
        along = self.scaled.reshape(self.rows, self.count) * self._mean(products)
        to_x = (g if self.w is None else g * self.w[:, None]).reshape(self.rows, self.count)
        to_x = np.subtract(to_x, along, out=along)
        if self.layout.centred:
            to_x -= self._mean(sums)
        to_x *= self.inverse
        return [to_x.reshape(shape), to_w, to_b]

    def _mean(self, sums: np.ndarray) -> np.ndarray:
        """Return the mean over each group of what has these sums by channel, once it is multiplied by w."""
        groups = self.layout.groups
        if groups == 1 and self.w is not None:
            return (sums @ self.w / self.count)[:, None]
        if self.w is not None:
            sums = sums * self.w
        width = sums.shape[1] // groups
        return (sums.reshape(self.rows, width) @ ones_of(width, sums.dtype) / self.count)[:, None]
