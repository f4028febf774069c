"""Which recurrence serves which primitive, and how operands that are no series stand beside those that are."""

from __future__ import annotations

import itertools
import math
import operator
import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd_lite.calculus.series import compositions, error_functions, gamma_functions, recurrences
from autograd_lite.calculus.series.coefficients import cauchy
from autograd_lite.calculus.series.intervals import Interval
from autograd_lite.calculus.series.intervals.elementary import declare_scipy as declare_enclosures
from autograd_lite.calculus.series.precise.number import is_precise, precise
from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.plan import Primitive
from autograd_lite.core.tensor import Tensor

#: Where the names of functions are noted that meet a kink at the point.
KINKS: ContextVar[list[str] | None] = ContextVar("autograd_lite.series_kinks", default=None)

# Operands


def is_series(value: Any) -> bool:
    """Say whether an operand is a series."""
    return isinstance(value, Tracked) and not isinstance(value, Tensor)


def least_order(arrays: Sequence[Any]) -> int:
    """Return the lowest order among some series."""
    return min(value.order for value in arrays if is_series(value))


def coefficients_of(value: Any, order: int, ndim: int) -> Any:
    """Return the coefficients of a series or constant, with axes of length one in front of its own."""
    if is_series(value):
        c = value.coefficients[: order + 1]
    else:
        c = value if isinstance(value, Interval) else np.asarray(value)
        rest = np.zeros((order, *c.shape), c.dtype)
        c = np.concatenate([c[None], rest]) if isinstance(c, np.ndarray) else np.stack([c, *rest])
    missing = ndim - (len(c.shape) - 1)
    return np.reshape(c, (order + 1, *(1,) * missing, *c.shape[1:])) if missing > 0 else c


def both(x: Any, y: Any) -> tuple[Any, Any]:
    """Return the coefficients of two operands, of equal order and number of axes."""
    order, ndim = least_order((x, y)), max(_ndim(x), _ndim(y))
    a, b = coefficients_of(x, order, ndim), coefficients_of(y, order, ndim)
    return (precise(a), precise(b)) if is_precise(a) != is_precise(b) else (a, b)


def _ndim(value: Any) -> int:
    return len(getattr(value, "shape", ()))


def value_of(value: Any) -> Any:
    """Return the value at the point of a series, and anything else as it is."""
    return value.data if is_series(value) else value


# Recurrences


