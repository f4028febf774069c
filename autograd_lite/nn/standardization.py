"""The primitives of normalisation layers: numbers minus their mean, divided by their deviation, times w, plus b.

With s = (x - m) r, where m is the mean and r = (variance + eps)^(-1/2) the inverse deviation of the n numbers that are
taken together, and y = w s + b:

    x ← r (h - mean(h) - s mean(h s)),  h = w g        w ← Σ g s        b ← Σ g

S. Ioffe & C. Szegedy, *Batch normalization*, ICML 2015, section 3, has the derivatives step by step; these are
the same, collected. Root-mean-square normalisation (B. Zhang & R. Sennrich, NeurIPS 2019) is without the mean, m = 0.

Each operation returns s and r beside y. A sweep then computes neither again, and the rules, which are written with
them, are differentiated through them: a cotangent q of r gives x ← -q r² s / n. The variance is that of the
differences from the mean, so that nothing cancels.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from autograd_lite.core.primitive import general
from autograd_lite.core.sums import ones_of, summed
from autograd_lite.rules.axes import batch_of
from autograd_lite.rules.reductions import count

Axes = tuple[int, ...]


def _mean_product(x: Any, y: Any, axes: Axes) -> Any:
    """Return the mean of x y along axes, which stay; of plain rows without making the product."""
    n = count(y.shape, axes)
    if axes == (-1,) and type(x) is type(y) is np.ndarray:
        return np.vecdot(x, y)[..., None] / n
    return summed(x * y, axes, True) / n


def _mean(x: Any, axes: Axes) -> Any:
    """Return the mean along axes, which stay."""
    n = count(x.shape, axes)
    if axes == (-1,) and type(x) is np.ndarray:
        return np.vecdot(x, ones_of(n, x.dtype))[..., None] / n  # half the time of a sum by NumPy
    return summed(x, axes, True) / n


def _standardized(x: Any, axes: Axes, eps: float, centred: bool) -> tuple[Any, ...]:
    """Return (x - mean) / deviation, the inverse deviation, the mean and the variance."""
    mean = _mean(x, axes) if centred else None
    difference = x - mean if centred else x
    variance = _mean_product(difference, difference, axes)
    inverse = 1 / np.sqrt(variance + eps)
    if centred and type(difference) is np.ndarray:
        difference *= inverse
        return difference, inverse, mean, variance
    return difference * inverse, inverse, mean, variance


def _with_scale(x: Any, w: Any, axes: Axes, eps: float, centred: bool, shape: Axes) -> tuple[Any, ...]:
    scaled, inverse, *_ = _standardized(x, axes, eps, centred)
    return scaled * _shaped(w, shape), scaled, inverse


def _with_affine(x: Any, w: Any, b: Any, axes: Axes, eps: float, shape: Axes, centred: bool = True) -> tuple[Any, ...]:
    """Return w s + b with s, r, the mean and the variance."""
    standardized = _standardized(x, axes, eps, centred)
    y = standardized[0] * _shaped(w, shape)
    if type(y) is np.ndarray and y.dtype is b.dtype:
        y += _shaped(b, shape)
    else:
        y = y + _shaped(b, shape)
    return (y, *standardized)


def _shaped(w: Any, shape: Axes) -> Any:
    """Return a parameter with axes of length one, so that it stands beside the channels that it belongs to."""
    return w if w.shape == shape else np.reshape(w, shape)


# The rules. The outputs are y, if there is a w, then s and r, then the mean and the variance, if they were asked for.


def _to_x(g: tuple[Any, ...], out: tuple[Any, ...], axes: Axes, centred: bool) -> Any:
    """Return the cotangent of x from those of s, r and perhaps mean and variance, each None if it did not arrive."""
    (scaled, inverse, *_), (to_scaled, to_inverse, *to_moments) = out, g
    n = count(scaled.shape, axes)
    terms = [] if to_scaled is None else [_through_scaled(to_scaled, scaled, inverse, axes, centred)]
    if to_inverse is not None:
        terms.append(scaled * (to_inverse * inverse * inverse / -n))
    for to_moment, slope in zip(to_moments, (1, 2 * scaled / inverse), strict=False):
        if to_moment is not None:
            terms.append(to_moment / n * slope)
    return functools.reduce(operator.add, terms)


def _through_scaled(h: Any, scaled: Any, inverse: Any, axes: Axes, centred: bool) -> Any:
    along = scaled * _mean_product(h, scaled, axes)
    mean = _mean(h, axes) if centred else None
    if type(along) is type(h) is np.ndarray and along.dtype is h.dtype:
        total = np.subtract(h, along, out=along)
        if centred:
            total -= mean
        total *= inverse
        return total
    total = h - along
    return (total - mean if centred else total) * inverse


def _to_x_through_w(
    g: tuple[Any, ...], w: Any, out: tuple[Any, ...], axes: Axes, shape: Axes, centred: bool = True
) -> Any:
    to_y, to_scaled, *others = g
    if to_y is not None:
        h = to_y * _shaped(w, shape)
        to_scaled = h if to_scaled is None else h + to_scaled
    return _to_x((to_scaled, *others), out[1:], axes, centred)


def _to_w(g: tuple[Any, ...], out: tuple[Any, ...], w_shape: Axes, shape: Axes) -> Any:
    return None if g[0] is None else _to_parameter(g[0] * out[1], w_shape, out[1].ndim, shape)


def _to_b(g: tuple[Any, ...], out: tuple[Any, ...], b_shape: Axes, shape: Axes) -> Any:
    return None if g[0] is None else _to_parameter(g[0], b_shape, out[1].ndim, shape)


def _to_parameter(g: Any, w_shape: Axes, event_ndim: int, shape: Axes) -> Any:
    """Return the sum over all axes along which a parameter was broadcast."""
    kept = {i for i in range(-len(shape), 0) if shape[i] != 1}
    axes = tuple(i for i in range(-event_ndim, 0) if i not in kept)
    total, wanted = summed(g, axes) if axes else g, batch_of(g, event_ndim) + w_shape
    return total if total.shape == wanted else np.reshape(total, wanted)


#: x ↦ s, r. Keywords of all: the negative axes along which numbers are taken together, eps, and whether their mean is
#: taken off; of those with parameters the shape in which these stand beside x.
standardize = general(
    lambda x, axes, eps, centred: _standardized(x, axes, eps, centred)[:2], name="standardize", outputs=2, x=_to_x
)

#: x, w ↦ w s, s, r.
standardize_scaled = general(_with_scale, name="standardize_scaled", outputs=3, x=_to_x_through_w, w=_to_w)

#: x, w, b ↦ w s + b, s, r.
standardize_affine = general(
    lambda x, w, b, axes, eps, shape, centred=True: _with_affine(x, w, b, axes, eps, shape, centred)[:3],
    name="standardize_affine", outputs=3, x=_to_x_through_w, w=_to_w, b=_to_b,
)  # fmt: skip

#: x ↦ s, r, mean, variance, of which running statistics are made.
standardize_batch = general(
    lambda x, axes, eps, centred=True: _standardized(x, axes, eps, centred),
    name="standardize_batch",
    outputs=4,
    x=_to_x,
)

#: x, w, b ↦ w s + b, s, r, mean, variance.
standardize_batch_affine = general(
    _with_affine, name="standardize_batch_affine", outputs=5, x=_to_x_through_w, w=_to_w, b=_to_b
)


def standardized(
    x: Any, w: Any = None, b: Any = None, *, axes: Axes, eps: float, shape: Axes, centred: bool = True
) -> tuple[Any, ...]:
    """Return w s + b by itself, with what parameters there are."""
    if w is None:
        return standardize(x, axes=axes, eps=eps, centred=centred)[:1]
    if b is None:
        return standardize_scaled(x, w, axes=axes, eps=eps, centred=centred, shape=shape)[:1]
    return standardize_affine(x, w, b, axes=axes, eps=eps, shape=shape, centred=centred)[:1]


def standardized_batch(x: Any, w: Any = None, b: Any = None, *, axes: Axes, eps: float, shape: Axes) -> tuple[Any, ...]:
    """Return w s + b with the mean and the variance of each channel."""
    if w is None:
        y, _, *moments = standardize_batch(x, axes=axes, eps=eps)
    else:
        y, _, _, *moments = standardize_batch_affine(x, w, b, axes=axes, eps=eps, shape=shape)
    return y, *moments
