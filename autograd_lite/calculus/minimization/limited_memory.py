"""The inverse Hessian of L-BFGS, as a product: what some pairs of steps and gradient differences make of γI."""

from __future__ import annotations

import numpy as np


def inverse_hessian_times(vector: np.ndarray, steps: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """Return H times a vector by the two-loop recursion.

    J. Nocedal & S. Wright, *Numerical Optimization*, 2nd ed., Springer 2006, algorithm 7.4, with γ of equation 7.20.

    Parameters
    ----------
    vector : ndarray of shape (n,)
    steps, changes : ndarray of shape (pairs, n)
        s and y with sᵀy > 0, the oldest first.

    Returns
    -------
    ndarray of shape (n,)
    """
    product = np.array(vector)
    shares = []
    pairs = list(zip(steps, changes, strict=True))
    for step, change in reversed(pairs):
        share = (step @ product) / (step @ change)
        product -= share * change
        shares.append(share)
    if pairs:
        step, change = pairs[-1]
        product *= (step @ change) / (change @ change)
    for (step, change), share in zip(pairs, reversed(shares), strict=True):
        product += (share - (change @ product) / (step @ change)) * step
    return product
