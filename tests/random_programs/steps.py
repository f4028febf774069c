"""The kinds of steps that programs are made of, each written once, in NumPy's words, over a namespace ``xp``.

Every kind says how it is drawn from a pool of arrays, what it computes, and how far its arguments are from a kink or a
tie, where derivatives are a convention. Domains are safe by construction: ``log(1 + a * a)`` and not ``log(a)``.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .drawing import MOST_ELEMENTS, STEPS, declare, one, pick, several

__all__ = ["STEPS"]


def gaps(a: Any, axis: Any = None, **_: Any) -> Any:
    """Return the distances between elements that are compared: how far a maximum is from a tie."""
    axes = tuple(range(a.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis
    kept = [i for i in range(a.ndim) if i not in [j % a.ndim for j in axes]]
    rows = np.transpose(a, (*kept, *(j % a.ndim for j in axes))).reshape([a.shape[i] for i in kept] + [-1])
    return np.diff(np.sort(rows, axis=-1), axis=-1)


declare(
    "elementwise", one(),
    negative=lambda xp, a: -a, square=lambda xp, a: xp.square(a), cube=lambda xp, a: a**3,
    power=lambda xp, a: (1 + a * a) ** -1.5, power_of_two=lambda xp, a: 2.0 ** (0.5 * a), twice=lambda xp, a: 2 * a - 1,
    reciprocal=lambda xp, a: xp.reciprocal(1 + a * a), divided=lambda xp, a: 1 / (2 + xp.sin(a)),
    exp=lambda xp, a: xp.exp(0.5 * a), exp2=lambda xp, a: xp.exp2(0.5 * a), expm1=lambda xp, a: xp.expm1(0.5 * a),
    log=lambda xp, a: xp.log(1 + a * a), log2=lambda xp, a: xp.log2(2 + a * a), log10=lambda xp, a: xp.log10(1 + a**2),
    log1p=lambda xp, a: xp.log1p(a * a), sqrt=lambda xp, a: xp.sqrt(0.5 + a * a), cbrt=lambda xp, a: xp.cbrt(1 + a * a),
    sin=lambda xp, a: xp.sin(a), cos=lambda xp, a: xp.cos(a), tan=lambda xp, a: xp.tan(0.7 * xp.sin(a)),
    arcsin=lambda xp, a: xp.arcsin(0.8 * xp.sin(a)), arccos=lambda xp, a: xp.arccos(0.8 * xp.tanh(a)),
    arctan=lambda xp, a: xp.arctan(a), sinh=lambda xp, a: xp.sinh(0.5 * a), cosh=lambda xp, a: xp.cosh(0.5 * a),
    tanh=lambda xp, a: xp.tanh(a), arcsinh=lambda xp, a: xp.arcsinh(a), arccosh=lambda xp, a: xp.arccosh(1.2 + a * a),
    arctanh=lambda xp, a: xp.arctanh(0.8 * xp.tanh(a)), degrees=lambda xp, a: 0.02 * xp.degrees(a),
    radians=lambda xp, a: xp.radians(20 * a), logistic=lambda xp, a: 1 / (1 + xp.exp(-a)),
    halved=lambda xp, a: 0.5 * a, tamed=lambda xp, a: 2 * xp.tanh(0.25 * a),
)  # fmt: skip
declare(
    "elementwise", one(), lambda a: a,
    abs=lambda xp, a: xp.abs(a), sign=lambda xp, a: a * xp.sign(a) + a, where=lambda xp, a: xp.where(a > 0, a * a, a),
    maximum_zero=lambda xp, a: xp.maximum(a, 0), selected=lambda xp, a: xp.where(a > 0, xp.log(1 + xp.abs(a)), 0.0),
)  # fmt: skip
declare("elementwise", one(), lambda a: np.abs(np.abs(a) - 0.75), clip=lambda xp, a: xp.clip(a, -0.75, 0.75))
declare(
    "elementwise", one(), lambda a: a - np.round(a),
    floor=lambda xp, a: a * xp.floor(a), ceil=lambda xp, a: xp.ceil(a) - a * a, trunc=lambda xp, a: a * xp.trunc(a),
    remainder=lambda xp, a: xp.remainder(a, 1.0),
)  # fmt: skip


def is_array(a: Any) -> bool:
    return np.ndim(a) > 0


def broadcasting(a: Any, b: Any) -> bool:
    """Say whether two arrays broadcast and stay small."""
    return int(np.prod(np.broadcast_shapes(np.shape(a), np.shape(b)))) <= MOST_ELEMENTS


pair = several(2, broadcasting)
declare(
    "arithmetic", pair,
    add=lambda xp, a, b: a + b, subtract=lambda xp, a, b: a - b, multiply=lambda xp, a, b: a * b,
    divide=lambda xp, a, b: a / (1.5 + xp.cos(b)), power_of=lambda xp, a, b: (1 + a * a) ** xp.tanh(b),
    logaddexp=lambda xp, a, b: xp.logaddexp(a, b), masked=lambda xp, a, b: xp.where(stripes(a + b), a, b),
)  # fmt: skip
declare(
    "arithmetic", pair, lambda a, b: a - b,
    maximum=lambda xp, a, b: xp.maximum(a, b), minimum=lambda xp, a, b: xp.minimum(a, b),
    fmax=lambda xp, a, b: xp.fmax(a, b), fmin=lambda xp, a, b: xp.fmin(a, b),
    greater=lambda xp, a, b: xp.where(a > b, a * b, a + b), clip_between=lambda xp, a, b: xp.clip(a, b, b + 40),
)  # fmt: skip
declare(
    "arithmetic", pair, lambda a, b: 0.01 * (a * a + b * b),
    hypot=lambda xp, a, b: xp.hypot(a, b),
)  # fmt: skip
declare(
    "arithmetic", pair, lambda a, b: np.where(b < 0, a, 0.01 * (a * a + b * b)),  # its cut is where b < 0 and a is 0
    arctan2=lambda xp, a, b: xp.arctan2(a, b),
)  # fmt: skip


def stripes(a: Any) -> np.ndarray:
    """Return a fixed boolean mask of an array's shape."""
    return (np.arange(int(np.prod(a.shape))) % 3 != 1).reshape(a.shape)


