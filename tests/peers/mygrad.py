"""MyGrad's tests of functions, on autograd_lite: ``python -m tests.peers.mygrad [EXAMPLES]``.

MyGrad draws arrays with hypothesis, of shapes that broadcast, and compares value and gradient with NumPy's value and
its differences. The functions, bounds and assumptions are those of its tests; what they check is said again here.
Differences on purpose: at ties MyGrad's ``maximum`` has slope 0 and ours shares (docs/design.md); it refuses norms of
matrices, has operations in place, views and constants of its own, and none of that is tested here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
from hypothesis import HealthCheck, assume, given, settings

import autograd_lite as ag
from autograd_lite import Tensor, nn
from autograd_lite.core.dispatch import untracked
from autograd_lite.scipy import special

from .rows import listed, report

Strategy = st.SearchStrategy[Any]


@dataclass(frozen=True)
class Drawn:
    """One function of MyGrad.

    Parameters
    ----------
    name : str
    function : callable
        Takes arrays by position, and keywords.
    count : int
        How many arrays it takes.
    bounds : dict
        By the number of the array, the interval of its elements; (-10, 10) if not given.
    keywords : callable
        Gives, for the arrays, a strategy of dicts.
    apart : callable, optional
        Says whether arrays are clear of ties and kinks.
    shapes : sequence of strategies, optional
        Of the arrays; if not given, shapes that broadcast.
    order : int
        0: only the value.
    """

    name: str
    function: Callable[..., Any]
    count: int = 1
    bounds: dict[int, tuple[float, float]] = field(default_factory=dict)
    keywords: Callable[..., Strategy] = lambda *arrays: st.just({})
    apart: Callable[..., bool] | None = None
    shapes: Strategy | None = None
    order: int = 1

    def arguments(self, data: Any) -> tuple[list[Any], dict[str, Any]]:
        """Draw arrays and keywords."""
        broadcasting = hnp.mutually_broadcastable_shapes(num_shapes=self.count, max_dims=3, max_side=3)
        drawn = data.draw(self.shapes if self.shapes is not None else broadcasting.map(lambda s: s.input_shapes))
        arrays = [
            data.draw(hnp.arrays(float, shape, elements=st.floats(*self.bounds.get(k, (-10, 10)), width=32)))
            for k, shape in enumerate(drawn)
        ]
        return arrays, data.draw(self.keywords(*arrays))

    def forward(self, data: Any) -> None:
        """Check the value, and that nothing is written into."""
        arrays, keywords = self.arguments(data)
        copies = [x.copy() for x in arrays]
        found = listed(self.function(*(Tensor(x, requires_grad=True, copy=False) for x in arrays), **keywords))
        for a, b in zip(found, listed(self.function(*copies, **keywords)), strict=True):
            np.testing.assert_allclose(untracked(a), b, rtol=1e-12, atol=1e-12)
        for x, copied in zip(arrays, copies, strict=True):
            np.testing.assert_array_equal(x, copied)

    def backward(self, data: Any) -> None:
        """Check reverse mode against differences."""
        arrays, keywords = self.arguments(data)
        assume(self.apart is None or self.apart(*arrays, **keywords))
        ag.check_grads(lambda *x: self.function(*x, **keywords), tuple(arrays), order=self.order, modes="reverse")


def distinct(*arrays: Any, **_: Any) -> bool:
    """Say whether all elements of all arrays are different."""
    values = np.sort(np.concatenate([np.ravel(x) for x in arrays]))
    return bool(np.all(np.diff(values) > 0.05))


def off_zero(x: Any, **_: Any) -> bool:
    return bool(np.all(np.abs(x) > 0.01))


def reduced(x: Any) -> Strategy:
    """Draw an axis, several or None, and keepdims."""
    axes = st.none() | hnp.valid_tuple_axes(x.ndim) | (st.integers(-x.ndim, x.ndim - 1) if x.ndim else st.none())
    return st.fixed_dictionaries({"axis": axes, "keepdims": st.booleans()})


def one_axis(x: Any) -> Strategy:
    return st.fixed_dictionaries({"axis": st.none() | st.integers(-x.ndim, x.ndim - 1) if x.ndim else st.none()})


def an_axis(x: Any, *_: Any) -> Strategy:
    return st.fixed_dictionaries({"axis": st.integers(-x.ndim, x.ndim - 1)})


def two_axes(x: Any) -> Strategy:
    axis = st.integers(-x.ndim, x.ndim - 1)
    return st.fixed_dictionaries({"axis1": axis, "axis2": axis})


def moved(x: Any) -> Strategy:
    """Draw axes to move, and where to."""
    return st.integers(0, x.ndim).flatmap(
        lambda n: st.fixed_dictionaries(
            {name: hnp.valid_tuple_axes(x.ndim, min_size=n, max_size=n) for name in ("source", "destination")}
        )
    )


def rolled(x: Any) -> Strategy:
    axis = st.none() | st.integers(-x.ndim, x.ndim - 1)
    return st.fixed_dictionaries({"shift": st.integers(-5, 5), "axis": axis})


def wider(x: Any) -> Strategy:
    return hnp.array_shapes(max_dims=2, max_side=3).map(lambda lead: {"shape": lead + x.shape})


def normed(x: Any) -> Strategy:
    """Draw an order of a vector norm, one axis, and keepdims."""
    orders = st.sampled_from([1.0, 2.0, -1.0, 0.5, 1.25, 1.5, 2.5, -np.inf, np.inf])
    axis = st.integers(-x.ndim, x.ndim - 1)
    return st.fixed_dictionaries({"ord": orders, "axis": axis | st.tuples(axis), "keepdims": st.booleans()})


def labels(x: Any) -> Strategy:
    classes = st.integers(0, x.shape[1] - 1)
    return st.fixed_dictionaries({"labels": hnp.arrays(int, x.shape[0], elements=classes)})


def some_axes(*least: int) -> Strategy:
    """Draw the shapes of one array of at least so many axes for each number."""
    return st.tuples(*(hnp.array_shapes(min_dims=n, max_dims=3, max_side=3) for n in least))


def matrices() -> Strategy:
    return hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=3).map(
        lambda drawn: drawn.input_shapes
    )


def alike(count: int) -> Strategy:
    return hnp.array_shapes(max_dims=3, max_side=3).map(lambda shape: (shape,) * count)


def alone(name: str, low: float = -10, high: float = 10, function: Any = None, **options: Any) -> Drawn:
    """Return a row of a function of one array between bounds."""
    return Drawn(name, getattr(np, name) if function is None else function, bounds={0: (low, high)}, **options)


ROWS = [
    *(alone(name) for name in ("positive", "negative", "square", "sin", "cos", "sinh", "cosh", "tanh", "arcsinh",
                               "sinc", "exp", "exp2", "expm1")),
    alone("reciprocal", apart=off_zero, low=0.015625, high=64), alone("tan", -1.5, 1.5),
    alone("csc", 0.125, 3, lambda x: 1 / np.sin(x)), alone("sec", -1.5, 1.5, lambda x: 1 / np.cos(x)),
    alone("cot", 0.125, 3, lambda x: 1 / np.tan(x)), alone("csch", 0.0625, 10, lambda x: 1 / np.sinh(x)),
    alone("sech", function=lambda x: 1 / np.cosh(x)), alone("coth", 0.0625, 10, lambda x: 1 / np.tanh(x)),
    alone("arcsin", -0.875, 0.875), alone("arccos", -0.875, 0.875), alone("arctan", 0.125, 10),
    alone("arccsc", 1.125, 64, lambda x: np.arcsin(1 / x)), alone("arcsec", 1.125, 64, lambda x: np.arccos(1 / x)),
    alone("arccot", 0.125, 10, lambda x: np.arctan(1 / x)), alone("arccosh", 1.0625, 10), alone("arctanh", -0.5, 0.5),
    alone("arccsch", 1, 10, lambda x: np.arcsinh(1 / x)), alone("arccoth", 5, 10, lambda x: np.arctanh(1 / x)),
    *(alone(name, 0.015625, 64) for name in ("log", "log2", "log10", "log1p", "sqrt")),
    alone("cbrt", apart=off_zero), alone("abs", apart=off_zero),
    *(Drawn(name, getattr(np, name), 2) for name in ("add", "subtract", "multiply", "logaddexp", "logaddexp2")),
    Drawn("divide", np.divide, 2, {1: (1, 10)}), Drawn("power", np.power, 2, {0: (1, 10), 1: (-3, 3)}),
    Drawn("arctan2", np.arctan2, 2, {1: (1, 10)}),
    *(Drawn(name, getattr(np, name), 2, apart=distinct) for name in ("maximum", "minimum")),
    Drawn("clip", np.clip, 3, apart=distinct),
    Drawn("clip from below", lambda x, low: np.clip(x, low, None), 2, apart=distinct),
    Drawn("clip from above", lambda x, high: np.clip(x, None, high), 2, apart=distinct),
    *(Drawn(name, getattr(np, name), keywords=reduced) for name in ("sum", "mean", "var")),
    *(Drawn(name, getattr(np, name), keywords=reduced, apart=distinct) for name in ("max", "min", "std")),
    Drawn("var with ddof", lambda x, ddof: np.var(x, ddof=ddof), shapes=st.just(((10,),)),
          keywords=lambda x: st.fixed_dictionaries({"ddof": st.integers(0, 9)})),
    alone("prod", -2, 2, keywords=reduced), alone("cumprod", -2, 2, keywords=one_axis),
    alone("cumsum", -2, 2, keywords=one_axis),
    Drawn("matmul", np.matmul, 2, shapes=matrices()),
    *(Drawn(f"einsum {text}", lambda *x, text=text: np.einsum(text, *x), len(shapes), shapes=st.just(shapes))
      for text, shapes in [
        ("ii", ((5, 5),)), ("ii->i", ((5, 5),)), ("ij->", ((5, 5),)), ("ij,j", ((5, 5), (5,))), ("ji", ((2, 3),)),
        ("...j,j", ((5, 5), (5,))), ("...,...", ((), (2, 3))), ("i,i", ((5,), (5,))), ("i,j", ((2,), (5,))),
        ("ijk,jil->kl", ((3, 4, 5), (4, 3, 2))), ("ki,jk->ij", ((3, 2), (4, 3))), ("ki,...k->i...", ((3, 2), (4, 3))),
        ("k...,jk", ((3, 2), (4, 3))), ("ijji->i", ((5, 2, 2, 5),)), ("iii->i", ((5, 5, 5),)),
        ("ijji->ji", ((5, 2, 2, 5),)), ("ijji,kji->kj", ((5, 2, 2, 5), (3, 2, 1))),
        ("ijji,kji,jj->ijk", ((5, 2, 2, 5), (3, 2, 1), (1, 1))), ("i,i", ((4,), (1,))), ("ia,ia,i->a", ((3, 2),) * 2 +
        ((1,),)), ("iBCj,aijd->aBCd", ((5, 3, 4, 6), (1, 5, 6, 2))), ("ijk,->j", ((2, 3, 2), ()))]),
    Drawn("multi_matmul", lambda *x: np.linalg.multi_dot(x), 3, shapes=st.tuples(*[st.integers(1, 3)] * 4).map(
        lambda n: ((n[0], n[1]), (n[1], n[2]), (n[2], n[3])))),
    Drawn("norm", np.linalg.norm, bounds={0: (0.0625, 10)}, keywords=normed, apart=distinct, shapes=some_axes(1)),
    Drawn("transpose", np.transpose, keywords=lambda x: st.fixed_dictionaries(
        {"axes": st.none() | st.permutations(range(x.ndim)).map(tuple)})),
    Drawn("squeeze", np.squeeze), Drawn("expand_dims", np.expand_dims, shapes=some_axes(0),
          keywords=lambda x: st.fixed_dictionaries({"axis": st.integers(-x.ndim - 1, x.ndim)})),
    Drawn("moveaxis", np.moveaxis, keywords=moved), Drawn("swapaxes", np.swapaxes, keywords=two_axes,
                                                          shapes=some_axes(1)),
    Drawn("flatten", lambda x: x.flatten()), Drawn("ravel", np.ravel), Drawn("broadcast_to", np.broadcast_to,
                                                                             keywords=wider),
    Drawn("roll", np.roll, keywords=rolled, shapes=some_axes(1)),
    Drawn("repeat", np.repeat, shapes=some_axes(1), keywords=lambda x: st.fixed_dictionaries(
        {"repeats": st.integers(0, 3), "axis": st.none() | st.integers(-x.ndim, x.ndim - 1)})),
    Drawn("reshape", lambda x: np.reshape(x, x.shape[::-1])), Drawn("where", lambda x, y: np.where(
        np.arange(np.broadcast_shapes(x.shape, y.shape)[-1] if x.ndim or y.ndim else 1) % 2 == 0, x, y), 2),
    Drawn("concatenate", lambda x, y, axis: np.concatenate([x, y], axis), 2, shapes=alike(2), keywords=an_axis),
    Drawn("stack", lambda x, y, axis: np.stack([x, y], axis), 2, shapes=alike(2), keywords=an_axis),
    Drawn("getitem", lambda x, index: x[index], shapes=some_axes(1), keywords=lambda x: st.fixed_dictionaries(
        {"index": hnp.basic_indices(x.shape, allow_newaxis=True) | hnp.integer_array_indices(x.shape)})),
    Drawn("getitem by a mask", lambda x, index: x[index], shapes=some_axes(1), keywords=lambda x:
          st.fixed_dictionaries({"index": hnp.arrays(bool, x.shape)})),
    Drawn("relu", nn.relu, apart=off_zero), Drawn("leaky_relu", nn.leaky_relu, apart=off_zero),
    Drawn("sigmoid", nn.sigmoid),
    Drawn("elu", lambda x: np.where(x < 0, 0.7 * np.expm1(np.minimum(x, 0)), x), apart=off_zero),
    Drawn("hard_tanh", lambda x: np.clip(x, -1.0, 1.0), apart=lambda x: off_zero(np.abs(x) - 1)),
    Drawn("soft_sign", lambda x: x / (1 + np.abs(x)), apart=off_zero),
    Drawn("glu", lambda x: x[..., ::2] * nn.sigmoid(x[..., 1::2]), shapes=st.just(((3, 4),))),
    *(Drawn(name, getattr(special, name), keywords=one_axis) for name in ("softmax", "log_softmax")),
    Drawn("logsumexp", special.logsumexp, keywords=reduced),
    Drawn("softmax_crossentropy", lambda x, labels: nn.cross_entropy(x, labels), keywords=labels,
          shapes=st.tuples(st.tuples(st.integers(1, 5), st.integers(1, 5)))),
    Drawn("margin_ranking_loss", lambda x, y: np.mean(np.maximum(0.5 - (x - y), 0)), 2, shapes=alike(2),
          apart=lambda x, y: bool(np.all(np.abs(x - y - 0.5) > 0.01))),
]  # fmt: skip

MISSING = {
    "setitem, out=, where=": "operations in place",
    "multiclass_hinge, focal_loss, negative_log_likelihood": "losses that are not in nn",
    "batchnorm, conv_nd, max_pool, gru": "layers; those of nn have tests of their own",
}


def body(row: Drawn, name: str, examples: int) -> Callable[[], None]:
    """Return one test: so many examples, the same ones each time."""

    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(data=st.data())
    def run(data: Any) -> None:
        with np.errstate(all="ignore"):
            getattr(row, name)(data)

    return run


def tests(examples: int) -> Iterator[tuple[str, str, Callable[[], None]]]:
    """Yield function, name and body of every test."""
    for row in ROWS:
        for name in ("forward", "backward")[: 1 + row.order]:
            yield row.name, name, body(row, name, examples)


if __name__ == "__main__":
    EXAMPLES = int(sys.argv[1]) if sys.argv[1:] else 100
    raise SystemExit(min(1, report(f"MyGrad, {EXAMPLES} examples of each", tests(EXAMPLES), MISSING)))
