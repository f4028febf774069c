"""What losses are made of: checked arguments, reductions, and losses of elements as one operation."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import cast
from autograd_lite.core.dispatch import untracked
from autograd_lite.core.modes import user_stacklevel
from autograd_lite.core.primitive import general
from autograd_lite.core.sums import summed
from autograd_lite.errors import DtypeError, ShapeError
from autograd_lite.nn.module import Module

REDUCTIONS = ("mean", "sum", "none")


class Loss(Module):
    """Base of losses as modules.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        What is made of the losses of all elements.
    """

    reductions: tuple[str, ...] = REDUCTIONS

    def __init__(self, reduction: str = "mean"):
        self.reduction = checked_reduction(reduction, type(self).__name__, self.reductions)

    def extra_repr(self) -> str:
        """Return the options that are numbers or words."""
        options = {name: value for name, value in vars(self).items() if isinstance(value, str | float | int)}
        return ", ".join(f"{name}={value!r}" for name, value in options.items() if name != "training")


def checked_reduction(reduction: str, name: str, known: tuple[str, ...] = REDUCTIONS) -> str:
    """Return a reduction.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    if reduction not in known:
        raise ValueError(f"{name}(reduction={reduction!r}) must be one of {', '.join(map(repr, known))}")
    return reduction


def fixed(weight: Any) -> np.ndarray | None:
    """Return weights of a loss as a buffer: a copy, as floats; None if there are none."""
    return None if weight is None else np.array(untracked(real(weight, "weight", "it")))


def array(value: Any) -> Any:
    """Return numbers and lists as arrays; what has a shape as it is."""
    return value if hasattr(value, "shape") else np.asarray(value)


def real(value: Any, name: str, argument: str, like: Any = None) -> Any:
    """Return an argument as an array of real numbers: integers and booleans as floats, of the dtype of ``like``.

    Raises
    ------
    DtypeError
        If they are complex, or no numbers.
    """
    value = array(value)
    if value.dtype.kind == "f":
        return value
    if value.dtype.kind in "iub":
        return cast(value, like.dtype if like is not None and like.dtype.kind == "f" else np.dtype(float))
    hint = " Take the losses of its real and imaginary part." if value.dtype.kind == "c" else ""
    raise DtypeError(f"{name}: {argument} has dtype {value.dtype}, and real numbers are needed.{hint}")


def first_wrong(x: Any, is_right: Callable[[Any], Any]) -> Any:
    """Return the first value that is not right; None if all are, or cannot be looked at, as those of duck arrays."""
    values = untracked(x)
    if not isinstance(values, np.ndarray | np.generic):
        return None
    right = np.ravel(is_right(values))
    return None if right.all() else np.ravel(values)[np.argmin(right)]


def alike(left: Any, right: Any, name: str, words: tuple[str, str] = ("prediction", "target")) -> tuple[Any, Any]:
    """Return two arguments as arrays of real numbers of one shape; see `same_shape`."""
    left = real(left, name, words[0], like=array(right))
    right = real(right, name, words[1], like=left)
    return (left, right) if left.shape == right.shape else same_shape(left, right, name, words)


def same_shape(left: Any, right: Any, name: str, words: tuple[str, str] = ("prediction", "target")) -> tuple[Any, Any]:
    """Return two arrays of different shapes broadcast to one, with a warning.

    Raises
    ------
    ShapeError
        If they do not match.
    """
    shapes = f"a {words[0]} of shape {left.shape} and a {words[1]} of shape {right.shape}"
    try:
        shape = np.broadcast_shapes(left.shape, right.shape)
    except ValueError:
        raise ShapeError(f"{name} got {shapes}, which do not match") from None
    warnings.warn(
        f"{name} got {shapes}, which match only by broadcasting to {shape}: that is rarely meant. Reshape one of "
        f"them, e.g. {words[1]}.reshape({words[0]}.shape).",
        stacklevel=user_stacklevel(),
    )
    return np.broadcast_to(left, shape), np.broadcast_to(right, shape)


def clamped(x: Any) -> Any:
    """Return max(x, 0); its slope at 0 is taken as 1, as PyTorch's losses have it."""
    return np.where(x < 0, 0, x)


def reduced(values: Any, reduction: str, name: str) -> Any:
    """Return the mean or sum of losses, or the losses themselves.

    Raises
    ------
    ShapeError
        If there is nothing to take the mean of.
    """
    if reduction == "none":
        return values
    if reduction == "sum":
        return np.sum(values)
    refuse_nothing(values.shape, name)
    return np.mean(values)


def refuse_nothing(shape: tuple[int, ...], name: str) -> None:
    """Raise if there are no elements to take the mean of."""
    if 0 in shape:
        raise ShapeError(f"{name} of arrays of shape {shape}: there is nothing to take the mean of")


def over_elements(g: Any, shape: tuple[int, ...], reduction: str) -> Any:
    """Return the cotangent of a reduced loss as that of the losses of all elements, up to broadcasting."""
    if reduction == "none":
        return g
    if reduction == "mean":
        g = g * (1 / max(math.prod(shape), 1))
    return g if g.ndim == 0 else np.expand_dims(g, tuple(range(-len(shape), 0)))


def pointwise(
    name: str, value: Callable[..., Any], to_prediction: Callable[..., Any], to_target: Callable[..., Any]
) -> Callable[..., Any]:
    """Declare a loss of elements together with its reduction as one operation.

    Parameters
    ----------
    name : str
    value : callable
        ``value(prediction, target, setting)`` gives the losses of all elements.
    to_prediction, to_target : callable
        Of the same arguments: its slopes.

    Returns
    -------
    callable
        ``loss(prediction, target, reduction=..., setting=...)`` of two arrays of one shape.
    """

    def loss(prediction: Any, target: Any, reduction: str, setting: Any) -> Any:
        values = value(prediction, target, setting)
        if reduction == "none":
            return values
        total = summed(values, None)
        return total if reduction == "sum" else total / math.prod(values.shape)

    declared = general(
        loss, name=name,
        prediction=lambda g, prediction, target, reduction, setting: (
            over_elements(g, prediction.shape, reduction) * to_prediction(prediction, target, setting)
        ),
        target=lambda g, prediction, target, reduction, setting: (
            over_elements(g, prediction.shape, reduction) * to_target(prediction, target, setting)
        ),
    )  # fmt: skip

    def checked(prediction: Any, target: Any, reduction: str, setting: Any = None) -> Any:
        if reduction == "mean":
            refuse_nothing(prediction.shape, name)
        return declared(prediction, target, reduction=reduction, setting=setting)

    return checked


def weighted(
    loss: Callable[..., Any], prediction: Any, target: Any, weight: Any, reduction: str, name: str, setting: Any = None
) -> Any:
    """Return a loss of elements, each multiplied by its weight before the reduction if weights are given."""
    if weight is None:
        return loss(prediction, target, reduction, setting)
    weight = real(weight, name, "weight", like=prediction)
    try:
        shape = np.broadcast_shapes(weight.shape, prediction.shape)
    except ValueError:
        shape = None
    if shape != prediction.shape:
        raise ShapeError(f"{name}: a weight of shape {weight.shape} does not broadcast to {prediction.shape}")
    return reduced(loss(prediction, target, "none", setting) * weight, reduction, name)
