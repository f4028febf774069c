"""Finding the largest products among the paths of a graph, without listing them all.

Both searches go back from the output and know beforehand how much a partial path can still become: of single numbers
exactly, so that only the k paths asked for are followed; of arrays by bounds on each element, so that partial paths are
followed best bound first (A*; Hart, Nilsson & Raphael, *A formal basis for the heuristic determination of minimum cost
paths*, IEEE Trans. Syst. Sci. Cybern. 4, 1968).
"""

from __future__ import annotations

import heapq
import itertools
import math
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.careful import zero_times_infinity
from autograd_lite.core.cotangents import LazyCotangent, cast, fit
from autograd_lite.core.graph import Node, collect, freed
from autograd_lite.core.outputs import OUTPUT, SEVERAL
from autograd_lite.core.plan import ELEMENTWISE, MULTILINEAR
from autograd_lite.errors import DtypeError

# Jacobians up to so many elements are made, for bounds.
_DENSE = 2**18

# What the cotangents of partial paths may take together.
_BYTES = 2.0e8


class Edge(NamedTuple):
    """A node and one of its inputs, by its position among them."""

    node: Node
    position: int

    @property
    def parent(self) -> Node:
        """The node that the edge leads back to."""
        return self.node.inputs[self.position]


Link = tuple[Any, Edge]  # a path, back from its last edge: the link before it (None: the output), and the edge

Found = list[tuple[float, list[Edge]]]  # the product of each path, and its edges back from the output


class Network:
    """What lies on paths from an input to an output.

    Attributes
    ----------
    nodes : list of Node
        In the order of recording, the input first; only the input if there is no path.
    edges : dict of Node to list of Edge
    count, nonzero : int
        How many paths there are, and how many have no factor that is zero.
    is_scalar : bool
        Whether single numbers flow, once the output is paired with its cotangent and the input with its direction.
    local : dict of Edge to float
        The local derivatives, if so.
    """

    def __init__(self, output: Node, target: Node, cotangent: Any, direction: Any):
        self.output, self.target, self.cotangent, self.direction = output, target, cotangent, direction
        traversal = collect([output], [target])
        order = list(reversed(traversal.order))
        on_path, self.nodes, self.edges = {target}, [target], {target: []}
        for node in order:
            edges = [Edge(node, i) for i, parent in enumerate(node.inputs) if parent in on_path]
            if edges and node is not target:
                on_path.add(node)
                self.nodes.append(node)
                self.edges[node] = edges
                if node.saved is None:
                    raise freed(node)
        if any(node.dtype.kind == "c" for node in self.nodes):
            raise DtypeError("explain.paths: complex numbers flow along a path, and their derivatives are no products")
        self.is_scalar = all(node.dtype is not SEVERAL and math.prod(node.shape) == 1 for node in self.nodes[1:])
        self.local: dict[Edge, float] = {}
        if self.is_scalar:
            with np.errstate(all="ignore"):
                for node in self.nodes[1:]:
                    self._differentiate(node)
        self.count = self._counted(output, False)
        self.nonzero = self._counted(output, True) if self.is_scalar else self.count

    def _differentiate(self, node: Node) -> None:
        one = self.cotangent if node is self.output else np.ones(node.shape, node.dtype)[()]
        for edge in self.edges[node]:
            c = pulled(edge, one)
            weighed = 0.0 if c is None else np.sum(c * self.direction) if edge.parent is self.target else c
            self.local[edge] = np.asarray(weighed, float).item()

    def _counted(self, output: Node, nonzero: bool) -> int:
        """Count paths; the product of their factors is not asked, which may underflow."""
        counts = {self.target: 1}
        for node in self.nodes[1:]:
            counts[node] = sum(counts[e.parent] for e in self.edges[node] if not nonzero or self.local[e] != 0)
        return counts.get(output, 0)


def pulled(edge: Edge, g: Any) -> Any:
    """Pull a cotangent back along one edge; None or an array of the parent's shape, a tuple if it has several."""
    node, parent, saved = edge.node, edge.parent, edge.node.saved
    with np.errstate(all="ignore"):
        for position, pull in enumerate(node.plan.pulls_for(node, g, saved, 0)):
            if position != edge.position:
                continue
            c = pull(g, saved)
            if isinstance(c, LazyCotangent):
                c = c.materialize()
            elif c is not None:
                c = zero_times_infinity(node, g, c, pull, saved, 0)[0]
            return c if c is None or parent.dtype is SEVERAL else cast(fit(c, parent.shape), parent.dtype)
    return None


