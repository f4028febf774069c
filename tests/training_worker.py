"""A training run with everything that has a state, to be killed and started again: ``python training_worker.py DIR``.

It writes ``begun`` to standard output when training begins, and in the end the weights, the optimiser's state and the
history to ``DIR/result.npz``. ``--pause`` makes each step last longer, so that it can be killed between any two things.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd_lite import nn, optim
from autograd_lite.nn import training

EPOCHS = 4

noise = np.random.default_rng(5)  # a global, which only the function below knows of


def noisy_loss(prediction: Any, target: Any) -> Any:
    weights = 1 + 0.1 * noise.normal() + 0.01 * random.random()
    return nn.cross_entropy(prediction * weights, target)


class Pause(training.Callback):
    def __init__(self, seconds: float):
        self.seconds = seconds

    def on_fit_begin(self, trainer: training.Trainer) -> None:
        print("begun", flush=True)

    def on_step_end(self, trainer: training.Trainer) -> None:
        time.sleep(self.seconds)


def data() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(230, 4))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int) + (x[:, 2] > 1)


def trainer() -> training.Trainer:
    nn.seed(1)
    random.seed(2)
    noise.bit_generator.state = np.random.default_rng(5).bit_generator.state
    model = nn.Sequential(
        nn.Linear(4, 24), nn.BatchNorm1d(24), nn.Tanh(), nn.Dropout(0.2),
        nn.Dropout(0.1, generator=np.random.default_rng(3)), nn.Linear(24, 3),
    )  # fmt: skip
    optimizer = optim.AdamW(model.parameters(), lr=0.01)
    return training.Trainer(
        model, optimizer, noisy_loss, [training.accuracy, training.F1Score()], clip_norm=1.0, accumulate=2
    )


def fit(
    folder: Path,
    pause: float = 0.0,
    epochs: int = EPOCHS,
    run: training.Trainer | None = None,
    more: Sequence[training.Callback] = (),
    **options: Any,
) -> training.Trainer:
    run = run or trainer()
    x, y = data()
    callbacks = [
        training.EarlyStopping(patience=50, monitor="val_accuracy"),
        training.Schedule(optim.CosineAnnealingLR(run.optimizer, T_max=80), every="step"),
        training.CSVLogger(folder / "log.csv"),
        Pause(pause),
        *more,
    ]
    checkpoint = options.pop("checkpoint", training.Checkpoint(folder / "run.npz", steps=1))
    loader = nn.DataLoader(x[:200], y[:200], batch_size=8, shuffle=True, seed=4)
    run.fit(loader, (x[200:], y[200:]), epochs, callbacks, checkpoint=checkpoint, progress=False, **options)
    return run


def result(run: training.Trainer) -> dict[str, Any]:
    return {**run.state_dict(), "evaluation": run.evaluate(data()), "noise": noise.bit_generator.state}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args()
    run = fit(arguments.folder, arguments.pause, arguments.epochs)
    training.save_state(arguments.folder / "result.npz", result(run))
