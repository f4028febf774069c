"""Why a gradient is tiny or huge: the factors by which it shrinks and grows on the heaviest path to the target."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.graph import Node
from autograd_lite.explain.reasons.cause import Cause, blame, origin
from autograd_lite.explain.reasons.flow import Flow, size_of
from autograd_lite.explain.reasons.slopes import SATURATING

# An operation that accounts for more than this part of the (logarithm of the) whole is named by itself.
_MOST_OF_IT = 0.6


class Factor(NamedTuple):
    """By what one operation multiplies the size of the cotangent that passes."""

    node: Node
    gain: float
    after: float


def factors_to(flow: Flow, mask: Any = None) -> list[Factor]:
    """Return the factors on the heaviest path from the output to the target, in the order of the sweep.

    Parameters
    ----------
    flow : Flow
    mask : array of bool, optional
        Which elements of the target matter; it is followed as long as operations are elementwise.
    """
    found: list[Factor] = []
    node = flow.target
    while node is not flow.output and flow.into.get(node):
        chosen = _masked(mask)
        edge = max(flow.into[node], key=lambda candidate: size_of(chosen(candidate.c)))
        same = mask is not None and edge.node.plan.primitive.kind == "elementwise" and edge.node.shape == node.shape
        if not same:
            mask = None
        arrived, left = size_of(_masked(mask)(edge.g)), size_of(chosen(edge.c))
        gain = left / arrived if arrived > 0 else 0.0
        if 0 < gain < math.inf:
            found.append(Factor(edge.node, gain, left))
        node = edge.node
    return found[::-1]


def _masked(mask: Any) -> Any:
    def chosen(value: Any) -> Any:
        if mask is None or isinstance(value, tuple) or np.shape(value) != np.shape(mask):
            return value
        return np.asarray(value)[mask]

    return chosen


def size_causes(flow: Flow, mask: Any, tiny: bool) -> list[Cause]:
    """Return the causes of a gradient that is tiny (or huge) in some elements, the heaviest first."""
    factors = factors_to(flow, mask)
    sign = -1 if tiny else 1
    weights: dict[tuple[str, str], list[Factor]] = {}
    for factor in factors:
        if sign * math.log(factor.gain) > 1e-9:
            weights.setdefault((factor.node.plan.primitive.name, origin(factor.node)), []).append(factor)
    ranked = sorted(weights.values(), key=lambda group: -sum(sign * math.log(f.gain) for f in group))
    whole = sum(sign * math.log(f.gain) for group in ranked for f in group)
    seed = size_of(flow.seed)
    causes: list[Cause] = []
    if 0 < seed < 1e-3 if tiny else seed > 1e3:
        word = "small" if tiny else "large"
        causes.append(
            blame(_word(tiny), f"the cotangent that the sweep starts from is {word}: {seed:.3g}", flow.output, mask)
        )
    if not ranked:
        return causes
    number = sum(len(group) for group in ranked)
    single = max((f for group in ranked for f in group), key=lambda f: sign * math.log(f.gain))
    causes += _saturated(ranked, mask) if tiny else []
    if sign * math.log(single.gain) > _MOST_OF_IT * whole or number == 1:
        if not any(cause.number == single.node.number for cause in causes):
            causes.append(_single(single, mask, tiny))
    else:
        causes.insert(0, _product(ranked, number, mask, tiny, flow))
    return causes


def _word(tiny: bool) -> str:
    return "small factor" if tiny else "steep slope"


def _single(factor: Factor, mask: Any, tiny: bool) -> Cause:
    name = factor.node.plan.primitive.name
    text = f"{name} multiplies the cotangent by {factor.gain:.3g}"
    return blame(_word(tiny), text, factor.node, mask)


def _saturated(ranked: list[list[Factor]], mask: Any) -> list[Cause]:
    causes = []
    for group in ranked[:3]:
        flat = [f for f in group if f.node.plan.primitive.name in SATURATING and f.gain < 1e-2]
        if flat:
            least = min(flat, key=lambda f: f.gain)
            text = f"{least.node.plan.primitive.name} is saturated: its slope there is {least.gain:.3g}"
            cause = blame("saturation", text, least.node, mask)
            cause.count = len(flat)
            causes.append(cause)
    return causes


def _product(ranked: list[list[Factor]], number: int, mask: Any, tiny: bool, flow: Flow) -> Cause:
    word, verb = ("vanishing", "shrinks") if tiny else ("exploding", "grows")
    parts = []
    for group in ranked[:5]:
        product = math.exp(sum(math.log(f.gain) for f in group))
        line = origin(group[0].node)
        where = f" at {line}" if line else ""
        parts.append(f"{group[0].node.plan.primitive.name} x{len(group)}: {product:.3g}{where}")
    ends = f"from {size_of(flow.seed):.3g} to {size_of(flow.arrived.get(flow.target, 0.0)):.3g}"
    text = (
        f"the cotangent {verb} {ends} in a product of {number} factors {'below' if tiny else 'above'} one:\n    "
        + "\n    ".join(parts)
    )
    cause = blame(word, text, ranked[0][0].node, mask)
    cause.count = number
    return cause