def best_of_numbers(network: Network, k: int) -> Found:
    """Return the k products of largest magnitude; those that are zero are left out."""
    if not network.count:
        return []
    # Logarithms, because products of thousands of factors over- and underflow.
    size = {edge: _log(abs(local)) for edge, local in network.local.items()}
    completion = {network.target: 0.0}
    for node in network.nodes[1:]:
        completion[node] = max((size[e] + completion[e.parent] for e in network.edges[node] if size[e] > -math.inf),
                               default=-math.inf)  # fmt: skip
    ties = itertools.count()
    heap: list[tuple[float, int, Any, Node, float]] = [(-completion[network.output], 0, None, network.output, 0.0)]
    floor: list[float] = []  # the k best that were queued: nothing below the least of them can be among the answers
    found: Found = []
    while heap and len(found) < k:
        priority, _, link, node, behind = heapq.heappop(heap)
        if priority == math.inf:  # all that is left is zero
            break
        while node is not network.target:
            ahead = [(behind + size[e] + completion[e.parent], e) for e in network.edges[node] if size[e] > -math.inf]
            best = max(ahead, key=lambda pair: pair[0])[1]
            for reach, edge in ahead:
                if edge is best or reach == -math.inf or (len(floor) == k and reach < floor[0]):
                    continue
                (heapq.heappushpop if len(floor) == k else heapq.heappush)(floor, reach)
                heapq.heappush(heap, (-reach, next(ties), (link, edge), edge.parent, behind + size[edge]))
            link, node, behind = (link, best), best.parent, behind + size[best]
        edges = _edges(link)
        factors = [network.local[edge] for edge in edges] or [float(np.sum(network.cotangent * network.direction))]
        found.append((_product(factors), edges))
    return sorted(found, key=lambda pair: -_log(abs(pair[0])))


def _log(magnitude: float) -> float:
    """Return the logarithm, of zero -inf; NaN counts as largest, so that it is seen."""
    return -math.inf if magnitude == 0 else math.inf if math.isnan(magnitude) else math.log(magnitude)


def _edges(link: Link | None) -> list[Edge]:
    edges: list[Edge] = []
    while link is not None:
        link, edge = link
        edges.append(edge)
    edges.reverse()
    return edges


def _product(factors: list[float]) -> float:
    """Multiply with the exponent kept apart, so that nothing overflows on the way."""
    mantissa, exponent = 1.0, 0
    for factor in factors:
        mantissa, shift = math.frexp(mantissa * factor)
        exponent += shift
    try:
        return math.ldexp(mantissa, exponent)
    except OverflowError:
        return math.copysign(math.inf, mantissa)


def best_of_arrays(network: Network, k: int, effort: int) -> tuple[Found, bool]:
    """Return the k contributions of largest magnitude, and whether no other can be larger."""
    if not network.count:
        return [], True
    if network.count <= effort // 4:  # so few that looking at all of them needs no bounds
        limits: dict[Node, Any] = dict.fromkeys(network.nodes, math.inf)
        proven = True
    else:
        limits, proven = _limits(network)
    largest = max(math.prod(node.shape) for node in network.nodes) * 8
    effort = max(min(effort, int(_BYTES / largest)), 100)
    ties = itertools.count()
    heap: list[Any] = [(-math.inf, 0, None, network.output, network.cotangent)]
    found: Found = []
    while heap and len(found) < k and effort > 0:
        _, _, link, node, g = heapq.heappop(heap)
        if node is network.target:
            found.append((float(g), _edges(link)))
            continue
        for edge in network.edges[node]:
            effort -= 1
            item = _extended(network, link, edge, g, limits)
            if item is not None:
                heapq.heappush(heap, (item[0], -next(ties), *item[1:]))
    exact = proven and (len(found) == k or not heap)
    while heap and len(found) < k:  # out of effort: follow the most promising to their ends
        item = heapq.heappop(heap)[2:]
        while item is not None and item[1] is not network.target:
            link, node, g = item
            ahead = (_extended(network, link, edge, g, limits) for edge in network.edges[node])
            best = min((step for step in ahead if step is not None), key=lambda step: step[0], default=None)
            item = None if best is None else best[1:]
        if item is not None:
            found.append((float(item[2]), _edges(item[0])))
    return sorted(found, key=lambda pair: -_log(abs(pair[0])))[:k], exact