def _unary(function: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda x: function(x.coefficients)


def _binary(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda x, y: function(*both(x, y))


def _each(function: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return the recurrence of a function that is linear: of each coefficient by itself."""
    return lambda x: function(x.coefficients)


def _of_numbers(function: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return a recurrence for numbers, None for intervals."""
    return lambda x: None if isinstance(x.data, Interval) else function(x.coefficients)


def _of_precise(recurrence: Callable[..., Any]) -> Callable[..., Any]:
    """Return a recurrence for precise numbers, None for others."""
    return lambda *arrays: recurrence(*arrays) if any(is_precise(value_of(value)) for value in arrays) else None


def _of_intervals(composition: Callable[..., Any]) -> Callable[..., Any]:
    """Return a recurrence for intervals and precise numbers, None for others."""

    def recurrence(*arrays: Any, **keywords: Any) -> Any:
        values = list(map(value_of, arrays))
        has_others = any(isinstance(value, Interval) or is_precise(value) for value in values)
        return composition(*arrays, **keywords).coefficients if has_others else None

    return recurrence


def _sum(x: Any, y: Any) -> Any:
    a, b = both(x, y)
    return a + b


def _difference(x: Any, y: Any) -> Any:
    a, b = both(x, y)
    return a - b


def _product(x: Any, y: Any) -> Any:
    if is_series(x) and is_series(y):
        return recurrences.square(x.coefficients) if x is y else cauchy(*both(x, y))
    series, factor = (x, y) if is_series(x) else (y, x)
    return coefficients_of(series, series.order, _ndim(factor)) * factor


def _quotient(x: Any, y: Any) -> Any:
    if is_series(y):
        return recurrences.divide(*both(x, y))
    return coefficients_of(x, x.order, _ndim(y)) / y


def _power_of_constant(y: Any, base: float) -> Any:
    return recurrences.power_of_constant(y.coefficients, base)


def _power_of(x: Any, y: Any) -> Any:
    if not is_series(y) and np.ndim(y) == 0 and not isinstance(y, Interval):
        return recurrences.power(x.coefficients, y.item() if isinstance(y, np.generic | np.ndarray) else y)
    if not is_series(y) and not isinstance(y, Interval) and not isinstance(x.data, Interval) and y.dtype.kind != "c":
        return recurrences.power_of_constants(coefficients_of(x, x.order, _ndim(y)), y)
    return recurrences.power_of(*both(x, y))


def _where(condition: Any, x: Any, y: Any) -> Any:
    if not (is_series(x) or is_series(y)):
        chosen = np.where(condition.data, x, y)
        return coefficients_of(chosen, condition.order, chosen.ndim)
    condition = value_of(condition)
    order, ndim = least_order((x, y)), max(_ndim(condition), _ndim(x), _ndim(y))
    return np.where(condition, coefficients_of(x, order, ndim), coefficients_of(y, order, ndim))


def _extremum(function: Any) -> Callable[..., Any]:
    """Return what picks one of two by value; of a tie the halves of both, as the rule has it."""

    def pick(x: Any, y: Any) -> Any:
        if x is y:
            return x.coefficients
        a, b = both(x, y)
        first = a[0] >= b[0] if function is np.maximum else a[0] <= b[0]
        if isinstance(a, Interval) or isinstance(b, Interval):
            return np.where(first, a, b)
        tie = a[0] == b[0]
        if tie.any() and np.any(tie & np.any(a != b, axis=0)):
            _kink(function.__name__)
        return np.where(tie, 0.5 * (a + b), np.where(first, a, b))

    return pick


def _product_along(x: Any, axis: Any, keepdims: bool) -> Any:
    if not x.size:
        return None
    axes = tuple(range(-x.ndim, 0)) if axis is None else axis
    kept = [i for i in range(-x.ndim, 0) if i not in axes]
    c = np.moveaxis(x.coefficients, axes, range(1, len(axes) + 1))
    c = np.reshape(c, (len(c), -1, *(x.shape[i] for i in kept)))
    found = list(itertools.accumulate((c[:, i] for i in range(c.shape[1])), cauchy))[-1]
    return np.expand_dims(found, axes) if keepdims else found


def _cumulative_product(x: Any, axis: int) -> Any:
    """Return the products of the first elements along an axis."""
    if not x.size:
        return None
    c = np.moveaxis(x.coefficients, axis, 0)
    return np.stack(list(itertools.accumulate(c, cauchy)), axis)


def _inverse(a: Any) -> Any:
    """Solve X A = 1: X_k = -X_0 Σ A_i X_(k-i), i from 1 to k."""
    if isinstance(a.data, Interval):
        return None
    c = a.coefficients
    found = np.empty_like(c)
    found[0] = np.linalg.inv(c[0])
    for k in range(1, len(c)):
        found[k] = -found[0] @ np.sum(c[1 : k + 1] @ found[k - 1 :: -1][:k], axis=0)
    return found


def _two_norm(x: Any, axis: Any, keepdims: bool) -> Any:
    """Return the root of the sum of squares."""
    if x.dtype.kind == "c" or not x.size:
        return None
    axes = tuple(range(-x.ndim, 0)) if axis is None else axis
    total = np.sum(recurrences.square(x.coefficients), axis=axes, keepdims=keepdims)
    return recurrences.sqrt(total)


def _absolute(x: Any) -> Any:
    if x.dtype.kind == "c":
        return None
    if not isinstance(x.data, Interval) and np.any((x.data == 0) & np.any(x.coefficients != 0, axis=0)):
        _kink("absolute")
    return recurrences.absolute(x.coefficients)


def _kink(name: str) -> None:
    names = KINKS.get()
    if names is not None:
        names.append(name)


#: Functions of one variable that NumPy and the recurrences have under the same name.
_NAMES = (
    "reciprocal square sqrt cbrt exp exp2 expm1 log log1p log2 log10 tan tanh "
    "arcsin arccos arctan arcsinh arccosh arctanh"
)

#: Functions of one and of two variables that SciPy and `gamma_functions` have under the same name.
_GAMMA, _BETA = ["gammaln", "gamma", "rgamma", "psi"], ["beta", "betaln", "binom", "poch"]

RECURRENCES: dict[Any, Callable[..., Any]] = {
    operator.add: _sum,
    operator.sub: _difference,
    operator.mul: _product,
    operator.truediv: _quotient,
    operator.neg: lambda x: -x.coefficients,
    operator.pow: _power_of,
    ("power", "exponent"): lambda x, exponent: recurrences.power(x.coefficients, exponent),
    ("power", "base"): _power_of_constant,
    np.positive: lambda x: x.coefficients,
    **{function: _each(function) for function in (np.degrees, np.rad2deg, np.radians, np.deg2rad)},
    np.linalg.inv: _inverse,
    ("norm", "axis", "keepdims"): _two_norm,
    ("prod", "axis", "keepdims"): _product_along,
    ("cumprod", "axis"): _cumulative_product,
    ("zeta",): _of_precise(lambda s, q: gamma_functions.zeta(s, q.coefficients)),
    ("polygamma",): _of_precise(lambda n, x: gamma_functions.polygamma(n, x.coefficients)),
    np.where: _where,
    np.maximum: _extremum(np.maximum),
    np.minimum: _extremum(np.minimum),
    np.absolute: _absolute,
    np.fabs: _absolute,
    ("logaddexp",): _binary(recurrences.logaddexp),
    np.hypot: _binary(recurrences.hypot),
    np.arctan2: _binary(recurrences.arctan2),
    np.sin: _unary(lambda a: recurrences.sine_and_cosine(a)[0]),
    np.cos: _unary(lambda a: recurrences.sine_and_cosine(a)[1]),
    np.sinh: _unary(lambda a: recurrences.sine_and_cosine(a, 1)[0]),
    np.cosh: _unary(lambda a: recurrences.sine_and_cosine(a, 1)[1]),
    **{getattr(np, name): _unary(getattr(recurrences, name)) for name in _NAMES.split()},
    **{key: _of_intervals(composition) for key, composition in compositions.COMPOSITIONS.items()},
}


def declare_late() -> None:
    """Declare what there is for the functions of SciPy that are loaded."""
    if "scipy.special" in sys.modules:
        declare_scipy(sys.modules["scipy.special"])
    declare_enclosures()


def declare_scipy(special: Any) -> None:
    """Declare the recurrences of SciPy's special functions."""
    RECURRENCES.update(
        {
            special.erf: _unary(error_functions.erf(special.erf, 1)),
            special.erfc: _unary(error_functions.erf(special.erfc, -1)),
            special.expit: _unary(recurrences.expit),
            special.log_expit: _unary(recurrences.log_expit),
            special.erfcx: _of_numbers(error_functions.solution(special.erfcx, 1, 2 / math.sqrt(math.pi))),
            special.dawsn: _of_numbers(error_functions.solution(special.dawsn, -1, -1.0)),
            **{getattr(special, name): _of_precise(_unary(getattr(gamma_functions, name))) for name in _GAMMA},
            **{getattr(special, name): _of_precise(_binary(getattr(gamma_functions, name))) for name in _BETA},
            special.log_ndtr: _of_numbers(error_functions.log_ndtr(special.log_ndtr, special.erfcx)),
            **{key: _of_intervals(composition) for key, composition in compositions.of_scipy(special).items()},
        }
    )


def recurrence_of(primitive: Primitive) -> Callable[..., Any] | None:
    """Return the recurrence of a primitive, which may answer None where it has none for its operands."""
    function = primitive.function
    module = getattr(function, "__module__", None) or ""
    if isinstance(function, np.ufunc) or module == "_operator" or module.startswith("numpy"):
        return RECURRENCES.get(function)
    own = module.startswith("autograd_lite.rules.")
    return RECURRENCES.get((primitive.name, *primitive.keywords)) if own else None
