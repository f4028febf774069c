"""What is measured: errors against steps, costs against the number of variables, Jacobians and Hessians."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import autograd_lite as ag
from autograd_lite.check.differences import SCHEMES, power_of_two
from benchmarks import peers
from benchmarks.finite_differences import functions, methods
from benchmarks.finite_differences.functions import CURVE, GRADIENT, HESSIAN, POINT, Example, error
from benchmarks.measure import Effort, interleaved
from benchmarks.workload import Case

Numbers = dict[str, Any]

REVERSE, FORWARD, ONE_DIRECTION = "reverse mode", "forward mode", "forward mode, one direction"
WITH_STEP = ("forward", "central", "five-point", methods.COMPLEX)
DTYPES = {"float64": np.float64, "float32": np.float32}

#: Elements of the gradient that are computed one by one take at most this long; from the rest their time is scaled.
SECONDS = 0.5
EFFORT, QUICK_EFFORT = Effort(5, 0.005, 2.0), Effort(2, 0.001, 0.3)


def measure(quick: bool) -> Numbers:
    """Return all numbers of the page."""
    return {
        "curves": {name: curves(dtype) for name, dtype in DTYPES.items()},
        "variables": [variables(n, quick) for n in ((1, 10, 100) if quick else (1, 10, 100, 1_000, 10_000, 100_000))],
        "single": [single_precision(n) for n in ((100,) if quick else (1, 100, 10_000))],
        "jacobians": [jacobians(n, quick) for n in ((10,) if quick else (10, 50, 200))],
        "hessians": [hessians(n, quick) for n in ((5,) if quick else (10, 50, 100))],
    }


# Errors against steps


def curves(dtype: Any) -> Numbers:
    """Return the relative error of each method for each step, what theory says, and the methods without a step."""
    x = dtype(POINT)
    steps = [2.0**-k for k in range(53 if dtype is np.float64 else 25)]
    found: Numbers = {"steps": steps, "errors": {}, "theory": {}, "chosen": {}, "constant": {}}
    truth = float(abs(CURVE.derivative(np.longdouble(POINT))))
    derivatives = nested_derivatives(5)
    for method in WITH_STEP:
        found["errors"][method] = [slope_error(SCHEMES[method].formula(along(x), dtype(h)), truth) for h in steps]
        found["theory"][method] = [theory(method, h, derivatives, methods.eps(dtype)) for h in steps]
        step = power_of_two(SCHEMES[method].step(methods.eps(dtype)) * max(1.0, POINT))
        found["chosen"][method] = step, slope_error(SCHEMES[method].formula(along(x), dtype(step)), truth)
    constant: dict[str, Callable[[], Any]] = {
        REVERSE: lambda: ag.grad(CURVE.f)(x),
        FORWARD: lambda: ag.jvp(CURVE.f, (x,), (dtype(1),))[1],
        "richardson": lambda: SCHEMES["richardson"].formula(along(x), dtype(SCHEMES["richardson"].step(0.0))),
        "scipy.differentiate": lambda: methods.scipy_slope(CURVE.f, x),
    }
    if dtype is np.float64:  # numdifftools computes in double precision whatever it is given
        constant["numdifftools"] = lambda: methods.numdifftools("Derivative", CURVE.f, x)
    for name, run in constant.items():
        try:
            found["constant"][name] = slope_error(run(), truth)
        except peers.UnavailableError:
            continue
    return found


def along(x: Any) -> Callable[[Any], Any]:
    """Return t -> f(x + t), in the precision of x."""

    def line(t: Any) -> Any:
        if isinstance(t, complex | np.complexfloating):
            return CURVE.f(np.result_type(x, np.complex64).type(x + t))
        return CURVE.f(type(x)(x + t))

    return line


def slope_error(found: Any, truth: float) -> float:
    """Return the relative error of the derivative of the function of one variable."""
    exact = CURVE.derivative(np.longdouble(POINT))
    wrong = float(abs(np.longdouble(found) - exact)) / truth
    return wrong if math.isfinite(wrong) else 1.0


def nested_derivatives(order: int) -> list[float]:
    """Return f, f', f'', … of the function of one variable, each by a gradient of the one before."""
    f: Callable[..., Any] = CURVE.f
    found = [float(f(POINT))]
    for _ in range(order):
        f = ag.grad(f)
        found.append(float(f(POINT)))
    return found


