"""Tell two moons apart, and watch the decision boundary take shape.

A network with two hidden layers of 16 units learns from 300 points of two interleaved half-moons, and tells 96.3 to
97.4 % of 1,000 other points right (seeds 0 to 4; 97.0 % on average). It takes about five seconds, most of them to draw.

    python examples/moons.py            # writes moons.png, moons_training.png and moons.gif to examples/output/
"""

from __future__ import annotations

import matplotlib.pyplot as plt
from common import options
from matplotlib.animation import FuncAnimation, PillowWriter
from sklearn.datasets import make_moons

from autograd_lite import nn, optim
from autograd_lite.nn.training import Callback, binary_accuracy, plot_decision_boundary, plot_history


class Snapshots(Callback):
    """Keep the weights after each epoch."""

    def on_fit_begin(self, trainer: nn.Trainer) -> None:
        """Keep the weights at the start."""
        self.weights = [trainer.model.state_dict()]

    def on_epoch_end(self, trainer: nn.Trainer) -> None:
        """Keep the weights of now."""
        self.weights.append(trainer.model.state_dict())


def main() -> None:
    chosen = options(__doc__)
    epochs = 12 if chosen.quick else 100
    x, y = make_moons(300, noise=0.2, random_state=chosen.seed)
    test = make_moons(1000, noise=0.2, random_state=chosen.seed + 1000)

    nn.seed(chosen.seed)
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1), nn.Flatten(0))
    trainer = nn.Trainer(
        model,
        optim.Adam(model.parameters(), lr=0.01),
        loss=lambda logits, labels: nn.binary_cross_entropy_with_logits(logits, labels.astype(float)),
        metrics={"accuracy": binary_accuracy},
    )
    snapshots = Snapshots()
    loader = nn.DataLoader(x, y, batch_size=50, shuffle=True)
    history = trainer.fit(loader, test, epochs=epochs, callbacks=snapshots)
    print(f"Test accuracy: {history['val_accuracy'][-1]:.2%}")

    plot_history(history)[0].figure.savefig(chosen.output / "moons_training.png")

    def draw(epoch: int, axes: plt.Axes) -> None:
        axes.clear()
        model.load_state_dict(snapshots.weights[epoch])
        plot_decision_boundary(model, x, y, axes, resolution=120)
        axes.set(title=f"after {epoch} epoch{'s' * (epoch != 1)}", xticks=[], yticks=[], xlabel="", ylabel="")

    figure, row = plt.subplots(1, 4, figsize=(12, 3))
    for axes, share in zip(row, (0, 0.05, 0.2, 1), strict=True):
        draw(round(share * epochs), axes)
    figure.savefig(chosen.output / "moons.png")

    figure, axes = plt.subplots(figsize=(3.6, 3.2))
    animation = FuncAnimation(figure, draw, [*range(0, epochs, 4), *[epochs] * 4], fargs=(axes,))
    animation.save(chosen.output / "moons.gif", PillowWriter(fps=6), dpi=80)
    print(f"Pictures and animation: {chosen.output}/moons.png, moons_training.png, moons.gif")


if __name__ == "__main__":
    main()
