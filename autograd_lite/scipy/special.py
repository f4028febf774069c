"""``scipy.special`` for Tensors and lists of them: `logsumexp`, `softmax`, `log_softmax`, and SciPy's own functions.

SciPy's ufuncs dispatch by themselves, so that they need a rule only. Its other functions convert their arguments; here
they look for a rule first. SciPy is imported when one of its functions is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.dispatch import untracked
from autograd_lite.numpy._lists import common_dtype, stacked
from autograd_lite.numpy._wrapping import stand_in
from autograd_lite.rules import softmax as exponentials


def __getattr__(name: str) -> Any:
    found = stand_in(getattr(_scipy_special(), name), __name__, undispatched=True)
    globals()[name] = found  # the next look-up is then a plain one
    return found


def __dir__() -> list[str]:
    return dir(_scipy_special())


def _scipy_special() -> Any:
    return importlib.import_module("scipy.special")


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """Return log(sum(b * exp(a))) along axes, without overflow.

    Parameters
    ----------
    a : array_like or Tensor
        The exponents.
    axis : int or tuple of int, optional
        The axes to sum along; all of them if not given.
    b : array_like or Tensor, optional
        Factors, broadcast against ``a``; they may be negative or zero.
    keepdims : bool
        Whether reduced axes stay, with length one.
    return_sign : bool
        Whether to return the logarithm of the absolute value of the sum, and its sign. Without, a negative sum gives
        NaN.

    Returns
    -------
    Tensor, or array if no argument is a Tensor
        A pair of it and the array of signs if ``return_sign``.

    Notes
    -----
    The largest exponent m is taken out: log(sum(b * exp(a - m))) + m; N. J. Higham, *Accuracy and Stability of
    Numerical Algorithms* (2002), section 27.8, has the scaling of sums in this way.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.scipy.special import logsumexp
    >>> ag.grad(logsumexp)(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    a, b = stacked(a), stacked(b)
    if not isinstance(a, Tracked) and not isinstance(b, Tracked):
        return _scipy_special().logsumexp(a, axis=axis, b=b, keepdims=keepdims, return_sign=return_sign)
    if b is None and not return_sign:
        return exponentials.logsumexp(a, axis, keepdims=keepdims)
    return _weighted_logsumexp(a, axis, 1.0 if b is None else b, keepdims, return_sign)


def _weighted_logsumexp(a: Any, axis: Any, b: Any, keepdims: bool, return_sign: bool) -> Any:
    """Return the logarithm of a sum with factors; an exponent whose factor is zero may be anything, infinity too."""
    a, b = (np.asarray(x) if isinstance(x, list | tuple) else x for x in (a, b))
    dtype = common_dtype((a, b))
    a, b = (dtype.type(x) if isinstance(x, int | float) else x for x in (a, b))
    absent = untracked(b) == 0
    top = _largest(np.where(absent, -np.inf, untracked(a)), axis)
    shifted = a - top
    overflowing = absent & (untracked(shifted) > np.log(np.finfo(shifted.dtype).max))
    total = np.sum(b * np.exp(np.where(overflowing, -np.inf, shifted)), axis=axis, keepdims=keepdims)
    top = top if keepdims else np.squeeze(top, axis=axis)
    with np.errstate(divide="ignore", invalid="ignore"):  # log(0) = -inf is the answer, and NaN that of a negative sum
        if return_sign:
            return np.log(np.absolute(total)) + top, np.sign(total)
        return np.log(total) + top


def _largest(x: Any, axis: Any) -> Any:
    """Return the largest elements as plain numbers to shift exponents by, 0 in place of infinite ones."""
    top = np.max(untracked(x), axis=axis, keepdims=True)
    return np.where(np.isfinite(top), top, 0)


def softmax(x: Any, axis: Any = None) -> Any:
    """Return exp(x) / sum(exp(x)) along axes, without overflow.

    Parameters
    ----------
    x : array_like or Tensor
    axis : int or tuple of int, optional
        The axes along which the result sums to one; all of them if not given.

    Returns
    -------
    Tensor, or array if ``x`` is none, of the shape of ``x``

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.scipy.special import softmax
    >>> ag.jacobian(softmax)(np.array([1000.0, 1000.0]))
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    x = stacked(x)
    if not isinstance(x, Tracked):
        return _scipy_special().softmax(x, axis=axis)
    return exponentials.softmax(x, axis)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """Return log(softmax(x)) along axes, without overflow and without the logarithm of a vanishing share.

    Parameters
    ----------
    x : array_like or Tensor
    axis : int or tuple of int, optional
        The axes along which the shares sum to one; all of them if not given.

    Returns
    -------
    Tensor, or array if ``x`` is none, of the shape of ``x``

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.scipy.special import log_softmax
    >>> ag.jacobian(log_softmax)(np.array([1000.0, 0.0]))
    array([[ 0.,  0.],
           [-1.,  1.]])
    """
    x = stacked(x)
    if not isinstance(x, Tracked):
        return _scipy_special().log_softmax(x, axis=axis)
    return exponentials.log_softmax(x, axis)