def _extended(network: Network, link: Any, edge: Edge, g: Any, limits: dict[Node, Any]) -> Any:
    """Return a partial path with one more edge, and before it minus the bound on what it can become."""
    c = pulled(edge, g)
    if c is None:
        return None
    if edge.parent is network.target:
        value = np.asarray(np.sum(c * network.direction), float).item()
        return (-(math.inf if math.isnan(value) else abs(value)), (link, edge), edge.parent, value)
    reach = _reach(c, limits[edge.parent])
    return (-reach, (link, edge), edge.parent, c) if reach else None


def _reach(c: Any, limit: Any) -> float:
    """Bound what a cotangent can contribute, given what each of its elements can."""
    parts = [(part, limit) for part in c if part is not None] if isinstance(c, tuple) else [(c, limit)]
    total = float(sum(np.sum(np.abs(part) * np.where(part == 0, 0, each)) for part, each in parts))
    return math.inf if math.isnan(total) else total


def _limits(network: Network) -> tuple[dict[Node, Any], bool]:
    """Bound what a cotangent of 1 at each element can contribute along one path; say whether that is proven.

    The elementwise largest of |J| b over the edges, where b bounds the parent.
    """
    limits: dict[Node, Any] = {network.target: np.abs(network.direction)}
    proven = True
    for node in network.nodes[1:]:
        several = node.dtype is SEVERAL
        limit: Any = 0.0 if several else np.zeros(node.shape)
        for edge in network.edges[node]:
            bound, is_bound = _bound(edge, limits[edge.parent])
            proven = proven and is_bound
            limit = np.maximum(limit, np.max(bound) if several else bound)
        limits[node] = np.where(np.isfinite(limit), limit, math.inf)
    return limits, proven


def _bound(edge: Edge, limit: Any) -> tuple[Any, bool]:
    """Return |J| b for the Jacobian of an edge, or something larger; and whether it is that or a guess."""
    node, parent = edge.node, edge.parent
    primitive = node.plan.primitive
    if primitive is OUTPUT:
        return np.broadcast_to(limit, node.shape), True
    size, inner = math.prod(node.shape), math.prod(parent.shape)
    largest = float(np.max(limit, initial=0.0))
    if node.dtype is SEVERAL or not size or not inner:
        return largest, False
    with np.errstate(all="ignore"):
        if primitive.kind == ELEMENTWISE:
            ones = np.ones(node.shape, node.dtype)[()]
            slope = list(node.plan.pulls_for(node, ones, node.saved, 0))[edge.position](ones, node.saved)
            return np.abs(slope) * limit, True
        if size * inner <= _DENSE:
            return np.reshape(np.abs(_jacobian(edge)) @ np.ravel(limit), node.shape), True
        if primitive.kind == MULTILINEAR and len(primitive.arguments) == 2:
            saved = node.saved if isinstance(node.saved, tuple) else (node.saved,)
            norms = [float(np.linalg.norm(value)) for value in saved if isinstance(value, np.ndarray)]
            # Cauchy and Schwarz, for one element: a sum of products with elements of the other argument.
            return max(norms, default=1.0) * float(np.linalg.norm(limit)), bool(norms)
    return largest, False


def _jacobian(edge: Edge) -> Any:
    node = edge.node
    size = math.prod(node.shape)
    identity = np.reshape(np.eye(size, dtype=node.dtype), (size, *node.shape))
    pull = list(node.plan.pulls_for(node, identity, node.saved, 1))[edge.position]
    c = pull(identity, node.saved)
    c = c.materialize() if isinstance(c, LazyCotangent) else c
    return np.reshape(fit(c, edge.parent.shape, 1), (size, -1))
