"""Where functions have kinks, jumps and infinite slopes: the edges between their pieces.

Each function has the gaps between its operands and its edges, zero on them, and the slopes on both sides of an edge, by
its first argument. Off its edges every function here is differentiable.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

KINK, JUMP, STEEP, CHOICE = "kink", "jump", "infinite slope", "branch"


@dataclass(frozen=True)
class Edge:
    """One edge of an operation, for each of its elements.

    Attributes
    ----------
    gap : array
        How far each element is from the edge, signed; of the output's shape or broadcastable to it.
    left, right : float or array
        The slopes on both sides, by argument ``argument``; NaN where that makes no sense.
    kind : str
    argument : int
    tangent : callable or None
        The one-sided derivative on the edge, from the tangents of the arguments. If not given it follows from the
        slopes, of an operation of one argument.
    """

    gap: Any
    left: Any
    right: Any
    kind: str = KINK
    argument: int = 0
    tangent: Callable[[Sequence[Any]], Any] | None = None

    def pushed(self, tangents: Sequence[Any]) -> Any:
        """Return the one-sided derivative of the operation on the edge, along tangents of its arguments."""
        if self.tangent is not None:
            return self.tangent(tangents)
        t = tangents[self.argument]
        with np.errstate(all="ignore"):
            return np.where(t > 0, self.right * t, self.left * t)


Operands = Sequence[Any]
Keywords = Mapping[str, Any]


def _absolute(operands: Operands, keywords: Keywords) -> list[Edge]:
    return [Edge(operands[0], -1.0, 1.0)]


def _relu(operands: Operands, keywords: Keywords) -> list[Edge]:
    return [Edge(operands[0], 0.0, 1.0)]


def _leaky(operands: Operands, keywords: Keywords) -> list[Edge]:
    slope = keywords["slope"] if "slope" in keywords else operands[1]
    tangent = None if "slope" in keywords else (lambda t: np.where(t[0] > 0, t[0], slope * t[0]))
    return [Edge(operands[0], slope, 1.0, tangent=tangent)]


def _maximum(operands: Operands, keywords: Keywords) -> list[Edge]:
    x, y = operands
    return [Edge(x - y, 0.0, 1.0, tangent=lambda t: np.maximum(t[0], t[1]))]


def _minimum(operands: Operands, keywords: Keywords) -> list[Edge]:
    x, y = operands
    return [Edge(x - y, 1.0, 0.0, tangent=lambda t: np.minimum(t[0], t[1]))]


def _clip(operands: Operands, keywords: Keywords) -> list[Edge]:
    x, low, high = operands
    return [
        Edge(x - low, 0.0, 1.0, tangent=lambda t: np.maximum(t[0], t[1])),
        Edge(x - high, 1.0, 0.0, tangent=lambda t: np.minimum(t[0], t[2])),
    ]


def _hardtanh(operands: Operands, keywords: Keywords) -> list[Edge]:
    x = operands[0]
    return [Edge(x - keywords["low"], 0.0, 1.0), Edge(x - keywords["high"], 1.0, 0.0)]


def _hardsigmoid(operands: Operands, keywords: Keywords) -> list[Edge]:
    return [Edge(operands[0] + 3, 0.0, 1 / 6), Edge(operands[0] - 3, 1 / 6, 0.0)]


def _hardswish(operands: Operands, keywords: Keywords) -> list[Edge]:
    return [Edge(operands[0] + 3, 0.0, -0.5), Edge(operands[0] - 3, 1.5, 1.0)]


def _softshrink(operands: Operands, keywords: Keywords) -> list[Edge]:
    x, width = operands[0], keywords["width"]
    return [Edge(x + width, 1.0, 0.0), Edge(x - width, 0.0, 1.0)]


def _hardshrink(operands: Operands, keywords: Keywords) -> list[Edge]:
    x, width = operands[0], keywords["width"]
    return [Edge(x + width, 1.0, 0.0, JUMP), Edge(x - width, 0.0, 1.0, JUMP)] if width else []


def _threshold(operands: Operands, keywords: Keywords) -> list[Edge]:
    is_joined = keywords["value"] == keywords["bound"]
    return [Edge(operands[0] - keywords["bound"], 0.0, 1.0, KINK if is_joined else JUMP)]


def _elu(operands: Operands, keywords: Keywords) -> list[Edge]:
    alpha, scale, rate = (keywords[name] for name in ("alpha", "scale", "rate"))
    left = alpha * scale * rate
    return [Edge(operands[0], left, scale)] if left != scale else []


def _sqrt(operands: Operands, keywords: Keywords) -> list[Edge]:
    return [Edge(operands[0], np.nan, np.inf, STEEP)]


def _cbrt(operands: Operands, keywords: Keywords) -> list[Edge]:
    return [Edge(operands[0], np.inf, np.inf, STEEP)]


def _power(operands: Operands, keywords: Keywords) -> list[Edge]:
    exponent = keywords["exponent"] if "exponent" in keywords else operands[1] if len(operands) > 1 else 1
    if "base" in keywords or not np.any((np.asarray(exponent) > 0) & (np.asarray(exponent) < 1)):
        return []
    is_steep = (np.asarray(exponent) > 0) & (np.asarray(exponent) < 1)
    tangent = None if "exponent" in keywords else (lambda t: np.where(t[0] > 0, np.inf, np.nan))
    return [Edge(np.where(is_steep, operands[0], np.inf), np.nan, np.inf, STEEP, tangent=tangent)]


def _hypot(operands: Operands, keywords: Keywords) -> list[Edge]:
    return [Edge(np.hypot(*operands), -1.0, 1.0, tangent=lambda t: np.hypot(t[0], t[1]))]


def _remainder(operands: Operands, keywords: Keywords) -> list[Edge]:
    x, y = operands
    rest = np.remainder(x, y)
    return [Edge(np.where(np.abs(rest) < np.abs(rest - y), rest, rest - y), 1.0, 1.0, JUMP)]


def _heaviside(operands: Operands, keywords: Keywords) -> list[Edge]:
    return [Edge(operands[0], 0.0, 0.0, JUMP)]


def _l1(operands: Operands, keywords: Keywords) -> list[Edge]:
    return [Edge(operands[0] - operands[1], -1.0, 1.0, CHOICE)]


def _norm(operands: Operands, keywords: Keywords) -> list[Edge]:
    x, axis, keepdims = operands[0], keywords.get("axis"), keywords.get("keepdims", False)
    order = keywords.get("order", 2)

    def length(v: Any) -> Any:
        powers = np.sum(np.abs(v) ** order, axis=axis, keepdims=keepdims) ** (1 / order)
        return powers if np.isfinite(order) else np.max(np.abs(v), axis=axis, keepdims=keepdims)

    if not isinstance(order, int | float) or order <= 0:
        return []
    return [Edge(np.max(np.abs(x), axis=axis, keepdims=keepdims), -1.0, 1.0, tangent=lambda t: length(t[0]))]


def _std(operands: Operands, keywords: Keywords) -> list[Edge]:
    function = np.std
    return [
        Edge(function(operands[0], **keywords), np.nan, np.nan, tangent=lambda t: function(t[0], **keywords))
    ]  # fmt: skip


def _extremum(sign: float) -> Callable[[Operands, Keywords], list[Edge]]:
    """Return the edges of ``max`` (sign 1) or ``min`` (-1): where the largest is not alone."""

    def edges(operands: Operands, keywords: Keywords) -> list[Edge]:
        x, axis, keepdims = sign * operands[0], keywords.get("axis"), keywords.get("keepdims", False)
        if len(operands) > 1 or keywords.get("where", True) is not True:
            return []
        axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        top = np.max(x, axis=axes, keepdims=True)
        tied = x == top
        second = np.max(np.where(tied, -np.inf, x), axis=axes, keepdims=True)
        gap = np.where(np.sum(tied, axis=axes, keepdims=True) > 1, 0.0, top - second)

        def tangent(t: Sequence[Any]) -> Any:
            return sign * np.max(np.where(tied, sign * t[0], -np.inf), axis=axes, keepdims=bool(keepdims))

        shaped = gap if keepdims else np.squeeze(gap, axis=axes)
        return [Edge(shaped, 0.0 if sign > 0 else 1.0, 1.0 if sign > 0 else 0.0, tangent=tangent)]

    return edges


def _windows(operands: Operands, keywords: Keywords) -> list[Edge]:
    """Return where the largest of a window is not alone; two windows may share it, so that slopes say little."""
    x, window = np.asarray(operands[0]), keywords["window"]
    if not x.size:
        return []
    count = len(window)
    axes = tuple(range(x.ndim - count, x.ndim))
    padding = [(0, 0)] * (x.ndim - count) + [tuple(np.broadcast_to(pair, 2)) for pair in keywords["padding"]]
    padded = np.pad(x.astype(float), padding, constant_values=-np.inf)
    span = tuple((w - 1) * d + 1 for w, d in zip(window, keywords["dilation"], strict=True))
    views = np.lib.stride_tricks.sliding_window_view(padded, span, axis=axes)
    lead = (slice(None),) * (x.ndim - count)
    chosen = views[(*lead, *(slice(None, None, s) for s in keywords["stride"]))]
    chosen = chosen[(..., *(slice(None, None, d) for d in keywords["dilation"]))]
    ordered = np.sort(np.reshape(chosen, (*chosen.shape[: x.ndim], -1)), axis=-1)
    return [Edge(ordered[..., -1] - ordered[..., -2], 0.0, 1.0, CHOICE)] if ordered.shape[-1] > 1 else []


def _sort(operands: Operands, keywords: Keywords) -> list[Edge]:
    x, axis = operands[0], keywords["axis"]
    if not np.ndim(x) or np.shape(x)[axis] < 2:
        return []
    ordered = np.moveaxis(np.sort(x, axis=axis), axis, -1)
    steps = np.diff(ordered, axis=-1)
    none = np.full((*steps.shape[:-1], 1), np.inf)
    gap = np.minimum(np.concatenate([steps, none], axis=-1), np.concatenate([none, steps], axis=-1))

    def tangent(t: Sequence[Any]) -> Any:
        order = np.lexsort((t[0], x), axis=axis)
        return np.take_along_axis(t[0], order, axis)

    return [Edge(np.moveaxis(gap, -1, axis), 0.0, 1.0, tangent=tangent)]


def _ordered(operands: Operands, keywords: Keywords) -> list[Edge]:
    """Return where any two elements tie: what of them an order statistic shows depends on the rest."""
    flat = np.sort(np.ravel(operands[0]))
    return [Edge(np.min(np.diff(flat), initial=np.inf), np.nan, np.nan, CHOICE)]


#: Operation -> its edges, from operands and keywords.
EDGES: dict[str, Callable[[Operands, Keywords], list[Edge]]] = {
    "absolute": _absolute, "fabs": _absolute, "relu": _relu, "leaky_relu": _leaky, "prelu": _leaky,
    "maximum": _maximum, "fmax": _maximum, "minimum": _minimum, "fmin": _minimum, "clip": _clip,
    "hardtanh": _hardtanh, "hardsigmoid": _hardsigmoid, "hardswish": _hardswish, "softshrink": _softshrink,
    "hardshrink": _hardshrink, "threshold": _threshold, "elu": _elu, "sqrt": _sqrt, "cbrt": _cbrt, "power": _power,
    "hypot": _hypot, "remainder": _remainder, "fmod": _remainder, "heaviside": _heaviside, "l1_loss": _l1,
    "norm": _norm, "std": _std, "max": _extremum(1.0), "min": _extremum(-1.0), "sort": _sort, "median": _ordered,
    "quantile": _ordered, "partition": _ordered, "max of windows": _windows,
}  # fmt: skip


def _whole(x: Any, *_: Any) -> Any:
    return x - np.rint(x)


def _half(x: Any, digits: Any = 0, *_: Any) -> Any:
    scaled = x * 10.0 ** (digits if isinstance(digits, int) else 0)
    return scaled - np.floor(scaled) - 0.5


def _toward_zero(x: Any, *_: Any) -> Any:
    return np.where(np.rint(x) == 0, np.inf, x - np.rint(x))


def _difference(x: Any, y: Any, *_: Any) -> Any:
    return np.asarray(x, float) - np.asarray(y, float)


def _first(x: Any, *_: Any) -> Any:
    return np.asarray(x, float)


def _quotient(x: Any, y: Any, *_: Any) -> Any:
    return np.asarray(x, float) / y - np.rint(np.asarray(x, float) / y)


def _lead(sign: float) -> Callable[..., Any]:
    def gap(x: Any, *_: Any) -> Any:
        ordered = np.sort(np.ravel(sign * x))
        return ordered[-1] - ordered[-2] if ordered.size > 1 else np.inf

    return gap


#: Function that is constant almost everywhere -> what of it, and how far its operands are from where it jumps.
STEPS: dict[Callable[..., Any], tuple[str, Callable[..., Any]]] = {
    **dict.fromkeys((operator.lt, operator.le, operator.gt, operator.ge), (CHOICE, _difference)),
    **dict.fromkeys((operator.eq, operator.ne, np.equal, np.not_equal), (CHOICE, _difference)),
    **dict.fromkeys((np.less, np.less_equal, np.greater, np.greater_equal), (CHOICE, _difference)),
    **dict.fromkeys((np.floor, np.ceil), (JUMP, _whole)),
    **dict.fromkeys((np.rint, np.round, np.around), (JUMP, _half)),
    **dict.fromkeys((np.trunc, np.fix), (JUMP, _toward_zero)),
    **dict.fromkeys((np.sign, np.signbit), (JUMP, _first)),
    **dict.fromkeys((operator.floordiv, np.floor_divide), (JUMP, _quotient)),
    np.argmax: (CHOICE, _lead(1.0)), np.argmin: (CHOICE, _lead(-1.0)),
}  # fmt: skip
