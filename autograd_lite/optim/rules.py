"""Update rules: the small steps that an optimiser is composed of, as in optax.

A rule turns the direction that it is given (first the gradient, then what the rule before made of it) into another, and
remembers what it must in arrays as long as the parameters. It sees parameters as one flat array and knows nothing of
Tensors, so a rule is a few lines of NumPy. The optimiser in the end subtracts ``lr * direction``.

What is common to all elements is not multiplied in but left as a number in the `Update`: that saves passes over memory.

The rules of descent are here; those that scale each element by its own history are in `rules_adaptive`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


class Update:
    """What passes through the rules of one step, for one stretch of parameters.

    The direction stands for ``factor * direction + decay * parameters``.

    Parameters
    ----------
    scratch : ndarray of shape (n,)
        Where a rule may write.
    parameters : ndarray of shape (n,)
        The values before the step, to be read only.

    Attributes
    ----------
    direction : ndarray of shape (n,)
        The gradient at first: to be read only, unless it is ``scratch``.
    factor : float
        What the direction is still to be multiplied by.
    decay : float
        How many times the parameters are still to be added to it.
    count : int
        The number of this step, from 1.
    """

    __slots__ = ("count", "decay", "direction", "factor", "parameters", "scratch")

    def __init__(self, scratch: np.ndarray, parameters: np.ndarray):
        self.scratch = scratch
        self.parameters = parameters
        self.start(scratch, 0)

    def start(self, gradient: np.ndarray, count: int) -> None:
        """Begin a step with this gradient."""
        self.direction = gradient
        self.count = count
        self.factor = 1.0
        self.decay = 0.0

    def read(self) -> np.ndarray:
        """Return the direction with nothing left out, for reading only."""
        return self.direction if self.factor == 1.0 and self.decay == 0.0 else self.take()

    def take(self, scale: float = 1.0) -> np.ndarray:
        """Return the direction times ``scale`` in the scratch array, for a rule to work on in place."""
        scratch, factor = self.scratch, self.factor * scale
        if factor != 1.0:
            np.multiply(self.direction, factor, out=scratch)
        elif self.direction is not scratch:
            scratch[:] = self.direction
        if self.decay:
            scratch += (self.decay * scale) * self.parameters
        self.give(scratch)
        return scratch

    def give(self, direction: np.ndarray, factor: float = 1.0) -> None:
        """Put a new direction, up to a factor, in place of the old one."""
        self.direction = direction
        self.factor = factor
        self.decay = 0.0

    def finish(self, lr: float) -> None:
        """Take the step: θ ← θ - lr · direction."""
        parameters, scratch = self.parameters, self.scratch
        if self.decay:
            parameters *= 1 - lr * self.decay
        if self.direction is scratch:
            scratch *= -lr * self.factor
        else:
            np.multiply(self.direction, -lr * self.factor, out=scratch)
        parameters += scratch


class Rule:
    """Base of the update rules: a subclass defines ``apply``, and names what it remembers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import Tensor, optim
    >>> class Sign(optim.Rule):
    ...     def apply(self, update, state):
    ...         update.give(np.sign(update.read()))
    >>> x = Tensor([3.0, -0.1], requires_grad=True)
    >>> np.sum(x * x).backward()
    >>> optim.Optimizer([x], lr=0.25, rules=[Sign()]).step()
    >>> x.data
    array([2.75, 0.15])
    """

    @property
    def state(self) -> Mapping[str, float]:
        """The names of the arrays that it remembers for each parameter, and the numbers that fill them at the start."""
        return {}

    @property
    def numbers(self) -> Mapping[str, float]:
        """The names of the numbers that it remembers for each parameter, and what they are at the start."""
        return {}

    def advance(self, count: int, numbers: dict[str, float]) -> None:
        """Change the remembered numbers, once a step and before ``apply``, which finds them in ``numbers``."""

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Change the direction and, in place, the remembered arrays.

        Parameters
        ----------
        update : Update
        state : sequence of ndarray of shape (n,)
            The remembered arrays, in the order of ``state``; behind them the dict of numbers, if there are any.
        """
        raise TypeError(f"{type(self).__name__} is an update rule without a method apply(self, update, state)")


@dataclass(frozen=True)
class Scale(Rule):
    """Multiply the direction by a number: d ← factor · d. With -1 first, the objective is maximised."""

    factor: float

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Leave the factor to the rules that follow."""
        update.factor *= self.factor
        update.decay *= self.factor


@dataclass(frozen=True)
class WeightDecay(Rule):
    """Add ``rate`` times the parameters: d ← d + λθ, the gradient of λ/2 ‖θ‖².

    Before the other rules this is L2 regularisation; after them, decoupled weight decay (I. Loshchilov & F. Hutter,
    *Decoupled weight decay regularization*, ICLR 2019).
    """

    rate: float

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Leave the addition to the rules that follow."""
        update.decay += self.rate


@dataclass(frozen=True)
class Momentum(Rule):
    """Follow a running sum of gradients: b ← μb + (1-τ)d, d ← b, or d ← d + μb after Nesterov; at first b is d.

    I. Sutskever et al., *On the importance of initialization and momentum in deep learning*, ICML 2013, in the form
    that PyTorch gives it, with the dampening τ.
    """

    momentum: float
    nesterov: bool = False
    dampening: float = 0.0

    @property
    def state(self) -> Mapping[str, float]:
        """The running sum."""
        return {"momentum_buffer": 0.0}

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Add the gradient to the running sum, and follow that."""
        buffer = state[0]
        direction = update.read()
        buffer *= self.momentum
        if self.dampening and update.count > 1:
            buffer += (1 - self.dampening) * direction
        else:
            buffer += direction
        if self.nesterov:
            direction = update.take()
            direction += self.momentum * buffer
        else:
            update.give(buffer)


@dataclass(frozen=True)
class SignOfBlend(Rule):
    """Lion's direction: the sign of a blend of gradient and momentum, which are then blended anew.

    d ← sign(β₁m + (1-β₁)d),  m ← β₂m + (1-β₂)d.

    X. Chen et al., *Symbolic discovery of optimization algorithms*, NeurIPS 2023, algorithm 2.
    """

    first: float = 0.9
    second: float = 0.99

    @property
    def state(self) -> Mapping[str, float]:
        """The momentum."""
        return {"exp_avg": 0.0}

    def apply(self, update: Update, state: Sequence[Any]) -> None:
        """Take the sign of one blend, and remember the other."""
        mean = state[0]
        direction = update.read()
        blend = mean * self.first
        blend += (1 - self.first) * direction
        mean *= self.second
        mean += (1 - self.second) * direction
        update.give(np.sign(blend, out=update.scratch))
