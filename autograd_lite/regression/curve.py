"""A model with its data, as the residuals that a least-squares solver makes small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite.calculus.fitting.losses import Loss
from autograd_lite.calculus.fitting.polish import Optimum
from autograd_lite.calculus.fitting.problem import Point, Problem
from autograd_lite.calculus.fitting.recorded import Recorded
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError
from autograd_lite.regression.data import Data, mapped_x
from autograd_lite.regression.layout import Layout
from autograd_lite.regression.roots import covariance_root

#: Whether the platform has floating-point numbers that are more precise than double precision.
_HAS_EXTENDED = np.finfo(np.longdouble).eps < np.finfo(np.float64).eps


class Curve(Problem):
    """The residuals (model(x, p) - y) / sigma as a function of the free parameters.

    Parameters
    ----------
    model : callable
    layout : Layout
    data : Data
    loss : Loss, optional
    """

    def __init__(self, model: Callable[..., Any], layout: Layout, data: Data, loss: Loss | None = None):
        free = layout.free
        super().__init__(free.size, layout.lower[free], layout.upper[free], loss)
        self.model, self.layout, self.data = model, layout, data
        self._y = data.values
        self._is_plain = layout.is_plain
        self._extended: Any = None
        sizes = [int(np.prod(shape)) for argument in layout.arguments for shape in argument.shapes]
        ends = np.cumsum(sizes)
        is_free = np.isin(np.arange(layout.start.size), free)
        self._active = [
            k for k, (end, size) in enumerate(zip(ends, sizes, strict=True)) if is_free[end - size : end].any()
        ]
        columns = [i for k in self._active for i in range(ends[k] - sizes[k], ends[k])]
        chosen = np.flatnonzero(is_free[columns])
        self._columns = None if chosen.size == len(columns) else chosen

    def whole(self, x: Any) -> Any:
        """Return the vector of all parameters, fixed ones included, from that of the free ones."""
        if self.layout.free.size == self.layout.start.size:
            return x
        whole = self.layout.start.astype(np.asarray(x).dtype)
        whole[self.layout.free] = x
        return whole

    def at(self, x: np.ndarray) -> Point:
        """Run the model."""
        self.counter.add("value")
        return Point(self, x, self.record(x))

    def record(self, x: np.ndarray, where: Any = None) -> Any:
        """Run the model, recorded, at its own x or at another."""
        place = self.data.x if where is None else where
        whole = self.whole(x)
        leaves = list(whole) if self._is_plain else self.layout.leaves(whole)
        shape = self.data.y.shape if where is None else None

        def of_active(*tensors: Any) -> Any:
            for k, tensor in zip(self._active, tensors, strict=True):
                leaves[k] = tensor
            arguments = leaves if self._is_plain else self.layout.packed(leaves)
            return _checked(self.model(place, *arguments), shape)

        recorded = Recorded(of_active, [leaves[k] for k in self._active], "curve_fit")
        return recorded if self._columns is None else ChosenColumns(recorded, self._columns)

    def predicted(self, optimum: Optimum, where: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the model's values at some x, and their derivatives times the root of the covariance."""
        recorded = self.record(optimum.x, where)
        with np.errstate(invalid="ignore", over="ignore"):
            moved = recorded.jacobian() @ covariance_root(optimum.basis, self.size)
        return recorded.values.reshape(recorded.outputs[0].shape), moved

    def residuals_of(self, values: np.ndarray) -> np.ndarray:
        """Return the residuals for what the model returned."""
        return self.data.whitened(self.data.kept(values) - self._y)

    def whitened(self, columns: np.ndarray) -> np.ndarray:
        """Return rows of derivatives of the model as those of the residuals."""
        return self.data.whitened(self.data.kept(columns))

    def unwhitened(self, weights: np.ndarray) -> np.ndarray:
        """Return weights of residuals as weights of the model's values."""
        return self.data.placed(self.data.unwhitened(weights))

    def extended(self, x: np.ndarray) -> np.ndarray | None:
        """Return the residuals in extended precision, if platform and model have it."""
        if not _HAS_EXTENDED or self.data.factor is not None:
            return None
        if self._extended is None:
            self._extended = mapped_x(self.data, lambda leaf: leaf.astype(np.longdouble))
        self.counter.add("value")
        try:
            with np.errstate(all="ignore"):
                out = self.model(self._extended, *self.layout.packed(self.layout.leaves(self.whole(x))))
        except Exception:  # a model may do anything with numbers it was not written for; double precision serves
            return None
        if not isinstance(out, np.ndarray) or out.dtype != np.longdouble or out.shape != self.data.y.shape:
            return None
        return self.data.whitened(self.data.kept(np.reshape(out, -1)) - self._y)

    def with_data(self, values: np.ndarray) -> Curve:
        """Return the same with other values of y."""
        return Curve(self.model, self.layout, self.data.with_values(values), self.loss)

    def with_loss(self, loss: Loss) -> Curve:
        """Return the same with another loss."""
        return Curve(self.model, self.layout, self.data, loss)

    def holding(self, position: int, value: float, x: np.ndarray) -> Curve:
        """Return the same with one free parameter, by its number among them, held at a value."""
        layout = self.layout
        start = np.array(self.whole(x))
        start[layout.free[position]] = value
        held = replace(layout, start=start, free=np.delete(layout.free, position))
        return Curve(self.model, held, self.data, self.loss)


