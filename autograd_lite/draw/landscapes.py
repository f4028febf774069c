"""`loss_landscape`: the loss of a network along two directions through its parameters.

H. Li, Z. Xu, G. Taylor, C. Studer & T. Goldstein, *Visualizing the Loss Landscape of Neural Nets*, NeurIPS 2018:
section 4 for filter-wise normalization, section 7 for the directions of a path by principal components.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_lite.core.modes import no_grad
from autograd_lite.core.plotting import styled
from autograd_lite.core.tensor import Tensor
from autograd_lite.draw.heights import Heights, masked
from autograd_lite.draw.surfaces import draw_contours, draw_surface, space
from autograd_lite.draw.tracing import is_module
from autograd_lite.draw.ways import between, draw_path
from autograd_lite.errors import ShapeError, StructureError

_Vector = list[np.ndarray]  # one array for each parameter


def loss_landscape(
    model: Any,
    loss: Callable[[], Any],
    *,
    directions: Any = None,
    path: Any = None,
    span: float | tuple[float, float] | None = None,
    kind: str = "contour",
    resolution: int = 25,
    levels: Any = 20,
    seed: int = 0,
    axes: Any = None,
) -> Any:
    """Draw the loss of a network over the plane θ + a·δ + b·η through its parameters θ.

    Random directions are normalized filter by filter (Li et al. 2018, section 4): each filter of δ gets the length of
    the same filter of θ, so that pictures of different networks can be compared although their weights have different
    scales. A filter is what leads to one unit: a row of a linear layer's weights, a channel's kernel of a convolution.
    Biases and other parameters with one axis stay as they are.

    Parameters
    ----------
    model : Module, or dict or sequence of Tensors
        The parameters. They are replaced for a while and put back; a model is in evaluation mode meanwhile.
    loss : callable
        Without arguments; computes the loss with the model as it is: ``lambda: criterion(model(x), y)``.
    directions : pair of (dict or sequence of arrays), optional
        δ and η, an array for each parameter, in their order or by their names. They are taken as they are.
    path : sequence of (dict or sequence of arrays), optional
        The parameters at several times, such as ``model.state_dict()`` after each epoch, drawn as projected onto the
        plane. Without ``directions`` those are the first two principal components of the path around θ, since random
        directions, almost orthogonal to any path, would show none of it (section 7).
    span : float or pair of float, optional
        How far to go along each direction, and against it: 1 if not given; with a path, as far as that goes.
    kind : {"contour", "surface"}
    resolution : int
        At how many points along each axis the loss is computed: 25 make 625 evaluations.
    levels : int or sequence of float
        As for `contour`.
    seed : int
        Of the random directions.
    axes : Axes, optional
        For ``kind="surface"`` with ``projection="3d"``.

    Returns
    -------
    Axes

    Raises
    ------
    StructureError
        If there are no parameters, names or numbers of arrays do not match, or an option is unknown.
    ShapeError
        If shapes do not match those of the parameters, or the loss is no number.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import draw, nn
    >>> model, x, y = nn.Linear(3, 2), np.ones((4, 3)), np.array([0, 1, 1, 0])
    >>> criterion = nn.CrossEntropyLoss()
    >>> axes = draw.loss_landscape(model, lambda: criterion(model(x), y))  # doctest: +SKIP
    """
    if kind not in ("contour", "surface"):
        raise StructureError(f"loss_landscape(kind={kind!r}): there are 'contour' and 'surface'")
    if not callable(loss):
        raise StructureError(f"loss_landscape(model, loss) got a {type(loss).__name__} for loss; pass lambda: loss(…)")
    if resolution < 2:
        raise StructureError(
            f"loss_landscape(resolution={resolution!r}): at least two points along each axis are needed"
        )
    parameters = _parameters(model)
    center = [np.array(tensor.data, float) for tensor in parameters.values()]
    snapshots = None if path is None else [_matching(point, parameters, "path") for point in path]
    if snapshots is not None and not snapshots:
        raise StructureError("loss_landscape(path=…): the path has no points")
    plane = _plane(directions, snapshots, parameters, center, seed)
    points = None if snapshots is None else _projected(snapshots, center, plane)
    across, up = (np.linspace(-reach, reach, resolution) for reach in _reaches(span, points))
    way, parts = (points, 1) if points is None or kind == "contour" else between(points)
    with _placed(model, parameters) as place, np.errstate(all="ignore"):
        z = np.array([[_at(place, loss, center, plane, a, b) for a in across.tolist()] for b in up.tolist()])
        on_path = None if way is None else [_at(place, loss, center, plane, a, b) for a, b in way.tolist()]
    heights = masked(Heights(across, up, z), "loss_landscape")
    with styled() as plt:
        if kind == "surface":
            axes = space(plt, axes, "loss_landscape")
            draw_surface(axes, heights)
            axes.set_zlabel("loss")
        else:
            if axes is None:
                _, axes = plt.subplots(figsize=(6, 4.6))
            draw_contours(axes, heights, levels)
        if way is not None:
            draw_path(axes, way, np.array(on_path) if kind == "surface" else None, parts)
        elif kind == "contour":
            axes.plot([0.0], [0.0], "k+", markersize=9)
        axes.set(xlabel="a: steps along δ", ylabel="b: steps along η")
    return axes


def _parameters(model: Any) -> dict[str, Tensor]:
    if is_module(model):
        found = dict(model.named_parameters())
    elif isinstance(model, Mapping):
        found = {str(name): tensor for name, tensor in model.items()}
    else:
        found = {str(i): tensor for i, tensor in enumerate(model if isinstance(model, Iterable) else [model])}
    wrong = [f"{name}: a {type(value).__name__}" for name, value in found.items() if not isinstance(value, Tensor)]
    if wrong or not found:
        raise StructureError(
            f"loss_landscape(model): a module with parameters, or a dict or list of Tensors is needed; "
            f"{'there are none' if not found else wrong[0]}"
        )
    return found


def _matching(given: Any, parameters: dict[str, Tensor], what: str) -> _Vector:
    """Return an array for each parameter, checked; a state's buffers, which are no parameters, are left out."""
    if isinstance(given, Mapping):
        missing = [name for name in parameters if name not in given]
        if missing:
            raise StructureError(f"loss_landscape({what}=…): there is nothing for the parameter {missing[0]!r}")
        values = [given[name] for name in parameters]
    else:
        values = list(given)
        if len(values) != len(parameters):
            raise StructureError(
                f"loss_landscape({what}=…): {len(values)} arrays for {len(parameters)} parameters, {list(parameters)}"
            )
    arrays = [np.asarray(value.data if isinstance(value, Tensor) else value, float) for value in values]
    for (name, tensor), array in zip(parameters.items(), arrays, strict=True):
        if array.shape != tensor.shape:
            raise ShapeError(
                f"loss_landscape({what}=…): the parameter {name!r} has shape {tensor.shape}, its array {array.shape}"
            )
    return arrays


