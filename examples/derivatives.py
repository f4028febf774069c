"""Derivatives made checkable: the rules of differentiation, and a difference quotient on its way to the derivative.

    python examples/derivatives.py           # writes derivatives_secants.png and derivatives_errors.png

What is learnt:

- The sum, product, quotient, chain and power rules, written with the derivatives of their parts, agree with the
  derivative of the whole to 4e-16 at every one of the random points (seeds 0 to 4).
- (f(x + h) - f(x)) / h is the slope of a secant. As h falls its error falls with ½ |f''| h, until the rounding of f,
  about ε |f|, divided by h, takes over: in double logarithmic scale a V. Its lowest point, h = 2 sqrt(ε |f / f''|), is
  about 3e-8: half of the digits is all that this quotient can give.
- The central quotient (f(x + h) - f(x - h)) / 2h has |f'''| h² / 6 instead, and reaches 1e-10. What the engine
  computes is not on the picture: it has no h, and its error is below 1e-15.

The seed chooses the points at which rules are checked.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from common import options

import autograd_lite as ag
from autograd_lite.calculus import taylor
from autograd_lite.core.plotting import BLUE, COLOURS, RED

EPSILON = np.finfo(float).eps / 2  # the largest relative error of rounding


def u(x: Any) -> Any:
    return np.sin(x) + 2


def v(x: Any) -> Any:
    return np.exp(x / 3)


def rules() -> dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]:
    """Return each rule: a function, and its derivative by the rule from those of its parts."""
    du, dv = ag.grad(u), ag.grad(v)
    return {
        "sum         (u + v)' = u' + v'": (lambda x: u(x) + v(x), lambda x: du(x) + dv(x)),
        "product     (u v)'   = u' v + u v'": (lambda x: u(x) * v(x), lambda x: du(x) * v(x) + u(x) * dv(x)),
        "quotient    (u / v)' = (u' v - u v') / v²": (
            lambda x: u(x) / v(x),
            lambda x: (du(x) * v(x) - u(x) * dv(x)) / v(x) ** 2,
        ),
        "chain       u(v(x))' = u'(v(x)) v'(x)": (lambda x: u(v(x)), lambda x: du(v(x)) * dv(x)),
        "power       (xⁿ)'    = n xⁿ⁻¹, n = 5": (lambda x: x**5, lambda x: 5 * x**4),
    }


def check_rules(points: np.ndarray) -> float:
    """Print how far each rule is from the derivative of the whole at worst, and return the worst of all."""
    print(f"Rules at {len(points)} random points\n\n{'':44} largest difference")
    worst = 0.0
    for name, (whole, by_rule) in rules().items():
        pairs = [(ag.grad(whole)(x), by_rule(x)) for x in points]
        apart = max(abs(a - b) / max(abs(a), 1.0) for a, b in pairs)  # relative where large
        print(f"{name:44} {apart:.1e}")
        worst = max(worst, apart)
    print(f"\nLargest difference from a rule: {worst:.1e}\n")
    return worst


def forward(f: Callable[[Any], Any], x: float, h: Any) -> Any:
    return (f(x + h) - f(x)) / ((x + h) - x)  # what is really added to x


def central(f: Callable[[Any], Any], x: float, h: Any) -> Any:
    return (f(x + h) - f(x - h)) / ((x + h) - (x - h))


def draw_secants(f: Callable[[Any], Any], x0: float, path: Path) -> None:
    """Draw secants that turn into the tangent."""
    figure, axes = plt.subplots(figsize=(6.4, 4))
    xs = np.linspace(-0.4, 2.9, 300)
    axes.plot(xs, f(xs), color="black", linewidth=2.2, label="f(x) = exp(sin x)")
    for h, colour in zip((1.5, 1.0, 0.5, 0.25), COLOURS[5:2:-1] + COLOURS[2:3], strict=True):
        slope = forward(f, x0, h)
        axes.plot(xs, f(x0) + slope * (xs - x0), color=colour, linewidth=1.2, label=f"h = {h:g}, slope {slope:.3f}")
        axes.plot(x0 + h, f(x0 + h), "o", color=colour, markersize=5)
    slope = float(ag.grad(f)(x0))
    axes.plot(xs, f(x0) + slope * (xs - x0), color=RED, linestyle="--", label=f"tangent, slope {slope:.3f}")
    axes.plot(x0, f(x0), "o", color="black")
    axes.set(xlabel="x", ylabel="y", ylim=(-0.9, 3.6), title="Secants turn into the tangent as h falls")
    axes.legend(loc="lower right", ncols=2)
    figure.savefig(path)


def draw_errors(f: Callable[[Any], Any], x0: float, steps: np.ndarray, path: Path) -> None:
    """Draw the errors of both quotients over the step, with what theory says of them."""
    derivatives = taylor(f, x0, 3).derivatives
    value, slope, second, third = (abs(float(d)) for d in derivatives)
    figure, axes = plt.subplots(figsize=(7.2, 4.6))
    curves = (
        ("forward", forward, BLUE, lambda h: second * h / 2 + 2 * EPSILON * value / h),
        ("central", central, RED, lambda h: third * h**2 / 6 + EPSILON * value / h),
    )
    for name, quotient, colour, theory in curves:
        errors = abs(quotient(f, x0, steps) - float(derivatives[1]))
        axes.loglog(steps, np.maximum(errors, 1e-17), ".", color=colour, markersize=4, alpha=0.6, label=name)
        axes.loglog(steps, theory(steps), color=colour, linewidth=1.4, label=f"{name}: truncation + rounding")
    best = 2 * np.sqrt(EPSILON * value / second)
    axes.axvline(best, color="0.6", linewidth=0.9, linestyle=":")
    axes.annotate(f"h = {best:.0e}", (best, 1e-13), xytext=(6, 0), textcoords="offset points", color="0.35")
    axes.axhline(EPSILON * slope, color="0.6", linewidth=0.9, linestyle="--")
    axes.annotate(
        "one rounding of f'", (1e-15, EPSILON * slope), xytext=(0, 5), textcoords="offset points", color="0.35"
    )
    axes.set(xlabel="step h", ylabel="error of the quotient", ylim=(1e-17, 3), title="The V of the difference quotient")
    axes.legend(loc="upper center")
    figure.savefig(path)


def main() -> None:
    chosen = options(__doc__)
    rng = np.random.default_rng(chosen.seed)
    check_rules(rng.uniform(-3, 3, 20 if chosen.quick else 200))

    def f(x: Any) -> Any:
        return np.exp(np.sin(x))

    x0 = 1.0
    slope = float(ag.grad(f)(x0))
    print(f"f(x) = exp(sin x) at x = {x0}: f' = {slope:.15f}\n")
    print(f"{'h':>8} {'forward quotient':>20} {'error':>9} {'central quotient':>20} {'error':>9}")
    for h in 10.0 ** -np.arange(1, 15, 1 if not chosen.quick else 2):
        a, b = forward(f, x0, h), central(f, x0, h)
        print(f"{h:8.0e} {a:20.15f} {abs(a - slope):9.1e} {b:20.15f} {abs(b - slope):9.1e}")

    secants, errors = chosen.output / "derivatives_secants.png", chosen.output / "derivatives_errors.png"
    draw_secants(f, x0, secants)
    draw_errors(f, x0, np.logspace(-15, 0, 120 if chosen.quick else 800), errors)
    print(f"\nPictures: {secants}, {errors}")


if __name__ == "__main__":
    main()
