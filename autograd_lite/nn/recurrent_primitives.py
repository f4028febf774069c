"""Recurrent layers as single nodes of the graph: a whole sequence, one layer in one direction.

Each kind of cell is defined once, by its step in NumPy's functions. On plain arrays `recurrent_loops` runs the same
loop over time, forward and back, several times faster; everything else (recorded sweeps, batch axes on the cotangent,
other libraries' arrays) loops over the step, and its derivative is that of the loop, at any order.

- RNN: J. Elman, *Finding structure in time*, Cognitive Science 14 (1990).
- LSTM: S. Hochreiter & J. Schmidhuber, Neural Computation 9 (1997), with the forget gate of F. Gers et al. (2000).
- GRU: K. Cho et al., EMNLP 2014, in the form whose reset gate acts behind the product with U, as PyTorch has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.nn.activations import relu, sigmoid
from autograd_lite.nn.fused import fused
from autograd_lite.nn.layers import transformed
from autograd_lite.nn.recurrent_loops import Unrolled, UnrolledGRU, UnrolledLSTM, UnrolledReLU, UnrolledTanh


class Kind(NamedTuple):
    """A kind of recurrent cell.

    Attributes
    ----------
    name : str
    gates : int
        How many blocks of ``hidden_size`` rows its weights have.
    states : int
        1, or 2 where c goes from step to step beside h.
    step : callable
        ``step(z, w, states)`` gives the next states, where z = W x + b and w = U h + b' are what the gates add up.
    unrolled : type
        The loop over plain arrays.
    """

    name: str
    gates: int
    states: int
    step: Callable[[Any, Any, Sequence[Any]], tuple[Any, ...]]
    unrolled: type[Unrolled]


def _blocks(x: Any, count: int) -> list[Any]:
    n = x.shape[-1] // count
    return [x[..., k * n : (k + 1) * n] for k in range(count)]


def _lstm_step(z: Any, w: Any, states: Sequence[Any]) -> tuple[Any, ...]:
    add, forget, candidate, output = _blocks(z + w, 4)
    c = sigmoid(forget) * states[1] + sigmoid(add) * np.tanh(candidate)
    return sigmoid(output) * np.tanh(c), c


def _gru_step(z: Any, w: Any, states: Sequence[Any]) -> tuple[Any, ...]:
    (reset, update, candidate), (inner_reset, inner_update, inner) = _blocks(z, 3), _blocks(w, 3)
    new = np.tanh(candidate + sigmoid(reset + inner_reset) * inner)
    return (new + sigmoid(update + inner_update) * (states[0] - new),)


#: By the names that modules keep, which can be pickled.
KINDS = {
    "tanh": Kind("rnn", 1, 1, lambda z, w, _: (np.tanh(z + w),), UnrolledTanh),
    "relu": Kind("rnn", 1, 1, lambda z, w, _: (relu(z + w),), UnrolledReLU),
    "lstm": Kind("lstm", 4, 2, _lstm_step, UnrolledLSTM),
    "gru": Kind("gru", 3, 1, _gru_step, UnrolledGRU),
}


def _looped(kind: Kind, x: Any, states: Sequence[Any], weights: Sequence[Any], reverse: bool) -> tuple[Any, ...]:
    """Return what `sequence` does, by one step after another."""
    w_ih, w_hh, *biases = weights
    z = transformed(x, w_ih, *biases[:1])
    hidden: list[Any] = [None] * x.shape[0]
    for t in reversed(range(len(hidden))) if reverse else range(len(hidden)):
        states = kind.step(z[t], transformed(states[0], w_hh, *biases[1:]), states)
        hidden[t] = states[0]
    return np.stack(hidden), *states[1:]


def sequence(kind: Kind, x: Any, states: Sequence[Any], weights: Sequence[Any], reverse: bool = False) -> Sequence[Any]:
    """Run a recurrent cell over sequences, as one node of the graph.

    Parameters
    ----------
    kind : Kind
    x : Tensor or array of shape (steps, batch, inputs)
        At least one step.
    states : sequence of Tensor or array of shape (batch, hidden)
        Before the first step: h, and c of an LSTM.
    weights : sequence of Tensor or array
        w_ih of shape (gates * hidden, inputs), w_hh of shape (gates * hidden, hidden), and either none or both of b_ih
        and b_hh of shape (gates * hidden,).
    reverse : bool
        Whether to start with the last step.

    Returns
    -------
    sequence of Tensor, or of array if nothing that came in is a Tensor
        h of all steps, of shape (steps, batch, hidden); of an LSTM c after its last step too, of shape (batch, hidden).
    """
    split = kind.states

    def computed(x: Any, *others: Any) -> tuple[Any, ...]:
        return _looped(kind, x, others[:split], others[split:], reverse)

    def passed(x: np.ndarray, *others: np.ndarray) -> Unrolled:
        return kind.unrolled(x, others[:split], others[split:], reverse)

    return fused(kind.name, (x, *states, *weights), computed, passed)