# Reductions


def axes_of(rng: Any, a: Any, many: bool = True) -> dict[str, Any]:
    """Draw an axis argument, and keepdims."""
    kinds = [None, int(rng.integers(-a.ndim, a.ndim))]
    if many and a.ndim > 1:
        kinds.append(tuple(int(i) for i in rng.permutation(a.ndim)[: rng.integers(2, a.ndim + 1)]))
    return {"axis": kinds[rng.integers(len(kinds))], "keepdims": bool(rng.random() < 0.4)}


def with_spread(rng: Any, a: Any) -> dict[str, Any]:
    return {**axes_of(rng, a), "ddof": int(rng.integers(2))}


def spreads(a: Any, axis: Any, ddof: int, **_: Any) -> Any:
    count = a.size if axis is None else int(np.prod([a.shape[i] for i in ((axis,) if isinstance(axis, int) else axis)]))
    return 0.05 * np.std(a, axis=axis) if count > ddof else np.zeros(1)


def reducing(name: str) -> Any:
    return lambda xp, a, **options: getattr(xp, name)(a, **options)


declare("reductions", one(1, axes_of), **{name: reducing(name) for name in ("sum", "mean", "prod", "logsumexp")})
declare("reductions", one(1, axes_of), gaps, max=reducing("max"), min=reducing("min"))
declare("reductions", one(1, with_spread), spreads, std=reducing("std"), var=reducing("var"))
declare(
    "reductions", one(1, lambda rng, a: {"axis": axes_of(rng, a, False)["axis"]}),
    cumsum=lambda xp, a, axis: 0.5 * xp.cumsum(a, axis=axis),
)  # fmt: skip

# Shaping


def factored(rng: Any, a: Any) -> dict[str, Any]:
    """Draw another shape of as many elements, with -1 for one of its lengths now and then."""
    rest, shape = a.size, []
    while rest > 1 and rng.random() < 0.8:
        length = int(rng.choice([n for n in range(1, rest + 1) if rest % n == 0]))
        shape.append(length)
        rest //= length
    shape = (*shape, rest) if rest > 1 or not shape else tuple(shape)
    return {"shape": (*shape[:-1], -1) if rng.random() < 0.3 else shape, "order": "F" if rng.random() < 0.2 else "C"}


