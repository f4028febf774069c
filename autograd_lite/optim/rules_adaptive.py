"""Update rules that scale each element by its own history of gradients.

Throughout d is the direction, first the gradient; t counts the steps from 1. The arrays that a rule remembers have the
names that PyTorch gives them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.optim.rules import Rule, Update


@dataclass(frozen=True)
class ScaleByAdagrad(Rule):
    """Divide by the root of the sum of all squares: s ← s + d²,  d ← d / (√s + ε) / (1 + (t-1)η).

    J. Duchi, E. Hazan & Y. Singer, *Adaptive subgradient methods for online learning and stochastic optimization*, JMLR
    12 (2011), figure 1 with a diagonal matrix; η makes the learning rate fall, and ``start`` is the first s.
    """

    eps: float = 1e-10
    lr_decay: float = 0.0
    start: float = 0.0

    @property
    def state(self) -> Mapping[str, float]:
        """The sum of squares."""
        return {"sum": self.start}

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Add the square, and divide by the root of the sum."""
        total = state[0]
        direction = update.read()
        total += direction * direction
        root = np.sqrt(total)
        root += self.eps
        update.give(np.divide(direction, root, out=update.scratch), 1 / (1 + (update.count - 1) * self.lr_decay))


@dataclass(frozen=True)
class ScaleByRMS(Rule):
    """Divide by the root of a running mean of squares: v ← αv + (1-α)d²,  d ← d / (√v + ε).

    T. Tieleman & G. Hinton, *Lecture 6.5: RMSprop*, Coursera 2012. Centred, the square of a running mean of d is
    subtracted from v first, which makes a variance of it (A. Graves, *Generating sequences with recurrent neural
    networks*, arXiv:1308.0850, equations 38 to 41).
    """

    alpha: float = 0.99
    eps: float = 1e-8
    centered: bool = False

    @property
    def state(self) -> Mapping[str, float]:
        """The mean of squares and, centred, the mean."""
        return {"square_avg": 0.0, "grad_avg": 0.0} if self.centered else {"square_avg": 0.0}

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Update the means, and divide by the root."""
        square = state[0]
        direction = update.read()
        _blend_square(square, direction, self.alpha)
        if self.centered:
            mean = state[1]
            mean *= self.alpha
            mean += (1 - self.alpha) * direction
            root = square - mean * mean
            # For a constant gradient both are equal up to rounding, and of -1e-17 there is no root.
            np.maximum(root, 0.0, out=root)
            np.sqrt(root, out=root)
        else:
            root = np.sqrt(square)
        root += self.eps
        update.give(np.divide(direction, root, out=update.scratch))


@dataclass(frozen=True)
class ScaleByAdadelta(Rule):
    """Scale by the ratio of what the steps were to what the gradients were, both as roots of running means of squares.

    v ← ρv + (1-ρ)d²,  d ← d √(u + ε) / √(v + ε),  u ← ρu + (1-ρ)d².

    M. Zeiler, *ADADELTA: an adaptive learning rate method*, arXiv:1212.5701, algorithm 1.
    """

    rho: float = 0.9
    eps: float = 1e-6

    @property
    def state(self) -> Mapping[str, float]:
        """The mean squares of gradients and of steps."""
        return {"square_avg": 0.0, "acc_delta": 0.0}

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Update one mean, scale, and update the other."""
        square, steps = state
        direction = update.read()
        _blend_square(square, direction, self.rho)
        ratio = np.sqrt(steps + self.eps)
        ratio /= np.sqrt(square + self.eps)
        np.multiply(direction, ratio, out=update.scratch)
        _blend_square(steps, update.scratch, self.rho)
        update.give(update.scratch)


@dataclass(frozen=True)
class ScaleByAdam(Rule):
    """Divide a running mean of gradients by the root of that of their squares, both corrected for their start.

    m ← β₁m + (1-β₁)d,  v ← β₂v + (1-β₂)d²,  d ← m̂ / (√v̂ + ε)  with  m̂ = m / (1-β₁ᵗ),  v̂ = v / (1-β₂ᵗ).

    D. Kingma & J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015, algorithm 1. The corrections are
    numbers and not arrays: m is divided by √v + ε √(1-β₂ᵗ), and the rest is left in the factor. With ``amsgrad`` the
    largest v so far is taken (S. Reddi, S. Kale & S. Kumar, *On the convergence of Adam and beyond*, ICLR 2018).
    """

    first: float = 0.9
    second: float = 0.999
    eps: float = 1e-8
    amsgrad: bool = False

    @property
    def state(self) -> Mapping[str, float]:
        """The means of gradients and of their squares, and the largest of the latter."""
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0, **({"max_exp_avg_sq": 0.0} if self.amsgrad else {})}

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Update both means, and divide one by the root of the other."""
        mean, square = state[0], state[1]
        direction = _blend_moments(update, mean, square, self.first, self.second)
        if self.amsgrad:
            square = np.maximum(state[2], square, out=state[2])
        np.sqrt(square, out=direction)
        root = math.sqrt(1 - self.second**update.count)
        direction += self.eps * root
        np.divide(mean, direction, out=direction)
        update.give(direction, root / (1 - self.first**update.count))


@dataclass(frozen=True)
class ScaleByAdamax(Rule):
    """Adam with the largest gradient, forgotten slowly, in place of the root of a mean square.

    m ← β₁m + (1-β₁)d,  u ← max(β₂u, |d| + ε),  d ← m / (1-β₁ᵗ) / u.

    D. Kingma & J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015, algorithm 2, with PyTorch's ε.
    """

    first: float = 0.9
    second: float = 0.999
    eps: float = 1e-8

    @property
    def state(self) -> Mapping[str, float]:
        """The mean of gradients, and the largest one."""
        return {"exp_avg": 0.0, "exp_inf": 0.0}

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Update both, and divide one by the other."""
        mean, largest = state
        direction = update.read()
        mean *= self.first
        mean += (1 - self.first) * direction
        largest *= self.second
        size = np.abs(direction)
        size += self.eps
        np.maximum(largest, size, out=largest)
        update.give(np.divide(mean, largest, out=update.scratch), 1 / (1 - self.first**update.count))


