"""The loops over time of recurrent layers, forward and back, on plain arrays.

What one step reads is one column of a matrix for each sequence of the batch, the input, the state and a 1 above each
other, and all weights and biases are one matrix M, so that a step's gates are a single product:

    gates_t = M [x_t; h_t-1; 1]

Features come before the batch, which makes every gate of a step one contiguous block: an operation on 512 numbers
takes 0.4 µs there, and 1.5 on 16 rows of 32 in a wider matrix. The way back (backpropagation through time, P. Werbos,
*Proc. IEEE* 78, 1990) writes the cotangents of all steps' gates, and one product with all columns gives that of M.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class Unrolled:
    """One layer in one direction over one batch of sequences; made by running forward.

    Parameters
    ----------
    x : ndarray of shape (steps, batch, inputs)
    states : sequence of ndarray of shape (batch, hidden)
        Before the first step: h, and c of an LSTM.
    weights : sequence of ndarray
        w_ih, w_hh, and b_ih and b_hh if there are biases, with the gates along the first axis as PyTorch has them.
    reverse : bool
        Whether the last step comes first.

    Attributes
    ----------
    outputs : tuple of ndarray
        h of all steps, of shape (steps, batch, hidden); an LSTM's c after the last step.
    """

    def __init__(
        self,
        x: np.ndarray,
        states: Sequence[np.ndarray],
        weights: Sequence[np.ndarray],
        reverse: bool = False,
    ):
        steps, batch, inputs = x.shape
        w_ih, w_hh, *biases = weights
        self.weights = weights
        self.inputs = inputs
        self.order = slice(None, None, -1 if reverse else 1)
        self.state_rows = slice(inputs, inputs + w_hh.shape[1])
        self.columns = np.empty((steps + 1, inputs + w_hh.shape[1] + bool(biases), batch), x.dtype)
        self.columns[:-1, :inputs] = x[self.order].transpose(0, 2, 1)
        if biases:
            self.columns[:, -1] = 1
        hidden = self.columns[:, self.state_rows]  # of all steps and before the first, each contiguous
        hidden[0] = states[0].T
        self.matrix = self._matrix(w_ih, w_hh, biases)
        others = self._run(hidden, states)
        self.outputs = (np.ascontiguousarray(hidden[1:][self.order].transpose(0, 2, 1)), *others)

    def _matrix(self, w_ih: np.ndarray, w_hh: np.ndarray, biases: Sequence[np.ndarray]) -> np.ndarray:
        """Return M; here with the gates in the order of the weights."""
        return np.concatenate([w_ih, w_hh, *([np.add(*biases)[:, None]] if biases else [])], axis=1)

    def _run(self, hidden: np.ndarray, states: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Fill in the states of all steps; return the further outputs."""
        raise NotImplementedError

    def pull(self, cotangents: Sequence[Any], tracked: Sequence[int]) -> list[Any]:
        """Return the cotangents of x (None if that is not tracked), of the states, and of the weights and biases.

        Parameters
        ----------
        cotangents : sequence of ndarray or None
            One for each output.
        tracked : sequence of int
            The numbers of the arguments that are.
        """
        of_hidden = np.zeros_like(self.outputs[0]) if cotangents[0] is None else cotangents[0]
        gates, states = self._pull(np.ascontiguousarray(of_hidden[self.order].transpose(0, 2, 1)), cotangents[1:])
        rows = gates.shape[0]
        gates = gates.reshape(rows, -1)
        columns = self.columns[:-1].transpose(1, 0, 2).reshape(self.columns.shape[1], -1)
        of_input = None
        if 0 in tracked:
            w_ih = self.weights[0]
            of_input = (gates[: len(w_ih)].T @ w_ih).reshape(*of_hidden.shape[:2], self.inputs)[self.order]
        return [of_input, *(state.T for state in states), *self._parts(gates @ columns.T)]

    def _pull(self, of_hidden: np.ndarray, others: Sequence[Any]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return the cotangents of the gates, of shape (gates, steps, batch), and of the initial states."""
        raise NotImplementedError

    def _parts(self, matrix: np.ndarray) -> list[np.ndarray]:
        """Return the cotangents of the weights and biases out of that of M."""
        parts = [matrix[:, : self.inputs], matrix[:, self.state_rows]]
        return parts + [matrix[:, -1]] * (len(self.weights) - 2)


class UnrolledTanh(Unrolled):
    """h_t = tanh(W x_t + U h_t-1 + b)."""

    activation: Any = np.tanh

    def _run(self, hidden: np.ndarray, states: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        matrix, activate = self.matrix, self.activation
        for column, h in zip(self.columns, hidden[1:], strict=False):
            np.dot(matrix, column, h)
            activate(h, h)
        return ()

    def _slopes(self, h: np.ndarray) -> np.ndarray:
        slopes = h * h
        return np.subtract(1, slopes, slopes)

    def _pull(self, of_hidden: np.ndarray, others: Sequence[Any]) -> tuple[np.ndarray, list[np.ndarray]]:
        gates = self._slopes(self.columns[1:, self.state_rows])
        back = self.weights[1].T
        dh = np.zeros(gates.shape[1:], gates.dtype)
        for gate, g in zip(gates[::-1], of_hidden[::-1], strict=True):
            dh += g
            gate *= dh
            np.dot(back, gate, dh)
        return gates.transpose(1, 0, 2), [dh]


def _rectify(x: np.ndarray, out: np.ndarray) -> None:
    np.maximum(x, 0, out=out)


class UnrolledReLU(UnrolledTanh):
    """h_t = max(W x_t + U h_t-1 + b, 0)."""

    activation = staticmethod(_rectify)

    def _slopes(self, h: np.ndarray) -> np.ndarray:
        return (h > 0).astype(h.dtype)


class UnrolledLSTM(Unrolled):
    """i, f, o = σ(…), g = tanh(…), c_t = f c_t-1 + i g, h_t = o tanh(c_t).

    A step's numbers stand in the order o, i, f, g, c_t-1: those with a σ are one block, and so are the sums that act on
    c, and the products of c_t are one of two blocks. As σ(x) = (1 + tanh(x/2)) / 2 the rows of M for the σ are halved,
    and one tanh serves all.
    """

    def _matrix(self, w_ih: np.ndarray, w_hh: np.ndarray, biases: Sequence[np.ndarray]) -> np.ndarray:
        matrix = _rotated(super()._matrix(w_ih, w_hh, biases), w_hh.shape[1])
        matrix[: 3 * w_hh.shape[1]] *= 0.5
        return matrix

    def _run(self, hidden: np.ndarray, states: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        steps, n, batch = len(hidden) - 1, hidden.shape[1], hidden.shape[2]
        matrix, half = self.matrix, hidden.dtype.type(0.5)
        numbers = np.empty((steps + 1, 5 * n, batch), hidden.dtype)
        numbers[0, 4 * n :] = states[1].T
        self.numbers = now = numbers[:-1]
        self.squashed = np.empty((steps, n, batch), hidden.dtype)
        products = np.empty((2 * n, batch), hidden.dtype)
        added, kept = products[:n], products[n:]
        blocks = (now[:, : 4 * n], now[:, : 3 * n], now[:, n : 3 * n], now[:, 3 * n :], now[:, :n])
        walk = zip(self.columns, *blocks, numbers[1:, 4 * n :], self.squashed, hidden[1:], strict=False)
        for column, gates, sigmoids, doors, behind, output, c, squashed, h in walk:
            np.dot(matrix, column, gates)
            np.tanh(gates, gates)
            sigmoids *= half
            sigmoids += half
            np.multiply(doors, behind, products)
            np.add(added, kept, c)
            np.tanh(c, squashed)
            np.multiply(output, squashed, h)
        return (np.ascontiguousarray(numbers[-1, 4 * n :].T),)

    def _pull(self, of_hidden: np.ndarray, others: Sequence[Any]) -> tuple[np.ndarray, list[np.ndarray]]:
        steps, n, batch = of_hidden.shape
        slopes, through = self._slopes(n)
        back = _rotated(self.weights[1], n).T
        dh, product = np.zeros((2, n, batch), slopes.dtype)
        dc = np.zeros((n, batch), slopes.dtype) if others[0] is None else others[0].T.copy()
        acting = slopes[:, n:].reshape(steps, 3, n, batch)
        walk = (slopes, slopes[:, :n], acting, through, self.numbers[:, 2 * n : 3 * n], of_hidden)
        for gate, output, rest, slope, f, g in zip(*[array[::-1] for array in walk], strict=True):
            dh += g
            np.multiply(dh, slope, product)
            dc += product
            output *= dh
            rest *= dc
            dc *= f
            np.dot(back, gate, dh)
        gates = np.empty((4 * n, steps, batch), slopes.dtype)
        gates[: 3 * n] = slopes[:, n:].transpose(1, 0, 2)
        gates[3 * n :] = slopes[:, :n].transpose(1, 0, 2)
        return gates, [dh, dc]

    def _slopes(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the derivatives of h_t (for o) and of c_t (for i, f, g) by the gates' sums, and of h_t by c_t."""
        numbers, squashed = self.numbers, self.squashed
        slopes = numbers[:, : 4 * n] * numbers[:, : 4 * n]
        np.subtract(numbers[:, : 3 * n], slopes[:, : 3 * n], slopes[:, : 3 * n])
        np.subtract(1, slopes[:, 3 * n :], slopes[:, 3 * n :])
        slopes[:, :n] *= squashed
        slopes[:, n : 3 * n] *= numbers[:, 3 * n :]
        slopes[:, 3 * n :] *= numbers[:, n : 2 * n]
        through = squashed * squashed
        np.subtract(1, through, through)
        through *= numbers[:, :n]
        return slopes, through


def _rotated(rows: np.ndarray, n: int) -> np.ndarray:
    """Return a matrix whose last n rows come first."""
    return np.concatenate([rows[-n:], rows[:-n]])


class UnrolledGRU(Unrolled):
    """r, z = σ(…), n = tanh(W x + b + r (U h + b')), h_t = n + z (h_t-1 - n).

    The two sums inside of n are blocks of their own, so that M has a fourth one.
    """

    def _matrix(self, w_ih: np.ndarray, w_hh: np.ndarray, biases: Sequence[np.ndarray]) -> np.ndarray:
        n = w_hh.shape[1]
        joined = super()._matrix(w_ih, w_hh, biases)
        matrix = np.zeros((4 * n, joined.shape[1]), joined.dtype)
        np.multiply(joined[: 2 * n], 0.5, matrix[: 2 * n])
        matrix[2 * n : 3 * n, : self.inputs] = w_ih[2 * n :]
        matrix[3 * n :, self.state_rows] = w_hh[2 * n :]
        if biases:
            matrix[2 * n : 3 * n, -1] = biases[0][2 * n :]
            matrix[3 * n :, -1] = biases[1][2 * n :]
        return matrix

    def _run(self, hidden: np.ndarray, states: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        n, batch = hidden.shape[1:]
        matrix, half = self.matrix, hidden.dtype.type(0.5)
        self.gates = np.empty((len(hidden) - 1, 4 * n, batch), hidden.dtype)
        product = np.empty((n, batch), hidden.dtype)
        h = hidden[0]
        for column, gate, h_next in zip(self.columns, self.gates, hidden[1:], strict=False):
            np.dot(matrix, column, gate)
            sigmoids, candidate = gate[: 2 * n], gate[2 * n : 3 * n]
            np.tanh(sigmoids, sigmoids)
            sigmoids *= half
            sigmoids += half
            np.multiply(gate[:n], gate[3 * n :], product)
            candidate += product
            np.tanh(candidate, candidate)
            np.subtract(h, candidate, h_next)
            h_next *= gate[n : 2 * n]
            h_next += candidate
            h = h_next
        return ()

    def _pull(self, of_hidden: np.ndarray, others: Sequence[Any]) -> tuple[np.ndarray, list[np.ndarray]]:
        steps, n, batch = of_hidden.shape
        resets, updates, candidates, inner = (self.gates[:, k * n : (k + 1) * n] for k in range(4))
        slopes = np.empty_like(self.gates)  # of h_t by the sums of r, z, n and by r's factor
        to_candidate = slopes[:, 2 * n : 3 * n]
        np.multiply(candidates, candidates, to_candidate)
        np.subtract(1, to_candidate, to_candidate)
        to_candidate *= 1 - updates
        np.multiply(to_candidate, resets, slopes[:, 3 * n :])
        np.multiply(slopes[:, 3 * n :], 1 - resets, slopes[:, :n])
        slopes[:, :n] *= inner
        np.multiply(updates, 1 - updates, slopes[:, n : 2 * n])
        slopes[:, n : 2 * n] *= self.columns[:-1, self.state_rows] - candidates
        w_hh = self.weights[1]
        back = np.concatenate([w_hh[: 2 * n], np.zeros((n, n), w_hh.dtype), w_hh[2 * n :]]).T
        dh, product = np.zeros((2, n, batch), slopes.dtype)
        every = slopes.reshape(steps, 4, n, batch)
        walk = (slopes, every, updates, of_hidden)
        for gate, blocks, z, g in zip(*[array[::-1] for array in walk], strict=True):
            dh += g
            blocks *= dh
            dh *= z
            np.dot(back, gate, product)
            dh += product
        return slopes.transpose(1, 0, 2), [dh]

    def _parts(self, matrix: np.ndarray) -> list[np.ndarray]:
        n = self.weights[1].shape[1]
        outer, inner = matrix[: 3 * n], np.concatenate([matrix[: 2 * n], matrix[3 * n :]])
        parts = [outer[:, : self.inputs], inner[:, self.state_rows]]
        return parts + ([outer[:, -1], inner[:, -1]] if len(self.weights) > 2 else [])
