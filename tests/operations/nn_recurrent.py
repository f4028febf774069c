"""Rows for recurrent layers, over whole sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.nn.recurrent_primitives import KINDS, Kind, sequence
from operations.row import Op, S, Sample

TANH, RELU, LSTM, GRU = KINDS.values()


def run(kind: Kind) -> Any:
    """Return the function of x, the states and the weights that a row calls."""

    def function(x: Any, *others: Any, reverse: bool = False) -> Any:
        return list(sequence(kind, x, others[: kind.states], others[kind.states :], reverse))

    return function


def shapes(kind: Kind, steps: int, batch: int, inputs: int, hidden: int, bias: bool = True, **keywords: Any) -> Sample:
    rows = kind.gates * hidden
    weights = [(rows, inputs), (rows, hidden), *([(rows,), (rows,)] if bias else [])]
    return S((steps, batch, inputs), *[(batch, hidden)] * kind.states, *weights, **keywords)


def logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def lstm_step(a: Any, _: Any, h: Any, c: Any) -> tuple[Any, ...]:
    i, f, g, o = np.split(a, 4, axis=1)
    c = logistic(f) * c + logistic(i) * np.tanh(g)
    return logistic(o) * np.tanh(c), c


def gru_step(a: Any, inner: Any, h: Any) -> tuple[Any, ...]:
    (r, z, n), inner = np.split(a, 3, axis=1), np.split(inner, 3, axis=1)[2]
    n = np.tanh(n - inner + logistic(r) * inner)
    return ((1 - logistic(z)) * n + logistic(z) * h,)


STEPS = {
    TANH: lambda a, inner, h: (np.tanh(a),),
    RELU: lambda a, inner, h: (a * (a > 0),),
    LSTM: lstm_step,
    GRU: gru_step,
}


def reference(kind: Kind) -> Any:
    def function(x: Any, *others: Any, reverse: bool = False) -> Any:
        states, (w, u, *biases) = others[: kind.states], others[kind.states :]
        b, d = biases or (0, 0)
        if len(u) != kind.gates * u.shape[1] or not len(u):
            raise ValueError("there is no state")
        steps = []
        for row in x[::-1] if reverse else x:
            inner = states[0] @ u.T + d
            states = STEPS[kind](row @ w.T + b + inner, inner, *states)
            steps.append(states[0])
        return [np.stack(steps[::-1] if reverse else steps), *states[1:]]

    return function


def row(name: str, kind: Kind, **keywords: Any) -> Op:
    return Op(name, run(kind), [
        shapes(kind, 3, 2, 2, 2), shapes(kind, 2, 1, 3, 2, bias=False), shapes(kind, 2, 3, 1, 2, reverse=True),
    ], (-1.0, 1.0), reference=reference(kind), **keywords)  # fmt: skip


ROWS = [
    row("rnn", TANH),
    Op("rnn, relu", run(RELU), [shapes(RELU, 3, 2, 2, 2), shapes(RELU, 2, 1, 2, 3, reverse=True)], (0.1, 1.0),
       reference=reference(RELU)),
    row("lstm", LSTM),
    row("gru", GRU),
]  # fmt: skip