def theory(method: str, h: float, derivatives: Sequence[float], epsilon: float) -> float:
    """Return truncation and round-off of a formula for one step, relative to the derivative.

    Truncation is the first term that Taylor's series leaves. A value of f is wrong by half an epsilon of f at least;
    x + h is exact for these steps, powers of two.
    """
    f, slope, second, third, _, fifth = (abs(value) for value in derivatives)
    unit = epsilon / 2
    parts = {
        "forward": (h * second / 2, 2 * unit * f / h),
        "central": (h**2 * third / 6, unit * f / h),
        "five-point": (h**4 * fifth / 30, 1.5 * unit * f / h),
        methods.COMPLEX: (h**2 * third / 6, unit * slope),
    }
    return sum(parts[method]) / slope


# Costs and errors against the number of variables


def variables(n: int, quick: bool) -> Numbers:
    """Return times and errors of the gradient in n variables, float64, for each method that can do it in time."""
    x, f = functions.point(n), GRADIENT.f
    value = Case(partial(f, x), None)
    once = interleaved({"value": value}, QUICK_EFFORT)[0]["value"][0]
    cases, columns = {"value": value}, {}
    found: dict[str, Callable[[], Any]] = {REVERSE: partial(ag.grad(f), x)}
    if n <= 1_000:
        found[FORWARD] = partial(ag.jacfwd(f), x)
    for method in SCHEMES:
        calls = {"forward": 1, "central": 2, "five-point": 4, methods.COMPLEX: 3, "richardson": 20}[method]
        budget = 60 * SECONDS if method == "central" and n <= 10_000 else SECONDS  # the whole of what is concluded from
        count = min(n, max(10, int((0.1 if quick else 1) * budget / (calls * once))))
        columns[method] = list(range(count))
        found[method] = partial(methods.differences, method, f, x, columns[method])
    if n <= 1_000:
        found["scipy approx_fprime"] = partial(methods.scipy_forward, f, x)
    if n <= 100:
        found["scipy.differentiate"] = partial(methods.scipy_adaptive, f, x)
        found["numdifftools"] = partial(methods.numdifftools, "Gradient", f, x)
    cases |= {ONE_DIRECTION: Case(partial(ag.jvp, f, (x,), (np.ones(n),)), None)}
    errors = {}
    for name, run in found.items():
        try:
            errors[name] = error(np.ravel(run()), GRADIENT, x, columns.get(name, slice(None)))
        except peers.UnavailableError:
            continue
        cases[name] = Case(run, None)
    times = timed(cases, quick)
    shares = {name: n / len(columns.get(name, range(n))) for name in cases}
    return {
        "n": n,
        "seconds": {name: seconds * shares[name] for name, seconds in times.items()},
        "columns": {name: len(taken) for name, taken in columns.items()},
        "error": errors,
    }


def timed(cases: dict[str, Case], quick: bool) -> dict[str, float]:
    """Return the median seconds of each case."""
    samples, _ = interleaved(cases, QUICK_EFFORT if quick else EFFORT)
    return {name: float(np.median(values)) for name, values in samples.items()}


def single_precision(n: int) -> Numbers:
    """Return the errors of gradients in float32, of the first hundred elements."""
    x = functions.point(n).astype(np.float32)
    columns = list(range(min(n, 100)))
    errors = {REVERSE: error(np.asarray(ag.grad(GRADIENT.f)(x))[columns], GRADIENT, x, columns)}
    for method in SCHEMES:
        errors[method] = error(methods.differences(method, GRADIENT.f, x, columns), GRADIENT, x, columns)
    return {"n": n, "error": errors}


