"""`graph` and `tree`: from Tensors, functions and modules to pictures."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from autograd_lite.core.collector import full_passes_put_off
from autograd_lite.core.graph import Node
from autograd_lite.core.tensor import Tensor
from autograd_lite.draw.building import Request, scenes_of
from autograd_lite.draw.clusters import grouped_by_calls, grouped_by_names
from autograd_lite.draw.labels import Look, has_room
from autograd_lite.draw.picture import GraphPicture
from autograd_lite.draw.tracing import is_module, traced
from autograd_lite.errors import GraphError, StructureError

_DIRECTIONS = ("TB", "LR")


def graph(
    output: Tensor | Sequence[Tensor] | Callable[..., Any],
    *examples: Any,
    names: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]] | Any = None,
    values: bool | None = None,
    gradients: bool | None = None,
    shapes: bool = True,
    rules: bool | None = None,
    depth: int | None = None,
    direction: str = "TB",
    max_nodes: int | None = 300,
    legend: bool = True,
) -> GraphPicture:
    """Draw a computation graph, and the backward sweep over it.

    Each recorded operation is a rounded box, each tracked Tensor that the user made a blue ellipse, green for
    parameters, each argument of a transform a purple hexagon, each array that nothing is differentiated with respect
    to a grey box; the output has an orange-red border. Arrows run forward. The sweep runs against them: beside an arrow
    stands the derivative rule along it and the size of what it sends back, and the arrow is as wide as that is large.

    Of a graph that has been recorded, a picture knows the values that the operations kept for their rules. Of a
    function, which it runs on the examples, it knows all, and which module or function did what: those are framed.

    Parameters
    ----------
    output : Tensor, list or tuple of Tensors, or callable
        What the graph leads to; or a function or module to run on the examples.
    *examples : array, number, Tensor, or container of them
        The arguments of the function. Floating-point ones are differentiated by.
    names : dict from str to Tensor, pairs of a str and a Tensor, or a module, optional
        Names to show, such as ``model.named_parameters()``; other Tensors are shown under their own ``name``. Dotted
        ones also say which operations belong to a module. Give them before an optimiser's step, with which parameters
        leave the graph that was recorded.
    values : bool, optional
        Whether to write values into the boxes: small ones in full, others by mean, least and largest element. If not
        given, in pictures of up to 30 boxes.
    gradients : bool, optional
        Whether to run a sweep, and show the gradient of (the sum of) the output at each box: a number, or the Euclidean
        norm. Gradients that are stored (``.grad``) are shown as they are. If not given, they are shown if the graph has
        not been freed, and if the sweep runs no hooks of yours.
    shapes : bool
        Whether to show shapes and dtypes.
    rules : bool, optional
        Whether to write the local derivative rules beside the arrows, with ``g`` for what arrives. If not given, in
        pictures of up to 30 boxes.
    depth : int, optional
        How many modules and functions within each other to show open: 0 folds each into one box, together with
        repeated blocks and chains of elementwise operations. If not given, graphs of more than 50 boxes fold as much as
        they must.
    direction : {"TB", "LR"}
        Whether the computation flows from top to bottom or from left to right.
    max_nodes : int or None
        How many boxes to show at most, when all is folded that can be: those nearest to the output, counted in edges,
        and a note that says how many there are beyond. None shows all and folds nothing by itself, which for several
        thousand takes long.
    legend : bool
        Whether to say below the picture what the colours mean.

    Returns
    -------
    GraphPicture
        With ``.svg()``, ``.save(path)``, ``.dot``, ``.mermaid()`` and ``.text()``.

    Raises
    ------
    GraphError
        If nothing was recorded for an output: it is a constant. With ``gradients=True`` also if the graph was freed by
        an earlier ``backward``, or holds parameters that have been updated since.
    StructureError
        If an argument is not of the kinds above.

    Notes
    -----
    An edge across more than eight layers ends in a small dashed reference to the box it comes from, and edges into
    what is beyond ``max_nodes`` are left out: both keep large pictures legible.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import Tensor, draw
    >>> w = Tensor([1.0, 2.0], requires_grad=True, name="w")
    >>> picture = draw.graph(np.sum(np.tanh(w)))
    >>> picture
    <GraphPicture of 3 nodes>
    >>> "g · (1 − tanh²(x))" in picture.dot.source
    True
    >>> draw.graph(lambda x: np.sum(x * np.sin(x)), np.ones(3))
    <GraphPicture of 4 nodes>
    """
    if direction not in _DIRECTIONS:
        raise StructureError(f"graph(output, direction={direction!r}): directions are 'TB' and 'LR'")
    limit = _whole_number(max_nodes, "max_nodes", 1, "a positive integer is needed, or None for all")
    levels = _whole_number(depth, "depth", 0, "0 or a positive integer is needed, or None to fold where it must")
    request = _request(output, examples, names)
    request.gradients, request.depth, request.max_nodes = gradients, levels, limit
    with full_passes_put_off:
        scenes = scenes_of(request)
    room = has_room(scenes.shown)
    look = Look(
        values=room if values is None else bool(values),
        gradients=gradients is not False,
        shapes=bool(shapes),
        rules=room if rules is None else bool(rules),
        legend=bool(legend),
        direction=direction,
    )
    return GraphPicture(scenes.whole, scenes.shown, look)


def tree(output: Any, *examples: Any, **options: Any) -> str:
    """Return a graph as a tree of plain text, for terminals: the output first, below it what it was computed from.

    Parameters
    ----------
    output, *examples, **options
        As for `graph`.

    Returns
    -------
    str

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import Tensor, draw
    >>> x = Tensor(2.0, requires_grad=True, name="x")
    >>> print(draw.tree(x * np.exp(x)))
    multiply  () float64 · = 14.78 · grad = 1
    ├─ x  () float64 · = 2 · grad = 22.17
    ╰─ exp  () float64 · = 7.389 · grad = 2
       ╰─ x (above)
    """
    return graph(output, *examples, **options).text()


def _request(output: Any, examples: Sequence[Any], names: Any) -> Request:
    given, titles, known = _names(names)
    if callable(output) and not isinstance(output, Tensor):
        if not examples:
            raise StructureError(
                f"graph(output) got a {type(output).__name__} and no examples: call it, and draw what it returns, or "
                f"pass example arguments, graph(function, x), and it is run on those"
            )
        trace = traced(output, examples)
        group = partial(grouped_by_calls, scopes=trace.scopes, calls=trace.calls)
        return Request(trace.outputs, trace.names | given, trace.values | known, trace.operands, group)
    if examples:
        raise StructureError(
            f"graph(output, *examples) takes examples for a function to run on, and output is {_described(output)}; "
            f"several outputs are drawn as a list"
        )
    tensors = _tensors(output)
    known |= {tensor.node: tensor.data for tensor in tensors if tensor.node is not None}
    nodes = [tensor.node for tensor in tensors if tensor.node is not None]
    return Request(nodes, given, known, group=partial(grouped_by_names, names=given, titles=titles))


def _tensors(output: Any) -> list[Tensor]:
    outputs = list(output) if isinstance(output, list | tuple) else [output]
    if not outputs:
        raise StructureError("graph(output) got no Tensors: there is nothing to draw")
    for i, tensor in enumerate(outputs):
        which = f"output[{i}]" if isinstance(output, list | tuple) else "output"
        if not isinstance(tensor, Tensor):
            raise StructureError(f"graph(output) takes a Tensor or a list of them; {which} is {_described(tensor)}")
        if tensor.node is None:
            raise GraphError(
                f"graph(output): nothing was recorded for {which}, a constant Tensor of shape {tensor.shape}. Nothing "
                f"it was computed from has requires_grad=True, or it was computed under no_grad() or after detach()."
            )
    return outputs


def _described(value: Any) -> str:
    hint = ": call it, and draw what it returns" if callable(value) else ""
    return f"a {type(value).__name__}{hint}"


def _names(names: Any) -> tuple[dict[Node, str], dict[str, str], dict[Node, Any]]:
    """Return the names of nodes, the classes of modules by their paths, and the values of what is named."""
    titles: dict[str, str] = {}
    if is_module(names):
        titles = {path: type(module).__name__ for path, module in names.named_modules() if path}
        names = names.named_parameters()
    found: dict[Node, str] = {}
    values: dict[Node, Any] = {}
    if not isinstance(names, Iterable | None):
        names = (names,)  # refused below
    for pair in names.items() if isinstance(names, Mapping) else names or ():
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[1], Tensor)):
            raise StructureError(
                f"graph(output, names=…) takes a dict from names to Tensors, pairs of both, or a module, and got "
                f"{pair!r}"
            )
        name, tensor = pair
        if tensor.node is not None:
            found[tensor.node] = str(name)
            values[tensor.node] = tensor.data
    return found, titles, values


def _whole_number(value: Any, option: str, least: int, needed: str) -> int | None:
    if value is None:
        return None
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise StructureError(f"graph(output, {option}={value!r}): {needed}")
    return number
