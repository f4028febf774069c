"""The chain rule in several variables: along a path, and through the layers of a network, by hand and by the engine.

    python examples/chain_rule.py            # writes chain_rule_path.png and chain_rule_network.png

What is learnt:

- Along a path x(t) a function changes by df/dt = ∇f · dx/dt: every variable adds its own link. The links of
  f = sin(x) exp(y z²) on the path x = t - 1, y = t², z = 1/t are printed; two of them are as large as 5 and cancel, and
  what is left is e cos(t - 1).
- A network is a chain of functions, so the gradient of its cost is a product of their Jacobians. All of them are
  written out by hand and compared with the engine's; both products agree to 3e-16 (seeds 0 to 4).
- A product may be taken from either end, and its cost depends on which: from the cost backwards every step is a row
  times a matrix, 139 multiplications in all; from the input forwards it is a matrix times a matrix, 472. That is why
  gradients are computed in reverse.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from common import options

import autograd_lite as ag

BLUE, RED, GREEN = "#0072b2", "#d55e00", "#009e73"
SIZES = (4, 6, 5, 3)  # of the layers of the network


def field(x: Any, y: Any, z: Any) -> Any:
    return np.sin(x) * np.exp(y * z**2)


def curve(t: Any) -> tuple[Any, Any, Any]:
    return t - 1, t**2, 1 / t


def total_derivative() -> float:
    """Print the links of df/dt at some times, and return the largest difference of the engine from e cos(t - 1)."""
    print("f = sin(x) exp(y z²) on the path x = t - 1, y = t², z = 1/t\n")
    print(f"{'t':>5} {'∂f/∂x dx/dt':>13} {'∂f/∂y dy/dt':>13} {'∂f/∂z dz/dt':>13} {'sum':>10} {'engine':>10}")
    apart = []
    for t in (0.5, 1.0, 2.0, 3.0):
        slopes = ag.grad(field, argnums=(0, 1, 2))(*curve(t))
        velocity = [ag.grad(lambda s, i=i: curve(s)[i])(t) for i in range(3)]
        links = [float(slope * speed) for slope, speed in zip(slopes, velocity, strict=True)]
        at_once = float(ag.grad(lambda s: field(*curve(s)))(t))
        print(f"{t:5.1f}" + "".join(f"{link:14.4f}" for link in links) + f"{sum(links):11.6f}{at_once:11.6f}")
        apart += [abs(sum(links) - np.e * np.cos(t - 1)), abs(at_once - np.e * np.cos(t - 1))]
    return max(apart)


def links_of(weights: list[Any], biases: list[Any], x: np.ndarray, y: np.ndarray) -> list[tuple[str, Any, Any, Any]]:
    """Return the links of a network's chain in order: a name, the function, its argument and its Jacobian by hand."""
    links: list[tuple[str, Callable[..., Any], Any, Any]] = []
    for k, (weight, bias) in enumerate(zip(weights, biases, strict=True), start=1):
        links.append((f"∂z{k}/∂a{k - 1}", lambda a, w=weight, b=bias: w @ a + b, x, weight))
        x = weight @ x + bias
        links.append((f"∂a{k}/∂z{k}", np.tanh, x, np.diag(1 - np.tanh(x) ** 2)))
        x = np.tanh(x)
    links.append((f"∂C/∂a{len(weights)}", lambda a: np.sum((a - y) ** 2, keepdims=True), x, 2 * (x - y)[None]))
    return links


def multiplications(matrices: list[np.ndarray]) -> int:
    """Return how many numbers are multiplied with each other in a product that is taken from the left."""
    rows = matrices[0].shape[0]
    return sum(rows * matrix.size for matrix in matrices[1:])


def network(rng: np.random.Generator) -> tuple[float, list[str], list[np.ndarray]]:
    """Print the Jacobians of a network, return the largest difference from the engine's, and the product's factors."""
    weights = [rng.normal(size=(n, m)) / np.sqrt(m) for m, n in pairwise(SIZES)]
    biases = [0.1 * rng.normal(size=n) for n in SIZES[1:]]
    x, y = rng.normal(size=SIZES[0]), rng.uniform(-1, 1, SIZES[-1])
    links = links_of(weights, biases, x, y)
    print(f"\n{'link':>8} {'shape':>8} {'largest':>9} {'by hand - engine':>18}")
    apart = []
    for name, function, at, by_hand in links:
        apart.append(float(np.max(np.abs(ag.jacobian(function)(at) - by_hand))))
        print(f"{name:>8} {by_hand.shape!s:>8} {np.max(np.abs(by_hand)):9.3f} {apart[-1]:18.1e}")
    factors = [by_hand for *_, by_hand in reversed(links)]
    product = reduce(np.matmul, factors)[0]

    def cost(a: Any) -> Any:
        return reduce(lambda value, link: link[1](value), links, a)[0]

    gradient = ag.grad(cost)(x)
    apart.append(float(np.max(np.abs(product - gradient))))
    print(f"\nproduct of all  {np.array2string(product, precision=6)}")
    print(f"engine, at once {np.array2string(gradient, precision=6)}, {apart[-1]:.1e} apart")
    backwards, forwards = multiplications(factors), multiplications([factor.T for factor in reversed(factors)])
    print(f"Multiplications from the cost backwards: {backwards}, from the input forwards: {forwards}\n")
    return max(apart), [name for name, *_ in reversed(links)], factors


