"""What the estimators check alike: numbers among their parameters, and the weights of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError


def check_number(estimator: Any, name: str, lowest: float, words: str) -> float:
    """Return a parameter of an estimator as a number.

    Raises
    ------
    ValueError
        If it is none, or below the lowest.
    """
    value = getattr(estimator, name)
    is_number = isinstance(value, float | int | np.number) and not isinstance(value, bool)
    if not is_number or not value >= lowest:
        raise ValueError(f"{type(estimator).__name__}({name}={value!r}): {words} is needed")
    return float(value)


def checked_weights(estimator: Any, sample_weight: Any, count: int) -> np.ndarray:
    """Return the weights of rows, ones if there are none.

    Raises
    ------
    ValueError
        If there are not as many as rows, if one is negative or not finite, or all are zero.
    """
    if sample_weight is None:
        return np.ones(count)
    weight = np.asarray(sample_weight, np.float64)
    name = type(estimator).__name__
    if weight.ndim == 0:
        weight = np.full(count, float(weight))
    if weight.shape != (count,):
        raise ShapeError(f"{name}.fit(sample_weight) has shape {weight.shape}; {count} rows need ({count},)")
    if not np.isfinite(weight).all() or weight.min() < 0 or not weight.any():
        raise ValueError(f"{name}.fit(sample_weight): finite numbers are needed, none negative and not all zero")
    return weight
