"""The text that `char_rnn.py` and `small_gpt.py` learn from: 54 sonnets by Shakespeare (see data/README.md)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

TEXT = (Path(__file__).parent / "data" / "sonnets.txt").read_text(encoding="ascii")
CHARACTERS = sorted(set(TEXT))
SPLIT = TEXT.index("When my love swears that she is made of truth")  # the last seven sonnets are for validation


def encode(text: str) -> np.ndarray:
    """Return the numbers of characters."""
    return np.array([CHARACTERS.index(character) for character in text])


def decode(codes: Iterable[int]) -> str:
    """Return the text that numbers stand for."""
    return "".join(CHARACTERS[code] for code in codes)


LEARN, HELD = encode(TEXT[:SPLIT]), encode(TEXT[SPLIT:])


def random_batch(rng: np.random.Generator, rows: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return stretches of the text to learn from, and for each of their characters the next one."""
    starts = rng.integers(len(LEARN) - length, size=(rows, 1))
    stretches = LEARN[starts + np.arange(length + 1)]
    return stretches[:, :-1], stretches[:, 1:]


def validation_batch(length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return all that was kept back, likewise."""
    rows = (len(HELD) - 1) // length
    return HELD[: rows * length].reshape(rows, length), HELD[1 : rows * length + 1].reshape(rows, length)


def plot_losses(axes: plt.Axes, curve: list[tuple[int, float, float]]) -> None:
    """Draw training and validation losses over steps."""
    steps, training, validation = zip(*curve, strict=True)
    axes.plot(steps, training, color="#0072b2", label="training, with dropout")
    axes.plot(steps, validation, color="#d55e00", label="validation")
    axes.set(xlabel="step", title=f"{validation[-1]:.3f} nats for each character")
    axes.grid(axis="y")
    axes.legend()