def draw_path(file: Path) -> None:
    """Draw a path over the contours of a function, and how the function changes on it."""

    def height(x: Any, y: Any) -> Any:
        return np.sin(1.3 * x) * np.cos(y) + 0.15 * x * y

    def path(t: Any) -> tuple[Any, Any]:
        return 2 * np.cos(t), 1.3 * np.sin(t) + 0.5 * np.sin(2 * t)

    t = np.linspace(0, 2 * np.pi, 400)
    x, y = path(t)
    velocity = [ag.elementwise_grad(lambda s, i=i: path(s)[i])(t) for i in range(2)]
    slopes = [ag.elementwise_grad(height, i)(x, y) for i in range(2)]
    links = [slope * speed for slope, speed in zip(slopes, velocity, strict=True)]
    change = links[0] + links[1]
    marks = {"stays": np.argmin(np.abs(change[:40])), "falls fastest": np.argmin(change),
             "rises fastest": np.argmax(change)}  # fmt: skip

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), width_ratios=(1, 1.2))
    grid = np.meshgrid(np.linspace(-2.6, 2.6, 160), np.linspace(-2.2, 2.2, 160))
    left.contourf(*grid, height(*grid), levels=18, cmap="Greys", alpha=0.45)
    left.plot(x, y, color="black", linewidth=1.5)
    places = list(marks.values())
    for vector, colour, scale, label in ((slopes, BLUE, 0.6, "∇f"), (velocity, RED, 0.45, "dx/dt")):
        arrows = (scale * part[places] for part in vector)
        left.quiver(x[places], y[places], *arrows, angles="xy", scale_units="xy", scale=1, color=colour, width=0.012,
                    zorder=4, label=label)  # fmt: skip
    left.plot(x[places], y[places], "o", color="black", markersize=4, zorder=5)
    left.set(aspect="equal", xlabel="x", ylabel="y", title="gradient and velocity on a path", yticks=(-2, -1, 0, 1, 2))
    left.legend(loc="lower right", frameon=True, framealpha=0.85, edgecolor="none")

    right.axhline(0, color="0.8", linewidth=0.8)
    right.plot(t, links[0], color="#e69f00", linewidth=1.1, label="∂f/∂x · dx/dt")
    right.plot(t, links[1], color="#56b4e9", linewidth=1.1, label="∂f/∂y · dy/dt")
    right.plot(t, change, color="black", label="their sum")
    right.plot(t[::16], ag.elementwise_grad(lambda s: height(*path(s)))(t[::16]), "o", color=GREEN, markersize=4.5,
               label="f(x(t)) derived at once")  # fmt: skip
    for number, (what, mark) in enumerate(marks.items(), start=1):
        right.axvline(t[mark], color="0.6", linewidth=0.8, linestyle=":")
        right.annotate(f"{number} {what}", (t[mark], 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
        left.annotate(f"{number}", (x[mark], y[mark]), xytext=(-12, -13), textcoords="offset points", weight="bold")
    right.set(xlabel="t", ylim=(-2.1, 1.9))
    right.set_title("df/dt = ∇f · dx/dt", pad=18)
    figure.legend(*right.get_legend_handles_labels(), loc="outside lower right", ncols=4)
    figure.savefig(file)


def draw_product(names: list[str], factors: list[np.ndarray], file: Path) -> None:
    """Draw the Jacobians of a network as what they are: matrices that are multiplied with each other."""
    product = reduce(np.matmul, factors)
    parts = [*factors, product]
    signs = ["·"] * (len(factors) - 1) + ["=", ""]
    widths = [part.shape[1] for part in parts]
    figure, row = plt.subplots(1, len(parts), figsize=(10.5, 2.6), width_ratios=widths)
    for axes, name, part, sign in zip(row, [*names, "∂C/∂a0"], parts, signs, strict=True):
        axes.imshow(part, cmap="PuOr", vmin=-1.5, vmax=1.5)
        axes.set(xticks=np.arange(part.shape[1] + 1) - 0.5, yticks=np.arange(part.shape[0] + 1) - 0.5)
        axes.set_title(name, weight="bold" if sign == "" else None)
        axes.tick_params(length=0, labelbottom=False, labelleft=False)
        axes.grid(True, color="white", linewidth=1)
        axes.spines[:].set_visible(False)
        axes.set_xlabel(f"{part.shape[0]} × {part.shape[1]}")
        axes.annotate(sign, (1, 0.5), xycoords="axes fraction", xytext=(8, -1), textcoords="offset points", size=20,
                      ha="center", va="center")  # fmt: skip
    bar = figure.colorbar(row[0].images[0], ax=row, fraction=0.015, pad=0.01, extend="both")
    bar.outline.set_visible(False)
    figure.savefig(file)


def main() -> None:
    chosen = options(__doc__)
    along_path = total_derivative()
    of_network, names, factors = network(np.random.default_rng(chosen.seed))
    print(f"Largest difference from the engine: {max(along_path, of_network):.1e}")
    files = [chosen.output / f"chain_rule_{what}.png" for what in ("path", "network")]
    draw_path(files[0])
    draw_product(names, factors, files[1])
    print(f"Pictures: {files[0]}, {files[1]}")


if __name__ == "__main__":
    main()
