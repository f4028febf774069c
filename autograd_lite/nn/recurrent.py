"""Recurrent layers: `RNN`, `LSTM` and `GRU`, over whole sequences, with PyTorch's parameters and shapes.

Each layer and direction is one node of the graph (`recurrent_primitives`), however long the sequences are.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.core.modes import user_stacklevel
from autograd_lite.errors import ShapeError
from autograd_lite.nn.arguments import as_floats, floating, got, parameter, probability, whole
from autograd_lite.nn.dropout import Dropout
from autograd_lite.nn.initializers import generator_or_default, uniform_by_fan_in
from autograd_lite.nn.module import Module
from autograd_lite.nn.recurrent_primitives import KINDS, Kind, sequence


def checked_nonlinearity(nonlinearity: str, layer: str) -> str:
    """Return the nonlinearity of an RNN.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"{layer}(nonlinearity={nonlinearity!r}): 'tanh' and 'relu' are the choices")
    return nonlinearity


class Recurrent(Module):
    """What `RNN`, `LSTM` and `GRU` share; make one of those.

    Parameters
    ----------
    cell : str
        One of `KINDS`.
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, generator
        As those have them.
    """

    weight_ih_l0: Any

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        dtype: Any,
        generator: np.random.Generator | None,
    ):
        name = type(self).__name__
        self.cell = cell
        self.input_size = whole(input_size, name, "input_size")
        self.hidden_size = whole(hidden_size, name, "hidden_size")
        self.num_layers = whole(num_layers, name, "num_layers")
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = probability(dropout, name, "dropout")
        self.bidirectional = bidirectional
        self.generator = generator
        if self.dropout and self.num_layers == 1:
            warnings.warn(
                f"{name}(dropout={dropout}, num_layers=1): dropout acts between layers, and there is one only",
                stacklevel=user_stacklevel(),
            )
        dtype = floating(dtype, name)
        drawing = generator_or_default(generator)
        rows = self.kind.gates * self.hidden_size
        for layer in range(self.num_layers):
            width = self.input_size if layer == 0 else self.hidden_size * self.directions
            for direction in range(self.directions):
                shapes = [(rows, width), (rows, self.hidden_size), *([(rows,), (rows,)] if bias else [])]
                for path, shape in zip(self._names(layer, direction), shapes, strict=True):
                    setattr(self, path, parameter(uniform_by_fan_in(shape, self.hidden_size, dtype, drawing)))

    @property
    def kind(self) -> Kind:
        """What a step does."""
        return KINDS[self.cell]

    @property
    def directions(self) -> int:
        """How many directions the layers go in."""
        return 2 if self.bidirectional else 1

    def _names(self, layer: int, direction: int) -> list[str]:
        """Return the names of the parameters of one layer in one direction."""
        suffix = f"_l{layer}{'_reverse' if direction else ''}"
        return [
            f"{name}{suffix}" for name in ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if self.bias else ()))
        ]

    def forward(self, x: Any, hx: Any = None) -> tuple[Any, Any]:
        """Run over sequences.

        Parameters
        ----------
        x : Tensor or array of shape (steps, batch, input_size), (batch, steps, input_size) with ``batch_first``, or
            (steps, input_size) for a single sequence
        hx : Tensor or array of shape (num_layers * directions, batch, hidden_size), optional
            The states before the first step, without the batch axis for a single sequence; zeros if not given. Of an
            LSTM a pair of them, (h, c).

        Returns
        -------
        output : Tensor
            h of the last layer at all steps, laid out as ``x``, the two directions beside each other along the last
            axis: of length directions * hidden_size.
        h_n : Tensor of the shape of ``hx``
            The states after the last step; of an LSTM a pair of them, (h_n, c_n).
        """
        x = as_floats(x, type(self).__name__)
        self._check_input(x)
        single = x.ndim == 2
        if single:
            x = np.expand_dims(x, 1)
        elif self.batch_first:
            x = np.swapaxes(x, 0, 1)
        output, finals = self._run(x, self._initial(hx, x.shape[1], single))
        if single:
            output, finals = np.squeeze(output, 1), [np.squeeze(final, 1) for final in finals]
        elif self.batch_first:
            output = np.swapaxes(output, 0, 1)
        return output, finals[0] if len(finals) == 1 else tuple(finals)

    def _run(self, x: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
        """Return the output for steps first, and the final states."""
        hidden: list[Any] = []
        cells: list[Any] = []
        for layer in range(self.num_layers):
            if layer and self.dropout and self.training:
                x = Dropout(self.dropout, self.generator)(x)
            outputs = []
            for direction in range(self.directions):
                weights = [getattr(self, name) for name in self._names(layer, direction)]
                before = [state[layer * self.directions + direction] for state in states]
                output, *others = sequence(self.kind, x, before, weights, reverse=direction == 1)
                outputs.append(output)
                hidden.append(output[0] if direction else output[-1])
                cells += others
            x = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=-1)
        return x, [np.stack(final) for final in (hidden, cells) if final]

    def _check_input(self, x: Any) -> None:
        wanted = f"({'batch, steps' if self.batch_first else 'steps, batch'}, {self.input_size})"
        if x.ndim not in (2, 3) or x.shape[-1] != self.input_size:
            raise ShapeError(
                f"{type(self).__name__}(input_size={self.input_size}) expects an array or Tensor of shape {wanted}, or "
                f"(steps, {self.input_size}) for a single sequence, and got {got(x)}"
            )
        if x.shape[1 if self.batch_first and x.ndim == 3 else 0] == 0:
            raise ShapeError(
                f"{type(self).__name__} got {got(x)}, sequences of no steps: with batch_first={self.batch_first} the "
                f"shape is {wanted}, and at least one step is needed"
            )

    def _initial(self, hx: Any, batch: int, single: bool) -> Sequence[Any]:
        """Return the states before the first step, each of shape (layers * directions, batch, hidden)."""
        lead = self.num_layers * self.directions
        wanted = (lead, self.hidden_size) if single else (lead, batch, self.hidden_size)
        if hx is None:
            return [np.zeros((lead, batch, self.hidden_size), self.weight_ih_l0.dtype)] * self.kind.states
        given = hx if isinstance(hx, tuple | list) else (hx,)
        shapes = [getattr(state, "shape", None) for state in given]
        if shapes != [wanted] * self.kind.states:
            pair = self.kind.states == 2
            raise ShapeError(
                f"{type(self).__name__} with {self.num_layers} layer(s), {self.directions} direction(s) and "
                f"{'no batch axis' if single else f'{batch} sequence(s)'} needs "
                f"{'a pair (h_0, c_0) of initial states' if pair else 'an initial state h_0'} of shape {wanted}, "
                f"(num_layers * directions, {'' if single else 'batch, '}hidden_size), and got "
                + (", ".join(got(state) for state in given) or "nothing")
            )
        return [np.expand_dims(state, 1) for state in given] if single else given

    def extra_repr(self) -> str:
        """Return the sizes and options."""
        parts = [f"{self.input_size} → {self.hidden_size}"]
        parts += [f"{self.num_layers} layers"] if self.num_layers > 1 else []
        parts += [word for word, said in (("no bias", not self.bias), ("batch first", self.batch_first)) if said]
        parts += [f"dropout={self.dropout}"] if self.dropout else []
        return ", ".join(parts + (["bidirectional"] if self.bidirectional else []))


