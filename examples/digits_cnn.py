"""Read handwritten digits with a convolutional network.

The data are scikit-learn's 1,797 scanned digits of 8 × 8 pixels; a fifth of them is kept for testing. A network
with two convolutions, trained on pictures that are shifted by up to a pixel, reads 98.9 to 99.4 % of them right (seeds
0 to 4; 99.2 % on average), after about five seconds. `train_digits.py` does the same without convolutions.

    python examples/digits_cnn.py            # writes digits_cnn.png and digits_cnn_training.png to examples/output/
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from common import options
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from autograd_lite import nn, optim
from autograd_lite.nn.training import Schedule, accuracy, plot_confusion_matrix, plot_filters, plot_history


class Shift(nn.Module):
    """Moves each picture by up to a pixel up, down, left or right, in training only."""

    def __init__(self, seed: int):
        self.generator = np.random.default_rng(seed)

    def forward(self, images: np.ndarray) -> np.ndarray:
        """Return pictures of the same shape."""
        if not self.training:
            return images
        size = images.shape[-1]
        padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(2, 3))
        down, right = self.generator.integers(3, size=(2, len(images)))
        return windows[np.arange(len(images)), :, down, right]


def main() -> None:
    chosen = options(__doc__)
    epochs = 3 if chosen.quick else 40
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).reshape(-1, 1, 8, 8).astype(np.float32)
    learn, test, learn_labels, test_labels = train_test_split(
        images, labels, test_size=0.2, stratify=labels, random_state=chosen.seed
    )

    nn.seed(chosen.seed)
    model = nn.Sequential(
        Shift(chosen.seed),
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(32 * 4 * 4, 10),
    ).float()
    print(model)

    loader = nn.DataLoader(learn, learn_labels, batch_size=32, shuffle=True)
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    schedule = optim.CosineAnnealingLR(optimizer, epochs)
    trainer = nn.Trainer(model, optimizer, nn.cross_entropy, accuracy)
    history = trainer.fit(loader, (test, test_labels), epochs=epochs, callbacks=Schedule(schedule))
    print(f"Test accuracy: {history['val_accuracy'][-1]:.2%}")

    plot_history(history)[0].figure.savefig(chosen.output / "digits_cnn_training.png")
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6))
    plot_filters(model[1].weight, ax=left)
    left.set_title("what the first convolution looks for")
    plot_confusion_matrix(trainer.predict(test), test_labels, ax=right)
    figure.savefig(chosen.output / "digits_cnn.png")
    print(f"Pictures: {chosen.output}/digits_cnn.png, digits_cnn_training.png")


if __name__ == "__main__":
    main()
