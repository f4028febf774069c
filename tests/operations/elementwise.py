"""Rows of functions that work element by element."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from operations.row import Op, S, Sample

ONE = (S(()), S((5,)), S((2, 3)), S((2, 1, 3)))
PAIRS = (
    S((), ()), S((4,), (4,)), S((), (3,)), S((2, 3), ()), S((2, 3), (3,)), S((2, 1), (3,)), S((3, 1), (1, 2)),
    S((1,), (2, 3)), S((2, 1, 3), (4, 1)),
)  # fmt: skip
POSITIVE, BIG, UNIT = (0.4, 2.5), (1.3, 3.0), (-0.8, 0.8)

UNARY = [
    Op("negative", np.negative, ONE),
    Op("positive", np.positive, ONE),
    Op("operator.neg", operator.neg, ONE),
    Op("operator.pos", operator.pos, ONE),
    Op("operator.abs", operator.abs, ONE, kinks=(0,)),
    Op("absolute", np.absolute, ONE, kinks=(0,)),
    Op("fabs", np.fabs, ONE, kinks=(0,)),
    Op("reciprocal", np.reciprocal, ONE, POSITIVE),
    Op("square", np.square, ONE),
    Op("sqrt", np.sqrt, ONE, POSITIVE),
    Op("cbrt", np.cbrt, ONE, (-2.5, -0.4)),
    Op("exp", np.exp, ONE),
    Op("exp2", np.exp2, ONE),
    Op("expm1", np.expm1, ONE),
    Op("log", np.log, ONE, POSITIVE),
    Op("log2", np.log2, ONE, POSITIVE),
    Op("log10", np.log10, ONE, POSITIVE),
    Op("log1p", np.log1p, ONE, (-0.6, 2.0)),
    Op("sin", np.sin, ONE),
    Op("cos", np.cos, ONE),
    Op("tan", np.tan, ONE, (-1.0, 1.0)),
    Op("arcsin", np.arcsin, ONE, UNIT),
    Op("arccos", np.arccos, ONE, UNIT),
    Op("arctan", np.arctan, ONE),
    Op("sinh", np.sinh, ONE),
    Op("cosh", np.cosh, ONE),
    Op("tanh", np.tanh, ONE),
    Op("arcsinh", np.arcsinh, ONE),
    Op("arccosh", np.arccosh, ONE, BIG),
    Op("arctanh", np.arctanh, ONE, UNIT),
    Op("degrees", np.degrees, ONE),
    Op("rad2deg", np.rad2deg, ONE),
    Op("radians", np.radians, ONE),
    Op("deg2rad", np.deg2rad, ONE),
    Op("sinc", np.sinc, ONE),
    Op("i0", np.i0, ONE),
    Op("sinc near 0", np.sinc, (S([0.0, 1e-9, -0.004, 0.3, 0.41]), S(0.0))),
    Op("nan_to_num", np.nan_to_num, ONE),
    Op("modf", lambda x: np.modf(x)[0], ONE, kinks=(-1, 0, 1)),
    Op("frexp", lambda x: np.frexp(x)[0], ONE, (0.51, 3.9), kinks=(1, 2)),
    Op("ldexp", lambda x: np.ldexp(x, 3), ONE[:2]),
    Op("ldexp by an array", lambda x: np.ldexp(x, np.array([1, -2, 0])), (S((3,)), S((2, 1)), S(()))),
]

BINARY = [
    Op("add", np.add, PAIRS),
    Op("subtract", np.subtract, PAIRS),
    Op("multiply", np.multiply, PAIRS),
    Op("divide", np.divide, PAIRS, ((-2, 2), POSITIVE)),
    Op("remainder", np.remainder, PAIRS, ((5.1, 5.9), (2.1, 2.4))),
    Op("remainder of a negative", np.remainder, PAIRS, ((-5.9, -5.1), (2.1, 2.4))),
    Op("fmod", np.fmod, PAIRS, ((-5.9, -5.1), (2.1, 2.4))),
    Op("divmod", lambda x, y: np.divmod(x, y)[1], PAIRS[:4], ((5.1, 5.9), (2.1, 2.4))),
    Op("power", np.power, PAIRS, (POSITIVE, (-2, 2)), tol=1e-6),
    Op("float_power", np.float_power, PAIRS, (POSITIVE, (-2, 2)), dtypes=(np.float64,), tol=1e-6),
    Op("logaddexp", np.logaddexp, PAIRS),
    Op("logaddexp2", np.logaddexp2, PAIRS),
    Op("copysign", np.copysign, PAIRS, kinks=(0,)),
    Op("heaviside of a zero", lambda x, y: np.heaviside(0 * x, y), PAIRS),
    Op("hypot", np.hypot, PAIRS, (0.5, 2.0)),
    Op("arctan2", np.arctan2, PAIRS, ((-2, 2), POSITIVE)),
    Op("arctan2 to the left", np.arctan2, PAIRS, (POSITIVE, (-2.0, -0.5))),
    Op("maximum", np.maximum, PAIRS),
    Op("minimum", np.minimum, PAIRS),
    Op("fmax", np.fmax, PAIRS),
    Op("fmin", np.fmin, PAIRS),
    Op("operator.add", operator.add, PAIRS),
    Op("operator.sub", operator.sub, PAIRS),
    Op("operator.mul", operator.mul, PAIRS),
    Op("operator.truediv", operator.truediv, PAIRS, ((-2, 2), POSITIVE)),
    Op("operator.mod", operator.mod, PAIRS, ((5.1, 5.9), (2.1, 2.4))),
    Op("operator.pow", operator.pow, PAIRS, (POSITIVE, (-2, 2)), tol=1e-6),
    Op("where", lambda x, y: np.where(_checkered(x, y), x, y), PAIRS),
    Op("x * y + x / y", lambda x, y: x * y + x / y, PAIRS, POSITIVE),
    Op("x - y * x", lambda x, y: x - y * x, PAIRS),
]


def _checkered(x: Any, y: Any) -> np.ndarray:
    shape = np.broadcast_shapes(x.shape, y.shape)
    return (np.arange(int(np.prod(shape))) % 2 == 0).reshape(shape)


def _with_number(symbol: str) -> list[Op]:
    """Return rows for an operator with a Python number, an integer and a list to the left and to the right."""
    function = getattr(operator, symbol)
    sides: list[tuple[str, Any]] = [
        ("x, 2.5", lambda x: function(x, 2.5)),
        ("2.5, x", lambda x: function(2.5, x)),
        ("x, 3", lambda x: function(x, 3)),
        ("3, x", lambda x: function(3, x)),
        ("x, float32", lambda x: function(x, np.float32(2.5))),
        ("float32, x", lambda x: function(np.float32(2.5), x)),
    ]
    domain = (4.1, 4.9) if symbol == "mod" else POSITIVE
    kinks = (2.5, 3) if symbol == "mod" else ()
    return [Op(f"{symbol}({text})", fn, ONE[:3], domain, kinks, tol=1e-6) for text, fn in sides]


NUMBERS = [op for symbol in ("add", "sub", "mul", "truediv", "pow", "mod") for op in _with_number(symbol)]

_NEGATIVE_BASE = (-2.0, -0.5)


def _power(exponent: Any) -> Any:
    return lambda x: np.power(x, exponent)


POWERS = [
    Op("x**2", lambda x: x**2, ONE),
    Op("x**3", lambda x: x**3, ONE, _NEGATIVE_BASE),
    Op("x**0", lambda x: x**0, ONE),
    Op("x**1", lambda x: x**1, ONE),
    Op("x**-2", lambda x: x**-2, ONE, _NEGATIVE_BASE),
    Op("x**0.5", lambda x: x**0.5, ONE, POSITIVE),
    Op("x**-1.5", lambda x: x**-1.5, ONE, POSITIVE),
    Op("x**2.0 of a negative", lambda x: x**2.0, ONE, _NEGATIVE_BASE),
    Op("2**x", lambda x: 2**x, ONE),
    Op("0.5**x", lambda x: 0.5**x, ONE),
    Op("x**int", _power(3), ONE, _NEGATIVE_BASE),
    Op("x**np.int64", _power(np.int64(3)), ONE, _NEGATIVE_BASE, dtypes=(np.float64,)),
    Op("x**integers", _power(np.array([0, 1, 2, 3, -2])), (S((5,)), S((2, 5)), S(())), _NEGATIVE_BASE,
       dtypes=(np.float64,)),
    Op("x**floats", _power(np.array([0.0, 1.0, 2.0, -3.0])), (S((4,)), S((2, 1))), _NEGATIVE_BASE,
       dtypes=(np.float64,)),
    Op("x**x", lambda x: x**x, ONE, POSITIVE, tol=1e-6),
    Op("square at 0", lambda x: x**2, (S([0.0, 1.0, -1.0]),)),
    Op("cube at 0", lambda x: x**3, (S([0.0, 1.0, -1.0]),)),
]  # fmt: skip


def _clips() -> list[Sample]:
    return [
        S((7,), low=-1.0, high=1.0),
        S((2, 3), low=-1.0, high=None),
        S((2, 3), low=None, high=0.5),
        S((), low=-1, high=1),
    ]


CHOICES = [
    Op("clip by numbers", lambda x, low, high: np.clip(x, low, high), _clips(), kinks=(-1, 0.5, 1)),
    Op("clip by names", lambda x: np.clip(x, min=-1.0, max=1.0), ONE, kinks=(-1, 1)),
    Op("clip by arrays", np.clip, [S((4, 3), (3,), (3,)), S((5,), (), ()), S((3,), (2, 3), (2, 1))],
       ((-3, 3), (-1.2, -0.5), (0.5, 1.2)), tol=1e-6),
    Op("clip method", lambda x: x.clip(-1.0, 1.0), ONE, kinks=(-1, 1)),
    Op("where of a mask", lambda x, y: np.where(np.array([True, False, True]), x, y),
       [S((3,), (3,)), S((2, 3), (3,)), S((), (3,)), S((2, 1), ())]),
    Op("where with a number", lambda x: np.where(x > 0, x, 0.0), ONE, kinks=(0,)),
    Op("where with a number before", lambda x: np.where(x > 0, 1, x), ONE, kinks=(0,)),
    Op("maximum with 0", lambda x: np.maximum(x, 0), ONE, kinks=(0,)),
    Op("minimum with 1.0", lambda x: np.minimum(1.0, x), ONE, kinks=(1,)),
    Op("logaddexp with 0", lambda x: np.logaddexp(0, x), ONE),
    Op("hypot with itself", lambda x: np.hypot(x, 3.0), ONE),
    Op("same argument twice", lambda x: x * x - x / (2 + x * x), ONE),
]  # fmt: skip

ROWS = [*UNARY, *BINARY, *NUMBERS, *POWERS, *CHOICES]
