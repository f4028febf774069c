"""Functions of two variables as heights over the plane: values, slopes, ranges, paths, and levels for contours."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.modes import no_grad
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import ShapeError, SingularPointWarning, StructureError
from autograd_lite.transforms.reverse import grad

_STEEP = 5.0  # how often half of the heights fit into all of them before levels get closer at the bottom


class Heights(NamedTuple):
    """Heights over a grid.

    Attributes
    ----------
    x, y : array of shape (columns,) and (rows,)
    z : array of shape (rows, columns)
        NaN where the function has no finite value.
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray


class Hill:
    """A function of two variables.

    Parameters
    ----------
    function : callable
        Of one array of shape (2,), or of two numbers; a number comes out.
    who : str
        Who asks, for messages.
    """

    def __init__(self, function: Callable[..., Any], who: str):
        if not callable(function) or isinstance(function, Tensor):
            raise StructureError(f"{who}(f) got a {type(function).__name__}; a function of two variables is needed")
        self._function, self._who = function, who
        self._apart = _takes_two(function)
        self._slope = grad(function, (0, 1) if self._apart else 0)

    def value(self, x: float, y: float) -> float:
        """Return the height of a point.

        Raises
        ------
        ShapeError
            If what comes out is no number.
        """
        with no_grad():
            out = self._function(x, y) if self._apart else self._function(np.array([x, y]))
        height = np.asarray(out.data if isinstance(out, Tensor) else out)
        if height.size != 1 or height.dtype.kind not in "biuf":
            raise ShapeError(
                f"{self._who}(f): f must give a real number for a point of the plane, and gave an array of shape "
                f"{height.shape} and dtype {height.dtype}"
            )
        return float(height.reshape(()))

    def slope(self, x: float, y: float) -> np.ndarray:
        """Return the gradient at a point, of shape (2,)."""
        found = self._slope(x, y) if self._apart else self._slope(np.array([x, y]))
        return np.array([_number(part) for part in found])

    def heights(self, x: np.ndarray, y: np.ndarray) -> Heights:
        """Return the heights over a grid.

        Raises
        ------
        StructureError
            If there is no finite one.
        """
        with np.errstate(all="ignore"):
            z = np.array([[self.value(a, b) for a in x.tolist()] for b in y.tolist()])
        return masked(Heights(x, y, z), self._who)

    def slopes(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradients over a grid, of shape (rows, columns, 2); NaN where they are not finite."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", SingularPointWarning)  # a grid meets singular points that nobody asked for
            found = np.array([[self.slope(a, b) for a in x.tolist()] for b in y.tolist()])
        return np.where(np.isfinite(found).all(-1, keepdims=True), found, np.nan)


def masked(heights: Heights, who: str) -> Heights:
    """Return heights with NaN for what is not finite.

    Raises
    ------
    StructureError
        If nothing is.
    """
    finite = np.isfinite(heights.z)
    if not finite.any():
        raise StructureError(f"{who}: no value in the range x = {_ends(heights.x)}, y = {_ends(heights.y)} is finite")
    return heights._replace(z=np.where(finite, heights.z, np.nan))


def _ends(values: np.ndarray) -> str:
    return f"({values[0]:g}, {values[-1]:g})"


def _number(part: Any) -> float:
    return float(np.asarray(part.data if isinstance(part, Tensor) else part))


def _takes_two(function: Callable[..., Any]) -> bool:
    """Say whether a function takes two numbers, and not one array of them."""
    if isinstance(function, np.ufunc):
        return function.nin == 2
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters) == 2


def ticks(ends: Any, count: int, who: str, name: str) -> np.ndarray:
    """Return points evenly spaced over a range.

    Raises
    ------
    StructureError
        If the range is no pair of finite numbers, the smaller first, or there are fewer than two points.
    """
    try:
        low, high = (float(end) for end in ends)
    except (TypeError, ValueError):
        low, high = np.nan, np.nan
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise StructureError(
            f"{who}(f, {name}={ends!r}): a pair of numbers is needed, the smaller first, as in (-2, 2)"
        )
    if count < 2:
        raise StructureError(f"{who}(f, resolution={count!r}): at least two points along each axis are needed")
    return np.linspace(low, high, count)


def points_of(path: Any, who: str) -> np.ndarray:
    """Return a path as an array of shape (points, 2).

    Parameters
    ----------
    path : array of shape (points, 2), or a result with a history
        Such as those of `autograd_lite.calculus`; also a sequence of its records.

    Raises
    ------
    ShapeError
        If it is something else.
    """
    records: Sequence[Any] = getattr(path, "history", path)
    plain = [getattr(record, "solution", record) for record in records]
    try:
        points = np.array([point.data if isinstance(point, Tensor) else point for point in plain], float)
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.ndim != 2 or points.shape[1:] != (2,) or not np.isfinite(points).all(axis=1).any():
        raise ShapeError(
            f"{who}(f, path=…): an array of shape (points, 2) is needed, or a result of autograd_lite.calculus whose "
            f"solution has two variables; this is a {type(path).__name__} of shape {points.shape}"
        )
    return points


def ranges(x: Any, y: Any, points: np.ndarray | None) -> tuple[Any, Any]:
    """Return the ranges to show: those given, else all of a path and a margin, else from -2 to 2."""
    if points is None:
        return (-2.0, 2.0) if x is None else x, (-2.0, 2.0) if y is None else y
    finite = points[np.isfinite(points).all(axis=1)]
    low, high = finite.min(axis=0), finite.max(axis=0)
    span = high - low
    largest = float(np.max(span))
    # A path along one axis is shown in a strip two thirds as wide as it is long; a point in a small square.
    margin = np.maximum(0.15 * span, (0.65 * largest - span) / 2) + 1e-9 * (1 + np.max(np.abs(finite)))
    shown = np.stack([low - margin, high + margin], axis=1)
    return shown[0] if x is None else x, shown[1] if y is None else y


def levels_of(z: np.ndarray, count: int) -> np.ndarray:
    """Return levels for contours: evenly spaced, and where a few steep walls take up most of it, closer at the bottom.

    Parameters
    ----------
    z : array
    count : int

    Returns
    -------
    array of shape (count,)
        Rising.
    """
    low, high = float(np.nanmin(z)), float(np.nanmax(z))
    if not high > low:
        return low + np.linspace(-1.0, 1.0, count) * max(abs(low), 1.0)
    spread = high - low
    if np.nanmedian(z) - low > spread / _STEEP:
        return np.linspace(low, high, count)
    unit = max(float(np.nanquantile(z, 0.02)) - low, 1e-6 * spread)
    levels = low + unit * np.expm1(np.linspace(0.0, np.log1p(spread / unit), count))
    levels[-1] = high
    return levels
