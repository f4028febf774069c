"""What `Trainer.fit` costs beside the same loop written by hand: a thousand steps in epochs of a hundred."""

from __future__ import annotations

import contextlib
import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from autograd_lite import nn, optim
from autograd_lite.nn import training
from benchmarks.measure import DisagreementError
from benchmarks.workload import Figure

EPOCHS, BATCHES, ROWS = 10, 100, 100
LIMIT = 10.0  # microseconds a step above the loop by hand


def parts() -> tuple[nn.Module, optim.Optimizer, nn.DataLoader]:
    """Return a new model, its optimiser and the data."""
    nn.seed(0)
    model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(ROWS * BATCHES, 2)), rng.normal(size=(ROWS * BATCHES, 1))
    return model, optim.SGD(model.parameters(), lr=0.01), nn.DataLoader(x, y, batch_size=ROWS, shuffle=True, seed=0)


def by_hand() -> list[np.ndarray]:
    """Train with a loop, and return the weights."""
    model, optimizer, loader = parts()
    total = 0.0
    for _ in range(EPOCHS):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
    return list(model.state_dict().values())


def trained(metrics: Any = (), **options: Any) -> list[np.ndarray]:
    """Train with a `Trainer`, and return the weights."""
    model, optimizer, loader = parts()
    trainer = nn.Trainer(model, optimizer, nn.mse_loss, metrics)
    trainer.fit(loader, epochs=EPOCHS, resume=False, **{"progress": False, **options})
    return list(model.state_dict().values())


def measure(quick: bool) -> dict[str, float]:
    """Return microseconds a step of the loop by hand, and what other ways take above it."""
    rounds = 2 if quick else 9
    with tempfile.TemporaryDirectory() as folder:
        cases: dict[str, Callable[[], list[np.ndarray]]] = {
            "loop by hand": by_hand,
            "Trainer, above it": trained,
            "with a metric, above it": lambda: trained(training.mean_absolute_error),
            "with a progress bar, above it": lambda: trained(progress="bar"),
            "with a checkpoint, above it": lambda: trained(checkpoint=Path(folder) / "run.npz"),
        }
        samples: dict[str, list[float]] = {name: [] for name in cases}
        reference = by_hand()
        for _ in range(rounds):
            for name, case in cases.items():
                with contextlib.redirect_stderr(io.StringIO()):
                    start = time.process_time()
                    weights = case()
                    samples[name].append((time.process_time() - start) / (EPOCHS * BATCHES) * 1e6)
                if not all(map(np.array_equal, weights, reference)):
                    raise DisagreementError(f"{name} comes to other weights than the loop by hand")
    hand = statistics.median(samples["loop by hand"])
    return {
        name: statistics.median(times) - (0 if times is samples["loop by hand"] else hand)
        for name, times in samples.items()
    }


FIGURE = Figure(
    "trainer",
    "a step of a 2-16-16-1 network, batches of 100 from a shuffling loader, SGD",
    measure,
    "µs",
    {"Trainer, above it": LIMIT},
)
