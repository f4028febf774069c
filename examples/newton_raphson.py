"""Newton–Raphson: follow the tangent to where it is zero; how fast that is, how it fails, and where it leads.

    python examples/newton_raphson.py        # writes newton_raphson.png and newton_basins.png

What is learnt:

- Near a simple root x ← x - f(x)/f'(x) doubles the digits in each step: e' ≈ f''/(2f') e². For x³ - 2x + 2 from -2 they
  are 0.6, 1.5, 3.2, 6.5, 13.2 and then all that float64 has. At a double root the error is only halved.
- It fails in four ways: by a cycle (0, 1, 0, 1, ... for the same cubic), by running away (arctan from 1.5), at a
  tangent without slope, and where no root is. `find_root` names each, and its default method, which keeps to a bracket
  or looks for one, finds the roots that there are; the double one in 9 steps, for which Newton takes 52.
- Which root is found depends on the start in a complicated way. The second picture colours 160,000 starts (10,000 with
  ``--quick``) by the root that they lead to: of z³ = 1 in the complex plane, and of a real system, the four minima of
  Himmelblau's function. In 30 steps 99.98 % of the starts arrive. The derivatives are the engine's, of all starts
  at once, complex ones for z³ = 1.

Nothing is left to chance: all seeds give the same.

A. Cayley, *The Newton–Fourier imaginary problem*, Amer. J. Math. 2 (1879); D. Himmelblau, *Applied Nonlinear
Programming*, McGraw-Hill 1972.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from common import options

import autograd_lite as ag
from autograd_lite.calculus import Root, find_root

BLUE, RED = "#0072b2", "#d55e00"
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")  # one for each root


def cubic(x: Any) -> Any:
    return x**3 - 2 * x + 2


def double(x: Any) -> Any:
    return (x - 1) ** 2 * np.exp(x)


def digits() -> None:
    """Print the iterates at a simple and at a double root."""
    root, at_once = -1.7692923542386314, 1.0
    print("x³ - 2x + 2 from -2, and (x - 1)² exp(x) from 2: errors e, and right digits\n")
    print(f"{'step':>4} {'x':>20} {'e':>9} {'digits':>7} {'e/e₀²':>7}   {'x':>20} {'e':>9} {'e/e₀':>6}")
    simple = find_root(cubic, -2.0, method="newton").history
    doubled = find_root(double, 2.0, method="newton").history
    before = twice_before = np.nan
    for step, (one, two) in enumerate(zip(simple, doubled, strict=False)):
        error, twice = abs(one.solution - root), abs(two.solution - at_once)
        count = -np.log10(error) if error else 16.0
        print(
            f"{step:4} {one.solution:20.16f} {error:9.1e} {count:7.1f} {error / before**2 if error else 0:7.3f}   "
            f"{two.solution:20.16f} {twice:9.1e} {twice / twice_before:6.3f}"
        )
        before, twice_before = error, twice
    slope, bend = ag.grad(cubic)(root), ag.grad(ag.grad(cubic))(root)
    print(f"f''/(2f') at the root is {abs(bend / (2 * slope)):.3f}\n")


FAILURES: dict[str, tuple[Callable[..., Any], float, tuple[float, float] | None]] = {
    "x³ - 2x + 2": (cubic, 0.0, (-3.0, 0.0)),
    "arctan x": (np.arctan, 1.5, (-1.0, 1.5)),
    "x² - 2": (lambda x: x**2 - 2, 0.0, (0.0, 3.0)),
    "x² + 1": (lambda x: x**2 + 1, 0.3, None),
    "(x - 1)² exp x": (double, 2.0, None),
}


def failures() -> None:
    """Print how Newton's method fails, and what the safeguarded one finds."""
    print(
        f"{'f':>14} {'start':>5}   {'textbook Newton':21} {'bracket':>9}   {'find_root':14} {'root':>19} multiplicity"
    )
    for name, (function, start, bracket) in FAILURES.items():
        plain = find_root(function, start, method="newton")
        found = find_root(function, start, bracket=bracket)
        root = f"{found.solution:.16f}" if found.converged else "-"
        ends = "-" if bracket is None else f"({bracket[0]:g}, {bracket[1]:g})"
        print(
            f"{name:>14} {start:5.1f}   {_outcome(plain):21} {ends:>9}   {_outcome(found):14} "
            f"{root:>19} {found.multiplicity or '-':>5}"
        )
    print()


def _outcome(result: Root) -> str:
    return f"{result.reason.name.lower().replace('_', ' ')} ({result.iterations})"


