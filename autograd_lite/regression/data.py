"""The data of a fit: checked, with missing points left out, and how residuals are measured in standard deviations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError, StructureError
from autograd_lite.transforms.arguments import flatten, unflatten


@dataclass(frozen=True)
class Data:
    """What a model is fitted to.

    Attributes
    ----------
    x : array or container of arrays
        As the model gets it.
    y : ndarray
        As the model gives it.
    keep : ndarray of int, or None
        The positions in ``y`` that count; None for all.
    sigma : ndarray of shape (n,), or None
        Standard deviations of those that count.
    factor : ndarray of shape (n, n), or None
        The Cholesky factor of their covariance, where one was given.
    positions : ndarray of int, or None
        The positions of those that count in y as it was given; None for all.
    """

    x: Any
    y: np.ndarray
    keep: np.ndarray | None
    sigma: np.ndarray | None
    factor: np.ndarray | None = field(repr=False)
    positions: np.ndarray | None = field(default=None, repr=False)

    @property
    def values(self) -> np.ndarray:
        """The y that count, of shape (n,)."""
        return self.kept(np.reshape(self.y, -1))

    @property
    def size(self) -> int:
        """How many data count."""
        return self.y.size if self.keep is None else self.keep.size

    def kept(self, values: np.ndarray) -> np.ndarray:
        """Return the rows of an array of shape (y.size, ...) that count."""
        return values if self.keep is None else values[self.keep]

    def placed(self, values: np.ndarray) -> np.ndarray:
        """Return an array of shape (y.size,) from one of the values that count, zero elsewhere."""
        if self.keep is None:
            return values
        placed = np.zeros(self.y.size)
        placed[self.keep] = values
        return placed

    def whitened(self, columns: np.ndarray) -> np.ndarray:
        """Return rows in standard deviations: L⁻¹ of them, where L Lᵀ is the covariance of the data."""
        if self.factor is not None:
            return np.linalg.solve(self.factor, columns)
        if self.sigma is None:
            return columns
        return columns / (self.sigma if columns.ndim == 1 else self.sigma[:, None])

    def unwhitened(self, weights: np.ndarray) -> np.ndarray:
        """Return the transpose of `whitened`, applied to weights."""
        if self.factor is not None:
            return np.linalg.solve(self.factor.T, weights)
        return weights if self.sigma is None else weights / self.sigma

    def with_values(self, values: np.ndarray) -> Data:
        """Return the same with other y that count."""
        y = values.reshape(self.y.shape) if self.keep is None else np.array(self.y)
        if self.keep is not None:
            y.reshape(-1)[self.keep] = values
        return replace(self, y=y)


def data_of(x: Any, y: Any, sigma: Any = None, nan_policy: str = "raise", who: str = "curve_fit") -> Data:
    """Return checked data.

    Parameters
    ----------
    x : array_like, data frame, or tuple or mapping of arrays
    y : array_like
    sigma : float, array of y's shape, or covariance matrix, optional
    nan_policy : {"raise", "omit"}
        What to do about NaN; masked elements are left out in any case.
    who : str
        The function that is asking, for error messages.

    Raises
    ------
    ShapeError, StructureError, DtypeError
        Naming the argument and the position.
    """
    if nan_policy not in ("raise", "omit"):
        raise StructureError(f"{who}: nan_policy={nan_policy!r} is unknown; it is 'raise' or 'omit'")
    values = _numbers(_unmasked(y, 0.0), "y", who)
    if y is None or not values.size:
        raise ShapeError(f"{who}: y is {'None' if y is None else 'empty'}")
    missing = np.ma.getmaskarray(y).copy() if isinstance(y, np.ma.MaskedArray) else np.zeros(values.shape, bool)
    spread = None if sigma is None else _numbers(_unmasked(sigma, 1.0), "sigma", who)
    if spread is not None:
        spread = _check_shape_of_sigma(spread, values, who)
        if isinstance(sigma, np.ma.MaskedArray) and spread.shape == values.shape:
            missing |= np.ma.getmaskarray(sigma)
    _find_missing(values, "y", nan_policy, missing, who)
    if spread is not None and spread.shape == values.shape:
        _find_missing(spread, "sigma", nan_policy, missing, who)
    leaves, structure = _leaves_of_x(x, who, missing)
    for leaf in leaves:
        _check_x(leaf, values, nan_policy, missing, who)
    keep = positions = None
    if missing.any():
        keep = positions = np.flatnonzero(~missing)
        if values.ndim == 1:
            leaves = [_picked(leaf, keep, values.size) for leaf in leaves]
            values = values[keep]
            spread = _chosen(spread, keep)
            keep = None
        else:
            values = np.where(missing, 0.0, values)
            spread = None if spread is None else _chosen(np.reshape(spread, -1), keep)
    flat, factor = _deviations(spread, values, keep, who)
    return Data(unflatten(structure, leaves), values, keep, flat, factor, positions)


def _unmasked(array: Any, filling: float) -> Any:
    """Return an array with something in the place of its masked elements."""
    return np.ma.filled(array, filling) if isinstance(array, np.ma.MaskedArray) else array


def _axis_of_data(leaf: np.ndarray, size: int) -> int | None:
    """Return the axis of an array of x along which the data lie: the last, else the first; None if neither is."""
    if leaf.ndim and leaf.shape[-1] == size:
        return leaf.ndim - 1
    return 0 if leaf.ndim and leaf.shape[0] == size else None


def _picked(leaf: np.ndarray, keep: np.ndarray, size: int) -> np.ndarray:
    axis = _axis_of_data(leaf, size)
    return leaf if axis is None else np.take(leaf, keep, axis)


def _numbers(value: Any, name: str, who: str) -> np.ndarray:
    try:
        array = np.asarray(value.data if isinstance(value, Tensor) else value)
    except ValueError as error:  # rows of different lengths
        raise ShapeError(f"{who}: {name} is no array: {error}") from error
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    if array.dtype.kind == "c":
        raise DtypeError(
            f"{who}: {name} is complex (dtype {array.dtype}); fit real and imaginary parts together, stacked"
        )
    if array.dtype.kind in "mM":
        raise DtypeError(
            f"{who}: {name} holds dates or durations (dtype {array.dtype}), whose unit is not known to a fit; give "
            f"numbers, such as ({name} - {name}[0]) / np.timedelta64(1, 'D')"
        )
    if array.dtype.kind != "f":
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise DtypeError(f"{who}: {name} is of dtype {array.dtype}, and numbers are needed: {error}") from error
    return array.astype(np.float64)


def _check_shape_of_sigma(spread: np.ndarray, values: np.ndarray, who: str) -> np.ndarray:
    if spread.shape == ():
        if not 0.0 < spread < np.inf:
            raise StructureError(f"{who}: sigma is {spread}, and standard deviations are positive and finite")
        return np.full(values.shape, float(spread))
    if spread.shape == values.shape or spread.shape == (values.size, values.size):
        return spread
    raise ShapeError(
        f"{who}: sigma has shape {spread.shape}, and y has shape {values.shape}: it is a number, of y's shape, or a "
        f"covariance matrix of shape {(values.size, values.size)}"
    )


def _find_missing(array: np.ndarray, name: str, nan_policy: str, missing: np.ndarray, who: str) -> None:
    bad = np.isnan(array) & ~missing
    if bad.any() and nan_policy == "raise":
        raise StructureError(f"{who}: {name}{_index(bad)} is NaN; nan_policy='omit' leaves such points out")
    missing |= bad
    infinite = np.isinf(array) & ~missing
    if infinite.any():
        raise StructureError(f"{who}: {name}{_index(infinite)} is infinite")


def _index(bad: np.ndarray) -> str:
    position = tuple(int(i) for i in np.argwhere(bad)[0])
    return f"[{', '.join(map(str, position))}]" if position else ""


def _leaves_of_x(x: Any, who: str, missing: np.ndarray | None = None) -> tuple[list[np.ndarray], Any]:
    """Return the arrays of x and their container; data that are masked in them are added to ``missing``."""
    if getattr(getattr(x, "dtype", None), "names", None):  # a structured array: its fields by name
        x = {name: x[name] for name in x.dtype.names}
    if hasattr(x, "columns") and hasattr(x, "to_numpy"):  # a data frame: its columns by name
        x = {str(name): x[name].to_numpy() for name in x.columns}
    elif isinstance(x, list) or hasattr(x, "to_numpy"):
        x = _numbers(x, "x", who)
    elif x is None:
        raise StructureError(f"{who}: x is None")
    leaves, structure = flatten(x)
    for leaf in leaves:
        if isinstance(leaf, np.ma.MaskedArray) and missing is not None and missing.ndim == 1:
            axis = _axis_of_data(leaf, missing.size)
            if axis is not None:
                missing |= np.moveaxis(np.ma.getmaskarray(leaf), axis, -1).reshape(-1, missing.size).any(axis=0)
    return [_numbers(_unmasked(leaf, 1.0), "x", who) for leaf in leaves], structure


def _check_x(leaf: np.ndarray, values: np.ndarray, nan_policy: str, missing: np.ndarray, who: str) -> None:
    if values.ndim == 1 and leaf.ndim and values.size not in leaf.shape:
        raise ShapeError(
            f"{who}: x has shape {leaf.shape}, and y has {values.size} values: their lengths differ. Several "
            f"independent variables are rows of x, of shape (k, {values.size}), or a tuple or dict of arrays."
        )
    axis = _axis_of_data(leaf, values.size) if values.ndim == 1 else None
    if axis is not None:
        moved = np.moveaxis(leaf, axis, -1)
        bad = np.isnan(moved).reshape(-1, values.size).any(axis=0) & ~missing
        if bad.any() and nan_policy == "omit":
            missing |= bad
        hidden = np.moveaxis(np.broadcast_to(missing, moved.shape), -1, axis)
    else:
        hidden = np.zeros(leaf.shape, bool)
    wrong = ~np.isfinite(leaf) & ~hidden
    if wrong.any():
        what = "NaN" if np.isnan(leaf[tuple(np.argwhere(wrong)[0])]) else "infinite"
        advice = "; nan_policy='omit' leaves such points out" if what == "NaN" and values.ndim == 1 else ""
        raise StructureError(f"{who}: x{_index(wrong)} is {what}{advice}")


def _chosen(spread: np.ndarray | None, keep: np.ndarray) -> np.ndarray | None:
    if spread is None:
        return None
    return spread[np.ix_(keep, keep)] if spread.ndim == 2 and spread.shape[0] == spread.shape[1] else spread[keep]


def _deviations(
    spread: np.ndarray | None, values: np.ndarray, keep: np.ndarray | None, who: str
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return standard deviations of the data that count, and the Cholesky factor of their covariance if any."""
    if spread is None:
        return None, None
    count = values.size if keep is None else keep.size
    if spread.shape == (count, count) and spread.shape != values.shape:
        if not np.all(np.isfinite(spread)):
            raise StructureError(f"{who}: sigma{_index(~np.isfinite(spread))} is not finite")
        uneven = np.abs(spread - spread.T) > 1e-8 * np.max(np.abs(spread))
        if uneven.any():
            i, j = np.argwhere(uneven)[0]
            raise StructureError(
                f"{who}: the covariance matrix sigma is not symmetric: sigma[{i}, {j}] is {spread[i, j]}, and "
                f"sigma[{j}, {i}] is {spread[j, i]}"
            )
        try:
            factor = np.linalg.cholesky(spread)
        except np.linalg.LinAlgError as error:
            raise StructureError(f"{who}: the covariance matrix sigma is not positive definite") from error
        return np.sqrt(np.diag(spread)), factor
    wrong = ~(spread > 0.0)
    if wrong.any():
        value = spread[tuple(np.argwhere(wrong)[0])]
        raise StructureError(f"{who}: sigma{_index(wrong)} is {value}, and standard deviations are positive")
    return np.reshape(spread, -1), None


def numbers_in(x: Any, who: str) -> Any:
    """Return x as the model gets it: arrays of floating-point numbers, in its container."""
    leaves, structure = _leaves_of_x(x, who)
    return unflatten(structure, leaves)


def mapped_x(data: Data, change: Callable[[np.ndarray], np.ndarray]) -> Any:
    """Return x with each of its arrays changed."""
    leaves, structure = flatten(data.x)
    return unflatten(structure, [change(leaf) for leaf in leaves])