# Jacobians and Hessians


def compared(runs: dict[str, Callable[[], Any]], example: Example, x: np.ndarray, quick: bool) -> Numbers:
    """Return times and errors of several ways to the same matrix."""
    cases, errors = {}, {}
    for name, run in runs.items():
        try:
            errors[name] = error(run(), example, x)
        except peers.UnavailableError:
            continue
        cases[name] = Case(run, None)
    return {"n": len(x), "seconds": timed(cases, quick), "error": errors}


def jacobians(n: int, quick: bool) -> Numbers:
    """Return times and errors of a square Jacobian."""
    example, x = functions.network(n), functions.point(n)
    runs: dict[str, Callable[[], Any]] = {
        REVERSE: partial(ag.jacrev(example.f), x),
        FORWARD: partial(ag.jacfwd(example.f), x),
    }
    for method in SCHEMES:
        runs[method] = partial(ag.finite_difference, example.f, x, method=method)
    runs["scipy approx_fprime"] = partial(methods.scipy_forward, example.f, x)
    if n <= 50:
        runs["scipy.differentiate"] = partial(methods.scipy_adaptive, example.f, x)
        runs["numdifftools"] = partial(methods.numdifftools, "Jacobian", example.f, x)
    single = functions.network(n, np.float32)
    narrow = x.astype(np.float32)
    found = compared(runs, example, x, quick)
    found["float32"] = {
        REVERSE: error(ag.jacrev(single.f)(narrow), single, narrow),
        "central": error(ag.finite_difference(single.f, narrow, method="central"), single, narrow),
    }
    return found


def hessians(n: int, quick: bool) -> Numbers:
    """Return times and errors of a Hessian."""
    x, gradient = functions.point(n), ag.grad(HESSIAN.f)
    runs: dict[str, Callable[[], Any]] = {
        "reverse over reverse": partial(ag.hessian(HESSIAN.f), x),
        "central of reverse": partial(ag.finite_difference, gradient, x, method="central"),
        "forward of reverse": partial(ag.finite_difference, gradient, x, method="forward"),
        "second differences": partial(second_differences, HESSIAN.f, x),
    }
    if n <= 10:
        runs["scipy.differentiate"] = partial(methods.scipy_hessian, HESSIAN.f, x)
        runs["numdifftools"] = partial(methods.numdifftools, "Hessian", HESSIAN.f, x)
    found = compared(runs, HESSIAN, x, quick)
    narrow = x.astype(np.float32)
    found["float32"] = {
        "reverse over reverse": error(ag.hessian(HESSIAN.f)(narrow), HESSIAN, narrow),
        "central of reverse": error(ag.finite_difference(gradient, narrow, method="central"), HESSIAN, narrow),
        "second differences": error(second_differences(HESSIAN.f, narrow), HESSIAN, narrow),
    }
    return found


def second_differences(f: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    """Return the Hessian by (f(++) - f(+-) - f(-+) + f(--)) / 4h², M. Abramowitz & I. Stegun (1964), 25.3.26.

    The step balances truncation, h², against round-off, eps / h².
    """
    n, z = len(x), x.copy()
    h = x.dtype.type(power_of_two(methods.eps(x.dtype) ** 0.25))

    def at(i: int, j: int, a: Any, b: Any) -> Any:
        z[i] += a
        z[j] += b
        value = f(z)
        z[:] = x
        return value

    made = np.empty((n, n), x.dtype)
    for i in range(n):
        for j in range(i + 1):
            made[i, j] = made[j, i] = (at(i, j, h, h) - at(i, j, h, -h) - at(i, j, -h, h) + at(i, j, -h, -h)) / (
                4 * h * h
            )
    return made
