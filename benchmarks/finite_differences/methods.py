"""Gradients by differences, as one would write them: an element moved in place, the formulas of the package."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.check.differences import SCHEMES, Line, power_of_two
from benchmarks import peers

COMPLEX = "complex-step"


def eps(dtype: Any) -> float:
    """Return the machine epsilon of a dtype."""
    return float(np.finfo(dtype).eps)


def line_through(f: Callable[[Any], Any], x: np.ndarray, i: int, base: Any) -> Line:
    """Return t -> f(x + t e_i), which moves element i of x in place; base is f(x)."""
    at = x[i]

    def line(t: Any) -> Any:
        if not t:
            return base
        x[i] = at + t
        value = f(x)
        x[i] = at
        return value

    return line


def differences(method: str, f: Callable[[Any], Any], x: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """Return these elements of the gradient by one of the package's schemes, with the steps that it takes."""
    scheme, relative = SCHEMES[method], SCHEMES[method].step(eps(x.dtype))
    moved = x.astype(np.result_type(x.dtype, np.complex64)) if method == COMPLEX else x.copy()
    base = f(x)
    out = np.empty(len(columns), x.dtype)
    for k, i in enumerate(columns):
        h = x.dtype.type(power_of_two(relative * max(1.0, abs(float(x[i])))))
        out[k] = scheme.formula(line_through(f, moved, i, base), h)
    return out


# Libraries


def require(module: str) -> Any:
    """Import a library that is measured beside us.

    Raises
    ------
    UnavailableError
        If it is not installed, or too old to have this part.
    """
    try:
        return importlib.import_module(module)
    except ImportError as missing:
        raise peers.UnavailableError(f"{module} is not installed") from missing


def scipy_forward(f: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    """Return the gradient or Jacobian by `scipy.optimize.approx_fprime`: forward differences."""
    return require("scipy.optimize").approx_fprime(x, f, eps(x.dtype) ** 0.5)


def scipy_adaptive(f: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    """Return the gradient or Jacobian by `scipy.differentiate.jacobian`: eighth order, steps that shrink.

    It calls f with further axes behind the first one, which `numpy.apply_along_axis` takes away again.
    """
    return require("scipy.differentiate").jacobian(lambda z: np.apply_along_axis(f, 0, z), x).df


def scipy_slope(f: Callable[[Any], Any], x: float) -> Any:
    """Return the derivative of a function of one number by `scipy.differentiate.derivative`."""
    return require("scipy.differentiate").derivative(f, x).df


def scipy_hessian(f: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    """Return the Hessian by `scipy.differentiate.hessian`."""
    return require("scipy.differentiate").hessian(lambda z: np.apply_along_axis(f, 0, z), x).ddf


def numdifftools(kind: str, f: Callable[[Any], Any], x: Any) -> np.ndarray:
    """Return a derivative by numdifftools: differences for many steps, extrapolated."""
    made = getattr(require("numdifftools"), kind)(f)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own
        return made(x)
