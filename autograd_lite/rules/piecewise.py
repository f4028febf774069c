"""Functions put together from pieces: by conditions, by interpolation, and those that jump but keep their slope.

Between its jumps or knots each piece has the derivative of its own expression. Where a piece starts the slope is that
of the piece that NumPy takes there: at a knot of ``interp`` that of the interval to the right, at the last one that to
the left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.dispatch import IMPLEMENTATIONS, At, untracked
from autograd_lite.core.primitive import elementwise, implements
from autograd_lite.errors import DtypeError
from autograd_lite.rules.elementwise import double, same


def _array(value: Any) -> Any:
    return value if hasattr(value, "shape") else np.asarray(value)


# Chosen by conditions


@implements(np.select)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Return elements of the first choice whose condition holds, of ``default`` where none does."""
    conditions = [_array(untracked(condition)) for condition in condlist]
    if len(conditions) != len(choicelist) or not conditions:
        raise ValueError(f"select needs as many conditions as choices, and got {len(conditions)}, {len(choicelist)}")
    for i, condition in enumerate(conditions):
        if condition.dtype != bool:
            raise TypeError(f"select: condition {i} has dtype {condition.dtype} and should be boolean")
    choices = [choice if isinstance(choice, int | float | complex) else _array(choice) for choice in choicelist]
    default = default if isinstance(default, int | float | complex) else _array(default)
    dtype = np.result_type(*(getattr(choice, "dtype", choice) for choice in (*choices, default)))
    chosen = _of_dtype(default, dtype)
    for condition, choice in zip(conditions[::-1], choices[::-1], strict=True):
        chosen = np.where(condition, _of_dtype(choice, dtype), chosen)
    return chosen


def _of_dtype(choice: Any, dtype: np.dtype[Any]) -> Any:
    """Return a Python number in a dtype: beside arrays it does not promote, but two of them would make float64."""
    return choice if hasattr(choice, "dtype") else dtype.type(choice)