def _plane(
    directions: Any, snapshots: Sequence[_Vector] | None, parameters: dict[str, Tensor], center: _Vector, seed: int
) -> tuple[_Vector, _Vector]:
    """Return the two directions: given, of a path, or random."""
    if directions is not None:
        pair = tuple(directions)
        if len(pair) != 2:
            raise StructureError(f"loss_landscape(directions=…): two are needed, not {len(pair)}")
        return _matching(pair[0], parameters, "directions"), _matching(pair[1], parameters, "directions")
    if snapshots is not None:
        return _principal(snapshots, center)
    random = np.random.default_rng(seed)
    return _random(center, random), _random(center, random)


def _random(center: _Vector, random: np.random.Generator) -> _Vector:
    """Return a random direction, normalized filter by filter."""
    narrow = all(array.ndim < 2 for array in center)  # nothing but vectors and numbers: each is one filter
    return [filter_normalized(random.standard_normal(array.shape), array, narrow) for array in center]


def filter_normalized(direction: np.ndarray, weights: np.ndarray, narrow: bool = False) -> np.ndarray:
    """Return a direction whose filters are as long as those of the weights; zeros for weights with fewer than two axes.

    Parameters
    ----------
    direction, weights : array of shape (units, ...)
    narrow : bool
        Whether to take weights with fewer than two axes as one filter, and not as biases.

    Returns
    -------
    array of shape (units, ...)
    """
    if weights.ndim < 2 and not narrow:
        return np.zeros_like(direction)
    axes = tuple(range(1, weights.ndim)) or None
    lengths = np.sqrt(np.sum(direction**2, axis=axes, keepdims=True))
    return direction * np.sqrt(np.sum(weights**2, axis=axes, keepdims=True)) / np.where(lengths > 0, lengths, 1.0)


