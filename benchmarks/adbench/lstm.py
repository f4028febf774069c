"""The loss of a stack of LSTM cells that predict the next character of a text, and its gradient.

Srajer, Kukelova, Fitzgibbon (2018) and its repository (microsoft/ADBench), whose cells are diagonal: gates are
elementwise products of weights with input or hidden state, so that a step is some twenty operations on 14 or 56
numbers, and a sequence a graph of tens of thousands of small nodes. The normaliser is theirs too: log(2 + Σ exp y).

``sliced`` keeps a matrix of parameters and cuts the four gates out of one product; ``unpacked`` takes the parameters
apart first and writes one product for each gate.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload


def data(layers: int, characters: int, bits: int = 14) -> tuple[np.ndarray, ...]:
    """Return main (2 layers, 4 bits) and extra (3, bits) parameters, the state (2 layers, bits) and the text."""
    rng = np.random.default_rng(0)
    codes = rng.integers(1 << 7, size=characters)
    text = (codes[:, None] >> np.arange(bits)[::-1] & 1).astype(float)
    return (
        rng.uniform(size=(2 * layers, 4 * bits)),
        rng.uniform(size=(3, bits)),
        rng.uniform(size=(2 * layers, bits)),
        text,
    )


def ours_sliced(main: Any, extra: Any, state: np.ndarray, text: np.ndarray) -> Any:
    import autograd_lite.numpy as np

    def sigmoid(x: Any) -> Any:
        return 1.0 / (1.0 + np.exp(-x))

    bits, total = text.shape[1], 0.0
    hidden, cell = list(state[0::2]), list(state[1::2])
    for t in range(len(text) - 1):
        x = text[t] * extra[0]
        for i in range(len(hidden)):
            gates = np.concatenate((x, hidden[i], x, hidden[i])) * main[2 * i] + main[2 * i + 1]
            forget, ingate = sigmoid(gates[:bits]), sigmoid(gates[bits : 2 * bits])
            outgate, change = sigmoid(gates[2 * bits : 3 * bits]), np.tanh(gates[3 * bits :])
            cell[i] = cell[i] * forget + ingate * change
            hidden[i] = outgate * np.tanh(cell[i])
            x = hidden[i]
        predicted = x * extra[1] + extra[2]
        total += np.sum(text[t + 1] * (predicted - np.log(2.0 + np.sum(np.exp(predicted)))))
    return -total / ((len(text) - 1) * bits)


def torch_sliced(main: Any, extra: Any, state: Any, text: Any) -> Any:
    import torch

    bits, total = text.shape[1], 0.0
    hidden, cell = list(state[0::2]), list(state[1::2])
    for t in range(len(text) - 1):
        x = text[t] * extra[0]
        for i in range(len(hidden)):
            gates = torch.cat((x, hidden[i], x, hidden[i])) * main[2 * i] + main[2 * i + 1]
            forget, ingate = torch.sigmoid(gates[:bits]), torch.sigmoid(gates[bits : 2 * bits])
            outgate, change = torch.sigmoid(gates[2 * bits : 3 * bits]), torch.tanh(gates[3 * bits :])
            cell[i] = cell[i] * forget + ingate * change
            hidden[i] = outgate * torch.tanh(cell[i])
            x = hidden[i]
        predicted = x * extra[1] + extra[2]
        total += torch.sum(text[t + 1] * (predicted - torch.log(2.0 + torch.sum(torch.exp(predicted)))))
    return -total / ((len(text) - 1) * bits)


def ours_unpacked(main: Any, extra: Any, state: np.ndarray, text: np.ndarray) -> Any:
    import autograd_lite.numpy as np
    from autograd_lite.scipy.special import expit

    bits = text.shape[1]
    layers = [
        [part for row in (main[2 * i], main[2 * i + 1]) for part in np.split(row, 4)] for i in range(len(main) // 2)
    ]
    into, out, offset = extra[0], extra[1], extra[2]
    states = [(state[2 * i], state[2 * i + 1]) for i in range(len(layers))]
    predictions = []
    for given in text[:-1]:
        x = given * into
        for i, (wf, wi, wo, wc, bf, bi, bo, bc) in enumerate(layers):
            hidden, cell = states[i]
            cell = cell * expit(x * wf + bf) + expit(hidden * wi + bi) * np.tanh(hidden * wc + bc)
            hidden = expit(x * wo + bo) * np.tanh(cell)
            states[i] = hidden, cell
            x = hidden
        predictions.append(x * out + offset)
    predicted = np.stack(predictions)
    normalised = predicted - np.log(2.0 + np.sum(np.exp(predicted), axis=1, keepdims=True))
    return -np.sum(text[1:] * normalised) / (len(predictions) * bits)


def torch_unpacked(main: Any, extra: Any, state: Any, text: Any) -> Any:
    import torch

    bits = text.shape[1]
    layers = [
        [part for row in (main[2 * i], main[2 * i + 1]) for part in torch.chunk(row, 4)] for i in range(len(main) // 2)
    ]
    into, out, offset = extra[0], extra[1], extra[2]
    states = [(state[2 * i], state[2 * i + 1]) for i in range(len(layers))]
    predictions = []
    for given in text[:-1]:
        x = given * into
        for i, (wf, wi, wo, wc, bf, bi, bo, bc) in enumerate(layers):
            hidden, cell = states[i]
            cell = cell * torch.sigmoid(x * wf + bf) + torch.sigmoid(hidden * wi + bi) * torch.tanh(hidden * wc + bc)
            hidden = torch.sigmoid(x * wo + bo) * torch.tanh(cell)
            states[i] = hidden, cell
            x = hidden
        predictions.append(x * out + offset)
    predicted = torch.stack(predictions)
    normalised = predicted - torch.log(2.0 + torch.sum(torch.exp(predicted), dim=1, keepdim=True))
    return -torch.sum(text[1:] * normalised) / (len(predictions) * bits)


OURS = {"sliced": ours_sliced, "unpacked": ours_unpacked}
TORCH = {"sliced": torch_sliced, "unpacked": torch_unpacked}


def ours(style: str, layers: int, characters: int) -> Case:
    import autograd_lite as ag

    run = partial(ag.grad(OURS[style], argnums=(0, 1)), *data(layers, characters))
    return Case(run, lambda: list(run()))


def pytorch(style: str, layers: int, characters: int) -> Case:
    import torch

    main, extra, state, text = (torch.tensor(array) for array in data(layers, characters))
    parameters = (main.requires_grad_(True), extra.requires_grad_(True))

    def run() -> Any:
        return torch.autograd.grad(TORCH[style](*parameters, state, text), parameters)

    return Case(run, lambda: [part.numpy() for part in run()])


def workload(style: str, layers: int, characters: int) -> Workload:
    """Return the workload for a number of layers and of characters."""
    return Workload(
        f"lstm-{style}-l{layers}-c{characters}",
        f"LSTM {style}: l={layers}, c={characters}",
        {
            peers.OURS: partial(ours, style, layers, characters),
            peers.TORCH: partial(pytorch, style, layers, characters),
        },
        limits={peers.TORCH: 1.0},
    )


SIZES = [(2, 1024), (4, 1024)]
WORKLOADS = [workload(style, *size) for style in OURS for size in SIZES]
