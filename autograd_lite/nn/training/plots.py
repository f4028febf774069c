"""Pictures of training: curves, decision boundaries, confusion matrices and filters, all in one style.

Every function draws into the axes that it is given, or into a new figure, and returns the axes: titles, sizes and
files are then matplotlib's (``axes.figure.savefig("curves.png")``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.plotting import COLOURS, INK, styled
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.nn.module import Module
from autograd_lite.nn.training.meter import plain
from autograd_lite.nn.training.metrics import confusion_matrix
from autograd_lite.nn.training.modes import evaluating


def plot_history(history: Mapping[str, Sequence[float]], names: Sequence[str] | None = None, axes: Any = None) -> Any:
    """Draw the loss and the metrics over the epochs, training and validation together.

    Parameters
    ----------
    history : History, or dict of str to sequence of float
    names : sequence of str, optional
        What to draw, without ``val_``; all but the learning rate if not given.
    axes : sequence of Axes, optional
        As many as there are names.

    Returns
    -------
    ndarray of Axes
        One for each name.

    Raises
    ------
    StructureError
        If there is nothing to draw, a name is unknown, or there are not as many axes as names.

    Examples
    --------
    >>> from autograd_lite.nn.training import plot_history
    >>> axes = plot_history({"loss": [1.0, 0.5, 0.3], "val_loss": [1.1, 0.7, 0.6]})  # doctest: +SKIP
    """
    if names is None:
        names = list(dict.fromkeys(name.removeprefix("val_") for name in history if name != "lr"))
    missing = [name for name in names if name not in history and f"val_{name}" not in history]
    if missing or not names or not max(map(len, history.values()), default=0):
        raise StructureError(f"plot_history: nothing to draw for {missing or 'this history'}; it has {list(history)}")
    with styled() as plt:
        if axes is None:
            _, axes = plt.subplots(1, len(names), figsize=(4.6 * len(names), 3.2), squeeze=False)
        flat = np.ravel(np.asarray(axes, dtype=object))
        if flat.size != len(names):
            raise StructureError(f"plot_history: {len(names)} names {list(names)} need as many axes, not {flat.size}")
        for ax, name in zip(flat, names, strict=True):
            _curves(ax, name, history)
    return flat


def _curves(ax: Any, name: str, history: Mapping[str, Sequence[float]]) -> None:
    """Draw one quantity; a loss that falls to a fraction is drawn over a logarithmic axis."""
    found = []
    for key, label, colour in ((name, "training", COLOURS[0]), (f"val_{name}", "validation", COLOURS[1])):
        if key in history:
            values = np.asarray(history[key], float)
            few = {"marker": "o", "markersize": 4} if len(values) < 12 else {}
            ax.plot(np.arange(1, len(values) + 1), values, color=colour, label=label, **few)
            found.append(values[np.isfinite(values)])
    values = np.concatenate(found)
    if values.size and values.min() > 0 and values.max() > 30 * values.min():
        ax.set_yscale("log")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set(xlabel="epoch", title=name.replace("_", " "))
    ax.grid(True, axis="y")
    if len(found) > 1:
        ax.legend()


def plot_decision_boundary(
    model: Module, x: Any, y: Any = None, ax: Any = None, resolution: int = 240, margin: float = 0.08
) -> Any:
    """Draw which class a model gives each point of the plane, the surer the deeper, and the points that it has seen.

    Parameters
    ----------
    model : Module
        From arrays of shape (N, 2) to scores of shape (N, classes), or to one score of shape (N,) or (N, 1), above 0
        for class 1.
    x : array of shape (rows, 2)
    y : integer array of shape (rows,) or (rows, 1), optional
        The right classes, the colours of the points.
    ax : Axes, optional
    resolution : int
        The number of points of the grid along each axis.
    margin : float
        How much of the width to show around the points.

    Returns
    -------
    Axes

    Raises
    ------
    ShapeError
        If the inputs are not points of the plane, there is not one class for each, or the scores have another shape.
    TypeError
        If ``model`` is no Module.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> from autograd_lite.nn.training import plot_decision_boundary
    >>> ax = plot_decision_boundary(nn.Linear(2, 3), np.eye(2), np.array([0, 1]))  # doctest: +SKIP
    """
    if not isinstance(model, Module):
        raise TypeError(
            f"plot_decision_boundary(model) got a {type(model).__name__}; a Module is needed, such as trainer.model"
        )
    x = np.asarray(plain(x), float)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise ShapeError(f"plot_decision_boundary: points of shape (rows, 2) are needed, and x has shape {x.shape}")
    labels = None if y is None else np.asarray(plain(y)).astype(int).ravel()
    if labels is not None and len(labels) != len(x):
        raise ShapeError(f"plot_decision_boundary: {len(x)} points have {len(labels)} classes; one for each is needed")
    low, high = x.min(0), x.max(0)
    edge = margin * np.where(high > low, high - low, 1.0)
    ticks = [np.linspace(a, b, resolution) for a, b in zip(low - edge, high + edge, strict=True)]
    plane = np.stack(np.meshgrid(*ticks), -1)
    with evaluating(model):
        scores = np.concatenate([_scores(model, part) for part in np.split(plane.reshape(-1, 2), resolution)])
    shares = _shares(scores).reshape(resolution, resolution, -1)
    with styled() as plt:
        if ax is None:
            ax = plt.subplots(figsize=(5, 4.2))[1]
        colours = np.array([_rgb(COLOURS[index % len(COLOURS)]) for index in range(shares.shape[-1])])
        # White where all classes are equally likely, so that the boundary is where the colours fade.
        excess = np.clip(shares - 1 / shares.shape[-1], 0, None) / (1 - 1 / shares.shape[-1])
        picture = 1 - 0.4 * excess @ (1 - colours)
        extent = (ticks[0][0], ticks[0][-1], ticks[1][0], ticks[1][-1])
        ax.imshow(picture, extent=extent, origin="lower", aspect="auto", interpolation="bilinear")
        for index in range(shares.shape[-1] if shares.shape[-1] > 2 else 1):
            others = np.delete(shares, index, axis=-1).max(-1)
            ahead = shares[..., index] - others
            if ahead.min() < 0 < ahead.max():
                ax.contour(*ticks, ahead, levels=[0.0], colors=INK, linewidths=1.0)
        if labels is not None:
            points = {"s": 18, "edgecolors": "white", "linewidths": 0.5, "zorder": 3}
            ax.scatter(x[:, 0], x[:, 1], c=colours[labels % len(colours)], **points)
        ax.set(xlim=extent[:2], ylim=extent[2:], xlabel="x₁", ylabel="x₂")
    return ax


def _scores(model: Module, points: np.ndarray) -> np.ndarray:
    """Return the scores of points as a matrix."""
    dtypes = [parameter.dtype for parameter in model.parameters()]
    scores = np.asarray(plain(model(points.astype(dtypes[0]) if dtypes else points)), float)
    if scores.ndim not in (1, 2) or len(scores) != len(points):
        raise ShapeError(
            f"plot_decision_boundary: the model gave scores of shape {scores.shape} for points of shape "
            f"{points.shape}; (N,), (N, 1) or (N, classes) is needed"
        )
    return scores.reshape(len(points), -1)


def _shares(scores: np.ndarray) -> np.ndarray:
    """Return the probabilities of the classes: the softmax, or the sigmoid where there is one score."""
    if scores.shape[1] == 1:
        scores = np.concatenate([np.zeros_like(scores), scores], axis=1)
    shares = np.exp(scores - scores.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))


def plot_confusion_matrix(
    prediction: Any, target: Any, names: Sequence[str] | None = None, normalize: bool = False, ax: Any = None
) -> Any:
    """Draw how often each class was taken for each.

    Parameters
    ----------
    prediction : array of shape (N, classes) of scores, or integer array of shape (N,)
    target : integer array of shape (N,)
    names : sequence of str, optional
        Of the classes.
    normalize : bool
        Whether to show shares of each row (the recall) in place of counts.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ShapeError
        If the shapes do not belong together, or there are not as many names as classes.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn.training import plot_confusion_matrix
    >>> ax = plot_confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]), names=["cat", "dog"])  # doctest: +SKIP
    """
    prediction, target = np.asarray(plain(prediction)), np.asarray(plain(target))
    classes = None if names is None or prediction.ndim > target.ndim else len(names)
    counts = confusion_matrix(prediction, target, classes)
    if names is not None and len(names) != len(counts):
        raise ShapeError(f"plot_confusion_matrix: {len(counts)} classes and {len(names)} names")
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    with styled() as plt:
        if ax is None:
            side = 2.2 + 0.42 * len(counts)
            ax = plt.subplots(figsize=(side, side))[1]
        ax.imshow(1 - shares[..., None] * (1 - np.array(_rgb(COLOURS[0]))), vmin=0, vmax=1)
        size = min(10.0, 90 / len(counts))
        for (row, column), count in np.ndenumerate(counts):
            if count and len(counts) <= 30:
                text = f"{shares[row, column]:.2f}".removeprefix("0") if normalize else f"{count}"
                colour = "white" if shares[row, column] > 0.5 else INK
                ax.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)
        labels = range(len(counts)) if names is None else names
        turned = 45 if names is not None and max(map(len, names)) > 3 else 0
        ax.set_xticks(range(len(counts)), labels, rotation=turned, ha="right" if turned else "center")
        ax.set_yticks(range(len(counts)), labels)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set(xlabel="predicted", ylabel="true", title=f"{np.trace(counts) / max(counts.sum(), 1):.1%} right")
    return ax


def plot_filters(weights: Any, shape: tuple[int, ...] | None = None, columns: int | None = None, ax: Any = None) -> Any:
    """Draw what the units of a first layer look for: each unit's weights as a picture, red positive, blue negative.

    Parameters
    ----------
    weights : Module, or array of shape (units, inputs) or (units, channels, height, width)
        Of a module the first parameter with at least two axes. Three channels are shown as colours, other numbers of
        them as pictures of their own.
    shape : tuple of int, optional
        (height, width) of the inputs of a linear layer; a square if not given.
    columns : int, optional
        How many pictures stand in a row.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ShapeError
        If the weights are no pictures of that shape.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> from autograd_lite.nn.training import plot_filters
    >>> ax = plot_filters(nn.Linear(64, 16), shape=(8, 8))  # doctest: +SKIP
    """
    pictures = _pictures(weights, shape)
    n, height, width = pictures.shape[:3]
    columns = columns or math.ceil(math.sqrt(n * height / width))
    rows = math.ceil(n / columns)
    largest = float(np.abs(pictures).max()) or 1.0
    mosaic = np.full((rows * (height + 1) + 1, columns * (width + 1) + 1, *pictures.shape[3:]), np.nan)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        mosaic[row * (height + 1) + 1 :, column * (width + 1) + 1 :][:height, :width] = picture
    with styled() as plt:
        if ax is None:
            ax = plt.subplots(figsize=(6, 6 * mosaic.shape[0] / mosaic.shape[1]))[1]
        if mosaic.ndim == 3:
            ax.imshow(np.nan_to_num(0.5 + 0.5 * mosaic / largest, nan=1.0), interpolation="nearest")
        else:
            ax.imshow(mosaic, cmap="RdBu_r", vmin=-largest, vmax=largest, interpolation="nearest")
        ax.set_axis_off()
    return ax


def _pictures(weights: Any, shape: tuple[int, ...] | None) -> np.ndarray:
    """Return weights as an array of shape (units, height, width), or (units, height, width, 3)."""
    if isinstance(weights, Module):
        found: list[Tensor] = [parameter for parameter in weights.parameters() if parameter.ndim >= 2]
        if not found:
            raise ShapeError(f"plot_filters: {type(weights).__name__} has no parameter with two axes or more")
        weights = found[0]
    array = np.asarray(plain(weights), float)
    if array.ndim == 4:
        if array.shape[1] == 3:
            return np.moveaxis(array, 1, -1)
        return array.reshape(-1, *array.shape[2:])
    side = math.isqrt(array.shape[1]) if array.ndim == 2 else 0
    shape = (side, side) if shape is None else tuple(shape)
    if array.ndim != 2 or math.prod(shape) != array.shape[1] or len(shape) != 2:
        raise ShapeError(
            f"plot_filters: weights of shape {array.shape} are no pictures of shape {shape}; (units, height · width) "
            f"with shape=(height, width), or (units, channels, height, width) is needed"
        )
    return array.reshape(-1, *shape)