def _principal(snapshots: Sequence[_Vector], center: _Vector) -> tuple[_Vector, _Vector]:
    """Return the two directions, of length one, that a path varies in most."""
    moves = np.stack([_flat(point) - _flat(center) for point in snapshots])
    _, sizes, rows = np.linalg.svd(moves, full_matrices=False)
    if len(sizes) < 2 or not sizes[1] > 1e-12 * sizes[0]:
        raise StructureError(
            "loss_landscape(path=…): the path has no two directions (it needs at least two points beside the model, "
            "not on one line with it). Pass directions=(δ, η)."
        )
    return _parts(rows[0], center), _parts(rows[1], center)


def _flat(vector: _Vector) -> np.ndarray:
    return np.concatenate([array.ravel() for array in vector])


def _parts(flat: np.ndarray, like: _Vector) -> _Vector:
    ends = np.cumsum([array.size for array in like])[:-1]
    return [part.reshape(array.shape) for part, array in zip(np.split(flat, ends), like, strict=True)]


def _projected(snapshots: Sequence[_Vector], center: _Vector, plane: tuple[_Vector, _Vector]) -> np.ndarray:
    """Return the coordinates in the plane of the points nearest to those of a path, of shape (points, 2)."""
    basis = np.stack([_flat(direction) for direction in plane], axis=1)
    moves = np.stack([_flat(point) - _flat(center) for point in snapshots], axis=1)
    return np.linalg.lstsq(basis, moves, rcond=None)[0].T


def _reaches(span: Any, points: np.ndarray | None) -> tuple[float, float]:
    if span is None and points is not None:
        far = 1.2 * np.abs(points).max(axis=0)
        far = np.maximum(far, 0.2 * far.max())
        return float(far[0]), float(far[1])
    pair = (1.0, 1.0) if span is None else (span, span) if np.ndim(span) == 0 else tuple(span)
    if len(pair) != 2 or not all(np.isfinite(reach) and reach > 0 for reach in pair):
        raise StructureError(f"loss_landscape(span={span!r}): a positive number or a pair of them is needed")
    return float(pair[0]), float(pair[1])


def _at(
    place: Callable[[_Vector], None],
    loss: Callable[[], Any],
    center: _Vector,
    plane: tuple[_Vector, _Vector],
    a: float,
    b: float,
) -> float:
    place([array + a * first + b * second for array, first, second in zip(center, *plane, strict=True)])
    out = loss()
    value = np.asarray(out.data if isinstance(out, Tensor) else out)
    if value.size != 1:
        raise ShapeError(f"loss_landscape(model, loss): the loss must be a number, and has shape {value.shape}")
    return float(value.reshape(()))


@contextmanager
def _placed(model: Any, parameters: dict[str, Tensor]) -> Generator[Callable[[_Vector], None]]:
    """Give a function that puts values into the parameters; put everything back at the end.

    Arrays are exchanged, not written to: graphs that were recorded before, and optimisers, keep theirs.
    """
    modules = [module for _, module in model.named_modules()] if is_module(model) else []
    modes = [(module, module.training) for module in modules if hasattr(module, "training")]
    before = [(tensor, tensor.data) for tensor in parameters.values()]

    def place(values: _Vector) -> None:
        for (tensor, data), value in zip(before, values, strict=True):
            tensor.data = np.asarray(value, data.dtype)[()]

    try:
        for module, _ in modes:
            module.training = False
        with no_grad():
            yield place
    finally:
        for tensor, data in before:
            tensor.data = data
        for module, mode in modes:
            module.training = mode
