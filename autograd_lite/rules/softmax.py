"""The exponential family: logsumexp, softmax and log_softmax, stable at any size of the exponents.

With s = softmax(x), along the axes that are reduced:

    logsumexp:    x ← g s
    softmax:      x ← s (g - Σ g s)
    log_softmax:  x ← g - s Σ g

J. Bridle, *Probabilistic interpretation of feedforward classification network outputs* (1990), has the second. The
largest exponent is taken out before anything is raised, as N. J. Higham, *Accuracy and Stability of Numerical
Algorithms* (2002), section 27.8, scales sums: nothing overflows, and what underflows was nothing beside it.

Infinite exponents: one of -inf has the share 0. Where the largest is +inf, or all are -inf, the slope of logsumexp is
shared evenly among those equal to it; softmax itself is NaN there, as SciPy has it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.primitive import general
from autograd_lite.core.sums import extremum, summed
from autograd_lite.rules.reductions import all_of, canonical, spread

Axes = tuple[int, ...] | None


def _largest(x: Any, axis: Axes) -> Any:
    """Return the largest exponents, axes kept, to shift by: shifts cancel, so that they may be constants."""
    x = untracked(x)
    if type(x) is np.ndarray and x.dtype.kind == "f" and x.size:
        return extremum(np.maximum, x, axis, keepdims=True)
    return np.max(np.real(x) if x.dtype.kind == "c" else x, axis=axis, keepdims=True, initial=-np.inf)


def _raised(x: Any, top: Any) -> Any:
    """Return exp(x - top); where the top is infinite, 1 for the exponents that are equal to it and 0 for the others."""
    if type(top) is np.ndarray and np.isfinite(top).all():
        return np.exp(x - top)
    infinite = np.isinf(top)
    shifted = x - np.where(infinite, 0, top)
    return np.exp(np.where(infinite & (x != top), -np.inf, np.where(infinite, 0, shifted)))


# softmax


def _shares(x: Any, axis: Axes, limits: bool) -> Any:
    """Return exp(x) / sum(exp(x)); with ``limits`` the largest infinities share one, else they give NaN."""
    top = _largest(x, axis)
    raised = _raised(x, top) if limits else np.exp(x - top)
    return raised / summed(raised, axis, True)


_softmax_along = general(
    _shares, name="softmax", x=lambda g, out, axis: out * (g - summed(g * out, all_of(axis, out.ndim), True))
)


def softmax(x: Any, axis: Any = None) -> Any:
    """Return exp(x) / sum(exp(x)) along axes, without overflow.

    Parameters
    ----------
    x : Tensor or array
    axis : int or tuple of int, optional
        The axes along which the result sums to one; all of them if not given.

    Returns
    -------
    Tensor, or array if ``x`` is one, of the shape of ``x``

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.rules.softmax import softmax
    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    return _softmax_along(x, axis=canonical(x, axis), limits=False)


# log_softmax


def _log_shares(x: Any, axis: Axes) -> Any:
    top = _largest(x, axis)
    shifted = x - np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):  # log(0) = -inf is SciPy's answer where every entry is -inf
        return shifted - np.log(summed(np.exp(shifted), axis, True))


_log_softmax_along = general(
    _log_shares, name="log_softmax",
    x=lambda g, out, axis: g - np.exp(out) * summed(g, all_of(axis, out.ndim), True),
)  # fmt: skip


def log_softmax(x: Any, axis: Any = None) -> Any:
    """Return log(softmax(x)) along axes, without overflow and without the logarithm of a vanishing share.

    Parameters
    ----------
    x : Tensor or array
    axis : int or tuple of int, optional
        The axes along which the shares sum to one; all of them if not given.

    Returns
    -------
    Tensor, or array if ``x`` is one, of the shape of ``x``

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.rules.softmax import log_softmax
    >>> log_softmax(np.array([1000.0, 0.0]))
    array([    0., -1000.])
    """
    return _log_softmax_along(x, axis=canonical(x, axis))


# logsumexp


def _log_sum_exp(x: Any, axis: Axes, keepdims: bool) -> Any:
    top = _largest(x, axis)
    with np.errstate(divide="ignore"):  # of nothing: log(0) = -inf
        total = np.log(summed(_raised(x, top), axis, True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)[()]


_log_sum_exp_along = general(
    _log_sum_exp, name="logsumexp",
    x=lambda g, x, axis, keepdims: (
        spread(g, all_of(axis, x.ndim), keepdims) * _softmax_along(x, axis=axis, limits=True)
    ),
)  # fmt: skip


def logsumexp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return log(sum(exp(a))) along axes, without overflow.

    Parameters
    ----------
    a : Tensor or array
    axis : int or tuple of int, optional
        All axes if not given.
    keepdims : bool
        Whether reduced axes stay, with length one.

    Returns
    -------
    Tensor, or array if ``a`` is one

    Examples
    --------
    >>> from autograd_lite.rules.softmax import logsumexp
    >>> float(logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    """
    a = np.asarray(a, dtype=float) if isinstance(a, list | tuple | float | int) else a
    return _log_sum_exp_along(a, axis=canonical(a, axis), keepdims=keepdims)