class ChosenColumns:
    """A recorded run of which only some derivatives are wanted: some elements of an array are fixed."""

    def __init__(self, recorded: Recorded, columns: np.ndarray):
        self._recorded, self._columns = recorded, columns
        self.values, self.traversal, self.outputs = recorded.values, recorded.traversal, recorded.outputs

    def jacobian(self) -> np.ndarray:
        """Return the Jacobian of the chosen columns."""
        return self._recorded.jacobian()[:, self._columns]

    def second_along(self, direction: np.ndarray) -> np.ndarray:
        """Return the second derivative along a direction of the chosen columns."""
        whole = np.zeros(self._recorded.size)
        whole[self._columns] = direction
        return self._recorded.second_along(whole)

    def weighted_hessian(self, weights: np.ndarray) -> np.ndarray:
        """Return the weighted sum of Hessians in the chosen columns."""
        return self._recorded.weighted_hessian(weights)[np.ix_(self._columns, self._columns)]

    def linear(self) -> tuple[int, ...]:
        """Return the chosen columns in which the function is affine."""
        found = self._recorded.linear(self._columns.tolist())
        return tuple(int(k) for k in np.searchsorted(self._columns, found))


def _array(out: Any) -> Any:
    """Return what a model returned, such as a list with a number for each of y, as an array."""
    try:
        return np.stack(out) if isinstance(out, list | tuple) and out else np.asarray(out)
    except ValueError as error:
        raise ShapeError(f"curve_fit: the model returned a {type(out).__name__} that is no array: {error}") from error


def _checked(out: Any, shape: tuple[int, ...] | None) -> Any:
    """Return what a model returned, of the shape of y."""
    found = getattr(out, "shape", None)
    if found is None:
        if out is None:
            raise ShapeError("curve_fit: the model returned None. Did it forget to return its result?")
        out = _array(out)
        found = out.shape
    if out.dtype.kind not in "fiubc":
        raise DtypeError(f"curve_fit: the model returned {out!r}, and numbers are needed")
    if out.dtype.kind == "c":
        raise DtypeError("curve_fit: the model returned complex numbers; stack real and imaginary parts")
    if shape is None or found == shape:
        return out
    if found == ():  # a constant model
        return out + np.zeros(shape)
    what = "a Tensor" if isinstance(out, Tensor) else "an array"
    flat = "; give np.ravel(y)" if (out.size,) == found and out.size == np.prod(shape) else ""
    raise ShapeError(
        f"curve_fit: the model returned {what} of shape {found}, and y has shape {shape}. It is called as "
        f"model(x, parameters...) with the whole x, and must return one value for each of y{flat}."
    )
