"""What continuous distributions with location and scale have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.numpy._lists import common_dtype
from autograd_lite.scipy.stats._distribution import Distribution, as_operand, log_or_minus_infinity, may_hold

Formula = Callable[..., Any]


def _logarithm_of(probability: Formula) -> Formula:
    return lambda *arguments: log_or_minus_infinity(probability(*arguments))


class Continuous(Distribution):
    """A continuous distribution, by formulas of the standardized variable y = (x - loc) / scale and the shapes.

    Outside of the support the log-density is -inf, and every derivative is 0. Parameters that are not allowed give
    NaN.

    Parameters
    ----------
    name, shapes
        As of `Distribution`.
    doc : str
        The distribution's own documentation.
    logpdf, cdf, sf : callable
        Of y and the shapes, inside of the support.
    ppf : callable
        Of probabilities between 0 and 1 and the shapes.
    logcdf, logsf : callable, optional
        The logarithms of cdf and sf if not given.
    support : pair of float
        The ends of the support of y.
    holds_low_end : bool
        Whether the lower end belongs to it.
    vanishes : callable, optional
        Says where on the ends of the support the density is 0.
    """

    def __init__(
        self, name: str, *, doc: str, logpdf: Formula, cdf: Formula, sf: Formula, ppf: Formula,
        logcdf: Formula | None = None, logsf: Formula | None = None, shapes: tuple[str, ...] = (),
        support: tuple[float, float] = (-np.inf, np.inf), holds_low_end: bool = True, vanishes: Formula | None = None,
    ):  # fmt: skip
        covered = ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "ppf")
        super().__init__(name, shapes, {"loc": 0, "scale": 1}, covered)
        self.__doc__ = doc
        self._logpdf, self._cdf, self._sf, self._ppf = logpdf, cdf, sf, ppf
        self._logcdf = logcdf or _logarithm_of(cdf)
        self._logsf = logsf or _logarithm_of(sf)
        self._support, self._holds_low_end, self._vanishes = support, holds_low_end, vanishes

    def logpdf(self, x: Any, *args: Any, **keywords: Any) -> Any:
        """Return the logarithm of the density at ``x``."""
        return self._density("logpdf", x, args, keywords)

    def pdf(self, x: Any, *args: Any, **keywords: Any) -> Any:
        """Return the density at ``x``."""
        return self._density("pdf", x, args, keywords)

    def cdf(self, x: Any, *args: Any, **keywords: Any) -> Any:
        """Return the probability of a value up to ``x``."""
        return self._probability("cdf", x, args, keywords, self._cdf, (0.0, 1.0))

    def logcdf(self, x: Any, *args: Any, **keywords: Any) -> Any:
        """Return the logarithm of the probability of a value up to ``x``."""
        return self._probability("logcdf", x, args, keywords, self._logcdf, (-np.inf, 0.0))

    def sf(self, x: Any, *args: Any, **keywords: Any) -> Any:
        """Return the probability of a value above ``x``."""
        return self._probability("sf", x, args, keywords, self._sf, (1.0, 0.0))

    def logsf(self, x: Any, *args: Any, **keywords: Any) -> Any:
        """Return the logarithm of the probability of a value above ``x``."""
        return self._probability("logsf", x, args, keywords, self._logsf, (0.0, -np.inf))

    def ppf(self, q: Any, *args: Any, **keywords: Any) -> Any:
        """Return the value below which the probability is ``q``.

        Of uniform numbers ``q`` that is a sample which can be differentiated in the parameters.
        """
        operands = self._operands("ppf", q, args, keywords)
        if operands is None:
            return self._plainly("ppf", q, args, keywords)
        q, shapes, loc, scale, invalid = operands
        level = untracked(q)
        is_inside = (level > 0) & (level < 1)
        inner = self._ppf(np.where(is_inside, q, 0.5), *shapes)
        low, high = self._support
        ends = np.where(level == 0, low, np.where(level == 1, high, np.nan))
        # The ends move with loc and scale, except infinite ones.
        moves = is_inside | np.isfinite(ends)
        result = np.where(moves, loc + scale * np.where(is_inside, inner, np.where(moves, ends, 0)), ends)
        return np.where(invalid, np.nan, result) if may_hold(invalid) else result

    def _density(self, method: str, x: Any, args: Any, keywords: Any) -> Any:
        is_log = method == "logpdf"

        def formula(y: Any, *shapes_and_scale: Any) -> Any:
            *shapes, scale = shapes_and_scale
            log_density = self._logpdf(y, *shapes)
            if _is_default(scale, 1):
                return log_density if is_log else np.exp(log_density)
            return log_density - np.log(scale) if is_log else np.exp(log_density) / scale

        empty = -np.inf if is_log else 0.0
        return self._evaluated(method, x, args, keywords, formula, (empty, empty), is_density=True)

    def _probability(
        self, method: str, x: Any, args: Any, keywords: Any, formula: Formula, ends: tuple[float, float]
    ) -> Any:
        return self._evaluated(method, x, args, keywords, lambda y, *rest: formula(y, *rest[:-1]), ends)

    def _evaluated(
        self, method: str, x: Any, args: Any, keywords: Any, formula: Formula, ends: tuple[float, float],
        is_density: bool = False,
    ) -> Any:  # fmt: skip
        """Return ``formula(y, *shapes, scale)`` inside of the support, and ``ends`` below and above it."""
        operands = self._operands(method, x, args, keywords)
        if operands is None:
            return self._plainly(method, x, args, keywords)
        x, shapes, loc, scale, invalid = operands
        y = x if _is_default(loc, 0) else x - loc
        y = y if _is_default(scale, 1) else y / scale
        plain = untracked(y)
        low, high = self._support
        below, above = (plain < low) | (plain == -np.inf), (plain > high) | (plain == np.inf)
        if not self._holds_low_end:
            below = below | (plain == low)
        if is_density and self._vanishes is not None:
            below = below | self._vanishes(plain, *untracked(shapes))
        aside = below | above
        with np.errstate(over="ignore"):  # the square of what is far out: the density is then 0, and rightly so
            if not may_hold(aside | invalid):
                return formula(y, *shapes, scale)
            result = formula(np.where(aside, 0.5, y), *shapes, scale)
        result = np.where(below, ends[0], np.where(above, ends[1], result))
        return np.where(invalid, np.nan, result)

    def _operands(self, method: str, x: Any, args: Any, keywords: Any) -> tuple[Any, list[Any], Any, Any, Any] | None:
        """Return x, shapes, loc, scale and where those are not allowed (they are 1 there); None without a Tensor."""
        values = self._values(method, args, keywords)
        x = as_operand(x)
        if not self._holds_tensor([x, *values]):
            return None
        dtype = common_dtype([x, *values])
        dtype = dtype if dtype.kind == "f" else np.dtype(float)
        # A ufunc makes float64 of a Python number, and the result would be float64 beside float32 Tensors.
        *shapes, loc, scale = (x if _is_default(x, 0) or _is_default(x, 1) else _number_in(dtype, x) for x in values)
        shapes = [_number_in(dtype, value) for value in shapes]
        allowed = np.asarray(True)
        for value in (*shapes, scale):
            allowed = allowed & (untracked(value) > 0)
        invalid = np.logical_not(allowed)
        if may_hold(invalid):
            shapes, scale = [np.where(invalid, 1.0, value) for value in shapes], np.where(invalid, 1.0, scale)
        return x, shapes, loc, scale, invalid


def _is_default(value: Any, default: int) -> bool:
    return type(value) is int and value == default


def _number_in(dtype: np.dtype[Any], value: Any) -> Any:
    return dtype.type(value) if isinstance(value, int | float) else value