class RNN(Recurrent):
    """The recurrent layer h_t = tanh(W x_t + b + U h_t-1 + b'), or with max(·, 0) in place of tanh.

    J. Elman, *Finding structure in time*, Cognitive Science 14 (1990). Calling it gives the states of all steps, and
    the last ones: see `forward`.

    Parameters
    ----------
    input_size, hidden_size : int
        How many numbers x_t and h_t have.
    num_layers : int
        Layers on top of each other: each reads the states of the one below.
    nonlinearity : {"tanh", "relu"}
    bias : bool
        Whether to add b and b'.
    batch_first : bool
        Whether the input is laid out as (batch, steps, input_size) and not (steps, batch, input_size).
    dropout : float
        Probability of dropping a number between two layers, while training.
    bidirectional : bool
        Whether a second set of weights runs from the last step to the first.
    dtype : floating dtype
        Of the parameters.
    generator : numpy.random.Generator, optional
        Where initial values and dropout come from; the one that ``nn.seed`` starts if not given.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0 : Tensor of shape (hidden_size, input_size) and (hidden_size, hidden_size)
        W and U of the first layer, drawn evenly from ±1/√hidden_size; those of further layers end in ``_l1``, …, those
        of the other direction in ``_reverse``.
    bias_ih_l0, bias_hh_l0 : Tensor of shape (hidden_size,)
        b and b', likewise.

    Raises
    ------
    ShapeError
        If a size is not a positive integer; when called, if the input or the initial state has another shape.
    ValueError
        If the nonlinearity or the probability is none.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> layer = nn.RNN(3, 4, num_layers=2)
    >>> output, last = layer(np.ones((5, 1, 3)))
    >>> output.shape, last.shape
    ((5, 1, 4), (2, 1, 4))
    >>> layer
    RNN(3 → 4, 2 layers)         76
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        self.nonlinearity = checked_nonlinearity(nonlinearity, "RNN")
        super().__init__(
            nonlinearity,
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            dtype,
            generator,
        )


class LSTM(Recurrent):
    """The layer of long short-term memory, whose cell c is kept and added to by gates.

        i, f, o = σ(W x_t + b + U h_t-1 + b')        g = tanh(W x_t + b + U h_t-1 + b'), each with blocks of its own
        c_t = f c_t-1 + i g                          h_t = o tanh(c_t)

    S. Hochreiter & J. Schmidhuber, *Long short-term memory*, Neural Computation 9 (1997), with the forget gate f of F.
    Gers, J. Schmidhuber & F. Cummins (2000). σ is computed as (1 + tanh(x/2)) / 2, to 16 digits of 1.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, generator
        As `RNN` has them.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 : Tensor
        As `RNN` has them, with the blocks of i, f, g and o below each other along the first axis.

    Raises
    ------
    ShapeError
        If a size is not a positive integer; when called, if the input or an initial state has another shape.
    ValueError
        If the probability is none.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> layer = nn.LSTM(3, 4, batch_first=True)
    >>> output, (h, c) = layer(np.ones((2, 5, 3)))
    >>> output.shape, h.shape, c.shape
    ((2, 5, 4), (1, 2, 4), (1, 2, 4))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        super().__init__(
            "lstm", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, generator
        )


class GRU(Recurrent):
    """The layer of gated recurrent units: an LSTM without a cell of its own.

        r, z = σ(W x_t + b + U h_t-1 + b')        n = tanh(W x_t + b + r (U h_t-1 + b')), each with blocks of its own
        h_t = (1 - z) n + z h_t-1

    K. Cho et al., *Learning phrase representations using RNN encoder-decoder*, EMNLP 2014, in the form with r behind
    the product with U, as PyTorch has it.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, generator
        As `RNN` has them.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 : Tensor
        As `RNN` has them, with the blocks of r, z and n below each other along the first axis.

    Raises
    ------
    ShapeError
        If a size is not a positive integer; when called, if the input or the initial state has another shape.
    ValueError
        If the probability is none.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> output, last = nn.GRU(3, 4, bidirectional=True)(np.ones((5, 2, 3)))
    >>> output.shape, last.shape
    ((5, 2, 8), (2, 2, 4))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        super().__init__(
            "gru", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, generator
        )