def draw_tangents(file: Path) -> None:
    """Draw the tangents that Newton's method follows, to a root and past it."""
    figure, row = plt.subplots(1, 3, figsize=(10, 3.5))
    panels = (
        ("x³ − 2x + 2 from −3: converges", cubic, -3.0, (-3.2, 1.8), (-21, 8), ("x₀", "x₁", "x₂", "", "")),
        ("x³ − 2x + 2 from 0: a cycle", cubic, 0.0, (-1.9, 1.9), (-1.6, 4.2), ("x₀ = x₂", "x₁", "", "")),
        ("arctan x from 1.5: runs away", np.arctan, 1.5, (-6.5, 6.5), (-2, 2), ("x₀", "x₁", "", "x₃")),
    )
    for axes, (title, function, start, sides, heights, labels) in zip(row, panels, strict=True):
        grid = np.linspace(*sides, 300)
        axes.axhline(0, color="0.6", linewidth=0.8)
        axes.plot(grid, function(grid), color=BLUE, label="f")
        x = start
        for step, label in enumerate(labels):
            value, slope = ag.value_and_grad(function)(x)
            following = x - value / slope
            axes.plot([x, x], [0, value], color="0.5", linestyle=":", linewidth=1.1)
            axes.plot([x, following], [value, 0], color=RED, linewidth=1.2, label=None if step else "tangents")
            axes.plot([x], [value], "o", color=RED, markersize=4)
            axes.annotate(label, (x, 0), xytext=(0, -4 if value > 0 else 4), textcoords="offset points", ha="center",
                          va="top" if value > 0 else "bottom")  # fmt: skip
            x = float(following)
        axes.set(title=title, xlim=sides, ylim=heights, xlabel="x")
    row[0].legend(loc="lower right")
    figure.savefig(file)


def complex_step(z: np.ndarray) -> np.ndarray:
    """Return one step of Newton's method for z³ = 1, for all of an array of complex numbers at once."""
    return z - (z**3 - 1) / ag.elementwise_grad(lambda z: z**3 - 1)(z)


def himmelblau_system(x: Any, y: Any) -> tuple[Any, Any]:
    return x**2 + y - 11, x + y**2 - 7


def real_step(z: np.ndarray) -> np.ndarray:
    """Return one step of Newton's method for Himmelblau's system; a complex number holds a point's x and y."""
    x, y, ones, zeros = z.real, z.imag, np.ones(z.shape), np.zeros(z.shape)
    (u, v), (a, c) = ag.jvp(himmelblau_system, (x, y), (ones, zeros))  # the first column of every Jacobian
    _, (b, d) = ag.jvp(himmelblau_system, (x, y), (zeros, ones))
    return z - ((d * u - b * v) + 1j * (a * v - c * u)) / (a * d - b * c)


def basins(step: Callable[..., Any], roots: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of the root that each start leads to in 30 steps, -1 for none, and how many steps it takes."""
    z, steps = starts, np.full(starts.shape, 30)
    with np.errstate(all="ignore"):  # a start without slope jumps to infinity
        for taken in range(1, 31):
            z = step(z)
            near = np.min(np.abs(z[..., None] - roots), axis=-1) < 1e-6
            steps = np.where(near & (steps == 30), taken, steps)
    apart = np.nan_to_num(np.abs(z[..., None] - roots), nan=np.inf)
    return np.where(np.min(apart, axis=-1) < 1e-6, np.argmin(apart, axis=-1), -1), steps


def painted(which: np.ndarray, steps: np.ndarray, count: int) -> np.ndarray:
    """Return the colours of the roots, darker where it takes more steps; black for none."""
    colours = np.array([mpl.colors.to_rgb(colour) for colour in (*COLOURS[:count], "black")])
    light = np.clip(1.35 - 0.33 * np.log(np.maximum(steps, 3)), 0.12, 1)[..., None]
    return light * colours[which] + 0.55 * (np.clip(light, 0.6, 1) - 0.6) * (1 - colours[which])


def draw_basins(size: int, file: Path) -> float:
    """Draw where starts lead, print the shares, and return the percentage that leads to a root."""
    himmelblau = [find_root(lambda p: np.stack(himmelblau_system(*p)), start).solution
                  for start in ([3.0, 2.0], [-3.0, 3.0], [-4.0, -3.0], [3.5, -2.0])]  # fmt: skip
    problems = (
        ("z³ = 1 in the complex plane", complex_step, np.exp(2j * np.pi * np.arange(3) / 3), 1.6, ("Re z", "Im z")),
        ("x² + y = 11, x + y² = 7", real_step, np.array([complex(*root) for root in himmelblau]), 6, ("x", "y")),
    )
    figure, row = plt.subplots(1, 2, figsize=(9, 4.6))
    arrived = []
    for axes, (title, step, roots, reach, labels) in zip(row, problems, strict=True):
        side = np.linspace(-reach, reach, size)
        which, steps = basins(step, roots, side + 1j * side[:, None])
        arrived.append(np.mean(which >= 0))
        shares = ", ".join(f"{np.mean(which == k):.1%} to {root:.3f}" for k, root in enumerate(roots))
        print(f"{title}: {shares}; {np.mean(steps):.1f} steps on average")
        extent = (-reach, reach, -reach, reach)
        axes.imshow(painted(which, steps, len(roots)), origin="lower", extent=extent, interpolation="lanczos")
        axes.plot(roots.real, roots.imag, "o", color="white", markeredgecolor="black", markersize=7)
        axes.set(title=title, xlabel=labels[0], ylabel=labels[1])
    figure.savefig(file)
    return 100 * float(np.mean(arrived))


def main() -> None:
    chosen = options(__doc__)
    digits()
    failures()
    files = [chosen.output / f"newton_{what}.png" for what in ("raphson", "basins")]
    draw_tangents(files[0])
    share = draw_basins(100 if chosen.quick else 400, files[1])
    print(f"Starts that arrive at a root in %: {share:.2f}")
    print(f"Pictures: {files[0]}, {files[1]}")


if __name__ == "__main__":
    main()
