"""Solve the equation of a damped oscillator with a physics-informed network: derivatives within derivatives.

A mass on a spring with friction, let go at rest, moves by

    u'' + 2 δ u' + ω² u = 0,        u(0) = 1,  u'(0) = 0.

The network N never sees the solution. It is trained until u(t) = 1 + tanh(t)² N(t), which starts rightly whatever N is,
fulfils the equation at 200 times between 0 and 4. The loss is the mean square of the left-hand side, so its gradient in
the weights goes through second derivatives in t. After 1,500 iterations of L-BFGS, which take about 7 seconds, u is off
by at most 1.8e-4 to 5.8e-4 (seeds 0 to 4).

    python examples/oscillator.py            # writes oscillator.png to examples/output/

M. Raissi, P. Perdikaris & G. Karniadakis, *Physics-informed neural networks*, J. Comput. Phys. 378 (2019); a form of u
that has its initial values built in: I. Lagaris, A. Likas & D. Fotiadis, IEEE Trans. Neural Networks 9 (1998).
"""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from common import options

import autograd_lite as ag
from autograd_lite import nn, optim

DAMPING, FREQUENCY, END = 0.4, 5.0, 4.0  # δ, ω, and the last time


def exact(t: np.ndarray) -> np.ndarray:
    """Return the solution, as textbooks have it."""
    beat = np.sqrt(FREQUENCY**2 - DAMPING**2)
    return np.exp(-DAMPING * t) * (np.cos(beat * t) + DAMPING / beat * np.sin(beat * t))


def main() -> None:
    chosen = options(__doc__)
    nn.seed(chosen.seed)
    model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1), nn.Flatten(0))
    times = np.linspace(0, END, 200)

    def u(t: Any) -> Any:
        return 1 + np.tanh(t) ** 2 * model((2 * t / END - 1)[:, None])

    velocity = ag.elementwise_grad(u)
    acceleration = ag.elementwise_grad(velocity)

    def residual(t: Any) -> Any:
        return acceleration(t) + 2 * DAMPING * velocity(t) + FREQUENCY**2 * u(t)

    optimizer = optim.LBFGS(model.parameters(), max_iter=100, tolerance_change=0, line_search_fn="strong_wolfe")
    losses = []

    def evaluate() -> Any:
        optimizer.zero_grad()
        loss = np.mean(residual(times) ** 2)
        loss.backward()
        losses.append(loss.item())
        return loss

    solutions = []
    for part in range(2 if chosen.quick else 15):
        optimizer.step(evaluate)
        with ag.no_grad():
            solutions.append(u(times).data)
        error = np.abs(solutions[-1] - exact(times)).max()
        print(f"iteration {100 * (part + 1):4}: loss {losses[-1]:.1e}, largest error {error:.1e}")

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), width_ratios=(1.7, 1))
    for part, colour in ((0, "#e69f00"), (1, "#56b4e9"), (len(solutions) - 1, "#d55e00")):
        left.plot(times, solutions[part], color=colour, label=f"{100 * (part + 1)} iterations")
    left.plot(times, exact(times), color="black", linewidth=1, linestyle="--", label="exact solution")
    left.set(xlabel="time", title=f"damped oscillator, largest error {error:.1e}")
    left.legend()
    right.semilogy(losses, color="#0072b2", linewidth=1)
    right.set(xlabel="evaluations of the loss", title="mean square of u'' + 2 δ u' + ω² u")
    figure.savefig(chosen.output / "oscillator.png")
    print(f"Largest error: {error:.2e}\nPicture: {chosen.output / 'oscillator.png'}")


if __name__ == "__main__":
    main()
