"""What the two training steps share: initial parameters, and update rules for those who bring none."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

ADAM = {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}


def parameters(sizes: Sequence[int]) -> list[np.ndarray]:
    """Return w, b, w, b, … of a network with these layer sizes; w of shape (inputs, outputs)."""
    rng = np.random.default_rng(0)
    made = []
    for inputs, outputs in itertools.pairwise(sizes):
        made += [rng.normal(size=(inputs, outputs)) / inputs**0.5, 0.1 * rng.normal(size=outputs)]
    return made


class Adam:
    """Adam by hand, in place (D. Kingma & J. Ba, *Adam*, 2015, algorithm 1, with the factors of section 2)."""

    def __init__(self, arrays: Sequence[np.ndarray]):
        self.arrays = arrays
        self.first = [np.zeros_like(array) for array in arrays]
        self.second = [np.zeros_like(array) for array in arrays]
        self.step = 0

    def update(self, gradients: Sequence[Any]) -> None:
        """Take one step; the gradients are used up."""
        beta1, beta2 = ADAM["beta1"], ADAM["beta2"]
        self.step += 1
        rate = ADAM["lr"] / (1 - beta1**self.step)
        correction = (1 - beta2**self.step) ** -0.5
        for array, g, m, v in zip(self.arrays, gradients, self.first, self.second, strict=True):
            m *= beta1
            m += (1 - beta1) * g
            g *= g
            g *= 1 - beta2
            v *= beta2
            v += g
            np.sqrt(v, out=g)
            g *= correction
            g += ADAM["epsilon"]
            np.divide(m, g, out=g)
            g *= rate
            array -= g


def adam_functional(np_: Any, state: Any, gradients: Any) -> Any:
    """Return the next (parameters, first moments, second moments, step): Adam for arrays that cannot be written to."""
    arrays, first, second, step = state
    beta1, beta2, step = ADAM["beta1"], ADAM["beta2"], step + 1
    first = [beta1 * m + (1 - beta1) * g for m, g in zip(first, gradients, strict=True)]
    second = [beta2 * v + (1 - beta2) * g * g for v, g in zip(second, gradients, strict=True)]
    rate, correction = ADAM["lr"] / (1 - beta1**step), (1 - beta2**step) ** -0.5
    arrays = [
        p - rate * m / (np_.sqrt(v) * correction + ADAM["epsilon"])
        for p, m, v in zip(arrays, first, second, strict=True)
    ]
    return arrays, first, second, step


def in_layers(model: Any, arrays: Sequence[Any]) -> None:
    """Copy w, b, w, b, … into the parameters of an ``nn`` model, whose weights are (outputs, inputs)."""
    for parameter, array in zip(model.parameters(), arrays, strict=True):
        parameter.data[...] = array.T


def out_of_layers(model: Any) -> list[np.ndarray]:
    """Return the parameters of an ``nn`` model as w, b, w, b, …."""
    return [np.array(parameter.data.T) for parameter in model.parameters()]
