"""Rows of functions that reduce or accumulate along axes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special as scipy_special

from autograd_lite.rules.softmax import log_softmax, logsumexp, softmax
from operations.row import COMPLEXES, Op, S

AXES = (
    S((2, 3)), S(()), S((4,)), S((2, 3), axis=0), S((2, 3), axis=-1), S((2, 3), axis=None, keepdims=True),
    S((2, 3), axis=1, keepdims=True), S((2, 3, 2), axis=(0, 2)), S((2, 3, 2), axis=(-1, 1), keepdims=True),
    S((2, 3, 2), axis=1), S((1, 3), axis=0), S((2, 3), axis=()),
)  # fmt: skip
MASK = np.array([[True, False, True], [True, True, False]])
HOLES = np.array([[False, True, False], [False, False, True]])
#: Enough where the same code serves as for another function with all of these.
SOME_AXES = tuple(AXES[k] for k in (0, 1, 4, 6, 7, 8))
BAD_AXIS = (S((2, 3), axis=2), S((2, 3), axis=(0, 0)))
SCANS = (S((4,)), S((2, 3)), S((2, 3), axis=0), S((2, 3), axis=-1), S((2, 3, 2), axis=1), S((1,)))
SHARES = (S((4,)), S((2, 3), axis=0), S((2, 3, 2), axis=(0, -1)), S(()))

REDUCED = [
    Op("sum", np.sum, AXES, errors=BAD_AXIS),
    Op("mean", np.mean, SOME_AXES, errors=BAD_AXIS),
    Op("max", np.max, AXES, errors=BAD_AXIS),
    Op("min", np.min, SOME_AXES, errors=BAD_AXIS),
    Op("amax", np.amax, AXES[:1]),
    Op("amin", np.amin, AXES[:1]),
    Op("ptp", np.ptp, [S((2, 3)), S((2, 3), axis=0), S((2, 3, 2), axis=(-1, 1), keepdims=True)]),
    Op("prod", np.prod, AXES, errors=BAD_AXIS),
    Op("prod with zeros", np.prod,
       [S([2.0, 0.0, 3.0]), S([0.0, 0.0, 3.0]), S([[1.0, 0.0, 2.0], [3.0, 2.0, 5.0]], axis=1),
        S([[0.0, 0.0], [0.0, 2.0]], axis=0), S([0.0, 0.0, 0.0])]),
    Op("prod of many", np.prod, [S((9,)), S((7,)), S((1,))], (0.5, 1.5)),
    Op("sum of some", lambda x: np.sum(x * x, axis=0, where=MASK, initial=2.0), [S((2, 3))]),
    Op("sum from what varies", lambda x: np.sum(x * x, 0, None, None, True, x[0, 0]), [S((2, 3))]),
    Op("mean of some", lambda x: np.mean(x * x, axis=1, where=MASK, keepdims=True), [S((2, 3))]),
    Op("prod of some", lambda x: np.prod(x, axis=-1, where=MASK, initial=-1.5), [S((2, 3))]),
    *[Op(f"{f.__name__} from a value", f, [
        S((2, 3), initial=0.3), S((2, 3), axis=0, initial=0.3, keepdims=True), S((2, 3), axis=1, initial=0.3,
        where=MASK), S((2, 3), initial=np.inf if f is np.min else -np.inf, where=MASK)], kinks=(0.3,))
      for f in (np.max, np.min)],
    Op("max from what varies", lambda x: np.max(x, axis=1, initial=x[0, 0], where=x > x[0, 0]), [S((2, 3)), S((3, 2))]),
    Op("min from what varies", lambda x: np.min(x[1:], initial=x[0]) * np.min(x[1:] + 5, initial=x[0]), [S((4,))]),
    Op("sums in another dtype", lambda x: np.sum(x, dtype=np.float64) * np.mean(x, dtype=np.float64)
       * np.prod(x, dtype=np.float64), [S((3,))], dtypes=(np.float64,)),
]  # fmt: skip


def _holed(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, **keywords: function(np.where(HOLES, np.nan, x), **keywords)


PLAIN = (S((2, 3)), S((2, 3), axis=0), S((2, 3), axis=-1, keepdims=True))

NUMBERS = [
    *[Op(f.__name__, _holed(f), PLAIN)
      for f in (np.nansum, np.nanmean, np.nanprod, np.nanmax, np.nanmin)],
    Op("nanmean of all", np.nanmean, [S((2, 3), axis=1), S(())]),
    Op("nansum of some", _holed(np.nansum), [S((2, 3), where=MASK, initial=1.0)]),
    Op("nanmean of some", _holed(np.nanmean), [S((2, 3), axis=1, where=MASK)]),
    Op("nanmax from a value", _holed(np.nanmax), [S((2, 3), axis=0, initial=-0.5), S((2, 3), where=MASK,
       initial=-np.inf)], kinks=(-0.5,)),
    Op("nanmin from a value", _holed(np.nanmin), [S((2, 3), axis=0, initial=0.5)], kinks=(0.5,)),
    Op("nancumsum", _holed(np.nancumsum), [S((2, 3)), S((2, 3), axis=1)]),
    Op("nancumprod", _holed(np.nancumprod), [S((2, 3)), S((2, 3), axis=0)]),
]  # fmt: skip

ZEROS = (S([2.0, 0.0, 3.0, -1.5]), S([[0.0, 0.5], [0.0, 2.0], [1.5, 0.0]], axis=0), S([0.0, 0.0, 0.0]))


def _joined(x: Any, before: Any, behind: Any) -> Any:
    return np.diff(x, axis=0, prepend=before, append=behind)


SCANNED = [
    Op("cumsum", np.cumsum, SCANS, errors=(S((2, 3), axis=2),)),
    Op("cumprod", np.cumprod, [S((4,)), S((2, 3)), S((2, 3, 2), axis=1), S(()), S((7,))], errors=(S((2, 3), axis=2),)),
    Op("complex cumprod", np.cumprod, [S((2, 3), axis=1)], dtypes=COMPLEXES),
    Op("cumprod with zeros", np.cumprod, ZEROS),
    Op("cumulative_sum", np.cumulative_sum, [S((3,)), S((2, 3), axis=0, include_initial=True)], errors=(S((2, 3)),)),
    Op("cumulative_prod", np.cumulative_prod, [S((3,), include_initial=True), S((2, 3), axis=-1)]),
    Op("diff", np.diff, [S((5,)), S((5,), n=2), S((2, 4), axis=0), S((2, 4), n=3), S((4, 2), n=0),
       S((3, 2), n=1, axis=-2), S((2, 3), n=2, axis=0), S((2,), n=3)], errors=(S(()), S((3,), n=-1), S((3,), axis=1))),
    Op("diff with ends", _joined, [S((3, 2), (), (2, 2)), S((1, 2), (1, 2), ())]),
    Op("diff twice with an end", lambda x: np.diff(x, n=2, prepend=x[:1]), [S((3,))]),
    Op("ediff1d", np.ediff1d, [S((4,)), S((2, 3)), S((1,)), S((3,), (2,)), S((3,), (), (2, 2))]),
    Op("gradient", lambda x, *steps, **keywords: np.gradient(x, *steps, **keywords), [
        S((2, 3)), S((4,)), S((3, 4), axis=-1, edge_order=2), S((4,), ()), S((3, 4), (), ()), S((2,)),
        S((3, 2, 3), axis=(0, 2))], (0.5, 2.0), errors=(S((1,)), S((3,), edge_order=3), S((3,), (), ()),
        S((3,), (2,)))),
    Op("gradient at coordinates", lambda x, t: np.gradient(x, t, axis=0, edge_order=2), [
        S((4,), [0.5, 1.0, 2.5, 3.0]), S((5, 2), [0.1, 0.6, 0.8, 1.5, 2.5])], tol=1e-6),
    Op("gradient at coordinates along two axes", lambda x, t, h: np.gradient(x, t, h), [
        S((3, 2), [0.5, 1.0, 2.5], 0.5)], tol=1e-6),
    Op("trapezoid", np.trapezoid, [S((4,)), S((2, 3), axis=0), S((2, 3), dx=0.5), S((3,), (3,)), S((2, 3), (3,)),
       S((2, 3), (2, 3)), S((1,))]),
]  # fmt: skip

EXPONENTIAL = [
    Op("logsumexp", logsumexp, SOME_AXES, reference=scipy_special.logsumexp),
    Op("logsumexp of large", logsumexp, [S((2, 3), axis=1), S((4,))], (998.0, 1002.0),
       reference=scipy_special.logsumexp),
    Op("softmax", softmax, SHARES, reference=scipy_special.softmax),
    Op("log_softmax", log_softmax, SHARES, reference=scipy_special.log_softmax),
    Op("softmax of large", softmax, [S([1000.0, 998.5, -1000.0, -1000.5])], reference=scipy_special.softmax),
    Op("log_softmax of large", log_softmax, [S([1000.0, 998.5, -1000.0, -1000.5])],
       reference=scipy_special.log_softmax),
    Op("softmax with absent entries", lambda x: softmax(np.where(HOLES, -np.inf, x), axis=1), [S((2, 3))]),
    Op("logsumexp with absent entries", lambda x: logsumexp(np.where(HOLES, -np.inf, x), axis=1), [S((2, 3))]),
    Op("log_softmax with absent entries", lambda x: np.where(HOLES, 0, log_softmax(np.where(HOLES, -np.inf, x),
       axis=1)), [S((2, 3))]),
]  # fmt: skip

METHOD = [
    *[Op(f"{name} method", operator.methodcaller(name), [S((2, 3))]) for name in
      ("sum", "mean", "max", "min", "prod", "std", "var", "cumsum", "cumprod")],
    *[Op(f"{name} method along an axis", lambda x, name=name, **keywords: getattr(x, name)(**keywords),
         [S((2, 3), axis=-1, keepdims=True)])
      for name in ("sum", "mean", "max", "min", "prod", "std", "var")],
    Op("sum of products", lambda x, y: np.sum(x * y, axis=-1), [S((2, 3), (3,)), S((3,), (2, 3)), S((2, 1, 3),
       (4, 3))]),
    Op("softmax by hand", lambda x: np.exp(x - np.max(x, axis=-1, keepdims=True))
       / np.sum(np.exp(x - np.max(x, axis=-1, keepdims=True)), axis=-1, keepdims=True), [S((4,)), S((2, 3))]),
]  # fmt: skip

ROWS = [*REDUCED, *NUMBERS, *SCANNED, *EXPONENTIAL, *METHOD]
