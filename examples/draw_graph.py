"""Draw computation graphs: what was computed, and how gradients flow back over it.

Four pictures, and a page to explore one of them in any browser: the backpropagation graph of a digits classifier, a
recurrent network of 600 steps whose 3,000 operations fold into nine boxes, the graph of a Hessian-vector product, which
is the sweep over a sweep, and the Rosenbrock function with every number in it.

    python examples/draw_graph.py            # writes to examples/output/
"""

from __future__ import annotations

import time

import numpy as np
from common import options

import autograd_lite as ag
from autograd_lite import Tensor, draw, nn


def digits(rng: np.random.Generator) -> draw.GraphPicture:
    """Return the graph of a classifier of 8 x 8 pictures; a module tells which operations are its own."""
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    pictures, labels = rng.uniform(0, 1, (16, 64)), rng.integers(0, 10, 16)

    def loss(pictures):
        return nn.cross_entropy(model(pictures), labels)

    return draw.graph(loss, pictures)


def recurrent(rng: np.random.Generator, steps: int) -> draw.GraphPicture:
    """Return the graph of a loop over time, recorded as it runs and drawn from its result."""
    into, again = (Tensor(0.3 * rng.normal(size=(n, 8)), requires_grad=True) for n in (3, 8))
    shift = Tensor(np.zeros(8), requires_grad=True)
    state = np.zeros((4, 8))
    for x in rng.normal(size=(steps, 4, 3)):
        state = np.tanh(x @ into + state @ again + shift)
    return draw.graph(np.mean(state**2), names={"into": into, "again": again, "shift": shift})


def curvature() -> draw.GraphPicture:
    """Return the graph of a Hessian-vector product: two backward sweeps, the second over the first."""

    def f(x):
        return np.sum(np.sin(x) * x)

    return draw.graph(lambda x: ag.hvp(f, x, np.array([1.0, 0.5])), np.array([1.0, 2.0]))


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def main() -> None:
    chosen = options(__doc__)
    rng = np.random.default_rng(chosen.seed)
    nn.seed(chosen.seed)
    start = time.perf_counter()
    folded = recurrent(rng, 50 if chosen.quick else 600)
    seconds = time.perf_counter() - start
    boxes = sum(vertex.kind != "constant" for vertex in folded.shown.vertices)
    print(f"Boxes for the recurrent network: {boxes}\n{folded}, recorded and folded in {seconds:.1f} s\n")

    valley = draw.graph(rosenbrock, -1.2, 1.0)
    print(valley.text(), "\n")
    network = digits(rng)
    pictures = {
        "graph_digits.svg": network,
        "graph_digits.html": network,
        "graph_rnn.svg": folded,
        "graph_hvp.svg": curvature(),
        "graph_rosenbrock.svg": valley,
    }
    for name, picture in pictures.items():
        print(f"Picture: {picture.save(chosen.output / name)}")


if __name__ == "__main__":
    main()
