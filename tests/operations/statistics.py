"""Rows of averages, spread, covariances, weighted counts and order statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from operations.row import COMPLEXES, Op, S

DOUBLE = (np.float64,)
MASK = np.array([[True, False, True], [True, True, True]])
HOLES = np.array([[False, True, False, False], [False, False, False, True]])
SPREAD = (
    S((2, 3)), S((4,)), S((2, 3), axis=0), S((2, 3), axis=-1, ddof=1), S((2, 3), axis=1, keepdims=True),
    S((2, 3, 2), axis=(0, 2), ddof=1), S((2, 3, 2), axis=(-1, 0), keepdims=True), S((4,), ddof=0.5),
    S((4,), correction=1), S((5,), axis=None, keepdims=True),
)  # fmt: skip
BAD_AXIS = (S((2, 3), axis=2), S((2, 3), axis=(0, 0)), S((3,), ddof=1, correction=1))


def _holed(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, *rest, **keywords: function(np.where(HOLES, np.nan, x), *rest, **keywords)


SPREADS = [
    Op("var", np.var, SPREAD, errors=BAD_AXIS),
    Op("std", np.std, SPREAD[2:7], errors=BAD_AXIS),
    *[Op(f"{f.__name__} of some", lambda x, f=f, **keywords: f(x, where=MASK, **keywords),
         [S((2, 3), axis=1), S((2, 3), ddof=1, keepdims=True)]) for f in (np.var, np.std)],
    *[Op(f"{f.__name__} about a mean", lambda x, m, f=f: f(x, axis=0, mean=m), [S((3, 2), (1, 2))])
      for f in (np.var, np.std)],
    *[Op(f"complex {f.__name__}", f, [S((4,)), S((2, 3), axis=0, ddof=1)], dtypes=COMPLEXES)
      for f in (np.var, np.std, np.nanvar, np.nanstd)],
    Op("complex var of some", lambda z: np.var(z, where=MASK), [S((2, 3))], dtypes=COMPLEXES),
    *[Op(f.__name__, _holed(f), [S((2, 4)), S((2, 4), axis=1, ddof=1), S((2, 4), axis=-1, keepdims=True)])
      for f in (np.nanvar, np.nanstd)],
]  # fmt: skip

CLOSE = [[1.0, 2.0, 4.0], [3.0, -1.0, 0.5]]

AVERAGES = [
    Op("average", lambda x, *weights, **keywords: np.average(x, weights=weights[0] if weights else None, **keywords), [
        S((2, 3)), S((2, 3), axis=0, keepdims=True), S((2, 3), (2, 3)), S((2, 3), (3,), axis=-1),
        S((2, 3, 4), (4, 2), axis=(2, 0)), S((2, 3), (2, 3), axis=0, keepdims=True)], (0.5, 2.0),
       errors=(S((2, 3), (3,)), S((2, 3), (2,), axis=1), S((2, 3), axis=2))),
    Op("average and weights", lambda x, w: list(np.average(x, 1, w, returned=True)), [S((2, 3), (3,)),
       S((2, 3), (2, 3))], (0.5, 2.0)),
    Op("cov", lambda x, *y, **keywords: np.cov(x, *y, **keywords), [
        S((4,)), S((2, 4)), S((4, 2), rowvar=False), S((3,), (3,)), S((2, 3), bias=True), S((2, 3), (1, 3), ddof=0),
        S((2, 4), fweights=[1, 2, 1, 3]), S((2, 3), aweights=[0.5, 1.0, 2.0])], dtypes=DOUBLE,
       errors=(S((2, 2, 2)), S((2, 3), ddof=0.5), S((2, 3), fweights=[0.5, 1.0, 1.0]), S((2, 3), aweights=[-1, 1, 1]))),
    Op("cov with weights that vary", lambda x, w: np.cov(x, fweights=[1, 2, 1], aweights=w), [S((2, 3), (3,))],
       (0.5, 2.0), dtypes=DOUBLE),
    Op("complex cov", np.cov, [S((2, 3))], dtypes=(np.complex128,)),
    Op("corrcoef", np.corrcoef, [S((2, 4)), S(CLOSE), S((3, 4)), S((4, 2), rowvar=False), S((4,), (4,))],
       dtypes=DOUBLE, tol=1e-6),
    Op("complex corrcoef", np.corrcoef, [S((2, 3))], dtypes=(np.complex128,), tol=1e-6),
    Op("corrcoef of one", np.corrcoef, [S((4,))], dtypes=DOUBLE, order=1),
    Op("bincount", lambda w: np.bincount(np.array([0, 2, 2, 1]), w, minlength=5), [S((4,))], dtypes=DOUBLE),
    Op("bincount by name", lambda w: np.bincount(np.array([3, 0, 3]), weights=w * w), [S((3,))], dtypes=DOUBLE),
]  # fmt: skip

METHODS = (
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
)  # fmt: skip

ORDER = [
    Op("median", np.median, [S((5,)), S((2, 4), axis=1), S((2, 3), axis=0, keepdims=True), S((2, 3, 2), axis=(2, 0)),
       S((2, 3), keepdims=True), S(())], errors=(S((2, 3), axis=2),)),
    Op("quantile", np.quantile, [
        S((5,), q=0.3), S((2, 4), q=[0.1, 0.75, 1.0], axis=1), S((2, 3, 2), q=[[0.2], [0.9]], axis=(-1, 0)),
        S((2, 3), q=0.6, axis=0, keepdims=True), S((2, 3), q=[0.5, 0.0], keepdims=True)], dtypes=DOUBLE,
       errors=(S((3,), q=1.5), S((3,), q=0.5, method="none"))),
    Op("quantile in single precision", np.quantile, [S((5,), q=0.3)]),
    Op("quantiles by all methods", lambda x: [np.quantile(x, 0.37, axis=0, method=m) for m in METHODS], [S((5, 2))]),
    Op("percentile", np.percentile, [S((5,), q=30), S((2, 4), q=[10.0, 75.0], axis=1)], dtypes=DOUBLE),
    Op("nanmedian", _holed(np.nanmedian), [S((2, 4)), S((2, 4), axis=1), S((2, 4), axis=0, keepdims=True)]),
    Op("nanquantile", _holed(np.nanquantile), [S((2, 4), q=0.3), S((2, 4), q=[0.1, 0.9], axis=1),
       S((2, 4), q=[0.25], axis=0, keepdims=True), S((2, 4), q=0.6, axis=-1, method="hazen")], dtypes=DOUBLE),
    Op("nanpercentile", _holed(np.nanpercentile), [S((2, 4), q=40, axis=1)]),
]  # fmt: skip

ROWS = [*SPREADS, *AVERAGES, *ORDER]
