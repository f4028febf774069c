"""Update rules: the small steps that an optimiser is composed of, as in optax.

A rule turns the direction that it is given (first the gradient, then what the rule before made of it) into another, in
place, and remembers what it must in arrays as long as the parameters. It sees all parameters as one flat array and
knows nothing of Tensors, so a rule is three lines of NumPy. The optimiser in the end adds ``-lr * direction``.

A factor common to all elements is not multiplied in but left in ``update.factor``: that saves a pass over memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np


class Update:
    """What passes through the rules of one step, for one stretch of parameters.

    Parameters
    ----------
    direction : ndarray of shape (n,)
        The gradient; every rule may overwrite it.
    parameters : ndarray of shape (n,)
        The values before the step, to be read only.

    Attributes
    ----------
    count : int
        The number of this step, from 1.
    factor : float
        What the direction is still to be multiplied by.
    """

    __slots__ = ("count", "direction", "factor", "parameters")

    def __init__(self, direction: np.ndarray, parameters: np.ndarray):
        self.direction = direction
        self.parameters = parameters
        self.count = 0
        self.factor = 1.0

    def take_factor(self) -> np.ndarray:
        """Return the direction with the factor multiplied in, for rules that are not linear in it."""
        if self.factor != 1.0:
            self.direction *= self.factor
            self.factor = 1.0
        return self.direction


class Rule(Protocol):
    """An update rule.

    Attributes
    ----------
    state : tuple of str
        The names of the arrays that it remembers; they start at zero.
    """

    state: tuple[str, ...]

    def apply(self, update: Update, state: Sequence[np.ndarray]) -> None:
        """Change ``update.direction`` (or its factor) and the remembered arrays, in place."""


@dataclass
class WeightDecay:
    """Add ``rate`` times the parameters: d ← d + λθ, the gradient of λ/2 ‖θ‖².

    Before the other rules this is L2 regularisation; after them, decoupled weight decay (I. Loshchilov & F. Hutter,
    *Decoupled weight decay regularization*, ICLR 2019).
    """

    rate: float
    state: tuple[str, ...] = field(default=(), repr=False)

    def apply(self, update: Update, state: Sequence[np.ndarray]) -> None:
        """Add the decay."""
        direction = update.take_factor()
        direction += self.rate * update.parameters


@dataclass
class Momentum:
    """Follow a running sum of gradients: b ← μb + d, d ← b, or d ← d + μb after Nesterov.

    I. Sutskever et al., *On the importance of initialization and momentum in deep learning*, ICML 2013, in the form
    that PyTorch gives it.
    """

    momentum: float
    nesterov: bool = False
    state: tuple[str, ...] = field(default=("momentum_buffer",), repr=False)

    def apply(self, update: Update, state: Sequence[np.ndarray]) -> None:
        """Add the gradient to the running sum, and follow that."""
        (buffer,) = state
        direction = update.take_factor()
        buffer *= self.momentum
        buffer += direction
        if self.nesterov:
            direction += self.momentum * buffer
        else:
            direction[:] = buffer


@dataclass
class ScaleByAdam:
    """Divide a running mean of gradients by the root of that of their squares, both corrected for their start.

    m ← β₁m + (1-β₁)d,  v ← β₂v + (1-β₂)d²,  d ← m̂ / (√v̂ + ε)  with  m̂ = m / (1-β₁ᵗ),  v̂ = v / (1-β₂ᵗ).

    D. Kingma & J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015, algorithm 1. The corrections are
    numbers and not arrays: m is divided by √v + ε √(1-β₂ᵗ), and the rest is left in the factor.
    """

    first: float = 0.9
    second: float = 0.999
    eps: float = 1e-8
    state: tuple[str, ...] = field(default=("exp_avg", "exp_avg_sq"), repr=False)

    def apply(self, update: Update, state: Sequence[np.ndarray]) -> None:
        """Update both means, and divide one by the root of the other."""
        mean, square = state
        direction = update.take_factor()
        direction *= 1 - self.first
        mean *= self.first
        mean += direction
        direction *= direction
        direction *= (1 - self.second) / (1 - self.first) ** 2
        square *= self.second
        square += direction
        np.sqrt(square, out=direction)
        root = math.sqrt(1 - self.second**update.count)
        direction += self.eps * root
        np.divide(mean, direction, out=direction)
        update.factor = root / (1 - self.first**update.count)