def axis_of(rng: Any, a: Any) -> int:
    return int(rng.integers(-a.ndim, a.ndim))


def multiplied(xp: Any, pieces: Any) -> Any:
    return functools.reduce(lambda p, q: p * xp.cos(q), pieces)


def margins(rng: Any, a: Any) -> tuple[Any, ...]:
    return tuple(tuple(int(n) for n in rng.integers(0, 3, size=2)) for _ in range(a.ndim))


def joined(a: Any, b: Any) -> Any:
    return np.concatenate([a, b], axis=-1)


def alike(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b)


def ordered(xp: Any, a: Any, shape: Any, order: str) -> Any:
    return xp.reshape_in(a, shape, order)


declare("shaping", one(1, factored), reshape=ordered)
declare("shaping", one(0, lambda rng, a: {"axis": int(rng.integers(-np.ndim(a) - 1, np.ndim(a) + 1))}),
        expand_dims=lambda xp, a, axis: xp.expand_dims(a, axis))  # fmt: skip
declare("shaping", one(1, suits=lambda a: 1 in a.shape), squeeze=lambda xp, a: xp.squeeze(a))
declare("shaping", one(1), ravel=lambda xp, a: xp.ravel(a))
declare("shaping", one(2, lambda rng, a: {"axes": tuple(int(i) for i in rng.permutation(a.ndim))}),
        transpose=lambda xp, a, axes: xp.transpose(a, axes))  # fmt: skip
declare("shaping", one(2, lambda rng, a: {"i": axis_of(rng, a), "j": axis_of(rng, a)}),
        moveaxis=lambda xp, a, i, j: xp.moveaxis(a, i, j),
        swapaxes=lambda xp, a, i, j: xp.swapaxes(a, i, j))  # fmt: skip
declare("shaping", one(0, lambda rng, a: {"shape": (2, *(3 if n == 1 else n for n in np.shape(a)))}),
        broadcast_to=lambda xp, a, shape: xp.broadcast_to(a, shape))  # fmt: skip
declare("shaping", several(2, joined, first=is_array),
        concatenate=lambda xp, a, b: xp.concatenate([a, b, a], axis=-1))  # fmt: skip
declare("shaping", several(2, alike, lambda rng, a, b: {"axis": int(rng.integers(-np.ndim(a) - 1, np.ndim(a) + 1))}),
        stack=lambda xp, a, b, axis: xp.stack([a, b], axis=axis))  # fmt: skip
declare("shaping", one(1, lambda rng, a: {"parts": int(rng.choice([n for n in (1, 2, 3) if a.shape[-1] % n == 0]))}),
        split=lambda xp, a, parts: multiplied(xp, xp.split(a, parts, axis=-1)))  # fmt: skip
declare("shaping", one(1, lambda rng, a: {"widths": margins(rng, a), "value": float(rng.choice([0.0, 1.5]))}),
        pad=lambda xp, a, widths, value: xp.pad(a, widths, constant_values=value))  # fmt: skip
declare("shaping", one(1, lambda rng, a: {"axis": axis_of(rng, a) if rng.random() < 0.7 else None}),
        flip=lambda xp, a, axis: xp.flip(a, axis))  # fmt: skip
declare("shaping", one(1, lambda rng, a: {"shift": int(rng.integers(-4, 5)), "axis": axes_of(rng, a, False)["axis"]}),
        roll=lambda xp, a, shift, axis: xp.roll(a, shift, axis))  # fmt: skip
declare("shaping", one(1, lambda rng, a: {"times": int(rng.integers(1, 4)), "axis": axes_of(rng, a, False)["axis"]}),
        repeat=lambda xp, a, times, axis: xp.repeat(a, times, axis))  # fmt: skip
declare("shaping", one(1, lambda rng, a: {"times": tuple(int(n) for n in rng.integers(1, 3, size=rng.integers(1, 4)))}),
        tile=lambda xp, a, times: xp.tile(a, times))  # fmt: skip

# Indexing. Indices are drawn as Python literals; boolean masks are constants.


def slice_of(rng: Any, n: int) -> slice:
    """Draw a slice that is not empty, backwards now and then."""
    step = int(rng.choice([1, 1, 2, -1, -2]))
    low = int(rng.integers(0, n))
    high = int(rng.integers(low, n))
    return slice(low, high + 1, step) if step > 0 else slice(high, low - 1 if low else None, step)


