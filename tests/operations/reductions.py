"""Rows of functions that reduce or accumulate along axes."""

from __future__ import annotations

import operator

import numpy as np
from scipy.special import logsumexp as scipy_logsumexp

from autograd_lite.rules.softmax import logsumexp
from operations.row import Op, S

AXES = (
    S((2, 3)), S(()), S((4,)), S((2, 3), axis=0), S((2, 3), axis=-1), S((2, 3), axis=None, keepdims=True),
    S((2, 3), axis=1, keepdims=True), S((2, 3, 2), axis=(0, 2)), S((2, 3, 2), axis=(-1, 1), keepdims=True),
    S((2, 3, 2), axis=1), S((1, 3), axis=0), S((2, 3), axis=()),
)  # fmt: skip
BAD_AXIS = (S((2, 3), axis=2), S((2, 3), axis=(0, 0)))
SPREAD = (
    S((2, 3)), S((4,)), S((2, 3), axis=0), S((2, 3), axis=-1, ddof=1), S((2, 3), axis=1, keepdims=True),
    S((2, 3, 2), axis=(0, 2), ddof=1), S((2, 3, 2), axis=(-1, 0), keepdims=True), S((4,), ddof=0.5),
    S((4,), correction=1), S((5,), axis=None, keepdims=True),
)  # fmt: skip
SCANS = (S((4,)), S((2, 3)), S((2, 3), axis=0), S((2, 3), axis=-1), S((2, 3, 2), axis=1), S((1,)))
METHODS = (S((2, 3)), S((2, 3), axis=0), S((2, 3), axis=-1, keepdims=True))

ROWS = [
    Op("sum", np.sum, AXES, errors=BAD_AXIS),
    Op("mean", np.mean, AXES, errors=BAD_AXIS),
    Op("max", np.max, AXES, errors=BAD_AXIS),
    Op("min", np.min, AXES, errors=BAD_AXIS),
    Op("amax", np.amax, AXES[:4]),
    Op("amin", np.amin, AXES[:4]),
    Op("ptp", np.ptp, [s for s in AXES if s.keywords.get("axis") != () and s.arguments != ((),)]),
    Op("prod", np.prod, AXES, errors=BAD_AXIS),
    Op("prod with zeros", np.prod,
       [S([2.0, 0.0, 3.0]), S([0.0, 0.0, 3.0]), S([[1.0, 0.0, 2.0], [3.0, 2.0, 5.0]], axis=1),
        S([[0.0, 0.0], [0.0, 2.0]], axis=0), S([0.0, 0.0, 0.0])]),
    Op("prod of many", np.prod, [S((9,)), S((7,)), S((1,))], (0.5, 1.5)),
    Op("var", np.var, SPREAD, errors=BAD_AXIS),
    Op("std", np.std, SPREAD, errors=BAD_AXIS),
    Op("cumsum", np.cumsum, SCANS, errors=(S((2, 3), axis=2),)),
    Op("diff", np.diff, [S((5,)), S((5,), n=2), S((2, 4), axis=0), S((2, 4), n=3), S((4, 2), n=0),
       S((3, 2), n=1, axis=-2)]),
    Op("logsumexp", logsumexp, AXES[:-1], reference=scipy_logsumexp),
    Op("logsumexp of large", logsumexp, [S((2, 3), axis=1), S((4,))], (998.0, 1002.0), reference=scipy_logsumexp),
    *[Op(f"{name} method", operator.methodcaller(name), METHODS[:1]) for name in
      ("sum", "mean", "max", "min", "prod", "std", "var", "cumsum")],
    *[Op(f"{name} method along an axis", lambda x, name=name, **keywords: getattr(x, name)(**keywords), METHODS)
      for name in ("sum", "mean", "max", "min", "prod", "std", "var")],
    Op("sum of products", lambda x, y: np.sum(x * y, axis=-1), [S((2, 3), (3,)), S((3,), (2, 3)), S((2, 1, 3),
       (4, 3))]),
    Op("softmax", lambda x: np.exp(x - np.max(x, axis=-1, keepdims=True))
       / np.sum(np.exp(x - np.max(x, axis=-1, keepdims=True)), axis=-1, keepdims=True), [S((4,)), S((2, 3))]),
]  # fmt: skip