@implements(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Return what each function gives for the elements where its condition holds; the last condition wins."""
    x = _array(x)
    out: Any = np.zeros_like(untracked(x))
    for mask, function in zip(_masks(untracked(condlist), x.ndim, len(funclist)), funclist, strict=True):
        value = function
        if callable(function):
            chosen = x[mask]
            if 0 in chosen.shape:
                continue
            value = function(chosen, *args, **kw)
        if isinstance(value, Tracked) and value.node is not None and out.dtype.kind not in "fc":
            raise DtypeError(
                f"piecewise gives its first argument's dtype, {out.dtype}, which would cut a Tensor's derivative off: "
                f"pass the first argument as floating-point numbers."
            )
        out = IMPLEMENTATIONS[At.set](out, mask, value)
    return out


def _masks(conditions: Any, ndim: int, count: int) -> list[Any]:
    """Return one boolean array for each function; one condition fewer leaves the last function all the rest."""
    if np.isscalar(conditions) or (ndim != 0 and not isinstance(conditions[0], list | np.ndarray)):
        conditions = [conditions]
    masks = [np.asarray(condition, dtype=bool) for condition in conditions]
    if len(masks) == count - 1:
        masks.append(~np.any(masks, axis=0))
    if len(masks) != count:
        raise ValueError(f"piecewise with {len(masks)} condition(s) takes as many functions or one more, not {count}")
    return masks


_nan_to_num = elementwise(
    lambda x, nan, posinf, neginf: np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf),
    name="nan_to_num", selects=True, x=lambda g, x: np.where(np.isfinite(x), g, 0),
)  # fmt: skip


@implements(np.nan_to_num)
def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Return ``x`` with NaN and infinities replaced by numbers, which no derivative passes."""
    if not copy:
        raise ValueError("nan_to_num(copy=False) would write into a Tensor: leave copy out")
    return _nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


elementwise(np.heaviside, array_function=np.heaviside, selects=True, x=None, y=lambda g, x: np.where(x == 0, g, 0))

# With jumps, and a slope that does not see them

elementwise(
    np.copysign, array_function=np.copysign, x=lambda g, x, y: g * (np.sign(x) * np.copysign(1, y)), y=None,
)  # fmt: skip
elementwise(np.ldexp, array_function=np.ldexp, x=lambda g, exponent: np.ldexp(g, exponent), exponent=None)
_fraction = elementwise(lambda x: np.modf(x)[0], name="modf", x=same)
_unwrap = elementwise(
    lambda p, discont, axis, period: np.unwrap(p, discont, axis, period=period), name="unwrap", x=same
)


@implements(np.modf)
def modf(x: Any, /) -> tuple[Any, Any]:
    """Return the part behind the point, and the plain array of those before it."""
    return _fraction(x), np.trunc(x)


@implements(np.frexp)
def frexp(x: Any, /) -> tuple[Any, Any]:
    """Return mantissas, and the plain array of exponents to the base 2."""
    exponent = np.frexp(untracked(x))[1]
    return np.ldexp(x, -exponent), exponent


@implements(np.divmod)
def divmod(x: Any, y: Any, /) -> tuple[Any, Any]:
    """Return the plain array of floor quotients, and the remainders."""
    return np.floor_divide(x, y), np.remainder(x, y)


@implements(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    """Return angles with their jumps of more than half a period taken out."""
    return _unwrap(p, discont=discont, axis=axis, period=period)


# Interpolation


@implements(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Return the piecewise linear interpolant through (xp, fp), differentiable in all three and in the fill values."""
    x, xp, fp = double(_array(x)), double(_array(xp)), double(_array(fp))
    if xp.ndim != 1 or fp.ndim != 1 or xp.shape != fp.shape or xp.shape[0] == 0:
        raise ValueError(f"interp needs 1-D xp and fp of one length, not 0, and got shapes {xp.shape} and {fp.shape}")
    if period is not None:
        xp, fp = _around(xp, fp, period)
        x, left, right = np.remainder(x, abs(period)), None, None
    low, high = xp[0], xp[-1]
    inside = _between(x, xp, fp) if xp.shape[0] > 1 else fp[0]
    above = np.where(x > high, fp[-1] if right is None else right, inside)
    return np.where(x < low, fp[0] if left is None else left, above)


def _between(x: Any, xp: Any, fp: Any) -> Any:
    """Return the value on the line through the two points that each x lies between."""
    steps = np.searchsorted(untracked(xp), untracked(x), side="right")
    start = np.minimum(np.maximum(steps - 1, 0), xp.shape[0] - 2)
    x0, x1, f0, f1 = _pick(xp, start), _pick(xp, start + 1), _pick(fp, start), _pick(fp, start + 1)
    narrow = x1 == x0  # only at the end: a value equal to the last points, the last of which counts
    weight = np.where(narrow, 1, (x - x0) / np.where(narrow, 1, x1 - x0))
    return f0 + weight * (f1 - f0)


def _around(xp: Any, fp: Any, period: Any) -> tuple[Any, Any]:
    """Return points sorted within one period, with the last one before and the first one behind them."""
    if period == 0:
        raise ValueError("interp got period=0, which must not be zero")
    period = abs(period)
    xp = np.remainder(xp, period)
    order = np.argsort(untracked(xp))
    xp, fp = _pick(xp, order), _pick(fp, order)
    return np.concatenate([xp[-1:] - period, xp, xp[:1] + period]), np.concatenate([fp[-1:], fp, fp[:1]])


def _pick(values: Any, positions: Any) -> Any:
    """Return ``values[positions]``; duck arrays, which cannot index ours, are asked for each position in turn."""
    if isinstance(positions, np.ndarray | np.integer):
        return values[positions]
    chosen = positions[..., None] == np.arange(values.shape[0])
    return np.sum(np.where(chosen, values, 0), axis=-1)