def basic(rng: Any, a: Any) -> dict[str, Any]:
    """Draw integers, slices, None and an Ellipsis."""
    items: list[Any] = [
        int(rng.integers(-n, n)) if rng.random() < 0.35 else slice_of(rng, n) for n in a.shape[: rng.integers(1, 4)]
    ]
    if len(items) < a.ndim and rng.random() < 0.5:
        items = [Ellipsis, *(slice_of(rng, n) for n in a.shape[-len(items) :])]
    if rng.random() < 0.3:
        items.insert(int(rng.integers(len(items) + 1)), None)
    return {"index": tuple(items)}


def positions(rng: Any, n: int, shape: tuple[int, ...]) -> Any:
    return rng.integers(-n, n, size=shape).tolist()


def fancy(rng: Any, a: Any) -> dict[str, Any]:
    """Draw arrays of integers, which repeat, mixed with integers and slices in any place."""
    shape = tuple(int(n) for n in rng.integers(1, 4, size=rng.integers(1, 3)))
    items: list[Any] = []
    for n in a.shape:
        kind = rng.random()
        if kind < 0.5:
            items.append(positions(rng, n, shape if rng.random() < 0.7 else shape[-1:]))
        else:
            items.append(int(rng.integers(-n, n)) if kind < 0.65 else slice_of(rng, n))
    if not any(isinstance(item, list) for item in items):
        items[rng.integers(len(items))] = positions(rng, 2 if 1 not in a.shape else 1, shape)
    return {"index": tuple(items)}


def mask(rng: Any, a: Any) -> dict[str, Any]:
    """Draw a boolean mask over the leading axes, or over the last behind an Ellipsis."""
    if rng.random() < 0.4:
        return {"index": (Ellipsis, some_true(rng, a.shape[-1:]))}
    return {"index": (some_true(rng, a.shape[: rng.integers(1, a.ndim + 1)]),)}


def some_true(rng: Any, shape: tuple[int, ...]) -> Any:
    chosen = rng.random(shape) < 0.6
    chosen.flat[rng.integers(chosen.size)] = True
    return chosen.tolist()


def taken(rng: Any, a: Any) -> dict[str, Any]:
    axis = axes_of(rng, a, False)["axis"]
    return {"indices": positions(rng, a.size if axis is None else a.shape[axis], (2, 2)), "axis": axis}


def taken_along(rng: Any, a: Any) -> dict[str, Any]:
    axis = axis_of(rng, a)
    shape = list(a.shape)
    shape[axis] = 2
    return {"indices": rng.integers(0, a.shape[axis], size=shape).tolist(), "axis": axis}


declare("indexing", one(1, basic), basic=lambda xp, a, index: xp.pick(a, index))
declare("indexing", one(1, fancy), fancy=lambda xp, a, index: xp.pick(a, index))
declare("indexing", one(1, mask), mask=lambda xp, a, index: xp.pick(a, index))
declare("indexing", one(1, taken), take=lambda xp, a, indices, axis: xp.take(a, np.array(indices), axis=axis))
declare("indexing", one(1, taken_along),
        take_along_axis=lambda xp, a, indices, axis: xp.take_along_axis(a, np.array(indices), axis))  # fmt: skip
declare("indexing", several(2, lambda a, b: np.ndim(b) == 0, lambda rng, a, b: basic(rng, a), first=is_array),
        at_set=lambda xp, a, b, index: xp.update(a, "set", index, b),
        at_add=lambda xp, a, b, index: xp.update(a, "add", index, b))  # fmt: skip

# Linear algebra

EINSUMS = (
    "ij->ji", "ii->i", "ii", "...i->...", "i...->...", "ij,jk->ik", "...ij,...jk->...ik", "i,i", "i,j->ij", "ij,ij",
    "...i,i->...", "ijk,jk->i", "ij,kj,k->i", "iij->j", "ij,j", "bij,bjk->bik", "...,...->...", "ii,i->i", "ijk->kj",
    "i,ij,j->", "...i,...j->...ij", "ij,jk,kl->il", "iji->j", "ji,...i->...j",
)  # fmt: skip


