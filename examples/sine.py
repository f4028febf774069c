"""Fit a sine through noisy points: the smallest complete training loop.

A network with two hidden layers of 32 units sees 100 points of sin x with noise of standard deviation 0.1, and ends up
with a root-mean-square error of 0.033 to 0.053 against the noiseless curve (seeds 0 to 4; 0.043 on average), in less
than a second.

    python examples/sine.py            # writes sine.png to examples/output/
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from common import options

import autograd_lite as ag
from autograd_lite import nn, optim


def main() -> None:
    chosen = options(__doc__)
    epochs = 300 if chosen.quick else 2000
    rng = np.random.default_rng(chosen.seed)
    x = rng.uniform(-2 * np.pi, 2 * np.pi, (100, 1))
    y = np.sin(x) + 0.1 * rng.normal(size=x.shape)
    grid = np.linspace(-2 * np.pi, 2 * np.pi, 400)[:, None]

    nn.seed(chosen.seed)
    model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    schedule = optim.CosineAnnealingLR(optimizer, epochs)

    curves = {}
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = nn.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        schedule.step()
        if epoch + 1 in (epochs // 20, epochs // 5, epochs):
            with ag.no_grad():
                curves[epoch + 1] = model(grid).data
            print(f"epoch {epoch + 1:4}: loss {loss.item():.4f}")

    error = np.sqrt(np.mean((curves[epochs] - np.sin(grid)) ** 2))
    print(f"Root-mean-square error against the sine: {error:.4f}")

    figure, axes = plt.subplots(figsize=(8, 3.6))
    axes.scatter(x, y, s=14, color="0.55", label="training data")
    axes.plot(grid, np.sin(grid), color="black", linewidth=1, linestyle="--", label="sin x")
    for (epoch, curve), colour in zip(curves.items(), ("#e69f00", "#56b4e9", "#d55e00"), strict=True):
        axes.plot(grid, curve, color=colour, label=f"network after {epoch} epochs")
    axes.set(xlabel="x", ylabel="y", title=f"root-mean-square error {error:.3f}", ylim=(-1.6, 2.3))
    axes.legend(ncols=3, loc="upper center")
    figure.savefig(chosen.output / "sine.png")
    print(f"Picture: {chosen.output / 'sine.png'}")


if __name__ == "__main__":
    main()