@dataclass(frozen=True)
class ScaleByNAdam(Rule):
    """Adam with Nesterov's look-ahead and a momentum μₜ that grows towards β₁.

    μₜ = β₁(1 - ½·0.96^(tψ)),  Pₜ = μ₁⋯μₜ,  m and v as in Adam,
    d ← ((1-μₜ) d / (1-Pₜ) + μₜ₊₁ m / (1-Pₜ μₜ₊₁)) / (√v̂ + ε).

    T. Dozat, *Incorporating Nesterov momentum into Adam*, ICLR workshop 2016, algorithm 2.
    """

    first: float = 0.9
    second: float = 0.999
    eps: float = 1e-8
    momentum_decay: float = 4e-3

    @property
    def state(self) -> Mapping[str, float]:
        """The means of gradients and of their squares."""
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    @property
    def numbers(self) -> Mapping[str, float]:
        """The product of all momenta."""
        return {"mu_product": 1.0}

    def _momentum(self, count: int) -> float:
        return self.first * (1 - 0.5 * 0.96 ** (count * self.momentum_decay))

    def advance(self, count: int, numbers: dict[str, float]) -> None:
        """Multiply one more momentum in, in single precision as PyTorch does: in double, parameters differ by 1e-9."""
        numbers["mu_product"] = float(np.float32(numbers["mu_product"]) * np.float32(self._momentum(count)))

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Update both means, and divide a blend of gradient and mean by the root."""
        mean, square, numbers = state
        product, following = numbers["mu_product"], self._momentum(update.count + 1)
        blend = update.read() * ((1 - self._momentum(update.count)) / (1 - product))
        direction = _blend_moments(update, mean, square, self.first, self.second)
        np.multiply(mean, following / (1 - product * following), out=direction)
        blend += direction
        np.sqrt(square, out=direction)
        root = math.sqrt(1 - self.second**update.count)
        direction += self.eps * root
        update.give(np.divide(blend, direction, out=direction), root)


@dataclass(frozen=True)
class ScaleByRAdam(Rule):
    """Adam that scales by the root only once enough squares are in its mean, and then by a rectified one.

    ρ∞ = 2/(1-β₂) - 1,  ρₜ = ρ∞ - 2tβ₂ᵗ/(1-β₂ᵗ);  for ρₜ > 5
    d ← m̂ r / (√v + ε) √(1-β₂ᵗ)  with  r² = (ρₜ-4)(ρₜ-2)ρ∞ / ((ρ∞-4)(ρ∞-2)ρₜ),  before that  d ← m̂.

    L. Liu et al., *On the variance of the adaptive learning rate and beyond*, ICLR 2020, algorithm 2.
    """

    first: float = 0.9
    second: float = 0.999
    eps: float = 1e-8

    @property
    def state(self) -> Mapping[str, float]:
        """The means of gradients and of their squares."""
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Update both means, and divide one by the root of the other if that is known well enough."""
        mean, square = state
        direction = _blend_moments(update, mean, square, self.first, self.second)
        count, power = update.count, self.second**update.count
        factor = 1 / (1 - self.first**count)
        limit = 2 / (1 - self.second) - 1
        length = limit - 2 * count * power / (1 - power)
        if length <= 5:
            update.give(mean, factor)
            return
        np.sqrt(square, out=direction)
        direction += self.eps
        np.divide(mean, direction, out=direction)
        rectified = (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
        update.give(direction, factor * math.sqrt(rectified * (1 - power)))


def _blend_square(mean: np.ndarray, direction: np.ndarray, keep: float) -> None:
    """Update a running mean of squares: v ← keep · v + (1 - keep) d²."""
    mean *= keep
    term = direction * direction
    term *= 1 - keep
    mean += term


def _blend_moments(update: Update, mean: np.ndarray, square: np.ndarray, first: float, second: float) -> np.ndarray:
    """Update the running means of gradient and square; return the scratch array, its contents used up."""
    direction = update.take(1 - first)
    mean *= first
    mean += direction
    direction *= direction
    direction *= (1 - second) / (1 - first) ** 2
    square *= second
    square += direction
    return direction
