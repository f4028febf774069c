"""What a program must satisfy: agreement with itself, with PyTorch and with JAX.

Every check returns the names of what disagrees, so that the shrinker can follow one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_lite as ag

from .backends import NUMPY
from .program import Program

EXACT = 1e-8  # between two ways of computing one number
STEP = 1e-5  # of differences
ROUGH = 1e-5  # between a derivative and differences


def direction(program: Program) -> np.ndarray:
    """Return a direction without tiny components."""
    rng = np.random.default_rng(program.x.size)
    return rng.uniform(0.5, 1.5, size=program.x.size) * rng.choice([-1.0, 1.0], size=program.x.size)


def differs(got: Any, expected: Any, tolerance: float, scale: float = 0.0) -> bool:
    """Say whether two arrays differ by more than a share of their size."""
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape or not np.all(np.isfinite(got)):
        return True
    size = max(float(np.max(np.abs(expected), initial=0)), scale)
    return bool(np.max(np.abs(got - expected), initial=0) > tolerance * size + 1e-13)


def answers(program: Program, v: np.ndarray) -> tuple[Any, Any, Any]:
    """Return value, gradient and Hessian-vector product that autograd_lite gives."""
    f = program_on_arrays(program)
    value, gradient = ag.value_and_grad(f)(program.x)
    return value, gradient, ag.hvp(f, program.x, v)


def program_on_arrays(program: Program) -> Callable[[Any], Any]:
    return lambda x: program.run(NUMPY, x)


def with_peer(program: Program, peer: Callable[..., Any]) -> list[str]:
    """Return which of value, gradient and product disagree with a peer's."""
    v = direction(program)
    ours, theirs = answers(program, v), peer(program, v)
    scale = float(np.max(np.abs(theirs[1]), initial=0))  # a product far smaller than the gradient is round-off
    names = ("value", "gradient", "product")
    scales = (0.0, abs(theirs[0]) * 1e-3, scale * 1e-3)
    return [n for n, a, b, s in zip(names, ours, theirs, scales, strict=True) if differs(a, b, EXACT, s)]


def with_itself(program: Program) -> list[str]:
    """Return which ways of asking autograd_lite for one derivative disagree with each other or with differences."""
    f, x, v = program_on_arrays(program), program.x, direction(program)
    value, gradient, product = answers(program, v)
    scale = float(np.max(np.abs(gradient), initial=0))
    along, slope = ag.jvp(f, (x,), (v,))
    forward_over_reverse = ag.jvp(ag.grad(f), (x,), (v,))[1]
    checks = {
        "value of the recorded run": (value, f(x), EXACT, 0.0),
        "value of the forward run": (along, value, EXACT, 0.0),
        "forward mode": (slope, gradient @ v, EXACT, scale),
        "reverse over forward": (ag.grad(lambda x: ag.jvp(f, (x,), (v,))[1])(x), product, EXACT, scale * 1e-3),
        "forward over reverse": (forward_over_reverse, product, EXACT, scale * 1e-3),
        "batched Hessian": (ag.hessian(f)(x) @ v, product, EXACT, scale * 1e-3),
        "forward Jacobian": (ag.jacobian(f, mode="forward")(x), gradient, EXACT, abs(value) * 1e-3),
        "differences of values": (gradient @ v, difference(f, x, v), ROUGH, scale + abs(value)),
        "differences of gradients": (product, difference(ag.grad(f), x, v), ROUGH, scale),
    }
    return [name for name, (got, expected, tolerance, s) in checks.items() if differs(got, expected, tolerance, s)]


def difference(f: Callable[[Any], Any], x: np.ndarray, v: np.ndarray) -> Any:
    """Return the derivative of ``f`` along ``v`` from five points (Abramowitz & Stegun 25.3.6)."""
    near, far = (f(x + STEP * k * v) - f(x - STEP * k * v) for k in (1, 2))
    return (8 * near - far) / (12 * STEP)


def in_single_precision(program: Program) -> list[str]:
    """Return what is not float32, or far from the double-precision answer, when the program runs on float32."""
    f, x, v = program_on_arrays(program), program.x.astype(np.float32), direction(program).astype(np.float32)
    value, gradient = ag.value_and_grad(f)(x)
    found = {"value": value, "gradient": gradient, "product": ag.hvp(f, x, v), "tangent": ag.jvp(f, (x,), (v,))[1]}
    wrong = [f"float32 {name} is {array.dtype}" for name, array in found.items() if array.dtype != np.float32]
    exact = answers(program, direction(program))[:2]  # a second derivative may be all cancellation in single precision
    scale = float(np.max(np.abs(exact[1]), initial=0)) + abs(exact[0])
    for (name, got), expected in zip(found.items(), exact, strict=False):
        if differs(got, expected, 1e-3, scale):
            wrong.append(f"float32 {name} is far from float64's")
    return wrong


def failures(program: Program, peers: dict[str, Callable[..., Any]]) -> list[str]:
    """Return everything that is wrong with a program, exceptions included."""
    checks = {"itself": with_itself, "single precision": in_single_precision}
    found = [f"{where}: {what}" for where, check in checks.items() for what in attempted(check, program)]
    for name, peer in peers.items():
        found += [f"{name}: {what}" for what in attempted(with_peer, program, peer)]
    return found


def attempted(check: Callable[..., list[str]], *args: Any) -> list[str]:
    """Run a check; an exception is a failure that names itself."""
    try:
        return check(*args)
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