def einsum_draw(rng: Any, pool: list[Any]) -> Any:
    """Draw subscripts, then arrays that they fit without broadcasting letters (which JAX refuses)."""
    subscripts = str(rng.choice(EINSUMS))
    terms = subscripts.split("->")[0].split(",")
    for _ in range(20):
        chosen = [pick(rng, pool, lambda a, term=term: term_fits(term, a)) for term in terms]
        if None in chosen:
            return None
        arrays = [pool[i] for i in chosen if i is not None]
        if consistent(terms, arrays):
            return tuple(chosen), {"subscripts": subscripts}
    return None


def term_fits(term: str, a: Any) -> bool:
    letters = len(term.replace("...", ""))
    return letters <= np.ndim(a) <= letters + 1 if "..." in term else letters == np.ndim(a)


def consistent(terms: list[str], arrays: list[Any]) -> bool:
    lengths: dict[str, int] = {}
    for term, a in zip(terms, arrays, strict=True):
        front, _, back = term.partition("...")
        named = [*zip(front, a.shape, strict=False), *zip(reversed(back), reversed(a.shape), strict=False)]
        if any(lengths.setdefault(letter, n) != n for letter, n in named):
            return False
    try:
        np.einsum(",".join(terms), *arrays)
    except ValueError:
        return False
    return True


def contracted(rng: Any, a: Any, b: Any) -> dict[str, Any]:
    """Draw axes for tensordot: a number, or pairs of axes of equal length."""
    if a.shape[-1] == b.shape[0] and rng.random() < 0.4:
        return {"axes": 1}
    matching = [(i, j) for i in range(a.ndim) for j in range(b.ndim) if a.shape[i] == b.shape[j]]
    pairs: list[Any] = []
    for i, j in rng.permutation(matching).tolist()[:3] if matching else []:
        if i not in [p[0] for p in pairs] and j not in [p[1] for p in pairs]:
            pairs.append((i, j))
    return {"axes": ([p[0] for p in pairs], [p[1] - b.ndim for p in pairs])}


def planes(rng: Any, a: Any) -> dict[str, Any]:
    i, j = (int(k) for k in rng.permutation(a.ndim)[:2])
    return {"offset": int(rng.integers(-1, 2)), "axis1": i - a.ndim, "axis2": j}


def not_empty(a: Any, offset: int, axis1: int, axis2: int) -> Any:
    return np.ones(1) if np.diagonal(a, offset, axis1, axis2).size else np.zeros(1)


def small_outer(a: Any, b: Any) -> bool:
    return np.size(a) * np.size(b) <= MOST_ELEMENTS


declare("linalg", several(2, lambda a, b: is_array(b) and np.matmul(a, b) is not None, first=is_array),
        matmul=lambda xp, a, b: xp.matmul(a, b), operator=lambda xp, a, b: 0.5 * (a @ b))  # fmt: skip
declare("linalg", several(2, lambda a, b: np.size(np.dot(a, b)) <= MOST_ELEMENTS), dot=lambda xp, a, b: xp.dot(a, b))
declare("linalg", several(2, lambda a, b: np.size(np.inner(a, b)) <= MOST_ELEMENTS),
        inner=lambda xp, a, b: xp.inner(a, b))  # fmt: skip
declare("linalg", several(2, small_outer), outer=lambda xp, a, b: xp.outer(a, b))
declare("linalg", several(2, lambda a, b: is_array(b) and small_outer(a, b), contracted, first=is_array),
        tensordot=lambda xp, a, b, axes: xp.tensordot(a, b, axes))  # fmt: skip
declare("linalg", einsum_draw, einsum=lambda xp, *arrays, subscripts: xp.einsum(subscripts, *arrays))
declare("linalg", one(2, planes), not_empty, trace=reducing("trace"), diagonal=reducing("diagonal"))
declare("linalg", one(1, axes_of, lambda a: a.ndim < 3), lambda a, axis, keepdims: 0.05 * np.linalg.norm(a, axis=axis),
        norm=lambda xp, a, axis, keepdims: xp.norm(a, axis, keepdims))  # fmt: skip
declare("linalg", one(1, lambda rng, a: {"order": float(rng.choice([1, 2, 3, np.inf]))}),
        lambda a, order: np.concatenate([np.ravel(a), np.ravel(gaps(np.abs(a), -1))]),
        vector_norm=lambda xp, a, order: xp.norm(a, -1, order=order))  # fmt: skip
